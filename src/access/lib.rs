//! May they?
//!
//! Who asks, what they want, and the proof that it was allowed. Decisions only, no I/O. Every use of
//! storage demands a [`Permit`], and only [`decide()`] and [`Permit::for_the_server`] make one, so code
//! that forgets to ask does not compile. Until sign-in exists there is one principal,
//! [`Principal::Open`]: whoever reaches a server that was started with `--open`.

mod decide;
mod demand;
mod permit;
mod principal;

pub use decide::decide;
pub use demand::{Demand, Verb};
pub use permit::Permit;
pub use principal::Principal;
