//! Settlements: counted from the books, balanced by the database, carried from year to year.

use serde_json::{Value, json};

use crate::support::cast::KimSon;
use crate::support::money::{chi, decision, thu, with};

const SETTLEMENTS: &str = "/v1/settlements";

fn balance(view: &Value) -> [i64; 4] {
    ["opening_vnd", "income_vnd", "expenditure_vnd", "closing_vnd"].map(|name| view["balance"][name].as_i64().unwrap())
}

/// The year 2018 of Kim Sơn: 30 m in, 12 m out, and a gift in kind.
fn year(cast: &KimSon) {
    let enter = |body: Value| cast.world.make(&cast.staff, "/v1/money_entries", &body).expect(201);
    enter(with(thu(cast.centre, "2018-01-15", "state_budget", 25_000_000), json!({ "state_level": "commune" })));
    enter(thu(cast.centre, "2018-03-15", "people", 5_000_000));
    enter(with(thu(cast.centre, "2018-03-16", "enterprise", 4_000_000), json!({ "in_kind": { "item": "Loa" } })));
    enter(chi(cast.centre, "2018-05-15", "rapporteurs", 10_000_000));
    enter(chi(cast.centre, "2018-12-31", "materials", 2_000_000));
}

fn settled(cast: &KimSon, body: &Value) -> String {
    let path = cast.world.make(&cast.manager, SETTLEMENTS, body).expect(201).header("location").unwrap().to_owned();
    cast.world.act(&cast.manager, &path, "submit", None).expect(200);
    cast.world.act(&cast.commune_officer, &path, "approve", Some(&decision("3/QĐ-UBND", "2019-02-01"))).expect(200);
    path
}

#[test]
fn a_year_is_settled_from_the_books_locked_by_its_approval_and_carried_to_the_next() {
    let cast = KimSon::new();
    let (world, manager, approver, centre) = (&cast.world, &cast.manager, &cast.commune_officer, cast.centre);
    year(&cast);
    let body = json!({ "centre_id": centre, "year": 2018, "opening_vnd": 1_000_000 });
    let made = world.make(manager, SETTLEMENTS, &body).expect(201);
    let (path, draft) = (made.header("location").unwrap().to_owned(), made.json());
    assert_eq!(balance(&draft), [1_000_000, 30_000_000, 12_000_000, 19_000_000]);
    assert_eq!(draft["in_kind"], json!({ "entries": 1, "valued": 1, "estimated_vnd": 4_000_000 }), "apart from the cash");
    let lines = draft["lines"].as_array().unwrap();
    let sum = |direction: &str| -> i64 {
        lines.iter().filter(|line| line["direction"] == direction).map(|line| line["amount_vnd"].as_i64().unwrap()).sum()
    };
    assert_eq!((lines.len(), sum("income"), sum("expenditure")), (4, 30_000_000, 12_000_000));

    // The books move on: what was counted before is not handed in.
    world.make(&cast.staff, "/v1/money_entries", &chi(centre, "2018-06-01", "repairs", 500_000)).expect(201);
    world.act(manager, &path, "submit", None).refused(409, "blocked");
    let again = world.act(manager, &path, "prepare", None).expect(200).json();
    assert_eq!(balance(&again), [1_000_000, 30_000_000, 12_500_000, 18_500_000]);
    world.act(manager, &path, "submit", None).expect(200);
    world.make(&cast.staff, "/v1/money_entries", &chi(centre, "2018-06-02", "repairs", 100_000)).expect(201);
    world.act(approver, &path, "approve", Some(&decision("3/QĐ", "2019-02-01"))).refused(409, "blocked");
    let returned = world.act(approver, &path, "return", Some(&json!({ "reason": "sổ đã thay đổi" }))).expect(200).json();
    assert_eq!((&returned["state"], &returned["return_reason"]), (&json!("returned"), &json!("sổ đã thay đổi")));
    let changed = world.change(manager, &path, &json!({ "note": "đã đối chiếu" })).expect(200).json();
    assert_eq!(balance(&changed), [1_000_000, 30_000_000, 12_600_000, 18_400_000], "a change counts it again");
    world.act(manager, &path, "submit", None).expect(200);
    let approved = world.act(approver, &path, "approve", Some(&decision("3/QĐ-UBND", "2019-02-01"))).expect(200).json();
    assert_eq!((&approved["state"], &approved["decision"]["number"]), (&json!("approved"), &json!("3/QĐ-UBND")));
    assert!(approved["allowed_actions"].as_array().unwrap().iter().all(|action| action["allowed"] == false));

    // The year is shut, for good.
    let lock = world.read(manager, &format!("/v1/centres/{centre}/money_lock"));
    assert_eq!(lock["locked_to"], "2018-12-31");
    let locked = world.make(&cast.staff, "/v1/money_entries", &chi(centre, "2018-12-31", "repairs", 1));
    let locked = locked.refused(409, "state_conflict");
    let why = locked["detail"].as_str().unwrap();
    assert!(why.contains("Quyết toán năm 2018 đã được duyệt nên kỳ này không mở lại được"), "{why}");
    let open = json!({ "locked_to": "2018-11-30", "reason": "sửa sổ" });
    let refused = world.lock_books(approver, centre, &open).refused(409, "blocked");
    assert_eq!(refused["settled_year"], 2018);
    world.remove(manager, &path).refused(409, "state_conflict");

    // The next year opens with what is left, and a correction of the old year counts in it.
    let enter = |body: Value| world.make(&cast.staff, "/v1/money_entries", &body).expect(201);
    let repairs = world.client.walk(&manager.token, "/v1/money_entries?category=repairs&sort=asc");
    enter(with(chi(centre, "2019-01-10", "repairs", -50_000), json!({ "corrects_id": repairs[0]["id"] })));
    let next = json!({ "centre_id": centre, "year": 2019 });
    let wrong = with(next.clone(), json!({ "opening_vnd": 18_400_001 }));
    world.make(manager, SETTLEMENTS, &wrong).fault(422, "rule_broken", "/opening_vnd", "opening_carried_over");
    let second = world.make(manager, SETTLEMENTS, &next).expect(201).json();
    assert_eq!(balance(&second), [18_400_000, 0, -50_000, 18_450_000]);
    let summary = |year: i32| world.read(manager, &format!("/v1/centres/{centre}/money_summary?year={year}"));
    assert_eq!((&summary(2018)["balance_vnd"], &summary(2019)["balance_vnd"]), (&json!(18_400_000), &json!(18_450_000)));
    assert_eq!(summary(2020)["opening_vnd"], Value::Null, "2019 is not approved");
    let list = |query: &str| world.client.walk(&manager.token, &format!("{SETTLEMENTS}?{query}")).len();
    assert_eq!((list(""), list("state=approved"), list("year=2019"), list("limit=1")), (2, 1, 1, 2));
}

#[test]
fn a_settlement_is_refused_where_a_rule_stands_against_it() {
    let cast = KimSon::new();
    let (world, manager, approver, centre) = (&cast.world, &cast.manager, &cast.commune_officer, cast.centre);
    let make = |year: i32, opening: Option<i64>| {
        world.make(manager, SETTLEMENTS, &json!({ "centre_id": centre, "year": year, "opening_vnd": opening }))
    };
    make(2026, Some(0)).fault(422, "rule_broken", "/year", "year_is_over");
    make(2018, None).fault(422, "rule_broken", "/opening_vnd", "opening_needed");
    let path = make(2018, Some(0)).expect(201).header("location").unwrap().to_owned();
    make(2018, Some(0)).refused(409, "already_exists");
    assert_eq!(make(2019, None).refused(409, "blocked")["year"], 2018, "the year before waits");
    assert_eq!(make(2017, Some(0)).refused(409, "blocked")["year"], 2018);
    world.act(approver, &path, "approve", Some(&decision("1/QĐ", "2019-02-01"))).refused(409, "state_conflict");
    world.act(manager, &path, "submit", None).expect(200);
    world.act(manager, &path, "approve", Some(&decision("1/QĐ", "2019-02-01"))).refused(403, "right_missing");
    world.change(manager, &path, &json!({ "note": "x" })).refused(409, "state_conflict");
    world.act(manager, &path, "prepare", None).refused(409, "state_conflict");
    assert_eq!(world.read(manager, &format!("/v1/centres/{centre}/money_lock"))["locked_to"], Value::Null);
    world.act(approver, &path, "approve", Some(&decision("1/QĐ", "2019-02-01"))).expect(200);
    assert_eq!(make(2020, None).refused(409, "blocked")["year"], 2019, "years are settled in order");
    make(2019, None).expect(201);

    // Whoever hands it in does not approve it.
    let other = world.db_centre(cast.province, cast.commune, "TTHTCĐ khác");
    let body = json!({ "centre_id": other, "year": 2018, "opening_vnd": 0 });
    let own = world.make(approver, SETTLEMENTS, &body).expect(201).header("location").unwrap().to_owned();
    world.act(approver, &own, "submit", None).expect(200);
    world.act(approver, &own, "approve", Some(&decision("1/QĐ", "2019-02-01"))).refused(403, "separation_of_duties");
    assert_eq!(world.read(approver, &own)["state"], "submitted");
}

#[test]
fn the_database_itself_refuses_what_does_not_balance() {
    let cast = KimSon::new();
    let (world, centre) = (&cast.world, cast.centre);
    year(&cast);
    let first = settled(&cast, &json!({ "centre_id": centre, "year": 2018, "opening_vnd": 0 }));
    let next = world.make(&cast.manager, SETTLEMENTS, &json!({ "centre_id": centre, "year": 2019 })).expect(201);
    let next = next.header("location").unwrap().to_owned();
    world.make(&cast.staff, "/v1/money_entries", &thu(centre, "2019-03-01", "people", 700)).expect(201);
    world.act(&cast.manager, &next, "prepare", None).expect(200);
    let of = |year: i32, set: &str| format!("UPDATE settlements SET {set} WHERE year = {year}");

    // Opening + income − expenditure = closing; and each sum is that of the lines.
    world.db_refuses(&of(2019, "closing_vnd = closing_vnd + 1"), "settlements_balance_check");
    world.db_refuses(&of(2019, "opening_vnd = opening_vnd + 1"), "settlements_balance_check");
    world.db_refuses(&of(2019, "income_vnd = income_vnd + 1, closing_vnd = closing_vnd + 1"), "the sums of its lines");
    world.db_refuses(&of(2019, "expenditure_vnd = 5, closing_vnd = closing_vnd - 5"), "the sums of its lines");
    world.db_refuses(&of(2019, "in_kind_valued = 1"), "settlements_in_kind_check");
    // A line that changes takes the sums and the balance along …
    world.db_does("UPDATE settlement_lines SET amount_vnd = 800 WHERE amount_vnd = 700");
    assert_eq!(balance(&world.read(&cast.manager, &next)), [18_000_000, 800, 0, 18_000_800]);
    // … but then it is not what the books say, and is not approved: neither by us nor by the database.
    world.act(&cast.manager, &next, "submit", None).refused(409, "blocked");
    world.db_does(&of(2019, "state = 'submitted', submitted_by = centre_id"));
    let approve = "state = 'approved', decision = '{}'";
    world.db_does("UPDATE money_books SET locked_to = '2019-12-31'");
    world.db_refuses(&of(2019, approve), "a settlement agrees with the books");
    world.db_does("UPDATE settlement_lines SET amount_vnd = 700 WHERE amount_vnd = 800");
    world.db_refuses(
        &of(2019, &format!("{approve}, opening_vnd = opening_vnd + 1, closing_vnd = closing_vnd + 1")),
        "a year opens with what the year before closed with",
    );
    world.db_does("UPDATE money_books SET locked_to = '2019-11-30'");
    world.db_refuses(&of(2019, approve), "a settled year is locked");
    world.db_does("UPDATE money_books SET locked_to = '2019-12-31'");
    world.db_does(&of(2019, approve));

    // What is approved is final, and its years stay locked.
    for sql in [
        of(2018, "note = 'x'"),
        of(2018, "state = 'draft'"),
        "DELETE FROM settlements".to_owned(),
        "UPDATE settlement_lines SET amount_vnd = 1".to_owned(),
        "UPDATE settlement_lines SET source = 'benefactor' WHERE source = 'people'".to_owned(),
        "DELETE FROM settlement_lines".to_owned(),
    ] {
        world.db_refuses(&sql, "an approved settlement is final");
    }
    world.db_refuses("UPDATE money_books SET locked_to = '2019-11-30'", "a settled year stays locked");
    world.db_refuses("UPDATE money_books SET locked_to = NULL", "a settled year stays locked");
    world.db_refuses("DELETE FROM money_entries WHERE year = 2018", "the books are locked");
    assert_eq!(balance(&world.read(&cast.manager, &first)), [0, 30_000_000, 12_000_000, 18_000_000]);
}
