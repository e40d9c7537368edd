//! What the bytes of a file are, whatever its name and its sender say.

use std::io::{Cursor, Read};

use file_format::FileFormat;
use sha2::{Digest, Sha256};

use super::{File, MediaType};
use crate::Coded;
use crate::problem::{Code, Fault, Problem, Result};
use crate::text::Label;

/// How much is unpacked of the one part of an office document that says what it is.
const LONGEST_PART: u64 = 1024 * 1024;

/// SHA-256 over bytes, in hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

/// Checks the bytes of a whole file: those that were announced, and of the media type that was announced.
/// `hash` is the SHA-256 over them.
///
/// # Errors
/// `rule_broken`.
pub fn check(file: &File, bytes: &[u8], hash: &str) -> Result<()> {
    if let Some(announced) = file.sha256.as_ref().filter(|announced| *announced != hash) {
        return Err(refused(
            "sha256_differs",
            Label::new(
                format!("SHA-256 của các byte nhận được là {hash}, khác giá trị khai báo {announced}."),
                format!("SHA-256 over the bytes that arrived is {hash}, and {announced} was announced."),
            ),
        ));
    }
    if is(file.media_type, bytes) {
        return Ok(());
    }
    let (wanted, found) = (file.media_type.label(), FileFormat::from(bytes));
    let found = if found == FileFormat::ArbitraryBinaryData { None } else { Some(found.name()) };
    let taken = MediaType::ALL.iter().map(|kind| format!(".{}", kind.endings()[0])).collect::<Vec<_>>().join(", ");
    Err(refused(
        "content_differs",
        Label::new(
            format!(
                "Nội dung tệp không phải là {}{}. Nội dung phải đúng với loại và đuôi tệp đã khai báo; các loại được nhận: {taken}.",
                wanted.vi,
                found.map(|name| format!(" mà có vẻ là {name}")).unwrap_or_default(),
            ),
            format!(
                "The content is not that of a {}{}. It has to be of the announced type and ending; these are taken: {taken}.",
                wanted.en,
                found.map(|name| format!("; it looks like {name}")).unwrap_or_default(),
            ),
        ),
    ))
}

fn refused(rule: &'static str, detail: Label) -> Problem {
    Problem { faults: vec![Fault::body("", rule, detail)], ..Problem::new(Code::RuleBroken) }
        .detail("Tệp đã bị xóa, chưa có gì được lưu.", "The file was removed, nothing of it is kept.")
}

/// Whether bytes are of a media type.
fn is(media_type: MediaType, bytes: &[u8]) -> bool {
    let format = FileFormat::from(bytes);
    match media_type {
        MediaType::Pdf => format == FileFormat::PortableDocumentFormat,
        MediaType::Jpeg => format == FileFormat::JointPhotographicExpertsGroup,
        MediaType::Png => {
            matches!(format, FileFormat::PortableNetworkGraphics | FileFormat::AnimatedPortableNetworkGraphics)
        }
        MediaType::Webp => format == FileFormat::Webp,
        MediaType::Mp4 => format == FileFormat::Mpeg4Part14,
        MediaType::Docx => is_office_open(bytes, "wordprocessingml.document.main+xml"),
        MediaType::Xlsx => is_office_open(bytes, "spreadsheetml.sheet.main+xml"),
        MediaType::Odt | MediaType::Ods => is_open_document(bytes, media_type.code()),
        MediaType::Text | MediaType::Csv => is_text(bytes),
    }
}

/// Text in UTF-8 without control characters, that a browser would not take for markup.
fn is_text(bytes: &[u8]) -> bool {
    let Ok(text) = std::str::from_utf8(bytes) else { return false };
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let is_plain = |c: char| !c.is_control() || matches!(c, '\n' | '\r' | '\t' | '\u{c}');
    text.chars().all(is_plain) && !text.trim_start().starts_with('<')
}

/// An archive that begins with its first part and has no more parts than the short form of the format counts (65,535): what is
/// kept of each while reading would otherwise be more than the file itself.
fn archive(bytes: &[u8]) -> Option<zip::ZipArchive<Cursor<&[u8]>>> {
    const LONG_FORM: &[u8] = b"PK\x06\x07";
    let end = &bytes[bytes.len().saturating_sub(66_000)..];
    let is_long = end.windows(LONG_FORM.len()).any(|four| four == LONG_FORM);
    if !bytes.starts_with(b"PK\x03\x04") || is_long {
        return None;
    }
    zip::ZipArchive::new(Cursor::new(bytes)).ok()
}

/// A part of an archive, as text, if it is there and not too long.
fn part(archive: &mut zip::ZipArchive<Cursor<&[u8]>>, name: &str) -> Option<String> {
    let mut text = String::new();
    let length = archive.by_name(name).ok()?.take(LONGEST_PART + 1).read_to_string(&mut text).ok()?;
    (length as u64 <= LONGEST_PART).then_some(text)
}

/// An Office Open XML document (ECMA-376) whose main part is this one, without macros.
fn is_office_open(bytes: &[u8], main: &str) -> bool {
    let Some(mut archive) = archive(bytes) else { return false };
    let has_macros = archive.file_names().any(|name| name.map_or(true, |name| name.ends_with("vbaProject.bin")));
    let types = part(&mut archive, "[Content_Types].xml");
    !has_macros && types.is_some_and(|types| types.contains(main))
}

/// An OpenDocument file (ISO/IEC 26300), which says in its first part what it is.
fn is_open_document(bytes: &[u8], media_type: &str) -> bool {
    archive(bytes).and_then(|mut archive| part(&mut archive, "mimetype")).is_some_and(|found| found.trim() == media_type)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use zip::ZipWriter;
    use zip::write::SimpleFileOptions;

    fn zipped(parts: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in parts {
            writer.start_file(*name, SimpleFileOptions::default()).unwrap();
            writer.write_all(text.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    fn types(main: &str) -> String {
        format!("<Types><Override PartName=\"/main.xml\" ContentType=\"application/vnd.{main}\"/></Types>")
    }

    /// One of each kind, as its programs write it.
    fn samples() -> Vec<(MediaType, Vec<u8>)> {
        let word = types("openxmlformats-officedocument.wordprocessingml.document.main+xml");
        let sheet = types("openxmlformats-officedocument.spreadsheetml.sheet.main+xml");
        vec![
            (MediaType::Pdf, b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n".to_vec()),
            (MediaType::Jpeg, b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01".to_vec()),
            (MediaType::Png, b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
            (MediaType::Webp, b"RIFF\x24\0\0\0WEBPVP8 ".to_vec()),
            (MediaType::Mp4, b"\0\0\0\x20ftypisom\0\0\x02\0isomiso2avc1mp41".to_vec()),
            // As LibreOffice orders the parts, and as Word does.
            (MediaType::Docx, zipped(&[("_rels/.rels", ""), ("word/document.xml", ""), ("[Content_Types].xml", &word)])),
            (MediaType::Xlsx, zipped(&[("[Content_Types].xml", &sheet), ("xl/workbook.xml", "")])),
            (MediaType::Odt, zipped(&[("mimetype", MediaType::Odt.code()), ("content.xml", "")])),
            (MediaType::Ods, zipped(&[("mimetype", MediaType::Ods.code()), ("content.xml", "")])),
            (MediaType::Text, "\u{feff}Biên bản họp ngày 12/01/2018.\r\n".into()),
            (MediaType::Csv, "tên,số\nKim Sơn,70\n".into()),
        ]
    }

    #[test]
    fn each_kind_is_known_by_its_bytes_and_taken_for_no_other() {
        let samples = samples();
        assert_eq!(samples.iter().map(|(kind, _)| *kind).collect::<Vec<_>>().len(), MediaType::ALL.len());
        for (kind, bytes) in &samples {
            for other in MediaType::ALL {
                let is_both_text =
                    [MediaType::Text, MediaType::Csv].contains(kind) && [MediaType::Text, MediaType::Csv].contains(other);
                assert_eq!(is(*other, bytes), other == kind || is_both_text, "{kind} as {other}");
            }
        }
    }

    #[test]
    fn programs_pages_and_archives_are_nothing_that_is_taken() {
        let macros = types("ms-word.document.macroEnabled.main+xml");
        let word = types("openxmlformats-officedocument.wordprocessingml.document.main+xml");
        let foreign: Vec<(&str, Vec<u8>)> = vec![
            ("a Windows program", b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xff\xff\0\0".to_vec()),
            (
                "a Windows program that ends as an archive",
                [b"MZ\x90\0".as_slice(), &zipped(&[("[Content_Types].xml", &word)])].concat(),
            ),
            ("a Linux program", b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0".to_vec()),
            ("a page", b"<!DOCTYPE html><script>alert(1)</script>".to_vec()),
            ("a page after blanks", b"\xef\xbb\xbf \n\t<ScRiPt>alert(1)</script>".to_vec()),
            ("a picture with scripts", b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>".to_vec()),
            ("an archive", zipped(&[("evil.exe", "MZ")])),
            ("an archive of Java", zipped(&[("META-INF/MANIFEST.MF", ""), ("A.class", "")])),
            ("a document with macros by its type", zipped(&[("[Content_Types].xml", &macros), ("word/document.xml", "")])),
            ("a document with macros by its parts", zipped(&[("[Content_Types].xml", &word), ("word/vbaProject.bin", "")])),
            ("a document of old", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0\0\0".to_vec()),
            ("half an archive", zipped(&[("[Content_Types].xml", &word)])[..40].to_vec()),
            ("bytes", (0..=255).collect()),
            ("text in another code", b"Bi\xean b\xb6n".to_vec()),
            ("nothing", vec![]),
        ];
        for (what, bytes) in &foreign {
            for kind in MediaType::ALL {
                let is_nothing = bytes.is_empty() && [MediaType::Text, MediaType::Csv].contains(kind);
                assert_eq!(is(*kind, bytes), is_nothing, "{what} as {kind}");
            }
        }
    }

    #[test]
    fn what_says_what_a_document_is_unpacks_to_no_more_than_it_may() {
        let long = "x".repeat(usize::try_from(LONGEST_PART).unwrap());
        let bomb = zipped(&[("[Content_Types].xml", &format!("{long}wordprocessingml.document.main+xml"))]);
        assert!(bomb.len() < 10_000 && !is(MediaType::Docx, &bomb));
    }

    #[test]
    fn any_bytes_are_judged_without_a_panic() {
        use proptest::prelude::*;
        let (_, document) = samples().remove(5);
        proptest!(|(at in 0..document.len(), byte: u8, cut in 0..document.len())| {
            let mut bytes = document.clone();
            bytes[at] = byte;
            for kind in MediaType::ALL {
                is(*kind, &bytes);
                is(*kind, &bytes[..cut]);
                is(*kind, &bytes[cut..]);
            }
        });
    }
}
