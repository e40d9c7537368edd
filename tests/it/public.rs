//! What provinces show to everybody: nothing until they say so, never personal data, and nothing of another province.

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::Response;
use crate::support::walk::{Walk, decision, scores_but};

/// Kim Sơn, with an activity of next month, one of the past, a site with its manager, a decided rating, and a news item.
struct Cast {
    cast: KimSon,
    coming: String,
}

impl Cast {
    fn new() -> Self {
        let cast = KimSon::new();
        let client = &cast.world.client;
        let activity = |day: &str, title: &str| {
            let body = json!({
                "centre_id": cast.centre, "category": "law", "title": title, "form": "theme", "role": "organiser",
                "starts_on": day, "ends_on": day, "note": "người liên hệ: chị Lan", "place": "Nhà văn hóa khu Kim Thành",
            });
            client.post("/v1/activities").by(&cast.staff.token).json(&body).send().expect(201).json()["id"].take()
        };
        activity("2026-03-14", "Luật Đất đai");
        let coming = activity("2026-12-14", "Luật Hôn nhân").as_str().unwrap().to_owned();
        let site = json!({ "name": "Nhà văn hóa khu Kim Thành", "kind": "culture_house", "manager": "Phạm Thị Hoa" });
        client.post(&format!("/v1/centres/{}/sites", cast.centre)).by(&cast.manager.token).json(&site).send().expect(201);
        let round = cast.round(2018, "TTHTCD-MAU");
        let scheme = cast.world.scheme(&cast.admin, "TTHTCD-MAU");
        let mut walk = Walk::start(client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
        let scores = scores_but(&scheme, &[]);
        walk.step(&cast.staff, "self", json!({ "scores": scores }));
        walk.step(&cast.manager, "submit", Value::Null);
        walk.step(&cast.verifier, "verified", json!({ "scores": scores }));
        walk.step(&cast.verifier, "verify", Value::Null);
        walk.step(&cast.officer, "decide", json!({ "decision": decision("3/QĐ", "2019-02-01") }));
        let item = json!({ "centre_id": cast.centre, "title": "Khai mạc tuần lễ", "body": "Sáng 1/10." });
        let item = client.post("/v1/news").by(&cast.staff.token).json(&item).send().expect(201);
        let publish = client.post(&format!("{}/publish", item.header("location").unwrap())).by(&cast.manager.token);
        publish.if_match(&item.etag()).json(&json!({})).send().expect(200);
        Self { cast, coming }
    }

    fn publish(&self, what: &Value) {
        let client = &self.cast.world.client;
        let etag = client.get("/v1/publication").by(&self.cast.admin.token).send().expect(200).etag();
        client.put("/v1/publication").by(&self.cast.admin.token).if_match(&etag).json(what).send().expect(200);
    }

    fn read(&self, path: &str) -> Response {
        self.cast.world.client.get(&format!("/v1/public/provinces/{}{path}", self.cast.province)).send()
    }
}

#[test]
fn a_province_shows_nothing_until_it_says_what() {
    let cast = Cast::new();
    let paths = ["/centres", "/ratings?year=2018", "/activities", "/news"];
    for path in paths {
        cast.read(path).refused(404, "not_found");
    }
    cast.read(&format!("/centres/{}", cast.cast.centre)).refused(404, "not_found");
    let all = json!({ "centres": true, "ratings": true, "activities": true, "news": true });
    cast.publish(&all);
    let provinces = cast.cast.world.client.get("/v1/public/provinces").send().expect(200).json();
    assert_eq!((&provinces[0]["name"], &provinces[0]["publishes"]), (&json!("Tỉnh Quảng Ninh"), &all));
    for path in paths {
        let answer = cast.read(path).expect(200);
        assert_eq!(answer.header("cache-control"), Some("public, max-age=300"), "{path}");
        assert_eq!(answer.json()["items"].as_array().unwrap().len(), 1, "{path}");
        let again = cast.cast.world.client.get(&format!("/v1/public/provinces/{}{path}", cast.cast.province));
        again.header("if-none-match", &answer.etag()).send().expect(304);
    }
    cast.publish(&json!({ "centres": true, "ratings": false, "activities": false, "news": false }));
    for path in &paths[1..] {
        cast.read(path).refused(404, "not_found");
    }
    cast.read("/centres").expect(200);
    // Only whoever sets the province up says what is shown.
    let put = cast.cast.world.client.put("/v1/publication").by(&cast.cast.manager.token).if_match("*").json(&all).send();
    put.refused(403, "right_missing");
}

#[test]
fn what_is_shown_holds_no_personal_data_and_only_what_is_decided_or_to_come() {
    let cast = Cast::new();
    cast.publish(&json!({ "centres": true, "ratings": true, "activities": true, "news": true }));
    let centre = cast.read(&format!("/centres/{}", cast.cast.centre)).expect(200).json();
    assert_eq!((&centre["name"], &centre["commune_name"]), (&json!("TTHTCĐ phường Kim Sơn"), &json!("Phường Kim Sơn")));
    let activities = cast.read("/activities").expect(200).json();
    assert_eq!((&activities["items"][0]["id"], &activities["items"][0]["title"]), (&json!(cast.coming), &json!("Luật Hôn nhân")));
    let ratings = cast.read("/ratings?year=2018").expect(200).json();
    assert_eq!(
        (&ratings["items"][0]["rank"], &ratings["items"][0]["centre_name"]),
        (&json!("tot"), &json!("TTHTCĐ phường Kim Sơn"))
    );
    assert_eq!(cast.read("/ratings?year=2017").expect(200).json()["items"], json!([]));
    let news = cast.read("/news").expect(200).json();
    assert_eq!(news["items"][0]["centre_name"], "TTHTCĐ phường Kim Sơn");
    let said = [centre, activities, ratings, news].map(|value| value.to_string()).concat();
    for hidden in ["Lan", "Phạm Thị Hoa", "user-", "manager", "note"] {
        assert!(!said.contains(hidden), "{hidden}: {said}");
    }
    // A centre that is suspended is not shown, nor what it had planned.
    let path = format!("/v1/centres/{}", cast.cast.centre);
    let etag = cast.cast.world.client.get(&path).by(&cast.cast.admin.token).send().expect(200).etag();
    let act = json!({ "act": "suspend", "effective_on": "2026-11-01", "reason": "không đủ điều kiện", "decision": decision("9/QĐ", "2026-10-20"), "keep_later_entries": true });
    let suspend = cast.cast.world.client.post(&format!("{path}/acts")).by(&cast.cast.admin.token).if_match(&etag).json(&act);
    suspend.send().expect(201);
    assert_eq!(cast.read("/centres").expect(200).json()["items"], json!([]));
    assert_eq!(cast.read("/activities").expect(200).json()["items"], json!([]));
    assert_eq!(cast.read("/news").expect(200).json()["items"], json!([]));
}

#[test]
fn lists_of_everybody_are_searched_and_cut_into_pages() {
    let cast = Cast::new();
    cast.publish(&json!({ "centres": true, "ratings": false, "activities": false, "news": false }));
    let (world, province) = (&cast.cast.world, cast.cast.province);
    let mao_khe = world.unit("07069", "2018-12-31");
    world.db_centre(province, mao_khe, "TTHTCĐ Mạo Khê");
    let names = |query: &str| -> Vec<String> {
        let items = cast.read(&format!("/centres?{query}")).expect(200).json()["items"].take();
        items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("q=mao%20khe"), ["TTHTCĐ Mạo Khê"]);
    assert_eq!(names(&format!("unit_id={mao_khe}")), ["TTHTCĐ Mạo Khê"]);
    let first = cast.read("/centres?limit=1").expect(200).json();
    assert_eq!(first["items"][0]["name"], "TTHTCĐ Mạo Khê", "in the order of a Vietnamese list");
    let rest = cast.read(&format!("/centres?limit=1&cursor={}", first["next"].as_str().unwrap())).expect(200).json();
    assert_eq!((&rest["items"][0]["name"], &rest["next"]), (&json!("TTHTCĐ phường Kim Sơn"), &Value::Null));
    cast.read("/centres?limit=0").fault(400, "invalid_parameter", "limit", "range");

    // Another province's centre is not found under this one, nor anything of one that publishes nothing.
    let (hung_yen, elsewhere) = (world.unit("33", "2025-12-31"), world.unit("12454", "2018-12-31"));
    let other = world.db_province(hung_yen);
    let theirs = world.db_centre(other, elsewhere, "TTHTCĐ của tỉnh khác");
    cast.read(&format!("/centres/{theirs}")).refused(404, "not_found");
    world.client.get(&format!("/v1/public/provinces/{other}/centres")).send().refused(404, "not_found");
}
