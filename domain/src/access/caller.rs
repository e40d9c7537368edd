//! Who calls, by what means and for whom; what they may do, and how far it reaches.

use std::collections::BTreeSet;
use std::net::IpAddr;

use chrono::NaiveDate;

use super::{Grant, HoldsOn, Permission, Role};
use crate::Coded;
use crate::id::{CentreId, ProvinceId, ServiceAccountId, SessionId, UnitId, UserId};
use crate::problem::{Code, Problem};
use crate::text::Label;
use crate::unit::UnitMap;

/// By what means a caller shows who they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Means {
    /// By signing in here.
    Session(SessionId),
    /// By the token of another issuer.
    Issuer,
    /// As a program, with a list of permissions that is never wider than its owner's rights.
    Service {
        /// The service account.
        id: ServiceAccountId,
        /// Its name.
        name: String,
        /// What is listed for it, and asked for in its token.
        permissions: BTreeSet<Permission>,
        /// From which networks it may come; from anywhere when empty.
        networks: Vec<ipnet::IpNet>,
    },
}

/// Somebody who acts for the caller.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acting {
    /// Who acts.
    pub user_id: UserId,
    /// The name they sign in with.
    pub username: String,
    /// Whether they may only read.
    pub read_only: bool,
}

/// Somebody who has signed in, with the grants in force.
#[derive(Debug, Clone)]
pub struct Caller {
    /// In whose right.
    pub user_id: UserId,
    /// The name they sign in with.
    pub username: String,
    /// Their tenant; the nation for national accounts.
    pub province_id: ProvinceId,
    /// How they showed who they are.
    pub means: Means,
    /// Who acts for them, if it is not themselves.
    pub acting: Option<Acting>,
    /// Whether a role of theirs asks for a second factor that they have not set up: until then they can do nothing else.
    pub needs_totp: bool,
    /// Grants that are in force, or were or will be: ask with a date.
    pub grants: Vec<Grant>,
}

coded! {
    /// Why a permission is refused.
    pub enum Refused in "access_refusal" {
        /// No grant in force carries it.
        RightMissing = "right_missing" ("không có vai trò nào cho quyền này", "no grant in force carries the right"),
        /// The second factor has to be set up first.
        TotpRequired = "totp_required" ("phải bật xác thực hai bước trước", "a second factor has to be set up first"),
        /// The service account's list does not hold it.
        NotListed = "not_listed" ("tài khoản dịch vụ không được ghi quyền này", "the service account's list does not hold it"),
        /// It is for the person themselves.
        InPersonOnly = "in_person_only" ("chỉ chính người đó được làm", "only the person themselves may do it"),
        /// Whoever acts for somebody may only read.
        ReadOnly = "read_only" ("chỉ được xem khi làm thay", "acting for somebody was given for reading only"),
    }
}

impl Permission {
    /// The roles that carry it: those of the side that asks, the nation or a province, where there are any.
    fn roles_beside(self, is_national: bool) -> Vec<Role> {
        let (own, other): (Vec<Role>, Vec<Role>) =
            Role::ALL.iter().filter(|role| role.may(self)).partition(|role| (role.holds_on() == HoldsOn::Nation) == is_national);
        if own.is_empty() { other } else { own }
    }
}

impl Caller {
    /// The refusal of a permission by a rule: why, and who may do it instead.
    pub fn refusal(&self, permission: Permission, refused: Refused) -> Problem {
        let roles = permission.roles_beside(self.province_id.is_nation());
        let next = match refused {
            Refused::RightMissing => {
                let names = |of: fn(&Label) -> &str| roles.iter().map(|role| of(&role.label()).to_owned()).collect::<Vec<_>>();
                Some(Label::new(
                    format!("Vai trò làm được việc này: {}. Nhờ người giữ một vai trò như vậy.", names(|it| &it.vi).join(", ")),
                    format!("Roles that may do this: {}. Ask somebody with such a role.", names(|it| &it.en).join(", ")),
                ))
            }
            Refused::TotpRequired => None,
            Refused::NotListed => Some(Label::fixed(
                "Xin mã có quyền này trong scope; nếu tài khoản dịch vụ chưa được ghi quyền thì nhờ chủ tài khoản ghi thêm.",
                "Get a token whose scope names the permission; where the account's list lacks it, ask its owner to add it.",
            )),
            Refused::InPersonOnly => {
                Some(Label::fixed("Để chính người đó đăng nhập và làm.", "Let the person sign in and do it themselves."))
            }
            Refused::ReadOnly => Some(Label::fixed(
                "Để chính người đó làm, hoặc xin họ cho làm thay mà không chỉ để xem.",
                "Let the person do it, or ask them for leave to act that is not for reading only.",
            )),
        };
        let code = if refused == Refused::TotpRequired { Code::TotpSetupRequired } else { Code::RightMissing };
        let problem =
            Problem { detail: Some(Box::new(refused.label().sentence())), next: next.map(Box::new), ..Problem::new(code) }
                .with("permission", permission)
                .with("reason", refused);
        if refused == Refused::RightMissing { problem.with("roles", roles) } else { problem }
    }

    /// Whether a permission is the caller's, wherever it may reach.
    ///
    /// # Errors
    /// The rule that refuses it.
    pub fn check(&self, permission: Permission, today: NaiveDate) -> Result<(), Refused> {
        if self.needs_totp && !matches!(permission, Permission::Me | Permission::OwnAccount) {
            return Err(Refused::TotpRequired);
        }
        if let Means::Service { permissions, .. } = &self.means {
            if !permission.is_for_programs() {
                return Err(Refused::InPersonOnly);
            }
            if permission != Permission::Me && !permissions.contains(&permission) {
                return Err(Refused::NotListed);
            }
        }
        if let Some(acting) = &self.acting {
            if !permission.is_delegable() {
                return Err(Refused::InPersonOnly);
            }
            if acting.read_only && !permission.reads() {
                return Err(Refused::ReadOnly);
            }
        }
        let is_everybodys = matches!(permission, Permission::Me | Permission::OwnAccount);
        let held = || self.grants.iter().any(|grant| grant.is_valid_on(today) && grant.role.may(permission));
        if is_everybodys || held() { Ok(()) } else { Err(Refused::RightMissing) }
    }

    /// Whether any grant in force carries the permission, and nothing stands against it.
    pub fn may(&self, permission: Permission, today: NaiveDate) -> bool {
        self.check(permission, today).is_ok()
    }

    /// Everybody who takes part in what the caller does: the person in whose right, and who acts for them.
    pub fn persons(&self) -> BTreeSet<UserId> {
        std::iter::once(self.user_id).chain(self.acting.as_ref().map(|acting| acting.user_id)).collect()
    }

    /// Whether the caller may come from an address: programs may be bound to networks.
    pub fn may_come_from(&self, address: IpAddr) -> bool {
        match &self.means {
            Means::Service { networks, .. } => crate::service_account::admits_from(networks, address),
            Means::Session(_) | Means::Issuer => true,
        }
    }

    /// The service account, where there is one.
    pub fn service_account_id(&self) -> Option<ServiceAccountId> {
        match self.means {
            Means::Service { id, .. } => Some(id),
            Means::Session(_) | Means::Issuer => None,
        }
    }

    /// The signing in, where there is one.
    pub fn session_id(&self) -> Option<SessionId> {
        match self.means {
            Means::Session(id) => Some(id),
            Means::Issuer | Means::Service { .. } => None,
        }
    }

    /// How far a permission reaches: over which communes and centres of the caller's tenant; nowhere when it is refused.
    pub fn scope(&self, permission: Permission, map: &UnitMap, today: NaiveDate) -> Scope {
        let mut scope = Scope { whole: false, ..Scope::whole(self.province_id) };
        if self.check(permission, today).is_err() {
            return scope;
        }
        for grant in self.grants.iter().filter(|grant| grant.is_valid_on(today) && grant.role.may(permission)) {
            match (grant.role.holds_on(), grant.unit_id, grant.centre_id) {
                (HoldsOn::Nation, _, _) => scope.whole = true,
                (HoldsOn::Unit(_), Some(unit), _) => {
                    // A province that ended reaches what it reached, not what it went into.
                    let is_there = map.get(unit).is_none_or(|unit| unit.on(today).is_some());
                    if matches!(grant.role, Role::ProvinceAdmin | Role::ProvinceOfficer) && is_there {
                        scope.whole = true;
                    } else {
                        scope.communes.extend(map.reach(unit).iter());
                        scope.units.insert(unit);
                    }
                }
                (HoldsOn::Centre, _, Some(centre)) => {
                    scope.centres.insert(centre);
                }
                _ => {}
            }
        }
        scope
    }

    /// Whether the caller appoints to a role on a unit, or on a centre in a commune ([`Role::appoints`]).
    pub fn appoints(&self, role: Role, on: On, map: &UnitMap, today: NaiveDate) -> bool {
        self.grants.iter().filter(|held| held.is_valid_on(today) && held.role.appoints(role)).any(|held| match (held.role, on) {
            (Role::PlatformAdmin, _) => true,
            (Role::ProvinceAdmin, On::Unit(unit)) => map
                .province_unit(unit)
                .is_some_and(|province| held.unit_id.is_some_and(|own| map.is_same_or_predecessor(province, own))),
            // Centres are looked up inside the tenant.
            (Role::ProvinceAdmin, On::Centre(..)) => true,
            (Role::CommuneOfficer, On::Centre(_, commune)) => held.unit_id.is_some_and(|own| map.reach(own).contains(&commune)),
            (Role::CentreManager, On::Centre(centre, _)) => held.centre_id == Some(centre),
            _ => false,
        })
    }
}

/// What a role is held on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum On {
    /// The nation.
    Nation,
    /// A unit.
    Unit(UnitId),
    /// A centre, which lies in a commune.
    Centre(CentreId, UnitId),
}

/// What of a tenant's records a permission reaches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// The tenant.
    pub province_id: ProvinceId,
    /// Everything in the tenant.
    pub whole: bool,
    /// Otherwise: records placed in these communes …
    pub communes: BTreeSet<UnitId>,
    /// … and these centres.
    pub centres: BTreeSet<CentreId>,
    /// The units that the permission is held on, of whatever level: what such a unit keeps itself lies within.
    pub units: BTreeSet<UnitId>,
}

impl Scope {
    /// Everything of one tenant, for work that the program itself does.
    pub fn whole(province_id: ProvinceId) -> Self {
        Self { province_id, whole: true, communes: BTreeSet::new(), centres: BTreeSet::new(), units: BTreeSet::new() }
    }

    /// Whether what a unit itself keeps lies within: all of the unit is covered.
    pub fn covers_unit(&self, unit: UnitId) -> bool {
        self.whole || self.communes.contains(&unit) || self.units.contains(&unit)
    }

    /// Whether a record placed in this commune, of this centre, lies within.
    pub fn covers(&self, commune: UnitId, centre: Option<CentreId>) -> bool {
        self.whole || self.communes.contains(&commune) || centre.is_some_and(|centre| self.centres.contains(&centre))
    }
}
