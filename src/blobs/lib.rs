//! Where do large bytes live?
