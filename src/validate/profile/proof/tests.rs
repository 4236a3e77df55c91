//! Do the proofs agree with the rules that they stand for?

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fhir_profiles::{Registry, package};
use fhirpath::{Budget, Context, Expression, Item, Node, Nothing, TypeId, Types};
use model::{Instant, json};
use terminology::Terminology;

use super::*;
use crate::profile::Element;
use crate::rules::Rules;
use crate::walk::Present;

fn check(type_name: &str, expression: &str, cases: &[(&str, Option<bool>)]) {
    let proof = read(expression);
    let type_id = Types::find(Definitions::r4(), type_name).expect("the type is one of R4");
    for (object, expected) in cases {
        let value = json::parse(object.as_bytes()).expect("the case is JSON");
        let object = value.as_object().expect("the case is an object");
        let found = proof.as_ref().and_then(|proof| proof.of(object, type_id));
        assert_eq!(found, *expected, "{expression} of {object:?}: {proof:?}");
    }
}

#[test]
fn presence_decides_what_binds_members_together() {
    let cases = [
        (r#"{"value":1}"#, Some(true)),
        (r#"{"code":"kg","system":"s"}"#, Some(true)),
        (r#"{"code":"kg"}"#, Some(false)),
        (r#"{"code":"kg","_system":{"id":"1"}}"#, None),
    ];
    check("Quantity", "code.empty() or system.exists()", &cases);
}

#[test]
fn dates_of_one_form_are_compared_by_their_letters() {
    let expression = "start.hasValue().not() or end.hasValue().not() or (start <= end)";
    let cases = [
        (r#"{"start":"2020"}"#, Some(true)),
        (r#"{"start":"2020","end":"2021"}"#, Some(true)),
        (r#"{"start":"2020","end":"2020"}"#, Some(true)),
        (r#"{"start":"2020-02","end":"2020-01"}"#, Some(false)),
        (r#"{"start":"2020-02-01T00:00:00Z","end":"2020-02-01T00:00:01Z"}"#, Some(true)),
        (r#"{"start":"2020-02-01T00:00:00+01:00","end":"2020-02-01T00:00:00+01:00"}"#, Some(true)),
    ];
    check("Period", expression, &cases);
}

#[test]
fn dates_of_different_forms_are_left_to_evaluation() {
    let cases = [
        (r#"{"start":"2020","end":"2020-01"}"#, None),
        (r#"{"start":"2020-02-01T00:00:00Z","end":"2020-02-01T00:00:00.5Z"}"#, None),
        (r#"{"start":"2020-02-01T00:00:00+01:00","end":"2020-02-01T00:00:00+02:00"}"#, None),
        (r#"{"start":"2020-02-01T00:00:00+01:00","end":"2020-02-01T00:00:00-01:00"}"#, None),
        (r#"{"start":"2020-02-01T23:59:60Z","end":"2020-02-02T00:00:00Z"}"#, None),
        (r#"{"start":"2020-02-31","end":"2020-03-01"}"#, None),
        (r#"{"start":"20-0","end":"2020"}"#, None),
    ];
    check("Period", "start <= end", &cases);
}

#[test]
fn numbers_and_counts_are_compared_where_nothing_is_to_be_computed() {
    let cases = [
        (r#"{"period":1}"#, Some(true)),
        (r#"{"period":0.50}"#, Some(true)),
        (r#"{"period":-1}"#, None),
        (r#"{"period":1e3}"#, None),
        (r#"{"id":"1"}"#, Some(true)),
    ];
    check("Timing.repeat", "period.exists() implies period >= 0", &cases);
    let cases = [
        (r#"{"given":["a","b","c"]}"#, Some(true)),
        (r#"{"given":["a","b"]}"#, Some(false)),
        (r#"{"id":"1"}"#, Some(false)),
        (r#"{"_given":[{"id":"1"}]}"#, None),
    ];
    check("HumanName", "given.count() > 2", &cases);
    check("Extension", "value.count() <= 0", &[(r#"{"valueString":"a"}"#, Some(false))]);
    check("HumanName", "given.count() + prefix.count() > 2", &[(r#"{"given":["a"]}"#, None)]);
    check("HumanName", "given.count() > 2.5", &[(r#"{"given":["a"]}"#, None)]);
}

#[test]
fn codes_are_told_apart_by_their_text() {
    let cases = [
        (r#"{"type":"group","code":[{}]}"#, Some(true)),
        (r#"{"type":"display","code":[{}]}"#, Some(false)),
        (r#"{"type":"display"}"#, Some(true)),
        (r#"{"code":[{}]}"#, None),
    ];
    check("Questionnaire.item", "type!='display' or code.empty()", &cases);
}

#[test]
fn a_choice_is_there_under_the_name_of_any_of_its_types() {
    let cases = [
        (r#"{"valueString":"x","dataAbsentReason":{}}"#, Some(false)),
        (r#"{"valueString":"x"}"#, Some(true)),
        (r#"{"dataAbsentReason":{}}"#, Some(true)),
    ];
    check("Observation", "dataAbsentReason.empty() or value.empty()", &cases);
}

#[test]
fn a_path_from_nothing_leads_nowhere() {
    let expression = "contained.meta.versionId.empty() and contained.where(id = 'a)').exists().not()";
    check("Patient", expression, &[(r#"{"id":"1"}"#, Some(true)), (r#"{"contained":[{}]}"#, None)]);
    let cases = [
        (r#"{"contained":[{"id":"a"},{"meta":{"tag":[{}]}}]}"#, Some(true)),
        (r#"{"contained":[{"id":"a"},{"meta":{"security":[{}]}}]}"#, None),
        (r#"{"contained":[{"meta":{"_security":[{}]}}]}"#, None),
    ];
    check("Patient", "contained.meta.security.empty()", &cases);
}

#[test]
fn truths_are_joined_as_the_engine_joins_them() {
    let cases = [(r#"{"numerator":{},"denominator":{}}"#, Some(true)), (r#"{"numerator":{}}"#, Some(false))];
    check("Ratio", "numerator.empty() xor denominator.exists()", &cases);
    check("Ratio", "numerator.exists() = denominator.exists()", &cases);
    check("Ratio", "numerator.exists() implies denominator.exists() and (1.5 + 2 < 3 or id.empty())", &cases);
}

#[test]
fn what_is_not_understood_is_never_proved() {
    for expression in
        ["Period.start.empty()", "start > @2020", "%resource.id.empty()", "exists()", "start.count() = 1"]
    {
        check("Period", expression, &[(r#"{}"#, None)]);
    }
    let deep = format!("{}id.empty(){}", "(".repeat(500), ")".repeat(500));
    check("Period", &deep, &[(r#"{}"#, None)]);
}

/// A few official examples of each type, whole and with each member of each element taken away in turn.
#[test]
fn what_is_proved_of_the_official_examples_is_what_evaluating_them_yields() {
    let Some(archive) = examples() else { return };
    let archive = std::fs::read(archive).expect("the suite was laid out");
    let registry = Registry::r4();
    let mut oracle = Oracle {
        rules: Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry))),
        met: HashMap::new(),
        proved: 0,
        wrong: Vec::new(),
    };
    package::for_each_resource(&archive, "", |_, resource| oracle.resource(&resource))
        .expect("the package is whole");
    assert!(oracle.wrong.is_empty(), "{}", oracle.wrong.join("\n"));
    assert!(oracle.proved > PROVED_MIN, "{} proofs were compared", oracle.proved);
}

#[expect(clippy::disallowed_methods, reason = "where the public suites lie differs from machine to machine")]
fn examples() -> Option<PathBuf> {
    let suites = std::env::var_os("SUITES")?;
    Some(Path::new(&suites).join("packages/hl7.fhir.r4.examples-4.0.1.tgz"))
}

/// Proofs that must have been compared, or the test has judged nothing.
const PROVED_MIN: usize = 10_000;

/// Examples of one type that are looked at; the first few have what the others have.
const OF_ONE_TYPE_MAX: usize = 4;

struct Oracle {
    rules: Rules,
    met: HashMap<String, usize>,
    proved: usize,
    wrong: Vec<String>,
}

impl Oracle {
    fn resource(&mut self, resource: &Value) {
        // Definitions are many and much alike.
        let type_name = resource.text("resourceType").unwrap_or_default();
        let is_definition =
            ["ValueSet", "CodeSystem", "StructureDefinition", "SearchParameter"].contains(&type_name);
        let type_id = Types::find(Definitions::r4(), type_name);
        let met = self.met.entry(type_name.to_owned()).or_default();
        *met += 1;
        let is_needed = *met <= OF_ONE_TYPE_MAX && !is_definition;
        if let Some(type_id) = type_id.filter(|_| is_needed) {
            let root = Node { value: Some(resource), companion: None, type_id };
            self.object(resource, type_id, root);
        }
    }

    fn object(&mut self, value: &Value, type_id: TypeId, root: Node<'_>) {
        let Some(object) = value.as_object() else { return };
        self.compare(object, type_id, root);
        for (name, _) in object.iter() {
            let mut fewer = object.clone();
            fewer.remove(name);
            self.compare(&fewer, type_id, root);
        }
        for (name, inner) in object.iter() {
            let Some(child) = Types::member(Definitions::r4(), type_id, name) else { continue };
            let items = if let Value::Array(items) = inner { items } else { std::slice::from_ref(inner) };
            for item in items {
                let own = item.text("resourceType").and_then(|name| Types::find(Definitions::r4(), name));
                if let Some(type_id) = child.type_id.or(own) {
                    self.object(item, type_id, root);
                }
            }
        }
    }

    fn compare(&mut self, object: &Object, type_id: TypeId, root: Node<'_>) {
        let value = Value::Object(object.clone());
        let mut compared = Vec::new();
        for element in elements(&self.rules, type_id) {
            let settled = Present::new(element, object).settled(&element.clauses);
            for (index, constraint) in (0_u32..).zip(&element.constraints) {
                let is_settled = settled >> index & 1 == 1;
                let proved = constraint.proof.as_ref().and_then(|proof| proof.of(object, type_id));
                let Some(proved) = is_settled.then_some(true).or(proved) else { continue };
                compared.push((
                    proved,
                    &constraint.key,
                    evaluated(&constraint.expression, &value, type_id, root),
                ));
            }
        }
        self.proved += compared.len();
        let wrong = compared.into_iter().filter(|(proved, _, found)| *found != Some(*proved));
        let wrong: Vec<_> =
            wrong.map(|(_, key, found)| format!("{key} is {found:?} of {object:?}")).collect();
        self.wrong.extend(wrong);
    }
}

/// The elements that state invariants of a type; those of a backbone element stand in the definition of its resource.
fn elements(rules: &Rules, type_id: TypeId) -> impl Iterator<Item = &Element> {
    let name = Types::name(Definitions::r4(), type_id);
    let base = rules.base(name.split('.').next().unwrap_or_default());
    let elements = base.into_iter().flat_map(|base| &base.elements);
    let own = move |element: &&Element| {
        element.definition.is_some_and(|known| known.name == name) && !element.children.is_empty()
    };
    elements.filter(own)
}

fn evaluated(expression: &Expression, value: &Value, type_id: TypeId, root: Node<'_>) -> Option<bool> {
    // The copy lives no longer than this, so that the root is copied with it.
    let root = Node { value: root.value, ..root };
    let context = Context {
        types: Definitions::r4(),
        host: &Nothing,
        resource: root,
        root,
        now: Instant::default(),
        variables: &[],
        budget: Budget::default(),
    };
    expression.holds(Item::Node(Node { value: Some(value), companion: None, type_id }), &context).ok()
}
