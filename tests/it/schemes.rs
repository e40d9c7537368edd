//! Rating schemes: drafted, replaced, published, never changed again; whose they are; what they must hold.

use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;

fn leaf(code: &str, max: u32) -> Value {
    json!({ "code": code, "title": { "vi": format!("Tiêu chí {code}"), "en": format!("Criterion {code}") }, "max_points": max })
}

fn group(code: &str, children: Value) -> Value {
    json!({ "code": code, "title": { "vi": code, "en": code }, "children": children })
}

/// A rubric of 100 points in two groups, of which tốt asks 15 of B.
fn rubric() -> Value {
    json!({
        "title": { "vi": "Bộ tiêu chí thử của tỉnh", "en": "The province's trial rubric" },
        "subject": "centre",
        "method": "points",
        "legal_basis": "Quyết định thử",
        "sample": true,
        "ranks": [
            { "rank": "tot", "min_points": 80, "conditions": [{ "criterion": "B", "min_points": 15 }] },
            { "rank": "kha", "min_points": 60.5 },
            { "rank": "yeu", "min_points": 0 },
        ],
        "criteria": [group("A", json!([leaf("A1", 50), leaf("A2", 30)])), group("B", json!([leaf("B1", 20)]))],
    })
}

/// The rubric with one thing changed.
fn but(change: impl FnOnce(&mut Value)) -> Value {
    let mut content = rubric();
    change(&mut content);
    content
}

fn draft(cast: &KimSon, who: &Person, code: &str, content: &Value) -> Response {
    cast.world.client.post("/v1/schemes").by(&who.token).json(&json!({ "code": code, "content": content })).send()
}

fn publish(cast: &KimSon, who: &Person, drafted: &Response) -> Response {
    let path = drafted.header("location").unwrap();
    cast.world.client.post(&format!("{path}/publish")).by(&who.token).if_match(&drafted.etag()).send()
}

#[test]
fn a_scheme_is_drafted_replaced_published_and_then_never_changes() {
    let cast = KimSon::new();
    let (client, admin) = (&cast.world.client, &cast.admin);

    let drafted = draft(&cast, admin, "QUANGNINH-TTHTCD", &rubric()).expect(201);
    let path = drafted.header("location").unwrap().to_owned();
    let made = drafted.json();
    assert_eq!((&made["national"], &made["version"], &made["status"]), (&json!(false), &json!(1), &json!("draft")));

    let content = but(|content| content["ranks"][1]["min_points"] = json!(65));
    client.put(&path).by(&admin.token).json(&content).send().refused(428, "if_match_required");
    let replaced = client.put(&path).by(&admin.token).if_match(&drafted.etag()).json(&content).send().expect(200);
    client.put(&path).by(&admin.token).if_match(&drafted.etag()).json(&rubric()).send().refused(412, "etag_mismatch");
    client.post(&format!("{path}/publish")).by(&admin.token).if_match(&drafted.etag()).send().refused(412, "etag_mismatch");
    let published = client.post(&format!("{path}/publish")).by(&admin.token).if_match(&replaced.etag()).send().expect(200);
    assert_eq!(published.json()["status"], "published");
    assert_eq!(published.json()["content"]["ranks"][1]["min_points"], 65);

    let again =
        client.put(&path).by(&admin.token).if_match(&published.etag()).json(&rubric()).send().refused(409, "state_conflict");
    assert_eq!(again["state"], "published");
    client.post(&format!("{path}/publish")).by(&admin.token).if_match(&published.etag()).send().refused(409, "state_conflict");
    let stored = client.get(&path).by(&cast.staff.token).send().expect(200);
    assert_eq!(
        (stored.etag(), stored.json()),
        (published.etag(), published.json()),
        "what was published stands, and everybody reads it"
    );
}

#[test]
fn a_code_that_exists_makes_the_next_version_and_both_stay() {
    let cast = KimSon::new();
    let first = draft(&cast, &cast.admin, "QUANGNINH-TTHTCD", &rubric()).expect(201);
    publish(&cast, &cast.admin, &first).expect(200);
    let second =
        draft(&cast, &cast.admin, "QUANGNINH-TTHTCD", &but(|content| content["ranks"][0]["min_points"] = json!(85))).expect(201);
    assert_eq!(second.json()["version"], 2);

    let all = cast.world.client.get("/v1/schemes").by(&cast.officer.token).send().expect(200).json();
    let own: Vec<_> = all.as_array().unwrap().iter().filter(|scheme| scheme["code"] == "QUANGNINH-TTHTCD").collect();
    let shown: Vec<_> =
        own.iter().map(|scheme| (scheme["version"].as_i64().unwrap(), scheme["status"].as_str().unwrap())).collect();
    assert_eq!(shown, [(1, "published"), (2, "draft")]);
    assert_eq!(own[0]["content"]["ranks"][0]["min_points"], 80);

    let taken = json!({ "id": own[0]["id"], "code": "KHAC", "content": rubric() });
    cast.world.client.post("/v1/schemes").by(&cast.admin.token).json(&taken).send().refused(409, "already_exists");
}

#[test]
fn a_variant_names_a_published_parent_of_the_same_subject() {
    let cast = KimSon::new();
    let framework = cast.world.scheme(&cast.admin, "TTHTCD-KHUNG-2013");
    let of_communes = cast.world.scheme(&cast.admin, "CDHT-XA-2023");
    let with_parent = |parent: &Value| but(|content| content["parent_id"] = parent.clone());

    let variant = draft(&cast, &cast.admin, "QN-BIEN-THE", &with_parent(&framework["id"])).expect(201);
    assert_eq!(variant.json()["content"]["parent_id"], framework["id"]);
    publish(&cast, &cast.admin, &variant).expect(200);
    draft(&cast, &cast.admin, "QN-CHAU", &with_parent(&variant.json()["id"])).expect(201);

    let unpublished = draft(&cast, &cast.admin, "QN-NHAP", &rubric()).expect(201);
    let nowhere = json!("0190b2c4-0000-7000-8000-00000000dead");
    for parent in [&of_communes["id"], &unpublished.json()["id"], &nowhere] {
        let refused = draft(&cast, &cast.admin, "QN-SAI", &with_parent(parent)).refused(422, "rule_broken");
        assert_eq!(
            (&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]),
            (&json!("parent_published"), &json!("/content/parent_id"))
        );
    }
    let (path, own) = (unpublished.header("location").unwrap(), with_parent(&unpublished.json()["id"]));
    let rules = cast.world.client.put(path).by(&cast.admin.token).if_match(&unpublished.etag()).json(&own).send().rules(422);
    assert_eq!(rules, ["parent_published"], "nothing is its own parent");
}

#[test]
fn a_national_framework_leaves_open_what_the_law_does_and_no_round_can_use_it() {
    let cast = KimSon::new();
    for (code, rules) in [("TTHTCD-KHUNG-2013", vec!["method_defined"]), ("CDHT-XA-2014", vec!["thresholds_needed"])] {
        let scheme = cast.world.scheme(&cast.admin, code);
        assert_eq!((&scheme["national"], &scheme["status"]), (&json!(true), &json!("published")));
        let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Thử", "route": KimSon::route() });
        let found = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().rules(422);
        for rule in rules {
            assert!(found.iter().any(|other| other == rule), "{code}: {found:?}");
        }
    }
    let rounds = cast.world.client.get("/v1/rounds").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(rounds, json!([]));
}

#[test]
fn the_nation_changes_its_frameworks_and_a_province_does_not() {
    let cast = KimSon::new();
    let platform = cast.world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let client = &cast.world.client;
    // With open points: a national framework may leave them so, and is published all the same.
    let open = but(|content| content["ranks"] = json!([{ "rank": "tot" }, { "rank": "kha" }]));
    let drafted = draft(&cast, &platform, "KHUNG-THU", &open).expect(201);
    assert_eq!(drafted.json()["national"], true);
    let path = drafted.header("location").unwrap();

    let refused = client.put(path).by(&cast.admin.token).if_match(&drafted.etag()).json(&rubric()).send();
    refused.refused(403, "outside_scope");
    client.post(&format!("{path}/publish")).by(&cast.admin.token).if_match(&drafted.etag()).send().refused(403, "outside_scope");
    client.put(path).by(&cast.officer.token).if_match(&drafted.etag()).json(&rubric()).send().refused(403, "right_missing");
    let published = publish(&cast, &platform, &drafted).expect(200);
    assert_eq!(published.json()["content"], drafted.json()["content"], "nobody else has changed it");

    let framework = cast.world.scheme(&cast.admin, "TTHTCD-KHUNG-2013");
    let path = format!("/v1/schemes/{}", framework["id"].as_str().unwrap());
    let tag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    client.put(&path).by(&cast.admin.token).if_match(&tag).json(&rubric()).send().refused(403, "outside_scope");
    // A province that takes the same code makes a scheme of its own.
    let own = draft(&cast, &cast.admin, "TTHTCD-KHUNG-2013", &rubric()).expect(201).json();
    assert_eq!((&own["national"], &own["version"]), (&json!(false), &json!(1)));
}

#[test]
fn another_provinces_scheme_is_not_found() {
    // Quảng Ninh drafts; an administrator of Hưng Yên looks for it.
    let cast = KimSon::new();
    let hung_yen_unit = cast.world.unit("33", "2025-12-31");
    let hung_yen = cast.world.db_province(hung_yen_unit);
    let other = cast.world.db_person(hung_yen, Role::ProvinceAdmin, Some(hung_yen_unit), None);
    let client = &cast.world.client;
    let drafted = draft(&cast, &cast.admin, "QN", &rubric()).expect(201);
    let path = drafted.header("location").unwrap();
    client.get(path).by(&cast.admin.token).send().expect(200);

    let strip = |mut body: Value| {
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    let absent =
        strip(client.get("/v1/schemes/0190b2c4-0000-7000-8000-00000000dead").by(&other.token).send().refused(404, "not_found"));
    assert_eq!(strip(client.get(path).by(&other.token).send().refused(404, "not_found")), absent);
    client.put(path).by(&other.token).if_match(&drafted.etag()).json(&rubric()).send().refused(404, "not_found");
    client.post(&format!("{path}/publish")).by(&other.token).if_match(&drafted.etag()).send().refused(404, "not_found");
    let listed = client.get("/v1/schemes").by(&other.token).send().expect(200).json();
    assert!(listed.as_array().unwrap().iter().all(|scheme| scheme["code"] != "QN"));
    let parent = but(|content| content["parent_id"] = drafted.json()["id"].clone());
    assert_eq!(draft(&cast, &other, "HY", &parent).rules(422), ["parent_published"]);
    publish(&cast, &cast.admin, &drafted).expect(200);
    let round = json!({ "scheme_id": drafted.json()["id"], "year": 2018, "title": "Thử", "route": KimSon::route() });
    assert_eq!(client.post("/v1/rounds").by(&other.token).json(&round).send().rules(422), ["scheme_published"]);
}

#[test]
fn what_ships_says_which_of_it_is_a_sample() {
    let cast = KimSon::new();
    let schemes = cast.world.client.get("/v1/schemes").by(&cast.staff.token).send().expect(200).json();
    let samples: Vec<_> = schemes
        .as_array()
        .unwrap()
        .iter()
        .map(|scheme| (scheme["code"].as_str().unwrap(), scheme["content"]["sample"].as_bool().unwrap()))
        .collect();
    assert_eq!(
        samples,
        [
            ("CDHT-XA-2014", false),
            ("CDHT-XA-2023", false),
            ("TTHTCD-KHUNG-2013", false),
            ("TTHTCD-MAU", true),
            ("TTHTCD-MAU-5", true),
            ("TTHTCD-MAU-SO-LIEU", true)
        ]
    );
    let title = schemes[2]["content"]["ranks"].as_array().unwrap();
    assert!(title.iter().all(|rank| rank["min_points"].is_null()), "no threshold is made up for a national framework");
    let open = schemes[0]["content"]["criteria"].as_array().unwrap();
    assert!(open.iter().all(|criterion| criterion["max_points"].is_null()), "nor points");
}

#[test]
fn every_rule_of_a_draft_is_named_where_it_is_broken() {
    let cast = KimSon::new();
    let deep =
        |levels: usize| (1..levels).fold(json!([leaf("X0", 1)]), |below, level| json!([group(&format!("X{level}"), below)]));
    let many = |count: usize| Value::Array((0..count).map(|n| leaf(&format!("M{n}"), 1)).collect());
    let wide = |count: usize| {
        Value::Array(
            (0..count)
                .map(|n| group(&format!("W{n}"), Value::Array((0..7).map(|m| leaf(&format!("W{n}.{m}"), 1)).collect())))
                .collect(),
        )
    };
    let cases: Vec<(&str, &str, Value)> = vec![
        ("text", "/content/title", but(|c| c["title"]["en"] = json!(" "))),
        ("text", "/content/title", but(|c| c["title"]["vi"] = json!("x".repeat(301)))),
        (
            "dates_in_order",
            "/content/effective_to",
            but(|c| (c["effective_from"], c["effective_to"]) = (json!("2020-01-01"), json!("2019-12-31"))),
        ),
        ("too_deep", "/content/criteria/0/children/0/children/0/children/0/children", but(|c| c["criteria"] = deep(5))),
        (
            "criterion_code",
            "/content/criteria/0/children/0/code",
            but(|c| c["criteria"][0]["children"][0]["code"] = json!("A 1")),
        ),
        (
            "criterion_code",
            "/content/criteria/0/children/0/code",
            but(|c| c["criteria"][0]["children"][0]["code"] = json!("A".repeat(21))),
        ),
        ("criterion_once", "/content/criteria/0/children/1/code", but(|c| c["criteria"][0]["children"][1]["code"] = json!("A1"))),
        ("criterion_once", "/content/criteria/1/children/0/code", but(|c| c["criteria"][1]["children"][0]["code"] = json!("A"))),
        ("text", "/content/criteria/1/title", but(|c| c["criteria"][1]["title"]["vi"] = json!(""))),
        ("points_on_leaves", "/content/criteria/0/max_points", but(|c| c["criteria"][0]["max_points"] = json!(80))),
        ("too_many", "/content/criteria", but(|c| c["criteria"] = wide(40))),
        ("rank_once", "/content/ranks/1/rank", but(|c| c["ranks"][1]["rank"] = json!("tot"))),
        ("best_first", "/content/ranks/2/rank", but(|c| c["ranks"][1]["rank"] = json!("kem"))),
        (
            "criterion_exists",
            "/content/ranks/0/conditions/0/criterion",
            but(|c| c["ranks"][0]["conditions"][0]["criterion"] = json!("Z")),
        ),
    ];
    for (rule, pointer, content) in cases {
        let refused = draft(&cast, &cast.admin, "QN-SAI", &content).refused(422, "rule_broken");
        let found: Vec<_> = refused["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|e| (e["rule"].as_str().unwrap(), e["pointer"].as_str().unwrap()))
            .collect();
        assert!(found.contains(&(rule, pointer)), "{rule} at {pointer}: {found:?}");
    }
    draft(&cast, &cast.admin, "QN-SAU", &but(|c| (c["criteria"], c["ranks"][0]["conditions"]) = (deep(4), json!([]))))
        .expect(201);
    let too_long = draft(&cast, &cast.admin, "QN-SAI", &but(|c| c["criteria"] = many(51))).refused(422, "invalid_body");
    assert_eq!(too_long["errors"][0]["pointer"], "/content/criteria");
    for (field, value) in [("validity_months", 0), ("min_months_between_levels", 601)] {
        let refused = draft(&cast, &cast.admin, "QN-SAI", &but(|c| c[field] = json!(value))).refused(422, "invalid_body");
        assert_eq!(
            (&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]),
            (&json!("range"), &json!(format!("/content/{field}")))
        );
    }
    let unknown = draft(&cast, &cast.admin, "QN-SAI", &but(|c| c["weight"] = json!(1))).refused(422, "invalid_body");
    assert_eq!(unknown["errors"][0]["rule"], "unknown_member");
    let all = cast.world.client.get("/v1/schemes").by(&cast.admin.token).send().expect(200).json();
    assert!(all.as_array().unwrap().iter().all(|scheme| scheme["code"] != "QN-SAI"), "nothing of it was stored");
}

#[test]
fn a_draft_that_cannot_rank_anybody_is_not_published() {
    let cast = KimSon::new();
    let levels = |last: &str| {
        but(|c| {
            (c["method"], c["ranks"]) = (json!("all_indicators"), json!([{ "rank": "level_2" }, { "rank": last }]));
            c["criteria"] = json!([{ "code": "T1", "title": { "vi": "T1", "en": "T1" } }]);
        })
    };
    let cases: Vec<(&str, Value)> = vec![
        ("criteria_needed", but(|c| (c["criteria"], c["ranks"][0]["conditions"]) = (json!([]), json!([])))),
        ("ranks_needed", but(|c| c["ranks"] = json!([{ "rank": "tot", "min_points": 0 }]))),
        ("method_defined", but(|c| c["method"] = json!("province_defines"))),
        ("max_points_needed", but(|c| c["criteria"][0]["children"][0]["max_points"] = Value::Null)),
        ("thresholds_needed", but(|c| c["ranks"][1]["min_points"] = Value::Null)),
        ("thresholds_fall", but(|c| c["ranks"][1]["min_points"] = json!(80))),
        ("lowest_from_zero", but(|c| c["ranks"][2]["min_points"] = json!(10))),
        ("lowest_from_zero", but(|c| c["ranks"][2]["conditions"] = json!([{ "criterion": "A", "min_points": 1 }]))),
        ("reachable", but(|c| c["ranks"][0]["min_points"] = json!(100.01))),
        ("not_achieved_last", levels("level_1")),
    ];
    for (rule, content) in cases {
        let drafted = draft(&cast, &cast.admin, "QN-DO", &content).expect(201);
        let found = publish(&cast, &cast.admin, &drafted).rules(422);
        assert!(found.iter().any(|other| other == rule), "{rule}: {found:?}");
        let stored = cast.world.client.get(drafted.header("location").unwrap()).by(&cast.admin.token).send().expect(200).json();
        assert_eq!(stored["status"], "draft", "{rule}");
    }
    let good = draft(&cast, &cast.admin, "QN-MUC", &levels("not_achieved")).expect(201);
    publish(&cast, &cast.admin, &good).expect(200);
}

#[test]
fn a_condition_that_nobody_can_meet_is_not_published() {
    // B has 20 points in all: asking 20.5 of it would put tốt out of everybody's reach.
    let cast = KimSon::new();
    let content = but(|content| content["ranks"][0]["conditions"][0]["min_points"] = json!(20.5));
    let drafted = draft(&cast, &cast.admin, "QN", &content).expect(201);
    let refused = publish(&cast, &cast.admin, &drafted).refused(422, "rule_broken");
    let error = &refused["errors"][0];
    assert_eq!((&error["rule"], &error["pointer"]), (&json!("reachable"), &json!("/content/ranks/0/conditions/0/min_points")));
    let exact = draft(&cast, &cast.admin, "QN", &but(|content| content["ranks"][0]["conditions"][0]["min_points"] = json!(20)))
        .expect(201);
    publish(&cast, &cast.admin, &exact).expect(200);
}
