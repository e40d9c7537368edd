//! Who may do what with an estimate or a settlement now.

use std::collections::BTreeSet;

use htcd_domain::Code;
use htcd_domain::access::Permission;
use htcd_domain::centre::Decision;
use htcd_domain::duties::Hand;
use htcd_domain::id::{CentreId, UserId};
use htcd_domain::money_step::{MoneyAct, MoneyCase, MoneyState};
use htcd_persistence::budget::Act;
use htcd_persistence::{Result, Tx, centre};

use crate::permit::{Permit, Right};

/// An act, with what it brings.
pub struct Doing {
    pub act: MoneyAct,
    pub return_reason: Option<String>,
    pub decision: Option<Decision>,
}

impl Doing {
    /// An act that brings nothing.
    pub fn plain(act: MoneyAct) -> Self {
        Self { act, return_reason: None, decision: None }
    }

    /// What it leaves, once it was permitted.
    pub fn done<R: Right>(&self, permit: &Permit<R>, state: MoneyState) -> Act {
        Act {
            state,
            submitted: (self.act == MoneyAct::Submit).then(|| hand(permit)),
            return_reason: self.return_reason.clone(),
            decision: self.decision.clone(),
            at: permit.now(),
        }
    }
}

fn hand<R: Right>(permit: &Permit<R>) -> Hand {
    let caller = permit.caller();
    Hand { user_id: caller.user_id, acting_user_id: caller.acting.as_ref().map(|acting| acting.user_id) }
}

/// Everything that decides on an act of the caller, on what a centre keeps.
pub fn case<R: Right>(
    permit: &Permit<R>,
    tx: &mut Tx<'_>,
    centre_id: CentreId,
    (state, submitted): (MoneyState, BTreeSet<UserId>),
    acts: &'static [MoneyAct],
) -> Result<MoneyCase> {
    let (centre, _) = centre::find(tx, centre_id)?.ok_or(Code::NotFound)?;
    let may = |permission| permit.scope_of(permission).covers(centre.commune_id, Some(centre_id));
    let (may_write, may_approve) = (may(Permission::RecordsWrite), may(Permission::MoneyApprove));
    Ok(MoneyCase { state, submitted, hand: hand(permit), may_write, may_approve, acts })
}
