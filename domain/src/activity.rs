//! Activities: what a centre did, in which category and role, and who came. The heart of every report.
//!
//! Classes, sessions and participations are counted apart and never added to one another; blank is not zero.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::{ActRecord, Centre, is_plausible};
use crate::id::{ActivityId, CentreId, ClubId, PlanItemId, SiteId};
use crate::measure::{Look, RecordMeasure};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::record::{Holder, Record};
use crate::text::Label;
use crate::user::{named, plain};

coded! {
    /// The ten national categories of activities, in the order of the annual report (Official Letter 2553/BGDĐT-GDTX).
    pub enum Category in "category" {
        /// Xóa mù chữ, giáo dục tiếp tục sau biết chữ.
        Literacy = "literacy" ("Xóa mù chữ, giáo dục sau biết chữ", "Literacy and post-literacy"),
        /// Học nghề ngắn hạn.
        ShortVocational = "short_vocational" ("Học nghề ngắn hạn", "Short vocational courses"),
        /// Giáo dục pháp luật.
        Law = "law" ("Giáo dục pháp luật", "Law"),
        /// Giáo dục sức khỏe.
        Health = "health" ("Giáo dục sức khỏe", "Health"),
        /// Giáo dục môi trường.
        Environment = "environment" ("Giáo dục môi trường", "Environment"),
        /// Văn hóa xã hội.
        CultureSociety = "culture_society" ("Văn hóa xã hội", "Culture and society"),
        /// Phát triển kinh tế.
        EconomicDevelopment = "economic_development" ("Phát triển kinh tế", "Economic development"),
        /// Kỹ năng sống.
        LifeSkills = "life_skills" ("Kỹ năng sống", "Life skills"),
        /// Chuyên đề của chương trình khác.
        OtherProgramme = "other_programme" ("Chuyên đề của chương trình khác", "Themes of other programmes"),
        /// Văn nghệ, thể dục thể thao.
        ArtsSports = "arts_sports" ("Văn nghệ, thể dục thể thao", "Arts and sports"),
    }
}

coded! {
    /// What part the centre had in an activity: own work is told apart from what others ran.
    pub enum ActivityRole in "activity_role" {
        /// The centre ran it.
        Organiser = "organiser" ("chủ trì tổ chức", "organiser"),
        /// The centre ran it together with others.
        CoOrganiser = "co_organiser" ("đồng tổ chức", "co-organiser"),
        /// The centre gave the place.
        HostOnly = "host_only" ("cho mượn địa điểm", "host only"),
        /// Others ran it; the centre coordinated.
        Coordinated = "coordinated" ("phối hợp", "coordinated"),
    }
}

impl ActivityRole {
    /// Whether it is the centre's own work.
    pub fn is_own(self) -> bool {
        matches!(self, Self::Organiser | Self::CoOrganiser)
    }
}

coded! {
    /// Whether an activity was the centre's, or of the hamlets' culture houses below it.
    pub enum ActivityScope in "activity_scope" {
        /// Of the centre itself.
        Centre = "centre" ("tại trung tâm", "centre"),
        /// Of the hamlets' culture houses.
        Hamlets = "hamlets" ("tại nhà văn hóa thôn, khu phố", "hamlets"),
    }
}

coded! {
    /// The form in which people learn.
    pub enum ActivityForm in "activity_form" {
        /// A class of several sessions.
        Class = "class" ("lớp", "class"),
        /// A theme or talk.
        Theme = "theme" ("chuyên đề", "theme"),
        /// A single session, such as a club's meeting.
        Session = "session" ("buổi", "session"),
        /// A performance, match or contest.
        Performance = "performance" ("hội diễn, thi đấu", "performance or contest"),
        /// Advice at the centre's desk.
        Advice = "advice" ("tư vấn", "advice"),
        /// Another form.
        Other = "other" ("hình thức khác", "other"),
    }
}

coded! {
    /// How the work of a month in a category is entered.
    pub enum ActivityEntry in "activity_entry" {
        /// One activity.
        Detailed = "detailed" ("từng hoạt động", "one activity"),
        /// The totals of a month for a category.
        MonthlyTotal = "monthly_total" ("tổng số của tháng", "totals of a month"),
    }
}

coded! {
    /// Where an activity is held.
    pub enum Venue in "activity_venue" {
        /// At the centre.
        Centre = "centre" ("trung tâm", "the centre"),
        /// In a school.
        School = "school" ("trường học", "a school"),
        /// In a culture house of a hamlet or quarter.
        CultureHouse = "culture_house" ("nhà văn hóa", "a culture house"),
        /// In a library or post office.
        Library = "library" ("thư viện, bưu điện", "a library or post office"),
        /// In the fields, a workshop, a market.
        Workplace = "workplace" ("nơi sản xuất", "a place of work"),
        /// Online.
        Online = "online" ("trực tuyến", "online"),
        /// Elsewhere.
        Other = "other" ("nơi khác", "elsewhere"),
    }
}

/// How many took part, counted each time somebody came. A blank is not a zero.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Participations {
    /// All (lượt người).
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 45, minimum = 0, maximum = 10_000_000)]
    pub total: Option<i64>,
    /// Of these, women and girls.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 24, minimum = 0, maximum = 10_000_000)]
    pub female: Option<i64>,
    /// Of these, people of ethnic minorities.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub ethnic_minority: Option<i64>,
    /// Of these, people with disabilities.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub disabled: Option<i64>,
    /// By age.
    #[serde(default)]
    #[validate(nested)]
    pub ages: Ages,
}

/// Participations by age: the bands of the literacy programme, in which 15 to 35 and 15 to 60 are counted.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Ages {
    /// Below 15.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub under_15: Option<i64>,
    /// 15 to 35.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub from_15_to_35: Option<i64>,
    /// 36 to 60.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub from_36_to_60: Option<i64>,
    /// Above 60.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub over_60: Option<i64>,
}

impl Participations {
    /// No part is larger than the whole, and the ages together are not either.
    pub fn check(&self, faults: &mut Faults, at: &str) {
        for (name, part) in [("female", self.female), ("ethnic_minority", self.ethnic_minority), ("disabled", self.disabled)] {
            faults.check(
                part.is_none_or(|part| self.total.is_some_and(|total| part <= total)),
                format!("{at}/{name}"),
                "part_of_total",
                "Số này nằm trong tổng số lượt: phải có tổng số và không được lớn hơn tổng số. Không biết thì để trống, đừng ghi 0.",
                "This is a part of the total: the total stands there and is not smaller. Leave it blank where it is not known; blank is not 0.",
            );
        }
        let ages = [self.ages.under_15, self.ages.from_15_to_35, self.ages.from_36_to_60, self.ages.over_60];
        let together: i64 = ages.iter().flatten().sum();
        let is_whole = ages.iter().all(Option::is_some);
        let fits = match self.total {
            None => ages.iter().all(Option::is_none),
            Some(total) => together <= total && (!is_whole || together == total),
        };
        faults.check(
            fits,
            format!("{at}/ages"),
            "ages_within_total",
            "Các nhóm tuổi cộng lại không vượt tổng số lượt; ghi đủ các nhóm thì phải bằng tổng số.",
            "The ages together do not exceed the total; where all of them are given they are equal to it.",
        );
    }
}

/// An activity of a centre: one that was held, or the totals of a month for a category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Activity {
    /// Identity, where the client makes it (UUIDv7 recommended): then it can be sent twice and is made once.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<ActivityId>,
    /// The centre.
    pub centre_id: CentreId,
    /// One activity (default), or the totals of the month in which it begins. For a month, category and scope only one of the two.
    #[serde(default = "detailed")]
    #[schema(default = "detailed", required = false)]
    pub entry: ActivityEntry,
    /// The national category.
    pub category: Category,
    /// The province's own category below it.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 40)]
    pub sub_category: Option<String>,
    /// What it was about.
    #[validate(length(min = 1, max = 300), custom(function = "named"))]
    #[schema(example = "Luật Đất đai: những điều người dân cần biết", min_length = 1, max_length = 300)]
    pub title: String,
    /// Class, theme, session …
    pub form: ActivityForm,
    /// First day. An activity counts in the period that holds this day.
    #[schema(example = "2018-03-14")]
    pub starts_on: NaiveDate,
    /// Last day.
    #[schema(example = "2018-03-14")]
    pub ends_on: NaiveDate,
    /// What part the centre had in it.
    pub role: ActivityRole,
    /// Of the centre itself (default), or of the hamlets' culture houses.
    #[serde(default = "of_centre")]
    #[schema(default = "centre", required = false)]
    pub scope: ActivityScope,
    /// The site, where it was held at one.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// What kind of place it was held in.
    #[serde(default)]
    pub venue: Option<Venue>,
    /// The place, as people call it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(max_length = 200)]
    pub place: Option<String>,
    /// The organisation that led it; needed where the centre only coordinated or gave the place.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(example = "Hội Nông dân phường", max_length = 200)]
    pub lead_organisation: Option<String>,
    /// Organisations that helped.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub partner_organisations: Vec<String>,
    /// The programme that it belongs to, where there is one.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(max_length = 200)]
    pub programme: Option<String>,
    /// Classes or themes (lớp, chuyên đề); blank where they were not counted.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 1, minimum = 0, maximum = 1_000_000)]
    pub classes: Option<i64>,
    /// Sessions (buổi); blank where they were not counted.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000))]
    #[schema(example = 1, minimum = 0, maximum = 1_000_000)]
    pub sessions: Option<i64>,
    /// Distinct people (số người), where somebody knows: never added to participations.
    #[serde(default)]
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(minimum = 0, maximum = 10_000_000)]
    pub participants: Option<i64>,
    /// Participations (lượt người).
    #[serde(default)]
    #[validate(nested)]
    pub participations: Participations,
    /// What it cost, in VND; the centre's books are kept apart.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub cost_vnd: Option<i64>,
    /// The item of the plan that it carries out.
    #[serde(default)]
    pub plan_item_id: Option<PlanItemId>,
    /// The club whose meeting it was.
    #[serde(default)]
    pub club_id: Option<ClubId>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

fn detailed() -> ActivityEntry {
    ActivityEntry::Detailed
}

fn of_centre() -> ActivityScope {
    ActivityScope::Centre
}

impl Activity {
    /// The first day of the month that it counts in.
    pub fn month(&self) -> NaiveDate {
        self.starts_on.with_day(1).unwrap_or(self.starts_on)
    }
}

impl Record for Activity {
    type Id = ActivityId;
    const SUBJECT: &'static str = "activity";
    const PLURAL: &'static str = "activities";
    const NAME: (&'static str, &'static str) = ("hoạt động", "activity");

    fn own_id(&self) -> Option<ActivityId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn counted_for(&self) -> Vec<CentreId> {
        vec![self.centre_id]
    }

    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        use RecordMeasure as M;
        let it = look.measured;
        let is_counted = it.measure.is_of_activities()
            && look.centre == self.centre_id
            && look.holds(self.starts_on)
            && self.role.is_own()
            && it.category.is_none_or(|category| category == self.category)
            && it.scope.is_none_or(|scope| scope == self.scope);
        let numbers = [self.classes, self.sessions, self.participations.total];
        let took_place = numbers.iter().all(Option::is_none) || numbers.iter().flatten().any(|number| *number > 0);
        let read = match it.measure {
            M::ParticipationsOwn => json!(self.participations.total),
            M::ClassesOwn => json!(self.classes),
            M::SessionsOwn => json!(self.sessions),
            M::FemalePercent => json!([self.participations.female, self.participations.total]),
            M::CategoriesActive => json!([took_place, self.category]),
            M::MonthsActive => json!([took_place, self.month()]),
            M::SitesActive => json!([took_place, self.site_id]),
            M::PlanDonePercent => json!([took_place, self.plan_item_id]),
            M::TrainingsAttended | M::MobilisedVnd | M::BoardSectors | M::AssetsConfirmedPercent => return None,
        };
        is_counted.then_some(read)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        check_days(faults, "/starts_on", self.starts_on, "/ends_on", Some(self.ends_on), today);
        self.participations.check(faults, "/participations");
        faults.check(
            self.starts_on <= today || (self.participants.is_none() && self.participations.total.is_none()),
            "/participations",
            "counted_once_held",
            "Hoạt động chưa diễn ra thì chưa có số người, số lượt người: để trống, ghi khi đã tổ chức.",
            "What has not been held yet has no participants or participations: leave them blank until it was.",
        );
        faults.check(
            self.participants.is_none_or(|people| self.participations.total.is_none_or(|total| people <= total)),
            "/participants",
            "people_within_participations",
            "Số người không thể lớn hơn số lượt người: mỗi người dự ít nhất một lượt.",
            "There are not more people than participations: each of them came at least once.",
        );
        faults.check(
            self.role.is_own() || self.lead_organisation.as_deref().is_some_and(|lead| !lead.trim().is_empty()),
            "/lead_organisation",
            "lead_organisation_needed",
            "Trung tâm chỉ phối hợp hoặc cho mượn địa điểm thì phải ghi đơn vị chủ trì, để không tính trùng kết quả của đơn vị khác.",
            "Where the centre only coordinated or gave the place, name the organisation that led it, so that nobody's results are counted twice.",
        );
        for (place, partner) in self.partner_organisations.iter().enumerate() {
            let fits = (1..=200).contains(&partner.chars().count()) && crate::text::is_plain(partner);
            faults.check(
                fits,
                format!("/partner_organisations/{place}"),
                "length",
                "Tên đơn vị phối hợp có từ 1 đến 200 ký tự.",
                "The name of a partner has 1 to 200 characters.",
            );
        }
        if self.entry == ActivityEntry::MonthlyTotal {
            faults.check(
                self.month() <= today,
                "/starts_on",
                "month_has_begun",
                "Tổng số của tháng chỉ ghi khi tháng đã bắt đầu.",
                "Totals of a month are entered once it has begun.",
            );
            faults.check(
                self.month() == self.ends_on.with_day(1).unwrap_or(self.ends_on),
                "/ends_on",
                "within_one_month",
                "Tổng số của tháng chỉ nằm trong một tháng.",
                "Totals of a month lie within one month.",
            );
            let numbers = [self.classes, self.sessions, self.participants, self.participations.total, self.cost_vnd];
            faults.check(
                numbers.iter().any(Option::is_some),
                "/entry",
                "total_of_something",
                "Tổng số của tháng phải có ít nhất một con số: lớp, buổi, lượt người, số người hoặc kinh phí. Tháng không có hoạt động thì ghi 0, không biết thì không ghi.",
                "Totals of a month hold at least one number: classes, sessions, participations, people or cost. Enter 0 for a month without activities; enter nothing where nobody knows.",
            );
            faults.check(
                self.club_id.is_none() && self.plan_item_id.is_none() && self.site_id.is_none(),
                "/entry",
                "total_of_no_single_thing",
                "Tổng số của tháng không gắn với câu lạc bộ, mục kế hoạch hay điểm học tập; muốn gắn thì ghi từng hoạt động.",
                "Totals of a month belong to no club, plan item or site; enter single activities for that.",
            );
        }
    }
}

/// First and last day of something that was held: in order, since 1990, and not later than a year from now.
pub fn check_days(faults: &mut Faults, from_at: &str, from: NaiveDate, to_at: &str, to: Option<NaiveDate>, today: NaiveDate) {
    let (vi, en) = ("Ngày phải từ năm 1990 và không quá một năm tới.", "The day must lie between 1990 and a year from now.");
    faults.check(is_plausible(from, today), from_at, "plausible_date", vi, en);
    faults.check(to.is_none_or(|to| is_plausible(to, today)), to_at, "plausible_date", vi, en);
    faults.check(
        to.is_none_or(|to| from <= to),
        to_at,
        "dates_in_order",
        "Ngày kết thúc không được trước ngày bắt đầu.",
        "The last day must not come before the first.",
    );
}

/// A centre works only while it is operating: nothing is held before it was established, while it is suspended, or after
/// it ended (Articles 37 to 41 of Decree 125/2024/NĐ-CP). `acts` are its acts in order.
///
/// # Errors
/// `rule_broken` at `pointer`.
pub fn check_open(centre: &Centre, acts: &[ActRecord], pointer: &str, day: NaiveDate) -> Result<()> {
    use crate::centre::CentreStatus as S;
    let last = acts.iter().rev().find(|act| act.effective_on <= day);
    let status = last.map_or(if centre.exists_on(day) { S::Operating } else { S::Proposed }, |act| act.to_status);
    if status == S::Operating && centre.operating_from.is_some_and(|from| from <= day) {
        return Ok(());
    }
    let label = if status == S::Operating { S::Proposed } else { status };
    let label = crate::Coded::label(label);
    let date = day.format("%d/%m/%Y");
    let detail = Label::new(
        format!("Vào ngày {date} trung tâm ở trạng thái «{}»; chỉ trung tâm đang hoạt động mới tổ chức hoạt động.", label.vi),
        format!("On {day} the centre was {}; only a centre that is operating holds activities.", label.en),
    );
    let fault = Fault::body(pointer, "centre_operating", detail);
    Err(Problem { faults: vec![fault], ..Problem::new(Code::RuleBroken) }.basis("Nghị định 125/2024/NĐ-CP, Điều 37-41"))
}

/// The refusal of entries of both kinds for the same month, category and scope.
pub fn entered_otherwise(entry: ActivityEntry) -> Problem {
    let (vi, en) = match entry {
        ActivityEntry::Detailed => (
            "Tháng này của nhóm nội dung này đã ghi bằng tổng số; không ghi thêm từng hoạt động, nếu không sẽ tính hai lần. Xóa tổng số trước.",
            "This month of the category was entered as totals; single activities beside them would be counted twice. Remove the totals first.",
        ),
        ActivityEntry::MonthlyTotal => (
            "Tháng này của nhóm nội dung này đã ghi từng hoạt động; không ghi thêm tổng số, nếu không sẽ tính hai lần.",
            "This month of the category was entered activity by activity; totals beside them would be counted twice.",
        ),
    };
    Problem::rule("/entry", "one_way_of_entry", vi, en)
}

/// A category of a province's own, below a national one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ActivityCategory {
    /// Identity, where the client makes it.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<crate::id::ActivityCategoryId>,
    /// Its code, unique in the province; not one of the national ones.
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "digital_skills", min_length = 1, max_length = 40, pattern = "^[a-z][a-z0-9_]*$")]
    pub code: String,
    /// The national category that it counts in.
    pub parent: Category,
    /// What people call it.
    pub label: Label,
    /// Whether it is still offered.
    #[serde(default = "yes")]
    #[schema(default = true, required = false)]
    pub active: bool,
}

fn yes() -> bool {
    true
}

impl Record for ActivityCategory {
    type Id = crate::id::ActivityCategoryId;
    const SUBJECT: &'static str = "activity_category";
    const PLURAL: &'static str = "activity_categories";
    const NAME: (&'static str, &'static str) = ("nhóm nội dung", "category");
    const FIXED: &'static [&'static str] = &["code", "parent"];

    fn own_id(&self) -> Option<Self::Id> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Province)
    }

    fn check(&self, faults: &mut Faults, _: NaiveDate) {
        let is_code = self.code.starts_with(|c: char| c.is_ascii_lowercase())
            && self.code.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        faults.check(
            is_code && <Category as crate::Coded>::from_code(&self.code).is_none(),
            "/code",
            "own_code",
            "Mã gồm chữ thường không dấu, số và «_», bắt đầu bằng chữ, và không trùng mã quốc gia.",
            "A code has lower-case letters, digits and “_”, starts with a letter, and is none of the national ones.",
        );
        for (name, text) in [("vi", &self.label.vi), ("en", &self.label.en)] {
            faults.check(
                (1..=200).contains(&text.trim().chars().count()) && crate::text::is_plain(text),
                format!("/label/{name}"),
                "length",
                "Tên gọi có từ 1 đến 200 ký tự.",
                "A label has 1 to 200 characters.",
            );
        }
    }
}
