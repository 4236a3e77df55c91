//! Which codes do these words mean, and which of them first?
//!
//! The `filter` of <https://hl7.org/fhir/R4/valueset-operation-expand.html>: every word must begin a word of the display,
//! of another name or of the code, in any order. FHIR leaves the order of what is found to the server: what is called
//! exactly so comes first, then what begins so, then what holds the words whole, then all else; of equals the shorter.

use model::{Code, Issue};

use super::Expand;
use crate::limits::FILTER_LENGTH_MAX;
use crate::value_set::Part;

/// Words that are looked for.
pub(super) struct Words {
    all: Vec<String>,
}

/// How well a code meets the words; less is better.
pub(super) type Rank = (u8, usize);

impl Words {
    /// Of a filter; of none, no words.
    pub(super) fn new(filter: Option<&str>) -> Result<Self, Vec<Issue>> {
        let filter = filter.unwrap_or_default();
        if filter.len() > FILTER_LENGTH_MAX {
            let message = format!("the filter is longer than the limit of {FILTER_LENGTH_MAX} characters");
            return Err(vec![Issue::error(Code::InvalidParameter, message)]);
        }
        Ok(Self { all: cut(filter).map(str::to_lowercase).collect() })
    }

    /// Each of them, in lower case.
    pub(super) fn all(&self) -> &[String] {
        &self.all
    }

    /// Whether nothing is looked for.
    pub(super) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// How well the code of a part meets them; `None` when it does not.
    pub(super) fn rank(&self, part: &Part, code: &str, asked: &Expand<'_>) -> Option<Rank> {
        let code_lower = code.to_lowercase();
        let display = part.called(code).map(|display| display.to_lowercase()).unwrap_or_default();
        let mut others = Vec::new();
        if asked.include_designations == Some(true) || asked.display_language.is_some() {
            others.extend(part.designations(code).into_iter().map(|(_, _, name)| name.to_lowercase()));
        }
        let begins_in = |name: &str, word: &String| cut(name).any(|part| part.starts_with(word));
        let begins = |word: &String| {
            begins_in(&display, word)
                || begins_in(&code_lower, word)
                || others.iter().any(|name| begins_in(name, word))
        };
        if !self.all.iter().all(begins) {
            return None;
        }
        let is_code = || cut(&code_lower).eq(self.all.iter());
        let holds_whole = |word: &String| cut(&display).any(|part| part == word);
        let class = match self.beginning_of(&display) {
            Beginning::Whole => 0,
            _ if is_code() => 0,
            Beginning::Part => 1,
            Beginning::Other if self.all.iter().all(holds_whole) => 2,
            Beginning::Other => 3,
        };
        // As long as its words are with a space between each two.
        let length: usize = cut(&display).map(|word| word.chars().count() + 1).sum();
        Some((class, length))
    }

    /// Whether a name is these words, or begins with them, of the last perhaps with a part.
    fn beginning_of(&self, name: &str) -> Beginning {
        let mut words = cut(name);
        let Some((last, first)) = self.all.split_last() else { return Beginning::Other };
        if !first.iter().all(|word| words.next().is_some_and(|found| found == word)) {
            return Beginning::Other;
        }
        match words.next() {
            Some(found) if found == last && words.next().is_none() => Beginning::Whole,
            Some(found) if found.starts_with(last) => Beginning::Part,
            _ => Beginning::Other,
        }
    }
}

/// How a name begins.
enum Beginning {
    /// With the words, and with nothing else.
    Whole,
    /// With the words.
    Part,
    /// With something else.
    Other,
}

fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty())
}
