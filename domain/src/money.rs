//! Money: what came in and what was spent, entry by entry, and what a year of it comes to.
//!
//! Amounts are whole đồng. Gifts in kind stand apart: they carry an item and, where somebody has estimated it, a value;
//! they are never part of a cash balance, and a blank value is not a zero.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;
use validator::Validate;

use crate::allowance::AllowancePost;
use crate::centre::{Centre, is_plausible};
use crate::id::{ActivityId, BudgetId, CentreId, MoneyEntryId};
use crate::measure::{Look, RecordMeasure};
use crate::problem::{Code, Faults, Problem};
use crate::record::{Holder, Record};
use crate::user::named;

coded! {
    /// Whether money came in or went out.
    pub enum Direction in "money_direction" {
        /// Thu.
        Income = "income" ("thu", "income"),
        /// Chi.
        Expenditure = "expenditure" ("chi", "expenditure"),
    }
}

coded! {
    /// Where income comes from.
    pub enum IncomeSource in "income_source" {
        /// The state budget; of which level stands beside it.
        StateBudget = "state_budget" ("ngân sách nhà nước", "state budget"),
        /// A programme or project; its name stands beside it.
        Programme = "programme" ("chương trình, dự án", "programme or project"),
        /// Fees of learners.
        LearnersFee = "learners_fee" ("học phí, đóng góp của người học", "learners' fees"),
        /// Services of the centre.
        Service = "service" ("hoạt động dịch vụ", "services"),
        /// Enterprises.
        Enterprise = "enterprise" ("doanh nghiệp", "enterprises"),
        /// Benefactors.
        Benefactor = "benefactor" ("nhà hảo tâm", "benefactors"),
        /// Religious bodies.
        ReligiousBody = "religious_body" ("tổ chức tôn giáo", "religious bodies"),
        /// The people.
        People = "people" ("nhân dân đóng góp", "the people"),
        /// A centre that went into this one: entered by the merger, and no new money of the whole.
        Predecessor = "predecessor" ("tiếp nhận từ trung tâm sáp nhập vào", "handed over by a centre that merged into this one"),
        /// Another source.
        Other = "other" ("nguồn khác", "other"),
    }
}

coded! {
    /// Sources of income as reports bring them together.
    pub enum IncomeGroup in "income_group" {
        /// The state budget.
        State = "state" ("ngân sách nhà nước", "state budget"),
        /// Programmes and projects.
        Programme = "programme" ("chương trình, dự án", "programmes and projects"),
        /// Mobilised from society: enterprises, benefactors, religious bodies, the people.
        Mobilised = "mobilised" ("xã hội hóa", "mobilised from society"),
        /// What the centre earned: fees and services.
        Own = "own" ("thu của trung tâm", "own income"),
        /// Handed over between centres.
        HandedOver = "handed_over" ("bàn giao giữa các trung tâm", "handed over between centres"),
        /// Another source.
        Other = "other" ("nguồn khác", "other"),
    }
}

impl IncomeSource {
    /// The group that it belongs to.
    pub fn group(self) -> IncomeGroup {
        match self {
            Self::StateBudget => IncomeGroup::State,
            Self::Programme => IncomeGroup::Programme,
            Self::Enterprise | Self::Benefactor | Self::ReligiousBody | Self::People => IncomeGroup::Mobilised,
            Self::LearnersFee | Self::Service => IncomeGroup::Own,
            Self::Predecessor => IncomeGroup::HandedOver,
            Self::Other => IncomeGroup::Other,
        }
    }
}

impl IncomeSource {
    /// Whether one centre gave it to another, so that the whole gained nothing.
    pub fn is_handed_over(self) -> bool {
        self.group() == IncomeGroup::HandedOver
    }
}

coded! {
    /// The level of the state budget that money comes from.
    pub enum StateLevel in "state_level" {
        /// Trung ương.
        Central = "central" ("trung ương", "central"),
        /// Tỉnh.
        Province = "province" ("cấp tỉnh", "province"),
        /// Huyện, until 30 June 2025.
        District = "district" ("cấp huyện", "district"),
        /// Xã.
        Commune = "commune" ("cấp xã", "commune"),
    }
}

coded! {
    /// What money is spent on.
    pub enum ExpenseCategory in "expense_category" {
        /// Allowances of the board and of teachers.
        Allowances = "allowances" ("phụ cấp", "allowances"),
        /// Pay of rapporteurs.
        Rapporteurs = "rapporteurs" ("bồi dưỡng báo cáo viên", "rapporteurs"),
        /// Equipment.
        Equipment = "equipment" ("mua sắm trang thiết bị", "equipment"),
        /// Books and learning materials.
        Materials = "materials" ("tài liệu, học liệu", "materials"),
        /// Classes, talks and other activities.
        Activities = "activities" ("tổ chức hoạt động", "activities"),
        /// Repairs.
        Repairs = "repairs" ("sửa chữa", "repairs"),
        /// Publicity, telephone, internet.
        Communication = "communication" ("tuyên truyền, thông tin liên lạc", "communication"),
        /// Training of managers, teachers, rapporteurs.
        Training = "training" ("tập huấn, bồi dưỡng", "training"),
        /// To the centre that this one went into: entered by the merger, and nothing that the whole spent.
        Successor = "successor" ("bàn giao cho trung tâm kế thừa", "handed over to the centre that came after"),
        /// Something else.
        Other = "other" ("chi khác", "other"),
    }
}

impl ExpenseCategory {
    /// Whether one centre gave it to another, so that the whole spent nothing.
    pub fn is_handed_over(self) -> bool {
        self == Self::Successor
    }
}

/// The most that one amount can be: a thousand billion đồng.
pub const MOST_VND: i64 = 1_000_000_000_000;

/// What an amount stands under: a source of income, or a category of expenditure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Heading<'h> {
    /// In or out.
    pub direction: Direction,
    /// Of income.
    pub source: Option<IncomeSource>,
    /// Of the state budget.
    pub state_level: Option<StateLevel>,
    /// Of a programme.
    pub programme: Option<&'h str>,
    /// Of expenditure.
    pub category: Option<ExpenseCategory>,
    /// Of an allowance.
    pub post: Option<AllowancePost>,
}

impl Heading<'_> {
    /// Whether centres handed it to one another.
    pub fn is_handed_over(&self) -> bool {
        self.source.is_some_and(IncomeSource::is_handed_over) || self.category.is_some_and(ExpenseCategory::is_handed_over)
    }

    /// Income has a source, expenditure a category, and each what belongs to it.
    pub fn check(&self, faults: &mut Faults, at: &str) {
        let is_income = self.direction == Direction::Income;
        faults.check(
            is_income == self.source.is_some(),
            format!("{at}/source"),
            "source_of_income",
            "Khoản thu phải có nguồn thu; khoản chi thì không.",
            "Income has a source; expenditure has none.",
        );
        faults.check(
            is_income != self.category.is_some(),
            format!("{at}/category"),
            "category_of_expenditure",
            "Khoản chi phải có nội dung chi; khoản thu thì không.",
            "Expenditure has a category; income has none.",
        );
        faults.check(
            self.state_level.is_none() || self.source == Some(IncomeSource::StateBudget),
            format!("{at}/state_level"),
            "level_of_state_budget",
            "Cấp ngân sách chỉ ghi với nguồn ngân sách nhà nước.",
            "A level stands beside the state budget only.",
        );
        faults.check(
            self.programme.is_some() == (self.source == Some(IncomeSource::Programme)),
            format!("{at}/programme"),
            "name_of_programme",
            "Nguồn chương trình, dự án phải ghi tên; nguồn khác thì không.",
            "A programme is named; another source has none.",
        );
        faults.check(
            self.post.is_none() || self.category == Some(ExpenseCategory::Allowances),
            format!("{at}/post"),
            "post_of_allowance",
            "Chức danh chỉ ghi với khoản chi phụ cấp.",
            "A post stands beside allowances only.",
        );
    }
}

/// A gift or support in kind.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct InKind {
    /// What was given.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Loa truyền thanh", min_length = 1, max_length = 200)]
    pub item: String,
    /// How many; blank where they were not counted.
    #[serde(default)]
    #[validate(range(min = 1, max = 1_000_000_000))]
    #[schema(example = 2, minimum = 1, maximum = 1_000_000_000)]
    pub quantity: Option<i64>,
    /// In which unit.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "chiếc", min_length = 1, max_length = 40)]
    pub unit: Option<String>,
}

/// An entry in a centre's books.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct MoneyEntry {
    /// Identity, where the client makes it (UUIDv7 recommended): then it can be sent twice and is made once.
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<MoneyEntryId>,
    /// The centre.
    pub centre_id: CentreId,
    /// The day on which the money, or the thing, came or went. It decides the year and the period.
    #[schema(example = "2018-03-14")]
    pub date: NaiveDate,
    /// In or out.
    pub direction: Direction,
    /// Where it came from: for income.
    #[serde(default)]
    pub source: Option<IncomeSource>,
    /// Of which level, for the state budget.
    #[serde(default)]
    pub state_level: Option<StateLevel>,
    /// Its name, for a programme or project.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 200)]
    pub programme: Option<String>,
    /// What it was spent on: for expenditure.
    #[serde(default)]
    pub category: Option<ExpenseCategory>,
    /// The amount in đồng. In kind: its estimated value, blank where nobody estimated it. Negative only in an entry that corrects
    /// another one.
    #[serde(default)]
    #[validate(range(min = -1_000_000_000_000_i64, max = 1_000_000_000_000_i64))]
    #[schema(example = 2_000_000, minimum = -1_000_000_000_000_i64, maximum = 1_000_000_000_000_i64)]
    pub amount_vnd: Option<i64>,
    /// What was given, where it was no money. It counts apart, and in no cash balance.
    #[serde(default)]
    #[validate(nested)]
    pub in_kind: Option<InKind>,
    /// Who gave or received it.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Công ty TNHH Kim Sơn", min_length = 1, max_length = 200)]
    pub counterparty: Option<String>,
    /// The number of its voucher, once in a year of the centre.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "PT-012", min_length = 1, max_length = 40)]
    pub voucher_number: Option<String>,
    /// What it was about.
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(example = "Hỗ trợ chuyên đề pháp luật", min_length = 1, max_length = 500)]
    pub description: String,
    /// The activity that it belongs to.
    #[serde(default)]
    pub activity_id: Option<ActivityId>,
    /// Whose post was paid, for an allowance.
    #[serde(default)]
    pub post: Option<AllowancePost>,
    /// The first month that an allowance pays for, by its first day.
    #[serde(default)]
    #[schema(example = "2018-01-01")]
    pub from_month: Option<NaiveDate>,
    /// The last month that it pays for, by its first day; in the same year.
    #[serde(default)]
    #[schema(example = "2018-12-01")]
    pub to_month: Option<NaiveDate>,
    /// Why it was spent although the approved estimate has no room for it: without a reason it is refused.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason_above_estimate: Option<String>,
    /// The entry that this one corrects, whose period is locked: of the same source or category, with the difference as amount.
    #[serde(default)]
    pub corrects_id: Option<MoneyEntryId>,
}

impl MoneyEntry {
    /// What it stands under.
    pub fn heading(&self) -> Heading<'_> {
        Heading {
            direction: self.direction,
            source: self.source,
            state_level: self.state_level,
            programme: self.programme.as_deref(),
            category: self.category,
            post: self.post,
        }
    }

    /// The year that it counts in.
    pub fn year(&self) -> i32 {
        self.date.year()
    }

    /// A centre's books begin with the year in which it begins its work.
    ///
    /// # Errors
    /// `rule_broken` at the date.
    pub fn check_founded(&self, centre: &Centre) -> crate::Result<()> {
        match centre.operating_from {
            Some(from) if from.year() <= self.year() => Ok(()),
            Some(from) => Err(Problem::rule(
                "/date",
                "centre_founded",
                format!("Trung tâm hoạt động từ ngày {}; sổ thu, chi bắt đầu từ năm đó.", from.format("%d/%m/%Y")),
                format!("The centre has been at work since {from}; its books begin with that year."),
            )),
            None => Err(Problem::rule(
                "/date",
                "centre_founded",
                "Trung tâm chưa được thành lập nên chưa có sổ thu, chi.",
                "The centre is not established yet, and keeps no books.",
            )),
        }
    }

    /// Whether its period is open. `settled` is the newest year whose settlement is approved.
    ///
    /// # Errors
    /// The refusal of an entry in a period that is locked.
    pub fn check_open(&self, locked_to: Option<NaiveDate>, settled: Option<i32>) -> crate::Result<()> {
        match locked_to {
            Some(locked_to) if self.date <= locked_to => Err(locked(locked_to, settled.filter(|year| self.date.year() <= *year))),
            _ => Ok(()),
        }
    }

    /// Whether it may correct another entry of the same centre. `together` is what that one and its corrections so far come to.
    ///
    /// # Errors
    /// `rule_broken` at `/corrects_id` or `/amount_vnd`.
    pub fn check_correction(&self, corrected: &Self, together: i64) -> crate::Result<()> {
        let mut faults = Faults::default();
        faults.check(
            corrected.post == self.post,
            "/post",
            "corrects_its_like",
            "Bút toán điều chỉnh phụ cấp ghi đúng chức danh của bút toán được điều chỉnh.",
            "A correction of an allowance names the post of what it corrects.",
        );
        faults.check(
            corrected.centre_id == self.centre_id
                && corrected.heading() == Heading { post: corrected.post, ..self.heading() }
                && corrected.in_kind.is_some() == self.in_kind.is_some(),
            "/corrects_id",
            "corrects_its_like",
            "Bút toán điều chỉnh phải cùng trung tâm, cùng nguồn thu hoặc nội dung chi với bút toán được điều chỉnh; sai nguồn thì ghi âm hết rồi ghi lại bút toán đúng.",
            "A correction has the centre and the source or category of what it corrects; where those are wrong, take the whole amount back and enter it anew.",
        );
        faults.check(
            corrected.corrects_id.is_none(),
            "/corrects_id",
            "corrects_no_correction",
            "Điều chỉnh bút toán gốc, không điều chỉnh một bút toán điều chỉnh.",
            "Correct the first entry, not a correction of it.",
        );
        faults.check(
            corrected.date <= self.date,
            "/date",
            "corrects_what_came_before",
            "Bút toán điều chỉnh không được ghi ngày trước bút toán được điều chỉnh.",
            "A correction does not come before what it corrects.",
        );
        faults.check(
            together.saturating_add(self.amount_vnd.unwrap_or(0)) >= 0,
            "/amount_vnd",
            "corrects_no_more_than_there_was",
            "Số ghi âm không được lớn hơn số còn lại của bút toán được điều chỉnh.",
            "A correction takes back no more than there was.",
        );
        faults.into_result()
    }

    /// Whether the approved estimate has room for it. `planned` is what the estimate gives its category, `spent` what the other
    /// entries of the year spent on it.
    ///
    /// # Errors
    /// `rule_broken` at `/reason_above_estimate` when it is above and gives no reason.
    pub fn check_estimate(&self, planned: i64, spent: i64) -> crate::Result<()> {
        let amount = self.amount_vnd.unwrap_or(0);
        let together = spent.saturating_add(amount);
        if amount <= 0 || together <= planned || self.reason_above_estimate.is_some() {
            return Ok(());
        }
        let beyond = together - planned;
        let (above, planned, spent) = (vnd(beyond), vnd(planned), vnd(spent));
        Err(Problem::rule(
            "/reason_above_estimate",
            "above_estimate",
            format!("Dự toán được duyệt cho nội dung chi này là {planned} đồng, đã chi {spent} đồng; khoản này vượt {above} đồng. Vẫn chi thì ghi lý do."),
            format!("The approved estimate gives this category {planned} đồng, of which {spent} are spent; this goes {above} beyond. Give a reason to enter it all the same."),
        )
        .with("above_vnd", beyond))
    }
}

/// A number as people write it: groups of three, with dots.
pub fn vnd(amount: i64) -> String {
    let digits = amount.unsigned_abs().to_string();
    let mut text = String::from(if amount < 0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

/// The refusal of whatever touches a locked period; `settled` is the year whose approved settlement keeps it locked.
pub fn locked(locked_to: NaiveDate, settled: Option<i32>) -> Problem {
    let day = locked_to.format("%d/%m/%Y");
    let (vi, en) = match settled {
        Some(year) => (
            format!("Quyết toán năm {year} đã được duyệt nên kỳ này không mở lại được. Ghi bút toán điều chỉnh vào kỳ đang mở."),
            format!(
                "The settlement of {year} is approved, so this period is not opened again. Enter a correction in the open period."
            ),
        ),
        None => (
            "Ghi bút toán điều chỉnh vào kỳ đang mở, hoặc đề nghị người phê duyệt mở khóa có lý do.".to_owned(),
            "Enter a correction in the open period, or ask whoever approves to open it with a reason.".to_owned(),
        ),
    };
    Problem::new(Code::StateConflict)
        .detail(
            format!("Sổ thu chi của trung tâm đã khóa đến hết ngày {day}. {vi}"),
            format!("The books of the centre are locked to {locked_to}. {en}"),
        )
        .with("state", "locked")
        .with("locked_to", locked_to)
}

fn is_first_of_month(day: Option<NaiveDate>) -> bool {
    day.is_none_or(|day| day.day() == 1)
}

impl Record for MoneyEntry {
    type Id = MoneyEntryId;
    const SUBJECT: &'static str = "money_entry";
    const PLURAL: &'static str = "money_entries";
    const NAME: (&'static str, &'static str) = ("bút toán", "entry");
    const FIXED: &'static [&'static str] = &["centre_id", "corrects_id"];

    fn own_id(&self) -> Option<MoneyEntryId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn counted_for(&self) -> Vec<CentreId> {
        vec![self.centre_id]
    }

    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let is_mobilised = self.source.is_some_and(|source| source.group() == IncomeGroup::Mobilised);
        let is_counted = look.measured.measure == RecordMeasure::MobilisedVnd
            && look.centre == self.centre_id
            && look.holds(self.date)
            && is_mobilised;
        is_counted.then(|| json!(self.amount_vnd))
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            is_plausible(self.date, today) && self.date <= today,
            "/date",
            "not_in_the_future",
            "Ngày phải từ năm 1990 và không sau hôm nay: sổ ghi việc đã xảy ra.",
            "The day lies between 1990 and today: books hold what has happened.",
        );
        self.heading().check(faults, "");
        faults.check(
            self.corrects_id.is_some() || !self.heading().is_handed_over(),
            if self.source.is_some() { "/source" } else { "/category" },
            "by_merger_only",
            "Khoản bàn giao giữa các trung tâm do việc sáp nhập ghi (POST /v1/centres/{centre_id}/mergers); ở đây chỉ ghi điều chỉnh.",
            "What centres hand to one another is entered by their merger (POST /v1/centres/{centre_id}/mergers); here it is only corrected.",
        );
        faults.check(
            self.amount_vnd.is_some() || self.in_kind.is_some(),
            "/amount_vnd",
            "amount_needed",
            "Bút toán bằng tiền phải có số tiền. Chỉ hiện vật chưa định giá mới để trống.",
            "Money has an amount. It is blank only for what came in kind and was not valued.",
        );
        faults.check(
            self.amount_vnd != Some(0),
            "/amount_vnd",
            "amount_not_zero",
            "Không ghi bút toán 0 đồng. Hiện vật chưa định giá thì để trống số tiền.",
            "No entry is of 0 đồng. What came in kind and was not valued has a blank amount.",
        );
        faults.check(
            self.amount_vnd.is_none_or(|amount| amount >= 0 || self.corrects_id.is_some()),
            "/amount_vnd",
            "negative_only_to_correct",
            "Số tiền không âm; chỉ bút toán điều chỉnh mới ghi số âm.",
            "An amount is not negative; only a correction takes back.",
        );
        faults.check(
            self.in_kind.is_none() || self.direction == Direction::Income,
            "/in_kind",
            "in_kind_is_income",
            "Hiện vật chỉ ghi ở phần thu; mua sắm bằng tiền thì ghi khoản chi.",
            "What comes in kind is income; what is bought for money is expenditure.",
        );
        let months = (self.from_month, self.to_month);
        faults.check(
            matches!(months, (None, None)) || self.category == Some(ExpenseCategory::Allowances),
            "/from_month",
            "months_of_allowance",
            "Tháng hưởng chỉ ghi với khoản chi phụ cấp.",
            "Months stand beside allowances only.",
        );
        let is_range = match months {
            (None, None) => true,
            (Some(from), Some(to)) => from <= to && from.year() == to.year() && is_plausible(from, today),
            _ => false,
        };
        faults.check(
            is_range && is_first_of_month(self.from_month) && is_first_of_month(self.to_month),
            "/to_month",
            "months_of_one_year",
            "Ghi cả tháng đầu và tháng cuối, bằng ngày 01 của tháng, trong cùng một năm.",
            "Give the first and the last month, by their first day, within one year.",
        );
    }
}

/// Up to which day the books of a centre are locked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MoneyLock {
    /// The centre.
    pub centre_id: CentreId,
    /// The last locked day, the last of its month; `null` while nothing is locked.
    pub locked_to: Option<NaiveDate>,
    /// Why it was opened last, where a reason was given.
    pub reason: Option<String>,
}

/// A lock to be moved: on, after a month is closed; back, to open a period again.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutMoneyLock {
    /// The last locked day, the last of its month; `null` opens everything.
    #[serde(default)]
    #[schema(example = "2018-03-31")]
    pub locked_to: Option<NaiveDate>,
    /// Why: needed to open a period again.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 500)]
    pub reason: Option<String>,
}

/// The last day of a year.
pub fn last_of_year(year: i32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 12, 31).unwrap_or(NaiveDate::MAX)
}

impl PutMoneyLock {
    /// Whether the lock may move so. `settled` is the newest year whose settlement is approved.
    ///
    /// # Errors
    /// `rule_broken` with each fault, `blocked` by a settled year.
    pub fn check(&self, before: Option<NaiveDate>, settled: Option<i32>, today: NaiveDate) -> crate::Result<()> {
        let mut faults = Faults::default();
        let is_month = |day: NaiveDate| day.succ_opt().is_none_or(|next| next.day() == 1);
        faults.check(
            self.locked_to.is_none_or(is_month),
            "/locked_to",
            "locked_by_months",
            "Khóa sổ theo tháng: ghi ngày cuối tháng.",
            "Books are locked by months: give the last day of one.",
        );
        faults.check(
            self.locked_to.is_none_or(|day| is_plausible(day, today) && day <= today),
            "/locked_to",
            "not_in_the_future",
            "Không khóa trước kỳ chưa kết thúc.",
            "A period is not locked before it has ended.",
        );
        let opens = before.is_some_and(|before| self.locked_to.is_none_or(|to| to < before));
        faults.check(
            !opens || self.reason.is_some(),
            "/reason",
            "reason_to_open",
            "Mở lại kỳ đã khóa phải nêu lý do.",
            "A locked period is opened again with a reason.",
        );
        faults.into_result()?;
        match settled {
            Some(year) if self.locked_to.is_none_or(|to| to < last_of_year(year)) => Err(Problem::new(Code::Blocked)
                .detail(
                    format!("Quyết toán năm {year} đã được duyệt, nên sổ giữ khóa đến hết năm đó; sai sót thì ghi bút toán điều chỉnh vào năm đang mở."),
                    format!("The settlement of {year} is approved, so the books stay locked to the end of it; correct mistakes by an entry in the open year."),
                )
                .with("settled_year", year)),
            _ => Ok(()),
        }
    }
}

/// What the entries under one heading come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tally {
    /// In or out.
    pub direction: Direction,
    /// Of income.
    pub source: Option<IncomeSource>,
    /// Of the state budget.
    pub state_level: Option<StateLevel>,
    /// Of a programme.
    pub programme: Option<String>,
    /// Of expenditure.
    pub category: Option<ExpenseCategory>,
    /// Whether they came in kind.
    pub in_kind: bool,
    /// How many entries.
    pub entries: i64,
    /// How many of them have an amount.
    pub valued: i64,
    /// What these come to.
    pub amount_vnd: i64,
}

/// Gifts in kind, with how many of them were valued.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct InKindTotal {
    /// How many entries.
    pub entries: i64,
    /// How many of them somebody has valued.
    pub valued: i64,
    /// What those are worth together; `null` when none was valued.
    pub estimated_vnd: Option<i64>,
}

impl InKindTotal {
    /// Of tallies, those that came in kind.
    pub fn of<'t>(tallies: impl IntoIterator<Item = &'t Tally>) -> Self {
        tallies.into_iter().filter(|tally| tally.in_kind).fold(Self::default(), |total, tally| Self {
            entries: total.entries + tally.entries,
            valued: total.valued + tally.valued,
            estimated_vnd: if tally.valued > 0 {
                Some(total.estimated_vnd.unwrap_or(0) + tally.amount_vnd)
            } else {
                total.estimated_vnd
            },
        })
    }
}

/// Income from one source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct IncomeLine {
    /// The group that reports bring it together in.
    pub group: IncomeGroup,
    /// The source.
    pub source: IncomeSource,
    /// The level of the state budget, where it is known.
    pub state_level: Option<StateLevel>,
    /// The programme.
    pub programme: Option<String>,
    /// How many entries of money.
    pub entries: i64,
    /// The money.
    #[schema(example = 25_000_000)]
    pub amount_vnd: i64,
    /// What came in kind, apart from the money.
    pub in_kind: InKindTotal,
}

/// Expenditure in one category, against the approved estimate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ExpenseLine {
    /// The category.
    pub category: ExpenseCategory,
    /// How many entries.
    pub entries: i64,
    /// What was spent.
    #[schema(example = 15_600_000)]
    pub amount_vnd: i64,
    /// What the approved estimate gives it; `null` without an approved estimate.
    pub estimate_vnd: Option<i64>,
    /// What is left of it; negative when more was spent.
    pub left_vnd: Option<i64>,
}

/// What a year of a centre's books comes to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct MoneySummary {
    /// The centre.
    pub centre_id: CentreId,
    /// The year.
    #[schema(example = 2018)]
    pub year: i32,
    /// Income by source.
    pub income: Vec<IncomeLine>,
    /// Everything that came in kind.
    pub in_kind: InKindTotal,
    /// Expenditure by category.
    pub expenditure: Vec<ExpenseLine>,
    /// Income in money.
    pub income_vnd: i64,
    /// Expenditure in money.
    pub expenditure_vnd: i64,
    /// What the year began with; `null` where no settlement says so.
    pub opening_vnd: Option<i64>,
    /// What is left; `null` where the opening balance is not known.
    pub balance_vnd: Option<i64>,
    /// The approved estimate.
    pub budget_id: Option<BudgetId>,
    /// What it gives to income.
    pub estimated_income_vnd: Option<i64>,
    /// What it gives to expenditure.
    pub estimated_expenditure_vnd: Option<i64>,
    /// Up to which day the books are locked.
    pub locked_to: Option<NaiveDate>,
}

impl MoneySummary {
    /// Puts it together. `estimate` is what the approved estimate gives to each category.
    pub fn of(
        centre_id: CentreId,
        year: i32,
        tallies: &[Tally],
        opening_vnd: Option<i64>,
        estimate: Option<&[(ExpenseCategory, i64)]>,
    ) -> Self {
        let sum = |direction| -> i64 {
            tallies.iter().filter(|tally| tally.direction == direction && !tally.in_kind).map(|tally| tally.amount_vnd).sum()
        };
        let (income_vnd, expenditure_vnd) = (sum(Direction::Income), sum(Direction::Expenditure));
        let mut income: Vec<IncomeLine> = Vec::new();
        for tally in tallies {
            let Some(source) = tally.source else { continue };
            let key = (source, tally.state_level, &tally.programme);
            let known = income.iter().position(|line| (line.source, line.state_level, &line.programme) == key);
            let place = known.unwrap_or_else(|| {
                income.push(IncomeLine {
                    group: source.group(),
                    source,
                    state_level: tally.state_level,
                    programme: tally.programme.clone(),
                    entries: 0,
                    amount_vnd: 0,
                    in_kind: InKindTotal::default(),
                });
                income.len() - 1
            });
            if tally.in_kind {
                income[place].in_kind = InKindTotal::of([tally]);
            } else {
                income[place].entries = tally.entries;
                income[place].amount_vnd = tally.amount_vnd;
            }
        }
        income.sort_by(|a, b| (a.source, a.state_level, &a.programme).cmp(&(b.source, b.state_level, &b.programme)));
        let spent = |category| {
            let of_category = tallies.iter().filter(|tally| tally.category == Some(category));
            of_category.fold((0, 0), |(entries, amount), tally| (entries + tally.entries, amount + tally.amount_vnd))
        };
        let planned = |category| {
            estimate.map(|lines| -> i64 { lines.iter().filter(|(of, _)| *of == category).map(|(_, amount)| amount).sum() })
        };
        let expenditure = <ExpenseCategory as crate::Coded>::ALL
            .iter()
            .map(|category| {
                let ((entries, amount_vnd), estimate_vnd) = (spent(*category), planned(*category));
                let left_vnd = estimate_vnd.map(|estimate| estimate - amount_vnd);
                ExpenseLine { category: *category, entries, amount_vnd, estimate_vnd, left_vnd }
            })
            .filter(|line| line.entries > 0 || line.estimate_vnd.is_some_and(|estimate| estimate > 0))
            .collect();
        Self {
            centre_id,
            year,
            income,
            in_kind: InKindTotal::of(tallies),
            expenditure,
            income_vnd,
            expenditure_vnd,
            opening_vnd,
            balance_vnd: opening_vnd.map(|opening| opening + income_vnd - expenditure_vnd),
            budget_id: None,
            estimated_income_vnd: None,
            estimated_expenditure_vnd: None,
            locked_to: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn entry(changes: serde_json::Value) -> MoneyEntry {
        let mut value = serde_json::json!({ "centre_id": uuid::Uuid::nil(), "date": "2018-03-14", "direction": "income",
            "source": "state_budget", "amount_vnd": 5, "description": "x" });
        for (name, change) in changes.as_object().unwrap() {
            value[name] = change.clone();
        }
        serde_json::from_value(value).unwrap()
    }

    fn rules(entry: &MoneyEntry) -> Vec<&'static str> {
        let mut faults = Faults::default();
        entry.check(&mut faults, day("2026-11-22"));
        faults.into_result().err().map(|problem| problem.faults.iter().map(|fault| fault.rule).collect()).unwrap_or_default()
    }

    #[test]
    fn an_entry_has_what_belongs_to_it_and_nothing_else() {
        use serde_json::json;
        let chi = |more: serde_json::Value| {
            let mut value = json!({ "direction": "expenditure", "source": null, "category": "allowances" });
            value.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            value
        };
        for (changes, expected) in [
            (json!({}), vec![]),
            (json!({ "state_level": "commune" }), vec![]),
            (json!({ "amount_vnd": 0 }), vec!["amount_not_zero"]),
            (json!({ "amount_vnd": 0, "in_kind": { "item": "Loa" } }), vec!["amount_not_zero"]),
            (json!({ "source": null }), vec!["source_of_income"]),
            (json!({ "category": "repairs" }), vec!["category_of_expenditure"]),
            (json!({ "source": "people", "state_level": "commune" }), vec!["level_of_state_budget"]),
            (json!({ "source": "programme" }), vec!["name_of_programme"]),
            (json!({ "source": "programme", "programme": "Nông thôn mới" }), vec![]),
            (json!({ "amount_vnd": null }), vec!["amount_needed"]),
            (json!({ "amount_vnd": null, "in_kind": { "item": "Loa" } }), vec![]),
            (json!({ "amount_vnd": -1 }), vec!["negative_only_to_correct"]),
            (json!({ "amount_vnd": -1, "corrects_id": uuid::Uuid::nil() }), vec![]),
            (json!({ "date": "2026-11-23" }), vec!["not_in_the_future"]),
            (chi(json!({})), vec![]),
            (chi(json!({ "post": "director", "from_month": "2018-01-01", "to_month": "2018-12-01" })), vec![]),
            (chi(json!({ "post": "director", "from_month": "2018-01-01" })), vec!["months_of_one_year"]),
            (chi(json!({ "from_month": "2018-11-01", "to_month": "2019-01-01" })), vec!["months_of_one_year"]),
            (chi(json!({ "from_month": "2018-01-02", "to_month": "2018-02-01" })), vec!["months_of_one_year"]),
            (chi(json!({ "category": "repairs", "post": "director" })), vec!["post_of_allowance"]),
            (chi(json!({ "in_kind": { "item": "Loa" } })), vec!["in_kind_is_income"]),
        ] {
            assert_eq!(rules(&entry(changes.clone())), expected, "{changes}");
        }
    }

    #[test]
    fn above_the_estimate_by_one_dong_needs_a_reason() {
        use serde_json::json;
        let spend = |amount: i64, reason: Option<&str>| {
            entry(
                json!({ "direction": "expenditure", "source": null, "category": "repairs", "amount_vnd": amount, "reason_above_estimate": reason }),
            )
        };
        for (amount, reason, fits) in
            [(40, None, true), (41, None, false), (41, Some("bão"), true), (0, None, true), (-5, None, true)]
        {
            assert_eq!(spend(amount, reason).check_estimate(100, 60).is_ok(), fits, "{amount} {reason:?}");
        }
        let problem = spend(1_000_000, None).check_estimate(100, 60).unwrap_err();
        assert_eq!(problem.members["above_vnd"], 999_960);
    }

    #[test]
    fn a_lock_moves_by_months_and_back_only_with_a_reason_and_never_into_a_settled_year() {
        let (today, march, june) = (day("2018-07-10"), day("2018-03-31"), day("2018-06-30"));
        let put =
            |locked_to: Option<NaiveDate>, reason: Option<&str>| PutMoneyLock { locked_to, reason: reason.map(str::to_owned) };
        for (lock, before, settled, fits) in [
            (put(Some(march), None), None, None, true),
            (put(Some(june), None), Some(march), None, true),
            (put(Some(march), None), Some(june), None, false),
            (put(Some(march), Some("ghi sót")), Some(june), None, true),
            (put(None, Some("ghi sót")), Some(june), None, true),
            (put(None, Some("ghi sót")), Some(june), Some(2017), false),
            (put(Some(march), Some("ghi sót")), Some(june), Some(2017), true),
            (put(Some(day("2018-06-29")), None), None, None, false),
            (put(Some(day("2018-07-31")), None), None, None, false),
        ] {
            assert_eq!(lock.check(before, settled, today).is_ok(), fits, "{lock:?} {before:?} {settled:?}");
        }
    }

    #[test]
    fn gifts_in_kind_are_in_no_balance_and_a_blank_value_is_no_zero() {
        let tally = |source, in_kind, entries, valued, amount_vnd| Tally {
            direction: Direction::Income,
            source: Some(source),
            state_level: None,
            programme: None,
            category: None,
            in_kind,
            entries,
            valued,
            amount_vnd,
        };
        let spent = Tally {
            direction: Direction::Expenditure,
            source: None,
            category: Some(ExpenseCategory::Repairs),
            ..tally(IncomeSource::Other, false, 1, 1, 30)
        };
        let tallies = [
            tally(IncomeSource::People, false, 2, 2, 100),
            tally(IncomeSource::People, true, 3, 1, 7),
            tally(IncomeSource::Enterprise, true, 1, 0, 0),
            spent,
        ];
        let summary =
            MoneySummary::of(uuid::Uuid::nil().into(), 2018, &tallies, Some(10), Some(&[(ExpenseCategory::Repairs, 20)]));
        assert_eq!((summary.income_vnd, summary.expenditure_vnd, summary.balance_vnd), (100, 30, Some(80)));
        assert_eq!(summary.in_kind, InKindTotal { entries: 4, valued: 1, estimated_vnd: Some(7) });
        let enterprise = &summary.income[0];
        assert_eq!((enterprise.source, enterprise.in_kind.estimated_vnd), (IncomeSource::Enterprise, None));
        assert_eq!((summary.expenditure[0].estimate_vnd, summary.expenditure[0].left_vnd), (Some(20), Some(-10)));
        let unknown = MoneySummary::of(uuid::Uuid::nil().into(), 2018, &tallies, None, None);
        assert_eq!((unknown.balance_vnd, unknown.expenditure[0].estimate_vnd), (None, None));
    }

    #[test]
    fn amounts_are_written_in_groups_of_three() {
        for (amount, text) in [(0, "0"), (999, "999"), (1000, "1.000"), (33_625_000, "33.625.000"), (-1_234_567, "-1.234.567")] {
            assert_eq!(vnd(amount), text);
        }
    }
}
