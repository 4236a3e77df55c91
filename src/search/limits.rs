//! How much is searched at most?
//!
//! The bounds of a query and of what a resource is indexed by, each with its reason.

/// Systems and units whose numbers a thread remembers; there are some hundreds in practice.
pub const NUMBERS_KEPT: usize = 4096;

/// Bytes of a text that a row keeps: what follows is not searched. Longer than any name, address or code.
pub const TEXT_BYTES_MAX: usize = 1024;

/// Bytes of a text in an ordered index; what follows is compared with the row. PostgreSQL takes 2,700.
pub const KEY_BYTES_MAX: usize = 255;

/// Rows of one resource. The largest Groups and Lists keep below it.
pub const ROWS_MAX: usize = 100_000;

/// Contained resources of one that are searched, as many as rows tell apart in a byte. Nobody is known to have more.
pub const CONTAINED_MAX: u8 = u8::MAX;

/// Bytes of all names and values of one query, which may come in a body. A thousand long URLs fit.
pub const QUERY_BYTES_MAX: usize = 1 << 20;

/// Parameters of one query.
pub const PARAMETERS_MAX: usize = 200;

/// Values of one parameter, between commas. A page of patients' ids fits.
pub const VALUES_MAX: usize = 1000;

/// Steps of a chain, `_has` counted as one.
pub const CHAIN_STEPS_MAX: usize = 8;

/// Depth of a `_filter`.
pub const FILTER_DEPTH_MAX: usize = 32;

/// Parts of a condition after types and compartments were spread out.
pub const CONDITION_PARTS_MAX: usize = 20_000;

/// Value sets and hierarchies of codes that one query compares with.
pub const CODE_SETS_MAX: usize = 16;

/// Keys of `_sort`.
pub const SORT_KEYS_MAX: usize = 8;

/// Resources that are looked at for an estimate of how many match: some hundredths of a second.
pub const ESTIMATE_LOOKED_AT_MAX: u64 = 10_000;

/// `_include` and `_revinclude` of one query.
pub const INCLUDES_MAX: usize = 32;

/// Parentheses within parentheses of a path; R4 has one. What has more is left to the engine.
pub const PATH_DEPTH_MAX: usize = 8;

/// Members that a path leads through; R4 has 7. What has more is left to the engine.
pub const PATH_STEPS_MAX: usize = 32;

/// Ways that a path may take, as choices have many types: one behind another has 2,500. What has more is left to
/// the engine.
pub const PATH_WAYS_MAX: usize = 5_000;

/// Parts of a composite; R4 has 3.
pub const COMPONENTS_MAX: usize = 32;

/// Metres within which a place is near when the query does not say: a town and its surroundings.
pub const NEAR_METRES_DEFAULT: f64 = 10_000.0;

/// Steps of the engine for one expression on one resource: some hundredths of a second. Whoever writes waits for it.
pub const INDEX_STEPS_MAX: u64 = 200_000;

/// Items that one expression selects from one resource.
pub const INDEX_ITEMS_MAX: usize = 100_000;
