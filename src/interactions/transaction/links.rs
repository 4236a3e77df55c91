//! To what do the references between the entries of a transaction point, once it is stored?
//!
//! <https://hl7.org/fhir/R4/http.html#trules>, <https://hl7.org/fhir/R4/bundle.html#references>: a
//! reference to an entry's fullUrl becomes `Type/id`; a relative reference is read against the base of
//! the fullUrl of the entry that holds it.

use std::collections::HashMap;

use model::{Code, Key, Text, rewrite};

use crate::bundle::Step;
use crate::{Context, Place, Result, parse_place};

/// Writes every reference to an entry of the transaction as the id that the entry has been given.
pub(super) fn rewrite(context: &Context, steps: &mut [Step], targets: &[Option<Key>]) -> Result<()> {
    let mut known: HashMap<Text, Text> = HashMap::new();
    for step in &*steps {
        let (Some(full_url), Some(key)) = (&step.full_url, &targets[step.entry]) else { continue };
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
