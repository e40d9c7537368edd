//! Conditional requests: reading what changed, changing what was read.

use serde_json::{Value, json};

use crate::support::cast::KimSon;

#[test]
fn what_has_not_changed_is_not_sent_again() {
    let cast = KimSon::new();
    let path = format!("/v1/centres/{}", cast.centre);
    let get = |path: &str, tag: &str| cast.world.client.get(path).by(&cast.admin.token).header("if-none-match", tag).send();
    for path in [path.as_str(), "/v1/centres", "/v1/units?level=province", "/v1/me", "/v1/catalogues"] {
        let first = cast.world.client.get(path).by(&cast.admin.token).send().expect(200);
        let tag = first.etag();
        assert!(tag.starts_with('"') && tag.ends_with('"'), "a strong tag: {tag}");
        let again = get(path, &tag).expect(304);
        assert!(again.bytes.is_empty());
        assert_eq!(again.etag(), tag);
        get(path, &format!("\"other\", W/{tag}")).expect(304);
        get(path, "*").expect(304);
        get(path, "\"other\"").expect(200);
    }

    let before = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200);
    cast.world
        .client
        .patch(&path)
        .by(&cast.admin.token)
        .if_match(&before.etag())
        .json(&json!({ "address": "Khu Nhuệ Hổ" }))
        .send()
        .expect(200);
    let after = get(&path, &before.etag()).expect(200);
    assert_ne!(after.etag(), before.etag());
    assert_eq!(after.json()["address"], "Khu Nhuệ Hổ");
    let manager = cast.world.client.get(&path).by(&cast.manager.token).header("if-none-match", &after.etag()).send();
    manager.expect(200); // Who may do what is part of the answer, so another caller's tag is another.
}

#[test]
fn a_change_names_the_revision_that_it_was_made_from() {
    let cast = KimSon::new();
    let path = format!("/v1/centres/{}", cast.centre);
    let read = || cast.world.client.get(&path).by(&cast.admin.token).send().expect(200);
    let body = json!({ "address": "Khu Nhuệ Hổ" });
    let patch = |tag: Option<&str>| {
        let request = cast.world.client.patch(&path).by(&cast.admin.token).json(&body);
        match tag {
            Some(tag) => request.if_match(tag).send(),
            None => request.send(),
        }
    };
    let before = read();

    patch(None).refused(428, "if_match_required");
    let inner = before.etag().trim_matches('"').to_owned();
    for stale in
        ["\"7-0123456789abcdef\"", "\"0-0\"", "\"\"", "nonsense", &format!("W/\"{inner}\""), &inner, "\"99999999999999999999-0\""]
    {
        let refused = patch(Some(stale)).refused(412, "etag_mismatch");
        assert_eq!(refused["current_etag"], "\"1\"", "{stale}");
    }
    assert_eq!(read().json(), before.json(), "nothing changed");

    let after = patch(Some(&before.etag())).expect(200);
    assert_eq!(after.etag(), read().etag(), "the answer to a change has the tag of the next reading");
    let refused = patch(Some(&before.etag())).refused(412, "etag_mismatch");
    let current = refused["current_etag"].as_str().unwrap();
    patch(Some(current)).expect(200); // The tag in the refusal is good for the next try.
    assert_eq!(patch(Some(current)).refused(412, "etag_mismatch")["current_etag"], "\"3\"");
}

#[test]
fn a_missing_tag_does_not_tell_what_is_out_of_reach() {
    let cast = KimSon::new();
    let nobody = "/v1/centres/00000000-0000-7000-8000-000000000000";
    let answer: Value =
        cast.world.client.patch(nobody).by(&cast.admin.token).if_match("\"1\"").json(&json!({})).send().refused(404, "not_found");
    assert!(answer.get("current_etag").is_none());
}
