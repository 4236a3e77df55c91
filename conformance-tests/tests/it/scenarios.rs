//! Does the server keep its promises? One test for each chapter, so that a chapter can be run alone.

use conformance_tests::harness::tell;
use conformance_tests::run::{chapters, run_chapter};

/// Runs a chapter and tells everything that differs at once.
fn check(chapter: &str) {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime starts");
    let report = runtime.block_on(run_chapter(chapter)).unwrap_or_else(|wrong| panic!("{wrong}"));
    let (held, differences) = (report.scenarios - report.differences.len(), &report.differences);
    tell(&format!("{chapter}: {held} of {} scenarios held", report.scenarios));
    assert!(report.scenarios > 0, "{chapter} has no scenarios");
    assert!(differences.is_empty(), "{}", differences.join("\n\n"));
}

/// Declares a test for each chapter, and the list that is compared with the folders.
macro_rules! chapters {
    ($($test:ident $folder:literal,)+) => {
        const TESTED: &[&str] = &[$($folder,)+];
        $(#[test] fn $test() { check($folder); })+
    };
}

chapters! {
    bad_input "bad-input",
    binary "binary",
    bundles "bundles",
    conditional "conditional",
    cors "cors",
    encodings "encodings",
    errors "errors",
    formats "formats",
    health "health",
    history "history",
    metadata "metadata",
    operations "operations",
    patch "patch",
    read_write "read-write",
    search "search",
    validation "validation",
    versions "versions",
}

#[test]
fn every_chapter_is_run() {
    assert_eq!(chapters(), TESTED);
}
