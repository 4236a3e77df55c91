//! How is a request below the FHIR base answered?

use std::sync::Arc;
use std::time::Duration;

use access::{Demand, Principal, Verb};
use axum::body::Body;
use axum::extract::State;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, Request, StatusCode, header};
use axum::response::Response;
use interactions::operation::Sent;
use interactions::{Answer, Failure, HttpVerb, Offer, Place, Shape, parse_pairs, parse_place};
use model::limits::REQUEST_MS_MAX;
use model::{Code, Issue};
use validate::source::with_lines;

use crate::app::App;
use crate::budget::Held;
use crate::negotiate::{self, View};
use crate::prefer::{self, Preferences};
use crate::routes::BASE;
use crate::stack::Told;
use crate::{authenticate, dispatch, error, preconditions, raw, respond};

/// A request whose target and wishes are understood.
pub(crate) struct Asked {
    pub parts: Parts,
    pub verb: HttpVerb,
    pub place: Place,
    pub view: View,
    pub preferences: Preferences,
    /// The parameters that are the interaction's own.
    pub pairs: interactions::Pairs,
    /// The body, when it is a resource that was read, so that complaints can name its lines.
    pub sent: Option<Sent>,
    /// The memory that the body takes.
    pub held: Option<Held>,
}

/// Answers it, whatever comes of it.
pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request<Body>) -> Response {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().strip_prefix(BASE).unwrap_or_default();
    let place = match parse_place(path.strip_prefix('/').unwrap_or_default(), app.context.definitions) {
        Ok(place) => place,
        Err(issue) => return refuse(&app, &parts, issue),
    };
    if parts.method == Method::OPTIONS {
        return options(&place);
    }
    let resource_type = place.resource_type().map_or("", |resource_type| resource_type.as_str());
    let verb = HttpVerb::parse(parts.method.as_str());
    let offer = verb.and_then(|verb| offer(verb, &place));
    let (Some(verb), Some(offer)) = (verb, offer) else {
        return refuse_method(&app, &parts, verb, &place);
    };
    let mut response = match ask(parts, verb, place) {
        Ok(asked) => answer(&app, offer, asked, body).await,
        Err(issue) => error::answer(&issue.into()),
    };
    if offer.shape == Shape::Metadata && app.sign_in.is_some() {
        // Any page may find out how to get in (A-CORS-01).
        response.headers_mut().insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    }
    response.extensions_mut().insert(Told { interaction: offer.code, resource_type });
    response
}

fn ask(parts: Parts, verb: HttpVerb, place: Place) -> Result<Asked, Issue> {
    let mut pairs = parts.uri.query().map(parse_pairs).transpose()?.unwrap_or_default();
    let names_format = pairs.iter().any(|(name, _)| name == "_format");
    let view = match negotiate::view(&parts.headers, &mut pairs) {
        // Whoever accepts images asks for the bytes of a Binary, not for the resource around them.
        Err(issue) if issue.code == Code::NotAcceptable && raw::may_be_at(&place) && !names_format => {
            View::plain()
        }
        view => view?,
    };
    let preferences = prefer::preferences(&parts.headers)?;
    Ok(Asked { parts, verb, place, view, preferences, pairs, sent: None, held: None })
}

async fn answer(app: &App, offer: &Offer, mut asked: Asked, body: Body) -> Response {
    let principal = match principal(app, offer, &asked.parts.headers).await {
        Ok(principal) => principal,
        Err(issue) => {
            let mut response = respond::failure(app, &issue.clone().into(), &asked.view);
            authenticate::tell_invalid(&issue, response.headers_mut());
            return response;
        }
    };
    match settle(app, &principal, offer, &mut asked, body).await {
        Ok(response) => response,
        Err(mut failure) => {
            if let Some(Sent { bytes, form }) = &asked.sent {
                with_lines(&mut failure.issues, bytes, *form);
            }
            respond::failure(app, &failure, &asked.view)
        }
    }
}

/// Who asks; what the server can do is told to anyone, as SMART wants, where others sign in (A-EP-02).
async fn principal(app: &App, offer: &Offer, headers: &HeaderMap) -> Result<Principal, Issue> {
    match offer.shape {
        Shape::Metadata if app.sign_in.is_some() => Ok(Principal::Open),
        _ => authenticate::principal(app, headers).await,
    }
}

async fn settle(
    app: &App,
    principal: &Principal,
    offer: &Offer,
    asked: &mut Asked,
    body: Body,
) -> Result<Response, Failure> {
    // Nobody is refused before a byte of a body is read.
    access::decide(principal, &Demand::System(Verb::Read))?;
    let interaction = dispatch::interaction(app, principal, offer, asked, body).await?;
    // Awaited where it is made: a future that is moved first takes its room twice.
    let answered = tokio::time::timeout(Duration::from_millis(REQUEST_MS_MAX), async {
        let context = match asked.preferences.validation {
            Some(level) => &app.context.looking_closer(level),
            None => &app.context,
        };
        let answer = interactions::run(context, principal, interaction).await?;
        if let Answer::Version(version) = &answer {
            if preconditions::is_known(&asked.parts.headers, version)? {
                return Ok(respond::not_modified(version));
            }
            if raw::is_asked_for(version, &asked.view) {
                return Box::pin(raw::respond(app, version, &asked.parts.headers)).await;
            }
        }
        respond::success(app, answer, asked).await
    })
    .await;
    answered.unwrap_or_else(|_| {
        let message = format!("the request took longer than the limit of {REQUEST_MS_MAX} ms");
        Err(Issue::error(Code::Timeout, message).into())
    })
}

fn offer(verb: HttpVerb, place: &Place) -> Option<&'static Offer> {
    interactions::ALL.iter().find(|offer| offer.answers(verb, place.shape()))
}

/// The methods that a place answers.
fn allowed(place: &Place) -> HeaderValue {
    let offered = interactions::ALL.iter().filter(|offer| offer.shape == place.shape());
    let mut verbs: Vec<_> = offered.map(|offer| offer.verb.as_str()).collect();
    if verbs.contains(&"GET") {
        verbs.push("HEAD");
    }
    verbs.push("OPTIONS");
    verbs.dedup();
    HeaderValue::from_str(&verbs.join(", ")).expect("method names are tokens")
}

fn options(place: &Place) -> Response {
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::NO_CONTENT;
    response.headers_mut().insert(header::ALLOW, allowed(place));
    response
}

/// Refuses what is not understood, in the form that the client asked for as far as that is.
fn refuse(app: &App, parts: &Parts, issue: Issue) -> Response {
    let mut pairs = parts.uri.query().and_then(|query| parse_pairs(query).ok()).unwrap_or_default();
    let view = negotiate::view(&parts.headers, &mut pairs).unwrap_or_else(|_| View::plain());
    respond::failure(app, &issue.into(), &view)
}

fn refuse_method(app: &App, parts: &Parts, verb: Option<HttpVerb>, place: &Place) -> Response {
    let unknown = || {
        let message = format!("`{}` is not a method of FHIR", parts.method);
        Issue::error(Code::MethodNotAllowed, message)
    };
    let issue = verb.map_or_else(unknown, |verb| interactions::not_offered(verb, place));
    let mut response = refuse(app, parts, issue);
    response.headers_mut().insert(header::ALLOW, allowed(place));
    response
}
