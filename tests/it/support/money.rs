//! The books of a centre as its people keep them, and SQL that nobody should get through.

use diesel::connection::SimpleConnection;
use htcd_persistence::db::Target;
use serde_json::{Value, json};

use super::World;
use super::cast::Person;
use super::http::Response;

/// A decision of the commune's chairman.
pub fn decision(number: &str, date: &str) -> Value {
    json!({ "decision": { "number": number, "date": date, "issuer": "Chủ tịch UBND phường Kim Sơn" } })
}

/// Income from a source.
pub fn thu(centre: impl std::fmt::Display, date: &str, source: &str, amount: i64) -> Value {
    json!({ "centre_id": centre.to_string(), "date": date, "direction": "income", "source": source, "amount_vnd": amount, "description": "thu" })
}

/// Expenditure in a category.
pub fn chi(centre: impl std::fmt::Display, date: &str, category: &str, amount: i64) -> Value {
    json!({ "centre_id": centre.to_string(), "date": date, "direction": "expenditure", "category": category, "amount_vnd": amount, "description": "chi" })
}

/// The same record with other members.
pub fn with(mut body: Value, more: Value) -> Value {
    body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    body
}

impl World {
    /// Somebody makes a record, or tries to.
    pub fn make(&self, by: &Person, path: &str, body: &Value) -> Response {
        self.client.post(path).by(&by.token).json(body).send()
    }

    /// Somebody takes an act on what they have just read, or tries to.
    pub fn act(&self, by: &Person, path: &str, act: &str, body: Option<&Value>) -> Response {
        let etag = self.client.get(path).by(&by.token).send().expect(200).etag();
        let request = self.client.post(&format!("{path}/{act}")).by(&by.token).if_match(&etag);
        match body {
            Some(body) => request.json(body).send(),
            None => request.send(),
        }
    }

    /// Somebody changes what they have just read, or tries to.
    pub fn change(&self, by: &Person, path: &str, patch: &Value) -> Response {
        let etag = self.client.get(path).by(&by.token).send().expect(200).etag();
        self.client.patch(path).by(&by.token).if_match(&etag).json(patch).send()
    }

    /// Somebody removes what they have just read, or tries to.
    pub fn remove(&self, by: &Person, path: &str) -> Response {
        let etag = self.client.get(path).by(&by.token).send().expect(200).etag();
        self.client.delete(path).by(&by.token).if_match(&etag).send()
    }

    /// Somebody moves the lock of a centre's books, or tries to.
    pub fn lock_books(&self, by: &Person, centre: impl std::fmt::Display, body: &Value) -> Response {
        let path = format!("/v1/centres/{centre}/money_lock");
        let etag = self.client.get(&path).by(&by.token).send().expect(200).etag();
        self.client.put(&path).by(&by.token).if_match(&etag).json(body).send()
    }

    /// What somebody reads.
    pub fn read(&self, by: &Person, path: &str) -> Value {
        self.client.get(path).by(&by.token).send().expect(200).json()
    }

    /// An estimate with these lines, submitted by one and approved by another; answers its path.
    pub fn approved_budget(&self, (drafts, approves): (&Person, &Person), body: &Value) -> String {
        let path = self.make(drafts, "/v1/budgets", body).expect(201).header("location").unwrap().to_owned();
        self.act(drafts, &path, "submit", None).expect(200);
        self.act(approves, &path, "approve", Some(&decision("01/QĐ-UBND", "2018-01-02"))).expect(200);
        path
    }

    /// SQL past the program, as whoever owns the tables, is refused by the database with these words.
    #[track_caller]
    pub fn db_refuses(&self, sql: &str, says: &str) {
        let mut conn = Target::parse(self.owner_url()).unwrap().connect().unwrap();
        let error = conn.batch_execute(sql).expect_err(sql).to_string().to_lowercase();
        assert!(error.contains(&says.to_lowercase()), "{sql}: {error}");
    }

    /// SQL past the program that works.
    #[track_caller]
    pub fn db_does(&self, sql: &str) {
        let mut conn = Target::parse(self.owner_url()).unwrap().connect().unwrap();
        conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    }
}
