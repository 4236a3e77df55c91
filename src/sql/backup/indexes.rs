//! How are the indexes of search copied?
//!
//! As they stand: making them again would take the definitions that they were made by. Of the ordered ones every
//! column is part of the key.

use super::tables::{Table, page};
use crate::bulk::{Bulk, Kind};
use crate::database::Dialect;
use crate::statement::{Statement, Value};

/// What resources are found by, and the ordered indexes.
pub(super) const ALL: [Table; 7] = [INDEXED, TOKENS, STRINGS, LINKS, DATES, AMOUNTS, POSITIONS];

/// A table whose key is all of it: its name, its columns as SQL lists them, and the places of the key's values.
macro_rules! whole_key {
    ($constant:ident, $name:literal, $list:literal, $places:literal, $limit:literal, [$(($column:literal, $kind:ident)),*]) => {
        const $constant: Table = {
            const COLUMNS: &[(&str, Kind)] = &[$(($column, Kind::$kind)),*];
            fn after(values: Vec<Value>) -> Statement {
                page(
                    concat!(
                        "SELECT ", $list, " FROM ", $name, " WHERE (", $list, ") > (", $places, ") ORDER BY ",
                        $list, " LIMIT ", $limit
                    ),
                    values,
                )
            }
            fn put(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
                static PUT: Bulk = Bulk::new(
                    COLUMNS,
                    concat!(
                        "INSERT INTO ", $name, " (", $list, ") SELECT ", $list,
                        " FROM given WHERE tenant IS NOT NULL"
                    ),
                );
                PUT.statements(dialect, values)
            }
            Table { columns: COLUMNS, key: COLUMNS.len(), page: after, put }
        };
    };
}

const INDEXED: Table = Table { columns: INDEXED_COLUMNS, key: 1, page: indexed_after, put: put_indexed };

const INDEXED_COLUMNS: &[(&str, Kind)] = &[
    ("resource", Kind::Int),
    ("tenant", Kind::Int),
    ("type", Kind::Int),
    ("id", Kind::Text),
    ("committed_at", Kind::Int),
    ("keys", Kind::Bytes),
];

fn indexed_after(after: Vec<Value>) -> Statement {
    page(
        "SELECT resource, tenant, type, id, committed_at, keys FROM indexed \
         WHERE resource > $1 ORDER BY resource LIMIT $2",
        after,
    )
}

fn put_indexed(dialect: Dialect, values: Vec<Value>) -> Vec<Statement> {
    static PUT: Bulk = Bulk::new(
        INDEXED_COLUMNS,
        "INSERT INTO indexed (resource, tenant, type, id, committed_at, keys) \
         SELECT resource, tenant, type, id, committed_at, keys FROM given WHERE resource IS NOT NULL",
    );
    PUT.statements(dialect, values)
}

whole_key!(
    TOKENS,
    "tokens",
    "tenant, parameter, code, resource, system",
    "$1, $2, $3, $4, $5",
    "$6",
    [("tenant", Int), ("parameter", Int), ("code", Text), ("resource", Int), ("system", Int)]
);
whole_key!(
    STRINGS,
    "strings",
    "tenant, parameter, value, resource",
    "$1, $2, $3, $4",
    "$5",
    [("tenant", Int), ("parameter", Int), ("value", Text), ("resource", Int)]
);
whole_key!(
    LINKS,
    "links",
    "tenant, target, target_type, parameter, resource",
    "$1, $2, $3, $4, $5",
    "$6",
    [("tenant", Int), ("target", Text), ("target_type", Int), ("parameter", Int), ("resource", Int)]
);
whole_key!(
    DATES,
    "dates",
    "tenant, parameter, starts_at, ends_at, resource",
    "$1, $2, $3, $4, $5",
    "$6",
    [("tenant", Int), ("parameter", Int), ("starts_at", Int), ("ends_at", Int), ("resource", Int)]
);
whole_key!(
    AMOUNTS,
    "amounts",
    "tenant, parameter, unit, low, high, resource",
    "$1, $2, $3, $4, $5, $6",
    "$7",
    [("tenant", Int), ("parameter", Int), ("unit", Int), ("low", Int), ("high", Int), ("resource", Int)]
);
whole_key!(
    POSITIONS,
    "positions",
    "tenant, parameter, latitude, longitude, resource",
    "$1, $2, $3, $4, $5",
    "$6",
    [("tenant", Int), ("parameter", Int), ("latitude", Int), ("longitude", Int), ("resource", Int)]
);
