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
];

/// Those that a holder keeps.
pub fn held_by(held: Held) -> impl Iterator<Item = &'static Sample> {
    SAMPLES.iter().filter(move |sample| sample.held == held)
}
