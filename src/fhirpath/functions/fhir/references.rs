//! Which resource does a reference name?
//!
//! First what is contained, then the entries of a Bundle around, then whoever the context asks:
//! <https://hl7.org/fhir/R4/bundle.html#references>.

use model::Value;

use crate::evaluate::Evaluation;
use crate::failure::Failure;
use crate::functions::Answer;
use crate::item::{Collection, Item, Node};

/// `resolve()`: of each Reference, canonical or uri what it names, where that is known.
pub(super) fn resolve<'a>(
    evaluation: &mut Evaluation<'_, 'a>,
    input: Collection<'a>,
    _: &[Collection<'a>],
) -> Answer<'a> {
    let mut found = Vec::new();
    for item in &input {
        let reference = match item {
            Item::Node(Node { value: Some(Value::String(reference)), .. }) => Some(reference.to_string()),
            Item::Node(Node { value: Some(value), .. }) => value.text("reference").map(str::to_owned),
            Item::String(reference) => Some(reference.to_string()),
            _ => None,
        };
        if let Some(reference) = reference {
            found.extend(target(evaluation, &reference)?.map(Item::Node));
        }
    }
    Ok(found)
}

fn target<'a>(evaluation: &mut Evaluation<'_, 'a>, reference: &str) -> Result<Option<Node<'a>>, Failure> {
    let context = evaluation.context;
    if let Some(id) = reference.strip_prefix('#') {
        let (resource, root) = (context.resource, context.root);
        if id.is_empty() {
            return Ok(Some(root));
        }
        let in_one = |owner: Node<'a>| {
            let contained = owner.value?.get("contained")?.items();
            let found = contained.iter().find(|resource| resource.text("id") == Some(id))?;
            crate::resource_node(found, context.types)
        };
        return Ok(in_one(resource).or_else(|| in_one(root)).or_else(|| context.host.resolve(reference)));
    }
    for owner in [context.resource, context.root] {
        let entries = owner.value.filter(|value| value.text("resourceType") == Some("Bundle"));
        for entry in entries.and_then(|bundle| bundle.get("entry")).map_or(&[][..], Value::items) {
            evaluation.step()?;
            if names(entry, reference)
                && let Some(resource) = entry.get("resource")
            {
                return Ok(crate::resource_node(resource, context.types));
            }
        }
    }
    Ok(context.host.resolve(reference))
}

/// Whether the reference names this entry: by its full URL, or relative to a server.
fn names(entry: &Value, reference: &str) -> bool {
    let Some(full_url) = entry.text("fullUrl") else { return false };
    let unversioned = reference.split("/_history/").next().unwrap_or(reference);
    let is_relative = !unversioned.contains(':') && unversioned.contains('/');
    full_url == unversioned
        || is_relative && full_url.strip_suffix(unversioned).is_some_and(|base| base.ends_with('/'))
}
