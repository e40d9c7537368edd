//! Every operation, every role, every place: what the policy says, and nothing else.

use std::collections::HashMap;

use htcd_api::clock::Clock;
use htcd_domain::access::{Permission, Role, Scope};
use htcd_domain::id::ProvinceId;
use htcd_openapi::Operation;
use htcd_persistence::{Tx, account};
use serde_json::Value;

use super::{recorded_since, versions};
use crate::support::World;
use crate::support::cast::Person;
use crate::support::exceptions::Exceptions;
use crate::support::generate::{ABSENT, absent_ids, body, declared, path, path_parameters, required_queries, secured};
use crate::support::http::Response;
use crate::support::places::{Ground, Ids, Place, Target};
use crate::support::records::{Held, SAMPLES, held_by};

const TEST: &str = "every_operation_for_every_role_in_every_place_is_what_the_policy_says";

/// One question that is put to the server.
struct Cell<'g> {
    operation: &'g Operation<'g>,
    role: Role,
    person: &'g Person,
    place: Place,
    /// Whether the records are those that belong to the person.
    is_own: bool,
    /// Whether the last id in its path belongs to another record than the first.
    is_mixed: bool,
    target: Option<&'g Target>,
    ids: Ids,
}

/// What the policy says to it.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// 403 that names the permission.
    RightMissing,
    /// 404, the same as for what is not there.
    OutOfReach,
    /// Whatever the content and the state give.
    LetIn,
}

/// What a role's grant reaches, written down by hand: not the code under test.
pub fn covers(role: Role, place: Place) -> bool {
    use Place as P;
    match role {
        Role::PlatformAdmin | Role::MinistryReader => false,
        Role::ProvinceAdmin | Role::ProvinceOfficer => {
            matches!(place, P::Own | P::Sibling | P::OtherDistrict | P::District | P::Province)
        }
        Role::Verifier => matches!(place, P::Own | P::Sibling | P::District),
        Role::CommuneOfficer | Role::CentreManager | Role::CentreStaff => place == P::Own,
    }
}

fn is_national(role: Role) -> bool {
    matches!(role, Role::PlatformAdmin | Role::MinistryReader)
}

/// Whose users somebody looks after: all of the tenant, or those of roles that they appoint to where they are.
fn looks_after(role: Role, place: Place, target: Role) -> bool {
    match role {
        Role::PlatformAdmin => place == Place::Nation,
        Role::ProvinceAdmin | Role::ProvinceOfficer => covers(role, place),
        _ => role.appoints(target) && covers(role, place),
    }
}

impl Cell<'_> {
    /// The ids that stand in its path, or must stand in its query.
    fn names(&self) -> Vec<String> {
        let mut names = path_parameters(self.operation);
        let ids = absent_ids();
        names.extend(required_queries(self.operation).into_iter().filter(|name| ids.contains_key(name.as_str())));
        names
    }

    fn verdict(&self) -> Verdict {
        let permission = declared(self.operation);
        if !self.role.may(permission) {
            Verdict::RightMissing
        } else if !self.is_mixed && self.names().iter().all(|name| self.reaches(name, permission)) {
            Verdict::LetIn
        } else {
            Verdict::OutOfReach
        }
    }

    fn reaches(&self, name: &str, permission: Permission) -> bool {
        let (role, place) = (self.role, self.place);
        let is_tenants = if is_national(role) { place == Place::Nation } else { place.is_in_province() };
        match name {
            // The map is public.
            "unit_id" if permission == Permission::UnitsRead => place != Place::Nation,
            "unit_id" => place != Place::Nation && (is_national(role) || covers(role, place)),
            // What a province submitted is read by all of it whose role says so, and by the Ministry.
            "province_id" | "submission_id" => place != Place::Nation && (is_national(role) || place.is_in_province()),
            "round_id" | "restructuring_id" => is_tenants && place != Place::Nation,
            "scheme_id" => is_tenants || place == Place::Nation,
            "centre_id" | "site_id" | "rating_id" | "file_id" => covers(role, place),
            "user_id" | "grant_id" | "identity_id" | "user" => {
                self.target.is_some_and(|target| looks_after(role, place, target.role))
            }
            "session_id" | "delegation_id" => self.is_own,
            // A secret is worth its owner's rights: nobody else gets one.
            "service_account_id" if self.operation.value["operationId"] == "create_service_secret" => self.is_own,
            "service_account_id" | "secret_id" => {
                self.is_own || (is_tenants && matches!(role, Role::ProvinceAdmin | Role::PlatformAdmin))
            }
            other => match SAMPLES.iter().find(|sample| sample.id == other).map(|sample| sample.held) {
                Some(Held::Centre) => covers(role, place),
                Some(Held::Tenant) => is_tenants && place != Place::Nation,
                None => panic!("{}: say who reaches a {other}", self.operation.path),
            },
        }
    }

    fn at(&self) -> String {
        let target = self.target.map_or(String::new(), |target| format!(" about a {}", target.role));
        let whose = match (self.is_own, self.is_mixed) {
            (true, _) => "own",
            (_, true) => "under a record of one's own",
            _ => "others'",
        };
        format!("{} {} {} in {:?} ({whose}){target}", self.role, self.operation.method, self.operation.path, self.place)
    }
}

/// Sends a cell with an If-Match that no record has, so that a change of what is there stops at 412.
fn ask(ground: &Ground, document: &Value, cell: &Cell<'_>, ids: &Ids, token: &str) -> Response {
    let url = path(document, cell.operation, ids);
    let request = ground.world().client.request(&cell.operation.method.to_uppercase(), &url).by(token).if_match("\"999\"");
    match body(document, cell.operation, ids) {
        Some((media, bytes)) => request.bytes(&media, bytes).send(),
        None => request.send(),
    }
}

/// What an answer tells, with the ids that were asked for taken out.
fn told(answer: &Response, ids: &Ids) -> (u16, String) {
    let (status, text) = answer.told();
    (status, ids.iter().fold(text, |text, (name, id)| text.replace(id.as_str(), name)))
}

/// Every cell: each operation for each role, with the records of each place.
fn cells<'g>(ground: &'g Ground, operations: &'g [Operation<'g>]) -> Vec<Cell<'g>> {
    let mut cells = vec![];
    for (role, person) in &ground.people {
        for operation in operations {
            let mut add = |place, is_own, is_mixed: bool, target: Option<&'g Target>, mut ids: Ids| {
                if let Some(Target { user, grant, identity, .. }) = target {
                    let user = user.id.to_string();
                    ids.extend([("user_id", user.clone()), ("user", user)]);
                    if !is_mixed {
                        ids.insert("grant_id", grant.id.to_string());
                        ids.insert("identity_id", identity.clone());
                    }
                }
                cells.push(Cell { operation, role: *role, person, place, is_own, is_mixed, target, ids });
            };
            let names: Vec<_> = path_parameters(operation).into_iter().chain(required_queries(operation)).collect();
            let has = |wanted: &[&str]| names.iter().any(|name| wanted.contains(&name.as_str()));
            for records in &ground.records {
                let mut ids = absent_ids();
                ids.extend(records.ids.clone());
                // A year and a code that there are.
                ids.extend([("year", "2018".to_owned()), ("code", "22&as_of=2025-12-31".to_owned())]);
                let is_map = matches!(records.place, Place::District | Place::Province);
                if has(&["user_id", "user"]) {
                    records.users.iter().for_each(|target| add(records.place, false, false, Some(target), ids.clone()));
                } else if has(&["session_id", "delegation_id", "service_account_id"]) {
                    if !is_map {
                        add(records.place, false, false, None, ids.clone());
                    }
                    if records.place == Ground::home(*role) {
                        ids.extend(ground.own[role].clone());
                        add(records.place, true, false, None, ids);
                    }
                } else if !is_map || has(&["unit_id"]) {
                    add(records.place, false, false, None, ids);
                }
            }
            let [.., _, last] = &path_parameters(operation)[..] else { continue };
            let home = ground.at(Ground::home(*role));
            for records in ground.records.iter().filter(|records| records.place != home.place) {
                let mut ids = absent_ids();
                ids.extend(home.ids.clone());
                ids.extend(ground.own[role].clone());
                let theirs =
                    |target: &Target| [("grant_id", target.grant.id.to_string()), ("identity_id", target.identity.clone())];
                let theirs = records.users.first().map(theirs).into_iter().flatten();
                let all: Ids = records.ids.clone().into_iter().chain(theirs).collect();
                if let Some((name, id)) = all.get_key_value(last.as_str()).filter(|(_, id)| *id != ABSENT) {
                    ids.insert(name, id.clone());
                    let target = home.users.first().filter(|_| has(&["user_id"]));
                    add(records.place, false, true, target, ids);
                }
            }
        }
    }
    cells
}

/// The id of something beyond the reach of whoever asks, if an answer shows it without having been asked for it.
fn beyond(ground: &Ground, cell: &Cell<'_>, answer: &Response) -> Option<String> {
    let (role, text) = (cell.role, answer.text());
    let mut ids = vec![];
    for records in ground.records.iter().filter(|records| !matches!(records.place, Place::District | Place::Province)) {
        let is_tenants = if is_national(role) { records.place == Place::Nation } else { records.place.is_in_province() };
        let names: &[&str] = match (covers(role, records.place), is_tenants) {
            (true, _) => continue,
            // Those who look after the nation's users see what these have.
            (false, true) if is_national(role) => continue,
            (false, true) => &["centre_id", "site_id", "rating_id", "file_id"],
            (false, false) if records.place == Place::Nation => {
                &["service_account_id", "secret_id", "delegation_id", "session_id"]
            }
            (false, false) => &[
                "centre_id",
                "site_id",
                "rating_id",
                "round_id",
                "restructuring_id",
                "scheme_id",
                "service_account_id",
                "secret_id",
                "delegation_id",
                "session_id",
                "file_id",
                "submission_id",
            ],
        };
        // Decided results, centre by centre, are what these rights are for.
        let decided: &[&str] = match declared(cell.operation) {
            Permission::SubmissionsRead => &["submission_id", "centre_id", "rating_id", "round_id", "scheme_id"],
            Permission::AggregatesRecords | Permission::AggregatesNationalRecords => {
                &["centre_id", "rating_id", "round_id", "scheme_id"]
            }
            _ => &[],
        };
        let names: Vec<_> =
            names.iter().copied().filter(|name| role != Role::MinistryReader || !decided.contains(name)).collect();
        let of_centre = held_by(Held::Centre).map(|sample| sample.id);
        let of_tenant = held_by(Held::Tenant).map(|sample| sample.id).filter(|_| !is_tenants);
        let names = names.into_iter().chain(of_centre).chain(of_tenant);
        ids.extend(names.filter_map(|name| records.ids.get(name).cloned()).filter(|id| *id != ABSENT));
        ids.extend(records.users.iter().flat_map(|target| [target.user.id.to_string(), target.user.username.clone()]));
    }
    ids.into_iter().find(|id| text.contains(id) && !cell.ids.values().any(|own| own == id))
}

/// Puts the identity or the second factor there that an operation confirms or takes away.
fn prepare(world: &World, cell: &Cell<'_>) {
    if let (true, Some(target)) = (cell.operation.path.contains("{identity_id}"), cell.target) {
        world.db_identity_again(&target.user, &target.identity);
    }
    if !cell.operation.path.contains("/authenticator") {
        return;
    }
    let who = cell.target.map_or(cell.person, |target| &target.user);
    let device = |tx: &mut Tx<'_>| {
        account::start_authenticator(tx, who.id, b"twenty bytes of text", world.clock.now())?;
        if cell.operation.path.ends_with("/confirm") {
            Ok(())
        } else {
            account::confirm_authenticator(tx, who.id, &[], world.clock.now())
        }
    };
    world.db.transact(&Scope::whole(who.province), device).expect("an authenticator");
}

#[test]
fn every_operation_for_every_role_in_every_place_is_what_the_policy_says() {
    let ground = Ground::new();
    let world = ground.world();
    let exceptions = Exceptions::of(TEST);
    let document = htcd_api::document::document();
    let operations = secured(&document);
    let tenants = [ground.cast.province, ground.other_province, ProvinceId::NATION];
    let mut tokens: HashMap<Role, String> = ground.people.iter().map(|(role, person)| (*role, person.token.clone())).collect();
    let (refused, let_in): (Vec<_>, Vec<_>) =
        cells(&ground, &operations).into_iter().partition(|cell| cell.verdict() != Verdict::LetIn);
    let count = refused.len() + let_in.len();
    let absent = absent_ids();

    // What is refused, before anything has been changed: it changes nothing, and tells nothing.
    let before = versions(world, &tenants);
    for cell in &refused {
        let answer = ask(&ground, &document, cell, &cell.ids, &tokens[&cell.role]);
        let is_as_expected = match cell.verdict() {
            Verdict::RightMissing => {
                let body = answer.json();
                answer.status == 403
                    && body["code"] == "right_missing"
                    && body["permission"] == declared(cell.operation).to_string()
            }
            _ => {
                let is_not_found = answer.status == 404 && answer.json()["code"] == "not_found";
                // An id in a query may be told to be wrong in another way; in the path it is not found.
                let is_absent =
                    told(&answer, &cell.ids) == told(&ask(&ground, &document, cell, &absent, &tokens[&cell.role]), &absent);
                is_absent && (is_not_found || path_parameters(cell.operation).is_empty())
            }
        };
        let id = cell.operation.value["operationId"].as_str().unwrap();
        assert!(is_as_expected || exceptions.let_through(id), "{}: {} {}", cell.at(), answer.status, answer.text());
        assert_eq!(beyond(&ground, cell, &answer), None, "{}: {}", cell.at(), answer.text());
    }
    assert_eq!(versions(world, &tenants), before, "refusals change nothing");

    for cell in &let_in {
        prepare(world, cell);
        let answer = ask(&ground, &document, cell, &cell.ids, &tokens[&cell.role]);
        let is_let_in = match answer.status {
            401 | 404 | 405 | 500.. => false,
            403 => answer.json().get("permission").is_none(),
            // What is read is there, whole; a unit may be missing on the map of the year.
            status if cell.operation.method == "get" => status == 200 || (status == 422 && answer.json()["code"] == "not_on_map"),
            _ => true,
        };
        let id = cell.operation.value["operationId"].as_str().unwrap();
        assert!(is_let_in || exceptions.let_through(id), "{}: {} {}", cell.at(), answer.status, answer.text());
        assert_eq!(beyond(&ground, cell, &answer), None, "{}: {}", cell.at(), answer.text());
        // Whoever signed out everywhere signs in again.
        if world.client.get("/v1/me").by(&tokens[&cell.role]).send().status == 401 {
            tokens.insert(cell.role, world.db_sign_in(cell.person));
        }
    }
    // A list shows just what lies within reach.
    let mut count = count;
    for (role, person) in &ground.people {
        for (list, name, permission) in [
            ("/v1/centres?limit=200", "centre_id", Permission::CentresRead),
            ("/v1/ratings?limit=200", "rating_id", Permission::RatingsRead),
        ] {
            let text = world.client.get(list).by(&world.db_sign_in(person)).send().text();
            for records in ground.records.iter().filter(|records| records.ids[name] != ABSENT) {
                let is_seen = role.may(permission) && covers(*role, records.place);
                assert_eq!(text.contains(&records.ids[name]), is_seen, "{role} {list} {:?}", records.place);
                count += 1;
            }
        }
    }
    let changed = recorded_since(world, ground.cast.province, before[&ground.cast.province]);
    assert!(changed.len() > 10, "those who are let in do change something: {changed:?}");
    exceptions.end(TEST, count);
}
