//! How does an entry of an index stand in memory?
//!
//! As bytes that are ordered as the index is, so that a range of the one is a range of the other: integers with the
//! highest first and their sign turned, texts ended by a byte that none of them holds.

use search::{Index, Key, ParameterId, Part, Range};

use crate::ordered::Place;

/// Bytes of an integer.
const NUMBER: usize = 8;

/// An entry as bytes: the columns of the index, in its order.
pub(crate) type Bytes = Box<[u8]>;

/// Where the columns of an index stand.
enum Column {
    Tenant,
    Parameter,
    /// This part of the key.
    Part(usize),
    Resource,
}

use Column::{Parameter, Resource, Tenant};

/// Tokens of one code are ordered by resource; all that refers to one resource stands together.
fn columns(index: Index) -> &'static [Column] {
    match index {
        Index::Tokens => &[Tenant, Parameter, Column::Part(0), Resource, Column::Part(1)],
        Index::Strings => &[Tenant, Parameter, Column::Part(0), Resource],
        Index::Links => &[Tenant, Column::Part(0), Column::Part(1), Parameter, Resource],
        Index::Starts | Index::Ends | Index::Positions => {
            &[Tenant, Parameter, Column::Part(0), Column::Part(1), Resource]
        }
        Index::Amounts => &[Tenant, Parameter, Column::Part(0), Column::Part(1), Column::Part(2), Resource],
    }
}

/// Which parts of a key are texts.
fn is_text(index: Index, part: usize) -> bool {
    part == 0 && matches!(index, Index::Tokens | Index::Strings | Index::Links)
}

/// The entry of a place.
pub(crate) fn encode(index: Index, place: &Place) -> Bytes {
    let mut out = Vec::with_capacity(64);
    for column in columns(index) {
        match column {
            Tenant => out.extend(place.tenant.to_be_bytes()),
            Parameter => out.extend(place.parameter.0.to_be_bytes()),
            Column::Part(part) => place.key.0.get(*part).into_iter().for_each(|part| push(&mut out, part)),
            Resource => out.extend(number(place.resource)),
        }
    }
    out.into()
}

/// The place of an entry; none of bytes that are no entry.
pub(crate) fn decode(index: Index, entry: &[u8]) -> Option<Place> {
    let mut rest = entry;
    let mut place = Place { tenant: 0, parameter: ParameterId(0), key: Key(Vec::new()), resource: 0 };
    let mut parts: Vec<(usize, Part)> = Vec::with_capacity(3);
    for column in columns(index) {
        match column {
            Tenant => place.tenant = u32::from_be_bytes(take(&mut rest)?),
            Parameter => place.parameter = ParameterId(u32::from_be_bytes(take(&mut rest)?)),
            Column::Part(part) if is_text(index, *part) => {
                let end = rest.iter().position(|byte| *byte == 0)?;
                let text = std::str::from_utf8(&rest[..end]).ok()?;
                parts.push((*part, Part::Text(text.into())));
                rest = &rest[end + 1..];
            }
            Column::Part(part) => parts.push((*part, Part::Int(signed(take(&mut rest)?)))),
            Resource => place.resource = signed(take(&mut rest)?),
        }
    }
    parts.sort_by_key(|(place, _)| *place);
    place.key = Key(parts.into_iter().map(|(_, part)| part).collect());
    rest.is_empty().then_some(place)
}

/// The resource of an entry.
pub(crate) fn resource(index: Index, entry: &[u8]) -> i64 {
    let mut bytes = [0; NUMBER];
    bytes.copy_from_slice(&entry[place_of_resource(index, entry)]);
    signed(bytes)
}

/// Makes it the entry of a resource.
pub(crate) fn set_resource(index: Index, entry: &mut [u8], resource: i64) {
    let place = place_of_resource(index, entry);
    entry[place].copy_from_slice(&number(resource));
}

/// All columns behind it are numbers.
fn place_of_resource(index: Index, entry: &[u8]) -> std::ops::Range<usize> {
    let end = if index == Index::Tokens { entry.len() - NUMBER } else { entry.len() };
    end - NUMBER..end
}

/// A time in the order of ends: its end before its start.
pub(crate) fn by_end(entry: &[u8]) -> Bytes {
    let mut turned: Bytes = entry.into();
    let end = entry.len() - NUMBER;
    turned[end - 2 * NUMBER..end].rotate_left(NUMBER);
    turned
}

/// What all entries of a range begin with, and what its first lies at or behind and its last before. Some that lie
/// between may be none of it.
pub(crate) fn bounds(tenant: u32, range: &Range) -> (Vec<u8>, Option<Vec<u8>>) {
    let mut first = Vec::with_capacity(64);
    for column in columns(range.index) {
        match column {
            Tenant => first.extend(tenant.to_be_bytes()),
            Parameter => first.extend(range.parameter.0.to_be_bytes()),
            Column::Part(part) => {
                let Some(given) = range.prefix.get(*part) else { return between(first, range, *part) };
                push(&mut first, given);
            }
            Resource => break,
        }
    }
    let end = behind(&first);
    (first, end)
}

/// The bounds of the column that is not given any more.
fn between(common: Vec<u8>, range: &Range, part: usize) -> (Vec<u8>, Option<Vec<u8>>) {
    let with = |bound: &Part| {
        let mut out = common.clone();
        push(&mut out, bound);
        out
    };
    let bounded = part == range.prefix.len();
    let first = range.from.as_ref().filter(|_| bounded).map_or_else(|| common.clone(), with);
    let end = range.below.as_ref().filter(|_| bounded).map(with).or_else(|| behind(&common));
    (first, end)
}

/// What is behind everything that begins so.
pub(crate) fn behind(prefix: &[u8]) -> Option<Vec<u8>> {
    let last = prefix.iter().rposition(|byte| *byte != u8::MAX)?;
    let mut end = prefix[..=last].to_vec();
    end[last] += 1;
    Some(end)
}

fn push(out: &mut Vec<u8>, part: &Part) {
    match part {
        Part::Int(value) => out.extend(number(*value)),
        Part::Text(text) => {
            // As it is bound, too: no text of an index holds a NUL.
            out.extend(text.bytes().map(|byte| std::cmp::max(byte, 1)));
            out.push(0);
        }
    }
}

fn number(value: i64) -> [u8; NUMBER] {
    (value ^ i64::MIN).to_be_bytes()
}

fn signed(bytes: [u8; NUMBER]) -> i64 {
    i64::from_be_bytes(bytes) ^ i64::MIN
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk::<N>()?;
    *rest = after;
    Some(*first)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(index: Index) -> impl Strategy<Value = Key> {
        let count = match index {
            Index::Strings => 1,
            Index::Amounts => 3,
            _ => 2,
        };
        let part = move |place| {
            let number = prop_oneof![-3..3_i64, any::<i64>()].prop_map(Part::Int);
            let text = "[a-c\u{1}é]{0,3}".prop_map(|text| Part::Text(text.as_str().into()));
            if is_text(index, place) { text.boxed() } else { number.boxed() }
        };
        (0..count).map(part).collect::<Vec<_>>().prop_map(Key)
    }

    fn place(index: Index) -> impl Strategy<Value = Place> {
        let numbers = (0..2_u32, 0..3_u32, prop_oneof![-2..2_i64, any::<i64>()]);
        (numbers, key(index)).prop_map(|((tenant, parameter, resource), key)| Place {
            tenant,
            parameter: ParameterId(parameter),
            key,
            resource,
        })
    }

    fn index() -> impl Strategy<Value = Index> {
        prop::sample::select(Index::ALL.to_vec())
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn an_entry_is_read_as_the_place_it_was_made_of(
            (index, place) in index().prop_flat_map(|index| (Just(index), place(index)))
        ) {
            let mut entry = encode(index, &place);
            prop_assert_eq!(resource(index, &entry), place.resource);
            prop_assert_eq!(decode(index, &entry), Some(place.clone()));
            if index == Index::Starts {
                let turned = Place { key: Key(place.key.0.iter().rev().cloned().collect()), ..place.clone() };
                prop_assert_eq!(by_end(&entry), encode(Index::Ends, &turned));
            }
            set_resource(index, &mut entry, 7);
            prop_assert_eq!(decode(index, &entry), Some(Place { resource: 7, ..place }));
        }

        #[test]
        fn entries_are_ordered_as_the_tables_are(
            (index, mut places) in index().prop_flat_map(|index| (Just(index), prop::collection::vec(place(index), 0..12)))
        ) {
            let mut entries: Vec<_> = places.iter().map(|place| encode(index, place)).collect();
            entries.sort();
            crate::ordered::sort(index, &mut places);
            let sorted: Vec<_> = places.iter().map(|place| encode(index, place)).collect();
            prop_assert_eq!(entries, sorted);
        }

        #[test]
        fn what_a_range_holds_lies_within_its_bounds(
            (index, place, other, given, bounded) in index().prop_flat_map(|index| {
                (Just(index), place(index), key(index), 0..4_usize, any::<(bool, bool)>())
            })
        ) {
            let given = std::cmp::min(given, other.0.len());
            let mut range = Range::equal(index, place.parameter, other.0[..given].to_vec());
            range.from = other.0.get(given).filter(|_| bounded.0).cloned();
            range.below = other.0.get(given).filter(|_| bounded.1).cloned();
            let (first, end) = bounds(place.tenant, &range);
            let entry = encode(index, &place);
            let lies = *entry >= *first && end.is_none_or(|end| *entry < *end);
            prop_assert!(lies || !range.holds(&place.key));
        }
    }
}
