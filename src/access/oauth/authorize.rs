//! May this app ask somebody to sign in, and with what does the browser go back to it?
//!
//! The authorization request (<https://www.rfc-editor.org/rfc/rfc6749#section-4.1.1>) as SMART asks for it: PKCE by `S256`
//! always, `state` always, `aud` always. Whether the browser may be sent back is settled first; before that nothing is
//! sent anywhere (A-AZ-01). The answer carries `iss` (<https://www.rfc-editor.org/rfc/rfc9207>).

use model::{Id, Instant, Key, ResourceType};
use serde::{Deserialize, Serialize};

use super::backend::understood;
use super::{ErrorCode, Refused, Sent};
use crate::account::Account;
use crate::client::{Client, GrantType};
use crate::person;
use crate::scope::{Scope, ScopeContext, Scopes};

/// The kind of grant that codes are, by their digest.
pub const KIND: &str = "code";

/// How long a code is good.
pub const CODE_SECONDS: i64 = 60;

/// Characters of a SHA-256 digest in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// Characters of `state` and `nonce` at most: they are kept and told back.
const OPAQUE_LENGTH_MAX: usize = 1_024;

/// An authorization request that is in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Where the browser goes back to.
    pub redirect_uri: String,
    /// What the app is told back.
    pub state: String,
    /// What was asked for, as far as the client may have it.
    pub scopes: Scopes,
    /// What the verifier must hash to.
    pub challenge: String,
    /// What the id token tells back.
    pub nonce: Option<String>,
    /// How the person is to be bothered.
    pub prompt: Prompt,
    /// Seconds since the password was given, at most.
    pub max_age: Option<i64>,
    /// Who is likely to sign in.
    pub login_hint: Option<String>,
}

/// How the person is to be bothered: <https://openid.net/specs/openid-connect-core-1_0.html#AuthRequest>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Prompt {
    /// As much as is needed.
    Usual,
    /// Not at all.
    Never,
    /// By signing in anew.
    SignIn,
}

/// Why nothing comes of an authorization request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failed {
    /// The person is told; there is nowhere to send the browser.
    Here(Refused),
    /// The app is told, by this URL.
    Back(String),
}

/// What a code stands for, as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Code {
    /// Whose code it is.
    pub client_id: String,
    /// Where it was sent; the exchange names the same.
    pub redirect_uri: String,
    /// What the verifier must hash to.
    pub challenge: String,
    /// Who agreed.
    pub account: String,
    /// The resource that stands for that person.
    #[serde(with = "person::key")]
    pub fhir_user: Option<Key>,
    /// The person's role.
    pub role: String,
    /// What was agreed to, as SMART writes it.
    pub scopes: String,
    /// The patient in context.
    #[serde(with = "person::id")]
    pub patient: Option<Id>,
    /// What the id token tells back.
    pub nonce: Option<String>,
    /// When the person gave the password.
    #[serde(with = "person::moment")]
    pub signed_in_at: Instant,
    /// The number of the session in which the person agreed.
    pub session: String,
    /// The name of everything that is born of this code.
    pub family: String,
}

/// What somebody agreed to.
#[derive(Clone, Debug)]
pub struct Agreed<'a> {
    /// What of the scopes is granted.
    pub scopes: &'a Scopes,
    /// The patient in context.
    pub patient: Option<Id>,
    /// When the person gave the password.
    pub signed_in_at: Instant,
    /// The number of the session.
    pub session: &'a str,
    /// The name of everything that is born of this.
    pub family: &'a str,
}

/// Where this server stands.
#[derive(Clone, Copy, Debug)]
pub struct Here<'a> {
    /// Its issuer.
    pub issuer: &'a str,
    /// Its FHIR base.
    pub base: &'a str,
    /// The resource types that there are.
    pub types: &'a [ResourceType],
}

/// Looks at an authorization request; `client` is the one that it names, if there is one.
pub fn check(pairs: Vec<(String, String)>, client: Option<&Client>, here: Here<'_>) -> Result<Asked, Failed> {
    let to_browser = |why: &str| Failed::Here(Refused::request(why));
    let sent = Sent::new(pairs).map_err(Failed::Here)?;
    let client =
        client.filter(|client| !client.disabled).ok_or_else(|| to_browser("the app is not known"))?;
    let redirect_uri = sent.get("redirect_uri").filter(|uri| client.redirects_to(uri));
    let redirect_uri = redirect_uri.ok_or_else(|| to_browser("`redirect_uri` is not one of the app's"))?;
    let state = sent.get("state");
    let asked = understand(&sent, client, here);
    asked.map_err(|refused| Failed::Back(refuse(redirect_uri, state, (&refused, here.issuer))))
}

fn understand(sent: &Sent, client: &Client, here: Here<'_>) -> Result<Asked, Refused> {
    match sent.needed("response_type")? {
        "code" => {}
        _ => return Err(Refused::new(ErrorCode::UnsupportedResponseType, "only `code` is answered")),
    }
    if !client.may(GrantType::AuthorizationCode) {
        return Err(Refused::new(ErrorCode::UnauthorizedClient, "the client may not ask anybody to sign in"));
    }
    let state = opaque(sent, "state")?.ok_or_else(|| Refused::request("`state` is missing"))?;
    let audience = sent.get("aud").map_or_else(|| sent.needed("resource"), Ok);
    let audience = audience.map_err(|_| Refused::request("`aud` is missing"))?;
    if audience.strip_suffix('/').unwrap_or(audience) != here.base {
        return Err(Refused::request("`aud` is not the FHIR base of this server"));
    }
    if sent.get("code_challenge_method") != Some("S256") {
        return Err(Refused::request("`code_challenge_method` must be S256"));
    }
    let challenge = sent.needed("code_challenge")?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    if challenge.len() != CHALLENGE_LENGTH || !challenge.bytes().all(plain) {
        return Err(Refused::request("`code_challenge` is not a SHA-256 digest in base64url"));
    }
    let prompt = match sent.get("prompt") {
        None | Some("consent" | "select_account") => Prompt::Usual,
        Some("none") => Prompt::Never,
        // Who is asked for more is asked for the most.
        Some(prompt) if prompt.split(' ').any(|word| word == "none") => {
            return Err(Refused::request("`prompt` is none and something else"));
        }
        Some(prompt) if prompt.split(' ').any(|word| word == "login") => Prompt::SignIn,
        Some(_) => Prompt::Usual,
    };
    let max_age = sent.get("max_age").map(|age| age.parse().ok().filter(|age: &i64| *age >= 0));
    let max_age = max_age.map(|age| age.ok_or_else(|| Refused::request("`max_age` is no number of seconds")));
    Ok(Asked {
        redirect_uri: sent.needed("redirect_uri")?.to_owned(),
        state,
        scopes: scopes(sent, client, here.types)?,
        challenge: challenge.to_owned(),
        nonce: opaque(sent, "nonce")?,
        prompt,
        max_age: max_age.transpose()?,
        login_hint: sent.get("login_hint").map(str::to_owned),
    })
}

/// What is asked for, as far as a person can grant it and the client may have it.
fn scopes(sent: &Sent, client: &Client, types: &[ResourceType]) -> Result<Scopes, Refused> {
    let scopes = understood(sent.get("scope").unwrap_or_default(), types)?;
    if sent.get("launch").is_some() || scopes.has(&Scope::Launch) {
        // A handle that cannot be checked is not passed over: the context would be another one (A-AZ-07, A-AZ-08).
        return Err(Refused::request("`launch` is not a launch of this server"));
    }
    let by_person = |scope: &Scope| match scope {
        Scope::Clinical(clinical) => clinical.context != ScopeContext::System,
        // Nobody can choose an encounter yet, and what is not established is not granted.
        Scope::LaunchEncounter | Scope::Launch => false,
        _ => true,
    };
    let scopes = scopes.filtered(by_person).allowed_by(&Scopes::known(&client.scopes, types));
    match scopes.is_empty() {
        true => Err(Refused::scope("nothing that was asked for can be granted to this client")),
        false => Ok(scopes),
    }
}

/// A text that is told back as it came.
fn opaque(sent: &Sent, name: &str) -> Result<Option<String>, Refused> {
    let value = sent.get(name);
    match value.is_some_and(|value| value.len() > OPAQUE_LENGTH_MAX) {
        true => Err(Refused::request(format!("`{name}` is longer than {OPAQUE_LENGTH_MAX} bytes"))),
        false => Ok(value.map(str::to_owned)),
    }
}

impl Asked {
    /// Whether a patient must be in context for what was asked (A-AZ-09).
    pub fn needs_patient(&self) -> bool {
        needs_patient(&self.scopes)
    }

    /// The code's record, once somebody agreed.
    pub fn code(&self, client: &Client, account: &Account, agreed: Agreed<'_>) -> Code {
        Code {
            client_id: client.id.clone(),
            redirect_uri: self.redirect_uri.clone(),
            challenge: self.challenge.clone(),
            account: account.id.clone(),
            fhir_user: account.fhir_user.clone(),
            role: account.role.clone(),
            scopes: agreed.scopes.to_string(),
            patient: agreed.patient,
            nonce: self.nonce.clone(),
            signed_in_at: agreed.signed_in_at,
            session: agreed.session.to_owned(),
            family: agreed.family.to_owned(),
        }
    }

    /// Where the browser goes with a code.
    pub fn granted(&self, code: &str, issuer: &str) -> String {
        back(&self.redirect_uri, &[("code", code), ("state", &self.state), ("iss", issuer)])
    }

    /// Where the browser goes without one.
    pub fn refused(&self, refused: &Refused, issuer: &str) -> String {
        refuse(&self.redirect_uri, Some(&self.state), (refused, issuer))
    }
}

/// Whether these scopes are about one patient.
pub fn needs_patient(scopes: &Scopes) -> bool {
    let is_of_patient = |context| context == ScopeContext::Patient;
    scopes.has(&Scope::LaunchPatient) || scopes.clinical().any(|clinical| is_of_patient(clinical.context))
}

impl Code {
    /// The record as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads a record that was kept.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

fn refuse(redirect_uri: &str, state: Option<&str>, (refused, issuer): (&Refused, &str)) -> String {
    let mut pairs =
        vec![("error", refused.code.as_str()), ("error_description", refused.description.as_str())];
    pairs.extend(state.map(|state| ("state", state)));
    pairs.push(("iss", issuer));
    back(redirect_uri, &pairs)
}

/// A redirect URI with parameters behind those that it has.
fn back(redirect_uri: &str, pairs: &[(&str, &str)]) -> String {
    let mut url = redirect_uri.to_owned();
    for (name, value) in pairs {
        url.push(if url.contains('?') { '&' } else { '?' });
        url.push_str(name);
        url.push('=');
        for byte in value.bytes() {
            match byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~') {
                true => url.push(char::from(byte)),
                false => url.push_str(&format!("%{byte:02X}")),
            }
        }
    }
    url
}

#[cfg(test)]
mod tests;
