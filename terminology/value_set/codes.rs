//! Which codes of one system are meant?
//!
//! Over a table every operation is done at once and leaves a set of concepts. Over a rule, or a system that is
//! not loaded, the operations stay as a tree that a code is held against; what cannot be known stays unknown.
//! <https://hl7.org/fhir/R4/valueset.html#compositions>.

use std::sync::{Arc, OnceLock};

use super::{Part, Source};
use crate::code_system::folded;
use crate::concept_set::{Bits, ConceptSet};
use crate::hash::TextMap;
use crate::systems::Test;

/// A set of codes of one system.
#[derive(Clone)]
pub(crate) enum Codes {
    /// None.
    None,
    /// All that the rule accepts.
    Whole,
    /// Concepts of the table.
    Concepts(Arc<ConceptSet>),
    /// Codes one by one.
    Listed(Arc<Listed>),
    /// Those that the rule accepts and the test as well.
    Rule(Arc<Test>),
    /// Nobody here knows, and why.
    Unknown(Arc<str>),
    /// Perhaps codes that the fragment which is here does not have.
    Beyond(Arc<str>),
    /// Those of a part that is made from another table.
    Other(Arc<Part>),
    /// Those in any.
    Either(Arc<Vec<Codes>>),
    /// Those in both.
    Both(Arc<(Codes, Codes)>),
    /// Those in the first and not in the second.
    Except(Arc<(Codes, Codes)>),
}

/// Codes in the order of their list.
#[derive(Default)]
pub(crate) struct Listed {
    pub(crate) codes: Vec<Box<str>>,
    index: TextMap<usize>,
    /// Each code in lower case with its number, in order; made when it is first asked for.
    lower: OnceLock<Vec<(String, usize)>>,
}

/// Whether a code is in a set.
pub(crate) enum Answer<'a> {
    Yes,
    No,
    Unknown(&'a str),
}

impl Listed {
    pub(crate) fn new(codes: impl IntoIterator<Item = Box<str>>) -> Self {
        let mut listed = Self::default();
        for code in codes {
            if !listed.index.contains_key(&code) {
                listed.index.insert(code.clone(), listed.codes.len());
                listed.codes.push(code);
            }
        }
        listed
    }

    pub(crate) fn contains(&self, code: &str) -> bool {
        self.index.contains_key(code)
    }

    /// The codes that are this in lower case.
    pub(crate) fn spelled(&self, lower: &str) -> impl Iterator<Item = &str> {
        let same = self.from(lower).iter().take_while(move |(code, _)| code == lower);
        same.filter_map(|(_, number)| self.codes.get(*number).map(|code| &**code))
    }

    /// The least in lower case that is not less than `from`.
    pub(crate) fn next(&self, from: &str) -> Option<&str> {
        self.from(from).first().map(|(code, _)| code.as_str())
    }

    fn from(&self, from: &str) -> &[(String, usize)] {
        let lower = self.lower.get_or_init(|| {
            let codes = self.codes.iter().enumerate();
            let mut lower: Vec<_> = codes.map(|(number, code)| (folded(code), number)).collect();
            lower.sort_unstable();
            lower
        });
        &lower[lower.partition_point(|(code, _)| code.as_str() < from)..]
    }
}

impl Codes {
    pub(crate) fn concepts(bits: Bits) -> Self {
        if bits.is_empty() { Codes::None } else { Codes::Concepts(Arc::new(ConceptSet::new(bits))) }
    }

    pub(crate) fn holds<'a>(&'a self, source: &Source, code: &str) -> Answer<'a> {
        match self {
            Codes::None => Answer::No,
            Codes::Concepts(concepts) => {
                let place = source.table().and_then(|table| table.find(code));
                yes_if(place.is_some_and(|place| concepts.contains(place)))
            }
            Codes::Whole => by_rule(source, code),
            Codes::Listed(listed) => yes_if(listed.contains(code)),
            Codes::Rule(test) if test(code) => by_rule(source, code),
            Codes::Rule(_) => Answer::No,
            Codes::Unknown(reason) => Answer::Unknown(reason),
            Codes::Beyond(reason) => match source.table().and_then(|table| table.find(code)) {
                Some(_) => Answer::No,
                None => Answer::Unknown(reason),
            },
            Codes::Other(part) => part.codes.holds(&part.source, code),
            Codes::Either(all) => either(all.iter().map(|codes| codes.holds(source, code))),
            Codes::Both(two) => match (two.0.holds(source, code), two.1.holds(source, code)) {
                (Answer::No, _) | (_, Answer::No) => Answer::No,
                (Answer::Yes, other) | (other, Answer::Yes) => other,
                (unknown, Answer::Unknown(_)) => unknown,
            },
            Codes::Except(two) => match (two.0.holds(source, code), two.1.holds(source, code)) {
                (Answer::No, _) | (_, Answer::Yes) => Answer::No,
                (answer, Answer::No) => answer,
                (_, unknown @ Answer::Unknown(_)) => unknown,
            },
        }
    }

    /// Those in either; `count` is how many concepts the table has.
    pub(crate) fn or(self, other: Codes, count: usize) -> Codes {
        match (self, other) {
            (Codes::None, codes) | (codes, Codes::None) => codes,
            (Codes::Whole, _) | (_, Codes::Whole) => Codes::Whole,
            (Codes::Concepts(left), Codes::Concepts(right)) => {
                Codes::concepts(left.bits(count).or(&right.bits(count)))
            }
            (Codes::Listed(left), Codes::Listed(right)) => {
                Codes::Listed(Arc::new(Listed::new(left.codes.iter().chain(&right.codes).cloned())))
            }
            (Codes::Either(all), codes) | (codes, Codes::Either(all)) => {
                let mut all = (*all).clone();
                // Like joins like, so that a long compose leaves a short list.
                let like = all.iter().position(|other| {
                    matches!(
                        (other, &codes),
                        (Codes::Concepts(_), Codes::Concepts(_)) | (Codes::Listed(_), Codes::Listed(_))
                    )
                });
                match like {
                    Some(place) => {
                        let joined = std::mem::replace(&mut all[place], Codes::None).or(codes, count);
                        all[place] = joined;
                    }
                    None => all.push(codes),
                }
                Codes::Either(Arc::new(all))
            }
            (left, right) => Codes::Either(Arc::new(vec![left, right])),
        }
    }

    /// Those in both.
    pub(crate) fn and(self, other: Codes, count: usize) -> Codes {
        match (self, other) {
            (Codes::None, _) | (_, Codes::None) => Codes::None,
            (Codes::Whole, codes) | (codes, Codes::Whole) => codes,
            (Codes::Concepts(left), Codes::Concepts(right)) => {
                Codes::concepts(left.bits(count).and(&right.bits(count)))
            }
            (left, right) => Codes::Both(Arc::new((left, right))),
        }
    }

    /// Those here and not in the other.
    pub(crate) fn without(self, other: Codes, count: usize) -> Codes {
        match (self, other) {
            (Codes::None, _) | (_, Codes::Whole) => Codes::None,
            (codes, Codes::None) => codes,
            (Codes::Concepts(left), Codes::Concepts(right)) => {
                Codes::concepts(left.bits(count).without(&right.bits(count)))
            }
            (left, right) => Codes::Except(Arc::new((left, right))),
        }
    }
}

/// Whether the code exists by the rule of its system.
fn by_rule<'a>(source: &Source, code: &str) -> Answer<'a> {
    match source {
        Source::Law(law) => match ((law.meaning)(code), law.doubt) {
            (None, _) => Answer::No,
            (Some(_), Some(doubt)) => Answer::Unknown(doubt),
            (Some(_), None) => Answer::Yes,
        },
        Source::Table(table) => yes_if(table.find(code).is_some()),
        Source::Absent => Answer::No,
    }
}

fn yes_if<'a>(truth: bool) -> Answer<'a> {
    if truth { Answer::Yes } else { Answer::No }
}

fn either<'a>(answers: impl Iterator<Item = Answer<'a>>) -> Answer<'a> {
    let mut sum = Answer::No;
    for answer in answers {
        match answer {
            Answer::Yes => return Answer::Yes,
            Answer::Unknown(_) => sum = answer,
            Answer::No => {}
        }
    }
    sum
}
