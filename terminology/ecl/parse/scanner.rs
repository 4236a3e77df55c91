//! Where in the text are we, and what comes next?
//!
//! The characters of <http://snomed.org/ecl>: white space and comments between parts, quoted texts, terms
//! between pipes. One walk over the whole text finds what is never closed and which brackets belong together.

use std::collections::HashMap;

use crate::limits::ECL_DEPTH_MAX;

/// A place in a text that is being parsed.
pub(super) struct Scanner<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// The closing bracket of each opening one, by bytes.
    closings: HashMap<usize, usize>,
}

/// What is wrong with a text, and at which byte.
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

pub(super) type Parsed<T> = Result<T, Fault>;

impl<'t> Scanner<'t> {
    /// At the start of a text in which every quote, pipe and comment is closed.
    pub(super) fn new(text: &'t str) -> Parsed<Self> {
        Ok(Self { text, at: 0, depth: 0, closings: closings(text)? })
    }

    pub(super) fn at(&self) -> usize {
        self.at
    }

    pub(super) fn back_to(&mut self, at: usize) {
        self.at = at;
    }

    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Passes white space and comments.
    pub(super) fn skip(&mut self) {
        loop {
            let rest = self.rest().trim_start_matches(is_space);
            self.at = self.text.len() - rest.len();
            if !rest.starts_with("/*") {
                return;
            }
            self.at = end_of(self.text, self.at + 2, "*/").unwrap_or(self.text.len());
        }
    }

    /// Whether white space, a comment or the end comes next.
    pub(super) fn is_at_space(&self) -> bool {
        let rest = self.rest();
        rest.is_empty() || rest.starts_with(is_space) || rest.starts_with("/*")
    }

    pub(super) fn eat(&mut self, symbol: &str) -> bool {
        let is_next = self.rest().starts_with(symbol);
        self.at += if is_next { symbol.len() } else { 0 };
        is_next
    }

    pub(super) fn expect(&mut self, symbol: &str) -> Parsed<()> {
        if self.eat(symbol) { Ok(()) } else { self.fault(&format!("`{symbol}`")) }
    }

    /// The letters, digits and dashes that come next, if a letter begins them.
    pub(super) fn word(&self) -> &'t str {
        let rest = self.rest();
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        let end = rest.find(|letter| !is_part(letter)).unwrap_or(rest.len());
        if rest.starts_with(|letter: char| letter.is_ascii_alphabetic()) { &rest[..end] } else { "" }
    }

    /// Passes a word, in any case, that must end there.
    pub(super) fn eat_word(&mut self, word: &str) -> bool {
        let is_next = self.word().eq_ignore_ascii_case(word);
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// Passes a word that may also run into the digits of a concept.
    pub(super) fn eat_word_before_digits(&mut self, word: &str) -> bool {
        let letters = self.word().trim_end_matches(|letter: char| letter.is_ascii_digit());
        let is_next = letters.eq_ignore_ascii_case(word);
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// The digits that come next.
    pub(super) fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let end = rest.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(rest.len());
        self.at += end;
        &rest[..end]
    }

    /// What stands between two marks, of which the first comes next and the second is known to come.
    pub(super) fn between(&mut self, mark: &str) -> Parsed<&'t str> {
        self.expect(mark)?;
        let start = self.at;
        let end = match mark {
            "\"" => end_of_quoted(self.text, start),
            _ => end_of(self.text, start, mark),
        };
        let Some(end) = end else { return self.fault(&format!("`{mark}`")) };
        self.at = end;
        Ok(&self.text[start..end - mark.len()])
    }

    /// Whether an identifier of another scheme comes next, plain or in quotes.
    pub(super) fn is_alternate(&self) -> bool {
        let quote = usize::from(self.rest().starts_with('"'));
        let inside = self.ahead(quote);
        let word = inside.word();
        !word.is_empty() && inside.rest()[word.len()..].starts_with('#')
    }

    /// What comes after the bracket that closes the one that comes next.
    pub(super) fn after_brackets(&self) -> &'t str {
        let Some(closing) = self.closings.get(&self.at) else { return "" };
        let mut after = self.ahead(closing + 1 - self.at);
        after.skip();
        after.rest()
    }

    /// The same text some bytes further on, to look without going there.
    pub(super) fn ahead(&self, bytes: usize) -> Self {
        Self { text: self.text, at: self.at + bytes, depth: self.depth, closings: HashMap::new() }
    }

    /// Does something one level deeper, of which there is a limit.
    pub(super) fn deeper<T>(&mut self, work: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= ECL_DEPTH_MAX {
            let message = format!("brackets stand more than the limit of {ECL_DEPTH_MAX} deep");
            return self.fault_at(self.at, message);
        }
        self.depth += 1;
        let done = work(self);
        self.depth -= 1;
        done
    }

    /// Says what should come next instead of what does.
    pub(super) fn fault<T>(&self, expected: &str) -> Parsed<T> {
        let found = match self.peek() {
            Some(found) => format!("`{}`", found.escape_debug()),
            None => "the end".to_owned(),
        };
        self.fault_at(self.at, format!("expected {expected}, found {found}"))
    }

    pub(super) fn fault_at<T>(&self, at: usize, message: String) -> Parsed<T> {
        Err(Fault { at, message })
    }
}

fn is_space(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '\r' | '\n')
}

/// The byte after the next `mark`.
fn end_of(text: &str, from: usize, mark: &str) -> Option<usize> {
    text.get(from..)?.find(mark).map(|length| from + length + mark.len())
}

/// The byte after the quote that ends a text; `\` takes its meaning from the character after it.
fn end_of_quoted(text: &str, from: usize) -> Option<usize> {
    let mut is_escaped = false;
    for (place, byte) in text.bytes().enumerate().skip(from) {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => return Some(place + 1),
            _ => {}
        }
    }
    None
}

/// Which round bracket closes which; a quote, term or comment without an end is a fault.
fn closings(text: &str) -> Parsed<HashMap<usize, usize>> {
    let mut pairs = HashMap::new();
    let mut open = Vec::new();
    let mut at = 0;
    let bytes = text.as_bytes();
    let unclosed = |at, what: &str| Fault { at, message: format!("{what} has no end; it begins") };
    while let Some(byte) = bytes.get(at) {
        at = match byte {
            b'"' => end_of_quoted(text, at + 1).ok_or_else(|| unclosed(at, "a text in quotes"))?,
            b'|' => end_of(text, at + 1, "|").ok_or_else(|| unclosed(at, "a term"))?,
            b'/' if bytes.get(at + 1) == Some(&b'*') => {
                end_of(text, at + 2, "*/").ok_or_else(|| unclosed(at, "a comment"))?
            }
            b'(' => {
                open.push(at);
                at + 1
            }
            b')' => {
                open.pop().map(|opening| pairs.insert(opening, at));
                at + 1
            }
            _ => at + 1,
        };
    }
    Ok(pairs)
}
