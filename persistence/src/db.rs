//! Connections, and the transactions that everything runs in.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, Utc};
use diesel::connection::{AnsiTransactionManager, InstrumentationEvent, SimpleConnection, TransactionManager};
use diesel::prelude::*;
use diesel::r2d2::R2D2Connection;
use htcd_domain::access::Scope;
use htcd_domain::audit::canonical;
use htcd_domain::id::{ProvinceId, ServiceAccountId, SessionId, UserId};

use crate::audit;
use crate::error::{Error, Result};
use crate::expression::set_config;

mod conn {
    #![expect(missing_docs, reason = "the derive generates items without documentation")]
    use diesel::{PgConnection, SqliteConnection};

    /// A connection to either database.
    #[derive(diesel::MultiConnection)]
    pub enum Conn {
        /// PostgreSQL.
        Pg(PgConnection),
        /// SQLite.
        Sqlite(SqliteConnection),
    }
}
pub use conn::{Conn, MultiBackend, MultiRawValue};

/// Compiles one diesel expression once for each database, where the derived connection lacks a feature
/// (upserts, inserts of many rows).
macro_rules! on_backend {
    ($conn:expr, |$c:ident| $body:expr) => {
        match &mut *$conn {
            $crate::db::Conn::Pg($c) => $body,
            $crate::db::Conn::Sqlite($c) => $body,
        }
    };
}

/// Which database a URL names. It is shown without the password.
#[derive(Clone, PartialEq, Eq)]
pub enum Target {
    /// `postgres://…` or `postgresql://…`, as libpq reads it.
    Postgres(String),
    /// `sqlite://path`.
    Sqlite(String),
}

impl std::fmt::Debug for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite://{path}"),
            Self::Postgres(url) => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", ""));
                // The last @ ends the user's part: one inside a password would have to be encoded, but need not be.
                let (user, place) =
                    rest.rsplit_once('@').map_or(("", rest), |(user, place)| (user.split(':').next().unwrap_or(""), place));
                let place = place.split('?').next().unwrap_or("");
                write!(f, "{scheme}://{user}@{place}")
            }
        }
    }
}

/// Makes the file of a new database readable for its owner alone: it holds the keys that sign tokens.
/// SQLite gives the files beside it the same rights.
fn keep_private(path: &str) {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    // It exists already, or cannot be made: then opening it says why.
    let _ = options.open(path);
}

/// A part of a URL as it is meant; what is no escape stays.
fn percent_decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut bytes = parts.next().unwrap_or("").as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => bytes.extend(std::iter::once(byte).chain(part.bytes().skip(2))),
            None => bytes.extend(b"%".iter().copied().chain(part.bytes())),
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

impl Target {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence that says which schemes there are.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Ok(Self::Postgres(url.to_owned()))
        } else if let Some(path) = url.strip_prefix("sqlite://").filter(|path| !path.is_empty()) {
            Ok(Self::Sqlite(path.to_owned()))
        } else {
            Err("a database URL begins with `sqlite://` (a file's path follows) or `postgres://`".into())
        }
    }

    /// The role that a PostgreSQL URL signs in as, where it names one.
    pub fn role(&self) -> Option<String> {
        let Self::Postgres(url) = self else { return None };
        let (_, rest) = url.split_once("://")?;
        let (user, _) = rest.split('/').next()?.rsplit_once('@')?;
        Some(percent_decoded(user.split(':').next()?)).filter(|role| !role.is_empty())
    }

    /// Opens a connection of its own.
    ///
    /// # Errors
    /// What the database said.
    pub fn connect(&self) -> Result<Conn, diesel::r2d2::Error> {
        let opened = match self {
            Self::Postgres(url) => PgConnection::establish(url).map(Conn::Pg),
            Self::Sqlite(path) => {
                keep_private(path);
                SqliteConnection::establish(path).map(Conn::Sqlite)
            }
        };
        let mut conn = opened.map_err(diesel::r2d2::Error::ConnectionError)?;
        prepare(&mut conn).map_err(diesel::r2d2::Error::QueryError)?;
        Ok(conn)
    }
}

fn prepare(conn: &mut Conn) -> QueryResult<()> {
    match conn {
        // Generic plans: diesel binds LIMIT, which makes PostgreSQL plan anew at each execution otherwise.
        Conn::Pg(pg) => pg.batch_execute("SET plan_cache_mode = force_generic_plan; SET statement_timeout = '15s'; SET TIME ZONE 'UTC'"),
        Conn::Sqlite(lite) => lite.batch_execute(
            "PRAGMA busy_timeout = 5000; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF",
        ),
    }
}

struct Manager {
    target: Target,
    statements: Arc<AtomicU64>,
}

/// A connection in the pool, and whether it was found dead: diesel itself only knows when a transaction broke.
struct Slot {
    conn: Conn,
    is_dead: bool,
}

impl r2d2::ManageConnection for Manager {
    type Connection = Slot;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> Result<Slot, Self::Error> {
        let mut conn = self.target.connect()?;
        let statements = Arc::clone(&self.statements);
        // The event only borrows its query: nobody writes it down.
        conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
            if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                statements.fetch_add(1, Ordering::Relaxed);
            }
        });
        Ok(Slot { conn, is_dead: false })
    }

    fn is_valid(&self, slot: &mut Slot) -> Result<(), Self::Error> {
        slot.conn.ping().map_err(Self::Error::QueryError)
    }

    fn has_broken(&self, slot: &mut Slot) -> bool {
        slot.is_dead || slot.conn.is_broken()
    }
}

/// Swallows r2d2's own log lines: a failed connection is reported once, where it is asked for.
#[derive(Debug)]
struct Quiet;

impl<E> r2d2::HandleError<E> for Quiet {
    fn handle_error(&self, _: E) {}
}

/// A pool of connections to one database.
#[derive(Clone)]
pub struct Database {
    pool: r2d2::Pool<Manager>,
    target: Arc<Target>,
    statements: Arc<AtomicU64>,
}

/// Who makes a change, for the audit trail.
#[derive(Debug, Clone)]
pub struct Author {
    /// The user in whose right; `None` for the command line.
    pub user_id: Option<UserId>,
    /// The name they sign in with.
    pub username: String,
    /// The signing in whose token was used.
    pub session_id: Option<SessionId>,
    /// The service account whose token was used.
    pub service_account_id: Option<ServiceAccountId>,
    /// Who acts for the user, by id and username.
    pub acting: Option<(UserId, String)>,
    /// The operation, by its id in the document.
    pub operation: String,
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub address: Option<String>,
    /// When.
    pub at: DateTime<Utc>,
}

impl Author {
    /// Somebody, without a token: who is signing in, or setting a password with a code.
    pub fn person(user_id: UserId, username: &str, operation: &str, request_id: &str, at: DateTime<Utc>) -> Self {
        Self { user_id: Some(user_id), username: username.into(), ..Self::command(operation, request_id.into(), at) }
    }

    /// The command line, or the program itself.
    pub fn command(operation: &str, request_id: String, at: DateTime<Utc>) -> Self {
        Self {
            user_id: None,
            username: "htcd".into(),
            session_id: None,
            service_account_id: None,
            acting: None,
            operation: operation.into(),
            request_id,
            address: None,
            at,
        }
    }
}

/// Which aggregates a change may move: each kind is cached under a version of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moves {
    /// None.
    Nothing,
    /// Those of the year's records alone, which change all day long.
    Records,
    /// All: those of ratings, and those of records, which are placed on the same map and centres.
    Figures,
}

/// What a change did, for its answer and for the audit trail.
#[derive(Debug)]
pub struct Change<T> {
    /// The answer.
    pub value: T,
    /// What was changed: `centre`, `rating` …
    pub subject: &'static str,
    /// Which one.
    pub subject_id: String,
    /// What it was.
    pub before: Option<serde_json::Value>,
    /// What it is now.
    pub after: Option<serde_json::Value>,
    /// Why, where it was said.
    pub reason: Option<String>,
    /// Which aggregates may rest on it: all, unless somebody says otherwise.
    pub moves: Moves,
}

impl<T> Change<T> {
    /// Something new.
    pub fn created(value: T, subject: &'static str, id: impl ToString, after: &impl serde::Serialize) -> Self {
        Self {
            value,
            subject,
            subject_id: id.to_string(),
            before: None,
            after: serde_json::to_value(after).ok(),
            reason: None,
            moves: Moves::Figures,
        }
    }

    /// Something that was changed.
    pub fn updated(
        value: T,
        subject: &'static str,
        id: impl ToString,
        before: &impl serde::Serialize,
        after: &impl serde::Serialize,
    ) -> Self {
        Self {
            value,
            subject,
            subject_id: id.to_string(),
            before: serde_json::to_value(before).ok(),
            after: serde_json::to_value(after).ok(),
            reason: None,
            moves: Moves::Figures,
        }
    }

    /// Adds why.
    pub fn because(mut self, reason: Option<&str>) -> Self {
        self.reason = reason.map(str::to_owned);
        self
    }

    /// Says that no aggregate rests on what was changed: caches of figures stay good.
    pub fn apart_from_figures(mut self) -> Self {
        self.moves = Moves::Nothing;
        self
    }

    /// Says that it is one of the year's records: only their aggregates may rest on it.
    pub fn of_records(mut self) -> Self {
        self.moves = Moves::Records;
        self
    }

    /// Something that was removed.
    pub fn removed(value: T, subject: &'static str, id: impl ToString, before: &impl serde::Serialize) -> Self {
        let subject_id = id.to_string();
        let before = serde_json::to_value(before).ok();
        Self { value, subject, subject_id, before, after: None, reason: None, moves: Moves::Figures }
    }

    /// The same change with another answer.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Change<U> {
        Change {
            value: f(self.value),
            subject: self.subject,
            subject_id: self.subject_id,
            before: self.before,
            after: self.after,
            reason: self.reason,
            moves: self.moves,
        }
    }
}

/// A transaction of one tenant, within a scope: the only way to a query.
pub struct Tx<'c> {
    pub(crate) conn: &'c mut Conn,
    pub(crate) scope: &'c Scope,
}

/// The setting that PostgreSQL's row-level security reads the tenant from.
const TENANT: &str = "htcd.province_id";

impl Tx<'_> {
    /// The scope that the queries start from.
    pub fn scope(&self) -> &Scope {
        self.scope
    }

    pub(crate) fn province(&self) -> crate::types::Id {
        self.scope.province_id.into()
    }

    /// Says which key is looked up while its tenant is not known yet. Row-level security then shows, until the
    /// transaction ends, the row with that key too, whichever tenant's it is: a policy of its table reads the setting.
    pub(crate) fn look_up(&mut self, setting: &str, key: &str) -> Result<()> {
        if let Conn::Pg(pg) = &mut *self.conn {
            diesel::select(set_config(setting, key, true)).execute(pg)?;
        }
        Ok(())
    }

    /// Runs work that may fail on its own inside this transaction: a failure undoes just that work.
    ///
    /// # Errors
    /// What the work answered.
    pub fn savepoint<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let scope = self.scope;
        self.conn.transaction(|conn| work(&mut Tx { conn, scope }))
    }

    /// Runs work within another scope of the same tenant: to see what somebody else sees.
    ///
    /// # Errors
    /// What the work answered; `outside_scope` for another tenant.
    pub fn seen_by<T>(&mut self, scope: &Scope, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        if scope.province_id != self.scope.province_id {
            return Err(htcd_domain::Code::OutsideScope.into());
        }
        work(&mut Tx { conn: self.conn, scope })
    }

    /// Runs work in another tenant, inside this transaction. Only for what belongs to the nation and to its tenants at once: the
    /// map, and what a change of it does to each of them.
    pub(crate) fn within<T>(&mut self, tenant: ProvinceId, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let scope = Scope::whole(tenant);
        enter(self.conn, tenant)?;
        let result = work(&mut Tx { conn: self.conn, scope: &scope });
        // Back before anything else, also after a refusal. Where a failure has ended the transaction, that failure is what counts.
        let back = enter(self.conn, self.scope.province_id);
        let value = result?;
        back?;
        Ok(value)
    }

    /// Runs work for what it answers, and takes back all that it did.
    ///
    /// # Errors
    /// What the work answered.
    pub fn rehearse<T>(&mut self, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        let scope = self.scope;
        let mut answer = None;
        let undone = self.conn.transaction(|conn| {
            answer = Some(work(&mut Tx { conn, scope })?);
            Err::<(), _>(Error::Query(diesel::result::Error::RollbackTransaction))
        });
        match (answer, undone) {
            (Some(answer), _) => Ok(answer),
            (None, Err(error)) => Err(error),
            (None, Ok(())) => Err(Error::Query(diesel::result::Error::RollbackTransaction)),
        }
    }
}

impl Database {
    /// Opens a pool. Connections are made when they are first needed, so a server can start before its database.
    pub fn open(target: Target, connections: u32, wait: Duration) -> Self {
        let statements = Arc::new(AtomicU64::new(0));
        let pool = r2d2::Pool::builder()
            .max_size(connections)
            .min_idle(Some(0))
            .connection_timeout(wait)
            .test_on_check_out(false)
            .error_handler(Box::new(Quiet))
            .build_unchecked(Manager { target: target.clone(), statements: Arc::clone(&statements) });
        Self { pool, target: Arc::new(target), statements }
    }

    /// Which database this is.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// Lends a connection to some work. One that turns out to be dead leaves the pool.
    fn with<T>(&self, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
        let mut slot = self.pool.get().map_err(|error| Error::Away(error.to_string()))?;
        let result = work(&mut slot.conn);
        slot.is_dead = matches!(result, Err(Error::Away(_)));
        result
    }

    /// The same for work that only reads: after a connection that the server had closed meanwhile, another one tries.
    pub(crate) fn with_retry<T>(&self, mut work: impl FnMut(&mut Conn) -> Result<T>) -> Result<T> {
        let mut was_lent = false;
        let first = self.with(|conn| {
            was_lent = true;
            work(conn)
        });
        match first {
            Err(Error::Away(_)) if was_lent => self.with(work),
            other => other,
        }
    }

    /// How many connections are open, and how many of them are idle.
    pub fn connections(&self) -> (u32, u32) {
        let state = self.pool.state();
        (state.connections, state.idle_connections)
    }

    /// How many statements were sent to the database so far, beginnings and ends of transactions among them.
    pub fn statements(&self) -> u64 {
        self.statements.load(Ordering::Relaxed)
    }

    /// Whether the database answers and holds the schema that this program needs.
    ///
    /// # Errors
    /// [`Error::Away`] when it does not answer.
    pub fn is_ready(&self) -> Result<bool> {
        self.with_retry(|conn| {
            conn.ping().map_err(|error| Error::Away(error.to_string()))?;
            match crate::migrate::missing(conn) {
                Ok(missing) => Ok(missing.is_empty()),
                // Nobody migrated it, or this role may not look.
                Err(Error::Query(_)) => Ok(false),
                Err(error) => Err(error),
            }
        })
    }

    /// Reads from one snapshot.
    ///
    /// # Errors
    /// What the work answered, or [`Error::Away`].
    pub fn read<T>(&self, scope: &Scope, mut work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.with_retry(|conn| {
            begin(conn, scope, "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", "BEGIN")?;
            let result = work(&mut Tx { conn, scope });
            finish(conn, result)
        })
    }

    /// Reads from one snapshot like [`Database::read`], for work that may take long: each statement may run for this time
    /// on PostgreSQL. SQLite knows no such limit.
    ///
    /// # Errors
    /// What the work answered, [`Error::Away`], or [`Error::TookTooLong`].
    pub fn report<T>(&self, scope: &Scope, limit: Duration, mut work: impl FnMut(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.read(scope, |tx| {
            if let Conn::Pg(pg) = &mut *tx.conn {
                pg.batch_execute(&format!("SET LOCAL statement_timeout = {}", limit.as_millis()))?;
            }
            work(tx)
        })
    }

    /// Makes one change, with its audit record, in one transaction.
    ///
    /// # Errors
    /// What the work answered, and then nothing was written; or [`Error::Away`], and then it is not known.
    pub fn write<T>(&self, scope: &Scope, author: &Author, work: impl FnOnce(&mut Tx<'_>) -> Result<Change<T>>) -> Result<T> {
        self.transact(scope, |tx| {
            let change = work(tx)?;
            record(tx, author, change)
        })
    }

    /// Runs work in a writing transaction that brings its own audit records.
    ///
    /// # Errors
    /// As for [`Database::write`].
    pub fn transact<T>(&self, scope: &Scope, work: impl FnOnce(&mut Tx<'_>) -> Result<T>) -> Result<T> {
        self.with(|conn| {
            // Immediate on SQLite: a deferred one that reads first loses to another writer, whatever the timeout.
            begin(conn, scope, "BEGIN", "BEGIN IMMEDIATE")?;
            let result = work(&mut Tx { conn, scope });
            finish(conn, result)
        })
    }
}

/// Appends a change to the tenant's audit chain and hands out its answer.
///
/// # Errors
/// What the database said.
pub fn record<T>(tx: &mut Tx<'_>, author: &Author, change: Change<T>) -> Result<T> {
    let text = |value: Option<serde_json::Value>| value.map(|value| canonical(&value));
    audit::append(
        tx,
        author,
        change.subject,
        change.subject_id,
        text(change.before),
        text(change.after),
        change.reason,
        change.moves,
    )?;
    Ok(change.value)
}

/// Begins a transaction of the scope's tenant. PostgreSQL hears in the same round trip whose rows it may show and take
/// until the transaction ends; outside of one it shows none.
fn begin(conn: &mut Conn, scope: &Scope, pg: &str, lite: &str) -> Result<()> {
    let begun = match conn {
        Conn::Pg(c) => {
            let tenant: uuid::Uuid = scope.province_id.0;
            AnsiTransactionManager::begin_transaction_sql(c, &format!("{pg}; SET LOCAL {TENANT} = '{tenant}'"))
        }
        Conn::Sqlite(c) => AnsiTransactionManager::begin_transaction_sql(c, lite),
    };
    begun.map_err(Error::from)
}

/// Tells PostgreSQL whose rows the transaction shows and takes from here on.
fn enter(conn: &mut Conn, tenant: ProvinceId) -> Result<()> {
    if let Conn::Pg(pg) = conn {
        let tenant: uuid::Uuid = tenant.0;
        pg.batch_execute(&format!("SET LOCAL {TENANT} = '{tenant}'"))?;
    }
    Ok(())
}

fn finish<T>(conn: &mut Conn, result: Result<T>) -> Result<T> {
    match result {
        Ok(value) => {
            <Conn as Connection>::TransactionManager::commit_transaction(conn)?;
            Ok(value)
        }
        Err(error) => {
            // The work's own error says more than a failed rollback, which also ends the connection.
            let _ = <Conn as Connection>::TransactionManager::rollback_transaction(conn);
            Err(error)
        }
    }
}

/// A scope over the nation's own records, for work that the program itself does.
pub fn nation() -> Scope {
    Scope::whole(ProvinceId::NATION)
}

#[cfg(test)]
mod tests {
    use super::Target;

    #[test]
    fn a_url_says_which_role_signs_in() {
        for (url, role) in [
            ("postgres://htcd_app@h/db", Some("htcd_app")),
            ("postgresql://htcd%2Dapp:p%40ss@h:5432/db", Some("htcd-app")),
            ("postgres://h/db", None),
            ("postgres://h/db?x=a@b", None),
            ("postgres://@h/db", None),
            ("sqlite://a@b", None),
        ] {
            assert_eq!(Target::parse(url).unwrap().role().as_deref(), role, "{url}");
        }
    }
}
