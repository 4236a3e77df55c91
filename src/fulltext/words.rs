//! Which words is this text made of?
//!
//! Letters and digits that stand together, in lower case and without accents, as FHIR compares strings:
//! <https://hl7.org/fhir/R4/search.html#string>. Apostrophes are passed over, everything else parts words. In scripts
//! that write no spaces each letter is a word of its own, so that what is looked for is found as a phrase.

use model::letters::plain;
use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::canonical_combining_class;

use crate::limits::WORD_BYTES_MAX;

/// The highest class of marks without which a letter is another one, as a vowel killer or a voicing sound.
const ESSENTIAL_MARKS: u8 = 9;

/// The words of a text, one after the other.
#[derive(Clone, Debug, Default)]
pub struct Words {
    text: String,
    /// Where each word ends.
    ends: Vec<usize>,
    /// How the word that is read goes on.
    open: Open,
}

/// What becomes of the next letter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Open {
    /// It begins a word.
    #[default]
    No,
    /// It belongs to the word before.
    Yes,
    /// Only a mark belongs to the letter before, which is a word.
    ForMarks,
}

impl Words {
    /// Takes a text apart.
    pub fn of(text: &str) -> Self {
        let mut words = Self::default();
        words.read(text);
        words
    }

    /// Takes another text apart, in the same memory.
    pub fn read(&mut self, text: &str) {
        self.text.clear();
        self.ends.clear();
        self.open = Open::No;
        match text.is_ascii() {
            true => text.bytes().for_each(|byte| self.take(char::from(byte.to_ascii_lowercase()))),
            false => self.read_letters(text),
        }
        self.close();
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.ends.len()
    }

    /// The word at a place.
    pub fn get(&self, place: usize) -> Option<&str> {
        let end = *self.ends.get(place)?;
        let start = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        Some(&self.text[start..end])
    }

    /// All of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        (0..self.count()).filter_map(|place| self.get(place))
    }

    fn read_letters(&mut self, text: &str) {
        for letter in text.nfkd().flat_map(char::to_lowercase) {
            match plain(letter) {
                Some(plain) => plain.chars().for_each(|it| self.take(it)),
                None => self.take(letter),
            }
        }
    }

    fn take(&mut self, letter: char) {
        let class = if letter.is_ascii() { 0 } else { canonical_combining_class(letter) };
        match letter {
            _ if class > ESSENTIAL_MARKS || is_passed_over(letter) => {}
            _ if class > 0 => self.push(letter),
            _ if !letter.is_alphanumeric() => self.close(),
            _ if is_unspaced(letter) => {
                self.close();
                self.push(letter);
                self.open = Open::ForMarks;
            }
            _ => {
                if self.open == Open::ForMarks {
                    self.close();
                }
                self.push(letter);
                self.open = Open::Yes;
            }
        }
    }

    fn push(&mut self, letter: char) {
        let start = self.ends.last().copied().unwrap_or_default();
        if self.text.len() - start + letter.len_utf8() <= WORD_BYTES_MAX {
            self.text.push(letter);
        }
    }

    fn close(&mut self) {
        if self.text.len() > self.ends.last().copied().unwrap_or_default() {
            self.ends.push(self.text.len());
        }
        self.open = Open::No;
    }
}

/// Apostrophes and what stands for them, and what is not seen at all.
fn is_passed_over(letter: char) -> bool {
    matches!(letter, '\'' | '`' | '\u{2bb}'..='\u{2bd}' | '\u{2018}'..='\u{201b}' | '\u{2032}')
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

/// Letters of scripts that put no spaces between words: Thai and its neighbours, Chinese and Japanese.
fn is_unspaced(letter: char) -> bool {
    matches!(letter, '\u{e01}'..='\u{edf}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}')
        || matches!(letter, '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}')
        || matches!(letter, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(Words::of(text).iter().collect::<Vec<_>>().join(" "), expected, "{text}");
    }

    #[test]
    fn words_are_letters_and_digits_without_case_and_accents() {
        check("", "");
        check(" -- ", "");
        check("Chest pain, since 2019-05.", "chest pain since 2019 05");
        check("E11.9", "e11 9");
        check("Ménière's disease", "menieres disease");
        check("O\u{2019}Brien", "obrien");
        check("STRASSE Straße", "strasse strasse");
        check("ΟΔΥΣΣΕΥΣ ὀδυσσεύς", "οδυσσευσ οδυσσευσ");
        check("ﬁbrosis²", "fibrosis2");
    }

    #[test]
    fn scripts_without_spaces_have_a_word_a_letter() {
        check("糖尿病 type2", "糖 尿 病 type2");
        check("が", "か\u{3099}");
        check("mg単位", "mg 単 位");
    }

    #[test]
    fn a_word_is_compared_by_its_beginning() {
        let long = "x".repeat(WORD_BYTES_MAX);
        check(&format!("{long}yz a"), &format!("{long} a"));
    }

    proptest! {
        #[test]
        fn what_was_taken_apart_stays_as_it_is(text in "\\PC{0,40}") {
            let words = Words::of(&text).iter().collect::<Vec<_>>().join(" ");
            check(&words, &words);
        }

        #[test]
        fn ascii_is_read_as_any_text_is(text in "[ -~]{0,40}") {
            let mut slowly = Words::default();
            slowly.read_letters(&text);
            slowly.close();
            let quickly = Words::of(&text);
            prop_assert!(slowly.iter().eq(quickly.iter()));
        }
    }
}
