//! What are the rules?
//!
//! The R4 4.0.1 definitions as data, and what follows from them alone: which elements a type has, which
//! of them belong to a summary, how XML writes them; and the definitions of installed packages on top of them.
//! Specification: <https://hl7.org/fhir/R4/structuredefinition.html>.
//!
//! Three invariants: the definitions come from the published package by `condense` and are never edited
//! by hand; they are decoded once and shared, never copied; nothing here changes what it is given.

pub mod condensed;
pub mod definitions;
pub mod facts;
pub mod layer;
pub mod limits;
pub mod package;
pub mod packages;
pub mod registry;
pub mod schema;
mod shape;
pub mod snapshot;
pub mod structure;
pub mod subset;
mod types;
pub mod version;

pub use definitions::{Child, Definitions, Max, TypeDefinition, TypeKind};
pub use layer::Layer;
pub use packages::Packages;
pub use registry::Registry;
