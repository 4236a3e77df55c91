//! Which state of a component counts where several packages have it?
//!
//! The newest by `effectiveTime`: an edition repeats what it changes of the release that it builds upon,
//! <https://hl7.org/fhir/R4/snomedct.html>. Of one file alone every row is the newest.

use std::collections::HashMap;

use crate::load::rows::{Form, Heading};
use crate::load::{Defect, Entry, Loading};

/// The newest state of each component, where there is more than one file.
pub(super) struct Newest {
    /// The day of the newest state; taken out once it was met.
    days: Option<HashMap<u64, u64>>,
}

impl Newest {
    pub(super) fn of(loading: &Loading<'_>, files: &[&Entry]) -> Result<Self, Defect> {
        if files.len() < 2 {
            return Ok(Self { days: None });
        }
        let mut days = HashMap::new();
        for entry in files {
            let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
            let [id, time] = rows.columns(["id", "effectiveTime"])?;
            while let Some(row) = rows.next_row()? {
                let (id, day) = (row.number(id, "id")?, row.number(time, "effectiveTime")?);
                let known = days.entry(id).or_insert(day);
                *known = std::cmp::max(*known, day);
            }
        }
        Ok(Self { days: Some(days) })
    }

    /// Whether this row is the newest state of its component; a second one that is as new is not.
    pub(super) fn is(&mut self, id: u64, day: u64) -> bool {
        let Some(days) = &mut self.days else { return true };
        days.get(&id).is_some_and(|newest| *newest == day) && days.remove(&id).is_some()
    }
}
