//! Does this text begin so?
//!
//! <https://hl7.org/fhir/R4/search.html#string>: a text is found by its beginning, whatever its case, accents,
//! punctuation and spaces; by any part of it with `:contains`; by all of it as written with `:exact`. Of a
//! HumanName or Address each part is a text of its own.
//!
//! Only the first [`TEXT_BYTES_MAX`] bytes of a text are known, in resources and URLs alike.

use model::letters::plain;
use model::{Issue, Text, Value};
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use super::token::{refuse_modifier, refuse_value};
use super::{Asked, Element, Sink, unescape};
use crate::condition::{Condition, Test};
use crate::limits::{KEY_BYTES_MAX, TEXT_BYTES_MAX};
use crate::rows::{Indexed, ParameterId, key_text};
use crate::scan::{Index, Part, Range};

/// The parts of a HumanName that it is found by: <https://hl7.org/fhir/R4/datatypes.html#HumanName>.
const NAME_PARTS: [&str; 5] = ["family", "given", "prefix", "suffix", "text"];

/// The parts of an Address that it is found by: <https://hl7.org/fhir/R4/datatypes.html#Address>.
const ADDRESS_PARTS: [&str; 7] = ["line", "city", "district", "state", "postalCode", "country", "text"];

/// The highest class of marks without which a letter is another one, as a vowel killer or a voicing sound.
const ESSENTIAL_MARKS: u8 = 9;

/// A test of a string.
#[derive(Clone, Debug, PartialEq)]
pub enum StringTest {
    /// It begins with this folded text.
    Prefix(Text),
    /// It is this, as written.
    Exact(Text),
    /// This folded text is a part of it.
    Contains(Text),
    /// Folded, it is this.
    Whole(Text),
    /// It ends with this folded text.
    End(Text),
    /// Folded, it comes before or after this folded text, letter by letter.
    Ordered(Place, Text),
}

/// Where a text comes in the order of letters, seen from another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind it.
    After,
    /// It is the same or comes behind it.
    NotBefore,
    /// Before it.
    Before,
    /// It is the same or comes before it.
    NotAfter,
}

impl Place {
    /// Whether `text` comes there, seen from `other`.
    fn holds(self, text: &str, other: &str) -> bool {
        match self {
            Place::After => text > other,
            Place::NotBefore => text >= other,
            Place::Before => text < other,
            Place::NotAfter => text <= other,
        }
    }
}

impl StringTest {
    /// Whether a text begins with `text`, both folded.
    pub fn prefix(text: &str) -> Self {
        StringTest::Prefix(fold(cut(text)))
    }

    /// Whether a text is `text`, both folded; none when nothing is left of it to look for.
    pub fn whole(text: &str) -> Option<Self> {
        Some(StringTest::Whole(fold(cut(text)))).filter(StringTest::has_letters)
    }

    /// Whether a text ends with `text`, both folded; none when nothing is left of it to look for.
    pub fn end(text: &str) -> Option<Self> {
        Some(StringTest::End(fold(cut(text)))).filter(StringTest::has_letters)
    }

    /// Whether a text comes before or after `text`, both folded; none when nothing is left of it to look for.
    pub fn ordered(place: Place, text: &str) -> Option<Self> {
        Some(StringTest::Ordered(place, fold(cut(text)))).filter(StringTest::has_letters)
    }

    /// Whether a text, as written, passes.
    pub fn holds(&self, text: &str) -> bool {
        match self {
            StringTest::Prefix(wanted) => fold(text).starts_with(wanted.as_str()),
            StringTest::Exact(wanted) => text == wanted,
            StringTest::Contains(wanted) => fold(text).contains(wanted.as_str()),
            StringTest::Whole(wanted) => fold(text) == *wanted,
            StringTest::End(wanted) => fold(text).ends_with(wanted.as_str()),
            StringTest::Ordered(place, wanted) => place.holds(&fold(text), wanted),
        }
    }

    /// Whether there is something to look for, which not everything would have.
    fn has_letters(&self) -> bool {
        let (StringTest::Prefix(wanted)
        | StringTest::Exact(wanted)
        | StringTest::Contains(wanted)
        | StringTest::Whole(wanted)
        | StringTest::End(wanted)
        | StringTest::Ordered(_, wanted)) = self;
        !wanted.is_empty()
    }
}

/// What one value asks for.
pub fn parse(asked: &Asked<'_>) -> Result<Condition, Issue> {
    if !matches!(asked.modifier, None | Some("contains" | "exact")) {
        return Err(refuse_modifier(asked, "`:contains`, `:exact`, `:missing` or none"));
    }
    let test = read(asked.modifier, &unescape(asked.value));
    let test = test.ok_or_else(|| refuse_value(asked, "a text with at least one letter or digit"))?;
    Ok(asked.clause(Test::String(test)))
}

/// The rows that an element becomes.
pub fn index(element: &Element<'_>, sink: &mut Sink<'_>) {
    let parts: &[&str] = match element.type_name {
        "HumanName" => &NAME_PARTS,
        "Address" => &ADDRESS_PARTS,
        // Some parameters of R4 select an extension and mean what it says.
        "Extension" => &["valueString"],
        "string" | "markdown" | "code" | "id" => return push(element.value, sink),
        _ => return,
    };
    for part in parts.iter().filter_map(|name| element.value.get(name)) {
        push(part, sink);
        part.items().iter().for_each(|item| push(item, sink));
    }
}

/// Where candidates stand, and whether no others stand there.
pub fn ranges(test: &StringTest, parameter: ParameterId) -> Option<(Vec<Range>, bool)> {
    let index = Index::Strings;
    Some(match test {
        StringTest::Prefix(wanted) => {
            let from = key_text(wanted);
            let below = after(&from).map(Part::Text);
            let exact = wanted.len() <= KEY_BYTES_MAX;
            (vec![Range { index, parameter, prefix: Vec::new(), from: Some(Part::Text(from)), below }], exact)
        }
        StringTest::Exact(wanted) => {
            let key = Part::Text(key_text(&fold(wanted)));
            (vec![Range::equal(index, parameter, vec![key])], false)
        }
        StringTest::Whole(wanted) => {
            (vec![Range::equal(index, parameter, vec![Part::Text(key_text(wanted))])], false)
        }
        StringTest::Contains(_) | StringTest::End(_) => (vec![Range::whole(index, parameter)], false),
        StringTest::Ordered(place, wanted) => {
            // Texts that differ only beyond a key stand in one place.
            let key = key_text(wanted);
            let behind = || Part::Text([&key, "\u{1}"].concat().into());
            let (from, below) = match place {
                Place::After | Place::NotBefore => (Some(Part::Text(key.clone())), None),
                Place::Before | Place::NotAfter => (None, Some(behind())),
            };
            (vec![Range { index, parameter, prefix: Vec::new(), from, below }], false)
        }
    })
}

/// A text without case, accents, punctuation and spare spaces: what begins alike is folded to what begins alike.
///
/// Apostrophes and full stops vanish, so that `O'Brien` is `OBrien`; other punctuation is a space, so that
/// `Smith-Jones` is `Smith Jones`.
pub fn fold(text: &str) -> Text {
    let mut folded = Folded { text: Text::with_capacity(text.len()), has_gap: false };
    if text.is_ascii() {
        // Nearly every text is, and all are folded on their way into the index.
        text.bytes().for_each(|byte| folded.put(char::from(byte.to_ascii_lowercase())));
        return folded.text;
    }
    // Unicode takes an accent that stands for an apostrophe apart into a space and a mark.
    let letters = text.chars().filter(|it| *it != '\u{b4}');
    let letters = letters.nfkd().filter(|it| canonical_combining_class(*it) <= ESSENTIAL_MARKS);
    for letter in letters.flat_map(char::to_lowercase) {
        match plain(letter) {
            Some(plain) => plain.chars().for_each(|it| folded.put(it)),
            None => folded.put(letter),
        }
    }
    folded.text
}

/// Reads a value; none when nothing is left of it to look for, which everything would begin with.
fn read(modifier: Option<&str>, text: &str) -> Option<StringTest> {
    let text = cut(text);
    let test = match modifier {
        Some("exact") => StringTest::Exact(text.into()),
        Some("contains") => StringTest::Contains(fold(text)),
        _ => StringTest::prefix(text),
    };
    Some(test).filter(StringTest::has_letters)
}

fn push(value: &Value, sink: &mut Sink<'_>) {
    if let Some(text) = value.as_str().map(cut).filter(|text| !text.is_empty()) {
        sink.push(Indexed::String(text.into()));
    }
}

/// What is known of a text.
fn cut(text: &str) -> &str {
    &text[..text.floor_char_boundary(TEXT_BYTES_MAX)]
}

/// The least text that comes after all that begin with `prefix`; none when there is no such text.
fn after(prefix: &str) -> Option<Text> {
    let mut letters = prefix.chars();
    while let Some(last) = letters.next_back() {
        if let Some(next) = (last..=char::MAX).nth(1) {
            let mut text = Text::from(letters.as_str());
            text.push(next);
            return Some(text);
        }
    }
    None
}

/// A folded text as it grows.
struct Folded {
    text: Text,
    /// Whether a space belongs before the next letter.
    has_gap: bool,
}

impl Folded {
    fn put(&mut self, letter: char) {
        match weight(letter) {
            Weight::None => {}
            Weight::Gap => self.has_gap = true,
            Weight::Letter => {
                if self.has_gap && !self.text.is_empty() {
                    self.text.push(' ');
                }
                self.has_gap = false;
                self.text.push(letter);
            }
        }
    }
}

/// What a character counts for.
enum Weight {
    None,
    Gap,
    Letter,
}

fn weight(letter: char) -> Weight {
    match letter {
        'a'..='z' | '0'..='9' => Weight::Letter,
        // Apostrophes and what stands for them, full stops, and what is not seen at all.
        '\'' | '.' | '`' | '\u{2bb}'..='\u{2bd}' | '\u{2018}'..='\u{201b}' | '\u{2032}' => Weight::None,
        '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => Weight::None,
        '!'..='#' | '%'..='*' | ',' | '-' | '/' | ':' | ';' | '?' | '@' | '['..=']' | '_' | '{' | '}' => {
            Weight::Gap
        }
        '\u{a1}' | '\u{a7}' | '\u{ab}' | '\u{b6}' | '\u{b7}' | '\u{bb}' | '\u{bf}' => Weight::Gap,
        // Punctuation of Armenian, Hebrew, Arabic and Devanagari; that of all scripts; and of Chinese and Japanese.
        '\u{55a}'..='\u{55f}' | '\u{589}' | '\u{58a}' | '\u{5be}' | '\u{5f3}' | '\u{5f4}' => Weight::Gap,
        '\u{60c}' | '\u{61b}' | '\u{61f}' | '\u{66a}'..='\u{66d}' | '\u{6d4}' | '\u{964}' | '\u{965}' => {
            Weight::Gap
        }
        '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}' | '\u{2e00}'..='\u{2e5d}' => Weight::Gap,
        '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}' | '\u{30fb}' => {
            Weight::Gap
        }
        _ if letter.is_whitespace() || letter.is_control() => Weight::Gap,
        _ => Weight::Letter,
    }
}

#[cfg(test)]
mod tests;
