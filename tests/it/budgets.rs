//! Yearly estimates: drafted by the centre, approved by the commune, amended by another version.

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::each;
use crate::support::money::{decision, with};
use htcd_domain::access::Role;

fn lines() -> Value {
    json!([
        { "direction": "income", "source": "state_budget", "state_level": "commune", "amount_vnd": 25_000_000 },
        { "direction": "income", "source": "people", "amount_vnd": 8_625_000 },
        { "direction": "expenditure", "category": "allowances", "post": "director", "amount_vnd": 6_240_000 },
        { "direction": "expenditure", "category": "allowances", "post": "deputy_director", "amount_vnd": 9_360_000 },
        { "direction": "expenditure", "category": "equipment", "amount_vnd": 18_025_000, "note": "mua sắm" },
    ])
}

fn estimate(cast: &KimSon) -> Value {
    json!({ "centre_id": cast.centre, "year": 2018, "lines": lines() })
}

/// What may be done, by its code.
fn allowed(view: &Value) -> Vec<&str> {
    each(view["allowed_actions"].as_array().unwrap().iter().filter(|action| action["allowed"] == true), "action")
}

#[test]
fn an_estimate_goes_from_the_centre_to_the_commune_and_is_amended_by_a_version_that_takes_its_place() {
    let cast = KimSon::new();
    let (world, manager, approver) = (&cast.world, &cast.manager, &cast.commune_officer);
    let made = world.make(manager, "/v1/budgets", &estimate(&cast)).expect(201);
    let path = made.header("location").unwrap().to_owned();
    let draft = made.json();
    assert_eq!((&draft["state"], &draft["version"]), (&json!("draft"), &json!(1)));
    let totals = |view: &Value| (view["income_vnd"].clone(), view["expenditure_vnd"].clone(), view["difference_vnd"].clone());
    assert_eq!(totals(&draft), (json!(33_625_000), json!(33_625_000), json!(0)), "computed from the lines");
    assert_eq!(allowed(&draft), ["update", "delete", "submit"]);
    assert!(allowed(&world.read(&cast.officer, &path)).is_empty(), "who only reads may do nothing");

    let changed = world.change(manager, &path, &json!({ "lines": [lines()[0], lines()[4]] })).expect(200).json();
    assert_eq!(totals(&changed), (json!(25_000_000), json!(18_025_000), json!(6_975_000)));
    world.act(manager, &path, "submit", None).expect(200);
    let seen = world.read(approver, &path);
    assert_eq!(allowed(&seen), ["return", "approve"]);
    let returned = world.act(approver, &path, "return", Some(&json!({ "reason": "thiếu phụ cấp" }))).expect(200).json();
    assert_eq!((&returned["state"], &returned["return_reason"]), (&json!("returned"), &json!("thiếu phụ cấp")));
    world.change(manager, &path, &json!({ "lines": lines() })).expect(200);
    world.act(manager, &path, "submit", None).expect(200);
    let approved = world.act(approver, &path, "approve", Some(&decision("12/QĐ-UBND", "2018-01-10"))).expect(200).json();
    assert_eq!((&approved["state"], &approved["decision"]["number"]), (&json!("approved"), &json!("12/QĐ-UBND")));
    assert!(allowed(&approved).is_empty());
    assert_eq!(approved, world.read(approver, &path));

    // The amendment says why, and takes the place of the first once it is approved.
    let more = with(estimate(&cast), json!({ "lines": [lines()[0]] }));
    world.make(manager, "/v1/budgets", &more).fault(422, "rule_broken", "/amendment_reason", "reason_of_amendment");
    let more = with(more, json!({ "amendment_reason": "được cấp thêm" }));
    let second = world.make(manager, "/v1/budgets", &more).expect(201);
    let (second_path, second) = (second.header("location").unwrap().to_owned(), second.json());
    assert_eq!((&second["version"], &second["supersedes_id"]), (&json!(2), &approved["id"]));
    world.act(manager, &second_path, "submit", None).expect(200);
    assert_eq!(world.read(manager, &path)["state"], "approved", "the first one holds until then");
    world.act(approver, &second_path, "approve", Some(&decision("30/QĐ-UBND", "2018-06-10"))).expect(200);
    assert_eq!(
        (&world.read(manager, &path)["state"], &world.read(manager, &second_path)["state"]),
        (&json!("superseded"), &json!("approved"))
    );
    let list = |query: &str| world.client.walk(&manager.token, &format!("/v1/budgets?{query}"));
    assert_eq!(
        (list("year=2018").len(), list("year=2017").len(), list("state=approved")[0]["id"].clone()),
        (2, 0, second["id"].clone())
    );
    let page = &list("sort=asc&limit=1")[0];
    assert!(page["lines"].as_array().is_some_and(|lines| !lines.is_empty()), "a list shows the lines");
}

#[test]
fn an_estimate_is_refused_where_a_rule_stands_against_it() {
    let cast = KimSon::new();
    let (world, manager, approver) = (&cast.world, &cast.manager, &cast.commune_officer);
    let make = |more: Value| world.make(manager, "/v1/budgets", &with(estimate(&cast), more));
    let twice = json!({ "lines": [lines()[0], lines()[0]] });
    make(twice).fault(422, "rule_broken", "/lines/1", "line_twice");
    let neither = json!({ "lines": [{ "direction": "expenditure", "amount_vnd": 1 }] });
    make(neither).fault(422, "rule_broken", "/lines/0/category", "category_of_expenditure");
    let negative = json!({ "lines": [{ "direction": "income", "source": "people", "amount_vnd": -1 }] });
    make(negative).fault(422, "invalid_body", "/lines/0/amount_vnd", "range");
    make(json!({ "year": 2030 })).fault(422, "rule_broken", "/year", "plausible_year");
    make(json!({ "amendment_reason": "x" })).fault(422, "rule_broken", "/amendment_reason", "reason_of_amendment");
    make(json!({ "state": "approved" })).fault(422, "invalid_body", "/state", "unknown_member");
    assert!(world.client.walk(&manager.token, "/v1/budgets").is_empty(), "nothing was stored");

    let path = make(json!({ "lines": [] })).expect(201).header("location").unwrap().to_owned();
    let other = make(json!({})).refused(409, "already_exists");
    assert!(path.ends_with(other["budget_id"].as_str().unwrap()), "the one that is being prepared is named");
    world.act(manager, &path, "submit", None).fault(422, "rule_broken", "/lines", "lines_needed");
    world.change(manager, &path, &json!({ "year": 2019 })).fault(422, "rule_broken", "/year", "fixed_member");
    world.change(manager, &path, &json!({ "lines": lines() })).expect(200);
    let early = world.act(approver, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).refused(409, "state_conflict");
    assert_eq!(early["state"], "draft");
    let stale = world.client.post(&format!("{path}/submit")).by(&manager.token).if_match("\"1\"").send();
    stale.refused(412, "etag_mismatch");
    world.client.post(&format!("{path}/submit")).by(&manager.token).send().refused(428, "if_match_required");
    world.act(&cast.staff, &path, "submit", None).expect(200);
    world.change(manager, &path, &json!({ "note": "x" })).refused(409, "state_conflict");
    world.remove(manager, &path).refused(409, "state_conflict");
    world.act(manager, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).refused(403, "right_missing");
    world.act(&cast.officer, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).refused(403, "right_missing");
    let future = world.act(approver, &path, "approve", Some(&decision("1/QĐ", "2027-01-02")));
    future.fault(422, "rule_broken", "/decision/date", "not_in_the_future");
    assert_eq!(world.read(manager, &path)["state"], "submitted", "nothing of that changed it");
    world.act(approver, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).expect(200);
    world.change(manager, &path, &json!({ "note": "x" })).refused(409, "state_conflict");
    world.remove(manager, &path).refused(409, "state_conflict");
    world.act(approver, &path, "return", Some(&json!({ "reason": "x" }))).refused(409, "state_conflict");
}

#[test]
fn an_estimate_that_spends_more_than_comes_in_says_from_what() {
    let cast = KimSon::new();
    let (world, manager) = (&cast.world, &cast.manager);
    let mut short = estimate(&cast);
    short["lines"][1]["amount_vnd"] = json!(8_624_999);
    let path = world.make(manager, "/v1/budgets", &short).expect(201).header("location").unwrap().to_owned();
    assert_eq!(world.read(manager, &path)["difference_vnd"], -1);
    let refused = world.act(manager, &path, "submit", None);
    let refused = refused.fault(422, "rule_broken", "/deficit_reason", "expenditure_within_income");
    assert_eq!(refused["deficit_vnd"], 1);
    let why = refused["errors"][0]["detail"].as_str().unwrap();
    assert!(why.contains("33.625.000") && why.contains("33.624.999"), "{why}");
    assert_eq!(world.read(manager, &path)["state"], "draft");
    // The database would not have it either, whoever writes to it.
    let handed_in = "UPDATE budgets SET state = 'submitted', version = 1, submitted_by = centre_id";
    world.db_refuses(handed_in, "spends no more than comes in");
    let reason = "Dùng số dư năm 2017 chuyển sang.";
    world.change(manager, &path, &json!({ "deficit_reason": reason })).expect(200);
    world.act(manager, &path, "submit", None).expect(200);
    let approved = world.act(&cast.commune_officer, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).expect(200).json();
    assert_eq!((&approved["state"], &approved["deficit_reason"]), (&json!("approved"), &json!(reason)));
}

#[test]
fn whoever_submitted_an_estimate_does_not_approve_it() {
    let cast = KimSon::new();
    let (world, officer) = (&cast.world, &cast.commune_officer);
    let colleague = world.db_person(cast.province, Role::CommuneOfficer, Some(cast.commune), None);
    let path = world.make(officer, "/v1/budgets", &estimate(&cast)).expect(201).header("location").unwrap().to_owned();
    world.act(officer, &path, "submit", None).expect(200);
    let approve = decision("1/QĐ-UBND", "2018-01-02");
    let seen = world.read(officer, &path);
    let why =
        &seen["allowed_actions"].as_array().unwrap().iter().find(|action| action["action"] == "approve").unwrap()["reasons"];
    assert_eq!(why[0]["code"], "own_submission");
    world.act(officer, &path, "approve", Some(&approve)).refused(403, "separation_of_duties");
    assert_eq!(world.read(officer, &path)["state"], "submitted");
    world.act(&colleague, &path, "approve", Some(&approve)).expect(200);
}

#[test]
fn the_database_itself_holds_the_totals_of_an_estimate_and_what_was_approved() {
    let cast = KimSon::new();
    let world = &cast.world;
    let path = world.make(&cast.manager, "/v1/budgets", &estimate(&cast)).expect(201).header("location").unwrap().to_owned();
    // A line that changes takes the total along; a total that no line explains is refused.
    world.db_does("UPDATE budget_lines SET amount_vnd = amount_vnd + 1 WHERE category = 'equipment'");
    assert_eq!(world.read(&cast.manager, &path)["expenditure_vnd"], 33_625_001);
    world.db_does("DELETE FROM budget_lines WHERE category = 'equipment'");
    assert_eq!(world.read(&cast.manager, &path)["expenditure_vnd"], 15_600_000);
    world.db_refuses("UPDATE budgets SET income_vnd = income_vnd + 1", "the sums of its lines");
    world.db_refuses("UPDATE budgets SET expenditure_vnd = 0", "the sums of its lines");
    world.db_refuses("UPDATE budget_lines SET amount_vnd = -1", "budget_lines_amount_check");
    world.db_refuses(
        "UPDATE budget_lines SET category = NULL, post = NULL WHERE direction = 'expenditure'",
        "budget_lines_heading_check",
    );
    world.db_refuses("UPDATE budgets SET state = 'approved'", "check");
    world.act(&cast.manager, &path, "submit", None).expect(200);
    world.act(&cast.commune_officer, &path, "approve", Some(&decision("1/QĐ", "2018-01-02"))).expect(200);
    for sql in [
        "UPDATE budget_lines SET amount_vnd = 1",
        "UPDATE budget_lines SET note = 'x'",
        "DELETE FROM budget_lines",
        "UPDATE budgets SET state = 'draft'",
        "UPDATE budgets SET state = 'superseded', decision = '{}'",
        "DELETE FROM budgets",
    ] {
        world.db_refuses(sql, "final");
    }
    assert_eq!(world.read(&cast.manager, &path)["income_vnd"], 33_625_000);
}
