//! What are LOINC's terms called in other languages?
//!
//! The linguistic variants, whose files carry language and country in their names: `deDE15LinguisticVariant.csv`.
//! <https://loinc.org/international/>.

use super::{SYSTEM, TERMS, VARIANTS, files, with_columns};
use crate::code_system::{Builder, Designation};
use crate::load::rows::{Form, Heading};
use crate::load::telling::call;
use crate::load::{Defect, Loading};

/// Columns that are names, each with its use.
const NAMES: &[(&str, &str)] = &[
    ("LONG_COMMON_NAME", "LONG_COMMON_NAME"),
    ("SHORTNAME", "SHORTNAME"),
    ("LinguisticVariantDisplayName", "LinguisticVariantDisplayName"),
];

pub(super) fn read(loading: &mut Loading<'_>, builder: &mut Builder) -> Result<(), Defect> {
    let listing = loading.listing;
    for name in files(loading, VARIANTS) {
        if with_columns(listing, TERMS).any(|entry| entry.name == name) {
            continue;
        }
        let Some(language) = language(&name) else {
            loading.report.skip("linguistic variants whose file name tells no language");
            continue;
        };
        variant(loading, &name, &language, builder)?;
    }
    Ok(())
}

/// `de-DE` from the name of a file.
fn language(name: &str) -> Option<String> {
    let base = name.rsplit('/').next()?;
    let (language, country) = (base.get(..2)?, base.get(2..4)?);
    let is_language = language.bytes().all(|letter| letter.is_ascii_lowercase());
    let is_country = country.bytes().all(|letter| letter.is_ascii_uppercase());
    (is_language && is_country).then(|| format!("{language}-{country}"))
}

fn variant(
    loading: &mut Loading<'_>,
    name: &str,
    language: &str,
    builder: &mut Builder,
) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Commas, Heading::Line)?;
    let [number] = rows.columns(["LOINC_NUM"])?;
    let names: Vec<_> =
        NAMES.iter().filter_map(|(column, purpose)| Some((rows.column(column)?, *purpose))).collect();
    while let Some(row) = rows.next_row()? {
        let Some(place) = builder.find(row.text(number)) else {
            loading.report.skip("names of terms that are not in the table");
            continue;
        };
        for (column, purpose) in &names {
            let purpose = &format!("{SYSTEM}|{purpose}");
            let told = call(builder, place, Designation { language, purpose, value: row.text(*column) });
            told.map_err(|message| row.refuse(message))?;
        }
        loading.report.take("terms in other languages");
    }
    Ok(())
}
