//! May they?
//!
//! Who asks, what they want, and the proof that it was allowed. Decisions only, no I/O. Every use of
//! storage demands a [`Permit`], and only [`decide()`] and [`Permit::for_the_server`] make one, so code
//! that forgets to ask does not compile. How far a principal reaches goes with the permit, and storage keeps to it
//! (`store::Kept`): what is beyond reach does not exist.

pub mod account;
pub mod bearer;
pub mod client;
mod decide;
mod demand;
pub mod keys;
pub mod lockout;
pub mod oauth;
pub mod password;
mod permit;
pub mod person;
mod principal;
pub mod reach;
pub mod rights;
mod roles;
pub mod scope;
pub mod session;
pub mod token;

pub use bearer::Bearer;
pub use client::Client;
pub use decide::decide;
pub use demand::{Demand, Verb};
pub use permit::Permit;
pub use principal::{Known, Principal};
pub use reach::{Limit, Reach, Use};
pub use rights::{Person, Rights, reach};
pub use roles::names as roles;
pub use scope::{Letter, Scope, Scopes};
