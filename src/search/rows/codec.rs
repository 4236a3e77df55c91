//! How are rows kept?
//!
//! Short: each value once, then for each row its parameter and which value. Numbers are written seven bits a
//! byte. The first byte tells the form, so that a later one can be told from this.

use std::collections::HashMap;
use std::fmt;

use super::{Indexed, Row};
use crate::limits::ROWS_MAX;

/// The form that is written of what contains no others.
const FORM: u8 = 1;

/// The form in which each row tells its component.
const FORM_OF_CONTAINERS: u8 = 2;

/// Why bytes are no rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Damaged;

impl fmt::Display for Damaged {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        "the rows are not in the form in which they are stored".fmt(out)
    }
}

impl std::error::Error for Damaged {}

/// Rows up to which a value that stands twice is found by looking at each; beyond, by hashing.
const TWICE_BY_SIGHT_MAX: usize = 64;

pub(super) fn encode(rows: &[Row]) -> Vec<u8> {
    let (values, places) = if rows.len() > TWICE_BY_SIGHT_MAX { by_hash(rows) } else { by_sight(rows) };
    let mut out = Vec::with_capacity(rows.len() * 24);
    let tells_all = rows.iter().any(|row| row.group == 0 && row.component > 0);
    out.push(if tells_all { FORM_OF_CONTAINERS } else { FORM });
    put(&mut out, values.len() as u64);
    values.into_iter().for_each(|value| put_value(&mut out, value));
    put(&mut out, rows.len() as u64);
    let mut previous = 0;
    for (row, place) in rows.iter().zip(places) {
        // Rows are ordered by parameter, so that the difference is short.
        put(&mut out, u64::from(row.parameter.0 - previous));
        previous = row.parameter.0;
        put(&mut out, u64::from(row.group));
        if tells_all || row.group > 0 {
            out.push(row.component);
        }
        put(&mut out, place);
    }
    out
}

/// Each value once, and which of them each row has.
type Values<'r> = (Vec<&'r Indexed>, Vec<u64>);

fn by_sight(rows: &[Row]) -> Values<'_> {
    let mut values: Vec<&Indexed> = Vec::with_capacity(rows.len());
    let places = rows.iter().map(|row| {
        let known = values.iter().position(|known| **known == row.value);
        let place = known.unwrap_or_else(|| {
            values.push(&row.value);
            values.len() - 1
        });
        place as u64
    });
    let places = places.collect();
    (values, places)
}

fn by_hash(rows: &[Row]) -> Values<'_> {
    let mut known: HashMap<&Indexed, u64> = HashMap::with_capacity(rows.len());
    let mut values: Vec<&Indexed> = Vec::with_capacity(rows.len());
    let places = rows.iter().map(|row| {
        *known.entry(&row.value).or_insert_with(|| {
            values.push(&row.value);
            values.len() as u64 - 1
        })
    });
    let places = places.collect();
    (values, places)
}

fn put_value(out: &mut Vec<u8>, value: &Indexed) {
    match value {
        Indexed::Token { system, code } => {
            out.push(0);
            put_fixed(out, *system);
            put_text(out, code);
        }
        Indexed::String(text) => {
            out.push(1);
            put_text(out, text);
        }
        Indexed::Uri(text) => {
            out.push(2);
            put_text(out, text);
        }
        Indexed::Reference { target_type, target } => {
            out.push(3);
            put(out, u64::from(*target_type));
            put_text(out, target);
        }
        Indexed::Date { start, end } => {
            out.push(4);
            put_fixed(out, *start);
            put_fixed(out, *end);
        }
        Indexed::Number { low, high } => {
            out.push(5);
            put_span(out, *low, *high);
        }
        Indexed::Quantity { unit, low, high } => {
            out.push(6);
            put_fixed(out, *unit);
            put_span(out, *low, *high);
        }
        Indexed::Position { latitude, longitude } => {
            out.push(7);
            put_fixed(out, *latitude);
            put_fixed(out, *longitude);
        }
    }
}

/// Most spans are single numbers, which are written once.
fn put_span(out: &mut Vec<u8>, low: i64, high: i64) {
    out.push(u8::from(low != high));
    put_fixed(out, low);
    if low != high {
        put_fixed(out, high);
    }
}

fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push(number.to_le_bytes()[0] | 0x80);
        number >>= 7;
    }
    out.push(number.to_le_bytes()[0]);
}

fn put_fixed(out: &mut Vec<u8>, number: i64) {
    out.extend_from_slice(&number.to_le_bytes());
}

fn put_text(out: &mut Vec<u8>, text: &str) {
    put(out, text.len() as u64);
    out.extend_from_slice(text.as_bytes());
}

/// What is left of stored rows.
pub(super) struct Input<'b>(&'b [u8]);

/// A row before its value is read.
pub(super) struct Line {
    /// How far its parameter is from that of the row before.
    pub step: u32,
    pub group: u32,
    pub component: u8,
    /// Which value it has.
    pub place: usize,
}

impl<'b> Input<'b> {
    /// The beginning of stored rows, and whether each of them tells its component.
    pub(super) fn begin(bytes: &'b [u8]) -> Result<(Self, bool), Damaged> {
        let mut input = Self(bytes);
        match input.byte()? {
            FORM => Ok((input, false)),
            FORM_OF_CONTAINERS => Ok((input, true)),
            _ => Err(Damaged),
        }
    }

    /// What stands from a place on.
    pub(super) fn at(bytes: &'b [u8], place: u32) -> Self {
        Self(bytes.get(place as usize..).unwrap_or_default())
    }

    /// How many bytes are left.
    pub(super) fn left(&self) -> usize {
        self.0.len()
    }

    /// The next row.
    pub(super) fn line(&mut self, tells_all: bool) -> Result<Line, Damaged> {
        let step = self.short()?;
        let group = self.short()?;
        let component = if tells_all || group > 0 { self.byte()? } else { 0 };
        let place = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        Ok(Line { step, group, component, place })
    }

    fn take(&mut self, count: usize) -> Result<&'b [u8], Damaged> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Damaged)?;
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Damaged> {
        Ok(self.take(1)?[0])
    }

    fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    fn short(&mut self) -> Result<u32, Damaged> {
        u32::try_from(self.number()?).map_err(|_| Damaged)
    }

    pub(super) fn count(&mut self) -> Result<usize, Damaged> {
        usize::try_from(self.number()?).ok().filter(|count| *count <= ROWS_MAX).ok_or(Damaged)
    }

    fn fixed(&mut self) -> Result<i64, Damaged> {
        Ok(i64::from_le_bytes(self.take(8)?.try_into().map_err(|_| Damaged)?))
    }

    fn text(&mut self) -> Result<&'b str, Damaged> {
        let length = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        std::str::from_utf8(self.take(length)?).map_err(|_| Damaged)
    }

    fn span(&mut self) -> Result<(i64, i64), Damaged> {
        let is_range = self.byte()? == 1;
        let low = self.fixed()?;
        Ok((low, if is_range { self.fixed()? } else { low }))
    }

    /// Goes on behind a value.
    pub(super) fn pass_value(&mut self) -> Result<(), Damaged> {
        match self.byte()? {
            0 => {
                self.fixed()?;
                self.text()?;
            }
            1 | 2 => drop(self.text()?),
            3 => {
                self.short()?;
                self.text()?;
            }
            4 | 7 => drop(self.take(16)?),
            5 => drop(self.span()?),
            6 => {
                self.fixed()?;
                self.span()?;
            }
            _ => return Err(Damaged),
        }
        Ok(())
    }

    pub(super) fn value(&mut self) -> Result<Indexed, Damaged> {
        Ok(match self.byte()? {
            0 => Indexed::Token { system: self.fixed()?, code: self.text()?.into() },
            1 => Indexed::String(self.text()?.into()),
            2 => Indexed::Uri(self.text()?.into()),
            3 => Indexed::Reference { target_type: self.short()?, target: self.text()?.into() },
            4 => Indexed::Date { start: self.fixed()?, end: self.fixed()? },
            5 => {
                let (low, high) = self.span()?;
                Indexed::Number { low, high }
            }
            6 => {
                let unit = self.fixed()?;
                let (low, high) = self.span()?;
                Indexed::Quantity { unit, low, high }
            }
            7 => Indexed::Position { latitude: self.fixed()?, longitude: self.fixed()? },
            _ => return Err(Damaged),
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use model::Text;

    use super::*;
    use crate::rows::{ParameterId, Rows};

    fn value() -> impl Strategy<Value = Indexed> {
        let text = "[a-zé]{0,12}".prop_map(Text::from);
        prop_oneof![
            (any::<i64>(), text.clone()).prop_map(|(system, code)| Indexed::Token { system, code }),
            text.clone().prop_map(Indexed::String),
            text.clone().prop_map(Indexed::Uri),
            (any::<u32>(), text).prop_map(|(target_type, target)| Indexed::Reference { target_type, target }),
            any::<(i64, i64)>().prop_map(|(start, end)| Indexed::Date { start, end }),
            any::<(i64, i64)>().prop_map(|(low, high)| Indexed::Number { low, high }),
            (any::<i64>(), 0..3i64).prop_map(|(unit, low)| Indexed::Quantity { unit, low, high: 1 }),
            any::<(i64, i64)>().prop_map(|(latitude, longitude)| Indexed::Position { latitude, longitude }),
        ]
    }

    fn row() -> impl Strategy<Value = Row> {
        (0..9u32, 0..2u32, value()).prop_map(|(parameter, group, value)| Row {
            parameter: ParameterId(parameter * 400_000_000),
            group,
            component: if group > 0 { 1 } else { 0 },
            value,
        })
    }

    fn row_of_container() -> impl Strategy<Value = Row> {
        (row(), 0..3u8).prop_map(|(row, component)| Row { component, ..row })
    }

    proptest! {
        #[test]
        fn rows_come_back_as_they_were(rows in proptest::collection::vec(row(), 0..90)) {
            let rows = Rows::new(rows);
            prop_assert_eq!(Rows::decode(&rows.encode()), Ok(rows));
        }

        #[test]
        fn so_do_those_of_containers(rows in proptest::collection::vec(row_of_container(), 0..40)) {
            let rows = Rows::new(rows);
            prop_assert_eq!(Rows::decode(&rows.encode()), Ok(rows));
        }

        #[test]
        fn those_of_one_parameter_are_the_same_alone(
            rows in proptest::collection::vec(row_of_container(), 0..40),
            number in 0..10u32,
        ) {
            let (told, parameter) = (Rows::new(rows), ParameterId(number * 400_000_000));
            let kept = Rows::decode(&told.encode()).expect("they were encoded");
            prop_assert_eq!(kept.of(parameter), told.of(parameter));
            prop_assert_eq!(kept.len(), told.len());
        }

        #[test]
        fn bytes_that_are_cut_are_told(rows in proptest::collection::vec(row(), 1..9), cut in 1..200usize) {
            let bytes = Rows::new(rows).encode();
            prop_assert_eq!(Rows::decode(&bytes[..bytes.len().saturating_sub(cut)]), Err(Damaged));
        }

        #[test]
        fn bytes_that_are_no_rows_are_told(bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Ok(rows) = Rows::decode(&bytes) {
                prop_assert!(rows.len() <= 64);
                prop_assert_eq!(rows.iter().count(), rows.len());
            }
        }
    }
}
