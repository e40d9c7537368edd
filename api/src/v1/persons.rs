//! People who work for a centre; their contacts, and taking their name off once they have left.

use actix_web::{delete, get, patch, post};
use chrono::{DateTime, Utc};
use htcd_domain::appointment::{Appointment, check_left};
use htcd_domain::id::{CentreId, PersonId, UnitId, UserId};
use htcd_domain::person::Person;
use htcd_domain::record::{Kept, Patch};
use htcd_domain::text::sort_key;
use htcd_domain::user::plain;
use htcd_domain::{Code, Problem};
use htcd_persistence::person::{self, PersonFilter};
use htcd_persistence::record::{Part, Stored as _};
use htcd_persistence::{Change, Result as Stored, Tx, appointment, centre, user};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::answer::{Answer, Page};
use crate::extract::{Body, IfMatch, IfMatchHeader, Params, Segments, bad_cursor, search_text, write_cursor};
use crate::permit::{Permit, PersonalData, RecordsRead, RecordsWrite, UsersContact};
use crate::problem::Refusal;
use crate::record::{self, Desk, Kind, Sort};

/// As the document names them.
type PersonRecord = Kept<Person>;
type PersonPatch = Patch<Person>;
type AppointmentRecord = Kept<Appointment>;

/// A person, as everybody sees them who may read a centre's records.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonView {
    /// The person.
    #[serde(flatten)]
    pub person: PersonRecord,
    /// Since when the record is without its person.
    pub anonymised_at: Option<DateTime<Utc>>,
}

impl From<Kept<Person>> for PersonView {
    fn from(person: Kept<Person>) -> Self {
        Self { anonymised_at: person.content.anonymised_at, person }
    }
}

/// A person's contact data, in clear.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonContact {
    /// Who.
    pub person_id: PersonId,
    /// Where mail reaches them.
    pub email: Option<String>,
    /// Their telephone number.
    pub phone: Option<String>,
}

impl PersonContact {
    fn of(person: &Kept<Person>) -> Self {
        Self {
            person_id: person.id,
            email: person.content.email.as_ref().map(|email| email.reveal().to_owned()),
            phone: person.content.phone.as_ref().map(|phone| phone.reveal().to_owned()),
        }
    }
}

/// What a centre keeps of the person behind an account.
#[derive(Debug, Serialize, ToSchema)]
pub struct PersonData {
    /// The person.
    pub person: PersonView,
    /// How they are reached, in clear.
    pub contact: PersonContact,
    /// The posts that they hold or held.
    pub appointments: Vec<AppointmentRecord>,
}

/// What the centres of a tenant keep of the person behind an account.
pub(super) fn of_user(tx: &mut Tx<'_>, id: UserId) -> Stored<Vec<PersonData>> {
    let mut found = vec![];
    for person in person::of_user(tx, id)? {
        let appointments = appointment::of_person(tx, person.id)?;
        found.push(PersonData { contact: PersonContact::of(&person), person: person.into(), appointments });
    }
    Ok(found)
}

impl Kind for Person {
    fn admit(&self, before: Option<&Kept<Self>>, desk: &mut Desk<'_, '_>) -> Stored<()> {
        if before.is_some_and(|before| before.content.anonymised_at.is_some()) {
            let (vi, en) = ("Bản ghi đã ẩn danh không sửa được nữa.", "An anonymised record is not changed any more.");
            return Err(Problem::new(Code::StateConflict).detail(vi, en).into());
        }
        let linked = before.and_then(|before| before.content.user_id);
        match self.user_id {
            Some(id) if linked != Some(id) => check_user(desk, id, self.centre_id),
            _ => Ok(()),
        }
    }
}

/// An account that the writer manages, or that has or had a role at the centre or in its commune: of others nobody learns
/// here whether they exist.
fn check_user(desk: &mut Desk<'_, '_>, id: UserId, centre: CentreId) -> Stored<()> {
    let (centre, _) = centre::find(desk.tx, centre)?.ok_or(Code::NotFound)?;
    if user::find(desk.tx, id)?.is_some() || person::serves(desk.tx, id, centre.id, centre.commune_id)? {
        return Ok(());
    }
    let (vi, en) = (
        "Không có tài khoản này trong số tài khoản bạn quản lý hoặc của trung tâm và xã, phường đó.",
        "There is no such account among those that you manage, or of the centre and its commune.",
    );
    Err(Problem::rule("/user_id", "account_at_hand", vi, en).into())
}

/// Which people a list shows.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct ListPersons {
    /// Of this centre.
    centre_id: Option<CentreId>,
    /// Of centres in this unit; communes of earlier maps that went into it count.
    unit_id: Option<UnitId>,
    /// Whose name holds this text; blind to case and diacritics.
    #[param(example = "lan", max_length = 100)]
    q: Option<String>,
    /// By name: `asc` (default) from A, `desc` from the end.
    sort: Option<Sort>,
    /// Items on a page, 1 to 200; 50 when left out.
    #[param(minimum = 1, maximum = 200)]
    limit: Option<u16>,
    /// `next` of the page before.
    cursor: Option<String>,
}

/// People of the centres in scope, in the order of a Vietnamese list.
#[utoipa::path(tag = "people", params(ListPersons), responses((status = 200, description = "A page of people.", body = Page<PersonView>)), security(("oauth2" = ["records:read"])))]
#[get("/v1/persons")]
pub async fn list_persons(permit: Permit<RecordsRead>, Params(params): Params<ListPersons>) -> Result<Answer, Refusal> {
    // In a cursor the bytes of a name's order stand as text.
    let wanted: Part<String> = record::part(params.sort, Sort::Ascending, params.limit, params.cursor.as_deref())?;
    let after = wanted.after.map(|(key, id)| hex::decode(key).map(|key| (key, id)).map_err(|_| bad_cursor())).transpose()?;
    let wanted = Part { order: wanted.order, after, limit: wanted.limit };
    let filter =
        PersonFilter { whose: record::whose(permit.atlas(), params.centre_id, params.unit_id), q: search_text(params.q)? };
    permit
        .read(move |_, tx| {
            let found = person::list(tx, &filter, wanted.clone())?;
            let views: Vec<PersonView> = found.into_iter().map(PersonView::from).collect();
            let cursor = |view: &PersonView| {
                write_cursor(&(hex::encode(sort_key(&view.person.content.full_name)), Uuid::from(view.person.id)))
            };
            Ok(Answer::json(&Page::new(views, wanted.limit - 1, cursor)))
        })
        .await
}

/// One person.
#[utoipa::path(tag = "people", params(("person_id" = PersonId, Path, description = "The person.")), responses((status = 200, description = "The person.", body = PersonView)), security(("oauth2" = ["records:read"])))]
#[get("/v1/persons/{person_id}")]
pub async fn get_person(permit: Permit<RecordsRead>, Segments(id): Segments<PersonId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            let (kept, revision) = Person::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::resource(&PersonView::from(kept), revision))
        })
        .await
}

/// Record somebody who works for a centre.
///
/// A link to an account gives no rights: those come from the account's grants.
#[utoipa::path(tag = "people", request_body = Person, responses((status = 201, description = "The person.", body = PersonView)), security(("oauth2" = ["records:write"])))]
#[post("/v1/persons")]
pub async fn create_person(permit: Permit<RecordsWrite>, Body(body): Body<Person>) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let change = record::store(permit, tx, body.tidied())?;
            Ok(change.map(|kept| {
                let location = format!("/v1/persons/{}", kept.id);
                Answer::created(&PersonView::from(kept), location)
            }))
        })
        .await
}

/// Change what is recorded of a person.
///
/// Contacts are shown masked, and a mask is not taken for a contact: leave `email` and `phone` out where they stay.
#[utoipa::path(tag = "people", params(("person_id" = PersonId, Path, description = "The person."), IfMatchHeader), request_body(content = PersonPatch, content_type = "application/merge-patch+json"), responses((status = 200, description = "The person.", body = PersonView)), security(("oauth2" = ["records:write"])))]
#[patch("/v1/persons/{person_id}")]
pub async fn update_person(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PersonId>,
    if_match: IfMatch,
    Body(body): Body<Patch<Person>>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Person::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            let content = record::patched(&body, &before.content.without_contacts())?;
            let content = content.tidied().with_contacts_of(&before.content, &body);
            let change = record::amend(permit, tx, (before, revision), content)?;
            Ok(change.map(|kept| Answer::resource(&PersonView::from(kept), revision + 1)))
        })
        .await
}

/// Remove a person who was entered by mistake and never held a post. Who left is anonymised.
#[utoipa::path(tag = "people", params(("person_id" = PersonId, Path, description = "The person."), IfMatchHeader), responses((status = 204, description = "The record is gone.")), security(("oauth2" = ["records:write"])))]
#[delete("/v1/persons/{person_id}")]
pub async fn delete_person(
    permit: Permit<RecordsWrite>,
    Segments(id): Segments<PersonId>,
    if_match: IfMatch,
) -> Result<Answer, Refusal> {
    record::remove::<Person, _>(permit, id, if_match).await
}

/// A person's contact data in clear. That they were read is put on record.
#[utoipa::path(tag = "people", params(("person_id" = PersonId, Path, description = "The person.")), responses((status = 200, description = "The contact data.", body = PersonContact)), security(("oauth2" = ["users:contact"])))]
#[get("/v1/persons/{person_id}/contact")]
pub async fn get_person_contact(permit: Permit<UsersContact>, Segments(id): Segments<PersonId>) -> Result<Answer, Refusal> {
    permit
        .write(move |_, tx| {
            let (kept, _) = Person::find(tx, id)?.ok_or(Code::NotFound)?;
            let answer = Answer::json(&PersonContact::of(&kept)).not_kept();
            let after = serde_json::json!({ "read": "contact" });
            let change = Change { before: None, ..Change::updated(answer, "person", id, &(), &after) };
            Ok(change.apart_from_figures())
        })
        .await
}

/// Why a person's name is taken off.
#[derive(Debug, Deserialize, Serialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AnonymisePerson {
    /// Why, for the record.
    #[validate(length(min = 1, max = 500), custom(function = "plain"))]
    #[schema(example = "Theo yêu cầu của người đã nghỉ, ngày 20/11/2026", min_length = 1, max_length = 500)]
    pub reason: String,
}

/// Take the name off the record of somebody who has left, for good.
///
/// Name, sex, year of birth, ethnicity, occupation, qualification, contacts, the link to an account, and why their posts
/// ended are erased. Their appointments stay with days and decisions, as the record of official acts, and so does the audit
/// trail as it was written. Whoever still holds a post keeps their name.
#[utoipa::path(tag = "people", params(("person_id" = PersonId, Path, description = "The person."), IfMatchHeader), request_body = AnonymisePerson, responses((status = 200, description = "The record without its person.", body = PersonView)), security(("oauth2" = ["personal_data:manage"])))]
#[post("/v1/persons/{person_id}/anonymise")]
pub async fn anonymise_person(
    permit: Permit<PersonalData>,
    Segments(id): Segments<PersonId>,
    if_match: IfMatch,
    Body(body): Body<AnonymisePerson>,
) -> Result<Answer, Refusal> {
    permit
        .write(move |permit, tx| {
            let (before, revision) = Person::find(tx, id)?.ok_or(Code::NotFound)?;
            if_match.check(revision)?;
            if before.content.anonymised_at.is_some() {
                let (vi, en) = ("Bản ghi đã ẩn danh.", "The record is anonymised already.");
                return Err(Problem::new(Code::StateConflict).detail(vi, en).into());
            }
            // Nobody is appointed while their name is taken off.
            centre::hold(tx, before.content.centre_id)?;
            let (centre, _) = centre::find(tx, before.content.centre_id)?.ok_or(Code::NotFound)?;
            let posts: Vec<Appointment> = appointment::of_person(tx, id)?.into_iter().map(|kept| kept.content).collect();
            check_left(&centre, &posts, permit.today())?;
            let after = Kept { content: before.content.anonymised(permit.now()), updated_at: permit.now(), ..before };
            Person::update(tx, &after, revision)?;
            person::forget_reasons(tx, id)?;
            let view = PersonView::from(after);
            // The record says that it was done, not whose name it was.
            let change = Change::updated(Answer::resource(&view, revision + 1), "person", id, &(), &view);
            Ok(Change { before: None, ..change }.because(Some(&body.reason)).of_records())
        })
        .await
}
