//! One of everything that an operation can name, in every place that a role may or may not reach from Kim Sơn.

use std::collections::HashMap;

use chrono::Days;
use htcd_api::clock::{Clock, new_id, today};
use htcd_domain::Coded;
use htcd_domain::access::{Grant, HoldsOn, Permission, Role, Scope};
use htcd_domain::id::{CentreId, IdentityId, ProvinceId, UnitId};
use htcd_domain::user::UserIdentity;
use htcd_persistence::user_identity;
use serde_json::{Value, json};

use super::World;
use super::cast::{KimSon, Person, day};
use super::generate::absent_ids;
use super::records::SAMPLES;

/// Ids by the names of the parameters that take them.
pub type Ids = HashMap<&'static str, String>;

fn id_of(value: &Value) -> String {
    value["id"].as_str().unwrap_or_else(|| panic!("no id: {value}")).to_owned()
}

impl World {
    fn made(&self, by: &Person, path: &str, body: &Value) -> Value {
        self.client.post(path).by(&by.token).json(body).send().expect(201).json()
    }

    /// What belongs to a whole province: its own scheme, a draft, its round of 2018, and a restructuring. Made by its administrator.
    pub fn of_province(&self, admin: &Person) -> Ids {
        let scheme = self.scheme(admin, "TTHTCD-MAU");
        let own = self.made(admin, "/v1/schemes", &json!({ "code": "RIENG", "content": scheme["content"] }));
        let round = json!({ "scheme_id": scheme["id"], "year": 2018, "title": "Năm 2018", "route": KimSon::route() });
        let round = self.made(admin, "/v1/rounds", &round);
        let mut ids =
            Ids::from([("scheme_id", id_of(&own)), ("round_id", id_of(&round)), ("province_id", admin.province.to_string())]);
        let decision = json!({ "number": "1/NQ-HĐND", "date": "2026-09-10", "issuer": "HĐND tỉnh" });
        let change = json!({ "title": "Sắp xếp", "effective_on": "2026-10-01", "decision": decision, "units": [] });
        ids.insert("restructuring_id", id_of(&self.made(admin, "/v1/restructurings", &change)));
        // What is kept by a unit is kept by the province's here.
        let me = self.client.get("/v1/me").by(&admin.token).send().expect(200).json();
        let mut named = ids.clone();
        named.insert("unit_id", me["grants"][0]["unit_id"].as_str().unwrap().to_owned());
        for sample in SAMPLES.iter().filter(|sample| sample.by == Role::ProvinceAdmin) {
            let id = id_of(&self.made(admin, sample.path, &(sample.body)(&named)));
            named.insert(sample.id, id.clone());
            ids.insert(sample.id, id);
        }
        ids
    }

    /// What the province submitted of 2018, sealed by an officer of its own the first time.
    pub fn submission(&self, province: ProvinceId) -> String {
        let unit = self.app.atlas().unwrap().provinces.iter().find(|known| known.id == province).map(|known| known.unit_id);
        let [admin, officer] =
            [Role::ProvinceAdmin, Role::ProvinceOfficer].map(|role| self.db_person(province, role, unit, None));
        let list = self.client.get("/v1/submissions").by(&officer.token).send().expect(200).json();
        if let Some(sealed) = list["items"].as_array().and_then(|items| items.first()) {
            return id_of(sealed);
        }
        self.client.post("/v1/submission_keys").by(&admin.token).send().expect(201);
        let body = json!({ "year": 2018, "accept_incomplete": true, "reason": "Đến hạn nộp." });
        id_of(&self.made(&officer, "/v1/submissions", &body))
    }

    /// A stored file of a centre.
    pub fn file(&self, by: &Person, centre: CentreId) -> String {
        let text = "Biên bản họp ngày 12/01/2018.";
        let file = json!({ "centre_id": centre, "name": "Biên bản.txt", "media_type": "text/plain", "size": text.len() });
        let id = id_of(&self.made(by, "/v1/files", &file));
        let content = self.client.put(&format!("/v1/files/{id}/content")).by(&by.token).header("upload-offset", "0");
        content.bytes("application/octet-stream", text).send().expect(200);
        id
    }

    /// What belongs to a centre, made by its manager and the officer of its commune in what belongs to the province.
    pub fn of_centre(&self, manager: &Person, officer: &Person, (commune, centre): (UnitId, CentreId), of_province: &Ids) -> Ids {
        let round = &of_province["round_id"];
        let rating = self.made(manager, "/v1/ratings", &json!({ "round_id": round, "centre_id": centre }));
        let site = json!({ "name": "Nhà văn hóa", "kind": "culture_house" });
        let site = self.made(manager, &format!("/v1/centres/{centre}/sites"), &site);
        let file = self.file(manager, centre);
        let mut ids = of_province.clone();
        ids.extend([("centre_id", centre.to_string()), ("site_id", id_of(&site)), ("rating_id", id_of(&rating))]);
        ids.insert("file_id", file);
        ids.extend([("unit_id", commune.to_string()), ("commune_id", commune.to_string())]);
        for sample in SAMPLES.iter().filter(|sample| sample.by != Role::ProvinceAdmin) {
            let by = if sample.by == Role::CommuneOfficer { officer } else { manager };
            ids.insert(sample.id, id_of(&self.made(by, sample.path, &(sample.body)(&ids))));
        }
        // A version of a report is there once it was handed in.
        let submit = format!("/v1/reports/{}/submit", ids["report_id"]);
        self.client.post(&submit).by(&manager.token).if_match("*").send().expect(200);
        ids.insert("submission_id", self.submission(manager.province));
        ids
    }

    /// What belongs to a person: another sign-in, leave for somebody to act, and a program where their role allows one.
    pub fn of_person(&self, person: &Person, role: Role, delegate: &Person) -> Ids {
        let sign_ins = || self.client.get("/v1/me/sessions").by(&person.token).send().expect(200).json();
        let before = sign_ins();
        self.db_sign_in(person);
        let known: Vec<_> = before.as_array().unwrap().iter().map(id_of).collect();
        let session = sign_ins().as_array().unwrap().iter().map(id_of).find(|id| !known.contains(id)).expect("another sign-in");
        let leave = json!({
            "delegate_username": delegate.username, "reason": "nghỉ phép", "valid_until": "2026-12-01T00:00:00Z",
        });
        let leave = self.made(person, "/v1/me/delegations", &leave);
        let mut ids = Ids::from([("session_id", session), ("delegation_id", id_of(&leave))]);
        if role.may(Permission::ServiceAccounts) {
            let program = json!({ "name": "Cổng dữ liệu", "permissions": ["me"], "expires_at": "2027-01-01T00:00:00Z" });
            let program = self.made(person, "/v1/service_accounts", &program);
            ids.insert("service_account_id", id_of(&program));
            ids.insert("secret_id", id_of(&program["secret"]));
        }
        ids
    }

    /// Links somebody to who they are at another issuer of tokens.
    pub fn db_identity(&self, person: &Person) -> String {
        let id: IdentityId = new_id(self.clock.now());
        self.db_identity_again(person, &id.to_string());
        id.to_string()
    }

    /// The same under an id that may have been unlinked meanwhile.
    pub fn db_identity_again(&self, person: &Person, id: &str) {
        let is_there = self.db.read(&Scope::whole(person.province), |tx| user_identity::of_user(tx, person.id)).unwrap();
        if is_there.iter().any(|identity| identity.id.to_string() == id) {
            return;
        }
        let (issuer, subject) = ("https://sso.example", person.id.to_string());
        let key = htcd_api::auth::issuer::lookup_key(issuer, &subject);
        let made = UserIdentity {
            id: id.parse().unwrap(),
            user_id: person.id,
            issuer: issuer.into(),
            subject: subject.into(),
            created_at: self.clock.now(),
        };
        self.db.transact(&Scope::whole(person.province), |tx| user_identity::insert(tx, &made, &key)).expect("an identity");
    }

    /// Somebody with one role, and the grant that gives it.
    pub fn db_granted(
        &self,
        province: ProvinceId,
        role: Role,
        unit: Option<UnitId>,
        centre: Option<CentreId>,
    ) -> (Person, Grant) {
        let now = self.clock.now();
        let (unit_id, centre_id) = match role.holds_on() {
            HoldsOn::Nation => (None, None),
            HoldsOn::Unit(_) => (unit, None),
            HoldsOn::Centre => (None, centre),
        };
        let valid_from = today(now) - Days::new(400);
        let grant = Grant { id: new_id(now), role, unit_id, centre_id, valid_from, valid_to: None, taken_on: None };
        (self.db_person_with(province, vec![grant.clone()]), grant)
    }
}

/// Where a record lies, seen from Kim Sơn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Kim Sơn itself.
    Own,
    /// Another commune of its district.
    Sibling,
    /// Another district of its province.
    OtherDistrict,
    /// The district above it, and the province above that: units only.
    District,
    Province,
    /// Another province.
    OtherProvince,
    /// The nation's own records.
    Nation,
}

impl Place {
    /// Whether it lies in the province of Kim Sơn.
    pub fn is_in_province(self) -> bool {
        !matches!(self, Self::OtherProvince | Self::Nation)
    }
}

/// Somebody whom operations can be about.
pub struct Target {
    pub role: Role,
    pub user: Person,
    pub grant: Grant,
    /// Who they are at another issuer of tokens.
    pub identity: String,
}

/// The records of a place.
pub struct Records {
    pub place: Place,
    pub ids: Ids,
    pub users: Vec<Target>,
}

/// Kim Sơn with its people, and records around it.
pub struct Ground {
    pub cast: KimSon,
    pub other_province: ProvinceId,
    pub records: Vec<Records>,
    /// Somebody with each role, on Kim Sơn and what lies above it, or on the nation.
    pub people: Vec<(Role, Person)>,
    /// What belongs to each of them.
    pub own: HashMap<Role, Ids>,
}

impl Ground {
    pub fn new() -> Self {
        let cast = KimSon::new();
        let world = &cast.world;
        let unit = |code, on| world.unit(code, on);
        let (quang_ninh, dong_trieu) = (unit("22", "2025-12-31"), unit("205", "2018-12-31"));
        let (bach_dang, hung_yen, elsewhere) =
            (unit("06673", "2018-12-31"), unit("33", "2025-12-31"), unit("12454", "2018-12-31"));
        let sibling = {
            let map = &world.app.atlas().unwrap().map;
            let communes = map.children(Some(dong_trieu), day("2018-12-31"));
            // Not one that shares ground with it on another map.
            communes.iter().map(|unit| unit.id).find(|id| !map.share_ground(*id, cast.commune)).expect("another commune")
        };

        let other_province = world.db_province(hung_yen);
        let other_admin = world.db_person(other_province, Role::ProvinceAdmin, Some(hung_yen), None);
        let ours = world.of_province(&cast.admin);
        let theirs = world.of_province(&other_admin);
        let second = world.db_person(cast.province, Role::ProvinceOfficer, Some(quang_ninh), None);

        let place = |place, commune: UnitId, centre: CentreId, of_province: &Ids, owner: &Person| {
            let province = owner.province;
            let users: Vec<_> = [Role::CentreStaff, Role::CentreManager, Role::CommuneOfficer]
                .into_iter()
                .map(|role| {
                    let (user, grant) = world.db_granted(province, role, Some(commune), Some(centre));
                    Target { role, identity: world.db_identity(&user), user, grant }
                })
                .collect();
            let mut ids = world.of_centre(&users[1].user, &users[2].user, (commune, centre), of_province);
            ids.extend(world.of_person(owner, Role::ProvinceAdmin, &users[1].user));
            Records { place, ids, users }
        };
        let centre_in = |province, commune| world.db_centre(province, commune, "TTHTCĐ bên cạnh");
        let mut records = vec![
            place(Place::Own, cast.commune, cast.centre, &ours, &second),
            place(Place::Sibling, sibling, centre_in(cast.province, sibling), &ours, &second),
            place(Place::OtherDistrict, bach_dang, centre_in(cast.province, bach_dang), &ours, &second),
            place(Place::OtherProvince, elsewhere, centre_in(other_province, elsewhere), &theirs, &other_admin),
        ];
        for (place, unit) in [(Place::District, dong_trieu), (Place::Province, quang_ninh)] {
            let mut ids = absent_ids();
            ids.insert("unit_id", unit.to_string());
            records.push(Records { place, ids, users: vec![] });
        }

        let national = |role| world.db_granted(ProvinceId::NATION, role, None, None);
        let ((platform, _), (ministry, _), (colleague, _)) =
            (national(Role::PlatformAdmin), national(Role::MinistryReader), national(Role::PlatformAdmin));
        let (user, grant) = national(Role::MinistryReader);
        let mut ids = absent_ids();
        let framework = world.scheme(&platform, "TTHTCD-MAU");
        let draft = json!({ "code": "KHUNG-MOI", "content": framework["content"] });
        ids.insert("scheme_id", id_of(&world.made(&platform, "/v1/schemes", &draft)));
        ids.extend(world.of_person(&colleague, Role::PlatformAdmin, &user));
        let target = Target { role: Role::MinistryReader, identity: world.db_identity(&user), user, grant };
        records.push(Records { place: Place::Nation, ids, users: vec![target] });

        let people = vec![
            (Role::PlatformAdmin, platform),
            (Role::MinistryReader, ministry),
            (Role::ProvinceAdmin, cast.admin.clone()),
            (Role::ProvinceOfficer, cast.officer.clone()),
            (Role::Verifier, cast.verifier.clone()),
            (Role::CommuneOfficer, cast.commune_officer.clone()),
            (Role::CentreManager, cast.manager.clone()),
            (Role::CentreStaff, cast.staff.clone()),
        ];
        assert!(Role::ALL.iter().all(|role| people.iter().any(|(other, _)| other == role)), "somebody with each role");
        let own = people
            .iter()
            .map(|(role, person)| {
                let delegate = if person.province.is_nation() { &colleague } else { &second };
                (*role, world.of_person(person, *role, delegate))
            })
            .collect();
        Self { other_province, records, people, own, cast }
    }

    pub fn world(&self) -> &World {
        &self.cast.world
    }

    /// The records of a place.
    pub fn at(&self, place: Place) -> &Records {
        self.records.iter().find(|records| records.place == place).expect("records of every place")
    }

    /// The place that somebody with a role calls their own.
    pub fn home(role: Role) -> Place {
        if role.holds_on() == HoldsOn::Nation { Place::Nation } else { Place::Own }
    }
}
