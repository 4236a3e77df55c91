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

/// Alternatives of one invariant that are kept; all official invariants have fewer, and losing one only costs time.
pub(crate) const ALTERNATIVES_MAX: usize = 16;

/// Members of one object that are remembered from the first look at it to the second; few objects have more.
pub(crate) const MEMBERS_KNOWN_MAX: usize = 32;

/// Digits of a number that is told to be zero or more by its letters; all readers hold as many.
pub(crate) const PLAIN_DIGITS_MAX: usize = 16;

/// Contained resources that are looked through one by one; where there are more, they are put in order first.
pub(crate) const CONTAINED_FEW: usize = 8;

/// Slots of a table of names for each of them: with four, nearly every name has its own.
pub(crate) const SLOTS_PER_NAME: usize = 4;
