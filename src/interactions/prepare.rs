//! What is stored of what was sent?
//!
//! The one parse of a write is checked here and turned into its stored form; nothing of a resource that
//! is refused gets further.

use std::sync::Arc;

use ::search::{Catalogue, Rows, index};
use fhir_profiles::{Definitions, structure};
use model::limits::LONG_WORK_BYTES_MIN;
use model::{Code, Draft, Issue, Key, Object, ResourceType, Severity, Value};
use store::Change;
use validate::{Level, Request, Rules};

use crate::{Content, Context, Result, aside, binary};

/// Checks the content and makes it ready to be stored under `key`.
pub(crate) async fn put(context: &Context, key: &Key, content: Content) -> Result<Change> {
    match content {
        Content::Resource(resource) => {
            let (resource, rows) = read(context, resource, key).await?;
            let (resource, blob) = binary::take_data_out(context, resource).await?;
            Ok(Change::Put { draft: Draft::new(resource, &key.id), blob, rows })
        }
        Content::Raw { content_type, stored } => {
            let resource = binary::describe(&content_type, key);
            let rows = rows(context, &resource, key.resource_type)?;
            Ok(Change::Put { draft: Draft::new(resource, &key.id), blob: Some(stored.id), rows })
        }
    }
}

/// By what a resource is found.
pub(crate) fn rows(context: &Context, resource: &Object, resource_type: ResourceType) -> Result<Rows> {
    let catalogue = context.library.catalogue();
    Ok(index::rows(resource, resource_type, &catalogue, &context.policy.base_url)?)
}

/// Refuses what breaks the rules that this server demands of the type, with everything that is wrong, and reads by
/// what the resource is found.
async fn read(context: &Context, resource: Object, key: &Key) -> Result<(Object, Rows)> {
    let wanted = key.resource_type.as_str();
    match resource.get("resourceType").and_then(Value::as_str) {
        Some(found) if found == wanted => {}
        Some(found) => {
            let message = format!("the resource is a {found} where a {wanted} is expected");
            return Err(Issue::error(Code::WrongType, message).at(format!("{wanted}.resourceType")).into());
        }
        None => {
            let message = format!("the body has no resourceType; a {wanted} is expected");
            return Err(Issue::error(Code::NotAResource, message).into());
        }
    }
    let level = context.policy.scrutiny.level_of(key.resource_type);
    let profiles = context.policy.scrutiny.profiles_of(key.resource_type).map(str::to_owned).collect();
    let shelf = context.library.shelf();
    let reading = Reading {
        definitions: context.definitions,
        rules: shelf.rules,
        catalogue: shelf.catalogue,
        resource_type: key.resource_type,
        level,
        profiles,
        base_url: context.policy.base_url.clone(),
    };
    match level == Level::Full || is_large(&resource) {
        true => aside::run(context, move || reading.of(resource)).await?,
        false => reading.of(resource),
    }
}

/// What a resource is held against, and what it is searched for.
struct Reading {
    definitions: &'static Definitions,
    rules: Arc<Rules>,
    catalogue: Arc<Catalogue>,
    resource_type: ResourceType,
    level: Level,
    profiles: Vec<String>,
    base_url: String,
}

impl Reading {
    fn of(&self, resource: Object) -> Result<(Object, Rows)> {
        let resource = self.checked(resource)?;
        let rows = index::rows(&resource, self.resource_type, &self.catalogue, &self.base_url)?;
        Ok((resource, rows))
    }

    fn checked(&self, resource: Object) -> Result<Object> {
        if self.level == Level::Structure {
            let issues = structure::check(&resource, self.definitions);
            return if issues.is_empty() { Ok(resource) } else { Err(issues.into()) };
        }
        let profiles: Vec<&str> = self.profiles.iter().map(String::as_str).collect();
        let request = Request { level: self.level, profiles: &profiles, best_practice: false };
        let resource = Value::Object(resource);
        let mut issues = validate::validate(&self.rules, &resource, &request);
        issues.retain(|issue| issue.severity >= Severity::Error);
        match (issues.is_empty(), resource) {
            (true, Value::Object(resource)) => Ok(resource),
            _ => Err(issues.into()),
        }
    }
}

/// Bytes of a value with its name, apart from its text: a mean of the official examples.
const VALUE_BYTES: usize = 16;

/// Whether holding the resource against the rules takes so long that it is done aside.
fn is_large(resource: &Object) -> bool {
    let mut waiting: Vec<&Value> = resource.iter().map(|(_, value)| value).collect();
    let mut bytes = 0;
    while let Some(value) = waiting.pop() {
        bytes += VALUE_BYTES;
        match value {
            Value::Object(object) => waiting.extend(object.iter().map(|(_, value)| value)),
            Value::Array(items) => waiting.extend(items),
            Value::String(text) => bytes += text.len(),
            _ => {}
        }
        if bytes >= LONG_WORK_BYTES_MIN {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: bool) {
        let tree = model::json::parse(text.as_bytes()).expect("JSON");
        let start = &text[..std::cmp::min(text.len(), 40)];
        assert_eq!(is_large(tree.as_object().expect("an object")), expected, "{} bytes: {start}", text.len());
    }

    #[test]
    fn a_resource_is_large_by_many_values_or_long_ones() {
        let names = |count| format!(r#"{{"name":[{}]}}"#, vec![r#"{"given":["a"]}"#; count].join(","));
        check("{}", false);
        // Each name is an object, an array and a text of one letter; the array of names is one value more.
        let many = LONG_WORK_BYTES_MIN / (3 * VALUE_BYTES + 1);
        check(&names(many - 1), false);
        check(&names(many + 1), true);
        check(&format!(r#"{{"data":"{}"}}"#, "a".repeat(LONG_WORK_BYTES_MIN / 2)), false);
        check(&format!(r#"{{"data":"{}"}}"#, "a".repeat(LONG_WORK_BYTES_MIN)), true);
    }
}
