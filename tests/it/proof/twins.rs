//! Two provinces with equal data: whatever somebody of the one reads, the other one does not show in it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Cursor;

use calamine::{Reader, Xlsx};
use htcd_domain::access::Role;
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use htcd_openapi::{Operation, resolve};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person, day};
use crate::support::exceptions::Exceptions;
use crate::support::generate::{ABSENT, absent_ids, declared, path, secured};
use crate::support::http::{Response, encoded};
use crate::support::places::Ids;

const TEST: &str = "twin_provinces_show_no_trace_of_each_other";

/// A province with one of everything, by its unit of today and two of its communes of 2018.
struct Twin {
    unit: UnitId,
    commune: UnitId,
    people: Vec<(Role, Person)>,
    ids: Ids,
}

impl Twin {
    fn new(world: &World, code: &str, communes: [&str; 2]) -> Self {
        let unit = world.unit(code, "2025-12-31");
        let [commune, other] = communes.map(|code| world.unit(code, "2018-12-31"));
        let district = world.app.atlas().unwrap().map.ancestors(commune, day("2018-12-31"))[0].id;
        let province = world.db_province(unit);
        let centres = [(commune, "TTHTCĐ Kim Sơn"), (other, "TTHTCĐ Kim Sơn 2"), (commune, "TTHTCĐ Kim Sơn cũ")]
            .map(|(commune, name)| world.db_centre(province, commune, name));
        let people = Self::people(world, province, unit, district, commune, centres[0]);
        let by = |role: Role| &people.iter().find(|(other, _)| *other == role).unwrap().1;
        let (admin, officer, manager) = (by(Role::ProvinceAdmin), by(Role::ProvinceOfficer), by(Role::CentreManager));

        let post = |who: &Person, path: &str, body: Value| world.client.post(path).by(&who.token).json(&body).send();
        let mut ids = absent_ids();
        ids.extend(world.of_province(admin));
        let of_centre = world.of_centre(manager, by(Role::CommuneOfficer), (commune, centres[0]), &ids);
        ids.extend(of_centre);
        for (role, person) in &people {
            let delegate = if *role == Role::CentreManager { officer } else { manager };
            world.of_person(person, *role, delegate);
        }
        ids.extend(world.of_person(admin, Role::ProvinceAdmin, manager));

        // Decided results of the year before, and a centre that went into another one.
        let round = json!({
            "scheme_id": world.scheme(admin, "TTHTCD-MAU")["id"], "year": 2017, "title": "Năm 2017", "route": KimSon::route(),
        });
        let round = post(admin, "/v1/rounds", round).expect(201).json();
        let results = json!([{ "centre_id": centres[0], "rank": "kha", "points": 72 }, { "centre_id": centres[1], "rank": "tot", "points": 92 }]);
        post(officer, "/v1/ratings/import", json!({ "round_id": round["id"], "results": results })).expect(200);
        let old = format!("/v1/centres/{}", centres[2]);
        let etag = world.client.get(&old).by(&admin.token).send().expect(200).etag();
        let merger = json!({ "act": "merge", "effective_on": "2026-06-01", "successor_ids": [centres[0]], "reason": "Sắp xếp lại",
            "decision": { "number": "12/QĐ-UBND", "date": "2026-05-01", "issuer": "UBND" } });
        world.client.post(&format!("{old}/acts")).by(&admin.token).if_match(&etag).json(&merger).send().expect(201);

        let username = format!("user-{code}-lan");
        let grants = json!([{ "role": "centre_staff", "centre_id": centres[0] }]);
        let lan = json!({ "username": username, "display_name": "Phạm Thị Lan", "email": format!("lan@so{code}.vn"), "grants": grants });
        let lan = post(admin, "/v1/users", lan).expect(201).json();
        let (user, grant) = (lan["id"].as_str().unwrap().to_owned(), lan["grants"][0]["id"].as_str().unwrap().to_owned());
        ids.extend([("user_id", user.clone()), ("user", user), ("grant_id", grant)]);
        ids.extend([("unit_id", unit.to_string()), ("commune_id", commune.to_string())]);
        Self { unit, commune, people, ids }
    }

    fn people(
        world: &World,
        province: ProvinceId,
        unit: UnitId,
        district: UnitId,
        commune: UnitId,
        centre: CentreId,
    ) -> Vec<(Role, Person)> {
        let person = |role, unit| (role, world.db_granted(province, role, Some(unit), Some(centre)).0);
        vec![
            person(Role::ProvinceAdmin, unit),
            person(Role::ProvinceOfficer, unit),
            person(Role::Verifier, district),
            person(Role::CommuneOfficer, commune),
            person(Role::CentreManager, commune),
            person(Role::CentreStaff, commune),
        ]
    }

    fn admin(&self) -> &Person {
        &self.people[0].1
    }
}

/// What a query parameter can be given: of a list of codes each, of the rest an example, and these ids.
fn values(document: &Value, parameter: &Value, ids: &[&Ids]) -> Vec<String> {
    let name = parameter["name"].as_str().unwrap();
    let schema = resolve(document, &parameter["schema"]);
    let schema = schema["oneOf"].as_array().and_then(|forms| forms.iter().find(|form| form["type"] != "null")).unwrap_or(schema);
    let schema = resolve(document, schema);
    let of = |kind: &str| ids.iter().map(|ids| ids[kind].clone()).collect();
    match name {
        "boundaries" => ["as_was", "restated", "as_of:2018-12-31"].map(str::to_owned).into(),
        "year" | "compare_year" => ["2017", "2018"].map(str::to_owned).into(),
        "username" => vec!["user".into()],
        "q" => vec![encoded("kim son"), encoded("Lan")],
        "code" => vec![],
        "subject" if schema["enum"].is_null() => ["centre", "user", "rating", "round"].map(str::to_owned).into(),
        "operation" => ["create_user", "create_round"].map(str::to_owned).into(),
        "resource" => {
            let kinds = ["rating", "centre", "user", "unit"];
            ids.iter().flat_map(|ids| kinds.map(|kind| format!("{kind}:{}", ids[format!("{kind}_id").as_str()]))).collect()
        }
        "subject_id" => of("rating_id"),
        "against" => ids.iter().map(|ids| ids["submission_id"].clone()).chain(["now".to_owned()]).collect(),
        "within" | "parent_id" => of("unit_id"),
        "from" | "to" => vec!["2026-11-22T00:00:00Z".into()],
        "limit" => vec!["1".into(), "200".into()],
        "cursor" => vec![],
        _ if schema["enum"].is_array() => {
            schema["enum"].as_array().unwrap().iter().filter_map(Value::as_str).map(str::to_owned).collect()
        }
        _ if schema["format"] == "uuid" => of(name),
        _ if schema["type"] == "boolean" || schema["type"][0] == "boolean" => vec!["true".into()],
        _ => parameter["example"].as_str().map(str::to_owned).into_iter().collect(),
    }
}

/// Everything that an operation can be asked for: its path with each of these ids, and each query parameter in turn.
fn questions(document: &Value, operation: &Operation<'_>, ids: &[&Ids]) -> BTreeSet<String> {
    let mut urls = BTreeSet::new();
    for own in ids {
        let mut own = (*own).clone();
        own.extend([("year", "2017".to_owned()), ("code", "22&as_of=2025-12-31".to_owned())]);
        let base = path(document, operation, &own);
        let joint = if base.contains('?') { '&' } else { '?' };
        for parameter in operation.value["parameters"].as_array().into_iter().flatten() {
            let parameter = resolve(document, parameter);
            let (name, is_needed) = (parameter["name"].as_str().unwrap_or(""), parameter["required"] == true);
            if parameter["in"] == "query" && !is_needed {
                urls.extend(values(document, parameter, ids).into_iter().map(|value| format!("{base}{joint}{name}={value}")));
            }
        }
        if operation.path.ends_with("rating_distribution") {
            // Every table in every way of drawing the boundaries.
            for boundaries in ["as_was", "restated", "as_of:2018-12-31"] {
                for format in ["json", "csv", "xlsx"] {
                    urls.insert(format!("{base}&boundaries={boundaries}&format={format}&compare_year=2018"));
                }
            }
        }
        urls.insert(base);
    }
    urls
}

/// What an answer says, a workbook cell by cell.
fn said(answer: &Response) -> (u16, String) {
    if answer.header("content-type").is_some_and(|kind| kind.contains("spreadsheet")) && answer.status == 200 {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(answer.bytes.clone())).expect("a workbook");
        let sheets: Vec<_> =
            book.worksheets().into_iter().map(|(name, range)| format!("{name} {:?}", range.rows().collect::<Vec<_>>())).collect();
        return (answer.status, sheets.concat());
    }
    answer.told()
}

/// Every question with its answer, as each of these people: by the role, the operation and the URL.
fn walk(world: &World, people: &[(Role, Person)], ids: &[&Ids]) -> BTreeMap<(Role, String, String), (u16, String)> {
    let document = htcd_api::document::document();
    let reads: Vec<_> = secured(&document).into_iter().filter(|operation| operation.method == "get").collect();
    let mut answers = BTreeMap::new();
    for (role, person) in people {
        for operation in &reads {
            for url in questions(&document, operation, ids) {
                let answer = world.client.get(&url).by(&person.token).send();
                assert!(answer.status < 500 && answer.status != 401, "{role} {url}: {}", answer.text());
                let id = operation.value["operationId"].as_str().unwrap().to_owned();
                assert!(role.may(declared(operation)) || answer.status == 403, "{role} {url}");
                answers.insert((*role, id, url), said(&answer));
            }
        }
    }
    answers
}

/// The UUIDs in a text.
fn uuids(text: &str) -> impl Iterator<Item = &str> {
    let is_uuid = |found: &[u8]| {
        found.iter().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => *byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
    };
    (0..text.len().saturating_sub(35)).filter_map(move |start| {
        let found = text.as_bytes().get(start..start + 36).filter(|found| is_uuid(found))?;
        std::str::from_utf8(found).ok()
    })
}

#[test]
fn twin_provinces_show_no_trace_of_each_other() {
    let mut world = World::new();
    let exceptions = Exceptions::of(TEST);
    let ours = Twin::new(&world, "22", ["07123", "06673"]);
    // Nothing is remembered from one walk to the next but what is stored.
    world.restart();
    let first = walk(&world, &ours.people, &[&ours.ids]);
    world.restart();
    let alone = walk(&world, &ours.people, &[&ours.ids]);

    let theirs = Twin::new(&world, "33", ["12454", "12457"]);
    world.restart();
    let beside = walk(&world, &ours.people, &[&ours.ids]);
    let mut cells = 0;
    for (cell, answer) in &beside {
        // What changes by being read says nothing here; the search for traces below does.
        let changes_by_itself = first[cell] != alone[cell];
        let is_same = &alone[cell] == answer || (changes_by_itself && exceptions.let_through(&cell.1));
        assert!(is_same, "{cell:?}: {:?}\n{answer:?}", alone[cell]);
        cells += 1;
    }

    // What only they have: each id and name that their own people see, but what is the nation's and everybody's.
    let atlas = world.app.atlas().unwrap();
    let public: BTreeSet<String> = atlas.map.units().map(|unit| unit.id.to_string()).collect();
    let ours_and_national: BTreeSet<&str> = alone.values().flat_map(|(_, text)| uuids(text)).collect();
    let seen = walk(&world, &theirs.people, &[&theirs.ids]);
    let mut traces: BTreeSet<&str> = seen.values().flat_map(|(_, text)| uuids(text)).collect();
    traces.extend(theirs.ids.values().map(String::as_str));
    traces.retain(|id| !public.contains(*id) && !ours_and_national.contains(id) && *id != ABSENT);
    assert!(traces.len() > 40, "they have records of their own: {}", traces.len());
    traces.extend(theirs.people.iter().map(|(_, person)| person.username.as_str()));
    traces.extend(["user-33-lan", "lan@so33.vn"]);

    let asked_for_theirs = walk(&world, &ours.people, &[&ours.ids, &theirs.ids]);
    for ((role, _, url), (status, text)) in &asked_for_theirs {
        let shown = traces.iter().find(|trace| text.contains(**trace));
        assert_eq!(shown, None, "{role} {url}: {status} {text}");
        cells += 1;
    }

    // Equal data gives equal figures: neither is counted twice, nor with the other.
    for query in ["year=2017", "year=2017&compare_year=2018", "year=2018"] {
        for boundaries in ["restated", "as_of:2025-12-31"] {
            let total = |twin: &Twin| {
                let url = format!("/v1/units/{}/rating_distribution?{query}&boundaries={boundaries}", twin.unit);
                world.client.get(&url).by(&twin.admin().token).send().expect(200).json()["total"].take()
            };
            let (mut mine, mut others) = (total(&ours), total(&theirs));
            // Whose figures they are is all that differs.
            (mine["key"], others["key"]) = (Value::Null, Value::Null);
            assert_eq!((&mine["base"], &mine), (&json!(3), &others), "{query} {boundaries}");
            cells += 1;
        }
    }
    for list in ["/v1/centres", "/v1/ratings", "/v1/users", "/v1/rounds", "/v1/service_accounts"] {
        let count = |twin: &Twin| {
            let list = world
                .client
                .get(&format!("{list}?limit=200").replace("rounds?limit=200", "rounds"))
                .by(&twin.admin().token)
                .send();
            let list = list.expect(200).json();
            list["items"].as_array().or(list.as_array()).unwrap().len()
        };
        assert!(count(&ours) == count(&theirs) && count(&ours) > 0, "{list}");
        cells += 1;
    }
    assert_ne!(ours.commune, theirs.commune);
    exceptions.end(TEST, cells);
}
