//! What are cursors signed with?
//!
//! With bytes that are made once for a database and kept in it: a cursor is good after a restart, and on every server
//! that shares the database.

use std::sync::Arc;
use std::time::Duration;

use access::Permit;
use bytes::Bytes;
use interactions::Secret;
use model::Instant;
use store::{Grant, Store};

use crate::random;

const KIND: &str = "secret";
const ID: &str = "cursor";

/// Milliseconds after which a secret that was just made is looked at once more: servers that begin on one new
/// database at the same moment each make one, and the last one stands for all.
const SETTLING_MS: u64 = 250;

/// Who else may be making a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Nobody: the database is locked for this process.
    Alone,
    /// Other servers on the same database.
    Shared,
}

/// The secret of this database, made when there is none yet.
pub(crate) async fn of(store: &dyn Store, now: Instant, sharing: Sharing) -> Result<Arc<Secret>, String> {
    let permit = Permit::for_the_server("what signs cursors belongs to no client");
    let failed = |error: store::Error| format!("cannot read what cursors are signed with: {error}");
    if let Some(known) = store.granted(&permit, KIND, ID, now).await.map_err(failed)? {
        return read(&known);
    }
    let mut made: Secret = [0; 32];
    for part in made.chunks_mut(8) {
        part.copy_from_slice(&random::eight_bytes());
    }
    let value = Bytes::copy_from_slice(&made);
    let grant = Grant { kind: KIND.to_owned(), id: ID.to_owned(), value, expires_at: None };
    store.grant(&permit, grant).await.map_err(failed)?;
    if sharing == Sharing::Shared {
        tokio::time::sleep(Duration::from_millis(SETTLING_MS)).await;
    }
    match store.granted(&permit, KIND, ID, now).await.map_err(failed)? {
        Some(settled) => read(&settled),
        None => Ok(Arc::new(made)),
    }
}

fn read(grant: &Grant) -> Result<Arc<Secret>, String> {
    let secret: Result<Secret, _> = grant.value.as_ref().try_into();
    let length = grant.value.len();
    secret.map(Arc::new).map_err(|_| format!("what cursors are signed with has {length} bytes, not 32"))
}

#[cfg(test)]
mod tests {
    use store::memory::Memory;

    use super::*;

    #[tokio::test]
    async fn a_secret_is_made_once_for_a_database_and_never_the_same_for_another() {
        let stores = [(); 2].map(|()| Memory::new(Arc::new(|| Instant(1))));
        let mut secrets = Vec::new();
        for store in &stores {
            let first = of(store, Instant(1), Sharing::Alone).await.expect("memory answers");
            let again = of(store, Instant(2), Sharing::Shared).await.expect("memory answers");
            assert_eq!(first, again);
            secrets.push(first);
        }
        assert_ne!(secrets[0], secrets[1]);
    }
}
