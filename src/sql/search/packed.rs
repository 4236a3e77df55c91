//! How do many lines come back at the price of one row?
//!
//! SQLite is asked on a thread of its own: each row is copied value by value and handed over alone, which costs several
//! times what finding it costs. So there the lines of an answer come as one row that has, of each column, all values
//! one behind the other. PostgreSQL sends rows as they are.

use std::str::Split;

use crate::database::Dialect;
use crate::failure::Failure;
use crate::statement::Row;

/// A column of a line.
#[derive(Clone, Copy)]
pub(crate) struct Column {
    /// Of which table.
    pub table: &'static str,
    pub name: &'static str,
    pub holds: Holds,
}

/// What a column holds.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Holds {
    /// An integer or nothing.
    Int,
    /// Text without commas, or nothing.
    Word,
    /// Any text.
    Text,
    /// Bytes or nothing.
    Bytes,
}

/// What stands on a line.
pub(crate) enum Line<'r> {
    /// A row of its own.
    Row(&'r Row),
    /// A part of one.
    Packed(&'r [Cell<'r>]),
}

/// A value on a line.
pub(crate) enum Cell<'r> {
    Int(Option<i64>),
    Text(&'r str),
    Bytes(Option<&'r [u8]>),
}

/// All values of a column.
enum Pack<'r> {
    Ints(Split<'r, char>),
    Words(Split<'r, char>),
    Slices(Split<'r, char>, &'r [u8], Holds),
}

/// Appends what is selected for lines of these columns.
pub(crate) fn push_selected(out: &mut String, dialect: Dialect, columns: &[Column]) {
    if dialect == Dialect::Sqlite {
        out.push_str("COUNT(*)");
    }
    for (number, Column { table, name, holds }) in columns.iter().enumerate() {
        let pieces: &[&str] = match (dialect, holds) {
            (Dialect::Postgres, _) => &[if number == 0 { "" } else { ", " }, table, ".", name],
            (_, Holds::Int | Holds::Word) => &[", group_concat(IFNULL(", table, ".", name, ", ''))"],
            (_, Holds::Text | Holds::Bytes) => &[
                ", group_concat(IFNULL(LENGTH(CAST(",
                table,
                ".",
                name,
                " AS BLOB)), '')), CAST(group_concat(",
                table,
                ".",
                name,
                ", '') AS BLOB)",
            ],
        };
        pieces.iter().for_each(|piece| out.push_str(piece));
    }
}

/// Reads each line of an answer.
pub(crate) fn read<T>(
    rows: &[Row],
    columns: &[Column],
    read: &mut dyn FnMut(&Line<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    match rows {
        [row @ Row::Sqlite(_)] => unpack(row, columns, read),
        rows => rows.iter().map(|row| read(&Line::Row(row))).collect(),
    }
}

fn unpack<T>(
    row: &Row,
    columns: &[Column],
    read: &mut dyn FnMut(&Line<'_>) -> Result<T, Failure>,
) -> Result<Vec<T>, Failure> {
    let count = usize::try_from(row.int(0)?).map_err(|_| astray())?;
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut packs = Vec::with_capacity(columns.len());
    let mut place = 1;
    for column in columns {
        let values = row.text(place)?.split(',');
        packs.push(match column.holds {
            Holds::Int => Pack::Ints(values),
            Holds::Word => Pack::Words(values),
            Holds::Text | Holds::Bytes => {
                place += 1;
                Pack::Slices(values, row.bytes(place)?.unwrap_or_default(), column.holds)
            }
        });
        place += 1;
    }
    let mut lines = Vec::with_capacity(count);
    let mut cells = Vec::with_capacity(columns.len());
    for _ in 0..count {
        cells.clear();
        for pack in &mut packs {
            cells.push(pack.next()?);
        }
        lines.push(read(&Line::Packed(&cells))?);
    }
    if packs.iter_mut().all(Pack::is_over) { Ok(lines) } else { Err(astray()) }
}

impl<'r> Pack<'r> {
    fn next(&mut self) -> Result<Cell<'r>, Failure> {
        match self {
            Pack::Ints(values) => number(values.next().ok_or_else(astray)?).map(Cell::Int),
            Pack::Words(values) => values.next().map(Cell::Text).ok_or_else(astray),
            Pack::Slices(lengths, bytes, holds) => {
                let length = number(lengths.next().ok_or_else(astray)?)?;
                let length = length.map(usize::try_from).transpose().map_err(|_| astray())?;
                let (own, rest) = bytes.split_at_checked(length.unwrap_or_default()).ok_or_else(astray)?;
                *bytes = rest;
                match holds {
                    Holds::Text => std::str::from_utf8(own).map(Cell::Text).map_err(|_| astray()),
                    _ => Ok(Cell::Bytes(length.map(|_| own))),
                }
            }
        }
    }

    fn is_over(&mut self) -> bool {
        match self {
            Pack::Ints(values) | Pack::Words(values) => values.next().is_none(),
            Pack::Slices(lengths, bytes, _) => lengths.next().is_none() && bytes.is_empty(),
        }
    }
}

impl Line<'_> {
    /// An integer.
    pub(crate) fn int(&self, column: usize) -> Result<i64, Failure> {
        self.optional_int(column)?.ok_or_else(astray)
    }

    /// An integer or nothing.
    pub(crate) fn optional_int(&self, column: usize) -> Result<Option<i64>, Failure> {
        match self {
            Line::Row(row) => Ok(row.optional_int(column)?),
            Line::Packed(cells) => match cells.get(column) {
                Some(Cell::Int(number)) => Ok(*number),
                _ => Err(astray()),
            },
        }
    }

    /// Text.
    pub(crate) fn text(&self, column: usize) -> Result<&str, Failure> {
        match self {
            Line::Row(row) => Ok(row.text(column)?),
            Line::Packed(cells) => match cells.get(column) {
                Some(Cell::Text(text)) => Ok(text),
                _ => Err(astray()),
            },
        }
    }

    /// Bytes or nothing.
    pub(crate) fn bytes(&self, column: usize) -> Result<Option<&[u8]>, Failure> {
        match self {
            Line::Row(row) => Ok(row.bytes(column)?),
            Line::Packed(cells) => match cells.get(column) {
                Some(Cell::Bytes(bytes)) => Ok(*bytes),
                _ => Err(astray()),
            },
        }
    }
}

fn number(text: &str) -> Result<Option<i64>, Failure> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| astray())
}

fn astray() -> Failure {
    Failure::Damaged("the lines of an answer do not come apart as they were put together".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database::Database;
    use crate::statement::Statement;

    const COLUMNS: [Column; 4] = [
        Column { table: "given", name: "number", holds: Holds::Int },
        Column { table: "given", name: "word", holds: Holds::Word },
        Column { table: "given", name: "text", holds: Holds::Text },
        Column { table: "given", name: "bytes", holds: Holds::Bytes },
    ];

    /// What comes back of these values, put together and taken apart.
    async fn check(values: &str, expected: &[&str]) {
        let folder = tempfile::tempdir().expect("a folder");
        let database = Database::sqlite(&folder.path().join("it.db")).await.expect("it opens");
        let mut text = "WITH given (number, word, text, bytes) AS (VALUES ".to_owned();
        text.push_str(values);
        text.push_str(") SELECT ");
        push_selected(&mut text, Dialect::Sqlite, &COLUMNS);
        text.push_str(" FROM given WHERE given.text IS NOT NULL");
        let rows = database.change(Statement::made(text.into(), Vec::new())).await.expect("it answers");
        let mut told = |line: &Line<'_>| {
            let number = line.optional_int(0)?;
            Ok(format!("{number:?} {:?} {:?} {:?}", line.text(1)?, line.text(2)?, line.bytes(3)?))
        };
        assert_eq!(read(&rows, &COLUMNS, &mut told).expect("it comes apart"), expected, "{values}");
    }

    #[tokio::test]
    async fn lines_come_back_as_they_were() {
        check("(7, 'a-b.c', 'text', x'0102')", &[r#"Some(7) "a-b.c" "text" Some([1, 2])"#]).await;
        check(
            "(-9223372036854775808, '', 'ä,''b', x'00ff00'), (NULL, NULL, '', NULL), (3, 'w', ',', x'')",
            &[
                r#"Some(-9223372036854775808) "" "ä,'b" Some([0, 255, 0])"#,
                r#"None "" "" None"#,
                r#"Some(3) "w" "," Some([])"#,
            ],
        )
        .await;
    }

    #[tokio::test]
    async fn no_line_is_no_line_and_one_of_nothing_is_one() {
        check("(1, NULL, NULL, NULL)", &[]).await;
        check("(NULL, NULL, '', NULL)", &[r#"None "" "" None"#]).await;
    }
}
