//! Users and their roles: who makes whom, and what taking away does.

use chrono::{NaiveDate, TimeDelta};
use htcd_domain::access::{Grant, Role};
use htcd_domain::id::{ProvinceId, UnitId};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person, day};
use crate::support::http::{Response, each, encoded};

const PASSWORD: &str = "ba con vịt và một cái thang";

/// The body for a user with roles.
fn user(username: &str, grants: Value) -> Value {
    json!({ "username": username, "display_name": "Nguyễn Thị Lan", "grants": grants })
}

/// An invitation, which the person follows.
fn create(world: &World, by: &Person, body: &Value) -> Response {
    let made = world.client.post("/v1/users").by(&by.token).json(body).send();
    if made.status == 201 {
        world.activate(&made.json(), PASSWORD);
    }
    made
}

/// The ETag of a user now: setting the password counts as a change.
fn etag(world: &World, by: &Person, path: &str) -> String {
    world.client.get(path).by(&by.token).send().expect(200).etag()
}

fn sign_in(world: &World, username: &str) -> Response {
    world
        .client
        .post("/oauth2/token")
        .form(&format!("grant_type=password&username={username}&password={}", encoded(PASSWORD)))
        .send()
}

/// The access token of somebody who signs in.
fn token(world: &World, username: &str) -> String {
    sign_in(world, username).expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

fn users(world: &World, by: &Person) -> Vec<Value> {
    world.client.walk(&by.token, "/v1/users?limit=2")
}

#[test]
fn the_platform_makes_a_province_and_its_first_admin_who_signs_in() {
    let world = World::new();
    let root = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let quang_ninh = world.unit("22", "2026-01-01");
    let province = |unit: UnitId| world.client.post("/v1/provinces").by(&root.token).json(&json!({ "unit_id": unit })).send();

    create(&world, &root, &user("tran.binh", json!([{ "role": "province_admin", "unit_id": quang_ninh }]))).fault(
        422,
        "rule_broken",
        "/grants/0/unit_id",
        "province_exists",
    );
    let made = province(quang_ninh).expect(201).json();
    assert_eq!(made["name"], "Tỉnh Quảng Ninh");
    assert_eq!(made["unit_ids"], json!([quang_ninh, world.unit("22", "2018-12-31")]), "its map of before came along");
    province(quang_ninh).refused(409, "already_exists");
    province(world.unit("22", "2018-12-31")).fault(422, "rule_broken", "/unit_id", "unit_is_province");
    province(world.unit("07069", "2026-01-01")).fault(422, "rule_broken", "/unit_id", "unit_is_province");
    let hung_yen = province(world.unit("33", "2026-01-01")).expect(201).json();
    assert_eq!(hung_yen["unit_ids"].as_array().unwrap().len(), 3, "with Hưng Yên and Thái Bình of before");
    assert_eq!(world.client.get("/v1/provinces").by(&root.token).send().expect(200).json().as_array().unwrap().len(), 2);

    let admin =
        create(&world, &root, &user("tran.binh", json!([{ "role": "province_admin", "unit_id": quang_ninh }]))).expect(201);
    assert_eq!(admin.json()["province_id"], made["id"]);
    assert!(!admin.text().contains(PASSWORD) && !admin.text().contains("argon2"), "no secret comes back");
    let token = token(&world, "tran.binh");
    let me = world.client.get("/v1/me").by(&token).send().expect(200).json();
    assert_eq!(
        (&me["username"], &me["province_id"], &me["grants"][0]["role"]),
        (&json!("tran.binh"), &made["id"], &json!("province_admin"))
    );
    let known = world.client.get("/v1/provinces").by(&token).send().expect(200).json();
    assert_eq!(each(known.as_array().unwrap(), "id"), [made["id"].as_str().unwrap()], "a province knows of itself only");

    world.client.get("/v1/centres").by(&root.token).send().refused(403, "right_missing");
    world
        .client
        .post("/v1/provinces")
        .by(&token)
        .json(&json!({ "unit_id": world.unit("01", "2026-01-01") }))
        .send()
        .refused(403, "right_missing");
}

#[test]
fn a_province_admin_makes_the_people_of_the_province() {
    let cast = KimSon::new();
    let quang_ninh = cast.world.unit("22", "2026-01-01");
    let grants = [
        json!({ "role": "province_admin", "unit_id": quang_ninh }),
        json!({ "role": "province_officer", "unit_id": quang_ninh }),
        json!({ "role": "verifier", "unit_id": cast.world.unit("205", "2018-12-31") }),
        json!({ "role": "commune_officer", "unit_id": cast.commune }),
        json!({ "role": "centre_manager", "centre_id": cast.centre }),
        json!({ "role": "centre_staff", "centre_id": cast.centre }),
    ];
    let before = users(&cast.world, &cast.admin).len();
    for (number, grant) in grants.iter().enumerate() {
        let made = create(&cast.world, &cast.admin, &user(&format!("person-{number}"), json!([grant]))).expect(201).json();
        assert_eq!((&made["province_id"], &made["active"]), (&json!(cast.province), &json!(true)));
        assert_eq!((&made["grants"][0]["role"], &made["grants"][0]["valid_from"]), (&grant["role"], &json!("2026-11-22")));
    }
    let all = users(&cast.world, &cast.admin);
    assert_eq!(all.len(), before + grants.len());
    assert!(each(&all, "username").is_sorted(), "by name, whatever the size of the pages");

    let staff = token(&cast.world, "person-5");
    assert_eq!(cast.world.client.walk(&staff, "/v1/centres").len(), 1);
    create(&cast.world, &cast.officer, &user("person-9", json!([]))).refused(403, "right_missing");
    cast.world.client.get("/v1/users").by(&cast.staff.token).send().refused(403, "right_missing");
}

#[test]
fn nobody_gives_more_than_they_hold() {
    let cast = KimSon::new();
    let world = &cast.world;
    let root = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let (quang_ninh, hung_yen) = (world.unit("22", "2026-01-01"), world.unit("33", "2026-01-01"));
    let tenant = world.db_province(hung_yen);
    let foreign = world.db_centre(tenant, world.unit("12454", "2018-12-31"), "Tỉnh khác");
    let path = format!("/v1/users/{}/grants", cast.staff.id);
    let before = users(world, &cast.admin);
    // Each grant is tried twice: with a new user, and for one who is there.
    let refuse = |grant: Value, status: u16, code: &str, rule: Option<&str>| {
        for answer in [
            create(world, &cast.admin, &user("new-person", json!([grant]))),
            world.client.post(&path).by(&cast.admin.token).json(&grant).send(),
        ] {
            let body = answer.refused(status, code);
            assert_eq!(body["errors"][0]["rule"].as_str(), rule, "{grant}: {body:#}");
        }
    };

    refuse(json!({ "role": "platform_admin" }), 403, "outside_scope", None);
    refuse(json!({ "role": "ministry_reader" }), 403, "outside_scope", None);
    refuse(json!({ "role": "province_admin", "unit_id": hung_yen }), 403, "outside_scope", None);
    refuse(json!({ "role": "verifier", "unit_id": world.unit("336", "2018-12-31") }), 403, "outside_scope", None);
    refuse(json!({ "role": "centre_manager", "centre_id": foreign }), 422, "rule_broken", Some("centre_exists"));
    refuse(
        json!({ "role": "commune_officer", "unit_id": world.unit("205", "2018-12-31") }),
        422,
        "rule_broken",
        Some("grant_level"),
    );
    refuse(json!({ "role": "province_officer" }), 422, "rule_broken", Some("grant_level"));
    refuse(
        json!({ "role": "verifier", "unit_id": quang_ninh, "centre_id": cast.centre }),
        422,
        "rule_broken",
        Some("grant_on_unit"),
    );
    refuse(json!({ "role": "centre_staff", "unit_id": cast.commune }), 422, "rule_broken", Some("grant_on_centre"));
    refuse(json!({ "role": "ministry_reader", "unit_id": quang_ninh }), 422, "rule_broken", Some("grant_on_nation"));
    refuse(
        json!({ "role": "centre_staff", "centre_id": cast.centre, "valid_from": "2027-01-02", "valid_to": "2027-01-01" }),
        422,
        "rule_broken",
        Some("dates_in_order"),
    );
    refuse(json!({ "role": "king" }), 422, "invalid_body", Some("code_unknown"));

    // The platform appoints a province's administrators and nobody else of it.
    create(world, &root, &user("new-person", json!([{ "role": "province_officer", "unit_id": quang_ninh }])))
        .refused(403, "outside_scope");
    create(world, &root, &user("new-person", json!([{ "role": "centre_staff", "centre_id": cast.centre }])))
        .refused(403, "outside_scope");
    let two = json!([{ "role": "province_admin", "unit_id": quang_ninh }, { "role": "province_admin", "unit_id": hung_yen }]);
    create(world, &root, &user("new-person", two)).fault(422, "rule_broken", "/grants", "one_province");
    world
        .client
        .post(&path)
        .by(&root.token)
        .json(&json!({ "role": "province_admin", "unit_id": quang_ninh }))
        .send()
        .refused(404, "not_found");

    assert_eq!(users(world, &cast.admin), before, "nothing was given to anybody");
    create(world, &cast.admin, &user("new-person", json!([{ "role": "centre_staff", "centre_id": cast.centre }]))).expect(201);
}

#[test]
fn deactivating_somebody_acts_at_once() {
    let cast = KimSon::new();
    let world = &cast.world;
    let made = create(world, &cast.admin, &user("nguyen.lan", json!([{ "role": "centre_staff", "centre_id": cast.centre }])))
        .expect(201);
    let path = made.header("location").unwrap().to_owned();
    let tokens = sign_in(world, "nguyen.lan").expect(200).json();
    let (access, refresh) = (tokens["access_token"].as_str().unwrap(), tokens["refresh_token"].as_str().unwrap());
    world.client.get("/v1/centres").by(access).send().expect(200);

    let patch = |etag: &str, active: bool| {
        world.client.patch(&path).by(&cast.admin.token).if_match(etag).json(&json!({ "active": active })).send()
    };
    let off = patch(&etag(world, &cast.admin, &path), false).expect(200);
    assert_eq!(off.json()["active"], false);
    world.client.get("/v1/centres").by(access).send().refused(401, "token_invalid");
    sign_in(world, "nguyen.lan").refused(401, "sign_in_failed");
    world
        .client
        .post("/oauth2/token")
        .form(&format!("grant_type=refresh_token&refresh_token={refresh}"))
        .send()
        .refused(401, "refresh_invalid");

    patch(&off.etag(), true).expect(200);
    world.client.get("/v1/centres").by(access).send().refused(401, "token_invalid");
    world.client.get("/v1/centres").by(&token(world, "nguyen.lan")).send().expect(200);
    world
        .client
        .patch(&path)
        .by(&cast.admin.token)
        .if_match(&off.etag())
        .json(&json!({ "active": false }))
        .send()
        .refused(412, "etag_mismatch");
    let etag = etag(world, &cast.admin, &path);
    for (body, pointer) in [(json!({ "active": null }), "/active"), (json!({ "display_name": null }), "/display_name")] {
        world.client.patch(&path).by(&cast.admin.token).if_match(&etag).json(&body).send().fault(
            422,
            "invalid_body",
            pointer,
            "type",
        );
    }
}

#[test]
fn taking_a_role_away_acts_at_once_and_the_record_that_it_was_held_stays() {
    let cast = KimSon::new();
    let world = &cast.world;
    let path = format!("/v1/users/{}", cast.staff.id);
    let grants = || world.client.get(&path).by(&cast.admin.token).send().expect(200).json()["grants"].clone();
    let held = grants()[0].clone();
    world.client.get("/v1/centres").by(&cast.staff.token).send().expect(200);

    world.client.delete(&format!("{path}/grants/{}", held["id"].as_str().unwrap())).by(&cast.admin.token).send().expect(204);
    let refused = world.client.get("/v1/centres").by(&cast.staff.token).send().refused(403, "right_missing");
    assert_eq!(refused["permission"], "centres:read");
    let mut ended = held.clone();
    (ended["valid_to"], ended["taken_on"]) = (json!("2026-11-21"), json!("2026-11-22"));
    assert_eq!(grants(), json!([ended]), "until yesterday it was held");

    let again = json!({ "role": "centre_manager", "centre_id": cast.centre });
    world.client.post(&format!("{path}/grants")).by(&cast.admin.token).json(&again).send().expect(201);
    assert_eq!(world.client.walk(&cast.staff.token, "/v1/centres").len(), 1, "and what is given acts at once");
    assert_eq!(grants().as_array().unwrap().len(), 2);

    // One that began today is gone as well, and on record; of one that has not begun nothing stays.
    let coming = json!({ "role": "centre_manager", "centre_id": cast.centre, "valid_from": "2026-12-01" });
    world.client.post(&format!("{path}/grants")).by(&cast.admin.token).json(&coming).send().expect(201);
    for given in &grants().as_array().unwrap()[1..] {
        world.client.delete(&format!("{path}/grants/{}", given["id"].as_str().unwrap())).by(&cast.admin.token).send().expect(204);
    }
    world.client.get("/v1/centres").by(&cast.staff.token).send().refused(403, "right_missing");
    let left = grants();
    let days = |grant: &Value| ["valid_from", "valid_to", "taken_on"].map(|member| grant[member].clone());
    assert_eq!(left.as_array().unwrap().len(), 2);
    assert_eq!(days(&left[1]), ["2026-11-22"; 3].map(|day| json!(day)));

    let elsewhere = cast.manager.id;
    world
        .client
        .delete(&format!("/v1/users/{elsewhere}/grants/{}", held["id"].as_str().unwrap()))
        .by(&cast.admin.token)
        .send()
        .refused(404, "not_found");
}

#[test]
fn taking_away_a_role_that_ended_long_ago_does_not_rewrite_when_it_was_held() {
    let cast = KimSon::new();
    let old = Grant { valid_to: Some(day("2020-12-31")), ..grant_of(&cast, day("2020-01-01")) };
    let lan = cast.world.db_person_with(cast.province, vec![old.clone()]);
    let path = format!("/v1/users/{}", lan.id);
    cast.world.client.delete(&format!("{path}/grants/{}", old.id)).by(&cast.admin.token).send().expect(204);
    let grants = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).json()["grants"].clone();
    assert_eq!(grants[0]["valid_to"], "2020-12-31");
}

fn grant_of(cast: &KimSon, from: NaiveDate) -> Grant {
    let id = htcd_api::clock::new_id(htcd_api::clock::Clock::now(&*cast.world.clock));
    Grant {
        id,
        role: Role::CentreStaff,
        unit_id: None,
        centre_id: Some(cast.centre),
        valid_from: from,
        valid_to: None,
        taken_on: None,
    }
}

#[test]
fn a_role_holds_from_its_first_day_to_its_last() {
    let cast = KimSon::new();
    let world = &cast.world;
    let grant = json!({ "role": "centre_staff", "centre_id": cast.centre, "valid_from": "2026-11-23", "valid_to": "2026-11-24" });
    create(world, &cast.admin, &user("nguyen.lan", json!([grant]))).expect(201);
    let may_read = || world.client.get("/v1/centres").by(&token(world, "nguyen.lan")).send().status;

    // The clock stands at 10 in the morning of 22 November in Viet Nam.
    assert_eq!(may_read(), 403);
    world.clock.advance(TimeDelta::hours(13) + TimeDelta::minutes(59));
    assert_eq!(may_read(), 403, "one minute before midnight in Viet Nam");
    world.clock.advance(TimeDelta::minutes(1));
    assert_eq!(may_read(), 200, "the day begins in Viet Nam, not in Greenwich");
    world.clock.advance(TimeDelta::hours(47));
    assert_eq!(may_read(), 200, "the last day counts");
    world.clock.advance(TimeDelta::hours(1));
    assert_eq!(may_read(), 403);
}

#[test]
fn usernames_and_passwords_follow_their_rules() {
    let cast = KimSon::new();
    let world = &cast.world;
    let before = users(world, &cast.admin).len();
    let refuse = |member: &str, value: Value, rule: &str| {
        let mut body = user("nguyen.lan", json!([]));
        body[member] = value;
        create(world, &cast.admin, &body).fault(422, "invalid_body", &format!("/{member}"), rule);
    };
    let long = "a".repeat(65);
    for name in ["", "ab", "1lan", ".lan", "Lan", "nguyễn.lan", "nguyen lan", "nguyen@lan", "lan\u{1}x", &long] {
        refuse("username", json!(name), "username");
    }
    refuse("display_name", json!(""), "length");
    refuse("display_name", json!(" "), "blank");
    assert_eq!(users(world, &cast.admin).len(), before);

    let longest = format!("a{}", "._-9".repeat(15));
    create(world, &cast.admin, &user(&longest, json!([]))).expect(201);
    create(world, &cast.admin, &user("nguyen.lan", json!([]))).expect(201);
    create(world, &cast.admin, &user("nguyen.lan", json!([]))).refused(409, "already_exists");

    // Names are one list for the whole installation: whoever signs in has not said which province yet.
    let hung_yen = world.unit("33", "2026-01-01");
    let binh = world.db_person(world.db_province(hung_yen), Role::ProvinceAdmin, Some(hung_yen), None);
    create(world, &binh, &user("nguyen.lan", json!([]))).refused(409, "already_exists");
    world.client.get(&format!("/v1/users/{}", cast.staff.id)).by(&binh.token).send().refused(404, "not_found");
}

#[test]
fn national_roles_and_those_of_a_province_do_not_meet_in_one_account() {
    let cast = KimSon::new();
    let world = &cast.world;
    let root = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let ministry = world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    let quang_ninh = world.unit("22", "2026-01-01");
    let admin = json!({ "role": "province_admin", "unit_id": quang_ninh });
    let both = json!([admin, { "role": "ministry_reader" }]);
    create(world, &root, &user("lan", both)).refused(422, "rule_broken");
    let path = format!("/v1/users/{}/grants", ministry.id);
    assert_eq!(world.client.post(&path).by(&root.token).json(&admin).send().rules(422), ["role_of_the_tenant"]);
    let table = "username,display_name,role,unit_code\nlan,Lan,province_admin,22\n";
    let import = world.client.post("/v1/users/import_csv").by(&root.token).bytes("text/csv", table).send();
    assert_eq!(import.rules(422), ["role_of_the_tenant"]);
    create(world, &root, &user("lan", json!([admin]))).expect(201);
}
