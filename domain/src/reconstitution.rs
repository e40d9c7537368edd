//! The reshaping of a board as one act (kiện toàn): one decision ends some appointments and makes others.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::appointment::{
    Appointment, BoardBody, Employment, Post, Sector, check_body, check_decision, check_duties, check_post,
};
use crate::centre::{Decision, is_plausible};
use crate::id::{AppointmentId, CentreId, PersonId, ReconstitutionId, SiteId};
use crate::person::Person;
use crate::problem::Faults;
use crate::user::{named, plain};

/// A seat that is given to somebody.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewSeat {
    /// Identity of the appointment, where the client makes it.
    #[serde(default)]
    pub id: Option<AppointmentId>,
    /// Who: one of the centre's persons; or `person`.
    #[serde(default)]
    pub person_id: Option<PersonId>,
    /// Somebody who is not recorded yet; or `person_id`.
    #[serde(default)]
    #[validate(nested)]
    pub person: Option<Person>,
    /// The post.
    #[schema(example = "director")]
    pub post: Post,
    /// The sector that they represent; `null` when not known.
    #[serde(default)]
    pub sector: Option<Sector>,
    /// The organisation that they represent.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(max_length = 200)]
    pub organisation: Option<String>,
    /// How they serve; `null` when not known.
    #[serde(default)]
    pub employment: Option<Employment>,
    /// The duties that are assigned to them.
    #[serde(default)]
    #[validate(length(max = 30))]
    #[schema(max_items = 30)]
    pub duties: Vec<String>,
    /// The last day, where it is known: of a secondment, or when the past is entered.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

/// A reconstitution to be done.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateReconstitution {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<ReconstitutionId>,
    /// The body that is reshaped.
    pub body: BoardBody,
    /// The site, for the board of a site.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// The first day of those who are appointed; the day before is the last one of those who leave.
    pub effective_on: NaiveDate,
    /// The decision, for all of it.
    #[validate(nested)]
    pub decision: Decision,
    /// Whether all who hold a post of the body on that day leave it; whoever stays is appointed again.
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub end_all: bool,
    /// The appointments that end, when not all do.
    #[serde(default)]
    #[validate(length(max = 200))]
    #[schema(max_items = 200)]
    pub end_appointment_ids: Vec<AppointmentId>,
    /// Whom it appoints.
    #[serde(default)]
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub appoint: Vec<NewSeat>,
    /// Why they leave.
    #[serde(default)]
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Kiện toàn sau bầu cử HĐND", min_length = 1, max_length = 300)]
    pub reason: Option<String>,
}

impl CreateReconstitution {
    /// The rules that need nothing but the act itself, the centre it is done on, and the date.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self, centre: CentreId, today: NaiveDate) -> crate::Result<()> {
        let mut faults = Faults::default();
        check_body(&mut faults, self.body, self.site_id);
        faults.check(
            is_plausible(self.effective_on, today),
            "/effective_on",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
        check_decision(&mut faults, "/decision", &self.decision, Some(self.effective_on), today);
        faults.check(
            self.end_all || !self.end_appointment_ids.is_empty() || !self.appoint.is_empty(),
            "",
            "something_changes",
            "Kiện toàn phải kết thúc hoặc bổ nhiệm ít nhất một người.",
            "A reconstitution ends or makes at least one appointment.",
        );
        faults.check(
            !self.end_all || self.end_appointment_ids.is_empty(),
            "/end_appointment_ids",
            "all_or_some",
            "Đã kết thúc toàn bộ (end_all) thì không liệt kê từng người.",
            "Where all of them end (end_all), none is listed.",
        );
        let distinct: std::collections::BTreeSet<_> = self.end_appointment_ids.iter().collect();
        faults.check(
            distinct.len() == self.end_appointment_ids.len(),
            "/end_appointment_ids",
            "each_once",
            "Mỗi bổ nhiệm chỉ nêu một lần.",
            "Each appointment is named once.",
        );
        for (place, seat) in self.appoint.iter().enumerate() {
            check_post(&mut faults, &format!("/appoint/{place}/post"), self.body, seat.post);
            check_duties(&mut faults, &format!("/appoint/{place}/duties"), &seat.duties);
            faults.check(
                seat.person.is_some() != seat.person_id.is_some(),
                format!("/appoint/{place}"),
                "one_person",
                "Nêu đúng một: person_id của người đã có, hoặc person để ghi người mới.",
                "Name just one: the person_id of somebody who is recorded, or a new person.",
            );
            faults.check(
                seat.person.as_ref().is_none_or(|person| person.centre_id == centre),
                format!("/appoint/{place}/person/centre_id"),
                "same_centre",
                "Người mới phải thuộc chính trung tâm này.",
                "A new person belongs to this centre.",
            );
        }
        faults.into_result()
    }

    /// The appointment that gives a seat to somebody.
    pub fn appointment(&self, centre_id: CentreId, seat: &NewSeat, person_id: PersonId) -> Appointment {
        Appointment {
            id: seat.id,
            centre_id,
            person_id,
            body: self.body,
            site_id: self.site_id,
            post: seat.post,
            sector: seat.sector,
            organisation: seat.organisation.clone(),
            employment: seat.employment,
            duties: seat.duties.clone(),
            starts_on: self.effective_on,
            ends_on: seat.ends_on,
            decision: Some(self.decision.clone()),
            end_decision: None,
            end_reason: None,
        }
    }

    /// Whether it can end an appointment: one of the body, which holds on the day before and was to go on.
    pub fn ends(&self, it: &Appointment) -> bool {
        (it.body, it.site_id) == (self.body, self.site_id)
            && it.starts_on < self.effective_on
            && it.ends_on.is_none_or(|end| self.effective_on <= end)
    }

    /// What it makes of an appointment that it ends.
    pub fn ended(&self, it: &Appointment) -> Appointment {
        Appointment {
            ends_on: self.effective_on.pred_opt(),
            end_decision: Some(self.decision.clone()),
            end_reason: self.reason.clone(),
            ..it.clone()
        }
    }
}

/// A reconstitution that was done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Reconstitution {
    /// Identity.
    pub id: ReconstitutionId,
    /// The centre.
    pub centre_id: CentreId,
    /// The body that was reshaped.
    pub body: BoardBody,
    /// The site, for the board of a site.
    pub site_id: Option<SiteId>,
    /// The first day of those who were appointed.
    pub effective_on: NaiveDate,
    /// The decision.
    pub decision: Decision,
    /// Why those left who did.
    pub reason: Option<String>,
    /// The appointments that it ended.
    pub ended_ids: Vec<AppointmentId>,
    /// The appointments that it made.
    pub appointed_ids: Vec<AppointmentId>,
    /// When it was recorded.
    pub created_at: DateTime<Utc>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const CENTRE: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";
    const OTHER: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c12";

    fn act(changes: serde_json::Value) -> CreateReconstitution {
        let mut body = json!({
            "body": "board", "effective_on": "2012-07-01",
            "decision": { "number": "12/QĐ-UBND", "date": "2012-06-20", "issuer": "UBND huyện Đông Triều" },
            "appoint": [{ "post": "director", "person_id": OTHER }],
        });
        for (name, value) in changes.as_object().unwrap() {
            body[name] = value.clone();
        }
        serde_json::from_value(body).unwrap()
    }

    #[test]
    fn an_act_says_whom_it_ends_and_whom_it_appoints() {
        let table = [
            (json!({}), None),
            (json!({ "end_all": true, "appoint": [] }), None),
            (json!({ "appoint": [] }), Some(("", "something_changes"))),
            (json!({ "end_all": true, "end_appointment_ids": [OTHER] }), Some(("/end_appointment_ids", "all_or_some"))),
            (json!({ "end_appointment_ids": [OTHER, OTHER] }), Some(("/end_appointment_ids", "each_once"))),
            (json!({ "body": "site_board", "appoint": [], "end_all": true }), Some(("/site_id", "site_of_site_board"))),
            (json!({ "effective_on": "2012-06-19" }), Some(("/decision/date", "decision_before_effect"))),
            (json!({ "effective_on": "2030-01-01" }), Some(("/effective_on", "plausible_date"))),
            (json!({ "appoint": [{ "post": "head", "person_id": OTHER }] }), Some(("/appoint/0/post", "post_of_body"))),
            (json!({ "appoint": [{ "post": "director" }] }), Some(("/appoint/0", "one_person"))),
            (
                json!({ "appoint": [{ "post": "director", "person": { "centre_id": OTHER, "full_name": "Lan" } }] }),
                Some(("/appoint/0/person/centre_id", "same_centre")),
            ),
            (json!({ "appoint": [{ "post": "director", "person": { "centre_id": CENTRE, "full_name": "Lan" } }] }), None),
        ];
        for (changes, expected) in table {
            let answer = act(changes.clone()).check(CENTRE.parse().unwrap(), "2026-11-22".parse().unwrap());
            let faults = answer.err().map_or(vec![], |problem| problem.faults);
            let found: Vec<_> = faults.iter().map(|fault| (fault.pointer.as_str(), fault.rule)).collect();
            assert_eq!(found, expected.into_iter().collect::<Vec<_>>(), "{changes}");
        }
    }

    #[test]
    fn it_ends_what_was_to_go_on_the_day_before() {
        let act = act(json!({ "reason": "Nghỉ hưu" }));
        for (from, to, ends) in [
            ("2007-01-15", None, true),
            ("2007-01-15", Some("2012-07-01"), true),
            ("2007-01-15", Some("2012-06-30"), false),
            ("2012-06-30", None, true),
            ("2012-07-01", None, false),
        ] {
            let mut held = act.appointment(CENTRE.parse().unwrap(), &act.appoint[0], OTHER.parse().unwrap());
            (held.starts_on, held.ends_on) = (from.parse().unwrap(), to.map(|to| to.parse().unwrap()));
            assert_eq!(act.ends(&held), ends, "{from} {to:?}");
            let ended = act.ended(&held);
            assert_eq!((ended.ends_on, ended.end_reason.as_deref()), (Some("2012-06-30".parse().unwrap()), Some("Nghỉ hưu")));
            assert_eq!(ended.end_decision, Some(act.decision.clone()));
            assert!(!act.ends(&Appointment { body: BoardBody::Committee, ..held }));
        }
    }
}
