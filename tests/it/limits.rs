//! Limits: who has which, what costs nothing, and that no flood of one kind stops another. The clock stands.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use htcd_api::state::App;

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::Response;

fn slow() -> KimSon {
    KimSon::in_world(World::with(&[("HTCD_RATE_LIMIT", "1")]))
}

/// How many requests are left, as an answer says.
fn left(answer: &Response) -> Option<&str> {
    answer.header("ratelimit")
}

#[test]
fn what_has_not_changed_costs_nothing_to_ask_for() {
    let cast = slow();
    let get = || cast.world.client.get("/v1/me").by(&cast.staff.token);
    let first = get().send().expect(200);
    assert_eq!(left(&first), Some("\"default\";r=9"));
    let tag = first.etag();
    for _ in 0..50 {
        let same = get().header("if-none-match", &tag).send().expect(304);
        assert_eq!(left(&same), Some("\"default\";r=9"), "it says what is left, and takes nothing of it");
    }
    // With another tag it is a request like any other, down to the last one.
    for remain in (0..9).rev() {
        let changed = get().header("if-none-match", "\"other\"").send().expect(200);
        assert_eq!(left(&changed), Some(format!("\"default\";r={remain}").as_str()));
    }
    let refused = get().header("if-none-match", "\"other\"").send();
    assert_eq!(
        (left(&refused), refused.header("retry-after"), refused.header("etag")),
        (Some("\"default\";r=0;t=1"), Some("1"), None)
    );
    assert!(!refused.text().contains(&cast.staff.username), "the answer that it would have been does not show");
    refused.refused(429, "too_many_requests");
    get().header("if-none-match", &tag).send().expect(304);
    get().send().refused(429, "too_many_requests");

    // Free is not without any limit: a hundred at once.
    let answers = (0..100).map(|_| get().header("if-none-match", &tag).send().status);
    let refused = answers.filter(|status| *status == 429).count();
    assert_eq!(refused, 61, "51 with this tag and 10 with the other one had gone before");
    cast.world.clock.advance(TimeDelta::seconds(1));
    assert_eq!(left(&get().send().expect(200)), Some("\"default\";r=0"));
}

#[test]
fn a_tag_on_a_change_makes_it_no_cheaper() {
    let cast = slow();
    let post = || {
        cast.world.client.post("/v1/centres").by(&cast.admin.token).header("if-none-match", "*").bytes("application/json", "{")
    };
    for _ in 0..10 {
        post().send().refused(400, "malformed_request");
    }
    post().send().refused(429, "too_many_requests");
}

#[test]
fn trying_tokens_is_limited_by_address_and_hinders_nobody_who_has_one() {
    let cast = slow();
    let get = |token: &str| cast.world.client.get("/v1/me").by(token).send();
    for _ in 0..10 {
        get("nonsense").refused(401, "token_invalid");
    }
    let refused = get("nonsense");
    assert!(refused.header("retry-after").is_some());
    refused.refused(429, "too_many_requests");
    get(&cast.staff.token).expect(200);
}

#[test]
fn the_document_is_not_given_out_without_end() {
    let world = World::with(&[("HTCD_RATE_LIMIT", "1")]);
    for _ in 0..5 {
        world.client.get("/openapi.json").send().expect(200);
        world.client.get("/docs/").send().expect(200);
    }
    world.client.get("/openapi.json").send().refused(429, "too_many_requests");
    world.client.get("/healthz/live").send().expect(200);
}

#[test]
fn a_token_of_a_hundred_kilobytes_is_no_token() {
    let cast = KimSon::new();
    let before = cast.world.client.get("/v1/me").by(&cast.staff.token).send().expect(200);
    for length in [2_001, 20_000, 100_000] {
        cast.world.client.get("/v1/me").by(&"a".repeat(length)).send().refused(401, "token_invalid");
        let padded = format!("{}{}", cast.staff.token, "=".repeat(length));
        cast.world.client.get("/v1/me").by(&padded).send().refused(401, "token_invalid");
    }
    assert_eq!(cast.world.client.get("/v1/me").by(&cast.staff.token).send().expect(200).json(), before.json());
}

/// Fills the queue of passwords to be hashed until `done` is set: two are hashed for ever, 64 wait.
fn fill_hashers(app: &Arc<App>, started: &AtomicUsize, done: &AtomicUsize) {
    actix_web::rt::System::new().block_on(async {
        let (release, held) = std::sync::mpsc::channel::<()>();
        let held = Arc::new(std::sync::Mutex::new(held));
        for _ in 0..66 {
            let (app, held) = (Arc::clone(app), Arc::clone(&held));
            actix_web::rt::spawn(async move {
                let _ = app
                    .hashing(move || {
                        let _ = held.lock().map(|held| held.recv());
                        Ok(())
                    })
                    .await;
            });
        }
        actix_web::rt::time::sleep(Duration::from_millis(50)).await;
        started.store(1, Ordering::Relaxed);
        while done.load(Ordering::Relaxed) == 0 {
            actix_web::rt::time::sleep(Duration::from_millis(5)).await;
        }
        drop(release);
    });
}

#[test]
fn a_flood_of_sign_ins_is_told_to_come_back_and_stops_nobody_who_is_in() {
    let cast = KimSon::new();
    let (started, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| fill_hashers(&cast.world.app, &started, &done));
        let patience = Instant::now();
        while started.load(Ordering::Relaxed) == 0 {
            assert!(patience.elapsed().as_secs() < 60);
            std::thread::sleep(Duration::from_millis(5));
        }
        let form = "grant_type=password&username=lan&password=mat+khau+cua+lan";
        let refused = cast.world.client.post("/oauth2/token").form(form).send();
        assert_eq!(refused.header("retry-after"), Some("5"));
        refused.refused(503, "too_busy");
        cast.world.client.get("/v1/me").by(&cast.staff.token).send().expect(200);
        done.store(1, Ordering::Relaxed);
    });
    let form = "grant_type=password&username=lan&password=mat+khau+cua+lan";
    cast.world.client.post("/oauth2/token").form(form).send().refused(401, "sign_in_failed");
}
