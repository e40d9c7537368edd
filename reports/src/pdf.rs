//! A paper as PDF: archivable and accessible (PDF/A-2a, once it has a date), text that can be searched and copied, fonts
//! cut down to the letters used.
//!
//! [`layout`] decides where each line stands, [`Pages`] is what comes out of it, and `draw` hands that to krilla.

mod layout;

use std::collections::HashMap;
use std::num::{NonZeroU16, NonZeroU32};

use chrono::Datelike;
use krilla::SerializeSettings;
use krilla::configure::{Configuration, Validator};
use krilla::geom::{PathBuilder, Point};
use krilla::metadata::{DateTime, Metadata};
use krilla::outline::{Outline, OutlineNode};
use krilla::page::PageSettings;
use krilla::paint::{Fill, Stroke};
use krilla::tagging::{
    ArtifactType, ContentTag, Identifier, ListNumbering, SpanTag, TableHeaderScope, Tag, TagGroup, TagKind, TagTree,
};
use krilla::text::{Font, GlyphId, KrillaGlyph};

use crate::compose::{Composed, PAGE_MM, POINTS_PER_MM, compose};
use crate::error::{Error, Result};
use crate::face::Face;
use crate::paper::Paper;

/// What the parts of the paper are to whoever hears it read instead of seeing it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Role {
    Paper,
    Paragraph,
    Title,
    Heading(u16),
    List,
    Item,
    Body,
    Table,
    TableHead,
    TableBody,
    Row,
    HeadCell { columns: usize, rows: usize },
    Cell,
}

/// A part of the paper and what belongs to it, in the order of reading.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Node {
    pub(crate) role: Role,
    pub(crate) children: Vec<Child>,
}

/// What belongs to a part.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Child {
    /// Another part.
    Node(usize),
    /// A line: the page it stands on, and its place there.
    Line(usize, usize),
}

/// A line of text on a page.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Line {
    pub(crate) x: f32,
    /// From the top of the page to the foot of the letters.
    pub(crate) y: f32,
    pub(crate) face: Face,
    pub(crate) size: f32,
    pub(crate) text: String,
    /// By how much each blank is wider.
    pub(crate) stretch: f32,
    /// Whether it belongs to a part; page numbers and repeated heads do not.
    pub(crate) is_content: bool,
}

/// A drawn line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Rule {
    pub(crate) from: (f32, f32),
    pub(crate) to: (f32, f32),
    pub(crate) width: f32,
}

/// A page.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Page {
    pub(crate) lines: Vec<Line>,
    pub(crate) rules: Vec<Rule>,
}

/// A paper laid out.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pages {
    pub(crate) pages: Vec<Page>,
    /// The first one is the paper itself.
    pub(crate) nodes: Vec<Node>,
}

/// A paper as PDF.
///
/// A character that the fonts lack is shown as a white square; it can still be copied.
///
/// # Errors
/// A text too long for its line, a table that no page holds, a fault in the library.
pub fn pdf(paper: &Paper) -> Result<Vec<u8>> {
    let paper = compose(paper)?;
    let pages = layout::lay_out(&paper);
    draw(&paper, &pages)
}

fn failed(reason: impl std::fmt::Debug) -> Error {
    Error::Format { format: "pdf", reason: format!("{reason:?}") }
}

fn draw(paper: &Composed, laid: &Pages) -> Result<Vec<u8>> {
    // An archive's PDF has a date, and a draft none that is true: it is tagged all the same, but nobody archives it.
    let validator = if paper.date.is_some() { Validator::A2_A } else { Validator::None };
    let settings = SerializeSettings {
        configuration: Configuration::new_with_validator(validator),
        enable_tagging: true,
        ..SerializeSettings::default()
    };
    let mut document = krilla::Document::new_with(settings);
    let mut fonts: HashMap<Face, Font> = HashMap::new();
    for face in Face::ALL {
        fonts.insert(face, Font::new(face.data().into(), 0).ok_or_else(|| failed("a font cannot be read"))?);
    }
    let (width, height) = (PAGE_MM.0 * POINTS_PER_MM, PAGE_MM.1 * POINTS_PER_MM);
    let page_settings = || PageSettings::from_wh(width, height).ok_or_else(|| failed("the size of the page"));
    let mut identifiers: Vec<Vec<Option<Identifier>>> = Vec::with_capacity(laid.pages.len());
    for laid_page in &laid.pages {
        let mut page = document.start_page_with(page_settings()?);
        let mut surface = page.surface();
        surface.start_tagged(ContentTag::Artifact(ArtifactType::Other));
        surface.set_fill(None);
        for rule in &laid_page.rules {
            surface.set_stroke(Some(Stroke { width: rule.width, ..Stroke::default() }));
            let mut path = PathBuilder::new();
            path.move_to(rule.from.0, rule.from.1);
            path.line_to(rule.to.0, rule.to.1);
            if let Some(path) = path.finish() {
                surface.draw_path(&path);
            }
        }
        surface.end_tagged();
        surface.set_stroke(None);
        surface.set_fill(Some(Fill::default()));
        let mut on_page = Vec::with_capacity(laid_page.lines.len());
        for line in &laid_page.lines {
            let tag =
                if line.is_content { ContentTag::Span(SpanTag::empty()) } else { ContentTag::Artifact(ArtifactType::Other) };
            let identifier = surface.start_tagged(tag);
            if let Some(font) = fonts.get(&line.face) {
                let point = Point::from_xy(line.x, line.y);
                surface.draw_glyphs(point, &glyphs(line), font.clone(), &line.text, line.size, false);
            }
            surface.end_tagged();
            on_page.push(line.is_content.then_some(identifier));
        }
        surface.finish();
        page.finish();
        identifiers.push(on_page);
    }
    let mut tree = TagTree::new();
    for child in laid.nodes.first().map(|paper| paper.children.as_slice()).unwrap_or_default() {
        if let Child::Node(node) = child
            && let Some(group) = group(laid, *node, &identifiers)
        {
            tree.push(group);
        }
    }
    document.set_tag_tree(tree);
    document.set_outline(outline(laid));
    document.set_metadata(metadata(paper));
    document.finish().map_err(failed)
}

fn glyphs(line: &Line) -> Vec<KrillaGlyph> {
    line.text
        .char_indices()
        .map(|(at, c)| {
            let letter = line.face.letter(c);
            let stretch = if c == ' ' { line.stretch / line.size } else { 0.0 };
            let range = at..at + c.len_utf8();
            KrillaGlyph::new(GlyphId::new(u32::from(letter.glyph)), letter.advance + stretch, 0.0, 0.0, 0.0, range, None)
        })
        .collect()
}

/// The text of a part, for the outline and the titles of headings.
fn text(laid: &Pages, node: &Node) -> String {
    let lines = node.children.iter().filter_map(|child| match child {
        Child::Line(page, line) => laid.pages.get(*page).and_then(|page| page.lines.get(*line)),
        Child::Node(_) => None,
    });
    lines.map(|line| line.text.as_str()).collect::<Vec<_>>().join(" ")
}

fn span(count: usize) -> Option<NonZeroU32> {
    // One is what a cell spans without saying so.
    if count > 1 { u32::try_from(count).ok().and_then(NonZeroU32::new) } else { None }
}

fn group(laid: &Pages, node: usize, identifiers: &[Vec<Option<Identifier>>]) -> Option<TagGroup> {
    let node = laid.nodes.get(node)?;
    let kind: TagKind = match node.role {
        Role::Paper => Tag::Section.into(),
        Role::Paragraph => Tag::P.into(),
        Role::Title => Tag::Hn(NonZeroU16::MIN, Some(text(laid, node))).into(),
        Role::Heading(level) => Tag::Hn(NonZeroU16::new(level)?, Some(text(laid, node))).into(),
        Role::List => Tag::L(ListNumbering::None).into(),
        Role::Item => Tag::LI.into(),
        Role::Body => Tag::LBody.into(),
        Role::Table => Tag::Table.into(),
        Role::TableHead => Tag::THead.into(),
        Role::TableBody => Tag::TBody.into(),
        Role::Row => Tag::TR.into(),
        Role::HeadCell { columns, rows } => {
            Tag::TH(TableHeaderScope::Column).with_col_span(span(columns)).with_row_span(span(rows)).into()
        }
        Role::Cell => Tag::TD.into(),
    };
    let mut group = TagGroup::new(kind);
    for child in &node.children {
        match child {
            Child::Node(node) => {
                if let Some(child) = self::group(laid, *node, identifiers) {
                    group.push(child);
                }
            }
            Child::Line(page, line) => {
                if let Some(identifier) = identifiers.get(*page).and_then(|page| page.get(*line)).copied().flatten() {
                    group.push(identifier);
                }
            }
        }
    }
    Some(group)
}

/// The headings, to leap to.
fn outline(laid: &Pages) -> Outline {
    let mut outline = Outline::new();
    for node in &laid.nodes {
        if !matches!(node.role, Role::Title | Role::Heading(2)) {
            continue;
        }
        let first = node.children.iter().find_map(|child| match child {
            Child::Line(page, line) => laid.pages.get(*page).and_then(|on| on.lines.get(*line)).map(|line| (*page, line)),
            Child::Node(_) => None,
        });
        if let Some((page, line)) = first {
            let point = Point::from_xy(line.x, line.y - line.size);
            let destination = krilla::destination::XyzDestination::new(page, point);
            outline.push_child(OutlineNode::new(text(laid, node), destination));
        }
    }
    outline
}

fn metadata(paper: &Composed) -> Metadata {
    let mut metadata =
        Metadata::new().title(paper.title()).language("vi-VN".to_owned()).authors(vec![paper.issuer.replace('\n', " ")]);
    // The date of the paper, never the day it was written out: that would change its bytes.
    if let Some(date) = paper.date {
        let (year, month, day) = (u16::try_from(date.year()).unwrap_or_default(), date.month() as u8, date.day() as u8);
        metadata = metadata.creation_date(DateTime::new(year).month(month).day(day));
    }
    metadata
}
