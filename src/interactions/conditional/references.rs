//! To what does a reference lead that is a search?
//!
//! `"reference": "Practitioner?identifier=…"` names the one resource that matches, and is stored as its literal
//! reference: <https://hl7.org/fhir/R4/http.html#trules>. R4 describes this for transactions; here it holds for
//! every write, since nothing else can be meant.

use std::collections::{HashMap, HashSet};

use model::{Code, Issue, Key, Object, Text, Value};

use super::Criteria;
use super::look::{Look, Setback};
use super::own::Own;
use crate::{Context, Place, parse_place};

/// The conditional references that stand in a resource, each once, in order.
pub(crate) fn named(context: &Context, resource: &Object) -> Vec<Text> {
    let (mut names, mut seen) = (Vec::new(), HashSet::new());
    visit(resource, &mut |reference| {
        if criteria(context, reference).is_some() && seen.insert(reference.clone()) {
            names.push(reference.clone());
        }
    });
    names
}

/// Whether some do.
pub(crate) fn stand_in(context: &Context, resource: &Object) -> bool {
    let mut stand = false;
    visit(resource, &mut |reference| stand = stand || criteria(context, reference).is_some());
    stand
}

/// What such a reference searches for; none for any other reference.
pub(crate) fn criteria(context: &Context, reference: &str) -> Option<Result<Criteria, Issue>> {
    let (path, query) = reference.split_once('?')?;
    let base = context.policy.base_url.as_str();
    let path = path.strip_prefix(base).and_then(|path| path.strip_prefix('/')).unwrap_or(path);
    match parse_place(path, context.definitions) {
        Ok(Place::Type(resource_type)) => Some(Criteria::read(resource_type, query)),
        _ => None,
    }
}

/// Writes each conditional reference in a resource as the literal one that it stands for.
pub(crate) async fn resolve(look: &mut Look<'_>, resource: &mut Object) -> Result<(), Setback> {
    let names = named(look.context, resource);
    if names.is_empty() {
        return Ok(());
    }
    let mut own = Own::new([], (look.context.clock)());
    let mut known = HashMap::new();
    for name in names {
        let key = find(look, &name, &mut own).await?;
        known.insert(name, Text::from(key.to_string()));
    }
    rewrite(resource, &known);
    Ok(())
}

/// The one resource that a conditional reference means, of those that stand and of the attempt's own.
pub(crate) async fn find(look: &mut Look<'_>, name: &str, own: &mut Own<'_>) -> Result<Key, Setback> {
    let unknown = || Issue::error(Code::UnresolvedReference, format!("`{name}` is no search of a type"));
    let criteria = criteria(look.context, name).ok_or_else(unknown)??;
    let branch = criteria.branch(look.context).await.map_err(|mut refused| {
        for issue in &mut refused.issues {
            issue.message = format!("the reference `{name}`: {}", issue.message);
        }
        refused
    })?;
    if own.is_unsure(&branch) {
        let message = format!(
            "the reference `{name}` reaches into other resources, and the transaction writes a {} that it may mean; \
             name what it means by its own parameters",
            branch.resource_type
        );
        return Err(Issue::error(Code::NotSupported, message).into());
    }
    let found = look.find(&branch, 2).await?;
    let own = own.meant(&branch);
    match (found.as_slice(), own.as_slice()) {
        ([version], []) => {
            look.rely_on(version.key.clone());
            Ok(version.key.clone())
        }
        ([], [key]) => Ok((*key).clone()),
        ([], []) => {
            let message = format!("the reference `{name}` matches no {}", branch.resource_type);
            Err(Issue::error(Code::UnresolvedReference, message).into())
        }
        _ => {
            let message = format!("the reference `{name}` matches more than one {}", branch.resource_type);
            Err(Issue::error(Code::MultipleMatches, message).into())
        }
    }
}

/// Puts literal references where conditional ones are known.
pub(crate) fn rewrite(resource: &mut Object, known: &HashMap<Text, Text>) {
    if is_bundle(resource) {
        return;
    }
    for (name, value) in resource.iter_mut() {
        rewrite_member(name, value, known);
    }
}

fn rewrite_member(name: &str, value: &mut Value, known: &HashMap<Text, Text>) {
    match value {
        Value::Object(object) => rewrite(object, known),
        Value::Array(items) => items.iter_mut().for_each(|item| rewrite_member(name, item, known)),
        Value::String(text) if name == "reference" => {
            if let Some(literal) = known.get(text.as_str()) {
                *text = literal.clone();
            }
        }
        _ => {}
    }
}

/// Shows every `Reference.reference`, whole: what follows a `#` belongs to the query.
fn visit(resource: &Object, show: &mut dyn FnMut(&Text)) {
    if is_bundle(resource) {
        return;
    }
    for (name, value) in resource.iter() {
        visit_member(name, value, show);
    }
}

fn visit_member(name: &str, value: &Value, show: &mut dyn FnMut(&Text)) {
    match value {
        Value::Object(object) => visit(object, show),
        Value::Array(items) => items.iter().for_each(|item| visit_member(name, item, show)),
        Value::String(text) if name == "reference" => show(text),
        _ => {}
    }
}

/// A Bundle within a resource keeps its references: they are of another transaction.
fn is_bundle(resource: &Object) -> bool {
    resource.get("resourceType").and_then(Value::as_str) == Some("Bundle")
}
