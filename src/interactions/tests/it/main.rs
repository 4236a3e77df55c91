//! Does this crate keep its rules where the scenarios cannot reach?
//!
//! Settings that no scenario has, stores that fail or are always faster, and the published suites. These
//! are no part of the repository: `SUITES` names the folder that holds them, and without it each runner
//! says in one line that it was left out.

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

mod ground;
mod rigged;

mod aside;
mod client_ids;
mod conditional;
mod contained;
mod contention;
mod json_patch;
mod leaks;
mod limits;
mod nobody;
mod search;
mod storage;
mod transaction;
mod words;
