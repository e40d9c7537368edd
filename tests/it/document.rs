//! What is published is what is served, and what is served is published.

use std::path::Path;

use htcd_domain::Code;
use htcd_openapi::operations;
use serde_json::Value;

use crate::support::World;
use crate::support::generate::{path_parameters, template};

#[test]
fn the_server_serves_the_document_that_is_committed() {
    let world = World::new();
    let served = world.client.get("/openapi.json").send().expect(200).json();
    let committed: Value = serde_json::from_str(include_str!("../../openapi/openapi.json")).unwrap();
    assert_eq!(served, committed);
    assert!(committed["openapi"].as_str().unwrap().starts_with("3.1"));
}

#[test]
fn every_operation_of_the_document_is_there() {
    let world = World::new();
    let document = htcd_api::document::document();
    let mut walked = 0;
    for operation in operations(&document) {
        let mut path = template(&document, &operation);
        for name in path_parameters(&operation) {
            path = path.replace(&format!("{{{name}}}"), "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11");
        }
        let answer = world.client.request(&operation.method.to_uppercase(), &path).send();
        let code = if answer.status >= 400 { answer.json()["code"].clone() } else { Value::Null };
        assert!(code != "no_such_operation" && code != "method_not_allowed", "{} {path}: {code}", operation.method);
        walked += 1;
    }
    assert!(walked > 60, "the walk walks");
}

#[test]
fn the_page_to_try_it_asks_no_other_host() {
    let world = World::new();
    assert_eq!(world.client.get("/").send().expect(307).header("location"), Some("/docs/"));
    assert_eq!(world.client.get("/docs").send().expect(308).header("location"), Some("/docs/"));
    let page = world.client.get("/docs/").send().expect(200).text();
    let names = |text: &str| text.split(['"', '\'']).filter(|part| part.starts_with("http") || part.starts_with("//")).count();
    assert_eq!(names(&page), 0, "{page}");
    let start = world.client.get("/docs/swagger-initializer.js").send().expect(200).text();
    assert!(start.contains("/openapi.json"), "{start}");
    assert_eq!(names(&start), 0, "{start}");
}

#[test]
fn every_error_code_is_given_somewhere() {
    let mut sources = String::new();
    for room in ["domain", "persistence", "api"] {
        read_sources(&Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(room).join("src"), &mut sources);
    }
    for code in Code::ALL {
        let name = format!("{code:?}");
        let is_used = sources.contains(&format!("Code::{name}")) || sources.contains(&format!("Self::new(Code::{name})"));
        assert!(is_used, "{name} is in the table, and nothing answers with it");
    }
}

fn read_sources(folder: &Path, sources: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_sources(&path, sources);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            sources.push_str(&std::fs::read_to_string(&path).unwrap());
        }
    }
}

#[test]
fn the_settings_that_people_read_are_the_settings() {
    let readme = include_str!("../../README.md");
    for line in htcd_api::settings::table().lines() {
        assert!(readme.contains(line), "README.md lacks the line that `htcd check-config --list` prints:\n{line}");
    }
    let vietnamese = include_str!("../../README.vi.md");
    for setting in htcd_api::settings::SETTINGS {
        assert!(vietnamese.contains(setting.name), "README.vi.md lacks {}", setting.name);
    }
}

#[test]
fn both_readmes_take_the_same_steps() {
    let commands = |text: &str| -> Vec<String> {
        text.split("```bash\n").skip(1).map(|block| block.split("```").next().unwrap().to_owned()).collect()
    };
    let without_comments = |blocks: Vec<String>| -> Vec<String> {
        blocks
            .iter()
            .flat_map(|block| block.lines())
            .filter(|line| !line.trim_start().starts_with('#'))
            .map(str::to_owned)
            .collect()
    };
    let (english, vietnamese) = (
        without_comments(commands(include_str!("../../README.md"))),
        without_comments(commands(include_str!("../../README.vi.md"))),
    );
    assert!(english.len() > 20, "the tour is there");
    assert_eq!(english, vietnamese);
}
