//! How is this element defined, and which slice is it?
//!
//! `elementDefinition()` and `slice()` of <https://hl7.org/fhir/R4/fhirpath.html#functions>. The definitions are the
//! host's to know; where it does not, the expression is refused, so that nobody takes silence for an answer.

use model::Value;

use crate::evaluate::{Evaluation, fail};
use crate::failure::Failure;
use crate::functions::Answer;
use crate::item::{Collection, Item, Node};
use crate::locate::{Holders, holders};
use crate::types::Kind;

/// `elementDefinition()`: of each element what the definition of the type that has it says of it.
pub(super) fn element_definition<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    let mut found = Vec::with_capacity(input.len());
    let mut known = None;
    for item in &input {
        let Item::Node(node) = item else {
            return fail("cannot ask `elementDefinition` of a value, expected an element".to_owned());
        };
        let path = path(evaluation, *node, &mut known)?;
        match evaluation.context.host.element_definition(&path) {
            Some(definition) => found.push(Item::Node(definition)),
            None => return fail(format!("cannot tell the definition of `{path}`, which is not known here")),
        }
    }
    Ok(found)
}

/// The path of an element in the definition of the type that has it; the holders are collected when first needed.
fn path<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    node: Node<'a>,
    known: &mut Option<Holders>,
) -> Result<String, Failure> {
    let context = evaluation.context;
    let types = context.types;
    if types.kind(node.type_id) == Kind::Resource {
        return Ok(types.name(node.type_id).to_owned());
    }
    let holders = match known {
        Some(known) => known,
        None => known.insert(holders(context.root, types, &mut || evaluation.step())?),
    };
    let address = node.value.or(node.companion).map(std::ptr::from_ref::<Value>);
    let Some((holder, member)) = address.and_then(|address| holders.get(&address)) else {
        let name = types.name(node.type_id);
        return fail(format!("cannot tell the definition of this {name}, which stands in another resource"));
    };
    let choice = if member.name == member.element { "" } else { "[x]" };
    Ok(format!("{}.{}{choice}", types.name(*holder), member.element))
}

/// `slice()`: what stands in each element and belongs to a slice of a profile.
pub(super) fn slice<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    arguments: &[Collection<'a>],
) -> Answer<'a> {
    let [structure, name] = arguments else { return Ok(Vec::new()) };
    let structure = evaluation.text(structure, "the URL of a profile")?;
    let name = evaluation.text(name, "the name of a slice")?;
    let (Some(structure), Some(name)) = (structure, name) else { return Ok(Vec::new()) };
    let mut found = Vec::new();
    for item in &input {
        let Item::Node(node) = item else { continue };
        match evaluation.context.host.slice(*node, &structure, &name) {
            Some(nodes) => found.extend(nodes.into_iter().map(Item::Node)),
            None => return fail(format!("cannot tell the slices of `{structure}`, which nobody knows here")),
        }
    }
    Ok(found)
}
