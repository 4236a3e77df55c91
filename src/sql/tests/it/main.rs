//! Does the database keep the promise?

mod ground;
mod promise;
mod durability;
mod agreement;
