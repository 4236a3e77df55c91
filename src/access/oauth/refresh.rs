//! How does an app go on without anybody there?
//!
//! With a refresh token, which is good once: each use gives the next one (A-RF-01 to A-RF-04). The next one is made of
//! the last and a secret of the server, so that two uses at the same moment give the same, and a use whose answer was
//! lost can be made good for a few seconds. Whoever comes later with a token that was used has stolen it, or was
//! stolen from: everything that came of the same yes ends.

use model::{Instant, ResourceType};
use serde::{Deserialize, Serialize};

use super::backend::understood;
use super::standing::Standing;
use super::{ErrorCode, Refused, later};
use crate::client::{Client, GrantType};
use crate::scope::{Scope, Scopes};
use crate::token;

/// The kind of grant that refresh tokens are, by their digest.
pub const KIND: &str = "refresh";

/// How long a refresh token waits to be used, where the person need not be there: three months (A-RF-01).
const OFFLINE_SECONDS: i64 = 92 * 24 * 3_600;

/// How long an app goes on in all without the person agreeing anew (A-RF-03).
const OFFLINE_SECONDS_MAX: i64 = 365 * 24 * 3_600;

/// How long an app goes on while the person is signed in: no session is longer.
const ONLINE_SECONDS_MAX: i64 = 12 * 3_600;

/// How long a used token gives the same answer once more (A-RF-02).
const GRACE_SECONDS: i64 = 10;

/// A refresh token as it is kept: also after its use, so that a second one is seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refresh {
    /// What it stands for.
    pub standing: Standing,
    /// When it was made.
    #[serde(with = "crate::person::moment")]
    pub made_at: Instant,
}

/// What a token's second use is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The same client asks at once: its answer was lost.
    Lost,
    /// Somebody uses what was used.
    Stolen,
}

impl Refresh {
    /// The first refresh token of a standing, where the client may go on.
    pub fn first(standing: &Standing, client: &Client, types: &[ResourceType]) -> Option<Self> {
        let scopes = standing.scopes(types);
        let may = scopes.has(&Scope::OfflineAccess) || scopes.has(&Scope::OnlineAccess);
        let made_at = standing.began_at;
        (may && client.may(GrantType::RefreshToken)).then(|| Self { standing: standing.clone(), made_at })
    }

    /// The one that follows.
    pub fn next(&self, now: Instant) -> Self {
        Self { standing: self.standing.clone(), made_at: now }
    }

    /// Until when it is kept: a while from its making, and not beyond the end of the whole.
    pub fn until(&self, types: &[ResourceType]) -> Instant {
        let (waits, lasts) = match self.standing.scopes(types).has(&Scope::OfflineAccess) {
            true => (OFFLINE_SECONDS, OFFLINE_SECONDS_MAX),
            false => (ONLINE_SECONDS_MAX, ONLINE_SECONDS_MAX),
        };
        std::cmp::min(later(self.made_at, waits), later(self.standing.began_at, lasts))
    }

    /// What the next access token is for: what was agreed to, or what of it is asked for (A-TOK-09).
    pub fn scopes(
        &self,
        client: &Client,
        asked: Option<&str>,
        types: &[ResourceType],
    ) -> Result<Scopes, Refused> {
        if self.standing.client_id != client.id {
            return Err(Refused::grant("the refresh token is not this client's"));
        }
        if !client.may(GrantType::RefreshToken) {
            let why = "the client may not refresh tokens";
            return Err(Refused::new(ErrorCode::UnauthorizedClient, why));
        }
        let agreed = self.standing.scopes(types);
        let Some(asked) = asked else { return Ok(agreed) };
        let asked = understood(asked, types)?;
        match !asked.is_empty() && agreed.hold(&asked) {
            true => Ok(asked),
            false => Err(Refused::scope("`scope` is more than was agreed to")),
        }
    }

    /// What the use of a token is whose successor stands already.
    pub fn again(successor: &Refresh, now: Instant) -> Again {
        match now <= later(successor.made_at, GRACE_SECONDS) {
            true => Again::Lost,
            false => Again::Stolen,
        }
    }

    /// The record as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads a record that was kept.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// The refresh token that follows another; nobody makes it without the server's secret.
pub fn successor(used: &str, secret: &[u8; 32]) -> String {
    token::derived(secret, &["refresh", used])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::Kind;

    const TYPES: &[ResourceType] = &[ResourceType::known("Observation"), ResourceType::known("Patient")];

    fn client(id: &str, grant_types: &[GrantType]) -> Client {
        Client {
            id: id.into(),
            name: "App".into(),
            kind: Kind::Public,
            redirect_uris: Vec::new(),
            scopes: String::new(),
            grant_types: grant_types.to_vec(),
            origins: Vec::new(),
            launch_url: None,
            disabled: false,
            registered_at: Instant(0),
        }
    }

    fn standing(scopes: &str) -> Standing {
        Standing {
            client_id: "app".into(),
            family: "f".into(),
            account: "1".into(),
            fhir_user: None,
            role: "patient".into(),
            scopes: scopes.into(),
            patient: model::Id::parse("7"),
            signed_in_at: Instant(0),
            began_at: Instant(0),
        }
    }

    fn app() -> Client {
        client("app", &[GrantType::AuthorizationCode, GrantType::RefreshToken])
    }

    #[test]
    fn a_refresh_token_needs_a_scope_and_a_client_for_it() {
        let first =
            |scopes: &str, client: &Client| Refresh::first(&standing(scopes), client, TYPES).is_some();
        assert!(first("offline_access", &app()));
        assert!(first("online_access patient/*.rs", &app()));
        assert!(!first("patient/*.rs", &app()));
        assert!(!first("offline_access", &client("app", &[GrantType::AuthorizationCode])));
    }

    #[test]
    fn a_refresh_gives_no_more_than_was_agreed_to_a_tok_09() {
        let refresh = Refresh { standing: standing("patient/*.rs openid"), made_at: Instant(0) };
        let check = |asked, expected: Result<&str, ErrorCode>| {
            let scopes = refresh.scopes(&app(), asked, TYPES).map(|scopes| scopes.to_string());
            assert_eq!(scopes.map_err(|refused| refused.code), expected.map(str::to_owned), "{asked:?}");
        };
        check(None, Ok("patient/*.rs openid"));
        check(Some("patient/Patient.r"), Ok("patient/Patient.r"));
        for wider in ["patient/*.cruds", "patient/*.rs offline_access", "user/*.rs", "", "bogus"] {
            check(Some(wider), Err(ErrorCode::InvalidScope));
        }
    }

    #[test]
    fn a_refresh_token_is_one_clients_a_tok_08() {
        let refresh = Refresh { standing: standing("offline_access"), made_at: Instant(0) };
        let code = |client: &Client| refresh.scopes(client, None, TYPES).expect_err("refused").code;
        assert_eq!(code(&client("other", &GrantType::ALL)), ErrorCode::InvalidGrant);
        assert_eq!(code(&client("app", &[GrantType::AuthorizationCode])), ErrorCode::UnauthorizedClient);
    }

    #[test]
    fn the_next_token_is_known_only_to_who_has_the_last_and_the_secret() {
        let next = successor("a", &[1; 32]);
        assert_eq!(next, successor("a", &[1; 32]));
        assert_ne!(next, successor("a", &[2; 32]));
        assert_ne!(next, successor("b", &[1; 32]));
        assert_eq!(next.len(), token::SECRET_LENGTH);
    }

    #[test]
    fn a_lost_answer_is_given_again_for_ten_seconds_a_rf_02() {
        let made = Refresh { standing: standing("offline_access"), made_at: Instant(5_000_000) };
        assert_eq!(Refresh::again(&made, Instant(15_000_000)), Again::Lost);
        assert_eq!(Refresh::again(&made, Instant(15_000_001)), Again::Stolen);
    }

    #[test]
    fn refreshing_goes_on_for_three_months_each_and_a_year_in_all_a_rf_01() {
        let day = |days: i64| later(Instant(0), days * 24 * 3_600);
        let offline = Refresh { standing: standing("offline_access"), made_at: Instant(0) };
        assert!(offline.until(TYPES) >= day(90));
        assert!(offline.next(day(80)).until(TYPES) >= day(170));
        assert_eq!(offline.next(day(364)).until(TYPES), day(365));
        let online = Refresh { standing: standing("online_access"), made_at: Instant(0) };
        assert_eq!(online.next(day(0)).until(TYPES), later(Instant(0), ONLINE_SECONDS_MAX));
    }
}
