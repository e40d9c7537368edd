//! Who has and who has not done what is due of a year, how late, and who is left out of the question and why.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::boundaries::{Key, Placing, RestatedBy, RowKey, Spot};
use crate::calendar::{Deadlines, Due, DueKind, MoreTime, extended, furthest};
use crate::centre::{Centre, CentreStatus};
use crate::id::{CentreId, UnitId};
use crate::text::{Label, sort_key};

coded! {
    /// How a centre stands to something that is due.
    pub enum CompletenessState in "completeness_state" {
        /// Done by its day.
        InTime = "in_time" ("đúng hạn", "in time"),
        /// Done after its day.
        Late = "late" ("trễ hạn", "late"),
        /// Done; whether in time cannot be told: nobody gives a day for it, or when it was done is not on record.
        Undated = "undated" ("đã có, không rõ hạn hoặc ngày nộp", "done, not to be held against a day"),
        /// Not done, and not overdue.
        Pending = "pending" ("chưa có, chưa quá hạn", "not done yet"),
        /// Not done, and overdue.
        Overdue = "overdue" ("chưa có, đã quá hạn", "overdue"),
        /// Not asked of it.
        LeftOut = "left_out" ("không phải thực hiện", "left out"),
    }
}

coded! {
    /// Why something is not asked of a centre.
    pub enum LeftOutReason in "left_out_reason" {
        /// It had ended by then.
        Ended = "ended" ("đã chấm dứt hoạt động", "ended by then"),
        /// It was not founded yet.
        NotFounded = "not_founded" ("chưa thành lập", "not founded yet"),
        /// It began within the year, or after the rating's data window.
        BeganLater = "began_later" ("bắt đầu hoạt động sau", "began later"),
        /// It was suspended, then or in the year.
        Suspended = "suspended" ("bị đình chỉ", "suspended"),
    }
}

coded! {
    /// The order of a list of centres.
    pub enum CompletenessSort in "completeness_sort" {
        /// By name.
        Name = "name" ("theo tên", "by name"),
        /// The longest delay first.
        DaysLate = "days_late" ("trễ nhiều nhất trước", "longest delay first"),
        /// By how they stand.
        State = "state" ("theo tình trạng", "by state"),
    }
}

/// What is asked of centres: a kind of thing of a year, as it stood on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// The kind.
    pub kind: DueKind,
    /// The year.
    pub year: i32,
    /// The day.
    pub as_of: NaiveDate,
    /// When it is due.
    pub due: Option<Due>,
    /// Since when a centre must have been at work for it to be asked.
    pub from: NaiveDate,
    /// The day on which it must have been there: the day it was due, or the one asked for if that was earlier.
    pub there_on: NaiveDate,
}

impl Asked {
    /// By all that says when something is due. Of a rating there is nothing to ask without its round.
    pub fn of(deadlines: &Deadlines, kind: DueKind, year: i32, as_of: NaiveDate) -> Option<Self> {
        let day = |month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap_or(as_of);
        let due = deadlines.due(kind, year);
        let (from, last) = match kind.stage() {
            None => (day(1, 1), day(12, 31)),
            Some(_) => deadlines.round(year).map(|round| (round.data_to, round.data_to))?,
        };
        let there_on = due.map_or(last, |due| due.on).min(as_of);
        Some(Self { kind, year, as_of, due, from: from.min(there_on), there_on })
    }

    fn left_out(&self, centre: &Centre, status: CentreStatus, at_work_since: Option<NaiveDate>) -> Option<LeftOutReason> {
        let founded = centre.operating_from.filter(|from| *from <= self.there_on);
        let Some(founded) = founded.filter(|_| status != CentreStatus::Proposed) else {
            return Some(LeftOutReason::NotFounded);
        };
        if status.is_final() || centre.ended_on.is_some_and(|end| end <= self.there_on) {
            return Some(LeftOutReason::Ended);
        }
        if self.from < founded {
            return Some(LeftOutReason::BeganLater);
        }
        let was_suspended = status == CentreStatus::Suspended || at_work_since.is_none_or(|since| self.from < since);
        was_suspended.then_some(LeftOutReason::Suspended)
    }
}

/// Something that was done, or begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handed {
    /// Whether it is done.
    pub is_done: bool,
    /// When, where that is on record.
    pub done_on: Option<NaiveDate>,
    /// A day of its own by which it is due.
    pub own_due: Option<NaiveDate>,
    /// Where it is read.
    pub link: String,
}

/// What is known of a centre.
#[derive(Debug, Clone, PartialEq)]
pub struct CompletenessFacts {
    /// The centre.
    pub centre: Centre,
    /// Where it lay.
    pub spot: Spot,
    /// Where it stood in its life on [`Asked::there_on`].
    pub status: CentreStatus,
    /// Since when it had been at work without a break on that day.
    pub at_work_since: Option<NaiveDate>,
    /// What it did or began: more than one where there are versions, or reports of several calendars.
    pub handed: Vec<Handed>,
    /// More time that it was granted by the day asked for.
    pub more_time: Vec<MoreTime>,
}

/// How a centre stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletenessItem {
    /// The centre.
    pub centre_id: CentreId,
    /// Its name.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub centre_name: String,
    /// Its commune.
    pub commune_id: UnitId,
    /// How it stands.
    pub state: CompletenessState,
    /// Why it is left out.
    pub left_out: Option<LeftOutReason>,
    /// Its last day in time, with what was granted; `null` where nobody gives one.
    pub due_on: Option<NaiveDate>,
    /// Until when more time was granted, if it was.
    pub extended_until: Option<NaiveDate>,
    /// When it was done, where that is on record.
    pub done_on: Option<NaiveDate>,
    /// How many days after its day it was done, or is still not done.
    #[schema(example = 12)]
    pub days_late: Option<i64>,
    /// Where what was done or begun is read; `null` where there is nothing.
    #[schema(example = "/v1/reports/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")]
    pub link: Option<String>,
}

impl CompletenessFacts {
    /// How the centre stands to what is asked.
    pub fn judge(&self, asked: &Asked) -> CompletenessItem {
        let is_done = |handed: &&Handed| handed.is_done && handed.done_on.is_none_or(|on| on <= asked.as_of);
        // What was done first counts; of what has no day nobody knows.
        let done = self.handed.iter().filter(is_done).min_by_key(|handed| (handed.done_on.is_none(), handed.done_on));
        let own_due = done.or(self.handed.iter().find(|handed| handed.own_due.is_some())).and_then(|handed| handed.own_due);
        let more = furthest(&self.more_time, asked.kind, asked.year);
        let due_on = extended(own_due.or(asked.due.map(|due| due.on)), more);
        let left_out = asked.left_out(&self.centre, self.status, self.at_work_since);
        let done_on = done.and_then(|handed| handed.done_on);
        let delay = |until: NaiveDate| due_on.map(|due| (until - due).num_days()).filter(|days| *days > 0);
        use CompletenessState as S;
        let (state, days_late) = match (left_out, done, due_on, done_on) {
            (Some(_), ..) => (S::LeftOut, None),
            (None, Some(_), Some(_), Some(on)) => delay(on).map_or((S::InTime, None), |days| (S::Late, Some(days))),
            (None, Some(_), ..) => (S::Undated, None),
            (None, None, ..) => delay(asked.as_of).map_or((S::Pending, None), |days| (S::Overdue, Some(days))),
        };
        CompletenessItem {
            centre_id: self.centre.id,
            centre_name: self.centre.name.clone(),
            commune_id: self.spot.commune,
            state,
            left_out,
            due_on,
            extended_until: more.map(|more| more.until),
            done_on,
            days_late,
            link: done.or(self.handed.first()).map(|handed| handed.link.clone()),
        }
    }
}

/// How many are left out, by reason.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOutCounts {
    /// Ended by then.
    pub ended: usize,
    /// Not founded yet.
    pub not_founded: usize,
    /// Began later.
    pub began_later: usize,
    /// Suspended.
    pub suspended: usize,
}

/// How centres stand, counted. `expected` is `reported` and `missing`; `reported` is `in_time`, `late` and `undated`; `missing` is
/// `pending` and `overdue`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletenessCounts {
    /// Of how many it is asked.
    pub expected: usize,
    /// How many have done it.
    pub reported: usize,
    /// In time.
    pub in_time: usize,
    /// Late.
    pub late: usize,
    /// Done, not to be held against a day.
    pub undated: usize,
    /// How many have not.
    pub missing: usize,
    /// Not done, not overdue.
    pub pending: usize,
    /// Not done, and overdue.
    pub overdue: usize,
    /// How many of those of whom it is asked were granted more time.
    pub extended: usize,
    /// The longest delay in days, of what was done late or is overdue; `null` where there is none.
    #[schema(example = 12)]
    pub longest_delay: Option<i64>,
    /// Of how many it is not asked, and why.
    pub left_out: LeftOutCounts,
}

impl CompletenessCounts {
    fn of<'i>(items: impl Iterator<Item = &'i CompletenessItem>) -> Self {
        use CompletenessState as S;
        let mut it = Self::default();
        for item in items {
            match item.state {
                S::InTime => it.in_time += 1,
                S::Late => it.late += 1,
                S::Undated => it.undated += 1,
                S::Pending => it.pending += 1,
                S::Overdue => it.overdue += 1,
                S::LeftOut => {}
            }
            match item.left_out {
                Some(LeftOutReason::Ended) => it.left_out.ended += 1,
                Some(LeftOutReason::NotFounded) => it.left_out.not_founded += 1,
                Some(LeftOutReason::BeganLater) => it.left_out.began_later += 1,
                Some(LeftOutReason::Suspended) => it.left_out.suspended += 1,
                None => {
                    it.extended += usize::from(item.extended_until.is_some());
                    it.longest_delay = it.longest_delay.max(item.days_late);
                }
            }
        }
        it.reported = it.in_time + it.late + it.undated;
        it.missing = it.pending + it.overdue;
        it.expected = it.reported + it.missing;
        it
    }
}

/// How the centres of a part of a unit stand.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CompletenessRow {
    /// The unit directly below; the unit itself for a commune.
    pub key: RowKey,
    /// The counts.
    #[serde(flatten)]
    pub counts: CompletenessCounts,
}

/// Who has and who has not done what is due of a year, in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Completeness {
    /// The unit.
    pub unit_id: UnitId,
    /// Its name on the day of the map.
    pub name: Label,
    /// What is due.
    pub kind: DueKind,
    /// Of which year.
    #[schema(example = 2018)]
    pub year: i32,
    /// As it stood on this day: what was done, granted or withdrawn later is not in it.
    pub as_of: NaiveDate,
    /// When it is due; `null` where nobody gives a day.
    pub due: Option<Due>,
    /// On whose boundaries it was counted.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// How centres were placed on that map.
    pub restated_by: RestatedBy,
    /// All together.
    pub total: CompletenessCounts,
    /// By unit directly below, also those without a centre.
    pub units: Vec<CompletenessRow>,
    /// A page of the centres that the filter lets through.
    pub items: Vec<CompletenessItem>,
    /// Give this as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
}

/// Where a centre stands in a list: what comes first, its name, and itself.
pub type CompletenessPlace = (i64, String, CentreId);

impl CompletenessSort {
    /// The place of a centre.
    pub fn place(self, item: &CompletenessItem) -> CompletenessPlace {
        let first = match self {
            Self::Name => 0,
            Self::DaysLate => -item.days_late.unwrap_or(0),
            Self::State => item.state as i64,
        };
        (first, item.centre_name.clone(), item.centre_id)
    }

    /// What places are compared by: names in the order of a Vietnamese list.
    pub fn order(place: &CompletenessPlace) -> (i64, Vec<u8>, CentreId) {
        (place.0, sort_key(&place.1), place.2)
    }
}

/// Counts how the centres of a unit stand; the items are all that the filter lets through, in order.
pub fn completeness_of_unit(
    unit_id: UnitId,
    asked: &Asked,
    (placing, boundaries): (&Placing<'_>, String),
    known: &[CompletenessFacts],
    (state, sort): (Option<CompletenessState>, CompletenessSort),
) -> Completeness {
    let mut restated_by = RestatedBy::default();
    let judged: Vec<(Key, CompletenessItem)> = known
        .iter()
        .filter_map(|facts| placing.key_of(&facts.spot, &mut restated_by).map(|key| (key, facts.judge(asked))))
        .collect();
    let keys: BTreeSet<Key> = judged.iter().map(|(key, _)| *key).collect();
    let units = placing.rows(keys.into_iter()).into_iter().map(|(key, shown)| {
        let here = judged.iter().filter(|(other, _)| *other == key).map(|(_, item)| item);
        CompletenessRow { key: shown, counts: CompletenessCounts::of(here) }
    });
    let units = units.collect();
    let total = CompletenessCounts::of(judged.iter().map(|(_, item)| item));
    let mut items: Vec<CompletenessItem> =
        judged.into_iter().map(|(_, item)| item).filter(|item| state.is_none_or(|state| item.state == state)).collect();
    items.sort_by_cached_key(|item| CompletenessSort::order(&sort.place(item)));
    let version = placing.map.get(unit_id).and_then(|unit| unit.near(placing.date));
    Completeness {
        unit_id,
        name: version.map_or(Label::fixed("", ""), |version| Label::new(&*version.name_vi, &*version.name_en)),
        kind: asked.kind,
        year: asked.year,
        as_of: asked.as_of,
        due: asked.due,
        boundaries,
        map_date: placing.date,
        restated_by,
        total,
        units,
        items,
        next: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::DueSource;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn asked(as_of: &str, due: Option<&str>) -> Asked {
        let due = due.map(|on| Due { on: day(on), source: DueSource::Rule });
        let there_on = due.map_or(day("2018-12-31"), |due| due.on).min(day(as_of));
        Asked { kind: DueKind::AnnualReport, year: 2018, as_of: day(as_of), due, from: day("2018-01-01"), there_on }
    }

    fn facts(handed: Vec<Handed>) -> CompletenessFacts {
        let centre = crate::appointment::tests::centre();
        CompletenessFacts {
            spot: Spot { commune: centre.commune_id, placed_later: None, model: None },
            status: CentreStatus::Operating,
            at_work_since: centre.operating_from,
            handed,
            more_time: vec![],
            centre,
        }
    }

    fn handed(done_on: Option<&str>, own_due: Option<&str>) -> Handed {
        Handed { is_done: true, done_on: done_on.map(day), own_due: own_due.map(day), link: "/v1/reports/1".into() }
    }

    #[test]
    fn what_was_done_is_held_against_its_day_as_it_stood() {
        use CompletenessState as S;
        let draft = Handed { is_done: false, ..handed(None, None) };
        let more = |until: &str| {
            vec![MoreTime { id: uuid::Uuid::nil().into(), kind: DueKind::AnnualReport, year: 2018, until: day(until) }]
        };
        let due = Some("2019-01-31");
        for (done, more_time, as_of, due, expected) in [
            (vec![], vec![], "2019-01-31", due, (S::Pending, None)),
            (vec![], vec![], "2019-02-01", due, (S::Overdue, Some(1))),
            (vec![draft], vec![], "2019-02-10", due, (S::Overdue, Some(10))),
            (vec![], more("2019-02-28"), "2019-02-28", due, (S::Pending, None)),
            (vec![], more("2019-02-28"), "2019-03-02", due, (S::Overdue, Some(2))),
            (vec![], vec![], "2025-02-01", None, (S::Pending, None)),
            (vec![handed(Some("2019-01-31"), None)], vec![], "2019-12-31", due, (S::InTime, None)),
            (vec![handed(Some("2019-02-12"), None)], vec![], "2019-12-31", due, (S::Late, Some(12))),
            (vec![handed(Some("2019-02-12"), None)], vec![], "2019-02-11", due, (S::Overdue, Some(11))),
            (vec![handed(Some("2019-02-12"), None)], more("2019-02-15"), "2019-12-31", due, (S::InTime, None)),
            // The first of two counts, and a day of its own goes before the province's.
            (
                vec![handed(Some("2019-02-12"), None), handed(Some("2019-01-02"), None)],
                vec![],
                "2019-12-31",
                due,
                (S::InTime, None),
            ),
            (vec![handed(Some("2019-02-12"), Some("2019-02-12"))], vec![], "2019-12-31", due, (S::InTime, None)),
            (vec![handed(Some("2019-02-12"), None)], vec![], "2019-12-31", None, (S::Undated, None)),
            (vec![handed(None, None)], vec![], "2019-12-31", due, (S::Undated, None)),
        ] {
            let facts = CompletenessFacts { more_time, ..facts(done) };
            let item = facts.judge(&asked(as_of, due));
            assert_eq!((item.state, item.days_late), expected, "{as_of} {facts:?}");
        }
    }

    #[test]
    fn a_centre_is_left_out_for_a_reason() {
        use LeftOutReason as L;
        let at_work = facts(vec![]);
        let ended = |on: &str| {
            let mut it = at_work.clone();
            it.centre.ended_on = Some(day(on));
            it
        };
        let since = |from: &str| {
            let mut it = at_work.clone();
            it.centre.operating_from = Some(day(from));
            it.at_work_since = it.centre.operating_from;
            it
        };
        let suspended = CompletenessFacts { status: CentreStatus::Suspended, ..at_work.clone() };
        let resumed = CompletenessFacts { at_work_since: Some(day("2018-06-01")), ..at_work.clone() };
        for (facts, expected) in [
            (at_work.clone(), None),
            (ended("2019-01-31"), Some(L::Ended)),
            // It owed the report on the day that it was due.
            (ended("2019-02-01"), None),
            (since("2018-01-01"), None),
            (since("2018-01-02"), Some(L::BeganLater)),
            (since("2019-02-01"), Some(L::NotFounded)),
            (suspended, Some(L::Suspended)),
            (resumed, Some(L::Suspended)),
        ] {
            let item = facts.judge(&asked("2019-12-31", Some("2019-01-31")));
            assert_eq!((item.left_out, item.state == CompletenessState::LeftOut), (expected, expected.is_some()), "{facts:?}");
        }
    }

    #[test]
    fn the_counts_add_up() {
        let due = Some("2019-01-31");
        let asked = asked("2019-03-01", due);
        let mut gone = facts(vec![]);
        gone.centre.ended_on = Some(day("2018-06-01"));
        let all = [
            facts(vec![]),
            facts(vec![handed(Some("2019-01-31"), None)]),
            facts(vec![handed(Some("2019-02-28"), None)]),
            facts(vec![handed(None, None)]),
            gone,
        ];
        let items: Vec<_> = all.iter().map(|facts| facts.judge(&asked)).collect();
        let it = CompletenessCounts::of(items.iter());
        let expected = CompletenessCounts {
            expected: 4,
            reported: 3,
            in_time: 1,
            late: 1,
            undated: 1,
            missing: 1,
            pending: 0,
            overdue: 1,
            extended: 0,
            longest_delay: Some(29),
            left_out: LeftOutCounts { ended: 1, ..LeftOutCounts::default() },
        };
        assert_eq!(it, expected);
    }
}
