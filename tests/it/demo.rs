//! The demo: what it shows, and that a load which was cut short goes on.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::support::database::is_postgres;
use crate::support::http::{Client, each};
use crate::support::process::Process;
use crate::support::thai_binh::counts;

/// A folder of the demo's own, which goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        let path = std::env::temp_dir().join(format!("htcd-demo-of-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn serve(&self) -> Process {
        Process::start_in(&self.0, &["serve", "--demo"], &[])
    }

    fn credentials(&self) -> PathBuf {
        self.0.join("demo-credentials.json")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn signed_in(client: &Client, credentials: &Path, username: &str) -> String {
    let known: Value = serde_json::from_slice(&std::fs::read(credentials).unwrap()).unwrap();
    let user = known["users"].as_array().unwrap().iter().find(|user| user["username"] == username).unwrap();
    let form = format!("grant_type=password&username={username}&password={}", user["password"].as_str().unwrap());
    client.post("/oauth2/token").form(&form).send().expect(200).json()["access_token"].as_str().unwrap().to_owned()
}

/// What is looked at of the demo, read as whoever may.
fn look(folder: &Folder) {
    let server = folder.serve();
    let client = &server.client;
    let provinces = client.get("/v1/public/provinces").send().expect(200).json();
    assert_eq!(each(provinces.as_array().unwrap(), "name"), ["Tỉnh Quảng Ninh"], "Hưng Yên publishes nothing");
    let public = format!("/v1/public/provinces/{}", provinces[0]["id"].as_str().unwrap());
    let shown = |what: &str| client.get(&format!("{public}/{what}")).send().expect(200).json();
    assert_eq!(shown("centres")["items"].as_array().unwrap().len(), 2);
    let news = shown("news")["items"].take();
    let [item] = &news.as_array().unwrap()[..] else { panic!("{news}") };
    let item = shown(&format!("news/{}", item["id"].as_str().unwrap()));
    let picture = &item["pictures"][0];
    assert_eq!(picture["alt"], "Hình vẽ một cuốn sách mở dưới mặt trời đang mọc");
    let bytes =
        client.get(&format!("{public}/news/{}/pictures/{}", item["id"].as_str().unwrap(), picture["file_id"].as_str().unwrap()));
    let bytes = bytes.send().expect(200);
    assert_eq!(bytes.header("content-type"), Some("image/png"));
    assert!(bytes.bytes.starts_with(b"\x89PNG"));

    let token = signed_in(client, &folder.credentials(), "kimson.staff");
    let read = |path: &str| client.get(path).by(&token).send().expect(200).json();
    let papers = read("/v1/documents?sort=asc");
    let papers = papers["items"].as_array().unwrap();
    assert_eq!(each(papers, "reference"), ["06/KH-TTHTCĐ", "08/KH-TTHTCĐ", "99/KH", "10/BC-TTHTCĐ"]);
    assert_eq!(papers[0]["plan_id"], read("/v1/plans")["items"][0]["id"]);
    let reports = read("/v1/reports");
    assert_eq!(each(reports["items"].as_array().unwrap(), "state"), ["accepted"]);
    let centre = read("/v1/centres")["items"][0]["id"].take();
    let board = read(&format!("/v1/centres/{}/board?as_of=2018-12-31", centre.as_str().unwrap()));
    assert_eq!(board["site_boards"].as_array().unwrap().len(), 5, "{board}");
    let findings = |as_of: &str| {
        let found = read(&format!("/v1/centres/{}/findings?as_of={as_of}", centre.as_str().unwrap()));
        each(found["items"].as_array().unwrap(), "code").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert!(!findings("2018-12-31").contains(&"report_late".to_owned()), "nobody said by when it was due");
    assert!(!findings("2019-01-01").contains(&"no_approved_plan".to_owned()), "the plan of 2018 is there");

    let ministry = signed_in(client, &folder.credentials(), "ministry");
    let submitted = client.get("/v1/submissions").by(&ministry).send().expect(200).json();
    let [submission] = &submitted["items"].as_array().unwrap()[..] else { panic!("{submitted}") };
    assert_eq!((&submission["year"], &submission["incomplete"]), (&Value::from(2011), &Value::Null));
    assert_eq!(counts(&submission["total"]), [158, 125, 3, 0, 0]);
    server.kill();
}

#[test]
fn the_demo_shows_a_province_that_publishes_and_goes_on_where_it_stopped() {
    // With PostgreSQL it is loaded where two plain roles are enough for it.
    if is_postgres() {
        return;
    }
    let folder = Folder::new();
    look(&folder);
    // The sign-ins are written last: without them the load was cut short, and each of its steps is taken again.
    std::fs::remove_file(folder.credentials()).unwrap();
    look(&folder);
}
