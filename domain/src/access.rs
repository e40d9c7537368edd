//! Who may do what: eight roles, one policy table, and how far a grant reaches.

use std::collections::BTreeSet;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Coded;
use crate::id::{CentreId, GrantId, ProvinceId, SessionId, UnitId, UserId};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::text::Label;
use crate::unit::{Level, UnitMap};

coded! {
    /// A role. What it may do stands in [`Role::may`]; on what, in its grant.
    pub enum Role in "role" {
        /// Runs the installation: tenants, national frameworks; reads no province's records.
        PlatformAdmin = "platform_admin" ("Quản trị nền tảng", "Platform administrator"),
        /// Reads decided, aggregated data of every province.
        MinistryReader = "ministry_reader" ("Bộ GD&ĐT (xem số liệu)", "Ministry reader"),
        /// Users and grants, calendar, schemes, rounds.
        ProvinceAdmin = "province_admin" ("Quản trị cấp tỉnh", "Province administrator"),
        /// Reads everything in the province, decides ratings.
        ProvinceOfficer = "province_officer" ("Chuyên viên Sở", "Province officer"),
        /// Verifies ratings below a unit.
        Verifier = "verifier" ("Người thẩm định", "Verifier"),
        /// Centres' life cycle in a commune.
        CommuneOfficer = "commune_officer" ("Cán bộ cấp xã", "Commune officer"),
        /// Everything of a centre; submits.
        CentreManager = "centre_manager" ("Giám đốc trung tâm", "Centre manager"),
        /// Records and drafts of a centre.
        CentreStaff = "centre_staff" ("Nhân viên trung tâm", "Centre staff"),
    }
}

coded! {
    /// A right that an operation asks for.
    pub enum Permission in "permission" {
        /// Who one is; signing out.
        Me = "me" ("Xem thông tin của mình", "See one's own account"),
        /// The administrative maps.
        UnitsRead = "units:read" ("Xem đơn vị hành chính", "Read administrative units"),
        /// The list of tenants and their names.
        ProvincesRead = "provinces:read" ("Xem các tỉnh", "Read provinces"),
        /// Make and rename tenants.
        ProvincesManage = "provinces:manage" ("Quản lý các tỉnh", "Manage provinces"),
        /// Users and their grants.
        UsersRead = "users:read" ("Xem người dùng", "Read users"),
        /// Make users, give and take grants.
        UsersManage = "users:manage" ("Quản lý người dùng", "Manage users"),
        /// Centres, their sites, placements and acts.
        CentresRead = "centres:read" ("Xem trung tâm", "Read centres"),
        /// Change a centre's description and sites.
        CentresWrite = "centres:write" ("Sửa thông tin trung tâm", "Change centres"),
        /// Register, establish, suspend, move, merge, split and dissolve centres.
        CentresLifecycle = "centres:lifecycle" ("Thành lập, đình chỉ, sáp nhập, giải thể trung tâm", "Found, suspend, merge and dissolve centres"),
        /// Schemes, national and of the province.
        SchemesRead = "schemes:read" ("Xem bộ tiêu chí", "Read schemes"),
        /// Draft and publish schemes.
        SchemesWrite = "schemes:write" ("Soạn và ban hành bộ tiêu chí", "Draft and publish schemes"),
        /// Rounds.
        RoundsRead = "rounds:read" ("Xem đợt đánh giá", "Read rounds"),
        /// Open, change and close rounds.
        RoundsWrite = "rounds:write" ("Mở và đóng đợt đánh giá", "Open and close rounds"),
        /// Ratings in scope, with their history.
        RatingsRead = "ratings:read" ("Xem hồ sơ đánh giá", "Read ratings"),
        /// Start a rating and fill in the self-assessment.
        RatingsDraft = "ratings:draft" ("Lập hồ sơ tự đánh giá", "Draft self-assessments"),
        /// Submit a self-assessment.
        RatingsSubmit = "ratings:submit" ("Nộp hồ sơ tự đánh giá", "Submit self-assessments"),
        /// Verify a rating.
        RatingsVerify = "ratings:verify" ("Thẩm định hồ sơ", "Verify ratings"),
        /// Send a rating back with a reason, at the stage where one verifies or decides.
        RatingsReturn = "ratings:return" ("Trả lại hồ sơ", "Return ratings"),
        /// Decide and amend a rating.
        RatingsDecide = "ratings:decide" ("Quyết định, điều chỉnh xếp loại", "Decide and amend ratings"),
        /// Enter decided results of past years.
        RatingsImport = "ratings:import" ("Nhập kết quả các năm trước", "Import past results"),
        /// Aggregates of the unit in scope.
        AggregatesRead = "aggregates:read" ("Xem số liệu tổng hợp", "Read aggregates"),
        /// Aggregates of the nation, by province.
        AggregatesNational = "aggregates:national" ("Xem số liệu tổng hợp toàn quốc", "Read national aggregates"),
        /// The audit trail.
        AuditRead = "audit:read" ("Xem nhật ký", "Read the audit trail"),
    }
}

impl Role {
    /// The policy table: whether the role carries a permission (within its grant's reach).
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        if matches!(permission, P::Me | P::UnitsRead) {
            return true;
        }
        match self {
            Self::PlatformAdmin => {
                matches!(
                    permission,
                    P::ProvincesRead
                        | P::ProvincesManage
                        | P::UsersRead
                        | P::UsersManage
                        | P::SchemesRead
                        | P::SchemesWrite
                        | P::AuditRead
                )
            }
            Self::MinistryReader => {
                matches!(permission, P::ProvincesRead | P::SchemesRead | P::AggregatesRead | P::AggregatesNational)
            }
            Self::ProvinceAdmin => !matches!(
                permission,
                P::ProvincesManage
                    | P::AggregatesNational
                    | P::RatingsDraft
                    | P::RatingsSubmit
                    | P::RatingsVerify
                    | P::RatingsReturn
                    | P::RatingsDecide
            ),
            Self::ProvinceOfficer => matches!(
                permission,
                P::ProvincesRead
                    | P::UsersRead
                    | P::CentresRead
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsReturn
                    | P::RatingsDecide
                    | P::RatingsImport
                    | P::AggregatesRead
                    | P::AuditRead
            ),
            Self::Verifier => {
                matches!(
                    permission,
                    P::CentresRead
                        | P::SchemesRead
                        | P::RoundsRead
                        | P::RatingsRead
                        | P::RatingsVerify
                        | P::RatingsReturn
                        | P::AggregatesRead
                )
            }
            Self::CommuneOfficer => matches!(
                permission,
                P::CentresRead
                    | P::CentresWrite
                    | P::CentresLifecycle
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsDraft
                    | P::RatingsSubmit
                    | P::AggregatesRead
            ),
            Self::CentreManager => matches!(
                permission,
                P::CentresRead
                    | P::CentresWrite
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsDraft
                    | P::RatingsSubmit
            ),
            Self::CentreStaff => {
                matches!(permission, P::CentresRead | P::SchemesRead | P::RoundsRead | P::RatingsRead | P::RatingsDraft)
            }
        }
    }

    /// On what a grant of this role stands.
    pub fn holds_on(self) -> HoldsOn {
        match self {
            Self::PlatformAdmin | Self::MinistryReader => HoldsOn::Nation,
            Self::ProvinceAdmin | Self::ProvinceOfficer => HoldsOn::Unit(&[Level::Province]),
            Self::Verifier => HoldsOn::Unit(&[Level::Province, Level::District, Level::Commune]),
            Self::CommuneOfficer => HoldsOn::Unit(&[Level::Commune]),
            Self::CentreManager | Self::CentreStaff => HoldsOn::Centre,
        }
    }

    /// Whether whoever holds the role manages what it stands on, and so may not judge it.
    pub fn manages(self) -> bool {
        matches!(self, Self::CommuneOfficer | Self::CentreManager | Self::CentreStaff)
    }
}

/// The policy as a table that a person can read.
pub fn policy_grid() -> String {
    use std::fmt::Write;
    let mut grid = String::from("| |");
    for role in Role::ALL {
        let _ = write!(grid, " {role} |");
    }
    grid.push_str("\n| --- |");
    grid.push_str(&" :-: |".repeat(Role::ALL.len()));
    for permission in Permission::ALL {
        let _ = write!(grid, "\n| `{permission}` |");
        for role in Role::ALL {
            grid.push_str(if role.may(*permission) { " yes |" } else { " |" });
        }
    }
    grid.push('\n');
    grid
}

/// What a role's grant stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HoldsOn {
    /// The nation: neither a unit nor a centre is named.
    Nation,
    /// A unit of one of these levels.
    Unit(&'static [Level]),
    /// A centre.
    Centre,
}

/// A role on a unit (and everything below it) or on a centre, for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Grant {
    /// Identity.
    pub id: GrantId,
    /// The role.
    pub role: Role,
    /// The unit, for a role on a unit.
    pub unit_id: Option<UnitId>,
    /// The centre, for a role on a centre.
    pub centre_id: Option<CentreId>,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day, or open.
    pub valid_to: Option<NaiveDate>,
    /// The day on which it was taken away, if it was: from then on it gives nothing, even if it began on that day.
    pub taken_on: Option<NaiveDate>,
}

impl Grant {
    /// Whether the grant is in force on a day.
    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.valid_from <= day && self.valid_to.is_none_or(|last| day <= last) && self.taken_on.is_none_or(|taken| day < taken)
    }

    /// The last day on which somebody held it, if only for an hour; `None` while it is open.
    pub fn last_held(&self) -> Option<NaiveDate> {
        self.taken_on.or(self.valid_to)
    }

    /// What is left of it when it is taken away today: one that had begun stays on record, since duties ask who
    /// held what; of one that had not, nothing stays.
    pub fn taken_away(&self, today: NaiveDate) -> Option<Self> {
        if self.valid_from > today {
            return None;
        }
        if self.valid_to.is_some_and(|last| last < today) || self.taken_on.is_some() {
            return Some(self.clone());
        }
        let last = today.pred_opt().unwrap_or(today).max(self.valid_from);
        Some(Self { valid_to: Some(last), taken_on: Some(today), ..self.clone() })
    }
}

/// A grant to be given.
#[derive(Debug, Clone, Deserialize, Serialize, ToSchema, validator::Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateGrant {
    /// The role.
    pub role: Role,
    /// The unit, for a role on a unit.
    #[serde(default)]
    pub unit_id: Option<UnitId>,
    /// The centre, for a role on a centre.
    #[serde(default)]
    pub centre_id: Option<CentreId>,
    /// First day; today when left out.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// Last day; open when left out.
    #[serde(default)]
    pub valid_to: Option<NaiveDate>,
}

impl CreateGrant {
    /// Checks that the role stands on what it can stand on, and that whoever gives it holds at least as much.
    ///
    /// # Errors
    /// `rule_broken` with each fault, or `outside_scope` when the giver's own grants do not reach as far.
    pub fn check(&self, giver: &Caller, map: &UnitMap, today: NaiveDate) -> Result<()> {
        let mut faults = Faults::default();
        match self.role.holds_on() {
            HoldsOn::Nation => {
                faults.check(
                    self.unit_id.is_none() && self.centre_id.is_none(),
                    "/unit_id",
                    "grant_on_nation",
                    "Vai trò cấp quốc gia không gắn với đơn vị hay trung tâm.",
                    "A national role stands on no unit and no centre.",
                );
            }
            HoldsOn::Unit(levels) => {
                let level = self.unit_id.and_then(|id| map.get(id)).map(|unit| unit.level);
                faults.check(
                    self.centre_id.is_none(),
                    "/centre_id",
                    "grant_on_unit",
                    "Vai trò này gắn với đơn vị, không gắn với trung tâm.",
                    "This role stands on a unit, not on a centre.",
                );
                if !level.is_some_and(|level| levels.contains(&level)) {
                    let names = |pick: fn(&Label) -> &str| {
                        levels.iter().map(|level| pick(&level.label()).to_owned()).collect::<Vec<_>>().join(", ")
                    };
                    faults.push(Fault::body(
                        "/unit_id",
                        "grant_level",
                        Label::new(
                            format!("Vai trò này phải gắn với đơn vị cấp: {}.", names(|l| &l.vi)),
                            format!("This role must stand on a unit of level: {}.", names(|l| &l.en)),
                        ),
                    ));
                }
            }
            HoldsOn::Centre => {
                faults.check(
                    self.unit_id.is_none() && self.centre_id.is_some(),
                    "/centre_id",
                    "grant_on_centre",
                    "Vai trò này phải gắn với một trung tâm.",
                    "This role must stand on a centre.",
                );
            }
        }
        faults.check(
            self.valid_to.is_none_or(|to| to >= self.valid_from.unwrap_or(today)),
            "/valid_to",
            "dates_in_order",
            "Ngày kết thúc phải sau ngày bắt đầu.",
            "The last day must not come before the first.",
        );
        faults.into_result()?;
        giver.may_give(self, map, today)
    }
}

/// Somebody who has signed in, with the grants in force.
#[derive(Debug, Clone)]
pub struct Caller {
    /// Who.
    pub user_id: UserId,
    /// The name they sign in with.
    pub username: String,
    /// Their tenant; the nation for national accounts.
    pub province_id: ProvinceId,
    /// The signing in that the token came from.
    pub session_id: SessionId,
    /// Grants that are in force, or were or will be: ask with a date.
    pub grants: Vec<Grant>,
}

impl Caller {
    /// Whether any grant in force carries the permission.
    pub fn may(&self, permission: Permission, today: NaiveDate) -> bool {
        permission == Permission::Me || self.grants.iter().any(|grant| grant.is_valid_on(today) && grant.role.may(permission))
    }

    /// How far a permission reaches: over which communes and centres of the caller's tenant.
    pub fn scope(&self, permission: Permission, map: &UnitMap, today: NaiveDate) -> Scope {
        let mut scope =
            Scope { province_id: self.province_id, whole: false, communes: BTreeSet::new(), centres: BTreeSet::new() };
        for grant in self.grants.iter().filter(|grant| grant.is_valid_on(today) && grant.role.may(permission)) {
            match (grant.role.holds_on(), grant.unit_id, grant.centre_id) {
                (HoldsOn::Nation, _, _) => scope.whole = true,
                (HoldsOn::Unit(_), Some(unit), _) => {
                    if matches!(grant.role, Role::ProvinceAdmin | Role::ProvinceOfficer) {
                        scope.whole = true;
                    } else {
                        scope.communes.extend(map.reach(unit).iter());
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

    /// Nobody gives wider than they hold: an administrator appoints to any role of their own province, those who
    /// decide included, but to none outside of it and to no national one.
    fn may_give(&self, grant: &CreateGrant, map: &UnitMap, today: NaiveDate) -> Result<()> {
        let held: Vec<_> =
            self.grants.iter().filter(|held| held.is_valid_on(today) && held.role.may(Permission::UsersManage)).collect();
        let is_platform = held.iter().any(|held| held.role == Role::PlatformAdmin);
        let allowed = match grant.role.holds_on() {
            HoldsOn::Nation => is_platform,
            // The platform appoints a province's first administrators; everybody else is the province's own matter.
            _ if is_platform => grant.role == Role::ProvinceAdmin,
            HoldsOn::Unit(_) => grant.unit_id.is_some_and(|unit| {
                map.province_unit(unit).is_some_and(|province| {
                    held.iter().filter_map(|held| held.unit_id).any(|own| map.is_same_or_predecessor(province, own))
                })
            }),
            HoldsOn::Centre => true, // The centre is looked up inside the tenant before the grant is stored.
        };
        if allowed {
            Ok(())
        } else {
            Err(Problem::new(Code::OutsideScope).detail(
                "Không ai được cấp vai trò rộng hơn phạm vi của mình, hoặc trên đơn vị ngoài tỉnh của mình.",
                "Nobody gives a role that reaches wider than their own, nor on a unit outside their province.",
            ))
        }
    }
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
}

impl Scope {
    /// Everything of one tenant, for work that the program itself does.
    pub fn whole(province_id: ProvinceId) -> Self {
        Self { province_id, whole: true, communes: BTreeSet::new(), centres: BTreeSet::new() }
    }

    /// Whether a record placed in this commune, of this centre, lies within.
    pub fn covers(&self, commune: UnitId, centre: Option<CentreId>) -> bool {
        self.whole || self.communes.contains(&commune) || centre.is_some_and(|centre| self.centres.contains(&centre))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn platform_and_ministry_see_no_province_records() {
        for role in [Role::PlatformAdmin, Role::MinistryReader] {
            for permission in
                [Permission::CentresRead, Permission::RatingsRead, Permission::RatingsDecide, Permission::RatingsImport]
            {
                assert!(!role.may(permission), "{role} {permission}");
            }
        }
    }

    #[test]
    fn a_grant_that_is_taken_away_gives_nothing_from_that_day_on_and_stays_on_record() {
        let day = |text: &str| text.parse::<NaiveDate>().unwrap();
        let today = day("2026-11-22");
        let grant = |from: &str, to: Option<&str>| Grant {
            id: uuid::Uuid::nil().into(),
            role: Role::CentreManager,
            unit_id: None,
            centre_id: None,
            valid_from: day(from),
            valid_to: to.map(day),
            taken_on: None,
        };
        for (from, to, last, held_until) in [
            ("2020-01-01", None, "2026-11-21", "2026-11-22"),
            ("2020-01-01", Some("2026-11-22"), "2026-11-21", "2026-11-22"),
            ("2020-01-01", Some("2021-01-01"), "2021-01-01", "2021-01-01"),
            ("2026-11-22", None, "2026-11-22", "2026-11-22"),
        ] {
            let left = grant(from, to).taken_away(today).unwrap();
            assert!(!left.is_valid_on(today) && left.valid_from == day(from));
            assert_eq!((left.valid_to, left.last_held()), (Some(day(last)), Some(day(held_until))), "{from}");
            assert_eq!(left.taken_away(day("2027-01-01")), Some(left.clone()), "a second time changes nothing");
        }
        assert_eq!(grant("2026-11-23", None).taken_away(today), None);
    }

    #[test]
    fn whoever_drafts_neither_verifies_nor_decides() {
        for role in Role::ALL {
            assert!(
                !(role.may(Permission::RatingsDraft)
                    && (role.may(Permission::RatingsVerify) || role.may(Permission::RatingsDecide))),
                "{role}"
            );
            assert!(!(role.may(Permission::RatingsVerify) && role.may(Permission::RatingsDecide)), "{role}");
        }
    }
}
