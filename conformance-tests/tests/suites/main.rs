//! How many cases of the public suites pass? One binary, one file for each suite.
//!
//! `SUITES` names the folder that the suites were laid out in; without it each says in one line that it was
//! left out. Failing cases stand in `conformance-tests/suites/<suite>.txt` with a reason each, and the list
//! only shrinks: a case outside it that fails and a case on it that passes both fail the test.

mod ecl;
mod ecosystem;
mod example_verdicts;
mod expansions;
mod fhirpath;
mod guides;
mod inferno;
mod patches;
mod scoreboard;
mod search_parameters;
mod snapshots;
mod testscripts;
mod validation;
mod validator;
