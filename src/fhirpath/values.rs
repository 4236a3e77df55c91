//! What are the values of FHIRPath's own types, and how are they compared, computed and converted?
//!
//! <https://hl7.org/fhirpath/N1/#literals>; how FHIR's primitives become such values:
//! <https://hl7.org/fhir/R4/fhirpath.html#types>. Decimals hold 28 digits; a number with more is rounded
//! where it becomes a value, and one beyond their range becomes none.

pub(crate) mod boundary;
mod date;
mod datetime;
pub(crate) mod decimal;
mod node;
pub(crate) mod operators;
pub(crate) mod print;
pub(crate) mod quantity;
mod shift;
mod time;

pub use date::{Date, DatePrecision};
pub use datetime::DateTime;
pub(crate) use decimal::parse_decimal;
pub(crate) use node::of_node;
pub use quantity::Quantity;
pub use time::{Clock, ClockPrecision, Time};

/// A decimal that computes exactly, and keeps the zeros that were written after its point.
pub type Decimal = rust_decimal::Decimal;

#[cfg(test)]
mod tests;
