//! Appointments: who holds which post of a centre, from when to when, and so the board on any day.
//!
//! First and last day both count. What the field asks of a board (a seat for the education sector, no long vacancy) is
//! found and shown, not refused; refused is only what cannot be: two directors at a time, one person twice in a post.

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::{Centre, Decision, is_plausible};
use crate::id::{AppointmentId, CentreId, PersonId, SiteId};
use crate::measure::{Look, RecordMeasure};
use crate::problem::{Fault, Faults, Problem, Result};
use crate::record::{Holder, Record};
use crate::text::Label;
use crate::user::{named, plain};

coded! {
    /// Which body of a centre a post belongs to.
    pub enum BoardBody in "board_body" {
        /// Ban giám đốc.
        Board = "board" ("ban giám đốc", "board"),
        /// The wider committee beside the board.
        Committee = "committee" ("ban điều hành mở rộng, hội đồng", "wider committee"),
        /// The managing board of a site, such as a quarter's culture house.
        SiteBoard = "site_board" ("ban chủ nhiệm điểm học tập, nhà văn hóa", "managing board of a site"),
        /// Those who work for the centre without a seat on a body: seconded teachers, accountant, treasurer.
        Staff = "staff" ("giáo viên, bộ phận giúp việc", "teachers and staff"),
    }
}

coded! {
    /// A post, in the order in which people list them.
    pub enum Post in "post" {
        /// Giám đốc; one at a time.
        Director = "director" ("giám đốc", "director"),
        /// Phó giám đốc.
        DeputyDirector = "deputy_director" ("phó giám đốc", "deputy director"),
        /// Trưởng ban, chủ nhiệm: of a committee or a site's board.
        Head = "head" ("trưởng ban, chủ nhiệm", "head"),
        /// Phó trưởng ban, phó chủ nhiệm.
        DeputyHead = "deputy_head" ("phó trưởng ban, phó chủ nhiệm", "deputy head"),
        /// Thư ký.
        Secretary = "secretary" ("thư ký", "secretary"),
        /// Ủy viên.
        CommitteeMember = "committee_member" ("ủy viên", "member"),
        /// Kế toán.
        Accountant = "accountant" ("kế toán", "accountant"),
        /// Thủ quỹ.
        Treasurer = "treasurer" ("thủ quỹ", "treasurer"),
        /// Giáo viên; how they come to the centre stands in the employment.
        Teacher = "teacher" ("giáo viên", "teacher"),
        /// Another post.
        Other = "other" ("vị trí khác", "other"),
    }
}

impl BoardBody {
    /// Whether a post is one of this body.
    pub fn has(self, post: Post) -> bool {
        match self {
            Self::Board => matches!(post, Post::Director | Post::DeputyDirector),
            Self::Committee | Self::SiteBoard => !matches!(post, Post::Director | Post::DeputyDirector | Post::Teacher),
            Self::Staff => matches!(post, Post::Secretary | Post::Accountant | Post::Treasurer | Post::Teacher | Post::Other),
        }
    }
}

coded! {
    /// The sector that somebody represents.
    pub enum Sector in "sector" {
        /// Chính quyền.
        LocalGovernment = "local_government" ("chính quyền", "local government"),
        /// Ngành giáo dục.
        Education = "education" ("ngành giáo dục", "education"),
        /// Hội Khuyến học.
        StudyPromotion = "study_promotion" ("Hội Khuyến học", "study promotion association"),
        /// Another.
        Other = "other" ("khác", "other"),
    }
}

coded! {
    /// How somebody serves.
    pub enum Employment in "employment" {
        /// Kiêm nhiệm.
        Concurrent = "concurrent" ("kiêm nhiệm", "concurrent"),
        /// Chuyên trách.
        FullTime = "full_time" ("chuyên trách", "full-time"),
        /// Biệt phái.
        Seconded = "seconded" ("biệt phái", "seconded"),
    }
}

/// A post that somebody holds or held. Changed are its circumstances and its end; another post is another appointment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Appointment {
    /// Identity, where the client makes it (UUIDv7 recommended): then it can be sent twice and is made once.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<AppointmentId>,
    /// The centre.
    pub centre_id: CentreId,
    /// Who; one of the centre's persons.
    pub person_id: PersonId,
    /// The body. A board has a director and deputies only; teachers belong to the staff.
    #[schema(example = "committee")]
    pub body: BoardBody,
    /// The site, for the board of a site.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// The post.
    #[schema(example = "committee_member")]
    pub post: Post,
    /// The sector that they represent; `null` when not known.
    #[serde(default)]
    pub sector: Option<Sector>,
    /// The organisation that they represent.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Hội Khuyến học phường", max_length = 200)]
    pub organisation: Option<String>,
    /// How they serve; `null` when not known.
    #[serde(default)]
    pub employment: Option<Employment>,
    /// The duties that were assigned to them.
    #[serde(default)]
    #[validate(length(max = 30))]
    #[schema(max_items = 30)]
    pub duties: Vec<String>,
    /// First day.
    #[schema(example = "2018-01-01")]
    pub starts_on: NaiveDate,
    /// Last day; `null` while it is open. It may lie ahead, as the end of a secondment does.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
    /// The decision that appointed them; a seat on the board or a secondment without one is a finding.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
    /// The decision that ended it.
    #[serde(default)]
    #[validate(nested)]
    pub end_decision: Option<Decision>,
    /// Why it ended.
    #[serde(default)]
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Nghỉ hưu", min_length = 1, max_length = 300)]
    pub end_reason: Option<String>,
}

/// From when to when; the last day counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Term {
    /// First day.
    pub from: NaiveDate,
    /// Last day; `None` while it is open.
    pub to: Option<NaiveDate>,
}

impl Term {
    /// Whether it holds on a day.
    pub fn holds_on(self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }

    /// Whether two have a day in common.
    pub fn meets(self, other: Self) -> bool {
        self.to.is_none_or(|to| other.from <= to) && other.to.is_none_or(|to| self.from <= to)
    }

    /// The part of it before a day from which there is nothing more.
    pub(crate) fn before(self, end: Option<NaiveDate>) -> Self {
        let last = end.and_then(|end| end.pred_opt());
        Self { to: [self.to, last].into_iter().flatten().min(), ..self }
    }
}

impl Appointment {
    /// From when to when.
    pub fn term(&self) -> Term {
        Term { from: self.starts_on, to: self.ends_on }
    }

    /// No appointment lies where the centre is not: a board may be formed in the year before the establishment, and nothing
    /// goes on once the centre has ended.
    pub fn check_within(&self, faults: &mut Faults, centre: &Centre) {
        faults.check(
            centre.operating_from.is_none_or(|from| from <= self.starts_on + Days::new(366)),
            "/starts_on",
            "around_establishment",
            "Bổ nhiệm không được sớm hơn một năm trước ngày trung tâm hoạt động.",
            "An appointment does not begin more than a year before the centre was established.",
        );
        let (vi, en) = (
            "Trung tâm đã kết thúc trước ngày này; không bổ nhiệm vào trung tâm không còn hoạt động.",
            "The centre had ended by that day; nobody is appointed to a centre that is no more.",
        );
        let is_there = |day: NaiveDate| centre.ended_on.is_none_or(|end| day < end);
        faults.check(is_there(self.starts_on), "/starts_on", "before_centre_ended", vi, en);
        faults.check(self.ends_on.is_none_or(is_there), "/ends_on", "before_centre_ended", vi, en);
    }

    /// Whether it makes somebody director or deputy director of the centre.
    fn heads_board(&self) -> bool {
        self.body == BoardBody::Board && matches!(self.post, Post::Director | Post::DeputyDirector)
    }

    /// One director at a time, nobody twice in the same post at the same time, and nobody director and deputy director. `others`
    /// are appointments of the same centre, itself not among them.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_beside<'o>(&self, others: impl IntoIterator<Item = &'o Self>) -> Result<()> {
        let mut faults = Faults::default();
        for other in others.into_iter().filter(|other| other.term().meets(self.term())) {
            let is_same_post = (self.body, self.site_id, self.post) == (other.body, other.site_id, other.post);
            let [vi, en] = period(other.term());
            if is_same_post && other.person_id == self.person_id {
                let detail = Label::new(
                    format!("Người này đã giữ vị trí đó {vi}."),
                    format!("This person holds the same post already, {en}."),
                );
                faults.push(Fault::body("/person_id", "once_in_a_post", detail));
            } else if is_same_post && self.post == Post::Director {
                let act = format!("POST /v1/centres/{}/reconstitutions", self.centre_id);
                let detail = Label::new(
                    format!(
                        "Trung tâm đã có giám đốc {vi}; mỗi lúc chỉ có một giám đốc. Kết thúc bổ nhiệm đó trước, hoặc kiện toàn ({act}): một lần vừa kết thúc bổ nhiệm cũ vừa bổ nhiệm giám đốc mới."
                    ),
                    format!(
                        "The centre has a director {en}; there is one at a time. End that appointment first, or replace the director by a reconstitution ({act}), which ends the old appointment and makes the new one in one act."
                    ),
                );
                faults.push(Fault::body("/post", "one_director", detail));
            } else if other.person_id == self.person_id && self.heads_board() && other.heads_board() {
                let label = crate::Coded::label(other.post);
                let detail = Label::new(
                    format!("Người này đang là {} {vi}; một người không vừa làm giám đốc vừa làm phó giám đốc.", label.vi),
                    format!("This person is {} {en}; nobody is director and deputy director at the same time.", label.en),
                );
                faults.push(Fault::body("/post", "director_or_deputy", detail));
            }
        }
        faults.into_result()
    }
}

fn period(term: Term) -> [String; 2] {
    let vi = |day: NaiveDate| day.format("%d/%m/%Y").to_string();
    match term.to {
        Some(to) => [format!("từ {} đến {}", vi(term.from), vi(to)), format!("from {} to {to}", term.from)],
        None => [format!("từ {}", vi(term.from)), format!("since {}", term.from)],
    }
}

/// How far ahead an end may be fixed: longer than any term of office or secondment.
const AHEAD: Days = Days::new(3660);

/// A decision is signed on a day that can be, and on or before the day on which it takes effect.
pub fn check_decision(faults: &mut Faults, at: &str, decision: &Decision, effect: Option<NaiveDate>, today: NaiveDate) {
    faults.check(
        is_plausible(decision.date, today),
        format!("{at}/date"),
        "plausible_date",
        "Ngày phải từ năm 1990 và không quá một năm tới.",
        "The day must lie between 1990 and a year from now.",
    );
    faults.check(
        effect.is_none_or(|effect| decision.date <= effect),
        format!("{at}/date"),
        "decision_before_effect",
        "Quyết định phải ký trước hoặc vào ngày có hiệu lực.",
        "A decision is signed on or before the day it takes effect.",
    );
}

/// Each duty is a short text.
pub fn check_duties(faults: &mut Faults, at: &str, duties: &[String]) {
    for (place, duty) in duties.iter().enumerate() {
        let fits = (1..=300).contains(&duty.trim().chars().count()) && crate::text::is_plain(duty);
        faults.check(
            fits,
            format!("{at}/{place}"),
            "length",
            "Nhiệm vụ có từ 1 đến 300 ký tự.",
            "A duty has 1 to 300 characters.",
        );
    }
}

/// A body has its own posts, and only the board of a site has a site.
pub fn check_body(faults: &mut Faults, body: BoardBody, site: Option<SiteId>) {
    faults.check(
        site.is_some() == (body == BoardBody::SiteBoard),
        "/site_id",
        "site_of_site_board",
        "Ban chủ nhiệm điểm học tập phải nêu điểm đó (site_id); ban giám đốc, ban mở rộng và bộ phận giúp việc thì không.",
        "The board of a site names the site; the board, the committee and the staff name none.",
    );
}

/// The post belongs to the body.
pub fn check_post(faults: &mut Faults, at: &str, body: BoardBody, post: Post) {
    faults.check(
        body.has(post),
        at,
        "post_of_body",
        "Vị trí này không thuộc bộ phận đã chọn: ban giám đốc chỉ có giám đốc và phó giám đốc; giáo viên thuộc bộ phận giúp việc (staff).",
        "The post is not one of the body: a board has a director and deputies only; teachers belong to the staff.",
    );
}

impl Record for Appointment {
    type Id = AppointmentId;
    const SUBJECT: &'static str = "appointment";
    const PLURAL: &'static str = "appointments";
    const NAME: (&'static str, &'static str) = ("bổ nhiệm", "appointment");
    const FIXED: &'static [&'static str] = &["centre_id", "person_id", "body", "site_id", "post"];

    fn own_id(&self) -> Option<AppointmentId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn counted_for(&self) -> Vec<CentreId> {
        vec![self.centre_id]
    }

    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let day = look.measured.to;
        let is_counted = look.measured.measure == RecordMeasure::BoardSectors
            && look.centre == self.centre_id
            && self.body == BoardBody::Board
            && self.starts_on <= day
            && self.ends_on.is_none_or(|last| last >= day);
        is_counted.then(|| json!(self.sector))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_body(faults, self.body, self.site_id);
        check_post(faults, "/post", self.body, self.post);
        check_duties(faults, "/duties", &self.duties);
        faults.check(
            is_plausible(self.starts_on, today),
            "/starts_on",
            "plausible_date",
            "Ngày phải từ năm 1990 và không quá một năm tới.",
            "The day must lie between 1990 and a year from now.",
        );
        faults.check(
            self.ends_on.is_none_or(|end| end <= today + AHEAD),
            "/ends_on",
            "plausible_date",
            "Ngày kết thúc không quá mười năm tới.",
            "The last day lies at most ten years ahead.",
        );
        faults.check(
            self.ends_on.is_none_or(|end| self.starts_on <= end),
            "/ends_on",
            "dates_in_order",
            "Ngày kết thúc không được trước ngày bắt đầu.",
            "The last day must not come before the first.",
        );
        if let Some(decision) = &self.decision {
            check_decision(faults, "/decision", decision, Some(self.starts_on), today);
        }
        if let Some(decision) = &self.end_decision {
            check_decision(faults, "/end_decision", decision, None, today);
        }
        for (pointer, is_there) in [("/end_reason", self.end_reason.is_some()), ("/end_decision", self.end_decision.is_some())] {
            faults.check(
                !is_there || self.ends_on.is_some(),
                pointer,
                "end_needs_day",
                "Ghi ngày kết thúc (ends_on) cùng với lý do hoặc quyết định kết thúc.",
                "Say the last day (ends_on) together with why or by which decision it ended.",
            );
        }
    }
}

/// Somebody who holds a post, or is to, is needed: their name stays until the last day has passed.
///
/// # Errors
/// `blocked`, with the posts.
pub fn check_left(centre: &Centre, held: &[Appointment], today: NaiveDate) -> Result<()> {
    let goes_on = |it: &&Appointment| it.term().before(centre.ended_on).to.is_none_or(|to| today <= to);
    let posts: Vec<Post> = held.iter().filter(goes_on).map(|it| it.post).collect();
    if posts.is_empty() {
        return Ok(());
    }
    let names = |language| posts.iter().map(|post| crate::Coded::label(*post).get(language).to_owned()).collect::<Vec<_>>();
    let (vi, en) = (names(crate::text::Language::Vi).join(", "), names(crate::text::Language::En).join(", "));
    Err(Problem::new(crate::Code::Blocked).detail(
        format!("Người này còn giữ vị trí: {vi}. Kết thúc bổ nhiệm trước khi ẩn danh."),
        format!("This person still holds a post: {en}. End the appointment before their name is taken off."),
    ))
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;
    use crate::centre::{CentreStatus, OperatingModel};

    pub(crate) fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    pub(crate) fn id<T: From<uuid::Uuid>>(number: u128) -> T {
        uuid::Uuid::from_u128(number).into()
    }

    pub(crate) fn centre() -> Centre {
        Centre {
            id: id(1),
            code: None,
            name: "TTHTCĐ Mạo Khê".into(),
            commune_id: id(2),
            operating_model: OperatingModel::Standalone,
            has_seal: None,
            has_account: None,
            address: None,
            status: CentreStatus::Operating,
            operating_from: Some(day("2007-01-15")),
            ended_on: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
            updated_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    pub(crate) fn seat_of(person: u128, body: BoardBody, post: Post, from: &str, to: Option<&str>) -> Appointment {
        Appointment {
            id: None,
            centre_id: id(1),
            person_id: id(person),
            body,
            site_id: None,
            post,
            sector: None,
            organisation: None,
            employment: None,
            duties: vec![],
            starts_on: day(from),
            ends_on: to.map(day),
            decision: None,
            end_decision: None,
            end_reason: None,
        }
    }

    pub(crate) fn director(person: u128, from: &str, to: Option<&str>) -> Appointment {
        seat_of(person, BoardBody::Board, Post::Director, from, to)
    }

    pub(crate) fn deputy(person: u128, from: &str, to: Option<&str>) -> Appointment {
        seat_of(person, BoardBody::Board, Post::DeputyDirector, from, to)
    }

    fn rules(of: &Appointment) -> Vec<(String, &'static str)> {
        let mut faults = Faults::default();
        of.check(&mut faults, day("2026-11-22"));
        faults
            .into_result()
            .err()
            .map_or(vec![], |problem| problem.faults.into_iter().map(|fault| (fault.pointer, fault.rule)).collect())
    }

    #[test]
    fn an_appointment_fits_its_body_its_dates_and_its_decision() {
        let good = director(1, "2007-01-15", None);
        assert_eq!(rules(&good), []);
        let decision =
            |date: &str| serde_json::from_value(json!({ "number": "1/QĐ", "date": date, "issuer": "UBND huyện" })).ok();
        let table = [
            (Appointment { post: Post::Head, ..good.clone() }, ("/post", "post_of_body")),
            (Appointment { body: BoardBody::Committee, ..good.clone() }, ("/post", "post_of_body")),
            (Appointment { body: BoardBody::Staff, ..good.clone() }, ("/post", "post_of_body")),
            (seat_of(1, BoardBody::Committee, Post::Teacher, "2012-08-01", None), ("/post", "post_of_body")),
            (seat_of(1, BoardBody::SiteBoard, Post::Head, "2012-08-01", None), ("/site_id", "site_of_site_board")),
            (Appointment { site_id: Some(id(9)), ..good.clone() }, ("/site_id", "site_of_site_board")),
            (Appointment { starts_on: day("1989-12-31"), ..good.clone() }, ("/starts_on", "plausible_date")),
            (Appointment { starts_on: day("2027-12-01"), ..good.clone() }, ("/starts_on", "plausible_date")),
            (Appointment { ends_on: Some(day("2037-01-01")), ..good.clone() }, ("/ends_on", "plausible_date")),
            (Appointment { ends_on: Some(day("2007-01-14")), ..good.clone() }, ("/ends_on", "dates_in_order")),
            (Appointment { decision: decision("2007-01-16"), ..good.clone() }, ("/decision/date", "decision_before_effect")),
            (Appointment { decision: decision("1989-01-01"), ..good.clone() }, ("/decision/date", "plausible_date")),
            (Appointment { end_reason: Some("Nghỉ hưu".into()), ..good.clone() }, ("/end_reason", "end_needs_day")),
            (Appointment { end_decision: decision("2010-01-01"), ..good.clone() }, ("/end_decision", "end_needs_day")),
            (Appointment { duties: vec!["Phụ trách chung".into(), " ".into()], ..good.clone() }, ("/duties/1", "length")),
        ];
        for (bad, (pointer, rule)) in table {
            assert_eq!(rules(&bad), [(pointer.to_owned(), rule)], "{bad:?}");
        }
        let ended = Appointment {
            ends_on: Some(day("2027-12-31")),
            end_reason: Some("Hết nhiệm kỳ".into()),
            decision: decision("2007-01-15"),
            ..good
        };
        assert_eq!(rules(&ended), [], "an end may lie ahead");
    }

    #[test]
    fn an_appointment_lies_within_the_life_of_its_centre() {
        let (open, over) = (centre(), Centre { ended_on: Some(day("2020-01-01")), ..centre() });
        let proposed = Centre { operating_from: None, ..centre() };
        let table = [
            (&open, "2006-12-05", None, vec![]),
            (&open, "2006-01-13", None, vec!["around_establishment"]),
            (&proposed, "2006-01-13", None, vec![]),
            (&over, "2019-12-31", Some("2019-12-31"), vec![]),
            (&over, "2019-12-31", None, vec![]),
            (&over, "2019-12-31", Some("2020-01-01"), vec!["before_centre_ended"]),
            (&over, "2020-01-01", None, vec!["before_centre_ended"]),
        ];
        for (centre, from, to, expected) in table {
            let mut faults = Faults::default();
            director(1, from, to).check_within(&mut faults, centre);
            let found = faults.into_result().err().map_or(vec![], |it| it.faults.iter().map(|fault| fault.rule).collect());
            assert_eq!(found, expected, "{from} {to:?}");
        }
    }

    #[test]
    fn there_is_one_director_at_a_time_and_nobody_is_twice_in_a_post() {
        let there = [director(1, "2007-01-15", Some("2012-06-30")), deputy(2, "2007-01-15", None)];
        let table = [
            (director(3, "2012-07-01", None), None),
            (director(3, "2012-06-30", None), Some("one_director")),
            (director(3, "2007-01-01", Some("2007-01-14")), None),
            (director(3, "2007-01-01", Some("2007-01-15")), Some("one_director")),
            (director(3, "2010-01-01", Some("2010-01-01")), Some("one_director")),
            (director(3, "2007-01-01", None), Some("one_director")),
            (director(1, "2012-06-30", None), Some("once_in_a_post")),
            (director(2, "2012-07-01", None), Some("director_or_deputy")),
            (deputy(3, "2007-01-15", None), None),
            (deputy(1, "2007-01-15", None), Some("director_or_deputy")),
            (deputy(1, "2012-07-01", None), None),
            (deputy(2, "2030-01-01", None), Some("once_in_a_post")),
            (seat_of(2, BoardBody::Committee, Post::Head, "2007-01-15", None), None),
        ];
        for (new, expected) in table {
            let found = new.check_beside(&there).err().map(|problem| problem.faults[0].rule);
            assert_eq!(found, expected, "{new:?}");
        }
        // The same post of another site is another post.
        let at = |site: u128| Appointment {
            site_id: Some(id(site)),
            ..seat_of(1, BoardBody::SiteBoard, Post::Head, "2010-01-01", None)
        };
        assert!(at(5).check_beside(&[at(6)]).is_ok() && at(5).check_beside(&[at(5)]).is_err());
    }

    #[test]
    fn a_name_stays_while_a_post_is_held_or_to_be_held() {
        let today = day("2026-11-22");
        let (open, over) = (centre(), Centre { ended_on: Some(day("2026-11-01")), ..centre() });
        for (centre, to, may) in [
            (&open, Some("2026-11-21"), true),
            (&open, Some("2026-11-22"), false),
            (&open, Some("2027-01-01"), false),
            (&open, None, false),
            (&over, None, true),
        ] {
            let held = [director(1, "2007-01-15", to)];
            assert_eq!(check_left(centre, &held, today).is_ok(), may, "{to:?}");
        }
        assert!(check_left(&open, &[], today).is_ok());
    }
}
