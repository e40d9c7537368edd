//! What handlers take from a request: strict, and refused with the place and the rule.

use std::borrow::Cow;
use std::future::{Future, Ready, ready};
use std::pin::Pin;

use actix_web::dev::Payload;
use actix_web::http::header::{self, HeaderName};
use actix_web::{FromRequest, HttpRequest, web};
use htcd_domain::problem::Place;
use htcd_domain::text::{Label, is_plain};
use htcd_domain::{Code, Fault, Problem};
use serde::de::DeserializeOwned;
use utoipa::{IntoParams, ToSchema};
use validator::{Validate, ValidationErrors, ValidationErrorsKind};

use crate::problem::Refusal;
use crate::state::App;

/// A JSON body: no unknown members, valid texts, all rules of its type hold.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned + Validate + 'static> FromRequest for Body<T> {
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<Self, Refusal>>>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let types: &[&str] = if request.method() == actix_web::http::Method::PATCH {
            &["application/merge-patch+json", "application/json"]
        } else {
            &["application/json"]
        };
        let fits = content_type(request).is_some_and(|found| types.contains(&found.as_str()));
        let bytes = web::Bytes::from_request(request, payload);
        Box::pin(async move {
            if !fits {
                return Err(Code::UnsupportedMediaType.into());
            }
            let bytes = bytes.await.map_err(|_| Refusal::from(Code::MalformedRequest))?;
            read_json(&bytes).map(Body)
        })
    }
}

/// The media type of a request's body, without its parameters.
pub fn content_type(request: &HttpRequest) -> Option<String> {
    let value = request.headers().get(header::CONTENT_TYPE)?.to_str().ok()?;
    Some(value.split(';').next().unwrap_or("").trim().to_ascii_lowercase())
}

/// Reads and checks a JSON text.
///
/// # Errors
/// `malformed_request` for what is not JSON, `invalid_body` with each place otherwise.
pub fn read_json<T: DeserializeOwned + Validate>(bytes: &[u8]) -> Result<T, Refusal> {
    // serde would take an array of a record's values in the order of its fields.
    if bytes.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[') {
        return Err(Problem::invalid(vec![serde_fault(Place::Body, String::new(), "")]).into());
    }
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value: T = serde_path_to_error::deserialize(&mut reader).map_err(|error| unreadable(&error))?;
    reader.end().map_err(|error| malformed(&error))?;
    // A NUL can only come escaped; PostgreSQL stores none, and no text of ours needs one.
    if bytes.windows(6).any(|window| window == b"\\u0000") {
        let tree: serde_json::Value = serde_json::from_slice(bytes).map_err(|error| malformed(&error))?;
        if let Some(pointer) = find_nul(&tree, String::new()) {
            return Err(Problem::invalid(vec![Fault::body(pointer, "plain", plain_label())]).into());
        }
    }
    value.validate().map_err(|errors| {
        let mut faults = Vec::new();
        collect(&errors, "", &mut faults);
        Refusal::from(Problem::invalid(faults))
    })?;
    Ok(value)
}

fn plain_label() -> Label {
    Label::fixed("Văn bản không được có ký tự điều khiển.", "A text must not hold control characters.")
}

fn malformed(error: &serde_json::Error) -> Refusal {
    Problem::new(Code::MalformedRequest)
        .detail(
            format!("Không phải JSON hợp lệ ở dòng {}, cột {}.", error.line(), error.column()),
            format!("Not valid JSON at line {}, column {}.", error.line(), error.column()),
        )
        .into()
}

fn unreadable(error: &serde_path_to_error::Error<serde_json::Error>) -> Refusal {
    let inner = error.inner();
    if !inner.is_data() {
        return malformed(inner);
    }
    let mut pointer = String::new();
    for segment in error.path() {
        use serde_path_to_error::Segment;
        match segment {
            Segment::Seq { index } => pointer.push_str(&format!("/{index}")),
            Segment::Map { key } => pointer.push_str(&format!("/{}", key.replace('~', "~0").replace('/', "~1"))),
            Segment::Enum { .. } | Segment::Unknown => {}
        }
    }
    let message = inner.to_string();
    Problem::invalid(vec![serde_fault(Place::Body, pointer, &message)]).into()
}

/// Turns what serde says into a fault; serde's own words name members and codes, never types of ours.
fn serde_fault(place: Place, pointer: String, message: &str) -> Fault {
    let name = message.split('`').nth(1).unwrap_or("");
    let (rule, detail) = if message.starts_with("unknown field") {
        (
            "unknown_member",
            Label::new(
                format!("Không có trường «{name}» trong tài liệu."),
                format!("There is no member “{name}” in the document."),
            ),
        )
    } else if message.starts_with("missing field") {
        ("required", Label::new(format!("Thiếu trường «{name}»."), format!("The member “{name}” is missing.")))
    } else if message.starts_with("duplicate field") {
        ("duplicate_member", Label::new(format!("Trường «{name}» bị lặp."), format!("The member “{name}” stands twice.")))
    } else if message.starts_with("unknown variant") {
        // Two codes come as "`a` or `b`", more as "one of `a`, `b`": only what stands in quotes is taken, after the caller's own words.
        let expected = message.rsplit_once(", expected ").map_or("", |(_, codes)| codes);
        let known: Vec<String> = expected.split('`').skip(1).step_by(2).map(|code| format!("`{code}`")).collect();
        let known = known.join(", ");
        (
            "code_unknown",
            Label::new(
                format!("Mã «{name}» không hợp lệ; dùng một trong: {known}."),
                format!("“{name}” is not a code; use one of: {known}."),
            ),
        )
    } else if message.contains("points are a number") {
        (
            "points",
            Label::fixed(
                "Điểm là số từ 0 đến 100000, nhiều nhất hai chữ số thập phân.",
                "Points are a number from 0 to 100000 with at most two decimal places.",
            ),
        )
    } else if message.contains("a period is written") {
        (
            "period",
            Label::fixed(
                "Kỳ viết dạng 2018, 2018-H1, 2018-Q3, 2018-10, school:2018, to_31_may:2019, to_30_september:2024 hoặc 2018-01-01..2018-11-26 (dài nhất ba năm).",
                "A period is written 2018, 2018-H1, 2018-Q3, 2018-10, school:2018, to_31_may:2019, to_30_september:2024 or 2018-01-01..2018-11-26 (three years at most).",
            ),
        )
    } else if message.contains("a quantity is a number") {
        (
            "quantity",
            Label::fixed(
                "Giá trị là số có nhiều nhất hai chữ số thập phân, không quá 1.000.000.000.000.",
                "The value is a number with at most two decimal places, up to 1,000,000,000,000.",
            ),
        )
    } else {
        (
            "type",
            Label::fixed("Giá trị không đúng kiểu nêu trong tài liệu.", "The value is not of the type that the document names."),
        )
    };
    Fault { place, pointer, rule, detail }
}

fn find_nul(value: &serde_json::Value, at: String) -> Option<String> {
    use serde_json::Value;
    match value {
        Value::String(text) if text.contains('\0') => Some(at),
        Value::Array(items) => items.iter().enumerate().find_map(|(place, item)| find_nul(item, format!("{at}/{place}"))),
        Value::Object(members) => members.iter().find_map(|(name, member)| {
            let at = format!("{at}/{}", name.replace('~', "~0").replace('/', "~1"));
            if name.contains('\0') { Some(at) } else { find_nul(member, at) }
        }),
        _ => None,
    }
}

fn collect(errors: &ValidationErrors, at: &str, faults: &mut Vec<Fault>) {
    for (field, kind) in errors.errors() {
        let at = format!("{at}/{field}");
        match kind {
            ValidationErrorsKind::Struct(inner) => collect(inner, &at, faults),
            ValidationErrorsKind::List(items) => {
                items.iter().for_each(|(place, inner)| collect(inner, &format!("{at}/{place}"), faults))
            }
            ValidationErrorsKind::Field(errors) => faults.extend(errors.iter().map(|error| {
                let (rule, detail) = rule_of(error);
                Fault::body(at.clone(), rule, detail)
            })),
        }
    }
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
}

fn rule_of(error: &validator::ValidationError) -> (&'static str, Label) {
    let bound = |name: &str| error.params.get(&Cow::Borrowed(name)).map(ToString::to_string);
    match error.code.as_ref() {
        "length" => {
            let (min, max) = (bound("min").unwrap_or("0".into()), bound("max").unwrap_or("∞".into()));
            (
                "length",
                Label::new(format!("Độ dài phải từ {min} đến {max}."), format!("The length must lie between {min} and {max}.")),
            )
        }
        "range" => {
            let (min, max) = (bound("min").unwrap_or("−∞".into()), bound("max").unwrap_or("∞".into()));
            (
                "range",
                Label::new(format!("Giá trị phải từ {min} đến {max}."), format!("The value must lie between {min} and {max}.")),
            )
        }
        "url" => ("url", Label::fixed("Phải là một địa chỉ URL.", "It must be a URL.")),
        "username" => (
            "username",
            Label::fixed(
                "Tên đăng nhập có 3 đến 64 chữ thường không dấu, số, «.», «_», «-», bắt đầu bằng chữ.",
                "A username has 3 to 64 lower-case letters, digits, “.”, “_”, “-”, and starts with a letter.",
            ),
        ),
        "look_alike" => (
            "look_alike",
            Label::fixed(
                "Tên không được chứa ký tự vô hình, ký tự lạ hoặc chữ của nhiều hệ chữ trông giống nhau.",
                "A name holds no invisible or unusual characters, nor letters of several scripts that look alike.",
            ),
        ),
        "mail_address" => ("mail_address", Label::fixed("Phải là một địa chỉ thư điện tử.", "It must be an e-mail address.")),
        "phone_number" => (
            "phone_number",
            Label::fixed(
                "Số điện thoại gồm chữ số, dấu cách, «+», «-», «.».",
                "A telephone number has digits, blanks, “+”, “-”, “.”.",
            ),
        ),
        "issuer_url" => (
            "issuer_url",
            Label::fixed(
                "Nguồn cấp mã là một địa chỉ https://… đúng như `iss` trong mã của nó.",
                "An issuer is an https://… address, as the `iss` of its tokens has it.",
            ),
        ),
        "network" => (
            "network",
            Label::fixed(
                "Mỗi mạng viết dạng CIDR, ví dụ 203.0.113.0/24.",
                "Each network is written as CIDR, such as 203.0.113.0/24.",
            ),
        ),
        "plain" => ("plain", plain_label()),
        "blank" => ("blank", Label::fixed("Văn bản không được chỉ có khoảng trắng.", "A text must not consist of blanks only.")),
        _ => ("invalid", Label::fixed("Giá trị không hợp lệ.", "The value is not valid.")),
    }
}

/// Query parameters: none that is unknown or doubled.
pub struct Params<T>(pub T);

impl<T: DeserializeOwned> FromRequest for Params<T> {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(read_query(request.query_string()).map(Params))
    }
}

fn read_query<T: DeserializeOwned>(query: &str) -> Result<T, Refusal> {
    let pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).map_err(|_| Refusal::from(Code::MalformedRequest))?;
    if let Some((name, _)) =
        pairs.iter().find(|(name, value)| !is_plain(name) || !is_plain(value) || value.contains(['\n', '\t']))
    {
        let fault = Fault::query(name.replace(|c: char| c.is_control(), "?"), "plain", plain_label());
        return Err(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into());
    }
    serde_urlencoded::from_str::<T>(query).map_err(|error| {
        let message = error.to_string();
        // serde_urlencoded does not say which parameter: each one alone is tried again.
        let culprit = pairs.iter().map(|(name, _)| name.clone()).find(|name| {
            let rest: Vec<_> = pairs.iter().filter(|(other, _)| other != name).collect();
            // One that cannot be left out is at fault when without it nothing else is.
            let is_missing =
                |error: &serde_urlencoded::de::Error| error.to_string().starts_with(&format!("missing field `{name}`"));
            serde_urlencoded::to_string(rest)
                .is_ok_and(|rest| serde_urlencoded::from_str::<T>(&rest).err().is_none_or(|error| is_missing(&error)))
        });
        let named = message.split('`').nth(1).map(str::to_owned).filter(|_| {
            message.starts_with("missing") || message.starts_with("duplicate") || message.starts_with("unknown field")
        });
        let name = named.or(culprit).unwrap_or_default();
        let fault = serde_fault(Place::Query, name, &message);
        Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into()
    })
}

/// Ids and codes in the path. What is not a UUID names nothing, so it is not found; of codes the answer says which there are.
pub struct Segments<T>(pub T);

impl<T: DeserializeOwned + 'static> FromRequest for Segments<T> {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let path = web::Path::<T>::from_request(request, payload).into_inner();
        ready(path.map(|path| Self(path.into_inner())).map_err(|error| no_such_segment(request, &error.to_string())))
    }
}

fn no_such_segment(request: &HttpRequest, message: &str) -> Refusal {
    let unknown = message.strip_prefix("unknown variant `").and_then(|rest| rest.split('`').next());
    let name = unknown.and_then(|text| request.match_info().iter().find(|(_, value)| *value == text)).map(|(name, _)| name);
    let Some(name) = name else { return Code::NotFound.into() };
    let faults = vec![serde_fault(Place::Path, name.to_owned(), message)];
    Problem { faults, next: Some(Box::new(Code::MalformedRequest.next())), ..Problem::new(Code::NotFound) }.into()
}

/// What a change was made from. Every change of something that exists names it.
#[derive(Debug, Clone)]
pub enum IfMatch {
    /// Whatever is there.
    Any,
    /// One of these revisions.
    Revisions(Vec<i64>),
}

/// The header, for the document.
#[derive(IntoParams, ToSchema)]
#[into_params(parameter_in = Header)]
pub struct IfMatchHeader {
    /// The ETag of the record that the change was made from.
    #[param(required = true, example = "\"3-a1b2c3d4e5f60718\"")]
    #[param(rename = "If-Match")]
    pub if_match: String,
}

impl FromRequest for IfMatch {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let Some(value) = request.headers().get(header::IF_MATCH) else { return ready(Err(Code::IfMatchRequired.into())) };
        ready(Ok(Self::parse(value.to_str().unwrap_or(""))))
    }
}

impl IfMatch {
    /// Reads the header: `*`, or a list of tags. Of an ETag of ours the digits before the dash count; a weak tag, or one
    /// that is not ours, matches nothing.
    pub fn parse(value: &str) -> Self {
        if value.trim() == "*" {
            return Self::Any;
        }
        let revision = |tag: &str| tag.trim().strip_prefix('"')?.strip_suffix('"')?.split('-').next()?.parse().ok();
        Self::Revisions(value.split(',').filter_map(revision).collect())
    }

    /// `Ok` when the record still has a revision that the caller saw.
    ///
    /// # Errors
    /// `etag_mismatch` with the current tag.
    pub fn check(&self, revision: i64) -> Result<(), Problem> {
        match self {
            Self::Any => Ok(()),
            Self::Revisions(seen) if seen.contains(&revision) => Ok(()),
            Self::Revisions(_) => Err(Problem::new(Code::EtagMismatch).with("current_etag", format!("\"{revision}\""))),
        }
    }
}

/// The text to search for; one without a letter or digit would find everything.
///
/// # Errors
/// `invalid_parameter`.
pub fn search_text(q: Option<String>) -> Result<Option<String>, Refusal> {
    match q {
        Some(q) if htcd_domain::text::fold(&q).is_empty() => {
            let detail = Label::fixed("q cần ít nhất một chữ cái hoặc chữ số.", "q needs at least one letter or digit.");
            Err(Problem { faults: vec![Fault::query("q", "search_text", detail)], ..Problem::new(Code::InvalidParameter) }.into())
        }
        q => Ok(q),
    }
}

/// How many items a page has.
pub fn page_size(limit: Option<u16>) -> Result<i64, Refusal> {
    match limit.unwrap_or(50) {
        limit @ 1..=200 => Ok(i64::from(limit)),
        _ => {
            let fault = Fault::query("limit", "range", Label::fixed("limit từ 1 đến 200.", "limit lies between 1 and 200."));
            Err(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into())
        }
    }
}

/// Reads a cursor that [`write_cursor`] made.
pub fn read_cursor<T: DeserializeOwned>(cursor: Option<&str>) -> Result<Option<T>, Refusal> {
    let Some(cursor) = cursor else { return Ok(None) };
    let value = hex::decode(cursor).ok().and_then(|bytes| serde_json::from_slice(&bytes).ok());
    value.map(Some).ok_or_else(bad_cursor)
}

/// The refusal of a cursor that no page handed out.
pub fn bad_cursor() -> Refusal {
    let fault = Fault::query(
        "cursor",
        "cursor",
        Label::fixed("cursor phải lấy từ «next» của trang trước.", "A cursor comes from “next” of the page before."),
    );
    Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into()
}

/// Makes an opaque cursor.
pub fn write_cursor(value: &impl serde::Serialize) -> String {
    hex::encode(serde_json::to_vec(value).unwrap_or_default())
}

/// The header names that the document names.
pub const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// Where in a file a piece of it begins.
pub const UPLOAD_OFFSET: HeaderName = HeaderName::from_static("upload-offset");

/// The application, as every request carries it.
pub fn app(request: &HttpRequest) -> Result<web::Data<App>, Refusal> {
    request.app_data::<web::Data<App>>().cloned().ok_or_else(|| Code::Internal.into())
}
