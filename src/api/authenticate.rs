//! Who asks?
//!
//! A bearer token (<https://www.rfc-editor.org/rfc/rfc6750>) becomes what it stands for, and that becomes a
//! principal. What was looked up a moment ago is not looked up again: a token that is taken back, on whichever
//! server, is refused within [`KNOWN_MICROS`]. Cookies count for nothing here (A-CS-02).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};

use access::{Bearer, Principal, token as secret};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use model::{Code, Instant, Issue};

use crate::app::App;
use crate::error;
use crate::smart::Records;

/// How long a bearer is taken as it was found.
const KNOWN_MICROS: i64 = 1_000_000;

/// Bearers that are kept at most; a token is a few hundred bytes.
const KNOWN_MAX: usize = 10_000;

/// The bearers that were looked up of late, by the digests of their tokens.
#[derive(Default)]
pub(crate) struct Known(Mutex<HashMap<String, Held>>);

/// A bearer that was looked up.
struct Held {
    found: Found,
    looked_at: Instant,
}

/// What a token stands for, and who that is.
#[derive(Clone)]
struct Found {
    bearer: Arc<Bearer>,
    principal: Principal,
}

/// Who asks, on this server.
pub(crate) async fn principal(app: &App, headers: &HeaderMap) -> Result<Principal, Issue> {
    match &app.sign_in {
        Some(_) => Ok(found(app, headers).await?.map_or(Principal::Nobody, |found| found.principal)),
        None if app.settings.open => Ok(Principal::Open),
        None => Ok(Principal::Nobody),
    }
}

/// What the request's token stands for; none where it carries none, an issue where it is not good.
pub(crate) async fn bearer(app: &App, headers: &HeaderMap) -> Result<Option<Arc<Bearer>>, Issue> {
    Ok(found(app, headers).await?.map(|found| found.bearer))
}

async fn found(app: &App, headers: &HeaderMap) -> Result<Option<Found>, Issue> {
    let mut sent = headers.get_all(header::AUTHORIZATION).iter();
    let Some(first) = sent.next() else { return Ok(None) };
    let token = first.to_str().ok().and_then(token).filter(|_| sent.next().is_none());
    let bad =
        || Issue::error(Code::Unauthenticated, "the bearer token is not good: it is none, or has ended");
    let digest = secret::digest(token.ok_or_else(bad)?);
    let now = (app.context.clock)();
    if let Some(known) = app.sign_in.as_ref().and_then(|it| it.known.get(&digest, now)) {
        return Ok(Some(known));
    }
    let looked_up = Records::of(app).bearer(&digest).await;
    let failed = |error: store::Error| {
        tracing::warn!(error = %error, "a token could not be looked up");
        Issue::error(Code::StorageUnavailable, "storage does not answer")
    };
    let bearer = looked_up.map_err(failed)?.ok_or_else(bad)?;
    let Some(sign_in) = &app.sign_in else {
        let principal = interactions::principal(&app.context, &bearer);
        return Ok(Some(Found { bearer: Arc::new(bearer), principal }));
    };
    // How far it reaches takes longer to tell than to look it up, and is the same as long as it says the same.
    let found = sign_in.known.as_before(&digest, &bearer).unwrap_or_else(|| {
        let principal = interactions::principal(&app.context, &bearer);
        Found { bearer: Arc::new(bearer), principal }
    });
    sign_in.known.keep(digest, Held { found: found.clone(), looked_at: now });
    Ok(Some(found))
}

/// The token in an `Authorization` of this kind.
pub(crate) fn token(authorization: &str) -> Option<&str> {
    let (scheme, token) = authorization.split_once(' ')?;
    let token = token.trim();
    let is_ours = scheme.eq_ignore_ascii_case("bearer") && token.len() == secret::SECRET_LENGTH;
    is_ours.then_some(token)
}

/// What is said to whoever sends no token.
pub(crate) fn asks_for_sign_in() -> Issue {
    Issue::error(Code::Unauthenticated, "a bearer token is needed")
}

/// Refuses a token, and says so as RFC 6750 has it.
pub(crate) fn refused(issue: &Issue) -> Response {
    let mut response = error::answer(&issue.clone().into());
    tell_invalid(issue, response.headers_mut());
    response
}

/// Says that the token is what is wrong; not where storage failed.
pub(crate) fn tell_invalid(issue: &Issue, headers: &mut HeaderMap) {
    if issue.code == Code::Unauthenticated {
        let invalid = HeaderValue::from_static("Bearer error=\"invalid_token\"");
        headers.insert(header::WWW_AUTHENTICATE, invalid);
    }
}

/// Looks a token up anew when it comes next.
pub(crate) fn forget(app: &App, digest: &str) {
    if let Some(sign_in) = &app.sign_in {
        sign_in.known.held().remove(digest);
    }
}

/// Looks every token up anew.
pub(crate) fn forget_all(app: &App) {
    if let Some(sign_in) = &app.sign_in {
        sign_in.known.held().clear();
    }
}

impl Known {
    fn held(&self) -> MutexGuard<'_, HashMap<String, Held>> {
        self.0.lock().expect("whoever holds the lock only moves values, which does not panic")
    }

    fn get(&self, digest: &str, now: Instant) -> Option<Found> {
        let all = self.held();
        let held = all.get(digest)?;
        // A clock that was set back makes what is known no fresher.
        let is_fresh = (0..KNOWN_MICROS).contains(&now.0.saturating_sub(held.looked_at.0));
        (is_fresh && held.found.bearer.expires_at > now).then(|| held.found.clone())
    }

    /// What was found before, if it said the same.
    fn as_before(&self, digest: &str, bearer: &Bearer) -> Option<Found> {
        self.held().get(digest).map(|held| held.found.clone()).filter(|found| *found.bearer == *bearer)
    }

    fn keep(&self, digest: String, held: Held) {
        let mut all = self.held();
        if all.len() >= KNOWN_MAX {
            let now = held.looked_at.0;
            all.retain(|_, held| now.saturating_sub(held.looked_at.0) < KNOWN_MICROS);
        }
        // So many at the same second: whoever is not kept is looked up each time.
        if all.len() < KNOWN_MAX {
            all.insert(digest, held);
        }
    }
}
