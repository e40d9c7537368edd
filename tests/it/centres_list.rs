//! Lists of centres: filters, search, order, count, pages.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::http::{each, encoded};

/// Registers a centre of Kim Sơn; answers its id.
fn register(cast: &KimSon, name: &str, more: Value) -> String {
    let mut body = json!({
        "name": name, "commune_id": cast.commune, "operating_model": "standalone",
        "establishment": { "effective_on": "2009-01-01", "decision": { "number": "1/QĐ-UBND", "date": "2009-01-01", "issuer": "UBND" } },
    });
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    let made = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    made["id"].as_str().unwrap().to_owned()
}

fn names(cast: &KimSon, query: &str) -> Vec<String> {
    let items = cast.world.client.walk(&cast.admin.token, &format!("/v1/centres?{query}"));
    each(&items, "name").into_iter().map(str::to_owned).collect()
}

#[test]
fn centres_stand_in_the_order_of_a_vietnamese_list() {
    let cast = KimSon::new();
    let expected = ["An Sinh", "Ăn Khê", "Ân Thi", "Dương", "Đông", "Ea", "Phường 2", "Phường 10", "Ý Yên"];
    for name in ["Phường 10", "Đông", "Ý Yên", "Ea", "Phường 2", "Dương", "Ân Thi", "An Sinh", "Ăn Khê"] {
        register(&cast, name, json!({}));
    }
    let listed: Vec<_> = names(&cast, "limit=200").into_iter().filter(|name| !name.starts_with("TTHTCĐ")).collect();
    assert_eq!(listed, expected);
    let by_two: Vec<_> = names(&cast, "limit=2").into_iter().filter(|name| !name.starts_with("TTHTCĐ")).collect();
    assert_eq!(by_two, expected, "the same, page by page");
}

#[test]
fn filters_and_search_choose_centres() {
    let cast = KimSon::new();
    register(&cast, "Trung tâm Hòa Bình", json!({ "code": "HB-1", "operating_model": "with_library" }));
    register(&cast, "Trung tâm Hoà Lạc", json!({ "code": "HL-1" }));
    let mao_khe = cast.world.unit("07069", "2026-01-01");
    let (dong_trieu, quang_ninh) = (cast.world.unit("205", "2018-12-31"), cast.world.unit("22", "2026-01-01"));
    let proposal = json!({ "name": "Đề nghị Mạo Khê", "commune_id": mao_khe, "operating_model": "other" });
    cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&proposal).send().expect(201);
    let kim_son = "TTHTCĐ phường Kim Sơn";

    assert_eq!(names(&cast, "q=hoa"), ["Trung tâm Hòa Bình", "Trung tâm Hoà Lạc"]);
    assert_eq!(names(&cast, &format!("q={}", encoded("HOÀ bình"))), ["Trung tâm Hòa Bình"]);
    assert_eq!(names(&cast, &format!("q={}", encoded("đề nghị"))), names(&cast, "q=DE%20NGHI"));
    assert_eq!(names(&cast, "q=khong+co"), Vec::<String>::new());
    assert_eq!(names(&cast, "q=h_a"), Vec::<String>::new(), "no pattern of SQL");
    assert_eq!(names(&cast, "code=HB-1"), ["Trung tâm Hòa Bình"]);
    assert_eq!(names(&cast, "code=hb-1"), Vec::<String>::new(), "a code is exact");
    assert_eq!(names(&cast, "operating_model=with_library"), ["Trung tâm Hòa Bình"]);
    assert_eq!(names(&cast, "status=proposed"), ["Đề nghị Mạo Khê"]);
    assert_eq!(names(&cast, "status=operating&q=kim"), [kim_son]);
    assert_eq!(names(&cast, "status=suspended"), Vec::<String>::new());
    assert_eq!(names(&cast, &format!("unit_id={}", cast.commune)).len(), 3);
    let in_district = names(&cast, &format!("unit_id={dong_trieu}"));
    assert_eq!(in_district.len(), 4, "on the district's ground: Mạo Khê of today came of its wards and of nothing else");
    assert_eq!(names(&cast, &format!("unit_id={mao_khe}")).len(), 4, "communes that went into Mạo Khê count");
    assert_eq!(names(&cast, &format!("unit_id={quang_ninh}")).len(), 4);
    assert_eq!(names(&cast, &format!("unit_id={}", cast.world.unit("33", "2026-01-01"))), Vec::<String>::new());
    assert_eq!(names(&cast, "as_of=2008-06-01"), [kim_son], "the others came later");

    let page =
        |query: &str| cast.world.client.get(&format!("/v1/centres?{query}")).by(&cast.admin.token).send().expect(200).json();
    let counted = page("limit=1&count=true");
    assert_eq!((&counted["count"], counted["items"].as_array().unwrap().len()), (&json!(4), 1));
    assert_eq!(page("count=true&q=hoa")["count"], 2);
    assert!(page("count=false").get("count").is_none() && page("").get("count").is_none(), "counted on request only");

    let refuse = |query: &str, pointer: &str, rule: &str| {
        cast.world.client.get(&format!("/v1/centres?{query}")).by(&cast.admin.token).send().fault(
            400,
            "invalid_parameter",
            pointer,
            rule,
        );
    };
    refuse("status=closed", "status", "code_unknown");
    refuse("count=yes", "count", "type");
    refuse("limit=201", "limit", "range");
    refuse("limit=-1", "limit", "type");
    refuse("cursor=5b5d", "cursor", "cursor");
    refuse(&format!("cursor={}", hex::encode(json!(["zz", cast.centre]).to_string())), "cursor", "cursor");
}

#[test]
fn a_reader_lists_their_own_scope() {
    let cast = KimSon::new();
    let there = cast.world.unit("07069", "2018-12-31");
    cast.world.db_centre(cast.province, there, "TTHTCĐ phường Mạo Khê");
    let seen = |token: &str| cast.world.client.walk(token, "/v1/centres").len();
    assert_eq!((seen(&cast.admin.token), seen(&cast.officer.token), seen(&cast.verifier.token)), (2, 2, 2));
    assert_eq!((seen(&cast.commune_officer.token), seen(&cast.manager.token), seen(&cast.staff.token)), (1, 1, 1));
    let counted = cast.world.client.get("/v1/centres?count=true").by(&cast.commune_officer.token).send().expect(200).json();
    assert_eq!(counted["count"], 1, "a count counts the scope");
}

#[test]
fn pages_show_each_centre_exactly_once_while_others_are_registered() {
    let cast = KimSon::new();
    let mut before: BTreeSet<String> =
        (1..=11).map(|number| register(&cast, &format!("Trung tâm {number}"), json!({}))).collect();
    before.insert(cast.centre.to_string());
    // Two of one name: the order is total all the same.
    before.insert(register(&cast, "Trung tâm 7", json!({})));

    let (mut seen, mut cursor, mut round) = (Vec::<String>::new(), None::<String>, 0);
    loop {
        let query = cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default();
        let page = cast.world.client.get(&format!("/v1/centres?limit=3{query}")).by(&cast.admin.token).send().expect(200).json();
        seen.extend(each(page["items"].as_array().unwrap(), "id").into_iter().map(str::to_owned));
        round += 1;
        // In front of everything seen, in the middle, and behind everything.
        for name in ["A đầu", "Trung tâm 6", "Xa cuối"] {
            if round <= 3 {
                register(&cast, name, json!({}));
            }
        }
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    let distinct: BTreeSet<String> = seen.iter().cloned().collect();
    assert_eq!(distinct.len(), seen.len(), "none twice");
    assert!(distinct.is_superset(&before), "none left out: {:?}", before.difference(&distinct));
}
