//! Who one is, and one's own account.

use actix_web::{delete, get, post, put};
use htcd_domain::access::{Grant, Permission};
use htcd_domain::delegation::{CreateDelegation, Delegation};
use htcd_domain::id::{DelegationId, ProvinceId, ServiceAccountId, SessionId, UserId};
use htcd_domain::user::Session;
use htcd_domain::{Code, Coded as _, Fault, Problem, password as rule, text::Label};
use htcd_persistence::{Change, Tx, account, delegation, session, user};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::answer::Answer;
use crate::auth::{password, totp};
use crate::extract::{Body, Segments};
use crate::limits::Limited;
use crate::permit::{Me, OwnAccount, Permit};
use crate::problem::Refusal;

/// The caller.
#[derive(Debug, Serialize, ToSchema)]
pub struct MeView {
    /// Identity.
    pub id: UserId,
    /// The name they sign in with.
    #[schema(example = "nguyen.thi.lan")]
    pub username: String,
    /// The tenant; the nil UUID for national accounts.
    pub province_id: ProvinceId,
    /// Roles, with what they stand on.
    pub grants: Vec<Grant>,
    /// What these roles permit today, as far as the token allows it.
    pub permissions: Vec<Permission>,
    /// Whether a role asks for a second factor that is not set up: until then nothing else is permitted.
    pub totp_required: bool,
    /// The service account whose token this is; the person is then its owner.
    pub service_account_id: Option<ServiceAccountId>,
    /// Who acts for the person, if it is not themselves.
    pub acting: Option<ActingView>,
}

/// Who acts for somebody.
#[derive(Debug, Serialize, ToSchema)]
pub struct ActingView {
    /// Who.
    pub user_id: UserId,
    /// The name they sign in with.
    pub username: String,
    /// Whether they may only read.
    pub read_only: bool,
}

/// Who one is, and what one may do.
#[utoipa::path(tag = "sign-in", responses((status = 200, description = "The caller.", body = MeView)), security(("oauth2" = ["me"])))]
#[get("/v1/me")]
pub async fn get_me(permit: Permit<Me>) -> Result<Answer, Refusal> {
    let (caller, today) = (permit.caller(), permit.today());
    let permissions = Permission::ALL.iter().copied().filter(|permission| caller.may(*permission, today)).collect();
    Ok(Answer::json(&MeView {
        id: caller.user_id,
        username: caller.username.clone(),
        province_id: caller.province_id,
        grants: caller.grants.clone(),
        permissions,
        totp_required: caller.needs_totp,
        service_account_id: caller.service_account_id(),
        acting: caller.acting.as_ref().map(|acting| ActingView {
            user_id: acting.user_id,
            username: acting.username.clone(),
            read_only: acting.read_only,
        }),
    }))
}

/// Sign out everywhere: end every sign-in of one's own.
#[utoipa::path(tag = "account", responses((status = 204, description = "Every sign-in is over, this one too.")), security(("oauth2" = ["own_account"])))]
#[post("/v1/me/sign_out_everywhere")]
pub async fn sign_out_everywhere(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    permit
        .write(|permit, tx| {
            let user = permit.caller().user_id;
            end_all(tx, user, permit.now())?;
            Ok(changed(user, &serde_json::json!({ "signed_out": "everywhere" })))
        })
        .await
}

/// Ends every sign-in of somebody, here and by tokens of other issuers.
///
/// # Errors
/// What the database said.
pub(crate) fn end_all(tx: &mut Tx<'_>, user: UserId, now: chrono::DateTime<chrono::Utc>) -> htcd_persistence::Result<()> {
    session::revoke_all(tx, user, now)?;
    user::refuse_tokens_before(tx, user, now)
}

/// A change of an account that is told in words, since its substance is a secret.
fn changed(user: UserId, after: &serde_json::Value) -> Change<Answer> {
    Change { before: None, ..Change::updated(Answer::nothing(), "user", user, &(), after) }
}

/// Whoever holds a token guesses at the password or a code much more slowly than somebody who signs in.
fn patience(permit: &Permit<OwnAccount>) -> Result<(), Refusal> {
    Ok(permit.app().limits.guess(Limited::User(permit.caller().user_id))?)
}

/// The old password and a new one.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    #[validate(length(max = 1000))]
    #[schema(format = Password, max_length = 1000)]
    pub current_password: String,
    /// The new password, 12 to 128 characters, not one that everybody knows.
    #[schema(min_length = 12, max_length = 128, format = Password, example = "ba con vịt và một cái thang")]
    pub password: String,
}

/// Change one's password. Every other sign-in ends, and all leave to act that one gave.
#[utoipa::path(tag = "account", request_body = ChangePassword, responses((status = 204, description = "The password is changed.")), security(("oauth2" = ["own_account"])))]
#[put("/v1/me/password")]
pub async fn change_password(permit: Permit<OwnAccount>, Body(body): Body<ChangePassword>) -> Result<Answer, Refusal> {
    patience(&permit)?;
    let app = permit.shared().clone();
    let username = permit.caller().username.clone();
    let caller = (permit.caller().user_id, permit.caller().session_id());
    let (permit, found) = permit
        .run(move |permit| {
            let found = permit.database().read(permit.scope(), |tx| user::credentials(tx, &username))?;
            Ok((permit, found.ok_or(Code::NotFound)?))
        })
        .await?;
    rule::check("/password", &body.password, &found.username, &found.display_name)
        .map_err(|fault| Problem::invalid(vec![fault]))?;
    let (old, hash) = (body.current_password, found.password_hash.unwrap_or_else(|| password::NOBODY.into()));
    let fits = app.hashing(move || Ok(password::fits(&old, &hash))).await?;
    let new = body.password;
    let new_hash = app.hashing(move || password::hash(&new)).await?;
    permit
        .write(move |permit, tx| {
            if !fits {
                let fault = Fault::body(
                    "/current_password",
                    "current_password",
                    Label::fixed("Mật khẩu hiện tại không đúng.", "The current password is wrong."),
                );
                return Err(Problem::invalid(vec![fault]).into());
            }
            let (id, own) = caller;
            user::set_password(tx, id, &new_hash, permit.now())?;
            account::withdraw_codes(tx, id)?;
            session::revoke_others(tx, id, own, permit.now())?;
            // With a token of another issuer one would end what one came with.
            if own.is_some() {
                user::refuse_tokens_before(tx, id, permit.now())?;
            }
            delegation::end_all_of(tx, id, permit.now())?;
            Ok(changed(id, &serde_json::json!({ "password": "changed" })))
        })
        .await
}

/// One's sign-ins that are still good, newest first.
#[utoipa::path(tag = "account", responses((status = 200, description = "The sign-ins.", body = Vec<Session>)), security(("oauth2" = ["own_account"])))]
#[get("/v1/me/sessions")]
pub async fn list_own_sessions(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    permit
        .read(|permit, tx| {
            let mut sessions = session::of_user(tx, permit.caller().user_id, permit.now())?;
            for session in &mut sessions {
                session.current = Some(session.id) == permit.caller().session_id();
            }
            Ok(Answer::json(&sessions))
        })
        .await
}

/// End one of one's sign-ins.
#[utoipa::path(tag = "account", params(("session_id" = SessionId, Path, description = "The sign-in.")), responses((status = 204, description = "It is over.")), security(("oauth2" = ["own_account"])))]
#[delete("/v1/me/sessions/{session_id}")]
pub async fn delete_own_session(permit: Permit<OwnAccount>, Segments(id): Segments<SessionId>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let own = session::of_user(tx, permit.caller().user_id, permit.now())?;
            if !own.iter().any(|session| session.id == id) || !session::revoke(tx, id, permit.now())? {
                return Err(Code::NotFound.into());
            }
            let (open, over) = (serde_json::json!({ "revoked": false }), serde_json::json!({ "revoked": true }));
            Ok(Change::updated(Answer::nothing(), "session", id, &open, &over))
        })
        .await
}

/// One's second factor.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuthenticatorView {
    /// Whether signing in asks for it.
    pub confirmed: bool,
    /// How many recovery codes are left.
    pub recovery_codes_left: i64,
}

/// A second factor to be set up. The secret is shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewAuthenticator {
    /// The secret, base 32, to be typed into the authenticator's app.
    #[schema(example = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")]
    pub secret: String,
    /// The same for a QR code.
    #[schema(example = "otpauth://totp/htcd:nguyen.thi.lan?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=htcd")]
    pub otpauth_url: String,
}

/// Six digits.
#[derive(Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct TotpCode {
    /// What the authenticator shows now.
    #[validate(length(max = 10))]
    #[schema(example = "123456", max_length = 10)]
    pub code: String,
}

/// Recovery codes: each signs in once in place of the authenticator. They are shown once.
#[derive(Debug, Serialize, ToSchema)]
pub struct RecoveryCodes {
    /// The codes.
    #[schema(example = json!(["7K3M-9QXT-0B2H-V6RD"]))]
    pub recovery_codes: Vec<String>,
}

/// Whether one has a second factor.
#[utoipa::path(tag = "account", responses((status = 200, description = "The second factor.", body = AuthenticatorView)), security(("oauth2" = ["own_account"])))]
#[get("/v1/me/authenticator")]
pub async fn get_authenticator(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    permit
        .read(|permit, tx| {
            let user = permit.caller().user_id;
            let confirmed = account::authenticator(tx, user)?.is_some_and(|device| device.confirmed);
            Ok(Answer::json(&AuthenticatorView { confirmed, recovery_codes_left: account::recovery_codes_left(tx, user)? }))
        })
        .await
}

/// Begin to set up a second factor (RFC 6238). Signing in asks for it once it is confirmed.
#[utoipa::path(tag = "account", responses((status = 201, description = "The secret.", body = NewAuthenticator)), security(("oauth2" = ["own_account"])))]
#[post("/v1/me/authenticator")]
pub async fn create_authenticator(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    let secret = totp::random::<20>()?;
    let clock = totp::authenticator(&secret, &permit.caller().username)?;
    let view = NewAuthenticator { secret: clock.secret().to_base32(), otpauth_url: clock.to_url().map_err(|_| Code::Internal)? };
    permit
        .write(move |permit, tx| {
            let user = permit.caller().user_id;
            if account::authenticator(tx, user)?.is_some_and(|device| device.confirmed) {
                return Err(Problem::new(Code::AlreadyExists)
                    .detail("Đã bật xác thực hai bước; tắt trước rồi bật lại.", "A second factor is set up; remove it first.")
                    .into());
            }
            account::start_authenticator(tx, user, &secret, permit.now())?;
            let without = NewAuthenticator { secret: String::new(), otpauth_url: String::new() };
            let answer = Answer::json(&view).at("/v1/me/authenticator".into()).secret_but(&without);
            Ok(Change::created(answer, "authenticator", user, &serde_json::json!({ "confirmed": false })))
        })
        .await
}

/// The code was right and new, or the refusal.
fn use_code(permit: &Permit<OwnAccount>, tx: &mut Tx<'_>, code: &str, confirmed: bool) -> htcd_persistence::Result<()> {
    let user = permit.caller().user_id;
    let device = account::authenticator(tx, user)?.filter(|device| device.confirmed == confirmed).ok_or(Code::NotFound)?;
    let clock = totp::authenticator(&device.secret, &permit.caller().username)
        .map_err(|_| htcd_persistence::Error::Corrupt("an authenticator's secret".into()))?;
    match totp::step_of(&clock, code, permit.now()) {
        Some(step) if account::use_step(tx, user, step)? => Ok(()),
        _ => Err(Code::CodeInvalid.into()),
    }
}

/// Confirm a second factor with its first code; answers the recovery codes. Every other sign-in ends.
#[utoipa::path(tag = "account", request_body = TotpCode, responses((status = 200, description = "The recovery codes.", body = RecoveryCodes)), security(("oauth2" = ["own_account"])))]
#[post("/v1/me/authenticator/confirm")]
pub async fn confirm_authenticator(permit: Permit<OwnAccount>, Body(body): Body<TotpCode>) -> Result<Answer, Refusal> {
    patience(&permit)?;
    let codes = totp::recovery_codes()?;
    permit
        .write(move |permit, tx| {
            use_code(permit, tx, &body.code, false)?;
            let (shown, hashes): (Vec<String>, Vec<Vec<u8>>) = codes.into_iter().unzip();
            let user = permit.caller().user_id;
            account::confirm_authenticator(tx, user, &hashes, permit.now())?;
            session::revoke_others(tx, user, permit.caller().session_id(), permit.now())?;
            let answer =
                Answer::json(&RecoveryCodes { recovery_codes: shown }).secret_but(&RecoveryCodes { recovery_codes: vec![] });
            let (before, after) = (serde_json::json!({ "confirmed": false }), serde_json::json!({ "confirmed": true }));
            Ok(Change::updated(answer, "authenticator", user, &before, &after))
        })
        .await
}

/// Remove one's second factor, with a code of it.
#[utoipa::path(tag = "account", request_body = TotpCode, responses((status = 204, description = "It is removed.")), security(("oauth2" = ["own_account"])))]
#[post("/v1/me/authenticator/remove")]
pub async fn remove_authenticator(permit: Permit<OwnAccount>, Body(body): Body<TotpCode>) -> Result<Answer, Refusal> {
    patience(&permit)?;
    permit
        .write(move |permit, tx| {
            use_code(permit, tx, &body.code, true)?;
            let user = permit.caller().user_id;
            account::remove_authenticator(tx, user)?;
            let change =
                Change::updated(Answer::nothing(), "authenticator", user, &serde_json::json!({ "confirmed": true }), &());
            Ok(Change { after: None, ..change })
        })
        .await
}

/// Leave to act that one gave or got, and that is not over; newest first.
#[utoipa::path(tag = "account", responses((status = 200, description = "What was given and got.", body = Vec<Delegation>)), security(("oauth2" = ["own_account"])))]
#[get("/v1/me/delegations")]
pub async fn list_delegations(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    permit.read(|permit, tx| Ok(Answer::json(&delegation::of_user(tx, permit.caller().user_id, permit.now())?))).await
}

/// Give somebody leave to act for oneself, for a time; for reading only unless it says otherwise.
///
/// They get a token for it at `POST /oauth2/token` with the grant type of token exchange. Both names stand in the audit
/// trail, and both count in the separation of duties. Nothing that gives rights away can be done with it.
#[utoipa::path(tag = "account", request_body = CreateDelegation, responses((status = 201, description = "What was given.", body = Delegation)), security(("oauth2" = ["own_account"])))]
#[post("/v1/me/delegations")]
pub async fn create_delegation(permit: Permit<OwnAccount>, Body(body): Body<CreateDelegation>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let nobody = || {
                Problem::rule(
                    "/delegate_username",
                    "user_exists",
                    "Trong tỉnh không có người dùng này đang hoạt động.",
                    "There is no such active user in the province.",
                )
            };
            let delegate = user::named(tx, &body.delegate_username)?.ok_or_else(nobody)?;
            let given = body.give(permit.new_id(), permit.caller().user_id, delegate, permit.now())?;
            delegation::insert(tx, &given)?;
            let answer = Answer::created(&given, "/v1/me/delegations".into());
            Ok(Change::created(answer, "delegation", given.id, &given).because(Some(&given.reason)))
        })
        .await
}

/// Take leave to act back, or give it up.
#[utoipa::path(tag = "account", params(("delegation_id" = DelegationId, Path, description = "The leave.")), responses((status = 204, description = "It is over.")), security(("oauth2" = ["own_account"])))]
#[delete("/v1/me/delegations/{delegation_id}")]
pub async fn delete_delegation(permit: Permit<OwnAccount>, Segments(id): Segments<DelegationId>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let own = permit.caller().user_id;
            let given = delegation::find(tx, id)?.filter(|given| given.user_id == own || given.delegate_id == own);
            let given = given.ok_or(Code::NotFound)?;
            if !delegation::end(tx, id, permit.now())? {
                return Err(Code::NotFound.into());
            }
            Ok(Change { after: None, ..Change::updated(Answer::nothing(), "delegation", id, &given, &()) })
        })
        .await
}
