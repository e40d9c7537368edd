//! The letters that papers are set in: how wide they are, and where a line of them ends.
//!
//! They have the widths of Times New Roman, which DOCX names, so that what is measured here holds there too.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A cut of the typeface.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Face {
    Regular,
    Bold,
    Italic,
    BoldItalic,
}

impl Face {
    pub(crate) const ALL: [Self; 4] = [Self::Regular, Self::Bold, Self::Italic, Self::BoldItalic];

    /// The font file.
    pub(crate) const fn data(self) -> &'static [u8] {
        match self {
            Self::Regular => include_bytes!("../fonts/PaperSerif-Regular.ttf"),
            Self::Bold => include_bytes!("../fonts/PaperSerif-Bold.ttf"),
            Self::Italic => include_bytes!("../fonts/PaperSerif-Italic.ttf"),
            Self::BoldItalic => include_bytes!("../fonts/PaperSerif-BoldItalic.ttf"),
        }
    }

    fn letters(self) -> &'static HashMap<char, Letter> {
        static LETTERS: LazyLock<[HashMap<char, Letter>; 4]> = LazyLock::new(|| Face::ALL.map(read));
        match self {
            Self::Regular => &LETTERS[0],
            Self::Bold => &LETTERS[1],
            Self::Italic => &LETTERS[2],
            Self::BoldItalic => &LETTERS[3],
        }
    }

    /// The letter for a character; a white square for one that the typeface does not have.
    pub(crate) fn letter(self, c: char) -> Letter {
        let letters = self.letters();
        // A mark that the typeface lacks would stand beside its letter as a square: the square is all one can do.
        letters.get(&c).or_else(|| letters.get(&MISSING)).copied().unwrap_or_default()
    }

    /// How wide a text is at a size, in the unit of the size.
    pub(crate) fn width(self, text: &str, size: f32) -> f32 {
        text.chars().map(|c| self.letter(c).advance).sum::<f32>() * size
    }

    /// The lines of a text that are at most so wide, the first one by `indent` less. Lines end at blanks and where the
    /// text says so; a word that is longer than a line is cut.
    pub(crate) fn lines(self, text: &str, size: f32, width: f32, indent: f32) -> Vec<String> {
        let mut lines = Vec::new();
        let blank = self.width(" ", size);
        // A narrower line would hold no letter at all.
        let (narrowest, mut room) = (size, (width - indent).max(size));
        for paragraph in text.split('\n') {
            let (mut line, mut used) = (String::new(), 0.0);
            for word in paragraph.split(' ').filter(|word| !word.is_empty()) {
                let wide = self.width(word, size);
                if !line.is_empty() && used + blank + wide <= room {
                    line.push(' ');
                    line.push_str(word);
                    used += blank + wide;
                    continue;
                }
                if !line.is_empty() {
                    lines.push(std::mem::take(&mut line));
                    room = width.max(narrowest);
                }
                used = 0.0;
                if wide <= room {
                    line.push_str(word);
                    used = wide;
                    continue;
                }
                for c in word.chars() {
                    let wide = self.letter(c).advance * size;
                    if used + wide > room && !line.is_empty() {
                        lines.push(std::mem::take(&mut line));
                        (room, used) = (width.max(narrowest), 0.0);
                    }
                    line.push(c);
                    used += wide;
                }
            }
            lines.push(line);
            room = width.max(narrowest);
        }
        lines
    }

    /// In as few lines as `lines` makes, but with no short last one below a long line.
    pub(crate) fn balanced(self, text: &str, size: f32, width: f32) -> Vec<String> {
        let mut lines = self.lines(text, size, width, 0.0);
        let is_short = |lines: &[String]| {
            lines.len() > 1 && lines.last().is_some_and(|last| self.width(last, size) < self.widest(lines, size) / 2.0)
        };
        let mut narrower = width;
        while is_short(&lines) {
            narrower -= size / 2.0;
            let next = self.lines(text, size, narrower, 0.0);
            if next.len() > lines.len() || self.widest(&next, size) > narrower {
                break;
            }
            lines = next;
        }
        lines
    }

    /// How wide the widest of some lines is.
    pub(crate) fn widest(self, lines: &[String], size: f32) -> f32 {
        lines.iter().map(|line| self.width(line, size)).fold(0.0, f32::max)
    }
}

/// What stands for a character that the typeface does not have.
pub(crate) const MISSING: char = '□';

/// A letter of a face: its place in the file, and how far it goes in parts of the size.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Letter {
    pub(crate) glyph: u16,
    pub(crate) advance: f32,
}

fn read(face: Face) -> HashMap<char, Letter> {
    let mut letters = HashMap::new();
    // The files are compiled in, and a test reads them; a face that cannot be read has no letters.
    let Ok(font) = ttf_parser::Face::parse(face.data(), 0) else { return letters };
    let em = f32::from(font.units_per_em());
    for subtable in font.tables().cmap.into_iter().flat_map(|cmap| cmap.subtables).filter(ttf_parser::cmap::Subtable::is_unicode)
    {
        subtable.codepoints(|code| {
            let letter = char::from_u32(code).zip(subtable.glyph_index(code));
            if let Some((c, glyph)) = letter {
                let advance = f32::from(font.glyph_hor_advance(glyph).unwrap_or_default()) / em;
                letters.insert(c, Letter { glyph: glyph.0, advance });
            }
        });
    }
    letters
}

#[cfg(test)]
mod tests {
    use super::*;

    const VIETNAMESE: &str = "aàảãáạăằẳẵắặâầẩẫấậbcdđeèẻẽéẹêềểễếệghiìỉĩíịklmnoòỏõóọôồổỗốộơờởỡớợpqrstuùủũúụưừửữứựvxyỳỷỹýỵ";

    #[test]
    fn every_face_has_every_vietnamese_letter() {
        for face in Face::ALL {
            let capitals = VIETNAMESE.to_uppercase();
            for c in VIETNAMESE.chars().chain(capitals.chars()).chain("0123456789 \u{a0}.,;:-–“”‘’()/%₫&<>\"+×□".chars())
            {
                assert!(face.letters().contains_key(&c), "{face:?} lacks {c}");
            }
        }
    }

    #[test]
    fn widths_are_those_of_times_new_roman() {
        assert!((Face::Regular.width("n", 2048.0) - 1024.0).abs() < 0.5);
        assert!((Face::Bold.width("A", 2048.0) - 1479.0).abs() < 0.5);
        assert_eq!(Face::Regular.letter('漢'), Face::Regular.letter(MISSING));
    }

    #[test]
    fn lines_end_at_blanks_and_long_words_are_cut() {
        let face = Face::Regular;
        let lines = face.lines("Trung tâm học tập cộng đồng", 12.0, 70.0, 0.0);
        assert_eq!(lines.join(" "), "Trung tâm học tập cộng đồng");
        assert!(lines.len() > 1 && lines.iter().all(|line| face.width(line, 12.0) <= 70.0));
        let word = "x".repeat(1000);
        let lines = face.lines(&word, 12.0, 70.0, 20.0);
        assert_eq!(lines.concat(), word);
        assert!(lines.iter().all(|line| face.width(line, 12.0) <= 70.0));
        assert!(face.width(&lines[0], 12.0) <= 50.0);
        let issuer = "TRUNG TÂM HỌC TẬP CỘNG ĐỒNG";
        assert_eq!(Face::Bold.lines(issuer, 12.0, 190.0, 0.0), ["TRUNG TÂM HỌC TẬP CỘNG", "ĐỒNG"]);
        assert_eq!(Face::Bold.balanced(issuer, 12.0, 190.0), ["TRUNG TÂM HỌC TẬP", "CỘNG ĐỒNG"]);
        assert_eq!(face.lines("a\n\nb", 12.0, 70.0, 0.0), ["a", "", "b"]);
        assert_eq!(face.lines("", 12.0, 70.0, 0.0), [""]);
        assert_eq!(face.lines("ab", 12.0, 0.0, 0.0).concat(), "ab");
    }
}
