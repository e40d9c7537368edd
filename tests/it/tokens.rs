//! Access tokens: ours can be verified by anybody, and nobody else's is taken.

use htcd_api::auth::token::Claims;
use htcd_api::clock::Clock;
use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::Person;
use crate::support::forge::{Forge, part};

/// Lan of the Ministry, who is signed in.
fn lan() -> (World, Person) {
    let world = World::new();
    let lan = world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    (world, lan)
}

#[test]
fn the_published_keys_verify_a_token() {
    let (world, lan) = lan();
    let Forge { claims, header, published: key, .. } = Forge::of(&world, &lan.token);
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"], &key["use"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"), &json!("sig"))
    );
    assert!(key.get("d").is_none(), "the private part stays at home");
    assert_eq!(
        (header.alg, header.kid.as_deref(), header.typ.as_deref()),
        (Algorithm::EdDSA, key["kid"].as_str(), Some("at+jwt"))
    );
    assert_eq!((&claims["sub"], &claims["province_id"]), (&json!(lan.id), &json!(lan.province)));
    let now = world.clock.now().timestamp();
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 900)));
}

#[test]
fn a_forged_token_is_refused_whatever_it_pretends() {
    let (world, lan) = lan();
    let client = &world.client;
    client.get("/v1/me").by(&lan.token).send().expect(200);
    let forge = Forge::of(&world, &lan.token);
    let [head, body, signature] = forge.parts();
    let [hmac_text, hmac_bytes] = forge.key_confused();
    let [elsewhere, unknown_key, no_key] = forge.by_a_stranger();
    let another_body = part(&forge.with("sub", json!("00000000-0000-7000-8000-000000000000")));

    let last = if signature.starts_with('A') { "B" } else { "A" };
    let forged = [
        ("alg none", forge.unsigned("none")),
        ("alg None", forge.unsigned("None")),
        ("alg none with our signature", format!("{}{signature}", forge.unsigned("none"))),
        ("HS256 with the key's text", hmac_text),
        ("HS256 with the key's bytes", hmac_bytes),
        ("another key under our name", elsewhere),
        ("another key", unknown_key),
        ("no key named", no_key),
        ("another body under our signature", format!("{head}.{another_body}.{signature}")),
        ("another signature", format!("{head}.{body}.{last}{}", &signature[1..])),
        ("no signature", format!("{head}.{body}.")),
        ("two parts", format!("{head}.{body}")),
        ("a broken body", format!("{head}.{}.{signature}", &body[..body.len() - 2])),
        ("not base64", format!("{head}.!!!.{signature}")),
        ("nothing", String::new()),
        ("words", "let me in".into()),
        ("very long", "a".repeat(3_000)),
    ];
    for (what, token) in &forged {
        assert_eq!(client.get("/v1/me").by(token).send().refused(401, "token_invalid")["status"], 401, "{what}");
    }
    for scheme in ["Basic bGFuOng=", "Token x", "Bearer"] {
        let refused = client.get("/v1/me").header("authorization", scheme).send();
        assert_eq!(refused.header("www-authenticate"), Some("Bearer realm=\"htcd\""));
        refused.refused(401, "token_invalid");
    }
    client.get("/v1/me").send().refused(401, "sign_in_required");
    client.get("/v1/me").by(&lan.token).send().expect(200);
}

#[test]
fn a_token_signed_by_us_for_others_or_for_another_time_is_refused() {
    let (world, lan) = lan();
    // Signed with the server's own key, so that only the claims are wrong.
    let forge = Forge::of(&world, &lan.token);
    let claims = &forge.claims;
    let sign = |change: &dyn Fn(&mut Value)| {
        let mut claims = claims.clone();
        change(&mut claims);
        forge.signed(&claims)
    };
    let me = |token: &str| world.client.get("/v1/me").by(token).send();
    me(&sign(&|_| {})).expect(200);
    let exact: Claims = serde_json::from_value(claims.clone()).expect("the claims are these and no others");
    assert_eq!(exact.aud, "htcd-api");

    let now = world.clock.now().timestamp();
    me(&sign(&|claims| claims["aud"] = json!("another-api"))).refused(401, "token_invalid");
    me(&sign(&|claims| claims["iss"] = json!("somebody"))).refused(401, "token_invalid");
    me(&sign(&|claims| claims["exp"] = json!(now))).refused(401, "token_invalid");
    me(&sign(&|claims| claims["exp"] = json!(now - 3_600))).refused(401, "token_invalid");
    me(&sign(&|claims| claims["sid"] = json!("00000000-0000-7000-8000-000000000000"))).refused(401, "token_invalid");
    me(&sign(&|claims| claims["province_id"] = json!("00000000-0000-7000-8000-000000000001"))).refused(401, "token_invalid");
    for member in ["aud", "iss", "exp", "sub", "sid", "province_id"] {
        let without = sign(&|claims| {
            claims.as_object_mut().unwrap().remove(member);
        });
        assert_eq!(me(&without).refused(401, "token_invalid")["code"], "token_invalid", "without {member}");
    }
    // Somebody else's name on one's own sign-in.
    let hoa = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    me(&sign(&|claims| claims["sub"] = json!(hoa.id))).refused(401, "token_invalid");
}
