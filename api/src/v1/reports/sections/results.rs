//! B. Results by category: own work in the table of the form, what others ran beside it, culture houses in a line below.
//!
//! Classes are never added to sessions, participations never to persons, and what others ran never to own work.

use htcd_domain::activity_summary::ActivityFigures;
use htcd_domain::report::{ReportContent, ResultRow, Results};
use htcd_domain::text::Language;
use htcd_reports::number::whole;
use htcd_reports::paper::{Block, Cell, Column, Row, Table};

use super::lower_first;

pub(super) fn blocks(content: &ReportContent) -> Vec<Block> {
    let results = &content.results;
    let period = content.period.label.get(Language::Vi);
    let mut blocks = vec![];
    if results.own.entries == 0 && results.coordinated.is_none() && results.hamlets.is_none() {
        return blocks;
    }
    blocks.extend(summed_up(content));
    let rows = results.rows.iter().map(|row| (row, &row.own)).collect::<Vec<_>>();
    blocks.push(Block::Table(table(
        format!("Kết quả hoạt động {}", lower_first(period)),
        &rows,
        &results.own,
        Some(coverage(results)),
    )));
    if let Some(hamlets) = &results.hamlets {
        let together = whole(hamlets.participations_with_centre, Language::Vi);
        let own = whole(hamlets.own.participations.sum, Language::Vi);
        blocks.extend(hamlets.own.participations.sum.map(|_| {
            Block::paragraph(format!(
                "Các nhà văn hóa thôn, khu phố có {own} lượt người tham gia; tính cả hoạt động tại các nhà văn hóa là \
                 {together} lượt người."
            ))
        }));
    }
    if let Some(coordinated) = &results.coordinated {
        let rows: Vec<_> =
            results.rows.iter().filter(|row| row.coordinated.entries > 0).map(|row| (row, &row.coordinated)).collect();
        let note = "Do đơn vị khác chủ trì, Trung tâm phối hợp hoặc cho mượn địa điểm; không cộng vào kết quả của Trung tâm.";
        blocks.push(Block::Table(table("Hoạt động phối hợp".into(), &rows, coordinated, Some(note.into()))));
    }
    blocks
}

/// `Trung tâm đã tổ chức 70 lớp, chuyên đề với 6.778 lượt người tham gia`.
fn summed_up(content: &ReportContent) -> Option<Block> {
    let own = &content.results.own;
    let classes = own.classes.sum.map(|sum| format!("{} lớp, chuyên đề", whole(Some(sum), Language::Vi)));
    let people = own.participations.sum.map(|sum| format!("{} lượt người tham gia", whole(Some(sum), Language::Vi)));
    let done = match (classes, people) {
        (Some(classes), Some(people)) => format!("đã tổ chức {classes} với {people}"),
        (Some(classes), None) => format!("đã tổ chức {classes}"),
        (None, Some(people)) => format!("có {people}"),
        (None, None) => return None,
    };
    let until = if content.partial {
        format!("Tính đến ngày {}, Trung tâm", content.cut_off.format("%d/%m/%Y"))
    } else {
        "Trong kỳ, Trung tâm".to_owned()
    };
    Some(Block::paragraph(format!("{until} {done}.")))
}

fn table(caption: String, rows: &[(&ResultRow, &ActivityFigures)], total: &ActivityFigures, note: Option<String>) -> Table {
    let numbers =
        |figures: &ActivityFigures| [figures.classes.sum, figures.participations.sum, figures.female.sum].map(Cell::whole);
    let mut lines: Vec<Row> = rows
        .iter()
        .map(|(row, figures)| {
            let number = i64::try_from(row.number).unwrap_or_default();
            let name = [Cell::whole(number), Cell::text(row.label.get(Language::Vi))];
            Row::new(name.into_iter().chain(numbers(figures)).collect())
        })
        .collect();
    lines.push(Row::total([Cell::Blank, Cell::text("Tổng cộng")].into_iter().chain(numbers(total)).collect()));
    let columns = vec![
        Column::order("TT"),
        Column::text("Nội dung hoạt động"),
        Column::number("Số lớp, chuyên đề"),
        Column::number("Tổng số").under("Số lượt người"),
        Column::number("Nữ").under("Số lượt người"),
    ];
    Table { caption: Some(caption), columns, rows: lines, note }
}

/// What the table covers: a blank is not reported, which is no zero.
fn coverage(results: &Results) -> String {
    let mut notes = vec![];
    let rows = results.rows_with_entries;
    let own = &results.own;
    match results.rows_with_female {
        0 if rows > 0 => notes.push(format!("Nữ: không được báo cáo (0/{rows} nội dung có số liệu)")),
        some if some < rows => notes.push(format!("Nữ: {some}/{rows} nội dung có số liệu")),
        _ => {}
    }
    // Of what was entered, some did not say it.
    let parts = [("Số lớp, chuyên đề", &own.classes), ("Tổng số lượt", &own.participations), ("Nữ", &own.female)];
    for (name, measure) in parts.into_iter().filter(|(_, measure)| measure.reported > 0 && measure.reported < measure.of) {
        notes.push(format!("{name}: {}/{} lần ghi có số liệu", measure.reported, measure.of));
    }
    notes.push("Ô trống là không có số liệu, không phải số 0; lượt người không phải là số người".to_owned());
    notes.join(". ") + "."
}
