//! The yearly numbers of communes: Kim Sơn's of 2018, their changes, and what looks wrong in them.

use htcd_api::clock::{Clock, new_id};
use htcd_domain::access::Role;
use htcd_domain::id::{ProfileValueId, UnitId};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::{Response, each};

const REPORT: &str = "Báo cáo số 10/BC-TTHTCĐ ngày 26/11/2018";

/// Kim Sơn's numbers of 2018 with those of 2017 that follow from the changes it prints.
const KIM_SON: [(&str, f64, Option<f64>); 12] = [
    ("area", 10.37, None),
    ("hamlets", 5.0, None),
    ("residents", 9154.0, None),
    ("poor_households", 2.0, Some(6.0)),
    ("poor_households_percent", 0.08, None),
    ("near_poor_households", 29.0, Some(47.0)),
    ("near_poor_households_percent", 1.11, None),
    ("literacy_percent", 100.0, None),
    ("waste_collection_percent", 94.0, Some(93.0)),
    ("output", 2508.0, Some(2072.0)),
    ("income_per_head", 72.0, None),
    ("new_jobs", 85.0, None),
];

fn value(cast: &KimSon, year: i32, indicator: &str, number: f64) -> Value {
    let id: ProfileValueId = new_id(cast.world.clock.now());
    json!({ "id": id, "unit_id": cast.commune, "year": year, "indicator": indicator, "value": number, "source": REPORT, "as_of_date": "2018-11-26" })
}

fn post(cast: &KimSon, by: &Person, path: &str, body: &Value) -> Response {
    cast.world.client.post(path).by(&by.token).json(body).send()
}

fn profile(cast: &KimSon, unit: UnitId, year: i32) -> Value {
    let path = format!("/v1/units/{unit}/profile?year={year}");
    cast.world.client.get(&path).by(&cast.verifier.token).send().expect(200).json()
}

fn line<'p>(profile: &'p Value, code: &str) -> &'p Value {
    profile["lines"].as_array().unwrap().iter().find(|line| line["code"] == code).unwrap_or_else(|| panic!("no {code}"))
}

/// Enters Kim Sơn's report as its centre does.
fn entered() -> KimSon {
    let cast = KimSon::new();
    let items: Vec<Value> = KIM_SON
        .iter()
        .flat_map(|(code, now, before)| {
            let before = before.map(|before| value(&cast, 2017, code, before));
            std::iter::once(value(&cast, 2018, code, *now)).chain(before)
        })
        .collect();
    let batch = json!({ "items": items });
    let results = post(&cast, &cast.staff, "/v1/profile_values/batch", &batch).expect(200).json();
    assert_eq!((&results["created"], &results["refused"]), (&json!(16), &json!(0)), "{results:#}");
    let again = post(&cast, &cast.staff, "/v1/profile_values/batch", &batch).expect(200).json();
    assert_eq!((&again["created"], &again["unchanged"]), (&json!(0), &json!(16)));
    cast
}

#[test]
fn kim_son_2018_comes_back_with_its_changes_and_needs_2601_to_2624_households() {
    let cast = entered();
    let it = profile(&cast, cast.commune, 2018);
    assert_eq!(each(it["lines"].as_array().unwrap(), "code"), KIM_SON.map(|(code, ..)| code));
    let changes = [
        ("poor_households", json!(2), json!(-4)),
        ("near_poor_households", json!(29), json!(-18)),
        ("waste_collection_percent", json!(94), json!(1)),
        ("output", json!(2508), json!(436)),
        ("area", json!(10.37), Value::Null),
        ("poor_households_percent", json!(0.08), Value::Null),
    ];
    for (code, number, change) in changes {
        assert_eq!((&line(&it, code)["value"], &line(&it, code)["change"]), (&number, &change), "{code}");
    }
    assert_eq!(
        (&line(&it, "residents")["source"], &line(&it, "residents")["as_of_date"]),
        (&json!(REPORT), &json!("2018-11-26"))
    );
    let from = json!(["poor_households_percent", "near_poor_households_percent"]);
    assert_eq!(it["implied_totals"], json!([{ "indicator": "households", "low": 2601, "high": 2624, "from": from }]));
    assert_eq!(it["warnings"], json!([]));

    // A number of households that the report cannot mean is stored, and said to look wrong.
    let households = post(&cast, &cast.manager, "/v1/profile_values", &value(&cast, 2018, "households", 2700.0)).expect(201);
    let it = profile(&cast, cast.commune, 2018);
    assert_eq!(each(it["warnings"].as_array().unwrap(), "doubt"), ["total_outside"]);
    assert!(it["warnings"][0]["detail"]["vi"].as_str().unwrap().contains("2.601"), "{}", it["warnings"]);
    let path = format!("/v1/profile_values/{}", households.json()["id"].as_str().unwrap());
    let change = json!({ "value": 2612 });
    cast.world.client.patch(&path).by(&cast.manager.token).if_match(&households.etag()).json(&change).send().expect(200);
    assert_eq!(profile(&cast, cast.commune, 2018)["warnings"], json!([]));

    // Hundredths stay hundredths.
    let list = cast.world.client.get("/v1/profile_values?indicator=area&year=2018").by(&cast.staff.token).send().expect(200);
    assert!(list.text().contains("\"value\":10.37,"), "{}", list.text());
}

#[test]
fn what_looks_wrong_is_said_and_never_refused() {
    let cast = entered();
    let numbers = [
        ("residents", 9.0), // 9.154 read as a decimal, cut
        ("female_residents", 9155.0),
        ("poor_households", 3.0),
        ("poor_households_percent", 0.08),
        ("near_poor_households", 29.0),
        ("near_poor_households_percent", 11.1), // a place lost
        ("waste_collection_percent", 194.0),
        ("literacy_percent", 100.5),
        ("output", 25_080.0),
    ];
    for (code, number) in numbers {
        post(&cast, &cast.commune_officer, "/v1/profile_values", &value(&cast, 2019, code, number)).expect(201);
    }
    let it = profile(&cast, cast.commune, 2019);
    let mut found: Vec<(&str, &str)> = it["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|warning| (warning["doubt"].as_str().unwrap(), warning["indicators"][0].as_str().unwrap()))
        .collect();
    found.sort_unstable();
    assert_eq!(
        found,
        [
            ("above_all", "literacy_percent"),
            ("above_all", "waste_collection_percent"),
            ("different_totals", "poor_households_percent"),
            ("jump", "near_poor_households_percent"),
            ("jump", "output"),
            ("part_above_whole", "female_residents"),
            ("separator", "residents"),
        ]
    );
    assert_eq!(it["implied_totals"], json!([]));
}

#[test]
fn a_district_sums_what_adds_up_and_says_over_how_many_communes() {
    let cast = entered();
    let district = cast.world.unit("205", "2018-12-31");
    let (other, communes) = {
        let map = &cast.world.app.atlas().unwrap().map;
        let communes = map.children(Some(district), day("2018-12-31"));
        (communes.iter().map(|unit| unit.id).find(|id| *id != cast.commune).unwrap(), communes.len())
    };
    let neighbour = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(other), None);
    let body = json!({ "unit_id": other, "year": 2018, "indicator": "poor_households", "value": 40 });
    post(&cast, &neighbour, "/v1/profile_values", &body).expect(201);
    let it = profile(&cast, district, 2018);
    assert_eq!(it["communes"], communes);
    let poor = line(&it, "poor_households");
    assert_eq!(
        (&poor["value"], &poor["communes"], &poor["change"]),
        (&json!(42), &json!(2), &Value::Null),
        "not the same communes"
    );
    assert_eq!((&line(&it, "output")["value"], &line(&it, "output")["change"]), (&json!(2508), &json!(436)));
    let codes = each(it["lines"].as_array().unwrap(), "code");
    assert!(!codes.iter().any(|code| code.ends_with("_percent") || *code == "income_per_head"), "{codes:?}");
    assert_eq!((&it["warnings"], &it["implied_totals"]), (&json!([]), &json!([])));
    let path = format!("/v1/units/{district}/profile?year=2018");
    cast.world.client.get(&path).by(&cast.manager.token).send().refused(404, "not_found");
    cast.world.client.get(&format!("/v1/units/{}/profile?year=2018", cast.commune)).by(&cast.manager.token).send().expect(200);
    let path = format!("/v1/units/{district}/profile?year=1900");
    cast.world.client.get(&path).by(&cast.verifier.token).send().fault(400, "invalid_parameter", "year", "range");
}

#[test]
fn a_province_adds_indicators_of_its_own() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let national = client.get("/v1/profile_indicators/national").by(&cast.staff.token).send().expect(200).json();
    let poor = national.as_array().unwrap().iter().find(|it| it["code"] == "poor_households_percent").unwrap();
    assert_eq!(
        (&poor["whole"], &poor["part"], &poor["measure"]),
        (&json!("households"), &json!("poor_households"), &json!("percent"))
    );

    let own = |code: &str, members: Value| {
        let mut body = json!({ "code": code, "label": { "vi": "Hộ dùng nước sạch", "en": "Households with clean water" }, "measure": "count", "whole": "households", "adds_up": true });
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let add = |by: &Person, body: &Value| post(&cast, by, "/v1/profile_indicators", body);
    let clean = add(&cast.admin, &own("clean_water", json!({}))).expect(201);
    let share = json!({ "measure": "percent", "part": "clean_water", "adds_up": false });
    add(&cast.admin, &own("clean_water_percent", share)).expect(201);
    add(&cast.admin, &own("clean_water", json!({}))).refused(409, "already_exists");
    add(&cast.commune_officer, &own("wells", json!({}))).refused(403, "right_missing");
    for (members, pointer, rule) in [
        (json!({ "code": "residents" }), "/code", "own_code"),
        (json!({ "whole": "nothing" }), "/whole", "indicator_of_catalogue"),
        (json!({ "whole": "area" }), "/whole", "indicator_of_catalogue"),
        (json!({ "part": "poor_households" }), "/part", "part_of_percentage"),
        (json!({ "measure": "percent" }), "/adds_up", "percentages_do_not_add_up"),
        (json!({ "whole": "wells" }), "/whole", "other_indicator"),
    ] {
        add(&cast.admin, &own("wells", members)).fault(422, "rule_broken", pointer, rule);
    }

    let enter =
        |indicator: &str, number: f64| post(&cast, &cast.staff, "/v1/profile_values", &value(&cast, 2018, indicator, number));
    enter("clean_water", 2000.0).expect(201);
    enter("clean_water_percent", 76.57).expect(201);
    enter("households", 2700.0).expect(201);
    let it = profile(&cast, cast.commune, 2018);
    let from = json!(["clean_water_percent"]);
    assert_eq!(it["implied_totals"], json!([{ "indicator": "households", "low": 2612, "high": 2612, "from": from }]));
    assert_eq!(each(it["warnings"].as_array().unwrap(), "doubt"), ["total_outside"]);

    let path = format!("/v1/profile_indicators/{}", clean.json()["id"].as_str().unwrap());
    client.delete(&path).by(&cast.admin.token).if_match(&clean.etag()).send().refused(409, "blocked");
    client.patch(&path).by(&cast.admin.token).if_match(&clean.etag()).json(&json!({ "active": false })).send().expect(200);
    let later = post(&cast, &cast.staff, "/v1/profile_values", &value(&cast, 2019, "clean_water", 2600.0));
    later.fault(422, "rule_broken", "/indicator", "indicator_of_catalogue");
    assert_eq!(line(&profile(&cast, cast.commune, 2018), "clean_water")["value"], 2000, "what was entered stays");
}

#[test]
fn a_number_fits_its_measure_and_is_written_by_whoever_counts_the_commune() {
    let cast = KimSon::new();
    let good = value(&cast, 2018, "residents", 9154.0);
    let post_as = |by: &Person, members: Value| {
        let mut body = good.clone();
        body["id"] = json!(new_id::<ProfileValueId>(cast.world.clock.now()));
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        post(&cast, by, "/v1/profile_values", &body)
    };
    post_as(&cast.manager, json!({})).expect(201);
    post_as(&cast.commune_officer, json!({})).refused(409, "already_exists");
    for (members, code, pointer, rule) in [
        (json!({ "indicator": "households", "value": 6.778 }), "invalid_body", "/value", "quantity"),
        (json!({ "indicator": "households", "value": 6.77 }), "rule_broken", "/value", "whole_number"),
        (json!({ "indicator": "households", "value": -4 }), "rule_broken", "/value", "range"),
        (json!({ "indicator": "happiness" }), "rule_broken", "/indicator", "indicator_of_catalogue"),
        (json!({ "year": 2017, "as_of_date": "2027-01-01" }), "rule_broken", "/as_of_date", "plausible_date"),
        (json!({ "year": 2026 }), "rule_broken", "/unit_id", "commune_of_the_year"),
    ] {
        post_as(&cast.manager, members).fault(422, code, pointer, rule);
    }
    let neighbour = cast.world.unit("06673", "2018-12-31");
    post_as(&cast.manager, json!({ "unit_id": neighbour })).refused(403, "outside_scope");
    post_as(&cast.verifier, json!({})).refused(403, "right_missing");
    let list = cast.world.client.get("/v1/profile_values").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 1, "what was refused left nothing");

    // The centre moved with its commune into a larger one: its people still write what went into that one whole.
    let new = cast.world.unit("07069", "2026-01-01");
    let path = format!("/v1/centres/{}", cast.centre);
    let etag = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let place = json!({ "commune_id": new, "valid_from": "2025-07-01" });
    let moved = cast.world.client.post(&format!("{path}/placements")).by(&cast.admin.token).if_match(&etag).json(&place).send();
    moved.expect(201);
    post_as(&cast.manager, json!({ "indicator": "new_jobs", "value": 85 })).expect(201);
    post_as(&cast.manager, json!({ "unit_id": new, "year": 2025, "indicator": "new_jobs", "value": 90 })).expect(201);
}
