//! The commune's title “Cộng đồng học tập” by Circular 25/2023: levels, the centres' ratings it waits for, validity, waiting time.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::walk::{Walk, decision, levels_but};

/// Kim Sơn asking for the title of a year.
struct Title {
    cast: KimSon,
    scheme: Value,
}

impl Title {
    fn new() -> Self {
        let cast = KimSon::new();
        let scheme = cast.world.scheme(&cast.staff, "CDHT-XA-2023");
        Self { cast, scheme }
    }

    /// Opens the year's round for communes.
    fn round(&self, year: i32) -> Value {
        let route = json!([
            { "task": "assess", "level": "commune" },
            { "task": "verify", "level": "district" },
            { "task": "decide", "level": "province", "decision_number_required": true },
        ]);
        let body =
            json!({ "scheme_id": self.scheme["id"], "year": year, "title": format!("Cộng đồng học tập {year}"), "route": route });
        self.cast.world.client.post("/v1/rounds").by(&self.cast.admin.token).json(&body).send().expect(201).json()
    }

    /// Enters decided ratings of centres, in the year's round of centres.
    fn rate(&self, round: &Value, results: Value) {
        let body = json!({ "round_id": round["id"], "results": results });
        self.cast.world.client.post("/v1/ratings/import").by(&self.cast.officer.token).json(&body).send().expect(200);
    }

    /// Assessed by the commune with one level throughout, handed in and verified.
    fn verified(&self, round: &Value, level: &str) -> Walk<'_> {
        let cast = &self.cast;
        let mut walk = Walk::start(&cast.world.client, &cast.commune_officer, round, json!({ "commune_id": cast.commune }));
        walk.step(&cast.commune_officer, "self", json!({ "scores": levels_but(&self.scheme, level, &[]) }));
        walk.step(&cast.commune_officer, "submit", Value::Null);
        walk.step(&cast.verifier, "verify", Value::Null);
        walk
    }
}

fn decided_on(day: &str) -> Value {
    json!({ "decision": decision("50/QĐ-UBND", day) })
}

#[test]
fn the_title_waits_for_the_rating_of_each_centre_of_the_commune() {
    // Kim Sơn ward with two centres, one of them founded in 2020; a third came after the year, a fourth had ended before.
    let title = Title::new();
    let (cast, client) = (&title.cast, &title.cast.world.client);
    let second = cast.world.db_centre_since(cast.province, cast.commune, "Trung tâm thứ hai", "2020-01-01".parse().unwrap());
    cast.world.db_centre_since(cast.province, cast.commune, "Trung tâm của năm sau", "2025-01-01".parse().unwrap());
    let ended = cast.world.db_centre(cast.province, cast.commune, "Trung tâm đã giải thể");
    let tag = client.get(&format!("/v1/centres/{ended}")).by(&cast.admin.token).send().expect(200).etag();
    let act = json!({ "act": "dissolve", "effective_on": "2024-12-31", "reason": "Không hiệu quả", "decision": { "number": "9/QĐ", "date": "2024-12-01", "issuer": "UBND phường" } });
    client.post(&format!("/v1/centres/{ended}/acts")).by(&cast.admin.token).if_match(&tag).json(&act).send().expect(201);
    let centres = cast.round(2024, "TTHTCD-MAU");
    let round = title.round(2024);

    let mut walk = Walk::start(client, &cast.commune_officer, &round, json!({ "commune_id": cast.commune }));
    let scores = levels_but(&title.scheme, "level_2", &[("T4", "level_1")]);
    let saved = walk.step(&cast.commune_officer, "self", json!({ "scores": scores }));
    assert_eq!(saved["self"]["outcome"], json!({ "rank": "level_1", "points": null }), "the weakest indicator decides");

    let sorted = |body: &Value| {
        let mut ids: Vec<_> =
            body["undecided_centres"].as_array().unwrap().iter().map(|id| id.as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    };
    let mut both = [cast.centre.to_string(), second.to_string()];
    both.sort();
    let blocked = walk.attempt(&cast.commune_officer, "submit", &Value::Null).refused(409, "blocked");
    assert_eq!((sorted(&blocked), &blocked["reasons"][0]["code"]), (both.to_vec(), &json!("centre_rating_open")));
    title.rate(&centres, json!([{ "centre_id": cast.centre, "rank": "tot" }]));
    let blocked = walk.attempt(&cast.commune_officer, "submit", &Value::Null).refused(409, "blocked");
    assert_eq!(sorted(&blocked), [second.to_string()]);

    // A rating that is only handed in is not decided yet.
    let mut second_rating = Walk::start(client, &cast.commune_officer, &centres, json!({ "centre_id": second }));
    let full = crate::support::walk::scores_but(&cast.world.scheme(&cast.staff, "TTHTCD-MAU"), &[]);
    second_rating.step(&cast.commune_officer, "self", json!({ "scores": full }));
    second_rating.step(&cast.commune_officer, "submit", Value::Null);
    walk.attempt(&cast.commune_officer, "submit", &Value::Null).refused(409, "blocked");
    second_rating.step(&cast.verifier, "verify", Value::Null);
    second_rating.step(&cast.officer, "decide", decided_on("2025-01-20"));
    walk.step(&cast.commune_officer, "submit", Value::Null);
    walk.step(&cast.verifier, "verify", Value::Null);

    // Meanwhile it comes out that the ward had one more centre: the decision waits for it.
    let forgotten = cast.world.db_centre(cast.province, cast.commune, "Trung tâm bị quên");
    let blocked = walk.attempt(&cast.officer, "decide", &decided_on("2025-03-20")).refused(409, "blocked");
    assert_eq!(sorted(&blocked), [forgotten.to_string()]);
    title.rate(&centres, json!([{ "centre_id": forgotten, "rank": "kha" }]));
    let decided = walk.step(&cast.officer, "decide", decided_on("2025-03-20"));
    assert_eq!(
        (&decided["decided"]["outcome"]["rank"], &decided["valid_until"]),
        (&json!("level_1"), &json!("2027-12-31")),
        "36 months after the year"
    );
}

#[test]
fn a_title_that_is_not_reached_holds_for_no_time() {
    let title = Title::new();
    let cast = &title.cast;
    title.rate(&cast.round(2024, "TTHTCD-MAU"), json!([{ "centre_id": cast.centre, "rank": "yeu" }]));
    let mut walk = title.verified(&title.round(2024), "level_2");
    let lower = json!([{ "criterion": "T3", "level": "not_achieved", "reason": "Trung tâm xếp loại yếu." }]);
    let body = json!({ "decision": decision("50/QĐ-UBND", "2025-03-20"), "scores": lower });
    let decided = walk.step(&cast.officer, "decide", body);
    assert_eq!((&decided["decided"]["outcome"]["rank"], &decided["valid_until"]), (&json!("not_achieved"), &Value::Null));
    // The amendment that lifts it gives it its time as well.
    let lift = json!({ "reason": "Trung tâm được xếp loại lại.", "decision": decision("51/QĐ-UBND", "2025-05-20"), "scores": [{ "criterion": "T3", "level": "level_1", "reason": "Trung tâm đạt." }] });
    let amended = walk.step(&cast.officer, "amend", lift);
    assert_eq!((&amended["decided"]["outcome"]["rank"], &amended["valid_until"]), (&json!("level_1"), &json!("2027-12-31")));
}

#[test]
fn the_higher_level_comes_no_earlier_than_twelve_months_after_the_lower() {
    // Level 1 for 2023, decided on 20 March 2024; level 2 for 2024.
    let title = Title::new();
    let cast = &title.cast;
    for year in [2023, 2024] {
        title.rate(&cast.round(year, "TTHTCD-MAU"), json!([{ "centre_id": cast.centre, "rank": "tot" }]));
    }
    title.verified(&title.round(2023), "level_1").step(&cast.officer, "decide", decided_on("2024-03-20"));
    let mut walk = title.verified(&title.round(2024), "level_2");
    let refused = walk.attempt(&cast.officer, "decide", &decided_on("2025-03-19")).refused(422, "rule_broken");
    assert_eq!(
        (&refused["errors"][0]["rule"], &refused["errors"][0]["pointer"]),
        (&json!("waiting_time"), &json!("/decision/date"))
    );
    assert_eq!(refused["legal_basis"], "Thông tư 25/2023/TT-BGDĐT");
    assert_eq!(walk.read(&cast.officer)["state"], "verified");
    let decided = walk.step(&cast.officer, "decide", decided_on("2025-03-20"));
    assert_eq!((&decided["decided"]["outcome"]["rank"], &decided["valid_until"]), (&json!("level_2"), &json!("2027-12-31")));
}

#[test]
fn the_same_level_again_or_one_after_a_failure_does_not_wait() {
    let title = Title::new();
    let cast = &title.cast;
    for year in [2022, 2023, 2024] {
        title.rate(&cast.round(year, "TTHTCD-MAU"), json!([{ "centre_id": cast.centre, "rank": "tot" }]));
    }
    title.verified(&title.round(2022), "not_achieved").step(&cast.officer, "decide", decided_on("2023-12-20"));
    let of_2023 = title.verified(&title.round(2023), "level_2").step(&cast.officer, "decide", decided_on("2024-01-20"));
    assert_eq!(of_2023["decided"]["outcome"]["rank"], "level_2");
    let of_2024 = title.verified(&title.round(2024), "level_2").step(&cast.officer, "decide", decided_on("2025-01-10"));
    assert_eq!(of_2024["decided"]["outcome"]["rank"], "level_2");
}

#[test]
fn a_title_is_asked_for_by_a_commune_that_is_on_the_map_and_by_levels() {
    let title = Title::new();
    let cast = &title.cast;
    let world = &cast.world;
    let round = title.round(2024);
    let start = |who: &Person, of: Value| {
        let mut body = of;
        body["round_id"] = round["id"].clone();
        world.client.post("/v1/ratings").by(&who.token).json(&body).send()
    };
    let (neighbour, ward_of_today, district) =
        (world.unit("07069", "2018-12-31"), world.unit("07069", "2025-12-31"), world.unit("205", "2018-12-31"));
    for of in [
        json!({ "centre_id": cast.centre }),
        json!({ "commune_id": cast.commune, "centre_id": cast.centre }),
        json!({ "commune_id": neighbour }),
        json!({ "commune_id": ward_of_today }),
        json!({ "commune_id": district }),
        json!({}),
    ] {
        assert_eq!(start(&cast.commune_officer, of.clone()).rules(422), ["commune_in_scope"], "{of}");
    }
    assert_eq!(
        start(&cast.staff, json!({ "commune_id": cast.commune })).rules(422),
        ["commune_in_scope"],
        "a centre's staff does not speak for the commune"
    );
    let made = start(&cast.commune_officer, json!({ "commune_id": cast.commune })).expect(201);
    assert_eq!((&made.json()["centre_id"], &made.json()["subject"]), (&Value::Null, &json!("commune")));
    start(&cast.commune_officer, json!({ "commune_id": cast.commune })).refused(409, "already_exists");

    let path = format!("{}/assessments/self", made.header("location").unwrap());
    let save = |score: Value| {
        world.client.put(&path).by(&cast.commune_officer.token).if_match(&made.etag()).json(&json!({ "scores": [score] })).send()
    };
    assert_eq!(save(json!({ "criterion": "T4", "points": 5 })).rules(422), ["levels_only"]);
    assert_eq!(save(json!({ "criterion": "T4", "level": "tot" })).rules(422), ["level_of_scheme"]);
    assert_eq!(
        save(json!({ "criterion": "T1", "level": "level_1" })).rules(422),
        ["criterion_exists"],
        "a group has no level of its own"
    );
    save(json!({ "criterion": "T4", "level": "level_1" })).expect(200);

    let past = json!({ "round_id": round["id"], "results": [{ "centre_id": cast.centre, "rank": "level_1" }] });
    assert_eq!(
        world.client.post("/v1/ratings/import").by(&cast.officer.token).json(&past).send().rules(422),
        ["round_of_centres"]
    );
}

#[test]
fn the_title_of_a_ward_of_today_waits_for_the_centres_of_the_communes_that_went_into_it() {
    // Mạo Khê ward since July 2025; Kim Sơn's centre lies in it, and nobody has recorded a new placement yet.
    let title = Title::new();
    let cast = &title.cast;
    let ward = cast.world.unit("07069", "2025-12-31");
    let officer = cast.world.db_person(cast.province, htcd_domain::access::Role::CommuneOfficer, Some(ward), None);
    let open = |scheme: &str, first: &str| {
        let scheme = cast.world.scheme(&cast.admin, scheme);
        let route = json!([{ "task": "assess", "level": first }, { "task": "decide", "level": "province" }]);
        let body = json!({ "scheme_id": scheme["id"], "year": 2025, "title": "2025", "route": route });
        cast.world.client.post("/v1/rounds").by(&cast.admin.token).json(&body).send().expect(201).json()
    };
    let (centres, round) = (open("TTHTCD-MAU", "centre"), open("CDHT-XA-2023", "commune"));
    let mut walk = Walk::start(&cast.world.client, &officer, &round, json!({ "commune_id": ward }));
    walk.step(&officer, "self", json!({ "scores": levels_but(&title.scheme, "level_1", &[]) }));
    let blocked = walk.attempt(&officer, "submit", &Value::Null).refused(409, "blocked");
    assert_eq!(blocked["undecided_centres"], json!([cast.centre]));
    title.rate(&centres, json!([{ "centre_id": cast.centre, "rank": "tot" }]));
    walk.step(&officer, "submit", Value::Null);
}
