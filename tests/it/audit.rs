//! Every change leaves one record in its province's chain, and the chain shows when it was tampered with.

use std::collections::BTreeSet;

use diesel::connection::SimpleConnection;
use htcd_domain::access::{Role, Scope};
use htcd_domain::id::ProvinceId;
use htcd_persistence::audit::{self, AuditFilter};
use htcd_persistence::db::Target;
use serde_json::{Value, json};

use crate::smoke::full_scores;
use crate::support::cast::{KimSon, Person};
use crate::support::generate::secured;
use crate::support::http::{Request, Response};
use crate::support::places::Ids;
use crate::support::records::SAMPLES;
use crate::support::walk::decision;

/// Does changes one by one and sees that each leaves its records.
struct Watch<'c> {
    cast: &'c KimSon,
    done: BTreeSet<String>,
}

impl Watch<'_> {
    fn newest(&self, province: ProvinceId) -> (i64, String, String) {
        let records =
            self.cast.world.db.read(&Scope::whole(province), |tx| audit::page(tx, &AuditFilter::default(), None, 1)).unwrap();
        records.first().map(|record| (record.seq, record.operation.clone(), record.username.clone())).unwrap_or_default()
    }

    /// The change succeeds and leaves `count` records of this operation by this person in the chain of `province`.
    #[track_caller]
    fn change(&mut self, operation: &str, person: &Person, province: ProvinceId, count: i64, request: Request<'_>) -> Response {
        let (before, _, _) = self.newest(province);
        let answer = request.by(&person.token).send();
        assert!((200..300).contains(&answer.status), "{operation}: {}", answer.text());
        let (after, by_operation, by_person) = self.newest(province);
        assert_eq!(after - before, count, "{operation}");
        assert_eq!((by_operation.as_str(), by_person.as_str()), (operation, person.username.as_str()));
        self.done.insert(operation.to_owned());
        answer
    }
}

#[test]
fn every_changing_operation_of_the_document_leaves_its_record() {
    let cast = KimSon::new();
    let (world, client, own) = (&cast.world, &cast.world.client, cast.province);
    let platform = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let mut watch = Watch { cast: &cast, done: BTreeSet::new() };
    let decision = |number: &str, date: &str| json!({ "number": number, "date": date, "issuer": "UBND" });

    let unit = json!({ "unit_id": world.unit("33", "2025-12-31") });
    watch.change("create_province", &platform, ProvinceId::NATION, 1, client.post("/v1/provinces").json(&unit));

    let person = json!({ "username": "le.van.a", "display_name": "Lê Văn A", "grants": [] });
    let user = watch.change("create_user", &cast.admin, own, 1, client.post("/v1/users").json(&person));
    let user_path = user.header("location").unwrap().to_owned();
    watch.change(
        "update_user",
        &cast.admin,
        own,
        1,
        client.patch(&user_path).if_match(&user.etag()).json(&json!({ "display_name": "Lê Văn B" })),
    );
    let grant = json!({ "role": "centre_staff", "centre_id": cast.centre });
    let grant =
        watch.change("create_grant", &cast.admin, own, 1, client.post(&format!("{user_path}/grants")).json(&grant)).json();
    watch.change(
        "delete_grant",
        &cast.admin,
        own,
        1,
        client.delete(&format!("{user_path}/grants/{}", grant["id"].as_str().unwrap())),
    );

    let centre = json!({ "name": "TTHTCĐ mới", "commune_id": cast.commune, "operating_model": "standalone",
        "establishment": { "effective_on": "2010-01-01", "decision": decision("1/QĐ", "2009-12-01") } });
    let centre = watch.change("create_centre", &cast.admin, own, 1, client.post("/v1/centres").json(&centre));
    let path = centre.header("location").unwrap().to_owned();
    let changed = watch.change(
        "update_centre",
        &cast.admin,
        own,
        1,
        client.patch(&path).if_match(&centre.etag()).json(&json!({ "has_seal": true })),
    );
    let place = json!({ "commune_id": world.unit("07069", "2026-01-01"), "valid_from": "2025-07-01" });
    watch.change(
        "create_centre_placement",
        &cast.admin,
        own,
        1,
        client.post(&format!("{path}/placements")).if_match(&changed.etag()).json(&place),
    );
    let act = json!({ "act": "suspend", "effective_on": "2026-01-01", "decision": decision("2/QĐ", "2025-12-01"), "reason": "không hoạt động" });
    watch.change("create_centre_act", &cast.admin, own, 1, client.post(&format!("{path}/acts")).if_match("\"3\"").json(&act));
    let old = world.db_centre(cast.province, cast.commune, "TTHTCĐ cũ");
    let merger = json!({ "predecessors": [{ "centre_id": old, "balance_vnd": 5 }], "effective_on": "2025-12-01",
        "decision": decision("5/QĐ", "2025-11-01") });
    // The old centre, an entry in the books of each, and the merger.
    let request = client.post(&format!("/v1/centres/{}/mergers", cast.centre)).json(&merger);
    watch.change("create_centre_merger", &cast.admin, own, 4, request);
    let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    let made = watch.change("create_centre_site", &cast.admin, own, 1, client.post(&format!("{path}/sites")).json(&site));
    let site_path = made.header("location").unwrap().to_owned();
    watch.change(
        "replace_centre_site",
        &cast.admin,
        own,
        1,
        client.put(&site_path).if_match(&made.etag()).json(&json!({ "name": "Trường", "kind": "school" })),
    );

    let sample = world.scheme(&cast.admin, "TTHTCD-MAU");
    let draft = json!({ "code": "QN", "content": sample["content"] });
    let draft = watch.change("create_scheme", &cast.admin, own, 1, client.post("/v1/schemes").json(&draft));
    let scheme_path = draft.header("location").unwrap().to_owned();
    let again = watch.change(
        "replace_scheme",
        &cast.admin,
        own,
        1,
        client.put(&scheme_path).if_match(&draft.etag()).json(&sample["content"]),
    );
    let published = watch
        .change("publish_scheme", &cast.admin, own, 1, client.post(&format!("{scheme_path}/publish")).if_match(&again.etag()))
        .json();
    let round = |year: i32| json!({ "scheme_id": published["id"], "year": year, "title": "Đợt", "route": KimSon::route() });
    let opened = watch.change("create_round", &cast.admin, own, 1, client.post("/v1/rounds").json(&round(2018)));
    let round_path = opened.header("location").unwrap().to_owned();
    watch.change(
        "update_round",
        &cast.admin,
        own,
        1,
        client.patch(&round_path).if_match(&opened.etag()).json(&json!({ "title": "Đợt 2018" })),
    );
    let other = watch.change("create_round", &cast.admin, own, 1, client.post("/v1/rounds").json(&round(2017)));
    let short = [KimSon::route()[0].clone(), KimSon::route()[2].clone()];
    let moved = json!({ "route": short, "reason": "không còn thẩm định" });
    let reroute = format!("{}/reroute", other.header("location").unwrap());
    watch.change("reroute_round", &cast.admin, own, 1, client.post(&reroute).if_match(&other.etag()).json(&moved));
    let round_id = opened.json()["id"].clone();

    let rating = watch.change(
        "create_rating",
        &cast.staff,
        own,
        1,
        client.post("/v1/ratings").json(&json!({ "round_id": round_id, "centre_id": cast.centre })),
    );
    let rating_path = rating.header("location").unwrap().to_owned();
    let at = |step: &str| format!("{rating_path}/{step}");
    let scores = json!({ "scores": full_scores(&sample) });
    let saved = watch.change(
        "save_self_assessment",
        &cast.staff,
        own,
        1,
        client.put(&at("assessments/self")).if_match(&rating.etag()).json(&scores),
    );
    let submitted = watch.change("submit_rating", &cast.manager, own, 1, client.post(&at("submit")).if_match(&saved.etag()));
    let back = json!({ "criteria": ["A1"], "reason": "thiếu minh chứng" });
    let returned =
        watch.change("return_rating", &cast.verifier, own, 1, client.post(&at("return")).if_match(&submitted.etag()).json(&back));
    let submitted = watch.change("submit_rating", &cast.manager, own, 1, client.post(&at("submit")).if_match(&returned.etag()));
    let checked = watch.change(
        "save_verified_assessment",
        &cast.verifier,
        own,
        1,
        client.put(&at("assessments/verified")).if_match(&submitted.etag()).json(&scores),
    );
    let verified = watch.change("verify_rating", &cast.verifier, own, 1, client.post(&at("verify")).if_match(&checked.etag()));
    let decided = watch.change(
        "decide_rating",
        &cast.officer,
        own,
        1,
        client.post(&at("decide")).if_match(&verified.etag()).json(&json!({ "decision": decision("3/QĐ", "2019-02-01") })),
    );
    let correction = json!({ "reason": "cộng nhầm", "decision": decision("4/QĐ", "2019-03-01"), "scores": [{ "criterion": "A1", "points": 1, "reason": "cộng nhầm" }] });
    watch.change("amend_rating", &cast.officer, own, 1, client.post(&at("amend")).if_match(&decided.etag()).json(&correction));

    let many = bulk_ready(&cast, &published, &scores);
    let items: Vec<Value> = many.iter().map(|(id, etag)| json!({ "rating_id": id, "if_match": etag })).collect();
    let bulk = json!({ "decision": decision("5/QĐ", "2020-02-01"), "items": items });
    watch.change("decide_ratings", &cast.officer, own, 2, client.post("/v1/ratings/decide").json(&bulk));

    let past = client.post("/v1/rounds").by(&cast.admin.token).json(&round(2015)).send().expect(201).json();
    let results = json!({ "round_id": past["id"], "results": [{ "centre_id": cast.centre, "rank": "kha" }] });
    watch.change("import_ratings", &cast.officer, own, 1, client.post("/v1/ratings/import").json(&results));
    let older = client.post("/v1/rounds").by(&cast.admin.token).json(&round(2014)).send().expect(201).json();
    let table = format!("centre_id,rank,points\n{},Tốt,\"92,5\"\n", cast.centre);
    let csv = client
        .post(&format!("/v1/ratings/import_csv?round_id={}&number_style=vi", older["id"].as_str().unwrap()))
        .bytes("text/csv", table);
    watch.change("import_ratings_csv", &cast.officer, own, 1, csv);
    watch.change("create_submission_key", &cast.admin, own, 1, client.post("/v1/submission_keys"));
    let rotation = json!({ "reason": "định kỳ" });
    watch.change("rotate_submission_key", &cast.admin, own, 1, client.post("/v1/submission_keys/rotate").json(&rotation));
    let submission = json!({ "year": 2015, "accept_incomplete": true, "reason": "đợt chưa đóng" });
    watch.change("create_submission", &cast.officer, own, 1, client.post("/v1/submissions").json(&submission));
    restructurings(&mut watch);
    files(&mut watch);
    accounts(&mut watch, &user_path);
    records(&mut watch);
    money(&mut watch);
    watch.change("sign_out_everywhere", &cast.staff, own, 1, client.post("/v1/me/sign_out_everywhere"));

    let document = htcd_api::document::document();
    let changing: BTreeSet<String> = secured(&document)
        .iter()
        .filter(|operation| operation.method != "get")
        .map(|operation| operation.value["operationId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(watch.done, changing, "each changing operation of the document is done here once");
    for province in [own, ProvinceId::NATION] {
        assert!(world.db.read(&Scope::whole(province), audit::verify).unwrap().is_ok(), "the chain is sound");
    }
}

/// A restructuring that divides Hà Tu, and a centre there.
fn restructurings(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let (client, own, admin) = (&cast.world.client, cast.province, &cast.admin);
    let (ha_tu, province) = (cast.world.unit("06652", "2026-01-01"), cast.world.unit("22", "2026-01-01"));
    let centre = cast.world.db_centre(own, ha_tu, "TTHTCĐ phường Hà Tu");
    let (one, two) = ("0190a6b4-7c1e-7d33-9f00-000000000002", "0190a6b4-7c1e-7d33-9f00-000000000003");
    let ward = |id: &str, code: &str, name: &str| json!({ "unit_id": id, "code": code, "kind": "ward", "name_vi": name, "parent_id": province });
    let part = |id: &str| json!({ "predecessor_id": ha_tu, "successor_id": id, "extent": "part" });
    let draft = json!({
        "title": "Chia phường Hà Tu", "effective_on": "2026-10-01", "decision": decision("1/NQ-HĐND", "2026-09-10"),
        "units": [ward(one, "06652", "Phường Hà Tu Đông"), ward(two, "06653", "Phường Hà Tu Tây")], "successions": [part(one), part(two)],
    });
    let made = watch.change("create_restructuring", admin, own, 1, client.post("/v1/restructurings").json(&draft));
    let path = made.header("location").unwrap().to_owned();
    let request = client.put(&path).if_match(&made.etag()).json(&draft);
    let made = watch.change("replace_restructuring", admin, own, 1, request);
    let request = client.post(&format!("{path}/preview")).if_match(&made.etag());
    let made = watch.change("preview_restructuring", admin, own, 1, request);
    let items = json!({ "items": [{ "centre_id": centre, "commune_id": one }] });
    watch.change("place_centres", admin, own, 1, client.post(&format!("{path}/placements")).json(&items));
    let made = client.post(&format!("{path}/preview")).by(&admin.token).if_match(&made.etag()).send().expect(200);
    let request = client.post(&format!("{path}/apply")).if_match(&made.etag()).json(&json!({}));
    let made = watch.change("apply_restructuring", admin, own, 2, request);
    let request = client.post(&format!("{path}/undo")).if_match(&made.etag()).json(&json!({ "reason": "bị hủy" }));
    watch.change("undo_restructuring", admin, own, 2, request);
    let units = "code,level,type_vi,name_vi,name_en,parent_code,valid_from,valid_to,era,region_class\n";
    let lineage = "old_era,old_code,new_era,new_code,kind,level,extent\n";
    let import = json!({
        "title": "Từ tệp", "effective_on": "2026-10-01", "decision": decision("2/NQ-HĐND", "2026-09-10"),
        "units_csv": units, "lineage_csv": lineage,
    });
    let made =
        watch.change("import_restructuring", admin, own, 1, client.post("/v1/restructurings/import_lineage").json(&import));
    let request = client.delete(made.header("location").unwrap()).if_match(&made.etag());
    watch.change("delete_restructuring", admin, own, 1, request);
}

/// A file, from its announcement to its end.
fn files(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let (client, own, staff) = (&cast.world.client, cast.province, &cast.staff);
    let file = json!({ "centre_id": cast.centre, "name": "a.txt", "media_type": "text/plain", "size": 5 });
    let made = watch.change("create_file", staff, own, 1, client.post("/v1/files").json(&file));
    let path = made.header("location").unwrap().to_owned();
    let piece = client.put(&format!("{path}/content")).header("upload-offset", "0").bytes("application/octet-stream", "đơn");
    watch.change("append_file_content", staff, own, 1, piece);
    watch.change("create_file_link", staff, own, 1, client.post(&format!("{path}/links")));
    watch.change("delete_file", staff, own, 1, client.delete(&path).if_match("*"));
}

/// What people do with accounts, their own and others'.
fn accounts(watch: &mut Watch<'_>, user_path: &str) {
    let cast = watch.cast;
    let (client, own, admin) = (&cast.world.client, cast.province, &cast.admin);
    watch.change(
        "create_user_code",
        admin,
        own,
        1,
        client.post(&format!("{user_path}/codes")).json(&json!({ "delivery": "answer" })),
    );
    let identity = json!({ "issuer": "https://sso.example", "subject": "le.van.a" });
    let request = client.post(&format!("{user_path}/identities")).json(&identity);
    let identity = watch.change("create_user_identity", admin, own, 1, request).json();
    let request = client.delete(&format!("{user_path}/identities/{}", identity["id"].as_str().unwrap()));
    watch.change("delete_user_identity", admin, own, 1, request);
    watch.change("sign_out_user", admin, own, 1, client.post(&format!("{user_path}/sign_out")));
    let policy = client.get("/v1/sign_in_policy").by(&admin.token).send().expect(200);
    let request = client.put("/v1/sign_in_policy").if_match(&policy.etag()).json(&json!({ "totp_roles": [] }));
    watch.change("replace_sign_in_policy", admin, own, 1, request);
    let nothing = json!({ "centres": false, "ratings": false, "activities": false, "news": false });
    let shown = client.get("/v1/publication").by(&admin.token).send().expect(200);
    let request = client.put("/v1/publication").if_match(&shown.etag()).json(&nothing);
    watch.change("replace_publication", admin, own, 1, request);
    let rules = client.get("/v1/finding_rules").by(&admin.token).send().expect(200);
    let request = client.put("/v1/finding_rules").if_match(&rules.etag()).json(&json!({ "settings": [] }));
    watch.change("replace_finding_rules", admin, own, 1, request);
    let calendar = client.get("/v1/calendar").by(&admin.token).send().expect(200);
    let request = client.put("/v1/calendar").if_match(&calendar.etag()).json(&json!({ "days": [] }));
    watch.change("replace_calendar", admin, own, 1, request);

    let program = json!({ "name": "Cổng dữ liệu", "permissions": ["me"], "expires_at": "2027-01-01T00:00:00Z" });
    let made = watch.change("create_service_account", admin, own, 1, client.post("/v1/service_accounts").json(&program));
    let path = made.header("location").unwrap().to_owned();
    let request = client.patch(&path).if_match(&made.etag()).json(&json!({ "name": "Cổng" }));
    watch.change("update_service_account", admin, own, 1, request);
    let secret = watch.change("create_service_secret", admin, own, 1, client.post(&format!("{path}/secrets"))).json();
    let secret = format!("{path}/secrets/{}", secret["id"].as_str().unwrap());
    watch.change("delete_service_secret", admin, own, 1, client.delete(&secret));

    let leave = json!({ "delegate_username": cast.staff.username, "reason": "nghỉ phép", "valid_until": "2026-12-01T00:00:00Z" });
    let leave = watch.change("create_delegation", admin, own, 1, client.post("/v1/me/delegations").json(&leave)).json();
    let leave = format!("/v1/me/delegations/{}", leave["id"].as_str().unwrap());
    watch.change("delete_delegation", admin, own, 1, client.delete(&leave));

    let (lan, password) = ("pham.thi.lan", "ba con vịt và một cái thang");
    let body = json!({ "username": lan, "display_name": "Phạm Thị Lan" });
    let invited = client.post("/v1/users").by(&admin.token).json(&body).send().expect(201).json();
    cast.world.activate(&invited, password);
    let token = cast.world.sign_in(lan, password);
    let lan = Person { token, username: lan.into(), ..cast.staff.clone() };
    let other = cast.world.sign_in(&lan.username, password);
    let sessions = client.get("/v1/me/sessions").by(&other).send().expect(200).json();
    let session = sessions.as_array().unwrap().iter().find(|session| session["current"] == true).unwrap();
    let session = format!("/v1/me/sessions/{}", session["id"].as_str().unwrap());
    watch.change("delete_own_session", &lan, own, 1, client.delete(&session));
    let change = json!({ "current_password": password, "password": "bốn cái ghế màu xanh lá" });
    watch.change("change_password", &lan, own, 1, client.put("/v1/me/password").json(&change));
    let setup = watch.change("create_authenticator", &lan, own, 1, client.post("/v1/me/authenticator")).json();
    let code = |world: &crate::support::World| json!({ "code": world.totp(&setup) });
    let request = client.post("/v1/me/authenticator/confirm").json(&code(&cast.world));
    watch.change("confirm_authenticator", &lan, own, 1, request);
    cast.world.clock.advance(chrono::TimeDelta::seconds(30));
    let request = client.post("/v1/me/authenticator/remove").json(&code(&cast.world));
    watch.change("remove_authenticator", &lan, own, 1, request);
    let setup = client.post("/v1/me/authenticator").by(&lan.token).send().expect(201).json();
    cast.world.clock.advance(chrono::TimeDelta::seconds(30));
    let confirm = json!({ "code": cast.world.totp(&setup) });
    client.post("/v1/me/authenticator/confirm").by(&lan.token).json(&confirm).send().expect(200);
    let id = invited["id"].as_str().unwrap();
    let table =
        "username,display_name,role,unit_code\nhai.nguoi,Người Hai,province_officer,22\nba.nguoi,Người Ba,province_officer,22\n";
    let request = client.post("/v1/users/import_csv").bytes("text/csv", table);
    watch.change("import_users_csv", admin, own, 2, request);
    watch.change("delete_user_authenticator", admin, own, 1, client.delete(&format!("/v1/users/{id}/authenticator")));
    let request = client.post(&format!("/v1/users/{id}/anonymise")).json(&json!({ "reason": "theo yêu cầu" }));
    watch.change("anonymise_user", admin, own, 1, request);
}

/// Two ratings of 2019 that wait for their decision.
fn bulk_ready(cast: &KimSon, scheme: &Value, scores: &Value) -> Vec<(Value, String)> {
    let client = &cast.world.client;
    let body = json!({ "scheme_id": scheme["id"], "year": 2019, "title": "2019", "route": KimSon::route() });
    let round = client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json();
    let second = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let second_manager = cast.world.db_person(cast.province, Role::CentreManager, None, Some(second));
    [(cast.centre, &cast.manager), (second, &second_manager)]
        .into_iter()
        .map(|(centre, manager)| {
            let made = client
                .post("/v1/ratings")
                .by(&manager.token)
                .json(&json!({ "round_id": round["id"], "centre_id": centre }))
                .send()
                .expect(201);
            let path = made.header("location").unwrap().to_owned();
            let saved = client
                .put(&format!("{path}/assessments/self"))
                .by(&manager.token)
                .if_match(&made.etag())
                .json(scores)
                .send()
                .expect(200);
            let submitted = client.post(&format!("{path}/submit")).by(&manager.token).if_match(&saved.etag()).send().expect(200);
            let verified =
                client.post(&format!("{path}/verify")).by(&cast.verifier.token).if_match(&submitted.etag()).send().expect(200);
            (made.json()["id"].clone(), verified.etag())
        })
        .collect()
}

#[test]
fn the_database_itself_refuses_to_change_or_remove_a_record() {
    let cast = KimSon::new();
    let mut conn = Target::parse(cast.world.owner_url()).unwrap().connect().unwrap();
    for sql in ["UPDATE audit_records SET username = 'x'", "DELETE FROM audit_records"] {
        let error = conn.batch_execute(sql).expect_err(sql).to_string();
        assert!(error.contains("neither changed nor removed"), "{error}");
    }
}

#[test]
fn a_record_that_was_changed_behind_the_back_is_found_and_named() {
    let cast = KimSon::new();
    for name in ["một", "hai", "ba"] {
        cast.world.db_centre(cast.province, cast.commune, name);
    }
    let verify = || cast.world.db.read(&Scope::whole(cast.province), audit::verify).unwrap();
    assert_eq!(verify().unwrap().seq, 4);
    let mut conn = Target::parse(cast.world.owner_url()).unwrap().connect().unwrap();
    let is_postgres = crate::support::database::is_postgres();
    // Somebody who owns the tables can lift the guard; the chain still shows it.
    let lift = if is_postgres {
        "ALTER TABLE audit_records DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER audit_records_no_update; DROP TRIGGER audit_records_no_delete"
    };
    conn.batch_execute(lift).unwrap();
    conn.batch_execute("UPDATE audit_records SET after = '{}' WHERE seq = 2 AND subject = 'centre'").unwrap();
    assert_eq!(verify().unwrap_err().seq, 2);
    conn.batch_execute("DELETE FROM audit_records WHERE seq = 2 AND subject = 'centre'").unwrap();
    let found = verify().unwrap_err();
    assert_eq!((found.seq, found.what), (3, "a record is missing before this one"));
}

#[test]
fn the_trail_is_exported_whole_in_its_order_and_that_is_put_on_record() {
    let cast = KimSon::new();
    for name in ["một", "hai", "ba"] {
        cast.world.db_centre(cast.province, cast.commune, name);
    }
    let get = |query: &str| cast.world.client.get(&format!("/v1/audit_records/export{query}")).by(&cast.officer.token).send();
    let answer = get("").expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let lines: Vec<htcd_domain::audit::AuditRecord> =
        answer.text().lines().map(|line| serde_json::from_str(line).expect("a record on each line")).collect();
    let mut end = (0, htcd_domain::audit::GENESIS.to_owned());
    for record in &lines {
        assert!(record.is_sound(cast.province, end.0, &end.1), "whoever has the export can check the chain");
        end = (record.seq, record.hash.clone());
    }
    assert_eq!(end.0, 4);
    let rest = get("?after=4").expect(200).text();
    assert!(rest.lines().count() == 1 && rest.contains("export_audit_records") && rest.contains(&cast.officer.username));
    assert_eq!(get("?after=1&limit=2").expect(200).text().lines().count(), 2);
    get("?limit=0").fault(400, "invalid_parameter", "limit", "range");
    cast.world.client.get("/v1/audit_records/export").by(&cast.staff.token).send().refused(403, "right_missing");

    // What a spreadsheet would run is made a text.
    let path = format!("/v1/users/{}/anonymise", cast.staff.id);
    let reason = json!({ "reason": "=HYPERLINK(\"http://x\")" });
    cast.world.client.post(&path).by(&cast.admin.token).json(&reason).send().expect(200);
    let table = get("?format=csv").expect(200);
    assert_eq!(table.header("content-type"), Some("text/csv; charset=utf-8"));
    let text = table.text();
    assert!(text.starts_with("seq,at,user_id,") && text.contains("\"'=HYPERLINK(") && !text.contains(",=HYPERLINK"), "{text}");
}

/// What is done with plans beyond writing them.
fn plan_steps(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let (client, own) = (&cast.world.client, cast.province);
    let body = json!({ "centre_id": cast.centre, "year": 2017, "title": "Kế hoạch năm 2017" });
    let made = client.post("/v1/plans").by(&cast.staff.token).json(&body).send().expect(201);
    let path = made.header("location").unwrap().to_owned();
    let item = json!({ "plan_id": made.json()["id"], "month": 3, "category": "law", "title": "Luật Đất đai" });
    client.post("/v1/plan_items").by(&cast.staff.token).json(&item).send().expect(201);
    let step = |path: &str, act: &str, etag: &str| client.post(&format!("{path}/{act}")).if_match(etag);
    let submitted = watch.change("submit_plan", &cast.staff, own, 1, step(&path, "submit", &made.etag()));
    let back = step(&path, "return", &submitted.etag()).json(&json!({ "reason": "thiếu mục" }));
    let returned = watch.change("return_plan", &cast.commune_officer, own, 1, back);
    let submitted = watch.change("submit_plan", &cast.staff, own, 1, step(&path, "submit", &returned.etag()));
    let approval = json!({ "approved_on": "2017-01-15" });
    let approve = |path: &str, etag: &str| step(path, "approve", etag).json(&approval);
    let approved = watch.change("approve_plan", &cast.commune_officer, own, 1, approve(&path, &submitted.etag()));
    let revision = watch.change("revise_plan", &cast.staff, own, 1, step(&path, "revise", &approved.etag()));
    let path = revision.header("location").unwrap().to_owned();
    let submitted = watch.change("submit_plan", &cast.staff, own, 1, step(&path, "submit", &revision.etag()));
    // The plan that it revises is superseded, which is a record of its own.
    watch.change("approve_plan", &cast.commune_officer, own, 2, approve(&path, &submitted.etag()));
}

/// A news item that is shown and taken back.
fn news_steps(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let (client, own) = (&cast.world.client, cast.province);
    let body = json!({ "centre_id": cast.centre, "title": "Tin", "body": "Chữ." });
    let made = client.post("/v1/news").by(&cast.staff.token).json(&body).send().expect(201);
    let path = made.header("location").unwrap().to_owned();
    let step = |act: &str, etag: &str| client.post(&format!("{path}/{act}")).if_match(etag).json(&json!({}));
    let shown = watch.change("publish_news", &cast.manager, own, 1, step("publish", &made.etag()));
    watch.change("withdraw_news", &cast.manager, own, 1, step("withdraw", &shown.etag()));
}

/// Each of the year's records is made, changed, and in the end removed.
fn records(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let client = &cast.world.client;
    let document = htcd_api::document::document();
    let operation = |method: &str, path: &str| {
        secured(&document)
            .into_iter()
            .find(|operation| operation.method == method && operation.path == path)
            .map(|operation| operation.value["operationId"].as_str().unwrap().to_owned())
    };
    let mut ids = Ids::from([("centre_id", cast.centre.to_string()), ("unit_id", cast.commune.to_string())]);
    let mut made = vec![];
    for sample in SAMPLES {
        let by = match sample.by {
            Role::ProvinceAdmin => &cast.admin,
            Role::CommuneOfficer => &cast.commune_officer,
            _ => &cast.manager,
        };
        let create = operation("post", sample.path).expect("it can be made");
        let request = client.post(sample.path).json(&(sample.body)(&ids));
        let mut answer = watch.change(&create, by, cast.province, 1, request);
        let id = answer.json()["id"].as_str().unwrap().to_owned();
        let one = format!("{}/{{{}}}", sample.path, sample.id);
        let url = format!("{}/{id}", sample.path);
        if let Some(patch) = sample.patch {
            let change = operation("patch", &one).expect("it can be changed");
            let request = client.patch(&url).if_match(&answer.etag()).json(&patch());
            answer = watch.change(&change, by, cast.province, 1, request);
        }
        ids.insert(sample.id, id);
        made.push((by, operation("delete", &one), url, answer.etag()));
    }
    let path = format!("/v1/extensions/{}/withdraw", ids["extension_id"]);
    let request = client.post(&path).if_match("*").json(&json!({ "reason": "cấp nhầm" }));
    watch.change("withdraw_extension", &cast.admin, cast.province, 1, request);
    let mut again = (SAMPLES.iter().find(|sample| sample.id == "activity_id").unwrap().body)(&ids);
    again["id"] = json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c99");
    let batch = client.post("/v1/activities/batch").json(&json!({ "items": [again] }));
    watch.change("create_activities", &cast.staff, cast.province, 1, batch);
    report(watch);
    let number = json!({ "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c98", "unit_id": cast.commune, "year": 2018, "indicator": "hamlets", "value": 5 });
    let batch = client.post("/v1/profile_values/batch").json(&json!({ "items": [number] }));
    watch.change("create_profile_values", &cast.staff, cast.province, 1, batch);
    let who = json!({ "centre_id": cast.centre, "full_name": "Trần Văn Minh", "kind": "rapporteur" });
    let who = client.post("/v1/rapporteurs").by(&cast.staff.token).json(&who).send().expect(201);
    let contact = format!("{}/contact", who.header("location").unwrap());
    let request = client.put(&contact).if_match(&who.etag()).json(&json!({ "phone": "0912 345 678" }));
    watch.change("replace_rapporteur_contact", &cast.staff, cast.province, 1, request);
    let decision = json!({ "number": "7/QĐ", "date": "2019-01-01", "issuer": "UBND" });
    let chief = json!({ "post": "director", "person": { "centre_id": cast.centre, "full_name": "Trần Thị Mai" } });
    let act = json!({ "body": "board", "effective_on": "2019-02-01", "decision": decision, "appoint": [chief] });
    let request = client.post(&format!("/v1/centres/{}/reconstitutions", cast.centre)).json(&act);
    // Somebody new, an appointment, and the act.
    watch.change("create_centre_reconstitution", &cast.commune_officer, cast.province, 3, request);
    let who = json!({ "centre_id": cast.centre, "full_name": "Lê Thị Hoa" });
    let who = client.post("/v1/persons").by(&cast.staff.token).json(&who).send().expect(201);
    let path = who.header("location").unwrap();
    let request = client.post(&format!("{path}/anonymise")).if_match(&who.etag()).json(&json!({ "reason": "theo yêu cầu" }));
    watch.change("anonymise_person", &cast.admin, cast.province, 1, request);
    plan_steps(watch);
    news_steps(watch);
    for (by, delete, url, etag) in made.into_iter().rev() {
        if let Some(delete) = delete {
            watch.change(&delete, by, cast.province, 1, client.delete(&url).if_match(&etag));
        }
    }
}

/// A report is handed in, returned, handed in again and accepted. It stays.
fn report(watch: &mut Watch<'_>) {
    let (cast, own) = (watch.cast, watch.cast.province);
    let client = &cast.world.client;
    let body = json!({
        "centre_id": cast.centre, "kind": "half_year", "period": "2018-H1", "number": 8, "signed_on": "2018-07-18",
        "addressees": ["Ủy ban nhân dân phường Kim Sơn"], "signer": { "name": "Nguyễn Văn An" },
    });
    let made = watch.change("create_report", &cast.manager, own, 1, client.post("/v1/reports").json(&body));
    let path = made.header("location").unwrap().to_owned();
    let step = |act: &str| client.post(&format!("{path}/{act}")).if_match("*");
    watch.change("submit_report", &cast.manager, own, 1, step("submit"));
    let reason = json!({ "reason": "Thiếu số lượt nữ." });
    watch.change("return_report", &cast.commune_officer, own, 1, step("return").json(&reason));
    watch.change("submit_report", &cast.manager, own, 1, step("submit"));
    watch.change("accept_report", &cast.commune_officer, own, 1, step("accept"));
}

/// An estimate and a settlement on their way, and the lock of the books.
fn money(watch: &mut Watch<'_>) {
    let cast = watch.cast;
    let (client, own, centre) = (&cast.world.client, cast.province, cast.centre);
    let (manager, approver) = (&cast.manager, &cast.commune_officer);
    let decision = json!({ "decision": { "number": "5/QĐ-UBND", "date": "2018-01-02", "issuer": "Chủ tịch UBND phường" } });
    let back = json!({ "reason": "thiếu thuyết minh" });
    let budget =
        json!({ "centre_id": centre, "year": 2018, "lines": [{ "direction": "income", "source": "people", "amount_vnd": 1 }] });
    let settlement = json!({ "centre_id": centre, "year": 2017, "opening_vnd": 0 });
    for (kind, plural, body) in [("budget", "budgets", budget), ("settlement", "settlements", settlement)] {
        let made = client.post(&format!("/v1/{plural}")).by(&manager.token).json(&body).send().expect(201);
        let path = made.header("location").unwrap().to_owned();
        let at = |act: &str, answer: &Response| client.post(&format!("{path}/{act}")).if_match(&answer.etag());
        let operation = |act: &str| format!("{act}_{kind}");
        let sent = watch.change(&operation("submit"), manager, own, 1, at("submit", &made));
        let mut sent_back = watch.change(&operation("return"), approver, own, 1, at("return", &sent).json(&back));
        if kind == "settlement" {
            sent_back = watch.change(&operation("prepare"), manager, own, 1, at("prepare", &sent_back));
        }
        let sent = watch.change(&operation("submit"), manager, own, 1, at("submit", &sent_back));
        // The approval of a settlement locks its year, which is on record by itself.
        let records = if kind == "settlement" { 2 } else { 1 };
        watch.change(&operation("approve"), approver, own, records, at("approve", &sent).json(&decision));
    }
    let path = format!("/v1/centres/{centre}/money_lock");
    let lock = client.get(&path).by(&approver.token).send().expect(200);
    let request = client.put(&path).if_match(&lock.etag()).json(&json!({ "locked_to": "2018-01-31" }));
    watch.change("replace_money_lock", approver, own, 1, request);
}

#[test]
fn records_are_found_by_who_what_and_when() {
    let cast = KimSon::new();
    cast.world.clock.advance(chrono::TimeDelta::days(1));
    let admin = cast.world.db_sign_in(&cast.admin);
    let body = json!({ "username": "lan", "display_name": "Lan" });
    cast.world.client.post("/v1/users").by(&admin).json(&body).send().expect(201);
    let count = |query: &str| cast.world.client.walk(&admin, &format!("/v1/audit_records?{query}")).len();
    assert_eq!((count("operation=create_user"), count("subject=user"), count("")), (1, 1, 2));
    assert_eq!((count("from=2026-11-23T00:00:00Z"), count("to=2026-11-23T00:00:00Z")), (1, 1));
    assert_eq!((count(&format!("user_id={}", cast.admin.id)), count(&format!("user_id={}", cast.staff.id))), (1, 0));
}
