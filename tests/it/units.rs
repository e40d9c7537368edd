//! The administrative maps: search, order, filters, pages, lineage, codes.

use std::collections::BTreeSet;

use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use htcd_domain::text::sort_key;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::Person;
use crate::support::http::{each, encoded};

/// Lan of the Ministry, who reads maps.
fn lan() -> (World, Person) {
    let world = World::new();
    let lan = world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    (world, lan)
}

fn read(world: &World, reader: &Person, path: &str) -> Value {
    world.client.get(path).by(&reader.token).send().expect(200).json()
}

#[test]
fn a_search_is_blind_to_case_diacritics_and_where_the_tone_mark_stands() {
    let (world, lan) = lan();
    let found = |q: &str| world.client.walk(&lan.token, &format!("/v1/units?as_of=2018-12-31&limit=200&q={}", encoded(q)));

    let mao_khe = found("mao khe");
    assert_eq!(each(&mao_khe, "name_vi"), ["Phường Mạo Khê"]);
    assert_eq!(each(&mao_khe, "code"), ["07069"]);
    let decomposed = "Ma\u{323}o Khe\u{302}";
    for same in ["Mạo Khê", "MẠO KHÊ", "mạo-khê", decomposed, "  phuong   mao khe "] {
        assert_eq!(found(same), mao_khe, "{same}");
    }

    let hoa_binh = found("hoa binh");
    assert!(hoa_binh.len() > 5 && each(&hoa_binh, "name_vi").contains(&"Tỉnh Hòa Bình"), "{hoa_binh:?}");
    assert_eq!(found("Hòa Bình"), hoa_binh);
    assert_eq!(found("Hoà Bình"), hoa_binh);
    assert_eq!(found("đông triều"), found("DONG TRIEU"));
    assert_eq!(found("không có nơi nào tên như thế"), Vec::<Value>::new());
}

#[test]
fn lists_stand_in_the_order_of_a_vietnamese_list() {
    let (world, lan) = lan();
    let district_10 = world.unit("771", "2018-12-31");
    let wards = world.client.walk(&lan.token, &format!("/v1/units?as_of=2018-12-31&parent_id={district_10}"));
    let expected: Vec<String> = [1, 2, 4, 6, 8, 9, 10, 12, 13, 14, 15].map(|number| format!("Phường {number}")).into();
    let by_number: Vec<_> =
        each(&wards, "name_vi").into_iter().filter(|name| expected.iter().any(|other| other == name)).collect();
    assert_eq!(by_number, expected);
    assert_eq!(
        read(&world, &lan, &format!("/v1/units/{district_10}/children")).as_array().unwrap(),
        &wards,
        "children and list agree"
    );

    let districts = world.client.walk(&lan.token, "/v1/units?as_of=2018-12-31&level=district&limit=200");
    let bare: Vec<&str> = each(&districts, "name_vi")
        .into_iter()
        .map(|name| ["Thành phố ", "Thị xã ", "Huyện ", "Quận "].iter().find_map(|kind| name.strip_prefix(kind)).unwrap())
        .collect();
    let last = |letter: char| bare.iter().rposition(|name| name.starts_with(letter)).unwrap();
    let first = |letter: char| bare.iter().position(|name| name.starts_with(letter)).unwrap();
    assert!(last('D') < first('Đ') && last('Đ') < first('E'), "{bare:?}");
    assert!(bare.is_sorted_by_key(|name| sort_key(name)));
}

#[test]
fn filters_choose_by_level_parent_kind_territory_and_day() {
    let (world, lan) = lan();
    let count = |query: &str| world.client.walk(&lan.token, &format!("/v1/units?limit=200&{query}")).len();
    let quang_ninh_then = world.unit("22", "2018-12-31");
    let quang_ninh = world.unit("22", "2026-01-01");
    let dong_trieu = world.unit("205", "2018-12-31");

    assert_eq!(count("level=province&as_of=2025-06-30"), 63);
    assert_eq!(count("level=district&as_of=2025-06-30"), 696);
    assert_eq!(count("level=province&as_of=2025-07-01"), 34);
    assert_eq!(count("level=province"), 34, "without a day it is today's map");
    assert_eq!(count("level=district"), 0, "districts ended on 30 June 2025");
    assert_eq!(count("kind=special_zone"), 13);

    assert_eq!(count(&format!("parent_id={quang_ninh}")), 54);
    assert_eq!(count(&format!("parent_id={dong_trieu}&as_of=2018-12-31")), 19);
    assert_eq!(count(&format!("parent_id={dong_trieu}&as_of=2018-12-31&kind=ward")), 13);
    assert_eq!(count(&format!("within={quang_ninh_then}&as_of=2018-12-31&level=commune")), 171);
    assert_eq!(count(&format!("within={quang_ninh_then}&as_of=2018-12-31")), 171 + 13, "communes and districts");
    assert_eq!(count(&format!("within={dong_trieu}&as_of=2018-12-31&q=kim+son")), 1);

    let refuse = |query: &str, pointer: &str, rule: &str| {
        world.client.get(&format!("/v1/units?{query}")).by(&lan.token).send().fault(400, "invalid_parameter", pointer, rule);
    };
    refuse("level=hamlet", "level", "code_unknown");
    refuse("kind=city", "kind", "code_unknown");
    refuse("as_of=31-12-2018", "as_of", "type");
    refuse("parent_id=07069", "parent_id", "type");
    refuse("limit=0", "limit", "range");
    refuse("limit=201", "limit", "range");
    refuse("cursor=xyz", "cursor", "cursor");
}

#[test]
fn pages_walk_every_unit_exactly_once() {
    let (world, lan) = lan();
    let communes = world.client.walk(&lan.token, "/v1/units?level=commune&limit=200");
    let ids: BTreeSet<&str> = each(&communes, "id").into_iter().collect();
    assert_eq!((communes.len(), ids.len()), (3321, 3321));

    let quang_ninh = world.unit("22", "2026-01-01");
    let whole = world.client.walk(&lan.token, &format!("/v1/units?within={quang_ninh}&limit=200"));
    let by_seven = world.client.walk(&lan.token, &format!("/v1/units?within={quang_ninh}&limit=7"));
    assert_eq!(whole.len(), 54);
    assert_eq!(by_seven, whole, "the same order, whatever the size of the pages");
    let exactly = read(&world, &lan, &format!("/v1/units?within={quang_ninh}&limit=54"));
    assert_eq!(exactly["next"], Value::Null, "a full last page has none after it");
}

#[test]
fn a_cursor_that_names_no_unit_is_refused_rather_than_starting_over() {
    let (world, lan) = lan();
    let stranger = hex::encode(json!("00000000-0000-7000-8000-000000000000").to_string());
    world.client.get(&format!("/v1/units?cursor={stranger}")).by(&lan.token).send().fault(
        400,
        "invalid_parameter",
        "cursor",
        "cursor",
    );
}

#[test]
fn known_places_have_their_ancestors_predecessors_and_successors() {
    let (world, lan) = lan();
    let of = |code: &str, day: &str| world.unit(code, day);
    let relatives = |unit: htcd_domain::id::UnitId, which: &str| {
        read(&world, &lan, &format!("/v1/units/{unit}/{which}")).as_array().unwrap().clone()
    };
    let (kim_son, mao_khe) = (of("07123", "2018-12-31"), of("07069", "2026-01-01"));

    // Kim Sơn and the Mạo Khê of before became one ward on 1 July 2025, which has Mạo Khê's name and code.
    let after = relatives(kim_son, "successors");
    assert_eq!(after.len(), 1);
    assert_eq!(after[0]["unit"]["id"], json!(mao_khe));
    assert_eq!(after[0]["unit"]["name_vi"], "Phường Mạo Khê");
    let facts = ["kind", "extent", "effective_on"].map(|member| after[0][member].as_str().unwrap());
    assert_eq!(facts, ["merged", "whole", "2025-07-01"]);
    let before = relatives(mao_khe, "predecessors");
    assert_eq!(each(before.iter().map(|end| &end["unit"]), "code"), ["07069", "07105", "07117", "07123"]);
    assert_ne!(before[0]["unit"]["id"], json!(mao_khe), "the same code, another unit");

    // Ancestry is a matter of the day; for a unit that has ended, of its last one.
    assert_eq!(each(&relatives(kim_son, "ancestors"), "name_vi"), ["Thành phố Đông Triều", "Tỉnh Quảng Ninh"]);
    assert_eq!(each(&relatives(mao_khe, "ancestors"), "name_vi"), ["Tỉnh Quảng Ninh"]);
    assert_eq!(relatives(of("22", "2026-01-01"), "children").len(), 54);
    assert_eq!(relatives(mao_khe, "children"), Vec::<Value>::new());

    // Thái Bình is in Hưng Yên, with the Hưng Yên of before.
    let hung_yen = of("33", "2026-01-01");
    assert_eq!(relatives(of("34", "2011-12-31"), "successors")[0]["unit"]["id"], json!(hung_yen));
    assert_eq!(
        each(relatives(hung_yen, "predecessors").iter().map(|end| &end["unit"]), "name_vi"),
        ["Tỉnh Hưng Yên", "Tỉnh Thái Bình"]
    );

    // District 10's Phường 14 was divided.
    let parts = relatives(of("27169", "2018-12-31"), "successors");
    assert_eq!(each(parts.iter().map(|end| &end["unit"]), "name_vi"), ["Phường Hòa Hưng", "Phường Diên Hồng"]);
    assert_eq!(each(&parts, "extent"), ["part", "part"]);

    for which in ["", "/children", "/ancestors", "/predecessors", "/successors"] {
        for unknown in ["00000000-0000-7000-8000-000000000000", "07069"] {
            world.client.get(&format!("/v1/units/{unknown}{which}")).by(&lan.token).send().refused(404, "not_found");
        }
    }
}

#[test]
fn a_unit_is_read_with_its_versions_and_says_from_when_its_map_is_known() {
    let (world, lan) = lan();
    let kim_son = world.unit("07123", "2018-12-31");
    let then = read(&world, &lan, &format!("/v1/units/{kim_son}?as_of=2011-12-31"));
    assert_eq!(then["name_vi"], "Phường Kim Sơn");
    assert_eq!((&then["valid_from"], &then["valid_to"]), (&Value::Null, &json!("2025-06-30")));
    assert_eq!(then["map_known_from"], "2025-06-30");
    assert_eq!(then["versions"].as_array().unwrap().len(), 1);

    let mao_khe = world.unit("07069", "2026-01-01");
    let now = read(&world, &lan, &format!("/v1/units/{mao_khe}"));
    assert_eq!((&now["level"], &now["kind"], &now["region_class"]), (&json!("commune"), &json!("ward"), &json!("urban")));
    assert_eq!(
        (&now["valid_from"], &now["valid_to"], &now["map_known_from"]),
        (&json!("2025-07-01"), &Value::Null, &Value::Null)
    );
}

#[test]
fn a_code_means_a_unit_on_a_day() {
    let (world, lan) = lan();
    let by_code = |query: &str| world.client.get(&format!("/v1/units/by_code?{query}")).by(&lan.token).send();

    let then = by_code("code=07069&as_of=2018-12-31").expect(200).json();
    let now = by_code("code=07069&as_of=2025-07-01").expect(200).json();
    assert_eq!(then["id"], json!(world.unit("07069", "2018-12-31")));
    assert_eq!(now["id"], json!(world.unit("07069", "2026-01-01")));
    assert_ne!(then["id"], now["id"]);

    let ambiguous = by_code("code=07069").refused(409, "ambiguous_code");
    let candidates: BTreeSet<&str> = each(ambiguous["candidates"].as_array().unwrap(), "id").into_iter().collect();
    assert_eq!(candidates, BTreeSet::from([then["id"].as_str().unwrap(), now["id"].as_str().unwrap()]));

    assert_eq!(
        by_code("code=07123").expect(200).json()["name_vi"],
        "Phường Kim Sơn",
        "a code that meant one unit only needs no day"
    );
    by_code("code=07123&as_of=2025-07-01").refused(404, "not_found");
    by_code("code=99999").refused(404, "not_found");
    by_code("as_of=2018-12-31").fault(400, "invalid_parameter", "code", "required");
}
