//! Which code systems are loaded from releases?
//!
//! Tables that are opened from files rather than read from resources, as many versions of a system side by side as there
//! are files. Without a version the newest is meant; of SNOMED CT the newest of the International Edition where it is
//! there, and an edition without a day means the newest of that edition: <https://hl7.org/fhir/R4/snomedct.html>.

use std::sync::Arc;

use crate::CodeSystem;
use crate::remote::Remote;
use crate::systems::snomed;
use crate::versions;

/// The tables that are opened.
#[derive(Default)]
pub struct Loaded {
    kept: Vec<Kept>,
    remote: Option<Arc<dyn Remote>>,
}

/// One of them.
pub struct Kept {
    /// What its owner knows it by: another mark means another file.
    pub mark: String,
    /// The table.
    pub table: Arc<CodeSystem>,
}

impl Loaded {
    /// All that are opened.
    pub fn new(kept: Vec<Kept>) -> Self {
        Self { kept, remote: None }
    }

    /// The same, with another server to ask about what is not here.
    pub fn with_remote(self, remote: Option<Arc<dyn Remote>>) -> Self {
        Self { remote, ..self }
    }

    /// The other server.
    pub fn remote(&self) -> Option<&Arc<dyn Remote>> {
        self.remote.as_ref()
    }

    /// The table with this mark.
    pub fn marked(&self, mark: &str) -> Option<Arc<CodeSystem>> {
        let kept = self.kept.iter().find(|kept| kept.mark == mark);
        kept.map(|kept| Arc::clone(&kept.table))
    }

    /// Every table.
    pub fn tables(&self) -> impl Iterator<Item = &Arc<CodeSystem>> {
        self.kept.iter().map(|kept| &kept.table)
    }

    /// The table of a system; without a version, of the newest.
    pub(crate) fn find(&self, system: &str, version: Option<&str>) -> Option<Arc<CodeSystem>> {
        let of_system = self.tables().filter(|table| *table.about.url == *system);
        let fitting =
            of_system.filter(|table| version.is_none_or(|wanted| fits(wanted, &table.about.version)));
        fitting.max_by(|left, right| compare(&left.about.version, &right.about.version)).cloned()
    }
}

fn fits(wanted: &str, version: &str) -> bool {
    wanted == version
        || snomed::is_edition_of(wanted, version)
        || versions::is_pattern(wanted) && versions::is_version(wanted, version)
}

fn compare(left: &str, right: &str) -> std::cmp::Ordering {
    match (snomed::newness(left), snomed::newness(right)) {
        (Some(left), Some(right)) => left.cmp(&right),
        _ => fhir_profiles::version::compare(left, right),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_system::{About, Builder};

    const INTERNATIONAL: &str = "http://snomed.info/sct/900000000000207008";
    const OTHER: &str = "http://snomed.info/sct/11000146104";

    /// Holds which of these versions of a system is found when one is wanted against what is expected.
    fn check(versions: &[&str], wanted: Option<&str>, expected: Option<&str>) {
        let table = |version: &&str| {
            let about = About { url: "http://s".into(), version: (*version).into(), ..About::default() };
            Kept { mark: (*version).to_owned(), table: Arc::new(Builder::new(about).finish()) }
        };
        let loaded = Loaded::new(versions.iter().map(table).collect());
        let found = loaded.find("http://s", wanted);
        assert_eq!(found.as_ref().map(|table| &*table.about.version), expected, "{wanted:?}");
        assert!(loaded.find("http://t", wanted).is_none());
    }

    #[test]
    fn the_newest_is_meant_where_no_version_is_named() {
        check(&["2.9", "2.10", "2.1"], None, Some("2.10"));
        check(&["2.9", "2.10", "2.1"], Some("2.9"), Some("2.9"));
        check(&["2.9", "2.10", "3.1"], Some("2.x"), Some("2.10"));
        check(&["2.9"], Some("2.8"), None);
        check(&[], None, None);
    }

    #[test]
    fn an_edition_without_a_day_means_its_newest() {
        let versions = [
            format!("{INTERNATIONAL}/version/20230131"),
            format!("{INTERNATIONAL}/version/20240101"),
            format!("{OTHER}/version/20250101"),
        ];
        let versions: Vec<&str> = versions.iter().map(String::as_str).collect();
        check(&versions, None, Some(versions[1]));
        check(&versions, Some(INTERNATIONAL), Some(versions[1]));
        check(&versions, Some(versions[0]), Some(versions[0]));
        check(&versions, Some(OTHER), Some(versions[2]));
        check(&versions, Some("http://snomed.info/sct/90000000000020700"), None);
    }
}
