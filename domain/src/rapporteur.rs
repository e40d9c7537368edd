//! Rapporteurs (báo cáo viên), collaborators and teachers: the rosters of centres and of the networks above them, and who
//! spoke where.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::{Category, check_days};
use crate::centre::is_plausible;
use crate::id::{ActivityId, CentreId, EventId, RapporteurAssignmentId, RapporteurId, UnitId};
use crate::personal::{Email, Phone};
use crate::problem::Faults;
use crate::quantity::Given;
use crate::record::{Holder, Record};
use crate::user::{mail_address, person_name, phone_number, plain};

coded! {
    /// What somebody on a roster is.
    pub enum RapporteurKind in "rapporteur_kind" {
        /// Báo cáo viên.
        Rapporteur = "rapporteur" ("báo cáo viên", "rapporteur"),
        /// Cộng tác viên.
        Collaborator = "collaborator" ("cộng tác viên", "collaborator"),
        /// Giáo viên, giảng viên.
        Teacher = "teacher" ("giáo viên", "teacher"),
    }
}

/// What somebody speaks about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RapporteurTopic {
    /// The national category.
    pub category: Category,
    /// The topic in it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Luật Đất đai", max_length = 200)]
    pub title: Option<String>,
}

/// Somebody on the roster of a centre, or of the network of a commune, district or province.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Rapporteur {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<RapporteurId>,
    /// The centre whose roster it is …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit whose network it is; everybody of the province reads it.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// What they are called.
    #[validate(length(min = 1, max = 200), custom(function = "person_name"))]
    #[schema(example = "Trần Văn Minh", min_length = 1, max_length = 200)]
    pub full_name: String,
    /// Rapporteur, collaborator or teacher.
    pub kind: RapporteurKind,
    /// Where they work.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Trạm Y tế phường Kim Sơn", max_length = 200)]
    pub organisation: Option<String>,
    /// What they do there.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Bác sĩ", max_length = 200)]
    pub occupation: Option<String>,
    /// Their training.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Bác sĩ chuyên khoa I", max_length = 200)]
    pub qualification: Option<String>,
    /// What they speak about.
    #[serde(default)]
    #[validate(length(max = 50), nested)]
    #[schema(max_items = 50)]
    pub topics: Vec<RapporteurTopic>,
    /// First day on the roster.
    #[serde(default)]
    pub active_from: Option<NaiveDate>,
    /// Last day on it; `null` while they are.
    #[serde(default)]
    pub active_to: Option<NaiveDate>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for Rapporteur {
    type Id = RapporteurId;
    const SUBJECT: &'static str = "rapporteur";
    const PLURAL: &'static str = "rapporteurs";
    const NAME: (&'static str, &'static str) = ("báo cáo viên, cộng tác viên", "rapporteur");

    fn own_id(&self) -> Option<RapporteurId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        match (self.active_from, self.active_to) {
            (Some(from), to) => check_days(faults, "/active_from", from, "/active_to", to, today),
            (None, Some(to)) => check_days(faults, "/active_to", to, "/active_to", None, today),
            (None, None) => {}
        }
        for (place, topic) in self.topics.iter().enumerate() {
            faults.check(
                !self.topics[..place].contains(topic),
                format!("/topics/{place}"),
                "topic_once",
                "Chuyên đề này đã có trong danh sách.",
                "This topic stands in the list already.",
            );
        }
    }
}

/// How somebody on a roster is reached. It shows itself masked.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct RapporteurContact {
    /// Where mail reaches them.
    #[schema(value_type = Option<String>, example = "m***@k***.vn")]
    pub email: Option<Email>,
    /// Their telephone number.
    #[schema(value_type = Option<String>, example = "***678")]
    pub phone: Option<Phone>,
}

/// How somebody on a roster is reached, to be stored in place of what is there.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReplaceRapporteurContact {
    /// Where mail reaches them; `null` for nowhere.
    #[serde(default)]
    #[validate(custom(function = "mail_address"))]
    #[schema(example = "minh@kimson.vn", max_length = 254)]
    pub email: Option<String>,
    /// Their telephone number; `null` for none.
    #[serde(default)]
    #[validate(custom(function = "phone_number"))]
    #[schema(example = "0912 345 678", pattern = "^\\+?[0-9][0-9 .-]{6,18}$")]
    pub phone: Option<String>,
}

impl From<ReplaceRapporteurContact> for RapporteurContact {
    fn from(new: ReplaceRapporteurContact) -> Self {
        Self { email: new.email.map(Email::from), phone: new.phone.map(Phone::from) }
    }
}

/// How somebody on a roster is reached, in clear.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct RapporteurContactView {
    /// Who.
    pub rapporteur_id: RapporteurId,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
}

impl RapporteurContactView {
    /// The contact of somebody, in clear: for whoever asked for it, and was put on record for it.
    pub fn of(rapporteur_id: RapporteurId, contact: &RapporteurContact) -> Self {
        Self {
            rapporteur_id,
            email: contact.email.as_ref().map(|email| email.reveal().to_owned()),
            phone: contact.phone.as_ref().map(|phone| phone.reveal().to_owned()),
        }
    }
}

/// That a rapporteur spoke in an activity or at an event. Whoever keeps it knows it and, where it was paid, paid it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct RapporteurAssignment {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<RapporteurAssignmentId>,
    /// The centre that keeps it; that of the activity, where it was one …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit that keeps it.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// Who spoke.
    pub rapporteur_id: RapporteurId,
    /// In which activity …
    #[serde(default)]
    pub activity_id: Option<ActivityId>,
    /// … or at which event.
    #[serde(default)]
    pub event_id: Option<EventId>,
    /// About what.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(example = "Hồ sơ cấp giấy chứng nhận quyền sử dụng đất", max_length = 300)]
    pub topic: Option<String>,
    /// In how many sessions (buổi); blank where they were not counted.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000))]
    #[schema(example = 1, minimum = 0, maximum = 1_000)]
    pub sessions: Option<i64>,
    /// What they were paid, in VND; 0 for nothing, blank where it is not known.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000))]
    #[schema(example = 300_000, minimum = 0, maximum = 1_000_000_000)]
    pub fee_vnd: Option<i64>,
    /// The day; within those of the activity or event.
    #[schema(example = "2018-03-14")]
    pub held_on: NaiveDate,
}

impl Record for RapporteurAssignment {
    type Id = RapporteurAssignmentId;
    const SUBJECT: &'static str = "rapporteur_assignment";
    const PLURAL: &'static str = "rapporteur_assignments";
    const NAME: (&'static str, &'static str) = ("phân công báo cáo viên", "assignment of a rapporteur");
    const FIXED: &'static [&'static str] = &["centre_id", "unit_id", "rapporteur_id", "activity_id", "event_id"];

    fn own_id(&self) -> Option<RapporteurAssignmentId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.activity_id.is_some() != self.event_id.is_some(),
            "/activity_id",
            "one_occasion",
            "Nêu đúng một nơi đã nói chuyện: activity_id hoặc event_id.",
            "Name just one occasion: activity_id or event_id.",
        );
        faults.check(
            is_plausible(self.held_on, today),
            "/held_on",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
    }
}

/// What somebody on a roster did, as far as whoever asks may read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct RapporteurTotals {
    /// Who.
    pub rapporteur_id: RapporteurId,
    /// How often they spoke.
    #[schema(example = 4)]
    pub assignments: usize,
    /// In how many sessions.
    pub sessions: Given,
    /// What they were paid, in VND.
    pub fee_vnd: Given,
    /// The first day on which they spoke.
    pub first_on: Option<NaiveDate>,
    /// The last one.
    pub last_on: Option<NaiveDate>,
}

impl RapporteurTotals {
    /// Adds up days, sessions and fees.
    pub fn of(rapporteur_id: RapporteurId, assignments: &[(NaiveDate, Option<i64>, Option<i64>)]) -> Self {
        let (mut sessions, mut fee_vnd) = (Given::default(), Given::default());
        for (_, counted, paid) in assignments {
            sessions.add(*counted);
            fee_vnd.add(*paid);
        }
        let days = || assignments.iter().map(|(day, ..)| *day);
        Self { rapporteur_id, assignments: assignments.len(), sessions, fee_vnd, first_on: days().min(), last_on: days().max() }
    }
}
