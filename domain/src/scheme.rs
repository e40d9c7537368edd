//! Rating schemes: versioned data, never rules in code.
//!
//! A national framework is a scheme of the nation; a province's variant names it as parent. Once
//! published a scheme never changes, so a rating can always be read by the scheme it was made with.
//! Point tables of real provinces are not public: a rubric that ships here is named a sample.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::SchemeId;
use crate::measure::{MeasureRule, Measured};
use crate::points::Points;
use crate::problem::{Fault, Faults, Result};
use crate::text::{Label, is_plain};
use crate::user::plain;

coded! {
    /// What is rated.
    pub enum Subject in "rating_subject" {
        /// The centre: Dispatch 2553/BGDĐT-GDTX (2013) and the province's own rubric.
        Centre = "centre" ("trung tâm học tập cộng đồng", "community learning centre"),
        /// The commune's title “Cộng đồng học tập”: Circular 44/2014, then Circular 25/2023.
        Commune = "commune" ("cộng đồng học tập cấp xã", "learning community (commune)"),
    }
}

coded! {
    /// How a rank comes from an assessment.
    pub enum Method in "rating_method" {
        /// Points, with thresholds and conditions.
        Points = "points" ("chấm điểm", "points with thresholds"),
        /// A level is reached when every indicator meets it.
        AllIndicators = "all_indicators" ("đạt tất cả chỉ tiêu", "all indicators met"),
        /// A framework of contents only: the province defines the method (Dispatch 2553 of 2013).
        ProvinceDefines = "province_defines" ("tỉnh quy định cách tính", "the province defines the method"),
    }
}

coded! {
    /// Where a scheme stands.
    pub enum SchemeStatus in "scheme_status" {
        /// May still change; no round can use it.
        Draft = "draft" ("dự thảo", "draft"),
        /// Never changes again.
        Published = "published" ("đã ban hành", "published"),
    }
}

coded! {
    /// A rank, best first. Which of them a scheme uses, and from what on, is the scheme's data.
    pub enum Rank in "rank" {
        /// Tốt.
        Tot = "tot" ("Tốt", "Good"),
        /// Khá.
        Kha = "kha" ("Khá", "Fair"),
        /// Trung bình.
        TrungBinh = "trung_binh" ("Trung bình", "Average"),
        /// Yếu.
        Yeu = "yeu" ("Yếu", "Weak"),
        /// Kém: some provinces have it below yếu (Thái Bình 2011).
        Kem = "kem" ("Kém", "Poor"),
        /// Mức độ 2 (tốt) of Circular 25/2023.
        Level2 = "level_2" ("Mức độ 2", "Level 2"),
        /// Mức độ 1 (khá) of Circular 25/2023.
        Level1 = "level_1" ("Mức độ 1", "Level 1"),
        /// Không đạt.
        NotAchieved = "not_achieved" ("Không đạt", "Not achieved"),
    }
}

/// A rank of a scheme, with what it takes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RankRule {
    /// The rank.
    pub rank: Rank,
    /// Points from which it is reached (method `points`); `null` for a framework that leaves it open.
    #[serde(default)]
    pub min_points: Option<Points>,
    /// What must hold besides, or the next rank below is tried.
    #[serde(default)]
    pub conditions: Vec<Condition>,
}

/// A condition on a rank.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    /// The criterion, group or item, whose points count.
    #[schema(example = "D")]
    pub criterion: String,
    /// The least that it must have.
    pub min_points: Points,
}

/// A criterion, with the indicators or items below it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Criterion {
    /// Unique in the scheme.
    #[schema(example = "A1")]
    pub code: String,
    /// What it asks.
    pub title: Label,
    /// The most points (method `points`), on the lowest level only; sums are computed.
    #[serde(default)]
    pub max_points: Option<Points>,
    /// Takes the centre's decided rating of the year as an input (commune titles).
    #[serde(default)]
    pub input: Option<CriterionInput>,
    /// What of the centre's records measures it, on the lowest level only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measure: Option<MeasureRule>,
    /// What it consists of.
    #[serde(default)]
    #[schema(no_recursion)]
    pub children: Vec<Criterion>,
}

/// A fact that a criterion takes from another rating.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum CriterionInput {
    /// The centre's decided rating of that year.
    CentreRating,
}

/// A scheme in one version.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Scheme {
    /// Identity of this version.
    pub id: SchemeId,
    /// Whether it is a national framework rather than a province's own.
    pub national: bool,
    /// The code shared by its versions.
    #[schema(example = "TTHTCD-KHUNG-2013")]
    pub code: String,
    /// 1, 2, 3 …
    pub version: i32,
    /// Where it stands.
    pub status: SchemeStatus,
    /// The content.
    pub content: SchemeContent,
}

/// What a scheme says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct SchemeContent {
    /// Its title.
    pub title: Label,
    /// What is rated.
    pub subject: Subject,
    /// How a rank comes about.
    pub method: Method,
    /// The framework that it fills in, if it is a province's variant.
    #[serde(default)]
    pub parent_id: Option<SchemeId>,
    /// The law or decision behind it.
    #[serde(default)]
    #[validate(length(max = 500), custom(function = "plain"))]
    #[schema(max_length = 500)]
    pub legal_basis: Option<String>,
    /// First day in force, where known.
    #[serde(default)]
    pub effective_from: Option<NaiveDate>,
    /// Last day in force.
    #[serde(default)]
    pub effective_to: Option<NaiveDate>,
    /// A made-up example: no province's real point table is public.
    #[serde(default)]
    pub sample: bool,
    /// Ranks, best first.
    #[validate(length(max = 8))]
    #[schema(max_items = 8)]
    pub ranks: Vec<RankRule>,
    /// Criteria.
    #[validate(length(max = 50))]
    #[schema(max_items = 50)]
    pub criteria: Vec<Criterion>,
    /// For how many months after the year a recognition holds (36 in Circular 25/2023).
    #[serde(default)]
    #[validate(range(min = 1, max = 600))]
    #[schema(minimum = 1, maximum = 600)]
    pub validity_months: Option<i32>,
    /// How many months must lie between a lower level and the next (12 in Circular 25/2023).
    #[serde(default)]
    #[validate(range(min = 1, max = 600))]
    #[schema(minimum = 1, maximum = 600)]
    pub min_months_between_levels: Option<i32>,
    /// What is not known of it, or how it was adapted.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

/// A scheme to be drafted.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateScheme {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<SchemeId>,
    /// The code; a code that exists already makes the next version.
    #[validate(length(min = 1, max = 60), custom(function = "plain"))]
    #[schema(example = "THAIBINH-TTHTCD", min_length = 1, max_length = 60)]
    pub code: String,
    /// The content.
    #[validate(nested)]
    pub content: SchemeContent,
}

/// The score of one criterion of the lowest level.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Score {
    /// The criterion's code.
    #[schema(example = "A1")]
    pub criterion: String,
    /// Points (method `points`).
    #[serde(default)]
    pub points: Option<Points>,
    /// The highest level that the indicator meets (method `all_indicators`); `not_achieved` for none.
    #[serde(default)]
    pub level: Option<Rank>,
    /// Proof: documents, numbers, links.
    #[serde(default)]
    pub evidence: Vec<Evidence>,
    /// Why it differs: from what the records suggest in a self-assessment, from the assessment before in a later one.
    #[serde(default)]
    pub reason: Option<String>,
    /// What the centre's records said when the self-assessment was saved, where the scheme measures the criterion. The
    /// server sets it; later assessments cite it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub measured: Option<Measured>,
}

/// A score to be saved. What the records say of its criterion is added by the server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutScore {
    /// The criterion's code.
    #[validate(length(min = 1, max = 20), custom(function = "plain"))]
    #[schema(example = "A1", min_length = 1, max_length = 20)]
    pub criterion: String,
    /// Points (method `points`).
    #[serde(default)]
    pub points: Option<Points>,
    /// The highest level that the indicator meets (method `all_indicators`); `not_achieved` for none.
    #[serde(default)]
    pub level: Option<Rank>,
    /// Proof: documents, numbers, links.
    #[serde(default)]
    #[validate(length(max = 20), nested)]
    #[schema(max_items = 20)]
    pub evidence: Vec<Evidence>,
    /// Why it differs: from what the records suggest in a self-assessment, from the assessment before in a later one;
    /// needed where it does.
    #[serde(default)]
    #[validate(length(max = 1000), custom(function = "plain"))]
    #[schema(max_length = 1000)]
    pub reason: Option<String>,
}

impl PutScore {
    /// The score, with what was measured.
    pub fn with(self, measured: Option<Measured>) -> Score {
        let Self { criterion, points, level, evidence, reason } = self;
        Score { criterion, points, level, evidence, reason, measured }
    }
}

/// A piece of proof for a score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What it shows.
    #[validate(length(min = 1, max = 500), custom(function = "plain"))]
    #[schema(example = "Kế hoạch 06/KH-TTHTCĐ ngày 12/01/2018", min_length = 1, max_length = 500)]
    pub title: String,
    /// A document's number and symbol.
    #[serde(default)]
    #[validate(length(max = 60), custom(function = "plain"))]
    #[schema(max_length = 60)]
    pub document_number: Option<String>,
    /// Where it can be read.
    #[serde(default)]
    #[validate(length(max = 500), url)]
    #[schema(max_length = 500)]
    pub url: Option<String>,
}

/// What scores come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Outcome {
    /// The rank.
    pub rank: Rank,
    /// The total (method `points`).
    pub points: Option<Points>,
}

impl SchemeContent {
    /// The criteria of the lowest level, in order.
    pub fn leaves(&self) -> Vec<&Criterion> {
        fn walk<'c>(criteria: &'c [Criterion], leaves: &mut Vec<&'c Criterion>) {
            for criterion in criteria {
                if criterion.children.is_empty() { leaves.push(criterion) } else { walk(&criterion.children, leaves) }
            }
        }
        let mut leaves = Vec::new();
        walk(&self.criteria, &mut leaves);
        leaves
    }

    /// The codes of the lowest level below (or at) a criterion.
    fn leaves_of(&self, code: &str) -> Option<Vec<String>> {
        fn find<'c>(criteria: &'c [Criterion], code: &str) -> Option<&'c Criterion> {
            criteria
                .iter()
                .find_map(|criterion| if criterion.code == code { Some(criterion) } else { find(&criterion.children, code) })
        }
        fn collect(criterion: &Criterion, codes: &mut Vec<String>) {
            if criterion.children.is_empty() {
                codes.push(criterion.code.clone());
            }
            criterion.children.iter().for_each(|child| collect(child, codes));
        }
        let mut codes = Vec::new();
        collect(find(&self.criteria, code)?, &mut codes);
        Some(codes)
    }

    /// Whether a criterion, group or item, exists.
    pub fn has_criterion(&self, code: &str) -> bool {
        self.leaves_of(code).is_some()
    }

    /// The lowest-level codes at or below any of these criteria.
    pub fn expand(&self, codes: &[String]) -> BTreeSet<String> {
        codes.iter().filter_map(|code| self.leaves_of(code)).flatten().collect()
    }

    /// Whether any criterion takes the centre's rating as an input.
    pub fn needs_centre_rating(&self) -> bool {
        fn any(criteria: &[Criterion]) -> bool {
            criteria.iter().any(|criterion| criterion.input == Some(CriterionInput::CentreRating) || any(&criterion.children))
        }
        any(&self.criteria)
    }

    /// The most points that can be had.
    pub fn total_points(&self) -> Points {
        self.leaves().iter().filter_map(|leaf| leaf.max_points).sum()
    }

    /// The most points that can be had in a criterion, group or item.
    fn points_of(&self, code: &str) -> Points {
        let below = self.leaves_of(code).unwrap_or_default();
        self.leaves().iter().filter(|leaf| below.contains(&leaf.code)).filter_map(|leaf| leaf.max_points).sum()
    }

    /// Whether a past result's points lie within its rank's thresholds. A rank above that has conditions bounds
    /// nothing: whoever missed them has the lower rank with any points.
    pub fn points_fit(&self, rank: Rank, points: Points) -> bool {
        let Some(at) = self.ranks.iter().position(|rule| rule.rank == rank) else { return false };
        let above = at
            .checked_sub(1)
            .and_then(|at| self.ranks.get(at))
            .filter(|rule| rule.conditions.is_empty())
            .and_then(|rule| rule.min_points);
        self.ranks[at].min_points.is_none_or(|min| points >= min)
            && above.is_none_or(|min| points < min)
            && points <= self.total_points()
    }

    /// Checks the texts and the tree, as far as a draft must be right.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_draft(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.check(
            text_fits(&self.title, 300),
            "/content/title",
            "text",
            "Tiêu đề cần cả hai ngôn ngữ, dài nhất 300 ký tự.",
            "A title needs both languages, at most 300 characters.",
        );
        faults.check(
            self.effective_from.zip(self.effective_to).is_none_or(|(from, to)| from <= to),
            "/content/effective_to",
            "dates_in_order",
            "Ngày hết hiệu lực phải sau ngày có hiệu lực.",
            "The last day must not come before the first.",
        );
        let mut codes = BTreeSet::new();
        let mut count = 0;
        check_criteria(self, &self.criteria, "/content/criteria", 1, &mut codes, &mut count, &mut faults);
        faults.check(count <= 300, "/content/criteria", "too_many", "Nhiều nhất 300 tiêu chí.", "At most 300 criteria.");
        let mut ranks = BTreeSet::new();
        for (place, rule) in self.ranks.iter().enumerate() {
            let at = format!("/content/ranks/{place}");
            faults.check(
                ranks.insert(rule.rank),
                format!("{at}/rank"),
                "rank_once",
                "Mỗi mức xếp loại chỉ nêu một lần.",
                "Each rank stands once.",
            );
            faults.check(
                place == 0 || self.ranks[place - 1].rank < rule.rank,
                format!("{at}/rank"),
                "best_first",
                "Xếp mức tốt nhất trước.",
                "Ranks stand best first.",
            );
            for (index, condition) in rule.conditions.iter().enumerate() {
                faults.check(
                    self.has_criterion(&condition.criterion),
                    format!("{at}/conditions/{index}/criterion"),
                    "criterion_exists",
                    "Không có tiêu chí này.",
                    "There is no such criterion.",
                );
            }
        }
        faults.into_result()
    }

    /// Checks that scores can be turned into a rank, as a published scheme of a province must allow.
    /// National frameworks may leave open what the law leaves open.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_usable(&self) -> Result<()> {
        let mut faults = Faults::default();
        faults.check(
            !self.criteria.is_empty(),
            "/content/criteria",
            "criteria_needed",
            "Cần ít nhất một tiêu chí.",
            "At least one criterion is needed.",
        );
        faults.check(
            self.ranks.len() >= 2,
            "/content/ranks",
            "ranks_needed",
            "Cần ít nhất hai mức xếp loại.",
            "At least two ranks are needed.",
        );
        for (leaf, rule) in self.measured() {
            rule.check_usable(leaf, &mut faults);
        }
        match self.method {
            Method::ProvinceDefines => faults.push(Fault::body("/content/method", "method_defined", Label::fixed(
                "Khung này chỉ nêu nội dung; tỉnh phải lập bộ tiêu chí riêng, chọn cách tính và ghi khung này là parent_id (Công văn 2553/BGDĐT-GDTX).",
                "This framework gives contents only; a province makes its own scheme with a method and names this one as parent_id (Dispatch 2553/BGDĐT-GDTX)."))),
            Method::Points => {
                for leaf in self.leaves() {
                    faults.check(leaf.max_points.is_some(), format!("/content/criteria/{}", leaf.code), "max_points_needed",
                        "Tiêu chí cấp cuối phải có điểm tối đa.", "A criterion of the lowest level needs its maximum points.");
                }
                let thresholds: Vec<_> = self.ranks.iter().map(|rule| rule.min_points).collect();
                faults.check(thresholds.iter().all(Option::is_some), "/content/ranks", "thresholds_needed",
                    "Mỗi mức xếp loại cần điểm tối thiểu.", "Each rank needs its least points.");
                faults.check(thresholds.windows(2).all(|pair| pair[0] > pair[1]), "/content/ranks", "thresholds_fall",
                    "Điểm tối thiểu phải giảm dần theo mức.", "Thresholds must fall from rank to rank.");
                faults.check(thresholds.last().is_none_or(|last| *last == Some(Points::ZERO)), "/content/ranks", "lowest_from_zero",
                    "Mức thấp nhất phải bắt đầu từ 0 điểm và không kèm điều kiện.", "The lowest rank begins at 0 points and has no conditions.");
                faults.check(self.ranks.last().is_none_or(|last| last.conditions.is_empty()), "/content/ranks", "lowest_from_zero",
                    "Mức thấp nhất phải bắt đầu từ 0 điểm và không kèm điều kiện.", "The lowest rank begins at 0 points and has no conditions.");
                faults.check(thresholds.first().copied().flatten().is_none_or(|best| best <= self.total_points()), "/content/ranks/0/min_points", "reachable",
                    "Mức cao nhất cần nhiều điểm hơn tổng điểm tối đa.", "The best rank needs more points than there are.");
                for (place, rule) in self.ranks.iter().enumerate() {
                    for (index, condition) in rule.conditions.iter().enumerate() {
                        faults.check(condition.min_points <= self.points_of(&condition.criterion), format!("/content/ranks/{place}/conditions/{index}/min_points"), "reachable",
                            "Điều kiện cần nhiều điểm hơn điểm tối đa của tiêu chí.", "The condition needs more points than its criterion has.");
                    }
                }
            }
            Method::AllIndicators => {
                faults.check(self.ranks.last().is_some_and(|last| last.rank == Rank::NotAchieved), "/content/ranks", "not_achieved_last",
                    "Mức cuối phải là «không đạt».", "The last rank must be not_achieved.");
            }
        }
        faults.into_result()
    }

    /// Checks one assessment's scores against the scheme.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_scores(&self, scores: &[Score], complete: bool) -> Result<()> {
        let leaves: BTreeMap<&str, &Criterion> = self.leaves().into_iter().map(|leaf| (leaf.code.as_str(), leaf)).collect();
        let mut faults = Faults::default();
        let mut seen = BTreeSet::new();
        for (place, score) in scores.iter().enumerate() {
            let at = format!("/scores/{place}");
            let Some(leaf) = leaves.get(score.criterion.as_str()) else {
                faults.push(Fault::body(
                    format!("{at}/criterion"),
                    "criterion_exists",
                    Label::new(
                        format!("Bộ tiêu chí không có tiêu chí cấp cuối «{}».", score.criterion),
                        format!("The scheme has no lowest-level criterion “{}”.", score.criterion),
                    ),
                ));
                continue;
            };
            faults.check(
                seen.insert(&score.criterion),
                format!("{at}/criterion"),
                "criterion_once",
                "Mỗi tiêu chí chỉ chấm một lần.",
                "Each criterion is scored once.",
            );
            match self.method {
                Method::Points => {
                    faults.check(
                        score.level.is_none(),
                        format!("{at}/level"),
                        "points_only",
                        "Bộ tiêu chí này chấm điểm, không xét mức độ.",
                        "This scheme takes points, not levels.",
                    );
                    match (score.points, leaf.max_points) {
                        (Some(points), Some(max)) if points > max => faults.push(Fault::body(
                            format!("{at}/points"),
                            "max_points",
                            Label::new(
                                format!("Tiêu chí {} có nhiều nhất {max} điểm.", leaf.code),
                                format!("Criterion {} has at most {max} points.", leaf.code),
                            ),
                        )),
                        (None, _) if complete => faults.push(Fault::body(
                            format!("{at}/points"),
                            "points_needed",
                            Label::fixed("Cần điểm.", "Points are needed."),
                        )),
                        _ => {}
                    }
                }
                Method::AllIndicators | Method::ProvinceDefines => {
                    faults.check(
                        score.points.is_none(),
                        format!("{at}/points"),
                        "levels_only",
                        "Bộ tiêu chí này xét mức độ, không chấm điểm.",
                        "This scheme takes levels, not points.",
                    );
                    let known = score.level.is_none_or(|level| self.ranks.iter().any(|rule| rule.rank == level));
                    faults.check(
                        known,
                        format!("{at}/level"),
                        "level_of_scheme",
                        "Bộ tiêu chí không có mức này.",
                        "The scheme has no such level.",
                    );
                    faults.check(
                        !complete || score.level.is_some(),
                        format!("{at}/level"),
                        "level_needed",
                        "Cần mức độ đạt.",
                        "A level is needed.",
                    );
                }
            }
        }
        if complete {
            let missing: Vec<_> =
                leaves.keys().filter(|code| !scores.iter().any(|score| score.criterion == **code)).copied().collect();
            if !missing.is_empty() {
                faults.push(Fault::body(
                    "/scores",
                    "all_criteria",
                    Label::new(
                        format!("Còn thiếu tiêu chí: {}.", missing.join(", ")),
                        format!("Criteria without a score: {}.", missing.join(", ")),
                    ),
                ));
            }
        }
        faults.into_result()
    }

    /// What complete scores come to. `None` for a scheme or scores that are not complete.
    pub fn outcome(&self, scores: &[Score]) -> Option<Outcome> {
        match self.method {
            Method::Points => {
                let points: BTreeMap<&str, Points> =
                    scores.iter().map(|score| Some((score.criterion.as_str(), score.points?))).collect::<Option<_>>()?;
                let of = |codes: &[String]| codes.iter().filter_map(|code| points.get(code.as_str()).copied()).sum::<Points>();
                let total: Points = self
                    .leaves()
                    .iter()
                    .map(|leaf| points.get(leaf.code.as_str()).copied())
                    .collect::<Option<Vec<_>>>()?
                    .into_iter()
                    .sum();
                let rule = self.ranks.iter().find(|rule| {
                    rule.min_points.is_some_and(|min| total >= min)
                        && rule.conditions.iter().all(|condition| {
                            self.leaves_of(&condition.criterion).is_some_and(|leaves| of(&leaves) >= condition.min_points)
                        })
                })?;
                Some(Outcome { rank: rule.rank, points: Some(total) })
            }
            Method::AllIndicators => {
                let levels: BTreeMap<&str, Rank> =
                    scores.iter().map(|score| Some((score.criterion.as_str(), score.level?))).collect::<Option<_>>()?;
                // Ranks are ordered best first, so the weakest indicator is the greatest.
                let weakest = self
                    .leaves()
                    .iter()
                    .map(|leaf| levels.get(leaf.code.as_str()).copied())
                    .collect::<Option<Vec<_>>>()?
                    .into_iter()
                    .max()?;
                Some(Outcome { rank: weakest, points: None })
            }
            Method::ProvinceDefines => None,
        }
    }
}

fn text_fits(label: &Label, max: usize) -> bool {
    [&label.vi, &label.en].iter().all(|text| !text.trim().is_empty() && text.chars().count() <= max && is_plain(text))
}

fn check_criteria(
    scheme: &SchemeContent,
    criteria: &[Criterion],
    at: &str,
    depth: usize,
    codes: &mut BTreeSet<String>,
    count: &mut usize,
    faults: &mut Faults,
) {
    faults.check(
        criteria.is_empty() || depth <= 4,
        at,
        "too_deep",
        "Cây tiêu chí có nhiều nhất 4 cấp.",
        "The tree of criteria has at most 4 levels.",
    );
    if depth > 4 {
        return;
    }
    for (place, criterion) in criteria.iter().enumerate() {
        let at = format!("{at}/{place}");
        *count += 1;
        let good = (1..=20).contains(&criterion.code.len())
            && criterion.code.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b));
        faults.check(
            good,
            format!("{at}/code"),
            "criterion_code",
            "Mã tiêu chí có 1 đến 20 chữ, số, «.», «_», «-».",
            "A criterion's code has 1 to 20 letters, digits, “.”, “_”, “-”.",
        );
        faults.check(
            codes.insert(criterion.code.clone()),
            format!("{at}/code"),
            "criterion_once",
            "Mã tiêu chí phải khác nhau.",
            "Codes of criteria must differ.",
        );
        faults.check(
            text_fits(&criterion.title, 500),
            format!("{at}/title"),
            "text",
            "Tên tiêu chí cần cả hai ngôn ngữ, dài nhất 500 ký tự.",
            "A criterion's title needs both languages, at most 500 characters.",
        );
        faults.check(
            criterion.children.is_empty() || criterion.max_points.is_none(),
            format!("{at}/max_points"),
            "points_on_leaves",
            "Chỉ tiêu chí cấp cuối có điểm tối đa; cấp trên được cộng lại.",
            "Only the lowest level has maximum points; groups are summed.",
        );
        if let Some(rule) = &criterion.measure {
            rule.check(criterion, scheme, &format!("{at}/measure"), faults);
        }
        check_criteria(scheme, &criterion.children, &format!("{at}/children"), depth + 1, codes, count, faults);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(code: &str, max: Option<i64>) -> Criterion {
        Criterion {
            code: code.into(),
            title: Label::fixed("v", "e"),
            max_points: max.and_then(|m| Points::from_hundredths(m * 100)),
            input: None,
            measure: None,
            children: vec![],
        }
    }

    fn rule(rank: Rank, min: Option<i64>, conditions: Vec<Condition>) -> RankRule {
        RankRule { rank, min_points: min.and_then(|m| Points::from_hundredths(m * 100)), conditions }
    }

    fn content(method: Method, ranks: Vec<RankRule>, criteria: Vec<Criterion>) -> SchemeContent {
        SchemeContent {
            title: Label::fixed("v", "e"),
            subject: Subject::Centre,
            method,
            parent_id: None,
            legal_basis: None,
            effective_from: None,
            effective_to: None,
            sample: false,
            ranks,
            criteria,
            validity_months: None,
            min_months_between_levels: None,
            note: None,
        }
    }

    fn points_scheme() -> SchemeContent {
        let need_d = Condition { criterion: "D".into(), min_points: Points::from_hundredths(1500).unwrap() };
        content(
            Method::Points,
            vec![rule(Rank::Tot, Some(80), vec![need_d]), rule(Rank::Kha, Some(65), vec![]), rule(Rank::Yeu, Some(0), vec![])],
            vec![
                Criterion { children: vec![leaf("A1", Some(40)), leaf("A2", Some(40))], ..leaf("A", None) },
                Criterion { children: vec![leaf("D1", Some(20))], ..leaf("D", None) },
            ],
        )
    }

    fn score(criterion: &str, points: i64) -> Score {
        Score {
            criterion: criterion.into(),
            points: Points::from_hundredths(points * 100),
            level: None,
            evidence: vec![],
            reason: None,
            measured: None,
        }
    }

    #[test]
    fn a_rank_needs_its_points_and_its_conditions() {
        let scheme = points_scheme();
        scheme.check_draft().unwrap();
        scheme.check_usable().unwrap();
        let rank = |a1, a2, d1| scheme.outcome(&[score("A1", a1), score("A2", a2), score("D1", d1)]).unwrap().rank;
        assert_eq!(rank(40, 30, 15), Rank::Tot);
        assert_eq!(rank(40, 40, 14), Rank::Kha, "94 points, but too few in D");
        assert_eq!(rank(30, 20, 14), Rank::Yeu);
        assert_eq!(scheme.outcome(&[score("A1", 40)]), None, "incomplete scores have no rank");
    }

    #[test]
    fn a_level_is_reached_when_every_indicator_meets_it() {
        let scheme = content(
            Method::AllIndicators,
            vec![rule(Rank::Level2, None, vec![]), rule(Rank::Level1, None, vec![]), rule(Rank::NotAchieved, None, vec![])],
            vec![leaf("T1", None), leaf("T2", None)],
        );
        scheme.check_usable().unwrap();
        let level = |a, b| {
            let score = |code: &str, level| Score {
                criterion: code.into(),
                points: None,
                level: Some(level),
                evidence: vec![],
                reason: None,
                measured: None,
            };
            scheme.outcome(&[score("T1", a), score("T2", b)]).unwrap().rank
        };
        assert_eq!(level(Rank::Level2, Rank::Level2), Rank::Level2);
        assert_eq!(level(Rank::Level2, Rank::Level1), Rank::Level1);
        assert_eq!(level(Rank::Level2, Rank::NotAchieved), Rank::NotAchieved);
    }

    #[test]
    fn schemes_that_cannot_be_used_are_refused_with_each_fault() {
        let mut scheme = points_scheme();
        scheme.ranks[1].min_points = Points::from_hundredths(9000);
        scheme.criteria.push(leaf("A1", None));
        let rules = |problem: crate::Problem| problem.faults.iter().map(|fault| fault.rule).collect::<Vec<_>>();
        assert_eq!(rules(scheme.check_draft().unwrap_err()), ["criterion_once"]);
        assert_eq!(rules(scheme.check_usable().unwrap_err()), ["max_points_needed", "thresholds_fall"]);
    }
}
