//! Papers that the tests write: the report of Kim Sơn (Đông Triều, Quảng Ninh) of 2018, and longer and stranger ones.

use chrono::NaiveDate;

use htcd_reports::paper::{Block, Cell, Column, Paper, Row, Signature, Table};

/// The ten rows: activity, classes and themes, participations. Women were not reported.
pub const KIM_SON_ROWS: [(&str, Option<i64>, Option<i64>); 10] = [
    ("Xóa mù chữ, giáo dục tiếp tục sau biết chữ", None, None),
    ("Học nghề ngắn hạn", Some(2), Some(350)),
    ("Giáo dục pháp luật", Some(8), Some(712)),
    ("Giáo dục sức khỏe", Some(6), Some(450)),
    ("Giáo dục môi trường", Some(10), Some(876)),
    ("Văn hóa xã hội", Some(10), Some(826)),
    ("Phát triển kinh tế", Some(8), Some(950)),
    ("Giáo dục kỹ năng sống", Some(6), Some(726)),
    ("Các chuyên đề của các chương trình khác", Some(10), Some(775)),
    ("Văn nghệ, thể dục thể thao", Some(10), Some(1113)),
];

fn columns() -> Vec<Column> {
    vec![
        Column::order("TT"),
        Column::text("Nội dung hoạt động"),
        Column::number("Số lớp, chuyên đề"),
        Column::number("Tổng số").under("Số lượt người"),
        Column::number("Nữ").under("Số lượt người"),
    ]
}

pub fn kim_son_table() -> Table {
    let mut rows: Vec<Row> = (1..)
        .zip(KIM_SON_ROWS)
        .map(|(place, (name, classes, participations))| {
            let cells =
                vec![Cell::whole(place), Cell::text(name), Cell::whole(classes), Cell::whole(participations), Cell::Blank];
            Row::new(cells)
        })
        .collect();
    rows.push(Row::total(vec![Cell::Blank, Cell::text("Tổng cộng"), Cell::whole(70), Cell::whole(6778)]));
    Table {
        caption: Some("KẾT QUẢ HOẠT ĐỘNG NĂM 2018".to_owned()),
        columns: columns(),
        rows,
        note: Some("Ô để trống: không có số liệu báo cáo. Số lượt người không phải là số người.".to_owned()),
    }
}

/// Report 10/BC-TTHTCĐ of 26 November 2018. Its signer is not known and is made up here.
pub fn kim_son() -> Paper {
    let blocks = vec![
        Block::part("BỘ MÁY QUẢN LÝ"),
        Block::clause("Ban Giám đốc"),
        Block::paragraph(
            "Phường Kim Sơn có diện tích tự nhiên 10,37 km², dân số 9.154 người, chia thành 5 khu phố. Ban Giám đốc Trung tâm \
             gồm 01 giám đốc, 02 phó giám đốc và 01 giáo viên biệt phái. Mỗi khu phố có một nhà văn hóa với ban quản lý riêng.",
        ),
        Block::clause("Kế hoạch và chỉ đạo"),
        Block::bullet("Kế hoạch số 06/KH-TTHTCĐ ngày 12 tháng 01 năm 2018 về hoạt động năm 2018;"),
        Block::bullet("Kế hoạch số 08/KH-TTHTCĐ ngày 18 tháng 7 năm 2018 về sơ kết 6 tháng đầu năm;"),
        Block::bullet("Kế hoạch số 99/KH ngày 18 tháng 9 năm 2018 về Tuần lễ hưởng ứng học tập suốt đời."),
        Block::clause("Cơ sở vật chất và kinh phí"),
        Block::point("Cơ sở vật chất:"),
        Block::paragraph(
            "01 hội trường với 300 bộ bàn ghế; 01 văn phòng (02 bàn, 30 ghế, máy vi tính, tủ tài liệu, sơ đồ tổ chức, bảng \
             ảnh); 05 nhà văn hóa, 05 điểm thể thao và 07 tủ sách pháp luật.",
        ),
        Block::point("Kinh phí:"),
        Block::paragraph(
            "Thực hiện theo Quyết định số 09/2008/QĐ-BGDĐT và Quyết định số 3607/2010 của Ủy ban nhân dân tỉnh; các khoản chi \
             do Chủ tịch Ủy ban nhân dân phường phê duyệt.",
        ),
        Block::part("TỔ CHỨC HOẠT ĐỘNG"),
        Block::paragraph(
            "Trung tâm phối hợp với Hội Khuyến học phường điều tra nhu cầu học tập của nhân dân. Trong năm đã mở 70 lớp, \
             chuyên đề với 6.778 lượt người tham gia; tính cả hoạt động ở các nhà văn hóa là 12.760 lượt người.",
        ),
        Block::Table(kim_son_table()),
        Block::part("HUY ĐỘNG SỰ THAM GIA CỦA XÃ HỘI"),
        Block::paragraph(
            "Các ban, ngành, đoàn thể của phường đã phối hợp tổ chức các lớp học. Việc huy động các doanh nghiệp chưa hiệu \
             quả; chưa huy động được các nhà hảo tâm và các tổ chức tôn giáo.",
        ),
        Block::part("HIỆU QUẢ HOẠT ĐỘNG"),
        Block::bullet("Tỷ lệ người biết chữ đạt 100%;"),
        Block::bullet("Hộ nghèo còn 02 hộ (0,08%), giảm 04 hộ; hộ cận nghèo còn 29 hộ (1,11%), giảm 18 hộ;"),
        Block::bullet("94% số hộ tham gia thu gom rác thải hằng ngày, tăng 1,0%;"),
        Block::bullet("Tổng giá trị sản xuất đạt 2.508 tỷ đồng, tăng 436 tỷ đồng;"),
        Block::bullet("Thu nhập bình quân đầu người đạt 72 triệu đồng; tạo việc làm mới cho 85 lao động."),
        Block::part("PHƯƠNG HƯỚNG NĂM 2019"),
        Block::paragraph(
            "Phấn đấu ít nhất 70% người dân tham gia học tập, hoàn thành 100% kế hoạch. Trên đây là báo cáo kết quả hoạt \
             động năm 2018 và phương hướng, nhiệm vụ năm 2019 của Trung tâm học tập cộng đồng phường Kim Sơn./.",
        ),
    ];
    Paper {
        superior_body: Some("UBND phường Kim Sơn".to_owned()),
        issuing_body: "Trung tâm học tập cộng đồng".to_owned(),
        number: Some("10".to_owned()),
        symbol: "BC-TTHTCĐ".to_owned(),
        place: "Kim Sơn".to_owned(),
        date: NaiveDate::from_ymd_opt(2018, 11, 26),
        kind: "Báo cáo".to_owned(),
        subject: "Kết quả hoạt động năm 2018, phương hướng nhiệm vụ năm 2019 của Trung tâm học tập cộng đồng".to_owned(),
        addressees: vec!["Ủy ban nhân dân phường Kim Sơn".to_owned(), "Phòng Giáo dục và Đào tạo thị xã Đông Triều".to_owned()],
        blocks,
        recipients: vec!["Như trên".to_owned(), "Hội Khuyến học phường".to_owned(), "Lưu: VT".to_owned()],
        signature: Signature {
            authority: Some("TM. Ban Giám đốc".to_owned()),
            post: "Giám đốc".to_owned(),
            name: Some("Nguyễn Văn An".to_owned()),
        },
    }
}

/// A paper whose table goes over several pages.
pub fn long() -> Paper {
    let mut rows: Vec<Row> = (1..=200)
        .map(|place| {
            let name = match place % 7 {
                0 => format!("Trung tâm học tập cộng đồng số {place}, đặt tại nhà văn hóa khu phố, có hội trường và thư viện"),
                _ => format!("Trung tâm học tập cộng đồng số {place}"),
            };
            let women = (place % 3 != 0).then_some(place * 17);
            Row::new(vec![
                Cell::whole(place),
                Cell::text(name),
                Cell::whole(place % 12),
                Cell::whole(place * 37),
                Cell::whole(women),
            ])
        })
        .collect();
    rows.push(Row::total(vec![Cell::Blank, Cell::text("Tổng cộng"), Cell::whole(1092), Cell::whole(743_700)]));
    let mut paper = kim_son();
    paper.blocks = vec![
        Block::part("KẾT QUẢ"),
        Block::Table(Table { caption: None, columns: columns(), rows, note: None }),
        Block::paragraph("Trên đây là kết quả của các trung tâm."),
    ];
    paper
}

/// A paper with as little as there can be.
pub fn bare() -> Paper {
    Paper {
        superior_body: None,
        issuing_body: String::new(),
        number: None,
        symbol: String::new(),
        place: String::new(),
        date: None,
        kind: String::new(),
        subject: String::new(),
        addressees: Vec::new(),
        blocks: Vec::new(),
        recipients: Vec::new(),
        signature: Signature { authority: None, post: String::new(), name: None },
    }
}

pub mod charts {
    use htcd_reports::chart::{Chart, Kind, Series};

    use super::KIM_SON_ROWS;

    /// Participations by activity: one series, one blank.
    pub fn participations() -> Chart {
        Chart {
            title: "Lượt người tham gia theo nội dung hoạt động, phường Kim Sơn năm 2018".to_owned(),
            unit: "lượt người".to_owned(),
            kind: Kind::GroupedBars,
            categories: KIM_SON_ROWS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            categories_label: None,
            series: vec![Series::of_counts("Tổng số", KIM_SON_ROWS.iter().map(|(.., count)| *count))],
            note: Some("Số lượt người không phải là số người. Nguồn: Báo cáo số 10/BC-TTHTCĐ.".to_owned()),
        }
    }

    /// The centre's own activities and those it took part in.
    pub fn own_and_coordinated(kind: Kind) -> Chart {
        Chart {
            title: "Số lớp, chuyên đề theo vai trò của trung tâm <năm 2018>".to_owned(),
            unit: "lớp, chuyên đề".to_owned(),
            kind,
            categories: KIM_SON_ROWS.iter().map(|(name, ..)| (*name).to_owned()).collect(),
            categories_label: Some("Nội dung hoạt động".to_owned()),
            series: vec![
                Series::of_counts("Tự tổ chức", KIM_SON_ROWS.iter().map(|(_, count, _)| count.map(|count| count - count / 3))),
                Series::of_counts("Phối hợp", KIM_SON_ROWS.iter().map(|(_, count, _)| count.map(|count| count / 3 + 1))),
                Series::new("Cho mượn địa điểm", (0..10).map(|place| (place % 4 != 1).then_some(f64::from(place)))),
            ],
            note: None,
        }
    }

    /// Shares of ranks over years.
    pub fn ranks() -> Chart {
        let years = |values: [Option<f64>; 8]| values;
        Chart {
            title: "Kết quả xếp loại trung tâm học tập cộng đồng, 2007-2014".to_owned(),
            unit: "% số trung tâm".to_owned(),
            kind: Kind::Lines,
            categories: (2007..2015).map(|year| year.to_string()).collect(),
            categories_label: Some("Năm".to_owned()),
            series: vec![
                Series::new(
                    "Tốt",
                    years([Some(37.9), Some(41.3), None, Some(50.0), Some(55.2), Some(56.1), Some(58.0), Some(61.5)]),
                ),
                Series::new(
                    "Khá",
                    years([Some(50.1), Some(48.0), None, Some(45.1), Some(43.7), Some(42.0), Some(41.0), Some(37.5)]),
                ),
                Series::new(
                    "Trung bình",
                    years([Some(12.0), Some(10.7), None, Some(4.9), Some(1.1), Some(1.9), Some(1.0), None]),
                ),
            ],
            note: Some("Số liệu minh họa, trừ năm 2011.".to_owned()),
        }
    }
}
