//! What surrounds an evaluation?
//!
//! <https://hl7.org/fhir/R4/fhirpath.html#variables>. What the engine cannot know by itself it asks its host.

use model::Instant;

use crate::item::{Collection, Item, Node};
use crate::limits::{ITEMS_MAX, STEPS_MAX};
use crate::types::Types;

/// What an expression is evaluated in.
pub struct Context<'a> {
    /// The types of the tree.
    pub types: &'a dyn Types,
    /// Who knows of references, codes and profiles.
    pub host: &'a dyn Host<'a>,
    /// `%resource`: the resource that holds the focus.
    pub resource: Node<'a>,
    /// `%rootResource`: the resource that holds that one, or itself; references are resolved in it.
    pub root: Node<'a>,
    /// What `now()` tells.
    pub now: Instant,
    /// Further variables by their names, without the `%`.
    pub variables: &'a [(&'a str, Collection<'a>)],
    /// How much the evaluation may cost.
    pub budget: Budget,
}

/// How much an evaluation may cost.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Parts of the expression evaluated and items looked at, all together.
    pub steps: u64,
    /// Items of any one collection.
    pub items: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: STEPS_MAX, items: ITEMS_MAX }
    }
}

/// Who knows what stands outside of the tree; `None` is "nobody knows".
pub trait Host<'a> {
    /// What a reference leads to that is neither contained nor in the root Bundle.
    fn resolve(&self, reference: &str) -> Option<Node<'a>> {
        let _ = reference;
        None
    }

    /// Whether a code is in a value set.
    fn member_of(&self, system: Option<&str>, code: &str, value_set: &str) -> Option<bool> {
        let _ = (system, code, value_set);
        None
    }

    /// Whether the left code of a system means the right one or something wider.
    fn subsumes(&self, system: &str, left: &str, right: &str) -> Option<bool> {
        let _ = (system, left, right);
        None
    }

    /// Whether a node conforms to a profile.
    fn conforms_to(&self, node: Node<'a>, profile: &str) -> Option<bool> {
        let _ = (node, profile);
        None
    }

    /// The ElementDefinition of the element with this path in the definition of its type: `Patient.contact.name`,
    /// `HumanName.family`, `Observation.value[x]`.
    fn element_definition(&self, path: &str) -> Option<Node<'a>> {
        let _ = path;
        None
    }

    /// What stands in a node and belongs to the slice called `name` in the profile `structure`; nothing where there is
    /// no such profile or slice.
    fn slice(&self, node: Node<'a>, structure: &str, name: &str) -> Option<Vec<Node<'a>>> {
        let _ = (node, structure, name);
        None
    }

    /// Hears what `trace` was given.
    fn trace(&self, name: &str, items: &[Item<'a>]) {
        let _ = (name, items);
    }
}

/// A host that knows nothing.
pub struct Nothing;

impl Host<'_> for Nothing {}
