//! The year 2018 of the centre of Kim Sơn ward, as its report 10/BC-TTHTCĐ of 26 November 2018 tells it: the requests that
//! enter it, in their order.
//!
//! Numbers, documents and things are the report's. It gives neither the names of people, nor the days of activities,
//! appointments, the survey and the plan's approval, nor the plan's items, nor what the papers that it names are called: these are
//! made up here. What it leaves blank stays blank.

use htcd_domain::access::Role;
use serde_json::{Value, json};

use super::step::{Step, with};

/// The results: category, title of its item in the plan, themes, participations. Literacy and the column of women are blank.
pub const RESULTS: [(&str, &str, i64, i64); 9] = [
    ("short_vocational", "Lớp học nghề ngắn hạn", 2, 350),
    ("law", "Chuyên đề giáo dục pháp luật", 8, 712),
    ("health", "Chuyên đề giáo dục sức khỏe", 6, 450),
    ("environment", "Chuyên đề giáo dục môi trường", 10, 876),
    ("culture_society", "Chuyên đề văn hóa xã hội", 10, 826),
    ("economic_development", "Chuyên đề phát triển kinh tế", 8, 950),
    ("life_skills", "Chuyên đề kỹ năng sống", 6, 726),
    ("other_programme", "Chuyên đề của các chương trình khác", 10, 775),
    ("arts_sports", "Hoạt động văn nghệ, thể dục thể thao", 10, 1113),
];

/// Participations in the quarters' culture houses: 12,760 less the 6,778 of the table.
pub const IN_CULTURE_HOUSES: i64 = 5982;

/// The commune's numbers of 2018, and those of 2017 that follow from the changes that the report prints.
pub const PROFILE: [(&str, f64, Option<f64>); 12] = [
    ("area", 10.37, None),
    ("hamlets", 5.0, None),
    ("residents", 9154.0, None),
    ("poor_households", 2.0, Some(6.0)),
    ("poor_households_percent", 0.08, None),
    ("near_poor_households", 29.0, Some(47.0)),
    ("near_poor_households_percent", 1.11, None),
    ("literacy_percent", 100.0, None),
    ("waste_collection_percent", 94.0, Some(93.0)),
    ("output", 2508.0, Some(2072.0)),
    ("income_per_head", 72.0, None),
    ("new_jobs", 85.0, None),
];

/// All of the year, in the order in which it is entered; the report's draft is the last.
pub fn steps() -> Vec<Step> {
    let mut steps = people();
    steps.extend(plan());
    steps.extend(activities());
    steps.extend(assets());
    steps.extend(profile());
    steps.push(Step::new(Role::CentreStaff, "/v1/reports", report()).named("report"));
    steps
}

/// One director, two deputies, a seconded teacher; the managing board of each of the five culture houses.
fn people() -> Vec<Step> {
    let mut steps = vec![];
    let mut seat = |name: &str, place: &str, members: Value| {
        let person = json!({ "centre_id": "<centre>", "full_name": name });
        steps.push(Step::new(Role::CentreManager, "/v1/persons", person).named(place));
        let body = json!({ "centre_id": "<centre>", "person_id": format!("<{place}>"), "starts_on": "2016-07-01" });
        steps.push(Step::new(Role::CommuneOfficer, "/v1/appointments", with(body, members)));
    };
    let on_board =
        |post: &str, sector: &str| json!({ "body": "board", "post": post, "sector": sector, "employment": "concurrent" });
    seat("Nguyễn Văn An", "director", on_board("director", "local_government"));
    seat("Phạm Thị Bình", "deputy_1", on_board("deputy_director", "study_promotion"));
    seat("Hoàng Văn Cường", "deputy_2", on_board("deputy_director", "education"));
    seat(
        "Đỗ Thị Duyên",
        "teacher",
        json!({ "body": "staff", "post": "teacher", "sector": "education", "employment": "seconded" }),
    );
    let heads = ["Lê Văn Hải", "Vũ Thị Hoa", "Bùi Văn Khánh", "Trần Thị Lương", "Đặng Văn Minh"];
    for (quarter, head) in (1..).zip(heads) {
        let site = format!("site_{quarter}");
        seat(head, &format!("head_{quarter}"), json!({ "body": "site_board", "post": "head", "site_id": format!("<{site}>") }));
    }
    let site = |quarter: usize| {
        let body = json!({ "name": format!("Nhà văn hóa khu {quarter}"), "kind": "culture_house" });
        Step::new(Role::CentreManager, "/v1/centres/<centre>/sites", body).named(format!("site_{quarter}"))
    };
    (1..=5).map(site).chain(steps).collect()
}

/// The survey with the study promotion association, and plan 06/KH-TTHTCĐ, which rests on it.
fn plan() -> Vec<Step> {
    let survey = json!({
        "centre_id": "<centre>", "title": "Điều tra nhu cầu học tập năm 2018", "started_on": "2017-12-01", "ended_on": "2017-12-31",
        "note": "Phối hợp với Hội Khuyến học phường",
    });
    let plan = json!({
        "centre_id": "<centre>", "year": 2018, "title": "Kế hoạch hoạt động năm 2018", "number": "06/KH-TTHTCĐ",
        "signed_on": "2018-01-12", "survey_id": "<survey>",
    });
    let mut steps = vec![
        Step::new(Role::CentreManager, "/v1/surveys", survey).named("survey"),
        Step::new(Role::CentreManager, "/v1/plans", plan).named("plan"),
    ];
    for (month, (category, title, ..)) in (2..).zip(RESULTS) {
        let item = json!({ "plan_id": "<plan>", "month": month, "category": category, "title": title });
        steps.push(Step::new(Role::CentreManager, "/v1/plan_items", item).named(category));
    }
    steps.push(Step::act(Role::CentreManager, "/v1/plans/<plan>/submit", Value::Null));
    steps.push(Step::act(Role::CommuneOfficer, "/v1/plans/<plan>/approve", json!({ "approved_on": "2018-01-15" })));
    steps
}

fn activities() -> Vec<Step> {
    let activity = |members: Value| {
        let body = json!({ "centre_id": "<centre>", "form": "theme", "role": "organiser" });
        Step::new(Role::CentreStaff, "/v1/activities", with(body, members))
    };
    let of_centre = (2..).zip(RESULTS).map(|(month, (category, title, classes, people))| {
        activity(json!({
            "category": category, "title": title, "plan_item_id": format!("<{category}>"), "classes": classes,
            "participations": { "total": people }, "starts_on": format!("2018-{month:02}-05"), "ends_on": "2018-11-20",
        }))
    });
    let of_quarters = activity(json!({
        "category": "culture_society", "title": "Hoạt động tại các nhà văn hóa khu phố", "scope": "hamlets",
        "participations": { "total": IN_CULTURE_HOUSES }, "starts_on": "2018-02-05", "ends_on": "2018-11-20",
    }));
    of_centre.chain([of_quarters]).collect()
}

/// One hall with 300 sets of seats, one office, what the quarters have.
fn assets() -> Vec<Step> {
    let own = [
        ("hall", "Hội trường", 1, "phòng", "commune"),
        ("seats", "Bộ bàn ghế hội trường", 300, "bộ", "commune"),
        ("room", "Văn phòng", 1, "phòng", "centre"),
        ("desk", "Bàn làm việc", 2, "chiếc", "centre"),
        ("seats", "Ghế văn phòng", 30, "chiếc", "centre"),
        ("computer", "Máy vi tính", 1, "bộ", "centre"),
        ("bookcase", "Tủ tài liệu", 1, "chiếc", "centre"),
        ("bookcase", "Tủ sách pháp luật", 2, "tủ", "commune"),
        ("other", "Sơ đồ tổ chức", 1, "chiếc", "centre"),
        ("other", "Bảng ảnh", 1, "chiếc", "centre"),
    ];
    let of_quarter = [
        ("culture_house", "Nhà văn hóa khu phố", 1, "nhà", "commune"),
        ("sport_ground", "Điểm thể thao", 1, "điểm", "commune"),
        ("bookcase", "Tủ sách pháp luật", 1, "tủ", "commune"),
    ];
    let asset = |(kind, name, quantity, unit, owner): (&str, &str, i64, &str, &str), site: Option<String>| {
        let body = json!({
            "centre_id": "<centre>", "site_id": site, "kind": kind, "name": name, "quantity": quantity, "unit": unit, "owner": owner,
            "condition": "usable",
        });
        Step::new(Role::CentreStaff, "/v1/assets", body)
    };
    let quarters = (1..=5).flat_map(|quarter| of_quarter.map(|it| asset(it, Some(format!("<site_{quarter}>")))));
    own.into_iter().map(|it| asset(it, None)).chain(quarters).collect()
}

fn profile() -> Vec<Step> {
    let value = |year: i32, indicator: &str, value: f64| {
        let body = json!({
            "unit_id": "<commune>", "year": year, "indicator": indicator, "value": value,
            "source": "Báo cáo số 10/BC-TTHTCĐ ngày 26/11/2018",
        });
        Step::new(Role::CentreStaff, "/v1/profile_values", body)
    };
    let both = |(indicator, now, before): (&str, f64, Option<f64>)| {
        std::iter::once(value(2018, indicator, now))
            .chain(before.map(|before| value(2017, indicator, before)))
            .collect::<Vec<_>>()
    };
    PROFILE.into_iter().flat_map(both).collect()
}

/// What the report does not tell, made up so that the year is full: money, trainings, a roster, learning models. Every text says
/// that it is for the demo; the amounts are those of Đà Lạt in 2018.
pub fn made_up() -> Vec<Step> {
    let (staff, officer) = (Role::CentreStaff, Role::CommuneOfficer);
    let line = |direction: &str, members: Value| with(json!({ "direction": direction }), members);
    let allowance = |post: &str, amount: i64| json!({ "category": "allowances", "post": post, "amount_vnd": amount });
    let spend = |category: &str, amount: i64| json!({ "category": category, "amount_vnd": amount });
    let budget = json!({
        "centre_id": "<centre>", "year": 2018, "note": "Số liệu mô phỏng (demo)",
        "lines": [
            line("income", json!({ "source": "state_budget", "state_level": "commune", "amount_vnd": 33_625_000 })),
            line("income", json!({ "source": "people", "amount_vnd": 6_000_000 })),
            line("expenditure", allowance("director", 6_240_000)),
            line("expenditure", allowance("deputy_director", 9_360_000)),
            line("expenditure", spend("rapporteurs", 10_000_000)),
            line("expenditure", spend("materials", 6_000_000)),
            line("expenditure", spend("activities", 8_025_000)),
        ],
        "posts": [
            { "post": "director", "people": 1, "first_month": 1, "last_month": 12 },
            { "post": "deputy_director", "people": 2, "first_month": 1, "last_month": 12 },
        ],
    });
    let norm = |post: &str, coefficient: i64| {
        let body = json!({
            "post": post, "valid_from": "2017-07-01", "valid_to": "2018-12-31", "method": "coefficient",
            "coefficient_hundredths": coefficient, "legal_basis": "Mức của thành phố Đà Lạt năm 2018 (demo)",
        });
        Step::new(Role::ProvinceAdmin, "/v1/allowance_norms", body)
    };
    // Đà Lạt paid all of 2018 by the base salary of July 2017.
    let salary = json!({
        "valid_from": "2017-07-01", "valid_to": "2018-12-31", "amount_vnd": 1_300_000,
        "legal_basis": "Nghị định 47/2017/NĐ-CP (cả năm 2018 như Đà Lạt đã chi, demo)",
    });
    let decision = json!({ "number": "09/QĐ-UBND", "date": "2018-01-16", "issuer": "Chủ tịch UBND phường Kim Sơn (demo)" });
    let mut steps = vec![
        Step::new(Role::ProvinceAdmin, "/v1/base_salaries", salary),
        norm("director", 40),
        norm("deputy_director", 30),
        Step::new(staff, "/v1/budgets", budget).named("budget"),
        Step::act(Role::CentreManager, "/v1/budgets/<budget>/submit", Value::Null),
        Step::act(officer, "/v1/budgets/<budget>/approve", json!({ "decision": decision })),
    ];
    let entry = |date: &str, direction: &str, what: &str, members: Value| {
        let body =
            json!({ "centre_id": "<centre>", "date": date, "direction": direction, "description": format!("{what} (demo)") });
        Step::new(staff, "/v1/money_entries", with(body, members))
    };
    let months = |from: u32, to: u32, body: Value| {
        with(body, json!({ "from_month": format!("2018-{from:02}-01"), "to_month": format!("2018-{to:02}-01") }))
    };
    let halves = [("2018-06-30", "6 tháng đầu năm", 1, 6), ("2018-12-28", "6 tháng cuối năm", 7, 12)];
    for (day, half, from, to) in halves {
        let director = months(from, to, allowance("director", 3_120_000));
        let deputies = months(from, to, allowance("deputy_director", 4_680_000));
        steps.push(entry(day, "expenditure", &format!("Phụ cấp giám đốc {half}"), director));
        steps.push(entry(day, "expenditure", &format!("Phụ cấp hai phó giám đốc {half}"), deputies));
    }
    // Of the people: the report judges that benefactors were not reached yet.
    let gift = json!({ "source": "people", "counterparty": "Cựu học sinh phường (demo)", "in_kind": { "item": "Sách pháp luật", "quantity": 120, "unit": "cuốn" } });
    let state = json!({ "source": "state_budget", "state_level": "commune", "amount_vnd": 33_625_000 });
    steps.extend([
        entry("2018-01-25", "income", "Ngân sách cấp năm 2018", state),
        entry("2018-04-12", "income", "Nhân dân đóng góp", json!({ "source": "people", "amount_vnd": 4_200_000 })),
        entry("2018-05-20", "income", "Tặng sách", gift),
        entry("2018-08-31", "expenditure", "Bồi dưỡng báo cáo viên", spend("rapporteurs", 8_600_000)),
        entry("2018-09-10", "expenditure", "Tài liệu, học liệu", spend("materials", 5_400_000)),
        entry("2018-10-06", "expenditure", "Tuần lễ hưởng ứng học tập suốt đời", spend("activities", 7_900_000)),
    ]);
    let event = |kind: &str, day: &str, title: &str| {
        let body = json!({
            "centre_id": "<centre>", "kind": kind, "title": format!("{title} (demo)"), "starts_on": day, "ends_on": day,
            "participants": [{ "group": "managers", "number": 3 }], "attending_centre_ids": ["<centre>"],
        });
        Step::new(staff, "/v1/events", body)
    };
    let rapporteur = |name: &str, category: &str, title: &str| {
        let topics = json!([{ "category": category, "title": title }]);
        let body = json!({ "centre_id": "<centre>", "full_name": format!("{name} (demo)"), "kind": "rapporteur", "topics": topics, "active_from": "2017-01-01" });
        Step::new(staff, "/v1/rapporteurs", body)
    };
    let model = |model: &str, [base, registered, recognised]: [i64; 3]| {
        let body = json!({
            "unit_id": "<commune>", "year": 2018, "model": model, "base_total": base, "registered": registered,
            "recognised": recognised, "as_of_date": "2018-11-20", "note": "Số liệu mô phỏng (demo)",
        });
        Step::new(staff, "/v1/learning_model_counts", body)
    };
    steps.extend([
        event("training", "2018-03-20", "Tập huấn tiêu chí Cộng đồng học tập"),
        event("training", "2018-08-10", "Bồi dưỡng nghiệp vụ quản lý trung tâm"),
        event("interim_review", "2018-07-18", "Sơ kết 6 tháng đầu năm"),
        event("meeting", "2018-10-05", "Giao ban quý III"),
        rapporteur("Vũ Thị Hoa", "health", "Dinh dưỡng, sức khỏe sinh sản"),
        rapporteur("Hoàng Văn Khánh", "law", "Luật Đất đai"),
        rapporteur("Đỗ Thị Lan", "economic_development", "Kỹ thuật trồng na dai"),
        model("family", [2612, 2300, 2150]),
        model("clan", [14, 12, 11]),
        model("community", [5, 5, 5]),
    ]);
    let reward = json!({
        "centre_id": "<centre>", "year": 2018, "recipient_kind": "collective", "recipient_name": "Khu Kim Thành (demo)",
        "form": "certificate", "reason": "Dẫn đầu phong trào học tập tại nhà văn hóa (demo)",
    });
    steps.push(Step::new(staff, "/v1/commendations", reward));
    steps
}

/// The papers that the report names, and the report itself, in the centre's register.
pub fn papers() -> Vec<Step> {
    let paper = |kind: &str, number: i64, symbol: &str, signed_on: &str, subject: &str, members: Value| {
        let body = json!({
            "centre_id": "<centre>", "direction": "outgoing", "kind": kind, "number": number, "symbol": symbol,
            "signed_on": signed_on, "subject": subject, "signer": "Nguyễn Văn An", "signer_post": "Giám đốc",
        });
        Step::new(Role::CentreStaff, "/v1/documents", with(body, members))
    };
    let of_plan = json!({ "plan_id": "<plan>" });
    let sent = json!({ "recipients": ["Ủy ban nhân dân phường Kim Sơn", "Phòng Giáo dục và Đào tạo thị xã Đông Triều"] });
    vec![
        paper("plan", 6, "KH-TTHTCĐ", "2018-01-12", "Kế hoạch hoạt động năm 2018", of_plan),
        paper("plan", 8, "KH-TTHTCĐ", "2018-07-18", "Kế hoạch sơ kết 6 tháng đầu năm 2018", json!({})),
        paper("plan", 99, "KH", "2018-09-18", "Kế hoạch Tuần lễ hưởng ứng học tập suốt đời năm 2018", json!({})),
        paper("report", 10, "BC-TTHTCĐ", "2018-11-26", "Báo cáo kết quả hoạt động năm 2018", sent),
    ]
}

/// The report's way: the manager hands it in, the commune accepts it.
pub fn handed_in() -> Vec<Step> {
    vec![
        Step::act(Role::CentreManager, "/v1/reports/<report>/submit", Value::Null),
        Step::act(Role::CommuneOfficer, "/v1/reports/<report>/accept", Value::Null),
    ]
}

/// An open book below the sun: drawn for the demo, of nobody and of no place.
const PICTURE: &[u8] = include_bytes!("kim_son_2018.png");

/// What everybody sees: the province publishes, and the centre has a news item, which is made up.
pub fn published() -> Vec<Step> {
    let picture = json!({
        "centre_id": "<centre>", "name": "tuan-le-hoc-tap-suot-doi.png", "media_type": "image/png", "size": PICTURE.len(),
    });
    let news = json!({
        "centre_id": "<centre>", "title": "Khai mạc Tuần lễ hưởng ứng học tập suốt đời năm 2018 (demo)",
        "summary": "Phường Kim Sơn hưởng ứng học tập suốt đời theo Kế hoạch số 99/KH.",
        "body": "Trung tâm học tập cộng đồng phường Kim Sơn khai mạc Tuần lễ hưởng ứng học tập suốt đời năm 2018.\n\nTrong tuần, hội trường và năm nhà văn hóa khu phố mở tủ sách pháp luật cho mọi người.\n\nTin và hình vẽ này được dựng để minh họa.",
        "pictures": [{
            "file_id": "<picture>", "alt": "Hình vẽ một cuốn sách mở dưới mặt trời đang mọc", "credit": "Hình vẽ minh họa (demo)",
            "shows_people": false,
        }],
    });
    let all = json!({ "centres": true, "ratings": true, "activities": true, "news": true });
    vec![
        Step::new(Role::CentreStaff, "/v1/files", picture).named("picture"),
        Step::upload(Role::CentreStaff, "picture", PICTURE),
        Step::new(Role::CentreStaff, "/v1/news", news).named("news"),
        Step::act(Role::CentreManager, "/v1/news/<news>/publish", json!({})),
        Step::set(Role::ProvinceAdmin, "/v1/publication", all),
    ]
}

/// The report as its centre writes it: what records do not say.
pub fn report() -> Value {
    json!({
        "centre_id": "<centre>", "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "issuing_body": "Trung tâm học tập cộng đồng",
        "addressees": ["Ủy ban nhân dân phường Kim Sơn", "Phòng Giáo dục và Đào tạo thị xã Đông Triều"],
        "recipients": ["Như trên", "Hội Khuyến học phường", "Lưu: VT"],
        "signer": { "authority": "TM. Ban Giám đốc", "name": "Nguyễn Văn An" },
        "texts": {
            "directives": "Thực hiện Quyết định số 09/2008/QĐ-BGDĐT của Bộ trưởng Bộ Giáo dục và Đào tạo và Quyết định số 3607/2010 của Ủy ban nhân dân tỉnh Quảng Ninh.",
            "planning": "- Kế hoạch số 08/KH-TTHTCĐ ngày 18/7/2018 về sơ kết 6 tháng đầu năm;\n- Kế hoạch số 99/KH ngày 18/9/2018 về Tuần lễ hưởng ứng học tập suốt đời.",
            "finance": "Chi theo Quyết định số 09/2008/QĐ-BGDĐT và Quyết định số 3607/2010 của Ủy ban nhân dân tỉnh; các khoản chi do Chủ tịch Ủy ban nhân dân phường phê duyệt.",
            "needs_survey": "Trung tâm phối hợp với Hội Khuyến học phường điều tra nhu cầu học tập của nhân dân.",
            "targets": "- Vận động ít nhất 70% người dân tham gia học tập;\n- Hoàn thành 100% kế hoạch.",
        },
        "judgements": { "enterprises": "not_yet_effective", "benefactors": "not_yet", "religious_bodies": "not_yet" },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_adds_to_what_the_report_prints() {
        let sums = RESULTS.iter().fold((0, 0), |sums, (_, _, classes, people)| (sums.0 + classes, sums.1 + people));
        assert_eq!((sums, sums.1 + IN_CULTURE_HOUSES), ((70, 6778), 12_760));
    }

    #[test]
    fn every_name_is_given_before_it_is_used() {
        let all = [steps(), papers(), handed_in(), made_up(), published()];
        super::super::step::tests::check(all.into_iter().flatten());
    }
}
