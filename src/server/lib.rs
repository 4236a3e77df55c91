//! How does it run?
//!
//! The program `brigid`, and the only place where the parts meet: settings, clock, randomness, files and
//! sockets are taken up here and handed down. [`run`] is the whole command line; [`start`] is a server
//! inside another program, which is how tests use it.
//!
//! Invariants: no setting is read anywhere but in `config`; no task starts but through `tasks`; what
//! was acknowledged is on disk, so a stop may cut off whatever has not been answered yet.

mod clock;
mod collector;
mod commands;
mod config;
pub mod listeners;
mod packages;
mod random;
mod reindex;
mod secret;
mod shutdown;
mod signing;
mod stored;
mod tasks;
mod telemetry;
mod terminology;
mod wire;
mod words;

pub use commands::{run, run_as};
pub use config::{LogFormat, LogLevel, Rows, Settings};
pub use wire::{Running, start};
