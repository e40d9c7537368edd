//! Loading the administrative maps: everything or nothing, and a second time nothing.

use htcd_domain::frameworks::{LINEAGE_CSV, UNITS_CSV};
use htcd_domain::unit::Unit;
use htcd_persistence::db::nation;
use htcd_persistence::unit::{self, Loaded};

use crate::support::World;

/// Every unit and the number of successions, as the database holds them.
fn db_map(world: &World) -> (Vec<Unit>, usize) {
    let map = world.db.read(&nation(), unit::map).expect("a map");
    (map.units().cloned().collect(), map.succession_count())
}

fn load(world: &World, units: &[u8], lineage: &[u8]) -> Result<Loaded, String> {
    htcd_api::demo::load_units(&world.app, units, lineage, &htcd_api::demo::author(&world.app, "import_units"), |_, _| {})
}

/// A file with one line replaced; lines count from 1, the heading.
fn with_line(file: &[u8], line: usize, text: &str) -> Vec<u8> {
    let file = String::from_utf8(file.to_vec()).unwrap();
    let lines = file.lines().enumerate().map(|(place, old)| if place + 1 == line { text } else { old });
    lines.collect::<Vec<_>>().join("\n").into_bytes()
}

#[test]
fn both_maps_are_loaded_whole_and_a_second_load_changes_nothing() {
    let world = World::new();
    let before = db_map(&world);
    assert_eq!((before.0.len(), before.1), (14_149, 10_633));

    let again = load(&world, UNITS_CSV, LINEAGE_CSV).expect("the same files load again");
    assert_eq!(again, Loaded { units_added: 0, units_changed: 0, successions_added: 0 });
    assert_eq!(db_map(&world), before, "the same units with the same identities");
}

#[test]
fn a_corrected_name_changes_that_unit_and_keeps_its_identity() {
    let world = World::new();
    let corrected = String::from_utf8(UNITS_CSV.to_vec())
        .unwrap()
        .replace("07123,commune,phường,Phường Kim Sơn,", "07123,commune,phường,Phường Kim Sơn Đông,");
    let kim_son = world.unit("07123", "2018-12-31");

    assert_eq!(
        load(&world, corrected.as_bytes(), LINEAGE_CSV),
        Ok(Loaded { units_added: 0, units_changed: 1, successions_added: 0 })
    );
    assert_eq!(world.unit("07123", "2018-12-31"), kim_son);
    assert_eq!(
        world.app.atlas().unwrap().map.get(kim_son).unwrap().versions[0].name_vi,
        "Phường Kim Sơn Đông",
        "the running server sees it at once"
    );
}

#[test]
fn a_bad_row_is_named_by_file_line_and_column_and_nothing_is_stored() {
    let world = World::new();
    let before = db_map(&world);
    let refuse = |units: &[u8], lineage: &[u8], places: &[&str]| {
        let refusal = load(&world, units, lineage).expect_err("a bad file is refused");
        assert!(refusal.starts_with(&format!("{} fault(s), nothing was stored", places.len())), "{refusal}");
        for place in places {
            assert!(refusal.contains(&format!("\n  {place}: ")), "{place} in {refusal}");
        }
        assert_eq!(db_map(&world), before);
    };
    let new = "99999,commune,xã,Xã Mới,New Commune,22,2025-07-01,,2025,rural";
    let mut longer = UNITS_CSV.to_vec();
    longer.extend_from_slice(new.as_bytes());

    refuse(&with_line(&longer, 14_151, &new.replace("99999", "9999")), LINEAGE_CSV, &["units.csv:14151: code"]);
    refuse(&with_line(&longer, 14_151, &new.replace(",22,", ",98,")), LINEAGE_CSV, &["units.csv:14151: parent_code"]);
    refuse(&with_line(&longer, 14_151, &new.replace("2025-07-01", "01/07/2025")), LINEAGE_CSV, &["units.csv:14151: valid_from"]);
    refuse(
        &with_line(&longer, 14_151, "99999,commune,xóm,,New,22,2025-07-01,,2025,town"),
        LINEAGE_CSV,
        &["units.csv:14151: type_vi", "units.csv:14151: name_vi", "units.csv:14151: region_class"],
    );
    refuse(&longer, &with_line(LINEAGE_CSV, 2, "2024,01,2025,97,unchanged,province,whole"), &["lineage.csv:2: new_code"]);
    refuse(&longer, &with_line(LINEAGE_CSV, 2, "2025,01,2024,01,unchanged,province,whole"), &["lineage.csv:2: new_code"]);

    assert_eq!(
        load(&world, &longer, LINEAGE_CSV),
        Ok(Loaded { units_added: 1, units_changed: 0, successions_added: 0 }),
        "without the fault the same file loads"
    );
    assert_eq!(db_map(&world).0.len(), 14_150);
}
