//! The published document: made from the handlers, completed with what holds for all of them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::OnceLock;

use htcd_domain::Coded;
use htcd_domain::access::Permission;
use serde_json::{Map, Value, json};
use utoipa::OpenApi;
use utoipa_actix_web::AppExt;

use crate::problem::ProblemView;

#[derive(OpenApi)]
#[openapi(
    info(
        title = "htcd",
        description = "The API behind Viet Nam's community learning centres (trung tâm học tập cộng đồng): centres, yearly ratings \
                       from the centre over the verifier to the province, and the aggregates that the Ministry pulls.\n\n\
                       Sign in with **Authorize** (username and password), then try any operation.\n\n\
                       - Errors are `application/problem+json` (RFC 9457), Vietnamese unless `Accept-Language: en`.\n\
                       - Every record has a strong `ETag`; a change names it in `If-Match`.\n\
                       - A `POST` with an `Idempotency-Key` can be sent twice and is done once.\n\
                       - Lists come in pages: give `next` as `cursor`.",
        license(name = "MIT OR Apache-2.0", identifier = "MIT OR Apache-2.0"),
    ),
    components(schemas(ProblemView, crate::export::TableFormat, crate::v1::activity_summaries::ChartMeasure, crate::v1::activity_summaries::ChartRows, htcd_domain::table::Delimiter, htcd_domain::completeness::CompletenessSort, crate::v1::audit::AuditFormat, crate::record::Sort, crate::v1::submissions::diff::DiffFormat, crate::v1::reports::documents::DocumentFormat, htcd_domain::rating_import::NumberStyle)),
    tags(
        (name = "sign-in", description = "Tokens, and who one is."),
        (name = "account", description = "One's own account: password, second factor, sign-ins, leave to act."),
        (name = "service accounts", description = "Programs that act with a part of their owner's rights."),
        (name = "catalogues", description = "Codes with their labels; every error code."),
        (name = "units", description = "The administrative maps: provinces, districts until 30 June 2025, communes."),
        (name = "provinces", description = "Tenants."),
        (name = "users", description = "People who sign in, and their roles."),
        (name = "centres", description = "Community learning centres: place, life cycle, sites."),
        (name = "people", description = "Who works for a centre: persons, dated appointments, the board on any day and its reconstitution."),
        (name = "schemes", description = "Rating schemes: national frameworks and provinces' own."),
        (name = "rounds", description = "A year's rating with one scheme and its route."),
        (name = "restructurings", description = "Changes of the map: drafted, previewed, applied on a day, undone."),
        (name = "ratings", description = "Ratings: three assessments, a route, a history."),
        (name = "activities", description = "What a centre did: single activities and totals of months; the province's own categories."),
        (name = "reports", description = "Reports of centres: counted from the records, written where the form has words, frozen when they are handed in."),
        (name = "rapporteurs", description = "Rosters of rapporteurs, collaborators and teachers, and who spoke where."),
        (name = "events", description = "Trainings, workshops, contests, exchanges, meetings, reviews; commendations."),
        (name = "learning models", description = "What communes count of learning families, clans, communities, units and citizens."),
        (name = "profiles", description = "The yearly numbers of communes: people, poor households, income; what looks wrong in them."),
        (name = "surveys", description = "What people want to learn: channels, topics, wishes."),
        (name = "plans", description = "A centre's plan for a year, its items by month, its approval, its progress."),
        (name = "clubs", description = "Clubs of a centre; their meetings are activities."),
        (name = "literacy classes", description = "Literacy classes: enrolled, and completed by phase."),
        (name = "money", description = "Estimates, books with their locks, settlements, allowances against dated norms."),
        (name = "assets", description = "What a centre has or uses, and the yearly confirmation of it."),
        (name = "documents", description = "Registers of incoming and outgoing papers: numbers and symbols, files, evidence."),
        (name = "news", description = "News with pictures: drafted, published, withdrawn."),
        (name = "deadlines", description = "What is due when, more time that was granted, who has and has not reported, and what the caller has to do."),
        (name = "findings", description = "What the field's rules ask of a centre and the records do not show; explanations; the rules and a province's settings."),
        (name = "aggregates", description = "Rating distributions, and what a period comes to."),
        (name = "submissions", description = "What provinces submit to the Ministry: sealed and signed, verified away from the server, compared with now; the provinces' keys."),
        (name = "public", description = "What provinces show to everybody, without sign-in."),
        (name = "audit", description = "Who changed what."),
        (name = "operation", description = "Health and metrics."),
        (name = "files", description = "Papers and pictures of a centre, uploaded piece by piece and fetched by short-lived links."),
    ),
)]
struct Base;

/// The document as JSON.
pub fn document() -> Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT
        .get_or_init(|| {
            let (_, api) =
                actix_web::App::new().into_utoipa_app().openapi(Base::openapi()).configure(crate::routes).split_for_parts();
            let mut document = serde_json::to_value(api).unwrap_or_default();
            complete(&mut document);
            document
        })
        .clone()
}

/// What each status means, wherever it is given.
const REFUSALS: [(u16, &str, &str); 15] = [
    (400, "BadRequest", "The request cannot be read, or a parameter is unknown or not allowed."),
    (401, "Unauthorized", "No token, or one that is not good."),
    (403, "Forbidden", "The right is missing, or the separation of duties stands against it."),
    (404, "NotFound", "There is no such thing, or it lies outside your scope."),
    (408, "RequestTimeout", "The body arrived too slowly."),
    (409, "Conflict", "The present state does not allow it; the answer says what does."),
    (412, "PreconditionFailed", "Somebody changed the record since; the answer holds its current tag."),
    (413, "ContentTooLarge", "The body is larger than the server takes."),
    (415, "UnsupportedMediaType", "The content type is not one that the operation takes."),
    (416, "RangeNotSatisfiable", "The file has no such range; see Content-Range."),
    (422, "UnprocessableContent", "The content breaks a rule; every fault is named."),
    (428, "PreconditionRequired", "If-Match is missing."),
    (429, "TooManyRequests", "Too many requests; see Retry-After."),
    (500, "InternalServerError", "Something went wrong inside; give the request_id to the operator."),
    (
        503,
        "ServiceUnavailable",
        "The database or the issuer of the token does not answer for the moment, or too much waits already; see Retry-After.",
    ),
];

fn complete(document: &mut Value) {
    let components = &mut document["components"];
    let responses: Map<String, Value> = REFUSALS
        .iter()
        .map(|(_, name, description)| {
            let content = json!({ "application/problem+json": { "schema": { "$ref": "#/components/schemas/ProblemView" } } });
            ((*name).to_owned(), json!({ "description": description, "content": content }))
        })
        .collect();
    components["responses"] = Value::Object(responses);
    components["headers"] = json!({
        "ETag": { "description": "A strong tag of this answer.", "schema": { "type": "string" }, "example": "\"3-a1b2c3d4e5f60718\"" },
        "Location": { "description": "Where the new record is found.", "schema": { "type": "string" } },
    });
    components["parameters"] = json!({
        "AcceptLanguage": {
            "name": "Accept-Language", "in": "header", "required": false, "description": "`vi` (default) or `en`: the language of messages.",
            "schema": { "type": "string" }, "example": "en",
        },
        "IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "8 to 128 visible characters, new for each intended change. The same key with the same request gives the first answer again.",
            "schema": { "type": "string", "minLength": 8, "maxLength": 128, "pattern": "^[!#-~]+$" }, "example": "b1946ac9-2b9c-4c9d-8f4e-6a4a0e4f4a10",
        },
        "IfNoneMatch": {
            "name": "If-None-Match", "in": "header", "required": false, "description": "A tag that you have; if it still holds, the answer is 304 without a body.",
            "schema": { "type": "string" },
        },
    });
    let scopes: Map<String, Value> = <htcd_domain::access::Permission as htcd_domain::Coded>::ALL
        .iter()
        .map(|permission| (permission.to_string(), json!(htcd_domain::Coded::label(*permission).en)))
        .collect();
    components["securitySchemes"] = json!({
        "oauth2": {
            "type": "oauth2",
            "description": "Sign in with username and password; client id and secret stay empty.",
            "flows": { "password": { "tokenUrl": "/oauth2/token", "refreshUrl": "/oauth2/token", "scopes": scopes } },
        },
    });
    let Some(paths) = document["paths"].as_object_mut() else { return };
    for (path, item) in paths {
        let Some(operations) = item.as_object_mut() else { continue };
        for (method, operation) in operations {
            complete_operation(path, method, operation);
        }
    }
}

fn complete_operation(path: &str, method: &str, operation: &mut Value) {
    let is_secured = operation["security"]
        .as_array()
        .is_some_and(|list| list.iter().any(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty())));
    let parameters = operation["parameters"].as_array().cloned().unwrap_or_default();
    let has = |place: &str| parameters.iter().any(|parameter| parameter["in"] == place);
    let has_if_match = parameters.iter().any(|parameter| parameter["name"] == "If-Match");
    let has_body = operation.get("requestBody").is_some();
    let changes = method != "get";
    let is_health = path.starts_with("/healthz") || path == "/metrics";

    let mut statuses: Vec<u16> = vec![500];
    if !is_health {
        // Any operation can be sent a body or parameter that it does not take.
        statuses.extend([400, 408, 413, 415, 429, 503]);
    }
    if is_secured {
        statuses.extend([401, 403]);
    }
    if path == "/oauth2/token" {
        statuses.push(401);
    }
    if has("path") || path == "/metrics" || (changes && is_secured) {
        statuses.push(404);
    }
    if has_body || (changes && is_secured) {
        statuses.push(422);
    }
    if changes && is_secured {
        statuses.push(409);
    }
    if has_if_match {
        statuses.extend([412, 428]);
    }
    if path == "/healthz/ready" {
        statuses.push(503);
    }
    if path.contains("rating_distribution")
        || path.ends_with("_summary")
        || path.ends_with("/document")
        || path == "/v1/units/by_code"
    {
        statuses.extend([409, 422]);
    }
    if path == "/v1/units/{unit_id}/learning_models" || path == "/v1/units/{unit_id}/profile" {
        statuses.push(422); // The unit may have no commune on the map of the year.
    }
    if path == "/v1/files/content" {
        statuses.extend([404, 416]);
    }
    if path.ends_with("/pictures/{file_id}") {
        statuses.push(416);
    }
    if path == "/v1/submissions/preview" {
        statuses.push(422); // The year may have no round.
    }
    if path == "/v1/submissions/{submission_id}/diff" {
        statuses.push(422);
    }
    if path == "/v1/files" || path == "/v1/submissions" {
        // A list that names its centre or province.
        statuses.push(404);
    }
    for status in statuses {
        let Some((_, name, _)) = REFUSALS.iter().find(|(refusal, _, _)| *refusal == status) else { continue };
        let key = status.to_string();
        if operation["responses"].get(&key).is_none() {
            operation["responses"][key] = json!({ "$ref": format!("#/components/responses/{name}") });
        }
    }
    let refer = |name: &str| json!({ "$ref": format!("#/components/parameters/{name}") });
    let mut parameters = parameters;
    if !is_health {
        parameters.push(refer("AcceptLanguage"));
    }
    if method == "post" && is_secured {
        parameters.push(refer("IdempotencyKey"));
    }
    if method == "get" && !is_health {
        parameters.push(refer("IfNoneMatch"));
        operation["responses"]["304"] = json!({ "description": "What you have still holds." });
    }
    operation["parameters"] = Value::Array(parameters);
    for (status, name) in [("200", "ETag"), ("201", "ETag"), ("201", "Location")] {
        let is_page = operation["responses"].get(status).is_some() && !is_health && path != "/oauth2/token";
        if is_page {
            operation["responses"][status]["headers"][name] = json!({ "$ref": format!("#/components/headers/{name}") });
        }
    }
}

/// An operation, as the guard looks at it.
#[derive(Debug, Clone)]
pub struct Operation {
    /// The permission that it takes; none for an open one.
    pub permission: Option<Permission>,
    /// Its id.
    pub id: String,
    /// Whether it needs a token.
    pub secured: bool,
    /// Whether it takes an `Idempotency-Key`.
    pub takes_key: bool,
    /// Whether it counts towards no limit (health and metrics).
    pub is_free: bool,
    /// The names of its query parameters.
    pub query: BTreeSet<String>,
}

/// Every operation of the document, by path and method.
pub struct Operations(HashMap<String, BTreeMap<String, Operation>>);

impl Operations {
    /// Of a document.
    pub fn of(document: &Value) -> Self {
        let mut operations: HashMap<String, BTreeMap<String, Operation>> = HashMap::new();
        for (path, item) in document["paths"].as_object().into_iter().flatten() {
            for (method, operation) in item.as_object().into_iter().flatten() {
                let parameters = operation["parameters"].as_array().map_or(&[][..], Vec::as_slice);
                let secured = operation["security"]
                    .as_array()
                    .is_some_and(|list| list.iter().any(|entry| entry.as_object().is_some_and(|entry| !entry.is_empty())));
                let permission = operation["security"]
                    .as_array()
                    .and_then(|list| list.iter().find_map(|entry| entry["oauth2"][0].as_str()))
                    .and_then(Permission::from_code);
                let entry = Operation {
                    permission,
                    id: operation["operationId"].as_str().unwrap_or("").to_owned(),
                    secured,
                    takes_key: secured && method == "post",
                    is_free: path.starts_with("/healthz") || path == "/metrics",
                    query: parameters
                        .iter()
                        .filter(|p| p["in"] == "query")
                        .filter_map(|p| p["name"].as_str())
                        .map(str::to_owned)
                        .collect(),
                };
                operations.entry(path.clone()).or_default().insert(method.to_uppercase(), entry.clone());
                if method == "get" {
                    operations.entry(path.clone()).or_default().insert("HEAD".into(), entry);
                }
            }
        }
        Self(operations)
    }

    /// The permission that an operation takes, by the operation's id.
    pub fn permission_of(&self, id: &str) -> Option<Permission> {
        self.0.values().flat_map(BTreeMap::values).find(|operation| operation.id == id)?.permission
    }

    /// The methods of a path, if the document has it.
    pub fn methods(&self, pattern: &str) -> Option<&BTreeMap<String, Operation>> {
        self.0.get(pattern)
    }
}
