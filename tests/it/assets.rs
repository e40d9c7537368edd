//! Assets: what Kim Sơn has (report 10/BC-TTHTCĐ of 2018), and who has looked.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::each;
use crate::support::money::with;

const ASSETS: &str = "/v1/assets";

fn asset(cast: &KimSon, kind: &str, name: &str, quantity: i64, unit: &str, owner: &str) -> Value {
    json!({ "centre_id": cast.centre, "kind": kind, "name": name, "quantity": quantity, "unit": unit, "owner": owner, "condition": "good" })
}

#[test]
fn what_kim_son_has_is_entered_counted_and_confirmed_once_a_year() {
    let cast = KimSon::new();
    let (world, manager) = (&cast.world, &cast.manager);
    let enter = |body: Value| world.make(manager, ASSETS, &body).expect(201).header("location").unwrap().to_owned();
    enter(with(asset(&cast, "hall", "Hội trường", 1, "phòng", "commune"), json!({ "shared_with": "UBND phường" })));
    let seats = enter(asset(&cast, "seats", "Ghế hội trường", 300, "bộ", "commune"));
    enter(asset(&cast, "room", "Văn phòng", 1, "phòng", "centre"));
    enter(asset(&cast, "desk", "Bàn làm việc", 2, "chiếc", "centre"));
    enter(asset(&cast, "seats", "Ghế văn phòng", 30, "chiếc", "centre"));
    let computer = enter(with(
        asset(&cast, "computer", "Máy tính", 1, "bộ", "centre"),
        json!({ "acquired_on": "2016-09-01", "value_vnd": 9_000_000 }),
    ));
    enter(asset(&cast, "bookcase", "Tủ tài liệu", 1, "chiếc", "centre"));
    for name in ["Sơ đồ tổ chức", "Bảng ảnh"] {
        enter(asset(&cast, "other", name, 1, "chiếc", "centre"));
    }
    for quarter in 1..=5 {
        let site = json!({ "name": format!("Nhà văn hóa khu {quarter}"), "kind": "culture_house" });
        let site = world.make(manager, &format!("/v1/centres/{}/sites", cast.centre), &site).expect(201).json();
        let at = json!({ "site_id": site["id"] });
        enter(with(asset(&cast, "culture_house", "Nhà văn hóa", 1, "nhà", "commune"), at.clone()));
        enter(with(asset(&cast, "sport_ground", "Khu thể thao", 1, "khu", "commune"), at.clone()));
        enter(with(asset(&cast, "bookcase", "Tủ sách pháp luật", 1, "tủ", "commune"), at));
    }
    enter(asset(&cast, "bookcase", "Tủ sách pháp luật ở trung tâm", 2, "tủ", "commune"));

    let all = world.client.walk(&manager.token, &format!("{ASSETS}?limit=4"));
    let mut counts: BTreeMap<(&str, &str), i64> = BTreeMap::new();
    for asset in &all {
        let name = asset["name"].as_str().unwrap();
        let name = if name.starts_with("Tủ sách") { "Tủ sách" } else { name };
        *counts.entry((asset["kind"].as_str().unwrap(), name)).or_default() += asset["quantity"].as_i64().unwrap();
    }
    let expected = BTreeMap::from([
        (("bookcase", "Tủ sách"), 7),
        (("bookcase", "Tủ tài liệu"), 1),
        (("computer", "Máy tính"), 1),
        (("culture_house", "Nhà văn hóa"), 5),
        (("desk", "Bàn làm việc"), 2),
        (("hall", "Hội trường"), 1),
        (("other", "Bảng ảnh"), 1),
        (("other", "Sơ đồ tổ chức"), 1),
        (("room", "Văn phòng"), 1),
        (("seats", "Ghế hội trường"), 300),
        (("seats", "Ghế văn phòng"), 30),
        (("sport_ground", "Khu thể thao"), 5),
    ]);
    assert_eq!(counts, expected);
    let list = |query: &str| world.client.walk(&manager.token, &format!("{ASSETS}?{query}"));
    assert_eq!((list("kind=bookcase").len(), list("owner=centre").len(), list("condition=broken").len()), (7, 7, 0));

    // Somebody looks in December: two seats are missing, and they say why.
    let id = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let found = |path: &str, year: i32, quantity: i64, more: Value| {
        let body = json!({ "centre_id": cast.centre, "asset_id": id(path), "year": year, "confirmed_on": format!("{year}-12-20"),
            "quantity_found": quantity, "condition": "usable", "confirmed_by": "Tổ kiểm kê phường" });
        world.make(manager, "/v1/asset_confirmations", &with(body, more))
    };
    found(&seats, 2018, 298, json!({})).fault(422, "rule_broken", "/difference_note", "difference_explained");
    found(&seats, 2018, 298, json!({ "difference_note": "hai ghế gãy, chờ thanh lý" })).expect(201);
    let again = found(&seats, 2018, 300, json!({})).refused(409, "already_exists");
    assert!(again["asset_confirmation_id"].is_string());
    found(&seats, 2019, 300, json!({})).expect(201);
    found(&computer, 2018, 1, json!({})).expect(201);
    let seen = world.read(manager, &seats);
    assert_eq!((&seen["last_confirmation"]["year"], &seen["quantity"]), (&json!(2019), &json!(300)));
    let unconfirmed = list("unconfirmed_in=2018");
    assert_eq!(unconfirmed.len(), all.len() - 2);
    assert!(!each(&unconfirmed, "id").contains(&id(&seats).as_str()));
    assert_eq!(list("unconfirmed_in=2019").len(), all.len() - 1);
    assert_eq!(list("unconfirmed_in=2015&kind=computer").len(), 0, "it was not there yet");
    let of_seats = world.client.walk(&manager.token, &format!("/v1/asset_confirmations?asset_id={}&sort=asc", id(&seats)));
    assert_eq!(of_seats.iter().map(|it| it["quantity_found"].as_i64().unwrap()).collect::<Vec<_>>(), [298, 300]);

    // What is no longer there has a day and a reason, and is not looked for any more.
    world.change(manager, &computer, &json!({ "disposed_on": "2019-05-01" })).fault(
        422,
        "rule_broken",
        "/disposal_reason",
        "reason_of_disposal",
    );
    world.change(manager, &computer, &json!({ "disposed_on": "2019-05-01", "disposal_reason": "hỏng bo mạch" })).expect(200);
    assert_eq!((list("unconfirmed_in=2020&kind=computer").len(), list("disposed=true").len()), (0, 1));
    found(&computer, 2020, 1, json!({})).fault(422, "rule_broken", "/year", "asset_there_in_year");
    world.remove(manager, &computer).refused(409, "blocked"); // It was confirmed once.
    world.remove(&cast.staff, &all_path(&all, "hall")).expect(204);
}

fn all_path(all: &[Value], kind: &str) -> String {
    let asset = all.iter().find(|asset| asset["kind"] == kind).unwrap();
    format!("{ASSETS}/{}", asset["id"].as_str().unwrap())
}

#[test]
fn an_asset_and_its_confirmation_are_refused_where_a_rule_stands_against_them() {
    let cast = KimSon::new();
    let (world, manager) = (&cast.world, &cast.manager);
    let other = world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    let site = world.make(&cast.commune_officer, &format!("/v1/centres/{other}/sites"), &site).expect(201).json();
    let good = asset(&cast, "desk", "Bàn", 2, "chiếc", "centre");
    let make = |more: Value| world.make(manager, ASSETS, &with(good.clone(), more));
    make(json!({ "quantity": 0 })).fault(422, "invalid_body", "/quantity", "range");
    make(json!({ "site_id": site["id"] })).fault(422, "rule_broken", "/site_id", "site_of_centre");
    make(json!({ "acquired_on": "2027-01-01" })).fault(422, "rule_broken", "/acquired_on", "not_in_the_future");
    let backwards = json!({ "acquired_on": "2018-01-01", "disposed_on": "2017-01-01", "disposal_reason": "x" });
    make(backwards).fault(422, "rule_broken", "/disposed_on", "dates_in_order");
    assert!(world.client.walk(&manager.token, ASSETS).is_empty(), "nothing was stored");
    let made = make(json!({})).expect(201).json();

    let confirm = json!({ "centre_id": cast.centre, "asset_id": made["id"], "year": 2018, "confirmed_on": "2018-12-20", "quantity_found": 2,
        "condition": "good", "confirmed_by": "Tổ kiểm kê" });
    let confirm = |by, more: Value| world.make(by, "/v1/asset_confirmations", &with(confirm.clone(), more));
    confirm(&cast.commune_officer, json!({ "centre_id": other })).fault(422, "rule_broken", "/asset_id", "asset_of_centre");
    confirm(manager, json!({ "confirmed_on": "2027-01-01" })).fault(422, "rule_broken", "/confirmed_on", "not_in_the_future");
    confirm(manager, json!({ "year": 2019 })).fault(422, "rule_broken", "/year", "year_has_begun");
    confirm(&cast.officer, json!({})).refused(403, "right_missing");
    assert!(world.client.walk(&manager.token, "/v1/asset_confirmations").is_empty(), "nothing was stored");
    confirm(manager, json!({})).expect(201);
    // The database keeps it to the asset's own centre, and to once a year.
    let elsewhere = "UPDATE asset_confirmations SET centre_id = (SELECT id FROM centres WHERE name = 'TTHTCĐ khác')";
    world.db_refuses(elsewhere, "foreign key");
    world.db_refuses("UPDATE assets SET quantity = 0", "assets_numbers_check");
    world.db_refuses("UPDATE assets SET disposed_on = '2018-01-01'", "assets_disposal_check");
}
