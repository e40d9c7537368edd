//! What differs between two submissions, or between one and the records of now: in total, by unit, by record.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::SubmissionContent;
use crate::aggregate::Row;
use crate::boundaries::Boundaries;
use crate::id::{CentreId, RatingId, SubmissionId, UnitId};
use crate::rated_record::CountedRecord;
use crate::text::Label;

coded! {
    /// What became of a record.
    pub enum RecordChangeKind in "record_change" {
        /// It is counted now and was not.
        Added = "added" ("thêm", "added"),
        /// It was counted and is not now.
        Removed = "removed" ("bớt", "removed"),
        /// It is counted in both, and says something else.
        Changed = "changed" ("thay đổi", "changed"),
    }
}

coded! {
    /// What a record says otherwise.
    pub enum ChangedPart in "changed_part" {
        /// The rank, or that there is one.
        Rank = "rank" ("xếp loại", "rank"),
        /// The points.
        Points = "points" ("điểm", "points"),
        /// The decision's number, day or issuer.
        Decision = "decision" ("quyết định", "decision"),
        /// Until when the recognition holds.
        Validity = "validity" ("thời hạn công nhận", "validity"),
        /// The units under which it is counted.
        Unit = "unit" ("đơn vị", "unit"),
        /// The name, code or operating model.
        Description = "description" ("tên, mã, mô hình", "name, code or model"),
        /// How far a rating without a decision has come.
        Progress = "progress" ("tiến độ hồ sơ", "progress"),
    }
}

/// One of the two that are compared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct DiffSide {
    /// The submission; `null` for the records of now.
    pub submission_id: Option<SubmissionId>,
    /// Its number; `null` for the records of now.
    #[schema(example = 1)]
    pub number: Option<i64>,
    /// Its cut-off, or now.
    pub cut_off: DateTime<Utc>,
    /// The hash of its content; `null` for the records of now.
    pub sha256: Option<String>,
    /// The day on whose map it is counted here.
    pub map_date: NaiveDate,
}

/// A figure that differs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FigureChange {
    /// The unit above; `null` for provinces.
    pub parent_id: Option<UnitId>,
    /// The unit; `null` where it cannot be told.
    pub unit_id: Option<UnitId>,
    /// Its name.
    pub label: Label,
    /// What it was; `null` where the unit was not there.
    pub before: Option<Row>,
    /// What it is; `null` where the unit is not there.
    pub after: Option<Row>,
}

/// A correction of a decided rating.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Amendment {
    /// When.
    pub at: DateTime<Utc>,
    /// Why, as whoever decided wrote it.
    #[schema(example = "Cộng nhầm điểm tiêu chí A1.")]
    pub reason: String,
}

/// A record that differs.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct RecordChange {
    /// What became of it.
    pub change: RecordChangeKind,
    /// The centre; `null` for a commune.
    pub centre_id: Option<CentreId>,
    /// The name of the centre or commune.
    #[schema(example = "TTHTCĐ phường Kim Sơn")]
    pub name: String,
    /// What it says otherwise; empty for what was added or removed.
    pub parts: Vec<ChangedPart>,
    /// What it was; `null` for what was added.
    pub before: Option<CountedRecord>,
    /// What it is; `null` for what was removed.
    pub after: Option<CountedRecord>,
    /// The amendments between the two, where that is why.
    pub amendments: Vec<Amendment>,
}

/// What differs; nothing in it is the same in both.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct SubmissionDiff {
    /// On whose boundaries the two are compared, as asked for: `as_was`, each on its own map; otherwise both on one.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The earlier one.
    pub before: DiffSide,
    /// The later one, or now.
    pub after: DiffSide,
    /// Whether the figures of the whole province are the same.
    pub same_total: bool,
    /// The figures of the whole province in the earlier one.
    pub total_before: Row,
    /// The figures of the whole province in the later one.
    pub total_after: Row,
    /// Figures of units that differ.
    pub units: Vec<FigureChange>,
    /// Records that differ.
    pub records: Vec<RecordChange>,
}

fn parts(before: &CountedRecord, after: &CountedRecord) -> Vec<ChangedPart> {
    use ChangedPart as P;
    let differs = [
        (P::Rank, before.rank != after.rank),
        (P::Points, before.points != after.points),
        (P::Decision, before.decision != after.decision),
        (P::Validity, before.valid_until != after.valid_until),
        (P::Unit, before.commune_id != after.commune_id || before.unit_ids != after.unit_ids),
        (
            P::Description,
            before.name != after.name || before.code != after.code || before.operating_model != after.operating_model,
        ),
        (P::Progress, before.rank.is_none() && after.rank.is_none() && before.not_rated != after.not_rated),
    ];
    differs.into_iter().filter(|(_, differs)| *differs).map(|(part, _)| part).collect()
}

impl SubmissionDiff {
    /// Compares two. `amended` are the amendments of ratings after the cut-off of the first, up to that of the second.
    pub fn of(
        boundaries: Boundaries,
        (before, before_content): (DiffSide, &SubmissionContent),
        (after, after_content): (DiffSide, &SubmissionContent),
        amended: &BTreeMap<RatingId, Vec<Amendment>>,
    ) -> Self {
        let (total_before, total_after) = (before_content.total.clone(), after_content.total.clone());
        Self {
            boundaries: boundaries.to_string(),
            before,
            after,
            same_total: same(&total_before, &total_after),
            total_before,
            total_after,
            units: units(before_content, after_content),
            records: records(before_content, after_content, amended),
        }
    }
}

/// Whether two rows have the same figures, whatever their units are called.
fn same(one: &Row, other: &Row) -> bool {
    let ranks = |row: &Row| row.ranks.iter().map(|rank| (rank.rank, rank.count)).collect::<Vec<_>>();
    one.base == other.base && ranks(one) == ranks(other)
}

fn units(before: &SubmissionContent, after: &SubmissionContent) -> Vec<FigureChange> {
    fn rows(content: &SubmissionContent) -> BTreeMap<(Option<UnitId>, Option<UnitId>), &Row> {
        content.units.iter().map(|unit| ((unit.parent_id, unit.figures.key.unit_id), &unit.figures)).collect()
    }
    let (old, new) = (rows(before), rows(after));
    // In the order of the later one; what is only in the earlier one comes last.
    let in_order = after.units.iter().chain(&before.units).map(|unit| (unit.parent_id, unit.figures.key.unit_id));
    let mut seen = BTreeSet::new();
    in_order
        .filter(|key| seen.insert(*key))
        .filter_map(|key| {
            let (before, after) = (old.get(&key).copied(), new.get(&key).copied());
            let is_same = before.zip(after).is_some_and(|(before, after)| same(before, after));
            let label = after.or(before)?.key.label.clone();
            let (parent_id, unit_id) = key;
            (!is_same).then(|| FigureChange { parent_id, unit_id, label, before: before.cloned(), after: after.cloned() })
        })
        .collect()
}

fn records(
    before: &SubmissionContent,
    after: &SubmissionContent,
    amended: &BTreeMap<RatingId, Vec<Amendment>>,
) -> Vec<RecordChange> {
    fn known(content: &SubmissionContent) -> BTreeMap<(Option<CentreId>, Option<UnitId>), &CountedRecord> {
        content.records.iter().map(|record| (record.identity(), record)).collect()
    }
    let (old, new) = (known(before), known(after));
    let mut seen = BTreeSet::new();
    let in_order = after.records.iter().chain(&before.records).map(CountedRecord::identity);
    in_order
        .filter(|identity| seen.insert(*identity))
        .filter_map(|identity| {
            let (before, after) = (old.get(&identity).copied(), new.get(&identity).copied());
            let (change, parts) = match (before, after) {
                (Some(before), Some(after)) => (RecordChangeKind::Changed, parts(before, after)),
                (None, _) => (RecordChangeKind::Added, vec![]),
                (_, None) => (RecordChangeKind::Removed, vec![]),
            };
            let record = after.or(before)?;
            if change == RecordChangeKind::Changed && parts.is_empty() {
                return None;
            }
            Some(RecordChange {
                change,
                centre_id: record.centre_id,
                name: record.name.clone(),
                parts,
                before: before.cloned(),
                after: after.cloned(),
                amendments: record.rating_id.and_then(|rating| amended.get(&rating)).cloned().unwrap_or_default(),
            })
        })
        .collect()
}
