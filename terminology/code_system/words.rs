//! Which concepts have these words in their names?
//!
//! The `filter` of <https://hl7.org/fhir/R4/valueset-operation-expand.html> over a large code system: all words in
//! order, each with the places of the concepts that have it as the steps from one to the next. A word that is asked
//! for stands for all that begin with it. Codes are found by their beginning in a list of their own.

use std::cmp::Ordering;
use std::collections::HashMap;

use super::{CodeSystem, folded};
use crate::concept_set::Bits;

/// Which names are looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Names {
    /// Displays alone.
    Displays,
    /// Displays and all designations.
    All,
}

/// Where each word stands, and the codes in order.
pub(super) struct Words {
    pub(super) displays: Postings,
    pub(super) designations: Postings,
    /// Every concept, in the order of its code in lower case.
    pub(super) by_code: Box<[u32]>,
}

/// Words with their places.
#[derive(Default)]
pub(super) struct Postings {
    /// All words, in order, one behind the other.
    pub(super) text: Box<str>,
    /// Where in the text each word begins; and where the last ends.
    pub(super) starts: Box<[u32]>,
    /// Where in `steps` those of each word begin; and where the last end.
    pub(super) firsts: Box<[u32]>,
    /// From each place to the next, seven bits to a byte, the lowest first.
    pub(super) steps: Box<[u8]>,
}

impl CodeSystem {
    /// The concepts of which every word, in lower case, begins a word of a name or the code.
    pub fn named(&self, words: &[String], names: Names) -> Bits {
        let index = self.words.get_or_init(|| Words::of(self));
        let mut found = Bits::all(self.len());
        for word in words {
            let mut bits = Bits::none(self.len());
            index.displays.begin_with(word, &mut bits);
            if names == Names::All {
                index.designations.begin_with(word, &mut bits);
            }
            for place in index.codes_that_begin_with(self, word) {
                bits.insert(*place);
            }
            found = found.and(&bits);
        }
        found
    }

    /// The concepts from a code in lower case on, in the order of their codes in lower case.
    pub(crate) fn ordered_from(&self, from: &str) -> &[u32] {
        let index = self.words.get_or_init(|| Words::of(self));
        let begin = index.by_code.partition_point(|place| order(self.code(*place), from) == Ordering::Less);
        index.by_code.get(begin..).unwrap_or_default()
    }

    /// The concepts whose codes are this in lower case.
    pub(crate) fn spelled(&self, lower: &str) -> impl Iterator<Item = u32> {
        let places = self.ordered_from(lower).iter().copied();
        places.take_while(move |place| order(self.code(*place), lower) == Ordering::Equal)
    }
}

/// Where a code in lower case stands to another that is.
fn order(code: &str, lower: &str) -> Ordering {
    code.chars().flat_map(char::to_lowercase).cmp(lower.chars())
}

/// The words of a text, as it has them.
pub(crate) fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty())
}

impl Words {
    /// Those of a code system.
    pub(super) fn of(table: &CodeSystem) -> Self {
        let places = || (0..table.len()).filter_map(|place| u32::try_from(place).ok());
        let (mut displays, mut designations) = (Gathering::default(), Gathering::default());
        for place in places() {
            displays.add(place, table.display(place).unwrap_or_default());
            let code = table.code(place);
            // A code of one piece is found by the list; of others, each piece is a word.
            if !code.chars().all(char::is_alphanumeric) {
                displays.add(place, code);
            }
            table.designations(place).for_each(|it| designations.add(place, it.value));
        }
        let mut by_code: Vec<(String, u32)> =
            places().map(|place| (folded(table.code(place)), place)).collect();
        by_code.sort_unstable();
        Self {
            displays: displays.ordered(),
            designations: designations.ordered(),
            by_code: by_code.into_iter().map(|(_, place)| place).collect(),
        }
    }

    pub(super) fn bytes(&self) -> usize {
        self.displays.bytes() + self.designations.bytes() + size_of_val(&*self.by_code)
    }

    fn codes_that_begin_with(&self, table: &CodeSystem, start: &str) -> &[u32] {
        let begin = self.by_code.partition_point(|place| folded(table.code(*place)).as_str() < start);
        let rest = self.by_code.get(begin..).unwrap_or_default();
        let length = rest.partition_point(|place| folded(table.code(*place)).starts_with(start));
        &rest[..length]
    }
}

/// Words on their way into order.
#[derive(Default)]
struct Gathering {
    numbers: HashMap<Box<str>, u32>,
    /// Word and place.
    pairs: Vec<(u32, u32)>,
}

impl Gathering {
    fn add(&mut self, place: u32, name: &str) {
        let name = name.to_lowercase();
        for word in cut(&name) {
            let next = u32::try_from(self.numbers.len()).unwrap_or(u32::MAX);
            let number = match self.numbers.get(word) {
                Some(number) => *number,
                None => *self.numbers.entry(word.into()).or_insert(next),
            };
            self.pairs.push((number, place));
        }
    }

    fn ordered(self) -> Postings {
        let mut words: Vec<(Box<str>, u32)> = self.numbers.into_iter().collect();
        words.sort_unstable();
        let mut ranks = vec![0; words.len()];
        for (rank, (_, number)) in words.iter().enumerate() {
            ranks[*number as usize] = u32::try_from(rank).unwrap_or(u32::MAX);
        }
        let mut pairs = self.pairs;
        pairs.iter_mut().for_each(|(word, _)| *word = ranks[*word as usize]);
        pairs.sort_unstable();
        pairs.dedup();
        let (mut text, mut starts) = (String::new(), vec![0]);
        let (mut steps, mut firsts) = (Vec::new(), vec![0]);
        let mut pairs = pairs.into_iter().peekable();
        for (rank, (word, _)) in words.iter().enumerate() {
            text.push_str(word);
            starts.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
            let mut before = 0;
            while let Some((_, place)) = pairs.next_if(|(of, _)| *of as usize == rank) {
                put(&mut steps, place - before);
                before = place;
            }
            firsts.push(u32::try_from(steps.len()).unwrap_or(u32::MAX));
        }
        Postings { text: text.into(), starts: starts.into(), firsts: firsts.into(), steps: steps.into() }
    }
}

impl Postings {
    /// Adds the places of every word that begins so.
    fn begin_with(&self, start: &str, found: &mut Bits) {
        let count = self.starts.len().saturating_sub(1);
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = usize::midpoint(low, high);
            if self.word(middle) < start { low = middle + 1 } else { high = middle }
        }
        for word in (low..count).take_while(|word| self.word(*word).starts_with(start)) {
            let bounds = self.firsts.get(word).zip(self.firsts.get(word + 1));
            let steps = bounds.and_then(|(start, end)| self.steps.get(*start as usize..*end as usize));
            walk(steps.unwrap_or_default(), |place| _ = found.insert(place));
        }
    }

    fn word(&self, number: usize) -> &str {
        let bounds = self.starts.get(number).zip(self.starts.get(number + 1));
        bounds.and_then(|(start, end)| self.text.get(*start as usize..*end as usize)).unwrap_or_default()
    }

    pub(super) fn bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.starts) + size_of_val(&*self.firsts) + self.steps.len()
    }
}

fn put(steps: &mut Vec<u8>, mut step: u32) {
    loop {
        let low = u8::try_from(step & 0x7f).unwrap_or_default();
        step >>= 7;
        if step == 0 {
            return steps.push(low);
        }
        steps.push(low | 0x80);
    }
}

fn walk(steps: &[u8], mut each: impl FnMut(u32)) {
    let (mut place, mut step, mut shift) = (0_u32, 0_u32, 0);
    for byte in steps {
        step |= u32::from(byte & 0x7f).checked_shl(shift).unwrap_or_default();
        if byte & 0x80 != 0 {
            shift += 7;
            continue;
        }
        place = place.wrapping_add(step);
        each(place);
        (step, shift) = (0, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::code_system::{About, Builder, Designation};

    /// Holds the codes that are found by words against those that are expected.
    fn check(words: &str, names: Names, expected: &str) {
        let mut builder = Builder::new(About { case_sensitive: true, ..About::default() });
        for (code, display, other) in [
            ("A1", "Heart attack", "Herzinfarkt"),
            ("b-22", "Chest, heart of", ""),
            ("a100", "Äpfel", "Apples"),
        ] {
            let place = builder.add(code, Some(display)).expect("within the limits");
            let designation = Designation { language: "de", purpose: "", value: other };
            builder.designate(place, designation).expect("within the limits");
        }
        let table = builder.finish();
        let words: Vec<String> = cut(words).map(str::to_lowercase).collect();
        let found: Vec<_> = table.named(&words, names).iter().map(|place| table.code(place)).collect();
        assert_eq!(found.join(" "), expected, "{words:?}");
    }

    #[test]
    fn every_word_begins_a_word_of_a_name() {
        check("hea", Names::Displays, "A1 b-22");
        check("HEART att", Names::Displays, "A1");
        check("eart", Names::Displays, "");
        check("äp", Names::Displays, "a100");
        check("", Names::Displays, "A1 b-22 a100");
    }

    #[test]
    fn designations_count_where_they_are_asked_for() {
        check("herz", Names::Displays, "");
        check("herz", Names::All, "A1");
        check("herz heart", Names::All, "A1");
    }

    #[test]
    fn a_code_is_found_by_its_beginning_in_any_case() {
        check("a1", Names::Displays, "A1 a100");
        check("A10", Names::Displays, "a100");
        check("b-22", Names::Displays, "b-22");
        check("22", Names::Displays, "b-22");
    }

    #[test]
    fn steps_of_any_length_are_walked_as_they_were_put() {
        let places = [0, 1, 127, 128, 300, 16_384, 2_097_152, u32::MAX];
        let mut steps = Vec::new();
        let mut before = 0;
        for place in places {
            put(&mut steps, place - before);
            before = place;
        }
        let mut walked = Vec::new();
        walk(&steps, |place| walked.push(place));
        assert_eq!(walked, places);
    }
}
