//! Plans: drafted by the centre, approved by the commune, revised by a copy, and how far they have come.

use std::sync::Barrier;

use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Client, Response, each};

const ABSENT: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";

fn with(mut body: Value, members: Value) -> Value {
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// A plan, with the tag that its next step is taken from.
pub struct Drafted<'c> {
    client: &'c Client,
    pub path: String,
    pub etag: String,
}

impl<'c> Drafted<'c> {
    /// The centre's staff draft a plan of 2018.
    pub fn new(cast: &'c KimSon, members: Value) -> Self {
        let body = with(json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch năm 2018" }), members);
        Self::at(&cast.world.client, &cast.world.client.post("/v1/plans").by(&cast.staff.token).json(&body).send().expect(201))
    }

    pub fn at(client: &'c Client, made: &Response) -> Self {
        Self { client, path: made.header("location").unwrap().to_owned(), etag: made.etag() }
    }

    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }

    /// Adds an item; answers it.
    pub fn item(&self, who: &Person, members: Value) -> Value {
        let body = json!({ "plan_id": self.id(), "month": 3, "category": "law", "title": "Luật Đất đai" });
        self.client.post("/v1/plan_items").by(&who.token).json(&with(body, members)).send().expect(201).json()
    }

    pub fn attempt(&self, who: &Person, act: &str, body: &Value) -> Response {
        let request = self.client.post(&format!("{}/{act}", self.path)).by(&who.token).if_match(&self.etag);
        if body.is_null() { request.send() } else { request.json(body).send() }
    }

    /// A step that succeeds; the plan after it.
    #[track_caller]
    pub fn step(&mut self, who: &Person, act: &str, body: Value) -> Value {
        let answer = self.attempt(who, act, &body).expect(200);
        self.etag = answer.etag();
        answer.json()
    }

    pub fn patch(&self, who: &Person, body: Value) -> Response {
        self.client.patch(&self.path).by(&who.token).if_match(&self.etag).json(&body).send()
    }

    #[track_caller]
    pub fn read(&self, who: &Person) -> Value {
        self.client.get(&self.path).by(&who.token).send().expect(200).json()
    }

    pub fn items(&self, who: &Person) -> Vec<Value> {
        self.client.walk(&who.token, &format!("/v1/plan_items?plan_id={}", self.id()))
    }

    #[track_caller]
    pub fn progress(&self, who: &Person, query: &str) -> Value {
        self.client.get(&format!("{}/progress{query}", self.path)).by(&who.token).send().expect(200).json()
    }

    /// Submits and approves it.
    pub fn approve(&mut self, cast: &KimSon) -> Value {
        self.step(&cast.staff, "submit", Value::Null);
        self.step(&cast.commune_officer, "approve", json!({ "approved_on": "2018-01-15" }))
    }

    /// Its revision.
    pub fn revise(&self, who: &Person) -> Drafted<'c> {
        Drafted::at(self.client, &self.attempt(who, "revise", &Value::Null).expect(201))
    }
}

/// An activity of the centre for an item.
fn activity(cast: &KimSon, item: &Value, members: Value) -> Response {
    let body = json!({
        "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
        "starts_on": "2018-03-14", "ends_on": "2018-03-14", "plan_item_id": item["id"],
    });
    cast.world.client.post("/v1/activities").by(&cast.staff.token).json(&with(body, members)).send()
}

/// What is allowed, by the actions' codes.
fn allowed(plan: &Value) -> Vec<&str> {
    let actions = plan["allowed_actions"].as_array().unwrap();
    actions.iter().filter(|action| action["allowed"] == true).map(|action| action["action"].as_str().unwrap()).collect()
}

/// The codes of what stands against an action.
fn reasons<'v>(plan: &'v Value, action: &str) -> Vec<&'v str> {
    let actions = plan["allowed_actions"].as_array().unwrap();
    let found = actions.iter().find(|found| found["action"] == action).unwrap();
    each(found["reasons"].as_array().unwrap(), "code")
}

#[test]
fn a_plan_goes_from_the_centre_to_the_commune_and_back_and_is_approved() {
    let cast = KimSon::new();
    let mut plan = Drafted::new(&cast, json!({ "number": "06/KH-TTHTCĐ", "signed_on": "2018-01-12" }));
    let draft = plan.read(&cast.staff);
    assert_eq!((&draft["state"], &draft["revises_id"], &draft["submitted_at"]), (&json!("draft"), &Value::Null, &Value::Null));
    assert_eq!(allowed(&draft), ["edit", "delete"]);
    assert_eq!(reasons(&draft, "submit"), ["no_items"]);
    plan.attempt(&cast.staff, "submit", &Value::Null).refused(409, "state_conflict");
    plan.item(&cast.staff, json!({ "targets": { "classes": 2, "participations": 100 }, "lead": "Tư pháp phường" }));
    assert_eq!(allowed(&plan.read(&cast.staff)), ["edit", "delete", "submit"]);
    assert_eq!(reasons(&plan.read(&cast.officer), "submit"), ["right_missing"], "who reads does not write");

    let submitted = plan.step(&cast.staff, "submit", Value::Null);
    assert_eq!((&submitted["state"], &submitted["submitted_at"]), (&json!("submitted"), &json!("2026-11-22T03:00:00Z")));
    assert_eq!(reasons(&submitted, "approve"), ["right_missing", "own_submission"]);
    assert_eq!(allowed(&plan.read(&cast.commune_officer)), ["approve", "return"]);
    plan.attempt(&cast.manager, "approve", &json!({})).refused(403, "right_missing");
    plan.attempt(&cast.admin, "approve", &json!({})).refused(403, "right_missing");
    plan.attempt(&cast.commune_officer, "return", &json!({ "reason": " " })).fault(422, "invalid_body", "/reason", "blank");

    let returned = plan.step(&cast.commune_officer, "return", json!({ "reason": "Chưa có mục về sức khỏe." }));
    assert_eq!((&returned["state"], &returned["return_reason"]), (&json!("returned"), &json!("Chưa có mục về sức khỏe.")));
    plan.item(&cast.staff, json!({ "month": 6, "category": "health", "title": "Sơ cứu" }));
    let again = plan.step(&cast.manager, "submit", Value::Null);
    assert_eq!((&again["state"], &again["return_reason"]), (&json!("submitted"), &Value::Null));

    let refuse = |body: Value, pointer: &str, rule: &str| {
        plan.attempt(&cast.commune_officer, "approve", &body).fault(422, "rule_broken", pointer, rule);
    };
    let decision = |date: &str| json!({ "number": "15/QĐ-UBND", "date": date, "issuer": "Chủ tịch UBND phường Kim Sơn" });
    refuse(json!({}), "/approved_on", "approval_named");
    refuse(json!({ "approved_on": "2026-11-23" }), "/approved_on", "not_in_future");
    refuse(
        json!({ "approved_on": "2018-01-14", "decision": decision("2018-01-15") }),
        "/decision/date",
        "decision_before_effect",
    );
    refuse(json!({ "approved_on": "2018-01-11" }), "/approved_on", "signed_before_approved");
    assert_eq!(plan.read(&cast.staff)["state"], "submitted");
    let approved = plan.step(&cast.commune_officer, "approve", json!({ "decision": decision("2018-01-15") }));
    assert_eq!((&approved["state"], &approved["approved_on"]), (&json!("approved"), &json!("2018-01-15")));
    assert_eq!(approved["approval"]["number"], "15/QĐ-UBND");
    assert_eq!(allowed(&plan.read(&cast.staff)), ["revise"]);
    assert_eq!(plan.items(&cast.verifier).len(), 2);

    let trail = cast.world.client.walk(&cast.admin.token, "/v1/audit_records?subject=plan");
    assert_eq!(
        each(&trail, "operation"),
        ["approve_plan", "submit_plan", "return_plan", "submit_plan", "create_plan"],
        "each step is on record"
    );
    assert_eq!(trail[2]["reason"], "Chưa có mục về sức khỏe.");
    let after: Value = serde_json::from_str(trail[0]["after"].as_str().unwrap()).unwrap();
    assert_eq!((&after["state"], &after["approved_on"]), (&json!("approved"), &json!("2018-01-15")));
}

#[test]
fn what_was_submitted_or_approved_no_longer_changes() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let mut plan = Drafted::new(&cast, json!({}));
    let item = plan.item(&cast.staff, json!({}));
    let item_path = format!("/v1/plan_items/{}", item["id"].as_str().unwrap());
    let item_etag = || client.get(&item_path).by(&cast.staff.token).send().expect(200).etag();
    // In a draft all of it works.
    let change = |members: Value| client.patch(&item_path).by(&cast.staff.token).if_match(&item_etag()).json(&members).send();
    change(json!({ "month": 4 })).expect(200);
    plan.etag = plan.patch(&cast.staff, json!({ "note": "dự thảo" })).expect(200).etag();
    let second = plan.item(&cast.staff, json!({}));
    let second_path = format!("/v1/plan_items/{}", second["id"].as_str().unwrap());
    let tag = client.get(&second_path).by(&cast.staff.token).send().expect(200).etag();
    client.delete(&second_path).by(&cast.staff.token).if_match(&tag).send().expect(204);

    for state in ["submitted", "approved"] {
        match state {
            "submitted" => plan.step(&cast.staff, "submit", Value::Null),
            _ => plan.step(&cast.commune_officer, "approve", json!({ "approved_on": "2018-01-15" })),
        };
        let (before, items) = (plan.read(&cast.staff), plan.items(&cast.staff));
        let conflict = |answer: Response| {
            let body = answer.refused(409, "state_conflict");
            assert_eq!(body["state"], state, "{body:#}");
            assert_eq!(body["reasons"][0]["code"], "wrong_state");
            assert_eq!(body["allowed_actions"].as_array().unwrap().len(), 6);
        };
        conflict(plan.patch(&cast.staff, json!({ "title": "Khác" })));
        conflict(client.delete(&plan.path).by(&cast.staff.token).if_match(&plan.etag).send());
        conflict(plan.attempt(&cast.staff, "submit", &Value::Null));
        conflict(change(json!({ "month": 5 })));
        conflict(client.delete(&item_path).by(&cast.staff.token).if_match(&item_etag()).send());
        let new = json!({ "plan_id": plan.id(), "month": 3, "category": "law", "title": "Thêm" });
        conflict(client.post("/v1/plan_items").by(&cast.staff.token).json(&new).send());
        assert_eq!((plan.read(&cast.staff), plan.items(&cast.staff)), (before, items), "nothing changed");
    }
    // Approved twice, or returned once approved: neither.
    plan.attempt(&cast.commune_officer, "approve", &json!({ "approved_on": "2018-01-15" })).refused(409, "state_conflict");
    plan.attempt(&cast.commune_officer, "return", &json!({ "reason": "muộn" })).refused(409, "state_conflict");
    // A step is taken from what was seen.
    let mut next = Drafted::new(&cast, json!({ "year": 2019 }));
    next.item(&cast.staff, json!({}));
    let submit = || client.post(&format!("{}/submit", next.path)).by(&cast.staff.token);
    submit().send().refused(428, "if_match_required");
    let stale = next.etag.clone();
    next.etag = next.patch(&cast.staff, json!({ "note": "sửa" })).expect(200).etag();
    let submit = || client.post(&format!("{}/submit", next.path)).by(&cast.staff.token);
    submit().if_match(&stale).send().refused(412, "etag_mismatch");
    submit().if_match(&next.etag).send().expect(200);
}

#[test]
fn whoever_sees_a_plan_can_do_what_allowed_actions_says_and_nothing_else() {
    let cast = KimSon::new();
    let people = [&cast.staff, &cast.manager, &cast.commune_officer, &cast.officer, &cast.admin, &cast.verifier];
    // A year in which a plan is approved is used up.
    let mut years = 2009..2026;
    let mut in_state = |state: &str, is_to_be_approved: bool| {
        let uses_up = is_to_be_approved || ["approved", "superseded"].contains(&state);
        let year = if uses_up { years.next().expect("a year") } else { 2026 };
        let mut plan = Drafted::new(&cast, json!({ "year": year }));
        plan.item(&cast.staff, json!({}));
        match state {
            "submitted" => drop(plan.step(&cast.staff, "submit", Value::Null)),
            "returned" => {
                plan.step(&cast.staff, "submit", Value::Null);
                plan.step(&cast.commune_officer, "return", json!({ "reason": "thiếu mục" }));
            }
            "approved" => drop(plan.approve(&cast)),
            "superseded" => {
                plan.approve(&cast);
                plan.revise(&cast.staff).approve(&cast);
                plan.etag = cast.world.client.get(&plan.path).by(&cast.staff.token).send().expect(200).etag();
            }
            _ => {}
        }
        plan
    };
    let attempt = |plan: &Drafted<'_>, who: &Person, action: &str| match action {
        "edit" => plan.patch(who, json!({ "note": "sửa" })),
        "delete" => cast.world.client.delete(&plan.path).by(&who.token).if_match(&plan.etag).send(),
        "approve" => plan.attempt(who, "approve", &json!({ "approved_on": "2018-01-15" })),
        "return" => plan.attempt(who, "return", &json!({ "reason": "thiếu mục" })),
        act => plan.attempt(who, act, &Value::Null),
    };
    let (mut done, mut refused) = (0, 0);
    for state in ["draft", "submitted", "returned", "approved", "superseded"] {
        let shared = in_state(state, false);
        for who in people {
            let plan = shared.read(who);
            assert_eq!(plan["state"], state);
            for entry in plan["allowed_actions"].as_array().unwrap() {
                let (action, is_allowed) = (entry["action"].as_str().unwrap(), entry["allowed"] == true);
                assert_eq!(is_allowed, entry["reasons"].as_array().unwrap().is_empty());
                if is_allowed {
                    let answer = attempt(&in_state(state, action == "approve"), who, action);
                    assert!((200..300).contains(&answer.status), "{state} {action}: {}", answer.text());
                    done += 1;
                } else {
                    let status = if reasons(&plan, action)[0] == "right_missing" { 403 } else { 409 };
                    assert_eq!(attempt(&shared, who, action).status, status, "{state} {action}");
                    refused += 1;
                }
            }
        }
    }
    // Three who write, and the commune that approves: nine each for a draft and a returned one, two, and three.
    assert_eq!((done, refused), (23, 157));
}

#[test]
fn whoever_submits_a_plan_does_not_approve_it() {
    let cast = KimSon::new();
    let officer = &cast.commune_officer;
    let mut plan = Drafted::new(&cast, json!({}));
    plan.item(officer, json!({}));
    let submitted = plan.step(officer, "submit", Value::Null);
    assert_eq!(reasons(&submitted, "approve"), ["own_submission"]);
    assert_eq!(allowed(&submitted), ["return"]);
    let approval = json!({ "approved_on": "2018-01-15" });
    plan.attempt(officer, "approve", &approval).refused(403, "separation_of_duties");
    let waits = |who: &Person| {
        let tasks = cast.world.client.walk(&who.token, "/v1/tasks?limit=200");
        tasks.iter().filter(|task| task["kind"] == "approve_plan").count()
    };
    assert_eq!(waits(officer), 0);
    // Taken back and handed in by somebody else, it is approved.
    plan.step(officer, "return", json!({ "reason": "Trung tâm trình" }));
    plan.step(&cast.staff, "submit", Value::Null);
    assert_eq!(waits(officer), 1);
    plan.step(officer, "approve", approval);
}

#[test]
fn a_draft_is_removed_with_its_items_and_the_trail_keeps_them() {
    let cast = KimSon::new();
    let plan = Drafted::new(&cast, json!({}));
    plan.item(&cast.staff, json!({ "title": "Sơ cứu khi đuối nước" }));
    cast.world.client.delete(&plan.path).by(&cast.staff.token).if_match(&plan.etag).send().expect(204);
    cast.world.client.get(&plan.path).by(&cast.staff.token).send().refused(404, "not_found");
    assert!(plan.items(&cast.staff).is_empty());
    let trail = cast.world.client.walk(&cast.admin.token, "/v1/audit_records?operation=delete_plan");
    assert!(trail[0]["before"].as_str().unwrap().contains("Sơ cứu khi đuối nước"), "{trail:?}");
}

#[test]
fn one_plan_of_a_year_is_in_force_even_when_two_are_approved_at_once() {
    let cast = KimSon::new();
    let ready = || {
        let mut plan = Drafted::new(&cast, json!({}));
        plan.item(&cast.staff, json!({}));
        plan.step(&cast.staff, "submit", Value::Null);
        plan
    };
    let (one, two, three) = (ready(), ready(), ready());
    let start = Barrier::new(2);
    let approve = |plan: &Drafted<'_>| {
        start.wait();
        plan.attempt(&cast.commune_officer, "approve", &json!({ "approved_on": "2018-01-15" }))
    };
    let (first, second) = std::thread::scope(|scope| {
        let other = scope.spawn(|| approve(&two));
        (approve(&one), other.join().unwrap())
    });
    let (won, lost) = if first.status == 200 { (first, second) } else { (second, first) };
    won.expect(200);
    lost.refused(409, "state_conflict");
    let late = three.attempt(&cast.commune_officer, "approve", &json!({ "approved_on": "2018-01-15" }));
    assert_eq!(late.refused(409, "state_conflict")["reasons"][0]["code"], "year_has_plan");
    let in_force = |query: &str| cast.world.client.walk(&cast.staff.token, &format!("/v1/plans?{query}")).len();
    assert_eq!((in_force("state=approved"), in_force("state=submitted"), in_force("year=2018")), (1, 2, 3));
    // A plan that could never be approved is not submitted.
    let fourth = Drafted::new(&cast, json!({}));
    fourth.item(&cast.staff, json!({}));
    assert_eq!(reasons(&fourth.read(&cast.staff), "submit"), ["year_has_plan"]);
    // Another year has its own.
    let mut next = Drafted::new(&cast, json!({ "year": 2019 }));
    next.item(&cast.staff, json!({}));
    next.approve(&cast);
    assert_eq!(in_force("state=approved"), 2);
}

#[test]
fn a_number_stands_once_among_the_centres_plans_of_a_year() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let numbered = |centre: Value, year: i32| {
        let body = json!({ "centre_id": centre, "year": year, "title": "Kế hoạch", "number": "06/KH-TTHTCĐ" });
        client.post("/v1/plans").by(&cast.commune_officer.token).json(&body).send()
    };
    let own = json!(cast.centre);
    let sibling = json!(cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác"));
    numbered(own.clone(), 2018).expect(201);
    assert_eq!(numbered(own.clone(), 2018).refused(409, "already_exists")["pointer"], "/number");
    numbered(own.clone(), 2019).expect(201);
    numbered(sibling, 2018).expect(201);
    // Without a number there may be several; one that takes the number later is refused as well.
    let nameless = [Drafted::new(&cast, json!({})), Drafted::new(&cast, json!({}))];
    let taken = nameless[0].patch(&cast.staff, json!({ "number": "06/KH-TTHTCĐ" })).refused(409, "already_exists");
    assert_eq!(taken["pointer"], "/number");
    let after = nameless[1].patch(&cast.staff, json!({ "number": "07/KH-TTHTCĐ" })).expect(200);
    assert_eq!(after.json()["number"], "07/KH-TTHTCĐ");
    assert_eq!(nameless[0].read(&cast.staff)["number"], Value::Null);

    // Two at the same time: just one has it.
    for number in ["21/KH", "22/KH", "23/KH", "24/KH"] {
        let start = Barrier::new(2);
        let send = || {
            start.wait();
            let body = json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch", "number": number });
            client.post("/v1/plans").by(&cast.staff.token).json(&body).send()
        };
        let (one, two) = std::thread::scope(|scope| {
            let other = scope.spawn(send);
            (send(), other.join().unwrap())
        });
        let (won, lost) = if one.status == 201 { (one, two) } else { (two, one) };
        won.expect(201);
        lost.refused(409, "already_exists");
    }
}

#[test]
fn a_plan_is_of_a_centre_a_year_and_a_survey_that_fit() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let post = |members: Value| {
        let body = with(json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch năm 2018" }), members);
        client.post("/v1/plans").by(&cast.staff.token).json(&body).send()
    };
    let survey = |centre: Value| {
        let body = json!({ "centre_id": centre, "title": "Điều tra", "started_on": "2017-11-01", "topics": [{ "category": "law", "title": "Luật" }] });
        client.post("/v1/surveys").by(&cast.commune_officer.token).json(&body).send().expect(201).json()
    };
    let (own, second, others) = (survey(json!(cast.centre)), survey(json!(cast.centre)), survey(json!(sibling)));
    let refuse = |members: Value, code: &str, pointer: &str, rule: &str| {
        post(members).fault(422, code, pointer, rule);
    };
    refuse(json!({ "year": 2007 }), "rule_broken", "/year", "centre_in_year");
    refuse(json!({ "year": 2028 }), "rule_broken", "/year", "plausible_year");
    refuse(json!({ "year": 1989 }), "invalid_body", "/year", "range");
    refuse(json!({ "year": 2027, "signed_on": "2027-12-31" }), "rule_broken", "/signed_on", "plausible_date");
    refuse(json!({ "centre_id": sibling }), "rule_broken", "/centre_id", "holder_in_scope");
    refuse(json!({ "survey_id": others["id"] }), "rule_broken", "/survey_id", "survey_of_centre");
    refuse(json!({ "survey_id": ABSENT }), "rule_broken", "/survey_id", "survey_of_centre");
    let late = json!({ "centre_id": cast.centre, "title": "Điều tra", "started_on": "2019-01-01" });
    let late = client.post("/v1/surveys").by(&cast.staff.token).json(&late).send().expect(201).json();
    refuse(json!({ "survey_id": late["id"] }), "rule_broken", "/survey_id", "survey_before_plan");
    refuse(json!({ "signed_on": "2016-12-31" }), "rule_broken", "/signed_on", "signed_for_the_year");
    refuse(json!({ "signed_on": "2019-01-01" }), "rule_broken", "/signed_on", "signed_for_the_year");
    refuse(json!({ "number": "" }), "invalid_body", "/number", "length");
    for member in ["state", "approved_on", "revises_id", "return_reason"] {
        refuse(json!({ member: "approved" }), "invalid_body", &format!("/{member}"), "unknown_member");
    }
    assert!(client.walk(&cast.staff.token, "/v1/plans").is_empty());

    post(json!({ "year": 2027 })).expect(201);
    let plan = Drafted::new(&cast, json!({ "survey_id": own["id"] }));
    plan.patch(&cast.staff, json!({ "year": 2019 })).fault(422, "rule_broken", "/year", "fixed_member");
    plan.patch(&cast.staff, json!({ "centre_id": sibling })).fault(422, "rule_broken", "/centre_id", "fixed_member");
    plan.patch(&cast.staff, json!({ "state": "approved" })).fault(422, "invalid_body", "/state", "unknown_member");
    // The survey stays while items rest on its topics.
    plan.item(&cast.staff, json!({ "survey_topic_id": own["topics"][0]["id"] }));
    plan.patch(&cast.staff, json!({ "survey_id": second["id"] })).fault(422, "rule_broken", "/survey_id", "topics_of_survey");
    plan.patch(&cast.staff, json!({ "survey_id": null })).fault(422, "rule_broken", "/survey_id", "topics_of_survey");
    assert_eq!(plan.read(&cast.staff)["survey_id"], own["id"]);
    plan.patch(&cast.staff, json!({ "title": "Kế hoạch" })).expect(200);
}

#[test]
fn an_item_fits_its_plan() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let survey = json!({ "centre_id": cast.centre, "title": "Điều tra", "started_on": "2017-11-01", "topics": [{ "category": "law", "title": "Luật" }] });
    let [asked, other] =
        [(), ()].map(|()| client.post("/v1/surveys").by(&cast.staff.token).json(&survey).send().expect(201).json());
    let plan = Drafted::new(&cast, json!({ "survey_id": asked["id"] }));
    let bare = Drafted::new(&cast, json!({}));
    let theirs = json!({ "centre_id": sibling, "year": 2018, "title": "Kế hoạch" });
    let theirs = client.post("/v1/plans").by(&cast.commune_officer.token).json(&theirs).send().expect(201).json();
    let post = |members: Value| {
        let body = json!({ "plan_id": plan.id(), "month": 3, "category": "law", "title": "Luật Đất đai" });
        client.post("/v1/plan_items").by(&cast.staff.token).json(&with(body, members)).send()
    };
    let refuse = |members: Value, code: &str, pointer: &str, rule: &str| {
        post(members).fault(422, code, pointer, rule);
    };
    let topic = &asked["topics"][0]["id"];
    refuse(json!({ "plan_id": theirs["id"] }), "rule_broken", "/plan_id", "plan_in_scope");
    refuse(json!({ "plan_id": ABSENT }), "rule_broken", "/plan_id", "plan_in_scope");
    refuse(json!({ "month": 0 }), "invalid_body", "/month", "range");
    refuse(json!({ "month": 13 }), "invalid_body", "/month", "range");
    refuse(json!({ "targets": { "classes": -1 } }), "invalid_body", "/targets/classes", "range");
    refuse(json!({ "sub_category": "knitting" }), "rule_broken", "/sub_category", "category_of_province");
    refuse(json!({ "survey_topic_id": other["topics"][0]["id"] }), "rule_broken", "/survey_topic_id", "topic_of_plan_survey");
    refuse(json!({ "survey_topic_id": topic, "plan_id": bare.id() }), "rule_broken", "/survey_topic_id", "topic_of_plan_survey");
    refuse(json!({ "survey_topic_id": topic, "category": "health" }), "rule_broken", "/category", "category_of_topic");
    for member in ["centre_id", "continues_id"] {
        refuse(json!({ member: ABSENT }), "invalid_body", &format!("/{member}"), "unknown_member");
    }
    assert!(plan.items(&cast.staff).is_empty());

    let made = post(json!({ "survey_topic_id": topic, "targets": { "participations": 100 }, "estimated_cost_vnd": 2_000_000 }))
        .expect(201);
    let (path, item) = (made.header("location").unwrap().to_owned(), made.json());
    assert_eq!((&item["centre_id"], &item["continues_id"]), (&json!(cast.centre), &Value::Null));
    assert_eq!(item["targets"], json!({ "classes": null, "sessions": null, "participations": 100 }));
    let patch = |body: Value| client.patch(&path).by(&cast.staff.token).if_match(&made.etag()).json(&body).send();
    patch(json!({ "plan_id": bare.id() })).fault(422, "rule_broken", "/plan_id", "fixed_member");
    let after = patch(json!({ "targets": { "participations": null, "classes": 2 }, "survey_topic_id": null })).expect(200).json();
    assert_eq!(after["targets"], json!({ "classes": 2, "sessions": null, "participations": null }));
    assert_eq!(after["centre_id"], json!(cast.centre));
    let months = |query: &str| -> Vec<u64> {
        let items = client.walk(&cast.officer.token, &format!("/v1/plan_items?{query}"));
        items.iter().map(|item| item["month"].as_u64().unwrap()).collect()
    };
    post(json!({ "month": 1, "category": "health", "title": "Sơ cứu" })).expect(201);
    assert_eq!((months("limit=1"), months("sort=desc&limit=1")), (vec![1, 3], vec![3, 1]));
    assert_eq!((months("month=3"), months("category=health")), (vec![3], vec![1]));
    assert_eq!(months(&format!("centre_id={sibling}")), [] as [u64; 0]);
    client.get("/v1/plan_items?month=13").by(&cast.staff.token).send().fault(400, "invalid_parameter", "month", "range");
}

#[test]
fn a_revision_takes_the_place_of_its_plan_once_it_is_approved() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let mut plan = Drafted::new(&cast, json!({ "number": "06/KH-TTHTCĐ" }));
    let item = plan.item(&cast.staff, json!({ "targets": { "participations": 100 } }));
    let dropped = plan.item(&cast.staff, json!({ "month": 9, "category": "health", "title": "Sơ cứu" }));
    plan.attempt(&cast.staff, "revise", &Value::Null).refused(409, "state_conflict");
    plan.approve(&cast);
    let done = activity(&cast, &item, json!({ "participations": { "total": 60 } })).expect(201);
    activity(&cast, &dropped, json!({ "category": "health", "participations": { "total": 9 } })).expect(201);

    let mut revision = plan.revise(&cast.staff);
    let copy = revision.read(&cast.staff);
    assert_eq!((&copy["state"], &copy["revises_id"], &copy["number"]), (&json!("draft"), &json!(plan.id()), &Value::Null));
    let items = revision.items(&cast.staff);
    assert_eq!(each(&items, "continues_id"), [item["id"].as_str().unwrap(), dropped["id"].as_str().unwrap()]);
    assert_eq!((&items[0]["targets"], &items[0]["title"]), (&item["targets"], &item["title"]));
    assert_eq!(reasons(&plan.read(&cast.staff), "revise"), ["revision_open"]);
    plan.attempt(&cast.staff, "revise", &Value::Null).refused(409, "state_conflict");
    // Until then the plan holds, and its revision does not.
    activity(&cast, &items[0], json!({})).fault(422, "rule_broken", "/plan_item_id", "plan_approved");
    activity(&cast, &item, json!({ "participations": { "total": 10 } })).expect(201);

    let gone = format!("/v1/plan_items/{}", items[1]["id"].as_str().unwrap());
    let tag = client.get(&gone).by(&cast.staff.token).send().expect(200).etag();
    client.delete(&gone).by(&cast.staff.token).if_match(&tag).send().expect(204);
    revision.patch(&cast.staff, json!({ "number": "06/KH-TTHTCĐ" })).refused(409, "already_exists");
    revision.etag = revision.patch(&cast.staff, json!({ "number": "08/KH-TTHTCĐ" })).expect(200).etag();
    let before = client.walk(&cast.admin.token, "/v1/audit_records?operation=approve_plan").len();
    revision.approve(&cast);
    assert_eq!(plan.read(&cast.staff)["state"], "superseded");
    assert!(allowed(&plan.read(&cast.commune_officer)).is_empty());
    let trail = client.walk(&cast.admin.token, "/v1/audit_records?operation=approve_plan");
    assert_eq!(trail.len() - before, 2, "what was superseded and what was approved");

    // New work names the revision; what named the plan before may still be corrected.
    activity(&cast, &item, json!({})).fault(422, "rule_broken", "/plan_item_id", "plan_approved");
    activity(&cast, &items[0], json!({ "starts_on": "2018-08-01", "ends_on": "2018-08-01", "participations": { "total": 20 } }))
        .expect(201);
    let path = done.header("location").unwrap();
    let corrected = json!({ "participations": { "total": 61 } });
    client.patch(path).by(&cast.staff.token).if_match(&done.etag()).json(&corrected).send().expect(200);

    // What was done for an item counts for the one that goes on from it; what was dropped lies beside the plan.
    let progress = revision.progress(&cast.staff, "");
    let people = &progress["items"][0]["participations"];
    assert_eq!((&people["done"], &progress["items"][0]["activities"]), (&json!(91), &json!(3)));
    assert_eq!(people["share"], json!({ "numerator": 91, "denominator": 100, "percent": 91.0 }));
    let beside = &progress["beside_plan"][0];
    assert_eq!((&beside["category"], &beside["participations"]["done"]), (&json!("health"), &json!(9)));
    // And a revision can be revised again.
    let third = revision.revise(&cast.staff);
    assert_eq!(third.items(&cast.staff).len(), 1);
    assert_eq!(third.progress(&cast.staff, "")["items"][0]["participations"]["done"], 91);
    // An open revision can be given up.
    client.delete(&third.path).by(&cast.staff.token).if_match(&third.etag).send().expect(204);
    assert_eq!(allowed(&revision.read(&cast.staff)), ["revise"]);
}

#[test]
fn an_activity_carries_out_an_item_of_its_own_centre_category_and_year() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let theirs = json!({ "centre_id": sibling, "year": 2018, "title": "Kế hoạch" });
    let theirs = client.post("/v1/plans").by(&cast.commune_officer.token).json(&theirs).send().expect(201);
    let mut theirs = Drafted::at(client, &theirs);
    let foreign = theirs.item(&cast.commune_officer, json!({}));
    theirs.step(&cast.commune_officer, "submit", Value::Null);
    let colleague = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(cast.commune), None);
    theirs.step(&colleague, "approve", json!({ "approved_on": "2018-01-15" }));

    let mut plan = Drafted::new(&cast, json!({}));
    let item = plan.item(&cast.staff, json!({}));
    activity(&cast, &item, json!({})).fault(422, "rule_broken", "/plan_item_id", "plan_approved");
    plan.approve(&cast);
    let made = activity(&cast, &item, json!({})).expect(201);
    // Another month is fine, another year is not.
    let november = activity(&cast, &item, json!({ "starts_on": "2018-11-02", "ends_on": "2018-11-02" })).expect(201).json();
    let days = |from: &str, to: &str| json!({ "starts_on": from, "ends_on": to });
    activity(&cast, &item, days("2018-12-31", "2019-01-02")).expect(201);
    activity(&cast, &item, days("2019-01-01", "2019-01-01")).fault(422, "rule_broken", "/starts_on", "day_in_plan_year");
    activity(&cast, &item, days("2017-12-31", "2018-01-01")).fault(422, "rule_broken", "/starts_on", "day_in_plan_year");
    activity(&cast, &item, json!({ "category": "health" })).fault(422, "rule_broken", "/category", "category_of_plan_item");
    for absent in [foreign, json!({ "id": ABSENT })] {
        activity(&cast, &absent, json!({})).fault(422, "rule_broken", "/plan_item_id", "plan_item_of_centre");
    }
    let patch = |body: Value| {
        client.patch(made.header("location").unwrap()).by(&cast.staff.token).if_match(&made.etag()).json(&body).send()
    };
    patch(json!({ "category": "health" })).fault(422, "rule_broken", "/category", "category_of_plan_item");
    patch(json!({ "plan_item_id": null, "category": "health" })).expect(200);

    let found = client.walk(&cast.officer.token, &format!("/v1/activities?plan_item_id={}", item["id"].as_str().unwrap()));
    assert_eq!(found.len(), 2);
    assert!(each(&found, "id").contains(&november["id"].as_str().unwrap()));
}

#[test]
fn progress_sets_what_was_done_against_what_was_planned() {
    let cast = KimSon::new();
    let mut plan = Drafted::new(&cast, json!({}));
    let law = plan.item(&cast.staff, json!({ "targets": { "classes": 2, "participations": 150 } }));
    let health = plan.item(&cast.staff, json!({ "month": 5, "category": "health", "targets": { "participations": 200 } }));
    let late = plan.item(&cast.staff, json!({ "month": 6, "category": "environment", "targets": { "classes": 1 } }));
    plan.item(&cast.staff, json!({ "month": 12, "category": "arts_sports", "targets": { "sessions": 4 } }));
    plan.approve(&cast);
    let held = |item: &Value, category: &str, day: &str, members: Value| {
        let own = json!({ "category": category, "starts_on": day, "ends_on": day });
        activity(&cast, item, with(own, members)).expect(201);
    };
    held(&law, "law", "2018-03-14", json!({ "classes": 1, "participations": { "total": 60 } }));
    held(&law, "law", "2018-04-20", json!({ "classes": 1, "participations": { "total": 40 } }));
    // Nobody counted who came.
    held(&health, "health", "2018-05-02", json!({ "classes": 1 }));
    // Others ran this one; and these carry out no item.
    held(
        &late,
        "environment",
        "2018-06-05",
        json!({ "role": "host_only", "lead_organisation": "Hội Phụ nữ", "participations": { "total": 900 } }),
    );
    let none = json!({ "id": null });
    held(&none, "law", "2018-07-07", json!({ "participations": { "total": 30 } }));
    held(&none, "law", "2018-07-08", json!({}));
    let month = json!({ "entry": "monthly_total", "classes": 5, "participations": { "total": 300 } });
    held(&none, "culture_society", "2018-02-01", month);
    held(&none, "law", "2019-01-01", json!({ "participations": { "total": 5000 } }));

    let progress = plan.progress(&cast.officer, "");
    assert_eq!(
        (&progress["year"], &progress["state"], &progress["as_of"]),
        (&json!(2018), &json!("approved"), &json!("2026-11-22"))
    );
    let item = |place: usize| &progress["items"][place];
    let standings: Vec<_> =
        (0..4).map(|place| (item(place)["standing"].as_str().unwrap(), item(place)["is_late"] == true)).collect();
    assert_eq!(standings, [("under_way", true), ("unclear", false), ("not_begun", true), ("not_begun", true)]);
    assert_eq!((&progress["items_not_begun"], &progress["items_late"]), (&json!(2), &json!(3)));
    assert_eq!(
        item(0)["participations"],
        json!({ "target": 150, "targets_set": 1, "done": 100, "reported": 2,
            "share": { "numerator": 100, "denominator": 150, "percent": 66.7 } })
    );
    assert_eq!(item(0)["classes"]["share"], json!({ "numerator": 2, "denominator": 2, "percent": 100.0 }));
    assert_eq!(item(0)["sessions"], json!({ "target": null, "targets_set": 0, "done": null, "reported": 0, "share": null }));
    assert_eq!(
        (&item(1)["participations"]["done"], &item(1)["participations"]["share"]),
        (&Value::Null, &Value::Null),
        "blank is not zero"
    );
    assert_eq!((&item(2)["activities"], &item(2)["activities_of_others"]), (&json!(0), &json!(1)));
    assert_eq!((&item(2)["classes"]["done"], &item(2)["participations"]["done"]), (&json!(0), &json!(0)), "nothing held is zero");

    let quarter = |number: usize, member: &str| progress["quarters"][number - 1][member].clone();
    assert_eq!((quarter(1, "items"), quarter(1, "activities")), (json!(1), json!(1)));
    assert_eq!(quarter(1, "participations")["share"], json!({ "numerator": 60, "denominator": 150, "percent": 40.0 }));
    assert_eq!((quarter(2, "items"), quarter(2, "activities")), (json!(2), json!(2)));
    assert_eq!(
        quarter(2, "participations"),
        json!({ "target": 200, "targets_set": 1, "done": 40, "reported": 1,
            "share": { "numerator": 40, "denominator": 200, "percent": 20.0 } })
    );
    assert_eq!(
        (quarter(4, "items"), quarter(4, "sessions")["share"].clone()),
        (json!(1), json!({ "numerator": 0, "denominator": 4, "percent": 0.0 }))
    );
    let total = &progress["total"];
    assert_eq!((&total["items"], &total["activities"]), (&json!(4), &json!(3)));
    assert_eq!(
        (&total["participations"]["target"], &total["participations"]["done"], &total["participations"]["reported"]),
        (&json!(350), &json!(100), &json!(2))
    );
    let beside: Vec<_> = progress["beside_plan"]
        .as_array()
        .unwrap()
        .iter()
        .map(|beside| (beside["category"].as_str().unwrap(), beside["activities"].clone(), beside["participations"].clone()))
        .collect();
    assert_eq!(
        beside,
        [
            ("law", json!(2), json!({ "done": 30, "reported": 1 })),
            ("culture_society", json!(1), json!({ "done": 300, "reported": 1 })),
        ]
    );

    // As it was in the middle of March, and at the end of April.
    let then = plan.progress(&cast.officer, "?as_of=2018-03-20");
    assert_eq!((&then["items"][0]["participations"]["done"], &then["items_late"]), (&json!(60), &json!(0)));
    assert_eq!(then["beside_plan"].as_array().unwrap().len(), 1);
    let then = plan.progress(&cast.officer, "?as_of=2018-04-30");
    assert_eq!((&then["items"][0]["standing"], &then["items_late"]), (&json!("under_way"), &json!(1)));
    let get = |query: &str| cast.world.client.get(&format!("{}/progress?{query}", plan.path)).by(&cast.officer.token).send();
    get("as_of=1989-12-31").fault(400, "invalid_parameter", "as_of", "plausible_date");
    get("as_of=today").fault(400, "invalid_parameter", "as_of", "type");
}

#[test]
fn progress_asks_the_database_as_little_for_many_items_as_for_one() {
    let cast = KimSon::new();
    let plan = Drafted::new(&cast, json!({}));
    let cost = || {
        plan.progress(&cast.staff, "");
        let once = || {
            let before = cast.world.app.statements();
            plan.progress(&cast.staff, "");
            cast.world.app.statements() - before
        };
        (0..5).map(|_| once()).min().unwrap()
    };
    plan.item(&cast.staff, json!({}));
    let few = cost();
    for month in 1..=12 {
        plan.item(&cast.staff, json!({ "month": month }));
    }
    assert_eq!(plan.progress(&cast.staff, "")["items"].as_array().unwrap().len(), 13);
    assert_eq!(cost(), few);
    assert!(few <= 8, "{few}");
}

#[test]
fn a_plan_is_seen_and_approved_by_its_own_commune_alone() {
    let cast = KimSon::new();
    let mut plan = Drafted::new(&cast, json!({}));
    plan.item(&cast.staff, json!({}));
    plan.step(&cast.staff, "submit", Value::Null);
    let elsewhere = cast.world.unit("06673", "2018-12-31");
    let stranger = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(elsewhere), None);
    plan.attempt(&stranger, "approve", &json!({ "approved_on": "2018-01-15" })).refused(404, "not_found");
    plan.attempt(&stranger, "return", &json!({ "reason": "không" })).refused(404, "not_found");
    cast.world.client.get(&plan.path).by(&stranger.token).send().refused(404, "not_found");
    cast.world.client.get(&format!("{}/progress", plan.path)).by(&stranger.token).send().refused(404, "not_found");
    assert!(cast.world.client.walk(&stranger.token, "/v1/plans").is_empty());
    assert!(plan.items(&stranger).is_empty());
    assert_eq!(plan.read(&cast.staff)["state"], "submitted");
    plan.step(&cast.commune_officer, "approve", json!({ "approved_on": "2018-01-15" }));
}
