//! Are expression constraints read, written and answered as the specification says?

mod evaluating;
mod ontology;
mod parsing;
mod printing;
