//! Which resources are meant?
//!
//! A condition is told from a resource's rows, its id and its last change, and for chains from what was found out
//! about other resources beforehand: <https://hl7.org/fhir/R4/search.html#combining>.

mod container;

use std::collections::BTreeSet;
use std::sync::Arc;

use model::{Instant, ResourceType, Text};

use crate::rows::{Indexed, ParameterId, Rows};
use crate::scan::{Range, Scan};
use crate::types;
use crate::words::Words;

pub use container::Container;

pub use crate::types::composite::CompositeTest;
pub use crate::types::date::DateTest;
pub use crate::types::near::NearTest;
pub use crate::types::number::NumberTest;
pub use crate::types::quantity::QuantityTest;
pub use crate::types::reference::ReferenceTest;
pub use crate::types::string::StringTest;
pub use crate::types::token::{TokenTest, Within};
pub use crate::types::uri::UriTest;

/// What must be so of a resource.
#[derive(Clone, Debug, PartialEq)]
pub enum Condition {
    /// All of these; true of everything when there are none.
    All(Vec<Condition>),
    /// At least one of these; false when there are none.
    Any(Vec<Condition>),
    /// Not this.
    Not(Box<Condition>),
    /// Some value of a parameter passes a test.
    Clause(Clause),
    /// It is called one of these.
    Ids(BTreeSet<Text>),
    /// It was last changed at such a time.
    Updated(DateTest),
    /// A resource that it refers to is meant by a condition.
    Chain(Chain),
    /// A resource that refers to it is meant by a condition.
    Has(Has),
    /// A resource that it contains is meant by a condition.
    Container(Container),
    /// Words stand in it, which its rows do not tell.
    Words(Words),
}

/// A test of the values of a parameter.
#[derive(Clone, Debug, PartialEq)]
pub struct Clause {
    /// Which parameter.
    pub parameter: ParameterId,
    /// Which test.
    pub test: Test,
}

/// A test of one value, by its search type.
#[derive(Clone, Debug, PartialEq)]
pub enum Test {
    /// Any value will do.
    Present,
    /// Of whatever type, that it does not pass this one.
    Other(Box<Test>),
    /// Of a token.
    Token(TokenTest),
    /// Of a string.
    String(StringTest),
    /// Of a URI.
    Uri(UriTest),
    /// Of a reference.
    Reference(ReferenceTest),
    /// Of a date.
    Date(DateTest),
    /// Of a number.
    Number(NumberTest),
    /// Of a quantity.
    Quantity(QuantityTest),
    /// Of a place.
    Near(NearTest),
    /// Of all components of a composite, together.
    Composite(CompositeTest),
}

/// A step along a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Chain {
    /// The reference's parameter.
    pub parameter: ParameterId,
    /// What must be so of what it leads to, by type; other types are not meant.
    pub targets: Vec<(ResourceType, Condition)>,
}

/// A step against a reference.
#[derive(Clone, Debug, PartialEq)]
pub struct Has {
    /// The type of the one that refers.
    pub resource_type: ResourceType,
    /// By which parameter of its.
    pub parameter: ParameterId,
    /// What must be so of it.
    pub condition: Box<Condition>,
}

/// What a condition is told of.
#[derive(Clone, Copy)]
pub struct Subject<'r> {
    /// Its type.
    pub resource_type: ResourceType,
    /// What it is called.
    pub id: &'r str,
    /// When it was last changed.
    pub updated: Instant,
    /// Its rows.
    pub rows: &'r Rows,
}

/// What is known of other resources.
pub trait Others {
    /// Whether some resource that `subject` refers to is meant; none when that was not found out.
    fn chain(&self, chain: &Chain, subject: &Subject<'_>) -> Option<bool>;

    /// Whether some resource that refers to `subject` is meant; none when that was not found out.
    fn has(&self, has: &Has, subject: &Subject<'_>) -> Option<bool>;
}

/// Knows nothing of others.
pub struct Nobody;

impl Others for Nobody {
    fn chain(&self, _: &Chain, _: &Subject<'_>) -> Option<bool> {
        None
    }

    fn has(&self, _: &Has, _: &Subject<'_>) -> Option<bool> {
        None
    }
}

/// Whether a resource is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is not.
    No,
    /// That depends on resources of which nothing was found out.
    Unknown,
    /// It is.
    Yes,
}

impl Verdict {
    fn of(known: Option<bool>) -> Self {
        known.map_or(Verdict::Unknown, Verdict::from)
    }

    fn not(self) -> Self {
        match self {
            Verdict::No => Verdict::Yes,
            Verdict::Unknown => Verdict::Unknown,
            Verdict::Yes => Verdict::No,
        }
    }

    fn rank(self) -> u8 {
        match self {
            Verdict::No => 0,
            Verdict::Unknown => 1,
            Verdict::Yes => 2,
        }
    }
}

impl From<bool> for Verdict {
    fn from(is_meant: bool) -> Self {
        if is_meant { Verdict::Yes } else { Verdict::No }
    }
}

impl Condition {
    /// True of every resource.
    pub fn everything() -> Self {
        Condition::All(Vec::new())
    }

    /// Whether it is so of `subject`.
    pub fn holds(&self, subject: &Subject<'_>, others: &dyn Others) -> Verdict {
        match self {
            Condition::All(parts) => {
                let verdicts = parts.iter().map(|part| part.holds(subject, others));
                least(verdicts, Verdict::No, Verdict::Yes, |verdict| verdict.rank())
            }
            Condition::Any(parts) => {
                let verdicts = parts.iter().map(|part| part.holds(subject, others));
                least(verdicts, Verdict::Yes, Verdict::No, |verdict| 2 - verdict.rank())
            }
            Condition::Not(part) => part.holds(subject, others).not(),
            Condition::Clause(clause) => clause.holds(subject.rows).into(),
            Condition::Ids(ids) => ids.contains(subject.id).into(),
            Condition::Updated(test) => test.holds(subject.updated.0, subject.updated.0 + 1).into(),
            Condition::Chain(chain) => match chain.within(subject, others) {
                Verdict::Yes => Verdict::Yes,
                within => {
                    let beyond = Verdict::of(others.chain(chain, subject));
                    if within.rank() > beyond.rank() { within } else { beyond }
                }
            },
            Condition::Has(has) => Verdict::of(others.has(has, subject)),
            Condition::Container(container) => container.holds(subject, others),
            Condition::Words(_) => Verdict::Unknown,
        }
    }

    /// The parts that must all hold.
    pub fn conjuncts(&self) -> &[Condition] {
        match self {
            Condition::All(parts) => parts,
            other => std::slice::from_ref(other),
        }
    }

    /// Calls `visit` with every part that looks beyond the rows of a resource, not with those within them.
    pub fn visit_steps<'c>(&'c self, visit: &mut dyn FnMut(&'c Condition)) {
        match self {
            Condition::All(parts) | Condition::Any(parts) => {
                parts.iter().for_each(|part| part.visit_steps(visit));
            }
            Condition::Not(part) => part.visit_steps(visit),
            Condition::Chain(_) | Condition::Has(_) | Condition::Words(_) => visit(self),
            // What is contained is asked for its own rows alone.
            Condition::Clause(_) | Condition::Ids(_) | Condition::Updated(_) | Condition::Container(_) => {}
        }
    }

    /// The parameter and the set of codes that it asks for, where that is too large to be listed.
    pub fn within(&self) -> Option<(ParameterId, &Arc<Within>)> {
        match self {
            Condition::Clause(Clause { parameter, test: Test::Token(TokenTest::Within(within)) }) => {
                Some((*parameter, within))
            }
            Condition::All(parts) | Condition::Any(parts) if parts.len() == 1 => parts[0].within(),
            _ => None,
        }
    }

    /// A way to all that it means, from its own rows alone; none when there is no shorter way than all of the
    /// type, as for what is not so.
    pub fn scan(&self) -> Option<Scan> {
        match self {
            Condition::Clause(clause) => {
                let (ranges, exact) = clause.test.ranges(clause.parameter)?;
                Some(Scan::Ranges { ranges, exact })
            }
            Condition::Ids(ids) => Some(Scan::Ids(ids.iter().cloned().collect())),
            Condition::Updated(test) => test.bounds().map(|(from, below)| Scan::Updated(from, below)),
            Condition::Container(container) => Some(container.scan()),
            Condition::Any(parts) => any(parts),
            Condition::All(parts) if parts.len() == 1 => parts[0].scan(),
            // All that it means is among what any part of it leads to.
            Condition::All(parts) => parts.iter().find_map(|part| match part.scan() {
                Some(Scan::Ranges { ranges, .. }) => Some(Scan::Ranges { ranges, exact: false }),
                _ => None,
            }),
            _ => None,
        }
    }
}

/// The way to any of several: only where all lead through one index, or all are ids.
fn any(parts: &[Condition]) -> Option<Scan> {
    let mut all: Vec<Range> = Vec::new();
    let mut all_exact = true;
    let mut all_ids = BTreeSet::new();
    for part in parts {
        match part.scan()? {
            Scan::Ranges { ranges, exact } => {
                all.extend(ranges);
                all_exact &= exact;
            }
            Scan::Ids(ids) => all_ids.extend(ids),
            Scan::Updated(..) | Scan::Everything => return None,
        }
    }
    match (all.is_empty(), all_ids.is_empty()) {
        (false, true) => Some(Scan::Ranges { ranges: all, exact: all_exact }),
        (true, _) => Some(Scan::Ids(all_ids.into_iter().collect())),
        (false, false) => None,
    }
}

/// The least verdict by rank, or at once the one that settles it.
fn least(
    verdicts: impl Iterator<Item = Verdict>,
    settled: Verdict,
    start: Verdict,
    rank: impl Fn(Verdict) -> u8,
) -> Verdict {
    let mut least = start;
    for verdict in verdicts {
        if verdict == settled {
            return settled;
        }
        if rank(verdict) < rank(least) {
            least = verdict;
        }
    }
    least
}

impl Clause {
    /// Whether a resource with these rows passes.
    pub fn holds(&self, rows: &Rows) -> bool {
        let own = rows.of(self.parameter);
        match &self.test {
            Test::Composite(test) => test.holds(own),
            test => own.iter().any(|row| test.holds(&row.value)),
        }
    }
}

impl Test {
    /// Whether a value passes; a composite is never one value.
    pub fn holds(&self, value: &Indexed) -> bool {
        match (self, value) {
            (Test::Present, _) => true,
            (Test::Other(test), value) => !test.holds(value),
            (Test::Token(test), Indexed::Token { system, code }) => test.holds(*system, code),
            (Test::String(test), Indexed::String(text)) => test.holds(text),
            (Test::Uri(test), Indexed::Uri(text)) => test.holds(text),
            (Test::Reference(test), Indexed::Reference { target_type, target }) => {
                test.holds(*target_type, target)
            }
            (Test::Date(test), Indexed::Date { start, end }) => test.holds(*start, *end),
            (Test::Number(test), Indexed::Number { low, high }) => test.holds(*low, *high),
            (Test::Quantity(test), Indexed::Quantity { unit, low, high }) => test.holds(*unit, *low, *high),
            (Test::Near(test), Indexed::Position { latitude, longitude }) => {
                test.holds(*latitude, *longitude)
            }
            _ => false,
        }
    }

    /// Ranges that hold every resource that passes, and whether they hold no other.
    pub fn ranges(&self, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
        match self {
            Test::Present | Test::Other(_) => None,
            Test::Token(test) => types::token::ranges(test, parameter),
            Test::String(test) => types::string::ranges(test, parameter),
            Test::Uri(test) => types::uri::ranges(test, parameter),
            Test::Reference(test) => types::reference::ranges(test, parameter),
            Test::Date(test) => types::date::ranges(test, parameter),
            Test::Number(test) => types::number::ranges(test, parameter),
            Test::Quantity(test) => types::quantity::ranges(test, parameter),
            Test::Near(test) => types::near::ranges(test, parameter),
            Test::Composite(test) => types::composite::ranges(test),
        }
    }
}

/// Conditions that are shared by those who keep them.
pub type Shared = Arc<Condition>;
