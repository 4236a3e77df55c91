//! What has been told of a version already?
//!
//! A version never changes, and a reach of one mark means the same, so whether the one is within the other need be told
//! once. Bounded: when a generation is full, the one before it is forgotten.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use access::{Permit, Use};
use model::{Key, VersionId};

use crate::resources::Version;

/// Verdicts in one of two generations, at some hundred bytes each.
const GENERATION_MAX: usize = 32_768;

/// What was told of versions lately.
#[derive(Default)]
pub(super) struct Verdicts(Mutex<Generations>);

#[derive(Default)]
struct Generations {
    young: HashMap<Asked, bool>,
    old: HashMap<Asked, bool>,
}

#[derive(PartialEq, Eq, Hash)]
struct Asked {
    tenant: u32,
    mark: u128,
    of: Use,
    key: Key,
    version: VersionId,
}

impl Verdicts {
    /// Tells whether a version is within reach; `tell` finds it out where that is not known.
    pub(super) fn of(
        &self,
        (permit, of): (&Permit, Use),
        version: &Version,
        tell: impl FnOnce() -> bool,
    ) -> bool {
        let (tenant, mark, key) = (permit.tenant(), permit.mark(), version.key.clone());
        let asked = Asked { tenant, mark, of, key, version: version.version };
        {
            let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(verdict) = known.young.get(&asked).or_else(|| known.old.get(&asked)) {
                return *verdict;
            }
        }
        let verdict = tell();
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.young.len() >= GENERATION_MAX {
            known.old = std::mem::take(&mut known.young);
        }
        known.young.insert(asked, verdict);
        verdict
    }
}
