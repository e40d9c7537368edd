//! Rating schemes.

use actix_web::{get, post, put};
use htcd_domain::id::SchemeId;
use htcd_domain::scheme::{CreateScheme, Scheme, SchemeContent, SchemeStatus};
use htcd_domain::{Code, Problem};
use htcd_persistence::{Change, Tx, scheme};

use crate::answer::Answer;
use crate::extract::{Body, IfMatch, IfMatchHeader, Segments};
use crate::permit::{Permit, SchemesRead, SchemesWrite};
use crate::problem::Refusal;

/// The national frameworks and the province's own schemes, all versions.
#[utoipa::path(tag = "schemes", responses((status = 200, description = "Schemes.", body = [Scheme])), security(("oauth2" = ["schemes:read"])))]
#[get("/v1/schemes")]
pub async fn list_schemes(permit: Permit<SchemesRead>) -> Result<Answer, Refusal> {
    permit.read(|_, tx| Ok(Answer::json(&scheme::all(tx)?))).await
}

/// One scheme.
#[utoipa::path(tag = "schemes", params(("scheme_id" = SchemeId, Path, description = "The scheme.")), responses((status = 200, description = "The scheme.", body = Scheme)), security(("oauth2" = ["schemes:read"])))]
#[get("/v1/schemes/{scheme_id}")]
pub async fn get_scheme(permit: Permit<SchemesRead>, Segments(id): Segments<SchemeId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (scheme, revision) = scheme::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&scheme, revision))
        })
        .await
}

fn check_parent(tx: &mut Tx<'_>, id: SchemeId, content: &SchemeContent) -> htcd_persistence::Result<()> {
    let mut above = content.parent_id;
    // A parent's parent cannot change once it is published, so this walk ends: a cycle would need a draft in it.
    for _ in 0..20 {
        let Some(parent) = above else { return Ok(()) };
        let found = scheme::find(tx, parent)?.map(|(scheme, _)| scheme);
        let fits = found.as_ref().is_some_and(|found| {
            found.status == SchemeStatus::Published && found.content.subject == content.subject && found.id != id
        });
        if !fits {
            let (vi, en) = (
                "Bộ tiêu chí gốc phải là một bộ khác, đã ban hành, cùng đối tượng.",
                "A parent is another scheme, published, for the same subject.",
            );
            return Err(Problem::rule("/content/parent_id", "parent_published", vi, en).into());
        }
        above = found.and_then(|found| found.content.parent_id);
    }
    Err(Problem::rule(
        "/content/parent_id",
        "parent_depth",
        "Chuỗi bộ tiêu chí gốc quá dài.",
        "The chain of parents is too long.",
    )
    .into())
}

/// Draft a scheme. A code that exists makes the next version of it.
#[utoipa::path(tag = "schemes", request_body = CreateScheme, responses((status = 201, description = "The draft.", body = Scheme)), security(("oauth2" = ["schemes:write"])))]
#[post("/v1/schemes")]
pub async fn create_scheme(permit: Permit<SchemesWrite>, Body(body): Body<CreateScheme>) -> Result<Answer, Refusal> {
    body.content.check_draft()?;
    permit
        .write(move |permit, tx| {
            let id = body.id.unwrap_or_else(|| permit.new_id());
            check_parent(tx, id, &body.content)?;
            let version = scheme::next_version(tx, &body.code)?;
            let national = permit.scope().province_id.is_nation();
            let draft = Scheme { id, national, code: body.code, version, status: SchemeStatus::Draft, content: body.content };
            scheme::insert(tx, &draft, permit.now())?;
            Ok(Change::created(Answer::created(&draft, format!("/v1/schemes/{id}")), "scheme", id, &draft))
        })
        .await
}

fn own_draft(permit: &Permit<SchemesWrite>, found: &Scheme) -> Result<(), Problem> {
    if found.national && !permit.scope().province_id.is_nation() {
        return Err(Problem::new(Code::OutsideScope).detail(
            "Khung quốc gia chỉ do cấp quốc gia sửa; tỉnh lập bộ riêng với parent_id.",
            "A national framework is changed by the nation only; make a variant with parent_id.",
        ));
    }
    if found.status == SchemeStatus::Published {
        let detail = (
            "Bộ tiêu chí đã ban hành không sửa được nữa; hãy soạn phiên bản mới.",
            "A published scheme never changes; draft its next version.",
        );
        return Err(Problem::new(Code::StateConflict).detail(detail.0, detail.1).with("state", found.status));
    }
    Ok(())
}

/// Replace the content of a draft.
#[utoipa::path(tag = "schemes", params(("scheme_id" = SchemeId, Path, description = "The scheme."), IfMatchHeader), request_body = SchemeContent, responses((status = 200, description = "The draft.", body = Scheme)), security(("oauth2" = ["schemes:write"])))]
#[put("/v1/schemes/{scheme_id}")]
pub async fn replace_scheme(
    permit: Permit<SchemesWrite>,
    Segments(id): Segments<SchemeId>,
    if_match: IfMatch,
    Body(content): Body<SchemeContent>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = scheme::find(tx, id)?.ok_or(Code::NotFound)?;
            own_draft(permit, &before)?;
            if_match.check(revision)?;
            content.check_draft()?;
            check_parent(tx, id, &content)?;
            let after = Scheme { content, ..before.clone() };
            scheme::update_draft(tx, &after, revision)?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "scheme", id, &before, &after))
        })
        .await
}

/// Publish a draft. It never changes again.
///
/// A province's scheme must be complete enough to turn scores into a rank; a national framework may leave
/// open what the law leaves open.
#[utoipa::path(tag = "schemes", params(("scheme_id" = SchemeId, Path, description = "The scheme."), IfMatchHeader), responses((status = 200, description = "The published scheme.", body = Scheme)), security(("oauth2" = ["schemes:write"])))]
#[post("/v1/schemes/{scheme_id}/publish")]
pub async fn publish_scheme(
    permit: Permit<SchemesWrite>,
    Segments(id): Segments<SchemeId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = scheme::find(tx, id)?.ok_or(Code::NotFound)?;
            own_draft(permit, &before)?;
            if_match.check(revision)?;
            if !before.national {
                before.content.check_usable()?;
            }
            let after = Scheme { status: SchemeStatus::Published, ..before.clone() };
            scheme::update_draft(tx, &after, revision)?;
            Ok(Change::updated(Answer::resource(&after, revision + 1), "scheme", id, &before, &after))
        })
        .await
}
