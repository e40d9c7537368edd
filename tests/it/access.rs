//! Who gets in, for every operation of the document: nothing here lists operations by hand, so a new one is
//! walked from its first minute.

use std::collections::HashMap;

use htcd_domain::access::Role;
use htcd_domain::id::{ProvinceId, UnitId};
use htcd_openapi::Operation;
use serde_json::json;

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::generate::{absent_ids, ask, path_parameters, secured, template};
use crate::support::http::Response;
use crate::support::places::Ids;

/// A second province with one of everything that an operation can name.
struct Foreign {
    province: ProvinceId,
    unit: UnitId,
    ids: Ids,
}

fn foreign(world: &World) -> Foreign {
    let (unit, commune) = (world.unit("33", "2025-12-31"), world.unit("12454", "2018-12-31"));
    let province = world.db_province(unit);
    let centre = world.db_centre(province, commune, "TTHTCĐ của tỉnh khác");
    let admin = world.db_person(province, Role::ProvinceAdmin, Some(unit), None);
    let (manager, grant) = world.db_granted(province, Role::CentreManager, None, Some(centre));
    let mut ids = world.of_province(&admin);
    let officer = world.db_person(province, Role::CommuneOfficer, Some(commune), None);
    let of_centre = world.of_centre(&manager, &officer, (commune, centre), &ids);
    ids.extend(of_centre);
    ids.extend(world.of_person(&admin, Role::ProvinceAdmin, &manager));
    let user = manager.id.to_string();
    ids.extend([("user_id", user.clone()), ("user", user), ("grant_id", grant.id.to_string()), ("unit_id", unit.to_string())]);
    ids.insert("identity_id", world.db_identity(&manager));
    Foreign { province, unit, ids }
}

#[test]
fn no_proxy_may_keep_an_answer_to_somebody_with_a_token() {
    let world = World::new();
    let mut foreign = foreign(&world);
    // A year and a code that Hưng Yên of today has.
    foreign.ids.extend([("year", "2025".to_owned()), ("period", "2025".to_owned()), ("code", "33&as_of=2025-12-31".to_owned())]);
    let document = htcd_api::document::document();
    let admin = world.db_person(foreign.province, Role::ProvinceAdmin, Some(foreign.unit), None);
    let officer = world.db_person(foreign.province, Role::ProvinceOfficer, Some(foreign.unit), None);
    let scheme = world.scheme(&admin, "TTHTCD-MAU");
    let round = json!({ "scheme_id": scheme["id"], "year": 2025, "title": "Năm 2025", "route": KimSon::route() });
    world.client.post("/v1/rounds").by(&admin.token).json(&round).send().expect(201);
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
            let tokens = [&admin.token, &officer.token, &minister.token, &platform.token];
            let statuses = tokens.map(|token| look(ask(&world, &document, &operation, &foreign.ids, Some(token))));
            good += u32::from(statuses.contains(&200));
        }
        look(ask(&world, &document, &operation, &absent, None));
        look(ask(&world, &document, &operation, &absent, Some("nonsense")));
        let wrong = world
            .client
            .request(&operation.method.to_uppercase(), &format!("{}?colour=red", path_of(&document, &operation, &absent)));
        look(wrong.by(&admin.token).send());
    }
    let reads = secured(&document).iter().filter(|operation| operation.method == "get").count();
    assert_eq!(good as usize, reads, "each was answered with 200 to somebody");
    println!("{seen} answers");
}

/// The path with ids filled in, without a query.
fn path_of(document: &serde_json::Value, operation: &Operation<'_>, ids: &HashMap<&str, String>) -> String {
    let names = path_parameters(operation);
    names.iter().fold(template(document, operation), |path, name| path.replace(&format!("{{{name}}}"), &ids[name.as_str()]))
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
