//! What does the XML form ask of the definitions?

/// A type or backbone element, by a number that only the shape understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Node(pub u32);

/// The kind of JSON value that a primitive has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Leaf {
    /// `true` or `false`.
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
}

/// What stands in an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A string that XML writes as an attribute: `id`, and `url` of an Extension.
    Attribute,
    /// A value, which may have an id and extensions.
    Primitive(Leaf),
    /// The `div` of a narrative: a string in JSON, XHTML in XML.
    Narrative,
    /// Members of their own.
    Object(Node),
    /// A resource of any type.
    Resource,
}

/// What the definitions say of one element in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// What stands in it.
    pub form: Form,
    /// Whether JSON holds it in an array.
    pub repeats: bool,
    /// Its place among its siblings.
    pub order: u16,
}

/// What the XML form must know and XML does not say.
pub trait Shape {
    /// The members of the resource type called `name`.
    fn resource(&self, name: &str) -> Option<Node>;

    /// The member of `node` called `name`; a choice by its full name, such as `valueQuantity`.
    fn part(&self, node: Node, name: &str) -> Option<Part>;

    /// The members that a primitive may have beside its value: id and extensions.
    fn element(&self) -> Node;
}
