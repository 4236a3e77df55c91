//! Does this repeat belong to this slice?

use fhirpath::{Item, Node, Types};
use model::Value;

use super::criteria::{Criteria, Look, Test};
use crate::findings::Findings;
use crate::fixed;
use crate::place::Place;
use crate::profile::Profile;
use crate::surroundings::Scope;
use crate::walk::{Against, Holder, Met, Source, Walk};

impl<'a> Walk<'a> {
    /// Whether a repeat, at its position, meets all criteria of a slice.
    pub(super) fn fits(
        &mut self,
        profile: &Profile,
        criteria: &[Criteria],
        (met, position): (Met<'_, 'a>, usize),
        scope: &Scope<'a>,
    ) -> bool {
        let Some(node) = self.node(met) else { return false };
        criteria.iter().all(|criteria| {
            let found = self.found(criteria, node, scope);
            criteria.tests.iter().any(|test| match test {
                Test::Exists(wanted) => found.is_empty() != *wanted,
                Test::Position(wanted) => position == *wanted,
                test => found.iter().any(|node| self.meets(profile, test, *node, scope)),
            })
        })
    }

    fn node(&self, met: Met<'_, 'a>) -> Option<Node<'a>> {
        match met.member.type_id {
            Some(type_id) => Some(Node { value: met.value, companion: met.companion, type_id }),
            None => self.around.node(met.value?),
        }
    }

    fn found(&self, criteria: &Criteria, node: Node<'a>, scope: &Scope<'a>) -> Vec<Node<'a>> {
        let path = match &criteria.look {
            Look::Names(names) => {
                let mut found = vec![node];
                for name in names {
                    found = found.iter().flat_map(|node| self.elements(*node, name)).collect();
                }
                return found;
            }
            Look::Expression(path) => path,
        };
        // A path that cannot be evaluated on a repeat finds nothing in it.
        let items = path.evaluate(Item::Node(node), &self.context(scope, &[])).unwrap_or_default();
        let nodes = items.into_iter().filter_map(|item| match item {
            Item::Node(node) => Some(node),
            _ => None,
        });
        nodes.collect()
    }

    /// The elements called `name` of an object or of what stands beside a primitive.
    fn elements(&self, node: Node<'a>, name: &str) -> Vec<Node<'a>> {
        let mut found = Vec::new();
        for object in [node.value, node.companion].into_iter().flatten().filter_map(Value::as_object) {
            self.around.definitions.element(node.type_id, name, &mut |member| {
                let beside = object.iter().find(|(beside, _)| beside.strip_prefix('_') == Some(member.name));
                let (value, companion) = (object.get(member.name), beside.map(|(_, companion)| companion));
                for (value, companion) in pairs(value, companion) {
                    let inner = match member.type_id {
                        Some(type_id) => Some(Node { value, companion, type_id }),
                        None => value.and_then(|value| self.around.node(value)),
                    };
                    found.extend(inner);
                }
            });
        }
        found
    }

    fn meets(&mut self, profile: &Profile, test: &Test, node: Node<'a>, scope: &Scope<'a>) -> bool {
        let name = self.around.definitions.name(node.type_id);
        match (test, node.value) {
            (Test::Fixed(wanted), Some(value)) => fixed::same(wanted, value),
            (Test::Pattern(wanted), Some(value)) => fixed::contains(value, wanted),
            (Test::Bound(value_set), Some(value)) => self.is_bound(value_set, name, value),
            (Test::Type(wanted), _) => self.is_based_on(name, wanted),
            (Test::Conforms(canonical), _) => {
                self.apart().and_then(|mut walk| walk.conforms(canonical, node, scope)).unwrap_or(false)
            }
            (Test::Nested(other, place), Some(value)) => {
                self.keeps_element(other.as_deref().unwrap_or(profile), *place, (node, value), scope)
            }
            _ => false,
        }
    }

    /// Whether an object keeps all that an element of a profile asks of its elements.
    fn keeps_element(
        &mut self,
        profile: &Profile,
        place: usize,
        (node, value): (Node<'a>, &'a Value),
        scope: &Scope<'a>,
    ) -> bool {
        let (Some(object), Some(mut walk)) = (value.as_object(), self.apart()) else { return false };
        walk.findings = Findings::default();
        let against = Against { profile, element: &profile.elements[place], source: Source::Profile };
        walk.members(against, Holder { node, object, value_of: None }, scope, &Place::root(""));
        !walk.findings.has_errors()
    }
}

/// The items of a member, each with what stands beside it.
pub(super) fn pairs<'a>(
    value: Option<&'a Value>,
    companion: Option<&'a Value>,
) -> Vec<(Option<&'a Value>, Option<&'a Value>)> {
    let Some(Value::Array(_)) = value.or(companion) else {
        return value.or(companion).map(|_| (value, companion)).into_iter().collect();
    };
    let (values, beside) = (value.map_or(&[][..], Value::items), companion.map_or(&[][..], Value::items));
    let present = |value: &&'a Value| **value != Value::Null;
    let length = std::cmp::max(values.len(), beside.len());
    let pair = |index| (values.get(index).filter(present), beside.get(index).filter(present));
    (0..length).map(pair).collect()
}
