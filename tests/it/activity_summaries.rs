//! What a period's activities add to: Kim Sơn's table to the digit, blanks that stay blank, calendars, boundaries, formats.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use htcd_domain::access::Role;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;

/// The table of report 10/BC-TTHTCĐ of 26 November 2018: category, themes, participations. Literacy and the column of
/// women are blank.
pub const TABLE: [(&str, i64, i64); 9] = [
    ("short_vocational", 2, 350),
    ("law", 8, 712),
    ("health", 6, 450),
    ("environment", 10, 876),
    ("culture_society", 10, 826),
    ("economic_development", 8, 950),
    ("life_skills", 6, 726),
    ("other_programme", 10, 775),
    ("arts_sports", 10, 1113),
];

pub fn total_of(cast: &KimSon, category: &str, month: &str, classes: Value, participations: Value) -> Value {
    json!({
        "centre_id": cast.centre, "entry": "monthly_total", "category": category, "title": "Tổng hợp", "form": "theme",
        "role": "organiser", "starts_on": format!("{month}-01"), "ends_on": format!("{month}-28"), "classes": classes,
        "participations": participations,
    })
}

pub fn record(cast: &KimSon, body: &Value) -> Response {
    cast.world.client.post("/v1/activities").by(&cast.manager.token).json(body).send().expect(201)
}

/// Kim Sơn with the figures of its report, and those of its culture houses.
pub fn kim_son_2018() -> KimSon {
    let cast = KimSon::new();
    for (category, classes, people) in TABLE {
        record(&cast, &total_of(&cast, category, "2018-10", json!(classes), json!({ "total": people })));
    }
    let mut hamlets = total_of(&cast, "culture_society", "2018-10", json!(null), json!({ "total": 5982 }));
    hamlets["scope"] = json!("hamlets");
    record(&cast, &hamlets);
    cast
}

fn summary(cast: &KimSon, who: &Person, query: &str) -> Value {
    let path = format!("/v1/units/{}/activity_summary?{query}", cast.commune);
    cast.world.client.get(&path).by(&who.token).send().expect(200).json()
}

fn centre_summary(cast: &KimSon, query: &str) -> Value {
    let path = format!("/v1/centres/{}/activity_summary?{query}", cast.centre);
    cast.world.client.get(&path).by(&cast.staff.token).send().expect(200).json()
}

#[test]
fn kim_son_2018_to_the_digit_with_blanks_that_stay_blank() {
    let cast = kim_son_2018();
    let own = centre_summary(&cast, "period=2018&scope=centre");
    assert_eq!(own["total"]["own"]["classes"], json!({ "sum": 70, "reported": 9, "of": 9, "change": null }));
    assert_eq!(own["total"]["own"]["participations"]["sum"], 6778);
    assert_eq!(own["total"]["own"]["female"], json!({ "sum": null, "reported": 0, "of": 9, "change": null }));
    let rows: Vec<(String, Value, Value)> = own["categories"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| {
            let all = &row["all"];
            (row["category"].as_str().unwrap().to_owned(), all["classes"]["sum"].clone(), all["participations"]["sum"].clone())
        })
        .collect();
    let mut expected = vec![("literacy".to_owned(), Value::Null, Value::Null)];
    expected.extend(TABLE.map(|(category, classes, people)| (category.to_owned(), json!(classes), json!(people))));
    assert_eq!(rows, expected, "in the order of the report, the blank row blank");
    // With the culture houses: 12,760.
    let both = centre_summary(&cast, "period=2018");
    assert_eq!(both["total"]["all"]["participations"]["sum"], 12_760);
    assert_eq!(both["total"]["all"]["classes"], json!({ "sum": 70, "reported": 9, "of": 10, "change": null }));
    let of_unit = summary(&cast, &cast.officer, "period=2018&boundaries=as_was");
    assert_eq!((&of_unit["centres"], &of_unit["centres_reporting"]), (&json!(1), &json!(1)));
    assert_eq!(of_unit["total"], both["total"]);
    assert_eq!(centre_summary(&cast, "period=2017")["total"]["all"]["participations"]["sum"], Value::Null);
}

#[test]
fn own_work_is_apart_from_what_others_ran() {
    let cast = KimSon::new();
    let mut activity = json!({
        "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
        "starts_on": "2018-03-14", "ends_on": "2018-03-14", "sessions": 2, "participations": { "total": 45, "female": 20 },
    });
    record(&cast, &activity);
    activity["role"] = json!("coordinated");
    activity["lead_organisation"] = json!("Hội Nông dân");
    activity["participations"] = json!({ "total": 100 });
    record(&cast, &activity);
    activity["role"] = json!("host_only");
    activity["participations"] = json!({});
    record(&cast, &activity);
    let law = centre_summary(&cast, "period=2018-Q1")["categories"][2].take();
    let figures =
        |part: &str| (law[part]["entries"].clone(), law[part]["participations"].clone(), law[part]["sessions"]["sum"].clone());
    let measure = |sum: i64, reported: u64, of: u64| json!({ "sum": sum, "reported": reported, "of": of, "change": null });
    assert_eq!(figures("own"), (json!(1), measure(45, 1, 1), json!(2)));
    assert_eq!(figures("coordinated"), (json!(2), measure(100, 1, 2), json!(4)));
    assert_eq!(figures("all"), (json!(3), measure(145, 2, 3), json!(6)));
    assert_eq!(law["all"]["female"], measure(20, 1, 3), "one of three said how many women came");
}

#[test]
fn several_calendars_read_one_log_and_compare_with_an_earlier_period() {
    let cast = KimSon::new();
    for (month, people) in [("2017-06", 10), ("2017-12", 20), ("2018-05", 40), ("2018-09", 80), ("2018-10", 160)] {
        record(&cast, &total_of(&cast, "health", month, json!(1), json!({ "total": people })));
    }
    let people = |query: &str| centre_summary(&cast, query)["total"]["all"]["participations"].take();
    for (period, sum) in [
        ("2018", 280),
        ("2017", 30),
        ("2018-H1", 40),
        ("2018-Q3", 80),
        ("2018-10", 160),
        ("to_31_may:2018", 70),
        ("to_30_september:2018", 140),
        ("school:2018", 240),
        ("2018-01-01..2018-09-01", 120),
    ] {
        assert_eq!(people(&format!("period={period}"))["sum"], sum, "{period}");
    }
    assert_eq!(people("period=2018&compare_period=2017")["change"], 250);
    assert_eq!(people("period=2018&compare_period=2016")["change"], Value::Null, "nothing is known of 2016");
    let months = centre_summary(&cast, "period=2018&by=month&compare_period=2017")["rows"].take();
    assert_eq!(months.as_array().unwrap().len(), 12);
    let month = |place: usize| (months[place]["key"]["code"].clone(), months[place]["all"]["participations"]["sum"].clone());
    assert_eq!(
        (month(4), month(8), month(11)),
        ((json!("2018-05"), json!(40)), (json!("2018-09"), json!(80)), (json!("2018-12"), Value::Null))
    );
    // What is still to come has not been done.
    let mut coming = total_of(&cast, "health", "2026-12", json!(1), json!({}));
    (coming["entry"], coming["starts_on"], coming["ends_on"]) = (json!("detailed"), json!("2026-12-05"), json!("2026-12-05"));
    record(&cast, &coming);
    let now = centre_summary(&cast, "period=2026");
    assert_eq!((&now["period"]["partial"], &now["total"]["all"]["entries"]), (&json!(true), &json!(0)));
    let refused = |query: &str| {
        let path = format!("/v1/centres/{}/activity_summary?{query}", cast.centre);
        cast.world.client.get(&path).by(&cast.staff.token).send()
    };
    refused("period=18").fault(400, "invalid_parameter", "period", "period");
    refused("period=2018&compare_period=x").fault(400, "invalid_parameter", "compare_period", "period");
    refused("period=2018&boundaries=then").fault(400, "invalid_parameter", "boundaries", "range");
}

#[test]
fn a_unit_is_broken_down_and_its_figures_are_live() {
    let cast = kim_son_2018();
    let world = &cast.world;
    let mao_khe = world.unit("07069", "2018-12-31");
    let other = world.db_centre(cast.province, mao_khe, "TTHTCĐ Mạo Khê");
    let manager = world.db_person(cast.province, Role::CentreManager, None, Some(other));
    let district = world.unit("205", "2018-12-31");
    let read = |query: &str| {
        let path = format!("/v1/units/{district}/activity_summary?period=2018&{query}");
        world.client.get(&path).by(&cast.verifier.token).send().expect(200)
    };
    let before = read("by=centre");
    let again = read("by=centre");
    assert_eq!(before.etag(), again.etag(), "nothing moved");
    assert_eq!((&before.json()["centres"], &before.json()["centres_reporting"]), (&json!(2), &json!(1)));
    let mut body = total_of(&cast, "law", "2018-10", json!(1), json!({ "total": 100 }));
    body["centre_id"] = json!(other);
    let made = world.client.post("/v1/activities").by(&manager.token).json(&body).send().expect(201);
    let after = read("by=centre").json();
    assert_eq!(after["total"]["all"]["participations"]["sum"], 12_860, "at once");
    let row = |name: &str| {
        let rows = after["rows"].as_array().unwrap();
        rows.iter().find(|row| row["key"]["label"]["vi"] == name).unwrap()["all"]["participations"]["sum"].clone()
    };
    assert_eq!((row("TTHTCĐ Mạo Khê"), row("TTHTCĐ phường Kim Sơn")), (json!(100), json!(12_760)));
    let by_unit = read("by=unit").json();
    let communes = by_unit["rows"].as_array().unwrap();
    assert!(communes.len() > 10 && communes.iter().filter(|row| row["centres"] == 1).count() == 2, "a row for each commune");
    // Both are one ward since 1 July 2025.
    let today = world
        .client
        .get(&format!("/v1/units/{}/activity_summary?period=2018&boundaries=restated", world.unit("07069", "2025-12-31")));
    let today = today.by(&cast.officer.token).send().expect(200).json();
    assert_eq!((&today["total"]["all"]["participations"]["sum"], &today["centres"]), (&json!(12_860), &json!(2)));
    // A change and a removal show at once, too.
    let path = made.header("location").unwrap();
    let patch = json!({ "participations": { "total": 90 } });
    let changed = world.client.patch(path).by(&manager.token).if_match(&made.etag()).json(&patch).send().expect(200);
    assert_eq!(read("").json()["total"]["all"]["participations"]["sum"], 12_850);
    world.client.delete(path).by(&manager.token).if_match(&changed.etag()).send().expect(204);
    assert_eq!(read("").json()["total"]["all"]["participations"]["sum"], 12_760);
    // Nobody sees a unit beyond their own.
    let path = format!("/v1/units/{district}/activity_summary?period=2018");
    world.client.get(&path).by(&cast.commune_officer.token).send().refused(404, "not_found");
    world.client.get(&path).by(&cast.manager.token).send().refused(403, "right_missing");
}

#[test]
fn tables_have_numbers_that_are_numbers_and_blanks_that_are_blank() {
    let cast = kim_son_2018();
    let path = |more: &str| format!("/v1/centres/{}/activity_summary?period=2018&scope=centre&format={more}", cast.centre);
    let csv = cast.world.client.get(&path("csv")).by(&cast.staff.token).send().expect(200);
    assert!(csv.header("content-disposition").unwrap().contains("activity-summary-2018.csv"));
    let text = csv.text();
    let lines: Vec<&str> = text.split("\r\n").collect();
    let start = "Nội dung,Vai trò,Trung tâm,Trung tâm có báo cáo,Mục ghi,\"Lớp, chuyên đề\",\"Lớp, chuyên đề: số mục ghi có số liệu\",Buổi,";
    assert!(lines[0].starts_with(start), "{}", lines[0]);
    // A category is three rows; without an entry its numbers are blank, and nobody gave them.
    assert!(lines[1].starts_with("\"Xóa mù chữ, giáo dục sau biết chữ\",của trung tâm,,,0,,0,,0,,0,"), "{}", lines[1]);
    // 712 participations, given by the one entry; how many were women, by none of it.
    assert!(lines[7].starts_with("Giáo dục pháp luật,của trung tâm,,,1,8,1,,0,712,1,,0,"), "{}", lines[7]);
    let bytes = cast.world.client.get(&path("xlsx")).by(&cast.staff.token).send().expect(200).bytes;
    let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).unwrap();
    let (_, sheet) = book.worksheets().remove(0);
    let law = sheet.rows().find(|row| row[0] == Data::String("Giáo dục pháp luật".into())).unwrap();
    assert_eq!((&law[5], &law[9], &law[10]), (&Data::Float(8.0), &Data::Float(712.0), &Data::Float(1.0)));
    assert_eq!((&law[11], &law[12]), (&Data::Empty, &Data::Float(0.0)), "female: blank, of no entry");
}

#[test]
fn tables_and_charts_compare_with_another_period_and_are_named_by_the_whole_period() {
    let cast = KimSon::new();
    for (month, people) in [("2017-06", 30), ("2018-05", 280)] {
        record(&cast, &total_of(&cast, "health", month, json!(1), json!({ "total": people })));
    }
    let read = |more: &str| {
        let path = format!("/v1/centres/{}/activity_summary?{more}", cast.centre);
        cast.world.client.get(&path).by(&cast.staff.token).send().expect(200)
    };
    let mut reader = csv::Reader::from_reader(Cursor::new(read("period=2018&compare_period=2017&format=csv").bytes));
    let column = reader.headers().unwrap().iter().position(|name| name == "Lượt người: tăng, giảm").expect("a column of changes");
    let total = reader.records().map(Result::unwrap).last().unwrap();
    assert_eq!((&total[0], &total[1], &total[column - 2], &total[column]), ("Tổng cộng", "tất cả", "280", "250"));
    let svg = read("period=2018&compare_period=2017&format=svg").text();
    for part in ["Năm 2017", "Năm 2018", "số liệu có ở 1 trong 1 mục ghi"] {
        assert!(svg.contains(part), "the chart says {part:?}");
    }
    let alone = read("period=2018&format=svg").text();
    assert!(!alone.contains("Năm 2017") && alone.contains("Trung tâm tổ chức"));
    for (period, name) in [
        ("school:2018", "activity-summary-school-2018.csv"),
        ("2018-H1", "activity-summary-2018-H1.csv"),
        ("2018-01-01..2018-11-26", "activity-summary-2018-01-01-to-2018-11-26.csv"),
    ] {
        let disposition = read(&format!("period={period}&format=csv")).header("content-disposition").unwrap().to_owned();
        assert!(disposition.contains(name), "{disposition}");
    }
}
