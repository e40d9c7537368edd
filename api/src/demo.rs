//! The demo: both administrative maps, the frameworks that ship, Thái Bình's ratings and activities of 2011, Kim Sơn's
//! year and round of 2018, Mạo Khê's year of 2013, what Quảng Ninh publishes, what Hưng Yên has submitted to the Ministry, and a
//! sign-in for each role.
//!
//! Figures are real where a source has them (286 centres; 158 tốt, 125 khá, 3 trung bình); which centre had
//! which rank is not public, so that assignment is made up and every such record says so in its name.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;

use chrono::{DateTime, NaiveDate, Utc};
use htcd_domain::access::{Grant, Role, Scope};
use htcd_domain::centre::{ActRecord, Centre, CentreAct, CentreStatus, Decision, OperatingModel};
use htcd_domain::frameworks::{LINEAGE_CSV, UNITS_CSV, schemes};
use htcd_domain::id::{CentreId, ProvinceId, SchemeId, UnitId};
use htcd_domain::province::Province;
use htcd_domain::round::{Round, RoundStatus, Stage, StageLevel, StageTask};
use htcd_domain::scheme::{Scheme, SchemeStatus, Subject};
use htcd_domain::unit_import;
use htcd_domain::user::User;
use htcd_persistence::db::{Target, nation};
use htcd_persistence::unit::Loaded;
use htcd_persistence::{Author, Change, Error, Tx, centre, province, round, scheme, session, unit, user};
use serde_json::json;

mod calls;
pub mod kim_son_2018;
mod mao_khe_2013;
pub mod step;
mod thai_binh_2011;

use crate::auth::password;
use crate::clock::new_id;
use crate::state::App;

fn text(error: &Error) -> String {
    match error {
        Error::Refused(problem) => format!("{}: {:?}", problem.code.title().en, problem.detail),
        other => other.to_string(),
    }
}

/// The command line as the author of a change.
pub fn author(app: &App, operation: &str) -> Author {
    Author::command(operation, new_id::<uuid::Uuid>(app.now()).to_string(), app.now())
}

/// Loads administrative units: all or nothing, and a second time changes nothing. `progress` hears the total and each step.
///
/// # Errors
/// Every fault in the files, by file, line and column; or what the database said.
pub fn load_units(
    app: &App,
    units: &[u8],
    lineage: &[u8],
    author: &Author,
    progress: impl Fn(u64, u64),
) -> Result<Loaded, String> {
    let known = app.database.read(&nation(), unit::map).map_err(|error| text(&error))?;
    let import = unit_import::read(units, lineage, &known, || new_id(app.now())).map_err(|faults| {
        let shown: Vec<_> = faults.iter().take(50).map(ToString::to_string).collect();
        format!("{} fault(s), nothing was stored\n  {}", faults.len(), shown.join("\n  "))
    })?;
    let total = (import.units.len() + import.successions.len()) as u64;
    let loaded = app.database.write(&nation(), author, |tx| {
        let loaded = unit::store(tx, &import, &known, |rows| progress(total, rows as u64))?;
        let after = json!({ "units_added": loaded.units_added, "units_changed": loaded.units_changed, "successions_added": loaded.successions_added });
        Ok(Change::created(loaded, "units", "map", &after))
    });
    let loaded = loaded.map_err(|error| text(&error))?;
    app.reload_atlas().map_err(|error| error.to_string())?;
    Ok(loaded)
}

/// Stores the schemes that ship, published, unless they are there; answers how many were not.
///
/// # Errors
/// What the database said.
pub fn load_frameworks(app: &App) -> Result<usize, String> {
    let shipped = schemes().map_err(|error| error.to_string())?;
    let stored = app.database.transact(&nation(), |tx| {
        let known = scheme::all(tx)?;
        let mut added = 0;
        for create in shipped {
            if known.iter().any(|scheme| scheme.code == create.code) {
                continue;
            }
            let scheme = Scheme {
                id: new_id(app.now()),
                national: true,
                code: create.code,
                version: 1,
                status: SchemeStatus::Published,
                content: create.content,
            };
            scheme::insert(tx, &scheme, app.now())?;
            htcd_persistence::db::record(tx, &author(app, "load_frameworks"), Change::created((), "scheme", scheme.id, &scheme))?;
            added += 1;
        }
        Ok(added)
    });
    stored.map_err(|error| text(&error))
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap_or(NaiveDate::MIN)
}

/// A sign-in of the demo.
struct SignIn {
    username: &'static str,
    name: &'static str,
    role: Role,
    province: ProvinceId,
    unit: Option<UnitId>,
    centre: Option<CentreId>,
}

fn credentials_file(app: &App) -> PathBuf {
    let folder = match app.database.target() {
        Target::Sqlite(path) => std::path::Path::new(path).parent().map(PathBuf::from).unwrap_or_default(),
        Target::Postgres(_) => PathBuf::new(),
    };
    folder.join("demo-credentials.json")
}

/// Loads the demo if it is not there, and writes its sign-ins.
///
/// # Errors
/// What the database or the file system said.
pub fn load(app: &App) -> Result<(), String> {
    eprintln!("demo: administrative maps …");
    load_units(app, UNITS_CSV, LINEAGE_CSV, &author(app, "import_units"), |_, _| {})?;
    load_frameworks(app)?;
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let is_loaded = !atlas.provinces.is_empty();
    if is_loaded && credentials_file(app).exists() {
        return Ok(());
    }
    let on = |code: &str, year: i32| {
        atlas
            .map
            .by_code(code, Some(day(year, 12, 31)))
            .first()
            .map(|unit| unit.id)
            .ok_or_else(|| format!("the map has no unit {code}"))
    };
    let (hung_yen, quang_ninh) = (tenant(app, on("33", 2025)?)?, tenant(app, on("22", 2025)?)?);
    app.reload_atlas().map_err(|error| error.to_string())?;
    if !is_loaded {
        eprintln!("demo: Thái Bình 2011 …");
        let thai_binh = on("34", 2011)?;
        let work = app.database.transact(&Scope::whole(hung_yen), |tx| thai_binh_2011::load(app, tx, &atlas.map, thai_binh));
        work.map_err(|error| text(&error))?;
        let (kim_son, mao_khe) = (on("07123", 2018)?, on("07069", 2018)?);
        let work = app.database.transact(&Scope::whole(quang_ninh), |tx| dong_trieu_2018(app, tx, kim_son, mao_khe));
        work.map_err(|error| text(&error))?;
    }
    let centres = app.database.read(&Scope::whole(quang_ninh), centre::all).map_err(|error| text(&error))?;
    let of_code = |code: &str| centres.iter().find(|centre| centre.code.as_deref() == Some(code));
    let (kim_son, mao_khe) = (of_code("KS-01").map(|centre| centre.id), of_code("MK-01").map(|centre| centre.id));
    let sign_in = |username, name, role, province, unit, centre| SignIn { username, name, role, province, unit, centre };
    let (nation, dong_trieu) = (ProvinceId::NATION, on("205", 2018)?);
    let sign_ins = [
        sign_in("platform", "Quản trị nền tảng (demo)", Role::PlatformAdmin, nation, None, None),
        sign_in("ministry", "Bộ GD&ĐT (demo)", Role::MinistryReader, nation, None, None),
        sign_in("quangninh.admin", "Quản trị Sở Quảng Ninh (demo)", Role::ProvinceAdmin, quang_ninh, Some(on("22", 2025)?), None),
        sign_in(
            "quangninh.officer",
            "Chuyên viên Sở Quảng Ninh (demo)",
            Role::ProvinceOfficer,
            quang_ninh,
            Some(on("22", 2025)?),
            None,
        ),
        sign_in("dongtrieu.verifier", "Phòng GD&ĐT Đông Triều (demo)", Role::Verifier, quang_ninh, Some(dong_trieu), None),
        sign_in("maokhe.commune", "UBND phường Mạo Khê (demo)", Role::CommuneOfficer, quang_ninh, Some(on("07069", 2025)?), None),
        sign_in("kimson.manager", "Giám đốc TTHTCĐ Kim Sơn (demo)", Role::CentreManager, quang_ninh, None, kim_son),
        sign_in("kimson.staff", "Nhân viên TTHTCĐ Kim Sơn (demo)", Role::CentreStaff, quang_ninh, None, kim_son),
        sign_in("maokhe.manager", "Giám đốc TTHTCĐ Mạo Khê (demo)", Role::CentreManager, quang_ninh, None, mao_khe),
        sign_in("hungyen.admin", "Quản trị Sở Hưng Yên (demo)", Role::ProvinceAdmin, hung_yen, Some(on("33", 2025)?), None),
        sign_in(
            "hungyen.officer",
            "Chuyên viên Sở Hưng Yên (demo)",
            Role::ProvinceOfficer,
            hung_yen,
            Some(on("33", 2025)?),
            None,
        ),
    ];
    let passwords = store_sign_ins(app, &sign_ins)?;
    eprintln!("demo: Kim Sơn 2018 and Mạo Khê 2013, and what Hưng Yên submits of Thái Bình 2011 …");
    let signed_in = |usernames: &[&str]| {
        let by = passwords.iter().filter(|(sign_in, _)| usernames.contains(&sign_in.username));
        by.map(|(sign_in, password)| (sign_in.role, (sign_in.username, password.clone()))).collect()
    };
    let year = |code: &str, usernames: &[&str], steps: Vec<step::Step>| {
        let found = of_code(code).ok_or_else(|| format!("the demo's centre {code} is missing"))?;
        let ids = [("centre", found.id.to_string()), ("commune", found.commune_id.to_string())];
        Ok::<_, String>(calls::Year {
            steps,
            sign_ins: signed_in(usernames),
            ids: ids.map(|(name, id)| (name.to_owned(), id)).into(),
        })
    };
    // The report is handed in before anything is made up: its paper says what the centre's own did.
    let of_kim_son = [
        kim_son_2018::steps(),
        kim_son_2018::papers(),
        kim_son_2018::handed_in(),
        kim_son_2018::made_up(),
        kim_son_2018::published(),
    ];
    let by = ["kimson.manager", "kimson.staff", "maokhe.commune", "quangninh.admin"];
    let years = vec![
        year("KS-01", &by, of_kim_son.concat())?,
        year("MK-01", &["maokhe.manager", "maokhe.commune"], mao_khe_2013::steps())?,
        calls::Year {
            steps: thai_binh_2011::submitted(),
            sign_ins: signed_in(&["hungyen.admin", "hungyen.officer"]),
            ids: BTreeMap::new(),
        },
    ];
    calls::send(app, years)?;
    // Last of all: without it, the next start goes on.
    write_sign_ins(app, &passwords)
}

fn tenant(app: &App, unit: UnitId) -> Result<ProvinceId, String> {
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    if let Some(known) = atlas.tenant_of(unit) {
        return Ok(known);
    }
    let made = Province {
        id: new_id(app.now()),
        unit_id: unit,
        name: atlas.map.name(unit, app.today()).to_owned(),
        unit_ids: atlas.map.with_predecessors(unit),
    };
    let stored = app.database.write(&nation(), &author(app, "create_province"), |tx| {
        province::insert(tx, &made, app.now())?;
        Ok(Change::created(made.id, "province", made.id, &made))
    });
    stored.map_err(|error| text(&error))
}

fn national_scheme(tx: &mut Tx<'_>, code: &str) -> htcd_persistence::Result<SchemeId> {
    let found = scheme::all(tx)?.into_iter().find(|scheme| scheme.national && scheme.code == code);
    found.map(|scheme| scheme.id).ok_or_else(|| Error::Corrupt(format!("the scheme {code} is missing")))
}

fn new_centre(now: DateTime<Utc>, code: String, name: String, commune_id: UnitId, from: NaiveDate) -> Centre {
    Centre {
        id: new_id(now),
        code: Some(code),
        name,
        commune_id,
        operating_model: OperatingModel::Standalone,
        has_seal: None,
        has_account: None,
        address: None,
        status: CentreStatus::Operating,
        operating_from: Some(from),
        ended_on: None,
        created_at: now,
        updated_at: now,
    }
}

fn store_centre(app: &App, tx: &mut Tx<'_>, centre: &Centre, decision: Decision) -> htcd_persistence::Result<()> {
    let from = centre.operating_from.unwrap_or(app.today());
    centre::insert(tx, centre, from)?;
    let act = ActRecord {
        id: new_id(app.now()),
        act: CentreAct::Establish,
        from_status: None,
        to_status: CentreStatus::Operating,
        effective_on: from,
        decision,
        reason: None,
        successor_ids: vec![],
        recorded_at: app.now(),
    };
    centre::insert_act(tx, centre.id, &act, 1)?;
    htcd_persistence::db::record(tx, &author(app, "load_demo"), Change::created((), "centre", centre.id, centre))
}

fn route(year: i32) -> Vec<Stage> {
    let stage = |task, level, organisation: &str, due_on| Stage {
        task,
        level,
        organisation: Some(organisation.into()),
        due_on: Some(due_on),
        decision_number_required: task == StageTask::Decide,
    };
    vec![
        stage(StageTask::Assess, StageLevel::Centre, "Trung tâm học tập cộng đồng", day(year, 12, 15)),
        stage(StageTask::Verify, StageLevel::District, "Phòng GD&ĐT và Hội Khuyến học huyện", day(year + 1, 1, 31)),
        stage(StageTask::Decide, StageLevel::Province, "Sở GD&ĐT", day(year + 1, 2, 28)),
    ]
}

fn open_round(app: &App, tx: &mut Tx<'_>, year: i32, scheme: &str, status: RoundStatus) -> htcd_persistence::Result<Round> {
    let round = Round {
        id: new_id(app.now()),
        scheme_id: national_scheme(tx, scheme)?,
        subject: Subject::Centre,
        year,
        title: format!("Đánh giá, xếp loại TTHTCĐ năm {year} (demo)"),
        data_from: day(year, 1, 1),
        data_to: day(year, 12, 31),
        route: route(year),
        status,
        earlier_routes: vec![],
    };
    round::insert(tx, &round, app.now())?;
    htcd_persistence::db::record(tx, &author(app, "load_demo"), Change::created((), "round", round.id, &round))?;
    Ok(round)
}

/// The two centres of field studies, and an open round to walk a rating through.
fn dong_trieu_2018(app: &App, tx: &mut Tx<'_>, kim_son: UnitId, mao_khe: UnitId) -> htcd_persistence::Result<()> {
    let decision = |number: &str, date| Decision {
        number: number.into(),
        date,
        issuer: "UBND huyện Đông Triều (demo)".into(),
        legal_basis: Some("Quyết định 09/2008/QĐ-BGDĐT".into()),
    };
    let first =
        new_centre(app.now(), "KS-01".into(), "Trung tâm học tập cộng đồng phường Kim Sơn".into(), kim_son, day(2007, 1, 15));
    store_centre(app, tx, &first, decision("01/QĐ-UBND", day(2006, 12, 5)))?;
    let second =
        new_centre(app.now(), "MK-01".into(), "Trung tâm học tập cộng đồng thị trấn Mạo Khê".into(), mao_khe, day(2007, 1, 15));
    store_centre(app, tx, &second, decision("02/QĐ-UBND", day(2006, 12, 5)))?;
    open_round(app, tx, 2018, "TTHTCD-MAU-SO-LIEU", RoundStatus::Open).map(drop)
}

fn secret() -> Result<String, String> {
    let mut bytes = [0u8; 12];
    getrandom::fill(&mut bytes).map_err(|error| error.to_string())?;
    Ok(hex::encode(bytes))
}

/// Stores sign-ins; answers each with its password. Those that are there get new ones.
fn store_sign_ins<'s>(app: &App, sign_ins: &'s [SignIn]) -> Result<Vec<(&'s SignIn, String)>, String> {
    sign_ins.iter().map(|sign_in| store_sign_in(app, sign_in).map(|password| (sign_in, password))).collect()
}

fn store_sign_in(app: &App, sign_in: &SignIn) -> Result<String, String> {
    let secret = secret()?;
    let hash = password::hash(&secret).map_err(|error| error.to_string())?;
    let grant = Grant {
        id: new_id(app.now()),
        role: sign_in.role,
        unit_id: sign_in.unit,
        centre_id: sign_in.centre,
        valid_from: day(2007, 1, 1),
        valid_to: None,
        taken_on: None,
    };
    let now = app.now();
    let new = User::new(new_id(now), sign_in.province, sign_in.username.into(), sign_in.name.into(), now);
    let made = User { grants: vec![grant], ..new.activated(now) };
    let stored = app.database.write(&Scope::whole(sign_in.province), &author(app, "load_demo"), |tx| {
        if let Some(known) = user::credentials(tx, sign_in.username)? {
            user::set_password(tx, known.user_id, &hash, app.now())?;
            session::revoke_all(tx, known.user_id, app.now())?;
            return Ok(Change::updated((), "user", known.user_id, &json!({}), &json!({ "password": "changed" })));
        }
        user::insert(tx, &made, Some(hash))?;
        Ok(Change::created((), "user", made.id, &made))
    });
    stored.map_err(|error| text(&error))?;
    Ok(secret)
}

fn write_sign_ins(app: &App, sign_ins: &[(&SignIn, String)]) -> Result<(), String> {
    let users: Vec<_> = sign_ins
        .iter()
        .map(|(sign_in, password)| {
            json!({ "role": sign_in.role, "username": sign_in.username, "password": password, "name": sign_in.name })
        })
        .collect();
    let path = credentials_file(app);
    let content = serde_json::to_string_pretty(&json!({ "users": users })).map_err(|error| error.to_string())?;
    write_private(&path, &content).map_err(|error| format!("{}: {error}", path.display()))?;
    eprintln!("demo: a sign-in for each role is in {}", path.display());
    Ok(())
}

fn write_private(path: &std::path::Path, content: &str) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(content.as_bytes())
}

/// What to try next.
pub fn greet(address: SocketAddr) {
    eprintln!(
        "\nhtcd is at http://{address}. Three things to try:\n  \
         1. http://{address}/docs - sign in with Authorize (demo-credentials.json has a username and password for each role)\n  \
         2. as hungyen.officer: the ratings of Thái Bình in 2011 - README, \"Five minutes\"\n  \
         3. curl http://{address}/v1/catalogues\n"
    );
}
