//! The sections of a centre's report, in the order of the form (Official Letter 2553/BGDĐT-GDTX, as Kim Sơn wrote it in
//! 2018): management apparatus, organisation, social participation, effectiveness, then next year's targets and proposals.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::user::plain;

coded! {
    /// The parts of a report.
    pub enum ReportPart in "report_part" {
        /// What stands before the first part.
        Opening = "opening" ("Mở đầu", "Opening"),
        /// Đặc điểm tình hình.
        Setting = "setting" ("Đặc điểm tình hình", "Setting"),
        /// Bộ máy quản lý.
        Management = "management" ("Bộ máy quản lý", "Management apparatus"),
        /// Tổ chức hoạt động.
        Organisation = "organisation" ("Tổ chức hoạt động", "Organisation of activities"),
        /// Huy động sự tham gia của xã hội.
        Participation = "participation" ("Huy động sự tham gia của xã hội", "Social participation"),
        /// Hiệu quả hoạt động.
        Effectiveness = "effectiveness" ("Hiệu quả hoạt động", "Effectiveness"),
        /// Tồn tại, hạn chế.
        Limits = "limits" ("Tồn tại, hạn chế và nguyên nhân", "Limits and their causes"),
        /// Phương hướng, nhiệm vụ.
        Targets = "targets" ("Phương hướng, nhiệm vụ", "Targets"),
        /// Đề xuất, kiến nghị.
        Proposals = "proposals" ("Đề xuất, kiến nghị", "Proposals"),
    }
}

/// Declares the sections once: their codes and labels, the part that each belongs to, whether the form has a line for it
/// even where there is nothing to say, and the member of the texts.
macro_rules! sections {
    ($($variant:ident $member:ident = $code:literal ($vi:literal, $en:literal) in $part:ident, $form:literal, $about:literal;)+) => {
        coded! {
            /// The sections of a report.
            pub enum ReportSection in "report_section" {
                $(#[doc = $about] $variant = $code ($vi, $en)),+
            }
        }

        impl ReportSection {
            /// The part that it belongs to.
            pub fn part(self) -> ReportPart {
                match self { $(Self::$variant => ReportPart::$part),+ }
            }

            /// Whether the form has a line for it, even where there is nothing to say.
            pub fn is_in_form(self) -> bool {
                match self { $(Self::$variant => $form),+ }
            }
        }

        /// What a report says in words, by section. Each line is a paragraph, one that begins with `-` an item of a list.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
        #[serde(deny_unknown_fields)]
        pub struct ReportTexts {
            $(
                #[doc = $about]
                #[serde(default)]
                #[validate(length(max = 10_000), custom(function = "plain"))]
                #[schema(max_length = 10_000)]
                pub $member: Option<String>,
            )+
        }

        impl ReportTexts {
            /// What is said in a section, unless it is blank.
            pub fn of(&self, section: ReportSection) -> Option<&str> {
                let text = match section { $(ReportSection::$variant => &self.$member),+ };
                text.as_deref().map(str::trim).filter(|text| !text.is_empty())
            }
        }
    };
}

sections! {
    Opening opening = "opening" ("Mở đầu", "Opening") in Opening, false, "Before the first part.";
    Setting setting = "setting" ("Đặc điểm tình hình", "Setting") in Setting, false, "The commune: its people, land and quarters.";
    Board board = "board" ("Ban Giám đốc", "Board") in Management, true, "The board, the committee, seconded teachers.";
    Training training = "training" ("Bồi dưỡng, tập huấn", "Training") in Management, false, "Trainings that were attended.";
    Directives directives = "directives" ("Triển khai các văn bản chỉ đạo", "Directives") in Management, true, "Directives of the levels above, and what was done about them.";
    Planning planning = "planning" ("Xây dựng kế hoạch", "Planning") in Management, true, "The year's plan and how it went.";
    Facilities facilities = "facilities" ("Cơ sở vật chất, trang thiết bị", "Facilities") in Management, true, "Rooms and equipment.";
    Finance finance = "finance" ("Kinh phí", "Finance") in Management, true, "Money: state, mobilised, in kind; allowances.";
    NeedsSurvey needs_survey = "needs_survey" ("Điều tra nhu cầu học tập", "Needs survey") in Organisation, true, "The survey of learning needs.";
    Outreach outreach = "outreach" ("Tuyên truyền, vận động", "Outreach") in Organisation, false, "How people were told and won.";
    ClassForms class_forms = "class_forms" ("Hình thức tổ chức lớp học, chuyên đề", "Forms of classes") in Organisation, true, "The forms in which people learn.";
    RecordKeeping record_keeping = "record_keeping" ("Hồ sơ, sổ sách", "Records kept") in Organisation, true, "Registers and files.";
    Results results = "results" ("Kết quả hoạt động", "Results") in Organisation, true, "The results by category.";
    Agencies agencies = "agencies" ("Các cơ quan, ban, ngành", "Agencies") in Participation, true, "How agencies took part.";
    MassOrganisations mass_organisations = "mass_organisations" ("Các tổ chức chính trị - xã hội, đoàn thể", "Mass organisations") in Participation, true, "How mass organisations took part.";
    Enterprises enterprises = "enterprises" ("Các doanh nghiệp", "Enterprises") in Participation, true, "How enterprises took part.";
    Benefactors benefactors = "benefactors" ("Các nhà hảo tâm", "Benefactors") in Participation, true, "How benefactors took part.";
    ReligiousBodies religious_bodies = "religious_bodies" ("Các tổ chức tôn giáo", "Religious bodies") in Participation, true, "How religious bodies took part.";
    Effectiveness effectiveness = "effectiveness" ("Hiệu quả hoạt động", "Effectiveness") in Effectiveness, true, "What came of it: literacy, poverty, environment, income, health, security, jobs.";
    Limits limits = "limits" ("Tồn tại, hạn chế và nguyên nhân", "Limits and their causes") in Limits, false, "What did not work, and why.";
    Targets targets = "targets" ("Phương hướng, nhiệm vụ", "Targets") in Targets, true, "Targets and tasks of the next period.";
    Proposals proposals = "proposals" ("Đề xuất, kiến nghị", "Proposals") in Proposals, false, "What is asked of the levels above.";
}

coded! {
    /// How well a part of society took part, judged honestly.
    pub enum Judgement in "report_judgement" {
        /// It takes part, and it shows.
        Effective = "effective" ("hiệu quả", "effective"),
        /// It takes part in some of it.
        Partly = "partly" ("có tham gia, hiệu quả chưa đều", "partly effective"),
        /// It was asked, but little came of it.
        NotYetEffective = "not_yet_effective" ("chưa hiệu quả", "not yet effective"),
        /// It does not take part yet.
        NotYet = "not_yet" ("chưa huy động được", "not yet"),
    }
}

/// How well each part of society took part, as the centre itself judges it; `null` where it is not judged.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReportJudgements {
    /// Agencies.
    #[serde(default)]
    pub agencies: Option<Judgement>,
    /// Mass organisations.
    #[serde(default)]
    pub mass_organisations: Option<Judgement>,
    /// Enterprises.
    #[serde(default)]
    pub enterprises: Option<Judgement>,
    /// Benefactors.
    #[serde(default)]
    pub benefactors: Option<Judgement>,
    /// Religious bodies.
    #[serde(default)]
    pub religious_bodies: Option<Judgement>,
}

impl ReportJudgements {
    /// How a section's part of society is judged.
    pub fn of(&self, section: ReportSection) -> Option<Judgement> {
        match section {
            ReportSection::Agencies => self.agencies,
            ReportSection::MassOrganisations => self.mass_organisations,
            ReportSection::Enterprises => self.enterprises,
            ReportSection::Benefactors => self.benefactors,
            ReportSection::ReligiousBodies => self.religious_bodies,
            _ => None,
        }
    }
}
