//! Surveys of learning needs, and which topics they have.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::id::{SurveyId, SurveyTopicId};
use htcd_domain::record::Kept;
use htcd_domain::survey::Survey;
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{OnUnique, Result};
use crate::record::{Part, Row, Whose, in_use};
use crate::schema::{plan_items, survey_topics, surveys};
use crate::types::{Doc, Id, Instant};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = surveys, treat_none_as_null = true)]
struct SurveyRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    title: String,
    started_on: NaiveDate,
    ended_on: Option<NaiveDate>,
    asked: Option<i64>,
    answered: Option<i64>,
    channels: Doc,
    topics: Doc,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for SurveyRow {
    type Record = Survey;

    fn of(province_id: Id, kept: &Kept<Survey>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            title: it.title.clone(),
            started_on: it.started_on,
            ended_on: it.ended_on,
            asked: it.asked,
            answered: it.answered,
            channels: Doc::of(&it.channels)?,
            topics: Doc::of(&it.topics)?,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Survey>, i64)> {
        let content = Survey {
            id: None,
            centre_id: self.centre_id.into(),
            title: self.title,
            started_on: self.started_on,
            ended_on: self.ended_on,
            asked: self.asked,
            answered: self.answered,
            channels: self.channels.read()?,
            topics: self.topics.read()?,
            note: self.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Survey, surveys, SurveyRow, of a centre, ordered by started_on: NaiveDate);

/// A part of the list of surveys, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, whose: &Whose, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Survey>>> {
    let query = in_scope(tx, whose);
    part(tx, query, wanted)
}

/// Adds topics to a survey, so that items of plans can refer to them.
///
/// # Errors
/// `already_exists` for an id that another survey's topic has.
pub fn add_topics(tx: &mut Tx<'_>, survey: SurveyId, topics: impl IntoIterator<Item = SurveyTopicId>) -> Result<()> {
    for topic in topics {
        let row = (
            survey_topics::province_id.eq(tx.province()),
            survey_topics::id.eq(Id::from(topic)),
            survey_topics::survey_id.eq(Id::from(survey)),
        );
        diesel::insert_into(survey_topics::table).values(row).execute(tx.conn).on_unique(
            "survey_topics_pkey",
            "survey_topics.province_id, survey_topics.id",
            || {
                Problem::new(Code::AlreadyExists)
                    .detail(
                        format!("Đã có chủ đề với id {topic} trong một đợt điều tra khác."),
                        format!("Another survey has a topic with the id {topic}."),
                    )
                    .with("pointer", "/topics")
            },
        )?;
    }
    Ok(())
}

/// Takes topics off a survey.
///
/// # Errors
/// `blocked` while items of plans refer to one.
pub fn remove_topics(tx: &mut Tx<'_>, survey: SurveyId, topics: impl IntoIterator<Item = SurveyTopicId>) -> Result<()> {
    let ids: Vec<Id> = topics.into_iter().map(Id::from).collect();
    if ids.is_empty() {
        return Ok(());
    }
    let target = survey_topics::table
        .filter(survey_topics::province_id.eq(tx.province()).and(survey_topics::survey_id.eq(Id::from(survey))))
        .filter(survey_topics::id.eq_any(ids));
    in_use::<Survey, _>(diesel::delete(target).execute(tx.conn))?;
    Ok(())
}

/// The topics of a survey that items of plans refer to.
///
/// # Errors
/// What the database said.
pub fn used_topics(tx: &mut Tx<'_>, survey: SurveyId) -> Result<Vec<SurveyTopicId>> {
    let found: Vec<Id> = survey_topics::table
        .inner_join(
            plan_items::table.on(plan_items::province_id
                .eq(survey_topics::province_id)
                .and(plan_items::survey_topic_id.eq(survey_topics::id.nullable()))),
        )
        .filter(survey_topics::province_id.eq(tx.province()).and(survey_topics::survey_id.eq(Id::from(survey))))
        .select(survey_topics::id)
        .distinct()
        .load(tx.conn)?;
    Ok(found.into_iter().map(SurveyTopicId::from).collect())
}
