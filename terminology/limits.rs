//! What bounds does terminology keep, and why?
//!
//! Each has its name and its reason here; what exceeds one is refused by that name.

/// Characters of one code. The longest of the systems in use have some hundred; SNOMED CT expressions more.
pub const CODE_LENGTH_MAX: usize = 4096;

/// Concepts of one code system; SNOMED CT with all its extensions has 700,000.
pub const CONCEPTS_MAX: usize = 4_000_000;

/// Bytes of all texts of one code system, because a place in them is kept in 32 bits.
pub const TEXT_BYTES_MAX: usize = u32::MAX as usize;

/// Value sets that import one another in a chain. Published ones go five deep.
pub const IMPORT_DEPTH_MAX: usize = 32;

/// Value sets that one value set may draw on, counted with repetition: importing twice at each of many
/// levels would otherwise double the work at each.
pub const IMPORTS_MAX: usize = 2_000;

/// Characters of a regular expression in a filter.
pub const REGEX_LENGTH_MAX: usize = 1_000;

/// Bytes of a regular expression once compiled; matching it is then linear in the code's length.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// Concepts of an expansion that is asked for without paging; more is too costly for both sides.
pub const EXPANSION_MAX: usize = 10_000;

/// Levels of a nested expansion; what stands deeper is shown beside its parent. Readers have limits of their own.
pub const NESTING_MAX: usize = 30;

/// Concepts that are listed to make a page of an expansion.
pub const ENUMERATION_MAX: usize = 2_000_000;

/// Characters of the words by which an expansion is filtered.
pub const FILTER_LENGTH_MAX: usize = 500;

/// Value sets and code systems that are kept ready. Core has 2,400; beyond this they are made anew each
/// time, so that no stream of made-up canonicals fills the memory.
pub const CACHE_ENTRIES_MAX: usize = 50_000;

/// Alternatives in one answer of a translation.
pub const MATCHES_MAX: usize = 1_000;

/// Concept maps that one translation looks through, those counted that are named for unmapped codes.
pub const MAPS_MAX: usize = 500;
