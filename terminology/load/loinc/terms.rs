//! Which terms does a release of LOINC have?
//!
//! `Loinc.csv`, or the shorter table of the core if that is all there is, and what replaces a term:
//! <https://loinc.org/kb/loinc-database-structure/>.

use super::{MAP_TO, TERMS, files, with_columns};
use crate::code_system::{Builder, Designation};
use crate::load::rows::{Form, Heading, Row, Rows};
use crate::load::telling::{call, code, tell, text};
use crate::load::{Defect, Loading};

/// Columns that are properties by the same name, in the order of the table.
const PROPERTIES: &[&str] = &[
    "COMPONENT",
    "PROPERTY",
    "TIME_ASPCT",
    "SYSTEM",
    "SCALE_TYP",
    "METHOD_TYP",
    "CLASS",
    "VersionFirstReleased",
    "VersionLastChanged",
    "STATUS",
    "ORDER_OBS",
    "UNITSREQUIRED",
    "EXAMPLE_UNITS",
    "EXAMPLE_UCUM_UNITS",
    "HL7_ATTACHMENT_STRUCTURE",
    "PanelType",
    "AskAtOrderEntry",
    "AssociatedObservations",
    "STATUS_REASON",
    "STATUS_TEXT",
    "EXTERNAL_COPYRIGHT_NOTICE",
];

/// Columns that are names, each with its use.
const NAMES: &[&str] = &["SHORTNAME", "CONSUMER_NAME", "DisplayName"];

/// What the numbers of `CLASSTYPE` mean.
const CLASS_TYPES: &[(&str, &str)] =
    &[("1", "Laboratory class"), ("2", "Clinical class"), ("3", "Claims attachments"), ("4", "Surveys")];

/// Adds the terms, and tells the newest version that any of them names.
pub(super) fn read(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<Option<String>, Defect> {
    let tables = files(loading, TERMS);
    let is_full = |name: &String| {
        with_columns(loading.listing, &["RELATEDNAMES2", "CHNG_TYPE"]).any(|entry| entry.name == *name)
    };
    let Some(table) = tables.iter().find(|name| is_full(name)).or(tables.first()) else { return Ok(None) };
    for property in PROPERTIES {
        builder.declare(property)?;
    }
    let mut rows = loading.rows(table, Form::Commas, Heading::Line)?;
    let columns = Columns::of(&rows)?;
    let mut newest = None;
    while let Some(row) = rows.next_row()? {
        columns.add(&row, builder).map_err(|message| row.refuse(message))?;
        for column in columns.versions.iter().flatten() {
            newest = std::cmp::max(newest, number(row.text(*column)));
        }
        loading.report.take("terms");
    }
    for name in files(loading, MAP_TO) {
        replacements(loading, &name, builder)?;
    }
    Ok(newest.map(|(major, minor)| format!("{major}.{minor:02}")))
}

/// A version as numbers, so that 2.8 comes before 2.10.
fn number(version: &str) -> Option<(u32, u32)> {
    let (major, minor) = version.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Where the columns of the table stand.
struct Columns {
    number: usize,
    name: usize,
    status: usize,
    class_type: Option<usize>,
    copyright: Option<usize>,
    definition: Option<usize>,
    versions: [Option<usize>; 2],
    properties: Vec<(&'static str, usize)>,
    names: Vec<(&'static str, usize)>,
}

impl Columns {
    fn of(rows: &Rows<'_>) -> Result<Self, Defect> {
        let [number, name, status] = rows.columns(["LOINC_NUM", "LONG_COMMON_NAME", "STATUS"])?;
        let known = |names: &[&'static str]| {
            names.iter().filter_map(|name| Some((*name, rows.column(name)?))).collect::<Vec<_>>()
        };
        Ok(Self {
            number,
            name,
            status,
            class_type: rows.column("CLASSTYPE"),
            copyright: rows.column("EXTERNAL_COPYRIGHT_NOTICE"),
            definition: rows.column("DefinitionDescription"),
            versions: [rows.column("VersionLastChanged"), rows.column("VersionFirstReleased")],
            properties: known(PROPERTIES),
            names: known(NAMES),
        })
    }

    fn add(&self, row: &Row<'_>, builder: &mut Builder) -> Result<(), String> {
        let number = row.text(self.number);
        if number.is_empty() {
            return Err("the term has no `LOINC_NUM`".to_owned());
        }
        let place = builder.add(number, Some(row.text(self.name)))?;
        if row.text(self.status) == "DEPRECATED" {
            builder.set_inactive(place);
        }
        for (name, column) in &self.properties {
            tell(builder, place, text(name, row.text(*column)))?;
        }
        for (purpose, column) in &self.names {
            let purpose = format!("{}|{purpose}", super::SYSTEM);
            let value = row.text(*column);
            call(builder, place, Designation { language: "en", purpose: &purpose, value })?;
        }
        if let Some(column) = self.definition {
            tell(builder, place, text("definition", row.text(column)))?;
        }
        if let Some(column) = self.class_type {
            let written = row.text(column);
            let meant = CLASS_TYPES.iter().find(|(number, _)| *number == written).map(|(_, meant)| *meant);
            tell(builder, place, text("CLASSTYPE", meant.unwrap_or(written)))?;
        }
        if let Some(column) = self.copyright {
            let whose = if row.text(column).is_empty() { "LOINC" } else { "3rdParty" };
            tell(builder, place, text("copyright", whose))?;
        }
        Ok(())
    }
}

fn replacements(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [from, to] = rows.columns(["LOINC", "MAP_TO"])?;
    while let Some(row) = rows.next_row()? {
        let Some(place) = builder.find(row.text(from)) else {
            loading.report.skip("replacements of terms that are not in the table");
            continue;
        };
        tell(builder, place, code("MAP_TO", row.text(to))).map_err(|message| row.refuse(message))?;
        loading.report.take("replacements");
    }
    Ok(())
}
