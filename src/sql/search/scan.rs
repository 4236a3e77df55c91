//! How is an index read from some place on?
//!
//! One text for each index, number of columns that are given and kind of bounds. Nothing in a text comes from
//! outside: all values are bound.

use std::fmt::Write as _;

use search::scan::Direction;
use search::{Index, Key, ParameterId, Part, Range};

use super::candidate::{COLUMNS, Column};
use crate::ordered::{self, read_from};
use crate::statement::{Statement, Value};

/// From where on a range is read: after this key and resource.
pub(crate) type After<'a> = Option<(&'a Key, i64)>;

/// A part of an index, and how much of it.
pub(crate) struct Reading<'a> {
    pub tenant: u32,
    pub range: &'a Range,
    /// Where the resource must stand besides: ranges of which [`is_probe`] is true.
    pub probes: &'a [Range],
    pub direction: Direction,
    pub after: After<'a>,
    pub limit: usize,
}

/// What the columns of an index hold.
pub(super) fn columns(index: Index) -> &'static [Column] {
    use Column::{Int, Text};
    match index {
        Index::Tokens | Index::Links => &[Text, Int],
        Index::Strings => &[Text],
        Index::Starts | Index::Ends | Index::Positions => &[Int, Int],
        Index::Amounts => &[Int, Int, Int],
    }
}

/// Puts a text and its values together.
struct Writer {
    text: String,
    values: Vec<Value>,
}

impl Writer {
    fn new() -> Self {
        Self { text: String::with_capacity(400), values: Vec::with_capacity(12) }
    }

    fn push(&mut self, text: &str) -> &mut Self {
        self.text.push_str(text);
        self
    }

    fn bind(&mut self, value: Value) -> &mut Self {
        self.values.push(value);
        // Writing to a string cannot fail.
        let _ = write!(self.text, "${}", self.values.len());
        self
    }

    fn finish(self) -> Statement {
        Statement::made(self.text.into(), self.values)
    }
}

/// The entries of a range in the order of the index, with the resources of those that stand in all probes, too; nothing
/// in the place of the others, so that a statement never reads more entries than it returns.
pub(crate) fn entries(reading: &Reading<'_>) -> Statement {
    let (table, columns) = read_from(reading.range.index);
    let mut out = Writer::new();
    out.push("SELECT ");
    for column in columns {
        out.push("found.").push(column).push(", ");
    }
    out.push("found.resource, ").push(COLUMNS).push(" FROM (");
    inner(&mut out, reading, (table, columns));
    out.push(&limited(reading.limit))
        .push(") AS found LEFT JOIN indexed ON indexed.resource = found.resource");
    let ordering = ordering(reading.range.index, columns);
    for (column, part) in columns.iter().zip(&reading.range.prefix).skip(ordering.len()) {
        out.push(" AND found.").push(column).push(" = ").bind(ordered::value(part));
    }
    for (number, probe) in reading.probes.iter().enumerate() {
        exists(&mut out, reading.tenant, number, probe);
    }
    out.push(" ORDER BY ");
    order(&mut out, "found.", &ordering, reading.direction);
    out.finish()
}

/// Whether one of the first entries of a range stands in all probes, too.
pub(crate) fn any(reading: &Reading<'_>) -> Statement {
    let (table, columns) = read_from(reading.range.index);
    let mut out = Writer::new();
    out.push("SELECT 1 FROM (");
    inner(&mut out, reading, (table, columns));
    out.push(&limited(reading.limit)).push(") AS found WHERE found.resource IS NOT NULL");
    for (number, probe) in reading.probes.iter().enumerate() {
        exists(&mut out, reading.tenant, number, probe);
    }
    out.push(" LIMIT 1");
    out.finish()
}

/// How many entries a range has, up to a limit.
pub(crate) fn count(reading: &Reading<'_>) -> Statement {
    let (table, columns) = read_from(reading.range.index);
    let mut out = Writer::new();
    out.push("SELECT COUNT(*) FROM (");
    inner(&mut out, reading, (table, columns));
    out.push(&limited(reading.limit)).push(") AS found");
    let ordering = ordering(reading.range.index, columns);
    for (number, (column, part)) in columns.iter().zip(&reading.range.prefix).skip(ordering.len()).enumerate()
    {
        out.push(if number == 0 { " WHERE found." } else { " AND found." });
        out.push(column).push(" = ").bind(ordered::value(part));
    }
    out.finish()
}

/// The first codes of a parameter from one on, each looked up behind the last.
pub(crate) fn codes((tenant, parameter): (u32, ParameterId), from: &str, count: usize) -> Statement {
    let values = vec![
        Value::from(tenant),
        Value::Int(i64::from(parameter.0)),
        ordered::value(&Part::Text(from.into())),
    ];
    let text = format!(
        "WITH RECURSIVE codes (code, number) AS (\
         SELECT (SELECT MIN(tokens.code) FROM tokens WHERE tokens.tenant = $1 AND tokens.parameter = $2 \
         AND tokens.code >= $3), 1 UNION ALL \
         SELECT (SELECT MIN(tokens.code) FROM tokens WHERE tokens.tenant = $1 AND tokens.parameter = $2 \
         AND tokens.code > codes.code), codes.number + 1 FROM codes \
         WHERE codes.code IS NOT NULL AND codes.number < {count}) \
         SELECT code FROM codes WHERE code IS NOT NULL ORDER BY number"
    );
    Statement::made(text.into(), values)
}

/// The columns of a key that entries are ordered by before their resource. Tokens of one code are ordered by
/// resource, whatever their system.
fn ordering<'c>(index: Index, columns: &[&'c str]) -> Vec<&'c str> {
    let count = if index == Index::Tokens { 1 } else { columns.len() };
    columns.iter().take(count).copied().collect()
}

fn inner(out: &mut Writer, reading: &Reading<'_>, (table, columns): (&str, &[&str])) {
    let range = reading.range;
    let ordering = ordering(range.index, columns);
    out.push("SELECT ");
    for column in columns {
        out.push(column).push(", ");
    }
    out.push("resource FROM ").push(table).push(" WHERE tenant = ").bind(Value::from(reading.tenant));
    out.push(" AND parameter = ").bind(Value::Int(i64::from(range.parameter.0)));
    for (column, part) in ordering.iter().zip(&range.prefix) {
        out.push(" AND ").push(column).push(" = ").bind(ordered::value(part));
    }
    let rest = &ordering[std::cmp::min(range.prefix.len(), ordering.len())..];
    if let Some(next) = rest.first() {
        bounds(out, next, reading);
    }
    if let Some((key, resource)) = reading.after {
        let sign = if reading.direction == Direction::Forwards { " > " } else { " < " };
        // Behind the resource too, where the place tells it: entries of one resource in two systems may fall apart.
        let suffix = || columns.iter().copied().zip(&key.0).skip(ordering.len());
        let place = rest.iter().copied().chain(["resource"]).chain(suffix().map(|(column, _)| column));
        out.push(" AND (").push(&place.collect::<Vec<_>>().join(", ")).push(")").push(sign).push("(");
        for part in key.0.iter().take(ordering.len()).skip(range.prefix.len()) {
            out.bind(ordered::value(part)).push(", ");
        }
        out.bind(Value::Int(resource));
        for (_, part) in suffix() {
            out.push(", ").bind(ordered::value(part));
        }
        out.push(")");
    }
    out.push(" ORDER BY ");
    order(out, "", rest, reading.direction);
    // What stands in the key behind the resource: of several entries of one resource the first counts.
    let suffix = if reading.direction == Direction::Forwards { "" } else { " DESC" };
    for column in &columns[ordering.len()..] {
        out.push(", ").push(column).push(suffix);
    }
}

/// That the resource stands in another place, too, which is looked up at once.
fn exists(out: &mut Writer, tenant: u32, number: usize, probe: &Range) {
    let (probed, columns) = read_from(probe.index);
    let alias = format!("probe{number}");
    out.push(" AND EXISTS (SELECT 1 FROM ").push(probed).push(" AS ").push(&alias).push(" WHERE ");
    out.push(&alias).push(".tenant = ").bind(Value::from(tenant));
    out.push(" AND ").push(&alias).push(".parameter = ").bind(Value::Int(i64::from(probe.parameter.0)));
    for (column, part) in columns.iter().zip(&probe.prefix) {
        out.push(" AND ").push(&alias).push(".").push(column).push(" = ").bind(ordered::value(part));
    }
    // With an offset PostgreSQL looks it up for each entry; without, it may join all that stands in the probe first.
    out.push(" AND ").push(&alias).push(".resource = found.resource LIMIT 1 OFFSET 0)");
}

/// Whether one look tells if a resource stands in a range: all columns before the resource are given.
pub(super) fn is_probe(range: &Range) -> bool {
    let given = match range.index {
        Index::Tokens => 1,
        Index::Links => 2,
        _ => return false,
    };
    range.prefix.len() >= given && range.from.is_none() && range.below.is_none()
}

/// The bounds of the first column that is not given; where the page before ended there is one already.
fn bounds(out: &mut Writer, column: &str, reading: &Reading<'_>) {
    let range = reading.range;
    let (begins, ends) = match (reading.after, reading.direction) {
        (None, _) => (true, true),
        (Some(_), Direction::Forwards) => (false, true),
        (Some(_), Direction::Backwards) => (true, false),
    };
    if let Some(from) = range.from.as_ref().filter(|_| begins) {
        out.push(" AND ").push(column).push(" >= ").bind(ordered::value(from));
    }
    if let Some(below) = range.below.as_ref().filter(|_| ends) {
        out.push(" AND ").push(column).push(" < ").bind(ordered::value(below));
    }
}

fn order(out: &mut Writer, table: &str, columns: &[&str], direction: Direction) {
    let suffix = if direction == Direction::Forwards { "" } else { " DESC" };
    for column in columns {
        out.push(table).push(column).push(suffix).push(", ");
    }
    out.push(table).push("resource").push(suffix);
}

/// How many, as a part of the text: SQLite prepares a statement anew for each value of a limit that is bound. A few
/// powers of two are few texts.
fn limited(count: usize) -> String {
    format!(" LIMIT {}", whole(count))
}

/// The limit that is set where so many are asked for.
pub(super) fn whole(count: usize) -> usize {
    count.next_power_of_two()
}

/// Resources of a type in the order of their creation.
pub(crate) fn of_type(
    (tenant, code): (u32, i64),
    direction: Direction,
    after: i64,
    count: usize,
) -> Statement {
    let values = vec![Value::from(tenant), Value::Int(code), Value::Int(after)];
    let text = match direction {
        Direction::Forwards => {
            "SELECT resource, type, id, committed_at, keys FROM indexed \
             WHERE tenant = $1 AND type = $2 AND resource > $3 ORDER BY resource"
        }
        Direction::Backwards => {
            "SELECT resource, type, id, committed_at, keys FROM indexed \
             WHERE tenant = $1 AND type = $2 AND resource < $3 ORDER BY resource DESC"
        }
    };
    Statement::made([text, &limited(count)].concat().into(), values)
}

/// Resources of a type in the order of their last change, from the first moment, before the second.
pub(crate) fn by_time(
    (tenant, code): (u32, i64),
    direction: Direction,
    (from, below): (i64, i64),
    count: usize,
) -> Statement {
    let values = vec![Value::from(tenant), Value::Int(code), Value::Int(from), Value::Int(below)];
    let text = match direction {
        Direction::Forwards => {
            "SELECT committed_at, resource, type, id, committed_at, keys FROM indexed \
             WHERE tenant = $1 AND type = $2 AND committed_at >= $3 AND committed_at < $4 \
             ORDER BY committed_at"
        }
        Direction::Backwards => {
            "SELECT committed_at, resource, type, id, committed_at, keys FROM indexed \
             WHERE tenant = $1 AND type = $2 AND committed_at >= $3 AND committed_at < $4 \
             ORDER BY committed_at DESC"
        }
    };
    Statement::made([text, &limited(count)].concat().into(), values)
}

/// The place of a moment or an id, as a key.
pub(super) fn place(part: Part) -> Key {
    Key(vec![part])
}
