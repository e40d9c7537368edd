//! Files of centres: announced, uploaded piece by piece, checked, fetched by links.

use std::ops::Range;

use actix_web::http::StatusCode;
use actix_web::http::header::{self, ByteRangeSpec, ContentEncoding, Header};
use actix_web::{HttpRequest, HttpResponse, delete, get, post, put, web};
use chrono::{DateTime, Utc};
use htcd_domain::Coded;
use htcd_domain::evidence::check_removal;
use htcd_domain::file::{CreateFile, File, FileState, MediaType, check_content, sha256};
use htcd_domain::id::{CentreId, FileId, ProvinceId};
use htcd_domain::problem::Place;
use htcd_domain::record::Holder;
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::file::Found;
use htcd_persistence::{Change, centre, document, file};
use serde::{Deserialize, Serialize};
use serde_json::json;
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::answer::{Answer, Page};
use crate::extract::{
    Body, IfMatch, IfMatchHeader, Params, Segments, UPLOAD_OFFSET, content_type, page_size, read_cursor, write_cursor,
};
use crate::files::store::name;
use crate::middleware::RESOURCE_POLICY;
use crate::permit::{FilesRead, FilesWrite, Permit, Right};
use crate::problem::Refusal;
use crate::record::{self, Desk};
use crate::state::App;

/// A file, and what an upload has to know.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileView {
    /// The file.
    #[serde(flatten)]
    pub file: File,
    /// The longest piece that the server takes, in bytes. A shorter one arrives more surely over a poor network.
    #[schema(example = 2_097_152)]
    pub longest_piece: usize,
}

fn view<R: Right>(permit: &Permit<R>, file: File) -> FileView {
    FileView { file, longest_piece: permit.app().settings.body_limit }
}

/// Bytes as they are.
#[derive(ToSchema)]
#[schema(value_type = String, format = Binary)]
#[expect(dead_code, reason = "stands in the document only: bytes are neither read nor written as a value")]
pub struct FileBytes(Vec<u8>);

/// Whose files.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct FileParams {
    /// The centre.
    centre_id: CentreId,
    /// `next` of the page before.
    cursor: Option<String>,
    /// How many; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
}

/// The files of a centre, in the order in which they were announced.
#[utoipa::path(tag = "files", params(FileParams), responses((status = 200, description = "A page of files.", body = Page<FileView>)), security(("oauth2" = ["files:read"])))]
#[get("/v1/files")]
pub async fn list_files(permit: Permit<FilesRead>, Params(params): Params<FileParams>) -> Result<Answer, Refusal> {
    let limit = page_size(params.limit)?;
    let cursor: Option<(DateTime<Utc>, FileId)> = read_cursor(params.cursor.as_deref())?;
    permit
        .read(move |permit, tx| {
            centre::find(tx, params.centre_id)?.ok_or(Code::NotFound)?;
            let files = file::page(tx, params.centre_id, cursor, limit + 1)?;
            let views = files.into_iter().map(|file| view(permit, file)).collect();
            Ok(Answer::json(&Page::new(views, limit, |view: &FileView| write_cursor(&(view.file.created_at, view.file.id)))))
        })
        .await
}

/// Announce a file.
///
/// Its bytes come afterwards, piece by piece, by `PUT /v1/files/{file_id}/content`, within a day. It has at most 25 MiB and is
/// one of the types that `media_type` lists.
#[utoipa::path(tag = "files", request_body = CreateFile, responses((status = 201, description = "The file, still without bytes.", body = FileView)), security(("oauth2" = ["files:write"])))]
#[post("/v1/files")]
pub async fn create_file(permit: Permit<FilesWrite>, Body(body): Body<CreateFile>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            centre::find(tx, body.centre_id)?.ok_or_else(no_such_centre)?;
            let id = body.id.unwrap_or_else(|| permit.new_id());
            let file = body.announce(id, permit.now())?;
            file::insert(tx, &file, None)?;
            let answer = Answer::created(&view(permit, file.clone()), format!("/v1/files/{id}"));
            Ok(Change::created(answer, "file", id, &file).apart_from_figures())
        })
        .await
}

fn no_such_centre() -> Problem {
    let (vi, en) = ("Không có trung tâm này trong phạm vi của bạn.", "There is no such centre within your scope.");
    Problem::rule("/centre_id", "centre_exists", vi, en)
}

/// A file: how far its upload is, and what it is once it is stored.
#[utoipa::path(tag = "files", params(("file_id" = FileId, Path, description = "The file.")), responses((status = 200, description = "The file.", body = FileView)), security(("oauth2" = ["files:read"])))]
#[get("/v1/files/{file_id}")]
pub async fn get_file(permit: Permit<FilesRead>, Segments(id): Segments<FileId>) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let found = file::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&view(permit, found.file), found.revision))
        })
        .await
}

/// Upload the next piece of a file.
///
/// `Upload-Offset` says where in the file the piece begins: at the file's `offset`, which every answer names, and 409 too. So
/// whoever lost the network asks for the file and goes on from there. Each piece but the last one has at least 16 KiB. With the
/// last one the bytes are checked: SHA-256 if it was announced, and whether they are of the announced media type. If they are
/// not, the file is removed and has to be announced again.
#[utoipa::path(tag = "files", params(("file_id" = FileId, Path, description = "The file."), ("Upload-Offset" = i64, Header, description = "Where in the file the piece begins, in bytes.", minimum = 0, example = 0)), request_body(content = FileBytes, content_type = "application/octet-stream", description = "The bytes of the piece.", example = "%PDF-1.7"), responses((status = 200, description = "The file, with the offset of the next piece; `stored` after the last one.", body = FileView)), security(("oauth2" = ["files:write"])))]
#[put("/v1/files/{file_id}/content")]
pub async fn append_file_content(
    permit: Permit<FilesWrite>,
    Segments(id): Segments<FileId>,
    request: HttpRequest,
    piece: web::Bytes,
) -> Result<Answer, Refusal> {
    let (permit, (found, pieces)) = permit
        .look(move |_, tx| {
            let found = file::find(tx, id)?.ok_or(Code::NotFound)?;
            let pieces = file::pieces(tx, id)?;
            Ok((found, pieces))
        })
        .await?;
    if content_type(&request).as_deref() != Some("application/octet-stream") {
        return Err(Code::UnsupportedMediaType.into());
    }
    let offset = upload_offset(&request)?;
    let length = i64::try_from(piece.len()).unwrap_or(i64::MAX);
    let after = found.file.with_piece(offset, length, permit.now())?;
    if after.is_whole() {
        return finish(permit, found, after, pieces, piece).await;
    }
    let (object, province) = (permit.new_id::<Uuid>(), permit.scope().province_id);
    let app = permit.shared().clone();
    app.files.put(province, id, object, piece).await?;
    let noted = permit
        .write(move |permit, tx| {
            file::add_piece(tx, &found, &after, object)?;
            let answer = Answer::resource(&view(permit, after.clone()), found.revision + 1);
            Ok(Change::updated(answer, "file", id, &found.file, &after).apart_from_figures())
        })
        .await;
    if noted.as_ref().is_err_and(was_refused) {
        app.files.remove(vec![name(province, id, object)]).await;
    }
    noted
}

/// Whether nothing was written for certain. After a failure of the database that is not known, and the sweep decides later.
fn was_refused(refusal: &Refusal) -> bool {
    refusal.problem.code.status() < 500
}

/// Puts a file together whose last piece has come, checks it, and stores it; or removes it.
async fn finish(
    permit: Permit<FilesWrite>,
    found: Found,
    whole: File,
    pieces: Vec<Uuid>,
    last: web::Bytes,
) -> Result<Answer, Refusal> {
    let (id, object, province) = (whole.id, permit.new_id::<Uuid>(), permit.scope().province_id);
    let app = permit.shared().clone();
    let _room = app.files.room(whole.size).await?;
    let joined = app.files.join(province, id, pieces.clone(), usize::try_from(whole.size).unwrap_or(0)).await?;
    let Some(mut bytes) = joined else { return Err(overtaken(permit, &found).await?) };
    bytes.extend_from_slice(&last);
    let (bytes, announced) = (bytes.freeze(), whole.clone());
    let examined = {
        let bytes = bytes.clone();
        let work = move || {
            let hash = sha256(&bytes);
            Ok(check_content(&announced, &bytes, &hash).map(|()| hash))
        };
        app.files.examine(work).await?
    };
    let hash = match examined {
        Ok(hash) => hash,
        Err(problem) => return Err(reject(permit, found, problem).await?),
    };
    app.files.put(province, id, object, bytes).await?;
    let stored = permit
        .write(move |permit, tx| {
            let file = whole.stored(hash, permit.now());
            file::finish(tx, &found, &file, object)?;
            let answer = Answer::resource(&view(permit, file.clone()), found.revision + 1);
            Ok(Change::updated(answer, "file", id, &found.file, &file).apart_from_figures())
        })
        .await;
    match &stored {
        Ok(_) => app.files.remove(pieces.into_iter().map(|piece| name(province, id, piece)).collect()).await,
        Err(refusal) if was_refused(refusal) => app.files.remove(vec![name(province, id, object)]).await,
        Err(_) => {}
    }
    stored
}

/// Why the pieces of a file are not there: somebody else finished or deleted it meanwhile, or they are lost.
async fn overtaken(permit: Permit<FilesWrite>, found: &Found) -> Result<Refusal, Refusal> {
    let id = found.file.id;
    let (permit, now) = permit.look(move |_, tx| file::find(tx, id)).await?;
    Ok(match now {
        None => Code::NotFound.into(),
        Some(now) if now.revision != found.revision => now.file.begins_elsewhere().into(),
        Some(_) => {
            tracing::error!(province_id = %permit.scope().province_id, file_id = %id, "a piece of an upload is lost");
            Code::FilesAway.into()
        }
    })
}

/// Removes a file whose bytes are not what was announced, and answers why.
async fn reject(permit: Permit<FilesWrite>, found: Found, problem: Problem) -> Result<Refusal, Refusal> {
    let rule = problem.faults.first().map(|fault| fault.rule);
    remove(permit, move |_| Ok(found), rule).await?;
    Ok(problem.into())
}

/// Deletes a file's record, and its bytes once that is certain.
async fn remove(
    permit: Permit<FilesWrite>,
    find: impl FnOnce(&mut htcd_persistence::Tx<'_>) -> htcd_persistence::Result<Found> + Send + 'static,
    why: Option<&'static str>,
) -> Result<Answer, Refusal> {
    let (app, province) = (permit.shared().clone(), permit.scope().province_id);
    let (sender, gone) = std::sync::mpsc::channel();
    let answer = permit
        .write(move |_, tx| {
            let found = find(tx)?;
            let (id, objects) = (found.file.id, file::delete(tx, &found)?);
            // Nobody has gone: the receiver is on this very stack.
            let _ = sender.send(objects.into_iter().map(|object| name(province, id, object)).collect::<Vec<_>>());
            let change = Change { after: None, ..Change::updated(Answer::nothing(), "file", id, &found.file, &()) };
            Ok(change.because(why).apart_from_figures())
        })
        .await?;
    app.files.remove(gone.try_iter().flatten().collect()).await;
    Ok(answer)
}

/// Where a piece begins.
fn upload_offset(request: &HttpRequest) -> Result<i64, Refusal> {
    let value = request.headers().get(UPLOAD_OFFSET).and_then(|value| value.to_str().ok());
    let offset = value.filter(|text| text.bytes().all(|b| b.is_ascii_digit())).and_then(|text| text.parse().ok());
    offset.ok_or_else(|| {
        let detail = Label::fixed(
            "Cần tiêu đề Upload-Offset: vị trí trong tệp, tính bằng byte, nơi phần này bắt đầu.",
            "The header Upload-Offset is needed: where in the file the piece begins, in bytes.",
        );
        let fault = Fault { place: Place::Header, pointer: "Upload-Offset".into(), rule: "upload_offset", detail };
        Problem { faults: vec![fault], ..Problem::new(Code::MalformedRequest) }.into()
    })
}

/// Delete a file, or give up its upload. Links to it are dead at once.
///
/// While a record refers to it, it stays: 409 `file_in_use`; 409 `cited_as_evidence` where a decided rating rests on it.
#[utoipa::path(tag = "files", params(("file_id" = FileId, Path, description = "The file."), IfMatchHeader), responses((status = 204, description = "It is deleted.")), security(("oauth2" = ["files:write"])))]
#[delete("/v1/files/{file_id}")]
pub async fn delete_file(
    permit: Permit<FilesWrite>,
    Segments(id): Segments<FileId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    let find = move |tx: &mut htcd_persistence::Tx<'_>| {
        let found = file::find(tx, id)?.ok_or(Code::NotFound)?;
        if_match.check(found.revision)?;
        check_unused(tx, id)?;
        Ok(found)
    };
    remove(permit, find, None).await
}

/// A link to a file.
#[derive(Debug, Serialize, ToSchema)]
pub struct FileLink {
    /// Where the file is fetched without signing in, below this server's address; `null` when a request is repeated.
    #[schema(example = "/v1/files/content?token=eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.e30.c2ln")]
    pub url: Option<String>,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Make a link by which a file is fetched without signing in.
///
/// It is good for 15 minutes, for whoever has it, so that an app can hand it to a viewer or show a picture.
#[utoipa::path(tag = "files", params(("file_id" = FileId, Path, description = "The file.")), responses((status = 201, description = "The link.", body = FileLink)), security(("oauth2" = ["files:read"])))]
#[post("/v1/files/{file_id}/links")]
pub async fn create_file_link(permit: Permit<FilesRead>, Segments(id): Segments<FileId>) -> Result<Answer, Refusal> {
    let (permit, found) = permit.look(move |_, tx| Ok(file::find(tx, id)?.ok_or(Code::NotFound)?)).await?;
    if found.object.is_none() {
        let (vi, en) = ("Tệp chưa tải lên xong.", "The file is not uploaded yet.");
        return Err(Problem::new(Code::StateConflict).detail(vi, en).with("state", found.file.state).into());
    }
    // Apart from the transaction: a key that is not known yet is read, or made, in one of its own.
    let (app, province) = (permit.shared().clone(), permit.scope().province_id);
    let (token, expires_at) = App::blocking(move || app.sign_link(province, id)).await?;
    permit
        .write(move |_, _| {
            let link = FileLink { url: Some(format!("/v1/files/content?token={token}")), expires_at };
            let kept = FileLink { url: None, expires_at };
            let answer = Answer::created(&link, format!("/v1/files/{id}")).secret_but(&kept);
            let after = serde_json::json!({ "expires_at": expires_at });
            Ok(Change::created(answer, "file_link", id, &after).apart_from_figures())
        })
        .await
}

/// The link.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LinkParams {
    /// What the link holds.
    #[param(example = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFZERTQSJ9.e30.c2ln")]
    token: String,
}

/// The bytes of a file, by a link.
///
/// The link is all that is needed; nobody signs in. It takes one `Range` of bytes, with `If-Range`, so that a download that broke
/// off goes on.
#[utoipa::path(tag = "files", params(LinkParams, ("Range" = Option<String>, Header, description = "Which bytes.", example = "bytes=0-1023")), responses((status = 200, description = "The file.", body = FileBytes, content_type = "*/*"), (status = 206, description = "The range of it.", body = FileBytes, content_type = "*/*")), security(()))]
#[get("/v1/files/content")]
pub async fn get_file_content(
    app: web::Data<App>,
    request: HttpRequest,
    Params(params): Params<LinkParams>,
) -> Result<HttpResponse, Refusal> {
    let app = app.into_inner();
    let linked = app.clone().follow(params.token).await?;
    let way = Way { cache: "private, no-store", disposition: disposition(&linked.file.name) };
    deliver(&app, &request, linked.province, &linked.file, linked.object, way).await
}

/// How the bytes of a file go out.
pub(super) struct Way {
    /// How they may be cached.
    pub cache: &'static str,
    /// Whether they are shown or saved, and under which name.
    pub disposition: String,
}

/// The bytes of a file, or the range of them that is asked for.
pub(super) async fn deliver(
    app: &App,
    request: &HttpRequest,
    province: ProvinceId,
    file: &File,
    object: Uuid,
    way: Way,
) -> Result<HttpResponse, Refusal> {
    let size = u64::try_from(file.size).unwrap_or(0);
    let etag = format!("\"{}\"", file.sha256.as_deref().unwrap_or(""));
    let mut response = HttpResponse::build(StatusCode::OK);
    response
        .insert_header((header::ETAG, etag.as_str()))
        .insert_header((header::CACHE_CONTROL, way.cache))
        .insert_header((header::ACCEPT_RANGES, "bytes"))
        .insert_header((header::CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'; sandbox"))
        // Whoever has the link may show the picture: it is the leave, and no page comes by it with cookies.
        .insert_header((RESOURCE_POLICY, "cross-origin"));
    let known = request.headers().get(header::IF_NONE_MATCH).and_then(|value| value.to_str().ok()).unwrap_or("");
    if known.split(',').any(|tag| tag.trim() == etag || tag.trim() == "*") {
        return Ok(response.status(StatusCode::NOT_MODIFIED).finish());
    }
    let part = wanted(request, &etag, size)?;
    if let Some(part) = &part {
        let range = format!("bytes {}-{}/{size}", part.start, part.end - 1);
        response.status(StatusCode::PARTIAL_CONTENT).insert_header((header::CONTENT_RANGE, range));
    }
    let part = part.unwrap_or(0..size);
    let content = app.files.content(province, file.id, object, part).await?;
    Ok(response
        // Compressed, its ranges would be those of something else.
        .insert_header(ContentEncoding::Identity)
        .insert_header((header::CONTENT_TYPE, media_type(file.media_type)))
        .insert_header((header::CONTENT_DISPOSITION, way.disposition))
        .body(content))
}

/// A stored file that a record of this holder may refer to: the centre's own, or, for a unit, that of a centre which lies in it.
pub(super) fn of_holder(desk: &mut Desk<'_, '_>, holder: Holder, id: FileId) -> htcd_persistence::Result<Option<File>> {
    match holder {
        Holder::Centre(centre) => file::find_stored(desk.tx, id, centre),
        Holder::Unit(unit) => {
            let Some(found) = file::find(desk.tx, id)? else { return Ok(None) };
            let Some((centre, _)) = centre::find(desk.tx, found.file.centre_id)? else { return Ok(None) };
            let lies_there = centre.commune_id == unit || desk.atlas.map.reach(unit).contains(&centre.commune_id);
            Ok(Some(found.file).filter(|file| lies_there && file.state == FileState::Stored))
        }
        Holder::Province => Ok(None),
    }
}

/// The refusal of a file that [`of_holder`] does not find.
pub(super) fn not_of_holder(pointer: &str) -> Problem {
    Problem::rule(
        pointer,
        "file_of_holder",
        "Tệp phải là tệp đã tải lên xong của trung tâm này; với đơn vị hành chính thì của một trung tâm trên địa bàn.",
        "The file is a stored one of this centre; for a unit, of a centre that lies in it.",
    )
}

/// A file that ratings or papers rest on is not deleted: the answer names them. Of other records the database knows.
fn check_unused(tx: &mut htcd_persistence::Tx<'_>, id: FileId) -> htcd_persistence::Result<()> {
    let papers = document::of_file(tx, id)?;
    let mut citing = document::citing_file(tx, id)?;
    for paper in &papers {
        citing.extend(document::citing_document(tx, paper.id, paper.content.rating_id)?);
    }
    citing.sort_by_key(|rating| (rating.year, rating.rating_id.0));
    citing.dedup();
    let ratings = record::shown(tx, &citing);
    if citing.iter().any(|rating| rating.state.is_decided()) {
        return Ok(check_removal(("tệp", "file"), &citing, &ratings)?);
    }
    if papers.is_empty() && citing.is_empty() {
        return Ok(());
    }
    let papers: Vec<_> = papers
        .iter()
        .map(|paper| json!({ "id": paper.id, "reference": paper.content.registered.reference, "subject": paper.content.subject }))
        .collect();
    Err(Problem::new(Code::FileInUse)
        .detail(
            "Còn văn bản hoặc hồ sơ xếp loại dẫn tới tệp này nên không xóa được.",
            "Papers or ratings still refer to this file, so it is not deleted.",
        )
        .with("documents", papers)
        .with("ratings", ratings)
        .into())
}

fn media_type(media_type: MediaType) -> String {
    let is_text = matches!(media_type, MediaType::Text | MediaType::Csv);
    format!("{}{}", media_type.code(), if is_text { "; charset=utf-8" } else { "" })
}

/// The range of bytes that a request wants; `None` for all of them.
fn wanted(request: &HttpRequest, etag: &str, size: u64) -> Result<Option<Range<u64>>, Refusal> {
    let headers = request.headers();
    let is_of_this = headers.get(header::IF_RANGE).is_none_or(|tag| tag == etag);
    let range = headers.contains_key(header::RANGE).then(|| header::Range::parse(request));
    match range {
        // One that is not understood, and several at once, may be answered with the whole (RFC 9110, 14.2).
        Some(Ok(header::Range::Bytes(specs))) if is_of_this => match &specs[..] {
            [spec] => match ByteRangeSpec::to_satisfiable_range(spec, size) {
                Some((first, last)) => Ok(Some(first..last + 1)),
                None => Err(Refusal::from(Code::RangeNotSatisfiable).header(header::CONTENT_RANGE, format!("bytes */{size}"))),
            },
            _ => Ok(None),
        },
        _ => Ok(None),
    }
}

/// `Content-Disposition` with a name in any script (RFC 6266, RFC 8187).
fn disposition(name: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || " !#&'()+,-.;=@[]^_`{}~".contains(c);
    let plain: String = name.chars().map(|c| if is_safe(c) { c } else { '_' }).collect();
    let encoded: String = name
        .bytes()
        .map(|b| {
            let is_plain = b.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&b);
            if is_plain { char::from(b).to_string() } else { format!("%{b:02X}") }
        })
        .collect();
    format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_script_is_saved_under_itself_and_makes_no_header() {
        assert_eq!(disposition("a b.pdf"), "attachment; filename=\"a b.pdf\"; filename*=UTF-8''a%20b.pdf");
        assert_eq!(disposition("Báo cáo.pdf"), "attachment; filename=\"B_o c_o.pdf\"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.pdf");
        assert_eq!(
            disposition("a\"; filename=\"b.exe\r\nX: 1%\\.pdf"),
            "attachment; filename=\"a_; filename=_b.exe__X_ 1__.pdf\"; filename*=UTF-8''a%22%3B%20filename%3D%22b.exe%0D%0AX%3A%201%25%5C.pdf"
        );
    }
}
