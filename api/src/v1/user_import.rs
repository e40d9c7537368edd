//! Invitations from a table.

use actix_web::{HttpRequest, post, web};
use htcd_domain::account::Delivery;
use htcd_domain::problem::Place;
use htcd_domain::table::{Delimiter, table_fault};
use htcd_domain::user::InvitedUser;
use htcd_domain::user_import::{self, Invitation};
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::{Change, Error, Tx, centre};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::users::invite;
use crate::answer::Answer;
use crate::auth::codes::without_code;
use crate::extract::{Params, content_type};
use crate::permit::{Permit, UsersManage};
use crate::problem::Refusal;

/// How to read the table.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct UserImportOptions {
    /// What separates cells; a comma when left out.
    delimiter: Option<Delimiter>,
    /// How the activation codes reach the people; in the answer when left out.
    delivery: Option<Delivery>,
    /// Only check.
    dry_run: Option<bool>,
}

/// What an import of users did, or would do.
#[derive(Debug, Serialize, ToSchema)]
pub struct UserImportResult {
    /// Whether nothing was stored because only a check was asked for.
    pub dry_run: bool,
    /// How many people were (or would be) invited.
    #[schema(example = 300)]
    pub invited: usize,
    /// They, with their codes; nobody after a check only.
    pub users: Vec<InvitedUser>,
}

/// Invite people from a CSV table.
///
/// Columns: `username`, `display_name`, `email`, `phone`, `role` (code or name), `unit_id` or `unit_code` (on today's map),
/// `centre_id` or `centre_code`. One row for each role; several roles of a person stand in rows with the same username.
/// All or nothing: every fault is named by its row and column. A repeated request is answered without the codes.
#[utoipa::path(tag = "users", params(UserImportOptions), request_body(content = String, content_type = "text/csv", example = "username,display_name,role,unit_code\nlan.quangninh,Nguyễn Thị Lan,province_officer,22\n"), responses((status = 200, description = "Who was invited.", body = UserImportResult)), security(("oauth2" = ["users:manage"])))]
#[post("/v1/users/import_csv")]
pub async fn import_users_csv(
    permit: Permit<UsersManage>,
    Params(options): Params<UserImportOptions>,
    request: HttpRequest,
    body: web::Bytes,
) -> Result<Answer, Refusal> {
    if content_type(&request).as_deref() != Some("text/csv") {
        return Err(Code::UnsupportedMediaType.into());
    }
    let rows = user_import::read_csv(&body, options.delimiter.unwrap_or(Delimiter::Comma)).map_err(Problem::invalid)?;
    let delivery = options.delivery.unwrap_or(Delivery::Answer);
    let dry_run = options.dry_run.unwrap_or(false);
    permit
        .write_several(move |permit, tx| {
            let centres = centre::all(tx)?;
            let invitations =
                user_import::check(&rows, delivery, &centres, &permit.atlas().map, permit.today()).map_err(Problem::invalid)?;
            let users = if dry_run {
                tx.rehearse(|tx| invite_all(permit, tx, invitations))?
            } else {
                invite_all(permit, tx, invitations)?
            };
            let invited = users.len();
            if dry_run {
                return Ok((Answer::json(&UserImportResult { dry_run, invited, users: vec![] }), vec![]));
            }
            let changes = users.iter().map(|made| Change::created((), "user", made.user.id, &made.user)).collect();
            let kept = users.iter().map(|made| InvitedUser { activation: without_code(&made.activation), ..made.clone() });
            let kept = UserImportResult { dry_run, invited, users: kept.collect() };
            let answer = Answer::json(&UserImportResult { dry_run, invited, users }).secret_but(&kept);
            Ok((answer, changes))
        })
        .await
}

/// Stores invitations, or names all that is wrong with any of them.
fn invite_all(permit: &Permit<UsersManage>, tx: &mut Tx<'_>, invitations: Vec<Invitation>) -> Result<Vec<InvitedUser>, Error> {
    let (mut users, mut faults) = (Vec::new(), Vec::new());
    for Invitation { row, user, roles_in } in invitations {
        // Each is tried on its own, so that all that is wrong is named at once.
        match tx.savepoint(|tx| invite(permit, tx, user)) {
            Ok(invited) => users.push(invited),
            Err(Error::Refused(problem)) => faults.extend(in_table(*problem, row, &roles_in)),
            Err(other) => return Err(other),
        }
    }
    if faults.is_empty() { Ok(users) } else { Err(Problem::invalid(faults).into()) }
}

/// A refusal of one invitation, by the rows that it came from.
fn in_table(problem: Problem, row: usize, of_roles: &[usize]) -> Vec<Fault> {
    let of_role = |pointer: &str| {
        let place = pointer.split('/').find_map(|part| part.parse::<usize>().ok()).unwrap_or(0);
        of_roles.get(place).copied().unwrap_or(row)
    };
    if problem.faults.is_empty() {
        let detail = problem.detail.map_or_else(|| problem.code.title(), |detail| *detail);
        return vec![table_fault(row, "-", problem.code.as_str(), detail.vi, detail.en)];
    }
    let place = |fault: Fault| {
        let column = fault.pointer.rsplit('/').next().unwrap_or("-").to_owned();
        Fault { place: Place::Table, pointer: format!("{},{column}", of_role(&fault.pointer)), ..fault }
    };
    problem.faults.into_iter().map(place).collect()
}
