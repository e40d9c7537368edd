//! Restructurings: drafted, previewed, applied, undone; and everything that they are refused for.

use htcd_api::clock::{Clock, SystemClock};
use htcd_domain::access::Role;
use htcd_domain::id::UnitId;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::process::Process;

const DAY: &str = "2026-10-01";

/// A new identity that is the same in every run.
fn new_unit(n: u128) -> String {
    uuid::Uuid::from_u128(0x0190_a6b4_7c1e_7d33_9f00_0000_0000_0000 + n).to_string()
}

fn decision() -> Value {
    json!({ "number": "1700/NQ-UBTVQH15", "date": "2026-09-10", "issuer": "Ủy ban Thường vụ Quốc hội" })
}

fn ward(n: u128, code: &str, name: &str, province: UnitId) -> Value {
    json!({ "unit_id": new_unit(n), "code": code, "kind": "ward", "name_vi": name, "parent_id": province })
}

fn passing(old: UnitId, new: &str, extent: &str) -> Value {
    json!({ "predecessor_id": old, "successor_id": new, "extent": extent })
}

fn draft(units: Value, successions: Value) -> Value {
    json!({
        "title": "Sắp xếp phường của tỉnh Quảng Ninh", "effective_on": DAY, "decision": decision(),
        "units": units, "successions": successions,
    })
}

/// Quảng Ninh with Kim Sơn's centre, one in Hà Tu and one in Cao Xanh, all as on the map of 1 July 2025.
struct Here {
    cast: KimSon,
    quang_ninh: UnitId,
    mao_khe: UnitId,
    ha_tu: UnitId,
    cao_xanh: UnitId,
}

impl Here {
    fn new() -> Self {
        Self::with(KimSon::new())
    }

    fn with(cast: KimSon) -> Self {
        let unit = |code: &str| cast.world.unit(code, "2026-01-01");
        let (quang_ninh, mao_khe, ha_tu, cao_xanh) = (unit("22"), unit("07069"), unit("06652"), unit("06658"));
        cast.world.db_centre(cast.province, ha_tu, "TTHTCĐ phường Hà Tu");
        cast.world.db_centre(cast.province, cao_xanh, "TTHTCĐ phường Cao Xanh");
        Self { cast, quang_ninh, mao_khe, ha_tu, cao_xanh }
    }

    /// Hà Tu and Cao Xanh become one ward.
    fn merger(&self) -> Value {
        let new = new_unit(1);
        draft(
            json!([ward(1, "06652", "Phường Hà Tu Cao Xanh", self.quang_ninh)]),
            json!([passing(self.ha_tu, &new, "whole"), passing(self.cao_xanh, &new, "whole")]),
        )
    }

    /// Mạo Khê is divided.
    fn division(&self) -> Value {
        let (one, two) = (new_unit(2), new_unit(3));
        draft(
            json!([
                ward(2, "07069", "Phường Mạo Khê Đông", self.quang_ninh),
                ward(3, "07070", "Phường Mạo Khê Tây", self.quang_ninh)
            ]),
            json!([passing(self.mao_khe, &one, "part"), passing(self.mao_khe, &two, "part")]),
        )
    }

    fn make(&self, body: &Value) -> Drafted<'_> {
        let made = self.cast.world.client.post("/v1/restructurings").by(&self.cast.admin.token).json(body).send().expect(201);
        Drafted { world: &self.cast.world, by: &self.cast.admin, path: made.header("location").unwrap().to_owned() }
    }

    fn centre_count(&self, unit: UnitId, boundaries: &str) -> Value {
        let path = format!("/v1/units/{unit}/rating_distribution?year=2026&boundaries={boundaries}");
        let answer = self.cast.world.client.get(&path).by(&self.cast.admin.token).send().expect(200).json();
        answer["total"]["base"].clone()
    }

    /// The province's year as everybody sees it: by commune, as it was and restated.
    fn figures(&self) -> [Value; 2] {
        ["as_was", "restated"].map(|boundaries| {
            let path = format!("/v1/units/{}/rating_distribution?year=2026&boundaries={boundaries}", self.quang_ninh);
            self.cast.world.client.get(&path).by(&self.cast.admin.token).send().expect(200).json()
        })
    }
}

struct Drafted<'w> {
    world: &'w World,
    by: &'w Person,
    path: String,
}

impl Drafted<'_> {
    fn get(&self) -> Response {
        self.world.client.get(&self.path).by(&self.by.token).send().expect(200)
    }

    fn act(&self, act: &str, body: Value) -> Response {
        let etag = self.get().etag();
        let request = self.world.client.post(&format!("{}/{act}", self.path)).by(&self.by.token).if_match(&etag);
        if body.is_null() { request.send() } else { request.json(&body).send() }
    }

    fn preview(&self) -> Value {
        self.act("preview", Value::Null).expect(200).json()
    }

    fn apply(&self) -> Response {
        self.act("apply", json!({}))
    }

    fn undo(&self) -> Response {
        self.act("undo", json!({ "reason": "Nghị quyết bị hủy" }))
    }

    fn effects(&self, query: &str) -> Vec<Value> {
        self.world.client.walk(&self.by.token, &format!("{}/effects?limit=200{query}", self.path))
    }

    fn place(&self, by: &Person, centre: impl std::fmt::Display, commune: &str) -> Value {
        let body = json!({ "items": [{ "centre_id": centre.to_string(), "commune_id": commune }] });
        self.world.client.post(&format!("{}/placements", self.path)).by(&by.token).json(&body).send().expect(200).json()
    }
}

/// Rules with where they are broken.
fn faults(answer: Response) -> Vec<(String, String)> {
    let body = answer.refused(422, "rule_broken");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    body["errors"].as_array().unwrap().iter().map(|e| (text(&e["rule"]), text(&e["pointer"]))).collect()
}

fn without_time(mut figures: [Value; 2]) -> [Value; 2] {
    for one in &mut figures {
        if let Some(members) = one.as_object_mut() {
            members.remove("computed_at");
        }
    }
    figures
}

#[test]
fn communes_merge_centres_follow_history_stays_and_undoing_gives_back_every_number() {
    let here = Here::new();
    let client = &here.cast.world.client;
    let before = without_time(here.figures());
    let drafted = here.make(&here.merger());
    assert_eq!(drafted.get().json()["state"], "draft");
    drafted.apply().refused(409, "state_conflict");

    let previewed = drafted.preview();
    assert_eq!(previewed["state"], "previewed");
    let moved = drafted.effects("&kind=centre");
    let names: Vec<_> = moved
        .iter()
        .map(|effect| (effect["before"]["name"].as_str().unwrap(), effect["after"]["name"].as_str().unwrap()))
        .collect();
    assert_eq!(names, [("Phường Cao Xanh", "Phường Hà Tu Cao Xanh"), ("Phường Hà Tu", "Phường Hà Tu Cao Xanh")]);
    assert_eq!(without_time(here.figures()), before, "a preview changes nothing");

    let applied = drafted.apply().expect(200).json();
    assert_eq!((&applied["state"], &applied["allowed_actions"][3]["allowed"]), (&json!("applied"), &json!(true)));
    let unit = client.get("/v1/units/by_code?code=06652&as_of=2026-11-01").by(&here.cast.staff.token).send().expect(200).json();
    assert_eq!(
        unit["name_vi"].as_str().or(unit["items"][0]["name_vi"].as_str()).or(unit[0]["name_vi"].as_str()),
        Some("Phường Hà Tu Cao Xanh")
    );
    let old = client.get(&format!("/v1/units/{}", here.ha_tu)).by(&here.cast.staff.token).send().expect(200).json();
    assert_eq!(old["valid_to"], "2026-09-30", "the old ward ended the day before and is still known: {old}");
    let new: UnitId = new_unit(1).parse().unwrap();
    assert_eq!(here.centre_count(new, "as_was"), 2);
    let centre = moved[0]["subject_id"].as_str().unwrap();
    let places = client.get(&format!("/v1/centres/{centre}/placements")).by(&here.cast.admin.token).send().expect(200).json();
    assert_eq!(
        (&places[0]["valid_to"], &places[1]["valid_from"], &places[1]["valid_to"]),
        (&json!("2026-09-30"), &json!(DAY), &Value::Null)
    );
    let trail = client.get("/v1/audit_records?limit=10").by(&here.cast.admin.token).send().expect(200).json();
    let subjects: Vec<_> = trail["items"].as_array().unwrap().iter().map(|item| item["subject"].as_str().unwrap()).collect();
    assert_eq!(subjects[..3], ["restructuring", "centre", "centre"], "who moved which centre is on record");
    drafted.apply().refused(409, "state_conflict");

    let undone = drafted.undo().expect(200).json();
    assert_eq!((&undone["state"], &undone["undo_reason"]), (&json!("undone"), &json!("Nghị quyết bị hủy")));
    assert_eq!(without_time(here.figures()), before);
    let again = client.get(&format!("/v1/centres/{centre}/placements")).by(&here.cast.admin.token).send().expect(200).json();
    assert_eq!(again.as_array().unwrap().len(), 1);
    assert_eq!(again[0]["valid_to"], Value::Null);
    client.get(&format!("/v1/units/{new}")).by(&here.cast.staff.token).send().refused(404, "not_found");
}

#[test]
fn a_person_says_where_the_centres_of_a_divided_commune_lie_before_or_after() {
    let here = Here::new();
    let (world, admin) = (&here.cast.world, &here.cast.admin);
    let (one, two) = (new_unit(2), new_unit(3));
    let drafted = here.make(&here.division());
    drafted.preview();
    let open = drafted.effects("&kind=centre&rule=open");
    assert_eq!(open.len(), 1, "Kim Sơn's centre: its old ward went into Mạo Khê");
    assert_eq!(open[0]["candidate_ids"], json!([one, two]));
    assert_eq!(faults(drafted.apply()), [("centre_placed".to_owned(), "/leave_open".to_owned())]);

    let wrong = drafted.place(admin, here.cast.centre, &here.ha_tu.to_string());
    assert_eq!(
        (&wrong["refused"], &wrong["results"][0]["problem"]["errors"][0]["rule"]),
        (&json!(1), &json!("one_of_the_successors"))
    );
    assert_eq!(drafted.place(admin, here.cast.centre, &one)["placed"], 1);
    let moved = drafted.apply().refused(409, "state_conflict");
    assert_eq!(moved["reason"], "moved_since_the_preview", "what is applied is what was previewed");
    drafted.preview();
    drafted.apply().expect(200);
    assert_eq!(here.centre_count(one.parse().unwrap(), "as_was"), 1);
    assert_eq!(here.centre_count(two.parse().unwrap(), "as_was"), 0);
    drafted.undo().expect(200);

    // The same again, left open this time: the centre counts in the province, and is on the list until somebody places it.
    let mut body = here.division();
    body["units"][0]["unit_id"] = json!(new_unit(4));
    body["units"][1]["unit_id"] = json!(new_unit(5));
    body["successions"][0]["successor_id"] = json!(new_unit(4));
    body["successions"][1]["successor_id"] = json!(new_unit(5));
    let drafted = here.make(&body);
    drafted.preview();
    drafted.act("apply", json!({ "leave_open": true })).expect(200);
    let whole = here.centre_count(here.quang_ninh, "as_was");
    assert_eq!((whole, here.centre_count(new_unit(4).parse().unwrap(), "as_was")), (json!(3), json!(0)));
    assert_eq!(drafted.effects("&kind=centre&rule=open").len(), 1);
    assert_eq!(drafted.place(admin, here.cast.centre, &new_unit(5))["placed"], 1);
    assert_eq!(drafted.effects("&kind=centre&rule=open").len(), 0);
    assert_eq!(here.centre_count(new_unit(5).parse().unwrap(), "as_was"), 1);
    let twice = drafted.place(admin, here.cast.centre, &new_unit(4));
    assert_eq!(twice["results"][0]["status"], 409);
    drafted.undo().expect(200);
    let path = format!("/v1/centres/{}/placements", here.cast.centre);
    assert_eq!(world.client.get(&path).by(&admin.token).send().expect(200).json().as_array().unwrap().len(), 1);
}

#[test]
fn every_fault_is_named_by_its_row_and_nothing_is_applied_before_its_day() {
    let here = Here::new();
    let mut body = here.merger();
    body["successions"] = json!([
        passing(here.ha_tu, &new_unit(1), "whole"),
        passing(here.cao_xanh, &new_unit(9), "whole"),
        passing(here.mao_khe, &new_unit(1), "part"),
    ]);
    let drafted = here.make(&body);
    let found = faults(drafted.act("preview", Value::Null));
    assert_eq!(
        found,
        [
            ("successor_exists".to_owned(), "/successions/1/successor_id".to_owned()),
            ("extent_agrees".to_owned(), "/successions/2/extent".to_owned())
        ]
    );
    let etag = drafted.get().etag();
    let client = &here.cast.world.client;
    let mut body = here.merger();
    body["effective_on"] = json!("2027-07-01");
    let put = client.put(&drafted.path).by(&here.cast.admin.token).if_match(&etag);
    put.json(&body).send().expect(200);
    drafted.preview();
    let early = drafted.apply().refused(409, "state_conflict");
    assert_eq!(early["reason"], "not_before_its_day");
    let etag = drafted.get().etag();
    client.delete(&drafted.path).by(&here.cast.admin.token).if_match(&etag).send().expect(204);
    client.get(&drafted.path).by(&here.cast.admin.token).send().refused(404, "not_found");

    let late = here.make(&{
        let mut body = here.merger();
        body["effective_on"] = json!("2025-07-01");
        body["decision"]["date"] = json!("2025-06-12");
        body
    });
    let rules: Vec<_> = faults(late.act("preview", Value::Null)).into_iter().map(|(rule, _)| rule).collect();
    assert!(rules.contains(&"after_the_last_change".to_owned()), "{rules:?}");
}

#[test]
fn a_preview_that_something_has_overtaken_is_not_applied_and_of_two_people_one_is_first() {
    let here = Here::new();
    let drafted = here.make(&here.merger());
    drafted.preview();
    let third = here.cast.world.db_centre(here.cast.province, here.ha_tu, "TTHTCĐ mới");
    assert_eq!(drafted.apply().refused(409, "state_conflict")["reason"], "moved_since_the_preview");
    drafted.preview();
    assert!(drafted.effects("&kind=centre").iter().any(|effect| effect["subject_id"] == json!(third)));

    let etag = drafted.get().etag();
    let apply = || {
        let path = format!("{}/apply", drafted.path);
        let request = here.cast.world.client.post(&path).by(&here.cast.admin.token).if_match(&etag);
        request.json(&json!({})).send().status
    };
    let mut both: Vec<u16> = std::thread::scope(|scope| {
        let two = [scope.spawn(apply), scope.spawn(apply)];
        two.map(|one| one.join().unwrap()).into()
    });
    both.sort_unstable();
    assert_eq!(both, [200, 412], "one is applied, the other had seen an older state");
    assert_eq!(here.centre_count(new_unit(1).parse().unwrap(), "as_was"), 3);
}

#[test]
fn what_rests_on_the_new_map_stands_in_the_way_of_undoing_it() {
    let here = Here::new();
    let client = &here.cast.world.client;
    let drafted = here.make(&here.merger());
    drafted.preview();
    drafted.apply().expect(200);
    let new: UnitId = new_unit(1).parse().unwrap();
    let officer = here.cast.world.db_person(here.cast.province, Role::CommuneOfficer, Some(new), None);
    let value = json!({ "unit_id": new, "year": 2026, "indicator": "residents", "value": 21000, "source": "UBND phường" });
    let made = client.post("/v1/profile_values").by(&officer.token).json(&value).send().expect(201);
    let refused = drafted.undo().refused(409, "state_conflict");
    assert_eq!(refused["records"], json!({ "grants": 1, "profile_values": 1 }), "{refused}");
    client.delete(made.header("location").unwrap()).by(&officer.token).if_match(&made.etag()).send().expect(204);

    // Another restructuring on top of it has to go first.
    let (one, two) = (new_unit(7), new_unit(8));
    let mut second = draft(
        json!([ward(7, "06652", "Phường Hà Tu", here.quang_ninh), ward(8, "06658", "Phường Cao Xanh", here.quang_ninh)]),
        json!([passing(new, &one, "part"), passing(new, &two, "part")]),
    );
    second["effective_on"] = json!("2026-11-01");
    second["decision"]["date"] = json!("2026-10-15");
    let on_top = here.make(&second);
    on_top.preview();
    on_top.act("apply", json!({ "leave_open": true })).expect(200);
    assert_eq!(drafted.undo().refused(409, "state_conflict")["reason"], "map_changed_again");
    on_top.undo().expect(200);

    let scheme = here.cast.world.scheme(&here.cast.admin, "TTHTCD-MAU");
    let route = json!([{ "task": "assess", "level": "centre" }, { "task": "decide", "level": "province" }]);
    let round = json!({ "scheme_id": scheme["id"], "year": 2026, "title": "Năm 2026", "route": route });
    let round = client.post("/v1/rounds").by(&here.cast.admin.token).json(&round).send().expect(201).json();
    let path = format!("/v1/rounds/{}", round["id"].as_str().unwrap());
    let etag = client.get(&path).by(&here.cast.admin.token).send().expect(200).etag();
    client.patch(&path).by(&here.cast.admin.token).if_match(&etag).json(&json!({ "status": "closed" })).send().expect(200);
    assert_eq!(drafted.undo().refused(409, "state_conflict")["reason"], "round_closed");
}

#[test]
fn a_province_changes_its_own_communes_only_and_the_platform_the_rest() {
    let here = Here::new();
    let world = &here.cast.world;
    let hai_phong = world.unit("31", "2026-01-01");
    let other = world.unit("11948", "2026-01-01");
    let mut body = here.merger();
    body["successions"].as_array_mut().unwrap().push(passing(other, &new_unit(1), "whole"));
    let rules = faults(here.make(&body).act("preview", Value::Null));
    assert!(rules.contains(&("own_province".into(), "/successions/2/predecessor_id".into())), "{rules:?}");
    assert!(rules.contains(&("one_province".into(), "/successions/2/successor_id".into())), "{rules:?}");

    // The nation's: Quảng Ninh and Hải Phòng become one, with all their communes. The tenant follows its province.
    let platform = world.db_person(htcd_domain::id::ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let mut units = vec![
        json!({ "unit_id": new_unit(20), "code": "31", "kind": "central_city", "name_vi": "Thành phố Đông Bắc", "parent_id": null }),
    ];
    for province in [here.quang_ninh, hai_phong] {
        for child in world.app.atlas().unwrap().map.children(Some(province), "2026-09-30".parse().unwrap()) {
            let version = child.latest().unwrap();
            units.push(json!({
                "unit_id": child.id, "code": version.code, "kind": version.kind, "name_vi": version.name_vi,
                "name_en": version.name_en, "parent_id": new_unit(20), "region_class": version.region_class,
            }));
        }
    }
    let rows = json!([passing(here.quang_ninh, &new_unit(20), "whole"), passing(hai_phong, &new_unit(20), "whole")]);
    let body = draft(json!(units), rows);
    let made = world.client.post("/v1/restructurings").by(&platform.token).json(&body).send().expect(201);
    let drafted = Drafted { world, by: &platform, path: made.header("location").unwrap().to_owned() };
    drafted.preview();
    let by_admin = Drafted { world, by: &here.cast.admin, path: drafted.path.clone() };
    assert!(drafted.effects("").is_empty(), "the platform sees no province's records");
    let grants = by_admin.effects("&kind=grant");
    assert!(grants.iter().all(|effect| effect["rule"] == "kept"), "{grants:?}");
    let refused = by_admin.apply().refused(403, "outside_scope");
    assert!(refused["detail"].as_str().unwrap().contains("nền tảng"), "{refused}");
    drafted.apply().expect(200);
    let tenant =
        world.client.get(&format!("/v1/provinces/{}", here.cast.province)).by(&here.cast.admin.token).send().expect(200).json();
    assert_eq!((&tenant["name"], &tenant["unit_id"]), (&json!("Thành phố Đông Bắc"), &json!(new_unit(20))));
    let seen = world.client.walk(&here.cast.admin.token, "/v1/centres?limit=200");
    assert_eq!(seen.len(), 3, "whoever had the old province has all that it had");
    drafted.undo().expect(200);
    let tenant =
        world.client.get(&format!("/v1/provinces/{}", here.cast.province)).by(&here.cast.admin.token).send().expect(200).json();
    assert_eq!(tenant["name"], "Tỉnh Quảng Ninh");

    let stranger = world.db_person(world.db_province(hai_phong), Role::ProvinceAdmin, Some(hai_phong), None);
    let own = here.make(&here.merger());
    world.client.get(&own.path).by(&stranger.token).send().refused(404, "not_found");
    // Now both are tenants: joining their records is another thing, and is refused before anything happens.
    assert_eq!(faults(drafted_again(&drafted, &body)), [("tenants_stay_apart".to_owned(), "/successions".to_owned())]);
    here.cast
        .world
        .client
        .post("/v1/restructurings")
        .by(&here.cast.officer.token)
        .json(&here.merger())
        .send()
        .refused(403, "right_missing");
}

fn drafted_again(before: &Drafted<'_>, body: &Value) -> Response {
    let mut body = body.clone();
    let text = body.to_string().replace(&new_unit(20), &new_unit(21));
    body = serde_json::from_str(&text).unwrap_or(body);
    let made = before.world.client.post("/v1/restructurings").by(&before.by.token).json(&body).send().expect(201);
    let again = Drafted { world: before.world, by: before.by, path: made.header("location").unwrap().to_owned() };
    again.act("preview", Value::Null)
}

#[test]
fn how_far_it_is_can_be_read_while_it_runs() {
    let here = Here::new();
    let drafted = here.make(&here.merger());
    drafted.preview();
    let progress = || {
        let path = format!("{}/progress", drafted.path);
        here.cast.world.client.get(&path).by(&drafted.by.token).send().expect(200).json()["running"].take()
    };
    assert_eq!(progress(), Value::Null, "nobody waits for anything");
    let held = here.cast.world.database.hold_writes();
    let (client, path, etag) = (here.cast.world.client.clone(), format!("{}/apply", drafted.path), drafted.get().etag());
    std::thread::scope(|scope| {
        let token = &drafted.by.token;
        let asked = scope.spawn(move || client.post(&path).by(token).if_match(&etag).json(&json!({})).send());
        let seen = (0..300).find_map(|_| {
            std::thread::sleep(std::time::Duration::from_millis(10));
            Some(progress()).filter(|running| !running.is_null())
        });
        assert_eq!(seen.expect("it is seen")["act"], "apply");
        drop(held);
        asked.join().unwrap().expect(200);
    });
    assert_eq!(progress(), Value::Null, "it has ended");
}

#[test]
fn killed_in_the_middle_it_has_happened_whole_or_not_at_all() {
    let world = World::new();
    let clock = world.clock.clone();
    clock.advance(SystemClock.now() - clock.now());
    let here = Here::with(KimSon::in_world(world));
    for number in 0..60 {
        here.cast.world.db_centre(here.cast.province, here.ha_tu, &format!("TTHTCĐ {number}"));
    }
    let drafted = here.make(&here.merger());
    drafted.preview();
    let moved = || {
        let centres = here.cast.world.client.walk(&here.cast.admin.token, "/v1/centres?limit=200");
        centres.iter().filter(|centre| centre["commune_id"] == json!(new_unit(1))).count()
    };
    let mut states = Vec::new();
    for attempt in 0..4u64 {
        let process = Process::start(here.cast.world.database_url(), &[]);
        let (client, path, etag) = (process.client.clone(), format!("{}/apply", drafted.path), drafted.get().etag());
        std::thread::scope(|scope| {
            let asked = scope.spawn(|| client.post(&path).by(&here.cast.admin.token).if_match(&etag).json(&json!({})).try_send());
            std::thread::sleep(std::time::Duration::from_millis(70 * attempt * attempt));
            process.kill();
            if let Some(answer) = asked.join().unwrap() {
                answer.expect(200);
            }
        });
        let state = drafted.get().json()["state"].clone();
        assert_eq!(moved(), if state == "applied" { 62 } else { 0 }, "attempt {attempt}: {state}");
        states.push(state);
        if states.last() == Some(&json!("applied")) {
            break;
        }
    }
    if states.last() != Some(&json!("applied")) {
        drafted.apply().expect(200);
    }
    assert_eq!(moved(), 62);
    assert!(states.contains(&json!("previewed")), "no server was killed before it had finished: {states:?}");
}

#[test]
fn what_was_submitted_before_the_map_changed_stays_valid_and_is_compared_on_either_map() {
    // Of 2018 Quảng Ninh submits its centres, one of them in Hà Tu, which became part of another ward in 2025. Then that one merges
    // with a third, and the centre of Hà Tu gets its result.
    let here = Here::new();
    let (world, client, cast) = (&here.cast.world, &here.cast.world.client, &here.cast);
    let on_2018 = world.unit("06652", "2018-12-31");
    let of_ha_tu = world.db_centre(cast.province, on_2018, "TTHTCĐ phường Hà Tu của năm 2018");
    let round = cast.round(2018, "TTHTCD-MAU")["id"].as_str().unwrap().to_owned();
    let results = json!({ "round_id": round, "results": [{ "centre_id": cast.centre, "rank": "kha", "points": 72 }] });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&results).send().expect(200);
    client.post("/v1/submission_keys").by(&cast.admin.token).send().expect(201);
    let body = json!({ "year": 2018, "accept_incomplete": true, "reason": "Đợt chưa đóng." });
    let sealed = client.post("/v1/submissions").by(&cast.officer.token).json(&body).send().expect(201).json();
    let path = format!("/v1/submissions/{}", sealed["id"].as_str().unwrap());
    let content = || client.get(&format!("{path}/content")).by(&cast.officer.token).send().expect(200).bytes;
    let keys = client.get(&format!("/v1/provinces/{}/submission_keys", cast.province)).by(&cast.officer.token).send().expect(200);
    let keys: htcd_api::seal::ProvinceKeys = serde_json::from_slice(&keys.bytes).unwrap();
    let kept = content();
    let diff = |query: &str| client.get(&format!("{path}/diff{query}")).by(&cast.officer.token).send().expect(200).json();

    let drafted = here.make(&here.merger());
    drafted.preview();
    drafted.apply().expect(200);
    assert_eq!(content(), kept, "byte for byte");
    let verified = htcd_api::seal::Verification::of(&kept, Some(&[keys]));
    assert!(verified.origin_checked && verified.faults.is_empty(), "{:?}", verified.faults);
    assert_eq!(client.get(&path).by(&cast.officer.token).send().expect(200).json(), sealed);

    // On the map of 2018 nothing has changed, nor on today's, where both are counted in the new ward.
    for (query, map_date) in
        [("", "2018-12-31"), ("?boundaries=restated", "2026-11-22"), ("?boundaries=as_of:2026-09-30", "2026-09-30")]
    {
        let same = diff(query);
        assert_eq!((&same["same_total"], &same["units"], &same["records"]), (&json!(true), &json!([]), &json!([])), "{query}");
        assert_eq!((&same["before"]["map_date"], &same["after"]["map_date"]), (&json!(map_date), &json!(map_date)));
    }
    let late = json!({ "round_id": round, "results": [{ "centre_id": of_ha_tu, "rank": "tot", "points": 90 }] });
    client.post("/v1/ratings/import").by(&cast.officer.token).json(&late).send().expect(200);
    let units = |query: &str| {
        let diff = diff(query);
        assert_eq!(diff["records"].as_array().unwrap().len(), 1, "{diff:#}");
        let units = diff["units"].as_array().unwrap().iter().map(|unit| unit["unit_id"].as_str().unwrap().to_owned());
        units.collect::<Vec<_>>()
    };
    let (then, now) = (units(""), units("?boundaries=restated"));
    let on_2018 = on_2018.to_string();
    assert!(then.contains(&on_2018) && !then.contains(&new_unit(1)), "{then:?}");
    assert!(now.contains(&new_unit(1)) && !now.contains(&on_2018), "{now:?}");
    assert_eq!(content(), kept);
}
