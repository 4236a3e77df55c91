//! What came of one coding?
//!
//! What is told of it, and what is wrong with it: <https://hl7.org/fhir/R4/valueset-operation-validate-code.html>.

use model::parameters::with_value;
use model::{Severity, Value};

use super::display;
use super::findings::Finding;
use super::{Given, ValidateCode, forms};
use crate::code_system::CodeSystem;
use crate::value_set::Part;
use crate::{Coding, ValueSet};

/// What came of one coding.
pub(super) struct Verdict<'a> {
    pub(super) coding: &'a Coding<'a>,
    /// Where the coding stands, and whether its parts are members of it.
    place: String,
    pub(super) given: Given<'a>,
    /// Whether it is in the value set, or in its system when that is asked.
    pub(super) is_right: bool,
    /// Whether it is surely not in the value set.
    pub(super) is_absent: bool,
    pub(super) system: Option<String>,
    pub(super) version: Option<String>,
    /// Systems that are not loaded, with the version that is missing.
    pub(super) unknown_systems: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) display: Option<String>,
    /// The code as the system writes it, where the coding writes it otherwise.
    normalized: Option<String>,
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
            unknown_systems: Vec::new(),
            findings: Vec::new(),
            display: None,
            normalized: None,
            is_inactive: false,
        }
    }

    /// Notes something about a member of the coding, or about all of it; the same thing once.
    pub(super) fn note(&mut self, finding: Finding, member: &str) {
        let place = match (self.place.as_str(), member) {
            ("", member) => member.to_owned(),
            (place, "") => place.to_owned(),
            (place, member) => format!("{place}.{member}"),
        };
        self.say(Finding { place, ..finding });
    }

    /// Notes something that is about no place in the coding.
    pub(super) fn say(&mut self, finding: Finding) {
        if !self.findings.contains(&finding) {
            self.findings.push(finding);
        }
    }

    pub(super) fn is_one_of_many(&self) -> bool {
        matches!(self.given, Given::Concept(_))
    }

    /// Notes that the value set does not hold the coding.
    pub(super) fn is_not_in(&mut self, value_set: &ValueSet, system: &str) {
        self.is_right = false;
        self.is_absent = true;
        let Coding { code, version, display, .. } = *self.coding;
        let code = code.unwrap_or_default();
        let version = version.map(|version| format!("|{version}")).unwrap_or_default();
        let display = display.map(|display| format!(" ('{display}')")).unwrap_or_default();
        let canonical = value_set.canonical();
        let text = format!(
            "The provided code '{system}{version}#{code}{display}' was not found in the value set '{canonical}'"
        );
        let form = if self.is_one_of_many() { &forms::THIS_NOT_IN } else { &forms::NOT_IN };
        self.note(Finding::new(form, text), "code");
    }

    /// Notes that the code is no longer used.
    fn is_no_longer_used(&mut self, table: &CodeSystem, place: u32) {
        self.is_inactive = true;
        let code = self.coding.code.unwrap_or_default();
        let status = status(table, place).filter(|status| *status != "inactive");
        let status = status.map(|status| format!("{status} and ")).unwrap_or_default();
        let text =
            format!("The concept '{code}' has a status of {status}inactive and its use should be reviewed");
        self.note(Finding::new(&forms::INACTIVE, text), "");
    }

    /// Notes that the code would be right if it were still in use.
    pub(super) fn is_retired(&mut self, table: &CodeSystem, place: u32) {
        let code = self.coding.code.unwrap_or_default();
        let text = format!("The concept '{code}' is valid but is not active");
        self.note(Finding::new(&forms::NOT_ACTIVE, text), "code");
        self.is_no_longer_used(table, place);
    }

    /// Notes that the system has no such code, if it has none, and else what the code is called there.
    pub(super) fn look_up(&mut self, part: &Part, code: &str, wish: Option<&str>) {
        let (system, version) = (&part.system, &part.version);
        if part.exists(code) {
            self.display = display::chosen(part, code, wish);
        } else if part.source.table().is_some_and(|table| !table.is_whole()) {
            self.note(beyond_fragment(part, code), "code");
        } else if version.is_empty() {
            let text = format!("Unknown code '{code}' in the CodeSystem '{system}'");
            self.note(Finding::new(&forms::UNKNOWN_CODE, text), "code");
        } else {
            let text = format!("Unknown code '{code}' in the CodeSystem '{system}' version '{version}'");
            self.note(Finding::new(&forms::UNKNOWN_CODE_IN_VERSION, text), "code");
        }
    }

    /// Notes what there is to say to the display that the coding has, if it has one.
    pub(super) fn judge_display(&mut self, parts: &[&Part], code: &str, asked: &ValidateCode<'_>) {
        let Some(claimed) = self.coding.display else { return };
        let wish = asked.display_language;
        let mut found = parts.iter().map(|part| display::judge(part, code, claimed, wish));
        // Of several versions that hold the code one that calls it so is enough.
        let Some(Some(finding)) = found.next().filter(|_| !found.any(|other| other.is_none())) else {
            return;
        };
        let is_lenient = asked.lenient_display && finding.severity == Severity::Error;
        self.note(if is_lenient { finding.softened(Severity::Warning) } else { finding }, "display");
    }

    /// The parameters that tell which code was meant; of several codings only one that is right.
    pub(super) fn told(&self, is_member: bool) -> Vec<Value> {
        let is_named = is_member || !self.is_one_of_many();
        let code = self.coding.code.map(str::to_owned);
        // A version that nothing is known of is told back as it came.
        let version = self.version.clone().or(self.coding.version.map(str::to_owned));
        let texts = [
            ("code", "valueCode", code.filter(|_| is_named)),
            ("system", "valueUri", self.system.clone().filter(|_| is_named)),
            ("version", "valueString", version.filter(|_| is_named)),
            ("display", "valueString", self.display.clone().filter(|_| is_named)),
            ("normalized-code", "valueCode", self.normalized.clone().filter(|_| is_named)),
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

/// Judges what is known to be there: whether it may be used, whether it is called so. The parts are those that hold
/// the code, the one that is meant first.
pub(super) fn judge(
    parts: &[&Part],
    value_set: Option<&ValueSet>,
    asked: &ValidateCode<'_>,
    verdict: &mut Verdict<'_>,
) {
    let (Some(part), Some(code)) = (parts.first(), verdict.coding.code) else { return };
    verdict.version = part.version_told();
    verdict.display = display::chosen(part, code, asked.display_language);
    if let Some((table, place)) = part.source.table().and_then(|table| Some((table, table.find(code)?))) {
        judge_concept(part, (table, place), asked, verdict);
    }
    let status = part.labels.get(code).and_then(|label| label.status.as_deref());
    if let (Some(status), Some(value_set)) = (status, value_set) {
        let text = format!(
            "The presence of the concept '{code}' in the system '{}' in the value set {} is marked with a status \
             of {status} and its use should be reviewed",
            part.system,
            value_set.canonical()
        );
        verdict.note(Finding::new(&forms::DEPRECATED_HERE, text), "code");
    }
    if let (false, Some(value_set)) = (verdict.is_right, value_set) {
        verdict.is_not_in(value_set, &part.system);
    }
    verdict.judge_display(parts, code, asked);
}

fn judge_concept(
    part: &Part,
    (table, place): (&CodeSystem, u32),
    asked: &ValidateCode<'_>,
    verdict: &mut Verdict<'_>,
) {
    let code = verdict.coding.code.unwrap_or_default();
    match table.is_inactive(place) {
        true if asked.active_only => {
            verdict.is_right = false;
            verdict.is_retired(table, place);
        }
        true => verdict.is_no_longer_used(table, place),
        false if status(table, place) == Some("deprecated") => {
            let text =
                format!("The concept '{code}' has a status of deprecated and its use should be reviewed");
            verdict.note(Finding::new(&forms::DEPRECATED, text), "");
        }
        false => {}
    }
    if asked.refuse_abstract && table.is_abstract(place) {
        let text = format!("Code '{}#{code}' is abstract, and not allowed in this context", part.system);
        verdict.is_right = false;
        verdict.note(Finding::new(&forms::ABSTRACT, text), "code");
    }
    let written = table.code(place);
    if written != code {
        let version = part.version_told().map(|version| format!("|{version}")).unwrap_or_default();
        let text = format!(
            "The code '{code}' differs from the correct code '{written}' by case. Although the code system \
             '{}{version}' is case insensitive, implementers are strongly encouraged to use the correct case anyway",
            part.system
        );
        verdict.note(Finding::new(&forms::OTHER_CASE, text), "code");
        verdict.normalized = Some(written.to_owned());
    }
}

/// A code that a fragment does not have, and the whole may.
pub(super) fn beyond_fragment(part: &Part, code: &str) -> Finding {
    let text = format!(
        "Unknown Code '{code}' in the CodeSystem '{}' version '{}' - note that the code system is labeled as a \
         fragment, so the code may be valid in some other fragment",
        part.system, part.version
    );
    Finding::new(&forms::BEYOND_FRAGMENT, text)
}

fn status(table: &CodeSystem, place: u32) -> Option<&str> {
    table.properties(place).find(|property| property.code == "status").map(|property| property.value)
}
