//! D. Effectiveness: the commune's numbers with their change on the year before, learning models, commendations. What describes
//! the commune itself (area, people, households) opens the report.

use htcd_domain::Coded;
use htcd_domain::learning_model::LearningModelSums;
use htcd_domain::profile::{Profile, ProfileLine, ProfileMeasure};
use htcd_domain::report::{ReportContent, ReportedCommendations};
use htcd_domain::text::Language;
use htcd_reports::number::{self, Decimal};
use htcd_reports::paper::{Block, Cell, Column, Row, Table};

use super::words::{decimal, some, upper_first};

/// The numbers that describe a commune, with what a sentence says before and after each.
const SETTING: [(&str, &str, &str); 6] = [
    ("area", "diện tích tự nhiên ", " km²"),
    ("hamlets", "", " thôn, khu phố"),
    ("residents", "dân số ", " người"),
    ("female_residents", "", " nữ"),
    ("ethnic_minority_residents", "", " người dân tộc thiểu số"),
    ("households", "", " hộ"),
];

/// `Phường Kim Sơn có diện tích tự nhiên 10,37 km², 05 khu phố, dân số 9.154 người.`
pub(super) fn setting(content: &ReportContent) -> Option<Block> {
    let profile = content.facts.profile.as_ref()?;
    let said: Vec<String> = SETTING
        .iter()
        .filter_map(|(code, before, after)| {
            let value = profile.lines.iter().find(|line| line.indicator.code == *code)?.value?;
            let is_small = *code == "hamlets" && value.is_whole();
            let number = number::decimal(Some(decimal(value)), Language::Vi);
            Some(format!("{before}{}{after}", if is_small { some(value.hundredths() / 100) } else { number }))
        })
        .collect();
    (!said.is_empty()).then(|| Block::paragraph(format!("{} có {}.", content.centre.commune_name, said.join(", "))))
}

pub(super) fn blocks(content: &ReportContent) -> Vec<Block> {
    let facts = &content.facts;
    let mut blocks: Vec<Block> = facts.profile.as_ref().and_then(numbers).map(Block::Table).into_iter().collect();
    blocks.extend(facts.learning_models.as_ref().map(|sums| Block::Table(learning_models(sums))));
    blocks.extend(facts.commendations.as_deref().map(commended));
    blocks
}

/// `Tỷ lệ hộ nghèo (%)`.
fn name(line: &ProfileLine) -> String {
    let label = line.indicator.label.get(Language::Vi);
    let unit = match line.indicator.measure {
        ProfileMeasure::Count => return label.to_owned(),
        ProfileMeasure::Percent => "%",
        ProfileMeasure::Km2 => "km²",
        ProfileMeasure::Vnd => "đồng",
        ProfileMeasure::MillionVnd => "triệu đồng",
        ProfileMeasure::BillionVnd => "tỷ đồng",
    };
    format!("{label} ({unit})")
}

fn numbers(profile: &Profile) -> Option<Table> {
    let describes = |line: &ProfileLine| SETTING.iter().any(|(code, ..)| line.indicator.code == *code);
    let lines: Vec<&ProfileLine> = profile.lines.iter().filter(|line| !describes(line)).collect();
    let rows: Vec<Row> = (1..)
        .zip(&lines)
        .map(|(place, line)| {
            let cells = [line.previous, line.value, line.change].map(|number| Cell::decimal(number.map(decimal)));
            Row::new([Cell::whole(place), Cell::text(name(line))].into_iter().chain(cells).collect())
        })
        .collect();
    let has_points = lines.iter().any(|line| line.indicator.measure == ProfileMeasure::Percent && line.change.is_some());
    let note = if has_points { "Tăng, giảm của tỷ lệ tính bằng điểm phần trăm. " } else { "" };
    let columns = vec![
        Column::order("TT"),
        Column::text("Chỉ tiêu"),
        Column::number(format!("Năm {}", profile.year - 1)),
        Column::number(format!("Năm {}", profile.year)),
        Column::number("Tăng, giảm"),
    ];
    (!rows.is_empty()).then(|| Table {
        caption: Some("Một số chỉ tiêu kinh tế - xã hội trên địa bàn".into()),
        columns,
        rows,
        note: Some(format!("{note}Ô trống là không có số liệu.")),
    })
}

fn learning_models(sums: &LearningModelSums) -> Table {
    let rows = sums.models.iter().filter(|model| model.reported > 0).map(|model| {
        let numbers = [model.base_total, model.registered, model.recognised].map(|given| Cell::whole(given.sum));
        let share = model.recognised_of_base.map(|share| Decimal::new(share.percent.0, 1));
        let name = Cell::text(upper_first(&model.model.label().vi));
        Row::new(std::iter::once(name).chain(numbers).chain([Cell::percent(share)]).collect())
    });
    let columns = vec![
        Column::text("Mô hình"),
        Column::number("Tổng số"),
        Column::number("Đăng ký"),
        Column::number("Được công nhận"),
        Column::number("Tỷ lệ công nhận"),
    ];
    Table { caption: Some(format!("Mô hình học tập năm {}", sums.year)), columns, rows: rows.collect(), note: None }
}

fn commended(commendations: &[ReportedCommendations]) -> Block {
    let forms: Vec<String> =
        commendations.iter().map(|line| format!("{} {}", some(line.count), line.label.get(Language::Vi))).collect();
    Block::paragraph(format!("Khen thưởng: {}.", forms.join(", ")))
}
