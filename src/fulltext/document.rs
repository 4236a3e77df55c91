//! What stands in an index of documents?

/// What a document is called: no two of one place have one id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Name<'n> {
    /// Whose it is.
    pub tenant: u32,
    /// What it is. A search finds documents of one tenant and one kind.
    pub kind: &'n str,
    /// Which of them.
    pub id: &'n str,
}

/// A part of a document that words are looked for in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// What it says to people.
    Text,
    /// All that it holds.
    Content,
}

/// The texts of a document.
///
/// Phrases do not reach from one text into the next.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Document {
    /// What it says to people.
    pub text: Vec<String>,
    /// What it holds beside that.
    pub beside: Vec<String>,
}

/// What became of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is new: nothing of it is in the index.
    Add(Document),
    /// It is another one now.
    Replace(Document),
    /// It is no more.
    Remove,
}

impl Name<'_> {
    /// What all documents have in common that one search may find.
    pub(crate) fn place(&self) -> String {
        place(self.tenant, self.kind)
    }

    /// The name as one text; the id is what follows [`Name::place`].
    pub(crate) fn key(&self) -> String {
        format!("{}{}", self.place(), self.id)
    }
}

/// A tenant and a kind as one text.
pub(crate) fn place(tenant: u32, kind: &str) -> String {
    format!("{tenant}/{kind}/")
}
