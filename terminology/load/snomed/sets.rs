//! Which members do the reference sets of a release have?
//!
//! Simple sets, associations such as those of history, simple maps, values of attributes: the active rows, with their
//! further columns by name, <https://hl7.org/fhir/R4/snomedct.html#4.3.1.3>. What is told in the detail of a member:
//! module and day; in its fields: a line for each column, name and value parted by a tabulator.

use super::concepts::{Concepts, is_active};
use super::files::Files;
use super::sctid;
use crate::code_system::{Builder, Member};
use crate::load::rows::{Form, Heading};
use crate::load::{Defect, Loading};

/// How many columns every reference set has.
const COMMON: usize = 6;

pub(super) fn read(
    loading: &mut Loading<'_>,
    files: &Files<'_>,
    concepts: &Concepts,
    builder: &mut Builder,
) -> Result<(), Defect> {
    for entry in &files.sets {
        let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
        let names = ["effectiveTime", "active", "moduleId", "refsetId", "referencedComponentId"];
        let [time, active, module, set, member] = rows.columns(names)?;
        let columns: Vec<String> = rows.heading().iter().skip(COMMON).cloned().collect();
        while let Some(row) = rows.next_row()? {
            let id = sctid::concept(&row, set, "refsetId")?;
            sctid::component(&row, member, "referencedComponentId")?;
            if !is_active(&row, active)? {
                loading.report.skip("inactive members of reference sets");
                continue;
            }
            let Some(place) = concepts.place(id) else {
                loading.report.skip("members of reference sets that the release does not have");
                continue;
            };
            let fields: Vec<String> = columns
                .iter()
                .zip(row.fields().skip(COMMON))
                .map(|(name, value)| format!("{name}\t{value}"))
                .collect();
            let member = Member {
                code: row.text(member),
                detail: &format!("{} {}", row.text(module), row.text(time)),
                fields: &fields.join("\n"),
            };
            builder.enlist(place, member).map_err(|message| row.refuse(message))?;
            loading.report.take("members of reference sets");
        }
    }
    Ok(())
}
