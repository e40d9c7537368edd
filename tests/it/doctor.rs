//! `htcd doctor`: a line for each check, and an exit status.

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection};
use htcd_persistence::db::Target;
use htcd_persistence::migrate;

use crate::support::database::{PROGRAM, TestDatabase, administer, as_role, is_postgres, make_role};
use crate::support::process;

/// What the doctor prints of a database, and whether it has no fault.
fn asked(url: &str) -> (bool, String) {
    process::run(&["doctor"], &[("HTCD_DATABASE_URL", url)], "")
}

/// The line of a check.
#[track_caller]
fn line(url: &str, check: &str) -> String {
    let (is_well, said) = asked(url);
    assert_eq!(is_well, !said.lines().any(|line| line.starts_with("fault")), "{said}");
    let name = format!(" {check}: ");
    said.lines().find(|line| line.contains(&name)).unwrap_or_else(|| panic!("no line for {check}:\n{said}")).to_owned()
}

#[track_caller]
fn says(url: &str, check: &str, health: &str, words: &[&str]) {
    let line = line(url, check);
    assert!(line.starts_with(health), "{line}");
    for word in words {
        assert!(line.contains(word), "{word}: {line}");
    }
}

#[test]
fn a_proper_set_up_is_well() {
    let database = TestDatabase::new();
    says(&database.url, "schema", "ok", &[]);
    says(&database.url, "figures", "ok", &["0 submissions", "all agree"]);
    let (_, quick) = process::run(&["doctor", "--quick"], &[("HTCD_DATABASE_URL", &database.url)], "");
    assert!(quick.contains(" schema: ") && !quick.contains(" figures: "), "{quick}");
    if is_postgres() {
        says(&database.url, "role", "ok", &[PROGRAM, "owns nothing"]);
        says(&database.url, "row-level security", "ok", &["every table"]);
    } else {
        let path = database.url.strip_prefix("sqlite://").unwrap();
        set_mode(path, 0o600);
        let (is_well, said) = asked(&database.url);
        assert!(is_well && said.lines().count() == 5 && said.lines().all(|line| line.starts_with("ok")), "{said}");
        set_mode(path, 0o644);
        says(&database.url, "file", "warning", &["chmod 600"]);
    }
}

#[cfg(unix)]
fn set_mode(path: &str, mode: u32) {
    std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode)).unwrap();
}

#[test]
fn a_database_that_is_not_there_or_not_migrated_is_a_fault_and_none_is_made() {
    let (is_well, said) = asked(&TestDatabase::away().url);
    assert!(!is_well && (said.contains("does not exist") || said.contains("refused")), "{said}");
    let empty = TestDatabase::empty();
    if is_postgres() {
        says(&empty.url, "schema", "fault", &["htcd migrate"]);
    } else {
        let (is_well, said) = asked(&empty.url);
        assert!(!is_well && said.contains("does not exist"), "{said}");
        assert!(!std::path::Path::new(empty.url.strip_prefix("sqlite://").unwrap()).exists());
    }
    let older = TestDatabase::new();
    migrate::revert_last(&Target::parse(&older.owner_url).unwrap()).unwrap();
    let newest = migrate::names(is_postgres()).pop().unwrap();
    says(&older.url, "schema", "fault", &[&newest, "htcd migrate"]);
}

#[test]
fn a_role_that_is_too_strong_is_named_with_what_it_means() {
    if !is_postgres() {
        return; // SQLite has no roles.
    }
    let database = TestDatabase::new();
    let owner = Target::parse(&database.owner_url).unwrap();

    says(&database.owner_url, "role", "fault", &["superuser", "does not hold at all"]);
    says(&database.owner_url, "row-level security", "fault", &["audit_records", "schemes"]);

    let (bypass, member, wide) = ("htcd_doctor_bypass", "htcd_doctor_member", "htcd_doctor_wide");
    for role in [bypass, member, wide] {
        make_role(role);
        migrate::grant(&owner, role).unwrap();
        says(&as_role(&database.url, role), "role", "ok", &[role]);
    }
    administer(&format!("ALTER ROLE {bypass} BYPASSRLS; GRANT {bypass} TO {member}"));
    says(&as_role(&database.url, bypass), "role", "fault", &["BYPASSRLS"]);
    says(&as_role(&database.url, member), "role", "warning", &["may become", bypass]);
    says(&as_role(&database.url, member), "row-level security", "ok", &[]);

    let mut conn = PgConnection::establish(&database.owner_url).unwrap();
    conn.batch_execute(&format!(
        "GRANT DELETE ON audit_records TO {wide}; GRANT TRUNCATE ON users TO {wide}; GRANT CREATE ON SCHEMA public TO {wide}"
    ))
    .unwrap();
    says(
        &as_role(&database.url, wide),
        "role",
        "warning",
        &["CREATE in the schema public, DELETE on audit_records, TRUNCATE on users"],
    );

    // One role that migrates and serves: the wall binds it, but it could take it down.
    let plain = "htcd_doctor_owner";
    make_role(plain);
    let own = TestDatabase::empty();
    administer(&format!("ALTER DATABASE {} OWNER TO {plain}", own.owner_url.rsplit('/').next().unwrap()));
    let url = as_role(&own.owner_url, plain);
    migrate::run(&Target::parse(&url).unwrap()).unwrap();
    says(&url, "role", "warning", &["owns", "switch row-level security off"]);
    says(&url, "row-level security", "ok", &[]);
}

#[test]
fn a_table_without_its_wall_is_named() {
    if !is_postgres() {
        return; // SQLite has no row-level security.
    }
    for (sql, table) in [
        ("ALTER TABLE centres NO FORCE ROW LEVEL SECURITY", "centres"),
        ("ALTER TABLE users DISABLE ROW LEVEL SECURITY", "users"),
        ("DROP POLICY tenant ON grants", "grants"),
        ("CREATE TABLE later (province_id uuid NOT NULL)", "later"),
    ] {
        let database = TestDatabase::new();
        PgConnection::establish(&database.owner_url).unwrap().batch_execute(sql).unwrap();
        says(&database.url, "row-level security", "fault", &[table]);
    }
    // A policy that lets all through is not seen by its form, but by what it shows.
    let database = TestDatabase::new();
    PgConnection::establish(&database.owner_url).unwrap().batch_execute("CREATE POLICY door ON schemes USING (true)").unwrap();
    says(&database.url, "row-level security", "fault", &["schemes", "no tenant"]);
}

#[test]
fn writes_that_could_be_lost_are_a_fault() {
    let database = TestDatabase::new();
    if is_postgres() {
        let name = database.owner_url.rsplit('/').next().unwrap();
        administer(&format!("ALTER DATABASE {name} SET synchronous_commit = off"));
        says(&database.url, "durability", "fault", &["synchronous_commit"]);
    } else {
        says(&database.url, "durability", "ok", &[]);
    }
}

#[test]
fn a_server_whose_role_is_too_strong_says_so_when_it_starts() {
    if !is_postgres() {
        return; // SQLite has no roles.
    }
    let database = TestDatabase::new();
    let said = process::Process::start(&database.owner_url, &[]).said.clone();
    assert!(said.contains("superuser") && said.contains("WARN"), "{said}");
    let said = process::Process::start(&database.url, &[]).said.clone();
    assert!(!said.contains("WARN"), "{said}");
}
