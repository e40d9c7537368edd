//! Who gets in, for every operation of the document: nothing here lists operations by hand, so a new one is
//! walked from its first minute.

use std::collections::HashMap;

use htcd_domain::Coded;
use htcd_domain::access::{Permission, Role, Scope};
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_openapi::{Operation, operations};
use htcd_persistence::audit::{self, AuditFilter};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::generate::{body, path, path_parameters, permission, secured};
use crate::support::http::Response;

/// A second province with one of everything that an operation can name.
struct Foreign {
    province: ProvinceId,
    unit: UnitId,
    ids: HashMap<&'static str, String>,
}

/// One of everything in a province, made through the API by its own people.
fn one_of_everything(
    world: &World,
    admin: &Person,
    manager: &Person,
    centre: String,
    unit: UnitId,
) -> HashMap<&'static str, String> {
    let client = &world.client;
    let scheme = world.scheme(admin, "TTHTCD-MAU");
    let content = json!({ "code": "RIENG", "content": scheme["content"] });
    let own_scheme = client.post("/v1/schemes").by(&admin.token).json(&content).send().expect(201).json();
    let body = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Năm 2018", "route": KimSon::route() });
    let round = client.post("/v1/rounds").by(&admin.token).json(&body).send().expect(201).json();
    let rating = client
        .post("/v1/ratings")
        .by(&manager.token)
        .json(&json!({ "round_id": round["id"], "centre_id": centre }))
        .send()
        .expect(201)
        .json();
    let site = client
        .post(&format!("/v1/centres/{centre}/sites"))
        .by(&manager.token)
        .json(&json!({ "name": "Nhà văn hóa", "kind": "culture_house" }))
        .send()
        .expect(201)
        .json();
    let users = client.get("/v1/users").by(&admin.token).send().expect(200).json();
    let user = users["items"].as_array().unwrap().iter().find(|user| user["id"] != json!(admin.id)).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let program = json!({ "name": "Cổng dữ liệu", "permissions": ["me"], "expires_at": "2027-01-01T00:00:00Z" });
    let program = client.post("/v1/service_accounts").by(&admin.token).json(&program).send().expect(201).json();
    let leave = json!({ "delegate_username": manager.username, "reason": "nghỉ phép", "valid_until": "2026-12-01T00:00:00Z" });
    let leave = client.post("/v1/me/delegations").by(&admin.token).json(&leave).send().expect(201).json();
    let identity = json!({ "issuer": "https://sso.example", "subject": manager.id });
    let identities = format!("/v1/users/{}/identities", user["id"].as_str().unwrap());
    let identity = client.post(&identities).by(&admin.token).json(&identity).send().expect(201).json();
    let session = client.get("/v1/me/sessions").by(&admin.token).send().expect(200).json()[0].clone();
    HashMap::from([
        ("service_account_id", text(&program["id"])),
        ("secret_id", text(&program["secret"]["id"])),
        ("delegation_id", text(&leave["id"])),
        ("session_id", text(&session["id"])),
        ("identity_id", text(&identity["id"])),
        ("centre_id", centre),
        ("site_id", text(&site["id"])),
        ("scheme_id", text(&own_scheme["id"])),
        ("round_id", text(&round["id"])),
        ("rating_id", text(&rating["id"])),
        ("user_id", text(&user["id"])),
        ("user", text(&user["id"])),
        ("grant_id", text(&user["grants"][0]["id"])),
        ("unit_id", unit.to_string()),
    ])
}

fn foreign(world: &World) -> Foreign {
    let (unit, commune) = (world.unit("33", "2025-12-31"), world.unit("12454", "2018-12-31"));
    let province = world.db_province(unit);
    let centre = world.db_centre(province, commune, "TTHTCĐ của tỉnh khác");
    let admin = world.db_person(province, Role::ProvinceAdmin, Some(unit), None);
    let manager = world.db_person(province, Role::CentreManager, None, Some(centre));
    let mut ids = one_of_everything(world, &admin, &manager, centre.to_string(), unit);
    ids.insert("province_id", province.to_string());
    Foreign { province, unit, ids }
}

/// The end of a province's chain: it moves with every change.
fn db_version(world: &World, province: ProvinceId) -> i64 {
    let newest = world.db.read(&Scope::whole(province), |tx| audit::page(tx, &AuditFilter::default(), None, 1)).unwrap();
    newest.first().map_or(0, |record| record.seq)
}

pub fn absent_ids() -> HashMap<&'static str, String> {
    let names = [
        "centre_id",
        "site_id",
        "scheme_id",
        "round_id",
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
    ];
    names.iter().map(|name| (*name, "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11".to_owned())).collect()
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

fn without_request_id(response: Response) -> (u16, Value) {
    let mut body = if response.bytes.is_empty() { Value::Null } else { response.json() };
    if let Some(members) = body.as_object_mut() {
        members.remove("request_id");
    }
    (response.status, body)
}

/// Somebody with each role: on Kim Sơn and what lies above it, or on the nation.
fn everybody(cast: &KimSon) -> Vec<(Role, Person)> {
    let world = &cast.world;
    let national = |role| world.db_person(ProvinceId::NATION, role, None, None);
    Role::ALL
        .iter()
        .map(|role| {
            let person = match role {
                Role::PlatformAdmin | Role::MinistryReader => national(*role),
                Role::ProvinceAdmin => cast.admin.clone(),
                Role::ProvinceOfficer => cast.officer.clone(),
                Role::Verifier => cast.verifier.clone(),
                Role::CommuneOfficer => cast.commune_officer.clone(),
                Role::CentreManager => cast.manager.clone(),
                Role::CentreStaff => cast.staff.clone(),
            };
            (*role, person)
        })
        .collect()
}

#[test]
fn without_a_good_token_every_operation_answers_401_even_to_a_broken_body() {
    let world = World::new();
    let document = htcd_api::document::document();
    let ids = absent_ids();
    let mut cells = 0;
    for operation in secured(&document) {
        let url = path(&document, &operation, &ids);
        for (token, code) in [(None, "sign_in_required"), (Some("not.a.token"), "token_invalid"), (Some(""), "token_invalid")] {
            for broken in [false, true] {
                let mut request = world.client.request(&operation.method.to_uppercase(), &url);
                if let Some(token) = token {
                    request = request.by(token);
                }
                if broken && operation.method != "get" {
                    request = request.bytes("application/json", b"{ not json".to_vec());
                }
                let answer = request.send();
                assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"htcd\""), "{} {url}", operation.method);
                answer.refused(401, code);
                cells += 1;
            }
        }
    }
    println!("{cells} cells");
}

#[test]
fn every_role_gets_just_what_the_policy_grants() {
    let cast = KimSon::new();
    let document = htcd_api::document::document();
    let ids = absent_ids();
    let (before, mut cells) = (db_version(&cast.world, cast.province), 0);
    for (role, person) in everybody(&cast) {
        for operation in secured(&document) {
            let wanted =
                Permission::from_code(permission(&operation).unwrap()).expect("the document names a permission of the policy");
            if operation.value["operationId"] == "sign_out_everywhere"
                || (role.may(wanted) && operation.method != "get" && path_parameters(&operation).is_empty())
            {
                continue; // It would succeed, and change what the other cells look at; their own tests do that.
            }
            let answer = ask(&cast.world, &document, &operation, &ids, Some(&person.token));
            let is_missing =
                answer.status == 403 && answer.json()["code"] == "right_missing" && answer.json()["permission"] == wanted.code();
            assert_eq!(
                is_missing,
                !role.may(wanted),
                "{role} {} {}: {} {}",
                operation.method,
                operation.path,
                answer.status,
                answer.text()
            );
            assert!(
                answer.status < 500 && answer.status != 401,
                "{role} {} {}: {}",
                operation.method,
                operation.path,
                answer.text()
            );
            cells += 1;
        }
    }
    // Refusals change nothing; only reading personal data leaves a record.
    let since =
        cast.world.db.read(&Scope::whole(cast.province), |tx| audit::page(tx, &AuditFilter::default(), None, 200)).unwrap();
    let reads: Vec<_> = operations(&document).into_iter().filter(|operation| operation.method == "get").collect();
    for record in since.iter().filter(|record| record.seq > before) {
        assert!(reads.iter().any(|read| read.value["operationId"] == record.operation.as_str()), "{record:?}");
    }
    println!("{cells} cells");
}

#[test]
fn ids_of_another_province_answer_exactly_as_ids_that_do_not_exist() {
    let cast = KimSon::new();
    let document = htcd_api::document::document();
    let foreign = foreign(&cast.world);
    let absent = absent_ids();
    let before = (db_version(&cast.world, cast.province), db_version(&cast.world, foreign.province));
    let mut cells = 0;
    for (role, person) in everybody(&cast).into_iter().filter(|(_, person)| !person.province.is_nation()) {
        for operation in secured(&document) {
            let wanted = Permission::from_code(permission(&operation).unwrap()).unwrap();
            let names = path_parameters(&operation);
            // The map is public; what is counted on it is not.
            let is_map = wanted == Permission::UnitsRead;
            if !role.may(wanted) || names.is_empty() || is_map {
                continue;
            }
            let theirs = without_request_id(ask(&cast.world, &document, &operation, &foreign.ids, Some(&person.token)));
            let nobodys = without_request_id(ask(&cast.world, &document, &operation, &absent, Some(&person.token)));
            assert_eq!(theirs, nobodys, "{role} {} {}", operation.method, operation.path);
            let (status, body) = theirs;
            assert_eq!(
                (status, &body["code"]),
                (404, &json!("not_found")),
                "{role} {} {}: {body:#}",
                operation.method,
                operation.path
            );
            cells += 1;
        }
    }
    let after = (db_version(&cast.world, cast.province), db_version(&cast.world, foreign.province));
    assert_eq!(after, before, "refusals change nothing");
    assert!(cells > 60, "the walk walks: {cells}");
    println!("{cells} cells");
}

#[test]
fn the_owners_find_under_the_same_ids_what_others_do_not() {
    // Without this the walk above could pass because of ids that nobody can find.
    let world = World::new();
    let foreign = foreign(&world);
    let document = htcd_api::document::document();
    let admin = world.db_person(foreign.province, Role::ProvinceAdmin, Some(foreign.unit), None);
    let mut cells = 0;
    for operation in
        secured(&document).into_iter().filter(|operation| operation.method == "get" && !path_parameters(operation).is_empty())
    {
        let answer = ask(&world, &document, &operation, &foreign.ids, Some(&admin.token));
        // Hưng Yên of today is not on the map of 2011.
        let expected = if operation.path.ends_with("rating_distribution") { 422 } else { 200 };
        assert_eq!(answer.status, expected, "{}: {}", operation.path, answer.text());
        cells += 1;
    }
    assert!(cells > 15, "the walk walks");
}

#[test]
fn no_proxy_may_keep_an_answer_to_somebody_with_a_token() {
    let world = World::new();
    let mut foreign = foreign(&world);
    // A year and a code that Hưng Yên of today has.
    foreign.ids.extend([("year", "2025".to_owned()), ("code", "33&as_of=2025-12-31".to_owned())]);
    let document = htcd_api::document::document();
    let admin = world.db_person(foreign.province, Role::ProvinceAdmin, Some(foreign.unit), None);
    let minister = world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None);
    let platform = world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None);
    let absent = absent_ids();
    let (mut seen, mut good) = (0, 0);
    for operation in secured(&document) {
        let mut look = |answer: Response| {
            let policy = answer.header("cache-control").unwrap_or("").to_owned();
            let at = format!("{} {} {}: {policy}", operation.method, operation.path, answer.status);
            assert!(policy == "no-store" || policy == "private, no-cache" || policy == "private, no-store", "{at}");
            assert!(answer.all("vary").contains("authorization"), "{at}");
            seen += 1;
            answer.status
        };
        if operation.method == "get" {
            let tokens = [&admin.token, &minister.token, &platform.token];
            let statuses = tokens.map(|token| look(ask(&world, &document, &operation, &foreign.ids, Some(token))));
            good += u32::from(statuses.contains(&200));
        }
        look(ask(&world, &document, &operation, &absent, None));
        look(ask(&world, &document, &operation, &absent, Some("nonsense")));
        let wrong =
            world.client.request(&operation.method.to_uppercase(), &format!("{}?colour=red", path_of(&operation, &absent)));
        look(wrong.by(&admin.token).send());
    }
    let reads = secured(&document).iter().filter(|operation| operation.method == "get").count();
    assert_eq!(good as usize, reads, "each was answered with 200 to somebody");
    println!("{seen} answers");
}

/// The path with ids filled in, without a query.
fn path_of(operation: &Operation<'_>, ids: &HashMap<&str, String>) -> String {
    let names = path_parameters(operation);
    names.iter().fold(operation.path.to_owned(), |path, name| path.replace(&format!("{{{name}}}"), &ids[name.as_str()]))
}

#[test]
fn no_list_shows_a_trace_of_another_province() {
    let cast = KimSon::new();
    let foreign = foreign(&cast.world);
    let document = htcd_api::document::document();
    for (role, person) in everybody(&cast).into_iter().filter(|(_, person)| !person.province.is_nation()) {
        for operation in
            secured(&document).into_iter().filter(|operation| operation.method == "get" && path_parameters(operation).is_empty())
        {
            let answer = ask(&cast.world, &document, &operation, &foreign.ids, Some(&person.token)).text();
            for (name, id) in foreign.ids.iter().filter(|(name, _)| **name != "unit_id") {
                assert!(!answer.contains(id.as_str()), "{role} {}: the foreign {name} shows", operation.path);
            }
            assert!(
                !answer.contains(&foreign.province.to_string()) && !answer.contains("của tỉnh khác"),
                "{role} {}",
                operation.path
            );
        }
    }
}

#[test]
fn a_neighbour_in_the_same_province_finds_nothing_of_kim_son() {
    // A verifier, a commune officer and a centre's people of another district, against Kim Sơn's records.
    let cast = KimSon::new();
    let world = &cast.world;
    let (ha_long, bach_dang) = (world.unit("193", "2018-12-31"), world.unit("06673", "2018-12-31"));
    let other = world.db_centre(cast.province, bach_dang, "TTHTCĐ Hạ Long");
    let neighbours = [
        (Role::Verifier, world.db_person(cast.province, Role::Verifier, Some(ha_long), None)),
        (Role::CommuneOfficer, world.db_person(cast.province, Role::CommuneOfficer, Some(bach_dang), None)),
        (Role::CentreManager, world.db_person(cast.province, Role::CentreManager, None, Some(other))),
        (Role::CentreStaff, world.db_person(cast.province, Role::CentreStaff, None, Some(other))),
    ];
    let mut ids = one_of_everything(world, &cast.admin, &cast.manager, cast.centre.to_string(), cast.commune);
    ids.retain(|name, _| ["centre_id", "site_id", "rating_id", "unit_id"].contains(name));
    let document = htcd_api::document::document();
    let before = db_version(world, cast.province);
    let mut cells = 0;
    for (role, person) in &neighbours {
        for operation in secured(&document) {
            let wanted = Permission::from_code(permission(&operation).unwrap()).unwrap();
            let names = path_parameters(&operation);
            let is_scoped =
                !names.is_empty() && names.iter().all(|name| ids.contains_key(name.as_str())) && wanted != Permission::UnitsRead;
            if !role.may(wanted) || !is_scoped {
                continue;
            }
            let theirs = without_request_id(ask(world, &document, &operation, &ids, Some(&person.token)));
            let nobodys = without_request_id(ask(world, &document, &operation, &absent_ids(), Some(&person.token)));
            assert_eq!(theirs, nobodys, "{role} {} {}", operation.method, operation.path);
            assert_eq!(theirs.0, 404, "{role} {} {}: {}", operation.method, operation.path, theirs.1);
            cells += 1;
        }
        let centres = world.client.get("/v1/centres").by(&person.token).send().expect(200).text();
        assert!(!centres.contains(&cast.centre.to_string()), "{role}");
        let ratings = world.client.get("/v1/ratings").by(&person.token).send().expect(200).text();
        assert!(!ratings.contains(&ids["rating_id"]), "{role}");
    }
    assert_eq!(db_version(world, cast.province), before);
    assert!(cells > 40, "the walk walks");
    println!("{cells} cells");
}

#[test]
fn the_policy_that_people_read_is_the_policy() {
    let page = include_str!("../../docs/access-policy.md");
    let (_, rest) = page.split_once("<!-- policy -->").expect("the marker");
    let (shown, _) = rest.split_once("<!-- /policy -->").expect("the end marker");
    assert_eq!(
        shown.trim(),
        htcd_domain::access::policy_grid().trim(),
        "put what `htcd policy` prints into docs/access-policy.md"
    );
}
