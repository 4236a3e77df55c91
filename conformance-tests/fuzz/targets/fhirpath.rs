//! No expression panics, hangs or grows beyond its budget, whatever it is evaluated on.

#![no_main]

use std::sync::OnceLock;

use fhir_profiles::Definitions;
use fhirpath::{Budget, Context, Expression, Item, Nothing, resource_node};
use libfuzzer_sys::fuzz_target;
use model::{Instant, Value, json};

const PATIENT: &[u8] = br#"{"resourceType":"Patient","id":"p","extension":[{"url":"http://example.org/e","valueQuantity":{"value":1.50,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}}],"active":true,"name":[{"use":"official","family":"Curie","given":["Marie","Salomea"],"_given":[null,{"id":"second"}],"period":{"start":"1867-11-07"}},{"text":"x"}],"birthDate":"1867-11","deceasedDateTime":"1934-07-04T10:00:00+02:00","contact":[{"telecom":[{"system":"phone","rank":1}]}]}"#;

fuzz_target!(|text: &str| {
    static RESOURCE: OnceLock<Value> = OnceLock::new();
    let resource = RESOURCE.get_or_init(|| json::parse(PATIENT).expect("the resource is JSON"));
    let Ok(expression) = Expression::parse(text) else { return };
    let types = Definitions::r4();
    let root = resource_node(resource, types).expect("a Patient");
    let budget = Budget { steps: 100_000, ..Budget::default() };
    let context = Context { types, host: &Nothing, resource: root, root, now: Instant(0), variables: &[], budget };
    let _ = expression.evaluate(Item::Node(root), &context);
});
