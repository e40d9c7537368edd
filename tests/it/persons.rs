//! People of a centre: found by name, their contacts masked and read on record, their name taken off once they have left.

use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

fn add(cast: &KimSon, body: Value) -> Response {
    let mut body = body;
    body["centre_id"] = json!(cast.centre);
    cast.world.client.post("/v1/persons").by(&cast.staff.token).json(&body).send()
}

fn lan(cast: &KimSon) -> Response {
    add(
        cast,
        json!({ "full_name": "  Phạm  Thị Lan", "sex": "female", "birth_year": 1968, "ethnic_minority": false,
            "occupation": "Phó chủ tịch UBND phường", "organisation": "UBND phường Kim Sơn", "qualification": "Đại học",
            "email": "lan.pham@kimson.vn", "phone": "0912 345 678" }),
    )
    .expect(201)
}

fn get(cast: &KimSon, by: &Person, path: &str) -> Response {
    cast.world.client.get(path).by(&by.token).send()
}

fn appoint(cast: &KimSon, person: &Value, changes: Value) -> Response {
    let mut body = json!({
        "centre_id": cast.centre, "person_id": person["id"], "body": "board", "post": "director", "starts_on": "2018-01-01",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    cast.world.client.post("/v1/appointments").by(&cast.commune_officer.token).json(&body).send()
}

#[test]
fn people_are_found_by_name_in_the_order_of_a_vietnamese_list() {
    let cast = KimSon::new();
    for name in ["Đỗ Văn Hòa", "Dương Thị Ánh", "Ân Văn Lan", "An Thị Lan"] {
        add(&cast, json!({ "full_name": name })).expect(201);
    }
    let other = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let elsewhere = json!({ "centre_id": other, "full_name": "Bùi Thị Lan" });
    cast.world.client.post("/v1/persons").by(&cast.commune_officer.token).json(&elsewhere).send().expect(201);

    let names = |by: &Person, query: &str| -> Vec<String> {
        let items = cast.world.client.walk(&by.token, &format!("/v1/persons?limit=2{query}"));
        each(&items, "full_name").into_iter().map(str::to_owned).collect()
    };
    let own = ["An Thị Lan", "Ân Văn Lan", "Dương Thị Ánh", "Đỗ Văn Hòa"];
    assert_eq!(names(&cast.staff, ""), own, "of the centre alone");
    assert_eq!(names(&cast.staff, "&sort=desc"), ["Đỗ Văn Hòa", "Dương Thị Ánh", "Ân Văn Lan", "An Thị Lan"]);
    assert_eq!(names(&cast.officer, "&q=LAN"), ["An Thị Lan", "Ân Văn Lan", "Bùi Thị Lan"]);
    assert_eq!(names(&cast.officer, "&q=do+van+hoa"), ["Đỗ Văn Hòa"]);
    assert_eq!(names(&cast.officer, &format!("&centre_id={other}")), ["Bùi Thị Lan"]);
    assert_eq!(names(&cast.officer, &format!("&unit_id={}", cast.commune)).len(), 5);
    assert_eq!(names(&cast.staff, &format!("&centre_id={other}")), [""; 0]);
    get(&cast, &cast.staff, "/v1/persons?q=-").fault(400, "invalid_parameter", "q", "search_text");
    get(&cast, &cast.staff, "/v1/persons?cursor=00").fault(400, "invalid_parameter", "cursor", "cursor");
}

#[test]
fn contacts_are_masked_wherever_they_show_and_a_change_keeps_or_replaces_them() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = lan(&cast);
    let path = made.header("location").unwrap().to_owned();
    let person = made.json();
    assert_eq!((&person["full_name"], &person["anonymised_at"]), (&json!("Phạm Thị Lan"), &Value::Null));
    let clear = |text: &str| text.contains("lan.pham") || text.contains("345 678");
    for answer in [
        made.text(),
        get(&cast, &cast.staff, &path).expect(200).text(),
        get(&cast, &cast.staff, "/v1/persons").expect(200).text(),
        get(&cast, &cast.admin, "/v1/audit_records").expect(200).text(),
    ] {
        assert!(!clear(&answer) && answer.contains("l***@k***.vn") && answer.contains("***678"), "{answer}");
    }
    let contact = |by: &Person| get(&cast, by, &format!("{path}/contact"));
    let in_clear = || {
        let answer = contact(&cast.manager).expect(200);
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        (answer.json()["email"].clone(), answer.json()["phone"].clone())
    };
    assert_eq!(in_clear(), (json!("lan.pham@kimson.vn"), json!("0912 345 678")));
    let newest = get(&cast, &cast.admin, "/v1/audit_records?limit=1").expect(200).json()["items"][0].clone();
    assert_eq!((&newest["operation"], &newest["subject_id"]), (&json!("get_person_contact"), &person["id"]));
    assert_eq!((&newest["username"], &newest["after"]), (&json!(cast.manager.username), &json!("{\"read\":\"contact\"}")));
    contact(&cast.staff).refused(403, "right_missing");
    contact(&cast.officer).refused(403, "right_missing");

    let change = |body: Value| {
        let etag = get(&cast, &cast.staff, &path).expect(200).etag();
        client.patch(&path).by(&cast.staff.token).if_match(&etag).json(&body).send()
    };
    change(json!({ "birth_year": 1969 })).expect(200);
    assert_eq!(in_clear(), (json!("lan.pham@kimson.vn"), json!("0912 345 678")), "what a change does not name stays as it was");
    change(json!({ "email": null, "phone": "+84 912 000 111" })).expect(200);
    assert_eq!(in_clear(), (Value::Null, json!("+84 912 000 111")));
    // A front end that sends back what it was shown does not put the mask in the place of the number.
    change(json!({ "phone": "***111" })).fault(422, "invalid_body", "/phone", "phone_number");
    change(json!({ "email": "l***@k***.vn" })).fault(422, "invalid_body", "/email", "mail_address");
    change(json!({ "full_name": "L\u{0430}n" })).fault(422, "invalid_body", "/full_name", "look_alike");
    change(json!({ "birth_year": 2027 })).fault(422, "rule_broken", "/birth_year", "born_by_now");
    change(json!({ "centre_id": person["centre_id"] })).fault(422, "rule_broken", "/centre_id", "fixed_member");
    change(json!({ "anonymised_at": "2026-11-22T00:00:00Z" })).refused(422, "invalid_body");
    assert_eq!(in_clear(), (Value::Null, json!("+84 912 000 111")));
    assert_eq!(get(&cast, &cast.staff, &path).json()["birth_year"], 1969);
    client.patch(&path).by(&cast.officer.token).if_match("*").json(&json!({ "sex": null })).send().refused(403, "right_missing");
    let stale = client.patch(&path).by(&cast.staff.token).if_match(&made.etag()).json(&json!({ "sex": null })).send();
    stale.refused(412, "etag_mismatch");
}

#[test]
fn a_person_is_linked_to_an_account_at_hand_and_it_is_in_their_copy() {
    let cast = KimSon::new();
    let link = |user: Value| add(&cast, json!({ "full_name": "Lan", "user_id": user, "phone": "0912 345 678" }));
    // Staff manage nobody, but these serve the centre or its commune.
    for user in [&cast.staff, &cast.manager, &cast.commune_officer] {
        link(json!(user.id)).expect(201);
    }
    let before = cast.world.client.walk(&cast.staff.token, "/v1/persons").len();
    let other = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let stranger = cast.world.db_person(cast.province, htcd_domain::access::Role::CentreStaff, None, Some(other));
    for user in [json!(stranger.id), json!(cast.officer.id), json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")] {
        link(user).fault(422, "rule_broken", "/user_id", "account_at_hand");
    }
    assert_eq!(cast.world.client.walk(&cast.staff.token, "/v1/persons").len(), before);
    // The commune's officer manages the other centre's staff.
    let body = json!({ "centre_id": cast.centre, "full_name": "Lan", "user_id": stranger.id });
    cast.world.client.post("/v1/persons").by(&cast.commune_officer.token).json(&body).send().expect(201);

    let own = get(&cast, &cast.staff, "/v1/me/personal_data").expect(200).json();
    assert_eq!(own["persons"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&own["persons"][0]["contact"]["phone"], &own["persons"][0]["person"]["phone"]),
        (&json!("0912 345 678"), &json!("***678"))
    );
}

#[test]
fn a_name_is_taken_off_once_no_post_is_held() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let person = lan(&cast).json();
    let path = format!("/v1/persons/{}", person["id"].as_str().unwrap());
    let appointment = appoint(&cast, &person, json!({})).expect(201);
    let post = appointment.header("location").unwrap().to_owned();

    let body = json!({ "reason": "theo yêu cầu ngày 20/11/2026" });
    let anonymise = |by: &Person| {
        let etag = get(&cast, &cast.staff, &path).expect(200).etag();
        client.post(&format!("{path}/anonymise")).by(&by.token).if_match(&etag).json(&body).send()
    };
    anonymise(&cast.manager).refused(403, "right_missing");
    client.post(&format!("{path}/anonymise")).by(&cast.admin.token).json(&body).send().refused(428, "if_match_required");
    anonymise(&cast.admin).refused(409, "blocked");
    let delete = |path: &str| client.delete(path).by(&cast.commune_officer.token).if_match("*").send();
    delete(&path).refused(409, "blocked");
    assert_eq!(get(&cast, &cast.staff, &path).json(), person, "nothing has changed");

    let end = json!({ "ends_on": "2026-11-21", "end_reason": "nghỉ chữa bệnh" });
    client.patch(&post).by(&cast.commune_officer.token).if_match(&appointment.etag()).json(&end).send().expect(200);
    let after = anonymise(&cast.admin).expect(200);
    let view = after.json();
    assert_eq!(view["full_name"], "Người đã ẩn danh");
    assert!(view["anonymised_at"].is_string(), "{view}");
    for member in
        ["sex", "birth_year", "ethnic_minority", "occupation", "organisation", "qualification", "email", "phone", "user_id"]
    {
        assert_eq!(view[member], Value::Null, "{member}");
    }
    // The official act stays, without why it ended.
    let kept = get(&cast, &cast.staff, &post).expect(200).json();
    assert_eq!((&kept["ends_on"], &kept["end_reason"], &kept["person_id"]), (&json!("2026-11-21"), &Value::Null, &person["id"]));
    let board = get(&cast, &cast.staff, &format!("/v1/centres/{}/board?as_of=2020-01-01", cast.centre)).expect(200).json();
    assert_eq!(board["board"][0]["full_name"], "Người đã ẩn danh");
    let newest = get(&cast, &cast.admin, "/v1/audit_records?limit=1").expect(200).json()["items"][0].clone();
    assert_eq!(
        (&newest["operation"], &newest["reason"], &newest["before"]),
        (&json!("anonymise_person"), &body["reason"], &Value::Null)
    );
    assert_eq!(get(&cast, &cast.staff, "/v1/persons?q=lan").expect(200).json()["items"], json!([]), "nor is the name searched");

    // And that is for good.
    anonymise(&cast.admin).refused(409, "state_conflict");
    let again = client.patch(&path).by(&cast.staff.token).if_match(&after.etag()).json(&json!({ "full_name": "Lan" })).send();
    again.refused(409, "state_conflict");
    appoint(&cast, &person, json!({ "starts_on": "2026-11-22" })).fault(422, "rule_broken", "/person_id", "person_of_centre");
    // Who was entered by mistake goes, once nothing refers to them.
    delete(&post).expect(204);
    delete(&path).expect(204);
    get(&cast, &cast.staff, &path).refused(404, "not_found");
}

#[test]
fn people_belong_to_a_centre_within_reach() {
    let cast = KimSon::new();
    let elsewhere = cast.world.unit("06673", "2018-12-31");
    let other: CentreId = cast.world.db_centre(cast.province, elsewhere, "TTHTCĐ nơi khác");
    let body = json!({ "centre_id": other, "full_name": "Lan" });
    let refused = cast.world.client.post("/v1/persons").by(&cast.manager.token).json(&body).send();
    refused.fault(422, "rule_broken", "/centre_id", "holder_in_scope");
    cast.world.client.post("/v1/persons").by(&cast.officer.token).json(&body).send().refused(403, "right_missing");
}
