//! What all operations on records of the year's work do alike: read one, make one, change it by a merge patch, remove it,
//! take many at once. A resource's module names its operations and says in [`Kind::admit`] what its records must fit to.

use chrono::{DateTime, NaiveDate, Utc};
use htcd_domain::evidence::{self, Citing};
use htcd_domain::id::{CentreId, UnitId};
use htcd_domain::problem::Faults;
use htcd_domain::record::{Holder, Kept, Patch, said};
use htcd_domain::text::{Label, a};
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::record::{Order, Part, Stored, Whose, taken};
use htcd_persistence::{Change, Error, Tx, audit, centre, rating};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use utoipa::{PartialSchema, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::answer::{Answer, Page};
use crate::extract::{IfMatch, page_size, read_cursor, read_json, write_cursor};
use crate::permit::{Permit, Right};
use crate::problem::{ProblemView, Refusal};
use crate::state::Atlas;

/// What a record is looked at with before it is stored: the facts around it.
pub struct Desk<'d, 'c> {
    /// The transaction.
    pub tx: &'d mut Tx<'c>,
    /// The maps and tenants.
    pub atlas: &'d Atlas,
    /// The date in Viet Nam.
    pub today: NaiveDate,
    /// The moment.
    pub now: DateTime<Utc>,
}

/// A kind of records that the API offers.
pub trait Kind: Stored {
    /// Whether what a commune keeps is written by the people of its centres as well. They hold no right on the commune itself.
    const CENTRES_WRITE: bool = false;

    /// Fills in what the server sets: of a new record from the facts, of a changed one from what it was (`before`). The rest of
    /// the rules come after it.
    ///
    /// # Errors
    /// What stands against it.
    fn settle(&mut self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
        let _ = (before, desk);
        Ok(())
    }

    /// The rules that need facts: what the record names must be there, its time open, its numbers free. `before` is what
    /// a changed record was. The rules of the record itself have been checked.
    ///
    /// # Errors
    /// What stands against it.
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
        let _ = (before, desk);
        Ok(())
    }

    /// Whether a record may be removed. Nothing that others refer to goes: the database refuses it.
    ///
    /// # Errors
    /// What stands against it.
    fn release(kept: &Kept<Self>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
        let _ = (kept, desk);
        Ok(())
    }

    /// What is done in the same transaction after one was stored, changed (both are there) or removed.
    ///
    /// # Errors
    /// What the database said.
    fn follow(before: Option<&Kept<Self>>, after: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
        let _ = (before, after, desk);
        Ok(())
    }
}

fn desk<'d, 'c, R: Right>(permit: &'d Permit<R>, tx: &'d mut Tx<'c>) -> Desk<'d, 'c> {
    Desk { tx, atlas: permit.atlas(), today: permit.today(), now: permit.now() }
}

/// Who keeps a record must be within the scope of whoever writes it.
fn check_holder<T: Kind>(content: &T, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
    let absent = |pointer: &str, vi: &str, en: &str| Error::from(Problem::rule(pointer, "holder_in_scope", vi, en));
    match content.holder() {
        None => Err(absent(
            "/centre_id",
            "Nêu đúng một nơi giữ bản ghi: centre_id hoặc unit_id.",
            "Name just one who keeps the record: centre_id or unit_id.",
        )),
        Some(Holder::Centre(id)) if centre::find(desk.tx, id)?.is_none() => Err(absent(
            "/centre_id",
            "Không có trung tâm này trong phạm vi của bạn.",
            "There is no such centre within your scope.",
        )),
        Some(Holder::Centre(_)) => Ok(()),
        Some(Holder::Unit(unit)) => {
            if desk.atlas.tenant_of(unit) != Some(desk.tx.scope().province_id) {
                return Err(absent(
                    "/unit_id",
                    "Đơn vị này không thuộc tỉnh của bạn.",
                    "The unit does not belong to your province.",
                ));
            }
            check_reach(desk, content)
        }
        Some(Holder::Province) => check_reach(desk, content),
    }
}

/// Whoever changes what belongs to a record that was found must reach whoever keeps it.
///
/// # Errors
/// `outside_scope`.
pub fn check_writes<T: Kind, R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, content: &T) -> htcd_persistence::Result<()> {
    check_reach(&mut desk(permit, tx), content)
}

/// The refusal of something that a record names, and that is not in scope.
pub fn absent(pointer: &str, vi: &str, en: &str) -> Problem {
    let (vi, en) = (format!("Không có {vi} này trong phạm vi của bạn."), format!("There is no such {en} within your scope."));
    Problem::rule(pointer, "named_in_scope", vi, en)
}

/// What a unit keeps is read by all of its province, and written by those whose scope covers the unit.
fn check_reach<T: Kind>(desk: &mut Desk<'_, '_>, content: &T) -> htcd_persistence::Result<()> {
    let is_within = match content.holder() {
        None => false,
        Some(Holder::Unit(unit)) if T::CENTRES_WRITE => is_near(desk.tx, desk.atlas, unit)?,
        Some(holder) => holder.is_within(desk.tx.scope()),
    };
    if is_within { Ok(()) } else { Err(Code::OutsideScope.into()) }
}

/// Whether the scope covers a unit, or holds a centre that lies there now: in the commune itself, or in the one that took it over
/// whole.
fn is_near(tx: &mut Tx<'_>, atlas: &Atlas, unit: UnitId) -> htcd_persistence::Result<bool> {
    let communes = centre::own_communes(tx)?;
    Ok(tx.scope().covers_unit(unit) || communes.iter().any(|commune| atlas.map.reach(*commune).contains(&unit)))
}

/// A unit whose communes' records are put together must be in the tenant and covered by the scope, or be the commune of a centre
/// in it. What lies outside costs as much as what is not there.
///
/// # Errors
/// `not_found` otherwise.
pub fn check_unit<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, unit: UnitId) -> htcd_persistence::Result<()> {
    let (atlas, is_near) = (permit.atlas(), is_near(tx, permit.atlas(), unit)?);
    let is_ours = atlas.tenant_of(unit) == Some(tx.scope().province_id);
    if is_ours && is_near { Ok(()) } else { Err(Code::NotFound.into()) }
}

/// The day whose map a year's figures are put together on: its last one, or today.
pub fn map_of(year: i32, today: NaiveDate) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, 12, 31).map_or(today, |last| last.min(today))
}

/// What a commune counts in a year is kept by a commune that was there in it.
///
/// # Errors
/// `rule_broken`.
pub fn check_commune(atlas: &Atlas, unit: UnitId, year: i32) -> Result<(), Problem> {
    if atlas.map.is_commune_of(unit, year) {
        return Ok(());
    }
    let (vi, en) = (
        format!("Số liệu này do từng xã, phường, thị trấn, đặc khu ghi; chọn một đơn vị cấp xã có trong năm {year}."),
        format!("These numbers are kept by communes; choose one that was there in {year}."),
    );
    Err(Problem::rule("/unit_id", "commune_of_the_year", vi, en))
}

/// A year that figures are asked for.
///
/// # Errors
/// `invalid_parameter`.
pub fn check_year(year: i32) -> Result<i32, Refusal> {
    if (1990..=2100).contains(&year) {
        return Ok(year);
    }
    let fault = Fault::query("year", "range", Label::fixed("Năm từ 1990 đến 2100.", "A year lies between 1990 and 2100."));
    Err(Problem { faults: vec![fault], ..Problem::new(Code::InvalidParameter) }.into())
}

fn check<T: Kind>(content: &T, before: Option<&Kept<T>>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
    let mut faults = Faults::default();
    content.check(&mut faults, desk.today);
    faults.into_result()?;
    content.admit(before, desk)
}

/// One record.
///
/// # Errors
/// `not_found` for what is not there or out of scope.
pub async fn get<T: Kind, R: Right>(permit: Permit<R>, id: T::Id) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (kept, revision) = T::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&kept, revision))
        })
        .await
}

/// Stores a new record, with its change for the audit trail.
///
/// # Errors
/// Whatever rule stands against it.
pub fn store<T: Kind, R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    mut content: T,
) -> htcd_persistence::Result<Change<Kept<T>>> {
    let mut desk = desk(permit, tx);
    content.settle(None, &mut desk)?;
    check_holder(&content, &mut desk)?;
    if let Some(id) = content.own_id() {
        // What is sent again is told that it is there, rather than what stands against a second one beside it; and what was removed
        // meanwhile does not come back.
        if T::find(desk.tx, id)?.is_some() {
            return Err(taken::<T>().into());
        }
        if let Some(at) = audit::removed_at(desk.tx, T::SUBJECT, &id.to_string())? {
            return Err(removed::<T>(at).into());
        }
    }
    check(&content, None, &mut desk)?;
    let id = content.own_id().unwrap_or_else(|| permit.new_id());
    let kept = Kept { id, content, created_at: permit.now(), updated_at: permit.now() };
    T::insert(desk.tx, &kept)?;
    T::follow(None, Some(&kept), &mut desk)?;
    Ok(Change::created(kept.clone(), T::SUBJECT, id, &kept).of_records())
}

/// What a decided rating was counted from stays as it was.
fn check_counted<T: Kind>(before: &Kept<T>, after: Option<&T>, desk: &mut Desk<'_, '_>) -> htcd_persistence::Result<()> {
    let counting = rating::counting(desk.tx, &before.content.counted_for())?;
    let citing: Vec<Citing> = counting.iter().map(|rating| rating.citing.clone()).collect();
    Ok(evidence::check_counted(before, after, &counting, &shown(desk.tx, &citing))?)
}

/// Those of some ratings that the caller may know of.
pub fn shown(tx: &Tx<'_>, citing: &[Citing]) -> Vec<Citing> {
    citing.iter().filter(|rating| tx.scope().covers(rating.commune_id, rating.centre_id)).cloned().collect()
}

/// Makes a record.
///
/// # Errors
/// As for [`store`].
pub async fn create<T: Kind, R: Right>(permit: Permit<R>, content: T) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = store(permit, tx, content)?;
            Ok(change.map(|kept| Answer::created(&kept, format!("/v1/{}/{}", T::PLURAL, kept.id))))
        })
        .await
}

/// Changes a record that was found, with its change for the audit trail.
///
/// # Errors
/// Whatever rule stands against it.
pub fn amend<T: Kind, R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    (before, revision): (Kept<T>, i64),
    mut content: T,
) -> htcd_persistence::Result<Change<Kept<T>>> {
    let mut desk = desk(permit, tx);
    check_reach(&mut desk, &before.content)?;
    content.settle(Some(&before), &mut desk)?;
    check(&content, Some(&before), &mut desk)?;
    check_counted(&before, Some(&content), &mut desk)?;
    let after = Kept { content, updated_at: permit.now(), ..before.clone() };
    T::update(desk.tx, &after, revision)?;
    T::follow(Some(&before), Some(&after), &mut desk)?;
    Ok(Change::updated(after.clone(), T::SUBJECT, after.id, &before, &after).of_records())
}

/// Changes a record by a merge patch.
///
/// # Errors
/// `etag_mismatch`, or whatever rule stands against what comes of it.
pub async fn update<T: Kind, R: Right>(
    permit: Permit<R>,
    id: T::Id,
    if_match: IfMatch,
    patch: Patch<T>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = T::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = patched(&patch, &before.content)?;
            let change = amend(permit, tx, (before, revision), content)?;
            Ok(change.map(|kept| Answer::resource(&kept, revision + 1)))
        })
        .await
}

/// What a patch makes of a record, read and checked like a new one.
///
/// # Errors
/// `invalid_body` with each place.
pub fn patched<T: Kind>(patch: &Patch<T>, content: &T) -> Result<T, Problem> {
    let text = serde_json::to_vec(&patch.applied_to(content)?).unwrap_or_default();
    read_json(&text).map_err(Refusal::into_problem)
}

/// Removes a record. The audit trail keeps what it said.
///
/// # Errors
/// `etag_mismatch`, or whatever stands against it.
pub async fn remove<T: Kind, R: Right>(permit: Permit<R>, id: T::Id, if_match: IfMatch) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = T::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let mut desk = desk(permit, tx);
            check_reach(&mut desk, &before.content)?;
            T::release(&before, &mut desk)?;
            check_counted(&before, None, &mut desk)?;
            T::remove(desk.tx, id, revision)?;
            T::follow(Some(&before), None, &mut desk)?;
            Ok(Change::removed(Answer::nothing(), T::SUBJECT, id, &before).of_records())
        })
        .await
}

/// Which way a list runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
pub enum Sort {
    /// The oldest, or first, at the top.
    #[serde(rename = "asc")]
    Ascending,
    /// The newest, or last, at the top.
    #[serde(rename = "desc")]
    Descending,
}

impl From<Sort> for Order {
    fn from(sort: Sort) -> Self {
        match sort {
            Sort::Ascending => Self::Ascending,
            Sort::Descending => Self::Descending,
        }
    }
}

/// The part of a list that a query asks for: one item more than the page has room for.
///
/// # Errors
/// `invalid_parameter` for a limit or cursor that is not good.
pub fn part<K: DeserializeOwned>(
    sort: Option<Sort>,
    otherwise: Sort,
    limit: Option<u16>,
    cursor: Option<&str>,
) -> Result<Part<K>, Refusal> {
    Ok(Part { order: sort.unwrap_or(otherwise).into(), after: read_cursor(cursor)?, limit: page_size(limit)? + 1 })
}

/// Whose records a query asks for.
pub fn whose(atlas: &Atlas, centre: Option<CentreId>, unit: Option<UnitId>) -> Whose {
    let units = unit.map(|unit| std::iter::once(unit).chain(atlas.map.reach(unit).iter().copied()).collect());
    Whose { centre, units }
}

/// A page of records that were read with [`part`], whose order has this key.
pub fn page<T: Kind, K: Serialize>(found: Vec<Kept<T>>, limit: i64, key: impl Fn(&T) -> K) -> Answer {
    Answer::json(&Page::new(found, limit - 1, |kept| write_cursor(&(key(&kept.content), Into::<Uuid>::into(kept.id)))))
}

/// Many records to be made. Each stands on its own; one with an id that is sent again is made once.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Batch<T> {
    /// The records, each with an `id` that the client made.
    #[validate(length(min = 1, max = 200))]
    pub items: Vec<serde_json::Value>,
    #[serde(skip)]
    record: std::marker::PhantomData<fn() -> T>,
}

impl<T: Kind> PartialSchema for Batch<T> {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{AdditionalProperties, ArrayBuilder, ObjectBuilder};
        let items = ArrayBuilder::new()
            .items(utoipa::openapi::Ref::from_schema_name(T::name()))
            .min_items(Some(1))
            .max_items(Some(200))
            .description(Some("The records, each with an `id` that the client made."));
        ObjectBuilder::new()
            .property("items", items)
            .required("items")
            .additional_properties(Some(AdditionalProperties::<utoipa::openapi::schema::Schema>::FreeForm(false)))
            .description(Some("Many records to be made. Each stands on its own; one with an id that is sent again is made once."))
            .into()
    }
}

impl<T: Kind> ToSchema for Batch<T> {
    fn name() -> std::borrow::Cow<'static, str> {
        format!("{}Batch", T::name()).into()
    }

    fn schemas(schemas: &mut Vec<(String, utoipa::openapi::RefOr<utoipa::openapi::Schema>)>) {
        schemas.push((T::name().into(), T::schema()));
        T::schemas(schemas);
    }
}

/// What became of one of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResult {
    /// The record's id; `null` where none could be read.
    #[schema(value_type = Option<String>, format = Uuid)]
    pub id: Option<Uuid>,
    /// The status: 201 made, 200 there already with the same content, otherwise why not.
    #[schema(example = 201)]
    pub status: u16,
    /// Its ETag.
    pub etag: Option<String>,
    /// Why it was refused.
    pub problem: Option<ProblemView>,
}

/// What became of all of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct BatchResults {
    /// How many were made.
    pub created: usize,
    /// How many were there already, with the same content.
    pub unchanged: usize,
    /// How many were refused.
    pub refused: usize,
    /// Each, in the order sent.
    pub results: Vec<BatchResult>,
}

/// Makes many records: each is made, found there already, or refused by itself.
///
/// # Errors
/// What the database said.
pub async fn create_many<T: Kind, R: Right>(permit: Permit<R>, batch: Batch<T>) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (mut results, mut changes, mut unchanged) = (Vec::new(), Vec::new(), 0);
            for item in batch.items {
                let named = item.get("id").and_then(serde_json::Value::as_str).and_then(|id| id.parse().ok());
                let made = match tx.savepoint(|tx| make_once::<T, R>(permit, tx, &item)) {
                    // Somebody else sent the same at the same moment and was first: now it is seen.
                    Err(Error::Refused(problem)) if problem.code == Code::AlreadyExists => {
                        tx.savepoint(|tx| make_once::<T, R>(permit, tx, &item))
                    }
                    made => made,
                };
                match made {
                    Ok(made) => {
                        let (kept, revision, change) = made;
                        let etag = Answer::resource(&kept, revision).store().etag;
                        let status = if change.is_some() { 201 } else { 200 };
                        unchanged += usize::from(change.is_none());
                        changes.extend(change);
                        results.push(BatchResult { id: Some(kept.id.into()), status, etag, problem: None });
                    }
                    Err(Error::Refused(problem)) => {
                        let view = Refusal::from(*problem).view(permit.language(), permit.request_id());
                        results.push(BatchResult { id: named, status: view.status, etag: None, problem: Some(view) });
                    }
                    Err(other) => return Err(other),
                }
            }
            let created = changes.len();
            let refused = results.len() - created - unchanged;
            Ok((Answer::json(&BatchResults { created, unchanged, refused, results }), changes))
        })
        .await
}

/// The refusal of a record whose id is that of another content: a batch makes, and changes nothing.
fn taken_otherwise<T: Kind>(id: T::Id) -> Problem {
    let ((vi, en), path) = (T::NAME, format!("/v1/{}/{id}", T::PLURAL));
    Problem::new(Code::AlreadyExists).detail(
        format!("Đã có {vi} với id này, nhưng nội dung khác. Gửi lại nguyên văn thì không ghi hai lần; muốn sửa thì dùng PATCH {path}."),
        format!("The id is that of {} that says something else. Sending the same again is harmless; to change it, use PATCH {path}.", a(en)),
    )
}

/// The refusal of a record that was removed: a phone that sends it once more does not bring it back.
fn removed<T: Kind>(at: DateTime<Utc>) -> Problem {
    let (vi, en) = T::NAME;
    Problem::new(Code::StateConflict)
        .detail(
            format!("Bản ghi ({vi}) có id này đã bị xóa. Nếu cần ghi lại thì gửi với id mới."),
            format!("The {en} with this id was removed. To record it again, send it with a new id."),
        )
        .with("removed_at", at)
}

type Made<T> = (Kept<T>, i64, Option<Change<()>>);

fn make_once<T: Kind, R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    item: &serde_json::Value,
) -> htcd_persistence::Result<Made<T>> {
    let content: T = read_json(&serde_json::to_vec(item).unwrap_or_default()).map_err(Refusal::into_problem)?;
    let Some(id) = content.own_id() else {
        let detail = Label::fixed(
            "Mỗi bản ghi trong lô phải có id do thiết bị tạo, để gửi lại không bị ghi hai lần.",
            "Each record of a batch has an id that the client made, so that sending it again does not make it twice.",
        );
        return Err(Problem::invalid(vec![Fault::body("/id", "required", detail)]).into());
    };
    if let Some((kept, revision)) = T::find(tx, id)? {
        // What came in has no id when it is written out again, as what is kept has none inside.
        let is_same = said(&kept.content) == said(&content);
        return if is_same { Ok((kept, revision, None)) } else { Err(taken_otherwise::<T>(id).into()) };
    }
    let change = store(permit, tx, content)?;
    Ok((change.value.clone(), 1, Some(change.map(drop))))
}
