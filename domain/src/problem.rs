//! Refusals: one closed table of codes, each with what is wrong and what to do next, in both languages.
//!
//! Codes are for programs, sentences for people. A code is never reused for something else.

use serde::Serialize;
use utoipa::ToSchema;

use crate::text::Label;

/// What an operation of the domain answers.
pub type Result<T, E = Problem> = std::result::Result<T, E>;

/// Declares the table: `Variant = status "code" (title vi, title en) (next vi, next en)`.
macro_rules! codes {
    ($($(#[$meta:meta])* $variant:ident = $status:literal $code:literal
        ($vi:literal, $en:literal) ($next_vi:literal, $next_en:literal)),+ $(,)?) => {
        /// Every way in which a request can be refused.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
        pub enum Code { $(#[doc = $en] #[serde(rename = $code)] $variant),+ }
        impl utoipa::PartialSchema for Code {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                crate::coded::schema("Every way in which a request can be refused.", Self::ALL.iter().map(|code| (code.as_str(), code.title())).collect())
            }
        }
        impl ToSchema for Code {}
        impl Code {
            /// The whole table.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stable code.
            pub fn as_str(self) -> &'static str { match self { $(Self::$variant => $code),+ } }
            /// The HTTP status that goes with it.
            pub fn status(self) -> u16 { match self { $(Self::$variant => $status),+ } }
            /// What is wrong, in a short sentence.
            pub fn title(self) -> Label { match self { $(Self::$variant => Label::fixed($vi, $en)),+ } }
            /// What to do next.
            pub fn next(self) -> Label { match self { $(Self::$variant => Label::fixed($next_vi, $next_en)),+ } }
        }
    };
}

codes! {
    MalformedRequest = 400 "malformed_request"
        ("Yêu cầu không đọc được", "The request cannot be read")
        ("Sửa chỗ được nêu rồi gửi lại.", "Correct the place named and send it again."),
    UnknownParameter = 400 "unknown_parameter"
        ("Tham số không có trong tài liệu", "The parameter is not in the document")
        ("Bỏ tham số đó hoặc sửa tên theo tài liệu /docs.", "Remove it, or correct its name by the document at /docs."),
    InvalidParameter = 400 "invalid_parameter"
        ("Tham số có giá trị không hợp lệ", "A parameter has a value that is not allowed")
        ("Sửa giá trị theo tài liệu /docs.", "Correct the value by the document at /docs."),
    SignInRequired = 401 "sign_in_required"
        ("Cần đăng nhập", "Sign in first")
        ("Lấy mã truy cập ở POST /oauth2/token rồi gửi trong tiêu đề Authorization.",
         "Get an access token from POST /oauth2/token and send it in the Authorization header."),
    TokenInvalid = 401 "token_invalid"
        ("Mã truy cập không hợp lệ hoặc đã hết hạn", "The access token is not valid or has expired")
        ("Làm mới mã truy cập hoặc đăng nhập lại.", "Refresh the token or sign in again."),
    SignInFailed = 401 "sign_in_failed"
        ("Tên đăng nhập hoặc mật khẩu không đúng", "The username or password is wrong")
        ("Kiểm tra lại; sau nhiều lần sai, tài khoản phải chờ trước khi thử tiếp.",
         "Check both; after several failures the account has to wait before the next try."),
    TotpRequired = 401 "totp_required"
        ("Cần mã xác thực hai bước", "A second factor is needed")
        ("Gửi lại với totp là mã sáu số của ứng dụng xác thực, hoặc recovery_code.",
         "Send it again with totp, the six digits of your authenticator, or with recovery_code."),
    RefreshInvalid = 401 "refresh_invalid"
        ("Mã làm mới không hợp lệ, đã dùng hoặc đã hết hạn", "The refresh token is not valid, was used before or has expired")
        ("Đăng nhập lại.", "Sign in again."),
    RightMissing = 403 "right_missing"
        ("Tài khoản không có quyền làm việc này", "The account lacks the right to do this")
        ("Nhờ người giữ vai trò có quyền này ở đây làm.", "Ask somebody to do it whose role carries the right here."),
    TotpSetupRequired = 403 "totp_setup_required"
        ("Vai trò này phải bật xác thực hai bước trước", "This role has to set up a second factor first")
        ("Bật ở POST /v1/me/authenticator rồi đăng nhập lại; với mã của nguồn khác, đăng nhập ở đó bằng hai bước.",
         "Set one up at POST /v1/me/authenticator, then sign in again; with a token of another issuer, sign in there with two factors."),
    OutsideScope = 403 "outside_scope"
        ("Việc này nằm ngoài phạm vi được giao", "This lies outside the scope that you were given")
        ("Chọn đơn vị trong phạm vi của mình.", "Choose a unit within your scope."),
    SeparationOfDuties = 403 "separation_of_duties"
        ("Người này không được làm bước này của hồ sơ", "This person may not take this step of the rating")
        ("Để một người khác, thuộc cơ quan khác, làm bước này.", "Let another person, of another body, take this step."),
    NotFound = 404 "not_found"
        ("Không tìm thấy", "Not found")
        (
            "Kiểm tra mã định danh; có thể nó nằm ngoài phạm vi của bạn, hoặc không được công bố.",
            "Check the id; it may lie outside your scope, or not be published."
        ),
    NoSuchOperation = 404 "no_such_operation"
        ("Không có đường dẫn này", "There is no such path")
        ("Xem các đường dẫn ở /docs.", "See the paths at /docs."),
    MethodNotAllowed = 405 "method_not_allowed"
        ("Đường dẫn này không nhận phương thức đó", "The path does not take this method")
        ("Dùng một phương thức nêu trong tiêu đề Allow.", "Use a method named in the Allow header."),
    CodeInvalid = 422 "code_invalid"
        ("Mã không đúng, đã dùng hoặc đã hết hạn", "The code is wrong, was used before or has expired")
        ("Xin mã mới từ quản trị của bạn.", "Ask your administrator for a new code."),
    StateConflict = 409 "state_conflict"
        ("Trạng thái hiện tại không cho phép việc này", "The present state does not allow this")
        ("Xem trạng thái và các việc được phép trong câu trả lời.", "See the state and the allowed actions in this answer."),
    AlreadyExists = 409 "already_exists"
        ("Đã có rồi", "It exists already")
        ("Dùng cái đã có hoặc đổi mã.", "Use the existing one or change the code."),
    AmbiguousCode = 409 "ambiguous_code"
        ("Mã này thuộc nhiều đơn vị qua các thời kỳ", "Over time the code means more than one unit")
        ("Thêm as_of=<ngày> hoặc chọn một đơn vị trong candidates.", "Add as_of=<date>, or choose one of the candidates."),
    Blocked = 409 "blocked"
        ("Còn việc chưa xong chặn bước này", "Something unfinished blocks this step")
        ("Hoàn thành các việc nêu trong câu trả lời.", "Finish what this answer names."),
    EtagMismatch = 412 "etag_mismatch"
        ("Hồ sơ đã thay đổi từ lúc bạn đọc", "The record has changed since you read it")
        ("Đọc lại, xem thay đổi rồi gửi với ETag mới.", "Read it again, look at the change, then send with the new ETag."),
    BodyTooLarge = 413 "body_too_large"
        ("Nội dung gửi lên quá lớn", "The body is too large")
        ("Chia nhỏ rồi gửi từng phần.", "Split it and send the parts."),
    RequestTimeout = 408 "request_timeout"
        ("Yêu cầu gửi đến quá chậm", "The request arrived too slowly")
        ("Gửi lại.", "Send it again."),
    UnsupportedMediaType = 415 "unsupported_media_type"
        ("Kiểu nội dung không được hỗ trợ", "The content type is not supported")
        ("Gửi với Content-Type nêu trong tài liệu.", "Send the Content-Type that the document names."),
    InvalidBody = 422 "invalid_body"
        ("Nội dung không hợp lệ", "The content is not valid")
        ("Sửa từng chỗ nêu trong errors.", "Correct each place named in errors."),
    RuleBroken = 422 "rule_broken"
        ("Trái quy định", "A rule does not allow this")
        ("Sửa từng chỗ nêu trong errors.", "Correct each place named in errors."),
    KeyReused = 422 "idempotency_key_reused"
        ("Idempotency-Key đã dùng cho một yêu cầu khác", "The Idempotency-Key was used for a different request")
        ("Tạo khóa mới cho yêu cầu mới.", "Make a new key for a new request."),
    NotOnMap = 422 "not_on_map"
        ("Đơn vị không có trên bản đồ của ngày đó", "The unit is not on the map of that date")
        ("Chọn boundaries khác, hoặc một đơn vị trong candidates.", "Choose other boundaries, or one of the candidates."),
    IfMatchRequired = 428 "if_match_required"
        ("Thiếu tiêu đề If-Match", "The If-Match header is missing")
        ("Đọc bản ghi, lấy ETag và gửi lại trong If-Match.", "Read the record, take its ETag and send it in If-Match."),
    TooManyRequests = 429 "too_many_requests"
        ("Quá nhiều yêu cầu", "Too many requests")
        ("Chờ số giây nêu trong Retry-After.", "Wait for the seconds that Retry-After names."),
    Internal = 500 "internal"
        ("Lỗi bên trong hệ thống", "Something went wrong inside")
        ("Thử lại; nếu còn lỗi, báo request_id cho người vận hành.", "Try again; if it stays, give the request_id to the operator."),
    DatabaseAway = 503 "database_away"
        ("Cơ sở dữ liệu tạm thời không trả lời", "The database does not answer for the moment")
        ("Thử lại sau số giây nêu trong Retry-After.", "Try again after the seconds that Retry-After names."),
    TooBusy = 503 "too_busy"
        ("Quá nhiều việc nặng đang chờ", "Too much heavy work is waiting")
        ("Chờ số giây nêu trong Retry-After rồi thử lại; hỏi ít hơn cùng một lúc.",
         "Try again after the seconds that Retry-After names; ask for less at once."),
    IssuerAway = 503 "issuer_away"
        ("Hệ thống đăng nhập bên ngoài tạm thời không trả lời", "The issuer of the token does not answer for the moment")
        ("Thử lại sau số giây nêu trong Retry-After, hoặc đăng nhập bằng mật khẩu ở đây.",
         "Try again after the seconds that Retry-After names, or sign in here with a password."),
    LinkInvalid = 404 "link_invalid"
        ("Đường dẫn tải tệp không đúng, đã hết hạn, hoặc tệp đã bị xóa", "The link is not right, has expired, or its file was deleted")
        ("Xin đường dẫn mới ở POST /v1/files/{file_id}/links.", "Get a new link from POST /v1/files/{file_id}/links."),
    UploadOffsetMismatch = 409 "upload_offset_mismatch"
        ("Phần này không nối tiếp phần máy chủ đã nhận", "This piece does not begin where the server stopped")
        ("Gửi tiếp từ vị trí offset nêu trong câu trả lời.", "Go on from the offset that this answer names."),
    FileInUse = 409 "file_in_use"
        ("Tệp đang được dùng", "The file is in use")
        ("Gỡ tệp khỏi các hồ sơ đang dùng nó rồi xóa lại.", "Take it off the records that refer to it, then delete it again."),
    CitedAsEvidence = 409 "cited_as_evidence"
        ("Một kết quả xếp loại đã quyết định dựa trên nội dung này", "A decided rating rests on this")
        ("Giữ nguyên; nếu nội dung sai thì đăng ký văn bản thay thế và đề nghị điều chỉnh kết quả xếp loại.",
         "Leave it as it is; where it is wrong, register a paper that replaces it and ask for the rating to be amended."),
    RangeNotSatisfiable = 416 "range_not_satisfiable"
        ("Tệp không có đoạn này", "The file has no such range")
        ("Xin một đoạn trong độ dài nêu ở Content-Range.", "Ask for a range within the length that Content-Range names."),
    FilesAway = 503 "files_away"
        ("Kho tệp tạm thời không trả lời", "The store of files does not answer for the moment")
        ("Thử lại sau số giây nêu trong Retry-After.", "Try again after the seconds that Retry-After names."),
}

/// Where in the request a fault lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Place {
    /// In the body; `pointer` is a JSON pointer (RFC 6901).
    Body,
    /// In the query; `pointer` is the parameter's name.
    Query,
    /// In the path; `pointer` is the parameter's name.
    Path,
    /// In a header; `pointer` is the header's name.
    Header,
    /// In a table that was sent; `pointer` is `row,column`, counted from 1, the heading being row 1.
    Table,
}

/// One thing that is wrong, where, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In which part of the request.
    pub place: Place,
    /// Where in that part.
    pub pointer: String,
    /// A stable code of the rule.
    pub rule: &'static str,
    /// What the rule says.
    pub detail: Label,
}

impl Fault {
    /// A fault in the body.
    pub fn body(pointer: impl Into<String>, rule: &'static str, detail: Label) -> Self {
        Self { place: Place::Body, pointer: pointer.into(), rule, detail }
    }

    /// A fault in the query.
    pub fn query(name: impl Into<String>, rule: &'static str, detail: Label) -> Self {
        Self { place: Place::Query, pointer: name.into(), rule, detail }
    }
}

/// A refusal.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    /// Which refusal.
    pub code: Code,
    /// What happened here, beyond the code's title.
    pub detail: Option<Box<Label>>,
    /// What to do next here, where that is more than the code can say.
    pub next: Option<Box<Label>>,
    /// What is wrong, place by place.
    pub faults: Vec<Fault>,
    /// The law behind the rule, where there is one.
    pub legal_basis: Option<&'static str>,
    /// Further members of the answer, such as `state` or `candidates`.
    pub members: serde_json::Map<String, serde_json::Value>,
}

impl Problem {
    /// A refusal without further detail.
    pub fn new(code: Code) -> Self {
        Self { code, detail: None, next: None, faults: Vec::new(), legal_basis: None, members: serde_json::Map::new() }
    }

    /// Adds what happened here.
    pub fn detail(mut self, vi: impl Into<String>, en: impl Into<String>) -> Self {
        self.detail = Some(Box::new(Label::new(vi, en)));
        self
    }

    /// What to do next: as it was said here, otherwise as the code says.
    pub fn next(&self) -> Label {
        self.next.as_deref().cloned().unwrap_or_else(|| self.code.next())
    }

    /// Adds the law behind the rule.
    pub fn basis(mut self, legal_basis: &'static str) -> Self {
        self.legal_basis = Some(legal_basis);
        self
    }

    /// Adds a further member of the answer.
    pub fn with(mut self, member: &str, value: impl Serialize) -> Self {
        // Values here are our own plain data, which always has a JSON form.
        self.members.insert(member.to_owned(), serde_json::to_value(value).unwrap_or_default());
        self
    }

    /// The refusal of content with faults.
    pub fn invalid(faults: Vec<Fault>) -> Self {
        Self { faults, ..Self::new(Code::InvalidBody) }
    }

    /// The refusal of content that breaks one rule of the field.
    pub fn rule(pointer: &str, rule: &'static str, vi: impl Into<String>, en: impl Into<String>) -> Self {
        Self { faults: vec![Fault::body(pointer, rule, Label::new(vi, en))], ..Self::new(Code::RuleBroken) }
    }

    /// A thing that is not there, or that the caller may not know of: one body for both.
    pub fn not_found() -> Self {
        Self::new(Code::NotFound)
    }
}

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self::new(code)
    }
}

/// Collects faults, so that a caller learns of all of them at once.
#[derive(Debug, Default)]
pub struct Faults(Vec<Fault>);

impl Faults {
    /// Records a fault in the body unless `holds`.
    pub fn check(&mut self, holds: bool, pointer: impl Into<String>, rule: &'static str, vi: &'static str, en: &'static str) {
        if !holds {
            self.0.push(Fault::body(pointer, rule, Label::fixed(vi, en)));
        }
    }

    /// Records a fault.
    pub fn push(&mut self, fault: Fault) {
        self.0.push(fault);
    }

    /// Whether nothing was found.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` when nothing was found, or a refusal with everything that was.
    pub fn into_result(self) -> Result<()> {
        if self.0.is_empty() { Ok(()) } else { Err(Problem { faults: self.0, ..Problem::new(Code::RuleBroken) }) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn each_code_is_used_once_and_says_what_to_do_in_both_languages() {
        let names: BTreeSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(names.len(), Code::ALL.len());
        for code in Code::ALL {
            for text in [code.title(), code.next()] {
                assert!(!text.vi.is_empty() && !text.en.is_empty() && text.vi != text.en, "{code:?}");
            }
        }
    }
}
