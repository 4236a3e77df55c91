//! Does one entry of a transaction write what another one searches for?
//!
//! Which of the two came first would count, and FHIR says that it must not:
//! <https://hl7.org/fhir/R4/http.html#trules>. So two entries that create the same thing unless it is there already
//! are refused, as they would be if they named the same resource.

use std::collections::HashMap;

use model::{Code, Issue, Key};
use store::{Change, Write};

use super::Deed;
use super::aims::Searched;
use crate::conditional::Own;
use crate::{Context, Failure, Result};

/// Refuses entries whose criteria mean what another entry writes, unless that was found before.
pub(super) fn check(
    context: &Context,
    searched: &[Searched],
    deeds: &[Deed],
    writes: &[Write],
) -> Result<()> {
    if searched.is_empty() {
        return Ok(());
    }
    let put = writes.iter().filter_map(|write| match &write.change {
        Change::Put { rows, .. } => Some((&write.key, rows)),
        _ => None,
    });
    let mut own = Own::new(put, (context.clock)());
    let writers: HashMap<&Key, usize> = deeds.iter().map(|deed| (&deed.key, deed.entry)).collect();
    for searched in searched {
        let is_other =
            |key: &&Key| searched.found.as_ref() != Some(*key) && writers.get(*key) != Some(&searched.entry);
        if own.is_unsure(&searched.branch) {
            let message = format!(
                "the criteria reach into other resources, and another entry writes a {} that they may mean",
                searched.branch.resource_type
            );
            let issue = Issue::error(Code::NotSupported, message);
            return Err(Failure::from(issue).within(&crate::bundle::path(searched.entry)));
        }
        if let Some(other) = own.meant(&searched.branch).into_iter().find(is_other) {
            let message = format!("{other} is written by another entry and matches, too");
            let issue = Issue::error(Code::DuplicateEntry, message);
            return Err(Failure::from(issue).within(&crate::bundle::path(searched.entry)));
        }
    }
    Ok(())
}
