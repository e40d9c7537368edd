//! The tables of a submission: its figures by unit, its records, and what it is about. In Vietnamese, as they are sealed.

use htcd_domain::Coded;
use htcd_domain::aggregate::Row;
use htcd_domain::scheme::{Rank, Subject};
use htcd_domain::submission::{SubmissionContent, SubmissionHeader};
use htcd_domain::text::Language;

use crate::export::{Cell, Table};
use crate::figures::on_boundaries;

fn texts<const N: usize>(texts: [&str; N]) -> Vec<String> {
    texts.map(str::to_owned).into()
}

fn text(text: impl ToString) -> Cell {
    Cell::Text(text.to_string())
}

fn or_blank(value: Option<impl ToString>) -> Cell {
    value.map_or(Cell::Empty, text)
}

fn title(header: &SubmissionHeader) -> String {
    format!("Bản nộp số {} - {} - {}", header.number, header.title, header.province.name.vi)
}

fn about(header: &SubmissionHeader) -> String {
    let boundaries = on_boundaries(&header.boundaries, header.map_date, Language::Vi);
    format!("Số liệu chốt lúc {}. {boundaries}", header.cut_off.to_rfc3339())
}

fn figures(row: &Row) -> Vec<Cell> {
    let mut cells = vec![
        Cell::from(row.base),
        Cell::from(row.rated),
        Cell::from(row.not_rated),
        row.coverage_percent.map_or(Cell::Empty, |percent| Cell::Tenths(percent.0)),
    ];
    for count in &row.ranks {
        cells.push(Cell::from(count.count));
        cells.push(if row.rated == 0 { Cell::Empty } else { Cell::Tenths(count.percent.0) });
    }
    cells
}

/// The figures by unit, those of the whole province in the last row.
pub fn by_unit(content: &SubmissionContent) -> Table {
    let header = &content.header;
    let base = match header.subject {
        Subject::Centre => "Tổng số trung tâm",
        Subject::Commune => "Tổng số đơn vị cấp xã",
    };
    let mut headings = texts(["Đơn vị", "Mã", "Cấp", base, "Đã xếp loại", "Chưa xếp loại", "Tỷ lệ đã xếp loại (%)"]);
    for count in &content.total.ranks {
        headings.push(count.label.vi.to_string());
        headings.push(format!("{} (%)", count.label.vi));
    }
    headings.extend(texts(["unit_id", "parent_id"]));
    let line = |row: &Row, level: Cell, parent: Cell| {
        let mut cells = vec![text(&row.key.label.vi), or_blank(row.key.code.as_ref()), level];
        cells.extend(figures(row));
        cells.extend([or_blank(row.key.unit_id), parent]);
        cells
    };
    let mut rows: Vec<_> = content
        .units
        .iter()
        .map(|unit| line(&unit.figures, or_blank(unit.level.map(|level| level.label().vi)), or_blank(unit.parent_id)))
        .collect();
    rows.push(line(&content.total, text("tổng cộng"), Cell::Empty));
    Table { sheet: "Số liệu".into(), title: title(header), about: about(header), headings, rows }
}

fn rank(rank: Option<Rank>) -> Cell {
    or_blank(rank.map(|rank| rank.label().vi))
}

/// The records.
pub fn by_record(content: &SubmissionContent) -> Table {
    let header = &content.header;
    let headings = texts([
        "Tên",
        "Mã",
        "Đơn vị cấp xã",
        "Mã đơn vị cấp xã",
        "Mô hình",
        "Xếp loại",
        "Điểm",
        "Số quyết định",
        "Ngày quyết định",
        "Cơ quan ban hành",
        "Công nhận đến ngày",
        "Đã điều chỉnh",
        "Lý do chưa xếp loại",
        "centre_id",
        "commune_id",
        "rating_id",
    ]);
    let rows = content
        .records
        .iter()
        .map(|record| {
            let decision = record.decision.as_ref();
            vec![
                text(&record.name),
                or_blank(record.code.as_ref()),
                or_blank(record.commune_name.as_ref()),
                or_blank(record.commune_code.as_ref()),
                or_blank(record.operating_model.map(|model| model.label().vi)),
                rank(record.rank),
                record.points.map_or(Cell::Empty, Cell::Points),
                or_blank(decision.map(|decision| &decision.number)),
                or_blank(decision.map(|decision| decision.date)),
                or_blank(decision.map(|decision| &decision.issuer)),
                or_blank(record.valid_until),
                if record.amended { text("có") } else { Cell::Empty },
                or_blank(record.not_rated.map(|why| why.label().vi)),
                or_blank(record.centre_id),
                text(record.commune_id),
                or_blank(record.rating_id),
            ]
        })
        .collect();
    Table { sheet: "Hồ sơ".into(), title: title(header), about: about(header), headings, rows }
}

/// What it is about, line by line.
pub fn header(content: &SubmissionContent) -> Table {
    let header = &content.header;
    let scheme = &header.scheme;
    let incomplete = header.incomplete.as_ref().map(|incomplete| {
        let round = if incomplete.round_open { "đợt chưa đóng; " } else { "" };
        format!("{round}{} hồ sơ chưa quyết định", incomplete.undecided)
    });
    let rows = [
        ("Tỉnh", Some(format!("{} ({})", header.province.name.vi, header.province.code))),
        ("Bản nộp số", Some(header.number.to_string())),
        ("Tiêu đề", Some(header.title.clone())),
        ("Năm", Some(header.year.to_string())),
        ("Đối tượng", Some(header.subject.label().vi.to_string())),
        ("Chốt số liệu lúc", Some(header.cut_off.to_rfc3339())),
        ("Đợt đánh giá", Some(header.round.title.clone())),
        ("Kỳ số liệu", Some(format!("{} đến {}", header.round.data_from, header.round.data_to))),
        ("Bộ tiêu chí", Some(format!("{} phiên bản {} - {}", scheme.code, scheme.version, scheme.title.vi))),
        ("Địa giới", Some(format!("{} (bản đồ ngày {})", header.boundaries, header.map_date))),
        ("Thay thế bản số", header.supersedes.as_ref().map(|superseded| superseded.number.to_string())),
        ("Lý do", header.reason.clone()),
        ("Chưa đủ", incomplete),
        ("Mã định danh", Some(header.id.to_string())),
    ];
    let rows = rows.into_iter().map(|(name, value)| vec![text(name), or_blank(value)]).collect();
    Table {
        sheet: "Thông tin".into(), title: title(header), about: about(header), headings: texts(["Mục", "Nội dung"]), rows
    }
}
