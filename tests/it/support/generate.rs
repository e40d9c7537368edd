//! Requests made from the document alone, so that a new operation is walked without being listed anywhere.

use std::collections::HashMap;

use htcd_domain::Coded;
use htcd_domain::access::Permission;
use htcd_openapi::{Operation, operations, resolve};
use serde_json::{Map, Value, json};

use super::World;
use super::http::Response;
use super::records::SAMPLES;

/// An id that nothing has.
pub const ABSENT: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";

/// Ids of what an operation can name, none of which is there.
pub fn absent_ids() -> HashMap<&'static str, String> {
    let names = [
        "centre_id",
        "site_id",
        "scheme_id",
        "round_id",
        "restructuring_id",
        "rating_id",
        "user_id",
        "grant_id",
        "unit_id",
        "province_id",
        "service_account_id",
        "secret_id",
        "delegation_id",
        "session_id",
        "identity_id",
        "commune_id",
        "user",
        "file_id",
        "submission_id",
    ];
    let of_records = SAMPLES.iter().map(|sample| sample.id);
    names.into_iter().chain(of_records).map(|name| (name, ABSENT.to_owned())).collect()
}

/// Sends an operation, with a body that its schema allows and an If-Match that any record could have.
pub fn ask(
    world: &World,
    document: &Value,
    operation: &Operation<'_>,
    ids: &HashMap<&str, String>,
    token: Option<&str>,
) -> Response {
    let mut request = world.client.request(&operation.method.to_uppercase(), &path(document, operation, ids)).if_match("\"1\"");
    if let Some(token) = token {
        request = request.by(token);
    }
    if let Some((media, bytes)) = body(document, operation, ids) {
        request = request.bytes(&media, bytes);
    }
    request.send()
}

/// The permission of the policy that an operation asks for.
pub fn declared(operation: &Operation<'_>) -> Permission {
    permission(operation).and_then(Permission::from_code).expect("the document names a permission of the policy")
}

/// The permission that an operation asks for; `None` for an open one.
pub fn permission<'d>(operation: &Operation<'d>) -> Option<&'d str> {
    operation.value["security"].as_array()?.iter().find_map(|entry| entry["oauth2"][0].as_str())
}

/// Every operation that needs a token.
pub fn secured(document: &Value) -> Vec<Operation<'_>> {
    operations(document).into_iter().filter(|operation| permission(operation).is_some()).collect()
}

fn in_path<'o>(operation: &'o Operation<'_>) -> impl Iterator<Item = &'o Value> {
    operation.value["parameters"].as_array().into_iter().flatten().filter(|parameter| parameter["in"] == "path")
}

/// The names of an operation's path parameters that take an id.
pub fn path_parameters(operation: &Operation<'_>) -> Vec<String> {
    let names = in_path(operation).filter_map(|parameter| parameter["name"].as_str());
    names.filter(|name| name.ends_with("_id")).map(str::to_owned).collect()
}

/// An operation's path template, with what takes no id filled in: the first of several codes, the example of a number.
pub fn template(document: &Value, operation: &Operation<'_>) -> String {
    let others = in_path(operation).filter_map(|parameter| Some((parameter["name"].as_str()?, parameter)));
    others.filter(|(name, _)| !name.ends_with("_id")).fold(operation.path.to_owned(), |path, (name, parameter)| {
        let codes = &resolve(document, &parameter["schema"])["enum"];
        let value = codes[0].as_str().map_or_else(|| parameter["example"].to_string(), str::to_owned);
        path.replace(&format!("{{{name}}}"), &value)
    })
}

/// The names of the query parameters that must be there.
pub fn required_queries(operation: &Operation<'_>) -> Vec<String> {
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    needed.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect()
}

/// The path with ids filled in, and the query parameters that must be there.
pub fn path(document: &Value, operation: &Operation<'_>, ids: &HashMap<&str, String>) -> String {
    let mut path = template(document, operation);
    for name in path_parameters(operation) {
        let id = ids.get(name.as_str()).unwrap_or_else(|| panic!("{}: no id for {name}; give the walk one", operation.path));
        path = path.replace(&format!("{{{name}}}"), id);
    }
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let needed = parameters.filter(|parameter| parameter["in"] == "query" && parameter["required"] == true);
    let query: Vec<String> = needed
        .map(|parameter| {
            let name = parameter["name"].as_str().unwrap();
            let value =
                ids.get(name).cloned().or_else(|| parameter["example"].as_str().map(str::to_owned)).unwrap_or_else(|| {
                    let value = if parameter["example"].is_null() {
                        sample(document, &parameter["schema"], ids)
                    } else {
                        parameter["example"].clone()
                    };
                    value.as_str().map_or(value.to_string(), str::to_owned)
                });
            format!("{name}={value}")
        })
        .collect();
    if query.is_empty() { path } else { format!("{path}?{}", query.join("&")) }
}

/// A body that the operation's schema allows, with its content type.
pub fn body(document: &Value, operation: &Operation<'_>, ids: &HashMap<&str, String>) -> Option<(String, Vec<u8>)> {
    let (media, content) = operation.value["requestBody"]["content"].as_object()?.iter().next()?;
    let value = if content["example"].is_null() { sample(document, &content["schema"], ids) } else { content["example"].clone() };
    let bytes = value
        .as_str()
        .filter(|_| !media.contains("json"))
        .map_or_else(|| value.to_string().into_bytes(), |text| text.as_bytes().to_vec());
    Some((media.clone(), bytes))
}

/// A value of a schema: what must be there, with examples where there are any.
fn sample(document: &Value, schema: &Value, ids: &HashMap<&str, String>) -> Value {
    let schema = resolve(document, schema);
    if let Some(form) = ["oneOf", "allOf", "anyOf"].iter().find_map(|member| schema[member].get(0)) {
        return sample(document, form, ids);
    }
    let kind = schema["type"].as_str().or_else(|| schema["type"][0].as_str()).unwrap_or("object");
    match kind {
        "object" => {
            let mut members = Map::new();
            for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
                let value = match ids.get(name) {
                    Some(id) => json!(id),
                    None => sample(document, &schema["properties"][name], ids),
                };
                members.insert(name.to_owned(), value);
            }
            Value::Object(members)
        }
        _ if !schema["example"].is_null() => schema["example"].clone(),
        "array" => {
            let least = schema["minItems"].as_u64().unwrap_or(0);
            Value::Array((0..least).map(|_| sample(document, &schema["items"], ids)).collect())
        }
        "string" if schema["enum"].is_array() => schema["enum"][0].clone(),
        "string" => match schema["format"].as_str() {
            Some("date") => json!("2018-06-01"),
            Some("uuid") => json!("0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11"),
            _ => json!("x".repeat(schema["minLength"].as_u64().unwrap_or(1).max(1) as usize)),
        },
        "integer" | "number" => schema["minimum"].as_i64().map_or(json!(1), |least| json!(least)),
        "boolean" => json!(true),
        other => panic!("no sample for type {other}"),
    }
}
