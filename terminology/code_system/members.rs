//! What does a release tell of its rows, and which concepts stand for sets?
//!
//! SNOMED CT gives descriptions identifiers and says in which dialects they are accepted; its reference sets are
//! concepts that have members, <https://hl7.org/fhir/R4/snomedct.html>. LOINC's answer lists are likewise. The texts
//! that tell of it are the loader's own: what is written here is given back as it is.

use super::{CodeSystem, Designation};

/// More about a designation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Note<'a> {
    /// Its identifier; 0 when it has none.
    pub id: u64,
    /// What else is told of it; empty when nothing is. Few designations should differ in it.
    pub detail: &'a str,
}

/// A member of the set that a concept stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member<'a> {
    /// The code of the member, or the identifier of what else it is.
    pub code: &'a str,
    /// What many members have in common.
    pub detail: &'a str,
    /// What is told of this one; empty when nothing is.
    pub fields: &'a str,
}

/// What many designations have in common.
#[derive(Clone, Copy, Default, PartialEq, Eq, Hash)]
pub(super) struct DesignationSort {
    pub(super) language: u16,
    pub(super) purpose: u16,
    pub(super) detail: u32,
}

/// A member, its texts by their numbers.
#[derive(Clone, Copy)]
pub(super) struct MemberRow {
    pub(super) code: u32,
    pub(super) detail: u32,
    pub(super) fields: u32,
}

impl CodeSystem {
    /// All names of a concept besides its display, with what else is known of them.
    pub fn noted_designations(&self, place: u32) -> impl Iterator<Item = (Designation<'_>, Note<'_>)> {
        let rows = self.designations.of(place);
        let first = self.designations.start(place);
        rows.iter().enumerate().map(move |(number, row)| {
            let sort = self.sorts.get(row.sort as usize).copied().unwrap_or_default();
            let id = self.designation_ids.get(first + number).copied().unwrap_or_default();
            (self.designation(row), Note { id, detail: self.value(sort.detail) })
        })
    }

    /// The members of the set that a concept stands for; none for one that stands for no set.
    pub fn members(&self, set: u32) -> impl Iterator<Item = Member<'_>> {
        self.members.of(set).iter().map(|row| Member {
            code: self.value(row.code),
            detail: self.value(row.detail),
            fields: self.value(row.fields),
        })
    }

    /// Whether a concept stands for a set that has members here.
    pub fn is_set(&self, place: u32) -> bool {
        !self.members.of(place).is_empty()
    }
}
