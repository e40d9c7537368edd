//! What no proper client sends: requests that can be read in two ways, and connections that come to nothing.

use std::time::{Duration, Instant};

use crate::support::World;
use crate::support::cast::KimSon;
use crate::support::raw::Raw;

/// Settings under which a connection is given up soon.
const HASTY: (&str, &str) = ("HTCD_BODY_TIMEOUT_SECONDS", "2");

/// What must not be done: a request that would register a centre, if it were read as one.
fn smuggled(cast: &KimSon) -> String {
    let commune = cast.world.unit("07069", "2026-01-01");
    let body = format!("{{\"name\":\"Smuggled\",\"commune_id\":\"{commune}\",\"operating_model\":\"standalone\"}}");
    format!(
        "POST /v1/centres HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        cast.admin.token,
        body.len()
    )
}

fn stock(cast: &KimSon) -> usize {
    cast.world.client.walk(&cast.admin.token, "/v1/centres").len()
}

#[test]
fn a_request_that_can_be_read_in_two_ways_is_refused_and_nothing_hidden_in_it_is_done() {
    let cast = KimSon::new();
    let hidden = smuggled(&cast);
    // The trap works: sent plainly after another request, this registers a centre.
    let mut raw = Raw::open(cast.world.address);
    raw.send(format!("GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"));
    assert_eq!((raw.answer().status, raw.answer().status, stock(&cast)), (200, 201, 2));

    let length = hidden.len();
    let head = "POST /oauth2/token HTTP/1.1\r\nHost: x\r\n";
    let with = |headers: &str| format!("{head}{headers}\r\n\r\n{hidden}");
    let chunked = |body: &str| format!("{head}Transfer-Encoding: chunked\r\n\r\n{body}{hidden}");
    let end = "0\r\n\r\n";
    let attacks = [
        // Where does the body end?
        with(&format!("Content-Length: {length}\r\nTransfer-Encoding: chunked")),
        format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n{end}{hidden}"),
        format!("{head}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n{end}{hidden}"),
        with(&format!("Content-Length: 0\r\nContent-Length: {length}")),
        with(&format!("Content-Length: {length}\r\nContent-Length: 0")),
        with("Content-Length: 0\r\nContent-Length: 0"),
        with("Content-Length: 0, 0"),
        with("Content-Length: +0"),
        with("Content-Length: -1"),
        with("Content-Length: 0x0"),
        with("Content-Length: 0 0"),
        with("Content-Length: 99999999999999999999999"),
        with("Content-Length: "),
        with("Content-Length : 0"),
        with("Content-Length\t: 0"),
        with("Transfer-Encoding: xchunked"),
        with("Transfer-Encoding: chunkedx"),
        with("Transfer-Encoding: identity"),
        with("Transfer-Encoding: chunked, identity"),
        with("Transfer-Encoding: gzip, chunked"),
        with("Transfer-Encoding: \"chunked\""),
        with("Transfer-Encoding: \u{b}chunked"),
        with("Transfer-Encoding : chunked"),
        with("Transfer-Encoding:\r\n chunked"),
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked"),
        with("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity"),
        format!("POST /oauth2/token HTTP/1.0\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n{end}{hidden}"),
        format!("POST /oauth2/token HTTP/1.0\r\nHost: x\r\n\r\n{hidden}"),
        // Where does a line end?
        with(&format!("X-A: b\r\n Content-Length: {length}")),
        with(&format!("X-A: b\r\n\tContent-Length: {length}")),
        with(" X-A: b"),
        with("X-A: b\rContent-Length: 0"),
        with("X-A: b\0"),
        with("X-A"),
        with(": b"),
        with("X A: b"),
        with("X-Ä: b"),
        // Where does a chunk end?
        chunked("zz\r\n"),
        chunked("-1\r\n"),
        chunked("+5\r\nhello\r\n"),
        chunked("0x5\r\nhello\r\n"),
        chunked("\r\n"),
        chunked("5\rhello\r\n"),
        chunked("5\r\nhelloX\r\n"),
        chunked("fffffffffffffffff\r\n"),
        chunked("00000000000000000000000000000005;\0\r\nhello\r\n"),
        // Whom is it for?
        format!("POST /oauth2/token HTTP/1.1\r\n\r\n{hidden}"),
        format!("POST /oauth2/token HTTP/1.1\r\nHost: x\r\nHost: y\r\nContent-Length: 0\r\n\r\n{hidden}"),
        // Which method, which path, which version?
        format!("POST  /oauth2/token HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth2/token\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth2/token HTTP/2.0\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth2/ token HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
        format!("P\0ST /oauth2/token HTTP/1.1\r\nHost: x\r\n\r\n{hidden}"),
        format!("POST /oauth2/token HTTP/1.1 \r\nHost: x\r\n\r\n{hidden}"),
    ];
    for attack in &attacks {
        let mut raw = Raw::open(cast.world.address);
        raw.send(attack);
        let said = raw.rest();
        let starts = said.matches("HTTP/1.1 ").count();
        let shown: String = attack.chars().take(120).collect();
        assert!(starts <= 1 && (said.is_empty() || said.starts_with("HTTP/1.1 400 ")), "{shown:?}\n{said}");
    }
    assert_eq!(stock(&cast), 2, "nothing that was hidden in another request was done");
}

#[test]
fn a_request_says_for_whom_it_is() {
    let cast = KimSon::new();
    let ask = |start: &str, host: &str| {
        let mut raw = Raw::open(cast.world.address);
        raw.send(format!("GET {start} HTTP/1.1\r\nHost:{host}\r\nConnection: close\r\n\r\n"));
        raw.answer()
    };
    for host in [" x", " x:8080", " [::1]:8080", "  x  ", " api.example.vn.", ""] {
        assert_eq!(ask("/v1/catalogues", host).status, 200, "{host:?}");
    }
    for host in [" x y", " user@x", " x/y", " x?y", " http://x", " x:y:z", " x\\y", " [::1", " x,y z"] {
        ask("/v1/catalogues", host).refused(400, "malformed_request");
    }
    assert_eq!(ask("http://x/v1/catalogues", " x").status, 200, "the form that proxies are asked in");
    ask("http://y/v1/catalogues", " x").refused(400, "malformed_request");
    ask("http://x@y/v1/catalogues", " x").refused(400, "malformed_request");
}

#[test]
fn lines_that_end_without_a_carriage_return_are_one_request_or_none() {
    let cast = KimSon::new();
    let hidden = smuggled(&cast).replace("\r\n", "\n");
    let before = stock(&cast);
    // Read leniently, as RFC 9112 (2.2) allows: the body is of the length that is said, and nothing else is in it.
    let mut raw = Raw::open(cast.world.address);
    raw.send(format!(
        "POST /oauth2/token HTTP/1.1\nHost: x\nConnection: close\nContent-Type: text/plain\nContent-Length: {}\n\n{hidden}",
        hidden.len()
    ));
    let said = raw.rest();
    assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{said}");
    assert!(said.starts_with("HTTP/1.1 415 ") || said.starts_with("HTTP/1.1 400 "), "{said}");
    assert_eq!(stock(&cast), before);
}

#[test]
fn headers_of_a_megabyte_are_cut_short_and_the_server_lives() {
    let cast = KimSon::new();
    let many = "X-Many: 1\r\n".repeat(200);
    let heads = [
        format!("GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET /v1/me HTTP/1.1\r\nHost: x\r\nX-{}: b\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(1 << 20)),
        format!("GET /v1/me HTTP/1.1\r\nHost: x\r\n{many}\r\n"),
        format!("GET /v1/me HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}", "a".repeat(4 << 20)),
    ];
    for head in &heads {
        let mut raw = Raw::open(cast.world.address);
        raw.send(head);
        let said = raw.rest();
        assert!(said.is_empty() || said.starts_with("HTTP/1.1 431 ") || said.starts_with("HTTP/1.1 400 "), "{said}");
    }
    cast.world.client.get("/v1/me").by(&cast.staff.token).send().expect(200);
}

/// Sends one byte at a time until the server has had enough.
fn dawdle(raw: &mut Raw, bytes: impl IntoIterator<Item = u8>) {
    let began = Instant::now();
    for byte in bytes {
        if !raw.send([byte]) || raw.is_closed() {
            return;
        }
        assert!(began.elapsed().as_secs() < 60, "still open");
        std::thread::sleep(Duration::from_millis(50));
    }
    panic!("the server took it all");
}

#[test]
fn a_head_that_comes_byte_by_byte_is_given_up_be_it_the_first_or_a_later_one() {
    let world = World::with(&[HASTY]);
    let endless = || "GET /healthz/live HTTP/1.1\r\nHost: x\r\nX-Long: ".bytes().chain(std::iter::repeat(b'a'));
    let mut first = Raw::open(world.address);
    dawdle(&mut first, endless());
    let mut later = Raw::open(world.address);
    later.send("GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(later.answer().status, 200);
    dawdle(&mut later, endless());
    world.client.get("/healthz/live").send().expect(200);
}

#[test]
fn a_body_that_comes_byte_by_byte_is_given_up_awaited_or_not() {
    let cast = KimSon::in_world(World::with(&[HASTY]));
    let head = |token: &str| {
        format!("POST /v1/centres HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n")
    };
    let mut awaited = Raw::open(cast.world.address);
    awaited.send(format!("{}Content-Length: 100000\r\n\r\n", head(&cast.admin.token)));
    dawdle(&mut awaited, std::iter::repeat(b' '));
    let said = awaited.rest();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");

    // Refused before the body: nobody waits for it, and still it may not go on for ever.
    for length in ["Content-Length: 100000", "Transfer-Encoding: chunked"] {
        let mut refused = Raw::open(cast.world.address);
        refused.send(format!("{}{length}\r\n\r\n", head("nonsense")));
        dawdle(&mut refused, std::iter::repeat(*b"1\r\na\r\n").flatten());
    }
    cast.world.client.get("/v1/me").by(&cast.staff.token).send().expect(200);
}

#[test]
fn a_connection_on_which_nothing_happens_is_closed() {
    let world = World::with(&[HASTY]);
    let mut silent = Raw::open(world.address);
    let said = silent.rest();
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 408 "), "{said}");
    let mut done = Raw::open(world.address);
    done.send("GET /healthz/live HTTP/1.1\r\nHost: x\r\n\r\n");
    assert_eq!(done.answer().status, 200);
    assert_eq!(done.rest(), "");
}

/// More than the buffers of both ends hold.
const MANY: usize = 60;

fn ask_many(raw: &mut Raw) {
    raw.send("GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(MANY));
}

#[test]
fn answers_that_are_not_taken_are_given_up_and_those_that_are_taken_slowly_are_not() {
    let world = World::with(&[HASTY]);
    let length = world.client.get("/openapi.json").send().expect(200).bytes.len();
    let [mut stuck, mut slow] = [(); 2].map(|()| {
        let mut raw = Raw::open(world.address);
        ask_many(&mut raw);
        raw
    });
    // Longer than the server's patience of seven seconds, with something taken again and again.
    let mut taken = 0;
    for _ in 0..10 {
        std::thread::sleep(Duration::from_secs(1));
        taken += slow.take(length * MANY / 20);
    }
    taken += slow.take(usize::MAX);
    assert!(taken > length * MANY, "the slow one got everything: {taken}");
    let left = stuck.take(usize::MAX);
    assert!(left < length * MANY, "the other one what was on its way: {left}");
}

#[test]
fn many_who_say_nothing_stop_nobody() {
    let world = World::new();
    let silent: Vec<Raw> = (0..150)
        .map(|_| {
            let mut raw = Raw::open(world.address);
            raw.send("GET /healthz/live HT");
            raw
        })
        .collect();
    for _ in 0..20 {
        let mut raw = Raw::open(world.address);
        raw.send("GET /healthz/live HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        assert_eq!(raw.answer().status, 200);
    }
    drop(silent);
}
