//! How does a release of a code system become a table?
//!
//! One file a format and one line in [`ALL`]. A loader recognises its format by content, reads the files row by row
//! and feeds a [`Builder`](crate::code_system::Builder); what is wrong with a file is refused with its name and line,
//! and then nothing is loaded. Files are handed in: <https://hl7.org/fhir/R4/terminologies-systems.html>.

mod icd10;
mod icd10cm;
mod listing;
mod loinc;
mod ndc;
mod resources;
pub mod rows;
mod rxnorm;
mod snomed;
mod tags;
mod telling;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told;
#[cfg(test)]
mod trial;

use std::collections::BTreeMap;
use std::fmt;
use std::io::{self, BufRead};

use crate::CodeSystem;
pub use listing::{Entry, Listing};
use rows::{Form, Heading, Rows};
pub(crate) use snomed::SYSTEM as SNOMED;
pub use snomed::with_check_digit;

/// A format that code systems come in.
pub struct Loader {
    /// What people call it.
    pub name: &'static str,
    /// Whether these files are of this format.
    pub recognises: fn(&Listing) -> bool,
    /// Makes the tables.
    pub load: fn(&mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect>,
}

/// Every format, the one that is most easily recognised first.
pub static ALL: &[&Loader] = &[
    &snomed::LOADER,
    &loinc::LOADER,
    &rxnorm::LOADER,
    &icd10::LOADER,
    &icd10cm::LOADER,
    &ndc::LOADER,
    &resources::LOADER,
];

/// Opens a file of the listing by its name.
pub type Open<'a> = &'a dyn Fn(&str) -> io::Result<Box<dyn BufRead + 'a>>;

/// A load on its way.
pub struct Loading<'a> {
    /// What there is to read.
    pub listing: &'a Listing,
    /// The canonical that is wanted, where the files leave it open.
    pub url: Option<&'a str>,
    /// The version that is wanted, where the files leave it open.
    pub version: Option<&'a str>,
    /// What came of it so far.
    pub report: Report,
    open: Open<'a>,
}

/// What a load read, and what it left out.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many of each thing were taken: concepts, relationships, …
    pub taken: BTreeMap<&'static str, u64>,
    /// How many were left out, and why.
    pub skipped: BTreeMap<String, u64>,
}

/// What is wrong with a release, so that nothing of it is loaded, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Defect {
    /// The file; empty when it is about all of them.
    pub file: String,
    /// Its line, from 1 on.
    pub line: Option<u64>,
    /// What is wrong.
    pub message: String,
}

impl Report {
    /// Counts one more thing that was taken.
    pub fn take(&mut self, what: &'static str) {
        *self.taken.entry(what).or_default() += 1;
    }

    /// Counts one more thing that was left out.
    pub fn skip(&mut self, why: &str) {
        match self.skipped.get_mut(why) {
            Some(count) => *count += 1,
            None => _ = self.skipped.insert(why.to_owned(), 1),
        }
    }
}

impl<'a> Loading<'a> {
    /// Begins; `open` opens what `listing` names.
    pub fn new(listing: &'a Listing, open: Open<'a>) -> Self {
        Self { listing, url: None, version: None, report: Report::default(), open }
    }

    /// The rows of a file.
    pub fn rows(&self, name: &str, form: Form, heading: Heading) -> Result<Rows<'a>, Defect> {
        Rows::new(name, self.open(name)?, form, heading)
    }

    /// A file as it is.
    pub fn open(&self, name: &str) -> Result<Box<dyn BufRead + 'a>, Defect> {
        (self.open)(name).map_err(|error| Defect::of(name, format!("the file cannot be opened: {error}")))
    }
}

impl Defect {
    /// About a file as a whole.
    pub fn of(file: &str, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: None, message: message.into() }
    }

    /// About a line of a file.
    pub fn at(file: &str, line: u64, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line: Some(line), message: message.into() }
    }
}

impl fmt::Display for Defect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.file.as_str(), self.line) {
            ("", _) => f.write_str(&self.message),
            (file, None) => write!(f, "{file}: {}", self.message),
            (file, Some(line)) => write!(f, "{file}, line {line}: {}", self.message),
        }
    }
}

impl std::error::Error for Defect {}

/// What is wrong as a whole.
impl From<String> for Defect {
    fn from(message: String) -> Self {
        Self::of("", message)
    }
}

/// Makes the tables of whatever format the files are of; `None` when no loader knows it.
pub fn load(loading: &mut Loading<'_>) -> Option<(&'static Loader, Result<Vec<CodeSystem>, Defect>)> {
    let loader = ALL.iter().find(|loader| (loader.recognises)(loading.listing))?;
    Some((loader, (loader.load)(loading)))
}
