//! The same key and the same request: done once, answered alike.

use std::sync::Barrier;

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::Response;

const KEY: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn body(cast: &KimSon, name: &str) -> Value {
    json!({ "name": name, "commune_id": cast.world.unit("07069", "2026-01-01"), "operating_model": "standalone" })
}

fn register(cast: &KimSon, key: &str, body: &Value) -> Response {
    cast.world.client.post("/v1/centres").by(&cast.admin.token).key(key).json(body).send()
}

/// How many centres and audit records there are.
fn stock(cast: &KimSon) -> (usize, usize) {
    let count = |path: &str| cast.world.client.walk(&cast.admin.token, path).len();
    (count("/v1/centres"), count("/v1/audit_records"))
}

#[track_caller]
fn same(one: &Response, other: &Response) {
    let members = |answer: &Response| {
        (answer.status, answer.header("etag").map(str::to_owned), answer.header("location").map(str::to_owned), answer.text())
    };
    assert_eq!(members(one), members(other));
}

#[test]
fn a_repeated_request_is_done_once_and_answered_alike() {
    let cast = KimSon::new();
    let before = stock(&cast);
    let first = register(&cast, KEY, &body(&cast, "Một lần")).expect(201);
    for _ in 0..3 {
        same(&register(&cast, KEY, &body(&cast, "Một lần")), &first);
    }
    assert_eq!(stock(&cast), (before.0 + 1, before.1 + 1));

    // The record may have moved on; the answer is that of then.
    let path = first.header("location").unwrap();
    cast.world
        .client
        .patch(path)
        .by(&cast.admin.token)
        .if_match(&first.etag())
        .json(&json!({ "name": "Tên mới" }))
        .send()
        .expect(200);
    same(&register(&cast, KEY, &body(&cast, "Một lần")), &first);

    register(&cast, "another-key-0001", &body(&cast, "Một lần")).expect(201);
    cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body(&cast, "Một lần")).send().expect(201);
    assert_eq!(stock(&cast).0, before.0 + 3, "another key, or none, is another request");
}

#[test]
fn a_key_belongs_to_one_request_of_one_caller() {
    let cast = KimSon::new();
    let first = register(&cast, KEY, &body(&cast, "Một")).expect(201);
    let before = stock(&cast);
    register(&cast, KEY, &body(&cast, "Hai")).refused(422, "idempotency_key_reused");
    let sites = format!("/v1/centres/{}/sites", cast.centre);
    let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    cast.world.client.post(&sites).by(&cast.admin.token).key(KEY).json(&site).send().refused(422, "idempotency_key_reused");
    assert_eq!(stock(&cast), before);

    // Somebody else's key of the same text is their own.
    cast.world.client.post(&sites).by(&cast.manager.token).key(KEY).json(&site).send().expect(201);
    same(&register(&cast, KEY, &body(&cast, "Một")), &first);

    for odd in ["short", "with a blank inside", &"k".repeat(129), ""] {
        register(&cast, odd, &body(&cast, "Ba")).fault(400, "malformed_request", "Idempotency-Key", "key_shape");
    }
    register(&cast, &"k".repeat(128), &body(&cast, "Ba")).expect(201);
}

#[test]
fn two_requests_at_once_with_one_key_make_one_record() {
    let cast = KimSon::new();
    let before = stock(&cast).0;
    for round in 0..5 {
        let (barrier, key, body) = (Barrier::new(4), format!("round-{round:04}"), body(&cast, &format!("Lần {round}")));
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let tries: Vec<_> = (0..4)
                .map(|_| {
                    scope.spawn(|| {
                        barrier.wait();
                        register(&cast, &key, &body)
                    })
                })
                .collect();
            tries.into_iter().map(|one| one.join().unwrap()).collect()
        });
        for answer in &answers {
            assert_eq!(answer.status, 201, "{}", answer.text());
            same(answer, &answers[0]);
        }
    }
    assert_eq!(stock(&cast).0, before + 5);
}

#[test]
fn a_key_is_kept_across_a_restart() {
    let mut cast = KimSon::new();
    let first = register(&cast, KEY, &body(&cast, "Một lần")).expect(201);
    let before = stock(&cast);
    cast.world.restart();
    same(&register(&cast, KEY, &body(&cast, "Một lần")), &first);
    register(&cast, KEY, &body(&cast, "Khác")).refused(422, "idempotency_key_reused");
    assert_eq!(stock(&cast), before);
}

#[test]
fn a_failure_is_not_kept() {
    let cast = KimSon::new();
    let path = format!("/v1/centres/{}/acts", cast.centre);
    let act = json!({ "act": "suspend", "effective_on": "2018-06-01", "reason": "Lũ lụt", "decision": { "number": "1", "date": "2018-06-01", "issuer": "UBND" } });
    let does =
        |key: &str, tag: &str| cast.world.client.post(&path).by(&cast.admin.token).key(key).if_match(tag).json(&act).send();
    does(KEY, "\"9\"").refused(412, "etag_mismatch");
    let done = does(KEY, "\"1\"").expect(201);
    assert_eq!(done.json()["status"], "suspended");
    same(&does(KEY, "\"1\""), &done);
    assert_eq!(
        cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).json().as_array().unwrap().len(),
        1,
        "it was suspended once"
    );

    let mut bad = body(&cast, "Tên");
    bad["commune_id"] = json!(cast.commune);
    register(&cast, "a-key-of-a-failure", &bad).refused(422, "rule_broken");
    register(&cast, "a-key-of-a-failure", &body(&cast, "Tên")).expect(201);
}
