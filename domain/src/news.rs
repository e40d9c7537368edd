//! News of a centre or a unit, with pictures, for its own site: written, published, withdrawn.
//!
//! The text is plain: lines, with an empty one between paragraphs. There is no markup in it to be believed or to be cleaned.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

use crate::Coded;
use crate::centre::is_plausible;
use crate::id::{CentreId, FileId, NewsId, UnitId};
use crate::problem::{Code, Faults, Problem, Result};
use crate::rating::{AllowedAction, Reason};
use crate::record::{Holder, Record};
use crate::text::Label;
use crate::user::{named, plain};

coded! {
    /// Where a news item stands.
    pub enum NewsState in "news_state" {
        /// Being written.
        Draft = "draft" ("đang soạn", "draft"),
        /// Shown to everybody, where the province publishes news.
        Published = "published" ("đã đăng", "published"),
        /// Taken back.
        Withdrawn = "withdrawn" ("đã gỡ", "withdrawn"),
    }
}

coded! {
    /// What can be done with a news item.
    pub enum NewsAction in "news_action" {
        /// Change it.
        Edit = "edit" ("sửa", "edit"),
        /// Remove it.
        Delete = "delete" ("xóa", "delete"),
        /// Show it to everybody.
        Publish = "publish" ("đăng", "publish"),
        /// Take it back.
        Withdraw = "withdraw" ("gỡ", "withdraw"),
    }
}

impl NewsAction {
    /// Whether a state allows it.
    pub fn is_allowed_in(self, state: NewsState) -> bool {
        match self {
            Self::Edit | Self::Delete | Self::Publish => state != NewsState::Published,
            Self::Withdraw => state == NewsState::Published,
        }
    }
}

/// A picture of a news item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct NewsPicture {
    /// A stored JPEG, PNG or WebP of the centre, or, for a unit, of a centre that lies in it.
    pub file_id: FileId,
    /// What it shows, for those who do not see it.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Lớp học nghề nấu ăn tại nhà văn hóa", min_length = 1, max_length = 300)]
    pub alt: String,
    /// What stands below it.
    #[serde(default)]
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 300)]
    pub caption: Option<String>,
    /// Whom it is from.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "TTHTCĐ phường Kim Sơn", min_length = 1, max_length = 120)]
    pub credit: Option<String>,
    /// Whether somebody can be recognised on it.
    pub shows_people: bool,
}

/// What became of a news item: set by the acts on it, never by whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct NewsCourse {
    /// Where it stands.
    pub state: NewsState,
    /// The day that lists run by: of its publication, before that of its draft.
    pub listed_on: NaiveDate,
    /// When it was last published.
    pub published_at: Option<DateTime<Utc>>,
    /// Whether it was said at its publication that those who can be recognised on its pictures agree.
    pub people_agreed: bool,
    /// When it was taken back; `null` again once it is published.
    pub withdrawn_at: Option<DateTime<Utc>>,
    /// Why it was taken back.
    pub withdrawal_reason: Option<String>,
}

impl Default for NewsCourse {
    fn default() -> Self {
        Self {
            state: NewsState::Draft,
            listed_on: NaiveDate::default(),
            published_at: None,
            people_agreed: false,
            withdrawn_at: None,
            withdrawal_reason: None,
        }
    }
}

/// A news item of a centre or a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct News {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<NewsId>,
    /// The centre whose news it is …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or the unit; everybody of the province reads what a unit writes, drafts too.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// The headline.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Khai mạc Tuần lễ hưởng ứng học tập suốt đời năm 2018", min_length = 1, max_length = 200)]
    pub title: String,
    /// What lists show of it.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 500)]
    pub summary: Option<String>,
    /// The text, plain: no markup, an empty line between paragraphs. Whoever shows it shows it as text.
    #[validate(length(min = 1, max = 20_000), custom(function = "named"))]
    #[schema(example = "Sáng 1/10, trung tâm khai mạc tuần lễ.\n\nHơn 200 người dự.", min_length = 1, max_length = 20_000)]
    pub body: String,
    /// Its language (ISO 639): `vi` unless given.
    #[serde(default = "vietnamese")]
    #[validate(length(min = 2, max = 3), custom(function = "plain"))]
    #[schema(default = "vi", required = false, min_length = 2, max_length = 3, pattern = "^[a-z]{2,3}$")]
    pub language: String,
    /// Its pictures, in their order.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub pictures: Vec<NewsPicture>,
    /// Until when it stands at the top.
    #[serde(default)]
    #[schema(example = "2018-10-07")]
    pub pinned_until: Option<NaiveDate>,
    /// What became of it.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub course: NewsCourse,
}

fn vietnamese() -> String {
    "vi".into()
}

impl Record for News {
    type Id = NewsId;
    const SUBJECT: &'static str = "news";
    const PLURAL: &'static str = "news";
    const NAME: (&'static str, &'static str) = ("tin", "news item");

    fn own_id(&self) -> Option<NewsId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Holder::of(self.centre_id, self.unit_id)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.language.chars().all(|c| c.is_ascii_lowercase()),
            "/language",
            "language_code",
            "Mã ngôn ngữ gồm 2 hoặc 3 chữ thường theo ISO 639, ví dụ vi.",
            "A language has a code of 2 or 3 small letters by ISO 639, such as vi.",
        );
        faults.check(
            self.pinned_until.is_none_or(|day| is_plausible(day, today)),
            "/pinned_until",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
        for (place, picture) in self.pictures.iter().enumerate() {
            faults.check(
                self.pictures.iter().take(place).all(|other| other.file_id != picture.file_id),
                format!("/pictures/{place}/file_id"),
                "named_once",
                "Ảnh này đã có trong tin.",
                "This picture stands in the item already.",
            );
        }
    }

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        NewsCourse::schemas(schemas);
        schemas.push((NewsState::name().into(), NewsState::schema()));
        crate::record::members_of::<NewsCourse>()
    }
}

impl News {
    /// Why an action cannot be taken now, whoever asks.
    pub fn reasons_against(&self, action: NewsAction) -> Vec<Reason> {
        if action.is_allowed_in(self.course.state) {
            return vec![];
        }
        let label = self.course.state.label();
        let more = if self.course.state == NewsState::Published {
            ("; gỡ xuống trước khi sửa hay xóa", "; withdraw it first")
        } else {
            ("", "")
        };
        let detail = Label::new(
            format!("Tin đang ở trạng thái «{}»{}.", label.vi, more.0),
            format!("The item is in the state “{}”{}.", label.en, more.1),
        );
        vec![Reason { code: "wrong_state".into(), detail }]
    }

    /// Every action, with why it cannot be taken now.
    pub fn allowed_actions(&self) -> Vec<AllowedAction> {
        let entry = |action: &NewsAction| {
            let reasons = self.reasons_against(*action);
            AllowedAction { action: action.code().to_owned(), allowed: reasons.is_empty(), reasons }
        };
        NewsAction::ALL.iter().map(entry).collect()
    }

    /// An action may be taken now.
    ///
    /// # Errors
    /// `state_conflict` with the state, the reasons, and what is allowed instead.
    pub fn permit(&self, action: NewsAction) -> Result<()> {
        let reasons = self.reasons_against(action);
        let Some(first) = reasons.first() else { return Ok(()) };
        let detail = Some(Box::new(first.detail.clone()));
        Err(Problem { detail, ..Problem::new(Code::StateConflict) }
            .with("state", self.course.state)
            .with("reasons", &reasons)
            .with("allowed_actions", self.allowed_actions()))
    }

    /// The item once it is published.
    ///
    /// # Errors
    /// `rule_broken` where people can be recognised on its pictures and nobody says that they agree.
    pub fn published(&self, said: &PublishNews, at: DateTime<Utc>, today: NaiveDate) -> Result<Self> {
        if self.pictures.iter().any(|picture| picture.shows_people) && !said.people_agreed {
            let (vi, en) = (
                "Ảnh trong tin nhận ra người: chỉ đăng khi những người đó (với trẻ em là cha mẹ hoặc người giám hộ) đã đồng ý; xác nhận bằng people_agreed.",
                "People can be recognised on pictures of this item: it is published once they agree, for children their parents or guardians; say so by people_agreed.",
            );
            return Err(Problem::rule("/people_agreed", "people_agreed", vi, en).basis("Bộ luật Dân sự 2015, Điều 32"));
        }
        let course = NewsCourse {
            state: NewsState::Published,
            listed_on: today,
            published_at: Some(at),
            people_agreed: said.people_agreed,
            withdrawn_at: None,
            withdrawal_reason: None,
        };
        Ok(Self { course, ..self.clone() })
    }

    /// The item once it is taken back.
    pub fn withdrawn(&self, reason: Option<String>, at: DateTime<Utc>) -> Self {
        let course =
            NewsCourse { state: NewsState::Withdrawn, withdrawn_at: Some(at), withdrawal_reason: reason, ..self.course.clone() };
        Self { course, ..self.clone() }
    }
}

/// What is said at a publication.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PublishNews {
    /// That those who can be recognised on its pictures agree, for children their parents or guardians. Needed where there are any.
    #[serde(default)]
    #[schema(default = false, required = false)]
    pub people_agreed: bool,
}

/// A withdrawal.
#[derive(Debug, Clone, Default, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct WithdrawNews {
    /// Why.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Có người trong ảnh không đồng ý nữa.", min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn news(state: NewsState, shows_people: &[bool]) -> News {
        let pictures: Vec<_> = (1..)
            .zip(shows_people)
            .map(|(number, shows)| json!({ "file_id": uuid::Uuid::from_u128(number), "alt": "ảnh", "shows_people": shows }))
            .collect();
        let mut news: News = serde_json::from_value(json!({ "title": "Tin", "body": "Chữ", "pictures": pictures })).unwrap();
        news.course.state = state;
        news
    }

    #[test]
    fn a_state_allows_just_these_actions() {
        use NewsAction::*;
        for (state, allowed) in [
            (NewsState::Draft, vec![Edit, Delete, Publish]),
            (NewsState::Published, vec![Withdraw]),
            (NewsState::Withdrawn, vec![Edit, Delete, Publish]),
        ] {
            for action in NewsAction::ALL {
                let permitted = news(state, &[]).permit(*action);
                assert_eq!(permitted.is_ok(), allowed.contains(action), "{action:?} in {state:?}");
                if let Err(problem) = permitted {
                    assert_eq!((problem.code, &problem.members["state"]), (Code::StateConflict, &json!(state)));
                }
            }
        }
    }

    #[test]
    fn whoever_can_be_recognised_has_agreed() {
        let (at, today) = ("2026-11-22T03:00:00Z".parse().unwrap(), "2026-11-22".parse().unwrap());
        for (shows_people, people_agreed, is_published) in
            [(&[][..], false, true), (&[false, false], false, true), (&[false, true], false, false), (&[false, true], true, true)]
        {
            let result = news(NewsState::Draft, shows_people).published(&PublishNews { people_agreed }, at, today);
            assert_eq!(result.is_ok(), is_published, "{shows_people:?} {people_agreed}");
        }
        let shown = news(NewsState::Draft, &[]).published(&PublishNews::default(), at, today).unwrap();
        assert_eq!(
            (shown.course.state, shown.course.published_at, shown.course.listed_on),
            (NewsState::Published, Some(at), today)
        );
        let back = shown.withdrawn(Some("nhầm".into()), at);
        assert_eq!((back.course.state, back.course.published_at), (NewsState::Withdrawn, Some(at)));
        let again = back.published(&PublishNews::default(), at, today).unwrap();
        assert_eq!((again.course.withdrawn_at, again.course.withdrawal_reason), (None, None));
    }

    #[test]
    fn a_picture_stands_once_and_a_language_is_a_code() {
        let mut item = news(NewsState::Draft, &[true, true]);
        item.pictures[1].file_id = item.pictures[0].file_id;
        item.language = "VI".into();
        let mut faults = Faults::default();
        item.check(&mut faults, "2026-11-22".parse().unwrap());
        let rules: Vec<_> = faults.into_result().unwrap_err().faults.iter().map(|fault| fault.rule).collect();
        assert_eq!(rules, ["language_code", "named_once"]);
    }
}
