//! Do the rules hold that a definition states as expressions?
//!
//! <https://hl7.org/fhir/R4/conformance-rules.html#constraints>. A rule that cannot be evaluated is named in a
//! warning; it is never taken for kept.

use fhirpath::{Budget, Context, Expression, Failure, Host, Item, Node, Nothing};
use model::{Code, Value};

use crate::place::Place;
use crate::surroundings::Scope;
use crate::walk::{Against, Present, Walk};

impl<'a> Walk<'a> {
    /// Evaluates the invariants of an element on one value.
    pub(crate) fn constraints(
        &mut self,
        against: Against<'_>,
        (node, present): (Node<'a>, Option<&Present>),
        scope: &Scope<'a>,
        place: &Place<'_>,
    ) {
        let settled = present.map_or(0, |present| present.settled(&against.element.clauses));
        let object = node.value.and_then(Value::as_object);
        let is_contained = |id: &str| self.around.contained(id, scope).is_some();
        for (index, constraint) in (0_u32..).zip(&against.element.constraints) {
            if settled & 1_u64.checked_shl(index).unwrap_or(0) != 0 {
                continue;
            }
            if object.is_some_and(|object| constraint.is_kept(object, node.type_id, &is_contained)) {
                continue;
            }
            match self.holds(&constraint.expression, node, scope) {
                Ok(true) => {}
                Ok(false) => {
                    let message = format!("{}: {}", constraint.key, constraint.human);
                    self.findings.note(constraint.severity, Code::InvariantBroken, place, message);
                }
                Err(failure) => {
                    let why = explain(&failure);
                    let message = format!("the invariant {} could not be evaluated: {why}", constraint.key);
                    self.findings.warning(Code::InvariantNotChecked, place, message);
                }
            }
        }
    }

    /// Whether an expression is true of a node. Nothing is not true, as the reference validator has it.
    pub(crate) fn holds(
        &self,
        expression: &Expression,
        node: Node<'a>,
        scope: &Scope<'a>,
    ) -> Result<bool, Failure> {
        expression.holds(Item::Node(node), &self.context(scope, &[]))
    }

    /// What expressions are evaluated in.
    pub(crate) fn context(
        &self,
        scope: &Scope<'a>,
        variables: &'a [(&'a str, fhirpath::Collection<'a>)],
    ) -> Context<'a> {
        Context {
            types: self.around.definitions,
            host: self.around.asked.get().map_or(&Nothing, |asked| asked as &dyn Host<'a>),
            resource: scope.resource,
            root: scope.container,
            now: self.around.now,
            variables,
            budget: Budget::default(),
        }
    }
}

pub(crate) fn explain(failure: &Failure) -> String {
    match failure {
        Failure::Execution(why) => why.clone(),
        Failure::TooCostly(limit) => format!("it needs more than the limit of {limit}"),
    }
}
