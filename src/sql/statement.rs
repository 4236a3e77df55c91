//! What is asked of the database, and what comes back?
//!
//! A text with its bound values, and rows, alike for both databases; nothing cleverer.

use std::sync::Arc;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Error, Postgres, Row as _, Sqlite};

/// One value to be bound.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    /// Nothing.
    Null,
    /// An integer.
    Int(i64),
    /// Text.
    Text(String),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A column of integers; on PostgreSQL only, as the two below.
    Ints(Vec<i64>),
    /// A column of texts.
    Texts(Vec<Option<String>>),
    /// A column of bytes.
    Blobs(Vec<Option<Vec<u8>>>),
}

/// A text and its values.
#[derive(Clone, Debug)]
pub(crate) struct Statement {
    text: Text,
    values: Vec<Value>,
}

#[derive(Clone, Debug)]
enum Text {
    Fixed(&'static str),
    Made(Arc<str>),
}

/// A row of either database. Columns are counted from 0.
pub(crate) enum Row {
    /// From SQLite.
    Sqlite(SqliteRow),
    /// From PostgreSQL.
    Postgres(PgRow),
}

impl Statement {
    /// Joins a text with its values, named `$1`, `$2` … in it.
    pub(crate) fn new(text: &'static str, values: impl Into<Vec<Value>>) -> Self {
        Self { text: Text::Fixed(text), values: values.into() }
    }

    /// The same for a text that `bulk` has put together.
    pub(crate) fn made(text: Arc<str>, values: Vec<Value>) -> Self {
        Self { text: Text::Made(text), values }
    }

    /// Puts statements together to one transaction, for SQLite. Their parameters are counted on from one
    /// to the next, so that each must bind all it has.
    pub(crate) fn as_one_transaction(statements: Vec<Statement>) -> Self {
        let mut text = "BEGIN IMMEDIATE; ".to_owned();
        let mut values = Vec::with_capacity(statements.iter().map(|it| it.values.len()).sum());
        for statement in statements {
            text.push_str(statement.text());
            text.push_str("; ");
            values.extend(statement.values);
        }
        text.push_str("COMMIT");
        Self::made(text.into(), values)
    }

    /// Puts statements that change something together to one, for PostgreSQL: each sees what stood before all of
    /// them, so that none may concern a row that another does.
    pub(crate) fn as_one(mut statements: Vec<Statement>) -> Option<Self> {
        if statements.len() < 2 {
            return statements.pop();
        }
        let mut text = String::with_capacity(statements.iter().map(|it| it.text().len() + 20).sum());
        let mut values = Vec::with_capacity(statements.iter().map(|it| it.values.len()).sum());
        for (number, statement) in statements.into_iter().enumerate() {
            text.push_str(if number == 0 { "WITH " } else { ", " });
            text.push_str("part");
            text.push_str(&number.to_string());
            text.push_str(" AS (");
            push_counted_on(&mut text, statement.text(), values.len());
            text.push(')');
            values.extend(statement.values);
        }
        text.push_str(" SELECT 1");
        Some(Self::made(text.into(), values))
    }

    /// The text.
    pub(crate) fn text(&self) -> &str {
        match &self.text {
            Text::Fixed(text) => text,
            Text::Made(text) => text,
        }
    }

    pub(crate) fn for_sqlite(self) -> Query<'static, Sqlite, SqliteArguments> {
        let query = match self.text {
            Text::Fixed(text) => sqlx::query(text),
            // The text consists of our own fragments only; every value is bound.
            Text::Made(text) => sqlx::query(AssertSqlSafe(text)),
        };
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Null => query.bind(None::<i64>),
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
            Value::Ints(_) | Value::Texts(_) | Value::Blobs(_) => {
                unreachable!("`bulk` makes columns for PostgreSQL only")
            }
        })
    }

    pub(crate) fn for_postgres(self) -> Query<'static, Postgres, PgArguments> {
        let query = match self.text {
            Text::Fixed(text) => sqlx::query(text),
            Text::Made(text) => sqlx::query(AssertSqlSafe(text)),
        };
        self.values.into_iter().fold(query, |query, value| match value {
            Value::Null => query.bind(None::<i64>),
            Value::Int(value) => query.bind(value),
            Value::Text(value) => query.bind(value),
            Value::Bytes(value) => query.bind(value),
            Value::Ints(value) => query.bind(value),
            Value::Texts(value) => query.bind(value),
            Value::Blobs(value) => query.bind(value),
        })
    }
}

/// Appends a text whose parameters count on from those before.
fn push_counted_on(out: &mut String, text: &str, before: usize) {
    let mut pieces = text.split('$');
    out.push_str(pieces.next().unwrap_or_default());
    for piece in pieces {
        let end = piece.find(|digit: char| !digit.is_ascii_digit()).unwrap_or(piece.len());
        let number: usize = piece[..end].parse().expect("a `$` in our texts begins a parameter");
        out.push('$');
        out.push_str(&(number + before).to_string());
        out.push_str(&piece[end..]);
    }
}

impl Row {
    /// An integer of whatever width.
    pub(crate) fn int(&self, column: usize) -> Result<i64, Error> {
        match self {
            Row::Sqlite(row) => row.try_get_unchecked(column),
            Row::Postgres(row) => row.try_get_unchecked(column),
        }
    }

    /// An integer or nothing.
    pub(crate) fn optional_int(&self, column: usize) -> Result<Option<i64>, Error> {
        match self {
            Row::Sqlite(row) => row.try_get_unchecked(column),
            Row::Postgres(row) => row.try_get_unchecked(column),
        }
    }

    /// Text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Error> {
        match self {
            Row::Sqlite(row) => row.try_get_unchecked(column),
            Row::Postgres(row) => row.try_get_unchecked(column),
        }
    }

    /// Bytes or nothing.
    pub(crate) fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Error> {
        match self {
            Row::Sqlite(row) => row.try_get_unchecked(column),
            Row::Postgres(row) => row.try_get_unchecked(column),
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(number.into())
    }
}

#[cfg(test)]
mod tests;
