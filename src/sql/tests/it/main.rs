//! Does the database keep the promise?

mod agreement;
mod copies;
mod durability;
mod finding;
mod ground;
mod processes;
mod promise;
