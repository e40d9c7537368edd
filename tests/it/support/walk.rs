//! A rating on its way through its route, as its people walk it.

use serde_json::{Value, json};

use super::cast::Person;
use super::http::{Client, Response};

/// A rating, with the tag that its next step is taken from.
#[derive(Clone)]
pub struct Walk<'c> {
    client: &'c Client,
    pub path: String,
    pub etag: String,
}

impl<'c> Walk<'c> {
    /// Starts the rating of what `of` names (`centre_id` or `commune_id`) in a round.
    pub fn start(client: &'c Client, who: &Person, round: &Value, of: Value) -> Self {
        let mut body = of;
        body["round_id"] = round["id"].clone();
        let created = client.post("/v1/ratings").by(&who.token).json(&body).send().expect(201);
        Self { client, path: created.header("location").unwrap().to_owned(), etag: created.etag() }
    }

    /// Somebody's try at a step, from the tag that was read last: `self` and `verified` save an assessment.
    pub fn attempt(&self, who: &Person, step: &str, body: &Value) -> Response {
        let request = match step {
            "self" | "verified" => self.client.put(&format!("{}/assessments/{step}", self.path)),
            _ => self.client.post(&format!("{}/{step}", self.path)),
        };
        let request = request.by(&who.token).if_match(&self.etag);
        if body.is_null() { request.send() } else { request.json(body).send() }
    }

    /// A step that succeeds; the rating after it.
    #[track_caller]
    pub fn step(&mut self, who: &Person, step: &str, body: Value) -> Value {
        let answer = self.attempt(who, step, &body).expect(200);
        self.etag = answer.etag();
        answer.json()
    }

    /// The rating as somebody sees it.
    #[track_caller]
    pub fn read(&self, who: &Person) -> Value {
        self.client.get(&self.path).by(&who.token).send().expect(200).json()
    }

    /// Its history.
    #[track_caller]
    pub fn steps(&self, who: &Person) -> Vec<Value> {
        self.client.get(&format!("{}/steps", self.path)).by(&who.token).send().expect(200).json().as_array().unwrap().clone()
    }

    pub fn id(&self) -> &str {
        self.path.rsplit('/').next().unwrap()
    }
}

/// The criteria of the lowest level, in order.
pub fn leaves(scheme: &Value) -> Vec<&Value> {
    fn walk<'v>(criteria: &'v Value, found: &mut Vec<&'v Value>) {
        for criterion in criteria.as_array().into_iter().flatten() {
            if criterion["children"].as_array().is_none_or(Vec::is_empty) {
                found.push(criterion);
            } else {
                walk(&criterion["children"], found);
            }
        }
    }
    let mut found = Vec::new();
    walk(&scheme["content"]["criteria"], &mut found);
    found
}

/// Full points for each criterion but these.
pub fn scores_but(scheme: &Value, others: &[(&str, f64)]) -> Vec<Value> {
    let points = |leaf: &Value| {
        others.iter().find(|(code, _)| leaf["code"] == *code).map_or(leaf["max_points"].clone(), |(_, points)| json!(points))
    };
    leaves(scheme).into_iter().map(|leaf| json!({ "criterion": leaf["code"], "points": points(leaf) })).collect()
}

/// One level for each criterion but these.
pub fn levels_but(scheme: &Value, level: &str, others: &[(&str, &str)]) -> Vec<Value> {
    let level =
        |leaf: &Value| others.iter().find(|(code, _)| leaf["code"] == *code).map_or(level, |(_, level)| *level).to_owned();
    leaves(scheme).into_iter().map(|leaf| json!({ "criterion": leaf["code"], "level": level(leaf) })).collect()
}

/// A decision of the province.
pub fn decision(number: &str, date: &str) -> Value {
    json!({ "number": number, "date": date, "issuer": "Sở GD&ĐT Quảng Ninh" })
}
