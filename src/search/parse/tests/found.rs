//! Does what was understood find what it should?
//!
//! A handful of resources, indexed as a store would, and a store that looks at all of them.

use model::{Instant, Object, ResourceType, Value, json};

use super::{answered, complaints, known_type, surroundings};
use crate::condition::{Chain, Condition, Has, Others, Subject, Test, Verdict};
use crate::condition::{Clause, ReferenceTest};
use crate::index;
use crate::rows::{ParameterId, Rows};

const RESOURCES: &[&str] = &[
    r#"{"resourceType":"Organization","id":"acme","name":"Acme","partOf":{"reference":"Organization/beta"}}"#,
    r#"{"resourceType":"Organization","id":"beta","name":"Beta"}"#,
    r#"{"resourceType":"Practitioner","id":"house","name":[{"family":"House"}]}"#,
    r#"{"resourceType":"Patient","id":"anna","gender":"female","birthDate":"1990-02-03",
        "name":[{"family":"Berg","given":["Anna","Petra"]}],
        "managingOrganization":{"reference":"Organization/beta"}}"#,
    r#"{"resourceType":"Patient","id":"carl","name":[{"family":"O'Neil, Sr.","given":["Carl"]}],
        "link":[{"other":{"reference":"Patient/anna"},"type":"seealso"}]}"#,
    r#"{"resourceType":"Patient","id":"peter","gender":"male","birthDate":"1974-12-25",
        "name":[{"family":"Chalmers","given":["Peter"]}],
        "identifier":[{"system":"http://a","value":"1|2"}],
        "managingOrganization":{"reference":"Organization/acme"}}"#,
    r#"{"resourceType":"Observation","id":"one","status":"final","subject":{"reference":"Patient/peter"},
        "code":{"coding":[{"system":"http://loinc.org","code":"1-2"}]},
        "performer":[{"reference":"Practitioner/house"}],"effectiveDateTime":"2020-05-06",
        "valueQuantity":{"value":5.4,"unit":"mg","system":"http://unitsofmeasure.org","code":"mg"}}"#,
    r#"{"resourceType":"Observation","id":"two","status":"final","subject":{"reference":"Patient/anna"},
        "code":{"coding":[{"system":"http://loinc.org","code":"3-4"}]},"effectiveDateTime":"2021-01-01"}"#,
    r#"{"resourceType":"Observation","id":"three","status":"final","code":{"text":"Pain"},
        "subject":{"identifier":{"system":"http://a","value":"9"}}}"#,
    r#"{"resourceType":"AuditEvent","id":"read","entity":[{"what":{"reference":"Observation/one"}}],
        "agent":[{"who":{"reference":"Practitioner/house"},"requestor":true}]}"#,
    r#"{"resourceType":"Group","id":"g","type":"person","actual":true,
        "member":[{"entity":{"reference":"Patient/anna"}}],
        "characteristic":[
            {"code":{"coding":[{"code":"a"}]},"valueCodeableConcept":{"coding":[{"code":"x"}]}},
            {"code":{"coding":[{"code":"b"}]},"valueCodeableConcept":{"coding":[{"code":"y"}]}}]}"#,
    r#"{"resourceType":"Basic","id":"b","meta":{"profile":["http://p/one"]},"code":{"text":"x"}}"#,
    r#"{"resourceType":"DocumentReference","id":"doc","status":"current","relatesTo":[
            {"code":"replaces","target":{"reference":"DocumentReference/old"}},
            {"code":"signs","target":{"reference":"DocumentReference/other"}}]}"#,
];

/// A resource that is stored.
struct Stored {
    resource_type: ResourceType,
    id: String,
    rows: Rows,
}

impl Stored {
    fn read(text: &str) -> Self {
        let value = json::parse(text.as_bytes()).expect("JSON");
        let Value::Object(resource) = &value else { panic!("a resource is an object") };
        let resource: &Object = resource;
        let resource_type = known_type(value.text("resourceType").expect("it has a type"));
        let surroundings = surroundings();
        let rows = index::rows(resource, resource_type, surroundings.catalogue, surroundings.base_url);
        let id = value.text("id").expect("it has an id").to_owned();
        Self { resource_type, id, rows: rows.expect("it can be indexed") }
    }

    fn subject(&self) -> Subject<'_> {
        let updated = Instant(1_600_000_000_000_000);
        Subject { resource_type: self.resource_type, id: &self.id, updated, rows: &self.rows }
    }

    fn refers_to(&self, parameter: ParameterId, other: &Subject<'_>) -> bool {
        let id = model::Id::parse(other.id).expect("an id");
        let test = ReferenceTest::to(&model::Key::new(other.resource_type, id));
        Clause { parameter, test: Test::Reference(test) }.holds(&self.rows)
    }
}

/// All that is stored.
struct Everything(Vec<Stored>);

impl Everything {
    fn meant(&self, resource_type: ResourceType, condition: &Condition) -> impl Iterator<Item = &Stored> {
        let own = self.0.iter().filter(move |stored| stored.resource_type == resource_type);
        own.filter(|stored| condition.holds(&stored.subject(), self) == Verdict::Yes)
    }
}

impl Others for Everything {
    fn chain(&self, chain: &Chain, subject: &Subject<'_>) -> Option<bool> {
        let own =
            self.0.iter().find(|it| it.id == subject.id && it.resource_type == subject.resource_type)?;
        let mut targets = chain.targets.iter().flat_map(|(target, condition)| self.meant(*target, condition));
        Some(targets.any(|target| own.refers_to(chain.parameter, &target.subject())))
    }

    fn has(&self, has: &Has, subject: &Subject<'_>) -> Option<bool> {
        let mut sources = self.meant(has.resource_type, &has.condition);
        Some(sources.any(|source| source.refers_to(has.parameter, subject)))
    }
}

/// Whether `request` finds the resources with these ids, by type and in the order of [`RESOURCES`].
#[track_caller]
fn check(request: &str, expected: &str) {
    let everything = Everything(RESOURCES.iter().map(|text| Stored::read(text)).collect());
    let found = match answered(request) {
        Err(issues) => complaints(&issues),
        Ok(search) => {
            let branches = search.query.branches.iter();
            let all = branches.flat_map(|it| everything.meant(it.resource_type, &it.condition));
            all.map(|stored| stored.id.as_str()).collect::<Vec<_>>().join(" ")
        }
    };
    assert_eq!(found, expected, "{request}");
}

#[test]
fn values_modifiers_and_their_combinations() {
    check("Patient", "anna carl peter");
    check("Patient?name=pet", "anna peter");
    check("Patient?name=pet&gender=male", "peter");
    check("Patient?given=carl,anna", "anna carl");
    check(r"Patient?family:exact=O'Neil\, Sr.", "carl");
    check(r"Patient?identifier=http://a|1\|2", "peter");
    check("Patient?gender:not=male", "anna carl");
    check("Patient?gender:not=male,female", "carl");
    check("Patient?gender:missing=true", "carl");
    check("Patient?birthdate=ge1980", "anna");
    check("Patient?_id=anna,peter,nobody&_lastUpdated=lt2021", "anna peter");
    check("Observation?code:missing=true", "");
    check("Observation?subject:missing=false", "one two three");
    check("Observation?subject:identifier=http://a|9", "three");
}

#[test]
fn steps_along_and_against_references() {
    check("Observation?subject.name=pet", "one two");
    check("Observation?subject:Patient.organization.name=acme", "one");
    check("Observation?subject.gender:not=male", "two");
    check("Patient?organization:Organization.partof.name=beta", "peter");
    check("Patient?link.name=anna", "carl");
    check("Patient?_has:Observation:patient:code=http://loinc.org|1-2", "peter");
    check("Patient?_has:Observation:subject:code=1-2,3-4", "anna peter");
    check("Patient?_has:Observation:subject:performer:Practitioner.name=house", "peter");
    check("Patient?_has:Observation:subject:_has:AuditEvent:entity:agent=Practitioner/house", "peter");
    check("Observation?subject:Patient._has:Group:member:_id=g", "two");
    check("Patient?_has:Observation:subject:date=gt2020-12&_has:Group:member:_id=g", "anna");
}

#[test]
fn filters() {
    check("Patient?_filter=name co \"alm\" or birthdate ge 1990", "anna peter");
    check("Patient?_filter=given eq petra", "anna");
    check("Patient?_filter=given eq pet", "");
    check("Patient?_filter=given eq PETER or family ew sr", "carl peter");
    check("Patient?_filter=birthdate po 1990", "anna");
    check("Patient?_filter=not (gender eq male)", "anna carl");
    check("Patient?_filter=gender pr false", "carl");
    check("Patient?_filter=family co neil or gender eq male and birthdate lt 1980", "peter");
    check("Patient?_filter=family co neil or (gender eq male and birthdate lt 1980)", "carl peter");
    check("Observation?_filter=code eq loinc|1-2 and value-quantity gt 5|ucum|mg", "one");
    check("Observation?_filter=patient[gender eq male].organization.name sw ac", "one");
    check("Observation?_filter=subject re Patient/anna", "two");
    check("Group?_filter=characteristic[code eq a].value eq x", "g");
    check("Group?_filter=characteristic[code eq a].value eq y", "");
    check("DocumentReference?_filter=relatesTo[code eq signs].target re DocumentReference/other", "doc");
    check("DocumentReference?_filter=relatesTo[code eq replaces].target re DocumentReference/other", "");
}

#[test]
fn every_operator_of_a_filter_asks_each_type_that_knows_it() {
    // Anna is also Petra Berg.
    check("Patient?_filter=given ne peter", "anna carl");
    check("Patient?_filter=given ne Anna", "anna carl peter");
    check("Patient?_filter=given ap PETRA", "anna");
    check("Patient?_filter=family gt berg", "carl peter");
    check("Patient?_filter=family sa \"BERG\"", "carl peter");
    check("Patient?_filter=family ge berg", "anna carl peter");
    check("Patient?_filter=family lt chalmers", "anna");
    check("Patient?_filter=family eb chalmers", "anna");
    check("Patient?_filter=family le chalmers", "anna peter");
    check("Patient?_filter=gender ne male", "anna");
    check("Patient?_filter=not (gender ne male)", "carl peter");
    check("Patient?_filter=identifier ne http://a|9", "peter");
    check("Patient?_filter=birthdate ne 1974", "anna");
    check("Patient?_filter=birthdate sa 1980 and birthdate eb 1991", "anna");
    check("Patient?_filter=birthdate le 1974-12-25 and birthdate ge 1974-12-25", "peter");
    check("Observation?_filter=value-quantity ne 5.4|ucum|mg", "");
    check("Observation?_filter=value-quantity ap 5.5|ucum|mg", "one");
    check("Observation?_filter=value-quantity le 5400|ucum|ug", "one");
    check("Observation?_filter=code-value-quantity eq 1-2$5.4", "one");
    check("Observation?_filter=subject eq Patient/anna", "two");
    check("AuditEvent?_filter=entity re Observation/one", "read");
    check("Patient?_filter=gender in http://hl7.org/fhir/ValueSet/administrative-gender", "anna peter");
    check("Patient?_filter=gender ni http://hl7.org/fhir/ValueSet/administrative-gender", "carl");
    let gender = "http://hl7.org/fhir/administrative-gender";
    check(&format!("Patient?_filter=gender ss {gender}|male"), "peter");
    check(&format!("Patient?_filter=gender sb {gender}|male"), "peter");
}

#[test]
fn a_filter_compares_uris_letter_by_letter() {
    let profile = |operator: &str, value: &str| format!("Basic?_filter=_profile {operator} {value}");
    check(&profile("eq", "http://p/one"), "b");
    check(&profile("ne", "http://p/one"), "");
    check(&profile("ne", "http://p/two"), "b");
    check(&profile("sw", "http://p"), "b");
    check(&profile("sw", "HTTP://p"), "");
    check(&profile("co", "p/o"), "b");
    check(&profile("ew", "one"), "b");
    check(&profile("ew", "on"), "");
}

#[test]
fn compartments_and_the_whole_system() {
    check("Patient/peter/Observation", "one");
    check("Patient/peter/Observation?code=3-4", "");
    check("Patient/anna/*", "g two anna carl");
    check("?_id=one,acme", "one acme");
    check("?_type=Patient,Practitioner&name=house,berg", "anna house");
    check("?_list=l", "");
}
