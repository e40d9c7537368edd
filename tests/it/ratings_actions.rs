//! What `allowed_actions` says and what the server then does: every action, in every state, by everybody.

use std::collections::BTreeMap;

use chrono::NaiveDate;
use htcd_api::clock::{Clock, SystemClock, new_id};
use htcd_domain::access::{Grant, Role};
use htcd_domain::id::{CentreId, ProvinceId, UnitId};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::walk::{Walk, decision, scores_but};

/// The steps with a body that would do.
const STEPS: [(&str, &str); 7] = [
    ("assess", "self"),
    ("submit", "submit"),
    ("save_verification", "verified"),
    ("return", "return"),
    ("verify", "verify"),
    ("decide", "decide"),
    ("amend", "amend"),
];

/// The situations that a rating can be in.
const SITUATIONS: [&str; 9] = [
    "draft, empty",
    "draft",
    "submitted",
    "in_verification",
    "returned",
    "verified",
    "decided",
    "amended",
    "submitted, round closed",
];

fn body(step: &str, scheme: &Value) -> Value {
    match step {
        "self" | "verified" => json!({ "scores": scores_but(scheme, &[]) }),
        "return" => json!({ "criteria": ["A1"], "reason": "Thiếu minh chứng" }),
        "decide" => json!({ "decision": decision("12/QĐ", "2019-02-20") }),
        "amend" => json!({ "reason": "Nhầm", "decision": decision("13/QĐ", "2019-03-20") }),
        _ => Value::Null,
    }
}

/// Grants of one role on each of these.
fn grants(role: Role, units: &[UnitId], centres: &[CentreId]) -> Vec<Grant> {
    let from: NaiveDate = "2020-01-01".parse().unwrap();
    let one = |unit_id, centre_id| Grant {
        id: new_id(SystemClock.now()),
        role,
        unit_id,
        centre_id,
        valid_from: from,
        valid_to: None,
        taken_on: None,
    };
    units.iter().map(|unit| one(Some(*unit), None)).chain(centres.iter().map(|centre| one(None, Some(*centre)))).collect()
}

/// Đông Triều with many centres, all of the same people, so that each try has a rating of its own.
struct Stage {
    cast: KimSon,
    centres: Vec<CentreId>,
    staff: Person,
    manager: Person,
    round: Value,
    /// A round of the next year, which is closed when somebody tries.
    closing: Value,
    scheme: Value,
}

impl Stage {
    fn new(count: usize) -> Self {
        let cast = KimSon::new();
        let centres: Vec<_> =
            (0..count).map(|n| cast.world.db_centre(cast.province, cast.commune, &format!("Trung tâm {n}"))).collect();
        let staff = cast.world.db_person_with(cast.province, grants(Role::CentreStaff, &[], &centres));
        let manager = cast.world.db_person_with(cast.province, grants(Role::CentreManager, &[], &centres));
        let (round, closing) = (cast.round(2018, "TTHTCD-MAU"), cast.round(2019, "TTHTCD-MAU"));
        let scheme = cast.world.scheme(&cast.staff, "TTHTCD-MAU");
        Self { cast, centres, staff, manager, round, closing, scheme }
    }

    fn world(&self) -> &World {
        &self.cast.world
    }

    /// A rating of the next centre, brought into a situation by those who are not tried.
    fn bring(&mut self, situation: &str) -> Walk<'_> {
        let centre = self.centres.pop().expect("a centre for each try");
        let round = if situation.ends_with("closed") { &self.closing } else { &self.round };
        let cast = &self.cast;
        let mut walk = Walk::start(&cast.world.client, &self.staff, round, json!({ "centre_id": centre }));
        let way: &[(&Person, &str)] = match situation {
            "draft, empty" => &[],
            "draft" => &[(&self.staff, "self")],
            "submitted" | "submitted, round closed" => &[(&self.staff, "self"), (&self.manager, "submit")],
            "in_verification" => &[(&self.staff, "self"), (&self.manager, "submit"), (&cast.verifier, "verified")],
            "returned" => &[(&self.staff, "self"), (&self.manager, "submit"), (&cast.verifier, "return")],
            "verified" => &[(&self.staff, "self"), (&self.manager, "submit"), (&cast.verifier, "verify")],
            "decided" => {
                &[(&self.staff, "self"), (&self.manager, "submit"), (&cast.verifier, "verify"), (&cast.officer, "decide")]
            }
            "amended" => &[
                (&self.staff, "self"),
                (&self.manager, "submit"),
                (&cast.verifier, "verify"),
                (&cast.officer, "decide"),
                (&cast.officer, "amend"),
            ],
            other => panic!("{other}"),
        };
        for (who, step) in way {
            walk.step(who, step, body(step, &self.scheme));
        }
        walk
    }
}

/// The code and status that a first reason means.
fn refusal(reason: &str) -> (u16, &'static str) {
    match reason {
        "right_missing" => (403, "right_missing"),
        "manages_centre" | "took_another_step" => (403, "separation_of_duties"),
        "wrong_state" | "round_closed" => (409, "state_conflict"),
        _ => (409, "blocked"),
    }
}

/// Tries every action on ratings in a situation as somebody; which of them were allowed.
fn try_all(stage: &mut Stage, situation: &str, name: &str, who: &Person) -> Vec<&'static str> {
    let scheme = stage.scheme.clone();
    let (officer, admin) = (stage.cast.officer.clone(), stage.cast.admin.clone());
    let client = stage.world().client.clone();
    let closing = format!("/v1/rounds/{}", stage.closing["id"].as_str().unwrap());
    let set_round = |status: &str| {
        let tag = client.get(&closing).by(&admin.token).send().expect(200).etag();
        client.patch(&closing).by(&admin.token).if_match(&tag).json(&json!({ "status": status })).send().expect(200);
    };
    let is_closed = situation.ends_with("closed");
    let mut fresh: Option<(String, String)> = None;
    let mut allowed = Vec::new();
    for (action, step) in STEPS {
        let (path, etag) = fresh.take().unwrap_or_else(|| {
            if is_closed {
                set_round("open");
            }
            let walk = stage.bring(situation);
            let made = (walk.path.clone(), walk.etag.clone());
            if is_closed {
                set_round("closed");
            }
            made
        });
        let before = client.get(&path).by(&officer.token).send().expect(200).bytes;
        let seen = client.get(&path).by(&who.token).send();
        let request = match step {
            "self" | "verified" => client.put(&format!("{path}/assessments/{step}")),
            _ => client.post(&format!("{path}/{step}")),
        };
        let (request, body) = (request.by(&who.token).if_match(&etag), body(step, &scheme));
        let answer = if body.is_null() { request.send() } else { request.json(&body).send() };
        let told = format!("{name} tries {action} on a rating that is {situation}: {}", answer.text());
        if seen.status != 200 {
            assert!(matches!((seen.status, answer.status), (403, 403 | 404) | (404, 403 | 404)), "{told}");
        } else {
            let seen = seen.json();
            let said = seen["allowed_actions"]
                .as_array()
                .unwrap()
                .iter()
                .find(|said| said["action"] == action)
                .expect("every action is listed")
                .clone();
            let reasons: Vec<_> =
                said["reasons"].as_array().unwrap().iter().map(|reason| reason["code"].as_str().unwrap()).collect();
            assert_eq!(said["allowed"], reasons.is_empty(), "{told}");
            if reasons.is_empty() {
                assert_eq!(answer.status, 200, "{told}");
                allowed.push(action);
                continue;
            }
            let (status, code) = refusal(reasons[0]);
            assert_eq!(answer.status, status, "{reasons:?}: {told}");
            answer.refused(status, code);
        }
        assert_eq!(
            client.get(&path).by(&officer.token).send().expect(200).bytes,
            before,
            "a refusal changes nothing: {name} {action} {situation}"
        );
        fresh = Some((path, etag));
    }
    allowed
}

#[test]
fn whoever_may_see_a_rating_can_do_what_allowed_actions_says_and_nothing_else() {
    // Everybody of Kim Sơn, their namesakes elsewhere, and the two national roles.
    let mut stage = Stage::new(230);
    let world = stage.world();
    let (quang_ninh, district, mao_khe) =
        (world.unit("22", "2025-12-31"), world.unit("205", "2018-12-31"), world.unit("07069", "2018-12-31"));
    let ward_of_today = world.unit("07069", "2025-12-31");
    let province = stage.cast.province;
    let hung_yen_unit = world.unit("33", "2025-12-31");
    let hung_yen = world.db_province(hung_yen_unit);
    let neighbour = world.db_centre(province, mao_khe, "Trung tâm Mạo Khê");
    let person = |role, unit, centre| world.db_person(province, role, unit, centre);
    let mixed = |first: Role, second: Role, unit: UnitId| {
        let own: Vec<_> = stage.centres.clone();
        let mut both =
            if first == Role::CentreManager { grants(first, &[], &own) } else { grants(first, &[stage.cast.commune], &[]) };
        both.extend(grants(second, &[unit], &[]));
        world.db_person_with(province, both)
    };
    let people: Vec<(&str, Person)> = vec![
        ("admin", stage.cast.admin.clone()),
        ("officer", stage.cast.officer.clone()),
        ("verifier", stage.cast.verifier.clone()),
        ("verifier of the commune", person(Role::Verifier, Some(stage.cast.commune), None)),
        ("verifier of the province", person(Role::Verifier, Some(quang_ninh), None)),
        ("verifier elsewhere", person(Role::Verifier, Some(world.unit("193", "2018-12-31")), None)),
        ("commune officer", stage.cast.commune_officer.clone()),
        ("commune officer of today's ward", person(Role::CommuneOfficer, Some(ward_of_today), None)),
        ("commune officer elsewhere", person(Role::CommuneOfficer, Some(mao_khe), None)),
        ("manager", stage.manager.clone()),
        ("staff", stage.staff.clone()),
        ("manager elsewhere", person(Role::CentreManager, None, Some(neighbour))),
        ("manager and verifier", mixed(Role::CentreManager, Role::Verifier, district)),
        ("commune officer and province officer", mixed(Role::CommuneOfficer, Role::ProvinceOfficer, quang_ninh)),
        ("officer of another province", world.db_person(hung_yen, Role::ProvinceOfficer, Some(hung_yen_unit), None)),
        ("platform", world.db_person(ProvinceId::NATION, Role::PlatformAdmin, None, None)),
        ("ministry", world.db_person(ProvinceId::NATION, Role::MinistryReader, None, None)),
    ];
    let mut found: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for situation in SITUATIONS {
        for (name, who) in &people {
            let allowed = try_all(&mut stage, situation, name, who);
            if !allowed.is_empty() {
                found.insert((situation, name), allowed);
            }
        }
    }
    // What the field says, written out; agreement of the server with itself would not be enough.
    let drafting = |situation| {
        [
            ((situation, "commune officer"), vec!["assess", "submit"]),
            ((situation, "commune officer and province officer"), vec!["assess", "submit"]),
            ((situation, "commune officer of today's ward"), vec!["assess", "submit"]),
            ((situation, "manager"), vec!["assess", "submit"]),
            ((situation, "manager and verifier"), vec!["assess", "submit"]),
            ((situation, "staff"), vec!["assess"]),
        ]
    };
    let mut expected: BTreeMap<(&str, &str), Vec<&str>> = drafting("draft").into_iter().chain(drafting("returned")).collect();
    expected.extend(drafting("draft, empty").into_iter().map(|(key, _)| (key, vec!["assess"])));
    for situation in ["submitted", "in_verification"] {
        expected.insert((situation, "verifier"), vec!["save_verification", "return", "verify"]);
    }
    expected.insert(("verified", "officer"), vec!["return", "decide"]);
    expected.insert(("decided", "officer"), vec!["amend"]);
    expected.insert(("amended", "officer"), vec!["amend"]);
    assert_eq!(found, expected);
}
