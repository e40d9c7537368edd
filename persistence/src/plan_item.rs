//! Items of plans, and what was held for them.

use std::collections::HashMap;

use chrono::{Datelike, NaiveDate};
use diesel::dsl::{count, count_star};
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::{ActivityRole, Category};
use htcd_domain::id::{PlanId, PlanItemId, SurveyId, SurveyTopicId};
use htcd_domain::plan::Plan;
use htcd_domain::plan_item::{ItemOrigin, PlanItem, Targets, lineage};
use htcd_domain::plan_progress::{Counts, Held, Tally};
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::expression::sum_i64;
use crate::record::{Part, Row, Whose};
use crate::schema::{activities, plan_items, plans, survey_topics};
use crate::types::{Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = plan_items, treat_none_as_null = true, treat_none_as_default_value = false)]
struct PlanItemRow {
    province_id: Id,
    id: Id,
    plan_id: Id,
    centre_id: Id,
    month: i32,
    category: String,
    sub_category: Option<String>,
    title: String,
    survey_topic_id: Option<Id>,
    continues_id: Option<Id>,
    target_classes: Option<i64>,
    target_sessions: Option<i64>,
    target_participations: Option<i64>,
    place: Option<String>,
    lead: Option<String>,
    estimated_cost_vnd: Option<i64>,
    note: Option<String>,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for PlanItemRow {
    type Record = PlanItem;

    fn of(province_id: Id, kept: &Kept<PlanItem>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            plan_id: it.plan_id.into(),
            centre_id: it.origin.centre_id.into(),
            month: it.month,
            category: it.category.code().into(),
            sub_category: it.sub_category.clone(),
            title: it.title.clone(),
            survey_topic_id: it.survey_topic_id.map(Id::from),
            continues_id: it.origin.continues_id.map(Id::from),
            target_classes: it.targets.classes,
            target_sessions: it.targets.sessions,
            target_participations: it.targets.participations,
            place: it.place.clone(),
            lead: it.lead.clone(),
            estimated_cost_vnd: it.estimated_cost_vnd,
            note: it.note.clone(),
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<PlanItem>, i64)> {
        let content = PlanItem {
            id: None,
            plan_id: self.plan_id.into(),
            month: self.month,
            category: coded(&self.category)?,
            sub_category: self.sub_category,
            title: self.title,
            survey_topic_id: self.survey_topic_id.map(SurveyTopicId::from),
            targets: Targets {
                classes: self.target_classes,
                sessions: self.target_sessions,
                participations: self.target_participations,
            },
            place: self.place,
            lead: self.lead,
            estimated_cost_vnd: self.estimated_cost_vnd,
            note: self.note,
            origin: ItemOrigin { centre_id: self.centre_id.into(), continues_id: self.continues_id.map(PlanItemId::from) },
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(PlanItem, plan_items, PlanItemRow, of a centre, ordered by month: i32);

/// Which items of plans a list shows.
#[derive(Debug, Clone, Default)]
pub struct PlanItemFilter {
    /// Whose.
    pub whose: Whose,
    /// Of this plan.
    pub plan: Option<PlanId>,
    /// Of this month.
    pub month: Option<i32>,
    /// Of this category.
    pub category: Option<Category>,
    /// That answer a topic of this survey.
    pub survey: Option<SurveyId>,
}

/// A part of the list of items, by their month.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &PlanItemFilter, wanted: Part<i32>) -> Result<Vec<Kept<PlanItem>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(plan) = filter.plan {
        query = query.filter(plan_items::plan_id.eq(Id::from(plan)));
    }
    if let Some(month) = filter.month {
        query = query.filter(plan_items::month.eq(month));
    }
    if let Some(category) = filter.category {
        query = query.filter(plan_items::category.eq(category.code()));
    }
    if let Some(survey) = filter.survey {
        let topics = plan_items::survey_topic_id.assume_not_null().eq_any(topics_of(tx.province(), survey.into()));
        query = query.filter(plan_items::survey_topic_id.is_not_null().and(topics));
    }
    part(tx, query, wanted)
}

#[diesel::dsl::auto_type(no_type_alias)]
fn topics_of(province: Id, survey: Id) -> _ {
    survey_topics::table
        .filter(survey_topics::province_id.eq(province).and(survey_topics::survey_id.eq(survey)))
        .select(survey_topics::id)
}

/// All items of a plan that was found in scope, by their month.
///
/// # Errors
/// What the database said.
pub fn of_plan(tx: &mut Tx<'_>, plan: PlanId) -> Result<Vec<Kept<PlanItem>>> {
    let rows: Vec<PlanItemRow> = plan_items::table
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::plan_id.eq(Id::from(plan))))
        .order((plan_items::month, plan_items::id))
        .select(PlanItemRow::as_select())
        .load(tx.conn)?;
    rows.into_iter().map(|row| row.read().map(|(kept, _)| kept)).collect()
}

/// Whether an item of a plan answers a topic of its survey.
///
/// # Errors
/// What the database said.
pub fn names_topics(tx: &mut Tx<'_>, plan: PlanId) -> Result<bool> {
    let found: Option<Id> = plan_items::table
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::plan_id.eq(Id::from(plan))))
        .filter(plan_items::survey_topic_id.is_not_null())
        .select(plan_items::id)
        .first(tx.conn)
        .optional()?;
    Ok(found.is_some())
}

/// Stores many new items.
///
/// # Errors
/// What the database said.
pub fn insert_many(tx: &mut Tx<'_>, items: &[Kept<PlanItem>]) -> Result<()> {
    let rows = items.iter().map(|kept| PlanItemRow::of(tx.province(), kept, 1)).collect::<Result<Vec<_>>>()?;
    // SQLite takes only so many values in one statement.
    for some in rows.chunks(100) {
        on_backend!(tx.conn, |c| diesel::insert_into(plan_items::table).values(some).execute(c))?;
    }
    Ok(())
}

/// Removes all items of a plan that was never approved.
///
/// # Errors
/// What the database said.
pub fn remove_of_plan(tx: &mut Tx<'_>, plan: PlanId) -> Result<()> {
    let target = plan_items::table.filter(plan_items::province_id.eq(tx.province()).and(plan_items::plan_id.eq(Id::from(plan))));
    diesel::delete(target).execute(tx.conn)?;
    Ok(())
}

/// Which item each item of the centre's plans of a year goes on from.
///
/// # Errors
/// What the database said.
pub fn continued(tx: &mut Tx<'_>, plan: &Plan) -> Result<HashMap<PlanItemId, PlanItemId>> {
    let pairs: Vec<(Id, Option<Id>)> = plan_items::table
        .inner_join(plans::table.on(plans::province_id.eq(plan_items::province_id).and(plans::id.eq(plan_items::plan_id))))
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::centre_id.eq(Id::from(plan.centre_id))))
        .filter(plans::year.eq(plan.year).and(plan_items::continues_id.is_not_null()))
        .select((plan_items::id, plan_items::continues_id))
        .load(tx.conn)?;
    Ok(pairs.into_iter().filter_map(|(item, before)| Some((item.into(), before?.into()))).collect())
}

/// The items of a plan and those that they go on from, each with the item of the plan that it counts for.
///
/// # Errors
/// What the database said.
pub fn lineage_of(tx: &mut Tx<'_>, plan: &Kept<Plan>) -> Result<HashMap<PlanItemId, PlanItemId>> {
    let items: Vec<Id> = plan_items::table
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::plan_id.eq(Id::from(plan.id))))
        .select(plan_items::id)
        .load(tx.conn)?;
    let items = items.into_iter().map(PlanItemId::from);
    Ok(lineage(items.map(|item| (item, item)), &continued(tx, &plan.content)?))
}

type HeldRow = (Option<Id>, String, NaiveDate, String, i64, Option<i64>, i64, Option<i64>, i64, Option<i64>, i64);

/// What a plan's centre held in its year up to a day: by item, category, month and role.
///
/// # Errors
/// What the database said.
pub fn held(tx: &mut Tx<'_>, plan: &Plan, as_of: NaiveDate) -> Result<Vec<Held>> {
    use activities::{category, classes, month, participations, plan_item_id, role, sessions};
    let (first, last) = plan.days();
    let rows: Vec<HeldRow> = activities::table
        .filter(activities::province_id.eq(tx.province()).and(activities::centre_id.eq(Id::from(plan.centre_id))))
        .filter(activities::starts_on.ge(first).and(activities::starts_on.le(last.min(as_of))))
        .group_by((plan_item_id, category, month, role))
        .select((
            plan_item_id,
            category,
            month,
            role,
            count_star(),
            sum_i64(classes),
            count(classes),
            sum_i64(sessions),
            count(sessions),
            sum_i64(participations),
            count(participations),
        ))
        .load(tx.conn)?;
    rows.into_iter()
        .map(|(item, of_category, on, as_role, entries, in_classes, c, in_sessions, s, in_participations, p)| {
            let tally = |sum: Option<i64>, reported| Tally { sum: sum.unwrap_or(0), reported };
            Ok(Held {
                item: item.map(PlanItemId::from),
                category: coded(&of_category)?,
                month: on.month(),
                is_own: coded::<ActivityRole>(&as_role)?.is_own(),
                counts: Counts {
                    activities: entries,
                    classes: tally(in_classes, c),
                    sessions: tally(in_sessions, s),
                    participations: tally(in_participations, p),
                },
            })
        })
        .collect()
}
