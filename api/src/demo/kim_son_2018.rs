//! The year 2018 of the centre of Kim Sơn ward, as its report 10/BC-TTHTCĐ of 26 November 2018 tells it: the requests that
//! enter it, in their order.
//!
//! Numbers, documents and things are the report's. It gives neither the names of people, nor the days of activities,
//! appointments, the survey and the plan's approval, nor the plan's items: these are made up here. What it leaves blank stays
//! blank.

use std::collections::BTreeMap;

use htcd_domain::access::Role;
use serde_json::{Value, json};

/// A request of the year. A text `<name>` in its path or body stands for the id of what an earlier one made under that name;
/// `<centre>` and `<commune>` are known before the first.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who sends it.
    pub by: Role,
    /// Where to; always by POST.
    pub path: String,
    /// What.
    pub body: Value,
    /// Whether it is an act on what is there, which names what it saw (`If-Match`).
    pub is_act: bool,
    /// The name for the id of what it makes.
    pub name: Option<String>,
}

impl Step {
    fn new(by: Role, path: impl Into<String>, body: Value) -> Self {
        Self { by, path: path.into(), body, is_act: false, name: None }
    }

    fn act(by: Role, path: impl Into<String>, body: Value) -> Self {
        Self { is_act: true, ..Self::new(by, path, body) }
    }

    fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Its path and body, with the ids in place of names.
    pub fn filled(&self, ids: &BTreeMap<String, String>) -> (String, Value) {
        let fill = |text: &str| ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id));
        (fill(&self.path), filled(&self.body, &fill))
    }
}

fn filled(value: &Value, fill: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), filled(member, fill))).collect(),
        other => other.clone(),
    }
}

/// The same record with more members.
fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

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

/// The report as its centre writes it: what records do not say.
pub fn report() -> Value {
    json!({
        "centre_id": "<centre>", "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
        "due_on": "2018-11-30", "issuing_body": "Trung tâm học tập cộng đồng",
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
        let mut ids: BTreeMap<String, String> = ["centre", "commune"].map(|name| (name.into(), "id".into())).into();
        for step in steps() {
            let (path, body) = step.filled(&ids);
            assert!(!path.contains('<') && !body.to_string().contains('<'), "{path} {body}");
            ids.extend(step.name.map(|name| (name, "id".into())));
        }
    }
}
