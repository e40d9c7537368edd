//! Our own signing keys: a new one takes over and nobody is signed out.

use chrono::TimeDelta;
use htcd_api::clock::Clock;
use htcd_api::settings::Settings;
use htcd_api::state::App;
use htcd_domain::access::{Role, Scope};
use htcd_domain::id::ProvinceId;
use htcd_persistence::audit::{self, AuditFilter};
use htcd_persistence::db::nation;
use htcd_persistence::signing_key::{self, SigningKey};
use jsonwebtoken::{EncodingKey, decode_header, encode, jwk::JwkSet};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::http::{Response, each, encoded};
use crate::support::process::run;

const PASSWORD: &str = "ba con vịt và một cái thang";

/// Lan, who was invited and has a password.
fn lan() -> World {
    let world = World::new();
    let root = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let body = json!({ "username": "lan", "display_name": "Lan", "grants": [{ "role": "ministry_reader" }] });
    let invited = world.client.post("/v1/users").by(&root.token).json(&body).send().expect(201).json();
    world.activate(&invited, PASSWORD);
    world
}

/// Another process over the same database.
fn other_process(world: &World) -> App {
    let url = ("HTCD_DATABASE_URL".to_owned(), world.database_url().to_owned());
    App::new(Settings::read([url]).unwrap(), world.clock.clone())
}

/// What `htcd keys rotate` does, in a process of its own; the new key's id.
fn rotate(world: &World, revoke: bool) -> String {
    let program = other_process(world);
    program.rotate_keys(&htcd_api::demo::author(&program, "rotate_keys"), revoke).unwrap().new
}

fn tokens(answer: Response) -> (String, String) {
    let body = answer.expect(200).json();
    let text = |member: &str| body[member].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

fn sign_in(world: &World) -> (String, String) {
    let form = format!("grant_type=password&username=lan&password={}", encoded(PASSWORD));
    tokens(world.client.post("/oauth2/token").form(&form).send())
}

fn refresh(world: &World, token: &str) -> (String, String) {
    tokens(world.client.post("/oauth2/token").form(&format!("grant_type=refresh_token&refresh_token={token}")).send())
}

fn me(world: &World, access: &str) -> Response {
    world.client.get("/v1/me").by(access).send()
}

fn kid(token: &str) -> String {
    decode_header(token).unwrap().kid.unwrap()
}

/// The ids of the published keys, the one that signs first.
fn published(world: &World) -> Vec<String> {
    let set = world.client.get("/.well-known/jwks.json").send().expect(200).json();
    each(set["keys"].as_array().unwrap(), "kid").into_iter().map(str::to_owned).collect()
}

fn db_keys(world: &World) -> Vec<SigningKey> {
    let now = world.clock.now();
    world.db.read(&nation(), |tx| signing_key::current(tx, now)).unwrap()
}

#[test]
fn a_new_key_takes_over_and_nobody_is_signed_out() {
    let world = lan();
    let (access, refresh_token) = sign_in(&world);
    let old = db_keys(&world).remove(0);
    // A token of the old key that would be good for a month, to see how long its key is.
    let mut claims = htcd_api::auth::token::Claims {
        exp: world.clock.now().timestamp() + 30 * 86_400,
        ..jsonwebtoken::dangerous::insecure_decode(&access).unwrap().claims
    };
    claims.iat -= 1;
    let long = encode(&decode_header(&access).unwrap(), &claims, &EncodingKey::from_ed_der(&old.private_key)).unwrap();
    me(&world, &long).expect(200);

    let new = rotate(&world, false);
    assert_ne!(new, old.id);
    assert!(db_keys(&world).iter().all(|key| key.private_key.is_empty() == (key.id == old.id)), "the old private half is gone");
    // The running server has not noticed; then it does, without a restart.
    assert_eq!(kid(&sign_in(&world).0), old.id);
    world.app.refresh();
    me(&world, &access).expect(200);
    let (second_access, second_refresh) = refresh(&world, &refresh_token);
    assert_eq!(kid(&second_access), new);
    me(&world, &second_access).expect(200);
    me(&world, &access).expect(200);
    me(&world, &long).expect(200);
    assert_eq!(published(&world), [new.clone(), old.id.clone()]);
    let answer = world.client.get("/.well-known/jwks.json").send().expect(200);
    assert_eq!(answer.header("cache-control"), Some("public, max-age=60"));
    let set: JwkSet = serde_json::from_value(answer.json()).expect("as RFC 7517 has it");
    assert!(set.find(&old.id).is_some() && !answer.text().contains("\"d\""));

    // The last token of the old key ends after 15 minutes; a minute is for processes that notice late.
    world.clock.advance(TimeDelta::seconds(900 + 59));
    me(&world, &long).expect(200);
    world.clock.advance(TimeDelta::seconds(1));
    world.app.forget_callers();
    me(&world, &long).refused(401, "token_invalid");
    assert_eq!(published(&world), [new.as_str()]);
    let (third_access, _) = refresh(&world, &second_refresh);
    me(&world, &third_access).expect(200);

    world.app.forget_retired_keys();
    world.clock.advance(TimeDelta::days(-1));
    assert_eq!(db_keys(&world).len(), 1, "the row is gone, not only over");
}

#[test]
fn another_process_accepts_a_new_key_at_once() {
    let world = lan();
    let other = other_process(&world);
    let (before, _) = sign_in(&world);
    other.look_up_caller(&before).expect("a token of the key that it knows");
    let new = rotate(&world, false);
    world.app.refresh();
    let (access, _) = sign_in(&world);
    assert_eq!(kid(&access), new);
    assert_eq!(other.look_up_caller(&access).expect("a key that it has not seen").username, "lan");
    other.look_up_caller(&before).expect("the old one still");
}

#[test]
fn keys_that_nobody_made_cause_one_reading_a_second() {
    let world = lan();
    let other = other_process(&world);
    let (access, _) = sign_in(&world);
    other.look_up_caller(&access).unwrap();
    let stranger = htcd_api::auth::keys::generate(world.clock.now()).unwrap();
    let mut header = decode_header(&access).unwrap();
    header.kid = Some(stranger.id.clone());
    let claims: Value = jsonwebtoken::dangerous::insecure_decode(&access).unwrap().claims;
    let forged = encode(&header, &claims, &EncodingKey::from_ed_der(&stranger.private_key)).unwrap();
    assert!(other.look_up_caller(&forged).is_err());

    rotate(&world, false);
    world.app.refresh();
    let (new, _) = sign_in(&world);
    assert!(other.look_up_caller(&new).is_err(), "it does not read again so soon after");
    other.look_up_caller(&access).expect("what it knows is good meanwhile");
    world.clock.advance(TimeDelta::seconds(1));
    other.look_up_caller(&new).expect("it reads again");
}

#[test]
fn every_key_is_good_until_its_own_tokens_end() {
    let world = lan();
    let (access, _) = sign_in(&world);
    let first = kid(&access);
    let second = rotate(&world, false);
    world.clock.advance(TimeDelta::minutes(10));
    let third = rotate(&world, false);
    world.app.refresh();
    assert_eq!(published(&world), [third.clone(), second.clone(), first.clone()]);
    world.clock.advance(TimeDelta::minutes(6));
    assert_eq!(published(&world), [third.clone(), second], "the second rotation did not prolong the first key");
    world.clock.advance(TimeDelta::minutes(10));
    assert_eq!(published(&world), [third]);
}

#[test]
fn a_key_that_leaked_is_refused_at_once_and_sign_ins_go_on() {
    let world = lan();
    let (access, refresh_token) = sign_in(&world);
    me(&world, &access).expect(200);
    let new = rotate(&world, true);
    world.app.refresh();
    me(&world, &access).refused(401, "token_invalid");
    assert_eq!(published(&world), [new.as_str()]);
    let (access, _) = refresh(&world, &refresh_token);
    me(&world, &access).expect(200);
}

#[test]
fn a_rotation_is_on_record_with_both_keys() {
    let world = lan();
    let old = kid(&sign_in(&world).0);
    let new = rotate(&world, false);
    let newest = world.db.read(&nation(), |tx| audit::page(tx, &AuditFilter::default(), None, 1)).unwrap().remove(0);
    assert_eq!(
        (newest.operation.as_str(), newest.subject.as_str(), newest.subject_id.as_str()),
        ("rotate_keys", "signing_key", &*new)
    );
    let told = serde_json::to_string(&newest).unwrap();
    assert!(told.contains(&old) && told.contains(&new), "{told}");
    assert!(world.db.read(&Scope::whole(ProvinceId::NATION), audit::verify).unwrap().is_ok());
}

/// What a command of the program prints.
fn htcd(world: &World, arguments: &[&str]) -> String {
    let (is_done, text) = run(arguments, &[("HTCD_DATABASE_URL", world.database_url())], "");
    assert!(is_done, "{arguments:?}: {text}");
    text
}

#[test]
fn the_command_line_rotates_and_lists() {
    let world = World::new();
    let listed = |expected: &[&str]| {
        let text = htcd(&world, &["keys", "list"]);
        let stands: Vec<_> = text.lines().map(|line| line.split("  ").last().unwrap_or("").split(" 2").next().unwrap()).collect();
        assert_eq!(stands, expected, "{text}");
    };
    listed(&["there is no key yet: the first sign-in makes one"]);
    assert!(htcd(&world, &["keys", "rotate"]).contains(" signs from now on"));
    listed(&["signs"]);
    assert!(htcd(&world, &["keys", "rotate"]).contains(" is good until 2"));
    listed(&["signs", "good until"]);
    assert!(htcd(&world, &["keys", "rotate", "--revoke"]).contains(" is no longer good"));
    listed(&["signs"]);
}
