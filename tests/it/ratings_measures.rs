//! From records to rating: criteria that name a measure, what the records suggest, where they stand, and what a rating keeps.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::plans::Drafted;
use crate::support::cast::{KimSon, Person};
use crate::support::http::each;
use crate::support::money::{thu, with};
use crate::support::walk::{Walk, decision};

fn criterion(code: &str, max: u32, measure: &Value) -> Value {
    let mut criterion = json!({ "code": code, "title": { "vi": code, "en": code }, "max_points": max });
    if !measure.is_null() {
        criterion["measure"] = measure.clone();
    }
    criterion
}

fn points(criteria: &[Value]) -> Value {
    json!({
        "title": { "vi": "Bộ tiêu chí thử có số liệu", "en": "Trial rubric with measures" }, "subject": "centre", "method": "points",
        "sample": true, "ranks": [{ "rank": "tot", "min_points": 15 }, { "rank": "yeu", "min_points": 0 }], "criteria": criteria,
    })
}

/// Months at work and participations in law suggest points, the year's classes are only shown, order is for people to judge.
fn rubric() -> Value {
    let months = json!({ "measure": "months_active", "bands": [{ "from": 3, "points": 10 }, { "from": 2, "points": 6.5 }, { "from": 0, "points": 0 }] });
    let law = json!({ "measure": "participations_own", "category": "law", "bands": [{ "from": 100, "points": 8 }, { "from": 0, "points": 4 }] });
    points(&[
        criterion("A1", 10, &months),
        criterion("A2", 8, &law),
        criterion("A3", 2, &json!({ "measure": "classes_own" })),
        criterion("B", 5, &Value::Null),
    ])
}

impl KimSon {
    /// Publishes a scheme of the province and opens its round of 2018.
    fn round_with(&self, content: &Value) -> Value {
        let client = &self.world.client;
        let body = json!({ "code": "QN-SO-LIEU", "content": content });
        let draft = client.post("/v1/schemes").by(&self.admin.token).json(&body).send().expect(201);
        let publish = format!("{}/publish", draft.header("location").unwrap());
        client.post(&publish).by(&self.admin.token).if_match(&draft.etag()).send().expect(200);
        self.round(2018, "QN-SO-LIEU")
    }

    fn rating(&self, round: &Value) -> Walk<'_> {
        Walk::start(&self.world.client, &self.staff, round, json!({ "centre_id": self.centre }))
    }

    /// Records an activity of law by the centre, with what is other about it.
    fn activity(&self, day: &str, other: Value) -> String {
        let mut body = json!({
            "centre_id": self.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
            "starts_on": day, "ends_on": day,
        });
        body.as_object_mut().unwrap().extend(other.as_object().unwrap().clone());
        let made = self.world.client.post("/v1/activities").by(&self.manager.token).json(&body).send().expect(201);
        made.header("location").unwrap().to_owned()
    }

    /// Trainings, money of society, a board and assets, within the year and beside it.
    fn others(&self) {
        let made = |by: &Person, path: &str, body: Value| self.world.make(by, path, &body).expect(201).json();
        let centre = self.centre;
        for (kind, on) in
            [("training", "2018-03-20"), ("training", "2018-08-10"), ("meeting", "2018-04-01"), ("training", "2019-01-05")]
        {
            let body = json!({ "centre_id": centre, "kind": kind, "title": kind, "starts_on": on, "ends_on": on, "attending_centre_ids": [centre] });
            made(&self.manager, "/v1/events", body);
        }
        for (source, more) in [
            ("people", json!({ "amount_vnd": 4_200_000 })),
            ("enterprise", json!({ "amount_vnd": 800_000, "counterparty": "Công ty Kim Sơn" })),
            ("benefactor", json!({ "amount_vnd": null, "in_kind": { "item": "Cây xanh" }, "counterparty": "Ông An" })),
            ("learners_fee", json!({ "amount_vnd": 1_000_000 })),
            ("people", json!({ "amount_vnd": 9, "date": "2019-01-01" })),
        ] {
            made(&self.staff, "/v1/money_entries", with(thu(centre, "2018-04-01", source, 0), more));
        }
        for (name, post, more) in [
            ("An", "director", json!({ "sector": "local_government" })),
            ("Bình", "deputy_director", json!({ "sector": "education" })),
            ("Chi", "deputy_director", json!({})),
            ("Dũng", "deputy_director", json!({ "sector": "study_promotion", "ends_on": "2018-12-30" })),
        ] {
            let person = made(&self.manager, "/v1/persons", json!({ "centre_id": centre, "full_name": name }))["id"].clone();
            let seat =
                json!({ "centre_id": centre, "person_id": person, "body": "board", "post": post, "starts_on": "2015-01-01" });
            made(&self.commune_officer, "/v1/appointments", with(seat, more));
        }
        for (name, more) in [
            ("Đã kiểm kê: ghế", json!({})),
            ("Máy tính", json!({})),
            ("Tủ sách", json!({})),
            ("Bàn cũ", json!({ "disposed_on": "2018-06-30", "disposal_reason": "hỏng" })),
        ] {
            let asset = json!({ "centre_id": centre, "kind": "other", "name": name, "quantity": 2, "unit": "cái", "owner": "centre", "condition": "good" });
            let asset = made(&self.staff, "/v1/assets", with(asset, more));
            if name.starts_with("Đã") {
                let found = json!({ "centre_id": centre, "asset_id": asset["id"], "year": 2018, "confirmed_on": "2018-12-01", "quantity_found": 2, "condition": "good", "confirmed_by": "Tổ kiểm kê" });
                made(&self.staff, "/v1/asset_confirmations", found);
            }
        }
    }

    fn site(&self, name: &str) -> Value {
        let body = json!({ "name": name, "kind": "culture_house" });
        let path = format!("/v1/centres/{}/sites", self.centre);
        self.world.client.post(&path).by(&self.manager.token).json(&body).send().expect(201).json()["id"].clone()
    }

    /// Every record that a link lists, page by page.
    fn follow(&self, link: &str) -> Vec<Value> {
        self.world.client.walk(&self.verifier.token, &format!("{link}&limit=2"))
    }

    fn measures(&self, walk: &Walk<'_>) -> Vec<Value> {
        let path = format!("{}/measures", walk.path);
        self.world.client.get(&path).by(&self.verifier.token).send().expect(200).json().as_array().unwrap().clone()
    }
}

fn score<'v>(assessment: &'v Value, code: &str) -> &'v Value {
    let scores = assessment["scores"].as_array().unwrap();
    scores.iter().find(|score| score["criterion"] == code).unwrap_or_else(|| panic!("no score of {code}"))
}

/// Value, coverage and what they suggest.
fn said(measured: &Value) -> Value {
    json!([measured["value"], measured["reported"], measured["of"], measured["suggested_points"]])
}

/// The self-assessment with these points, and B full.
fn scores(a1: f64, a2: f64) -> Value {
    json!({ "scores": [
        { "criterion": "A1", "points": a1 }, { "criterion": "A2", "points": a2 }, { "criterion": "A3", "points": 1 },
        { "criterion": "B", "points": 5 },
    ] })
}

fn with_reason(mut body: Value, place: usize, reason: &str) -> Value {
    body["scores"][place]["reason"] = json!(reason);
    body
}

fn distinct<'v>(values: impl Iterator<Item = &'v Value>) -> usize {
    values.filter(|value| !value.is_null()).map(Value::to_string).collect::<BTreeSet<_>>().len()
}

/// Counts listed activities again: value (of a percentage: part and whole), how many gave it, out of how many.
fn recount(measure: &str, listed: &[Value], planned: &[Value]) -> (Option<(i64, i64)>, usize, usize) {
    let number = |it: &Value, at: &str| it.pointer(at).and_then(Value::as_i64);
    let held: Vec<&Value> = listed
        .iter()
        .filter(|it| {
            let counts = ["/classes", "/sessions", "/participations/total"].map(|at| number(it, at));
            counts.iter().all(Option::is_none) || counts.iter().flatten().sum::<i64>() > 0
        })
        .collect();
    let sum = |at: &str| {
        let given: Vec<i64> = listed.iter().filter_map(|it| number(it, at)).collect();
        ((!given.is_empty()).then(|| (given.iter().sum(), 1)), given.len(), listed.len())
    };
    let count = |found: usize, reported: usize| ((reported > 0).then_some((found as i64, 1)), reported, listed.len());
    match measure {
        "participations_own" => sum("/participations/total"),
        "classes_own" => sum("/classes"),
        "sessions_own" => sum("/sessions"),
        "categories_active" => count(distinct(held.iter().map(|it| &it["category"])), listed.len()),
        "months_active" => {
            let months: BTreeSet<&str> = held.iter().map(|it| &it["starts_on"].as_str().unwrap()[..7]).collect();
            count(months.len(), listed.len())
        }
        "sites_active" => {
            let reported = listed.iter().filter(|it| !it["site_id"].is_null()).count();
            count(distinct(held.iter().map(|it| &it["site_id"])), reported)
        }
        "female_percent" => {
            let given: Vec<(i64, i64)> = listed
                .iter()
                .filter_map(|it| number(it, "/participations/female").zip(number(it, "/participations/total")))
                .collect();
            let whole: i64 = given.iter().map(|(_, all)| all).sum();
            ((whole > 0).then_some((given.iter().map(|(part, _)| part).sum(), whole)), given.len(), listed.len())
        }
        "plan_done_percent" => {
            let carries_out = |item: &&Value| {
                held.iter().any(|it| it["plan_item_id"] == item["id"] || it["plan_item_id"] == item["continues_id"])
            };
            let done = planned.iter().filter(carries_out).count();
            ((!planned.is_empty()).then_some((done as i64, planned.len() as i64)), done, planned.len())
        }
        "trainings_attended" => ((!listed.is_empty()).then_some((listed.len() as i64, 1)), listed.len(), listed.len()),
        "mobilised_vnd" => {
            let from_society = ["enterprise", "benefactor", "religious_body", "people"];
            let entries: Vec<&Value> =
                listed.iter().filter(|it| from_society.contains(&it["source"].as_str().unwrap())).collect();
            let given: Vec<i64> = entries.iter().filter_map(|it| number(it, "/amount_vnd")).collect();
            ((!given.is_empty()).then(|| (given.iter().sum(), 1)), given.len(), entries.len())
        }
        "board_sectors" => {
            let known = listed.iter().filter(|it| !it["sector"].is_null()).count();
            let there = ["local_government", "education", "study_promotion"];
            let there = there.iter().filter(|sector| listed.iter().any(|it| it["sector"] == **sector)).count();
            ((known > 0).then_some((there as i64, 1)), known, listed.len())
        }
        "assets_confirmed_percent" => {
            let there = listed.iter().filter(|it| it["disposed_on"].is_null()).count();
            let confirmed = listed.iter().filter(|it| it["name"].as_str().unwrap().starts_with("Đã kiểm kê")).count();
            ((there > 0).then_some((confirmed as i64, there as i64)), there, there)
        }
        other => panic!("count {other} again here"),
    }
}

#[test]
fn following_the_link_of_a_measure_gives_the_records_from_which_it_can_be_counted_again() {
    // Kim Sơn's manager records a year: own work and others', with and without numbers; the verifier counts again.
    let cast = KimSon::new();
    let (first, second) = (cast.site("Nhà văn hóa khu 1"), cast.site("Nhà văn hóa khu 2"));
    let mut before = Drafted::new(&cast, json!({}));
    let categories = ["law", "health", "environment", "literacy", "law", "law"];
    let items = categories.map(|category| before.item(&cast.staff, json!({ "category": category }))["id"].clone());
    before.approve(&cast);
    let people = |total: i64, female: Value| json!({ "total": total, "female": female });
    cast.activity("2018-03-14", json!({ "classes": 1, "sessions": 2, "participations": people(45, json!(24)), "site_id": first, "plan_item_id": items[0] }));
    cast.activity(
        "2018-03-20",
        json!({ "role": "co_organiser", "participations": people(30, json!(null)), "plan_item_id": items[5] }),
    );
    // The plan is revised without its last item. What was done for the first one counts for what goes on from it.
    let mut plan = before.revise(&cast.staff);
    let revised = |plan: &Drafted<'_>, of: &Value| {
        plan.items(&cast.staff).into_iter().find(|item| item["continues_id"] == *of).unwrap()["id"].clone()
    };
    let dropped = format!("/v1/plan_items/{}", revised(&plan, &items[5]).as_str().unwrap());
    let etag = cast.world.client.get(&dropped).by(&cast.staff.token).send().expect(200).etag();
    cast.world.client.delete(&dropped).by(&cast.staff.token).if_match(&etag).send().expect(204);
    plan.etag = cast.world.client.get(&plan.path).by(&cast.staff.token).send().expect(200).etag();
    plan.approve(&cast);
    let planned = plan.items(&cast.staff);
    let [law, health, environment, literacy] = [0, 1, 2, 3].map(|place| revised(&plan, &items[place]));
    cast.activity("2018-03-21", json!({ "participations": people(5, json!(null)), "plan_item_id": law }));
    cast.activity("2018-04-02", json!({ "category": "health", "scope": "hamlets", "participations": people(100, json!(60)), "site_id": second, "plan_item_id": health }));
    cast.activity("2018-05-05", json!({ "category": "environment", "role": "coordinated", "lead_organisation": "Hội Nông dân", "participations": people(500, json!(250)), "site_id": first, "plan_item_id": environment }));
    cast.activity(
        "2018-06-01",
        json!({ "category": "arts_sports", "entry": "monthly_total", "classes": 0, "participations": people(0, json!(0)) }),
    );
    cast.activity(
        "2018-08-08",
        json!({ "category": "literacy", "classes": 0, "participations": people(0, json!(null)), "plan_item_id": literacy }),
    );
    cast.activity("2018-12-31", json!({ "category": "culture_society" }));
    for outside in ["2017-12-31", "2019-01-01"] {
        cast.activity(outside, json!({ "classes": 7, "participations": people(70, json!(7)) }));
    }

    cast.others();

    let cases = [
        ("trainings_attended", json!({}), json!([2, 2, 2])),
        ("mobilised_vnd", json!({}), json!([5_000_000, 2, 3])),
        ("board_sectors", json!({}), json!([2, 2, 3])),
        ("assets_confirmed_percent", json!({}), json!([33.3, 3, 3])),
        ("participations_own", json!({}), json!([180, 6, 7])),
        ("participations_own", json!({ "scope": "centre" }), json!([80, 5, 6])),
        ("participations_own", json!({ "category": "health", "scope": "hamlets" }), json!([100, 1, 1])),
        ("classes_own", json!({ "category": "law" }), json!([1, 1, 3])),
        ("sessions_own", json!({}), json!([2, 1, 7])),
        ("sessions_own", json!({ "category": "health" }), json!([null, 0, 1])),
        ("categories_active", json!({}), json!([3, 7, 7])),
        ("months_active", json!({}), json!([3, 7, 7])),
        ("female_percent", json!({}), json!([57.9, 3, 7])),
        ("plan_done_percent", json!({}), json!([40, 2, 5])),
        ("sites_active", json!({}), json!([2, 2, 7])),
    ];
    let criteria: Vec<Value> = cases
        .iter()
        .enumerate()
        .map(|(place, (measure, more, _))| {
            let mut rule = more.clone();
            rule["measure"] = json!(measure);
            criterion(&format!("M{place}"), 10, &rule)
        })
        .collect();
    let round = cast.round_with(&points(&criteria));
    let measures = cast.measures(&cast.rating(&round));
    assert_eq!(measures.len(), cases.len());
    for ((measure, more, expected), row) in cases.iter().zip(&measures) {
        let now = &row["now"];
        assert_eq!(json!([now["value"], now["reported"], now["of"]]), *expected, "{measure} {more}");
        assert_eq!((&now["from"], &now["to"], &row["moved"]), (&json!("2018-01-01"), &json!("2018-12-31"), &json!(false)));
        let listed = cast.follow(now["records"].as_str().unwrap());
        let (value, reported, of) = recount(measure, &listed, &planned);
        let is_percent = now["unit"] == "percent";
        let counted = value.map(|(part, whole)| if is_percent { part * 1000 / whole } else { part * 10 });
        let told = now["value"].as_f64().map(|value| (value * 10.0).round() as i64);
        assert_eq!((counted, json!([reported, of])), (told, json!([now["reported"], now["of"]])), "{measure} {more}");
    }
    let kinds: BTreeSet<&str> = cases.iter().map(|(measure, ..)| *measure).collect();
    let catalogues = cast.world.client.get("/v1/catalogues").by(&cast.staff.token).send().expect(200).json();
    let all = catalogues.as_array().unwrap().iter().find(|catalogue| catalogue["name"] == "measure").unwrap();
    assert_eq!(kinds, each(all["entries"].as_array().unwrap(), "code").into_iter().collect(), "every measure is counted again");

    // Own and others' work are all the work.
    let listed = |filter: &str| cast.follow(&format!("/v1/activities?centre_id={}{filter}", cast.centre)).len();
    assert_eq!((listed(""), listed("&own=true"), listed("&own=false")), (10, 9, 1));
    let of_plans = [&plan, &before].map(|plan| listed(&format!("&plan_id={}", plan.id())));
    assert_eq!(of_plans, [5, 2], "of the revision, with what was done for the plan before; of that one alone");
    assert_eq!(listed(&format!("&plan_id={}", cast.centre)), 0, "of no plan");
}

#[test]
fn a_self_assessment_begins_with_what_the_records_suggest_and_differs_with_a_reason() {
    // Kim Sơn's staff, manager, verifier and the province's officer.
    let cast = KimSon::new();
    cast.activity("2018-03-14", json!({ "classes": 1, "participations": { "total": 120 } }));
    cast.activity("2018-05-05", json!({}));
    let round = cast.round_with(&rubric());
    let mut walk = cast.rating(&round);

    let started = walk.read(&cast.staff);
    let own = &started["self"];
    assert_eq!(
        each(own["scores"].as_array().unwrap(), "criterion"),
        ["A1", "A2", "A3"],
        "what nobody measures is left to people"
    );
    assert_eq!(["A1", "A2", "A3"].map(|code| score(own, code)["points"].clone()), [json!(6.5), json!(8), json!(null)]);
    assert_eq!(said(&score(own, "A1")["measured"]), json!([2, 2, 2, 6.5]));
    assert_eq!(said(&score(own, "A2")["measured"]), json!([120, 1, 2, 8]));
    assert_eq!(said(&score(own, "A3")["measured"]), json!([1, 1, 2, null]), "a measure without bands suggests nothing");
    assert_eq!((&own["by"], &own["outcome"]), (&json!(cast.staff.id), &Value::Null));
    let steps = walk.steps(&cast.staff);
    assert_eq!((steps.len(), &steps[0]["assessment"]), (1, own));

    // What was measured is not for the client to say.
    let mut forged = scores(6.5, 8.0);
    forged["scores"][0]["measured"] = score(own, "A1")["measured"].clone();
    walk.attempt(&cast.staff, "self", &forged).fault(422, "invalid_body", "/scores/0/measured", "unknown_member");
    // Another score says why, and only a measured one with a suggestion.
    let other = scores(10.0, 4.0);
    let refused = walk.attempt(&cast.staff, "self", &other).refused(422, "rule_broken");
    let faults: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|e| (e["rule"].clone(), e["pointer"].clone())).collect();
    let at = |place: usize| (json!("reason_for_difference"), json!(format!("/scores/{place}/reason")));
    assert_eq!(faults, [at(0), at(1)]);
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("gợi ý 6.5"), "{refused}");
    assert_eq!(walk.read(&cast.staff), started);
    walk.step(&cast.staff, "self", scores(6.5, 8.0));
    let reason = "Tháng 7 sinh hoạt ở khu, sổ chưa nhập.";
    let saved = walk.step(&cast.staff, "self", with_reason(scores(10.0, 8.0), 0, reason));
    assert_eq!((&score(&saved["self"], "A1")["points"], &score(&saved["self"], "A1")["reason"]), (&json!(10), &json!(reason)));
    assert_eq!(said(&score(&saved["self"], "A1")["measured"]), json!([2, 2, 2, 6.5]));
    assert_eq!(saved["self"]["outcome"], json!({ "rank": "tot", "points": 24 }));

    // The records move: what was suggested otherwise since is looked at again before it is handed in.
    let july = cast.activity("2018-07-07", json!({ "participations": { "total": 3 } }));
    let rows = cast.measures(&walk);
    assert_eq!(each(&rows, "criterion"), ["A1", "A2", "A3"]);
    assert_eq!((said(&rows[0]["now"]), said(&rows[0]["stamped"])), (json!([3, 3, 3, 10]), json!([2, 2, 2, 6.5])));
    assert_eq!((&rows[0]["moved"], &rows[0]["change"]), (&json!(true), &json!(1)));
    assert_eq!((&rows[2]["moved"], &rows[2]["change"]), (&json!(true), &json!(0)), "one more that gives no classes");
    let blocked = walk.attempt(&cast.manager, "submit", &Value::Null).refused(409, "blocked");
    assert_eq!(each(blocked["reasons"].as_array().unwrap(), "code"), ["measures_moved"]);
    let offered = walk.read(&cast.manager);
    let submit = offered["allowed_actions"].as_array().unwrap().iter().find(|action| action["action"] == "submit").unwrap();
    assert_eq!((&submit["allowed"], &submit["reasons"][0]["code"]), (&json!(false), &json!("measures_moved")));
    let saved = walk.step(&cast.staff, "self", scores(10.0, 8.0));
    assert_eq!(said(&score(&saved["self"], "A1")["measured"]), json!([3, 3, 3, 10]), "measured anew");
    let submitted = walk.step(&cast.manager, "submit", Value::Null);
    assert_eq!(submitted["self"], saved["self"]);

    // From here on it is sealed, whatever becomes of the records; everybody sees that they moved.
    let etag = cast.world.client.get(&july).by(&cast.manager.token).send().expect(200).etag();
    cast.world.client.delete(&july).by(&cast.manager.token).if_match(&etag).send().expect(204);
    let rows = cast.measures(&walk);
    assert_eq!((said(&rows[0]["now"]), said(&rows[0]["stamped"])), (json!([2, 2, 2, 6.5]), json!([3, 3, 3, 10])));
    assert_eq!((&rows[0]["change"], &rows[0]["moved"]), (&json!(-1), &json!(true)));
    let found = json!({ "scores": [{ "criterion": "A1", "points": 6.5, "reason": "Sổ chỉ có hai tháng." }] });
    let mut cited = found.clone();
    cited["scores"][0]["measured"] = rows[0]["now"].clone();
    walk.attempt(&cast.verifier, "verified", &cited).fault(422, "invalid_body", "/scores/0/measured", "unknown_member");
    walk.step(&cast.verifier, "verified", found);
    walk.step(&cast.verifier, "verify", Value::Null);
    let decided = walk.step(&cast.officer, "decide", json!({ "decision": decision("12/QĐ", "2019-02-20") }));
    assert_eq!(decided["self"], saved["self"]);
    assert_eq!(score(&decided["decided"], "A1")["points"], 6.5);
    for code in ["A1", "A2", "A3"] {
        let cites = ["self", "verified", "decided"].map(|which| score(&decided[which], code)["measured"].clone());
        assert_eq!(cites, [0; 3].map(|_| score(&saved["self"], code)["measured"].clone()), "{code}: the decision cites it");
    }
    let amended = json!({ "reason": "Cộng nhầm", "decision": decision("13/QĐ", "2019-03-20"), "scores": [{ "criterion": "A1", "points": 7, "reason": "Có biên bản." }] });
    let amended = walk.step(&cast.officer, "amend", amended);
    let (after, before) = (score(&amended["decided"], "A1"), score(&decided["decided"], "A1"));
    assert_eq!((&after["points"], &after["measured"]), (&json!(7), &before["measured"]));
    assert_eq!(cast.measures(&walk)[0]["stamped"], before["measured"]);
}

#[test]
fn points_for_what_nobody_recorded_take_a_reason() {
    let cast = KimSon::new();
    let round = cast.round_with(&rubric());
    let mut walk = cast.rating(&round);
    let own = walk.read(&cast.staff)["self"].clone();
    assert_eq!(said(&score(&own, "A1")["measured"]), json!([null, 0, 0, null]), "unknown, which is not zero");
    let refused = walk.attempt(&cast.staff, "self", &scores(10.0, 8.0)).refused(422, "rule_broken");
    assert_eq!(each(refused["errors"].as_array().unwrap(), "pointer"), ["/scores/0/reason", "/scores/1/reason"]);
    let why = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(why.contains("không bản ghi nào có số liệu"), "{why}");
    // No points are no claim, and what is only shown (A3) suggests nothing.
    walk.step(&cast.staff, "self", scores(0.0, 0.0));
    let reason = "Sổ bị mất trong trận lũ tháng 7.";
    walk.step(&cast.staff, "self", with_reason(with_reason(scores(10.0, 8.0), 0, reason), 1, reason));
}

#[test]
fn what_a_decided_rating_was_counted_from_stays_and_the_rest_of_it_may_change() {
    let cast = KimSon::new();
    let (client, manager) = (&cast.world.client, &cast.manager);
    let counted = cast.activity("2018-03-14", json!({ "participations": { "total": 120 } }));
    let of_health = cast.activity("2018-03-15", json!({ "category": "health", "participations": { "total": 7 } }));
    cast.others();
    let one = |path: &str| {
        let found = client.walk(&manager.token, path).into_iter().next().unwrap();
        format!("{}/{}", path.split('?').next().unwrap(), found["id"].as_str().unwrap())
    };
    let centre = cast.centre;
    let training = one(&format!("/v1/events?centre_id={centre}&kind=training&sort=asc"));
    let given = one(&format!("/v1/money_entries?centre_id={centre}&source=enterprise"));
    let seat = one(&format!("/v1/appointments?centre_id={centre}&post=director"));
    let found = one(&format!("/v1/asset_confirmations?centre_id={centre}"));
    let asset = one(&format!("/v1/assets?centre_id={centre}&sort=asc"));
    let measures = ["participations_own", "trainings_attended", "mobilised_vnd", "board_sectors", "assets_confirmed_percent"];
    let criteria: Vec<Value> = measures
        .iter()
        .enumerate()
        .map(|(place, measure)| {
            let of_law = (*measure == "participations_own").then_some("law");
            let rule = of_law.map_or_else(|| json!({ "measure": measure }), |law| json!({ "measure": measure, "category": law }));
            criterion(&format!("M{place}"), 4, &rule)
        })
        .collect();
    let round = cast.round_with(&points(&criteria));
    let mut walk = cast.rating(&round);
    let scores: Vec<Value> = (0..measures.len()).map(|place| json!({ "criterion": format!("M{place}"), "points": 4 })).collect();
    walk.step(&cast.staff, "self", json!({ "scores": scores }));
    walk.step(manager, "submit", Value::Null);
    let officer = &cast.commune_officer;
    // What a rating counts that is not decided yet may still change: its criteria show that the records moved.
    cast.world.change(manager, &counted, &json!({ "participations": { "total": 121 } })).expect(200);
    cast.world.change(manager, &counted, &json!({ "participations": { "total": 120 } })).expect(200);
    walk.step(&cast.verifier, "verify", Value::Null);
    walk.step(&cast.officer, "decide", json!({ "decision": decision("12/QĐ", "2019-02-20") }));

    for (by, path, counts, other) in [
        (manager, &counted, json!({ "participations": { "total": 119 } }), json!({ "title": "Luật Đất đai 2013" })),
        (manager, &counted, json!({ "category": "health" }), json!({ "ends_on": "2018-03-15" })),
        (manager, &counted, json!({ "starts_on": "2017-12-31" }), json!({ "starts_on": "2018-03-13" })),
        (manager, &training, json!({ "kind": "meeting" }), json!({ "title": "Tập huấn nghiệp vụ" })),
        (manager, &training, json!({ "starts_on": "2017-12-31" }), json!({ "place": "Hội trường huyện" })),
        (manager, &given, json!({ "amount_vnd": 900_000 }), json!({ "description": "Ủng hộ quỹ khuyến học" })),
        (officer, &seat, json!({ "ends_on": "2018-06-30" }), json!({ "ends_on": "2019-06-30" })),
        (
            manager,
            &asset,
            json!({ "disposed_on": "2017-12-31", "disposal_reason": "Thanh lý" }),
            json!({ "condition": "broken" }),
        ),
    ] {
        let refused = cast.world.change(by, path, &counts).refused(409, "cited_as_evidence");
        assert_eq!(each(refused["ratings"].as_array().unwrap(), "rating_id"), [walk.id()], "{path} {counts}");
        assert!(refused["detail"].as_str().unwrap().contains("năm 2018"), "{refused}");
        cast.world.change(by, path, &other).expect(200);
    }
    for (by, path) in
        [(manager, &counted), (manager, &training), (manager, &given), (officer, &seat), (manager, &found), (manager, &asset)]
    {
        cast.world.remove(by, path).refused(409, "cited_as_evidence");
        cast.world.read(by, path);
    }
    // No measure looked at it; and what comes afterwards was not counted.
    cast.world.remove(manager, &of_health).expect(204);
    cast.world.clock.advance(chrono::TimeDelta::seconds(1));
    let late = cast.activity("2018-11-11", json!({ "participations": { "total": 9 } }));
    cast.world.change(manager, &late, &json!({ "participations": { "total": 10 } })).expect(200);
    cast.world.remove(manager, &late).expect(204);
}

#[test]
fn after_a_return_closed_criteria_keep_what_was_measured() {
    let cast = KimSon::new();
    cast.activity("2018-03-14", json!({ "participations": { "total": 20 } }));
    let round = cast.round_with(&rubric());
    let mut walk = cast.rating(&round);
    let saved = walk.step(&cast.staff, "self", scores(0.0, 4.0));
    walk.step(&cast.manager, "submit", Value::Null);
    walk.step(&cast.verifier, "return", json!({ "criteria": ["A2"], "reason": "Thiếu lớp luật tháng 4." }));

    cast.activity("2018-04-14", json!({ "participations": { "total": 200 } }));
    let blocked = walk.attempt(&cast.manager, "submit", &Value::Null).refused(409, "blocked");
    assert!(
        blocked["detail"].as_str().unwrap().contains("A2") && !blocked["detail"].as_str().unwrap().contains("A1"),
        "{blocked}"
    );
    assert_eq!(walk.attempt(&cast.staff, "self", &scores(6.5, 8.0)).rules(422), ["only_reopened"]);
    assert_eq!(walk.attempt(&cast.staff, "self", &scores(0.0, 4.0)).rules(422), ["reason_for_difference"]);
    let again = walk.step(&cast.staff, "self", scores(0.0, 8.0));
    let measured = |rating: &Value, code: &str| score(&rating["self"], code)["measured"].clone();
    assert_eq!(measured(&again, "A1"), measured(&saved, "A1"), "closed: neither points nor what was measured");
    assert_eq!((said(&measured(&saved, "A2")), said(&measured(&again, "A2"))), (json!([20, 1, 1, 4]), json!([220, 2, 2, 8])));
    walk.step(&cast.manager, "submit", Value::Null);
}

#[test]
fn levels_are_suggested_as_points_are() {
    let cast = KimSon::new();
    cast.activity("2018-03-14", json!({ "participations": { "total": 20 } }));
    let levels =
        json!([{ "from": 2, "level": "level_2" }, { "from": 1, "level": "level_1" }, { "from": 0, "level": "not_achieved" }]);
    let content = json!({
        "title": { "vi": "Bộ chỉ tiêu thử", "en": "Trial indicators" }, "subject": "centre", "method": "all_indicators", "sample": true,
        "ranks": [{ "rank": "level_2" }, { "rank": "level_1" }, { "rank": "not_achieved" }],
        "criteria": [{ "code": "T1", "title": { "vi": "T1", "en": "T1" }, "measure": { "measure": "months_active", "bands": levels } }],
    });
    let round = cast.round_with(&content);
    let mut walk = cast.rating(&round);
    let started = walk.read(&cast.staff);
    assert_eq!(started["self"]["scores"][0]["level"], "level_1");
    assert_eq!(started["self"]["outcome"]["rank"], "level_1", "everything is measured, so nothing is missing");
    let higher = json!({ "scores": [{ "criterion": "T1", "level": "level_2" }] });
    assert_eq!(walk.attempt(&cast.staff, "self", &higher).rules(422), ["reason_for_difference"]);
    walk.step(&cast.manager, "submit", Value::Null);
}

#[test]
fn a_scheme_says_how_it_measures_and_is_refused_where_it_cannot() {
    let cast = KimSon::new();
    let draft = |content: &Value| {
        let body = json!({ "code": "QN-THU", "content": content });
        cast.world.client.post("/v1/schemes").by(&cast.admin.token).json(&body).send()
    };
    let but = |change: &dyn Fn(&mut Value)| {
        let mut content = rubric();
        change(&mut content);
        content
    };
    let kept = draft(&rubric()).expect(201).json();
    assert_eq!(kept["content"]["criteria"][1]["measure"], rubric()["criteria"][1]["measure"]);
    assert_eq!(kept["content"]["criteria"][3].get("measure"), None, "no member where nothing is measured");

    let over = draft(&but(&|content| content["criteria"][0]["measure"]["bands"][0]["points"] = json!(11)));
    over.fault(422, "rule_broken", "/content/criteria/0/measure/bands/0/points", "max_points");
    let of_communes = draft(&but(&|content| {
        content["subject"] = json!("commune");
        content["criteria"] = json!([content["criteria"][0]]);
    }));
    of_communes.fault(422, "rule_broken", "/content/criteria/0/measure", "measures_of_centres");
    let unknown = draft(&but(&|content| content["criteria"][0]["measure"]["measure"] = json!("happiness")));
    assert_eq!(unknown.refused(422, "invalid_body")["errors"][0]["pointer"], "/content/criteria/0/measure/measure");
    let open = draft(&but(&|content| drop(content["criteria"][0]["measure"]["bands"].as_array_mut().unwrap().pop()))).expect(201);
    let publish = format!("{}/publish", open.header("location").unwrap());
    let refused = cast.world.client.post(&publish).by(&cast.admin.token).if_match(&open.etag()).send();
    refused.fault(422, "rule_broken", "/content/criteria/A1/measure/bands", "bands_from_zero");
}

#[test]
fn what_no_records_measure_is_as_it_was() {
    // Without measures nothing is filled in; a past result rests on no records; without records nothing is suggested.
    let cast = KimSon::new();
    let plain = cast.rating(&cast.round(2016, "TTHTCD-MAU"));
    assert_eq!((&plain.read(&cast.staff)["self"], cast.measures(&plain)), (&Value::Null, vec![]));

    let round = cast.round_with(&rubric());
    let body = json!({ "round_id": round["id"], "results": [{ "centre_id": cast.centre, "rank": "yeu" }] });
    cast.world.client.post("/v1/ratings/import?dry_run=true").by(&cast.officer.token).json(&body).send().expect(200);
    let mut walk = cast.rating(&round);
    let own = &walk.read(&cast.staff)["self"];
    for code in ["A1", "A2", "A3"] {
        assert_eq!(score(own, code)["points"], Value::Null, "{code}");
        assert_eq!(said(&score(own, code)["measured"]), json!([null, 0, 0, null]), "{code}: unknown, not zero");
    }
    let reason = "Sổ chưa nhập vào hệ thống.";
    walk.step(&cast.staff, "self", with_reason(with_reason(scores(10.0, 8.0), 0, reason), 1, reason));
    walk.step(&cast.manager, "submit", Value::Null);

    let past = json!({ "scheme_id": round["scheme_id"], "year": 2017, "title": "Năm 2017", "route": KimSon::route() });
    let past = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&past).send().expect(201).json();
    let body = json!({ "round_id": past["id"], "results": [{ "centre_id": cast.centre, "rank": "yeu", "points": 3 }] });
    cast.world.client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    let path = format!("/v1/ratings?round_id={}", past["id"].as_str().unwrap());
    let imported = cast.world.client.get(&path).by(&cast.officer.token).send().expect(200).json()["items"][0].clone();
    assert_eq!((&imported["self"], &imported["decided"]["scores"]), (&Value::Null, &json!([])));
    let rows = cast.world.client.get(&format!("/v1/ratings/{}/measures", imported["id"].as_str().unwrap()));
    let rows = rows.by(&cast.officer.token).send().expect(200).json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["stamped"], &rows[0]["moved"]), (3, &Value::Null, &json!(false)));
}
