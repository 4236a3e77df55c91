//! What is being asked for?
//!
//! A FHIR search as a value, <https://hl7.org/fhir/R4/search.html>: parameters are read from the definitions
//! ([`Catalogue`]), a resource is indexed as [`Rows`] by them ([`index`]), a URL is parsed into a [`Search`], and
//! a [`Condition`] tells from rows alone whether a resource is meant. Whatever stores resources keeps the rows
//! beside them, and finds candidates by [`Range`]s of keys in a few ordered [`Index`]es.
//!
//! Invariants: nothing here reads or writes storage; a range never misses a resource that the condition means;
//! what a client sent is only ever compared, never put into a text that is run.

pub mod catalogue;
pub mod compartments;
pub mod condition;
pub mod cursor;
pub mod explain;
pub mod hash;
pub mod index;
pub mod limits;
pub mod order;
pub mod parse;
pub mod query;
pub mod rows;
pub mod scan;
pub mod types;
pub mod words;

pub use catalogue::{Catalogue, Kind, Parameter};
pub use condition::{Chain, Clause, Condition, Container, Has, Test, Verdict};
pub use cursor::Cursor;
pub use query::{Branch, Include, Page, Query, Search, SortBy, SortKey, Total};
pub use rows::{Indexed, Inner, ParameterId, Row, Rows};
pub use scan::{Index, Key, Part, Range, Scan};
pub use words::Words;
