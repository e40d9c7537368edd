//! What an operator does at the command line with accounts and the audit trail.

use chrono::TimeDelta;
use diesel::connection::SimpleConnection;
use htcd_api::clock::{Clock, SystemClock, new_id};
use htcd_domain::access::Scope;
use htcd_persistence::db::Target;
use htcd_persistence::session::{self, NewSession};

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::process::run;

/// What a command prints, and whether it succeeded.
fn htcd(world: &World, arguments: &[&str]) -> (bool, String) {
    run(arguments, &[("HTCD_DATABASE_URL", world.database_url())], "")
}

#[test]
fn access_is_explained_at_the_command_line_as_over_http() {
    let cast = KimSon::new();
    let centre = format!("centre:{}", cast.centre);
    let ask = |username: &str, action: &str| {
        let (is_done, text) =
            htcd(&cast.world, &["explain-access", "--user", username, "--action", action, "--resource", &centre]);
        assert!(is_done, "{text}");
        text
    };
    let allowed = ask(&cast.manager.username, "update_centre");
    assert!(allowed.contains("centres:write is allowed") && allowed.contains("centre_manager on"), "{allowed}");
    let refused = ask(&cast.staff.username, "update_centre");
    assert!(refused.contains("is refused") && refused.contains("right_missing") && refused.contains("lacks"), "{refused}");
    let (is_done, text) = htcd(&cast.world, &["explain-access", "--user", "khong.co.ai", "--action", "me"]);
    assert!(!is_done && text.contains("there is no user khong.co.ai"), "{text}");
}

#[test]
fn what_was_kept_for_long_enough_goes_and_nothing_else() {
    let cast = KimSon::new();
    // The command goes by the machine's clock.
    let now = SystemClock.now();
    let open = |ends: TimeDelta| {
        let id = new_id(now);
        let new = NewSession {
            id,
            user_id: cast.staff.id,
            token_hash: id.0.as_bytes(),
            now: now - TimeDelta::days(400),
            expires_at: now + ends,
            address: Some("203.0.113.1"),
            user_agent: None,
            means: "password",
        };
        cast.world.db.transact(&Scope::whole(cast.province), |tx| session::open(tx, &new)).expect("a session");
        id
    };
    open(TimeDelta::days(-181));
    let kept = open(TimeDelta::days(-179));
    let sessions = || {
        let path = format!("/v1/users/{}/personal_data", cast.staff.id);
        cast.world.client.get(&path).by(&cast.admin.token).send().expect(200)
    };
    sessions();
    let (is_done, text) = htcd(&cast.world, &["retention", "--dry-run"]);
    assert!(is_done && text.contains("1 refresh_tokens, 1 sessions") && text.contains("would be removed"), "{text}");
    let (is_done, again) = htcd(&cast.world, &["retention", "--dry-run"]);
    assert!(is_done && again == text, "a dry run removes nothing: {again}");
    let (is_done, text) = htcd(&cast.world, &["retention"]);
    assert!(is_done && text.contains("1 refresh_tokens, 1 sessions"), "{text}");
    let (_, text) = htcd(&cast.world, &["retention"]);
    assert!(!text.contains("1 sessions"), "{text}");
    let is_there = cast.world.db.transact(&Scope::whole(cast.province), |tx| session::revoke(tx, kept, now)).unwrap();
    assert!(is_there, "what is not old enough stays");
    let record = cast.world.client.get("/v1/audit_records?operation=retention").by(&cast.admin.token).send().expect(200).json();
    assert_eq!(record["items"].as_array().unwrap().len(), 2, "each run is on record");
}

#[test]
fn a_chain_that_was_written_anew_is_found_by_the_ends_that_were_noted() {
    let cast = KimSon::new();
    cast.world.db_centre(cast.province, cast.commune, "TTHTCĐ thứ hai");
    let (is_sound, noted) = htcd(&cast.world, &["verify-audit"]);
    assert!(is_sound && noted.contains(&format!("{} 2 ", cast.province)) && noted.contains("sound"), "{noted}");
    let file = std::env::temp_dir().join(format!("htcd-noted-{}", cast.province));
    std::fs::write(&file, &noted).unwrap();
    let verify = || htcd(&cast.world, &["verify-audit", "--noted", file.to_str().unwrap()]);
    assert!(verify().0, "what was noted is still there");

    // Somebody who owns the tables takes the last record away and makes the chain end before it.
    let mut conn = Target::parse(cast.world.owner_url()).unwrap().connect().unwrap();
    let lift = if crate::support::database::is_postgres() {
        "ALTER TABLE audit_records DISABLE TRIGGER USER"
    } else {
        "DROP TRIGGER audit_records_no_update; DROP TRIGGER audit_records_no_delete"
    };
    conn.batch_execute(lift).unwrap();
    conn.batch_execute(
        "DELETE FROM audit_records WHERE seq = 2 AND subject = 'centre';
         UPDATE audit_heads SET seq = 1, hash = (SELECT hash FROM audit_records r WHERE r.province_id = audit_heads.province_id AND r.seq = 1)
         WHERE seq = 2",
    )
    .unwrap();
    assert!(htcd(&cast.world, &["verify-audit"]).0, "by itself the shorter chain is sound");
    let (is_sound, text) = verify();
    std::fs::remove_file(&file).unwrap();
    assert!(!is_sound && text.contains("record 2: it is not the record that was noted"), "{text}");
}
