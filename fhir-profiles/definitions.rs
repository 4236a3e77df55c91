//! Which types are there, and which elements do they have?
//!
//! From the StructureDefinitions of R4 4.0.1, condensed to what structure needs; see [`crate::condensed`]
//! for the text they are read from. <https://hl7.org/fhir/R4/elementdefinition.html>

mod read;

use std::collections::HashMap;
use std::io::Read;
use std::sync::OnceLock;

use flate2::read::GzDecoder;
use model::ResourceType;
use model::xml::{Form, Node};

/// The condensed definitions of R4 4.0.1, compressed.
pub const R4: &[u8] = include_bytes!("definitions/r4.txt.gz");

/// All types and their elements. There is one for the whole process.
pub struct Definitions {
    types: Vec<TypeDefinition>,
    nodes: HashMap<&'static str, Node>,
    resource_types: Vec<ResourceType>,
    element: Node,
}

/// A type, or a backbone element with elements of its own.
pub struct TypeDefinition {
    /// `Patient`, `HumanName`, `Patient.contact`.
    pub name: &'static str,
    /// What it is.
    pub kind: TypeKind,
    /// Whether only types based on it have instances.
    pub is_abstract: bool,
    /// The type it is based on; backbone elements and the roots have none.
    pub base: Option<&'static str>,
    children: Vec<Child>,
    /// Names and places of the children, shorter names first, so that most comparisons end at the length.
    places: Vec<(&'static str, u16)>,
}

/// What a [`TypeDefinition`] defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TypeKind {
    /// A resource.
    Resource,
    /// A datatype with elements.
    Complex,
    /// A datatype with a value.
    Primitive,
    /// A part of one of them.
    Backbone,
}

/// An element in its place; of a choice there is one for each type.
#[derive(Debug)]
pub struct Child {
    /// The member's name in JSON: `birthDate`, `valueQuantity`.
    pub name: &'static str,
    /// The element's name in its definition: `birthDate`, `value[x]`.
    pub element: &'static str,
    /// The type: `date`, `Quantity`, `BackboneElement`; `Resource` for any resource.
    pub type_name: &'static str,
    /// The place of the type in the table; of contained resources that of `Resource`.
    pub type_node: Node,
    /// What stands in it.
    pub form: Form,
    /// How many there must be.
    pub min: u32,
    /// How many there may be.
    pub max: Max,
    /// Its place among its siblings; the same for the types of a choice.
    pub order: u16,
    /// Whether it belongs to the summary.
    pub is_summary: bool,
    /// Whether it may change the meaning of what holds it.
    pub is_modifier: bool,
}

/// How many times an element may stand in its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Max {
    /// Once, and never in an array.
    One,
    /// So many times, in an array.
    Many(u32),
    /// Any number of times, in an array.
    Unbounded,
}

impl Definitions {
    /// The definitions of R4 4.0.1.
    pub fn r4() -> &'static Definitions {
        static DEFINITIONS: OnceLock<Definitions> = OnceLock::new();
        DEFINITIONS.get_or_init(|| {
            let mut text = String::new();
            GzDecoder::new(R4).read_to_string(&mut text).expect("the embedded definitions are whole");
            // Leaked on purpose: every name in the tables is a slice of it, for as long as the process lives.
            read::read(text.leak())
        })
    }

    /// The type of resources called `name`; abstract ones are none.
    pub fn resource_type(&self, name: &str) -> Option<ResourceType> {
        let place = self.resource_types.binary_search_by(|known| known.as_str().cmp(name)).ok()?;
        Some(self.resource_types[place])
    }

    /// All types that a resource may have, by name.
    pub fn resource_types(&self) -> &[ResourceType] {
        &self.resource_types
    }

    /// All types, abstract ones and backbone elements included, in the order of the condensed text.
    pub fn types(&self) -> &[TypeDefinition] {
        &self.types
    }

    /// The type or backbone element called `name`: `HumanName`, `Patient.contact`.
    pub fn type_definition(&self, name: &str) -> Option<&TypeDefinition> {
        self.nodes.get(name).map(|node| self.node(*node))
    }

    /// The member `name` of the type or backbone element `parent`; a choice by its full name.
    pub fn child(&self, parent: &str, name: &str) -> Option<&Child> {
        self.type_definition(parent)?.child(name)
    }

    /// The place of the type or backbone element called `name`.
    pub fn node_called(&self, name: &str) -> Option<Node> {
        self.nodes.get(name).copied()
    }

    /// The type that a [`Form::Object`] leads to.
    pub fn node(&self, node: Node) -> &TypeDefinition {
        &self.types[usize::try_from(node.0).expect("nodes are places in the table")]
    }

    /// The members of resources of this type; abstract ones have none.
    pub fn resource_node(&self, name: &str) -> Option<Node> {
        let node = *self.nodes.get(name)?;
        let found = self.node(node);
        (found.kind == TypeKind::Resource && !found.is_abstract).then_some(node)
    }

    /// What every element may have: id and extensions.
    pub fn element_node(&self) -> Node {
        self.element
    }
}

impl TypeDefinition {
    /// The elements, in the order of the definition.
    pub fn children(&self) -> &[Child] {
        &self.children
    }

    /// The member called `name`; a choice by its full name, such as `valueQuantity`.
    pub fn child(&self, name: &str) -> Option<&Child> {
        let shorter_first = |known: &str| known.len().cmp(&name.len()).then_with(|| known.cmp(name));
        let found = self.places.binary_search_by(|(known, _)| shorter_first(known)).ok()?;
        Some(&self.children[usize::from(self.places[found].1)])
    }
}

impl Child {
    /// Whether JSON holds it in an array.
    pub fn repeats(&self) -> bool {
        self.max != Max::One
    }

    /// Whether it is one of the types of a choice.
    pub fn is_choice(&self) -> bool {
        self.element.ends_with("[x]")
    }
}

#[cfg(test)]
mod tests;
