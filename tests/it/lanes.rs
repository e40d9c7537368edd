//! A crawler on reports cannot stop data entry. With a lane as wide as the pool, the first of these tests fails: writes
//! then wait for a connection until they are told that the database is away.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::database::is_postgres;
use crate::support::http::Response;

fn report(cast: &KimSon, year: usize) -> Response {
    let unit = cast.world.unit("22", "2025-12-31");
    let path = format!("/v1/units/{unit}/rating_distribution?year={year}&boundaries=restated");
    cast.world.client.get(&path).by(&cast.officer.token).send()
}

/// What people do all day: a site is added, a centre's address corrected.
fn enter_data(cast: &KimSon, number: usize) {
    let client = &cast.world.client;
    let path = format!("/v1/centres/{}/sites", cast.centre);
    let site = json!({ "name": format!("Nhà văn hóa {number}"), "kind": "culture_house" });
    client.post(&path).by(&cast.manager.token).json(&site).send().expect(201);
    let path = format!("/v1/centres/{}", cast.centre);
    let change = json!({ "address": format!("Số {number}") });
    client.patch(&path).by(&cast.manager.token).if_match("*").json(&change).send().expect(200);
}

fn is_too_busy(answer: &Response) -> bool {
    let is_busy = answer.status == 503;
    assert!(!is_busy || (answer.json()["code"] == "too_busy" && answer.header("retry-after") == Some("5")), "{}", answer.text());
    is_busy
}

#[test]
fn while_reports_hang_in_the_database_data_entry_goes_on() {
    if !is_postgres() {
        return; // Nothing that somebody else holds makes a reader of SQLite wait.
    }
    // Four connections, forty reports that can none of them finish: were they let at all connections, or at the threads
    // that wait for these, nothing else would get one before the first of them is cancelled. The lock is on a table that
    // reports read and data entry does not.
    let cast = KimSon::in_world(World::with(&[("HTCD_DATABASE_CONNECTIONS", "4"), ("HTCD_REPORT_TIMEOUT_SECONDS", "600")]));
    report(&cast, 2010).expect(200);
    let lock = cast.world.db_lock("rounds");
    let (answered, began) = (AtomicUsize::new(0), Instant::now());
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let (cast, answered) = (&cast, &answered);
        let reports: Vec<_> = (0..40)
            .map(|number| {
                scope.spawn(move || {
                    let answer = report(cast, 2020 + number);
                    answered.fetch_add(1, Ordering::Relaxed);
                    answer
                })
            })
            .collect();
        // Those for whom there is no place are told at once; by then the others hang or wait.
        while answered.load(Ordering::Relaxed) < 19 {
            assert!(began.elapsed().as_secs() < 60, "the queue does not fill");
            std::thread::sleep(Duration::from_millis(5));
        }
        report(cast, 2010).expect(200); // What is known already needs no turn.
        for number in 0..10 {
            enter_data(cast, number);
        }
        assert!(answered.load(Ordering::Relaxed) < 40, "all the while at least one report hung");
        drop(lock);
        reports.into_iter().map(|report| report.join().unwrap()).collect()
    });
    assert!(began.elapsed().as_secs() < 50, "data entry did not wait for reports to be given up");
    let busy = answers.iter().filter(|answer| is_too_busy(answer)).count();
    let done = answers.iter().filter(|answer| answer.status == 200).count();
    assert_eq!(busy + done, 40);
    assert!(busy >= 19 && done >= 1, "{busy} were told to come back, {done} were answered");
    report(&cast, 2021).expect(200);
}

#[test]
fn a_report_that_takes_too_long_is_given_up() {
    if !is_postgres() {
        return; // SQLite cancels no statement.
    }
    let cast = KimSon::in_world(World::with(&[("HTCD_REPORT_TIMEOUT_SECONDS", "1")]));
    let lock = cast.world.db_lock("rounds");
    let refused = report(&cast, 2018).refused(503, "too_busy");
    assert_eq!(refused["detail"], "Báo cáo này cần hơn 1 giây.");
    drop(lock);
    report(&cast, 2018).expect(200);
}

#[test]
fn while_a_crawler_asks_for_reports_all_the_time_every_write_succeeds() {
    let cast = KimSon::in_world(World::with(&[("HTCD_WORKERS", "2")]));
    let (done, reports, refused) = (AtomicBool::new(false), AtomicUsize::new(0), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for crawler in 0..32 {
            let (cast, done, reports, refused) = (&cast, &done, &reports, &refused);
            scope.spawn(move || {
                for round in 0.. {
                    if done.load(Ordering::Relaxed) {
                        break;
                    }
                    let answer = match round % 2 {
                        0 => report(cast, 1999 + (crawler * 31 + round) % 100),
                        _ => {
                            let path = format!("/v1/audit_records?subject_id=nothing-{crawler}-{round}");
                            cast.world.client.get(&path).by(&cast.admin.token).send()
                        }
                    };
                    if is_too_busy(&answer) {
                        refused.fetch_add(1, Ordering::Relaxed);
                    } else {
                        answer.expect(200);
                        reports.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        for number in 0..20 {
            enter_data(&cast, number);
        }
        done.store(true, Ordering::Relaxed);
    });
    assert!(reports.load(Ordering::Relaxed) > 0, "the crawler crawls");
    println!("{} reports, {} refused", reports.load(Ordering::Relaxed), refused.load(Ordering::Relaxed));
}

#[test]
fn who_asks_for_the_same_report_at_once_waits_for_one_answer_and_takes_no_place() {
    if !is_postgres() {
        return; // As above.
    }
    let cast = KimSon::in_world(World::with(&[("HTCD_DATABASE_CONNECTIONS", "4"), ("HTCD_REPORT_TIMEOUT_SECONDS", "600")]));
    report(&cast, 2010).expect(200);
    let lock = cast.world.db_lock("rounds");
    let begun = AtomicUsize::new(0);
    let answers: Vec<Response> = std::thread::scope(|scope| {
        let (cast, begun) = (&cast, &begun);
        let asked: Vec<_> = (0..40)
            .map(|_| {
                scope.spawn(move || {
                    begun.fetch_add(1, Ordering::Relaxed);
                    report(cast, 2024)
                })
            })
            .collect();
        while begun.load(Ordering::Relaxed) < 40 {
            std::thread::sleep(Duration::from_millis(5));
        }
        // Twice as many as the lane has places for: time to be turned away, if anybody were.
        std::thread::sleep(Duration::from_millis(500));
        drop(lock);
        asked.into_iter().map(|one| one.join().unwrap()).collect()
    });
    let told: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
    assert_eq!(told, [200; 40]);
}
