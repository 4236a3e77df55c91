//! What is stored for tokens, and how is it found?
//!
//! Clients, tokens and notes as grants, whose content `access` understands.

use access::account::{self, Account};
use access::bearer::{self, Bearer};
use access::client::{self, Client};
use access::oauth::assertion::USED_KIND;
use access::oauth::authorize::{self, Code};
use access::oauth::exchange::{SPENT_KIND, SPENT_SECONDS, Spent};
use access::oauth::refresh::{self, Refresh};
use access::oauth::standing::agreements_of;
use access::oauth::{Once, later};
use access::{Permit, token};
use bytes::Bytes;
use model::Instant;
use store::{Grant, Result, Store};

use crate::app::App;

/// The grants of sign-in, as of one moment.
pub(crate) struct Records<'a> {
    store: &'a dyn Store,
    permit: Permit,
    pub(crate) now: Instant,
}

impl<'a> Records<'a> {
    /// The grants as they stand now.
    pub(crate) fn of(app: &'a App) -> Self {
        let permit = Permit::for_the_server("tokens and clients are no resources of anybody");
        Self { store: &*app.context.store, permit, now: (app.context.clock)() }
    }

    async fn get(&self, kind: &str, id: &str) -> Result<Option<Bytes>> {
        let found = self.store.granted(&self.permit, kind, id, self.now).await?;
        Ok(found.map(|grant| grant.value))
    }

    fn grant(&self, (kind, id): (&str, String), value: Vec<u8>, until: Instant) -> Grant {
        Grant { kind: kind.to_owned(), id, value: value.into(), expires_at: Some(until) }
    }

    /// A client that is registered and not shut out.
    pub(crate) async fn client(&self, id: &str) -> Result<Option<Client>> {
        // What was never registered is not looked for: not every store takes every text.
        if !client::is_id(id) {
            return Ok(None);
        }
        let found = self.get(client::KIND, id).await?;
        let client = found.and_then(|json| Client::from_json(&json));
        Ok(client.filter(|client| !client.disabled))
    }

    /// Notes that an assertion was used; says whether it was the first time.
    pub(crate) async fn use_assertion(&self, once: Once) -> Result<bool> {
        let note = self.grant((USED_KIND, once.id), Vec::new(), once.until);
        self.store.grant_first(&self.permit, note, self.now).await
    }

    /// Keeps an access token.
    pub(crate) async fn keep_token(&self, token: &str, bearer: &Bearer) -> Result<()> {
        let grant = self.grant((bearer::KIND, token::digest(token)), bearer.to_json(), bearer.expires_at);
        self.store.grant(&self.permit, grant).await
    }

    /// What an access token stands for, if everything that it hangs on stands, too.
    pub(crate) async fn bearer(&self, digest: &str) -> Result<Option<Bearer>> {
        let found = self.get(bearer::KIND, digest).await?;
        let Some(bearer) = found.and_then(|json| Bearer::from_json(&json)) else { return Ok(None) };
        let stands = self.client(&bearer.client_id).await?.is_some()
            && match (&bearer.account, &bearer.born_of) {
                (None, None) => true,
                (Some(account), Some(family)) => self.stands(account, family).await?,
                // No token is made like that.
                _ => false,
            };
        Ok(Some(bearer).filter(|_| stands))
    }

    /// Whether what was agreed to holds, and the account may still be used.
    pub(crate) async fn stands(&self, account: &str, family: &str) -> Result<bool> {
        let found = self.get(account::KIND, account).await?;
        let enabled = found.and_then(|json| Account::from_json(&json)).is_some_and(|it| !it.disabled);
        Ok(enabled && self.get(&agreements_of(account), family).await?.is_some())
    }

    /// Spends a code: none where there is no such code, or where it was spent before, and then everything that came
    /// of it is taken back.
    pub(crate) async fn spend(&self, code: &str) -> Result<Option<Code>> {
        let id = token::digest(code);
        let found = self.get(authorize::KIND, &id).await?;
        if let Some(code) = found.and_then(|json| Code::from_json(&json)) {
            let until = later(self.now, SPENT_SECONDS);
            let note = self.grant((SPENT_KIND, id.clone()), Spent::of(&code).to_json(), until);
            if self.store.grant_first(&self.permit, note, self.now).await? {
                return Ok(Some(code));
            }
        }
        let spent = self.get(SPENT_KIND, &id).await?;
        if let Some(spent) = spent.and_then(|json| Spent::from_json(&json)) {
            tracing::warn!(account = spent.account, "a code came twice: what came of it is taken back");
            self.revoke_family(&spent.account, &spent.family).await?;
        }
        Ok(None)
    }

    /// A refresh token as it is kept, also after its use.
    pub(crate) async fn refresh(&self, token: &str) -> Result<Option<Refresh>> {
        let found = self.get(refresh::KIND, &token::digest(token)).await?;
        Ok(found.and_then(|json| Refresh::from_json(&json)))
    }

    /// Keeps a refresh token; says whether nobody had kept it before.
    pub(crate) async fn keep_refresh(&self, token: &str, refresh: &Refresh, until: Instant) -> Result<bool> {
        let grant = self.grant((refresh::KIND, token::digest(token)), refresh.to_json(), until);
        self.store.grant_first(&self.permit, grant, self.now).await
    }

    /// Takes an access token back.
    pub(crate) async fn revoke_token(&self, digest: &str) -> Result<()> {
        self.store.redeem(&self.permit, bearer::KIND, digest, self.now).await.map(drop)
    }

    /// Takes back everything that came of one yes.
    pub(crate) async fn revoke_family(&self, account: &str, family: &str) -> Result<()> {
        let kind = agreements_of(account);
        self.store.redeem(&self.permit, &kind, family, self.now).await.map(drop)
    }
}
