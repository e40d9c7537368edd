//! The year 2013 of the centre of Mạo Khê town: who ran it is told (one director, two deputies, a committee of 18 at its founding
//! and of 41 later, two seconded teachers since August 2012, 24 quarters); names, activities and money are made up, and say so.

use htcd_domain::access::Role;
use serde_json::{Value, json};

use super::step::{Step, held_in, with};

const MANAGER: Role = Role::CentreManager;

/// Category, what it was about, classes and participations of the year.
const WORK: [(&str, &str, i64, i64); 8] = [
    ("law", "Phổ biến pháp luật", 12, 1440),
    ("health", "Tư vấn sức khỏe, dân số", 12, 1180),
    ("economic_development", "Kỹ thuật nông nghiệp", 8, 760),
    ("short_vocational", "Tin học văn phòng", 4, 96),
    ("environment", "Vệ sinh môi trường", 8, 912),
    ("culture_society", "Xây dựng khu phố văn hóa", 16, 2100),
    ("life_skills", "Kỹ năng sống cho thanh thiếu niên", 8, 540),
    ("arts_sports", "Câu lạc bộ thơ, dưỡng sinh, cầu lông", 16, 3240),
];

const ORGANISATIONS: [&str; 17] = [
    "Văn hóa - Xã hội",
    "Tư pháp",
    "Y tế",
    "Nông nghiệp",
    "Mặt trận Tổ quốc",
    "Hội Phụ nữ",
    "Hội Nông dân",
    "Đoàn Thanh niên",
    "Hội Cựu chiến binh",
    "Công an",
    "Quân sự",
    "Tài chính",
    "Địa chính",
    "Trường Tiểu học",
    "Trường Mầm non",
    "Hội Người cao tuổi",
    "Hội Chữ thập đỏ",
];

/// All of the year, in the order in which it is entered.
pub fn steps() -> Vec<Step> {
    let mut steps = people();
    steps.extend(plan());
    steps.extend(activities());
    steps.extend(events());
    steps.extend(money_and_things());
    steps
}

fn people() -> Vec<Step> {
    let founding = json!({ "number": "1234/QĐ-UBND", "date": "2007-01-15", "issuer": "UBND huyện Đông Triều (demo)" });
    let widening = json!({ "number": "567/QĐ-UBND", "date": "2012-08-10", "issuer": "UBND huyện Đông Triều (demo)" });
    let mut steps = vec![];
    let mut seat = |name: String, from: &str, members: Value| {
        let place = format!("person_{}", steps.len());
        let person = json!({ "centre_id": "<centre>", "full_name": format!("{name} (demo)") });
        steps.push(Step::new(MANAGER, "/v1/persons", person).named(place.clone()));
        let body = json!({ "centre_id": "<centre>", "person_id": format!("<{place}>"), "starts_on": from });
        steps.push(Step::new(Role::CommuneOfficer, "/v1/appointments", with(body, members)));
    };
    let on_board = |post: &str, sector: &str, decision: &Value| json!({ "body": "board", "post": post, "sector": sector, "employment": "concurrent", "decision": decision });
    let (founded, widened) = ("2007-01-15", "2012-08-15");
    seat("Nguyễn Thị Giang".into(), founded, on_board("director", "local_government", &founding));
    seat("Bùi Văn Hải".into(), founded, on_board("deputy_director", "study_promotion", &founding));
    seat("Đặng Thị Hồng".into(), widened, on_board("deputy_director", "education", &widening));
    for name in ["Ngô Văn Long", "Phan Thị Mai"] {
        let teacher = json!({ "body": "staff", "post": "teacher", "sector": "education", "employment": "seconded" });
        seat(name.into(), widened, teacher);
    }
    for member in 0..41 {
        let organisation =
            ORGANISATIONS.get(member).map_or_else(|| format!("Khu phố {}", member - 16), |name| (*name).to_owned());
        let body =
            json!({ "body": "committee", "post": "committee_member", "employment": "concurrent", "organisation": organisation });
        seat(format!("Ủy viên {}", member + 1), if member < 18 { founded } else { widened }, body);
    }
    steps
}

/// A quarter of the year's work of each category in the middle of each quarter.
fn quarters() -> impl Iterator<Item = (usize, u32, (&'static str, &'static str, i64, i64))> {
    (0..4).flat_map(|quarter| {
        WORK.into_iter().enumerate().map(move |(place, (category, title, classes, people))| {
            (place, quarter * 3 + 2, (category, title, classes / 4, people / 4))
        })
    })
}

fn plan() -> Vec<Step> {
    let topics: Vec<Value> =
        WORK.iter().map(|(category, title, ..)| json!({ "category": category, "title": title, "wishes": 120 })).collect();
    let survey = json!({
        "centre_id": "<centre>", "title": "Điều tra nhu cầu học tập năm 2013 (demo)", "started_on": "2012-11-01",
        "ended_on": "2012-12-15", "asked": 1200, "answered": 1034, "topics": topics,
        "channels": [{ "channel": "hamlet_meeting", "reached": 640 }, { "channel": "interview", "reached": 394 }],
    });
    let plan = json!({
        "centre_id": "<centre>", "year": 2013, "title": "Kế hoạch hoạt động năm 2013 (demo)", "number": "02/KH-TTHTCĐ",
        "signed_on": "2013-01-08", "survey_id": "<survey>",
    });
    let mut steps =
        vec![Step::new(MANAGER, "/v1/surveys", survey).named("survey"), Step::new(MANAGER, "/v1/plans", plan).named("plan")];
    steps.extend(quarters().map(|(_, month, (category, title, classes, people))| {
        let item = json!({
            "plan_id": "<plan>", "month": month, "category": category, "title": title,
            "targets": { "classes": classes, "participations": people },
        });
        Step::new(MANAGER, "/v1/plan_items", item).named(format!("{category}_{month}"))
    }));
    steps.push(Step::act(MANAGER, "/v1/plans/<plan>/submit", Value::Null));
    steps.push(Step::act(Role::CommuneOfficer, "/v1/plans/<plan>/approve", json!({ "approved_on": "2013-01-12" })));
    steps
}

/// What was held: nearly all of the plan; two of three say how many women came.
fn activities() -> Vec<Step> {
    quarters()
        .filter(|(_, month, (category, ..))| (*month, *category) != (11, "short_vocational"))
        .map(|(place, month, (category, title, classes, people))| {
            let mut participations = json!({ "total": people });
            if !(place + month as usize).is_multiple_of(3) {
                participations["female"] = json!(people * 52 / 100);
            }
            let members = json!({
                "title": format!("{title} (demo)"), "classes": classes, "participations": participations,
                "plan_item_id": format!("<{category}_{month}>"),
            });
            Step::new(MANAGER, "/v1/activities", held_in(category, (2013, month), members))
        })
        .collect()
}

fn events() -> Vec<Step> {
    let held = [
        ("meeting", 1, "Giao ban tháng 1"),
        ("meeting", 4, "Giao ban quý II"),
        ("interim_review", 7, "Sơ kết 6 tháng đầu năm"),
        ("final_review", 12, "Tổng kết năm 2013"),
    ];
    let mut steps: Vec<Step> = held
        .into_iter()
        .map(|(kind, month, title)| {
            let day = format!("2013-{month:02}-20");
            let body = json!({
                "centre_id": "<centre>", "kind": kind, "title": format!("{title} (demo)"), "starts_on": day, "ends_on": day,
                "participants": [{ "group": "managers", "number": 44 }],
            });
            Step::new(MANAGER, "/v1/events", body)
        })
        .collect();
    let reward = json!({
        "centre_id": "<centre>", "year": 2013, "recipient_kind": "centre", "recipient_centre_id": "<centre>",
        "form": "certificate", "reason": "Hoàn thành xuất sắc nhiệm vụ năm 2013 (demo)",
    });
    steps.push(Step::new(MANAGER, "/v1/commendations", reward));
    steps
}

fn money_and_things() -> Vec<Step> {
    let entry = |date: &str, direction: &str, what: &str, members: Value| {
        let body =
            json!({ "centre_id": "<centre>", "date": date, "direction": direction, "description": format!("{what} (demo)") });
        Step::new(MANAGER, "/v1/money_entries", with(body, members))
    };
    let state = json!({ "source": "state_budget", "state_level": "commune", "amount_vnd": 42_000_000 });
    let enterprise = json!({ "source": "enterprise", "counterparty": "Công ty Than Mạo Khê (demo)", "amount_vnd": 15_000_000 });
    let mut steps = vec![
        entry("2013-02-05", "income", "Ngân sách cấp", state),
        entry("2013-05-15", "income", "Ủng hộ", enterprise),
        entry("2013-06-30", "expenditure", "Tổ chức chuyên đề", json!({ "category": "activities", "amount_vnd": 21_500_000 })),
        entry(
            "2013-12-15",
            "expenditure",
            "Mua bàn ghế, máy chiếu",
            json!({ "category": "equipment", "amount_vnd": 18_200_000 }),
        ),
    ];
    let things = [
        ("room", "Văn phòng (demo)", 1, "phòng", "commune"),
        ("computer", "Máy tính (demo)", 3, "bộ", "centre"),
        ("bookcase", "Tủ sách (demo)", 4, "tủ", "centre"),
        ("culture_house", "Nhà văn hóa khu phố", 24, "nhà", "commune"),
    ];
    steps.extend(things.map(|(kind, name, quantity, unit, owner)| {
        let body = json!({
            "centre_id": "<centre>", "kind": kind, "name": name, "quantity": quantity, "unit": unit, "owner": owner,
            "condition": "usable",
        });
        Step::new(MANAGER, "/v1/assets", body)
    }));
    steps.extend([("area", 19.06), ("hamlets", 24.0), ("residents", 40_000.0), ("households", 10_000.0)].map(
        |(indicator, value)| {
            let body = json!({
                "unit_id": "<commune>", "year": 2013, "indicator": indicator, "value": value,
                "source": "Báo cáo của trung tâm, khoảng năm 2013",
            });
            Step::new(MANAGER, "/v1/profile_values", body)
        },
    ));
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_given_before_it_is_used_and_the_board_is_the_one_that_is_told() {
        super::super::step::tests::check(steps().into_iter());
        let of_body = |body: &str| steps().iter().filter(|step| step.body["body"] == body).count();
        assert_eq!((of_body("board"), of_body("staff"), of_body("committee")), (3, 2, 41));
    }
}
