//! Requests that enter a centre's year, in their order, as its people would send them.

use std::collections::BTreeMap;

use htcd_domain::access::Role;
use serde_json::{Value, json};

/// What a request does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Does {
    /// Makes a record: POST.
    Make,
    /// Acts on what is there, which names what it saw (`If-Match`): POST.
    Act,
    /// Sets all of what is there, which names what it saw: PUT.
    Set,
    /// Uploads the bytes of a file that was announced: PUT.
    Upload(&'static [u8]),
}

/// A request. A text `<name>` in its path or body stands for the id of what an earlier one made under that name;
/// `<centre>` and `<commune>` are known before the first.
#[derive(Debug, Clone)]
pub struct Step {
    /// Who sends it.
    pub by: Role,
    /// Where to.
    pub path: String,
    /// What.
    pub body: Value,
    /// What it does.
    pub does: Does,
    /// The name for the id of what it makes.
    pub name: Option<String>,
}

impl Step {
    /// A record that is made.
    pub(super) fn new(by: Role, path: impl Into<String>, body: Value) -> Self {
        Self { by, path: path.into(), body, does: Does::Make, name: None }
    }

    /// An act on what is there.
    pub(super) fn act(by: Role, path: impl Into<String>, body: Value) -> Self {
        Self { does: Does::Act, ..Self::new(by, path, body) }
    }

    /// All of what is there, set anew.
    pub(super) fn set(by: Role, path: impl Into<String>, body: Value) -> Self {
        Self { does: Does::Set, ..Self::new(by, path, body) }
    }

    /// The bytes of a file that was announced under a name.
    pub(super) fn upload(by: Role, name: &str, bytes: &'static [u8]) -> Self {
        Self { does: Does::Upload(bytes), ..Self::new(by, format!("/v1/files/<{name}>/content"), Value::Null) }
    }

    /// The same, with a name for what it makes.
    pub(super) fn named(self, name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), ..self }
    }

    /// Its path and body, with the ids in place of names.
    pub fn filled(&self, ids: &BTreeMap<String, String>) -> (String, Value) {
        let fill = |text: &str| ids.iter().fold(text.to_owned(), |text, (name, id)| text.replace(&format!("<{name}>"), id));
        (fill(&self.path), filled(&self.body, &fill))
    }
}

fn filled(value: &Value, fill: &impl Fn(&str) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(fill(text)),
        Value::Array(items) => items.iter().map(|item| filled(item, fill)).collect(),
        Value::Object(members) => members.iter().map(|(name, member)| (name.clone(), filled(member, fill))).collect(),
        other => other.clone(),
    }
}

/// The same record with more members.
pub(super) fn with(mut body: Value, more: Value) -> Value {
    if let (Some(body), Value::Object(more)) = (body.as_object_mut(), more) {
        body.extend(more);
    }
    body
}

/// What the centre itself held of a category over a month.
pub(super) fn held_in(category: &str, (year, month): (i32, u32), members: Value) -> Value {
    let body = json!({
        "centre_id": "<centre>", "category": category, "form": "theme", "role": "organiser",
        "starts_on": format!("{year}-{month:02}-01"), "ends_on": format!("{year}-{month:02}-28"),
    });
    with(body, members)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub fn check(steps: impl Iterator<Item = Step>) {
        let mut ids: BTreeMap<String, String> = ["centre", "commune"].map(|name| (name.into(), "id".into())).into();
        for step in steps {
            let (path, body) = step.filled(&ids);
            assert!(!path.contains('<') && !body.to_string().contains('<'), "{path} {body}");
            ids.extend(step.name.map(|name| (name, "id".into())));
        }
    }
}
