//! A centre's report of a year or another period: what is written by hand in it, its way to whoever accepts it, and the
//! versions that were handed in.
//!
//! Its numbers are counted from the records up to its cut-off each time it is read, until it is submitted: then all of it
//! is frozen, and later changes of records show only in the draft of the next version, after it was returned.

mod content;
mod facts;
mod results;
mod section;
mod version;

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::Schema;
use utoipa::{PartialSchema, ToSchema};
use validator::Validate;

pub use content::{ReportContent, ReportHead, ReportedCentre, ReportedPeriod, ReportedSection};
pub use facts::{
    ReportFacts, ReportedAsset, ReportedBoard, ReportedClubs, ReportedCommendations, ReportedMoney, ReportedPlan, ReportedSeat,
    ReportedSurvey, ReportedTraining,
};
pub use results::{HamletResults, ResultRow, Results};
pub use section::{Judgement, ReportJudgements, ReportPart, ReportSection, ReportTexts};
pub use version::{FrozenReport, ReportVersion};

use crate::Coded;
use crate::centre::{Centre, is_plausible};
use crate::document::{BorneNumber, DocumentKind};
use crate::id::{CentreId, ReportId, UserId};
use crate::period::{Period, PeriodKind};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::rating::{AllowedAction, Reason};
use crate::record::{Holder, Record};
use crate::text::{Label, is_plain};
use crate::user::named;

coded! {
    /// What a report is for.
    pub enum ReportKind in "report_kind" {
        /// Báo cáo năm (tổng kết).
        Annual = "annual" ("báo cáo năm", "annual report"),
        /// Báo cáo sơ kết sáu tháng.
        HalfYear = "half_year" ("báo cáo sơ kết sáu tháng", "half-year review"),
        /// Báo cáo quý.
        Quarterly = "quarterly" ("báo cáo quý", "quarterly report"),
        /// Báo cáo tháng.
        Monthly = "monthly" ("báo cáo tháng", "monthly report"),
        /// Báo cáo chuyên đề, đột xuất.
        Special = "special" ("báo cáo chuyên đề, đột xuất", "report on request"),
    }
}

impl ReportKind {
    /// Whether a report of this kind covers a period of this calendar.
    pub fn covers(self, period: PeriodKind) -> bool {
        use PeriodKind as P;
        match self {
            Self::Annual => matches!(period, P::CalendarYear | P::SchoolYear | P::ToMay | P::ToSeptember),
            Self::HalfYear => period == P::HalfYear,
            Self::Quarterly => period == P::Quarter,
            Self::Monthly => period == P::Month,
            Self::Special => true,
        }
    }
}

coded! {
    /// Where a report stands.
    pub enum ReportState in "report_state" {
        /// Being written.
        Draft = "draft" ("đang lập", "draft"),
        /// Handed in.
        Submitted = "submitted" ("đã nộp", "submitted"),
        /// Sent back with a reason.
        Returned = "returned" ("bị trả lại", "returned"),
        /// Accepted.
        Accepted = "accepted" ("đã được tiếp nhận", "accepted"),
    }
}

impl ReportState {
    /// Whether it may be written, and is counted anew each time.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Draft | Self::Returned)
    }
}

coded! {
    /// What can be done with a report.
    pub enum ReportAction in "report_action" {
        /// Change what is written by hand.
        Edit = "edit" ("sửa", "edit"),
        /// Remove it.
        Delete = "delete" ("xóa", "delete"),
        /// Hand it in.
        Submit = "submit" ("nộp", "submit"),
        /// Send it back.
        Return = "return" ("trả lại", "return"),
        /// Accept it.
        Accept = "accept" ("tiếp nhận", "accept"),
    }
}

/// Who signs a report.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReportSigner {
    /// On whose behalf (quyền hạn), where it is signed on somebody's.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "KT. Giám đốc", min_length = 1, max_length = 120)]
    pub authority: Option<String>,
    /// The post; that of the director when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "Giám đốc", min_length = 1, max_length = 120)]
    pub post: Option<String>,
    /// The name. Needed before it is handed in.
    #[serde(default)]
    #[validate(length(min = 1, max = 120), custom(function = "named"))]
    #[schema(example = "Nguyễn Văn An", min_length = 1, max_length = 120)]
    pub name: Option<String>,
}

/// What became of a report: set by the acts on it, never by whoever writes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportCourse {
    /// Where it stands.
    pub state: ReportState,
    /// How many versions were handed in.
    #[schema(example = 1)]
    pub version: i64,
    /// When the first version was handed in: to be held against the day on which it was due.
    pub first_submitted_at: Option<DateTime<Utc>>,
    /// When the newest version was handed in.
    pub submitted_at: Option<DateTime<Utc>>,
    /// When it was accepted.
    pub accepted_at: Option<DateTime<Utc>>,
    /// Why it was returned; `null` again once it is handed in.
    pub return_reason: Option<String>,
    /// The sections that the return names.
    pub return_sections: Vec<ReportSection>,
}

impl Default for ReportCourse {
    fn default() -> Self {
        Self {
            state: ReportState::Draft,
            version: 0,
            first_submitted_at: None,
            submitted_at: None,
            accepted_at: None,
            return_reason: None,
            return_sections: vec![],
        }
    }
}

/// A centre's report: what is written by hand. What its records say is counted.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Report {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ReportId>,
    /// The centre.
    pub centre_id: CentreId,
    /// What it is for. A centre has one report of a kind and period.
    pub kind: ReportKind,
    /// What it covers: `2018`, `2018-H1`, `2018-Q3`, `2018-10`, `school:2018`, `to_31_may:2019`, `to_30_september:2024` or
    /// `2018-01-01..2018-11-26`.
    #[schema(value_type = String, example = "2018")]
    pub period: Period,
    /// Its number, unique among the centre's reports of the year in which it is signed. Needed before it is handed in.
    #[serde(default)]
    #[validate(range(min = 1, max = 99_999))]
    #[schema(example = 10, minimum = 1, maximum = 99_999)]
    pub number: Option<i64>,
    /// Its symbol.
    #[serde(default = "usual_symbol")]
    #[validate(length(min = 1, max = 60), custom(function = "named"))]
    #[schema(default = "BC-TTHTCĐ", required = false, min_length = 1, max_length = 60)]
    pub symbol: String,
    /// The day it was signed. Needed before it is handed in.
    #[serde(default)]
    #[schema(example = "2018-11-26")]
    pub signed_on: Option<NaiveDate>,
    /// The last day whose records it counts: in the period, not after it was signed. Left out, the day it was signed, the last
    /// one of the period, or today, whichever is the first.
    #[serde(default)]
    #[schema(example = "2018-11-26")]
    pub cut_off: Option<NaiveDate>,
    /// The day on which it is due, where somebody set one.
    #[serde(default)]
    #[schema(example = "2018-11-30")]
    pub due_on: Option<NaiveDate>,
    /// The day on which it was handed in, where that was before it was handed in here: on paper, for instance. Lateness counts by it
    /// once it is handed in; `first_submitted_at` stays beside it.
    #[serde(default)]
    #[schema(example = "2018-11-28")]
    pub handed_in_on: Option<NaiveDate>,
    /// Where it is issued; the commune's name when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 100), custom(function = "named"))]
    #[schema(example = "Kim Sơn", min_length = 1, max_length = 100)]
    pub place: Option<String>,
    /// The body above the centre; the commune's People's Committee when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 150), custom(function = "named"))]
    #[schema(example = "Ủy ban nhân dân phường Kim Sơn", min_length = 1, max_length = 150)]
    pub superior_body: Option<String>,
    /// Who issues it; the centre's name when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 150), custom(function = "named"))]
    #[schema(example = "Trung tâm học tập cộng đồng", min_length = 1, max_length = 150)]
    pub issuing_body: Option<String>,
    /// What it is about; made from the period when left out.
    #[serde(default)]
    #[validate(length(min = 1, max = 400), custom(function = "named"))]
    #[schema(example = "Kết quả hoạt động năm 2018, phương hướng nhiệm vụ năm 2019", min_length = 1, max_length = 400)]
    pub subject: Option<String>,
    /// To whom it goes. Needed before it is handed in.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(example = json!(["Ủy ban nhân dân phường Kim Sơn", "Phòng Giáo dục và Đào tạo thị xã Đông Triều"]), max_items = 20)]
    pub addressees: Vec<String>,
    /// Who gets a copy, the archive last. The addressees and the archive when left empty.
    #[serde(default)]
    #[validate(length(max = 30))]
    #[schema(example = json!(["Như trên", "Hội Khuyến học phường", "Lưu: VT"]), max_items = 30)]
    pub recipients: Vec<String>,
    /// Who signs it.
    #[serde(default)]
    #[validate(nested)]
    #[schema(required = false)]
    pub signer: ReportSigner,
    /// What is said in words, by section.
    #[serde(default)]
    #[validate(nested)]
    #[schema(required = false)]
    pub texts: ReportTexts,
    /// How well society took part, as the centre itself judges it.
    #[serde(default)]
    #[schema(required = false)]
    pub judgements: ReportJudgements,
    /// What became of it.
    #[serde(flatten, skip_deserializing)]
    #[schema(ignore)]
    pub course: ReportCourse,
}

fn usual_symbol() -> String {
    "BC-TTHTCĐ".into()
}

impl Record for Report {
    type Id = ReportId;
    const SUBJECT: &'static str = "report";
    const PLURAL: &'static str = "reports";
    const NAME: (&'static str, &'static str) = ("báo cáo", "report");
    const FIXED: &'static [&'static str] = &["centre_id", "kind", "period"];

    fn own_id(&self) -> Option<ReportId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            self.kind.covers(self.period.kind),
            "/period",
            "period_of_kind",
            "Kỳ không hợp với loại báo cáo: báo cáo năm theo năm (2018, school:2018 …), sơ kết sáu tháng theo nửa năm (2018-H1), quý theo quý (2018-Q3), tháng theo tháng (2018-10).",
            "The period does not go with the kind: annual reports cover a year (2018, school:2018 …), half-year reviews half a one (2018-H1), quarterly ones a quarter (2018-Q3), monthly ones a month (2018-10).",
        );
        faults.check(
            self.period.first <= today,
            "/period",
            "period_begun",
            "Kỳ báo cáo chưa bắt đầu.",
            "The period has not begun yet.",
        );
        let plausible = "Ngày phải từ năm 1990 và không quá một năm tới.";
        for (pointer, day) in [("/signed_on", self.signed_on), ("/due_on", self.due_on)] {
            let en = "The day must lie between 1990 and a year from now.";
            faults.check(day.is_none_or(|day| is_plausible(day, today)), pointer, "plausible_date", plausible, en);
        }
        faults.check(
            self.signed_on.is_none_or(|day| self.period.first <= day),
            "/signed_on",
            "signed_in_time",
            "Báo cáo không thể ký trước khi kỳ báo cáo bắt đầu.",
            "A report is not signed before its period begins.",
        );
        faults.check(
            self.handed_in_on.is_none_or(|day| self.period.first <= day && day <= today),
            "/handed_in_on",
            "handed_in_by_today",
            "Ngày nộp không trước ngày đầu của kỳ báo cáo và không sau hôm nay.",
            "The day of handing in is not before the period begins, and not after today.",
        );
        faults.check(
            self.handed_in_on.is_none_or(|day| day < self.period.first || self.signed_on.is_none_or(|signed| signed <= day)),
            "/handed_in_on",
            "signed_before_handed_in",
            "Báo cáo ký rồi mới nộp: ngày nộp không trước ngày ký.",
            "A paper is signed before it is handed in.",
        );
        faults.check(
            self.cut_off.is_none_or(|day| self.period.contains(day) && day <= today),
            "/cut_off",
            "cut_off_in_period",
            "Ngày chốt số liệu nằm trong kỳ báo cáo và không ở tương lai.",
            "The cut-off lies in the period and not in the future.",
        );
        faults.check(
            self.cut_off.is_none_or(|day| self.signed_on.is_none_or(|signed| day <= signed)),
            "/cut_off",
            "cut_off_before_signing",
            "Ngày chốt số liệu không sau ngày ký.",
            "The cut-off does not come after the day of signing.",
        );
        faults.check(
            self.number.is_none() || self.signed_on.is_some(),
            "/number",
            "number_with_date",
            "Số văn bản đi cùng ngày ký: mỗi năm đánh số lại từ đầu.",
            "A number goes with the day of signing: numbers begin anew each year.",
        );
        for (list, items) in [("addressees", &self.addressees), ("recipients", &self.recipients)] {
            for (place, item) in items.iter().enumerate() {
                let fits = !item.trim().is_empty() && item.chars().count() <= 300 && is_plain(item);
                faults.check(
                    fits,
                    format!("/{list}/{place}"),
                    "length",
                    "Mỗi nơi nhận có từ 1 đến 300 ký tự.",
                    "Each of them has 1 to 300 characters.",
                );
            }
        }
    }

    fn set_by_server(schemas: &mut Vec<(String, RefOr<Schema>)>) -> Vec<(String, RefOr<Schema>)> {
        ReportCourse::schemas(schemas);
        schemas.push((ReportState::name().into(), ReportState::schema()));
        crate::record::members_of::<ReportCourse>()
    }
}

/// A return.
#[derive(Debug, Clone, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ReturnReport {
    /// What is wrong.
    #[validate(length(min = 1, max = 2000), custom(function = "named"))]
    #[schema(example = "Thiếu số lượt nữ; xem lại mục kinh phí.", min_length = 1, max_length = 2000)]
    pub reason: String,
    /// The sections to be done again, where they can be named.
    #[serde(default)]
    #[validate(length(max = 40))]
    #[schema(example = json!(["results"]), max_items = 40)]
    pub sections: Vec<ReportSection>,
}

/// Something that was done with a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ReportStep {
    /// 1, 2, 3 …
    pub seq: i64,
    /// When.
    pub at: DateTime<Utc>,
    /// Who, or in whose right.
    pub user_id: UserId,
    /// Who acted on their behalf; `null` when they acted themselves.
    pub acting_user_id: Option<UserId>,
    /// What; `null` for the making of it. Changes by one person after another are one step.
    pub action: Option<ReportAction>,
    /// The version that was handed in, returned or accepted.
    pub version: Option<i64>,
    /// Why it was returned.
    pub reason: Option<String>,
    /// The sections that the return names.
    pub sections: Vec<ReportSection>,
}

impl ReportStep {
    /// Everybody who took it.
    pub fn persons(&self) -> BTreeSet<UserId> {
        self.acting_user_id.into_iter().chain([self.user_id]).collect()
    }

    /// Whether it wrote the report or handed it in.
    pub fn writes(&self) -> bool {
        matches!(self.action, None | Some(ReportAction::Edit | ReportAction::Submit))
    }
}

/// Somebody in regard to one report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ReportActor {
    /// May write it.
    pub may_write: bool,
    /// May hand it in.
    pub may_submit: bool,
    /// May return and accept it.
    pub may_accept: bool,
    /// Wrote it or handed it in, or acts for somebody who did.
    pub wrote: bool,
}

impl ReportActor {
    /// Whether one of these persons took part in writing.
    pub fn wrote(persons: &BTreeSet<UserId>, steps: &[ReportStep]) -> bool {
        steps.iter().filter(|step| step.writes()).any(|step| !step.persons().is_disjoint(persons))
    }
}

fn reason(code: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Reason {
    Reason { code: code.into(), detail: Label::new(vi, en) }
}

impl Report {
    /// The last day whose records it counts.
    pub fn counted_to(&self, today: NaiveDate) -> NaiveDate {
        let given = self.cut_off.or(self.signed_on).unwrap_or(today);
        given.min(self.period.last).min(today).max(self.period.first)
    }

    /// The day on which it was first handed in: as whoever wrote it says, otherwise by the system's time. Never after the latter.
    pub fn first_handed_in_on(&self) -> Option<NaiveDate> {
        let by_system = crate::period::date_in_viet_nam(self.course.first_submitted_at?);
        Some(self.handed_in_on.map_or(by_system, |said| said.min(by_system)))
    }

    /// The year in which its number is unique.
    pub fn number_year(&self) -> Option<i32> {
        self.number.and(self.signed_on).map(|day| day.year())
    }

    /// The number that it bears, where it has one.
    pub fn borne_number(&self, id: Option<ReportId>) -> Option<BorneNumber> {
        let title = self.subject.clone().unwrap_or_else(|| format!("{} {}", self.kind.label().vi, self.period));
        Some(BorneNumber {
            kind: DocumentKind::Report,
            number: self.number?,
            symbol: self.symbol.clone(),
            signed_on: self.signed_on?,
            title,
            link: id.map(|id| format!("/v1/reports/{id}")),
        })
    }

    /// A report covers a time in which there was the centre.
    ///
    /// # Errors
    /// `rule_broken` at the period.
    pub fn check_centre(&self, centre: &Centre) -> Result<()> {
        let begins = centre.operating_from.is_some_and(|from| from <= self.period.last);
        if begins && centre.ended_on.is_none_or(|end| self.period.first < end) {
            return Ok(());
        }
        let label = self.period.label();
        let detail = Label::new(
            format!("Trong kỳ «{}» chưa có hoặc không còn trung tâm này.", label.vi),
            format!("In {} there was no such centre yet, or no longer.", label.en),
        );
        Err(Problem { faults: vec![Fault::body("/period", "centre_in_period", detail)], ..Problem::new(Code::RuleBroken) })
    }

    /// What the paper still lacks before it can be handed in: members with what people call them.
    fn missing(&self) -> Vec<(&'static str, Label)> {
        let all = [
            ("number", self.number.is_none(), Label::fixed("số văn bản", "its number")),
            ("signed_on", self.signed_on.is_none(), Label::fixed("ngày ký", "the day of signing")),
            ("signer/name", self.signer.name.is_none(), Label::fixed("người ký", "the name of the signer")),
            ("addressees", self.addressees.is_empty(), Label::fixed("nơi gửi đến", "to whom it goes")),
        ];
        all.into_iter().filter(|(_, is_missing, _)| *is_missing).map(|(name, _, label)| (name, label)).collect()
    }

    /// Why an action cannot be taken now by somebody.
    pub fn reasons_against(&self, action: ReportAction, actor: &ReportActor, today: NaiveDate) -> Vec<Reason> {
        use ReportAction as A;
        let mut reasons = vec![];
        let may = match action {
            A::Edit | A::Delete => actor.may_write,
            A::Submit => actor.may_submit,
            A::Return | A::Accept => actor.may_accept,
        };
        if !may {
            let (vi, en) = ("Tài khoản không có quyền này với báo cáo.", "The account lacks this right on the report.");
            reasons.push(reason("right_missing", vi, en));
        }
        if action == A::Accept && actor.wrote {
            let (vi, en) = (
                "Người lập hoặc nộp báo cáo không được tiếp nhận chính báo cáo đó.",
                "Whoever wrote a report or handed it in does not accept it.",
            );
            reasons.push(reason("wrote_report", vi, en));
        }
        let fits = match action {
            A::Edit | A::Submit => self.course.state.is_open(),
            A::Delete => self.course.state == ReportState::Draft,
            A::Return | A::Accept => self.course.state == ReportState::Submitted,
        };
        if !fits {
            let label = self.course.state.label();
            let (vi, en) = (format!("Báo cáo đang ở trạng thái «{}».", label.vi), format!("The report is {}.", label.en));
            reasons.push(reason("wrong_state", vi, en));
            return reasons;
        }
        if action == A::Submit {
            let missing = self.missing();
            if !missing.is_empty() {
                let names = |of: fn(&Label) -> &str| missing.iter().map(|(_, label)| of(label)).collect::<Vec<_>>().join(", ");
                let (vi, en) = (
                    format!("Văn bản còn thiếu: {}.", names(|label| &label.vi)),
                    format!("The paper still lacks {}.", names(|label| &label.en)),
                );
                reasons.push(reason("paper_incomplete", vi, en));
            }
            if self.signed_on.is_some_and(|day| day > today) {
                let (vi, en) = ("Ngày ký còn ở tương lai.", "The day of signing is still to come.");
                reasons.push(reason("not_signed_yet", vi, en));
            }
        }
        reasons
    }

    /// Every action, with why somebody cannot take it now.
    pub fn allowed_actions(&self, actor: &ReportActor, today: NaiveDate) -> Vec<AllowedAction> {
        ReportAction::ALL
            .iter()
            .map(|action| {
                let reasons = self.reasons_against(*action, actor, today);
                AllowedAction { action: action.code().to_owned(), allowed: reasons.is_empty(), reasons }
            })
            .collect()
    }

    /// An action may be taken now.
    ///
    /// # Errors
    /// 403 when the right or the separation of duties stands against it, 409 with the state and what is allowed otherwise.
    pub fn permit(&self, action: ReportAction, actor: &ReportActor, today: NaiveDate) -> Result<()> {
        let reasons = self.reasons_against(action, actor, today);
        let Some(first) = reasons.first() else { return Ok(()) };
        let code = match first.code.as_ref() {
            "right_missing" => Code::RightMissing,
            "wrote_report" => Code::SeparationOfDuties,
            "wrong_state" => Code::StateConflict,
            _ => Code::Blocked,
        };
        let mut problem =
            Problem { detail: Some(Box::new(first.detail.clone())), ..Problem::new(code) }.with("reasons", &reasons);
        if first.code == "paper_incomplete" {
            problem = problem.with("missing", self.missing().iter().map(|(name, _)| format!("/{name}")).collect::<Vec<_>>());
        }
        Err(if code.status() == 409 {
            problem.with("state", self.course.state).with("allowed_actions", self.allowed_actions(actor, today))
        } else {
            problem
        })
    }

    /// The report once it is handed in: the next version.
    pub fn submitted(&self, at: DateTime<Utc>) -> Self {
        let course = ReportCourse {
            state: ReportState::Submitted,
            version: self.course.version + 1,
            first_submitted_at: self.course.first_submitted_at.or(Some(at)),
            submitted_at: Some(at),
            accepted_at: None,
            return_reason: None,
            return_sections: vec![],
        };
        Self { course, ..self.clone() }
    }

    /// The report once it is returned.
    pub fn returned(&self, reason: String, sections: Vec<ReportSection>) -> Self {
        let state = ReportState::Returned;
        let course = ReportCourse { state, return_reason: Some(reason), return_sections: sections, ..self.course.clone() };
        Self { course, ..self.clone() }
    }

    /// The report once it is accepted.
    pub fn accepted(&self, at: DateTime<Utc>) -> Self {
        let course = ReportCourse { state: ReportState::Accepted, accepted_at: Some(at), ..self.course.clone() };
        Self { course, ..self.clone() }
    }
}

#[cfg(test)]
mod tests;
