//! May this password be tried, and is it right?
//!
//! Each try is kept before the password is looked at, so that tries side by side see each other, on every server that
//! shares the database; [`access::lockout`] says what follows. Whatever the outcome, one hash is computed, so that the
//! time tells nothing (A-LK-02).

use access::account::{self, Account};
use access::lockout::{self, Standing};
use access::password::{self, Cost, SALT_BYTES, Verdict};
use access::token;
use interactions::aside;
use model::Instant;

use super::frame::Trouble;
use super::kept::{DEVICE, Keeper};
use super::visit::Visit;
use super::{cookie, places};

/// Passwords that are looked at or wait for it: each takes 64 MiB and a tenth of a second of one core.
const WAITING_MAX: usize = 64;

/// The account that this name and password open, if they do and may.
pub(super) async fn opened(
    visit: &Visit,
    (name, password): (&str, &str),
) -> Result<Option<Account>, Trouble> {
    let _place = places::Place::take(&visit.app.signing_in, WAITING_MAX).ok_or(Trouble::Busy)?;
    let login = account::login(name);
    let account = match &login {
        Some(login) => visit.accounts().named(login).await?,
        None => None,
    };
    let kind = kind(visit, login.as_deref().unwrap_or_default(), account.as_ref()).await?;
    let number = token::text((visit.app.context.random)());
    let is_heeded = begin(&visit.keeper(), &kind, &number, visit.now).await?;
    let stored = account.as_ref().and_then(|account| account.password.clone());
    let verdict = verdict(visit, password, stored).await?;
    let account = account.filter(|account| is_heeded && verdict != Verdict::Wrong && !account.disabled);
    if !is_heeded || account.is_some() {
        // What was not heeded must not make the wait longer, and what was right was no guess.
        visit.keeper().take(&kind, &number).await?;
    }
    if let Some(account) = account.clone().filter(|_| verdict == Verdict::RightAndOutdated) {
        rehash(visit, account, password).await?;
    }
    Ok(account)
}

/// Under what tries are counted: a name, and apart from that each browser in which the person signed in before.
async fn kind(visit: &Visit, login: &str, account: Option<&Account>) -> Result<String, Trouble> {
    let name = token::digest(login);
    let device = visit.cookie(cookie::DEVICE).map(token::digest);
    if let (Some(device), Some(account)) = (device, account) {
        let known = visit.keeper().get(DEVICE, &device).await?;
        if known.is_some_and(|known| known == account.id.as_bytes()) {
            return Ok(format!("try/{name}/{device}"));
        }
    }
    Ok(format!("try/{name}"))
}

/// Notes a try and says whether it is heeded.
async fn begin(keeper: &Keeper<'_>, kind: &str, number: &str, now: Instant) -> Result<bool, Trouble> {
    let until = Instant(now.0.saturating_add(lockout::WINDOW_MICROS));
    keeper.keep((kind, number), now.0.to_string().into_bytes(), Some(until)).await?;
    let others = keeper.list(kind).await?.into_iter().filter(|grant| grant.id != number);
    let moment = |value: &[u8]| std::str::from_utf8(value).ok()?.parse().ok().map(Instant);
    // A note that cannot be read counts as a try of now.
    let tried: Vec<_> = others.map(|grant| moment(&grant.value).unwrap_or(now)).collect();
    Ok(lockout::standing(&tried, now) == Standing::Free)
}

async fn verdict(visit: &Visit, password: &str, stored: Option<String>) -> Result<Verdict, Trouble> {
    let password = password.to_owned();
    let work = move || match stored {
        Some(stored) => password::verify(&password, &stored, Cost::default()),
        None => password::verify_nobody(&password, Cost::default()),
    };
    aside::run(&visit.app.context, work).await.map_err(|_| Trouble::Server)
}

/// Makes the hash again at the cost of today.
async fn rehash(visit: &Visit, account: Account, password: &str) -> Result<(), Trouble> {
    let chance = (visit.app.context.random)();
    let mut salt = [0; SALT_BYTES];
    salt.copy_from_slice(&chance[..SALT_BYTES]);
    let password = password.to_owned();
    let work = move || password::hash(&password, &salt, Cost::default());
    let hash = aside::run(&visit.app.context, work).await.map_err(|_| Trouble::Server)?;
    Ok(visit.accounts().keep(&Account { password: Some(hash), ..account }).await?)
}
