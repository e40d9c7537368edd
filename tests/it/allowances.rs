//! Allowances against dated norms: Đà Lạt's of 2018 and Nghệ An's of 2013, to the đồng.

use htcd_domain::access::Role;
use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::money::{chi, with};

fn norm(cast: &KimSon, body: Value) -> crate::support::http::Response {
    let body = with(json!({ "valid_from": "2013-01-01", "legal_basis": "Quyết định của UBND tỉnh" }), body);
    cast.world.make(&cast.admin, "/v1/allowance_norms", &body)
}

fn salary(cast: &KimSon, from: &str, to: Option<&str>, amount: i64) -> crate::support::http::Response {
    let body = json!({ "valid_from": from, "valid_to": to, "amount_vnd": amount, "legal_basis": "Nghị định của Chính phủ" });
    cast.world.make(&cast.admin, "/v1/base_salaries", &body)
}

fn allowances(cast: &KimSon, by: &Person, centre: CentreId, year: i32) -> Value {
    cast.world.read(by, &format!("/v1/centres/{centre}/allowances?year={year}"))
}

/// Post, person-months, due, paid, verdict.
fn posts(allowances: &Value) -> Vec<(String, i64, Option<i64>, i64, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let posts = allowances["posts"].as_array().unwrap().iter();
    posts
        .map(|post| {
            let number = |name: &str| post[name].as_i64().unwrap();
            (text(&post["post"]), number("person_months"), post["due_vnd"].as_i64(), number("paid_vnd"), text(&post["verdict"]))
        })
        .collect()
}

#[test]
fn da_lat_2018_sixteen_centres_with_33_625_million_each_and_538_million_together() {
    let cast = KimSon::new();
    let (world, officer) = (&cast.world, &cast.commune_officer);
    let chairman = world.db_person(cast.province, Role::CommuneOfficer, Some(cast.commune), None);
    norm(&cast, json!({ "post": "director", "method": "coefficient", "coefficient_hundredths": 40 })).expect(201);
    norm(&cast, json!({ "post": "deputy_director", "method": "coefficient", "coefficient_hundredths": 30 })).expect(201);
    salary(&cast, "2017-07-01", None, 1_300_000).expect(201);

    let centres: Vec<CentreId> =
        (1..=16).map(|n| world.db_centre(cast.province, cast.commune, &format!("TTHTCĐ phường {n}"))).collect();
    for centre in &centres {
        let lines = json!([
            { "direction": "income", "source": "state_budget", "state_level": "district", "amount_vnd": 33_625_000 },
            { "direction": "expenditure", "category": "allowances", "post": "director", "amount_vnd": 6_240_000 },
            { "direction": "expenditure", "category": "allowances", "post": "deputy_director", "amount_vnd": 9_360_000 },
            { "direction": "expenditure", "category": "equipment", "amount_vnd": 18_025_000 },
        ]);
        let posts = json!([{ "post": "director", "people": 1 }, { "post": "deputy_director", "people": 2 }]);
        let body = json!({ "centre_id": centre, "year": 2018, "lines": lines, "posts": posts });
        world.approved_budget((officer, &chairman), &body);
    }
    let budgets = world.client.walk(&officer.token, "/v1/budgets?year=2018&state=approved&limit=7");
    assert_eq!(budgets.len(), 16);
    assert!(budgets.iter().all(|budget| budget["expenditure_vnd"] == 33_625_000 && budget["difference_vnd"] == 0));
    let together: i64 = budgets.iter().map(|budget| budget["expenditure_vnd"].as_i64().unwrap()).sum();
    assert_eq!(together, 538_000_000);
    let mut due = 0;
    for centre in &centres {
        let found = allowances(&cast, officer, *centre, 2018);
        let expected = [
            ("director".to_owned(), 12, Some(6_240_000), 0, "underpaid".to_owned()),
            ("deputy_director".to_owned(), 24, Some(9_360_000), 0, "underpaid".to_owned()),
        ];
        assert_eq!(posts(&found), expected);
        due += found["due_vnd"].as_i64().unwrap();
    }
    assert_eq!(due + 16 * 18_025_000, 538_000_000);
    // The commune's and the province's estimates are those of all of them, and Kim Sơn itself has none.
    for unit in [cast.commune, world.unit("22", "2018-12-31")] {
        let path = format!("/v1/units/{unit}/summaries/estimates?period=2018");
        let summary = world.client.get(&path).by(&cast.admin.token).send().expect(200).json();
        let (total, of) = (&summary["total"], |code: &str| summary["total"]["figures"][code].clone());
        assert_eq!((&total["holders"], &total["holders_reporting"]), (&json!(17), &json!(16)));
        for (code, sum, reported) in [
            ("approved_estimates", json!(16), 16),
            ("estimated_income", json!(538_000_000), 16),
            ("estimated_expenditure", json!(538_000_000), 16),
            ("allowances_due", json!(249_600_000), 16),
            ("allowances_due_director", json!(99_840_000), 16),
            ("allowances_due_deputy_director", json!(149_760_000), 16),
            ("allowances_paid", json!(null), 0),
        ] {
            assert_eq!((&of(code)["sum"], &of(code)["reported"]), (&sum, &json!(reported)), "{code}");
        }
        assert_eq!(of("allowances_due_director")["share"]["percent"], 40.0);
        let csv = world.client.get(&format!("{path}&format=csv")).by(&cast.admin.token).send().expect(200).text();
        assert!(csv.contains("538000000"), "{csv}");
        world.client.get(&format!("{path}&format=svg")).by(&cast.admin.token).send().expect(200);
    }

    // One centre pays: the director in full, one deputy for half a year, and something that names no post.
    let pay = |post: Option<&str>, amount: i64, months: Option<(&str, &str)>| {
        let months = months.map_or(json!({}), |(from, to)| json!({ "from_month": from, "to_month": to }));
        let body = with(chi(centres[0], "2018-12-20", "allowances", amount), with(json!({ "post": post }), months));
        world.make(officer, "/v1/money_entries", &body).expect(201);
    };
    pay(Some("director"), 6_240_000, Some(("2018-01-01", "2018-12-01")));
    pay(Some("deputy_director"), 2_340_000, Some(("2018-01-01", "2018-06-01")));
    pay(None, 100_000, None);
    // Paid in 2018 for 2017: not this year's.
    pay(Some("director"), 520_000, Some(("2017-12-01", "2017-12-01")));
    let found = allowances(&cast, officer, centres[0], 2018);
    let expected = [
        ("director".to_owned(), 12, Some(6_240_000), 6_240_000, "as_due".to_owned()),
        ("deputy_director".to_owned(), 24, Some(9_360_000), 2_340_000, "underpaid".to_owned()),
    ];
    assert_eq!(posts(&found), expected);
    assert_eq!((&found["posts"][0]["months_paid"], &found["posts"][1]["months_paid"]), (&json!(12), &json!(6)));
    assert_eq!((&found["paid_vnd"], &found["paid_without_post_vnd"]), (&json!(8_680_000), &json!(100_000)));
    assert_eq!((&found["posts"][1]["difference_vnd"], &found["budget_state"]), (&json!(-7_020_000), &json!("approved")));
    let before = allowances(&cast, officer, centres[0], 2017);
    assert_eq!(
        posts(&before),
        [("director".to_owned(), 0, None, 520_000, "unknown".to_owned())],
        "nobody says who held it in 2017"
    );
}

#[test]
fn nghe_an_2013_pays_flat_amounts_by_region() {
    let cast = KimSon::new();
    let (world, officer) = (&cast.world, &cast.commune_officer);
    for (post, in_regions, elsewhere) in
        [("director", 320_000, 260_000), ("standing_deputy", 320_000, 260_000), ("deputy_director", 260_000, 210_000)]
    {
        norm(&cast, json!({ "post": post, "amount_vnd": elsewhere })).expect(201);
        for region in ["region_1", "region_2", "region_3"] {
            norm(&cast, json!({ "post": post, "amount_vnd": in_regions, "development_region": region })).expect(201);
        }
    }
    for (region, director, deputy) in
        [(Some("region_1"), 320_000, 260_000), (Some("region_3"), 320_000, 260_000), (None, 260_000, 210_000)]
    {
        let centre = world.db_centre(cast.province, cast.commune, &format!("TTHTCĐ {region:?}"));
        let posts_of = json!([
            { "post": "director", "people": 1, "first_month": 9 },
            { "post": "standing_deputy", "people": 1 },
            { "post": "deputy_director", "people": 1, "last_month": 3 },
        ]);
        let body = json!({ "centre_id": centre, "year": 2014, "posts": posts_of, "development_region": region });
        world.make(officer, "/v1/budgets", &body).expect(201);
        let found = allowances(&cast, officer, centre, 2014);
        let due: Vec<_> = posts(&found).into_iter().map(|(post, months, due, ..)| (post, months, due)).collect();
        let expected = [("director", 4, director), ("standing_deputy", 12, director), ("deputy_director", 3, deputy)];
        assert_eq!(due, expected.map(|(post, months, rate)| (post.to_owned(), months, Some(months * rate))), "{region:?}");
        assert_eq!((&found["budget_state"], &found["region_class"]), (&json!("draft"), &json!("urban")));
    }
}

#[test]
fn norms_are_dated_and_one_at_a_time_and_a_month_without_one_is_unknown() {
    let cast = KimSon::new();
    let world = &cast.world;
    let flat = |more: Value| norm(&cast, with(json!({ "post": "director", "amount_vnd": 100 }), more));
    let first = flat(json!({ "valid_from": "2014-01-01" })).expect(201).header("location").unwrap().to_owned();
    flat(json!({ "valid_from": "2015-07-01" })).fault(422, "rule_broken", "/valid_from", "norms_one_at_a_time");
    flat(json!({ "valid_from": "2015-07-01", "region_class": "rural" })).expect(201); // For other communes.
    world.change(&cast.admin, &first, &json!({ "valid_to": "2015-06-30" })).expect(200);
    flat(json!({ "valid_from": "2015-07-01", "amount_vnd": 200 })).expect(201);
    world.change(&cast.admin, &first, &json!({ "valid_to": null })).fault(
        422,
        "rule_broken",
        "/valid_from",
        "norms_one_at_a_time",
    );
    world.change(&cast.admin, &first, &json!({ "post": "treasurer" })).fault(422, "rule_broken", "/post", "fixed_member");
    flat(json!({ "valid_from": "2020-01-01", "amount_vnd": null })).fault(422, "rule_broken", "/amount_vnd", "amount_of_flat");
    let both = json!({ "post": "accountant", "amount_vnd": 1, "coefficient_hundredths": 10 });
    norm(&cast, both).fault(422, "rule_broken", "/coefficient_hundredths", "coefficient_of_base");
    norm(&cast, json!({ "post": "accountant", "amount_vnd": 1, "legal_basis": " " })).fault(
        422,
        "invalid_body",
        "/legal_basis",
        "blank",
    );
    let body = json!({ "post": "accountant", "amount_vnd": 1, "valid_from": "2013-01-01", "legal_basis": "x" });
    world.make(&cast.manager, "/v1/allowance_norms", &body).refused(403, "right_missing");
    salary(&cast, "2017-07-01", Some("2018-06-30"), 1_300_000).expect(201);
    salary(&cast, "2018-06-30", None, 1_390_000).fault(422, "rule_broken", "/valid_from", "salaries_one_at_a_time");
    salary(&cast, "2018-07-01", None, 1_390_000).expect(201);

    let due = |year: i32| {
        let posts_of = json!([{ "post": "director", "people": 1 }]);
        world
            .make(&cast.manager, "/v1/budgets", &json!({ "centre_id": cast.centre, "year": year, "posts": posts_of }))
            .expect(201);
        allowances(&cast, &cast.manager, cast.centre, year)["posts"][0].clone()
    };
    assert_eq!(due(2015)["due_vnd"], 6 * 100 + 6 * 200, "each month by the norm of its first day");
    let unknown = due(2013);
    assert_eq!((&unknown["due_vnd"], &unknown["verdict"]), (&Value::Null, &json!("unknown")));
    assert_eq!(unknown["months_without_norm"].as_array().unwrap().len(), 12);
    let none = allowances(&cast, &cast.manager, cast.centre, 2016);
    assert_eq!((&none["due_vnd"], &none["paid_vnd"], &none["budget_id"]), (&Value::Null, &json!(0), &Value::Null));
}
