//! What does a profile say that the definition of the type does not say already?
//!
//! The walk holds every resource against the definitions of its types first, so a profile's own walk needs to
//! look at what it adds only.

use super::{Element, News, Profile};
use crate::rules::Rules;

/// The element of a type's definition that an element of a profile constrains.
#[derive(Clone, Copy)]
struct Base<'r> {
    profile: &'r Profile,
    place: usize,
}

/// Marks what is new in each element and takes out the invariants that are not.
pub(super) fn mark(elements: &mut [Element], type_name: &str, rules: &Rules) {
    let base = rules.base(type_name).map(|profile| Base { profile, place: 0 });
    let mut waiting = vec![(0, base)];
    // Every element hangs on one other, so each is met once.
    while let Some((place, base)) = waiting.pop() {
        compare(&mut elements[place], base);
        for child in elements[place].children.clone() {
            let base = base.and_then(|base| inner(base, &elements[place], &elements[child].name, rules));
            waiting.push((child, base));
        }
        for slice in elements[place].slicing.iter().flat_map(|slicing| slicing.slices.clone()) {
            waiting.push((slice, base));
        }
    }
}

fn compare(element: &mut Element, base: Option<Base<'_>>) {
    let Some(base) = base else {
        element.news = News { min: true, max: true, types: true, binding: true };
        return;
    };
    let known = &base.profile.elements[base.place];
    let is_slice = element.slice_name.is_some();
    element.news = News {
        min: is_slice || element.min != known.min,
        max: is_slice || element.max != known.max,
        types: element.types != known.types,
        binding: element.binding != known.binding,
    };
    let repeats = |key: &str, text: &str, known: &Element| {
        known.constraints.iter().any(|known| *known.key == *key && known.expression.text() == text)
    };
    element.constraints.retain(|constraint| !repeats(&constraint.key, constraint.expression.text(), known));
    // These are told by their places among the invariants, of which some are gone.
    element.clauses.clear();
}

/// The element called `name` in `base`, or in the type of `base` where that has no elements of its own.
fn inner<'r>(base: Base<'r>, element: &Element, name: &str, rules: &'r Rules) -> Option<Base<'r>> {
    let child = |base: Base<'r>| {
        let children = &base.profile.elements[base.place].children;
        let stem = name.trim_end_matches("[x]");
        let fits = |place: &&usize| {
            let known = &base.profile.elements[**place].name;
            **known == *name || known.strip_suffix("[x]").is_some_and(|known| stem.starts_with(known))
        };
        children.iter().find(fits).map(|place| Base { profile: base.profile, place: *place })
    };
    let known = &base.profile.elements[base.place];
    if let Some(content) = known.content {
        return child(Base { profile: base.profile, place: content });
    }
    child(base).or_else(|| {
        let [only] = element.types.as_slice() else { return None };
        child(Base { profile: rules.base(&only.code)?, place: 0 })
    })
}
