//! Files of a centre: from the announcement over the pieces to the link, and everything that is turned away on the way.

use std::path::PathBuf;

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use htcd_api::clock::{Clock, SystemClock};
use htcd_domain::access::{Role, Scope};
use htcd_domain::file::sha256;
use htcd_persistence::db::{Conn, Target};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::database::is_postgres;
use crate::support::http::{Client, Response};
use crate::support::process::{self, Process};

const PIECE: &str = "application/octet-stream";

/// A PDF of so many bytes.
fn pdf(length: usize) -> Vec<u8> {
    let mut bytes = b"%PDF-1.7\n".to_vec();
    bytes.extend((0u32..).map(|number| (number.wrapping_mul(2_654_435_761) >> 24) as u8).take(length - bytes.len()));
    bytes
}

fn announce(client: &Client, who: &Person, cast: &KimSon, name: &str, media_type: &str, size: usize) -> Response {
    let body = json!({ "centre_id": cast.centre, "name": name, "media_type": media_type, "size": size });
    client.post("/v1/files").by(&who.token).json(&body).send()
}

fn send(client: &Client, who: &Person, path: &str, offset: usize, bytes: &[u8]) -> Response {
    let request = client.put(&format!("{path}/content")).by(&who.token).header("upload-offset", &offset.to_string());
    request.bytes(PIECE, bytes).send()
}

/// A PDF that is stored; the path of its record.
fn stored(cast: &KimSon, bytes: &[u8]) -> String {
    let made = announce(&cast.world.client, &cast.staff, cast, "Báo cáo.pdf", "application/pdf", bytes.len()).expect(201);
    let path = made.header("location").unwrap().to_owned();
    let answer = send(&cast.world.client, &cast.staff, &path, 0, bytes).expect(200).json();
    assert_eq!(answer["state"], "stored");
    path
}

fn link(cast: &KimSon, who: &Person, path: &str) -> String {
    let made = cast.world.client.post(&format!("{path}/links")).by(&who.token).send().expect(201).json();
    made["url"].as_str().unwrap().to_owned()
}

/// What lies in the store, of all provinces.
fn objects(world: &World) -> Vec<PathBuf> {
    let Ok(provinces) = std::fs::read_dir(world.files_folder()) else { return vec![] };
    let files = provinces.flat_map(|province| std::fs::read_dir(province.unwrap().path()).unwrap());
    files.map(|file| file.unwrap().path()).collect()
}

/// Says of everything in the store that it was written now by the world's clock: the folder knows only the machine's.
fn written_now(world: &World) {
    for object in objects(world) {
        let file = std::fs::File::options().append(true).open(object).unwrap();
        file.set_modified(world.clock.now().into()).unwrap();
    }
}

#[test]
fn a_file_arrives_in_pieces_and_a_phone_that_lost_its_network_goes_on_where_it_stopped() {
    let mut cast = KimSon::new();
    let bytes = pdf(100_000);
    let path = {
        let client = &cast.world.client;
        let body = json!({
            "id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c99", "centre_id": cast.centre, "name": "Báo cáo năm 2018.pdf",
            "media_type": "application/pdf", "size": bytes.len(), "sha256": sha256(&bytes).to_uppercase(),
        });
        let made = client.post("/v1/files").by(&cast.staff.token).json(&body).send().expect(201);
        let path = made.header("location").unwrap().to_owned();
        let made = made.json();
        assert_eq!((&made["state"], &made["offset"]), (&json!("uploading"), &json!(0)));
        assert_eq!((&made["upload_until"], &made["longest_piece"]), (&json!("2026-11-23T03:00:00Z"), &json!(2_097_152)));
        client.post("/v1/files").by(&cast.staff.token).json(&body).send().refused(409, "already_exists");
        client.post(&format!("{path}/links")).by(&cast.staff.token).send().refused(409, "state_conflict");

        let first = send(client, &cast.staff, &path, 0, &bytes[..40_000]).expect(200);
        assert_eq!(first.json()["offset"], 40_000);
        assert!(first.etag().starts_with("\"2-"));
        // The answer was lost, and the phone sends the same again; or it guesses.
        for offset in [0, 39_999, 40_001, 100_000] {
            let refused = send(client, &cast.staff, &path, offset, &bytes[..40_000]).refused(409, "upload_offset_mismatch");
            assert_eq!((&refused["offset"], &refused["state"]), (&json!(40_000), &json!("uploading")));
        }
        path
    };
    cast.world.restart();
    let client = &cast.world.client;
    let told = client.get(&path).by(&cast.staff.token).send().expect(200).json();
    let offset = usize::try_from(told["offset"].as_i64().unwrap()).unwrap();
    send(client, &cast.staff, &path, offset, &bytes[offset..offset + 30_000]).expect(200);
    // The manager of the centre goes on with what somebody else began.
    let whole = send(client, &cast.manager, &path, 70_000, &bytes[70_000..]).expect(200).json();
    assert_eq!((&whole["state"], &whole["offset"], &whole["upload_until"]), (&json!("stored"), &json!(100_000), &Value::Null));
    assert_eq!(whole["sha256"], sha256(&bytes));
    let again = send(client, &cast.manager, &path, 70_000, &bytes[70_000..]).refused(409, "state_conflict");
    assert_eq!((&again["state"], &again["offset"]), (&json!("stored"), &json!(100_000)));

    let fetched = client.get(&link(&cast, &cast.officer, &path)).send().expect(200);
    assert!(fetched.bytes == bytes, "what is fetched is what was sent");
    assert_eq!(objects(&cast.world).len(), 1, "of the pieces nothing is left");
    let listed = client.walk(&cast.officer.token, &format!("/v1/files?centre_id={}&limit=1", cast.centre));
    assert_eq!(listed.iter().map(|file| &file["name"]).collect::<Vec<_>>(), ["Báo cáo năm 2018.pdf"]);
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&std::fs::metadata(cast.world.files_folder()).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o700, "the folder is the server's alone");
    }
}

#[test]
fn what_cannot_be_kept_is_refused_when_it_is_announced() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let pdf = "application/pdf";
    announce(client, &cast.staff, &cast, "a.pdf", pdf, 26_214_400).expect(201);
    let refused = announce(client, &cast.staff, &cast, "phim.mp4", "video/mp4", 2_000_000_000).fault(
        422,
        "rule_broken",
        "/size",
        "file_too_large",
    );
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("25 MiB"), "{refused}");
    for (name, media_type, size, pointer, rule) in [
        ("a.pdf", pdf, 0, "/size", "file_empty"),
        ("a.exe", pdf, 1, "/name", "file_ending"),
        ("a.pdf", "image/png", 1, "/name", "file_ending"),
        ("../../etc/a.pdf", pdf, 1, "/name", "file_name"),
        ("a\u{202e}exe.pdf", pdf, 1, "/name", "file_name"),
    ] {
        announce(client, &cast.staff, &cast, name, media_type, size).fault(422, "rule_broken", pointer, rule);
    }
    announce(client, &cast.staff, &cast, "a.exe", "application/x-msdownload", 1).fault(
        422,
        "invalid_body",
        "/media_type",
        "code_unknown",
    );
    announce(client, &cast.officer, &cast, "a.pdf", pdf, 1).refused(403, "right_missing");
    let elsewhere = cast.world.db_centre(cast.province, cast.world.unit("06673", "2018-12-31"), "TTHTCĐ khác");
    let body = json!({ "centre_id": elsewhere, "name": "a.pdf", "media_type": pdf, "size": 1 });
    client.post("/v1/files").by(&cast.staff.token).json(&body).send().fault(422, "rule_broken", "/centre_id", "centre_exists");
    assert_eq!(objects(&cast.world).len(), 0);
}

#[test]
fn a_piece_that_does_not_fit_leaves_the_upload_as_it_was() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let bytes = pdf(50_000);
    let made = announce(client, &cast.staff, &cast, "a.pdf", "application/pdf", bytes.len()).expect(201);
    let path = made.header("location").unwrap().to_owned();
    send(client, &cast.staff, &path, 0, &bytes[..20_000]).expect(200);

    assert_eq!(send(client, &cast.staff, &path, 20_000, &[&bytes[20_000..], b"x"].concat()).rules(422), ["more_than_announced"]);
    assert_eq!(send(client, &cast.staff, &path, 20_000, &bytes[20_000..20_100]).rules(422), ["piece_too_small"]);
    assert_eq!(send(client, &cast.staff, &path, 20_000, b"").rules(422), ["piece_too_small"]);
    send(client, &cast.staff, &path, 20_000, &vec![0; 2_097_153]).refused(413, "body_too_large");
    let content = format!("{path}/content");
    client.put(&content).by(&cast.staff.token).bytes(PIECE, &bytes[20_000..]).send().fault(
        400,
        "malformed_request",
        "Upload-Offset",
        "upload_offset",
    );
    for offset in ["-1", "20000.0", "", "x", "99999999999999999999"] {
        let request = client.put(&content).by(&cast.staff.token).header("upload-offset", offset);
        request.bytes(PIECE, &bytes[20_000..]).send().refused(400, "malformed_request");
    }
    let request = client.put(&content).by(&cast.staff.token).header("upload-offset", "20000");
    request.bytes("application/pdf", &bytes[20_000..]).send().refused(415, "unsupported_media_type");
    assert_eq!(objects(&cast.world).len(), 1, "the piece that was taken, and nothing else");

    let whole = send(client, &cast.staff, &path, 20_000, &bytes[20_000..]).expect(200).json();
    assert_eq!((&whole["state"], &whole["sha256"]), (&json!("stored"), &json!(sha256(&bytes))));
}

#[test]
fn of_two_who_send_the_same_piece_at_once_one_is_told_to_go_on() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let bytes = pdf(60_000);
    let made = announce(client, &cast.staff, &cast, "a.pdf", "application/pdf", bytes.len()).expect(201);
    let path = made.header("location").unwrap().to_owned();
    for part in [0..30_000, 30_000..60_000] {
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let (cast, path, bytes) = (&cast, &path, &bytes);
            let all: Vec<_> = (0..4)
                .map(|_| {
                    let part = part.clone();
                    scope.spawn(move || send(&cast.world.client, &cast.staff, path, part.start, &bytes[part]).status)
                })
                .collect();
            all.into_iter().map(|one| one.join().unwrap()).collect()
        });
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
        assert!(answers.iter().all(|status| [200, 409].contains(status)), "{answers:?}");
    }
    assert!(client.get(&link(&cast, &cast.staff, &path)).send().expect(200).bytes == bytes);
    assert_eq!(objects(&cast.world).len(), 1);
}

#[test]
fn bytes_that_are_not_what_was_announced_are_refused_with_the_rule_and_removed() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    stored(&cast, &pdf(1_000));
    let program = [b"MZ\x90\0\x03\0\0\0".as_slice(), &[0; 56], b"This program cannot be run in DOS mode."].concat();
    let page = b"<!DOCTYPE html><script>alert(document.domain)</script>";
    let (pdf_type, text) = ("application/pdf", "text/plain");
    for (what, name, media_type, bytes) in [
        ("a program of Windows", "a.pdf", pdf_type, program.as_slice()),
        ("a program of Linux", "a.pdf", pdf_type, b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0>\0".as_slice()),
        ("a page", "a.pdf", pdf_type, page),
        ("a page", "a.txt", text, page),
        ("a page", "a.csv", "text/csv", b"\n <html>"),
        ("text in another code", "a.txt", text, b"Bi\xean b\xb6n"),
        ("a picture", "a.pdf", pdf_type, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    ] {
        let made = announce(client, &cast.staff, &cast, name, media_type, bytes.len()).expect(201);
        let path = made.header("location").unwrap().to_owned();
        let refused = send(client, &cast.staff, &path, 0, bytes).fault(422, "rule_broken", "", "content_differs");
        let detail = refused["errors"][0]["detail"].as_str().unwrap();
        assert!(detail.contains("Nội dung") && detail.contains(".docx"), "{what}: {refused}");
        client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
    }

    let bytes = pdf(40_000);
    let body = json!({
        "centre_id": cast.centre, "name": "a.pdf", "media_type": pdf_type, "size": bytes.len(), "sha256": "0".repeat(64),
    });
    let made = client.post("/v1/files").by(&cast.staff.token).json(&body).send().expect(201);
    let path = made.header("location").unwrap().to_owned();
    send(client, &cast.staff, &path, 0, &bytes[..20_000]).expect(200);
    let last = client.put(&format!("{path}/content")).by(&cast.staff.token).header("upload-offset", "20000").in_english();
    let refused = last.bytes(PIECE, &bytes[20_000..]).send().fault(422, "rule_broken", "", "sha256_differs");
    assert!(refused["detail"].as_str().unwrap().contains("removed"), "{refused}");
    client.get(&path).by(&cast.staff.token).send().refused(404, "not_found");
    assert_eq!(objects(&cast.world).len(), 1, "the one that is good, and nothing else");
    let record = client.get("/v1/audit_records?limit=1").by(&cast.admin.token).send().expect(200).json()["items"][0].clone();
    assert_eq!((&record["operation"], &record["reason"]), (&json!("append_file_content"), &json!("sha256_differs")));
    assert_eq!(record["after"], Value::Null);
}

#[test]
fn a_link_is_all_that_is_needed_and_good_for_a_quarter_of_an_hour() {
    let cast = KimSon::new();
    let (client, clock) = (&cast.world.client, &cast.world.clock);
    let bytes = pdf(30_000);
    let path = stored(&cast, &bytes);
    let made = client.post(&format!("{path}/links")).by(&cast.staff.token).key("link-2026-11-22").send().expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    assert_eq!(made.json()["expires_at"], "2026-11-22T03:15:00Z");
    let url = made.json()["url"].as_str().unwrap().to_owned();
    // A link is a secret, and kept nowhere: whoever repeats the request makes another one.
    let again = client.post(&format!("{path}/links")).by(&cast.staff.token).key("link-2026-11-22").send().expect(201);
    assert_eq!(again.json()["url"], Value::Null);

    let fetched = client.get(&url).header("accept-encoding", "gzip").send().expect(200);
    assert!(fetched.bytes == bytes);
    for (name, value) in [
        ("content-type", "application/pdf"),
        ("content-disposition", "attachment; filename=\"B_o c_o.pdf\"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.pdf"),
        ("content-length", "30000"),
        ("cache-control", "private, no-store"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; sandbox"),
        ("etag", &format!("\"{}\"", sha256(&bytes))),
    ] {
        assert_eq!(fetched.header(name), Some(value), "{name}");
    }
    assert_eq!(fetched.header("content-encoding"), None);
    let unchanged = client.get(&url).header("if-none-match", &fetched.etag()).send().expect(304);
    assert!(unchanged.bytes.is_empty());
    let head = client.request("HEAD", &url).send().expect(200);
    assert!(head.bytes.is_empty());

    // Neither a token nor another link passes for it, and it passes for no token.
    let dead = |url: &str| client.get(url).send().refused(404, "link_invalid");
    let token = url.split_once("token=").unwrap().1;
    dead(&format!("/v1/files/content?token={}", cast.staff.token));
    for forged in
        ["", "x", "a.b.c", &token[..token.len() - 4], &format!("{token}A"), &token.replacen('.', ".A", 1), &"a".repeat(5_000)]
    {
        dead(&format!("/v1/files/content?token={forged}"));
    }
    let [head, claims, signature] = token.split('.').collect::<Vec<_>>()[..] else { panic!("{token}") };
    let other = link(&cast, &cast.staff, &stored(&cast, &pdf(200)));
    let [_, others, _] = other.split_once("token=").unwrap().1.split('.').collect::<Vec<_>>()[..] else { panic!("{other}") };
    assert_ne!(claims, others);
    dead(&format!("/v1/files/content?token={head}.{others}.{signature}"));
    client.get("/v1/me").by(token).send().refused(401, "token_invalid");
    client.get("/v1/files/content").send().refused(400, "invalid_parameter");

    clock.advance(TimeDelta::seconds(899));
    client.get(&url).send().expect(200);
    clock.advance(TimeDelta::seconds(1));
    dead(&url);
}

#[test]
fn a_download_that_broke_off_goes_on_by_a_range() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let bytes = pdf(30_000);
    let url = link(&cast, &cast.staff, &stored(&cast, &bytes));
    let etag = client.get(&url).send().expect(200).etag();
    for (range, part) in [
        ("bytes=0-", 0..30_000),
        ("bytes=100-199", 100..200),
        ("bytes=29999-", 29_999..30_000),
        ("bytes=-5", 29_995..30_000),
        ("bytes=20000-99999", 20_000..30_000),
    ] {
        let answer = client.get(&url).header("range", range).header("if-range", &etag).header("accept-encoding", "gzip").send();
        let answer = answer.expect(206);
        assert!(answer.bytes == bytes[part.clone()], "{range}");
        let said = format!("bytes {}-{}/30000", part.start, part.end - 1);
        assert_eq!((answer.header("content-range"), answer.header("etag")), (Some(said.as_str()), Some(etag.as_str())));
    }
    for (range, if_range) in [("bytes=0-9", "\"another\""), ("bytes=0-1,5-6", &etag), ("lines=1-2", &etag), ("bytes=9-0", &etag)]
    {
        let answer = client.get(&url).header("range", range).header("if-range", if_range).send();
        assert!(answer.expect(200).bytes == bytes, "{range}");
    }
    let beyond = client.get(&url).header("range", "bytes=30000-").send();
    assert_eq!(beyond.header("content-range"), Some("bytes */30000"));
    beyond.refused(416, "range_not_satisfiable");
}

#[test]
fn a_file_is_deleted_with_its_bytes_and_its_links_unless_a_record_refers_to_it() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (free, used) = (stored(&cast, &pdf(1_000)), stored(&cast, &pdf(2_000)));
    let url = link(&cast, &cast.staff, &free);
    client.delete(&free).by(&cast.staff.token).send().refused(428, "if_match_required");
    client.delete(&free).by(&cast.staff.token).if_match("\"1\"").send().refused(412, "etag_mismatch");
    client.delete(&free).by(&cast.officer.token).if_match("*").send().refused(403, "right_missing");
    let etag = client.get(&free).by(&cast.staff.token).send().expect(200).etag();
    client.delete(&free).by(&cast.staff.token).if_match(&etag).send().expect(204);
    client.get(&free).by(&cast.staff.token).send().refused(404, "not_found");
    client.get(&url).send().refused(404, "link_invalid");
    assert_eq!(objects(&cast.world).len(), 1);

    // A register of another kind, which refers to the file.
    let kind = if is_postgres() { "uuid" } else { "BLOB" };
    let mut conn = Target::parse(cast.world.owner_url()).unwrap().connect().unwrap();
    let statements = format!(
        "CREATE TABLE papers (province_id {kind} NOT NULL, file_id {kind} NOT NULL,
            CONSTRAINT papers_file_fkey FOREIGN KEY (province_id, file_id) REFERENCES files (province_id, id));
         INSERT INTO papers SELECT province_id, id FROM files"
    );
    match &mut conn {
        Conn::Pg(conn) => conn.batch_execute(&statements).unwrap(),
        Conn::Sqlite(conn) => conn.batch_execute(&statements).unwrap(),
    }
    let refused = client.delete(&used).by(&cast.staff.token).if_match("*").send().refused(409, "file_in_use");
    assert!(refused["detail"].as_str().unwrap().contains("Còn hồ sơ"), "{refused}");
    client.get(&link(&cast, &cast.staff, &used)).send().expect(200);

    match &mut conn {
        Conn::Pg(conn) => conn.batch_execute("DELETE FROM papers").unwrap(),
        Conn::Sqlite(conn) => conn.batch_execute("DELETE FROM papers").unwrap(),
    }
    client.delete(&used).by(&cast.staff.token).if_match("*").send().expect(204);
    assert_eq!(objects(&cast.world).len(), 0);
}

#[test]
fn within_the_tenant_a_file_is_seen_where_its_centre_is_seen() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let path = stored(&cast, &pdf(1_000));
    let commune = cast.world.unit("06673", "2018-12-31");
    let elsewhere = cast.world.db_centre(cast.province, commune, "TTHTCĐ khác");
    let stranger = cast.world.db_person(cast.province, Role::CentreManager, None, Some(elsewhere));
    for who in [&cast.admin, &cast.officer, &cast.verifier, &cast.commune_officer, &cast.manager, &cast.staff] {
        client.get(&path).by(&who.token).send().expect(200);
        client.get(&link(&cast, who, &path)).send().expect(200);
    }
    client.get(&path).by(&stranger.token).send().refused(404, "not_found");
    client.post(&format!("{path}/links")).by(&stranger.token).send().refused(404, "not_found");
    send(client, &stranger, &path, 0, b"x").refused(404, "not_found");
    client.delete(&path).by(&stranger.token).if_match("*").send().refused(404, "not_found");
    let list = format!("/v1/files?centre_id={}", cast.centre);
    client.get(&list).by(&stranger.token).send().refused(404, "not_found");
    assert_eq!(client.walk(&cast.verifier.token, &list).len(), 1);
}

#[test]
fn what_nobody_takes_up_again_and_what_nothing_names_is_swept_and_the_rest_stays() {
    let cast = KimSon::new();
    let (client, app, bytes) = (&cast.world.client, &cast.world.app, pdf(50_000));
    let good = stored(&cast, &bytes);
    let made = announce(client, &cast.staff, &cast, "a.pdf", "application/pdf", bytes.len()).expect(201);
    let abandoned = made.header("location").unwrap().to_owned();
    send(client, &cast.staff, &abandoned, 0, &bytes[..20_000]).expect(200);
    // What a server leaves that dies before it commits, and before it has written all.
    let folder = cast.world.files_folder().join(cast.province.to_string());
    let left = folder.join("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11_0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c12");
    std::fs::write(&left, "left").unwrap();
    std::fs::write(folder.join("0190a6b4_half#1"), "half").unwrap();
    written_now(&cast.world);
    let sweep = || actix_web::rt::System::new().block_on(app.sweep_files(true));
    sweep();
    assert_eq!(objects(&cast.world).len(), 4, "all of it may still be on its way");

    cast.world.clock.advance(TimeDelta::days(8));
    let [staff, admin] = [&cast.staff, &cast.admin].map(|who| cast.world.db_sign_in(who));
    let staff = Person { token: staff, ..cast.staff.clone() };
    send(client, &staff, &abandoned, 20_000, &bytes[20_000..]).refused(409, "state_conflict");
    sweep();
    assert_eq!(objects(&cast.world).len(), 1);
    client.get(&abandoned).by(&staff.token).send().refused(404, "not_found");
    client.get(&good).by(&staff.token).send().expect(200);
    let record = client.get("/v1/audit_records?operation=sweep_files").by(&admin).send().expect(200).json();
    assert_eq!(record["items"].as_array().unwrap().len(), 1, "{record}");
    assert!(cast.world.db.read(&Scope::whole(cast.province), htcd_persistence::audit::verify).unwrap().is_ok());
}

#[test]
fn the_doctor_misses_a_file_whose_bytes_are_gone_or_cut() {
    let cast = KimSon::new();
    stored(&cast, &pdf(1_000));
    let folder = cast.world.files_folder();
    let settings = [("HTCD_DATABASE_URL", cast.world.database_url()), ("HTCD_FILES", folder.to_str().unwrap())];
    let says = |health: &str, words: &str| {
        let (_, said) = process::run(&["doctor"], &settings, "");
        let line = said.lines().find(|line| line.contains(" files: ")).unwrap_or_else(|| panic!("{said}"));
        assert!(line.starts_with(health) && line.contains(words), "{said}");
    };
    says("ok", "1, each whole");
    let object = objects(&cast.world).remove(0);
    std::fs::write(&object, "cut").unwrap();
    says("fault", "1 of 1 are not in the folder");
    std::fs::remove_dir_all(&folder).unwrap();
    says("fault", "is not there");
    assert!(!folder.exists(), "looking makes nothing");
}

#[test]
fn without_its_store_the_server_says_so_and_nothing_is_on_record() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let bytes = pdf(40_000);
    let path = stored(&cast, &bytes);
    let url = link(&cast, &cast.staff, &path);
    let made = announce(client, &cast.staff, &cast, "a.pdf", "application/pdf", bytes.len()).expect(201);
    let other = made.header("location").unwrap().to_owned();
    let folder = cast.world.files_folder();
    std::fs::remove_dir_all(&folder).unwrap();
    std::fs::write(&folder, "no folder").unwrap();
    let away = client.get(&url).send();
    assert!(away.header("retry-after").is_some());
    away.refused(503, "files_away");
    send(client, &cast.staff, &other, 0, &bytes[..20_000]).refused(503, "files_away");
    send(client, &cast.staff, &other, 0, &bytes).refused(503, "files_away");
    let told = client.get(&other).by(&cast.staff.token).send().expect(200).json();
    assert_eq!((&told["offset"], &told["state"]), (&json!(0), &json!("uploading")));
    std::fs::remove_file(&folder).unwrap();
    std::fs::create_dir(&folder).unwrap();
    send(client, &cast.staff, &other, 0, &bytes).expect(200);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_server_that_dies_leaves_an_upload_that_goes_on_or_a_file_that_is_whole() {
    let world = World::new();
    world.clock.advance(SystemClock.now() - world.clock.now());
    let cast = KimSon::in_world(world);
    let folder = cast.world.files_folder();
    let settings = [("HTCD_FILES", folder.to_str().unwrap())];
    let bytes = pdf(900_000);
    let mut stored = 0;
    for round in 0..6u64 {
        let process = Process::start(cast.world.database_url(), &settings);
        let made = announce(&process.client, &cast.staff, &cast, "a.pdf", "application/pdf", bytes.len()).expect(201);
        let path = made.header("location").unwrap().to_owned();
        let (client, acknowledged) = (process.client.clone(), std::sync::Mutex::new(0));
        std::thread::scope(|scope| {
            let (path, bytes, acknowledged, token) = (&path, &bytes, &acknowledged, &cast.staff.token);
            scope.spawn(move || {
                for start in (0..bytes.len()).step_by(30_000) {
                    let piece = &bytes[start..(start + 30_000).min(bytes.len())];
                    let request = client.put(&format!("{path}/content")).by(token).header("upload-offset", &start.to_string());
                    let Some(answer) = request.bytes(PIECE, piece).try_send() else { return };
                    *acknowledged.lock().unwrap() = answer.expect(200).json()["offset"].as_i64().unwrap();
                }
            });
            std::thread::sleep(std::time::Duration::from_millis(60 + 90 * round));
            process.kill();
        });
        // Another server over the same database and the same folder.
        let client = &cast.world.client;
        let told = client.get(&path).by(&cast.staff.token).send().expect(200).json();
        let offset = told["offset"].as_i64().unwrap();
        assert!(offset >= *acknowledged.lock().unwrap(), "round {round}: what was acknowledged is there: {told}");
        if told["state"] == "uploading" {
            let offset = usize::try_from(offset).unwrap();
            let whole = send(client, &cast.staff, &path, offset, &bytes[offset..]).expect(200).json();
            assert_eq!(whole["state"], "stored");
        } else {
            stored += 1;
        }
        let fetched = client.get(&link(&cast, &cast.staff, &path)).send().expect(200);
        assert!(fetched.bytes == bytes, "round {round}");
    }
    assert!(stored < 6, "at least one was cut off");
}
