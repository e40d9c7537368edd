//! What can be checked of the containers without an engine: the compose file parses, and says only what the program knows.

use diesel::connection::SimpleConnection;
use htcd_api::settings::{SETTINGS, Settings};
use htcd_persistence::db::{Conn, Target};
use serde_yaml_ng::Value;

use crate::support::database::{TestDatabase, as_role, is_postgres};
use crate::support::process;

/// What makes the roles when the cluster is made.
const ROLES: &str = include_str!("../../scripts/roles.sql");

fn file() -> Value {
    let mut file: Value = serde_yaml_ng::from_str(include_str!("../../docker-compose.yml")).expect("docker-compose.yml is YAML");
    file.apply_merge().expect("its anchors resolve");
    file
}

#[test]
fn the_services_are_a_database_its_migrations_and_the_server() {
    let file = file();
    let services = file["services"].as_mapping().unwrap();
    let names: Vec<&str> = services.keys().filter_map(Value::as_str).collect();
    assert_eq!(names, ["postgres", "migrate", "server"]);
    assert!(file["services"]["postgres"]["image"].as_str().unwrap().starts_with("postgres:"));
    assert_eq!(file["services"]["migrate"]["command"][0], "migrate");
    assert_eq!(file["services"]["server"]["depends_on"]["migrate"]["condition"], "service_completed_successfully");
    assert_eq!(file["services"]["migrate"]["depends_on"]["postgres"]["condition"], "service_healthy");
    for name in ["postgres", "server"] {
        assert!(file["services"][name].get("healthcheck").is_some(), "{name} has a health check");
    }
}

#[test]
fn the_server_runs_as_somebody_without_rights_and_gets_its_secret_by_file() {
    let file = file();
    let server = &file["services"]["server"];
    let user = server["user"].as_str().unwrap();
    assert!(!user.starts_with('0') && user != "root", "{user}");
    assert!(file["secrets"].as_mapping().is_some_and(|secrets| !secrets.is_empty()));
    let text = include_str!("../../docker-compose.yml");
    assert!(!text.contains("POSTGRES_PASSWORD:"), "a password belongs in a file");
    let ports: Vec<&str> = server["ports"].as_sequence().unwrap().iter().filter_map(Value::as_str).collect();
    assert!(ports.iter().all(|port| port.ends_with(":8080") && port.starts_with("127.0.0.1:")), "{ports:?}");
}

#[test]
fn the_server_signs_in_as_a_role_that_owns_nothing_and_never_sees_the_owners_password() {
    let file = file();
    let setting =
        |service: &str, name: &str| file["services"][service]["environment"][name].as_str().unwrap_or_default().to_owned();
    let role = |url: String| Target::parse(&url).unwrap().role().expect("a URL names its role");
    let program = role(setting("server", "HTCD_DATABASE_URL"));
    let owner = role(setting("migrate", "HTCD_MIGRATION_DATABASE_URL"));
    assert_eq!(role(setting("migrate", "HTCD_DATABASE_URL")), program, "who gets the rights is who serves");
    let superuser = setting("postgres", "POSTGRES_USER");
    assert!(program != owner && program != superuser && owner != superuser);
    let secrets = |service: &str| -> Vec<String> {
        file["services"][service]["secrets"].as_sequence().unwrap().iter().map(|name| name.as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(secrets("server"), ["database_password"]);
    assert_eq!(secrets("migrate"), ["owner_password"]);
    for name in secrets("postgres") {
        assert_eq!(file["secrets"][&name]["file"].as_str().unwrap(), format!("./secrets/{name}"));
    }
    assert_eq!(setting("server", "HTCD_MIGRATION_DATABASE_URL"), "");
    assert_eq!(file["services"]["postgres"]["configs"][0]["target"], "/docker-entrypoint-initdb.d/roles.sql");
    assert_eq!(file["configs"]["roles"]["file"], "./scripts/roles.sql");
    for role in [program, owner] {
        assert!(ROLES.contains(&format!("CREATE ROLE {role} LOGIN NOSUPERUSER NOBYPASSRLS")), "{role}");
    }
}

#[test]
fn with_its_roles_the_doctor_finds_nothing_weak() {
    if !is_postgres() {
        return; // SQLite has no roles.
    }
    let database = TestDatabase::empty();
    let name = database.owner_url.rsplit('/').next().unwrap();
    let (owner, program) = ("htcd_compose_owner", "htcd_compose_app");
    let statements: String = ROLES.lines().filter(|line| !line.starts_with('\\')).map(|line| format!("{line}\n")).collect();
    let statements = statements
        .replace("htcd_owner", owner)
        .replace("htcd_app", program)
        .replace("DATABASE htcd ", &format!("DATABASE {name} "))
        .replace(":'owner_password'", "'x'")
        .replace(":'app_password'", "'x'");
    let superuser = Target::parse(&database.owner_url).unwrap();
    let Conn::Pg(mut conn) = superuser.connect().unwrap() else { unreachable!() };
    conn.batch_execute(&statements).unwrap();
    let (owner_url, url) = (as_role(&database.owner_url, owner), as_role(&database.owner_url, program));
    let settings = [("HTCD_DATABASE_URL", url.as_str()), ("HTCD_MIGRATION_DATABASE_URL", owner_url.as_str())];
    let (done, said) = process::run(&["migrate"], &settings, "");
    assert!(done, "{said}");
    let (_, said) = process::run(&["doctor"], &settings[..1], "");
    let weak: Vec<&str> = said.lines().filter(|line| !line.starts_with("ok") && !line.contains("durability")).collect();
    assert!(weak.len() <= 1 && said.contains("ok       role: htcd_compose_app"), "{said}");
}

#[test]
fn every_setting_in_it_is_one_that_the_program_knows() {
    let file = file();
    for service in ["migrate", "server"] {
        let environment = file["services"][service]["environment"].as_mapping().unwrap();
        assert!(!environment.is_empty());
        for (name, value) in environment {
            let name = name.as_str().unwrap();
            assert!(SETTINGS.iter().any(|setting| setting.name == name), "{service}: {name}");
            if name.ends_with("_FILE") {
                assert!(value.as_str().unwrap().starts_with("/run/secrets/"), "{name}");
            }
        }
        let variables = environment
            .iter()
            .map(|(name, value)| (name.as_str().unwrap().to_owned(), value.as_str().map(str::to_owned).unwrap_or_default()));
        let read = Settings::read(variables.filter(|(name, _)| !name.ends_with("_FILE")));
        assert!(read.is_ok(), "{service}: {:?}", read.err());
    }
}
