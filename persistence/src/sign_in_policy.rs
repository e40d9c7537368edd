//! What a tenant asks of those who sign in.

use diesel::prelude::*;
use htcd_domain::account::SignInPolicy;

use crate::db::Tx;
use crate::error::{Error, Result};
use crate::schema::sign_in_policies;

/// The tenant's policy with its revision: nothing is asked, at revision 0, until it sets one.
///
/// # Errors
/// What the database said.
pub fn get(tx: &mut Tx<'_>) -> Result<(SignInPolicy, i64)> {
    let found: Option<(String, i64)> = sign_in_policies::table
        .find(tx.province())
        .select((sign_in_policies::totp_roles, sign_in_policies::revision))
        .first(tx.conn)
        .optional()?;
    match found {
        Some((roles, revision)) => {
            let totp_roles = serde_json::from_str(&roles).map_err(|error| Error::Corrupt(error.to_string()))?;
            Ok((SignInPolicy { totp_roles }, revision))
        }
        None => Ok((SignInPolicy { totp_roles: Vec::new() }, 0)),
    }
}

/// Stores the tenant's policy, whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn put(tx: &mut Tx<'_>, policy: &SignInPolicy, revision: i64) -> Result<()> {
    let roles = serde_json::to_string(&policy.totp_roles).map_err(|error| Error::Corrupt(error.to_string()))?;
    let changed = if revision == 0 {
        let row = (
            sign_in_policies::province_id.eq(tx.province()),
            sign_in_policies::totp_roles.eq(&roles),
            sign_in_policies::revision.eq(1i64),
        );
        on_backend!(tx.conn, |c| diesel::insert_into(sign_in_policies::table).values(row).on_conflict_do_nothing().execute(c))?
    } else {
        diesel::update(sign_in_policies::table.find(tx.province()).filter(sign_in_policies::revision.eq(revision)))
            .set((sign_in_policies::totp_roles.eq(&roles), sign_in_policies::revision.eq(revision + 1)))
            .execute(tx.conn)?
    };
    if changed == 1 { Ok(()) } else { Err(htcd_domain::Code::EtagMismatch.into()) }
}
