//! What bounds do the checks keep, and why?

/// Bytes of one `string`: "Note that strings SHALL NOT exceed 1MB (1024*1024 characters) in size".
pub(crate) const STRING_BYTES_MAX: usize = 1 << 20;

/// Comparisons in holding one response against its questionnaire: a response of a thousand answers takes some
/// ten thousand, and none may keep the server busy for long by naming each question in each condition.
pub(crate) const ANSWER_STEPS_MAX: usize = 10_000_000;
