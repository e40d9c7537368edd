//! A report with what it says and what the caller may do with it.

use htcd_domain::Code;
use htcd_domain::access::Permission;
use htcd_domain::id::ReportId;
use htcd_domain::rating::AllowedAction;
use htcd_domain::record::{Kept, Record as _};
use htcd_domain::report::{Report, ReportAction, ReportActor, ReportContent, ReportSection, ReportStep};
use htcd_persistence::record::Stored as _;
use htcd_persistence::{Change, Error, Result, Tx, centre, report, report_version};
use serde::Serialize;
use utoipa::ToSchema;

use super::gather;
use super::paper::Frozen;
use crate::extract::IfMatch;
use crate::permit::{Permit, Right};
use crate::v1::ratings::case::hand;

/// As the document names it.
pub(super) type ReportRecord = Kept<Report>;

/// A report, with what it says and what the caller may do with it now.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReportView {
    /// What is written by hand, and where it stands.
    #[serde(flatten)]
    pub report: ReportRecord,
    /// Whether `content` is counted now; otherwise it is what was frozen when the newest version was handed in.
    pub is_live: bool,
    /// SHA-256 of the document that was frozen; `null` while it is counted.
    pub sha256: Option<String>,
    /// All that it says.
    #[schema(value_type = ReportContent)]
    pub content: serde_json::Value,
    /// Every action with whether the caller may take it now, and otherwise why not.
    pub allowed_actions: Vec<AllowedAction>,
}

/// A report with what its rules look at, loaded within the scope of the permit.
pub(super) struct Loaded {
    pub(super) kept: ReportRecord,
    pub(super) revision: i64,
    pub(super) steps: Vec<ReportStep>,
    pub(super) actor: ReportActor,
}

impl Loaded {
    /// Loads a report.
    pub(super) fn find<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, id: ReportId) -> Result<Self> {
        let (kept, revision) = Report::find(tx, id)?.ok_or(Code::NotFound)?;
        Self::around(permit, tx, kept, revision)
    }

    /// Loads what lies around a report that was looked up.
    pub(super) fn around<R: Right>(permit: &Permit<R>, tx: &mut Tx<'_>, kept: ReportRecord, revision: i64) -> Result<Self> {
        let centre_id = kept.content.centre_id;
        let (centre, _) = centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
        let steps = report::steps(tx, kept.id)?;
        let may = |permission| permit.scope_of(permission).covers(centre.commune_id, Some(centre_id));
        let actor = ReportActor {
            may_write: may(Permission::RecordsWrite),
            may_submit: may(Permission::ReportsSubmit),
            may_accept: may(Permission::ReportsAccept),
            wrote: ReportActor::wrote(&hand(permit.caller()).persons(), &steps),
        };
        Ok(Self { kept, revision, steps, actor })
    }

    /// Loads a report on which the caller may take an action now, from the revision they saw.
    pub(super) fn permitted<R: Right>(
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        id: ReportId,
        seen: &IfMatch,
        action: ReportAction,
    ) -> Result<Self> {
        let loaded = Self::find(permit, tx, id)?;
        seen.check(loaded.revision)?;
        loaded.kept.content.permit(action, &loaded.actor, permit.today())?;
        Ok(loaded)
    }

    /// The view of the report as it is.
    pub(super) fn view<R: Right>(&self, permit: &Permit<R>, tx: &mut Tx<'_>) -> Result<ReportView> {
        let report = &self.kept.content;
        let (content, sha256) = if report.course.state.is_open() {
            (as_json(&gather::content(permit, tx, report)?)?, None)
        } else {
            let frozen = report_version::find(tx, self.kept.id, report.course.version)?.ok_or_else(missing_version)?;
            (Frozen::read(&frozen.document)?.content, Some(frozen.sha256))
        };
        Ok(ReportView {
            report: self.kept.clone(),
            is_live: sha256.is_none(),
            sha256,
            content,
            allowed_actions: report.allowed_actions(&self.actor, permit.today()),
        })
    }

    /// Records a step that was taken. Changes by one person after another are one step.
    pub(super) fn record<R: Right>(
        &mut self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        action: Option<ReportAction>,
        reason: Option<(String, Vec<ReportSection>)>,
    ) -> Result<()> {
        let hand = hand(permit.caller());
        let last = self.steps.last();
        let is_again = |step: &ReportStep| {
            (step.action, step.user_id, step.acting_user_id) == (Some(ReportAction::Edit), hand.user_id, hand.acting_user_id)
        };
        if action == Some(ReportAction::Edit) && last.is_some_and(is_again) {
            return Ok(());
        }
        let is_of_version = matches!(action, Some(ReportAction::Submit | ReportAction::Return | ReportAction::Accept));
        let (reason, sections) = reason.unzip();
        let step = ReportStep {
            seq: last.map_or(0, |step| step.seq) + 1,
            at: permit.now(),
            user_id: hand.user_id,
            acting_user_id: hand.acting_user_id,
            action,
            version: is_of_version.then_some(self.kept.content.course.version),
            reason,
            sections: sections.unwrap_or_default(),
        };
        report::insert_step(tx, self.kept.id, &step)?;
        self.actor.wrote |= step.writes();
        self.steps.push(step);
        Ok(())
    }

    /// Stores what a step made of the report, with its change for the audit trail. `sha256` is that of the version that it froze.
    pub(super) fn advance<R: Right>(
        &mut self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        content: Report,
        sha256: Option<&str>,
    ) -> Result<Change<()>> {
        let after = Kept { content, updated_at: permit.now(), ..self.kept.clone() };
        Report::update(tx, &after, self.revision)?;
        self.revision += 1;
        let before = std::mem::replace(&mut self.kept, after);
        let mut recorded = as_json(&self.kept)?;
        if let (Some(members), Some(sha256)) = (recorded.as_object_mut(), sha256) {
            members.insert("sha256".into(), sha256.into());
        }
        Ok(Change::updated((), Report::SUBJECT, self.kept.id, &before, &recorded).of_records())
    }
}

fn as_json(value: &impl Serialize) -> Result<serde_json::Value> {
    serde_json::to_value(value).map_err(|error| Error::Corrupt(error.to_string()))
}

/// A report that was handed in has its version: the database says otherwise.
pub(super) fn missing_version() -> Error {
    Error::Corrupt("a report lacks the version that was handed in".into())
}
