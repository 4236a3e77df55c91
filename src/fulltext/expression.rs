//! What is looked for?
//!
//! Words, all of which must be there; R4 suggests the rules that OData has for `$search`,
//! <https://hl7.org/fhir/R4/search.html#content>: `AND`, `OR` and `NOT` in any case, parentheses, and words between
//! quotation marks as they follow each other. Beyond that, `-word` says `NOT word`, and `word*` is any that begins so.

use std::str::CharIndices;

use crate::error::{Error, Result};
use crate::limits::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_WORDS_MAX};
use crate::words::Words;

/// What must be so of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// All of these.
    All(Vec<Expression>),
    /// At least one of these.
    Any(Vec<Expression>),
    /// Not this.
    Not(Box<Expression>),
    /// These words stand in it.
    Phrase(Phrase),
}

/// Words that follow each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Phrase {
    /// The words before the last.
    pub first: Vec<String>,
    /// The last.
    pub last: String,
    /// Whether a word that begins like the last will do.
    pub is_open: bool,
}

impl Expression {
    /// Reads what was typed.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() > EXPRESSION_BYTES_MAX {
            let message =
                format!("{} bytes to look for, and {EXPRESSION_BYTES_MAX} are the limit", text.len());
            return Err(Error::Expression(message));
        }
        let mut parser =
            Parser { rest: Symbols { text, letters: text.char_indices() }, next: None, words: 0 };
        parser.step()?;
        let expression = parser.any(0)?;
        if parser.next.is_some() {
            return Err(refused("`)` closes nothing"));
        }
        expression.ok_or_else(|| refused("a word of letters or digits is expected"))
    }
}

/// What a text to look for is written with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Symbol<'t> {
    Open,
    Close,
    And,
    Or,
    Not,
    Word(&'t str),
    Quoted(&'t str),
}

struct Symbols<'t> {
    text: &'t str,
    letters: CharIndices<'t>,
}

impl<'t> Symbols<'t> {
    fn next(&mut self) -> Result<Option<Symbol<'t>>> {
        let Some((start, letter)) = self.letters.find(|(_, letter)| !letter.is_whitespace()) else {
            return Ok(None);
        };
        Ok(Some(match letter {
            '(' => Symbol::Open,
            ')' => Symbol::Close,
            '"' => {
                let end = self.letters.find(|(_, letter)| *letter == '"');
                let end = end.ok_or_else(|| refused("a `\"` opens a phrase that no other closes"))?.0;
                Symbol::Quoted(&self.text[start + 1..end])
            }
            '-' if self
                .letters
                .as_str()
                .starts_with(|it: char| it.is_alphanumeric() || "(\"".contains(it)) =>
            {
                Symbol::Not
            }
            _ => self.word(start),
        }))
    }

    fn word(&mut self, start: usize) -> Symbol<'t> {
        let ends = |letter: char| letter.is_whitespace() || matches!(letter, '(' | ')' | '"');
        let rest = self.letters.as_str();
        let length = rest.find(ends).unwrap_or(rest.len());
        let end = self.letters.offset() + length;
        self.letters = rest[length..].char_indices();
        let word = &self.text[start..end];
        // Offsets begin anew with the rest.
        self.text = &self.text[end..];
        match word {
            _ if word.eq_ignore_ascii_case("and") => Symbol::And,
            _ if word.eq_ignore_ascii_case("or") => Symbol::Or,
            _ if word.eq_ignore_ascii_case("not") => Symbol::Not,
            _ => Symbol::Word(word),
        }
    }
}

/// Reads by precedence: `NOT` before `AND` before `OR`.
struct Parser<'t> {
    rest: Symbols<'t>,
    next: Option<Symbol<'t>>,
    words: usize,
}

/// What was read; none when it was nothing but punctuation.
type Read = Result<Option<Expression>>;

impl<'t> Parser<'t> {
    /// Goes on to the next symbol and returns the one before.
    fn step(&mut self) -> Result<Option<Symbol<'t>>> {
        let next = self.rest.next()?;
        Ok(std::mem::replace(&mut self.next, next))
    }

    fn any(&mut self, depth: usize) -> Read {
        let mut parts = Vec::from_iter(self.all(depth)?);
        while self.next == Some(Symbol::Or) {
            self.step()?;
            let part = self.all(depth)?;
            if part.is_none() || parts.is_empty() {
                return Err(refused("`OR` stands between words; one to look for is put between `\"`"));
            }
            parts.extend(part);
        }
        Ok(one_or(parts, Expression::Any))
    }

    fn all(&mut self, depth: usize) -> Read {
        let mut parts = Vec::new();
        loop {
            match self.next {
                None | Some(Symbol::Close | Symbol::Or) => return Ok(one_or(parts, Expression::All)),
                Some(Symbol::And) => {
                    self.step()?;
                    let goes_on = !matches!(self.next, None | Some(Symbol::Close | Symbol::Or | Symbol::And));
                    if parts.is_empty() || !goes_on {
                        return Err(refused(
                            "`AND` stands between words; one to look for is put between `\"`",
                        ));
                    }
                }
                Some(_) => parts.extend(self.part(depth)?),
            }
        }
    }

    fn part(&mut self, depth: usize) -> Read {
        match self.step()? {
            Some(Symbol::Not) => {
                let is_part = matches!(self.next, Some(Symbol::Open | Symbol::Word(_) | Symbol::Quoted(_)));
                let part = if is_part { self.part(depth)? } else { None };
                let part =
                    part.ok_or_else(|| refused("`NOT` and `-` stand before a word, a phrase or `(`"))?;
                Ok(Some(Expression::Not(Box::new(part))))
            }
            Some(Symbol::Open) => {
                if depth == EXPRESSION_DEPTH_MAX {
                    let message =
                        format!("more than {EXPRESSION_DEPTH_MAX} parentheses stand within each other");
                    return Err(Error::Expression(message));
                }
                let inner = self.any(depth + 1)?;
                match self.step()? {
                    Some(Symbol::Close) => Ok(inner),
                    _ => Err(refused("a `(` opens what no `)` closes")),
                }
            }
            Some(Symbol::Quoted(text)) => self.phrase(text, false),
            Some(Symbol::Word(text)) => {
                let stem = text.strip_suffix('*');
                let word = stem.unwrap_or(text);
                if word.contains('*') || stem.is_some_and(|stem| !stem.ends_with(char::is_alphanumeric)) {
                    return Err(refused("`*` only ends a word, as in `cardio*`"));
                }
                self.phrase(word, stem.is_some())
            }
            _ => Ok(None),
        }
    }

    fn phrase(&mut self, text: &str, is_open: bool) -> Read {
        let mut words: Vec<String> = Words::of(text).iter().map(str::to_owned).collect();
        self.words += words.len();
        if self.words > EXPRESSION_WORDS_MAX {
            return Err(Error::Expression(format!(
                "more than {EXPRESSION_WORDS_MAX} words to look for at once, which is the limit"
            )));
        }
        let last = words.pop();
        Ok(last.map(|last| Expression::Phrase(Phrase { first: words, last, is_open })))
    }
}

fn one_or(mut parts: Vec<Expression>, all: fn(Vec<Expression>) -> Expression) -> Option<Expression> {
    match parts.len() {
        0 | 1 => parts.pop(),
        _ => Some(all(parts)),
    }
}

fn refused(message: &str) -> Error {
    Error::Expression(message.to_owned())
}

#[cfg(test)]
mod tests;
