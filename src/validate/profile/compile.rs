//! How does a StructureDefinition become a profile?
//!
//! <https://hl7.org/fhir/R4/structuredefinition.html>. A definition without snapshot gets one; what is wrong with
//! a definition becomes one of its faults, which whoever holds a resource against it reports.

use fhir_profiles::Definitions;
use model::Value;

use super::{DiscriminatorKind, Element, ExtensionContext, News, Profile, build, compare, read};
use crate::checks;
use crate::limits::ELEMENTS_MAX;
use crate::rules::Rules;

/// Compiles the definition of a type itself.
pub(crate) fn compile_base(definition: &Value) -> Profile {
    let mut profile = tables(definition);
    for element in &mut profile.elements {
        element.news = News { min: true, max: true, types: true, binding: true };
    }
    profile
}

/// Compiles a profile of a type.
pub(crate) fn compile(definition: &Value, rules: &Rules) -> Profile {
    let made;
    let (mut faults, mut doubts) = (Vec::new(), Vec::new());
    let mut whole = definition;
    if read::items(definition.get("snapshot").unwrap_or(&Value::Null), "element").is_empty() {
        match fhir_profiles::snapshot::generate_usable(definition, &rules.registry) {
            Ok(generated) => {
                doubts.extend(generated.doubts.into_iter().map(|issue| issue.message));
                made = generated.definition;
                whole = &made;
            }
            Err(issues) => faults.extend(issues.into_iter().map(|issue| issue.message)),
        }
    }
    let mut profile = tables(whole);
    faults.append(&mut profile.faults);
    profile.faults = faults;
    profile.doubts = doubts;
    let type_name = profile.type_name.clone();
    if rules.base(&type_name).is_none() {
        profile.faults.push(format!("it constrains `{type_name}`, which is no type that is known here"));
    }
    compare::mark(&mut profile.elements, &type_name, rules);
    profile
}

fn tables(definition: &Value) -> Profile {
    let text = |name| Box::<str>::from(definition.text(name).unwrap_or_default());
    let mut faults = Vec::new();
    let snapshot = definition.get("snapshot").unwrap_or(&Value::Null);
    let listed = read::items(snapshot, "element");
    if listed.len() > ELEMENTS_MAX {
        faults.push(format!("its snapshot has {} elements, and {ELEMENTS_MAX} are allowed", listed.len()));
    }
    let listed = listed.iter().take(ELEMENTS_MAX);
    let mut elements: Vec<Element> = listed.map(|json| read::element(json, &mut faults)).collect();
    if elements.is_empty() {
        faults.push("it has no elements".to_owned());
        elements.push(Element {
            name: text("type"),
            path: text("type"),
            id: text("type"),
            ..Element::default()
        });
    }
    build::link(&mut elements, &mut faults);
    build::type_elements(&mut elements, &text("type"), Definitions::r4());
    find_faults(&elements, &mut faults);
    Profile {
        url: text("url"),
        version: text("version"),
        type_name: text("type"),
        elements,
        faults,
        doubts: Vec::new(),
        contexts: read::items(definition, "context").iter().map(context).collect(),
        context_invariants: read::items(definition, "contextInvariant")
            .iter()
            .filter_map(Value::as_str)
            .map(Into::into)
            .collect(),
        checks: checks::of_resource(&text("type")).collect(),
    }
}

fn context(json: &Value) -> ExtensionContext {
    let text = |name| json.text(name).unwrap_or_default().into();
    ExtensionContext { kind: text("type"), expression: text("expression") }
}

/// Names what makes a slicing impossible to decide.
fn find_faults(elements: &[Element], faults: &mut Vec<String>) {
    for element in elements {
        let Some(slicing) = &element.slicing else { continue };
        let by_name = |place: &usize| elements[*place].slice_name.as_deref() != Some("@default");
        let has_slices = slicing.slices.iter().any(by_name);
        if has_slices && slicing.discriminators.is_empty() {
            faults.push(format!("the slicing of `{}` has no discriminator", element.id));
        }
        let positions =
            slicing.discriminators.iter().filter(|known| known.kind == DiscriminatorKind::Position);
        if positions.count() > 1 {
            faults.push(format!("the slicing of `{}` counts positions twice", element.id));
        }
    }
}
