//! What does this expression yield?
//!
//! FHIRPath, the whole normative language and R4's additions, over the tree as it is:
//! <https://hl7.org/fhirpath/N1/> and <https://hl7.org/fhir/R4/fhirpath.html>.
//!
//! Invariants: an expression is parsed once and evaluated often; evaluation copies nothing of the tree;
//! no expression runs longer, deeper or larger than its budget.

pub mod check;
mod context;
mod evaluate;
mod expression;
mod failure;
mod functions;
mod item;
mod lexer;
pub mod limits;
mod locate;
pub mod narrative;
mod parser;
#[cfg(test)]
mod sample;
mod syntax;
pub mod types;
pub mod values;

pub use check::check;
pub use context::{Budget, Context, Host, Nothing};
pub use expression::{Expression, SyntaxError};
pub use failure::Failure;
pub use item::{Collection, Item, Node};
pub use locate::{locate, resource_node};
pub use types::{Kind, Member, TypeId, Types};
