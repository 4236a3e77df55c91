//! Is it true? One binary for all tests that need no process of their own.

mod coverage;
mod crowds;
mod examples;
mod injections;
mod scenarios;
mod tidy;
