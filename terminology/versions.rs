//! Which version of a system is meant when the definition leaves it open, or is overruled?
//!
//! The parameters `system-version`, `check-system-version` and `force-system-version` of
//! <https://hl7.org/fhir/R4/valueset-operation-expand.html>, and R6's `default-valueset-version`. Each entry is a
//! canonical with a version, `http://loinc.org|2.56`.
//!
//! What is forced counts before what the definition names, that before a default, and a default before what is to be
//! checked. What is then still open, or a pattern such as `1.x`, is decided by the coding that is asked about, and at
//! last by what is newest. A version of a code system is that version and no other: `1` is not `1.2.0`.

use fhir_profiles::version;

use crate::systems::snomed;

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
    /// Versions that a coding names, for includes that leave them open; known ones only.
    pub coded: Vec<String>,
}

impl Versions {
    /// Whether nothing is asked for.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The version to look for where a definition names `written`.
    pub(crate) fn wanted<'a>(&'a self, system: &str, written: Option<&'a str>) -> Option<&'a str> {
        let open = || find(&self.default, system).or_else(|| find(&self.check, system));
        let ruled = find(&self.force, system).or(written).or_else(open);
        match (ruled, find(&self.coded, system)) {
            (Some(ruled), Some(coded)) if is_left_open(Some(ruled), coded) => Some(coded),
            (None, coded) => coded,
            (ruled, _) => ruled,
        }
    }

    /// Refuses a version other than the one that must be used; tells which that is.
    pub(crate) fn check(&self, system: &str, used: &str) -> Result<(), &str> {
        match find(&self.check, system) {
            Some(needed) if !is_version(needed, used) => Err(needed),
            _ => Ok(()),
        }
    }

    /// The canonical of a value set with the version that is to be used for it.
    pub(crate) fn value_set(&self, canonical: &str) -> Option<String> {
        let version = find(&self.value_sets, canonical).filter(|_| !canonical.contains('|'))?;
        Some(format!("{canonical}|{version}"))
    }
}

/// Whether what is wanted leaves it to a coding to say that it means `coded`.
pub(crate) fn is_left_open(wanted: Option<&str>, coded: &str) -> bool {
    wanted.is_none_or(|wanted| is_pattern(wanted) && fits(wanted, coded))
}

fn find<'a>(entries: &'a [String], canonical: &str) -> Option<&'a str> {
    let mut named = entries.iter().filter_map(|entry| entry.split_once('|'));
    named.find(|(system, _)| *system == canonical).map(|(_, version)| version)
}

/// Whether a version is one that is asked for: the same, one with more parts, one that a pattern means, or a
/// release of the edition of SNOMED CT.
pub(crate) fn is_version(wanted: &str, version: &str) -> bool {
    let is_meant = is_pattern(wanted) && fits(wanted, version);
    is_meant || version::matches(wanted, version) || snomed::is_edition_of(wanted, version)
}

/// Whether an entry names many versions: `1.x`, `1.*.0`, `*`.
pub(crate) fn is_pattern(wanted: &str) -> bool {
    wanted.split('.').any(is_wildcard)
}

/// The newest version that a pattern means; versions with a label only when there is no other.
pub(crate) fn newest<'v>(pattern: &str, versions: impl IntoIterator<Item = &'v str>) -> Option<&'v str> {
    let fitting = versions.into_iter().filter(|version| fits(pattern, version));
    let is_release = |version: &str| !version.contains('-');
    fitting.max_by(|left, right| {
        is_release(left).cmp(&is_release(right)).then_with(|| version::compare(left, right))
    })
}

/// Whether a pattern means the version: part by part, and by its last wildcard everything that follows.
fn fits(pattern: &str, version: &str) -> bool {
    let (mut wanted, mut parts) = (pattern.split('.').peekable(), version.split('.'));
    while let Some(part) = wanted.next() {
        match parts.next() {
            Some(found) if part == found || is_wildcard(part) => {}
            // `1.x.x` means `1.2` too.
            None if is_wildcard(part) => {}
            _ => return false,
        }
        if wanted.peek().is_none() && is_wildcard(part) {
            return true;
        }
    }
    parts.next().is_none()
}

fn is_wildcard(part: &str) -> bool {
    matches!(part, "x" | "X" | "*")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds which of `1.0.0 1.2.0 1.2.1-a 2.0` a pattern means at last against what is expected.
    fn check(pattern: &str, expected: Option<&str>) {
        assert_eq!(newest(pattern, ["1.0.0", "1.2.0", "1.2.1-a", "2.0"]), expected, "{pattern}");
    }

    #[test]
    fn a_pattern_means_the_newest_version_that_fits_part_by_part() {
        check("1.x", Some("1.2.0"));
        check("1.x.x", Some("1.2.0"));
        check("1.0.x", Some("1.0.0"));
        check("1.*.0", Some("1.2.0"));
        check("2.x.x", Some("2.0"));
        check("*", Some("2.0"));
        check("1.2.x", Some("1.2.0"));
    }

    #[test]
    fn a_version_that_is_no_pattern_means_only_itself() {
        check("1", None);
        check("1.2", None);
        check("1.2.0", Some("1.2.0"));
        check("3.x", None);
    }
}
