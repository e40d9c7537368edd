//! Thái Bình in 2011: 286 centres with their published ranks, 13,564 sessions and 1.5 million participations.
//!
//! Only the sums are published. Which centre had which rank, and what it did in which month, is made up from a fixed seed, and
//! every such record says so.

use chrono::{Days, Months, NaiveDate};
use htcd_domain::Coded;
use htcd_domain::access::Role;
use htcd_domain::activity::{Activity, ActivityEntry, ActivityForm, ActivityRole, ActivityScope, Category, Participations};
use htcd_domain::centre::Decision;
use htcd_domain::duties::Hand;
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::rating::{Assessment, Rating};
use htcd_domain::record::Kept;
use htcd_domain::round::RoundStatus;
use htcd_domain::scheme::{Outcome, Rank};
use htcd_domain::unit::{Level, UnitMap};
use htcd_persistence::record::Stored;
use htcd_persistence::{Change, Tx, activity, rating};
use serde_json::{Value, json};

use super::step::Step;
use super::{author, day, new_centre, open_round, store_centre};
use crate::clock::new_id;
use crate::state::App;

/// Sessions of 2011, as published.
const SESSIONS: u64 = 13_564;
/// Participations of 2011: "over 1.5 million" was published, this number is made up.
const PARTICIPATIONS: u64 = 1_503_286;
const CENTRES: u64 = 286;

/// 286 centres on the 242 communes that are known of Thái Bình, with the published distribution of 2011, and a year of activities.
///
/// # Errors
/// What the database said.
pub fn load(app: &App, tx: &mut Tx<'_>, map: &UnitMap, thai_binh: UnitId) -> htcd_persistence::Result<()> {
    let round = open_round(app, tx, 2011, "TTHTCD-MAU-5", RoundStatus::Closed)?;
    let mut communes: Vec<_> = map
        .reach(thai_binh)
        .iter()
        .filter_map(|id| map.get(*id))
        .filter(|unit| unit.level == Level::Commune && unit.on(round.data_to).is_some())
        .collect();
    communes.sort_by_key(|unit| unit.latest().map(|version| version.code.clone()));
    let nobody = htcd_domain::id::UserId(uuid::Uuid::nil());
    for number in 0..286usize {
        let Some(commune) = communes.get(number % communes.len().max(1)) else { break };
        let name = commune.latest().map_or("", |version| &version.name_vi);
        let second = if number >= communes.len() { " (số 2)" } else { "" };
        let centre = new_centre(
            app.now(),
            format!("TB-{:03}", number + 1),
            format!("TTHTCĐ {name}{second} (demo)"),
            commune.id,
            day(2008, 1, 1),
        );
        let decision = Decision {
            number: format!("{}/QĐ-UBND", number + 1),
            date: day(2007, 12, 20),
            issuer: "UBND huyện (demo)".into(),
            legal_basis: Some("Quyết định 09/2008/QĐ-BGDĐT".into()),
        };
        store_centre(app, tx, &centre, decision)?;
        // Spread over the districts, so that each has some of each.
        let rank = match (number * 97) % 286 {
            0..158 => Rank::Tot,
            158..283 => Rank::Kha,
            _ => Rank::TrungBinh,
        };
        let assessment =
            Assessment { scores: vec![], outcome: Some(Outcome { rank, points: None }), note: None, by: nobody, at: app.now() };
        let id = new_id(app.now());
        let (rating, step) = Rating::past(id, &round, centre.id, commune.id, assessment, None, Hand::own(nobody));
        rating::insert(tx, &rating, &step)?;
        htcd_persistence::db::record(tx, &author(app, "load_demo"), Change::created((), "rating", rating.id, &rating))?;
        year_of_activities(app, tx, centre.id, number)?;
    }
    Ok(())
}

/// The closed round goes to the Ministry, sealed with a key of the province's own.
pub fn submitted() -> Vec<Step> {
    let submission = json!({ "year": 2011, "title": "Kết quả xếp loại TTHTCĐ của Thái Bình năm 2011 (demo)" });
    vec![
        Step::new(Role::ProvinceAdmin, "/v1/submission_keys", Value::Null),
        Step::new(Role::ProvinceOfficer, "/v1/submissions", submission),
    ]
}

/// What a made-up year is drawn from: SplitMix64, so that it is the same on every machine.
struct Dice(u64);

impl Dice {
    fn next(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % below.max(1)
    }
}

/// What a centre has of a sum that all centres share: their shares add to it.
fn share(sum: u64, number: u64) -> u64 {
    (number + 1) * sum / CENTRES - number * sum / CENTRES
}

/// A sum in as many parts as asked for, uneven, that add to it.
fn parts(sum: u64, count: u64, dice: &mut Dice) -> Vec<u64> {
    let weights: Vec<u64> = (0..count).map(|_| 50 + dice.next(100)).collect();
    let total: u64 = weights.iter().sum();
    let mut before = 0;
    let mut given = 0;
    weights
        .iter()
        .map(|weight| {
            before += weight;
            let part = before * sum / total - given;
            given += part;
            part
        })
        .collect()
}

/// Three categories a month, as totals; two of three say how many women came.
fn year_of_activities(app: &App, tx: &mut Tx<'_>, centre: CentreId, number: usize) -> htcd_persistence::Result<()> {
    let number = number as u64;
    let mut dice = Dice(2011 + number);
    let months: Vec<NaiveDate> = (0..12).filter_map(|month| day(2011, 1, 1).checked_add_months(Months::new(month))).collect();
    let entries = months.len() as u64 * 3;
    let sessions = parts(share(SESSIONS, number), entries, &mut dice);
    let people = parts(share(PARTICIPATIONS, number), entries, &mut dice);
    let mut numbers = sessions.into_iter().zip(people);
    for first in months {
        let start = dice.next(10) as usize;
        for step in 0..3 {
            let Some((sessions, people)) = numbers.next() else { return Ok(()) };
            let category = Category::ALL[(start + step * 3) % Category::ALL.len()];
            let female = (dice.next(3) > 0).then(|| people * (40 + dice.next(20)) / 100);
            let is_own = dice.next(4) > 0;
            let whole = |number: u64| i64::try_from(number).ok();
            let content = Activity {
                id: None,
                centre_id: centre,
                entry: ActivityEntry::MonthlyTotal,
                category,
                sub_category: None,
                title: format!("{} - số liệu mô phỏng (demo)", category.label().vi),
                form: ActivityForm::Session,
                starts_on: first,
                ends_on: first + Days::new(27),
                role: if is_own { ActivityRole::Organiser } else { ActivityRole::Coordinated },
                scope: ActivityScope::Centre,
                site_id: None,
                venue: None,
                place: None,
                lead_organisation: (!is_own).then(|| "Hội Nông dân xã (demo)".into()),
                partner_organisations: vec![],
                programme: None,
                classes: None,
                sessions: whole(sessions),
                participants: None,
                participations: Participations {
                    total: whole(people),
                    female: female.and_then(whole),
                    ..Participations::default()
                },
                cost_vnd: None,
                plan_item_id: None,
                club_id: None,
                note: None,
            };
            activity::claim_month(tx, &content)?;
            let kept = Kept { id: new_id(app.now()), content, created_at: app.now(), updated_at: app.now() };
            Activity::insert(tx, &kept)?;
            let change = Change::created((), "activity", kept.id, &kept).of_records();
            htcd_persistence::db::record(tx, &author(app, "load_demo"), change)?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shares_of_all_centres_add_to_the_published_sums() {
        for sum in [SESSIONS, PARTICIPATIONS] {
            let shares: Vec<u64> = (0..CENTRES).map(|number| share(sum, number)).collect();
            assert_eq!(shares.iter().sum::<u64>(), sum);
            let parts = parts(shares[0], 36, &mut Dice(1));
            assert_eq!((parts.len(), parts.iter().sum::<u64>()), (36, shares[0]));
        }
    }
}
