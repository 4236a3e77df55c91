//! Does a row of the release satisfy what a filter asks of it?
//!
//! Module, day and activity stand in every row, whatever it is of; comparisons of single values are shared by
//! attributes and columns: sections 6.8 to 6.10 of <http://snomed.org/ecl>.

use std::cmp::Ordering;

use model::decimal::Decimal;

use super::Evaluation;
use super::ids::Ids;
use crate::ecl::Substrate;
use crate::ecl::tree::{Day, Equality, Order, RowFilter, Sctid};

/// A filter that is ready to be asked.
pub(super) enum RowTest {
    Module(Equality, Ids),
    EffectiveTime(Order, Vec<Day>),
    Active(Equality, Option<bool>),
}

/// What stands in every row.
#[derive(Clone, Copy)]
pub(super) struct Row {
    pub(super) module: Sctid,
    pub(super) effective_time: Day,
    pub(super) is_active: bool,
}

impl RowTest {
    pub(super) fn new(evaluation: &mut Evaluation<'_>, filter: &RowFilter) -> Result<Self, String> {
        Ok(match filter {
            RowFilter::Module(equality, concepts) => Self::Module(*equality, Ids::new(evaluation, concepts)?),
            RowFilter::EffectiveTime(order, days) => Self::EffectiveTime(*order, days.clone()),
            RowFilter::Active(equality, active) => Self::Active(*equality, *active),
        })
    }

    /// Of a filter on activity: whether active rows are all that it wants.
    pub(super) fn asks_for_active(&self) -> Option<bool> {
        match self {
            Self::Active(equality, active) => {
                let is_active = active.map(|active| equality.accepts(active));
                Some(is_active.unwrap_or(*equality == Equality::Unequal))
            }
            _ => None,
        }
    }

    pub(super) fn accepts(&self, row: Row, substrate: &dyn Substrate) -> bool {
        match self {
            Self::Module(equality, ids) => equality.accepts(ids.contains(row.module, substrate)),
            Self::EffectiveTime(order, days) => is_day(*order, row.effective_time, days),
            Self::Active(equality, active) => {
                equality.accepts(active.is_none_or(|active| active == row.is_active))
            }
        }
    }
}

/// Whether a day stands so to one of the others; what is not published is neither before nor after any day.
pub(super) fn is_day(order: Order, day: Day, others: &[Day]) -> bool {
    match order {
        Order::Equal => others.contains(&day),
        Order::Unequal => !others.contains(&day),
        order => others.iter().any(|other| match (day, other) {
            (Some(day), Some(other)) => holds(order, day.cmp(other)),
            _ => false,
        }),
    }
}

/// Whether a number stands so to another; what is no number does not stand to any.
pub(super) fn is_number(order: Order, number: &str, other: &Decimal) -> bool {
    Decimal::parse(number).is_some_and(|number| holds(order, number.compare(other)))
}

/// A number as it is written in an expression.
pub(super) fn number(written: &str) -> Result<Decimal, String> {
    Decimal::parse(written).ok_or_else(|| format!("the number `{written}` has too many digits to compare"))
}

fn holds(order: Order, found: Ordering) -> bool {
    match order {
        Order::Equal => found.is_eq(),
        Order::Unequal => found.is_ne(),
        Order::Less => found.is_lt(),
        Order::LessOrEqual => found.is_le(),
        Order::Greater => found.is_gt(),
        Order::GreaterOrEqual => found.is_ge(),
    }
}
