//! What a report's records come to, up to its cut-off.

use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::period::Period;
use htcd_domain::report::{Report, ReportContent, ReportedCentre, Results};
use htcd_persistence::{Result, Tx, activity_summary, centre};

use crate::permit::{Permit, Right};

/// All that a report says now. The report was looked up in scope.
pub(super) fn content<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, report: &Report) -> Result<ReportContent> {
    let cut_off = report.counted_to(permit.today());
    let (reported, place) = reported_centre(permit, tx, report, cut_off)?;
    let results = results(tx, report, cut_off)?;
    Ok(ReportContent::of(report, cut_off, reported, &place, results))
}

/// The centre where it lay at the cut-off, and what its commune is called without its type.
fn reported_centre<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    report: &Report,
    cut_off: NaiveDate,
) -> Result<(ReportedCentre, String)> {
    let (centre, _) = centre::find(tx, report.centre_id)?.ok_or(Code::NotFound)?;
    let placements = centre::placements(tx, report.centre_id)?;
    let then = placements.iter().rev().find(|placement| placement.valid_from <= cut_off);
    let commune_id = then.map_or(centre.commune_id, |placement| placement.commune_id);
    let version = permit.atlas().map.get(commune_id).and_then(|unit| unit.near(cut_off));
    let place = version.map_or("", |version| version.bare_name()).to_owned();
    let commune_name = version.map_or_else(String::new, |version| version.name_vi.to_string());
    Ok((ReportedCentre { id: centre.id, name: centre.name, commune_id, commune_name }, place))
}

fn results(tx: &mut Tx<'_>, report: &Report, cut_off: NaiveDate) -> Result<Results> {
    let counted = Period { last: cut_off, ..report.period };
    Ok(Results::of(&activity_summary::tallies(tx, counted, Some(&[report.centre_id]), false)?))
}
