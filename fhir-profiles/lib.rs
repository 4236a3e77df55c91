//! What are the rules?
