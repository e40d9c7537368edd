//! Why somebody may or may not do something.

use actix_web::get;
use htcd_domain::access::Permission;
use htcd_domain::account::UserStatus;
use htcd_domain::explain::{self, Explanation, Lies};
use htcd_domain::id::{CentreId, RatingId, UnitId, UserId};
use htcd_domain::rating::{RatingAction, Reason};
use htcd_domain::user::User;
use htcd_domain::{Code, Coded, Fault, Problem, text::Label};
use htcd_persistence::{Tx, centre, rating, user};
use serde::Deserialize;
use utoipa::IntoParams;
use uuid::Uuid;

use super::ratings::case::Loaded;
use crate::answer::Answer;
use crate::extract::Params;
use crate::permit::{AccessExplain, Permit};
use crate::problem::Refusal;
use crate::state::{App, Atlas};

/// Who wants to do what, on what.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ExplainAccess {
    /// The user.
    user: UserId,
    /// A permission (`ratings:verify`), or an operation by its id (`verify_rating`).
    #[param(example = "verify_rating", max_length = 60)]
    action: String,
    /// On what: `rating:`, `centre:`, `unit:` or `user:` with an id; on anything at all when left out.
    #[param(example = "rating:0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", max_length = 60)]
    resource: Option<String>,
}

/// Why somebody may or may not do something now.
///
/// Each of their grants is listed with what it says to it, and what refuses it carries the codes of the errors and of
/// `allowed_actions`: the same code is asked.
#[utoipa::path(tag = "users", params(ExplainAccess), responses((status = 200, description = "The explanation.", body = Explanation), (status = 404, description = "There is no such user within your scope.", body = crate::problem::ProblemView, content_type = "application/problem+json")), security(("oauth2" = ["access:explain"])))]
#[get("/v1/access/explain")]
pub async fn explain_access(permit: Permit<AccessExplain>, Params(params): Params<ExplainAccess>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (person, _) = user::find(tx, params.user)?.ok_or(Code::NotFound)?;
            let asked = Asked { person, action: params.action.clone(), resource: params.resource.clone() };
            Ok(Answer::json(&explanation(permit.app(), permit.atlas(), tx, asked)?))
        })
        .await
}

/// A question.
pub struct Asked {
    /// Who.
    pub person: User,
    /// The action: a permission or an operation's id.
    pub action: String,
    /// On what.
    pub resource: Option<String>,
}

/// What a question is about.
enum Thing {
    Anything,
    Unit(UnitId),
    Centre(CentreId, UnitId),
    Rating(Box<htcd_domain::rating::Rating>, i64),
    User(UserId),
}

/// The answer to a question.
///
/// # Errors
/// `invalid_parameter` for an action or a resource that is not there.
pub fn explanation(app: &App, atlas: &Atlas, tx: &mut Tx<'_>, asked: Asked) -> htcd_persistence::Result<Explanation> {
    let today = app.today();
    let permission = Permission::from_code(&asked.action).or_else(|| app.operations.permission_of(&asked.action));
    let permission = permission.ok_or_else(|| {
        refused("action", "action_exists", "Không có quyền hay thao tác này.", "There is no such permission or operation.")
    })?;
    let thing = match asked.resource.as_deref() {
        Some(text) => find(tx, atlas, text)?.ok_or_else(|| {
            let (vi, en) = (
                "Không có tài nguyên này, hoặc viết sai dạng <loại>:<id>.",
                "There is no such resource, or it is not written <kind>:<id>.",
            );
            refused("resource", "resource_exists", vi, en)
        })?,
        None => Thing::Anything,
    };
    let caller = app.in_person(tx, asked.person.clone())?;
    let lies: Option<Lies> = match &thing {
        Thing::Anything | Thing::User(_) => None,
        Thing::Unit(unit) => Some((*unit, None)),
        Thing::Centre(centre, commune) => Some((*commune, Some(*centre))),
        Thing::Rating(rating, _) => Some((rating.commune_id, rating.centre_id)),
    };
    let map = &atlas.map;
    let mut reasons = account_reasons(&asked.person);
    reasons.extend(explain::reasons(&caller, permission, lies, map, today));
    let grants = explain::grants(&caller, permission, lies, map, today);
    match thing {
        Thing::User(id) if reasons.is_empty() => {
            let scope = caller.scope(permission, map, today);
            if tx.seen_by(&scope, |tx| user::find(tx, id))?.is_none() {
                reasons.push(Reason { code: Code::NotFound.as_str().into(), detail: Code::NotFound.next() });
            }
        }
        Thing::Rating(rating, revision) => {
            if let Some(action) = rating_action(&asked.action) {
                let loaded = Loaded::around_for(app, &caller, map, today, tx, *rating, revision)?;
                let against = loaded.case().reasons_against(action);
                // A right that is missing was named above, by the rule that takes it away.
                let is_named = !reasons.is_empty();
                reasons.extend(against.into_iter().filter(|reason| !(is_named && reason.code == "right_missing")));
            }
        }
        _ => {}
    }
    Ok(Explanation {
        user_id: asked.person.id,
        username: asked.person.username,
        action: asked.action,
        permission,
        resource: asked.resource,
        allowed: reasons.is_empty(),
        grants,
        reasons,
    })
}

fn refused(name: &str, rule: &'static str, vi: &'static str, en: &'static str) -> Problem {
    Problem { faults: vec![Fault::query(name, rule, Label::fixed(vi, en))], ..Problem::new(Code::InvalidParameter) }
}

fn account_reasons(person: &User) -> Vec<Reason> {
    match person.status {
        UserStatus::Active => vec![],
        status => vec![Reason { code: "account_not_active".into(), detail: status.label().sentence() }],
    }
}

fn find(tx: &mut Tx<'_>, atlas: &Atlas, text: &str) -> htcd_persistence::Result<Option<Thing>> {
    let Some((kind, id)) = text.split_once(':') else { return Ok(None) };
    let Ok(id) = Uuid::try_parse(id) else { return Ok(None) };
    Ok(match kind {
        "rating" => rating::find(tx, RatingId(id))?.map(|(rating, revision)| Thing::Rating(Box::new(rating), revision)),
        "centre" => centre::find(tx, CentreId(id))?.map(|(centre, _)| Thing::Centre(centre.id, centre.commune_id)),
        "unit" => atlas.map.get(UnitId(id)).map(|unit| Thing::Unit(unit.id)),
        "user" => user::find(tx, UserId(id))?.map(|(user, _)| Thing::User(user.id)),
        _ => None,
    })
}

/// The step of a rating that an operation takes.
fn rating_action(operation: &str) -> Option<RatingAction> {
    Some(match operation {
        "save_self_assessment" => RatingAction::Assess,
        "submit_rating" => RatingAction::Submit,
        "save_verified_assessment" => RatingAction::SaveVerification,
        "return_rating" => RatingAction::Return,
        "verify_rating" => RatingAction::Verify,
        "decide_rating" => RatingAction::Decide,
        "amend_rating" => RatingAction::Amend,
        _ => return None,
    })
}
