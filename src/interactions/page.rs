//! Is this cursor from a link of ours?
//!
//! A page goes on where the one before ended. Where that was, stands in the next link itself, signed (RFC 2104, over
//! SHA-256) together with who asked and for what: nothing is kept for those who never come back, and nobody makes a
//! cursor, changes one or uses another's.

use access::{Permit, Principal};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::{Code, Issue};
use search::Cursor;
use sha2::{Digest as _, Sha256};

use crate::context::Secret;

/// The parameter that holds a cursor.
pub(crate) const CURSOR: &str = "_cursor";

/// Bytes of a signature: half of what SHA-256 gives, as RFC 2104 allows, and beyond any guessing.
const SIGNATURE_BYTES: usize = 16;

/// Bytes of a block of SHA-256, over which RFC 2104 spreads the key.
const BLOCK_BYTES: usize = 64;

/// Whose cursor it is, and of which search.
pub(crate) struct Owner<'a> {
    pub(crate) secret: &'a Secret,
    pub(crate) permit: &'a Permit,
    pub(crate) principal: &'a Principal,
    /// The search as the self link has it, without what only shapes the answer.
    pub(crate) search: &'a str,
}

/// A cursor as a link holds it.
pub(crate) fn seal(cursor: &Cursor, owner: &Owner<'_>) -> String {
    let place = cursor.encode();
    let sealed = [&sign(&place, owner), place.as_slice()].concat();
    URL_SAFE_NO_PAD.encode(sealed)
}

/// The cursor of a link, if it was made for this search and this owner.
pub(crate) fn open(sealed: &str, owner: &Owner<'_>) -> Result<Cursor, Issue> {
    let refused = || {
        let message = format!("`{CURSOR}` is not from a link of this search; it begins anew without one");
        Issue::error(Code::InvalidCursor, message)
    };
    let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(|_| refused())?;
    let (signature, place) = bytes.split_first_chunk::<SIGNATURE_BYTES>().ok_or_else(refused)?;
    // Without leaving early, so that the time taken tells nothing.
    let signed = sign(place, owner);
    let difference = signature.iter().zip(signed).fold(0, |sum, (sent, own)| sum | (sent ^ own));
    if difference != 0 {
        return Err(refused());
    }
    Cursor::decode(place).ok_or_else(refused)
}

fn sign(place: &[u8], owner: &Owner<'_>) -> [u8; SIGNATURE_BYTES] {
    // Digests have one length, so that no part can be read as the beginning of the next.
    let message = [
        &owner.permit.tenant().to_le_bytes()[..],
        &Sha256::digest(owner.principal.name()),
        &Sha256::digest(owner.search.as_bytes()),
        place,
    ];
    let signed = authenticate(owner.secret, &message);
    *signed.first_chunk().expect("a digest has 32 bytes")
}

/// HMAC with SHA-256 and a key that is shorter than a block.
fn authenticate(key: &Secret, message: &[&[u8]]) -> [u8; 32] {
    let mut padded = [0; BLOCK_BYTES];
    padded[..key.len()].copy_from_slice(key);
    let mut inner = Sha256::new_with_prefix(padded.map(|byte| byte ^ 0x36));
    message.iter().for_each(|part| inner.update(part));
    Sha256::new_with_prefix(padded.map(|byte| byte ^ 0x5c)).chain_update(inner.finalize()).finalize().into()
}

#[cfg(test)]
mod tests {
    use access::{Demand, Verb};

    use super::*;

    fn permit() -> Permit {
        access::decide(&Principal::Open, &Demand::System(Verb::Read)).expect("an open server permits")
    }

    fn cursor() -> Cursor {
        Cursor { branch: 1, way: 2, range: 3, keys: vec![None], resource: 4 }
    }

    fn check(change: impl FnOnce(&mut Owner<'_>, &mut String), expected: Result<Cursor, Code>) {
        let permit = permit();
        let mut owner = Owner {
            secret: &[7; 32],
            permit: &permit,
            principal: &Principal::Open,
            search: "/Patient?name=x",
        };
        let mut sealed = seal(&cursor(), &owner);
        change(&mut owner, &mut sealed);
        assert_eq!(open(&sealed, &owner).map_err(|issue| issue.code), expected, "{sealed}");
    }

    #[test]
    fn a_cursor_is_good_for_its_own_search_and_owner_alone() {
        check(|_, _| {}, Ok(cursor()));
        check(|owner, _| owner.secret = &[8; 32], Err(Code::InvalidCursor));
        check(|owner, _| owner.search = "/Patient?name=y", Err(Code::InvalidCursor));
        check(|owner, _| owner.principal = &Principal::Nobody, Err(Code::InvalidCursor));
    }

    #[test]
    fn a_damaged_cursor_is_refused_wherever_the_damage_is() {
        let length = URL_SAFE_NO_PAD.encode([&[0; SIGNATURE_BYTES][..], &cursor().encode()].concat()).len();
        for place in 0..length {
            let damage = |_: &mut Owner<'_>, sealed: &mut String| {
                let other = if &sealed[place..=place] == "A" { "B" } else { "A" };
                sealed.replace_range(place..=place, other);
            };
            check(damage, Err(Code::InvalidCursor));
            check(|_, sealed| sealed.truncate(place), Err(Code::InvalidCursor));
        }
        check(|_, sealed| sealed.push('A'), Err(Code::InvalidCursor));
        check(|_, sealed| *sealed = "not base64!".to_owned(), Err(Code::InvalidCursor));
    }

    #[test]
    fn a_signature_is_what_the_rfc_says() {
        // RFC 4231, test case 2: the key `Jefe`, which padding makes as long as ours.
        let mut key = [0; 32];
        key[..4].copy_from_slice(b"Jefe");
        let signed = authenticate(&key, &[b"what do ya want ", b"for nothing?"]);
        let text: String = signed.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(text, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
