//! What are the rules?
//!
//! The R4 4.0.1 definitions as data, and what follows from them alone: which elements a type has, which
//! of them belong to a summary, how XML writes them. Specification: <https://hl7.org/fhir/R4/structuredefinition.html>.
//!
//! Three invariants: the definitions come from the published package by `condense` and are never edited
//! by hand; they are decoded once and shared, never copied; nothing here changes what it is given.

pub mod condensed;
pub mod definitions;
pub mod package;
mod shape;
pub mod structure;
pub mod subset;

pub use definitions::{Child, Definitions, Max, TypeDefinition, TypeKind};
