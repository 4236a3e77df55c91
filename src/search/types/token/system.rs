//! Is this code of that system?
//!
//! What `system|` asks for. An element of type `code` does not say of which system it is: it is of the one that is asked
//! for when that has its code, <https://hl7.org/fhir/R4/search.html#token>.

use std::fmt;
use std::sync::Arc;

use terminology::{CodeSystem, Terminology, systems};

use super::BOUND_SYSTEM;
use crate::hash;

/// A system whose codes are asked for.
#[derive(Clone)]
pub struct OfSystem {
    /// Its number.
    number: i64,
    url: Box<str>,
    /// Its codes, where they are known.
    table: Option<Arc<CodeSystem>>,
}

impl OfSystem {
    /// The system with this canonical.
    pub(super) fn new(url: &str, terminology: &Terminology) -> Self {
        let table = match systems::law(url) {
            Some(_) => None,
            None => terminology.code_system(url, None).ok(),
        };
        Self { number: hash::number(url), url: url.into(), table }
    }

    /// Whether a token is of the system.
    pub(super) fn holds(&self, system: i64, code: &str) -> bool {
        system == self.number || system == BOUND_SYSTEM && self.has(code)
    }

    fn has(&self, code: &str) -> bool {
        match (&self.table, systems::law(&self.url)) {
            (Some(table), _) => table.find(code).is_some(),
            (None, Some(law)) => (law.meaning)(code).is_some(),
            (None, None) => false,
        }
    }
}

impl fmt::Debug for OfSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OfSystem({})", self.url)
    }
}

impl PartialEq for OfSystem {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}
