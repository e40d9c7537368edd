//! Every aggregate says where its numbers come from: the lists are followed, counted again and compared.

use std::collections::BTreeMap;

use htcd_domain::access::Role;
use htcd_openapi::Operation;
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person, day};
use crate::support::generate::{path_parameters, secured};
use crate::support::money::decision;
use crate::support::places::Ids;

/// What a single record never has, and what is counted nearly always does.
const MARKS: [&str; 9] =
    ["boundaries", "map_date", "map_of", "restated_by", "communes", "kinds", "balance_vnd", "quarters", "centres_concerned"];
/// How paths of figures end.
const ENDS: [&str; 7] = ["summary", "counts", "totals", "progress", "profile", "distribution", "allowances"];

/// The members of an answer, through references and `allOf`.
fn members(document: &Value, schema: &Value) -> Vec<String> {
    let found = schema["$ref"].as_str().and_then(|path| document.pointer(path.trim_start_matches('#'))).unwrap_or(schema);
    let own = found["properties"].as_object().into_iter().flatten().map(|(name, _)| name.clone());
    let parts = found["allOf"].as_array().into_iter().flatten().flat_map(|part| members(document, part));
    own.chain(parts).collect()
}

/// Whether an operation answers figures. What was sealed carries its records within, and the maps have none.
fn is_aggregate(document: &Value, operation: &Operation<'_>) -> Option<Vec<String>> {
    let id = operation.value["operationId"].as_str().unwrap();
    let tag = operation.value["tags"][0].as_str().unwrap_or("");
    if operation.method != "get" || !id.starts_with("get_") || ["submissions", "restructurings"].contains(&tag) {
        return None;
    }
    let members = members(document, &operation.value["responses"]["200"]["content"]["application/json"]["schema"]);
    let is_marked = members.iter().any(|name| MARKS.contains(&name.as_str()));
    let last = operation.path.rsplit('/').next().unwrap_or("");
    (tag == "aggregates" || is_marked || ENDS.iter().any(|end| last.ends_with(end))).then_some(members)
}

/// A province's year with one of everything, and somebody who reads it.
struct Year {
    cast: KimSon,
    ids: Ids,
}

impl Year {
    /// In Kim Sơn a centre with one of everything in 2018 and one that was founded later; in Hà Tu one with two activities.
    fn new() -> Self {
        let cast = KimSon::new();
        let world = &cast.world;
        let of_province = world.of_province(&cast.admin);
        let ids = world.of_centre(&cast.manager, &cast.commune_officer, (cast.commune, cast.centre), &of_province);
        world.db_centre_since(cast.province, cast.commune, "Mới", day("2019-01-01"));
        let ha_tu = world.unit("06652", "2018-12-31");
        let second = world.db_centre(cast.province, ha_tu, "TTHTCĐ Hà Tu");
        let manager = world.db_person(cast.province, Role::CentreManager, None, Some(second));
        let post = |path: &str, body: Value| world.client.post(path).by(&manager.token).json(&body).send().expect(201);
        for (on, sessions, role) in [("2018-02-03", Some(4), "organiser"), ("2018-12-31", None, "organiser")] {
            let body = json!({ "centre_id": second, "starts_on": on, "category": "law", "title": "Luật Đất đai",
                "form": "session", "ends_on": on, "role": role, "sessions": sessions, "participations": { "total": 30 } });
            post("/v1/activities", body);
        }
        for (direction, member, value, amount) in
            [("income", "source", "people", 700_000), ("expenditure", "category", "activities", 300_000)]
        {
            let mut body = json!({ "centre_id": second, "date": "2018-05-01", "direction": direction, "amount_vnd": amount,
                "description": "Ủng hộ" });
            body[member] = json!(value);
            post("/v1/money_entries", body);
        }
        let asset = json!({ "centre_id": second, "kind": "computer", "name": "Máy tính", "quantity": 2, "unit": "bộ", "owner": "centre",
            "condition": "good" });
        post("/v1/assets", asset);
        let submit = format!("/v1/plans/{}/submit", ids["plan_id"]);
        world.client.post(&submit).by(&cast.manager.token).if_match("*").send().expect(200);
        let approve = format!("/v1/plans/{}/approve", ids["plan_id"]);
        let body = json!({ "approved_on": "2018-01-15" });
        world.client.post(&approve).by(&cast.commune_officer.token).if_match("*").json(&body).send().expect(200);
        let paid = json!({ "centre_id": second, "date": "2018-12-20", "direction": "expenditure", "category": "allowances",
            "post": "director", "amount_vnd": 520_000, "description": "Phụ cấp" });
        post("/v1/money_entries", paid);
        let estimate = format!("/v1/budgets/{}", ids["budget_id"]);
        world.act(&cast.manager, &estimate, "submit", None).expect(200);
        world.act(&cast.commune_officer, &estimate, "approve", Some(&decision("01/QĐ-UBND", "2018-01-02"))).expect(200);
        Self { cast, ids }
    }

    fn world(&self) -> &World {
        &self.cast.world
    }

    fn reader(&self) -> &Person {
        &self.cast.admin
    }

    fn get(&self, path: &str) -> Value {
        self.world().client.get(path).by(&self.reader().token).send().expect(200).json()
    }

    /// Everything in a list that an aggregate names.
    fn list(&self, link: &Value) -> Vec<Value> {
        let href = link["href"].as_str().unwrap();
        let joint = if href.contains('?') { '&' } else { '?' };
        self.world().client.walk(&self.reader().token, &format!("{href}{joint}limit=200"))
    }

    fn lists(&self, of: &Value, operation: &str) -> Vec<Value> {
        let links = of["records"].as_array().unwrap().iter().filter(|link| link["operation"] == operation);
        links.flat_map(|link| self.list(link)).collect()
    }
}

fn sum<'v>(items: impl IntoIterator<Item = &'v Value>, pointer: &str) -> Option<i64> {
    items.into_iter().filter_map(|item| item.pointer(pointer).and_then(Value::as_i64)).reduce(|one, other| one + other)
}

/// The reasons of a list, counted, are those of the figure.
#[track_caller]
fn same_reasons(provenance: &Value, items: &[Value]) {
    let mut counts = BTreeMap::<&str, u64>::new();
    items.iter().filter_map(|item| item["left_out"].as_str()).for_each(|why| *counts.entry(why).or_default() += 1);
    let said = provenance["left_out"].as_array().unwrap().iter();
    let said: BTreeMap<&str, u64> = said.map(|one| (one["reason"].as_str().unwrap(), one["count"].as_u64().unwrap())).collect();
    assert_eq!(said, counts, "{provenance:#}");
}

/// What holders gave adds to the rows and the total; what each gave is what its own records come to.
fn recount_holders(year: &Year, answer: &Value, topic: &str) {
    let provenance = &answer["provenance"];
    let items = year.list(&provenance["records"][0]);
    same_reasons(provenance, &items);
    let counted: Vec<&Value> = items.iter().filter(|item| item["counted"] == true).collect();
    assert!(counted.iter().any(|item| item["given"].as_object().is_some_and(|given| !given.is_empty())), "{topic}: {items:#?}");
    let is_activities = topic == "activities";
    let rows = answer["rows"].as_array().unwrap().iter();
    let total = if is_activities { answer } else { &answer["total"] };
    for (key, row) in rows.map(|row| (Some(&row["key"]), row)).chain([(None, total)]) {
        let inside = || counted.iter().copied().filter(|item| key.is_none_or(|key| &item["row"] == key));
        let holders = inside().filter(|item| item["exists_at_end"] == true).count();
        let said = if is_activities { &row["centres"] } else { &row["holders"] };
        assert_eq!(said, holders, "{topic} {key:?}");
        if is_activities {
            let shares = if key.is_some() { row } else { &answer["total"] };
            for part in ["own", "coordinated"] {
                let entries = sum(inside(), &format!("/given/{part}_entries")).unwrap_or(0);
                assert_eq!(shares[part]["entries"], entries, "{key:?} {part}");
                for (name, measure) in shares[part].as_object().unwrap().iter().filter(|(_, measure)| measure.is_object()) {
                    let counted = sum(inside(), &format!("/given/{part}_{name}"));
                    assert_eq!(measure["sum"], json!(counted), "{key:?} {part} {name}");
                }
            }
        } else {
            for (code, figure) in row["figures"].as_object().unwrap() {
                let pointer = format!("/given/{code}");
                let reported = inside().filter(|item| item.pointer(&pointer).is_some()).count();
                assert_eq!((&figure["sum"], &figure["reported"]), (&json!(sum(inside(), &pointer)), &json!(reported)), "{code}");
            }
        }
    }
    counted.iter().for_each(|item| recount_holder(year, item, topic));
}

/// A holder's own records come to what it gave.
fn recount_holder(year: &Year, holder: &Value, topic: &str) {
    let gave = |code: &str| holder["given"][code].as_i64();
    let list = |operation: &str| year.lists(holder, operation);
    match topic {
        "activities" => {
            let all = list("list_activities");
            let entries = gave("own_entries").unwrap_or(0) + gave("coordinated_entries").unwrap_or(0);
            assert_eq!(entries, all.len() as i64, "{holder:#}");
            for (code, pointer) in [("sessions", "/sessions"), ("participations", "/participations/total")] {
                let parts = [gave(&format!("own_{code}")), gave(&format!("coordinated_{code}"))];
                assert_eq!(parts.into_iter().flatten().reduce(|one, other| one + other), sum(&all, pointer), "{code}");
            }
        }
        "money" => {
            let all = list("list_money_entries");
            for direction in ["income", "expenditure"] {
                let entries = all.iter().filter(|it| it["direction"] == direction && it["in_kind"] != true);
                assert_eq!(gave(direction), sum(entries, "/amount_vnd"), "{holder:#}");
            }
        }
        "people" => {
            let board = list("list_appointments").into_iter().filter(|it| it["body"] == "board");
            let seats = board.partition::<Vec<_>, _>(|it| it["post"] == "director");
            assert_eq!(gave("directors").unwrap_or(0), seats.0.len() as i64, "{holder:#}");
            assert_eq!(gave("deputy_directors").unwrap_or(0), seats.1.len() as i64, "{holder:#}");
            let rapporteurs = list("list_rapporteurs").into_iter().filter(|it| it["kind"] == "rapporteur").count();
            assert_eq!(gave("rapporteurs").unwrap_or(0), rapporteurs as i64, "{holder:#}");
        }
        "assets" => {
            let all = list("list_assets");
            assert_eq!(gave("asset_records").unwrap_or(0), all.len() as i64, "{holder:#}");
            let computers = all.iter().filter(|it| it["kind"] == "computer");
            assert_eq!(gave("computers"), sum(computers, "/quantity"), "found as they were entered");
            assert_eq!(gave("assets_confirmed").unwrap_or(0), list("list_asset_confirmations").len() as i64);
        }
        "plans" => {
            let plans = list("list_plans");
            let of_plans = |item: &Value| plans.iter().any(|plan| plan["id"] == item["plan_id"]);
            let items = list("list_plan_items").into_iter().filter(of_plans).collect::<Vec<_>>();
            assert_eq!((gave("plans").unwrap_or(0), gave("plan_items").unwrap_or(0)), (plans.len() as i64, items.len() as i64));
            assert_eq!(gave("planned_classes"), sum(&items, "/targets/classes"));
            let held = list("list_activities");
            let (planned, beside): (Vec<_>, Vec<_>) = held.iter().partition(|it| it["plan_item_id"].is_string());
            assert_eq!(gave("activities_for_plan").unwrap_or(0), planned.len() as i64, "{holder:#}");
            assert_eq!(gave("activities_beside_plan").unwrap_or(0), beside.len() as i64, "{holder:#}");
        }
        "estimates" => {
            let budgets = list("list_budgets");
            let approved = || budgets.iter().filter(|it| it["state"] == "approved");
            assert_eq!(gave("approved_estimates").unwrap_or(0), approved().count() as i64, "{holder:#}");
            assert_eq!(gave("estimated_expenditure"), sum(approved(), "/expenditure_vnd"), "{holder:#}");
            let of_centre =
                holder["records"].as_array().unwrap().iter().find(|link| link["operation"] == "get_allowances").unwrap();
            let allowances = year.get(of_centre["href"].as_str().unwrap());
            assert_eq!(gave("allowances_due"), allowances["due_vnd"].as_i64(), "{holder:#}");
            assert_eq!(gave("allowances_paid"), sum(&list("list_money_entries"), "/amount_vnd"), "{holder:#}");
            assert_eq!(gave("allowances_paid").unwrap_or(0), allowances["paid_vnd"].as_i64().unwrap(), "{holder:#}");
        }
        "learning_models" => {
            let of_commune = |it: &Value| it["unit_id"] == holder["commune_id"] && it["model"] == "family";
            let counts: Vec<_> = list("list_learning_model_counts").into_iter().filter(of_commune).collect();
            for (code, pointer) in [("family_base", "/base_total"), ("family_recognised", "/recognised")] {
                assert_eq!(gave(code), sum(&counts, pointer), "{holder:#}");
            }
        }
        other => panic!("say what a holder's {other} are counted from"),
    }
}

/// Ratings: by row and rank.
fn recount_ratings(year: &Year, by: &Person, answer: &Value) {
    let link = &answer["provenance"]["records"][0];
    let href = format!("{}&limit=200", link["href"].as_str().unwrap());
    let items = year.world().client.walk(&by.token, &href);
    let counted: Vec<_> = items.iter().filter(|item| item["counted"] == true).collect();
    assert_eq!(answer["total"]["base"], counted.len());
    for row in answer["rows"].as_array().unwrap() {
        let inside = counted.iter().filter(|item| item["row"] == row["key"]).collect::<Vec<_>>();
        assert_eq!(row["base"], inside.len(), "{row:#}");
        for rank in row["ranks"].as_array().unwrap() {
            assert_eq!(rank["count"], inside.iter().filter(|item| item["rank"] == rank["rank"]).count(), "{rank}");
        }
    }
}

/// Numbers of communes: what is listed is counted, or left out with a reason.
fn recount_communes(year: &Year, answer: &Value, operation: &str, value: &str, of: impl Fn(&Value) -> i64) {
    let provenance = &answer["provenance"];
    let listed = year.lists(provenance, operation);
    let left_out = provenance["left_out"].as_array().unwrap().iter();
    let left_out: i64 = left_out.map(|one| one["count"].as_i64().unwrap()).sum();
    assert_eq!(of(answer) + left_out, listed.len() as i64, "{value}: {answer:#}");
}

fn recount(year: &Year, id: &str, path: &str, answer: &Value) {
    let provenance = &answer["provenance"];
    let list = |operation: &str| year.lists(provenance, operation);
    match id {
        "get_unit_rating_distribution" | "get_national_rating_distribution" => {
            let ministry = year.world().db_person(htcd_domain::id::ProvinceId::NATION, Role::MinistryReader, None, None);
            recount_ratings(year, &ministry, answer);
        }
        "get_unit_activity_summary" => recount_holders(year, answer, "activities"),
        "get_unit_summary" => recount_holders(year, answer, answer["topic"].as_str().unwrap()),
        "get_centre_activity_summary" => {
            let all = list("list_activities");
            assert!(!all.is_empty());
            assert_eq!(answer["total"]["all"]["entries"], all.len());
            assert_eq!(answer["total"]["all"]["participations"]["sum"], json!(sum(&all, "/participations/total")));
        }
        "get_unit_findings" => {
            let all = list("get_unit_findings");
            assert!(!all.is_empty());
            assert_eq!(answer["findings"], all.len());
            for code in answer["codes"].as_array().unwrap() {
                assert_eq!(code["findings"], all.iter().filter(|it| it["code"] == code["code"]).count(), "{code}");
            }
        }
        "get_unit_completeness" => {
            let all = list("get_unit_completeness");
            let of = |state: &str| all.iter().filter(|it| it["state"] == state).count();
            for state in ["in_time", "late", "undated", "pending", "overdue"] {
                assert_eq!(answer["total"][state], of(state), "{state}: {answer:#}");
            }
            for (reason, count) in answer["total"]["left_out"].as_object().unwrap() {
                assert_eq!(count, all.iter().filter(|it| it["left_out"] == *reason).count(), "{reason}: {answer:#}");
            }
            assert!(of("left_out") > 0 && of("left_out") < all.len(), "{all:#?}");
        }
        "get_event_counts" => {
            let all = list("list_events");
            assert!(!all.is_empty());
            assert_eq!(answer["events"], all.len());
            for kind in answer["kinds"].as_array().unwrap() {
                assert_eq!(kind["events"], all.iter().filter(|it| it["kind"] == kind["kind"]).count(), "{kind}");
            }
        }
        "get_allowances" => {
            let paid = list("list_money_entries");
            assert_eq!(answer["paid_vnd"], sum(&paid, "/amount_vnd").unwrap_or(0));
            let estimates = list("list_budgets");
            assert_eq!(answer["budget_id"].is_string(), !estimates.is_empty());
            assert!(list("list_allowance_norms").len() + list("list_base_salaries").len() > 0);
        }
        "get_money_summary" => {
            let all = list("list_money_entries");
            assert!(!all.is_empty());
            for direction in ["income", "expenditure"] {
                let entries = all.iter().filter(|it| it["direction"] == direction && it["in_kind"] != true);
                assert_eq!(answer[format!("{direction}_vnd")], sum(entries, "/amount_vnd").unwrap_or(0));
            }
            assert_eq!(answer["opening_vnd"], list("list_settlements")[0]["opening_vnd"]);
            let approved = list("list_budgets").into_iter().filter(|it| it["state"] == "approved").count();
            assert_eq!(answer["budget_id"].is_string(), approved == 1);
        }
        "get_unit_profile" => recount_communes(year, answer, "list_profile_values", path, |answer| {
            answer["lines"].as_array().unwrap().iter().map(|line| line["communes"].as_i64().unwrap()).sum()
        }),
        "get_unit_learning_models" => {
            recount_communes(year, answer, "list_learning_model_counts", path, |answer| {
                answer["models"].as_array().unwrap().iter().map(|model| model["reported"].as_i64().unwrap()).sum()
            });
            let all = list("list_learning_model_counts");
            let family = answer["models"].as_array().unwrap().iter().find(|model| model["model"] == "family").unwrap();
            assert_eq!(family["base_total"]["sum"], json!(sum(&all, "/base_total")), "{family:#}");
        }
        "get_plan_progress" => {
            let (items, held) = (list("list_plan_items"), list("list_activities"));
            assert_eq!(answer["items"].as_array().unwrap().len(), items.len());
            let beside = answer["beside_plan"].as_array().unwrap();
            let beside: i64 = beside.iter().map(|row| row["activities"].as_i64().unwrap()).sum();
            let planned = answer["total"]["activities"].as_i64().unwrap();
            assert_eq!(planned + beside, held.len() as i64, "{answer:#}");
        }
        "get_rapporteur_totals" => {
            let all = list("list_rapporteur_assignments");
            assert!(!all.is_empty());
            assert_eq!(answer["assignments"], all.len());
        }
        other => panic!("say how {other} is counted again from its records"),
    }
}

#[test]
fn every_aggregate_of_the_document_says_where_it_comes_from_and_its_records_come_to_the_number() {
    let year = Year::new();
    let document = htcd_api::document::document();
    let operations = secured(&document);
    let province = year.world().unit("22", "2018-12-31");
    let mut seen = 0;
    for operation in &operations {
        let Some(members) = is_aggregate(&document, operation) else { continue };
        let id = operation.value["operationId"].as_str().unwrap();
        assert!(members.iter().any(|name| name == "provenance"), "{id} does not say where its numbers come from: {members:?}");
        let places = if operation.path.contains("{unit_id}") { vec![province, year.cast.commune] } else { vec![province] };
        let topics = ["money", "people", "assets", "plans", "estimates", "learning_models"];
        let topics = if operation.path.contains("{topic}") { &topics[..] } else { &[""] };
        for (unit, topic) in places.iter().flat_map(|unit| topics.iter().map(move |topic| (unit, topic))) {
            let mut path = operation.path.replace("{unit_id}", &unit.to_string()).replace("{topic}", topic);
            for name in path_parameters(operation).iter().filter(|name| *name != "unit_id") {
                path = path.replace(&format!("{{{name}}}"), &year.ids[name.as_str()]);
            }
            let takes = |name: &str| operation.value["parameters"].as_array().unwrap().iter().any(|it| it["name"] == name);
            let day = [("period", "2018"), ("year", "2018"), ("as_of", "2018-12-31")].into_iter().find(|(name, _)| takes(name));
            if let Some((name, value)) = day {
                path = format!("{path}?{name}={value}");
            }
            if takes("kind") {
                path = format!("{path}&kind=annual_report");
            }
            let national = year.world().db_person(htcd_domain::id::ProvinceId::NATION, Role::MinistryReader, None, None);
            let by = if path.starts_with("/v1/nation") { &national } else { year.reader() };
            let answer = year.world().client.get(&path).by(&by.token).send().expect(200).json();
            let provenance = &answer["provenance"];
            for link in provenance["records"].as_array().unwrap_or_else(|| panic!("{path}: no provenance")) {
                let named = operations.iter().find(|it| it.value["operationId"] == link["operation"]);
                let named = named.unwrap_or_else(|| panic!("{path}: {link} is no operation"));
                let list = link["href"].as_str().unwrap().split('?').next().unwrap();
                assert_eq!(list.matches('/').count(), named.path.matches('/').count(), "{link}");
            }
            assert!(provenance["to"].is_string() || id == "get_rapporteur_totals", "{path}");
            recount(&year, id, &path, &answer);
            seen += 1;
        }
    }
    assert!(seen >= 20, "{seen} figures were counted again");
    assert!(year.get("/v1/me")["username"].is_string());
}

#[test]
fn what_a_unit_leaves_out_is_counted_by_reason_and_who_sees_one_centre_sees_its_part_alone() {
    let year = Year::new();
    let cast = &year.cast;
    let path = format!("/v1/units/{}/activity_summary?period=2018", cast.commune);
    let answer = year.get(&path);
    assert_eq!(answer["provenance"]["left_out"], json!([{ "reason": "not_operating_yet", "count": 1 }]));
    let records = format!("/v1/units/{}/activity_summary/records?period=2018", cast.commune);
    let page = year.get(&format!("{records}&limit=1"));
    assert_eq!((page["items"].as_array().unwrap().len(), page["next"].is_string()), (1, true));
    let left_out = year.get(&format!("{records}&counted=false"));
    assert_eq!(left_out["items"][0]["left_out"], "not_operating_yet");

    // The manager reads the records of their own centre; the Ministry reads figures, and no records.
    let own = year.world().client.walk(&cast.manager.token, &records);
    assert_eq!(own.iter().map(|item| item["centre_id"].clone()).collect::<Vec<_>>(), [json!(cast.centre)]);
    let ministry = year.world().db_person(htcd_domain::id::ProvinceId::NATION, Role::MinistryReader, None, None);
    let client = &year.world().client;
    let read = client.get(&path).by(&ministry.token).send().expect(200).json();
    assert_eq!(read["provenance"], answer["provenance"]);
    client.get(&records).by(&ministry.token).send().refused(403, "right_missing");
    let elsewhere = format!("/v1/units/{}/activity_summary/records?period=2018", year.world().unit("06652", "2018-12-31"));
    client.get(&elsewhere).by(&cast.manager.token).send().refused(404, "not_found");
}
