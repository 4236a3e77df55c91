//! What is stored of what was sent?
//!
//! The one parse of a write is checked here and turned into its stored form; nothing of a resource that
//! is refused gets further.

use fhir_profiles::structure;
use model::{Code, Draft, Issue, Key, Object, Value};
use store::Change;

use crate::{Content, Context, Result, binary};

/// Checks the content and makes it ready to be stored under `key`.
pub(crate) async fn put(context: &Context, key: &Key, content: Content) -> Result<Change> {
    match content {
        Content::Resource(resource) => {
            check(context, &resource, key)?;
            let (resource, blob) = binary::take_data_out(context, resource).await?;
            Ok(Change::Put { draft: Draft::new(resource, &key.id), blob })
        }
        Content::Raw { content_type, stored } => {
            let draft = Draft::new(binary::describe(&content_type, key), &key.id);
            Ok(Change::Put { draft, blob: Some(stored.id) })
        }
    }
}

fn check(context: &Context, resource: &Object, key: &Key) -> Result<()> {
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
    let issues = structure::check(resource, context.definitions);
    if issues.is_empty() { Ok(()) } else { Err(issues.into()) }
}
