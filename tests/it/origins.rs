//! Pages of other origins: which of them may call the API, and what every answer says to browsers and proxies.

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::Response;

const APP: &str = "https://app.example.vn";
const ALLOWED: (&str, &str) = ("HTCD_CORS_ORIGINS", "https://app.example.vn, http://localhost:5173");

fn preflight(world: &World, path: &str, origin: &str, method: &str, headers: &str) -> Response {
    let request = world.client.request("OPTIONS", path).header("origin", origin);
    request.header("access-control-request-method", method).header("access-control-request-headers", headers).send()
}

fn about_origins(answer: &Response) -> Vec<&str> {
    answer.headers.iter().map(|(name, _)| name.as_str()).filter(|name| name.starts_with("access-control-")).collect()
}

#[test]
fn a_page_of_a_listed_origin_is_let_in_without_a_token_for_the_question() {
    let cast = KimSon::in_world(World::with(&[ALLOWED]));
    let world = &cast.world;
    let headers = "authorization,content-type,if-match,if-none-match,idempotency-key,accept-language,x-request-id,traceparent";
    for origin in [APP, "http://localhost:5173"] {
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let answer = preflight(world, "/v1/centres", origin, method, headers);
            assert!(answer.status == 200 || answer.status == 204, "{}", answer.text());
            assert_eq!(answer.header("access-control-allow-origin"), Some(origin));
            assert_eq!(answer.header("access-control-max-age"), Some("3600"));
            assert_eq!(answer.header("access-control-allow-credentials"), None, "tokens travel in a header");
            let allowed = answer.all("access-control-allow-headers");
            assert!(headers.split(',').all(|name| allowed.contains(name)), "{allowed}");
            assert!(answer.all("access-control-allow-methods").contains(&method.to_lowercase()));
            assert!(answer.all("vary").contains("origin"));
            assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        }
    }

    let ask = |origin: &str, token: &str| world.client.get("/v1/me").by(token).header("origin", origin).send();
    let answer = ask(APP, &cast.staff.token).expect(200);
    assert_eq!(answer.header("access-control-allow-origin"), Some(APP));
    let shown = answer.all("access-control-expose-headers");
    for name in [
        "etag",
        "location",
        "retry-after",
        "ratelimit",
        "ratelimit-policy",
        "x-request-id",
        "content-disposition",
        "deprecation",
        "sunset",
    ] {
        assert!(shown.split(", ").any(|other| other == name), "{name}: {shown}");
    }
    assert!(answer.all("vary").contains("origin"), "{}", answer.all("vary"));

    // A refusal too can be read by the page.
    let refused = ask(APP, "nonsense");
    assert_eq!(refused.header("access-control-allow-origin"), Some(APP));
    assert!(refused.all("vary").contains("origin") && refused.all("vary").contains("accept-language"));
    refused.refused(401, "token_invalid");
    let lost = world.client.get("/nowhere").header("origin", APP).send();
    assert_eq!(lost.header("access-control-allow-origin"), Some(APP));
    lost.refused(404, "no_such_operation");
}

#[test]
fn a_page_of_another_origin_gets_no_word_of_leave() {
    let cast = KimSon::in_world(World::with(&[ALLOWED]));
    let world = &cast.world;
    for origin in [
        "https://evil.example",
        "https://app.example.vn.evil.example",
        "http://app.example.vn",
        "https://app.example.vn:8443",
        "https://APP.example.vn",
        "null",
        "*",
    ] {
        let refused = preflight(world, "/v1/centres", origin, "GET", "authorization");
        assert_eq!(about_origins(&refused), [""; 0], "{origin}");
        refused.refused(400, "malformed_request");
        // The request itself is answered as any other: it is the browser that keeps the answer from the page.
        let answer = world.client.get("/v1/me").by(&cast.staff.token).header("origin", origin).send().expect(200);
        assert_eq!(about_origins(&answer), [""; 0], "{origin}");
        assert!(answer.all("vary").contains("origin"), "a cache must not give it to a page that may");
    }
    let without = world.client.get("/v1/me").by(&cast.staff.token).send().expect(200);
    assert_eq!(about_origins(&without), [""; 0]);
    let header = preflight(world, "/v1/centres", APP, "GET", "x-anything");
    assert_eq!(about_origins(&header), [""; 0]);
    header.refused(400, "malformed_request");
    preflight(world, "/v1/centres", APP, "TRACE", "authorization").refused(400, "malformed_request");
    // OPTIONS that is no preflight is a method like others.
    world.client.request("OPTIONS", "/v1/centres").by(&cast.staff.token).send().refused(405, "method_not_allowed");
}

#[test]
fn without_the_setting_there_is_no_cors_at_all() {
    let cast = KimSon::new();
    let asked = preflight(&cast.world, "/v1/centres", APP, "GET", "authorization");
    assert_eq!(about_origins(&asked), [""; 0]);
    asked.refused(405, "method_not_allowed");
    let answer = cast.world.client.get("/v1/me").by(&cast.staff.token).header("origin", APP).send().expect(200);
    assert_eq!(about_origins(&answer), [""; 0]);
    assert!(!answer.all("vary").contains("origin"));
}

#[test]
fn every_answer_has_the_headers_that_browsers_heed() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let answers = [
        client.get("/v1/me").by(&cast.staff.token).send().expect(200),
        client.get("/v1/me").send().expect(401),
        client.get("/v1/centres").by(&cast.staff.token).header("if-none-match", "*").send().expect(304),
        client.get("/nowhere").send().expect(404),
        client.get("/healthz/live").send().expect(200),
        client.get("/openapi.json").send().expect(200),
        client.get("/docs").send().expect(308),
        client.post("/oauth2/token").form("").send().expect(400),
    ];
    for answer in &answers {
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert_eq!(answer.header("referrer-policy"), Some("no-referrer"));
        assert_eq!(answer.header("cross-origin-resource-policy"), Some("same-origin"));
        assert_eq!(answer.header("content-security-policy"), Some("default-src 'none'; frame-ancestors 'none'"));
        assert_eq!((answer.header("server"), answer.header("x-powered-by")), (None, None));
    }
    let page = client.get("/docs/").send().expect(200);
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.contains("script-src 'self';") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(!policy.contains("unsafe-eval") && !policy.contains("script-src 'self' 'unsafe-inline'"), "{policy}");
}
