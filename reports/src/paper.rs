//! The model of an official administrative paper, after Nghị định 30/2020/NĐ-CP, Appendix I (thể thức và kỹ thuật trình
//! bày văn bản hành chính).
//!
//! Texts are given as they are known; what the decree says of their looks is done when the paper is written: bodies and
//! posts in capitals, `Số:` before the number, zeros before small days and months, dashes, semicolons and the full stop
//! in lists, the numbering of headings. A new line in a text (`\n`) is one on the paper, where there is room for it.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::number::Decimal;

/// An official paper: a report, a plan, a dispatch.
///
/// The bodies, the kind, the subject and the signer's posts may be given in up to three lines.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Paper {
    /// The body above the one that issues the paper (cơ quan chủ quản trực tiếp): `UBND phường Kim Sơn`.
    #[serde(default)]
    pub superior_body: Option<String>,
    /// The body that issues the paper (cơ quan ban hành): `Trung tâm học tập cộng đồng`.
    pub issuing_body: String,
    /// The paper's number (số); room is left for it while there is none.
    #[serde(default)]
    pub number: Option<String>,
    /// The paper's symbol (ký hiệu): `BC-TTHTCĐ`.
    pub symbol: String,
    /// Where it is issued (địa danh): `Kim Sơn`.
    pub place: String,
    /// When it is issued; room is left for it while that is open.
    #[serde(default)]
    pub date: Option<NaiveDate>,
    /// The kind of paper (tên loại): `Báo cáo`.
    pub kind: String,
    /// What it is about (trích yếu nội dung).
    pub subject: String,
    /// To whom it goes (kính gửi); none for a paper to nobody in particular.
    #[serde(default)]
    pub addressees: Vec<String>,
    /// What it says.
    #[serde(default)]
    pub blocks: Vec<Block>,
    /// Who gets a copy (nơi nhận), the archive last: `Lưu: VT`.
    #[serde(default)]
    pub recipients: Vec<String>,
    /// Who signs it.
    pub signature: Signature,
}

/// Who signs a paper.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signature {
    /// On whose behalf (quyền hạn): `TM. Ban Giám đốc`, `KT. Giám đốc`.
    #[serde(default)]
    pub authority: Option<String>,
    /// The signer's post (chức vụ): `Giám đốc`.
    pub post: String,
    /// The signer's name (họ và tên); none while it is open who will sign.
    #[serde(default)]
    pub name: Option<String>,
}

/// A piece of what a paper says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// A heading, numbered by its place.
    Heading {
        /// How deep it stands.
        level: Level,
        /// Without its number.
        text: String,
    },
    /// A paragraph.
    Paragraph(String),
    /// An item of a list, after a dash.
    Bullet(String),
    /// A remark in italics: a source, what a number covers.
    Note(String),
    /// A table.
    Table(Table),
}

impl Block {
    /// A heading of the first level: `I.`
    pub fn part(text: impl Into<String>) -> Self {
        Self::Heading { level: Level::Part, text: text.into() }
    }

    /// A heading of the second level: `1.`
    pub fn clause(text: impl Into<String>) -> Self {
        Self::Heading { level: Level::Clause, text: text.into() }
    }

    /// A heading of the third level: `a)`
    pub fn point(text: impl Into<String>) -> Self {
        Self::Heading { level: Level::Point, text: text.into() }
    }

    /// A paragraph.
    pub fn paragraph(text: impl Into<String>) -> Self {
        Self::Paragraph(text.into())
    }

    /// An item of a list.
    pub fn bullet(text: impl Into<String>) -> Self {
        Self::Bullet(text.into())
    }

    /// A remark.
    pub fn note(text: impl Into<String>) -> Self {
        Self::Note(text.into())
    }
}

/// How deep a heading stands. The numbers of a level begin anew under each heading above it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// A part (phần): `I.`
    Part,
    /// A clause (khoản): `1.`
    Clause,
    /// A point (điểm): `a)`, in the order of the Vietnamese alphabet.
    Point,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// What stands above it.
    #[serde(default)]
    pub caption: Option<String>,
    /// Its columns.
    pub columns: Vec<Column>,
    /// Its rows. Cells that are missing at the end of a row are blank.
    pub rows: Vec<Row>,
    /// What stands below it, in italics.
    #[serde(default)]
    pub note: Option<String>,
}

/// A column of a table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Column {
    /// What stands at its head.
    pub head: String,
    /// What stands above that, over all neighbours with the same text: `Số lượt người` over `Tổng số` and `Nữ`.
    #[serde(default)]
    pub group: Option<String>,
    /// Where its cells stand.
    #[serde(default)]
    pub align: Align,
    /// Its width beside the others'. A column gets at least what its longest word needs, as far as there is room.
    pub width: u16,
}

/// Where the cells of a column stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Align {
    /// Left, for texts.
    #[default]
    Left,
    /// In the middle, for the running number.
    Centre,
    /// Right, for numbers.
    Right,
}

impl Column {
    /// A column of running numbers.
    pub fn order(head: impl Into<String>) -> Self {
        Self { head: head.into(), group: None, align: Align::Centre, width: 6 }
    }

    /// A column of texts.
    pub fn text(head: impl Into<String>) -> Self {
        Self { head: head.into(), group: None, align: Align::Left, width: 46 }
    }

    /// A column of numbers.
    pub fn number(head: impl Into<String>) -> Self {
        Self { head: head.into(), group: None, align: Align::Right, width: 13 }
    }

    /// The column under a head that it shares with its neighbours.
    #[must_use]
    pub fn under(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// The column with another width.
    #[must_use]
    pub fn wide(mut self, width: u16) -> Self {
        self.width = width;
        self
    }
}

/// A row of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Row {
    /// Its cells, from the left.
    pub cells: Vec<Cell>,
    /// Whether it sums up others; it is bold then.
    #[serde(default)]
    pub is_total: bool,
}

impl Row {
    /// A row.
    pub fn new(cells: Vec<Cell>) -> Self {
        Self { cells, is_total: false }
    }

    /// A row that sums up.
    pub fn total(cells: Vec<Cell>) -> Self {
        Self { cells, is_total: true }
    }
}

/// A cell of a table.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cell {
    /// Nothing was reported. Stays blank; never a zero.
    #[default]
    Blank,
    /// A text.
    Text(String),
    /// A number.
    Number(Decimal),
    /// A percentage: 55.2 for 55.2 %.
    Percent(Decimal),
    /// An amount of money in đồng; the head of its column says so.
    Money(i64),
}

impl Cell {
    /// A text.
    pub fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// A whole number, or blank.
    pub fn whole(number: impl Into<Option<i64>>) -> Self {
        number.into().map_or(Self::Blank, |number| Self::Number(Decimal::whole(number)))
    }

    /// A number with decimals, or blank.
    pub fn decimal(number: impl Into<Option<Decimal>>) -> Self {
        number.into().map_or(Self::Blank, Self::Number)
    }

    /// A percentage, or blank.
    pub fn percent(number: impl Into<Option<Decimal>>) -> Self {
        number.into().map_or(Self::Blank, Self::Percent)
    }

    /// An amount in đồng, or blank.
    pub fn money(dong: impl Into<Option<i64>>) -> Self {
        dong.into().map_or(Self::Blank, Self::Money)
    }
}
