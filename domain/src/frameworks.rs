//! What ships: national frameworks as far as they are known, samples named as such, and both administrative maps.

use crate::scheme::CreateScheme;

/// National frameworks and samples, oldest first. What the law leaves open, or what was not found, is left open.
///
/// # Errors
/// Only if the file that is compiled in were broken, which a test rules out.
pub fn schemes() -> Result<Vec<CreateScheme>, serde_json::Error> {
    serde_json::from_str(include_str!("../data/frameworks.json"))
}

/// `units.csv` of the reference data: 14,149 units of two maps.
pub const UNITS_CSV: &[u8] = include_bytes!("../data/admin-units/units.csv");

/// `lineage.csv` of the reference data: 10,633 successions between them.
pub const LINEAGE_CSV: &[u8] = include_bytes!("../data/admin-units/lineage.csv");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::UnitId;
    use crate::scheme::Method;
    use crate::unit::UnitMap;

    #[test]
    fn what_ships_is_sound() {
        let schemes = schemes().unwrap();
        for scheme in &schemes {
            scheme.content.check_draft().unwrap_or_else(|problem| panic!("{}: {problem:?}", scheme.code));
        }
        let usable: Vec<_> =
            schemes.iter().filter(|scheme| scheme.content.check_usable().is_ok()).map(|scheme| scheme.code.as_str()).collect();
        assert_eq!(
            usable,
            ["TTHTCD-MAU", "TTHTCD-MAU-SO-LIEU", "TTHTCD-MAU-5", "CDHT-XA-2023"],
            "a framework with open points is not usable as it is"
        );
        assert!(schemes.iter().all(|scheme| scheme.content.sample == scheme.code.contains("MAU")));
        assert!(
            schemes
                .iter()
                .filter(|scheme| scheme.content.method == Method::Points && !scheme.content.sample)
                .all(|scheme| scheme.content.ranks.iter().all(|rank| rank.min_points.is_none()))
        );
    }

    #[test]
    fn the_reference_maps_are_whole() {
        let mut n = 0;
        let import = crate::unit_import::read(UNITS_CSV, LINEAGE_CSV, &UnitMap::default(), || {
            n += 1;
            UnitId(uuid::Uuid::from_u128(n))
        })
        .unwrap();
        assert_eq!((import.units.len(), import.successions.len()), (14_149, 10_633));
        let map = UnitMap::new(import.units, import.successions);
        let day = |text: &str| text.parse().unwrap();
        let names = |parent: Option<UnitId>, on: &str| {
            map.children(parent, day(on)).iter().filter_map(|unit| unit.latest()).map(|v| v.name_vi.clone()).collect::<Vec<_>>()
        };
        assert_eq!((names(None, "2011-12-31").len(), names(None, "2026-01-01").len()), (63, 34));
        let district_10 = map.by_code("771", None)[0].id;
        let wards = names(Some(district_10), "2024-01-01");
        assert_eq!(wards.first().unwrap(), "Phường 1");
        assert!(wards.iter().position(|w| w == "Phường 2") < wards.iter().position(|w| w == "Phường 10"));
        let thai_binh = map.by_code("34", Some(day("2011-12-31")))[0].id;
        assert_eq!(map.reach(thai_binh).iter().filter(|id| map.get(**id).unwrap().on(day("2011-12-31")).is_some()).count(), 242);
        let kim_son = map.by_code("07123", Some(day("2018-12-31")))[0].id;
        let mao_khe = map.by_code("07069", Some(day("2026-01-01")))[0].id;
        assert_eq!(map.restate(kim_son, day("2026-01-01")), crate::unit::Restated::In(mao_khe));
    }
}
