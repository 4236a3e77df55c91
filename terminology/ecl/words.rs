//! Is a text like the one that is looked for?
//!
//! By words in any order, as a whole with `*`, or exactly: section 6.8 of <http://snomed.org/ecl>. Case does not
//! count, and a letter without a mark also finds the one with a mark, but not the other way round (section
//! 5.5), unless the marked letter is one of its own in the language of the text. Contractions such as the
//! Danish `aa` are not looked through, and marks that stand as characters of their own are passed over.

use super::tree::{SearchMode, SearchTerm};

/// What to look for.
pub(super) enum Pattern {
    /// Words that must each begin a word of the text.
    Words(Vec<Vec<char>>),
    /// The whole text; `None` stands for any characters.
    Wild(Vec<Option<char>>),
    /// The whole text, letter by letter.
    Exact(String),
}

/// A letter of a text in lower case, and what it is without its mark.
type Letter = (char, char);

impl Pattern {
    /// For texts in which words are looked for unless the term says otherwise.
    pub(super) fn of_words(term: &SearchTerm) -> Self {
        match term.mode {
            SearchMode::Usual | SearchMode::Match => {
                let text = plain(&term.written);
                Self::Words(text.split_whitespace().map(|word| lower(word).collect()).collect())
            }
            SearchMode::Wild => Self::Wild(wild(&term.written)),
        }
    }

    /// For values that are compared exactly unless the term says otherwise.
    pub(super) fn of_value(term: &SearchTerm) -> Self {
        match term.mode {
            SearchMode::Usual => Self::Exact(plain(&term.written)),
            SearchMode::Match | SearchMode::Wild => Self::of_words(term),
        }
    }

    /// Whether a text in a language is such.
    pub(super) fn matches(&self, text: &str, language: &str) -> bool {
        if let Self::Exact(wanted) = self {
            return wanted == text;
        }
        // Most texts are plain, and then each byte is a letter without a mark.
        if text.is_ascii() {
            let bytes = text.as_bytes();
            return self.fits(bytes.len(), |place| {
                let letter = char::from(bytes[place].to_ascii_lowercase());
                (letter, letter)
            });
        }
        let letters = letters(text, language);
        self.fits(letters.len(), |place| letters[place])
    }

    fn fits(&self, length: usize, letter: impl Fn(usize) -> Letter) -> bool {
        match self {
            Self::Words(words) => words.iter().all(|word| begins_a_word(length, &letter, word)),
            Self::Wild(pattern) => is_like(length, &letter, pattern),
            Self::Exact(_) => false,
        }
    }

    /// How much work a comparison with a text is, in steps.
    pub(super) fn cost(&self, text: &str) -> usize {
        let parts = match self {
            Self::Words(words) => words.len(),
            Self::Wild(pattern) => pattern.iter().filter(|letter| letter.is_none()).count(),
            Self::Exact(_) => 0,
        };
        1 + (1 + parts) * text.len() / 64
    }
}

/// The text that is meant by one with `\` in it.
fn plain(written: &str) -> String {
    let mut letters = written.chars();
    let mut text = String::with_capacity(written.len());
    while let Some(letter) = letters.next() {
        text.extend(if letter == '\\' { letters.next() } else { Some(letter) });
    }
    text
}

fn wild(written: &str) -> Vec<Option<char>> {
    let mut pattern = Vec::new();
    let mut letters = written.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '*' => pattern.push(None),
            '\\' => pattern.extend(letters.next().map(Some)),
            letter => pattern.extend(letter.to_lowercase().filter(|letter| !is_mark(*letter)).map(Some)),
        }
    }
    pattern
}

fn lower(text: &str) -> impl Iterator<Item = char> + '_ {
    text.chars().flat_map(char::to_lowercase).filter(|letter| !is_mark(*letter))
}

fn letters(text: &str, language: &str) -> Vec<Letter> {
    let own = OWN_LETTERS.iter().find(|(known, _)| *known == language).map_or("", |(_, own)| own);
    lower(text).map(|letter| (letter, if own.contains(letter) { letter } else { unmarked(letter) })).collect()
}

fn is_same(letter: Letter, wanted: char) -> bool {
    letter.0 == wanted || letter.1 == wanted
}

/// Whether a word of the text, or what follows a sign in one, begins so.
fn begins_a_word(length: usize, letter: impl Fn(usize) -> Letter, word: &[char]) -> bool {
    let Some(last) = length.checked_sub(word.len()) else { return false };
    let is_start = |place: usize| place == 0 || !letter(place - 1).0.is_alphanumeric();
    let is_word = |place: usize| (place..).zip(word).all(|(place, wanted)| is_same(letter(place), *wanted));
    (0..=last).any(|place| is_word(place) && is_start(place))
}

/// Whether the whole text fits; a `*` takes as little as lets the rest fit.
fn is_like(length: usize, letter: impl Fn(usize) -> Letter, pattern: &[Option<char>]) -> bool {
    let (mut place, mut step) = (0, 0);
    // Where the last `*` stands, and up to where it takes the text.
    let mut star: Option<(usize, usize)> = None;
    while place < length {
        match pattern.get(step) {
            Some(None) => {
                star = Some((step, place));
                step += 1;
            }
            Some(Some(wanted)) if is_same(letter(place), *wanted) => {
                place += 1;
                step += 1;
            }
            _ => {
                let Some((at, taken)) = star else { return false };
                star = Some((at, taken + 1));
                place = taken + 1;
                step = at + 1;
            }
        }
    }
    pattern[step..].iter().all(Option::is_none)
}

/// Whether a character is a mark upon the letter before it.
fn is_mark(letter: char) -> bool {
    ('\u{300}'..='\u{36f}').contains(&letter)
}

/// Letters that a language does not take for marked ones.
const OWN_LETTERS: &[(&str, &str)] = &[
    ("da", "åäæöø"),
    ("es", "ñ"),
    ("et", "õäöüšž"),
    ("fi", "åäæöø"),
    ("nb", "åäæöø"),
    ("nn", "åäæöø"),
    ("no", "åäæöø"),
    ("sv", "åäæöø"),
];

/// The letters of Latin scripts that carry marks, by the letter that carries them.
const MARKED: &[(char, &str)] = &[
    ('a', "àáâãäåāăąǎȁȃȧạảấầẩẫậắằẳẵặ"),
    ('c', "çćĉċč"),
    ('d', "ďđḍ"),
    ('e', "èéêëēĕėęěȅȇȩẹẻẽếềểễệ"),
    ('g', "ĝğġģǧ"),
    ('h', "ĥħḥ"),
    ('i', "ìíîïĩīĭįǐȉȋịỉ"),
    ('j', "ĵ"),
    ('k', "ķǩ"),
    ('l', "ĺļľŀł"),
    ('n', "ñńņňŉǹ"),
    ('o', "òóôõöøōŏőǒȍȏȯọỏốồổỗộớờởỡợơ"),
    ('r', "ŕŗřȑȓ"),
    ('s', "śŝşšșṣ"),
    ('t', "ţťŧțṭ"),
    ('u', "ùúûüũūŭůűųǔȕȗụủứừửữựư"),
    ('w', "ŵẁẃẅ"),
    ('y', "ýÿŷỳỵỷỹ"),
    ('z', "źżžẓ"),
];

fn unmarked(letter: char) -> char {
    if letter.is_ascii() {
        return letter;
    }
    MARKED.iter().find(|(_, marked)| marked.contains(letter)).map_or(letter, |(base, _)| *base)
}
