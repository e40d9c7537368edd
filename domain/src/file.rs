//! Files that belong to a centre: what may be uploaded, how a piece joins what is there, what they are called.
//!
//! The bytes lie in a store outside the database; what they must look like says [`check_content`].

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::id::{CentreId, FileId};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::text::{Label, tidy};
use crate::user::named;

mod content;

pub use content::{check as check_content, sha256};

/// The largest file, in bytes: 25 MiB hold a scanned report of a hundred pages or a short clip.
pub const LARGEST: i64 = 25 * 1024 * 1024;
/// The smallest piece of an upload, but for the last one: a file in pieces of one byte would be a million records.
pub const SMALLEST_PIECE: i64 = 16 * 1024;
/// For how long an upload may be taken up again.
pub const UPLOAD_LASTS: TimeDelta = TimeDelta::hours(24);
/// For how long a link is good.
pub const LINK_LASTS: TimeDelta = TimeDelta::minutes(15);
/// After this time an object that no record names is taken for left over. Its record may be on its way, for seconds; or somebody
/// restored a database that is too old, and has time to notice.
pub const LEFT_OVER_AFTER: TimeDelta = TimeDelta::days(7);

coded! {
    /// What a file holds. Nothing else is taken in.
    pub enum MediaType in "media_type" {
        /// `.pdf`
        Pdf = "application/pdf" ("tài liệu PDF", "PDF document"),
        /// `.docx`
        Docx = "application/vnd.openxmlformats-officedocument.wordprocessingml.document" ("văn bản Word (.docx)", "Word document (.docx)"),
        /// `.xlsx`
        Xlsx = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet" ("bảng tính Excel (.xlsx)", "Excel workbook (.xlsx)"),
        /// `.odt`
        Odt = "application/vnd.oasis.opendocument.text" ("văn bản OpenDocument (.odt)", "OpenDocument text (.odt)"),
        /// `.ods`
        Ods = "application/vnd.oasis.opendocument.spreadsheet" ("bảng tính OpenDocument (.ods)", "OpenDocument spreadsheet (.ods)"),
        /// `.jpg`, `.jpeg`
        Jpeg = "image/jpeg" ("ảnh JPEG", "JPEG picture"),
        /// `.png`
        Png = "image/png" ("ảnh PNG", "PNG picture"),
        /// `.webp`
        Webp = "image/webp" ("ảnh WebP", "WebP picture"),
        /// `.mp4`
        Mp4 = "video/mp4" ("phim MP4", "MP4 video"),
        /// `.txt`, in UTF-8
        Text = "text/plain" ("văn bản thuần, mã UTF-8", "plain text in UTF-8"),
        /// `.csv`, in UTF-8
        Csv = "text/csv" ("bảng CSV, mã UTF-8", "CSV table in UTF-8"),
    }
}

impl MediaType {
    /// How names of such files end.
    pub fn endings(self) -> &'static [&'static str] {
        match self {
            Self::Pdf => &["pdf"],
            Self::Docx => &["docx"],
            Self::Xlsx => &["xlsx"],
            Self::Odt => &["odt"],
            Self::Ods => &["ods"],
            Self::Jpeg => &["jpg", "jpeg"],
            Self::Png => &["png"],
            Self::Webp => &["webp"],
            Self::Mp4 => &["mp4"],
            Self::Text => &["txt"],
            Self::Csv => &["csv"],
        }
    }
}

coded! {
    /// How far a file is.
    pub enum FileState in "file_state" {
        /// Announced; its bytes arrive piece by piece.
        Uploading = "uploading" ("đang tải lên", "uploading"),
        /// All of it is there, and was checked.
        Stored = "stored" ("đã lưu", "stored"),
    }
}

/// A file of a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct File {
    /// Identity.
    pub id: FileId,
    /// The centre that it belongs to.
    pub centre_id: CentreId,
    /// Its name, as people see it.
    #[schema(example = "Báo cáo năm 2018.pdf")]
    pub name: String,
    /// What it holds.
    pub media_type: MediaType,
    /// How many bytes it has.
    #[schema(example = 482_133)]
    pub size: i64,
    /// How far it is.
    pub state: FileState,
    /// How many of its bytes the server has: the next piece begins here.
    #[schema(example = 262_144)]
    pub offset: i64,
    /// SHA-256 over its bytes, in hexadecimal digits: as announced until it is stored, as counted then.
    #[schema(example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: Option<String>,
    /// Until when the upload can be taken up again; `null` once it is stored.
    pub upload_until: Option<DateTime<Utc>>,
    /// When it was announced.
    pub created_at: DateTime<Utc>,
    /// When its last byte had arrived and it was found good.
    pub stored_at: Option<DateTime<Utc>>,
}

/// A file to be uploaded.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateFile {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<FileId>,
    /// The centre that it belongs to.
    pub centre_id: CentreId,
    /// Its name, as people see it; ends as names of its media type do.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Báo cáo năm 2018.pdf", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it holds.
    #[schema(example = "application/pdf")]
    pub media_type: MediaType,
    /// How many bytes it has.
    #[schema(example = 482_133, minimum = 1, maximum = 26_214_400)]
    pub size: i64,
    /// SHA-256 over its bytes, in hexadecimal digits, to be held against what arrives.
    #[serde(default)]
    #[schema(pattern = "^[0-9a-fA-F]{64}$", example = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08")]
    pub sha256: Option<String>,
}

/// Whether a character shows nothing and changes how the others are read: `bao-cao-<RLO>fdp.exe` looks like a PDF.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// What stands after the last dot of a name, in small letters; `None` where nothing stands before it.
fn ending(name: &str) -> Option<String> {
    let (stem, ending) = name.rsplit_once('.')?;
    (!stem.trim().is_empty()).then(|| ending.to_ascii_lowercase())
}

impl CreateFile {
    /// The file that is announced, under an id.
    ///
    /// # Errors
    /// `rule_broken` for its size, name or hash.
    pub fn announce(self, id: FileId, now: DateTime<Utc>) -> Result<File> {
        let name = tidy(&self.name);
        let mut faults = Faults::default();
        faults.check(self.size >= 1, "/size", "file_empty", "Tệp rỗng thì không lưu.", "An empty file is not kept.");
        if self.size > LARGEST {
            let mib = LARGEST / 1024 / 1024;
            faults.push(Fault::body(
                "/size",
                "file_too_large",
                Label::new(
                    format!("Tệp lớn nhất {mib} MiB ({LARGEST} byte). Hãy nén ảnh, giảm độ phân giải bản quét hoặc chia thành nhiều tệp."),
                    format!("A file has at most {mib} MiB ({LARGEST} bytes). Scan it at a lower resolution, shrink its pictures, or split it."),
                ),
            ));
        }
        faults.check(
            !name.chars().any(|c| is_hidden(c) || matches!(c, '/' | '\\')),
            "/name",
            "file_name",
            "Tên tệp không có «/», «\\» hay ký tự ẩn.",
            "A file's name has no “/”, no “\\” and no hidden characters.",
        );
        let endings = self.media_type.endings();
        if !ending(&name).is_some_and(|ending| endings.contains(&ending.as_str())) {
            let endings = endings.iter().map(|ending| format!(".{ending}")).collect::<Vec<_>>().join(", ");
            faults.push(Fault::body(
                "/name",
                "file_ending",
                Label::new(
                    format!("Tên của loại tệp này kết thúc bằng {endings}."),
                    format!("The name of such a file ends with {endings}."),
                ),
            ));
        }
        faults.check(
            self.sha256.as_ref().is_none_or(|hash| hash.len() == 64 && hash.bytes().all(|b| b.is_ascii_hexdigit())),
            "/sha256",
            "sha256",
            "SHA-256 gồm 64 chữ số thập lục phân.",
            "SHA-256 has 64 hexadecimal digits.",
        );
        faults.into_result()?;
        Ok(File {
            id,
            centre_id: self.centre_id,
            name,
            media_type: self.media_type,
            size: self.size,
            state: FileState::Uploading,
            offset: 0,
            sha256: self.sha256.map(|hash| hash.to_ascii_lowercase()),
            upload_until: Some(now + UPLOAD_LASTS),
            created_at: now,
            stored_at: None,
        })
    }
}

impl File {
    /// What the file is with a piece of so many bytes from `offset` on: with the last one it is whole, and still to be checked.
    ///
    /// # Errors
    /// `upload_offset_mismatch` where the piece does not begin at the end of what is there, `state_conflict` when the upload is
    /// over, `rule_broken` for a piece that is too small or goes beyond what was announced.
    pub fn with_piece(&self, offset: i64, length: i64, now: DateTime<Utc>) -> Result<Self> {
        if self.state == FileState::Stored {
            return Err(Problem::new(Code::StateConflict)
                .detail("Tệp đã tải lên xong.", "The file is uploaded already.")
                .with("state", self.state)
                .with("offset", self.offset));
        }
        if self.upload_until.is_none_or(|until| until <= now) {
            return Err(Problem::new(Code::StateConflict)
                .detail("Đã hết hạn tải lên; hãy khai báo tệp lại.", "The time for this upload is over; announce the file again.")
                .with("state", self.state));
        }
        if offset != self.offset {
            return Err(self.begins_elsewhere());
        }
        let end = offset.saturating_add(length);
        if end > self.size {
            let rest = self.size - self.offset;
            return Err(Problem::rule(
                "",
                "more_than_announced",
                format!("Tệp được khai báo {} byte, chỉ còn thiếu {rest} byte.", self.size),
                format!("The file was announced with {} bytes, of which {rest} are missing.", self.size),
            ));
        }
        if length < SMALLEST_PIECE && end < self.size {
            return Err(Problem::rule(
                "",
                "piece_too_small",
                format!("Mỗi phần, trừ phần cuối, có ít nhất {SMALLEST_PIECE} byte."),
                format!("Each piece but the last one has at least {SMALLEST_PIECE} bytes."),
            ));
        }
        Ok(Self { offset: end, ..self.clone() })
    }

    /// The refusal of a piece that begins elsewhere.
    pub fn begins_elsewhere(&self) -> Problem {
        Problem::new(Code::UploadOffsetMismatch)
            .detail(format!("Máy chủ đã nhận {} byte.", self.offset), format!("The server has {} bytes.", self.offset))
            .with("offset", self.offset)
            .with("state", self.state)
    }

    /// Whether all bytes are there.
    pub fn is_whole(&self) -> bool {
        self.offset == self.size
    }

    /// The file once its bytes were found good.
    pub fn stored(self, sha256: String, now: DateTime<Utc>) -> Self {
        Self { state: FileState::Stored, sha256: Some(sha256), upload_until: None, stored_at: Some(now), ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Coded;

    fn now() -> DateTime<Utc> {
        "2026-11-22T03:00:00Z".parse().unwrap()
    }

    fn announced(name: &str, media_type: MediaType, size: i64) -> Result<File> {
        let centre_id = uuid::Uuid::nil().into();
        CreateFile { id: None, centre_id, name: name.into(), media_type, size, sha256: None }
            .announce(uuid::Uuid::nil().into(), now())
    }

    fn rules(refused: Result<File>) -> Vec<&'static str> {
        refused.unwrap_err().faults.iter().map(|fault| fault.rule).collect()
    }

    #[test]
    fn a_file_is_announced_with_a_name_that_fits_and_a_size_that_can_be_kept() {
        for (name, media_type) in [
            ("Báo cáo.PDF", MediaType::Pdf),
            ("ảnh lớp học.jpeg", MediaType::Jpeg),
            ("a.b.csv", MediaType::Csv),
            ("Kế hoạch – quý 1.docx", MediaType::Docx),
        ] {
            assert!(announced(name, media_type, LARGEST).is_ok(), "{name}");
        }
        assert_eq!(announced("Ba\u{301}o  cáo.pdf", MediaType::Pdf, 1).unwrap().name, "Báo cáo.pdf");
        for (name, size, rule) in [
            ("a.pdf", 0, "file_empty"),
            ("a.pdf", LARGEST + 1, "file_too_large"),
            ("a.pdf", 2_000_000_000, "file_too_large"),
            ("a.exe", 1, "file_ending"),
            ("a.pdf.exe", 1, "file_ending"),
            (".pdf", 1, "file_ending"),
            ("pdf", 1, "file_ending"),
            ("../a.pdf", 1, "file_name"),
            ("a\\b.pdf", 1, "file_name"),
            ("bao-cao-\u{202e}exe.pdf", 1, "file_name"),
            ("a\u{200b}.pdf", 1, "file_name"),
        ] {
            assert_eq!(rules(announced(name, MediaType::Pdf, size)), [rule], "{name} {size}");
        }
        for media_type in MediaType::ALL {
            assert!(announced(&format!("a.{}", media_type.endings()[0]), *media_type, 1).is_ok());
        }
    }

    #[test]
    fn a_piece_joins_where_the_file_ends_and_nowhere_else() {
        let file = announced("a.pdf", MediaType::Pdf, 40_000).unwrap();
        let file = file.with_piece(0, SMALLEST_PIECE, now()).unwrap();
        assert_eq!((file.offset, file.is_whole()), (SMALLEST_PIECE, false));
        for offset in [0, 1, SMALLEST_PIECE - 1, SMALLEST_PIECE + 1, -1, i64::MAX] {
            let refused = file.with_piece(offset, SMALLEST_PIECE, now()).unwrap_err();
            assert_eq!((refused.code, &refused.members["offset"]), (Code::UploadOffsetMismatch, &SMALLEST_PIECE.into()));
        }
        let rest = 40_000 - SMALLEST_PIECE;
        assert_eq!(rules(file.with_piece(file.offset, rest + 1, now())), ["more_than_announced"]);
        assert_eq!(rules(file.with_piece(file.offset, i64::MAX, now())), ["more_than_announced"]);
        assert_eq!(rules(file.with_piece(file.offset, SMALLEST_PIECE - 1, now())), ["piece_too_small"]);
        assert_eq!(rules(file.with_piece(file.offset, 0, now())), ["piece_too_small"]);
        assert_eq!(file.with_piece(file.offset, rest, now() + UPLOAD_LASTS).unwrap_err().code, Code::StateConflict);

        let whole = file.with_piece(file.offset, rest, now()).unwrap();
        assert!(whole.is_whole() && whole.state == FileState::Uploading);
        let stored = whole.stored("00".repeat(32), now());
        assert_eq!(stored.upload_until, None);
        assert_eq!(stored.with_piece(40_000, 0, now()).unwrap_err().code, Code::StateConflict);
    }
}
