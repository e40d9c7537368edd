//! A small client: every answer is looked at, whatever its status.

use std::net::SocketAddr;

use serde_json::Value;

/// A text as it stands in a query.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

/// A member of each item of a list.
pub fn each<'v>(items: impl IntoIterator<Item = &'v Value>, member: &str) -> Vec<&'v str> {
    items.into_iter().map(|item| item[member].as_str().unwrap_or_else(|| panic!("no {member}: {item}"))).collect()
}

/// Sends requests to one server.
#[derive(Clone)]
pub struct Client {
    agent: ureq::Agent,
    base: String,
}

/// A request being put together.
pub struct Request<'c> {
    client: &'c Client,
    method: String,
    path: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

/// An answer.
#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
}

impl Client {
    pub fn new(address: SocketAddr) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .allow_non_standard_methods(true)
            .timeout_global(Some(std::time::Duration::from_secs(60)));
        Self { agent: config.build().into(), base: format!("http://{address}") }
    }

    pub fn request(&self, method: &str, path: &str) -> Request<'_> {
        Request { client: self, method: method.into(), path: path.into(), headers: vec![], body: None }
    }

    pub fn get(&self, path: &str) -> Request<'_> {
        self.request("GET", path)
    }

    /// Every item of a list, page by page.
    pub fn walk(&self, token: &str, path: &str) -> Vec<Value> {
        let (mut items, mut cursor) = (vec![], None::<String>);
        loop {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = match &cursor {
                Some(cursor) => format!("{path}{joint}cursor={cursor}"),
                None => path.to_owned(),
            };
            let page = self.get(&page).by(token).send().expect(200).json();
            items.extend(page["items"].as_array().expect("items").iter().cloned());
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return items,
            }
        }
    }

    pub fn post(&self, path: &str) -> Request<'_> {
        self.request("POST", path)
    }

    pub fn put(&self, path: &str) -> Request<'_> {
        self.request("PUT", path)
    }

    pub fn patch(&self, path: &str) -> Request<'_> {
        self.request("PATCH", path).header("content-type", "application/merge-patch+json")
    }

    pub fn delete(&self, path: &str) -> Request<'_> {
        self.request("DELETE", path)
    }
}

impl Request<'_> {
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// With an access token.
    pub fn by(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub fn if_match(self, etag: &str) -> Self {
        self.header("if-match", etag)
    }

    pub fn key(self, key: &str) -> Self {
        self.header("idempotency-key", key)
    }

    /// In English.
    pub fn in_english(self) -> Self {
        self.header("accept-language", "en")
    }

    pub fn json(mut self, value: &Value) -> Self {
        if !self.headers.iter().any(|(name, _)| name == "content-type") {
            self = self.header("content-type", "application/json");
        }
        self.body = Some(value.to_string().into_bytes());
        self
    }

    pub fn bytes(mut self, content_type: &str, bytes: impl Into<Vec<u8>>) -> Self {
        self.headers.retain(|(name, _)| name != "content-type");
        self = self.header("content-type", content_type);
        self.body = Some(bytes.into());
        self
    }

    pub fn form(self, text: &str) -> Self {
        self.bytes("application/x-www-form-urlencoded", text)
    }

    /// Sends it; answers `None` when no answer came.
    pub fn try_send(self) -> Option<Response> {
        let mut builder =
            ureq::http::Request::builder().method(self.method.as_str()).uri(format!("{}{}", self.client.base, self.path));
        for (name, value) in &self.headers {
            builder = builder.header(name, value);
        }
        let answer = match self.body {
            Some(body) => self.client.agent.run(builder.body(body).expect("a request")),
            None => self.client.agent.run(builder.body(()).expect("a request")),
        };
        let mut answer = answer.ok()?;
        let headers = answer
            .headers()
            .iter()
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect();
        let status = answer.status().as_u16();
        let bytes = answer.body_mut().with_config().limit(64 << 20).read_to_vec().ok()?;
        Some(Response { status, headers, bytes })
    }

    pub fn send(self) -> Response {
        let what = format!("{} {}", self.method, self.path);
        self.try_send().unwrap_or_else(|| panic!("no answer to {what}"))
    }
}

impl Response {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// A header that may stand several times, as one list in lower case.
    pub fn all(&self, name: &str) -> String {
        let values = self.headers.iter().filter(|(other, _)| other.eq_ignore_ascii_case(name));
        values.map(|(_, value)| value.to_ascii_lowercase()).collect::<Vec<_>>().join(", ")
    }

    pub fn etag(&self) -> String {
        self.header("etag").expect("an ETag").to_owned()
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_else(|error| panic!("{error}: {}", self.text()))
    }

    /// What it tells besides its request's id.
    pub fn told(&self) -> (u16, String) {
        let mut body = serde_json::from_slice(&self.bytes).unwrap_or(Value::Null);
        match body.as_object_mut().and_then(|members| members.remove("request_id")) {
            Some(_) => (self.status, body.to_string()),
            None => (self.status, self.text()),
        }
    }

    /// The answer's status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    /// The answer is a problem with this code.
    #[track_caller]
    pub fn refused(self, status: u16, code: &str) -> Value {
        assert_eq!(self.status, status, "{}", self.text());
        assert_eq!(self.header("content-type"), Some("application/problem+json"));
        let body = self.json();
        assert_eq!(body["code"], code, "{body:#}");
        assert_eq!(body["status"], status);
        for member in ["type", "title", "next", "request_id"] {
            assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{member} is missing: {body:#}");
        }
        body
    }

    /// The answer is a problem with this code and this one fault.
    #[track_caller]
    pub fn fault(self, status: u16, code: &str, pointer: &str, rule: &str) -> Value {
        let body = self.refused(status, code);
        let faults: Vec<_> = body["errors"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|fault| (fault["pointer"].as_str().unwrap(), fault["rule"].as_str().unwrap()))
            .collect();
        assert_eq!(faults, [(pointer, rule)], "{body:#}");
        body
    }

    /// The rules that a refusal names.
    #[track_caller]
    pub fn rules(self, status: u16) -> Vec<String> {
        assert_eq!(self.status, status, "{}", self.text());
        self.json()["errors"].as_array().into_iter().flatten().map(|fault| fault["rule"].as_str().unwrap().to_owned()).collect()
    }
}
