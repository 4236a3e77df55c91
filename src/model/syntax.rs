//! Where is a text not what its format asks for?

use crate::issue::{Code, Issue};

/// What is wrong with a JSON or XML text, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Syntax {
    /// The stable code.
    pub code: Code,
    /// What was found, and what was expected instead.
    pub message: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

impl Syntax {
    /// Turns a place in bytes into line and column.
    pub(crate) fn locate(code: Code, message: String, text: &[u8], place: usize) -> Self {
        let before = &text[..std::cmp::min(place, text.len())];
        let line_start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        let column = String::from_utf8_lossy(&before[line_start..]).chars().count() + 1;
        Self { code, message, line, column }
    }
}

impl From<Syntax> for Issue {
    fn from(syntax: Syntax) -> Self {
        Issue::error(syntax.code, syntax.message).at_line(syntax.line, syntax.column)
    }
}
