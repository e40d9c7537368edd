//! A province's own categories of activities.

use diesel::prelude::*;
use htcd_domain::activity::ActivityCategory;
use htcd_domain::record::Kept;

use crate::db::Tx;
use crate::error::Result;
use crate::record::{Part, Row, Whose};
use crate::schema::activity_categories;
use crate::types::{Doc, Id, Instant, coded};

#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = activity_categories, treat_none_as_null = true)]
struct CategoryRow {
    province_id: Id,
    id: Id,
    code: String,
    parent: String,
    label: Doc,
    active: bool,
    revision: i64,
    created_at: Instant,
    updated_at: Instant,
}

impl Row for CategoryRow {
    type Record = ActivityCategory;

    fn of(province_id: Id, kept: &Kept<ActivityCategory>, revision: i64) -> Result<Self> {
        let it = &kept.content;
        Ok(Self {
            province_id,
            id: kept.id.into(),
            code: it.code.clone(),
            parent: htcd_domain::Coded::code(it.parent).into(),
            label: Doc::of(&it.label)?,
            active: it.active,
            revision,
            created_at: kept.created_at.into(),
            updated_at: kept.updated_at.into(),
        })
    }

    fn read(self) -> Result<(Kept<ActivityCategory>, i64)> {
        let content = ActivityCategory {
            id: None,
            code: self.code,
            parent: coded(&self.parent)?,
            label: self.label.read()?,
            active: self.active,
        };
        let kept = Kept { id: self.id.into(), content, created_at: self.created_at.into(), updated_at: self.updated_at.into() };
        Ok((kept, self.revision))
    }
}

stored!(ActivityCategory, activity_categories, CategoryRow, of the province, ordered by code: String);

/// A part of the list of the province's categories, by their code.
///
/// # Errors
/// What the database said.
pub fn list(tx: &mut Tx<'_>, wanted: Part<String>) -> Result<Vec<Kept<ActivityCategory>>> {
    let query = in_scope(tx, &Whose::default());
    part(tx, query, wanted)
}

/// The province's category with a code.
///
/// # Errors
/// What the database said.
pub fn by_code(tx: &mut Tx<'_>, code: &str) -> Result<Option<Kept<ActivityCategory>>> {
    let row: Option<CategoryRow> = activity_categories::table
        .filter(activity_categories::province_id.eq(tx.province()).and(activity_categories::code.eq(code)))
        .select(CategoryRow::as_select())
        .first(tx.conn)
        .optional()?;
    row.map(|row| row.read().map(|(kept, _)| kept)).transpose()
}

/// Whether some activity or plan uses a category of the province.
///
/// # Errors
/// What the database said.
pub fn is_used(tx: &mut Tx<'_>, code: &str) -> Result<bool> {
    use crate::schema::{activities, plan_items};
    let of_activities = activities::table
        .filter(activities::province_id.eq(tx.province()).and(activities::sub_category.eq(code).assume_not_null()));
    let of_plans = plan_items::table
        .filter(plan_items::province_id.eq(tx.province()).and(plan_items::sub_category.eq(code).assume_not_null()));
    Ok(of_activities.select(activities::id).first::<Id>(tx.conn).optional()?.is_some()
        || of_plans.select(plan_items::id).first::<Id>(tx.conn).optional()?.is_some())
}
