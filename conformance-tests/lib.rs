//! Is it true?

pub mod client;
pub mod process;
pub mod database;
pub mod harness;
pub mod chance;
