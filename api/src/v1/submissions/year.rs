//! A tenant's year as it stands now, from which a submission is made and with which one is compared.

use std::collections::BTreeMap;
use std::sync::Arc;

use htcd_domain::Code;
use htcd_domain::id::{CentreId, RatingId, SubmissionId, UnitId};
use htcd_domain::province::Province;
use htcd_domain::rated_record::RatedRecord;
use htcd_domain::round::Round;
use htcd_domain::scheme::{Scheme, Subject};
use htcd_domain::submission::{CreateSubmission, Gathered, Standing, Submission, SubmissionContent, Superseded, cut};
use htcd_domain::unit::UnitMap;
use htcd_persistence::{Tx, rated_record, round, submission};

use crate::permit::{Permit, Right};

/// What was read.
pub(super) struct Year<'a> {
    pub(super) province: &'a Province,
    pub(super) round: Round,
    pub(super) scheme: Arc<Scheme>,
    pub(super) records: Vec<RatedRecord>,
    pub(super) undecided: Vec<RatingId>,
    map: &'a UnitMap,
}

impl<'a> Year<'a> {
    /// Reads the year of the transaction's tenant; `None` where it has no round.
    pub(super) fn read<R: Right>(
        permit: &'a Permit<R>,
        tx: &mut Tx<'_>,
        year: i32,
        subject: Subject,
    ) -> htcd_persistence::Result<Option<Self>> {
        let atlas = permit.atlas();
        let tenant = tx.scope().province_id;
        let province = atlas.provinces.iter().find(|province| province.id == tenant).ok_or(Code::NotFound)?;
        let Some(round) = round::all(tx, Some(year), Some(subject), None)?.pop() else { return Ok(None) };
        let scheme = permit.app().scheme(tx, round.scheme_id)?;
        let records = rated_record::all(tx, year, subject, round.data_to, &atlas.map, &province.unit_ids)?;
        let undecided = records.iter().filter(|record| record.fact.rank.is_none());
        let undecided = undecided.filter_map(|record| record.rating.as_ref()).map(|rating| rating.id).collect();
        Ok(Some(Self { province, round, scheme, records, undecided, map: &atlas.map }))
    }

    /// What stands around a submission of it.
    pub(super) fn standing<'s>(&'s self, has_key: bool, current: Option<&'s Submission>) -> Standing<'s> {
        Standing { round: &self.round, undecided: &self.undecided, base: self.records.len() as u64, has_key, current }
    }

    /// What it says now, as a submission with this id would; `superseded` is the one that it would correct.
    pub(super) fn content<R: Right>(
        &self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        id: SubmissionId,
        request: &CreateSubmission,
        superseded: Option<&Submission>,
    ) -> htcd_persistence::Result<SubmissionContent> {
        let gathered = Gathered {
            province: self.province,
            round: &self.round,
            scheme: &self.scheme,
            records: &self.records,
            map: self.map,
            today: permit.today(),
        };
        let header = gathered.header(
            id,
            submission::next_number(tx)?,
            superseded.map_or(1, |superseded| superseded.header.version + 1),
            request.title(),
            cut(permit.now()),
            superseded.map(|superseded| Superseded {
                id: superseded.header.id,
                number: superseded.header.number,
                sha256: superseded.sha256.clone(),
            }),
            request.reason.clone(),
            self.standing(true, None).incomplete(),
        );
        Ok(gathered.content(header))
    }

    /// Where people have put centres since the cut-off day.
    pub(super) fn placed(&self) -> BTreeMap<CentreId, UnitId> {
        let placed = |record: &RatedRecord| Some((record.fact.centre?, record.fact.placed_later?));
        self.records.iter().filter_map(placed).collect()
    }

    /// What it says now, for reading alone.
    pub(super) fn now<R: Right>(
        &self,
        permit: &Permit<R>,
        tx: &mut Tx<'_>,
        current: Option<&Submission>,
    ) -> htcd_persistence::Result<SubmissionContent> {
        let request = CreateSubmission {
            id: None,
            year: self.round.year,
            subject: Some(self.round.subject),
            title: None,
            supersedes_id: None,
            accept_incomplete: false,
            reason: None,
        };
        self.content(permit, tx, SubmissionId(uuid::Uuid::nil()), &request, current)
    }
}
