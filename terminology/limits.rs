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

/// Definitions of which a value set keeps what they say of themselves; nobody reads more warnings.
pub const DRAWN_MAX: usize = 200;

/// Characters of a regular expression in a filter.
pub const REGEX_LENGTH_MAX: usize = 1_000;

/// Bytes of a regular expression once compiled; matching it is then linear in the code's length.
pub const REGEX_BYTES_MAX: usize = 1 << 20;

/// Concepts of an expansion that is asked for without paging; more is too costly for both sides. Other servers
/// draw the line here too, so that clients are used to it.
pub const EXPANSION_MAX: usize = 1_000;

/// Levels of a nested expansion; what stands deeper is shown beside its parent. Readers have limits of their own.
pub const NESTING_MAX: usize = 30;

/// Concepts of a code system whose extensions an expansion looks at. They are rare, found by reading the definition
/// through, and unheard of in systems that are larger.
pub const MARKED_CONCEPTS_MAX: usize = 50_000;

/// Concepts that are listed to make a page of an expansion.
pub const ENUMERATION_MAX: usize = 2_000_000;

/// Characters of the words by which an expansion is filtered.
pub const FILTER_LENGTH_MAX: usize = 500;

/// Value sets and code systems that are kept ready. Core has 2,400; beyond this they are made anew each
/// time, so that no stream of made-up canonicals fills the memory.
pub const CACHE_ENTRIES_MAX: usize = 50_000;

/// Concepts of one closure table; each new one is compared with every other of its system.
pub const CLOSURE_CONCEPTS_MAX: usize = 20_000;

/// Entries of one answer about a closure table.
pub const CLOSURE_ENTRIES_MAX: usize = 100_000;

/// Characters of the name of a closure table.
pub const CLOSURE_NAME_MAX: usize = 256;

/// Alternatives in one answer of a translation.
pub const MATCHES_MAX: usize = 1_000;

/// Concept maps that one translation looks through, those counted that are named for unmapped codes.
pub const MAPS_MAX: usize = 500;

/// Bytes of one row of a release file. The longest descriptions of SNOMED CT have 4 KB, LOINC's rows some 10 KB.
pub const RECORD_BYTES_MAX: usize = 1 << 18;

/// Fields of one row of a release file; no format in use has a hundred.
pub const RECORD_FIELDS_MAX: usize = 256;

/// Bytes of a CodeSystem resource that is loaded from a file; as a tree it takes ten times that for the moment.
pub const RESOURCE_BYTES_MAX: usize = 1 << 29;

/// Bytes of one ECL expression: room for a few thousand concepts with their terms.
pub const ECL_LENGTH_MAX: usize = 200_000;

/// Brackets within brackets of an ECL expression; published ones go four deep.
pub const ECL_DEPTH_MAX: usize = 60;

/// Concepts, attributes, descriptions and rows that one ECL expression may look at: some seconds' work.
pub const ECL_STEPS_MAX: usize = 200_000_000;

/// Concepts of a code system from which on its words are indexed; below, looking at each is as quick.
pub const INDEXED_CONCEPTS_MIN: usize = 2_000;

/// Elements within elements of a release in XML; ClaML and the tabular list of ICD-10-CM go ten deep.
pub const TAGS_DEPTH_MAX: usize = 100;
