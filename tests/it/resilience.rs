//! What goes wrong around the server: people at once, a database that leaves, and comes back.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::database::{TestDatabase, is_postgres};
use crate::support::http::Response;

/// Does the same from several threads that start together.
fn together<T: Send>(people: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let barrier = Barrier::new(people);
    std::thread::scope(|scope| {
        let running: Vec<_> = (0..people)
            .map(|number| {
                let (barrier, work) = (&barrier, &work);
                scope.spawn(move || {
                    barrier.wait();
                    work(number)
                })
            })
            .collect();
        running.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn of_two_who_change_one_record_at_once_one_wins_and_the_other_learns_of_it() {
    let cast = KimSon::in_world(World::with(&[("HTCD_WORKERS", "2")]));
    let path = format!("/v1/centres/{}", cast.centre);
    let read = || cast.world.client.get(&path).by(&cast.admin.token).send().expect(200);
    for round in 0..8 {
        let before = read();
        let people = [&cast.admin.token, &cast.manager.token];
        let bodies = [json!({ "name": format!("Tên {round}") }), json!({ "address": format!("Địa chỉ {round}") })];
        let answers = together(2, |number| {
            cast.world.client.patch(&path).by(people[number]).if_match(&before.etag()).json(&bodies[number]).send()
        });
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412], "round {round}");

        let winner = answers.iter().position(|answer| answer.status == 200).unwrap();
        let (member, value) = bodies[winner].as_object().unwrap().iter().next().unwrap();
        let after = read().json();
        assert_eq!(&after[member], value);
        let other = if member == "name" { "address" } else { "name" };
        assert_eq!(after[other], before.json()[other], "of the loser nothing was stored");
    }
    let trail =
        cast.world.client.walk(&cast.admin.token, &format!("/v1/audit_records?subject=centre&subject_id={}", cast.centre));
    assert_eq!(trail.len(), 1 + 8, "its registration and eight changes");
}

#[test]
fn nothing_is_lost_of_what_many_write_at_once() {
    let cast = KimSon::in_world(World::with(&[("HTCD_WORKERS", "2")]));
    let mao_khe = cast.world.unit("07069", "2026-01-01");
    let acknowledged: Vec<String> = together(6, |person| {
        (0..5)
            .map(|number| {
                let body = json!({ "name": format!("Trung tâm {person}-{number}"), "commune_id": mao_khe, "operating_model": "standalone" });
                let made = cast.world.client.post("/v1/centres").by(&cast.admin.token).json(&body).send().expect(201).json();
                made["id"].as_str().unwrap().to_owned()
            })
            .collect::<Vec<_>>()
    })
    .concat();
    let stored = cast.world.client.walk(&cast.admin.token, "/v1/centres?limit=7");
    assert_eq!(stored.len(), 1 + 30);
    assert!(acknowledged.iter().all(|id| stored.iter().any(|centre| centre["id"] == json!(id))));
    let chain = cast.world.db.read(&htcd_domain::access::Scope::whole(cast.province), htcd_persistence::audit::verify).unwrap();
    assert_eq!(chain.map(|end| end.seq), Ok(1 + 30), "one unbroken chain of records");
}

#[test]
fn while_the_database_is_away_the_server_says_so_and_when_to_come_again() {
    let world = World::over(TestDatabase::away(), &[]);
    assert_eq!(world.client.get("/healthz/live").send().expect(200).json()["status"], "ok");
    let away = |answer: Response| {
        assert!(
            answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u32>().is_ok_and(|seconds| seconds > 0)),
            "{answer:?}"
        );
        let problem = answer.refused(503, "database_away");
        let text = problem.to_string().to_lowercase();
        assert!(
            !text.contains("127.0.0.1") && !text.contains("sqlite") && !text.contains("connection"),
            "nothing of the inside comes out: {text}"
        );
    };
    away(world.client.get("/healthz/ready").send());
    away(world.client.get("/.well-known/jwks.json").send());
    away(world.client.post("/oauth2/token").form("grant_type=password&username=lan&password=mat+khau+cua+lan").send());
    // A token of any server: whether it is good cannot be known.
    let home = KimSon::new();
    away(world.client.get("/v1/centres").by(&home.staff.token).send());
    away(world.client.post("/v1/centres").by(&home.admin.token).json(&json!({})).send());
    world.client.get("/v1/centres").send().refused(401, "sign_in_required");
    world.client.get("/v1/catalogues").send().expect(200);
    if !is_postgres() {
        let Some(path) = world.database_url().strip_prefix("sqlite://") else { unreachable!() };
        assert!(!std::path::Path::new(path).parent().unwrap().exists(), "no database was made in passing");
    }
}

/// What a reader may see while connections break: the answer, or that the database is away.
fn right_or_away(answer: &Response, centre: &Value) -> bool {
    match answer.status {
        200 => {
            assert_eq!(&answer.json(), centre, "never a wrong answer");
            true
        }
        _ => {
            assert_eq!((answer.status, answer.json()["code"].as_str()), (503, Some("database_away")), "{}", answer.text());
            assert!(answer.header("retry-after").is_some());
            false
        }
    }
}

#[test]
fn when_postgresql_ends_every_connection_the_server_recovers_by_itself() {
    if !is_postgres() {
        return; // SQLite has no connections that somebody else could end.
    }
    let cast = KimSon::in_world(World::with(&[("HTCD_WORKERS", "2")]));
    let world = &cast.world;
    let path = format!("/v1/centres/{}", cast.centre);
    let read = || world.client.get(&path).by(&cast.admin.token).send();
    let centre = read().expect(200).json();
    let mao_khe = world.unit("07069", "2026-01-01");
    let body = json!({ "name": "Trung tâm", "commune_id": mao_khe, "operating_model": "standalone" });
    let (done, acknowledged) = (AtomicBool::new(false), std::sync::Mutex::new(Vec::<String>::new()));

    std::thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                while !done.load(Ordering::Relaxed) {
                    right_or_away(&read(), &centre);
                }
            });
        }
        scope.spawn(|| {
            for number in 0.. {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let answer =
                    world.client.post("/v1/centres").by(&cast.admin.token).key(&format!("write-{number:06}")).json(&body).send();
                match answer.status {
                    201 => acknowledged.lock().unwrap().push(answer.json()["id"].as_str().unwrap().to_owned()),
                    _ => assert_eq!(
                        (answer.status, answer.json()["code"].as_str()),
                        (503, Some("database_away")),
                        "{}",
                        answer.text()
                    ),
                }
            }
        });
        for _ in 0..6 {
            let before = acknowledged.lock().unwrap().len();
            world.db_cut_connections();
            // On again once a write has come through; if none ever does, this test never ends well.
            let patience = std::time::Instant::now();
            while acknowledged.lock().unwrap().len() == before {
                assert!(patience.elapsed().as_secs() < 60, "the server does not recover");
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        done.store(true, Ordering::Relaxed);
    });

    read().expect(200);
    assert_eq!(world.client.get("/healthz/ready").send().expect(200).json()["status"], "ok");
    let stored = world.client.walk(&cast.admin.token, "/v1/centres?limit=200");
    for id in acknowledged.lock().unwrap().iter() {
        assert!(stored.iter().any(|centre| centre["id"] == json!(id)), "an acknowledged write is there");
    }
}
