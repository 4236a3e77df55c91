//! What bounds does validation keep, and why?

/// Profiles that lead into one another, by references and by `conformsTo`, before the walk turns back. Real
/// guides nest five or six deep; a circle of them would never end.
pub(crate) const PROFILE_DEPTH_MAX: usize = 24;

/// Elements of one snapshot. The largest published one has some four thousand.
pub(crate) const ELEMENTS_MAX: usize = 50_000;

/// Compiled profiles kept at once; a client that names ever new ones must not fill the memory.
pub(crate) const PROFILES_MAX: usize = 4096;

/// Conformance checks of one resource together, so that profiles which point to one another many times over
/// cannot multiply the work without end.
pub(crate) const CONFORMANCE_CHECKS_MAX: usize = 20_000;

/// Brackets within one another in an invariant that is read for a proof; deeper ones are evaluated.
pub(crate) const PROOF_DEPTH_MAX: usize = 32;

/// Slots of a table of names for each of them: with four, nearly every name has its own.
pub(crate) const SLOTS_PER_NAME: usize = 4;
