//! A period's activities by category: own work apart from what others ran, each number with how many entries gave it.
//!
//! Classes are never added to sessions, nor participations to persons: each measure stands alone. Distinct people of
//! several activities cannot be added up at all, so they are no part of a summary.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::activity::{ActivityRole, ActivityScope, Category};
use crate::boundaries::{Key, Placing, RestatedBy, RowKey, Spot};
use crate::id::{CentreId, UnitId};
use crate::period::{Period, PeriodView};
use crate::summary::Given;
use crate::text::Label;

/// A number that some entries gave and others left blank.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Measure {
    /// What those that gave it add to; `null` where none did, which is not zero.
    #[schema(example = 6778)]
    pub sum: Option<i64>,
    /// How many entries gave it …
    #[schema(example = 9)]
    pub reported: u64,
    /// … out of how many.
    #[schema(example = 9)]
    pub of: u64,
    /// Change of the sum against the period compared with, where both are there.
    pub change: Option<i64>,
}

impl Measure {
    /// The sum of the period compared with, where both are there.
    pub fn before(&self) -> Option<i64> {
        self.sum.zip(self.change).map(|(sum, change)| sum - change)
    }

    fn add(&mut self, (sum, reported): (Option<i64>, i64), entries: u64) {
        if let Some(sum) = sum {
            *self.sum.get_or_insert(0) += sum;
        }
        self.reported += u64::try_from(reported).unwrap_or(0);
        self.of += entries;
    }

    fn against(&mut self, before: &Self) {
        self.change = self.sum.zip(before.sum).map(|(now, then)| now - then);
    }
}

/// Declares the measures of activities once: the numbers of a tally, and the measures that come of them.
macro_rules! measures {
    ($($(#[doc = $about:literal])+ $name:ident ($vi:literal, $en:literal)),+ $(,)?) => {
        /// What entries of one kind add to: each number with how many of them gave it.
        #[derive(Debug, Clone, Default, PartialEq, Eq)]
        pub struct Numbers { $($(#[doc = $about])+ pub $name: (Option<i64>, i64)),+ }

        impl Numbers {
            /// Each number's sum, with the codes of its lines: of own work, and of what others ran.
            fn lines(&self) -> Vec<(&'static str, &'static str, Option<i64>)> {
                vec![$((concat!("own_", stringify!($name)), concat!("coordinated_", stringify!($name)), self.$name.0)),+]
            }
        }

        /// What some entries add to.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
        pub struct ActivityFigures {
            /// How many entries: single activities, and totals of months.
            #[schema(example = 9)]
            pub entries: u64,
            $($(#[doc = $about])+ pub $name: Measure),+
        }

        impl ActivityFigures {
            /// Adds entries of one kind.
            pub fn add(&mut self, tally: &Tally) {
                self.entries += tally.entries;
                $(self.$name.add(tally.numbers.$name, tally.entries);)+
            }

            fn against(&mut self, before: &Self) {
                $(self.$name.against(&before.$name);)+
            }

            /// Every measure with what people call it, in the order of a table's columns.
            pub fn measures(&self) -> Vec<(Label, &Measure)> {
                vec![$((Label::fixed($vi, $en), &self.$name)),+]
            }
        }
    };
}

measures! {
    /// Classes and themes (lớp, chuyên đề).
    classes ("Lớp, chuyên đề", "Classes and themes"),
    /// Sessions (buổi).
    sessions ("Buổi", "Sessions"),
    /// Participations (lượt người).
    participations ("Lượt người", "Participations"),
    /// Participations of women and girls.
    female ("Trong đó nữ", "Female"),
    /// Participations of ethnic minorities.
    ethnic_minority ("Dân tộc thiểu số", "Ethnic minority"),
    /// Participations of people with disabilities.
    disabled ("Người khuyết tật", "People with disabilities"),
    /// Participations of those below 15.
    age_under_15 ("Dưới 15 tuổi", "Under 15"),
    /// Participations of those from 15 to 35.
    age_15_35 ("15-35 tuổi", "15 to 35"),
    /// Participations of those from 36 to 60.
    age_36_60 ("36-60 tuổi", "36 to 60"),
    /// Participations of those above 60.
    age_over_60 ("Trên 60 tuổi", "Over 60"),
    /// What they cost, in VND.
    cost_vnd ("Kinh phí (đồng)", "Cost (VND)"),
}

impl Tally {
    /// Puts what was done under the lines by which a centre's part is listed: own work and what others ran, each on its own.
    pub fn give(&self, given: &mut Given) {
        let mut add = |code: &'static str, number: i64| *given.entry(code).or_insert(0) += number;
        add(
            if self.role.is_own() { "own_entries" } else { "coordinated_entries" },
            i64::try_from(self.entries).unwrap_or(i64::MAX),
        );
        for (own, coordinated, number) in self.numbers.lines() {
            if let Some(number) = number {
                add(if self.role.is_own() { own } else { coordinated }, number);
            }
        }
    }
}

/// Entries of a centre that are alike in all that a summary tells apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// The centre.
    pub centre: CentreId,
    /// The first day of the month, where months are told apart.
    pub month: Option<NaiveDate>,
    /// The national category.
    pub category: Category,
    /// The province's own below it.
    pub sub_category: Option<String>,
    /// What part the centre had.
    pub role: ActivityRole,
    /// Of the centre, or of the hamlets.
    pub scope: ActivityScope,
    /// How many.
    pub entries: u64,
    /// What they add to.
    pub numbers: Numbers,
}

/// A centre, as far as a summary of a period looks at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CentreSpan {
    /// The centre.
    pub centre: CentreId,
    /// What it is called.
    pub name: String,
    /// Where it lay on the period's last day, or on its own last one.
    pub spot: Spot,
    /// Whether it still existed on the period's last day.
    pub exists_at_end: bool,
}

/// Own work, what others ran, and both.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Shares {
    /// Of activities that the centre ran, alone or with others.
    pub own: ActivityFigures,
    /// Of activities that others ran: the centre coordinated or gave the place.
    pub coordinated: ActivityFigures,
    /// Of all.
    pub all: ActivityFigures,
}

impl Shares {
    fn add(&mut self, tally: &Tally) {
        let part = if tally.role.is_own() { &mut self.own } else { &mut self.coordinated };
        part.add(tally);
        self.all.add(tally);
    }

    fn against(&mut self, before: &Self) {
        self.own.against(&before.own);
        self.coordinated.against(&before.coordinated);
        self.all.against(&before.all);
    }
}

/// A category's row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct CategoryRow {
    /// The national category.
    pub category: Category,
    /// What people call it.
    pub label: Label,
    /// What was done in it; without an entry every number is `null`.
    #[serde(flatten)]
    pub shares: Shares,
    /// What of it was entered under the province's own categories.
    pub sub_categories: Vec<SubCategoryRow>,
}

/// The row of a category of the province's own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SubCategoryRow {
    /// Its code.
    #[schema(example = "digital_skills")]
    pub sub_category: String,
    /// What was done in it.
    #[serde(flatten)]
    pub shares: Shares,
}

coded! {
    /// By what a summary of activities is broken down.
    pub enum SummaryBreakdown in "summary_breakdown" {
        /// By the units directly below.
        Unit = "unit" ("đơn vị cấp dưới", "child unit"),
        /// By centre.
        Centre = "centre" ("trung tâm", "centre"),
        /// By the centre's operating model.
        OperatingModel = "operating_model" ("mô hình hoạt động", "operating model"),
        /// By urban and rural communes.
        Region = "region" ("đô thị, nông thôn", "urban or rural"),
        /// By month.
        Month = "month" ("tháng", "month"),
    }
}

impl SummaryBreakdown {
    /// The breakdown of places that it is; by centre and by month the places are those of units.
    pub fn of_places(self) -> crate::boundaries::Breakdown {
        use crate::boundaries::Breakdown as B;
        match self {
            Self::OperatingModel => B::OperatingModel,
            Self::Region => B::Region,
            Self::Unit | Self::Centre | Self::Month => B::Unit,
        }
    }
}

/// One row of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SummaryRow {
    /// What it stands for.
    pub key: RowKey,
    /// The centre, in a breakdown by centre.
    pub centre_id: Option<CentreId>,
    /// Its centres that existed on the period's last day.
    pub centres: u64,
    /// How many of these have an entry in the period.
    pub centres_reporting: u64,
    /// What was done.
    #[serde(flatten)]
    pub shares: Shares,
}

/// A period's activities of a unit or a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ActivitySummary {
    /// The unit, or `null` for a centre.
    pub unit_id: Option<UnitId>,
    /// The centre, or `null` for a unit.
    pub centre_id: Option<CentreId>,
    /// What it is called.
    pub name: Label,
    /// The period.
    pub period: PeriodView,
    /// The period compared with.
    pub compare_period: Option<PeriodView>,
    /// Only activities of the centres themselves, or of the hamlets; `null` for both together.
    pub scope: Option<ActivityScope>,
    /// By what it is broken down.
    pub by: SummaryBreakdown,
    /// `as_was`, `restated`, `as_of:<date>` or `restated:<date>`, as asked for.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// Set when that map is only known from a later day on, and its oldest known state was used.
    pub map_known_from: Option<NaiveDate>,
    /// How centres were placed on a later map; `null` for `as_was`.
    pub restated_by: Option<RestatedBy>,
    /// The centres that existed on the period's last day.
    #[schema(example = 286)]
    pub centres: u64,
    /// How many of these have an entry in the period.
    #[schema(example = 286)]
    pub centres_reporting: u64,
    /// All categories together.
    pub total: Shares,
    /// The ten categories, in the order of the annual report.
    pub categories: Vec<CategoryRow>,
    /// The breakdown; empty for a centre unless by month.
    pub rows: Vec<SummaryRow>,
}

/// What a summary is counted from.
pub struct Facts {
    /// The centres that existed in the period and lie within what is asked for, each with what it is counted under.
    pub centres: Vec<(CentreSpan, Key)>,
    /// Their entries.
    pub tallies: Vec<Tally>,
}

struct Counted {
    total: Shares,
    categories: BTreeMap<Category, (Shares, BTreeMap<String, Shares>)>,
}

fn count(facts: &Facts, scope: Option<ActivityScope>) -> Counted {
    let mut counted = Counted { total: Shares::default(), categories: BTreeMap::new() };
    for tally in facts.tallies.iter().filter(|tally| scope.is_none_or(|scope| tally.scope == scope)) {
        counted.total.add(tally);
        let (shares, below) = counted.categories.entry(tally.category).or_default();
        shares.add(tally);
        if let Some(code) = &tally.sub_category {
            below.entry(code.clone()).or_default().add(tally);
        }
    }
    counted
}

/// The centres of a unit in a period, by what each is counted under: those outside are left out.
pub fn place(spans: Vec<CentreSpan>, placing: &Placing<'_>, restated_by: &mut RestatedBy) -> Vec<(CentreSpan, Key)> {
    spans.into_iter().filter_map(|span| placing.key_of(&span.spot, restated_by).map(|key| (span, key))).collect()
}

/// What a summary is about.
pub struct Subject<'q> {
    /// The centre, for a single one.
    pub centre: Option<&'q CentreSpan>,
    /// The period.
    pub period: Period,
    /// The period compared with.
    pub compare_period: Option<Period>,
    /// One scope of activities, or both.
    pub scope: Option<ActivityScope>,
    /// The breakdown.
    pub by: SummaryBreakdown,
    /// The boundaries, as asked for.
    pub boundaries: crate::boundaries::Boundaries,
    /// How centres were placed.
    pub restated_by: RestatedBy,
    /// Today.
    pub today: NaiveDate,
}

/// Counts.
pub fn summarise(subject: &Subject<'_>, placing: &Placing<'_>, now: &Facts, before: Option<&Facts>) -> ActivitySummary {
    let mut counted = count(now, subject.scope);
    let earlier = before.map(|before| count(before, subject.scope));
    if let Some(earlier) = &earlier {
        counted.total.against(&earlier.total);
    }
    let categories = Category::ALL
        .iter()
        .map(|category| {
            let (mut shares, below) = counted.categories.remove(category).unwrap_or_default();
            let then = earlier.as_ref().and_then(|earlier| earlier.categories.get(category));
            if let Some((then, _)) = then {
                shares.against(then);
            }
            let sub_categories = below
                .into_iter()
                .map(|(code, mut shares)| {
                    if let Some(then) = then.and_then(|(_, below)| below.get(&code)) {
                        shares.against(then);
                    }
                    SubCategoryRow { sub_category: code, shares }
                })
                .collect();
            CategoryRow { category: *category, label: category.label(), shares, sub_categories }
        })
        .collect();
    let reporting: BTreeSet<CentreId> = now
        .tallies
        .iter()
        .filter(|tally| subject.scope.is_none_or(|scope| tally.scope == scope))
        .map(|tally| tally.centre)
        .collect();
    let here = || now.centres.iter().filter(|(span, _)| span.exists_at_end);
    let total_key = placing.total_key();
    let name = subject.centre.map_or(total_key.label, |span| Label::new(&*span.name, &*span.name));
    ActivitySummary {
        unit_id: placing.unit.filter(|_| subject.centre.is_none()),
        centre_id: subject.centre.map(|span| span.centre),
        name,
        period: subject.period.view(subject.today),
        compare_period: subject.compare_period.map(|period| period.view(subject.today)),
        scope: subject.scope,
        by: subject.by,
        boundaries: subject.boundaries.to_string(),
        map_date: placing.date,
        map_known_from: placing.map.known_from(placing.date),
        restated_by: (subject.boundaries != crate::boundaries::Boundaries::AsWas).then_some(subject.restated_by),
        centres: here().count() as u64,
        centres_reporting: here().filter(|(span, _)| reporting.contains(&span.centre)).count() as u64,
        total: counted.total,
        categories,
        rows: rows(subject, placing, now, before, &reporting),
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RowOf {
    Place(Key),
    Centre(CentreId),
    Month(NaiveDate),
}

fn rows(
    subject: &Subject<'_>,
    placing: &Placing<'_>,
    now: &Facts,
    before: Option<&Facts>,
    reporting: &BTreeSet<CentreId>,
) -> Vec<SummaryRow> {
    let sums = |facts: &Facts, shift: i32| {
        let keys: BTreeMap<CentreId, Key> = facts.centres.iter().map(|(span, key)| (span.centre, *key)).collect();
        let mut sums: BTreeMap<RowOf, Shares> = BTreeMap::new();
        for tally in facts.tallies.iter().filter(|tally| subject.scope.is_none_or(|scope| tally.scope == scope)) {
            let row = match subject.by {
                SummaryBreakdown::Centre => Some(RowOf::Centre(tally.centre)),
                // A month is compared with the month of the same name.
                SummaryBreakdown::Month => tally.month.and_then(|month| month.with_year(month.year() + shift)).map(RowOf::Month),
                _ => keys.get(&tally.centre).map(|key| RowOf::Place(*key)),
            };
            if let Some(row) = row {
                sums.entry(row).or_default().add(tally);
            }
        }
        sums
    };
    let mut found = sums(now, 0);
    let shift = subject.compare_period.map_or(0, |then| subject.period.first.year() - then.first.year());
    let earlier = before.map(|before| sums(before, shift)).unwrap_or_default();
    let mut row = |of: RowOf, key: RowKey, centre_id: Option<CentreId>, centres: &mut dyn Iterator<Item = CentreId>| {
        let mut shares = found.remove(&of).unwrap_or_default();
        if let Some(then) = earlier.get(&of) {
            shares.against(then);
        }
        let (mut count, mut with_entries) = (0, 0);
        for centre in centres {
            count += 1;
            with_entries += u64::from(reporting.contains(&centre));
        }
        SummaryRow { key, centre_id, centres: count, centres_reporting: with_entries, shares }
    };
    let here = || now.centres.iter().filter(|(span, _)| span.exists_at_end);
    match subject.by {
        SummaryBreakdown::Month => {
            let mut months = vec![];
            let mut month = subject.period.first.with_day(1);
            while let Some(first) = month.filter(|first| *first <= subject.period.last) {
                months.push(first);
                month = first.checked_add_months(chrono::Months::new(1));
            }
            let label = |first: NaiveDate| {
                let (year, month) = (first.year(), first.month());
                let code = format!("{year}-{month:02}");
                RowKey { label: Label::new(format!("Tháng {month}/{year}"), code.clone()), code: Some(code), unit_id: None }
            };
            // Who reported in which month is not asked: the centres are those of the period.
            months
                .into_iter()
                .map(|first| row(RowOf::Month(first), label(first), None, &mut here().map(|(span, _)| span.centre)))
                .collect()
        }
        _ if subject.centre.is_some() => vec![],
        SummaryBreakdown::Centre => {
            let mut spans: Vec<&CentreSpan> = now.centres.iter().map(|(span, _)| span).collect();
            spans.sort_by_cached_key(|span| (crate::text::sort_key(&span.name), span.centre));
            spans
                .into_iter()
                .map(|span| {
                    let key = RowKey { code: None, unit_id: None, label: Label::new(&*span.name, &*span.name) };
                    let own = std::iter::once(span.centre).filter(|_| span.exists_at_end);
                    row(RowOf::Centre(span.centre), key, Some(span.centre), &mut own.into_iter())
                })
                .collect()
        }
        _ => {
            let keys: BTreeSet<Key> = now.centres.iter().map(|(_, key)| *key).collect();
            let rows = placing.rows(keys.into_iter());
            rows.into_iter()
                .map(|(of, key)| {
                    let mut centres = here().filter(|(_, key)| *key == of).map(|(span, _)| span.centre);
                    row(RowOf::Place(of), key, None, &mut centres)
                })
                .collect()
        }
    }
}
