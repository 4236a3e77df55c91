//! Does a search mean this example, and lead to it?
//!
//! A search is read as a URL is; its condition is held against the example's rows; the ranges that a store would read
//! must hold each resource that passes, and where they say that they are exact, no other.

use search::condition::{Nobody, Subject};
use search::parse::{Handling, Known, Level, Target, parse};
use search::scan::Direction;
use search::types::Surroundings;
use search::{Clause, Condition, Parameter, Verdict};

use super::written::{Form, Written};
use super::{Example, NOW};

/// Other examples that an exact range is held against.
const OTHERS_MAX: usize = 5;

/// What searches of a parameter are tried in.
pub(crate) struct Trial<'t> {
    /// The parameter.
    pub(crate) parameter: &'t Parameter,
    /// What searches are read by.
    pub(crate) surroundings: &'t Surroundings<'t>,
    /// The examples of its type.
    pub(crate) examples: &'t [Example],
}

impl Trial<'_> {
    /// Whether the search means the example where it should, and not where it should not.
    pub(crate) fn hold(&self, example: &Example, written: &Written) -> Result<(), String> {
        let code = &self.parameter.code;
        let modifier = match &written.form {
            Form::Plain | Form::Prefix(_) => String::new(),
            Form::Modifier(name) => format!(":{name}"),
            Form::Type(name) => format!(":{name}"),
        };
        let shown = || format!("{code}{modifier}={}", written.value);
        let pairs = [(format!("{code}{modifier}"), written.value.clone())];
        let target = Target { types: vec![example.resource_type], level: Level::Type, within: None };
        let search = parse(&pairs, &target, Handling::Strict, self.surroundings, &Known::default());
        let search = search.map_err(|issues| {
            let said: Vec<_> = issues.into_iter().map(|issue| issue.message).collect();
            format!("{} is refused: {}", shown(), said.join("; "))
        })?;
        let [branch] = &search.query.branches[..] else { return Err(format!("{} has no branch", shown())) };
        let verdict = branch.condition.holds(&subject(example), &Nobody);
        if verdict != Verdict::from(written.is_meant) {
            return Err(format!("{} is {verdict:?}", shown()));
        }
        let mut clauses = Vec::new();
        collect(&branch.condition, &mut clauses);
        clauses
            .into_iter()
            .try_for_each(|clause| self.leads(example, clause).map_err(|why| format!("{}: {why}", shown())))
    }

    /// Whether the ranges of a clause hold all that passes, and if they say so nothing else.
    fn leads(&self, example: &Example, clause: &Clause) -> Result<(), String> {
        let Some((ranges, exact)) = clause.test.ranges(clause.parameter) else { return Ok(()) };
        let others = self.examples.iter().take(OTHERS_MAX);
        for other in std::iter::once(example).chain(others) {
            let place = |range: &search::Range| range.place_of(&other.rows, Direction::Forwards);
            let is_there = ranges.iter().any(|range| place(range).is_some());
            match (clause.holds(&other.rows), is_there) {
                (true, false) => return Err(format!("no range leads to {}", other.id)),
                (false, true) if exact => return Err(format!("an exact range leads to {}", other.id)),
                _ => {}
            }
        }
        Ok(())
    }
}

fn subject(example: &Example) -> Subject<'_> {
    Subject { resource_type: example.resource_type, id: &example.id, updated: NOW, rows: &example.rows }
}

fn collect<'c>(condition: &'c Condition, clauses: &mut Vec<&'c Clause>) {
    match condition {
        Condition::All(parts) | Condition::Any(parts) => {
            parts.iter().for_each(|part| collect(part, clauses));
        }
        Condition::Not(part) => collect(part, clauses),
        Condition::Clause(clause) => clauses.push(clause),
        Condition::Ids(_)
        | Condition::Updated(_)
        | Condition::Chain(_)
        | Condition::Has(_)
        | Condition::Container(_)
        | Condition::Words(_) => {}
    }
}
