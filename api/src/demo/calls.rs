//! Years of single centres, loaded as people enter them: calls of the API, made to a server of its own on a loopback port. So every
//! rule holds for the demo, too, and its audit trail says who entered what.
//!
//! Each file is a list of calls: by whom, what is posted where, and under which name later calls refer to it (`$name`). Every
//! record has an id that is always the same, so that a load that was cut short goes on where it stopped.

use std::collections::HashMap;
use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use serde::Deserialize;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::SystemClock;
use crate::health::Recorder;
use crate::server;
use crate::settings::Settings;
use crate::state::App;

/// A call.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Call {
    /// Whose sign-in makes it.
    by: String,
    /// The path.
    post: String,
    /// The name of what comes of it.
    #[serde(rename = "as")]
    name: Option<String>,
    if_match: Option<String>,
    body: Option<Value>,
}

/// What calls refer to by name.
pub type Names = HashMap<String, String>;

/// A sign-in with its password.
pub type Password = (&'static str, String);

/// Makes the calls of these files, one after the other.
///
/// # Errors
/// The first call that was refused, with what was answered; or why the server did not start.
pub fn make(app: &App, passwords: &[Password], mut names: Names, files: &[&str]) -> Result<(), String> {
    let settings = Settings { listen: (Ipv4Addr::LOCALHOST, 0).into(), rate_limit: 0, ..app.settings.clone() };
    let own = Arc::new(App::new(settings, Arc::new(SystemClock)));
    let (says, hears) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = server::start(own, Recorder(None)).map_err(|error| error.to_string())?;
            // Whoever does not listen any more wants no server.
            let _ = says.send((running.address, running.handle));
            running.server.await.map_err(|error| error.to_string())
        })
    });
    let Ok((address, handle)) = hears.recv() else {
        return Err(thread.join().map_or_else(|_| "the demo's server ended".into(), |ended| ended.err().unwrap_or_default()));
    };
    let made = Caller::new(format!("http://{address}"), passwords)
        .and_then(|caller| files.iter().try_for_each(|file| caller.make_all(file, &mut names)));
    actix_web::rt::System::new().block_on(handle.stop(false));
    drop(thread.join());
    made
}

struct Caller {
    agent: ureq::Agent,
    base: String,
    tokens: HashMap<&'static str, String>,
}

impl Caller {
    fn new(base: String, passwords: &[Password]) -> Result<Self, String> {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        let mut caller = Self { agent, base, tokens: HashMap::new() };
        for (username, password) in passwords {
            let form = [("grant_type", "password"), ("username", username), ("password", password)];
            let answer = caller.agent.post(format!("{}/oauth2/token", caller.base)).send_form(form);
            let (status, body) = read(answer)?;
            let token = body["access_token"].as_str().ok_or_else(|| format!("{username} cannot sign in: {status} {body}"))?;
            caller.tokens.insert(username, token.to_owned());
        }
        Ok(caller)
    }

    fn make_all(&self, file: &str, names: &mut Names) -> Result<(), String> {
        let calls: Vec<Call> = serde_json::from_str(file).map_err(|error| error.to_string())?;
        calls.into_iter().try_for_each(|call| self.make(call, names))
    }

    fn make(&self, mut call: Call, names: &mut Names) -> Result<(), String> {
        let path = call.post.split('/').map(|part| named(part, names)).collect::<Result<Vec<_>, _>>()?.join("/");
        let token = self.tokens.get(&*call.by).ok_or_else(|| format!("nobody is called {}", call.by))?;
        let mut request = self.agent.post(format!("{}{path}", self.base)).header("authorization", format!("Bearer {token}"));
        if let Some(tag) = &call.if_match {
            request = request.header("if-match", tag);
        }
        let answer = match &mut call.body {
            None => request.send_empty(),
            Some(body) => {
                fill(body, names)?;
                // Acts on a record, and what lies below a centre, have no ids of the caller's making.
                if let Some(members) = body.as_object_mut().filter(|_| path.matches('/').count() == 2) {
                    members.insert("id".into(), always_the_same(&call.post, members).to_string().into());
                }
                request.header("content-type", "application/json").send(body.to_string())
            }
        };
        let (status, answered) = read(answer)?;
        match status {
            200..300 => {}
            // Made before a load was cut short.
            409 if answered["code"] == "already_exists" || call.if_match.is_some() => {}
            _ => return Err(format!("POST {path}: {status} {answered}")),
        }
        if let Some(name) = call.name {
            let made = answered["id"].as_str().or_else(|| call.body.as_ref()?["id"].as_str()).unwrap_or_default();
            names.insert(name, made.to_owned());
        }
        Ok(())
    }
}

fn read(answer: Result<ureq::http::Response<ureq::Body>, ureq::Error>) -> Result<(u16, Value), String> {
    let mut answer = answer.map_err(|error| error.to_string())?;
    let text = answer.body_mut().read_to_string().map_err(|error| error.to_string())?;
    Ok((answer.status().as_u16(), serde_json::from_str(&text).unwrap_or(Value::Null)))
}

/// An id that depends on what is posted, and on nothing else.
fn always_the_same(path: &str, body: &serde_json::Map<String, Value>) -> Uuid {
    let digest = Sha256::digest(format!("{path} {}", Value::Object(body.clone())));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

fn named(text: &str, names: &Names) -> Result<String, String> {
    match text.strip_prefix('$') {
        None => Ok(text.to_owned()),
        Some(name) => names.get(name).cloned().ok_or_else(|| format!("nothing is called {name} yet")),
    }
}

/// Puts ids in the place of names.
fn fill(value: &mut Value, names: &Names) -> Result<(), String> {
    match value {
        Value::String(text) => *text = named(text, names)?,
        Value::Array(items) => items.iter_mut().try_for_each(|item| fill(item, names))?,
        Value::Object(members) => members.values_mut().try_for_each(|member| fill(member, names))?,
        _ => {}
    }
    Ok(())
}
