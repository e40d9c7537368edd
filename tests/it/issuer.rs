//! Tokens of another issuer: which are taken, for whom, and what happens while it is away.

use chrono::TimeDelta;
use htcd_api::clock::Clock;
use htcd_domain::access::{Role, Scope};
use htcd_persistence::audit::{self, AuditFilter};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Value, json};

use crate::support::World;
use crate::support::cast::{KimSon, Person};
use crate::support::http::Response;
use crate::support::issuer::{Issuer, Key, Mood, base64};

const SUBJECT: &str = "0190a6b4-7c1e-7d33-9f00-4b1d5a7e2c11";

/// Kim Sơn, whose server takes tokens of an issuer with one key; the staff are linked to its [`SUBJECT`].
struct Case {
    cast: KimSon,
    issuer: Issuer,
    key: Key,
}

impl Case {
    fn new() -> Self {
        Self::with(&[])
    }

    fn with(settings: &[(&str, &str)]) -> Self {
        let key = Key::ed25519("first");
        let issuer = Issuer::with(&[&key]);
        let mut settings = settings.to_vec();
        settings.extend([("HTCD_OIDC_ISSUER", issuer.url.as_str()), ("HTCD_OIDC_AUDIENCE", "htcd-api")]);
        let cast = KimSon::in_world(World::with(&settings));
        let case = Self { issuer, key, cast };
        case.link(&case.cast.admin, &case.cast.staff, SUBJECT).expect(201);
        case
    }

    fn link(&self, by: &Person, whom: &Person, subject: &str) -> Response {
        let path = format!("/v1/users/{}/identities", whom.id);
        self.cast.world.client.post(&path).by(&by.token).json(&json!({ "subject": subject })).send()
    }

    /// Good claims of the subject.
    fn claims(&self) -> Value {
        let now = self.cast.world.clock.now().timestamp();
        json!({
            "iss": self.issuer.url, "sub": SUBJECT, "aud": "htcd-api", "exp": now + 300, "iat": now,
            "jti": htcd_api::clock::new_id::<uuid::Uuid>(self.cast.world.clock.now()),
        })
    }

    /// A token with one claim changed, or taken away by `null`.
    fn but(&self, name: &str, value: Value) -> String {
        let mut claims = self.claims();
        match value {
            Value::Null => claims.as_object_mut().unwrap().remove(name),
            value => claims.as_object_mut().unwrap().insert(name.into(), value),
        };
        self.key.sign(&claims)
    }

    fn token(&self) -> String {
        self.key.sign(&self.claims())
    }

    fn me(&self, token: &str) -> Response {
        self.cast.world.client.get("/v1/me").by(token).send()
    }

    fn advance(&self, seconds: i64) {
        self.cast.world.clock.advance(TimeDelta::seconds(seconds));
    }

    /// A token of a key that the issuer does not have.
    fn unknown_key(&self) -> String {
        Key::ed25519("never-heard-of").sign(&self.claims())
    }
}

/// The refusal says that the issuer is away, and when to come again.
#[track_caller]
fn away(answer: Response) -> u32 {
    let wait = answer.header("retry-after").expect("Retry-After").parse().unwrap();
    let problem = answer.refused(503, "issuer_away");
    assert!(!problem.to_string().contains("127.0.0.1"), "nothing of the inside comes out: {problem}");
    wait
}

#[test]
fn a_token_of_the_issuer_is_the_user_to_whom_its_subject_is_linked() {
    let case = Case::new();
    let me = case.me(&case.token()).expect(200).json();
    assert_eq!((&me["id"], &me["username"]), (&json!(case.cast.staff.id), &json!(case.cast.staff.username)));
    assert_eq!(me["grants"][0]["role"], "centre_staff");
    assert!(me["permissions"].as_array().unwrap().contains(&json!("own_account")), "in person, as with a password");

    // Every kind of key; RSA with both of its paddings.
    let keys = [
        Key::es256("ec"),
        Key::rsa("rs", Algorithm::RS256),
        Key::rsa("ps", Algorithm::PS256),
        Key::rsa("rs-512", Algorithm::RS512),
        Key::ed25519("ed"),
    ];
    case.issuer.publish(&keys.iter().collect::<Vec<_>>());
    case.advance(10);
    for key in &keys {
        case.me(&key.sign(&case.claims())).expect(200);
    }
    let header = |typ: Option<&str>| Header { typ: typ.map(str::to_owned), ..keys[4].header() };
    for typ in [None, Some("JWT"), Some("jwt"), Some("at+jwt"), Some("application/at+jwt")] {
        case.me(&keys[4].sign_as(&header(typ), &case.claims())).expect(200);
    }

    // What is done with it is done by that user, without a sign-in of ours.
    let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
    case.link(&case.cast.admin, &case.cast.manager, "manager").expect(201);
    let mut claims = case.claims();
    claims["sub"] = json!("manager");
    let token = keys[0].sign(&claims);
    let path = format!("/v1/centres/{}/sites", case.cast.centre);
    case.cast.world.client.post(&path).by(&token).json(&site).send().expect(201);
    let whole = Scope::whole(case.cast.province);
    let newest = case.cast.world.db.read(&whole, |tx| audit::page(tx, &AuditFilter::default(), None, 1)).unwrap().remove(0);
    assert_eq!((newest.username.as_str(), newest.session_id), (case.cast.manager.username.as_str(), None));

    // Our own tokens go on as before.
    case.me(&case.cast.staff.token).expect(200);
}

#[test]
fn a_token_must_be_meant_for_us_and_for_now() {
    let case = Case::new();
    let now = case.cast.world.clock.now().timestamp();
    let several = |more: Value| {
        let mut claims = case.claims();
        claims["aud"] = json!(["account", "htcd-api"]);
        claims.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        case.key.sign(&claims)
    };
    for (what, token) in [
        ("an array of one", case.but("aud", json!(["htcd-api"]))),
        ("an access token for several", several(json!({ "scope": "openid", "azp": "app" }))),
        ("for several, asked for by us", several(json!({ "azp": "htcd-api" }))),
        ("expired within the skew", case.but("exp", json!(now - 59))),
        ("of a clock that is fast", case.but("iat", json!(now + 60))),
        ("not before the skew", case.but("nbf", json!(now + 60))),
        ("seconds with a fraction", case.but("exp", json!(now as f64 + 0.5))),
        ("with what we do not know", case.but("realm_access", json!({ "roles": ["x"] }))),
    ] {
        assert_eq!(case.me(&token).status, 200, "{what}");
    }
    let other = case.but("iss", json!("https://sso.example"));
    for (what, token) in [
        ("for another", case.but("aud", json!("another"))),
        ("for others", case.but("aud", json!(["another", "account"]))),
        ("for nobody", case.but("aud", json!([]))),
        ("without audience", case.but("aud", Value::Null)),
        ("an ID token of another for several", several(json!({ "azp": "app" }))),
        ("an ID token of nobody for several", several(json!({}))),
        ("of another issuer", other),
        ("of an issuer that begins so", case.but("iss", json!(format!("{}/", case.issuer.url)))),
        ("of two issuers", case.but("iss", json!([case.issuer.url]))),
        ("without issuer", case.but("iss", Value::Null)),
        ("expired", case.but("exp", json!(now - 60))),
        ("expired long ago", case.but("exp", json!(0))),
        ("without end", case.but("exp", Value::Null)),
        ("with a text for an end", case.but("exp", json!("9999999999"))),
        ("from the future", case.but("iat", json!(now + 61))),
        ("from no time", case.but("iat", Value::Null)),
        ("not yet good", case.but("nbf", json!(now + 61))),
        ("of nobody", case.but("sub", Value::Null)),
        ("of an empty name", case.but("sub", json!(""))),
        ("of a number", case.but("sub", json!(1))),
        ("of a very long name", case.but("sub", json!("x".repeat(256)))),
        ("of somebody who is not linked", case.but("sub", json!("somebody-else"))),
        ("of nearly the same name", case.but("sub", json!(SUBJECT.to_uppercase()))),
    ] {
        let answer = case.me(&token);
        assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"htcd\""));
        assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("token_invalid")), "{what}");
    }
    let big = |size: usize| case.but("groups", json!("x".repeat(size)));
    let fits = big(5_600);
    assert!((7_600..=8_192).contains(&fits.len()), "{}", fits.len());
    case.me(&fits).expect(200);
    case.me(&big(6_000)).refused(401, "token_invalid");
}

#[test]
fn a_token_that_was_good_ends_by_the_clock() {
    let case = Case::new();
    let token = case.token();
    case.me(&token).expect(200);
    case.advance(359);
    case.me(&token).expect(200);
    case.advance(1);
    case.me(&token).refused(401, "token_invalid");
}

#[test]
fn a_forged_token_is_refused_whatever_it_pretends() {
    let case = Case::new();
    let (rsa, ec) = (Key::rsa("rsa", Algorithm::RS256), Key::es256("ec"));
    case.issuer.publish(&[&case.key, &rsa, &ec]);
    for good in [&case.key, &rsa, &ec] {
        case.me(&good.sign(&case.claims())).expect(200);
    }
    let asked = case.issuer.requests();
    let claims = case.claims();
    let part = |value: &Value| base64(value.to_string().as_bytes());
    let unsigned = |alg: &str| format!("{}.{}.", part(&json!({ "alg": alg, "kid": "first" })), part(&claims));
    let hmac = |kid: &str, alg: Algorithm, secret: &[u8]| {
        let header = Header { kid: Some(kid.into()), ..Header::new(alg) };
        encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()
    };
    let text = |key: &Key, member: &str| key.jwk[member].as_str().unwrap().as_bytes().to_vec();
    let stranger = Key::ed25519("first");
    let under = |kid: &str, key: &Key| key.sign_as(&Header { kid: Some(kid.into()), ..key.header() }, &claims);
    let own = case.key.sign(&claims);
    let [head, body, signature]: [&str; 3] = own.split('.').collect::<Vec<_>>().try_into().unwrap();
    let mut somebody = claims.clone();
    somebody["sub"] = json!("manager");
    let with = |change: &dyn Fn(&mut Header)| {
        let mut header = case.key.header();
        change(&mut header);
        case.key.sign_as(&header, &claims)
    };
    for (what, token) in [
        ("alg none", unsigned("none")),
        ("alg None", unsigned("None")),
        ("alg none with a signature", format!("{}{signature}", unsigned("none"))),
        ("HS256 with the text of the modulus", hmac("rsa", Algorithm::HS256, &text(&rsa, "n"))),
        ("HS256 with the text of the key", hmac("rsa", Algorithm::HS256, rsa.jwk.to_string().as_bytes())),
        ("HS512 with the text of the point", hmac("first", Algorithm::HS512, &text(&case.key, "x"))),
        ("HS256 with nothing", hmac("ec", Algorithm::HS256, b"")),
        ("another key under its name", stranger.sign(&claims)),
        ("a key of another kind under its name", under("first", &ec)),
        ("the right key under another's name", under("ec", &case.key)),
        ("RSA under the name of a curve", under("first", &rsa)),
        ("no key named", with(&|header| header.kid = None)),
        ("conditions that we do not know", with(&|header| header.crit = Some(vec!["exp".into()]))),
        ("a token for signing out", with(&|header| header.typ = Some("logout+jwt".into()))),
        ("another body", format!("{head}.{}.{signature}", part(&somebody))),
        ("no signature", format!("{head}.{body}.")),
        ("another signature", format!("{head}.{body}.A{}", &signature[1..])),
        ("two parts", format!("{head}.{body}")),
        ("one of ours that names it", {
            let header = jsonwebtoken::decode_header(&case.cast.staff.token).unwrap();
            let ours = &case.cast.staff.token;
            format!(
                "{}.{}.{}",
                part(&json!({ "alg": "EdDSA", "kid": header.kid })),
                part(&claims),
                ours.rsplit('.').next().unwrap()
            )
        }),
    ] {
        let answer = case.me(&token);
        assert_eq!((answer.status, answer.json()["code"].as_str()), (401, Some("token_invalid")), "{what}");
    }
    assert_eq!(case.issuer.requests(), asked, "none of them made us ask the issuer so soon again");
}

#[test]
fn keys_that_are_not_for_signing_are_not_taken() {
    let case = Case::new();
    let claims = case.claims();
    let secret = b"a secret that the issuer published by mistake";
    let symmetric = json!({ "kty": "oct", "kid": "oct", "alg": "HS256", "k": base64(secret) });
    let mut encryption = Key::ed25519("enc");
    encryption.jwk["use"] = json!("enc");
    let mut other_algorithm = Key::rsa("ps-only", Algorithm::RS256);
    other_algorithm.jwk["alg"] = json!("PS256");
    let odd = json!({ "kty": "AKP", "alg": "ML-DSA-44", "kid": "odd", "pub": "x" });
    let keys = vec![symmetric, encryption.jwk.clone(), other_algorithm.jwk.clone(), odd, json!(7), case.key.jwk.clone()];
    case.issuer.publish_raw(keys);
    case.me(&case.token()).expect(200);
    let header = Header { kid: Some("oct".into()), ..Header::new(Algorithm::HS256) };
    case.me(&encode(&header, &claims, &EncodingKey::from_secret(secret)).unwrap()).refused(401, "token_invalid");
    case.me(&encryption.sign(&claims)).refused(401, "token_invalid");
    case.me(&other_algorithm.sign(&claims)).refused(401, "token_invalid");
}

#[test]
fn a_new_key_is_found_and_one_that_was_withdrawn_is_refused() {
    let case = Case::new();
    case.me(&case.token()).expect(200);
    let second = Key::ed25519("second");
    case.issuer.publish(&[&case.key, &second]);
    case.advance(10);
    case.me(&second.sign(&case.claims())).expect(200);
    case.me(&case.token()).expect(200);
    assert_eq!(case.issuer.times_asked(), 2);

    // Withdrawn: refused once the keys were read again, which happens every hour by itself.
    case.issuer.publish(&[&second]);
    case.me(&case.token()).expect(200);
    futures(case.cast.world.app.issuer().unwrap().clone().renew());
    case.cast.world.app.forget_callers();
    case.advance(10);
    case.me(&case.token()).refused(401, "token_invalid");
    case.me(&second.sign(&case.claims())).expect(200);
}

/// Waits for some work outside of the server.
fn futures(work: impl Future<Output = ()>) {
    actix_web::rt::System::new().block_on(work);
}

#[test]
fn keys_that_the_issuer_does_not_have_make_us_ask_it_once_in_ten_seconds() {
    let case = Case::new();
    case.me(&case.token()).expect(200);
    assert_eq!((case.issuer.times_asked(), case.issuer.requests()), (1, 2), "how it describes itself, and its keys");
    for _ in 0..20 {
        case.me(&case.unknown_key()).refused(401, "token_invalid");
    }
    assert_eq!(case.issuer.times_asked(), 1);
    case.advance(10);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| case.me(&case.unknown_key()).refused(401, "token_invalid"));
        }
    });
    assert_eq!(case.issuer.times_asked(), 2, "many at once wait for one answer");
    case.me(&case.token()).expect(200);
}

#[test]
fn while_the_issuer_is_away_its_known_keys_go_on_to_work() {
    let case = Case::new();
    case.issuer.be(Mood::Away);
    assert_eq!(away(case.me(&case.token())), 10, "no key is known yet");
    assert_eq!(away(case.me(&case.token())), 10);
    case.advance(4);
    assert_eq!(away(case.me(&case.token())), 6);
    assert_eq!(case.issuer.times_asked(), 1, "it is not asked again so soon");
    case.me(&case.cast.staff.token).expect(200);

    case.issuer.be(Mood::Well);
    case.advance(6);
    case.me(&case.token()).expect(200);
    case.issuer.be(Mood::Away);
    case.advance(10);
    away(case.me(&case.unknown_key()));
    case.me(&case.token()).expect(200);
    case.advance(23 * 3_600);
    case.me(&case.token()).expect(200);
    // After a day nobody knows whether the key is still the issuer's.
    case.advance(3_600);
    away(case.me(&case.token()));
    case.issuer.be(Mood::Well);
    case.advance(10);
    case.me(&case.token()).expect(200);
}

#[test]
fn an_issuer_that_is_slow_holds_up_nobody_else() {
    let case = Case::with(&[("HTCD_WORKERS", "1"), ("HTCD_DATABASE_CONNECTIONS", "1")]);
    case.issuer.be(Mood::Silent);
    std::thread::scope(|scope| {
        let waiting: Vec<_> = (0..6).map(|_| scope.spawn(|| case.me(&case.token()))).collect();
        let patience = std::time::Instant::now();
        while case.issuer.requests() == 0 {
            assert!(patience.elapsed().as_secs() < 30, "nobody asked the issuer");
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        for _ in 0..10 {
            case.cast.world.app.forget_callers();
            case.cast.world.client.get("/v1/centres").by(&case.cast.staff.token).send().expect(200);
        }
        assert!(waiting.iter().all(|one| !one.is_finished()), "all of this came before the issuer's answer");
        case.issuer.be(Mood::Away);
        for one in waiting {
            away(one.join().unwrap());
        }
    });
    assert_eq!(case.issuer.times_asked(), 1);
}

#[test]
fn an_issuer_that_does_not_describe_itself_is_not_believed() {
    let case = Case::new();
    // A second issuer that would answer with a key of its own.
    let stranger = Key::ed25519("first");
    let elsewhere = Issuer::with(&[&stranger]);
    let url = case.issuer.url.clone();
    let refused = |why: &str| {
        case.advance(10);
        for key in [&case.key, &stranger] {
            assert_eq!(case.me(&key.sign(&case.claims())).status, 503, "{why}");
        }
    };
    case.issuer.describe("issuer", json!("https://sso.example"));
    refused("it calls itself by another name");
    case.issuer.describe("issuer", json!(format!("{url}/")));
    refused("it calls itself by nearly the same name");
    case.issuer.describe("issuer", json!(url));
    case.issuer.describe("jwks_uri", json!("http://sso.example/keys"));
    refused("its keys would come in clear from elsewhere");
    case.issuer.describe("jwks_uri", json!("file:///etc/passwd"));
    refused("its keys would come from a file");
    case.issuer.describe("jwks_uri", Value::Null);
    refused("it has no keys");
    case.issuer.describe("jwks_uri", json!(format!("{url}/nowhere")));
    refused("its keys are not there");
    case.issuer.describe("jwks_uri", json!(format!("{url}/keys")));
    let described = json!({ "issuer": url, "jwks_uri": format!("{}/keys", elsewhere.url) }).to_string();
    for mood in [
        Mood::With(200, "<html>".into()),
        Mood::With(200, format!("{{\"issuer\":\"{url}\",\"x\":\"{}\"}}", "x".repeat(300_000))),
        Mood::With(500, described.clone()),
        Mood::With(203, described),
        Mood::Elsewhere(format!("http://{}", elsewhere.url.trim_start_matches("http://").split('/').next().unwrap())),
    ] {
        case.issuer.be(mood.clone());
        refused(&format!("{mood:?}").chars().take(60).collect::<String>());
    }
    assert_eq!(elsewhere.requests(), 0, "nobody was sent elsewhere");
    case.issuer.be(Mood::Well);
    case.advance(10);
    case.me(&case.token()).expect(200);
    case.me(&stranger.sign(&case.claims())).refused(401, "token_invalid");
}

#[test]
fn whoever_may_not_sign_in_here_may_not_with_a_token_from_there() {
    let case = Case::new();
    let world = &case.cast.world;
    let path = format!("/v1/users/{}", case.cast.staff.id);
    case.me(&case.token()).expect(200);

    // Signing out everywhere ends tokens of before; a new sign-in at the issuer goes on.
    let before = case.token();
    case.advance(1);
    world.client.post("/v1/me/sign_out_everywhere").by(&before).send().expect(204);
    case.me(&before).refused(401, "token_invalid");
    case.me(&case.token()).expect(200);
    let before = case.token();
    case.advance(1);
    world.client.post(&format!("{path}/sign_out")).by(&case.cast.admin.token).send().expect(204);
    case.me(&before).refused(401, "token_invalid");
    case.me(&case.token()).expect(200);

    // A role that is taken away is gone at once, as for everybody.
    let active = |active: bool| {
        let user = world.client.get(&path).by(&case.cast.admin.token).send().expect(200);
        let body = json!({ "active": active });
        world.client.patch(&path).by(&case.cast.admin.token).if_match(&user.etag()).json(&body).send().expect(200);
    };
    let before = case.token();
    case.me(&before).expect(200);
    case.advance(1);
    active(false);
    case.me(&before).refused(401, "token_invalid");
    case.me(&case.token()).refused(401, "token_invalid");
    active(true);
    case.me(&before).refused(401, "token_invalid");
    case.me(&case.token()).expect(200);

    // Unlinked.
    let identities = world.client.get(&format!("{path}/identities")).by(&case.cast.admin.token).send().expect(200).json();
    let identity = format!("{path}/identities/{}", identities[0]["id"].as_str().unwrap());
    world.client.delete(&identity).by(&case.cast.admin.token).send().expect(204);
    case.me(&case.token()).refused(401, "token_invalid");
    world.client.delete(&identity).by(&case.cast.admin.token).send().refused(404, "not_found");
}

#[test]
fn somebody_who_was_invited_needs_no_password_here() {
    let case = Case::new();
    let client = &case.cast.world.client;
    let body = json!({ "username": "lan", "display_name": "Lan", "grants": [{ "role": "centre_staff", "centre_id": case.cast.centre }] });
    let invited = client.post("/v1/users").by(&case.cast.admin.token).json(&body).send().expect(201).json();
    let path = format!("/v1/users/{}/identities", invited["id"].as_str().unwrap());
    client.post(&path).by(&case.cast.admin.token).json(&json!({ "subject": "lan" })).send().expect(201);
    assert_eq!(case.me(&case.but("sub", json!("lan"))).expect(200).json()["username"], "lan");
}

#[test]
fn a_role_that_asks_for_a_second_factor_asks_the_issuer_for_it() {
    let case = Case::new();
    let client = &case.cast.world.client;
    let policy = client.get("/v1/sign_in_policy").by(&case.cast.admin.token).send().expect(200);
    let body = json!({ "totp_roles": ["centre_staff"] });
    client.put("/v1/sign_in_policy").by(&case.cast.admin.token).if_match(&policy.etag()).json(&body).send().expect(200);
    let centres = |token: &str| client.get("/v1/centres").by(token).send();
    for (amr, is_enough) in [
        (Value::Null, false),
        (json!(["pwd"]), false),
        (json!(["pwd", "mfa"]), true),
        (json!(["pwd", "otp"]), true),
        (json!("mfa"), true),
        (json!({ "mfa": true }), false),
    ] {
        let token = case.but("amr", amr.clone());
        assert_eq!(case.me(&token).expect(200).json()["totp_required"], !is_enough, "{amr}");
        if is_enough {
            centres(&token).expect(200);
        } else {
            centres(&token).refused(403, "totp_setup_required");
        }
    }
}

#[test]
fn an_identity_is_one_persons_and_nobody_learns_whose() {
    let case = Case::new();
    let world = &case.cast.world;
    let (client, admin) = (&world.client, &case.cast.admin);
    let path = |person: &Person| format!("/v1/users/{}/identities", person.id);

    let listed = client.get(&path(&case.cast.staff)).by(&admin.token).send().expect(200).json();
    let identity = &listed[0];
    assert_eq!(listed.as_array().unwrap().len(), 1);
    assert_eq!(
        (&identity["issuer"], &identity["subject"]),
        (&json!(case.issuer.url), &json!("***2c11")),
        "only its end is shown"
    );
    let trail = client.get("/v1/audit_records?subject=user_identity").by(&admin.token).send().expect(200).text();
    assert!(trail.contains("***2c11") && !trail.contains(SUBJECT), "{trail}");

    // Whoever else it is to be linked to: the same refusal, in this province and in another.
    let hung_yen = world.unit("33", "2026-01-01");
    let elsewhere = world.db_province(hung_yen);
    let binh = world.db_person(elsewhere, Role::ProvinceAdmin, Some(hung_yen), None);
    let an = world.db_person(elsewhere, Role::ProvinceOfficer, Some(hung_yen), None);
    let without_id = |mut body: Value| {
        body.as_object_mut().unwrap().remove("request_id");
        body
    };
    let here = without_id(case.link(admin, &case.cast.manager, SUBJECT).refused(409, "already_exists"));
    let same = without_id(case.link(admin, &case.cast.staff, SUBJECT).refused(409, "already_exists"));
    let there = without_id(case.link(&binh, &an, SUBJECT).refused(409, "already_exists"));
    assert_eq!((&here, &same), (&there, &there));
    assert!(!there.to_string().contains(&case.cast.staff.id.to_string()));

    // Another province's administrator finds neither the person nor the identity.
    let gone = format!("{}/{}", path(&case.cast.staff), identity["id"].as_str().unwrap());
    client.get(&path(&case.cast.staff)).by(&binh.token).send().refused(404, "not_found");
    case.link(&binh, &case.cast.staff, "new").refused(404, "not_found");
    client.delete(&gone).by(&binh.token).send().refused(404, "not_found");
    client
        .delete(&format!("{}/{}", path(&an), identity["id"].as_str().unwrap()))
        .by(&binh.token)
        .send()
        .refused(404, "not_found");
    client
        .delete(&format!("{}/{}", path(&case.cast.manager), identity["id"].as_str().unwrap()))
        .by(&admin.token)
        .send()
        .refused(404, "not_found");

    // Nobody links or unlinks themselves; whoever manages no users links nobody.
    case.link(admin, admin, "admin").fault(422, "rule_broken", "", "not_oneself");
    case.link(&case.cast.staff, &case.cast.manager, "x").refused(403, "right_missing");
    case.link(&case.cast.commune_officer, &case.cast.admin, "x").refused(404, "not_found");
    case.link(&case.cast.manager, &case.cast.staff, "second").expect(201);
    assert_eq!(client.get(&path(&case.cast.staff)).by(&admin.token).send().expect(200).json().as_array().unwrap().len(), 2);

    // The same name at another issuer is somebody else.
    let other = json!({ "issuer": "https://sso.example/realms/htcd", "subject": SUBJECT });
    client.post(&path(&case.cast.manager)).by(&admin.token).json(&other).send().expect(201);
    assert_eq!(case.me(&case.token()).expect(200).json()["username"], json!(case.cast.staff.username));
    for (body, pointer, rule) in [
        (json!({ "subject": "" }), "/subject", "length"),
        (json!({ "subject": "x".repeat(256) }), "/subject", "length"),
        (json!({ "subject": " " }), "/subject", "blank"),
        (json!({ "subject": "x", "issuer": "sso.example" }), "/issuer", "issuer_url"),
        (json!({ "subject": "x", "issuer": "https://sso example" }), "/issuer", "issuer_url"),
    ] {
        client.post(&path(&case.cast.manager)).by(&admin.token).json(&body).send().fault(422, "invalid_body", pointer, rule);
    }
}

#[test]
fn without_an_issuer_its_tokens_are_nobodys() {
    let key = Key::ed25519("first");
    let issuer = Issuer::with(&[&key]);
    let cast = KimSon::new();
    let client = &cast.world.client;
    let path = format!("/v1/users/{}/identities", cast.staff.id);
    client.post(&path).by(&cast.admin.token).json(&json!({ "subject": SUBJECT })).send().fault(
        422,
        "rule_broken",
        "/issuer",
        "issuer_configured",
    );
    // Links can be made before the setting.
    let body = json!({ "issuer": issuer.url, "subject": SUBJECT });
    client.post(&path).by(&cast.admin.token).json(&body).send().expect(201);
    let now = cast.world.clock.now().timestamp();
    let claims = json!({ "iss": issuer.url, "sub": SUBJECT, "aud": "htcd-api", "exp": now + 300, "iat": now });
    client.get("/v1/me").by(&key.sign(&claims)).send().refused(401, "token_invalid");
    assert_eq!(issuer.requests(), 0);
}

#[test]
fn nobody_acts_for_others_with_a_token_from_there() {
    let case = Case::new();
    let client = &case.cast.world.client;
    let leave =
        json!({ "delegate_username": case.cast.staff.username, "reason": "nghỉ phép", "valid_until": "2026-12-01T00:00:00Z" });
    let leave = client.post("/v1/me/delegations").by(&case.cast.manager.token).json(&leave).send().expect(201).json();
    let form = format!(
        "grant_type=urn:ietf:params:oauth:grant-type:token-exchange&subject_token_type=urn:ietf:params:oauth:token-type:access_token\
         &subject_token={}&delegation_id={}",
        case.token(),
        leave["id"].as_str().unwrap()
    );
    client.post("/oauth2/token").form(&form).send().refused(401, "token_invalid");
}
