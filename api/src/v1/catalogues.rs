//! Codes with their labels, and every error code.

use actix_web::get;
use htcd_domain::Code;
use htcd_domain::catalogue::{self, Catalogue};
use htcd_domain::text::Label;
use serde::Serialize;
use utoipa::ToSchema;

use crate::answer::Answer;

/// An error code.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProblemEntry {
    /// The code.
    pub code: Code,
    /// The HTTP status it comes with.
    #[schema(example = 409)]
    pub status: u16,
    /// What is wrong.
    pub title: Label,
    /// What to do next.
    pub next: Label,
}

/// Every catalogue: the codes of roles, ranks, states and so on, with Vietnamese and English labels.
#[utoipa::path(tag = "catalogues", responses((status = 200, description = "Catalogues.", body = [Catalogue])), security(()))]
#[get("/v1/catalogues")]
pub async fn list_catalogues() -> Answer {
    Answer::json(&catalogue::all())
}

/// Every error code, with its status, its meaning and what to do next.
#[utoipa::path(tag = "catalogues", responses((status = 200, description = "Error codes.", body = [ProblemEntry])), security(()))]
#[get("/v1/problems")]
pub async fn list_problems() -> Answer {
    let entries: Vec<_> = Code::ALL
        .iter()
        .map(|code| ProblemEntry { code: *code, status: code.status(), title: code.title(), next: code.next() })
        .collect();
    Answer::json(&entries)
}
