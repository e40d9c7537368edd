//! What is due when in one's own province, and what it sets for years of their own.

use actix_web::{get, put};
use chrono::Datelike as _;
use htcd_domain::calendar::{Calendar, CalendarView};
use htcd_persistence::{Change, calendar};
use serde::Deserialize;
use utoipa::IntoParams;

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params};
use crate::permit::{Permit, RecordsRead, SettingsWrite};
use crate::problem::Refusal;
use crate::record::check_year;

/// Of which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CalendarQuery {
    /// The year; this one when left out.
    #[param(example = 2018)]
    year: Option<i32>,
}

/// What is due of a year, when, and who says so; and the days that the province sets for years of their own.
///
/// The standing day of reports and plans is that of their rule (`/v1/finding_rules`), the days of ratings are those of their round. What
/// nobody gives a day for has none: no source names one.
#[utoipa::path(tag = "deadlines", params(CalendarQuery), responses((status = 200, description = "The calendar.", body = CalendarView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/calendar")]
pub async fn get_calendar(permit: Permit<RecordsRead>, Params(query): Params<CalendarQuery>) -> Result<Answer, Refusal> {
    let year = check_year(query.year.unwrap_or(permit.today().year()))?;
    permit
        .read(move |_, tx| {
            let (_, revision) = calendar::get(tx)?;
            Ok(Answer::resource(&CalendarView::of(&calendar::deadlines(tx)?, year), revision))
        })
        .await
}

/// Set the days of years of their own, each with a reason. It replaces all that was set: a year that is left out has its standing day.
/// Findings, tasks and completeness follow at once, also those of days that are past.
#[utoipa::path(tag = "deadlines", params(IfMatchHeader), request_body = Calendar, responses((status = 200, description = "The calendar of this year.", body = CalendarView)), security(("oauth2" = ["settings:write"])))]
#[put("/v1/calendar")]
pub async fn replace_calendar(
    permit: Permit<SettingsWrite>,
    if_match: IfMatch,
    Body(body): Body<Calendar>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = calendar::get(tx)?;
            if_match.check(revision)?;
            body.check()?;
            calendar::put(tx, &body, revision)?;
            let view = CalendarView::of(&calendar::deadlines(tx)?, permit.today().year());
            let tenant = permit.scope().province_id;
            let answer = Answer::resource(&view, revision + 1);
            Ok(Change::updated(answer, "calendar", tenant, &before, &body).apart_from_figures())
        })
        .await
}
