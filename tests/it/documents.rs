//! Registers of papers: numbers that are given once, what papers refer to, and what a decided rating rests on.

use htcd_domain::id::CentreId;
use htcd_domain::problem::Code;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::walk::{Walk, decision, scores_but};

fn outgoing(cast: &KimSon, number: i64, symbol: &str, day: &str, subject: &str) -> Value {
    let kind = if symbol.starts_with("BC") { "report" } else { "plan" };
    json!({
        "centre_id": cast.centre, "direction": "outgoing", "kind": kind, "number": number, "symbol": symbol, "signed_on": day,
        "subject": subject, "recipients": ["UBND phường Kim Sơn", "Phòng GD&ĐT Đông Triều"], "signer": "Nguyễn Văn An", "signer_post": "Giám đốc",
    })
}

fn incoming(cast: &KimSon, arrival: Option<i64>, day: &str) -> Value {
    json!({
        "centre_id": cast.centre, "direction": "incoming", "kind": "dispatch", "issuer_number": "1172/UBND-GD", "arrival_number": arrival,
        "arrived_on": day, "signed_on": "2018-02-19", "issuer": "UBND tỉnh Quảng Ninh", "issuer_level": "province",
        "subject": "Tăng cường hoạt động của trung tâm học tập cộng đồng", "keywords": ["củng cố"],
    })
}

fn register(cast: &KimSon, who: &Person, body: &Value) -> Response {
    cast.world.client.post("/v1/documents").by(&who.token).json(body).send()
}

/// A paper that is registered: its path and id.
fn registered(cast: &KimSon, who: &Person, body: &Value) -> (String, String) {
    let made = register(cast, who, body).expect(201);
    (made.header("location").unwrap().to_owned(), made.json()["id"].as_str().unwrap().to_owned())
}

fn etag(cast: &KimSon, path: &str) -> String {
    cast.world.client.get(path).by(&cast.manager.token).send().expect(200).etag()
}

fn change(cast: &KimSon, path: &str, members: &Value) -> Response {
    cast.world.client.patch(path).by(&cast.staff.token).if_match(&etag(cast, path)).json(members).send()
}

fn remove(cast: &KimSon, path: &str) -> Response {
    cast.world.client.delete(path).by(&cast.staff.token).if_match(&etag(cast, path)).send()
}

fn references(cast: &KimSon, query: &str) -> Vec<String> {
    let found = cast.world.client.walk(&cast.officer.token, &format!("/v1/documents?{query}"));
    found.iter().map(|paper| paper["reference"].as_str().unwrap().to_owned()).collect()
}

/// The papers of Kim Sơn's report of 2018.
fn kim_son(cast: &KimSon) -> Vec<(String, String)> {
    [
        (6, "KH-TTHTCĐ", "2018-01-12", "Kế hoạch hoạt động năm 2018"),
        (8, "KH-TTHTCĐ", "2018-07-18", "Kế hoạch sơ kết sáu tháng đầu năm"),
        (99, "KH", "2018-09-18", "Tuần lễ hưởng ứng học tập suốt đời"),
        (10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo kết quả hoạt động năm 2018"),
    ]
    .map(|(number, symbol, day, subject)| registered(cast, &cast.staff, &outgoing(cast, number, symbol, day, subject)))
    .into()
}

#[test]
fn papers_are_registered_under_their_numbers_and_found_by_them() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let papers = kim_son(&cast);
    let (dispatch, _) = registered(&cast, &cast.staff, &incoming(&cast, Some(1), "2018-02-21"));

    let report = client.get(&papers[3].0).by(&cast.officer.token).send().expect(200).json();
    assert_eq!((&report["reference"], &report["register_year"]), (&json!("10/BC-TTHTCĐ"), &json!(2018)));
    assert_eq!((&report["signer"], &report["signer_post"]), (&json!("Nguyễn Văn An"), &json!("Giám đốc")));
    let arrived = client.get(&dispatch).by(&cast.officer.token).send().expect(200).json();
    assert_eq!((&arrived["reference"], &arrived["arrived_on"]), (&json!("1172/UBND-GD"), &json!("2018-02-21")));

    let of = |query: &str| references(&cast, query);
    assert_eq!(of("sort=asc"), ["06/KH-TTHTCĐ", "1172/UBND-GD", "08/KH-TTHTCĐ", "99/KH", "10/BC-TTHTCĐ"]);
    assert_eq!(of("limit=2"), ["10/BC-TTHTCĐ", "99/KH", "08/KH-TTHTCĐ", "1172/UBND-GD", "06/KH-TTHTCĐ"]);
    assert_eq!(of("direction=incoming"), ["1172/UBND-GD"]);
    assert_eq!(of("kind=report&year=2018"), ["10/BC-TTHTCĐ"]);
    assert_eq!(of("from=2018-07-18&to=2018-09-18&sort=asc"), ["08/KH-TTHTCĐ", "99/KH"]);
    for (q, expected) in [
        ("10/bc", vec!["10/BC-TTHTCĐ"]),
        ("hoc%20tap%20suot%20doi", vec!["99/KH"]),
        ("ubnd%20tinh", vec!["1172/UBND-GD"]),
        ("cung%20co", vec!["1172/UBND-GD"]),
        ("khong%20co", vec![]),
    ] {
        assert_eq!(of(&format!("q={q}")), expected, "{q}");
    }
    assert_eq!(of(&format!("centre_id={}&year=2017", cast.centre)), Vec::<String>::new());

    // Whoever writes the next one is told its number.
    let numbers = client.get(&format!("/v1/centres/{}/document_numbers?year=2018", cast.centre)).by(&cast.staff.token);
    let numbers = numbers.send().expect(200).json();
    let row = |symbol: &str, papers: i64, last: i64, next: &str| json!({ "symbol": symbol, "papers": papers, "last": last, "next": last + 1, "next_reference": next });
    assert_eq!(
        numbers["outgoing"],
        json!([row("BC-TTHTCĐ", 1, 10, "11/BC-TTHTCĐ"), row("KH", 1, 99, "100/KH"), row("KH-TTHTCĐ", 2, 8, "09/KH-TTHTCĐ")])
    );
    assert_eq!((&numbers["incoming"]["next"], &numbers["next_of_all"]), (&json!(2), &json!(100)));
    let none = client.get(&format!("/v1/units/{}/document_numbers?year=2018", cast.commune)).by(&cast.commune_officer.token);
    assert_eq!(none.send().expect(200).json()["next_of_all"], 1, "the commune's register is another one");
    let wrong = client.get(&format!("/v1/centres/{}/document_numbers?year=18", cast.centre)).by(&cast.staff.token).send();
    wrong.fault(400, "invalid_parameter", "year", "range");
}

#[test]
fn a_number_is_given_once_within_a_register_a_year_and_a_symbol() {
    let cast = KimSon::new();
    let report = |number: i64, symbol: &str, day: &str| outgoing(&cast, number, symbol, day, "Báo cáo");
    let (path, id) = registered(&cast, &cast.staff, &report(10, "BC-TTHTCĐ", "2018-11-26"));

    // Written in small letters it is the same number.
    for symbol in ["BC-TTHTCĐ", "bc-tthtcđ"] {
        let refused = register(&cast, &cast.staff, &report(10, symbol, "2018-12-20")).refused(409, "already_exists");
        assert_eq!((&refused["document"]["id"], &refused["document"]["reference"]), (&json!(id), &json!("10/BC-TTHTCĐ")));
        assert_eq!((&refused["next_number"], &refused["legal_basis"]), (&json!(11), &json!("Nghị định 30/2020/NĐ-CP, Điều 15")));
        assert!(refused["detail"].as_str().unwrap().contains("26/11/2018"), "{refused}");
    }
    // Another year, symbol or register has its own numbers.
    registered(&cast, &cast.staff, &report(10, "BC-TTHTCĐ", "2017-11-26"));
    registered(&cast, &cast.staff, &report(10, "KH-TTHTCĐ", "2018-11-26"));
    let mut of_commune = report(10, "BC-TTHTCĐ", "2018-11-26");
    of_commune.as_object_mut().unwrap().remove("centre_id");
    of_commune["unit_id"] = json!(cast.commune);
    registered(&cast, &cast.commune_officer, &of_commune);
    let (other, _) = registered(&cast, &cast.staff, &report(11, "BC-TTHTCĐ", "2018-12-20"));
    change(&cast, &other, &json!({ "number": 10 })).refused(409, "already_exists");
    change(&cast, &other, &json!({ "number": 12 })).expect(200);
    change(&cast, &path, &json!({ "subject": "Báo cáo năm" })).expect(200);
    assert_eq!(references(&cast, "q=BC&year=2018&sort=asc").len(), 3);

    registered(&cast, &cast.staff, &incoming(&cast, Some(7), "2018-02-21"));
    let refused = register(&cast, &cast.staff, &incoming(&cast, Some(7), "2018-03-01")).refused(409, "already_exists");
    assert_eq!((&refused["next_number"], &refused["pointer"]), (&json!(8), &json!("/arrival_number")));
    registered(&cast, &cast.staff, &incoming(&cast, Some(7), "2019-03-01"));
    // What arrives without a number of its own can do so often.
    registered(&cast, &cast.staff, &incoming(&cast, None, "2018-03-01"));
    registered(&cast, &cast.staff, &incoming(&cast, None, "2018-03-01"));
}

#[test]
fn the_numbers_of_reports_and_plans_are_numbers_of_the_register() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let report = |period: &str, number: i64, day: &str| {
        let body = json!({ "centre_id": cast.centre, "kind": "annual", "period": period, "number": number, "signed_on": day });
        client.post("/v1/reports").by(&cast.staff.token).json(&body).send()
    };
    let plan = |number: &str, day: &str| {
        let body =
            json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch năm 2018", "number": number, "signed_on": day });
        client.post("/v1/plans").by(&cast.staff.token).json(&body).send()
    };
    let written = report("2018", 11, "2018-11-26").expect(201).json();
    let planned = plan("06/KH-TTHTCĐ", "2018-01-12").expect(201).json();

    // The register says so before a paper takes the number, and names what has it where one tries.
    let numbers = client.get(&format!("/v1/centres/{}/document_numbers?year=2018", cast.centre)).by(&cast.staff.token);
    let numbers = numbers.send().expect(200).json();
    let next: Vec<_> = numbers["outgoing"].as_array().unwrap().iter().map(|row| row["next_reference"].clone()).collect();
    assert_eq!((next, &numbers["next_of_all"]), (vec![json!("12/BC-TTHTCĐ"), json!("07/KH-TTHTCĐ")], &json!(12)));
    for (number, symbol, kind, link) in [
        (11, "bc-tthtcđ", "report", format!("/v1/reports/{}", written["id"].as_str().unwrap())),
        (6, "KH-TTHTCĐ", "plan", format!("/v1/plans/{}", planned["id"].as_str().unwrap())),
    ] {
        let other = outgoing(&cast, number, symbol, "2018-12-01", "Văn bản khác");
        let refused = register(&cast, &cast.staff, &other).refused(409, "already_exists");
        assert_eq!((&refused["used_by"]["link"], &refused["used_by"]["kind"]), (&json!(link), &json!(kind)), "{refused:#}");
    }
    // The register's entry of the very report and plan has their number, their kind and their day.
    registered(&cast, &cast.staff, &outgoing(&cast, 11, "BC-TTHTCĐ", "2018-11-26", "Báo cáo năm 2018"));
    let (entry, _) = registered(&cast, &cast.staff, &outgoing(&cast, 6, "KH-TTHTCĐ", "2018-01-12", "Kế hoạch năm 2018"));
    change(&cast, &entry, &json!({ "kind": "notice" })).refused(409, "already_exists");
    // Another year has its own numbers.
    registered(&cast, &cast.staff, &outgoing(&cast, 11, "BC-TTHTCĐ", "2019-03-01", "Báo cáo chuyên đề"));

    // And the other way round.
    let (_, taken) = registered(&cast, &cast.staff, &outgoing(&cast, 12, "BC-TTHTCĐ", "2019-11-20", "Báo cáo chuyên đề"));
    let refused = report("2019", 12, "2019-11-26").refused(409, "already_exists");
    assert_eq!((&refused["pointer"], &refused["document"]["id"]), (&json!("/number"), &json!(taken)));
    report("2019", 12, "2019-11-20").expect(201);
    registered(&cast, &cast.staff, &outgoing(&cast, 9, "KH-TTHTCĐ", "2018-05-02", "Kế hoạch hè"));
    plan("9/kh-tthtcđ", "2018-06-01").refused(409, "already_exists");
    plan("9/kh-tthtcđ", "2018-05-02").expect(201);
}

#[test]
fn of_a_report_and_a_paper_that_take_one_number_at_once_one_gets_it() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let report = json!({ "centre_id": cast.centre, "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26" });
    let paper = outgoing(&cast, 10, "BC-TTHTCĐ", "2018-12-20", "Báo cáo chuyên đề");
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = |path: &'static str, body: &Value| client.post(path).by(&cast.staff.token).json(body).send().status;
        let [report, paper] =
            [("/v1/reports", &report), ("/v1/documents", &paper)].map(|(path, body)| scope.spawn(move || send(path, body)));
        [report, paper].map(|thread| thread.join().unwrap()).into()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert!(statuses.contains(&409), "{statuses:?}");
}

#[test]
fn of_many_who_take_the_same_number_at_once_one_gets_it() {
    let cast = KimSon::new();
    let statuses: Vec<u16> = std::thread::scope(|scope| {
        let send = || register(&cast, &cast.staff, &outgoing(&cast, 10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo"));
        let threads: Vec<_> = (0..6).map(|_| scope.spawn(send)).collect();
        threads
            .into_iter()
            .map(|thread| {
                let answer = thread.join().unwrap();
                assert!(answer.status == 201 || answer.json()["code"] == Code::AlreadyExists.as_str(), "{}", answer.text());
                answer.status
            })
            .collect()
    });
    assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
    assert_eq!(references(&cast, "year=2018"), ["10/BC-TTHTCĐ"]);
}

#[test]
fn a_paper_refers_to_what_is_there_and_its_own() {
    let cast = KimSon::new();
    let (client, world) = (&cast.world.client, &cast.world);
    let file = world.file(&cast.manager, cast.centre);
    let plan = json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch năm 2018" });
    let plan = client.post("/v1/plans").by(&cast.staff.token).json(&plan).send().expect(201);
    let (_, dispatch) = registered(&cast, &cast.staff, &incoming(&cast, Some(1), "2018-02-21"));
    let (_, old) = registered(&cast, &cast.staff, &outgoing(&cast, 9, "BC-TTHTCĐ", "2018-11-20", "Báo cáo"));
    let mut body = outgoing(&cast, 10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo");
    for (member, value) in [
        ("file_id", json!(file)),
        ("plan_id", plan.json()["id"].clone()),
        ("answers_id", json!(dispatch)),
        ("replaces_id", json!(old)),
    ] {
        body[member] = value;
    }
    let (path, id) = registered(&cast, &cast.staff, &body);
    assert_eq!(references(&cast, &format!("plan_id={}", plan.json()["id"].as_str().unwrap())), ["10/BC-TTHTCĐ"]);

    // What it refers to stays.
    let remove_other = |path: &str| {
        let etag = client.get(path).by(&cast.staff.token).send().expect(200).etag();
        client.delete(path).by(&cast.staff.token).if_match(&etag).send()
    };
    let refused = remove_other(&format!("/v1/files/{file}")).refused(409, "file_in_use");
    assert_eq!(refused["documents"][0]["reference"], "10/BC-TTHTCĐ");
    remove_other(plan.header("location").unwrap()).refused(409, "blocked");
    for paper in [&dispatch, &old] {
        remove_other(&format!("/v1/documents/{paper}")).refused(409, "blocked");
    }

    let elsewhere = world.db_centre(cast.province, world.unit("06673", "2018-12-31"), "TTHTCĐ khác");
    let stranger = world.db_person(cast.province, htcd_domain::access::Role::CentreManager, None, Some(elsewhere));
    let (foreign_file, absent) = (world.file(&stranger, elsewhere), "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11");
    let foreign_plan = json!({ "centre_id": elsewhere, "year": 2018, "title": "Kế hoạch" });
    let foreign_plan = client.post("/v1/plans").by(&stranger.token).json(&foreign_plan).send().expect(201).json()["id"].take();
    for (member, value, rule) in [
        ("file_id", json!(foreign_file), "file_of_holder"),
        ("file_id", json!(absent), "file_of_holder"),
        ("plan_id", foreign_plan, "named_in_scope"),
        ("rating_id", json!(absent), "named_in_scope"),
        ("answers_id", json!(absent), "document_of_register"),
        ("replaces_id", json!(id), "document_of_register"),
    ] {
        change(&cast, &path, &json!({ member: value })).fault(422, "rule_broken", &format!("/{member}"), rule);
    }
    let (_, later) = registered(&cast, &cast.staff, &outgoing(&cast, 11, "BC-TTHTCĐ", "2018-12-26", "Báo cáo"));
    change(&cast, &path, &json!({ "replaces_id": later })).fault(422, "rule_broken", "/replaces_id", "dates_in_order");
    // An upload that is not finished is no paper yet.
    let half = json!({ "centre_id": cast.centre, "name": "a.txt", "media_type": "text/plain", "size": 5 });
    let half = client.post("/v1/files").by(&cast.staff.token).json(&half).send().expect(201).json()["id"].take();
    change(&cast, &path, &json!({ "file_id": half })).fault(422, "rule_broken", "/file_id", "file_of_holder");
    let kept = client.get(&path).by(&cast.staff.token).send().expect(200).json();
    assert_eq!((&kept["file_id"], &kept["answers_id"]), (&json!(file), &json!(dispatch)), "nothing of it was changed");

    // A commune keeps a file of one of its centres.
    let mut notice = outgoing(&cast, 3, "TB-UBND", "2018-05-05", "Thông báo");
    notice.as_object_mut().unwrap().remove("centre_id");
    notice["unit_id"] = json!(cast.commune);
    notice["file_id"] = json!(foreign_file);
    register(&cast, &cast.commune_officer, &notice).fault(422, "rule_broken", "/file_id", "file_of_holder");
    notice["file_id"] = json!(file);
    let (of_commune, _) = registered(&cast, &cast.commune_officer, &notice);
    // All of the province reads it; the centre's people do not write it.
    client.get(&of_commune).by(&stranger.token).send().expect(200);
    change(&cast, &of_commune, &json!({ "subject": "khác" })).refused(403, "outside_scope");
    client.get(&path).by(&stranger.token).send().refused(404, "not_found");

    remove(&cast, &path).expect(204);
    client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
}

/// A rating of 2018 that cites a paper for one criterion and a file for another, and its scores.
struct Rated<'c> {
    cast: &'c KimSon,
    walk: Walk<'c>,
    scores: Vec<Value>,
    paper: (String, String),
    file: String,
}

impl<'c> Rated<'c> {
    fn new(cast: &'c KimSon) -> Self {
        let round = cast.round(2018, "TTHTCD-MAU");
        let scheme = cast.world.scheme(&cast.admin, "TTHTCD-MAU");
        let file = cast.world.file(&cast.manager, cast.centre);
        let mut body = outgoing(cast, 10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo năm 2018");
        body["file_id"] = json!(cast.world.file(&cast.manager, cast.centre));
        let paper = registered(cast, &cast.staff, &body);
        let walk = Walk::start(&cast.world.client, &cast.staff, &round, json!({ "centre_id": cast.centre }));
        let mut scores = scores_but(&scheme, &[]);
        scores[0]["evidence"] = json!([{ "title": "Báo cáo năm", "document_number": "10/BC-TTHTCĐ", "document_id": paper.1 }]);
        scores[1]["evidence"] = json!([{ "title": "Ảnh lớp học", "file_id": file }]);
        Self { cast, walk, scores, paper, file }
    }

    fn decide(&mut self) {
        let cast = self.cast;
        self.walk.step(&cast.staff, "self", json!({ "scores": self.scores }));
        self.walk.step(&cast.manager, "submit", Value::Null);
        self.walk.step(&cast.verifier, "verify", Value::Null);
        self.walk.step(&cast.officer, "decide", json!({ "decision": decision("3/QĐ", "2019-02-01") }));
    }
}

fn remove_file(cast: &KimSon, file: &str) -> Response {
    cast.world.client.delete(&format!("/v1/files/{file}")).by(&cast.staff.token).if_match("*").send()
}

#[test]
fn what_a_decided_rating_cites_is_neither_removed_nor_given_another_number_or_file() {
    let cast = KimSon::new();
    let mut rated = Rated::new(&cast);
    rated.walk.step(&cast.staff, "self", json!({ "scores": rated.scores }));
    let told = rated.walk.read(&cast.officer);
    assert_eq!(told["self"]["scores"][0]["evidence"][0]["document_id"], json!(rated.paper.1));
    assert_eq!(references(&cast, &format!("rating_id={}", rated.walk.id())), ["10/BC-TTHTCĐ"]);

    // While the rating is open, a paper is corrected, and it goes once no assessment cites it.
    let path = rated.paper.0.clone();
    change(&cast, &path, &json!({ "number": 11 })).expect(200);
    change(&cast, &path, &json!({ "number": 10 })).expect(200);
    let blocked = remove(&cast, &path).refused(409, "blocked");
    assert_eq!(
        (&blocked["ratings"][0]["rating_id"], &blocked["ratings"][0]["state"]),
        (&json!(rated.walk.id()), &json!("draft"))
    );
    assert_eq!(remove_file(&cast, &rated.file).refused(409, "file_in_use")["ratings"][0]["year"], 2018);
    let without: Vec<Value> = rated.scores[1..].to_vec();
    rated.walk.step(&cast.staff, "self", json!({ "scores": without }));
    assert_eq!(references(&cast, &format!("rating_id={}", rated.walk.id())), Vec::<String>::new());

    rated.decide();
    let before = cast.world.client.get(&path).by(&cast.staff.token).send().expect(200);
    for members in [
        json!({ "number": 12 }),
        json!({ "symbol": "BC" }),
        json!({ "file_id": null }),
        json!({ "file_id": rated.file }),
        json!({ "signed_on": "2018-11-27" }),
        json!({ "subject": "Báo cáo khác" }),
    ] {
        let refused = change(&cast, &path, &members).refused(409, "cited_as_evidence");
        let member = members.as_object().unwrap().keys().next().unwrap().clone();
        assert_eq!(refused["errors"][0]["pointer"], format!("/{member}"), "{refused}");
        assert_eq!(refused["ratings"][0]["rating_id"], json!(rated.walk.id()));
        assert!(refused["detail"].as_str().unwrap().contains("2018"), "{refused}");
    }
    assert_eq!(remove(&cast, &path).refused(409, "cited_as_evidence")["ratings"][0]["state"], "decided");
    let papers_file = before.json()["file_id"].as_str().unwrap().to_owned();
    for file in [&rated.file, &papers_file] {
        remove_file(&cast, file).refused(409, "cited_as_evidence");
    }
    let after = cast.world.client.get(&path).by(&cast.staff.token).send().expect(200);
    assert_eq!((after.etag(), after.json()), (before.etag(), before.json()), "nothing was lost");
    // What the decision does not rest on may be added.
    change(&cast, &path, &json!({ "keywords": ["năm 2018"], "note": "bản lưu ở tủ số 2" })).expect(200);

    // An amendment that leaves the paper out does not set it free: the history still rests on it.
    let mut amended = rated.scores[0].clone();
    amended["evidence"] = json!([]);
    amended["reason"] = json!("dẫn nhầm báo cáo");
    amended["points"] = json!(1);
    let amendment = json!({ "reason": "dẫn nhầm", "decision": decision("4/QĐ", "2019-03-01"), "scores": [amended] });
    let now = rated.walk.step(&cast.officer, "amend", amendment);
    assert_eq!(now["decided"]["scores"][0]["evidence"], json!([]));
    remove(&cast, &path).refused(409, "cited_as_evidence");
}

#[test]
fn a_paper_that_names_a_rating_as_evidence_is_sealed_with_its_decision() {
    let cast = KimSon::new();
    let mut rated = Rated::new(&cast);
    let id = rated.walk.id().to_owned();
    let mut minutes = outgoing(&cast, 4, "BB-TTHTCĐ", "2018-12-20", "Biên bản họp tự đánh giá");
    minutes["rating_id"] = json!(id);
    minutes["criterion"] = json!("KHONG-CO");
    register(&cast, &cast.staff, &minutes).fault(422, "rule_broken", "/criterion", "criterion_exists");
    minutes["criterion"] = json!("A1");
    let (path, _) = registered(&cast, &cast.staff, &minutes);
    assert_eq!(references(&cast, &format!("rating_id={id}")), ["04/BB-TTHTCĐ"]);
    // As long as the rating is open, it can be taken back.
    remove(&cast, &path).expect(204);
    let (path, _) = registered(&cast, &cast.staff, &minutes);
    rated.decide();
    for members in [json!({ "criterion": "A2" }), json!({ "rating_id": null, "criterion": null }), json!({ "number": 5 })] {
        change(&cast, &path, &members).refused(409, "cited_as_evidence");
    }
    remove(&cast, &path).refused(409, "cited_as_evidence");
    // Nobody adds evidence to what is decided.
    minutes["number"] = json!(5);
    register(&cast, &cast.staff, &minutes).fault(422, "rule_broken", "/rating_id", "rating_open");
}

#[test]
fn evidence_is_what_the_rated_centre_or_a_unit_has() {
    let cast = KimSon::new();
    let world = &cast.world;
    let rated = Rated::new(&cast);
    let sibling: CentreId = world.db_centre(cast.province, cast.commune, "TTHTCĐ Kim Sơn 2");
    let stranger = world.db_person(cast.province, htcd_domain::access::Role::CentreManager, None, Some(sibling));
    let mut theirs = outgoing(&cast, 10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo");
    theirs["centre_id"] = json!(sibling);
    let (_, theirs) = registered(&cast, &stranger, &theirs);
    let their_file = world.file(&stranger, sibling);
    let absent = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";
    // The commune's officer reaches both centres, and still cites the one's paper for the other in vain.
    for (who, member, id, rule) in [
        (&cast.staff, "document_id", theirs.as_str(), "evidence_in_register"),
        (&cast.commune_officer, "document_id", theirs.as_str(), "evidence_in_register"),
        (&cast.staff, "document_id", absent, "evidence_in_register"),
        (&cast.staff, "file_id", their_file.as_str(), "evidence_stored"),
        (&cast.staff, "file_id", absent, "evidence_stored"),
    ] {
        let mut scores = rated.scores.clone();
        scores[2]["evidence"] = json!([{ "title": "Minh chứng" }, { "title": "Minh chứng", member: id }]);
        let refused = rated.walk.attempt(who, "self", &json!({ "scores": scores }));
        refused.fault(422, "rule_broken", &format!("/scores/2/evidence/1/{member}"), rule);
    }
    assert_eq!(rated.walk.read(&cast.staff)["self"], Value::Null, "nothing was saved");

    let mut notice = outgoing(&cast, 3, "QĐ-UBND", "2018-05-05", "Quyết định khen thưởng");
    notice.as_object_mut().unwrap().remove("centre_id");
    notice["unit_id"] = json!(cast.commune);
    let (_, of_commune) = registered(&cast, &cast.commune_officer, &notice);
    let mut scores = rated.scores.clone();
    scores[2]["evidence"] = json!([{ "title": "Quyết định của phường", "document_id": of_commune }]);
    rated.walk.attempt(&cast.staff, "self", &json!({ "scores": scores })).expect(200);
}
