//! Smaller manners: lists of tags, how many requests are left, a search for nothing.

use serde_json::json;

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::Response;

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

#[test]
fn whoever_lacks_a_right_is_told_who_has_it_in_their_language() {
    let cast = KimSon::new();
    let all = json!({ "centres": true, "ratings": true, "activities": true, "news": true });
    let put = |who: &str| cast.world.client.put("/v1/publication").by(who).if_match("*");
    let refused = put(&cast.manager.token).json(&all).send().refused(403, "right_missing");
    assert_eq!(
        (&refused["detail"], &refused["next"], &refused["roles"]),
        (
            &json!("Không có vai trò nào cho quyền này."),
            &json!("Vai trò làm được việc này: Quản trị cấp tỉnh. Nhờ người giữ một vai trò như vậy."),
            &json!(["province_admin"]),
        )
    );
    put(&cast.admin.token).json(&all).send().expect(200);
    // The province's administrators are not sent to themselves.
    let person = json!({ "centre_id": cast.centre, "full_name": "Phạm Thị Lan" });
    let by_admin = cast.world.client.post("/v1/persons").by(&cast.admin.token).in_english();
    let refused = by_admin.json(&person).send().refused(403, "right_missing");
    assert_eq!(refused["detail"], "No grant in force carries the right.");
    let next = refused["next"].as_str().unwrap();
    assert_eq!(next, "Roles that may do this: Commune officer, Centre manager, Centre staff. Ask somebody with such a role.");
}

#[test]
fn of_a_code_that_there_is_not_the_answer_says_which_there_are() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    // Of two codes and of many, in the body and in the query, and whatever the wrong one holds.
    let said = |answer: Response, status: u16| answer.expect(status).json()["errors"][0]["detail"].as_str().unwrap().to_owned();
    let paper =
        |direction: &str| json!({ "centre_id": cast.centre, "direction": direction, "kind": "plan", "subject": "Kế hoạch" });
    for wrong in ["sideways", "x`, expected `y"] {
        let made = client.post("/v1/documents").by(&cast.staff.token).json(&paper(wrong)).send();
        let detail = said(made, 422);
        assert!(
            detail.starts_with("Mã «") && detail.ends_with("» không hợp lệ; dùng một trong: `incoming`, `outgoing`."),
            "{detail}"
        );
    }
    let list = || client.get("/v1/documents?direction=sideways").by(&cast.staff.token);
    assert_eq!(said(list().send(), 400), "Mã «sideways» không hợp lệ; dùng một trong: `incoming`, `outgoing`.");
    assert_eq!(said(list().in_english().send(), 400), "“sideways” is not a code; use one of: `incoming`, `outgoing`.");

    // In the path it names nothing, so it is not found.
    let path = format!("/v1/units/{}/summaries", cast.commune);
    let ask = |topic: &str| client.get(&format!("{path}/{topic}?period=2018")).by(&cast.officer.token).send();
    ask("money").expect(200);
    let refused = ask("unknown").fault(404, "not_found", "topic", "code_unknown");
    assert_eq!((&refused["errors"][0]["in"], &refused["next"]), (&json!("path"), &json!("Sửa chỗ được nêu rồi gửi lại.")));
    assert_eq!(
        refused["errors"][0]["detail"],
        "Mã «unknown» không hợp lệ; dùng một trong: `money`, `people`, `assets`, `plans`, `estimates`, `learning_models`."
    );
    // An id that is none says no more than one that is not there.
    let told = |unit: &str| client.get(&format!("/v1/units/{unit}")).by(&cast.officer.token).send().told();
    assert_eq!(told("unknown"), told("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11"));
}

#[test]
fn a_list_of_a_day_shows_each_centre_with_its_status_of_that_day() {
    // Kim Sơn's centre is dissolved in 2024; in 2014 it was at work.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let act = json!({ "act": "dissolve", "effective_on": "2024-02-01", "reason": "không hoạt động",
        "decision": { "number": "1/QĐ", "date": "2024-01-15", "issuer": "UBND" } });
    let path = format!("/v1/centres/{}/acts", cast.centre);
    client.post(&path).by(&cast.admin.token).if_match("\"1\"").json(&act).send().expect(201);
    let list = |query: &str| client.get(&format!("/v1/centres{query}")).by(&cast.admin.token).send();
    assert_eq!(list("").expect(200).json()["items"][0]["status"], "dissolved");
    assert_eq!(list("?as_of=2014-01-01").expect(200).json()["items"][0]["status"], "operating");
    assert_eq!(list("?as_of=2024-02-01").expect(200).json()["items"], json!([]));
    assert_eq!(list("?as_of=2014-01-01&status=operating").rules(400), ["status_with_as_of"]);
}

#[test]
fn nobody_shuts_themselves_out() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let path = format!("/v1/users/{}", cast.admin.id);
    let me = client.get(&path).by(&cast.admin.token).send().expect(200);
    let off = client.patch(&path).by(&cast.admin.token).if_match(&me.etag()).json(&json!({ "active": false })).send();
    assert_eq!(off.rules(422), ["not_oneself"]);
    let grant = me.json()["grants"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(client.delete(&format!("{path}/grants/{grant}")).by(&cast.admin.token).send().rules(422), ["not_oneself"]);
    client.get("/v1/users").by(&cast.admin.token).send().expect(200);
}

#[cfg(unix)]
#[test]
fn a_new_database_file_is_its_owners_alone_and_no_password_is_shown() {
    use htcd_persistence::db::Target;
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::temp_dir().join(format!("htcd-private-{}.db", std::process::id()));
    htcd_persistence::migrate::run(&Target::Sqlite(path.display().to_string())).unwrap();
    let mode = std::fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", path.display()));
    }
    assert_eq!(mode, 0o600);
    let shown = format!("{:?}", Target::parse("postgres://htcd:se@cret@db:5432/htcd?sslmode=require&password=secret").unwrap());
    assert_eq!(shown, "postgres://htcd@db:5432/htcd");
}
