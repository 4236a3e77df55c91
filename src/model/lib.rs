//! What is a resource?
//!
//! FHIR as values: the tree, its two wire forms, and the small types the whole server speaks in.
//! No I/O, no definitions, no policy. Specification: <https://hl7.org/fhir/R4/formats.html>.
//!
//! Three invariants: a tree read and written again is the same JSON, member for member and digit for
//! digit; nothing here prints the content of a resource by `Debug`; nothing here knows HTTP or SQL.

pub mod bundle;
pub mod datetime;
pub mod decimal;
pub mod draft;
pub mod http_date;
pub mod instant;
pub mod issue;
pub mod json;
pub mod letters;
pub mod limits;
pub mod outcome;
pub mod parameters;
pub mod quantity;
pub mod reference;
pub mod resource;
pub mod rewrite;
pub mod syntax;
pub mod ucum;
pub mod value;
pub mod xml;

pub use draft::Draft;
pub use instant::{Clock, Instant};
pub use issue::{Code, Convention, Issue, Severity};
pub use resource::{Id, Key, ResourceType, VersionId};
pub use syntax::Syntax;
pub use value::{Name, Number, Object, Text, Value};
