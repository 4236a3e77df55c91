//! Which rows are there so far?
//!
//! An amount stands under several parameters, alone and in composites, and making its rows takes longer than all else:
//! its unit is reduced to others. So the rows of the last amount are made once.

use std::ops::Range;

use model::Value;

use crate::catalogue::{Kind, PRESENT, Parameter};
use crate::limits::ROWS_MAX;
use crate::rows::{Indexed, Row, Rows};
use crate::types::{self, Element, Sink};

/// Room for the rows of most resources.
const ROWS_USUAL: usize = 64;

/// The rows so far.
pub(super) struct Gathered<'i> {
    base_url: &'i str,
    rows: Vec<Row>,
    /// The last amount, by its address, and where its rows are.
    amount: Option<(*const Value, Range<usize>)>,
}

/// Where an element counts.
#[derive(Clone, Copy)]
pub(super) struct Place<'i> {
    /// Under which parameter.
    pub(super) parameter: &'i Parameter,
    /// Of a composite, in which occurrence, from 1; else 0.
    pub(super) group: u32,
    /// Of a composite, as which component.
    pub(super) component: u8,
}

impl<'i> Gathered<'i> {
    /// No rows yet.
    pub(super) fn new(base_url: &'i str) -> Self {
        Self { base_url, rows: Vec::with_capacity(ROWS_USUAL), amount: None }
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Drops those behind the first `count`.
    pub(super) fn truncate(&mut self, count: usize) {
        self.rows.truncate(count);
        self.amount = self.amount.take().filter(|(_, rows)| rows.end <= count);
    }

    /// Adds a row.
    pub(super) fn push(&mut self, row: Row) {
        self.rows.push(row);
    }

    /// Makes those behind the first `count` rows of the contained resource with this number.
    pub(super) fn enclose(&mut self, count: usize, number: u8) {
        self.rows[count..].iter_mut().for_each(|row| row.enclose(number));
    }

    /// Adds the rows that an element becomes, and tells whether there are any. Beyond the limit nothing is added.
    pub(super) fn add(&mut self, kind: Kind, element: &Element<'_>, place: Place<'_>) -> bool {
        let before = self.rows.len();
        if before > ROWS_MAX {
            return false;
        }
        match self.amount.clone().filter(|(known, _)| std::ptr::eq(*known, element.value)) {
            Some((_, rows)) if kind == Kind::Quantity => self.add_again(rows, place),
            _ => self.index(kind, element, place),
        }
        if self.rows.len() > before {
            return true;
        }
        if place.group == 0 {
            self.add_presence(place.parameter);
        }
        false
    }

    /// Notes that there is something which nothing finds but the question whether it is missing.
    fn add_presence(&mut self, parameter: &Parameter) {
        let value = Indexed::Token { system: 0, code: PRESENT.into() };
        self.rows.push(Row { parameter: parameter.under(PRESENT), group: 0, component: 0, value });
    }

    /// All rows; none when there are too many.
    pub(super) fn finish(self) -> Option<Rows> {
        (self.rows.len() <= ROWS_MAX).then(|| Rows::new(self.rows))
    }

    fn index(&mut self, kind: Kind, element: &Element<'_>, place: Place<'_>) {
        let before = self.rows.len();
        let Place { parameter, group, component } = place;
        let mut sink = Sink { parameter, base_url: self.base_url, group, component, rows: &mut self.rows };
        types::index(kind, element, &mut sink);
        if kind == Kind::Quantity {
            self.amount = Some((element.value, before..self.rows.len()));
        }
    }

    fn add_again(&mut self, rows: Range<usize>, place: Place<'_>) {
        let Place { parameter, group, component } = place;
        for from in rows {
            let value = self.rows[from].value.clone();
            self.rows.push(Row { parameter: parameter.id, group, component, value });
        }
    }
}
