//! Which interaction does a request ask for?

mod conditional;
mod search;

use access::{Principal, Verb};
use axum::body::{Body, Bytes};
use axum::http::header;
use interactions::operation::{self, Call, Sent, Target};
use interactions::{
    Content, Failure, HistoryRequest, HttpVerb, Interaction, MetadataMode, Offer, PatchDocument, Place,
    Returning, Shape, binary,
};
use model::xml::document;
use model::{Code, Issue, Object, ResourceType, Value, json};
use store::Scope;

use crate::app::App;
use crate::fhir::Asked;
use crate::{body, negotiate, preconditions};

/// Reads what the interaction needs from the request.
pub(crate) async fn interaction(
    app: &App,
    principal: &Principal,
    offer: &Offer,
    asked: &mut Asked,
    body: Body,
) -> Result<Interaction, Failure> {
    let place = asked.place.clone();
    if !matches!(
        place,
        Place::Metadata
            | Place::SystemHistory
            | Place::TypeHistory(_)
            | Place::InstanceHistory(_)
            | Place::Operation(..)
    ) && !offer.code.starts_with("search")
        && (offer.shape != Shape::Type || offer.code == "create")
    {
        no_parameters(asked)?;
    }
    if asked.view.narrowing.only_count && !offer.code.starts_with("search") {
        let message = "`_summary=count` can only be asked of a search";
        return Err(Issue::error(Code::InvalidParameter, message).into());
    }
    match (offer.code, place) {
        ("read", Place::Instance(key)) => Ok(Interaction::Read(key)),
        ("vread", Place::Version(key, version)) => Ok(Interaction::Vread(key, version)),
        ("create" | "update" | "patch" | "delete", Place::Type(resource_type))
            if let Some(criteria) = conditional::criteria(asked, resource_type)? =>
        {
            conditional::request(app, principal, (asked, body), criteria).await
        }
        ("create", Place::Type(resource_type)) => {
            let verb = (Verb::Create, resource_type);
            let content = content(app, principal, verb, asked, body).await?;
            Ok(Interaction::Create { resource_type, content })
        }
        ("update", Place::Instance(key)) => {
            let expect = preconditions::expectation(&asked.parts.headers)?;
            let verb = (Verb::Update, key.resource_type);
            let content = content(app, principal, verb, asked, body).await?;
            Ok(Interaction::Update { key, content, expect })
        }
        ("patch", Place::Instance(key)) => {
            let expect = preconditions::expectation(&asked.parts.headers)?;
            Ok(Interaction::Patch { key, patch: patch(app, asked, body).await?, expect })
        }
        ("delete", Place::Instance(key)) => {
            let expect = preconditions::expectation(&asked.parts.headers)?;
            Ok(Interaction::Delete { key, expect })
        }
        ("history-instance", Place::InstanceHistory(key)) => Ok(history(Scope::Instance(key), asked)),
        ("history-type", Place::TypeHistory(resource_type)) => Ok(history(Scope::Type(resource_type), asked)),
        ("history-system", Place::SystemHistory) => Ok(history(Scope::System, asked)),
        ("search-type" | "search-system", _) => search::request(app, asked, body).await,
        ("batch" | "transaction", Place::Base) => {
            let bytes = read(app, asked, body).await?;
            if let Some(held) = &mut asked.held {
                held.wait_for_turn(bytes.len()).await?;
            }
            let bundle = resource(app, asked, &bytes)?;
            let returning = asked.preferences.returning.unwrap_or(Returning::Minimal);
            Ok(Interaction::Bundle { bundle, returning })
        }
        ("capabilities", Place::Metadata) => metadata(asked),
        ("operation", Place::Operation(target, name)) => call(app, asked, (target, &name), body).await,
        (code, _) => {
            Err(Issue::error(Code::Internal, format!("`{code}` is listed and not dispatched")).into())
        }
    }
}

/// The call of an operation, with the arguments of body and URL.
async fn call(
    app: &App,
    asked: &mut Asked,
    (target, name): (Target, &str),
    body: Body,
) -> Result<Interaction, Failure> {
    let operation = operation::find(app.context.operations, &target, name, asked.verb)?;
    let bytes = match asked.verb {
        HttpVerb::Post => read(app, asked, body).await?,
        _ => Bytes::new(),
    };
    let resource = if bytes.is_empty() { None } else { Some(resource(app, asked, &bytes)?) };
    let mut call = Call::new(target, resource, &asked.pairs);
    call.sent = asked.sent.take();
    let language = asked.parts.headers.get(header::ACCEPT_LANGUAGE);
    call.language = language.and_then(|language| language.to_str().ok()).map(str::to_owned);
    Ok(Interaction::Operation(operation, call))
}

/// The whole body, which counts as held in memory until the request is answered.
async fn read(app: &App, asked: &mut Asked, body: Body) -> Result<Bytes, Issue> {
    read_within(app, asked, body, app.settings.body_bytes_max).await
}

/// The same, of no more than `limit` bytes.
async fn read_within(app: &App, asked: &mut Asked, body: Body, limit: usize) -> Result<Bytes, Issue> {
    let (bytes, held) = body::read(&asked.parts.headers, body, limit, &app.bodies).await?;
    asked.held = Some(held);
    Ok(bytes)
}

/// The resource in the body, or the raw bytes of a Binary, which go to their place at once.
async fn content(
    app: &App,
    principal: &Principal,
    demand: (Verb, ResourceType),
    asked: &mut Asked,
    sent: Body,
) -> Result<Content, Failure> {
    let headers = &asked.parts.headers;
    let content_type = body::content_type(headers)?;
    if demand.1.as_str() == binary::TYPE
        && let Some(content_type) = content_type
        && !negotiate::essence(content_type).starts_with("application/fhir+")
    {
        let content_type = content_type.to_owned();
        let is_encoded = headers.contains_key(header::CONTENT_ENCODING);
        // What is compressed on its way is inflated under the cap that all bodies have.
        let pieces =
            if is_encoded { body::one_piece(read(app, asked, sent).await?) } else { body::pieces(sent) };
        let stored = binary::receive(&app.context, principal, demand, pieces).await?;
        return Ok(Content::Raw { content_type, stored });
    }
    let bytes = read(app, asked, sent).await?;
    Ok(Content::Resource(resource(app, asked, &bytes)?))
}

/// The resource in a body, which is kept as it came for complaints to name its lines.
fn resource(app: &App, asked: &mut Asked, bytes: &Bytes) -> Result<Object, Issue> {
    let resource = body::resource(&asked.parts.headers, bytes, app.context.definitions)?;
    let form = body::form(&asked.parts.headers, bytes)?;
    asked.sent = Some(Sent { bytes: bytes.clone(), form });
    Ok(resource)
}

async fn patch(app: &App, asked: &mut Asked, body: Body) -> Result<PatchDocument, Failure> {
    let content_type = body::content_type(&asked.parts.headers)?.unwrap_or_default().to_owned();
    let essence = negotiate::essence(&content_type);
    let bytes = read(app, asked, body).await?;
    Ok(match essence.as_str() {
        "application/json-patch+json" => PatchDocument::Json(json::parse(&bytes).map_err(Issue::from)?),
        "application/merge-patch+json" => PatchDocument::Merge(json::parse(&bytes).map_err(Issue::from)?),
        "application/xml-patch+xml" => PatchDocument::Xml(document::parse(&bytes).map_err(Issue::from)?),
        "application/fhir+json" | "application/fhir+xml" => {
            PatchDocument::FhirPath(parameters(app, asked, &bytes)?)
        }
        _ => {
            let message = format!(
                "`{content_type}` is not a patch: application/json-patch+json, application/merge-patch+json, \
                 application/xml-patch+xml, or application/fhir+json or +xml with Parameters is expected"
            );
            return Err(Issue::error(Code::UnsupportedMediaType, message).into());
        }
    })
}

/// The Parameters of a FHIRPath Patch.
fn parameters(app: &App, asked: &Asked, bytes: &Bytes) -> Result<Object, Issue> {
    let resource = body::resource(&asked.parts.headers, bytes, app.context.definitions)?;
    if resource.get("resourceType").and_then(Value::as_str) == Some("Parameters") {
        return Ok(resource);
    }
    let message = "a patch in FHIR's own form is a Parameters resource; whole resources come by PUT";
    Err(Issue::error(Code::MalformedPatch, message))
}

fn history(scope: Scope, asked: &mut Asked) -> Interaction {
    let parameters = std::mem::take(&mut asked.pairs);
    Interaction::History(HistoryRequest { scope, parameters, handling: asked.preferences.handling })
}

fn metadata(asked: &mut Asked) -> Result<Interaction, Failure> {
    let mut mode = MetadataMode::Full;
    let mut wrong = None;
    asked.pairs.retain(|(name, value)| {
        match (name.as_str(), value.as_str()) {
            ("mode", "full") => mode = MetadataMode::Full,
            ("mode", "normative") => mode = MetadataMode::Normative,
            ("mode", "terminology") => mode = MetadataMode::Terminology,
            ("mode", other) => wrong = Some(other.to_owned()),
            _ => return true,
        }
        false
    });
    if let Some(value) = wrong {
        let message = format!("`mode={value}`: full, normative or terminology is expected");
        return Err(Issue::error(Code::InvalidParameter, message).into());
    }
    no_parameters(asked)?;
    Ok(Interaction::Metadata(mode))
}

/// Refuses parameters that nobody will look at, unless the client asked for leniency.
fn no_parameters(asked: &Asked) -> Result<(), Issue> {
    match asked.pairs.first() {
        Some((name, _)) if asked.preferences.handling == interactions::Handling::Strict => {
            let message = format!("`{name}` is not a parameter of this interaction");
            Err(Issue::error(Code::UnknownParameter, message))
        }
        _ => Ok(()),
    }
}
