//! Which codes does a value set hold?
//!
//! A value set's definition as sets of concepts, one part for each code system; membership is asked without
//! listing anything. <https://hl7.org/fhir/R4/valueset.html#compositions>. Compiled by `value_set/compose.rs`.

mod codes;
mod compose;
mod filter;
mod implicit;
mod include;
mod labels;
mod list;
mod sets;
#[cfg(test)]
mod tests;
mod tokens;

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

pub(crate) use codes::{Answer, Codes, Listed};
pub(crate) use compose::Composer;
pub(crate) use filter::concepts;
pub(crate) use implicit::{all_of, implicit};
pub use list::{Found, NotListed};

use model::Object;

use crate::code_system::{CodeSystem, Designation};
use crate::standing::Standing;
use crate::systems::Law;
use crate::versions::is_version;

/// A value set, ready to be asked.
pub struct ValueSet {
    /// Its canonical; empty when it has none.
    pub url: Box<str>,
    /// Its version; empty when it has none.
    pub version: Box<str>,
    /// What it says of itself, for its expansion: name, title, status and the like.
    pub about: Object,
    /// Its codes, one part for each version of a system.
    pub parts: Vec<Part>,
    /// Why there may be more codes than are told here: value sets that it imports and nobody here has.
    pub gaps: Vec<Arc<str>>,
    /// The language in which its codes are to be named unless a request says otherwise; empty when unsaid.
    pub language: Box<str>,
    pub(crate) standing: Standing,
    /// The definitions that it draws on, itself not among them.
    pub(crate) drawn: Vec<Drawn>,
}

/// A definition that a value set draws on.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Drawn {
    /// `CodeSystem` or `ValueSet`.
    pub(crate) kind: &'static str,
    /// Its canonical without version.
    pub(crate) url: Box<str>,
    /// Its canonical with the version that was used, where it has one.
    pub(crate) canonical: Box<str>,
    /// What it says of itself; `None` when nobody here has it.
    pub(crate) standing: Option<Standing>,
}

/// The codes of one version of one code system in a value set.
#[derive(Clone)]
pub struct Part {
    /// The code system.
    pub system: Box<str>,
    /// The version that was used; empty when none is known.
    pub version: Box<str>,
    /// Whether the definition or the request names that version.
    pub is_pinned: bool,
    /// The version as the definition names it; empty when it names none.
    pub(crate) written: Box<str>,
    /// The version that was looked for by all rules; empty when it was left open.
    pub(crate) wanted: Box<str>,
    /// The version that the request demands in the place of the one that was used.
    pub(crate) needed: Option<Box<str>>,
    /// What the system's codes are told by.
    pub source: Source,
    pub(crate) codes: Codes,
    /// The codes that would be in it if they were still in use.
    pub(crate) retired: Codes,
    /// What the value set itself calls its codes.
    pub(crate) labels: Arc<HashMap<Box<str>, Label>>,
    /// The codes that are listed one by one, in that order.
    pub(crate) sequence: Arc<Vec<Box<str>>>,
    /// More about the system's codes.
    pub supplements: Arc<Vec<Arc<CodeSystem>>>,
}

/// Where the meaning of a system's codes comes from.
#[derive(Clone)]
pub enum Source {
    /// A table.
    Table(Arc<CodeSystem>),
    /// A rule.
    Law(&'static Law),
    /// From nowhere: the system is not loaded.
    Absent,
}

/// What a value set calls a code.
#[derive(Clone, Default)]
pub(crate) struct Label {
    pub(crate) display: Option<Box<str>>,
    pub(crate) designations: Vec<OwnDesignation>,
    /// Why the code is better not used although it is in the value set: `deprecated`, `withdrawn`.
    pub(crate) status: Option<Box<str>>,
}

/// A designation that a value set gives.
#[derive(Clone)]
pub(crate) struct OwnDesignation {
    pub(crate) language: Box<str>,
    pub(crate) purpose: Box<str>,
    pub(crate) value: Box<str>,
}

impl ValueSet {
    /// Its canonical with its version, where it has one.
    pub fn canonical(&self) -> String {
        if self.version.is_empty() { self.url.to_string() } else { format!("{}|{}", self.url, self.version) }
    }

    /// Whether `code` of `system` is in it; without a system, of any. A version counts where the definition
    /// names another.
    pub(crate) fn answer(&self, system: Option<&str>, version: Option<&str>, code: &str) -> Answer<'_> {
        let mut unknown = self.gaps.first().map(|gap| &**gap);
        let of_system = self.parts.iter().filter(|part| system.is_none_or(|system| *part.system == *system));
        for part in of_system.filter(|part| !part.is_pinned || part.is_of(version)) {
            match part.codes.holds(&part.source, code) {
                Answer::Yes => return Answer::Yes,
                Answer::No => {}
                Answer::Unknown(reason) => unknown = Some(reason),
            }
        }
        unknown.map_or(Answer::No, Answer::Unknown)
    }

    /// The part that holds the code, when one surely does.
    pub fn part_with(&self, system: Option<&str>, code: &str) -> Option<&Part> {
        let parts = self.parts.iter().filter(|part| system.is_none_or(|system| *part.system == *system));
        parts.into_iter().find(|part| part.surely_holds(code))
    }
}

impl Part {
    /// All codes of a system, as a part.
    pub(crate) fn of(system: &str, source: Source) -> Self {
        let version = source.table().map_or("".into(), |table| table.about.version.clone());
        Self {
            system: system.into(),
            version,
            is_pinned: false,
            written: Box::default(),
            wanted: Box::default(),
            needed: None,
            source,
            codes: Codes::Whole,
            retired: Codes::None,
            labels: Arc::default(),
            sequence: Arc::default(),
            supplements: Arc::default(),
        }
    }

    /// Whether the code is in it.
    pub(crate) fn answer(&self, code: &str) -> Answer<'_> {
        self.codes.holds(&self.source, code)
    }

    /// Whether the code is in it, as far as anybody knows.
    pub(crate) fn surely_holds(&self, code: &str) -> bool {
        matches!(self.answer(code), Answer::Yes)
    }

    /// Whether it is of the version that a coding names; all are for a coding that names none.
    pub(crate) fn is_of(&self, version: Option<&str>) -> bool {
        version.is_none_or(|version| self.version.is_empty() || is_version(version, &self.version))
    }

    /// Whether the code exists in its system, as far as anybody knows.
    pub(crate) fn exists(&self, code: &str) -> bool {
        match &self.source {
            Source::Table(table) => table.find(code).is_some(),
            Source::Law(law) => (law.meaning)(code).is_some(),
            Source::Absent => false,
        }
    }

    /// The version that was looked for, unless it was left open.
    pub(crate) fn version_wanted(&self) -> Option<&str> {
        Some(&*self.wanted).filter(|version| !version.is_empty())
    }

    /// The version that was used, when it is known.
    pub(crate) fn version_told(&self) -> Option<String> {
        Some(self.version.to_string()).filter(|version| !version.is_empty())
    }

    /// What the code is called here: by the value set, or else by the system.
    pub fn display(&self, code: &str) -> Option<String> {
        self.called(code).map(Cow::into_owned)
    }

    /// The same, not copied where it need not be.
    pub(crate) fn called<'a>(&'a self, code: &str) -> Option<Cow<'a, str>> {
        let own = self.labels.get(code).and_then(|label| label.display.as_deref());
        own.map(Cow::Borrowed).or_else(|| self.source.called(code))
    }

    /// Every other name of the code: language, use as `system|code`, name.
    pub fn designations(&self, code: &str) -> Vec<(String, String, String)> {
        let own = self.labels.get(code).map_or(&[][..], |label| &label.designations);
        let own =
            own.iter().map(|it| (it.language.to_string(), it.purpose.to_string(), it.value.to_string()));
        own.chain(names(self.source.table(), &self.supplements, code)).collect()
    }
}

impl Source {
    /// The table, when it is one.
    pub fn table(&self) -> Option<&Arc<CodeSystem>> {
        match self {
            Source::Table(table) => Some(table),
            Source::Law(_) | Source::Absent => None,
        }
    }

    /// What the system calls the code.
    pub fn display(&self, code: &str) -> Option<String> {
        self.called(code).map(Cow::into_owned)
    }

    fn called<'a>(&'a self, code: &str) -> Option<Cow<'a, str>> {
        match self {
            Source::Table(table) => table.display(table.find(code)?).map(Cow::Borrowed),
            Source::Law(law) => (law.meaning)(code).flatten().map(Cow::Owned),
            Source::Absent => None,
        }
    }
}

/// The designations of a code in a table and its supplements; a supplement's display is one of them.
pub(crate) fn names<'a>(
    table: Option<&'a Arc<CodeSystem>>,
    supplements: &'a [Arc<CodeSystem>],
    code: &'a str,
) -> impl Iterator<Item = (String, String, String)> + 'a {
    let owned = |it: Designation<'_>| (it.language.to_owned(), it.purpose.to_owned(), it.value.to_owned());
    let tables = table.into_iter().chain(supplements);
    tables.filter_map(move |table| Some((table, table.find(code)?))).flat_map(move |(table, place)| {
        let is_supplement = !table.about.supplements.is_empty();
        let display = table.display(place).filter(|_| is_supplement);
        let display = display.map(|text| (table.about.language.to_string(), String::new(), text.to_owned()));
        table.designations(place).map(owned).chain(display)
    })
}
