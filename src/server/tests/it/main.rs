//! Does the program keep its promises, seen from outside?

mod copying;
mod export;
mod listener;
mod program;
mod running;
