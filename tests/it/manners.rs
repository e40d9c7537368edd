//! How the server answers what is wrong with a request, whatever the operation: problems, bodies, methods, headers.

use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::Response;
use crate::support::raw::Raw;

const UNITS: &str = "/v1/units?limit=1";

/// Sends a body to the registration of centres, as it is.
fn post(cast: &KimSon, body: impl Into<Vec<u8>>) -> Response {
    cast.world.client.post("/v1/centres").by(&cast.admin.token).bytes("application/json", body).send()
}

fn stock(cast: &KimSon) -> usize {
    cast.world.client.walk(&cast.admin.token, "/v1/centres").len()
}

/// The text of a good body with one member replaced, as text.
fn body_with(cast: &KimSon, member: &str, value: &str) -> String {
    let commune = cast.world.unit("07069", "2026-01-01");
    let mut body = json!({ "name": "TTHTCĐ", "commune_id": commune, "operating_model": "standalone" });
    body[member] = json!("@");
    body.to_string().replace("\"@\"", value)
}

#[test]
fn a_problem_speaks_the_callers_language() {
    let cast = KimSon::new();
    let ask = |language: &str| {
        cast.world.client.get("/v1/units?limit=0").by(&cast.admin.token).header("accept-language", language).send()
    };
    let vietnamese = cast.world.client.get("/v1/units?limit=0").by(&cast.admin.token).send();
    assert_eq!(vietnamese.header("content-language"), Some("vi"));
    let vietnamese = vietnamese.fault(400, "invalid_parameter", "limit", "range");
    assert_eq!(vietnamese["title"], "Tham số có giá trị không hợp lệ");
    assert_eq!(vietnamese["errors"][0]["detail"], "limit từ 1 đến 200.");

    let english = ask("en-GB, vi;q=0.5");
    assert_eq!(english.header("content-language"), Some("en"));
    assert!(english.header("vary").is_some_and(|vary| vary.to_ascii_lowercase().contains("accept-language")), "{english:?}");
    let english = english.fault(400, "invalid_parameter", "limit", "range");
    assert_eq!(english["title"], "A parameter has a value that is not allowed");
    assert_eq!(english["errors"][0]["detail"], "limit lies between 1 and 200.");
    assert_eq!(english["errors"][0]["in"], "query");
    assert_eq!(ask("fr").json()["title"], vietnamese["title"], "Vietnamese for whoever asks for something else");

    // Every code of an answer is explained in the list of problems.
    let listed = cast.world.client.get("/v1/problems").send().expect(200).json();
    let entry = listed.as_array().unwrap().iter().find(|entry| entry["code"] == "invalid_parameter").unwrap();
    assert_eq!(
        (&entry["status"], &entry["title"]["vi"], &entry["title"]["en"]),
        (&json!(400), &vietnamese["title"], &english["title"])
    );
}

#[test]
fn what_the_document_does_not_know_is_named() {
    let cast = KimSon::new();
    let get = |path: &str| cast.world.client.get(path).by(&cast.admin.token).in_english().send();
    let unknown = get("/v1/units?limit=1&colour=red").fault(400, "unknown_parameter", "colour", "unknown_parameter");
    assert!(unknown["errors"][0]["detail"].as_str().unwrap().contains("parent_id"), "the answer names those there are");
    get("/v1/me?limit=1").fault(400, "unknown_parameter", "limit", "unknown_parameter");
    get("/v1/units?limit=1&limit=2").fault(400, "invalid_parameter", "limit", "duplicate_member");
    get("/v1/units?q=a%00b").fault(400, "invalid_parameter", "q", "plain");

    let before = stock(&cast);
    post(&cast, body_with(&cast, "colour", "1")).fault(422, "invalid_body", "/colour", "unknown_member");
    post(&cast, body_with(&cast, "a/b~c", "1")).fault(422, "invalid_body", "/a~1b~0c", "unknown_member");
    let doubled =
        post(&cast, body_with(&cast, "name", "\"A\",\"name\":\"B\"")).fault(422, "invalid_body", "", "duplicate_member");
    assert_eq!(doubled["errors"][0]["detail"], "Trường «name» bị lặp.");
    assert_eq!(stock(&cast), before);
}

#[test]
fn a_body_that_is_not_json_or_not_of_the_type_is_refused_with_its_place() {
    let cast = KimSon::new();
    let before = stock(&cast);
    for broken in
        ["", "{", "{\"name\":}", "{\"name\":\"A\"", "nonsense", "\u{feff}{}", "{\"name\":\"\\ud800\"}", "{\"name\":\"a\u{1}b\"}"]
    {
        let refused = post(&cast, broken).refused(400, "malformed_request");
        assert!(refused["detail"].as_str().is_some_and(|detail| detail.contains("dòng")), "{broken}: {refused:#}");
    }
    post(&cast, format!("{} {{}}", body_with(&cast, "name", "\"A\""))).refused(400, "malformed_request");
    post(&cast, b"{\"name\":\"\xff\xfe\"}".to_vec()).refused(400, "malformed_request");

    for (wrong, pointer) in [("[]", ""), ("\"text\"", ""), ("7", ""), ("null", "")] {
        post(&cast, wrong).fault(422, "invalid_body", pointer, "type");
    }
    for (member, value) in [
        ("name", "7"),
        ("name", "null"),
        ("name", "[\"A\"]"),
        ("operating_model", "1"),
        ("operating_model", "{\"standalone\":null}"),
        ("has_seal", "0"),
        ("commune_id", "true"),
        ("establishment", "\"2008\""),
        ("code", "{}"),
        ("id", "\"7\""),
    ] {
        post(&cast, body_with(&cast, member, value)).fault(422, "invalid_body", &format!("/{member}"), "type");
    }
    let nested = "{\"effective_on\":\"2026-01-01\",\"decision\":{\"number\":\"1\",\"date\":20260101,\"issuer\":\"UBND\"}}";
    post(&cast, body_with(&cast, "establishment", nested)).fault(422, "invalid_body", "/establishment/decision/date", "type");
    post(&cast, body_with(&cast, "name", "\"a\\u0000b\"")).fault(422, "invalid_body", "/name", "plain");
    post(&cast, body_with(&cast, "name", "\"a\\\\u0000b\"")).expect(201);
    assert_eq!(stock(&cast), before + 1, "only the one whose backslash is meant");
}

#[test]
fn a_record_is_a_json_object_and_not_a_list_of_its_values() {
    let cast = KimSon::new();
    let commune = cast.world.unit("07069", "2026-01-01");
    post(&cast, json!([null, null, "TTHTCĐ", commune, "standalone", null, null, null, null]).to_string()).fault(
        422,
        "invalid_body",
        "",
        "type",
    );
    assert_eq!(stock(&cast), 1);
}

#[test]
fn a_body_however_deep_does_no_harm() {
    let cast = KimSon::new();
    for deep in [
        "[".repeat(200_000),
        "{\"name\":".repeat(100_000),
        format!("{{\"establishment\":{}", "[".repeat(100_000)),
        format!("{{\"name\":{}1{}}}", "[".repeat(5_000), "]".repeat(5_000)),
    ] {
        let answer = post(&cast, deep);
        assert!([400, 422].contains(&answer.status), "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"));
    }
    // A tree of criteria may have any depth, as far as its type goes; not as far as memory goes.
    let (mut tree, closing) = (String::from("{\"code\":\"X\",\"content\":{\"criteria\":["), "]}".repeat(3_000));
    tree.push_str(&"{\"code\":\"1\",\"title\":{\"vi\":\"a\",\"en\":\"a\"},\"children\":[".repeat(3_000));
    tree.push_str(&closing);
    let answer = cast.world.client.post("/v1/schemes").by(&cast.admin.token).bytes("application/json", tree).send();
    assert!([400, 422].contains(&answer.status), "{}", answer.text());
    cast.world.client.get(UNITS).by(&cast.admin.token).send().expect(200);
    assert_eq!(stock(&cast), 1);
}

#[test]
fn a_body_over_the_limit_is_refused_announced_or_not() {
    let cast = KimSon::in_world(World::with(&[("HTCD_BODY_LIMIT_KIB", "16")]));
    let fits = body_with(&cast, "address", &format!("\"{}\"", "a".repeat(15_000)));
    post(&cast, fits).fault(422, "invalid_body", "/address", "length");

    let head = format!(
        "POST /v1/centres HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n",
        cast.admin.token
    );
    // Announced: refused before any of it comes.
    let mut announced = Raw::open(cast.world.address);
    announced.send(format!("{head}Content-Length: 16385\r\n\r\n"));
    let refused = announced.answer().refused(413, "body_too_large");
    assert_eq!(refused["detail"], "Giới hạn là 16 KiB.");

    // In chunks: as soon as it is too much.
    let mut chunked = Raw::open(cast.world.address);
    chunked.send(format!("{head}Transfer-Encoding: chunked\r\n\r\n"));
    for _ in 0..17 {
        chunked.send(format!("400\r\n{}\r\n", " ".repeat(1024)));
    }
    chunked.answer().refused(413, "body_too_large");

    // Exactly as much as is allowed is read.
    let mut exact = Raw::open(cast.world.address);
    exact.send(format!("{head}Content-Length: 16384\r\n\r\n{}", " ".repeat(16_384)));
    exact.answer().refused(400, "malformed_request");
    assert_eq!(stock(&cast), 1);
}

#[test]
fn a_body_that_dawdles_is_given_up() {
    let cast = KimSon::in_world(World::with(&[("HTCD_BODY_TIMEOUT_SECONDS", "1")]));
    let mut slow = Raw::open(cast.world.address);
    slow.send(format!("POST /v1/centres HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{\"name\":", cast.admin.token));
    slow.answer().refused(408, "request_timeout");
    cast.world.client.get(UNITS).by(&cast.admin.token).send().expect(200);

    // So is a head that dawdles.
    let mut slow = Raw::open(cast.world.address);
    slow.send("GET /v1/units HTTP/1.1\r\nHost:");
    assert_eq!(slow.answer().status, 408);
}

#[test]
fn an_operation_takes_its_own_media_types_and_methods() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let good = body_with(&cast, "name", "\"TTHTCĐ\"");
    for wrong in [
        "text/plain",
        "application/xml",
        "application/merge-patch+json",
        "application/x-www-form-urlencoded",
        "application/jsonp",
    ] {
        client.post("/v1/centres").by(&cast.admin.token).bytes(wrong, good.clone()).send().refused(415, "unsupported_media_type");
    }
    let none = client.request("POST", "/v1/centres").by(&cast.admin.token).send();
    none.refused(415, "unsupported_media_type");
    let squeezed = client
        .post("/v1/centres")
        .by(&cast.admin.token)
        .header("content-encoding", "gzip")
        .bytes("application/json", good.clone())
        .send();
    squeezed.refused(415, "unsupported_media_type");
    client.post("/v1/centres").by(&cast.admin.token).bytes("Application/JSON; charset=utf-8", good).send().expect(201);

    for method in ["DELETE", "PUT", "PATCH"] {
        let answer = client.request(method, "/v1/centres").by(&cast.admin.token).send();
        assert_eq!(answer.header("allow"), Some("GET, HEAD, POST"));
        answer.refused(405, "method_not_allowed");
    }
    let answer = client.request("POST", &format!("/v1/centres/{}", cast.centre)).by(&cast.admin.token).send();
    assert_eq!(answer.header("allow"), Some("GET, HEAD, PATCH"));
    answer.refused(405, "method_not_allowed");
    client.request("OPTIONS", "/v1/centres").by(&cast.admin.token).send().refused(405, "method_not_allowed");
    client.request("BREW", "/v1/centres").send().refused(405, "method_not_allowed");

    for path in ["/v1", "/v1/centers", "/v2/centres", "/v1/centres/", "/v1/centres/x/y/z", "/.env", "/v1/%2e%2e/etc"] {
        client.get(path).by(&cast.admin.token).send().refused(404, "no_such_operation");
    }
    client.get("/v1/centres/not-an-id").by(&cast.admin.token).send().refused(404, "not_found");
}

#[test]
fn head_answers_what_get_answers_without_the_body() {
    let cast = KimSon::new();
    for path in [UNITS.to_owned(), format!("/v1/centres/{}", cast.centre), "/healthz/live".into()] {
        let get = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200);
        let head = cast.world.client.request("HEAD", &path).by(&cast.admin.token).send().expect(200);
        assert_eq!(
            (head.header("etag"), head.header("content-type")),
            (get.header("etag"), get.header("content-type")),
            "{path}"
        );
        assert!(head.bytes.is_empty());
        let length = get.bytes.len().to_string();
        assert!(
            head.header("content-length").is_none_or(|announced| announced == length),
            "{path}: a length is that of the GET, or not said: {head:?}"
        );
    }
    let missing =
        cast.world.client.request("HEAD", "/v1/centres/00000000-0000-7000-8000-000000000000").by(&cast.admin.token).send();
    assert_eq!((missing.status, missing.bytes.len()), (404, 0));
}

#[test]
fn a_request_has_an_id_that_its_answer_repeats() {
    let cast = KimSon::new();
    let get = |id: &str| cast.world.client.get("/v1/units?limit=0").by(&cast.admin.token).header("x-request-id", id).send();
    let answer = get("phone-7.2026_11");
    assert_eq!(answer.header("x-request-id"), Some("phone-7.2026_11"));
    assert_eq!(answer.json()["request_id"], "phone-7.2026_11");
    for odd in ["", "a b", "x;y", &"a".repeat(65), "<script>"] {
        let answer = get(odd);
        let id = answer.header("x-request-id").unwrap();
        assert!(id.parse::<uuid::Uuid>().is_ok(), "`{odd}` was replaced by an id of ours: {id}");
        assert_eq!(answer.json()["request_id"], id);
    }
    let first = cast.world.client.get(UNITS).by(&cast.admin.token).send();
    let second = cast.world.client.get(UNITS).by(&cast.admin.token).send();
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
    let named = cast
        .world
        .client
        .post("/v1/centres")
        .by(&cast.admin.token)
        .header("x-request-id", "trace-me")
        .bytes("application/json", body_with(&cast, "name", "\"A\""))
        .send();
    named.expect(201);
    let trail = cast.world.client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(trail["items"][0]["request_id"], "trace-me", "and its audit record too");
}

#[test]
fn answers_are_compressed_for_whoever_takes_it() {
    let cast = KimSon::new();
    let ask = |encoding: &str| {
        let mut raw = Raw::open(cast.world.address);
        let line = if encoding.is_empty() { String::new() } else { format!("Accept-Encoding: {encoding}\r\n") };
        raw.send(format!(
            "GET /v1/units?limit=200 HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{line}Connection: close\r\n\r\n",
            cast.admin.token
        ));
        raw.answer()
    };
    let plain = ask("");
    assert_eq!((plain.status, plain.header("content-encoding")), (200, None));
    let zipped = ask("gzip");
    assert_eq!((zipped.status, zipped.header("content-encoding")), (200, Some("gzip")));
    let varies: String = zipped
        .headers
        .iter()
        .filter(|(name, _)| name.eq_ignore_ascii_case("vary"))
        .map(|(_, value)| value.to_ascii_lowercase() + ",")
        .collect();
    assert!(varies.contains("accept-encoding"), "{varies}");
    assert_eq!(ask("br;q=1, identity;q=0.5").header("content-encoding"), None);
}

#[test]
fn a_caller_who_asks_too_often_waits() {
    let cast = KimSon::in_world(World::with(&[("HTCD_RATE_LIMIT", "1")]));
    let get = |token: &str| cast.world.client.get("/v1/me").by(token).send();
    let answers: Vec<Response> = (0..14).map(|_| get(&cast.staff.token)).collect();
    let accepted = answers.iter().take_while(|answer| answer.status == 200).count();
    assert_eq!(accepted, 10, "a burst of ten times the rate passes");
    let refused = answers.into_iter().last().unwrap();
    assert_eq!(refused.header("retry-after"), Some("1"));
    refused.refused(429, "too_many_requests");

    get(&cast.manager.token).expect(200);
    for _ in 0..30 {
        cast.world.client.get("/healthz/live").send().expect(200);
    }
    cast.world.clock.advance(chrono::TimeDelta::seconds(1));
    get(&cast.staff.token).expect(200);

    // Signing in is limited by address, whoever is named.
    let sign_in = |name: &str| {
        cast.world.client.post("/oauth2/token").form(&format!("grant_type=refresh_token&refresh_token={name}")).send()
    };
    let statuses: Vec<u16> = (0..30).map(|number| sign_in(&format!("user-{number}")).status).collect();
    assert!(statuses.contains(&429), "{statuses:?}");
}

#[test]
fn health_and_metrics_need_no_token() {
    let world = World::new();
    for path in ["/healthz/live", "/healthz/ready"] {
        assert_eq!(world.client.get(path).send().expect(200).json()["status"], "ok");
    }
    let metrics = world.client.get("/metrics").send().expect(200);
    assert!(metrics.header("content-type").unwrap().starts_with("text/plain"));
    let _: Value = world.client.get("/openapi.json").send().expect(200).json();
}
