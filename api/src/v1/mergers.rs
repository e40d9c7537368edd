//! The merger of centres as one act: their lives and boards end, their money, open plans and assets go on.

use std::collections::HashMap;

use actix_web::{get, post};
use chrono::{Datelike as _, NaiveDate};
use htcd_domain::appointment::Appointment;
use htcd_domain::asset::Asset;
use htcd_domain::centre::{Centre, Site};
use htcd_domain::id::{CentreId, MoneyEntryId, PlanId, SiteId};
use htcd_domain::merger::{CarriedPlan, CreateMerger, MergedCentre, Merger};
use htcd_domain::money::MoneyEntry;
use htcd_domain::plan::{Plan, PlanState};
use htcd_domain::plan_item::PlanItem;
use htcd_domain::rapporteur::Rapporteur;
use htcd_domain::record::{Kept, Record as _};
use htcd_domain::text::Label;
use htcd_domain::{Code, Fault, Problem};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{
    Change, Error, Result as Stored, Tx, appointment, asset, centre, merger, money, plan, plan_item, rapporteur, settlement,
};
use serde_json::json;

use super::centres::{acted, done};
use super::plans::revised;
use crate::answer::Answer;
use crate::extract::{Body, Segments};
use crate::permit::{CentresLifecycle, Permit, RecordsRead};
use crate::problem::Refusal;
use crate::record;

/// The mergers that a centre took part in, into it or of it, the oldest first, with what was handed over.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre.")), responses((status = 200, description = "Mergers.", body = [Merger])), security(("oauth2" = ["records:read"])))]
#[get("/v1/centres/{centre_id}/mergers")]
pub async fn list_centre_mergers(permit: Permit<RecordsRead>, Segments(id): Segments<CentreId>) -> Result<Answer, Refusal> {
    permit
        .read(move |_, tx| {
            centre::find(tx, id)?.ok_or(Code::NotFound)?;
            Ok(Answer::json(&merger::of_centre(tx, id)?))
        })
        .await
}

/// Merge old centres into this one, as one act.
///
/// All of it is done, or nothing: each old centre gets its act of merger; everybody who holds a post in it leaves by the same
/// decision on the day before; the money goes over by an entry in either books, which sums of a unit leave out; the open part
/// of its plans is copied into a draft of this centre; its sites, roster and assets stand here from that day. What the old centres did, their ratings
/// and papers stay theirs. The board of this centre is appointed by its own reconstitution. It adds and ends records, so it takes no
/// `If-Match`: send it with an `Idempotency-Key`, and a repetition is answered with the first answer.
#[utoipa::path(tag = "centres", params(("centre_id" = CentreId, Path, description = "The centre that goes on.")), request_body = CreateMerger, responses((status = 201, description = "What was done.", body = Merger)), security(("oauth2" = ["centres:lifecycle"])))]
#[post("/v1/centres/{centre_id}/mergers")]
pub async fn create_centre_merger(
    permit: Permit<CentresLifecycle>,
    Segments(id): Segments<CentreId>,
    Body(body): Body<CreateMerger>,
) -> Result<Answer, Refusal> {
    permit
        .write_several(move |permit, tx| {
            let (successor, _) = centre::find(tx, id)?.ok_or(Code::NotFound)?;
            body.check(&successor, permit.today())?;
            centre::hold(tx, id)?;
            let mut work = Work { permit, act: &body, successor: &successor, faults: vec![], changes: vec![] };
            let mut predecessors = vec![];
            for place in 0..body.predecessors.len() {
                predecessors.extend(work.take_in(tx, place)?);
            }
            let Work { faults, mut changes, .. } = work;
            if !faults.is_empty() {
                return Err(Problem { faults, ..Problem::new(Code::RuleBroken) }.into());
            }
            // In the order in which the list shows them.
            predecessors.sort_by_key(|old| old.centre_id);
            let merger = Merger {
                id: body.id.unwrap_or_else(|| permit.new_id()),
                centre_id: id,
                effective_on: body.effective_on,
                decision: body.decision,
                note: body.note,
                predecessors,
                created_at: permit.now(),
            };
            merger::insert(tx, &merger)?;
            changes.push(Change::created((), "merger", merger.id, &merger).of_records());
            Ok((Answer::created(&merger, format!("/v1/centres/{id}/mergers")), changes))
        })
        .await
}

/// Money that went over, and the entries by which it did.
#[derive(Default)]
struct HandedOver {
    balance_vnd: Option<i64>,
    handed_over_id: Option<MoneyEntryId>,
    received_id: Option<MoneyEntryId>,
}

/// A merger being done: what stands against it, and what it changed.
struct Work<'w> {
    permit: &'w Permit<CentresLifecycle>,
    act: &'w CreateMerger,
    successor: &'w Centre,
    faults: Vec<Fault>,
    changes: Vec<Change<()>>,
}

impl Work<'_> {
    /// Takes one old centre in; `None` when something stood against it, which is noted.
    fn take_in(&mut self, tx: &mut Tx<'_>, place: usize) -> Stored<Option<MergedCentre>> {
        let id = self.act.predecessors[place].centre_id;
        let Some((old, revision)) = centre::find(tx, id)? else {
            let detail =
                Label::fixed("Không có trung tâm này trong phạm vi của bạn.", "There is no such centre within your scope.");
            self.faults.push(Fault::body(format!("/predecessors/{place}/centre_id"), "centre_in_scope", detail));
            return Ok(None);
        };
        centre::hold(tx, id)?;
        let (after, done) = match done(self.permit, tx, (&old, revision), self.act.act(self.successor.id)) {
            // A fault of the day or the decision stands against every old centre alike.
            Err(Error::Refused(problem)) if !problem.faults.is_empty() => {
                let new = problem.faults.into_iter().filter(|fault| !self.faults.contains(fault)).collect::<Vec<_>>();
                self.faults.extend(new);
                return Ok(None);
            }
            Err(Error::Refused(problem)) => return Err(problem.with("centre_id", id).into()),
            other => other?,
        };
        self.changes.push(acted(&old, &after, &done));
        let ended_appointments = self.end_boards(tx, id)?;
        let HandedOver { balance_vnd, handed_over_id, received_id } = self.hand_over(tx, place, &old)?;
        let sites = self.pass_sites(tx, id)?;
        Ok(Some(MergedCentre {
            centre_id: id,
            act_id: done.id,
            ended_appointments,
            sites: count(sites.len()),
            rapporteurs: self.pass_roster(tx, id)?,
            assets: self.pass_assets(tx, &old, &sites)?,
            plans: self.carry_plans(tx, id)?,
            balance_vnd,
            handed_over_id,
            received_id,
        }))
    }

    /// Everybody who holds a post leaves it.
    fn end_boards(&mut self, tx: &mut Tx<'_>, old: CentreId) -> Stored<i32> {
        let held = appointment::reaching(tx, old, self.act.effective_on)?;
        let ended = count(held.len());
        for (before, revision) in held {
            let after = self.act.ending(&before.content).ended(&before.content);
            self.changes.push(record::amend::<Appointment, _>(self.permit, tx, (before, revision), after)?.map(drop));
        }
        Ok(ended)
    }

    /// The balance of the books goes over, by an entry on either side.
    fn hand_over(&mut self, tx: &mut Tx<'_>, place: usize, old: &Centre) -> Stored<HandedOver> {
        let last = self.act.effective_on.pred_opt().unwrap_or(self.act.effective_on);
        let locked = [money::hold(tx, old.id, self.permit.now())?, money::hold(tx, self.successor.id, self.permit.now())?];
        let opening = settlement::opening(tx, old.id, last.year())?;
        let first = NaiveDate::from_ymd_opt(last.year(), 1, 1).unwrap_or(last);
        let tallies = money::tallies_between(tx, old.id, first, last)?;
        let balance = match self.act.balance(place, opening, &tallies) {
            Ok(balance) => balance,
            Err(fault) => {
                self.faults.push(fault);
                return Ok(HandedOver::default());
            }
        };
        let mut over = HandedOver { balance_vnd: balance, ..HandedOver::default() };
        let Some(amount) = balance.filter(|amount| *amount != 0) else { return Ok(over) };
        for (entry, books) in self.act.entries(old, self.successor, amount).into_iter().zip(locked) {
            let settled = settlement::newest_approved(tx, entry.centre_id)?;
            entry.check_open(books.locked_to, settled).map_err(|problem| problem.with("centre_id", entry.centre_id))?;
            let made = self.made(entry);
            MoneyEntry::insert(tx, &made)?;
            let side = if made.content.category.is_some() { &mut over.handed_over_id } else { &mut over.received_id };
            *side = Some(made.id);
            self.changes.push(Change::created((), MoneyEntry::SUBJECT, made.id, &made).of_records());
        }
        Ok(over)
    }

    /// Sites that are used become the other centre's: each with the one that it is now.
    fn pass_sites(&mut self, tx: &mut Tx<'_>, old: CentreId) -> Stored<HashMap<SiteId, SiteId>> {
        let mut passed = HashMap::new();
        for site in centre::sites(tx, old)?.into_iter().filter(|site| site.active) {
            let Some((before, revision)) = centre::find_site(tx, old, site.id)? else { continue };
            let after = Site { active: false, ..before.clone() };
            centre::put_site(tx, &after, Some(revision))?;
            self.changes.push(Change::updated((), "site", site.id, &before, &after));
            let new = Site { id: self.permit.new_id(), centre_id: self.successor.id, ..before };
            centre::put_site(tx, &new, None)?;
            self.changes.push(Change::created((), "site", new.id, &new));
            passed.insert(site.id, new.id);
        }
        Ok(passed)
    }

    /// Who stands on the roster stands on the other centre's, with how they are reached.
    fn pass_roster(&mut self, tx: &mut Tx<'_>, old: CentreId) -> Stored<i32> {
        let day = self.act.effective_on;
        let there = rapporteur::standing(tx, old, day)?;
        let passed = count(there.len());
        for (before, revision) in there {
            let contact = rapporteur::contact(tx, before.id)?;
            let after = Rapporteur { active_to: day.pred_opt(), ..before.content.clone() };
            let new = Rapporteur { centre_id: Some(self.successor.id), active_from: Some(day), ..before.content.clone() };
            self.changes.push(record::amend::<Rapporteur, _>(self.permit, tx, (before, revision), after)?.map(drop));
            let stored = record::store(self.permit, tx, new)?;
            rapporteur::replace_contact(tx, stored.value.id, &contact, 1, self.permit.now())?;
            self.changes.push(stored.map(drop));
        }
        Ok(passed)
    }

    /// What is there stands under the centre that goes on from that day.
    fn pass_assets(&mut self, tx: &mut Tx<'_>, old: &Centre, sites: &HashMap<SiteId, SiteId>) -> Stored<i32> {
        let day = self.act.effective_on;
        let there = asset::standing(tx, old.id, day)?;
        let passed = count(there.len());
        for (before, revision) in there {
            let came = Asset {
                centre_id: self.successor.id,
                site_id: before.content.site_id.and_then(|site| sites.get(&site).copied()),
                acquired_on: Some(day),
                note: Some(format!("Tiếp nhận từ {} khi sáp nhập trung tâm", old.name)),
                ..before.content.clone()
            };
            let disposal_reason = Some(format!("Bàn giao cho {} khi sáp nhập trung tâm", self.successor.name));
            let after = Asset { disposed_on: Some(day), disposal_reason, ..before.content.clone() };
            self.changes.push(record::amend::<Asset, _>(self.permit, tx, (before, revision), after)?.map(drop));
            self.changes.push(record::store(self.permit, tx, came)?.map(drop));
        }
        Ok(passed)
    }

    /// The open part of each plan is copied into a draft of the centre that goes on.
    fn carry_plans(&mut self, tx: &mut Tx<'_>, old: CentreId) -> Stored<Vec<CarriedPlan>> {
        let standing = plan::standing(tx, old, self.act.effective_on.year())?;
        let mut carried = vec![];
        for from in &standing {
            // Of a year with a plan in force it is that one which goes on, not what was being revised.
            let is_other = from.content.course.state != PlanState::Approved
                && standing
                    .iter()
                    .any(|it| it.content.year == from.content.year && it.content.course.state == PlanState::Approved);
            let items = plan_item::of_plan(tx, from.id)?;
            let open: Vec<_> = items.into_iter().filter(|item| self.act.leaves_open(&from.content, &item.content)).collect();
            if is_other || open.is_empty() {
                continue;
            }
            let to_plan_id = self.open_plan(tx, from.content.year)?;
            let items: Vec<Kept<PlanItem>> =
                open.iter().map(|item| self.made(self.act.item(&item.content, to_plan_id, self.successor.id))).collect();
            plan_item::insert_many(tx, &items)?;
            let changes = items.iter().map(|item| Change::created((), PlanItem::SUBJECT, item.id, item).of_records());
            self.changes.extend(changes);
            carried.push(CarriedPlan { from_plan_id: from.id, to_plan_id, items: items.len() });
        }
        Ok(carried)
    }

    /// The plan of the centre that goes on, open to be written: the one that it has, a revision of the one in force, or a draft.
    fn open_plan(&mut self, tx: &mut Tx<'_>, year: i32) -> Stored<PlanId> {
        let own = plan::standing(tx, self.successor.id, year)?;
        let of_year = || own.iter().filter(|it| it.content.year == year);
        if let Some(open) = of_year().find(|it| it.content.course.state.is_open()) {
            plan::hold_open(tx, open.id, self.permit.now())?;
            return Ok(open.id);
        }
        let in_force = of_year().find(|it| it.content.course.state == PlanState::Approved);
        let (plan, items) = match in_force {
            Some(base) => revised(self.permit, tx, base.clone())?,
            None => {
                let plan = self.made(self.act.plan(self.successor, year));
                plan::explained(Plan::insert(tx, &plan))?;
                (plan, vec![])
            }
        };
        let made = json!({ "plan": plan, "items": items });
        self.changes.push(Change::created((), Plan::SUBJECT, plan.id, &made).of_records());
        Ok(plan.id)
    }

    fn made<T: htcd_domain::record::Record>(&self, content: T) -> Kept<T> {
        let now = self.permit.now();
        Kept { id: self.permit.new_id(), content, created_at: now, updated_at: now }
    }
}

fn count(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
