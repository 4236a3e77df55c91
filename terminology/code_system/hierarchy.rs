//! Which concept stands below which?
//!
//! A concept may have several parents: <https://hl7.org/fhir/R4/codesystem.html#hierarchy>. One parent of each
//! makes a tree, in which "below" is a comparison of two intervals; only what hangs on further parents is
//! walked to.

use super::lists::Lists;
use crate::concept_set::Bits;

/// Parents and children of each concept.
pub struct Hierarchy {
    pub(super) parents: Lists<u32>,
    pub(super) children: Lists<u32>,
    /// The rank of each concept in the tree walked from the top, and the last rank below it.
    pub(super) ranks: Box<[(u32, u32)]>,
    pub(super) is_tree: bool,
}

impl Hierarchy {
    /// From pairs of child and parent among `count` concepts. A link that stands twice counts once; circles
    /// are walked through once.
    pub(super) fn new(count: usize, mut links: Vec<(u32, u32)>) -> Self {
        links.sort_by_key(|(child, _)| *child);
        let mut unique: Vec<(u32, u32)> = Vec::with_capacity(links.len());
        for (child, parent) in links {
            let known = unique.iter().rev().take_while(|(other, _)| *other == child);
            if child != parent && !known.into_iter().any(|(_, other)| *other == parent) {
                unique.push((child, parent));
            }
        }
        let is_tree = unique.windows(2).all(|pair| pair[0].0 != pair[1].0);
        let children = Lists::new(count, unique.iter().map(|(child, parent)| (*parent, *child)).collect());
        let parents = Lists::new(count, unique);
        let (ranks, has_circle) = rank(count, &parents, &children);
        Self { parents, children, ranks, is_tree: is_tree && !has_circle }
    }

    /// The parents of a concept.
    pub fn parents(&self, place: u32) -> &[u32] {
        self.parents.of(place)
    }

    /// The children of a concept.
    pub fn children(&self, place: u32) -> &[u32] {
        self.children.of(place)
    }

    /// Whether any concept has a parent.
    pub fn is_flat(&self) -> bool {
        self.ranks.is_empty()
    }

    /// Whether `place` stands below `ancestor`; none stands below itself.
    pub fn is_below(&self, place: u32, ancestor: u32) -> bool {
        let (Some((first, last)), Some((rank, _))) =
            (self.ranks.get(ancestor as usize), self.ranks.get(place as usize))
        else {
            return false;
        };
        let inside = |rank: u32| *first < rank && rank <= *last;
        if inside(*rank) {
            return true;
        }
        if self.is_tree || place == ancestor {
            return false;
        }
        let mut seen = Seen::default();
        seen.insert(place);
        let mut next = 0;
        while let Some(current) = seen.places.get(next).copied() {
            next += 1;
            for parent in self.parents(current) {
                let found = self.ranks.get(*parent as usize).is_some_and(|(rank, _)| inside(*rank));
                if *parent == ancestor || found {
                    return true;
                }
                seen.insert(*parent);
            }
        }
        false
    }

    /// Everything below a concept, out of `count`, without itself.
    pub fn below(&self, place: u32, count: usize) -> Bits {
        self.reach(place, count, |place| self.children(place))
    }

    /// Everything above a concept, out of `count`, without itself.
    pub fn above(&self, place: u32, count: usize) -> Bits {
        self.reach(place, count, |place| self.parents(place))
    }

    pub(super) fn bytes(&self) -> usize {
        self.parents.bytes() + self.children.bytes() + size_of_val(&*self.ranks)
    }

    fn reach<'a>(&'a self, place: u32, count: usize, next: impl Fn(u32) -> &'a [u32]) -> Bits {
        let mut found = Bits::none(count);
        let mut open = vec![place];
        while let Some(current) = open.pop() {
            open.extend(next(current).iter().filter(|other| **other != place && found.insert(**other)));
        }
        found
    }
}

/// Concepts that were walked to: a short list is looked through, a long one has a hash table beside it.
#[derive(Default)]
struct Seen {
    places: Vec<u32>,
    /// Which of the places; a power of two, half of it free. None while the list is short.
    slots: Vec<Option<u32>>,
}

/// Places that are looked through one by one.
const LOOKED_THROUGH_MAX: usize = 32;

/// An odd number without pattern, which spreads neighbours.
const MULTIPLIER: u32 = 0x9e37_79b1;

impl Seen {
    fn insert(&mut self, place: u32) {
        let is_new = match self.slots.is_empty() {
            true => !self.places.contains(&place),
            false => self.take_slot(place),
        };
        if !is_new {
            return;
        }
        self.places.push(place);
        if self.places.len() > std::cmp::max(LOOKED_THROUGH_MAX, self.slots.len() / 2) {
            self.slots = vec![None; (self.places.len() * 4).next_power_of_two()];
            let places = std::mem::take(&mut self.places);
            places.iter().for_each(|place| _ = self.take_slot(*place));
            self.places = places;
        }
    }

    /// Says whether it had none yet.
    fn take_slot(&mut self, place: u32) -> bool {
        let mask = self.slots.len() - 1;
        let mut slot = place.wrapping_mul(MULTIPLIER).rotate_left(16) as usize & mask;
        while let Some(known) = self.slots[slot] {
            if known == place {
                return false;
            }
            slot = (slot + 1) & mask;
        }
        self.slots[slot] = Some(place);
        true
    }
}

/// Ranks every concept in the tree of first parents; what stands in a circle begins a tree of its own.
fn rank(count: usize, parents: &Lists<u32>, children: &Lists<u32>) -> (Box<[(u32, u32)]>, bool) {
    if parents.bytes() == 0 {
        return (Box::default(), false);
    }
    let places = || (0..count).filter_map(|place| u32::try_from(place).ok());
    let mut ranks = vec![(u32::MAX, 0); count];
    let mut counter = 0;
    let mut has_circle = false;
    let roots = places().filter(|place| parents.of(*place).is_empty());
    for (root, is_root) in roots.map(|root| (root, true)).chain(places().map(|place| (place, false))) {
        if ranks[root as usize].0 != u32::MAX {
            continue;
        }
        has_circle |= !is_root;
        let mut path = vec![(root, 0)];
        ranks[root as usize].0 = counter;
        while let Some((place, next)) = path.last_mut() {
            let place = *place;
            let child = children.of(place).get(*next).copied();
            *next += 1;
            match child {
                Some(child) if ranks[child as usize].0 == u32::MAX => {
                    counter += 1;
                    ranks[child as usize].0 = counter;
                    path.push((child, 0));
                }
                Some(_) => {}
                None => {
                    ranks[place as usize].1 = counter;
                    path.pop();
                }
            }
        }
        counter += 1;
    }
    (ranks.into(), has_circle)
}
