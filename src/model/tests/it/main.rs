//! Do the published suites agree with this crate?
//!
//! The suites are no part of the repository: `SUITES` names the folder that holds them, and without it
//! each runner says in one line that it was left out.

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

mod scoreboard;
mod ucum;
