//! Which prefixes and modifiers were tried on which search types?
//!
//! A cell tells for how many parameters such a search was tried on an example and held.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use search::{Kind, Parameter};

use super::written::{Form, Written};

/// The prefixes of numbers, dates and quantities.
const PREFIXES: &[&str] = &["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"];

/// The modifiers of the specification; `[type]` stands for all names of types.
const MODIFIERS: &[&str] = &[
    "missing",
    "exact",
    "contains",
    "text",
    "not",
    "in",
    "not-in",
    "above",
    "below",
    "of-type",
    "identifier",
    "[type]",
];

/// The parameters that were tried, by search type and form.
#[derive(Default)]
pub(crate) struct Table {
    known: BTreeMap<&'static str, usize>,
    passed: BTreeMap<(&'static str, String), BTreeSet<String>>,
    searches: usize,
}

impl Table {
    /// Counts a parameter that could be tried.
    pub(crate) fn known(&mut self, parameter: &Parameter) {
        *self.known.entry(parameter.kind.as_str()).or_default() += 1;
    }

    /// Counts a search that came out as it must.
    pub(crate) fn passed(&mut self, parameter: &Parameter, written: &Written) {
        self.searches += 1;
        let form = match &written.form {
            // That a prefix passes over something is no sign that it finds anything.
            Form::Prefix(_) if !written.is_meant => return,
            Form::Plain => "none",
            Form::Prefix(name) | Form::Modifier(name) => name,
            Form::Type(_) => "[type]",
        };
        let name = format!("{}.{}", parameter.resource_type, parameter.code);
        self.passed.entry((parameter.kind.as_str(), form.to_owned())).or_default().insert(name);
    }

    /// How many searches came out as they must.
    pub(crate) fn searches(&self) -> usize {
        self.searches
    }

    /// Compares with the file, or writes it when the surroundings ask for that.
    pub(crate) fn settle(&self) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites/search_modifiers.md");
        let text = self.text();
        println!("{text}");
        #[expect(clippy::disallowed_methods, reason = "a test is told by its surroundings whether to write")]
        let is_written = std::env::var_os("UPDATE_EXPECT").is_some();
        if is_written {
            std::fs::write(&path, &text).expect("the file can be written");
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is not what was found; UPDATE_EXPECT=1 writes it anew", path.display());
    }

    fn text(&self) -> String {
        let mut text =
            "# Search types by modifier and prefix\n\nFor each search type: how many parameters of R4 have \
            it, and for how many of them a search in this form was tried on official examples and held. \
            Written by `cargo test -p conformance-tests --test suites search_parameters`.\n\n"
                .to_owned();
        let forms = ["none"].iter().chain(MODIFIERS);
        text += &self.part("modifier", &forms.copied().collect::<Vec<_>>());
        text += "\n";
        text += &self.part("prefix", PREFIXES);
        text
    }

    /// A table with a column for each form; search types that know none of them are left out.
    fn part(&self, heading: &str, forms: &[&str]) -> String {
        let shown = |form: &&str| match (heading, *form) {
            ("modifier", "none") => "none".to_owned(),
            ("modifier", form) => format!("`:{form}`"),
            (_, form) => format!("`{form}`"),
        };
        let columns: Vec<_> = forms.iter().map(shown).collect();
        let mut text = format!("| type | parameters | {} |\n", columns.join(" | "));
        text += &format!("|---|--:{}|\n", "|--:".repeat(forms.len()));
        for (_, kind) in Kind::ALL {
            let count = |form: &&str| {
                let found = self.passed.get(&(*kind, (*form).to_owned()));
                found.map_or("–".to_owned(), |found| found.len().to_string())
            };
            let cells: Vec<_> = forms.iter().map(count).collect();
            if cells.iter().any(|cell| cell != "–") {
                let known = self.known.get(kind).copied().unwrap_or_default();
                text += &format!("| {kind} | {known} | {} |\n", cells.join(" | "));
            }
        }
        text
    }
}
