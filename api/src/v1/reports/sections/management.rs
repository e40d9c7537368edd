//! A. Management apparatus: the board, trainings, plans, facilities, money.

use chrono::NaiveDate;
use htcd_domain::Coded;
use htcd_domain::appointment::Post;
use htcd_domain::money::{ExpenseLine, IncomeLine};
use htcd_domain::plan_progress::Measure;
use htcd_domain::report::{ReportedAsset, ReportedBoard, ReportedMoney, ReportedPlan, ReportedTraining};
use htcd_domain::text::{Label, Language};
use htcd_reports::number::Decimal;
use htcd_reports::paper::{Block, Cell, Column, Row, Table};

use super::words::{dong, many, on, some, upper_first};

fn vi(label: &Label) -> &str {
    label.get(Language::Vi)
}

fn named(label: Option<&Label>) -> Cell {
    label.map_or(Cell::Blank, |label| Cell::text(upper_first(vi(label))))
}

fn order(place: usize) -> Cell {
    Cell::whole(i64::try_from(place).unwrap_or_default() + 1)
}

/// Who runs the centre: those on the board by name, the others by number.
pub(super) fn board(board: &ReportedBoard) -> Vec<Block> {
    let mut blocks = vec![];
    let held = |post| board.seats.iter().filter(|seat| seat.post == post).count();
    let posts = [Post::Director, Post::DeputyDirector].map(|post| (held(post), post.label().vi));
    let posts: Vec<String> =
        posts.into_iter().filter(|(count, _)| *count > 0).map(|(count, name)| format!("{} {name}", many(count))).collect();
    if !posts.is_empty() {
        blocks.push(Block::paragraph(format!("Ban Giám đốc gồm {}.", posts.join(", "))));
        let rows = board.seats.iter().enumerate().map(|(place, seat)| {
            Row::new(vec![
                order(place),
                Cell::text(&seat.name),
                Cell::text(upper_first(vi(&seat.label))),
                named(seat.sector_label.as_ref()),
                named(seat.employment_label.as_ref()),
                Cell::text(on(seat.since)),
            ])
        });
        let columns = vec![
            Column::order("TT"),
            Column::text("Họ và tên").wide(26),
            Column::text("Chức vụ").wide(18),
            Column::text("Đại diện").wide(18),
            Column::text("Hình thức").wide(16),
            Column::text("Từ ngày").wide(14),
        ];
        let caption = Some("Danh sách Ban Giám đốc".to_owned());
        blocks.push(Block::Table(Table { caption, columns, rows: rows.collect(), note: None }));
    }
    for vacancy in &board.vacancies {
        let post = vacancy.post.label();
        blocks.push(Block::paragraph(format!("Khuyết 01 {} từ ngày {}.", vi(&post), on(vacancy.since))));
    }
    if board.committee_members > 0 {
        blocks.push(Block::paragraph(format!("Ban điều hành mở rộng có {} người.", some(board.committee_members))));
    }
    if board.site_boards > 0 {
        blocks.push(Block::paragraph(format!(
            "Có {} nhà văn hóa, điểm học tập có ban chủ nhiệm riêng, tổng số {} người.",
            some(board.site_boards),
            some(board.site_board_members)
        )));
    }
    if board.seconded_teachers > 0 {
        blocks.push(Block::paragraph(format!("Giáo viên biệt phái: {} người.", some(board.seconded_teachers))));
    }
    if board.other_staff > 0 {
        blocks.push(Block::paragraph(format!("Người giúp việc khác của Trung tâm: {} người.", some(board.other_staff))));
    }
    blocks
}

/// Trainings that were attended, what the centre held itself, its roster.
pub(super) fn training(training: &ReportedTraining) -> Vec<Block> {
    let mut blocks = vec![Block::paragraph(match training.trainings_attended {
        0 => "Chưa ghi nhận lớp tập huấn, bồi dưỡng nào có người của Trung tâm tham dự.".to_owned(),
        attended => format!("Người của Trung tâm tham dự {} lớp tập huấn, bồi dưỡng.", some(attended)),
    })];
    if !training.own_events.is_empty() {
        let kinds: Vec<String> =
            training.own_events.iter().map(|it| format!("{}: {}", it.kind.label().vi, many(it.events))).collect();
        blocks.push(Block::paragraph(format!("Trung tâm tổ chức (số cuộc): {}.", kinds.join("; "))));
    }
    if training.rapporteurs > 0 {
        let people = some(training.rapporteurs);
        blocks.push(Block::paragraph(format!("Danh sách báo cáo viên, cộng tác viên, giáo viên có {people} người.")));
    }
    blocks
}

/// A plan, how it was approved, and how far it came.
pub(super) fn plan(plan: &ReportedPlan, cut_off: NaiveDate) -> Vec<Block> {
    let mut said = plan.title.clone();
    if let Some(number) = &plan.number {
        said += &format!(" số {number}");
    }
    if let Some(day) = plan.signed_on {
        said += &format!(" ngày {}", on(day));
    }
    said += &match (plan.approved_on, &plan.approval) {
        (_, Some(approval)) => {
            format!(", được phê duyệt tại văn bản số {} ngày {} của {}", approval.number, on(approval.date), approval.issuer)
        }
        (Some(day), None) => format!(", được phê duyệt ngày {}", on(day)),
        (None, None) => format!(" ({})", vi(&plan.state_label)),
    };
    let mut blocks = vec![Block::paragraph(said + ".")];
    if plan.items > 0 {
        let begun = some(plan.items - plan.items_not_begun);
        let mut how = format!("Kế hoạch có {} nội dung; đến ngày {} đã triển khai {begun}", some(plan.items), on(cut_off));
        if plan.items_not_begun > 0 {
            how += &format!(", chưa triển khai {}", some(plan.items_not_begun));
        }
        if plan.items_late > 0 {
            how += &format!("; {} nội dung chậm so với kế hoạch", some(plan.items_late));
        }
        blocks.push(Block::paragraph(how + "."));
    }
    let measures = [
        ("Số lớp, chuyên đề", &plan.measures.classes),
        ("Số buổi", &plan.measures.sessions),
        ("Số lượt người", &plan.measures.participations),
    ];
    let rows: Vec<Row> = measures
        .into_iter()
        .filter(|(_, measure)| measure.target.is_some())
        .map(|(name, measure)| {
            Row::new(vec![Cell::text(name), Cell::whole(measure.target), Cell::whole(measure.done), share(measure)])
        })
        .collect();
    if !rows.is_empty() {
        let columns =
            vec![Column::text("Chỉ tiêu"), Column::number("Kế hoạch"), Column::number("Thực hiện"), Column::number("Tỷ lệ")];
        let note = "Chỉ tính hoạt động của Trung tâm có ghi nội dung kế hoạch; tỷ lệ tính trên các nội dung có đặt chỉ tiêu.";
        let caption = format!("Thực hiện kế hoạch năm {}", plan.year);
        blocks.push(Block::Table(Table { caption: Some(caption), columns, rows, note: Some(note.into()) }));
    }
    blocks
}

fn share(measure: &Measure) -> Cell {
    Cell::percent(measure.share.map(|share| Decimal::new(share.percent.0, 1)))
}

/// What the centre has or uses.
pub(super) fn facilities(assets: &[ReportedAsset]) -> Vec<Block> {
    let rows = assets.iter().enumerate().map(|(place, asset)| {
        Row::new(vec![
            order(place),
            Cell::text(&asset.name),
            Cell::whole(asset.quantity),
            Cell::text(&asset.unit),
            Cell::text(upper_first(vi(&asset.owner_label))),
            Cell::text(upper_first(vi(&asset.condition_label))),
        ])
    });
    let columns = vec![
        Column::order("TT"),
        Column::text("Tên").wide(34),
        Column::number("Số lượng").wide(12),
        Column::text("Đơn vị tính").wide(12),
        Column::text("Thuộc").wide(18),
        Column::text("Tình trạng").wide(18),
    ];
    let caption = Some("Danh mục cơ sở vật chất, trang thiết bị".to_owned());
    vec![Block::Table(Table { caption, columns, rows: rows.collect(), note: None })]
}

/// The books: income by source, expenditure against the estimate, the balance where it is known.
pub(super) fn finance(money: &ReportedMoney) -> Vec<Block> {
    let mut blocks = vec![Block::paragraph(format!(
        "Từ ngày {} đến ngày {}, thu bằng tiền {}, chi {}.",
        on(money.first),
        on(money.last),
        dong(money.income_vnd),
        dong(money.expenditure_vnd)
    ))];
    blocks.push(Block::paragraph(match (money.opening_vnd, money.balance_vnd) {
        (Some(opening), Some(balance)) => format!("Số dư đầu kỳ {}; còn lại {}.", dong(opening), dong(balance)),
        _ => "Chưa có số dư đầu kỳ nên không tính số còn lại.".to_owned(),
    }));
    if !money.income.is_empty() {
        blocks.push(Block::Table(income(money)));
    }
    if !money.expenditure.is_empty() {
        blocks.push(Block::Table(expenditure(money)));
    }
    blocks
}

/// `Ngân sách nhà nước (cấp xã)`.
fn source(line: &IncomeLine) -> String {
    let source = upper_first(&line.source.label().vi);
    let level = line.state_level.map(|level| level.label().vi.into_owned());
    match level.or_else(|| line.programme.clone()) {
        Some(which) => format!("{source} ({which})"),
        None => source,
    }
}

fn income(money: &ReportedMoney) -> Table {
    let in_money = |line: &IncomeLine| Cell::money((line.entries > 0).then_some(line.amount_vnd));
    let mut rows: Vec<Row> = money
        .income
        .iter()
        .enumerate()
        .map(|(place, line)| {
            let kind = Cell::money(line.in_kind.estimated_vnd);
            Row::new(vec![order(place), Cell::text(source(line)), in_money(line), kind])
        })
        .collect();
    let total = [Cell::money(money.income_vnd), Cell::money(money.in_kind.estimated_vnd)];
    rows.push(Row::total([Cell::Blank, Cell::text("Tổng cộng")].into_iter().chain(total).collect()));
    let columns = vec![
        Column::order("TT"),
        Column::text("Nguồn thu"),
        Column::number("Bằng tiền").under("Số tiền (đồng)").wide(18),
        Column::number("Hiện vật ước tính").under("Số tiền (đồng)").wide(18),
    ];
    let kind = &money.in_kind;
    let note = (kind.entries > 0).then(|| {
        let (entries, valued) = (some(kind.entries), some(kind.valued));
        format!("Hiện vật: {entries} lần ghi, {valued} lần có ước tính giá trị; không cộng vào thu bằng tiền và số còn lại.")
    });
    Table { caption: Some("Các nguồn thu".into()), columns, rows, note }
}

fn expenditure(money: &ReportedMoney) -> Table {
    let is_planned = money.estimated_expenditure_vnd.is_some();
    let cells = |name: String, planned: Option<i64>, spent: i64| {
        let mut cells = vec![Cell::text(name)];
        if is_planned {
            cells.push(Cell::money(planned));
        }
        cells.push(Cell::money(spent));
        if is_planned {
            cells.push(Cell::money(planned.map(|planned| planned - spent)));
        }
        cells
    };
    let line = |line: &ExpenseLine| cells(upper_first(&line.category.label().vi), line.estimate_vnd, line.amount_vnd);
    let numbered = money.expenditure.iter().enumerate();
    let mut rows: Vec<Row> =
        numbered.map(|(place, it)| Row::new(std::iter::once(order(place)).chain(line(it)).collect())).collect();
    let total = cells("Tổng cộng".into(), money.estimated_expenditure_vnd, money.expenditure_vnd);
    rows.push(Row::total(std::iter::once(Cell::Blank).chain(total).collect()));
    let amount = |head: &str| Column::number(head).under("Số tiền (đồng)").wide(17);
    let mut columns = vec![Column::order("TT"), Column::text("Nội dung chi").wide(36)];
    if is_planned {
        columns.extend([amount("Dự toán"), amount("Thực hiện"), amount("Còn lại")]);
    } else {
        columns.push(amount("Thực hiện"));
    }
    let note = (!is_planned).then(|| "Chưa có dự toán được phê duyệt của năm để đối chiếu.".to_owned());
    Table { caption: Some("Các khoản chi".into()), columns, rows, note }
}
