//! Does this regular expression occur in the text?
//!
//! <https://hl7.org/fhirpath/N1/#matchesregex--string--boolean> asks for PCRE, of which this is the part that runs in
//! linear time: no look-around, no back references. Patterns that were read are kept, since invariants use
//! few of them again and again.

use std::cell::RefCell;
use std::rc::Rc;

use regex::{Regex, RegexBuilder};

use crate::failure::Failure;
use crate::limits::{PATTERN_BYTES_MAX, PATTERN_LENGTH_MAX, PATTERNS_KEPT_MAX, TEXT_LENGTH_MAX};

/// A regular expression, ready to run.
#[derive(Clone)]
pub(crate) struct Pattern {
    /// Shared, because a clone of a `Regex` begins with an empty cache, which costs more than most matches.
    regex: Rc<Regex>,
}

struct Kept {
    text: String,
    flags: String,
    pattern: Pattern,
}

thread_local! {
    /// The patterns used last, the most recent at the end.
    static KEPT: RefCell<Vec<Kept>> = const { RefCell::new(Vec::new()) };
}

impl Pattern {
    /// Reads a pattern, or finds it among those that were read before. Flags are `i` and `m`.
    pub(crate) fn new(text: &str, flags: &str) -> Result<Self, Failure> {
        KEPT.with_borrow_mut(|kept| {
            if let Some(found) = kept.iter().find(|kept| kept.text == text && kept.flags == flags) {
                return Ok(found.pattern.clone());
            }
            let pattern = Self::compile(text, flags)?;
            if kept.len() == PATTERNS_KEPT_MAX {
                kept.remove(0);
            }
            kept.push(Kept { text: text.to_owned(), flags: flags.to_owned(), pattern: pattern.clone() });
            Ok(pattern)
        })
    }

    /// Whether the pattern occurs in the text.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// The text with every occurrence replaced; `$1` and `${name}` stand for groups.
    pub(crate) fn replace(&self, text: &str, substitution: &str) -> Result<String, Failure> {
        let mut replaced = String::new();
        let mut rest = 0;
        for found in self.regex.captures_iter(text) {
            let whole = found.get_match();
            replaced.push_str(&text[rest..whole.start()]);
            found.expand(substitution, &mut replaced);
            rest = whole.end();
            if replaced.len() > TEXT_LENGTH_MAX {
                return Err(Failure::TooCostly("TEXT_LENGTH_MAX"));
            }
        }
        replaced.push_str(&text[rest..]);
        Ok(replaced)
    }

    fn compile(text: &str, flags: &str) -> Result<Self, Failure> {
        if text.len() > PATTERN_LENGTH_MAX {
            return Err(Failure::TooCostly("PATTERN_LENGTH_MAX"));
        }
        if let Some(flag) = flags.chars().find(|flag| !matches!(flag, 'i' | 'm')) {
            return Err(Failure::Execution(format!("cannot match with the flag `{flag}`, expected i or m")));
        }
        let built = RegexBuilder::new(&portable(text))
            .dot_matches_new_line(true)
            .case_insensitive(flags.contains('i'))
            .multi_line(flags.contains('m'))
            .size_limit(PATTERN_BYTES_MAX)
            .build();
        match built {
            Ok(regex) => Ok(Self { regex: Rc::new(regex) }),
            Err(regex::Error::CompiledTooBig(_)) => Err(Failure::TooCostly("PATTERN_BYTES_MAX")),
            Err(_) => Err(Failure::Execution(format!("cannot read `{text}` as a regular expression"))),
        }
    }
}

/// Escapes what has a meaning within brackets to the library and to nobody else: `[`, `&&`, `--` and `~~`.
fn portable(pattern: &str) -> String {
    let mut portable = String::with_capacity(pattern.len());
    let mut letters = pattern.chars().peekable();
    // The characters since a bracket was opened.
    let mut inside: Option<usize> = None;
    while let Some(letter) = letters.next() {
        let doubled =
            inside.is_some() && matches!(letter, '&' | '~' | '-') && letters.peek() == Some(&letter);
        match (letter, inside) {
            ('\\', _) => {
                portable.push(letter);
                portable.extend(letters.next());
                inside = inside.map(|_| 2);
                continue;
            }
            ('[', None) => {
                inside = Some(0);
                portable.push(letter);
                continue;
            }
            ('[', Some(_)) if letters.peek() != Some(&':') => portable.push('\\'),
            (']', Some(since)) if since > 0 => inside = None,
            _ if doubled => portable.push('\\'),
            _ => {}
        }
        portable.push(letter);
        inside = inside.map(|since| if since == 0 && letter == '^' { 0 } else { since + 1 });
    }
    portable
}
