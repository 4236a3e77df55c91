//! To what do the references between the entries of a transaction point, once it is stored?
//!
//! <https://hl7.org/fhir/R4/http.html#trules>, <https://hl7.org/fhir/R4/bundle.html#references>: a
//! reference to an entry's fullUrl becomes `Type/id`; a relative reference is read against the base of
//! the fullUrl of the entry that holds it.

use std::collections::{HashMap, HashSet};

use model::{Code, Key, ResourceType, Text, rewrite};
use search::Rows;

use super::aims::Aim;
use crate::bundle::{Step, path};
use crate::conditional::{Look, Own, Setback, references};
use crate::{Context, HttpVerb, Place, Result, parse_place, prepare};

/// Writes every reference to an entry of the transaction as the id that the entry has been given.
pub(super) fn rewrite(context: &Context, steps: &mut [Step], aims: &[Aim]) -> Result<()> {
    let mut known: HashMap<Text, Text> = HashMap::new();
    for step in &*steps {
        let (Some(full_url), Some(key)) = (&step.full_url, aims[step.entry].key()) else { continue };
        let target = Text::from(key.to_string());
        if known.insert(full_url.clone(), target.clone()).is_some_and(|other| other != target) {
            let message = format!("`{full_url}` names two entries");
            return Err(step.issue(Code::InvalidEntry, message, ".fullUrl").into());
        }
    }
    for step in steps {
        let base = step.full_url.as_deref().and_then(|full_url| restful_base(context, full_url));
        let base = base.map(Text::from);
        let Some(resource) = &mut step.resource else { continue };
        rewrite::rewrite(resource, &mut |reference| find(&known, base.as_deref(), reference));
        let mut lost: Option<Text> = None;
        rewrite::references(resource, &mut |reference| {
            if is_local_name(reference) {
                lost.get_or_insert_with(|| reference.into());
            }
        });
        if let Some(reference) = lost {
            let message = format!("`{reference}` is not the fullUrl of any entry");
            return Err(step.issue(Code::UnresolvedReference, message, ".resource").into());
        }
    }
    Ok(())
}

/// Writes every reference that is a search as the literal one that it stands for.
///
/// It is told by what will stand once all is stored: by what stands before and is not written, and by what the
/// transaction writes itself. Of what it patches, the state before counts.
pub(super) async fn rewrite_conditional(
    look: &mut Look<'_>,
    steps: &mut [Step],
    aims: &[Aim],
) -> std::result::Result<(), Setback> {
    let context = look.context;
    let mut names: Vec<(usize, Text)> = Vec::new();
    let mut seen = HashSet::new();
    for step in &*steps {
        // What stands already is not stored again, so that nothing must be known of what it refers to.
        let stored = step.resource.as_ref().filter(|_| !matches!(aims[step.entry], Aim::Stands(_)));
        let own = stored.into_iter().flat_map(|resource| references::named(context, resource));
        names.extend(own.filter(|name| seen.insert(name.clone())).map(|name| (step.entry, name)));
    }
    if names.is_empty() {
        return Ok(());
    }
    let criteria = names.iter().filter_map(|(_, name)| references::criteria(context, name)?.ok());
    let types: HashSet<ResourceType> = criteria.map(|criteria| criteria.resource_type).collect();
    let written = written(context, steps, aims, &types)?;
    look.pass_over(written.iter().map(|(key, _)| key.clone()));
    let mut own = Own::new(written.iter().map(|(key, rows)| (key, rows)), (context.clock)());
    let mut known = HashMap::with_capacity(names.len());
    for (entry, name) in names {
        let key =
            references::find(look, &name, &mut own).await.map_err(|setback| setback.within(&path(entry)))?;
        known.insert(name, Text::from(key.to_string()));
    }
    let resources = steps.iter_mut().filter_map(|step| step.resource.as_mut());
    resources.for_each(|resource| references::rewrite(resource, &known));
    Ok(())
}

/// What the entries write of these types with content of their own, and by what it is found.
fn written(
    context: &Context,
    steps: &[Step],
    aims: &[Aim],
    types: &HashSet<ResourceType>,
) -> Result<Vec<(Key, Rows)>> {
    let mut written = Vec::new();
    for step in steps {
        let (Aim::Puts(target), Some(resource)) = (&aims[step.entry], &step.resource) else { continue };
        if step.verb != HttpVerb::Patch && types.contains(&target.key.resource_type) {
            let rows = prepare::rows(context, resource, target.key.resource_type);
            written.push((target.key.clone(), rows.map_err(|wrong| wrong.within(&step.path()))?));
        }
    }
    Ok(written)
}

fn find(known: &HashMap<Text, Text>, base: Option<&str>, reference: &str) -> Option<Text> {
    if let Some(target) = known.get(reference) {
        return Some(target.clone());
    }
    known.get(format!("{}/{reference}", base?).as_str()).cloned()
}

/// Names that mean nothing outside the Bundle.
fn is_local_name(reference: &str) -> bool {
    reference.starts_with("urn:uuid:") || reference.starts_with("urn:oid:")
}

/// What stands before `Type/id` in a fullUrl that follows the form of a RESTful one.
fn restful_base<'a>(context: &Context, full_url: &'a str) -> Option<&'a str> {
    let (rest, _) = full_url.rsplit_once('/')?;
    let (base, _) = rest.rsplit_once('/')?;
    let local = full_url.get(base.len() + 1..)?;
    let place = parse_place(local, context.definitions).ok()?;
    matches!(place, Place::Instance(_)).then_some(base)
}
