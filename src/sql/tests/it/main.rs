//! Does the database keep the promise?

mod agreement;
mod durability;
mod ground;
mod processes;
mod promise;
