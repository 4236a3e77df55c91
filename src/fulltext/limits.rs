//! How much is indexed and looked for at most?
//!
//! The bounds of the indexes and of what is asked of them, each with its reason.

/// Bytes that a writer gathers in memory before it writes them to disk: the least that tantivy works with.
pub const WRITER_BYTES: usize = 15_000_000;

/// Bytes of a word; what follows is not compared. The longest words of medicine have some fifty letters.
pub const WORD_BYTES_MAX: usize = 120;

/// Bytes of the texts of one document in one field; what follows is not found. As much as a book of five hundred pages.
pub const TEXT_BYTES_MAX: usize = 1 << 20;

/// Bytes of what is looked for: several times what people type.
pub const EXPRESSION_BYTES_MAX: usize = 8 << 10;

/// Words that are looked for at once.
pub const EXPRESSION_WORDS_MAX: usize = 256;

/// Parentheses within parentheses of what is looked for.
pub const EXPRESSION_DEPTH_MAX: usize = 16;

/// Words that may begin as asked for at the end of a phrase: all of them are compared at once.
pub const EXPANSIONS_MAX: u32 = 10_000;

/// Documents that one search finds; of more, only that there are more is told.
pub const FOUND_MAX: usize = 50_000;
