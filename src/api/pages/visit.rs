//! Who visits a page, with what?

use std::sync::Arc;

use access::account::Account;
use access::session::{self, Session};
use access::token;
use axum::body::Body;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::Response;
use interactions::{Pairs, parse_pairs};
use model::Instant;

use super::accounts::Accounts;
use super::cookie::{self, Travel};
use super::frame::Trouble;
use super::guard;
use super::kept::Keeper;
use super::words::{self, Words};
use crate::app::App;
use crate::{body, smart};

/// Bytes of a form at most.
const FORM_BYTES_MAX: usize = 64 << 10;

/// The only way in which browsers send forms without files.
const FORM: &str = "application/x-www-form-urlencoded";

/// Seconds that a chosen language is kept.
const LANGUAGE_SECONDS: i64 = 365 * 24 * 3600;

/// A request for a page.
pub(crate) struct Visit {
    pub(crate) app: Arc<App>,
    pub(crate) now: Instant,
    /// What the pages say, in the visitor's language.
    pub(crate) words: &'static Words,
    headers: HeaderMap,
    query: Pairs,
    form: Pairs,
    path: String,
}

/// Somebody who is signed in.
pub(crate) struct SignedIn {
    pub(crate) session: Session,
    pub(crate) account: Account,
}

/// Reads a visit, with whatever is wrong with its form.
pub(super) async fn read(app: Arc<App>, parts: Parts, body: Body) -> (Visit, Result<(), Trouble>) {
    let now = (app.context.clock)();
    let query = parts.uri.query().map(parse_pairs).transpose();
    let is_read = query.is_ok();
    let path = parts.uri.path().to_owned();
    let mut visit = Visit {
        now,
        words: words::ALL[0],
        headers: parts.headers,
        query: query.ok().flatten().unwrap_or_default(),
        form: Pairs::new(),
        path,
        app,
    };
    visit.words = visit.language();
    if !is_read {
        return (visit, Err(Trouble::Request));
    }
    if parts.method != axum::http::Method::POST {
        return (visit, Ok(()));
    }
    match form(&visit, body).await {
        Ok(form) => {
            visit.form = form;
            (visit, Ok(()))
        }
        Err(trouble) => (visit, Err(trouble)),
    }
}

async fn form(visit: &Visit, body: Body) -> Result<Pairs, Trouble> {
    let content_type = body::content_type(&visit.headers).ok().flatten().unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    if !essence.eq_ignore_ascii_case(FORM) {
        return Err(Trouble::Request);
    }
    let read = body::read(&visit.headers, body, FORM_BYTES_MAX, &visit.app.bodies).await;
    let (bytes, _held) = read.map_err(|_| Trouble::Request)?;
    let text = std::str::from_utf8(&bytes).map_err(|_| Trouble::Request)?;
    parse_pairs(text).map_err(|_| Trouble::Request)
}

impl Visit {
    /// What was sent by the form, else what stands in the URL.
    pub(super) fn sent(&self) -> &Pairs {
        if self.form.is_empty() { &self.query } else { &self.form }
    }

    /// A field of the form, where it stands there once.
    pub(super) fn field(&self, name: &str) -> Option<&str> {
        once(&self.form, name)
    }

    /// The values of all fields of this name.
    pub(super) fn fields<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.form.iter().filter(move |(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The handle of what was begun: from the form, else from the URL.
    pub(super) fn handle(&self) -> Option<&str> {
        self.field("request").or_else(|| once(&self.query, "request"))
    }

    /// Whether the form came from a page of ours.
    pub(super) fn is_from_here(&self) -> bool {
        guard::is_from(self.origin(), &self.headers)
    }

    /// Scheme, host and port of this server, which is also its issuer.
    pub(super) fn origin(&self) -> &str {
        smart::origin(&self.app.context.policy.base_url)
    }

    /// The path of the page.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// What the browser calls itself.
    pub(super) fn agent(&self) -> String {
        let agent = self.headers.get(header::USER_AGENT).and_then(|agent| agent.to_str().ok());
        Session::agent(agent.unwrap_or_default())
    }

    /// How cookies travel.
    pub(super) fn travel(&self) -> Travel {
        match self.origin().starts_with("https://") {
            true => Travel::Https,
            false => Travel::Loopback,
        }
    }

    /// A cookie that looks like one of ours.
    pub(super) fn cookie(&self, name: &str) -> Option<&str> {
        cookie::read(&self.headers, name, self.travel()).filter(|value| value.len() == token::SECRET_LENGTH)
    }

    /// Sets a cookie: for this visit of the browser, or for so many seconds; 0 takes it away.
    pub(super) fn set_cookie(
        &self,
        response: &mut Response,
        (name, value): (&str, &str),
        seconds: Option<i64>,
    ) {
        let value = cookie::write(name, value, seconds, self.travel());
        response.headers_mut().append(header::SET_COOKIE, value);
    }

    /// Where what is kept for pages is kept.
    pub(super) fn keeper(&self) -> Keeper<'_> {
        Keeper::new(&*self.app.context.store, self.now)
    }

    /// The accounts.
    pub(super) fn accounts(&self) -> Accounts<'_> {
        Accounts::new(&*self.app.context.store, self.now)
    }

    /// Who is signed in, in a session that lasts.
    pub(super) async fn signed_in(&self) -> Result<Option<SignedIn>, Trouble> {
        let Some(cookie) = self.cookie(cookie::SESSION) else { return Ok(None) };
        let digest = token::digest(cookie);
        let kept = self.keeper().get(session::KIND, &digest).await?;
        let Some(mut session) = kept.and_then(|kept| Session::from_json(&kept)) else { return Ok(None) };
        let Some(account) = self.accounts().get(&session.account).await? else { return Ok(None) };
        if !session.lasts(&account, self.now) {
            return Ok(None);
        }
        if session.is_to_be_noted(self.now) {
            session.seen_at = self.now;
            self.keeper().keep_session(&digest, &session).await?;
        }
        Ok(Some(SignedIn { session, account }))
    }

    /// Keeps the language that was chosen on the page.
    pub(super) fn remember_language(&self, response: &mut Response) {
        if once(&self.query, "lang").and_then(words::named).is_some() {
            self.set_cookie(response, (cookie::LANGUAGE, self.words.tag), Some(LANGUAGE_SECONDS));
        }
        response.headers_mut().insert(header::CONTENT_LANGUAGE, HeaderValue::from_static(self.words.tag));
    }

    fn language(&self) -> &'static Words {
        let chosen = once(&self.query, "lang")
            .or_else(|| cookie::read(&self.headers, cookie::LANGUAGE, self.travel()));
        let asked = || once(&self.query, "ui_locales").unwrap_or_default().split(' ').find_map(words::named);
        let liked = self.headers.get(header::ACCEPT_LANGUAGE).and_then(|liked| liked.to_str().ok());
        let chosen = chosen.and_then(words::named).or_else(asked);
        chosen.unwrap_or_else(|| words::liked(liked.unwrap_or_default()))
    }
}

fn once<'p>(pairs: &'p Pairs, name: &str) -> Option<&'p str> {
    let mut found = pairs.iter().filter(|(known, _)| known == name);
    let first = found.next()?;
    found.next().is_none().then_some(first.1.as_str())
}
