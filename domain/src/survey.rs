//! Surveys of what people want to learn: through which channels they were asked, and which topics came of it.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::activity::{Category, check_days};
use crate::id::{CentreId, SurveyId, SurveyTopicId};
use crate::problem::Faults;
use crate::record::{Holder, Record};
use crate::user::{named, plain};

coded! {
    /// A way in which people are asked what they want to learn.
    pub enum SurveyChannel in "survey_channel" {
        /// Meetings of associations.
        AssociationMeeting = "association_meeting" ("họp hội, đoàn thể", "association meeting"),
        /// Meetings of a hamlet or quarter.
        HamletMeeting = "hamlet_meeting" ("họp thôn, khu phố", "hamlet meeting"),
        /// Interviews.
        Interview = "interview" ("phỏng vấn", "interview"),
        /// A letter box.
        LetterBox = "letter_box" ("hòm thư góp ý", "letter box"),
        /// Social networks.
        SocialNetwork = "social_network" ("mạng xã hội", "social network"),
        /// What production needs.
        ProductionNeeds = "production_needs" ("nhu cầu sản xuất", "production needs"),
        /// Questionnaires.
        Questionnaire = "questionnaire" ("phiếu hỏi", "questionnaire"),
        /// Another way.
        Other = "other" ("hình thức khác", "another way"),
    }
}

/// A channel that was used.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct UsedChannel {
    /// Which one.
    pub channel: SurveyChannel,
    /// How many people it reached; blank where nobody counted.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 120, minimum = 0, maximum = 10_000_000)]
    pub reached: Option<i64>,
}

/// Something that people want to learn.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SurveyTopic {
    /// Identity, by which items of plans refer to it; made where the client does not.
    #[serde(default)]
    pub id: Option<SurveyTopicId>,
    /// The national category.
    pub category: Category,
    /// The province's own category below it.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 40)]
    pub sub_category: Option<String>,
    /// What it is.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Kỹ thuật trồng na trái vụ", min_length = 1, max_length = 300)]
    pub title: String,
    /// How many asked for it; blank where nobody counted.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 64, minimum = 0, maximum = 10_000_000)]
    pub wishes: Option<i64>,
}

/// A survey of learning needs (điều tra nhu cầu học tập), on which a plan is built.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Survey {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<SurveyId>,
    /// The centre.
    pub centre_id: CentreId,
    /// What it is called.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Điều tra nhu cầu học tập năm 2018", min_length = 1, max_length = 300)]
    pub title: String,
    /// First day.
    #[schema(example = "2017-11-01")]
    pub started_on: NaiveDate,
    /// Last day; `null` while it goes on.
    #[serde(default)]
    #[schema(example = "2017-11-30")]
    pub ended_on: Option<NaiveDate>,
    /// How many people were asked.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 500, minimum = 0, maximum = 10_000_000)]
    pub asked: Option<i64>,
    /// How many answered.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 412, minimum = 0, maximum = 10_000_000)]
    pub answered: Option<i64>,
    /// The channels that were used, each once.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub channels: Vec<UsedChannel>,
    /// What people want to learn. A change sends all of them, those that stay with their ids.
    #[serde(default)]
    #[validate(length(max = 200), nested)]
    #[schema(max_items = 200)]
    pub topics: Vec<SurveyTopic>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Survey {
    /// The ids of its topics.
    pub fn topic_ids(&self) -> BTreeSet<SurveyTopicId> {
        self.topics.iter().filter_map(|topic| topic.id).collect()
    }
}

impl Record for Survey {
    type Id = SurveyId;
    const SUBJECT: &'static str = "survey";
    const PLURAL: &'static str = "surveys";
    const NAME: (&'static str, &'static str) = ("đợt điều tra nhu cầu", "survey");

    fn own_id(&self) -> Option<SurveyId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_days(faults, "/started_on", self.started_on, "/ended_on", self.ended_on, today);
        faults.check(
            self.answered.is_none_or(|answered| self.asked.is_none_or(|asked| answered <= asked)),
            "/answered",
            "answered_within_asked",
            "Số người trả lời không thể lớn hơn số người được hỏi. Không biết thì để trống, đừng ghi 0.",
            "No more people answer than are asked. Leave it blank where it is not known; blank is not 0.",
        );
        for (place, used) in self.channels.iter().enumerate() {
            faults.check(
                !self.channels[..place].iter().any(|other| other.channel == used.channel),
                format!("/channels/{place}/channel"),
                "channel_once",
                "Mỗi kênh chỉ ghi một lần.",
                "Each channel stands once.",
            );
        }
        for (place, topic) in self.topics.iter().enumerate() {
            faults.check(
                topic.id.is_none() || !self.topics[..place].iter().any(|other| other.id == topic.id),
                format!("/topics/{place}/id"),
                "topic_once",
                "Mỗi chủ đề có id riêng.",
                "Each topic has an id of its own.",
            );
            faults.check(
                topic.wishes.is_none_or(|wishes| self.answered.is_none_or(|answered| wishes <= answered)),
                format!("/topics/{place}/wishes"),
                "wishes_within_answered",
                "Số người chọn một chủ đề không thể lớn hơn số người trả lời.",
                "No more people ask for a topic than answer.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    #[test]
    fn a_survey_counts_no_more_answers_than_people_asked_and_names_each_thing_once() {
        let id = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";
        let topic = |id: Value| json!({ "id": id, "category": "law", "title": "Luật Đất đai" });
        let table: [(Value, &[&str]); 12] = [
            (json!({}), &[]),
            (json!({ "asked": 500, "answered": 412 }), &[]),
            (json!({ "asked": 500, "answered": 500 }), &[]),
            (json!({ "asked": 500, "answered": 501 }), &["answered_within_asked"]),
            // Letters come without anybody having been asked.
            (json!({ "answered": 12 }), &[]),
            (json!({ "ended_on": "2017-10-31" }), &["dates_in_order"]),
            (json!({ "channels": [{ "channel": "interview" }, { "channel": "letter_box", "reached": 0 }] }), &[]),
            (json!({ "channels": [{ "channel": "interview" }, { "channel": "interview", "reached": 3 }] }), &["channel_once"]),
            (json!({ "topics": [topic(Value::Null), topic(Value::Null), topic(json!(id))] }), &[]),
            (json!({ "topics": [topic(json!(id)), topic(json!(id))] }), &["topic_once"]),
            (json!({ "topics": [{ "category": "law", "title": "Luật Đất đai", "wishes": 412 }], "answered": 412 }), &[]),
            (
                json!({ "topics": [{ "category": "law", "title": "Luật Đất đai", "wishes": 413 }], "answered": 412 }),
                &["wishes_within_answered"],
            ),
        ];
        for (members, rules) in table {
            let mut body = json!({ "centre_id": id, "title": "Điều tra", "started_on": "2017-11-01" });
            body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
            let survey: Survey = serde_json::from_value(body).unwrap();
            let mut faults = Faults::default();
            survey.check(&mut faults, "2026-11-22".parse().unwrap());
            let found = faults.into_result().err().map_or(vec![], |problem| problem.faults);
            assert_eq!(found.iter().map(|fault| fault.rule).collect::<Vec<_>>(), rules, "{members}");
        }
    }
}
