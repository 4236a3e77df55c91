//! How do many rows go into one statement?
//!
//! A statement that begins with `WITH given (…) AS (…)`, a table made of bound values. SQLite gets it
//! as a list of VALUES in one of a few lengths, filled up with NULL, so that the texts stay few and
//! prepared; PostgreSQL gets one array a column, through UNNEST. What follows is the same for both and
//! skips rows whose first column is NULL.

use std::fmt::Write as _;
use std::sync::{Arc, OnceLock};

use crate::database::Dialect;
use crate::statement::{Statement, Value};

/// Rows in one statement, on SQLite.
const LENGTHS: &[usize] = &[1, 4, 16, 32, 64];

/// The same of short rows that come by the hundred; the largest keeps well below SQLite's 32,766 values.
const LENGTHS_OF_SHORT: &[usize] = &[1, 4, 16, 64, 256, 1024];

/// The most lengths there are.
const LENGTHS_MAX: usize = 6;

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Kind {
    /// Integers.
    Int,
    /// Texts.
    Text,
    /// Bytes, or nothing.
    Bytes,
}

/// A statement over a table of given rows.
pub(crate) struct Bulk {
    columns: &'static [(&'static str, Kind)],
    rest: &'static str,
    lengths: &'static [usize],
    for_sqlite: [OnceLock<Arc<str>>; LENGTHS_MAX],
    for_postgres: OnceLock<Arc<str>>,
}

impl Bulk {
    /// Joins the columns of `given` with the statement that reads it.
    pub(crate) const fn new(columns: &'static [(&'static str, Kind)], rest: &'static str) -> Self {
        Self::of_lengths(LENGTHS, columns, rest)
    }

    /// The same for short rows that come by the hundred.
    pub(crate) const fn short(columns: &'static [(&'static str, Kind)], rest: &'static str) -> Self {
        Self::of_lengths(LENGTHS_OF_SHORT, columns, rest)
    }

    const fn of_lengths(
        lengths: &'static [usize],
        columns: &'static [(&'static str, Kind)],
        rest: &'static str,
    ) -> Self {
        let for_sqlite = [const { OnceLock::new() }; LENGTHS_MAX];
        Self { columns, rest, lengths, for_sqlite, for_postgres: OnceLock::new() }
    }

    /// Spreads the values, row after row, over as few statements as the dialect needs.
    pub(crate) fn statements(&self, dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
        debug_assert_eq!(values.len() % self.columns.len(), 0, "rows are whole");
        if values.is_empty() {
            return Vec::new();
        }
        match dialect {
            Dialect::Sqlite => self.lists(values),
            Dialect::Postgres => vec![self.arrays(values)],
        }
    }

    fn lists(&self, values: Vec<Value>) -> Vec<Statement> {
        let width = self.columns.len();
        let mut left = values.len() / width;
        let mut values = values.into_iter();
        let mut statements = Vec::new();
        while left > 0 {
            let place = self.place(left);
            let length = self.lengths[place];
            let taken = std::cmp::min(left, length);
            let text = self.for_sqlite[place].get_or_init(|| self.list_text(length));
            let mut list: Vec<Value> = Vec::with_capacity(length * width);
            list.extend(values.by_ref().take(taken * width));
            list.resize_with(length * width, || Value::Null);
            statements.push(Statement::made(text.clone(), list));
            left -= taken;
        }
        statements
    }

    /// Which length so many rows begin with: one that they fill at least by half, or the longest they fill.
    fn place(&self, rows: usize) -> usize {
        let enough = self.lengths.iter().position(|length| *length >= rows);
        match enough {
            Some(place) if rows * 2 >= self.lengths[place] || place == 0 => place,
            Some(place) => place - 1,
            None => self.lengths.len() - 1,
        }
    }

    fn list_text(&self, length: usize) -> Arc<str> {
        let mut row = "(".to_owned();
        row.push_str(&vec!["?"; self.columns.len()].join(", "));
        row.push(')');
        let rows = vec![row; length].join(", ");
        // A row that fails undoes its transaction anyway, so SQLite need not copy every page that it
        // touches to be able to undo the statement alone.
        let rest = self.rest.replacen("INSERT INTO", "INSERT OR ROLLBACK INTO", 1);
        format!("WITH given ({}) AS (VALUES {rows}) {rest}", self.names()).into()
    }

    fn arrays(&self, values: Vec<Value>) -> Statement {
        let width = self.columns.len();
        let height = values.len() / width;
        let mut columns: Vec<Value> = self.columns.iter().map(|(_, kind)| kind.column(height)).collect();
        for (place, value) in values.into_iter().enumerate() {
            columns[place % width].push(value);
        }
        Statement::made(self.for_postgres.get_or_init(|| self.array_text()).clone(), columns)
    }

    fn array_text(&self) -> Arc<str> {
        let mut arrays = String::new();
        for (place, (_, kind)) in self.columns.iter().enumerate() {
            let separator = if place == 0 { "" } else { ", " };
            write!(arrays, "{separator}${}::{}[]", place + 1, kind.for_postgres())
                .expect("writing to a string cannot fail");
        }
        let names = self.names();
        format!("WITH given ({names}) AS (SELECT * FROM UNNEST({arrays})) {}", self.rest).into()
    }

    fn names(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }
}

impl Kind {
    fn column(self, height: usize) -> Value {
        match self {
            Kind::Int => Value::Ints(Vec::with_capacity(height)),
            Kind::Text => Value::Texts(Vec::with_capacity(height)),
            Kind::Bytes => Value::Blobs(Vec::with_capacity(height)),
        }
    }

    fn for_postgres(self) -> &'static str {
        match self {
            Kind::Int => "BIGINT",
            Kind::Text => "TEXT",
            Kind::Bytes => "BYTEA",
        }
    }
}

impl Value {
    /// Appends a value to a column of its kind.
    fn push(&mut self, value: Value) {
        match (self, value) {
            (Value::Ints(column), Value::Int(value)) => column.push(value),
            (Value::Texts(column), Value::Text(value)) => column.push(Some(value)),
            (Value::Texts(column), Value::Null) => column.push(None),
            (Value::Blobs(column), Value::Bytes(value)) => column.push(Some(value)),
            (Value::Blobs(column), Value::Null) => column.push(None),
            (column, value) => unreachable!("a row of {column:?} holds {value:?}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static PAIRS: Bulk = Bulk::new(
        &[("place", Kind::Int), ("id", Kind::Text)],
        "SELECT place FROM given WHERE place IS NOT NULL",
    );

    fn check(dialect: Dialect, rows: i64, expected: &[usize]) {
        let values = (0..rows).flat_map(|row| [Value::Int(row), Value::Text(row.to_string())]).collect();
        let statements = PAIRS.statements(dialect, values);
        let lengths: Vec<_> = statements.iter().map(|it| it.text().matches("(?, ?)").count()).collect();
        assert_eq!(lengths, expected, "{rows} rows");
    }

    #[test]
    fn on_sqlite_rows_are_spread_over_lists_of_few_lengths() {
        for (rows, lengths) in [
            (0, &[][..]),
            (1, &[1]),
            (2, &[4]),
            (17, &[32]),
            (33, &[64]),
            (64, &[64]),
            (65, &[64, 1]),
            (130, &[64, 64, 4]),
        ] {
            check(Dialect::Sqlite, rows, lengths);
        }
    }

    #[test]
    fn on_postgres_any_number_of_rows_is_one_statement_of_arrays() {
        check(Dialect::Postgres, 1000, &[0]);
    }
}
