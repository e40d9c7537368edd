//! What everybody has to do next: each does what their list says, until nothing is left on any of them.

use std::collections::BTreeSet;

use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::walk::{decision, scores_but};

fn tasks(cast: &KimSon, by: &Person, query: &str) -> Vec<Value> {
    let page = cast.world.client.get(&format!("/v1/tasks?limit=200{query}")).by(&by.token).send().expect(200).json();
    assert_eq!(page["next"], Value::Null);
    page["items"].as_array().unwrap().clone()
}

fn kinds(tasks: &[Value]) -> BTreeSet<&str> {
    tasks.iter().map(|task| task["kind"].as_str().unwrap()).collect()
}

fn set_calendar(cast: &KimSon, days: &Value) {
    let client = &cast.world.client;
    let etag = client.get("/v1/calendar").by(&cast.admin.token).send().expect(200).etag();
    client.put("/v1/calendar").by(&cast.admin.token).if_match(&etag).json(&json!({ "days": days })).send().expect(200);
}

/// What whoever does a task sends with it.
fn body(cast: &KimSon, task: &Value) -> Value {
    let year = || task["period"].as_str().unwrap().parse::<i32>().unwrap();
    let id = || task["link"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    let centre = &task["centre_id"];
    let lines = json!([
        { "direction": "income", "source": "state_budget", "state_level": "commune", "amount_vnd": 33_625_000 },
        { "direction": "expenditure", "category": "allowances", "amount_vnd": 15_600_000 },
    ]);
    match task["kind"].as_str().unwrap() {
        "start_self_assessment" => json!({ "round_id": id(), "centre_id": centre }),
        "fill_self_assessment" => {
            json!({ "scores": scores_but(&cast.world.scheme(&cast.staff, "TTHTCD-MAU"), &[]) })
        }
        "decide_rating" => json!({ "decision": decision("12/QĐ-SGDĐT", "2019-02-20") }),
        "write_report" => json!({ "centre_id": centre, "kind": "annual", "period": task["period"] }),
        "finish_report" => json!({
            "number": year() - 2000, "signed_on": "2026-11-20", "addressees": ["UBND phường"], "signer": { "name": "Nguyễn Văn An" },
        }),
        "write_plan" => json!({ "centre_id": centre, "year": year(), "title": format!("Kế hoạch năm {}", year()) }),
        "finish_plan" => json!({ "plan_id": id(), "month": 3, "category": "law", "title": "Luật Đất đai" }),
        "approve_plan" => json!({ "approved_on": "2026-11-21" }),
        "write_estimate" => json!({ "centre_id": centre, "year": year(), "lines": [] }),
        "finish_estimate" => json!({ "lines": lines }),
        "approve_estimate" | "approve_settlement" => json!({ "decision": decision("05/QĐ-UBND", "2026-11-20") }),
        "write_settlement" => json!({ "centre_id": centre, "year": year(), "opening_vnd": 0 }),
        _ => Value::Null,
    }
}

/// Somebody does a task by the request that it names.
fn does(cast: &KimSon, by: &Person, task: &Value) {
    let client = &cast.world.client;
    let link = task["link"].as_str().unwrap();
    let read = client.get(link).by(&by.token).send().expect(200);
    let (method, path) = (task["act"]["method"].as_str().unwrap(), task["act"]["path"].as_str().unwrap());
    let request = client.request(method, path).by(&by.token);
    // What is made needs no tag, and its link is a list.
    let request = if path.starts_with(link) { request.if_match(&read.etag()) } else { request };
    let body = body(cast, task);
    let answer = if body.is_null() { request.send() } else { request.json(&body).send() };
    assert!((200..300).contains(&answer.status), "{task:#}: {}", answer.text());
}

#[test]
fn everybody_does_what_their_list_says_until_nothing_is_left() {
    let cast = KimSon::new();
    set_calendar(
        &cast,
        &json!([
            { "kind": "annual_report", "from_year": 2025, "to_year": 2025, "day_of_year": "03-31", "years_after": 1, "reason": "CV 1" },
            { "kind": "annual_report", "from_year": 2026, "to_year": 2026, "day_of_year": "12-15", "reason": "CV 2" },
            { "kind": "estimate", "from_year": 2027, "to_year": 2027, "day_of_year": "12-31", "years_after": -1, "reason": "CV 3" },
            { "kind": "settlement", "from_year": 2025, "to_year": 2025, "day_of_year": "03-31", "years_after": 1, "reason": "CV 4" },
        ]),
    );
    cast.round(2018, "TTHTCD-MAU");
    let everybody = [&cast.staff, &cast.manager, &cast.verifier, &cast.commune_officer, &cast.officer, &cast.admin];
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let mut done = 0;
    loop {
        let before = done;
        for by in everybody {
            // The centre's people are the first: whoever hands something in does not approve it.
            while let Some(task) = tasks(&cast, by, "").first() {
                seen.insert(task["kind"].as_str().unwrap().to_owned());
                does(&cast, by, task);
                done += 1;
                assert!(!tasks(&cast, by, "").contains(task), "{task:#} is still there");
                assert!(done < 100, "no end");
            }
        }
        if done == before {
            break;
        }
    }
    let expected = [
        "accept_report",
        "approve_estimate",
        "approve_plan",
        "approve_settlement",
        "decide_rating",
        "fill_self_assessment",
        "finish_estimate",
        "finish_plan",
        "finish_report",
        "start_self_assessment",
        "submit_estimate",
        "submit_plan",
        "submit_report",
        "submit_self_assessment",
        "submit_settlement",
        "verify_rating",
        "write_estimate",
        "write_plan",
        "write_report",
        "write_settlement",
    ];
    assert_eq!(seen.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[test]
fn a_task_says_by_when_with_what_was_granted_and_the_next_day_comes_first() {
    let cast = KimSon::new();
    set_calendar(
        &cast,
        &json!([{ "kind": "annual_report", "from_year": 2025, "to_year": 2025, "day_of_year": "03-31", "years_after": 1, "reason": "CV" }]),
    );
    let of = |by: &Person, query: &str| -> Vec<(String, Value, Value)> {
        let told = |task: &Value| (task["kind"].as_str().unwrap().to_owned(), task["period"].clone(), task["due_on"].clone());
        tasks(&cast, by, query).iter().map(told).collect()
    };
    let report = ("write_report".to_owned(), json!("2025"), json!("2026-03-31"));
    let plans =
        [("2025", "2025-12-31"), ("2026", "2026-12-31")].map(|(year, due)| ("write_plan".to_owned(), json!(year), json!(due)));
    assert_eq!(of(&cast.staff, ""), [plans[0].clone(), report.clone(), plans[1].clone()]);
    assert_eq!(of(&cast.staff, "&overdue=true"), [plans[0].clone(), report.clone()]);
    assert_eq!(of(&cast.staff, "&kind=write_report"), [report]);
    assert_eq!(tasks(&cast, &cast.staff, "&kind=write_report")[0]["days_late"], 236);
    assert_eq!(of(&cast.verifier, ""), [], "nothing that they may do");
    assert_eq!(of(&cast.staff, &format!("&unit_id={}", cast.world.unit("07090", "2018-12-31"))), []);
    assert_eq!(of(&cast.staff, &format!("&unit_id={}&centre_id={}", cast.commune, cast.centre)).len(), 3);

    let more =
        json!({ "centre_id": cast.centre, "kind": "annual_report", "year": 2025, "until": "2027-01-31", "reason": "Lũ quét." });
    cast.world.make(&cast.admin, "/v1/extensions", &more).expect(201);
    let extended = ("write_report".to_owned(), json!("2025"), json!("2027-01-31"));
    assert_eq!(of(&cast.staff, ""), [plans[0].clone(), plans[1].clone(), extended]);

    // A page after another gives the whole list.
    let mut pages = vec![];
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/tasks?limit=1{cursor}");
        let page = cast.world.client.get(&path).by(&cast.staff.token).send().expect(200).json();
        pages.extend(page["items"].as_array().unwrap().iter().map(|task| task["due_on"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(pages, ["2025-12-31", "2026-12-31", "2027-01-31"]);
}

#[test]
fn what_was_returned_comes_back_to_the_centre_and_nobody_is_sent_to_what_they_may_not_do() {
    let cast = KimSon::new();
    let body = json!({
        "centre_id": cast.centre, "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "addressees": ["UBND phường"], "signer": { "name": "Nguyễn Văn An" },
    });
    let report = cast.world.make(&cast.commune_officer, "/v1/reports", &body).expect(201).header("location").unwrap().to_owned();
    let own = |by: &Person| -> Vec<(String, String)> {
        let about = |task: &&Value| task["link"] == json!(report);
        let told = |task: &Value| (task["kind"].as_str().unwrap().to_owned(), task["act"]["path"].as_str().unwrap().to_owned());
        tasks(&cast, by, "").iter().filter(about).map(told).collect()
    };
    let is = |kind: &str, act: &str| vec![(kind.to_owned(), format!("{report}{act}"))];
    assert_eq!((own(&cast.manager), own(&cast.officer)), (is("submit_report", "/submit"), vec![]));
    assert_eq!(own(&cast.staff), [], "it lacks nothing, and they do not hand it in");
    cast.world.act(&cast.manager, &report, "submit", None).expect(200);
    // Whoever wrote it does not accept it.
    assert_eq!((own(&cast.commune_officer), own(&cast.officer)), (vec![], is("accept_report", "/accept")));
    assert_eq!(own(&cast.manager), []);
    cast.world.act(&cast.officer, &report, "return", Some(&json!({ "reason": "Thiếu số nữ." }))).expect(200);
    assert_eq!((own(&cast.manager), own(&cast.officer)), (is("correct_report", "/submit"), vec![]));
    assert_eq!(own(&cast.staff), is("correct_report", ""));
    // Another province's officer, and the nation's, have nothing to do with it.
    let other = cast.world.db_province(cast.world.unit("34", "2018-12-31"));
    let stranger = cast.world.db_person(other, Role::ProvinceOfficer, Some(cast.world.unit("34", "2018-12-31")), None);
    assert_eq!(tasks(&cast, &stranger, ""), Vec::<Value>::new());
}

#[test]
fn the_list_of_a_province_takes_as_many_statements_as_that_of_one_centre() {
    let cast = KimSon::new();
    cast.round(2018, "TTHTCD-MAU");
    let other = cast.world.unit("07090", "2018-12-31");
    let with_report = |n: usize| {
        let centre = cast.world.db_centre_since(cast.province, other, &format!("TTHTCĐ số {n}"), day("2010-01-01"));
        let manager = cast.world.db_person(cast.province, Role::CentreManager, None, Some(centre));
        let report = json!({
            "centre_id": centre, "kind": "annual", "period": "2018", "number": 1, "signed_on": "2018-11-26", "addressees": ["UBND"],
            "signer": { "name": "Nguyễn Văn An" },
        });
        let path = cast.world.make(&manager, "/v1/reports", &report).expect(201).header("location").unwrap().to_owned();
        cast.world.act(&manager, &path, "submit", None).expect(200);
        assert!(kinds(&tasks(&cast, &manager, "")).contains("start_self_assessment"));
    };
    let cost = |many: usize| {
        let once = || {
            let before = cast.world.app.statements();
            let found = tasks(&cast, &cast.officer, "&kind=accept_report");
            assert_eq!(found.len(), many);
            cast.world.app.statements() - before
        };
        (0..3).map(|_| once()).min().unwrap()
    };
    with_report(0);
    let of_one = cost(1);
    (1..12).for_each(with_report);
    assert_eq!(cost(12), of_one);
    let walked = cast.world.client.walk(&cast.officer.token, "/v1/tasks?kind=accept_report&limit=5");
    assert_eq!(walked.len(), 12);
}
