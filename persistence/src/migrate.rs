//! Bringing a database to the schema that this program needs.

use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource, MigrationVersion};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::db::{Conn, MultiBackend, Target};
use crate::error::{Error, Result};
use crate::expression::set_config;

mod applied {
    // diesel's own table of the migrations that were run, without the moment.
    diesel::table! {
        __diesel_schema_migrations (version) {
            version -> Text,
        }
    }
}
use applied::__diesel_schema_migrations;

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

/// Gives the program's own role what it needs, and nothing beyond: rows to read and write, audit records to add, no table
/// to change. `owner` is who ran the migrations; each time leaves the same rights. SQLite has no roles.
///
/// # Errors
/// What the database said, above all that there is no such role.
pub fn grant(owner: &Target, program: &str) -> Result<()> {
    let mut conn = owner.connect().map_err(|error| Error::Away(error.to_string()))?;
    let Conn::Pg(pg) = &mut conn else { return Ok(()) };
    Ok(pg.transaction(|pg| {
        diesel::select(set_config("htcd.program", program, true)).execute(pg)?;
        pg.batch_execute(include_str!("grants.sql"))
    })?)
}

/// The migrations of this program that the database lacks. It only reads, as the program's own role may.
pub(crate) fn missing(conn: &mut Conn) -> Result<Vec<String>> {
    let done: Vec<String> = __diesel_schema_migrations::table.select(__diesel_schema_migrations::version).load(conn)?;
    let migrations: Vec<Box<dyn Migration<MultiBackend>>> = source(conn).migrations().map_err(failed)?;
    let names = migrations.iter().map(|migration| migration.name());
    Ok(names.filter(|name| !done.contains(&name.version().to_string())).map(ToString::to_string).collect())
}

/// The names of the migrations of one backend, for the test that both have the same.
pub fn names(postgres: bool) -> Vec<String> {
    let source = if postgres { POSTGRES } else { SQLITE };
    let migrations: Vec<Box<dyn Migration<MultiBackend>>> = source.migrations().unwrap_or_default();
    migrations.iter().map(|migration| migration.name().to_string()).collect()
}
