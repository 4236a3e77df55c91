//! What may be done, as SMART writes it?

use std::fmt;

/// One right on a resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Letter {
    /// Create.
    Create = 1,
    /// Read, vread and the history of one resource.
    Read = 2,
    /// Update and patch.
    Update = 4,
    /// Delete.
    Delete = 8,
    /// Search and the history of many resources.
    Search = 16,
}

/// A set of rights, written in the order of `cruds`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Letters(u8);

const ALL: [(Letter, char); 5] = [
    (Letter::Create, 'c'),
    (Letter::Read, 'r'),
    (Letter::Update, 'u'),
    (Letter::Delete, 'd'),
    (Letter::Search, 's'),
];

impl Letters {
    /// Version 1's `.read`: `rs`.
    pub const READ: Self = Self(Letter::Read as u8 | Letter::Search as u8);
    /// Version 1's `.write`: `cud`.
    pub const WRITE: Self = Self(Letter::Create as u8 | Letter::Update as u8 | Letter::Delete as u8);
    /// Version 1's `.*`: `cruds`.
    pub const ALL: Self = Self(Self::READ.0 | Self::WRITE.0);

    /// Reads at least one letter, each at most once, in the order of `cruds`.
    pub fn parse(text: &str) -> Option<Self> {
        let mut letters = Self::default();
        let mut order = ALL.iter();
        for char in text.chars() {
            let (letter, _) = order.find(|(_, known)| *known == char)?;
            letters = letters.with(*letter);
        }
        (!letters.is_empty()).then_some(letters)
    }

    /// Whether a right is among them.
    pub fn has(self, letter: Letter) -> bool {
        self.0 & letter as u8 != 0
    }

    /// These and one more.
    pub fn with(self, letter: Letter) -> Self {
        Self(self.0 | letter as u8)
    }

    /// What both sets have.
    pub fn common(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The rights, one by one.
    pub fn iter(self) -> impl Iterator<Item = Letter> {
        ALL.into_iter().map(|(letter, _)| letter).filter(move |letter| self.has(*letter))
    }
}

impl fmt::Display for Letters {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let has = |(letter, char): &(Letter, char)| self.has(*letter).then_some(*char);
        out.write_str(&ALL.iter().filter_map(has).collect::<String>())
    }
}
