//! Activities: what is counted and what is blank, totals of months beside single entries, batches, lists, and where they end.

use std::sync::Barrier;

use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

/// A talk on law that the centre held on 14 March 2018, with these members changed.
fn talk(cast: &KimSon, members: Value) -> Value {
    let mut body = json!({
        "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
        "starts_on": "2018-03-14", "ends_on": "2018-03-14", "classes": 1, "participations": { "total": 45, "female": 24 },
    });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

/// The totals of March 2018 for a category.
fn total(cast: &KimSon, members: Value) -> Value {
    let mut body = talk(
        cast,
        json!({ "entry": "monthly_total", "title": "Tổng số tháng 3", "starts_on": "2018-03-01", "ends_on": "2018-03-31",
        "classes": 8, "participations": { "total": 712 } }),
    );
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

fn post_by(cast: &KimSon, who: &Person, body: &Value) -> Response {
    cast.world.client.post("/v1/activities").by(&who.token).json(body).send()
}

fn post(cast: &KimSon, body: &Value) -> Response {
    post_by(cast, &cast.staff, body)
}

#[track_caller]
fn refused(cast: &KimSon, members: Value, pointer: &str, rule: &str) {
    post(cast, &talk(cast, members)).fault(422, "rule_broken", pointer, rule);
}

fn listed(cast: &KimSon, query: &str) -> Vec<Value> {
    cast.world.client.walk(&cast.staff.token, &format!("/v1/activities?{query}"))
}

#[test]
fn an_activity_is_recorded_changed_and_removed_and_each_is_on_record() {
    let cast = KimSon::new();
    let made =
        post(&cast, &talk(&cast, json!({ "place": "Nhà văn hóa khu Kim Thành", "partner_organisations": ["Hội Nông dân"] })));
    let made = made.expect(201);
    let (path, activity) = (made.header("location").unwrap().to_owned(), made.json());
    assert_eq!((&activity["entry"], &activity["scope"]), (&json!("detailed"), &json!("centre")), "by default");
    assert_eq!(activity["partner_organisations"], json!(["Hội Nông dân"]));
    let read = cast.world.client.get(&path).by(&cast.officer.token).send().expect(200);
    assert_eq!((read.json(), read.etag()), (activity.clone(), made.etag()));

    let patch = |etag: &str, body: Value| cast.world.client.patch(&path).by(&cast.staff.token).if_match(etag).json(&body).send();
    let changed = patch(&made.etag(), json!({ "participations": { "female": null }, "sessions": 1, "place": null })).expect(200);
    let after = changed.json();
    assert_eq!(after["participations"]["female"], Value::Null, "null empties");
    assert_eq!((&after["participations"]["total"], &after["sessions"]), (&json!(45), &json!(1)), "what is absent stays");
    patch(&made.etag(), json!({ "sessions": 2 })).refused(412, "etag_mismatch");

    cast.world.client.delete(&path).by(&cast.staff.token).send().refused(428, "if_match_required");
    cast.world.client.delete(&path).by(&cast.officer.token).if_match(&changed.etag()).send().refused(403, "right_missing");
    cast.world.client.delete(&path).by(&cast.staff.token).if_match(&changed.etag()).send().expect(204);
    cast.world.client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
    let trail = cast.world.client.walk(&cast.admin.token, "/v1/audit_records?subject=activity");
    assert_eq!(each(&trail, "operation"), ["delete_activity", "update_activity", "create_activity"]);
    assert!(trail[0]["before"].as_str().unwrap().contains("Luật Đất đai"), "the trail keeps what it said");
}

#[test]
fn a_blank_number_is_no_zero() {
    let cast = KimSon::new();
    let blank = post(&cast, &talk(&cast, json!({ "participations": { "total": 45 } }))).expect(201).json();
    for member in ["female", "ethnic_minority", "disabled"] {
        assert_eq!(blank["participations"][member], Value::Null, "{member}");
    }
    assert_eq!((&blank["sessions"], &blank["participants"], &blank["cost_vnd"]), (&Value::Null, &Value::Null, &Value::Null));
    let zero = json!({ "participations": { "total": 45, "female": 0, "ages": { "under_15": 0 } }, "sessions": 0 });
    let zero = post(&cast, &talk(&cast, zero)).expect(201).json();
    assert_eq!((&zero["participations"]["female"], &zero["sessions"]), (&json!(0), &json!(0)));
    assert_eq!(
        (&zero["participations"]["ages"]["under_15"], &zero["participations"]["ages"]["over_60"]),
        (&json!(0), &Value::Null)
    );
    let nothing = post(&cast, &talk(&cast, json!({ "participations": {}, "classes": null }))).expect(201).json();
    assert_eq!((&nothing["participations"]["total"], &nothing["classes"]), (&Value::Null, &Value::Null));
}

#[test]
fn no_part_is_larger_than_the_whole_and_nothing_refused_is_stored() {
    let cast = KimSon::new();
    let people = |counts: Value| json!({ "participations": counts });
    let ages = |under: i64, young: i64, older: i64, old: i64| json!({ "under_15": under, "from_15_to_35": young, "from_36_to_60": older, "over_60": old });
    for part in ["female", "ethnic_minority", "disabled"] {
        post(&cast, &talk(&cast, people(json!({ "total": 45, part: 45 })))).expect(201);
        refused(&cast, people(json!({ "total": 45, part: 46 })), &format!("/participations/{part}"), "part_of_total");
        refused(&cast, people(json!({ part: 1 })), &format!("/participations/{part}"), "part_of_total");
    }
    post(&cast, &talk(&cast, people(json!({ "total": 45, "ages": ages(5, 10, 20, 10) })))).expect(201);
    post(&cast, &talk(&cast, people(json!({ "total": 45, "ages": { "under_15": 5 } })))).expect(201);
    refused(&cast, people(json!({ "total": 45, "ages": ages(5, 10, 20, 11) })), "/participations/ages", "ages_within_total");
    refused(&cast, people(json!({ "total": 45, "ages": ages(5, 10, 20, 9) })), "/participations/ages", "ages_within_total");
    refused(&cast, people(json!({ "total": 45, "ages": { "over_60": 46 } })), "/participations/ages", "ages_within_total");
    refused(&cast, people(json!({ "ages": { "over_60": 1 } })), "/participations/ages", "ages_within_total");
    post(&cast, &talk(&cast, json!({ "participants": 45 }))).expect(201);
    refused(&cast, json!({ "participants": 46 }), "/participants", "people_within_participations");
    refused(&cast, json!({ "ends_on": "2018-03-13" }), "/ends_on", "dates_in_order");
    refused(&cast, json!({ "starts_on": "1989-12-31" }), "/starts_on", "plausible_date");
    post(&cast, &talk(&cast, json!({ "classes": -1 }))).fault(422, "invalid_body", "/classes", "range");
    post(&cast, &talk(&cast, json!({ "title": " " }))).fault(422, "invalid_body", "/title", "blank");
    post(&cast, &talk(&cast, json!({ "category": "law_talks" }))).fault(422, "invalid_body", "/category", "code_unknown");
    post(&cast, &talk(&cast, json!({ "partner_organisations": [""] }))).fault(
        422,
        "rule_broken",
        "/partner_organisations/0",
        "length",
    );
    // All faults come at once.
    let faulty = json!({ "participations": { "total": 45, "female": 46 }, "participants": 50, "role": "coordinated" });
    let rules = post(&cast, &talk(&cast, faulty)).rules(422);
    assert_eq!(rules, ["part_of_total", "people_within_participations", "lead_organisation_needed"]);
    assert_eq!(listed(&cast, "").len(), 6);
}

#[test]
fn what_others_ran_names_who_did() {
    let cast = KimSon::new();
    for role in ["coordinated", "host_only"] {
        post(&cast, &talk(&cast, json!({ "role": role, "lead_organisation": "Hội Nông dân phường" }))).expect(201);
        refused(&cast, json!({ "role": role }), "/lead_organisation", "lead_organisation_needed");
        refused(&cast, json!({ "role": role, "lead_organisation": "  " }), "/lead_organisation", "lead_organisation_needed");
    }
    post(&cast, &talk(&cast, json!({ "role": "co_organiser" }))).expect(201);
    assert_eq!(listed(&cast, "").len(), 3);
}

#[test]
fn a_centre_holds_activities_only_while_it_operates() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let centre = format!("/v1/centres/{}", cast.centre);
    let act = |act: &str, day: &str, number: &str| {
        let etag = client.get(&centre).by(&cast.commune_officer.token).send().expect(200).etag();
        let decision = json!({ "number": number, "date": day, "issuer": "UBND phường" });
        let body = json!({ "act": act, "effective_on": day, "decision": decision, "reason": "thiếu điều kiện" });
        client.post(&format!("{centre}/acts")).by(&cast.commune_officer.token).if_match(&etag).json(&body).send().expect(201);
    };
    let on = |day: &str| post(&cast, &talk(&cast, json!({ "starts_on": day, "ends_on": day })));
    on("2008-01-01").expect(201);
    on("2007-12-31").fault(422, "rule_broken", "/starts_on", "centre_operating");
    act("suspend", "2018-06-01", "1/QĐ");
    on("2018-05-31").expect(201);
    let refusal = on("2018-06-01").fault(422, "rule_broken", "/starts_on", "centre_operating");
    assert!(refusal["legal_basis"].as_str().unwrap().contains("125/2024"), "{refusal}");
    act("resume", "2018-09-01", "2/QĐ");
    on("2018-08-31").fault(422, "rule_broken", "/starts_on", "centre_operating");
    on("2018-09-01").expect(201);
    act("dissolve", "2020-01-01", "3/QĐ");
    on("2019-12-31").expect(201);
    on("2020-01-01").fault(422, "rule_broken", "/starts_on", "centre_operating");
    assert_eq!(listed(&cast, "").len(), 4);

    let proposed = json!({ "name": "TTHTCĐ đề nghị", "commune_id": cast.world.unit("07069", "2026-01-01"), "operating_model": "standalone" });
    let proposed = client.post("/v1/centres").by(&cast.admin.token).json(&proposed).send().expect(201).json();
    let commune = cast.world.unit("07069", "2026-01-01");
    let officer = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(commune), None);
    let body = talk(&cast, json!({ "centre_id": proposed["id"] }));
    post_by(&cast, &officer, &body).fault(422, "rule_broken", "/starts_on", "centre_operating");
}

#[test]
fn totals_of_a_month_hold_a_number() {
    let cast = KimSon::new();
    let total = |members: Value| {
        let body =
            json!({ "entry": "monthly_total", "participations": {}, "classes": null, "sessions": null, "participants": null });
        let mut body = talk(&cast, body);
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        post(&cast, &body)
    };
    total(json!({})).fault(422, "rule_broken", "/entry", "total_of_something");
    assert!(listed(&cast, "").is_empty());
    total(json!({ "classes": 0 })).expect(201);
}

#[test]
fn a_month_is_entered_one_by_one_or_as_totals_and_freed_by_the_last_entry() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let remove = |made: &Response| {
        client.delete(made.header("location").unwrap()).by(&cast.staff.token).if_match(&made.etag()).send().expect(204);
    };
    let no = |answer: Response| answer.fault(422, "rule_broken", "/entry", "one_way_of_entry");

    // One by one first.
    let (first, second) = (post(&cast, &talk(&cast, json!({}))).expect(201), post(&cast, &talk(&cast, json!({}))).expect(201));
    no(post(&cast, &total(&cast, json!({}))));
    remove(&first);
    no(post(&cast, &total(&cast, json!({}))));
    remove(&second);
    // Totals first.
    let made = post(&cast, &total(&cast, json!({}))).expect(201);
    no(post(&cast, &talk(&cast, json!({}))));
    // Another month, category or scope has its own way.
    post(&cast, &talk(&cast, json!({ "starts_on": "2018-04-01", "ends_on": "2018-04-01" }))).expect(201);
    post(&cast, &talk(&cast, json!({ "category": "health" }))).expect(201);
    post(&cast, &talk(&cast, json!({ "scope": "hamlets" }))).expect(201);
    remove(&made);
    let moved = post(&cast, &talk(&cast, json!({}))).expect(201);

    // A change to another month or category claims that and frees the one before.
    let april = json!({ "starts_on": "2018-05-02", "ends_on": "2018-05-02" });
    let path = moved.header("location").unwrap();
    let moved = client.patch(path).by(&cast.staff.token).if_match(&moved.etag()).json(&april).send().expect(200);
    let made = post(&cast, &total(&cast, json!({}))).expect(201);
    let back = json!({ "starts_on": "2018-03-02", "ends_on": "2018-03-02" });
    no(client.patch(path).by(&cast.staff.token).if_match(&moved.etag()).json(&back).send());
    // Nor does an entry change from the one kind into the other beside others.
    let other = post(&cast, &talk(&cast, json!({ "category": "health", "title": "Tiêm chủng" }))).expect(201);
    let into = json!({ "entry": "monthly_total" });
    no(client.patch(other.header("location").unwrap()).by(&cast.staff.token).if_match(&other.etag()).json(&into).send());
    remove(&made);
    client.patch(path).by(&cast.staff.token).if_match(&moved.etag()).json(&back).send().expect(200);
}

#[test]
fn the_totals_of_a_month_stand_once_and_belong_to_no_single_thing() {
    let cast = KimSon::new();
    let made = post(&cast, &total(&cast, json!({}))).expect(201);
    post(&cast, &total(&cast, json!({}))).fault(422, "rule_broken", "/starts_on", "one_total_a_month");
    post(&cast, &total(&cast, json!({ "starts_on": "2018-03-05", "ends_on": "2018-03-06" }))).fault(
        422,
        "rule_broken",
        "/starts_on",
        "one_total_a_month",
    );
    // Own work and others' are totals of their own.
    post(&cast, &total(&cast, json!({ "role": "coordinated", "lead_organisation": "Hội Nông dân" }))).expect(201);
    post(&cast, &total(&cast, json!({ "starts_on": "2018-04-01", "ends_on": "2018-04-30" }))).expect(201);
    post(&cast, &total(&cast, json!({ "starts_on": "2018-05-01", "ends_on": "2018-06-01" }))).fault(
        422,
        "rule_broken",
        "/ends_on",
        "within_one_month",
    );
    let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    let sites = format!("/v1/centres/{}/sites", cast.centre);
    let site = cast.world.client.post(&sites).by(&cast.manager.token).json(&site).send().expect(201).json();
    post(&cast, &total(&cast, json!({ "starts_on": "2018-05-01", "ends_on": "2018-05-31", "site_id": site["id"] }))).fault(
        422,
        "rule_broken",
        "/entry",
        "total_of_no_single_thing",
    );
    // The totals themselves may be corrected.
    let path = made.header("location").unwrap();
    let corrected = json!({ "participations": { "total": 713 } });
    let after = cast.world.client.patch(path).by(&cast.staff.token).if_match(&made.etag()).json(&corrected).send().expect(200);
    assert_eq!(after.json()["participations"]["total"], 713);
    assert_eq!(listed(&cast, "").len(), 3);
}

#[test]
fn of_two_who_enter_a_month_in_both_ways_at_once_just_one_wins() {
    let cast = KimSon::new();
    for month in 1..=8 {
        let first = format!("2018-{month:02}-01");
        let days = json!({ "starts_on": first, "ends_on": first });
        let (one, all) = (talk(&cast, days.clone()), total(&cast, days));
        let start = Barrier::new(2);
        let send = |body: &Value| {
            start.wait();
            post(&cast, body)
        };
        let (one, all) = std::thread::scope(|scope| {
            let other = scope.spawn(|| send(&all));
            (send(&one), other.join().unwrap())
        });
        let (won, lost) = if one.status == 201 { (one, all) } else { (all, one) };
        let won = won.expect(201).json();
        lost.fault(422, "rule_broken", "/entry", "one_way_of_entry");
        let stored = listed(&cast, &format!("from={first}&to={first}"));
        assert_eq!(each(&stored, "id"), [won["id"].as_str().unwrap()], "nothing else is stored");
    }
}

#[test]
fn the_same_batch_sent_several_times_at_once_is_made_once_and_refused_to_nobody() {
    let cast = KimSon::new();
    let items: Vec<Value> = (10..30)
        .map(|n| {
            let mut body = talk(&cast, json!({}));
            body["id"] = json!(format!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c{n}"));
            body
        })
        .collect();
    let batch = json!({ "items": items });
    let send = || cast.world.client.post("/v1/activities/batch").by(&cast.staff.token).json(&batch).send().expect(200).json();
    for _ in 0..3 {
        let answers: Vec<Value> = std::thread::scope(|scope| {
            let sent: Vec<_> = (0..4).map(|_| scope.spawn(send)).collect();
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        });
        assert!(answers.iter().all(|answer| answer["refused"] == 0), "{answers:#?}");
    }
    assert_eq!(listed(&cast, "").len(), 20);
}

#[test]
fn what_has_not_been_held_yet_has_no_results() {
    let cast = KimSon::new();
    let send = |members: Value| cast.world.client.post("/v1/activities").by(&cast.staff.token).json(&talk(&cast, members)).send();
    let coming = json!({ "starts_on": "2026-11-23", "ends_on": "2026-11-23", "participations": { "total": 5 } });
    send(coming).fault(422, "rule_broken", "/participations", "counted_once_held");
    send(json!({ "starts_on": "2026-11-23", "ends_on": "2026-11-23", "participations": {} })).expect(201);
    let month = json!({ "entry": "monthly_total", "category": "health", "starts_on": "2026-12-01", "ends_on": "2026-12-31",
        "participations": {} });
    send(month).fault(422, "rule_broken", "/starts_on", "month_has_begun");
}

#[test]
fn a_batch_that_is_sent_again_makes_nothing_twice_and_a_bad_item_holds_up_no_other() {
    let cast = KimSon::new();
    let id = |n: u8| format!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c{n:02}");
    let item = |n: u8, members: Value| {
        let mut body = talk(&cast, members);
        body["id"] = json!(id(n));
        body
    };
    let send = |items: &[Value]| {
        let batch = json!({ "items": items });
        cast.world.client.post("/v1/activities/batch").by(&cast.staff.token).json(&batch).send().expect(200).json()
    };
    let good = [item(1, json!({})), item(2, json!({ "category": "health" }))];
    let bad = item(3, json!({ "participations": { "total": 45, "female": 46 } }));
    let nameless = talk(&cast, json!({}));
    let elsewhere = item(4, json!({ "centre_id": id(99) }));
    let unreadable = json!({ "id": id(5), "category": 7 });
    let items = [good[0].clone(), bad, nameless, elsewhere, unreadable, good[1].clone()];
    let answer = send(&items);
    assert_eq!((&answer["created"], &answer["unchanged"], &answer["refused"]), (&json!(2), &json!(0), &json!(4)));
    let results = answer["results"].as_array().unwrap();
    let seen = |place: usize, member: &str| results[place][member].clone();
    let statuses: Vec<_> = results.iter().map(|result| result["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 422, 422, 422, 422, 201]);
    assert_eq!((seen(0, "id"), seen(1, "id"), seen(2, "id")), (json!(id(1)), json!(id(3)), Value::Null));
    assert_eq!(seen(1, "problem")["errors"][0]["rule"], "part_of_total");
    assert_eq!(seen(2, "problem")["errors"][0]["pointer"], "/id");
    assert_eq!(seen(3, "problem")["errors"][0]["rule"], "holder_in_scope");
    assert_eq!(listed(&cast, "").len(), 2);
    let read = cast.world.client.get(&format!("/v1/activities/{}", id(1))).by(&cast.staff.token).send().expect(200);
    assert_eq!(seen(0, "etag"), json!(read.etag()));

    // The phone heard nothing, and sends the same again.
    let again = send(&good);
    assert_eq!((&again["created"], &again["unchanged"], &again["refused"]), (&json!(0), &json!(2), &json!(0)));
    assert_eq!((&again["results"][0]["status"], &again["results"][0]["etag"]), (&json!(200), &json!(read.etag())));
    // The same id with something else in it is not the same.
    let other = send(&[item(1, json!({ "title": "Luật Hôn nhân" }))]);
    assert_eq!(
        (&other["results"][0]["status"], &other["results"][0]["problem"]["code"]),
        (&json!(409), &json!("already_exists"))
    );
    let why = other["results"][0]["problem"]["detail"].as_str().unwrap();
    assert!(why.contains("nội dung khác") && why.contains(&format!("PATCH /v1/activities/{}", id(1))), "{why}");
    // What was removed meanwhile does not come back.
    let gone = item(8, json!({ "title": "Ghi nhầm" }));
    let made = send(std::slice::from_ref(&gone));
    let path = format!("/v1/activities/{}", id(8));
    let etag = made["results"][0]["etag"].as_str().unwrap();
    cast.world.client.delete(&path).by(&cast.staff.token).if_match(etag).send().expect(204);
    let back = send(std::slice::from_ref(&gone));
    let problem = &back["results"][0]["problem"];
    assert_eq!(
        (&problem["code"], &problem["removed_at"]),
        (&json!("state_conflict"), &json!("2026-11-22T03:00:00Z")),
        "{back:#}"
    );
    post(&cast, &gone).refused(409, "state_conflict");
    cast.world.client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
    // Twice in one batch is once.
    let twice = send(&[item(6, json!({})), item(6, json!({}))]);
    assert_eq!((&twice["created"], &twice["unchanged"]), (&json!(1), &json!(1)));
    assert_eq!(listed(&cast, "").len(), 3);
    let trail = cast.world.client.walk(&cast.admin.token, "/v1/audit_records?operation=create_activities");
    assert_eq!(trail.len(), 4, "one record for each that was made");
    let none = cast.world.client.post("/v1/activities/batch").by(&cast.staff.token).json(&json!({ "items": [] })).send();
    none.fault(422, "invalid_body", "/items", "length");
    let many: Vec<Value> = (0..201).map(|_| talk(&cast, json!({}))).collect();
    let many = cast.world.client.post("/v1/activities/batch").by(&cast.staff.token).json(&json!({ "items": many })).send();
    many.fault(422, "invalid_body", "/items", "length");
    cast.world
        .client
        .post("/v1/activities/batch")
        .by(&cast.officer.token)
        .json(&json!({ "items": good }))
        .send()
        .refused(403, "right_missing");
}

#[test]
fn an_activity_stays_with_its_centre_and_at_its_sites() {
    let cast = KimSon::new();
    let world = &cast.world;
    let sibling = world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let hung_yen = world.unit("33", "2025-12-31");
    let tenant = world.db_province(hung_yen);
    let foreign = world.db_centre(tenant, world.unit("12454", "2018-12-31"), "TTHTCĐ Thái Bình");
    let foreign_admin = world.db_person(tenant, Role::ProvinceAdmin, Some(hung_yen), None);
    let site = |who: &Person, centre| {
        let body = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
        let path = format!("/v1/centres/{centre}/sites");
        world.client.post(&path).by(&who.token).json(&body).send().expect(201).json()["id"].clone()
    };
    let (own, others, theirs) = (site(&cast.manager, cast.centre), site(&cast.admin, sibling), site(&foreign_admin, foreign));
    let made = post(&cast, &talk(&cast, json!({ "site_id": own }))).expect(201);
    for site in [others, theirs, json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")] {
        refused(&cast, json!({ "site_id": site }), "/site_id", "site_of_centre");
    }
    for centre in [json!(sibling), json!(foreign), json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")] {
        refused(&cast, json!({ "centre_id": centre }), "/centre_id", "holder_in_scope");
    }
    let path = made.header("location").unwrap();
    let patch = |body: Value| world.client.patch(path).by(&cast.commune_officer.token).if_match(&made.etag()).json(&body).send();
    patch(json!({ "centre_id": sibling })).fault(422, "rule_broken", "/centre_id", "fixed_member");
    patch(json!({ "centre_id": cast.centre })).fault(422, "rule_broken", "/centre_id", "fixed_member");
    patch(json!({ "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" })).fault(422, "rule_broken", "/id", "fixed_member");
    patch(json!({ "province_id": tenant })).fault(422, "invalid_body", "/province_id", "unknown_member");
    patch(json!({ "title": null })).fault(422, "invalid_body", "", "required");
    patch(json!({ "participations": { "female": 46 } })).fault(422, "rule_broken", "/participations/female", "part_of_total");
    assert_eq!(world.client.get(path).by(&cast.staff.token).send().expect(200).json(), made.json());
    world.client.get(path).by(&foreign_admin.token).send().refused(404, "not_found");
    let taken = talk(&cast, json!({ "id": made.json()["id"] }));
    post(&cast, &taken).refused(409, "already_exists");
}

#[test]
fn lists_are_filtered_sorted_and_walked_page_by_page() {
    let cast = KimSon::new();
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let on = |day: &str, members: Value| {
        let mut body = talk(&cast, json!({ "starts_on": day, "ends_on": day }));
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        post_by(&cast, &cast.commune_officer, &body).expect(201).json()["id"].as_str().unwrap().to_owned()
    };
    let talks: Vec<String> = (0..5).map(|_| on("2018-03-14", json!({}))).collect();
    let health = on("2018-02-01", json!({ "category": "health" }));
    let hosted = on("2018-04-01", json!({ "role": "host_only", "lead_organisation": "Hội Phụ nữ" }));
    let hamlet = on("2018-05-01", json!({ "scope": "hamlets" }));
    let month = on("2018-06-01", json!({ "entry": "monthly_total" }));
    let other = on("2018-07-01", json!({ "centre_id": sibling }));

    let found = |who: &Person, query: &str| -> Vec<String> {
        let items = cast.world.client.walk(&who.token, &format!("/v1/activities?{query}"));
        each(&items, "id").into_iter().map(str::to_owned).collect()
    };
    let own = |query: &str| found(&cast.staff, query);
    assert_eq!(own("category=health"), std::slice::from_ref(&health));
    assert_eq!(own("role=host_only"), std::slice::from_ref(&hosted));
    assert_eq!(own("scope=hamlets"), std::slice::from_ref(&hamlet));
    assert_eq!(own("entry=monthly_total"), std::slice::from_ref(&month));
    assert_eq!(own("from=2018-04-01&to=2018-05-01"), [hamlet.clone(), hosted.clone()]);
    assert_eq!(own("category=law&from=2018-03-14&to=2018-03-14").len(), 5);
    assert_eq!(own("category=literacy"), [] as [String; 0]);
    // Staff see their centre; the commune and the province all below them, or the one that they name.
    assert_eq!(own("").len(), 9);
    for who in [&cast.commune_officer, &cast.officer, &cast.verifier] {
        assert_eq!(found(who, "").len(), 10);
        assert_eq!(found(who, &format!("centre_id={sibling}")), std::slice::from_ref(&other));
        assert_eq!(found(who, &format!("unit_id={}", cast.commune)).len(), 10);
        assert_eq!(found(who, &format!("unit_id={}", cast.world.unit("06673", "2018-12-31"))), [] as [String; 0]);
    }
    assert_eq!(own(&format!("centre_id={sibling}")), [] as [String; 0], "beyond their scope there is nothing");

    // Newest first unless told otherwise, and each page goes on where the one before ended.
    let newest = own("");
    assert_eq!((&newest[0], &newest[8]), (&month, &health));
    let oldest: Vec<String> = newest.iter().rev().cloned().collect();
    assert_eq!(own("sort=asc"), oldest);
    for limit in [1, 2, 3, 8] {
        assert_eq!(own(&format!("limit={limit}")), newest, "{limit}");
        assert_eq!(own(&format!("sort=asc&limit={limit}")), oldest, "{limit}");
    }
    assert!(talks.iter().all(|id| newest.contains(id)));
    let refuse = |query: &str, name: &str, rule: &str| {
        let answer = cast.world.client.get(&format!("/v1/activities?{query}")).by(&cast.staff.token).send();
        answer.fault(400, "invalid_parameter", name, rule);
    };
    refuse("sort=up", "sort", "code_unknown");
    refuse("limit=0", "limit", "range");
    refuse("limit=201", "limit", "range");
    refuse("cursor=zz", "cursor", "cursor");
    refuse("from=2018", "from", "type");
    refuse("category=Law", "category", "code_unknown");
    cast.world.client.get("/v1/activities?year=2018").by(&cast.staff.token).send().refused(400, "unknown_parameter");
}

#[test]
fn a_province_has_categories_of_its_own_below_the_national_ones() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let body =
        json!({ "code": "digital_skills", "parent": "life_skills", "label": { "vi": "Kỹ năng số", "en": "Digital skills" } });
    let make = |by: &Person, body: &Value| client.post("/v1/activity_categories").by(&by.token).json(body).send();
    make(&cast.manager, &body).refused(403, "right_missing");
    let own = make(&cast.admin, &body).expect(201);
    assert_eq!(own.json()["active"], true);
    assert_eq!(make(&cast.admin, &body).refused(409, "already_exists")["pointer"], "/code");
    for code in ["law", "Digital", "2g", "kỹ_năng"] {
        let body = json!({ "code": code, "parent": "law", "label": { "vi": "Luật", "en": "Law" } });
        make(&cast.admin, &body).fault(422, "rule_broken", "/code", "own_code");
    }
    let second = json!({ "code": "cooking", "parent": "life_skills", "label": { "vi": "Nấu ăn", "en": "Cooking" } });
    let second = make(&cast.admin, &second).expect(201);

    let digital = json!({ "category": "life_skills", "sub_category": "digital_skills" });
    let made = post(&cast, &talk(&cast, digital.clone())).expect(201);
    assert_eq!(made.json()["sub_category"], "digital_skills");
    refused(&cast, json!({ "category": "life_skills", "sub_category": "knitting" }), "/sub_category", "category_of_province");
    refused(&cast, json!({ "category": "law", "sub_category": "digital_skills" }), "/sub_category", "category_of_province");

    // The totals of a category hold those of its parts: both for one month would count people twice.
    let whole = json!({ "category": "life_skills", "starts_on": "2018-09-01", "ends_on": "2018-09-30" });
    let part = |month: &str, code: &str| json!({ "category": "life_skills", "sub_category": code, "starts_on": format!("{month}-01"), "ends_on": format!("{month}-28") });
    let count = |members: Value| post(&cast, &total(&cast, members));
    count(whole.clone()).expect(201);
    count(part("2018-09", "cooking")).fault(422, "rule_broken", "/starts_on", "one_total_a_month");
    let first = count(part("2018-10", "digital_skills")).expect(201);
    count(part("2018-10", "digital_skills")).fault(422, "rule_broken", "/starts_on", "one_total_a_month");
    let beside = count(part("2018-10", "cooking")).expect(201);
    count(json!({ "category": "life_skills", "starts_on": "2018-10-01", "ends_on": "2018-10-31" })).fault(
        422,
        "rule_broken",
        "/starts_on",
        "one_total_a_month",
    );
    for made in [first, beside] {
        client.delete(made.header("location").unwrap()).by(&cast.staff.token).if_match(&made.etag()).send().expect(204);
    }

    // One that is used does not go; it is no longer offered, and what has it keeps it.
    let path = own.header("location").unwrap();
    client.delete(path).by(&cast.admin.token).if_match(&own.etag()).send().refused(409, "blocked");
    client.delete(second.header("location").unwrap()).by(&cast.admin.token).if_match(&second.etag()).send().expect(204);
    let off = client.patch(path).by(&cast.admin.token).if_match(&own.etag()).json(&json!({ "active": false })).send().expect(200);
    refused(&cast, digital, "/sub_category", "category_of_province");
    let kept = client.patch(made.header("location").unwrap()).by(&cast.staff.token).if_match(&made.etag());
    let kept = kept.json(&json!({ "sessions": 2 })).send().expect(200);
    assert_eq!(kept.json()["sub_category"], "digital_skills");
    let fixed = client.patch(path).by(&cast.admin.token).if_match(&off.etag()).json(&json!({ "code": "digital" })).send();
    fixed.fault(422, "rule_broken", "/code", "fixed_member");
    client.delete(made.header("location").unwrap()).by(&cast.staff.token).if_match(&kept.etag()).send().expect(204);
    client.delete(path).by(&cast.admin.token).if_match(&off.etag()).send().expect(204);
}
