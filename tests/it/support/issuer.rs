//! A small OpenID Connect issuer: it describes itself, publishes keys, signs what it is told to, and fails as it is told to.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

/// How it answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Mood {
    /// As it should.
    Well,
    /// Not at all: it hangs up.
    Away,
    /// It takes the request and says nothing.
    Silent,
    /// With a status and a body, to every path.
    With(u16, String),
    /// It sends everybody elsewhere.
    Elsewhere(String),
}

struct State {
    mood: Mood,
    keys: Vec<Value>,
    described: Value,
    requests: Vec<String>,
}

/// The issuer; it ends with the test.
pub struct Issuer {
    pub url: String,
    address: SocketAddr,
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
}

impl Issuer {
    /// One that publishes these keys.
    pub fn with(keys: &[&Key]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().unwrap();
        let url = format!("http://{address}/realms/giao-duc");
        let described = json!({ "issuer": url, "jwks_uri": format!("{url}/keys"), "token_endpoint": format!("{url}/token") });
        let state = State { mood: Mood::Well, keys: vec![], described, requests: vec![] };
        let (state, over) = (Arc::new(Mutex::new(state)), Arc::new(AtomicBool::new(false)));
        let issuer = Self { url, address, state: Arc::clone(&state), over: Arc::clone(&over) };
        issuer.publish(keys);
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if over.load(Ordering::Relaxed) {
                    return;
                }
                let (state, over) = (Arc::clone(&state), Arc::clone(&over));
                std::thread::spawn(move || stream.map(|stream| answer(stream, &state, &over)));
            }
        });
        issuer
    }

    /// Publishes these keys in place of those of before.
    pub fn publish(&self, keys: &[&Key]) {
        self.publish_raw(keys.iter().map(|key| key.jwk.clone()).collect());
    }

    pub fn publish_raw(&self, keys: Vec<Value>) {
        self.state.lock().unwrap().keys = keys;
    }

    pub fn be(&self, mood: Mood) {
        self.state.lock().unwrap().mood = mood;
    }

    /// Changes how it describes itself.
    pub fn describe(&self, member: &str, value: Value) {
        self.state.lock().unwrap().described[member] = value;
    }

    /// How often it was asked for its keys, or for anything while it was not well.
    pub fn times_asked(&self) -> usize {
        self.state.lock().unwrap().requests.iter().filter(|path| path.ends_with("/openid-configuration")).count()
    }

    /// How many requests of any kind came.
    pub fn requests(&self) -> usize {
        self.state.lock().unwrap().requests.len()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        // It looks up once more, and sees that it is over.
        let _ = TcpStream::connect(self.address);
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>, over: &AtomicBool) {
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < 10_000 {
        match stream.read(&mut byte) {
            Ok(1) => head.push(byte[0]),
            _ => return,
        }
    }
    let path = String::from_utf8_lossy(&head).split(' ').nth(1).unwrap_or("").to_owned();
    let (mood, body) = {
        let mut state = state.lock().unwrap();
        state.requests.push(path.clone());
        let body = match path.as_str() {
            "/realms/giao-duc/.well-known/openid-configuration" => Some(state.described.clone()),
            "/realms/giao-duc/keys" => Some(json!({ "keys": state.keys })),
            _ => None,
        };
        (state.mood.clone(), body)
    };
    let (status, extra, body) = match mood {
        Mood::Away => return,
        Mood::Silent => {
            while state.lock().unwrap().mood == Mood::Silent && !over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
            }
            return;
        }
        Mood::With(status, body) => (status, String::new(), body),
        Mood::Elsewhere(place) => (302, format!("location: {place}{path}\r\n"), String::new()),
        Mood::Well => match body {
            Some(body) => (200, String::new(), body.to_string()),
            None => (404, String::new(), String::new()),
        },
    };
    let head = format!(
        "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\n{extra}content-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    // Whoever asked may have hung up.
    let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
}

/// A key that the issuer signs with.
#[derive(Clone)]
pub struct Key {
    pub id: String,
    pub algorithm: Algorithm,
    pub jwk: Value,
    encoding: EncodingKey,
}

impl Key {
    /// A fresh Ed25519 key.
    pub fn ed25519(id: &str) -> Self {
        let pair = htcd_api::auth::keys::generate(chrono::DateTime::UNIX_EPOCH).unwrap();
        let jwk = json!({ "kty": "OKP", "crv": "Ed25519", "kid": id, "use": "sig", "x": base64(&pair.public_key) });
        Self { id: id.into(), algorithm: Algorithm::EdDSA, jwk, encoding: EncodingKey::from_ed_der(&pair.private_key) }
    }

    /// A P-256 key, made for this test.
    pub fn es256(id: &str) -> Self {
        const DER: &str = "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b020101042091f48955415bfb395febf7d33d0d\
                           11fbb80f979d6f6f17c1271b219d1d856e7fa1440342000470db35af460f0a3d4235b7b8588cf74988011877df14d0cce3e0\
                           ea3d4de6a501aadbfd3aee3eb297f32c5cb093d96b788a5aebcd5dd4a1566bfb4f01e0bb789a";
        let jwk = json!({
            "kty": "EC", "crv": "P-256", "kid": id, "alg": "ES256",
            "x": "cNs1r0YPCj1CNbe4WIz3SYgBGHffFNDM4-DqPU3mpQE", "y": "qtv9Ou4-spfzLFywk9lreIpa681d1KFWa_tPAeC7eJo",
        });
        let encoding = EncodingKey::from_ec_der(&hex::decode(DER).unwrap());
        Self { id: id.into(), algorithm: Algorithm::ES256, jwk, encoding }
    }

    /// An RSA key of 2048 bits, made for this test, that signs with one of RSA's algorithms.
    pub fn rsa(id: &str, algorithm: Algorithm) -> Self {
        const N: &str = "0kB3dc8ppUQsAiEq659VW_X4sj9RfQgkGLIax4qkDYcKqfcEXCEKNOWr4Ye7NY1iruBonQDt69TP76arh69LpXrPCiMCaym69_YqVjWizL\
                         mo1FYiVcIl7y03GCjmOKFERgoK3gMxOWCnxYQFiB1L48mozX4DUyCn88oaKVmgvtDW7k8r76nvQq2fP4Ka99DPDFlonlHU0XyYq9GGjP0D\
                         XUeavYWCG2uJh2UablBfGEHOF9yZ2dH2OH9B8kIW6mzFHIT9t79-SZH6K0bgxND7RXtf9Eppo4nmkbRe0VyNWO_A1ki0-9e7LICn_vSQiZ\
                         HBVR5ZzLc9IC9kFnqajJE9VQ";
        let der = hex::decode(include_str!("issuer_rsa.hex").split_whitespace().collect::<String>()).unwrap();
        let jwk = json!({ "kty": "RSA", "kid": id, "use": "sig", "n": N, "e": "AQAB" });
        Self { id: id.into(), algorithm, jwk, encoding: EncodingKey::from_rsa_der(&der) }
    }

    /// The claims, signed under the key's name.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_as(&self.header(), claims)
    }

    pub fn header(&self) -> Header {
        let mut header = Header::new(self.algorithm);
        header.kid = Some(self.id.clone());
        header
    }

    pub fn sign_as(&self, header: &Header, claims: &Value) -> String {
        encode(header, claims, &self.encoding).unwrap()
    }
}

/// Base64url without padding.
pub fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk.iter().chain([0, 0].iter()).take(3).fold(0u32, |number, byte| number << 8 | u32::from(*byte));
        for place in 0..=chunk.len() {
            text.push(char::from(LETTERS[(number >> (18 - 6 * place)) as usize & 63]));
        }
    }
    text
}
