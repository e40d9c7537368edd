//! Programs: never wider than their owner, and named beside them.

use chrono::TimeDelta;
use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;

fn create(cast: &KimSon, by: &Person, permissions: Value) -> Response {
    let body = json!({ "name": "Cổng dữ liệu", "permissions": permissions, "expires_at": "2027-11-22T00:00:00Z" });
    cast.world.client.post("/v1/service_accounts").by(&by.token).json(&body).send()
}

fn ask(cast: &KimSon, client_id: &str, secret: &str, more: &str) -> Response {
    let form = format!("grant_type=client_credentials&client_id={client_id}&client_secret={secret}{more}");
    cast.world.client.post("/oauth2/token").form(&form).send()
}

/// The `client_id` and the secret of a new account.
fn keys(made: &Value) -> (String, String) {
    (made["client_id"].as_str().unwrap().into(), made["secret"]["secret"].as_str().unwrap().into())
}

fn token(answer: Response) -> String {
    let body = answer.expect(200).json();
    assert!(body.get("refresh_token").is_none(), "a program asks again instead");
    body["access_token"].as_str().unwrap().into()
}

#[test]
fn a_program_signs_in_with_a_secret_and_does_what_is_listed_for_it() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = create(&cast, &cast.officer, json!(["centres:read", "ratings:read"])).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let path = made.header("location").unwrap().to_owned();
    let made = made.json();
    let (id, secret) = keys(&made);
    assert!(secret.starts_with("htcd_") && secret.len() == 69);
    let shown = client.get(&path).by(&cast.officer.token).send().expect(200);
    assert!(!shown.text().contains(&secret), "shown once");

    let access = token(ask(&cast, &id, &secret, ""));
    client.get("/v1/centres").by(&access).send().expect(200);
    let refused = client.get("/v1/users").by(&access).send().refused(403, "right_missing");
    assert_eq!(refused["reason"], "not_listed", "its owner may, it may not");
    let refused = client.get("/v1/me/sessions").by(&access).send().refused(403, "right_missing");
    assert_eq!(refused["reason"], "in_person_only");
    let me = client.get("/v1/me").by(&access).send().expect(200).json();
    assert_eq!((&me["id"], &me["service_account_id"]), (&json!(cast.officer.id), &made["id"]));
    assert_eq!(me["permissions"], json!(["me", "centres:read", "ratings:read"]));

    // A part of it on request, by the header too, and never more than listed.
    let narrow = token(ask(&cast, &id, &secret, "&scope=ratings:read+users:read"));
    client.get("/v1/centres").by(&narrow).send().refused(403, "right_missing");
    client.get("/v1/ratings").by(&narrow).send().expect(200);
    client.get("/v1/users").by(&narrow).send().refused(403, "right_missing");
    let basic = format!("Basic {}", base64(&format!("{id}:{secret}")));
    token(client.post("/oauth2/token").header("authorization", &basic).form("grant_type=client_credentials").send());
    let refused = ask(&cast, &id, &secret, "&scope=king").refused(400, "malformed_request");
    assert_eq!(refused["error"], "invalid_scope");

    for (id, secret) in [(id.as_str(), "htcd_wrong"), (&"0".repeat(64), &secret), ("lan", &secret), (&id, &"x".repeat(500))] {
        assert_eq!(ask(&cast, id, secret, "").refused(401, "sign_in_failed")["error"], "invalid_client");
    }
    let seen = client.get(&path).by(&cast.officer.token).send().expect(200).json();
    assert_eq!(
        (&seen["last_used_at"], &seen["secrets"][0]["last_used_at"]),
        (&json!("2026-11-22T03:00:00Z"), &json!("2026-11-22T03:00:00Z"))
    );
}

fn base64(text: &str) -> String {
    use base64::Engine;
    base64::prelude::BASE64_STANDARD.encode(text)
}

#[test]
fn what_its_owner_does_not_hold_is_neither_listed_nor_kept() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let refused =
        create(&cast, &cast.officer, json!(["centres:read", "users:manage", "own_account"])).refused(422, "rule_broken");
    let rules: Vec<_> = refused["errors"].as_array().unwrap().iter().map(|fault| fault["rule"].as_str().unwrap()).collect();
    assert_eq!(rules, ["not_wider_than_owner", "not_wider_than_owner"]);
    create(&cast, &cast.manager, json!(["centres:read"])).refused(403, "right_missing");

    let made = create(&cast, &cast.officer, json!(["centres:read"])).expect(201).json();
    let (id, secret) = keys(&made);
    let access = token(ask(&cast, &id, &secret, ""));
    client.get("/v1/centres").by(&access).send().expect(200);
    // The officer loses the role: the program loses it at the same moment, and has it again when it is given again.
    let user = client.get(&format!("/v1/users/{}", cast.officer.id)).by(&cast.admin.token).send().expect(200).json();
    let grant = user["grants"][0]["id"].as_str().unwrap();
    let grants = format!("/v1/users/{}/grants", cast.officer.id);
    client.delete(&format!("{grants}/{grant}")).by(&cast.admin.token).send().expect(204);
    let refused = client.get("/v1/centres").by(&access).send().refused(403, "right_missing");
    assert_eq!(refused["reason"], "right_missing");
    let again = json!({ "role": "province_officer", "unit_id": cast.world.unit("22", "2026-01-01") });
    client.post(&grants).by(&cast.admin.token).json(&again).send().expect(201);
    client.get("/v1/centres").by(&access).send().expect(200);

    // An owner who may not sign in has no programs either.
    let path = format!("/v1/users/{}", cast.officer.id);
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    client.patch(&path).by(&cast.admin.token).if_match(&etag).json(&json!({ "active": false })).send().expect(200);
    client.get("/v1/centres").by(&access).send().refused(401, "token_invalid");
    ask(&cast, &id, &secret, "").refused(401, "sign_in_failed");
}

#[test]
fn two_secrets_are_good_at_a_time_so_that_a_program_can_change_over() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = create(&cast, &cast.officer, json!(["centres:read"])).expect(201);
    let path = made.header("location").unwrap().to_owned();
    let (id, first) = keys(&made.json());
    let first_id = made.json()["secret"]["id"].as_str().unwrap().to_owned();
    let send = || client.post(&format!("{path}/secrets")).by(&cast.officer.token).key("doi-ma-bi-mat").send().expect(201).json();
    let (second, repeated) = (send(), send());
    assert_eq!((&repeated["id"], &repeated["secret"]), (&second["id"], &Value::Null));
    let second = second["secret"].as_str().unwrap();
    token(ask(&cast, &id, &first, ""));
    token(ask(&cast, &id, second, ""));
    client.post(&format!("{path}/secrets")).by(&cast.officer.token).send().refused(409, "state_conflict");
    client.post(&format!("{path}/secrets")).by(&cast.admin.token).send().refused(404, "not_found");
    client.delete(&format!("{path}/secrets/{first_id}")).by(&cast.officer.token).send().expect(204);
    ask(&cast, &id, &first, "").refused(401, "sign_in_failed");
    token(ask(&cast, &id, second, ""));
    client.delete(&format!("{path}/secrets/{first_id}")).by(&cast.officer.token).send().refused(404, "not_found");
}

#[test]
fn it_comes_from_its_networks_until_it_ends_or_is_stopped() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = create(&cast, &cast.officer, json!(["centres:read"])).expect(201);
    let (path, (id, secret)) = (made.header("location").unwrap().to_owned(), keys(&made.json()));
    let patch = |by: &Person, body: Value| {
        let etag = client.get(&path).by(&by.token).send().expect(200).etag();
        client.patch(&path).by(&by.token).if_match(&etag).json(&body).send()
    };
    let access = token(ask(&cast, &id, &secret, ""));
    patch(&cast.officer, json!({ "networks": ["10.0.0.0/8"] })).expect(200);
    client.get("/v1/centres").by(&access).send().refused(401, "token_invalid");
    ask(&cast, &id, &secret, "").refused(401, "sign_in_failed");
    patch(&cast.officer, json!({ "networks": ["10.0.0.0/8", "127.0.0.0/8"] })).expect(200);
    client.get("/v1/centres").by(&access).send().expect(200);
    patch(&cast.officer, json!({ "networks": ["everywhere"] })).fault(422, "invalid_body", "/networks", "network");
    patch(&cast.officer, json!({ "expires_at": "2030-01-01T00:00:00Z" })).fault(
        422,
        "rule_broken",
        "/expires_at",
        "at_most_731_days",
    );

    // Whoever manages the users can stop it, and do nothing else with it.
    patch(&cast.admin, json!({ "permissions": ["centres:read", "users:read"] })).refused(403, "outside_scope");
    patch(&cast.admin, json!({ "active": false })).expect(200);
    patch(&cast.admin, json!({ "active": true })).refused(403, "outside_scope");
    client.get("/v1/centres").by(&access).send().refused(401, "token_invalid");
    patch(&cast.officer, json!({ "active": true })).expect(200);
    let access = token(ask(&cast, &id, &secret, ""));
    cast.world.clock.advance(TimeDelta::days(366));
    client.get("/v1/centres").by(&access).send().refused(401, "token_invalid");
    ask(&cast, &id, &secret, "").refused(401, "sign_in_failed");
}

#[test]
fn the_audit_names_the_program_and_its_owner() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = create(&cast, &cast.admin, json!(["centres:write", "centres:read"])).expect(201).json();
    let (id, secret) = keys(&made);
    let access = token(ask(&cast, &id, &secret, ""));
    let path = format!("/v1/centres/{}", cast.centre);
    let etag = client.get(&path).by(&access).send().expect(200).etag();
    client.patch(&path).by(&access).if_match(&etag).json(&json!({ "has_seal": true })).send().expect(200);
    let found = client
        .get(&format!("/v1/audit_records?service_account_id={}", made["id"].as_str().unwrap()))
        .by(&cast.admin.token)
        .send();
    let record = &found.expect(200).json()["items"][0];
    assert_eq!((&record["operation"], &record["user_id"]), (&json!("update_centre"), &json!(cast.admin.id)));
    assert_eq!((&record["service_account_id"], &record["session_id"]), (&made["id"], &Value::Null));
}

#[test]
fn ones_own_are_seen_and_all_by_whoever_manages_the_users() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    create(&cast, &cast.officer, json!(["centres:read"])).expect(201);
    create(&cast, &cast.admin, json!(["centres:read"])).expect(201);
    let count = |by: &Person| client.walk(&by.token, "/v1/service_accounts?limit=1").len();
    assert_eq!((count(&cast.officer), count(&cast.admin)), (1, 2));
    let ministry = cast.world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    let made = create(&cast, &ministry, json!(["aggregates:national"])).expect(201).json();
    let (id, secret) = keys(&made);
    let access = token(ask(&cast, &id, &secret, ""));
    client.get("/v1/nation/rating_distribution?year=2018").by(&access).send().expect(200);
    assert_eq!((count(&ministry), count(&cast.admin)), (1, 2));
}

#[test]
fn a_program_that_asks_too_much_uses_up_its_own_limit_and_not_its_owners() {
    let cast = KimSon::in_world(crate::support::World::with(&[("HTCD_RATE_LIMIT", "1")]));
    let made = create(&cast, &cast.officer, json!(["centres:read"])).expect(201).json();
    let (id, secret) = keys(&made);
    let access = token(ask(&cast, &id, &secret, ""));
    let me = |token: &str| cast.world.client.get("/v1/me").by(token).send();
    while me(&access).status == 200 {}
    let refused = me(&access);
    assert!(refused.header("retry-after").is_some());
    refused.refused(429, "too_many_requests");
    me(&cast.officer.token).expect(200);
}
