//! Is it true? One binary for all tests that need no process of their own.

mod coverage;
mod examples;
mod scenarios;
mod tidy;
