//! Signing in: passwords, waiting after failures, refresh tokens, signing out.

use chrono::TimeDelta;
use htcd_api::clock::{Clock, new_id, today};
use htcd_domain::access::{Grant, Role, Scope};
use htcd_domain::id::{ProvinceId, UserId};
use htcd_domain::user::User;
use htcd_persistence::user;
use serde_json::Value;

use crate::support::World;
use crate::support::http::{Response, encoded};

const PASSWORD: &str = "Đồng Triều & 2018 = vui?";

/// Lan of the Ministry, who has a password.
fn lan() -> World {
    lan_in(World::new())
}

fn lan_in(world: World) -> World {
    let now = world.clock.now();
    let (id, role): (UserId, _) = (new_id(now), Role::MinistryReader);
    let grant =
        Grant { id: new_id(now), role, unit_id: None, centre_id: None, valid_from: today(now), valid_to: None, taken_on: None };
    let new = User::new(id, ProvinceId::NATION, "lan".into(), "Lan".into(), now);
    let lan = User { grants: vec![grant], ..new.activated(now) };
    let hash = htcd_api::auth::password::hash(PASSWORD).unwrap();
    world.db.transact(&Scope::whole(ProvinceId::NATION), |tx| user::insert(tx, &lan, Some(hash))).expect("a user");
    world
}

fn ask(world: &World, form: &str) -> Response {
    world.client.post("/oauth2/token").form(form).send()
}

fn sign_in(world: &World, username: &str, password: &str) -> Response {
    ask(world, &format!("grant_type=password&username={username}&password={}", encoded(password)))
}

fn refresh(world: &World, token: &str) -> Response {
    ask(world, &format!("grant_type=refresh_token&refresh_token={token}"))
}

/// The access token and the refresh token of an answer.
fn tokens(answer: Response) -> (String, String) {
    let body = answer.expect(200).json();
    let text = |member: &str| body[member].as_str().unwrap().to_owned();
    (text("access_token"), text("refresh_token"))
}

fn me(world: &World, access: &str) -> Response {
    world.client.get("/v1/me").by(access).send()
}

#[test]
fn a_password_gives_tokens_and_a_wrong_one_does_not_say_what_was_wrong() {
    let world = lan();
    let answer = sign_in(&world, "lan", PASSWORD).expect(200);
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&Value::from("Bearer"), &Value::from(900)));
    let (access, _) = tokens(answer);
    assert_eq!(me(&world, &access).expect(200).json()["username"], "lan");

    let mut wrong = sign_in(&world, "lan", "khác hẳn").refused(401, "sign_in_failed");
    let mut unknown = sign_in(&world, "hoa", PASSWORD).refused(401, "sign_in_failed");
    for body in [&mut wrong, &mut unknown] {
        body.as_object_mut().unwrap().remove("request_id");
    }
    assert_eq!(wrong, unknown, "the answer does not tell which names exist");
    assert_eq!(wrong["error"], "invalid_grant", "as RFC 6749 has it");
    for odd in ["", "lan%00", "LAN", &"a".repeat(10_000)] {
        ask(&world, &format!("grant_type=password&username={odd}&password={}", encoded(PASSWORD))).refused(401, "sign_in_failed");
    }
    sign_in(&world, "lan", &"x".repeat(1_001)).refused(401, "sign_in_failed");
}

#[test]
fn a_form_that_is_not_right_is_refused() {
    let world = lan();
    for form in [
        "",
        "grant_type=password",
        "grant_type=password&username=lan",
        "grant_type=refresh_token",
        "grant_type=implicit",
        "grant_type=password&username=lan&password=x&otp=1",
        "grant_type=password&grant_type=password",
    ] {
        let refused = ask(&world, form).refused(400, "malformed_request");
        assert_eq!(refused["error"], "invalid_request", "{form}");
    }
    let json = serde_json::json!({ "grant_type": "password", "username": "lan", "password": PASSWORD });
    world.client.post("/oauth2/token").json(&json).send().refused(415, "unsupported_media_type");
    ask(
        &world,
        &format!("grant_type=password&username=lan&password={}&client_id=app&client_secret=&scope=me", encoded(PASSWORD)),
    )
    .expect(200);
}

#[test]
fn failures_make_wait_longer_and_longer_but_not_for_good() {
    let world = lan();
    let wrong = || sign_in(&world, "lan", "sai rồi nhé").refused(401, "sign_in_failed");
    let right = || sign_in(&world, "lan", PASSWORD);
    for _ in 0..4 {
        wrong();
    }
    right().expect(200);
    // The success cleared the count: five new failures bring one second.
    for _ in 0..5 {
        wrong();
    }
    right().refused(401, "sign_in_failed");
    world.clock.advance(TimeDelta::milliseconds(1_001));
    wrong();
    // The sixth brings two.
    world.clock.advance(TimeDelta::milliseconds(1_900));
    right().refused(401, "sign_in_failed");
    world.clock.advance(TimeDelta::milliseconds(101));
    right().expect(200);

    // However many there are, a quarter of an hour is the longest, and trying while waiting does not prolong it.
    for _ in 0..16 {
        wrong();
        world.clock.advance(TimeDelta::minutes(16));
    }
    wrong();
    for _ in 0..3 {
        right().refused(401, "sign_in_failed");
    }
    world.clock.advance(TimeDelta::seconds(901));
    right().expect(200);
}

#[test]
fn a_refresh_token_works_once_and_its_reuse_ends_the_whole_sign_in() {
    let world = lan();
    let (_, first) = tokens(sign_in(&world, "lan", PASSWORD));
    let (other_access, other_refresh) = tokens(sign_in(&world, "lan", PASSWORD));
    let (second_access, second) = tokens(refresh(&world, &first));
    assert_ne!(first, second);
    let (third_access, third) = tokens(refresh(&world, &second));
    me(&world, &second_access).expect(200);
    me(&world, &third_access).expect(200);

    // Somebody comes with a token that was used: stolen from one of the two.
    refresh(&world, &first).refused(401, "refresh_invalid");
    refresh(&world, &third).refused(401, "refresh_invalid");
    me(&world, &third_access).refused(401, "token_invalid");
    me(&world, &second_access).refused(401, "token_invalid");

    // Another sign-in of the same person is not touched.
    me(&world, &other_access).expect(200);
    refresh(&world, &other_refresh).expect(200);
    for nonsense in ["", "x", &"0".repeat(96), &"é".repeat(48), &format!("{}0", &other_refresh[..95])] {
        refresh(&world, &encoded(nonsense)).refused(401, "refresh_invalid");
    }
}

#[test]
fn two_who_refresh_with_one_token_at_once_do_not_both_stay() {
    let world = lan();
    let (_, token) = tokens(sign_in(&world, "lan", PASSWORD));
    let barrier = std::sync::Barrier::new(2);
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..2)
            .map(|_| {
                scope.spawn(|| {
                    barrier.wait();
                    refresh(&world, &token)
                })
            })
            .collect();
        tries.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 401]);
    let won = answers.into_iter().find(|answer| answer.status == 200).unwrap();
    let (access, _) = tokens(won);
    me(&world, &access).refused(401, "token_invalid");
}

#[test]
fn revoking_a_refresh_token_ends_its_sign_in() {
    let world = lan();
    let revoke =
        |token: &str| world.client.post("/oauth2/revoke").form(&format!("token={token}&token_type_hint=refresh_token")).send();
    let (access, token) = tokens(sign_in(&world, "lan", PASSWORD));
    let (stays, _) = tokens(sign_in(&world, "lan", PASSWORD));
    me(&world, &access).expect(200);
    revoke(&token).expect(204);
    me(&world, &access).refused(401, "token_invalid");
    refresh(&world, &token).refused(401, "refresh_invalid");
    me(&world, &stays).expect(200);
    revoke(&token).expect(204);
    revoke("unknown").expect(204);
    world.client.post("/oauth2/revoke").form("").send().refused(400, "malformed_request");
}

#[test]
fn a_used_refresh_token_can_still_be_revoked() {
    let world = lan();
    let (_, first) = tokens(sign_in(&world, "lan", PASSWORD));
    let (access, second) = tokens(refresh(&world, &first));
    world.client.post("/oauth2/revoke").form(&format!("token={first}")).send().expect(204);
    me(&world, &access).refused(401, "token_invalid");
    refresh(&world, &second).refused(401, "refresh_invalid");
}

#[test]
fn tokens_end_by_the_clock() {
    let world = lan();
    let (access, token) = tokens(sign_in(&world, "lan", PASSWORD));
    world.clock.advance(TimeDelta::seconds(899));
    me(&world, &access).expect(200);
    world.clock.advance(TimeDelta::seconds(1));
    me(&world, &access).refused(401, "token_invalid");

    // The sign-in itself lasts thirty days from its beginning, however often it is refreshed.
    world.clock.advance(TimeDelta::days(29));
    let (access, token) = tokens(refresh(&world, &token));
    me(&world, &access).expect(200);
    world.clock.advance(TimeDelta::days(1));
    refresh(&world, &token).refused(401, "refresh_invalid");
}

#[test]
fn signing_out_everywhere_ends_every_sign_in() {
    let world = lan();
    let sessions: Vec<_> = (0..3).map(|_| tokens(sign_in(&world, "lan", PASSWORD))).collect();
    for (access, _) in &sessions {
        me(&world, access).expect(200);
    }
    world.client.post("/v1/me/sign_out_everywhere").by(&sessions[0].0).send().expect(204);
    for (access, token) in &sessions {
        me(&world, access).refused(401, "token_invalid");
        refresh(&world, token).refused(401, "refresh_invalid");
    }
    let (access, _) = tokens(sign_in(&world, "lan", PASSWORD));
    me(&world, &access).expect(200);
}

/// A try to sign in from an address, which a trusted proxy names.
fn from(world: &World, address: &str, password: &str) -> u16 {
    let form = format!("grant_type=password&username=lan&password={}", encoded(password));
    world.client.post("/oauth2/token").header("x-forwarded-for", address).form(&form).send().status
}

#[test]
fn whoever_guesses_waits_and_the_person_at_another_address_does_not() {
    let world = lan_behind_a_proxy();
    for _ in 0..5 {
        assert_eq!(from(&world, "203.0.113.1", "khác hẳn rồi"), 401);
    }
    assert_eq!(from(&world, "203.0.113.1", PASSWORD), 401, "the guesser's address waits");
    assert_eq!(from(&world, "198.51.100.1", PASSWORD), 200, "the person does not");
    world.clock.advance(TimeDelta::seconds(2));
    assert_eq!(from(&world, "203.0.113.1", PASSWORD), 200, "and the wait ends");
}

#[test]
fn a_guess_from_many_addresses_holds_up_strangers_and_nobody_for_good() {
    let world = lan_behind_a_proxy();
    assert_eq!(from(&world, "198.51.100.1", PASSWORD), 200);
    for number in 0..60 {
        assert_eq!(from(&world, &format!("203.0.113.{number}"), "khác hẳn rồi"), 401);
    }
    assert_eq!(from(&world, "192.0.2.1", PASSWORD), 401, "an address that the account never came from waits");
    assert_eq!(from(&world, "198.51.100.1", PASSWORD), 200, "one that it came from does not, and ends the wait");
    assert_eq!(from(&world, "192.0.2.1", PASSWORD), 200);
}

/// Lan, with a server behind a proxy that names addresses.
fn lan_behind_a_proxy() -> World {
    lan_in(World::with(&[("HTCD_TRUSTED_PROXIES", "127.0.0.1")]))
}

#[test]
fn a_stolen_refresh_token_that_is_given_up_ends_the_sign_in_on_record() {
    let world = lan();
    let (_, first) = tokens(sign_in(&world, "lan", PASSWORD));
    let (access, _) = tokens(refresh(&world, &first));
    world.client.post("/oauth2/revoke").form(&format!("token={first}")).send().expect(204);
    me(&world, &access).refused(401, "token_invalid");
    let newest = world.db.read(&Scope::whole(ProvinceId::NATION), |tx| {
        htcd_persistence::audit::page(tx, &htcd_persistence::audit::AuditFilter::default(), None, 1)
    });
    let newest = newest.unwrap().remove(0);
    assert_eq!((newest.operation.as_str(), newest.username.as_str()), ("revoke_token", "lan"));
}

#[test]
fn a_name_that_does_not_exist_is_as_much_work_as_a_wrong_password() {
    let world = lan();
    let work = |username: &str| {
        let before = world.app.statements();
        sign_in(&world, username, "khác hẳn rồi").refused(401, "sign_in_failed");
        world.app.statements() - before
    };
    let names = ["lan", "hoa", "lan", "hoa", "lan", "hoa"];
    let works: Vec<_> = names.map(work).to_vec();
    // The first of each makes the row in which failures are counted.
    assert_eq!((works[0], works[2], works[4]), (works[1], works[3], works[5]), "{works:?}");
}
