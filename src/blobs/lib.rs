//! Where do large bytes live?
//!
//! In a [`Folder`], one file a blob, named by the SHA-256 of what it holds, so that a name never comes
//! from outside and damage shows itself. Other places, such as a bucket, would stand beside it.
//!
//! Invariants: under a blob's name stands the whole blob or nothing; a blob whose id was given out is on
//! stable storage; no blob is ever in memory as a whole.

mod folder;
mod incoming;
mod outgoing;

pub use folder::Folder;
