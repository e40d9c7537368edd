//! Centres: registering, describing, placing, and their sites.

use htcd_domain::access::Role;
use htcd_domain::id::UnitId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};

/// A centre at work in Kim Sơn since 1 September 2008.
fn established(commune: UnitId) -> Value {
    json!({
        "code": "KS-02",
        "name": "Trung tâm học tập cộng đồng số 2",
        "commune_id": commune,
        "operating_model": "with_library",
        "has_seal": true,
        "address": "Khu Nhuệ Hổ",
        "establishment": {
            "effective_on": "2008-09-01",
            "decision": { "number": "3607/QĐ-UBND", "date": "2008-08-15", "issuer": "Chủ tịch UBND huyện Đông Triều" },
        },
    })
}

/// A body with one member, named by its JSON pointer, changed.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).unwrap()[member] = value;
    body
}

/// How many centres and audit records there are, to show that nothing changed.
fn stock(cast: &KimSon) -> (u64, usize) {
    let centres = cast.world.client.get("/v1/centres?count=true").by(&cast.admin.token).send().expect(200).json()["count"]
        .as_u64()
        .unwrap();
    (centres, cast.world.client.walk(&cast.admin.token, "/v1/audit_records?limit=200").len())
}

fn read(cast: &KimSon, path: &str) -> Value {
    cast.world.client.get(path).by(&cast.admin.token).send().expect(200).json()
}

#[test]
fn a_commune_officer_registers_an_established_centre() {
    let cast = KimSon::new();
    let created =
        cast.world.client.post("/v1/centres").by(&cast.commune_officer.token).json(&established(cast.commune)).send().expect(201);

    let centre = created.json();
    let id = centre["id"].as_str().unwrap();
    assert_eq!(created.header("location"), Some(format!("/v1/centres/{id}").as_str()));
    assert_eq!(
        (&centre["status"], &centre["operating_from"], &centre["ended_on"]),
        (&json!("operating"), &json!("2008-09-01"), &Value::Null)
    );
    assert_eq!((&centre["has_seal"], &centre["has_account"]), (&json!(true), &Value::Null), "not said is not no");
    assert_eq!(centre["commune_name"], "Phường Kim Sơn");
    assert_eq!(centre["latest_rating"], Value::Null);

    let again = cast.world.client.get(&format!("/v1/centres/{id}")).by(&cast.commune_officer.token).send().expect(200);
    assert_eq!((again.json(), again.etag()), (centre.clone(), created.etag()));
    assert_eq!(
        read(&cast, &format!("/v1/centres/{id}/placements")),
        json!([{ "commune_id": cast.commune, "valid_from": "2008-09-01", "valid_to": null }])
    );
    let acts = read(&cast, &format!("/v1/centres/{id}/acts"));
    assert_eq!(
        (&acts[0]["act"], &acts[0]["from_status"], &acts[0]["to_status"]),
        (&json!("establish"), &Value::Null, &json!("operating"))
    );
    assert_eq!(acts[0]["decision"]["number"], "3607/QĐ-UBND");
    assert_eq!(acts.as_array().unwrap().len(), 1);
}

#[test]
fn without_an_establishment_a_centre_is_only_proposed() {
    let cast = KimSon::new();
    let mao_khe = cast.world.unit("07069", "2026-01-01");
    let body = json!({ "name": "TTHTCĐ phường Mạo Khê", "commune_id": mao_khe, "operating_model": "standalone", "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" });
    let centre = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    assert_eq!(centre["id"], "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11", "the client's id is taken");
    assert_eq!((&centre["status"], &centre["operating_from"], &centre["code"]), (&json!("proposed"), &Value::Null, &Value::Null));
    assert_eq!(read(&cast, "/v1/centres/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11/acts"), json!([]));
    let placements = read(&cast, "/v1/centres/0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11/placements");
    assert_eq!(
        placements,
        json!([{ "commune_id": mao_khe, "valid_from": "2026-11-22", "valid_to": null }]),
        "from today in Viet Nam"
    );
}

#[test]
fn every_refusal_of_a_registration_names_place_and_rule_and_stores_nothing() {
    let cast = KimSon::new();
    let world = &cast.world;
    let hung_yen = world.db_province(world.unit("33", "2026-01-01"));
    assert_ne!(hung_yen, cast.province);
    let before = stock(&cast);
    let good = established(cast.commune);
    let refuse = |status: u16, code: &str, pointer: &str, value: Value, rule: &str| {
        let body = with(good.clone(), pointer, value);
        world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().fault(status, code, pointer, rule);
    };

    // Rules of the field.
    let far = with(established(world.unit("07069", "2026-01-01")), "/establishment/effective_on", json!("2027-12-01"));
    world.client.post("/v1/centres").by(&cast.admin.token).json(&far).send().fault(
        422,
        "rule_broken",
        "/establishment/effective_on",
        "plausible_date",
    );
    let soon = with(established(world.unit("07069", "2026-01-01")), "/establishment/effective_on", json!("2026-11-23"));
    world.client.post("/v1/centres").by(&cast.admin.token).json(&soon).send().fault(
        422,
        "rule_broken",
        "/establishment/effective_on",
        "not_in_the_future",
    );
    refuse(422, "rule_broken", "/establishment/decision/date", json!("1989-12-31"), "plausible_date");
    refuse(422, "rule_broken", "/establishment/decision/date", json!("2008-09-02"), "decision_before_effect");
    refuse(422, "rule_broken", "/commune_id", json!(world.unit("205", "2018-12-31")), "placed_in_commune");
    refuse(422, "rule_broken", "/commune_id", json!("00000000-0000-7000-8000-000000000000"), "placed_in_commune");
    refuse(422, "rule_broken", "/commune_id", json!(world.unit("07069", "2026-01-01")), "commune_on_date");
    refuse(422, "rule_broken", "/commune_id", json!(world.unit("12454", "2018-12-31")), "commune_of_province");

    // Rules of each text and code.
    for blank in ["", "   ", "\u{a0}\t"] {
        refuse(422, "invalid_body", "/name", json!(blank), if blank.is_empty() { "length" } else { "blank" });
    }
    refuse(422, "invalid_body", "/name", json!("Đ".repeat(201)), "length");
    refuse(422, "invalid_body", "/name", json!("Trung tâm \u{1b}[31m"), "plain");
    refuse(422, "invalid_body", "/code", json!(""), "length");
    refuse(422, "invalid_body", "/code", json!("K".repeat(41)), "length");
    refuse(422, "invalid_body", "/address", json!("a".repeat(301)), "length");
    refuse(422, "invalid_body", "/establishment/decision/number", json!(""), "length");
    refuse(422, "invalid_body", "/establishment/decision/issuer", json!("x".repeat(201)), "length");
    refuse(422, "invalid_body", "/operating_model", json!("private"), "code_unknown");
    refuse(422, "invalid_body", "/has_seal", json!("yes"), "type");
    refuse(422, "invalid_body", "/establishment/effective_on", json!("01/09/2008"), "type");
    refuse(422, "invalid_body", "/commune_id", json!("07123"), "type");
    refuse(422, "invalid_body", "/status", json!("operating"), "unknown_member");
    let mut nameless = good.clone();
    nameless.as_object_mut().unwrap().remove("name");
    world.client.post("/v1/centres").by(&cast.admin.token).json(&nameless).send().fault(422, "invalid_body", "", "required");

    // All faults come at once.
    let mut faulty = with(good.clone(), "/establishment/decision/date", json!("2008-09-02"));
    faulty["commune_id"] = json!(world.unit("205", "2018-12-31"));
    let rules = world.client.post("/v1/centres").by(&cast.admin.token).json(&faulty).send().rules(422);
    assert_eq!(rules, ["decision_before_effect", "placed_in_commune"]);

    assert_eq!(stock(&cast), before);
    world.client.post("/v1/centres").by(&cast.admin.token).json(&good).send().expect(201);
    assert_eq!(stock(&cast), (before.0 + 1, before.1 + 1), "and the good one is stored, with its audit record");
}

#[test]
fn an_officer_registers_centres_in_their_own_commune_only() {
    let cast = KimSon::new();
    let post = |who: &Person, commune: UnitId| {
        cast.world.client.post("/v1/centres").by(&who.token).json(&with(established(commune), "/code", Value::Null)).send()
    };
    let (mao_khe, thai_binh) = (cast.world.unit("07069", "2018-12-31"), cast.world.unit("12454", "2018-12-31"));

    post(&cast.commune_officer, mao_khe).refused(403, "outside_scope");
    post(&cast.commune_officer, thai_binh).refused(422, "rule_broken");
    let missing = post(&cast.manager, cast.commune).refused(403, "right_missing");
    assert_eq!(missing["permission"], "centres:lifecycle");
    assert_eq!(stock(&cast).0, 1);
    post(&cast.commune_officer, cast.commune).expect(201);
    post(&cast.admin, mao_khe).expect(201);
    assert_eq!(stock(&cast).0, 3);
}

#[test]
fn a_code_is_unique_in_its_province_and_free_in_another() {
    let cast = KimSon::new();
    let world = &cast.world;
    let hung_yen = world.unit("33", "2026-01-01");
    let tenant = world.db_province(hung_yen);
    let binh = world.db_person(tenant, Role::ProvinceAdmin, Some(hung_yen), None);
    let first = world.client.post("/v1/centres").by(&cast.admin.token).json(&established(cast.commune)).send().expect(201).json();

    let taken = world
        .client
        .post("/v1/centres")
        .by(&cast.admin.token)
        .json(&established(cast.commune))
        .send()
        .refused(409, "already_exists");
    assert_eq!(taken["pointer"], "/code");
    let same_id = with(with(established(cast.commune), "/id", first["id"].clone()), "/code", json!("KS-03"));
    world.client.post("/v1/centres").by(&cast.admin.token).json(&same_id).send().refused(409, "already_exists");
    assert_eq!(stock(&cast).0, 2);

    let in_thai_binh = established(world.unit("12454", "2018-12-31"));
    world.client.post("/v1/centres").by(&binh.token).json(&in_thai_binh).send().expect(201);

    let other = cast.centre;
    let etag = world.client.get(&format!("/v1/centres/{other}")).by(&cast.admin.token).send().expect(200).etag();
    let patch = world
        .client
        .patch(&format!("/v1/centres/{other}"))
        .by(&cast.admin.token)
        .if_match(&etag)
        .json(&json!({ "code": "KS-02" }))
        .send();
    assert_eq!(patch.refused(409, "already_exists")["pointer"], "/code");
}

#[test]
fn a_patch_changes_what_it_names_and_null_empties() {
    let cast = KimSon::new();
    let created = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&established(cast.commune)).send().expect(201);
    let path = created.header("location").unwrap().to_owned();
    let patch = |etag: &str, body: Value| cast.world.client.patch(&path).by(&cast.admin.token).if_match(etag).json(&body).send();

    let renamed = patch(&created.etag(), json!({ "name": "TTHTCĐ số 2", "has_account": false })).expect(200);
    let seen = renamed.json();
    assert_eq!((&seen["name"], &seen["has_account"]), (&json!("TTHTCĐ số 2"), &json!(false)));
    assert_eq!(
        (&seen["code"], &seen["has_seal"], &seen["address"]),
        (&json!("KS-02"), &json!(true), &json!("Khu Nhuệ Hổ")),
        "what is absent stays"
    );

    let emptied = patch(&renamed.etag(), json!({ "code": null, "has_seal": null, "address": null })).expect(200);
    let seen = emptied.json();
    assert_eq!([&seen["code"], &seen["has_seal"], &seen["address"]], [&Value::Null; 3], "null empties");
    assert_eq!((&seen["name"], &seen["has_account"]), (&json!("TTHTCĐ số 2"), &json!(false)));

    let refuse = |body: Value, code: &str, pointer: &str, rule: &str| {
        patch(&emptied.etag(), body).fault(422, code, pointer, rule);
    };
    refuse(json!({ "name": null }), "invalid_body", "/name", "type");
    refuse(json!({ "operating_model": null }), "invalid_body", "/operating_model", "type");
    refuse(json!({ "name": "" }), "invalid_body", "/name", "length");
    refuse(json!({ "name": "  " }), "invalid_body", "/name", "blank");
    refuse(json!({ "code": "" }), "rule_broken", "/code", "length");
    refuse(json!({ "address": "a".repeat(301) }), "rule_broken", "/address", "length");
    refuse(json!({ "commune_id": cast.commune }), "invalid_body", "/commune_id", "unknown_member");
    refuse(json!({ "status": "dissolved" }), "invalid_body", "/status", "unknown_member");
    assert_eq!(read(&cast, &path), seen, "a refused change changes nothing");
    assert_eq!(patch(&emptied.etag(), json!({})).expect(200).json()["name"], "TTHTCĐ số 2", "an empty patch is a patch");
}

#[test]
fn a_centre_moves_to_the_commune_of_the_later_map() {
    let cast = KimSon::new();
    let world = &cast.world;
    let (old_mao_khe, mao_khe) = (world.unit("07069", "2018-12-31"), world.unit("07069", "2026-01-01"));
    let path = format!("/v1/centres/{}/placements", cast.centre);
    let centre = || world.client.get(&format!("/v1/centres/{}", cast.centre)).by(&cast.admin.token).send().expect(200);
    let place = |etag: &str, commune: UnitId, from: &str| {
        world
            .client
            .post(&path)
            .by(&cast.admin.token)
            .if_match(etag)
            .json(&json!({ "commune_id": commune, "valid_from": from }))
            .send()
    };
    let etag = centre().etag();

    let refuse = |commune: UnitId, from: &str, pointer: &str, rule: &str| {
        place(&etag, commune, from).fault(422, "rule_broken", pointer, rule);
    };
    refuse(mao_khe, "2025-06-30", "/commune_id", "commune_on_date");
    refuse(old_mao_khe, "2025-07-01", "/commune_id", "commune_on_date");
    refuse(mao_khe, "2026-11-23", "/valid_from", "not_in_the_future");
    refuse(old_mao_khe, "2008-01-01", "/valid_from", "placements_in_order");
    refuse(world.unit("12454", "2018-12-31"), "2018-01-01", "/commune_id", "commune_of_province");
    refuse(world.unit("205", "2018-12-31"), "2018-01-01", "/commune_id", "placed_in_commune");
    refuse(mao_khe, "9999-12-31", "/valid_from", "not_in_the_future");
    world
        .client
        .post(&path)
        .by(&cast.admin.token)
        .json(&json!({ "commune_id": mao_khe, "valid_from": "2025-07-01" }))
        .send()
        .refused(428, "if_match_required");
    assert_eq!((centre().etag(), read(&cast, &path).as_array().unwrap().len()), (etag.clone(), 1));

    place(&etag, mao_khe, "2025-07-01").expect(201);
    assert_eq!(centre().json()["commune_id"], json!(mao_khe));
    let stored = json!([
        { "commune_id": cast.commune, "valid_from": "2008-01-01", "valid_to": "2025-06-30" },
        { "commune_id": mao_khe, "valid_from": "2025-07-01", "valid_to": null },
    ]);
    assert_eq!(read(&cast, &path), stored);
    place(&etag, mao_khe, "2025-08-01").refused(412, "etag_mismatch");

    // Where it lay on a day is answered by that day.
    let lies_in = |query: String| read(&cast, &format!("/v1/centres?{query}"))["items"].as_array().unwrap().len();
    assert_eq!(lies_in(format!("unit_id={}&as_of=2018-12-31", cast.commune)), 1);
    assert_eq!(lies_in(format!("unit_id={}&as_of=2025-06-30", cast.commune)), 1);
    assert_eq!(lies_in(format!("unit_id={}&as_of=2025-07-01", cast.commune)), 0);
    assert_eq!(lies_in(format!("unit_id={mao_khe}&as_of=2025-07-01")), 1);
    assert_eq!(lies_in(format!("unit_id={old_mao_khe}&as_of=2018-12-31")), 0);
    assert_eq!(lies_in(format!("unit_id={mao_khe}")), 1);
    assert_eq!(lies_in(format!("unit_id={}", cast.commune)), 0, "it is there no longer");
}

#[test]
fn sites_are_added_replaced_and_listed_under_their_own_centre() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let sites = format!("/v1/centres/{}/sites", cast.centre);
    let body = json!({ "name": "Nhà văn hóa khu Kim Thành", "kind": "culture_house", "manager": "Bà Hoa" });
    let created = client.post(&sites).by(&cast.manager.token).json(&body).send().expect(201);
    let path = created.header("location").unwrap().to_owned();
    assert_eq!((&created.json()["active"], &created.json()["address"]), (&json!(true), &Value::Null));

    let replaced = json!({ "name": "Nhà văn hóa khu Kim Thành", "kind": "school", "active": false });
    client.put(&path).by(&cast.manager.token).json(&replaced).send().refused(428, "if_match_required");
    let after = client.put(&path).by(&cast.manager.token).if_match(&created.etag()).json(&replaced).send().expect(200);
    assert_eq!(
        (&after.json()["kind"], &after.json()["active"], &after.json()["manager"]),
        (&json!("school"), &json!(false), &Value::Null),
        "a PUT replaces all"
    );
    client.put(&path).by(&cast.manager.token).if_match(&created.etag()).json(&body).send().refused(412, "etag_mismatch");
    let read_back = client.get(&path).by(&cast.staff.token).send().expect(200);
    assert_eq!((read_back.json(), read_back.etag()), (after.json(), after.etag()));
    assert_eq!(read(&cast, &sites), json!([after.json()]));

    client.post(&sites).by(&cast.manager.token).json(&with(body.clone(), "/name", json!(""))).send().fault(
        422,
        "invalid_body",
        "/name",
        "length",
    );
    client.post(&sites).by(&cast.manager.token).json(&with(body.clone(), "/kind", json!("pub"))).send().fault(
        422,
        "invalid_body",
        "/kind",
        "code_unknown",
    );
    client.post(&sites).by(&cast.staff.token).json(&body).send().refused(403, "right_missing");

    let other = cast.world.db_centre_since(cast.province, cast.commune, "TTHTCĐ khác", day("2010-01-01"));
    let id = path.rsplit('/').next().unwrap();
    client.get(&format!("/v1/centres/{other}/sites/{id}")).by(&cast.admin.token).send().refused(404, "not_found");
    client
        .put(&format!("/v1/centres/{other}/sites/{id}"))
        .by(&cast.admin.token)
        .if_match(&after.etag())
        .json(&body)
        .send()
        .refused(404, "not_found");
    client.post(&format!("/v1/centres/{other}/sites")).by(&cast.manager.token).json(&body).send().refused(404, "not_found");
    assert_eq!(read(&cast, &sites), json!([after.json()]));
}
