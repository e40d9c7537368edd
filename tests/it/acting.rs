//! Acting for somebody: for a time, for reading unless it says otherwise, with both names on record.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::walk::{Walk, scores_but};

fn give(cast: &KimSon, by: &Person, to: &Person, read_only: bool, until: &str) -> Response {
    let body = json!({ "delegate_username": to.username, "read_only": read_only, "reason": "nghỉ phép", "valid_until": until });
    cast.world.client.post("/v1/me/delegations").by(&by.token).json(&body).send()
}

fn exchange(cast: &KimSon, by: &str, leave: &str) -> Response {
    let form = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={by}\
         &subject_token_type=urn:ietf:params:oauth:token-type:access_token&delegation_id={leave}"
    );
    cast.world.client.post("/oauth2/token").form(&form).send()
}

/// A token with which somebody acts for another person.
fn act(cast: &KimSon, of: &Person, by: &Person, read_only: bool) -> (String, String) {
    let leave = give(cast, of, by, read_only, "2026-12-01T00:00:00Z").expect(201).json()["id"].as_str().unwrap().to_owned();
    let answer = exchange(cast, &by.token, &leave).expect(200).json();
    assert_eq!(answer["issued_token_type"], "urn:ietf:params:oauth:token-type:access_token");
    assert!(answer.get("refresh_token").is_none());
    (answer["access_token"].as_str().unwrap().to_owned(), leave)
}

#[test]
fn leave_is_for_reading_unless_it_says_otherwise() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (token, _) = act(&cast, &cast.manager, &cast.verifier, true);
    let me = client.get("/v1/me").by(&token).send().expect(200).json();
    assert_eq!((&me["id"], &me["acting"]["user_id"]), (&json!(cast.manager.id), &json!(cast.verifier.id)));
    let path = format!("/v1/centres/{}", cast.centre);
    let etag = client.get(&path).by(&token).send().expect(200).etag();
    let change = json!({ "has_seal": true });
    let refused = client.patch(&path).by(&token).if_match(&etag).json(&change).send().refused(403, "right_missing");
    assert_eq!(refused["reason"], "read_only");

    let (token, _) = act(&cast, &cast.manager, &cast.verifier, false);
    client.patch(&path).by(&token).if_match(&etag).json(&change).send().expect(200);
    let records = client.get("/v1/audit_records?subject=centre").by(&cast.admin.token).send().expect(200).json();
    let record = &records["items"][0];
    assert_eq!((&record["user_id"], &record["username"]), (&json!(cast.manager.id), &json!(cast.manager.username)));
    assert_eq!(
        (&record["acting_user_id"], &record["acting_username"]),
        (&json!(cast.verifier.id), &json!(cast.verifier.username))
    );
    for person in [&cast.manager, &cast.verifier] {
        let found = client.get(&format!("/v1/audit_records?subject=centre&user_id={}", person.id)).by(&cast.admin.token).send();
        assert_eq!(found.expect(200).json()["items"].as_array().unwrap().len(), 1, "found under either name");
    }
}

#[test]
fn rights_are_not_given_away_with_it_nor_leave_passed_on() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (token, leave) = act(&cast, &cast.admin, &cast.officer, false);
    client.get("/v1/users").by(&token).send().expect(200);
    for (method, path, body) in [
        ("POST", "/v1/users".to_owned(), json!({ "username": "lan", "display_name": "Lan" })),
        (
            "POST",
            "/v1/service_accounts".into(),
            json!({ "name": "x", "permissions": ["me"], "expires_at": "2027-01-01T00:00:00Z" }),
        ),
        ("GET", format!("/v1/users/{}/contact", cast.staff.id), Value::Null),
        ("GET", "/v1/me/sessions".into(), Value::Null),
        ("PUT", "/v1/me/password".into(), json!({ "current_password": "x", "password": "y" })),
    ] {
        let request = client.request(method, &path).by(&token);
        let request = if body.is_null() { request } else { request.json(&body) };
        let refused = request.send().refused(403, "right_missing");
        assert_eq!(refused["reason"], "in_person_only", "{method} {path}");
    }
    assert_eq!(exchange(&cast, &token, &leave).refused(401, "sign_in_failed")["error"], "invalid_grant");
    exchange(&cast, &cast.staff.token, &leave).refused(401, "sign_in_failed");
    give(&cast, &cast.admin, &cast.admin, true, "2026-12-01T00:00:00Z").fault(
        422,
        "rule_broken",
        "/delegate_username",
        "not_oneself",
    );
    give(&cast, &cast.admin, &cast.officer, true, "2027-12-01T00:00:00Z").fault(
        422,
        "rule_broken",
        "/valid_until",
        "at_most_31_days",
    );
    give(&cast, &cast.admin, &cast.officer, true, "2026-11-01T00:00:00Z").refused(422, "rule_broken");
}

#[test]
fn it_ends_with_its_time_when_it_is_taken_back_and_with_either_account() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let works = |token: &str| client.get("/v1/centres").by(token).send().status == 200;
    let (token, leave) = act(&cast, &cast.manager, &cast.verifier, true);
    assert!(works(&token));
    let path = format!("/v1/me/delegations/{leave}");
    client.delete(&path).by(&cast.staff.token).send().refused(404, "not_found");
    client.delete(&path).by(&cast.manager.token).send().expect(204);
    client.delete(&path).by(&cast.manager.token).send().refused(404, "not_found");
    assert!(!works(&token));
    exchange(&cast, &cast.verifier.token, &leave).refused(401, "sign_in_failed");

    let short = give(&cast, &cast.manager, &cast.verifier, true, "2026-11-22T03:05:00Z").expect(201).json();
    let token = exchange(&cast, &cast.verifier.token, short["id"].as_str().unwrap()).expect(200).json();
    let token = token["access_token"].as_str().unwrap();
    assert!(works(token));
    cast.world.clock.advance(TimeDelta::minutes(5));
    assert!(!works(token));
    assert_eq!(client.get("/v1/me/delegations").by(&cast.manager.token).send().expect(200).json(), json!([]));

    let (token, _) = act(&cast, &cast.manager, &cast.verifier, true);
    client.post(&format!("/v1/users/{}/sign_out", cast.verifier.id)).by(&cast.admin.token).send().expect(204);
    assert!(!works(&token), "whoever acts is signed out");
}

#[test]
fn both_persons_count_in_the_separation_of_duties() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    // The verifier helps out as the manager, then wants to verify what they handed in themselves.
    let (token, _) = act(&cast, &cast.manager, &cast.verifier, false);
    let helper = Person { token, ..cast.manager.clone() };
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[]) }));
    walk.step(&helper, "submit", Value::Null);
    let last = walk.steps(&cast.officer).pop().unwrap();
    assert_eq!((&last["user_id"], &last["acting_user_id"]), (&json!(cast.manager.id), &json!(cast.verifier.id)));

    let refused = walk.attempt(&cast.verifier, "verify", &Value::Null).refused(403, "separation_of_duties");
    assert_eq!(refused["reasons"][0]["code"], "took_another_step");
    // Nor does the manager verify by acting for another verifier.
    let dong_trieu = cast.world.unit("205", "2018-12-31");
    let second = cast.world.db_person(cast.province, htcd_domain::access::Role::Verifier, Some(dong_trieu), None);
    let (token, _) = act(&cast, &second, &cast.manager, false);
    let disguised = Person { token, ..second.clone() };
    let refused = walk.attempt(&disguised, "verify", &Value::Null).refused(403, "separation_of_duties");
    let codes: Vec<_> = refused["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["manages_centre", "took_another_step"]);
    walk.step(&second, "verify", Value::Null);
}

#[test]
fn a_reader_who_acts_is_told_that_no_step_is_theirs() {
    let cast = KimSon::new();
    let (round, scheme) = (cast.round(2018, "TTHTCD-MAU"), cast.world.scheme(&cast.staff, "TTHTCD-MAU"));
    let mut walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
    walk.step(&cast.staff, "self", json!({ "scores": scores_but(&scheme, &[]) }));
    let (token, _) = act(&cast, &cast.manager, &cast.officer, true);
    let rating = walk.read(&Person { token, ..cast.manager.clone() });
    let submit =
        rating["allowed_actions"].as_array().unwrap().iter().find(|action| action["action"] == "submit").unwrap().clone();
    assert_eq!(submit["allowed"], false, "{submit}");
}
