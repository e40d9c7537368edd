//! Why somebody may or may not do something: which grant allows it, or which rule refuses it, in the codes that
//! errors and `allowed_actions` use.

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use crate::Coded;
use crate::access::{Caller, Grant, Permission};
use crate::id::{CentreId, UnitId, UserId};
use crate::rating::Reason;
use crate::unit::UnitMap;

coded! {
    /// What a grant says to an action.
    pub enum GrantVerdict in "grant_verdict" {
        /// It allows it.
        Allows = "allows" ("cho phép", "allows it"),
        /// Its first day has not come.
        NotYet = "not_yet" ("chưa có hiệu lực", "is not in force yet"),
        /// It has ended or was taken away.
        Ended = "ended" ("đã hết hiệu lực", "is no longer in force"),
        /// Its role does not carry the permission.
        RoleLacks = "role_lacks" ("vai trò không có quyền này", "its role lacks the permission"),
        /// It does not reach where the thing lies.
        OutOfReach = "out_of_reach" ("không bao gồm nơi này", "does not reach there"),
    }
}

/// A grant with what it says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct GrantExplained {
    /// The grant.
    pub grant: Grant,
    /// What it says to the action.
    pub verdict: GrantVerdict,
}

/// Why somebody may or may not do something.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Explanation {
    /// Who.
    pub user_id: UserId,
    /// The name they sign in with.
    #[schema(example = "nguyen.thi.lan")]
    pub username: String,
    /// The action, as it was asked for.
    #[schema(example = "verify_rating")]
    pub action: String,
    /// The permission that it takes.
    pub permission: Permission,
    /// On what, as it was asked for.
    #[schema(example = "rating:0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11")]
    pub resource: Option<String>,
    /// Whether it would be allowed now.
    pub allowed: bool,
    /// Every grant of theirs, with what it says.
    pub grants: Vec<GrantExplained>,
    /// What refuses it; empty when it is allowed.
    pub reasons: Vec<Reason>,
}

/// Where a thing lies: a commune, and the centre it belongs to.
pub type Lies = (UnitId, Option<CentreId>);

/// What each grant of somebody says to a permission, on a thing that lies somewhere, or on anything at all.
pub fn grants(
    caller: &Caller,
    permission: Permission,
    lies: Option<Lies>,
    map: &UnitMap,
    today: NaiveDate,
) -> Vec<GrantExplained> {
    let verdict = |grant: &Grant| {
        if !grant.role.may(permission) {
            return GrantVerdict::RoleLacks;
        }
        if today < grant.valid_from {
            return GrantVerdict::NotYet;
        }
        if !grant.is_valid_on(today) {
            return GrantVerdict::Ended;
        }
        let alone = Caller { grants: vec![grant.clone()], needs_totp: false, ..caller.clone() };
        let reaches = lies.is_none_or(|(commune, centre)| alone.scope(permission, map, today).covers(commune, centre));
        if reaches { GrantVerdict::Allows } else { GrantVerdict::OutOfReach }
    };
    caller.grants.iter().map(|grant| GrantExplained { grant: grant.clone(), verdict: verdict(grant) }).collect()
}

/// What refuses a permission to somebody, whatever it is asked for; `lies` as for [`grants`].
pub fn reasons(caller: &Caller, permission: Permission, lies: Option<Lies>, map: &UnitMap, today: NaiveDate) -> Vec<Reason> {
    if let Err(refused) = caller.check(permission, today) {
        return vec![Reason { code: refused.code().into(), detail: refused.label().sentence() }];
    }
    let is_outside = lies.is_some_and(|(commune, centre)| !caller.scope(permission, map, today).covers(commune, centre));
    // What lies outside of somebody's scope is not there for them.
    if is_outside {
        let code = crate::Code::NotFound;
        return vec![Reason { code: code.as_str().into(), detail: code.next() }];
    }
    Vec::new()
}
