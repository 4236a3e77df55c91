//! Which repeats in this element belong to the slice of this name?
//!
//! For expressions that ask for one: <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use fhirpath::{Node, Types};
use model::Value;

use super::repeats;
use crate::ask::Repeat;
use crate::place::Place;
use crate::profile::{Element, Profile, Slicing};
use crate::surroundings::Scope;
use crate::walk::{Against, Holder, Met, Source, Walk};

impl<'a> Walk<'a> {
    /// The repeats in a node that belong to the slice `name` of the profile `structure`; none stand in a slice that
    /// there is not.
    pub(crate) fn named_slice(
        &mut self,
        (structure, name): (&str, &str),
        node: Node<'a>,
        scope: &Scope<'a>,
    ) -> Option<Vec<Repeat>> {
        let mut found = Vec::new();
        let Some(profile) = self.around.rules.profile(structure) else { return Some(found) };
        let Some(object) = node.value.and_then(Value::as_object) else { return Some(found) };
        let holder = Holder { node, object, value_of: None };
        let mine = self.around.definitions.name(node.type_id);
        let parents = profile.elements.iter().filter(|element| is_of(element, mine));
        for (parent, child) in parents.flat_map(|parent| parent.children.iter().map(move |it| (parent, *it)))
        {
            let element = &profile.elements[child];
            let Some(slicing) = element.slicing.as_ref().filter(|slicing| has(&profile, slicing, name))
            else {
                continue;
            };
            let against = Against { profile: &profile, element, source: Source::Profile };
            for (position, met) in repeats(parent, child, holder).into_iter().enumerate() {
                if self.is_in(against, (slicing, name), (met, position), scope) {
                    let type_id = met.member.type_id;
                    found.push(Repeat { name: met.member.name, index: met.index, type_id });
                }
            }
        }
        Some(found)
    }

    /// Whether a repeat belongs to the slice of this name, or to a slice of it.
    fn is_in(
        &mut self,
        against: Against<'_>,
        (slicing, name): (&Slicing, &str),
        (met, position): (Met<'_, 'a>, usize),
        scope: &Scope<'a>,
    ) -> bool {
        let nowhere = Place::root("");
        let Some(order) = self.slice_of(against, slicing, (met, position), (scope, &nowhere)) else {
            return false;
        };
        let element = &against.profile.elements[slicing.slices[order]];
        let inner = element.slicing.as_ref();
        element.slice_name.as_deref() == Some(name)
            || inner.is_some_and(|inner| {
                self.is_in(Against { element, ..against }, (inner, name), (met, position), scope)
            })
    }
}

/// Whether an element of a profile describes objects of this type or part of one.
fn is_of(element: &Element, type_name: &str) -> bool {
    element.definition.is_some_and(|definition| definition.name == type_name)
}

/// Whether a slicing has a slice of this name, or one of its slices has.
fn has(profile: &Profile, slicing: &Slicing, name: &str) -> bool {
    slicing.slices.iter().map(|place| &profile.elements[*place]).any(|slice| {
        slice.slice_name.as_deref() == Some(name)
            || slice.slicing.as_ref().is_some_and(|inner| has(profile, inner, name))
    })
}
