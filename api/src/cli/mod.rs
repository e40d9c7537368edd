//! The command line.

mod access;
mod admin;
mod doctor;
mod keys;
mod serve;
mod submission;
mod units;

use clap::{Parser, Subcommand};
use htcd_persistence::db::Target;
use htcd_persistence::migrate;

use crate::settings::{Settings, table};

/// The API behind Viet Nam's community learning centres.
#[derive(Parser)]
#[command(name = "htcd", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Serve the API. An SQLite database is made and migrated; PostgreSQL needs `htcd migrate` first.
    Serve {
        /// Load the demo, if it is not there, and write a sign-in for each role to demo-credentials.json.
        #[arg(long)]
        demo: bool,
    },
    /// Bring the database to the schema that this program needs.
    Migrate,
    /// Load reference data.
    Import {
        #[command(subcommand)]
        what: Import,
    },
    /// Users.
    User {
        #[command(subcommand)]
        what: User,
    },
    /// The keys that sign access tokens.
    Keys {
        #[command(subcommand)]
        what: Keys,
    },
    /// Print the OpenAPI document.
    Openapi,
    /// Print who may do what.
    Policy,
    /// Check the settings and explain each error.
    CheckConfig {
        /// List every setting instead.
        #[arg(long)]
        list: bool,
    },
    /// Recount every aggregate from its records and name what disagrees.
    Recount,
    /// Check every audit chain and say where one breaks; print the end of each, to be noted elsewhere.
    VerifyAudit {
        /// A file with ends that an earlier run printed: they have to be in the chains still.
        #[arg(long)]
        noted: Option<std::path::PathBuf>,
    },
    /// Check a submission to the Ministry away from the server: its seal, and that its figures follow from its records.
    VerifySubmission {
        /// The file, as it was downloaded.
        file: std::path::PathBuf,
        /// Keys that are trusted, as `/v1/provinces/{province_id}/submission_keys` gave them: an object, or a list of several.
        #[arg(long)]
        keys: Option<std::path::PathBuf>,
        /// A file that belongs to it (CSV, XLSX), to be checked with it. Can be given several times.
        #[arg(long = "with")]
        beside: Vec<std::path::PathBuf>,
    },
    /// Explain why somebody may or may not do something now.
    ExplainAccess {
        /// The name they sign in with.
        #[arg(long)]
        user: String,
        /// A permission (`ratings:verify`), or an operation by its id (`verify_rating`).
        #[arg(long)]
        action: String,
        /// On what: `rating:`, `centre:`, `unit:` or `user:` with an id.
        #[arg(long)]
        resource: Option<String>,
    },
    /// Remove sign-ins, codes, failures and unfinished uploads that were kept for long enough; docs/security.md lists for how long.
    Retention {
        /// Only count.
        #[arg(long)]
        dry_run: bool,
    },
    /// Check that what protects the records is in force and that figures follow from them, and say what to do where not.
    Doctor {
        /// Without recounting every figure.
        #[arg(long)]
        quick: bool,
    },
    /// List mail that was not sent, without its text.
    Outbox {
        /// Try all of it again, what was given up included; a running server sends it.
        #[arg(long)]
        retry: bool,
    },
    /// Ask the running server whether it is ready; for container health checks.
    Healthcheck,
}

#[derive(Subcommand)]
enum Import {
    /// Administrative units and their successions: the ones that ship, or files of the same form.
    Units {
        /// A units.csv.
        #[arg(long, requires = "lineage")]
        units: Option<std::path::PathBuf>,
        /// A lineage.csv.
        #[arg(long, requires = "units")]
        lineage: Option<std::path::PathBuf>,
    },
    /// The national frameworks that ship, and the samples, as published schemes; a second time changes nothing.
    Frameworks,
}

#[derive(Subcommand)]
enum User {
    /// Make a platform administrator; the password is read from standard input.
    CreateAdmin {
        /// The name they sign in with.
        username: String,
    },
    /// Set somebody's password; it is read from standard input. Ends all of their sign-ins.
    SetPassword {
        /// The name they sign in with.
        username: String,
    },
}

#[derive(Subcommand)]
enum Keys {
    /// List the keys: which one signs, and until when tokens of those before are good.
    List,
    /// Make a new key, which signs from now on. Nobody is signed out: tokens of the keys before are good until they end.
    Rotate {
        /// Refuse every access token of the keys before at once, because somebody else may have one. Sign-ins are refreshed.
        #[arg(long)]
        revoke: bool,
    },
}

type Outcome = Result<(), String>;

/// Runs work that waits, to its end.
fn wait<T>(work: impl Future<Output = T>) -> T {
    actix_web::rt::System::new().block_on(work)
}

/// Runs the program; answers its exit status.
pub fn main() -> std::process::ExitCode {
    let cli = Cli::parse();
    let outcome = match cli.command {
        Command::Openapi => {
            println!("{}", crate::document::document());
            Ok(())
        }
        Command::Policy => {
            print!("{}", htcd_domain::access::policy_grid());
            Ok(())
        }
        Command::CheckConfig { list: true } => {
            print!("{}", table());
            Ok(())
        }
        Command::VerifySubmission { file, keys, beside } => submission::verify(&file, keys.as_deref(), &beside),
        command => settings().and_then(|settings| with_settings(command, settings)),
    };
    match outcome {
        Ok(()) => std::process::ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("htcd: {message}");
            std::process::ExitCode::FAILURE
        }
    }
}

fn settings() -> Result<Settings, String> {
    Settings::read(std::env::vars()).map_err(|faults| format!("the settings are not right\n  {}", faults.join("\n  ")))
}

/// Runs the migrations as the role for them, then gives the server's role its rights if it is another one.
fn migrate_database(settings: &Settings) -> Result<usize, String> {
    let (owner, program) = (&settings.migration_database, &settings.database);
    let done = migrate::run(owner).map_err(|error| error.to_string())?;
    if let Some(role) = program.role().filter(|_| owner != program) {
        migrate::grant(owner, &role).map_err(|error| format!("{role} could not be given its rights: {error}"))?;
    }
    Ok(done.len())
}

fn with_settings(command: Command, settings: Settings) -> Outcome {
    match command {
        Command::Serve { demo } => serve::serve(settings, demo),
        Command::Migrate => {
            println!("{} migration(s) run", migrate_database(&settings)?);
            Ok(())
        }
        Command::Import { what: Import::Units { units, lineage } } => units::import(settings, units, lineage),
        Command::Import { what: Import::Frameworks } => units::import_frameworks(settings),
        Command::User { what: User::CreateAdmin { username } } => admin::create_admin(settings, username),
        Command::User { what: User::SetPassword { username } } => admin::set_password(settings, &username),
        Command::Keys { what: Keys::List } => keys::list(settings),
        Command::Keys { what: Keys::Rotate { revoke } } => keys::rotate(settings, revoke),
        Command::CheckConfig { .. } => {
            if let Target::Sqlite(path) = &settings.database
                && std::path::Path::new(path).parent().is_some_and(|folder| !folder.as_os_str().is_empty() && !folder.is_dir())
            {
                return Err(format!("HTCD_DATABASE_URL: the folder of {path} does not exist"));
            }
            println!(
                "The settings are right. The database is {:?}, the server listens on {}, mail goes to {}, files lie in {}.",
                settings.database, settings.listen, settings.mail.way, settings.files.place
            );
            Ok(())
        }
        Command::ExplainAccess { user, action, resource } => access::explain(settings, &user, action, resource),
        Command::Retention { dry_run } => access::retention(settings, dry_run),
        Command::Recount => admin::recount(settings),
        Command::VerifyAudit { noted } => admin::verify_audit(settings, noted.as_deref()),
        Command::Doctor { quick } => doctor::examine(&settings, quick),
        Command::Outbox { retry } => admin::outbox(settings, retry),
        Command::Healthcheck => serve::healthcheck(&settings),
        Command::Openapi | Command::Policy | Command::VerifySubmission { .. } => Ok(()),
    }
}
