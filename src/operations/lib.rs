//! What else can be asked?
//!
//! The `$operations`, one file each and one line in the list: <https://hl7.org/fhir/R4/operations.html>. What an
//! operation is, and how it is called, says `interactions::operation`.
//!
//! Invariants: an operation that is not in [`ALL`] is neither answered nor announced; arguments that it does not
//! know are refused; nothing here knows HTTP or SQL.

mod arguments;
mod batch_validate_code;
mod closure;
mod elsewhere;
mod expand;
mod fhirpath;
mod find_matches;
mod lines;
mod lookup;
mod snapshot;
mod subsumes;
mod translate;
mod validate;
mod validate_code;

use interactions::Operation;

/// Every operation this server offers.
pub static ALL: &[Operation] = &[
    validate::OPERATION,
    fhirpath::OPERATION,
    snapshot::OPERATION,
    expand::OPERATION,
    validate_code::IN_VALUE_SET,
    validate_code::IN_CODE_SYSTEM,
    batch_validate_code::IN_VALUE_SET,
    batch_validate_code::IN_CODE_SYSTEM,
    lookup::OPERATION,
    subsumes::OPERATION,
    find_matches::OPERATION,
    translate::OPERATION,
    closure::OPERATION,
];
