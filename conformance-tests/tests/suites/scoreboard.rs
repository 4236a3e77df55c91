//! Which cases failed that should not, and which passed that were given up?

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What came of each case of a suite: its name, and what went wrong if something did.
#[derive(Default)]
pub(crate) struct Scoreboard {
    cases: BTreeMap<String, Option<String>>,
}

impl Scoreboard {
    /// Notes what came of a case; names are unique within a suite.
    pub(crate) fn note(&mut self, name: impl Into<String>, outcome: Result<(), String>) {
        let name = name.into();
        let known = self.cases.insert(name.clone(), outcome.err());
        assert!(known.is_none(), "two cases are called `{name}`");
    }

    /// Prints the score and holds it against the checked-in list of `suite` and its mark.
    pub(crate) fn settle(self, suite: &str, at_least: usize) {
        let given_up = given_up(suite);
        let failed = self.cases.iter().filter_map(|(name, wrong)| Some((name, wrong.as_ref()?)));
        let failed: BTreeMap<_, _> = failed.collect();
        let passed = self.cases.len() - failed.len();
        println!("{suite}: {passed} passed, {} failed", failed.len());
        let mut wrong = Vec::new();
        for (name, message) in &failed {
            if !given_up.contains(*name) {
                wrong.push(format!("{name}\t{message}"));
            }
        }
        for name in &given_up {
            match self.cases.get(name) {
                Some(None) => wrong.push(format!("{name}\tpasses: take it off the list")),
                Some(Some(_)) => {}
                None => wrong.push(format!("{name}\tis on the list and not in the suite")),
            }
        }
        assert!(wrong.is_empty(), "{suite}: {} surprises\n{}", wrong.len(), wrong.join("\n"));
        assert!(passed >= at_least, "{suite}: {passed} passed where {at_least} are demanded");
    }
}

/// The names on the checked-in list: `name<TAB>reason`, one a line; `#` begins a comment.
fn given_up(suite: &str) -> BTreeSet<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("suites").join(format!("{suite}.txt"));
    let text = std::fs::read_to_string(&path).unwrap_or_default();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let read = |line: &str| {
        let (name, reason) = line.split_once('\t').unwrap_or((line, ""));
        assert!(!reason.trim().is_empty(), "{}: `{name}` has no reason", path.display());
        name.to_owned()
    };
    lines.map(read).collect()
}

/// The folder or file `name` of the suites; says in one line that it is left out when it is not there.
pub(crate) fn suite(name: &str) -> Option<PathBuf> {
    #[expect(clippy::disallowed_methods, reason = "a test is told where the suites are by its surroundings")]
    let suites = std::env::var_os("SUITES");
    let found = suites.map(|suites| Path::new(&suites).join(name));
    match found {
        Some(path) if path.exists() => Some(path),
        _ => {
            println!("{name}: left out, because SUITES names no folder that holds it");
            None
        }
    }
}
