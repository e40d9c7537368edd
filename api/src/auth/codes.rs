//! Codes that set a password once: an administrator hands them over, or they are mailed.

use chrono::{DateTime, Utc};
use htcd_domain::account::{CodePurpose, Delivery, code_of};
use htcd_domain::mail::Mail;
use htcd_domain::user::{HandedCode, User};
use htcd_domain::{Problem, personal::Email};
use htcd_persistence::{Tx, account, outbox};

use crate::auth::totp::{hash_of, random};
use crate::clock::new_id;
use crate::mail::recipient;

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

/// Queues the mail with a code; it goes out once this transaction is through.
fn mail(
    tx: &mut Tx<'_>,
    user: &User,
    email: &Email,
    purpose: CodePurpose,
    code: &str,
    now: DateTime<Utc>,
) -> htcd_persistence::Result<()> {
    let address =
        || Problem::rule("/delivery", "mail_address", "Địa chỉ thư không dùng được.", "The e-mail address cannot be used.");
    let recipient = recipient(&user.display_name, email.reveal()).ok_or_else(address)?;
    let (vi, en) = match purpose {
        CodePurpose::Activation => ("kích hoạt tài khoản", "activate your account"),
        CodePurpose::PasswordReset => ("đặt lại mật khẩu", "set a new password"),
    };
    let (username, ends) = (&user.username, (now + purpose.lasts() + chrono::TimeDelta::hours(7)).format("%d/%m/%Y %H:%M"));
    let body = format!(
        "Mã để {vi} của tài khoản {username}:\n\n    {code}\n\n\
         Mã dùng được một lần, đến {ends} (giờ Việt Nam). Nếu bạn không yêu cầu, hãy báo quản trị của bạn.\n\n\
         --\n\n\
         The code to {en}, {username}:\n\n    {code}\n\n\
         It works once, until {ends} (Viet Nam time). If you did not ask for it, tell your administrator.\n"
    );
    let mail = Mail { recipient, subject: format!("Mã {vi} / Code to {en}"), body };
    outbox::add(tx, new_id(now), &mail, now)
}
