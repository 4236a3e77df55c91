//! Where do the ordered indexes of search stand?
//!
//! One table for each form of key: `search` says what a key is, this file in which columns it stands and how rows
//! come and go. Times stand in one table and are read in two orders.

use search::{Index, Key, ParameterId, Part};

use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::statement::{Statement, Value};

/// A table of keys.
pub(crate) struct Ordered {
    /// The index whose keys are written to it.
    pub index: Index,
    /// Its name.
    pub name: &'static str,
    /// The columns of a key.
    pub columns: &'static [&'static str],
    put: &'static Bulk,
    take: &'static Bulk,
    lacking: &'static Bulk,
    adrift: &'static str,
}

/// One row of such a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub tenant: u32,
    pub parameter: ParameterId,
    pub key: Key,
    pub resource: i64,
}

/// Puts rows in the order of the table's B-tree.
#[cfg(test)]
pub(crate) fn sort(index: Index, places: &mut [Place]) {
    match index {
        Index::Tokens => places.sort_unstable_by(|left, right| {
            let columns = |it: &Place| (it.tenant, it.parameter);
            let rest = || (&left.key.0[0], left.resource).cmp(&(&right.key.0[0], right.resource));
            columns(left).cmp(&columns(right)).then_with(rest).then_with(|| left.key.cmp(&right.key))
        }),
        Index::Links => places.sort_unstable_by(|left, right| {
            let rest = |it: &Place| (it.parameter, it.resource);
            let keys = (left.tenant, &left.key).cmp(&(right.tenant, &right.key));
            keys.then_with(|| rest(left).cmp(&rest(right)))
        }),
        _ => places.sort_unstable_by(|left, right| {
            let columns = |it: &Place| (it.tenant, it.parameter);
            let rest = || (&left.key, left.resource).cmp(&(&right.key, right.resource));
            columns(left).cmp(&columns(right)).then_with(rest)
        }),
    }
}

/// Joins the statements that write a table of keys.
macro_rules! ordered {
    ($index:ident, $name:literal, [$(($column:literal, $kind:ident)),*], $list:literal) => {{
        const COLUMNS: &[(&str, Kind)] = &[
            ("tenant", Kind::Int), ("parameter", Kind::Int), $(($column, Kind::$kind),)* ("resource", Kind::Int),
        ];
        static PUT: Bulk = Bulk::short(COLUMNS, concat!(
            "INSERT INTO ", $name, " (tenant, parameter, ", $list, ", resource) \
             SELECT tenant, parameter, ", $list, ", resource FROM given WHERE tenant IS NOT NULL \
             ON CONFLICT DO NOTHING"
        ));
        static TAKE: Bulk = Bulk::short(COLUMNS, concat!(
            "DELETE FROM ", $name, " WHERE (tenant, parameter, ", $list, ", resource) IN \
             (SELECT tenant, parameter, ", $list, ", resource FROM given WHERE tenant IS NOT NULL)"
        ));
        static LACKING: Bulk = Bulk::short(COLUMNS, concat!(
            "SELECT given.resource FROM given WHERE given.tenant IS NOT NULL AND NOT EXISTS (SELECT 1 FROM ",
            $name, " WHERE ", $name, ".tenant = given.tenant AND ", $name, ".parameter = given.parameter",
            $(" AND ", $name, ".", $column, " = given.", $column,)*
            " AND ", $name, ".resource = given.resource)"
        ));
        const ADRIFT: &str = concat!(
            "SELECT resource FROM ", $name, " WHERE NOT EXISTS \
             (SELECT 1 FROM indexed WHERE indexed.resource = ", $name, ".resource) ORDER BY resource LIMIT $1"
        );
        Ordered {
            index: Index::$index,
            name: $name,
            columns: &[$($column),*],
            put: &PUT,
            take: &TAKE,
            lacking: &LACKING,
            adrift: ADRIFT,
        }
    }};
}

/// Every table of keys.
pub(crate) static ALL: &[Ordered] = &[
    ordered!(Tokens, "tokens", [("code", Text), ("system", Int)], "code, system"),
    ordered!(Strings, "strings", [("value", Text)], "value"),
    ordered!(Links, "links", [("target", Text), ("target_type", Int)], "target, target_type"),
    ordered!(Starts, "dates", [("starts_at", Int), ("ends_at", Int)], "starts_at, ends_at"),
    ordered!(Amounts, "amounts", [("unit", Int), ("low", Int), ("high", Int)], "unit, low, high"),
    ordered!(Positions, "positions", [("latitude", Int), ("longitude", Int)], "latitude, longitude"),
];

/// The table that an index is read from, and its columns in the order of the index.
pub(crate) fn read_from(index: Index) -> (&'static str, &'static [&'static str]) {
    match index {
        Index::Ends => ("dates", &["ends_at", "starts_at"]),
        other => (of(other).name, of(other).columns),
    }
}

/// The table that an index is written to.
pub(crate) fn of(index: Index) -> &'static Ordered {
    let written = if index == Index::Ends { Index::Starts } else { index };
    ALL.iter().find(|it| it.index == written).expect("every index that is written has a table")
}

/// A place of an index as its table has it.
pub(crate) fn as_written(index: Index, place: &Place) -> Place {
    let mut place = place.clone();
    if index == Index::Ends {
        place.key.0.reverse();
    }
    place
}

impl Ordered {
    /// What adds rows; those that are there stay.
    pub(crate) fn put(&self, dialect: Dialect, places: &[Place]) -> Vec<Statement> {
        self.put_values(dialect, values(places))
    }

    /// The same of rows as columns, in their order.
    pub(crate) fn put_values(&self, dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
        self.put.statements(dialect, values)
    }

    /// What takes rows away.
    pub(crate) fn take(&self, dialect: Dialect, places: &[Place]) -> Vec<Statement> {
        self.take_values(dialect, values(places))
    }

    /// The same of rows as columns, in their order.
    pub(crate) fn take_values(&self, dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
        self.take.statements(dialect, values)
    }

    /// What asks for the resources whose rows are not there.
    pub(crate) fn lacking(&self, dialect: Dialect, places: &[Place]) -> Vec<Statement> {
        self.lacking.statements(dialect, values(places))
    }

    /// What asks for rows of resources that nothing else tells of.
    pub(crate) fn adrift(&self, count: i64) -> Statement {
        Statement::new(self.adrift, [Value::Int(count)])
    }
}

/// Rows as columns, in their order.
pub(crate) fn values(places: &[Place]) -> Vec<Value> {
    let mut values = Vec::with_capacity(places.len() * 6);
    for place in places {
        values.push(Value::from(place.tenant));
        values.push(Value::Int(i64::from(place.parameter.0)));
        values.extend(place.key.0.iter().map(value));
        values.push(Value::Int(place.resource));
    }
    values
}

/// A column of a key as it is bound.
pub(crate) fn value(part: &Part) -> Value {
    match as_stored(part) {
        Part::Int(number) => Value::Int(number),
        Part::Text(text) => Value::Text(text.into()),
    }
}

/// A column of a key as its table has it.
pub(crate) fn as_stored(part: &Part) -> Part {
    match part {
        // PostgreSQL's texts hold no NUL; what had one is told from what had none by the rows.
        Part::Text(text) if text.contains('\0') => Part::Text(text.replace('\0', "\u{1}").into()),
        part => part.clone(),
    }
}
