//! What came of one coding?
//!
//! What is told of it, and what is wrong with it: <https://hl7.org/fhir/R4/valueset-operation-validate-code.html>.

use model::parameters::with_value;
use model::{Severity, Value};

use super::display::{chosen, wrong_display};
use super::findings::{Finding, Kind, beyond_fragment};
use super::{Given, ValidateCode};
use crate::value_set::Part;
use crate::{Coding, Terminology};

/// What came of one coding.
pub(super) struct Verdict<'a> {
    pub(super) coding: &'a Coding<'a>,
    /// Where the coding stands, and whether its parts are members of it.
    place: String,
    given: Given<'a>,
    /// Whether it is in the value set, or in its system when that is asked.
    pub(super) is_right: bool,
    /// Whether it is surely not in the value set.
    pub(super) is_absent: bool,
    pub(super) system: Option<String>,
    pub(super) version: Option<String>,
    pub(super) unknown_system: Option<String>,
    pub(super) findings: Vec<Finding>,
    display: Option<String>,
    is_inactive: bool,
}

impl<'a> Verdict<'a> {
    pub(super) fn new(given: Given<'a>, number: usize, coding: &'a Coding<'a>) -> Self {
        let place = match given {
            Given::Code => String::new(),
            Given::Coding => "Coding".to_owned(),
            Given::Concept(_) => format!("CodeableConcept.coding[{number}]"),
        };
        Self {
            coding,
            place,
            given,
            is_right: false,
            is_absent: false,
            system: None,
            version: None,
            unknown_system: None,
            findings: Vec::new(),
            display: None,
            is_inactive: false,
        }
    }

    /// Notes something about a member of the coding, or about all of it.
    pub(super) fn note(&mut self, finding: Finding, member: &str) {
        let place = match (self.place.as_str(), member) {
            ("", member) => member.to_owned(),
            (place, "") => place.to_owned(),
            (place, member) => format!("{place}.{member}"),
        };
        self.findings.push(Finding { place, ..finding });
    }

    pub(super) fn is_one_of_many(&self) -> bool {
        matches!(self.given, Given::Concept(_))
    }

    /// Notes that nothing can be told, because the system is not loaded.
    pub(super) fn system_is_unknown(
        &mut self,
        terminology: &Terminology,
        system: &str,
        version: Option<&str>,
    ) {
        let known = terminology.registry.versions(system).map(|entry| entry.version.to_string());
        let known: Vec<String> = known.filter(|version| !version.is_empty()).collect();
        let text = match version {
            None => format!(
                "A definition for CodeSystem '{system}' could not be found, so the code cannot be validated"
            ),
            Some(version) => {
                let versions = match known[..] {
                    [] => "No versions of this code system are known".to_owned(),
                    _ => format!("Valid versions: {}", known.join(" or ")),
                };
                format!(
                    "A definition for CodeSystem '{system}' version '{version}' could not be found, so the \
                     code cannot be validated. {versions}"
                )
            }
        };
        let version = version.map(|version| format!("|{version}")).unwrap_or_default();
        self.unknown_system = Some(format!("{system}{version}"));
        self.note(Finding::new(Kind::NotFound, text), "system");
    }

    /// Notes that the system has no such code, if it has none.
    pub(super) fn unknown_code(&mut self, part: &Part, code: &str) {
        let Some(table) = part.source.table() else {
            let text = format!("Unknown code '{code}' in the CodeSystem '{}'", part.system);
            return self.note(Finding::new(Kind::InvalidCode, text), "code");
        };
        match table.find(code) {
            Some(place) => self.display = table.display(place).map(str::to_owned),
            None if !table.is_whole() => self.note(beyond_fragment(part, code), "code"),
            None => {
                let version = match &*part.version {
                    "" => String::new(),
                    version => format!(" version '{version}'"),
                };
                let text = format!("Unknown code '{code}' in the CodeSystem '{}'{version}", part.system);
                self.note(Finding::new(Kind::InvalidCode, text), "code");
            }
        }
    }

    /// The parameters that tell which code was meant; of several codings only one that is right.
    pub(super) fn told(&self, is_member: bool) -> Vec<Value> {
        let is_named = is_member || !self.is_one_of_many();
        let code = self.coding.code.map(str::to_owned);
        let texts = [
            ("code", "valueCode", code.filter(|_| is_named)),
            ("system", "valueUri", self.system.clone().filter(|_| is_named)),
            ("version", "valueString", self.version.clone().filter(|_| is_named)),
            ("display", "valueString", self.display.clone().filter(|_| is_named)),
        ];
        let texts = texts.into_iter();
        let mut told: Vec<Value> =
            texts.filter_map(|(name, member, text)| Some(with_value(name, member, text?))).collect();
        if self.is_inactive {
            told.push(with_value("inactive", "valueBoolean", true));
        }
        told
    }
}

/// Judges what is known to be there: whether it may be used, whether it is called so.
pub(super) fn judge<'a>(part: &Part, code: &str, asked: &ValidateCode<'a>, verdict: &mut Verdict<'a>) {
    verdict.version = part.version_told();
    verdict.display = chosen(part, code, asked.display_language);
    if let Some((table, place)) = part.source.table().and_then(|table| Some((table, table.find(code)?))) {
        verdict.is_inactive = table.is_inactive(place);
        if verdict.is_inactive && asked.active_only {
            let text = format!("The concept '{code}' is valid but is not active");
            verdict.is_right = false;
            verdict.note(Finding::new(Kind::CodeRule, text), "code");
        }
        if verdict.is_inactive {
            let status = table.properties(place).find(|property| property.code == "status");
            let status = status.map(|property| property.value).filter(|status| *status != "inactive");
            let status = status.map(|status| format!("{status} and ")).unwrap_or_default();
            let text = format!(
                "The concept '{code}' has a status of {status}inactive and its use should be reviewed"
            );
            verdict.note(Finding::new(Kind::CodeComment, text), "");
        }
        if asked.refuse_abstract && table.is_abstract(place) {
            let text = format!("Code '{}#{code}' is abstract, and not allowed in this context", part.system);
            verdict.is_right = false;
            verdict.note(Finding::new(Kind::CodeRule, text), "code");
        }
    }
    let Some(claimed) = verdict.coding.display else { return };
    if let Some(text) = wrong_display(part, code, claimed, asked.display_language) {
        let finding = Finding::new(Kind::InvalidDisplay, text);
        let is_lenient = asked.lenient_display;
        verdict.note(if is_lenient { finding.softened(Severity::Warning) } else { finding }, "display");
    }
}

/// Notes that the coding speaks of another version of its system than the value set.
pub(super) fn version_mismatch(terminology: &Terminology, part: &Part, verdict: &mut Verdict<'_>) {
    let Some(wanted) = verdict.coding.version else { return };
    if part.version.is_empty() {
        return;
    }
    let is_known = terminology.code_system(&part.system, Some(wanted)).is_ok();
    let include = if part.is_pinned || is_known { "in the" } else { "for the versionless include in the" };
    let text = format!(
        "The code system '{}' version '{}' {include} ValueSet include is different to the one in the value \
         ('{wanted}')",
        part.system, part.version
    );
    let finding = Finding::new(Kind::Mismatch, text);
    let is_left_open = !part.is_pinned && !is_known;
    verdict.note(if is_left_open { finding.softened(Severity::Warning) } else { finding }, "version");
    if !is_known {
        verdict.system_is_unknown(terminology, &part.system, Some(wanted));
    }
}
