//! Does a rule hold already because of which members an object has?
//!
//! Most invariants bind members together that seldom stand together: `code.empty() or system.exists()`. Such an
//! expression is read here as far as the presence of members and the texts of codes decide it; all else in it is
//! taken for unknown, and where the unknown matters the expression is evaluated:
//! <https://hl7.org/fhirpath/N1/#boolean-logic>.
//!
//! Invariant: of an object that the structural pass accepts, what is proved here is what evaluating would yield.

mod read;

use std::cmp::Ordering;
use std::collections::HashSet;
use std::sync::OnceLock;

use fhir_profiles::{Definitions, TypeDefinition};
use fhirpath::TypeId;
use model::xml::Node;
use model::{Object, Text, Value};

use crate::checks::Format;
use crate::limits::PLAIN_DIGITS_MAX;

pub(crate) use read::read;

/// An expression as far as the members of an object decide it.
#[derive(Debug)]
pub(crate) enum Proof {
    /// Something that only evaluating tells.
    Unknown,
    /// Whether the member is there.
    Exists(Name),
    /// Whether something is there that a path through the member and these below it leads to.
    Below(Name, Vec<Box<str>>),
    /// Whether the member is there with a value.
    HasValue(Name),
    /// Whether the member is this text.
    Equals(Name, Box<str>),
    /// Whether the dates or times of two members stand in this order.
    Ordered(Order, Name, Name),
    /// Whether the member is a number not below zero.
    NotNegative(Name),
    /// Whether there are so many of the member.
    Count(Order, Name, usize),
    Not(Box<Proof>),
    Both(Logic, Box<Proof>, Box<Proof>),
}

/// How two truths make one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Logic {
    And,
    Or,
    Xor,
    Implies,
}

/// How two values compare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// The name of an element in an expression.
#[derive(Debug)]
pub(crate) struct Name {
    plain: Box<str>,
    /// Whether some element of this name is a choice, and called otherwise in JSON.
    may_be_choice: bool,
}

impl Proof {
    /// Whether the expression is true of an object of this type; none when it must be evaluated.
    pub(crate) fn of(&self, object: &Object, type_id: TypeId) -> Option<bool> {
        // What stands beside a primitive is one more way to be there, and too rare to be worth the care.
        if object.iter().any(|(name, _)| name.starts_with('_')) {
            return None;
        }
        self.decide(object, type_id)
    }

    fn decide(&self, object: &Object, type_id: TypeId) -> Option<bool> {
        match self {
            Self::Unknown => None,
            Self::Exists(name) => name.is_there(object, type_id),
            Self::Below(name, further) => match object.get(&name.plain) {
                Some(value) => (!further.is_empty() && leads_nowhere(value, further)).then_some(false),
                None => name.is_there(object, type_id).filter(|is_there| !is_there),
            },
            Self::HasValue(name) => match object.get(&name.plain) {
                Some(Value::Bool(_) | Value::Number(_) | Value::String(_)) => Some(true),
                Some(_) => None,
                None => name.is_there(object, type_id).filter(|is_there| !is_there),
            },
            Self::Equals(name, text) => match object.get(&name.plain)? {
                Value::String(value) => Some(value.as_str() == &**text),
                _ => None,
            },
            Self::Ordered(order, left, right) => {
                let order_found = moments(object.get(&left.plain)?, object.get(&right.plain)?)?;
                Some(order.fits(order_found))
            }
            Self::NotNegative(name) => match object.get(&name.plain)? {
                Value::Number(number) => is_plain_number(number.as_str()).then_some(true),
                _ => None,
            },
            Self::Count(order, name, number) => {
                let count = match object.get(&name.plain) {
                    Some(Value::Array(items)) => items.len(),
                    Some(_) => 1,
                    None => usize::from(name.is_there(object, type_id)?),
                };
                Some(order.fits(count.cmp(number)))
            }
            Self::Not(proof) => Some(!proof.decide(object, type_id)?),
            Self::Both(logic, left, right) => {
                logic.join(left.decide(object, type_id), || right.decide(object, type_id))
            }
        }
    }
}

impl Logic {
    /// Joins two truths; the second is asked only if the first leaves something open.
    fn join(self, left: Option<bool>, right: impl FnOnce() -> Option<bool>) -> Option<bool> {
        match (self, left) {
            (Self::And, Some(false)) => return Some(false),
            (Self::Or, Some(true)) | (Self::Implies, Some(false)) => return Some(true),
            (Self::Xor, None) => return None,
            _ => {}
        }
        let right = right();
        match (self, right) {
            (Self::And, Some(false)) => Some(false),
            (Self::Or | Self::Implies, Some(true)) => Some(true),
            (Self::Xor, right) => Some(left? != right?),
            // Each of the others is now what its right side is, if the left side is known.
            (_, right) => left.and(right),
        }
    }
}

impl Order {
    /// The order that an operator asks for.
    fn parse(operator: &str) -> Option<Self> {
        Some(match operator {
            "<" => Self::Less,
            "<=" => Self::LessOrEqual,
            ">" => Self::Greater,
            ">=" => Self::GreaterOrEqual,
            _ => return None,
        })
    }

    fn fits(self, found: Ordering) -> bool {
        match self {
            Self::Less => found.is_lt(),
            Self::LessOrEqual => found.is_le(),
            Self::Greater => found.is_gt(),
            Self::GreaterOrEqual => found.is_ge(),
        }
    }
}

/// How two dates or times compare, where each digit of one has its match in the other, and the zones are the same.
fn moments(left: &Value, right: &Value) -> Option<Ordering> {
    let (Value::String(left), Value::String(right)) = (left, right) else { return None };
    let zone =
        |text: &'_ str| text.get(10..).and_then(|time| time.find(['Z', '+', '-'])).map(|place| place + 10);
    let same_zone = left.len() == right.len() && zone(left) == zone(right) && {
        let zone = zone(left).unwrap_or(left.len());
        left.get(zone..) == right.get(zone..)
    };
    // A leap second is one that not every reader counts.
    let is_moment = |text: &Text| is_moment(text) && !text.contains(":60");
    (same_zone && is_moment(left) && is_moment(right)).then(|| left.cmp(right))
}

fn is_moment(text: &Text) -> bool {
    Format::DateTime.check(&Value::String(text.clone())).is_ok()
}

/// Whether a number is one that every reader takes for the same, and not below zero.
fn is_plain_number(text: &str) -> bool {
    text.len() <= PLAIN_DIGITS_MAX && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

impl Name {
    fn new(plain: &str) -> Self {
        Self { plain: plain.into(), may_be_choice: choices().contains(plain) }
    }

    /// The name as it is written.
    pub(crate) fn plain(&self) -> &str {
        &self.plain
    }

    /// Whether the object has the element; none where its kind leaves that open.
    fn is_there(&self, object: &Object, type_id: TypeId) -> Option<bool> {
        match object.get(&self.plain) {
            Some(Value::Null) => None,
            Some(Value::Array(items)) => {
                items.first().is_some_and(|first| *first != Value::Null).then_some(true)
            }
            Some(_) => Some(true),
            None if self.may_be_choice => {
                let definition = Definitions::r4().node(Node(type_id.0));
                Some(object.iter().any(|(name, _)| self.is_made_by(name, definition)))
            }
            None => Some(false),
        }
    }

    /// Whether a member of JSON is the choice of this name.
    fn is_made_by(&self, member: &str, definition: &TypeDefinition) -> bool {
        member.starts_with(&*self.plain)
            && definition
                .child(member)
                .is_some_and(|child| child.element.strip_suffix("[x]") == Some(&self.plain))
    }
}

/// Whether nothing stands at the end of a path, because of what is not there.
fn leads_nowhere(value: &Value, path: &[Box<str>]) -> bool {
    let Some((next, further)) = path.split_first() else { return false };
    let ends = |item: &Value| match item {
        // What stands beside a primitive, or is a choice, is called otherwise.
        Value::Object(object) => object.iter().all(|(name, value)| {
            if *name == **next {
                leads_nowhere(value, further)
            } else {
                !name.trim_start_matches('_').starts_with(&**next)
            }
        }),
        _ => false,
    };
    match value {
        Value::Array(items) => items.iter().all(ends),
        item => ends(item),
    }
}

/// The names of all choices, without their mark.
fn choices() -> &'static HashSet<&'static str> {
    static CHOICES: OnceLock<HashSet<&'static str>> = OnceLock::new();
    CHOICES.get_or_init(|| {
        let children = Definitions::r4().types().iter().flat_map(TypeDefinition::children);
        children.filter_map(|child| child.element.strip_suffix("[x]")).collect()
    })
}

#[cfg(test)]
mod tests;
