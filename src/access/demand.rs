//! What is wanted?

use model::{Key, ResourceType};

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verb {
    /// Look at the current state.
    Read,
    /// Look at earlier states.
    History,
    /// Make something new.
    Create,
    /// Change what is there.
    Update,
    /// Take it away.
    Delete,
}

/// A verb and what it applies to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Demand {
    /// On everything that the server holds.
    System(Verb),
    /// On the resources of one type.
    Type(Verb, ResourceType),
    /// On one resource.
    Instance(Verb, Key),
}
