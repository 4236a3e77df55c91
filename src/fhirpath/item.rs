//! What does a collection hold?
//!
//! Either a node of the tree, borrowed where it stands, or a value of FHIRPath's own System types:
//! <https://hl7.org/fhirpath/N1/#literals>.

use std::borrow::Cow;

use model::Value;

use crate::types::TypeId;
use crate::values::{Date, DateTime, Decimal, Quantity, Time};

/// What an expression yields: items in order, repeats allowed.
pub type Collection<'a> = Vec<Item<'a>>;

/// One item of a collection.
#[derive(Clone, Debug)]
pub enum Item<'a> {
    /// An element or resource of the tree, primitives included.
    Node(Node<'a>),
    /// `System.Boolean`.
    Boolean(bool),
    /// `System.Integer`, and R4's 64-bit whole numbers where one comes up.
    Integer(i64),
    /// `System.Decimal`.
    Decimal(Decimal),
    /// `System.String`.
    String(Cow<'a, str>),
    /// `System.Date`.
    Date(Date),
    /// `System.DateTime`.
    DateTime(DateTime),
    /// `System.Time`.
    Time(Time),
    /// `System.Quantity`.
    Quantity(Quantity),
    /// What `type()` answers: a namespace and a name.
    Type(&'static str, &'static str),
}

/// A node of the tree as the definitions see it.
///
/// A primitive may have a value, a companion (the member `_name`, with id and extensions), or both; all else
/// has a value only.
#[derive(Clone, Copy, Debug)]
pub struct Node<'a> {
    /// The value; none of a primitive that has only extensions.
    pub value: Option<&'a Value>,
    /// The companion of a primitive.
    pub companion: Option<&'a Value>,
    /// Its type.
    pub type_id: TypeId,
}
