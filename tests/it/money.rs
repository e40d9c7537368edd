//! The books of a centre: what came in and was spent, what the estimate has room for, and periods that are locked.

use std::sync::Barrier;

use diesel::connection::SimpleConnection;
use htcd_domain::access::{Role, Scope};
use htcd_persistence::audit::{self, AuditFilter};
use htcd_persistence::db::Target;
use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::database::is_postgres;
use crate::support::money::{chi, thu, with};

const ENTRIES: &str = "/v1/money_entries";

#[test]
fn a_year_of_kim_son_comes_to_what_its_entries_say_and_gifts_stand_apart() {
    let cast = KimSon::new();
    let (world, staff, centre) = (&cast.world, &cast.staff, cast.centre);
    let summary = |year: i32| world.read(&cast.officer, &format!("/v1/centres/{centre}/money_summary?year={year}"));
    let enter = |body: Value| world.make(staff, ENTRIES, &body).expect(201).json();
    enter(with(
        thu(centre, "2018-01-15", "state_budget", 20_000_000),
        json!({ "state_level": "commune", "voucher_number": "PT-01" }),
    ));
    enter(with(thu(centre, "2018-02-15", "state_budget", 5_000_000), json!({ "state_level": "province" })));
    enter(with(thu(centre, "2018-03-01", "programme", 3_000_000), json!({ "programme": "Nông thôn mới" })));
    enter(thu(centre, "2018-03-02", "people", 625_000));
    enter(thu(centre, "2018-12-31", "people", 375_000));
    // Two gifts in kind: one valued, one not. A blank is not a zero.
    let speakers = json!({ "amount_vnd": 4_000_000, "in_kind": { "item": "Loa", "quantity": 2, "unit": "chiếc" }, "counterparty": "Công ty Kim Sơn" });
    enter(with(thu(centre, "2018-04-01", "enterprise", 0), speakers));
    enter(with(
        thu(centre, "2018-04-02", "benefactor", 0),
        json!({ "amount_vnd": null, "in_kind": { "item": "Cây xanh", "quantity": 50 } }),
    ));
    enter(chi(centre, "2018-05-01", "rapporteurs", 6_000_000));
    enter(chi(centre, "2018-06-01", "materials", 1_500_000));
    enter(thu(centre, "2019-01-01", "people", 999)); // Another year.

    let year = summary(2018);
    assert_eq!((&year["income_vnd"], &year["expenditure_vnd"]), (&json!(29_000_000), &json!(7_500_000)));
    let income: Vec<_> = year["income"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| (line["group"].as_str().unwrap(), line["source"].as_str().unwrap(), line["amount_vnd"].as_i64().unwrap()))
        .collect();
    let expected = [
        ("state", "state_budget", 5_000_000),
        ("state", "state_budget", 20_000_000),
        ("programme", "programme", 3_000_000),
        ("mobilised", "enterprise", 0),
        ("mobilised", "benefactor", 0),
        ("mobilised", "people", 1_000_000),
    ];
    assert_eq!(income, expected);
    assert_eq!(year["in_kind"], json!({ "entries": 2, "valued": 1, "estimated_vnd": 4_000_000 }));
    assert_eq!(year["income"][4]["in_kind"], json!({ "entries": 1, "valued": 0, "estimated_vnd": null }));
    assert_eq!(
        (&year["opening_vnd"], &year["balance_vnd"]),
        (&Value::Null, &Value::Null),
        "nobody has said what the year began with"
    );
    assert_eq!(year["expenditure"][0]["estimate_vnd"], Value::Null, "no estimate was approved");
    assert_eq!(summary(2019)["income_vnd"], 999);

    for path in ["money_summary", "allowances"] {
        let path = format!("/v1/centres/{centre}/{path}?year=-2147483648");
        world.client.get(&path).by(&staff.token).send().fault(400, "invalid_parameter", "year", "range");
    }

    let list = |query: &str| world.client.walk(&staff.token, &format!("{ENTRIES}?{query}")).len();
    assert_eq!((list(""), list("direction=expenditure"), list("in_kind=true"), list("source=people")), (10, 2, 2, 3));
    assert_eq!((list("from=2018-04-01&to=2018-05-01"), list("category=materials"), list("limit=3&sort=asc")), (3, 1, 10));
}

#[test]
fn an_entry_is_refused_where_it_does_not_add_up() {
    let cast = KimSon::new();
    let (world, staff, centre) = (&cast.world, &cast.staff, cast.centre);
    let make = |body: Value| world.make(staff, ENTRIES, &body);
    let good = thu(centre, "2018-03-14", "people", 100);
    let other = world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let activity = json!({ "centre_id": other, "category": "law", "title": "Luật", "form": "theme", "role": "organiser", "starts_on": "2018-03-14", "ends_on": "2018-03-14" });
    let activity = world.make(&cast.commune_officer, "/v1/activities", &activity).expect(201).json();
    for (more, pointer, rule) in [
        (json!({ "amount_vnd": null }), "/amount_vnd", "amount_needed"),
        (json!({ "amount_vnd": -1 }), "/amount_vnd", "negative_only_to_correct"),
        (json!({ "source": "programme" }), "/programme", "name_of_programme"),
        (json!({ "state_level": "commune" }), "/state_level", "level_of_state_budget"),
        (json!({ "date": "2026-11-23" }), "/date", "not_in_the_future"),
        (json!({ "activity_id": activity["id"] }), "/activity_id", "activity_of_centre"),
        (json!({ "corrects_id": cast.centre }), "/corrects_id", "entry_in_scope"),
        (json!({ "centre_id": other }), "/centre_id", "holder_in_scope"),
    ] {
        make(with(good.clone(), more)).fault(422, "rule_broken", pointer, rule);
    }
    make(with(good.clone(), json!({ "amount_vnd": 1.5 }))).fault(422, "invalid_body", "/amount_vnd", "type");
    make(with(good.clone(), json!({ "amount_vnd": 1_000_000_000_001_i64 }))).fault(422, "invalid_body", "/amount_vnd", "range");
    make(with(good.clone(), json!({ "in_kind": { "item": "Loa", "quantity": 0 } }))).fault(
        422,
        "invalid_body",
        "/in_kind/quantity",
        "range",
    );
    assert!(world.client.walk(&staff.token, ENTRIES).is_empty(), "nothing was stored");
    make(good).expect(201);
}

#[test]
fn a_voucher_number_stands_once_in_a_year_of_a_centre() {
    let cast = KimSon::new();
    let (world, staff, centre) = (&cast.world, &cast.staff, cast.centre);
    let voucher = |date: &str, number: &str| with(thu(centre, date, "people", 1), json!({ "voucher_number": number }));
    let first = world.make(staff, ENTRIES, &voucher("2018-01-05", "PT-01")).expect(201).json();
    let refused = world.make(staff, ENTRIES, &voucher("2018-12-05", "PT-01")).refused(409, "already_exists");
    assert_eq!((&refused["pointer"], &refused["money_entry_id"]), (&json!("/voucher_number"), &first["id"]));
    let second = world.make(staff, ENTRIES, &voucher("2018-12-05", "PT-02")).expect(201).header("location").unwrap().to_owned();
    world.change(staff, &second, &json!({ "voucher_number": "PT-01" })).refused(409, "already_exists");
    world.change(staff, &second, &json!({ "voucher_number": "PT-02", "counterparty": "Ông An" })).expect(200);
    world.make(staff, ENTRIES, &voucher("2007-12-31", "PT-09")).fault(422, "rule_broken", "/date", "centre_founded");
    for alike in ["pt-01", " PT-01 "] {
        world.make(staff, ENTRIES, &voucher("2018-12-06", alike)).refused(409, "already_exists");
    }
    world.make(staff, ENTRIES, &voucher("2019-01-05", "PT-01")).expect(201); // Each year begins anew.
    let other = world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let theirs = with(voucher("2018-01-05", "PT-01"), json!({ "centre_id": other }));
    world.make(&cast.commune_officer, ENTRIES, &theirs).expect(201);
    for _ in 0..2 {
        world.make(staff, ENTRIES, &thu(centre, "2018-01-05", "people", 1)).expect(201); // Without a number, as many as there are.
    }
}

#[test]
fn spending_beyond_the_estimate_gives_a_reason_which_is_kept() {
    let cast = KimSon::new();
    let (world, staff, centre) = (&cast.world, &cast.staff, cast.centre);
    let lines = json!([
        { "direction": "expenditure", "category": "allowances", "post": "director", "amount_vnd": 60 },
        { "direction": "expenditure", "category": "allowances", "post": "deputy_director", "amount_vnd": 40 },
    ]);
    let spend = |category: &str, amount: i64, more: Value| {
        world.make(staff, ENTRIES, &with(chi(centre, "2018-05-01", category, amount), more))
    };
    spend("repairs", 5, json!({})).expect(201); // Before there is an estimate there is nothing to go beyond.
    let budget = json!({ "centre_id": centre, "year": 2018, "lines": lines, "deficit_reason": "số dư năm trước" });
    world.approved_budget((&cast.manager, &cast.commune_officer), &budget);

    let first = spend("allowances", 70, json!({})).expect(201).header("location").unwrap().to_owned();
    let refused = spend("allowances", 31, json!({})).fault(422, "rule_broken", "/reason_above_estimate", "above_estimate");
    assert_eq!(refused["above_vnd"], 1);
    assert!(refused["errors"][0]["detail"].as_str().unwrap().contains("đã chi 70 đồng"), "{refused}");
    spend("allowances", 30, json!({})).expect(201); // To the đồng.
    spend("training", 1, json!({})).fault(422, "rule_broken", "/reason_above_estimate", "above_estimate");
    world.change(staff, &first, &json!({ "amount_vnd": 71 })).fault(
        422,
        "rule_broken",
        "/reason_above_estimate",
        "above_estimate",
    );
    world.change(staff, &first, &json!({ "amount_vnd": 69 })).expect(200);
    world.change(staff, &first, &json!({ "amount_vnd": 70 })).expect(200);
    let above =
        spend("training", 7, json!({ "reason_above_estimate": "tập huấn đột xuất theo công văn của tỉnh" })).expect(201).json();
    world.make(staff, ENTRIES, &chi(centre, "2019-05-01", "training", 7)).expect(201); // Another year, without an estimate.
    let found = world.client.walk(&staff.token, &format!("{ENTRIES}?above_estimate=true"));
    assert_eq!((found.len(), &found[0]["id"]), (1, &above["id"]));
    let summary = world.read(staff, &format!("/v1/centres/{centre}/money_summary?year=2018"));
    let line = |category: &str| {
        let lines = summary["expenditure"].as_array().unwrap();
        lines
            .iter()
            .find(|line| line["category"] == category)
            .map(|line| (line["estimate_vnd"].clone(), line["left_vnd"].clone()))
    };
    assert_eq!(line("allowances"), Some((json!(100), json!(0))));
    assert_eq!(line("training"), Some((json!(0), json!(-7))));
}

#[test]
fn nothing_goes_into_a_locked_period_nor_out_of_it_and_it_is_opened_with_a_reason() {
    let cast = KimSon::new();
    let (world, staff, approver, centre) = (&cast.world, &cast.staff, &cast.commune_officer, cast.centre);
    let enter = |date: &str| world.make(staff, ENTRIES, &thu(centre, date, "people", 100));
    let path = |answer: crate::support::http::Response| answer.expect(201).header("location").unwrap().to_owned();
    let (january, february) = (path(enter("2018-01-31")), path(enter("2018-02-01")));
    let lock = |body: Value| world.lock_books(approver, centre, &body);
    world.lock_books(&cast.manager, centre, &json!({ "locked_to": "2018-01-31" })).refused(403, "right_missing");
    lock(json!({ "locked_to": "2018-01-30" })).fault(422, "rule_broken", "/locked_to", "locked_by_months");
    lock(json!({ "locked_to": "2026-11-30" })).fault(422, "rule_broken", "/locked_to", "not_in_the_future");
    lock(json!({ "locked_to": "2018-01-31" })).expect(200);

    let refused = enter("2018-01-31").refused(409, "state_conflict");
    assert_eq!(refused["locked_to"], "2018-01-31");
    assert!(refused["detail"].as_str().unwrap().contains("31/01/2018"), "{refused}");
    world.change(staff, &january, &json!({ "amount_vnd": 1 })).refused(409, "state_conflict");
    world.change(staff, &january, &json!({ "date": "2018-02-01" })).refused(409, "state_conflict");
    world.change(staff, &february, &json!({ "date": "2018-01-31" })).refused(409, "state_conflict");
    world.remove(staff, &january).refused(409, "state_conflict");
    world.change(staff, &february, &json!({ "amount_vnd": 50 })).expect(200);
    assert_eq!(world.read(staff, &january)["amount_vnd"], 100, "it stands as it was");

    // What is wrong is corrected in the open period; the entry that is corrected stays.
    let id = world.read(staff, &january)["id"].clone();
    let correct = |amount: i64, more: Value| {
        world.make(staff, ENTRIES, &with(thu(centre, "2018-02-02", "people", amount), with(json!({ "corrects_id": id }), more)))
    };
    correct(-101, json!({})).fault(422, "rule_broken", "/amount_vnd", "corrects_no_more_than_there_was");
    correct(-1, json!({ "source": "benefactor" })).fault(422, "rule_broken", "/corrects_id", "corrects_its_like");
    let director = json!({ "direction": "expenditure", "source": null, "category": "allowances", "post": "director" });
    let paid = path(world.make(staff, ENTRIES, &with(thu(centre, "2018-02-01", "people", 70), director.clone())));
    let of_paid = |more: Value| {
        let body = with(
            thu(centre, "2018-02-02", "people", -1),
            with(director.clone(), json!({ "corrects_id": world.read(staff, &paid)["id"] })),
        );
        world.make(staff, ENTRIES, &with(body, more))
    };
    of_paid(json!({ "post": null })).fault(422, "rule_broken", "/post", "corrects_its_like");
    of_paid(json!({})).expect(201);
    let correction = path(correct(-60, json!({})));
    correct(-41, json!({})).fault(422, "rule_broken", "/amount_vnd", "corrects_no_more_than_there_was");
    world.change(staff, &correction, &json!({ "amount_vnd": -100 })).expect(200);
    world.change(staff, &correction, &json!({ "amount_vnd": -60 })).expect(200);
    let again = json!({ "corrects_id": world.read(staff, &correction)["id"] });
    let again = with(thu(centre, "2018-02-03", "people", -1), again);
    let rules = world.make(staff, ENTRIES, &again).rules(422);
    assert!(rules.contains(&"corrects_no_correction".to_owned()), "{rules:?}");
    let summary = world.read(staff, &format!("/v1/centres/{centre}/money_summary?year=2018"));
    assert_eq!((&summary["income_vnd"], &summary["locked_to"]), (&json!(90), &json!("2018-01-31")));

    lock(json!({ "locked_to": null })).fault(422, "rule_broken", "/reason", "reason_to_open");
    let open = lock(json!({ "locked_to": null, "reason": "ghi sót chứng từ tháng 1" })).expect(200).json();
    assert_eq!((&open["locked_to"], &open["reason"]), (&Value::Null, &json!("ghi sót chứng từ tháng 1")));
    enter("2018-01-31").expect(201);
    world.remove(staff, &january).refused(409, "blocked"); // A correction refers to it.
    world.change(staff, &january, &json!({ "amount_vnd": 10 })).refused(409, "blocked");
    let kept = world.client.walk(&cast.admin.token, "/v1/audit_records?subject=money_lock");
    let reasons: Vec<_> = kept.iter().map(|record| record["reason"].clone()).collect();
    assert_eq!(reasons, [json!("ghi sót chứng từ tháng 1"), Value::Null], "both moves are on record");
    let stale = world.client.put(&format!("/v1/centres/{centre}/money_lock")).by(&approver.token).if_match("\"1\"");
    stale.json(&json!({ "locked_to": "2018-01-31" })).send().refused(412, "etag_mismatch");
}

#[test]
fn of_a_lock_and_an_entry_that_come_together_one_waits_for_the_other() {
    let cast = KimSon::new();
    let (world, approver) = (&cast.world, &cast.commune_officer);
    let manager_of = |centre| world.db_person(cast.province, Role::CentreManager, None, Some(centre));
    let (mut both, mut refused) = (0, 0);
    for round in 0..8 {
        let centre = world.db_centre(cast.province, cast.commune, &format!("TTHTCĐ {round}"));
        let manager = manager_of(centre);
        let entry = thu(centre, "2018-01-15", "people", 1);
        // Read before: whoever fails while others wait at the barrier leaves them there.
        let path = format!("/v1/centres/{centre}/money_lock");
        let etag = world.client.get(&path).by(&approver.token).send().expect(200).etag();
        let start = Barrier::new(4);
        let (locked, entered) = std::thread::scope(|scope| {
            let enters: Vec<_> = (0..3)
                .map(|_| {
                    scope.spawn(|| {
                        start.wait();
                        world.make(&manager, ENTRIES, &entry)
                    })
                })
                .collect();
            start.wait();
            let lock = world.client.put(&path).by(&approver.token).if_match(&etag);
            let locked = lock.json(&json!({ "locked_to": "2018-01-31" })).send();
            (locked, enters.into_iter().map(|enter| enter.join().unwrap()).collect::<Vec<_>>())
        });
        locked.expect(200);
        let filter = AuditFilter::default();
        let records = world.db.read(&Scope::whole(cast.province), |tx| audit::page(tx, &filter, None, 20)).unwrap();
        let lock_at =
            records.iter().find(|record| record.subject == "money_lock" && record.subject_id == centre.to_string()).unwrap().seq;
        for answer in entered {
            match answer.status {
                201 => {
                    let id = answer.json()["id"].as_str().unwrap().to_owned();
                    let at = records.iter().find(|record| record.subject_id == id).unwrap().seq;
                    assert!(at < lock_at, "an entry of a locked period was stored after the lock");
                    both += 1;
                }
                409 => refused += 1,
                status => panic!("{status}: {}", answer.text()),
            }
        }
        world.make(&manager, ENTRIES, &entry).refused(409, "state_conflict");
    }
    assert_eq!(both + refused, 24);
    println!("{both} entries came before their lock, {refused} after it");
}

#[test]
fn the_database_itself_keeps_a_locked_period_shut() {
    let cast = KimSon::new();
    let (world, staff, centre) = (&cast.world, &cast.staff, cast.centre);
    world.make(staff, ENTRIES, &thu(centre, "2018-01-15", "people", 100)).expect(201);
    world.make(staff, ENTRIES, &thu(centre, "2018-02-15", "people", 100)).expect(201);
    world.db_does("UPDATE money_entries SET amount_vnd = 90"); // While nothing is locked.
    world.lock_books(&cast.commune_officer, centre, &json!({ "locked_to": "2018-01-31" })).expect(200);
    let copy = "INSERT INTO money_entries SELECT province_id, centre_id, centre_id, entry_date, year, direction, source, state_level, programme, category, \
                amount_vnd, in_kind, item, quantity, unit, counterparty, voucher_number, description, activity_id, post, from_month, to_month, \
                reason_above_estimate, corrects_id, revision, created_at, updated_at FROM money_entries";
    for sql in [
        "UPDATE money_entries SET amount_vnd = 1 WHERE entry_date < '2018-02-01'",
        "UPDATE money_entries SET entry_date = '2018-02-01' WHERE entry_date < '2018-02-01'",
        "UPDATE money_entries SET entry_date = '2018-01-31' WHERE entry_date > '2018-02-01'",
        "DELETE FROM money_entries WHERE entry_date < '2018-02-01'",
        &format!("{copy} WHERE entry_date < '2018-02-01'"),
    ] {
        world.db_refuses(sql, "the books are locked");
    }
    for (set, check) in [
        ("amount_vnd = -1", "money_entries_amount_check"),
        ("amount_vnd = NULL", "money_entries_amount_check"),
        ("source = NULL", "money_entries_heading_check"),
        ("category = 'repairs'", "money_entries_heading_check"),
        ("item = 'Loa'", "money_entries_in_kind_check"),
        ("state_level = 'commune'", "money_entries_state_level_check"),
        ("programme = 'x'", "money_entries_programme_check"),
        ("post = 'director'", "money_entries_post_check"),
        ("year = 2019", "money_entries_year_check"),
    ] {
        world.db_refuses(&format!("UPDATE money_entries SET {set} WHERE entry_date > '2018-02-01'"), check);
    }
    world.db_does(&format!("{copy} WHERE entry_date > '2018-02-01'"));
    world.db_does("DELETE FROM money_entries WHERE entry_date > '2018-02-01'");
    if !is_postgres() {
        return; // There, a second writer waits for the first one to end, whatever it writes.
    }
    // An entry past the program that comes while a lock is on its way waits, and is then refused.
    world.make(staff, ENTRIES, &thu(centre, "2018-02-15", "people", 100)).expect(201);
    let connect = || Target::parse(world.owner_url()).unwrap().connect().unwrap();
    let (mut locks, mut enters) = (connect(), connect());
    locks.batch_execute("BEGIN; UPDATE money_books SET locked_to = '2018-02-28'").unwrap();
    let (sender, receiver) = std::sync::mpsc::channel();
    std::thread::scope(|scope| {
        scope.spawn(move || {
            let change = enters.batch_execute("UPDATE money_entries SET amount_vnd = 1 WHERE entry_date > '2018-02-01'");
            sender.send(change.map_err(|error| error.to_string())).unwrap();
        });
        let early = receiver.recv_timeout(std::time::Duration::from_millis(300));
        assert!(early.is_err(), "it waits: {early:?}");
        locks.batch_execute("COMMIT").unwrap();
        let error = receiver.recv_timeout(std::time::Duration::from_secs(10)).unwrap().unwrap_err();
        assert!(error.contains("the books are locked"), "{error}");
    });
}
