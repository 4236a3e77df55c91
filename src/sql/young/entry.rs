//! How does an entry of an index stand in memory?
//!
//! As bytes that are ordered as the index is, so that a range of the one is a range of the other: integers with the
//! highest first and their sign turned, texts ended by a byte that none of them holds.

use search::limits::KEY_BYTES_MAX;
use search::{Index, Indexed, Key, ParameterId, Part, Range, Row, Rows};

use super::bytes::Bytes;
use crate::ordered::Place;
use crate::statement::Value;

/// Bytes of an integer.
const NUMBER: usize = 8;

/// Parts of a key at most.
const PARTS_MAX: usize = 3;

/// Bytes of most entries, several times over.
const ROOM: usize = 256;

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
    let mut out = Vec::with_capacity(ROOM);
    let Place { tenant, parameter, key, resource } = place;
    write(&mut out, index, (*tenant, *parameter, *resource), key);
    Bytes::from(out.as_slice())
}

/// Where a resource with these rows stands, in order, each place once: as entries of no resource yet.
pub(crate) fn of_rows(tenant: u32, rows: &Rows) -> Vec<(Index, Bytes)> {
    let mut out = Vec::with_capacity(ROOM);
    let mut entries = Vec::with_capacity(rows.len());
    // Rows of composites stand nowhere: those of their components lead to them.
    for row in rows.iter().filter(|row| row.group == 0) {
        out.clear();
        let index = row.value.index();
        if write_row(&mut out, (index, tenant), row) {
            entries.push((index, Bytes::from(out.as_slice())));
        }
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// Tells whether the row stands in the index.
fn write_row(out: &mut Vec<u8>, (index, tenant): (Index, u32), row: &Row) -> bool {
    match &row.value {
        // Half of all entries: what Unicode would make of the code is plain to see.
        Indexed::Token { system, code } if code.is_ascii() && code.len() <= KEY_BYTES_MAX => {
            out.extend(tenant.to_be_bytes());
            out.extend(row.parameter.0.to_be_bytes());
            out.extend(code.bytes().map(|byte| std::cmp::max(byte.to_ascii_lowercase(), 1)));
            out.push(0);
            out.extend(number(0));
            out.extend(number(*system));
        }
        value => {
            let Some(key) = value.key(index) else { return false };
            write(out, index, (tenant, row.parameter, 0), &key);
        }
    }
    true
}

fn write(out: &mut Vec<u8>, index: Index, (tenant, parameter, resource): (u32, ParameterId, i64), key: &Key) {
    for column in columns(index) {
        match column {
            Tenant => out.extend(tenant.to_be_bytes()),
            Parameter => out.extend(parameter.0.to_be_bytes()),
            Column::Part(part) => key.0.get(*part).into_iter().for_each(|part| push(out, part)),
            Resource => out.extend(number(resource)),
        }
    }
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
                parts.push((*part, Part::Text(text(&mut rest)?.into())));
            }
            Column::Part(part) => parts.push((*part, Part::Int(signed(take(&mut rest)?)))),
            Resource => place.resource = signed(take(&mut rest)?),
        }
    }
    parts.sort_by_key(|(place, _)| *place);
    place.key = Key(parts.into_iter().map(|(_, part)| part).collect());
    rest.is_empty().then_some(place)
}

/// Adds the columns of an entry as its table has them; tells whether it is one.
pub(super) fn push_values(index: Index, entry: &[u8], values: &mut Vec<Value>) -> bool {
    let before = values.len();
    let pushed = try_push_values(index, entry, values).is_some();
    if !pushed {
        values.truncate(before);
    }
    pushed
}

fn try_push_values(index: Index, entry: &[u8], values: &mut Vec<Value>) -> Option<()> {
    let mut rest = entry;
    let (mut tenant, mut parameter, mut resource) = (0, 0, 0);
    let mut parts = [const { Value::Null }; PARTS_MAX];
    let mut count = 0;
    for column in columns(index) {
        match column {
            Tenant => tenant = u32::from_be_bytes(take(&mut rest)?),
            Parameter => parameter = u32::from_be_bytes(take(&mut rest)?),
            Column::Part(part) => {
                parts[*part] = match is_text(index, *part) {
                    true => Value::from(text(&mut rest)?),
                    false => Value::Int(signed(take(&mut rest)?)),
                };
                count += 1;
            }
            Resource => resource = signed(take(&mut rest)?),
        }
    }
    values.extend([Value::from(tenant), Value::from(parameter)]);
    values.extend(parts.into_iter().take(count));
    values.push(Value::Int(resource));
    rest.is_empty().then_some(())
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
    let mut turned = Bytes::from(entry);
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

/// A text up to the byte that ends it.
fn text<'e>(rest: &mut &'e [u8]) -> Option<&'e str> {
    let end = rest.iter().position(|byte| *byte == 0)?;
    let text = std::str::from_utf8(&rest[..end]).ok()?;
    *rest = &rest[end + 1..];
    Some(text)
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

        #[test]
        fn an_entry_is_written_to_its_table_as_the_place_it_was_made_of(
            (index, place) in index().prop_flat_map(|index| (Just(index), place(index)))
        ) {
            let mut values = Vec::new();
            prop_assert!(push_values(index, &encode(index, &place), &mut values));
            prop_assert_eq!(values, crate::ordered::values(&[place]));
        }

        #[test]
        fn rows_stand_where_they_are_looked_for(codes in prop::collection::vec("[aA-C\u{0}É]{0,3}|[a-z]{250,260}", 0..8)) {
            let value = |(place, code): (usize, &String)| match place % 4 {
                0 => Indexed::String(code.as_str().into()),
                1 => Indexed::Date { start: 1, end: 2 },
                _ => Indexed::Token { system: 7, code: code.as_str().into() },
            };
            let row = |it| Row { parameter: ParameterId(5), group: 0, component: 0, value: value(it) };
            let rows = Rows::new(codes.iter().enumerate().map(row).collect());
            let places = rows.places().into_iter().map(|(index, parameter, key)| {
                (index, encode(index, &Place { tenant: 3, parameter, key, resource: 0 }))
            });
            let mut expected: Vec<_> = places.collect();
            expected.sort_unstable();
            expected.dedup();
            prop_assert_eq!(of_rows(3, &rows), expected);
        }
    }
}
