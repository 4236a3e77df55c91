//! Is this the password, and may it be one?
//!
//! Argon2id (<https://www.rfc-editor.org/rfc/rfc9106>), its cost written beside each hash, so that it can rise later:
//! who signs in with a hash of the old cost gets a new one. What may be a password follows NIST SP 800-63B: long
//! enough, not one that everybody tries first, and no rules about which characters it is made of.

mod weakness;

use argon2::password_hash::{PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use unicode_normalization::UnicodeNormalization as _;

pub use weakness::{Weakness, weakness};

/// Bytes of chance in a hash.
pub const SALT_BYTES: usize = 16;

/// Characters of a password at most: nobody remembers more, and hashing must not be asked to read a book.
pub const LENGTH_MAX: usize = 128;

/// The second recommendation of RFC 9106 asks for 64 MiB and three passes.
const USUAL: Cost = Cost { kibibytes: 64 << 10, passes: 3 };

/// A salt for work whose outcome nobody keeps.
const NO_SALT: [u8; SALT_BYTES] = *b"nobody is hashed";

/// What one hash takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory.
    pub kibibytes: u32,
    /// How often all of it is gone through.
    pub passes: u32,
}

impl Default for Cost {
    fn default() -> Self {
        USUAL
    }
}

/// Whether it is the password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is.
    Right,
    /// It is, and its hash should be made again at the cost of today.
    RightAndOutdated,
    /// It is not.
    Wrong,
}

/// Hashes a password into the text that is stored, salt and cost included.
pub fn hash(password: &str, salt: &[u8; SALT_BYTES], cost: Cost) -> String {
    let salt = SaltString::encode_b64(salt).expect("sixteen bytes are a salt");
    let hash = hasher(cost).hash_password(plain(password).as_bytes(), &salt);
    hash.expect("salt and password are within the bounds of Argon2").to_string()
}

/// Compares a password with a stored hash; a hash that cannot be read matches nothing.
pub fn verify(password: &str, stored: &str, cost: Cost) -> Verdict {
    let Ok(known) = PasswordHash::new(stored) else { return Verdict::Wrong };
    let Ok(params) = Params::try_from(&known) else { return Verdict::Wrong };
    if hasher(cost).verify_password(plain(password).as_bytes(), &known).is_err() {
        return Verdict::Wrong;
    }
    match params.m_cost() < cost.kibibytes || params.t_cost() < cost.passes {
        true => Verdict::RightAndOutdated,
        false => Verdict::Right,
    }
}

/// Takes as long as [`verify`] and finds nothing: for names that nobody has, so that answers take the same time.
pub fn verify_nobody(password: &str, cost: Cost) -> Verdict {
    let mut lost = [0; 32];
    // Whatever comes of it, it is nobody's.
    let _ = hasher(cost).hash_password_into(plain(password).as_bytes(), &NO_SALT, &mut lost);
    Verdict::Wrong
}

fn hasher(cost: Cost) -> Argon2<'static> {
    let params = Params::new(cost.kibibytes, cost.passes, 1, None);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params.expect("the cost is within the bounds of Argon2"))
}

/// The same characters typed on another keyboard are the same password.
fn plain(password: &str) -> String {
    password.nfc().take(LENGTH_MAX + 1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHEAP: Cost = Cost { kibibytes: 8, passes: 1 };

    fn check(password: &str, typed: &str, expected: Verdict) {
        let stored = hash(password, &[7; SALT_BYTES], CHEAP);
        assert!(stored.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{stored}");
        assert!(!stored.contains(password));
        assert_eq!(verify(typed, &stored, CHEAP), expected, "{typed}");
    }

    #[test]
    fn only_the_password_itself_is_right_however_its_letters_are_put_together() {
        check("correct horse", "correct horse", Verdict::Right);
        check("correct horse", "correct horse ", Verdict::Wrong);
        check("correct horse", "Correct horse", Verdict::Wrong);
        check("correct horse", "", Verdict::Wrong);
        check("gr\u{fc}n gr\u{fc}n", "gru\u{308}n gru\u{308}n", Verdict::Right);
    }

    #[test]
    fn a_hash_of_a_lower_cost_is_right_and_to_be_made_again() {
        let stored = hash("correct horse", &[7; SALT_BYTES], CHEAP);
        let dearer = Cost { kibibytes: 16, passes: 1 };
        assert_eq!(verify("correct horse", &stored, dearer), Verdict::RightAndOutdated);
        assert_eq!(verify("wrong horse", &stored, dearer), Verdict::Wrong);
    }

    #[test]
    fn two_salts_make_two_hashes_of_one_password() {
        let hashes = [1, 2].map(|salt| hash("correct horse", &[salt; SALT_BYTES], CHEAP));
        assert_ne!(hashes[0], hashes[1]);
    }

    #[test]
    fn nobody_has_a_password_and_what_is_no_hash_matches_nothing() {
        assert_eq!(verify_nobody("correct horse", CHEAP), Verdict::Wrong);
        for broken in ["", "correct horse", "$argon2id$", "$1$abc$def"] {
            assert_eq!(verify("correct horse", broken, CHEAP), Verdict::Wrong, "{broken}");
        }
    }
}
