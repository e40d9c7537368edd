//! One of each of the year's records, for the walks that need one of everything. A new kind of records is added here once.

use htcd_domain::access::Role;
use serde_json::{Value, json};

use super::places::Ids;

/// Who keeps a record, and so who reaches it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Held {
    /// A centre: whoever's scope covers the centre.
    Centre,
    /// A unit or the province: everybody of the province reads it.
    Tenant,
}

/// How one is made, changed and removed.
pub struct Sample {
    /// The name of its id in paths.
    pub id: &'static str,
    /// Where it is made.
    pub path: &'static str,
    /// Who makes it: of the province's administrator, the commune officer, and the manager of the centre.
    pub by: Role,
    /// Who keeps it.
    pub held: Held,
    /// Its body; what is named in it stands earlier in the table.
    pub body: fn(&Ids) -> Value,
    /// A change to it, by a merge patch; `None` where there is none.
    pub patch: Option<fn() -> Value>,
}

/// All of them, in the order in which they can be made.
pub const SAMPLES: &[Sample] = &[
    Sample {
        id: "activity_category_id",
        path: "/v1/activity_categories",
        by: Role::ProvinceAdmin,
        held: Held::Tenant,
        body: |_| json!({ "code": "digital_skills", "parent": "life_skills", "label": { "vi": "Kỹ năng số", "en": "Digital skills" } }),
        patch: Some(|| json!({ "label": { "vi": "Kỹ năng số cho mọi người" } })),
    },
    Sample {
        id: "activity_id",
        path: "/v1/activities",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "category": "law", "title": "Luật Đất đai", "form": "theme", "role": "organiser",
                "starts_on": "2018-03-14", "ends_on": "2018-03-14", "classes": 1, "participations": { "total": 45, "female": 24 },
            })
        },
        patch: Some(|| json!({ "sessions": 1 })),
    },
    Sample {
        id: "person_id",
        path: "/v1/persons",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "full_name": "Hoàng Văn Khoa", "occupation": "Hiệu trưởng trường tiểu học",
                "email": "khoa@truong.vn", "phone": "0912 345 678",
            })
        },
        patch: Some(|| json!({ "qualification": "Đại học Sư phạm" })),
    },
    Sample {
        id: "appointment_id",
        path: "/v1/appointments",
        by: Role::CommuneOfficer,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "person_id": ids["person_id"], "body": "board", "post": "deputy_director",
                "sector": "education", "employment": "concurrent", "starts_on": "2018-01-01",
                "decision": { "number": "12/QĐ-UBND", "date": "2017-12-20", "issuer": "UBND" },
            })
        },
        patch: Some(|| json!({ "duties": ["Phụ trách chuyên môn"] })),
    },
    Sample {
        id: "survey_id",
        path: "/v1/surveys",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "title": "Điều tra nhu cầu học tập", "started_on": "2017-11-01",
                "channels": [{ "channel": "hamlet_meeting", "reached": 120 }],
                "topics": [{ "category": "law", "title": "Luật Đất đai", "wishes": 64 }],
            })
        },
        patch: Some(|| json!({ "asked": 500, "answered": 412 })),
    },
    Sample {
        id: "plan_id",
        path: "/v1/plans",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| json!({ "centre_id": ids["centre_id"], "year": 2018, "title": "Kế hoạch năm 2018", "survey_id": ids["survey_id"] }),
        patch: Some(|| json!({ "number": "06/KH-TTHTCĐ", "signed_on": "2018-01-12" })),
    },
    Sample {
        id: "plan_item_id",
        path: "/v1/plan_items",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| json!({ "plan_id": ids["plan_id"], "month": 3, "category": "law", "title": "Luật Đất đai", "targets": { "classes": 2 } }),
        patch: Some(|| json!({ "targets": { "participations": 100 } })),
    },
    Sample {
        id: "club_id",
        path: "/v1/clubs",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| json!({ "centre_id": ids["centre_id"], "name": "Câu lạc bộ Thơ", "category": "arts_sports", "founded_on": "2012-09-01" }),
        patch: Some(|| json!({ "members": 35, "female_members": 28 })),
    },
    Sample {
        id: "literacy_class_id",
        path: "/v1/literacy_classes",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "title": "Lớp xóa mù chữ", "level": "phase_1", "started_on": "2018-02-01",
                "enrolled": 18, "enrolled_female": 11,
            })
        },
        patch: Some(|| json!({ "completed_phase_1": 15 })),
    },
    Sample {
        id: "allowance_norm_id",
        path: "/v1/allowance_norms",
        by: Role::ProvinceAdmin,
        held: Held::Tenant,
        body: |_| json!({ "post": "director", "valid_from": "2013-09-01", "amount_vnd": 320_000, "legal_basis": "Quyết định 45/2013/QĐ-UBND" }),
        patch: Some(|| json!({ "valid_to": "2020-12-31" })),
    },
    Sample {
        id: "base_salary_id",
        path: "/v1/base_salaries",
        by: Role::ProvinceAdmin,
        held: Held::Tenant,
        body: |_| json!({ "valid_from": "2017-07-01", "amount_vnd": 1_300_000, "legal_basis": "Nghị định của Chính phủ" }),
        patch: Some(|| json!({ "valid_to": "2018-06-30" })),
    },
    Sample {
        id: "budget_id",
        path: "/v1/budgets",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({ "centre_id": ids["centre_id"], "year": 2018, "lines": [
                { "direction": "income", "source": "state_budget", "state_level": "commune", "amount_vnd": 33_625_000 },
                { "direction": "expenditure", "category": "allowances", "post": "director", "amount_vnd": 6_240_000 },
            ] })
        },
        patch: Some(|| json!({ "note": "theo hướng dẫn của xã" })),
    },
    Sample {
        id: "money_entry_id",
        path: "/v1/money_entries",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({ "centre_id": ids["centre_id"], "date": "2018-03-14", "direction": "income", "source": "enterprise", "amount_vnd": 2_000_000,
                "description": "Ủng hộ chuyên đề pháp luật", "activity_id": ids["activity_id"] })
        },
        patch: Some(|| json!({ "counterparty": "Công ty Kim Sơn" })),
    },
    Sample {
        id: "settlement_id",
        path: "/v1/settlements",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| json!({ "centre_id": ids["centre_id"], "year": 2018, "opening_vnd": 0 }),
        patch: Some(|| json!({ "opening_vnd": 500_000 })),
    },
    Sample {
        id: "asset_id",
        path: "/v1/assets",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({ "centre_id": ids["centre_id"], "kind": "computer", "name": "Máy tính", "quantity": 1, "unit": "bộ", "owner": "centre",
                "condition": "good" })
        },
        patch: Some(|| json!({ "condition": "usable" })),
    },
    Sample {
        id: "asset_confirmation_id",
        path: "/v1/asset_confirmations",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({ "centre_id": ids["centre_id"], "asset_id": ids["asset_id"], "year": 2018, "confirmed_on": "2018-12-20",
                "quantity_found": 1, "condition": "usable", "confirmed_by": "Tổ kiểm kê" })
        },
        patch: Some(|| json!({ "condition": "broken" })),
    },
    Sample {
        id: "event_id",
        path: "/v1/events",
        by: Role::CommuneOfficer,
        held: Held::Tenant,
        body: |ids| {
            json!({
                "unit_id": ids["unit_id"], "kind": "training", "title": "Tập huấn cán bộ", "starts_on": "2018-04-12", "ends_on": "2018-04-12",
                "themes": [{ "title": "15 tiêu chí" }], "participants": [{ "group": "association_officers", "number": 126, "organisations": 79 }],
            })
        },
        patch: Some(|| json!({ "conclusions": "Tổ chức lại vào quý IV" })),
    },
    Sample {
        id: "rapporteur_id",
        path: "/v1/rapporteurs",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "full_name": "Trần Văn Minh", "kind": "rapporteur",
                "topics": [{ "category": "law", "title": "Luật Đất đai" }],
            })
        },
        patch: Some(|| json!({ "occupation": "Luật sư" })),
    },
    Sample {
        id: "rapporteur_assignment_id",
        path: "/v1/rapporteur_assignments",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "rapporteur_id": ids["rapporteur_id"], "activity_id": ids["activity_id"],
                "held_on": "2018-03-14", "sessions": 1, "fee_vnd": 300_000,
            })
        },
        patch: Some(|| json!({ "topic": "Cấp giấy chứng nhận" })),
    },
    Sample {
        id: "commendation_id",
        path: "/v1/commendations",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "year": 2018, "recipient_kind": "rapporteur", "rapporteur_id": ids["rapporteur_id"],
                "form": "certificate", "reason": "Thành tích xuất sắc năm 2018", "event_id": ids["event_id"],
            })
        },
        patch: Some(|| json!({ "form": "diploma" })),
    },
    Sample {
        id: "learning_model_count_id",
        path: "/v1/learning_model_counts",
        by: Role::CommuneOfficer,
        held: Held::Tenant,
        body: |ids| {
            json!({
                "unit_id": ids["unit_id"], "year": 2018, "model": "family", "base_total": 2612, "registered": 2300, "recognised": 2150,
                "as_of_date": "2018-11-20",
            })
        },
        patch: Some(|| json!({ "recognised": 2151 })),
    },
    Sample {
        id: "profile_indicator_id",
        path: "/v1/profile_indicators",
        by: Role::ProvinceAdmin,
        held: Held::Tenant,
        body: |_| {
            json!({
                "code": "clean_water_percent", "label": { "vi": "Tỷ lệ hộ dùng nước sạch", "en": "Households with clean water, percent" },
                "measure": "percent", "whole": "households",
            })
        },
        patch: Some(|| json!({ "active": false })),
    },
    Sample {
        id: "profile_value_id",
        path: "/v1/profile_values",
        by: Role::CommuneOfficer,
        held: Held::Tenant,
        body: |ids| json!({ "unit_id": ids["unit_id"], "year": 2018, "indicator": "area", "value": 10.37 }),
        patch: Some(|| json!({ "source": "Báo cáo số 10/BC-TTHTCĐ" })),
    },
    Sample {
        id: "document_id",
        path: "/v1/documents",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "direction": "outgoing", "kind": "report", "number": 10, "symbol": "BC-TTHTCĐ",
                "signed_on": "2018-11-26", "subject": "Báo cáo kết quả hoạt động năm 2018", "plan_id": ids["plan_id"], "signer": "Nguyễn Văn An",
            })
        },
        patch: Some(|| json!({ "recipients": ["UBND phường Kim Sơn"] })),
    },
    Sample {
        id: "news_id",
        path: "/v1/news",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| json!({ "centre_id": ids["centre_id"], "title": "Khai mạc Tuần lễ học tập suốt đời", "body": "Sáng 1/10." }),
        patch: Some(|| json!({ "summary": "Hơn 200 người dự." })),
    },
    Sample {
        id: "finding_explanation_id",
        path: "/v1/finding_explanations",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "code": "no_study_promotion_seat", "explanation": "Hội Khuyến học đang cử người thay.",
                "explained_by": "Nguyễn Văn An, Giám đốc", "explained_on": "2026-11-01",
            })
        },
        patch: Some(|| json!({ "valid_until": "2027-03-31" })),
    },
    Sample {
        id: "report_id",
        path: "/v1/reports",
        by: Role::CentreManager,
        held: Held::Centre,
        body: |ids| {
            json!({
                "centre_id": ids["centre_id"], "kind": "annual", "period": "2018", "number": 10, "signed_on": "2018-11-26",
                "addressees": ["Ủy ban nhân dân phường Kim Sơn"], "signer": { "name": "Nguyễn Văn An" },
            })
        },
        patch: Some(|| json!({ "judgements": { "enterprises": "not_yet_effective" } })),
    },
    Sample {
        id: "extension_id",
        path: "/v1/extensions",
        by: Role::ProvinceAdmin,
        held: Held::Tenant,
        body: |ids| {
            json!({
                "unit_id": ids["unit_id"], "kind": "annual_report", "year": 2018, "until": "2027-02-28", "reason": "Xã bị lũ quét.",
            })
        },
        patch: None,
    },
];

/// Those that a holder keeps.
pub fn held_by(held: Held) -> impl Iterator<Item = &'static Sample> {
    SAMPLES.iter().filter(move |sample| sample.held == held)
}
