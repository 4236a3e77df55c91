//! Who wants which part of a resource?
//!
//! The chains of all parameters of a type as one tree, so that a resource is walked once, each member is looked up
//! once, and what nobody wants is not entered.

use fhir_profiles::Definitions;
use fhirpath::{TypeId, Types as _};

use super::chain::{Chain, Link};
use super::path::Guard;

/// The chains of several that want something.
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

/// A place that chains lead to.
pub(crate) struct Node {
    /// The type of what stands there.
    pub(crate) type_name: &'static str,
    /// Where its members lead, shorter names first, so that most comparisons end at the length.
    members: Vec<(&'static str, usize)>,
    /// Where it leads itself, if it meets a criterion.
    pub(crate) guarded: Vec<(Guard, usize)>,
    /// Who wants what stands there.
    pub(crate) takers: Vec<usize>,
    /// Who wants it as the root of a composite.
    pub(crate) composites: Vec<usize>,
}

/// As what it is wanted.
#[derive(Clone, Copy)]
pub(crate) enum Wish {
    /// A value.
    Value(usize),
    /// The root of a composite.
    Composite(usize),
}

impl Tree {
    /// Where trees begin.
    pub(crate) const ROOT: usize = 0;

    /// A tree from which nobody wants anything.
    pub(crate) fn new(root: TypeId) -> Self {
        Self { nodes: vec![Node::new(root)] }
    }

    /// Adds a chain with somebody at its end.
    pub(crate) fn plant(&mut self, chain: &Chain, wish: Wish) {
        let mut place = Self::ROOT;
        for link in &chain.links {
            place = self.below(place, link);
        }
        let node = &mut self.nodes[place];
        let (wishes, who) = match wish {
            Wish::Value(who) => (&mut node.takers, who),
            Wish::Composite(who) => (&mut node.composites, who),
        };
        // Two operands of a union may be one chain.
        if !wishes.contains(&who) {
            wishes.push(who);
        }
    }

    /// What stands at a place.
    pub(crate) fn node(&self, place: usize) -> &Node {
        &self.nodes[place]
    }

    fn below(&mut self, place: usize, link: &Link) -> usize {
        let next = self.nodes.len();
        let node = &mut self.nodes[place];
        match link {
            Link::Member(name, type_id) => match node.search(name) {
                Ok(found) => return node.members[found].1,
                Err(gap) => {
                    node.members.insert(gap, (name, next));
                    self.nodes.push(Node::new(*type_id));
                }
            },
            Link::Guard(guard) => {
                if let Some((_, found)) = node.guarded.iter().find(|(known, _)| known == guard) {
                    return *found;
                }
                node.guarded.push((guard.clone(), next));
                let type_name = node.type_name;
                self.nodes.push(Node { type_name, ..Node::empty() });
            }
        }
        next
    }
}

impl Node {
    fn new(type_id: TypeId) -> Self {
        Self { type_name: Definitions::r4().name(type_id), ..Self::empty() }
    }

    fn empty() -> Self {
        let (members, guarded, takers, composites) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
        Self { type_name: "", members, guarded, takers, composites }
    }

    /// Where the member `name` leads, if anybody wants it.
    pub(crate) fn member(&self, name: &str) -> Option<usize> {
        self.search(name).ok().map(|found| self.members[found].1)
    }

    /// Whether anybody wants something of its members.
    pub(crate) fn has_members(&self) -> bool {
        !self.members.is_empty()
    }

    fn search(&self, name: &str) -> Result<usize, usize> {
        let shorter_first = |known: &str| known.len().cmp(&name.len()).then_with(|| known.cmp(name));
        self.members.binary_search_by(|(known, _)| shorter_first(known))
    }
}
