//! Whose signature is this?
//!
//! Key sets (<https://www.rfc-editor.org/rfc/rfc7517>) that clients registered, and the server's own keys. The
//! arithmetic is ring's; what is decided here is which key and which algorithm, which is where signatures are forged.

mod jwt;
mod signing;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;

pub use jwt::{Jwt, JwtError, numeric_date};
pub use signing::{KIND as SIGNING_KIND, Signing, SigningKey};

/// Bytes of a key set at most.
pub const KEY_SET_BYTES_MAX: usize = 64 * 1024;

/// Keys of a set at most: a client that rotates has two or three.
const KEYS_MAX: usize = 100;

/// Bits of an RSA modulus at least (A9).
const RSA_BITS_MIN: usize = 2_048;

/// Bytes of a coordinate on the curve P-384.
const P384_BYTES: usize = 48;

/// How clients sign: <https://hl7.org/fhir/smart-app-launch/STU2.2/client-confidential-asymmetric.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// RSA with SHA-384.
    Rs384,
    /// ECDSA on P-384 with SHA-384.
    Es384,
}

impl Algorithm {
    /// All that are taken; `none` and those with shared secrets are not among them.
    pub const ALL: [Self; 2] = [Self::Rs384, Self::Es384];

    /// The name in a header.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Rs384 => "RS384",
            Self::Es384 => "ES384",
        }
    }
}

/// Public keys that somebody registered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeySet(Vec<PublicKey>);

/// A public key that can verify.
#[derive(Clone, Debug, PartialEq, Eq)]
struct PublicKey {
    id: String,
    algorithm: Algorithm,
    material: Material,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Material {
    Rsa { modulus: Vec<u8>, exponent: Vec<u8> },
    Point(Vec<u8>),
}

/// What is wrong with a key set, or with the choice of a key from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyError {
    /// It is not a key set.
    Malformed,
    /// It is larger than any key set needs to be.
    TooLarge,
    /// It tells a private key, which nobody but its owner may know.
    Private,
    /// It holds no key that can be used here.
    NoneUsable,
    /// No key has this id and can sign this way.
    Unknown,
    /// Several keys have this id and can sign this way.
    Ambiguous,
}

#[derive(Deserialize)]
struct SetSent {
    keys: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct KeySent {
    kty: String,
    kid: Option<String>,
    #[serde(rename = "use")]
    usage: Option<String>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    d: Option<serde_json::Value>,
    k: Option<serde_json::Value>,
}

impl KeySet {
    /// Reads a key set; keys of kinds that are not used here are passed over, as RFC 7517 section 5 wants.
    pub fn parse(json: &str) -> Result<Self, KeyError> {
        if json.len() > KEY_SET_BYTES_MAX {
            return Err(KeyError::TooLarge);
        }
        let sent: SetSent = serde_json::from_str(json).map_err(|_| KeyError::Malformed)?;
        if sent.keys.len() > KEYS_MAX {
            return Err(KeyError::TooLarge);
        }
        let mut keys = Vec::new();
        for key in sent.keys {
            let key: KeySent = serde_json::from_value(key).map_err(|_| KeyError::Malformed)?;
            if key.d.is_some() || key.k.is_some() {
                return Err(KeyError::Private);
            }
            keys.extend(usable(&key));
        }
        if keys.is_empty() { Err(KeyError::NoneUsable) } else { Ok(Self(keys)) }
    }

    /// Whether one of the keys, the only one with this id that can sign this way, signed the message.
    pub fn verify(
        &self,
        (id, algorithm): (&str, Algorithm),
        signed: (&[u8], &[u8]),
    ) -> Result<bool, KeyError> {
        let mut candidates = self.0.iter().filter(|key| key.id == id && key.algorithm == algorithm);
        let key = candidates.next().ok_or(KeyError::Unknown)?;
        if candidates.next().is_some() {
            return Err(KeyError::Ambiguous);
        }
        Ok(key.verifies(signed))
    }
}

impl PublicKey {
    fn verifies(&self, (message, signed): (&[u8], &[u8])) -> bool {
        match &self.material {
            Material::Rsa { modulus, exponent } => {
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                key.verify(&signature::RSA_PKCS1_2048_8192_SHA384, message, signed).is_ok()
            }
            Material::Point(point) => {
                let key = UnparsedPublicKey::new(&signature::ECDSA_P384_SHA384_FIXED, point);
                key.verify(message, signed).is_ok()
            }
        }
    }
}

/// The key, where it has an id, is of a kind that signs and is long enough.
fn usable(sent: &KeySent) -> Option<PublicKey> {
    if sent.usage.as_deref().is_some_and(|usage| usage != "sig") {
        return None;
    }
    let (algorithm, material) = match sent.kty.as_str() {
        "RSA" => (Algorithm::Rs384, rsa(sent)?),
        "EC" if sent.crv.as_deref() == Some("P-384") => (Algorithm::Es384, point(sent)?),
        _ => return None,
    };
    if sent.alg.as_deref().is_some_and(|alg| alg != algorithm.as_str()) {
        return None;
    }
    Some(PublicKey { id: sent.kid.clone()?, algorithm, material })
}

fn rsa(sent: &KeySent) -> Option<Material> {
    let modulus = URL_SAFE_NO_PAD.decode(sent.n.as_deref()?).ok()?;
    let exponent = URL_SAFE_NO_PAD.decode(sent.e.as_deref()?).ok()?;
    // Zeros in front are not of the number, and ring takes none.
    let without_zeros = |bytes: Vec<u8>| bytes.into_iter().skip_while(|byte| *byte == 0).collect::<Vec<_>>();
    let (modulus, exponent) = (without_zeros(modulus), without_zeros(exponent));
    let leading = modulus.first()?.leading_zeros() as usize;
    (modulus.len() * 8 - leading >= RSA_BITS_MIN).then_some(Material::Rsa { modulus, exponent })
}

fn point(sent: &KeySent) -> Option<Material> {
    let x = URL_SAFE_NO_PAD.decode(sent.x.as_deref()?).ok()?;
    let y = URL_SAFE_NO_PAD.decode(sent.y.as_deref()?).ok()?;
    // 4 begins a point that is written with both coordinates.
    (x.len() == P384_BYTES && y.len() == P384_BYTES).then(|| Material::Point([&[4][..], &x, &y].concat()))
}

#[cfg(test)]
pub(crate) mod tests;
