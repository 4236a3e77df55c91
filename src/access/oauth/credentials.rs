//! How does a client say who it is?
//!
//! By name alone, by a secret in `Authorization: Basic` or in the form, or by an assertion; one way at a time:
//! <https://www.rfc-editor.org/rfc/rfc6749#section-2.3> (A-TOK-02, A-TOK-10, A-TOK-11).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::assertion::{ASSERTION_TYPE, Assertion};
use super::{ErrorCode, Refused, Sent};
use crate::client::{Client, Kind};
use crate::token;

/// What a client showed, and is not believed yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// Its name.
    Name(String),
    /// Its name and a secret.
    Secret {
        /// Its name.
        client_id: String,
        /// The secret.
        secret: String,
    },
    /// An assertion.
    Assertion(Box<Assertion>),
}

impl Credentials {
    /// Reads what a request shows; `authorization` is the header of that name.
    pub fn read(sent: &Sent, authorization: Option<&str>) -> Result<Self, Refused> {
        let basic = authorization.map(basic).transpose()?;
        let (secret, assertion) = (sent.get("client_secret"), sent.get("client_assertion"));
        let ways = [basic.is_some(), secret.is_some(), assertion.is_some()];
        if ways.into_iter().filter(|way| *way).count() > 1 {
            return Err(Refused::request("the client shows who it is in several ways at once"));
        }
        let credentials = match (basic, secret, assertion) {
            (Some((client_id, secret)), _, _) => Self::Secret { client_id, secret },
            (_, Some(secret), _) => {
                Self::Secret { client_id: sent.needed("client_id")?.to_owned(), secret: secret.to_owned() }
            }
            (_, _, Some(assertion)) => {
                if sent.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                    return Err(Refused::client(format!(
                        "`client_assertion_type` is not `{ASSERTION_TYPE}`"
                    )));
                }
                Self::Assertion(Box::new(Assertion::read(assertion)?))
            }
            _ => {
                let name = sent.get("client_id").ok_or_else(|| Refused::client("the client is not named"))?;
                Self::Name(name.to_owned())
            }
        };
        match sent.get("client_id") {
            Some(other) if other != credentials.client_id() => {
                Err(Refused::client("`client_id` is another client than the one that shows who it is"))
            }
            _ => Ok(credentials),
        }
    }

    /// The client that is meant.
    pub fn client_id(&self) -> &str {
        match self {
            Self::Name(client_id) | Self::Secret { client_id, .. } => client_id,
            Self::Assertion(assertion) => assertion.client_id(),
        }
    }

    /// Whether a name or a secret shows that it is this client; assertions are verified with the client's keys.
    pub fn are_of(&self, client: &Client) -> Result<(), Refused> {
        match (self, &client.kind) {
            (Self::Name(_), Kind::Public) => Ok(()),
            (Self::Secret { secret, .. }, Kind::Symmetric { secret: kept }) if token::is_of(secret, kept) => {
                Ok(())
            }
            (Self::Assertion(_), Kind::Asymmetric(_)) => Ok(()),
            _ => Err(Self::refused()),
        }
    }

    /// What is said of every client that does not show who it is, known or not.
    pub fn refused() -> Refused {
        Refused::client("the client is not known or does not show who it is")
    }
}

/// Name and secret, each encoded as a form is before they were joined (RFC 6749, section 2.3.1).
fn basic(header: &str) -> Result<(String, String), Refused> {
    let refuse =
        || Refused::new(ErrorCode::InvalidClient, "`Authorization` is not Basic with a name and a secret");
    let (scheme, rest) = header.split_once(' ').ok_or_else(refuse)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(refuse());
    }
    let joined = STANDARD.decode(rest.trim()).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let joined = joined.ok_or_else(refuse)?;
    let (name, secret) = joined.split_once(':').ok_or_else(refuse)?;
    let (name, secret) = (decode(name).ok_or_else(refuse)?, decode(secret).ok_or_else(refuse)?);
    if name.is_empty() || secret.is_empty() { Err(refuse()) } else { Ok((name, secret)) }
}

fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    let hex = |digit: u8| char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok());
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'+' => b' ',
            b'%' => hex(rest.next()?)? << 4 | hex(rest.next()?)?,
            plain => plain,
        });
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests;
