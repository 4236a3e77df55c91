//! Which command was asked for? Reads the command line and runs that one command.

fn main() {}
