//! The community learning centre: what it is, where it lies, and the acts of its life.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::Coded;
use crate::id::{ActId, CentreId, SiteId, UnitId};
use crate::problem::{Code, Fault, Faults, Problem, Result};
use crate::rating::AllowedAction;
use crate::text::Label;
use crate::unit::{Level, UnitMap};
use crate::user::{named, plain};

coded! {
    /// How a centre is run together with other institutions (doc: Thái Bình's ten-year report names four models).
    pub enum OperatingModel in "operating_model" {
        /// On its own.
        Standalone = "standalone" ("độc lập", "on its own"),
        /// Joined with the culture and sport centre.
        CombinedCulture = "combined_culture" ("trung tâm văn hóa, thể thao - học tập cộng đồng", "combined with the culture and sport centre"),
        /// With the commune library.
        WithLibrary = "with_library" ("kết hợp thư viện", "with the library"),
        /// With the commune post office and culture point.
        WithPostOffice = "with_post_office" ("kết hợp bưu điện - văn hóa xã", "with the post office"),
        /// Another way.
        Other = "other" ("mô hình khác", "another model"),
    }
}

coded! {
    /// Where a centre stands in its life.
    pub enum CentreStatus in "centre_status" {
        /// Asked for, not yet decided.
        Proposed = "proposed" ("đề nghị thành lập", "proposed"),
        /// At work.
        Operating = "operating" ("đang hoạt động", "operating"),
        /// Stopped for a time.
        Suspended = "suspended" ("đình chỉ hoạt động", "suspended"),
        /// Ended without a successor.
        Dissolved = "dissolved" ("giải thể", "dissolved"),
        /// Went into another centre.
        Merged = "merged" ("sáp nhập", "merged"),
        /// Became several centres.
        Split = "split" ("chia, tách", "split"),
    }
}

impl CentreStatus {
    /// Whether the centre has ended.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Dissolved | Self::Merged | Self::Split)
    }
}

coded! {
    /// An act in a centre's life. Each carries a decision.
    pub enum CentreAct in "centre_act" {
        /// Thành lập.
        Establish = "establish" ("thành lập", "establish"),
        /// Đình chỉ: Article 39 of Decree 125/2024/NĐ-CP.
        Suspend = "suspend" ("đình chỉ hoạt động", "suspend"),
        /// Cho phép hoạt động trở lại.
        Resume = "resume" ("hoạt động trở lại", "resume"),
        /// Giải thể: Article 41 of Decree 125/2024/NĐ-CP.
        Dissolve = "dissolve" ("giải thể", "dissolve"),
        /// Sáp nhập.
        Merge = "merge" ("sáp nhập", "merge"),
        /// Chia, tách.
        Split = "split" ("chia, tách", "split"),
    }
}

impl CentreAct {
    /// The status that the act leads to, where the present one allows it.
    pub fn leads_to(self, from: CentreStatus) -> Option<CentreStatus> {
        use CentreStatus as S;
        match (self, from) {
            (Self::Establish, S::Proposed) | (Self::Resume, S::Suspended) => Some(S::Operating),
            (Self::Suspend, S::Operating) => Some(S::Suspended),
            (Self::Dissolve, S::Proposed | S::Operating | S::Suspended) => Some(S::Dissolved),
            (Self::Merge, S::Operating | S::Suspended) => Some(S::Merged),
            (Self::Split, S::Operating | S::Suspended) => Some(S::Split),
            _ => None,
        }
    }

    /// The law that the act rests on.
    pub fn legal_basis(self) -> &'static str {
        match self {
            Self::Establish => "Nghị định 125/2024/NĐ-CP, Điều 37-38",
            Self::Suspend | Self::Resume => "Nghị định 125/2024/NĐ-CP, Điều 39",
            Self::Dissolve => "Nghị định 125/2024/NĐ-CP, Điều 41",
            Self::Merge | Self::Split => "Quyết định 09/2008/QĐ-BGDĐT; Nghị định 142/2025/NĐ-CP",
        }
    }
}

/// A formal decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Decision {
    /// Its number and symbol.
    #[validate(length(min = 1, max = 60), custom(function = "named"))]
    #[schema(example = "3607/QĐ-UBND", min_length = 1, max_length = 60)]
    pub number: String,
    /// The day it was signed.
    pub date: NaiveDate,
    /// Who signed.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Chủ tịch UBND huyện Đông Triều", min_length = 1, max_length = 200)]
    pub issuer: String,
    /// The law it rests on, where it names one.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(max_length = 300)]
    pub legal_basis: Option<String>,
}

/// A centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Centre {
    /// Identity.
    pub id: CentreId,
    /// The province's own code for it, unique in the province.
    #[schema(example = "KS-01")]
    pub code: Option<String>,
    /// Its name.
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn")]
    pub name: String,
    /// The commune it is placed in now; for earlier days see its placements.
    pub commune_id: UnitId,
    /// How it is run.
    pub operating_model: OperatingModel,
    /// Whether it has a seal.
    pub has_seal: Option<bool>,
    /// Whether it has an account at a bank or the treasury.
    pub has_account: Option<bool>,
    /// Where it is found.
    pub address: Option<String>,
    /// Where it stands in its life.
    pub status: CentreStatus,
    /// The day from which it has worked; `null` while only proposed.
    pub operating_from: Option<NaiveDate>,
    /// The day from which it no longer exists.
    pub ended_on: Option<NaiveDate>,
    /// When the record was made.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
}

impl Centre {
    /// Whether the centre existed, at work or suspended, on a day.
    pub fn exists_on(&self, day: NaiveDate) -> bool {
        self.operating_from.is_some_and(|from| from <= day) && self.ended_on.is_none_or(|end| day < end)
    }

    /// Which acts the present status allows, with the reason for each that it does not.
    pub fn allowed_acts(&self) -> Vec<AllowedAction> {
        CentreAct::ALL
            .iter()
            .map(|act| AllowedAction {
                action: act.code().to_owned(),
                allowed: act.leads_to(self.status).is_some(),
                reasons: if act.leads_to(self.status).is_some() { vec![] } else { vec![wrong_status(self.status)] },
            })
            .collect()
    }
}

fn wrong_status(status: CentreStatus) -> crate::rating::Reason {
    let label = status.label();
    crate::rating::Reason {
        code: "wrong_status".into(),
        detail: Label::new(format!("Trung tâm đang ở trạng thái «{}».", label.vi), format!("The centre is {}.", label.en)),
    }
}

/// A centre to be registered.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateCentre {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default)]
    pub id: Option<CentreId>,
    /// The province's own code for it, unique in the province.
    #[serde(default)]
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "KS-01", min_length = 1, max_length = 40)]
    pub code: Option<String>,
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Trung tâm học tập cộng đồng phường Kim Sơn", min_length = 1, max_length = 200)]
    pub name: String,
    /// The commune that holds its place.
    pub commune_id: UnitId,
    /// How it is run.
    pub operating_model: OperatingModel,
    /// Whether it has a seal; `null` when not known.
    #[serde(default)]
    pub has_seal: Option<bool>,
    /// Whether it has an account; `null` when not known.
    #[serde(default)]
    pub has_account: Option<bool>,
    /// Where it is found.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// The decision that established it; without one the centre is only proposed.
    #[serde(default)]
    #[validate(nested)]
    pub establishment: Option<Establishment>,
}

/// The establishment of a centre.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Establishment {
    /// The first day of work, today or earlier; a centre whose day is still to come is proposed until then.
    pub effective_on: NaiveDate,
    /// The decision.
    #[validate(nested)]
    pub decision: Decision,
}

impl CreateCentre {
    /// Checks the establishment and the place; `today` bounds both.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check(&self, map: &UnitMap, today: NaiveDate) -> Result<()> {
        let mut faults = Faults::default();
        if let Some(establishment) = &self.establishment {
            check_dates(&mut faults, "/establishment", establishment.effective_on, &establishment.decision, today);
        }
        let day = self.establishment.as_ref().map_or(today, |e| e.effective_on);
        check_place(&mut faults, map, "/commune_id", self.commune_id, day);
        faults.into_result()
    }
}

/// Days that no record of a centre can lie outside: the first centres date from the late 1990s.
pub fn is_plausible(day: NaiveDate, today: NaiveDate) -> bool {
    NaiveDate::from_ymd_opt(1990, 1, 1).is_some_and(|first| first <= day) && day <= today + chrono::Days::new(366)
}

fn check_dates(faults: &mut Faults, at: &str, effective_on: NaiveDate, decision: &Decision, today: NaiveDate) {
    faults.check(
        is_plausible(effective_on, today),
        format!("{at}/effective_on"),
        "plausible_date",
        "Ngày phải từ năm 1990 và không quá một năm tới.",
        "The day must lie between 1990 and a year from now.",
    );
    faults.check(
        is_plausible(decision.date, today),
        format!("{at}/decision/date"),
        "plausible_date",
        "Ngày phải từ năm 1990 và không quá một năm tới.",
        "The day must lie between 1990 and a year from now.",
    );
    faults.check(
        effective_on <= today || !is_plausible(effective_on, today),
        format!("{at}/effective_on"),
        "not_in_the_future",
        "Ghi quyết định khi đã có hiệu lực: ngày hiệu lực không sau hôm nay. Đến ngày đó trung tâm vẫn như trước.",
        "An act is recorded once it has taken effect, today or earlier. Until that day the centre is what it was.",
    );
    faults.check(
        decision.date <= effective_on,
        format!("{at}/decision/date"),
        "decision_before_effect",
        "Quyết định phải ký trước hoặc vào ngày có hiệu lực.",
        "A decision is signed on or before the day it takes effect.",
    );
}

/// A centre is placed in a commune that is on the map of that day.
pub fn check_place(faults: &mut Faults, map: &UnitMap, at: &str, commune: UnitId, day: NaiveDate) {
    let unit = map.get(commune);
    if unit.is_none_or(|unit| unit.level != Level::Commune) {
        faults.push(Fault::body(
            at,
            "placed_in_commune",
            Label::fixed(
                "Trung tâm phải đặt tại một đơn vị cấp xã có trên bản đồ.",
                "A centre is placed in a commune that is on the map.",
            ),
        ));
    } else if unit.is_some_and(|unit| unit.on(day).is_none()) {
        faults.push(Fault::body(
            at,
            "commune_on_date",
            Label::new(
                format!("Đơn vị cấp xã này không tồn tại vào ngày {}.", day.format("%d/%m/%Y")),
                format!("The commune did not exist on {day}."),
            ),
        ));
    }
}

/// Changes to a centre's description (JSON merge patch: what is left out stays, `null` empties).
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PatchCentre {
    /// The province's own code for it.
    #[serde(default, with = "crate::catalogue::patch")]
    #[schema(value_type = Option<String>, min_length = 1, max_length = 40)]
    pub code: Option<Option<String>>,
    /// Its name.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(value_type = String, required = false, min_length = 1, max_length = 200)]
    pub name: Option<String>,
    /// How it is run.
    #[serde(default, deserialize_with = "crate::catalogue::fixed::deserialize")]
    #[schema(value_type = OperatingModel, required = false)]
    pub operating_model: Option<OperatingModel>,
    /// Whether it has a seal.
    #[serde(default, with = "crate::catalogue::patch")]
    #[schema(value_type = Option<bool>)]
    pub has_seal: Option<Option<bool>>,
    /// Whether it has an account.
    #[serde(default, with = "crate::catalogue::patch")]
    #[schema(value_type = Option<bool>)]
    pub has_account: Option<Option<bool>>,
    /// Where it is found.
    #[serde(default, with = "crate::catalogue::patch")]
    #[schema(value_type = Option<String>, max_length = 300)]
    pub address: Option<Option<String>>,
}

impl PatchCentre {
    /// Puts the changes into a centre.
    ///
    /// # Errors
    /// `rule_broken` for texts that are too long or hold control characters.
    pub fn apply(self, centre: &mut Centre) -> Result<()> {
        let mut faults = Faults::default();
        let fits = |text: &Option<Option<String>>, min: usize, max: usize| {
            text.as_ref()
                .and_then(Option::as_ref)
                .is_none_or(|text| (min..=max).contains(&text.chars().count()) && crate::text::is_plain(text))
        };
        faults.check(fits(&self.code, 1, 40), "/code", "length", "Mã có từ 1 đến 40 ký tự.", "A code has 1 to 40 characters.");
        faults.check(
            fits(&self.address, 0, 300),
            "/address",
            "length",
            "Địa chỉ dài nhất 300 ký tự.",
            "An address has at most 300 characters.",
        );
        faults.into_result()?;
        if let Some(code) = self.code {
            centre.code = code;
        }
        if let Some(name) = self.name {
            centre.name = name;
        }
        if let Some(model) = self.operating_model {
            centre.operating_model = model;
        }
        if let Some(has_seal) = self.has_seal {
            centre.has_seal = has_seal;
        }
        if let Some(has_account) = self.has_account {
            centre.has_account = has_account;
        }
        if let Some(address) = self.address {
            centre.address = address;
        }
        Ok(())
    }
}

/// Where a centre lay between two days.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Placement {
    /// The commune.
    pub commune_id: UnitId,
    /// First day.
    pub valid_from: NaiveDate,
    /// Last day, or `null` while it holds.
    pub valid_to: Option<NaiveDate>,
}

/// A move of a centre to another commune, or onto another map's commune.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreatePlacement {
    /// The commune.
    pub commune_id: UnitId,
    /// First day there, today or earlier; after the first day of the present placement.
    pub valid_from: NaiveDate,
}

impl CreatePlacement {
    /// Checks the place and its day.
    pub fn check(&self, faults: &mut Faults, map: &UnitMap, today: NaiveDate) {
        faults.check(
            is_plausible(self.valid_from, today) && self.valid_from <= today,
            "/valid_from",
            "not_in_the_future",
            "Ngày phải từ năm 1990 và không sau hôm nay: đến ngày chuyển, trung tâm vẫn ở nơi hiện tại.",
            "The day lies between 1990 and today: until it moves, a centre is where it is.",
        );
        check_place(faults, map, "/commune_id", self.commune_id, self.valid_from);
    }
}

/// An act that was done on a centre.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ActRecord {
    /// Identity.
    pub id: ActId,
    /// Which act.
    pub act: CentreAct,
    /// The status before; `null` for the centre's first act.
    pub from_status: Option<CentreStatus>,
    /// The status after.
    pub to_status: CentreStatus,
    /// The day from which it holds.
    pub effective_on: NaiveDate,
    /// The decision.
    pub decision: Decision,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// The centres that came after, for a merger or split.
    pub successor_ids: Vec<CentreId>,
    /// When it was recorded.
    pub recorded_at: DateTime<Utc>,
}

/// An act to be done on a centre.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct CreateAct {
    /// Identity, where the client makes it.
    #[serde(default)]
    pub id: Option<ActId>,
    /// Which act.
    pub act: CentreAct,
    /// The day from which it holds: today or earlier.
    pub effective_on: NaiveDate,
    /// The decision.
    #[validate(nested)]
    pub decision: Decision,
    /// Why; needed for suspension and dissolution.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub reason: Option<String>,
    /// The centres that come after: one for a merger, two or more for a split.
    #[serde(default)]
    #[validate(length(max = 20))]
    #[schema(max_items = 20)]
    pub successor_ids: Vec<CentreId>,
    /// Whether what was already entered for the day of effect and later stays, because it did take place. Without it an act that
    /// suspends or ends a centre is refused while there is such an entry.
    #[serde(default)]
    pub keep_later_entries: bool,
}

/// How many entries of a centre begin on a day or after it, by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct LaterEntries {
    /// Activities.
    pub activities: i64,
    /// Events that it held.
    pub events: i64,
    /// Clubs, by their founding.
    pub clubs: i64,
    /// Literacy classes.
    pub literacy_classes: i64,
    /// Needs surveys.
    pub surveys: i64,
}

impl LaterEntries {
    /// Of all kinds.
    pub fn total(&self) -> i64 {
        self.activities + self.events + self.clubs + self.literacy_classes + self.surveys
    }
}

impl CreateAct {
    /// Whether entries stand against the day of an act after which the centre no longer works.
    ///
    /// # Errors
    /// `blocked`, with how many there are and where to read them.
    pub fn check_later(&self, centre: CentreId, later: &LaterEntries) -> Result<()> {
        if self.keep_later_entries || later.total() == 0 {
            return Ok(());
        }
        let (day, number) = (self.effective_on, later.total());
        let date = day.format("%d/%m/%Y");
        Err(Problem::new(Code::Blocked)
            .detail(
                format!("Trung tâm đã có {number} mục ghi từ ngày {date} trở đi, mà từ ngày đó quyết định này cho trung tâm thôi hoạt động. Sửa hoặc xóa mục ghi sai, chọn ngày hiệu lực khác, hoặc gửi keep_later_entries=true nếu các việc đó có thật và giữ lại."),
                format!("The centre has {number} entries for {day} and later, from when on this act ends its work. Correct or remove those that are wrong, take another day, or send keep_later_entries=true if these things did take place and stay."),
            )
            .basis("Nghị định 125/2024/NĐ-CP, Điều 37-41")
            .with("later_entries", later)
            .with("activities", format!("/v1/activities?centre_id={centre}&from={day}")))
    }

    /// Does the act on a centre whose last act took effect on `last`.
    ///
    /// # Errors
    /// `state_conflict` when the status does not allow it, `rule_broken` for dates, reasons and successors.
    pub fn apply(&self, centre: &mut Centre, last: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
        let Some(to) = self.act.leads_to(centre.status) else {
            let reason = wrong_status(centre.status).detail;
            return Err(Problem { detail: Some(Box::new(reason)), ..Problem::new(Code::StateConflict) }
                .basis(self.act.legal_basis())
                .with("state", centre.status)
                .with("allowed_actions", centre.allowed_acts()));
        };
        let mut faults = Faults::default();
        check_dates(&mut faults, "", self.effective_on, &self.decision, today);
        faults.check(
            last.is_none_or(|last| last <= self.effective_on),
            "/effective_on",
            "acts_in_order",
            "Ngày hiệu lực không được trước quyết định gần nhất của trung tâm.",
            "An act cannot take effect before the centre's latest one.",
        );
        let needs_reason = matches!(self.act, CentreAct::Suspend | CentreAct::Dissolve);
        faults.check(
            !needs_reason || self.reason.as_deref().is_some_and(|reason| !reason.trim().is_empty()),
            "/reason",
            "reason_needed",
            "Đình chỉ hoặc giải thể phải nêu lý do.",
            "Suspension and dissolution need a reason.",
        );
        let distinct: std::collections::BTreeSet<_> = self.successor_ids.iter().collect();
        let fits = match self.act {
            CentreAct::Merge => self.successor_ids.len() == 1,
            CentreAct::Split => self.successor_ids.len() >= 2,
            _ => self.successor_ids.is_empty(),
        };
        faults.check(
            fits && distinct.len() == self.successor_ids.len() && !self.successor_ids.contains(&centre.id),
            "/successor_ids",
            "successors",
            "Sáp nhập: một trung tâm kế thừa; chia, tách: từ hai trung tâm khác nhau; không tự kế thừa chính mình.",
            "A merger names one successor, a split two or more different ones, other acts none; nothing succeeds itself.",
        );
        faults.into_result().map_err(|problem| problem.basis(self.act.legal_basis()))?;
        centre.status = to;
        if to == CentreStatus::Operating && centre.operating_from.is_none() {
            centre.operating_from = Some(self.effective_on);
        }
        if to.is_final() {
            centre.ended_on = Some(self.effective_on);
        }
        Ok(())
    }
}

coded! {
    /// What a site is.
    pub enum SiteKind in "site_kind" {
        /// Nhà văn hóa khu phố, thôn.
        CultureHouse = "culture_house" ("nhà văn hóa", "culture house"),
        /// Trường học.
        School = "school" ("trường học", "school"),
        /// Thư viện, tủ sách.
        Library = "library" ("thư viện", "library"),
        /// Trụ sở, văn phòng.
        Office = "office" ("trụ sở", "office"),
        /// Khu thể thao.
        SportCentre = "sport_centre" ("khu thể thao", "sport centre"),
        /// Nơi khác.
        Other = "other" ("nơi khác", "other"),
    }
}

/// A place below a centre, with its own manager.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Site {
    /// Identity.
    pub id: SiteId,
    /// The centre.
    pub centre_id: CentreId,
    /// Its name.
    #[schema(example = "Nhà văn hóa khu Kim Thành")]
    pub name: String,
    /// What it is.
    pub kind: SiteKind,
    /// Where it is found.
    pub address: Option<String>,
    /// Who manages it.
    pub manager: Option<String>,
    /// Whether it is still used.
    pub active: bool,
}

/// A site to be added or replaced.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct PutSite {
    /// Its name.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Nhà văn hóa khu Kim Thành", min_length = 1, max_length = 200)]
    pub name: String,
    /// What it is.
    pub kind: SiteKind,
    /// Where it is found.
    #[serde(default)]
    #[validate(length(max = 300), custom(function = "plain"))]
    #[schema(max_length = 300)]
    pub address: Option<String>,
    /// Who manages it.
    #[serde(default)]
    #[validate(length(max = 200), custom(function = "plain"))]
    #[schema(max_length = 200)]
    pub manager: Option<String>,
    /// Whether it is still used.
    #[serde(default = "yes")]
    pub active: bool,
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_life_of_a_centre_has_no_other_steps_than_these() {
        use CentreAct::*;
        use CentreStatus as S;
        let table = [
            (S::Proposed, vec![Establish, Dissolve]),
            (S::Operating, vec![Suspend, Dissolve, Merge, Split]),
            (S::Suspended, vec![Resume, Dissolve, Merge, Split]),
            (S::Dissolved, vec![]),
            (S::Merged, vec![]),
            (S::Split, vec![]),
        ];
        for (status, acts) in table {
            for act in CentreAct::ALL {
                assert_eq!(act.leads_to(status).is_some(), acts.contains(act), "{act} from {status}");
            }
        }
    }
}
