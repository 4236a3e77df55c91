//! Which cases fail, and which of them are known to?

use std::collections::BTreeMap;
use std::path::PathBuf;

/// Finds a file of a suite; `None`, with a line that says so, on a machine without suites.
#[expect(clippy::disallowed_methods, reason = "the place of the suites is no setting of the server")]
pub(crate) fn suite_file(path: &str) -> Option<PathBuf> {
    let folder = std::env::var_os("SUITES");
    if folder.is_none() {
        println!("{path}: left out, because SUITES is not set");
    }
    folder.map(|folder| PathBuf::from(folder).join(path))
}

/// What came of the cases of one suite.
#[derive(Default)]
pub(crate) struct Scoreboard {
    passed: usize,
    failed: BTreeMap<String, String>,
}

impl Scoreboard {
    /// Notes one case; `found` is what was found instead, when it failed.
    pub(crate) fn note(&mut self, case: &str, found: Option<String>) {
        match found {
            None => self.passed += 1,
            Some(found) => drop(self.failed.insert(case.to_owned(), found)),
        }
    }

    /// Prints the sum, and fails when other cases failed than the list of `case: reason` lines names.
    pub(crate) fn finish(self, suite: &str, known: &str) {
        println!("{suite}: {} passed, {} failed", self.passed, self.failed.len());
        let known: Vec<&str> =
            known.lines().filter_map(|line| line.split_once(": ")).map(|(case, _)| case).collect();
        let new: Vec<_> = self.failed.iter().filter(|(case, _)| !known.contains(&case.as_str())).collect();
        let healed: Vec<_> = known.iter().filter(|case| !self.failed.contains_key(**case)).collect();
        assert!(new.is_empty(), "cases fail that are not on the list: {new:#?}");
        assert!(healed.is_empty(), "cases on the list pass: {healed:?}");
        assert!(self.passed > 0, "the suite has no cases");
    }
}
