//! Can a resource upset indexing?
//!
//! What is indexed was validated before, but a server may hold what an older one let through.

use fhir_profiles::Definitions;
use model::{Object, ResourceType, Value, json};
use proptest::prelude::*;
use search::{Catalogue, Rows, index};

/// Members that parameters look at, and some that stand below them.
const NAMES: &[&str] = &[
    "resourceType",
    "id",
    "meta",
    "tag",
    "source",
    "extension",
    "url",
    "contained",
    "name",
    "family",
    "given",
    "telecom",
    "system",
    "value",
    "code",
    "coding",
    "display",
    "text",
    "identifier",
    "subject",
    "reference",
    "type",
    "birthDate",
    "deceasedBoolean",
    "deceasedDateTime",
    "effectivePeriod",
    "effectiveTiming",
    "start",
    "end",
    "event",
    "valueQuantity",
    "valueRange",
    "valueSampledData",
    "valueReference",
    "low",
    "high",
    "origin",
    "unit",
    "component",
    "position",
    "latitude",
    "longitude",
    "entry",
    "resource",
    "item",
    "answer",
    "useContext",
    "probabilityDecimal",
    "prediction",
    "variant",
    "referenceSeq",
    "address",
    "line",
    "_birthDate",
    "amount",
];

/// Texts that mean something somewhere.
const TEXTS: &[&str] = &[
    "",
    "#",
    "#a",
    "a",
    "Patient/a",
    "http://h/fhir/Patient/a",
    "urn:uuid:1",
    "phone",
    "2020",
    "2020-02-30",
    "2020-01-01T00:00:00+14:00",
    "9999-12-31",
    "0001",
    "http://unitsofmeasure.org",
    "mg",
    "{}[",
    "1e999",
    "http://a|1|2",
    "Bundle",
    "\u{FEFF}é\u{301}",
    "http://hl7.org/fhir/StructureDefinition/observation-geneticsGene",
];

/// Numbers at the edges of what can be written.
const NUMBERS: &[&str] =
    &["0", "-0.0", "1.50", "1e308", "1e999", "-1e-999", "90.00001", "123456789012345678901234567890"];

/// Types with the most to look at, which come more often than others.
const RICH: &[&str] =
    &["Observation", "Patient", "Bundle", "QuestionnaireResponse", "MolecularSequence", "Location"];

fn value() -> impl Strategy<Value = Value> {
    let number =
        prop::sample::select(NUMBERS).prop_map(|digits| json::parse(digits.as_bytes()).expect("a number"));
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        number,
        prop::sample::select(TEXTS).prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            members(inner).prop_map(Value::Object),
        ]
    })
}

fn members(inner: impl Strategy<Value = Value>) -> impl Strategy<Value = Object> {
    prop::collection::vec((prop::sample::select(NAMES), inner), 0..6).prop_map(|members| {
        let mut object = Object::new();
        members.into_iter().for_each(|(name, value)| object.set(name, value));
        object
    })
}

fn resource_type() -> impl Strategy<Value = ResourceType> {
    let any = prop::sample::select(Definitions::r4().resource_types());
    let rich =
        prop::sample::select(RICH).prop_map(|name| Definitions::r4().resource_type(name).expect("a type"));
    prop_oneof![any, rich]
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2_000) })]

    #[test]
    fn whatever_a_resource_holds_is_indexed_the_same_each_time(
        resource_type in resource_type(),
        object in members(value()),
    ) {
        let rows = |object| index::rows(object, resource_type, &Catalogue::r4(), "http://h/fhir").expect("few rows");
        let first = rows(&object);
        prop_assert_eq!(Rows::decode(&first.encode()).expect("they were just written"), first.clone());
        prop_assert_eq!(rows(&object), first);
    }
}
