//! Refusals over HTTP: `application/problem+json` (RFC 9457), in Vietnamese or English.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::{HttpResponse, ResponseError};
use htcd_domain::problem::Place;
use htcd_domain::text::Language;
use htcd_domain::{Code, Problem};
use htcd_persistence::Error as DbError;
use serde::Serialize;
use utoipa::ToSchema;

/// What is wrong at one place of the request.
#[derive(Debug, Serialize, ToSchema)]
pub struct FaultView {
    /// In which part of the request.
    #[serde(rename = "in")]
    pub place: Place,
    /// Where in that part: a JSON pointer, a parameter's or header's name, or `row,column` of a table.
    #[schema(example = "/establishment/decision/date")]
    pub pointer: String,
    /// A stable code of the rule.
    #[schema(example = "decision_before_effect")]
    pub rule: String,
    /// What the rule says.
    #[schema(example = "Quyết định phải ký trước hoặc vào ngày có hiệu lực.")]
    pub detail: String,
}

/// A refusal: what, where, why, and what to do next.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemView {
    /// Identifies the kind of problem; the same as `/v1/problems` lists.
    #[serde(rename = "type")]
    #[schema(example = "/v1/problems#state_conflict")]
    pub kind: String,
    /// What is wrong, in a short sentence.
    #[schema(example = "Trạng thái hiện tại không cho phép việc này")]
    pub title: String,
    /// The HTTP status.
    #[schema(example = 409)]
    pub status: u16,
    /// A stable code, for programs.
    pub code: Code,
    /// What happened here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// What is wrong, place by place.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    pub errors: Vec<FaultView>,
    /// The law behind the rule.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "Nghị định 125/2024/NĐ-CP, Điều 39")]
    pub legal_basis: Option<String>,
    /// What to do next.
    #[schema(example = "Xem trạng thái và các việc được phép trong câu trả lời.")]
    pub next: String,
    /// The request's id, to give to the operator.
    pub request_id: String,
    /// Further members, such as `state`, `allowed_actions`, `candidates` or `current_etag`.
    #[serde(flatten)]
    pub members: serde_json::Map<String, serde_json::Value>,
}

/// A refusal on its way out, with headers of its own.
#[derive(Debug, Clone)]
pub struct Refusal {
    /// The refusal.
    pub problem: Box<Problem>,
    /// Headers beside the usual ones.
    pub headers: Vec<(HeaderName, HeaderValue)>,
}

impl Refusal {
    /// Adds a header.
    pub fn header(mut self, name: HeaderName, value: impl ToString) -> Self {
        if let Ok(value) = HeaderValue::from_str(&value.to_string()) {
            self.headers.push((name, value));
        }
        self
    }

    /// What is wrong, without the headers.
    pub fn into_problem(self) -> Problem {
        *self.problem
    }

    /// The body in a language.
    pub fn view(&self, language: Language, request_id: &str) -> ProblemView {
        let problem = &self.problem;
        ProblemView {
            kind: format!("/v1/problems#{}", problem.code.as_str()),
            title: problem.code.title().get(language).to_owned(),
            status: problem.code.status(),
            code: problem.code,
            detail: problem.detail.as_ref().map(|detail| detail.get(language).to_owned()),
            errors: problem
                .faults
                .iter()
                .map(|fault| FaultView {
                    place: fault.place,
                    pointer: fault.pointer.clone(),
                    rule: fault.rule.to_owned(),
                    detail: fault.detail.get(language).to_owned(),
                })
                .collect(),
            legal_basis: problem.legal_basis.map(str::to_owned),
            next: problem.next().get(language).to_owned(),
            request_id: request_id.to_owned(),
            members: problem.members.clone(),
        }
    }

    /// The answer in a language.
    pub fn render(&self, language: Language, request_id: &str) -> HttpResponse {
        let status = StatusCode::from_u16(self.problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        if status == StatusCode::UNAUTHORIZED {
            response.insert_header((header::WWW_AUTHENTICATE, "Bearer realm=\"htcd\""));
        }
        if status == StatusCode::SERVICE_UNAVAILABLE {
            response.insert_header((header::RETRY_AFTER, if self.problem.code == Code::TooBusy { "5" } else { "2" }));
        }
        for (name, value) in &self.headers {
            response.insert_header((name.clone(), value.clone()));
        }
        response
            .insert_header((header::CONTENT_TYPE, "application/problem+json"))
            .insert_header((header::CONTENT_LANGUAGE, if language == Language::Vi { "vi" } else { "en" }))
            .body(serde_json::to_string(&self.view(language, request_id)).unwrap_or_default())
    }
}

impl std::fmt::Display for Refusal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.problem.code.as_str())
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        StatusCode::from_u16(self.problem.code.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
    }

    /// The outermost middleware renders it again in the caller's language, with the request's id.
    fn error_response(&self) -> HttpResponse {
        self.render(Language::Vi, "")
    }
}

impl From<Problem> for Refusal {
    fn from(problem: Problem) -> Self {
        Self { problem: Box::new(problem), headers: Vec::new() }
    }
}

impl From<Code> for Refusal {
    fn from(code: Code) -> Self {
        Problem::new(code).into()
    }
}

impl From<DbError> for Refusal {
    /// Says everything to the log, once, and nothing to the client.
    fn from(error: DbError) -> Self {
        match error {
            DbError::Refused(problem) => Self { problem, headers: Vec::new() },
            DbError::Away(cause) => {
                tracing::warn!(cause, "the database does not answer");
                Code::DatabaseAway.into()
            }
            DbError::TookTooLong => {
                tracing::warn!("a statement took too long");
                Code::DatabaseAway.into()
            }
            other => {
                tracing::error!(cause = %other, "a query failed");
                Code::Internal.into()
            }
        }
    }
}

/// The language that a caller asked for: the first of `vi` and `en` in `Accept-Language`, Vietnamese otherwise.
pub fn language(headers: &header::HeaderMap) -> Language {
    let wanted = headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let mut best = (Language::Vi, 0.0f32);
    for part in wanted.split(',') {
        let mut pieces = part.trim().split(';');
        let tag = pieces.next().unwrap_or("").trim();
        let weight =
            pieces.find_map(|piece| piece.trim().strip_prefix("q=")).map_or(Some(1.0), |q| q.parse::<f32>().ok()).unwrap_or(0.0);
        let language = match tag.get(..2).map(str::to_ascii_lowercase).as_deref() {
            Some("vi") => Language::Vi,
            Some("en") => Language::En,
            _ => continue,
        };
        if weight > best.1 {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_unless_english_is_wanted_more() {
        let ask = |text: &str| {
            let mut headers = header::HeaderMap::new();
            if let Ok(value) = HeaderValue::from_str(text) {
                headers.insert(header::ACCEPT_LANGUAGE, value);
            }
            language(&headers)
        };
        assert_eq!(ask(""), Language::Vi);
        assert_eq!(ask("fr, de;q=0.5"), Language::Vi);
        assert_eq!(ask("en-GB,en;q=0.9"), Language::En);
        assert_eq!(ask("en;q=0.5, vi"), Language::Vi);
        assert_eq!(ask("vi;q=0.1, en;q=0.2"), Language::En);
        assert_eq!(ask("en;q=abc"), Language::Vi);
    }
}
