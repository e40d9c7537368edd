//! Tokens as a forger makes them, from a good one.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use htcd_api::clock::Clock;
use htcd_persistence::db::nation;
use htcd_persistence::signing_key;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode};
use serde_json::{Value, json};

use super::World;

/// A good token taken apart, with everything that everybody can read, and the server's own key.
pub struct Forge {
    pub claims: Value,
    pub header: Header,
    /// The key that the server publishes.
    pub published: Value,
    key: EncodingKey,
    token: String,
}

/// A part of a token.
pub fn part(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

impl Forge {
    pub fn of(world: &World, token: &str) -> Self {
        let set = world.client.get("/.well-known/jwks.json").send().expect(200).json();
        assert_eq!(set["keys"].as_array().unwrap().len(), 1);
        let published = set["keys"][0].clone();
        let public = DecodingKey::from_ed_components(published["x"].as_str().unwrap()).unwrap();
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&["htcd-api"]);
        validation.set_issuer(&["htcd"]);
        validation.validate_exp = false; // The test's clock stands elsewhere.
        let claims = decode::<Value>(token, &public, &validation).expect("the published key verifies it").claims;
        let stored = world.db.read(&nation(), |tx| signing_key::current(tx, world.clock.now())).unwrap().remove(0);
        let key = EncodingKey::from_ed_der(&stored.private_key);
        Self { claims, header: decode_header(token).unwrap(), published, key, token: token.to_owned() }
    }

    /// Head, body and signature of the good token.
    pub fn parts(&self) -> [&str; 3] {
        self.token.split('.').collect::<Vec<_>>().try_into().unwrap()
    }

    /// The claims with another value of one of them.
    pub fn with(&self, member: &str, value: Value) -> Value {
        let mut claims = self.claims.clone();
        claims[member] = value;
        claims
    }

    /// Claims signed with the server's own key, so that only they can be wrong.
    pub fn signed(&self, claims: &Value) -> String {
        encode(&self.header, claims, &self.key).unwrap()
    }

    /// The good claims with an algorithm that signs nothing.
    pub fn unsigned(&self, algorithm: &str) -> String {
        let head = json!({ "alg": algorithm, "typ": "at+jwt", "kid": self.published["kid"] });
        format!("{}.{}.", part(&head), self.parts()[1])
    }

    /// The good claims under HMAC, keyed with what everybody can read: the text of the public key, or its bytes.
    pub fn key_confused(&self) -> [String; 2] {
        let mut header = Header::new(Algorithm::HS256);
        header.kid.clone_from(&self.header.kid);
        let x = self.published["x"].as_str().unwrap();
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(x).unwrap();
        [x.as_bytes(), &bytes].map(|secret| encode(&header, &self.claims, &EncodingKey::from_secret(secret)).unwrap())
    }

    /// The good claims signed with another key of the right kind: under our key's name, under its own, and under none.
    pub fn by_a_stranger(&self) -> [String; 3] {
        let stranger = htcd_api::auth::keys::generate(chrono::DateTime::UNIX_EPOCH).unwrap();
        let key = EncodingKey::from_ed_der(&stranger.private_key);
        let named = |kid: Option<String>| Header { kid, ..self.header.clone() };
        [self.header.kid.clone(), Some(stranger.id.clone()), None].map(|kid| encode(&named(kid), &self.claims, &key).unwrap())
    }
}
