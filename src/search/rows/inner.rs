//! What is known of the resources that stand within one?
//!
//! A contained resource has no place of its own, so that its rows stand among those of its container:
//! <https://hl7.org/fhir/R4/search.html#contained>. Each is under a parameter of its own, so that no search for
//! resources finds it, and tells of which contained resource it is, so that criteria meet in one.
//!
//! Invariant: the rows of single values are in group 0 like all others, so that they stand in the same indexes.

use model::{ResourceType, Text};

use super::{Indexed, ParameterId, Row, Rows};

/// What is turned around in the number of a parameter to name that of contained resources.
const WITHIN: u32 = 0x8000_0000;

/// What is turned around to name that of references to them.
const FRAGMENT: u32 = 0x4000_0000;

/// Bits of a group that tell which occurrence of a composite it is: more than a resource has rows.
const OCCURRENCE_BITS: u32 = 20;

const OCCURRENCES: u32 = (1 << OCCURRENCE_BITS) - 1;

/// The parameter of the ids that resources go by.
const ID: &str = "_id";

/// A contained resource, as the rows of its container tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inner {
    /// What it is called within its container.
    pub id: Text,
    /// Which of those that are contained it is, from 1.
    number: u8,
}

impl ParameterId {
    /// The same parameter of resources that are contained; of that, the parameter itself.
    pub fn within(self) -> Self {
        Self(self.0 ^ WITHIN)
    }

    /// The parameter of references to contained resources, of those that this one leads to.
    pub fn fragment(self) -> Self {
        Self(self.0 ^ FRAGMENT)
    }

    /// The parameter of the ids by which contained resources of a type are called.
    pub fn inner_id(resource_type: ResourceType) -> Self {
        Self::of(resource_type.as_str(), ID).within()
    }
}

impl Row {
    /// The row that tells what a resource is called, for those that are contained.
    pub(crate) fn called(resource_type: ResourceType, id: &str) -> Self {
        let parameter = ParameterId::of(resource_type.as_str(), ID);
        Self { parameter, group: 0, component: 0, value: Indexed::Token { system: 0, code: id.into() } }
    }

    /// Makes it one of the contained resource with this number.
    pub(crate) fn enclose(&mut self, number: u8) {
        self.parameter = self.parameter.within();
        match self.group {
            0 => self.component = number,
            _ => self.group |= u32::from(number) << OCCURRENCE_BITS,
        }
    }

    /// What [`Row::enclose`] was told; 0 of the container's own.
    fn number(&self) -> u32 {
        match self.group {
            0 => u32::from(self.component),
            group => group >> OCCURRENCE_BITS,
        }
    }

    /// Undoes [`Row::enclose`].
    fn disclosed(&self) -> Self {
        let (group, component) = match self.group {
            0 => (0, 0),
            group => (group & OCCURRENCES, self.component),
        };
        Self { parameter: self.parameter.within(), group, component, value: self.value.clone() }
    }
}

impl Rows {
    /// The contained resources of a type.
    pub fn inner(&self, resource_type: ResourceType) -> impl Iterator<Item = Inner> {
        self.of(ParameterId::inner_id(resource_type)).iter().filter_map(|row| match &row.value {
            Indexed::Token { code, .. } => Some(Inner { id: code.clone(), number: row.component }),
            _ => None,
        })
    }

    /// The rows of a contained resource, as if it stood alone; those of its siblings stay, since it may refer to them.
    pub fn of_inner(&self, inner: &Inner) -> Rows {
        let mut rows = Vec::new();
        for row in self.iter() {
            match row.number() {
                0 => {}
                number if number == u32::from(inner.number) => rows.extend([row.disclosed(), row.clone()]),
                _ => rows.push(row.clone()),
            }
        }
        Rows::new(rows)
    }
}
