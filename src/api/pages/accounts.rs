//! Which accounts are there?
//!
//! Accounts are kept as grants of two kinds: the account by its id, and its id by the name that the person signs in by.

use access::account::{self, Account};
use access::{Permit, session};
use bytes::Bytes;
use model::Instant;
use store::{Grant, GrantPage, Result, Store};

/// Accounts that are read at a time.
const PAGE: usize = 200;

/// The accounts that a store keeps.
#[derive(Clone)]
pub struct Accounts<'a> {
    store: &'a dyn Store,
    permit: Permit,
    now: Instant,
}

impl<'a> Accounts<'a> {
    /// The accounts in a store, as they stand at `now`.
    pub fn new(store: &'a dyn Store, now: Instant) -> Self {
        let permit = Permit::for_the_server("whoever signs in is nobody yet, and accounts are no resources");
        Self { store, permit, now }
    }

    /// The account with this id.
    pub async fn get(&self, id: &str) -> Result<Option<Account>> {
        let kept = self.store.granted(&self.permit, account::KIND, id, self.now).await?;
        // One that cannot be read lets nobody in.
        Ok(kept.and_then(|grant| Account::from_json(&grant.value)))
    }

    /// The account of who signs in by this name, as [`account::login`] writes it.
    pub async fn named(&self, login: &str) -> Result<Option<Account>> {
        let Some(kept) = self.store.granted(&self.permit, account::LOGIN_KIND, login, self.now).await? else {
            return Ok(None);
        };
        match std::str::from_utf8(&kept.value) {
            Ok(id) => Ok(self.get(id).await?.filter(|account| account.login == login)),
            Err(_) => Ok(None),
        }
    }

    /// Keeps an account, new or changed; its name stays what it is.
    pub async fn keep(&self, account: &Account) -> Result<()> {
        self.grant(account::KIND, &account.id, account.to_json()).await?;
        self.grant(account::LOGIN_KIND, &account.login, account.id.clone().into_bytes()).await
    }

    /// The accounts that follow the one with this id, a page of them; none when there are no more.
    pub async fn page(&self, after: Option<&str>) -> Result<Vec<Account>> {
        let page = GrantPage { after, count: PAGE, now: self.now };
        let kept = self.store.list(&self.permit, account::KIND, page).await?;
        Ok(kept.iter().filter_map(|grant| Account::from_json(&grant.value)).collect())
    }

    /// Ends all sessions of an account that began until now, whatever else is changed with it.
    pub fn end_sessions(&self, account: &mut Account) {
        // A session that begins within the same microsecond belongs to the time after.
        account.sessions_since = Instant(self.now.0.saturating_add(1));
    }

    async fn grant(&self, kind: &str, id: &str, value: Vec<u8>) -> Result<()> {
        debug_assert_ne!(kind, session::KIND, "sessions end, accounts do not");
        let grant =
            Grant { kind: kind.to_owned(), id: id.to_owned(), value: Bytes::from(value), expires_at: None };
        self.store.grant(&self.permit, grant).await
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use store::memory::Memory;

    use super::*;

    fn ana() -> Account {
        Account {
            id: "1".to_owned(),
            login: "ana".to_owned(),
            name: "Ana".to_owned(),
            role: "patient".to_owned(),
            fhir_user: None,
            password: None,
            disabled: false,
            sessions_since: Instant(0),
        }
    }

    #[tokio::test]
    async fn an_account_is_found_by_its_id_and_by_its_name() {
        let store = Memory::new(Arc::new(|| Instant(1)));
        let accounts = Accounts::new(&store, Instant(1));
        accounts.keep(&ana()).await.expect("kept");
        assert_eq!(accounts.get("1").await, Ok(Some(ana())));
        assert_eq!(accounts.named("ana").await, Ok(Some(ana())));
        assert_eq!(accounts.named("bob").await, Ok(None));
        assert_eq!(accounts.page(None).await, Ok(vec![ana()]));
        assert_eq!(accounts.page(Some("1")).await, Ok(vec![]));
    }
}
