//! How a submission is sealed, and how a seal is checked: canonical JSON (RFC 8785) under a detached signature (JWS, RFC 7515)
//! with a key of the province's own (docs/decisions/0023-sealed-submissions.md).
//!
//! Checking needs the file alone, and no server: `htcd verify-submission` does it.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use ed25519_dalek::pkcs8::DecodePrivateKey;
use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use htcd_domain::Code;
use htcd_domain::id::ProvinceId;
use htcd_domain::submission::{SubmissionContent, SubmissionFile, SubmissionFormat};
use htcd_persistence::submission_key::SubmissionKey;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::problem::Refusal;

/// The type in the protected header: a signature over something else is none of ours.
const TYPE: &str = "htcd-submission+jws";
/// The algorithm: Ed25519 (RFC 8037).
const ALGORITHM: &str = "EdDSA";

/// A public key, as a JWK has it (RFC 8037).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Jwk {
    crv: String,
    kty: String,
    x: String,
}

impl Jwk {
    fn of(public_key: &[u8]) -> Self {
        Self { crv: "Ed25519".into(), kty: "OKP".into(), x: BASE64_URL_SAFE_NO_PAD.encode(public_key) }
    }

    /// The key's id: its thumbprint (RFC 7638), so that a name cannot be given to another key.
    fn thumbprint(&self) -> String {
        // The members that count, in the order of their names, which is what canonical JSON is.
        let text = canonical(self).unwrap_or_default();
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(text))
    }

    fn key(&self) -> Option<VerifyingKey> {
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(&self.x).ok()?;
        let is_ed25519 = self.crv == "Ed25519" && self.kty == "OKP";
        VerifyingKey::from_bytes(bytes.as_slice().try_into().ok()?).ok().filter(|_| is_ed25519)
    }
}

/// What is said of the signature, and signed with it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Protected {
    alg: String,
    jwk: Jwk,
    kid: String,
    typ: String,
}

/// A signature over the content: a JWS in flattened form whose payload is left out, as it stands beside it.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SubmissionSignature {
    /// The protected header, base64url: `alg`, `kid`, `jwk`, `typ`.
    #[schema(
        example = "eyJhbGciOiJFZERTQSIsImp3ayI6eyJjcnYiOiJFZDI1NTE5Iiwia3R5IjoiT0tQIiwieCI6IjExcVlBWUt4Q3JmVlNfN1R5V1FIT2c3aGN2UGFwaU1scndJYWFQY0hVUm8ifX0"
    )]
    pub protected: String,
    /// The signature over `protected`, a point, and the base64url of the content's canonical JSON; base64url.
    #[schema(example = "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg")]
    pub signature: String,
}

/// A submission as it is downloaded: canonical JSON, byte for byte what was sealed.
#[derive(Debug, Serialize, ToSchema)]
pub struct SubmissionDocument {
    /// What is submitted.
    pub content: SubmissionContent,
    /// The province's signature over it.
    pub signature: SubmissionSignature,
}

/// Canonical JSON (RFC 8785).
///
/// # Errors
/// What has no JSON form.
pub fn canonical(value: &impl Serialize) -> serde_json::Result<Vec<u8>> {
    serde_json_canonicalizer::to_vec(value)
}

/// A hash as people compare it.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// What is signed: the header and the payload, each base64url, with a point between them (RFC 7515, 5.1).
fn signing_input(protected: &str, payload: &[u8]) -> String {
    format!("{protected}.{}", BASE64_URL_SAFE_NO_PAD.encode(payload))
}

/// A new key pair of a province.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn generate(now: DateTime<Utc>) -> Result<SubmissionKey, Refusal> {
    let pair = crate::auth::keys::generate(now)?;
    Ok(SubmissionKey {
        id: Jwk::of(&pair.public_key).thumbprint(),
        private_key: pair.private_key,
        public_key: pair.public_key,
        created_at: now,
        retired_at: None,
    })
}

/// A content with its seal.
pub struct Sealed {
    /// SHA-256 over the content's canonical JSON.
    pub sha256: String,
    /// The whole file.
    pub document: Vec<u8>,
}

/// Seals a content.
///
/// # Errors
/// `internal` for a key that is none, which no answer explains.
pub fn seal(content: SubmissionContent, key: &SubmissionKey) -> Result<Sealed, Refusal> {
    let internal = |what: &'static str| {
        move |error: &dyn std::fmt::Display| {
            tracing::error!(%error, "a submission could not be sealed: {what}");
            Refusal::from(Code::Internal)
        }
    };
    let pair = SigningKey::from_pkcs8_der(&key.private_key).map_err(|error| internal("its key does not read")(&error))?;
    let payload = canonical(&content).map_err(|error| internal("its content has no canonical form")(&error))?;
    let jwk = Jwk::of(&key.public_key);
    let protected = Protected { alg: ALGORITHM.into(), kid: jwk.thumbprint(), jwk, typ: TYPE.into() };
    let protected = canonical(&protected).map_err(|error| internal("its header has no canonical form")(&error))?;
    let protected = BASE64_URL_SAFE_NO_PAD.encode(protected);
    let signature = pair.sign(signing_input(&protected, &payload).as_bytes());
    let signature = SubmissionSignature { protected, signature: BASE64_URL_SAFE_NO_PAD.encode(signature.to_bytes()) };
    let document = canonical(&SubmissionDocument { content, signature })
        .map_err(|error| internal("its file has no canonical form")(&error))?;
    Ok(Sealed { sha256: sha256(&payload), document })
}

/// A public key of a province, as the API publishes it and the Ministry keeps it: a JWK with its dates.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PublishedKey {
    /// The kind of key.
    #[schema(example = "OKP")]
    pub kty: String,
    /// The curve.
    #[schema(example = "Ed25519")]
    pub crv: String,
    /// The algorithm.
    #[schema(example = "EdDSA")]
    pub alg: String,
    /// What it is for: signatures.
    #[serde(rename = "use")]
    #[schema(example = "sig")]
    pub purpose: String,
    /// Its id: the thumbprint of the key (RFC 7638).
    #[schema(example = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")]
    pub kid: String,
    /// The public key, base64url.
    #[schema(example = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")]
    pub x: String,
    /// When it was made: it signed nothing before.
    pub created_at: DateTime<Utc>,
    /// Since when it signs no more; `null` for the one that signs.
    pub retired_at: Option<DateTime<Utc>>,
}

impl PublishedKey {
    /// The public half of a key.
    pub fn of(key: &SubmissionKey) -> Self {
        let jwk = Jwk::of(&key.public_key);
        Self {
            kid: jwk.thumbprint(),
            kty: jwk.kty,
            crv: jwk.crv,
            alg: ALGORITHM.into(),
            purpose: "sig".into(),
            x: jwk.x,
            created_at: key.created_at,
            retired_at: key.retired_at,
        }
    }
}

/// The keys of a province: a JWK set (RFC 7517) that says whose it is. Save it, and `htcd verify-submission --keys` takes it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ProvinceKeys {
    /// The province.
    pub province_id: ProvinceId,
    /// Its name.
    #[schema(example = "Tỉnh Hưng Yên")]
    pub province_name: String,
    /// Its keys, newest first; those of before stay, for what they signed.
    pub keys: Vec<PublishedKey>,
}

/// What came of checking a file.
#[derive(Debug, Default)]
pub struct Verification {
    /// What the file says, where that can be read.
    pub content: Option<SubmissionContent>,
    /// SHA-256 over the content's canonical JSON.
    pub sha256: Option<String>,
    /// The id of the key that the file names.
    pub key_id: Option<String>,
    /// Whether that key was looked up among keys that the caller trusts.
    pub origin_checked: bool,
    /// What is wrong; nothing for a good file.
    pub faults: Vec<String>,
}

impl Verification {
    /// Checks a file, by the keys that the caller trusts or, without any, by the key inside it.
    pub fn of(bytes: &[u8], trusted: Option<&[ProvinceKeys]>) -> Self {
        let mut found = Self { origin_checked: trusted.is_some(), ..Self::default() };
        if let Err(fault) = found.check(bytes, trusted) {
            found.faults.push(fault);
        }
        found
    }

    /// Collects what is wrong; what cannot be gone on from ends it.
    fn check(&mut self, bytes: &[u8], trusted: Option<&[ProvinceKeys]>) -> Result<(), String> {
        let file: Value = serde_json::from_slice(bytes).map_err(|error| format!("it is no JSON: {error}"))?;
        let exact = canonical(&file).map_err(|error| format!("it has no canonical form: {error}"))?;
        if exact != bytes {
            let place = exact.iter().zip(bytes).take_while(|(one, other)| one == other).count();
            self.faults.push(format!("it is not canonical JSON (RFC 8785): the first difference is at byte {}", place + 1));
        }
        let members: Vec<&str> = file.as_object().map(|members| members.keys().map(String::as_str).collect()).unwrap_or_default();
        if members != ["content", "signature"] {
            return Err("it is no submission: it must have the members content and signature, and no others".into());
        }
        let payload = canonical(&file["content"]).map_err(|error| format!("the content has no canonical form: {error}"))?;
        self.sha256 = Some(sha256(&payload));
        match serde_json::from_value::<SubmissionContent>(file["content"].clone()) {
            Ok(content) => {
                self.faults.extend(content.disagreements());
                self.content = Some(content);
            }
            Err(error) => self.faults.push(format!("the content is not that of a submission: {error}")),
        }
        let signature: SubmissionSignature = serde_json::from_value(file["signature"].clone())
            .map_err(|error| format!("the signature is not of the form that is known: {error}"))?;
        self.check_signature(&signature, &payload, trusted)
    }

    fn check_signature(
        &mut self,
        signature: &SubmissionSignature,
        payload: &[u8],
        trusted: Option<&[ProvinceKeys]>,
    ) -> Result<(), String> {
        let decode = |what: &str, text: &str| {
            BASE64_URL_SAFE_NO_PAD.decode(text).map_err(|error| format!("{what} is no base64url: {error}"))
        };
        let header = decode("the protected header", &signature.protected)?;
        let header: Protected =
            serde_json::from_slice(&header).map_err(|error| format!("the protected header does not read: {error}"))?;
        self.key_id = Some(header.kid.clone());
        if header.alg != ALGORITHM || header.typ != TYPE {
            return Err(format!("it is signed as {} {}, expected {ALGORITHM} {TYPE}", header.alg, header.typ));
        }
        if header.jwk.thumbprint() != header.kid {
            return Err("the key inside does not have the id that the file gives it".into());
        }
        let key = header.jwk.key().ok_or("the key inside is no Ed25519 key")?;
        let value = decode("the signature", &signature.signature)?;
        let value = Signature::from_slice(&value).map_err(|_| "the signature is not one of Ed25519")?;
        if key.verify_strict(signing_input(&signature.protected, payload).as_bytes(), &value).is_err() {
            self.faults.push("the signature does not fit: the content was changed, or another key signed it".into());
        }
        if let Some(trusted) = trusted {
            self.faults.extend(origin(&header, self.content.as_ref(), trusted).err());
        }
        Ok(())
    }

    /// Checks a file that belongs to the submission by the hash that was signed; answers which one it is.
    ///
    /// # Errors
    /// It is none of them.
    pub fn file(&self, bytes: &[u8]) -> Result<&SubmissionFile, String> {
        let hash = sha256(bytes);
        let files = self.content.as_ref().map_or(&[][..], |content| &content.files);
        files.iter().find(|file| file.sha256 == hash).ok_or_else(|| {
            let known: Vec<_> = files.iter().map(|file| format!("{} {}", file.format, file.sha256)).collect();
            format!("its SHA-256 is {hash}, none of those that were signed: {}", known.join(", "))
        })
    }
}

/// Whether a key is the submitting province's own, and signed at its time.
fn origin(header: &Protected, content: Option<&SubmissionContent>, trusted: &[ProvinceKeys]) -> Result<(), String> {
    let fits = |key: &PublishedKey| key.kid == header.kid && key.x == header.jwk.x;
    let found = trusted.iter().find_map(|set| Some((set, set.keys.iter().find(|key| fits(key))?)));
    let (set, key) = found.ok_or_else(|| format!("the key {} is not among the trusted ones", header.kid))?;
    let Some(content) = content else { return Ok(()) };
    let about = &content.header;
    if set.province_id != about.province.id {
        return Err(format!("the key is that of {}, the submission that of {}", set.province_name, about.province.name.vi));
    }
    if about.cut_off < key.created_at || key.retired_at.is_some_and(|retired| retired < about.cut_off) {
        return Err(format!("the key did not sign at {}: it was made later, or retired before", about.cut_off));
    }
    Ok(())
}

/// The entry of a file in the manifest.
pub fn entry(format: SubmissionFormat, media_type: &str, bytes: &[u8]) -> SubmissionFile {
    SubmissionFile { format, media_type: media_type.into(), size: bytes.len() as u64, sha256: sha256(bytes) }
}

#[cfg(test)]
mod tests;
