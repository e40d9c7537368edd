//! The second factor: six digits that work once, recovery codes, and roles that have to have one.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, encoded};

const PASSWORD: &str = "ba con vịt và một cái thang";

/// Lan of Kim Sơn with a password.
fn lan(cast: &KimSon) -> (String, String) {
    let body =
        json!({ "username": "lan", "display_name": "Lan", "grants": [{ "role": "centre_staff", "centre_id": cast.centre }] });
    let made = cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().expect(201).json();
    cast.world.activate(&made, PASSWORD);
    (made["id"].as_str().unwrap().to_owned(), cast.world.sign_in("lan", PASSWORD))
}

fn sign_in(cast: &KimSon, more: &str) -> Response {
    let form = format!("grant_type=password&username=lan&password={}{more}", encoded(PASSWORD));
    cast.world.client.post("/oauth2/token").form(&form).send()
}

/// Sets up an authenticator; answers its setup and the recovery codes.
fn set_up(cast: &KimSon, token: &str) -> (Value, Vec<String>) {
    let client = &cast.world.client;
    let setup = client.post("/v1/me/authenticator").by(token).send().expect(201);
    assert_eq!(setup.header("cache-control"), Some("no-store"));
    let setup = setup.json();
    let code = json!({ "code": cast.world.totp(&setup) });
    let codes = client.post("/v1/me/authenticator/confirm").by(token).json(&code).send().expect(200).json();
    let codes = codes["recovery_codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned()).collect();
    (setup, codes)
}

#[test]
fn with_an_authenticator_a_password_alone_does_not_sign_in_and_each_code_works_once() {
    let cast = KimSon::new();
    let (_, token) = lan(&cast);
    let begun = cast.world.client.post("/v1/me/authenticator").by(&token).send().expect(201).json();
    assert!(begun["otpauth_url"].as_str().unwrap().starts_with("otpauth://totp/"), "{begun}");
    sign_in(&cast, "").expect(200);
    let wrong = json!({ "code": "000000" });
    cast.world.client.post("/v1/me/authenticator/confirm").by(&token).json(&wrong).send().refused(422, "code_invalid");
    let (setup, recovery) = set_up(&cast, &token);
    assert_ne!(setup["secret"], begun["secret"], "an unconfirmed one is replaced");
    assert_eq!(recovery.len(), 10);
    cast.world.client.post("/v1/me/authenticator").by(&token).send().refused(409, "already_exists");

    assert_eq!(sign_in(&cast, "").refused(401, "totp_required")["error"], "invalid_grant");
    let used = cast.world.totp(&setup);
    sign_in(&cast, &format!("&totp={used}")).refused(401, "sign_in_failed");
    cast.world.clock.advance(TimeDelta::seconds(30));
    let fresh = cast.world.totp(&setup);
    sign_in(&cast, &format!("&totp={fresh}")).expect(200);
    sign_in(&cast, &format!("&totp={fresh}")).refused(401, "sign_in_failed");
    // A clock that jumps back does not bring used codes back to life.
    cast.world.clock.advance(TimeDelta::seconds(-60));
    let past = cast.world.totp(&setup);
    sign_in(&cast, &format!("&totp={past}")).refused(401, "sign_in_failed");
    cast.world.clock.advance(TimeDelta::seconds(120));

    sign_in(&cast, &format!("&recovery_code={}", recovery[0])).expect(200);
    sign_in(&cast, &format!("&recovery_code={}", recovery[0])).refused(401, "sign_in_failed");
    let view = cast.world.client.get("/v1/me/authenticator").by(&token).send().expect(200).json();
    assert_eq!(view, json!({ "confirmed": true, "recovery_codes_left": 9 }));
    let means: Vec<_> = cast
        .world
        .client
        .get("/v1/me/sessions")
        .by(&token)
        .send()
        .expect(200)
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|session| session["means"].as_str().unwrap().to_owned())
        .collect();
    for expected in ["password", "totp", "recovery_code"] {
        assert!(means.contains(&expected.to_owned()), "{means:?}");
    }
    // A wrong password does not tell that there is a second factor.
    let form = "grant_type=password&username=lan&password=khong-phai-mat-khau";
    cast.world.client.post("/oauth2/token").form(form).send().refused(401, "sign_in_failed");
}

#[test]
fn a_lost_device_is_taken_away_by_somebody_else() {
    let cast = KimSon::new();
    let (id, token) = lan(&cast);
    set_up(&cast, &token);
    let path = format!("/v1/users/{id}/authenticator");
    cast.world.client.delete(&path).by(&cast.manager.token).send().refused(403, "right_missing");
    cast.world.client.delete(&path).by(&cast.admin.token).send().expect(204);
    cast.world.client.delete(&path).by(&cast.admin.token).send().refused(404, "not_found");
    cast.world.client.get("/v1/me").by(&token).send().refused(401, "token_invalid");
    sign_in(&cast, "").expect(200);
}

#[test]
fn a_role_that_has_to_have_one_can_do_nothing_else_until_it_has() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (_, token) = lan(&cast);
    client.get("/v1/centres").by(&token).send().expect(200);
    let policy = client.get("/v1/sign_in_policy").by(&cast.admin.token).send().expect(200);
    assert_eq!(policy.json(), json!({ "totp_roles": [] }));
    let body = json!({ "totp_roles": ["centre_staff"] });
    let put = |by: &Person, etag: &str| client.put("/v1/sign_in_policy").by(&by.token).if_match(etag).json(&body).send();
    put(&cast.officer, &policy.etag()).refused(403, "right_missing");
    put(&cast.admin, &policy.etag()).expect(200);
    put(&cast.admin, &policy.etag()).refused(412, "etag_mismatch");

    let refused = client.get("/v1/centres").by(&token).send().refused(403, "totp_setup_required");
    assert_eq!((&refused["permission"], &refused["reason"]), (&json!("centres:read"), &json!("totp_required")));
    let me = client.get("/v1/me").by(&token).send().expect(200).json();
    assert_eq!((&me["totp_required"], &me["permissions"]), (&json!(true), &json!(["me", "own_account"])));
    client.get("/v1/centres").by(&cast.manager.token).send().expect(200);
    set_up(&cast, &token);
    client.get("/v1/centres").by(&token).send().expect(200);

    let (setup, _) = (client.get("/v1/me/authenticator").by(&token).send().expect(200).json(), ());
    assert_eq!(setup["confirmed"], true);
}

#[test]
fn removing_it_takes_a_fresh_code() {
    let cast = KimSon::new();
    let (_, token) = lan(&cast);
    let (setup, recovery) = set_up(&cast, &token);
    let remove =
        |code: &str| cast.world.client.post("/v1/me/authenticator/remove").by(&token).json(&json!({ "code": code })).send();
    remove(&cast.world.totp(&setup)).refused(422, "code_invalid");
    remove("123").refused(422, "code_invalid");
    cast.world.clock.advance(TimeDelta::seconds(30));
    remove(&cast.world.totp(&setup)).expect(204);
    remove("123456").refused(404, "not_found");
    sign_in(&cast, "").expect(200);
    sign_in(&cast, &format!("&recovery_code={}", recovery[0])).expect(200);
}
