//! How does a database keep it?
