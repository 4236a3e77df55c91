//! To which of several resources does one refer that stands in another place, too?
//!
//! What refers to a resource and what stands in a place of an index are both in the order of their numbers. So each is
//! asked for its next from where the other stands, in turns, until both stand at the same: what lies between costs
//! nothing, however much it is. All are asked in one statement.

use std::fmt::Write as _;

use search::{ParameterId, Range};

use super::scan;
use crate::database::Dialect;
use crate::ordered::{self, read_from};
use crate::statement::{Statement, Value};

/// How many are asked of at once; texts are made for these numbers.
pub(crate) const LENGTHS: &[usize] = &[1, 4, 16, 64];

/// Turns that one statement takes: some milliseconds.
pub(crate) const TURNS_MAX: usize = 8192;

/// What is asked.
pub(crate) struct Asked<'a> {
    pub tenant: u32,
    /// By which parameter it refers.
    pub parameter: ParameterId,
    /// The number of the type that it refers to.
    pub target_type: i64,
    /// The ids of those that it may refer to: as many as the longest of [`LENGTHS`], or fewer.
    pub ids: &'a [&'a str],
    /// Where it stands, too: a range of which [`scan::is_probe`] is true.
    pub probe: &'a Range,
}

/// How many turns were taken, and, joined by commas, the places of those that something refers to.
pub(crate) fn leap(dialect: Dialect, asked: &Asked<'_>) -> Statement {
    let mut values = Vec::new();
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let next_link = {
        let (tenant, parameter) = (bind(Value::from(asked.tenant)), bind(number(asked.parameter)));
        let target_type = bind(Value::Int(asked.target_type));
        move |target: &str, from: &str| {
            format!(
                "(SELECT resource FROM links WHERE links.tenant = {tenant} AND links.target = {target} \
                 AND links.target_type = {target_type} AND links.parameter = {parameter} \
                 AND links.resource >= {from} ORDER BY resource LIMIT 1)"
            )
        }
    };
    let next_probed = {
        let (table, columns) = read_from(asked.probe.index);
        let (tenant, parameter) = (bind(Value::from(asked.tenant)), bind(number(asked.probe.parameter)));
        let mut text = format!(
            "(SELECT probed.resource FROM {table} AS probed WHERE probed.tenant = {tenant} \
             AND probed.parameter = {parameter}"
        );
        for (column, part) in columns.iter().zip(&asked.probe.prefix) {
            // Writing to a string cannot fail.
            let _ = write!(text, " AND probed.{column} = {}", bind(ordered::value(part)));
        }
        text.push_str(" AND probed.resource >= leap.at ORDER BY probed.resource LIMIT 1)");
        text
    };
    let length = LENGTHS.iter().find(|length| **length >= asked.ids.len()).copied().unwrap_or_default();
    let mut given = String::new();
    for place in 0..length {
        // No resource has an empty id. NULL would make another statement of the same text on PostgreSQL.
        let id = asked.ids.get(place).copied().unwrap_or_default();
        let separator = if place == 0 { "" } else { ", " };
        let _ = write!(given, "{separator}({place}, {})", bind(Value::from(id)));
    }
    let joined = match dialect {
        Dialect::Sqlite => "group_concat(CASE WHEN at = before THEN place END)",
        Dialect::Postgres => "string_agg(CASE WHEN at = before THEN place::TEXT END, ',')",
    };
    let turns = scan::whole(TURNS_MAX);
    let (first, next) = (next_link("given.target", "0"), next_link("leap.target", "leap.at"));
    let text = format!(
        "WITH RECURSIVE given (place, target) AS (VALUES {given}), leap (place, target, turn, before, at) AS (\
         SELECT place, target, 0, CAST(-1 AS BIGINT), {first} FROM given UNION ALL \
         SELECT place, target, 1 - turn, at, CASE turn WHEN 0 THEN {next_probed} ELSE {next} END \
         FROM leap WHERE at IS NOT NULL AND at <> before) \
         SELECT COUNT(*), {joined} FROM (SELECT place, before, at FROM leap LIMIT {turns}) AS taken"
    );
    Statement::made(text.into(), values)
}

fn number(parameter: ParameterId) -> Value {
    Value::Int(i64::from(parameter.0))
}
