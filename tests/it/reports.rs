//! A centre's report: counted from the records, written by hand where the form has words, frozen when it is handed in,
//! returned, handed in again, accepted by somebody else.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _};

use calamine::{Data, Reader, Xlsx};
use chrono::Days;
use diesel::connection::SimpleConnection as _;
use htcd_api::clock::{Clock as _, new_id, today};
use htcd_api::demo::kim_son_2018 as year;
use htcd_api::demo::step::Does;
use htcd_domain::access::{Grant, Role};
use htcd_persistence::db::Target;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::activity_summaries::{TABLE, record, total_of};
use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};
use crate::support::money::{chi, decision, thu, with};

/// What the places of a Kim Sơn stand for in its year.
fn places(cast: &KimSon) -> BTreeMap<String, String> {
    [("centre", cast.centre.to_string()), ("commune", cast.commune.to_string())].map(|(name, id)| (name.to_owned(), id)).into()
}

/// Kim Sơn with its year as records, entered by whoever enters them: all but the report. With the ids of what was made.
fn entered() -> (KimSon, BTreeMap<String, String>) {
    let cast = KimSon::new();
    let mut ids = places(&cast);
    for step in year::steps().into_iter().filter(|step| step.path != "/v1/reports") {
        let by = match step.by {
            Role::CommuneOfficer => &cast.commune_officer,
            Role::CentreManager => &cast.manager,
            _ => &cast.staff,
        };
        let (path, body) = step.filled(&ids);
        let request = cast.world.client.post(&path).by(&by.token);
        let is_act = step.does == Does::Act;
        let request = if is_act { request.if_match("*") } else { request };
        let answer = if body.is_null() { request.send() } else { request.json(&body).send() };
        let made = answer.expect(if is_act { 200 } else { 201 }).json();
        ids.extend(step.name.map(|name| (name, made["id"].as_str().unwrap().to_owned())));
    }
    (cast, ids)
}

/// Kim Sơn with its year as records.
fn kim_son_2018() -> KimSon {
    entered().0
}

/// What Kim Sơn wrote by hand in report 10/BC-TTHTCĐ of 26 November 2018. The name of its signer and the day by which it is due are
/// made up.
fn kim_son_report(cast: &KimSon) -> Value {
    let draft = year::steps().pop().unwrap();
    with(draft.filled(&places(cast)).1, json!({ "due_on": "2018-11-30" }))
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
    let text = docx_xml(bytes);
    let texts = |cell: &str| -> String {
        cell.split("<w:t").skip(1).filter_map(|rest| rest.split_once('>')?.1.split_once("</w:t>").map(|(text, _)| text)).collect()
    };
    text.split("<w:tr>")
        .skip(1)
        .map(|row| row.split("</w:tc>").filter(|cell| cell.contains("<w:tc>")).map(texts).collect())
        .collect()
}

/// What a Word document says, a paragraph a line.
fn docx_text(bytes: &[u8]) -> String {
    let xml = docx_xml(bytes).replace("</w:p>", "\n").replace("<w:br/>", " ");
    let pieces = xml.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    pieces.collect()
}

fn docx_xml(bytes: &[u8]) -> String {
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
        "Phường Kim Sơn có diện tích tự nhiên 10,37 km², 05 thôn, khu phố, dân số 9.154 người.",
        "Ban Giám đốc gồm 01 giám đốc, 02 phó giám đốc.",
        "Có 05 nhà văn hóa, điểm học tập có ban chủ nhiệm riêng, tổng số 05 người.",
        "Giáo viên biệt phái: 01 người.",
        "Kế hoạch hoạt động năm 2018 số 06/KH-TTHTCĐ ngày 12/01/2018, được phê duyệt ngày 15/01/2018.",
        "Kế hoạch có 09 nội dung; đến ngày 26/11/2018 đã triển khai 09.",
        "Điều tra nhu cầu học tập năm 2018 (từ ngày 01/12/2017 đến ngày 31/12/2017).",
        "Tính đến ngày 26/11/2018, Trung tâm đã tổ chức 70 lớp, chuyên đề với 6.778 lượt người tham gia.",
        "tính cả hoạt động tại các nhà văn hóa là 12.760 lượt người.",
        "Nữ: không được báo cáo (0/9 nội dung có số liệu).",
        "Đánh giá: chưa hiệu quả.",
        "Đánh giá: chưa huy động được.",
        "Chưa báo cáo nội dung này.",
        "Nguyễn Văn An",
    ] {
        assert!(text.contains(line), "{line}");
    }
    assert!(!text.contains("Hoạt động phối hợp"), "nothing was coordinated");
    let all_rows = docx_rows(&docx);
    for row in [
        vec!["1", "Nguyễn Văn An", "Giám đốc", "Chính quyền", "Kiêm nhiệm", "01/07/2016"],
        vec!["3", "Bộ bàn ghế hội trường", "300", "bộ", "UBND cấp xã", "Còn dùng được"],
        vec!["7", "Tủ sách pháp luật", "7", "tủ", "UBND cấp xã", "Còn dùng được"],
        vec!["1", "Số hộ nghèo", "6", "2", "-4"],
        vec!["2", "Tỷ lệ hộ nghèo (%)", "", "0,08", ""],
        vec!["3", "Số hộ cận nghèo", "47", "29", "-18"],
        vec!["6", "Tỷ lệ hộ tham gia thu gom rác hằng ngày (%)", "93", "94", "1"],
        vec!["7", "Tổng giá trị sản xuất (tỷ đồng)", "2.072", "2.508", "436"],
        vec!["9", "Số lao động có việc làm mới", "", "85", ""],
    ] {
        assert!(all_rows.iter().any(|found| *found == row), "{row:?} is not in {all_rows:#?}");
    }
    // Of money nothing is known: the paper says so, and what was written stands beside it.
    assert_eq!((&content["money"], &content["learning_models"], &content["clubs"]), (&Value::Null, &Value::Null, &Value::Null));

    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes(&cast, &path, "format=xlsx"))).unwrap();
    let of_results = |(_, sheet): &(String, calamine::Range<Data>)| {
        sheet.rows().flatten().any(|cell| *cell == Data::String("Kết quả hoạt động năm 2018".into()))
    };
    let (_, sheet) = book.worksheets().into_iter().find(of_results).expect("the table of results");
    let row = |name: &str| {
        let is_it = |row: &&[Data]| row.iter().any(|cell| *cell == Data::String(name.into()));
        let row = sheet.rows().find(is_it).unwrap_or_else(|| panic!("no row {name}"));
        let at = row.iter().position(|cell| *cell == Data::String(name.into())).unwrap();
        row[at + 1..].iter().filter(|cell| **cell != Data::Empty).cloned().collect::<Vec<_>>()
    };
    assert_eq!(row("Xóa mù chữ, giáo dục sau biết chữ"), Vec::<Data>::new(), "blank");
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

/// What the centre enters beside the year of its report: some of it up to the cut-off of 26 November 2018, some later.
fn more_records(cast: &KimSon) {
    let world = &cast.world;
    let make =
        |by: &Person, path: &str, body: Value| world.make(by, path, &body).expect(201).header("location").unwrap().to_owned();
    let (centre, staff, manager, commune) = (cast.centre, &cast.staff, &cast.manager, &cast.commune_officer);
    let lines = json!([
        { "direction": "income", "source": "state_budget", "state_level": "commune", "amount_vnd": 33_625_000 },
        { "direction": "expenditure", "category": "allowances", "amount_vnd": 15_600_000 },
        { "direction": "expenditure", "category": "equipment", "amount_vnd": 18_025_000 },
    ]);
    world.approved_budget((manager, commune), &json!({ "centre_id": centre, "year": 2018, "lines": lines }));
    let state = with(thu(centre, "2018-02-01", "state_budget", 33_625_000), json!({ "state_level": "commune" }));
    let gift = json!({ "in_kind": { "item": "Loa phóng thanh", "quantity": 2, "unit": "chiếc" }, "amount_vnd": null });
    for body in [
        state,
        with(thu(centre, "2018-05-02", "enterprise", 5_000_000), json!({ "counterparty": "Công ty TNHH Bí Mật" })),
        with(thu(centre, "2018-06-01", "enterprise", 0), gift),
        chi(centre, "2018-03-01", "allowances", 7_800_000),
        // After the cut-off.
        chi(centre, "2018-12-03", "allowances", 7_800_000),
        thu(centre, "2018-12-05", "benefactor", 9_000_000),
    ] {
        make(manager, "/v1/money_entries", body);
    }
    let club = |name: &str, members: Value, founded: &str| json!({ "centre_id": centre, "name": name, "category": "arts_sports", "founded_on": founded, "members": members, "leader": "Chủ nhiệm Giấu Tên" });
    make(staff, "/v1/clubs", club("Câu lạc bộ Thơ", json!(35), "2012-09-01"));
    make(staff, "/v1/clubs", club("Câu lạc bộ Cờ", Value::Null, "2018-01-01"));
    make(staff, "/v1/clubs", club("Câu lạc bộ Mới", json!(99), "2018-12-01"));
    let event =
        |kind: &str, day: &str| json!({ "centre_id": centre, "kind": kind, "title": "x", "starts_on": day, "ends_on": day });
    make(manager, "/v1/events", event("meeting", "2018-03-05"));
    make(manager, "/v1/events", event("meeting", "2018-06-05"));
    make(manager, "/v1/events", event("interim_review", "2018-07-18"));
    make(manager, "/v1/events", event("final_review", "2018-12-20"));
    let training = json!({
        "unit_id": cast.commune, "kind": "training", "title": "Tập huấn", "starts_on": "2018-04-12", "ends_on": "2018-04-12",
        "attending_centre_ids": [centre],
    });
    make(commune, "/v1/events", training);
    let rapporteur = json!({ "centre_id": centre, "full_name": "Báo Cáo Viên", "kind": "rapporteur" });
    let rapporteur = make(manager, "/v1/rapporteurs", rapporteur).rsplit('/').next().unwrap().to_owned();
    let certificate = |date: &str| {
        json!({
            "centre_id": centre, "year": 2018, "recipient_kind": "rapporteur", "rapporteur_id": rapporteur, "form": "certificate",
            "reason": "Thành tích", "decision": decision("5/QĐ-UBND", date)["decision"],
        })
    };
    make(manager, "/v1/commendations", certificate("2018-11-20"));
    make(manager, "/v1/commendations", certificate("2018-12-28"));
    let model = |model: &str, day: &str| json!({ "unit_id": cast.commune, "year": 2018, "model": model, "base_total": 2612, "registered": 2300, "recognised": 2150, "as_of_date": day });
    make(commune, "/v1/learning_model_counts", model("family", "2018-11-20"));
    make(commune, "/v1/learning_model_counts", model("clan", "2018-12-10"));
    let late =
        json!({ "unit_id": cast.commune, "year": 2018, "indicator": "households", "value": 2612, "as_of_date": "2018-12-31" });
    make(commune, "/v1/profile_values", late);
}

#[test]
fn all_records_of_the_year_are_in_the_report_as_far_as_its_cut_off() {
    let cast = kim_son_2018();
    more_records(&cast);
    let path = begun(&cast);
    let content = read(&cast, &path)["content"].take();
    let money = &content["money"];
    assert_eq!((&money["first"], &money["last"]), (&json!("2018-01-01"), &json!("2018-11-26")));
    assert_eq!((&money["income_vnd"], &money["expenditure_vnd"]), (&json!(38_625_000), &json!(7_800_000)));
    assert_eq!(
        (&money["opening_vnd"], &money["balance_vnd"]),
        (&Value::Null, &Value::Null),
        "nobody said what the year began with"
    );
    assert_eq!(money["in_kind"], json!({ "entries": 1, "valued": 0, "estimated_vnd": null }));
    assert_eq!(content["clubs"], json!({ "clubs": 2, "members": { "sum": 35, "reported": 1 } }));
    let training = &content["training"];
    assert_eq!((&training["trainings_attended"], &training["rapporteurs"]), (&json!(1), &json!(1)));
    assert_eq!(each(training["own_events"].as_array().unwrap(), "kind"), ["meeting", "interim_review"]);
    assert_eq!(content["commendations"][0]["count"], 1);
    let models = content["learning_models"]["models"].as_array().unwrap();
    let reported: Vec<_> = models.iter().map(|model| model["reported"].as_i64().unwrap()).collect();
    assert_eq!(reported, [1, 0, 0, 0, 0], "clans were counted later");
    assert!(
        content["profile"]["lines"].as_array().unwrap().iter().all(|line| line["code"] != "households"),
        "it holds for a later day"
    );

    let docx = bytes(&cast, &path, "format=docx");
    let (text, rows) = (docx_text(&docx), docx_rows(&docx));
    for line in [
        "Từ ngày 01/01/2018 đến ngày 26/11/2018, thu bằng tiền 38.625.000\u{a0}đồng, chi 7.800.000\u{a0}đồng.",
        "Chưa có số dư đầu kỳ nên không tính số còn lại.",
        "Hiện vật: 01 lần ghi, 0 lần có ước tính giá trị; không cộng vào thu bằng tiền và số còn lại.",
        "Đóng góp: bằng tiền 5.000.000\u{a0}đồng; hiện vật 01 lần, chưa ước tính giá trị.",
        "Có 02 câu lạc bộ với 35 thành viên (1/2 câu lạc bộ có số liệu).",
        "Người của Trung tâm tham dự 01 lớp tập huấn, bồi dưỡng.",
        "Trung tâm tổ chức (số cuộc): giao ban: 02; sơ kết: 01.",
        "Khen thưởng: 01 giấy khen.",
    ] {
        assert!(text.contains(line), "{line}");
    }
    for row in [
        vec!["1", "Ngân sách nhà nước (cấp xã)", "33.625.000", ""],
        vec!["2", "Doanh nghiệp", "5.000.000", ""],
        vec!["", "Tổng cộng", "38.625.000", ""],
        vec!["1", "Phụ cấp", "15.600.000", "7.800.000", "7.800.000"],
        vec!["2", "Mua sắm trang thiết bị", "18.025.000", "0", "18.025.000"],
        vec!["Gia đình học tập", "2.612", "2.300", "2.150", "82,3%"],
    ] {
        assert!(rows.iter().any(|found| *found == row), "{row:?} is not in {rows:#?}");
    }

    // With the year over, what came later counts as well; of titles, what was decided when the paper was signed.
    let later = json!({ "signed_on": "2019-01-04", "cut_off": null });
    let after = cast.world.client.patch(&path).by(&cast.staff.token).if_match("*").json(&later).send().expect(200).json();
    let content = &after["content"];
    assert_eq!((&content["money"]["income_vnd"], &content["money"]["expenditure_vnd"]), (&json!(47_625_000), &json!(15_600_000)));
    assert_eq!((&content["clubs"]["clubs"], &content["commendations"][0]["count"]), (&json!(3), &json!(2)));
    assert_eq!(content["training"]["own_events"].as_array().unwrap().len(), 3);
    let households = content["profile"]["lines"].as_array().unwrap().iter().find(|line| line["code"] == "households");
    assert_eq!(households.unwrap()["value"], 2612);
}

#[test]
fn a_report_names_who_answers_for_the_centre_and_nobody_else() {
    let (cast, ids) = entered();
    more_records(&cast);
    let person = format!("/v1/persons/{}", ids["deputy_1"]);
    let contact = json!({ "phone": "0912 345 678", "email": "binh@kimson.vn" });
    cast.world.client.patch(&person).by(&cast.staff.token).if_match("*").json(&contact).send().expect(200);
    let path = begun(&cast);
    submit(&cast, &path);
    let everywhere = |query: &str| {
        let json = String::from_utf8(bytes(&cast, &path, &format!("format=json{query}"))).unwrap();
        json + &docx_text(&bytes(&cast, &path, &format!("format=docx{query}")))
    };
    let frozen = everywhere("");
    for name in ["Nguyễn Văn An", "Phạm Thị Bình", "Hoàng Văn Cường"] {
        assert!(frozen.contains(name), "{name} is on the board");
    }
    let others = ["Đỗ Thị Duyên", "Lê Văn Hải", "Báo Cáo Viên", "Giấu Tên", "Bí Mật", "345 678", "binh@", "b***@"];
    assert_eq!(others.iter().find(|other| frozen.contains(*other)), None, "neither staff nor guests, nor how anybody is reached");

    // Who left the board is anonymised: the official act that was handed in stays, the next one does not name them.
    let board = read(&cast, &format!("/v1/centres/{}/board?as_of=2018-11-26", cast.centre));
    let seat = board["board"].as_array().unwrap().iter().find(|seat| seat["full_name"] == "Phạm Thị Bình").unwrap();
    let post = format!("/v1/appointments/{}", seat["appointment_id"].as_str().unwrap());
    let end = json!({ "ends_on": "2019-01-31" });
    cast.world.client.patch(&post).by(&cast.commune_officer.token).if_match("*").json(&end).send().expect(200);
    let reason = json!({ "reason": "theo yêu cầu" });
    cast.world.act(&cast.admin, &person, "anonymise", Some(&reason)).expect(200);
    assert_eq!(everywhere(""), frozen);
    step(&cast, &cast.commune_officer, &path, "return", Some(json!({ "reason": "Xem lại." }))).expect(200);
    assert_eq!(everywhere("&version=1"), frozen);
    let draft = everywhere("");
    assert!(draft.contains("Người đã ẩn danh") && !draft.contains("Phạm Thị Bình"));
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
        let now = cast.world.clock.now();
        let valid_from = today(now) - Days::new(400);
        let grant = |role, unit_id, centre_id| Grant {
            id: new_id(now),
            role,
            unit_id,
            centre_id,
            valid_from,
            valid_to: None,
            taken_on: None,
        };
        let (manager, officer) =
            (grant(Role::CentreManager, None, Some(cast.centre)), grant(Role::CommuneOfficer, Some(cast.commune), None));
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
        (json!({ "period": "2027", "signed_on": null, "number": null }), "/period", "period_begun"),
        (json!({ "cut_off": "2019-01-01", "signed_on": "2019-01-04" }), "/cut_off", "cut_off_in_period"),
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
    assert_eq!(refused["missing"], json!(["/number", "/signer/name", "/addressees"]));
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
