//! How do the elements of a snapshot hang together?
//!
//! A snapshot is a list in which every element stands behind its parent and every slice behind what it slices:
//! <https://hl7.org/fhir/R4/profiling.html#snapshot>.

use std::collections::HashMap;

use fhir_profiles::{Child, Definitions, TypeDefinition, TypeKind};
use fhirpath::{TypeId, Types};
use model::xml::Form;

use super::names::Names;
use super::{Asks, Discriminator, DiscriminatorKind, Element, Member, Required, Slicing, Strength, clause};
use crate::checks::{Format, of_type};

/// Links the elements: children, slices, repeated content.
pub(super) fn link(elements: &mut [Element], faults: &mut Vec<String>) {
    // The last element met with each path: what comes next with a longer path belongs to it.
    let mut last: HashMap<Box<str>, usize> = HashMap::new();
    for place in 0..elements.len() {
        let path = elements[place].path.clone();
        if place > 0 {
            let parent = path.rsplit_once('.').and_then(|(parent, _)| last.get(parent).copied());
            match parent {
                None => faults
                    .push(format!("`{}` stands behind no element that could hold it", elements[place].id)),
                Some(parent) => hang(elements, place, parent, faults),
            }
        }
        last.insert(path, place);
    }
}

fn hang(elements: &mut [Element], place: usize, parent: usize, faults: &mut Vec<String>) {
    let Some(slice) = elements[place].slice_name.clone() else {
        return elements[parent].children.push(place);
    };
    let name = elements[place].name.clone();
    let sliced = elements[parent].children.iter().rev().copied().find(|child| elements[*child].name == name);
    let Some(sliced) = sliced else {
        // The name of one type of a choice, as in `Observation.valueQuantity`, stands for itself.
        return elements[parent].children.push(place);
    };
    let owner = reslice_owner(elements, sliced, &slice).unwrap_or(sliced);
    if elements[owner].slicing.is_none() {
        match implied_slicing(&elements[owner]) {
            Some(slicing) => elements[owner].slicing = Some(Box::new(slicing)),
            None => {
                let id = &elements[place].id;
                return faults.push(format!("`{id}` is a slice of an element that is not sliced"));
            }
        }
    }
    if let Some(slicing) = &mut elements[owner].slicing {
        slicing.slices.push(place);
    }
}

/// The slice `a` of which `a/b` is a slice again.
fn reslice_owner(elements: &[Element], sliced: usize, slice: &str) -> Option<usize> {
    let (owner, _) = slice.rsplit_once('/')?;
    let mut waiting: Vec<usize> =
        elements[sliced].slicing.iter().flat_map(|slicing| slicing.slices.clone()).collect();
    // Every slice is put in once, so the loop ends.
    while let Some(place) = waiting.pop() {
        if elements[place].slice_name.as_deref() == Some(owner) {
            return Some(place);
        }
        waiting.extend(elements[place].slicing.iter().flat_map(|slicing| slicing.slices.iter().copied()));
    }
    None
}

/// Extensions are told apart by url and choices by type, also where nobody says so.
fn implied_slicing(element: &Element) -> Option<Slicing> {
    let discriminator = |kind, path: &str| Slicing {
        discriminators: vec![Discriminator { kind, path: path.into() }],
        ..Slicing::default()
    };
    match &*element.name {
        "extension" | "modifierExtension" => Some(discriminator(DiscriminatorKind::Value, "url")),
        name if name.ends_with("[x]") => Some(discriminator(DiscriminatorKind::Type, "$this")),
        _ => None,
    }
}

/// Gives every element with elements of its own the types of these, and the members that JSON may hold.
pub(super) fn type_elements(elements: &mut [Element], type_name: &str, definitions: &'static Definitions) {
    elements[0].definition = definitions.type_definition(type_name);
    for place in 0..elements.len() {
        let Some(definition) = elements[place].definition else { continue };
        for child in elements[place].children.clone() {
            let own = own_definition(&elements[child], definition, definitions);
            elements[child].definition = own;
            let slices = elements[child].slicing.iter().flat_map(|slicing| slicing.slices.clone());
            let mut waiting: Vec<usize> = slices.collect();
            while let Some(slice) = waiting.pop() {
                elements[slice].definition = own_definition(&elements[slice], definition, definitions);
                waiting.extend(
                    elements[slice].slicing.iter().flat_map(|slicing| slicing.slices.iter().copied()),
                );
            }
        }
        let members = members(elements, place, definition, definitions);
        elements[place].names = Names::new(members.iter().map(|member| member.name));
        elements[place].members = members;
        elements[place].required = required(elements, place);
        elements[place].required_bits = required_bits(elements, place);
    }
    for place in 0..elements.len() {
        elements[place].content = repeated(elements, place);
        if let Some(definition) = elements[place].definition {
            elements[place].clauses = clause::read(&elements[place].constraints, definition);
        }
    }
}

/// What the elements of `element` are, told by its parent's definition and by its own types.
fn own_definition(
    element: &Element,
    parent: &'static TypeDefinition,
    definitions: &'static Definitions,
) -> Option<&'static TypeDefinition> {
    let same = |child: &&Child| child.element == &*element.name || child.name == &*element.name;
    let found = parent.children().iter().find(same);
    if let [only] = element.types.as_slice()
        && !matches!(&*only.code, "BackboneElement" | "Element")
    {
        return definitions.type_definition(&only.code);
    }
    match found?.form {
        Form::Object(node) if !found?.is_choice() => Some(definitions.node(node)),
        _ => None,
    }
}

fn members(
    elements: &[Element],
    place: usize,
    parent: &'static TypeDefinition,
    definitions: &'static Definitions,
) -> Vec<Member> {
    let named =
        |name: &str| elements[place].children.iter().copied().find(|child| &*elements[*child].name == name);
    let mut members = Vec::new();
    for child in parent.children() {
        let Some(element) = named(child.name).or_else(|| named(child.element)) else { continue };
        let mut member = member(child, element, &elements[element], definitions);
        member.is_element_id = child.name == "id" && parent.kind != TypeKind::Resource;
        members.push(member);
    }
    members
}

/// The children that must be there; those that no member of JSON can hold are none.
fn required(elements: &[Element], place: usize) -> Vec<Required> {
    let element = &elements[place];
    let wanted = element.children.iter().copied().filter(|child| elements[*child].min > 0);
    let names = |child| {
        let members = element.members.iter().filter(move |member| member.element == child);
        members.map(|member| member.name).collect::<Vec<_>>()
    };
    let wanted = wanted.map(|child| Required { element: child, names: names(child) });
    wanted.filter(|required| !required.names.is_empty()).collect()
}

/// The bits of the children that must be there; none where one must be there more than once, or has no bit.
fn required_bits(elements: &[Element], place: usize) -> Option<u64> {
    let element = &elements[place];
    let bit = |required: &Required| {
        let member = element.members.iter().find(|member| member.element == required.element)?;
        (elements[required.element].min == 1 && member.bit != 0).then_some(member.bit)
    };
    element.required.iter().try_fold(0, |bits, required| Some(bits | bit(required)?))
}

fn asks(element: &Element) -> Asks {
    let strength = element.binding.as_ref().map(|binding| binding.strength);
    Asks {
        constraints: !element.constraints.is_empty(),
        required_code: strength == Some(Strength::Required),
        code: strength.is_some(),
        target: element.types.iter().any(|rule| matches!(&*rule.code, "Reference" | "canonical")),
    }
}

fn member(
    child: &'static Child,
    place: usize,
    element: &Element,
    definitions: &'static Definitions,
) -> Member {
    let is_choice = child.is_choice();
    let stem = child.element.trim_end_matches("[x]");
    let shown = if is_choice { format!("{stem}.ofType({})", child.type_name) } else { stem.to_owned() };
    let named_alone = &*element.name == child.name;
    let is_listed = element.types.iter().any(|rule| *rule.code == *child.type_name);
    let type_id = match child.form {
        Form::Object(node) => Some(TypeId(node.0)),
        Form::Resource => None,
        _ => definitions.find(child.type_name),
    };
    let holds = match child.form {
        Form::Object(node) => definitions.node(node).name,
        _ => child.type_name,
    };
    Member {
        name: child.name,
        shown: shown.into(),
        element: place,
        form: child.form,
        type_name: child.type_name,
        holds,
        type_id,
        is_allowed: !is_choice || named_alone || is_listed || element.types.is_empty(),
        format: Format::of(child.type_name),
        asks: asks(element),
        repeats: child.repeats(),
        is_choice,
        bit: clause::bit(child),
        is_element_id: false,
        check: of_type(holds),
    }
}

/// The element whose content this one repeats: `Questionnaire.item` of `Questionnaire.item.item`.
fn repeated(elements: &[Element], place: usize) -> Option<usize> {
    if !elements[place].children.is_empty() || !elements[place].types.is_empty() {
        return None;
    }
    let definition = elements[place].definition?;
    elements.iter().position(|known| &*known.path == definition.name && !known.children.is_empty())
}
