//! How is an index read from some place on?
//!
//! One text for each index, number of columns that are given and kind of bounds. Nothing in a text comes from
//! outside: all values are bound.

use std::cmp::Ordering;
use std::fmt::Write as _;

use search::scan::Direction;
use search::{Index, Key, ParameterId, Part, Range};

use super::candidate::told_by;
use super::packed::{self, Column, Holds};
use crate::database::Dialect;
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

/// How many columns a key of an index has.
pub(super) fn width(index: Index) -> usize {
    read_from(index).1.len()
}

/// What of the places of a range is the same for all of them.
pub(super) fn given(range: &Range) -> &[Part] {
    let ordering = ordering(range.index, read_from(range.index).1).len();
    &range.prefix[..std::cmp::min(range.prefix.len(), ordering)]
}

/// What else tells a place of a range, in the order of the index.
pub(super) fn columns(range: &Range) -> Vec<Column> {
    let (index, names) = (range.index, read_from(range.index).1);
    let holds = |name: &str| match (index, name) {
        (Index::Strings, _) | (Index::Tokens, "code") | (Index::Links, "target") => Holds::Text,
        _ => Holds::Int,
    };
    let rest = names.iter().skip(given(range).len());
    rest.map(|name| Column { table: "found", name, holds: holds(name) }).collect()
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
pub(crate) fn entries(dialect: Dialect, reading: &Reading<'_>) -> Statement {
    let (table, columns) = read_from(reading.range.index);
    let told = [self::columns(reading.range), told_by("found", "indexed").to_vec()].concat();
    let mut out = Writer::new();
    out.push("SELECT ");
    packed::push_selected(&mut out.text, dialect, &told);
    out.push(" FROM (");
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
    out.finish()
}

/// Puts what was read of a range in the order of the index: the statement does not say in which order it comes.
pub(super) fn put_in_order<T>(
    reading: &Reading<'_>,
    list: &mut [T],
    place: impl Fn(&T) -> (Option<&Key>, i64),
) {
    let ordering = ordering(reading.range.index, read_from(reading.range.index).1).len();
    list.sort_by(|left, right| reading.direction.apply(compare(ordering, place(left), place(right))));
}

/// The order of two entries: by so many columns of their keys, by resource, and by the other columns.
fn compare(
    ordering: usize,
    (left, left_resource): (Option<&Key>, i64),
    (right, right_resource): (Option<&Key>, i64),
) -> Ordering {
    let (left, right) = (left.map_or(&[][..], |key| &key.0), right.map_or(&[][..], |key| &key.0));
    let (left, left_rest) = left.split_at(std::cmp::min(ordering, left.len()));
    let (right, right_rest) = right.split_at(std::cmp::min(ordering, right.len()));
    let by_columns = left.cmp(right);
    by_columns.then(left_resource.cmp(&right_resource)).then_with(|| left_rest.cmp(right_rest))
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

/// Resources of a type, the next in the order of their creation.
pub(crate) fn of_type(
    dialect: Dialect,
    (tenant, code): (u32, i64),
    (direction, after): (Direction, i64),
    count: usize,
) -> Statement {
    let values = vec![Value::from(tenant), Value::Int(code), Value::Int(after)];
    let text = match direction {
        Direction::Forwards => "AND resource > $3 ORDER BY resource",
        Direction::Backwards => "AND resource < $3 ORDER BY resource DESC",
    };
    plain((dialect, &told_by("found", "found")), text, values, count)
}

/// What tells of a resource by the time of its last change.
pub(super) const TIMED: [Column; 6] = {
    let [resource, code, id, committed_at, keys] = told_by("found", "found");
    [committed_at, resource, code, id, committed_at, keys]
};

/// Resources of a type, the next in the order of their last change, from the first moment, before the second.
pub(crate) fn by_time(
    dialect: Dialect,
    (tenant, code): (u32, i64),
    (direction, (from, below)): (Direction, (i64, i64)),
    count: usize,
) -> Statement {
    let values = vec![Value::from(tenant), Value::Int(code), Value::Int(from), Value::Int(below)];
    let text = match direction {
        Direction::Forwards => "AND committed_at >= $3 AND committed_at < $4 ORDER BY committed_at",
        Direction::Backwards => "AND committed_at >= $3 AND committed_at < $4 ORDER BY committed_at DESC",
    };
    plain((dialect, &TIMED), text, values, count)
}

fn plain(
    (dialect, columns): (Dialect, &[Column]),
    which: &str,
    values: Vec<Value>,
    count: usize,
) -> Statement {
    let mut text = "SELECT ".to_owned();
    packed::push_selected(&mut text, dialect, columns);
    text.push_str(
        " FROM (SELECT resource, type, id, committed_at, keys FROM indexed WHERE tenant = $1 AND type = $2 ",
    );
    text.push_str(which);
    text.push_str(&limited(count));
    text.push_str(") AS found");
    Statement::made(text.into(), values)
}

/// The place of a moment or an id, as a key.
pub(super) fn place(part: Part) -> Key {
    Key(vec![part])
}
