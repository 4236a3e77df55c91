//! What does a SearchParameter say?
//!
//! <https://hl7.org/fhir/R4/searchparameter.html>, read into what searching needs. What R4's own say wrongly is
//! mended as the next edition of the specification mended it.

use fhir_profiles::Definitions;
use model::{ResourceType, Text, Value};

use super::Kind;
use crate::limits::COMPONENTS_MAX;

/// A definition that can be searched by.
pub(crate) struct Definition {
    pub(crate) url: Text,
    pub(crate) version: Text,
    pub(crate) code: Text,
    pub(crate) kind: Kind,
    /// Names of types, `Resource` and `DomainResource` among them.
    pub(crate) bases: Vec<Text>,
    pub(crate) expression: String,
    pub(crate) targets: Vec<ResourceType>,
    pub(crate) parts: Vec<Part>,
}

/// A component of a composite.
pub(crate) struct Part {
    /// The canonical of its definition, without version.
    pub(crate) definition: Text,
    pub(crate) expression: String,
}

/// Parameters without values of their own: what they ask for is not told from one element of the resource.
/// <https://hl7.org/fhir/R4/search.html#all>
const WITHOUT_VALUES: &[&str] = &["_content", "_filter", "_has", "_list", "_query", "_text", "_type"];

/// What the canonicals of the examples begin with that R4 has among its definitions.
pub(crate) const EXAMPLES: &[&str] =
    &["http://hl7.org/fhir/SearchParameter/example", "http://hl7.org/fhir/CompartmentDefinition/example"];

/// What R4's expressions and components say, and what was meant: a canonical, and the texts.
const ERRATA: &[(&str, &str, &str)] = &[
    // There is no type `DateTime`.
    ("http://hl7.org/fhir/SearchParameter/Observation-code-value-date", "as(DateTime)", "as(dateTime)"),
    // The definitions of the two components are mistaken for each other.
    (
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship",
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto",
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relation",
    ),
    (
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relationship",
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relation",
        "http://hl7.org/fhir/SearchParameter/DocumentReference-relatesto",
    ),
    // There is no function `hasExtension`.
    (
        "http://hl7.org/fhir/SearchParameter/questionnaireresponse-extensions-QuestionnaireResponse-item-subject",
        "hasExtension('http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject')",
        "extension('http://hl7.org/fhir/StructureDefinition/questionnaireresponse-isSubject').exists()",
    ),
];

/// Reads a SearchParameter: none of one that nobody can search by, as it is meant; or what is wrong with it.
pub(crate) fn read(resource: &Value) -> Result<Option<Definition>, String> {
    let text = |name| resource.text(name).unwrap_or_default();
    let (url, code) = (text("url"), text("code"));
    let is_draft = resource.get("experimental") == Some(&Value::Bool(true));
    let is_unfinished = is_draft && (resource.get("base").is_none() || text("expression").is_empty());
    if WITHOUT_VALUES.contains(&code) || is_example(url) || is_unfinished || text("status") == "retired" {
        return Ok(None);
    }
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if code.is_empty() || !code.bytes().all(is_name) {
        return Err(format!("`code` is `{code}`, expected letters, digits, `-` and `_`"));
    }
    let kind = Kind::parse(text("type"))
        .ok_or_else(|| format!("`type` is `{}`, expected the code of a search type", text("type")))?;
    if kind == Kind::Special && code != "near" {
        return Err("`type` is `special`, and of these only `near` is known".into());
    }
    Ok(Some(Definition {
        url: url.into(),
        version: text("version").into(),
        code: code.into(),
        kind,
        bases: texts(resource, "base"),
        expression: expression(url, text("expression"))?,
        targets: targets(resource),
        parts: parts(resource, kind)?,
    }))
}

/// Whether a canonical is that of an example.
pub(crate) fn is_example(url: &str) -> bool {
    EXAMPLES.iter().any(|example| url.starts_with(example))
}

fn expression(url: &str, text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("it has no `expression`, which tells what to search by".into());
    }
    // Rows are made once and stay.
    if ["now()", "today()", "timeOfDay()"].iter().any(|name| text.contains(name)) {
        return Err(
            "`expression` asks for the time of day, and what is searched by may not depend on it".into()
        );
    }
    Ok(mended(url, text))
}

/// A text of the definition with this canonical, as it was meant.
fn mended(url: &str, text: &str) -> String {
    let mut errata = ERRATA.iter().filter(|(known, ..)| *known == url);
    let erratum = errata.find(|(_, said, _)| text.contains(said));
    erratum.map_or_else(|| text.to_owned(), |(_, said, meant)| text.replace(said, meant))
}

/// The types that are named; none is named where any will do.
fn targets(resource: &Value) -> Vec<ResourceType> {
    let names = texts(resource, "target");
    if names.iter().any(|name| name == "Resource") {
        return Vec::new();
    }
    names.iter().filter_map(|name| Definitions::r4().resource_type(name)).collect()
}

fn parts(resource: &Value, kind: Kind) -> Result<Vec<Part>, String> {
    if kind != Kind::Composite {
        return Ok(Vec::new());
    }
    let components = resource.get("component").map_or(&[][..], Value::items);
    if components.is_empty() || components.len() > COMPONENTS_MAX {
        let count = components.len();
        return Err(format!("a composite of {count} components, expected 1 to {COMPONENTS_MAX}"));
    }
    let url = resource.text("url").unwrap_or_default();
    let part = |component: &Value| {
        let definition = component.text("definition").unwrap_or_default();
        let definition = definition.split('|').next().unwrap_or_default();
        let expression = expression(url, component.text("expression").unwrap_or_default())?;
        Ok(Part { definition: mended(url, definition).into(), expression })
    };
    components.iter().map(part).collect()
}

fn texts(resource: &Value, name: &str) -> Vec<Text> {
    let items = resource.get(name).map_or(&[][..], Value::items);
    items.iter().filter_map(Value::as_str).map(Text::from).collect()
}
