//! Is a signature known only where it is the registered key's?

use std::sync::LazyLock;

use ring::rand::SystemRandom;
use ring::signature::{
    ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, RSA_PKCS1_SHA384, RsaKeyPair,
};
use rsa::pkcs8::EncodePrivateKey as _;
use serde_json::{Value, json};

use super::*;

/// A client's keys, one of each kind, made for the run.
pub(crate) struct Owner {
    pub(crate) rsa: RsaKeyPair,
    pub(crate) ec: EcdsaKeyPair,
}

/// Chance for the key generator, which wants it by a trait of its own.
struct Chance;

impl rsa::rand_core::RngCore for Chance {
    fn next_u32(&mut self) -> u32 {
        rsa::rand_core::impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        rsa::rand_core::impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        ring::rand::SecureRandom::fill(&SystemRandom::new(), bytes).expect("the system gives random bytes");
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rsa::rand_core::Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl rsa::rand_core::CryptoRng for Chance {}

fn pkcs8(bits: usize) -> Vec<u8> {
    let key = rsa::RsaPrivateKey::new(&mut Chance, bits).expect("a key of this size can be made");
    key.to_pkcs8_der().expect("a key can be written").as_bytes().to_vec()
}

/// Keys that are made once, for primes take a while.
pub(crate) static OWNER: LazyLock<Owner> = LazyLock::new(|| {
    let random = SystemRandom::new();
    let ec = EcdsaKeyPair::generate_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, &random).expect("a key is made");
    Owner {
        rsa: RsaKeyPair::from_pkcs8(&pkcs8(2_048)).expect("the key is well-formed"),
        ec: EcdsaKeyPair::from_pkcs8(&ECDSA_P384_SHA384_FIXED_SIGNING, ec.as_ref(), &random)
            .expect("the key is well-formed"),
    }
});

impl Owner {
    /// The public RSA key as a member of a key set.
    pub(crate) fn rsa_key(&self, id: &str) -> Value {
        let parts: ring::rsa::PublicKeyComponents<Vec<u8>> = self.rsa.public().into();
        let (n, e) = (URL_SAFE_NO_PAD.encode(parts.n), URL_SAFE_NO_PAD.encode(parts.e));
        json!({ "kty": "RSA", "kid": id, "alg": "RS384", "n": n, "e": e })
    }

    /// The public key on the curve as a member of a key set.
    pub(crate) fn ec_key(&self, id: &str) -> Value {
        let point = &self.ec.public_key().as_ref()[1..];
        let (x, y) = point.split_at(P384_BYTES);
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        json!({ "kty": "EC", "crv": "P-384", "kid": id, "x": x, "y": y })
    }

    /// A token with this header and these claims, signed as `alg` says, or as RS384 where that is no way.
    pub(crate) fn sign(&self, header: &Value, claims: &Value) -> String {
        let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
        let message = format!("{}.{}", encode(header), encode(claims));
        let random = SystemRandom::new();
        let signature = if header["alg"] == "ES384" {
            self.ec.sign(&random, message.as_bytes()).expect("the key signs").as_ref().to_vec()
        } else {
            let mut signature = vec![0; self.rsa.public().modulus_len()];
            let signed = self.rsa.sign(&RSA_PKCS1_SHA384, &random, message.as_bytes(), &mut signature);
            signed.expect("the key signs");
            signature
        };
        format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
    }
}

fn set(keys: &[Value]) -> KeySet {
    KeySet::parse(&json!({ "keys": keys }).to_string()).expect("the set has usable keys")
}

fn header(alg: &str, kid: &str) -> Value {
    json!({ "alg": alg, "typ": "JWT", "kid": kid })
}

/// What comes of a token that says `7`.
fn check(keys: &[Value], header: &Value, expected: Result<i64, JwtError>) {
    let text = OWNER.sign(header, &json!(7));
    let found = Jwt::<i64>::read(&text).and_then(|token| token.signed_by(&set(keys)).copied());
    assert_eq!(found, expected, "{header}");
}

#[test]
fn signatures_of_registered_keys_are_known() {
    let keys = [OWNER.rsa_key("r"), OWNER.ec_key("e")];
    check(&keys, &header("RS384", "r"), Ok(7));
    check(&keys, &header("ES384", "e"), Ok(7));
}

#[test]
fn only_the_one_key_with_the_id_and_the_algorithm_counts() {
    let keys = [OWNER.rsa_key("r"), OWNER.ec_key("e")];
    check(&keys, &header("RS384", "other"), Err(JwtError::Key(KeyError::Unknown)));
    check(&keys, &header("RS384", "e"), Err(JwtError::Key(KeyError::Unknown)));
    let doubled = [OWNER.rsa_key("r"), OWNER.rsa_key("r")];
    check(&doubled, &header("RS384", "r"), Err(JwtError::Key(KeyError::Ambiguous)));
    // The same id for keys of two kinds is no doubt.
    check(&[OWNER.rsa_key("k"), OWNER.ec_key("k")], &header("ES384", "k"), Ok(7));
}

#[test]
fn other_algorithms_are_refused_before_any_key_is_looked_at() {
    for alg in ["none", "HS256", "HS384", "RS256", "ES256", "rs384", ""] {
        check(&[OWNER.rsa_key("r")], &header(alg, "r"), Err(JwtError::Algorithm));
    }
    check(&[OWNER.rsa_key("r")], &json!({ "alg": "RS384", "kid": "r" }), Err(JwtError::Type));
    check(&[OWNER.rsa_key("r")], &json!({ "alg": "RS384", "typ": "JWT" }), Err(JwtError::NoKeyId));
    let critical = json!({ "alg": "RS384", "typ": "JWT", "kid": "r", "crit": ["exp"] });
    check(&[OWNER.rsa_key("r")], &critical, Err(JwtError::Critical));
}

#[test]
fn what_is_changed_after_it_was_signed_is_found() {
    let keys = set(&[OWNER.rsa_key("r"), OWNER.ec_key("e")]);
    for (alg, kid) in [("RS384", "r"), ("ES384", "e")] {
        let text = OWNER.sign(&header(alg, kid), &json!(7));
        let parts: Vec<_> = text.split('.').collect();
        let forged = format!("{}.{}.{}", parts[0], URL_SAFE_NO_PAD.encode("8"), parts[2]);
        let read = Jwt::<i64>::read(&forged).expect("it has the form of a token");
        assert_eq!(read.signed_by(&keys), Err(JwtError::Signature));
        let unsigned = format!("{}.{}.", parts[0], parts[1]);
        assert_eq!(
            Jwt::<i64>::read(&unsigned).and_then(|it| it.signed_by(&keys).copied()),
            Err(JwtError::Signature)
        );
    }
    for broken in ["", "a", "a.b", "a.b.c", "e30.Nw.x", &"x".repeat(9_000)] {
        assert!(Jwt::<i64>::read(broken).is_err(), "{broken}");
    }
}

#[test]
fn a_set_must_have_a_key_that_is_of_use_and_none_that_is_secret() {
    let parse = |keys: &[Value]| KeySet::parse(&json!({ "keys": keys }).to_string()).err();
    let with = |name: &str, value: Value| {
        let mut key = OWNER.rsa_key("r");
        key[name] = value;
        key
    };
    assert_eq!(parse(&[OWNER.rsa_key("r"), json!({ "kty": "OKP", "kid": "o" })]), None);
    for useless in [
        with("use", json!("enc")),
        with("alg", json!("RS256")),
        with("kid", Value::Null),
        with("n", json!(URL_SAFE_NO_PAD.encode([0xff; 128]))),
        json!({ "kty": "EC", "crv": "P-256", "kid": "e", "x": "AA", "y": "AA" }),
    ] {
        assert_eq!(parse(std::slice::from_ref(&useless)), Some(KeyError::NoneUsable), "{useless}");
    }
    assert_eq!(parse(&[]), Some(KeyError::NoneUsable));
    assert_eq!(parse(&[with("d", json!("AA"))]), Some(KeyError::Private));
    assert_eq!(parse(&[json!({ "kty": "oct", "k": "AA" })]), Some(KeyError::Private));
    assert_eq!(parse(&vec![json!({ "kty": "RSA" }); KEYS_MAX + 1]), Some(KeyError::TooLarge));
    assert_eq!(KeySet::parse("{"), Err(KeyError::Malformed));
    assert_eq!(KeySet::parse(&" ".repeat(KEY_SET_BYTES_MAX + 1)), Err(KeyError::TooLarge));
}

#[test]
fn the_server_signs_with_the_newest_key_that_may_and_publishes_all() {
    let keys = [0, 100].map(|from| SigningKey::new(&pkcs8(2_048), from).expect("the key can sign"));
    let kept = keys.each_ref().map(|key| SigningKey::from_json(&key.to_json()).expect("the record is whole"));
    let signing = Signing::new(&kept);
    let published = signing.key_set();
    let ids =
        [0, 1].map(|place| published["keys"][place]["kid"].as_str().expect("each has an id").to_owned());
    for (seconds, id) in [(99, &ids[0]), (100, &ids[1])] {
        let token = signing.sign(&json!({ "sub": "x" }), seconds).expect("a key may sign");
        let (message, signature) = token.rsplit_once('.').expect("three parts");
        let header = URL_SAFE_NO_PAD.decode(message.split('.').next().unwrap()).unwrap();
        let header: Value = serde_json::from_slice(&header).unwrap();
        assert_eq!(header, json!({ "alg": "RS256", "typ": "JWT", "kid": id }));
        let key = published["keys"].as_array().unwrap().iter().find(|key| key["kid"] == **id).unwrap();
        let part = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
        let public = RsaPublicKeyComponents { n: part("n"), e: part("e") };
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        assert!(
            public.verify(&signature::RSA_PKCS1_2048_8192_SHA256, message.as_bytes(), &signature).is_ok()
        );
    }
    assert!(!published.to_string().contains("\"d\""));
    assert_eq!(signing.sign(&json!({}), -1), None);
}
