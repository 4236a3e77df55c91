//! How do the concepts of RxNorm hang together, and what else is known of them?
//!
//! <https://www.nlm.nih.gov/research/umls/rxnorm/docs/techdoc.html>. In a row of `RXNREL` the second concept stands in
//! the relation to the first. Relations between names rather than concepts are left out.

use super::OWN;
use crate::code_system::{Builder, Property};
use crate::load::rows::{Form, Heading, Row};
use crate::load::telling::{code, tell, text};
use crate::load::{Defect, Loading};

const RELATIONS_WIDTH: usize = 16;
const ATTRIBUTES_WIDTH: usize = 13;
const TYPES_WIDTH: usize = 6;

/// A file that may be missing, how wide it is, and what its rows are called in the report.
struct File {
    name: &'static str,
    width: usize,
    taken: &'static str,
}

/// The semantic types, by their numbers, as `STY`.
pub(super) fn semantic_types(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    let file = File { name: "RXNSTY.RRF", width: TYPES_WIDTH, taken: "semantic types" };
    read(loading, builder, &file, |row| Told::Of(row.text(0), text("STY", row.text(1))))
}

/// Relations between concepts, by their finer name where they have one.
pub(super) fn relations(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    let file = File { name: "RXNREL.RRF", width: RELATIONS_WIDTH, taken: "relations" };
    read(loading, builder, &file, |row| {
        if row.text(10) != OWN || row.text(2) != "CUI" || row.text(6) != "CUI" {
            return Told::LeftOut("relations between names, or of other sources");
        }
        let name = if row.text(7).is_empty() { row.text(3) } else { row.text(7) };
        Told::Of(row.text(4), code(name, row.text(0)))
    })
}

/// Attributes such as strengths and NDC.
pub(super) fn attributes(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    let file = File { name: "RXNSAT.RRF", width: ATTRIBUTES_WIDTH, taken: "attributes" };
    read(loading, builder, &file, |row| match row.text(9) {
        OWN => Told::Of(row.text(0), text(row.text(8), row.text(10))),
        _ => Told::LeftOut("attributes that other sources give"),
    })
}

/// What a row tells.
enum Told<'r> {
    Of(&'r str, Property<'r>),
    LeftOut(&'static str),
}

fn read(
    loading: &mut Loading<'_>,
    builder: &mut Builder,
    file: &File,
    tells: impl for<'r> Fn(&Row<'r>) -> Told<'r>,
) -> Result<(), Defect> {
    let Some(entry) = super::file(loading.listing, file.name) else { return Ok(()) };
    let mut rows = loading.rows(&entry.name, Form::Pipes, Heading::Fields(file.width))?;
    while let Some(row) = rows.next_row()? {
        match tells(&row) {
            Told::LeftOut(why) => loading.report.skip(why),
            Told::Of(number, property) => match builder.find(number) {
                None => loading.report.skip("what is told of concepts that RxNorm itself does not name"),
                Some(_) if property.code.is_empty() => {
                    return Err(row.refuse("the row does not say what it tells"));
                }
                Some(place) => {
                    tell(builder, place, property).map_err(|message| row.refuse(message))?;
                    loading.report.take(file.taken);
                }
            },
        }
    }
    Ok(())
}
