//! What must the engine know of a type?
//!
//! The engine walks a tree that carries no types; who defines them tells it through [`Types`]. It is
//! `fhir-profiles` that does, from the published definitions.

/// A type, or a backbone element: a place in the table of who implements [`Types`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TypeId(pub u32);

/// What a type is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A resource.
    Resource,
    /// A datatype with elements.
    Complex,
    /// A datatype with a value.
    Primitive,
    /// A part of a resource or datatype, with elements of its own.
    Backbone,
}

/// A member that JSON may hold in an object of some type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its name in JSON: `birthDate`, `valueQuantity`.
    pub name: &'static str,
    /// The element's name in expressions: `birthDate`, `value`.
    pub element: &'static str,
    /// The type of what it holds; none where a resource of any type may stand.
    pub type_id: Option<TypeId>,
    /// Whether JSON holds it in an array.
    pub repeats: bool,
}

/// The types of the tree that is walked.
pub trait Types: Send + Sync {
    /// The type called `name`: `Patient`, `Quantity`, `string`, `Element`, `Patient.contact`.
    fn find(&self, name: &str) -> Option<TypeId>;

    /// What it is called.
    fn name(&self, type_id: TypeId) -> &'static str;

    /// The type it is based on: `DomainResource` of `Patient`, `Quantity` of `Age`, `string` of `code`,
    /// `BackboneElement` of `Patient.contact`.
    fn base(&self, type_id: TypeId) -> Option<TypeId>;

    /// What it is.
    fn kind(&self, type_id: TypeId) -> Kind;

    /// What the member `name` of an object of this type is; `resourceType` is none.
    fn member(&self, parent: TypeId, name: &str) -> Option<Member>;

    /// The members that the element `element` may stand in: one, or for a choice one for each type.
    fn element(&self, parent: TypeId, element: &str, found: &mut dyn FnMut(Member));

    /// Every member that an object of this type may have, in the order of the definition.
    fn members(&self, parent: TypeId, found: &mut dyn FnMut(Member));
}
