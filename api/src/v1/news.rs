//! News of centres and units: written, published, withdrawn. What everybody reads of it is in `public`.

use actix_web::{delete, get, patch, post};
use chrono::NaiveDate;
use htcd_domain::access::Permission;
use htcd_domain::file::shows_place;
use htcd_domain::id::{CentreId, NewsId, UnitId};
use htcd_domain::news::{News, NewsAction, NewsState, PublishNews, WithdrawNews};
use htcd_domain::problem::Faults;
use htcd_domain::rating::{AllowedAction, Reason};
use htcd_domain::record::{Kept, Patch, Record};
use htcd_domain::text::Label;
use htcd_domain::{Code, Coded, Fault, Problem};
use htcd_persistence::news::{self, NewsFilter};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, Result as Stored, Tx, centre, file};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::files;
use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, search_text};
use crate::permit::{NewsPublish, Permit, RecordsRead, RecordsWrite, Right};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type NewsRecord = Kept<News>;
type NewsPatch = Patch<News>;

/// A news item, with what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct NewsView {
    /// The item.
    #[serde(flatten)]
    pub news: NewsRecord,
    /// Every action with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

fn right_for(action: NewsAction) -> Permission {
    match action {
        NewsAction::Edit | NewsAction::Delete => Permission::RecordsWrite,
        NewsAction::Publish | NewsAction::Withdraw => Permission::NewsPublish,
    }
}

fn view<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, news: Kept<News>) -> Stored<NewsView> {
    let centre = news.content.centre_id.map(|id| centre::find(tx, id)).transpose()?.flatten();
    let mut allowed_actions = news.content.allowed_actions();
    for (entry, action) in allowed_actions.iter_mut().zip(NewsAction::ALL) {
        let scope = permit.scope_of(right_for(*action));
        let is_covered = match (&centre, news.content.unit_id) {
            (Some((centre, _)), _) => scope.covers(centre.commune_id, Some(centre.id)),
            (None, Some(unit)) => scope.covers_unit(unit),
            (None, None) => false,
        };
        if !is_covered {
            entry.allowed = false;
            let (vi, en) =
                ("Tài khoản không có quyền này với nơi đăng tin.", "The account lacks this right on whoever's news it is.");
            entry.reasons.insert(0, Reason { code: "right_missing".into(), detail: Label::fixed(vi, en) });
        }
    }
    Ok(NewsView { news, allowed_actions })
}

impl Kind for News {
    fn settle(&mut self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        self.course = before.map(|before| before.content.course.clone()).unwrap_or_default();
        if before.is_none() {
            self.course.listed_on = desk.today;
        }
        Ok(())
    }

    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if let Some(before) = before {
            before.content.permit(NewsAction::Edit)?;
        }
        let Some(holder) = self.holder() else { return Ok(()) };
        let known = |id| before.is_some_and(|before| before.content.pictures.iter().any(|picture| picture.file_id == id));
        let mut faults = Faults::default();
        for (place, picture) in self.pictures.iter().enumerate().filter(|(_, picture)| !known(picture.file_id)) {
            let pointer = format!("/pictures/{place}/file_id");
            match files::of_holder(desk, holder, picture.file_id)? {
                None => {
                    for fault in files::not_of_holder(&pointer).faults {
                        faults.push(fault);
                    }
                }
                Some(file) => faults.check(
                    file.media_type.is_picture(),
                    pointer,
                    "file_is_picture",
                    "Ảnh của tin là tệp JPEG, PNG hoặc WebP.",
                    "A picture of a news item is a JPEG, PNG or WebP.",
                ),
            }
        }
        Ok(faults.into_result()?)
    }

    fn release(kept: &Kept<Self>, _: &mut Desk<'_, '_>) -> Stored<()> {
        Ok(kept.content.permit(NewsAction::Delete)?)
    }
}

/// Which items a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListNews {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of this unit, or of units and centres in it.
    unit_id: Option<UnitId>,
    /// In this state.
    state: Option<NewsState>,
    /// Published, or begun as a draft, on this day or later.
    #[param(example = "2018-01-01")]
    from: Option<NaiveDate>,
    /// Published, or begun as a draft, on this day or earlier.
    #[param(example = "2018-12-31")]
    to: Option<NaiveDate>,
    /// Whose headline or summary holds this text; blind to case and diacritics.
    #[param(example = "hoc tap suot doi", max_length = 100)]
    q: Option<String>,
    /// By the day of publication or draft: `desc` (default) the newest first, `asc` the oldest.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// News of centres in scope, and of all units of the province. What may be done with an item says `GET /v1/news/{news_id}`.
#[utoipa::path(tag = "news", params(ListNews), responses((status = 200, description = "A page of items.", body = Page<NewsRecord>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/news")]
pub async fn list_news(permit: Permit<RecordsRead>, Params(params): Params<ListNews>) -> Result<Answer, Refusal> {
    let wanted = record::part(params.sort, Sort::Descending, params.limit, params.cursor.as_deref())?;
    let filter = NewsFilter {
        whose: record::whose(permit.atlas(), params.centre_id, params.unit_id),
        state: params.state,
        from: params.from,
        to: params.to,
        q: search_text(params.q)?,
    };
    permit
        .read(move |_, tx| {
            let limit = wanted.limit;
            Ok(record::page(news::list(tx, &filter, wanted.clone())?, limit, |it: &News| it.course.listed_on))
        })
        .await
}

/// One item, with what may be done with it.
#[utoipa::path(tag = "news", params(("news_id" = NewsId, Path, description = "The item.")), responses((status = 200, description = "The item.", body = NewsView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/news/{news_id}")]
pub async fn get_news(permit: Permit<RecordsRead>, Segments(id): Segments<NewsId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (news, revision) = News::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(permit, tx, news)?, revision))
        })
        .await
}

/// Draft a news item. Its text is plain and its pictures are files that were uploaded before; nobody outside sees either until it is
/// published.
#[utoipa::path(tag = "news", request_body = News, responses((status = 201, description = "The item, a draft.", body = NewsView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/news")]
pub async fn create_news(permit: Permit<RecordsWrite>, Body(body): Body<News>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = record::store(permit, tx, body)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|kept| Answer::created(&view, format!("/v1/news/{}", kept.id))).apart_from_figures())
        })
        .await
}

/// Change an item that is a draft or was withdrawn.
#[utoipa::path(tag = "news", params(("news_id" = NewsId, Path, description = "The item."), IfMatchHeader), request_body(content = NewsPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The item.", body = NewsView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/news/{news_id}")]
pub async fn update_news(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<NewsId>,
    if_match: IfMatch,
    Body(body): Body<Patch<News>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = News::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = record::patched(&body, &before.content)?;
            let change = record::amend(permit, tx, (before, revision), content)?;
            let view = view(permit, tx, change.value.clone())?;
            Ok(change.map(|_| Answer::resource(&view, revision + 1)).apart_from_figures())
        })
        .await
}

/// Remove an item that is a draft or was withdrawn. The audit trail keeps what it said.
#[utoipa::path(tag = "news", params(("news_id" = NewsId, Path, description = "The item."), IfMatchHeader), responses((status = 204, description = "It is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/news/{news_id}")]
pub async fn delete_news(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<NewsId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<News, _>(permit, id, if_match).await
}

/// Stores what an act made of an item.
fn taken<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    (before, revision): (&Kept<News>, i64),
    content: News,
) -> Stored<Change<Answer>> {
    let after = Kept { content, updated_at: permit.now(), ..before.clone() };
    News::update(tx, &after, revision)?;
    let answer = Answer::resource(&view(permit, tx, after.clone())?, revision + 1);
    Ok(Change::updated(answer, News::SUBJECT, after.id, before, &after).apart_from_figures())
}

/// An item that an act is taken on.
fn found<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    id: NewsId,
    if_match: &IfMatch,
    action: NewsAction,
) -> Stored<(Kept<News>, i64)> {
    let (news, revision) = News::find(tx, id)?.ok_or(Code::NotFound)?;
    record::check_writes(permit, tx, &news.content)?;
    news.content.permit(action)?;
    if_match.check(revision)?;
    Ok((news, revision))
}

/// Publish an item: everybody reads it, with its pictures, as soon as the province publishes news.
///
/// Where people can be recognised on its pictures it is said that they agree. A picture that tells where it was taken is refused:
/// phones write that into it.
#[utoipa::path(tag = "news", params(("news_id" = NewsId, Path, description = "The item."), IfMatchHeader), request_body = PublishNews, responses((status = 200, description = "The item.", body = NewsView)), security(("oauth2" = ["news:publish"])))]
#[post("/v1/news/{news_id}/publish")]
pub async fn publish_news(
    permit: Permit<NewsPublish>,
    Segments(id): Segments<NewsId>,
    if_match: IfMatch,
    Body(body): Body<PublishNews>,
) -> Result<Answer, Refusal> {
    let (permit, looked) = permit
        .look(move |_, tx| {
            let (news, _) = News::find(tx, id)?.ok_or(Code::NotFound)?;
            let mut pictures = vec![];
            // One that is published already is refused below, or was published by this very request.
            if news.content.course.state != NewsState::Published {
                for picture in &news.content.pictures {
                    pictures.push(file::find(tx, picture.file_id)?.ok_or(Code::NotFound)?);
                }
            }
            Ok((news.content.pictures, pictures))
        })
        .await?;
    let (looked_at, pictures) = looked;
    check_places(&permit, pictures).await?;
    permit
        .write(move |permit, tx| {
            let (before, revision) = found(permit, tx, id, &if_match, NewsAction::Publish)?;
            if before.content.pictures != looked_at {
                return Err(Code::EtagMismatch.into());
            }
            let content = before.content.published(&body, permit.now(), permit.today())?;
            taken(permit, tx, (&before, revision), content)
        })
        .await
}

/// No picture that goes to everybody tells where it was taken.
async fn check_places(permit: &Permit<NewsPublish>, pictures: Vec<file::Found>) -> Result<(), Refusal> {
    let (app, province) = (permit.shared().clone(), permit.scope().province_id);
    let mut faults = Faults::default();
    for (place, picture) in pictures.into_iter().enumerate() {
        let Some(object) = picture.object else { return Err(Code::NotFound.into()) };
        let (media_type, size) = (picture.file.media_type, picture.file.size);
        let _room = app.files.room(size).await?;
        let whole = app.files.join(province, picture.file.id, vec![object], usize::try_from(size).unwrap_or(0)).await?;
        let Some(bytes) = whole else {
            tracing::error!(province_id = %province, file_id = %picture.file.id, "the bytes of a picture are lost");
            return Err(Code::FilesAway.into());
        };
        if app.files.examine(move || Ok(shows_place(media_type, &bytes))).await? {
            let name = &picture.file.name;
            let detail = Label::new(
                format!(
                    "Ảnh «{name}» ghi kèm vị trí chụp (GPS). Hãy xóa vị trí khỏi ảnh, tải lại rồi đăng: ảnh đăng lên ai cũng tải được."
                ),
                format!(
                    "The picture “{name}” tells where it was taken (GPS). Take that off, upload it again, then publish: everybody can download it."
                ),
            );
            faults.push(Fault::body(format!("/pictures/{place}/file_id"), "picture_without_place", detail));
        }
    }
    let refused = |problem: Problem| Refusal::from(problem.basis("Luật Bảo vệ dữ liệu cá nhân 91/2025/QH15"));
    faults.into_result().map_err(refused)
}

/// Take a published item back. Caches outside may show it for five minutes more.
#[utoipa::path(tag = "news", params(("news_id" = NewsId, Path, description = "The item."), IfMatchHeader), request_body = WithdrawNews, responses((status = 200, description = "The item.", body = NewsView)), security(("oauth2" = ["news:publish"])))]
#[post("/v1/news/{news_id}/withdraw")]
pub async fn withdraw_news(
    permit: Permit<NewsPublish>,
    Segments(id): Segments<NewsId>,
    if_match: IfMatch,
    Body(body): Body<WithdrawNews>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = found(permit, tx, id, &if_match, NewsAction::Withdraw)?;
            let content = before.content.withdrawn(body.reason.clone(), permit.now());
            Ok(taken(permit, tx, (&before, revision), content)?.because(body.reason.as_deref()))
        })
        .await
}
