//! What bounds does this crate keep, and why?
//!
//! Packages come from strangers; every size, count and depth in reading them has its limit here.

/// Bytes of one file in a package; the largest published one has 6 MB.
pub const FILE_BYTES_MAX: u64 = 64 << 20;

/// Bytes of all files together, so that a small archive cannot unpack to a full disk's worth.
pub const PACKAGE_BYTES_MAX: u64 = 1 << 30;

/// Bytes of an archive as it comes. The largest published package of value sets has some 80 MB.
pub const ARCHIVE_BYTES_MAX: usize = 256 << 20;

/// How many times its size an archive may unpack to. Published packages reach 30, a bomb 1,000.
pub const RATIO_MAX: u64 = 100;

/// Bytes that an archive may unpack to whatever its size: repetitive test packages compress well.
pub const RATIO_FREE_BYTES: u64 = 16 << 20;

/// Entries of one archive, folders included. The largest published package has some 30,000.
pub const ENTRIES_MAX: usize = 50_000;

/// Bytes of an entry's name. Published ones have 150; all of an archive are kept to find those that repeat.
pub const ENTRY_NAME_BYTES_MAX: usize = 1024;

/// Bytes of the extended headers before one entry, which hold little more than its name.
pub const ENTRY_HEADER_BYTES_MAX: u64 = 64 << 10;

/// Bytes of JSON after which a block of a layer is closed: small enough to unpack within a fraction of a
/// millisecond, large enough for what definitions have in common to be compressed away.
pub const BLOCK_BYTES: usize = 64 << 10;

/// Bytes of a layer's index when unpacked; that of all R4 definitions has 0.7 MB.
pub const INDEX_BYTES_MAX: usize = 64 << 20;

/// Characters of a package's name or version, which become part of a file's name.
pub const PACKAGE_NAME_LENGTH_MAX: usize = 100;

/// Packages that may be installed together; every lookup asks each of them.
pub const PACKAGES_MAX: usize = 256;

/// Packages on the way from one that is added to one that it needs. Published chains have five.
pub const DEPENDENCY_DEPTH_MAX: usize = 32;

/// Definitions without snapshot that may be needed for one another to make one. Published chains have five.
pub const SNAPSHOT_CHAIN_MAX: usize = 16;

/// Elements that one snapshot may copy from the definitions of types and into slices. The largest published one
/// has some 3,000.
pub const SNAPSHOT_ELEMENTS_MAX: usize = 50_000;
