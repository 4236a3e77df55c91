//! Which parts does LOINC put its terms together from, and what stands below what?
//!
//! `Part.csv`, the links of terms to parts, and the hierarchy of components by system:
//! <https://loinc.org/kb/users-guide/>. Where links are there, the axes of a term are codings of parts beside the
//! texts that the main table has.

use super::{HIERARCHY, PART_LINKS, PARTS, SYSTEM, files};
use crate::code_system::{Builder, Designation, Kind, Property};
use crate::load::rows::{Form, Heading};
use crate::load::telling::{call, tell, text};
use crate::load::{Defect, Loading};

pub(super) fn read(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    for name in files(loading, PARTS) {
        parts(loading, &name, builder)?;
    }
    for name in files(loading, PART_LINKS) {
        links(loading, &name, builder)?;
    }
    for name in files(loading, HIERARCHY) {
        hierarchy(loading, &name, builder)?;
    }
    Ok(())
}

fn parts(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [number, kind, name, display, status] =
        rows.columns(["PartNumber", "PartTypeName", "PartName", "PartDisplayName", "Status"])?;
    while let Some(row) = rows.next_row()? {
        let (own, shown) = (row.text(name), row.text(display));
        let mut add = || -> Result<(), String> {
            let place = builder.add(row.text(number), Some(if shown.is_empty() { own } else { shown }))?;
            tell(builder, place, text("PartTypeName", row.text(kind)))?;
            tell(builder, place, text("STATUS", row.text(status)))?;
            let purpose = &format!("{SYSTEM}|PartName");
            if own != shown {
                call(builder, place, Designation { language: "en", purpose, value: own })?;
            }
            if matches!(row.text(status), "INACTIVE" | "DEPRECATED") {
                builder.set_inactive(place);
            }
            Ok(())
        };
        add().map_err(|message| row.refuse(message))?;
        loading.report.take("parts");
    }
    Ok(())
}

fn links(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [number, part, property] = rows.columns(["LoincNumber", "PartNumber", "Property"])?;
    while let Some(row) = rows.next_row()? {
        let Some(place) = builder.find(row.text(number)) else {
            loading.report.skip("links of terms that are not in the table");
            continue;
        };
        // Properties go by URLs, of which the last part is the code.
        let code = row.text(property).rsplit('/').next().unwrap_or_default();
        if code.is_empty() {
            return Err(row.refuse("the link does not say of which property it is"));
        }
        let link = Property { code, kind: Kind::Coding, value: row.text(part), system: SYSTEM };
        tell(builder, place, link).map_err(|message| row.refuse(message))?;
        loading.report.take("links to parts");
    }
    Ok(())
}

fn hierarchy(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [parent, code, name] = rows.columns(["IMMEDIATE_PARENT", "CODE", "CODE_TEXT"])?;
    while let Some(row) = rows.next_row()? {
        let mut add = || -> Result<(), String> {
            let place = builder.add(row.text(code), Some(row.text(name)))?;
            match row.text(parent) {
                "" => Ok(()),
                parent => builder.put_below_code(place, parent),
            }
        };
        add().map_err(|message| row.refuse(message))?;
        loading.report.take("places in the hierarchy");
    }
    Ok(())
}
