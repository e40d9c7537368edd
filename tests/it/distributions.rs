//! Rating distributions: the known answers, coverage, boundaries, who may ask, and that they are live.

use htcd_domain::access::Role;
use htcd_domain::id::{ProvinceId, UnitId};
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::thai_binh::{ThaiBinh, adds_up, counts, percents};
use crate::support::walk::{Walk, decision, scores_but};

fn path(unit: UnitId, query: &str) -> String {
    format!("/v1/units/{unit}/rating_distribution?{query}")
}

/// The row of a unit, or of a code.
fn row<'d>(distribution: &'d Value, code: Option<&str>) -> &'d Value {
    let rows = distribution["rows"].as_array().unwrap();
    rows.iter().find(|row| row["key"]["code"] == json!(code)).unwrap_or_else(|| panic!("no row {code:?}: {distribution:#}"))
}

fn without_request_id(mut body: Value) -> Value {
    body.as_object_mut().unwrap().remove("request_id");
    body
}

#[test]
fn thai_binh_2011_comes_back_to_the_printed_digit() {
    // Hưng Yên's administrator registers Thái Bình's 286 centres, its officer enters 2007 and 2011.
    let cast = ThaiBinh::new();
    cast.register_all();
    cast.import(&cast.round(2011), [158, 125, 3, 0, 0]);

    let of_2011 = cast.distribution(cast.thai_binh, "year=2011");
    let total = &of_2011["total"];
    assert_eq!([&total["base"], &total["rated"], &total["not_rated"]], [&json!(286), &json!(286), &json!(0)]);
    assert_eq!((counts(total), percents(total)), (vec![158, 125, 3, 0, 0], vec![55.2, 43.7, 1.1, 0.0, 0.0]));
    assert_eq!(total["coverage_percent"], 100.0);
    let ranks: Vec<_> = total["ranks"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rank| (rank["rank"].as_str().unwrap(), rank["label"]["vi"].as_str().unwrap()))
        .collect();
    assert_eq!(ranks, [("tot", "Tốt"), ("kha", "Khá"), ("trung_binh", "Trung bình"), ("yeu", "Yếu"), ("kem", "Kém")]);
    assert_eq!((&of_2011["map_date"], &of_2011["map_known_from"]), (&json!("2011-12-31"), &json!("2025-06-30")));
    assert_eq!(
        (&of_2011["boundaries"], &of_2011["restated_by"], &of_2011["compare_year"]),
        (&json!("as_was"), &Value::Null, &Value::Null)
    );
    assert_eq!(of_2011["unit_name"]["vi"], "Tỉnh Thái Bình");
    adds_up(&of_2011);
    let mut districts: Vec<_> =
        of_2011["rows"].as_array().unwrap().iter().map(|row| row["key"]["code"].as_str().unwrap()).collect();
    districts.sort_unstable();
    assert_eq!(districts, ["336", "338", "339", "340", "341", "342", "343", "344"]);

    // The same on today's map, where Thái Bình is in Hưng Yên.
    let restated = cast.distribution(cast.hung_yen, "year=2011&boundaries=restated");
    assert_eq!(
        (counts(&restated["total"]), percents(&restated["total"])),
        (vec![158, 125, 3, 0, 0], vec![55.2, 43.7, 1.1, 0.0, 0.0])
    );
    assert_eq!((&restated["map_date"], &restated["map_known_from"]), (&json!("2026-11-22"), &Value::Null));
    assert_eq!(restated["restated_by"], json!({ "whole": 286, "by_placement": 0, "divided": 0, "unknown": 0 }));
    adds_up(&restated);
    let as_of = cast.distribution(cast.hung_yen, "year=2011&boundaries=as_of:2025-07-01");
    assert_eq!((&as_of["rows"], &as_of["map_date"]), (&restated["rows"], &json!("2025-07-01")));
    let back = cast.distribution(cast.thai_binh, "year=2011&boundaries=as_of:2024-01-01");
    assert_eq!(back["rows"], of_2011["rows"]);

    for by in ["operating_model", "region"] {
        for (unit, boundaries) in [(cast.thai_binh, "as_was"), (cast.hung_yen, "restated")] {
            let broken = cast.distribution(unit, &format!("year=2011&by={by}&boundaries={boundaries}"));
            adds_up(&broken);
            assert_eq!(broken["total"], cast.distribution(unit, &format!("year=2011&boundaries={boundaries}"))["total"]);
        }
    }
    let models = cast.distribution(cast.thai_binh, "year=2011&by=operating_model");
    let bases =
        ["standalone", "combined_culture", "with_library"].map(|model| row(&models, Some(model))["base"].as_u64().unwrap());
    assert_eq!(bases, [96, 95, 95]);

    // 2007 with 108 tốt of 285 rated (37.9 %): tốt is 17.3 points up. One centre's paper was lost.
    cast.import(&cast.round(2007), [108, 150, 27, 0, 0]);
    let of_2007 = &cast.distribution(cast.thai_binh, "year=2007")["total"];
    assert_eq!(
        (percents(of_2007), &of_2007["coverage_percent"]),
        (vec![37.9, 52.6, 9.5, 0.0, 0.0], &json!(99.6)),
        "coverage is never rounded up to all"
    );
    for (unit, boundaries) in [(cast.thai_binh, "as_was"), (cast.hung_yen, "restated")] {
        let compared = cast.distribution(unit, &format!("year=2011&compare_year=2007&boundaries={boundaries}"));
        let changes: Vec<_> =
            compared["total"]["ranks"].as_array().unwrap().iter().map(|rank| rank["change_points"].as_f64().unwrap()).collect();
        assert_eq!(changes, [17.3, -8.9, -8.4, 0.0, 0.0]);
        adds_up(&compared);
    }
    let nothing_before = cast.distribution(cast.thai_binh, "year=2011&compare_year=2010");
    assert!(
        nothing_before["total"]["ranks"].as_array().unwrap().iter().all(|rank| rank["change_points"].is_null()),
        "a change against nothing is not known"
    );
}

#[test]
fn a_unit_that_was_not_on_the_map_is_refused_with_those_that_were() {
    let cast = ThaiBinh::new();
    let ask = |unit: UnitId, query: &str| cast.world.client.get(&path(unit, query)).by(&cast.officer.token).send();
    let codes = |refused: &Value| {
        let mut names: Vec<_> = refused["candidates"]
            .as_array()
            .unwrap()
            .iter()
            .map(|unit| unit["name_vi"].as_str().unwrap_or_default().to_owned())
            .collect();
        names.sort();
        names
    };
    let then = ask(cast.hung_yen, "year=2011").refused(422, "not_on_map");
    assert_eq!(
        (&then["map_date"], codes(&then)),
        (&json!("2011-12-31"), vec!["Tỉnh Hưng Yên".to_owned(), "Tỉnh Thái Bình".to_owned()])
    );
    let now = ask(cast.thai_binh, "year=2011&boundaries=restated").refused(422, "not_on_map");
    assert_eq!((&now["map_date"], codes(&now)), (&json!("2026-11-22"), vec!["Tỉnh Hưng Yên".to_owned()]));
    ask(cast.hung_yen, "year=2025").expect(200);
    ask(cast.thai_binh, "year=2024").expect(200);
}

/// Kim Sơn's rating in a round, decided with these points but full ones otherwise.
fn decide(cast: &KimSon, round: &Value, centre: Value, others: &[(&str, f64)]) {
    let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");
    let mut walk = Walk::start(&cast.world.client, &cast.commune_officer, round, json!({ "centre_id": centre }));
    walk.step(&cast.commune_officer, "self", json!({ "scores": scores_but(&scheme, others) }));
    walk.step(&cast.commune_officer, "submit", Value::Null);
    walk.step(&cast.verifier, "verify", Value::Null);
    walk.step(&cast.officer, "decide", json!({ "decision": decision("12/QĐ", "2019-02-20") }));
}

#[test]
fn the_base_is_what_existed_on_the_last_day_and_only_what_is_decided_is_rated() {
    // In Kim Sơn: one decided, one only verified, one without a rating, one founded in 2019, one dissolved on 31 December 2018, one only proposed.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let round = cast.round(2018, "TTHTCD-MAU");
    let register = |name: &str| cast.world.db_centre(cast.province, cast.commune, name);
    let (waiting, _) = (register("Chờ quyết định"), register("Không có hồ sơ"));
    cast.world.db_centre_since(cast.province, cast.commune, "Mới", "2019-01-01".parse().unwrap());
    let ended = register("Giải thể");
    let tag = client.get(&format!("/v1/centres/{ended}")).by(&cast.admin.token).send().expect(200).etag();
    let act = json!({ "act": "dissolve", "effective_on": "2018-12-31", "reason": "Không hiệu quả", "decision": { "number": "9/QĐ", "date": "2018-12-01", "issuer": "UBND" } });
    client.post(&format!("/v1/centres/{ended}/acts")).by(&cast.admin.token).if_match(&tag).json(&act).send().expect(201);
    let proposed =
        json!({ "name": "Đề nghị", "commune_id": cast.world.unit("07069", "2025-12-31"), "operating_model": "standalone" });
    client.post("/v1/centres").by(&cast.admin.token).json(&proposed).send().expect(201);
    decide(&cast, &round, json!(cast.centre), &[("B5", 0.0)]);
    let mut walk = Walk::start(client, &cast.commune_officer, &round, json!({ "centre_id": waiting }));
    walk.step(&cast.commune_officer, "self", json!({ "scores": scores_but(&cast.world.scheme(&cast.staff, "TTHTCD-MAU"), &[]) }));
    walk.step(&cast.commune_officer, "submit", Value::Null);
    walk.step(&cast.verifier, "verify", Value::Null);

    let unit = cast.world.unit("205", "2018-12-31");
    for who in [&cast.officer, &cast.verifier] {
        let figure = client.get(&path(unit, "year=2018")).by(&who.token).send().expect(200).json();
        let total = &figure["total"];
        assert_eq!([&total["base"], &total["rated"], &total["not_rated"]], [&json!(3), &json!(1), &json!(2)]);
        assert_eq!(
            (&total["coverage_percent"], counts(total), percents(total)),
            (&json!(33.3), vec![1, 0, 0, 0], vec![100.0, 0.0, 0.0, 0.0])
        );
        adds_up(&figure);
        let empty = row(&figure, Some("07069"));
        assert_eq!(
            (&empty["base"], &empty["coverage_percent"]),
            (&json!(0), &Value::Null),
            "a commune without a centre has a row, and no share"
        );
    }
    let of_2017 = client.get(&path(unit, "year=2017")).by(&cast.officer.token).send().expect(200).json();
    assert_eq!(
        [&of_2017["total"]["base"], &of_2017["total"]["rated"]],
        [&json!(4), &json!(0)],
        "the dissolved one still existed in 2017"
    );
    let commune = client.get(&path(cast.commune, "year=2018")).by(&cast.commune_officer.token).send().expect(200).json();
    assert_eq!((&commune["total"]["base"], commune["rows"].as_array().unwrap().len()), (&json!(3), 1));
    adds_up(&commune);
}

#[test]
fn a_divided_commune_counts_where_it_surely_lies_until_a_person_places_its_centre() {
    // Đồng Lâm went to a ward and a commune, Đức Chính to two wards, Kim Sơn whole to Mạo Khê.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let (dong_lam, duc_chinh) = (cast.world.unit("07042", "2018-12-31"), cast.world.unit("07093", "2018-12-31"));
    let (first, second) =
        (cast.world.db_centre(cast.province, dong_lam, "Đồng Lâm"), cast.world.db_centre(cast.province, duc_chinh, "Đức Chính"));
    let results = json!([{ "centre_id": cast.centre, "rank": "tot" }, { "centre_id": first, "rank": "kha" }, { "centre_id": second, "rank": "yeu" }]);
    let body = json!({ "round_id": cast.round(2018, "TTHTCD-MAU")["id"], "results": results });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    let (then, now) = (cast.world.unit("22", "2018-12-31"), cast.world.unit("22", "2025-12-31"));
    let ask = |unit: UnitId, query: &str| {
        client.get(&path(unit, &format!("year=2018&{query}"))).by(&cast.officer.token).send().expect(200).json()
    };
    let sums_agree = || {
        for (unit, boundaries) in [
            (then, "as_was"),
            (now, "restated"),
            (now, "as_of:2025-07-01"),
            (now, "restated:2025-07-01"),
            (then, "as_of:2025-06-30"),
            (then, "restated:2025-06-30"),
        ] {
            for by in ["unit", "operating_model", "region"] {
                let figure = ask(unit, &format!("by={by}&boundaries={boundaries}"));
                adds_up(&figure);
                assert_eq!(
                    (&figure["total"]["base"], counts(&figure["total"])),
                    (&json!(3), vec![1, 1, 0, 1]),
                    "{by} {boundaries}"
                );
            }
        }
    };

    let restated = ask(now, "boundaries=restated");
    assert_eq!(restated["restated_by"], json!({ "whole": 1, "by_placement": 0, "divided": 2, "unknown": 0 }));
    assert_eq!((counts(row(&restated, None)), &row(&restated, None)["key"]["unit_id"]), (vec![0, 1, 0, 1], &Value::Null));
    assert_eq!(
        restated["rows"].as_array().unwrap().last().unwrap()["key"]["code"],
        Value::Null,
        "what cannot be told stands last"
    );
    assert_eq!(counts(row(&restated, Some("07069"))), [1, 0, 0, 0]);
    sums_agree();
    let regions = ask(now, "by=region&boundaries=restated");
    assert_eq!(counts(row(&regions, Some("urban"))), [1, 0, 0, 1], "whichever of its two wards, Đức Chính is urban");
    assert_eq!(counts(row(&regions, None)), [0, 1, 0, 0], "Đồng Lâm went to a ward and to a commune");

    let ward = cast.world.unit("07060", "2025-12-31");
    let tag = client.get(&format!("/v1/centres/{first}")).by(&cast.admin.token).send().expect(200).etag();
    let place = json!({ "commune_id": ward, "valid_from": "2025-07-01" });
    client.post(&format!("/v1/centres/{first}/placements")).by(&cast.admin.token).if_match(&tag).json(&place).send().expect(201);
    let placed = ask(now, "boundaries=restated");
    assert_eq!(placed["restated_by"], json!({ "whole": 1, "by_placement": 1, "divided": 1, "unknown": 0 }));
    assert_eq!((counts(row(&placed, Some("07060"))), counts(row(&placed, None))), (vec![0, 1, 0, 0], vec![0, 0, 0, 1]));
    assert_eq!(counts(row(&ask(then, ""), Some("193"))), [0, 1, 0, 0], "as it was, it stays where it was");
    sums_agree();
    let own = ask(ward, "boundaries=restated");
    assert_eq!(counts(&own["total"]), [0, 1, 0, 0]);
    assert_eq!(ask(cast.world.unit("07090", "2025-12-31"), "boundaries=restated")["total"]["base"], 0, "in no ward for sure");
}

#[test]
fn a_province_asks_for_its_own_units_and_the_ministry_for_the_nation() {
    // Quảng Ninh decides one rating and leaves one a draft; Hưng Yên enters two; the Ministry pulls.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let round = cast.round(2018, "TTHTCD-MAU");
    decide(&cast, &round, json!(cast.centre), &[]);
    let draft = cast.world.db_centre(cast.province, cast.commune, "Còn lập");
    Walk::start(client, &cast.commune_officer, &round, json!({ "centre_id": draft }));
    let hung_yen_unit = cast.world.unit("33", "2025-12-31");
    let hung_yen = cast.world.db_province(hung_yen_unit);
    let other = cast.world.db_person(hung_yen, Role::ProvinceAdmin, Some(hung_yen_unit), None);
    let thai_binh_ward = cast.world.unit("13225", "2018-12-31");
    let centres: Vec<_> = (0..2).map(|n| cast.world.db_centre(hung_yen, thai_binh_ward, &format!("TB {n}"))).collect();
    let scheme = cast.world.scheme(&other, "TTHTCD-MAU-5");
    let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "2018", "route": KimSon::route() });
    let theirs = client.post("/v1/rounds").by(&other.token).json(&body).send().expect(201).json();
    let results = json!([{ "centre_id": centres[0], "rank": "kem" }, { "centre_id": centres[1], "rank": "tot" }]);
    client
        .post("/v1/ratings/import")
        .by(&other.token)
        .json(&json!({ "round_id": theirs["id"], "results": results }))
        .send()
        .expect(200);

    let ministry = cast.world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    let nation = |who: &Person, query: &str| {
        client.get(&format!("/v1/nation/rating_distribution?year=2018&{query}")).by(&who.token).send()
    };
    let as_was = nation(&ministry, "").expect(200).json();
    assert_eq!((&as_was["unit_id"], as_was["rows"].as_array().unwrap().len()), (&Value::Null, 63));
    assert_eq!(
        (&as_was["total"]["base"], &as_was["total"]["rated"], counts(&as_was["total"])),
        (&json!(4), &json!(3), vec![2, 0, 0, 0, 1])
    );
    assert_eq!((counts(row(&as_was, Some("22"))), counts(row(&as_was, Some("34")))), (vec![1, 0, 0, 0, 0], vec![1, 0, 0, 0, 1]));
    assert_eq!(row(&as_was, Some("22"))["not_rated"], 1, "a draft is not rated");
    adds_up(&as_was);
    let restated = nation(&ministry, "boundaries=restated").expect(200).json();
    assert_eq!((restated["rows"].as_array().unwrap().len(), counts(row(&restated, Some("33")))), (34, vec![1, 0, 0, 0, 1]));
    adds_up(&restated);
    for by in ["operating_model", "region"] {
        adds_up(&nation(&ministry, &format!("by={by}")).expect(200).json());
    }
    for who in [&cast.admin, &cast.officer, &cast.verifier, &cast.commune_officer, &cast.manager, &cast.staff] {
        nation(who, "").refused(403, "right_missing");
    }

    // Another province's unit is as absent as an id that means nothing.
    let ask = |who: &Person, unit: UnitId| client.get(&path(unit, "year=2018")).by(&who.token).send();
    let quang_ninh = cast.world.unit("22", "2018-12-31");
    ask(&cast.officer, quang_ninh).expect(200);
    ask(&ministry, quang_ninh).expect(200);
    let nowhere: UnitId = "0190b2c4-0000-7000-8000-00000000dead".parse().unwrap();
    let absent = without_request_id(ask(&cast.officer, nowhere).refused(404, "not_found"));
    for unit in [cast.world.unit("34", "2018-12-31"), thai_binh_ward, hung_yen_unit, cast.world.unit("79", "2018-12-31")] {
        assert_eq!(without_request_id(ask(&cast.officer, unit).refused(404, "not_found")), absent);
    }
    ask(&cast.verifier, cast.world.unit("205", "2018-12-31")).expect(200);
    for unit in [quang_ninh, cast.world.unit("193", "2018-12-31")] {
        assert_eq!(
            without_request_id(ask(&cast.verifier, unit).refused(404, "not_found")),
            absent,
            "a verifier's own district, no more"
        );
    }
    ask(&cast.staff, cast.commune).refused(403, "right_missing");
}

#[test]
fn a_write_is_seen_by_the_very_next_read_and_nothing_is_sent_while_nothing_changes() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let unit = cast.world.unit("22", "2018-12-31");
    let ask = |etag: &str| -> Response {
        client.get(&path(unit, "year=2018")).by(&cast.officer.token).header("if-none-match", etag).send()
    };
    let round = cast.round(2018, "TTHTCD-MAU");
    let mut seen = ask("\"-\"").expect(200);
    for n in 0..5u64 {
        for _ in 0..2 {
            let unchanged = ask(&seen.etag()).expect(304);
            assert!(unchanged.bytes.is_empty());
        }
        let centre = cast.world.db_centre(cast.province, cast.commune, &format!("Thêm {n}"));
        let founded = ask(&seen.etag()).expect(200);
        assert_eq!(founded.json()["total"]["base"], n + 2, "a centre more");
        let result = json!({ "round_id": round["id"], "results": [{ "centre_id": centre, "rank": "kha" }] });
        client.post("/v1/ratings/import").by(&cast.officer.token).json(&result).send().expect(200);
        seen = ask(&founded.etag()).expect(200);
        assert_eq!(counts(&seen.json()["total"])[1], n + 1, "a rating more");
    }
    // What another province writes moves nothing here.
    let hung_yen = cast.world.db_province(cast.world.unit("33", "2025-12-31"));
    seen = ask(&seen.etag());
    let etag = if seen.status == 304 { seen.etag() } else { panic!("another tenant changes no figure of this one") };
    cast.world.db_centre(hung_yen, cast.world.unit("13225", "2018-12-31"), "Nơi khác");
    ask(&etag).expect(304);
}

#[test]
fn questions_that_make_no_sense_are_refused_by_name() {
    let cast = KimSon::new();
    let unit = cast.world.unit("22", "2018-12-31");
    for (query, pointer) in [
        ("", "year"),
        ("year=1998", "year"),
        ("year=2101", "year"),
        ("year=x", "year"),
        ("year=2018&compare_year=1998", "compare_year"),
        ("year=2018&boundaries=now", "boundaries"),
        ("year=2018&boundaries=as_of:2018-02-30", "boundaries"),
        ("year=2018&by=colour", "by"),
        ("year=2018&subject=hamlet", "subject"),
        ("year=2018&format=pdf", "format"),
    ] {
        let refused = cast.world.client.get(&path(unit, query)).by(&cast.officer.token).send().refused(400, "invalid_parameter");
        assert_eq!(refused["errors"][0]["pointer"], pointer, "{query}");
    }
    let refused = cast
        .world
        .client
        .get(&path(unit, "year=2018&yaer=2017"))
        .by(&cast.officer.token)
        .send()
        .refused(400, "unknown_parameter");
    assert_eq!(refused["errors"][0]["pointer"], "yaer");
}

#[test]
fn the_communes_titles_are_counted_over_all_communes_on_the_map() {
    // Kim Sơn has level 1 for 2023; Quảng Ninh had 171 communes then, of which the others asked for nothing.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let body =
        json!({ "round_id": cast.round(2023, "TTHTCD-MAU")["id"], "results": [{ "centre_id": cast.centre, "rank": "tot" }] });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&body).send().expect(200);
    let scheme = cast.world.scheme(&cast.staff, "CDHT-XA-2023");
    let route = json!([{ "task": "assess", "level": "commune" }, { "task": "decide", "level": "province" }]);
    let round = json!({ "scheme_id": scheme["id"], "year": 2023, "title": "Danh hiệu", "route": route });
    let round = client.post("/v1/rounds").by(&cast.admin.token).json(&round).send().expect(201).json();
    let mut walk = Walk::start(client, &cast.commune_officer, &round, json!({ "commune_id": cast.commune }));
    walk.step(&cast.commune_officer, "self", json!({ "scores": crate::support::walk::levels_but(&scheme, "level_1", &[]) }));
    walk.step(&cast.commune_officer, "submit", Value::Null);
    walk.step(&cast.officer, "decide", json!({}));
    let unit = cast.world.unit("22", "2018-12-31");
    let figure = client.get(&path(unit, "year=2023&subject=commune")).by(&cast.officer.token).send().expect(200).json();
    let communes = client
        .get(&format!("/v1/units?level=commune&within={unit}&as_of=2023-12-31&limit=200"))
        .by(&cast.officer.token)
        .send()
        .expect(200)
        .json();
    assert_eq!(figure["total"]["base"].as_u64().unwrap() as usize, communes["items"].as_array().unwrap().len());
    assert_eq!((&figure["total"]["rated"], counts(&figure["total"])), (&json!(1), vec![0, 1, 0]));
    let ranks: Vec<_> = figure["total"]["ranks"].as_array().unwrap().iter().map(|rank| rank["rank"].as_str().unwrap()).collect();
    assert_eq!(ranks, ["level_2", "level_1", "not_achieved"]);
    adds_up(&figure);
}

#[test]
fn a_centre_that_nobody_has_placed_anew_is_counted_where_its_commune_went() {
    // 2025 is counted on the map of 31 December, on which Kim Sơn is part of Mạo Khê; Đức Chính was divided.
    let cast = KimSon::new();
    let client = &cast.world.client;
    let second = cast.world.db_centre(cast.province, cast.world.unit("07093", "2018-12-31"), "Đức Chính");
    let scheme = cast.world.scheme(&cast.admin, "TTHTCD-MAU");
    let body = json!({ "scheme_id": scheme["id"], "year": 2025, "title": "2025", "route": KimSon::route() });
    let round = client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json();
    let results = json!([{ "centre_id": cast.centre, "rank": "tot" }, { "centre_id": second, "rank": "kha" }]);
    client
        .post("/v1/ratings/import")
        .by(&cast.officer.token)
        .json(&json!({ "round_id": round["id"], "results": results }))
        .send()
        .expect(200);
    let unit = cast.world.unit("22", "2025-12-31");
    for boundaries in ["as_was", "restated"] {
        let figure = client
            .get(&path(unit, &format!("year=2025&boundaries={boundaries}")))
            .by(&cast.officer.token)
            .send()
            .expect(200)
            .json();
        assert_eq!((&figure["total"]["base"], counts(&figure["total"])), (&json!(2), vec![1, 1, 0, 0]), "{boundaries}");
        assert_eq!(
            (counts(row(&figure, Some("07069"))), counts(row(&figure, None))),
            (vec![1, 0, 0, 0], vec![0, 1, 0, 0]),
            "{boundaries}"
        );
        adds_up(&figure);
    }
}

#[test]
fn a_commune_that_is_added_to_the_map_is_in_the_very_next_base() {
    // The operator loads a map with one more commune in Quảng Ninh while the server runs.
    let cast = KimSon::new();
    let unit = cast.world.unit("22", "2025-12-31");
    let base = || {
        let answer = cast.world.client.get(&path(unit, "year=2025&subject=commune")).by(&cast.officer.token).send();
        answer.expect(200).json()["total"]["base"].as_u64().unwrap()
    };
    let before = base();
    let units =
        [htcd_domain::frameworks::UNITS_CSV, "99999,commune,xã,Xã Thử,Thu Commune,22,2025-07-01,,2025,rural\n".as_bytes()]
            .concat();
    let author = htcd_api::demo::author(&cast.world.app, "import_units");
    let loaded = htcd_api::demo::load_units(&cast.world.app, &units, htcd_domain::frameworks::LINEAGE_CSV, &author, |_, _| {})
        .expect("the map loads");
    assert_eq!(loaded.units_added, 1);
    assert_eq!(base(), before + 1);
}
