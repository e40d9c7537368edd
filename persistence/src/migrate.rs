//! Bringing a database to the schema that this program needs.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::{Conn, MultiBackend, Target};
use crate::error::{Error, Result};

const POSTGRES: EmbeddedMigrations = embed_migrations!("../migrations/postgres");
const SQLITE: EmbeddedMigrations = embed_migrations!("../migrations/sqlite");

fn source(conn: &Conn) -> EmbeddedMigrations {
    match conn {
        Conn::Pg(_) => POSTGRES,
        Conn::Sqlite(_) => SQLITE,
    }
}

fn failed(error: Box<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Corrupt(format!("migration failed: {error}"))
}

/// Runs what is missing and names it.
///
/// # Errors
/// [`Error::Away`] when the database does not answer, or what it said of a migration.
pub fn run(target: &Target) -> Result<Vec<String>> {
    let mut conn = target.connect().map_err(|error| Error::Away(error.to_string()))?;
    if let Conn::Pg(pg) = &mut conn {
        // A migration of a large table takes as long as it takes.
        pg.batch_execute("SET statement_timeout = 0")?;
    }
    let source = source(&conn);
    let done = conn.run_pending_migrations(source).map_err(failed)?;
    Ok(done.iter().map(MigrationVersion::to_string).collect())
}

/// Takes back the newest migration and names it; for tests, and for an operator who goes back a version.
///
/// # Errors
/// As for [`run`].
pub fn revert_last(target: &Target) -> Result<Option<String>> {
    let mut conn = target.connect().map_err(|error| Error::Away(error.to_string()))?;
    if conn.applied_migrations().map_err(failed)?.is_empty() {
        return Ok(None);
    }
    let source = source(&conn);
    conn.revert_last_migration(source).map(|version| Some(version.to_string())).map_err(failed)
}

pub(crate) fn is_current(conn: &mut Conn) -> Result<bool> {
    let source = source(conn);
    Ok(!conn.has_pending_migration(source).map_err(failed)?)
}

/// The names of the migrations of one backend, for the test that both have the same.
pub fn names(postgres: bool) -> Vec<String> {
    let source = if postgres { POSTGRES } else { SQLITE };
    let migrations: Vec<Box<dyn Migration<MultiBackend>>> = source.migrations().unwrap_or_default();
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
