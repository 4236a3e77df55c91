//! Why could it not be done?

use std::fmt;
use std::io::{self, ErrorKind};

use tantivy::TantivyError;
use tantivy::directory::error::OpenReadError;

/// What this crate answers with.
pub type Result<T> = std::result::Result<T, Error>;

/// What a caller can do about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// Look for something else: this cannot be understood, or is too much.
    Expression(String),
    /// Use another folder: somebody else uses this one.
    Busy,
    /// Make the index anew.
    Damaged(String),
    /// Try again: the disk is full or does not answer.
    Unavailable(String),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Expression(what) => f.write_str(what),
            Error::Busy => f.write_str("the folder of the index of words is in use"),
            Error::Damaged(what) => write!(f, "the index of words is damaged: {what}"),
            Error::Unavailable(what) => write!(f, "the index of words cannot be read or written: {what}"),
        }
    }
}

impl std::error::Error for Error {}

impl From<TantivyError> for Error {
    fn from(error: TantivyError) -> Self {
        let text = error.to_string();
        match error {
            TantivyError::IoError(io_error)
            | TantivyError::OpenReadError(OpenReadError::IoError { io_error, .. })
                if is_damage(&io_error) =>
            {
                Error::Damaged(text)
            }
            TantivyError::IoError(_)
            | TantivyError::OpenDirectoryError(_)
            | TantivyError::OpenReadError(OpenReadError::IoError { .. })
            | TantivyError::OpenWriteError(_)
            | TantivyError::LockFailure(..)
            | TantivyError::ErrorInThread(_)
            | TantivyError::SystemError(_) => Error::Unavailable(text),
            _ => Error::Damaged(text),
        }
    }
}

/// Whether a file was read and is not what was written.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::InvalidData | ErrorKind::UnexpectedEof)
}

impl From<io::Error> for Error {
    fn from(error: io::Error) -> Self {
        match is_damage(&error) {
            true => Error::Damaged(error.to_string()),
            false => Error::Unavailable(error.to_string()),
        }
    }
}
