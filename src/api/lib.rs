//! How is that said in HTTP?
//!
//! Bytes and headers in, [`interactions::Interaction`] out; answers and failures in, bytes, status and
//! headers out: <https://hl7.org/fhir/R4/http.html>. [`router`] is the whole surface.
//!
//! Invariants: status, headers and format are decided here and nowhere else; nothing here touches
//! storage; every error leaves as an OperationOutcome.

mod app;
mod authenticate;
mod body;
mod budget;
mod cors;
mod dispatch;
mod encoding;
mod error;
mod fhir;
mod health;
pub mod metrics;
mod negotiate;
mod pages;
mod preconditions;
mod prefer;
mod raw;
mod respond;
mod routes;
mod schemas;
mod smart;
mod stack;

pub use app::{App, Origins, Settings};
pub use pages::accounts;
pub use routes::router;
pub use smart::{SignIn, oauth_uris};
