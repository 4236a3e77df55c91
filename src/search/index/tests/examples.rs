//! Do the walk and the engine agree on all official examples?
//!
//! The walk is faster and knows less; what it finds must be what the expression yields, as published.

use std::collections::{BTreeMap, BTreeSet};

use fhir_profiles::{Registry, package};
use fhirpath::Expression;

use super::*;
use crate::catalogue::path;

/// The expression of each definition, by its canonical.
fn expressions() -> BTreeMap<String, String> {
    let registry = Registry::r4();
    let entries = registry.of_type("SearchParameter").map(|entry| entry.resource());
    let texts =
        entries.filter_map(|it| Some((it.text("url")?.to_owned(), it.text("expression")?.to_owned())));
    texts.collect()
}

/// Of a reference whose text does not tell what it leads to, only the walk may say.
fn is_told(element: &Element<'_>) -> bool {
    let reference = element.value.text("reference").and_then(model::reference::Reference::parse);
    element.type_name != "Reference" || reference.is_some_and(|it| it.target().is_some())
}

/// What both ways find, each by address.
#[derive(PartialEq, Eq)]
struct Compared {
    walked: BTreeSet<*const Value>,
    evaluated: BTreeSet<*const Value>,
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the place of the suites is no setting of the server")]
fn the_walk_and_the_engine_agree_on_all_official_examples() {
    let Some(folder) = std::env::var_os("SUITES") else {
        println!("skipped: SUITES is not set, so there are no examples");
        return;
    };
    let path = std::path::PathBuf::from(folder).join("packages/hl7.fhir.r4.examples-4.0.1.tgz");
    let archive =
        std::fs::read(&path).unwrap_or_else(|error| panic!("reading {} failed: {error}", path.display()));
    let (catalogue, texts) = (Catalogue::r4(), expressions());
    let mut parsed = BTreeMap::new();
    let (mut resources, mut elements, mut differences) = (0, 0, Vec::new());
    package::for_each_resource(&archive, "", |name, resource| {
        let Some(resource_type) =
            resource.text("resourceType").and_then(|name| Definitions::r4().resource_type(name))
        else {
            return;
        };
        resources += 1;
        for (parameter, compared) in compare(&resource, resource_type, &catalogue, &mut parsed, &texts) {
            elements += compared.walked.len();
            if compared.walked != compared.evaluated {
                let counts = (compared.walked.len(), compared.evaluated.len());
                differences.push(format!("{name}: {parameter}: walked and evaluated {counts:?}"));
            }
        }
    })
    .expect("the package is readable");
    println!("{resources} resources, {elements} elements, {} differences", differences.len());
    assert_eq!(differences, [] as [String; 0]);
    assert!(resources > 5_000 && elements > 50_000);
}

/// For each parameter that is only walked, what is found by both ways.
fn compare(
    resource: &Value,
    resource_type: ResourceType,
    catalogue: &Catalogue,
    parsed: &mut BTreeMap<String, Vec<Expression>>,
    texts: &BTreeMap<String, String>,
) -> Vec<(String, Compared)> {
    let plan = catalogue.plan(resource_type).expect("each type has a plan");
    let object = resource.as_object().expect("a resource is an object");
    let mut noted = Noted::default();
    let contained = Contained::of(object);
    Walk { tree: &plan.tree, root: object, contained: &contained }.from(object, &mut noted);
    let node = Node { value: Some(resource), companion: None, type_id: plan.type_id };
    let context = engine::context(node);
    let mut found = Vec::new();
    for parameter in catalogue.of_type(resource_type) {
        let place =
            (0..).find(|place| std::ptr::eq(catalogue.at(*place), parameter)).expect("it has a place");
        let is_rest =
            |rest: &plan::Rest| matches!(rest, plan::Rest::Values { parameter, .. } if *parameter == place);
        if parameter.kind == Kind::Composite
            || plan.rest.iter().any(is_rest)
            || matches!(&*parameter.code, "_id" | "_lastUpdated")
        {
            continue;
        }
        let own = noted.0.iter().filter(|(taker, element)| *taker == place && is_told(element));
        let walked = own.map(|(_, element)| std::ptr::from_ref(element.value)).collect();
        let expressions =
            parsed.entry(parameter.url.to_string()).or_insert_with_key(|url| parse(&texts[url]));
        let items =
            expressions.iter().flat_map(|it| it.evaluate(Item::Node(node), &context).unwrap_or_default());
        let values = items.filter_map(|item| match item {
            Item::Node(node) => engine::of_node(node).filter(is_told),
            _ => None,
        });
        let evaluated = values.map(|element| std::ptr::from_ref(element.value)).collect();
        let compared = Compared { walked, evaluated };

        found.push((format!("{resource_type}.{}", parameter.code), compared));
    }
    found
}

/// The operands of a union: together they would yield only one of two that are equal.
fn parse(expression: &str) -> Vec<Expression> {
    let operands = path::operands(expression).into_iter();
    operands.map(|operand| Expression::parse(operand).expect("it is FHIRPath")).collect()
}
