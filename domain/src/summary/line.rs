//! The lines of each topic.

use serde::Serialize;
use utoipa::ToSchema;

use super::SummaryTopic;
use crate::Coded;
use crate::allowance::AllowancePost;
use crate::asset::AssetKind;
use crate::learning_model::LearningModel;
use crate::money::{ExpenseCategory, IncomeSource};
use crate::text::Label;

coded! {
    /// In what a line is counted. Only like is drawn beside like.
    pub enum LineUnit in "line_unit" {
        /// Whole VND.
        Vnd = "vnd" ("đồng", "VND"),
        /// Entries.
        Entries = "entries" ("lần ghi", "entries"),
        /// Posts that are held; who holds two is counted in both.
        Posts = "posts" ("vị trí", "posts"),
        /// Names on rosters; who is on two is counted in both.
        Names = "names" ("người trong danh sách", "names on rosters"),
        /// Centres.
        Centres = "centres" ("trung tâm", "centres"),
        /// Things.
        Items = "items" ("cái, bộ", "items"),
        /// Records.
        Records = "records" ("mục", "records"),
        /// Classes and themes (lớp, chuyên đề).
        Classes = "classes" ("lớp, chuyên đề", "classes and themes"),
        /// Sessions (buổi).
        Sessions = "sessions" ("buổi", "sessions"),
        /// Participations (lượt người).
        Participations = "participations" ("lượt người", "participations"),
        /// Families, clans, hamlets, units or citizens.
        Models = "models" ("đơn vị tính của mô hình", "of the model"),
    }
}

/// A line of a summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct SummaryLine {
    /// Its code.
    #[schema(example = "income_state_budget")]
    pub code: &'static str,
    /// What people call it.
    pub label: Label,
    /// In what it is counted.
    pub unit: LineUnit,
    /// The line that its shares are of.
    #[schema(example = "income")]
    pub share_of: Option<&'static str>,
}

/// Declares under which line each value of an enumeration comes.
macro_rules! lines_of {
    ($(#[doc = $about:literal])+ $name:ident: $kind:ident { $($variant:ident = $code:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        pub(super) fn $name(value: $kind) -> &'static str {
            match value { $($kind::$variant => $code),+ }
        }
    };
}

lines_of! {
    /// Income from a source.
    income: IncomeSource {
        StateBudget = "income_state_budget",
        Programme = "income_programme",
        LearnersFee = "income_learners_fee",
        Service = "income_service",
        Enterprise = "income_enterprise",
        Benefactor = "income_benefactor",
        ReligiousBody = "income_religious_body",
        People = "income_people",
        Predecessor = "received_from_predecessors",
        Other = "income_other",
    }
}

lines_of! {
    /// Expenditure of a category.
    expenditure: ExpenseCategory {
        Allowances = "expenditure_allowances",
        Rapporteurs = "expenditure_rapporteurs",
        Equipment = "expenditure_equipment",
        Materials = "expenditure_materials",
        Activities = "expenditure_activities",
        Repairs = "expenditure_repairs",
        Communication = "expenditure_communication",
        Training = "expenditure_training",
        Successor = "handed_to_successors",
        Other = "expenditure_other",
    }
}

lines_of! {
    /// Things of a kind.
    things: AssetKind {
        Room = "rooms",
        Hall = "halls",
        Seats = "seats",
        Desk = "desks",
        Computer = "computers",
        Bookcase = "bookcases",
        CultureHouse = "culture_houses",
        SportGround = "sport_grounds",
        Loudspeaker = "loudspeakers",
        Other = "other_assets",
    }
}

lines_of! {
    /// What a post is due as an allowance.
    due: AllowancePost {
        Director = "allowances_due_director",
        StandingDeputy = "allowances_due_standing_deputy",
        DeputyDirector = "allowances_due_deputy_director",
        SecondedTeacher = "allowances_due_seconded_teacher",
        Accountant = "allowances_due_accountant",
        Treasurer = "allowances_due_treasurer",
        Other = "allowances_due_other",
    }
}

lines_of! {
    /// What a post was paid as an allowance.
    paid: AllowancePost {
        Director = "allowances_paid_director",
        StandingDeputy = "allowances_paid_standing_deputy",
        DeputyDirector = "allowances_paid_deputy_director",
        SecondedTeacher = "allowances_paid_seconded_teacher",
        Accountant = "allowances_paid_accountant",
        Treasurer = "allowances_paid_treasurer",
        Other = "allowances_paid_other",
    }
}

lines_of! {
    /// All there are of what a learning model is about.
    base: LearningModel {
        Family = "family_base",
        Clan = "clan_base",
        Community = "community_base",
        Unit = "unit_base",
        Citizen = "citizen_base",
    }
}

lines_of! {
    /// Registered for a learning model.
    registered: LearningModel {
        Family = "family_registered",
        Clan = "clan_registered",
        Community = "community_registered",
        Unit = "unit_registered",
        Citizen = "citizen_registered",
    }
}

lines_of! {
    /// Recognised as a learning model.
    recognised: LearningModel {
        Family = "family_recognised",
        Clan = "clan_recognised",
        Community = "community_recognised",
        Unit = "unit_recognised",
        Citizen = "citizen_recognised",
    }
}

fn line(code: &'static str, label: Label, unit: LineUnit, share_of: Option<&'static str>) -> SummaryLine {
    SummaryLine { code, label, unit, share_of }
}

fn fixed(code: &'static str, vi: &'static str, en: &'static str, unit: LineUnit, share_of: Option<&'static str>) -> SummaryLine {
    line(code, Label::fixed(vi, en), unit, share_of)
}

/// The lines of a topic, in their order.
pub fn lines(topic: SummaryTopic) -> Vec<SummaryLine> {
    match topic {
        SummaryTopic::Money => money(),
        SummaryTopic::People => people(),
        SummaryTopic::Assets => assets(),
        SummaryTopic::Plans => plans(),
        SummaryTopic::Estimates => estimates(),
        SummaryTopic::LearningModels => learning_models(),
    }
}

fn money() -> Vec<SummaryLine> {
    use LineUnit::{Entries, Vnd};
    let mut lines = vec![fixed("income", "Tổng thu", "Income", Vnd, None)];
    // What one centre hands to another is part of neither sum: the whole neither gains nor spends it.
    let (received, sources): (Vec<IncomeSource>, Vec<IncomeSource>) =
        IncomeSource::ALL.iter().copied().partition(|source| source.is_handed_over());
    lines.extend(sources.into_iter().map(|source| line(income(source), source.label(), Vnd, Some("income"))));
    lines.push(fixed("income_mobilised", "Trong đó: xã hội hóa", "Of it: mobilised from society", Vnd, Some("income")));
    lines.push(fixed("gifts_in_kind", "Hiện vật được tặng", "Gifts in kind", Entries, None));
    lines.push(fixed(
        "gifts_in_kind_value",
        "Giá trị hiện vật (đã ước tính)",
        "Value of gifts in kind, as far as estimated",
        Vnd,
        None,
    ));
    lines.push(fixed("expenditure", "Tổng chi", "Expenditure", Vnd, None));
    let (handed, categories): (Vec<ExpenseCategory>, Vec<ExpenseCategory>) =
        ExpenseCategory::ALL.iter().copied().partition(|category| category.is_handed_over());
    lines.extend(categories.into_iter().map(|of| line(expenditure(of), of.label(), Vnd, Some("expenditure"))));
    lines.extend(received.into_iter().map(|of| line(income(of), of.label(), Vnd, None)));
    lines.extend(handed.into_iter().map(|of| line(expenditure(of), of.label(), Vnd, None)));
    lines
}

fn people() -> Vec<SummaryLine> {
    use LineUnit::{Centres, Names, Posts};
    vec![
        fixed("directors", "Giám đốc", "Directors", Posts, None),
        fixed("deputy_directors", "Phó giám đốc", "Deputy directors", Posts, None),
        fixed("committee_members", "Thành viên ban điều hành mở rộng", "Members of wider committees", Posts, None),
        fixed("site_board_members", "Thành viên ban chủ nhiệm điểm học tập", "Members of boards of sites", Posts, None),
        fixed("teachers", "Giáo viên", "Teachers", Posts, None),
        fixed("seconded_teachers", "Trong đó: giáo viên biệt phái", "Of them: seconded teachers", Posts, Some("teachers")),
        fixed("other_staff", "Bộ phận giúp việc", "Other staff", Posts, None),
        fixed("full_time", "Chuyên trách", "Full-time", Posts, None),
        fixed(
            "with_education_seat",
            "Trung tâm có đại diện ngành giáo dục trong ban giám đốc",
            "Centres whose board has a seat of the education sector",
            Centres,
            Some("with_board"),
        ),
        fixed(
            "with_study_promotion_seat",
            "Trung tâm có đại diện Hội Khuyến học trong ban giám đốc",
            "Centres whose board has a seat of the study promotion association",
            Centres,
            Some("with_board"),
        ),
        fixed("with_board", "Trung tâm có ban giám đốc", "Centres with a board", Centres, None),
        fixed("rapporteurs", "Báo cáo viên", "Rapporteurs", Names, None),
        fixed("collaborators", "Cộng tác viên", "Collaborators", Names, None),
    ]
}

fn assets() -> Vec<SummaryLine> {
    use LineUnit::{Items, Records, Vnd};
    let mut lines: Vec<SummaryLine> = AssetKind::ALL.iter().map(|kind| line(things(*kind), kind.label(), Items, None)).collect();
    lines.push(fixed("asset_records", "Số mục tài sản", "Asset records", Records, None));
    lines.push(fixed(
        "assets_out_of_order",
        "Mục tài sản hỏng, không dùng được",
        "Records of assets that are broken or unusable",
        Records,
        Some("asset_records"),
    ));
    lines.push(fixed(
        "assets_confirmed",
        "Mục tài sản đã kiểm kê trong năm",
        "Records of assets confirmed in the year",
        Records,
        Some("asset_records"),
    ));
    lines.push(fixed("assets_value", "Giá trị tài sản (đã ghi)", "Value of assets, as far as recorded", Vnd, None));
    lines
}

fn plans() -> Vec<SummaryLine> {
    use LineUnit::{Classes, Participations, Records, Sessions};
    vec![
        fixed("plans", "Kế hoạch đã phê duyệt", "Approved plans", Records, None),
        fixed("plan_items", "Nội dung kế hoạch", "Plan items", Records, None),
        fixed("planned_classes", "Lớp, chuyên đề: kế hoạch", "Classes planned", Classes, None),
        fixed("done_classes", "Lớp, chuyên đề: thực hiện", "Classes held for the plan", Classes, Some("planned_classes")),
        fixed("planned_sessions", "Buổi: kế hoạch", "Sessions planned", Sessions, None),
        fixed("done_sessions", "Buổi: thực hiện", "Sessions held for the plan", Sessions, Some("planned_sessions")),
        fixed("planned_participations", "Lượt người: kế hoạch", "Participations planned", Participations, None),
        fixed(
            "done_participations",
            "Lượt người: thực hiện",
            "Participations for the plan",
            Participations,
            Some("planned_participations"),
        ),
        fixed("activities_for_plan", "Lần ghi hoạt động theo kế hoạch", "Entries of activities for the plan", Records, None),
        fixed(
            "activities_beside_plan",
            "Lần ghi hoạt động ngoài kế hoạch",
            "Entries of activities beside the plan",
            Records,
            None,
        ),
    ]
}

fn estimates() -> Vec<SummaryLine> {
    use LineUnit::{Records, Vnd};
    let of = |post: &AllowancePost, vi: &str, en: &str| {
        let label = post.label();
        Label::new(format!("{vi}: {}", label.vi), format!("{en}: {}", label.en))
    };
    let mut lines = vec![
        fixed("approved_estimates", "Dự toán đã phê duyệt", "Approved estimates", Records, None),
        fixed("estimated_income", "Dự toán thu", "Estimated income", Vnd, None),
        fixed("estimated_expenditure", "Dự toán chi", "Estimated expenditure", Vnd, None),
        fixed("allowances_due", "Phụ cấp theo định mức", "Allowances due by the norms", Vnd, None),
    ];
    let due_of =
        |post: &AllowancePost| line(due(*post), of(post, "Phụ cấp theo định mức", "Allowances due"), Vnd, Some("allowances_due"));
    lines.extend(AllowancePost::ALL.iter().map(due_of));
    lines.push(fixed("allowances_paid", "Phụ cấp đã chi", "Allowances paid", Vnd, Some("allowances_due")));
    let paid_of =
        |post: &AllowancePost| line(paid(*post), of(post, "Phụ cấp đã chi", "Allowances paid"), Vnd, Some("allowances_paid"));
    lines.extend(AllowancePost::ALL.iter().map(paid_of));
    let (vi, en) = ("Phụ cấp đã chi, không ghi chức danh", "Allowances paid, to no post by name");
    lines.push(fixed("allowances_paid_without_post", vi, en, Vnd, Some("allowances_paid")));
    lines
}

fn learning_models() -> Vec<SummaryLine> {
    let of = |model: &LearningModel, vi: &str, en: &str| {
        let label = model.label();
        Label::new(format!("{}: {vi}", label.vi), format!("{}: {en}", label.en))
    };
    let three = |model: &LearningModel| {
        [
            line(base(*model), of(model, "tổng số", "all"), LineUnit::Models, None),
            line(registered(*model), of(model, "đăng ký", "registered"), LineUnit::Models, Some(base(*model))),
            line(recognised(*model), of(model, "được công nhận", "recognised"), LineUnit::Models, Some(base(*model))),
        ]
    };
    LearningModel::ALL.iter().flat_map(three).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_line_has_a_code_of_its_own_and_shares_are_of_lines_in_the_same_unit() {
        for topic in SummaryTopic::ALL {
            let lines = lines(*topic);
            let codes: BTreeSet<&str> = lines.iter().map(|line| line.code).collect();
            assert_eq!(codes.len(), lines.len(), "{topic:?}");
            for line in &lines {
                let whole = line.share_of.map(|whole| lines.iter().find(|line| line.code == whole).unwrap());
                assert!(whole.is_none_or(|whole| whole.unit == line.unit), "{}", line.code);
            }
        }
    }
}
