//! How are many short lists kept without an allocation for each?
//!
//! All items in one array and where each owner's begin: the designations, properties and parents of
//! <https://hl7.org/fhir/R4/codesystem.html>.

/// A list of items for each owner.
pub(super) struct Lists<T> {
    /// Where each owner's items begin, and where the last one's end; empty without any item.
    pub(super) starts: Box<[u32]>,
    pub(super) items: Box<[T]>,
}

impl<T: Copy> Lists<T> {
    /// Sorts `pairs` by owner, keeping the order within each; `count` owners.
    pub(super) fn new(count: usize, mut pairs: Vec<(u32, T)>) -> Self {
        if pairs.is_empty() {
            return Self { starts: Box::default(), items: Box::default() };
        }
        pairs.sort_by_key(|(owner, _)| *owner);
        let mut starts = Vec::with_capacity(count + 1);
        let mut next = 0;
        for owner in 0..=count {
            while pairs.get(next).is_some_and(|(of, _)| (*of as usize) < owner) {
                next += 1;
            }
            starts.push(u32::try_from(next).unwrap_or(u32::MAX));
        }
        Self { starts: starts.into(), items: pairs.into_iter().map(|(_, item)| item).collect() }
    }

    /// The items of an owner.
    pub(super) fn of(&self, owner: u32) -> &[T] {
        let bounds = (self.starts.get(owner as usize), self.starts.get(owner as usize + 1));
        let (Some(start), Some(end)) = bounds else { return &[] };
        self.items.get(*start as usize..*end as usize).unwrap_or_default()
    }

    /// Where among all items those of an owner begin.
    pub(super) fn start(&self, owner: u32) -> usize {
        self.starts.get(owner as usize).map_or(0, |start| *start as usize)
    }

    pub(super) fn bytes(&self) -> usize {
        size_of_val(&*self.starts) + size_of_val(&*self.items)
    }
}
