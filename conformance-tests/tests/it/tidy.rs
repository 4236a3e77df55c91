//! Are the house rules kept that rustc and Clippy cannot see?
//!
//! Each rule is a function from text to breaches, tried on small fixtures too, so that a rule that has
//! stopped biting is noticed.

mod dependencies;
mod files;
mod lists;
mod source;
mod workspace;

use std::fmt::Display;

/// Fails with all breaches at once, a line for each.
fn refuse(breaches: &[impl Display]) {
    let lines: Vec<_> = breaches.iter().map(ToString::to_string).collect();
    assert!(lines.is_empty(), "{}", lines.join("\n"));
}
