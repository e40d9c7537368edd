//! Surveys of learning needs: channels, topics, and what keeps a topic.

use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

const TOPIC: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c21";

/// A survey of November 2017 with two topics, one of which has an id that the client made.
fn survey(cast: &KimSon, members: Value) -> Value {
    let mut body = json!({
        "centre_id": cast.centre, "title": "Điều tra nhu cầu học tập năm 2018", "started_on": "2017-11-01", "ended_on": "2017-11-30",
        "asked": 500, "answered": 412,
        "channels": [{ "channel": "association_meeting", "reached": 120 }, { "channel": "social_network" }],
        "topics": [
            { "id": TOPIC, "category": "law", "title": "Luật Đất đai", "wishes": 64 },
            { "category": "economic_development", "title": "Kỹ thuật trồng na trái vụ" },
        ],
    });
    body.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
    body
}

fn post(cast: &KimSon, who: &Person, path: &str, body: &Value) -> Response {
    cast.world.client.post(path).by(&who.token).json(body).send()
}

#[test]
fn a_survey_keeps_its_channels_and_topics_and_blank_is_not_zero() {
    let cast = KimSon::new();
    let made = post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, json!({}))).expect(201);
    let (path, found) = (made.header("location").unwrap().to_owned(), made.json());
    assert_eq!(found["channels"][1], json!({ "channel": "social_network", "reached": null }));
    assert_eq!((&found["topics"][0]["id"], &found["topics"][1]["wishes"]), (&json!(TOPIC), &Value::Null));
    assert!(found["topics"][1]["id"].is_string(), "an id is made where the client made none");
    let read = cast.world.client.get(&path).by(&cast.officer.token).send().expect(200);
    assert_eq!((read.json(), read.etag()), (found.clone(), made.etag()));
    assert_eq!(cast.world.client.walk(&cast.officer.token, "/v1/surveys"), std::slice::from_ref(&found));

    // Topics are changed as a whole; those that stay are sent with their ids.
    let topics = json!([found["topics"][1], { "category": "health", "title": "Sơ cứu" }]);
    let patch = json!({ "topics": topics, "answered": null });
    let after = cast.world.client.patch(&path).by(&cast.staff.token).if_match(&made.etag()).json(&patch).send().expect(200);
    let after = (after.etag(), after.json());
    assert_eq!((&after.1["topics"][0], &after.1["answered"]), (&found["topics"][1], &Value::Null));
    assert_eq!(after.1["topics"].as_array().unwrap().len(), 2);
    // An id that was taken off is free again.
    post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, json!({}))).expect(201);

    cast.world.client.delete(&path).by(&cast.staff.token).if_match(&after.0).send().expect(204);
    let left = cast.world.client.walk(&cast.staff.token, "/v1/surveys");
    assert_eq!(left.len(), 1);
}

#[test]
fn every_refusal_of_a_survey_names_place_and_rule_and_stores_nothing() {
    let cast = KimSon::new();
    let sibling = cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let refuse = |members: Value, code: &str, pointer: &str, rule: &str| {
        post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, members)).fault(422, code, pointer, rule);
    };
    refuse(json!({ "answered": 501 }), "rule_broken", "/answered", "answered_within_asked");
    refuse(json!({ "ended_on": "2017-10-31" }), "rule_broken", "/ended_on", "dates_in_order");
    refuse(json!({ "started_on": "2007-12-31" }), "rule_broken", "/started_on", "centre_operating");
    refuse(json!({ "centre_id": sibling }), "rule_broken", "/centre_id", "holder_in_scope");
    let twice = json!([{ "channel": "interview" }, { "channel": "interview" }]);
    refuse(json!({ "channels": twice }), "rule_broken", "/channels/1/channel", "channel_once");
    refuse(json!({ "channels": [{ "channel": "rumour" }] }), "invalid_body", "/channels/0/channel", "code_unknown");
    refuse(json!({ "channels": [{ "channel": "interview", "reached": -1 }] }), "invalid_body", "/channels/0/reached", "range");
    let topic = |members: Value| {
        let mut topic = json!({ "category": "law", "title": "Luật Đất đai" });
        topic.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        json!({ "topics": [{ "category": "law", "title": "Luật" }, topic] })
    };
    refuse(topic(json!({ "title": " " })), "invalid_body", "/topics/1/title", "blank");
    refuse(topic(json!({ "wishes": -1 })), "invalid_body", "/topics/1/wishes", "range");
    refuse(topic(json!({ "wishes": 413 })), "rule_broken", "/topics/1/wishes", "wishes_within_answered");
    refuse(topic(json!({ "sub_category": "knitting" })), "rule_broken", "/topics/1/sub_category", "category_of_province");
    let same =
        json!({ "topics": [{ "id": TOPIC, "category": "law", "title": "A" }, { "id": TOPIC, "category": "law", "title": "B" }] });
    refuse(same, "rule_broken", "/topics/1/id", "topic_once");
    post(&cast, &cast.officer, "/v1/surveys", &survey(&cast, json!({}))).refused(403, "right_missing");
    assert!(cast.world.client.walk(&cast.staff.token, "/v1/surveys").is_empty());

    post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, json!({}))).expect(201);
    let taken = post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, json!({}))).refused(409, "already_exists");
    assert_eq!(taken["pointer"], "/topics");
    assert_eq!(cast.world.client.walk(&cast.staff.token, "/v1/surveys").len(), 1);
}

#[test]
fn a_topic_that_an_item_of_a_plan_rests_on_stays() {
    let cast = KimSon::new();
    let client = &cast.world.client;
    let made = post(&cast, &cast.staff, "/v1/surveys", &survey(&cast, json!({}))).expect(201);
    let (path, found) = (made.header("location").unwrap().to_owned(), made.json());
    let plan = json!({ "centre_id": cast.centre, "year": 2018, "title": "Kế hoạch năm 2018", "survey_id": found["id"] });
    let plan = post(&cast, &cast.staff, "/v1/plans", &plan).expect(201).json();
    let item = json!({ "plan_id": plan["id"], "month": 3, "category": "law", "title": "Luật Đất đai", "survey_topic_id": TOPIC });
    let item = post(&cast, &cast.staff, "/v1/plan_items", &item).expect(201);

    // From the survey to the plan and its items.
    let of_survey =
        |list: &str| client.walk(&cast.staff.token, &format!("/v1/{list}?survey_id={}", found["id"].as_str().unwrap()));
    assert_eq!(each(&of_survey("plans"), "id"), [plan["id"].as_str().unwrap()]);
    assert_eq!(each(&of_survey("plan_items"), "survey_topic_id"), [TOPIC]);

    let change = |etag: &str, topics: Value| {
        client.patch(&path).by(&cast.staff.token).if_match(etag).json(&json!({ "topics": topics })).send()
    };
    let blocked = change(&made.etag(), json!([found["topics"][1]])).refused(409, "blocked");
    assert!(blocked["detail"].as_str().unwrap().contains("Luật Đất đai"), "{blocked}");
    client.delete(&path).by(&cast.staff.token).if_match(&made.etag()).send().refused(409, "blocked");
    assert_eq!(client.get(&path).by(&cast.staff.token).send().expect(200).json(), found);
    // What it says may be corrected, and the other one goes.
    let mut topic = found["topics"][0].clone();
    topic["title"] = json!("Luật Đất đai 2013");
    let after = change(&made.etag(), json!([topic])).expect(200);
    client.delete(item.header("location").unwrap()).by(&cast.staff.token).if_match(&item.etag()).send().expect(204);
    change(&after.etag(), json!([])).expect(200);
}
