//! From a rating distribution to its records: what was counted, under which row, what was left out and why.

use std::collections::BTreeMap;

use htcd_domain::access::Role;
use htcd_domain::id::ProvinceId;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person, day};
use crate::support::thai_binh::ThaiBinh;

/// Counts a distribution again from the list that it leads to, and holds it against every number of it.
#[track_caller]
fn recount(world: &World, by: &Person, path: &str) -> Vec<Value> {
    let figures = world.client.get(path).by(&by.token).send().expect(200).json();
    let link = format!("{}&limit=200", figures["provenance"].as_str().unwrap());
    let items = world.client.walk(&by.token, &link);
    let mut rows: BTreeMap<String, (u64, BTreeMap<String, u64>)> = BTreeMap::new();
    for item in &items {
        assert_eq!(item["counted"] == true, item["left_out"].is_null(), "{item:#}");
        if item["counted"] == true {
            for name in ["total".to_owned(), item["row"]["code"].to_string()] {
                let (base, ranks) = rows.entry(name).or_default();
                *base += 1;
                if let Some(rank) = item["rank"].as_str() {
                    *ranks.entry(rank.to_owned()).or_default() += 1;
                }
            }
        }
    }
    let named = figures["rows"].as_array().unwrap().iter().map(|row| (row["key"]["code"].to_string(), row));
    for (name, row) in named.chain([("total".to_owned(), &figures["total"])]) {
        let (base, ranks) = rows.remove(&name).unwrap_or_default();
        let counted = |rank: &Value| ranks.get(rank["rank"].as_str().unwrap()).copied().unwrap_or(0);
        assert_eq!(row["base"], base, "{path} {name}");
        for rank in row["ranks"].as_array().unwrap() {
            assert_eq!(rank["count"], counted(rank), "{path} {name} {rank}");
        }
    }
    assert!(rows.is_empty(), "{path}: rows that the figures do not have: {:?}", rows.keys());
    items
}

#[test]
fn following_the_link_of_a_distribution_gives_the_records_whose_recount_is_the_number() {
    // Twelve of Thái Bình's centres, two of them in one commune; one without a result.
    let cast = ThaiBinh::new();
    for number in 0..12 {
        let model = ["standalone", "combined_culture", "with_library"][number % 3];
        cast.register(&format!("TB-{:03}", number + 1), cast.communes[number % 11 * 20], "2005-01-01", model);
    }
    let round = cast.round(2011);
    cast.import(&round, [5, 4, 2, 0, 0]);
    for by in ["unit", "operating_model", "region"] {
        for (unit, boundaries) in [(cast.thai_binh, "as_was"), (cast.hung_yen, "restated"), (cast.hung_yen, "as_of:2025-07-01")] {
            let path = format!("/v1/units/{unit}/rating_distribution?year=2011&by={by}&boundaries={boundaries}");
            let items = recount(&cast.world, &cast.officer, &path);
            assert_eq!(items.len(), 12);
        }
    }
    let ministry = cast.world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    let items = recount(&cast.world, &ministry, "/v1/nation/rating_distribution?year=2011&boundaries=restated");
    assert_eq!(items.iter().filter(|item| item["not_rated"] == "no_rating").count(), 1);

    let list = format!("/v1/units/{}/rating_distribution/records?year=2011", cast.thai_binh);
    let page = cast.world.client.get(&format!("{list}&limit=5")).by(&cast.officer.token).send().expect(200).json();
    assert_eq!((page["items"].as_array().unwrap().len(), page["next"].is_string()), (5, true));
    let basis = &page["bases"][0];
    assert_eq!(
        (&basis["round_id"], &basis["scheme_code"], &basis["scheme_version"]),
        (&json!(round), &json!("TTHTCD-MAU-5"), &json!(1))
    );
    assert_eq!(
        (&page["boundaries"], &page["map_date"], &basis["cut_off"]),
        (&json!("as_was"), &json!("2011-12-31"), &json!("2011-12-31"))
    );
    assert_eq!(cast.world.client.walk(&cast.officer.token, &format!("{list}&limit=5")).len(), 12);
    cast.world.client.get(&format!("{list}&cursor=00")).by(&cast.officer.token).send().fault(
        400,
        "invalid_parameter",
        "cursor",
        "cursor",
    );
    let nowhere = format!("/v1/units/{}/rating_distribution/records?year=2011", cast.hung_yen);
    cast.world.client.get(&nowhere).by(&cast.officer.token).send().refused(422, "not_on_map");
}

#[test]
fn what_is_left_out_says_why_and_nobody_sees_beyond_their_units() {
    // In Kim Sơn: one with a draft, one founded in 2019, one dissolved on the last day of 2018.
    let cast = KimSon::new();
    let (world, client) = (&cast.world, &cast.world.client);
    let round = cast.round(2018, "TTHTCD-MAU");
    let draft = json!({ "round_id": round["id"], "centre_id": cast.centre });
    let draft = client.post("/v1/ratings").by(&cast.manager.token).json(&draft).send().expect(201).json();
    let later = world.db_centre_since(cast.province, cast.commune, "Mới", day("2019-01-01"));
    let ended = world.db_centre(cast.province, cast.commune, "Giải thể");
    let path = format!("/v1/centres/{ended}");
    let etag = client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    let act = json!({ "act": "dissolve", "effective_on": "2018-12-31", "reason": "không hoạt động",
        "decision": { "number": "1/QĐ", "date": "2018-12-01", "issuer": "UBND" } });
    client.post(&format!("{path}/acts")).by(&cast.admin.token).if_match(&etag).json(&act).send().expect(201);
    let elsewhere = world.db_centre(cast.province, world.unit("06673", "2018-12-31"), "Nơi khác");

    let figures = format!("/v1/units/{}/rating_distribution?year=2018", cast.commune);
    let items = recount(world, &cast.commune_officer, &figures);
    let why: BTreeMap<_, _> = items
        .iter()
        .map(|item| {
            (item["centre_id"].as_str().unwrap().to_owned(), item["left_out"].as_str().or(item["not_rated"].as_str()).unwrap())
        })
        .collect();
    let expected =
        [(cast.centre, "not_submitted"), (later, "not_operating_yet"), (ended, "ended")].map(|(id, why)| (id.to_string(), why));
    assert_eq!(why, expected.into_iter().collect(), "and nothing of {elsewhere}");
    assert!(!json!(items).to_string().contains(draft["id"].as_str().unwrap()), "a draft is not named");
    let list = format!("/v1/units/{}/rating_distribution/records?year=2018", cast.commune);
    let count = |query: &str| client.walk(&cast.commune_officer.token, &format!("{list}{query}")).len();
    assert_eq!((count("&counted=true"), count("&counted=false")), (1, 2));

    let other = format!("/v1/units/{}/rating_distribution/records?year=2018", world.unit("06673", "2018-12-31"));
    client.get(&other).by(&cast.admin.token).send().expect(200);
    client.get(&other).by(&cast.commune_officer.token).send().refused(404, "not_found");
    client.get("/v1/nation/rating_distribution/records?year=2018").by(&cast.admin.token).send().refused(403, "right_missing");
}
