//! Rounds: a year, a scheme, a route; their windows, deadlines, closing.

use htcd_api::clock::{Clock, new_id};
use htcd_domain::access::{Grant, Role};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::Response;
use crate::support::walk::{Walk, decision, scores_but};

fn stage(task: &str, level: &str) -> Value {
    json!({ "task": task, "level": level })
}

/// A good round of 2018 with one thing changed.
fn body(cast: &KimSon, change: impl FnOnce(&mut Value)) -> Value {
    let scheme = cast.world.scheme(&cast.admin, "TTHTCD-MAU");
    let mut body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Năm 2018", "route": KimSon::route() });
    change(&mut body);
    body
}

fn open(cast: &KimSon, body: &Value) -> Response {
    cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(body).send()
}

/// Rules with where they are broken.
fn faults(answer: Response) -> Vec<(String, String)> {
    let body = answer.refused(422, "rule_broken");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|e| (text(&e["rule"]), text(&e["pointer"]))).collect()
}

#[test]
fn a_round_is_opened_with_the_whole_year_as_its_window() {
    let cast = KimSon::new();
    let opened = open(&cast, &body(&cast, |_| ())).expect(201);
    let round = opened.json();
    assert_eq!((&round["data_from"], &round["data_to"]), (&json!("2018-01-01"), &json!("2018-12-31")));
    assert_eq!((&round["status"], &round["subject"], &round["year"]), (&json!("open"), &json!("centre"), &json!(2018)));
    assert_eq!(round["route"][2]["decision_number_required"], true);
    let stored = cast.world.client.get(opened.header("location").unwrap()).by(&cast.staff.token).send().expect(200);
    assert_eq!(stored.json(), round);
    cast.world
        .client
        .post("/v1/rounds")
        .by(&cast.officer.token)
        .json(&body(&cast, |b| b["year"] = json!(2019)))
        .send()
        .refused(403, "right_missing");
}

#[test]
fn a_route_begins_with_self_assessment_rises_and_ends_with_the_province() {
    let cast = KimSon::new();
    let routes = [
        ("route_begins", "/route/0", json!([stage("verify", "district"), stage("decide", "province")])),
        ("route_begins", "/route/0", json!([stage("assess", "commune"), stage("decide", "province")])),
        ("route_ends", "/route/1", json!([stage("assess", "centre"), stage("decide", "district")])),
        ("route_ends", "/route/1", json!([stage("assess", "centre"), stage("verify", "province")])),
        (
            "route_between",
            "/route/1/task",
            json!([stage("assess", "centre"), stage("assess", "centre"), stage("decide", "province")]),
        ),
        (
            "route_between",
            "/route/1/task",
            json!([stage("assess", "centre"), stage("decide", "district"), stage("decide", "province")]),
        ),
        (
            "verified_from_above",
            "/route/1/level",
            json!([stage("assess", "centre"), stage("verify", "centre"), stage("decide", "province")]),
        ),
        (
            "route_rises",
            "/route/2/level",
            json!([
                stage("assess", "centre"),
                stage("verify", "district"),
                stage("verify", "commune"),
                stage("decide", "province")
            ]),
        ),
    ];
    for (rule, pointer, route) in routes {
        let found = faults(open(&cast, &body(&cast, |b| b["route"] = route)));
        assert!(found.contains(&(rule.into(), pointer.into())), "{rule} at {pointer}: {found:?}");
    }
    for count in [1, 7] {
        let stages: Vec<_> = (0..count).map(|_| stage("assess", "centre")).collect();
        let refused = open(&cast, &body(&cast, |b| b["route"] = json!(stages))).refused(422, "invalid_body");
        assert_eq!((&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]), (&json!("length"), &json!("/route")));
    }
    assert_eq!(cast.world.client.get("/v1/rounds").by(&cast.admin.token).send().expect(200).json(), json!([]));
    // The shortest route, and one through every level.
    let short = json!([stage("assess", "centre"), stage("decide", "province")]);
    open(&cast, &body(&cast, |b| b["route"] = short)).expect(201);
    let levels = ["commune", "district", "province"].map(|level| stage("verify", level));
    let long: Vec<_> = [stage("assess", "centre")].into_iter().chain(levels).chain([stage("decide", "province")]).collect();
    open(&cast, &body(&cast, |b| (b["route"], b["year"]) = (json!(long), json!(2019)))).expect(201);
}

#[test]
fn a_commune_title_begins_at_the_commune() {
    let cast = KimSon::new();
    let scheme = cast.world.scheme(&cast.admin, "CDHT-XA-2023");
    let of_commune =
        |route: Value| body(&cast, |b| (b["scheme_id"], b["year"], b["route"]) = (scheme["id"].clone(), json!(2024), route));
    let found = faults(open(&cast, &of_commune(KimSon::route())));
    assert_eq!(found, [("route_begins".into(), "/route/0".into())]);
    let route = json!([stage("assess", "commune"), stage("verify", "district"), stage("decide", "province")]);
    let round = open(&cast, &of_commune(route)).expect(201).json();
    assert_eq!(round["subject"], "commune");
}

#[test]
fn the_district_takes_part_until_30_june_2025() {
    let cast = KimSon::new();
    let from = |day: &str| {
        let day = json!(day);
        body(&cast, |b| (b["year"], b["data_from"], b["data_to"]) = (json!(2025), day, json!("2025-12-31")))
    };
    let found = faults(open(&cast, &from("2025-07-01")));
    assert_eq!(found, [("district_until_2025".into(), "/route/1/level".into())]);
    let of_2026 = body(&cast, |b| b["year"] = json!(2026));
    assert_eq!(faults(open(&cast, &of_2026)), [("district_until_2025".into(), "/route/1/level".into())]);
    open(&cast, &from("2025-06-30")).expect(201);
    let by_commune = json!([stage("assess", "centre"), stage("verify", "commune"), stage("decide", "province")]);
    open(&cast, &body(&cast, |b| (b["year"], b["route"]) = (json!(2026), by_commune))).expect(201);
}

#[test]
fn a_window_belongs_to_its_year_and_has_an_end_after_its_beginning() {
    let cast = KimSon::new();
    let windows = [
        ("dates_in_order", "2018-06-01", "2018-05-31"),
        ("window_of_a_year", "2017-11-01", "2018-12-31"),
        ("window_near_year", "2016-12-31", "2018-01-01"),
        ("window_near_year", "2017-01-01", "2017-12-31"),
        ("window_near_year", "2019-06-01", "2020-01-01"),
    ];
    for (rule, from, to) in windows {
        let found = faults(open(&cast, &body(&cast, |b| (b["data_from"], b["data_to"]) = (json!(from), json!(to)))));
        assert!(found.iter().any(|(other, _)| other == rule), "{rule}: {found:?}");
    }
    for year in [1998, 2101] {
        let refused = open(&cast, &body(&cast, |b| b["year"] = json!(year))).refused(422, "invalid_body");
        assert_eq!((&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]), (&json!("range"), &json!("/year")));
    }
    let school_year = body(&cast, |b| (b["data_from"], b["data_to"]) = (json!("2018-09-01"), json!("2019-08-31")));
    let round = open(&cast, &school_year).expect(201).json();
    assert_eq!((&round["data_from"], &round["data_to"]), (&json!("2018-09-01"), &json!("2019-08-31")));
}

#[test]
fn a_stage_is_not_due_before_the_one_it_follows() {
    let cast = KimSon::new();
    let due = |days: [Option<&str>; 3]| {
        body(&cast, |b| {
            for (place, day) in days.iter().enumerate() {
                b["route"][place]["due_on"] = json!(day);
            }
        })
    };
    let found = faults(open(&cast, &due([Some("2019-01-31"), Some("2019-01-15"), None])));
    assert_eq!(found, [("deadlines_in_order".into(), "/route/1/due_on".into())]);
    open(&cast, &due([Some("2018-12-15"), Some("2019-01-31"), Some("2019-01-31")])).expect(201);
}

#[test]
fn no_deadline_is_set_before_one_further_up_the_route() {
    // The middle stage has no deadline; the last is due before the first all the same.
    let cast = KimSon::new();
    let backwards = body(&cast, |b| {
        b["route"][0]["due_on"] = json!("2019-03-01");
        b["route"][2]["due_on"] = json!("2019-02-01");
    });
    assert_eq!(faults(open(&cast, &backwards)), [("deadlines_in_order".into(), "/route/2/due_on".into())]);
}

#[test]
fn a_year_has_one_round_for_each_subject() {
    // Quảng Ninh opens 2018 twice; Hưng Yên's 2018 is its own.
    let cast = KimSon::new();
    let first = open(&cast, &body(&cast, |_| ())).expect(201).json();
    open(&cast, &body(&cast, |b| b["title"] = json!("Lần hai"))).refused(409, "already_exists");
    let same_id = body(&cast, |b| (b["year"], b["id"]) = (json!(2019), first["id"].clone()));
    open(&cast, &same_id).refused(409, "already_exists");
    let scheme = cast.world.scheme(&cast.admin, "CDHT-XA-2023");
    let route = json!([stage("assess", "commune"), stage("decide", "province")]);
    open(&cast, &body(&cast, |b| (b["scheme_id"], b["route"]) = (scheme["id"].clone(), route))).expect(201);

    let unit = cast.world.unit("33", "2025-12-31");
    let hung_yen = cast.world.db_province(unit);
    let other = cast.world.db_person(hung_yen, Role::ProvinceAdmin, Some(unit), None);
    let client = &cast.world.client;
    client.post("/v1/rounds").by(&other.token).json(&body(&cast, |_| ())).send().expect(201);
    let path = format!("/v1/rounds/{}", first["id"].as_str().unwrap());
    client.get(&path).by(&other.token).send().refused(404, "not_found");
    client
        .patch(&path)
        .by(&other.token)
        .if_match("\"1-0\"")
        .json(&json!({ "status": "closed" }))
        .send()
        .refused(404, "not_found");

    let list = |query: &str| {
        client.get(&format!("/v1/rounds?{query}")).by(&cast.staff.token).send().expect(200).json().as_array().unwrap().len()
    };
    assert_eq!((list(""), list("subject=centre"), list("year=2018"), list("year=2019"), list("status=closed")), (2, 1, 2, 0, 0));
}

#[test]
fn a_round_is_closed_and_opened_again_and_its_route_does_not_change() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let opened = open(&cast, &body(&cast, |_| ())).expect(201);
    let path = opened.header("location").unwrap().to_owned();
    let patch = |who: &str, tag: &str, body: Value| client.patch(&path).by(who).if_match(tag).json(&body).send();

    patch(&cast.officer.token, &opened.etag(), json!({ "status": "closed" })).refused(403, "right_missing");
    client.patch(&path).by(&cast.admin.token).json(&json!({ "status": "closed" })).send().refused(428, "if_match_required");
    let closed = patch(&cast.admin.token, &opened.etag(), json!({ "status": "closed" })).expect(200);
    assert_eq!(closed.json()["status"], "closed");
    let start = json!({ "round_id": opened.json()["id"], "centre_id": cast.centre });
    let refused = client.post("/v1/ratings").by(&cast.staff.token).json(&start).send().refused(409, "state_conflict");
    assert_eq!(refused["state"], "closed");
    patch(&cast.admin.token, &opened.etag(), json!({ "title": "Khác" })).refused(412, "etag_mismatch");
    let reopened = patch(&cast.admin.token, &closed.etag(), json!({ "status": "open", "title": "Mở lại" })).expect(200);
    assert_eq!((&reopened.json()["status"], &reopened.json()["title"]), (&json!("open"), &json!("Mở lại")));
    client.post("/v1/ratings").by(&cast.staff.token).json(&start).send().expect(201);

    let refused = patch(&cast.admin.token, &reopened.etag(), json!({ "route": [] })).refused(422, "invalid_body");
    assert_eq!(refused["errors"][0]["rule"], "unknown_member");
    assert_eq!(client.get(&path).by(&cast.staff.token).send().expect(200).json()["route"], opened.json()["route"]);
}

#[test]
fn a_scheme_that_is_not_published_opens_no_round() {
    let cast = KimSon::new();
    let content = cast.world.scheme(&cast.admin, "TTHTCD-MAU")["content"].clone();
    let drafted = cast
        .world
        .client
        .post("/v1/schemes")
        .by(&cast.admin.token)
        .json(&json!({ "code": "QN", "content": content }))
        .send()
        .expect(201);
    let with = |scheme: &Value| body(&cast, |b| b["scheme_id"] = scheme.clone());
    let pointer = [("scheme_published".into(), "/scheme_id".into())];
    assert_eq!(faults(open(&cast, &with(&drafted.json()["id"]))), pointer);
    assert_eq!(faults(open(&cast, &with(&json!("0190b2c4-0000-7000-8000-00000000dead")))), pointer);
    let path = format!("{}/publish", drafted.header("location").unwrap());
    cast.world.client.post(&path).by(&cast.admin.token).if_match(&drafted.etag()).send().expect(200);
    open(&cast, &with(&drafted.json()["id"])).expect(201);
}

#[test]
fn an_open_round_is_moved_to_another_route_and_what_was_verified_stays_verified() {
    // A round of 2025 began with the districts, which ended on 30 June. Kim Son's is handed in, a second centre's verified, a third's
    // decided, a fourth's not handed in.
    let cast = KimSon::new();
    let (world, client) = (&cast.world, &cast.world.client);
    let body = body(&cast, |body| body["year"] = json!(2025));
    let opened = open(&cast, &body).expect(201);
    let (path, round) = (opened.header("location").unwrap().to_owned(), opened.json());
    assert_eq!(round["earlier_routes"], json!([]));
    let scheme = world.scheme(&cast.admin, "TTHTCD-MAU");
    let full = scores_but(&scheme, &[]);
    let begun = |name: &str| {
        let centre = world.db_centre(cast.province, cast.commune, name);
        let staff = world.db_person(cast.province, Role::CentreManager, None, Some(centre));
        let mut walk = Walk::start(client, &staff, &round, json!({ "centre_id": centre }));
        walk.step(&staff, "self", json!({ "scores": full }));
        (walk, staff)
    };
    // Who verifies for the district holds the right to decide as well.
    let grants = [(Role::Verifier, "205"), (Role::ProvinceOfficer, "22")].map(|(role, code)| Grant {
        id: new_id(world.clock.now()),
        role,
        unit_id: Some(world.unit(code, "2018-12-31")),
        centre_id: None,
        valid_from: day("2025-01-01"),
        valid_to: None,
        taken_on: None,
    });
    let both = world.db_person_with(cast.province, grants.to_vec());
    let [(mut handed_in, a), (mut verified, b), (mut decided, c), (mut draft, d)] = ["A", "B", "C", "D"].map(begun);
    handed_in.step(&a, "submit", Value::Null);
    verified.step(&b, "submit", Value::Null);
    verified.step(&both, "verify", Value::Null);
    decided.step(&c, "submit", Value::Null);
    decided.step(&cast.verifier, "verify", Value::Null);
    decided.step(&cast.officer, "decide", json!({ "decision": decision("1/QĐ", "2026-02-20") }));

    let reroute = |more: &str, by: &Person, tag: &str, body: &Value| {
        client.post(&format!("{path}/reroute{more}")).by(&by.token).if_match(tag).json(body).send()
    };
    let by_province = json!([stage("assess", "centre"), stage("verify", "province"), stage("decide", "province")]);
    let new = json!({ "route": by_province, "reason": "Cấp huyện kết thúc ngày 30/6/2025." });
    reroute("", &cast.officer, &opened.etag(), &new).refused(403, "right_missing");
    reroute("", &cast.admin, "\"7\"", &new).refused(412, "etag_mismatch");
    let nameless = json!({ "route": by_province, "reason": " " });
    reroute("", &cast.admin, &opened.etag(), &nameless).fault(422, "invalid_body", "/reason", "blank");
    let same = json!({ "route": round["route"], "reason": "x" });
    assert!(faults(reroute("", &cast.admin, &opened.etag(), &same)).contains(&("another_route".into(), "/route".into())));

    let shown = reroute("?dry_run=true", &cast.admin, &opened.etag(), &new).expect(200).json();
    assert_eq!(client.get(&path).by(&cast.staff.token).send().expect(200).json(), round, "a look changes nothing");
    let done = reroute("", &cast.admin, &opened.etag(), &new).expect(200);
    let answer = done.json();
    assert_eq!((&shown["dry_run"], &answer["dry_run"], &shown["moved"]), (&json!(true), &json!(false), &answer["moved"]));
    let at = |walk: &Walk<'_>| answer["moved"].as_array().unwrap().iter().find(|moved| moved["rating_id"] == walk.id()).cloned();
    let places =
        |walk: &Walk<'_>| at(walk).map(|it| ["from_state", "from_stage", "to_state", "to_stage"].map(|name| it[name].clone()));
    assert_eq!(places(&handed_in), Some([json!("submitted"), json!(1), json!("submitted"), json!(1)]), "for another body");
    assert_eq!(places(&verified), Some([json!("verified"), json!(2), json!("in_verification"), json!(1)]));
    assert_eq!((places(&decided), places(&draft)), (None, None));
    let kept = client.get(&path).by(&cast.staff.token).send().expect(200).json();
    assert_eq!((&kept, &kept["earlier_routes"][0]["route"]), (&answer["round"], &round["route"]));
    let trail = client.walk(&cast.admin.token, "/v1/audit_records?operation=reroute_round");
    assert!(trail.len() >= 2 && trail.iter().all(|record| record["reason"] == new["reason"]), "{trail:?}");

    // The district is no stage any more; the province's verifier goes on from what the district found.
    let province = world.db_person(cast.province, Role::Verifier, Some(world.unit("22", "2018-12-31")), None);
    let fresh = |walk: &mut Walk<'_>| walk.etag = client.get(&walk.path).by(&cast.officer.token).send().expect(200).etag();
    fresh(&mut handed_in);
    fresh(&mut verified);
    handed_in.attempt(&cast.verifier, "verify", &Value::Null).refused(403, "right_missing");
    handed_in.step(&province, "verify", Value::Null);
    handed_in.step(&cast.officer, "decide", json!({ "decision": decision("2/QĐ", "2026-02-20") }));
    verified.step(&province, "verify", Value::Null);
    assert_eq!(decided.read(&cast.officer)["state"], "decided");
    draft.step(&d, "submit", Value::Null);

    // Once more, to a route on which nobody verifies: deciding has the number that the district's stage had.
    let short = json!({ "route": [stage("assess", "centre"), stage("decide", "province")], "reason": "Không còn thẩm định." });
    reroute("", &cast.admin, &done.etag(), &short).expect(200);
    fresh(&mut verified);
    assert_eq!((&verified.read(&both)["state"], &verified.read(&both)["stage"]), (&json!("verified"), &json!(1)));
    let papers = json!({ "decision": decision("3/QĐ", "2026-02-20") });
    verified.attempt(&both, "decide", &papers).refused(403, "separation_of_duties");
    verified.step(&cast.officer, "decide", papers);
    fresh(&mut draft);
    draft.step(&cast.officer, "decide", json!({ "decision": decision("4/QĐ", "2026-02-20") }));

    let closed = client.get(&path).by(&cast.admin.token).send().expect(200);
    let closed = client.patch(&path).by(&cast.admin.token).if_match(&closed.etag()).json(&json!({ "status": "closed" })).send();
    reroute("", &cast.admin, &closed.expect(200).etag(), &new).refused(409, "state_conflict");
}
