//! Answers: JSON with a strong ETag, and 304 where the caller has it already.

use actix_web::body::BoxBody;
use actix_web::http::header::{self, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::{HttpRequest, HttpResponse, Responder};
use serde::Serialize;
use utoipa::ToSchema;
use xxhash_rust::xxh3::xxh3_64;

use htcd_persistence::idempotency::StoredAnswer;

/// A page of a list.
#[derive(Debug, Serialize, ToSchema)]
pub struct Page<T> {
    /// The items.
    pub items: Vec<T>,
    /// Give this as `cursor` for the next page; `null` on the last one.
    pub next: Option<String>,
    /// How many there are in all; only with `count=true`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<i64>,
}

impl<T> Page<T> {
    /// A page from one item more than asked for, if there are more.
    pub fn new(mut items: Vec<T>, limit: i64, cursor: impl Fn(&T) -> String) -> Self {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = items.len() > limit;
        items.truncate(limit);
        let next = if more { items.last().map(cursor) } else { None };
        Self { items, next, count: None }
    }
}

/// An answer, already in bytes.
#[derive(Debug, Clone)]
pub struct Answer {
    status: StatusCode,
    body: bytes::Bytes,
    content_type: &'static str,
    etag: Option<String>,
    location: Option<String>,
    file_name: Option<String>,
    cache_control: Option<&'static str>,
    /// What is kept in place of the body, when that holds a secret.
    without_secret: Option<bytes::Bytes>,
    /// Whether nobody may keep it, not even the caller's own cache.
    not_kept: bool,
}

/// The media type of JSON answers.
pub const JSON: &str = "application/json";

impl Answer {
    /// 200 with a value. Its ETag is a hash of the text.
    pub fn json(value: &impl Serialize) -> Self {
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::bytes(body, JSON)
    }

    /// 200 with bytes of a media type.
    pub fn bytes(body: Vec<u8>, content_type: &'static str) -> Self {
        let etag = Some(format!("\"{:016x}\"", xxh3_64(&body)));
        Self {
            status: StatusCode::OK,
            body: body.into(),
            content_type,
            etag,
            location: None,
            file_name: None,
            cache_control: None,
            without_secret: None,
            not_kept: false,
        }
    }

    /// 200 with a resource: its ETag begins with the revision, which `If-Match` compares.
    pub fn resource(value: &impl Serialize, revision: i64) -> Self {
        let mut answer = Self::json(value);
        answer.etag = Some(format!("\"{revision}-{:016x}\"", xxh3_64(&answer.body)));
        answer
    }

    /// 201 with a new resource and where it is found.
    pub fn created(value: &impl Serialize, location: String) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), ..Self::resource(value, 1) }
    }

    /// The same answer as 201, with where the record is found.
    pub fn at(self, location: String) -> Self {
        Self { status: StatusCode::CREATED, location: Some(location), ..self }
    }

    /// 204.
    pub fn nothing() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: bytes::Bytes::new(),
            content_type: JSON,
            etag: None,
            location: None,
            file_name: None,
            cache_control: None,
            without_secret: None,
            not_kept: false,
        }
    }

    /// The same answer, which nobody may keep: it holds personal data in clear.
    pub fn not_kept(mut self) -> Self {
        self.not_kept = true;
        self
    }

    /// The same answer, whose body holds a secret: what is kept for a repeated request is `value` instead, so that the
    /// secret is shown once and stored nowhere.
    pub fn secret_but(mut self, value: &impl Serialize) -> Self {
        self.without_secret = Some(serde_json::to_vec(value).unwrap_or_default().into());
        self.not_kept()
    }

    /// The name under which a browser saves it.
    pub fn file_name(mut self, name: String) -> Self {
        self.file_name = Some(name);
        self
    }

    /// How it may be cached, where it is not everybody's own.
    pub fn cached(mut self, policy: &'static str) -> Self {
        self.cache_control = Some(policy);
        self
    }

    /// The form in which an answer is kept under an `Idempotency-Key`. Answers to POSTs are JSON text.
    pub fn store(&self) -> StoredAnswer {
        StoredAnswer {
            status: self.status.as_u16(),
            etag: self.etag.clone(),
            location: self.location.clone(),
            body: String::from_utf8_lossy(self.without_secret.as_ref().unwrap_or(&self.body)).into_owned(),
        }
    }

    /// A kept answer again.
    pub fn replay(stored: StoredAnswer) -> Self {
        Self {
            status: StatusCode::from_u16(stored.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR),
            body: stored.body.into_bytes().into(),
            content_type: JSON,
            etag: stored.etag,
            location: stored.location,
            file_name: None,
            cache_control: None,
            without_secret: None,
            not_kept: false,
        }
    }
}

impl Responder for Answer {
    type Body = BoxBody;

    fn respond_to(self, request: &HttpRequest) -> HttpResponse {
        let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
        let is_read = request.method() == Method::GET;
        let unchanged = is_read
            && self
                .etag
                .as_deref()
                .is_some_and(|etag| known.split(',').any(|tag| tag.trim().trim_start_matches("W/") == etag || tag.trim() == "*"));
        let mut response = HttpResponse::build(if unchanged { StatusCode::NOT_MODIFIED } else { self.status });
        if let Some(etag) = &self.etag {
            response.insert_header((header::ETAG, etag.as_str()));
        }
        if let Some(location) = &self.location {
            response.insert_header((header::LOCATION, location.as_str()));
        }
        if let Some(policy) = self.cache_control {
            response.insert_header((header::CACHE_CONTROL, policy));
        }
        if unchanged || self.status == StatusCode::NO_CONTENT {
            return response.finish();
        }
        if self.not_kept {
            response.insert_header((header::CACHE_CONTROL, "no-store"));
        }
        if let Some(value) =
            self.file_name.and_then(|name| HeaderValue::from_str(&format!("attachment; filename=\"{name}\"")).ok())
        {
            response.insert_header((header::CONTENT_DISPOSITION, value));
        }
        response.insert_header((header::CONTENT_TYPE, self.content_type)).body(self.body)
    }
}
