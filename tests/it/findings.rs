//! Findings: each appears with its cause and goes with it, as the province sets the rules, in reach of whoever asks; explained, never
//! deleted.

use htcd_domain::access::{Role, Scope};
use htcd_domain::id::CentreId;
use htcd_persistence::record::Whose;
use htcd_persistence::{finding, finding_explanation};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::{Response, each};
use crate::support::money::{decision, thu, with};

/// Kim Sơn, a centre at work since 2008 of which nothing else is on record. Today is 22 November 2026.
struct Case(KimSon);

/// What stands of it then, in the order of the rules.
const BARE: [&str; 7] = [
    "no_education_seat",
    "no_study_promotion_seat",
    "post_vacant",
    "establishment_without_decision",
    "no_activity",
    "few_trainings",
    "no_approved_plan",
];

impl Case {
    fn new() -> Self {
        Self(KimSon::new())
    }

    fn at(&self, centre: CentreId, query: &str) -> Value {
        let path = format!("/v1/centres/{centre}/findings?{query}");
        self.0.world.client.get(&path).by(&self.0.admin.token).send().expect(200).json()
    }

    /// The codes of Kim Sơn's findings.
    fn codes(&self, query: &str) -> Vec<String> {
        let found = self.at(self.0.centre, query);
        each(found["items"].as_array().unwrap(), "code").into_iter().map(str::to_owned).collect()
    }

    /// The one finding of a rule; `null` where there is none.
    fn of(&self, code: &str, query: &str) -> Value {
        let found = self.at(self.0.centre, &format!("code={code}&{query}"));
        let items = found["items"].as_array().unwrap();
        assert!(items.len() <= 1, "{items:?}");
        items.first().cloned().unwrap_or_default()
    }

    #[track_caller]
    fn made(&self, by: &Person, path: &str, body: &Value) -> Value {
        self.0.world.make(by, path, body).expect(201).json()
    }

    /// Somebody new takes a post; the appointment.
    fn appoint(&self, post: &str, members: Value) -> Value {
        let person = json!({ "centre_id": self.0.centre, "full_name": "Phạm Thị Lan" });
        let person = self.made(&self.0.staff, "/v1/persons", &person)["id"].clone();
        let body = json!({
            "centre_id": self.0.centre, "person_id": person, "body": "board", "post": post, "starts_on": "2010-01-01",
            "decision": { "number": "12/QĐ-UBND", "date": "2009-12-20", "issuer": "UBND huyện" },
        });
        self.made(&self.0.commune_officer, "/v1/appointments", &with(body, members))
    }

    fn activity(&self, on: &str, members: Value) -> Value {
        let body = json!({
            "centre_id": self.0.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
            "starts_on": on, "ends_on": on,
        });
        self.made(&self.0.staff, "/v1/activities", &with(body, members))
    }

    fn training(&self, on: &str) -> Value {
        let body = json!({
            "unit_id": self.0.commune, "kind": "training", "title": "Tập huấn", "starts_on": on, "ends_on": on,
            "attending_centre_ids": [self.0.centre],
        });
        self.made(&self.0.commune_officer, "/v1/events", &body)
    }

    /// A plan of a year that is approved from a day on; its path.
    fn plan(&self, year: i32, approved_on: &str, members: Value) -> String {
        let world = &self.0.world;
        let body = json!({ "centre_id": self.0.centre, "year": year, "title": "Kế hoạch năm" });
        let plan = world.make(&self.0.staff, "/v1/plans", &with(body, members)).expect(201);
        let path = plan.header("location").unwrap().to_owned();
        let item = json!({ "plan_id": plan.json()["id"], "month": 3, "category": "law", "title": "Luật Đất đai" });
        self.made(&self.0.staff, "/v1/plan_items", &item);
        world.act(&self.0.manager, &path, "submit", None).expect(200);
        world.act(&self.0.commune_officer, &path, "approve", Some(&json!({ "approved_on": approved_on }))).expect(200);
        path
    }

    fn put_rules(&self, by: &Person, settings: Value) -> Response {
        let client = &self.0.world.client;
        let etag = client.get("/v1/finding_rules").by(&by.token).send().expect(200).etag();
        client.put("/v1/finding_rules").by(&by.token).if_match(&etag).json(&json!({ "settings": settings })).send()
    }

    /// The province sets one rule.
    fn sets(&self, code: &str, members: Value) {
        let setting = json!({ "code": code, "active": true, "reason": "Công văn của Sở" });
        self.put_rules(&self.0.admin, json!([with(setting, members)])).expect(200);
    }

    fn explains(&self, by: &Person, code: &str, members: Value) -> Response {
        let body = json!({
            "centre_id": self.0.centre, "code": code, "explanation": "Đã đề nghị bổ nhiệm người thay.",
            "explained_by": "Nguyễn Văn An, Giám đốc", "explained_on": "2026-11-20",
        });
        self.0.world.make(by, "/v1/finding_explanations", &with(body, members))
    }
}

#[test]
fn a_board_without_an_education_seat_is_to_be_corrected_at_once() {
    let case = Case::new();
    let code = "no_education_seat";
    case.appoint("director", json!({ "sector": "local_government" }));
    case.appoint("deputy_director", json!({ "sector": "study_promotion" }));
    let finding = case.of(code, "");
    assert_eq!((&finding["since"], &finding["concerns"]), (&json!("2008-03-24"), &json!(["commune_committee"])));
    assert!(finding["legal_basis"].as_str().unwrap().contains("Công văn 219/BGDĐT-GDTX"), "{finding}");
    assert_eq!(
        finding["facts"],
        json!({ "kind": "seat", "sector": "education", "seats": 2, "seats_without_sector": 0, "last_held_on": null })
    );
    assert_eq!(finding["text"]["vi"], "Ban giám đốc không có người của ngành giáo dục. Chưa từng có trong hồ sơ.");
    assert_eq!((&finding["centre_id"], &finding["commune_id"]), (&json!(case.0.centre), &json!(case.0.commune)));
    // It can be opened down to its records, and nobody deletes it.
    let client = &case.0.world.client;
    let board = client.get(finding["records"].as_str().unwrap()).by(&case.0.manager.token).send().expect(200).json();
    assert_eq!(board["counts"]["board"], 2);
    let path = format!("/v1/centres/{}/findings", case.0.centre);
    client.delete(&path).by(&case.0.admin.token).if_match("*").send().refused(405, "method_not_allowed");
    assert!(!case.of(code, "").is_null());

    // Before July 2025 the district decided who sits there.
    let before = case.of(code, "as_of=2019-12-31");
    assert_eq!(before["concerns"], json!(["district_committee", "commune_committee"]));
    assert!(!before["legal_basis"].as_str().unwrap().contains("219"));
    assert!(case.of(code, "as_of=2008-03-23").is_null() && !case.of(code, "as_of=2008-03-24").is_null());

    // A school leader is appointed: the finding goes, and stays in the days before.
    let school = case.appoint("deputy_director", json!({ "sector": "education", "starts_on": "2026-10-01" }));
    assert!(case.of(code, "").is_null() && !case.of(code, "as_of=2026-09-30").is_null());
    assert!(!case.codes("").contains(&"no_study_promotion_seat".to_owned()));
    // They leave, and it is there again from the next day on.
    let path = format!("/v1/appointments/{}", school["id"].as_str().unwrap());
    case.0.world.change(&case.0.commune_officer, &path, &json!({ "ends_on": "2026-11-10" })).expect(200);
    let again = case.of(code, "");
    assert_eq!((&again["since"], &again["facts"]["last_held_on"]), (&json!("2026-11-11"), &json!("2026-11-10")));
}

#[test]
fn vacant_posts_and_missing_decisions_are_found_and_go_once_they_are_filled_and_recorded() {
    let case = Case::new();
    assert_eq!(case.codes(""), BARE);
    // Nobody was ever director; then one came and left.
    assert_eq!(case.of("post_vacant", "")["facts"]["vacancies"][0]["last_held_on"], Value::Null);
    let director = case.appoint("director", json!({ "ends_on": "2026-10-31", "decision": null }));
    let vacant = case.of("post_vacant", "");
    assert_eq!((&vacant["since"], &vacant["facts"]["vacancies"][0]["post"]), (&json!("2026-11-01"), &json!("director")));
    case.sets("post_vacant", json!({ "number": 21 }));
    assert_eq!(case.of("post_vacant", "")["since"], "2026-11-22");
    assert!(case.of("post_vacant", "as_of=2026-11-21").is_null());
    case.sets("post_vacant", json!({ "number": 22 }));
    assert!(case.of("post_vacant", "").is_null());
    case.sets("post_vacant", json!({}));
    assert!(!case.of("post_vacant", "").is_null());

    // While they were director there was no decision on it.
    let undecided = case.of("appointment_without_decision", "as_of=2026-10-31");
    assert_eq!((&undecided["facts"]["appointment_ids"], &undecided["since"]), (&json!([director["id"]]), &json!("2010-01-01")));
    let path = format!("/v1/appointments/{}", director["id"].as_str().unwrap());
    let paper = json!({ "decision": { "number": "1/QĐ", "date": "2010-01-01", "issuer": "UBND huyện" } });
    case.0.world.change(&case.0.commune_officer, &path, &paper).expect(200);
    assert!(case.of("appointment_without_decision", "as_of=2026-10-31").is_null());
    case.appoint("director", json!({ "starts_on": "2026-11-01" }));
    assert!(case.of("post_vacant", "").is_null());

    // A centre that was established by a decision has one.
    let established = json!({
        "name": "TTHTCĐ mới", "commune_id": case.0.commune, "operating_model": "standalone",
        "establishment": { "effective_on": "2018-01-01", "decision": { "number": "2/QĐ", "date": "2017-12-01", "issuer": "UBND" } },
    });
    let new: CentreId = case.made(&case.0.admin, "/v1/centres", &established)["id"].as_str().unwrap().parse().unwrap();
    let counts = case.at(new, "")["codes"].clone();
    let papers = counts.as_array().unwrap().iter().find(|it| it["code"] == "establishment_without_decision").unwrap();
    assert_eq!((&papers["centres"], &papers["findings"]), (&json!(1), &json!(0)));
    assert_eq!(case.of("establishment_without_decision", "")["facts"]["operating_from"], "2008-01-01");
}

#[test]
fn a_year_without_work_of_ones_own_and_too_few_trainings_are_found() {
    let case = Case::new();
    assert_eq!(case.of("no_activity", "")["since"], "2009-01-01");
    // What others ran, and a month in which nothing took place, are no work of the centre.
    case.activity("2026-05-14", json!({ "role": "coordinated", "lead_organisation": "Hội Nông dân" }));
    case.activity(
        "2026-06-01",
        json!({ "entry": "monthly_total", "ends_on": "2026-06-30", "classes": 0, "sessions": 0, "participations": { "total": 0 } }),
    );
    assert!(!case.of("no_activity", "").is_null());
    case.activity("2025-11-22", json!({}));
    let finding = case.of("no_activity", "");
    assert_eq!((&finding["since"], &finding["facts"]["last_activity_on"]), (&json!("2026-11-22"), &json!("2025-11-22")));
    assert!(case.of("no_activity", "as_of=2026-11-21").is_null());
    case.sets("no_activity", json!({ "number": 13 }));
    assert!(case.of("no_activity", "").is_null());
    case.sets("no_activity", json!({}));
    let held = case.activity("2026-11-20", json!({}));
    assert!(case.of("no_activity", "").is_null());
    case.0.world.remove(&case.0.staff, &format!("/v1/activities/{}", held["id"].as_str().unwrap())).expect(204);
    assert!(!case.of("no_activity", "").is_null());

    // Trainings of the twelve months to the day, whoever held them.
    case.training("2026-03-01");
    case.training("2025-06-01");
    let finding = case.of("few_trainings", "");
    assert_eq!(finding["since"], "2026-06-01", "a year after the one that is needed");
    assert_eq!((&finding["facts"]["trainings"], &finding["facts"]["needed"]), (&json!(1), &json!(2)));
    assert!(case.of("few_trainings", "as_of=2026-05-31").is_null());
    assert!(case.of("few_trainings", "as_of=2018-12-31").is_null(), "asked for since 2020");
    case.sets("few_trainings", json!({ "number": 1 }));
    assert!(case.of("few_trainings", "").is_null());
    case.sets("few_trainings", json!({}));
    case.training("2026-10-05");
    assert!(case.of("few_trainings", "").is_null());
}

#[test]
fn a_plan_is_approved_by_its_day_and_rests_on_a_survey() {
    let case = Case::new();
    let missing = case.of("no_approved_plan", "");
    assert_eq!((&missing["facts"]["year"], &missing["since"]), (&json!(2025), &json!("2026-01-01")), "a year that is over");
    case.sets("no_approved_plan", json!({ "day_of_year": "01-31" }));
    let missing = case.of("no_approved_plan", "");
    assert_eq!((&missing["facts"]["due_on"], &missing["since"]), (&json!("2026-01-31"), &json!("2026-02-01")));
    let path = case.plan(2026, "2026-02-10", json!({}));
    assert!(case.of("no_approved_plan", "").is_null(), "late is not missing");
    assert!(!case.of("no_approved_plan", "as_of=2026-02-09").is_null());

    let bare = case.of("plan_without_survey", "");
    assert_eq!((&bare["since"], &bare["records"]), (&json!("2026-02-10"), &json!(path)));
    // Switched off as it ships: no source asks for a decision on a plan.
    assert!(case.of("plan_without_decision", "").is_null());
    case.sets("plan_without_decision", json!({}));
    assert_eq!(case.of("plan_without_decision", "")["facts"]["approved_on"], "2026-02-10");

    // The remedy is a revision that is built on a survey, and approved by a decision.
    let survey = json!({ "centre_id": case.0.centre, "title": "Điều tra nhu cầu", "started_on": "2026-03-01" });
    let survey = case.made(&case.0.staff, "/v1/surveys", &survey)["id"].clone();
    let world = &case.0.world;
    let revision = world.act(&case.0.staff, &path, "revise", None).expect(201).header("location").unwrap().to_owned();
    world.change(&case.0.staff, &revision, &json!({ "survey_id": survey })).expect(200);
    world.act(&case.0.manager, &revision, "submit", None).expect(200);
    assert!(!case.of("plan_without_survey", "").is_null(), "the old one is in force");
    let approval = json!({ "approved_on": "2026-04-01", "decision": decision("5/QĐ", "2026-04-01")["decision"] });
    world.act(&case.0.commune_officer, &revision, "approve", Some(&approval)).expect(200);
    assert!(case.of("plan_without_survey", "").is_null() && case.of("plan_without_decision", "").is_null());
    assert!(!case.of("plan_without_survey", "as_of=2026-03-31").is_null());
}

#[test]
fn less_money_than_circular_96_of_2008_promises_is_found_where_it_is_known() {
    let case = Case::new();
    let (world, cast) = (&case.0.world, &case.0);
    let young = world.db_centre_since(cast.province, cast.commune, "TTHTCĐ mới", day("2024-05-01"));
    let start = |query: &str| case.at(young, &format!("code=start_up_support_short&{query}"))["items"].clone();
    assert_eq!(start(""), json!([]), "nobody said what it was given");
    case.made(&cast.commune_officer, "/v1/money_entries", &thu(young, "2025-03-01", "people", 50_000_000));
    assert_eq!(start(""), json!([]), "what the people gave is not the state's");
    let state = |centre, date, amount| {
        case.made(&cast.commune_officer, "/v1/money_entries", &thu(centre, date, "state_budget", amount));
    };
    state(young, "2025-03-02", 20_000_000);
    let found = start("");
    let finding = &found[0];
    assert_eq!((&finding["legal_basis"], &finding["since"]), (&json!("Thông tư 96/2008/TT-BTC"), &json!("2025-01-01")));
    assert_eq!(
        finding["facts"],
        json!({ "kind": "support", "year": null, "minimum_vnd": 30_000_000, "given_vnd": 20_000_000, "missing_vnd": 10_000_000 })
    );
    state(young, "2026-01-05", 10_000_000);
    assert_eq!(start(""), json!([]));
    assert_eq!(start("as_of=2026-01-04").as_array().unwrap().len(), 1);
    case.sets("start_up_support_short", json!({ "number": 40_000_000 }));
    assert_eq!(start("")[0]["facts"]["missing_vnd"], 10_000_000);
    assert!(start("")[0]["text"]["vi"].as_str().unwrap().contains("40.000.000 đồng"));

    // In a mountain commune of region III, 25 million a year.
    let code = "yearly_supplement_short";
    state(cast.centre, "2025-06-01", 20_000_000);
    assert!(case.of(code, "").is_null(), "nobody said that it lies in such an area");
    let budget = json!({ "centre_id": cast.centre, "year": 2025, "development_region": "region_3", "lines": [
        { "direction": "income", "source": "state_budget", "state_level": "commune", "amount_vnd": 20_000_000 },
    ] });
    let budget = world.make(&cast.manager, "/v1/budgets", &budget).expect(201).header("location").unwrap().to_owned();
    world.act(&cast.manager, &budget, "submit", None).expect(200);
    assert!(case.of(code, "").is_null(), "not approved yet");
    world.act(&cast.commune_officer, &budget, "approve", Some(&decision("01/QĐ-UBND", "2025-01-02"))).expect(200);
    let finding = case.of(code, "");
    assert_eq!((&finding["facts"]["year"], &finding["facts"]["missing_vnd"]), (&json!(2025), &json!(5_000_000)));
    assert_eq!((&finding["since"], &finding["concerns"]), (&json!("2026-01-01"), &json!(["budget_authority"])));
    let entries = world.read(&cast.manager, finding["records"].as_str().unwrap());
    assert_eq!(entries["items"].as_array().unwrap().len(), 1);
    state(cast.centre, "2025-12-31", 5_000_000);
    assert!(case.of(code, "").is_null());
}

#[test]
fn of_a_centre_that_is_suspended_new_or_not_there_no_work_is_asked() {
    let case = Case::new();
    let (world, cast) = (&case.0.world, &case.0);
    let path = format!("/v1/centres/{}", cast.centre);
    let act = |act: &str, on: &str| {
        let etag = world.client.get(&path).by(&cast.admin.token).send().expect(200).etag();
        let body = json!({ "act": act, "effective_on": on, "reason": "sửa chữa",
            "decision": { "number": "2/QĐ", "date": on, "issuer": "UBND" } });
        world.client.post(&format!("{path}/acts")).by(&cast.admin.token).if_match(&etag).json(&body).send().expect(201);
    };
    let papers = &BARE[..4];
    act("suspend", "2025-06-01");
    assert_eq!(case.codes(""), papers);
    assert_eq!(case.at(cast.centre, "")["status"], "suspended");
    assert_eq!(case.codes("as_of=2025-05-31"), BARE);
    // Taken up again, it stands where it stood: a suspension remedies nothing. It owes no plan of a year that it had not begun with.
    act("resume", "2026-06-01");
    assert_eq!(case.codes(""), BARE[..6]);
    act("dissolve", "2026-11-01");
    assert_eq!(case.codes("as_of=2026-10-31"), BARE[..6]);
    let over = case.at(cast.centre, "");
    assert_eq!((&over["items"], &over["status"]), (&json!([]), &json!("dissolved")));
    assert!(over["codes"].as_array().unwrap().iter().all(|it| it["centres"] == 0), "nothing was asked of it");

    let new = world.db_centre_since(cast.province, cast.commune, "TTHTCĐ mới", day("2026-02-01"));
    let codes = |query: &str| {
        let found = case.at(new, query);
        each(found["items"].as_array().unwrap(), "code").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(codes(""), papers);
    assert_eq!(codes("as_of=2026-01-31"), [""; 0]);
    let today = world.unit("07069", "2026-01-01");
    let proposed = json!({ "name": "TTHTCĐ đề nghị", "commune_id": today, "operating_model": "standalone" });
    let proposed = case.made(&cast.admin, "/v1/centres", &proposed)["id"].as_str().unwrap().parse().unwrap();
    let found = case.at(proposed, "");
    assert_eq!((&found["items"], &found["status"]), (&json!([]), &json!("proposed")));
    let tomorrow = format!("{path}/findings?as_of=2026-11-23");
    world.client.get(&tomorrow).by(&cast.admin.token).send().fault(400, "invalid_parameter", "as_of", "not_in_future");
}

#[test]
fn an_annual_report_is_late_by_its_own_day_or_by_the_provinces_until_it_is_handed_in() {
    let case = Case::new();
    let (client, cast, code) = (&case.0.world.client, &case.0, "report_late");
    assert!(case.of(code, "").is_null(), "no source names a day, and the province has not yet");
    let rules = json!([{ "code": code, "active": true, "day_of_year": "11-20", "reason": "Công văn của Sở về báo cáo năm" }]);
    case.put_rules(&cast.admin, rules).expect(200);
    let late = case.of(code, "");
    assert_eq!(
        (&late["since"], &late["facts"]),
        (&json!("2026-11-21"), &json!({ "kind": "no_report", "year": 2026, "due_on": "2026-11-20" }))
    );
    assert_eq!(late["concerns"], json!(["centre"]));
    // A report with a day of its own.
    let body = json!({
        "centre_id": cast.centre, "kind": "annual", "period": "2026", "due_on": "2026-11-30", "number": 10, "signed_on": "2026-11-21",
        "addressees": ["UBND phường Kim Sơn"], "signer": { "name": "Nguyễn Văn An" },
    });
    let made = client.post("/v1/reports").by(&cast.staff.token).json(&body).send().expect(201);
    assert!(case.of(code, "").is_null());
    let path = made.header("location").unwrap();
    let earlier = json!({ "due_on": "2026-11-21" });
    client.patch(path).by(&cast.staff.token).if_match("*").json(&earlier).send().expect(200);
    assert_eq!(case.of(code, "")["since"], "2026-11-22");
    client.post(&format!("{path}/submit")).by(&cast.manager.token).if_match("*").send().expect(200);
    assert!(case.of(code, "").is_null(), "handed in");
}

#[test]
fn a_province_sets_its_rules_with_reasons_and_nobody_else_does() {
    let case = Case::new();
    let (client, cast) = (&case.0.world.client, &case.0);
    let shown = client.get("/v1/finding_rules").by(&cast.staff.token).send().expect(200).json();
    let rules = shown["rules"].as_array().unwrap();
    let rule = |rules: &[Value], code: &str| rules.iter().find(|rule| rule["code"] == code).unwrap().clone();
    assert_eq!(rules.len(), 13);
    assert!(rules.iter().all(|rule| !rule["bases"].as_array().unwrap().is_empty() && rule["setting"].is_null()));
    let trainings = rule(rules, "few_trainings");
    assert_eq!(
        (&trainings["number"], &trainings["measure"], &trainings["active"]),
        (&json!(2), &json!("trainings"), &json!(true))
    );
    assert_eq!(rule(rules, "no_approved_plan")["day_of_year"], "12-31");

    let off = json!([{ "code": "no_activity", "active": false, "reason": "Sở xét riêng từng trung tâm" }]);
    for other in [&cast.officer, &cast.commune_officer, &cast.manager] {
        case.put_rules(other, off.clone()).refused(403, "right_missing");
    }
    assert_eq!(case.codes(""), BARE);
    let etag = client.get("/v1/finding_rules").by(&cast.admin.token).send().expect(200).etag();
    let set = case.put_rules(&cast.admin, off.clone()).expect(200);
    let without: Vec<&str> = BARE.into_iter().filter(|code| *code != "no_activity").collect();
    assert_eq!(case.codes(""), without);
    let counts = case.at(cast.centre, "")["codes"].clone();
    let count = rule(counts.as_array().unwrap(), "no_activity");
    assert_eq!((&count["active"], &count["centres"]), (&json!(false), &json!(0)), "not looked for is not nothing found");
    let rule = rule(set.json()["rules"].as_array().unwrap(), "no_activity");
    assert_eq!((&rule["active"], &rule["default_active"]), (&json!(false), &json!(true)));
    assert_eq!(rule["setting"]["reason"], "Sở xét riêng từng trung tâm");
    let record = client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json()["items"][0].clone();
    assert_eq!(record["operation"], "replace_finding_rules");
    assert!(record["after"].as_str().unwrap().contains("Sở xét riêng"), "{record}");

    // From what somebody else has changed since, and without a word on it, nothing is set.
    let put = |etag: &str, body: Value| client.put("/v1/finding_rules").by(&cast.admin.token).if_match(etag).json(&body).send();
    put(&etag, json!({ "settings": [] })).refused(412, "etag_mismatch");
    let request = client.put("/v1/finding_rules").by(&cast.admin.token).json(&json!({ "settings": [] }));
    request.send().refused(428, "if_match_required");
    for (setting, at, rule) in [
        (json!({ "code": "no_activity", "active": true, "number": 0, "reason": "x" }), "/settings/0/number", "range"),
        (
            json!({ "code": "no_education_seat", "active": true, "number": 1, "reason": "x" }),
            "/settings/0/number",
            "number_of_rule",
        ),
        (
            json!({ "code": "no_activity", "active": true, "day_of_year": "01-31", "reason": "x" }),
            "/settings/0/day_of_year",
            "day_of_rule",
        ),
    ] {
        case.put_rules(&cast.admin, json!([setting])).fault(422, "rule_broken", at, rule);
    }
    let silent = json!([{ "code": "no_activity", "active": true }]);
    case.put_rules(&cast.admin, silent).refused(422, "invalid_body");
    let leap = json!([{ "code": "no_approved_plan", "active": true, "day_of_year": "02-29", "reason": "x" }]);
    case.put_rules(&cast.admin, leap).refused(422, "invalid_body");
    assert_eq!(case.codes(""), without);
    // What is left out holds as it ships.
    case.put_rules(&cast.admin, json!([])).expect(200);
    assert_eq!(case.codes(""), BARE);
}

#[test]
fn a_unit_is_counted_by_rule_and_by_the_units_below_over_the_centres_in_scope() {
    let case = Case::new();
    let (world, cast) = (&case.0.world, &case.0);
    let (quang_ninh, dong_trieu) = (world.unit("22", "2018-12-31"), world.unit("205", "2018-12-31"));
    let (ha_long, bach_dang) = (world.unit("193", "2018-12-31"), world.unit("06673", "2018-12-31"));
    let second = world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let third = world.db_centre(cast.province, bach_dang, "TTHTCĐ Bạch Đằng");
    let read = |by: &Person, unit: &dyn std::fmt::Display, query: &str| {
        world.client.get(&format!("/v1/units/{unit}/findings?{query}")).by(&by.token).send()
    };
    // In 2018, without the rule of 2020.
    let then = "as_of=2018-12-31";
    let of_2018: Vec<&str> = BARE.into_iter().filter(|code| *code != "few_trainings").collect();
    let all = read(&cast.admin, &quang_ninh, &format!("{then}&limit=200")).expect(200).json();
    assert_eq!((&all["centres"], &all["centres_concerned"], &all["findings"]), (&json!(3), &json!(3), &json!(18)));
    let items = all["items"].as_array().unwrap();
    assert_eq!((items.len(), &all["next"]), (18, &Value::Null));
    for count in all["codes"].as_array().unwrap().iter().filter(|it| it["active"] == true) {
        let expected = if of_2018.contains(&count["code"].as_str().unwrap()) { 3 } else { 0 };
        assert_eq!((&count["centres"], &count["findings"]), (&json!(3), &json!(expected)), "{count}");
    }
    let units = all["units"].as_array().unwrap();
    let row = |unit: &dyn std::fmt::Display| units.iter().find(|row| row["key"]["unit_id"] == unit.to_string()).unwrap().clone();
    assert_eq!((&row(&dong_trieu)["centres"], &row(&dong_trieu)["findings"]), (&json!(2), &json!(12)));
    assert_eq!((&row(&ha_long)["centres"], &row(&ha_long)["centres_concerned"]), (&json!(1), &json!(1)));
    assert!(units.len() > 2, "units in which nothing was found stand there, too");

    // Page by page, each once; by a rule alone.
    let walked = world.client.walk(&cast.admin.token, &format!("/v1/units/{quang_ninh}/findings?{then}&limit=5"));
    assert_eq!(&walked, items);
    let vacant = read(&cast.admin, &quang_ninh, &format!("{then}&code=post_vacant")).expect(200).json();
    assert_eq!((vacant["items"].as_array().unwrap().len(), &vacant["findings"]), (3, &json!(18)), "counts are of all");

    // Today the same centres lie in communes of the new map.
    let now = read(&cast.admin, &world.unit("22", "2025-12-31"), "").expect(200).json();
    assert_eq!((&now["centres"], &now["findings"], &now["as_of"]), (&json!(3), &json!(21), &json!("2026-11-22")));
    let gone = read(&cast.verifier, &dong_trieu, "as_of=2026-11-22").refused(422, "not_on_map");
    assert_eq!(gone["map_date"], "2026-11-22");
    // Of a unit that has ended, the last day is shown.
    let last = read(&cast.verifier, &dong_trieu, "").expect(200).json();
    assert_eq!((&last["as_of"], &last["centres"]), (&json!("2025-06-30"), &json!(2)));

    // Whoever asks sees what lies in their scope, and is told over how many centres.
    let centres = |by: &Person, unit: &dyn std::fmt::Display| read(by, unit, then).expect(200).json()["centres"].clone();
    assert_eq!(centres(&cast.officer, &quang_ninh), 3);
    assert_eq!(centres(&cast.verifier, &dong_trieu), 2);
    assert_eq!(centres(&cast.commune_officer, &cast.commune), 2);
    assert_eq!(centres(&cast.manager, &cast.commune), 1);
    for (by, unit) in [(&cast.verifier, &ha_long), (&cast.commune_officer, &dong_trieu), (&cast.manager, &bach_dang)] {
        read(by, unit, then).refused(404, "not_found");
    }
    let minister = world.db_person(htcd_domain::id::ProvinceId::NATION, Role::MinistryReader, None, None);
    read(&minister, &quang_ninh, then).refused(403, "right_missing");
    let path = |centre: CentreId| format!("/v1/centres/{centre}/findings");
    world.client.get(&path(second)).by(&cast.commune_officer.token).send().expect(200);
    for (by, centre) in [(&cast.commune_officer, third), (&cast.manager, second)] {
        world.client.get(&path(centre)).by(&by.token).send().refused(404, "not_found");
    }
    let bad = format!("/v1/units/{quang_ninh}/findings?cursor=00");
    world.client.get(&bad).by(&cast.admin.token).send().fault(400, "invalid_parameter", "cursor", "cursor");
}

#[test]
fn an_explanation_stands_beside_its_finding_and_takes_nothing_away() {
    let case = Case::new();
    let (world, cast) = (&case.0.world, &case.0);
    case.appoint("director", json!({ "sector": "local_government", "ends_on": "2026-10-31" }));
    let made = case.explains(&cast.manager, "post_vacant", json!({ "valid_until": "2026-12-31" })).expect(201);
    let path = made.header("location").unwrap().to_owned();
    let finding = case.of("post_vacant", "");
    assert_eq!((&finding["explanation"]["id"], &finding["since"]), (&made.json()["id"], &json!("2026-11-01")));
    assert_eq!(finding["explanation"]["explained_by"], "Nguyễn Văn An, Giám đốc");
    let counts = case.at(cast.centre, "");
    let count = counts["codes"].as_array().unwrap().iter().find(|it| it["code"] == "post_vacant").unwrap();
    assert_eq!((&count["findings"], &count["explained"]), (&json!(1), &json!(1)));
    let only = |explained: bool| case.at(cast.centre, &format!("explained={explained}"))["items"].as_array().unwrap().len();
    assert_eq!((only(true), only(false)), (1, BARE.len() - 1));
    assert_eq!(case.of("post_vacant", "as_of=2026-11-19")["explanation"], Value::Null, "given the day after");

    // It is corrected on record, and runs out.
    world.change(&cast.manager, &path, &json!({ "valid_until": "2026-11-21" })).expect(200);
    assert_eq!(case.of("post_vacant", "")["explanation"], Value::Null);
    world.change(&cast.manager, &path, &json!({ "valid_until": null })).expect(200);
    assert_eq!(case.of("post_vacant", "")["explanation"]["valid_until"], Value::Null);
    let listed = world.client.walk(&cast.officer.token, "/v1/finding_explanations?code=post_vacant&as_of=2026-11-22");
    assert_eq!(listed.len(), 1);

    // With the finding it is over: of a new one it says nothing.
    let next = case.appoint("director", json!({ "starts_on": "2026-11-01" }));
    assert!(case.of("post_vacant", "").is_null());
    let next = format!("/v1/appointments/{}", next["id"].as_str().unwrap());
    world.change(&cast.commune_officer, &next, &json!({ "ends_on": "2026-11-20" })).expect(200);
    let again = case.of("post_vacant", "");
    assert_eq!((&again["since"], &again["explanation"]), (&json!("2026-11-21"), &Value::Null));

    // Nobody explains what was not found, nor ahead, nor what lies elsewhere.
    case.explains(&cast.manager, "appointment_without_decision", json!({})).fault(422, "rule_broken", "/code", "finding_stands");
    case.explains(&cast.manager, "no_activity", json!({ "explained_on": "2026-11-23" })).fault(
        422,
        "rule_broken",
        "/explained_on",
        "plausible_date",
    );
    let elsewhere = world.db_centre(cast.province, world.unit("06673", "2018-12-31"), "TTHTCĐ khác");
    let theirs = json!({ "centre_id": elsewhere });
    case.explains(&cast.manager, "no_activity", theirs).fault(422, "rule_broken", "/centre_id", "holder_in_scope");
    case.explains(&cast.verifier, "no_activity", json!({})).refused(403, "right_missing");
    case.explains(&cast.staff, "no_activity", json!({})).expect(201);
    let findings = case.codes("").len();
    world.remove(&cast.manager, &path).expect(204);
    assert_eq!(case.codes("").len(), findings, "the finding stays");
}

#[test]
fn the_facts_of_a_whole_province_take_as_many_statements_as_those_of_one_centre() {
    let case = Case::new();
    let (world, cast) = (&case.0.world, &case.0);
    case.appoint("director", json!({}));
    case.activity("2026-03-14", json!({}));
    let whole = Scope::whole(cast.province);
    let known = |whose: &Whose| {
        let before = world.db.statements();
        let found = world
            .db
            .read(&whole, |tx| {
                let centres = finding::centres(tx, whose, day("2026-11-22"))?;
                finding_explanation::of_centres(tx, whose, day("2026-11-22"))?;
                finding::facts(tx, centres, day("2026-11-22"))
            })
            .unwrap();
        (found, world.db.statements() - before)
    };
    let (one, few) = known(&Whose { centre: Some(cast.centre), units: None });
    let elsewhere = world.unit("06673", "2018-12-31");
    // More than a statement names one by one.
    for number in 0..520 {
        world.db_centre(cast.province, elsewhere, &format!("TTHTCĐ {number}"));
    }
    let (all, many) = known(&Whose::default());
    assert_eq!((all.len(), many), (521, few));
    assert_eq!(all.iter().find(|facts| facts.centre.id == cast.centre), one.first(), "the same either way");
    assert!(one[0].last_activity_on.is_some() && one[0].seats.held.len() == 1);

    // And so does the answer, from the first to the last word.
    let ask = |path: &str| {
        let once = || {
            let before = world.app.statements();
            world.client.get(path).by(&cast.admin.token).send().expect(200);
            world.app.statements() - before
        };
        once();
        (0..3).map(|_| once()).min().unwrap()
    };
    let narrow = ask(&format!("/v1/units/{elsewhere}/findings?as_of=2018-12-31&limit=1"));
    let wide = ask(&format!("/v1/units/{}/findings?as_of=2018-12-31&limit=200", world.unit("22", "2018-12-31")));
    assert_eq!(narrow, wide);
}
