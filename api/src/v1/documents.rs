//! Registers of papers: what centres and units issued and received.

use actix_web::{delete, get, patch, post};
use chrono::{Datelike, NaiveDate};
use htcd_domain::document::{BorneNumber, Document, DocumentDirection, DocumentKind, DocumentNumbers};
use htcd_domain::evidence::{Citing, check_change, check_removal};
use htcd_domain::id::{CentreId, DocumentId, PlanId, RatingId, UnitId};
use htcd_domain::plan::Plan;
use htcd_domain::problem::{Code, Problem};
use htcd_domain::record::{Holder, Kept, Patch, Record};
use htcd_persistence::document::{self, DocumentFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Result as Stored, centre, rating, round, scheme};
use serde::Deserialize;
use utoipa::IntoParams;

use super::files;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, search_text};
use crate::permit::{Permit, RecordsRead, RecordsWrite};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort, absent, shown};

/// As the document names them.
type DocumentRecord = Kept<Document>;
type DocumentPatch = Patch<Document>;

/// What a paper says that it did not say before: only that is looked up.
fn said_anew<T: PartialEq>(
    document: &Document,
    before: Option<&Kept<Document>>,
    member: impl Fn(&Document) -> Option<T>,
) -> Option<T> {
    member(document).filter(|now| before.is_none_or(|before| member(&before.content).as_ref() != Some(now)))
}

/// Whether something of a centre, or of a commune itself (`None`), may stand beside a paper.
fn is_near(document: &Document, centre: Option<CentreId>) -> bool {
    document.centre_id.is_none() || centre.is_none() || centre == document.centre_id
}

/// The number that a report or a plan bears was not given to something else by its centre's register.
///
/// # Errors
/// `already_exists`.
pub(super) fn check_borne(borne: Option<BorneNumber>, centre: CentreId, desk: &mut Desk<'_, '_>) -> Stored<()> {
    let Some(borne) = borne else { return Ok(()) };
    // One at a time takes numbers of a centre, here and in the register.
    centre::hold(desk.tx, centre)?;
    let entry = document::entry_of(desk.tx, centre, &borne)?;
    Ok(borne.check_against(entry.as_ref())?)
}

impl Kind for Document {
    fn settle(&mut self, _: Option<&Kept<Self>>, _: &mut Desk<'_, '_>) -> Stored<()> {
        *self = self.clone().registered();
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(before) = before {
            check_sealed(self, before, desk)?;
        }
        if let Some(other) = document::numbered_alike(desk.tx, self, before.map(|kept| kept.id))? {
            let next = document::next_number(desk.tx, self)?;
            return Err(self.number_taken(other.id, &other.content, next).into());
        }
        if let Some(centre) = self.centre_id.filter(|_| self.number.is_some()) {
            centre::hold(desk.tx, centre)?;
            for borne in document::borne(desk.tx, centre, self.registered.register_year)? {
                borne.check_document(self)?;
            }
        }
        if let Some(id) = said_anew(self, before, |it| it.file_id)
            && let Some(holder) = self.holder()
            && files::of_holder(desk, holder, id)?.is_none()
        {
            return Err(files::not_of_holder("/file_id").into());
        }
        if let Some(id) = said_anew(self, before, |it| it.plan_id) {
            let is_ours = Plan::find(desk.tx, id)?.is_some_and(|(plan, _)| is_near(self, Some(plan.content.centre_id)));
            if !is_ours {
                return Err(absent("/plan_id", "kế hoạch", "plan").into());
            }
        }
        if let Some((id, _)) = said_anew(self, before, |it| it.rating_id.map(|id| (id, it.criterion.clone()))) {
            check_rating(self, id, desk)?;
        }
        for (pointer, other) in [
            ("/answers_id", said_anew(self, before, |it| it.answers_id)),
            ("/replaces_id", said_anew(self, before, |it| it.replaces_id)),
        ] {
            let Some(id) = other else { continue };
            let found = Self::find(desk.tx, id)?.filter(|(other, _)| other.content.holder() == self.holder());
            let Some((other, _)) = found.filter(|_| before.is_none_or(|before| before.id != id)) else {
                let (vi, en) = (
                    "Sổ văn bản này không có văn bản đó, hoặc đó chính là văn bản đang ghi.",
                    "The register has no such paper, or it is this very one.",
                );
                return Err(Problem::rule(pointer, "document_of_register", vi, en).into());
            };
            if other.content.registered_on() > self.registered_on() {
                let (vi, en) = (
                    "Văn bản được trả lời hoặc thay thế không thể vào sổ sau văn bản này.",
                    "What a paper answers or replaces was not registered after it.",
                );
                return Err(Problem::rule(pointer, "dates_in_order", vi, en).into());
            }
        }
        Ok(())
    }

    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        document::hold(desk.tx, kept.id)?;
        let mut citing = document::citing_document(desk.tx, kept.id, None)?;
        // A paper that names a rating itself is taken off it by being removed, as long as that is open.
        let named = document::citing_document(desk.tx, kept.id, kept.content.rating_id)?;
        let named = named.into_iter().filter(|rating| rating.state.is_decided() && !citing.contains(rating));
        let named: Vec<Citing> = named.collect();
        citing.extend(named);
        Ok(check_removal(Self::NAME, &citing, &shown(desk.tx, &citing))?)
    }
}

/// What a decided rating rests on stays as it was.
fn check_sealed(document: &Document, before: &Kept<Document>, desk: &mut Desk<'_, '_>) -> Stored<()> {
    let changed = document.unsealed(&before.content);
    if changed.is_empty() {
        return Ok(());
    }
    document::hold(desk.tx, before.id)?;
    let citing = document::citing_document(desk.tx, before.id, before.content.rating_id)?;
    Ok(check_change(Document::NAME, &changed, &citing, &shown(desk.tx, &citing))?)
}

/// A rating that a paper names as evidence: one that may still be assessed, of the same centre or its commune.
fn check_rating(document: &Document, id: RatingId, desk: &mut Desk<'_, '_>) -> Stored<()> {
    let found = rating::find(desk.tx, id)?.filter(|(rating, _)| is_near(document, rating.centre_id));
    let Some((rating, _)) = found else { return Err(absent("/rating_id", "hồ sơ xếp loại", "rating").into()) };
    if rating.state.is_decided() {
        let (vi, en) = (
            "Kết quả xếp loại này đã được quyết định, minh chứng của hồ sơ đã chốt; cần bổ sung thì đề nghị điều chỉnh kết quả.",
            "This rating is decided and its evidence closed; ask for an amendment where something is missing.",
        );
        return Err(Problem::rule("/rating_id", "rating_open", vi, en).into());
    }
    if let Some(criterion) = &document.criterion {
        let (round, _) = round::find(desk.tx, rating.round_id)?.ok_or(Code::NotFound)?;
        let (scheme, _) = scheme::find(desk.tx, round.scheme_id)?.ok_or(Code::NotFound)?;
        if !scheme.content.has_criterion(criterion) {
            let (vi, en) = ("Bộ tiêu chí của hồ sơ không có tiêu chí này.", "The rating's scheme has no such criterion.");
            return Err(Problem::rule("/criterion", "criterion_exists", vi, en).into());
        }
    }
    Ok(())
}

/// Which papers a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListDocuments {
    /// In the register of this centre.
    centre_id: Option<CentreId>,
    /// In the register of this unit, or of units and centres in it.
    unit_id: Option<UnitId>,
    /// Received or issued.
    direction: Option<DocumentDirection>,
    /// Of this kind.
    kind: Option<DocumentKind>,
    /// In the register of this year.
    #[param(example = 2018)]
    year: Option<i32>,
    /// Signed (outgoing) or arrived (incoming) on this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// Signed (outgoing) or arrived (incoming) on this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// About this plan.
    plan_id: Option<PlanId>,
    /// Evidence in this rating: papers that name it, and those that its assessments cite.
    rating_id: Option<RatingId>,
    /// Whose number and symbol, subject, issuer or keywords hold this text; blind to case and diacritics.
    #[param(example = "10/BC", max_length = 100)]
    q: Option<String>,
    /// By the day of the register: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// Papers in the registers of centres in scope, and of all units of the province.
#[utoipa::path(tag = "documents", params(ListDocuments), responses((status = 200, description = "A page of papers.", body = Page<DocumentRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/documents")]
pub async fn list_documents(permit: Permit<RecordsRead>, Params(params): Params<ListDocuments>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = DocumentFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        direction: params.direction,
        kind: params.kind,
        year: params.year,
        from: params.from,
        to: params.to,
        plan: params.plan_id,
        rating: params.rating_id,
        q: search_text(params.q)?,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            let found = document::list(tx, &filter, wanted.clone())?;
            Ok(record::page(found, limit, |it: &Document| it.registered_on()))
        })
        .await
}

/// One paper.
#[utoipa::path(tag = "documents", params(("document_id" = DocumentId, Path, description = "The paper.")), responses((status = 200, description = "The paper.", body = DocumentRecord)), security(("oauth2" = ["records:read"])))]
#[get("/v1/documents/{document_id}")]
pub async fn get_document(permit: Permit<RecordsRead>, Segments(id): Segments<DocumentId>) -> Result<Answer, Refusal> {
    record::get::<Document, _>(permit, id).await
}

/// Register a paper.
///
/// An outgoing paper takes the number that it bears: within a register and a year each number of a symbol is given once, and 409 names
/// the paper that has it. An incoming one keeps its issuer's number as printed and gets one of its own in the register of arrivals.
#[utoipa::path(tag = "documents", request_body = Document, responses((status = 201, description = "The paper.", body = DocumentRecord)), security(("oauth2" = ["records:write"])))]
#[post("/v1/documents")]
pub async fn create_document(permit: Permit<RecordsWrite>, Body(body): Body<Document>) -> Result<Answer, Refusal> {
    record::create(permit, body).await
}

/// Change a paper's entry. What a decided rating rests on stays: 409 `cited_as_evidence`.
#[utoipa::path(tag = "documents", params(("document_id" = DocumentId, Path, description = "The paper."), IfMatchHeader), request_body(content = DocumentPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The paper.", body = DocumentRecord)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/documents/{document_id}")]
pub async fn update_document(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<DocumentId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Document>>,
) -> Result<Answer, Refusal> {
    record::update(permit, id, if_match, body).await
}

/// Remove a paper that was entered by mistake. What a rating cites stays, and what another paper answers or replaces.
#[utoipa::path(tag = "documents", params(("document_id" = DocumentId, Path, description = "The paper."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/documents/{document_id}")]
pub async fn delete_document(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<DocumentId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Document, _>(permit, id, if_match).await
}

/// Of which year.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct DocumentNumbersQuery {
    /// The year; this one when left out.
    #[param(example = 2018, minimum = 1990, maximum = 2100)]
    year: Option<i32>,
}

/// The numbers of a centre's register in a year: the last and the next of each symbol, of all of them, and of the arrivals.
///
/// A suggestion: the number is taken only when a paper is registered with it.
#[utoipa::path(tag = "documents", params(("centre_id" = CentreId, Path, description = "The centre."), DocumentNumbersQuery), responses((status = 200, description = "The numbers.", body = DocumentNumbers)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/document_numbers")]
pub async fn get_centre_document_numbers(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(query): Params<DocumentNumbersQuery>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year.unwrap_or(permit.today().year()))?;
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&document::numbers(tx, Holder::Centre(id), year)?))
        })
        .await
}

/// The numbers of a unit's register in a year: the last and the next of each symbol, of all of them, and of the arrivals.
#[utoipa::path(tag = "documents", params(("unit_id" = UnitId, Path, description = "The unit."), DocumentNumbersQuery), responses((status = 200, description = "The numbers.", body = DocumentNumbers)), security(("oauth2" = ["records:read"])))]
#[get("/v1/units/{unit_id}/document_numbers")]
pub async fn get_unit_document_numbers(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<UnitId>,
    Params(query): Params<DocumentNumbersQuery>,
) -> Result<Answer, Refusal> {
    let year = record::check_year(query.year.unwrap_or(permit.today().year()))?;
    permit
        .read(move |permit, tx| {
            record::check_unit(permit, tx, id)?;
            Ok(Answer::json(&document::numbers(tx, Holder::Unit(id), year)?))
        })
        .await
}
