//! Acting for somebody: one's own access token against one in their right (token exchange, RFC 8693).

use htcd_domain::access::{Means, Scope};
use htcd_domain::id::DelegationId;
use htcd_domain::{Code, Problem};
use htcd_persistence::delegation;

use crate::answer::Answer;
use crate::auth::oauth2::TokenAnswer;
use crate::problem::Refusal;
use crate::state::App;

/// The type of the tokens that are taken and given.
pub const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";

/// A token to act with under a leave. Blocking.
///
/// # Errors
/// 401 for a token that is not good, `sign_in_failed` when there is no such leave for its holder now.
pub fn act_for(app: &App, subject_token: &str, id: DelegationId) -> Result<Answer, Refusal> {
    let refused = || Refusal::from(Problem::new(Code::SignInFailed).with("error", "invalid_grant"));
    let holder = app.look_up_caller(subject_token)?;
    // Programs do not act for people, and nobody passes leave on.
    let Means::Session(session) = holder.means else { return Err(refused()) };
    if holder.acting.is_some() {
        return Err(refused());
    }
    let now = app.now();
    let leave = app.database.read(&Scope::whole(holder.province_id), |tx| delegation::find(tx, id))?;
    let leave = leave.filter(|leave| leave.delegate_id == holder.user_id && leave.holds_at(now)).ok_or_else(refused)?;
    let access_token = app.sign_acting(&leave, holder.province_id, session)?;
    // The caller behind it is looked up now, so that a token that will not work is not given out.
    app.look_up_caller(&access_token)?;
    Ok(Answer::json(&TokenAnswer { issued_token_type: Some(ACCESS_TOKEN), ..TokenAnswer::bearer(app, access_token) }))
}
