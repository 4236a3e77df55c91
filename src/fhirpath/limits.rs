//! What bounds does the evaluation of an expression keep, and why?
//!
//! Whatever an expression says, it ends soon and stays small.

/// Bytes of a text that an expression builds. Longer than any text of an official example.
pub const TEXT_LENGTH_MAX: usize = 1 << 20;

/// Levels of open elements in a narrative; deeper ones the readers refuse anyway.
pub const NARRATIVE_DEPTH_MAX: usize = model::limits::DEPTH_MAX;

/// Bytes of a narrative's own words that a complaint of it repeats: enough to find them again.
pub const NARRATIVE_EXCERPT_BYTES_MAX: usize = 60;

/// Bytes of a regular expression as written. The longest of the official invariants has some 200.
pub const PATTERN_LENGTH_MAX: usize = 4096;

/// Bytes of a regular expression once compiled; repetitions of character classes add up.
pub const PATTERN_BYTES_MAX: usize = 4 << 20;

/// Regular expressions that each thread keeps compiled. All official invariants together have fewer.
pub const PATTERNS_KEPT_MAX: usize = 64;

/// The greatest exponent that is multiplied out exactly; decimals are out of range long before.
pub const POWER_MAX: u32 = 1024;

/// Bytes of an expression as written. The longest of the official search parameters has some 4,000.
pub const EXPRESSION_LENGTH_MAX: usize = 1 << 16;

/// Levels of syntax, each of which is a level of the stack; a path counts each step, a chain of `or` each operand.
pub const SYNTAX_DEPTH_MAX: usize = 160;

/// Steps of one evaluation, where no one says otherwise: some tenths of a second.
pub const STEPS_MAX: u64 = 4_000_000;

/// Items of one collection, where no one says otherwise. The largest official example has fewer elements.
pub const ITEMS_MAX: usize = 1_000_000;
