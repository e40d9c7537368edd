//! Smaller manners: lists of tags, how many requests are left, a search for nothing.

use serde_json::json;

use crate::support::World;
use crate::support::cast::KimSon;

#[test]
fn if_match_takes_a_list_of_tags_and_a_star() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let path = format!("/v1/centres/{}", cast.centre);
    let rename =
        |tag: &str, name: &str| client.patch(&path).by(&cast.manager.token).if_match(tag).json(&json!({ "name": name })).send();
    let first = rename("\"99\", \"1\"", "một").expect(200);
    rename("\"99\", W/\"2\"", "hai").refused(412, "etag_mismatch");
    rename(&first.etag(), "ba").expect(200);
    rename("*", "bốn").expect(200);
    assert_eq!(client.get(&path).by(&cast.manager.token).send().expect(200).json()["name"], "bốn");
}

#[test]
fn every_answer_says_how_many_requests_are_left() {
    let cast = KimSon::in_world(World::with(&[("HTCD_RATE_LIMIT", "5")]));
    let ask = || cast.world.client.get("/v1/me").by(&cast.staff.token).send();
    let first = ask().expect(200);
    assert_eq!(first.header("ratelimit-policy"), Some("\"default\";q=50;w=10"));
    assert_eq!(first.header("ratelimit"), Some("\"default\";r=49"));
    assert_eq!(ask().expect(200).header("ratelimit"), Some("\"default\";r=48"));
    let other = cast.world.client.get("/v1/me").by(&cast.manager.token).send().expect(200);
    assert_eq!(other.header("ratelimit"), Some("\"default\";r=49"), "each caller has a limit of their own");
}

#[test]
fn a_search_without_a_letter_or_digit_is_refused_rather_than_finding_everything() {
    let cast = KimSon::new();
    for path in ["/v1/units?q=***", "/v1/centres?q=%25"] {
        assert_eq!(cast.world.client.get(path).by(&cast.staff.token).send().rules(400), ["search_text"], "{path}");
    }
    let found = cast.world.client.get("/v1/centres?q=kim%20son").by(&cast.staff.token).send().expect(200).json();
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
}
