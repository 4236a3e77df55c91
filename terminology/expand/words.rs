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
    joined: String,
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
        let all: Vec<String> = cut(filter).map(str::to_lowercase).collect();
        Ok(Self { joined: all.join(" "), all })
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
        let display = part.display(code).map(|display| display.to_lowercase()).unwrap_or_default();
        let mut names = vec![code_lower, display];
        if asked.include_designations == Some(true) || asked.display_language.is_some() {
            names.extend(part.designations(code).into_iter().map(|(_, _, name)| name.to_lowercase()));
        }
        let begins = |word: &String| names.iter().any(|name| cut(name).any(|part| part.starts_with(word)));
        if !self.all.iter().all(begins) {
            return None;
        }
        let display: Vec<&str> = cut(&names[1]).collect();
        let joined = display.join(" ");
        let is_code = cut(&names[0]).eq(self.all.iter());
        let holds_whole = |word: &String| display.contains(&word.as_str());
        let class = match () {
            () if is_code || joined == self.joined => 0,
            () if joined.starts_with(&self.joined) => 1,
            () if self.all.iter().all(holds_whole) => 2,
            () => 3,
        };
        Some((class, joined.chars().count()))
    }
}

fn cut(text: &str) -> impl Iterator<Item = &str> {
    text.split(|it: char| !it.is_alphanumeric()).filter(|word| !word.is_empty())
}
