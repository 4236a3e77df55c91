//! How is a CodeSystem resource loaded as a release?
//!
//! As <https://hl7.org/fhir/R4/codesystem.html> in JSON, one in a file. Those that come in packages need no loading;
//! this is for the big ones, which are better kept as tables than as resources.

use std::io::Read;

use model::{Value, json};

use super::{Defect, Entry, Listing, Loader, Loading};
use crate::limits::RESOURCE_BYTES_MAX;
use crate::{CodeSystem, code_system};

pub(super) const LOADER: Loader = Loader { name: "CodeSystem (JSON)", recognises, load };

fn recognises(listing: &Listing) -> bool {
    listing.files.iter().any(is_resource)
}

fn is_resource(entry: &Entry) -> bool {
    let text = entry.head.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('{') && text.contains("\"resourceType\"")
}

fn load(loading: &mut Loading<'_>) -> Result<Vec<CodeSystem>, Defect> {
    let mut tables = Vec::new();
    let listing = loading.listing;
    for entry in &listing.files {
        if !is_resource(entry) {
            loading.report.skip("files that are no resource");
            continue;
        }
        let resource = read(loading, entry)?;
        match resource.text("resourceType") {
            Some("CodeSystem") => {}
            Some(other) => {
                loading.report.skip(&format!("resources of type {other}; `brigid load` stores those"));
                continue;
            }
            None => return Err(Defect::of(&entry.name, "there is no `resourceType`")),
        }
        let mut table = code_system::read(&resource).map_err(|message| Defect::of(&entry.name, message))?;
        if let Some(url) = loading.url {
            table.about.url = url.into();
        }
        if let Some(version) = loading.version {
            table.about.version = version.into();
        }
        if table.about.url.is_empty() {
            return Err(Defect::of(&entry.name, "the code system has no `url`: say --url"));
        }
        *loading.report.taken.entry("concepts").or_default() += table.len() as u64;
        tables.push(table);
    }
    if tables.is_empty() {
        return Err(Defect::of("", "there is no CodeSystem among the resources"));
    }
    Ok(tables)
}

fn read(loading: &Loading<'_>, entry: &Entry) -> Result<Value, Defect> {
    let mut bytes = Vec::new();
    let read = loading.open(&entry.name)?.take(RESOURCE_BYTES_MAX as u64 + 1).read_to_end(&mut bytes);
    read.map_err(|error| Defect::of(&entry.name, format!("the file cannot be read: {error}")))?;
    if bytes.len() > RESOURCE_BYTES_MAX {
        let message = format!("the resource is larger than the limit of {RESOURCE_BYTES_MAX} bytes");
        return Err(Defect::of(&entry.name, message));
    }
    json::parse(&bytes).map_err(|wrong| Defect::at(&entry.name, wrong.line as u64, wrong.message))
}
