//! Both migrated schemas are alike, agree with what diesel believes, and can be taken back and made again.

use std::collections::BTreeMap;

use diesel::prelude::*;
use diesel::sql_types::{Nullable, Text};
use htcd_persistence::db::Target;
use htcd_persistence::migrate;

use crate::support::database::{TestDatabase, is_postgres};

#[derive(QueryableByName, Debug)]
struct Line {
    #[diesel(sql_type = Text)]
    what: String,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
}

/// What a database holds, in words that both databases share: `table.column` → type and nullability, `index name` → table;
/// on PostgreSQL also `rows of table` → whether row-level security holds, `policy name of table` → what it says.
fn catalogue(target: &Target) -> BTreeMap<String, String> {
    let columns_pg = "SELECT table_name || '.' || column_name AS what, data_type || CASE is_nullable WHEN 'YES' THEN ' null' ELSE '' END AS kind \
                      FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%'";
    let indexes_pg = "SELECT 'index ' || indexname AS what, tablename AS kind FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' \
                      AND indexname NOT LIKE '\\_\\_%' AND indexname NOT IN (SELECT conname FROM pg_constraint)";
    let rows_pg = "SELECT 'rows of ' || relname AS what, CASE WHEN relforcerowsecurity THEN 'forced' ELSE 'enabled' END AS kind \
                   FROM pg_class WHERE relrowsecurity OR relforcerowsecurity";
    let policies_pg = "SELECT 'policy ' || policyname || ' of ' || tablename AS what, concat_ws(' | ', cmd, permissive, roles, qual, with_check) AS kind \
                       FROM pg_policies";
    let columns_lite = "SELECT m.name || '.' || c.name AS what, c.type || CASE c.\"notnull\" WHEN 0 THEN ' null' ELSE '' END AS kind \
                        FROM sqlite_master m, pragma_table_info(m.name) c WHERE m.type = 'table' AND m.name NOT LIKE '\\_\\_%' ESCAPE '\\' AND m.name NOT LIKE 'sqlite%'";
    let indexes_lite =
        "SELECT 'index ' || name AS what, tbl_name AS kind FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL";
    let lines: Vec<Line> = match target {
        Target::Postgres(url) => {
            let mut conn = PgConnection::establish(url).unwrap();
            [columns_pg, indexes_pg, rows_pg, policies_pg]
                .iter()
                .flat_map(|sql| diesel::sql_query(*sql).load::<Line>(&mut conn).unwrap())
                .collect()
        }
        Target::Sqlite(path) => {
            let mut conn = SqliteConnection::establish(path).unwrap();
            [columns_lite, indexes_lite].iter().flat_map(|sql| diesel::sql_query(*sql).load::<Line>(&mut conn).unwrap()).collect()
        }
    };
    lines.into_iter().map(|line| (line.what, line.kind.unwrap_or_default())).collect()
}

/// What SQLite calls each PostgreSQL type.
fn as_lite(kind: &str) -> String {
    let (kind, null) = kind.strip_suffix(" null").map_or((kind, ""), |kind| (kind, " null"));
    let lite = match kind {
        "uuid" | "bytea" => "BLOB",
        "integer" | "bigint" | "boolean" => "INTEGER",
        "text" | "jsonb" | "date" | "timestamp with time zone" => "TEXT",
        other => other,
    };
    format!("{lite}{null}")
}

fn migrated() -> (TestDatabase, Target) {
    let database = TestDatabase::empty();
    let target = Target::parse(&database.owner_url).unwrap();
    migrate::run(&target).unwrap();
    (database, target)
}

#[test]
fn both_backends_have_the_same_migrations_under_the_same_names() {
    assert_eq!(migrate::names(true), migrate::names(false));
    assert!(migrate::names(true).len() >= 5);
}

#[test]
fn both_schemas_are_alike() {
    if !is_postgres() {
        return; // Both are at hand only where there is a PostgreSQL: the run on PostgreSQL compares them.
    }
    let (_database, postgres) = migrated();
    let file = std::env::temp_dir().join(format!("htcd-schema-{}.db", std::process::id()));
    let sqlite = Target::Sqlite(file.display().to_string());
    migrate::run(&sqlite).unwrap();
    let (ours, theirs) = (catalogue(&postgres), catalogue(&sqlite));
    for ending in ["", "-wal", "-shm"] {
        let _ = std::fs::remove_file(format!("{}{ending}", file.display()));
    }
    let ours: BTreeMap<_, _> = ours
        .into_iter()
        .filter(|(what, _)| !what.starts_with("rows of ") && !what.starts_with("policy ")) // SQLite has neither.
        .map(|(what, kind)| if what.starts_with("index ") { (what, kind) } else { (what, as_lite(&kind)) })
        .collect();
    assert_eq!(ours, theirs);
}

#[test]
fn diesel_believes_what_the_database_has() {
    let (_database, target) = migrated();
    let mut believed = BTreeMap::new();
    let mut table = String::new();
    for line in include_str!("../../persistence/src/schema.rs").lines() {
        let line = line.trim();
        if let Some((name, rest)) = line.split_once(" (")
            && rest.ends_with(") {")
        {
            table = name.to_owned();
        } else if let Some((column, kind)) = line.trim_end_matches(',').split_once(" -> ") {
            believed.insert(format!("{table}.{column}"), kind.starts_with("Nullable<"));
        }
    }
    let stored: BTreeMap<String, bool> = catalogue(&target)
        .into_iter()
        .filter(|(what, _)| !what.contains(' '))
        .map(|(what, kind)| (what, kind.ends_with(" null")))
        .collect();
    assert!(believed.len() > 100, "schema.rs was read");
    assert_eq!(believed, stored);
}

#[test]
fn every_migration_goes_down_and_up_again_and_leaves_the_schema_as_it_was() {
    let (_database, target) = migrated();
    let before = catalogue(&target);
    let mut taken_back = 0;
    while migrate::revert_last(&target).unwrap().is_some() {
        taken_back += 1;
    }
    assert_eq!(taken_back, migrate::names(true).len());
    assert!(catalogue(&target).is_empty(), "{:?}", catalogue(&target));
    assert_eq!(migrate::run(&target).unwrap().len(), taken_back);
    assert_eq!(catalogue(&target), before);
}

#[test]
fn every_table_of_a_tenant_leads_its_key_with_the_province() {
    let sql = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../migrations/postgres")).unwrap();
    let mut tenant_tables = 0;
    for folder in sql {
        let text = std::fs::read_to_string(folder.unwrap().path().join("up.sql")).unwrap();
        for table in text.split("CREATE TABLE ").skip(1) {
            let name = table.split_whitespace().next().unwrap();
            let body = table.split("\n);").next().unwrap();
            if body.contains("    province_id uuid NOT NULL") && name != "province_units" {
                let leads = body.contains("PRIMARY KEY (province_id")
                    || body.contains("province_id uuid NOT NULL CONSTRAINT audit_heads_pkey PRIMARY KEY");
                assert!(leads, "{name}");
                tenant_tables += 1;
            }
        }
    }
    assert!(tenant_tables >= 15);
}
