//! What was sent to an endpoint of OAuth?
//!
//! Parameters, each at most once, and those without a value as if they were not there:
//! <https://www.rfc-editor.org/rfc/rfc6749#section-3.1> (A-AZ-12, A-TOK-11).

use super::Refused;

/// Bytes of a form or a query at most: an assertion and all scopes that are read.
pub const SENT_BYTES_MAX: usize = 32 * 1024;

/// The parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sent(Vec<(String, String)>);

impl Sent {
    /// Takes parameters that were decoded; one that comes twice is refused.
    pub fn new(pairs: Vec<(String, String)>) -> Result<Self, Refused> {
        for (place, (name, _)) in pairs.iter().enumerate() {
            if pairs[..place].iter().any(|(earlier, _)| earlier == name) {
                return Err(Refused::request(format!("`{}` is sent twice", shown(name))));
            }
        }
        Ok(Self(pairs))
    }

    /// A parameter's value, where it has one.
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str()).filter(|value| !value.is_empty())
    }

    /// A parameter's value, or a refusal that says that it is missing.
    pub fn needed(&self, name: &str) -> Result<&str, Refused> {
        self.get(name).ok_or_else(|| Refused::request(format!("`{name}` is missing")))
    }
}

/// What a client sent, fit to be told back: RFC 6749 allows only some characters in a description.
fn shown(text: &str) -> String {
    let plain = |char: &char| char.is_ascii_alphanumeric() || matches!(char, '_' | '-' | '.');
    text.chars().filter(plain).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(pairs: &[(&str, &str)]) -> Result<Sent, Refused> {
        Sent::new(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn a_parameter_comes_once_a_tok_11() {
        let refused = sent(&[("a", "1"), ("b\"<", ""), ("b\"<", "2")]).expect_err("doubled");
        assert_eq!(refused, Refused::request("`b` is sent twice"));
    }

    #[test]
    fn a_parameter_without_a_value_is_not_there() {
        let sent = sent(&[("a", ""), ("b", "2")]).expect("each once");
        assert_eq!((sent.get("a"), sent.get("b"), sent.get("c")), (None, Some("2"), None));
        assert_eq!(sent.needed("a"), Err(Refused::request("`a` is missing")));
    }
}
