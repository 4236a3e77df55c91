//! How far does a principal reach?
//!
//! For each type and each kind of interaction: to nothing, to what a condition means, or to everything. What is beyond
//! reach does not exist for the principal. A type that is not named is beyond reach.

use std::collections::BTreeMap;

use model::ResourceType;
use search::Condition;

use crate::scope::Letter;

/// How many kinds of interaction there are.
const LETTERS: usize = 5;

/// How far one kind of interaction reaches among the resources of a type.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Limit {
    /// To none.
    #[default]
    Nothing,
    /// To those that the condition means. It is told from a resource alone, without others.
    Only(Condition),
    /// To all.
    Everything,
}

impl Limit {
    /// What either of two reaches.
    pub fn or(self, other: Limit) -> Limit {
        match (self, other) {
            (Limit::Nothing, limit) | (limit, Limit::Nothing) => limit,
            (Limit::Everything, _) | (_, Limit::Everything) => Limit::Everything,
            (Limit::Only(one), Limit::Only(other)) if one == other => Limit::Only(one),
            (Limit::Only(one), Limit::Only(other)) => {
                let mut parts = alternatives(one);
                parts.extend(alternatives(other));
                Limit::Only(Condition::Any(parts))
            }
        }
    }

    /// What both of two reach.
    pub fn and(self, other: Limit) -> Limit {
        match (self, other) {
            (Limit::Nothing, _) | (_, Limit::Nothing) => Limit::Nothing,
            (Limit::Everything, limit) | (limit, Limit::Everything) => limit,
            (Limit::Only(one), Limit::Only(other)) => Limit::Only(Condition::All(vec![one, other])),
        }
    }
}

fn alternatives(condition: Condition) -> Vec<Condition> {
    match condition {
        Condition::Any(parts) => parts,
        condition => vec![condition],
    }
}

/// How far a principal reaches.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reach {
    types: BTreeMap<ResourceType, Limits>,
    mark: u128,
}

/// What is done with a resource that is within reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Use {
    /// An interaction that was asked for.
    Asked(Letter),
    /// It is come upon, by whatever interaction.
    Seen,
}

/// How far it reaches among the resources of one type.
#[derive(Clone, Debug, Default, PartialEq)]
struct Limits {
    by_letter: [Limit; LETTERS],
    /// What is seen when it is come upon: what can be read or found.
    seen: Limit,
}

impl Reach {
    /// The same and what `limit` says besides.
    pub fn with(mut self, resource_type: ResourceType, letter: Letter, limit: Limit) -> Self {
        let limits = self.types.entry(resource_type).or_default();
        let own = &mut limits.by_letter[place(letter)];
        *own = std::mem::take(own).or(limit.clone());
        if matches!(letter, Letter::Read | Letter::Search) {
            limits.seen = std::mem::take(&mut limits.seen).or(limit);
        }
        self
    }

    /// The same, marked: two of one mark reach equally far.
    pub(crate) fn marked(self, mark: u128) -> Self {
        Self { mark, ..self }
    }

    /// What tells this reach from every other.
    pub fn mark(&self) -> u128 {
        self.mark
    }

    /// How far a use reaches.
    pub fn limit(&self, resource_type: ResourceType, of: Use) -> &Limit {
        let Some(limits) = self.types.get(&resource_type) else { return &Limit::Nothing };
        match of {
            Use::Asked(letter) => &limits.by_letter[place(letter)],
            Use::Seen => &limits.seen,
        }
    }

    /// Whether an interaction reaches everything of all these types.
    pub(crate) fn is_whole(&self, letter: Letter, types: &[ResourceType]) -> bool {
        types.iter().all(|it| *self.limit(*it, Use::Asked(letter)) == Limit::Everything)
    }
}

/// The place of a letter among them; each is a bit of its own.
fn place(letter: Letter) -> usize {
    (letter as u8).trailing_zeros() as usize
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use model::Text;

    use super::*;

    fn only(id: &str) -> Limit {
        Limit::Only(Condition::Ids(BTreeSet::from([Text::from(id)])))
    }

    fn parts(ids: &[&str]) -> Vec<Condition> {
        ids.iter().map(|id| Condition::Ids(BTreeSet::from([Text::from(*id)]))).collect()
    }

    #[test]
    fn what_either_reaches_is_no_less_than_each() {
        assert_eq!(Limit::Nothing.or(only("a")), only("a"));
        assert_eq!(only("a").or(Limit::Everything), Limit::Everything);
        assert_eq!(only("a").or(only("a")), only("a"));
        let three = only("a").or(only("b")).or(only("c"));
        assert_eq!(three, Limit::Only(Condition::Any(parts(&["a", "b", "c"]))));
    }

    #[test]
    fn what_both_reach_is_no_more_than_each() {
        assert_eq!(Limit::Nothing.and(Limit::Everything), Limit::Nothing);
        assert_eq!(Limit::Everything.and(only("a")), only("a"));
        assert_eq!(only("a").and(only("b")), Limit::Only(Condition::All(parts(&["a", "b"]))));
    }

    #[test]
    fn what_is_not_named_is_beyond_reach() {
        let patient = ResourceType::known("Patient");
        let reach = Reach::default().with(patient, Letter::Search, only("a"));
        assert_eq!(reach.limit(patient, Use::Asked(Letter::Search)), &only("a"));
        assert_eq!(reach.limit(patient, Use::Seen), &only("a"));
        assert_eq!(reach.limit(patient, Use::Asked(Letter::Read)), &Limit::Nothing);
        assert_eq!(reach.limit(ResourceType::known("Basic"), Use::Seen), &Limit::Nothing);
        let reach = reach.with(patient, Letter::Delete, Limit::Everything);
        assert_eq!(reach.limit(patient, Use::Seen), &only("a"));
        let reach = reach.with(patient, Letter::Read, only("b"));
        assert_eq!(reach.limit(patient, Use::Seen), &Limit::Only(Condition::Any(parts(&["a", "b"]))));
        assert!(reach.is_whole(Letter::Delete, &[patient]) && !reach.is_whole(Letter::Read, &[patient]));
    }
}
