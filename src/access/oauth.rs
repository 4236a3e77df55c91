//! How are tokens asked for and given?
//!
//! The protocol as values, without HTTP and without storage: requests that were read, records that were loaded, and the
//! time are handed in; what is to be stored and answered comes out. <https://www.rfc-editor.org/rfc/rfc6749> as
//! <https://hl7.org/fhir/smart-app-launch/STU2.2/> narrows it.
//!
//! The crates `oxide-auth` and `openidconnect` were weighed. The first has a code flow whose scopes are exact strings
//! (SMART's meet and narrow), whose token answer takes no further members (SMART's context) and whose clients show no
//! assertions; what would be left of it is one comparison of redirect URIs. The second brings the crate `rsa` along to
//! sign with, which leaks timing (RUSTSEC-2023-0071); ring signs here.

pub mod assertion;
pub mod authorize;
pub mod backend;
pub mod credentials;
pub mod exchange;
pub mod introspect;
pub mod refresh;
pub mod refused;
pub mod sent;
pub mod standing;

pub use assertion::{Assertion, Once};
pub use credentials::Credentials;
pub use refused::{ErrorCode, Refused};
pub use sent::Sent;

use model::Instant;

/// How long a token is good that a person stands behind: <https://hl7.org/fhir/smart-app-launch/STU2.2/app-launch.html>
/// recommends an hour at most.
pub const USER_TOKEN_SECONDS: i64 = 3_600;

/// How long a token is good that a client asks for in its own name; SMART recommends 300 seconds at most.
pub const BACKEND_TOKEN_SECONDS: i64 = 300;

/// The moment so many seconds later.
pub fn later(now: Instant, seconds: i64) -> Instant {
    Instant(now.0.saturating_add(seconds.saturating_mul(1_000_000)))
}
