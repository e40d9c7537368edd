//! A fresh database and a running server for each test, and the people who use them.

pub mod cast;
pub mod database;
pub mod exceptions;
pub mod forge;
pub mod generate;
pub mod http;
pub mod issuer;
pub mod money;
pub mod places;
pub mod post;
pub mod process;
pub mod raw;
pub mod records;
pub mod thai_binh;
pub mod walk;

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use htcd_api::clock::Clock;
use htcd_api::health::Recorder;
use htcd_api::settings::Settings;
use htcd_api::state::App;
use htcd_persistence::Database;

use database::TestDatabase;
use http::Client;

/// A clock that stands until it is moved.
pub struct TestClock(Mutex<DateTime<Utc>>);

impl TestClock {
    pub fn advance(&self, by: TimeDelta) {
        *self.0.lock().unwrap() += by;
    }
}

impl Clock for TestClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap()
    }

    fn running(&self) -> std::time::Duration {
        (self.now() - DateTime::UNIX_EPOCH).to_std().unwrap()
    }
}

/// A server of its own over a database of its own.
pub struct World {
    pub client: Client,
    pub clock: Arc<TestClock>,
    pub app: Arc<App>,
    /// The database behind the server's back; helpers that use it are called `db_…`.
    pub db: Database,
    pub address: std::net::SocketAddr,
    handle: actix_web::dev::ServerHandle,
    thread: Option<std::thread::JoinHandle<()>>,
    settings: Settings,
    pub database: TestDatabase,
}

/// Starts a server of its own thread; answers when it listens.
fn start(
    settings: &Settings,
    clock: &Arc<TestClock>,
) -> (Arc<App>, std::net::SocketAddr, actix_web::dev::ServerHandle, std::thread::JoinHandle<()>) {
    let app = Arc::new(App::new(settings.clone(), Arc::clone(clock) as Arc<dyn Clock>));
    let (sender, receiver) = std::sync::mpsc::channel();
    let served = Arc::clone(&app);
    let thread = std::thread::spawn(move || {
        actix_web::rt::System::new().block_on(async move {
            let running = htcd_api::server::start(served, Recorder(None)).expect("a free port");
            sender.send((running.address, running.handle)).expect("the test waits");
            running.server.await.expect("a server that runs");
        });
    });
    let (address, handle) = receiver.recv().expect("a server that starts");
    (app, address, handle, thread)
}

impl World {
    /// A server over both administrative maps and the frameworks that ship; no tenant yet.
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// The same with settings of its own.
    pub fn with(settings: &[(&str, &str)]) -> Self {
        Self::over(TestDatabase::new(), settings)
    }

    /// A server over a given database.
    pub fn over(database: TestDatabase, settings: &[(&str, &str)]) -> Self {
        let mut variables: Vec<(String, String)> = [
            ("HTCD_LISTEN", "127.0.0.1:0"),
            ("HTCD_WORKERS", "1"),
            ("HTCD_RATE_LIMIT", "0"),
            ("HTCD_DATABASE_URL", &database.url),
            ("HTCD_MAIL_URL", &format!("file://{}", database.mail_folder().display())),
            ("HTCD_FILES", &format!("file://{}", database.files_folder().display())),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .to_vec();
        variables.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let settings = Settings::read(variables).expect("settings of a test");
        let clock = Arc::new(TestClock(Mutex::new("2026-11-22T03:00:00Z".parse().unwrap())));
        let (app, address, handle, thread) = start(&settings, &clock);
        let db = Database::open(settings.database.clone(), 2, std::time::Duration::from_secs(10));
        Self { client: Client::new(address), clock, app, db, address, handle, thread: Some(thread), settings, database }
    }

    /// Stops the server as SIGTERM does, and waits for it.
    pub fn shut_down(&mut self) {
        drop(self.handle.stop(true));
        if let Some(thread) = self.thread.take() {
            thread.join().expect("a clean end");
        }
    }

    /// Stops the server and starts another one over the same database.
    pub fn restart(&mut self) {
        self.shut_down();
        let (app, address, handle, thread) = start(&self.settings, &self.clock);
        (self.app, self.address, self.handle, self.thread) = (app, address, handle, Some(thread));
        self.client = Client::new(address);
    }

    /// Ends every connection to the database, as a restart of PostgreSQL does.
    pub fn db_cut_connections(&self) {
        self.database.cut_connections();
    }

    /// Keeps everybody from reading a table, on PostgreSQL, until the answer is dropped.
    pub fn db_lock(&self, table: &str) -> diesel::PgConnection {
        self.database.lock(table)
    }

    /// The mail that was written to files, oldest first.
    pub fn mail(&self) -> Vec<String> {
        let Ok(folder) = std::fs::read_dir(self.database.mail_folder()) else { return vec![] };
        let mut files: Vec<_> = folder.map(|file| file.expect("a file").path()).collect();
        files.sort();
        files.iter().map(|file| std::fs::read_to_string(file).expect("a mail")).collect()
    }

    /// Where these files are.
    pub fn mail_folder(&self) -> std::path::PathBuf {
        self.database.mail_folder()
    }

    /// Where files lie.
    pub fn files_folder(&self) -> std::path::PathBuf {
        self.database.files_folder()
    }

    /// The database's URL as the server uses it.
    pub fn database_url(&self) -> &str {
        &self.database.url
    }

    /// The database's URL as whoever owns the tables.
    pub fn owner_url(&self) -> &str {
        &self.database.owner_url
    }
}

impl Drop for World {
    fn drop(&mut self) {
        drop(self.handle.stop(false));
        // A server that does not end must not hold up the run: what it shows has been looked at by now.
        let ends = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) && std::time::Instant::now() < ends {
            std::thread::sleep(std::time::Duration::from_millis(2));
        }
        if self.thread.as_ref().is_some_and(|thread| !thread.is_finished()) {
            eprintln!("a server at {} did not end", self.address);
        }
    }
}
