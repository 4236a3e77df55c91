//! What may others ask of the rules, for one node of a resource?
//!
//! What `conformsTo()`, `slice()` and `subsumes()` mean, for hosts of expressions outside of a validation:
//! <https://hl7.org/fhir/R4/fhirpath.html#functions>.

use fhir_profiles::Definitions;
use fhirpath::{Node, TypeId};
use model::Value;

use crate::host::Asked;
use crate::rules::{Level, Rules};
use crate::surroundings::{Scope, Surroundings};
use crate::walk::Walk;

/// Where a repeat stands in its parent.
#[derive(Clone, Copy)]
pub(crate) struct Repeat {
    /// The member of JSON.
    pub(crate) name: &'static str,
    /// Its place in it, where that is an array.
    pub(crate) index: Option<usize>,
    /// Its type; none where any resource may stand.
    pub(crate) type_id: Option<TypeId>,
}

/// Whether a node of `root` conforms to a profile; none when that is not known.
pub fn conforms(rules: &Rules, root: Node<'_>, node: Node<'_>, profile: &str) -> Option<bool> {
    walked(rules, root, node, |walk, node, scope| walk.conforms(profile, node, scope))
}

/// What stands in a node of `root` and belongs to a slice of a profile; none when nobody can tell.
pub fn slice<'a>(
    rules: &Rules,
    root: Node<'a>,
    node: Node<'a>,
    (structure, name): (&str, &str),
) -> Option<Vec<Node<'a>>> {
    let repeats =
        walked(rules, root, node, |walk, node, scope| walk.named_slice((structure, name), node, scope))?;
    Some(nodes(node, &repeats))
}

/// Whether the left code of a system means the right one or something wider; none when nobody can tell.
pub fn subsumes(rules: &Rules, system: &str, left: &str, right: &str) -> Option<bool> {
    // A code subsumes itself, also where its system is not loaded.
    if left == right {
        return Some(true);
    }
    let answer = terminology::subsumes(&rules.terminology, (system, None), left, right).ok()?;
    let outcome = answer.get("parameter")?.items().first()?.text("valueCode")?;
    Some(matches!(outcome, "subsumes" | "equivalent"))
}

fn walked<T>(
    rules: &Rules,
    root: Node<'_>,
    node: Node<'_>,
    ask: impl for<'a> FnOnce(&mut Walk<'a>, Node<'a>, &Scope<'a>) -> Option<T>,
) -> Option<T> {
    let object = root.value?.as_object()?;
    let around = Surroundings::new(rules, object, Level::Full);
    let asked = Asked(&around);
    around.asked.set(Some(&asked));
    let is_resource = node.value.is_some_and(|value| value.text("resourceType").is_some());
    let scope = Scope { resource: if is_resource { node } else { root }, container: root, entry: None };
    around.scope.set(Some(scope));
    ask(&mut Walk::new(&around), node, &scope)
}

/// The nodes of repeats below `holder`.
pub(crate) fn nodes<'a>(holder: Node<'a>, repeats: &[Repeat]) -> Vec<Node<'a>> {
    repeats.iter().filter_map(|repeat| node_of(holder, repeat)).collect()
}

fn node_of<'a>(holder: Node<'a>, repeat: &Repeat) -> Option<Node<'a>> {
    let object = [holder.value, holder.companion].into_iter().flatten().find_map(Value::as_object)?;
    let item = |value: Option<&'a Value>| match repeat.index {
        Some(index) => value?.items().get(index).filter(|item| **item != Value::Null),
        None => value,
    };
    let beside = object.iter().find(|(beside, _)| beside.strip_prefix('_') == Some(repeat.name));
    let value = item(object.get(repeat.name));
    let companion = item(beside.map(|(_, companion)| companion));
    match repeat.type_id {
        Some(type_id) => Some(Node { value, companion, type_id }),
        None => fhirpath::resource_node(value?, Definitions::r4()),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use fhir_profiles::Registry;
    use model::json;
    use terminology::Terminology;

    use super::*;

    const BLOOD_PRESSURE: &str = "http://hl7.org/fhir/StructureDefinition/bp";

    /// Asks of a resource with two components, or more.
    fn check(ask: impl Fn(&Rules, Node<'_>) -> String, expected: &str) {
        let registry = Registry::r4();
        let rules = Rules::new(Arc::clone(&registry), Arc::new(Terminology::new(registry)));
        let component =
            |code| format!(r#"{{"code":{{"coding":[{{"system":"http://loinc.org","code":"{code}"}}]}}}}"#);
        let text = format!(
            r#"{{"resourceType":"Observation","component":[{},{},{}]}}"#,
            component("8480-6"),
            component("8462-4"),
            component("1-8"),
        );
        let resource = json::parse(text.as_bytes()).unwrap_or_else(|wrong| panic!("{}", wrong.message));
        let root = fhirpath::resource_node(&resource, Definitions::r4()).expect("the type is known");
        assert_eq!(ask(&rules, root), expected);
    }

    #[test]
    fn a_slice_is_what_its_profile_tells_apart() {
        let codes = |name: &'static str| {
            move |rules: &Rules, root: Node<'_>| {
                let found = slice(rules, root, root, (BLOOD_PRESSURE, name)).unwrap_or_default();
                let found = found.iter().filter_map(|node| {
                    let coding = node.value?.get("code")?.get("coding")?.items().first()?;
                    coding.text("code").map(str::to_owned)
                });
                found.collect::<Vec<_>>().join(" ")
            }
        };
        check(codes("SystolicBP"), "8480-6");
        check(codes("DiastolicBP"), "8462-4");
        check(codes("nothing"), "");
    }

    #[test]
    fn a_node_conforms_or_not_and_of_an_unknown_profile_nobody_knows() {
        let asked = |profile: &'static str| {
            move |rules: &Rules, root: Node<'_>| format!("{:?}", conforms(rules, root, root, profile))
        };
        check(asked("http://hl7.org/fhir/StructureDefinition/Observation"), "Some(true)");
        check(asked(BLOOD_PRESSURE), "Some(false)");
        check(asked("http://example.org/unknown"), "None");
    }

    #[test]
    fn an_element_is_defined_by_the_type_that_has_it() {
        let id = |path: &'static str| {
            move |rules: &Rules, _: Node<'_>| {
                let found = rules.element_definition(path).and_then(|node| node.value?.text("id"));
                found.unwrap_or("none").to_owned()
            }
        };
        check(id("Observation.value[x]"), "Observation.value[x]");
        check(id("HumanName.family"), "HumanName.family");
        check(id("Questionnaire.item"), "Questionnaire.item");
        check(id("Patient.nothing"), "none");
    }
}
