//! What a period comes to in a unit: money, people, assets, plans and learning models, line by line, with coverage; as JSON,
//! tables and charts.

use std::io::Cursor;

use calamine::{Data, Reader, Xlsx};
use htcd_domain::Coded;
use htcd_domain::access::Role;
use htcd_domain::summary::{SummaryTopic, lines};
use serde_json::{Value, json};

use crate::plans::Drafted;
use crate::support::cast::KimSon;
use crate::support::http::Response;
use crate::support::money::{chi, thu, with};

struct District {
    cast: KimSon,
    path: String,
}

impl District {
    fn new() -> Self {
        let cast = KimSon::new();
        let path = format!("/v1/units/{}/summaries", cast.world.unit("205", "2018-12-31"));
        Self { cast, path }
    }

    fn make(&self, path: &str, body: &Value) -> Value {
        self.cast.world.make(&self.cast.manager, path, body).expect(201).json()
    }

    fn ask(&self, question: &str) -> Response {
        self.cast.world.client.get(&format!("{}/{question}", self.path)).by(&self.cast.verifier.token).send()
    }

    fn read(&self, question: &str) -> Value {
        self.ask(question).expect(200).json()
    }
}

fn figure(summary: &Value, code: &str) -> (Value, Value) {
    let figure = &summary["total"]["figures"][code];
    (figure["sum"].clone(), figure["reported"].clone())
}

#[test]
fn money_of_a_district_by_source_with_coverage_and_against_the_year_before() {
    let district = District::new();
    let (world, centre) = (&district.cast.world, district.cast.centre);
    let mao_khe = world.db_centre(district.cast.province, world.unit("07069", "2018-12-31"), "TTHTCĐ Mạo Khê");
    let manager = world.db_person(district.cast.province, Role::CentreManager, None, Some(mao_khe));
    let enter = |body: Value| drop(district.make("/v1/money_entries", &body));
    enter(with(thu(centre, "2018-01-15", "state_budget", 20_000_000), json!({ "state_level": "commune" })));
    enter(thu(centre, "2018-03-02", "people", 1_000_000));
    enter(with(
        thu(centre, "2018-04-01", "enterprise", 4_000_000),
        json!({ "in_kind": { "item": "Loa", "quantity": 2, "unit": "chiếc" }, "counterparty": "Công ty Kim Sơn" }),
    ));
    enter(chi(centre, "2018-05-01", "rapporteurs", 6_000_000));
    enter(with(thu(centre, "2017-01-15", "state_budget", 15_000_000), json!({ "state_level": "commune" })));
    let theirs = with(thu(mao_khe, "2018-02-01", "state_budget", 30_000_000), json!({ "state_level": "province" }));
    let made = world.make(&manager, "/v1/money_entries", &theirs).expect(201);

    let year = district.read("money?period=2018&compare_period=2017");
    assert_eq!((&year["counts"], &year["total"]["holders"]), (&json!("centre"), &json!(2)));
    assert_eq!(year["total"]["holders_reporting"], 2);
    assert_eq!(figure(&year, "income"), (json!(51_000_000), json!(2)), "gifts in kind are no money");
    assert_eq!(figure(&year, "income_state_budget"), (json!(50_000_000), json!(2)));
    assert_eq!(figure(&year, "income_people"), (json!(1_000_000), json!(1)));
    assert_eq!(figure(&year, "income_programme"), (Value::Null, json!(0)), "blank is not zero");
    assert_eq!(figure(&year, "gifts_in_kind_value"), (json!(4_000_000), json!(1)));
    assert_eq!(figure(&year, "expenditure_rapporteurs"), (json!(6_000_000), json!(1)));
    assert_eq!(year["total"]["figures"]["income_state_budget"]["change"], 35_000_000);
    // 1 of 21 million at the one centre that gave both.
    assert_eq!(
        year["total"]["figures"]["income_people"]["share"],
        json!({ "numerator": 1_000_000, "denominator": 21_000_000, "percent": 4.8 })
    );
    let row = |summary: &Value, name: &str| {
        let rows = summary["rows"].as_array().unwrap();
        rows.iter().find(|row| row["key"]["label"]["vi"] == name).unwrap()["figures"]["income"]["sum"].clone()
    };
    assert_eq!((row(&year, "Phường Kim Sơn"), row(&year, "Phường Mạo Khê")), (json!(21_000_000), json!(30_000_000)));
    let by_centre = district.read("money?period=2018&by=holder");
    assert_eq!(row(&by_centre, "TTHTCĐ Mạo Khê"), 30_000_000);
    assert_eq!(by_centre["rows"].as_array().unwrap().len(), 2);
    assert_eq!(figure(&district.read("money?period=2018-Q1"), "income"), (json!(51_000_000), json!(2)));
    assert_eq!(figure(&district.read("money?period=to_31_may:2018"), "income_state_budget").0, 50_000_000);
    // Both are one ward since 1 July 2025.
    let ward = world.unit("07069", "2025-12-31");
    let today = world.read(&district.cast.officer, &format!("/v1/units/{ward}/summaries/money?period=2018&boundaries=restated"));
    assert_eq!((figure(&today, "income").0, &today["restated_by"]["whole"]), (json!(51_000_000), &json!(2)));
    // Live.
    world.client.delete(made.header("location").unwrap()).by(&manager.token).if_match(&made.etag()).send().expect(204);
    assert_eq!(figure(&district.read("money?period=2018&compare_period=2017"), "income"), (json!(21_000_000), json!(1)));
}

#[test]
fn posts_and_assets_are_those_of_the_last_day() {
    let district = District::new();
    let centre = district.cast.centre;
    let appoint = |name: &str, more: Value| {
        let person = district.make("/v1/persons", &json!({ "centre_id": centre, "full_name": name }));
        let body = json!({ "centre_id": centre, "person_id": person["id"], "body": "board", "post": "deputy_director", "starts_on": "2015-01-01" });
        let by = &district.cast.commune_officer;
        district.cast.world.make(by, "/v1/appointments", &with(body, more)).expect(201);
    };
    appoint("Nguyễn Văn An", json!({ "post": "director", "sector": "local_government", "employment": "concurrent" }));
    appoint("Trần Thị Bình", json!({ "sector": "education" }));
    appoint("Lê Văn Cường", json!({ "sector": "study_promotion", "ends_on": "2017-12-31" }));
    appoint("Phạm Thị Dung", json!({ "body": "staff", "post": "teacher", "employment": "seconded" }));
    let now = district.read("people?period=2018&compare_period=2017");
    assert_eq!((figure(&now, "directors"), figure(&now, "deputy_directors")), ((json!(1), json!(1)), (json!(1), json!(1))));
    assert_eq!(now["total"]["figures"]["deputy_directors"]["change"], -1);
    assert_eq!(figure(&now, "seconded_teachers"), (json!(1), json!(1)));
    assert_eq!((figure(&now, "with_education_seat").0, figure(&now, "with_study_promotion_seat").0), (json!(1), json!(0)));
    assert_eq!(figure(&now, "committee_members"), (json!(0), json!(1)), "the board is on record, and nobody is on a committee");
    assert_eq!(figure(&now, "rapporteurs"), (Value::Null, json!(0)));
    assert_eq!(figure(&district.read("people?period=2014"), "directors"), (Value::Null, json!(0)));

    let own = |more: Value| {
        let body = json!({ "centre_id": centre, "kind": "seats", "name": "Ghế", "quantity": 300, "unit": "bộ", "owner": "centre", "condition": "good", "acquired_on": "2016-01-01" });
        district.make("/v1/assets", &with(body, more))
    };
    let seats = own(json!({ "value_vnd": 90_000_000 }));
    own(json!({ "kind": "computer", "name": "Máy tính", "quantity": 1, "condition": "broken" }));
    own(json!({ "kind": "desk", "name": "Bàn", "quantity": 2, "acquired_on": "2019-01-01" }));
    own(json!({ "kind": "room", "name": "Phòng", "quantity": 1, "disposed_on": "2018-06-30", "disposal_reason": "trả lại" }));
    let found = json!({ "centre_id": centre, "asset_id": seats["id"], "year": 2018, "confirmed_on": "2018-11-20", "quantity_found": 290, "condition": "usable", "confirmed_by": "Tổ kiểm kê", "difference_note": "10 bộ hỏng" });
    district.make("/v1/asset_confirmations", &found);
    let there = district.read("assets?period=2018");
    assert_eq!((figure(&there, "seats").0, figure(&there, "computers").0), (json!(290), json!(1)), "as they were last found");
    assert_eq!((figure(&there, "desks").0, figure(&there, "rooms").0), (Value::Null, Value::Null), "not yet, and no longer");
    assert_eq!((figure(&there, "assets_out_of_order").0, figure(&there, "assets_value").0), (json!(1), json!(90_000_000)));
    assert_eq!(
        there["total"]["figures"]["assets_confirmed"]["share"],
        json!({ "numerator": 1, "denominator": 2, "percent": 50.0 })
    );
    assert_eq!(figure(&district.read("assets?period=2017"), "seats").0, 300, "nobody had looked then");
}

#[test]
fn plans_against_what_was_done_and_learning_models_of_communes() {
    let district = District::new();
    let cast = &district.cast;
    let mut plan = Drafted::new(cast, json!({}));
    let law = plan.item(&cast.staff, json!({ "month": 3, "targets": { "classes": 8, "participations": 600 } }));
    plan.item(&cast.staff, json!({ "month": 9, "category": "health", "title": "Sức khỏe", "targets": { "classes": 6 } }));
    plan.approve(cast);
    let hold = |more: Value| {
        let body = json!({
            "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
            "starts_on": "2018-03-01", "ends_on": "2018-03-28", "classes": 6, "participations": { "total": 450 },
        });
        district.make("/v1/activities", &with(body, more))
    };
    hold(json!({ "plan_item_id": law["id"] }));
    hold(json!({ "starts_on": "2018-10-01", "ends_on": "2018-10-28", "category": "arts_sports" }));
    let year = district.read("plans?period=2018");
    assert_eq!((figure(&year, "plans").0, figure(&year, "plan_items").0), (json!(1), json!(2)));
    assert_eq!((figure(&year, "planned_classes").0, figure(&year, "done_classes").0), (json!(14), json!(6)));
    assert_eq!(
        year["total"]["figures"]["done_participations"]["share"],
        json!({ "numerator": 450, "denominator": 600, "percent": 75.0 })
    );
    assert_eq!((figure(&year, "activities_for_plan").0, figure(&year, "activities_beside_plan").0), (json!(1), json!(1)));
    assert_eq!(figure(&year, "planned_sessions"), (Value::Null, json!(0)), "no item sets it");
    let quarter = district.read("plans?period=2018-Q3");
    assert_eq!((figure(&quarter, "planned_classes").0, figure(&quarter, "done_classes").0), (json!(6), json!(0)));

    let count = json!({ "unit_id": cast.commune, "year": 2018, "model": "family", "base_total": 2612, "registered": 2300, "recognised": 2150, "as_of_date": "2018-11-20" });
    district.make("/v1/learning_model_counts", &count);
    let models = district.read("learning_models?period=2018");
    assert_eq!((&models["counts"], &models["total"]["holders_reporting"]), (&json!("commune"), &json!(1)));
    assert!(models["total"]["holders"].as_u64().unwrap() > 10, "every commune of the district");
    assert_eq!(figure(&models, "family_recognised"), (json!(2150), json!(1)));
    assert_eq!(models["total"]["figures"]["family_recognised"]["share"]["percent"], 82.3);
    let named = district.read("learning_models?period=2018&by=holder");
    let row = named["rows"].as_array().unwrap().iter().find(|row| row["key"]["unit_id"] == json!(cast.commune)).unwrap();
    assert_eq!(row["figures"]["family_base"]["sum"], 2612);
    district.ask("learning_models?period=2018&by=operating_model").fault(400, "invalid_parameter", "by", "of_centres");
}

#[test]
fn every_topic_is_written_as_a_table_and_as_a_chart() {
    let district = District::new();
    district.make("/v1/money_entries", &thu(district.cast.centre, "2018-03-02", "people", 1_000_000));
    for topic in SummaryTopic::ALL {
        let ask = |more: &str| district.ask(&format!("{}?period=2018&{more}", topic.code())).expect(200);
        let csv = ask("format=csv").text();
        let (heading, total) = (csv.lines().next().unwrap(), csv.lines().last().unwrap());
        let shares = lines(*topic).iter().filter(|line| line.share_of.is_some()).count();
        let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(csv.as_bytes());
        assert!(reader.records().all(|row| row.unwrap().len() == 3 + 2 * lines(*topic).len() + shares), "{heading}");
        assert!(total.starts_with("Tổng cộng,"), "{total}");
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(ask("format=xlsx").bytes)).unwrap();
        let (_, sheet) = book.worksheets().remove(0);
        assert_eq!(sheet.rows().next_back().unwrap()[0], Data::String("Tổng cộng".into()));
        for more in ["format=svg".to_owned(), format!("format=svg&compare_period=2017&line={}", lines(*topic)[0].code)] {
            let answer = ask(&more);
            assert_eq!(answer.header("content-type"), Some("image/svg+xml"));
            let chart = answer.text();
            let chart = roxmltree::Document::parse(&chart).expect("well-formed");
            assert_eq!(chart.root_element().tag_name().name(), "svg");
        }
    }
    let chart = district.ask("money?period=2018&format=svg&line=income").expect(200).text();
    assert!(chart.contains("Phường Kim Sơn") && chart.contains("1.000.000"), "{chart}");
    district.ask("money?period=2018&format=svg&line=teachers").fault(400, "invalid_parameter", "line", "enum");
    district.ask("weather?period=2018").refused(404, "not_found");
    // The other aggregates draw, too.
    let world = &district.cast.world;
    let commune = district.cast.commune;
    for (path, needed) in [
        (format!("/v1/units/{commune}/activity_summary?period=2018&format=svg&measure=classes"), "Giáo dục pháp luật"),
        (format!("/v1/units/{commune}/activity_summary?period=2018&format=svg&chart=rows&by=month"), "Tháng 3/2018"),
        (format!("/v1/units/{commune}/rating_distribution?year=2018&format=svg"), "Kết quả xếp loại năm 2018"),
    ] {
        let chart = world.client.get(&path).by(&district.cast.officer.token).send().expect(200).text();
        roxmltree::Document::parse(&chart).expect("well-formed");
        assert!(chart.contains(needed), "{path}: {chart}");
    }
    // A province by hundreds of rows is no chart.
    let province = world.unit("22", "2018-12-31");
    let path = format!("/v1/units/{province}/summaries/learning_models?period=2018&by=holder&format=svg&line=family_base");
    world.client.get(&path).by(&district.cast.officer.token).send().fault(400, "invalid_parameter", "format", "chart_fits");
}

#[test]
fn whoever_sees_no_aggregates_of_a_unit_sees_none_of_these() {
    let district = District::new();
    district.ask("money?period=2018").expect(200);
    let world = &district.cast.world;
    let path = format!("{}/money?period=2018", district.path);
    world.client.get(&path).by(&district.cast.commune_officer.token).send().refused(404, "not_found");
    world.client.get(&path).by(&district.cast.manager.token).send().refused(403, "right_missing");
    let hung_yen = world.unit("33", "2025-12-31");
    let elsewhere = world.db_person(world.db_province(hung_yen), Role::ProvinceOfficer, Some(hung_yen), None);
    world.client.get(&path).by(&elsewhere.token).send().refused(404, "not_found");
}
