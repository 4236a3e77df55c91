//! What parts does an expression have?
//!
//! <https://hl7.org/fhirpath/N1/grammar.html>, with functions found and literals read. What stands without an input
//! works on `$this`.

use crate::functions::Function;
use crate::item::Item;

/// A part of an expression.
#[derive(Debug)]
pub(crate) enum Syntax {
    /// `{}`
    Empty,
    /// A value as written.
    Literal(Item<'static>),
    /// `$this`
    This,
    /// `$index`
    Index,
    /// `$total`
    Total,
    /// `%name`
    Variable(Box<str>),
    /// An element, or at the beginning of a path the type of the focus.
    Member { input: Option<Box<Syntax>>, name: Box<str> },
    /// A function.
    Call { input: Option<Box<Syntax>>, function: &'static Function, arguments: Vec<Syntax> },
    /// `input[index]`
    Indexer { input: Box<Syntax>, index: Box<Syntax> },
    /// `-value`
    Negate(Box<Syntax>),
    /// `+value`
    Plus(Box<Syntax>),
    /// An operator between two operands.
    Binary { operator: Operator, left: Box<Syntax>, right: Box<Syntax> },
    /// `is` or `as` between a value and the name of a type, or the functions that ask the same.
    Type { operator: TypeOperator, value: Box<Syntax>, name: TypeName },
}

/// The name of a type as written: `FHIR.Patient`, `Patient`, `System.String`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TypeName {
    /// `FHIR` or `System`, where it is written.
    pub(crate) namespace: Option<Box<str>>,
    /// The name.
    pub(crate) name: Box<str>,
}

/// An operator between a value and a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TypeOperator {
    /// `is`
    Is,
    /// `as`
    As,
    /// `ofType()`
    OfType,
}

/// An operator between two operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Implies,
    Or,
    Xor,
    And,
    In,
    Contains,
    Equal,
    NotEqual,
    Equivalent,
    NotEquivalent,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Union,
    Add,
    Subtract,
    Concatenate,
    Multiply,
    Divide,
    Div,
    Mod,
}

/// Every operator, how it is written and how closely it binds: <https://hl7.org/fhirpath/N1/#operator-precedence>.
static OPERATORS: &[(Operator, &str, u8)] = &[
    (Operator::Implies, "implies", 1),
    (Operator::Or, "or", 2),
    (Operator::Xor, "xor", 2),
    (Operator::And, "and", 3),
    (Operator::In, "in", 4),
    (Operator::Contains, "contains", 4),
    (Operator::Equal, "=", 5),
    (Operator::NotEqual, "!=", 5),
    (Operator::Equivalent, "~", 5),
    (Operator::NotEquivalent, "!~", 5),
    (Operator::Less, "<", 6),
    (Operator::LessOrEqual, "<=", 6),
    (Operator::Greater, ">", 6),
    (Operator::GreaterOrEqual, ">=", 6),
    (Operator::Union, "|", 7),
    (Operator::Add, "+", 9),
    (Operator::Subtract, "-", 9),
    (Operator::Concatenate, "&", 9),
    (Operator::Multiply, "*", 10),
    (Operator::Divide, "/", 10),
    (Operator::Div, "div", 10),
    (Operator::Mod, "mod", 10),
];

/// How closely `is` and `as` bind.
pub(crate) const TYPE_BINDING: u8 = 8;

impl Operator {
    /// The operator that is written so, and how closely it binds.
    pub(crate) fn parse(written: &str) -> Option<(Self, u8)> {
        let known = OPERATORS.iter().find(|(_, text, _)| *text == written);
        known.map(|(operator, _, binding)| (*operator, *binding))
    }

    /// How it is written.
    pub(crate) fn as_str(self) -> &'static str {
        let known = OPERATORS.iter().find(|(operator, _, _)| *operator == self);
        known.map_or("", |(_, text, _)| *text)
    }
}
