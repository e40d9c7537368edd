//! A centre's report: counted from the records, written by hand where the form has words, frozen when it is handed in,
//! returned, handed in again, accepted by somebody else.

use std::io::{Cursor, Read as _};

use calamine::{Data, Reader, Xlsx};
use diesel::connection::SimpleConnection as _;
use htcd_domain::access::Role;
use htcd_persistence::db::Target;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::activity_summaries::{TABLE, kim_son_2018, record, total_of};
use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;

/// What Kim Sơn wrote by hand in report 10/BC-TTHTCĐ of 26 November 2018. The name of its signer is made up.
fn kim_son_report(cast: &KimSon) -> Value {
    json!({
        "centre_id": cast.centre, "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "due_on": "2018-11-30", "issuing_body": "Trung tâm học tập cộng đồng",
        "addressees": ["Ủy ban nhân dân phường Kim Sơn", "Phòng Giáo dục và Đào tạo thị xã Đông Triều"],
        "recipients": ["Như trên", "Hội Khuyến học phường", "Lưu: VT"],
        "signer": { "authority": "TM. Ban Giám đốc", "name": "Nguyễn Văn An" },
        "texts": {
            "setting": "Phường Kim Sơn có diện tích tự nhiên 10,37 km², dân số 9.154 người, chia thành 5 khu phố.",
            "board": "Ban Giám đốc gồm 01 giám đốc, 02 phó giám đốc và 01 giáo viên biệt phái. Mỗi khu phố có một nhà văn hóa với ban quản lý riêng.",
            "planning": "- Kế hoạch số 06/KH-TTHTCĐ ngày 12 tháng 01 năm 2018 về hoạt động năm 2018;\n- Kế hoạch số 08/KH-TTHTCĐ ngày 18 tháng 7 năm 2018 về sơ kết 6 tháng đầu năm;\n- Kế hoạch số 99/KH ngày 18 tháng 9 năm 2018 về Tuần lễ hưởng ứng học tập suốt đời.",
            "facilities": "01 hội trường với 300 bộ bàn ghế; 01 văn phòng; 05 nhà văn hóa, 05 điểm thể thao và 07 tủ sách pháp luật.",
            "finance": "Thực hiện theo Quyết định số 09/2008/QĐ-BGDĐT và Quyết định số 3607/2010 của Ủy ban nhân dân tỉnh.",
            "needs_survey": "Phối hợp với Hội Khuyến học phường điều tra nhu cầu học tập của nhân dân.",
            "effectiveness": "- Tỷ lệ người biết chữ đạt 100%;\n- Hộ nghèo còn 02 hộ (0,08%), giảm 04 hộ;\n- 94% số hộ tham gia thu gom rác thải hằng ngày, tăng 1,0%.",
            "targets": "Phấn đấu ít nhất 70% người dân tham gia học tập, hoàn thành 100% kế hoạch.",
        },
        "judgements": {
            "agencies": "effective", "mass_organisations": "effective", "enterprises": "not_yet_effective",
            "benefactors": "not_yet", "religious_bodies": "not_yet",
        },
    })
}

fn begin(cast: &KimSon, by: &Person, body: &Value) -> Response {
    cast.world.client.post("/v1/reports").by(&by.token).json(body).send()
}

fn begun(cast: &KimSon) -> String {
    begin(cast, &cast.staff, &kim_son_report(cast)).expect(201).header("location").unwrap().to_owned()
}

fn read(cast: &KimSon, path: &str) -> Value {
    cast.world.client.get(path).by(&cast.staff.token).send().expect(200).json()
}

fn bytes(cast: &KimSon, path: &str, query: &str) -> Vec<u8> {
    cast.world.client.get(&format!("{path}/document?{query}")).by(&cast.staff.token).send().expect(200).bytes
}

fn step(cast: &KimSon, by: &Person, path: &str, act: &str, body: Option<Value>) -> Response {
    let request = cast.world.client.post(&format!("{path}/{act}")).by(&by.token).if_match("*");
    match body {
        Some(body) => request.json(&body).send(),
        None => request.send(),
    }
}

fn submit(cast: &KimSon, path: &str) -> Value {
    step(cast, &cast.manager, path, "submit", None).expect(200).json()
}

/// The texts of a Word document's table rows, cell by cell.
fn docx_rows(bytes: &[u8]) -> Vec<Vec<String>> {
    let text = docx_text(bytes);
    let texts = |cell: &str| -> String {
        cell.split("<w:t").skip(1).filter_map(|rest| rest.split_once('>')?.1.split_once("</w:t>").map(|(text, _)| text)).collect()
    };
    text.split("<w:tr>")
        .skip(1)
        .map(|row| row.split("</w:tc>").filter(|cell| cell.contains("<w:tc>")).map(texts).collect())
        .collect()
}

fn docx_text(bytes: &[u8]) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes)).expect("a ZIP");
    let mut text = String::new();
    archive.by_name("word/document.xml").expect("a document").read_to_string(&mut text).expect("text");
    text
}

/// The table of the report, as its papers show it: ten rows and the total.
fn expected_rows() -> Vec<[String; 5]> {
    let names = [
        "Học nghề ngắn hạn",
        "Giáo dục pháp luật",
        "Giáo dục sức khỏe",
        "Giáo dục môi trường",
        "Văn hóa xã hội",
        "Phát triển kinh tế",
        "Kỹ năng sống",
        "Chuyên đề của chương trình khác",
        "Văn nghệ, thể dục thể thao",
    ];
    let grouped =
        |number: i64| if number < 1000 { number.to_string() } else { format!("{}.{:03}", number / 1000, number % 1000) };
    let blank = String::new;
    let mut rows = vec![["1".into(), "Xóa mù chữ, giáo dục sau biết chữ".into(), blank(), blank(), blank()]];
    for (place, (name, (_, classes, people))) in names.iter().zip(TABLE).enumerate() {
        rows.push([(place + 2).to_string(), (*name).to_owned(), classes.to_string(), grouped(people), blank()]);
    }
    rows.push([blank(), "Tổng cộng".into(), "70".into(), "6.778".into(), blank()]);
    rows
}

#[test]
fn kim_son_2018_is_the_table_of_its_report_to_the_digit() {
    let cast = kim_son_2018();
    let path = begun(&cast);
    let report = read(&cast, &path);
    let content = &report["content"];
    assert_eq!((&report["state"], &report["version"], &report["is_live"]), (&json!("draft"), &json!(0), &json!(true)));
    assert_eq!((&content["cut_off"], &content["partial"]), (&json!("2018-11-26"), &json!(true)), "the year was not over");
    let head = &content["head"];
    assert_eq!((&head["superior_body"], &head["place"]), (&json!("Ủy ban nhân dân phường Kim Sơn"), &json!("Kim Sơn")));
    assert_eq!(head["subject"], "Kết quả hoạt động năm 2018, phương hướng nhiệm vụ năm 2019");
    assert_eq!(content["centre"]["commune_name"], "Phường Kim Sơn");

    let results = &content["results"];
    let rows: Vec<_> = results["rows"].as_array().unwrap().iter().collect();
    let mut expected = vec![("literacy", Value::Null, Value::Null)];
    expected.extend(TABLE.map(|(category, classes, people)| (category, json!(classes), json!(people))));
    assert_eq!(rows.len(), 10);
    for (row, (category, classes, people)) in rows.iter().zip(expected) {
        let own = &row["own"];
        assert_eq!(
            (&row["category"], &own["classes"]["sum"], &own["participations"]["sum"]),
            (&json!(category), &classes, &people)
        );
        assert_eq!(own["female"]["sum"], Value::Null, "not reported, which is not zero");
    }
    assert_eq!((&results["own"]["classes"]["sum"], &results["own"]["participations"]["sum"]), (&json!(70), &json!(6778)));
    assert_eq!((&results["rows_with_entries"], &results["rows_with_female"]), (&json!(9), &json!(0)));
    assert_eq!(results["hamlets"]["participations_with_centre"], 12_760);
    assert_eq!(results["coordinated"], Value::Null);

    let docx = bytes(&cast, &path, "format=docx");
    let shown: Vec<Vec<String>> = docx_rows(&docx).into_iter().filter(|row| row.len() == 5).collect();
    let table: Vec<Vec<String>> = expected_rows().into_iter().map(Vec::from).collect();
    assert!(shown.windows(table.len()).any(|rows| rows == table), "{shown:#?}");
    let text = docx_text(&docx);
    for line in [
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "ỦY BAN NHÂN DÂN PHƯỜNG KIM SƠN",
        "Số: 10/BC-TTHTCĐ",
        "Kim Sơn, ngày 26 tháng 11 năm 2018",
        "Tính đến ngày 26/11/2018, Trung tâm đã tổ chức 70 lớp, chuyên đề với 6.778 lượt người tham gia.",
        "tính cả hoạt động tại các nhà văn hóa là 12.760 lượt người.",
        "Nữ: 0/9 nội dung có số liệu.",
        "Đánh giá: chưa hiệu quả.",
        "Đánh giá: chưa huy động được.",
        "Không có số liệu.",
        "Nguyễn Văn An",
    ] {
        assert!(text.contains(line), "{line}");
    }
    assert!(!text.contains("Hoạt động phối hợp"), "nothing was coordinated");

    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes(&cast, &path, "format=xlsx"))).unwrap();
    let (_, sheet) = book.worksheets().remove(0);
    let row = |name: &str| {
        let is_it = |row: &&[Data]| row.iter().any(|cell| *cell == Data::String(name.into()));
        let row = sheet.rows().find(is_it).unwrap_or_else(|| panic!("no row {name}"));
        let at = row.iter().position(|cell| *cell == Data::String(name.into())).unwrap();
        row[at + 1..].iter().filter(|cell| **cell != Data::Empty).cloned().collect::<Vec<_>>()
    };
    assert_eq!(row("Xóa mù chữ, giáo dục sau biết chữ"), [], "blank");
    assert_eq!(row("Văn nghệ, thể dục thể thao"), [Data::Float(10.0), Data::Float(1113.0)]);
    assert_eq!(row("Tổng cộng"), [Data::Float(70.0), Data::Float(6778.0)]);
    assert!(bytes(&cast, &path, "format=pdf").starts_with(b"%PDF-"));
}

#[test]
fn what_is_handed_in_is_frozen_and_the_next_version_shows_what_changed_since() {
    let cast = kim_son_2018();
    let client = &cast.world.client;
    let path = begun(&cast);
    let people = |report: &Value| report["content"]["results"]["own"]["participations"]["sum"].clone();
    let first = submit(&cast, &path);
    assert_eq!((&first["state"], &first["version"], &first["is_live"]), (&json!("submitted"), &json!(1), &json!(false)));
    assert_eq!((&first["submitted_at"], &first["due_on"]), (&first["first_submitted_at"], &json!("2018-11-30")));
    let formats = ["json", "docx", "pdf", "xlsx"];
    let papers = |query: &str| formats.map(|format| bytes(&cast, &path, &format!("format={format}{query}")));
    let before = papers("");
    assert_eq!(hex::encode(Sha256::digest(&before[0])), first["sha256"].as_str().unwrap(), "the hash is over the JSON");

    // The records change: what was handed in does not.
    let mut late = total_of(&cast, "law", "2018-09", json!(1), json!({ "total": 100, "female": 60 }));
    late["title"] = json!("Ghi bổ sung");
    record(&cast, &late);
    let unchanged = read(&cast, &path);
    assert_eq!((people(&unchanged), &unchanged["content"]), (json!(6778), &first["content"]));
    assert!(papers("") == before && papers("&version=1") == before);
    let edit =
        |who: &Person| client.patch(&path).by(&who.token).if_match("*").json(&json!({ "texts": { "limits": "Thiếu sách." } }));
    edit(&cast.staff).send().refused(409, "state_conflict");

    let reason = json!({ "reason": "Bổ sung số lượt nữ.", "sections": ["results"] });
    let returned = step(&cast, &cast.commune_officer, &path, "return", Some(reason)).expect(200).json();
    assert_eq!((&returned["state"], &returned["return_reason"]), (&json!("returned"), &json!("Bổ sung số lượt nữ.")));
    assert_eq!((&returned["return_sections"], people(&returned)), (&json!(["results"]), json!(6878)));
    assert_eq!(returned["is_live"], true, "counted anew");
    edit(&cast.staff).send().expect(200);
    let second = submit(&cast, &path);
    assert_eq!((&second["version"], people(&second), &second["return_reason"]), (&json!(2), json!(6878), &Value::Null));
    assert_eq!(second["first_submitted_at"], first["first_submitted_at"], "late is who was late at first");
    assert_eq!(second["content"]["results"]["rows_with_female"], 1);
    assert!(papers("&version=1") == before, "the first version is as it was");
    let accepted = step(&cast, &cast.commune_officer, &path, "accept", None).expect(200).json();
    assert_eq!((&accepted["state"], people(&accepted)), (&json!("accepted"), json!(6878)));
    assert!(accepted["allowed_actions"].as_array().unwrap().iter().all(|action| action["allowed"] == false));

    let versions = read(&cast, &format!("{path}/versions"));
    let outcome = |place: usize| (versions[place]["version"].clone(), versions[place]["outcome"].clone());
    assert_eq!((outcome(0), outcome(1)), ((json!(1), json!("return")), (json!(2), json!("accept"))));
    assert_eq!((&versions[0]["reason"], &versions[0]["sections"]), (&json!("Bổ sung số lượt nữ."), &json!(["results"])));
    assert_eq!((&versions[0]["sha256"], &versions[0]["submitted_by"]), (&first["sha256"], &json!(cast.manager.id)));
    let one = read(&cast, &format!("{path}/versions/1"));
    assert_eq!((people(&one), &one["content"]), (json!(6778), &first["content"]));
    client.get(&format!("{path}/versions/3")).by(&cast.staff.token).send().refused(404, "not_found");
    client.get(&format!("{path}/document?version=3")).by(&cast.staff.token).send().refused(404, "not_found");
    let steps = read(&cast, &format!("{path}/steps"));
    let actions: Vec<_> = steps.as_array().unwrap().iter().map(|step| step["action"].clone()).collect();
    assert_eq!(actions, [Value::Null, json!("submit"), json!("return"), json!("edit"), json!("submit"), json!("accept")]);
    for act in ["submit", "return", "accept"] {
        let who = if act == "submit" { &cast.manager } else { &cast.commune_officer };
        let body = (act == "return").then(|| json!({ "reason": "x" }));
        step(&cast, who, &path, act, body).refused(409, "state_conflict");
    }
    client.delete(&path).by(&cast.staff.token).if_match("*").send().refused(409, "state_conflict");
}

#[test]
fn the_database_itself_keeps_what_was_handed_in() {
    let cast = kim_son_2018();
    submit(&cast, &begun(&cast));
    let mut conn = Target::parse(cast.world.owner_url()).unwrap().connect().unwrap();
    for sql in ["UPDATE report_versions SET document = '{}'", "DELETE FROM report_versions"] {
        let error = conn.batch_execute(sql).expect_err(sql).to_string();
        assert!(error.contains("neither changed nor removed"), "{error}");
    }
}

#[test]
fn whoever_wrote_a_report_or_handed_it_in_does_not_accept_it() {
    let cast = kim_son_2018();
    // The officer of the commune may write the centre's records; here they helped with the report.
    let made = begin(&cast, &cast.commune_officer, &kim_son_report(&cast)).expect(201);
    let path = made.header("location").unwrap().to_owned();
    submit(&cast, &path);
    let view = cast.world.client.get(&path).by(&cast.commune_officer.token).send().expect(200).json();
    let accept = view["allowed_actions"].as_array().unwrap().iter().find(|action| action["action"] == "accept").unwrap();
    assert_eq!((&accept["allowed"], &accept["reasons"][0]["code"]), (&json!(false), &json!("wrote_report")));
    let refused = step(&cast, &cast.commune_officer, &path, "accept", None).refused(403, "separation_of_duties");
    assert_eq!(refused["reasons"][0]["code"], "wrote_report");
    assert_eq!(read(&cast, &path)["state"], "submitted", "nothing happened");
    // Somebody with both roles does not accept what they handed in themselves.
    let both = {
        let (manager, officer) = (
            cast.world.db_granted(cast.province, Role::CentreManager, None, Some(cast.centre)).1,
            cast.world.db_granted(cast.province, Role::CommuneOfficer, Some(cast.commune), None).1,
        );
        cast.world.db_person_with(cast.province, vec![manager, officer])
    };
    step(&cast, &cast.officer, &path, "return", Some(json!({ "reason": "Xem lại." }))).expect(200);
    step(&cast, &both, &path, "submit", None).expect(200);
    step(&cast, &both, &path, "accept", None).refused(403, "separation_of_duties");
    step(&cast, &cast.officer, &path, "accept", None).expect(200);
}

#[test]
fn what_others_ran_and_what_came_later_is_not_the_centres_own_year() {
    let cast = kim_son_2018();
    let path = begun(&cast);
    let mut activity = json!({
        "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "coordinated",
        "lead_organisation": "Hội Nông dân phường", "starts_on": "2018-03-14", "ends_on": "2018-03-14", "classes": 3,
        "sessions": 9, "participations": { "total": 120, "female": 50 },
    });
    record(&cast, &activity);
    activity["role"] = json!("organiser");
    activity["starts_on"] = json!("2018-11-27");
    activity["ends_on"] = json!("2018-11-27");
    record(&cast, &activity);
    let results = read(&cast, &path)["content"]["results"].take();
    assert_eq!((&results["own"]["participations"]["sum"], &results["own"]["classes"]["sum"]), (&json!(6778), &json!(70)));
    assert_eq!(
        (&results["coordinated"]["classes"]["sum"], &results["coordinated"]["participations"]["sum"]),
        (&json!(3), &json!(120))
    );
    let docx = bytes(&cast, &path, "format=docx");
    assert!(docx_text(&docx).contains("không cộng vào kết quả của Trung tâm"));
    assert!(docx_rows(&docx).contains(&["3", "Giáo dục pháp luật", "3", "120", "50"].map(str::to_owned).to_vec()));
    // With a later cut-off the activity of 27 November counts.
    let later = json!({ "signed_on": "2019-01-04", "cut_off": null });
    let after = cast.world.client.patch(&path).by(&cast.staff.token).if_match("*").json(&later).send().expect(200).json();
    assert_eq!((&after["content"]["cut_off"], &after["content"]["partial"]), (&json!("2018-12-31"), &json!(false)));
    let own = &after["content"]["results"]["own"];
    assert_eq!(
        (&own["participations"]["sum"], &own["female"]),
        (&json!(6898), &json!({ "sum": 50, "reported": 1, "of": 10, "change": null }))
    );
    let text = docx_text(&bytes(&cast, &path, "format=docx"));
    assert!(text.contains("Nữ: 1/9 nội dung có số liệu. Nữ: 1/10 lần ghi có số liệu."), "in part reported is not whole");
}

#[test]
fn reports_are_refused_where_a_rule_stands_against_them() {
    let cast = kim_son_2018();
    let client = &cast.world.client;
    let body = kim_son_report(&cast);
    let with = |members: Value| {
        let mut body = body.clone();
        body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        body
    };
    let made = begin(&cast, &cast.staff, &body).expect(201);
    let path = made.header("location").unwrap().to_owned();
    // One of a kind and period; another number in the year.
    begin(&cast, &cast.staff, &with(json!({ "number": 11 }))).refused(409, "already_exists");
    let half = json!({ "kind": "half_year", "period": "2018-H1", "signed_on": "2018-07-18", "cut_off": null });
    let refused = begin(&cast, &cast.staff, &with(half.clone())).refused(409, "already_exists");
    assert_eq!(refused["pointer"], "/number");
    let mut half = half;
    half["number"] = json!(8);
    begin(&cast, &cast.staff, &with(half)).expect(201);
    for (members, pointer, rule) in [
        (json!({ "kind": "half_year" }), "/period", "period_of_kind"),
        (json!({ "period": "2027" }), "/period", "period_begun"),
        (json!({ "cut_off": "2019-01-01" }), "/cut_off", "cut_off_in_period"),
        (json!({ "cut_off": "2018-11-27" }), "/cut_off", "cut_off_before_signing"),
        (json!({ "period": "2017", "signed_on": null }), "/number", "number_with_date"),
        (json!({ "period": "2017", "signed_on": "2016-12-31" }), "/signed_on", "signed_in_time"),
        (json!({ "period": "2007" }), "/period", "centre_in_period"),
    ] {
        begin(&cast, &cast.staff, &with(members)).fault(422, "rule_broken", pointer, rule);
    }
    begin(&cast, &cast.staff, &with(json!({ "period": "18" }))).fault(422, "invalid_body", "/period", "period");
    begin(&cast, &cast.staff, &with(json!({ "state": "accepted" }))).fault(422, "invalid_body", "/state", "unknown_member");
    let patch = |members: Value| client.patch(&path).by(&cast.staff.token).if_match("*").json(&members).send();
    assert_eq!(patch(json!({ "period": "2017" })).rules(422), ["fixed_member"]);
    patch(json!({ "version": 3 })).fault(422, "invalid_body", "/version", "unknown_member");
    client.patch(&path).by(&cast.staff.token).if_match("\"9\"").json(&json!({})).send().refused(412, "etag_mismatch");

    // A paper that lacks its number, date, signer or addressee is not handed in.
    step(&cast, &cast.staff, &path, "submit", None).refused(403, "right_missing");
    let bare = patch(json!({ "number": null, "signer": { "name": null }, "addressees": [] })).expect(200).json();
    let allowed = |view: &Value, act: &str| {
        let actions = view["allowed_actions"].as_array().unwrap();
        actions.iter().find(|action| action["action"] == act).unwrap().clone()
    };
    assert_eq!(allowed(&bare, "submit")["reasons"][0]["code"], "right_missing", "staff writes, the manager hands in");
    let refused = step(&cast, &cast.manager, &path, "submit", None).refused(409, "blocked");
    assert_eq!(refused["reasons"][0]["code"], "paper_incomplete");
    assert_eq!(refused["detail"], "Văn bản còn thiếu: số văn bản, người ký, nơi gửi đến.");
    let whole = json!({ "number": 10, "signer": { "name": "Nguyễn Văn An" }, "addressees": ["UBND phường Kim Sơn"] });
    patch(whole).expect(200);
    step(&cast, &cast.commune_officer, &path, "accept", None).refused(409, "state_conflict");
    submit(&cast, &path);

    // Somebody of another commune finds nothing.
    let mao_khe = cast.world.unit("07069", "2018-12-31");
    let other = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(mao_khe), None);
    for what in ["", "/document", "/versions", "/versions/1", "/steps"] {
        client.get(&format!("{path}{what}")).by(&other.token).send().refused(404, "not_found");
    }
    step(&cast, &other, &path, "accept", None).refused(404, "not_found");
    let list = |who: &Person, query: &str| {
        let list = client.get(&format!("/v1/reports?{query}")).by(&who.token).send().expect(200).json();
        list["items"].as_array().unwrap().iter().map(|report| report["period"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!((list(&other, ""), list(&cast.officer, "")), (vec![], vec!["2018".to_owned(), "2018-H1".to_owned()]));
    assert_eq!(list(&cast.officer, "state=submitted"), ["2018"]);
    assert_eq!(list(&cast.officer, "kind=half_year&period=2018-H1"), ["2018-H1"]);

    // A draft can be removed, with what was done with it.
    let draft = begin(&cast, &cast.staff, &with(json!({ "period": "2017", "number": 12, "cut_off": "2017-12-31" }))).expect(201);
    let draft = draft.header("location").unwrap().to_owned();
    client.delete(&draft).by(&cast.staff.token).if_match("*").send().expect(204);
    client.get(&draft).by(&cast.staff.token).send().refused(404, "not_found");
}
