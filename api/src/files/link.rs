//! Links: leave to fetch one file for a few minutes, for whoever holds the link. Signed with the key that signs access tokens;
//! neither passes for the other, since each is for an audience of its own.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::access::Scope;
use htcd_domain::file::{File, LINK_LASTS};
use htcd_domain::id::{FileId, ProvinceId};
use htcd_persistence::file;
use jsonwebtoken::{Algorithm, Header, Validation};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::problem::Refusal;
use crate::state::App;

/// Whom links are for.
const AUDIENCE: &str = "htcd-files";

/// Longer than any link of ours.
const LONGEST: usize = 1_000;

/// What a link says.
#[derive(Debug, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    /// The file.
    sub: FileId,
    province_id: ProvinceId,
    exp: i64,
}

/// A file that a link leads to.
pub struct Linked {
    /// Its tenant.
    pub province: ProvinceId,
    /// The file.
    pub file: File,
    /// The object with its bytes.
    pub object: Uuid,
}

impl App {
    /// Makes a link to a file; answers its token and its end. Blocking.
    ///
    /// # Errors
    /// 503 while the database is away and no key is known.
    pub fn sign_link(&self, province: ProvinceId, file: FileId) -> Result<(String, DateTime<Utc>), Refusal> {
        let ends = self.now() + LINK_LASTS;
        let (iss, aud) = (self.settings.issuer.clone(), AUDIENCE.to_owned());
        let claims = Claims { iss, aud, sub: file, province_id: province, exp: ends.timestamp() };
        let keys = self.keys()?;
        let (key, encoding) = keys.first().and_then(|key| Some((key, key.encoding.as_ref()?))).ok_or(Code::Internal)?;
        let mut header = Header::new(Algorithm::EdDSA);
        header.kid = Some(key.id.clone());
        let token = jsonwebtoken::encode(&header, &claims, encoding).map_err(|error| {
            tracing::error!(%error, "a link could not be signed");
            Refusal::from(Code::Internal)
        })?;
        Ok((token, ends))
    }

    /// The claims of a link that is ours and still good. Blocking.
    fn verify_link(&self, token: &str) -> Result<Claims, Refusal> {
        let bad = || Refusal::from(Code::LinkInvalid);
        if token.len() > LONGEST {
            return Err(bad());
        }
        let header = jsonwebtoken::decode_header(token).map_err(|_| bad())?;
        // The algorithm is ours to say, never the token's.
        let kid = header.kid.filter(|_| header.alg == Algorithm::EdDSA).ok_or_else(bad)?;
        let keys = self.keys_with(&kid)?;
        let key = keys.iter().find(|key| key.id == kid && key.is_good(self.now())).ok_or_else(bad)?;
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_audience(&[AUDIENCE]);
        validation.set_issuer(&[&self.settings.issuer]);
        validation.validate_exp = false; // By the injected clock, below.
        let claims = jsonwebtoken::decode::<Claims>(token, &key.decoding, &validation).map_err(|_| bad())?.claims;
        if claims.exp > self.now().timestamp() { Ok(claims) } else { Err(bad()) }
    }

    /// The file that a link leads to: the one record that it opens. It is dead once the file is deleted.
    ///
    /// # Errors
    /// `link_invalid`.
    pub async fn follow(self: Arc<Self>, token: String) -> Result<Linked, Refusal> {
        Self::blocking(move || {
            let claims = self.verify_link(&token)?;
            let found = self.database.read(&Scope::whole(claims.province_id), |tx| file::find(tx, claims.sub))?;
            let linked =
                found.and_then(|found| Some(Linked { province: claims.province_id, object: found.object?, file: found.file }));
            linked.ok_or_else(|| Code::LinkInvalid.into())
        })
        .await
    }
}
