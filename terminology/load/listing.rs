//! Which files are there, and how do they begin?
//!
//! A format is recognised by how its files begin rather than by their names, which people change; among the files of
//! <https://hl7.org/fhir/R4/snomedct.html> only names tell a snapshot from a history.

/// The files of a release; one, when a single file is loaded.
#[derive(Debug, Default)]
pub struct Listing {
    /// Every file, in the order of their names.
    pub files: Vec<Entry>,
}

/// One of them.
#[derive(Debug)]
pub struct Entry {
    /// Its path below the folder that is loaded, with `/`.
    pub name: String,
    /// Its size.
    pub bytes: u64,
    /// How it begins, without what is no text: [`Listing::HEAD_BYTES`] at most.
    pub head: String,
}

impl Listing {
    /// Bytes at the beginning of a file by which formats are told apart: more than any heading has.
    pub const HEAD_BYTES: u64 = 4096;

    /// The files whose first line is accepted.
    pub fn headed<'l>(&'l self, is_wanted: impl Fn(&str) -> bool + 'l) -> impl Iterator<Item = &'l Entry> {
        self.files.iter().filter(move |entry| is_wanted(entry.first_line()))
    }

    /// The first file whose path ends so, whatever the case of its letters.
    pub fn named(&self, end: &str) -> Option<&Entry> {
        let end = end.to_lowercase();
        self.files.iter().find(|entry| entry.name.to_lowercase().ends_with(&end))
    }
}

impl Entry {
    /// The first line, without the mark of UTF-8 and the line's end.
    pub fn first_line(&self) -> &str {
        self.head.trim_start_matches('\u{feff}').lines().next().unwrap_or_default()
    }

    /// The last part of its path.
    pub fn base(&self) -> &str {
        self.name.rsplit('/').next().unwrap_or_default()
    }
}
