//! Appointments: one director at a time, nobody twice in a post, within the centre's life; ended, and removed if a mistake.

use std::sync::Barrier;

use htcd_domain::access::Scope;
use htcd_domain::appointment::{BoardBody, Post};
use htcd_persistence::appointment;
use htcd_persistence::record::Whose;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::Response;

/// Somebody of the centre; the id.
fn person(cast: &KimSon, name: &str) -> Value {
    let body = json!({ "centre_id": cast.centre, "full_name": name });
    cast.world.client.post("/v1/persons").by(&cast.staff.token).json(&body).send().expect(201).json()["id"].clone()
}

fn appoint(cast: &KimSon, person: &Value, post: &str, changes: Value) -> Response {
    let body = if post.contains("director") { "board" } else { "committee" };
    let mut body = json!({
        "centre_id": cast.centre, "person_id": person, "body": body, "post": post, "starts_on": "2010-01-01",
    });
    for (name, value) in changes.as_object().unwrap() {
        body[name] = value.clone();
    }
    cast.world.client.post("/v1/appointments").by(&cast.commune_officer.token).json(&body).send()
}

fn held(cast: &KimSon, query: &str) -> Vec<Value> {
    cast.world.client.walk(&cast.staff.token, &format!("/v1/appointments?limit=2{query}"))
}

#[test]
fn a_director_follows_another_and_never_stands_beside_one() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (lan, mai) = (person(&cast, "Phạm Thị Lan"), person(&cast, "Trần Thị Mai"));
    let first = appoint(&cast, &lan, "director", json!({ "sector": "local_government", "employment": "concurrent" })).expect(201);
    let path = first.header("location").unwrap().to_owned();

    let second = appoint(&cast, &mai, "director", json!({ "starts_on": "2015-07-01" }));
    let refused = second.fault(422, "rule_broken", "/post", "one_director");
    let act = format!("kiện toàn (POST /v1/centres/{}/reconstitutions)", cast.centre);
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains(&act), "{refused}");
    appoint(&cast, &mai, "director", json!({ "starts_on": "2009-01-01" })).fault(422, "rule_broken", "/post", "one_director");
    let before = json!({ "starts_on": "2009-01-01", "ends_on": "2009-12-31" });
    let earlier = appoint(&cast, &mai, "director", before).expect(201);
    appoint(&cast, &lan, "director", json!({ "starts_on": "2015-07-01" })).fault(
        422,
        "rule_broken",
        "/person_id",
        "once_in_a_post",
    );
    let both = appoint(&cast, &lan, "deputy_director", json!({}));
    both.fault(422, "rule_broken", "/post", "director_or_deputy");
    assert_eq!(held(&cast, "&post=director").len(), 2);

    let end = |path: &str, etag: &str, body: Value| {
        client.patch(path).by(&cast.commune_officer.token).if_match(etag).json(&body).send()
    };
    // The earlier one cannot be made to last into the later one's time.
    let longer = end(earlier.header("location").unwrap(), &earlier.etag(), json!({ "ends_on": "2010-01-01" }));
    longer.fault(422, "rule_broken", "/post", "one_director");
    end(&path, &first.etag(), json!({ "end_reason": "Nghỉ hưu" })).fault(422, "rule_broken", "/end_reason", "end_needs_day");
    let ended = end(&path, &first.etag(), json!({ "ends_on": "2015-06-30", "end_reason": "Nghỉ hưu" })).expect(200);
    let second = appoint(&cast, &mai, "director", json!({ "starts_on": "2015-07-01" })).expect(201);
    appoint(&cast, &lan, "deputy_director", json!({ "starts_on": "2015-07-01" })).expect(201);
    let back = end(&path, &ended.etag(), json!({ "ends_on": null, "end_reason": null }));
    let mut rules = back.rules(422);
    rules.sort_unstable();
    assert_eq!(rules, ["director_or_deputy", "one_director"], "she is the deputy by now");
    end(&path, &ended.etag(), json!({ "post": "deputy_director" })).fault(422, "rule_broken", "/post", "fixed_member");
    assert_eq!(held(&cast, "&post=director&as_of=2015-06-30")[0]["person_id"], lan);
    assert_eq!(held(&cast, "&post=director&as_of=2015-07-01")[0]["person_id"], mai);
    assert_eq!(held(&cast, &format!("&person_id={}", lan.as_str().unwrap())).len(), 2);
    assert_eq!(held(&cast, "&sector=local_government&employment=concurrent&body=board").len(), 1);

    // A mistake goes, and the trail keeps it.
    client.delete(second.header("location").unwrap()).by(&cast.commune_officer.token).send().refused(428, "if_match_required");
    let path = second.header("location").unwrap();
    client.delete(path).by(&cast.manager.token).if_match(&second.etag()).send().refused(403, "right_missing");
    client.delete(path).by(&cast.commune_officer.token).if_match(&second.etag()).send().expect(204);
    assert_eq!(held(&cast, "&post=director").len(), 2);
}

#[test]
fn an_appointment_that_is_sent_again_is_there_and_no_second_one_beside_itself() {
    let cast = KimSon::new();
    let lan = person(&cast, "Phạm Thị Lan");
    let own = || json!({ "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" });
    appoint(&cast, &lan, "director", own()).expect(201);
    appoint(&cast, &lan, "director", own()).refused(409, "already_exists");
    appoint(&cast, &lan, "director", json!({})).fault(422, "rule_broken", "/person_id", "once_in_a_post");
    assert_eq!(held(&cast, "").len(), 1);
}

#[test]
fn two_at_the_same_time_make_one_director() {
    let cast = KimSon::new();
    let people: Vec<Value> = (0..6).map(|number| person(&cast, &format!("Người {number}"))).collect();
    // Closed intervals that overlap without being equal: no uniqueness rule of the database stands between them.
    for round in 0..5 {
        let year = 2009 + round;
        let barrier = Barrier::new(people.len());
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let threads: Vec<_> = (1..)
                .zip(&people)
                .map(|(number, who)| {
                    let (barrier, cast) = (&barrier, &cast);
                    scope.spawn(move || {
                        let term =
                            json!({ "starts_on": format!("{year}-01-0{number}"), "ends_on": format!("{year}-12-0{number}") });
                        barrier.wait();
                        appoint(cast, who, "director", term)
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let (made, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 201);
        assert_eq!(made.len(), 1, "{:?}", refused.iter().map(Response::text).collect::<Vec<_>>());
        for answer in refused {
            answer.fault(422, "rule_broken", "/post", "one_director");
        }
        assert_eq!(held(&cast, &format!("&as_of={year}-06-01")).len(), 1);
    }
}

#[test]
fn nobody_is_appointed_while_their_name_is_taken_off() {
    let cast = KimSon::new();
    for number in 0..5 {
        let who = person(&cast, &format!("Người {number}"));
        let path = format!("/v1/persons/{}", who.as_str().unwrap());
        let barrier = Barrier::new(2);
        let (appointed, anonymised) = std::thread::scope(|scope| {
            let appointing = scope.spawn(|| {
                barrier.wait();
                appoint(&cast, &who, "committee_member", json!({}))
            });
            barrier.wait();
            let request = cast.world.client.post(&format!("{path}/anonymise")).by(&cast.admin.token).if_match("*");
            let anonymised = request.json(&json!({ "reason": "theo yêu cầu" })).send();
            (appointing.join().unwrap(), anonymised)
        });
        match (appointed.status, anonymised.status) {
            (201, _) => drop(anonymised.refused(409, "blocked")),
            _ => {
                anonymised.expect(200);
                appointed.fault(422, "rule_broken", "/person_id", "person_of_centre");
            }
        }
    }
}

#[test]
fn an_appointment_lies_within_the_life_of_the_centre_and_fits_its_body() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let lan = person(&cast, "Phạm Thị Lan");
    // The centre has been at work since 2008.
    let fault = |post: &str, changes: Value, pointer: &str, rule: &str| {
        let answer = appoint(&cast, &lan, post, changes);
        answer.fault(422, "rule_broken", pointer, rule);
    };
    appoint(&cast, &lan, "head", json!({ "starts_on": "2007-06-01", "ends_on": "2007-12-31" })).expect(201);
    fault("head", json!({ "starts_on": "2006-12-01", "ends_on": "2006-12-31" }), "/starts_on", "around_establishment");
    fault("teacher", json!({}), "/post", "post_of_body");
    fault("head", json!({ "body": "board" }), "/post", "post_of_body");
    fault("head", json!({ "body": "site_board" }), "/site_id", "site_of_site_board");
    fault("head", json!({ "duties": [" "] }), "/duties/0", "length");
    let late = json!({ "number": "1/QĐ", "date": "2010-01-02", "issuer": "UBND" });
    fault("head", json!({ "decision": late }), "/decision/date", "decision_before_effect");

    let site = json!({ "name": "Nhà văn hóa khu Kim Thành", "kind": "culture_house" });
    let other = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let site_of = |centre: &dyn std::fmt::Display| {
        let path = format!("/v1/centres/{centre}/sites");
        client.post(&path).by(&cast.commune_officer.token).json(&site).send().expect(201).json()["id"].clone()
    };
    let (own, others) = (site_of(&cast.centre), site_of(&other));
    fault("head", json!({ "body": "site_board", "site_id": others }), "/site_id", "site_of_centre");
    appoint(&cast, &lan, "head", json!({ "body": "site_board", "site_id": own })).expect(201);
    assert_eq!(held(&cast, &format!("&site_id={}", own.as_str().unwrap())).len(), 1);

    // Somebody of another centre is nobody here.
    let theirs = json!({ "centre_id": other, "full_name": "Lê Thị Hoa" });
    let theirs = client.post("/v1/persons").by(&cast.commune_officer.token).json(&theirs).send().expect(201).json();
    let answer = appoint(&cast, &theirs["id"], "head", json!({}));
    answer.fault(422, "rule_broken", "/person_id", "person_of_centre");
    let body =
        json!({ "centre_id": cast.centre, "person_id": lan, "body": "committee", "post": "head", "starts_on": "2010-01-01" });
    let by = |who: &Person| client.post("/v1/appointments").by(&who.token).json(&body).send();
    by(&cast.manager).refused(403, "right_missing");
    by(&cast.admin).refused(403, "right_missing");

    // Once the centre has ended nobody is appointed, and who was is no more on its board.
    appoint(&cast, &lan, "director", json!({})).expect(201);
    let path = format!("/v1/centres/{}", cast.centre);
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let end = json!({ "act": "dissolve", "effective_on": "2026-06-01", "reason": "sắp xếp lại",
        "decision": { "number": "2/QĐ", "date": "2026-05-01", "issuer": "UBND" } });
    client.post(&format!("{path}/acts")).by(&cast.admin.token).if_match(&etag).json(&end).send().expect(201);
    fault("secretary", json!({ "starts_on": "2026-06-01" }), "/starts_on", "before_centre_ended");
    fault("secretary", json!({ "ends_on": "2026-06-01" }), "/ends_on", "before_centre_ended");
    let board = |on: &str| client.get(&format!("{path}/board?as_of={on}")).by(&cast.admin.token).send().expect(200).json();
    assert_eq!(
        (&board("2026-05-31")["counts"]["directors"], &board("2026-06-01")["counts"]["directors"]),
        (&json!(1), &json!(0))
    );
    assert_eq!(board("2026-06-01")["vacancies"], json!([]));
}

#[test]
fn the_seats_of_a_whole_province_take_as_many_statements_as_those_of_one_centre() {
    let cast = KimSon::new();
    let lan = person(&cast, "Phạm Thị Lan");
    appoint(&cast, &lan, "director", json!({ "ends_on": "2015-06-30", "sector": "local_government" })).expect(201);
    appoint(&cast, &lan, "head", json!({})).expect(201);
    let seats = |whose: &Whose, scope: &Scope, on: &str| {
        let before = cast.world.db.statements();
        let found = cast.world.db.read(scope, |tx| appointment::seats(tx, whose, day(on))).unwrap();
        (found, cast.world.db.statements() - before)
    };
    let whole = Scope::whole(cast.province);
    let (found, few) = seats(&Whose::default(), &whole, "2015-06-30");
    assert_eq!((found.len(), found[0].held.len(), found[0].vacancies.len()), (1, 2, 0));

    let elsewhere = cast.world.unit("06673", "2018-12-31");
    for number in 0..20 {
        cast.world.db_centre(cast.province, elsewhere, &format!("TTHTCĐ {number}"));
    }
    let (found, many) = seats(&Whose::default(), &whole, "2016-01-01");
    assert_eq!((found.len(), many), (21, few));
    let own = found.iter().find(|seats| seats.centre_id == cast.centre).unwrap();
    assert_eq!(own.held.iter().map(|it| (it.body, it.post)).collect::<Vec<_>>(), [(BoardBody::Committee, Post::Head)]);
    assert_eq!(own.last_held[&(BoardBody::Board, Post::Director)], day("2015-06-30"));
    assert_eq!((own.vacancies[0].post, own.vacancies[0].since), (Post::Director, day("2015-07-01")));
    assert!(found.iter().all(|seats| seats.exists && seats.vacancies.len() == 1), "{found:?}");

    // Within a part of the province, and within a scope.
    let part = |whose: Whose| seats(&whose, &whole, "2016-01-01").0.len();
    assert_eq!(part(Whose { centre: Some(cast.centre), units: None }), 1);
    assert_eq!(part(Whose { centre: None, units: Some(vec![elsewhere]) }), 20);
    let narrow = Scope { whole: false, communes: [cast.commune].into(), ..whole.clone() };
    assert_eq!(seats(&Whose::default(), &narrow, "2016-01-01").0, std::slice::from_ref(own));
}
