//! Does a person get in, agree and look after it all, and nobody else in their name?

mod agreeing;
mod browser;
mod forging;
mod looking_after;
mod signing_in;
