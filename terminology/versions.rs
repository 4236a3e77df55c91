//! Which version of a system is meant when the definition leaves it open, or is overruled?
//!
//! The parameters `system-version`, `check-system-version` and `force-system-version` of
//! <https://hl7.org/fhir/R4/valueset-operation-expand.html>, and R6's `default-valueset-version`. Each entry is a
//! canonical with a version, `http://loinc.org|2.56`.

use fhir_profiles::version;

/// The versions that a request asks for, and the supplements.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    /// Versions of systems for includes that name none.
    pub default: Vec<String>,
    /// Versions that must be used, else the request is refused.
    pub check: Vec<String>,
    /// Versions that are used whatever an include names.
    pub force: Vec<String>,
    /// Versions of value sets for imports that name none.
    pub value_sets: Vec<String>,
    /// Supplements that are used beside those which a value set names.
    pub supplements: Vec<String>,
}

impl Versions {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The version to look for where a definition names `written`.
    pub(crate) fn wanted<'a>(&'a self, system: &str, written: Option<&'a str>) -> Option<&'a str> {
        let open = || find(&self.default, system).or_else(|| find(&self.check, system));
        find(&self.force, system).or(written).or_else(open)
    }

    /// Refuses a version other than the one that must be used.
    pub(crate) fn check(&self, system: &str, used: &str) -> Result<(), String> {
        match find(&self.check, system) {
            Some(needed) if !is_version(needed, used) => Err(format!(
                "the version `{used}` of `{system}` is used where `check-system-version` demands `{needed}`"
            )),
            _ => Ok(()),
        }
    }

    /// The canonical of a value set with the version that is to be used for it.
    pub(crate) fn value_set(&self, canonical: &str) -> Option<String> {
        let version = find(&self.value_sets, canonical).filter(|_| !canonical.contains('|'))?;
        Some(format!("{canonical}|{version}"))
    }
}

fn find<'a>(entries: &'a [String], canonical: &str) -> Option<&'a str> {
    let mut named = entries.iter().filter_map(|entry| entry.split_once('|'));
    named.find(|(system, _)| *system == canonical).map(|(_, version)| version)
}

/// Whether a version is one that is asked for: the same, one with more parts, or one that a pattern means.
pub(crate) fn is_version(wanted: &str, version: &str) -> bool {
    version::matches(wanted, version) || is_pattern(wanted) && version::fits(wanted, version)
}

/// Whether an entry names many versions: `1.x`, `*`.
pub(crate) fn is_pattern(wanted: &str) -> bool {
    version::is_pattern(wanted)
}
