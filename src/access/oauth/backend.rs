//! What is a client given in its own name?
//!
//! Backend Services: <https://hl7.org/fhir/smart-app-launch/STU2.2/backend-services.html>. No more than was
//! registered, for five minutes, and nothing to go on with (A-TOK-12).

use model::{Instant, ResourceType};

use super::{BACKEND_TOKEN_SECONDS, ErrorCode, Refused, later};
use crate::bearer::Bearer;
use crate::client::{Client, GrantType, Kind};
use crate::scope::{SCOPE_TEXT_MAX, Scope, ScopeContext, Scopes, Why};

/// Grants what a client asks for in its own name; `number` names the token.
pub fn grant(
    client: &Client,
    asked: Option<&str>,
    types: &[ResourceType],
    (number, now): (String, Instant),
) -> Result<Bearer, Refused> {
    if !client.may(GrantType::ClientCredentials) || !matches!(client.kind, Kind::Asymmetric(_)) {
        let why = "the client may not ask for tokens in its own name";
        return Err(Refused::new(ErrorCode::UnauthorizedClient, why));
    }
    let scopes = granted(client, asked.ok_or_else(|| Refused::scope("`scope` is missing"))?, types)?;
    Ok(Bearer {
        number,
        client_id: client.id.clone(),
        account: None,
        fhir_user: None,
        role: None,
        scopes: scopes.to_string(),
        patient: None,
        encounter: None,
        issued_at: now,
        expires_at: later(now, BACKEND_TOKEN_SECONDS),
        born_of: None,
    })
}

fn granted(client: &Client, asked: &str, types: &[ResourceType]) -> Result<Scopes, Refused> {
    let parsed = understood(asked, types)?;
    // Nobody has signed in, so that no patient and no person is in context.
    let is_own = |scope: &Scope| matches!(scope, Scope::Clinical(it) if it.context == ScopeContext::System);
    let granted = parsed.filtered(is_own).allowed_by(&Scopes::known(&client.scopes, types));
    if granted.is_empty() {
        return Err(Refused::scope("nothing that was asked for is registered for the client"));
    }
    Ok(granted)
}

/// The scopes that are understood; a query that is not offered is refused and not left out (A-SC-12).
pub(crate) fn understood(asked: &str, types: &[ResourceType]) -> Result<Scopes, Refused> {
    if asked.len() > SCOPE_TEXT_MAX {
        return Err(Refused::scope(format!("`scope` is longer than {SCOPE_TEXT_MAX} characters")));
    }
    let parsed = Scopes::parse(asked, types);
    if parsed.dropped.iter().any(|dropped| dropped.why == Why::Query) {
        return Err(Refused::scope("a scope has a query that is not offered"));
    }
    Ok(parsed.scopes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::client::KeySource;

    const TYPES: &[ResourceType] = &[ResourceType::known("Observation"), ResourceType::known("Patient")];

    fn client(kind: Kind, grant_types: &[GrantType]) -> Client {
        Client {
            id: "app".into(),
            name: "App".into(),
            kind,
            redirect_uris: Vec::new(),
            scopes: "system/Patient.rs system/Observation.r user/*.cruds".into(),
            grant_types: grant_types.to_vec(),
            origins: Vec::new(),
            launch_url: None,
            disabled: false,
            registered_at: Instant(0),
        }
    }

    fn asymmetric() -> Client {
        let kind = Kind::Asymmetric(KeySource::Inline("{}".into()));
        client(kind, &[GrantType::ClientCredentials])
    }

    /// What is granted, or the code of the refusal.
    fn check(asked: Option<&str>, expected: &str) {
        let granted = grant(&asymmetric(), asked, TYPES, ("n".into(), Instant(0)));
        let told = granted.map_or_else(|refused| refused.code.as_str().to_owned(), |bearer| bearer.scopes);
        assert_eq!(told, expected, "{asked:?}");
    }

    #[test]
    fn what_is_asked_and_registered_is_granted_a_tok_12() {
        check(Some("system/*.rs"), "system/Patient.rs system/Observation.r");
        check(Some("system/*.read"), "system/Patient.read system/Observation.r");
        check(Some("system/Patient.cruds bogus openid user/*.rs"), "system/Patient.rs");
        check(Some("system/Patient.rs?gender=female"), "system/Patient.rs?gender=female");
    }

    #[test]
    fn nothing_to_grant_is_an_error_a_tok_12() {
        for asked in ["system/Patient.c", "user/*.rs", "patient/*.rs", "openid", "bogus"] {
            check(Some(asked), "invalid_scope");
        }
        check(None, "invalid_scope");
        check(Some("system/Patient.rs system/Patient.rs?name:exact=x"), "invalid_scope");
        check(Some(&"x".repeat(SCOPE_TEXT_MAX + 1)), "invalid_scope");
    }

    #[test]
    fn only_clients_with_keys_that_registered_for_it_may_ask_a_tok_07() {
        let secret = Kind::Symmetric { secret: String::new() };
        let inline = Kind::Asymmetric(KeySource::Inline("{}".into()));
        for client in [
            client(secret, &[GrantType::ClientCredentials]),
            client(Kind::Public, &[GrantType::ClientCredentials]),
            client(inline, &[GrantType::AuthorizationCode, GrantType::RefreshToken]),
        ] {
            let granted = grant(&client, Some("system/*.rs"), TYPES, ("n".into(), Instant(0)));
            assert_eq!(granted.expect_err("refused").code, ErrorCode::UnauthorizedClient);
        }
    }

    #[test]
    fn the_token_is_good_for_five_minutes() {
        let now = Instant(1_000_000);
        let bearer = grant(&asymmetric(), Some("system/*.rs"), TYPES, ("n".into(), now)).expect("granted");
        assert_eq!((bearer.issued_at, bearer.expires_at), (now, Instant(301_000_000)));
        assert_eq!((bearer.number.as_str(), bearer.client_id.as_str()), ("n", "app"));
    }
}
