//! How are secrets made and kept?
//!
//! Tokens, codes, secrets of clients and sessions are 256 random bits, written in base64url. They are kept as SHA-256
//! digests alone: whoever reads the database can use none of them, and bits that nobody guesses need no slow digest.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

/// Random bytes of a secret.
pub const SECRET_BYTES: usize = 32;

/// Characters of a secret as it is sent.
pub const SECRET_LENGTH: usize = 43;

/// A secret as it is sent: 43 letters, digits, `-` and `_`.
pub fn text(random: [u8; SECRET_BYTES]) -> String {
    URL_SAFE_NO_PAD.encode(random)
}

/// What is kept of a secret: its SHA-256 digest in hexadecimal.
pub fn digest(secret: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digest = Sha256::digest(secret.as_bytes());
    let digits = digest.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// A secret that follows from texts for whoever knows the server's own: HMAC-SHA-256.
pub fn derived(own: &[u8; 32], texts: &[&str]) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, own);
    let mut context = hmac::Context::with_key(&key);
    for text in texts {
        // No text has a zero in it that would make two lists of texts one.
        context.update(text.as_bytes());
        context.update(&[0]);
    }
    URL_SAFE_NO_PAD.encode(context.sign())
}

/// Whether a secret is the one that the digest is of, in a time that tells nothing of either.
pub fn is_of(secret: &str, kept: &str) -> bool {
    digest(secret).as_bytes().ct_eq(kept.as_bytes()).into()
}

/// The PKCE challenge of a verifier by `S256`: <https://www.rfc-editor.org/rfc/rfc7636#section-4.2>.
pub fn challenge(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_written_in_43_characters_that_any_url_takes() {
        let secret = text([0xff; SECRET_BYTES]);
        assert_eq!(secret.len(), SECRET_LENGTH);
        assert!(secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')));
    }

    #[test]
    fn a_secret_is_told_by_its_digest_and_no_other_is() {
        let (secret, other) = (text([1; SECRET_BYTES]), text([2; SECRET_BYTES]));
        assert!(is_of(&secret, &digest(&secret)));
        assert!(!is_of(&other, &digest(&secret)));
        assert!(!is_of(&secret, ""));
        assert_eq!(digest("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }

    #[test]
    fn the_challenge_is_that_of_the_rfcs_example() {
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        assert_eq!(challenge(verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
