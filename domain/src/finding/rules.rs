//! The one table of what is looked for.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{DayOfYear, FindingCode, FindingParty, FindingSettings, RuleMeasure, RuleSetting};
use crate::Coded as _;
use crate::calendar::{Calendar, DueDays, DueKind};
use crate::funding;
use crate::text::Label;

/// A rule: what is looked for, in both languages, on which law, and whom it concerns.
#[derive(Debug)]
pub struct Rule {
    /// Its code.
    pub code: FindingCode,
    /// What it says; `{n}` stands for its number.
    pub says: Label,
    /// What it says while it has no number.
    pub says_without_number: Option<Label>,
    /// What remedies the cause.
    pub remedy: Label,
    /// Where the source is uncertain.
    pub note: Option<Label>,
    /// What its number counts; `None` for a rule without one.
    pub measure: Option<RuleMeasure>,
    /// The number that it ships with; `None` where no source gives one.
    pub number: Option<i64>,
    /// The least and the most that a province may set.
    pub bounds: (i64, i64),
    /// The day of the year that it ships with; `None` for a rule without one, and where no source gives one.
    pub day_of_year: Option<DayOfYear>,
    /// Whether it is looked for where the province says nothing.
    pub active: bool,
    /// Whether it is one of work, which nobody expects of a centre that is suspended.
    pub of_work: bool,
    /// The law in its times, the oldest first.
    pub bases: &'static [Basis],
}

/// The law behind a rule between two days, and whom a finding concerned then.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Basis {
    /// First day. For regulations whose day of coming into force is not known, the day they were signed.
    #[schema(example = "2008-03-24")]
    pub from: NaiveDate,
    /// Last day; `null` while it holds.
    pub to: Option<NaiveDate>,
    /// The law.
    #[schema(value_type = String, example = "Quyết định 09/2008/QĐ-BGDĐT")]
    pub legal_basis: &'static str,
    /// Whom a finding concerns.
    #[schema(value_type = Vec<FindingParty>)]
    pub concerns: &'static [FindingParty],
}

impl Basis {
    fn holds_on(&self, day: NaiveDate) -> bool {
        self.from <= day && self.to.is_none_or(|to| day <= to)
    }
}

const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(day) => day,
        None => NaiveDate::MIN,
    }
}

const fn basis(from: NaiveDate, to: Option<NaiveDate>, legal_basis: &'static str, concerns: &'static [FindingParty]) -> Basis {
    Basis { from, to, legal_basis, concerns }
}

/// Decision 09/2008/QĐ-BGDĐT was signed.
const REGULATION: NaiveDate = day(2008, 3, 24);
/// Dispatch 219/BGDĐT-GDTX was signed; the day before it.
const DISPATCH: NaiveDate = day(2020, 1, 21);
const BEFORE_DISPATCH: NaiveDate = day(2020, 1, 20);
/// Decree 125/2024/NĐ-CP came into force; the day before it.
const DECREE: NaiveDate = day(2024, 11, 20);
const BEFORE_DECREE: NaiveDate = day(2024, 11, 19);
/// The districts ended; their last day.
const REFORM: NaiveDate = day(2025, 7, 1);
const BEFORE_REFORM: NaiveDate = day(2025, 6, 30);
/// The first year that Circular 96/2008/TT-BTC covers for certain: its day in 2008 is not known.
pub(super) const CIRCULAR: NaiveDate = day(2009, 1, 1);

use FindingParty::{BudgetAuthority, Centre, CommuneCommittee, DistrictCommittee, DistrictDivision, ProvincialDepartment};

/// Who sits on a board: decided by the district until it ended, by the commune since.
const BOARD: &[Basis] = &[
    basis(
        REGULATION,
        Some(BEFORE_DISPATCH),
        "Quyết định 09/2008/QĐ-BGDĐT (sửa đổi, bổ sung bởi Thông tư 40/2010/TT-BGDĐT)",
        &[DistrictCommittee, CommuneCommittee],
    ),
    basis(
        DISPATCH,
        Some(BEFORE_REFORM),
        "Quyết định 09/2008/QĐ-BGDĐT (sửa đổi, bổ sung bởi Thông tư 40/2010/TT-BGDĐT); Công văn 219/BGDĐT-GDTX ngày 21/01/2020",
        &[DistrictCommittee, CommuneCommittee],
    ),
    basis(
        REFORM,
        None,
        "Quyết định 09/2008/QĐ-BGDĐT (sửa đổi, bổ sung bởi Thông tư 40/2010/TT-BGDĐT); Công văn 219/BGDĐT-GDTX ngày 21/01/2020; Thông tư 11/2025/TT-BGDĐT",
        &[CommuneCommittee],
    ),
];

/// Who appoints: Articles 12 and 13 of the regulation.
const APPOINTMENTS: &[Basis] = &[
    basis(REGULATION, Some(BEFORE_REFORM), "Quyết định 09/2008/QĐ-BGDĐT, Điều 12 và Điều 13", &[DistrictCommittee]),
    basis(REFORM, None, "Quyết định 09/2008/QĐ-BGDĐT, Điều 12 và Điều 13; Thông tư 11/2025/TT-BGDĐT", &[CommuneCommittee]),
];

/// A plan that its centre makes and the commune approves.
const PLANNING: &[Basis] = &[
    basis(REGULATION, Some(BEFORE_DISPATCH), "Quyết định 09/2008/QĐ-BGDĐT", &[Centre, CommuneCommittee]),
    basis(DISPATCH, None, "Quyết định 09/2008/QĐ-BGDĐT; Công văn 219/BGDĐT-GDTX ngày 21/01/2020", &[Centre, CommuneCommittee]),
];

/// What a centre tells the commune and the education sector of its year.
const REPORTING: &[Basis] = &[
    basis(REGULATION, Some(BEFORE_DISPATCH), "Quyết định 09/2008/QĐ-BGDĐT", &[Centre]),
    basis(DISPATCH, None, "Quyết định 09/2008/QĐ-BGDĐT; Công văn 219/BGDĐT-GDTX ngày 21/01/2020", &[Centre]),
];

const FUNDING: &[Basis] = &[basis(CIRCULAR, None, funding::LEGAL_BASIS, &[BudgetAuthority])];

const AT_ONCE: Label = Label::fixed(
    "Yêu cầu chấn chỉnh ngay: Công văn 1172/UBND-GD ngày 19/02/2020 của UBND tỉnh Thừa Thiên Huế, thực hiện Công văn 219.",
    "“To be corrected at once”: dispatch 1172/UBND-GD of Thừa Thiên Huế province of 19 February 2020, on dispatch 219.",
);
const CIRCULAR_NOTE: Label = Label::fixed(
    "Chỉ xét trung tâm và năm từ 2009: ngày có hiệu lực của thông tư trong năm 2008 và văn bản thay thế chưa tra được. Chỉ tính tiền và hiện vật có giá trị ghi sổ từ ngân sách nhà nước; năm chưa ai ghi thì không kết luận.",
    "Centres and years from 2009 on only: the circular's day in 2008, and what may have replaced it, are not known. Counted are money and valued gifts in kind that were booked from the state budget; a year of which nobody said anything gives no finding.",
);

/// All rules, in the order in which people list them.
pub static RULES: &[Rule] = &[
    Rule {
        code: FindingCode::NoEducationSeat,
        says: Label::fixed("Ban giám đốc không có người của ngành giáo dục.", "Nobody on the board is of the education sector."),
        says_without_number: None,
        remedy: Label::fixed(
            "Bổ nhiệm lãnh đạo trường tiểu học hoặc trung học cơ sở làm phó giám đốc; người đã có thì ghi thành phần (sector).",
            "Appoint a leader of a primary or lower-secondary school as deputy director; for one who is there, record the sector.",
        ),
        note: Some(AT_ONCE),
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: BOARD,
    },
    Rule {
        code: FindingCode::NoStudyPromotionSeat,
        says: Label::fixed(
            "Ban giám đốc không có người của Hội Khuyến học.",
            "Nobody on the board is of the study promotion association.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Bổ nhiệm cán bộ Hội Khuyến học làm phó giám đốc; người đã có thì ghi thành phần (sector).",
            "Appoint an officer of the study promotion association as deputy director; for one who is there, record the sector.",
        ),
        note: Some(AT_ONCE),
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: BOARD,
    },
    Rule {
        code: FindingCode::PostVacant,
        says: Label::fixed(
            "Có chức danh trong ban giám đốc khuyết quá {n} ngày.",
            "A post of the board has been vacant for over {n} days.",
        ),
        says_without_number: Some(Label::fixed(
            "Có chức danh trong ban giám đốc không ai giữ.",
            "Nobody holds a post of the board.",
        )),
        remedy: Label::fixed(
            "Bổ nhiệm người thay và ghi ngày bắt đầu cùng quyết định.",
            "Appoint a successor, and record the first day and the decision.",
        ),
        note: Some(Label::fixed(
            "Không văn bản nào nêu số ngày được để khuyết; tỉnh đặt số ngày nếu muốn bỏ qua thời gian chuyển giao.",
            "No source names a time for which a post may be vacant; a province that allows for a handover sets one.",
        )),
        measure: Some(RuleMeasure::Days),
        number: None,
        bounds: (0, 3650),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: BOARD,
    },
    Rule {
        code: FindingCode::AppointmentWithoutDecision,
        says: Label::fixed(
            "Có người trong ban giám đốc hoặc biệt phái mà bổ nhiệm chưa ghi quyết định.",
            "Somebody sits on the board, or is seconded, without a decision on record.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Ghi số, ngày và nơi ban hành quyết định vào bổ nhiệm; chưa có thì đề nghị cấp có thẩm quyền ra quyết định.",
            "Record the decision's number, date and issuer with the appointment; where there is none, ask for one.",
        ),
        note: None,
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: APPOINTMENTS,
    },
    Rule {
        code: FindingCode::EstablishmentWithoutDecision,
        says: Label::fixed(
            "Trung tâm hoạt động mà chưa ghi quyết định thành lập.",
            "The centre is at work without a decision on its establishment on record.",
        ),
        says_without_number: None,
        remedy: Label::fixed("Ghi quyết định thành lập của trung tâm.", "Record the decision that established the centre."),
        note: None,
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: &[
            basis(REGULATION, Some(BEFORE_DECREE), "Quyết định 09/2008/QĐ-BGDĐT", &[DistrictCommittee]),
            basis(DECREE, Some(BEFORE_REFORM), "Nghị định 125/2024/NĐ-CP, Điều 37 và Điều 38", &[DistrictCommittee]),
            basis(REFORM, None, "Nghị định 125/2024/NĐ-CP, Điều 37 và Điều 38; Nghị định 142/2025/NĐ-CP", &[CommuneCommittee]),
        ],
    },
    Rule {
        code: FindingCode::NoActivity,
        says: Label::fixed(
            "Trung tâm không tự tổ chức hoạt động nào trong {n} tháng liền.",
            "The centre has held no activity of its own for {n} months.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Tổ chức hoạt động và ghi lại; hoạt động do nơi khác tổ chức mà trung tâm chỉ phối hợp hoặc cho mượn chỗ thì không tính.",
            "Hold activities and record them; what others ran, with the centre coordinating or giving the place, does not count.",
        ),
        note: Some(Label::fixed(
            "Điều 39 nói về một năm kể từ ngày có quyết định thành lập; xét mọi thời điểm là theo yêu cầu rà soát trung tâm hoạt động không hiệu quả của Công văn 219.",
            "Article 39 speaks of the year after the establishment; that any year counts goes by dispatch 219, which asks for a review of centres that are ineffective.",
        )),
        measure: Some(RuleMeasure::Months),
        number: Some(12),
        bounds: (1, 120),
        day_of_year: None,
        active: true,
        of_work: true,
        bases: &[
            basis(
                REGULATION,
                Some(BEFORE_DISPATCH),
                "Quyết định 09/2008/QĐ-BGDĐT, Điều 3 và Điều 4",
                &[Centre, CommuneCommittee],
            ),
            basis(
                DISPATCH,
                Some(BEFORE_DECREE),
                "Quyết định 09/2008/QĐ-BGDĐT, Điều 3 và Điều 4; Công văn 219/BGDĐT-GDTX ngày 21/01/2020",
                &[Centre, CommuneCommittee],
            ),
            basis(
                DECREE,
                None,
                "Nghị định 125/2024/NĐ-CP, Điều 39; Công văn 219/BGDĐT-GDTX ngày 21/01/2020",
                &[Centre, CommuneCommittee],
            ),
        ],
    },
    Rule {
        code: FindingCode::FewTrainings,
        says: Label::fixed(
            "Người của trung tâm dự chưa đủ {n} đợt tập huấn trong mười hai tháng.",
            "The centre's people attended fewer than {n} trainings in twelve months.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Tổ chức tập huấn cho cán bộ quản lý, giáo viên, báo cáo viên và ghi trung tâm nào dự.",
            "Hold trainings of managers, teachers and rapporteurs, and record which centres attended.",
        ),
        note: Some(Label::fixed(
            "Ít nhất hai lần mỗi năm: Công văn 1172/UBND-GD ngày 19/02/2020 của UBND tỉnh Thừa Thiên Huế; tỉnh khác đặt số của mình.",
            "“At least twice a year”: dispatch 1172/UBND-GD of Thừa Thiên Huế province of 19 February 2020; other provinces set their own number.",
        )),
        measure: Some(RuleMeasure::Trainings),
        number: Some(2),
        bounds: (1, 24),
        day_of_year: None,
        active: true,
        of_work: true,
        bases: &[
            basis(
                DISPATCH,
                Some(BEFORE_REFORM),
                "Công văn 219/BGDĐT-GDTX ngày 21/01/2020",
                &[DistrictDivision, ProvincialDepartment],
            ),
            basis(REFORM, None, "Công văn 219/BGDĐT-GDTX ngày 21/01/2020", &[ProvincialDepartment, CommuneCommittee]),
        ],
    },
    Rule {
        code: FindingCode::NoApprovedPlan,
        says: Label::fixed(
            "Đã qua ngày phải có kế hoạch hoạt động năm được phê duyệt mà trung tâm chưa có.",
            "The day by which a year's plan is to be approved has passed, and the centre has none.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Lập kế hoạch của năm đó, trình và được UBND cấp xã phê duyệt; kế hoạch đã có trên giấy thì ghi vào với ngày phê duyệt của nó.",
            "Make the plan of that year, hand it in, and have the commune approve it; where there is one on paper, record it with the day of its approval.",
        ),
        note: Some(Label::fixed(
            "Không văn bản nào nêu hạn. Khi tỉnh chưa đặt ngày khác, hạn là ngày 31/12 của chính năm đó: chỉ xét năm đã kết thúc. Đến hết ngày hạn vẫn là năm trước được xét.",
            "No source names a day. Until the province sets another, it is 31 December of the plan's own year: only years that are over are looked at. Up to and on the day itself it is the year before that is looked at.",
        )),
        measure: Some(RuleMeasure::DayOfYear),
        number: None,
        bounds: (0, 0),
        day_of_year: Some(DayOfYear::LAST),
        active: true,
        of_work: true,
        bases: PLANNING,
    },
    Rule {
        code: FindingCode::PlanWithoutSurvey,
        says: Label::fixed(
            "Kế hoạch năm đã phê duyệt không dựa trên đợt điều tra nhu cầu nào.",
            "The approved plan of the year is built on no survey of learning needs.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Điều tra nhu cầu học tập, rồi điều chỉnh kế hoạch và nêu đợt điều tra đó.",
            "Survey what people want to learn, then revise the plan and name the survey.",
        ),
        note: None,
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: true,
        bases: &[
            basis(REGULATION, Some(BEFORE_DISPATCH), "Quyết định 09/2008/QĐ-BGDĐT, Điều 3 và Điều 4", &[Centre]),
            basis(
                DISPATCH,
                None,
                "Quyết định 09/2008/QĐ-BGDĐT, Điều 3 và Điều 4; Công văn 219/BGDĐT-GDTX ngày 21/01/2020",
                &[Centre],
            ),
        ],
    },
    Rule {
        code: FindingCode::PlanWithoutDecision,
        says: Label::fixed(
            "Kế hoạch năm được phê duyệt mà không ghi quyết định.",
            "The plan of the year was approved without a decision on record.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Điều chỉnh kế hoạch và phê duyệt bằng quyết định.",
            "Revise the plan, and have it approved by a decision.",
        ),
        note: Some(Label::fixed(
            "Không văn bản nào buộc phê duyệt bằng quyết định: tỉnh nào có yêu cầu thì bật.",
            "No source asks for a decision here: a province that does so switches the rule on.",
        )),
        measure: None,
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: false,
        of_work: true,
        bases: PLANNING,
    },
    Rule {
        code: FindingCode::ReportLate,
        says: Label::fixed("Quá hạn mà trung tâm chưa nộp báo cáo năm.", "The annual report is overdue."),
        says_without_number: None,
        remedy: Label::fixed("Hoàn thành và nộp báo cáo năm.", "Finish the annual report and hand it in."),
        note: Some(Label::fixed(
            "Không văn bản nào nêu hạn: lấy hạn ghi trong báo cáo (due_on), nếu không thì hạn của tỉnh. Hạn từ tháng 7 trở đi là của báo cáo năm đó, hạn nửa đầu năm là của báo cáo năm trước.",
            "No source names a day: that of the report itself (due_on) counts, otherwise the province's. A day from July on is for that year's report, one before for the report of the year before.",
        )),
        measure: Some(RuleMeasure::DayOfYear),
        number: None,
        bounds: (0, 0),
        day_of_year: None,
        active: true,
        of_work: true,
        bases: REPORTING,
    },
    Rule {
        code: FindingCode::StartUpSupportShort,
        says: Label::fixed(
            "Trung tâm mới thành lập chưa nhận đủ hỗ trợ ban đầu {n} đồng.",
            "The new centre has not received {n} đồng for its start.",
        ),
        says_without_number: None,
        remedy: Label::fixed(
            "Cấp phần còn thiếu để mua sắm trang thiết bị, tài liệu; ghi khoản đã nhận vào sổ.",
            "Give what is missing for equipment and materials; book what was received.",
        ),
        note: Some(CIRCULAR_NOTE),
        measure: Some(RuleMeasure::Vnd),
        number: Some(funding::START_UP_VND),
        bounds: (funding::START_UP_VND, 1_000_000_000),
        day_of_year: None,
        active: true,
        of_work: false,
        bases: FUNDING,
    },
    Rule {
        code: FindingCode::YearlySupplementShort,
        says: Label::fixed(
            "Trung tâm vùng dân tộc thiểu số, miền núi chưa nhận đủ hỗ trợ hằng năm {n} đồng.",
            "The centre in a minority or mountain area has not received the {n} đồng of the year.",
        ),
        says_without_number: Some(Label::fixed(
            "Trung tâm vùng dân tộc thiểu số, miền núi chưa nhận đủ hỗ trợ hằng năm: 20 triệu đồng (khu vực I), 25 triệu đồng (khu vực II, III).",
            "The centre in a minority or mountain area has not received the supplement of the year: 20 million đồng (region I), 25 million (regions II and III).",
        )),
        remedy: Label::fixed(
            "Cấp phần còn thiếu; ghi khoản đã nhận vào sổ và khu vực của xã vào dự toán.",
            "Give what is missing; book what was received, and the commune's region in the estimate.",
        ),
        note: Some(CIRCULAR_NOTE),
        measure: Some(RuleMeasure::Vnd),
        number: None,
        bounds: (funding::MOST_YEARLY_VND, 1_000_000_000),
        day_of_year: None,
        active: true,
        of_work: true,
        bases: FUNDING,
    },
];

/// A rule as it holds in a province on a day.
#[derive(Debug, Clone)]
pub struct RuleInForce {
    /// The rule.
    pub rule: &'static Rule,
    /// The law of the day.
    pub basis: &'static Basis,
    /// Whether it is looked for.
    pub active: bool,
    /// Its number: the province's, or as it ships.
    pub number: Option<i64>,
    /// The days by which it wants something, year by year.
    pub due: DueDays,
}

impl RuleInForce {
    /// What it says, with its number.
    pub fn says(&self) -> Label {
        self.rule.says_with(self.number)
    }
}

impl Rule {
    fn says_with(&self, number: Option<i64>) -> Label {
        use crate::quantity::Quantity;
        use crate::text::Language::{En, Vi};
        match (number, &self.says_without_number) {
            (None, Some(without)) => without.clone(),
            (None, None) => self.says.clone(),
            (Some(number), _) => {
                let written = |language| Quantity::whole(number).written(language);
                Label::new(self.says.vi.replace("{n}", &written(Vi)), self.says.en.replace("{n}", &written(En)))
            }
        }
    }
}

/// The rules that were in force on a day, as a province sets them and its calendar dates them, also those that it has switched off.
pub fn in_force(settings: &FindingSettings, calendar: &Calendar, day: NaiveDate) -> Vec<RuleInForce> {
    let of = |rule: &'static Rule| {
        let basis = rule.bases.iter().find(|basis| basis.holds_on(day))?;
        let set = settings.of(rule.code);
        Some(RuleInForce {
            rule,
            basis,
            active: set.map_or(rule.active, |set| set.active),
            number: set.and_then(|set| set.number).or(rule.number),
            due: DueKind::ALL
                .iter()
                .find(|kind| kind.rule() == Some(rule.code))
                .map_or_else(DueDays::default, |kind| calendar.days_of(*kind, settings)),
        })
    };
    RULES.iter().filter_map(of).collect()
}

/// A rule, as the catalogue shows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingRule {
    /// Its code.
    pub code: FindingCode,
    /// What it is called.
    pub label: Label,
    /// What it says, with its present number.
    pub says: Label,
    /// What remedies the cause.
    pub remedy: Label,
    /// Where the source is uncertain.
    pub note: Option<Label>,
    /// What its number counts; `null` for a rule without one.
    pub measure: Option<RuleMeasure>,
    /// The number that it ships with; `null` where no source gives one.
    pub default_number: Option<i64>,
    /// The least number that a province may set.
    pub least_number: Option<i64>,
    /// The most.
    pub most_number: Option<i64>,
    /// The day of the year that it ships with; `null` for a rule without one, and where no source gives one.
    #[schema(value_type = Option<String>, example = "12-31")]
    pub default_day_of_year: Option<DayOfYear>,
    /// Whether it is looked for where the province says nothing.
    pub default_active: bool,
    /// Whether it is not asked of a centre that is suspended.
    pub of_work: bool,
    /// Whether it is looked for now.
    pub active: bool,
    /// Its number now.
    pub number: Option<i64>,
    /// Its day of the year now.
    #[schema(value_type = Option<String>, example = "12-31")]
    pub day_of_year: Option<DayOfYear>,
    /// What the province has set, and why; `null` where it holds as it ships.
    pub setting: Option<RuleSetting>,
    /// The law in its times, the oldest first, with whom a finding concerned then.
    #[schema(value_type = Vec<Basis>)]
    pub bases: &'static [Basis],
}

/// All rules, as a province sets them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FindingRules {
    /// Each rule, in the order in which people list them.
    pub rules: Vec<FindingRule>,
}

/// The catalogue of rules, as a province sets them.
pub fn rules(settings: &FindingSettings) -> FindingRules {
    let of = |rule: &'static Rule| {
        let setting = settings.of(rule.code).cloned();
        let number = setting.as_ref().and_then(|set| set.number).or(rule.number);
        let has_day = rule.measure == Some(RuleMeasure::DayOfYear);
        let has_number = rule.measure.is_some() && !has_day;
        let day_of_year = setting.as_ref().and_then(|set| set.day_of_year).or(rule.day_of_year);
        FindingRule {
            code: rule.code,
            label: rule.code.label(),
            says: rule.says_with(number),
            remedy: rule.remedy.clone(),
            note: rule.note.clone(),
            measure: rule.measure,
            default_number: rule.number,
            least_number: has_number.then_some(rule.bounds.0),
            most_number: has_number.then_some(rule.bounds.1),
            default_active: rule.active,
            of_work: rule.of_work,
            active: setting.as_ref().map_or(rule.active, |set| set.active),
            number,
            default_day_of_year: rule.day_of_year,
            day_of_year,
            setting,
            bases: rule.bases,
        }
    };
    FindingRules { rules: RULES.iter().map(of).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_holds_each_code_once_with_a_law_for_every_day_since_the_first() {
        let codes: Vec<FindingCode> = RULES.iter().map(|rule| rule.code).collect();
        assert_eq!(codes, FindingCode::ALL, "each code, once, in order");
        for rule in RULES {
            assert!(rule.bases.iter().all(|basis| basis.from != NaiveDate::MIN && !basis.concerns.is_empty()), "{}", rule.code);
            for pair in rule.bases.windows(2) {
                assert_eq!(pair[0].to.and_then(|to| to.succ_opt()), Some(pair[1].from), "{}: no gap, no overlap", rule.code);
            }
            assert_eq!(rule.bases.last().unwrap().to, None, "{}", rule.code);
            let texts = [Some(&rule.says), rule.says_without_number.as_ref(), Some(&rule.remedy), rule.note.as_ref()];
            for text in texts.into_iter().flatten() {
                assert!(!text.vi.is_empty() && !text.en.is_empty() && text.vi != text.en, "{}", rule.code);
            }
            let has_number = !matches!(rule.measure, None | Some(RuleMeasure::DayOfYear));
            assert_eq!(rule.says.vi.contains("{n}") && rule.says.en.contains("{n}"), has_number, "{}", rule.code);
            // A number that no source gives does not ship, and then the rule has a sentence without one.
            assert_eq!(has_number && rule.number.is_none(), rule.says_without_number.is_some(), "{}", rule.code);
            assert!(rule.number.is_none_or(|number| (rule.bounds.0..=rule.bounds.1).contains(&number)), "{}", rule.code);
        }
    }

    #[test]
    fn a_rule_holds_by_the_law_of_the_day_as_the_province_sets_it() {
        let set = RuleSetting {
            code: FindingCode::StartUpSupportShort,
            active: false,
            number: Some(40_000_000),
            day_of_year: None,
            reason: "Nghị quyết của HĐND tỉnh".into(),
        };
        let settings = FindingSettings { settings: vec![set] };
        let on = |day: &str| in_force(&settings, &Calendar::default(), day.parse().unwrap());
        assert!(on("2008-03-23").is_empty());
        assert!(!on("2018-12-31").iter().any(|it| it.rule.code == FindingCode::FewTrainings), "asked for since 2020");
        let seat = |day: &str| on(day)[0].basis.concerns;
        assert_eq!(
            (seat("2025-06-30"), seat("2025-07-01")),
            (&[DistrictCommittee, CommuneCommittee][..], &[CommuneCommittee][..])
        );
        let money = on("2026-11-22").into_iter().find(|it| it.rule.code == FindingCode::StartUpSupportShort).unwrap();
        assert!(!money.active && money.says().vi.contains("40.000.000 đồng") && money.says().en.contains("40,000,000"));
        let shown = rules(&settings).rules;
        let shown = shown.iter().find(|rule| rule.code == FindingCode::StartUpSupportShort).unwrap();
        assert_eq!(
            (shown.active, shown.default_active, shown.number, shown.default_number),
            (false, true, Some(40_000_000), Some(30_000_000))
        );
        assert!(
            !in_force(&FindingSettings::default(), &Calendar::default(), "2026-11-22".parse().unwrap())
                .iter()
                .any(|it| it.active != it.rule.active)
        );
    }
}
