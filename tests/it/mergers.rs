//! The merger of centres as one act: what they had goes on under the centre that takes them in, and what they did stays theirs.

use htcd_domain::access::Role;
use htcd_domain::id::CentreId;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person, day};
use crate::support::http::Response;
use crate::support::money::{chi, decision, thu, with};

/// Three centres of Kim Sơn's commune: the old one with a year's work, another old one, and the one that is to take them in.
struct Old {
    cast: KimSon,
    second: CentreId,
    bookkeeper: Person,
    successor: CentreId,
    heir: Person,
    rating: Value,
    plan: String,
}

impl Old {
    fn new() -> Self {
        let cast = KimSon::new();
        let world = &cast.world;
        let second = world.db_centre(cast.province, cast.commune, "TTHTCĐ Gia Mô");
        let successor = world.db_centre_since(cast.province, cast.commune, "TTHTCĐ Kim Sơn mới", day("2018-10-01"));
        let of = |centre| world.db_person(cast.province, Role::CentreManager, None, Some(centre));
        let (bookkeeper, heir) = (of(second), of(successor));
        let (manager, approver, centre) = (&cast.manager, &cast.commune_officer, cast.centre);
        let make = |by: &Person, path: &str, body: Value| world.make(by, path, &body).expect(201);

        let round = cast.round(2018, "TTHTCD-MAU");
        let rating = make(manager, "/v1/ratings", json!({ "round_id": round["id"], "centre_id": centre })).json();
        let chief = json!({ "post": "director", "person": { "centre_id": centre, "full_name": "Nguyễn Văn An" } });
        let founding = json!({ "number": "1/QĐ", "date": "2016-01-01", "issuer": "UBND" });
        let board = json!({ "body": "board", "effective_on": "2016-02-01", "decision": founding, "appoint": [chief] });
        world.client.post(&format!("/v1/centres/{centre}/reconstitutions")).by(&approver.token).json(&board).send().expect(201);

        let plan = make(manager, "/v1/plans", json!({ "centre_id": centre, "year": 2018, "title": "Kế hoạch năm 2018" }));
        let plan = plan.header("location").unwrap().to_owned();
        let id = plan.rsplit('/').next().unwrap();
        for (month, title) in [(3, "Luật Đất đai"), (10, "Kỹ thuật trồng na"), (11, "Phòng bệnh")] {
            let item = json!({ "plan_id": id, "month": month, "category": "law", "title": title, "targets": { "classes": 1 } });
            make(manager, "/v1/plan_items", item);
        }
        world.act(manager, &plan, "submit", None).expect(200);
        world.act(approver, &plan, "approve", Some(&json!({ "approved_on": "2018-01-15" }))).expect(200);

        // What 2018 opens with is known from the settlement of the year before; the second centre never settled.
        let settled = make(manager, "/v1/settlements", json!({ "centre_id": centre, "year": 2017, "opening_vnd": 1_000_000 }));
        let settled = settled.header("location").unwrap().to_owned();
        world.act(manager, &settled, "submit", None).expect(200);
        world.act(approver, &settled, "approve", Some(&decision("3/QĐ-UBND", "2018-02-01"))).expect(200);
        make(manager, "/v1/money_entries", thu(centre, "2018-03-01", "people", 5_000_000));
        make(manager, "/v1/money_entries", chi(centre, "2018-09-30", "materials", 2_000_000));
        make(&bookkeeper, "/v1/money_entries", thu(second, "2018-04-01", "people", 700_000));
        let site = json!({ "name": "Nhà văn hóa khu 1", "kind": "culture_house" });
        let site = make(manager, &format!("/v1/centres/{centre}/sites"), site).json()["id"].clone();
        let doctor =
            json!({ "centre_id": centre, "full_name": "Trần Văn Minh", "kind": "rapporteur", "active_from": "2016-05-01" });
        let doctor = make(manager, "/v1/rapporteurs", doctor);
        let contact = format!("{}/contact", doctor.header("location").unwrap());
        let reached = json!({ "phone": "0912 345 678" });
        world.client.put(&contact).by(&manager.token).if_match(&doctor.etag()).json(&reached).send().expect(200);
        let asset = json!({ "centre_id": centre, "site_id": site, "kind": "computer", "name": "Máy tính", "quantity": 3, "unit": "bộ", "owner": "centre",
            "condition": "good", "value_vnd": 30_000_000 });
        make(manager, "/v1/assets", asset);
        Self { second, bookkeeper, successor, heir, rating, plan, cast }
    }

    fn body(&self) -> Value {
        json!({
            "predecessors": [{ "centre_id": self.cast.centre }, { "centre_id": self.second, "balance_vnd": 300_000 }],
            "effective_on": "2018-10-01",
            "decision": { "number": "15/QĐ-UBND", "date": "2018-09-20", "issuer": "UBND thị xã Đông Triều" },
        })
    }

    fn merge(&self, by: &Person, body: &Value) -> Response {
        self.cast.world.client.post(&format!("/v1/centres/{}/mergers", self.successor)).by(&by.token).json(body).send()
    }

    fn get(&self, path: &str) -> Value {
        self.cast.world.read(&self.cast.admin, path)
    }

    /// What the province's centres took in, spent, received and handed over in the year.
    fn money(&self) -> [Value; 4] {
        let province = self.cast.world.unit("22", "2018-12-31");
        let mut summary = self.get(&format!("/v1/units/{province}/summaries/money?period=2018"));
        ["income", "expenditure", "received_from_predecessors", "handed_to_successors"]
            .map(|code| summary["total"]["figures"][code]["sum"].take())
    }
}

#[test]
fn old_centres_go_into_one_whose_books_plan_and_assets_go_on_and_what_they_did_stays_theirs() {
    let old = Old::new();
    let (cast, centre, second, successor) = (&old.cast, old.cast.centre, old.second, old.successor);
    let before = old.money();
    assert_eq!(before, [json!(5_700_000), json!(2_000_000), Value::Null, Value::Null]);

    let done = old.merge(&cast.admin, &old.body()).expect(201).json();
    let part = |id: CentreId| done["predecessors"].as_array().unwrap().iter().find(|it| it["centre_id"] == json!(id)).unwrap();
    let counts = |id: CentreId| {
        ["balance_vnd", "ended_appointments", "sites", "rapporteurs", "assets"].map(|name| part(id)[name].as_i64().unwrap())
    };
    assert_eq!((counts(centre), counts(second)), ([4_000_000, 1, 1, 1, 1], [300_000, 0, 0, 0, 0]));
    assert_eq!(old.get(&format!("/v1/centres/{successor}/mergers")), json!([done]));
    assert_eq!(old.get(&format!("/v1/centres/{centre}/mergers")), json!([done]), "found from the old one as well");

    // Their lives end by the decision, and they are found from one another.
    let gone = old.get(&format!("/v1/centres/{centre}"));
    assert_eq!((&gone["status"], &gone["ended_on"]), (&json!("merged"), &json!("2018-10-01")));
    let acts = old.get(&format!("/v1/centres/{centre}/acts"));
    let act = acts.as_array().unwrap().last().unwrap();
    assert_eq!((&act["decision"]["number"], &act["successor_ids"]), (&json!("15/QĐ-UBND"), &json!([successor])));
    assert_eq!(act["id"], part(centre)["act_id"]);
    let mut both = [json!(centre), json!(second)];
    both.sort_by_key(Value::to_string);
    assert_eq!(old.get(&format!("/v1/centres/{successor}/relatives"))["predecessor_ids"], json!(both));

    // The board leaves on the day before.
    let directors = |on: &str| old.get(&format!("/v1/centres/{centre}/board?as_of={on}"))["counts"]["directors"].clone();
    assert_eq!((directors("2018-09-30"), directors("2018-10-01")), (json!(1), json!(0)));

    // Money changes hands, and the province has neither more nor less of it.
    assert_eq!(old.money(), [json!(5_700_000), json!(2_000_000), json!(4_300_000), json!(4_300_000)]);
    let summary = |by: &Person, id: CentreId| cast.world.read(by, &format!("/v1/centres/{id}/money_summary?year=2018"));
    assert_eq!(summary(&cast.manager, centre)["balance_vnd"], 0);
    assert_eq!(summary(&old.heir, successor)["income_vnd"], 4_300_000);
    let out = old.get(&format!("/v1/money_entries/{}", part(centre)["handed_over_id"].as_str().unwrap()));
    assert_eq!(
        (&out["date"], &out["category"], &out["amount_vnd"]),
        (&json!("2018-09-30"), &json!("successor"), &json!(4_000_000))
    );
    let came = old.get(&format!("/v1/money_entries/{}", part(second)["received_id"].as_str().unwrap()));
    assert_eq!(
        (&came["date"], &came["source"], &came["centre_id"]),
        (&json!("2018-10-01"), &json!("predecessor"), &json!(successor))
    );

    // What was still to come of the plan waits in a draft of the new centre; the old plan is as it was.
    let carried = &part(centre)["plans"][0];
    assert_eq!((carried["items"].as_i64(), old.plan.ends_with(carried["from_plan_id"].as_str().unwrap())), (Some(2), true));
    let path = format!("/v1/plans/{}", carried["to_plan_id"].as_str().unwrap());
    let draft = cast.world.read(&old.heir, &path);
    assert_eq!((&draft["state"], &draft["year"], &draft["centre_id"]), (&json!("draft"), &json!(2018), &json!(successor)));
    let items = cast.world.client.walk(&old.heir.token, &format!("/v1/plan_items?plan_id={}", draft["id"].as_str().unwrap()));
    let months: Vec<_> = items.iter().map(|item| item["month"].as_i64().unwrap()).collect();
    assert_eq!(months, [10, 11]);
    assert_eq!(cast.world.read(&cast.manager, &old.plan)["state"], "approved");
    cast.world.act(&old.heir, &path, "submit", None).expect(200);

    // Assets stand under the new centre from that day, once.
    let assets =
        |id: CentreId, more: &str| cast.world.client.walk(&cast.admin.token, &format!("/v1/assets?centre_id={id}{more}"));
    assert_eq!((assets(centre, "&disposed=false").len(), assets(successor, "").len()), (0, 1));
    let new = &assets(successor, "")[0];
    assert_eq!((&new["quantity"], &new["acquired_on"]), (&json!(3), &json!("2018-10-01")));

    // So does the house where they stand, and who speaks there, with how they are reached.
    let houses = |id: CentreId| old.get(&format!("/v1/centres/{id}/sites"));
    assert_eq!((&houses(centre)[0]["active"], &houses(successor)[0]["active"]), (&json!(false), &json!(true)));
    assert_eq!(new["site_id"], houses(successor)[0]["id"]);
    let on_roster = |id: CentreId, on: &str| {
        cast.world.client.walk(&cast.admin.token, &format!("/v1/rapporteurs?centre_id={id}&active_on={on}"))
    };
    let counts = |on: &str| (on_roster(centre, on).len(), on_roster(successor, on).len());
    assert_eq!((counts("2018-09-30"), counts("2018-10-01")), ((1, 0), (0, 1)));
    let reached = |id: CentreId| {
        let who = on_roster(id, if id == centre { "2018-09-30" } else { "2018-10-01" })[0]["id"].clone();
        old.get(&format!("/v1/rapporteurs/{}/contact", who.as_str().unwrap()))["phone"].clone()
    };
    assert_eq!((reached(centre).is_string(), reached(successor)), (true, reached(centre)));

    // The rating of the old one stays its own, and goes on.
    let rating = cast.world.read(&cast.manager, &format!("/v1/ratings/{}", old.rating["id"].as_str().unwrap()));
    assert_eq!((&rating["centre_id"], &rating["state"]), (&json!(centre), &old.rating["state"]));

    // It is done once.
    let again =
        json!({ "predecessors": [{ "centre_id": centre }], "effective_on": "2018-10-02", "decision": old.body()["decision"] });
    assert_eq!(old.merge(&cast.admin, &again).refused(409, "state_conflict")["centre_id"], json!(centre));
}

#[test]
fn a_centre_with_a_plan_in_force_takes_items_over_into_a_revision_of_it() {
    let old = Old::new();
    let (world, heir) = (&old.cast.world, &old.heir);
    let own = json!({ "centre_id": old.successor, "year": 2018, "title": "Kế hoạch của mình" });
    let own = world.make(heir, "/v1/plans", &own).expect(201).header("location").unwrap().to_owned();
    let item = json!({ "plan_id": own.rsplit('/').next().unwrap(), "month": 12, "category": "law", "title": "Của mình" });
    world.make(heir, "/v1/plan_items", &item).expect(201);
    world.act(heir, &own, "submit", None).expect(200);
    world.act(&old.cast.commune_officer, &own, "approve", Some(&json!({ "approved_on": "2018-10-02" }))).expect(200);
    let done = old.merge(&old.cast.admin, &old.body()).expect(201).json();
    let to = done["predecessors"].as_array().unwrap().iter().find_map(|it| it["plans"][0]["to_plan_id"].as_str()).unwrap();
    let draft = world.read(heir, &format!("/v1/plans/{to}"));
    assert_eq!((&draft["state"], own.ends_with(draft["revises_id"].as_str().unwrap())), (&json!("draft"), true));
    let items = world.client.walk(&heir.token, &format!("/v1/plan_items?plan_id={to}"));
    assert_eq!(items.iter().map(|item| item["month"].as_i64().unwrap()).collect::<Vec<_>>(), [10, 11, 12]);
}

#[test]
fn what_stands_against_a_merger_is_said_at_its_place_and_nothing_is_done() {
    let old = Old::new();
    let (cast, centre, second) = (&old.cast, old.cast.centre, old.second);
    let world = &cast.world;
    old.merge(&cast.officer, &old.body()).refused(403, "right_missing");
    old.merge(&old.heir, &old.body()).refused(403, "right_missing");
    let refused = |more: Value, pointer: &str, rule: &str| {
        old.merge(&cast.admin, &with(old.body(), more)).fault(422, "rule_broken", pointer, rule);
    };
    refused(json!({ "effective_on": "2026-12-01" }), "/effective_on", "not_in_the_future");
    refused(json!({ "effective_on": "2018-09-30" }), "/effective_on", "successor_operates");
    refused(json!({ "predecessors": [{ "centre_id": old.successor }] }), "/predecessors/0/centre_id", "successors");
    let twice = json!([{ "centre_id": centre }, { "centre_id": centre }]);
    refused(json!({ "predecessors": twice }), "/predecessors/1/centre_id", "each_once");
    let nobodys = json!([{ "centre_id": "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11" }]);
    refused(json!({ "predecessors": nobodys }), "/predecessors/0/centre_id", "centre_in_scope");
    let uncounted = json!([{ "centre_id": centre }, { "centre_id": second }]);
    refused(json!({ "predecessors": uncounted }), "/predecessors/1/balance_vnd", "balance_needed");
    let wrong = json!([{ "centre_id": centre, "balance_vnd": 4_000_001 }]);
    refused(json!({ "predecessors": wrong }), "/predecessors/0/balance_vnd", "balance_of_books");
    refused(
        json!({ "decision": with(old.body()["decision"].clone(), json!({ "date": "2018-10-02" })) }),
        "/decision/date",
        "decision_before_effect",
    );
    let none = old.merge(&cast.admin, &with(old.body(), json!({ "predecessors": [] })));
    none.fault(422, "invalid_body", "/predecessors", "length");

    // What centres hand to one another is nobody's to enter by hand.
    let by_hand = thu(second, "2018-05-01", "predecessor", 1);
    world.make(&old.bookkeeper, "/v1/money_entries", &by_hand).fault(422, "rule_broken", "/source", "by_merger_only");

    // Work for later days is named first, as with every act that ends a centre.
    let class = json!({ "centre_id": second, "category": "law", "title": "Luật", "form": "theme", "role": "organiser",
        "starts_on": "2018-11-01", "ends_on": "2018-11-01", "classes": 1 });
    world.make(&old.bookkeeper, "/v1/activities", &class).expect(201);
    let blocked = old.merge(&cast.admin, &old.body()).refused(409, "blocked");
    assert_eq!((&blocked["later_entries"]["activities"], &blocked["centre_id"]), (&json!(1), &json!(second)));

    // Books that are locked take no entry.
    let lock = json!({ "locked_to": "2018-10-31" });
    world.lock_books(&cast.commune_officer, centre, &lock).expect(200);
    let kept = with(old.body(), json!({ "keep_later_entries": true }));
    assert_eq!(old.merge(&cast.admin, &kept).refused(409, "state_conflict")["centre_id"], json!(centre));

    for id in [centre, second] {
        assert_eq!(old.get(&format!("/v1/centres/{id}"))["status"], "operating");
        assert_eq!(old.get(&format!("/v1/centres/{id}/mergers")), json!([]));
    }
    assert_eq!(old.money()[2..], [Value::Null, Value::Null]);
    let open = json!({ "locked_to": "2017-12-31", "reason": "bàn giao khi sáp nhập" });
    world.lock_books(&cast.commune_officer, centre, &open).expect(200);
    old.merge(&cast.admin, &kept).expect(201);
}
