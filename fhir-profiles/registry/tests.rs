//! Does a canonical name the definition that it should?

use model::json;

use super::*;

/// A definition written `type/id url|version name`; a version or a name may lack.
fn definition(line: &str) -> Value {
    let mut words = line.split(' ');
    let (kind, id) = words.next().and_then(|word| word.split_once('/')).expect("type and id");
    let url = words.next().unwrap_or_default();
    let (url, version) = url.split_once('|').unwrap_or((url, ""));
    let name = words.next().unwrap_or_default();
    let members = [("resourceType", kind), ("id", id), ("url", url), ("version", version), ("name", name)];
    members
        .into_iter()
        .filter(|(_, text)| !text.is_empty())
        .map(|(member, text)| (member.into(), text.into()))
        .collect::<model::Object>()
        .into()
}

/// Each slice is a layer.
fn registry(layers: &[&[&str]]) -> Registry {
    layers
        .iter()
        .fold(Registry::default(), |registry, lines| registry.with(lines.iter().map(|line| definition(line))))
}

fn check(registry: &Registry, canonical: &str, expected: Option<&str>) {
    let found = registry.resolve(canonical);
    let id = found.as_ref().map(|found| found.text("id").expect("it has an id").to_owned());
    assert_eq!(id.as_deref(), expected, "{canonical}");
}

#[test]
fn a_canonical_without_version_names_the_newest() {
    let registry = registry(&[&["ValueSet/a v|1.10.0", "ValueSet/b v|1.9.0"], &["ValueSet/c v|1.2.0"]]);
    check(&registry, "v", Some("a"));
    check(&registry, "w", None);
}

#[test]
fn of_equal_versions_the_higher_layer_counts() {
    let registry = registry(&[&["ValueSet/a v|1.0.0"], &["ValueSet/b v|1.0.0"]]);
    check(&registry, "v", Some("b"));
    check(&registry, "v|1.0.0", Some("b"));
}

#[test]
fn a_version_names_that_one_and_a_part_the_newest_of_them() {
    let registry =
        registry(&[&["ValueSet/a v|1.0", "ValueSet/b v|1.0.1", "ValueSet/c v|1.0.2", "ValueSet/d v|2.0"]]);
    check(&registry, "v|1.0.1", Some("b"));
    check(&registry, "v|1.0", Some("a"));
    check(&registry, "v|1", Some("c"));
    check(&registry, "v|3", None);
    check(&registry, "v|", Some("d"));
}

#[test]
fn a_type_narrows_what_a_canonical_names() {
    let registry = registry(&[&["ValueSet/a v|2"], &["CodeSystem/b v|1"]]);
    let id = |kind| registry.resolve_as(kind, "v").and_then(|found| found.text("id").map(str::to_owned));
    assert_eq!(id("CodeSystem").as_deref(), Some("b"));
    assert_eq!(id("ValueSet").as_deref(), Some("a"));
    assert_eq!(id("ConceptMap"), None);
}

#[test]
fn a_fragment_names_what_is_contained() {
    let text = r#"{"resourceType":"ValueSet","id":"a","url":"v","version":"1","contained":[{"resourceType":"CodeSystem","id":"inner"}]}"#;
    let registry = Registry::default().with([json::parse(text.as_bytes()).expect("it is JSON")]);
    check(&registry, "v#inner", Some("inner"));
    check(&registry, "v|1#inner", Some("inner"));
    check(&registry, "v#other", None);
    check(&registry, "#inner", None);
    assert!(registry.resolve_as("CodeSystem", "v#inner").is_some());
    assert!(registry.resolve_as("ValueSet", "v#inner").is_none());
}

#[test]
fn a_definition_is_found_by_id_and_by_a_name_that_is_its_own() {
    let registry = registry(&[
        &["ValueSet/a v|1 Colours", "ValueSet/b w|1 Sizes", "NamingSystem/n"],
        &["ValueSet/a2 v|2 Colours", "ValueSet/c x|1 Sizes"],
    ]);
    let id = |entry: Option<&Entry>| entry.map(|entry| entry.id.to_string());
    assert_eq!(id(registry.by_id("ValueSet", "b")).as_deref(), Some("b"));
    assert_eq!(id(registry.by_id("NamingSystem", "n")).as_deref(), Some("n"));
    assert_eq!(id(registry.by_id("CodeSystem", "b")), None);
    assert_eq!(id(registry.by_name("ValueSet", "Colours")).as_deref(), Some("a2"));
    assert_eq!(id(registry.by_name("ValueSet", "Sizes")), None);
}

#[test]
fn a_layer_on_top_leaves_the_one_below_as_it_is() {
    let below = registry(&[&["ValueSet/a v|1"]]);
    let above = below.with([definition("ValueSet/b v|2")]);
    check(&below, "v", Some("a"));
    check(&above, "v", Some("b"));
    assert_eq!((below.of_type("ValueSet").count(), above.of_type("ValueSet").count()), (1, 2));
    assert_eq!(above.versions("v").map(|entry| &*entry.version).collect::<Vec<_>>(), ["1", "2"]);
}

#[test]
fn all_of_r4_is_there_and_can_be_decoded() {
    let r4 = Registry::r4();
    let counts = crate::facts::KINDS.iter().map(|kind| format!("{kind} {}", r4.of_type(kind).count()));
    assert_eq!(
        counts.collect::<Vec<_>>().join(", "),
        "CodeSystem 1062, CompartmentDefinition 6, ConceptMap 80, NamingSystem 2, OperationDefinition 47, \
         SearchParameter 1400, StructureDefinition 655, ValueSet 1316"
    );
    for entry in r4.layers()[0].entries() {
        assert_eq!(entry.resource().text("id"), Some(&*entry.id), "{}", entry.url);
    }
    let patient = r4.resolve_as("StructureDefinition", "http://hl7.org/fhir/StructureDefinition/Patient|4.0");
    let patient = patient.expect("Patient is defined");
    let elements =
        patient.get("snapshot").and_then(|snapshot| snapshot.get("element")).map_or(0, |e| e.items().len());
    assert_eq!(elements, 45);
    assert!(Arc::ptr_eq(&r4, &Registry::r4()));
}

#[test]
fn what_r4_copied_from_the_terminology_package_gives_way_to_it() {
    let url = "http://terminology.hl7.org/CodeSystem/condition-clinical";
    let copy = Registry::r4().find(url).map(|entry| entry.version.to_string());
    assert_eq!(copy.as_deref(), Some("4.0.1"));
    let newer = Registry::r4().with([definition(&format!("CodeSystem/new {url}|3.0.0"))]);
    check(&newer, url, Some("new"));
    check(&newer, &format!("{url}|4.0.1"), Some("condition-clinical"));
    let own = "http://hl7.org/fhir/CodeSystem/task-code";
    let older = Registry::r4().with([definition(&format!("CodeSystem/old {own}|3.0.0"))]);
    check(&older, own, Some("task-code"));
}
