//! The rules by which centres are looked at, and what one's own province sets of them.

use actix_web::{get, put};
use htcd_domain::finding::{FindingRules, FindingSettings, rules};
use htcd_persistence::{Change, finding_settings};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;

/// Every rule with what it says, its law in its times, its number, and what one's own province has set of it.
#[utoipa::path(tag = "findings", responses((status = 200, description = "The rules.", body = FindingRules)), security(("oauth2" = ["records:read"])))]
#[get("/v1/finding_rules")]
pub async fn get_finding_rules(permit: Permit<RecordsRead>) -> Result<Answer, Refusal> {
    permit
        .read(|_, tx| {
            let (settings, revision) = finding_settings::get(tx)?;
            Ok(Answer::resource(&rules(&settings), revision))
        })
        .await
}

/// Set which rules the province looks for, and their numbers, each with a reason. It replaces all that was set: a rule that is left out
/// holds as it ships. Findings follow at once, also those of days that are past.
#[utoipa::path(tag = "findings", params(IfMatchHeader), request_body = FindingSettings, responses((status = 200, description = "The rules.", body = FindingRules)), security(("oauth2" = ["settings:write"])))]
#[put("/v1/finding_rules")]
pub async fn replace_finding_rules(
    permit: Permit<SettingsWrite>,
    if_match: IfMatch,
    Body(body): Body<FindingSettings>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = finding_settings::get(tx)?;
            if_match.check(revision)?;
            body.check()?;
            finding_settings::put(tx, &body, revision)?;
            let tenant = permit.scope().province_id;
            let answer = Answer::resource(&rules(&body), revision + 1);
            Ok(Change::updated(answer, "finding_settings", tenant, &before, &body).apart_from_figures())
        })
        .await
}
