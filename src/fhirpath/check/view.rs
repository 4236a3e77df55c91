//! What is this piece of syntax, as far as types are concerned?
//!
//! The checker's own narrow view of the syntax tree, so that inference reads as one list of cases.

use crate::check::kind::System;
use crate::item::Item;
use crate::syntax::{Syntax, TypeName, TypeOperator};
use crate::values::operators::equivalent;

/// A piece of syntax.
pub(super) enum View<'s> {
    /// `{}`
    Empty,
    /// A literal of this type.
    Literal(System),
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(&'s str),
    /// A name, alone or after a point.
    Member { input: Option<&'s Syntax>, name: &'s str },
    /// A function, alone or after a point.
    Call { input: Option<&'s Syntax>, name: &'s str, arguments: &'s [Syntax] },
    /// `input[index]`
    Indexer { input: &'s Syntax, index: &'s Syntax },
    /// A sign before a number.
    Sign(&'s Syntax),
    /// An operator between two operands.
    Binary { operator: &'static str, left: &'s Syntax, right: &'s Syntax },
    /// `value is name`.
    Is { value: &'s Syntax, name: String },
    /// `value as name`.
    As { value: &'s Syntax, name: String },
    /// `value.ofType(name)`.
    OfType { value: &'s Syntax, name: String },
}

/// What the syntax is.
pub(super) fn view(syntax: &Syntax) -> View<'_> {
    match syntax {
        Syntax::Empty => View::Empty,
        Syntax::Literal(item) => literal(item).map_or(View::Total, View::Literal),
        Syntax::This => View::This,
        Syntax::Index => View::Index,
        Syntax::Total => View::Total,
        Syntax::Variable(name) => View::Variable(name),
        Syntax::Member { input, name } => View::Member { input: input.as_deref(), name },
        Syntax::Call { input, function, arguments } => {
            View::Call { input: input.as_deref(), name: function.name, arguments }
        }
        Syntax::Indexer { input, index } => View::Indexer { input, index },
        Syntax::Plus(operand) | Syntax::Negate(operand) => View::Sign(operand),
        Syntax::Binary { operator, left, right } => View::Binary { operator: operator.as_str(), left, right },
        Syntax::Type { operator: TypeOperator::Is, value, name } => View::Is { value, name: written(name) },
        Syntax::Type { operator: TypeOperator::As, value, name } => View::As { value, name: written(name) },
        Syntax::Type { operator: TypeOperator::OfType, value, name } => {
            View::OfType { value, name: written(name) }
        }
    }
}

/// Whether both are literals, and not the same, so that their union surely has two items.
pub(super) fn is_other_literal(left: &Syntax, right: &Syntax) -> bool {
    match (left, right) {
        (Syntax::Literal(left), Syntax::Literal(right)) => !equivalent(left, right),
        _ => false,
    }
}

fn written(name: &TypeName) -> String {
    match &name.namespace {
        Some(namespace) => format!("{namespace}.{}", name.name),
        None => name.name.to_string(),
    }
}

/// The type of a literal; what is no literal has none.
fn literal(item: &Item) -> Option<System> {
    match item {
        Item::Boolean(_) => Some(System::Boolean),
        Item::Integer(_) => Some(System::Integer),
        Item::Decimal(_) => Some(System::Decimal),
        Item::String(_) => Some(System::String),
        Item::Date(_) => Some(System::Date),
        Item::DateTime(_) => Some(System::DateTime),
        Item::Time(_) => Some(System::Time),
        Item::Quantity(_) => Some(System::Quantity),
        Item::Type(..) | Item::Node(_) => None,
    }
}
