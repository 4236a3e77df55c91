//! Does validation agree with what others published?
//!
//! Their files are no part of the repository: `SUITES` names the folder that holds them, and without it each test
//! says in one line that it was left out.

#![expect(clippy::print_stdout, reason = "what was left out and how much was judged belongs to the result")]

mod schema;
