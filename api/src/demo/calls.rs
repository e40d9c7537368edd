//! Years of single centres, loaded as people enter them: requests to a server of its own on a loopback port. So every rule holds
//! for the demo, too, and its audit trail says who entered what.
//!
//! Every record has an id, or its request a key, that is always the same, so that a load that was cut short goes on where it
//! stopped.

use std::collections::{BTreeMap, HashMap};
use std::net::Ipv4Addr;
use std::sync::{Arc, mpsc};
use std::time::Duration;

use htcd_domain::access::Role;
use serde_json::Value;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::step::{Does, Step};
use crate::clock::SystemClock;
use crate::health::Recorder;
use crate::server;
use crate::settings::Settings;
use crate::state::App;

/// A centre's year with who sends its requests, and what is known before the first of them.
pub struct Year {
    /// The requests.
    pub steps: Vec<Step>,
    /// The sign-in of each role: username and password.
    pub sign_ins: HashMap<Role, (&'static str, String)>,
    /// Ids by name.
    pub ids: BTreeMap<String, String>,
}

/// Sends the requests of these years, one after the other.
///
/// # Errors
/// The first request that was refused, with what was answered; or why the server did not start.
pub fn send(app: &App, years: Vec<Year>) -> Result<(), String> {
    let settings = Settings { listen: (Ipv4Addr::LOCALHOST, 0).into(), rate_limit: 0, ..app.settings.clone() };
    let mut own = App::new(settings, Arc::new(SystemClock));
    own.logs_requests = false;
    let (says, hears) = mpsc::channel();
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = server::start(Arc::new(own), Recorder(None)).map_err(|error| error.to_string())?;
            // Whoever does not listen any more wants no server.
            let _ = says.send((running.address, running.handle));
            running.server.await.map_err(|error| error.to_string())
        })
    });
    let Ok((address, handle)) = hears.recv() else {
        return Err(thread.join().map_or_else(|_| "the demo's server ended".into(), |ended| ended.err().unwrap_or_default()));
    };
    let base = format!("http://{address}");
    let sent = years.into_iter().try_for_each(|year| Caller::new(&base, &year.sign_ins)?.send_all(year.steps, year.ids));
    actix_web::rt::System::new().block_on(handle.stop(false));
    drop(thread.join());
    sent
}

struct Caller<'b> {
    agent: ureq::Agent,
    base: &'b str,
    tokens: HashMap<Role, String>,
}

impl<'b> Caller<'b> {
    fn new(base: &'b str, sign_ins: &HashMap<Role, (&'static str, String)>) -> Result<Self, String> {
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .proxy(None)
            .timeout_global(Some(Duration::from_secs(60)))
            .build()
            .new_agent();
        let mut caller = Self { agent, base, tokens: HashMap::new() };
        for (role, (username, password)) in sign_ins {
            let form = [("grant_type", "password"), ("username", username), ("password", password)];
            let (status, body) = read(caller.agent.post(format!("{base}/oauth2/token")).send_form(form))?;
            let token = body["access_token"].as_str().ok_or_else(|| format!("{username} cannot sign in: {status} {body}"))?;
            caller.tokens.insert(*role, token.to_owned());
        }
        Ok(caller)
    }

    fn send_all(&self, steps: Vec<Step>, mut ids: BTreeMap<String, String>) -> Result<(), String> {
        steps.into_iter().try_for_each(|step| self.send(step, &mut ids))
    }

    fn send(&self, step: Step, ids: &mut BTreeMap<String, String>) -> Result<(), String> {
        let (path, mut body) = step.filled(ids);
        let id = body.as_object().filter(|_| step.does == Does::Make).map(|members| always_the_same(&path, members).to_string());
        // What lies below a centre has no id of the caller's making: a repeated request is known by its key.
        let has_own_id = path.matches('/').count() == 2;
        if let (Some(members), Some(id), true) = (body.as_object_mut(), &id, has_own_id) {
            members.insert("id".into(), id.clone().into());
        }
        let token = self.tokens.get(&step.by).ok_or_else(|| format!("nobody is {}", step.by))?;
        let url = format!("{}{path}", self.base);
        let request = match step.does {
            Does::Make => self.agent.post(url),
            Does::Act => self.agent.post(url).header("if-match", "*"),
            Does::Set => self.agent.put(url).header("if-match", "*"),
            Does::Upload(_) => self.agent.put(url).header("upload-offset", "0"),
        };
        let mut request = request.header("authorization", format!("Bearer {token}"));
        if let Some(key) = id.filter(|_| !has_own_id) {
            request = request.header("idempotency-key", key);
        }
        let answer = match (step.does, &body) {
            (Does::Upload(bytes), _) => request.header("content-type", "application/octet-stream").send(bytes),
            (_, Value::Null) => request.send_empty(),
            (_, body) => request.header("content-type", "application/json").send(body.to_string()),
        };
        let (status, answered) = read(answer)?;
        // Done before a load was cut short.
        let is_done = match step.does {
            Does::Make => answered["code"] == "already_exists",
            Does::Act => true,
            Does::Set => false,
            Does::Upload(_) => answered["state"] == "stored",
        };
        match status {
            200..300 => {}
            409 if is_done => {}
            _ => return Err(format!("{:?} {path} {body}: {status} {answered}", step.does)),
        }
        if let Some(name) = step.name {
            let id = answered["id"].as_str().or(body["id"].as_str()).unwrap_or_default();
            ids.insert(name, id.to_owned());
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
