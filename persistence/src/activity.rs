//! Activities, and how each month is entered.

use chrono::NaiveDate;
use diesel::prelude::*;
use htcd_domain::Coded;
use htcd_domain::activity::{
    Activity, ActivityEntry, ActivityRole, ActivityScope, Ages, Category, Participations, Venue, entered_otherwise,
};
use htcd_domain::id::{ActivityId, ClubId, PlanItemId, SiteId};
use htcd_domain::record::Kept;
use serde::{Deserialize, Serialize};

use crate::db::{Conn, Tx};
use crate::error::Result;
use crate::record::{Part, Row, Whose, ids};
use crate::schema::{activities, activity_months};
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = activities, treat_none_as_null = true)]
struct ActivityRow {
    province_id: Id,
    id: Id,
    centre_id: Id,
    site_id: Option<Id>,
    entry: String,
    month: NaiveDate,
    category: String,
    sub_category: Option<String>,
    title: String,
    form: String,
    starts_on: NaiveDate,
    ends_on: NaiveDate,
    role: String,
    scope: String,
    classes: Option<i64>,
    sessions: Option<i64>,
    participants: Option<i64>,
    participations: Option<i64>,
    female: Option<i64>,
    ethnic_minority: Option<i64>,
    disabled: Option<i64>,
    age_under_15: Option<i64>,
    age_15_35: Option<i64>,
    age_36_60: Option<i64>,
    age_over_60: Option<i64>,
    cost_vnd: Option<i64>,
    plan_item_id: Option<Id>,
    club_id: Option<Id>,
    details: Doc,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

/// What nothing is counted or looked up by.
#[derive(Serialize, Deserialize)]
pub(crate) struct Details {
    pub(crate) venue: Option<Venue>,
    pub(crate) place: Option<String>,
    lead_organisation: Option<String>,
    partner_organisations: Vec<String>,
    programme: Option<String>,
    note: Option<String>,
}

impl Row for ActivityRow {
    type Record = Activity;

    fn of(province_id: Id, kept: &Kept<Activity>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        let (counts, ages) = (&it.participations, &it.participations.ages);
        let details = Details {
            venue: it.venue,
            place: it.place.clone(),
            lead_organisation: it.lead_organisation.clone(),
            partner_organisations: it.partner_organisations.clone(),
            programme: it.programme.clone(),
            note: it.note.clone(),
        };
        Ok(Self {
            province_id,
            id: kept.id.into(),
            centre_id: it.centre_id.into(),
            site_id: it.site_id.map(Id::from),
            entry: it.entry.code().into(),
            month: it.month(),
            category: it.category.code().into(),
            sub_category: it.sub_category.clone(),
            title: it.title.clone(),
            form: it.form.code().into(),
            starts_on: it.starts_on,
            ends_on: it.ends_on,
            role: it.role.code().into(),
            scope: it.scope.code().into(),
            classes: it.classes,
            sessions: it.sessions,
            participants: it.participants,
            participations: counts.total,
            female: counts.female,
            ethnic_minority: counts.ethnic_minority,
            disabled: counts.disabled,
            age_under_15: ages.under_15,
            age_15_35: ages.from_15_to_35,
            age_36_60: ages.from_36_to_60,
            age_over_60: ages.over_60,
            cost_vnd: it.cost_vnd,
            plan_item_id: it.plan_item_id.map(Id::from),
            club_id: it.club_id.map(Id::from),
            details: Doc::of(&details)?,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<Activity>, i64)> {
        let details: Details = self.details.read()?;
        let content = Activity {
            id: None,
            centre_id: self.centre_id.into(),
            entry: coded(&self.entry)?,
            category: coded(&self.category)?,
            sub_category: self.sub_category,
            title: self.title,
            form: coded(&self.form)?,
            starts_on: self.starts_on,
            ends_on: self.ends_on,
            role: coded(&self.role)?,
            scope: coded(&self.scope)?,
            site_id: self.site_id.map(SiteId::from),
            venue: details.venue,
            place: details.place,
            lead_organisation: details.lead_organisation,
            partner_organisations: details.partner_organisations,
            programme: details.programme,
            classes: self.classes,
            sessions: self.sessions,
            participants: self.participants,
            participations: Participations {
                total: self.participations,
                female: self.female,
                ethnic_minority: self.ethnic_minority,
                disabled: self.disabled,
                ages: Ages {
                    under_15: self.age_under_15,
                    from_15_to_35: self.age_15_35,
                    from_36_to_60: self.age_36_60,
                    over_60: self.age_over_60,
                },
            },
            cost_vnd: self.cost_vnd,
            plan_item_id: self.plan_item_id.map(PlanItemId::from),
            club_id: self.club_id.map(ClubId::from),
            note: details.note,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(Activity, activities, ActivityRow, of a centre, ordered by starts_on: NaiveDate);

/// Which activities a list shows.
#[derive(Debug, Clone, Default)]
pub struct ActivityFilter {
    /// Whose.
    pub whose: Whose,
    /// That begin on this day or later.
    pub from: Option<NaiveDate>,
    /// That begin on this day or earlier.
    pub to: Option<NaiveDate>,
    /// Of this category.
    pub category: Option<Category>,
    /// With this part of the centre's.
    pub role: Option<ActivityRole>,
    /// The centre's own work, or what others ran.
    pub own: Option<bool>,
    /// Of the centre, or of the hamlets.
    pub scope: Option<ActivityScope>,
    /// Entered in this way.
    pub entry: Option<ActivityEntry>,
    /// Of this item of a plan.
    pub plan_item: Option<PlanItemId>,
    /// Of any of these items of plans.
    pub plan_items: Option<Vec<PlanItemId>>,
    /// Of this club.
    pub club: Option<ClubId>,
}

/// A part of the list of activities, by their first day.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, filter: &ActivityFilter, wanted: Part<NaiveDate>) -> Result<Vec<Kept<Activity>>> {
    let mut query = in_scope(tx, &filter.whose);
    if let Some(from) = filter.from {
        query = query.filter(activities::starts_on.ge(from));
    }
    if let Some(to) = filter.to {
        query = query.filter(activities::starts_on.le(to));
    }
    if let Some(category) = filter.category {
        query = query.filter(activities::category.eq(category.code()));
    }
    if let Some(role) = filter.role {
        query = query.filter(activities::role.eq(role.code()));
    }
    if let Some(own) = filter.own {
        let roles: Vec<&str> = ActivityRole::ALL.iter().filter(|role| role.is_own() == own).map(|role| role.code()).collect();
        query = query.filter(activities::role.eq_any(roles));
    }
    if let Some(scope) = filter.scope {
        query = query.filter(activities::scope.eq(scope.code()));
    }
    if let Some(entry) = filter.entry {
        query = query.filter(activities::entry.eq(entry.code()));
    }
    if let Some(item) = filter.plan_item {
        query = query.filter(activities::plan_item_id.eq(Id::from(item)).assume_not_null());
    }
    if let Some(items) = &filter.plan_items {
        let items: Vec<Id> = ids(items);
        query =
            query.filter(activities::plan_item_id.is_not_null().and(activities::plan_item_id.assume_not_null().eq_any(items)));
    }
    if let Some(club) = filter.club {
        query = query.filter(activities::club_id.eq(Id::from(club)).assume_not_null());
    }
    part(tx, query, wanted)
}

/// Says how the month of an activity is entered, if nobody has said so yet. Whoever comes second waits for the first.
///
/// # Errors
/// `rule_broken` when it is entered in the other way.
pub fn claim_month(tx: &mut Tx<'_>, activity: &Activity) -> Result<()> {
    let key = (
        activity_months::province_id.eq(tx.province()),
        activity_months::centre_id.eq(Id::from(activity.centre_id)),
        activity_months::month.eq(activity.month()),
        activity_months::category.eq(activity.category.code()),
        activity_months::scope.eq(activity.scope.code()),
        activity_months::entry.eq(activity.entry.code()),
    );
    on_backend!(tx.conn, |c| diesel::insert_into(activity_months::table).values(key).on_conflict_do_nothing().execute(c))?;
    let key = (tx.province(), Id::from(activity.centre_id), activity.month(), activity.category.code(), activity.scope.code());
    let row = activity_months::table.find(key).select(activity_months::entry);
    let entry: String = match &mut *tx.conn {
        // Totals are held against each other, so one is entered at a time.
        Conn::Pg(pg) if activity.entry == ActivityEntry::MonthlyTotal => row.for_no_key_update().first(pg)?,
        conn => row.first(conn)?,
    };
    if entry == activity.entry.code() { Ok(()) } else { Err(entered_otherwise(activity.entry).into()) }
}

/// Forgets how a month was entered once it holds nothing more.
///
/// # Errors
/// What the database said.
pub fn free_month(tx: &mut Tx<'_>, activity: &Activity) -> Result<()> {
    let (province, centre) = (tx.province(), Id::from(activity.centre_id));
    let left: i64 = activities::table
        .filter(activities::province_id.eq(province).and(activities::centre_id.eq(centre)))
        .filter(activities::month.eq(activity.month()))
        .filter(activities::category.eq(activity.category.code()).and(activities::scope.eq(activity.scope.code())))
        .count()
        .get_result(tx.conn)?;
    if left == 0 {
        let key = (province, centre, activity.month(), activity.category.code(), activity.scope.code());
        diesel::delete(activity_months::table.find(key)).execute(tx.conn)?;
    }
    Ok(())
}

/// Whether a total of the same month, category, scope and role is there already, under another id: of the same category of the
/// province's own, or one of which the other is a part. The month was claimed before: whoever comes second sees the first.
///
/// # Errors
/// What the database said.
pub fn other_total(tx: &mut Tx<'_>, activity: &Activity, own: Option<ActivityId>) -> Result<Option<ActivityId>> {
    let mut query = activities::table
        .filter(activities::province_id.eq(tx.province()).and(activities::centre_id.eq(Id::from(activity.centre_id))))
        .filter(activities::month.eq(activity.month()).and(activities::entry.eq(ActivityEntry::MonthlyTotal.code())))
        .filter(activities::category.eq(activity.category.code()).and(activities::scope.eq(activity.scope.code())))
        .filter(activities::role.eq(activity.role.code()))
        .into_boxed();
    // A total of the whole category holds those of its parts.
    if let Some(code) = &activity.sub_category {
        let same = activities::sub_category.is_not_null().and(activities::sub_category.eq(code.clone()).assume_not_null());
        query = query.filter(activities::sub_category.is_null().or(same));
    }
    if let Some(own) = own {
        query = query.filter(activities::id.ne(Id::from(own)));
    }
    Ok(query.select(activities::id).first::<Id>(tx.conn).optional()?.map(ActivityId::from))
}
