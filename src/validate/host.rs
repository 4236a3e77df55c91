//! What may an expression ask of validation?
//!
//! `resolve()`, `memberOf()`, `subsumes()`, `conformsTo()`, `slice()` and `elementDefinition()`:
//! <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use fhirpath::{Host, Item, Node};
use model::Value;
use terminology::{Coding, Membership};

use crate::ask::{self, nodes};
use crate::surroundings::{Scope, Surroundings};
use crate::walk::Walk;

/// Validation as expressions see it.
pub(crate) struct Asked<'a>(pub(crate) &'a Surroundings<'a>);

impl<'a> Host<'a> for Asked<'a> {
    fn resolve(&self, reference: &str) -> Option<Node<'a>> {
        let scope = self.0.scope.get()?;
        let found = self.0.resolve(reference, &scope).or_else(|| self.0.resolve_within(reference, &scope));
        found.map(|found| found.resource)
    }

    fn member_of(&self, system: Option<&str>, code: &str, value_set: &str) -> Option<bool> {
        let coding = Coding { system, code: Some(code), ..Coding::default() };
        match self.0.rules.terminology.member(value_set, &coding) {
            Membership::Member => Some(true),
            Membership::Absent(_) => Some(false),
            Membership::Unknown(_) => None,
        }
    }

    fn subsumes(&self, system: &str, left: &str, right: &str) -> Option<bool> {
        ask::subsumes(self.0.rules, system, left, right)
    }

    fn conforms_to(&self, node: Node<'a>, profile: &str) -> Option<bool> {
        let scope = self.0.scope.get()?;
        let is_resource = node.value.is_some_and(|value| value.text("resourceType").is_some());
        let scope = if is_resource && !same(node, scope.resource) {
            Scope { resource: node, container: node, ..scope }
        } else {
            scope
        };
        let mut walk = Walk::quiet(self.0)?;
        walk.conforms(profile, node, &scope)
    }

    fn element_definition(&self, path: &str) -> Option<Node<'a>> {
        self.0.rules.element_definition(path)
    }

    fn slice(&self, node: Node<'a>, structure: &str, name: &str) -> Option<Vec<Node<'a>>> {
        let scope = self.0.scope.get()?;
        Walk::quiet(self.0)?.named_slice((structure, name), node, &scope).map(|repeats| nodes(node, &repeats))
    }

    fn trace(&self, _: &str, _: &[Item<'a>]) {}
}

fn same(left: Node<'_>, right: Node<'_>) -> bool {
    let address = |node: Node<'_>| node.value.map(std::ptr::from_ref::<Value>);
    address(left) == address(right)
}
