//! What are id tokens signed with?
//!
//! RSA keys that are made at the first start with sign-in and kept in the database, so that they are good after a
//! restart and on every server that shares it. They are not encrypted there yet: whoever reads the database can sign.

use access::Permit;
use access::keys::{SIGNING_KIND, Signing, SigningKey};
use model::Instant;
use rsa::RsaPrivateKey;
use rsa::pkcs8::EncodePrivateKey;
use rsa::rand_core::{self, CryptoRng, RngCore};
use store::{Grant, GrantPage, Store};

/// Bits of a key: what NIST SP 800-57 wants until 2030 and every client takes.
const BITS: usize = 2_048;

/// Keys that are read at most: the one in use, its successor, and those whose tokens have not ended.
const KEYS_MAX: usize = 16;

/// The first key's id: of servers that begin at the same moment one is the first.
const FIRST: &str = "1";

/// The keys of this database, made when there are none yet.
pub(crate) async fn of(store: &dyn Store, now: Instant) -> Result<Signing, String> {
    let permit = Permit::for_the_server("what id tokens are signed with belongs to no client");
    let failed = |error: store::Error| format!("cannot read what id tokens are signed with: {error}");
    let page = GrantPage { after: None, count: KEYS_MAX, now };
    let mut found = store.list(&permit, SIGNING_KIND, page).await.map_err(failed)?;
    if found.is_empty() {
        let made =
            tokio::task::spawn_blocking(make).await.map_err(|_| "making a key failed".to_owned())??;
        let key = SigningKey::new(&made, 0).ok_or("a key that was made cannot sign")?;
        let (kind, id) = (SIGNING_KIND.to_owned(), FIRST.to_owned());
        let grant = Grant { kind, id, value: key.to_json().into(), expires_at: None };
        store.grant_first(&permit, grant, now).await.map_err(failed)?;
        found = store.list(&permit, SIGNING_KIND, page).await.map_err(failed)?;
    }
    let keys: Option<Vec<_>> = found.iter().map(|grant| SigningKey::from_json(&grant.value)).collect();
    let keys = keys.ok_or("a key that id tokens are signed with cannot be read")?;
    Ok(Signing::new(&keys))
}

/// A private key as PKCS#8. The crate `rsa` makes it and never uses it: ring signs.
fn make() -> Result<Vec<u8>, String> {
    let failed = |error: &dyn std::fmt::Display| format!("cannot make a key: {error}");
    let key = RsaPrivateKey::new(&mut Chance, BITS).map_err(|error| failed(&error))?;
    let written = key.to_pkcs8_der().map_err(|error| failed(&error))?;
    Ok(written.as_bytes().to_vec())
}

/// Chance as the generator of keys wants it.
struct Chance;

impl RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).expect("the system gives random bytes once it has started");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for Chance {}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use store::memory::Memory;

    use super::*;

    #[tokio::test]
    async fn a_key_is_made_once_for_a_database() {
        let store = Memory::new(Arc::new(|| Instant(1)));
        let first = of(&store, Instant(1)).await.expect("memory answers").key_set();
        let again = of(&store, Instant(2)).await.expect("memory answers").key_set();
        assert_eq!(first, again);
        assert_eq!(first["keys"].as_array().map(Vec::len), Some(1));
    }
}
