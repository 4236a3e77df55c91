//! How do entries come to their tables?
//!
//! Neighbours together, with as few statements as there are tables and marks among them.

use model::Instant;

use super::{Change, Mark, entry, recover};
use crate::database::Dialect;
use crate::ordered;
use crate::statement::Statement;

/// Entries on their way, in the order of their tables.
#[derive(Default)]
pub(crate) struct Chunk {
    pub(super) entries: Vec<Change>,
    /// What is in the tables with them, when they are the last of a round.
    pub(super) until: Option<Instant>,
}

impl Chunk {
    /// Whether nothing is on its way.
    pub(crate) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What brings them to their tables.
    pub(crate) fn statements(&self) -> Vec<Statement> {
        let mut statements = statements(Dialect::Sqlite, &self.entries);
        if let Some(until) = self.until {
            statements.extend(recover::until(until));
        }
        statements
    }
}

/// What makes changes in the tables, given in their order.
pub(crate) fn statements(dialect: Dialect, changes: &[Change]) -> Vec<Statement> {
    let mut statements = Vec::new();
    for run in changes.chunk_by(|left, right| left.0 == right.0) {
        let index = run[0].0;
        let (mut comings, mut goings) = (Vec::with_capacity(run.len() * 6), Vec::new());
        for (_, entry, mark) in run {
            let values = if *mark == Mark::Coming { &mut comings } else { &mut goings };
            let is_entry = entry::push_values(index, entry, values);
            debug_assert!(is_entry, "what stands here was encoded here");
        }
        let table = ordered::of(index);
        statements.extend(table.take_values(dialect, goings));
        statements.extend(table.put_values(dialect, comings));
    }
    statements
}
