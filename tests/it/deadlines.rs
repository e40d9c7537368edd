//! What is due when: the calendar, more time that was granted, days on which papers were handed in, and who has not reported yet.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::Response;
use crate::support::money::with;

fn put_calendar(cast: &KimSon, by: &Person, days: &Value) -> Response {
    let client = &cast.world.client;
    let etag = client.get("/v1/calendar").by(&cast.admin.token).send().expect(200).etag();
    client.put("/v1/calendar").by(&by.token).if_match(&etag).json(&json!({ "days": days })).send()
}

fn report_day(year: i32, day_of_year: &str, years_after: i32) -> Value {
    json!({
        "kind": "annual_report", "from_year": year, "to_year": year, "day_of_year": day_of_year, "years_after": years_after,
        "reason": "Công văn 12/SGDĐT-GDTX",
    })
}

fn read(cast: &KimSon, by: &Person, path: &str) -> Value {
    cast.world.client.get(path).by(&by.token).send().expect(200).json()
}

/// What the rule of late reports finds at Kim Sơn.
fn late(cast: &KimSon, query: &str) -> Value {
    let path = format!("/v1/centres/{}/findings?code=report_late{query}", cast.centre);
    read(cast, &cast.officer, &path)["items"].get(0).cloned().unwrap_or_default()
}

fn completeness(cast: &KimSon, by: &Person, query: &str) -> Value {
    // The province of the year that is asked about.
    let day = if query.contains("year=2018") { "2018-12-31" } else { "2025-12-31" };
    read(cast, by, &format!("/v1/units/{}/completeness?{query}", cast.world.unit("22", day)))
}

/// How Kim Sơn stands.
fn stands(cast: &KimSon, query: &str) -> (Value, Value) {
    let found = completeness(cast, &cast.officer, query);
    let items = found["items"].as_array().unwrap();
    let own = items.iter().find(|item| item["centre_id"] == json!(cast.centre)).expect("Kim Sơn");
    (own["state"].clone(), own["days_late"].clone())
}

fn grant(cast: &KimSon, by: &Person, more: Value) -> Response {
    let body = json!({
        "centre_id": cast.centre, "kind": "annual_report", "year": 2025, "until": "2027-01-31", "reason": "Trụ sở bị lũ quét.",
    });
    cast.world.make(by, "/v1/extensions", &with(body, more))
}

#[test]
fn a_calendar_says_a_years_day_and_findings_and_completeness_follow() {
    let cast = KimSon::new();
    let due = |year: i32, kind: &str| {
        let view = read(&cast, &cast.staff, &format!("/v1/calendar?year={year}"));
        let entry = view["due"].as_array().unwrap().iter().find(|entry| entry["kind"] == kind).unwrap().clone();
        (entry["due_on"].clone(), entry["source"].clone())
    };
    // No source names a day for reports; a plan's is that of its rule.
    assert_eq!(due(2025, "annual_report"), (Value::Null, Value::Null));
    assert_eq!(due(2025, "plan"), (json!("2025-12-31"), json!("rule")));
    assert!(late(&cast, "").is_null());
    assert_eq!(stands(&cast, "kind=annual_report&year=2025"), (json!("pending"), Value::Null));

    let days = json!([report_day(2025, "03-31", 1)]);
    put_calendar(&cast, &cast.officer, &days).refused(403, "right_missing");
    let set = put_calendar(&cast, &cast.admin, &days).expect(200).json();
    assert_eq!(set["days"][0]["reason"], "Công văn 12/SGDĐT-GDTX");
    assert_eq!(due(2025, "annual_report"), (json!("2026-03-31"), json!("calendar")));
    assert_eq!(due(2024, "annual_report"), (Value::Null, Value::Null), "of that year alone");
    let found = late(&cast, "");
    assert_eq!((&found["since"], &found["facts"]["due_on"]), (&json!("2026-04-01"), &json!("2026-03-31")));
    assert!(late(&cast, "&as_of=2026-03-31").is_null());
    assert_eq!(stands(&cast, "kind=annual_report&year=2025"), (json!("overdue"), json!(236)));
    assert_eq!(stands(&cast, "kind=annual_report&year=2025&as_of=2026-03-31"), (json!("pending"), Value::Null));

    // The standing day is the rule's; a year of its own goes before it.
    let client = &cast.world.client;
    let etag = client.get("/v1/finding_rules").by(&cast.admin.token).send().expect(200).etag();
    let rule = json!([{ "code": "report_late", "active": true, "day_of_year": "01-15", "reason": "Công văn 1" }]);
    client.put("/v1/finding_rules").by(&cast.admin.token).if_match(&etag).json(&json!({ "settings": rule })).send().expect(200);
    assert_eq!(due(2024, "annual_report"), (json!("2025-01-15"), json!("rule")));
    assert_eq!(due(2025, "annual_report"), (json!("2026-03-31"), json!("calendar")));
    assert_eq!(late(&cast, "&as_of=2026-03-01")["facts"]["due_on"], "2025-01-15");

    // What a round says is not said twice, and the standing day of a rule stands in the rule.
    let of_round = json!([{ "kind": "decision", "from_year": 2025, "to_year": 2025, "day_of_year": "03-31", "reason": "x" }]);
    put_calendar(&cast, &cast.admin, &of_round).fault(422, "rule_broken", "/days/0/kind", "day_of_round");
    let standing = json!([{ "kind": "plan", "from_year": 2025, "day_of_year": "03-31", "reason": "x" }]);
    put_calendar(&cast, &cast.admin, &standing).fault(422, "rule_broken", "/days/0/to_year", "standing_day_of_rule");
    assert_eq!(due(2025, "annual_report"), (json!("2026-03-31"), json!("calendar")), "nothing changed");
}

#[test]
fn more_time_is_granted_by_the_province_shows_everywhere_and_is_withdrawn_not_removed() {
    let cast = KimSon::new();
    put_calendar(&cast, &cast.admin, &json!([report_day(2025, "03-31", 1)])).expect(200);
    assert!(!late(&cast, "").is_null());
    for by in [&cast.officer, &cast.commune_officer, &cast.manager] {
        grant(&cast, by, json!({})).refused(403, "right_missing");
    }
    grant(&cast, &cast.admin, json!({ "until": "2026-03-31" })).fault(422, "rule_broken", "/until", "later_than_due");
    grant(&cast, &cast.admin, json!({ "unit_id": cast.commune })).rules(422);
    assert!(!late(&cast, "").is_null(), "nothing was granted");

    let granted = grant(&cast, &cast.admin, json!({})).expect(201);
    let (path, granted) = (granted.header("location").unwrap().to_owned(), granted.json());
    assert_eq!((&granted["granted_by"], &granted["withdrawn_at"]), (&json!(cast.admin.id), &Value::Null));
    assert!(late(&cast, "").is_null());
    assert!(!late(&cast, "&as_of=2026-11-21").is_null(), "yesterday nobody knew of it");
    let query = "kind=annual_report&year=2025";
    assert_eq!(stands(&cast, query), (json!("pending"), Value::Null));
    assert_eq!(stands(&cast, &format!("{query}&as_of=2026-11-21")), (json!("overdue"), json!(235)));
    let found = completeness(&cast, &cast.officer, query);
    assert_eq!((&found["total"]["extended"], &found["total"]["pending"]), (&json!(1), &json!(1)));
    assert_eq!(
        (&found["items"][0]["due_on"], &found["items"][0]["extended_until"]),
        (&json!("2027-01-31"), &json!("2027-01-31"))
    );
    let listed = read(&cast, &cast.manager, &format!("/v1/extensions?centre_id={}", cast.centre));
    assert_eq!(listed["items"].as_array().unwrap().len(), 1, "whoever it is granted to sees it");

    let withdraw = |by: &Person| cast.world.act(by, &path, "withdraw", Some(&json!({ "reason": "Cấp nhầm." })));
    withdraw(&cast.officer).refused(403, "right_missing");
    let withdrawn = withdraw(&cast.admin).expect(200).json();
    assert_eq!((&withdrawn["withdrawn_by"], &withdrawn["withdrawal_reason"]), (&json!(cast.admin.id), &json!("Cấp nhầm.")));
    withdraw(&cast.admin).refused(409, "state_conflict");
    assert!(!late(&cast, "").is_null());
    assert_eq!(stands(&cast, query), (json!("overdue"), json!(236)));
    cast.world.client.delete(&path).by(&cast.admin.token).if_match("*").send().refused(405, "method_not_allowed");
    assert_eq!(read(&cast, &cast.admin, &path)["withdrawal_reason"], "Cấp nhầm.");

    // What a unit is granted its centres have.
    let unit = json!({ "centre_id": null, "unit_id": cast.world.unit("22", "2025-12-31"), "until": "2026-12-31" });
    grant(&cast, &cast.admin, unit).expect(201);
    assert!(late(&cast, "").is_null());
    assert_eq!(completeness(&cast, &cast.officer, query)["items"][0]["extended_until"], "2026-12-31");
}

#[test]
fn a_report_of_a_past_year_counts_by_the_day_on_which_its_paper_was_handed_in() {
    let cast = KimSon::new();
    put_calendar(&cast, &cast.admin, &json!([report_day(2018, "12-31", 0)])).expect(200);
    let body = json!({
        "centre_id": cast.centre, "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "addressees": ["Ủy ban nhân dân phường Kim Sơn"], "signer": { "name": "Nguyễn Văn An" },
    });
    let made = cast.world.make(&cast.staff, "/v1/reports", &body).expect(201);
    let path = made.header("location").unwrap().to_owned();
    let query = "kind=annual_report&year=2018";
    assert_eq!(stands(&cast, query).0, "overdue");
    for wrong in ["2017-12-31", "2026-11-23"] {
        let patch = json!({ "handed_in_on": wrong });
        cast.world.change(&cast.staff, &path, &patch).fault(422, "rule_broken", "/handed_in_on", "handed_in_by_today");
    }
    cast.world.change(&cast.staff, &path, &json!({ "handed_in_on": "2018-11-28" })).expect(200);
    assert_eq!(stands(&cast, query).0, "overdue", "said, not handed in");
    let submitted = cast.world.act(&cast.manager, &path, "submit", None).expect(200).json();
    assert_eq!(submitted["handed_in_on"], "2018-11-28");
    assert!(submitted["first_submitted_at"].as_str().unwrap().starts_with("2026-11-2"), "the system's time stays beside it");
    assert_eq!(stands(&cast, query), (json!("in_time"), Value::Null));
    assert!(late(&cast, "&as_of=2019-06-01").is_null());
    let item = &completeness(&cast, &cast.officer, &format!("{query}&state=in_time"))["items"][0];
    assert_eq!((&item["done_on"], &item["link"]), (&json!("2018-11-28"), &json!(path)));
}

#[test]
fn completeness_says_who_has_reported_who_has_not_and_who_is_left_out_and_why() {
    let cast = KimSon::new();
    let world = &cast.world;
    put_calendar(&cast, &cast.admin, &json!([report_day(2018, "01-31", 1)])).expect(200);
    let other = world.unit("07090", "2018-12-31");
    let centre = |name: &str, from: &str| world.db_centre_since(cast.province, other, name, day(from));
    let (early, began) = (centre("TTHTCĐ An", "2010-01-01"), centre("TTHTCĐ Bình", "2018-06-01"));
    let (future, gone) = (centre("TTHTCĐ Cát", "2020-01-01"), centre("TTHTCĐ Dũng", "2010-01-01"));
    let dissolve = json!({
        "act": "dissolve", "effective_on": "2019-01-10",
        "decision": { "number": "1/QĐ-UBND", "date": "2019-01-05", "issuer": "UBND thị xã" }, "reason": "Không còn hoạt động",
    });
    let end = world.client.post(&format!("/v1/centres/{gone}/acts")).by(&cast.admin.token).if_match("*").json(&dissolve).send();
    assert!((200..300).contains(&end.status), "{}", end.text());
    let body = json!({
        "centre_id": cast.centre, "kind": "annual", "period": "2018", "number": 10, "signed_on": "2019-02-10", "handed_in_on": "2019-02-12",
        "addressees": ["UBND phường"], "signer": { "name": "Nguyễn Văn An" },
    });
    let path = world.make(&cast.staff, "/v1/reports", &body).expect(201).header("location").unwrap().to_owned();
    world.act(&cast.manager, &path, "submit", None).expect(200);

    let query = "kind=annual_report&year=2018&as_of=2019-03-02";
    let found = completeness(&cast, &cast.officer, query);
    let total = &found["total"];
    let numbers = |row: &Value| {
        ["expected", "reported", "in_time", "late", "missing", "overdue", "longest_delay"].map(|name| row[name].as_i64())
    };
    assert_eq!(numbers(total), [2, 1, 0, 1, 1, 1, 30].map(Some));
    assert_eq!(total["left_out"], json!({ "ended": 1, "not_founded": 1, "began_later": 1, "suspended": 0 }));
    assert_eq!((&found["due"]["on"], &found["map_date"]), (&json!("2019-01-31"), &json!("2018-12-31")));
    let of = |id: &htcd_domain::id::CentreId| {
        let items = found["items"].as_array().unwrap();
        let item = items.iter().find(|item| item["centre_id"] == json!(id)).unwrap();
        (item["state"].clone(), item["left_out"].clone(), item["days_late"].clone())
    };
    assert_eq!(of(&cast.centre), (json!("late"), Value::Null, json!(12)));
    assert_eq!(of(&early), (json!("overdue"), Value::Null, json!(30)));
    assert_eq!(of(&began), (json!("left_out"), json!("began_later"), Value::Null));
    assert_eq!(of(&future), (json!("left_out"), json!("not_founded"), Value::Null));
    assert_eq!(of(&gone), (json!("left_out"), json!("ended"), Value::Null));
    // The rows add up to the total, and those who work in the commune see theirs.
    let rows = found["units"].as_array().unwrap();
    let sum = |name: &str| rows.iter().map(|row| row[name].as_u64().unwrap()).sum::<u64>();
    assert_eq!((sum("expected"), sum("overdue"), sum("late")), (2, 1, 1));
    let own = read(&cast, &cast.commune_officer, &format!("/v1/units/{}/completeness?{query}", cast.commune));
    assert_eq!(numbers(&own["total"]), [1, 1, 0, 1, 0, 0, 12].map(Some));
    let path = format!("/v1/units/{other}/completeness?{query}");
    world.client.get(&path).by(&cast.commune_officer.token).send().refused(404, "not_found");

    // A page after another, the longest delay first, gives the whole list.
    let mut names = vec![];
    let mut cursor = String::new();
    loop {
        let page = completeness(&cast, &cast.officer, &format!("{query}&sort=days_late&limit=2{cursor}"));
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["centre_name"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(names, ["TTHTCĐ An", "TTHTCĐ phường Kim Sơn", "TTHTCĐ Bình", "TTHTCĐ Cát", "TTHTCĐ Dũng"]);
    // Of a rating there is nothing to ask without its round.
    let path = format!("/v1/units/{}/completeness?kind=decision&year=2018", cast.commune);
    world.client.get(&path).by(&cast.commune_officer.token).send().fault(400, "invalid_parameter", "year", "round_of_year");
    // What is late by the rule is overdue here, and the other way round.
    let findings = read(
        &cast,
        &cast.officer,
        &format!("/v1/units/{}/findings?code=report_late&as_of=2019-03-02", world.unit("22", "2018-12-31")),
    );
    let late: Vec<_> = findings["items"].as_array().unwrap().iter().map(|item| item["centre_id"].clone()).collect();
    assert_eq!(late, [json!(early)]);
}
