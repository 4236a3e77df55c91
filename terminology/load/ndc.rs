//! How does the NDC directory become a table?
//!
//! The text files of the FDA: products and the packages they come in. As <https://hl7.org/fhir/R4/ndc.html> leaves open
//! how a code is written, both forms are codes: with dashes and ten digits as the FDA has it, and for packages the
//! eleven digits without dashes that others use; each names the other in a property. The directory does not say how
//! old it is, so the version must be told.

#[cfg(test)]
mod tests;

use super::rows::{Form, Heading, Row, Rows};
use super::telling::{code, day, tell, text};
use super::{Defect, Listing, Loader, Loading};
use crate::CodeSystem;
use crate::code_system::{About, Builder, Kind, Property};

/// The canonical of the directory.
const SYSTEM: &str = "http://hl7.org/fhir/sid/ndc";

pub(super) const LOADER: Loader = Loader { name: "NDC directory", recognises, load };

/// Columns of products that are properties, each with its code.
const PRODUCT_PROPERTIES: &[(&str, &str)] = &[
    ("PRODUCTTYPENAME", "product-type"),
    ("PROPRIETARYNAME", "proprietary-name"),
    ("NONPROPRIETARYNAME", "nonproprietary-name"),
    ("DOSAGEFORMNAME", "dosage-form"),
    ("ROUTENAME", "route"),
    ("MARKETINGCATEGORYNAME", "marketing-category"),
    ("APPLICATIONNUMBER", "application-number"),
    ("LABELERNAME", "labeler"),
    ("SUBSTANCENAME", "substance"),
    ("ACTIVE_NUMERATOR_STRENGTH", "strength"),
    ("ACTIVE_INGRED_UNIT", "strength-unit"),
    ("PHARM_CLASSES", "pharm-classes"),
    ("DEASCHEDULE", "dea-schedule"),
];

fn is_products(line: &str) -> bool {
    let has = |name: &str| line.split('\t').any(|column| column.eq_ignore_ascii_case(name));
    has("PRODUCTNDC") && has("NONPROPRIETARYNAME")
}

fn is_packages(line: &str) -> bool {
    let has = |name: &str| line.split('\t').any(|column| column.eq_ignore_ascii_case(name));
    has("PRODUCTNDC") && has("NDCPACKAGECODE")
}

fn recognises(listing: &Listing) -> bool {
    listing.headed(is_products).next().is_some()
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let Some(version) = loading.version else {
        return Err(Defect::of("", "the directory does not tell how old it is: say --version with the day"));
    };
    let about = About {
        url: loading.url.unwrap_or(SYSTEM).into(),
        version: version.into(),
        name: "National Drug Code Directory".into(),
        status: "active".into(),
        language: "en".into(),
        case_sensitive: true,
        ..About::default()
    };
    let mut builder = Builder::new(about);
    let listing = loading.listing;
    for entry in listing.headed(is_products) {
        products(loading, &entry.name, &mut builder)?;
    }
    for entry in listing.headed(is_packages) {
        packages(loading, &entry.name, &mut builder)?;
    }
    Ok(vec![builder.finish()])
}

fn products(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Tabs, Heading::Line)?;
    let [number, own_name, substance_name] =
        rows.columns(["PRODUCTNDC", "PROPRIETARYNAME", "NONPROPRIETARYNAME"])?;
    let known = PRODUCT_PROPERTIES.iter();
    let properties: Vec<_> = known.filter_map(|(name, code)| Some((rows.column(name)?, *code))).collect();
    let status = Status::of(&rows);
    while let Some(row) = rows.next_row()? {
        let parts: Vec<_> = row.text(number).split('-').collect();
        if parts.len() != 2 || !are_digits(&parts) {
            return Err(row.refuse(format!("`{}` is no product code such as 0001-0002", row.text(number))));
        }
        let display =
            if row.text(own_name).is_empty() { row.text(substance_name) } else { row.text(own_name) };
        let mut add = || -> Result<(), String> {
            let place = builder.add(row.text(number), Some(display))?;
            tell(builder, place, text("code-type", "product"))?;
            for (column, code) in &properties {
                tell(builder, place, text(code, row.text(*column)))?;
            }
            status.tell(&row, builder, place)
        };
        add().map_err(|message| row.refuse(message))?;
        loading.report.take("products");
    }
    Ok(())
}

fn packages(loading: &mut Loading<'_>, name: &str, builder: &mut Builder) -> Result<(), Defect> {
    let mut rows = loading.rows(name, Form::Tabs, Heading::Line)?;
    let [product, number, description] =
        rows.columns(["PRODUCTNDC", "NDCPACKAGECODE", "PACKAGEDESCRIPTION"])?;
    let status = Status::of(&rows);
    while let Some(row) = rows.next_row()? {
        let ten = row.text(number);
        let Some(eleven) = eleven_digits(ten) else {
            return Err(row.refuse(format!("`{ten}` is no package code such as 0001-0002-03")));
        };
        let mut add = || -> Result<(), String> {
            let forms = [(ten, "10-digit", "code11", &*eleven), (&*eleven, "11-digit", "code10", ten)];
            for (written, kind, other, other_form) in forms {
                let place = builder.add(written, Some(row.text(description)))?;
                tell(builder, place, text("code-type", kind))?;
                tell(builder, place, code(other, other_form))?;
                tell(builder, place, code("product", row.text(product)))?;
                status.tell(&row, builder, place)?;
            }
            Ok(())
        };
        add().map_err(|message| row.refuse(message))?;
        loading.report.take("packages");
    }
    Ok(())
}

/// Where the columns stand that tell whether something is on the market.
struct Status {
    start: Option<usize>,
    end: Option<usize>,
    exclusion: Option<usize>,
}

impl Status {
    fn of(rows: &Rows<'_>) -> Self {
        Self {
            start: rows.column("STARTMARKETINGDATE"),
            end: rows.column("ENDMARKETINGDATE"),
            exclusion: rows.column("NDC_EXCLUDE_FLAG"),
        }
    }

    fn tell(&self, row: &Row<'_>, builder: &mut Builder, place: u32) -> Result<(), String> {
        for (column, code) in [(self.start, "start-marketing"), (self.end, "end-marketing")] {
            if let Some(day) = column.and_then(|column| day(row.text(column))) {
                let property = Property { code, kind: Kind::DateTime, value: &day, system: "" };
                tell(builder, place, property)?;
            }
        }
        // `E` and `U` are withheld for faults of the listing, `I` was taken out of use.
        let exclusion = self.exclusion.map_or("", |column| row.text(column));
        if exclusion == "I" {
            builder.set_inactive(place);
        }
        Ok(())
    }
}

fn are_digits(parts: &[&str]) -> bool {
    parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
}

/// The eleven digits of a package code: labeler, product and package filled up to five, four and two.
fn eleven_digits(ten: &str) -> Option<String> {
    let parts: Vec<_> = ten.split('-').collect();
    let [labeler, product, package] = parts[..] else { return None };
    let fits = labeler.len() <= 5 && product.len() <= 4 && package.len() <= 2;
    (fits && are_digits(&parts)).then(|| format!("{labeler:0>5}{product:0>4}{package:0>2}"))
}
