//! Every operation against every kind of bad token.

use chrono::TimeDelta;
use htcd_api::clock::Clock;
use htcd_domain::access::Role;
use serde_json::json;

use super::versions;
use crate::support::cast::KimSon;
use crate::support::exceptions::Exceptions;
use crate::support::forge::Forge;
use crate::support::generate::{absent_ids, body, path, secured};

const TEST: &str = "every_operation_refuses_every_kind_of_bad_token";

/// Tokens that were good, and what forgers make of a good one; each by what is wrong with it.
fn bad_tokens(cast: &KimSon) -> Vec<(&'static str, String)> {
    let (world, client) = (&cast.world, &cast.world.client);
    // Those that end: of a sign-in that was ended, of somebody who was deactivated, of a program that was stopped.
    let ended = world.db_sign_in(&cast.manager);
    client.post("/v1/me/sign_out_everywhere").by(&ended).send().expect(204);

    let gone = world.db_person(cast.province, Role::ProvinceOfficer, Some(world.unit("22", "2025-12-31")), None);
    client.get("/v1/centres").by(&gone.token).send().expect(200);
    let path = format!("/v1/users/{}", gone.id);
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    client.patch(&path).by(&cast.admin.token).if_match(&etag).json(&json!({ "active": false })).send().expect(200);

    let program = json!({ "name": "Cổng", "permissions": ["centres:read"], "expires_at": "2027-01-01T00:00:00Z" });
    let made = client.post("/v1/service_accounts").by(&cast.officer.token).json(&program).send().expect(201);
    let path = made.header("location").unwrap().to_owned();
    let made = made.json();
    let (id, secret) = (made["client_id"].as_str().unwrap(), made["secret"]["secret"].as_str().unwrap());
    let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
    let stopped = client.post("/oauth2/token").form(&form).send().expect(200).json();
    let stopped = stopped["access_token"].as_str().unwrap().to_owned();
    client.get("/v1/centres").by(&stopped).send().expect(200);
    let etag = client.get(&path).by(&cast.officer.token).send().expect(200).etag();
    client.patch(&path).by(&cast.officer.token).if_match(&etag).json(&json!({ "active": false })).send().expect(200);

    let leave = json!({ "delegate_username": cast.officer.username, "reason": "nghỉ", "valid_until": "2026-12-01T00:00:00Z" });
    let leave = client.post("/v1/me/delegations").by(&cast.admin.token).json(&leave).send().expect(201).json();
    let leave = leave["id"].as_str().unwrap();
    let form = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token={}\
         &subject_token_type=urn:ietf:params:oauth:token-type:access_token&delegation_id={leave}",
        cast.officer.token
    );
    let acting = client.post("/oauth2/token").form(&form).send().expect(200).json()["access_token"].as_str().unwrap().to_owned();
    client.delete(&format!("/v1/me/delegations/{leave}")).by(&cast.admin.token).send().expect(204);

    let expired = world.db_sign_in(&cast.officer);
    world.clock.advance(TimeDelta::seconds(900));

    let good = world.db_sign_in(&cast.admin);
    client.get("/v1/me").by(&good).send().expect(200);
    let forge = Forge::of(world, &good);
    let [key_as_text, key_as_bytes] = forge.key_confused();
    let [under_our_key, under_their_key, under_no_key] = forge.by_a_stranger();
    let [head, claims, signature] = forge.parts();
    let now = world.clock.now().timestamp();
    let signed = |member, value| forge.signed(&forge.with(member, value));
    vec![
        ("empty", String::new()),
        ("not a token", "not.a.token".into()),
        ("of 20 KB", "a".repeat(20_000)),
        ("expired", expired),
        ("expired, signed by us", signed("exp", json!(now - 1))),
        ("for another audience", signed("aud", json!("another-api"))),
        ("of another issuer", signed("iss", json!("https://somebody.example"))),
        ("of a sign-in that there is not", signed("sid", json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11"))),
        ("of another province", signed("province_id", json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11"))),
        ("of somebody else", signed("sub", json!(cast.officer.id))),
        ("signed by a stranger under our key's name", under_our_key),
        ("signed by a stranger under a name of theirs", under_their_key),
        ("signed by a stranger under no name", under_no_key),
        ("alg none", forge.unsigned("none")),
        ("alg NONE with our signature", format!("{}{signature}", forge.unsigned("NONE"))),
        ("HS256 keyed with the public key's text", key_as_text),
        ("HS256 keyed with the public key's bytes", key_as_bytes),
        ("without a signature", format!("{head}.{claims}.")),
        ("of an ended session", ended),
        ("of a deactivated user", gone.token),
        ("of a stopped service account", stopped),
        ("under a leave that was taken back", acting),
    ]
}

#[test]
fn every_operation_refuses_every_kind_of_bad_token() {
    let cast = KimSon::new();
    let world = &cast.world;
    let exceptions = Exceptions::of(TEST);
    let document = htcd_api::document::document();
    let bad = bad_tokens(&cast);
    let mut ids = absent_ids();
    ids.extend([("centre_id", cast.centre.to_string()), ("user_id", cast.staff.id.to_string())]);
    let before = versions(world, &[cast.province]);
    let mut cells = 0;
    for operation in secured(&document) {
        let url = path(&document, &operation, &ids);
        let good = body(&document, &operation, &ids);
        let broken = Some(("application/json".to_owned(), b"{ not json".to_vec()));
        // A client sends no body with a GET.
        let bodies = match (operation.method, good) {
            ("get", _) => vec![None],
            (_, None) => vec![None, broken],
            (_, good) => vec![None, good, broken],
        };
        let tokens = std::iter::once(("none", None)).chain(bad.iter().map(|(what, token)| (*what, Some(token))));
        for (what, token) in tokens {
            // It is told what is wrong with none of them, so all of them are told the same.
            let code = if token.is_some() { "token_invalid" } else { "sign_in_required" };
            for body in &bodies {
                let mut request = world.client.request(&operation.method.to_uppercase(), &url).if_match("*");
                if let Some(token) = token {
                    request = request.by(token);
                }
                if let Some((media, bytes)) = body {
                    request = request.bytes(media, bytes.clone());
                }
                let answer = request.send();
                let at = format!("{what}: {} {url}: {} {}", operation.method, answer.status, answer.text());
                let is_refused = answer.status == 401
                    && answer.header("content-type") == Some("application/problem+json")
                    && answer.header("www-authenticate") == Some("Bearer realm=\"htcd\"")
                    && answer.json()["code"] == code;
                assert!(is_refused || exceptions.let_through(operation.value["operationId"].as_str().unwrap()), "{at}");
                cells += 1;
            }
        }
    }
    assert_eq!(versions(world, &[cast.province]), before, "refusals change nothing");
    exceptions.end(TEST, cells);
}
