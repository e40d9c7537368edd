//! What a database says about itself: whether what protects records is in force. Nothing here changes anything.

use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Text};

use crate::db::{Conn, Database};
use crate::error::{Error, Result};

/// The role that the program signs in to PostgreSQL as.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Role {
    /// Its name.
    pub name: String,
    /// Nothing holds for a superuser.
    pub is_superuser: bool,
    /// It has BYPASSRLS: row-level security does not hold for it.
    pub bypasses: bool,
    /// How many tables it owns.
    pub owned: i64,
    /// Stronger roles that it is a member of: superusers, those with BYPASSRLS, owners of tables.
    pub may_become: Vec<String>,
    /// Rights beyond those that `htcd migrate` gives.
    pub wider: Vec<String>,
}

#[derive(QueryableByName)]
struct RoleRow {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Bool)]
    is_itself: bool,
    #[diesel(sql_type = Bool)]
    is_superuser: bool,
    #[diesel(sql_type = Bool)]
    bypasses: bool,
    #[diesel(sql_type = BigInt)]
    owned: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Setting {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    value: String,
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// The role itself and every one that it is a member of.
const ROLES: &str = "SELECT r.rolname::text AS name, r.rolname = current_user AS is_itself, r.rolsuper AS is_superuser, r.rolbypassrls AS bypasses,
        (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
         WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND c.relowner = r.oid) AS owned
    FROM pg_roles r WHERE pg_has_role(r.oid, 'MEMBER') ORDER BY r.rolname";

const WIDER: &str = "SELECT g.name || ' on ' || c.relname AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
        unnest(ARRAY['INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS g(name)
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND has_table_privilege(c.oid, g.name)
        AND (g.name IN ('TRUNCATE', 'REFERENCES', 'TRIGGER') OR c.relname = '__diesel_schema_migrations'
            OR c.relname IN ('audit_records', 'report_versions', 'submissions', 'submission_files') AND g.name <> 'INSERT')
    UNION ALL
    SELECT 'CREATE in the schema ' || current_schema() WHERE has_schema_privilege(current_schema(), 'CREATE')
    ORDER BY 1";

/// Tables of tenants, quoted; `{}` stands for what else must hold.
const TENANT_TABLES: &str = "SELECT format('%I', c.relname) AS name
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'province_id' AND NOT a.attisdropped
    WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p') AND {} ORDER BY 1";

const UNGUARDED: &str = "NOT (c.relrowsecurity AND c.relforcerowsecurity AND EXISTS (SELECT FROM pg_policy p
    WHERE p.polrelid = c.oid AND p.polcmd = '*' AND p.polqual IS NOT NULL AND p.polwithcheck IS NOT NULL))";

/// The migrations of this program that the database lacks.
///
/// # Errors
/// [`Error::Away`] when it does not answer, [`Error::Query`] when nobody migrated it or the role may not look.
pub fn missing_migrations(database: &Database) -> Result<Vec<String>> {
    database.with_retry(crate::migrate::missing)
}

/// The program's role; `None` on SQLite, which has none.
///
/// # Errors
/// What the database said.
pub fn role(database: &Database) -> Result<Option<Role>> {
    database.with_retry(|conn| {
        let Conn::Pg(pg) = conn else { return Ok(None) };
        let roles: Vec<RoleRow> = diesel::sql_query(ROLES).load(pg)?;
        let wider: Vec<Name> = diesel::sql_query(WIDER).load(pg)?;
        let (mut own, others): (Vec<_>, Vec<_>) = roles.into_iter().partition(|role| role.is_itself);
        let own = own.pop().ok_or_else(|| Error::Corrupt("the role of this connection is not in pg_roles".into()))?;
        let stronger = others.into_iter().filter(|other| other.is_superuser || other.bypasses || other.owned > 0);
        Ok(Some(Role {
            name: own.name,
            is_superuser: own.is_superuser,
            bypasses: own.bypasses,
            owned: own.owned,
            may_become: stronger.map(|other| other.name).collect(),
            wider: wider.into_iter().map(|right| right.name).collect(),
        }))
    })
}

/// Tables with a `province_id` whose row-level security is not forced, or that lack a policy for reading and writing.
/// SQLite has no row-level security and thus none that lack it.
///
/// # Errors
/// What the database said.
pub fn unguarded_tables(database: &Database) -> Result<Vec<String>> {
    database.with_retry(|conn| {
        let Conn::Pg(pg) = conn else { return Ok(Vec::new()) };
        let tables: Vec<Name> = diesel::sql_query(TENANT_TABLES.replace("{}", UNGUARDED)).load(pg)?;
        Ok(tables.into_iter().map(|table| table.name).collect())
    })
}

/// Tables with a `province_id` of which a connection of the pool shows rows while nobody has named a tenant. Empty on SQLite.
///
/// # Errors
/// What the database said.
pub fn tables_shown_without_tenant(database: &Database) -> Result<Vec<String>> {
    database.with_retry(|conn| {
        let Conn::Pg(pg) = conn else { return Ok(Vec::new()) };
        let tables: Vec<Name> = diesel::sql_query(TENANT_TABLES.replace("{}", "true")).load(pg)?;
        let mut shown = Vec::new();
        for table in tables {
            let sql = format!("SELECT EXISTS (SELECT FROM {}) AS found", table.name);
            if diesel::sql_query(sql).get_result::<Found>(pg)?.found {
                shown.push(table.name);
            }
        }
        Ok(shown)
    })
}

/// The settings, as name and value, that decide whether a committed write is on disk.
///
/// # Errors
/// What the database said.
pub fn durability(database: &Database) -> Result<Vec<(String, String)>> {
    database.with_retry(|conn| {
        let settings: Vec<Setting> = match conn {
            Conn::Pg(pg) => diesel::sql_query(
                "SELECT name, setting AS value FROM pg_settings WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') ORDER BY name",
            )
            .load(pg)?,
            Conn::Sqlite(lite) => diesel::sql_query(
                "SELECT 'journal_mode' AS name, journal_mode AS value FROM pragma_journal_mode
                 UNION ALL SELECT 'synchronous', CAST(synchronous AS TEXT) FROM pragma_synchronous",
            )
            .load(lite)?,
        };
        Ok(settings.into_iter().map(|setting| (setting.name, setting.value)).collect())
    })
}
