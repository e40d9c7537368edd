//! Who has and who has not done what is due of a year. Computed: nothing here writes.

use actix_web::get;
use chrono::NaiveDate;
use htcd_domain::Coded as _;
use htcd_domain::boundaries::{Breakdown, Placing};
use htcd_domain::calendar::{Deadlines, DueKind, Extensions};
use htcd_domain::completeness::{
    Asked, Completeness, CompletenessFacts, CompletenessPlace, CompletenessSort, CompletenessState, completeness_of_unit,
};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::provenance::Provenance;
use htcd_domain::unit::UnitMap;
use htcd_persistence::record::Whose;
use htcd_persistence::{Tx, calendar, completeness, extension, finding};
use serde::Deserialize;
use utoipa::IntoParams;

use super::findings::check_day;
use crate::answer::Answer;
use crate::extract::{Params, Segments, page_size, read_cursor, write_cursor};
use crate::figures;
use crate::permit::{Permit, RecordsRead};
use crate::problem::Refusal;
use crate::provenance::Traced;
use crate::record::{self, check_year};

/// What is asked, as of which day, and which centres are listed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct CompletenessQuery {
    /// What is due.
    #[param(example = "annual_report")]
    kind: DueKind,
    /// Of which year.
    #[param(example = 2018)]
    year: i32,
    /// As it stood on this day, at most today; today when left out.
    #[param(example = "2019-01-31")]
    as_of: Option<NaiveDate>,
    /// `as_was` (default): the map of the last day of the year, or of `as_of` if that is earlier; `restated`: today's map;
    /// `as_of:<date>`.
    #[param(example = "as_was", pattern = "^(as_was|restated|as_of:[0-9]{4}-[0-9]{2}-[0-9]{2})$")]
    boundaries: Option<String>,
    /// Only centres that stand so. Counts are of all.
    state: Option<CompletenessState>,
    /// `name` (default), `days_late` or `state`.
    sort: Option<CompletenessSort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// The centres in scope with what they did of what is asked. `lay_on` is the day of their places.
pub(super) fn known(
    tx: &mut Tx<'_>,
    map: &UnitMap,
    deadlines: &Deadlines,
    asked: &Asked,
    lay_on: NaiveDate,
) -> htcd_persistence::Result<Vec<CompletenessFacts>> {
    let centres = finding::centres(tx, &Whose::default(), lay_on)?;
    let ids: Vec<CentreId> = centres.iter().map(|(centre, _)| centre.id).collect();
    let mut lives = finding::lives(tx, centres.iter().map(|(centre, _)| centre), asked.there_on)?;
    let round = asked.kind.stage().and_then(|_| deadlines.round(asked.year));
    let mut handed = completeness::handed(tx, &ids, (asked.kind, asked.year), round)?;
    let granted = Extensions::on(&extension::of_years(tx, asked.year, asked.year)?, asked.as_of);
    let facts = centres.into_iter().filter_map(|(centre, spot)| {
        let (status, at_work_since) = lives.remove(&centre.id)?;
        let handed = handed.remove(&centre.id).unwrap_or_default();
        let more_time = granted.of(Some(centre.id), spot.commune, map);
        Some(CompletenessFacts { centre, spot, status, at_work_since, handed, more_time })
    });
    Ok(facts.collect())
}

/// Who has and who has not done what is due of a year, in a province, district or commune: counts by the units directly below, and a page
/// of the centres with how they stand and how late they are.
///
/// A report is done when it was first handed in, a plan when it was approved, an estimate or settlement when it was first handed in, a
/// stage of a rating when it was first passed. Centres that had ended by the day, were not founded yet, began within the year or were
/// suspended are left out, each with the reason. Of the centres in your scope.
#[utoipa::path(tag = "deadlines", params(("unit_id" = UnitId, Path, description = "A province, district or commune."), CompletenessQuery), responses((status = 200, description = "Counts, and a page of the centres.", body = Traced<Completeness>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/completeness")]
pub async fn get_unit_completeness(
    permit: Permit<RecordsRead>,
    Segments(unit): Segments<UnitId>,
    Params(query): Params<CompletenessQuery>,
) -> Result<Answer, Refusal> {
    let today = permit.today();
    let (kind, year) = (query.kind, check_year(query.year)?);
    let as_of = check_day(query.as_of, today)?;
    let boundaries = figures::boundaries(query.boundaries.as_deref())?;
    let limit = usize::try_from(page_size(query.limit)?).unwrap_or(usize::MAX);
    let after: Option<CompletenessPlace> = read_cursor(query.cursor.as_deref())?;
    let sort = query.sort.unwrap_or(CompletenessSort::Name);
    let found = permit
        .report(move |permit, tx| {
            record::check_unit(permit, tx, unit)?;
            let map = &permit.atlas().map;
            let lay_on = record::map_of(year, as_of);
            let date = boundaries.map_date(lay_on, today);
            figures::check_on_map(permit.atlas(), Some(unit), date)?;
            let deadlines = calendar::deadlines(tx)?;
            let Some(asked) = Asked::of(&deadlines, kind, year, as_of) else { return Ok(None) };
            let known = known(tx, map, &deadlines, &asked, lay_on)?;
            let placing = Placing { map, unit: Some(unit), by: Breakdown::Unit, date };
            let mut found: Completeness =
                completeness_of_unit(unit, &asked, (&placing, boundaries.to_string()), &known, (query.state, sort));
            if let Some(after) = after.as_ref().map(CompletenessSort::order) {
                found.items.retain(|item| after < CompletenessSort::order(&sort.place(item)));
            }
            if found.items.len() > limit {
                found.items.truncate(limit);
                found.next = found.items.last().map(|item| write_cursor(&sort.place(item)));
            }
            // The list says of each centre how it counts, or why it does not.
            let whole =
                format!("/v1/units/{unit}/completeness?kind={}&year={year}&as_of={as_of}&boundaries={boundaries}", kind.code());
            let provenance =
                Provenance::up_to(as_of).on_map(boundaries, date).list("get_unit_completeness", whole).left_out_in_list();
            Ok(Some(Answer::json(&Traced::new(found, provenance))))
        })
        .await?;
    found.ok_or_else(|| {
        figures::invalid(
            "year",
            "round_of_year",
            "Năm này chưa có đợt đánh giá, xếp loại trung tâm.",
            "There is no rating round of centres of that year.",
        )
    })
}
