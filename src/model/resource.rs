//! Which resource is meant?
//!
//! Type, id and version as types of their own: whoever holds one knows that it was checked.
//! <https://hl7.org/fhir/R4/resource.html>.

use std::fmt;

use crate::limits::ID_LENGTH_MAX;
use crate::value::{Text, Value};

/// The name of a resource type that the definitions know; only they hand one out.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ResourceType(&'static str);

impl ResourceType {
    /// Takes a name that is known to be a resource type: `fhir_profiles::Definitions` asks, tests too.
    pub const fn known(name: &'static str) -> Self {
        Self(name)
    }

    /// The name as FHIR spells it.
    pub const fn as_str(self) -> &'static str {
        self.0
    }
}

/// A logical id: 1 to 64 letters, digits, `-` and `.`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(Text);

impl Id {
    /// Checks the `id` datatype's grammar.
    pub fn parse(text: &str) -> Option<Self> {
        let allowed = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.');
        let length = (1..=ID_LENGTH_MAX).contains(&text.len());
        (length && text.as_bytes().iter().all(allowed)).then(|| Self(text.into()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The number of a version of one resource: 1, 2, 3 … without gaps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct VersionId(pub u64);

impl VersionId {
    /// Reads a version id as this server writes them: decimal, no sign, no leading zero.
    pub fn parse(text: &str) -> Option<Self> {
        let plain = text.bytes().all(|byte| byte.is_ascii_digit()) && !text.starts_with('0');
        plain.then(|| text.parse().ok().map(Self)).flatten()
    }
}

/// A resource's place on this server: `Patient/7`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The type.
    pub resource_type: ResourceType,
    /// The logical id.
    pub id: Id,
}

impl Key {
    /// Joins type and id.
    pub fn new(resource_type: ResourceType, id: Id) -> Self {
        Self { resource_type, id }
    }
}

/// The type that a tree says it has.
pub fn type_name(resource: &Value) -> Option<&str> {
    resource.text("resourceType")
}

impl fmt::Display for ResourceType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl fmt::Debug for ResourceType {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0)
    }
}

impl fmt::Display for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl fmt::Display for VersionId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

impl fmt::Display for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.resource_type, self.id)
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{self}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_to_the_grammar_of_their_datatype() {
        for good in ["7", "a-b.C9", &"x".repeat(64)] {
            assert!(Id::parse(good).is_some(), "{good}");
        }
        for bad in ["", "a_b", "a/b", "ä", "a b", &"x".repeat(65)] {
            assert!(Id::parse(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn version_ids_are_read_as_they_are_written() {
        assert_eq!(VersionId::parse("12"), Some(VersionId(12)));
        for bad in ["", "0", "01", "+1", "1.0", "x", "99999999999999999999999"] {
            assert_eq!(VersionId::parse(bad), None, "{bad}");
        }
    }
}
