//! What stands at the ends of these chains?
//!
//! One walk through a resource for all that is wanted of it: <https://hl7.org/fhir/R4/json.html>.

use model::reference::Reference;
use model::{Object, Value};

use crate::catalogue::path::Guard;
use crate::catalogue::tree::Tree;
use crate::types::Element;

/// Who takes what is found.
pub(super) trait Visit<'a> {
    /// Takes a value.
    fn value(&mut self, taker: usize, element: &Element<'a>);

    /// Takes the root of a composite.
    fn composite(&mut self, taker: usize, root: &'a Object);
}

/// A walk along the chains of a tree.
#[derive(Clone, Copy)]
pub(super) struct Walk<'t, 'a> {
    /// The chains.
    pub(super) tree: &'t Tree,
    /// The resource, in which references to what it contains are resolved.
    pub(super) root: &'a Object,
}

impl<'a> Walk<'_, 'a> {
    /// Walks from where the chains begin.
    pub(super) fn from<V: Visit<'a>>(self, object: &'a Object, visit: &mut V) {
        let node = self.tree.node(Tree::ROOT);
        node.composites.iter().for_each(|taker| visit.composite(*taker, object));
        self.members(Tree::ROOT, object, visit);
    }

    fn members<V: Visit<'a>>(self, place: usize, object: &'a Object, visit: &mut V) {
        let node = self.tree.node(place);
        for (name, value) in object.iter() {
            let Some(next) = node.member(name) else { continue };
            match value {
                Value::Array(items) => items.iter().for_each(|item| self.at(next, item, visit)),
                single => self.at(next, single, visit),
            }
        }
    }

    /// What stands at one place; the depth of this is that of the tree.
    fn at<V: Visit<'a>>(self, place: usize, value: &'a Value, visit: &mut V) {
        if matches!(value, Value::Null | Value::Array(_)) {
            return;
        }
        let node = self.tree.node(place);
        let element = Element { type_name: node.type_name, value };
        node.takers.iter().for_each(|taker| visit.value(*taker, &element));
        for (guard, next) in &node.guarded {
            if self.meets(value, guard) {
                self.at(*next, value, visit);
            }
        }
        if let Value::Object(object) = value {
            node.composites.iter().for_each(|taker| visit.composite(*taker, object));
            if node.has_members() {
                self.members(place, object, visit);
            }
        }
    }

    fn meets(self, value: &Value, guard: &Guard) -> bool {
        match guard {
            Guard::Text { member, text } => value.text(member) == Some(text),
            Guard::Target(name) => self.target(value) == Some(name),
        }
    }

    /// The type of the resource that a reference leads to, as far as it is told here. Where the text does not tell, what
    /// the reference says of its type does: <https://hl7.org/fhir/R4/references-definitions.html#Reference.type>.
    fn target(self, value: &'a Value) -> Option<&'a str> {
        let text = value.as_str().or_else(|| value.text("reference"));
        match text.and_then(Reference::parse) {
            Some(Reference::Relative(target) | Reference::Absolute { target, .. }) => {
                Some(target.resource_type)
            }
            Some(Reference::Contained("")) => self.root.get("resourceType")?.as_str(),
            Some(Reference::Contained(id)) => {
                let contained = self.root.get("contained")?.items();
                contained.iter().find(|resource| resource.text("id") == Some(id))?.text("resourceType")
            }
            Some(_) | None => value.text("type"),
        }
    }
}
