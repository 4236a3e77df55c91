//! Does the coding speak of the version that the value set means?
//!
//! What is said when it does not, or when that version is not loaded; which one is meant says `crate::versions`.
//! <https://hl7.org/fhir/R4/valueset-operation-validate-code.html>.

use std::collections::BTreeSet;

use model::Value;

use super::findings::Finding;
use super::forms;
use super::verdict::Verdict;
use crate::refusal::wrong_version;
use crate::value_set::{Part, Source, ValueSet};
use crate::versions::is_left_open;
use crate::{Terminology, Versions};

/// The value set made anew for the version of a coding, where its definition leaves that open and it is loaded.
pub(super) fn recomposed(
    terminology: &Terminology,
    (value_set, definition): (&ValueSet, &Value),
    system: &str,
    version: Option<&str>,
) -> Option<ValueSet> {
    let version = version?;
    let mut parts = value_set.parts.iter().filter(|part| *part.system == *system);
    if parts.clone().any(|part| part.is_of(Some(version))) {
        return None;
    }
    let is_open = |part: &Part| is_left_open(part.version_wanted(), version);
    if !parts.any(is_open) || terminology.code_system(system, Some(version)).is_err() {
        return None;
    }
    let coded = vec![format!("{system}|{version}")];
    let versions = Versions { coded, ..terminology.versions.clone() };
    terminology.pinned(versions).compose(definition).ok()
}

impl Verdict<'_> {
    /// Notes that the request does not allow the version of the part.
    pub(super) fn check_version(&mut self, part: &Part) {
        if let Some(needed) = &part.needed {
            let text = wrong_version(&part.system, &part.version, needed);
            self.note(Finding::new(&forms::WRONG_VERSION, text), "version");
        }
    }

    /// Notes that the coding speaks of another version of its system than the value set.
    pub(super) fn version_differs(&mut self, terminology: &Terminology, part: &Part) {
        let Some(coded) = self.coding.version else { return };
        let (system, used, written) = (&part.system, &part.version, &part.written);
        let differs = format!("is different to the one in the value ('{coded}')");
        let (form, text) = match (part.version_wanted(), &part.source) {
            (_, Source::Law(_)) | (None, Source::Absent) => return,
            (Some(wanted), _) if wanted != &**written => {
                let text = format!(
                    "The code system '{system}' version '{wanted}' resulting from the version '{written}' in the \
                     ValueSet include {differs}"
                );
                (&forms::MISMATCH_CHANGED, text)
            }
            (Some(wanted), _) => {
                let text = format!(
                    "The code system '{system}' version '{wanted}' in the ValueSet include {differs}"
                );
                (&forms::MISMATCH, text)
            }
            (None, Source::Table(_)) => {
                let text = format!(
                    "The code system '{system}' version '{used}' for the versionless include in the ValueSet \
                     include {differs}"
                );
                (&forms::MISMATCH_OPEN, text)
            }
        };
        self.note(Finding::new(form, text), "version");
        if matches!(part.source, Source::Table(_)) && terminology.code_system(system, Some(coded)).is_err() {
            self.system_is_unknown(terminology, system, Some(coded));
        }
    }

    /// Notes that nothing can be told, because the system is not loaded, or not in this version.
    pub(super) fn system_is_unknown(
        &mut self,
        terminology: &Terminology,
        system: &str,
        version: Option<&str>,
    ) {
        let defined = terminology.registry.versions(system).map(|entry| &*entry.version);
        let loaded = terminology.loaded.tables().filter(|table| *table.about.url == *system);
        let known = defined.chain(loaded.map(|table| &*table.about.version));
        let known: BTreeSet<&str> = known.filter(|version| !version.is_empty()).collect();
        let known: Vec<&str> = known.into_iter().collect();
        let (form, text, missing) = match (version, &known[..]) {
            (None, _) => {
                let text = format!(
                    "A definition for CodeSystem '{system}' could not be found, so the code cannot be validated"
                );
                (&forms::UNKNOWN_SYSTEM, text, system.to_owned())
            }
            (Some(version), []) => {
                let text = format!(
                    "A definition for CodeSystem '{system}' version '{version}' could not be found, so the code \
                     cannot be validated. No versions of this code system are known"
                );
                (&forms::NO_VERSION, text, system.to_owned())
            }
            (Some(version), known) => {
                let text = format!(
                    "A definition for CodeSystem '{system}' version '{version}' could not be found, so the code \
                     cannot be validated. Valid versions: {}",
                    known.join(" or ")
                );
                (&forms::UNKNOWN_VERSION, text, format!("{system}|{version}"))
            }
        };
        if !self.unknown_systems.contains(&missing) {
            self.unknown_systems.push(missing);
        }
        self.note(Finding::new(form, text), "system");
    }
}
