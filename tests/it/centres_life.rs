//! The life of a centre: proposed, operating, suspended, and its three ends.

use htcd_domain::access::Role;
use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, day};
use crate::support::http::{Response, each};

/// An act of 2018 with a proper decision.
fn act(which: &str, effective_on: &str) -> Value {
    json!({
        "act": which,
        "effective_on": effective_on,
        "decision": { "number": "12/QĐ-UBND", "date": effective_on, "issuer": "UBND thành phố Đông Triều" },
        "reason": "Sắp xếp lại",
    })
}

/// Does an act on a centre, from the revision that it has.
fn does(cast: &KimSon, centre: CentreId, body: &Value) -> Response {
    let path = format!("/v1/centres/{centre}");
    let etag = cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).etag();
    cast.world.client.post(&format!("{path}/acts")).by(&cast.admin.token).if_match(&etag).json(body).send()
}

fn read(cast: &KimSon, path: &str) -> Value {
    cast.world.client.get(path).by(&cast.admin.token).send().expect(200).json()
}

/// A centre that is only proposed, on today's map.
fn proposed(cast: &KimSon) -> CentreId {
    let body =
        json!({ "name": "TTHTCĐ mới", "commune_id": cast.world.unit("07069", "2026-01-01"), "operating_model": "standalone" });
    let made = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    made["id"].as_str().unwrap().parse().unwrap()
}

fn at_work(cast: &KimSon, name: &str) -> CentreId {
    cast.world.db_centre(cast.province, cast.commune, name)
}

#[test]
fn a_centre_is_established_suspended_resumed_and_dissolved_each_by_a_decision() {
    let cast = KimSon::new();
    let centre = proposed(&cast);
    let path = format!("/v1/centres/{centre}");

    let established = does(&cast, centre, &act("establish", "2026-03-01")).expect(201);
    assert_eq!(established.header("location"), Some(path.as_str()));
    assert_eq!(
        (&established.json()["status"], &established.json()["operating_from"]),
        (&json!("operating"), &json!("2026-03-01"))
    );
    assert_eq!(does(&cast, centre, &act("suspend", "2026-04-01")).expect(201).json()["status"], "suspended");
    let resumed = does(&cast, centre, &act("resume", "2026-05-01")).expect(201).json();
    assert_eq!(
        (&resumed["status"], &resumed["operating_from"]),
        (&json!("operating"), &json!("2026-03-01")),
        "it has worked since its first day"
    );
    let dissolved = does(&cast, centre, &act("dissolve", "2026-06-01")).expect(201).json();
    assert_eq!((&dissolved["status"], &dissolved["ended_on"]), (&json!("dissolved"), &json!("2026-06-01")));

    let acts = read(&cast, &format!("{path}/acts"));
    let acts = acts.as_array().unwrap();
    assert_eq!(each(acts, "act"), ["establish", "suspend", "resume", "dissolve"]);
    assert_eq!(each(acts, "from_status"), ["proposed", "operating", "suspended", "operating"]);
    assert_eq!(each(acts, "to_status"), ["operating", "suspended", "operating", "dissolved"]);
    assert_eq!(acts[3]["reason"], "Sắp xếp lại");
    assert_eq!(read(&cast, &path)["status"], "dissolved");
    let trail = read(&cast, &format!("/v1/audit_records?subject=centre&subject_id={centre}"));
    assert_eq!(trail["items"].as_array().unwrap().len(), 5, "each act left its record, and so did the registration");
}

#[test]
fn a_merger_and_a_split_link_the_centres_before_and_after() {
    let cast = KimSon::new();
    let old = at_work(&cast, "Cũ");
    let mut new = [at_work(&cast, "Một"), at_work(&cast, "Hai")];
    new.sort(); // Relatives come in the order of their ids.
    let [first, second] = new;
    let relatives = |centre: CentreId| read(&cast, &format!("/v1/centres/{centre}/relatives"));

    let mut split = act("split", "2018-06-01");
    split["successor_ids"] = json!([first, second]);
    let after = does(&cast, old, &split).expect(201).json();
    assert_eq!((&after["status"], &after["ended_on"]), (&json!("split"), &json!("2018-06-01")));
    let mut merge = act("merge", "2019-06-01");
    merge["successor_ids"] = json!([first]);
    assert_eq!(does(&cast, second, &merge).expect(201).json()["status"], "merged");

    assert_eq!(relatives(old), json!({ "predecessor_ids": [], "successor_ids": [first, second] }));
    assert_eq!(relatives(second), json!({ "predecessor_ids": [old], "successor_ids": [first] }));
    let mut both = vec![old, second];
    both.sort();
    assert_eq!(relatives(first), json!({ "predecessor_ids": both, "successor_ids": [] }));
}

#[test]
fn what_the_status_does_not_allow_is_refused_with_the_state_and_what_it_allows() {
    let cast = KimSon::new();
    let successor = at_work(&cast, "Kế thừa");
    let (new, operating) = (proposed(&cast), at_work(&cast, "Đang hoạt động"));
    let ended = |status: &str, which: &str, successors: Value| {
        let centre = at_work(&cast, status);
        let mut body = act(which, "2018-06-01");
        body["successor_ids"] = successors;
        does(&cast, centre, &body).expect(201);
        centre
    };
    let suspended = ended("Đình chỉ", "suspend", json!([]));
    let dissolved = ended("Giải thể", "dissolve", json!([]));
    let merged = ended("Sáp nhập", "merge", json!([successor]));
    let split = ended("Chia", "split", json!([successor, operating]));

    let table: [(CentreId, &str, &[&str]); 6] = [
        (new, "proposed", &["establish", "dissolve"]),
        (operating, "operating", &["suspend", "dissolve", "merge", "split"]),
        (suspended, "suspended", &["resume", "dissolve", "merge", "split"]),
        (dissolved, "dissolved", &[]),
        (merged, "merged", &[]),
        (split, "split", &[]),
    ];
    for (centre, status, allowed) in table {
        let before = read(&cast, &format!("/v1/centres/{centre}"));
        assert_eq!(before["status"], status);
        let offered = |body: &Value| -> Vec<String> {
            let actions = body["allowed_actions"].as_array().unwrap();
            assert!(
                actions.iter().all(|action| action["allowed"] == json!(action["reasons"].as_array().unwrap().is_empty())),
                "a refusal has a reason: {actions:?}"
            );
            actions
                .iter()
                .filter(|action| action["allowed"] == true)
                .map(|action| action["action"].as_str().unwrap().to_owned())
                .collect()
        };
        assert_eq!(offered(&before), allowed, "{status}");
        for which in
            ["establish", "suspend", "resume", "dissolve", "merge", "split"].into_iter().filter(|which| !allowed.contains(which))
        {
            let refused = does(&cast, centre, &act(which, "2026-06-01")).refused(409, "state_conflict");
            assert_eq!(refused["state"], status, "{which}");
            assert_eq!(offered(&refused), allowed, "{which} from {status}");
            assert!(refused["legal_basis"].as_str().is_some_and(|basis| basis.contains('/')), "{refused:#}");
        }
        assert_eq!(read(&cast, &format!("/v1/centres/{centre}")), before, "nothing changed");
    }
    let etag = cast.world.client.get(&format!("/v1/centres/{dissolved}")).by(&cast.admin.token).send().expect(200).etag();
    let move_on = json!({ "commune_id": cast.world.unit("07069", "2026-01-01"), "valid_from": "2025-07-01" });
    let moved = cast
        .world
        .client
        .post(&format!("/v1/centres/{dissolved}/placements"))
        .by(&cast.admin.token)
        .if_match(&etag)
        .json(&move_on)
        .send();
    let moved = moved.refused(409, "state_conflict");
    assert_eq!(moved["state"], "dissolved", "what has ended moves no more");
    assert!(moved["allowed_actions"].is_array());
}

#[test]
fn every_rule_of_an_act_is_named_and_nothing_happens() {
    let cast = KimSon::new();
    let world = &cast.world;
    let body = json!({
        "name": "TTHTCĐ số 2", "commune_id": cast.commune, "operating_model": "standalone",
        "establishment": { "effective_on": "2010-01-01", "decision": { "number": "1", "date": "2010-01-01", "issuer": "UBND" } },
    });
    let made = world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
    let centre: CentreId = made["id"].as_str().unwrap().parse().unwrap();
    let (other, gone) = (at_work(&cast, "Khác"), at_work(&cast, "Đã giải thể"));
    does(&cast, gone, &act("dissolve", "2018-01-01")).expect(201);
    let hung_yen = world.unit("33", "2026-01-01");
    let foreign = world.db_centre(world.db_province(hung_yen), world.unit("12454", "2018-12-31"), "Tỉnh khác");
    let refuse = |which: &str, member: &str, value: Value, pointer: &str, rule: &str| {
        let mut body = act(which, "2018-06-01");
        body[member] = value;
        let refused = does(&cast, centre, &body).fault(422, "rule_broken", pointer, rule);
        assert!(rule == "successor_lives" || refused["legal_basis"].is_string(), "{refused:#}");
    };
    let unknown = "00000000-0000-7000-8000-000000000000";

    refuse("suspend", "reason", Value::Null, "/reason", "reason_needed");
    refuse("dissolve", "reason", json!("  "), "/reason", "reason_needed");
    refuse("merge", "successor_ids", json!([]), "/successor_ids", "successors");
    refuse("merge", "successor_ids", json!([centre]), "/successor_ids", "successors");
    refuse("merge", "successor_ids", json!([other, gone]), "/successor_ids", "successors");
    refuse("split", "successor_ids", json!([other]), "/successor_ids", "successors");
    refuse("split", "successor_ids", json!([other, other]), "/successor_ids", "successors");
    refuse("suspend", "successor_ids", json!([other]), "/successor_ids", "successors");
    refuse("merge", "successor_ids", json!([gone]), "/successor_ids/0", "successor_lives");
    refuse("merge", "successor_ids", json!([unknown]), "/successor_ids/0", "successor_lives");
    refuse("split", "successor_ids", json!([other, foreign]), "/successor_ids/1", "successor_lives");
    refuse("suspend", "effective_on", json!("2018-05-31"), "/decision/date", "decision_before_effect");
    refuse("suspend", "effective_on", json!("2028-01-01"), "/effective_on", "plausible_date");
    // Until its day comes the centre is what it was, so an act waits for its day.
    refuse("suspend", "effective_on", json!("2026-11-23"), "/effective_on", "not_in_the_future");
    does(&cast, centre, &act("suspend", "2009-12-31")).fault(422, "rule_broken", "/effective_on", "acts_in_order");
    let mut unsigned = act("suspend", "2018-06-01");
    unsigned["decision"]["number"] = json!("");
    does(&cast, centre, &unsigned).fault(422, "invalid_body", "/decision/number", "length");
    unsigned.as_object_mut().unwrap().remove("decision");
    does(&cast, centre, &unsigned).fault(422, "invalid_body", "", "required");
    does(&cast, centre, &act("abolish", "2018-06-01")).fault(422, "invalid_body", "/act", "code_unknown");

    let path = format!("/v1/centres/{centre}");
    world
        .client
        .post(&format!("{path}/acts"))
        .by(&cast.admin.token)
        .json(&act("suspend", "2018-06-01"))
        .send()
        .refused(428, "if_match_required");
    let stale = world
        .client
        .post(&format!("{path}/acts"))
        .by(&cast.admin.token)
        .if_match("\"9-0\"")
        .json(&act("suspend", "2018-06-01"))
        .send();
    assert_eq!(stale.refused(412, "etag_mismatch")["current_etag"], "\"1\"");
    assert_eq!(read(&cast, &path), made);
    assert_eq!(read(&cast, &format!("{path}/acts")).as_array().unwrap().len(), 1, "its establishment only");
    does(&cast, centre, &act("suspend", "2018-06-01")).expect(201);
}

#[test]
fn an_act_that_ends_the_work_names_what_was_entered_for_later_days() {
    let cast = KimSon::new();
    let path = format!("/v1/centres/{}", cast.centre);
    let record = |day: &str| {
        let body = json!({ "centre_id": cast.centre, "category": "law", "title": "Luật Đất đai", "form": "theme",
            "role": "organiser", "starts_on": day, "ends_on": day });
        cast.world.client.post("/v1/activities").by(&cast.staff.token).json(&body).send().expect(201);
    };
    let club =
        json!({ "centre_id": cast.centre, "name": "Câu lạc bộ dưỡng sinh", "category": "health", "founded_on": "2018-09-01" });
    cast.world.client.post("/v1/clubs").by(&cast.staff.token).json(&club).send().expect(201);
    record("2018-05-31");
    record("2018-06-01");
    for which in ["suspend", "dissolve"] {
        let refused = does(&cast, cast.centre, &act(which, "2018-06-01")).refused(409, "blocked");
        let later = json!({ "activities": 1, "events": 0, "clubs": 1, "literacy_classes": 0, "surveys": 0 });
        assert_eq!(refused["later_entries"], later);
        let listed = cast.world.client.walk(&cast.admin.token, refused["activities"].as_str().unwrap());
        assert_eq!(listed.len(), 1, "the link leads to it");
    }
    assert_eq!(read(&cast, &path)["status"], "operating");
    let mut knowing = act("suspend", "2018-06-01");
    knowing["keep_later_entries"] = json!(true);
    does(&cast, cast.centre, &knowing).expect(201);
    assert_eq!(read(&cast, &format!("/v1/activities?centre_id={}", cast.centre))["items"].as_array().unwrap().len(), 2);
    // Nothing lies after that day: nothing to be asked.
    does(&cast, cast.centre, &act("resume", "2018-10-01")).expect(201);
    does(&cast, cast.centre, &act("suspend", "2018-10-02")).expect(201);
}

#[test]
fn the_life_cycle_belongs_to_the_commune_and_the_province_not_to_the_centre() {
    let cast = KimSon::new();
    let path = format!("/v1/centres/{}", cast.centre);
    let neighbour = cast.world.db_person(cast.province, Role::CommuneOfficer, Some(cast.world.unit("07069", "2018-12-31")), None);
    let seen = cast.world.client.get(&path).by(&cast.manager.token).send().expect(200);
    let actions = seen.json()["allowed_actions"].clone();
    assert!(
        actions
            .as_array()
            .unwrap()
            .iter()
            .all(|action| action["allowed"] == false && action["reasons"][0]["code"] == "right_missing"),
        "{actions:#}"
    );

    let suspend = act("suspend", "2018-06-01");
    let acts = format!("{path}/acts");
    cast.world
        .client
        .post(&acts)
        .by(&cast.manager.token)
        .if_match(&seen.etag())
        .json(&suspend)
        .send()
        .refused(403, "right_missing");
    cast.world.client.post(&acts).by(&neighbour.token).if_match(&seen.etag()).json(&suspend).send().refused(404, "not_found");
    assert_eq!(read(&cast, &path)["status"], "operating");
    cast.world.client.post(&acts).by(&cast.commune_officer.token).if_match(&seen.etag()).json(&suspend).send().expect(201);
    assert_eq!(read(&cast, &path)["status"], "suspended");
}

#[test]
fn a_list_of_a_day_shows_what_existed_on_it() {
    let cast = KimSon::new();
    let short = cast.world.db_centre_since(cast.province, cast.commune, "Ngắn ngủi", day("2012-01-01"));
    does(&cast, short, &act("dissolve", "2015-06-01")).expect(201);
    let there = |on: &str| read(&cast, &format!("/v1/centres?as_of={on}&q=ngan"))["items"].as_array().unwrap().len();
    assert_eq!((there("2011-12-31"), there("2012-01-01"), there("2015-05-31"), there("2015-06-01")), (0, 1, 1, 0));
}
