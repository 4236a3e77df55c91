//! Which words are looked for?
//!
//! `_text` asks for words of the narrative, `_content` for words anywhere: <https://hl7.org/fhir/R4/search.html#content>.
//! No row tells of them. Whoever has an index of words puts the ids that it gives in the place of a [`Words`] before
//! storage is asked; until then nothing is known of any resource.

use model::Text;

/// Words that must stand in a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Words {
    /// Where they must stand.
    pub field: Field,
    /// What is looked for, as sent and without escapes: the index knows its own language.
    pub sought: Text,
}

/// A part of a resource that words are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The narrative.
    Narrative,
    /// The entire content.
    Content,
}

impl Field {
    /// The search parameter that asks for it.
    pub fn code(self) -> &'static str {
        match self {
            Field::Narrative => "_text",
            Field::Content => "_content",
        }
    }
}
