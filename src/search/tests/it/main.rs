//! Does searching hold what it promises of whatever comes?
//!
//! The suites are not part of the repository. `SUITES` names the folder that holds them; without it the
//! tests that need one say so and end.

#![expect(clippy::print_stdout, reason = "that suites are missing is said")]

mod packages;
mod wild;

use std::path::PathBuf;

/// Reads a file of the suites; says so and returns none, when there are no suites.
fn suite(path: &str) -> Option<Vec<u8>> {
    #[expect(clippy::disallowed_methods, reason = "where the suites are is no setting of the server")]
    let Some(folder) = std::env::var_os("SUITES") else {
        println!("skipped: SUITES is not set, so there is no {path}");
        return None;
    };
    let file = PathBuf::from(folder).join(path);
    Some(std::fs::read(&file).unwrap_or_else(|error| panic!("reading {} failed: {error}", file.display())))
}
