//! Who has an account here?
//!
//! A person with a name to sign in by, a role that policies know, and the resource that stands for the person. Its
//! id is the `sub` of id tokens and never given to anyone else. <https://openid.net/specs/openid-connect-core-1_0.html>

use model::{Instant, Key};
use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::person;

/// The kind of grant that accounts are kept as, by id.
pub const KIND: &str = "account";

/// The kind of grant that leads from the name that somebody signs in by to the id of the account.
pub const LOGIN_KIND: &str = "login";

/// Characters of a name at most: enough for an e-mail address.
pub const NAME_LENGTH_MAX: usize = 254;

/// Characters of a patient's password at least.
const LENGTH_MIN: usize = 8;

/// Characters at least of a password that opens the records of others.
const STAFF_LENGTH_MIN: usize = 12;

/// The roles whose people see their own record, or that of one person who trusts them.
const OWN_RECORD: &[&str] = &["patient", "proxy"];

/// Someone who may sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What it is called for ever.
    pub id: String,
    /// The name to sign in by, as [`login`] writes it.
    pub login: String,
    /// The person's name, for people.
    pub name: String,
    /// What the person does here: `patient`, `practitioner`, `admin` … as policies know it.
    pub role: String,
    /// The resource that stands for the person; administrators may have none.
    #[serde(with = "person::key")]
    pub fhir_user: Option<Key>,
    /// The hash of the password; nobody signs in by password where there is none.
    pub password: Option<String>,
    /// Whether nobody may sign in for now.
    pub disabled: bool,
    /// Sessions that began before this have ended: it moves when the password changes or the account is disabled.
    #[serde(with = "person::moment")]
    pub sessions_since: Instant,
}

impl Account {
    /// Whether the person sees more than one record.
    pub fn is_staff(&self) -> bool {
        !OWN_RECORD.contains(&self.role.as_str())
    }

    /// Characters that a password of this person has at least.
    pub fn password_length_min(&self) -> usize {
        if self.is_staff() { STAFF_LENGTH_MIN } else { LENGTH_MIN }
    }

    /// The account as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads what [`Account::to_json`] wrote.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

/// The one spelling of a name to sign in by; none for what is no name.
///
/// Capitals and forms of the same letter make no difference, so that nobody can take a name that looks like another's.
pub fn login(typed: &str) -> Option<String> {
    let name: String =
        typed.trim().nfkc().flat_map(char::to_lowercase).nfkc().take(NAME_LENGTH_MAX + 1).collect();
    let is_short = (1..=NAME_LENGTH_MAX).contains(&name.chars().count());
    let is_name = is_short && !name.chars().any(|letter| letter.is_control() || letter.is_whitespace());
    is_name.then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account() -> Account {
        Account {
            id: "0190".to_owned(),
            login: "ana".to_owned(),
            name: "Ana \"A\" Gómez".to_owned(),
            role: "patient".to_owned(),
            fhir_user: person::parse_person("Patient/7"),
            password: Some("$argon2id$".to_owned()),
            disabled: false,
            sessions_since: Instant(5),
        }
    }

    #[test]
    fn an_account_is_read_as_it_was_written() {
        let bare = Account { fhir_user: None, password: None, disabled: true, ..account() };
        for account in [account(), bare] {
            assert_eq!(Account::from_json(&account.to_json()), Some(account));
        }
    }

    #[test]
    fn what_is_not_whole_is_no_account() {
        for broken in ["", "{}", "[]", r#"{"id":"1","login":"a","name":"a","role":"r"}"#] {
            assert_eq!(Account::from_json(broken.as_bytes()), None, "{broken}");
        }
        let stranger =
            String::from_utf8(account().to_json()).expect("UTF-8").replace("Patient/7", "Device/7");
        assert_eq!(Account::from_json(stranger.as_bytes()), None);
    }

    #[test]
    fn who_sees_more_than_one_record_needs_the_longer_password() {
        for (role, expected) in [("patient", 8), ("proxy", 8), ("practitioner", 12), ("admin", 12), ("x", 12)]
        {
            let account = Account { role: role.to_owned(), ..account() };
            assert_eq!(account.password_length_min(), expected, "{role}");
        }
    }

    #[test]
    fn names_are_compared_in_one_spelling() {
        for (typed, expected) in [
            (" Ana ", Some("ana")),
            ("ANA@Example.org", Some("ana@example.org")),
            ("ＡＮＡ", Some("ana")),
            ("gru\u{308}n", Some("gr\u{fc}n")),
            ("", None),
            ("a b", None),
            ("a\u{0}", None),
            (&"a".repeat(255), None),
        ] {
            assert_eq!(login(typed).as_deref(), expected, "{typed}");
        }
    }
}
