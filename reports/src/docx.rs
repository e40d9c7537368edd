//! A paper as DOCX.
//!
//! Written by hand, as what docx-rs knows lacks the one thing that a long table needs: a head that Word repeats on each
//! page. The few elements that a paper takes are all here, in the order in which the standard has them (ECMA-376).

use std::fmt::Write as _;
use std::io::{Cursor, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

use crate::compose::{
    ADDRESSED, BELOW, Composed, INDENT, LEFT_COLUMN, LEFT_WIDTH, MARGINS_MM, MOTTO, NATION, PAGE_MM, Piece, RECEIVED,
    RIGHT_WIDTH, RULE, SEAL, SUBJECT_WIDTH, TEXT_WIDTH, compose, size,
};
use crate::error::{Error, Result};
use crate::face::Face;
use crate::grid::{ABOVE, Grid, Head, SIDE};
use crate::paper::{Align, Level, Paper};
use crate::xml::escape;

const TYPES: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">"#,
    r#"<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>"#,
    r#"<Default Extension="xml" ContentType="application/xml"/>"#,
    r#"<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>"#,
    r#"<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/>"#,
    r#"<Override PartName="/word/settings.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.settings+xml"/>"#,
    r#"<Override PartName="/word/header1.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"/>"#,
    r#"<Override PartName="/docProps/core.xml" ContentType="application/vnd.openxmlformats-package.core-properties+xml"/>"#,
    "</Types>"
);

const PACKAGE: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties" Target="docProps/core.xml"/>"#,
    "</Relationships>"
);

const PARTS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">"#,
    r#"<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/>"#,
    r#"<Relationship Id="rId2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/settings" Target="settings.xml"/>"#,
    r#"<Relationship Id="rId3" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/header" Target="header1.xml"/>"#,
    "</Relationships>"
);

/// Mode 15 is Word 2013 and later; without it Word opens the file as one of 2007.
const SETTINGS: &str = concat!(
    r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
    r#"<w:settings xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:compat>"#,
    r#"<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/>"#,
    "</w:compat></w:settings>"
);

const MAIN: &str = "http://schemas.openxmlformats.org/wordprocessingml/2006/main";

/// A paper as DOCX, set in Times New Roman.
///
/// # Errors
/// A text too long for its line, a table that no page holds, a fault in the library.
pub fn docx(paper: &Paper) -> Result<Vec<u8>> {
    let paper = compose(paper)?;
    let (document, styles, header, core) = (document(&paper), styles(), header(), core(&paper));
    let parts = [
        ("[Content_Types].xml", TYPES),
        ("_rels/.rels", PACKAGE),
        ("docProps/core.xml", &core),
        ("word/document.xml", &document),
        ("word/_rels/document.xml.rels", PARTS),
        ("word/styles.xml", &styles),
        ("word/settings.xml", SETTINGS),
        ("word/header1.xml", &header),
    ];
    let failed = |error: &dyn std::fmt::Display| Error::Format { format: "docx", reason: error.to_string() };
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // One fixed time, as the day of writing would change the bytes.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default())
        .unix_permissions(0o644);
    for (name, text) in parts {
        zip.start_file(name, options).map_err(|error| failed(&error))?;
        zip.write_all(text.as_bytes()).map_err(|error| failed(&error))?;
    }
    Ok(zip.finish().map_err(|error| failed(&error))?.into_inner())
}

/// Points as twentieths of a point.
fn twips(points: f32) -> i64 {
    (points * 20.0).round() as i64
}

fn mm(millimetres: f32) -> i64 {
    (millimetres * 1440.0 / 25.4).round() as i64
}

/// How a paragraph looks, beside its style.
#[derive(Debug, Clone, Copy, Default)]
struct Look {
    style: &'static str,
    align: Option<&'static str>,
    /// In points.
    size: Option<f32>,
    is_bold: bool,
    is_italic: bool,
    stays_with_next: bool,
    /// In points.
    before: f32,
    /// In points; the first line begins as much further left, if it hangs.
    left: f32,
    hanging: f32,
}

impl Look {
    const fn plain(style: &'static str) -> Self {
        Self {
            style,
            align: None,
            size: None,
            is_bold: false,
            is_italic: false,
            stays_with_next: false,
            before: 0.0,
            left: 0.0,
            hanging: 0.0,
        }
    }

    const fn centred(size: f32) -> Self {
        Self { align: Some("center"), size: Some(size), ..Self::plain("Plain") }
    }

    const fn bold(self) -> Self {
        Self { is_bold: true, ..self }
    }

    const fn italic(self) -> Self {
        Self { is_italic: true, ..self }
    }
}

/// A size, which the file has in half points.
fn sized(points: f32) -> String {
    let half = (points * 2.0).round() as i64;
    format!(r#"<w:sz w:val="{half}"/><w:szCs w:val="{half}"/>"#)
}

/// A paragraph. What it writes to is a `String`, which takes all that is written.
fn paragraph(out: &mut String, text: &str, look: Look) {
    let _ = write!(out, r#"<w:p><w:pPr><w:pStyle w:val="{}"/>"#, look.style);
    if look.stays_with_next {
        out.push_str("<w:keepNext/>");
    }
    if look.before > 0.0 {
        let _ = write!(out, r#"<w:spacing w:before="{}"/>"#, twips(look.before));
    }
    if look.left > 0.0 {
        let _ = write!(out, r#"<w:ind w:left="{}" w:hanging="{}"/>"#, twips(look.left), twips(look.hanging));
    }
    if let Some(align) = look.align {
        let _ = write!(out, r#"<w:jc w:val="{align}"/>"#);
    }
    // The mark at its end has a size too, which is all that an empty paragraph is high by.
    if let Some(size) = look.size.filter(|_| text.is_empty()) {
        let _ = write!(out, "<w:rPr>{}</w:rPr>", sized(size));
    }
    out.push_str("</w:pPr>");
    if !text.is_empty() {
        out.push_str("<w:r><w:rPr>");
        if look.is_bold {
            out.push_str("<w:b/><w:bCs/>");
        }
        if look.is_italic {
            out.push_str("<w:i/><w:iCs/>");
        }
        if let Some(size) = look.size {
            out.push_str(&sized(size));
        }
        out.push_str("</w:rPr>");
        for (place, line) in text.split('\n').enumerate() {
            if place > 0 {
                out.push_str("<w:br/>");
            }
            let _ = write!(out, r#"<w:t xml:space="preserve">{}</w:t>"#, escape(line));
        }
        out.push_str("</w:r>");
    }
    out.push_str("</w:p>");
}

/// A drawn line of a length, in the middle of a column: the upper border of a paragraph that is low and empty.
fn rule(out: &mut String, length: f32, width: f32) {
    // Under an empty text it would be a dot.
    if length <= 0.0 {
        return;
    }
    let side = twips((width - length) / 2.0);
    let _ = write!(
        out,
        concat!(
            r#"<w:p><w:pPr><w:pStyle w:val="Plain"/>"#,
            r#"<w:pBdr><w:top w:val="single" w:sz="4" w:space="0" w:color="000000"/></w:pBdr>"#,
            r#"<w:spacing w:before="40" w:after="0" w:line="80" w:lineRule="exact"/><w:ind w:left="{side}" w:right="{side}"/>"#,
            r#"</w:pPr></w:p>"#
        ),
        side = side
    );
}

fn document(paper: &Composed) -> String {
    let mut out = format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<w:document xmlns:w="{}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><w:body>"#
        ),
        MAIN
    );
    heading(&mut out, paper);
    addressees(&mut out, &paper.addressees);
    let last = paper.pieces.len();
    for (place, piece) in paper.pieces.iter().enumerate() {
        // The signature must not stand alone on its page.
        let stays_with_next = place + 1 == last;
        match piece {
            Piece::Heading(level, text) => {
                let style = match level {
                    Level::Part => "Heading2",
                    Level::Clause => "Heading3",
                    Level::Point => "Heading4",
                };
                paragraph(&mut out, text, Look::plain(style));
            }
            Piece::Paragraph(text) | Piece::Bullet(text) => {
                paragraph(&mut out, text, Look { stays_with_next, ..Look::plain("BodyText") });
            }
            Piece::Note(text) => {
                let look = Look { stays_with_next, size: Some(size::NOTE), ..Look::plain("BodyText") };
                paragraph(&mut out, text, look.italic());
            }
            Piece::Table(grid) => table(&mut out, grid),
        }
    }
    closing(&mut out, paper);
    let [top, right, bottom, left] = MARGINS_MM.map(mm);
    let _ = write!(
        out,
        concat!(
            r#"<w:sectPr><w:headerReference w:type="default" r:id="rId3"/><w:pgSz w:w="{width}" w:h="{height}"/>"#,
            r#"<w:pgMar w:top="{top}" w:right="{right}" w:bottom="{bottom}" w:left="{left}" w:header="567" w:footer="567" w:gutter="0"/>"#,
            r#"<w:titlePg/></w:sectPr></w:body></w:document>"#
        ),
        width = mm(PAGE_MM.0),
        height = mm(PAGE_MM.1),
        top = top,
        right = right,
        bottom = bottom,
        left = left
    );
    out
}

/// Two columns without borders: the frame of the heading and of the end.
fn two_columns(out: &mut String, rows: &[(String, String)]) {
    let (left, right) = (twips(LEFT_WIDTH), twips(RIGHT_WIDTH));
    let _ = write!(
        out,
        concat!(
            r#"<w:tbl><w:tblPr><w:tblW w:w="{all}" w:type="dxa"/><w:tblLayout w:type="fixed"/>"#,
            r#"<w:tblCellMar><w:left w:w="0" w:type="dxa"/><w:right w:w="0" w:type="dxa"/></w:tblCellMar></w:tblPr>"#,
            r#"<w:tblGrid><w:gridCol w:w="{left}"/><w:gridCol w:w="{right}"/></w:tblGrid>"#
        ),
        all = left + right,
        left = left,
        right = right
    );
    for (at_left, at_right) in rows {
        out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        for (width, text) in [(left, at_left), (right, at_right)] {
            let _ = write!(out, r#"<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/></w:tcPr>{text}</w:tc>"#);
        }
        out.push_str("</w:tr>");
    }
    out.push_str("</w:tbl>");
}

fn heading(out: &mut String, paper: &Composed) {
    // Set in the lines that the rule below them is measured by.
    let balanced = |text: &str, face: Face, size: f32, width: f32| {
        let lines = face.balanced(text, size, width);
        (lines.join("\n"), face.widest(&lines, size))
    };
    let (mut left, mut right) = (String::new(), String::new());
    // Keeps the texts off the right column, as the cells have no margins.
    let off = LEFT_WIDTH - LEFT_COLUMN;
    if let Some(superior) = &paper.superior {
        let (text, _) = balanced(superior, Face::Regular, size::ISSUER, LEFT_COLUMN - off);
        paragraph(&mut left, &text, Look::centred(size::ISSUER));
    }
    let (issuer, wide) = balanced(&paper.issuer, Face::Bold, size::ISSUER, LEFT_COLUMN - off);
    paragraph(&mut left, &issuer, Look::centred(size::ISSUER).bold());
    rule(&mut left, wide * RULE, LEFT_WIDTH);
    paragraph(&mut right, NATION, Look::centred(size::NATION).bold());
    paragraph(&mut right, MOTTO, Look::centred(size::MOTTO).bold());
    rule(&mut right, Face::Bold.width(MOTTO, size::MOTTO), RIGHT_WIDTH);
    let (mut number, mut dated) = (String::new(), String::new());
    paragraph(&mut number, &paper.number, Look { before: 4.0, ..Look::centred(size::NUMBER) });
    paragraph(&mut dated, &paper.dated, Look { before: 4.0, ..Look::centred(size::NUMBER).italic() });
    two_columns(out, &[(left, right), (number, dated)]);
    paragraph(out, &paper.kind, Look { before: 16.0, ..Look::plain("Title") });
    if !paper.subject.is_empty() {
        let (subject, wide) = balanced(&paper.subject, Face::Bold, size::BODY, SUBJECT_WIDTH);
        paragraph(out, &subject, Look::plain("Subtitle"));
        rule(out, wide * RULE, TEXT_WIDTH);
    }
    paragraph(out, "", Look { size: Some(size::RECIPIENT), ..Look::plain("Plain") });
}

fn addressees(out: &mut String, addressees: &[String]) {
    let body = Look::plain("Plain");
    match addressees {
        [] => return,
        [one] => paragraph(out, &format!("{ADDRESSED} {one}"), Look { align: Some("center"), ..body }),
        several => {
            paragraph(out, ADDRESSED, Look { left: 2.0 * INDENT, stays_with_next: true, ..body });
            for item in several {
                paragraph(out, &format!("- {item}"), Look { left: 4.0 * INDENT, ..body });
            }
        }
    }
    paragraph(out, "", Look { size: Some(size::RECIPIENT), ..body });
}

fn cell(out: &mut String, width: f32, properties: &str, text: &str, look: Look) {
    let _ = write!(out, r#"<w:tc><w:tcPr><w:tcW w:w="{}" w:type="dxa"/>{properties}</w:tcPr>"#, twips(width));
    paragraph(out, text, look);
    out.push_str("</w:tc>");
}

fn table(out: &mut String, grid: &Grid) {
    if let Some(caption) = &grid.caption {
        paragraph(out, caption, Look { stays_with_next: true, ..Look::plain("Caption") });
    }
    let _ = write!(
        out,
        concat!(
            r#"<w:tbl><w:tblPr><w:tblW w:w="{all}" w:type="dxa"/><w:tblBorders>"#,
            r#"<w:top w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:left w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#,
            r#"<w:bottom w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:right w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#,
            r#"<w:insideH w:val="single" w:sz="4" w:space="0" w:color="000000"/><w:insideV w:val="single" w:sz="4" w:space="0" w:color="000000"/>"#,
            r#"</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar>"#,
            r#"<w:top w:w="{above}" w:type="dxa"/><w:left w:w="{side}" w:type="dxa"/>"#,
            r#"<w:bottom w:w="{above}" w:type="dxa"/><w:right w:w="{side}" w:type="dxa"/></w:tblCellMar>"#,
            r#"<w:tblLook w:val="0020" w:firstRow="1" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>"#
        ),
        all = grid.widths.iter().copied().map(twips).sum::<i64>(),
        above = twips(ABOVE),
        side = twips(SIDE)
    );
    if let Some(caption) = &grid.caption {
        let _ = write!(out, r#"<w:tblCaption w:val="{}"/>"#, escape(&caption.replace('\n', " ")));
    }
    out.push_str("</w:tblPr><w:tblGrid>");
    for width in &grid.widths {
        let _ = write!(out, r#"<w:gridCol w:w="{}"/>"#, twips(*width));
    }
    out.push_str("</w:tblGrid>");
    let look = Look { size: Some(grid.size), ..Look::plain("TableText") };
    for row in 0..grid.head_rows {
        head_row(out, grid, row, Look { align: Some("center"), stays_with_next: true, ..look }.bold());
    }
    for row in &grid.rows {
        // A row may be cut between two lines only if no page holds it, which Word sees for itself.
        out.push_str("<w:tr><w:trPr><w:cantSplit/></w:trPr>");
        for (column, (_, text)) in row.cells.iter().enumerate() {
            let align = match grid.aligns.get(column) {
                Some(Align::Right) => "right",
                Some(Align::Centre) => "center",
                Some(Align::Left) | None => "left",
            };
            let look = Look { align: Some(align), is_bold: row.is_total, ..look };
            cell(out, grid.span(column, 1), "", text, look);
        }
        out.push_str("</w:tr>");
    }
    out.push_str("</w:tbl>");
    match &grid.note {
        Some(note) => paragraph(out, note, Look { size: Some(size::NOTE), before: BELOW, ..Look::plain("BodyText") }.italic()),
        // Keeps the table off what follows, be it another table.
        None => paragraph(out, "", Look { size: Some(size::RECIPIENT), ..Look::plain("Plain") }),
    }
}

/// A row of a table's head, which Word repeats on each page.
fn head_row(out: &mut String, grid: &Grid, row: usize, look: Look) {
    out.push_str("<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>");
    let middle = r#"<w:vAlign w:val="center"/>"#;
    let mut column = 0;
    while column < grid.widths.len() {
        let here = |head: &&Head| head.column == column && head.row <= row && row < head.row + head.rows;
        let Some(head) = grid.heads.iter().find(here) else {
            column += 1;
            continue;
        };
        let mut properties = String::new();
        if head.columns > 1 {
            let _ = write!(properties, r#"<w:gridSpan w:val="{}"/>"#, head.columns);
        }
        let is_continued = row > head.row;
        if is_continued {
            properties.push_str("<w:vMerge/>");
        } else if head.rows > 1 {
            properties.push_str(r#"<w:vMerge w:val="restart"/>"#);
        }
        properties.push_str(middle);
        cell(out, grid.span(column, head.columns), &properties, if is_continued { "" } else { &head.text }, look);
        column += head.columns;
    }
    out.push_str("</w:tr>");
}

fn closing(out: &mut String, paper: &Composed) {
    let (mut left, mut right) = (String::new(), String::new());
    if !paper.recipients.is_empty() {
        let look = Look { size: Some(size::RECIPIENTS), ..Look::plain("Plain") };
        paragraph(&mut left, RECEIVED, look.bold().italic());
        for item in &paper.recipients {
            paragraph(&mut left, &format!("- {item}"), Look { size: Some(size::RECIPIENT), ..Look::plain("Plain") });
        }
    }
    let look = Look::centred(size::BODY).bold();
    for text in paper.authority.iter().chain([&paper.post]).filter(|text| !text.is_empty()) {
        paragraph(&mut right, text, look);
    }
    if let Some(signer) = &paper.signer {
        paragraph(&mut right, signer, Look { before: SEAL, ..look });
    }
    // A cell holds at least one paragraph.
    for cell in [&mut left, &mut right] {
        if cell.is_empty() {
            paragraph(cell, "", Look::plain("Plain"));
        }
    }
    two_columns(out, &[(left, right)]);
    // Word wants a paragraph at the end; this one takes no room.
    out.push_str(concat!(
        r#"<w:p><w:pPr><w:pStyle w:val="Plain"/><w:spacing w:line="20" w:lineRule="exact"/>"#,
        r#"<w:rPr><w:sz w:val="2"/></w:rPr></w:pPr></w:p>"#
    ));
}

/// The page number, in the middle of the upper margin; the first page has none.
fn header() -> String {
    format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:hdr xmlns:w="{main}">"#,
            r#"<w:p><w:pPr><w:pStyle w:val="Plain"/><w:jc w:val="center"/></w:pPr><w:fldSimple w:instr=" PAGE ">"#,
            r#"<w:r><w:rPr>{sized}</w:rPr><w:t>2</w:t></w:r></w:fldSimple></w:p></w:hdr>"#
        ),
        main = MAIN,
        sized = sized(size::PAGE_NUMBER)
    )
}

fn styles() -> String {
    let (below, indent) = (twips(BELOW), twips(INDENT));
    let mut out = format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:styles xmlns:w="{main}"><w:docDefaults><w:rPrDefault><w:rPr>"#,
            r#"<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="Times New Roman" w:cs="Times New Roman"/>"#,
            r#"{body}<w:lang w:val="vi-VN" w:eastAsia="vi-VN" w:bidi="ar-SA"/></w:rPr></w:rPrDefault>"#,
            r#"<w:pPrDefault><w:pPr><w:spacing w:before="0" w:after="0" w:line="250" w:lineRule="auto"/></w:pPr></w:pPrDefault></w:docDefaults>"#,
            r#"<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/></w:style>"#
        ),
        main = MAIN,
        body = sized(size::BODY)
    );
    let mut style = |id: &str, name: &str, paragraph: &str, run: &str| {
        let _ = write!(
            out,
            concat!(
                r#"<w:style w:type="paragraph" w:styleId="{id}"><w:name w:val="{name}"/><w:basedOn w:val="Normal"/><w:qFormat/>"#,
                r#"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"#
            ),
            id = id,
            name = name,
            paragraph = paragraph,
            run = run
        );
    };
    let bold = "<w:b/><w:bCs/>";
    let centre = r#"<w:jc w:val="center"/>"#;
    let spaced = format!(r#"<w:spacing w:after="{below}"/><w:ind w:firstLine="{indent}"/>"#);
    style("Plain", "Plain", "", "");
    style("BodyText", "Body Text", &format!(r#"{spaced}<w:jc w:val="both"/>"#), "");
    style("Title", "Title", &format!("<w:keepNext/>{centre}<w:outlineLvl w:val=\"0\"/>"), bold);
    style("Subtitle", "Subtitle", &format!("<w:keepNext/>{centre}"), bold);
    for (level, run) in [(2, bold), (3, bold), (4, "")] {
        let paragraph = format!(r#"<w:keepNext/>{spaced}<w:outlineLvl w:val="{}"/>"#, level - 1);
        style(&format!("Heading{level}"), &format!("heading {level}"), &paragraph, run);
    }
    let caption = format!(r#"<w:keepNext/><w:spacing w:after="60"/>{centre}"#);
    style("Caption", "caption", &caption, &format!("{bold}{}", sized(size::NUMBER)));
    style("TableText", "Table Text", "", "");
    out.push_str("</w:styles>");
    out
}

fn core(paper: &Composed) -> String {
    let mut out = format!(
        concat!(
            r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?>"#,
            r#"<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" "#,
            r#"xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" "#,
            r#"xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>{title}</dc:title><dc:creator>{creator}</dc:creator>"#,
            r#"<dc:language>vi-VN</dc:language>"#
        ),
        title = escape(&paper.title()),
        creator = escape(&paper.issuer.replace('\n', " "))
    );
    if let Some(date) = paper.date {
        let day = date.format("%Y-%m-%dT00:00:00Z");
        for name in ["created", "modified"] {
            let _ = write!(out, r#"<dcterms:{name} xsi:type="dcterms:W3CDTF">{day}</dcterms:{name}>"#);
        }
    }
    out.push_str("</cp:coreProperties>");
    out
}
