//! What does a database's error mean for whoever asked?
//!
//! SQLite's result codes: <https://sqlite.org/rescode.html>; PostgreSQL's:
//! <https://www.postgresql.org/docs/15/errcodes-appendix.html>.

use std::fmt;

use sqlx::Error as SqlxError;

/// A database's error, by what is to be done about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// There is no room on the disk; others may still succeed.
    Full,
    /// Another process was faster, or something stands that was taken for absent; the same again may
    /// succeed.
    Conflict(String),
    /// The device failed under the database: nothing that is written from now on can be trusted.
    Device(String),
    /// What was read makes no sense.
    Damaged(String),
    /// Anything else; nothing was stored.
    Other(String),
}

impl Failure {
    /// As whoever uses storage sees it.
    pub(crate) fn into_error(self) -> store::Error {
        match self {
            Failure::Full => store::Error::Full,
            other => store::Error::Unavailable(other.to_string()),
        }
    }
}

impl From<SqlxError> for Failure {
    fn from(error: SqlxError) -> Self {
        match &error {
            SqlxError::Database(inner) => {
                let code = inner.code().unwrap_or_default();
                match code.parse::<i32>() {
                    // PostgreSQL's codes have five characters, SQLite's numbers never have.
                    Ok(number) if code.len() < 5 => by_result_code(number, error.to_string()),
                    _ => by_sql_state(&code, error.to_string()),
                }
            }
            SqlxError::ColumnDecode { .. } => Failure::Damaged(error.to_string()),
            _ => Failure::Other(error.to_string()),
        }
    }
}

/// Reads SQLite's extended result code, whose low byte is the primary one.
fn by_result_code(code: i32, text: String) -> Failure {
    const BUSY: i32 = 5;
    const IO: i32 = 10;
    const CORRUPT: i32 = 11;
    const FULL: i32 = 13;
    const CONSTRAINT: i32 = 19;
    const NOT_A_DATABASE: i32 = 26;
    match code & 0xff {
        FULL => Failure::Full,
        IO => Failure::Device(text),
        CORRUPT | NOT_A_DATABASE => Failure::Damaged(text),
        BUSY | CONSTRAINT => Failure::Conflict(text),
        _ => Failure::Other(text),
    }
}

fn by_sql_state(state: &str, text: String) -> Failure {
    match state {
        "53100" => Failure::Full,
        "23502" | "23505" | "40001" | "40P01" => Failure::Conflict(text),
        "58030" => Failure::Device(text),
        "XX001" | "XX002" => Failure::Damaged(text),
        _ => Failure::Other(text),
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Full => out.write_str("the disk is full"),
            Failure::Conflict(why) | Failure::Device(why) | Failure::Damaged(why) | Failure::Other(why) => {
                out.write_str(why)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_disk_is_told_apart_from_a_failing_one() {
        let text = || "text".to_owned();
        for (code, expected) in [
            (13, Failure::Full),
            (10 | 4 << 8, Failure::Device(text())),
            (11, Failure::Damaged(text())),
            (5 | 1 << 8, Failure::Conflict(text())),
            (19 | 5 << 8, Failure::Conflict(text())),
            (1, Failure::Other(text())),
        ] {
            assert_eq!(by_result_code(code, text()), expected);
        }
        for (state, expected) in [
            ("53100", Failure::Full),
            ("58030", Failure::Device(text())),
            ("40001", Failure::Conflict(text())),
            ("23502", Failure::Conflict(text())),
            ("42601", Failure::Other(text())),
        ] {
            assert_eq!(by_sql_state(state, text()), expected);
        }
    }
}
