//! Is it true?
