//! What a province submits to the Ministry: sealed, the same bytes years later, verified away from the server, corrected by
//! another one, compared with now.

use std::path::PathBuf;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use htcd_persistence::db::Target;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::process::run;
use crate::support::thai_binh::{ThaiBinh, counts, percents};
use crate::support::walk::decision;

fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// The province's first key.
fn make_key(world: &World, admin: &Person) -> Value {
    world.client.post("/v1/submission_keys").by(&admin.token).send().expect(201).json()
}

fn seal(world: &World, by: &Person, body: &Value) -> Response {
    world.client.post("/v1/submissions").by(&by.token).json(body).send()
}

fn close(world: &World, admin: &Person, round: &str) {
    let path = format!("/v1/rounds/{round}");
    let etag = world.client.get(&path).by(&admin.token).send().expect(200).etag();
    world.client.patch(&path).by(&admin.token).if_match(&etag).json(&json!({ "status": "closed" })).send().expect(200);
}

fn content(world: &World, by: &Person, id: &str, format: &str) -> Response {
    world.client.get(&format!("/v1/submissions/{id}/content?format={format}")).by(&by.token).send().expect(200)
}

/// Somebody of the Ministry.
fn ministry(world: &World) -> Person {
    world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None)
}

/// Corrects the decided result of an imported rating.
fn amend(world: &World, by: &Person, centre: &Value, year: i32, (rank, points): (&str, Option<f64>), reason: &str) {
    let list = format!("/v1/ratings?centre_id={}&year={year}", centre.as_str().unwrap());
    let found = world.client.get(&list).by(&by.token).send().expect(200).json();
    let path = format!("/v1/ratings/{}", found["items"][0]["id"].as_str().unwrap());
    let etag = world.client.get(&path).by(&by.token).send().expect(200).etag();
    // Where the route asks for points, it asks for a decision, too.
    let decision = points.map(|_| decision("45/QĐ-SGDĐT", "2019-03-01"));
    let body = json!({ "reason": reason, "rank": rank, "points": points, "decision": decision });
    world.client.post(&format!("{path}/amend")).by(&by.token).if_match(&etag).json(&body).send().expect(200);
}

/// A folder of a test's own, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("htcd-submissions-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, bytes: &[u8]) -> String {
        let path = self.0.join(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What the command says of a file, and whether it is content. It is given no settings at all.
fn verify(arguments: &[&str]) -> (bool, String) {
    run(&[&["verify-submission"], arguments].concat(), &[], "")
}

#[track_caller]
fn refused(arguments: &[&str], words: &[&str]) {
    let (is_good, said) = verify(arguments);
    assert!(!is_good && said.contains("NOT VALID"), "{said}");
    for word in words {
        assert!(said.contains(word), "{word}: {said}");
    }
}

/// Canonical JSON of a file that was canonical: its names are ASCII, and serde_json keeps them in order.
fn canonical(value: &Value) -> Vec<u8> {
    serde_json::to_vec(value).unwrap()
}

#[test]
fn thai_binh_2011_is_sealed_verified_without_the_server_and_stays_what_it_was() {
    // Hưng Yên's officer submits Thái Bình's 286 centres of 2011; the Ministry verifies them from files alone.
    let cast = ThaiBinh::new();
    let world = &cast.world;
    cast.register_all();
    let round = cast.round(2011);
    cast.import(&round, [158, 125, 3, 0, 0]);
    let of_2011 = json!({ "year": 2011 });

    let preview = world.client.get("/v1/submissions/preview?year=2011").by(&cast.officer.token).send().expect(200).json();
    let codes: Vec<_> = preview["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    assert_eq!((&preview["allowed"], codes), (&json!(false), vec!["no_key", "round_open"]));
    let blocked = seal(world, &cast.officer, &of_2011).refused(409, "blocked");
    assert_eq!(blocked["reasons"][0]["code"], "no_key");
    let key = make_key(world, &cast.admin);
    world.client.post("/v1/submission_keys").by(&cast.admin.token).send().refused(409, "already_exists");
    assert!(key.get("private_key").is_none() && key["kty"] == "OKP");
    let blocked = seal(world, &cast.officer, &of_2011).refused(409, "blocked");
    assert_eq!(blocked["reasons"][0]["code"], "round_open");
    close(world, &cast.admin, &round);

    let made = seal(world, &cast.officer, &of_2011).expect(201);
    let submission = made.json();
    let id = submission["id"].as_str().unwrap();
    assert_eq!(made.header("location"), Some(&*format!("/v1/submissions/{id}")));
    assert_eq!((&submission["number"], &submission["version"], &submission["incomplete"]), (&json!(1), &json!(1), &Value::Null));
    assert_eq!(
        (counts(&submission["total"]), percents(&submission["total"])),
        (vec![158, 125, 3, 0, 0], vec![55.2, 43.7, 1.1, 0.0, 0.0])
    );
    assert_eq!((&submission["map_date"], &submission["map_known_from"]), (&json!("2011-12-31"), &json!("2025-06-30")));
    assert_eq!((&submission["scheme"]["code"], &submission["scheme"]["version"]), (&json!("TTHTCD-MAU-5"), &json!(1)));
    assert_eq!(world.client.get(&format!("/v1/submissions/{id}")).by(&cast.officer.token).send().expect(200).json(), submission);

    // It says what the live aggregate says, in total, by district and by commune.
    let file = content(world, &cast.officer, id, "json");
    let document = file.json();
    let sealed = &document["content"];
    let live = cast.distribution(cast.thai_binh, "year=2011");
    let row = |unit: &Value| {
        let units = sealed["units"].as_array().unwrap();
        units.iter().find(|row| &row["figures"]["key"]["unit_id"] == unit).unwrap_or_else(|| panic!("no row of {unit}"))["figures"].clone()
    };
    // Canonical JSON writes 100.0 as 100.
    let plain = |row: &Value| serde_json::from_slice::<Value>(&htcd_api::seal::canonical(row).unwrap()).unwrap();
    assert_eq!(row(&json!(cast.thai_binh)), plain(&live["total"]));
    let districts = live["rows"].as_array().unwrap();
    assert_eq!(districts.len(), 8);
    for district in districts {
        assert_eq!(row(&district["key"]["unit_id"]), plain(district));
        let below = cast.distribution(district["key"]["unit_id"].as_str().unwrap().parse().unwrap(), "year=2011");
        for commune in below["rows"].as_array().unwrap() {
            assert_eq!(row(&commune["key"]["unit_id"]), plain(commune));
        }
    }
    let records = sealed["records"].as_array().unwrap();
    assert_eq!(records.len(), 286);
    assert!(records.iter().all(|record| record["not_rated"].is_null() && record["unit_ids"].as_array().unwrap().len() == 3));

    // The hash and the signature, by other means than ours.
    assert_eq!(sha256(&canonical(sealed)), submission["sha256"].as_str().unwrap());
    assert_eq!(canonical(&document), file.bytes, "the file itself is canonical");
    let encoded = base64::Engine::encode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, canonical(sealed));
    let signature = &document["signature"];
    let jws = format!("{}.{encoded}.{}", signature["protected"].as_str().unwrap(), signature["signature"].as_str().unwrap());
    let mut lenient = Validation::new(Algorithm::EdDSA);
    lenient.required_spec_claims.clear();
    lenient.validate_exp = false;
    lenient.validate_aud = false;
    let public = DecodingKey::from_ed_components(key["x"].as_str().unwrap()).unwrap();
    assert_eq!(&jsonwebtoken::decode::<Value>(&jws, &public, &lenient).unwrap().claims, sealed);

    // What somebody keeps: the file, what lies beside it, and the keys; then the records move on.
    let ministry = ministry(world);
    let keys = format!("/v1/provinces/{}/submission_keys", submission["province"]["id"].as_str().unwrap());
    let keys = world.client.get(&keys).by(&ministry.token).send().expect(200);
    assert_eq!(keys.json()["keys"][0]["kid"], submission["key_id"]);
    let kept = ["json", "csv", "records_csv", "xlsx"].map(|format| content(world, &ministry, id, format).bytes);
    assert_eq!(kept[0], file.bytes);
    let lines = |bytes: &[u8]| csv::Reader::from_reader(bytes).into_records().count();
    assert_eq!((lines(&kept[2]), lines(&kept[1])), (286, sealed["units"].as_array().unwrap().len() + 1));
    for (entry, bytes) in submission["files"].as_array().unwrap().iter().zip(&kept[1..]) {
        assert_eq!((&entry["sha256"], &entry["size"]), (&json!(sha256(bytes)), &json!(bytes.len())), "{entry}");
    }
    world.clock.advance(TimeDelta::minutes(1));
    let good = records.iter().find(|record| record["rank"] == "tot").unwrap();
    amend(world, &cast.officer, &good["centre_id"], 2011, ("kha", None), "Cộng nhầm điểm tiêu chí A1.");
    assert_eq!(counts(&cast.distribution(cast.thai_binh, "year=2011")["total"]), [157, 126, 3, 0, 0]);
    for (format, bytes) in ["json", "csv", "records_csv", "xlsx"].into_iter().zip(&kept) {
        assert_eq!(&content(world, &cast.officer, id, format).bytes, bytes, "{format}");
    }

    // What has changed since is that one record, and the units above it.
    let diff = world.client.get(&format!("/v1/submissions/{id}/diff")).by(&ministry.token).send().expect(200).json();
    let changed = diff["records"].as_array().unwrap();
    assert_eq!(
        (changed.len(), &changed[0]["change"], &changed[0]["parts"]),
        (1, &json!("changed"), &json!(["rank"])),
        "{changed:#?}"
    );
    assert_eq!(changed[0]["centre_id"], good["centre_id"]);
    assert_eq!(
        (&changed[0]["before"]["rank"], &changed[0]["after"]["rank"], &changed[0]["after"]["amended"]),
        (&json!("tot"), &json!("kha"), &json!(true))
    );
    assert_eq!(changed[0]["amendments"][0]["reason"], "Cộng nhầm điểm tiêu chí A1.");
    let mut units: Vec<_> = diff["units"].as_array().unwrap().iter().map(|unit| unit["unit_id"].clone()).collect();
    let mut above = good["unit_ids"].as_array().unwrap().clone();
    units.sort_by_key(Value::to_string);
    above.sort_by_key(Value::to_string);
    assert_eq!((units, &diff["same_total"]), (above, &json!(false)));
    assert_eq!((counts(&diff["total_before"]), counts(&diff["total_after"])), (vec![158, 125, 3, 0, 0], vec![157, 126, 3, 0, 0]));
    let table =
        world.client.get(&format!("/v1/submissions/{id}/diff?against=now&format=csv")).by(&cast.officer.token).send().expect(200);
    assert!(table.text().lines().count() == 2 && table.text().contains("Cộng nhầm điểm tiêu chí A1."), "{}", table.text());

    verify_at_the_command_line(&kept, &keys.bytes, &document);
}

/// The Ministry's own machine: files, and no server.
fn verify_at_the_command_line(kept: &[Vec<u8>; 4], keys: &[u8], document: &Value) {
    let folder = Folder::new("files");
    let file = folder.write("submission.json", &kept[0]);
    let beside = ["units.csv", "records.csv", "book.xlsx"];
    let beside: Vec<_> = beside.iter().zip(&kept[1..]).map(|(name, bytes)| folder.write(name, bytes)).collect();
    let keys_file = folder.write("keys.json", keys);
    let with_keys = |file: &str| verify(&[file, "--keys", &keys_file]);

    let (is_good, said) =
        verify(&[&file, "--keys", &keys_file, "--with", &beside[0], "--with", &beside[1], "--with", &beside[2]]);
    assert!(is_good && said.contains("VALID: signed with the province's key"), "{said}");
    for word in ["no. 1", "Tỉnh Hưng Yên", "286 counted", "tot 158 (55.2 %)", "is its xlsx", "is its records_csv"] {
        assert!(said.contains(word), "{word}: {said}");
    }
    let (is_good, said) = verify(&[&file]);
    assert!(is_good && said.contains("NOT CHECKED: whose key it is"), "{said}");
    let several = folder.write("several.json", format!("[{}]", String::from_utf8_lossy(keys)).as_bytes());
    assert!(verify(&[&file, "--keys", &several]).0);

    // One byte: a digit of a number, a letter of a name, a blank, a letter of the signature.
    let text = String::from_utf8(kept[0].clone()).unwrap();
    let turned = |from: &str, to: &str| folder.write("turned.json", text.replacen(from, to, 1).as_bytes());
    refused(
        &[&turned("\"count\":158", "\"count\":159"), "--keys", &keys_file],
        &["the signature does not fit", "count of tot is 159, the records inside give 158"],
    );
    refused(&[&turned("TTHTCĐ TB-001", "TTHTCĐ TB-00X"), "--keys", &keys_file], &["the signature does not fit"]);
    refused(&[&turned("{\"content\":{", "{\"content\": {"), "--keys", &keys_file], &["not canonical JSON (RFC 8785)", "byte 12"]);
    let signature = document["signature"]["signature"].as_str().unwrap();
    let other = format!("{}{}", if signature.starts_with('A') { 'B' } else { 'A' }, &signature[1..]);
    refused(&[&turned(signature, &other), "--keys", &keys_file], &["the signature does not fit"]);
    refused(&[&folder.write("cut.json", &kept[0][..kept[0].len() - 1])], &["it is no JSON"]);
    refused(&[&folder.write("none.json", b"{}")], &["it is no submission"]);
    let mut odd = kept[1].clone();
    odd[20] ^= 1;
    refused(&[&file, "--with", &folder.write("odd.csv", &odd)], &["none of those that were signed"]);

    // Somebody else's key: the file is whole in itself, and of another origin.
    let (forged, their_key) = forge(document);
    let forged = folder.write("forged.json", &forged);
    let (is_good, said) = verify(&[&forged]);
    assert!(is_good && said.contains("NOT CHECKED"), "{said}");
    refused(&[&forged, "--keys", &keys_file], &["is not among the trusted ones"]);
    let mut theirs: Value = serde_json::from_slice(keys).unwrap();
    theirs["province_id"] = json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11");
    theirs["province_name"] = json!("Tỉnh khác");
    refused(&[&file, "--keys", &folder.write("theirs.json", theirs.to_string().as_bytes())], &["the key is that of Tỉnh khác"]);
    let mut late: Value = serde_json::from_slice(keys).unwrap();
    late["keys"][0]["created_at"] = json!("2027-01-01T00:00:00Z");
    refused(&[&file, "--keys", &folder.write("late.json", late.to_string().as_bytes())], &["did not sign at"]);
    let named = folder.write("named.json", text.replace(document_kid(document).as_str(), &their_key).as_bytes());
    assert!(with_keys(&named).0, "the key's id stands in the protected header alone, which is not readable text");
    let (is_good, said) = verify(&["/nowhere/submission.json"]);
    assert!(!is_good && said.contains("/nowhere/submission.json"), "{said}");
}

/// The key's id, as the protected header has it.
fn document_kid(document: &Value) -> String {
    let protected = document["signature"]["protected"].as_str().unwrap();
    let header = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, protected).unwrap();
    let header: Value = serde_json::from_slice(&header).unwrap();
    assert_eq!((&header["alg"], &header["typ"]), (&json!("EdDSA"), &json!("htcd-submission+jws")));
    header["kid"].as_str().unwrap().to_owned()
}

/// The same content with a larger total and figures that follow, signed by a key that nobody knows.
fn forge(document: &Value) -> (Vec<u8>, String) {
    let content = serde_json::from_value(document["content"].clone()).unwrap();
    let key = htcd_api::seal::generate("2026-11-22T00:00:00Z".parse().unwrap()).unwrap();
    (htcd_api::seal::seal(content, &key).unwrap().document, key.id)
}

/// Kim Sơn with a decided rating of 2018 in a closed round, and the province's key.
struct Submitting {
    cast: KimSon,
}

impl Submitting {
    fn new() -> Self {
        let cast = KimSon::new();
        let round = cast.round(2018, "TTHTCD-MAU")["id"].as_str().unwrap().to_owned();
        let results = json!({ "round_id": round, "results": [{ "centre_id": cast.centre, "rank": "kha", "points": 72 }] });
        cast.world.client.post("/v1/ratings/import").by(&cast.officer.token).json(&results).send().expect(200);
        close(&cast.world, &cast.admin, &round);
        make_key(&cast.world, &cast.admin);
        Self { cast }
    }

    fn seal(&self, body: Value) -> Response {
        seal(&self.cast.world, &self.cast.officer, &body)
    }

    fn get(&self, by: &Person, path: &str) -> Response {
        self.cast.world.client.get(path).by(&by.token).send()
    }

    fn numbers(&self, by: &Person, query: &str) -> Vec<i64> {
        let list = self.get(by, &format!("/v1/submissions{query}")).expect(200).json();
        list["items"].as_array().unwrap().iter().map(|item| item["number"].as_i64().unwrap()).collect()
    }
}

#[test]
fn a_correction_supersedes_with_a_reason_and_the_old_one_stays() {
    let submitting = Submitting::new();
    let (cast, officer) = (&submitting.cast, &submitting.cast.officer);
    let first = submitting.seal(json!({ "year": 2018 })).expect(201).json();
    let first_id = first["id"].as_str().unwrap();

    let twice = submitting.seal(json!({ "year": 2018 })).refused(409, "already_exists");
    assert_eq!((&twice["submission_id"], &twice["number"]), (&first["id"], &json!(1)));
    let unknown = json!({ "year": 2018, "supersedes_id": cast.centre, "reason": "sai" });
    submitting.seal(unknown).fault(422, "rule_broken", "/supersedes_id", "submission_exists");
    submitting.seal(json!({ "year": 2018, "supersedes_id": first_id })).fault(422, "rule_broken", "/reason", "reason_needed");
    submitting.seal(json!({ "year": 2016 })).fault(422, "rule_broken", "/year", "round_of_year");
    cast.round(2017, "TTHTCD-MAU");
    let other_year = json!({ "year": 2017, "supersedes_id": first_id, "reason": "sai", "accept_incomplete": true });
    submitting.seal(other_year).fault(422, "rule_broken", "/supersedes_id", "same_year_and_subject");
    assert_eq!(submitting.numbers(officer, ""), [1], "refusals sealed nothing");

    cast.world.clock.advance(TimeDelta::minutes(1));
    amend(&cast.world, officer, &json!(cast.centre), 2018, ("trung_binh", Some(60.0)), "Thiếu minh chứng.");
    let correction = json!({ "year": 2018, "supersedes_id": first_id, "reason": "Điều chỉnh theo QĐ 45." });
    let second = submitting.seal(correction.clone()).expect(201).json();
    assert_eq!(
        (&second["number"], &second["version"], &second["reason"]),
        (&json!(2), &json!(2), &json!("Điều chỉnh theo QĐ 45."))
    );
    assert_eq!(second["supersedes"], json!({ "id": first["id"], "number": 1, "sha256": first["sha256"] }));
    let old = submitting.get(officer, &format!("/v1/submissions/{first_id}")).expect(200).json();
    assert_eq!((&old["superseded_by"], &old["sha256"]), (&second["id"], &first["sha256"]));
    let again = submitting.seal(correction).refused(409, "state_conflict");
    assert_eq!(again["number"], 1);
    assert_eq!(submitting.numbers(officer, ""), [2, 1], "newest first");
    assert_eq!(submitting.numbers(officer, "?superseded=false"), [2]);
    assert_eq!(submitting.numbers(officer, "?superseded=true&year=2018&subject=centre"), [1]);
    assert_eq!(submitting.numbers(officer, "?year=2017"), Vec::<i64>::new());
    let pages = cast.world.client.walk(&officer.token, "/v1/submissions?limit=1");
    assert_eq!(pages.iter().map(|item| item["number"].as_i64().unwrap()).collect::<Vec<_>>(), [2, 1]);

    // Between the two, whichever is named first, the earlier one comes first.
    let [one, other] = [(first_id, &second["id"]), (second["id"].as_str().unwrap(), &first["id"])].map(|(id, against)| {
        submitting.get(officer, &format!("/v1/submissions/{id}/diff?against={}", against.as_str().unwrap())).expect(200).json()
    });
    assert_eq!(one, other);
    assert_eq!((&one["before"]["number"], &one["after"]["number"]), (&json!(1), &json!(2)));
    assert_eq!(one["records"][0]["amendments"][0]["reason"], "Thiếu minh chứng.");
    assert_eq!(one["records"][0]["parts"], json!(["rank", "points", "decision"]));
    let since = submitting.get(officer, &format!("/v1/submissions/{}/diff", second["id"].as_str().unwrap())).expect(200).json();
    assert_eq!((&since["records"], &since["units"], &since["same_total"]), (&json!([]), &json!([]), &json!(true)));
    assert_eq!(since["after"]["submission_id"], Value::Null);
    let nobodys = format!("/v1/submissions/{first_id}/diff?against=");
    submitting.get(officer, &format!("{nobodys}{}", cast.centre)).refused(404, "not_found");
    submitting.get(officer, &format!("{nobodys}yesterday")).refused(404, "not_found");
}

#[test]
fn of_two_who_supersede_the_same_one_at_once_one_wins() {
    let submitting = Submitting::new();
    let first = submitting.seal(json!({ "year": 2018 })).expect(201).json();
    for _ in 0..3 {
        let current = submitting.get(&submitting.cast.officer, "/v1/submissions?superseded=false").expect(200).json();
        let body = json!({ "year": 2018, "supersedes_id": current["items"][0]["id"], "reason": "sai" });
        let answers: Vec<Response> = std::thread::scope(|scope| {
            let both: Vec<_> = (0..2).map(|_| scope.spawn(|| submitting.seal(body.clone()))).collect();
            both.into_iter().map(|one| one.join().unwrap()).collect()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{answers:?}");
    }
    assert_eq!(submitting.numbers(&submitting.cast.officer, ""), [4, 3, 2, 1], "no number is left out or given twice");
    assert_eq!(first["number"], 1);
}

#[test]
fn what_is_not_complete_is_sealed_only_by_saying_so() {
    // In Kim Sơn a centre has a draft, and the round is open.
    let cast = KimSon::new();
    let client = &cast.world.client;
    make_key(&cast.world, &cast.admin);
    let round = cast.round(2018, "TTHTCD-MAU");
    let draft = json!({ "round_id": round["id"], "centre_id": cast.centre });
    let draft = client.post("/v1/ratings").by(&cast.manager.token).json(&draft).send().expect(201).json();
    cast.world.db_centre(cast.province, cast.commune, "Không có hồ sơ");

    let refused = seal(&cast.world, &cast.officer, &json!({ "year": 2018 })).refused(409, "blocked");
    let codes: Vec<_> = refused["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
    assert_eq!((codes, &refused["undecided"]), (vec!["round_open", "ratings_undecided"], &json!([draft["id"]])));
    let accepting = json!({ "year": 2018, "accept_incomplete": true });
    seal(&cast.world, &cast.officer, &accepting).fault(422, "rule_broken", "/reason", "reason_needed");
    let accepting = json!({ "year": 2018, "accept_incomplete": true, "reason": "Đến hạn nộp." });
    let sealed = seal(&cast.world, &cast.officer, &accepting).expect(201).json();
    assert_eq!(sealed["incomplete"], json!({ "round_open": true, "undecided": 1 }));
    assert_eq!((&sealed["total"]["base"], &sealed["total"]["coverage_percent"]), (&json!(2), &json!(0.0)));
    let inside = content(&cast.world, &cast.officer, sealed["id"].as_str().unwrap(), "json");
    assert!(!inside.text().contains(draft["id"].as_str().unwrap()), "a draft is not named");
    let inside = inside.json();
    let mut why: Vec<_> =
        inside["content"]["records"].as_array().unwrap().iter().map(|record| record["not_rated"].as_str().unwrap()).collect();
    why.sort_unstable();
    assert_eq!(why, ["no_rating", "not_submitted"]);
}

#[test]
fn titles_of_communes_are_submitted_beside_the_ratings_of_centres() {
    let submitting = Submitting::new();
    let cast = &submitting.cast;
    let scheme = cast.world.scheme(&cast.staff, "CDHT-XA-2023");
    let route = json!([{ "task": "assess", "level": "commune" }, { "task": "decide", "level": "province" }]);
    let round = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Cộng đồng học tập", "route": route });
    let round = cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&round).send().expect(201).json();
    close(&cast.world, &cast.admin, round["id"].as_str().unwrap());
    let centres = submitting.seal(json!({ "year": 2018 })).expect(201).json();
    let communes = submitting.seal(json!({ "year": 2018, "subject": "commune" })).expect(201).json();
    assert_eq!((&centres["number"], &communes["number"], &communes["version"]), (&json!(1), &json!(2), &json!(1)));
    let live = format!("/v1/units/{}/rating_distribution?year=2018&subject=commune", cast.world.unit("22", "2018-12-31"));
    let live = submitting.get(&cast.officer, &live).expect(200).json();
    assert_eq!((&communes["total"]["base"], &communes["total"]["ranks"]), (&live["total"]["base"], &live["total"]["ranks"]));
    assert!(communes["total"]["base"].as_u64().unwrap() > 100);
    let compared =
        format!("/v1/submissions/{}/diff?against={}", centres["id"].as_str().unwrap(), communes["id"].as_str().unwrap());
    submitting.get(&cast.officer, &compared).fault(400, "invalid_parameter", "against", "same_year_and_subject");
}

#[test]
fn the_ministry_reads_every_provinces_submissions_and_another_province_none() {
    let submitting = Submitting::new();
    let (cast, world) = (&submitting.cast, &submitting.cast.world);
    let hung_yen = world.unit("33", "2025-12-31");
    let other = world.db_province(hung_yen);
    let (their_admin, their_officer) = (
        world.db_person(other, Role::ProvinceAdmin, Some(hung_yen), None),
        world.db_person(other, Role::ProvinceOfficer, Some(hung_yen), None),
    );
    let ours = submitting.seal(json!({ "year": 2018 })).expect(201).json();
    make_key(world, &their_admin);
    world.db_centre(other, world.unit("12454", "2018-12-31"), "TTHTCĐ bên cạnh");
    let scheme = world.scheme(&their_admin, "TTHTCD-MAU");
    let round = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Năm 2018", "route": KimSon::route() });
    let round = world.client.post("/v1/rounds").by(&their_admin.token).json(&round).send().expect(201).json();
    close(world, &their_admin, round["id"].as_str().unwrap());
    let theirs = seal(world, &their_officer, &json!({ "year": 2018 })).expect(201).json();
    assert_eq!(theirs["number"], 1, "each province counts for itself");

    let ministry = ministry(world);
    let ids = |query: &str| -> Vec<Value> {
        world
            .client
            .walk(&ministry.token, &format!("/v1/submissions?limit=1{query}"))
            .iter()
            .map(|item| item["id"].clone())
            .collect()
    };
    let all = ids("");
    assert!(all.len() == 2 && all.contains(&ours["id"]) && all.contains(&theirs["id"]), "{all:?}");
    assert_eq!(ids(&format!("&province_id={}", cast.province)), [ours["id"].clone()]);
    for id in [&ours["id"], &theirs["id"]] {
        let path = format!("/v1/submissions/{}", id.as_str().unwrap());
        submitting.get(&ministry, &path).expect(200);
        submitting.get(&ministry, &format!("{path}/diff")).expect(200);
        content(world, &ministry, id.as_str().unwrap(), "xlsx");
    }
    // Seals nothing, and compares no province with another.
    seal(world, &ministry, &json!({ "year": 2018 })).refused(403, "right_missing");
    let across = format!("/v1/submissions/{}/diff?against={}", ours["id"].as_str().unwrap(), theirs["id"].as_str().unwrap());
    submitting.get(&ministry, &across).refused(404, "not_found");

    let path = format!("/v1/submissions/{}", ours["id"].as_str().unwrap());
    for tail in ["", "/content", "/content?format=csv", "/diff"] {
        submitting.get(&cast.admin, &format!("{path}{tail}")).expect(200);
        submitting.get(&their_officer, &format!("{path}{tail}")).refused(404, "not_found");
    }
    let against_ours =
        format!("/v1/submissions/{}/diff?against={}", theirs["id"].as_str().unwrap(), ours["id"].as_str().unwrap());
    submitting.get(&their_officer, &against_ours).refused(404, "not_found");
    submitting.get(&their_officer, &format!("/v1/submissions?province_id={}", cast.province)).refused(404, "not_found");
    submitting.get(&their_officer, &format!("/v1/provinces/{}/submission_keys", cast.province)).refused(404, "not_found");
    let listed = submitting.get(&their_officer, "/v1/submissions").expect(200);
    assert!(!listed.text().contains(ours["id"].as_str().unwrap()) && listed.text().contains(theirs["id"].as_str().unwrap()));
    let superseding = json!({ "year": 2018, "supersedes_id": ours["id"], "reason": "sai" });
    seal(world, &their_officer, &superseding).fault(422, "rule_broken", "/supersedes_id", "submission_exists");
    for (who, status) in [(&cast.verifier, 403), (&cast.manager, 403), (&cast.commune_officer, 403)] {
        submitting.get(who, &path).expect(status);
    }
    submitting.get(&cast.admin, "/v1/submissions/preview?year=2018").refused(403, "right_missing");
}

#[test]
fn a_key_is_replaced_with_a_reason_and_what_the_old_one_signed_stays_good() {
    let submitting = Submitting::new();
    let (cast, world) = (&submitting.cast, &submitting.cast.world);
    let first = submitting.seal(json!({ "year": 2018 })).expect(201).json();
    world.clock.advance(TimeDelta::minutes(1));
    let rotate = |by: &Person| {
        let body = json!({ "reason": "Thay khóa định kỳ." });
        world.client.post("/v1/submission_keys/rotate").by(&by.token).json(&body).send()
    };
    rotate(&cast.officer).refused(403, "right_missing");
    let new = rotate(&cast.admin).expect(201).json();
    assert_ne!(new["kid"], first["key_id"]);
    world.clock.advance(TimeDelta::minutes(1));
    let correction = json!({ "year": 2018, "supersedes_id": first["id"], "reason": "ký lại" });
    let second = submitting.seal(correction).expect(201).json();
    assert_eq!(second["key_id"], new["kid"]);

    let keys = submitting.get(&cast.officer, &format!("/v1/provinces/{}/submission_keys", cast.province)).expect(200);
    let listed = keys.json();
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2);
    assert_eq!((&listed["keys"][0]["kid"], &listed["keys"][0]["retired_at"]), (&new["kid"], &Value::Null));
    assert!(listed["keys"][1]["retired_at"].is_string());
    let folder = Folder::new("rotated");
    let keys = folder.write("keys.json", &keys.bytes);
    for submission in [&first, &second] {
        let bytes = content(world, &cast.officer, submission["id"].as_str().unwrap(), "json").bytes;
        let (is_good, said) = verify(&[&folder.write("submission.json", &bytes), "--keys", &keys]);
        assert!(is_good && said.contains("VALID: signed with the province's key"), "{said}");
    }
    // The trail says who made and replaced keys, and no private half stands in it.
    let trail = submitting.get(&cast.admin, "/v1/audit_records?subject=submission_key").expect(200).json();
    let operations: Vec<_> = trail["items"].as_array().unwrap().iter().map(|item| item["operation"].as_str().unwrap()).collect();
    assert_eq!(operations, ["rotate_submission_key", "create_submission_key"]);
    assert_eq!(trail["items"][0]["reason"], "Thay khóa định kỳ.");
    assert!(!trail.to_string().contains("private"));
}

#[test]
fn a_submission_is_sealed_once_by_its_idempotency_key_and_its_id_is_the_clients() {
    let submitting = Submitting::new();
    let cast = &submitting.cast;
    let body = json!({ "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c99", "year": 2018, "title": "Xếp loại 2018" });
    let send = || cast.world.client.post("/v1/submissions").by(&cast.officer.token).key("nop-bo-2018").json(&body).send();
    let (first, again) = (send().expect(201), send().expect(201));
    assert_eq!(
        (first.bytes, first.headers.iter().find(|(name, _)| name == "etag").cloned()),
        (again.bytes, again.headers.iter().find(|(name, _)| name == "etag").cloned())
    );
    assert_eq!(submitting.numbers(&cast.officer, ""), [1]);
    let taken = json!({ "id": body["id"], "year": 2018, "supersedes_id": body["id"], "reason": "sai" });
    submitting.seal(taken).refused(409, "already_exists");
    let path = format!("/v1/submissions/{}/content", body["id"].as_str().unwrap());
    let etag = submitting.get(&cast.officer, &path).expect(200).etag();
    let known = cast.world.client.get(&path).by(&cast.officer.token).header("if-none-match", &etag).send();
    assert_eq!(known.status, 304);
}

#[test]
fn the_database_itself_refuses_to_change_or_remove_what_was_submitted() {
    let submitting = Submitting::new();
    submitting.seal(json!({ "year": 2018 })).expect(201);
    let mut conn = Target::parse(submitting.cast.world.owner_url()).unwrap().connect().unwrap();
    let recount = || run(&["recount"], &[("HTCD_DATABASE_URL", submitting.cast.world.database_url())], "");
    let (is_well, said) = recount();
    assert!(is_well && said.contains("1 submissions") && said.contains("0 disagreement(s)"), "{said}");
    for sql in [
        "UPDATE submissions SET year = 2017",
        "DELETE FROM submissions",
        "UPDATE submission_files SET sha256 = sha256",
        "DELETE FROM submission_files",
    ] {
        let error = conn.batch_execute(sql).expect_err(sql).to_string();
        assert!(error.contains("neither changed nor removed"), "{sql}: {error}");
    }
    // Somebody who owns the tables can lift the guard; a recount, and the doctor, still name what was changed.
    let is_postgres = crate::support::database::is_postgres();
    let lift =
        if is_postgres { "ALTER TABLE submission_files DISABLE TRIGGER USER" } else { "DROP TRIGGER submission_files_no_update" };
    conn.batch_execute(lift).unwrap();
    let (json, csv) = if is_postgres {
        ("convert_to(replace(convert_from(content, 'UTF8'), '\"count\":1', '\"count\":2'), 'UTF8')", "content || content")
    } else {
        ("CAST(replace(CAST(content AS TEXT), '\"count\":1', '\"count\":2') AS BLOB)", "CAST(content || content AS BLOB)")
    };
    conn.batch_execute(&format!("UPDATE submission_files SET content = {json} WHERE format = 'json'")).unwrap();
    conn.batch_execute(&format!("UPDATE submission_files SET content = {csv} WHERE format = 'csv'")).unwrap();
    let (is_well, said) = recount();
    assert!(!is_well, "{said}");
    for word in ["submission no. 1: the signature does not fit", "count of kha is 2", "csv: its SHA-256 is", "it was listed with"]
    {
        assert!(said.contains(word), "{word}: {said}");
    }
    let (is_well, said) = run(&["doctor"], &[("HTCD_DATABASE_URL", submitting.cast.world.database_url())], "");
    assert!(!is_well && said.contains("fault    figures: ") && said.contains("submission no. 1"), "{said}");
}
