//! The board of a centre on any day, and its reshaping as one act.

use actix_web::{get, post};
use chrono::NaiveDate;
use htcd_domain::appointment::Appointment;
use htcd_domain::board::Board;
use htcd_domain::centre::Centre;
use htcd_domain::id::CentreId;
use htcd_domain::reconstitution::{CreateReconstitution, NewSeat, Reconstitution};
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::{Change, Error, Result as Stored, Tx, appointment, centre, reconstitution};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::appointments::check_site;
use crate::answer::Answer;
use crate::extract::{Body, Params, Segments};
use crate::permit::{BoardsWrite, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record::{self, Desk};

/// Of which day.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct BoardOn {
    /// The day; today when left out.
    #[param(example = "2018-12-31")]
    as_of: Option<NaiveDate>,
}

/// Who runs a centre that was looked up, on a day.
pub(super) fn board_on(tx: &mut Tx<'_>, centre: &Centre, day: NaiveDate) -> Stored<Board> {
    let known = appointment::with_names(tx, centre.id, day)?;
    Ok(Board::on(centre, day, known, &centre::sites(tx, centre.id)?))
}

/// Who runs a centre on a day: the board, the wider committee, the boards of its sites, seconded teachers and other staff.
///
/// With how many there are of each, and which of the board's posts nobody holds, since when.
#[utoipa::path(tag = "people", params(("centre_id" = CentreId, Path, description = "The centre."), BoardOn), responses((status = 200, description = "The board.", body = Board)), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/board")]
pub async fn get_centre_board(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
    Params(params): Params<BoardOn>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |permit, tx| {
            let (centre, _) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&board_on(tx, &centre, params.as_of.unwrap_or(permit.today()))?))
        })
        .await
}

/// A reconstitution, and the board that came of it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReconstitutionView {
    /// What was done.
    pub reconstitution: Reconstitution,
    /// The board on its first day.
    pub board: Board,
}

/// The reconstitutions of a centre's boards, the oldest first.
#[utoipa::path(tag = "people", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Reconstitutions.", body = [Reconstitution])), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/reconstitutions")]
pub async fn list_centre_reconstitutions(
    permit: Permit<RecordsRead>,
    Segments(id): Segments<CentreId>,
) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&reconstitution::of_centre(tx, id)?))
        })
        .await
}

/// Reshape a board as one act (kiện toàn): by one decision some or all leave it and others are appointed.
///
/// All of it is done, or nothing. Those who leave do so on the day before it takes effect, by the same decision; whoever stays
/// while all leave is appointed again. New people may be recorded with it. It adds and ends records, so it takes no
/// `If-Match`: send it with an `Idempotency-Key`, and a repetition is answered with the first answer.
#[utoipa::path(tag = "people", params(("centre_id" = CentreId, Path, description = "The centre.")), request_body = CreateReconstitution, responses((status = 201, description = "What was done, and the board that came of it.", body = ReconstitutionView)), security(("oauth2" = ["boards:write"])))]
#[post("/v1/centres/{centre_id}/reconstitutions")]
pub async fn create_centre_reconstitution(
    permit: Permit<BoardsWrite>,
    Segments(id): Segments<CentreId>,
    Body(body): Body<CreateReconstitution>,
) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (centre, _) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            body.check(id, permit.today())?;
            centre::hold(tx, id)?;
            let mut desk = Desk { tx, atlas: permit.atlas(), today: permit.today(), now: permit.now() };
            check_site(&mut desk, id, body.site_id)?;

            let mut work = Work { permit, act: &body, centre_id: id, faults: vec![], changes: vec![] };
            let mut ended_ids = work.end(tx)?;
            let mut appointed_ids = work.appoint(tx)?;
            // In the order in which the list shows them.
            ended_ids.sort();
            appointed_ids.sort();
            let Work { faults, mut changes, .. } = work;
            if !faults.is_empty() {
                return Err(Problem { faults, ..Problem::new(Code::RuleBroken) }.into());
            }
            if ended_ids.is_empty() && appointed_ids.is_empty() {
                let (vi, en) = (
                    "Không ai đang giữ vị trí trong bộ phận này vào ngày đó; kiện toàn không thay đổi gì.",
                    "Nobody holds a post of the body on that day; the act would change nothing.",
                );
                return Err(Problem::rule("/end_all", "something_changes", vi, en).into());
            }
            let done = Reconstitution {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                centre_id: id,
                body: body.body,
                site_id: body.site_id,
                effective_on: body.effective_on,
                decision: body.decision,
                reason: body.reason,
                ended_ids,
                appointed_ids,
                created_at: permit.now(),
            };
            reconstitution::insert(tx, &done)?;
            changes.push(Change::created((), "reconstitution", done.id, &done).of_records());
            let board = board_on(tx, &centre, done.effective_on)?;
            let location = format!("/v1/centres/{id}/board?as_of={}", done.effective_on);
            Ok((Answer::json(&ReconstitutionView { reconstitution: done, board }).at(location), changes))
        })
        .await
}

/// An act being done: what stands against it, and what it changed.
struct Work<'w> {
    permit: &'w Permit<BoardsWrite>,
    act: &'w CreateReconstitution,
    centre_id: CentreId,
    faults: Vec<Fault>,
    changes: Vec<Change<()>>,
}

impl Work<'_> {
    /// What a step made; `None` when content stood against it, which is noted at its place in the act, each fault once.
    fn noted<T>(&mut self, result: Stored<Change<T>>, place: impl Fn(&str) -> String) -> Stored<Option<T>>
    where
        T: Clone,
    {
        match result {
            Ok(change) => {
                let value = change.value.clone();
                self.changes.push(change.map(drop));
                Ok(Some(value))
            }
            Err(Error::Refused(problem)) if !problem.faults.is_empty() => {
                for fault in problem.faults {
                    let fault = Fault { pointer: place(&fault.pointer), ..fault };
                    if !self.faults.contains(&fault) {
                        self.faults.push(fault);
                    }
                }
                Ok(None)
            }
            Err(other) => Err(other),
        }
    }

    /// Ends the appointments of those who leave.
    fn end(&mut self, tx: &mut Tx<'_>) -> Stored<Vec<htcd_domain::id::AppointmentId>> {
        let act = self.act;
        let held = appointment::of_body(tx, self.centre_id, act.body, act.site_id, act.effective_on)?;
        let mut leaving: Vec<_> = held.into_iter().filter(|(kept, _)| act.ends(&kept.content)).collect();
        if !act.end_all {
            for (place, id) in act.end_appointment_ids.iter().enumerate() {
                if !leaving.iter().any(|(kept, _)| kept.id == *id) {
                    let detail = Label::fixed(
                        "Không có bổ nhiệm này trong bộ phận đó còn hiệu lực qua ngày kiện toàn.",
                        "There is no such appointment to the body that would go on beyond that day.",
                    );
                    self.faults.push(Fault::body(format!("/end_appointment_ids/{place}"), "held_by_then", detail));
                }
            }
            leaving.retain(|(kept, _)| act.end_appointment_ids.contains(&kept.id));
        }
        let mut ended = vec![];
        for (before, revision) in leaving {
            let after = act.ended(&before.content);
            let result = record::amend::<Appointment, _>(self.permit, tx, (before, revision), after);
            ended.extend(self.noted(result, |_| "/effective_on".into())?.map(|kept| kept.id));
        }
        Ok(ended)
    }

    /// Appoints those who come.
    fn appoint(&mut self, tx: &mut Tx<'_>) -> Stored<Vec<htcd_domain::id::AppointmentId>> {
        let mut appointed = vec![];
        for (place, seat) in self.act.appoint.iter().enumerate() {
            let Some(person_id) = self.person(tx, place, seat)? else { continue };
            let new = self.act.appointment(self.centre_id, seat, person_id);
            let at = |pointer: &str| match pointer {
                "/starts_on" => "/effective_on".to_owned(),
                of_all if of_all.starts_with("/decision") => of_all.to_owned(),
                of_seat => format!("/appoint/{place}{of_seat}"),
            };
            let result = record::store(self.permit, tx, new);
            appointed.extend(self.noted(result, at)?.map(|kept| kept.id));
        }
        Ok(appointed)
    }

    /// Who sits on a seat: somebody recorded, or to be recorded now.
    fn person(&mut self, tx: &mut Tx<'_>, place: usize, seat: &NewSeat) -> Stored<Option<htcd_domain::id::PersonId>> {
        let Some(new) = &seat.person else { return Ok(seat.person_id) };
        let result = record::store(self.permit, tx, new.clone().tidied());
        Ok(self.noted(result, |pointer| format!("/appoint/{place}/person{pointer}"))?.map(|kept| kept.id))
    }
}
