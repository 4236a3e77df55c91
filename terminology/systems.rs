//! Which code systems have laws of their own?
//!
//! Some are a grammar rather than a list, others a list of facts that no FHIR package carries:
//! <https://hl7.org/fhir/R4/terminologies-systems.html>. Each is one file and one line here.

mod bcp13;
mod bcp47;
mod iso3166;
mod iso4217;
mod loinc;
mod rxnorm;
pub(crate) mod snomed;
mod time_zones;
mod ucum;
mod uri;

use std::sync::Arc;

use crate::code_system::{About, Builder, CodeSystem};
use crate::concept_set::Bits;

/// A code system whose codes are told by a rule.
pub struct Law {
    /// The canonical of the system.
    pub system: &'static str,
    /// What people call it.
    pub name: &'static str,
    /// What a code is called, when it is one; `None` inside when nothing better than the code is known.
    pub meaning: fn(&str) -> Option<Option<String>>,
    /// Why a code of the right form may still not exist; `None` where the form is all there is to it.
    pub doubt: Option<&'static str>,
    /// The test that a filter stands for, or what is wrong with the filter.
    pub filter: fn(&Filter<'_>) -> Result<Test, String>,
}

/// A filter of a value set, as written.
#[derive(Clone, Copy)]
pub struct Filter<'a> {
    /// The property that is looked at.
    pub property: &'a str,
    /// How it is compared.
    pub op: &'a str,
    /// With what.
    pub value: &'a str,
}

/// Whether a code passes.
pub type Test = Box<dyn Fn(&str) -> bool + Send + Sync>;

/// Every system that is a rule.
pub static LAWS: &[&Law] = &[&ucum::LAW, &bcp47::LAW, &bcp13::LAW, &iso3166::SUBDIVISIONS, &uri::LAW];

/// Every system that is a list of facts: its canonicals, and how it is made.
pub static LISTS: &[(&[&str], List)] = &[
    (&["urn:iso:std:iso:3166", "urn:iso:std:iso:3166:-1"], iso3166::countries),
    (&["urn:iso:std:iso:4217"], iso4217::currencies),
    (&["https://www.iana.org/time-zones"], time_zones::zones),
];

/// Every system that is a table and has filters of its own, by its canonical.
pub static FILTERS: &[(&str, OwnFilter)] = &[
    (crate::load::SNOMED, snomed::filter),
    (loinc::SYSTEM, loinc::filter),
    (rxnorm::SYSTEM, rxnorm::filter),
];

/// The concepts of a table that pass a filter; `None` for a filter that every system has.
pub type OwnFilter = fn(&CodeSystem, &Filter<'_>) -> Option<Result<Bits, String>>;

/// Makes the table of a list under one of its canonicals.
pub type List = fn(&str) -> Result<CodeSystem, String>;

/// The rule of a system, when it is one.
pub fn law(system: &str) -> Option<&'static Law> {
    LAWS.iter().copied().find(|law| law.system == system)
}

/// The table of a system, when it is a list of facts.
pub fn list(system: &str) -> Option<Arc<CodeSystem>> {
    let (_, make) = LISTS.iter().find(|(systems, _)| systems.contains(&system))?;
    make(system).ok().map(Arc::new)
}

/// The concepts of a table that pass a filter of its system's own; `None` when the filter is none of these.
pub(crate) fn own_filter(table: &CodeSystem, filter: &Filter<'_>) -> Option<Result<Bits, String>> {
    let (_, own) = FILTERS.iter().find(|(system, _)| *system == &*table.about.url)?;
    own(table, filter)
}

/// A filter that this law does not know.
fn unknown(law: &str, filter: &Filter<'_>) -> Result<Test, String> {
    let Filter { property, op, .. } = filter;
    Err(format!("{law} has no filter by `{property}` with `{op}`"))
}

/// A table that is begun under a canonical.
fn begin(system: &str, name: &str) -> Builder {
    Builder::new(About { url: system.into(), name: name.into(), case_sensitive: true, ..About::default() })
}

/// The lines of a list of facts, cut at tabulators; `#` begins a comment.
fn rows(text: &'static str) -> impl Iterator<Item = Vec<&'static str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds which codes of `system` exist and what they are called against what is expected.
    fn check(system: &str, cases: &[(&str, Option<&str>)]) {
        for (code, expected) in cases {
            let found = match (law(system), list(system)) {
                (Some(law), _) => (law.meaning)(code).map(|display| display.unwrap_or_default()),
                (None, Some(table)) => {
                    table.find(code).map(|place| table.display(place).unwrap_or_default().to_owned())
                }
                (None, None) => panic!("{system} has no law"),
            };
            assert_eq!(found.as_deref(), *expected, "{system} {code}");
        }
    }

    #[test]
    fn units_are_read_by_their_grammar() {
        check("http://unitsofmeasure.org", &[("mg/dL", Some("(milligram) / (deciliter)")), ("mgg/dl", None)]);
        check("http://unitsofmeasure.org", &[("", None), ("Mg", Some("(megagram)"))]);
    }

    #[test]
    fn language_tags_are_made_of_registered_subtags() {
        let cases = [("en", Some("English")), ("de-CH", Some("German (Switzerland)")), ("zz", None)];
        check("urn:ietf:bcp:47", &cases);
        let cases = [("sr-Latn-RS", Some("Serbian (Latn, Serbia)")), ("en-XYZ", None), ("x-any", Some(""))];
        check("urn:ietf:bcp:47", &cases);
        check(
            "urn:ietf:bcp:47",
            &[("i-klingon", Some("")), ("de--CH", None), ("en-US-1990", None), ("", None)],
        );
        check(
            "urn:ietf:bcp:47",
            &[("de-DE-1996", Some("German (Germany, 1996)")), ("en-a-bbb", Some("English"))],
        );
    }

    #[test]
    fn media_types_have_a_registered_top() {
        let cases =
            [("text/plain", Some("")), ("application/fhir+json; charset=utf-8", Some("")), ("text", None)];
        check("urn:ietf:bcp:13", &cases);
        check(
            "urn:ietf:bcp:13",
            &[("foo/bar", None), ("text/", None), ("text/pl ain", None), ("image/*", None)],
        );
    }

    #[test]
    fn countries_are_known_by_three_codes() {
        let name = Some("Germany");
        check(
            "urn:iso:std:iso:3166",
            &[("DE", name), ("DEU", name), ("276", name), ("XX", None), ("de", None)],
        );
        check(
            "urn:iso:std:iso:3166:-2",
            &[("DE-BY", Some("")), ("XX-BY", None), ("DE-", None), ("DE", None)],
        );
    }

    #[test]
    fn currencies_that_were_withdrawn_are_inactive() {
        check("urn:iso:std:iso:4217", &[("EUR", Some("Euro")), ("HRK", Some("Kuna")), ("EU", None)]);
        let table = list("urn:iso:std:iso:4217").expect("it is on the list");
        let is_inactive = |code| table.find(code).is_some_and(|place| table.is_inactive(place));
        assert!(is_inactive("HRK") && !is_inactive("EUR"));
    }

    #[test]
    fn uris_and_time_zones_are_told() {
        check("https://www.iana.org/time-zones", &[("Europe/Berlin", Some("")), ("Europe/Bielefeld", None)]);
        let cases =
            [("http://a.b/c", Some("")), ("urn:oid:1.2.3", Some("")), ("urn:oid:1.02", None), ("a b", None)];
        check("urn:ietf:rfc:3986", &cases);
        check(
            "urn:ietf:rfc:3986",
            &[("urn:uuid:c757873d-ec9a-4326-a141-556f43239520", Some("")), ("", None)],
        );
        check("urn:ietf:rfc:3986", &[("urn:uuid:c757873d", None), ("relative", None)]);
    }
}
