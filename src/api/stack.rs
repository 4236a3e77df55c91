//! What happens to every request, whatever it asks for?
//!
//! One function instead of a tower of layers, because each step is one line and the order matters.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::State;
use axum::http::{HeaderValue, Request, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;
use model::limits::{REQUESTS_MAX, URL_BYTES_MAX};
use model::{Code, Issue, Severity};
use tokio::time::Instant;

use crate::app::App;
use crate::metrics::Observed;
use crate::{cors, encoding, error};

const REQUEST_ID: &str = "x-request-id";
const REQUEST_ID_LENGTH_MAX: usize = 64;

const TRACE_PARENT: &str = "traceparent";

/// Bytes of a `traceparent` of the version that is known; later ones may go on after a dash.
const TRACE_PARENT_LENGTH: usize = 55;

/// What the inner handler tells the log and the metrics about its answer.
#[derive(Clone, Copy)]
pub(crate) struct Told {
    /// The interaction's code.
    pub interaction: &'static str,
    /// The resource type, or nothing.
    pub resource_type: &'static str,
}

/// Runs the steps around a request, outermost first.
pub(crate) async fn handle(State(app): State<Arc<App>>, request: Request<Body>, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(&request);
    let method = request.method().clone();
    let origin = request.headers().get(header::ORIGIN).cloned();
    let trace_parent = request.headers().get(TRACE_PARENT).filter(|sent| is_trace_parent(sent)).cloned();
    let accepted = encoding::accepted(request.headers());
    // Load is shed before any work is done for the request. Whether the server lives is told all the
    // same: one that is busy must not be taken for dead.
    let is_probe = request.uri().path().starts_with("/health/");
    let at_work = AtWork::enter(&app.at_work);
    let mut response = if at_work.is_some() || is_probe {
        guarded(&app, request, next).await
    } else {
        error::answer(&overloaded())
    };
    // What browsers may see is said on errors too, or they could not show them.
    cors::allow(&app.settings.cors_origins, origin.as_ref(), response.headers_mut());
    response = encoding::encode(response, accepted).await;
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let told = response.extensions().get::<Told>().copied();
    let told = told.unwrap_or(Told { interaction: "", resource_type: "" });
    let status = response.status().as_u16();
    let took = started.elapsed();
    app.metrics.observe(&Observed { interaction: told.interaction, status, took });
    tracing::info!(
        target: "request",
        id = id,
        http.method = method.as_str(),
        http.status = status,
        fhir.interaction = told.interaction,
        fhir.resource = told.resource_type,
        duration_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        traceparent = trace_parent.as_ref().and_then(|sent| sent.to_str().ok()?.get(..TRACE_PARENT_LENGTH)),
        "answered"
    );
    response
}

/// Answers also when the code panics; how long work may take is said where it begins, in `fhir.rs`.
async fn guarded(app: &App, request: Request<Body>, next: Next) -> Response {
    if request.uri().path_and_query().is_some_and(|url| url.as_str().len() > URL_BYTES_MAX) {
        let message = format!("the URL is longer than the limit of {URL_BYTES_MAX} bytes");
        return error::answer(&Issue::error(Code::UrlTooLong, message).into());
    }
    if let Some(preflight) = cors::preflight(&app.settings.cors_origins, &request) {
        return preflight;
    }
    let work = AssertUnwindSafe(next.run(request)).catch_unwind();
    match work.await {
        Ok(response) => response,
        Err(_) => {
            tracing::error!("a request met a bug and was given up; the panic is reported above");
            let issue = Issue::error(Code::Internal, "the server met a fault of its own");
            error::answer(&issue.with_severity(Severity::Fatal).into())
        }
    }
}

fn overloaded() -> interactions::Failure {
    Issue::error(Code::Overloaded, format!("{REQUESTS_MAX} requests are in work already")).into()
}

/// Counts a request as in work for as long as it lives, also when its client goes away.
struct AtWork<'a>(&'a AtomicUsize);

impl<'a> AtWork<'a> {
    fn enter(count: &'a AtomicUsize) -> Option<Self> {
        let entered = Self(count);
        (count.fetch_add(1, Ordering::Relaxed) < REQUESTS_MAX).then_some(entered)
    }
}

impl Drop for AtWork<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The client's own id where it is harmless in a log, else a number of ours.
fn request_id(request: &Request<Body>) -> String {
    static NEXT: AtomicUsize = AtomicUsize::new(1);
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    let sent = request.headers().get(REQUEST_ID).map(HeaderValue::as_bytes);
    let usable = sent.filter(|id| (1..=REQUEST_ID_LENGTH_MAX).contains(&id.len()) && id.iter().all(plain));
    match usable.and_then(|id| std::str::from_utf8(id).ok()) {
        Some(id) => id.to_owned(),
        None => NEXT.fetch_add(1, Ordering::Relaxed).to_string(),
    }
}

/// Whether a client names its trace as it should: version, trace, span and flags in lower-case
/// hexadecimal digits, neither of the ids zero (<https://www.w3.org/TR/trace-context/#traceparent-header>).
fn is_trace_parent(sent: &HeaderValue) -> bool {
    let Some((known, rest)) = sent.as_bytes().split_at_checked(TRACE_PARENT_LENGTH) else { return false };
    let digits = |byte: &u8| byte.is_ascii_digit() || matches!(byte, b'a'..=b'f');
    let formed = known.iter().enumerate().all(|(place, byte)| match place {
        2 | 35 | 52 => *byte == b'-',
        _ => digits(byte),
    });
    let named = |id: &[u8]| id.iter().any(|byte| *byte != b'0');
    let version = &known[..2];
    let ended = rest.is_empty() || (version != b"00" && rest[0] == b'-');
    formed && ended && version != b"ff" && named(&known[3..35]) && named(&known[36..52])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_trace_is_joined_only_where_it_is_named_as_it_should_be() {
        const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
        const SPAN: &str = "00f067aa0ba902b7";
        for (sent, expected) in [
            (format!("00-{TRACE}-{SPAN}-01"), true),
            (format!("cc-{TRACE}-{SPAN}-01-more"), true),
            (format!("00-{TRACE}-{SPAN}-01-more"), false),
            (format!("cc-{TRACE}-{SPAN}-01more"), false),
            (format!("ff-{TRACE}-{SPAN}-01"), false),
            (format!("00-{TRACE}-{SPAN}-0"), false),
            (format!("00-{}-{SPAN}-01", TRACE.to_uppercase()), false),
            (format!("00-{}-{SPAN}-01", "0".repeat(32)), false),
            (format!("00-{TRACE}-{}-01", "0".repeat(16)), false),
            (format!("00-{TRACE}_{SPAN}-01"), false),
            (format!("00-{TRACE}\"{SPAN}-01"), false),
            (String::new(), false),
        ] {
            let value = HeaderValue::from_str(&sent).expect("a header");
            assert_eq!(is_trace_parent(&value), expected, "{sent}");
        }
    }
}
