//! Why somebody may or may not: the same codes as the errors and `allowed_actions`.

use chrono::TimeDelta;
use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::walk::{Walk, scores_but};

fn ask(cast: &KimSon, user: &Person, action: &str, resource: Option<String>) -> Value {
    let resource = resource.map(|resource| format!("&resource={resource}")).unwrap_or_default();
    let path = format!("/v1/access/explain?user={}&action={action}{resource}", user.id);
    cast.world.client.get(&path).by(&cast.world.db_sign_in(&cast.admin)).send().expect(200).json()
}

fn codes(answer: &Value) -> Vec<&str> {
    answer["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect()
}

fn verdicts(answer: &Value) -> Vec<&str> {
    answer["grants"].as_array().unwrap().iter().map(|grant| grant["verdict"].as_str().unwrap()).collect()
}

#[test]
fn each_grant_says_what_it_says_and_each_rule_has_its_code() {
    let cast = KimSon::new();
    let world = &cast.world;
    let centre = Some(format!("centre:{}", cast.centre));
    let elsewhere = world.db_centre(cast.province, world.unit("07069", "2018-12-31"), "TTHTCĐ Mạo Khê");

    let answer = ask(&cast, &cast.manager, "update_centre", centre.clone());
    assert_eq!((&answer["allowed"], &answer["permission"]), (&json!(true), &json!("centres:write")));
    assert_eq!(verdicts(&answer), ["allows"]);
    let answer = ask(&cast, &cast.manager, "centres:write", Some(format!("centre:{elsewhere}")));
    assert_eq!((codes(&answer), verdicts(&answer)), (vec!["not_found"], vec!["out_of_reach"]));
    let refused =
        world.client.patch(&format!("/v1/centres/{elsewhere}")).by(&cast.manager.token).if_match("\"1\"").json(&json!({})).send();
    refused.refused(404, "not_found");
    let answer = ask(&cast, &cast.staff, "users:manage", None);
    assert_eq!((codes(&answer), verdicts(&answer)), (vec!["right_missing"], vec!["role_lacks"]));

    // A grant that ended, one that has not begun, and one that holds.
    let path = format!("/v1/users/{}/grants", cast.staff.id);
    let later = json!({ "role": "centre_manager", "centre_id": cast.centre, "valid_from": "2027-01-01" });
    world.client.post(&path).by(&cast.admin.token).json(&later).send().expect(201);
    let answer = ask(&cast, &cast.staff, "submit_rating", centre.clone());
    assert_eq!((codes(&answer), verdicts(&answer)), (vec!["right_missing"], vec!["role_lacks", "not_yet"]));
    world.clock.advance(TimeDelta::days(60));
    let answer = ask(&cast, &cast.staff, "submit_rating", centre.clone());
    assert_eq!((&answer["allowed"], verdicts(&answer)), (&json!(true), vec!["role_lacks", "allows"]));

    let user = Some(format!("user:{}", cast.staff.id));
    assert_eq!(ask(&cast, &cast.manager, "create_user_code", user.clone())["allowed"], false, "a manager above one's own rank");
    assert_eq!(ask(&cast, &cast.admin, "create_user_code", user)["allowed"], true);
}

#[test]
fn a_rating_is_explained_by_the_rules_that_its_own_answer_uses() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
    let rating = Some(format!("rating:{}", walk.id()));
    let answer = ask(&cast, &cast.verifier, "verify_rating", rating.clone());
    assert_eq!(codes(&answer), ["wrong_state"]);
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[]) }));
    walk.step(&cast.manager, "submit", Value::Null);
    assert_eq!(ask(&cast, &cast.verifier, "verify_rating", rating.clone())["allowed"], true);
    let both = cast.world.db_person(cast.province, Role::Verifier, Some(cast.world.unit("205", "2018-12-31")), None);
    let path = format!("/v1/users/{}/grants", both.id);
    let also = json!({ "role": "centre_manager", "centre_id": cast.centre });
    cast.world.client.post(&path).by(&cast.admin.token).json(&also).send().expect(201);
    assert_eq!(codes(&ask(&cast, &both, "verify_rating", rating.clone())), ["manages_centre"]);
    let refused = walk.attempt(&both, "verify", &Value::Null).refused(403, "separation_of_duties");
    assert_eq!(refused["reasons"][0]["code"], "manages_centre", "the same code");
    assert_eq!(codes(&ask(&cast, &cast.officer, "decide_rating", rating)), ["wrong_state"]);
}

#[test]
fn who_asks_and_what_for_is_checked() {
    let cast = KimSon::new();
    let get = |by: &Person, query: &str| {
        cast.world.client.get(&format!("/v1/access/explain?user={}&{query}", cast.staff.id)).by(&by.token).send()
    };
    get(&cast.officer, "action=me").refused(403, "right_missing");
    get(&cast.admin, "action=fly").fault(400, "invalid_parameter", "action", "action_exists");
    for odd in ["rating:1", "centre:0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "planet:0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "x"] {
        get(&cast.admin, &format!("action=me&resource={odd}")).fault(400, "invalid_parameter", "resource", "resource_exists");
    }
    let other = cast.world.db_province(cast.world.unit("33", "2026-01-01"));
    let binh = cast.world.db_person(other, Role::ProvinceAdmin, Some(cast.world.unit("33", "2026-01-01")), None);
    get(&binh, "action=me").refused(404, "not_found");
}

#[test]
fn an_officer_of_a_commune_that_merged_keeps_what_the_grant_means_on_the_dated_map() {
    let cast = KimSon::new();
    let world = &cast.world;
    let ward = world.unit("07069", "2026-01-01");
    let new_officer = world.db_person(cast.province, Role::CommuneOfficer, Some(ward), None);
    let may = |person: &Person| world.client.get(&format!("/v1/centres/{}", cast.centre)).by(&person.token).send().status == 200;
    // Kim Sơn went into the ward of Mạo Khê whole: its officer still has what lies there, and so has the ward's.
    assert!(may(&cast.commune_officer) && may(&new_officer));
    let mao_khe = world.db_centre(cast.province, world.unit("07069", "2018-12-31"), "TTHTCĐ Mạo Khê cũ");
    let seen = |person: &Person| world.client.get(&format!("/v1/centres/{mao_khe}")).by(&person.token).send().status;
    assert_eq!((seen(&cast.commune_officer), seen(&new_officer)), (404, 200), "the ward is not theirs");
    // Once the centre is placed on the new map, it is the ward's.
    let place = json!({ "commune_id": ward, "valid_from": "2025-07-01" });
    let path = format!("/v1/centres/{}", cast.centre);
    let etag = world.client.get(&path).by(&new_officer.token).send().expect(200).etag();
    world.client.post(&format!("{path}/placements")).by(&new_officer.token).if_match(&etag).json(&place).send().expect(201);
    assert!(!may(&cast.commune_officer) && may(&new_officer));
    let answer = ask(&cast, &cast.commune_officer, "centres:read", Some(format!("centre:{}", cast.centre)));
    assert_eq!((codes(&answer), verdicts(&answer)), (vec!["not_found"], vec!["out_of_reach"]));
}
