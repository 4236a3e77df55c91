//! What do the pages keep between one visit and the next?
//!
//! Grants under random ids of which only digests are stored: sessions, the requests that people are about to answer, and
//! what they agreed to.

use access::oauth::standing::agreements_of;
use access::session::{self, Session};
use access::{Permit, token};
use bytes::Bytes;
use model::Instant;
use serde::{Deserialize, Serialize};
use store::{Grant, GrantPage, Result, Store};

/// The kind of grant that begun requests are.
pub(super) const REQUEST: &str = "request";

/// The kind of grant that known browsers are.
pub(super) const DEVICE: &str = "device";

/// How long somebody may take to sign in and agree.
const REQUEST_MICROS: i64 = 15 * 60 * 1_000_000;

/// Grants of one person that are shown.
const SHOWN_MAX: usize = 100;

/// What somebody is about to answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Request {
    /// What it is about.
    pub(super) aim: Aim,
    /// The digest of the browser's own cookie: nobody else goes on with it.
    pub(super) browser: String,
    /// What the sign-in form carries.
    pub(super) form_key: String,
    /// When it was begun, in microseconds.
    pub(super) begun_at: i64,
    /// The patient that was chosen.
    pub(super) patient: Option<String>,
}

/// What a begun request is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Aim {
    /// To see a page of ours, by its path.
    Page(String),
    /// To let an app in: the parameters as they were sent, which are looked at anew at each step.
    Authorize(Vec<(String, String)>),
}

/// What somebody agreed to, for the list of apps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Agreement {
    pub(super) client_id: String,
    pub(super) app: String,
    pub(super) scopes: String,
    pub(super) patient: Option<String>,
    /// In microseconds.
    pub(super) at: i64,
    /// The number of the session in which that was.
    pub(super) session: String,
    /// What the tokens of it have in common.
    pub(super) family: String,
}

/// Where it is kept.
#[derive(Clone)]
pub(super) struct Keeper<'a> {
    store: &'a dyn Store,
    permit: Permit,
    now: Instant,
}

impl<'a> Keeper<'a> {
    pub(super) fn new(store: &'a dyn Store, now: Instant) -> Self {
        let permit = Permit::for_the_server("sessions and begun requests are no resources of anybody");
        Self { store, permit, now }
    }

    /// What is kept, if it has not ended.
    pub(super) async fn get(&self, kind: &str, id: &str) -> Result<Option<Bytes>> {
        let kept = self.store.granted(&self.permit, kind, id, self.now).await?;
        Ok(kept.map(|grant| grant.value))
    }

    /// Keeps something until a moment, in microseconds, or for ever.
    pub(super) async fn keep(
        &self,
        (kind, id): (&str, &str),
        value: Vec<u8>,
        until: Option<Instant>,
    ) -> Result<()> {
        let value = Bytes::from(value);
        let grant = Grant { kind: kind.to_owned(), id: id.to_owned(), value, expires_at: until };
        self.store.grant(&self.permit, grant).await
    }

    /// Takes something out: of any number of callers exactly one gets it.
    pub(super) async fn take(&self, kind: &str, id: &str) -> Result<Option<Bytes>> {
        let taken = self.store.redeem(&self.permit, kind, id, self.now).await?;
        Ok(taken.map(|grant| grant.value))
    }

    /// The first of a kind, by id.
    pub(super) async fn list(&self, kind: &str) -> Result<Vec<Grant>> {
        self.store.list(&self.permit, kind, GrantPage { after: None, count: SHOWN_MAX, now: self.now }).await
    }

    /// Keeps a session, also on the list of its person.
    pub(super) async fn keep_session(&self, digest: &str, session: &Session) -> Result<()> {
        let until = Some(session.ends_at());
        self.keep((session::KIND, digest), session.to_json(), until).await?;
        self.keep((&sessions_of(&session.account), &session.number), digest.as_bytes().to_vec(), until).await
    }

    /// Ends a session of this person; says whether there was one.
    pub(super) async fn end_session(&self, account: &str, number: &str) -> Result<bool> {
        let Some(digest) = self.take(&sessions_of(account), number).await? else { return Ok(false) };
        let digest = std::str::from_utf8(&digest).unwrap_or_default();
        Ok(self.take(session::KIND, digest).await?.is_some())
    }

    /// The sessions of a person.
    pub(super) async fn sessions(&self, account: &str) -> Result<Vec<Session>> {
        let mut sessions = Vec::new();
        for listed in self.list(&sessions_of(account)).await? {
            let digest = std::str::from_utf8(&listed.value).unwrap_or_default();
            let kept = self.get(session::KIND, digest).await?;
            sessions.extend(kept.and_then(|kept| Session::from_json(&kept)));
        }
        Ok(sessions)
    }

    /// Keeps a request under its handle.
    pub(super) async fn keep_request(&self, handle: &str, request: &Request) -> Result<()> {
        let value = serde_json::to_vec(request).expect("texts and numbers can be written as JSON");
        let until = Instant(request.begun_at.saturating_add(REQUEST_MICROS));
        self.keep((REQUEST, &token::digest(handle)), value, Some(until)).await
    }

    /// The request with this handle, if it was begun in this browser.
    pub(super) async fn request(&self, handle: &str, browser: &str) -> Result<Option<Request>> {
        let kept = self.get(REQUEST, &token::digest(handle)).await?;
        let request = kept.and_then(|kept| serde_json::from_slice::<Request>(&kept).ok());
        Ok(request.filter(|request| token::is_of(browser, &request.browser)))
    }

    /// Keeps what somebody agreed to, for as long as something can come of it.
    pub(super) async fn agree(
        &self,
        account: &str,
        agreement: &Agreement,
        until: Option<Instant>,
    ) -> Result<()> {
        let value = serde_json::to_vec(agreement).expect("texts and numbers can be written as JSON");
        self.keep((&agreements_of(account), &agreement.family), value, until).await
    }

    /// What somebody agreed to.
    pub(super) async fn agreements(&self, account: &str) -> Result<Vec<Agreement>> {
        let kept = self.list(&agreements_of(account)).await?;
        Ok(kept.iter().filter_map(|grant| serde_json::from_slice(&grant.value).ok()).collect())
    }

    /// Takes an agreement away; with it ends every token that was born of it.
    pub(super) async fn disagree(&self, account: &str, family: &str) -> Result<()> {
        self.take(&agreements_of(account), family).await.map(drop)
    }
}

fn sessions_of(account: &str) -> String {
    format!("session/{account}")
}
