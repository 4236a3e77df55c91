//! Each rule with the smallest resource that breaks it, beside one that does not.

use std::sync::Arc;

use fhir_profiles::Registry;
use model::json;
use terminology::Terminology;

use super::*;

/// Holds a resource, without those in it, against all checks; expects lines of `severity code place`.
pub(super) fn check(definitions: &[&str], resource: &str, expected: &[&str]) {
    let parse = |text: &&str| json::parse(text.as_bytes()).expect("a test's JSON is JSON");
    let registry = Arc::new(Registry::default().with(definitions.iter().map(parse)));
    let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
    let tree = parse(&resource);
    let object = tree.as_object().expect("a resource is an object");
    let place = Place::root(tree.text("resourceType").expect("a resource has a type"));
    let mut findings = Findings::default();
    let subject =
        Subject { resource: object, place: &place, root: object, rules: &rules, best_practice: true };
    for check in of_resource(place.name) {
        check(&subject, &mut findings);
    }
    elements::each(object, &place, &mut |type_name, value, place| {
        if let Some(check) = of_type(type_name) {
            check(&subject, value, place, &mut findings);
        }
    });
    let told = |issue: &model::Issue| {
        let place = issue.expression.as_deref().unwrap_or("-");
        format!("{} {} {place}", issue.severity.as_str(), issue.code.as_str())
    };
    let found: Vec<String> = findings.into_issues().iter().map(told).collect();
    assert_eq!(found, expected, "{resource}");
}

/// A resource of this type with these members.
pub(super) fn resource(resource_type: &str, members: &str) -> String {
    format!(r#"{{"resourceType": "{resource_type}", {members}}}"#)
}

#[test]
fn ids_are_well_formed() {
    check(&[], &resource("Patient", r#""id": "a", "name": [{"id": "x"}, {"id": "y"}]"#), &[]);
    check(&[], &resource("Patient", r#""id": "a_b""#), &["error invalid-value Patient.id"]);
    let masked = resource("Patient", r#""id": "a", "_id": {"extension": [{"url": "http://a.org"}]}"#);
    check(&[], &masked, &["error rule-broken Patient.id"]);
}

#[test]
fn an_attachment_is_as_large_as_it_says() {
    let photo = |size: u32| resource("Patient", &format!(r#""photo": [{{"data": "YWJj", "size": {size}}}]"#));
    check(&[], &photo(3), &[]);
    check(&[], &photo(4), &["error rule-broken Patient.photo[0]"]);
    let nothing = resource("Patient", r#""photo": [{"title": "a"}]"#);
    check(&[], &nothing, &["warning best-practice Patient.photo[0]"]);
}

#[test]
fn systems_are_absolute_and_no_value_sets() {
    let coding =
        |system: &str| resource("Basic", &format!(r#""code": {{"coding": [{{"system": "{system}"}}]}}"#));
    let value_set = resource("ValueSet", r#""url": "http://a.org/vs""#);
    check(&[], &coding("http://a.org/cs"), &[]);
    check(&[], &coding("cs"), &["error invalid-value Basic.code.coding[0].system"]);
    check(&[&value_set], &coding("http://a.org/vs"), &["error rule-broken Basic.code.coding[0].system"]);
    let identifier = |members: &str| resource("Patient", &format!(r#""identifier": [{{{members}}}]"#));
    check(&[], &identifier(r#""system": "urn:ietf:rfc:3986", "value": "urn:oid:1.2""#), &[]);
    check(&[], &identifier(r#""system": "mine""#), &["error invalid-value Patient.identifier[0].system"]);
    let bare = identifier(r#""system": "urn:ietf:rfc:3986", "value": "7""#);
    check(&[], &bare, &["warning invalid-value Patient.identifier[0].value"]);
}

#[test]
fn canonicals_are_absolute() {
    let library = |url: &str| resource("Measure", &format!(r#""library": ["{url}"]"#));
    check(&[], &library("http://a.org/l|1"), &[]);
    check(&[], &library("#l"), &[]);
    check(&[], &library("Library/l"), &["warning invalid-value Measure.library[0]"]);
}

#[test]
fn references_have_the_form_of_references() {
    let to = |members: &str| resource("Patient", &format!(r#""managingOrganization": {{{members}}}"#));
    let place = "Patient.managingOrganization";
    for good in ["Organization/1", "http://a.org/Organization/1", "urn:uuid:x", "#a", "http://a.org/x"] {
        check(&[], &to(&format!(r#""reference": "{good}""#)), &[]);
    }
    check(&[], &to(r#""reference": "Organization/a b""#), &[&format!("error invalid-value {place}")]);
    for doubtful in ["Organization", "Organisation/1", "Organization?name=a"] {
        check(
            &[],
            &to(&format!(r#""reference": "{doubtful}""#)),
            &[&format!("warning invalid-value {place}")],
        );
    }
    let told = to(r#""reference": "Organization/1", "type": "Practitioner""#);
    check(&[], &told, &[&format!("error reference-target {place}")]);
}

#[test]
fn a_narrative_is_safe() {
    let text = |div: &str| resource("Patient", &format!(r#""text": {{"div": "{div}"}}"#));
    check(&[], &text("<div>a</div>"), &[]);
    check(&[], &text("<div><script/></div>"), &["error unsafe-narrative Patient.text.div"]);
}

#[test]
fn search_parameters_can_be_searched_by() {
    let parameter = |members: &str| resource("SearchParameter", members);
    check(&[], &parameter(r#""type": "string", "expression": "Patient.name""#), &[]);
    check(
        &[],
        &parameter(r#""expression": "Patient.""#),
        &["error invalid-expression SearchParameter.expression"],
    );
    check(
        &[],
        &parameter(r#""type": "composite", "component": [{}]"#),
        &["error rule-broken SearchParameter"],
    );
    let origin = parameter(
        r#""url": "http://a.org/p", "type": "string", "expression": "Patient.name", "base": ["Patient"]"#,
    );
    let derived = |members: &str| parameter(&format!(r#""derivedFrom": "http://a.org/p", {members}"#));
    check(
        &[&origin],
        &derived(r#""type": "string", "expression": "Patient.name", "base": ["Patient"]"#),
        &[],
    );
    let other = derived(r#""type": "token", "expression": "Patient.id", "base": ["Group"]"#);
    let all = [
        "error rule-broken SearchParameter",
        "warning rule-broken SearchParameter",
        "error rule-broken SearchParameter",
    ];
    check(&[&origin], &other, &all);
    check(&[], &derived(r#""type": "token""#), &["warning unknown-profile SearchParameter"]);
}

#[test]
fn capabilities_name_parameters_by_their_types() {
    let parameter = resource("SearchParameter", r#""url": "http://a.org/p", "type": "token""#);
    let statement = |kind: &str| {
        let parameter = format!(r#"{{"definition": "http://a.org/p", "type": "{kind}"}}"#);
        resource(
            "CapabilityStatement",
            &format!(r#""rest": [{{"resource": [{{"searchParam": [{parameter}]}}]}}]"#),
        )
    };
    check(&[&parameter], &statement("token"), &[]);
    let place = "warning rule-broken CapabilityStatement.rest[0].resource[0].searchParam[0]";
    check(&[&parameter], &statement("date"), &[place]);
}

#[test]
fn operations_have_parameters_of_known_types() {
    let operation = |members: &str| resource("OperationDefinition", &format!(r#""parameter": [{members}]"#));
    check(
        &[],
        &operation(
            r#"{"name": "a", "use": "in", "max": "*", "type": "string"}, {"name": "a", "use": "out"}"#,
        ),
        &[],
    );
    let wrong =
        operation(r#"{"name": "a", "use": "in", "max": "x", "type": "Strong"}, {"name": "a", "use": "in"}"#);
    let place = "OperationDefinition.parameter";
    let all = [
        format!("error invalid-value {place}[0].max"),
        format!("error rule-broken {place}[0].type"),
        format!("error rule-broken {place}[1]"),
    ];
    check(&[], &wrong, &all.each_ref().map(String::as_str));
}

#[test]
fn code_systems_hold_together() {
    let system = |members: &str| resource("CodeSystem", members);
    let concepts = r#""concept": [{"code": "a", "concept": [{"code": "b"}]}]"#;
    check(&[], &system(&format!(r#""content": "complete", "count": 2, {concepts}"#)), &[]);
    check(
        &[],
        &system(&format!(r#""content": "complete", "count": 3, {concepts}"#)),
        &["error rule-broken CodeSystem"],
    );
    check(&[], &system(r#""content": "supplement""#), &["error rule-broken CodeSystem"]);
    check(
        &[],
        &system(r#""content": "complete", "supplements": "http://a.org""#),
        &["error rule-broken CodeSystem.supplements"],
    );
    let property = |value: &str| {
        let concept = format!(r#"{{"code": "a", "property": [{{"code": "p", {value}}}]}}"#);
        system(&format!(r#""property": [{{"code": "p", "type": "Coding"}}], "concept": [{concept}]"#))
    };
    check(&[], &property(r#""valueCoding": {}"#), &[]);
    check(&[], &property(r#""valueString": "a""#), &["error rule-broken CodeSystem.concept[0].property[0]"]);
    let undeclared = system(r#""concept": [{"code": "a", "property": [{"code": "q"}]}]"#);
    check(&[], &undeclared, &["warning rule-broken CodeSystem.concept[0].property[0]"]);
}

#[test]
fn value_sets_select_from_code_systems() {
    let from = |system: &str| {
        resource("ValueSet", &format!(r#""compose": {{"include": [{{"system": "{system}"}}]}}"#))
    };
    let other = resource("ValueSet", r#""url": "http://a.org/vs""#);
    check(&[], &from("http://a.org/cs"), &[]);
    check(&[], &from("#contained"), &[]);
    check(&[], &from("cs"), &["error invalid-value ValueSet.compose.include[0].system"]);
    check(&[&other], &from("http://a.org/vs"), &["error rule-broken ValueSet.compose.include[0].system"]);
}

#[test]
fn what_stratifies_by_name_comes_from_a_library() {
    let measure = |members: &str, expression: &str| {
        let criteria = format!(r#""criteria": {{"language": "text/cql", "expression": "{expression}"}}"#);
        resource("Measure", &format!(r#"{members} "group": [{{"stratifier": [{{{criteria}}}]}}]"#))
    };
    check(&[], &measure(r#""library": ["http://a.org"],"#, "Ages"), &[]);
    check(&[], &measure("", "Count([Device])"), &[]);
    check(&[], &measure("", "Ages"), &["error rule-broken Measure.group[0].stratifier[0].criteria"]);
}

#[test]
fn a_report_has_the_groups_and_scores_of_its_measure() {
    let code = |code: &str| format!(r#""code": {{"coding": [{{"code": "{code}"}}]}}"#);
    let measure = |scoring: &str| {
        let group = format!(r#"{{{}, "population": [{{{}}}]}}"#, code("g"), code("p"));
        let scoring = format!(r#""scoring": {{"coding": [{{"code": "{scoring}"}}]}}"#);
        resource("Measure", &format!(r#""url": "http://a.org/m", {scoring}, "group": [{group}]"#))
    };
    let report = |group: &str, population: &str, more: &str| {
        let group = format!(r#"{{{}, "population": [{{{}}}]{more}}}"#, code(group), code(population));
        resource(
            "MeasureReport",
            &format!(r#""status": "complete", "measure": "http://a.org/m", "group": [{group}]"#),
        )
    };
    let score = r#", "measureScore": {"value": 1}"#;
    check(&[&measure("cohort")], &report("g", "p", ""), &[]);
    check(
        &[&measure("cohort")],
        &report("g", "p", score),
        &["error rule-broken MeasureReport.group[0].measureScore"],
    );
    check(&[&measure("ratio")], &report("g", "p", score), &[]);
    check(&[&measure("ratio")], &report("g", "p", ""), &["error rule-broken MeasureReport.group[0]"]);
    let other_group = ["error rule-broken MeasureReport.group[0]", "error rule-broken MeasureReport"];
    check(&[&measure("cohort")], &report("x", "p", ""), &other_group);
    let other_population = [
        "error rule-broken MeasureReport.group[0].population[0]",
        "error rule-broken MeasureReport.group[0]",
    ];
    check(&[&measure("cohort")], &report("g", "x", ""), &other_population);
}

#[test]
fn advice_on_observations_is_given_when_asked_for() {
    let good = r#""subject": {}, "performer": [{}], "effectiveInstant": "2026-11-21T08:01:02Z""#;
    check(&[], &resource("Observation", good), &[]);
    check(&[], &resource("Observation", r#""status": "final""#), &["warning best-practice Observation"; 3]);
}

#[test]
fn definitions_can_be_held_against_instances() {
    let base = resource("StructureDefinition", r#""url": "http://a.org/base", "type": "Patient""#);
    let definition = |element: &str| {
        let head = r#""type": "Patient", "derivation": "constraint", "baseDefinition": "http://a.org/base""#;
        resource("StructureDefinition", &format!(r#"{head}, "differential": {{"element": [{{{element}}}]}}"#))
    };
    let element = "StructureDefinition.differential.element[0]";
    check(&[&base], &definition(r#""type": [{"code": "code"}], "binding": {}, "min": 1, "max": "1""#), &[]);
    check(
        &[&base],
        &definition(r#""type": [{"code": "date"}], "binding": {}"#),
        &[&format!("error unusable-profile {element}")],
    );
    check(
        &[&base],
        &definition(r#""type": [{"code": "Strong"}]"#),
        &[&format!("error unusable-profile {element}.type[0].code")],
    );
    check(&[&base], &definition(r#""min": 2, "max": "1""#), &[&format!("error unusable-profile {element}")]);
    let constraint = definition(r#""constraint": [{"expression": "a and"}]"#);
    check(&[&base], &constraint, &[&format!("error invalid-expression {element}.constraint[0].expression")]);
    let slicing = |path: &str, discriminator: &str| {
        let discriminator = format!(r#"[{{"type": "value", "path": "{discriminator}"}}]"#);
        definition(&format!(r#""path": "{path}", "slicing": {{"discriminator": {discriminator}}}"#))
    };
    check(&[&base], &slicing("Patient.extension", "url"), &[]);
    check(&[&base], &slicing("Patient.contact", "extension('a').value"), &[]);
    check(&[&base], &slicing("Patient.contact", "relationship.coding"), &[]);
    let place = format!("error unusable-profile {element}.slicing.discriminator[0]");
    check(&[&base], &slicing("Patient.extension", "type"), &[&place]);
    check(&[], &definition(r#""path": "Patient""#), &["warning unknown-profile StructureDefinition"]);
    let whole = r#""snapshot": {"element": [{"id": "Patient", "path": "Patient", "min": 0, "max": "*"}]}"#;
    let whole = format!(r#""url": "http://a.org/base", "type": "Patient", {whole}"#);
    let whole = resource("StructureDefinition", &whole);
    check(&[&whole], &definition(r#""id": "Patient", "path": "Patient""#), &[]);
    let lost = definition(r#""id": "Patient.nothing", "path": "Patient.nothing""#);
    check(&[&whole], &lost, &["warning snapshot-failed StructureDefinition"]);
    let other = r#""type": "Group", "derivation": "constraint", "baseDefinition": "http://a.org/base""#;
    check(
        &[&base],
        &resource("StructureDefinition", other),
        &["error unusable-profile StructureDefinition.type"],
    );
}
