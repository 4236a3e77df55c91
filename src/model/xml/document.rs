//! What stands in this XML text, element by element?
//!
//! A tree of elements, text, comments and instructions for whoever changes XML as XML, as XML Patch does. It
//! knows nothing of FHIR. Document types are refused, and with them all entities that XML does not bring along.

mod read;
mod write;

pub use read::{is_name, parse};
pub use write::write;

/// A whole document: its root, and what stands before and behind it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Comments and instructions, and exactly one element.
    pub nodes: Vec<Node>,
}

/// Something that stands in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Node {
    /// An element.
    Element(Element),
    /// Text, its references resolved. No text stands beside another.
    Text(String),
    /// A comment's content.
    Comment(String),
    /// A processing instruction: its target, and what follows.
    Instruction(String, String),
}

/// An element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Element {
    /// What it is called.
    pub name: QualifiedName,
    /// The prefixes that it declares; the empty one is the default namespace.
    pub declarations: Vec<(String, String)>,
    /// Its attributes, in order.
    pub attributes: Vec<(QualifiedName, String)>,
    /// What stands in it.
    pub children: Vec<Node>,
}

/// A name in a namespace. Two are the same when space and local part are; the prefix is how it was written.
#[derive(Clone, Debug)]
pub struct QualifiedName {
    /// The prefix, empty when there is none.
    pub prefix: String,
    /// The name without it.
    pub local: String,
    /// The namespace, empty when there is none.
    pub space: String,
}

impl PartialEq for QualifiedName {
    fn eq(&self, other: &Self) -> bool {
        (&self.local, &self.space) == (&other.local, &other.space)
    }
}

impl Eq for QualifiedName {}

impl Document {
    /// The place of the root among the nodes.
    pub fn root_place(&self) -> Option<usize> {
        self.nodes.iter().position(|node| matches!(node, Node::Element(_)))
    }

    /// The root.
    pub fn root(&self) -> Option<&Element> {
        self.nodes.iter().find_map(Node::as_element)
    }
}

impl Node {
    /// The element, when this is one.
    pub fn as_element(&self) -> Option<&Element> {
        match self {
            Node::Element(element) => Some(element),
            _ => None,
        }
    }
}

impl Element {
    /// The value of the attribute that has no namespace and this name.
    pub fn attribute(&self, local: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(name, _)| name.space.is_empty() && name.local == local);
        found.map(|(_, value)| value.as_str())
    }

    /// All the text in it, at every depth.
    pub fn text(&self) -> String {
        let mut text = String::new();
        self.gather(&mut text);
        text
    }

    fn gather(&self, text: &mut String) {
        for child in &self.children {
            match child {
                Node::Text(piece) => text.push_str(piece),
                Node::Element(element) => element.gather(text),
                Node::Comment(_) | Node::Instruction(..) => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
