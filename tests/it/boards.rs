//! The board of a centre on any day, and its reconstitution as one act.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::{Response, each};

fn decision(number: &str, date: &str) -> Value {
    json!({ "number": number, "date": date, "issuer": "Chủ tịch UBND huyện Đông Triều" })
}

fn reshape(cast: &KimSon, by: &Person, centre: &dyn std::fmt::Display, act: &Value) -> Response {
    cast.world.client.post(&format!("/v1/centres/{centre}/reconstitutions")).by(&by.token).json(act).send()
}

fn board(cast: &KimSon, centre: &dyn std::fmt::Display, query: &str) -> Value {
    let path = format!("/v1/centres/{centre}/board{query}");
    cast.world.client.get(&path).by(&cast.commune_officer.token).send().expect(200).json()
}

/// The counts of a board: directors, deputies, members of the committee, people on both, seconded.
fn counts(board: &Value) -> [i64; 5] {
    ["directors", "deputies", "committee_members", "people", "seconded"].map(|name| board["counts"][name].as_i64().unwrap())
}

/// A seat for somebody who is not recorded yet.
fn seat(centre: &dyn std::fmt::Display, post: &str, name: String) -> Value {
    json!({ "post": post, "employment": "concurrent", "person": { "centre_id": centre.to_string(), "full_name": name } })
}

#[test]
fn mao_khe_has_the_boards_of_its_report_on_their_days() {
    let cast = KimSon::new();
    // Mạo Khê shares Kim Sơn's commune of today; it has been at work since 15 January 2007.
    let centre = cast.world.db_centre_since(cast.province, cast.commune, "TTHTCĐ thị trấn Mạo Khê", day("2007-01-15"));
    let do_it = |act: &Value| reshape(&cast, &cast.commune_officer, &centre, act).expect(201).json();
    let member = |number: usize| seat(&centre, "committee_member", format!("Ủy viên {number}"));

    let founding = decision("2986/QĐ-UBND", "2006-12-05");
    let first = do_it(&json!({ "body": "board", "effective_on": "2007-01-15", "decision": founding, "appoint": [
        seat(&centre, "director", "Nguyễn Văn Giám".into()), seat(&centre, "deputy_director", "Trần Thị Phó".into()),
    ] }));
    assert_eq!(first["board"]["as_of"], "2007-01-15");
    let members: Vec<Value> = (1..=18).map(member).collect();
    do_it(&json!({ "body": "committee", "effective_on": "2007-01-15", "decision": founding, "appoint": members }));

    // Later a board of three and a committee of 41: all of the committee is appointed again or leaves, by one decision.
    let later = decision("1234/QĐ-UBND", "2010-12-20");
    do_it(&json!({ "body": "board", "effective_on": "2011-01-01", "decision": later,
        "appoint": [seat(&centre, "deputy_director", "Lê Thị Hiệu".into())] }));
    let members: Vec<Value> = (19..=59).map(member).collect();
    let act = json!({ "body": "committee", "effective_on": "2011-01-01", "decision": later, "end_all": true,
        "reason": "Kiện toàn", "appoint": members });
    let done = do_it(&act);
    assert_eq!(done["reconstitution"]["ended_ids"].as_array().unwrap().len(), 18);
    assert_eq!(done["reconstitution"]["appointed_ids"].as_array().unwrap().len(), 41);

    let teacher = |name: &str| {
        json!({ "post": "teacher", "employment": "seconded", "sector": "education", "ends_on": "2029-07-31",
            "person": { "centre_id": centre, "full_name": name } })
    };
    do_it(&json!({ "body": "staff", "effective_on": "2012-08-01", "decision": decision("77/QĐ-PGDĐT", "2012-07-25"),
        "appoint": [teacher("Đặng Thị Dạy"), teacher("Bùi Văn Học")] }));

    assert_eq!(counts(&board(&cast, &centre, "?as_of=2007-01-14")), [0, 0, 0, 0, 0]);
    assert_eq!(counts(&board(&cast, &centre, "?as_of=2007-01-15")), [1, 1, 18, 20, 0], "1 + 1 + 18 at founding");
    assert_eq!(counts(&board(&cast, &centre, "?as_of=2010-12-31")), [1, 1, 18, 20, 0]);
    assert_eq!(counts(&board(&cast, &centre, "?as_of=2011-01-01")), [1, 2, 41, 44, 0], "3 + 41 later");
    assert_eq!(counts(&board(&cast, &centre, "?as_of=2012-07-31")), [1, 2, 41, 44, 0]);
    let today = board(&cast, &centre, "");
    assert_eq!((counts(&today), &today["counts"]["board"]), ([1, 2, 41, 44, 2], &json!(3)), "2 seconded since August 2012");
    assert_eq!((&today["as_of"], &today["vacancies"]), (&json!("2026-11-22"), &json!([])));
    assert_eq!(each(today["board"].as_array().unwrap(), "post"), ["director", "deputy_director", "deputy_director"]);
    assert_eq!(each(today["staff"].as_array().unwrap(), "full_name"), ["Bùi Văn Học", "Đặng Thị Dạy"]);
    assert_eq!(each(today["staff"].as_array().unwrap(), "since"), ["2012-08-01"; 2]);
    let director = &today["board"][0];
    assert_eq!(
        (&director["full_name"], &director["decision"]),
        (&json!("Nguyễn Văn Giám"), &{
            let mut whole = founding.clone();
            whole["legal_basis"] = Value::Null;
            whole
        })
    );
    // The secondment has an end that lies ahead.
    assert_eq!(counts(&board(&cast, &centre, "?as_of=2029-08-01"))[4], 0);

    let acts = cast.world.client.get(&format!("/v1/centres/{centre}/reconstitutions")).by(&cast.manager.token).send();
    acts.refused(404, "not_found");
    let acts = cast.world.client.get(&format!("/v1/centres/{centre}/reconstitutions")).by(&cast.officer.token).send();
    let acts = acts.expect(200).json();
    let acts = acts.as_array().unwrap();
    assert_eq!(each(acts, "effective_on"), ["2007-01-15", "2007-01-15", "2011-01-01", "2011-01-01", "2012-08-01"]);
    assert!(acts.contains(&done["reconstitution"]) && acts.contains(&first["reconstitution"]));
}

#[test]
fn posts_without_a_holder_are_shown_with_the_day_since_which() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let vacant = |on: &str| {
        let board = board(&cast, &cast.centre, &format!("?as_of={on}"));
        board["vacancies"].as_array().unwrap().iter().map(|it| (it["post"].clone(), it["since"].clone())).collect::<Vec<_>>()
    };
    let missing = |post: &str, since: &str| (json!(post), json!(since));
    assert_eq!(vacant("2007-12-31"), []);
    assert_eq!(vacant("2010-01-01"), [missing("director", "2008-01-01")]);
    let act = json!({ "body": "board", "effective_on": "2011-01-01", "decision": decision("1/QĐ", "2010-12-01"), "appoint": [
        seat(&cast.centre, "director", "Một".into()), seat(&cast.centre, "deputy_director", "Hai".into()),
        seat(&cast.centre, "deputy_director", "Ba".into()),
    ] });
    let made = reshape(&cast, &cast.commune_officer, &cast.centre, &act).expect(201).json();
    assert_eq!((vacant("2010-12-31"), vacant("2011-01-01")), (vec![missing("director", "2008-01-01")], vec![]));
    let left = made["board"]["board"].as_array().unwrap().iter().find(|seat| seat["full_name"] == "Ba").unwrap();
    let path = format!("/v1/appointments/{}", left["appointment_id"].as_str().unwrap());
    let end = json!({ "ends_on": "2014-08-31", "end_reason": "Chuyển công tác" });
    client.patch(&path).by(&cast.commune_officer.token).if_match("*").json(&end).send().expect(200);
    assert_eq!((vacant("2014-08-31"), vacant("2015-10-01")), (vec![], vec![missing("deputy_director", "2014-09-01")]));
}

#[test]
fn a_reconstitution_is_done_whole_or_not_at_all_and_once() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let act = |changes: Value| {
        let mut act = json!({ "body": "board", "effective_on": "2011-01-01", "decision": decision("1/QĐ", "2010-12-01"), "appoint": [
            seat(&cast.centre, "director", "Nguyễn Văn Một".into()), seat(&cast.centre, "deputy_director", "Lê Thị Hai".into()),
        ] });
        for (name, value) in changes.as_object().unwrap() {
            act[name] = value.clone();
        }
        act
    };
    let try_it = |changes: Value| reshape(&cast, &cast.commune_officer, &cast.centre, &act(changes));
    let state = || {
        let people = client.walk(&cast.staff.token, "/v1/persons");
        let posts = client.walk(&cast.staff.token, "/v1/appointments?sort=asc");
        let acts = client.get(&format!("/v1/centres/{}/reconstitutions", cast.centre)).by(&cast.staff.token).send().json();
        (people, posts, acts)
    };
    let key = "kien-toan-2011";
    let path = format!("/v1/centres/{}/reconstitutions", cast.centre);
    let send = || client.post(&path).by(&cast.commune_officer.token).key(key).json(&act(json!({}))).send().expect(201);
    let (first, again) = (send(), send());
    assert_eq!(first.json(), again.json(), "sent twice, done once");
    assert_eq!(first.header("location"), Some(format!("/v1/centres/{}/board?as_of=2011-01-01", cast.centre).as_str()));
    let seats = first.json()["board"]["board"].clone();
    let (one, two) = (seats[0].clone(), seats[1].clone());
    let before = state();
    assert_eq!((before.0.len(), before.1.len(), before.2.as_array().unwrap().len()), (2, 2, 1));

    // Each fault at its place, those of several seats together, and then nothing of it was done.
    let new = |name: &str| json!({ "centre_id": cast.centre, "full_name": name });
    for (changes, faults) in [
        (json!({ "effective_on": "2012-01-01" }), vec![("/appoint/0/post", "one_director")]),
        (
            json!({ "effective_on": "2012-01-01", "end_all": true, "appoint": [
                { "post": "director", "person": new("Ba") }, { "post": "director", "person": new("Bốn") },
                { "post": "deputy_director", "person_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" },
                { "post": "deputy_director", "person": { "centre_id": cast.centre, "full_name": "Năm", "birth_year": 2030 } },
            ] }),
            vec![
                ("/appoint/1/post", "one_director"),
                ("/appoint/2/person_id", "person_of_centre"),
                ("/appoint/3/person/birth_year", "born_by_now"),
            ],
        ),
        (
            json!({ "effective_on": "2011-01-01", "end_appointment_ids": [one["appointment_id"]], "appoint": [] }),
            vec![("/end_appointment_ids/0", "held_by_then")],
        ),
        (json!({ "body": "committee", "end_all": true, "appoint": [] }), vec![("/end_all", "something_changes")]),
        (json!({ "appoint": [] }), vec![("", "something_changes")]),
        (
            json!({ "effective_on": "2006-01-01", "decision": decision("1/QĐ", "2005-12-01") }),
            vec![("/effective_on", "around_establishment")],
        ),
    ] {
        let answer = try_it(changes.clone()).refused(422, "rule_broken");
        let found: Vec<_> = answer["errors"]
            .as_array()
            .unwrap()
            .iter()
            .map(|fault| (fault["pointer"].as_str().unwrap(), fault["rule"].as_str().unwrap()))
            .collect();
        assert_eq!(found, faults, "{changes}");
        assert_eq!(state(), before, "{changes}");
    }
    reshape(&cast, &cast.manager, &cast.centre, &act(json!({}))).refused(403, "right_missing");
    reshape(&cast, &cast.admin, &cast.centre, &act(json!({}))).refused(403, "right_missing");
    assert_eq!(state(), before);

    // The director leaves and the deputy follows: by one decision, each with its own audit record. Nobody is both at a time.
    let second = decision("2/QĐ", "2012-06-20");
    let change = json!({ "body": "board", "effective_on": "2012-07-01", "decision": second, "reason": "Nghỉ hưu",
        "end_appointment_ids": [one["appointment_id"], two["appointment_id"]],
        "appoint": [{ "post": "director", "person_id": two["person_id"], "duties": ["Phụ trách chung"] }] });
    let mut both = change.clone();
    both["end_appointment_ids"] = json!([one["appointment_id"]]);
    let refused = reshape(&cast, &cast.commune_officer, &cast.centre, &both);
    refused.fault(422, "rule_broken", "/appoint/0/post", "director_or_deputy");
    let done = reshape(&cast, &cast.commune_officer, &cast.centre, &change).expect(201).json();
    let names = each(done["board"]["board"].as_array().unwrap(), "full_name");
    assert_eq!(names, ["Lê Thị Hai"]);
    let left = client.get(&format!("/v1/appointments/{}", one["appointment_id"].as_str().unwrap())).by(&cast.staff.token).send();
    let left = left.expect(200).json();
    assert_eq!(
        (&left["ends_on"], &left["end_reason"], &left["end_decision"]["number"]),
        (&json!("2012-06-30"), &json!("Nghỉ hưu"), &json!("2/QĐ"))
    );
    let trail = client.get("/v1/audit_records?limit=4").by(&cast.admin.token).send().expect(200).json();
    let trail = trail["items"].as_array().unwrap();
    assert_eq!(each(trail, "operation"), ["create_centre_reconstitution"; 4]);
    assert_eq!(each(trail, "subject"), ["reconstitution", "appointment", "appointment", "appointment"]);

    // An appointment that was a mistake goes; the act stays, without it.
    let made = done["reconstitution"]["appointed_ids"][0].as_str().unwrap();
    client.delete(&format!("/v1/appointments/{made}")).by(&cast.commune_officer.token).if_match("*").send().expect(204);
    let (_, _, acts) = state();
    let mut ended = [&one, &two].map(|seat| seat["appointment_id"].as_str().unwrap());
    ended.sort_unstable();
    let mut said: Vec<_> = acts[1]["ended_ids"].as_array().unwrap().iter().map(|id| id.as_str().unwrap()).collect();
    said.sort_unstable();
    assert_eq!((&acts[1]["appointed_ids"], said), (&json!([]), ended.to_vec()));
}

#[test]
fn two_reconstitutions_at_the_same_time_leave_one_director() {
    let cast = KimSon::new();
    let barrier = std::sync::Barrier::new(4);
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (cast, barrier) = (&cast, &barrier);
                scope.spawn(move || {
                    // Each would end whoever is there, and begins on a day of its own.
                    let act = json!({ "body": "board", "effective_on": format!("2011-0{}-01", number + 1), "end_all": true,
                        "decision": decision("1/QĐ", "2010-12-01"),
                        "appoint": [seat(&cast.centre, "director", format!("Người {number}"))] });
                    barrier.wait();
                    reshape(cast, &cast.commune_officer, &cast.centre, &act)
                })
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(answers.iter().any(|answer| answer.status == 201));
    for answer in answers.into_iter().filter(|answer| answer.status != 201) {
        // Whoever comes last can stand against two: one before them, and one after.
        let refused = answer.refused(422, "rule_broken");
        let errors = refused["errors"].as_array().unwrap();
        assert!(
            errors.iter().all(|error| (&error["pointer"], &error["rule"]) == (&json!("/appoint/0/post"), &json!("one_director")))
        );
    }
    for month in 1..=12 {
        let on = board(&cast, &cast.centre, &format!("?as_of=2011-{month:02}-15"));
        assert!(on["counts"]["directors"].as_i64().unwrap() <= 1, "{on}");
    }
    assert_eq!(board(&cast, &cast.centre, "")["counts"]["directors"], 1);
}
