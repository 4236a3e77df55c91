//! Where do these words stand?
//!
//! An index of words over tantivy, which is named here alone: [`Index`] finds the documents of a place by what stands in
//! them, <https://hl7.org/fhir/R4/search.html#content>. Words are compared without case and accents, see [`words`].
//!
//! Invariants: nothing here knows FHIR or storage; an index can always be made anew from what it was made of, so a
//! damaged one is emptied and never mended.

mod document;
mod error;
mod expression;
mod folder;
mod index;
pub mod limits;
mod lower;
mod schema;
mod tokenizer;
pub mod words;

pub use document::{Change, Document, Field, Name};
pub use error::{Error, Result};
pub use expression::{Expression, Phrase};
pub use index::{Found, Index};
