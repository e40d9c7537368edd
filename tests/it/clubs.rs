//! Clubs and their meetings; literacy classes and who completed them.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

fn with(mut body: Value, members: Value) -> Value {
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

fn club(cast: &KimSon, members: Value) -> Value {
    let body = json!({ "centre_id": cast.centre, "name": "Câu lạc bộ Thơ", "category": "arts_sports", "founded_on": "2012-09-01",
        "members": 35, "female_members": 28, "leader": "Bà Hoa" });
    with(body, members)
}

fn meeting(cast: &KimSon, members: Value) -> Value {
    let body = json!({ "centre_id": cast.centre, "category": "arts_sports", "title": "Sinh hoạt câu lạc bộ", "form": "session",
        "role": "organiser", "starts_on": "2018-03-14", "ends_on": "2018-03-14", "sessions": 1 });
    with(body, members)
}

fn literacy(cast: &KimSon, members: Value) -> Value {
    let body = json!({ "centre_id": cast.centre, "title": "Lớp xóa mù chữ khu Kim Thành", "level": "phase_1",
        "started_on": "2018-02-01", "enrolled": 18, "enrolled_female": 11 });
    with(body, members)
}

fn post(cast: &KimSon, path: &str, body: &Value) -> Response {
    cast.world.client.post(path).by(&cast.staff.token).json(body).send()
}

fn patch(cast: &KimSon, made: &Response, path: &str, body: Value) -> Response {
    cast.world.client.patch(path).by(&cast.staff.token).if_match(&made.etag()).json(&body).send()
}

#[test]
fn a_club_meets_while_it_lives_and_its_meetings_are_found_by_it() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let made = post(&cast, "/v1/clubs", &club(&cast, json!({}))).expect(201);
    let (path, id) = (made.header("location").unwrap().to_owned(), made.json()["id"].clone());
    assert_eq!(client.get(&path).by(&cast.verifier.token).send().expect(200).json(), made.json());
    let others = club(&cast, json!({ "centre_id": sibling }));
    let others = client.post("/v1/clubs").by(&cast.commune_officer.token).json(&others).send().expect(201).json();

    let met = post(&cast, "/v1/activities", &meeting(&cast, json!({ "club_id": id }))).expect(201);
    let unknown = json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11");
    for (members, pointer) in [
        (json!({ "club_id": id, "starts_on": "2012-08-31", "ends_on": "2012-09-02" }), "/club_id"),
        (json!({ "club_id": others["id"] }), "/club_id"),
        (json!({ "club_id": unknown }), "/club_id"),
    ] {
        post(&cast, "/v1/activities", &meeting(&cast, members)).fault(422, "rule_broken", pointer, "club_of_centre");
    }
    post(&cast, "/v1/activities", &meeting(&cast, json!({}))).expect(201);
    let meetings = client.walk(&cast.staff.token, &format!("/v1/activities?club_id={}", id.as_str().unwrap()));
    assert_eq!(each(&meetings, "id"), [met.json()["id"].as_str().unwrap()]);

    // It does not end before it met, nor begin after that, and one that met does not go.
    patch(&cast, &made, &path, json!({ "ended_on": "2018-03-13" })).fault(
        422,
        "rule_broken",
        "/ended_on",
        "meetings_within_club",
    );
    patch(&cast, &made, &path, json!({ "founded_on": "2018-03-15" })).fault(
        422,
        "rule_broken",
        "/founded_on",
        "meetings_within_club",
    );
    client.delete(&path).by(&cast.staff.token).if_match(&made.etag()).send().refused(409, "blocked");
    let ended = patch(&cast, &made, &path, json!({ "ended_on": "2018-03-14" })).expect(200);
    post(&cast, "/v1/activities", &meeting(&cast, json!({ "club_id": id, "starts_on": "2018-03-15", "ends_on": "2018-03-15" })))
        .fault(422, "rule_broken", "/club_id", "club_of_centre");
    let alive = |day: &str| client.walk(&cast.staff.token, &format!("/v1/clubs?as_of={day}")).len();
    assert_eq!((alive("2012-08-31"), alive("2018-03-14"), alive("2018-03-15")), (0, 1, 0));

    client.delete(met.header("location").unwrap()).by(&cast.staff.token).if_match(&met.etag()).send().expect(204);
    client.delete(&path).by(&cast.staff.token).if_match(&ended.etag()).send().expect(204);
}

#[test]
fn every_refusal_of_a_club_names_place_and_rule_and_stores_nothing() {
    let cast = KimSon::new();
    let refuse = |members: Value, code: &str, pointer: &str, rule: &str| {
        post(&cast, "/v1/clubs", &club(&cast, members)).fault(422, code, pointer, rule);
    };
    refuse(json!({ "female_members": 36 }), "rule_broken", "/female_members", "part_of_total");
    refuse(json!({ "members": null }), "rule_broken", "/female_members", "part_of_total");
    refuse(json!({ "ended_on": "2012-08-31" }), "rule_broken", "/ended_on", "dates_in_order");
    refuse(json!({ "founded_on": "2007-12-31" }), "rule_broken", "/founded_on", "centre_operating");
    refuse(json!({ "site_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" }), "rule_broken", "/site_id", "site_of_centre");
    refuse(json!({ "name": "  " }), "invalid_body", "/name", "blank");
    refuse(json!({ "members": -1 }), "invalid_body", "/members", "range");
    assert!(cast.world.client.walk(&cast.staff.token, "/v1/clubs").is_empty());
    post(&cast, "/v1/clubs", &club(&cast, json!({}))).expect(201);
    post(&cast, "/v1/clubs", &club(&cast, json!({ "category": "health", "members": null, "female_members": null }))).expect(201);
    let of = |who: &Person, query: &str| cast.world.client.walk(&who.token, &format!("/v1/clubs?{query}")).len();
    assert_eq!((of(&cast.staff, "category=health"), of(&cast.officer, ""), of(&cast.officer, "limit=1")), (1, 2, 2));
}

#[test]
fn a_literacy_class_says_who_was_enrolled_and_later_who_completed_it() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = post(&cast, "/v1/literacy_classes", &literacy(&cast, json!({}))).expect(201);
    let (path, found) = (made.header("location").unwrap().to_owned(), made.json());
    for member in ["enrolled_ethnic_minority", "enrolled_from_15_to_60", "completed_phase_1", "completed_phase_2", "ended_on"] {
        assert_eq!(found[member], Value::Null, "{member}: blank is not zero");
    }
    let done = patch(&cast, &made, &path, json!({ "completed_phase_1": 15, "ended_on": "2018-11-30" })).expect(200);
    assert_eq!((&done.json()["completed_phase_1"], &done.json()["enrolled"]), (&json!(15), &json!(18)));
    patch(&cast, &done, &path, json!({ "completed_phase_1": 19 })).fault(
        422,
        "rule_broken",
        "/completed_phase_1",
        "part_of_enrolled",
    );
    patch(&cast, &done, &path, json!({ "enrolled": 14 })).fault(422, "rule_broken", "/completed_phase_1", "part_of_enrolled");
    patch(&cast, &done, &path, json!({ "completed_phase_2": 3 })).fault(
        422,
        "rule_broken",
        "/completed_phase_2",
        "phase_of_level",
    );
    patch(&cast, &done, &path, json!({ "level": "phase_2" })).fault(422, "rule_broken", "/completed_phase_1", "phase_of_level");
    assert_eq!(client.get(&path).by(&cast.officer.token).send().expect(200).json(), done.json());

    let refuse = |members: Value, code: &str, pointer: &str, rule: &str| {
        post(&cast, "/v1/literacy_classes", &literacy(&cast, members)).fault(422, code, pointer, rule);
    };
    refuse(json!({ "enrolled_female": 19 }), "rule_broken", "/enrolled_female", "part_of_enrolled");
    refuse(json!({ "enrolled_ethnic_minority": 19 }), "rule_broken", "/enrolled_ethnic_minority", "part_of_enrolled");
    refuse(json!({ "started_on": "2007-12-31" }), "rule_broken", "/started_on", "centre_operating");
    refuse(json!({ "level": "phase_3" }), "invalid_body", "/level", "code_unknown");
    refuse(json!({ "enrolled": -1 }), "invalid_body", "/enrolled", "range");
    let second = literacy(&cast, json!({ "level": "phase_2", "started_on": "2019-02-01", "completed_phase_2": 0 }));
    let second = post(&cast, "/v1/literacy_classes", &second).expect(201);
    assert_eq!(second.json()["completed_phase_2"], 0);
    let found = |query: &str| -> Vec<String> {
        let items = client.walk(&cast.staff.token, &format!("/v1/literacy_classes?{query}"));
        each(&items, "started_on").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(found(""), ["2019-02-01", "2018-02-01"]);
    assert_eq!(found("sort=asc&limit=1"), ["2018-02-01", "2019-02-01"]);
    assert_eq!(found("level=phase_2"), ["2019-02-01"]);
    assert_eq!(found("from=2018-01-01&to=2018-12-31"), ["2018-02-01"]);
    client.delete(&path).by(&cast.staff.token).if_match(&done.etag()).send().expect(204);
    assert_eq!(found(""), ["2019-02-01"]);
}
