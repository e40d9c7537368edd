//! The program as a process: killed, asked to end, and started again.

use std::collections::BTreeSet;
use std::sync::Mutex;

use htcd_api::clock::{Clock, SystemClock};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::http::each;
use crate::support::process::Process;
use crate::support::raw::Raw;

/// Kim Sơn's people, signed in at the machine's own time, which the program looks at.
fn kim_son() -> KimSon {
    let world = World::new();
    let clock = world.clock.clone();
    clock.advance(SystemClock.now() - clock.now());
    KimSon::in_world(world)
}

fn body(cast: &KimSon, name: &str) -> Value {
    json!({ "name": name, "commune_id": cast.world.unit("07069", "2026-01-01"), "operating_model": "standalone" })
}

#[test]
fn an_acknowledged_write_survives_the_death_of_the_server() {
    let cast = kim_son();
    let acknowledged = Mutex::new(BTreeSet::<String>::new());
    let unsure = Mutex::new(Vec::<String>::new());
    for round in 0..4 {
        let process = Process::start(cast.world.database_url(), &[]);
        // What got no answer before the last death is asked again with its key: done once, whether it was done or not.
        for key in std::mem::take(&mut *unsure.lock().unwrap()) {
            let made = process
                .client
                .post("/v1/centres")
                .by(&cast.admin.token)
                .key(&key)
                .json(&body(&cast, &key))
                .send()
                .expect(201)
                .json();
            acknowledged.lock().unwrap().insert(made["id"].as_str().unwrap().to_owned());
        }
        let goal = acknowledged.lock().unwrap().len() + 20;
        std::thread::scope(|scope| {
            for writer in 0..4 {
                let (client, cast, acknowledged, unsure) = (process.client.clone(), &cast, &acknowledged, &unsure);
                scope.spawn(move || {
                    for number in 0.. {
                        let key = format!("round-{round}-{writer}-{number}");
                        match client.post("/v1/centres").by(&cast.admin.token).key(&key).json(&body(cast, &key)).try_send() {
                            Some(answer) => {
                                let made = answer.expect(201).json();
                                acknowledged.lock().unwrap().insert(made["id"].as_str().unwrap().to_owned());
                            }
                            None => {
                                unsure.lock().unwrap().push(key);
                                break;
                            }
                        }
                    }
                });
            }
            while acknowledged.lock().unwrap().len() < goal {
                std::thread::sleep(std::time::Duration::from_millis(2));
            }
            process.kill();
        });
        // Another server over the same database, this test's own, sees every one of them.
        let stored = cast.world.client.walk(&cast.admin.token, "/v1/centres?limit=200");
        let stored: BTreeSet<&str> = each(&stored, "id").into_iter().collect();
        let lost: Vec<_> = acknowledged.lock().unwrap().iter().filter(|id| !stored.contains(id.as_str())).cloned().collect();
        assert_eq!(lost, Vec::<String>::new(), "round {round}");
    }

    let process = Process::start(cast.world.database_url(), &[]);
    for key in unsure.lock().unwrap().iter() {
        process.client.post("/v1/centres").by(&cast.admin.token).key(key).json(&body(&cast, key)).send().expect(201);
    }
    let names = process.client.walk(&cast.admin.token, "/v1/centres?limit=200&q=round");
    let names = each(&names, "name");
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len(), "and none was done twice");
    let chain = cast.world.db.read(&htcd_domain::access::Scope::whole(cast.province), htcd_persistence::audit::verify).unwrap();
    assert_eq!(
        chain.map(|end| end.seq),
        Ok(1 + i64::try_from(names.len()).unwrap()),
        "each with its record in an unbroken chain"
    );
}

#[test]
fn asked_to_end_the_server_finishes_what_it_accepted() {
    let cast = kim_son();
    let process = Process::start(cast.world.database_url(), &[("HTCD_WORKERS", "1")]);
    let text = body(&cast, "Giữa chừng").to_string();
    let (first, second) = text.as_bytes().split_at(20);
    let mut half = Raw::open(process.address);
    let head = format!(
        "POST /v1/centres HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        cast.admin.token,
        text.len()
    );
    half.send(head);
    half.send(first);
    // The one worker has taken it up once it answers requests that came later.
    for _ in 0..4 {
        process.client.get("/v1/me").by(&cast.admin.token).send().expect(200);
    }

    process.ask_to_end();
    let address = process.address;
    while std::net::TcpStream::connect(address).is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    half.send(second);
    let made = half.answer().expect(201).json();
    assert_eq!(made["name"], "Giữa chừng");
    drop(half);
    assert!(process.ended().success(), "and then it ends without complaint");
    let path = format!("/v1/centres/{}", made["id"].as_str().unwrap());
    assert_eq!(cast.world.client.get(&path).by(&cast.admin.token).send().expect(200).json()["name"], "Giữa chừng");
}

#[test]
fn asked_to_end_while_many_write_it_leaves_no_answer_out_and_no_write_undone() {
    let cast = kim_son();
    let process = Process::start(cast.world.database_url(), &[]);
    let acknowledged = Mutex::new(BTreeSet::<String>::new());
    std::thread::scope(|scope| {
        for writer in 0..4 {
            let (client, cast, acknowledged) = (process.client.clone(), &cast, &acknowledged);
            scope.spawn(move || {
                for number in 0.. {
                    let Some(answer) = client
                        .post("/v1/centres")
                        .by(&cast.admin.token)
                        .json(&body(cast, &format!("Lần {writer}-{number}")))
                        .try_send()
                    else {
                        break;
                    };
                    let made = answer.expect(201).json();
                    acknowledged.lock().unwrap().insert(made["id"].as_str().unwrap().to_owned());
                }
            });
        }
        while acknowledged.lock().unwrap().len() < 20 {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        process.ask_to_end();
    });
    assert!(process.ended().success());
    let stored = cast.world.client.walk(&cast.admin.token, "/v1/centres?limit=200&q=lan");
    let stored: BTreeSet<String> = each(&stored, "id").into_iter().map(str::to_owned).collect();
    assert_eq!(stored, *acknowledged.lock().unwrap(), "what was answered is stored, and what is stored was answered");
}

#[test]
fn metrics_count_requests_by_operation_and_status() {
    let cast = kim_son();
    let process = Process::start(cast.world.database_url(), &[]);
    for _ in 0..3 {
        process.client.get("/v1/centres").by(&cast.admin.token).send().expect(200);
    }
    process.client.get("/v1/centres?limit=0").by(&cast.admin.token).send().expect(400);
    let text = process.client.get("/metrics").send().expect(200).text();
    for line in [
        "htcd_requests_total{operation=\"list_centres\",status=\"200\"} 3",
        "htcd_requests_total{operation=\"list_centres\",status=\"400\"} 1",
        "htcd_database_connections ",
        "htcd_database_statements_total ",
    ] {
        assert!(text.lines().any(|found| found.starts_with(line)), "{line} in:\n{text}");
    }
    assert!(!text.contains(&cast.centre.to_string()), "no id becomes a label");
}
