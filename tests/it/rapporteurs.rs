//! Rosters of rapporteurs and collaborators, how they are reached, and where they spoke.

use htcd_domain::access::Role;
use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

fn post(cast: &KimSon, by: &Person, path: &str, body: &Value) -> Response {
    cast.world.client.post(path).by(&by.token).json(body).send()
}

fn minh(cast: &KimSon) -> Value {
    let body = json!({
        "centre_id": cast.centre, "full_name": "Trần Văn Minh", "kind": "rapporteur", "organisation": "Trạm Y tế phường", "occupation": "Bác sĩ",
        "topics": [{ "category": "health", "title": "Phòng bệnh mùa đông" }, { "category": "life_skills" }], "active_from": "2017-01-01",
    });
    post(cast, &cast.staff, "/v1/rapporteurs", &body).expect(201).json()
}

fn path_of(made: &Value) -> String {
    format!("/v1/rapporteurs/{}", made["id"].as_str().unwrap())
}

/// Somebody who manages a centre in another district.
fn stranger(cast: &KimSon) -> (Person, CentreId) {
    let centre = cast.world.db_centre(cast.province, cast.world.unit("06673", "2018-12-31"), "TTHTCĐ bên cạnh");
    (cast.world.db_person(cast.province, Role::CentreManager, None, Some(centre)), centre)
}

#[test]
fn a_centre_sees_its_own_roster_and_the_networks_of_the_units() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (stranger, other) = stranger(&cast);
    minh(&cast);
    let district = cast.world.unit("205", "2018-12-31");
    let of_network = json!({
        "unit_id": district, "full_name": "Đỗ Thị Ân", "kind": "teacher", "qualification": "Thạc sĩ", "topics": [{ "category": "law" }],
        "active_from": "2016-01-01", "active_to": "2017-12-31",
    });
    post(&cast, &cast.verifier, "/v1/rapporteurs", &of_network).expect(201);
    post(&cast, &cast.manager, "/v1/rapporteurs", &of_network).refused(403, "outside_scope");
    let of_stranger = json!({ "centre_id": other, "full_name": "Dương Văn Minh", "kind": "collaborator" });
    post(&cast, &stranger, "/v1/rapporteurs", &of_stranger).expect(201);

    let names = |by: &Person, query: &str| -> Vec<String> {
        let found = client.walk(&by.token, &format!("/v1/rapporteurs?limit=1{query}"));
        each(&found, "full_name").into_iter().map(str::to_owned).collect()
    };
    assert_eq!(names(&cast.staff, ""), ["Đỗ Thị Ân", "Trần Văn Minh"]);
    assert_eq!(names(&cast.admin, ""), ["Dương Văn Minh", "Đỗ Thị Ân", "Trần Văn Minh"], "in the order of a Vietnamese list");
    assert_eq!(names(&cast.admin, "&q=minh"), ["Dương Văn Minh", "Trần Văn Minh"]);
    assert_eq!(names(&cast.admin, "&q=do+thi"), ["Đỗ Thị Ân"]);
    assert_eq!(names(&cast.admin, "&category=life_skills"), ["Trần Văn Minh"]);
    assert_eq!(names(&cast.admin, "&kind=teacher"), ["Đỗ Thị Ân"]);
    assert_eq!(names(&cast.admin, "&active_on=2018-06-01"), ["Dương Văn Minh", "Trần Văn Minh"]);
    assert_eq!(names(&cast.admin, &format!("&unit_id={district}")), ["Đỗ Thị Ân", "Trần Văn Minh"]);
    assert_eq!(names(&cast.admin, &format!("&centre_id={}", cast.centre)), ["Trần Văn Minh"]);
    assert_eq!(names(&stranger, &format!("&centre_id={}", cast.centre)), [] as [&str; 0]);
    for (member, value, pointer, rule) in [
        ("active_to", json!("2015-01-01"), "/active_to", "dates_in_order"),
        ("topics", json!([{ "category": "law" }, { "category": "law" }]), "/topics/1", "topic_once"),
        ("centre_id", json!(cast.centre), "/centre_id", "holder_in_scope"),
    ] {
        let mut body = of_network.clone();
        body[member] = value;
        post(&cast, &cast.verifier, "/v1/rapporteurs", &body).fault(422, "rule_broken", pointer, rule);
    }
    assert_eq!(names(&cast.admin, "").len(), 3, "what was refused left nothing");
}

#[test]
fn how_they_are_reached_is_masked_survives_a_change_and_is_read_in_clear_on_record() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = minh(&cast);
    let (path, contact) = (path_of(&made), format!("{}/contact", path_of(&made)));
    let read = |by: &Person| client.get(&contact).by(&by.token).send();
    assert_eq!(read(&cast.manager).expect(200).json()["email"], Value::Null);

    let etag = client.get(&path).by(&cast.staff.token).send().expect(200).etag();
    let body = json!({ "email": "minh@kimson.vn", "phone": "0912 345 678" });
    let put = |body: &Value, etag: &str| client.put(&contact).by(&cast.staff.token).if_match(etag).json(body).send();
    let after = put(&body, &etag).expect(200);
    assert_eq!(after.json(), json!({ "email": "m***@k***.vn", "phone": "***678" }));
    put(&body, &etag).refused(412, "etag_mismatch");
    // A change of the record says nothing of it, and leaves it as it is.
    let change = json!({ "occupation": "Bác sĩ, trạm trưởng" });
    let changed = client.patch(&path).by(&cast.staff.token).if_match(&after.etag()).json(&change).send().expect(200);
    let mask = client.patch(&path).by(&cast.staff.token).if_match(&changed.etag()).json(&json!({ "phone": "***678" })).send();
    mask.fault(422, "invalid_body", "/phone", "unknown_member");

    let clear = read(&cast.manager).expect(200).json();
    assert_eq!((&clear["email"], &clear["phone"]), (&body["email"], &body["phone"]));
    let newest = client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json()["items"][0].clone();
    assert_eq!((&newest["operation"], &newest["subject_id"]), (&json!("get_rapporteur_contact"), &made["id"]));
    assert_eq!(newest["username"], json!(cast.manager.username));
    read(&cast.staff).refused(403, "right_missing");
    read(&stranger(&cast).0).refused(404, "not_found");
    for text in [
        client.get(&path).by(&cast.admin.token).send().expect(200).text(),
        client.get("/v1/rapporteurs").by(&cast.admin.token).send().expect(200).text(),
        client.get("/v1/audit_records").by(&cast.admin.token).send().expect(200).text(),
    ] {
        assert!(!text.contains("minh@kimson") && !text.contains("345 678"), "{text}");
    }
    put(&json!({ "phone": "gọi tôi" }), &changed.etag()).fault(422, "invalid_body", "/phone", "phone_number");
    put(&json!({}), &changed.etag()).expect(200);
    assert_eq!(read(&cast.manager).expect(200).json()["phone"], Value::Null, "emptied on request");
}

#[test]
fn where_somebody_spoke_is_recorded_once_for_each_occasion_and_adds_up() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = minh(&cast);
    let activity = json!({
        "centre_id": cast.centre, "category": "health", "title": "Phòng bệnh", "form": "theme", "role": "organiser",
        "starts_on": "2018-03-14", "ends_on": "2018-03-15",
    });
    let activity = post(&cast, &cast.staff, "/v1/activities", &activity).expect(201).json();
    let workshop = json!({ "unit_id": cast.commune, "kind": "workshop", "title": "Hội thảo", "starts_on": "2018-05-02", "ends_on": "2018-05-02" });
    let workshop = post(&cast, &cast.commune_officer, "/v1/events", &workshop).expect(201).json();
    let spoke = json!({
        "centre_id": cast.centre, "rapporteur_id": made["id"], "activity_id": activity["id"], "held_on": "2018-03-14", "sessions": 2,
        "fee_vnd": 300_000, "topic": "Cúm mùa",
    });
    let assign = |body: &Value| post(&cast, &cast.staff, "/v1/rapporteur_assignments", body);
    let first = assign(&spoke).expect(201).json();
    assign(&spoke).refused(409, "already_exists");
    // At the commune's workshop, kept by the centre, without a fee.
    let at_workshop = json!({ "centre_id": cast.centre, "rapporteur_id": made["id"], "event_id": workshop["id"], "held_on": "2018-05-02", "fee_vnd": 0 });
    assign(&at_workshop).expect(201);

    let totals = |query: &str| {
        let path = format!("{}/totals{query}", path_of(&made));
        client.get(&path).by(&cast.staff.token).send().expect(200).json()
    };
    let all = totals("");
    assert_eq!((&all["assignments"], &all["sessions"]), (&json!(2), &json!({ "sum": 2, "reported": 1 })));
    assert_eq!(all["fee_vnd"], json!({ "sum": 300_000, "reported": 2 }));
    assert_eq!((&all["first_on"], &all["last_on"]), (&json!("2018-03-14"), &json!("2018-05-02")));
    assert_eq!(totals("?from=2018-05-01")["sessions"], json!({ "sum": null, "reported": 0 }));
    let of_activity = format!("/v1/rapporteur_assignments?activity_id={}", activity["id"].as_str().unwrap());
    assert_eq!(client.get(&of_activity).by(&cast.staff.token).send().expect(200).json()["items"][0]["id"], first["id"]);

    let other = minh(&cast);
    let refused: [(Value, &str, &str); 6] = [
        (json!({ "held_on": "2018-03-16" }), "/held_on", "within_its_days"),
        (json!({ "event_id": workshop["id"] }), "/activity_id", "one_occasion"),
        (json!({ "activity_id": null }), "/activity_id", "one_occasion"),
        (json!({ "activity_id": cast.centre }), "/activity_id", "named_in_scope"),
        (json!({ "rapporteur_id": cast.centre }), "/rapporteur_id", "named_in_scope"),
        (json!({ "activity_id": null, "event_id": cast.centre }), "/event_id", "named_in_scope"),
    ];
    for (members, pointer, rule) in refused {
        let mut body = spoke.clone();
        body["rapporteur_id"] = other["id"].clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        assign(&body).fault(422, "rule_broken", pointer, rule);
    }
    let mut of_commune = spoke.clone();
    of_commune.as_object_mut().unwrap().remove("centre_id");
    of_commune["unit_id"] = json!(cast.commune);
    of_commune["rapporteur_id"] = other["id"].clone();
    let kept_elsewhere = post(&cast, &cast.commune_officer, "/v1/rapporteur_assignments", &of_commune);
    kept_elsewhere.fault(422, "rule_broken", "/centre_id", "centre_of_activity");
    let list = client.get("/v1/rapporteur_assignments").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(list["items"].as_array().unwrap().len(), 2, "what was refused left nothing");

    // Whoever spoke, and what they spoke in, stays.
    let remove = |path: &str| {
        let etag = client.get(path).by(&cast.staff.token).send().expect(200).etag();
        client.delete(path).by(&cast.staff.token).if_match(&etag).send()
    };
    remove(&path_of(&made)).refused(409, "blocked");
    remove(&format!("/v1/activities/{}", activity["id"].as_str().unwrap())).refused(409, "blocked");
    remove(&format!("/v1/rapporteur_assignments/{}", first["id"].as_str().unwrap())).expect(204);
    remove(&format!("/v1/activities/{}", activity["id"].as_str().unwrap())).expect(204);
    remove(&path_of(&other)).expect(204);
}
