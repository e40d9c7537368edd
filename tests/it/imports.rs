//! Decided results of past years, as JSON and as CSV: checked whole before anything is stored.

use htcd_api::clock::Clock;
use htcd_domain::access::{Grant, Role};
use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::Response;

/// Quảng Ninh with some centres that have codes, and a round of 2018.
struct Backlog {
    cast: KimSon,
    /// `QN-0`, `QN-1` …
    centres: Vec<CentreId>,
    round: String,
}

impl Backlog {
    fn new() -> Self {
        let cast = KimSon::new();
        let centres = (0..4).map(|n| Self::register(&cast, &format!("QN-{n}"), "2008-01-01")).collect();
        let round = cast.round(2018, "TTHTCD-MAU")["id"].as_str().unwrap().to_owned();
        Self { cast, centres, round }
    }

    fn register(cast: &KimSon, code: &str, from: &str) -> CentreId {
        let body = json!({
            "code": code, "name": format!("Trung tâm {code}"), "commune_id": cast.commune, "operating_model": "standalone",
            "establishment": { "effective_on": from, "decision": { "number": "1/QĐ-UBND", "date": from, "issuer": "UBND huyện" } },
        });
        let made = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
        made["id"].as_str().unwrap().parse().unwrap()
    }

    fn csv(&self, options: &str, table: &str) -> Response {
        let path = format!("/v1/ratings/import_csv?round_id={}&{options}", self.round);
        self.cast.world.client.post(&path).by(&self.cast.officer.token).bytes("text/csv", table).send()
    }

    fn json(&self, query: &str, results: &Value) -> Response {
        let body = json!({ "round_id": self.round, "results": results });
        self.cast.world.client.post(&format!("/v1/ratings/import{query}")).by(&self.cast.officer.token).json(&body).send()
    }

    fn stored(&self) -> Vec<Value> {
        let page = self.cast.world.client.get("/v1/ratings?limit=200").by(&self.cast.officer.token).send().expect(200).json();
        page["items"].as_array().unwrap().clone()
    }

    fn stored_of(&self, centre: usize) -> Value {
        let id = json!(self.centres[centre]);
        self.stored().into_iter().find(|rating| rating["centre_id"] == id).expect("a rating of the centre")
    }
}

/// Rules by row and column.
fn faults(answer: Response) -> Vec<(String, String)> {
    let body = answer.refused(422, "invalid_body");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = body["errors"].as_array().unwrap();
    assert!(errors.iter().all(|e| e["in"] == "table"), "{body:#}");
    errors.iter().map(|e| (text(&e["pointer"]), text(&e["rule"]))).collect()
}

fn fault(pointer: &str, rule: &str) -> (String, String) {
    (pointer.into(), rule.into())
}

#[test]
fn past_results_are_entered_as_json_and_stand_decided() {
    let backlog = Backlog::new();
    let decision = json!({ "number": "15/QĐ-SGDĐT", "date": "2019-01-15", "issuer": "Sở GD&ĐT" });
    let results = json!([
        { "centre_id": backlog.centres[0], "rank": "tot", "points": 92.5, "decision": decision },
        { "centre_code": "QN-1", "rank": "kha" },
        { "centre_id": backlog.centres[2], "centre_code": "QN-2", "rank": "kha", "points": 70 },
    ]);
    let told = backlog.json("", &results).expect(200).json();
    assert_eq!(told, json!({ "dry_run": false, "imported": 3, "by_rank": { "tot": 1, "kha": 2 } }));

    let first = backlog.stored_of(0);
    assert_eq!((&first["state"], &first["source"], &first["stage"]), (&json!("decided"), &json!("import"), &json!(3)));
    assert_eq!(
        (&first["decided"]["outcome"], &first["decision"]["number"]),
        (&json!({ "rank": "tot", "points": 92.5 }), &json!("15/QĐ-SGDĐT"))
    );
    assert_eq!(
        (&first["self"], &first["decided"]["scores"], &first["commune_id"]),
        (&Value::Null, &json!([]), &json!(backlog.cast.commune))
    );
    assert_eq!(backlog.stored_of(1)["decided"]["outcome"], json!({ "rank": "kha", "points": null }));

    // It is corrected by its rank, and points that would not fit are refused.
    let path = format!("/v1/ratings/{}", first["id"].as_str().unwrap());
    let client = &backlog.cast.world.client;
    let amend = |body: Value| {
        let tag = client.get(&path).by(&backlog.cast.officer.token).send().expect(200).etag();
        client.post(&format!("{path}/amend")).by(&backlog.cast.officer.token).if_match(&tag).json(&body).send()
    };
    let with =
        |rank: Value, points: Value| json!({ "reason": "Nhập nhầm", "decision": decision, "rank": rank, "points": points });
    assert_eq!(amend(with(Value::Null, json!(80))).rules(422), ["rank_needed"]);
    assert_eq!(amend(with(json!("kem"), Value::Null)).rules(422), ["rank_of_scheme"]);
    assert_eq!(amend(with(json!("kha"), json!(69))).rules(422), ["points_fit_rank"]);
    assert_eq!(amend(with(json!("tot"), json!(100.5))).rules(422), ["points_fit_rank"], "there are 100 points");
    let amended = amend(with(json!("kha"), json!(84.99))).expect(200).json();
    assert_eq!(
        (&amended["state"], &amended["decided"]["outcome"]),
        (&json!("amended"), &json!({ "rank": "kha", "points": 84.99 }))
    );
}

#[test]
fn a_csv_table_is_read_in_its_declared_style() {
    // The same four results, each time in another way of writing them.
    let vietnamese = "\u{feff}centre_code;rank;points;decision_number;decision_date;decision_issuer\r\nQN-0;Tốt;92,5;15/QĐ;15/01/2019;Sở GD&ĐT\r\nQN-1;khá;70;;;\r\nQN-2;Trung bình;;;;\r\nQN-3;yếu;1,25;;;\r\n";
    let english = "rank,centre_code,points,decision_date,decision_number\ntot,QN-0,92.5,2019-01-15,15/QĐ\nkha,QN-1,70,,\nTRUNG BINH,QN-2,,,\nyeu,QN-3,1.25,,\n";
    let tabs = english.replace(',', "\t");
    let quoted = vietnamese.replace(';', ",").replace("92,5", "\"92,5\"").replace("1,25", "\"1,25\"");
    for (options, table) in [
        ("number_style=vi&delimiter=semicolon", vietnamese),
        ("number_style=en", english),
        ("number_style=en&delimiter=tab", &tabs),
        ("number_style=vi&delimiter=comma", &quoted),
    ] {
        let backlog = Backlog::new();
        let told = backlog.csv(options, table).expect(200).json();
        assert_eq!(told["by_rank"], json!({ "tot": 1, "kha": 1, "trung_binh": 1, "yeu": 1 }), "{options}");
        let first = backlog.stored_of(0);
        assert_eq!(
            (&first["decided"]["outcome"]["points"], &first["decision"]["date"]),
            (&json!(92.5), &json!("2019-01-15")),
            "{options}"
        );
        assert_eq!(backlog.stored_of(3)["decided"]["outcome"], json!({ "rank": "yeu", "points": 1.25 }), "{options}");
    }
}

#[test]
fn each_fault_of_a_table_is_named_by_row_and_column() {
    let backlog = Backlog::new();
    let table = "centre_code,centre_id,rank,points,decision_number,decision_date\n\
                 QN-0,,giỏi,,,\n\
                 QN-1,nobody,kha,,,\n\
                 QN-2,,kha,85.5,,\n\
                 QN-3,,kha,\"71,5\",7/QĐ,2019-01-15\n\
                 QN-0,,tot,,7/QĐ,\n\
                 QN-0,,tot\n\
                 QN-0,,tot,,\u{7}7/QĐ,15/01/2019\n";
    let expected = [
        fault("2,rank", "rank"),
        fault("3,centre_id", "uuid"),
        fault("4,points", "number_style"),
        fault("5,decision_date", "date_style"),
        fault("5,decision_number", "decision_whole"),
        fault("6,decision_number", "decision_whole"),
        fault("7,-", "row_shape"),
        fault("8,decision_number", "text"),
    ];
    assert_eq!(faults(backlog.csv("number_style=vi", table)), expected);

    let heads = [
        ("centre_code,rank,weight\nQN-0,tot,1\n", vec![fault("1,3", "unknown_column")]),
        ("centre_code,rank,rank\nQN-0,tot,tot\n", vec![fault("1,rank", "column_once")]),
        ("centre_code,points\nQN-0,1\n", vec![fault("1,-", "columns_needed")]),
        ("rank\ntot\n", vec![fault("1,-", "columns_needed")]),
        ("", vec![fault("1,-", "columns_needed")]),
        ("centre_code,rank\n", vec![fault("2,-", "no_rows")]),
    ];
    for (table, expected) in heads {
        let found = faults(backlog.csv("number_style=en", table));
        assert!(expected.iter().all(|fault| found.contains(fault)), "{table:?}: {found:?}");
    }
    let path = format!("/v1/ratings/import_csv?round_id={}&number_style=en", backlog.round);
    let post = |content_type: &str, bytes: &[u8]| {
        backlog.cast.world.client.post(&path).by(&backlog.cast.officer.token).bytes(content_type, bytes).send()
    };
    assert_eq!(faults(post("text/csv", b"centre_code,rank\nQN-0,tot\nQN-\xff,tot\n")), [fault("3,-", "row_shape")]);
    post("application/json", b"centre_code,rank\nQN-0,tot\n").refused(415, "unsupported_media_type");
    for options in ["", "number_style=fr", "number_style=en&delimiter=pipe"] {
        backlog.csv(options, "centre_code,rank\nQN-0,tot\n").refused(400, "invalid_parameter");
    }
    assert_eq!(backlog.stored(), Vec::<Value>::new(), "nothing of all this was stored");
}

#[test]
fn rows_are_counted_as_a_spreadsheet_shows_them() {
    // An empty line in the middle, as people leave them.
    let backlog = Backlog::new();
    assert_eq!(
        faults(backlog.csv("number_style=en", "centre_code,rank\nQN-0,tot\n\nQN-9,tot\n")),
        [fault("4,centre_code", "centre_unknown")]
    );
    assert_eq!(faults(backlog.csv("number_style=en", "centre_code,rank\n\nQN-0,giỏi\n")), [fault("3,rank", "rank")]);
}

#[test]
fn results_that_do_not_fit_the_round_are_refused_together_and_nothing_is_stored() {
    // A centre founded in 2019, one dissolved in 2017, one of Hưng Yên, one that has its rating already.
    let backlog = Backlog::new();
    let cast = &backlog.cast;
    let client = &cast.world.client;
    Backlog::register(cast, "QN-MOI", "2019-01-01");
    let ended = Backlog::register(cast, "QN-CU", "2008-01-01");
    let tag = client.get(&format!("/v1/centres/{ended}")).by(&cast.admin.token).send().expect(200).etag();
    let act = json!({ "act": "dissolve", "effective_on": "2018-12-31", "reason": "Không hiệu quả", "decision": { "number": "9/QĐ", "date": "2018-12-01", "issuer": "UBND" } });
    client.post(&format!("/v1/centres/{ended}/acts")).by(&cast.admin.token).if_match(&tag).json(&act).send().expect(201);
    let unit = cast.world.unit("33", "2025-12-31");
    let hung_yen = cast.world.db_province(unit);
    let foreign = cast.world.db_centre(hung_yen, cast.world.unit("13225", "2018-12-31"), "Trung tâm tỉnh khác");
    backlog.json("", &json!([{ "centre_code": "QN-3", "rank": "kha" }])).expect(200);

    let results = json!([
        { "centre_code": "QN-0", "rank": "tot", "points": 85 },
        { "centre_code": "QN-MOI", "rank": "kha" },
        { "centre_code": "QN-CU", "rank": "kha" },
        { "centre_id": foreign, "rank": "kha" },
        { "centre_code": "QN-KHONG", "rank": "kha" },
        { "centre_id": backlog.centres[1], "centre_code": "QN-2", "rank": "kha" },
        { "rank": "kha" },
        { "centre_id": backlog.centres[0], "rank": "kha" },
        { "centre_code": "QN-3", "rank": "kha" },
        { "centre_code": "QN-1", "rank": "kem" },
        { "centre_code": "QN-2", "rank": "kha", "points": 69, "decision": { "number": "1", "date": "2026-11-23", "issuer": "Sở" } },
    ]);
    let expected = [
        fault("3,centre_code", "centre_existed"),
        fault("4,centre_code", "centre_existed"),
        fault("5,centre_id", "centre_unknown"),
        fault("6,centre_code", "centre_unknown"),
        fault("7,centre_id", "centre_unknown"),
        fault("8,centre_code", "centre_unknown"),
        fault("9,centre_id", "centre_once"),
        fault("10,centre_code", "already_rated"),
        fault("11,rank", "rank_of_scheme"),
        fault("12,points", "points_fit_rank"),
        fault("12,decision_date", "decision_date"),
    ];
    assert_eq!(faults(backlog.json("", &results)), expected);
    assert_eq!(faults(backlog.json("?dry_run=true", &results)), expected, "a rehearsal says the same");
    assert_eq!(backlog.stored().len(), 1, "what was there before");

    // Points by the thresholds: tốt from 85, but with a condition besides, so more points can be khá all the same.
    for (rank, points, fits) in [
        ("tot", 84.99, false),
        ("tot", 100.01, false),
        ("kha", 69.99, false),
        ("kha", 100.0, true),
        ("trung_binh", 70.0, false),
        ("yeu", 0.0, true),
    ] {
        let answer = backlog.json("?dry_run=true", &json!([{ "centre_code": "QN-0", "rank": rank, "points": points }]));
        assert_eq!(answer.status, if fits { 200 } else { 422 }, "{rank} {points}: {}", answer.text());
    }
}

#[test]
fn a_dry_run_says_what_would_be_stored_and_stores_nothing() {
    let backlog = Backlog::new();
    let results = json!([{ "centre_code": "QN-0", "rank": "tot" }]);
    let expected = json!({ "dry_run": true, "imported": 1, "by_rank": { "tot": 1 } });
    assert_eq!(backlog.json("?dry_run=true", &results).expect(200).json(), expected);
    assert_eq!(backlog.csv("number_style=vi&dry_run=true", "centre_code,rank\nQN-0,Tốt\n").expect(200).json(), expected);
    assert_eq!(backlog.stored(), Vec::<Value>::new());
    backlog.json("?dry_run=false", &results).expect(200);
    assert_eq!(backlog.stored().len(), 1);
}

#[test]
fn who_imports_and_into_which_round() {
    let backlog = Backlog::new();
    let cast = &backlog.cast;
    let results = json!([{ "centre_code": "QN-0", "rank": "tot" }]);
    let send = |token: &str, round: &Value| {
        let body = json!({ "round_id": round, "results": results });
        cast.world.client.post("/v1/ratings/import").by(token).json(&body).send()
    };
    for who in [&cast.verifier, &cast.commune_officer, &cast.manager, &cast.staff] {
        send(&who.token, &json!(backlog.round)).refused(403, "right_missing");
    }
    let unit = cast.world.unit("33", "2025-12-31");
    let foreign = cast.world.db_person(cast.world.db_province(unit), Role::ProvinceAdmin, Some(unit), None);
    assert_eq!(send(&foreign.token, &json!(backlog.round)).rules(422), ["round_exists"]);
    assert_eq!(send(&cast.admin.token, &json!(cast.centre)).rules(422), ["round_exists"]);
    assert_eq!(backlog.stored(), Vec::<Value>::new());
    send(&cast.admin.token, &json!(backlog.round)).expect(200);
}

#[test]
fn the_same_import_sent_twice_is_stored_once() {
    let backlog = Backlog::new();
    let send = |results: Value| {
        let body = json!({ "round_id": backlog.round, "results": results });
        backlog.cast.world.client.post("/v1/ratings/import").by(&backlog.cast.officer.token).key("import-2018").json(&body).send()
    };
    let first = send(json!([{ "centre_code": "QN-0", "rank": "tot" }])).expect(200);
    assert_eq!(send(json!([{ "centre_code": "QN-0", "rank": "tot" }])).expect(200).bytes, first.bytes);
    send(json!([{ "centre_code": "QN-1", "rank": "tot" }])).refused(422, "idempotency_key_reused");
    assert_eq!(backlog.stored().len(), 1);
}

#[test]
fn at_most_5000_rows_are_read_at_once() {
    let backlog = Backlog::new();
    let table = |rows: usize, row: &str| format!("centre_code,rank,points\n{}", format!("{row}\n").repeat(rows));
    let found = faults(backlog.csv("number_style=en", &table(5001, "QN-0,tot,90")));
    assert_eq!(found, [fault("5002,-", "too_many_rows")]);
    let found = faults(backlog.csv("number_style=en", &table(5000, "QN-0,tot,90")));
    assert_eq!((found.len(), &found[0]), (4999, &fault("3,centre_code", "centre_once")));
    // Two faults in a row are still one row.
    let found = faults(backlog.csv("number_style=en", &table(2600, "QN-0,giỏi,x")));
    assert_eq!(found.len(), 5200);
    assert!(found.iter().all(|(_, rule)| rule != "too_many_rows"));

    let results: Vec<_> = (0..5001).map(|_| json!({ "centre_code": "QN-0", "rank": "tot" })).collect();
    let refused = backlog.json("", &json!(results)).refused(422, "invalid_body");
    assert_eq!((&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]), (&json!("length"), &json!("/results")));
    backlog.json("", &json!([])).refused(422, "invalid_body");
    assert_eq!(backlog.stored(), Vec::<Value>::new());
}

#[test]
fn nobody_enters_the_result_of_what_they_manage() {
    // Hoa is an officer of the province and was one of the commune in 2018; of the commune's centres she enters none.
    let backlog = Backlog::new();
    let cast = &backlog.cast;
    let (province, elsewhere) = (cast.world.unit("22", "2025-12-31"), cast.world.unit("07093", "2018-12-31"));
    let day = |text: &str| text.parse().unwrap();
    let grant = |role, unit, from: &str, to: Option<&str>| Grant {
        id: htcd_api::clock::new_id(cast.world.clock.now()),
        role,
        unit_id: Some(unit),
        centre_id: None,
        valid_from: day(from),
        valid_to: to.map(day),
        taken_on: None,
    };
    let hoa = cast.world.db_person_with(
        cast.province,
        vec![
            grant(Role::ProvinceOfficer, province, "2020-01-01", None),
            grant(Role::CommuneOfficer, cast.commune, "2015-01-01", Some("2018-01-31")),
        ],
    );
    let far = cast.world.db_centre(cast.province, elsewhere, "Trung tâm phường khác");
    let send = |results: Value, query: &str| {
        let body = json!({ "round_id": backlog.round, "results": results });
        cast.world.client.post(&format!("/v1/ratings/import{query}")).by(&hoa.token).json(&body).send()
    };
    let mixed = json!([{ "centre_id": far, "rank": "kha" }, { "centre_code": "QN-1", "rank": "tot" }]);
    for query in ["?dry_run=true", ""] {
        let body = send(mixed.clone(), query).refused(403, "separation_of_duties");
        assert_eq!((&body["errors"][0]["pointer"], &body["errors"][0]["rule"]), (&json!("3,-"), &json!("manages_centre")));
        assert_eq!(body["errors"].as_array().unwrap().len(), 1, "{body:#}");
    }
    assert!(backlog.stored().is_empty());
    send(json!([{ "centre_id": far, "rank": "kha" }]), "").expect(200);
    backlog.json("", &json!([{ "centre_code": "QN-1", "rank": "tot" }])).expect(200);
}
