//! Is the code good in this client's hands?
//!
//! <https://www.rfc-editor.org/rfc/rfc6749#section-4.1.3> with PKCE by `S256` always (A-TOK-01 to A-TOK-05). A code is
//! spent before it is looked at, so that whatever is wrong with the attempt, there is no second: the caller notes it
//! under [`SPENT_KIND`], and who finds it noted takes back everything that came of it.

use serde::{Deserialize, Serialize};
use subtle::ConstantTimeEq as _;

use super::authorize::Code;
use super::{Refused, Sent};
use crate::client::Client;
use crate::token;

/// The kind of grant under which spent codes are noted, by their digest.
pub const SPENT_KIND: &str = "spent-code";

/// How long a spent code is remembered: longer than the first tokens that came of it.
pub const SPENT_SECONDS: i64 = 2 * 3_600;

/// Characters of a PKCE verifier: <https://www.rfc-editor.org/rfc/rfc7636#section-4.1>.
const VERIFIER_LENGTH: std::ops::RangeInclusive<usize> = 43..=128;

/// What is noted of a spent code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spent {
    /// Who agreed.
    pub account: String,
    /// What came of it.
    pub family: String,
}

impl Spent {
    /// What is noted of this code.
    pub fn of(code: &Code) -> Self {
        Self { account: code.account.clone(), family: code.family.clone() }
    }

    /// The note as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts can be written as JSON")
    }

    /// Reads a note that was kept.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// Refuses a code that is not this client's, was sent elsewhere, or whose challenge is not answered.
pub fn check(code: &Code, client: &Client, sent: &Sent) -> Result<(), Refused> {
    if code.client_id != client.id {
        return Err(Refused::grant("the code is not this client's"));
    }
    if sent.get("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err(Refused::grant("`redirect_uri` is not where the code was sent"));
    }
    let verifier = sent.get("code_verifier").filter(|verifier| is_verifier(verifier));
    let verifier = verifier.ok_or_else(|| Refused::grant("`code_verifier` is missing or none"))?;
    match token::challenge(verifier).as_bytes().ct_eq(code.challenge.as_bytes()).into() {
        true => Ok(()),
        false => Err(Refused::grant("`code_verifier` does not answer the challenge")),
    }
}

fn is_verifier(text: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~');
    VERIFIER_LENGTH.contains(&text.len()) && text.bytes().all(is_letter)
}

#[cfg(test)]
mod tests {
    use model::Instant;

    use super::*;
    use crate::client::{GrantType, Kind};
    use crate::oauth::ErrorCode;

    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const BACK: &str = "https://app.example/back";

    fn client(id: &str) -> Client {
        Client {
            id: id.into(),
            name: "App".into(),
            kind: Kind::Public,
            redirect_uris: vec![BACK.into()],
            scopes: String::new(),
            grant_types: vec![GrantType::AuthorizationCode],
            origins: Vec::new(),
            launch_url: None,
            disabled: false,
            registered_at: Instant(0),
        }
    }

    fn code() -> Code {
        Code {
            client_id: "app".into(),
            redirect_uri: BACK.into(),
            challenge: token::challenge(VERIFIER),
            account: "1".into(),
            fhir_user: None,
            role: "patient".into(),
            scopes: "openid".into(),
            patient: None,
            nonce: None,
            signed_in_at: Instant(0),
            session: "s".into(),
            family: "f".into(),
        }
    }

    fn check_with(client_id: &str, pairs: &[(&str, &str)]) -> Result<(), ErrorCode> {
        let pairs = pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let sent = Sent::new(pairs).expect("each once");
        check(&code(), &client(client_id), &sent).map_err(|refused| refused.code)
    }

    #[test]
    fn the_client_with_the_verifier_gets_what_the_code_stands_for() {
        assert_eq!(check_with("app", &[("redirect_uri", BACK), ("code_verifier", VERIFIER)]), Ok(()));
    }

    #[test]
    fn a_verifier_that_does_not_answer_is_refused_a_tok_03() {
        let challenge = token::challenge(VERIFIER);
        let other = "x".repeat(43);
        for verifier in ["", &challenge, &other, &VERIFIER[1..], "x y", &"x".repeat(129)] {
            let sent = [("redirect_uri", BACK), ("code_verifier", verifier)];
            assert_eq!(check_with("app", &sent), Err(ErrorCode::InvalidGrant), "{verifier}");
        }
        assert_eq!(check_with("app", &[("redirect_uri", BACK)]), Err(ErrorCode::InvalidGrant));
    }

    #[test]
    fn another_redirect_uri_is_refused_a_tok_04() {
        for uri in ["", "https://app.example/back/", "https://app.example/"] {
            let sent = [("redirect_uri", uri), ("code_verifier", VERIFIER)];
            assert_eq!(check_with("app", &sent), Err(ErrorCode::InvalidGrant), "{uri}");
        }
    }

    #[test]
    fn another_client_is_refused_a_tok_05() {
        let sent = [("redirect_uri", BACK), ("code_verifier", VERIFIER)];
        assert_eq!(check_with("other", &sent), Err(ErrorCode::InvalidGrant));
    }
}
