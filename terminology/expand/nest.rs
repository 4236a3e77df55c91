//! Which concept of an expansion stands below which?
//!
//! `contains` within `contains`, <https://hl7.org/fhir/R4/valueset-definitions.html#ValueSet.expansion.contains.contains>:
//! each concept below the nearest of those above it that are in the expansion too and come before it.

use std::collections::{HashMap, HashSet};

use model::{Object, Value};

use crate::ValueSet;
use crate::limits::NESTING_MAX;
use crate::value_set::{Found, Part};

/// The entries of `found`, in their order, each within the one that it stands below.
pub(super) fn nest(value_set: &ValueSet, found: &[Found], entries: Vec<Object>) -> Vec<Value> {
    let above = above(value_set, found);
    let mut nested: Vec<(Object, Vec<Value>)> = entries.into_iter().map(|it| (it, Vec::new())).collect();
    let mut tops = Vec::new();
    // From the last to the first, since each comes after what it stands below; so lists grow from their end.
    while let Some((mut entry, mut below)) = nested.pop() {
        below.reverse();
        if !below.is_empty() {
            entry.set("contains", below);
        }
        match above[nested.len()] {
            Some(number) => nested[number].1.push(entry.into()),
            None => tops.push(entry.into()),
        }
    }
    tops.reverse();
    tops
}

/// For each code the number of the one that it stands below, which is smaller than its own.
fn above(value_set: &ValueSet, found: &[Found]) -> Vec<Option<usize>> {
    let mut numbers: HashMap<(usize, u32), usize> = HashMap::new();
    let mut above: Vec<Option<usize>> = Vec::with_capacity(found.len());
    let mut depths: Vec<usize> = Vec::with_capacity(found.len());
    for (number, code) in found.iter().enumerate() {
        let part = &value_set.parts[code.part];
        let place = part.source.table().and_then(|table| table.find(&code.code));
        // What a definition lists one by one stands in its order, side by side.
        let place = place.filter(|_| part.sequence.is_empty());
        let mut parent = place.and_then(|place| nearest(part, place, |it| numbers.get(&(code.part, it))));
        if let Some(deep) = parent.filter(|parent| depths[*parent] >= NESTING_MAX) {
            parent = above[deep];
        }
        depths.push(parent.map_or(1, |parent| depths[parent] + 1));
        above.push(parent);
        place.into_iter().for_each(|place| _ = numbers.insert((code.part, place), number));
    }
    above
}

/// The number of the nearest concept above `place` that has one.
fn nearest<'n>(part: &Part, place: u32, number: impl Fn(u32) -> Option<&'n usize>) -> Option<usize> {
    let hierarchy = &part.source.table()?.hierarchy;
    let mut seen = HashSet::from([place]);
    let mut level = vec![place];
    // Each concept is visited once at most, so that a circle ends.
    while !level.is_empty() {
        let parents = level.iter().flat_map(|place| hierarchy.parents(*place)).copied();
        let parents: Vec<u32> = parents.filter(|parent| seen.insert(*parent)).collect();
        if let Some(found) = parents.iter().find_map(|parent| number(*parent)) {
            return Some(*found);
        }
        level = parents;
    }
    None
}
