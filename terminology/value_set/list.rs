//! Which codes are there, one after the other?
//!
//! Listing what a value set holds, for <https://hl7.org/fhir/R4/valueset-operation-expand.html>. Codes that the
//! definition lists come first and in its order, the others in the order of their system.

use std::collections::HashSet;
use std::fmt;

use model::Object;

use super::{Answer, Codes, Part, Source, ValueSet};
use crate::limits::ENUMERATION_MAX;

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
        Self { url: none(), version: none(), about: Object::new(), parts: Vec::new(), gaps: Vec::new() }
    }

    /// Every code of it.
    pub fn list(&self) -> Result<Vec<Found>, NotListed> {
        if let Some(gap) = self.gaps.first() {
            return Err(NotListed::Unknown(gap.to_string()));
        }
        let mut found = Vec::new();
        for (number, part) in self.parts.iter().enumerate() {
            let codes = part.list()?;
            found.extend(codes.into_iter().map(|code| Found { part: number, code }));
            if found.len() > ENUMERATION_MAX {
                return Err(too_many());
            }
        }
        Ok(found)
    }
}

impl Part {
    fn list(&self) -> Result<Vec<String>, NotListed> {
        let mut codes = Vec::new();
        collect(&self.codes, self, &mut codes)?;
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

fn collect(codes: &Codes, part: &Part, out: &mut Vec<String>) -> Result<(), NotListed> {
    match codes {
        Codes::None | Codes::Beyond(_) => {}
        Codes::Concepts(concepts) => {
            let Source::Table(table) = &part.source else { return Ok(()) };
            if out.len() + concepts.len() > ENUMERATION_MAX {
                return Err(too_many());
            }
            out.extend(concepts.bits(table.len()).iter().map(|place| table.code(place).to_owned()));
        }
        Codes::Listed(listed) => out.extend(listed.codes.iter().map(|code| code.to_string())),
        Codes::Whole | Codes::Rule(_) => {
            let reason = format!("the codes of `{}` follow a rule and have no end", part.system);
            return Err(NotListed::TooCostly(reason));
        }
        Codes::Unknown(reason) => return Err(NotListed::Unknown(reason.to_string())),
        Codes::Other(other) => collect(&other.codes, other, out)?,
        Codes::Either(all) => all.iter().try_for_each(|codes| collect(codes, part, out))?,
        Codes::Both(two) => {
            let mut left = Vec::new();
            let (listed, other) = match collect(&two.0, part, &mut left) {
                Ok(()) => (left, &two.1),
                Err(refused) => {
                    let mut right = Vec::new();
                    collect(&two.1, part, &mut right).map_err(|_| refused)?;
                    (right, &two.0)
                }
            };
            keep(listed, out, |code| held(other, part, code))?;
        }
        Codes::Except(two) => {
            let mut left = Vec::new();
            collect(&two.0, part, &mut left)?;
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
