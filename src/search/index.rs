//! By which values is this resource found?
//!
//! Each parameter's expression selects elements of a resource, and each of these becomes rows:
//! <https://hl7.org/fhir/R4/search.html#searchparam>. What is a path is found by one walk through the resource for all
//! parameters together; the engine of FHIRPath finds the rest.

mod engine;
mod gather;
mod walk;

use model::{Code, Issue, Object, ResourceType};

use crate::catalogue::plan::Plan;
use crate::catalogue::tree::Tree;
use crate::catalogue::{Catalogue, Kind, Parameter};
use crate::limits::{CONTAINED_MAX, ROWS_MAX, TEXT_BYTES_MAX};
use crate::rows::{Row, Rows};
use crate::types::Element;

use gather::{Gathered, Place};
use walk::{Contained, Visit, Walk};

/// The rows of a resource and of what it contains. What cannot be evaluated in it is passed over, as it is no fault of who writes it.
pub fn rows(
    resource: &Object,
    resource_type: ResourceType,
    catalogue: &Catalogue,
    base_url: &str,
) -> Result<Rows, Issue> {
    let Some(plan) = catalogue.plan(resource_type) else { return Ok(Rows::default()) };
    let contained = Contained::of(resource);
    let begin = |plan, root, gathered| Indexer::new((catalogue, plan), (root, &contained), gathered);
    let mut gathered = begin(plan, resource, Gathered::new(base_url)).take();
    for (number, inner) in (1..=CONTAINED_MAX).zip(contained.named()) {
        let Some(plan) = catalogue.plan(inner.resource_type).filter(|_| inner.id.len() <= TEXT_BYTES_MAX)
        else {
            continue;
        };
        let before = gathered.len();
        gathered.push(Row::called(inner.resource_type, inner.id));
        gathered = begin(plan, inner.resource, gathered).take();
        gathered.enclose(before, number);
    }
    gathered.finish().ok_or_else(|| {
        let message = format!("cannot index {resource_type} by more than the {ROWS_MAX} values allowed");
        Issue::error(Code::TooCostly, message)
    })
}

/// Makes rows of what is found.
struct Indexer<'i, 'a> {
    catalogue: &'i Catalogue,
    plan: &'i Plan,
    root: &'a Object,
    contained: &'i Contained<'a>,
    /// For each composite how often it was found.
    groups: Vec<u32>,
    gathered: Gathered<'i>,
}

/// Where values of the components at one root go.
struct Components<'i, 'k> {
    parameter: &'i Parameter,
    kinds: &'k [Kind],
    group: u32,
    gathered: &'k mut Gathered<'i>,
    /// A bit for each component that has a value.
    found: u32,
}

impl<'i, 'a> Indexer<'i, 'a> {
    fn new(
        (catalogue, plan): (&'i Catalogue, &'i Plan),
        (root, contained): (&'a Object, &'i Contained<'a>),
        gathered: Gathered<'i>,
    ) -> Self {
        Self { catalogue, plan, root, contained, groups: vec![0; plan.slots], gathered }
    }

    /// Adds all rows of the resource.
    fn take(mut self) -> Gathered<'i> {
        self.walk(&self.plan.tree).from(self.root, &mut self);
        if !self.plan.rest.is_empty() {
            engine::rest(&mut self);
        }
        self.gathered
    }

    fn walk<'t>(&self, tree: &'t Tree) -> Walk<'t, 'a>
    where
        'i: 't,
    {
        Walk { tree, root: self.root, contained: self.contained }
    }

    /// Takes the values that `fill` finds from a root of a composite. Where a component has none, the root does not
    /// count.
    fn root(
        &mut self,
        (parameter, slot): (usize, usize),
        kinds: &[Kind],
        fill: impl FnOnce(&mut Components<'_, '_>),
    ) {
        let before = self.gathered.len();
        let mut components = Components {
            parameter: self.catalogue.at(parameter),
            kinds,
            group: self.groups[slot] + 1,
            gathered: &mut self.gathered,
            found: 0,
        };
        fill(&mut components);
        if components.has_all() {
            self.groups[slot] += 1;
        } else {
            self.gathered.truncate(before);
        }
    }
}

impl<'a> Visit<'a> for Indexer<'_, 'a> {
    fn value(&mut self, taker: usize, element: &Element<'a>) {
        let parameter = self.catalogue.at(taker);
        self.gathered.add(parameter.kind, element, Place { parameter, group: 0, component: 0 });
    }

    fn composite(&mut self, taker: usize, root: &'a Object) {
        let composite = &self.plan.composites[taker];
        let walk = self.walk(&composite.tree);
        self.root((composite.parameter, composite.slot), &composite.kinds, |components| {
            walk.from(root, components);
        });
    }
}

impl Components<'_, '_> {
    /// Whether each component has a value.
    fn has_all(&self) -> bool {
        (0..self.kinds.len()).all(|number| self.found & (1 << number) != 0)
    }
}

impl<'a> Visit<'a> for Components<'_, '_> {
    fn value(&mut self, taker: usize, element: &Element<'a>) {
        // There are at most `COMPONENTS_MAX`.
        let component = u8::try_from(taker).unwrap_or(u8::MAX);
        let place = Place { parameter: self.parameter, group: self.group, component };
        if self.gathered.add(self.kinds[taker], element, place) {
            self.found |= 1 << taker;
        }
    }

    fn composite(&mut self, _: usize, _: &'a Object) {}
}

#[cfg(test)]
mod tests;
