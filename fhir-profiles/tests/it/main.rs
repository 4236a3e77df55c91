//! Do the published suites agree?
//!
//! The suites are not part of the repository. `SUITES` names the folder that holds them; without it the
//! tests that need one say so and end.

#![expect(clippy::print_stdout, reason = "how many passed is what a suite is run for")]

mod definitions;
mod examples;
mod mutations;
mod packages;

use std::path::PathBuf;

use model::{Object, Value};

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

/// Counts, and keeps the reasons of failures.
#[derive(Default)]
struct Tally {
    passed: usize,
    failures: Vec<String>,
}

impl Tally {
    fn add(&mut self, name: &str, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(reason) => self.failures.push(format!("{name}: {reason}")),
        }
    }

    /// Prints the count and the first failures.
    fn report(&self, suite: &str) {
        println!("{suite}: {} passed, {} failed", self.passed, self.failures.len());
        for failure in self.failures.iter().take(30) {
            println!("  {failure}");
        }
    }
}

/// The first place where two trees differ; numbers are compared by their digits, members in any order.
fn difference(left: &Value, right: &Value) -> Option<String> {
    match (left, right) {
        (Value::Object(left), Value::Object(right)) => members_difference(left, right),
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            let mut pairs = left.iter().zip(right).enumerate();
            pairs.find_map(|(index, (left, right))| Some(format!("[{index}]{}", difference(left, right)?)))
        }
        (left, right) if left == right => None,
        (left, right) => Some(format!(" is {} and {}", show(left), show(right))),
    }
}

fn members_difference(left: &Object, right: &Object) -> Option<String> {
    if let Some((name, _)) = right.iter().find(|(name, _)| left.get(name).is_none()) {
        return Some(format!(".{name} is only on the right"));
    }
    left.iter().find_map(|(name, value)| match right.get(name) {
        None => Some(format!(".{name} is only on the left")),
        Some(other) => Some(format!(".{name}{}", difference(value, other)?)),
    })
}

fn show(value: &Value) -> String {
    let json = String::from_utf8(model::json::to_compact(value)).expect("JSON is UTF-8");
    json.chars().take(200).collect()
}
