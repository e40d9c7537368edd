//! Who may not: separation of duties; two people at once; many at once.

use std::sync::Barrier;

use chrono::NaiveDate;
use htcd_api::clock::{Clock, SystemClock, new_id};
use htcd_domain::access::{Grant, Role};
use htcd_domain::id::{CentreId, UnitId};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::walk::{Walk, decision, scores_but};

fn grant(role: Role, unit_id: Option<UnitId>, centre_id: Option<CentreId>) -> Grant {
    let valid_from: NaiveDate = "2020-01-01".parse().unwrap();
    Grant { id: new_id(SystemClock.now()), role, unit_id, centre_id, valid_from, valid_to: None, taken_on: None }
}

fn decide_body() -> Value {
    json!({ "decision": decision("12/QĐ-SGDĐT", "2019-02-20") })
}

/// A refusal for the sake of separated duties, and every reason for it.
fn separated(answer: Response) -> String {
    let body = answer.refused(403, "separation_of_duties");
    assert!(body["legal_basis"].as_str().is_some_and(|basis| !basis.is_empty()), "{body:#}");
    let codes: Vec<_> = body["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    codes.join(", ")
}

/// Kim Sơn in the round of 2018.
struct Round {
    cast: KimSon,
    round: Value,
    scheme: Value,
}

impl Round {
    fn new() -> Self {
        let cast = KimSon::new();
        let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
        Self { cast, round, scheme }
    }

    /// A rating that this person has drafted and Kim Sơn's commune officer has handed in.
    fn submitted(&self, drafter: &Person, centre: CentreId) -> Walk<'_> {
        let mut walk = Walk::start(&self.cast.world.client, drafter, &self.round, json!({ "centre_id": centre }));
        walk.step(drafter, "self", json!({ "scores": scores_but(&self.scheme, &[]) }));
        walk.step(&self.cast.commune_officer, "submit", Value::Null);
        walk
    }

    /// Ratings of new centres of the ward, verified.
    fn verified(&self, count: usize) -> Vec<Walk<'_>> {
        let cast = &self.cast;
        (0..count)
            .map(|n| {
                let centre = cast.world.db_centre(cast.province, cast.commune, &format!("Trung tâm {n}"));
                let mut walk = self.submitted(&cast.commune_officer, centre);
                walk.step(&cast.verifier, "verify", Value::Null);
                walk
            })
            .collect()
    }

    /// Takes a grant away, as the province's administrator does.
    fn take(&self, who: &Person, grant: &Grant) {
        let path = format!("/v1/users/{}/grants/{}", who.id, grant.id);
        self.cast.world.client.delete(&path).by(&self.cast.admin.token).send().expect(204);
    }
}

#[test]
fn whoever_drafted_a_rating_does_not_verify_it_even_after_leaving_the_centre() {
    // Lan works at the centre and is asked to verify for the district, at first both at once.
    let round = Round::new();
    let cast = &round.cast;
    let at_centre = grant(Role::CentreStaff, None, Some(cast.centre));
    let lan = cast.world.db_person_with(
        cast.province,
        vec![at_centre.clone(), grant(Role::Verifier, Some(cast.world.unit("205", "2018-12-31")), None)],
    );
    let mut walk = round.submitted(&lan, cast.centre);
    let back = json!({ "criteria": ["A1"], "reason": "Xem lại" });
    for (step, body) in [("verified", json!({ "scores": [] })), ("verify", Value::Null), ("return", back.clone())] {
        assert_eq!(separated(walk.attempt(&lan, step, &body)), "manages_centre, took_another_step", "{step}");
    }
    round.take(&lan, &at_centre);
    for (step, body) in [("verified", json!({ "scores": [] })), ("verify", Value::Null), ("return", back)] {
        assert_eq!(separated(walk.attempt(&lan, step, &body)), "manages_centre, took_another_step", "{step}");
    }
    assert_eq!(walk.steps(&cast.officer).len(), 3, "made, assessed, submitted; nothing of the refused steps");
    // Of another centre's rating she knows nothing, so she verifies it; and this one somebody else does.
    let other = cast.world.db_centre(cast.province, cast.commune, "Trung tâm thứ hai");
    round.submitted(&cast.commune_officer, other).step(&lan, "verify", Value::Null);
    walk.step(&cast.verifier, "verify", Value::Null);
}

#[test]
fn whoever_verified_a_rating_neither_decides_nor_amends_it() {
    // Minh verifies for the district and is an officer of the province; Hoa is an officer only.
    let round = Round::new();
    let cast = &round.cast;
    let (district, province) = (cast.world.unit("205", "2018-12-31"), cast.world.unit("22", "2025-12-31"));
    let minh = cast.world.db_person_with(
        cast.province,
        vec![grant(Role::Verifier, Some(district), None), grant(Role::ProvinceOfficer, Some(province), None)],
    );
    let hoa = &cast.officer;
    let mut walk = round.submitted(&cast.staff, cast.centre);
    // A return and a verification are one person's work at one stage.
    walk.step(&minh, "return", json!({ "criteria": ["A1"], "reason": "Thiếu" }));
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&round.scheme, &[("A1", 3.0)]) }));
    walk.step(&cast.manager, "submit", Value::Null);
    walk.step(&minh, "verify", Value::Null);
    assert_eq!(separated(walk.attempt(&minh, "decide", &decide_body())), "took_another_step");
    assert_eq!(separated(walk.attempt(&minh, "return", &json!({ "criteria": ["A1"], "reason": "Thiếu" }))), "took_another_step");
    walk.step(hoa, "decide", decide_body());
    let amend = json!({ "reason": "Nhầm", "decision": decision("13/QĐ", "2019-03-20"), "scores": [{ "criterion": "A1", "points": 4, "reason": "Nhầm" }] });
    assert_eq!(separated(walk.attempt(&minh, "amend", &amend)), "took_another_step");
    walk.step(hoa, "amend", amend);

    // What Minh has not verified, Minh decides.
    let second = cast.world.db_centre(cast.province, cast.commune, "Trung tâm thứ hai");
    let mut walk = round.submitted(&cast.commune_officer, second);
    walk.step(&cast.verifier, "verify", Value::Null);
    walk.step(&minh, "decide", decide_body());
}

#[test]
fn one_person_does_not_verify_at_two_stages() {
    let cast = KimSon::new();
    let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");
    let route = json!([
        { "task": "assess", "level": "centre" },
        { "task": "verify", "level": "commune" },
        { "task": "verify", "level": "district" },
        { "task": "decide", "level": "province" },
    ]);
    let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Hai cấp", "route": route });
    let round = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json();
    let district = cast.world.unit("205", "2018-12-31");
    let both = cast.world.db_person_with(
        cast.province,
        vec![grant(Role::Verifier, Some(cast.commune), None), grant(Role::Verifier, Some(district), None)],
    );
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[]) }));
    walk.step(&cast.manager, "submit", Value::Null);
    walk.step(&both, "verify", Value::Null);
    assert_eq!(separated(walk.attempt(&both, "verify", &Value::Null)), "took_another_step");
    walk.step(&cast.verifier, "verify", Value::Null);
}

#[test]
fn whoever_manages_the_commune_or_the_centre_does_not_judge_its_rating() {
    let round = Round::new();
    let cast = &round.cast;
    let world = &cast.world;
    let (district, province) = (world.unit("205", "2018-12-31"), world.unit("22", "2025-12-31"));
    let (ward_of_today, elsewhere) = (world.unit("07069", "2025-12-31"), world.unit("07093", "2018-12-31"));
    let with = |grants: Vec<Grant>| world.db_person_with(cast.province, grants);
    let verifier = || grant(Role::Verifier, Some(district), None);
    let officer = || grant(Role::ProvinceOfficer, Some(province), None);
    type Managing = fn(&KimSon, UnitId) -> Grant;
    let managing: [(&str, Managing, UnitId); 3] = [
        ("the commune", |_, unit| grant(Role::CommuneOfficer, Some(unit), None), cast.commune),
        ("today's ward", |_, unit| grant(Role::CommuneOfficer, Some(unit), None), ward_of_today),
        ("the centre", |cast, _| grant(Role::CentreManager, None, Some(cast.centre)), cast.commune),
    ];
    let mut walk = round.submitted(&cast.staff, cast.centre);
    for (what, managing, unit) in &managing {
        let who = with(vec![verifier(), managing(cast, *unit)]);
        assert_eq!(separated(walk.attempt(&who, "verify", &Value::Null)), "manages_centre", "{what}");
    }
    // To have managed it since the first day of the data window counts as well; before that, it does not.
    let held = |from: &str, to: &str| {
        let (valid_from, valid_to) = (from.parse().unwrap(), to.parse().ok());
        Grant { valid_from, valid_to, ..grant(Role::CommuneOfficer, Some(cast.commune), None) }
    };
    for (from, to) in [("2016-01-01", "2018-01-01"), ("2019-01-01", "2019-03-01"), ("2020-01-01", "2026-11-21")] {
        let who = with(vec![verifier(), held(from, to)]);
        assert_eq!(separated(walk.attempt(&who, "verify", &Value::Null)), "manages_centre", "{from} to {to}");
    }
    let before = held("2010-01-01", "2017-12-31");
    let neighbour = with(vec![verifier(), grant(Role::CommuneOfficer, Some(elsewhere), None), before]);
    walk.step(&neighbour, "verify", Value::Null);
    for (what, managing, unit) in &managing {
        let who = with(vec![officer(), managing(cast, *unit)]);
        assert_eq!(separated(walk.attempt(&who, "decide", &decide_body())), "manages_centre", "{what}");
    }
    walk.step(&with(vec![officer(), grant(Role::CommuneOfficer, Some(elsewhere), None)]), "decide", decide_body());
}

#[test]
fn two_accounts_whose_grants_are_swapped_in_between_gain_no_second_step() {
    // Lan works at the centre, Minh verifies for the district; in between each gets the other's role, and both become officers.
    let round = Round::new();
    let cast = &round.cast;
    let client = &cast.world.client;
    let (district, province) = (cast.world.unit("205", "2018-12-31"), cast.world.unit("22", "2025-12-31"));
    let (at_centre, verifies) =
        (grant(Role::CentreManager, None, Some(cast.centre)), grant(Role::Verifier, Some(district), None));
    let lan = cast.world.db_person_with(cast.province, vec![at_centre.clone()]);
    let minh = cast.world.db_person_with(cast.province, vec![verifies.clone()]);
    let give = |who: &Person, body: Value| -> Grant {
        let path = format!("/v1/users/{}/grants", who.id);
        serde_json::from_value(client.post(&path).by(&cast.admin.token).json(&body).send().expect(201).json()).unwrap()
    };
    let back = json!({ "criteria": ["A1"], "reason": "Thiếu" });
    let scores = |others: &[(&str, f64)]| json!({ "scores": scores_but(&round.scheme, others) });

    let mut walk = round.submitted(&lan, cast.centre);
    walk.step(&minh, "return", back.clone());
    round.take(&lan, &at_centre);
    round.take(&minh, &verifies);
    let lan_verifies = give(&lan, json!({ "role": "verifier", "unit_id": district }));
    let minh_manages = give(&minh, json!({ "role": "centre_manager", "centre_id": cast.centre }));
    // Minh sent it back as a verifier, so Minh does not answer for the centre; nor does Lan verify what she drafted.
    for (step, body) in [("self", scores(&[("A1", 3.0)])), ("submit", Value::Null)] {
        assert_eq!(separated(walk.attempt(&minh, step, &body)), "took_another_step", "{step}");
    }
    walk.step(&cast.staff, "self", scores(&[("A1", 3.0)]));
    walk.step(&cast.manager, "submit", Value::Null);
    for (step, body) in [("verified", json!({ "scores": [] })), ("verify", Value::Null), ("return", back.clone())] {
        assert_eq!(separated(walk.attempt(&lan, step, &body)), "manages_centre, took_another_step", "{step}");
    }
    // Swapped back, on the day on which they were given: Minh has managed the centre, if only for an hour.
    round.take(&lan, &lan_verifies);
    round.take(&minh, &minh_manages);
    give(&minh, json!({ "role": "verifier", "unit_id": district }));
    assert_eq!(separated(walk.attempt(&minh, "verify", &Value::Null)), "manages_centre");
    walk.step(&cast.verifier, "verify", Value::Null);
    for who in [&lan, &minh, &cast.verifier] {
        give(who, json!({ "role": "province_officer", "unit_id": province }));
    }
    for (who, why) in [
        (&lan, "manages_centre, took_another_step"),
        (&minh, "manages_centre, took_another_step"),
        (&cast.verifier, "took_another_step"),
    ] {
        assert_eq!(separated(walk.attempt(who, "decide", &decide_body())), why, "{}", who.username);
        assert_eq!(separated(walk.attempt(who, "return", &back)), why, "{}", who.username);
        let mut many = decide_body();
        many["items"] = json!([{ "rating_id": walk.id(), "if_match": walk.etag }]);
        let told = client.post("/v1/ratings/decide").by(&who.token).json(&many).send().expect(200).json();
        assert_eq!(told["results"][0]["problem"]["code"], "separation_of_duties", "{told:#}");
    }
    walk.step(&cast.officer, "decide", decide_body());
    let steps = walk.steps(&cast.officer);
    assert!(steps.iter().all(|step| step["acting_user_id"].is_null()), "everybody acted themselves");
    for who in [&lan, &minh, &cast.staff, &cast.manager, &cast.verifier, &cast.officer] {
        let stages: std::collections::BTreeSet<_> =
            steps.iter().filter(|step| step["user_id"] == json!(who.id)).map(|step| step["stage"].as_u64()).collect();
        assert!(stages.len() <= 1, "{}: {stages:?}", who.username);
    }
}

#[test]
fn whoever_manages_a_centre_where_it_moved_to_judges_it_as_little() {
    // The centre is rated in Kim Sơn and has moved to Mạo Khê; a neighbouring ward's officer has nothing to do with it.
    let round = Round::new();
    let cast = &round.cast;
    let (district, moved_to) = (cast.world.unit("205", "2018-12-31"), cast.world.unit("07069", "2018-12-31"));
    let neighbour = cast.world.unit("07093", "2018-12-31");
    let mut walk = round.submitted(&cast.staff, cast.centre);
    let (client, path) = (&cast.world.client, format!("/v1/centres/{}", cast.centre));
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let body = json!({ "commune_id": moved_to, "valid_from": "2020-06-01" });
    client.post(&format!("{path}/placements")).by(&cast.admin.token).if_match(&etag).json(&body).send().expect(201);
    let officer_of = |unit| {
        let grants = vec![grant(Role::Verifier, Some(district), None), grant(Role::CommuneOfficer, Some(unit), None)];
        cast.world.db_person_with(cast.province, grants)
    };
    assert_eq!(separated(walk.attempt(&officer_of(moved_to), "verify", &Value::Null)), "manages_centre");
    walk.step(&officer_of(neighbour), "verify", Value::Null);
}

/// Does two things at the same moment.
fn at_once(first: impl Fn() -> Response + Sync, second: impl Fn() -> Response + Sync) -> [Response; 2] {
    let barrier = Barrier::new(2);
    std::thread::scope(|scope| {
        let (one, two) = (
            scope.spawn(|| {
                barrier.wait();
                first()
            }),
            scope.spawn(|| {
                barrier.wait();
                second()
            }),
        );
        [one.join().unwrap(), two.join().unwrap()]
    })
}

/// One of two was answered with `good`, the other was told of the change.
fn one_wins(answers: [Response; 2], good: u16, others: &[(u16, &str)]) {
    let [won, lost] = if answers[0].status == good {
        answers
    } else {
        let [a, b] = answers;
        [b, a]
    };
    won.expect(good);
    let (status, code) = others
        .iter()
        .find(|(status, _)| *status == lost.status)
        .copied()
        .unwrap_or_else(|| panic!("{}: {}", lost.status, lost.text()));
    lost.refused(status, code);
}

const CHANGED: [(u16, &str); 2] = [(412, "etag_mismatch"), (409, "state_conflict")];

#[test]
fn of_two_people_at_once_one_wins_and_the_history_has_one_step_more() {
    // Two officers decide; a verifier verifies while a colleague returns.
    let round = Round::new();
    let cast = &round.cast;
    let (province, district) = (cast.world.unit("22", "2025-12-31"), cast.world.unit("205", "2018-12-31"));
    let colleague = cast.world.db_person(cast.province, Role::ProvinceOfficer, Some(province), None);
    let verifier = cast.world.db_person(cast.province, Role::Verifier, Some(district), None);
    for walk in round.verified(6) {
        let before = walk.steps(&cast.officer).len();
        let [a, b] = ["1/QĐ", "2/QĐ"].map(|number| json!({ "decision": decision(number, "2019-02-20") }));
        one_wins(at_once(|| walk.attempt(&cast.officer, "decide", &a), || walk.attempt(&colleague, "decide", &b)), 200, &CHANGED);
        let steps = walk.steps(&cast.officer);
        assert_eq!(steps.len(), before + 1);
        assert_eq!(steps[before]["decision"], walk.read(&cast.officer)["decision"], "what stands is what the winner wrote");
    }
    for n in 0..4 {
        let centre = cast.world.db_centre(cast.province, cast.commune, &format!("Trung tâm thêm {n}"));
        let walk = round.submitted(&cast.commune_officer, centre);
        let back = json!({ "criteria": ["A1"], "reason": "Thiếu" });
        one_wins(
            at_once(|| walk.attempt(&cast.verifier, "verify", &Value::Null), || walk.attempt(&verifier, "return", &back)),
            200,
            &[CHANGED[0], CHANGED[1], (403, "right_missing")],
        );
        assert_eq!(walk.steps(&cast.officer).len(), 4);
    }
}

#[test]
fn of_two_people_who_start_a_rating_at_once_one_does() {
    let round = Round::new();
    let cast = &round.cast;
    for n in 0..4 {
        let centre = cast.world.db_centre(cast.province, cast.commune, &format!("Trung tâm {n}"));
        let body = json!({ "round_id": round.round["id"], "centre_id": centre });
        let start = || cast.world.client.post("/v1/ratings").by(&cast.commune_officer.token).json(&body).send();
        one_wins(at_once(start, start), 201, &[(409, "already_exists")]);
        let listed =
            cast.world.client.get(&format!("/v1/ratings?centre_id={centre}")).by(&cast.officer.token).send().expect(200).json();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn many_are_decided_at_once_each_with_a_result_of_its_own() {
    // Two that are ready, one read too long ago, one that is not there, one not verified yet, one of Hưng Yên.
    let round = Round::new();
    let cast = &round.cast;
    let client = &cast.world.client;
    let ready = round.verified(3);
    let waiting = round.submitted(&cast.staff, cast.centre);
    let unit = cast.world.unit("33", "2025-12-31");
    let foreign = cast.world.db_person(cast.world.db_province(unit), Role::ProvinceOfficer, Some(unit), None);
    let item = |id: &str, tag: &str| json!({ "rating_id": id, "if_match": tag });
    let body = json!({ "decision": decision("40/QĐ-SGDĐT", "2019-02-28"), "items": [
        item(ready[0].id(), &ready[0].etag),
        item(ready[1].id(), "\"1-0000000000000000\""),
        item("0190b2c4-0000-7000-8000-00000000dead", "\"4-0\""),
        item(waiting.id(), &waiting.etag),
        item(ready[2].id(), &ready[2].etag),
        item(ready[0].id(), &ready[0].etag),
    ] });
    let send =
        |who: &Person, key: &str, body: &Value| client.post("/v1/ratings/decide").by(&who.token).key(key).json(body).send();
    send(&cast.verifier, "nobody-1", &body).refused(403, "right_missing");
    let seen = send(&foreign, "foreign-1", &body).expect(200).json();
    assert!(seen["results"].as_array().unwrap().iter().all(|result| result["problem"]["code"] == "not_found"), "{seen:#}");

    let answer = send(&cast.officer, "decide-2018", &body).expect(200);
    let results = answer.json();
    assert_eq!((&results["decided"], &results["refused"]), (&json!(2), &json!(4)));
    let told: Vec<_> = results["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| (result["status"].as_u64().unwrap(), result["problem"]["code"].as_str().unwrap_or("-")))
        .collect();
    assert_eq!(
        told,
        [(200, "-"), (412, "etag_mismatch"), (404, "not_found"), (409, "state_conflict"), (200, "-"), (409, "state_conflict")]
    );
    let decided = client.get(&ready[0].path).by(&cast.officer.token).send().expect(200);
    assert_eq!(
        (decided.etag(), &decided.json()["decision"]["number"]),
        (results["results"][0]["etag"].as_str().unwrap().to_owned(), &json!("40/QĐ-SGDĐT"))
    );
    let states = |walks: &[&Walk<'_>]| {
        walks.iter().map(|walk| walk.read(&cast.officer)["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states(&[&ready[0], &ready[1], &ready[2], &waiting]), ["decided", "verified", "decided", "submitted"]);

    // Sent again under the same key: the same answer, and nothing is done twice; another body is refused.
    let steps = ready[0].steps(&cast.officer).len();
    let again = send(&cast.officer, "decide-2018", &body).expect(200);
    assert_eq!(again.bytes, answer.bytes);
    assert_eq!(ready[0].steps(&cast.officer).len(), steps);
    let other = json!({ "items": [item(ready[1].id(), &ready[1].etag)] });
    send(&cast.officer, "decide-2018", &other).refused(422, "idempotency_key_reused");
    // Without the number that the route asks for, the item is refused, not the request.
    let one = send(&cast.officer, "decide-again", &other).expect(200).json();
    assert_eq!(
        (&one["results"][0]["status"], &one["results"][0]["problem"]["errors"][0]["rule"]),
        (&json!(422), &json!("decision_number_required"))
    );
    for count in [0, 501] {
        let items: Vec<_> = (0..count).map(|_| item(ready[1].id(), "\"1-0\"")).collect();
        send(&cast.officer, &format!("too-many-{count}"), &json!({ "items": items })).refused(422, "invalid_body");
    }
}

#[test]
fn a_step_sent_twice_under_one_key_is_taken_once() {
    let round = Round::new();
    let cast = &round.cast;
    let walk = round.submitted(&cast.staff, cast.centre);
    let verify = || {
        cast.world
            .client
            .post(&format!("{}/verify", walk.path))
            .by(&cast.verifier.token)
            .if_match(&walk.etag)
            .key("verify-once")
            .send()
            .expect(200)
    };
    let (first, second) = (verify(), verify());
    assert_eq!((first.bytes.clone(), first.etag()), (second.bytes.clone(), second.etag()));
    assert_eq!(walk.steps(&cast.officer).len(), 4);
}
