//! A person's data (Law 91/2025/QH15): their copy, and taking their name off the account.

use actix_web::{get, post};
use htcd_domain::account::UserStatus;
use htcd_domain::audit::AuditRecord;
use htcd_domain::delegation::Delegation;
use htcd_domain::id::UserId;
use htcd_domain::service_account::ServiceAccount;
use htcd_domain::user::{ContactView, Session, User, plain};
use htcd_domain::{Code, Problem};
use htcd_persistence::audit::AuditFilter;
use htcd_persistence::{Change, Tx, audit, delegation, outbox, personal, service_account, session, user};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::persons::{self, PersonData};
use super::users::not_oneself;
use crate::answer::Answer;
use crate::extract::{Body, Segments};
use crate::mail::recipient;
use crate::permit::{OwnAccount, Permit, PersonalData, Right};
use crate::problem::Refusal;

/// How many records of what somebody did go into their copy.
const MOST_RECORDS: i64 = 1_000;

/// Everything that is kept about one person.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonalDataView {
    /// The account, with all roles that were ever held.
    pub user: User,
    /// How they are reached, in clear.
    pub contact: ContactView,
    /// Their sign-ins that are still good, with addresses and programs.
    pub sessions: Vec<Session>,
    /// Leave to act that they gave or got, and that is not over.
    pub delegations: Vec<Delegation>,
    /// What centres keep of them, where their record is linked to the account.
    pub persons: Vec<PersonData>,
    /// Programs in their right.
    pub service_accounts: Vec<ServiceAccount>,
    /// What they did, newest first.
    pub audit_records: Vec<AuditRecord>,
    /// Whether older records were left out; the audit trail has them.
    pub audit_records_cut: bool,
}

fn everything<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, id: UserId) -> htcd_persistence::Result<PersonalDataView> {
    let (user, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
    let filter = AuditFilter { user_id: Some(id), ..AuditFilter::default() };
    let mut audit_records = audit::page(tx, &filter, None, MOST_RECORDS + 1)?;
    let most = usize::try_from(MOST_RECORDS).unwrap_or(usize::MAX);
    let audit_records_cut = audit_records.len() > most;
    audit_records.truncate(most);
    Ok(PersonalDataView {
        contact: ContactView {
            user_id: id,
            email: user.email.as_ref().map(|email| email.reveal().to_owned()),
            phone: user.phone.as_ref().map(|phone| phone.reveal().to_owned()),
        },
        user,
        sessions: session::of_user(tx, id, permit.now())?,
        delegations: delegation::of_user(tx, id, permit.now())?,
        persons: persons::of_user(tx, id)?,
        service_accounts: service_account::page(tx, Some(id), None, 1_000)?,
        audit_records,
        audit_records_cut,
    })
}

fn copy<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, id: UserId) -> htcd_persistence::Result<Change<Answer>> {
    let view = everything(permit, tx, id)?;
    let answer = Answer::json(&view).not_kept().file_name(format!("personal-data-{id}.json"));
    let after = serde_json::json!({ "read": "personal_data" });
    Ok(Change { before: None, ..Change::updated(answer, "user", id, &(), &after) })
}

/// One's own data: everything that is kept about oneself.
#[utoipa::path(tag = "account", responses((status = 200, description = "The data.", body = PersonalDataView)), security(("oauth2" = ["own_account"])))]
#[get("/v1/me/personal_data")]
pub async fn get_own_personal_data(permit: Permit<OwnAccount>) -> Result<Answer, Refusal> {
    permit.write(|permit, tx| copy(permit, tx, permit.caller().user_id)).await
}

/// A person's data, to be handed to them when they ask for it. That they were read is put on record.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), responses((status = 200, description = "The data.", body = PersonalDataView)), security(("oauth2" = ["personal_data:manage"])))]
#[get("/v1/users/{user_id}/personal_data")]
pub async fn get_user_personal_data(permit: Permit<PersonalData>, Segments(id): Segments<UserId>) -> Result<Answer, Refusal> {
    permit.write(move |permit, tx| copy(permit, tx, id)).await
}

/// Why a person's name is taken off.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnonymiseUser {
    /// Why, for the record.
    #[validate(length(min = 1, max = 500), custom(function = "plain"))]
    #[schema(example = "Theo yêu cầu của người dùng ngày 20/11/2026", min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Take a person's name off their account, for good.
///
/// Name, contact data, sign-ins, second factor and links to other issuers are erased, roles and programs end. What must
/// stay for the record of official acts stays: which account did what and when, and the audit trail as it was written. What
/// a centre keeps of the person is taken off at `/v1/persons/{person_id}/anonymise`.
#[utoipa::path(tag = "users", params(("user_id" = UserId, Path, description = "The user.")), request_body = AnonymiseUser, responses((status = 200, description = "The account without its person.", body = User)), security(("oauth2" = ["personal_data:manage"])))]
#[post("/v1/users/{user_id}/anonymise")]
pub async fn anonymise_user(
    permit: Permit<PersonalData>,
    Segments(id): Segments<UserId>,
    Body(body): Body<AnonymiseUser>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, _) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            not_oneself(permit, id)?;
            if before.status == UserStatus::Anonymised {
                return Err(Problem::new(Code::StateConflict)
                    .detail("Tài khoản đã ẩn danh.", "The account is anonymised already.")
                    .into());
            }
            for grant in &before.grants {
                user::take_grant(tx, id, grant.id, grant.taken_away(permit.today()).as_ref())?;
            }
            let username = format!("an-danh-{}", id.0.simple());
            // Mail that was sent or waits names them, too.
            if let Some(to) = before.email.as_ref().and_then(|email| recipient(&before.display_name, email.reveal())) {
                outbox::forget_recipient(tx, &to)?;
            }
            personal::anonymise(tx, id, &username, "Người dùng đã ẩn danh", permit.now())?;
            let (after, revision) = user::find(tx, id)?.ok_or(Code::NotFound)?;
            // The record says that it was done, not whose name it was.
            let change = Change::updated(Answer::resource(&after, revision), "user", id, &(), &after);
            Ok(Change { before: None, ..change }.because(Some(&body.reason)))
        })
        .await
}
