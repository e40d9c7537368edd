//! What can be checked of the containers without an engine: the compose file parses, and says only what the program knows.

use htcd_api::settings::{SETTINGS, Settings};
use serde_yaml_ng::Value;

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
