//! A database for each test, copied from a template that is made once a run.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use diesel::connection::SimpleConnection;
use diesel::{Connection, PgConnection, SqliteConnection};
use htcd_api::clock::SystemClock;
use htcd_api::settings::Settings;
use htcd_api::state::App;
use htcd_persistence::db::Target;
use htcd_persistence::migrate;

/// The role of the servers under test on PostgreSQL: it owns nothing, and row-level security holds for it.
pub const PROGRAM: &str = "htcd_app";

/// A test's own database, removed with it.
pub struct TestDatabase {
    /// As the program's role on PostgreSQL.
    pub url: String,
    /// As whoever owns the tables: for migrations, and for what only they may do.
    pub owner_url: String,
    name: String,
}

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Whether this run is on PostgreSQL.
pub fn is_postgres() -> bool {
    match std::env::var("HTCD_TEST_DATABASE").as_deref() {
        Ok("postgres") => true,
        Ok("sqlite") | Err(_) => false,
        Ok(other) => panic!("HTCD_TEST_DATABASE is `sqlite` or `postgres`, not `{other}`"),
    }
}

/// The URL of a database on the test server, which `scripts/with-postgres` starts, as its superuser.
fn postgres_url(database: &str) -> String {
    let url = std::env::var("HTCD_TEST_POSTGRES_URL").expect("HTCD_TEST_POSTGRES_URL: run through scripts/with-postgres");
    let (server, _) = url.rsplit_once('/').expect("a URL with a database");
    format!("{server}/{database}")
}

/// The same URL as another role, which needs no password on the test server.
pub fn as_role(url: &str, role: &str) -> String {
    let (scheme, rest) = url.split_once("://").expect("a URL");
    let (_, place) = rest.split_once('@').expect("a URL with a user");
    format!("{scheme}://{role}@{place}")
}

/// Makes a role that may sign in and nothing else, unless this server has it.
pub fn make_role(name: &str) {
    administer(&format!(
        "DO $$ BEGIN CREATE ROLE {name} LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE; \
         EXCEPTION WHEN duplicate_object THEN NULL; END $$"
    ));
}

/// Runs SQL as the test server's superuser.
pub fn administer(sql: &str) {
    let mut conn = PgConnection::establish(&postgres_url("postgres")).expect("the test server answers");
    conn.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
}

/// A folder of this run, removed by the operating system's own means if a run is killed.
fn folder() -> PathBuf {
    let folder = std::env::temp_dir().join(format!("htcd-test-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a temporary folder");
    folder
}

fn owner_url_of(name: &str) -> String {
    if is_postgres() { postgres_url(name) } else { format!("sqlite://{}", folder().join(format!("{name}.db")).display()) }
}

fn url_of(name: &str) -> String {
    if is_postgres() { as_role(&postgres_url(name), PROGRAM) } else { owner_url_of(name) }
}

/// The template: migrated, with both maps and the frameworks that ship.
fn template() -> &'static str {
    static TEMPLATE: OnceLock<String> = OnceLock::new();
    TEMPLATE.get_or_init(|| {
        let name = format!("htcd_template_{}", std::process::id());
        let owner = Target::parse(&owner_url_of(&name)).unwrap();
        if is_postgres() {
            administer(&format!("CREATE DATABASE {name}"));
            make_role(PROGRAM);
        }
        migrate::run(&owner).expect("migrations run");
        migrate::grant(&owner, PROGRAM).expect("the program's role gets its rights");
        let url = url_of(&name);
        let settings = Settings::read([
            ("HTCD_DATABASE_URL".to_owned(), url.clone()),
            ("HTCD_DATABASE_CONNECTIONS".to_owned(), "1".to_owned()),
        ])
        .unwrap();
        let app = App::new(settings, std::sync::Arc::new(SystemClock));
        let author = htcd_api::demo::author(&app, "import_units");
        use htcd_domain::frameworks::{LINEAGE_CSV, UNITS_CSV};
        htcd_api::demo::load_units(&app, UNITS_CSV, LINEAGE_CSV, &author, |_, _| {}).expect("the reference maps load");
        htcd_api::demo::load_frameworks(&app).expect("the frameworks load");
        drop(app);
        if let Some(path) = url.strip_prefix("sqlite://") {
            // One file to copy: what the write-ahead log holds goes into it.
            let mut conn = diesel::SqliteConnection::establish(path).unwrap();
            conn.batch_execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE").unwrap();
        } else {
            administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"));
        }
        name
    })
}

impl TestDatabase {
    /// A copy of the template.
    pub fn new() -> Self {
        let template = template();
        let name = format!("htcd_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        if is_postgres() {
            administer(&format!("CREATE DATABASE {name} TEMPLATE {template}"));
        } else {
            std::fs::copy(folder().join(format!("{template}.db")), folder().join(format!("{name}.db")))
                .expect("the template is copied");
        }
        Self { url: url_of(&name), owner_url: owner_url_of(&name), name }
    }

    /// An empty database, not even migrated.
    pub fn empty() -> Self {
        let name = format!("htcd_test_{}_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        if is_postgres() {
            administer(&format!("CREATE DATABASE {name}"));
        }
        Self { url: url_of(&name), owner_url: owner_url_of(&name), name }
    }
}

impl TestDatabase {
    /// Where mail of its server goes, unless a test says otherwise.
    pub fn mail_folder(&self) -> PathBuf {
        folder().join(format!("{}-mail", self.name))
    }

    /// Where files of its server lie.
    pub fn files_folder(&self) -> PathBuf {
        folder().join(format!("{}-files", self.name))
    }

    /// Ends every connection to it, on PostgreSQL.
    pub fn cut_connections(&self) {
        assert!(is_postgres(), "SQLite has no connections that somebody else could end");
        administer(&format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{}'", self.name));
    }

    /// Locks a table, on PostgreSQL, until the answer is dropped: whoever wants to read it waits.
    pub fn lock(&self, table: &str) -> PgConnection {
        let mut conn = PgConnection::establish(&postgres_url(&self.name)).expect("the test server answers");
        conn.batch_execute(&format!("BEGIN; LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")).expect("a lock");
        conn
    }

    /// Lets nobody write until the answer is dropped. Reading goes on.
    pub fn hold_writes(&self) -> Box<dyn std::any::Any> {
        if is_postgres() {
            let mut conn = PgConnection::establish(&postgres_url(&self.name)).expect("the test server answers");
            conn.batch_execute("BEGIN; LOCK TABLE audit_heads IN EXCLUSIVE MODE").expect("a lock");
            return Box::new(conn);
        }
        let mut conn = SqliteConnection::establish(self.url.trim_start_matches("sqlite://")).expect("the file opens");
        conn.batch_execute("BEGIN IMMEDIATE").expect("a lock");
        Box::new(conn)
    }

    /// One that does not answer: a port where nobody listens, or a file in a folder that is not there.
    pub fn away() -> Self {
        let url = if is_postgres() {
            "postgres://htcd@127.0.0.1:1/htcd".into()
        } else {
            format!("sqlite://{}", folder().join("missing/htcd.db").display())
        };
        let name = format!("htcd_test_{}_away_{}", std::process::id(), NUMBER.fetch_add(1, Ordering::Relaxed));
        Self { owner_url: url.clone(), url, name }
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(self.mail_folder());
        let _ = std::fs::remove_dir_all(self.files_folder());
        if is_postgres() {
            administer(&format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name));
        } else {
            for ending in ["", "-wal", "-shm"] {
                let _ = std::fs::remove_file(folder().join(format!("{}.db{ending}", self.name)));
            }
        }
    }
}
