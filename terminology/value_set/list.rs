//! Which codes are there, one after the other?
//!
//! Listing what a value set holds, for <https://hl7.org/fhir/R4/valueset-operation-expand.html>. Codes that the
//! definition lists come first and in its order, the others in the order of their system.

use std::collections::HashSet;
use std::fmt;

use model::Object;

use super::{Answer, Codes, Part, Source, ValueSet};
use crate::code_system::Names;
use crate::concept_set::Bits;
use crate::limits::{ENUMERATION_MAX, INDEXED_CONCEPTS_MIN};
use crate::standing::Standing;

/// One code of a listing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Which part of the value set it is from.
    pub part: usize,
    /// The code.
    pub code: String,
}

/// Why a value set cannot be listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotListed {
    /// Something that is needed is not loaded.
    Unknown(String),
    /// There are too many, or they have no end.
    TooCostly(String),
}

impl fmt::Display for NotListed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (NotListed::Unknown(reason) | NotListed::TooCostly(reason)) = self;
        out.write_str(reason)
    }
}

impl ValueSet {
    /// A value set without codes.
    pub fn empty() -> Self {
        let none = || Box::from("");
        Self {
            url: none(),
            version: none(),
            about: Object::new(),
            parts: Vec::new(),
            gaps: Vec::new(),
            language: none(),
            standing: Standing::default(),
            drawn: Vec::new(),
        }
    }

    /// Every code of it.
    pub fn list(&self) -> Result<Vec<Found>, NotListed> {
        self.list_where(&Wanted::All)
    }

    /// Its codes without those of which it is quickly known that they do not have these words; others may have none
    /// of them, too.
    pub(crate) fn list_named(&self, words: &[String], names: Names) -> Result<Vec<Found>, NotListed> {
        self.list_where(&Wanted::Named(words, names))
    }

    fn list_where(&self, wanted: &Wanted<'_>) -> Result<Vec<Found>, NotListed> {
        if let Some(gap) = self.gaps.first() {
            return Err(NotListed::Unknown(gap.to_string()));
        }
        let mut found = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let codes = part.list(wanted)?;
            found.extend(codes.into_iter().map(|code| Found { part: number, code }));
            if found.len() > ENUMERATION_MAX {
                return Err(too_many());
            }
        }
        Ok(found)
    }
}

/// Which codes are listed.
enum Wanted<'a> {
    All,
    Named(&'a [String], Names),
}

impl Part {
    fn list(&self, wanted: &Wanted<'_>) -> Result<Vec<String>, NotListed> {
        let named = match (wanted, &self.source) {
            // What the value set itself or a supplement calls a code is not in the table's index.
            (Wanted::Named(words, names), Source::Table(table))
                if self.labels.is_empty()
                    && self.supplements.is_empty()
                    && table.len() >= INDEXED_CONCEPTS_MIN =>
            {
                Some(table.named(words, *names))
            }
            _ => None,
        };
        let mut codes = Vec::new();
        collect(&self.codes, (self, named.as_ref()), &mut codes)?;
        if self.sequence.is_empty() && matches!(self.codes, Codes::Concepts(_)) {
            return Ok(codes);
        }
        let held: HashSet<&str> = codes.iter().map(String::as_str).collect();
        let mut seen = HashSet::new();
        let first = self.sequence.iter().map(|code| self.known(code)).filter(|code| held.contains(code));
        let all = first.chain(codes.iter().map(String::as_str));
        Ok(all.filter(|code| seen.insert(*code)).map(str::to_owned).collect())
    }

    /// The code as the system writes it.
    fn known<'a>(&'a self, code: &'a str) -> &'a str {
        let table = self.source.table();
        table.and_then(|table| table.find(code).map(|place| table.code(place))).unwrap_or(code)
    }
}

/// Adds the codes, of a table's only those that are `named`.
fn collect(
    codes: &Codes,
    (part, named): (&Part, Option<&Bits>),
    out: &mut Vec<String>,
) -> Result<(), NotListed> {
    match codes {
        Codes::None | Codes::Beyond(_) => {}
        Codes::Concepts(concepts) => {
            let Source::Table(table) = &part.source else { return Ok(()) };
            let mut bits = concepts.bits(table.len());
            if let Some(named) = named {
                bits = bits.and(named);
            }
            if out.len() + bits.len() > ENUMERATION_MAX {
                return Err(too_many());
            }
            out.extend(bits.iter().map(|place| table.code(place).to_owned()));
        }
        Codes::Listed(listed) => out.extend(listed.codes.iter().map(|code| code.to_string())),
        Codes::Whole | Codes::Rule(_) => {
            let reason = format!("the codes of `{}` follow a rule and have no end", part.system);
            return Err(NotListed::TooCostly(reason));
        }
        Codes::Unknown(reason) => return Err(NotListed::Unknown(reason.to_string())),
        Codes::Other(other) => collect(&other.codes, (other, None), out)?,
        Codes::Either(all) => all.iter().try_for_each(|codes| collect(codes, (part, named), out))?,
        Codes::Both(two) => {
            let mut left = Vec::new();
            let (listed, other) = match collect(&two.0, (part, named), &mut left) {
                Ok(()) => (left, &two.1),
                Err(refused) => {
                    let mut right = Vec::new();
                    collect(&two.1, (part, named), &mut right).map_err(|_| refused)?;
                    (right, &two.0)
                }
            };
            keep(listed, out, |code| held(other, part, code))?;
        }
        Codes::Except(two) => {
            let mut left = Vec::new();
            collect(&two.0, (part, named), &mut left)?;
            keep(left, out, |code| held(&two.1, part, code).map(|held| !held))?;
        }
    }
    Ok(())
}

fn keep(
    listed: Vec<String>,
    out: &mut Vec<String>,
    test: impl Fn(&str) -> Result<bool, NotListed>,
) -> Result<(), NotListed> {
    for code in listed {
        if test(&code)? {
            out.push(code);
        }
    }
    Ok(())
}

fn held(codes: &Codes, part: &Part, code: &str) -> Result<bool, NotListed> {
    match codes.holds(&part.source, code) {
        Answer::Yes => Ok(true),
        Answer::No => Ok(false),
        Answer::Unknown(reason) => Err(NotListed::Unknown(reason.to_owned())),
    }
}

fn too_many() -> NotListed {
    NotListed::TooCostly(format!("the value set has more than the limit of {ENUMERATION_MAX} codes"))
}
