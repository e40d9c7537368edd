//! Decided results of past years: a province has years of paper.
//!
//! A table is checked whole before anything is stored, and each fault names its row and column.

use std::collections::{HashMap, HashSet};

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::centre::{Centre, Decision};
use crate::id::{CentreId, RoundId};
use crate::points::Points;
use crate::problem::{Code, Fault, Problem};
use crate::round::Round;
use crate::scheme::{Rank, SchemeContent};
use crate::table::{self, Delimiter, table_fault};
use crate::text::fold;
use crate::user::plain;

coded! {
    /// How numbers and dates are written in a table.
    pub enum NumberStyle in "number_style" {
        /// `1.085,5` and `26/11/2018`.
        Vietnamese = "vi" ("kiểu Việt Nam: 1.085,5 và 26/11/2018", "Vietnamese: 1.085,5 and 26/11/2018"),
        /// `1,085.5` and `2018-11-26`.
        English = "en" ("kiểu Anh: 1,085.5 và 2018-11-26", "English: 1,085.5 and 2018-11-26"),
    }
}

impl NumberStyle {
    /// The decimal separator, and that of thousands.
    pub fn separators(self) -> (char, char) {
        match self {
            Self::Vietnamese => (',', '.'),
            Self::English => ('.', ','),
        }
    }

    fn date(self, text: &str) -> Option<NaiveDate> {
        match self {
            Self::Vietnamese => NaiveDate::parse_from_str(text, "%d/%m/%Y").ok(),
            Self::English => NaiveDate::parse_from_str(text, "%Y-%m-%d").ok(),
        }
    }
}

/// One decided result.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PastResult {
    /// The centre, by id …
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// … or by the province's own code.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "plain"))]
    #[schema(example = "KS-01", min_length = 1, max_length = 40)]
    pub centre_code: Option<String>,
    /// The rank.
    pub rank: Rank,
    /// The points, where the paper says them.
    #[serde(default)]
    pub points: Option<Points>,
    /// The decision, where the paper names it.
    #[serde(default)]
    #[validate(nested)]
    pub decision: Option<Decision>,
}

/// Decided results of one round.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct ImportRatings {
    /// The round that they belong to.
    pub round_id: RoundId,
    /// The results.
    #[validate(length(min = 1, max = 5000), nested)]
    #[schema(min_items = 1, max_items = 5000)]
    pub results: Vec<PastResult>,
}

/// A result with the centre it was found to be of, and the row it came from.
#[derive(Debug, Clone)]
pub struct CheckedResult {
    /// The row, the heading being row 1.
    pub row: usize,
    /// The centre.
    pub centre: Centre,
    /// The rank.
    pub rank: Rank,
    /// The points.
    pub points: Option<Points>,
    /// The decision.
    pub decision: Option<Decision>,
}

/// The columns of the CSV form.
pub const COLUMNS: [&str; 7] =
    ["centre_id", "centre_code", "rank", "points", "decision_number", "decision_date", "decision_issuer"];

/// A result with its row, the heading being row 1.
pub type Row = (usize, PastResult);

/// Results that came without a table, in the rows that they would have in one.
pub fn numbered(results: Vec<PastResult>) -> Vec<Row> {
    (2..).zip(results).collect()
}

/// Reads the CSV form: UTF-8, a heading with (some of) [`COLUMNS`], one result a row.
///
/// # Errors
/// Every fault, by row and column.
pub fn read_csv(data: &[u8], style: NumberStyle, delimiter: Delimiter) -> Result<Vec<Row>, Vec<Fault>> {
    let mut results = Vec::new();
    let (rows, mut faults) = table::read(data, delimiter, &COLUMNS, &[&["rank"], &["centre_id", "centre_code"]], 5_000)?;
    for cells in rows {
        let (row, before) = (cells.row, faults.len());
        let get = |column: &str| cells.get(column);
        let centre_id = get("centre_id").map(str::parse::<CentreId>);
        if matches!(centre_id, Some(Err(_))) {
            faults.push(table_fault(row, "centre_id", "uuid", "centre_id phải là UUID.", "centre_id must be a UUID."));
        }
        let rank = get("rank")
            .and_then(|text| Rank::ALL.iter().copied().find(|rank| rank.code() == text || fold(&rank.label().vi) == fold(text)));
        if rank.is_none() {
            faults.push(table_fault(
                row,
                "rank",
                "rank",
                "Xếp loại không hợp lệ: dùng mã (tot, kha, …) hoặc tên (Tốt, Khá, …).",
                "Not a rank: use its code (tot, kha, …) or its name (Tốt, Khá, …).",
            ));
        }
        let points = get("points").map(|text| Points::parse(text, style));
        if points == Some(None) {
            faults.push(table_fault(
                row,
                "points",
                "number_style",
                format!("Điểm không đúng {}.", style.label().vi),
                format!("Not a number in the declared style ({}).", style.label().en),
            ));
        }
        let date = get("decision_date").map(|text| style.date(text));
        if date == Some(None) {
            faults.push(table_fault(
                row,
                "decision_date",
                "date_style",
                format!("Ngày không đúng {}.", style.label().vi),
                format!("Not a date in the declared style ({}).", style.label().en),
            ));
        }
        let decision = match (get("decision_number"), date.flatten(), get("decision_issuer")) {
            (None, None, None) => None,
            (Some(number), Some(date), issuer) => {
                Some(Decision { number: number.to_owned(), date, issuer: issuer.unwrap_or("—").to_owned(), legal_basis: None })
            }
            _ => {
                faults.push(table_fault(
                    row,
                    "decision_number",
                    "decision_whole",
                    "Quyết định cần cả số và ngày.",
                    "A decision needs both its number and its date.",
                ));
                None
            }
        };
        if let (Some(rank), true) = (rank, before == faults.len()) {
            let result = PastResult {
                centre_id: centre_id.and_then(Result::ok),
                centre_code: get("centre_code").map(str::to_owned),
                rank,
                points: points.flatten(),
                decision,
            };
            results.push((row, result));
        }
    }
    if faults.is_empty() { Ok(results) } else { Err(table::in_order(faults)) }
}

/// Checks results against the round, its scheme and the province's centres.
///
/// # Errors
/// Every fault, by row and column; rows are counted with the heading as row 1.
pub fn check(
    results: Vec<Row>,
    round: &Round,
    scheme: &SchemeContent,
    centres: Vec<Centre>,
    rated: &HashSet<CentreId>,
    today: NaiveDate,
) -> Result<Vec<CheckedResult>, Vec<Fault>> {
    let by_id: HashMap<CentreId, &Centre> = centres.iter().map(|centre| (centre.id, centre)).collect();
    let by_code: HashMap<&str, &Centre> = centres.iter().filter_map(|centre| Some((centre.code.as_deref()?, centre))).collect();
    let (mut faults, mut seen, mut checked) = (Vec::new(), HashSet::new(), Vec::new());
    for (row, result) in results {
        let found = match (result.centre_id, result.centre_code.as_deref()) {
            (Some(id), _) => {
                by_id.get(&id).copied().filter(|centre| result.centre_code.is_none() || centre.code == result.centre_code)
            }
            (None, Some(code)) => by_code.get(code).copied(),
            (None, None) => None,
        };
        let column = if result.centre_id.is_some() { "centre_id" } else { "centre_code" };
        let Some(centre) = found else {
            faults.push(table_fault(
                row,
                column,
                "centre_unknown",
                "Không có trung tâm này trong tỉnh (hoặc id và mã không khớp).",
                "There is no such centre in the province (or id and code disagree).",
            ));
            continue;
        };
        if !seen.insert(centre.id) {
            faults.push(table_fault(row, column, "centre_once", "Trung tâm xuất hiện hai lần.", "The centre stands twice."));
        }
        if rated.contains(&centre.id) {
            faults.push(table_fault(
                row,
                column,
                "already_rated",
                "Trung tâm đã có hồ sơ trong đợt này; dùng điều chỉnh.",
                "The centre has a rating in this round; amend that one.",
            ));
        }
        if !centre.exists_on(round.data_to) {
            faults.push(table_fault(
                row,
                column,
                "centre_existed",
                format!("Trung tâm không hoạt động vào ngày {}.", round.data_to.format("%d/%m/%Y")),
                format!("The centre did not exist on {}.", round.data_to),
            ));
        }
        if !scheme.ranks.iter().any(|rule| rule.rank == result.rank) {
            faults.push(table_fault(
                row,
                "rank",
                "rank_of_scheme",
                "Bộ tiêu chí của đợt không có mức này.",
                "The round's scheme has no such rank.",
            ));
        } else if result.points.is_some_and(|points| !scheme.points_fit(result.rank, points)) {
            faults.push(table_fault(
                row,
                "points",
                "points_fit_rank",
                "Điểm không khớp xếp loại theo ngưỡng của bộ tiêu chí.",
                "The points do not fit the rank by the scheme's thresholds.",
            ));
        }
        if result.decision.as_ref().is_some_and(|decision| decision.date > today || decision.date < round.data_from) {
            faults.push(table_fault(
                row,
                "decision_date",
                "decision_date",
                "Ngày quyết định ở tương lai hoặc trước kỳ đánh giá.",
                "The decision is dated in the future or before the data window.",
            ));
        }
        checked.push(CheckedResult {
            row,
            centre: centre.clone(),
            rank: result.rank,
            points: result.points,
            decision: result.decision,
        });
    }
    if faults.is_empty() { Ok(checked) } else { Err(faults) }
}

/// Refuses results of what the person who enters them manages, if there are any.
///
/// # Errors
/// `separation_of_duties` with every such row.
pub fn check_duties<'r>(managed: impl Iterator<Item = &'r CheckedResult>) -> crate::Result<()> {
    let faults: Vec<Fault> = managed
        .map(|result| {
            table_fault(
                result.row,
                "-",
                "manages_centre",
                "Không ai nhập kết quả của trung tâm mà mình quản lý hoặc đã quản lý từ đầu kỳ đánh giá.",
                "Nobody enters the result of a centre that they manage, or managed since the data window began.",
            )
        })
        .collect();
    if faults.is_empty() { Ok(()) } else { Err(Problem { faults, ..Problem::new(Code::SeparationOfDuties) }) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_read_in_its_declared_style() {
        let csv =
            "\u{feff}centre_code;rank;points;decision_number;decision_date\nKS-01;Tốt;85,5;12/QĐ;26/11/2018\nKS-02;kha;;;\n";
        let results = read_csv(csv.as_bytes(), NumberStyle::Vietnamese, Delimiter::Semicolon).unwrap();
        assert_eq!((results[0].1.rank, results[0].1.points), (Rank::Tot, Points::from_hundredths(8550)));
        assert_eq!(results[0].1.decision.as_ref().unwrap().date, NaiveDate::from_ymd_opt(2018, 11, 26).unwrap());
        assert!(results[1].1.decision.is_none());
    }

    #[test]
    fn each_fault_is_named_by_row_and_column() {
        let csv = "centre_code,rank,points,decision_number,decision_date\nA,giỏi,,,\nB,tot,85.5,,\nC,kha,,7/QĐ,\n";
        let at: Vec<_> = read_csv(csv.as_bytes(), NumberStyle::Vietnamese, Delimiter::Comma)
            .unwrap_err()
            .into_iter()
            .map(|fault| fault.pointer)
            .collect();
        assert_eq!(at, ["2,rank", "3,points", "4,decision_number"]);
        assert!(read_csv(b"centre_code,rank,extra\n", NumberStyle::English, Delimiter::Comma).is_err());
        assert!(read_csv(b"\xff\xfe", NumberStyle::English, Delimiter::Comma).is_err());
        assert!(read_csv(b"", NumberStyle::English, Delimiter::Comma).is_err());
    }
}
