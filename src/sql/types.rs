//! Which small integer stands for which resource type?
//!
//! The database numbers the types as it meets them, so that rows carry two bytes and not a name.

use std::collections::HashMap;

use model::ResourceType;

use crate::bulk::{Bulk, Kind};
use crate::database::{Database, Dialect};
use crate::failure::Failure;
use crate::statement::{Statement, Value};

/// Resource types and their codes, both ways.
pub(crate) struct Types {
    codes: HashMap<ResourceType, i64>,
    names: HashMap<i64, ResourceType>,
}

impl Types {
    /// Numbers those of `known` that have no code yet, and reads all codes.
    pub(crate) async fn load(database: &Database, known: &[ResourceType]) -> Result<Self, Failure> {
        let names = known.iter().map(|known| Value::from(known.as_str())).collect();
        for statement in add(database.dialect(), names) {
            database.change(statement).await?;
        }
        let known: HashMap<&str, ResourceType> = known.iter().map(|known| (known.as_str(), *known)).collect();
        let mut types = Self { codes: HashMap::new(), names: HashMap::new() };
        for row in database.fetch(all()).await? {
            let (code, name) = (row.int(0)?, row.text(1)?);
            // Another release may have had types that this one lacks: their history is still told. The
            // names live as long as the process, and there are a few hundred at most.
            let resource_type =
                known.get(name).copied().unwrap_or_else(|| ResourceType::known(name.to_owned().leak()));
            types.codes.insert(resource_type, code);
            types.names.insert(code, resource_type);
        }
        Ok(types)
    }

    /// The code of a type; none when nothing can be stored under it.
    pub(crate) fn code(&self, resource_type: ResourceType) -> Option<i64> {
        self.codes.get(&resource_type).copied()
    }

    /// The type behind a code.
    pub(crate) fn resource_type(&self, code: i64) -> Option<ResourceType> {
        self.names.get(&code).copied()
    }
}

/// A conflict alone would do, and use up a number of PostgreSQL's sequence for every type at every open.
pub(crate) fn add(dialect: Dialect, names: Vec<Value>) -> Vec<Statement> {
    static ADD: Bulk = Bulk::new(
        &[("name", Kind::Text)],
        "INSERT INTO types (name) SELECT given.name FROM given WHERE given.name IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM types WHERE types.name = given.name) \
         ON CONFLICT (name) DO NOTHING",
    );
    ADD.statements(dialect, names)
}

pub(crate) fn all() -> Statement {
    Statement::new("SELECT type, name FROM types ORDER BY type", [])
}
