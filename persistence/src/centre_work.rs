//! What a centre's people entered for days on which, as a later act says, it was not operating.

use chrono::NaiveDate;
use diesel::dsl::count_star;
use diesel::prelude::*;
use htcd_domain::centre::LaterEntries;
use htcd_domain::id::CentreId;

use crate::db::Tx;
use crate::error::Result;
use crate::schema::{activities, clubs, events, literacy_classes, surveys};
use crate::types::Id;

/// How many entries of a kind begin on a day or after it.
macro_rules! from_day {
    ($tx:expr, $centre:expr, $day:expr, $table:ident, $column:ident) => {
        $table::table
            .filter($table::province_id.eq($tx.province()))
            .filter($table::centre_id.eq(Id::from($centre)).assume_not_null())
            .filter($table::$column.ge($day))
            .select(count_star())
            .first::<i64>($tx.conn)?
    };
}

/// What a centre holds for a day and those after it, of the kinds that only a centre that is operating has.
///
/// # Errors
/// What the database said.
pub fn later_than(tx: &mut Tx<'_>, centre: CentreId, day: NaiveDate) -> Result<LaterEntries> {
    Ok(LaterEntries {
        activities: from_day!(tx, centre, day, activities, starts_on),
        events: from_day!(tx, centre, day, events, starts_on),
        clubs: from_day!(tx, centre, day, clubs, founded_on),
        literacy_classes: from_day!(tx, centre, day, literacy_classes, started_on),
        surveys: from_day!(tx, centre, day, surveys, started_on),
    })
}
