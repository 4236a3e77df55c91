//! How does a test program without libtest report, so that cargo's readers understand it?
//!
//! The kill and fault tests execute themselves as servers, which libtest's own `main` does not allow. They
//! print the same lines that libtest prints, and heed a filter as it does.

use std::io::{self, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;
use std::time::Instant;

/// One test: what it promises, and how that is tried.
pub struct Test {
    /// A sentence about behaviour.
    pub name: &'static str,
    /// Says what is wrong, if something is.
    pub run: fn() -> Result<(), String>,
}

/// The setting of this name from the environment, which is where cargo lets a test program be told.
#[expect(clippy::disallowed_methods, reason = "a test program has no settings of the server's kind")]
pub fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The number that a setting holds, or the default.
pub fn number(name: &str, default: u64) -> u64 {
    match setting(name) {
        Some(text) => text.parse().unwrap_or_else(|_| panic!("{name} is `{text}`, which is no number")),
        None => default,
    }
}

/// Reads the clock, for durations that are reported and moments that are drawn by lot.
#[expect(clippy::disallowed_methods, reason = "these programs measure real time and run outside the server")]
pub fn now() -> Instant {
    Instant::now()
}

/// Runs the tests whose names contain one of the filters, and reports in cargo's own style.
pub fn run(tests: &[Test], arguments: &[String]) -> ExitCode {
    let out = &mut io::stdout();
    if arguments.iter().any(|argument| argument == "--list") {
        tests.iter().for_each(|test| say(out, &format!("{}: test", test.name)));
        return ExitCode::SUCCESS;
    }
    let filters: Vec<_> = arguments.iter().filter(|argument| !argument.starts_with('-')).collect();
    let wanted =
        |test: &&Test| filters.is_empty() || filters.iter().any(|filter| test.name.contains(*filter));
    let chosen: Vec<_> = tests.iter().filter(wanted).collect();
    let plural = if chosen.len() == 1 { "" } else { "s" };
    say(out, &format!("\nrunning {} test{plural}", chosen.len()));
    let begun_at = now();
    let failures = chosen.iter().filter(|test| !passes(test, out)).count();
    say(
        out,
        &format!(
            "\ntest result: {}. {} passed; {failures} failed; 0 ignored; 0 measured; {} filtered out; finished in {:.2}s\n",
            if failures == 0 { "ok" } else { "FAILED" },
            chosen.len() - failures,
            tests.len() - chosen.len(),
            begun_at.elapsed().as_secs_f64(),
        ),
    );
    if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Prints a line as part of a test's story.
pub fn tell(line: &str) {
    say(&mut io::stdout(), line);
}

fn passes(test: &Test, out: &mut impl Write) -> bool {
    // A test tells while it runs, so its verdict stands on a line of its own behind that.
    let verdict = catch_unwind(AssertUnwindSafe(test.run)).unwrap_or_else(|_| Err("it panicked".to_owned()));
    match verdict {
        Ok(()) => say(out, &format!("test {} ... ok", test.name)),
        Err(ref complaint) => say(out, &format!("test {} ... FAILED\n{complaint}", test.name)),
    }
    verdict.is_ok()
}

fn say(out: &mut impl Write, line: &str) {
    // Whoever closed our output does not want to hear more, and the exit code still tells.
    drop(writeln!(out, "{line}").and_then(|()| out.flush()));
}
