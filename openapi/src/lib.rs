//! The published document: made from the handlers, linted, and held against what clients were promised.
//!
//! `openapi.json` is what this version serves; `promised.json` is what clients may rely on. The first is
//! regenerated with every change of the API, the second moves only forward: nothing in it may break.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

/// The document as it is committed: pretty, with a new line at the end.
pub fn made() -> String {
    let mut text = serde_json::to_string_pretty(&htcd_api::document::document()).unwrap_or_default();
    text.push('\n');
    text
}

/// An operation with where it stands.
pub struct Operation<'d> {
    /// The path template.
    pub path: &'d str,
    /// The method, lower case.
    pub method: &'d str,
    /// The operation.
    pub value: &'d Value,
}

/// Every operation of a document.
pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object().into_iter().flatten();
    paths
        .flat_map(|(path, item)| {
            item.as_object().into_iter().flatten().map(move |(method, value)| Operation {
                path: path.as_str(),
                method: method.as_str(),
                value,
            })
        })
        .collect()
}

/// Follows a `$ref` inside the document.
pub fn resolve<'d>(document: &'d Value, value: &'d Value) -> &'d Value {
    let mut value = value;
    while let Some(pointer) = value["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        match document.pointer(pointer) {
            Some(target) => value = target,
            None => return &Value::Null,
        }
    }
    value
}

/// What is wrong with a document by the project's own rules; empty when nothing is.
pub fn lint(document: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    let mut ids = BTreeSet::new();
    for operation in operations(document) {
        let at = format!("{} {}", operation.method, operation.path);
        let value = operation.value;
        let id = value["operationId"].as_str().unwrap_or("");
        let is_snake =
            !id.is_empty() && id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_') && id.contains('_');
        if !is_snake {
            faults.push(format!("{at}: the operationId `{id}` is not of the form verb_resource"));
        }
        if !ids.insert(id) {
            faults.push(format!("{at}: the operationId `{id}` is used twice"));
        }
        if value["summary"].as_str().is_none_or(|text| text.trim().is_empty() || !text.trim().ends_with('.')) {
            faults.push(format!("{at}: a summary that is a sentence is missing"));
        }
        if value["tags"].as_array().is_none_or(|tags| tags.len() != 1) {
            faults.push(format!("{at}: needs exactly one tag"));
        }
        let scopes: Vec<&str> = value["security"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|entry| entry["oauth2"].as_array())
            .flatten()
            .filter_map(Value::as_str)
            .collect();
        let is_open = value["security"]
            .as_array()
            .is_some_and(|list| list.iter().all(|entry| entry.as_object().is_some_and(Map::is_empty)));
        if scopes.len() != 1 && !is_open {
            faults.push(format!("{at}: needs exactly one permission, or to be open on purpose"));
        }
        for parameter in value["parameters"].as_array().into_iter().flatten() {
            let parameter = resolve(document, parameter);
            if parameter["description"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{at}: parameter {} has no description", parameter["name"]));
            }
        }
        let responses = value["responses"].as_object();
        if responses.is_none_or(|responses| !responses.keys().any(|status| status.starts_with('2'))) {
            faults.push(format!("{at}: no answer for success"));
        }
        for (status, response) in responses.into_iter().flatten() {
            let response = resolve(document, response);
            if response["description"].as_str().is_none_or(str::is_empty) {
                faults.push(format!("{at}: the answer {status} has no description"));
            }
            let has_content = response["content"].as_object().is_some_and(|content| !content.is_empty());
            if !has_content && !["204", "304"].contains(&status.as_str()) {
                faults.push(format!("{at}: the answer {status} has no content"));
            }
        }
        if let Some(body) = value.get("requestBody") {
            let has_schema =
                body["content"].as_object().is_some_and(|content| content.values().all(|media| media.get("schema").is_some()));
            if !has_schema {
                faults.push(format!("{at}: the request body has no schema"));
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        for (property, value) in schema["properties"].as_object().into_iter().flatten() {
            let is_described = value.get("description").is_some()
                || value.get("$ref").is_some()
                || value.get("oneOf").is_some()
                || value.get("allOf").is_some();
            if !is_described {
                faults.push(format!("schema {name}: {property} has no description"));
            }
        }
    }
    find_broken_references(document, document, &mut faults);
    faults
}

fn find_broken_references(document: &Value, value: &Value, faults: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            if members.get("$ref").is_some_and(|reference| reference.is_string()) && resolve(document, value).is_null() {
                faults.push(format!("{} leads nowhere", members["$ref"]));
            }
            members.values().for_each(|member| find_broken_references(document, member, faults));
        }
        Value::Array(items) => items.iter().for_each(|item| find_broken_references(document, item, faults)),
        _ => {}
    }
}

/// What a client written against `old` could no longer do with `new`; empty when nothing breaks.
pub fn breaking(old: &Value, new: &Value) -> Vec<String> {
    let mut faults = Vec::new();
    for before in operations(old) {
        let at = format!("{} {}", before.method, before.path);
        let after = &new["paths"][before.path][before.method];
        if after.is_null() {
            faults.push(format!("{at} is gone"));
            continue;
        }
        if before.value["operationId"] != after["operationId"] {
            faults.push(format!("{at}: the operationId changed, and with it generated clients"));
        }
        let parameters = |document: &Value, operation: &Value| -> Vec<(String, bool)> {
            let list = operation["parameters"].as_array().cloned().unwrap_or_default();
            list.iter()
                .map(|parameter| resolve(document, parameter))
                .map(|parameter| {
                    (
                        format!("{} {}", parameter["in"].as_str().unwrap_or(""), parameter["name"].as_str().unwrap_or("")),
                        parameter["required"] == true,
                    )
                })
                .collect()
        };
        let (known, now) = (parameters(old, before.value), parameters(new, after));
        for (name, _) in &known {
            if !now.iter().any(|(other, _)| other == name) {
                faults.push(format!("{at}: the parameter {name} is gone"));
            }
        }
        for (name, required) in &now {
            let was_required = known.iter().find(|(other, _)| other == name).is_some_and(|(_, required)| *required);
            if *required && !was_required {
                faults.push(format!("{at}: the parameter {name} is needed now"));
            }
        }
        for (media, content) in before.value["requestBody"]["content"].as_object().into_iter().flatten() {
            match after["requestBody"]["content"].get(media) {
                Some(now) => {
                    compare(old, &content["schema"], new, &now["schema"], true, &format!("{at}: request"), 0, &mut faults)
                }
                None => faults.push(format!("{at}: {media} is no longer taken")),
            }
        }
        for (status, response) in
            before.value["responses"].as_object().into_iter().flatten().filter(|(status, _)| status.starts_with('2'))
        {
            let now = resolve(new, &after["responses"][status]);
            for (media, content) in resolve(old, response)["content"].as_object().into_iter().flatten() {
                match now["content"].get(media) {
                    Some(now) => compare(
                        old,
                        &content["schema"],
                        new,
                        &now["schema"],
                        false,
                        &format!("{at}: answer {status}"),
                        0,
                        &mut faults,
                    ),
                    None => faults.push(format!("{at}: no longer answers {status} with {media}")),
                }
            }
        }
    }
    faults
}

#[expect(clippy::too_many_arguments, reason = "two documents, two schemas, and where they stand")]
fn compare(
    old_doc: &Value,
    old: &Value,
    new_doc: &Value,
    new: &Value,
    is_request: bool,
    at: &str,
    depth: usize,
    faults: &mut Vec<String>,
) {
    if depth > 12 {
        return;
    }
    let (old, new) = (resolve(old_doc, old), resolve(new_doc, new));
    if old["type"] != new["type"] {
        faults.push(format!("{at}: the type changed from {} to {}", old["type"], new["type"]));
    }
    let names = |schema: &Value, member: &str| -> BTreeSet<String> {
        schema[member].as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let (old_codes, new_codes) = (names(old, "enum"), names(new, "enum"));
    // New codes in answers are announced growth: clients are told to expect them (docs/api-design.md).
    for code in old_codes.difference(&new_codes).filter(|_| is_request) {
        faults.push(format!("{at}: the code {code} is no longer taken"));
    }
    let (old_required, new_required) = (names(old, "required"), names(new, "required"));
    if is_request {
        for name in new_required.difference(&old_required) {
            faults.push(format!("{at}: {name} is needed now"));
        }
    } else {
        for name in old_required.difference(&new_required) {
            faults.push(format!("{at}: {name} may be missing now"));
        }
    }
    for (name, property) in old["properties"].as_object().into_iter().flatten() {
        match new["properties"].get(name) {
            Some(now) => compare(old_doc, property, new_doc, now, is_request, &format!("{at}: {name}"), depth + 1, faults),
            None => faults.push(format!("{at}: {name} is gone")),
        }
    }
    if old.get("items").is_some() {
        compare(old_doc, &old["items"], new_doc, &new["items"], is_request, &format!("{at}[]"), depth + 1, faults);
    }
    for member in ["oneOf", "allOf", "anyOf"] {
        let (old_parts, new_parts) = (old[member].as_array(), new[member].as_array());
        for (place, part) in old_parts.into_iter().flatten().enumerate() {
            match new_parts.and_then(|parts| parts.get(place)) {
                Some(now) => compare(old_doc, part, new_doc, now, is_request, at, depth + 1, faults),
                None => faults.push(format!("{at}: a form of it is gone")),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document() -> Value {
        htcd_api::document::document()
    }

    #[test]
    fn the_document_keeps_the_projects_own_rules() {
        let faults = lint(&document());
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn the_committed_document_is_the_one_that_is_served() {
        assert_eq!(include_str!("../openapi.json"), made(), "run `make openapi`");
    }

    /// Schemas are gathered by name, and of two with one name the later is taken in silence.
    #[test]
    fn no_two_types_of_the_document_share_a_name() {
        let mut found = std::collections::BTreeMap::<String, Vec<String>>::new();
        for room in ["domain", "api"] {
            walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(room).join("src"), &mut found);
        }
        assert!(found.len() > 200, "the sources were read");
        let shared: Vec<_> = found.iter().filter(|(_, files)| files.len() > 1).collect();
        assert!(shared.is_empty(), "rename one of each: {shared:#?}");
    }

    fn walk(folder: &std::path::Path, found: &mut std::collections::BTreeMap<String, Vec<String>>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                walk(&path, found);
            } else if path.extension().is_some_and(|ending| ending == "rs") {
                for name in schema_names(&std::fs::read_to_string(&path).unwrap()) {
                    found.entry(name).or_default().push(path.display().to_string());
                }
            }
        }
    }

    /// The names of the schemas that a source file declares: types that derive `ToSchema`, and those of `coded!`.
    fn schema_names(source: &str) -> Vec<String> {
        let (mut names, mut derives, mut given) = (vec![], false, None);
        for line in source.lines().map(str::trim) {
            if line.starts_with("#[derive(") {
                derives = line.contains("ToSchema");
            } else if line.starts_with("#[schema(") {
                given =
                    line.split_once("as = ").map(|(_, rest)| rest.split([',', ')']).next().unwrap_or("").to_owned()).or(given);
            } else if let Some((_, rest)) = line.split_once("struct ").or_else(|| line.split_once("enum "))
                && line.starts_with("pub")
            {
                let name: String = rest.chars().take_while(|letter| letter.is_alphanumeric()).collect();
                if derives || line.contains(" in \"") {
                    names.push(given.take().unwrap_or(name));
                }
                (derives, given) = (false, None);
            }
        }
        names
    }

    #[test]
    fn nothing_that_was_promised_breaks() {
        let promised: Value = serde_json::from_str(include_str!("../promised.json")).unwrap();
        let faults = breaking(&promised, &document());
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn breaking_changes_are_found() {
        let old = document();
        assert!(breaking(&old, &old).is_empty());
        let change = |edit: &dyn Fn(&mut Value)| {
            let mut new = old.clone();
            edit(&mut new);
            breaking(&old, &new)
        };
        type Edit<'e> = &'e dyn Fn(&mut Value);
        let cases: [(&str, Edit<'_>); 5] = [
            ("get /v1/me is gone", &|new| drop(new["paths"].as_object_mut().unwrap().remove("/v1/me"))),
            ("the parameter query q is gone", &|new| new["paths"]["/v1/units"]["get"]["parameters"] = json!([])),
            ("operating_model is gone", &|new| {
                drop(
                    new["components"]["schemas"]["CreateCentre"]["properties"].as_object_mut().unwrap().remove("operating_model"),
                )
            }),
            ("code is needed now", &|new| {
                new["components"]["schemas"]["CreateCentre"]["required"].as_array_mut().unwrap().push(json!("code"))
            }),
            ("the code standalone is no longer taken", &|new| {
                new["components"]["schemas"]["OperatingModel"]["enum"] = json!(["other"])
            }),
        ];
        for (expected, edit) in cases {
            let faults = change(edit);
            assert!(faults.iter().any(|fault| fault.ends_with(expected)), "{expected}: {faults:?}");
        }
    }

    #[test]
    fn the_linter_finds_what_it_looks_for() {
        let mut bad = document();
        let operation = &mut bad["paths"]["/v1/me"]["get"];
        operation["summary"] = json!("");
        operation["operationId"] = json!("Me");
        operation["security"] = json!([{ "oauth2": ["me", "units:read"] }]);
        operation["responses"]["200"]["content"]["application/json"]["schema"]["$ref"] = json!("#/components/schemas/Nobody");
        let faults = lint(&bad);
        for part in ["summary", "operationId", "exactly one permission", "leads nowhere"] {
            assert!(faults.iter().any(|fault| fault.contains(part)), "{part}: {faults:?}");
        }
    }
}
