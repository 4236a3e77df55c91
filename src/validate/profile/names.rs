//! Which of a few names is this one?
//!
//! Every member of every object is looked up, so that each element has a table of its members' names, sparse enough
//! that a name is nearly always found, or missed, at first sight. Names are those of
//! <https://hl7.org/fhir/R4/json.html>.
//!
//! Invariant: the table is larger than the number of names, so that every search ends at a free slot.

use crate::limits::SLOTS_PER_NAME;

/// The places of names by what is told from their letters.
#[derive(Default)]
pub(crate) struct Names {
    slots: Box<[u16]>,
    shift: u32,
}

/// A slot without a name.
const FREE: u16 = u16::MAX;

/// An odd number near the golden ratio of 2 to the power of 64, which spreads keys well.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Names {
    pub(crate) fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let count = (names.len() * SLOTS_PER_NAME).next_power_of_two().max(2);
        let mut made =
            Self { slots: vec![FREE; count].into_boxed_slice(), shift: 64 - count.trailing_zeros() };
        for (place, name) in names.enumerate() {
            let free = made.from(name).find(|slot| made.slots[*slot] == FREE);
            if let (Some(slot), Ok(place)) = (free, u16::try_from(place)) {
                made.slots[slot] = place;
            }
        }
        made
    }

    /// The place of `name`, which `is` tells from others.
    pub(crate) fn place(&self, name: &str, is: impl Fn(usize) -> bool) -> Option<usize> {
        let places = self.from(name).map(|slot| self.slots[slot]).take_while(|place| *place != FREE);
        places.map(usize::from).find(|place| is(*place))
    }

    /// The slots from the one where a search for `name` begins, each once.
    fn from(&self, name: &str) -> impl Iterator<Item = usize> + use<> {
        let count = self.slots.len();
        let first = key(name).wrapping_mul(MULTIPLIER) >> self.shift;
        let first = usize::try_from(first).unwrap_or_default();
        // The number of slots is a power of two.
        (first..first + count).map(move |slot| slot & (count - 1))
    }
}

/// What tells names apart: the last letters, the first and the length.
fn key(name: &str) -> u64 {
    let bytes = name.as_bytes();
    let last = match bytes.last_chunk::<8>() {
        Some(last) => u64::from_le_bytes(*last),
        None => bytes.iter().fold(0, |key, byte| key << 8 | u64::from(*byte)),
    };
    let first = bytes.first().map_or(0, |first| u64::from(*first));
    last ^ first << 56 ^ (bytes.len() as u64).rotate_left(47)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(names: &[&str], name: &str, expected: Option<usize>) {
        let table = Names::new(names.iter().copied());
        let found = table.place(name, |place| names[place] == name);
        assert_eq!(found, expected, "{name} among {names:?}");
    }

    #[test]
    fn every_name_is_found_and_no_other() {
        let names = ["id", "extension", "value", "valueCodeableConcept", "reasonCodeableConcept", "a", ""];
        for (place, name) in names.iter().enumerate() {
            check(&names, name, Some(place));
        }
        check(&names, "val", None);
        check(&names, "statusCodeableConcept", None);
        check(&[], "id", None);
        assert_eq!(Names::default().place("id", |_| true), None);
    }

    #[test]
    fn names_of_one_key_are_told_apart() {
        let names = ["oneCodeableConcept", "oldCodeableConcept", "our_CodeableConcept"];
        for (place, name) in names.iter().enumerate() {
            check(&names, name, Some(place));
        }
        check(&names, "offCodeableConcept", None);
    }

    #[test]
    fn every_type_of_r4_has_a_table() {
        for definition in fhir_profiles::Definitions::r4().types() {
            let names: Vec<_> = definition.children().iter().map(|child| child.name).collect();
            let table = Names::new(names.iter().copied());
            for (expected, name) in names.iter().enumerate() {
                let found = table.place(name, |place| names[place] == *name);
                assert_eq!(found, Some(expected), "{name} of {}", definition.name);
            }
        }
    }
}
