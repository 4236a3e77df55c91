//! What bounds does the server keep, and why?
//!
//! Every loop, depth, body, queue and wait has its limit here, by name and with its reason.

/// Levels of nesting in one JSON or XML document. The deepest official example has 40 of them.
pub const DEPTH_MAX: usize = 64;

/// Characters of one number. The specification asks for 18 significant digits; 100 leave room for any
/// exponent and still fit a line.
pub const NUMBER_LENGTH_MAX: usize = 100;

/// Attributes of one XML element; comparing each with each to find duplicates must stay cheap. XHTML has
/// some thirty that a narrative may use.
pub const ATTRIBUTES_MAX: usize = 64;

/// Complaints about one resource after which checking it ends: nobody reads more, and an answer must
/// not outgrow its request.
pub const ISSUES_MAX: usize = 100;

/// Characters of a logical id, from the `id` datatype.
pub const ID_LENGTH_MAX: usize = 64;

/// Bytes of one request body, after decompression, unless configured otherwise. The largest official
/// example has 5 MB, the largest Synthea bundle of the public set 20 MB.
pub const BODY_BYTES_MAX: usize = 64 << 20;

/// Bytes of all request bodies in work together, so that many large ones cannot exhaust the memory.
pub const BODIES_BYTES_MAX: usize = 512 << 20;

/// Bytes of one raw Binary, which is streamed to the blob folder and never held in memory.
pub const BINARY_BYTES_MAX: u64 = 4 << 30;

/// Bytes of a Binary that is served inside a FHIR resource, because base64 needs it in memory.
pub const BINARY_INLINE_BYTES_MAX: u64 = 64 << 20;

/// Entries of one history page when the client names no `_count`.
pub const PAGE_SIZE_DEFAULT: usize = 50;

/// Entries of one history page at most, so that a page fits in memory many times over.
pub const PAGE_SIZE_MAX: usize = 1000;

/// Bytes of one page of a search at most: one more resource is not added to what is longer, since all of it is
/// held in memory until it is sent.
pub const PAGE_BYTES_MAX: usize = 256 << 20;

/// Rounds in which what was included is asked for more: chains of parts, such as places in places, are shorter.
pub const INCLUDE_ROUNDS_MAX: usize = 16;

/// Resources that are included beside the matches of one page.
pub const INCLUDED_MAX: usize = 2000;

/// Resources of a page that are read from storage at once: enough for it to read many with one question.
pub const READS_AT_ONCE: usize = 64;

/// Lists that a search may name: each is read before it begins.
pub const LISTS_MAX: usize = 64;

/// Bytes of parameters that are sent in a body: as many ids as a search may name, and more.
pub const FORM_BYTES_MAX: usize = 1 << 20;

/// Bytes of a URL; longer ones are answered 414, as other servers do.
pub const URL_BYTES_MAX: usize = 16 << 10;

/// Bytes of a request's header block.
pub const HEADER_BYTES_MAX: usize = 32 << 10;

/// Operations in one JSON Patch: more is a new resource, not a patch.
pub const PATCH_OPERATIONS_MAX: usize = 10_000;

/// Steps of work in applying one patch: bytes copied, members looked at, items moved aside. As much as
/// the largest body, so that no short patch can grow a document beyond what could have been sent.
pub const PATCH_WORK_MAX: usize = BODY_BYTES_MAX;

/// Characters of one UCUM code. The longest in common use has 40; annotations may add to that.
pub const UNIT_LENGTH_MAX: usize = 256;

/// Powers of ten, up or down, of a decimal that takes part in a comparison. No measure comes near, and
/// arithmetic on exponents stays far from overflow.
pub const DECIMAL_EXPONENT_MAX: i64 = 1_000_000;

/// Tries of a read-modify-write that lost a race to another writer without naming a version.
pub const CONFLICT_RETRIES_MAX: usize = 16;

/// Resources that one deletion on a condition takes away at most, all in one commit; of more it takes none.
pub const CONDITIONAL_DELETE_MAX: usize = 1000;

/// Milliseconds in which a client must have sent its request headers.
pub const HEADER_READ_MS_MAX: u64 = 10_000;

/// Milliseconds between two chunks of a body before the client is given up.
pub const BODY_IDLE_MS_MAX: u64 = 10_000;

/// Bytes per second below which a body that has run for longer than one idle time is given up.
pub const BODY_RATE_MIN: u64 = 1 << 10;

/// Milliseconds that one request may take from its last body byte to its answer.
pub const REQUEST_MS_MAX: u64 = 60_000;

/// Milliseconds in which storage must say that it is there, before requests are sent elsewhere.
pub const READY_MS_MAX: u64 = 2_000;

/// Requests in work at once; more are answered 503 at once instead of waiting in line.
pub const REQUESTS_MAX: usize = 4096;

/// Bytes of a resource from which it is held against the rules aside from the threads of requests: that takes
/// half a millisecond, which is much longer than going to another thread and back.
pub const LONG_WORK_BYTES_MIN: usize = 32 << 10;

/// Pieces of long work at once, however many cores there are: each may hold a body of the largest size.
pub const LONG_WORKS_MAX: usize = 64;

/// Connections open at once.
pub const CONNECTIONS_MAX: usize = 16_384;

/// Transactions waiting for the committer before writers are told to come back later.
pub const COMMIT_QUEUE_MAX: usize = 4096;

/// Rows in one group commit, so that no writer waits for a batch without end.
pub const COMMIT_ROWS_MAX: usize = 512;

/// Keys in one coalesced read.
pub const READ_KEYS_MAX: usize = 64;

/// Bytes of resources kept in memory for reading, unless configured otherwise.
pub const CACHE_BYTES: usize = 32 << 20;

/// Entries of the indexes of search that stay in memory on SQLite until they are written thousands at a time, at some
/// 110 bytes each: a few thousand resources' worth.
pub const YOUNG_MAX: usize = 150_000;
