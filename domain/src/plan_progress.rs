//! How far a plan has come: what each item was to reach against what was held for it, by item, quarter and year.
//!
//! Only the centre's own work counts as done. A number that nobody gave is unknown, not zero: each sum says how many of the
//! activities gave it. Classes, sessions and participations are never added to one another.

use std::collections::{BTreeMap, HashMap};
use std::ops::AddAssign;

use chrono::{Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use crate::activity::Category;
use crate::aggregate::Tenths;
use crate::id::{CentreId, PlanId, PlanItemId};
use crate::plan::{Plan, PlanState};
use crate::plan_item::{PlanItem, Targets, lineage};
use crate::record::Kept;

/// The sum of a number over activities, and how many of them gave it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// The sum of what was given.
    pub sum: i64,
    /// How many gave it.
    pub reported: i64,
}

/// What some activities come to.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// How many there are; the totals of a month are one.
    pub activities: i64,
    /// Classes or themes.
    pub classes: Tally,
    /// Sessions.
    pub sessions: Tally,
    /// Participations.
    pub participations: Tally,
}

impl Counts {
    fn each(&self) -> [Tally; 3] {
        [self.classes, self.sessions, self.participations]
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.activities += other.activities;
        for (mine, theirs) in [
            (&mut self.classes, other.classes),
            (&mut self.sessions, other.sessions),
            (&mut self.participations, other.participations),
        ] {
            mine.sum += theirs.sum;
            mine.reported += theirs.reported;
        }
    }
}

/// What was held in a month for an item, or for none, in a category.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The item that was named.
    pub item: Option<PlanItemId>,
    /// The category.
    pub category: Category,
    /// The month, 1 to 12.
    pub month: u32,
    /// Whether it was the centre's own work.
    pub is_own: bool,
    /// What it comes to.
    pub counts: Counts,
}

coded! {
    /// How far an item of a plan has come.
    pub enum ItemStanding in "item_standing" {
        /// Nothing was held for it.
        NotBegun = "not_begun" ("chưa thực hiện", "not begun"),
        /// Something was held, and a target is not reached.
        UnderWay = "under_way" ("đang thực hiện", "under way"),
        /// Something was held, and blank numbers leave open whether the targets are reached.
        Unclear = "unclear" ("chưa rõ vì thiếu số liệu", "unclear, numbers are missing"),
        /// Something was held, and every target is reached.
        Done = "done" ("đã hoàn thành", "done"),
    }
}

/// A part of a whole: exact, and in percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct Share {
    /// What was done towards the targets that are set.
    #[schema(example = 450)]
    pub numerator: i64,
    /// These targets together.
    #[schema(example = 600)]
    pub denominator: i64,
    /// The same in percent, rounded to one decimal; above 100 where more was done.
    #[schema(value_type = f64, example = 75.0)]
    pub percent: Tenths,
}

impl Share {
    /// The share of a whole that is not zero.
    pub fn of(numerator: i64, denominator: i64) -> Option<Self> {
        if denominator <= 0 {
            return None;
        }
        let (part, whole) = (i128::from(numerator), i128::from(denominator));
        let tenths = (part * 2000 + whole) / (2 * whole);
        Some(Self { numerator, denominator, percent: Tenths(i64::try_from(tenths).unwrap_or(i64::MAX)) })
    }
}

/// A number that was planned against what was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = PlannedMeasure)]
pub struct Measure {
    /// The target; of a quarter or year the sum of those that are set, `null` when none is.
    #[schema(example = 600)]
    pub target: Option<i64>,
    /// How many items set one.
    #[schema(example = 6)]
    pub targets_set: i64,
    /// What was done; `null` when something was held and nobody gave the number: blank is not zero.
    #[schema(example = 450)]
    pub done: Option<i64>,
    /// How many of the activities gave the number.
    #[schema(example = 5)]
    pub reported: i64,
    /// What the items that set a target did towards it; `null` where there is no target above zero, or no number at all.
    pub share: Option<Share>,
}

/// The three numbers of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Measures {
    /// Classes or themes (lớp, chuyên đề).
    pub classes: Measure,
    /// Sessions (buổi).
    pub sessions: Measure,
    /// Participations (lượt người).
    pub participations: Measure,
}

/// What an item was to reach, and what was held for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ItemProgress {
    /// The item.
    pub plan_item_id: PlanItemId,
    /// Its month.
    #[schema(example = 3)]
    pub month: i32,
    /// Its category.
    pub category: Category,
    /// What it is about.
    pub title: String,
    /// How far it has come.
    pub standing: ItemStanding,
    /// Whether its month is over and it is not begun, or a target is known not to be reached.
    pub is_late: bool,
    /// The centre's own activities that name it, or the item that it goes on from.
    #[schema(example = 2)]
    pub activities: i64,
    /// Activities that name it and were others' work: they count nowhere here.
    #[schema(example = 0)]
    pub activities_of_others: i64,
    /// Targets against what was done.
    #[serde(flatten)]
    pub measures: Measures,
}

/// A part of the year, or all of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PeriodProgress {
    /// How many items are planned in it.
    #[schema(example = 4)]
    pub items: i64,
    /// The centre's own activities in it that carry out an item of the plan, of whichever month the item is.
    #[schema(example = 5)]
    pub activities: i64,
    /// Targets of the items planned in it against what was done in it.
    #[serde(flatten)]
    pub measures: Measures,
}

/// A quarter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct QuarterProgress {
    /// Which one.
    #[schema(example = 1, minimum = 1, maximum = 4)]
    pub quarter: u32,
    /// How it went.
    #[serde(flatten)]
    pub period: PeriodProgress,
}

/// A number that was not planned.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Done {
    /// What was done; `null` when nobody gave the number.
    #[schema(example = 120)]
    pub done: Option<i64>,
    /// How many of the activities gave it.
    #[schema(example = 2)]
    pub reported: i64,
}

/// The centre's own work of a category that carries out no item of the plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct BesidePlan {
    /// The category.
    pub category: Category,
    /// How many activities, the totals of a month being one.
    #[schema(example = 3)]
    pub activities: i64,
    /// Classes or themes.
    pub classes: Done,
    /// Sessions.
    pub sessions: Done,
    /// Participations.
    pub participations: Done,
}

/// How far a plan has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct PlanProgress {
    /// The plan.
    pub plan_id: PlanId,
    /// The centre.
    pub centre_id: CentreId,
    /// Its year.
    #[schema(example = 2018)]
    pub year: i32,
    /// Where the plan stands.
    pub state: PlanState,
    /// What began after this day is left out, and lateness is judged on it.
    pub as_of: NaiveDate,
    /// How many items nothing was held for.
    pub items_not_begun: i64,
    /// How many items are late.
    pub items_late: i64,
    /// The whole year.
    pub total: PeriodProgress,
    /// Its four quarters.
    pub quarters: Vec<QuarterProgress>,
    /// Each item, by month.
    pub items: Vec<ItemProgress>,
    /// The centre's own work of the year that carries out no item of this plan, by category.
    pub beside_plan: Vec<BesidePlan>,
}

/// What is known of a tally: nothing held is zero done, and held without a number is not known.
fn known(tally: Tally, activities: i64) -> Option<i64> {
    (activities == 0 || tally.reported > 0).then_some(tally.sum)
}

fn targets(targets: &Targets) -> [Option<i64>; 3] {
    [targets.classes, targets.sessions, targets.participations]
}

fn measures(each: [Measure; 3]) -> Measures {
    let [classes, sessions, participations] = each;
    Measures { classes, sessions, participations }
}

fn standing(item: &PlanItem, counts: &Counts) -> ItemStanding {
    if counts.activities == 0 {
        return ItemStanding::NotBegun;
    }
    let mut is_unclear = false;
    for (target, tally) in targets(&item.targets).into_iter().zip(counts.each()) {
        if target.is_none_or(|target| tally.sum >= target) {
            continue;
        }
        if tally.reported == counts.activities {
            return ItemStanding::UnderWay;
        }
        is_unclear = true;
    }
    if is_unclear { ItemStanding::Unclear } else { ItemStanding::Done }
}

/// An item with what was held for it, month by month.
struct Line<'i> {
    item: &'i Kept<PlanItem>,
    months: [Counts; 12],
    of_others: i64,
}

impl Line<'_> {
    fn within(&self, months: std::ops::RangeInclusive<u32>) -> Counts {
        let mut counts = Counts::default();
        months.filter_map(|month| self.months.get(month.checked_sub(1)? as usize)).for_each(|held| counts += *held);
        counts
    }

    fn progress(&self, year: i32, as_of: NaiveDate) -> ItemProgress {
        let item = &self.item.content;
        let counts = self.within(1..=12);
        let standing = standing(item, &counts);
        let next_month = u32::try_from(item.month)
            .ok()
            .and_then(|month| NaiveDate::from_ymd_opt(year, month, 1))
            .and_then(|first| first.checked_add_months(Months::new(1)));
        let is_over = next_month.is_some_and(|next| next <= as_of);
        let each = targets(&item.targets);
        let tallies = counts.each();
        ItemProgress {
            plan_item_id: self.item.id,
            month: item.month,
            category: item.category,
            title: item.title.clone(),
            standing,
            is_late: is_over && matches!(standing, ItemStanding::NotBegun | ItemStanding::UnderWay),
            activities: counts.activities,
            activities_of_others: self.of_others,
            measures: measures(std::array::from_fn(|place| {
                let (target, done) = (each[place], known(tallies[place], counts.activities));
                let share = target.zip(done).and_then(|(target, done)| Share::of(done, target));
                let targets_set = i64::from(target.is_some());
                Measure { target, targets_set, done, reported: tallies[place].reported, share }
            })),
        }
    }
}

/// The months of the year that a period has.
fn period(lines: &[Line<'_>], months: std::ops::RangeInclusive<u32>) -> PeriodProgress {
    let planned: Vec<&PlanItem> = lines
        .iter()
        .map(|line| &line.item.content)
        .filter(|item| u32::try_from(item.month).is_ok_and(|month| months.contains(&month)))
        .collect();
    let held: Vec<(&PlanItem, Counts)> = lines.iter().map(|line| (&line.item.content, line.within(months.clone()))).collect();
    let mut all = Counts::default();
    held.iter().for_each(|(_, counts)| all += *counts);
    let each = std::array::from_fn(|place| {
        let set: Vec<i64> = planned.iter().filter_map(|item| targets(&item.targets)[place]).collect();
        let target = (!set.is_empty()).then(|| set.iter().sum());
        // Like is compared with like: what was done where nobody set this target is left out of the share.
        let towards = held.iter().filter(|(item, _)| targets(&item.targets)[place].is_some());
        let (done, activities) = towards.fold((Tally::default(), 0), |(tally, activities), (_, counts)| {
            let own = counts.each()[place];
            (Tally { sum: tally.sum + own.sum, reported: tally.reported + own.reported }, activities + counts.activities)
        });
        let share = target.zip(known(done, activities)).and_then(|(target, done)| Share::of(done, target));
        let tally = all.each()[place];
        let targets_set = i64::try_from(set.len()).unwrap_or(i64::MAX);
        Measure { target, targets_set, done: known(tally, all.activities), reported: tally.reported, share }
    });
    let items = i64::try_from(planned.len()).unwrap_or(i64::MAX);
    PeriodProgress { items, activities: all.activities, measures: measures(each) }
}

/// How far a plan has come on a day. `items` are its own; `continued` says, of every item of the centre's plans of the
/// year, which one it goes on from; `held` is what the centre held in the year up to that day.
pub fn progress(
    plan: &Kept<Plan>,
    items: &[Kept<PlanItem>],
    continued: &HashMap<PlanItemId, PlanItemId>,
    held: &[Held],
    as_of: NaiveDate,
) -> PlanProgress {
    let mut lines: Vec<Line<'_>> =
        items.iter().map(|item| Line { item, months: [Counts::default(); 12], of_others: 0 }).collect();
    let line_of = lineage(items.iter().enumerate().map(|(place, item)| (item.id, place)), continued);
    let mut beside: BTreeMap<Category, Counts> = BTreeMap::new();
    for held in held {
        let line = held.item.and_then(|item| line_of.get(&item)).and_then(|place| lines.get_mut(*place));
        let month = usize::try_from(held.month).unwrap_or(0).wrapping_sub(1);
        match line {
            Some(line) if held.is_own => {
                if let Some(counts) = line.months.get_mut(month) {
                    *counts += held.counts;
                }
            }
            Some(line) => line.of_others += held.counts.activities,
            None if held.is_own => *beside.entry(held.category).or_default() += held.counts,
            None => {}
        }
    }
    let mut progress: Vec<ItemProgress> = lines.iter().map(|line| line.progress(plan.content.year, as_of)).collect();
    progress.sort_by_key(|item| (item.month, item.plan_item_id));
    let count = |wanted: fn(&ItemProgress) -> bool| {
        i64::try_from(progress.iter().filter(|item| wanted(item)).count()).unwrap_or(i64::MAX)
    };
    PlanProgress {
        plan_id: plan.id,
        centre_id: plan.content.centre_id,
        year: plan.content.year,
        state: plan.content.course.state,
        as_of,
        items_not_begun: count(|item| item.standing == ItemStanding::NotBegun),
        items_late: count(|item| item.is_late),
        total: period(&lines, 1..=12),
        quarters: (1..=4)
            .map(|quarter| QuarterProgress { quarter, period: period(&lines, quarter * 3 - 2..=quarter * 3) })
            .collect(),
        items: progress,
        beside_plan: beside
            .into_iter()
            .map(|(category, counts)| {
                let done = |tally: Tally| Done { done: known(tally, counts.activities), reported: tally.reported };
                BesidePlan {
                    category,
                    activities: counts.activities,
                    classes: done(counts.classes),
                    sessions: done(counts.sessions),
                    participations: done(counts.participations),
                }
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use serde_json::json;

    use super::*;

    fn id(n: u128) -> PlanItemId {
        PlanItemId(uuid::Uuid::from_u128(n))
    }

    fn kept<T: crate::record::Record>(id: T::Id, content: T) -> Kept<T> {
        let at = DateTime::<Utc>::default();
        Kept { id, content, created_at: at, updated_at: at }
    }

    fn plan() -> Kept<Plan> {
        let nobody = uuid::Uuid::nil();
        kept(PlanId(nobody), serde_json::from_value(json!({ "centre_id": nobody, "year": 2018, "title": "Kế hoạch" })).unwrap())
    }

    fn item(n: u128, month: i32, targets: serde_json::Value) -> Kept<PlanItem> {
        let body =
            json!({ "plan_id": uuid::Uuid::nil(), "month": month, "category": "law", "title": "Luật", "targets": targets });
        kept(id(n), serde_json::from_value(body).unwrap())
    }

    /// Activities of a month that gave these numbers.
    fn held(item: Option<u128>, month: u32, participations: &[Option<i64>]) -> Held {
        let given: Vec<i64> = participations.iter().flatten().copied().collect();
        let participations_tally = Tally { sum: given.iter().sum(), reported: given.len() as i64 };
        let counts =
            Counts { activities: participations.len() as i64, participations: participations_tally, ..Counts::default() };
        Held { item: item.map(id), category: Category::Law, month, is_own: true, counts }
    }

    fn seen(items: &[Kept<PlanItem>], held: &[Held], as_of: &str) -> PlanProgress {
        progress(&plan(), items, &HashMap::new(), held, as_of.parse().unwrap())
    }

    #[test]
    fn a_share_is_exact_and_its_percentage_is_rounded_to_one_decimal_without_floating_point() {
        for (numerator, denominator, tenths) in [
            (0, 7, 0),
            (1, 3, 333),
            (2, 3, 667),
            (1, 2000, 1),
            (1, 2001, 0),
            (712, 700, 1017),
            (7, 7, 1000),
            (i64::MAX, 1, i64::MAX),
        ] {
            let share = Share::of(numerator, denominator).unwrap();
            assert_eq!((share.numerator, share.denominator, share.percent), (numerator, denominator, Tenths(tenths)));
        }
        assert_eq!(Share::of(3, 0), None, "there is no share of nothing");
    }

    #[test]
    fn an_item_stands_where_its_targets_and_numbers_put_it() {
        use ItemStanding as S;
        let hundred = json!({ "participations": 100 });
        for (targets, given, as_of, standing, is_late) in [
            (hundred.clone(), &[][..], "2018-03-31", S::NotBegun, false),
            (hundred.clone(), &[], "2018-04-01", S::NotBegun, true),
            (hundred.clone(), &[Some(60)], "2018-03-31", S::UnderWay, false),
            (hundred.clone(), &[Some(60)], "2018-04-01", S::UnderWay, true),
            (hundred.clone(), &[Some(60), Some(40)], "2018-12-31", S::Done, false),
            (hundred.clone(), &[Some(0)], "2018-12-31", S::UnderWay, true),
            // A blank is not a zero: it may have been enough.
            (hundred.clone(), &[None], "2018-12-31", S::Unclear, false),
            (hundred.clone(), &[Some(60), None], "2018-12-31", S::Unclear, false),
            (hundred.clone(), &[Some(100), None], "2018-12-31", S::Done, false),
            (json!({}), &[None], "2018-12-31", S::Done, false),
            (json!({ "participations": 0 }), &[Some(0)], "2018-12-31", S::Done, false),
            // Of two targets one is known to be missed.
            (json!({ "participations": 100, "classes": 0 }), &[Some(60)], "2018-12-31", S::UnderWay, true),
        ] {
            let held: Vec<Held> = if given.is_empty() { vec![] } else { vec![held(Some(1), 3, given)] };
            let progress = seen(&[item(1, 3, targets.clone())], &held, as_of);
            assert_eq!(
                (progress.items[0].standing, progress.items[0].is_late),
                (standing, is_late),
                "{targets} {given:?} {as_of}"
            );
        }
    }

    #[test]
    fn what_was_held_without_a_number_is_not_zero_and_what_was_not_held_is() {
        let items = [item(1, 3, json!({ "participations": 100 })), item(2, 5, json!({ "participations": 50 }))];
        let progress = seen(&items, &[held(Some(1), 3, &[None, None])], "2018-12-31");
        let [first, second] = [0, 1].map(|place| progress.items[place].measures.participations.clone());
        assert_eq!((first.done, first.reported, first.share), (None, 0, None));
        assert_eq!((second.done, second.reported, second.share), (Some(0), 0, Share::of(0, 50)));
        assert_eq!((progress.items_not_begun, progress.items_late), (1, 1));
        let total = &progress.total.measures.participations;
        assert_eq!((total.target, total.targets_set, total.done, total.share), (Some(150), 2, None, None));
        assert_eq!(progress.total.measures.classes.target, None);
        assert_eq!(progress.total.measures.classes.done, None, "two activities said nothing of classes");
    }

    #[test]
    fn a_quarter_has_the_targets_planned_in_it_and_what_was_held_in_it() {
        // The item of March is held in March and in April; the one of April has no target for participations.
        let items = [item(1, 3, json!({ "participations": 100 })), item(2, 4, json!({ "classes": 2 }))];
        let held = [held(Some(1), 3, &[Some(30)]), held(Some(1), 4, &[Some(50)]), held(Some(2), 4, &[Some(7)])];
        let progress = seen(&items, &held, "2018-12-31");
        let of = |quarter: usize| {
            let period = &progress.quarters[quarter - 1].period;
            let people = &period.measures.participations;
            (period.items, period.activities, people.target, people.done, people.share)
        };
        assert_eq!(of(1), (1, 1, Some(100), Some(30), Share::of(30, 100)));
        assert_eq!(of(2), (1, 2, None, Some(57), None), "what nobody planned has no share");
        assert_eq!(of(3), (0, 0, None, Some(0), None));
        let total = &progress.total.measures.participations;
        assert_eq!((total.done, total.share), (Some(87), Share::of(80, 100)), "seven came where nobody had set the target");
    }

    #[test]
    fn work_of_others_counts_nowhere_and_work_beside_the_plan_by_itself() {
        let items = [item(1, 3, json!({ "participations": 100 }))];
        let others = Held { is_own: false, ..held(Some(1), 3, &[Some(500)]) };
        let unplanned = Held { category: Category::Health, ..held(None, 6, &[Some(40), None]) };
        let coordinated = Held { is_own: false, ..held(None, 6, &[Some(900)]) };
        let dropped = held(Some(77), 7, &[Some(5)]);
        let progress = seen(&items, &[others, unplanned, coordinated, dropped], "2018-12-31");
        assert_eq!((progress.items[0].activities, progress.items[0].activities_of_others), (0, 1));
        assert_eq!(progress.items[0].measures.participations.done, Some(0));
        let beside: Vec<_> = progress
            .beside_plan
            .iter()
            .map(|beside| (beside.category, beside.activities, beside.participations.done, beside.participations.reported))
            .collect();
        assert_eq!(beside, [(Category::Law, 1, Some(5), 1), (Category::Health, 2, Some(40), 1)]);
        assert_eq!(progress.beside_plan[1].classes, Done { done: None, reported: 0 });
    }

    #[test]
    fn an_item_of_a_revision_goes_on_from_the_one_before() {
        let items = [item(3, 3, json!({ "participations": 100 }))];
        let continued = HashMap::from([(id(3), id(2)), (id(2), id(1))]);
        let held = [held(Some(1), 3, &[Some(30)]), held(Some(2), 4, &[Some(20)]), held(Some(3), 5, &[Some(10)])];
        let progress = progress(&plan(), &items, &continued, &held, "2018-12-31".parse().unwrap());
        assert_eq!((progress.items[0].activities, progress.items[0].measures.participations.done), (3, Some(60)));
        assert!(progress.beside_plan.is_empty());
        // A circle that must not be ends.
        let circle = HashMap::from([(id(3), id(2)), (id(2), id(3))]);
        assert_eq!(super::progress(&plan(), &items, &circle, &held, "2018-12-31".parse().unwrap()).items[0].activities, 2);
    }
}
