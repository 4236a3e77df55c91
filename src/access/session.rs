//! Is somebody signed in here, and for how long?
//!
//! A session is known by a random text that only the browser holds; what is kept is its digest. It ends when nobody
//! does anything for a while, after half a day in any case, and at once when its account says so. OWASP ASVS 5.0,
//! chapter 7; the HIPAA Security Rule calls it automatic logoff (45 CFR 164.312(a)(2)(iii)).

use model::Instant;
use serde::{Deserialize, Serialize};

use crate::account::Account;
use crate::person;

/// The kind of grant that sessions are kept as, by the digest of what the browser holds.
pub const KIND: &str = "session";

const MINUTE: i64 = 60_000_000;

/// How long a session lasts, whatever is done in it.
pub const LIFE_MICROS: i64 = 12 * 60 * MINUTE;

/// How long those who see the records of others may do nothing.
pub const STAFF_IDLE_MICROS: i64 = 15 * MINUTE;

/// How long patients may do nothing.
pub const IDLE_MICROS: i64 = 30 * MINUTE;

/// How old a note of the last sight may grow before it is written anew, so that not every page is a write.
pub const NOTE_MICROS: i64 = MINUTE;

/// Characters of a browser's name for itself that are kept.
const AGENT_LENGTH_MAX: usize = 200;

/// Somebody signed in, in one browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Session {
    /// What it is called where it is shown; of no use to sign in.
    pub number: String,
    /// Whose it is.
    pub account: String,
    /// When it began: when the password was given.
    #[serde(with = "person::moment")]
    pub began_at: Instant,
    /// When something was last done in it, as far as that was noted.
    #[serde(with = "person::moment")]
    pub seen_at: Instant,
    /// What forms of this session carry, so that no other page can send them.
    pub form_key: String,
    /// What the browser calls itself.
    pub agent: String,
}

impl Session {
    /// Whether it lasts at `now`, for the person of this account as it is now.
    pub fn lasts(&self, account: &Account, now: Instant) -> bool {
        let idle = if account.is_staff() { STAFF_IDLE_MICROS } else { IDLE_MICROS };
        let is_theirs = self.account == account.id && !account.disabled;
        is_theirs
            && self.began_at >= account.sessions_since
            && now.0.saturating_sub(self.began_at.0) < LIFE_MICROS
            && now.0.saturating_sub(self.seen_at.0) < idle
    }

    /// Whether it is time to note that it was seen.
    pub fn is_to_be_noted(&self, now: Instant) -> bool {
        now.0.saturating_sub(self.seen_at.0) >= NOTE_MICROS
    }

    /// When it ends at the latest.
    pub fn ends_at(&self) -> Instant {
        Instant(self.began_at.0.saturating_add(LIFE_MICROS))
    }

    /// What a browser calls itself, as much of it as is kept.
    pub fn agent(told: &str) -> String {
        told.chars().filter(|letter| !letter.is_control()).take(AGENT_LENGTH_MAX).collect()
    }

    /// The session as it is kept.
    pub fn to_json(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers can be written as JSON")
    }

    /// Reads what [`Session::to_json`] wrote.
    pub fn from_json(json: &[u8]) -> Option<Self> {
        serde_json::from_slice(json).ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(role: &str) -> Account {
        Account {
            id: "1".to_owned(),
            login: "ana".to_owned(),
            name: "Ana".to_owned(),
            role: role.to_owned(),
            fhir_user: None,
            password: None,
            disabled: false,
            sessions_since: Instant(1_000),
        }
    }

    fn session(began_at: i64, seen_at: i64) -> Session {
        Session {
            number: "3".to_owned(),
            account: "1".to_owned(),
            began_at: Instant(began_at),
            seen_at: Instant(seen_at),
            form_key: "k".to_owned(),
            agent: "Browser \"x\"".to_owned(),
        }
    }

    #[test]
    fn a_session_is_read_as_it_was_written_and_names_of_browsers_are_cut() {
        let session = session(1, 2);
        assert_eq!(Session::from_json(&session.to_json()), Some(session.clone()));
        assert_eq!(Session::agent(&"ü\n".repeat(900)).chars().count(), AGENT_LENGTH_MAX);
        assert_eq!(Session::from_json(b"{}"), None);
    }

    /// A-SE-02: fifteen minutes for staff, thirty for patients, twelve hours for all.
    #[test]
    fn a_session_ends_when_nobody_does_anything_and_after_half_a_day_in_any_case() {
        let began = 10_000;
        for (role, seen, now, expected) in [
            ("patient", began, began + IDLE_MICROS - 1, true),
            ("patient", began, began + IDLE_MICROS, false),
            ("practitioner", began, began + STAFF_IDLE_MICROS - 1, true),
            ("practitioner", began, began + STAFF_IDLE_MICROS, false),
            ("patient", began + LIFE_MICROS - 2, began + LIFE_MICROS - 1, true),
            ("patient", began + LIFE_MICROS - 1, began + LIFE_MICROS, false),
        ] {
            assert_eq!(session(began, seen).lasts(&account(role), Instant(now)), expected, "{role} {now}");
        }
    }

    /// A-SE-03: what changes about an account ends its sessions.
    #[test]
    fn a_session_ends_with_its_account_and_lasts_for_nobody_else() {
        let now = Instant(20_000);
        let lasting = session(10_000, 10_000);
        assert!(lasting.lasts(&account("patient"), now));
        assert!(!lasting.lasts(&Account { disabled: true, ..account("patient") }, now));
        assert!(!lasting.lasts(&Account { sessions_since: Instant(10_001), ..account("patient") }, now));
        assert!(!lasting.lasts(&Account { id: "2".to_owned(), ..account("patient") }, now));
    }
}
