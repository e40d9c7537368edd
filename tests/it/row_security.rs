//! The second wall between tenants: PostgreSQL's row-level security, walked by the database's own catalogue.
//! SQLite has none, so each test ends at once there.

use std::collections::BTreeMap;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable, Text};
use htcd_domain::access::{Role, Scope};
use htcd_domain::id::ProvinceId;
use htcd_domain::unit::Level;
use htcd_persistence::db::{Database, Target};
use htcd_persistence::{centre, doctor, migrate, user};
use serde_json::json;

use crate::support::World;
use crate::support::cast::{KimSon, day};
use crate::support::database::{PROGRAM, TestDatabase, administer, as_role, is_postgres, make_role};
use crate::support::process::{self, Process};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Nullable<Text>)]
    value: Option<String>,
}

const TENANT_TABLES: &str = "SELECT c.relname::text AS name, NULL AS value FROM pg_class c
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'province_id' AND NOT a.attisdropped
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') ORDER BY 1";

/// Which rows show to a tenant: its own, and what is named here with its reason. Nothing else may.
fn shown(table: &str, tenant: ProvinceId) -> String {
    match table {
        // The map of tenants is public: which province a unit belongs to decides whom a request is for.
        "province_units" => "true".into(),
        // National frameworks are what every province rates by.
        "schemes" => format!("province_id IN ('{tenant}', '{}')", ProvinceId::NATION),
        // National figures are cached under the versions of all provinces; the numbers say nothing of what was changed.
        "audit_heads" if tenant.is_nation() => "true".into(),
        _ => format!("province_id = '{tenant}'"),
    }
}

/// Fills a tenant of a province, through the API where there is a way, so that its tables have rows.
fn populate(world: &World, code: &str) -> ProvinceId {
    let unit = world.unit(code, "2025-12-31");
    let province = world.db_province(unit);
    let atlas = world.app.atlas().unwrap();
    let is_commune =
        |id| atlas.map.get(id).is_some_and(|unit| unit.level == Level::Commune && unit.on(day("2025-12-31")).is_some());
    let commune = atlas.map.reach(unit).iter().copied().find(|id| is_commune(*id)).expect("a commune");
    let admin = world.db_person(province, Role::ProvinceAdmin, Some(unit), None);
    let officer = world.db_person(province, Role::ProvinceOfficer, Some(unit), None);
    let [old, new] = ["TTHTCĐ cũ", "TTHTCĐ mới"].map(|name| world.db_centre(province, commune, name));

    let post = |path: &str, by: &str, body| world.client.post(path).by(by).key("row-security-1").json(&body).send();
    let path = format!("/v1/centres/{old}");
    post(&format!("{path}/sites"), &admin.token, json!({ "name": "Nhà văn hóa", "kind": "culture_house" })).expect(201);
    let etag = world.client.get(&path).by(&admin.token).send().expect(200).etag();
    let merger = json!({ "act": "merge", "effective_on": "2026-06-01", "successor_ids": [new], "reason": "Sắp xếp lại",
        "decision": { "number": "12/QĐ-UBND", "date": "2026-05-01", "issuer": "UBND" } });
    world.client.post(&format!("{path}/acts")).by(&admin.token).if_match(&etag).json(&merger).send().expect(201);
    let scheme = world.scheme(&admin, "TTHTCD-MAU");
    let draft = json!({ "code": "RIENG", "content": scheme["content"] });
    world.client.post("/v1/schemes").by(&admin.token).json(&draft).send().expect(201);
    let round = json!({ "scheme_id": scheme["id"], "year": 2025, "title": "Năm 2025", "route": KimSon::route() });
    let round = world.client.post("/v1/rounds").by(&admin.token).json(&round).send().expect(201).json();
    let results = json!({ "round_id": round["id"], "results": [{ "centre_id": new, "rank": "kha", "points": 72 }] });
    world.client.post("/v1/ratings/import").by(&officer.token).json(&results).send().expect(200);
    world.client.post("/v1/submission_keys").by(&admin.token).send().expect(201);
    let submission = json!({ "year": 2025, "accept_incomplete": true, "reason": "Đến hạn nộp." });
    world.client.post("/v1/submissions").by(&officer.token).json(&submission).send().expect(201);
    province
}

/// Two provinces with rows, and the database as its owner and as the program.
struct Walls {
    world: World,
    first: ProvinceId,
    second: ProvinceId,
    owner: PgConnection,
    program: PgConnection,
    tables: Vec<String>,
}

impl Walls {
    fn new() -> Self {
        let world = World::new();
        let (first, second) = (populate(&world, "22"), populate(&world, "33"));
        let mut owner = PgConnection::establish(world.owner_url()).unwrap();
        let program = PgConnection::establish(world.database_url()).unwrap();
        let tables = names(&mut owner, TENANT_TABLES);
        assert!(tables.len() >= 17, "{tables:?}");
        Self { world, first, second, owner, program, tables }
    }

    /// How many rows there are, whoever asks.
    fn stored(&mut self, table: &str, which: &str) -> i64 {
        count(&mut self.owner, &format!("SELECT count(*) FROM {table} WHERE {which}"))
    }

    /// How many rows a mistaken query, one without a tenant in it, shows the program.
    fn seen(&mut self, tenant: Option<ProvinceId>, table: &str) -> i64 {
        in_transaction(&mut self.program, tenant, |conn| Ok(count(conn, &format!("SELECT count(*) FROM {table}")))).unwrap()
    }

    /// What the program may do as a tenant: how many rows it touched, or what PostgreSQL said. It is taken back.
    fn does(&mut self, tenant: ProvinceId, sql: &str) -> Result<usize, String> {
        in_transaction(&mut self.program, Some(tenant), |conn| diesel::sql_query(sql).execute(conn))
            .map_err(|error| error.to_string())
    }
}

fn names(conn: &mut PgConnection, sql: &str) -> Vec<String> {
    diesel::sql_query(sql).load::<Line>(conn).unwrap().into_iter().map(|line| line.name).collect()
}

fn count(conn: &mut PgConnection, sql: &str) -> i64 {
    diesel::sql_query(sql).get_result::<Count>(conn).unwrap_or_else(|error| panic!("{sql}: {error}")).count
}

/// Does something in a transaction as the program makes it, and takes it back.
fn in_transaction<T>(
    conn: &mut PgConnection,
    tenant: Option<ProvinceId>,
    work: impl FnOnce(&mut PgConnection) -> QueryResult<T>,
) -> QueryResult<T> {
    let tenant = tenant.map(|tenant| format!("; SET LOCAL htcd.province_id = '{tenant}'")).unwrap_or_default();
    conn.batch_execute(&format!("BEGIN{tenant}")).unwrap();
    let result = work(conn);
    conn.batch_execute("ROLLBACK").unwrap();
    result
}

fn is_refusal(message: &str) -> bool {
    message.contains("violates row-level security policy") || message.contains("permission denied")
}

#[test]
fn every_table_with_a_province_forces_row_level_security_by_a_policy_for_reading_and_writing() {
    if !is_postgres() {
        return;
    }
    let database = TestDatabase::new();
    let mut owner = PgConnection::establish(&database.owner_url).unwrap();
    let tables = names(&mut owner, TENANT_TABLES);
    for table in &tables {
        let forced = format!(
            "SELECT count(*) FROM pg_class WHERE oid = 'public.{table}'::regclass AND relrowsecurity AND relforcerowsecurity"
        );
        assert_eq!(count(&mut owner, &forced), 1, "{table}: forced");
        let policies = format!(
            "SELECT count(*) FROM pg_policies WHERE tablename = '{table}' AND cmd = 'ALL' AND permissive = 'PERMISSIVE' AND roles = '{{public}}'
             AND qual LIKE '%htcd.province_id%' AND with_check LIKE '%htcd.province_id%'"
        );
        assert_eq!(count(&mut owner, &policies), 1, "{table}: one policy for all");
    }
    // What lets more through, all of it: who adds a policy comes by here, and by `shown`.
    let others = "SELECT tablename || ' ' || policyname || ' ' || cmd AS name, NULL AS value FROM pg_policies WHERE policyname <> 'tenant' ORDER BY 1";
    let known = [
        "audit_heads beginning INSERT",
        "audit_heads versions SELECT",
        "province_units map SELECT",
        "province_units nation ALL",
        "schemes national SELECT",
        "user_identities identity SELECT",
        "users sign_in SELECT",
    ];
    assert_eq!(names(&mut owner, others), known);
    let open = "SELECT count(*) FROM pg_policies WHERE concat(qual, with_check) NOT LIKE '%current_setting(%'";
    assert_eq!(count(&mut owner, open), 0, "every policy asks for a setting");
    println!("{} tables with a province_id", tables.len());
}

#[test]
fn a_query_without_a_filter_shows_its_tenants_rows_alone_and_without_a_tenant_none() {
    if !is_postgres() {
        return;
    }
    let mut walls = Walls::new();
    let (mut cells, mut filled) = (0, 0);
    for table in walls.tables.clone() {
        let both = [walls.first, walls.second].map(|tenant| walls.stored(&table, &format!("province_id = '{tenant}'")));
        filled += usize::from(both.iter().all(|rows| *rows > 0));
        for tenant in [walls.first, walls.second, ProvinceId::NATION] {
            let expected = walls.stored(&table, &shown(&table, tenant));
            assert_eq!(walls.seen(Some(tenant), &table), expected, "{table}, as {tenant}");
            cells += 1;
        }
        let nobody = ProvinceId(uuid::Uuid::from_u128(7));
        let expected = walls.stored(&table, &shown(&table, nobody));
        assert_eq!(walls.seen(Some(nobody), &table), expected, "{table}, as a tenant that there is not");
        assert_eq!(walls.seen(None, &table), 0, "{table}, as nobody");
        cells += 2;
    }
    assert!(filled >= 17, "only {filled} tables have rows of both provinces");
    println!("{} tables, {filled} with rows of both provinces, {cells} cells read", walls.tables.len());
}

#[test]
fn a_tenant_neither_changes_nor_takes_over_nor_leaves_rows_in_another_one() {
    if !is_postgres() {
        return;
    }
    let mut walls = Walls::new();
    let (first, second) = (walls.first, walls.second);
    let mut cells = 0;
    for table in walls.tables.clone() {
        let theirs = format!("province_id = '{second}'");
        let stored = walls.stored(&table, &theirs);
        if stored == 0 {
            continue;
        }
        // The same statement works for whose rows they are; audit records, what was handed in and the map of tenants are nobody's
        // to change.
        if !["audit_records", "report_versions", "submissions", "submission_files", "province_units"].contains(&table.as_str()) {
            let touched = walls.does(second, &format!("UPDATE {table} SET province_id = province_id"));
            assert_eq!(touched, Ok(usize::try_from(stored).unwrap()), "{table}");
        }
        let line = format!("SELECT 'x' AS name, row_to_json(t)::text AS value FROM {table} t WHERE {theirs} LIMIT 1");
        let row = diesel::sql_query(line).get_result::<Line>(&mut walls.owner).unwrap().value.unwrap().replace('\'', "''");
        for tenant in [first, ProvinceId::NATION] {
            let draws_the_map = table == "province_units" && tenant.is_nation();
            let untouched = |done: Result<usize, String>, what: &str| match done {
                Ok(0) => {}
                Err(message) if is_refusal(&message) => {}
                other => assert!(draws_the_map, "{table}: {what} as {tenant}: {other:?}"),
            };
            untouched(walls.does(tenant, &format!("UPDATE {table} SET province_id = province_id WHERE {theirs}")), "changing");
            untouched(walls.does(tenant, &format!("DELETE FROM {table} WHERE {theirs}")), "deleting");
            untouched(walls.does(tenant, &format!("UPDATE {table} SET province_id = '{tenant}' WHERE {theirs}")), "taking over");
            untouched(
                walls.does(tenant, &format!("UPDATE {table} SET province_id = '{second}' WHERE province_id = '{tenant}'")),
                "giving away",
            );
            let leave = format!("INSERT INTO {table} SELECT * FROM json_populate_record(NULL::{table}, '{row}')");
            let left = walls.does(tenant, &leave);
            assert!(
                draws_the_map || left.as_ref().is_err_and(|message| is_refusal(message)),
                "{table}: leaving as {tenant}: {left:?}"
            );
            cells += 5;
        }
    }
    assert!(cells >= 170, "{cells}");
    println!("{} tables, {cells} attempts to write into another tenant", walls.tables.len());

    // The nation begins the chain of a tenant, and nothing but begins it.
    let begin = |seq: i64| {
        let id = uuid::Uuid::from_u128(9);
        format!("INSERT INTO audit_heads (province_id, seq, figures, hash) VALUES ('{id}', {seq}, 0, 'x')")
    };
    assert_eq!(walls.does(ProvinceId::NATION, &begin(0)), Ok(1));
    assert!(walls.does(ProvinceId::NATION, &begin(1)).is_err_and(|message| is_refusal(&message)));
    assert!(walls.does(first, &begin(0)).is_err_and(|message| is_refusal(&message)));
}

#[test]
fn a_connection_that_comes_back_to_the_pool_shows_nothing() {
    if !is_postgres() {
        return;
    }
    let walls = Walls::new();
    let wait = std::time::Duration::from_secs(10);
    let pool = Database::open(Target::parse(walls.world.database_url()).unwrap(), 1, wait);
    let nothing = || assert_eq!(doctor::tables_shown_without_tenant(&pool).unwrap(), Vec::<String>::new());
    let scope = Scope::whole(walls.first);
    nothing();
    assert_eq!(pool.read(&scope, centre::all).unwrap().len(), 2);
    nothing();
    pool.transact(&scope, |tx| user::page(tx, &user::UserFilter::default(), None, 10)).unwrap();
    nothing();
    let failed: htcd_persistence::Result<()> = pool.transact(&scope, |tx| {
        assert_eq!(centre::all(tx)?.len(), 2);
        Err(htcd_domain::Code::NotFound.into())
    });
    assert!(failed.is_err());
    nothing();
    assert!(pool.read(&Scope::whole(ProvinceId::NATION), |tx| user::credentials(tx, "nobody")).unwrap().is_none());
    nothing();
    assert_eq!(pool.connections().0, 1, "it was the same connection all along");
    // The same look shows rows to whom the wall does not bind.
    let owner = Database::open(Target::parse(walls.world.owner_url()).unwrap(), 1, wait);
    assert!(doctor::tables_shown_without_tenant(&owner).unwrap().len() >= 17);
}

#[test]
fn signing_in_sees_the_one_row_that_it_names_and_cannot_change_it() {
    if !is_postgres() {
        return;
    }
    let mut walls = Walls::new();
    let (first, second) = (walls.first, walls.second);
    let theirs = walls.world.db_person(second, Role::ProvinceAdmin, None, None);
    let own = walls.stored("users", &format!("province_id = '{first}'"));
    let mut seen = |tenant: Option<ProvinceId>, name: &str, sql: &str| {
        in_transaction(&mut walls.program, tenant, |conn| {
            conn.batch_execute(&format!("SET LOCAL htcd.username = '{name}'"))?;
            Ok((
                count(conn, "SELECT count(*) FROM users"),
                count(conn, "SELECT count(*) FROM grants"),
                diesel::sql_query(sql).execute(conn)?,
            ))
        })
        .unwrap()
    };
    let change = format!("UPDATE users SET active = false WHERE username = '{}'", theirs.username);
    assert_eq!(seen(None, &theirs.username, &change), (1, 0, 0));
    assert_eq!(seen(None, "nobody", &change), (0, 0, 0));
    assert_eq!(seen(None, "", &change), (0, 0, 0));
    let (users, _, changed) = seen(Some(first), &theirs.username, &change);
    assert_eq!((users, changed), (own + 1, 0));
    assert_eq!(seen(Some(second), &theirs.username, &change).2, 1, "whose it is may");
    let found = walls.world.db.read(&Scope::whole(first), |tx| user::credentials(tx, &theirs.username)).unwrap();
    assert_eq!(found.map(|found| found.province_id), Some(second));
}

#[test]
fn the_program_cannot_take_the_wall_down_nor_change_what_is_final() {
    if !is_postgres() {
        return;
    }
    let cast = KimSon::new();
    let mut conn = PgConnection::establish(cast.world.database_url()).unwrap();
    let every = "SELECT relname::text AS name, NULL AS value FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')";
    let tables = names(&mut conn, every);
    assert!(tables.len() > 20, "{tables:?}");
    let mut statements: Vec<String> = tables
        .iter()
        .flat_map(|table| {
            [
                format!("ALTER TABLE {table} DISABLE ROW LEVEL SECURITY"),
                format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY"),
                format!("ALTER TABLE {table} ADD COLUMN extra text"),
                format!("ALTER TABLE {table} DISABLE TRIGGER USER"),
                format!("CREATE POLICY door ON {table} USING (true)"),
                format!("CREATE INDEX door ON {table} ((1))"),
                format!("TRUNCATE {table}"),
                format!("DROP TABLE {table}"),
            ]
        })
        .collect();
    statements.extend(names(
        &mut conn,
        "SELECT format('DROP POLICY %I ON %I', policyname, tablename) AS name, NULL AS value FROM pg_policies",
    ));
    statements.extend(
        [
            "UPDATE audit_records SET username = 'x'",
            "DELETE FROM audit_records",
            "INSERT INTO __diesel_schema_migrations (version) VALUES ('x')",
            "UPDATE __diesel_schema_migrations SET version = 'x'",
            "DELETE FROM __diesel_schema_migrations",
            "CREATE TABLE extra (id integer)",
            "CREATE TABLE extra () INHERITS (users)",
            "CREATE FUNCTION extra() RETURNS integer LANGUAGE sql AS 'SELECT 1'",
            "CREATE SCHEMA extra",
            "SET ROLE htcd",
            "SET SESSION AUTHORIZATION htcd",
            "ALTER ROLE htcd_app BYPASSRLS",
            "ALTER ROLE htcd_app SUPERUSER",
            "SET row_security = off; SELECT * FROM users",
        ]
        .map(str::to_owned),
    );
    for sql in &statements {
        let refused = in_transaction(&mut conn, Some(cast.province), |conn| conn.batch_execute(sql)).err();
        let message = refused.unwrap_or_else(|| panic!("`{sql}` worked")).to_string();
        let signs =
            ["must be owner", "permission denied", "must be superuser", "would be affected by row-level security", "must have"];
        assert!(signs.iter().any(|sign| message.contains(sign)), "{sql}: {message}");
    }
    println!("{} tables, {} statements refused", tables.len(), statements.len());
}

/// Who may do what, as the catalogue has it.
fn rights(conn: &mut PgConnection) -> BTreeMap<String, Option<String>> {
    let sql = "SELECT relname::text AS name, array_to_string(ARRAY(SELECT unnest(relacl)::text ORDER BY 1), ' ') AS value
        FROM pg_class WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT 'schema', array_to_string(ARRAY(SELECT unnest(nspacl)::text ORDER BY 1), ' ') FROM pg_namespace WHERE nspname = 'public'";
    diesel::sql_query(sql).load::<Line>(conn).unwrap().into_iter().map(|line| (line.name, line.value)).collect()
}

#[test]
fn each_run_of_migrate_leaves_the_same_rights() {
    if !is_postgres() {
        return;
    }
    let database = TestDatabase::new();
    let mut owner = PgConnection::establish(&database.owner_url).unwrap();
    let before = rights(&mut owner);
    let own = |table: &str| {
        let all = before[table].clone().unwrap();
        all.split(' ').find_map(|right| right.strip_prefix("htcd_app=")).map(|right| right.split('/').next().unwrap().to_owned())
    };
    assert_eq!(own("users").as_deref(), Some("arwd"));
    assert_eq!(own("audit_records").as_deref(), Some("ar"));
    assert_eq!(own("__diesel_schema_migrations").as_deref(), Some("r"));
    assert_eq!(own("schema").as_deref(), Some("U"));

    let migrate = || {
        let settings =
            [("HTCD_DATABASE_URL", database.url.as_str()), ("HTCD_MIGRATION_DATABASE_URL", database.owner_url.as_str())];
        let (done, said) = process::run(&["migrate"], &settings, "");
        assert!(done && said.contains("0 migration(s) run"), "{said}");
    };
    migrate();
    assert_eq!(rights(&mut owner), before);
    let meddle = format!(
        "GRANT UPDATE, TRUNCATE ON audit_records TO {PROGRAM}; GRANT CREATE ON SCHEMA public TO {PROGRAM}; REVOKE SELECT ON centres FROM {PROGRAM}"
    );
    owner.batch_execute(&meddle).unwrap();
    assert_ne!(rights(&mut owner), before);
    migrate();
    assert_eq!(rights(&mut owner), before);

    let nobody = "nobody\"; DROP TABLE users; --";
    let error = migrate::grant(&Target::parse(&database.owner_url).unwrap(), nobody).unwrap_err().to_string();
    assert!(error.contains("does not exist"), "{error}");
    assert_eq!(rights(&mut owner), before);
}

#[test]
fn two_plain_roles_are_enough_for_everything_that_the_program_does() {
    if !is_postgres() {
        return;
    }
    // An owner that is no superuser: row-level security binds it too, and migrations have to do without more.
    let (owner, program) = ("htcd_plain_owner", "htcd_plain_app");
    make_role(owner);
    make_role(program);
    let database = TestDatabase::empty();
    let name = database.owner_url.rsplit('/').next().unwrap();
    administer(&format!("ALTER DATABASE {name} OWNER TO {owner}"));
    let (owner_url, url) = (as_role(&database.owner_url, owner), as_role(&database.owner_url, program));
    let folder = std::env::temp_dir().join(format!("htcd-demo-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let settings = [("HTCD_DATABASE_URL", url.as_str()), ("HTCD_MIGRATION_DATABASE_URL", owner_url.as_str())];

    let server = Process::start_in(&folder, &["serve", "--demo"], &settings);
    let sign_ins: serde_json::Value =
        serde_json::from_slice(&std::fs::read(folder.join("demo-credentials.json")).unwrap()).unwrap();
    std::fs::remove_dir_all(&folder).unwrap();
    let officer = sign_ins["users"].as_array().unwrap().iter().find(|user| user["username"] == "hungyen.officer").unwrap();
    let form = format!("grant_type=password&username=hungyen.officer&password={}", officer["password"].as_str().unwrap());
    let tokens = server.client.post("/oauth2/token").form(&form).send().expect(200).json();
    let page = server
        .client
        .get("/v1/centres?limit=1&count=true")
        .by(tokens["access_token"].as_str().unwrap())
        .send()
        .expect(200)
        .json();
    assert_eq!(page["count"], 286);

    for (arguments, input, says) in [
        (&["import", "units"][..], "", "0 units and 0 successions added"),
        (&["import", "frameworks"], "", "0 scheme(s) added"),
        (&["user", "create-admin", "admin"], "mật khẩu đủ dài", "may sign in"),
        (&["user", "set-password", "hungyen.officer"], "mật khẩu đủ dài", "is set"),
        (&["recount"], "", "0 disagreement(s)"),
        (&["verify-audit"], "", "sound"),
        (&["migrate"], "", "0 migration(s) run"),
    ] {
        let (done, said) = process::run(arguments, &settings, input);
        assert!(done && said.contains(says), "{arguments:?}: {said}");
    }
    drop(server);
    let target = Target::parse(&owner_url).unwrap();
    while migrate::revert_last(&target).unwrap().is_some() {}
    assert_eq!(migrate::run(&target).unwrap().len(), migrate::names(true).len());
}
