//! `htcd doctor`: whether what protects the records is in force. It only reads.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use htcd_domain::access::Scope;
use htcd_persistence::db::Target;
use htcd_persistence::{Database, Error, doctor, file};

use super::admin::count_again;
use super::{Outcome, wait};
use crate::clock::SystemClock;
use crate::files::Place;
use crate::problem::Refusal;
use crate::settings::Settings;
use crate::state::App;

/// How a check came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// As it should be.
    Ok,
    /// Weaker than it could be.
    Warning,
    /// Something that was promised does not hold.
    Fault,
}

type Result<T, E = Error> = std::result::Result<T, E>;

/// What a check found, and what to do about it.
type Finding = (Health, String);

/// A check: its name, and what looks.
type Check = (&'static str, fn(&Database) -> Result<Finding>);

const POSTGRES: &[Check] = &[("schema", schema), ("role", role), ("row-level security", rows), ("durability", durability)];
const SQLITE: &[Check] = &[("schema", schema), ("file", file), ("durability", lite_durability)];

/// Runs every check and prints a line for each; a fault makes the exit status 1.
pub fn examine(settings: &Settings, quick: bool) -> Outcome {
    let database = Database::open(settings.database.clone(), 1, Duration::from_secs(5));
    let checks = match &settings.database {
        // Connecting would make it.
        Target::Sqlite(path) if !Path::new(path).exists() => {
            return Err(format!("{path} does not exist yet: `htcd serve` makes it"));
        }
        Target::Sqlite(_) => SQLITE,
        Target::Postgres(_) => POSTGRES,
    };
    let mut faults = 0;
    let mut tell = |name: &str, (health, text): Finding| {
        let word = match health {
            Health::Ok => "ok",
            Health::Warning => "warning",
            Health::Fault => "fault",
        };
        println!("{word:<8} {name}: {text}");
        faults += usize::from(health == Health::Fault);
    };
    for (name, check) in checks {
        let finding = match check(&database) {
            Ok(finding) => finding,
            Err(error @ Error::Away(_)) => return Err(error.to_string()),
            Err(error) => (Health::Fault, error.to_string()),
        };
        tell(name, finding);
    }
    tell("files", files(settings).unwrap_or_else(|refusal| (Health::Fault, format!("could not be looked at: {refusal}"))));
    if !quick {
        tell("figures", figures(settings));
    }
    if faults == 0 { Ok(()) } else { Err(format!("{faults} fault(s)")) }
}

/// Whether every figure follows from its records, as `htcd recount` finds it.
fn figures(settings: &Settings) -> Finding {
    let app = App::new(settings.clone(), Arc::new(SystemClock));
    match count_again(&app) {
        Err(error) => (Health::Fault, format!("could not be recounted: {error}")),
        Ok(all) if all.faults.is_empty() => {
            (Health::Ok, format!("{} ratings and {} submissions recounted, all agree", all.ratings, all.submissions))
        }
        Ok(all) => {
            let some: Vec<_> = all.faults.iter().take(5).map(String::as_str).collect();
            (Health::Fault, format!("{} disagree; `htcd recount` names all: {}", all.faults.len(), some.join("; ")))
        }
    }
}

/// Whether every file that is on record is there, whole. Its bytes are not read.
fn files(settings: &Settings) -> Result<Finding, Refusal> {
    let app = Arc::new(App::new(settings.clone(), Arc::new(SystemClock)));
    let place = app.files.place().clone();
    let (mut stored, mut broken) = (0, Vec::new());
    if let Place::Folder(folder) = &place
        && !folder.is_dir()
    {
        // Opening it would make it.
        let tenants = app.file_tenants()?;
        for tenant in tenants {
            stored += app.database.read(&Scope::whole(tenant), file::stored)?.len();
        }
        return Ok(if stored == 0 {
            (Health::Ok, format!("none yet; they will lie in {place}"))
        } else {
            (Health::Fault, format!("{stored} are on record, and {place} is not there; restore it, or set HTCD_FILES"))
        });
    }
    for tenant in app.file_tenants()? {
        let examined = wait(app.examine_files(tenant))?;
        stored += examined.stored;
        broken.extend(examined.broken);
    }
    if !broken.is_empty() {
        let some = broken.iter().take(5).map(ToString::to_string).collect::<Vec<_>>().join(", ");
        let text =
            format!("{} of {stored} are not in {place}, or not whole, such as {some}; restore them from a backup", broken.len());
        return Ok((Health::Fault, text));
    }
    Ok(match &place {
        Place::Folder(folder) if is_open(&folder.to_string_lossy()) => {
            (Health::Warning, format!("others can get at {0}; chmod 700 {0}", folder.display()))
        }
        _ => (Health::Ok, format!("{stored}, each whole, in {place}")),
    })
}

fn schema(database: &Database) -> Result<Finding> {
    Ok(match doctor::missing_migrations(database) {
        Ok(missing) if missing.is_empty() => (Health::Ok, "is the one of this version".into()),
        Ok(missing) => (Health::Fault, format!("lacks {}; run `htcd migrate`", missing.join(", "))),
        Err(Error::Query(error)) => (Health::Fault, format!("cannot be read; run `htcd migrate` ({error})")),
        Err(error) => return Err(error),
    })
}

/// How the role that the program signs in as stands to row-level security.
pub fn role(database: &Database) -> Result<Finding> {
    const REMEDY: &str = "sign in as a role of its own, docs/operations.md, \"Two roles\"";
    let Some(role) = doctor::role(database)? else { return Ok((Health::Ok, "SQLite has none".into())) };
    let name = &role.name;
    Ok(if role.is_superuser {
        (Health::Fault, format!("{name} is a superuser, for whom row-level security does not hold at all; {REMEDY}"))
    } else if role.bypasses {
        (Health::Fault, format!("{name} has BYPASSRLS, row-level security does not hold for it at all; {REMEDY}"))
    } else if role.owned > 0 {
        (Health::Warning, format!("{name} owns {} tables and could switch row-level security off; {REMEDY}", role.owned))
    } else if !role.may_become.is_empty() {
        let stronger = role.may_become.join(", ");
        (Health::Warning, format!("{name} may become {stronger} and pass row-level security by; REVOKE {stronger} FROM {name}"))
    } else if !role.wider.is_empty() {
        let wider = role.wider.join(", ");
        (Health::Warning, format!("{name} may do more than it needs: {wider}; run `htcd migrate`, and REVOKE what PUBLIC has"))
    } else {
        (Health::Ok, format!("{name} owns nothing, and row-level security holds for it"))
    })
}

fn rows(database: &Database) -> Result<Finding> {
    let unguarded = doctor::unguarded_tables(database)?;
    if !unguarded.is_empty() {
        let text =
            format!("not forced, or without a policy, on {}; run `htcd migrate`, or restore a backup", unguarded.join(", "));
        return Ok((Health::Fault, text));
    }
    let shown = doctor::tables_shown_without_tenant(database)?;
    if !shown.is_empty() {
        return Ok((Health::Fault, format!("rows show while no tenant is named, in {}; look at role", shown.join(", "))));
    }
    Ok((Health::Ok, "forced on every table with a province_id; without a tenant no row shows".into()))
}

fn durability(database: &Database) -> Result<Finding> {
    let settings = doctor::durability(database)?;
    let off: Vec<&str> = settings.iter().filter(|(_, value)| value == "off").map(|(name, _)| name.as_str()).collect();
    Ok(if off.contains(&"fsync") || off.contains(&"synchronous_commit") {
        (Health::Fault, format!("off: {}; an acknowledged write can be lost; set them to on", off.join(", ")))
    } else if off.contains(&"full_page_writes") {
        (Health::Warning, "off: full_page_writes; a page can be torn by a crash, unless the file system rules that out".into())
    } else {
        (Health::Ok, "what is acknowledged is on disk".into())
    })
}

fn lite_durability(database: &Database) -> Result<Finding> {
    let settings = doctor::durability(database)?;
    let is = |name: &str, values: &[&str]| settings.iter().any(|(own, value)| own == name && values.contains(&value.as_str()));
    Ok(if !is("synchronous", &["2", "3"]) {
        (Health::Fault, "synchronous is below FULL: an acknowledged write can be lost".into())
    } else if !is("journal_mode", &["wal"]) {
        (Health::Warning, "journal_mode is not WAL, readers wait for writers; put the file on a local disk".into())
    } else {
        (Health::Ok, "what is acknowledged is on disk".into())
    })
}

/// Whether others on the machine can read the file of an SQLite database: it holds the keys that sign tokens.
fn file(database: &Database) -> Result<Finding> {
    let Target::Sqlite(path) = database.target() else { return Ok((Health::Ok, "PostgreSQL keeps its own".into())) };
    let open: Vec<String> =
        ["", "-wal", "-shm"].iter().map(|ending| format!("{path}{ending}")).filter(|path| is_open(path)).collect();
    Ok(if open.is_empty() {
        (Health::Ok, "is its owner's alone".into())
    } else {
        let open = open.join(" ");
        (Health::Warning, format!("others can get at {open}, which holds the keys that sign tokens; chmod 600 {open}"))
    })
}

#[cfg(unix)]
fn is_open(path: &str) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|data| data.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn is_open(_: &str) -> bool {
    false
}
