//! Is it true?
//!
//! What the server promises, told as examples and tried from outside: scenarios in Markdown, and programs that
//! measure, kill and starve a real server process.

pub mod expect;
pub mod generated;
pub mod pattern;
pub mod run;
pub mod scenario;
pub mod wire;

pub mod chance;
pub mod client;
pub mod database;
pub mod harness;
pub mod process;
