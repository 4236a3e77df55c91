//! What stands at the ends of these chains?
//!
//! One walk through a resource for all that is wanted of it: <https://hl7.org/fhir/R4/json.html>.

use std::collections::HashMap;

use fhir_profiles::Definitions;
use model::reference::Reference;
use model::{Object, ResourceType, Value};

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
    /// The resource.
    pub(super) root: &'a Object,
    /// What references to contained resources lead to.
    pub(super) contained: &'t Contained<'a>,
}

/// The contained resources of one that have an id and a type.
pub(super) struct Contained<'a> {
    named: Vec<Inner<'a>>,
    types: HashMap<&'a str, ResourceType>,
}

/// A contained resource.
pub(super) struct Inner<'a> {
    pub(super) id: &'a str,
    pub(super) resource_type: ResourceType,
    pub(super) resource: &'a Object,
}

impl<'a> Contained<'a> {
    /// What a resource contains. Of two with one id the first counts.
    pub(super) fn of(container: &'a Object) -> Self {
        let all = container.get("contained").map_or(&[][..], Value::items).iter();
        let mut types = HashMap::new();
        let mut named = Vec::new();
        for value in all {
            let (Some(id), Some(resource)) = (value.text("id"), value.as_object()) else { continue };
            let known = value.text("resourceType").and_then(|name| Definitions::r4().resource_type(name));
            let Some(resource_type) = known else { continue };
            if !id.is_empty() && !types.contains_key(id) {
                types.insert(id, resource_type);
                named.push(Inner { id, resource_type, resource });
            }
        }
        Self { named, types }
    }

    /// All of them, in order.
    pub(super) fn named(&self) -> impl Iterator<Item = &Inner<'a>> {
        self.named.iter()
    }
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
                self.contained.types.get(id).map(|resource_type| resource_type.as_str())
            }
            Some(_) | None => value.text("type"),
        }
    }
}
