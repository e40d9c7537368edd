//! Asking for what another province has costs the server as much as asking for what nobody has.

use htcd_openapi::{Operation, resolve};
use serde_json::Value;

use super::grid::covers;
use crate::support::exceptions::Exceptions;
use crate::support::generate::{ABSENT, absent_ids, body, declared, path, path_parameters, secured};
use crate::support::http::Response;
use crate::support::places::{Ground, Ids, Place};
use crate::support::records::{Held, Sample, held_by};

const TEST: &str = "a_foreign_id_costs_the_same_work_as_an_absent_one";

/// How an operation is asked for an id, and how for one that nobody has.
struct Question {
    foreign: String,
    absent: String,
    ids: Ids,
}

/// The query parameters that take an id, or an id behind a word.
fn id_queries(document: &Value, operation: &Operation<'_>) -> Vec<String> {
    let parameters = operation.value["parameters"].as_array().into_iter().flatten();
    let takes_id = |parameter: &&Value| {
        let schema = resolve(document, &parameter["schema"]);
        let name = parameter["name"].as_str().unwrap_or("");
        parameter["in"] == "query" && (schema["format"] == "uuid" || ["resource", "subject_id", "against"].contains(&name))
    };
    parameters.filter(takes_id).filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned).collect()
}

/// The questions that can be put to an operation with an id of another province.
fn questions(document: &Value, operation: &Operation<'_>, place: Place, foreign: &Ids, home: &Ids) -> Vec<Question> {
    let (mut questions, absent) = (vec![], absent_ids());
    // What belongs to the whole province, or is read by all of it, is theirs who ask, too; so is a list of it, by whichever unit.
    let of_tenant = |of: &dyn Fn(&Sample) -> bool| place.is_in_province() && held_by(Held::Tenant).any(of);
    let is_read_by_all = |name: &str| {
        of_tenant(&|sample| sample.id == name)
            || (name == "unit_id" && of_tenant(&|sample| operation.path.starts_with(sample.path)))
    };
    let is_foreign = |name: &str| foreign.get(name) != home.get(name) && !is_read_by_all(name);
    let names = path_parameters(operation);
    if !names.is_empty() && names.iter().all(|name| is_foreign(name)) {
        questions.push(Question {
            foreign: path(document, operation, foreign),
            absent: path(document, operation, &absent),
            ids: foreign.clone(),
        });
    }
    let url = path(document, operation, home);
    let joint = if url.contains('?') { '&' } else { '?' };
    for name in id_queries(document, operation).into_iter().filter(|name| home.get(name.as_str()).is_none() || is_foreign(name)) {
        let of = |kind: &str| foreign[kind].clone();
        let values: Vec<String> = match name.as_str() {
            "resource" => ["rating", "centre", "user"].map(|kind| format!("{kind}:{}", of(&format!("{kind}_id")))).into(),
            "subject_id" => ["rating_id", "centre_id", "user_id"].map(of).into(),
            // Whom a question is about, in place of the one that it must name.
            "user" => vec![of("user")],
            "against" => vec![of("submission_id")],
            "within" | "parent_id" => vec![of("unit_id")],
            name => vec![of(name)],
        };
        for value in values {
            let with = |value: &str| match home.get(name.as_str()).map(|own| format!("{name}={own}")) {
                Some(own) if url.contains(&own) => url.replace(&own, &format!("{name}={value}")),
                _ => format!("{url}{joint}{name}={value}"),
            };
            let nobodys = value.rsplit_once(':').map_or(ABSENT.to_owned(), |(kind, _)| format!("{kind}:{ABSENT}"));
            questions.push(Question { foreign: with(&value), absent: with(&nobodys), ids: home.clone() });
        }
    }
    questions
}

/// What somebody who asks can see: the status, the body, and the names and sizes of the headers.
fn seen(answer: &Response) -> (u16, String, Vec<(String, usize)>) {
    let (status, body) = answer.told();
    let mut headers: Vec<_> = answer.headers.iter().map(|(name, value)| (name.clone(), value.len())).collect();
    // Their order is left to chance.
    headers.sort();
    (status, body, headers)
}

#[test]
fn a_foreign_id_costs_the_same_work_as_an_absent_one() {
    let ground = Ground::new();
    let world = ground.world();
    let exceptions = Exceptions::of(TEST);
    let document = htcd_api::document::document();
    let with_user = |place: Place| {
        let records = ground.at(place);
        let target = &records.users[0];
        let user = target.user.id.to_string();
        let mut ids = records.ids.clone();
        ids.extend([("user_id", user.clone()), ("user", user), ("grant_id", target.grant.id.to_string())]);
        ids.insert("identity_id", target.identity.clone());
        ids
    };
    let home = with_user(Place::Own);
    let (mut cells, mut most) = (0, 0);
    let provincial = ground.people.iter().filter(|(_, person)| !person.province.is_nation());
    let asked = provincial.flat_map(|(role, person)| {
        let beyond = [Place::OtherProvince, Place::OtherDistrict].into_iter().filter(|place| !covers(*role, *place));
        beyond.map(move |place| (role, person, place))
    });
    for (role, person, place) in asked {
        let foreign = with_user(place);
        for operation in secured(&document) {
            let permission = declared(&operation);
            // The map is public, so there a foreign unit is found.
            if !role.may(permission) || permission == htcd_domain::access::Permission::UnitsRead {
                continue;
            }
            for question in questions(&document, &operation, place, &foreign, &home) {
                let ask = |url: &str| {
                    let request = world.client.request(&operation.method.to_uppercase(), url).by(&person.token).if_match("\"1\"");
                    match body(&document, &operation, &question.ids) {
                        Some((media, bytes)) => request.bytes(&media, bytes).send(),
                        None => request.send(),
                    }
                };
                // The least of several times: the server's own look at a caller only adds to it.
                let work = |url: &str| {
                    let once = || {
                        let before = world.app.statements();
                        ask(url);
                        world.app.statements() - before
                    };
                    ask(url);
                    (0..3).map(|_| once()).min().unwrap_or(0)
                };
                let at = format!("{role} {place:?} {} {}", operation.method, question.foreign);
                // The server's housekeeping and its mail come between now and then, for longer than that.
                let is_as_much = (0..5).any(|attempt| {
                    std::thread::sleep(std::time::Duration::from_millis(50 * attempt));
                    let theirs = work(&question.foreign);
                    most = most.max(theirs);
                    theirs == work(&question.absent)
                });
                let is_same = is_as_much && seen(&ask(&question.foreign)) == seen(&ask(&question.absent));
                let told = || {
                    let [theirs, nobodys] = [&question.foreign, &question.absent].map(|url| (work(url), seen(&ask(url))));
                    format!("{at}\n{theirs:?}\n{nobodys:?}")
                };
                assert!(is_same || exceptions.let_through(operation.value["operationId"].as_str().unwrap()), "{}", told());
                cells += 1;
            }
        }
    }
    assert!(most > 3, "statements are counted: {most}");
    exceptions.end(TEST, cells);
}
