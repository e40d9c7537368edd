//! Surveys of what people want to learn, and the topics that came of them.

use std::collections::BTreeSet;

use actix_web::{delete, get, patch, post};
use htcd_domain::activity::check_open;
use htcd_domain::id::{CentreId, SurveyId, UnitId};
use htcd_domain::record::{Kept, Patch};
use htcd_domain::survey::Survey;
use htcd_domain::{Code, Problem};
use htcd_persistence::{Result as Stored, centre, survey};
use serde::Deserialize;
use utoipa::IntoParams;

use super::activities::check_sub_category_at;
use crate::answer::{Answer, Page};
use crate::clock::new_id;
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type SurveyRecord = Kept<Survey>;
type SurveyPatch = Patch<Survey>;

impl Kind for Survey {
    fn settle(&mut self, _: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        for topic in &mut self.topics {
            topic.id.get_or_insert_with(|| new_id(desk.now));
        }
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        let (centre, _) = centre::find(desk.tx, self.centre_id)?.ok_or(Code::NotFound)?;
        let acts = centre::acts(desk.tx, self.centre_id)?;
        check_open(&centre, &acts, "/started_on", self.started_on)?;
        let known: &[_] = before.map_or(&[], |before| &before.content.topics);
        for (place, topic) in self.topics.iter().enumerate() {
            let is_kept = known
                .iter()
                .any(|then| (then.id, &then.sub_category, then.category) == (topic.id, &topic.sub_category, topic.category));
            if !is_kept {
                let at = format!("/topics/{place}/sub_category");
                check_sub_category_at(&at, topic.sub_category.as_deref(), topic.category, desk)?;
            }
        }
        let Some(before) = before else { return Ok(()) };
        let gone: BTreeSet<_> = before.content.topic_ids().difference(&self.topic_ids()).copied().collect();
        if gone.is_empty() {
            return Ok(());
        }
        let used = survey::used_topics(desk.tx, before.id)?;
        match known.iter().find(|topic| topic.id.is_some_and(|id| gone.contains(&id) && used.contains(&id))) {
            None => Ok(()),
            Some(topic) => {
                let title = &topic.title;
                Err(Problem::new(Code::Blocked)
                    .detail(
                        format!("Đã có mục kế hoạch dựa trên chủ đề «{title}»; giữ chủ đề đó (gửi lại kèm id của nó)."),
                        format!("Items of plans rest on the topic “{title}”; keep it, and send it with its id."),
                    )
                    .with("pointer", "/topics")
                    .into())
            }
        }
    }

    fn follow(before: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        // Those of a survey that is removed go with it.
        let Some(after) = after else { return Ok(()) };
        let (then, now) = (before.map(|before| before.content.topic_ids()).unwrap_or_default(), after.content.topic_ids());
        survey::remove_topics(desk.tx, after.id, then.difference(&now).copied())?;
        survey::add_topics(desk.tx, after.id, now.difference(&then).copied())
    }
}

/// Which surveys a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListSurveys {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// By the first day: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Surveys in scope, with their topics.
#[utoipa::path(tag = "surveys", params(ListSurveys), responses((status = 200, description = "A page of surveys.", body = Page<SurveyRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/surveys")]
pub async fn list_surveys(permit: Permit<RecordsRead>, Params(params): Params<ListSurveys>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let whose = record::whose(permit.atlas(), params.centre_id, params.unit_id);
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(survey::list(tx, &whose, wanted.clone())?, limit, |survey: &Survey| survey.started_on))
        })
        .await
}

/// One survey.
#[utoipa::path(tag = "surveys", params(("survey_id" = SurveyId, Path, description = "The survey.")), responses((status = 200, description = "The survey.", body = SurveyRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/surveys/{survey_id}")]
pub async fn get_survey(permit: Permit<RecordsRead>, Segments(id): Segments<SurveyId>) -> Result<Answer, Refusal> {
    record::get::<Survey, _>(permit, id).await
}

/// Record a survey of learning needs.
///
/// A plan names the survey that it is built on, each of its items the topic that it answers, and an activity the item: so it is
/// seen what became of a wish.
#[utoipa::path(tag = "surveys", request_body = Survey, responses((status = 201, description = "The survey.", body = SurveyRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/surveys")]
pub async fn create_survey(permit: Permit<RecordsWrite>, Body(body): Body<Survey>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a survey. `topics` replaces all of them: those that stay are sent with their ids, and one that an item of a plan rests on stays.
#[utoipa::path(tag = "surveys", params(("survey_id" = SurveyId, Path, description = "The survey."), IfMatchHeader), request_body(content = SurveyPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The survey.", body = SurveyRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/surveys/{survey_id}")]
pub async fn update_survey(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SurveyId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Survey>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a survey that no plan rests on.
#[utoipa::path(tag = "surveys", params(("survey_id" = SurveyId, Path, description = "The survey."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/surveys/{survey_id}")]
pub async fn delete_survey(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<SurveyId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Survey, _>(permit, id, if_match).await
}
