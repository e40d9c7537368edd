//! Learning families, clans, communities, units and citizens: counts of communes, and their sums.

use htcd_domain::access::Role;
use htcd_domain::id::UnitId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::Response;

fn families(commune: UnitId, year: i32, [base, registered, recognised]: [Option<i64>; 3]) -> Value {
    json!({
        "unit_id": commune, "year": year, "model": "family", "base_total": base, "registered": registered, "recognised": recognised,
        "as_of_date": format!("{year}-11-20"),
    })
}

fn post(cast: &KimSon, by: &Person, body: &Value) -> Response {
    cast.world.client.post("/v1/learning_model_counts").by(&by.token).json(body).send()
}

fn sums(cast: &KimSon, by: &Person, unit: UnitId, year: i32) -> Value {
    let path = format!("/v1/units/{unit}/learning_models?year={year}");
    cast.world.client.get(&path).by(&by.token).send().expect(200).json()
}

#[test]
fn a_commune_counts_each_model_once_a_year_and_a_unit_sums_with_coverage() {
    let cast = KimSon::new();
    let district = cast.world.unit("205", "2018-12-31");
    let communes: Vec<UnitId> = {
        let map = &cast.world.app.atlas().unwrap().map;
        map.children(Some(district), day("2018-12-31")).iter().map(|unit| unit.id).collect()
    };
    let other = *communes.iter().find(|unit| **unit != cast.commune).unwrap();
    let neighbour = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(other), None);
    // The officer of the commune, and the people of its centre.
    let made = post(&cast, &cast.staff, &families(cast.commune, 2018, [Some(2612), Some(2300), Some(2150)])).expect(201);
    post(&cast, &cast.commune_officer, &families(cast.commune, 2017, [Some(2590), Some(2200), Some(2000)])).expect(201);
    post(&cast, &neighbour, &families(other, 2018, [None, Some(900), Some(850)])).expect(201);
    post(&cast, &cast.commune_officer, &families(cast.commune, 2018, [Some(1), None, None])).refused(409, "already_exists");

    let of_district = sums(&cast, &cast.verifier, district, 2018);
    assert_eq!((&of_district["communes"], &of_district["map_of"]), (&json!(communes.len()), &json!("2018-12-31")));
    let family = &of_district["models"][0];
    assert_eq!((&family["model"], &family["reported"]), (&json!("family"), &json!(2)));
    assert_eq!(family["base_total"], json!({ "sum": 2612, "reported": 1 }));
    assert_eq!(family["recognised"], json!({ "sum": 3000, "reported": 2 }));
    // 2150 of 2612 is 82.31 %: over the one commune that gave both.
    assert_eq!(family["recognised_of_base"], json!({ "part": 2150, "whole": 2612, "percent": 82.3, "communes": 1 }));
    assert_eq!(family["targets"], json!([]), "no target was set for 2018");
    let clan = &of_district["models"][1];
    assert_eq!((&clan["reported"], &clan["recognised_of_base"]), (&json!(0), &Value::Null));

    // The people of a centre see the sums of its commune, and of nothing larger.
    assert_eq!(sums(&cast, &cast.staff, cast.commune, 2018)["communes"], 1);
    let path = format!("/v1/units/{district}/learning_models?year=2018");
    cast.world.client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
    // The district is on no map of today, and nothing was set against what it would show.
    let path = format!("/v1/units/{district}/learning_models?year=2026");
    cast.world.client.get(&path).by(&cast.verifier.token).send().refused(422, "not_on_map");
    let path = format!("/v1/learning_model_counts/{}", made.json()["id"].as_str().unwrap());
    let change = json!({ "recognised": 2151 });
    cast.world.client.patch(&path).by(&cast.manager.token).if_match(&made.etag()).json(&change).send().expect(200);
}

#[test]
fn who_is_recognised_had_registered_and_the_commune_was_there() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let numbers = |[base, registered, recognised]: [i64; 3]| [Some(base), Some(registered), Some(recognised)];
    let made = post(&cast, &cast.manager, &families(cast.commune, 2018, numbers([2612, 2300, 2300]))).expect(201);
    let path = format!("/v1/learning_model_counts/{}", made.json()["id"].as_str().unwrap());
    for (change, pointer, rule) in [
        (json!({ "recognised": 2301 }), "/recognised", "recognised_within_registered"),
        (json!({ "base_total": 2299 }), "/registered", "registered_within_base"),
        (json!({ "as_of_date": "2017-12-31" }), "/as_of_date", "counted_since_the_year"),
        (json!({ "as_of_date": "2026-11-23" }), "/as_of_date", "counted_since_the_year"),
    ] {
        let refused = client.patch(&path).by(&cast.manager.token).if_match(&made.etag()).json(&change).send();
        let codes = refused.json()["errors"].as_array().unwrap().clone();
        assert!(codes.iter().any(|fault| fault["pointer"] == pointer && fault["rule"] == rule), "{change}: {codes:?}");
        assert_eq!(refused.status, 422);
    }
    let none = json!({ "base_total": null, "registered": null, "recognised": null });
    let refused = client.patch(&path).by(&cast.manager.token).if_match(&made.etag()).json(&none).send();
    refused.fault(422, "rule_broken", "/base_total", "something_counted");
    let refused = client.patch(&path).by(&cast.manager.token).if_match(&made.etag()).json(&json!({ "year": 2017 })).send();
    assert_eq!(refused.rules(422), ["fixed_member"]);
    assert_eq!(client.get(&path).by(&cast.manager.token).send().expect(200).etag(), made.etag(), "nothing changed");

    let (district, new) = (cast.world.unit("205", "2018-12-31"), cast.world.unit("07069", "2026-01-01"));
    let of = |unit, year| families(unit, year, numbers([10, 9, 8]));
    post(&cast, &cast.verifier, &of(cast.commune, 2018)).refused(403, "right_missing");
    post(&cast, &cast.commune_officer, &of(district, 2018)).refused(403, "outside_scope");
    let whole = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(new), None);
    post(&cast, &whole, &of(new, 2018)).fault(422, "rule_broken", "/unit_id", "commune_of_the_year");
    post(&cast, &whole, &of(new, 2025)).expect(201);
    let elsewhere = cast.world.unit("12454", "2018-12-31");
    post(&cast, &cast.manager, &of(elsewhere, 2018)).fault(422, "rule_broken", "/unit_id", "holder_in_scope");
    let neighbour = cast.world.unit("06673", "2018-12-31");
    post(&cast, &cast.manager, &of(neighbour, 2018)).refused(403, "outside_scope");
}

#[test]
fn targets_stand_beside_the_counts_in_their_years_with_their_source() {
    let cast = KimSon::new();
    let of_2024 = sums(&cast, &cast.staff, cast.commune, 2024);
    let family = &of_2024["models"][0];
    assert_eq!((&family["targets"][0]["percent"], &family["targets"][0]["by_year"]), (&json!(70), &json!(2026)));
    assert!(family["targets"][0]["source"]["vi"].as_str().unwrap().contains("Hội Khuyến học"));
    let citizen = &of_2024["models"][4];
    let percents: Vec<_> =
        citizen["targets"].as_array().unwrap().iter().map(|target| target["percent"].as_i64().unwrap()).collect();
    assert_eq!(percents, [50, 40, 60]);
    assert!(citizen["targets"][1]["source"]["en"].as_str().unwrap().contains("677/QĐ-TTg"));
}
