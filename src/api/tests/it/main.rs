//! Does the HTTP surface keep its rules where the scenarios cannot reach?
//!
//! Settings that no scenario has, thousands of requests at once, clients and storage that never answer,
//! and code that panics.

mod ground;
mod rigged;

mod browsers;
mod fault;
mod limits;
mod load;
mod pages;
mod patience;
mod ready;
mod sign_in;
mod tokens;
