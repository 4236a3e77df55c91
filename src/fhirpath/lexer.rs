//! Which words does the text of an expression consist of?
//!
//! <https://hl7.org/fhirpath/N1/#lexical-elements>. White space and comments part words and are otherwise nothing.

use std::borrow::Cow;

use crate::expression::SyntaxError;

/// A word and where it begins.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: Kind<'t>,
    pub(crate) offset: usize,
}

/// What a word is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Kind<'t> {
    /// A name, or a word of the language.
    Word(&'t str),
    /// A name between backticks, which is never a word of the language.
    Delimited(Cow<'t, str>),
    /// A text between quotes, unescaped.
    String(Cow<'t, str>),
    /// A number as written; a whole one may end with `L`.
    Number(&'t str),
    /// What follows `@`.
    Moment(&'t str),
    /// `$this` and its like, with the dollar sign.
    Dollar(&'t str),
    /// The name behind `%`.
    Variable(Cow<'t, str>),
    /// An operator or a bracket.
    Symbol(&'t str),
    /// The end of the text.
    End,
}

const SYMBOLS: &[&str] = &[
    "!=", "!~", "<=", ">=", "(", ")", "[", "]", "{", "}", ".", ",", "+", "-", "*", "/", "=", "~", "<", ">",
    "|", "&",
];

/// Parts the text into words; the last is [`Kind::End`].
pub(crate) fn tokens(text: &str) -> Result<Vec<Token<'_>>, SyntaxError> {
    let mut lexer = Lexer { text, place: 0 };
    let mut tokens = Vec::new();
    loop {
        lexer.skip()?;
        let offset = lexer.place;
        let kind = lexer.next()?;
        let ends = kind == Kind::End;
        tokens.push(Token { kind, offset });
        if ends {
            return Ok(tokens);
        }
    }
}

struct Lexer<'t> {
    text: &'t str,
    place: usize,
}

impl<'t> Lexer<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.place..]
    }

    fn fail<T>(&self, offset: usize, message: &str) -> Result<T, SyntaxError> {
        Err(SyntaxError::at(self.text, offset, message))
    }

    /// Skips white space and comments.
    fn skip(&mut self) -> Result<(), SyntaxError> {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches([' ', '\t', '\r', '\n', '\u{a0}', '\u{feff}']);
            self.place += rest.len() - trimmed.len();
            if let Some(comment) = trimmed.strip_prefix("//") {
                self.place += 2 + comment.find(['\n', '\r']).unwrap_or(comment.len());
            } else if let Some(comment) = trimmed.strip_prefix("/*") {
                let Some(length) = comment.find("*/") else {
                    return self.fail(self.place, "the comment does not end");
                };
                self.place += length + 4;
            } else {
                return Ok(());
            }
        }
    }

    /// Takes as many characters as `fits` accepts.
    fn take(&mut self, fits: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.find(|letter| !fits(letter)).unwrap_or(rest.len());
        self.place += length;
        &rest[..length]
    }

    fn next(&mut self) -> Result<Kind<'t>, SyntaxError> {
        let start = self.place;
        let Some(first) = self.rest().chars().next() else { return Ok(Kind::End) };
        match first {
            'a'..='z' | 'A'..='Z' | '_' => Ok(Kind::Word(self.name())),
            '0'..='9' => Ok(Kind::Number(self.number())),
            '\'' | '"' => self.quoted(first).map(Kind::String),
            '`' => self.quoted(first).map(Kind::Delimited),
            '@' => {
                self.place += 1;
                Ok(Kind::Moment(self.moment()))
            }
            '$' => {
                self.place += 1;
                self.name();
                Ok(Kind::Dollar(&self.text[start..self.place]))
            }
            '%' => {
                self.place += 1;
                self.variable().map(Kind::Variable)
            }
            _ => match SYMBOLS.iter().find(|symbol| self.rest().starts_with(**symbol)) {
                Some(symbol) => {
                    self.place += symbol.len();
                    Ok(Kind::Symbol(symbol))
                }
                None => self.fail(start, &format!("`{first}` begins nothing that is known")),
            },
        }
    }

    fn name(&mut self) -> &'t str {
        self.take(|letter| letter.is_ascii_alphanumeric() || letter == '_')
    }

    fn number(&mut self) -> &'t str {
        let start = self.place;
        self.take(|letter| letter.is_ascii_digit());
        let rest = self.rest().as_bytes();
        if rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit) {
            self.place += 1;
            self.take(|letter| letter.is_ascii_digit());
        } else if rest.first() == Some(&b'L') {
            self.place += 1;
        }
        &self.text[start..self.place]
    }

    /// A date, a time, or both: digits, and between them what parts them.
    fn moment(&mut self) -> &'t str {
        let start = self.place;
        loop {
            self.take(|letter| letter.is_ascii_digit() || matches!(letter, '-' | ':' | 'T' | 'Z' | '+'));
            // A point belongs to it only before a digit: `@2015.today()` ends before its point.
            let rest = self.rest().as_bytes();
            let before = &self.text.as_bytes()[start..self.place];
            let fraction = rest.first() == Some(&b'.') && rest.get(1).is_some_and(u8::is_ascii_digit);
            if !(fraction && before.contains(&b':')) {
                break;
            }
            self.place += 1;
        }
        &self.text[start..self.place]
    }

    fn variable(&mut self) -> Result<Cow<'t, str>, SyntaxError> {
        match self.rest().chars().next() {
            Some(quote @ ('\'' | '`' | '"')) => self.quoted(quote),
            Some(first) if first.is_ascii_alphabetic() || first == '_' => {
                // `%vs-name` and `%ext-name` are written without quotes too.
                Ok(Cow::Borrowed(
                    self.take(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')),
                ))
            }
            _ => self.fail(self.place, "a name is expected behind `%`"),
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Cow<'t, str>, SyntaxError> {
        let start = self.place;
        let inner = &self.text[start + 1..];
        if let Some(length) = inner.find([quote, '\\'])
            && inner[length..].starts_with(quote)
        {
            self.place = start + 1 + length + 1;
            return Ok(Cow::Borrowed(&inner[..length]));
        }
        let mut unescaped = String::new();
        let mut letters = inner.char_indices();
        while let Some((place, letter)) = letters.next() {
            match letter {
                letter if letter == quote => {
                    self.place = start + 1 + place + 1;
                    return Ok(Cow::Owned(unescaped));
                }
                '\\' => {
                    let escape = letters.next().map(|(_, escape)| escape);
                    match escape.and_then(|escape| unescape(escape, &mut letters)) {
                        Some(meant) => unescaped.push(meant),
                        None => {
                            return self.fail(start + 1 + place, "an escape is not one that FHIRPath knows");
                        }
                    }
                }
                letter => unescaped.push(letter),
            }
        }
        self.fail(start, "the text does not end")
    }
}

/// The character that an escape stands for; halves of surrogate pairs stand for none.
fn unescape(escape: char, letters: &mut std::str::CharIndices<'_>) -> Option<char> {
    match escape {
        'n' => Some('\n'),
        'r' => Some('\r'),
        't' => Some('\t'),
        'f' => Some('\u{c}'),
        '\\' | '/' | '\'' | '"' | '`' => Some(escape),
        'u' => {
            let mut code = 0;
            for _ in 0..4 {
                code = code * 16 + letters.next()?.1.to_digit(16)?;
            }
            char::from_u32(code)
        }
        _ => None,
    }
}
