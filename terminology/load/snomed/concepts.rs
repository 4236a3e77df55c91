//! Which concepts does a release have?
//!
//! Every one, the inactive too, since records go on naming them. Their properties are those of
//! <https://hl7.org/fhir/R4/snomedct.html#4.3.1.1> and the day of their last change.

use std::collections::HashMap;

use super::files::Files;
use super::newest::Newest;
use super::sctid;
use crate::code_system::{Builder, Kind, Property};
use crate::load::rows::{Form, Heading, Row};
use crate::load::{Defect, Loading};

/// The definition status of what is defined in full.
pub(crate) const DEFINED: &str = "900000000000073002";

/// The places of concepts by their identifiers.
pub(super) struct Concepts {
    places: HashMap<u64, u32>,
}

impl Concepts {
    pub(super) fn read(
        loading: &mut Loading<'_>,
        files: &Files<'_>,
        builder: &mut Builder,
    ) -> Result<Self, Defect> {
        let mut newest = Newest::of(loading, &files.concepts)?;
        for property in ["sufficientlyDefined", "moduleId", "effectiveTime"] {
            builder.declare(property)?;
        }
        let mut places = HashMap::new();
        for entry in &files.concepts {
            let mut rows = loading.rows(&entry.name, Form::Tabs, Heading::Line)?;
            let names = ["id", "effectiveTime", "active", "moduleId", "definitionStatusId"];
            let [id, time, active, module, status] = rows.columns(names)?;
            while let Some(row) = rows.next_row()? {
                let number = sctid::concept(&row, id, "id")?;
                sctid::concept(&row, module, "moduleId")?;
                let day = day(&row, time)?;
                if !newest.is(number, row.number(time, "effectiveTime")?) {
                    continue;
                }
                let told =
                    Told { day: &day, module: row.text(module), is_defined: row.text(status) == DEFINED };
                let mut add = || -> Result<u32, String> {
                    let place = builder.add(row.text(id), None)?;
                    told.describe(builder, place)?;
                    Ok(place)
                };
                let place = add().map_err(|message| row.refuse(message))?;
                if is_active(&row, active)? {
                    loading.report.take("concepts");
                } else {
                    builder.set_inactive(place);
                    loading.report.take("inactive concepts");
                }
                if places.insert(number, place).is_some() {
                    return Err(row.refuse(format!("the concept {number} stands twice in the release")));
                }
            }
        }
        Ok(Self { places })
    }

    /// The place of a concept.
    pub(super) fn place(&self, id: u64) -> Option<u32> {
        self.places.get(&id).copied()
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }
}

/// What the row of a concept tells.
struct Told<'r> {
    day: &'r str,
    module: &'r str,
    is_defined: bool,
}

impl Told<'_> {
    fn describe(&self, builder: &mut Builder, place: u32) -> Result<(), String> {
        let defined = if self.is_defined { "true" } else { "false" };
        for (code, kind, value) in [
            ("sufficientlyDefined", Kind::Boolean, defined),
            ("moduleId", Kind::Code, self.module),
            ("effectiveTime", Kind::DateTime, self.day),
        ] {
            builder.describe(place, Property { code, kind, value, system: "" })?;
        }
        Ok(())
    }
}

/// Whether a row is active.
pub(super) fn is_active(row: &Row<'_>, column: usize) -> Result<bool, Defect> {
    match row.text(column) {
        "1" => Ok(true),
        "0" => Ok(false),
        other => Err(row.refuse(format!("`active` is `{other}` where 0 or 1 was expected"))),
    }
}

/// The day of a row, `YYYYMMDD`, as FHIR writes it.
pub(super) fn day(row: &Row<'_>, column: usize) -> Result<String, Defect> {
    let text = row.text(column);
    let is_day = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_day {
        return Err(row.refuse("`effectiveTime` is no day of the form YYYYMMDD"));
    }
    Ok(format!("{}-{}-{}", &text[..4], &text[4..6], &text[6..]))
}
