//! Whatever is entered, a distribution is what a plain count of it gives; and a recount finds what was falsified.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use htcd_api::clock::{Clock, SystemClock, new_id};
use htcd_domain::access::{Grant, Role, Scope};
use htcd_domain::id::UnitId;
use htcd_persistence::aggregate::{Disagreement, recount};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::thai_binh::{adds_up, counts};

/// A commune of Quảng Ninh until 2025: its code, its district, whether it is urban, and where it went.
struct Place {
    code: &'static str,
    district: &'static str,
    urban: bool,
    went_to: &'static [(&'static str, bool)],
}

const PLACES: [Place; 5] = [
    Place { code: "07123", district: "205", urban: true, went_to: &[("07069", true)] },
    Place { code: "07069", district: "205", urban: true, went_to: &[("07069", true)] },
    Place { code: "07042", district: "193", urban: false, went_to: &[("07030", true), ("07060", false)] },
    Place { code: "07093", district: "205", urban: true, went_to: &[("07090", true), ("07093", true)] },
    Place { code: "06868", district: "199", urban: false, went_to: &[("06862", false), ("06877", false)] },
];
const MODELS: [&str; 3] = ["standalone", "combined_culture", "with_post_office"];
const RANKS: [&str; 4] = ["tot", "kha", "trung_binh", "yeu"];
const YEARS: [i32; 2] = [2017, 2018];

/// What became of a centre in a year.
#[derive(Debug, Clone, Copy)]
enum Rated {
    Nothing,
    Draft,
    Decided(usize),
}

/// A centre's life, as it is entered.
#[derive(Debug, Clone)]
struct Life {
    place: usize,
    model: usize,
    from: i32,
    ended: Option<i32>,
    suspended: bool,
    placed: Option<usize>,
    rated: [Rated; 2],
}

impl Life {
    fn exists_in(&self, year: i32) -> bool {
        self.from <= year && self.ended.is_none_or(|ended| ended > year)
    }

    /// Where it surely lies on today's map, or where it may lie.
    fn today(&self) -> &'static [(&'static str, bool)] {
        let went_to = PLACES[self.place].went_to;
        match self.placed.filter(|_| went_to.len() > 1 && self.ended.is_none()) {
            Some(chosen) => &went_to[chosen..=chosen],
            None => went_to,
        }
    }

    /// The key of its row.
    fn key(&self, by: &str, restated: bool) -> Option<String> {
        let place = &PLACES[self.place];
        let region = |urban: bool| if urban { "urban" } else { "rural" };
        let key = match (by, restated) {
            ("operating_model", _) => MODELS[self.model],
            ("unit", false) => place.district,
            ("region", false) => region(place.urban),
            ("unit", true) if self.today().len() == 1 => self.today()[0].0,
            ("region", true) if self.today().iter().all(|(_, urban)| *urban == self.today()[0].1) => region(self.today()[0].1),
            _ => return None,
        };
        Some(key.to_owned())
    }
}

fn lives() -> impl Strategy<Value = Vec<Life>> {
    let rated = prop_oneof![
        Just(Rated::Nothing),
        Just(Rated::Draft),
        (0..4usize).prop_map(Rated::Decided),
        (0..4usize).prop_map(Rated::Decided)
    ];
    let life = (
        0..5usize,
        0..3usize,
        2014..2020i32,
        prop::option::weighted(0.3, 0..4i32),
        any::<bool>(),
        prop::option::of(0..2usize),
        [rated.clone(), rated],
    );
    let life = life.prop_map(|(place, model, from, lasted, suspended, placed, rated)| Life {
        place,
        model,
        from,
        ended: lasted.map(|years| (from + years).max(2016)),
        suspended,
        placed,
        rated,
    });
    prop::collection::vec(life, 1..14)
}

/// Somebody who speaks for all these communes.
fn commune_officer(cast: &KimSon) -> Person {
    let from = "2020-01-01".parse().unwrap();
    let of = |place: &Place| Grant {
        id: new_id(SystemClock.now()),
        role: Role::CommuneOfficer,
        unit_id: Some(cast.world.unit(place.code, "2018-12-31")),
        centre_id: None,
        valid_from: from,
        valid_to: None,
        taken_on: None,
    };
    cast.world.db_person_with(cast.province, PLACES.iter().map(of).collect())
}

fn act(cast: &KimSon, centre: &str, act: &str, on: &str) {
    let client = &cast.world.client;
    let tag = client.get(&format!("/v1/centres/{centre}")).by(&cast.admin.token).send().expect(200).etag();
    let body =
        json!({ "act": act, "effective_on": on, "reason": "Thử", "decision": { "number": "1", "date": on, "issuer": "UBND" } });
    client.post(&format!("/v1/centres/{centre}/acts")).by(&cast.admin.token).if_match(&tag).json(&body).send().expect(201);
}

/// Registers a centre through the API; its id.
fn register(cast: &KimSon, commune: UnitId, model: &str, from: &str) -> String {
    let body = json!({
        "name": "Trung tâm", "commune_id": commune, "operating_model": model,
        "establishment": { "effective_on": from, "decision": { "number": "1", "date": from, "issuer": "UBND" } },
    });
    let made = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

/// Enters everything through the API; how many ratings there are.
fn enter(cast: &KimSon, lives: &[Life]) -> usize {
    let client = &cast.world.client;
    let officer = commune_officer(cast);
    let ids: Vec<String> = lives
        .iter()
        .map(|life| {
            let id = register(
                cast,
                cast.world.unit(PLACES[life.place].code, "2018-12-31"),
                MODELS[life.model],
                &format!("{}-01-01", life.from),
            );
            match (life.ended, life.suspended) {
                (Some(year), _) => act(cast, &id, "dissolve", &format!("{year}-06-30")),
                (None, true) => act(cast, &id, "suspend", &format!("{}-12-01", life.from.max(2018))),
                (None, false) => {}
            }
            if life.ended.is_none()
                && let ([_, _], Some(chosen)) = (PLACES[life.place].went_to, life.placed)
            {
                let commune = cast.world.unit(PLACES[life.place].went_to[chosen].0, "2025-12-31");
                let tag = client.get(&format!("/v1/centres/{id}")).by(&cast.admin.token).send().expect(200).etag();
                let body = json!({ "commune_id": commune, "valid_from": "2025-07-01" });
                client
                    .post(&format!("/v1/centres/{id}/placements"))
                    .by(&cast.admin.token)
                    .if_match(&tag)
                    .json(&body)
                    .send()
                    .expect(201);
            }
            id
        })
        .collect();
    let mut entered = 0;
    for (place, year) in YEARS.into_iter().enumerate() {
        let round = cast.round(year, "TTHTCD-MAU");
        let existing = || lives.iter().zip(&ids).filter(|(life, _)| life.exists_in(year));
        let results: Vec<Value> = existing()
            .filter_map(|(life, id)| {
                if let Rated::Decided(rank) = life.rated[place] {
                    Some(json!({ "centre_id": id, "rank": RANKS[rank] }))
                } else {
                    None
                }
            })
            .collect();
        if !results.is_empty() {
            client
                .post("/v1/ratings/import")
                .by(&cast.officer.token)
                .json(&json!({ "round_id": round["id"], "results": results }))
                .send()
                .expect(200);
        }
        entered += results.len();
        // A centre that was placed on today's map is no longer the old commune's, whose officer drafts here.
        let drafted =
            |life: &Life| matches!(life.rated[place], Rated::Draft) && life.today().len() == PLACES[life.place].went_to.len();
        for (_, id) in existing().filter(|(life, _)| drafted(life)) {
            client
                .post("/v1/ratings")
                .by(&officer.token)
                .json(&json!({ "round_id": round["id"], "centre_id": id }))
                .send()
                .expect(201);
            entered += 1;
        }
    }
    entered
}

type Table = BTreeMap<Option<String>, (u64, Vec<u64>)>;

fn expected(lives: &[Life], year: usize, by: &str, restated: bool) -> Table {
    let mut table = Table::new();
    for life in lives.iter().filter(|life| life.exists_in(YEARS[year])) {
        let (base, ranks) = table.entry(life.key(by, restated)).or_insert((0, vec![0; 4]));
        *base += 1;
        if let Rated::Decided(rank) = life.rated[year] {
            ranks[rank] += 1;
        }
    }
    table
}

fn answered(distribution: &Value) -> Table {
    let rows = distribution["rows"].as_array().unwrap().iter().filter(|row| row["base"] != 0);
    rows.map(|row| (row["key"]["code"].as_str().map(str::to_owned), (row["base"].as_u64().unwrap(), counts(row)))).collect()
}

fn recounted(cast: &KimSon) -> (usize, Vec<Disagreement>) {
    let atlas = cast.world.app.atlas().expect("an atlas");
    let units = &atlas.provinces.iter().find(|province| province.id == cast.province).unwrap().unit_ids;
    cast.world.db.read(&Scope::whole(cast.province), |tx| recount(tx, &atlas.map, units)).expect("a recount")
}

#[test]
fn every_distribution_is_what_a_plain_count_gives() {
    // The same cases in each run: a test that finds something only sometimes would be a flaky one.
    let config = Config { cases: 5, failure_persistence: None, max_shrink_iters: 12, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    let outcome = runner.run(&lives(), |lives| {
        let cast = KimSon::new();
        // The cast's own centre stands alone in Kim Sơn since 2008.
        let own =
            Life { place: 0, model: 0, from: 2008, ended: None, suspended: false, placed: None, rated: [Rated::Nothing; 2] };
        let entered = enter(&cast, &lives);
        let all: Vec<Life> = lives.into_iter().chain([own]).collect();
        let (then, now) = (cast.world.unit("22", "2018-12-31"), cast.world.unit("22", "2025-12-31"));
        for (year, shown) in YEARS.iter().enumerate() {
            for by in ["unit", "operating_model", "region"] {
                for (unit, boundaries, restated) in [
                    (then, "as_was", false),
                    (then, "as_of:2025-06-30", false),
                    (now, "restated", true),
                    (now, "as_of:2025-07-01", true),
                ] {
                    let path = format!("/v1/units/{unit}/rating_distribution?year={shown}&by={by}&boundaries={boundaries}");
                    let figure = cast.world.client.get(&path).by(&cast.officer.token).send().expect(200).json();
                    adds_up(&figure);
                    prop_assert_eq!(answered(&figure), expected(&all, year, by, restated), "{}", path);
                }
            }
        }
        prop_assert_eq!(recounted(&cast), (entered, vec![]));
        Ok(())
    });
    outcome.unwrap_or_else(|failure| panic!("{failure}"));
}

/// Changes what is stored behind the server's back.
fn falsify(cast: &KimSon, sql: &str) {
    let url = cast.world.owner_url();
    match url.strip_prefix("sqlite://") {
        Some(path) => {
            SqliteConnection::establish(path).unwrap().batch_execute(&format!("PRAGMA busy_timeout = 5000; {sql}")).unwrap()
        }
        None => PgConnection::establish(url).unwrap().batch_execute(sql).unwrap(),
    }
}

#[test]
fn a_recount_finds_a_rating_that_was_falsified() {
    let cast = KimSon::new();
    let body = json!({ "round_id": cast.round(2018, "TTHTCD-MAU")["id"], "results": [{ "centre_id": cast.centre, "rank": "kha", "points": 72 }] });
    cast.world.client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    assert_eq!(recounted(&cast), (1, vec![]));
    for (what, sql, back) in [
        ("decided rank and points", "UPDATE ratings SET decided_rank = 'tot'", "UPDATE ratings SET decided_rank = 'kha'"),
        ("decided rank and points", "UPDATE ratings SET decided_points = 9900", "UPDATE ratings SET decided_points = 7200"),
        ("decided or not", "UPDATE ratings SET state = 'verified'", "UPDATE ratings SET state = 'decided'"),
        (
            "distribution of 2018",
            "UPDATE centres SET operating_from = '2019-06-01'",
            "UPDATE centres SET operating_from = '2008-01-01'",
        ),
    ] {
        falsify(&cast, sql);
        let (_, found) = recounted(&cast);
        assert!(found.iter().any(|fault| fault.what.contains(what)), "{sql}: {found:?}");
        falsify(&cast, back);
        assert_eq!(recounted(&cast).1, vec![], "{back}");
    }
    cast.world.db_centre(cast.province, cast.world.unit("07093", "2018-12-31"), "elsewhere");
    falsify(&cast, "UPDATE ratings SET commune_id = (SELECT commune_id FROM centres WHERE name = 'elsewhere')");
    assert!(recounted(&cast).1.iter().any(|fault| fault.what.ends_with(": commune")));
}

#[test]
fn a_recount_finds_paper_that_contradicts_a_decided_rating() {
    // Two centres of Kim Sơn were rated for 2018. Later an act says that one had ended by then, a placement that one lay elsewhere.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let second = register(&cast, cast.commune, "standalone", "2008-01-01");
    let results = json!([{ "centre_id": cast.centre, "rank": "kha" }, { "centre_id": second, "rank": "tot" }]);
    let body = json!({ "round_id": cast.round(2018, "TTHTCD-MAU")["id"], "results": results });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    assert_eq!(recounted(&cast), (2, vec![]));
    let path = format!("/v1/centres/{second}");
    let place = |from: &str, commune: UnitId| {
        let tag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
        let body = json!({ "commune_id": commune, "valid_from": from });
        client.post(&format!("{path}/placements")).by(&cast.admin.token).if_match(&tag).json(&body).send().expect(201);
    };
    place("2018-12-31", cast.world.unit("07069", "2018-12-31"));
    let found: Vec<_> = recounted(&cast).1.into_iter().map(|fault| fault.what).collect();
    assert!(found.len() == 1 && found[0].ends_with(": commune"), "{found:?}");
    act(&cast, &cast.centre.to_string(), "dissolve", "2018-12-31");
    let found: Vec<_> = recounted(&cast).1.into_iter().map(|fault| fault.what).collect();
    assert!(found.len() == 2 && found[1].starts_with("distribution of 2018"), "{found:?}");
}

#[test]
fn what_happens_to_a_centre_after_the_year_contradicts_nothing() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let body =
        json!({ "round_id": cast.round(2018, "TTHTCD-MAU")["id"], "results": [{ "centre_id": cast.centre, "rank": "kha" }] });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    let path = format!("/v1/centres/{}", cast.centre);
    let tag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let body = json!({ "commune_id": cast.world.unit("07069", "2018-12-31"), "valid_from": "2019-01-01" });
    client.post(&format!("{path}/placements")).by(&cast.admin.token).if_match(&tag).json(&body).send().expect(201);
    act(&cast, &cast.centre.to_string(), "dissolve", "2019-01-01");
    assert_eq!(recounted(&cast), (1, vec![]));
    let commune = format!("/v1/units/{}/rating_distribution?year=2018", cast.commune);
    let figure = client.get(&commune).by(&cast.officer.token).send().expect(200).json();
    assert_eq!(
        (&figure["total"]["base"], counts(&figure["total"])),
        (&json!(1), vec![0, 1, 0, 0]),
        "its rating stays with it, where it was"
    );
}

#[test]
fn a_centre_that_was_proposed_here_and_established_long_ago_is_counted_from_then() {
    // The record is made as a proposal today; the decision of 2010 is entered afterwards.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let ward = cast.world.unit("06862", "2025-12-31");
    let body = json!({ "name": "Đề nghị", "commune_id": ward, "operating_model": "standalone" });
    let made = client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    act(&cast, made["id"].as_str().unwrap(), "establish", "2025-09-01");
    let now = cast.world.unit("22", "2025-12-31");
    let base = || {
        client.get(&format!("/v1/units/{now}/rating_distribution?year=2025")).by(&cast.officer.token).send().expect(200).json()["total"]["base"].clone()
    };
    assert_eq!(base(), 2, "with the cast's own");
    let round = json!({ "scheme_id": cast.world.scheme(&cast.admin, "TTHTCD-MAU")["id"], "year": 2025, "title": "2025", "route": KimSon::route() });
    let round = client.post("/v1/rounds").by(&cast.admin.token).json(&round).send().expect(201).json();
    let results = json!([{ "centre_id": made["id"], "rank": "tot" }]);
    client
        .post("/v1/ratings/import")
        .by(&cast.officer.token)
        .json(&json!({ "round_id": round["id"], "results": results }))
        .send()
        .expect(200);
    assert_eq!(recounted(&cast), (1, vec![]));
}
