//! Which concepts stand in reference sets?
//!
//! Members and the columns of their rows, and the inactive concepts that historical associations lead to:
//! sections 6.1, 6.10 and 6.11 of <http://snomed.org/ecl>. Only active rows count, unless a filter says
//! otherwise.

use model::decimal::Decimal;

use super::ids::Ids;
use super::rows::{Row, RowTest, is_day, is_number, number};
use super::{Evaluation, Way};
use crate::concept_set::Bits;
use crate::ecl::tree::{Comparison, Constraint, Day, Equality, Fields, History, MemberFilter, Order, Sctid};
use crate::ecl::words::Pattern;
use crate::ecl::{Member, Substrate};

/// The column that every row has.
const REFERENCED: &str = "referencedComponentId";
/// The column of an association that says where it leads.
const TARGET: &str = "targetComponentId";

const HISTORICAL_ASSOCIATIONS: Sctid = Sctid(900_000_000_000_522_004);
const SAME_AS: Sctid = Sctid(900_000_000_000_527_005);
const REPLACED_BY: Sctid = Sctid(900_000_000_000_526_001);
const WAS_A: Sctid = Sctid(900_000_000_000_528_000);
const PARTIALLY_EQUIVALENT_TO: Sctid = Sctid(1_186_924_009);

/// The concepts in a column of reference sets, of the rows for which all filters hold.
pub(super) fn members(
    evaluation: &mut Evaluation<'_>,
    sets: &Bits,
    fields: &Fields,
    filters: &[Vec<MemberFilter>],
) -> Result<Bits, String> {
    let column = match fields {
        Fields::Referenced => REFERENCED,
        Fields::Named(names) if names.len() == 1 => names[0].as_str(),
        _ => return Err("several columns of a reference set are no set of concepts; select one".to_owned()),
    };
    let mut tests = Vec::new();
    for filter in filters.iter().flatten() {
        tests.push(MemberTest::new(evaluation, filter)?);
    }
    let rows = tests.iter().filter_map(|test| match test {
        MemberTest::Row(row) => Some(row),
        MemberTest::Field(..) => None,
    });
    let is_any_activity = evaluation.counts_inactive(rows)?;
    let mut selection = Selection {
        substrate: evaluation.substrate,
        column,
        tests,
        is_any_activity,
        found: Bits::none(evaluation.substrate.count()),
        has_rows: false,
        known: Vec::new(),
        refused: None,
    };
    for set in sets.iter().filter(|set| selection.substrate.is_reference_set(*set)) {
        let mut steps = 0;
        selection.substrate.members(set, &mut |member| {
            steps += 1 + selection.tests.len();
            selection.take(&member);
        })?;
        evaluation.spend(steps)?;
    }
    selection.finish()
}

/// The rows of reference sets, while they are gone through.
struct Selection<'s> {
    substrate: &'s dyn Substrate,
    column: &'s str,
    tests: Vec<MemberTest>,
    is_any_activity: bool,
    found: Bits,
    has_rows: bool,
    /// The columns that some row has, of those that are asked for.
    known: Vec<String>,
    refused: Option<String>,
}

impl Selection<'_> {
    fn take(&mut self, member: &Member<'_>) {
        self.has_rows = true;
        for name in self.tests.iter().filter_map(MemberTest::column).chain([self.column]) {
            if field(member, name).is_some() && !self.known.iter().any(|known| known == name) {
                self.known.push(name.to_owned());
            }
        }
        let is_counted = self.is_any_activity || member.is_active;
        if !is_counted || !self.tests.iter().all(|test| test.accepts(member, self.substrate)) {
            return;
        }
        let Some(value) = field(member, self.column) else { return };
        match value.sctid().and_then(|id| self.substrate.concept(id)) {
            Some(place) => _ = self.found.insert(place),
            // Reference sets of descriptions are none of concepts; other columns were asked for by name.
            None if self.column.eq_ignore_ascii_case(REFERENCED) => {}
            None => {
                let column = self.column;
                self.refused = Some(format!("the column `{column}` holds something that is no concept"));
            }
        }
    }

    fn finish(self) -> Result<Bits, String> {
        let mut asked_for = self.tests.iter().filter_map(MemberTest::column).chain([self.column]);
        let missing = asked_for.find(|name| !self.known.iter().any(|known| known == name));
        match (self.refused, missing) {
            (Some(refused), _) => Err(refused),
            (None, Some(name)) if self.has_rows => Err(format!("the reference set has no column `{name}`")),
            _ => Ok(self.found),
        }
    }
}

/// What stands in a column.
#[derive(Clone, Copy)]
enum Field<'m> {
    Id(Sctid),
    Text(&'m str),
}

impl Field<'_> {
    fn sctid(self) -> Option<Sctid> {
        match self {
            Self::Id(id) => Some(id),
            Self::Text(text) => text.parse().ok().map(Sctid),
        }
    }

    fn with_text<T>(self, work: impl FnOnce(&str) -> T) -> T {
        match self {
            Self::Id(id) => work(&id.to_string()),
            Self::Text(text) => work(text),
        }
    }
}

fn field<'m>(member: &Member<'m>, name: &str) -> Option<Field<'m>> {
    if name.eq_ignore_ascii_case(REFERENCED) {
        return Some(Field::Id(member.referenced));
    }
    let found = member.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| Field::Text(value))
}

/// A member filter that is ready to be asked.
enum MemberTest {
    Row(RowTest),
    Field(String, ValueTest),
}

enum ValueTest {
    Concepts(Equality, Ids),
    Number(Order, Decimal),
    Text(Equality, Vec<Pattern>),
    Boolean(Equality, bool),
    Time(Order, Vec<Day>),
}

impl MemberTest {
    fn new(evaluation: &mut Evaluation<'_>, filter: &MemberFilter) -> Result<Self, String> {
        let (name, comparison) = match filter {
            MemberFilter::Row(row) => return RowTest::new(evaluation, row).map(Self::Row),
            MemberFilter::Field(name, comparison) => (name.clone(), comparison),
        };
        let test = match comparison {
            Comparison::Concepts(equality, operand) => {
                ValueTest::Concepts(*equality, Ids::of_operand(evaluation, operand)?)
            }
            Comparison::Number(order, written) => ValueTest::Number(*order, number(written)?),
            Comparison::Text(equality, terms) => {
                ValueTest::Text(*equality, terms.iter().map(Pattern::of_words).collect())
            }
            Comparison::Boolean(equality, value) => ValueTest::Boolean(*equality, *value),
            Comparison::Time(order, days) => ValueTest::Time(*order, days.clone()),
        };
        Ok(Self::Field(name, test))
    }

    fn column(&self) -> Option<&str> {
        match self {
            Self::Row(_) => None,
            Self::Field(name, _) => Some(name),
        }
    }

    fn accepts(&self, member: &Member<'_>, substrate: &dyn Substrate) -> bool {
        let (name, test) = match self {
            Self::Field(name, test) => (name, test),
            Self::Row(test) => {
                let Member { module, effective_time, is_active, .. } = *member;
                return test.accepts(Row { module, effective_time, is_active }, substrate);
            }
        };
        let Some(value) = field(member, name) else { return false };
        match test {
            ValueTest::Concepts(equality, ids) => {
                equality.accepts(value.sctid().is_some_and(|id| ids.contains(id, substrate)))
            }
            ValueTest::Number(order, wanted) => value.with_text(|text| is_number(*order, text, wanted)),
            ValueTest::Text(equality, patterns) => {
                let is_like = |text: &str| patterns.iter().any(|pattern| pattern.matches(text, ""));
                equality.accepts(value.with_text(is_like))
            }
            ValueTest::Boolean(equality, wanted) => {
                value.with_text(boolean).is_some_and(|found| equality.accepts(found == *wanted))
            }
            ValueTest::Time(order, days) => is_day(*order, value.with_text(day), days),
        }
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        "1" => Some(true),
        "0" => Some(false),
        text if text.eq_ignore_ascii_case("true") => Some(true),
        text if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// The day of a time; what comes after it does not count.
fn day(text: &str) -> Day {
    text.get(..8).and_then(|day| day.parse().ok())
}

/// The set, and the concepts that historical associations link to it.
pub(super) fn with_history(
    evaluation: &mut Evaluation<'_>,
    mut found: Bits,
    history: &History,
) -> Result<Bits, String> {
    let sets = associations(evaluation, history)?;
    let substrate = evaluation.substrate;
    let mut added = Bits::none(substrate.count());
    for set in sets.iter().filter(|set| substrate.is_reference_set(*set)) {
        let mut steps = 0;
        substrate.members(set, &mut |member| {
            steps += 1;
            let target = field(&member, TARGET).and_then(Field::sctid);
            let is_linked = target.and_then(|id| substrate.concept(id)).is_some_and(|it| found.contains(it));
            if member.is_active && is_linked {
                substrate.concept(member.referenced).map(|place| added.insert(place));
            }
        })?;
        evaluation.spend(steps)?;
    }
    found = found.or(&added);
    Ok(found)
}

/// The reference sets of a supplement; those that a release does not have add nothing.
fn associations(evaluation: &mut Evaluation<'_>, history: &History) -> Result<Bits, String> {
    let ids: &[Sctid] = match history {
        History::Min => &[SAME_AS],
        History::Mod => &[SAME_AS, REPLACED_BY, WAS_A, PARTIALLY_EQUIVALENT_TO],
        History::Max => &[HISTORICAL_ASSOCIATIONS],
        History::In(constraint) => match &**constraint {
            Constraint::Plain(operand) if operand.is_any() => &[HISTORICAL_ASSOCIATIONS],
            constraint => return evaluation.constraint(constraint),
        },
    };
    let mut sets = Bits::none(evaluation.substrate.count());
    ids.iter().filter_map(|id| evaluation.substrate.concept(*id)).for_each(|place| _ = sets.insert(place));
    if ids == [HISTORICAL_ASSOCIATIONS] { evaluation.reach(&sets, Way::Down) } else { Ok(sets) }
}
