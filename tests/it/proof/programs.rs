//! Every operation with tokens of programs that hold every permission but the declared one, or only that.

use std::collections::HashMap;

use chrono::Days;
use htcd_api::clock::{Clock, new_id, today};
use htcd_domain::Coded;
use htcd_domain::access::{Grant, HoldsOn, Permission, Role};
use htcd_domain::id::ProvinceId;
use htcd_openapi::Operation;
use serde_json::{Value, json};

use crate::support::cast::Person;
use crate::support::exceptions::Exceptions;
use crate::support::generate::{absent_ids, body, declared, path, secured};
use crate::support::http::Response;
use crate::support::places::{Ground, Ids, Place};

/// A program whose owner holds several roles at once.
struct Program {
    is_national: bool,
    listed: Vec<Permission>,
    client_id: String,
    secret: String,
    ids: Ids,
    tokens: HashMap<String, String>,
}

/// Somebody with all of these roles.
fn holder_of(ground: &Ground, province: ProvinceId, roles: &[Role]) -> Person {
    let (world, cast) = (ground.world(), &ground.cast);
    let now = world.clock.now();
    let grant = |role: &Role| {
        let (unit_id, centre_id) = match role.holds_on() {
            HoldsOn::Nation => (None, None),
            HoldsOn::Centre => (None, Some(cast.centre)),
            HoldsOn::Unit(_) if matches!(role, Role::ProvinceAdmin | Role::ProvinceOfficer) => {
                (Some(world.unit("22", "2025-12-31")), None)
            }
            HoldsOn::Unit(_) => (Some(cast.commune), None),
        };
        let valid_from = today(now) - Days::new(400);
        Grant { id: new_id(now), role: *role, unit_id, centre_id, valid_from, valid_to: None, taken_on: None }
    };
    world.db_person_with(province, roles.iter().map(grant).collect())
}

impl Program {
    /// Lists everything for it that its owner may list.
    fn of(ground: &Ground, owner: &Person, roles: &[Role], ids: Ids) -> Self {
        let may = |permission: &Permission| permission.is_for_programs() && roles.iter().any(|role| role.may(*permission));
        let listed: Vec<_> = Permission::ALL.iter().copied().filter(may).collect();
        let body = json!({ "name": "Tất cả", "permissions": listed, "expires_at": "2027-01-01T00:00:00Z" });
        let made = ground.world().client.post("/v1/service_accounts").by(&owner.token).json(&body).send().expect(201).json();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let (client_id, secret) = (text(&made["client_id"]), text(&made["secret"]["secret"]));
        Self { is_national: owner.province.is_nation(), listed, client_id, secret, ids, tokens: HashMap::new() }
    }

    /// A token with some of its permissions.
    fn token(&mut self, ground: &Ground, permissions: impl Iterator<Item = Permission>) -> String {
        let scope = permissions.map(|permission| permission.code()).collect::<Vec<_>>().join("+");
        if let Some(known) = self.tokens.get(&scope) {
            return known.clone();
        }
        let (id, secret) = (&self.client_id, &self.secret);
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}&scope={scope}");
        let answer = ground.world().client.post("/oauth2/token").form(&form).send().expect(200).json();
        assert_eq!(answer["scope"], scope.replace('+', " "));
        let token = answer["access_token"].as_str().unwrap().to_owned();
        self.tokens.insert(scope, token.clone());
        token
    }
}

/// A program in a province and one of the nation: between them they are allowed everything.
fn programs(ground: &Ground) -> Vec<Program> {
    let (national, provincial): (Vec<Role>, Vec<Role>) =
        Role::ALL.iter().copied().partition(|role| role.holds_on() == HoldsOn::Nation);
    let everybody = [(ground.cast.province, provincial, Place::Own), (ProvinceId::NATION, national, Place::Nation)];
    everybody
        .map(|(tenant, roles, place)| {
            let owner = holder_of(ground, tenant, &roles);
            let records = ground.at(place);
            let mut ids = absent_ids();
            ids.extend(records.ids.clone());
            let target = &records.users[0];
            let user = target.user.id.to_string();
            ids.extend([("user_id", user.clone()), ("user", user), ("grant_id", target.grant.id.to_string())]);
            ids.insert("identity_id", target.identity.clone());
            let delegate = if tenant.is_nation() { &target.user } else { &ground.cast.officer };
            ids.extend(ground.world().of_person(&owner, roles[0], delegate));
            Program::of(ground, &owner, &roles, ids)
        })
        .into()
}

/// Sends an operation with an If-Match that no record has, so that a change of what is there stops at 412.
fn ask(ground: &Ground, document: &Value, operation: &Operation<'_>, ids: &Ids, token: &str) -> Response {
    let request = ground.world().client.request(&operation.method.to_uppercase(), &path(document, operation, ids));
    let request = request.by(token).if_match("\"999\"");
    match body(document, operation, ids) {
        Some((media, bytes)) => request.bytes(&media, bytes).send(),
        None => request.send(),
    }
}

/// Whether an answer refuses a permission for a reason.
fn refuses(answer: &Response, permission: Permission, reason: &str) -> bool {
    answer.status == 403 && {
        let body = answer.json();
        body["code"] == "right_missing" && body["permission"] == permission.code() && body["reason"] == reason
    }
}

#[test]
fn a_token_with_every_permission_but_the_declared_one_is_refused() {
    const TEST: &str = "a_token_with_every_permission_but_the_declared_one_is_refused";
    let ground = Ground::new();
    let exceptions = Exceptions::of(TEST);
    let document = htcd_api::document::document();
    let mut cells = 0;
    for mut program in programs(&ground) {
        for operation in secured(&document) {
            let permission = declared(&operation);
            let others: Vec<_> = program.listed.iter().copied().filter(|listed| *listed != permission).collect();
            let token = program.token(&ground, others.into_iter());
            let answer = ask(&ground, &document, &operation, &program.ids, &token);
            let reason = if !permission.is_for_programs() { "in_person_only" } else { "not_listed" };
            let id = operation.value["operationId"].as_str().unwrap();
            assert!(
                refuses(&answer, permission, reason) || exceptions.let_through(id),
                "{id} without {permission}: {} {}",
                answer.status,
                answer.text()
            );
            cells += 1;
        }
    }
    exceptions.end(TEST, cells);
}

#[test]
fn with_only_the_declared_permission_it_is_allowed() {
    const TEST: &str = "with_only_the_declared_permission_it_is_allowed";
    let ground = Ground::new();
    let exceptions = Exceptions::of(TEST);
    let document = htcd_api::document::document();
    let operations = secured(&document);
    let (mut cells, mut allowed) = (0, std::collections::BTreeSet::new());
    for mut program in programs(&ground) {
        for operation in &operations {
            let permission = declared(operation);
            let id = operation.value["operationId"].as_str().unwrap();
            let is_listed = program.listed.contains(&permission);
            // One that its owner may not list is asked for in vain.
            let token = program.token(&ground, Some(permission).into_iter().filter(|_| is_listed));
            let answer = ask(&ground, &document, operation, &program.ids, &token);
            let is_right = if !permission.is_for_programs() {
                refuses(&answer, permission, "in_person_only")
            } else if !is_listed {
                refuses(&answer, permission, "not_listed")
            } else {
                allowed.insert(id);
                // Past the gate: what is left is content, state, or that the nation has no such record.
                let is_read = operation.method == "get" && !program.is_national;
                let is_missing = answer.status == 403 && answer.json()["code"] == "right_missing";
                !is_missing && !matches!(answer.status, 401 | 405 | 500..) && (!is_read || matches!(answer.status, 200 | 409))
            };
            assert!(is_right || exceptions.let_through(id), "{id} with {permission} alone: {} {}", answer.status, answer.text());
            cells += 1;
        }
    }
    let (in_person, others): (Vec<_>, Vec<_>) = operations.iter().partition(|operation| !declared(operation).is_for_programs());
    assert_eq!(allowed.len(), others.len(), "all but the {} in person were allowed to one of the two", in_person.len());
    exceptions.end(TEST, cells);
}
