//! Does the program keep its promises, seen from outside?

mod copying;
mod export;
mod installed;
mod listener;
mod packages;
mod packed;
mod program;
mod running;
mod stored;
mod terminology;
mod validating;
