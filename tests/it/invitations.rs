//! How an account begins and how a password is set: nobody but its owner ever knows it.

use chrono::TimeDelta;
use serde_json::{Value, json};

use crate::support::cast::{KimSon, Person};
use crate::support::http::{Response, each};

const PASSWORD: &str = "ba con vịt và một cái thang";

fn invite(cast: &KimSon, by: &Person, username: &str, grants: Value) -> Response {
    let body = json!({ "username": username, "display_name": "Nguyễn Thị Lan", "grants": grants });
    cast.world.client.post("/v1/users").by(&by.token).json(&body).send()
}

fn set(cast: &KimSon, username: &str, code: &Value, password: &str) -> Response {
    let body = json!({ "username": username, "code": code, "password": password });
    cast.world.client.post("/v1/account/password").json(&body).send()
}

fn sign_in(cast: &KimSon, username: &str, password: &str) -> Response {
    let form = format!("grant_type=password&username={username}&password={}", crate::support::http::encoded(password));
    cast.world.client.post("/oauth2/token").form(&form).send()
}

#[test]
fn whoever_is_invited_sets_their_own_password_with_a_code_that_works_once() {
    let cast = KimSon::new();
    let made = invite(&cast, &cast.admin, "lan", json!([{ "role": "centre_staff", "centre_id": cast.centre }])).expect(201);
    assert_eq!(made.header("cache-control"), Some("no-store"));
    let made = made.json();
    assert_eq!((&made["status"], &made["activated_at"]), (&json!("invited"), &Value::Null));
    assert_eq!(made["activation"]["expires_at"], "2026-12-06T03:00:00Z");
    let code = &made["activation"]["code"];
    sign_in(&cast, "lan", "!").refused(401, "sign_in_failed");
    sign_in(&cast, "lan", "").refused(401, "sign_in_failed");

    for (password, rule) in
        [("ngắn", "length"), ("matkhau123456", "password_known"), ("xin chào lan và mọi người", "password_has_name")]
    {
        set(&cast, "lan", code, password).fault(422, "invalid_body", "/password", rule);
    }
    set(&cast, "lan", &json!("0000-0000-0000-0000"), PASSWORD).refused(422, "code_invalid");
    set(&cast, "khong.co.ai", code, PASSWORD).refused(422, "code_invalid");
    let typed = json!(code.as_str().unwrap().to_lowercase().replace('-', " "));
    set(&cast, "lan", &typed, PASSWORD).expect(204);
    sign_in(&cast, "lan", PASSWORD).expect(200);
    set(&cast, "lan", code, "bốn cái ghế màu xanh lá").refused(422, "code_invalid");
    sign_in(&cast, "lan", PASSWORD).expect(200);

    let user = cast.world.client.get(&format!("/v1/users/{}", made["id"].as_str().unwrap())).by(&cast.admin.token).send();
    assert_eq!(user.expect(200).json()["status"], "active");
}

#[test]
fn a_code_ends_after_its_time_and_when_a_newer_one_is_made() {
    let cast = KimSon::new();
    let made = invite(&cast, &cast.admin, "lan", json!([])).expect(201).json();
    let path = format!("/v1/users/{}/codes", made["id"].as_str().unwrap());
    let again = || {
        let (token, body) = (cast.world.db_sign_in(&cast.admin), json!({ "delivery": "answer" }));
        cast.world.client.post(&path).by(&token).json(&body).send().expect(201).json()
    };
    let second = again();
    assert_eq!(second["purpose"], "activation");
    set(&cast, "lan", &made["activation"]["code"], PASSWORD).refused(422, "code_invalid");
    cast.world.clock.advance(TimeDelta::days(14));
    set(&cast, "lan", &second["code"], PASSWORD).refused(422, "code_invalid");
    let third = again();
    set(&cast, "lan", &third["code"], PASSWORD).expect(204);

    // A forgotten password: the code takes the account over from every sign-in that is open.
    let open = cast.world.sign_in("lan", PASSWORD);
    let reset = again();
    assert_eq!(reset["purpose"], "password_reset");
    cast.world.client.get("/v1/me").by(&open).send().expect(200);
    set(&cast, "lan", &reset["code"], "bốn cái ghế màu xanh lá").expect(204);
    cast.world.client.get("/v1/me").by(&open).send().refused(401, "token_invalid");
    sign_in(&cast, "lan", PASSWORD).refused(401, "sign_in_failed");
    sign_in(&cast, "lan", "bốn cái ghế màu xanh lá").expect(200);

    let last = again();
    let (path, token) = (path.replace("/codes", ""), cast.world.db_sign_in(&cast.admin));
    let user = cast.world.client.get(&path).by(&token).send().expect(200);
    let off = json!({ "active": false });
    cast.world.client.patch(&path).by(&token).if_match(&user.etag()).json(&off).send().expect(200);
    set(&cast, "lan", &last["code"], PASSWORD).refused(422, "code_invalid");
}

#[test]
fn a_repeated_invitation_is_answered_without_the_code_which_is_stored_nowhere() {
    let cast = KimSon::new();
    let body = json!({ "username": "lan", "display_name": "Nguyễn Thị Lan", "grants": [] });
    let send =
        || cast.world.client.post("/v1/users").by(&cast.admin.token).key("khoa-mot-lan").json(&body).send().expect(201).json();
    let (first, second) = (send(), send());
    assert!(first["activation"]["code"].is_string());
    assert_eq!((&second["id"], &second["activation"]["code"]), (&first["id"], &Value::Null));
    let code = first["activation"]["code"].as_str().unwrap();
    let trail = cast.world.client.get("/v1/audit_records").by(&cast.admin.token).send().expect(200).text();
    assert!(!trail.contains(code) && trail.contains("create_user"));
    set(&cast, "lan", &json!(code), PASSWORD).expect(204);
}

#[test]
fn commune_officers_and_managers_invite_below_themselves_and_nowhere_else() {
    let cast = KimSon::new();
    let world = &cast.world;
    let elsewhere = world.db_centre(cast.province, world.unit("07069", "2018-12-31"), "TTHTCĐ Mạo Khê");
    let staff = |centre| json!([{ "role": "centre_staff", "centre_id": centre }]);
    let manager = |centre| json!([{ "role": "centre_manager", "centre_id": centre }]);

    invite(&cast, &cast.commune_officer, "manager-one", manager(cast.centre)).expect(201);
    invite(&cast, &cast.commune_officer, "staff-one", staff(cast.centre)).expect(201);
    invite(&cast, &cast.manager, "staff-two", staff(cast.centre)).expect(201);

    for (by, grants) in [
        (&cast.commune_officer, json!([{ "role": "commune_officer", "unit_id": cast.commune }])),
        (&cast.commune_officer, json!([{ "role": "verifier", "unit_id": cast.commune }])),
        (&cast.manager, manager(cast.centre)),
        (&cast.manager, json!([{ "role": "province_admin", "unit_id": world.unit("22", "2026-01-01") }])),
    ] {
        invite(&cast, by, "too-high", grants).refused(403, "outside_scope");
    }
    for (by, grants) in [(&cast.commune_officer, manager(elsewhere)), (&cast.manager, staff(elsewhere))] {
        let refused = invite(&cast, by, "too-far", grants).refused(422, "rule_broken");
        assert_eq!(refused["errors"][0]["rule"], "centre_exists");
    }
    invite(&cast, &cast.manager, "no-role", json!([])).fault(422, "rule_broken", "/grants", "at_least_one_role");
    invite(&cast, &cast.staff, "by-staff", staff(cast.centre)).refused(403, "right_missing");
    invite(&cast, &cast.officer, "by-officer", staff(cast.centre)).refused(403, "right_missing");

    // They see whom they manage, and nobody else.
    let seen = |by: &Person| {
        let list = world.client.walk(&by.token, "/v1/users");
        each(&list, "username").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    let both = [cast.staff.username.clone(), cast.manager.username.clone()];
    let officers = seen(&cast.commune_officer);
    assert!(both.iter().all(|name| officers.contains(name)) && officers.contains(&"manager-one".to_owned()));
    assert!(!officers.contains(&cast.commune_officer.username) && !officers.contains(&cast.admin.username));
    let managers = seen(&cast.manager);
    assert!(managers.contains(&cast.staff.username) && managers.contains(&"staff-two".to_owned()));
    assert!(!managers.contains(&cast.manager.username) && !managers.contains(&"manager-one".to_owned()));
    world.client.get(&format!("/v1/users/{}", cast.admin.id)).by(&cast.manager.token).send().refused(404, "not_found");
    let code = json!({ "delivery": "answer" });
    world
        .client
        .post(&format!("/v1/users/{}/codes", cast.commune_officer.id))
        .by(&cast.manager.token)
        .json(&code)
        .send()
        .refused(404, "not_found");

    // Somebody with a role elsewhere too is not theirs to manage.
    let path = format!("/v1/users/{}/grants", cast.staff.id);
    let more = json!({ "role": "centre_staff", "centre_id": elsewhere });
    world.client.post(&path).by(&cast.admin.token).json(&more).send().expect(201);
    world.client.get(&format!("/v1/users/{}", cast.staff.id)).by(&cast.manager.token).send().refused(404, "not_found");
}

#[test]
fn nobody_gives_a_role_or_a_code_to_themselves() {
    let cast = KimSon::new();
    let officer = json!({ "role": "province_officer", "unit_id": cast.world.unit("22", "2026-01-01") });
    let path = format!("/v1/users/{}", cast.admin.id);
    let post =
        |what: &str, body: &Value| cast.world.client.post(&format!("{path}/{what}")).by(&cast.admin.token).json(body).send();
    assert_eq!(post("grants", &officer).rules(422), ["not_oneself"]);
    assert_eq!(post("codes", &json!({ "delivery": "answer" })).rules(422), ["not_oneself"]);
}

#[test]
fn many_are_invited_from_a_table_which_is_checked_whole() {
    let cast = KimSon::new();
    let world = &cast.world;
    let send = |query: &str, table: &str, by: &Person| {
        world.client.post(&format!("/v1/users/import_csv{query}")).by(&by.token).bytes("text/csv", table).send()
    };
    let before = world.client.walk(&cast.admin.token, "/v1/users").len();
    let centre = cast.centre;
    let good = format!(
        "username,display_name,email,role,unit_code,centre_id\n\
         le.hoa,Lê Hoa,hoa@so.vn,province_officer,22,\n\
         tran.binh,Trần Bình,,Giám đốc trung tâm,,{centre}\n\
         tran.binh,Trần Bình,,centre_staff,,{centre}\n"
    );
    let check = send("?dry_run=true", &good, &cast.admin).expect(200).json();
    assert_eq!((&check["dry_run"], &check["invited"], &check["users"]), (&json!(true), &json!(2), &json!([])));
    assert_eq!(world.client.walk(&cast.admin.token, "/v1/users").len(), before, "a check leaves nothing");

    let bad = format!(
        "username,display_name,email,role,unit_code,centre_id\n\
         Le Hoa,Lê Hoa,hoa@,province_officer,22,\n\
         tran.binh,Trần Bình,,king,,{centre}\n\
         pham.an,Phạm An,,centre_manager,,0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11\n\
         vu.minh,Vũ Minh,,verifier,99999,\n\
         {},Đã Có,,centre_staff,,{centre}\n",
        cast.staff.username
    );
    let refused = send("", &bad, &cast.admin).refused(422, "invalid_body");
    let mut places: Vec<_> =
        refused["errors"].as_array().unwrap().iter().map(|fault| fault["pointer"].as_str().unwrap()).collect();
    places.sort_unstable();
    assert_eq!(places, ["2,email", "2,username", "3,role", "5,unit_code"], "{refused:#}");
    // What only the database knows is named too, row by row.
    let table = format!(
        "username,display_name,role,centre_id\n{},Đã Có,centre_staff,{centre}\npham.an,Phạm An,centre_manager,0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11\n",
        cast.staff.username
    );
    let refused = send("", &table, &cast.admin).refused(422, "invalid_body");
    let rules: Vec<_> = refused["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(|f| (f["pointer"].as_str().unwrap(), f["rule"].as_str().unwrap()))
        .collect();
    assert_eq!(rules, [("2,-", "already_exists"), ("3,centre_id", "centre_exists")]);
    assert_eq!(world.client.walk(&cast.admin.token, "/v1/users").len(), before);

    // A manager's table reaches no further than the manager.
    let above = format!("username,display_name,role,centre_id\nle.hoa,Lê Hoa,centre_manager,{centre}\n");
    let refused = send("", &above, &cast.manager).refused(422, "invalid_body");
    assert_eq!(refused["errors"][0]["rule"], "outside_scope");

    let done = send("", &good, &cast.admin).expect(200);
    assert_eq!(done.header("cache-control"), Some("no-store"));
    let done = done.json();
    assert_eq!(done["invited"], 2);
    for user in done["users"].as_array().unwrap() {
        world.activate(user, PASSWORD);
        let token = world.sign_in(user["username"].as_str().unwrap(), PASSWORD);
        world.client.get("/v1/me").by(&token).send().expect(200);
    }
    assert_eq!(done["users"][1]["grants"].as_array().unwrap().len(), 2, "two rows of one person");
    assert_eq!(done["users"][0]["email"], "h***@s***.vn");
    send("?delivery=mail", &good, &cast.admin).refused(422, "invalid_body");
}

#[test]
fn a_name_that_passes_for_another_one_is_refused() {
    let cast = KimSon::new();
    let refuse = |name: &str| {
        let body = json!({ "username": "lan", "display_name": name, "grants": [] });
        cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().fault(
            422,
            "invalid_body",
            "/display_name",
            "look_alike",
        );
    };
    for name in ["Nguyễn Thị L\u{0430}n", "Nguyễn Thị Lan\u{200b}", "Nguyễn\u{202e} Lan", "Ｌａｎ", "La\u{00ad}n"] {
        refuse(name);
    }
    let decomposed = json!({ "username": "lan", "display_name": "  Nguye\u{0302}\u{0303}n  Lan ", "grants": [] });
    let made = cast.world.client.post("/v1/users").by(&cast.admin.token).json(&decomposed).send().expect(201).json();
    assert_eq!(made["display_name"], "Nguyễn Lan", "stored composed, however it was typed");
    for username in ["lаn", "lan\u{200b}", "ｌａｎ", "LAN"] {
        let body = json!({ "username": username, "display_name": "Lan", "grants": [] });
        cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().fault(
            422,
            "invalid_body",
            "/username",
            "username",
        );
        sign_in(&cast, username, PASSWORD).refused(401, "sign_in_failed");
    }
}

#[test]
fn somebodys_sign_ins_are_seen_and_ended_one_by_one_or_all() {
    let cast = KimSon::new();
    let world = &cast.world;
    let made = invite(&cast, &cast.admin, "lan", json!([])).expect(201).json();
    world.activate(&made, PASSWORD);
    let (phone, laptop) = (world.sign_in("lan", PASSWORD), world.sign_in("lan", PASSWORD));
    let list = world.client.get("/v1/me/sessions").by(&phone).send().expect(200).json();
    assert_eq!(list.as_array().unwrap().len(), 2);
    let current: Vec<_> = list.as_array().unwrap().iter().filter(|session| session["current"] == true).collect();
    assert_eq!((current.len(), &current[0]["address"], &current[0]["means"]), (1, &json!("127.0.0.1"), &json!("password")));
    let other = list.as_array().unwrap().iter().find(|session| session["current"] == false).unwrap();
    let path = format!("/v1/me/sessions/{}", other["id"].as_str().unwrap());
    world.client.delete(&path).by(&cast.staff.token).send().refused(404, "not_found");
    world.client.delete(&path).by(&phone).send().expect(204);
    world.client.delete(&path).by(&phone).send().refused(404, "not_found");
    world.client.get("/v1/me").by(&laptop).send().refused(401, "token_invalid");
    world.client.get("/v1/me").by(&phone).send().expect(200);

    let again = world.sign_in("lan", PASSWORD);
    let wrong = json!({ "current_password": "không phải", "password": "bốn cái ghế màu xanh lá" });
    world.client.put("/v1/me/password").by(&phone).json(&wrong).send().fault(
        422,
        "invalid_body",
        "/current_password",
        "current_password",
    );
    let weak = json!({ "current_password": PASSWORD, "password": "password1234" });
    world.client.put("/v1/me/password").by(&phone).json(&weak).send().fault(422, "invalid_body", "/password", "password_known");
    let right = json!({ "current_password": PASSWORD, "password": "bốn cái ghế màu xanh lá" });
    world.client.put("/v1/me/password").by(&phone).json(&right).send().expect(204);
    world.client.get("/v1/me").by(&again).send().refused(401, "token_invalid");
    world.client.get("/v1/me").by(&phone).send().expect(200);
    sign_in(&cast, "lan", PASSWORD).refused(401, "sign_in_failed");

    let path = format!("/v1/users/{}/sign_out", made["id"].as_str().unwrap());
    world.client.post(&path).by(&cast.commune_officer.token).send().refused(404, "not_found");
    world.client.post(&path).by(&cast.admin.token).send().expect(204);
    world.client.get("/v1/me").by(&phone).send().refused(401, "token_invalid");
}

#[test]
fn a_list_of_users_is_filtered_by_status_and_name() {
    let cast = KimSon::new();
    invite(&cast, &cast.admin, "lan.mot", json!([])).expect(201);
    let made = invite(&cast, &cast.admin, "lan.hai", json!([])).expect(201).json();
    cast.world.activate(&made, PASSWORD);
    let names = |query: &str| {
        let list = cast.world.client.walk(&cast.admin.token, &format!("/v1/users?{query}"));
        each(&list, "username").into_iter().map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(names("username=lan."), ["lan.hai", "lan.mot"]);
    assert_eq!(names("status=invited"), ["lan.mot"]);
    assert_eq!(names("status=active&username=lan"), ["lan.hai"]);
    assert!(names("status=anonymised").is_empty() && names("status=inactive").is_empty());
}

/// The code in the newest mail, and to whom it went.
fn mailed(cast: &KimSon) -> (String, String) {
    // The answer comes before the mail is queued.
    for _ in 0..200 {
        cast.world.app.deliver_mail();
        if let Some(mail) = cast.world.mail().pop() {
            let code = mail.lines().map(str::trim).find(|line| line.len() == 19 && line.matches('-').count() == 3);
            let to = mail.lines().find(|line| line.starts_with("To:")).unwrap();
            return (to.to_owned(), code.unwrap_or_else(|| panic!("no code: {mail}")).to_owned());
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("no mail came");
}

#[test]
fn a_code_is_mailed_where_that_is_asked_for_and_shown_to_nobody_else() {
    let cast = KimSon::new();
    let body = json!({ "username": "lan", "display_name": "Phạm Thị Lan", "email": "lan@kimson.vn", "delivery": "mail" });
    let made = cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().expect(201).json();
    assert_eq!((&made["activation"]["code"], &made["activation"]["delivery"]), (&Value::Null, &json!("mail")));
    let (to, code) = mailed(&cast);
    assert!(to.contains("lan@kimson.vn"), "{to}");
    set(&cast, "lan", &json!(code), PASSWORD).expect(204);
    let nowhere = json!({ "username": "hoa", "display_name": "Hoa", "delivery": "mail" });
    cast.world.client.post("/v1/users").by(&cast.admin.token).json(&nowhere).send().fault(
        422,
        "rule_broken",
        "/delivery",
        "mail_address_known",
    );
}

#[test]
fn a_forgotten_password_is_reset_by_mail_and_the_answer_does_not_tell_who_exists() {
    let cast = KimSon::new();
    let body = json!({ "username": "lan", "display_name": "Phạm Thị Lan", "email": "lan@kimson.vn" });
    let made = cast.world.client.post("/v1/users").by(&cast.admin.token).json(&body).send().expect(201).json();
    cast.world.activate(&made, PASSWORD);
    let ask = |username: &str| {
        let body = json!({ "username": username });
        cast.world.client.post("/v1/account/forgotten_password").json(&body).send().expect(204).text()
    };
    assert_eq!(ask("khong.co.ai"), ask("lan"));
    assert_eq!(ask(&cast.admin.username), "", "no address is known");
    let (_, code) = mailed(&cast);
    set(&cast, "lan", &json!(code), "bốn cái ghế màu xanh lá").expect(204);
    sign_in(&cast, "lan", "bốn cái ghế màu xanh lá").expect(200);
    assert_eq!(cast.world.mail().len(), 1, "one mail, for whoever exists and has an address");
}

#[test]
fn a_code_that_was_handed_over_does_not_come_along_into_a_higher_role() {
    let cast = KimSon::new();
    let made =
        invite(&cast, &cast.manager, "lan", json!([{ "role": "centre_staff", "centre_id": cast.centre }])).expect(201).json();
    let code = &made["activation"]["code"];
    let path = format!("/v1/users/{}/grants", made["id"].as_str().unwrap());
    let officer = json!({ "role": "province_officer", "unit_id": cast.world.unit("22", "2026-01-01") });
    cast.world.client.post(&path).by(&cast.admin.token).json(&officer).send().expect(201);
    set(&cast, "lan", code, PASSWORD).refused(422, "code_invalid");
}

#[test]
fn a_new_password_takes_back_the_leave_to_act_that_was_given() {
    let cast = KimSon::new();
    let made = invite(&cast, &cast.admin, "lan", json!([])).expect(201).json();
    cast.world.activate(&made, PASSWORD);
    let token = cast.world.sign_in("lan", PASSWORD);
    let leave = json!({ "delegate_username": cast.staff.username, "reason": "nghỉ phép", "valid_until": "2026-12-01T00:00:00Z" });
    cast.world.client.post("/v1/me/delegations").by(&token).json(&leave).send().expect(201);
    let given =
        || cast.world.client.get("/v1/me/delegations").by(&cast.staff.token).send().expect(200).json().as_array().unwrap().len();
    assert_eq!(given(), 1);
    let change = json!({ "current_password": PASSWORD, "password": "bốn cái ghế màu xanh lá" });
    cast.world.client.put("/v1/me/password").by(&token).json(&change).send().expect(204);
    assert_eq!(given(), 0);
}
