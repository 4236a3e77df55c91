//! Does the program keep its promises, seen from outside?

mod listener;
mod program;
mod running;
