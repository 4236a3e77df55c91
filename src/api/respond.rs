//! How is an answer written?
//!
//! Status, headers and bytes: <https://hl7.org/fhir/R4/http.html#return>. What is stored is what is
//! served; only XML, `_pretty`, `_summary` and `_elements` pay for a parse of their own.

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::Response;
use interactions::{Answer, Failure, HttpVerb, Returning, binary};
use model::{Code, Issue, Object, Severity, Value, http_date, json, outcome, xml};
use store::{Effect, Version, Written};

use crate::app::App;
use crate::error;
use crate::fhir::Asked;
use crate::negotiate::{Format, JSON, View, XML};

/// Patients' data may be kept by the client and asked for again, and by nobody between.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");
const VARY: HeaderValue = HeaderValue::from_static("Accept, Authorization, Prefer");

/// Headers that an answer to a write has, with those that every answer gets: the map need not grow.
const HEADERS_USUAL: usize = 12;

/// Writes what came of an interaction.
pub(crate) async fn success(app: &App, answer: Answer, asked: &Asked) -> Result<Response, Failure> {
    match answer {
        Answer::Version(version) => {
            let bytes = binary::whole(&app.context, &version).await?;
            let mut response = content(app, bytes, &asked.view)?;
            describe(&version, response.headers_mut());
            Ok(response)
        }
        Answer::Written(written) => write(app, &written, asked).await,
        Answer::Bundle(bytes) | Answer::Again(bytes) => content(app, bytes, &asked.view),
        Answer::Resource(resource) => content(app, json::to_compact(&resource).into(), &asked.view),
    }
}

/// Says that the client has this version already.
pub(crate) fn not_modified(version: &Version) -> Response {
    let mut response = empty(StatusCode::NOT_MODIFIED);
    describe(version, response.headers_mut());
    response
}

/// Writes a failure in the form that the client asked for.
pub(crate) fn failure(app: &App, failure: &Failure, view: &View) -> Response {
    let told = outcome::outcome(&failure.issues);
    let form = View { pretty: view.pretty, format: view.format, ..View::plain() };
    let Ok(mut response) = content(app, json::to_compact(&told).into(), &form) else {
        return error::answer(failure);
    };
    *response.status_mut() = error::status(failure.code());
    error::add_advice(failure.code(), response.headers_mut());
    response
}

async fn write(app: &App, written: &Written, asked: &Asked) -> Result<Response, Failure> {
    let current = written.version.as_ref();
    let returning = asked.preferences.returning;
    let deletes = asked.verb == HttpVerb::Delete;
    let wants_content = returning.unwrap_or(Returning::Representation);
    let mut response = match (wants_content, current) {
        (Returning::Representation, Some(version)) if !deletes => {
            let bytes = binary::whole(&app.context, version).await?;
            content(app, bytes, &asked.view)?
        }
        (Returning::OperationOutcome, _) => {
            content(app, json::to_compact(&outcome::outcome(&[told(written)])).into(), &asked.view)?
        }
        _ => empty(StatusCode::OK),
    };
    let has_content = response.headers().contains_key(header::CONTENT_TYPE);
    *response.status_mut() = match written.effect {
        Effect::Created => StatusCode::CREATED,
        _ if deletes && !has_content => StatusCode::NO_CONTENT,
        _ => StatusCode::OK,
    };
    if let Some(version) = current {
        describe(version, response.headers_mut());
        locate(app, version, written.effect, response.headers_mut());
    }
    Ok(response)
}

fn told(written: &Written) -> Issue {
    let done = match written.effect {
        Effect::Created => "created",
        Effect::Updated => "updated",
        Effect::Unchanged => "unchanged",
        Effect::Deleted => "deleted",
    };
    let what = written.version.as_ref().map(|version| version.key.to_string()).unwrap_or_default();
    Issue::error(Code::Done, format!("{what} {done}").trim().to_owned()).with_severity(Severity::Information)
}

fn empty(status: StatusCode) -> Response {
    let mut response = answer(Body::empty());
    *response.status_mut() = status;
    response
}

fn answer(body: Body) -> Response {
    let mut response = Response::new(body);
    *response.headers_mut() = HeaderMap::with_capacity(HEADERS_USUAL);
    response
}

/// The resource's bytes in the form that was asked for.
fn content(app: &App, bytes: Bytes, view: &View) -> Result<Response, Failure> {
    let bytes = if view.is_plain() { bytes } else { Bytes::from(reshape(app, &bytes, view)?) };
    let mut response = answer(Body::from(bytes));
    let content_type = if view.format == Format::Xml { XML } else { JSON };
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, content_type);
    headers.insert(header::CACHE_CONTROL, PRIVATE);
    headers.insert(header::VARY, VARY);
    Ok(response)
}

fn reshape(app: &App, bytes: &[u8], view: &View) -> Result<Vec<u8>, Failure> {
    let internal =
        |what: String| Failure::from(Issue::error(Code::Internal, what).with_severity(Severity::Fatal));
    let tree = json::parse(bytes).map_err(|_| internal("what is stored is not JSON".to_owned()))?;
    let tree = match tree {
        Value::Object(resource) => Value::Object(narrow(app, resource, view)),
        other => other,
    };
    let definitions = app.context.definitions;
    match (view.format, view.pretty) {
        (Format::Json, false) => Ok(json::to_compact(&tree)),
        (Format::Json, true) => Ok(json::to_pretty(&tree)),
        (Format::Xml, false) => xml::write(&tree, definitions).map_err(|wrong| Issue::from(wrong).into()),
        (Format::Xml, true) => {
            xml::write_pretty(&tree, definitions).map_err(|wrong| Issue::from(wrong).into())
        }
    }
}

/// Keeps what `_summary` and `_elements` ask for; of a Bundle, what they ask of its resources.
fn narrow(app: &App, resource: Object, view: &View) -> Object {
    let definitions = app.context.definitions;
    if view.narrowing.is_whole() {
        return resource;
    }
    if !is_answer_bundle(&resource) {
        return view.narrowing.apply(resource, definitions);
    }
    let mut bundle = resource;
    if let Some(Value::Array(entries)) = bundle.get_mut("entry") {
        for entry in entries {
            if let Some(Value::Object(resource)) =
                entry.as_object_mut().and_then(|entry| entry.get_mut("resource"))
            {
                *resource = view.narrowing.apply(std::mem::take(resource), definitions);
            }
        }
    }
    bundle
}

fn is_answer_bundle(resource: &Object) -> bool {
    let text = |name| resource.get(name).and_then(Value::as_str);
    text("resourceType") == Some("Bundle")
        && matches!(text("type"), Some("history" | "searchset" | "batch-response" | "transaction-response"))
}

/// ETag and Last-Modified, from columns and not from content.
fn describe(version: &Version, headers: &mut HeaderMap) {
    let tag = format!("W/\"{}\"", version.version);
    insert(headers, header::ETAG, &tag);
    insert(headers, header::LAST_MODIFIED, &http_date::write(version.committed_at));
}

fn locate(app: &App, version: &Version, effect: Effect, headers: &mut HeaderMap) {
    let base = &app.context.policy.base_url;
    let (resource_type, id) = (version.key.resource_type.as_str(), version.key.id.as_str());
    let number = version.version.to_string();
    let location = [base, "/", resource_type, "/", id, "/_history/", &number].concat();
    let Ok(location) = HeaderValue::try_from(location) else { return };
    if headers.contains_key(header::CONTENT_TYPE) {
        headers.insert(header::CONTENT_LOCATION, location.clone());
    }
    if effect == Effect::Created {
        headers.insert(header::LOCATION, location);
    }
}

pub(crate) fn insert(headers: &mut HeaderMap, name: header::HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
