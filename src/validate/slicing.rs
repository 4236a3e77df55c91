//! Which repeat belongs to which slice, and are there as many of each as there must be?
//!
//! <https://hl7.org/fhir/R4/profiling.html#slicing>: open, closed and openAtEnd, ordered or not, slices of slices,
//! and the slice `@default` for what fits no other.

mod criteria;
mod decide;
mod named;
mod path;

use model::{Code, Severity, Value};

use crate::place::Place;
use crate::profile::{Element, Profile, Slicing, SlicingRules};
use crate::surroundings::Scope;
use crate::walk::{Against, Holder, Met, Walk};

pub(crate) use criteria::Criteria;
use decide::pairs;

/// The name of the slice that takes what fits no other.
const DEFAULT: &str = "@default";

impl<'a> Walk<'a> {
    /// Holds the repeats of each sliced element against its slices.
    pub(crate) fn sliced(
        &mut self,
        against: Against<'_>,
        holder: Holder<'a>,
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        for child in &against.element.children {
            let element = &against.profile.elements[*child];
            let Some(slicing) = &element.slicing else { continue };
            let repeats = repeats(against.element, *child, holder);
            let against = Against { element, ..against };
            let count = u32::try_from(repeats.len()).unwrap_or(u32::MAX);
            if element.news.max && element.max.is_some_and(|max| count > max) {
                self.too_many(against, element, count, place);
            }
            for met in &repeats {
                self.by_profile(against, *met, scope, &place_of(met, place));
            }
            self.slices(against, slicing, &repeats, (scope, place));
        }
    }

    fn slices(
        &mut self,
        against: Against<'_>,
        slicing: &Slicing,
        repeats: &[Met<'_, 'a>],
        (scope, place): (&Scope<'a>, &Place<'_>),
    ) {
        let mut members: Vec<Vec<Met<'_, 'a>>> = vec![Vec::new(); slicing.slices.len()];
        let mut furthest = 0;
        let mut is_at_end = false;
        for (position, met) in repeats.iter().enumerate() {
            let here = place_of(met, place);
            let Some(slice) = self.slice_of(against, slicing, (*met, position), (scope, &here)) else {
                is_at_end = true;
                self.unmatched(against, slicing, &here);
                continue;
            };
            if is_at_end && slicing.rules == SlicingRules::OpenAtEnd {
                let message = "it belongs to a slice, and stands behind what belongs to none";
                self.out_of_order(against, message, &here);
            }
            if slicing.is_ordered && slice < furthest {
                self.out_of_order(against, "it stands behind what belongs to a later slice", &here);
            }
            furthest = furthest.max(slice);
            members[slice].push(*met);
        }
        for (slice, members) in slicing.slices.iter().zip(&members) {
            let against = Against { element: &against.profile.elements[*slice], ..against };
            self.slice(against, members, (scope, place));
        }
    }

    /// Holds what belongs to a slice against it.
    fn slice(
        &mut self,
        against: Against<'_>,
        members: &[Met<'_, 'a>],
        (scope, place): (&Scope<'a>, &Place<'_>),
    ) {
        let element = against.element;
        let count = u32::try_from(members.len()).unwrap_or(u32::MAX);
        if count < element.min {
            self.too_few(against, element, count, place);
        }
        if element.max.is_some_and(|max| count > max) {
            self.too_many(against, element, count, place);
        }
        for met in members {
            self.by_profile(against, *met, scope, &place_of(met, place));
        }
        if let Some(slicing) = &element.slicing {
            self.slices(against, slicing, members, (scope, place));
        }
    }

    /// The place of the slice that a repeat belongs to, among the slices.
    fn slice_of(
        &mut self,
        against: Against<'_>,
        slicing: &Slicing,
        (met, position): (Met<'_, 'a>, usize),
        (scope, place): (&Scope<'a>, &Place<'_>),
    ) -> Option<usize> {
        let mut default = None;
        for (order, slice) in slicing.slices.iter().enumerate() {
            let element = &against.profile.elements[*slice];
            if element.slice_name.as_deref() == Some(DEFAULT) {
                default = Some(order);
                continue;
            }
            let criteria = element.criteria.get_or_init(|| {
                criteria::of(against.profile, *slice, &slicing.discriminators, order, self.around.rules)
            });
            if criteria.is_empty() && !slicing.discriminators.is_empty() {
                self.undecidable(against.profile, element, place);
            } else if self.fits(against.profile, criteria, (met, position), scope) {
                return Some(order);
            }
        }
        default
    }

    fn undecidable(&mut self, profile: &Profile, slice: &Element, place: &Place<'_>) {
        let message = format!(
            "nothing tells what belongs to the slice `{}`: no value, type, profile or presence is fixed at its discriminators ({})",
            slice.id,
            profile.canonical(),
        );
        self.findings.error(Code::UnusableProfile, place, message);
    }

    fn unmatched(&mut self, against: Against<'_>, slicing: &Slicing, place: &Place<'_>) {
        let severity = match slicing.rules {
            SlicingRules::Closed => Severity::Error,
            SlicingRules::Open | SlicingRules::OpenAtEnd => return,
        };
        let message = format!(
            "it belongs to no slice of `{}`, and nothing else is allowed ({})",
            against.element.id,
            against.profile.canonical(),
        );
        self.findings.note(severity, Code::SliceMismatch, place, message);
    }

    fn out_of_order(&mut self, against: Against<'_>, message: &str, place: &Place<'_>) {
        let message = format!("{message} (`{}` of {})", against.element.id, against.profile.canonical());
        self.findings.error(Code::SliceMismatch, place, message);
    }
}

/// The repeats of a child, of a choice in all its types.
fn repeats<'p, 'a>(parent: &'p Element, child: usize, holder: Holder<'a>) -> Vec<Met<'p, 'a>> {
    let object = holder.object;
    let mut repeats = Vec::new();
    for member in parent.members.iter().filter(|member| member.element == child) {
        let value = object.get(member.name);
        let beside = object.iter().find(|(name, _)| name.strip_prefix('_') == Some(member.name));
        let companion = beside.map(|(_, companion)| companion);
        let is_array = matches!(value.or(companion), Some(Value::Array(_)));
        for (index, (value, companion)) in pairs(value, companion).into_iter().enumerate() {
            let index = is_array.then_some(index);
            repeats.push(Met { member, value, companion, index, holder });
        }
    }
    repeats
}

fn place_of<'p>(met: &Met<'p, '_>, parent: &'p Place<'p>) -> Place<'p> {
    Place { parent: Some(parent), name: &met.member.shown, index: met.index, type_name: met.member.holds }
}

#[cfg(test)]
mod tests;
