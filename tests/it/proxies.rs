//! Behind a proxy: whom the server believes about who asks. The tests' own client comes from 127.0.0.1.

use serde_json::json;

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::Response;

const TRUSTED: (&str, &str) = ("HTCD_TRUSTED_PROXIES", "10.0.0.0/8, 127.0.0.1");

/// The address that the audit trail notes for a change that came with these headers.
fn noted(cast: &KimSon, headers: &[(&str, &str)]) -> String {
    let path = format!("/v1/centres/{}/sites", cast.centre);
    let body = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    let request = cast.world.client.post(&path).by(&cast.manager.token).json(&body);
    headers.iter().fold(request, |request, (name, value)| request.header(name, value)).send().expect(201);
    let trail = cast.world.client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json();
    trail["items"][0]["address"].as_str().unwrap().to_owned()
}

fn sign_in(world: &World, forwarded_for: &str) -> Response {
    let form = "grant_type=refresh_token&refresh_token=x";
    world.client.post("/oauth2/token").header("x-forwarded-for", forwarded_for).form(form).send()
}

/// How many of so many tries to sign in pass the limit, each from an address of its own saying.
fn passed(world: &World, tries: u32, address: impl Fn(u32) -> String) -> usize {
    (0..tries).filter(|number| sign_in(world, &address(*number)).status != 429).count()
}

#[test]
fn the_audit_trail_notes_the_address_that_a_trusted_proxy_names() {
    let cast = KimSon::in_world(World::with(&[TRUSTED]));
    assert_eq!(noted(&cast, &[]), "127.0.0.1");
    assert_eq!(noted(&cast, &[("x-forwarded-for", "203.0.113.7")]), "203.0.113.7");
    assert_eq!(noted(&cast, &[("x-forwarded-for", "198.51.100.1, 203.0.113.7, 10.3.2.1")]), "203.0.113.7");
    assert_eq!(noted(&cast, &[("x-forwarded-for", "2001:db8::7")]), "2001:db8::7");
    assert_eq!(noted(&cast, &[("x-forwarded-for", "::ffff:203.0.113.7")]), "203.0.113.7");
    for broken in ["unknown", "203.0.113.7, -", "203.0.113.999"] {
        assert_eq!(noted(&cast, &[("x-forwarded-for", broken)]), "127.0.0.1", "{broken}");
    }
    assert_eq!(noted(&cast, &[("forwarded", "for=203.0.113.7")]), "127.0.0.1", "this header is not read");
}

#[test]
fn nobody_else_is_believed() {
    for settings in [&[][..], &[("HTCD_TRUSTED_PROXIES", "10.0.0.0/8,::1")]] {
        let cast = KimSon::in_world(World::with(settings));
        assert_eq!(noted(&cast, &[("x-forwarded-for", "203.0.113.7"), ("x-real-ip", "203.0.113.7")]), "127.0.0.1");
        let answer = cast.world.client.get("/healthz/live").header("x-forwarded-proto", "https").send().expect(200);
        assert_eq!(answer.header("strict-transport-security"), None);
    }
}

#[test]
fn signing_in_is_limited_by_the_clients_address() {
    let world = World::with(&[TRUSTED, ("HTCD_RATE_LIMIT", "100")]);
    assert_eq!(passed(&world, 30, |_| "203.0.113.7".into()), 20);
    assert_eq!(passed(&world, 30, |number| format!("198.51.100.{number}, 203.0.113.8")), 20, "the client writes the first one");
    assert_eq!(passed(&world, 30, |number| format!("203.0.113.{}", 100 + number)), 30, "each of another address");
    assert_eq!(passed(&world, 30, |number| format!("2001:db8:0:1::{number:x}")), 20, "one IPv6 network");
    assert_eq!(sign_in(&world, "2001:db8:0:2::1").status, 401, "and its neighbour");
    let refused = sign_in(&world, "203.0.113.7");
    assert_eq!(refused.header("retry-after"), Some("2"));
    refused.refused(429, "too_many_requests");

    let world = World::with(&[("HTCD_RATE_LIMIT", "100")]);
    assert_eq!(passed(&world, 30, |number| format!("203.0.113.{number}")), 20, "what a stranger says changes nothing");
}

#[test]
fn a_browser_is_told_to_stay_with_tls_when_it_came_by_it() {
    let world = World::with(&[TRUSTED]);
    let told = |protocol: &str, path: &str| {
        let answer = world.client.get(path).header("x-forwarded-proto", protocol).send();
        answer.header("strict-transport-security").map(str::to_owned)
    };
    for path in ["/healthz/live", "/docs/", "/v1/me", "/nowhere"] {
        assert_eq!(told("https", path).as_deref(), Some("max-age=31536000"), "{path}");
        assert_eq!(told("http", path), None, "{path}");
    }
    assert_eq!(told("nonsense", "/healthz/live"), None);
    assert_eq!(world.client.get("/healthz/live").send().header("strict-transport-security"), None);
}

#[test]
fn metrics_are_there_for_those_who_may_see_them() {
    let world = World::with(&[TRUSTED]);
    let ask = |world: &World, client: Option<&str>| {
        let request = world.client.get("/metrics");
        client.iter().fold(request, |request, client| request.header("x-forwarded-for", client)).send()
    };
    ask(&world, None).expect(200);
    ask(&world, Some("::1")).expect(200);
    ask(&world, Some("203.0.113.7")).refused(404, "no_such_operation");

    let world = World::with(&[TRUSTED, ("HTCD_METRICS_FROM", "203.0.113.0/24")]);
    ask(&world, Some("203.0.113.7")).expect(200);
    ask(&world, None).refused(404, "no_such_operation");
}
