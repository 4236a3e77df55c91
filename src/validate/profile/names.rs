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
    slots: Box<[Slot]>,
    shift: u32,
}

/// A place, and the name that has it as far as two words hold it: no other memory is looked at.
#[derive(Clone, Copy)]
struct Slot {
    letters: (u64, u64),
    length: u16,
    place: u16,
}

/// A slot without a name.
const FREE: Slot = Slot { letters: (0, 0), length: u16::MAX, place: u16::MAX };

/// The longest name that its letters tell from all others of its length.
const TOLD_MAX: usize = 16;

/// An odd number near the golden ratio of 2 to the power of 64, which spreads keys well.
const MULTIPLIER: u64 = 0x9e37_79b9_7f4a_7c15;

impl Names {
    pub(crate) fn new<'n>(names: impl ExactSizeIterator<Item = &'n str>) -> Self {
        let count = (names.len() * SLOTS_PER_NAME).next_power_of_two().max(2);
        let mut made =
            Self { slots: vec![FREE; count].into_boxed_slice(), shift: 64 - count.trailing_zeros() };
        for (place, name) in names.enumerate() {
            let letters = letters(name.as_bytes());
            let free = made.from(letters, name.len()).find(|slot| made.slots[*slot].is_free());
            let numbers = (u16::try_from(name.len()), u16::try_from(place));
            if let (Some(slot), (Ok(length), Ok(place))) = (free, numbers) {
                made.slots[slot] = Slot { letters, length, place };
            }
        }
        made
    }

    /// The place of `name`, which `is` tells from others where it is long.
    pub(crate) fn place(&self, name: &str, is: impl Fn(usize) -> bool) -> Option<usize> {
        let letters = letters(name.as_bytes());
        for slot in self.from(letters, name.len()) {
            let slot = &self.slots[slot];
            if slot.is_free() {
                return None;
            }
            let place = usize::from(slot.place);
            let is_alike = slot.letters == letters && usize::from(slot.length) == name.len();
            if is_alike && (name.len() <= TOLD_MAX || is(place)) {
                return Some(place);
            }
        }
        None
    }

    /// The slots from the one where a search for a name of these letters begins, each once.
    fn from(&self, (first, last): (u64, u64), length: usize) -> impl Iterator<Item = usize> + use<> {
        let count = self.slots.len();
        let key = last ^ first.rotate_left(29) ^ (length as u64).rotate_left(47);
        let begin = usize::try_from(key.wrapping_mul(MULTIPLIER) >> self.shift).unwrap_or_default();
        // The number of slots is a power of two.
        (begin..begin + count).map(move |slot| slot & (count - 1))
    }
}

impl Slot {
    fn is_free(&self) -> bool {
        self.place == FREE.place
    }
}

/// The first and the last letters of a name, all of them where there are no more than [`TOLD_MAX`].
fn letters(name: &[u8]) -> (u64, u64) {
    if let (Some(first), Some(last)) = (name.first_chunk::<8>(), name.last_chunk::<8>()) {
        return (u64::from_le_bytes(*first), u64::from_le_bytes(*last));
    }
    if let (Some(first), Some(last)) = (name.first_chunk::<4>(), name.last_chunk::<4>()) {
        return (u64::from(u32::from_le_bytes(*first)), u64::from(u32::from_le_bytes(*last)));
    }
    (0, name.iter().fold(0, |letters, byte| letters << 8 | u64::from(*byte)))
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
        let names = ["valueOneOfConcept", "valueOldOfConcept", "valueOurOfConcept"];
        for (place, name) in names.iter().enumerate() {
            check(&names, name, Some(place));
        }
        check(&names, "valueAnyOfConcept", None);
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
