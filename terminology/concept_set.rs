//! Which concepts of a code system are meant?
//!
//! A set of concepts by their places: a bit for each while it is computed with, and a sorted list once it is
//! kept and small. <https://hl7.org/fhir/R4/valueset.html#compositions>.

/// One bit for each concept of a system.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
}

/// A set of concepts that is kept.
#[derive(Clone, PartialEq, Eq)]
pub enum ConceptSet {
    /// Places in ascending order.
    Few(Box<[u32]>),
    /// One bit for each concept.
    Many(Bits),
}

impl Bits {
    /// No concept out of `count`.
    pub fn none(count: usize) -> Self {
        Self { words: vec![0; count.div_ceil(64)] }
    }

    /// Every concept out of `count`.
    pub fn all(count: usize) -> Self {
        let mut words = vec![u64::MAX; count.div_ceil(64)];
        if let (Some(last), rest @ 1..) = (words.last_mut(), count % 64) {
            *last = (1 << rest) - 1;
        }
        Self { words }
    }

    /// Those out of `count` that `test` accepts.
    pub fn of(count: usize, test: impl Fn(u32) -> bool) -> Self {
        let mut bits = Self::none(count);
        for place in (0..count).filter_map(|place| u32::try_from(place).ok()) {
            if test(place) {
                bits.insert(place);
            }
        }
        bits
    }

    /// Adds a concept; says whether it is new.
    pub fn insert(&mut self, place: u32) -> bool {
        let Some(word) = self.words.get_mut(place as usize / 64) else { return false };
        let bit = 1 << (place % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    /// Whether the concept is one of them.
    pub fn contains(&self, place: u32) -> bool {
        self.words.get(place as usize / 64).is_some_and(|word| word & (1 << (place % 64)) != 0)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Those in both.
    pub fn and(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= other);
        self
    }

    /// Those in either.
    pub fn or(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word |= other);
        self
    }

    /// Those here and not in the other.
    pub fn without(mut self, other: &Self) -> Self {
        self.words.iter_mut().zip(&other.words).for_each(|(word, other)| *word &= !other);
        self
    }

    /// Their places, ascending.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.words.iter().enumerate().flat_map(|(position, word)| {
            let start = u32::try_from(position * 64).expect("places fit 32 bits, by CONCEPTS_MAX");
            std::iter::successors((*word != 0).then_some(*word), |word| {
                let rest = word & (word - 1);
                (rest != 0).then_some(rest)
            })
            .map(move |word| start + word.trailing_zeros())
        })
    }
}

impl ConceptSet {
    /// Keeps the smaller of both forms.
    pub fn new(bits: Bits) -> Self {
        if bits.len() * 2 < bits.words.len() { Self::Few(bits.iter().collect()) } else { Self::Many(bits) }
    }

    /// Whether the concept is one of them.
    pub fn contains(&self, place: u32) -> bool {
        match self {
            Self::Few(places) => places.binary_search(&place).is_ok(),
            Self::Many(bits) => bits.contains(place),
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        match self {
            Self::Few(places) => places.len(),
            Self::Many(bits) => bits.len(),
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// As bits, for computing, out of `count`.
    pub fn bits(&self, count: usize) -> Bits {
        match self {
            Self::Few(places) => {
                let mut bits = Bits::none(count);
                places.iter().for_each(|place| _ = bits.insert(*place));
                bits
            }
            Self::Many(bits) => bits.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Holds what the algebra gives against the places that are expected, in both forms of keeping.
    fn check(bits: Bits, expected: &[u32]) {
        assert_eq!(bits.iter().collect::<Vec<_>>(), expected);
        assert_eq!(bits.len(), expected.len());
        let kept = ConceptSet::new(bits.clone());
        assert_eq!(kept.len(), expected.len());
        assert!(expected.iter().all(|place| kept.contains(*place)));
        assert!(!kept.contains(9999));
        assert!(kept.bits(200) == bits);
    }

    fn of(places: &[u32]) -> Bits {
        Bits::of(200, |place| places.contains(&place))
    }

    #[test]
    fn sets_are_joined_cut_and_subtracted() {
        check(of(&[1, 64]).or(&of(&[199])), &[1, 64, 199]);
        check(of(&[1, 64, 70]).and(&of(&[64, 71])), &[64]);
        check(of(&[1, 64, 70]).without(&of(&[64, 71])), &[1, 70]);
        check(Bits::none(200), &[]);
    }

    #[test]
    fn all_ends_where_the_concepts_end() {
        check(Bits::all(200), &(0..200).collect::<Vec<_>>());
        assert_eq!((Bits::all(64).len(), Bits::all(0).len()), (64, 0));
    }
}
