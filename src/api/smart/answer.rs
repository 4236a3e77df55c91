//! How do these endpoints answer, and what was sent to them?
//!
//! JSON that nobody between may keep (A-EP-06), and refusals with OAuth's own codes; what is refused here is no
//! OperationOutcome, for those who read it are OAuth's libraries: <https://www.rfc-editor.org/rfc/rfc6749#section-5>.

use std::sync::Arc;

use access::oauth::sent::SENT_BYTES_MAX;
use access::oauth::{ErrorCode, Refused, Sent};
use axum::body::Body;
use axum::http::{HeaderMap, HeaderValue, Request, StatusCode, header};
use axum::response::Response;
use interactions::parse_pairs;
use serde_json::Value;

use crate::app::App;
use crate::body;

const JSON: HeaderValue = HeaderValue::from_static("application/json");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_CACHE: HeaderValue = HeaderValue::from_static("no-cache");
const FORM: &str = "application/x-www-form-urlencoded";

/// Why an endpoint does not do what was asked.
pub(super) enum Failed {
    /// The client can mend it.
    Refused(Refused),
    /// Storage does not answer.
    Storage(store::Error),
}

impl From<Refused> for Failed {
    fn from(refused: Refused) -> Self {
        Self::Refused(refused)
    }
}

impl From<store::Error> for Failed {
    fn from(error: store::Error) -> Self {
        Self::Storage(error)
    }
}

/// A form and the header beside it that may show who sends it.
pub(super) struct Form {
    pub(super) sent: Sent,
    pub(super) authorization: Option<String>,
}

/// Reads a form (A-TOK-11).
pub(super) async fn form(app: &App, request: Request<Body>) -> Result<Form, Refused> {
    let (parts, body) = request.into_parts();
    let content_type = body::content_type(&parts.headers).ok().flatten().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(FORM) {
        return Err(Refused::request(format!("the body is not a form: {FORM} was expected")));
    }
    let refuse = |why: &str| Refused::request(why);
    let read = body::read(&parts.headers, body, SENT_BYTES_MAX, &app.bodies).await;
    let (bytes, _held) = read.map_err(|_| refuse("the body is too long or did not come whole"))?;
    let text = std::str::from_utf8(&bytes).map_err(|_| refuse("the body is not UTF-8"))?;
    let pairs = parse_pairs(text).map_err(|_| refuse("the form holds a broken percent escape"))?;
    Ok(Form { sent: Sent::new(pairs)?, authorization: authorization(&parts.headers)? })
}

fn authorization(headers: &HeaderMap) -> Result<Option<String>, Refused> {
    let mut all = headers.get_all(header::AUTHORIZATION).iter();
    let text = all.next().map(|value| value.to_str().map(str::to_owned)).transpose();
    match (text, all.next()) {
        (Ok(text), None) => Ok(text),
        _ => Err(Refused::request("`Authorization` is not text or is sent twice")),
    }
}

/// JSON that is for the caller alone.
pub(super) fn json(status: StatusCode, value: &Value) -> Response {
    let mut response = Response::new(Body::from(value.to_string()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, JSON);
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::PRAGMA, NO_CACHE);
    response
}

/// An answer, or why there is none; `authorization` is how the client showed who it is.
pub(super) fn told(answer: Result<Value, Failed>, authorization: Option<&str>) -> Response {
    match answer {
        Ok(value) => json(StatusCode::OK, &value),
        Err(Failed::Refused(refused)) => refusal(&refused, authorization),
        Err(Failed::Storage(error)) => {
            tracing::warn!(error = %error, "storage did not answer an endpoint of sign-in");
            let refused = Refused::new(ErrorCode::ServerError, "storage does not answer; try again");
            json(StatusCode::SERVICE_UNAVAILABLE, &refused.to_json())
        }
    }
}

/// A refusal, with the status that RFC 6749 gives it.
pub(super) fn refusal(refused: &Refused, authorization: Option<&str>) -> Response {
    let status = match refused.code {
        ErrorCode::InvalidClient => StatusCode::UNAUTHORIZED,
        ErrorCode::ServerError => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    let mut response = json(status, &refused.to_json());
    if status == StatusCode::UNAUTHORIZED && authorization.is_some() {
        let basic = HeaderValue::from_static("Basic realm=\"auth\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, basic);
    }
    response
}

/// What a server without sign-in says where its endpoints would be.
pub(super) fn absent(app: &Arc<App>) -> Option<Response> {
    let issue = || model::Issue::error(model::Code::UnknownPath, "this server runs without sign-in");
    app.sign_in.is_none().then(|| crate::error::answer(&issue().into()))
}
