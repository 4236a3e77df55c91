//! Which JSON Schema do resources of a type keep, for those who build against this server?
//!
//! `GET /schemas/{Type}.json`, made from the definitions by [`fhir_profiles::schema`]; what it says and leaves to
//! validation stands there. <https://hl7.org/fhir/R4/json.html#schema>

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use axum::body::{Body, Bytes};
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use fhir_profiles::{Definitions, schema};
use model::{Code, Issue, ResourceType, json};

use crate::error;

const SCHEMA: HeaderValue = HeaderValue::from_static("application/schema+json");

/// Schemas change with the program alone, and none of them tells anything of what is stored.
const FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Schemas that are kept once made. Most have a megabyte, because any type may be contained in them, and a client
/// asks for a handful.
const KEPT_MAX: usize = 8;

/// Those asked for last, the oldest first; the same for every server in the process, as the definitions are.
static KEPT: Mutex<VecDeque<(ResourceType, Bytes)>> = Mutex::new(VecDeque::new());

/// `GET /schemas/{Type}.json`
pub(crate) async fn show(Path(file): Path<String>) -> Response {
    let Some(name) = file.strip_suffix(".json") else {
        let message = format!("there is no schema `{file}`; they are called `Patient.json` and alike");
        return error::answer(&Issue::error(Code::UnknownPath, message).into());
    };
    let Some(resource_type) = Definitions::r4().resource_type(name) else {
        let message = format!("there is no resource type `{name}` that could have a schema");
        return error::answer(&Issue::error(Code::UnknownType, message).into());
    };
    // Making one takes longer than the threads that answer requests may be kept.
    match tokio::task::spawn_blocking(move || made(resource_type)).await {
        Ok(Some(body)) => {
            ([(header::CONTENT_TYPE, SCHEMA), (header::CACHE_CONTROL, FOR_A_DAY)], Body::from(body))
                .into_response()
        }
        Ok(None) | Err(_) => {
            let message = format!("the schema of `{name}` could not be made");
            error::answer(&Issue::error(Code::Internal, message).into())
        }
    }
}

/// The schema as it is sent, made now unless it was made lately.
fn made(resource_type: ResourceType) -> Option<Bytes> {
    // Whoever held the lock before put whole schemas in or nothing, so a poisoned one is as good.
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, body)) = kept().iter().find(|(known, _)| *known == resource_type) {
        return Some(body.clone());
    }
    let schema = schema::schema(Definitions::r4(), resource_type.as_str())?;
    let body = Bytes::from(json::to_compact(&schema));
    let mut kept = kept();
    if kept.iter().all(|(known, _)| *known != resource_type) {
        if kept.len() >= KEPT_MAX {
            kept.pop_front();
        }
        kept.push_back((resource_type, body.clone()));
    }
    Some(body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_is_made_once_while_it_is_kept() {
        let types = Definitions::r4().resource_types();
        let first = made(types[0]).expect("a schema");
        let again = made(types[0]).expect("a schema");
        assert_eq!(first.as_ptr(), again.as_ptr());
        for other in &types[1..=KEPT_MAX] {
            made(*other).expect("a schema");
        }
        let anew = made(types[0]).expect("a schema");
        assert_ne!(first.as_ptr(), anew.as_ptr());
        assert_eq!(first, anew);
        assert!(KEPT.lock().expect("nobody panicked").len() <= KEPT_MAX);
    }
}
