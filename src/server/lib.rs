//! How does it run?
