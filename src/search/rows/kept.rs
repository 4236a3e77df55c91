//! What do stored rows say under one parameter, without the others being read?
//!
//! A search asks a resource for two or three of some thirty parameters. So rows from storage are only passed over,
//! which finds all damage and where each parameter begins, and read when they are asked for.

use std::sync::OnceLock;

use super::codec::{Damaged, Input};
use super::{ParameterId, Row};

/// Rows as they are stored.
#[derive(Clone)]
pub(super) struct Kept {
    bytes: Box<[u8]>,
    /// Whether each row tells its component.
    tells_all: bool,
    /// Where each value begins.
    values: Box<[u32]>,
    /// In the order of their parameters.
    parts: Box<[Part]>,
    all: OnceLock<Box<[Row]>>,
}

/// The rows of one parameter.
#[derive(Clone)]
struct Part {
    parameter: ParameterId,
    /// Where the first begins.
    begins: u32,
    count: u32,
    rows: OnceLock<Box<[Row]>>,
}

impl Kept {
    /// Passes over all that is there.
    pub(super) fn open(bytes: &[u8]) -> Result<Self, Damaged> {
        let place = |input: &Input<'_>| u32::try_from(bytes.len() - input.left()).map_err(|_| Damaged);
        let (mut input, tells_all) = Input::begin(bytes)?;
        let count = input.count()?;
        let mut values = Vec::with_capacity(count);
        for _ in 0..count {
            values.push(place(&input)?);
            input.pass_value()?;
        }
        let mut parts: Vec<Part> = Vec::new();
        let mut previous = 0;
        for _ in 0..input.count()? {
            let begins = place(&input)?;
            let line = input.line(tells_all)?;
            if line.place >= values.len() {
                return Err(Damaged);
            }
            previous = line.step.checked_add(previous).ok_or(Damaged)?;
            match parts.last_mut().filter(|part| part.parameter.0 == previous) {
                Some(part) => part.count += 1,
                None => {
                    let parameter = ParameterId(previous);
                    parts.push(Part { parameter, begins, count: 1, rows: OnceLock::new() });
                }
            }
        }
        if input.left() > 0 {
            return Err(Damaged);
        }
        Ok(Self {
            bytes: bytes.into(),
            tells_all,
            values: values.into(),
            parts: parts.into(),
            all: OnceLock::new(),
        })
    }

    /// All rows.
    pub(super) fn all(&self) -> &[Row] {
        self.all.get_or_init(|| self.parts.iter().flat_map(|part| self.rows(part)).collect())
    }

    /// Those of one parameter, in order.
    pub(super) fn of(&self, parameter: ParameterId) -> &[Row] {
        match self.parts.binary_search_by_key(&parameter, |part| part.parameter) {
            Ok(place) => {
                let part = &self.parts[place];
                part.rows.get_or_init(|| self.rows(part).collect())
            }
            Err(_) => &[],
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.count as usize).sum()
    }

    fn rows(&self, part: &Part) -> impl Iterator<Item = Row> {
        let mut input = Input::at(&self.bytes, part.begins);
        (0..part.count).map(move |_| {
            let line = input.line(self.tells_all).expect("it was passed over when this was opened");
            let value = Input::at(&self.bytes, self.values[line.place]).value();
            let value = value.expect("it was passed over when this was opened");
            Row { parameter: part.parameter, group: line.group, component: line.component, value }
        })
    }
}
