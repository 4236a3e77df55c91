//! What may an expression ask of validation?
//!
//! `resolve()`, `memberOf()`, `subsumes()` and `conformsTo()`: <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use fhirpath::{Host, Item, Node};
use model::Value;
use terminology::{Coding, Membership};

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
        // A code subsumes itself, also where its system is not loaded.
        if left == right {
            return Some(true);
        }
        let answer = terminology::subsumes(&self.0.rules.terminology, (system, None), left, right).ok()?;
        let outcome = answer.get("parameter")?.items().first()?.text("valueCode")?;
        Some(matches!(outcome, "subsumes" | "equivalent"))
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

    fn trace(&self, _: &str, _: &[Item<'a>]) {}
}

fn same(left: Node<'_>, right: Node<'_>) -> bool {
    let address = |node: Node<'_>| node.value.map(std::ptr::from_ref::<Value>);
    address(left) == address(right)
}
