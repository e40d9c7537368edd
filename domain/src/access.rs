//! Who may do what: eight roles, one policy table, and how far a grant reaches.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::Coded;
use crate::id::{CentreId, GrantId, ProvinceId, UnitId};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::text::Label;
use crate::unit::{Level, UnitMap};

mod caller;

pub use caller::{Acting, Caller, Means, On, Refused, Scope};

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
        /// Who one is.
        Me = "me" ("Xem thông tin của mình", "See one's own account"),
        /// One's own password, second factor, sign-ins and leave for others to act: in person only, never by a program
        /// or for somebody else.
        OwnAccount = "own_account" ("Quản lý tài khoản của mình", "Manage one's own account"),
        /// The administrative maps.
        UnitsRead = "units:read" ("Xem đơn vị hành chính", "Read administrative units"),
        /// Draft, preview, apply and undo changes of the map; say where centres of divided communes lie.
        UnitsRestructure = "units:restructure" ("Sắp xếp đơn vị hành chính", "Restructure administrative units"),
        /// The list of tenants and their names.
        ProvincesRead = "provinces:read" ("Xem các tỉnh", "Read provinces"),
        /// Make and rename tenants.
        ProvincesManage = "provinces:manage" ("Quản lý các tỉnh", "Manage provinces"),
        /// Users and their grants.
        UsersRead = "users:read" ("Xem người dùng", "Read users"),
        /// Invite users, give and take grants, hand over codes.
        UsersManage = "users:manage" ("Quản lý người dùng", "Manage users"),
        /// Personal contact data in clear; each reading is put on record.
        UsersContact = "users:contact" ("Xem thông tin liên hệ", "Read personal contact data"),
        /// A person's copy of their data, and anonymising.
        PersonalData = "personal_data:manage" ("Xử lý dữ liệu cá nhân", "Handle personal data"),
        /// What the tenant asks of those who sign in; second factors of others.
        SignInPolicy = "sign_in_policy:manage" ("Quản lý chính sách đăng nhập", "Manage the sign-in policy"),
        /// Programs that act with a part of one's own rights.
        ServiceAccounts = "service_accounts:manage" ("Quản lý tài khoản dịch vụ", "Manage service accounts"),
        /// Why somebody may or may not do something.
        AccessExplain = "access:explain" ("Giải thích quyền truy cập", "Explain access"),
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
        /// From a distribution of the unit in scope to the decided results that it counts, one by one.
        AggregatesRecords = "aggregates:records" ("Xem kết quả từng trung tâm sau số liệu tổng hợp", "Read the results behind aggregates"),
        /// The same for the nation's distribution.
        AggregatesNationalRecords = "aggregates:national_records" ("Xem kết quả từng trung tâm sau số liệu toàn quốc", "Read the results behind national aggregates"),
        /// What a province submitted to the Ministry, and the keys that it is verified with.
        SubmissionsRead = "submissions:read" ("Xem bản nộp Bộ", "Read submissions to the Ministry"),
        /// Seal what the province submits to the Ministry.
        SubmissionsSeal = "submissions:seal" ("Niêm phong bản nộp Bộ", "Seal submissions to the Ministry"),
        /// The audit trail.
        AuditRead = "audit:read" ("Xem nhật ký", "Read the audit trail"),
        /// The year's records: people, plans, activities, money, assets, documents, reports, findings.
        RecordsRead = "records:read" ("Xem hồ sơ hoạt động", "Read the year's records"),
        /// Record the year's work of a centre, and what a commune counts.
        RecordsWrite = "records:write" ("Ghi hồ sơ hoạt động", "Record the year's work"),
        /// Trainings, workshops, meetings and rosters of a centre or of a unit.
        EventsWrite = "events:write" ("Ghi tập huấn, hội thảo, giao ban", "Record trainings, workshops and meetings"),
        /// Appoint to boards and committees.
        BoardsWrite = "boards:write" ("Bổ nhiệm, kiện toàn ban giám đốc", "Appoint and reconstitute boards"),
        /// Approve plans of centres.
        PlansApprove = "plans:approve" ("Phê duyệt kế hoạch", "Approve plans"),
        /// Approve estimates and settlements; lock and open periods.
        MoneyApprove = "money:approve" ("Phê duyệt dự toán, quyết toán", "Approve estimates and settlements"),
        /// Submit a centre's reports.
        ReportsSubmit = "reports:submit" ("Nộp báo cáo", "Submit reports"),
        /// Accept and return reports of centres.
        ReportsAccept = "reports:accept" ("Nhận, trả lại báo cáo", "Accept and return reports"),
        /// Publish news of a centre.
        NewsPublish = "news:publish" ("Đăng tin", "Publish news"),
        /// The province's own catalogues, norms, calendars, rules of findings, and what it publishes.
        SettingsWrite = "settings:write" ("Quản lý danh mục, định mức, lịch của tỉnh", "Manage the province's catalogues, norms and calendars"),
        /// Files of centres: papers, pictures.
        FilesRead = "files:read" ("Xem tệp", "Read files"),
        /// Upload and delete files of centres.
        FilesWrite = "files:write" ("Tải lên, xóa tệp", "Upload and delete files"),
    }
}

impl Permission {
    /// Whether nothing can be changed with it.
    pub fn reads(self) -> bool {
        use Permission as P;
        matches!(
            self,
            P::Me
                | P::UnitsRead
                | P::ProvincesRead
                | P::UsersRead
                | P::AccessExplain
                | P::CentresRead
                | P::SchemesRead
                | P::RoundsRead
                | P::RatingsRead
                | P::AggregatesRead
                | P::AggregatesNational
                | P::AggregatesRecords
                | P::AggregatesNationalRecords
                | P::SubmissionsRead
                | P::AuditRead
                | P::RecordsRead
                | P::FilesRead
        )
    }

    /// Whether it is about the person's own account.
    pub fn is_in_person(self) -> bool {
        matches!(self, Self::OwnAccount)
    }

    /// Whether a program may have it: not what gives rights away, or opens personal data.
    pub fn is_for_programs(self) -> bool {
        use Permission as P;
        !matches!(self, P::OwnAccount | P::UsersManage | P::UsersContact | P::PersonalData | P::SignInPolicy | P::ServiceAccounts)
    }

    /// Whether somebody who acts for another person may have it: not what would give rights away or open personal data.
    pub fn is_delegable(self) -> bool {
        use Permission as P;
        !matches!(
            self,
            P::OwnAccount
                | P::UsersManage
                | P::UsersContact
                | P::PersonalData
                | P::SignInPolicy
                | P::ServiceAccounts
                | P::ProvincesManage
        )
    }
}

impl Role {
    /// The policy table: whether the role carries a permission (within its grant's reach).
    pub fn may(self, permission: Permission) -> bool {
        use Permission as P;
        if matches!(permission, P::Me | P::OwnAccount | P::UnitsRead) {
            return true;
        }
        match self {
            Self::PlatformAdmin => {
                matches!(
                    permission,
                    P::UnitsRestructure
                        | P::ProvincesRead
                        | P::ProvincesManage
                        | P::UsersRead
                        | P::UsersManage
                        | P::UsersContact
                        | P::PersonalData
                        | P::SignInPolicy
                        | P::ServiceAccounts
                        | P::AccessExplain
                        | P::SchemesRead
                        | P::SchemesWrite
                        | P::AuditRead
                )
            }
            Self::MinistryReader => {
                matches!(
                    permission,
                    P::ProvincesRead
                        | P::SchemesRead
                        | P::AggregatesRead
                        | P::AggregatesNational
                        | P::AggregatesRecords
                        | P::AggregatesNationalRecords
                        | P::SubmissionsRead
                        | P::ServiceAccounts
                )
            }
            Self::ProvinceAdmin => !matches!(
                permission,
                P::ProvincesManage
                    | P::AggregatesNational
                    | P::AggregatesNationalRecords
                    | P::RatingsDraft
                    | P::RatingsSubmit
                    | P::RatingsVerify
                    | P::RatingsReturn
                    | P::RatingsDecide
                    | P::SubmissionsSeal
                    | P::RecordsWrite
                    | P::BoardsWrite
                    | P::PlansApprove
                    | P::MoneyApprove
                    | P::ReportsSubmit
                    | P::ReportsAccept
                    | P::NewsPublish
                    | P::FilesWrite
            ),
            Self::ProvinceOfficer => matches!(
                permission,
                P::ProvincesRead
                    | P::UsersRead
                    | P::ServiceAccounts
                    | P::CentresRead
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsReturn
                    | P::RatingsDecide
                    | P::RatingsImport
                    | P::AggregatesRead
                    | P::AggregatesRecords
                    | P::SubmissionsRead
                    | P::SubmissionsSeal
                    | P::AuditRead
                    | P::RecordsRead
                    | P::EventsWrite
                    | P::ReportsAccept
                    | P::FilesRead
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
                        | P::AggregatesRecords
                        | P::RecordsRead
                        | P::EventsWrite
                        | P::ReportsAccept
                        | P::FilesRead
                )
            }
            Self::CommuneOfficer => matches!(
                permission,
                P::UsersRead
                    | P::UsersManage
                    | P::UsersContact
                    | P::CentresRead
                    | P::CentresWrite
                    | P::CentresLifecycle
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsDraft
                    | P::RatingsSubmit
                    | P::AggregatesRead
                    | P::AggregatesRecords
                    | P::RecordsRead
                    | P::RecordsWrite
                    | P::EventsWrite
                    | P::BoardsWrite
                    | P::PlansApprove
                    | P::MoneyApprove
                    | P::ReportsSubmit
                    | P::ReportsAccept
                    | P::NewsPublish
                    | P::FilesRead
                    | P::FilesWrite
            ),
            Self::CentreManager => matches!(
                permission,
                P::UsersRead
                    | P::UsersManage
                    | P::UsersContact
                    | P::CentresRead
                    | P::CentresWrite
                    | P::SchemesRead
                    | P::RoundsRead
                    | P::RatingsRead
                    | P::RatingsDraft
                    | P::RatingsSubmit
                    | P::RecordsRead
                    | P::RecordsWrite
                    | P::EventsWrite
                    | P::ReportsSubmit
                    | P::NewsPublish
                    | P::FilesRead
                    | P::FilesWrite
            ),
            Self::CentreStaff => {
                matches!(
                    permission,
                    P::CentresRead
                        | P::SchemesRead
                        | P::RoundsRead
                        | P::RatingsRead
                        | P::RatingsDraft
                        | P::RecordsRead
                        | P::RecordsWrite
                        | P::EventsWrite
                        | P::FilesRead
                        | P::FilesWrite
                )
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

    /// Whom whoever holds the role appoints, within the reach of their grant. Commune officers and centre managers
    /// appoint below themselves, to roles whose rights they all hold. A province's administrators appoint those who
    /// decide, too, without deciding themselves: somebody has to, and nobody gives a role to themselves. The platform
    /// appoints a province's first administrators; everybody else is the province's own matter.
    pub fn appoints(self, other: Self) -> bool {
        match self {
            Self::PlatformAdmin => matches!(other, Self::PlatformAdmin | Self::MinistryReader | Self::ProvinceAdmin),
            Self::ProvinceAdmin => !matches!(other, Self::PlatformAdmin | Self::MinistryReader),
            Self::CommuneOfficer => matches!(other, Self::CentreManager | Self::CentreStaff),
            Self::CentreManager => other == Self::CentreStaff,
            Self::MinistryReader | Self::ProvinceOfficer | Self::Verifier | Self::CentreStaff => false,
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
    /// Checks that the role stands on what it can stand on, and that whoever gives it appoints to it there, in an account of a tenant. `commune` is
    /// where the centre lies, once it was found within the giver's reach.
    ///
    /// # Errors
    /// `rule_broken` with each fault, or `outside_scope` when the giver does not appoint to the role there.
    pub fn check(
        &self,
        giver: &Caller,
        tenant: ProvinceId,
        commune: Option<UnitId>,
        map: &UnitMap,
        today: NaiveDate,
    ) -> Result<()> {
        self.check_shape(map, today)?;
        let refused = || {
            Problem::new(Code::OutsideScope).detail(
                "Không ai được cấp vai trò cao hơn hoặc rộng hơn phạm vi mình được bổ nhiệm.",
                "Nobody gives a role above their own, nor one that reaches wider than where they appoint.",
            )
        };
        // Before any record is looked at: whoever never appoints to the role learns nothing of what it would stand on.
        if !giver.grants.iter().any(|held| held.is_valid_on(today) && held.role.appoints(self.role)) {
            return Err(refused());
        }
        let on = match (self.unit_id, self.centre_id, commune) {
            (Some(unit), _, _) => On::Unit(unit),
            (None, Some(centre), Some(commune)) => On::Centre(centre, commune),
            (None, Some(_), None) => {
                return Err(Problem::rule(
                    "/centre_id",
                    "centre_exists",
                    "Không có trung tâm này trong phạm vi của bạn.",
                    "There is no such centre within your scope.",
                ));
            }
            (None, None, _) => On::Nation,
        };
        if !giver.appoints(self.role, on, map, today) {
            return Err(refused());
        }
        // An account lives in one tenant, and national roles in the nation's: a role of the other kind would reach beyond both.
        if tenant.is_nation() != (on == On::Nation) {
            return Err(Problem::rule(
                "/role",
                "role_of_the_tenant",
                "Tài khoản quốc gia chỉ mang vai trò quốc gia, tài khoản của tỉnh chỉ mang vai trò trong tỉnh.",
                "National accounts hold national roles, a province's accounts roles in the province.",
            ));
        }
        Ok(())
    }

    /// Checks that the role stands on what it can stand on.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_shape(&self, map: &UnitMap, today: NaiveDate) -> Result<()> {
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
        faults.into_result()
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
    fn a_refusal_names_the_roles_that_carry_the_right_on_the_side_of_whoever_asks() {
        let caller = |province_id| Caller {
            user_id: uuid::Uuid::nil().into(),
            username: "lan".into(),
            province_id,
            means: Means::Issuer,
            acting: None,
            needs_totp: false,
            grants: vec![],
        };
        let of_province = caller(ProvinceId(uuid::Uuid::from_u128(1)));
        let roles = |caller: &Caller, permission| {
            let problem = caller.refusal(permission, Refused::RightMissing);
            serde_json::from_value::<Vec<Role>>(problem.members["roles"].clone()).unwrap()
        };
        use Permission as P;
        use Role as R;
        assert_eq!(roles(&of_province, P::NewsPublish), [R::CommuneOfficer, R::CentreManager]);
        assert_eq!(roles(&of_province, P::SettingsWrite), [R::ProvinceAdmin]);
        // A right of the nation alone; and one of both sides, which names those of one's own.
        assert_eq!(roles(&of_province, P::AggregatesNational), [R::MinistryReader]);
        assert!(!roles(&of_province, P::UsersManage).contains(&R::PlatformAdmin));
        assert_eq!(roles(&caller(ProvinceId::NATION), P::UsersManage), [R::PlatformAdmin]);
        for permission in Permission::ALL {
            let named = roles(&of_province, *permission);
            assert!(!named.is_empty() && named.iter().all(|role| role.may(*permission)), "{permission}");
        }
        let problem = of_province.refusal(P::NewsPublish, Refused::RightMissing);
        let next = problem.next();
        assert_eq!(next.vi, "Vai trò làm được việc này: Cán bộ cấp xã, Giám đốc trung tâm. Nhờ người giữ một vai trò như vậy.");
        assert_eq!(next.en, "Roles that may do this: Commune officer, Centre manager. Ask somebody with such a role.");
    }

    #[test]
    fn every_refusal_is_a_sentence_and_says_what_to_do_next() {
        let caller = Caller {
            user_id: uuid::Uuid::nil().into(),
            username: "lan".into(),
            province_id: ProvinceId::NATION,
            means: Means::Issuer,
            acting: None,
            needs_totp: false,
            grants: vec![],
        };
        let mut said = std::collections::BTreeSet::new();
        for refused in Refused::ALL {
            let problem = caller.refusal(Permission::UsersRead, *refused);
            let (detail, next) = (problem.detail.clone().unwrap(), problem.next());
            for text in [&detail.vi, &detail.en, &next.vi, &next.en] {
                assert!(text.chars().next().is_some_and(char::is_uppercase) && text.ends_with('.'), "{text}");
            }
            said.insert(next.en.into_owned());
        }
        assert_eq!(said.len(), Refused::ALL.len(), "each has a way of its own");
    }

    #[test]
    fn below_the_province_nobody_appoints_to_a_right_that_they_lack() {
        for role in [Role::CommuneOfficer, Role::CentreManager] {
            for other in Role::ALL.iter().filter(|other| role.appoints(**other)) {
                for permission in Permission::ALL {
                    assert!(!other.may(*permission) || role.may(*permission), "{role} {other} {permission}");
                }
                assert_ne!(role, *other);
            }
        }
    }

    #[test]
    fn what_may_be_done_for_another_neither_gives_rights_nor_opens_personal_data() {
        for permission in Permission::ALL.iter().filter(|permission| permission.is_delegable()) {
            let code = crate::Coded::code(*permission);
            assert!(!["users:manage", "users:contact", "own_account", "service_accounts:manage"].contains(&code), "{code}");
        }
        for permission in Permission::ALL.iter().filter(|permission| permission.reads()) {
            assert!(
                permission.to_string().ends_with(":read")
                    || permission.to_string().starts_with("aggregates:")
                    || ["me", "access:explain"].contains(&&*permission.to_string())
            );
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
