//! Thái Bình as the province's ten-year report has it: 286 centres on the 242 communes that are known.

use std::sync::Arc;

use htcd_domain::access::Role;
use htcd_domain::id::UnitId;
use htcd_domain::unit::Level;
use serde_json::{Value, json};

use super::World;
use super::cast::{Person, day};

/// Hưng Yên of today, which takes the Thái Bình of 2011 along, with its people.
pub struct ThaiBinh {
    pub world: World,
    /// Hưng Yên on today's map.
    pub hung_yen: UnitId,
    /// Thái Bình on the older map.
    pub thai_binh: UnitId,
    pub admin: Person,
    pub officer: Person,
    /// The communes of Thái Bình, by code.
    pub communes: Vec<UnitId>,
}

impl ThaiBinh {
    pub fn new() -> Self {
        let world = World::new();
        let (hung_yen, thai_binh) = (world.unit("33", "2025-12-31"), world.unit("34", "2011-12-31"));
        let province = world.db_province(hung_yen);
        let atlas = Arc::clone(&world.app.atlas().expect("an atlas"));
        let on = day("2011-12-31");
        let mut communes: Vec<_> = atlas
            .map
            .reach(thai_binh)
            .iter()
            .filter_map(|id| atlas.map.get(*id))
            .filter(|unit| unit.level == Level::Commune && unit.on(on).is_some())
            .collect();
        communes.sort_by_key(|unit| unit.on(on).map(|version| version.code.clone()));
        let communes: Vec<_> = communes.into_iter().map(|unit| unit.id).collect();
        assert_eq!(communes.len(), 242);
        let admin = world.db_person(province, Role::ProvinceAdmin, Some(hung_yen), None);
        let officer = world.db_person(province, Role::ProvinceOfficer, Some(hung_yen), None);
        Self { world, hung_yen, thai_binh, admin, officer, communes }
    }

    /// Registers a centre through the API; its code is its name.
    pub fn register(&self, code: &str, commune: UnitId, from: &str, model: &str) -> String {
        let body = json!({
            "code": code, "name": format!("TTHTCĐ {code}"), "commune_id": commune, "operating_model": model,
            "establishment": { "effective_on": from, "decision": { "number": "1/QĐ-UBND", "date": from, "issuer": "UBND huyện" } },
        });
        let made = self.world.client.post("/v1/centres").by(&self.admin.token).json(&body).send().expect(201).json();
        made["id"].as_str().unwrap().to_owned()
    }

    /// Registers `TB-001` … `TB-286`, one in each commune and a second one in the first 44.
    pub fn register_all(&self) {
        for number in 0..286 {
            let model = ["standalone", "combined_culture", "with_library"][number % 3];
            self.register(&format!("TB-{:03}", number + 1), self.communes[number % 242], "2005-01-01", model);
        }
    }

    /// Opens a year's round of five ranks; its id.
    pub fn round(&self, year: i32) -> String {
        let scheme = self.world.scheme(&self.admin, "TTHTCD-MAU-5");
        let route = json!([{ "task": "assess", "level": "centre" }, { "task": "verify", "level": "district" }, { "task": "decide", "level": "province" }]);
        let body = json!({ "scheme_id": scheme["id"], "year": year, "title": format!("Xếp loại {year}"), "route": route });
        let round = self.world.client.post("/v1/rounds").by(&self.admin.token).json(&body).send().expect(201).json();
        round["id"].as_str().unwrap().to_owned()
    }

    /// Enters the results of `TB-001` … in a round: so many of each rank, spread over the communes.
    pub fn import(&self, round: &str, counts: [usize; 5]) {
        let total: usize = counts.iter().sum();
        let results: Vec<_> = (0..total)
            .map(|n| json!({ "centre_code": format!("TB-{:03}", n + 1), "rank": rank_at(n * 97 % total, counts) }))
            .collect();
        let body = json!({ "round_id": round, "results": results });
        let told = self.world.client.post("/v1/ratings/import").by(&self.officer.token).json(&body).send().expect(200).json();
        assert_eq!(told["imported"], total);
    }

    /// A distribution as the officer reads it.
    pub fn distribution(&self, unit: UnitId, query: &str) -> Value {
        self.world
            .client
            .get(&format!("/v1/units/{unit}/rating_distribution?{query}"))
            .by(&self.officer.token)
            .send()
            .expect(200)
            .json()
    }
}

fn rank_at(mut place: usize, counts: [usize; 5]) -> &'static str {
    for (rank, count) in ["tot", "kha", "trung_binh", "yeu", "kem"].into_iter().zip(counts) {
        if place < count {
            return rank;
        }
        place -= count;
    }
    "kem"
}

/// The counts of a row, best rank first.
pub fn counts(row: &Value) -> Vec<u64> {
    row["ranks"].as_array().unwrap().iter().map(|rank| rank["count"].as_u64().unwrap()).collect()
}

/// The percentages of a row, best rank first.
pub fn percents(row: &Value) -> Vec<f64> {
    row["ranks"].as_array().unwrap().iter().map(|rank| rank["percent"].as_f64().unwrap()).collect()
}

/// The rows of a distribution add up to its total.
#[track_caller]
pub fn adds_up(distribution: &Value) {
    let rows = distribution["rows"].as_array().unwrap();
    let sum = |member: &str| rows.iter().map(|row| row[member].as_u64().unwrap()).sum::<u64>();
    for member in ["base", "rated", "not_rated"] {
        assert_eq!(sum(member), distribution["total"][member], "{member}: {distribution:#}");
    }
    let total = counts(&distribution["total"]);
    for (place, count) in total.iter().enumerate() {
        assert_eq!(rows.iter().map(|row| counts(row)[place]).sum::<u64>(), *count);
    }
    for row in rows.iter().chain([&distribution["total"]]) {
        let tenths: f64 = percents(row).iter().map(|percent| percent * 10.0).sum();
        assert_eq!(tenths.round() as i64, if row["rated"] == 0 { 0 } else { 1000 }, "{row:#}");
        assert_eq!(row["base"].as_u64().unwrap(), row["rated"].as_u64().unwrap() + row["not_rated"].as_u64().unwrap());
    }
}
