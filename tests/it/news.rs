//! News: drafted, published with the agreement of those on the pictures, shown to everybody, withdrawn.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;

/// A picture of one point, as PNG, with a note of this kind in it.
fn png(kind: &[u8; 4], note: &[u8]) -> Vec<u8> {
    let chunk = |kind: &[u8], content: &[u8]| {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        [&length[..], kind, content, &[0; 4]].concat()
    };
    let head = chunk(b"IHDR", &[0, 0, 0, 1, 0, 0, 0, 1, 8, 0, 0, 0, 0]);
    [&b"\x89PNG\r\n\x1a\n"[..], &head, &chunk(kind, note), &chunk(b"IDAT", &[1, 2, 3]), &chunk(b"IEND", &[])].concat()
}

fn upload(cast: &KimSon, who: &Person, name: &str, media_type: &str, bytes: &[u8]) -> String {
    let client = &cast.world.client;
    let body = json!({ "centre_id": cast.centre, "name": name, "media_type": media_type, "size": bytes.len() });
    let made = client.post("/v1/files").by(&who.token).json(&body).send().expect(201);
    let path = made.header("location").unwrap();
    let content = client.put(&format!("{path}/content")).by(&who.token).header("upload-offset", "0");
    content.bytes("application/octet-stream", bytes).send().expect(200);
    made.json()["id"].as_str().unwrap().to_owned()
}

fn picture(cast: &KimSon, number: u8) -> String {
    upload(cast, &cast.staff, "Chị Lan ở lớp học.png", "image/png", &png(b"tEXt", &[number]))
}

fn draft(cast: &KimSon, pictures: &Value) -> Value {
    json!({
        "centre_id": cast.centre, "title": "Khai mạc Tuần lễ học tập suốt đời", "summary": "Hơn 200 người dự.",
        "body": "Sáng 1/10.\n\n<script>alert(1)</script>", "pictures": pictures,
    })
}

fn made(cast: &KimSon, who: &Person, body: &Value) -> String {
    let made = cast.world.client.post("/v1/news").by(&who.token).json(body).send().expect(201);
    made.header("location").unwrap().to_owned()
}

fn read(cast: &KimSon, who: &Person, path: &str) -> Response {
    cast.world.client.get(path).by(&who.token).send().expect(200)
}

fn act(cast: &KimSon, who: &Person, path: &str, act: &str, body: &Value) -> Response {
    let etag = read(cast, &cast.manager, path).etag();
    cast.world.client.post(&format!("{path}/{act}")).by(&who.token).if_match(&etag).json(body).send()
}

fn publish_news(cast: &KimSon) {
    let client = &cast.world.client;
    let etag = client.get("/v1/publication").by(&cast.admin.token).send().expect(200).etag();
    let what = json!({ "centres": false, "ratings": false, "activities": false, "news": true });
    client.put("/v1/publication").by(&cast.admin.token).if_match(&etag).json(&what).send().expect(200);
}

fn public(cast: &KimSon, path: &str) -> Response {
    cast.world.client.get(&format!("/v1/public/provinces/{}{path}", cast.province)).send()
}

fn allowed(answer: &Response) -> Vec<String> {
    let actions = answer.json()["allowed_actions"].take();
    let allowed = actions.as_array().unwrap().iter().filter(|action| action["allowed"] == true);
    allowed.map(|action| action["action"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn news_go_from_a_draft_to_everybody_and_back() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (first, second) = (picture(&cast, 1), picture(&cast, 2));
    let pictures = json!([
        { "file_id": first, "alt": "Lớp học", "caption": "Lớp học nghề", "credit": "TTHTCĐ Kim Sơn", "shows_people": true },
        { "file_id": second, "alt": "Cổng trung tâm", "shows_people": false },
    ]);
    let path = made(&cast, &cast.staff, &draft(&cast, &pictures));
    let drafted = read(&cast, &cast.manager, &path);
    assert_eq!((&drafted.json()["state"], &drafted.json()["listed_on"]), (&json!("draft"), &json!("2026-11-22")));
    assert_eq!(allowed(&drafted), ["edit", "delete", "publish"]);
    assert_eq!(allowed(&read(&cast, &cast.staff, &path)), ["edit", "delete"], "staff write, the manager publishes");
    act(&cast, &cast.staff, &path, "publish", &json!({})).refused(403, "right_missing");

    // Nobody outside sees anything of it.
    publish_news(&cast);
    let item = path.replace("/v1/news", "/news");
    let bytes_of = |file: &str| format!("{item}/pictures/{file}");
    let hidden = || {
        assert_eq!(public(&cast, "/news").expect(200).json()["items"], json!([]));
        public(&cast, &item).refused(404, "not_found");
        public(&cast, &bytes_of(&first)).refused(404, "not_found");
    };
    hidden();

    let refused =
        act(&cast, &cast.manager, &path, "publish", &json!({})).fault(422, "rule_broken", "/people_agreed", "people_agreed");
    assert_eq!(refused["legal_basis"], "Bộ luật Dân sự 2015, Điều 32");
    hidden();
    let agreed = json!({ "people_agreed": true });
    let published = act(&cast, &cast.manager, &path, "publish", &agreed).expect(200);
    assert_eq!(
        (&published.json()["state"], &published.json()["published_at"]),
        (&json!("published"), &json!("2026-11-22T03:00:00Z"))
    );
    assert_eq!(allowed(&published), ["withdraw"]);

    let shown = public(&cast, &item).expect(200);
    assert_eq!(shown.header("cache-control"), Some("public, max-age=300"));
    let told = shown.json();
    assert_eq!((&told["centre_name"], &told["language"]), (&json!("TTHTCĐ phường Kim Sơn"), &json!("vi")));
    assert_eq!(told["body"], "Sáng 1/10.\n\n<script>alert(1)</script>", "text stays text: it is JSON, and never HTML");
    assert_eq!(told["pictures"][0]["url"], format!("/v1/public/provinces/{}{}", cast.province, bytes_of(&first)));
    assert_eq!(
        (&told["pictures"][0]["alt"], &told["pictures"][0]["caption"], &told["pictures"][1]["credit"]),
        (&json!("Lớp học"), &json!("Lớp học nghề"), &Value::Null)
    );
    let listed = public(&cast, "/news").expect(200).json();
    assert_eq!((&listed["items"][0]["id"], &listed["items"][0]["body"]), (&told["id"], &Value::Null));

    let bytes = client.get(told["pictures"][0]["url"].as_str().unwrap()).send().expect(200);
    assert!(bytes.bytes == png(b"tEXt", &[1]), "what is shown is what was uploaded");
    for (name, value) in [
        ("content-type", "image/png"),
        ("cache-control", "public, max-age=300"),
        ("x-content-type-options", "nosniff"),
        ("cross-origin-resource-policy", "cross-origin"),
    ] {
        assert_eq!(bytes.header(name), Some(value));
    }
    assert!(bytes.header("content-security-policy").unwrap().contains("sandbox"));
    assert!(bytes.header("content-disposition").unwrap().starts_with("inline"));
    let again = client.get(told["pictures"][0]["url"].as_str().unwrap()).header("if-none-match", &bytes.etag());
    again.send().expect(304);
    let part = client.get(told["pictures"][0]["url"].as_str().unwrap()).header("range", "bytes=1-3").send().expect(206);
    assert_eq!(part.bytes, b"PNG");

    // Neither who wrote it nor what the file is called at home.
    let all = format!("{}{}{:?}", shown.text(), listed, bytes.headers);
    for trace in
        [&cast.staff.username, &cast.manager.username, &cast.staff.id.to_string(), "Chị", "shows_people", "people_agreed"]
    {
        assert!(!all.contains(trace), "{trace}: {all}");
    }

    // While it is shown it neither changes nor goes; its pictures stay.
    let etag = read(&cast, &cast.manager, &path).etag();
    let refused = client.patch(&path).by(&cast.staff.token).if_match(&etag).json(&json!({ "title": "Khác" })).send();
    assert_eq!(refused.refused(409, "state_conflict")["state"], "published");
    client.delete(&path).by(&cast.staff.token).if_match(&etag).send().refused(409, "state_conflict");
    act(&cast, &cast.manager, &path, "publish", &agreed).refused(409, "state_conflict");
    client.delete(&format!("/v1/files/{first}")).by(&cast.staff.token).if_match("*").send().refused(409, "file_in_use");

    let back = act(&cast, &cast.manager, &path, "withdraw", &json!({ "reason": "Có người không đồng ý nữa." })).expect(200);
    assert_eq!(
        (&back.json()["state"], &back.json()["withdrawal_reason"]),
        (&json!("withdrawn"), &json!("Có người không đồng ý nữa."))
    );
    hidden();
    let only = json!({ "pictures": [pictures[1]] });
    client.patch(&path).by(&cast.staff.token).if_match(&back.etag()).json(&only).send().expect(200);
    let again = act(&cast, &cast.manager, &path, "publish", &json!({})).expect(200).json();
    assert_eq!((&again["withdrawn_at"], &again["people_agreed"]), (&Value::Null, &json!(false)));
    public(&cast, &bytes_of(&second)).expect(200);
    public(&cast, &bytes_of(&first)).refused(404, "not_found");
    client.delete(&format!("/v1/files/{first}")).by(&cast.staff.token).if_match("*").send().expect(204);
}

#[test]
fn a_publication_that_is_sent_twice_is_done_once() {
    let cast = KimSon::new();
    let path = made(
        &cast,
        &cast.staff,
        &draft(&cast, &json!([{ "file_id": picture(&cast, 1), "alt": "Lớp học", "shows_people": false }])),
    );
    let etag = read(&cast, &cast.manager, &path).etag();
    let send = || {
        let request = cast.world.client.post(&format!("{path}/publish")).by(&cast.manager.token).if_match(&etag);
        request.key("dang-tin-0001").json(&json!({})).send()
    };
    let (first, second) = (send().expect(200), send().expect(200));
    assert_eq!(first.json(), second.json());
    // With another key it is another wish, and comes too late.
    let request = cast.world.client.post(&format!("{path}/publish")).by(&cast.manager.token).if_match(&etag);
    request.json(&json!({})).send().refused(409, "state_conflict");
}

#[test]
fn pictures_are_pictures_of_whoever_writes_and_tell_nobody_where_they_were_taken() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let text = cast.world.file(&cast.manager, cast.centre);
    let elsewhere = cast.world.db_centre(cast.province, cast.world.unit("06673", "2018-12-31"), "TTHTCĐ khác");
    let stranger = cast.world.db_person(cast.province, htcd_domain::access::Role::CentreManager, None, Some(elsewhere));
    let own = picture(&cast, 1);
    let good = |file: &str| json!({ "file_id": file, "alt": "Lớp học", "shows_people": false });
    made(&cast, &cast.staff, &draft(&cast, &json!([good(&own)])));
    for (pictures, pointer, rule) in [
        (json!([good(&own), good(&text)]), "/pictures/1/file_id", "file_is_picture"),
        (json!([good("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")]), "/pictures/0/file_id", "file_of_holder"),
        (json!([good(&own), good(&own)]), "/pictures/1/file_id", "named_once"),
    ] {
        let refused = client.post("/v1/news").by(&cast.staff.token).json(&draft(&cast, &pictures)).send();
        refused.fault(422, "rule_broken", pointer, rule);
    }
    let mut theirs = draft(&cast, &json!([good(&own)]));
    theirs["centre_id"] = json!(elsewhere);
    let refused = client.post("/v1/news").by(&stranger.token).json(&theirs).send();
    refused.fault(422, "rule_broken", "/pictures/0/file_id", "file_of_holder");
    let no_alt = json!([{ "file_id": own, "alt": " ", "shows_people": false }]);
    let refused = client.post("/v1/news").by(&cast.staff.token).json(&draft(&cast, &no_alt)).send();
    refused.fault(422, "invalid_body", "/pictures/0/alt", "blank");
    // Nobody forgets to say whether there is anybody on it.
    let unsaid = json!([{ "file_id": own, "alt": "Lớp học" }]);
    client.post("/v1/news").by(&cast.staff.token).json(&draft(&cast, &unsaid)).send().refused(422, "invalid_body");

    // A phone wrote its position into the picture.
    let telling = upload(&cast, &cast.staff, "Sân.png", "image/png", &png(b"iTXt", b"XML:com.adobe.xmp exif:GPSLatitude=21,2N"));
    let path = made(&cast, &cast.staff, &draft(&cast, &json!([good(&own), good(&telling)])));
    let refused = act(&cast, &cast.manager, &path, "publish", &json!({}));
    refused.fault(422, "rule_broken", "/pictures/1/file_id", "picture_without_place");
    assert_eq!(read(&cast, &cast.manager, &path).json()["state"], "draft");
    let etag = read(&cast, &cast.manager, &path).etag();
    client.patch(&path).by(&cast.staff.token).if_match(&etag).json(&json!({ "pictures": [good(&own)] })).send().expect(200);
    act(&cast, &cast.manager, &path, "publish", &json!({})).expect(200);
}

#[test]
fn everybody_reads_the_newest_first_by_centre_unit_and_what_is_pinned() {
    let cast = KimSon::new();
    let publish = |path: &str, who: &Person| {
        cast.world.clock.advance(chrono::TimeDelta::seconds(1));
        let etag = cast.world.client.get(path).by(&who.token).send().expect(200).etag();
        cast.world.client.post(&format!("{path}/publish")).by(&who.token).if_match(&etag).json(&json!({})).send().expect(200);
    };
    let item = |title: &str, pinned: Option<&str>| json!({ "centre_id": cast.centre, "title": title, "body": "Chữ.", "pinned_until": pinned });
    let old = made(&cast, &cast.staff, &item("Tin cũ", Some("2026-12-01")));
    let new = made(&cast, &cast.staff, &item("Tin mới", Some("2026-11-01")));
    let of_commune = json!({ "unit_id": cast.commune, "title": "Tin của phường", "body": "Chữ." });
    let of_commune = made(&cast, &cast.commune_officer, &of_commune);
    made(&cast, &cast.staff, &item("Bản nháp", None));
    publish(&old, &cast.manager);
    publish(&of_commune, &cast.commune_officer);
    publish(&new, &cast.manager);

    public(&cast, "/news").refused(404, "not_found");
    public(&cast, &old.replace("/v1", "")).refused(404, "not_found");
    publish_news(&cast);
    let titles = |query: &str| -> Vec<String> {
        let items = public(&cast, &format!("/news?{query}")).expect(200).json()["items"].take();
        items.as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(titles(""), ["Tin mới", "Tin của phường", "Tin cũ"]);
    assert_eq!(titles(&format!("centre_id={}", cast.centre)), ["Tin mới", "Tin cũ"]);
    assert_eq!(titles(&format!("unit_id={}", cast.commune)), ["Tin mới", "Tin của phường", "Tin cũ"]);
    assert_eq!(titles(&format!("unit_id={}", cast.world.unit("06673", "2018-12-31"))), Vec::<String>::new());
    assert_eq!(titles("pinned=true"), ["Tin cũ"]);
    let mut walked = vec![];
    let mut cursor = String::new();
    loop {
        let page = public(&cast, &format!("/news?limit=1{cursor}")).expect(200).json();
        walked.extend(page["items"].as_array().unwrap().iter().map(|item| item["title"].as_str().unwrap().to_owned()));
        let Some(next) = page["next"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(walked, ["Tin mới", "Tin của phường", "Tin cũ"]);
    let told = public(&cast, &of_commune.replace("/v1", "")).expect(200).json();
    assert_eq!((&told["unit_name"], &told["centre_id"]), (&json!("Phường Kim Sơn"), &Value::Null));

    let mine = cast.world.client.walk(&cast.world.db_sign_in(&cast.manager), "/v1/news?state=draft&q=ban%20nhap");
    assert_eq!(mine.iter().map(|item| &item["title"]).collect::<Vec<_>>(), ["Bản nháp"]);

    // Another province's item is not found under this one, nor under its own, which publishes nothing.
    let hung_yen = cast.world.db_province(cast.world.unit("33", "2025-12-31"));
    let path = old.replace("/v1", "");
    cast.world.client.get(&format!("/v1/public/provinces/{hung_yen}{path}")).send().refused(404, "not_found");

    // A centre that is suspended shows nothing; the commune goes on.
    let centre = format!("/v1/centres/{}", cast.centre);
    let admin = cast.world.db_sign_in(&cast.admin);
    let etag = cast.world.client.get(&centre).by(&admin).send().expect(200).etag();
    let act = json!({ "act": "suspend", "effective_on": "2026-11-01", "reason": "không đủ điều kiện",
        "decision": { "number": "9/QĐ", "date": "2026-10-20", "issuer": "UBND" } });
    cast.world.client.post(&format!("{centre}/acts")).by(&admin).if_match(&etag).json(&act).send().expect(201);
    assert_eq!(titles(""), ["Tin của phường"]);
    public(&cast, &path).refused(404, "not_found");
}
