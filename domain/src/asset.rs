//! Assets: what a centre has or uses, whose it is, in which condition, and whether somebody has looked this year.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use validator::Validate;

use crate::centre::is_plausible;
use crate::id::{AssetConfirmationId, AssetId, CentreId, SiteId};
use crate::measure::{Look, RecordMeasure};
use crate::money::IncomeSource;
use crate::problem::{Faults, Problem};
use crate::record::{Holder, Record};
use crate::user::{named, plain};

coded! {
    /// What kind of asset.
    pub enum AssetKind in "asset_kind" {
        /// Phòng.
        Room = "room" ("phòng làm việc, phòng học", "room"),
        /// Hội trường.
        Hall = "hall" ("hội trường", "hall"),
        /// Ghế, bộ bàn ghế.
        Seats = "seats" ("ghế, bộ bàn ghế", "seats"),
        /// Bàn.
        Desk = "desk" ("bàn", "desk"),
        /// Máy tính.
        Computer = "computer" ("máy tính", "computer"),
        /// Tủ sách.
        Bookcase = "bookcase" ("tủ sách, tủ tài liệu", "bookcase or cabinet"),
        /// Nhà văn hóa.
        CultureHouse = "culture_house" ("nhà văn hóa", "culture house"),
        /// Sân thể thao.
        SportGround = "sport_ground" ("khu, sân thể thao", "sport ground"),
        /// Loa, âm thanh.
        Loudspeaker = "loudspeaker" ("loa, âm thanh", "loudspeaker"),
        /// Something else.
        Other = "other" ("tài sản khác", "other"),
    }
}

coded! {
    /// Whose an asset is.
    pub enum AssetOwner in "asset_owner" {
        /// Of the centre.
        Centre = "centre" ("trung tâm", "the centre"),
        /// Of the commune.
        Commune = "commune" ("UBND cấp xã", "the commune"),
        /// Of a school.
        School = "school" ("trường học", "a school"),
        /// Of an association.
        Association = "association" ("hội, đoàn thể", "an association"),
        /// Of somebody else.
        Other = "other" ("khác", "other"),
    }
}

coded! {
    /// In which condition an asset is.
    pub enum AssetCondition in "asset_condition" {
        /// Tốt.
        Good = "good" ("tốt", "good"),
        /// Còn dùng được.
        Usable = "usable" ("còn dùng được", "usable"),
        /// Hỏng, sửa được.
        Broken = "broken" ("hỏng, sửa được", "broken"),
        /// Không dùng được.
        Unusable = "unusable" ("không dùng được", "unusable"),
    }
}

/// An asset, or several that are alike.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct Asset {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<AssetId>,
    /// The centre that has or uses it.
    pub centre_id: CentreId,
    /// The site where it stands.
    #[serde(default)]
    pub site_id: Option<SiteId>,
    /// What kind.
    pub kind: AssetKind,
    /// What people call it.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Ghế hội trường", min_length = 1, max_length = 200)]
    pub name: String,
    /// How many.
    #[validate(range(min = 1, max = 10_000_000))]
    #[schema(example = 300, minimum = 1, maximum = 10_000_000)]
    pub quantity: i64,
    /// In which unit.
    #[validate(length(min = 1, max = 40), custom(function = "named"))]
    #[schema(example = "bộ", min_length = 1, max_length = 40)]
    pub unit: String,
    /// Whose it is.
    pub owner: AssetOwner,
    /// Who else uses it.
    #[serde(default)]
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "UBND phường", min_length = 1, max_length = 200)]
    pub shared_with: Option<String>,
    /// In which condition; a confirmation may have found another one since.
    pub condition: AssetCondition,
    /// Since when; blank where nobody knows.
    #[serde(default)]
    #[schema(example = "2016-09-01")]
    pub acquired_on: Option<NaiveDate>,
    /// What it was worth then, all of it; blank where nobody knows.
    #[serde(default)]
    #[validate(range(min = 0, max = 1_000_000_000_000_i64))]
    #[schema(minimum = 0, maximum = 1_000_000_000_000_i64)]
    pub value_vnd: Option<i64>,
    /// Who paid or gave it.
    #[serde(default)]
    pub source: Option<IncomeSource>,
    /// The day from which it is no longer there.
    #[serde(default)]
    #[schema(example = "2020-01-01")]
    pub disposed_on: Option<NaiveDate>,
    /// Why not.
    #[serde(default)]
    #[validate(length(min = 1, max = 500), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 500)]
    pub disposal_reason: Option<String>,
    /// What else is to be said.
    #[serde(default)]
    #[validate(length(max = 2000), custom(function = "plain"))]
    #[schema(max_length = 2000)]
    pub note: Option<String>,
}

impl Record for Asset {
    type Id = AssetId;
    const SUBJECT: &'static str = "asset";
    const PLURAL: &'static str = "assets";
    const NAME: (&'static str, &'static str) = ("tài sản", "asset");

    fn own_id(&self) -> Option<AssetId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn counted_for(&self) -> Vec<CentreId> {
        vec![self.centre_id]
    }

    /// A share of assets counts each that was there in the year, whatever else is said of it.
    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let is_counted = look.measured.measure == RecordMeasure::AssetsConfirmedPercent
            && look.centre == self.centre_id
            && self.was_there_in(look.year);
        is_counted.then_some(Value::Null)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        for (pointer, day) in [("/acquired_on", self.acquired_on), ("/disposed_on", self.disposed_on)] {
            faults.check(
                // Halls are older than centres: only the future is out of the question.
                day.is_none_or(|day| day.year() >= 1900 && day <= today),
                pointer,
                "not_in_the_future",
                "Ngày phải từ năm 1900 và không sau hôm nay.",
                "The day lies between 1900 and today.",
            );
        }
        faults.check(
            self.disposed_on.is_some() == self.disposal_reason.is_some(),
            "/disposal_reason",
            "reason_of_disposal",
            "Thôi sử dụng tài sản thì ghi cả ngày và lý do.",
            "What is no longer there has both a day and a reason.",
        );
        faults.check(
            self.acquired_on.is_none_or(|from| self.disposed_on.is_none_or(|to| from <= to)),
            "/disposed_on",
            "dates_in_order",
            "Ngày thôi sử dụng không được trước ngày có tài sản.",
            "It does not go before it came.",
        );
    }
}

impl Asset {
    /// Whether it was there on a day.
    pub fn is_there_on(&self, day: NaiveDate) -> bool {
        self.acquired_on.is_none_or(|from| from <= day) && self.disposed_on.is_none_or(|gone| day < gone)
    }

    /// Whether it was there at some time of a year.
    pub fn was_there_in(&self, year: i32) -> bool {
        self.acquired_on.is_none_or(|day| day.year() <= year) && self.disposed_on.is_none_or(|day| day.year() >= year)
    }
}

/// What somebody found of an asset, once a year.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema, Validate)]
#[serde(deny_unknown_fields)]
pub struct AssetConfirmation {
    /// Identity, where the client makes it (UUIDv7 recommended).
    #[serde(default, skip_serializing_if = "crate::record::comes_in_only")]
    pub id: Option<AssetConfirmationId>,
    /// The centre.
    pub centre_id: CentreId,
    /// The asset of this centre.
    pub asset_id: AssetId,
    /// The year that is confirmed.
    #[validate(range(min = 1990, max = 2200))]
    #[schema(example = 2018, minimum = 1990, maximum = 2200)]
    pub year: i32,
    /// The day on which somebody looked.
    #[schema(example = "2018-12-20")]
    pub confirmed_on: NaiveDate,
    /// How many were found.
    #[validate(range(min = 0, max = 10_000_000))]
    #[schema(example = 300, minimum = 0, maximum = 10_000_000)]
    pub quantity_found: i64,
    /// In which condition.
    pub condition: AssetCondition,
    /// Who looked.
    #[validate(length(min = 1, max = 200), custom(function = "named"))]
    #[schema(example = "Tổ kiểm kê phường Kim Sơn", min_length = 1, max_length = 200)]
    pub confirmed_by: String,
    /// Why it is not what stands on record: needed where the quantity is another one.
    #[serde(default)]
    #[validate(length(min = 1, max = 1000), custom(function = "named"))]
    #[schema(min_length = 1, max_length = 1000)]
    pub difference_note: Option<String>,
}

impl Record for AssetConfirmation {
    type Id = AssetConfirmationId;
    const SUBJECT: &'static str = "asset_confirmation";
    const PLURAL: &'static str = "asset_confirmations";
    const NAME: (&'static str, &'static str) = ("bản kiểm kê", "confirmation");
    const FIXED: &'static [&'static str] = &["centre_id", "asset_id", "year"];

    fn own_id(&self) -> Option<AssetConfirmationId> {
        self.id
    }

    fn holder(&self) -> Option<Holder> {
        Some(Holder::Centre(self.centre_id))
    }

    fn counted_for(&self) -> Vec<CentreId> {
        vec![self.centre_id]
    }

    fn read_by(&self, look: &Look<'_>) -> Option<Value> {
        let is_counted = look.measured.measure == RecordMeasure::AssetsConfirmedPercent
            && look.centre == self.centre_id
            && look.year == self.year;
        is_counted.then_some(Value::Null)
    }

    fn check(&self, faults: &mut Faults, today: NaiveDate) {
        faults.check(
            is_plausible(self.confirmed_on, today) && self.confirmed_on <= today,
            "/confirmed_on",
            "not_in_the_future",
            "Ngày phải từ năm 1990 và không sau hôm nay.",
            "The day lies between 1990 and today.",
        );
        faults.check(
            self.year <= self.confirmed_on.year(),
            "/year",
            "year_has_begun",
            "Không kiểm kê trước cho năm chưa đến.",
            "A year is not confirmed before it has begun.",
        );
    }
}

impl AssetConfirmation {
    /// Whether it fits to the asset as it stands on record.
    ///
    /// # Errors
    /// `rule_broken` with each fault.
    pub fn check_against(&self, asset: &Asset) -> Result<(), Problem> {
        let mut faults = Faults::default();
        faults.check(
            self.quantity_found == asset.quantity || self.difference_note.is_some(),
            "/difference_note",
            "difference_explained",
            "Số lượng kiểm kê khác sổ thì phải ghi lý do chênh lệch.",
            "Where another quantity was found than stands on record, say why.",
        );
        faults.check(
            asset.was_there_in(self.year),
            "/year",
            "asset_there_in_year",
            "Tài sản này không có trong năm đó.",
            "The asset was not there in that year.",
        );
        faults.into_result()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_confirmation_says_why_it_differs_and_is_of_a_year_in_which_the_asset_was_there() {
        let asset: Asset = serde_json::from_value(serde_json::json!({
            "centre_id": uuid::Uuid::nil(), "kind": "seats", "name": "Ghế", "quantity": 300, "unit": "bộ", "owner": "centre",
            "condition": "good", "acquired_on": "2016-09-01", "disposed_on": "2019-05-01", "disposal_reason": "thanh lý",
        }))
        .unwrap();
        let of = |year: i32, quantity_found: i64, note: Option<&str>| AssetConfirmation {
            id: None,
            centre_id: asset.centre_id,
            asset_id: uuid::Uuid::nil().into(),
            year,
            confirmed_on: "2019-06-01".parse().unwrap(),
            quantity_found,
            condition: AssetCondition::Good,
            confirmed_by: "x".into(),
            difference_note: note.map(str::to_owned),
        };
        for (confirmation, expected) in [
            (of(2018, 300, None), None),
            (of(2018, 298, None), Some("difference_explained")),
            (of(2018, 298, Some("hai ghế gãy")), None),
            (of(2016, 300, None), None),
            (of(2019, 300, None), None),
            (of(2015, 300, None), Some("asset_there_in_year")),
            (of(2020, 300, None), Some("asset_there_in_year")),
        ] {
            let found = confirmation.check_against(&asset).err().map(|problem| problem.faults[0].rule);
            assert_eq!(found, expected, "{confirmation:?}");
        }
    }
}
