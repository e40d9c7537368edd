//! A rating's way through its route: assessed, submitted, returned, verified, decided, amended.

use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::walk::{Walk, decision, scores_but};

/// Rules with where they are broken.
fn faults(body: &Value) -> Vec<(&str, &str)> {
    body["errors"].as_array().unwrap().iter().map(|e| (e["rule"].as_str().unwrap(), e["pointer"].as_str().unwrap())).collect()
}

/// The scores of an assessment by criterion.
fn points(assessment: &Value, code: &str) -> Value {
    let scores = assessment["scores"].as_array().unwrap();
    scores.iter().find(|score| score["criterion"] == code).map_or(Value::Null, |score| score["points"].clone())
}

fn decided_with(number: &str) -> Value {
    json!({ "decision": decision(number, "2019-02-20") })
}

impl KimSon {
    /// Kim Sơn's rating of 2018, handed in with full points but for these.
    fn submitted(&self, round: &Value, scheme: &Value, others: &[(&str, f64)]) -> Walk<'_> {
        let mut walk = Walk::start(&self.world.client, &self.staff, round, json!({ "centre_id": self.centre }));
        walk.step(&self.staff, "self", json!({ "scores": scores_but(scheme, others) }));
        walk.step(&self.manager, "submit", Value::Null);
        walk
    }

    /// The same, verified as it is and decided.
    fn decided(&self, round: &Value, scheme: &Value, others: &[(&str, f64)]) -> Walk<'_> {
        let mut walk = self.submitted(round, scheme, others);
        walk.step(&self.verifier, "verify", Value::Null);
        walk.step(&self.officer, "decide", decided_with("12/QĐ-SGDĐT"));
        walk
    }
}

#[test]
fn a_rating_that_was_returned_and_corrected_keeps_its_three_assessments_side_by_side() {
    // Kim Sơn's staff and manager, Đông Triều's verifier, a province officer.
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));

    // Half an assessment is saved, but not handed in.
    let half: Vec<_> = scores_but(&scheme, &[]).into_iter().take(13).collect();
    let saved = walk.step(&cast.staff, "self", json!({ "scores": half, "note": "Còn thiếu minh chứng" }));
    assert_eq!((&saved["self"]["outcome"], &saved["self"]["note"]), (&Value::Null, &json!("Còn thiếu minh chứng")));
    let blocked = walk.attempt(&cast.manager, "submit", &Value::Null).refused(409, "blocked");
    assert_eq!(blocked["reasons"][0]["code"], "assessment_incomplete");
    let saved = walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[("A2", 2.5)]) }));
    assert_eq!(saved["self"]["outcome"], json!({ "rank": "tot", "points": 99.5 }));
    walk.step(&cast.manager, "submit", Value::Null);

    // The verifier sends back a group and an item; just the items of these are open again.
    let reason = "Thiếu minh chứng cho kết quả và kế hoạch năm.";
    let returned = walk.step(&cast.verifier, "return", json!({ "criteria": ["D", "A1"], "reason": reason }));
    assert_eq!(returned["state"], "returned");
    assert_eq!(returned["reopened"], json!(["A1", "D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8"]));
    let closed = walk
        .attempt(&cast.staff, "self", &json!({ "scores": scores_but(&scheme, &[("A2", 2.5), ("B1", 5.0)]) }))
        .refused(422, "rule_broken");
    assert_eq!(faults(&closed), [("only_reopened", "/scores")]);
    let mut left_out = scores_but(&scheme, &[("A2", 2.5)]);
    left_out.retain(|score| score["criterion"] != "C1");
    assert_eq!(walk.attempt(&cast.staff, "self", &json!({ "scores": left_out })).rules(422), ["only_reopened"]);
    let mut other_proof = scores_but(&scheme, &[("A2", 2.5)]);
    other_proof[1]["evidence"] = json!([{ "title": "Biên bản" }]);
    assert_eq!(
        walk.attempt(&cast.staff, "self", &json!({ "scores": other_proof })).rules(422),
        ["only_reopened"],
        "not even its evidence"
    );
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[("A2", 2.5), ("D2", 4.0)]) }));
    let submitted = walk.step(&cast.manager, "submit", Value::Null);
    assert_eq!((&submitted["state"], &submitted["reopened"]), (&json!("submitted"), &json!([])));

    // What the verifier sees otherwise needs a reason; what is left out is taken over.
    let no_reason = json!({ "scores": [{ "criterion": "A1", "points": 4 }, { "criterion": "B5", "points": 10 }] });
    let refused = walk.attempt(&cast.verifier, "verified", &no_reason).refused(422, "rule_broken");
    assert_eq!(faults(&refused), [("reason_for_difference", "/scores/1/reason")]);
    let with_reason = json!({ "scores": [{ "criterion": "A1", "points": 4 }, { "criterion": "B5", "points": 10, "reason": "Một buổi không có biên bản." }] });
    let checking = walk.step(&cast.verifier, "verified", with_reason);
    assert_eq!((&checking["state"], &checking["verified"]["outcome"]), (&json!("in_verification"), &Value::Null));
    let verified = walk.step(&cast.verifier, "verify", Value::Null);
    assert_eq!(
        (&verified["state"], &verified["verified"]["outcome"]),
        (&json!("verified"), &json!({ "rank": "tot", "points": 95.5 }))
    );

    // The province decides, with a number, on a day that is possible.
    assert_eq!(walk.attempt(&cast.officer, "decide", &json!({})).rules(422), ["decision_number_required"]);
    for day in ["2026-11-23", "2017-12-31"] {
        assert_eq!(
            walk.attempt(&cast.officer, "decide", &json!({ "decision": decision("1", day) })).rules(422),
            ["decision_date"],
            "{day}"
        );
    }
    let lower = json!({ "criterion": "B5", "points": 9 });
    let unexplained = json!({ "decision": decision("12/QĐ", "2019-02-20"), "scores": [lower] });
    assert_eq!(walk.attempt(&cast.officer, "decide", &unexplained).rules(422), ["reason_for_difference"]);
    let explained = json!({ "criterion": "B5", "points": 9, "reason": "Hai buổi trùng." });
    let decided =
        walk.step(&cast.officer, "decide", json!({ "decision": decision("12/QĐ", "2019-02-20"), "scores": [explained] }));

    assert_eq!(["self", "verified", "decided"].map(|which| points(&decided[which], "B5")), [json!(12), json!(10), json!(9)]);
    assert_eq!(["self", "verified", "decided"].map(|which| points(&decided[which], "D2")), [json!(4), json!(4), json!(4)]);
    let by = ["self", "verified", "decided"].map(|which| decided[which]["by"].as_str().unwrap().to_owned());
    assert_eq!(by, [&cast.staff, &cast.verifier, &cast.officer].map(|who| who.id.to_string()));
    assert_eq!(decided["decision"]["number"], "12/QĐ");
    assert_eq!(decided["valid_until"], Value::Null, "a centre's rating is of its year only");

    let steps = walk.steps(&cast.staff);
    let shown: Vec<_> = steps
        .iter()
        .map(|step| (step["action"].as_str().unwrap_or("-"), step["stage"].as_u64().unwrap(), step["to_state"].as_str().unwrap()))
        .collect();
    assert_eq!(
        shown,
        [
            ("-", 0, "draft"),
            ("assess", 0, "draft"),
            ("assess", 0, "draft"),
            ("submit", 0, "submitted"),
            ("return", 1, "returned"),
            ("assess", 0, "returned"),
            ("submit", 0, "submitted"),
            ("save_verification", 1, "in_verification"),
            ("verify", 1, "verified"),
            ("decide", 2, "decided"),
        ]
    );
    assert_eq!(steps.iter().map(|step| step["seq"].as_i64().unwrap()).collect::<Vec<_>>(), (1..=10).collect::<Vec<_>>());
    assert_eq!((&steps[4]["reason"], &steps[4]["criteria"]), (&json!(reason), &json!(["D", "A1"])));
    assert_eq!(points(&steps[3]["assessment"], "D2"), json!(6), "what was handed in first stays in the history");
    assert_eq!(steps[9]["decision"]["number"], "12/QĐ");
}

#[test]
fn a_decided_rating_is_sealed() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let walk = cast.decided(&round, &scheme, &[]);
    let before = walk.read(&cast.officer);
    let scores = json!({ "scores": scores_but(&scheme, &[("A1", 0.0)]) });
    let back = json!({ "criteria": ["A"], "reason": "Làm lại" });
    for (who, step, body) in [
        (&cast.staff, "self", &scores),
        (&cast.manager, "submit", &Value::Null),
        (&cast.verifier, "return", &back),
        (&cast.officer, "return", &back),
        (&cast.verifier, "verified", &scores),
        (&cast.verifier, "verify", &Value::Null),
        (&cast.officer, "decide", &decided_with("13/QĐ")),
    ] {
        let refused = walk.attempt(who, step, body).refused(409, "state_conflict");
        assert_eq!((&refused["state"], &refused["reasons"][0]["code"]), (&json!("decided"), &json!("wrong_state")), "{step}");
        assert!(refused["allowed_actions"].is_array());
    }
    assert_eq!(walk.read(&cast.officer), before);
}

#[test]
fn an_amendment_gives_its_reason_and_what_it_corrects_stays_in_the_history() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = cast.decided(&round, &scheme, &[("D2", 2.0)]);
    assert_eq!(walk.read(&cast.officer)["decided"]["outcome"], json!({ "rank": "tot", "points": 96 }));

    let lower = json!([{ "criterion": "D1", "points": 0, "reason": "Không có sổ." }, { "criterion": "D2", "points": 0, "reason": "Không có sổ." }, { "criterion": "D3", "points": 2, "reason": "Không có sổ." }]);
    let amend = |change: &dyn Fn(&mut Value)| {
        let mut body =
            json!({ "reason": "Cộng nhầm nhóm D.", "scores": lower, "decision": decision("20/QĐ-SGDĐT", "2019-06-01") });
        change(&mut body);
        body
    };
    let missing = walk
        .attempt(&cast.officer, "amend", &amend(&|b| drop(b.as_object_mut().unwrap().remove("reason"))))
        .refused(422, "invalid_body");
    assert_eq!(missing["errors"][0]["rule"], "required");
    walk.attempt(&cast.officer, "amend", &amend(&|b| b["reason"] = json!(""))).refused(422, "invalid_body");
    assert_eq!(
        walk.attempt(&cast.officer, "amend", &amend(&|b| b["scores"][0]["reason"] = Value::Null)).rules(422),
        ["reason_for_difference"]
    );
    assert_eq!(walk.attempt(&cast.officer, "amend", &amend(&|b| b["rank"] = json!("kha"))).rules(422), ["rank_follows_scores"]);
    assert_eq!(
        walk.attempt(&cast.officer, "amend", &amend(&|b| b["decision"] = Value::Null)).rules(422),
        ["decision_number_required"]
    );
    walk.attempt(&cast.verifier, "amend", &amend(&|_| ())).refused(403, "right_missing");

    let amended = walk.step(&cast.officer, "amend", amend(&|_| ()));
    assert_eq!((&amended["state"], &amended["decision"]["number"]), (&json!("amended"), &json!("20/QĐ-SGDĐT")));
    assert_eq!(amended["decided"]["outcome"], json!({ "rank": "kha", "points": 89 }), "D has 14 points, and tốt asks 15 of it");
    assert_eq!(points(&amended["verified"], "D1"), json!(4), "the verifier's own assessment stands");
    let again = json!({ "reason": "Tìm thấy sổ.", "scores": [{ "criterion": "D3", "points": 3, "reason": "Có sổ." }], "decision": decision("21/QĐ-SGDĐT", "2019-07-01") });
    assert_eq!(walk.step(&cast.officer, "amend", again)["decided"]["outcome"], json!({ "rank": "tot", "points": 90 }));

    let steps = walk.steps(&cast.officer);
    let (first, second) = (&steps[steps.len() - 2], &steps[steps.len() - 1]);
    assert_eq!(
        (&first["from_state"], &first["to_state"], &first["reason"]),
        (&json!("decided"), &json!("amended"), &json!("Cộng nhầm nhóm D."))
    );
    assert_eq!((&second["from_state"], &second["decision"]["number"]), (&json!("amended"), &json!("21/QĐ-SGDĐT")));
    let numbers: Vec<_> = steps.iter().filter_map(|step| step["decision"]["number"].as_str()).collect();
    assert_eq!(numbers, ["12/QĐ-SGDĐT", "20/QĐ-SGDĐT", "21/QĐ-SGDĐT"]);
    let audit = cast.world.client.get("/v1/audit_records?subject=rating").by(&cast.admin.token).send().expect(200).json();
    let reasons: Vec<_> = audit["items"].as_array().unwrap().iter().filter_map(|record| record["reason"].as_str()).collect();
    assert_eq!(reasons, ["Tìm thấy sổ.", "Cộng nhầm nhóm D."]);
}

#[test]
fn scores_that_do_not_fit_the_scheme_are_refused_where_they_stand() {
    let cast = KimSon::new();
    let round = cast.round(2018, "TTHTCD-MAU");
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
    let one = |score: Value| json!({ "scores": [{ "criterion": "A1", "points": 1 }, score] });
    for (rule, pointer, score) in [
        ("criterion_exists", "/scores/1/criterion", json!({ "criterion": "Z9", "points": 1 })),
        ("criterion_exists", "/scores/1/criterion", json!({ "criterion": "A", "points": 1 })),
        ("criterion_once", "/scores/1/criterion", json!({ "criterion": "A1", "points": 1 })),
        ("max_points", "/scores/1/points", json!({ "criterion": "A2", "points": 3.01 })),
        ("points_only", "/scores/1/level", json!({ "criterion": "A2", "level": "level_1" })),
    ] {
        let refused = walk.attempt(&cast.staff, "self", &one(score)).refused(422, "rule_broken");
        assert_eq!(faults(&refused), [(rule, pointer)]);
    }
    for (rule, pointer, score) in [
        ("points", "/scores/1/points", json!({ "criterion": "A2", "points": 1.005 })),
        ("points", "/scores/1/points", json!({ "criterion": "A2", "points": -1 })),
        ("unknown_member", "/scores/1/weight", json!({ "criterion": "A2", "weight": 1 })),
        (
            "url",
            "/scores/1/evidence/0/url",
            json!({ "criterion": "A2", "points": 1, "evidence": [{ "title": "Kế hoạch", "url": "khong phai" }] }),
        ),
        ("length", "/scores/1/evidence/0/title", json!({ "criterion": "A2", "points": 1, "evidence": [{ "title": "" }] })),
    ] {
        let refused = walk.attempt(&cast.staff, "self", &one(score)).refused(422, "invalid_body");
        assert_eq!(faults(&refused), [(rule, pointer)]);
    }
    let evidence = json!([{ "title": "Kế hoạch năm", "document_number": "06/KH-TTHTCĐ", "url": "https://example.vn/06" }]);
    let saved = walk.step(&cast.staff, "self", one(json!({ "criterion": "A2", "points": 2.25, "evidence": evidence })));
    assert_eq!((&saved["self"]["scores"][1]["points"], &saved["self"]["scores"][1]["evidence"]), (&json!(2.25), &evidence));
}

#[test]
fn a_decision_names_each_criterion_once_and_faults_are_where_the_request_has_them() {
    // An officer decides, then amends, with scores of their own.
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = cast.submitted(&round, &scheme, &[]);
    walk.step(&cast.verifier, "verify", Value::Null);
    let cases = [
        (("max_points", "/scores/0/points"), json!([{ "criterion": "D8", "points": 50, "reason": "Nhầm" }])),
        (("criterion_exists", "/scores/0/criterion"), json!([{ "criterion": "Z9", "points": 1, "reason": "Nhầm" }])),
        (
            ("criterion_once", "/scores/1/criterion"),
            json!([{ "criterion": "A1", "points": 3, "reason": "Một" }, { "criterion": "A1", "points": 1, "reason": "Hai" }]),
        ),
    ];
    for (fault, scores) in &cases {
        let body = json!({ "decision": decision("12/QĐ", "2019-02-20"), "scores": scores });
        assert_eq!(faults(&walk.attempt(&cast.officer, "decide", &body).refused(422, "rule_broken")), [*fault]);
    }
    walk.step(&cast.officer, "decide", decided_with("12/QĐ"));
    for (fault, scores) in &cases {
        let body = json!({ "reason": "Sửa", "decision": decision("13/QĐ", "2019-03-20"), "scores": scores });
        assert_eq!(faults(&walk.attempt(&cast.officer, "amend", &body).refused(422, "rule_broken")), [*fault]);
    }
}

#[test]
fn a_return_names_criteria_that_exist_and_says_why() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = cast.submitted(&round, &scheme, &[]);
    let back = |criteria: Value, reason: &str| json!({ "criteria": criteria, "reason": reason });
    let refused = walk.attempt(&cast.verifier, "return", &back(json!(["A1", "Z"]), "Sai")).refused(422, "rule_broken");
    assert_eq!(faults(&refused), [("criterion_exists", "/criteria/1")]);
    walk.attempt(&cast.verifier, "return", &back(json!([]), "Sai")).refused(422, "invalid_body");
    walk.attempt(&cast.verifier, "return", &back(json!(["A1"]), "")).refused(422, "invalid_body");
    walk.attempt(&cast.officer, "return", &back(json!(["A1"]), "Sai")).refused(403, "right_missing");
    assert_eq!(walk.read(&cast.staff)["state"], "submitted");

    // Once verified, it is the province that returns; what was verified goes into the history.
    walk.step(&cast.verifier, "verified", json!({ "scores": [{ "criterion": "A1", "points": 1, "reason": "Thiếu" }] }));
    walk.step(&cast.verifier, "verify", Value::Null);
    walk.attempt(&cast.verifier, "return", &back(json!(["A1"]), "Sai")).refused(403, "right_missing");
    let returned = walk.step(&cast.officer, "return", back(json!(["A1"]), "Xem lại A1"));
    assert_eq!((&returned["state"], &returned["stage"], &returned["verified"]), (&json!("returned"), &json!(0), &Value::Null));
    let last = walk.steps(&cast.officer).pop().unwrap();
    assert_eq!((&last["stage"], points(&last["assessment"], "A1")), (&json!(2), json!(1)));
}

#[test]
fn with_two_verifiers_the_second_goes_on_from_what_the_first_found() {
    // Kim Sơn's commune verifies first, then Đông Triều's district.
    let cast = KimSon::new();
    let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");
    let by_commune = cast.world.db_person(cast.province, Role::Verifier, Some(cast.commune), None);
    let route = json!([
        { "task": "assess", "level": "centre" },
        { "task": "verify", "level": "commune" },
        { "task": "verify", "level": "district" },
        { "task": "decide", "level": "province" },
    ]);
    let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Hai cấp", "route": route });
    let round = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json();
    let mut walk = cast.submitted(&round, &scheme, &[]);

    walk.attempt(&cast.verifier, "verify", &Value::Null).refused(403, "right_missing");
    walk.step(&by_commune, "verified", json!({ "scores": [{ "criterion": "A1", "points": 1, "reason": "Thiếu quyết định." }] }));
    let first = walk.step(&by_commune, "verify", Value::Null);
    assert_eq!((&first["state"], &first["stage"]), (&json!("in_verification"), &json!(2)));
    walk.attempt(&by_commune, "verify", &Value::Null).refused(403, "right_missing");
    let early = walk.attempt(&cast.officer, "decide", &json!({})).refused(409, "state_conflict");
    assert_eq!(early["state"], "in_verification");

    // The district looks at B1 only: what the commune found of A1 stands, unless the district says why not.
    let undone = json!({ "scores": [{ "criterion": "A1", "points": 4 }] });
    assert_eq!(walk.attempt(&cast.verifier, "verified", &undone).rules(422), ["reason_for_difference"]);
    walk.step(&cast.verifier, "verified", json!({ "scores": [{ "criterion": "B1", "points": 3, "reason": "Trùng." }] }));
    let second = walk.step(&cast.verifier, "verify", Value::Null);
    assert_eq!((&second["state"], &second["stage"]), (&json!("verified"), &json!(3)));
    assert_eq!((points(&second["verified"], "A1"), points(&second["verified"], "B1")), (json!(1), json!(3)));
    let decided = walk.step(&cast.officer, "decide", json!({}));
    assert_eq!(decided["decided"]["outcome"], json!({ "rank": "tot", "points": 94 }));
}

#[test]
fn a_route_without_verification_is_decided_from_the_self_assessment() {
    let cast = KimSon::new();
    let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");
    let route = json!([{ "task": "assess", "level": "centre" }, { "task": "decide", "level": "province" }]);
    let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Ngắn", "route": route });
    let round = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json();
    let mut walk = cast.submitted(&round, &scheme, &[("B5", 0.0)]);
    walk.step(&cast.officer, "return", json!({ "criteria": ["B5"], "reason": "Bổ sung" }));
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[("B5", 6.0)]) }));
    walk.step(&cast.manager, "submit", Value::Null);
    let decided = walk.step(&cast.officer, "decide", json!({ "note": "Không cần số." }));
    assert_eq!(decided["decided"]["outcome"], json!({ "rank": "tot", "points": 94 }));
    assert_eq!(
        (&decided["verified"], &decided["decision"], &decided["decided"]["note"]),
        (&Value::Null, &Value::Null, &json!("Không cần số."))
    );
}

#[test]
fn a_rating_is_started_once_for_a_centre_that_existed_in_an_open_round() {
    // Kim Sơn's staff; a centre founded in 2020 in the same ward; Hưng Yên's centre.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let round = cast.round(2018, "TTHTCD-MAU");
    let young = cast.world.db_centre_since(cast.province, cast.commune, "Trung tâm mới", "2019-01-01".parse().unwrap());
    let hung_yen = cast.world.db_province(cast.world.unit("33", "2025-12-31"));
    let foreign = cast.world.db_centre(hung_yen, cast.world.unit("13225", "2018-12-31"), "Trung tâm tỉnh khác");
    let start = |body: Value| client.post("/v1/ratings").by(&cast.commune_officer.token).json(&body).send();

    let of = |centre: Value| json!({ "round_id": round["id"], "centre_id": centre });
    let made = start(of(json!(cast.centre))).expect(201).json();
    assert_eq!((&made["state"], &made["stage"], &made["source"]), (&json!("draft"), &json!(0), &json!("route")));
    assert_eq!((&made["commune_id"], &made["year"]), (&json!(cast.commune), &json!(2018)));
    start(of(json!(cast.centre))).refused(409, "already_exists");
    assert_eq!(start(of(json!(young))).rules(422), ["centre_existed"]);
    assert_eq!(start(of(json!(foreign))).rules(422), ["centre_in_scope"]);
    assert_eq!(start(of(Value::Null)).rules(422), ["centre_in_scope"]);
    assert_eq!(
        start(json!({ "round_id": round["id"], "centre_id": cast.centre, "commune_id": cast.commune })).rules(422),
        ["centre_in_scope"]
    );
    assert_eq!(start(json!({ "round_id": cast.centre, "centre_id": cast.centre })).rules(422), ["round_exists"]);
    let again = json!({ "id": made["id"], "round_id": cast.round(2019, "TTHTCD-MAU")["id"], "centre_id": cast.centre });
    start(again).refused(409, "already_exists");
    let listed = client.get("/v1/ratings?year=2018").by(&cast.officer.token).send().expect(200).json();
    assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    client.get(&format!("/v1/ratings/{}", made["id"].as_str().unwrap())).by(&cast.verifier.token).send().expect(200);
}

#[test]
fn in_a_closed_round_only_amendments_are_left() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let second = cast.world.db_centre(cast.province, cast.commune, "Trung tâm thứ hai");
    let manager = cast.world.db_person(cast.province, Role::CentreManager, None, Some(second));
    let mut done = cast.decided(&round, &scheme, &[]);
    let mut open = Walk::start(&cast.world.client, &manager, &round, json!({ "centre_id": second }));
    open.step(&manager, "self", json!({ "scores": scores_but(&scheme, &[]) }));
    let path = format!("/v1/rounds/{}", round["id"].as_str().unwrap());
    let tag = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    cast.world.client.patch(&path).by(&cast.admin.token).if_match(&tag).json(&json!({ "status": "closed" })).send().expect(200);

    for (step, body) in [("submit", Value::Null), ("self", json!({ "scores": [] }))] {
        let refused = open.attempt(&manager, step, &body).refused(409, "state_conflict");
        assert_eq!(refused["reasons"][0]["code"], "round_closed");
    }
    let amend = json!({ "reason": "Nhầm", "decision": decision("13/QĐ", "2019-03-01"), "scores": [{ "criterion": "A1", "points": 0, "reason": "Nhầm" }] });
    assert_eq!(done.step(&cast.officer, "amend", amend)["state"], "amended");
}
