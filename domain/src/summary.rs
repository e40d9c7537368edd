//! What the centres or the communes of a unit come to in a period, line by line: money, posts, assets, plans, estimates, learning
//! models.
//!
//! Every number says how many of them gave it: blank is not zero. Each line stands alone; what is a part of something else
//! says so as a share, and only over those that gave both. Activities have a summary of their own
//! ([`crate::activity_summary`]), which tells own work from that of others.

mod line;
mod tally;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub use line::{LineUnit, SummaryLine, lines};
pub use tally::{
    AssetTally, EstimateTally, HeldTally, MoneyTally, PlannedTally, PostTally, give_allowances, give_model, give_roster,
};

use crate::boundaries::{Boundaries, Breakdown, Key, Placing, RestatedBy, RowKey, Spot};
use crate::id::{CentreId, UnitId};
use crate::period::{Period, PeriodView};
use crate::plan_progress::Share;
use crate::text::{Label, sort_key};

coded! {
    /// What a summary is about.
    pub enum SummaryTopic in "summary_topic" {
        /// Income by source and expenditure by category, of the days of the period.
        Money = "money" ("thu, chi", "money"),
        /// Who holds which post on the last day of the period.
        People = "people" ("con người", "people"),
        /// What is there on the last day of the period.
        Assets = "assets" ("cơ sở vật chất", "assets"),
        /// What approved plans set for the months of the period, and what was done of it.
        Plans = "plans" ("thực hiện kế hoạch", "plans against what was done"),
        /// Approved estimates of the year in which the period ends, and what is due and was paid as allowances in it.
        Estimates = "estimates" ("dự toán và phụ cấp", "estimates and allowances"),
        /// What communes count of the learning models in the year in which the period ends.
        LearningModels = "learning_models" ("mô hình học tập", "learning models"),
    }
}

impl SummaryTopic {
    /// What is counted.
    pub fn counts(self) -> SummaryHolder {
        if self == Self::LearningModels { SummaryHolder::Commune } else { SummaryHolder::Centre }
    }
}

coded! {
    /// Whose numbers a summary adds up.
    pub enum SummaryHolder in "summary_holder" {
        /// Centres that existed on the last day of the period; those that ended in it count with what they did.
        Centre = "centre" ("trung tâm", "centre"),
        /// Communes on the map of the last day of the period.
        Commune = "commune" ("đơn vị cấp xã", "commune"),
    }
}

coded! {
    /// By what a summary is broken down.
    pub enum SummaryRows in "summary_rows" {
        /// By the units directly below.
        Unit = "unit" ("đơn vị cấp dưới", "child unit"),
        /// By the centres or communes themselves.
        Holder = "holder" ("từng trung tâm, từng xã", "each centre or commune"),
        /// By the centre's operating model.
        OperatingModel = "operating_model" ("mô hình hoạt động", "operating model"),
        /// By urban and rural communes.
        Region = "region" ("đô thị, nông thôn", "urban or rural"),
    }
}

impl SummaryRows {
    /// The breakdown of places that it is; by holder, the places are those of units.
    pub fn of_places(self) -> Breakdown {
        match self {
            Self::Unit | Self::Holder => Breakdown::Unit,
            Self::OperatingModel => Breakdown::OperatingModel,
            Self::Region => Breakdown::Region,
        }
    }
}

/// What the holders of a row come to under a line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Figure {
    /// The sum of those that gave a number; `null` where none did, which is not zero.
    #[schema(example = 538_000_000)]
    pub sum: Option<i64>,
    /// How many centres or communes gave one.
    #[schema(example = 16)]
    pub reported: u64,
    /// Change of the sum against the period compared with, where both are there.
    pub change: Option<i64>,
    /// As a part of the line that `lines` names, over those that gave both.
    pub share: Option<Share>,
}

/// One row of the breakdown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FigureRow {
    /// What it stands for.
    pub key: RowKey,
    /// The centre, in a breakdown by centre.
    pub centre_id: Option<CentreId>,
    /// Its centres or communes on the last day.
    #[schema(example = 16)]
    pub holders: u64,
    /// How many of these gave anything.
    #[schema(example = 16)]
    pub holders_reporting: u64,
    /// Every line by its code.
    pub figures: BTreeMap<&'static str, Figure>,
}

/// What the centres or communes of a unit come to in a period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Summary {
    /// What it is about.
    pub topic: SummaryTopic,
    /// The unit.
    pub unit_id: Option<UnitId>,
    /// What it is called.
    pub name: Label,
    /// The period.
    pub period: PeriodView,
    /// The period compared with.
    pub compare_period: Option<PeriodView>,
    /// By what it is broken down.
    pub by: SummaryRows,
    /// `as_was`, `restated`, `as_of:<date>` or `restated:<date>`, as asked for.
    #[schema(example = "as_was")]
    pub boundaries: String,
    /// The day whose map was used.
    pub map_date: NaiveDate,
    /// Set when that map is only known from a later day on, and its oldest known state was used.
    pub map_known_from: Option<NaiveDate>,
    /// How they were placed on a later map; `null` for `as_was`.
    pub restated_by: Option<RestatedBy>,
    /// Whose numbers are added up: `holders` are centres or communes.
    pub counts: SummaryHolder,
    /// The lines, in their order.
    pub lines: Vec<SummaryLine>,
    /// All of them together.
    pub total: FigureRow,
    /// The breakdown.
    pub rows: Vec<FigureRow>,
}

/// What one holder gave, by the code of the line.
pub type Given = HashMap<&'static str, i64>;

/// A centre or commune with what it gave.
#[derive(Debug, Clone)]
pub struct Holding {
    /// Its identity.
    pub id: Uuid,
    /// What it is called.
    pub name: String,
    /// Where it lies.
    pub spot: Spot,
    /// Whether it was there on the last day.
    pub exists_at_end: bool,
    /// What it gave; `None` where it gave nothing.
    pub given: Option<Given>,
}

/// What a summary is about.
pub struct Question {
    /// The topic.
    pub topic: SummaryTopic,
    /// The period.
    pub period: Period,
    /// The period compared with.
    pub compare_period: Option<Period>,
    /// The breakdown.
    pub by: SummaryRows,
    /// The boundaries, as asked for.
    pub boundaries: Boundaries,
    /// Today.
    pub today: NaiveDate,
}

#[derive(Default)]
struct Row<'h> {
    holders: u64,
    reporting: u64,
    of: Vec<&'h Given>,
}

impl<'h> Row<'h> {
    fn add(&mut self, holding: &'h Holding) {
        if holding.exists_at_end {
            self.holders += 1;
            self.reporting += u64::from(holding.given.is_some());
        }
        self.of.extend(holding.given.as_ref());
    }

    fn figures(&self, lines: &[SummaryLine], before: Option<&Self>) -> BTreeMap<&'static str, Figure> {
        let sum = |row: &Self, code: &str| -> (Option<i64>, u64) {
            let given: Vec<i64> = row.of.iter().filter_map(|given| given.get(code)).copied().collect();
            let sum = given.iter().copied().reduce(i64::saturating_add);
            (sum, given.len() as u64)
        };
        lines
            .iter()
            .map(|line| {
                let (now, reported) = sum(self, line.code);
                let then = before.and_then(|before| sum(before, line.code).0);
                let share = line.share_of.and_then(|whole| {
                    let both = self.of.iter().filter_map(|given| given.get(line.code).copied().zip(given.get(whole).copied()));
                    let (part, whole) =
                        both.fold((0_i64, 0_i64), |(part, whole), (p, w)| (part.saturating_add(p), whole.saturating_add(w)));
                    Share::of(part, whole)
                });
                let figure = Figure { sum: now, reported, change: now.zip(then).map(|(now, then)| now - then), share };
                (line.code, figure)
            })
            .collect()
    }
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum RowOf {
    Place(Key),
    Holder(Uuid),
}

struct Placed<'h> {
    total: Row<'h>,
    rows: BTreeMap<RowOf, Row<'h>>,
    keys: BTreeSet<Key>,
    inside: Vec<&'h Holding>,
}

fn placed<'h>(holdings: &'h [Holding], by: SummaryRows, placing: &Placing<'_>, restated_by: &mut RestatedBy) -> Placed<'h> {
    let mut placed = Placed { total: Row::default(), rows: BTreeMap::new(), keys: BTreeSet::new(), inside: vec![] };
    for holding in holdings {
        let Some(key) = placing.key_of(&holding.spot, restated_by) else { continue };
        let of = if by == SummaryRows::Holder { RowOf::Holder(holding.id) } else { RowOf::Place(key) };
        placed.rows.entry(of).or_default().add(holding);
        placed.total.add(holding);
        placed.keys.insert(key);
        placed.inside.push(holding);
    }
    placed
}

/// Adds up. `now` and `before` are all of the tenant's centres or communes; those outside of the unit are left out.
pub fn summarise(question: &Question, placing: &Placing<'_>, now: &[Holding], before: Option<&[Holding]>) -> Summary {
    let lines = lines(question.topic);
    let mut restated_by = RestatedBy::default();
    let mut current = placed(now, question.by, placing, &mut restated_by);
    let earlier = before.map(|before| placed(before, question.by, placing, &mut RestatedBy::default()));
    let mut row = |of: RowOf, key: RowKey, centre_id: Option<CentreId>| {
        let row = current.rows.remove(&of).unwrap_or_default();
        let then = earlier.as_ref().and_then(|earlier| earlier.rows.get(&of));
        FigureRow { key, centre_id, holders: row.holders, holders_reporting: row.reporting, figures: row.figures(&lines, then) }
    };
    let counts = question.topic.counts();
    let rows = if question.by == SummaryRows::Holder {
        current.inside.sort_by_cached_key(|holding| (sort_key(&holding.name), holding.id));
        let of_holder = |holding: &&Holding| {
            let label = Label::new(&*holding.name, &*holding.name);
            let is_centre = counts == SummaryHolder::Centre;
            let unit_id = (!is_centre).then_some(UnitId(holding.id));
            let key = RowKey { code: None, unit_id, label };
            row(RowOf::Holder(holding.id), key, is_centre.then_some(CentreId(holding.id)))
        };
        current.inside.iter().map(of_holder).collect()
    } else {
        placing.rows(current.keys.iter().copied()).into_iter().map(|(of, key)| row(RowOf::Place(of), key, None)).collect()
    };
    let total_key = placing.total_key();
    let total = FigureRow {
        key: total_key.clone(),
        centre_id: None,
        holders: current.total.holders,
        holders_reporting: current.total.reporting,
        figures: current.total.figures(&lines, earlier.as_ref().map(|earlier| &earlier.total)),
    };
    Summary {
        topic: question.topic,
        unit_id: placing.unit,
        name: total_key.label,
        period: question.period.view(question.today),
        compare_period: question.compare_period.map(|period| period.view(question.today)),
        by: question.by,
        boundaries: question.boundaries.to_string(),
        map_date: placing.date,
        map_known_from: placing.map.known_from(placing.date),
        restated_by: (question.boundaries != Boundaries::AsWas).then_some(restated_by),
        counts,
        lines,
        total,
        rows,
    }
}
