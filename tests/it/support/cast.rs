//! The people and places of a test, put into the database directly (`db_…`) so that a test's own steps stay in view.

use chrono::{Days, NaiveDate};
use htcd_api::clock::{Clock, new_id, today};
use htcd_domain::access::{Grant, Role, Scope};
use htcd_domain::centre::{Centre, CentreStatus, OperatingModel};
use htcd_domain::id::{CentreId, ProvinceId, SessionId, UnitId, UserId};
use htcd_domain::province::Province;
use htcd_domain::user::User;
use htcd_persistence::db::nation;
use htcd_persistence::session::NewSession;
use htcd_persistence::{Change, centre, province, session, user};
use serde_json::{Value, json};

use super::World;
use super::http::encoded;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub struct Person {
    pub id: UserId,
    pub province: ProvinceId,
    pub username: String,
    pub token: String,
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a date")
}

impl World {
    /// The unit that a code means on a day.
    pub fn unit(&self, code: &str, on: &str) -> UnitId {
        let atlas = self.app.atlas().expect("an atlas");
        atlas.map.by_code(code, Some(day(on))).first().unwrap_or_else(|| panic!("no unit {code} on {on}")).id
    }

    /// Makes a tenant of a province unit.
    pub fn db_province(&self, unit: UnitId) -> ProvinceId {
        let atlas = self.app.atlas().expect("an atlas");
        let made = Province {
            id: new_id(self.clock.now()),
            unit_id: unit,
            name: atlas.map.name(unit, today(self.clock.now())).into(),
            unit_ids: atlas.map.with_predecessors(unit),
        };
        let author = htcd_api::demo::author(&self.app, "test");
        self.db
            .write(&nation(), &author, |tx| {
                province::insert(tx, &made, self.clock.now())?;
                Ok(Change::created((), "province", made.id, &made))
            })
            .expect("a tenant");
        self.app.reload_atlas().expect("an atlas");
        made.id
    }

    /// Somebody with one role, signed in.
    pub fn db_person(&self, province: ProvinceId, role: Role, unit: Option<UnitId>, centre: Option<CentreId>) -> Person {
        let now = self.clock.now();
        let grant = Grant {
            id: new_id(now),
            role,
            unit_id: unit,
            centre_id: centre,
            valid_from: today(now) - Days::new(400),
            valid_to: None,
            taken_on: None,
        };
        self.db_person_with(province, vec![grant])
    }

    /// Somebody with these grants, signed in.
    pub fn db_person_with(&self, province: ProvinceId, grants: Vec<Grant>) -> Person {
        let now = self.clock.now();
        let id: UserId = new_id(now);
        let username = format!("user-{}", &id.0.simple().to_string()[20..]);
        let new = User::new(id, province, username.clone(), "Người thử".into(), now);
        let person = User { grants, ..new.activated(now) };
        self.db.transact(&Scope::whole(province), |tx| user::insert(tx, &person, Some("no password".into()))).expect("a person");
        let person = Person { id, province, username, token: String::new() };
        Person { token: self.db_sign_in(&person), ..person }
    }

    /// A new access token for somebody, whose others may have expired.
    pub fn db_sign_in(&self, person: &Person) -> String {
        let now = self.clock.now();
        let session: SessionId = new_id(now);
        let new = NewSession {
            id: session,
            user_id: person.id,
            token_hash: session.0.as_bytes(),
            now,
            expires_at: now + chrono::TimeDelta::days(30),
            address: None,
            user_agent: None,
            means: "password",
        };
        self.db.transact(&Scope::whole(person.province), |tx| session::open(tx, &new)).expect("a session");
        self.app.sign(person.id, person.province, session).expect("a token")
    }

    /// Somebody who was invited sets their password with the code that they were handed.
    pub fn activate(&self, invited: &Value, password: &str) {
        let body = json!({
            "username": invited["username"], "code": invited["activation"]["code"], "password": password,
        });
        self.client.post("/v1/account/password").json(&body).send().expect(204);
    }

    /// The access token of somebody who signs in with a password.
    pub fn sign_in(&self, username: &str, password: &str) -> String {
        let form = format!("grant_type=password&username={username}&password={}", encoded(password));
        let tokens = self.client.post("/oauth2/token").form(&form).send().expect(200).json();
        tokens["access_token"].as_str().unwrap().to_owned()
    }

    /// What an authenticator that was set up so shows now.
    pub fn totp(&self, setup: &Value) -> String {
        let secret = totp_rs::Secret::try_from_base32(setup["secret"].as_str().unwrap()).unwrap();
        let now = u64::try_from(self.clock.now().timestamp()).unwrap();
        totp_rs::Builder::new().with_secret(secret).build().unwrap().generate(now).to_string()
    }

    /// A centre at work since 2008 in a commune.
    pub fn db_centre(&self, province: ProvinceId, commune: UnitId, name: &str) -> CentreId {
        self.db_centre_since(province, commune, name, day("2008-01-01"))
    }

    /// A centre at work since a day.
    pub fn db_centre_since(&self, province: ProvinceId, commune: UnitId, name: &str, from: NaiveDate) -> CentreId {
        let now = self.clock.now();
        let made = Centre {
            id: new_id(now),
            code: None,
            name: name.into(),
            commune_id: commune,
            operating_model: OperatingModel::Standalone,
            has_seal: None,
            has_account: None,
            address: None,
            status: CentreStatus::Operating,
            operating_from: Some(from),
            ended_on: None,
            created_at: now,
            updated_at: now,
        };
        let author = htcd_api::demo::author(&self.app, "test");
        self.db
            .write(&Scope::whole(province), &author, |tx| {
                centre::insert(tx, &made, from)?;
                Ok(Change::created((), "centre", made.id, &made))
            })
            .expect("a centre");
        made.id
    }

    /// A national scheme that ships.
    pub fn scheme(&self, reader: &Person, code: &str) -> Value {
        let schemes = self.client.get("/v1/schemes").by(&reader.token).send().expect(200).json();
        schemes
            .as_array()
            .unwrap()
            .iter()
            .find(|scheme| scheme["code"] == code)
            .unwrap_or_else(|| panic!("no scheme {code}"))
            .clone()
    }
}

/// Đông Triều's Kim Sơn in Quảng Ninh, with everybody whom a rating of 2018 needs.
pub struct KimSon {
    pub world: World,
    pub province: ProvinceId,
    pub commune: UnitId,
    pub centre: CentreId,
    pub admin: Person,
    pub officer: Person,
    pub verifier: Person,
    pub commune_officer: Person,
    pub manager: Person,
    pub staff: Person,
}

impl KimSon {
    pub fn new() -> Self {
        Self::in_world(World::new())
    }

    pub fn in_world(world: World) -> Self {
        let (quang_ninh, dong_trieu, commune) =
            (world.unit("22", "2025-12-31"), world.unit("205", "2018-12-31"), world.unit("07123", "2018-12-31"));
        let province = world.db_province(quang_ninh);
        let centre = world.db_centre(province, commune, "TTHTCĐ phường Kim Sơn");
        let person = |role, unit, centre| world.db_person(province, role, unit, centre);
        Self {
            province,
            commune,
            centre,
            admin: person(Role::ProvinceAdmin, Some(quang_ninh), None),
            officer: person(Role::ProvinceOfficer, Some(quang_ninh), None),
            verifier: person(Role::Verifier, Some(dong_trieu), None),
            commune_officer: person(Role::CommuneOfficer, Some(commune), None),
            manager: person(Role::CentreManager, None, Some(centre)),
            staff: person(Role::CentreStaff, None, Some(centre)),
            world,
        }
    }

    /// The usual route: centre, district, province.
    pub fn route() -> Value {
        json!([
            { "task": "assess", "level": "centre" },
            { "task": "verify", "level": "district" },
            { "task": "decide", "level": "province", "decision_number_required": true },
        ])
    }

    /// Opens a round of a year with a national scheme and the usual route; answers it.
    pub fn round(&self, year: i32, scheme: &str) -> Value {
        let scheme = self.world.scheme(&self.admin, scheme);
        let body = json!({ "scheme_id": scheme["id"], "year": year, "title": format!("Năm {year}"), "route": Self::route() });
        self.world.client.post("/v1/rounds").by(&self.admin.token).json(&body).send().expect(201).json()
    }
}
