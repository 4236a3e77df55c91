//! May they?
//!
//! Who asks, what they want, and the proof that it was allowed. Decisions only, no I/O. Every use of
//! storage demands a [`Permit`], and only [`decide()`] and [`Permit::for_the_server`] make one, so code
//! that forgets to ask does not compile. How far a principal reaches goes with the permit, and storage keeps to it
//! (`store::Kept`): what is beyond reach does not exist.

mod decide;
mod demand;
mod permit;
mod principal;
pub mod reach;
pub mod rights;
mod roles;
pub mod scope;

pub use decide::decide;
pub use demand::{Demand, Verb};
pub use permit::Permit;
pub use principal::{Known, Principal};
pub use reach::{Limit, Reach};
pub use rights::{Person, Rights, reach};
pub use roles::names as roles;
pub use scope::Letter;
