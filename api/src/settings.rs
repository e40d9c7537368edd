//! Settings, from the environment only: one table that reading, checking and documenting all use.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use htcd_persistence::db::Target;
use lettre::Address;
use lettre::message::Mailbox;

use crate::files::{FilesSettings, Place};
use crate::mail::{MailSettings, Way};
use crate::proxies::Networks;

/// One setting, as documented.
pub struct Setting {
    /// The environment variable.
    pub name: &'static str,
    /// What holds when it is not set.
    pub default: &'static str,
    /// What it does.
    pub about: &'static str,
}

/// Every setting there is.
pub const SETTINGS: &[Setting] = &[
    Setting {
        name: "HTCD_DATABASE_URL",
        default: "sqlite://htcd.db",
        about: "`sqlite://<path>` or `postgres://user@host/database`",
    },
    Setting {
        name: "HTCD_DATABASE_PASSWORD_FILE",
        default: "",
        about: "a file with PostgreSQL's password, put into the URL; for secrets",
    },
    Setting {
        name: "HTCD_MIGRATION_DATABASE_URL",
        default: "",
        about: "the same database as another role, which owns the tables: `htcd migrate` signs in as it and grants the server's role what it needs; empty: one role does both",
    },
    Setting { name: "HTCD_MIGRATION_DATABASE_PASSWORD_FILE", default: "", about: "a file with that role's password" },
    Setting {
        name: "HTCD_DATABASE_CONNECTIONS",
        default: "4",
        about: "connections in the pool, and as many threads that wait for them: about twice the database's cores",
    },
    Setting { name: "HTCD_LISTEN", default: "127.0.0.1:8080", about: "address and port" },
    Setting { name: "HTCD_WORKERS", default: "2", about: "HTTP worker threads: about the machine's cores" },
    Setting { name: "HTCD_ISSUER", default: "htcd", about: "the `iss` of access tokens" },
    Setting {
        name: "HTCD_OIDC_ISSUER",
        default: "",
        about: "the OpenID Connect issuer whose tokens are taken too, as their `iss` has it: an https URL; none when empty",
    },
    Setting { name: "HTCD_OIDC_AUDIENCE", default: "", about: "the `aud` that tokens of that issuer must name; needed with it" },
    Setting { name: "HTCD_ACCESS_TOKEN_MINUTES", default: "15", about: "for how long an access token is good" },
    Setting { name: "HTCD_SESSION_DAYS", default: "30", about: "for how long a sign-in can be refreshed" },
    Setting { name: "HTCD_BODY_LIMIT_KIB", default: "2048", about: "the largest request body" },
    Setting {
        name: "HTCD_BODY_TIMEOUT_SECONDS",
        default: "15",
        about: "for how long a request's head, and then its body, may take to arrive",
    },
    Setting {
        name: "HTCD_SHUTDOWN_SECONDS",
        default: "30",
        about: "for how long accepted requests may take to finish at shutdown",
    },
    Setting {
        name: "HTCD_RATE_LIMIT",
        default: "100",
        about: "requests per second for each caller, in bursts of ten times as many; 0 turns it off",
    },
    Setting {
        name: "HTCD_REPORT_TIMEOUT_SECONDS",
        default: "30",
        about: "for how long a statement of a report may run on PostgreSQL",
    },
    Setting {
        name: "HTCD_TRUSTED_PROXIES",
        default: "",
        about: "addresses or networks, with commas, whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed",
    },
    Setting {
        name: "HTCD_CORS_ORIGINS",
        default: "",
        about: "origins, with commas, whose pages may call the API, such as `https://app.example.vn`",
    },
    Setting {
        name: "HTCD_METRICS_FROM",
        default: "127.0.0.0/8,::1",
        about: "addresses or networks, with commas, that `/metrics` answers; for others it is not there",
    },
    Setting {
        name: "HTCD_LOG",
        default: "info",
        about: "what is logged: error, warn, info, debug, or a filter such as `info,htcd_api=debug`",
    },
    Setting {
        name: "HTCD_MAIL_URL",
        default: "file://outbox",
        about: "where mail goes: `smtp://[user@]host[:port]` (STARTTLS), `smtps://…` (TLS), `smtp://host?tls=none` (a relay nearby), `file://<folder>`, `log`",
    },
    Setting { name: "HTCD_MAIL_FROM", default: "htcd@localhost", about: "the sender of mail" },
    Setting { name: "HTCD_MAIL_PASSWORD_FILE", default: "", about: "a file with the mail server's password; for secrets" },
    Setting { name: "HTCD_LOG_FORMAT", default: "text", about: "`text` or `json`" },
    Setting {
        name: "HTCD_FILES",
        default: "",
        about: "where uploaded files lie: `file://<folder>` or `s3://bucket/prefix`; empty: the folder `files` beside the SQLite file, or where the server is started",
    },
    Setting {
        name: "HTCD_FILES_SECRET_FILE",
        default: "",
        about: "a file with the secret key of the S3 store; its other settings are the variables `AWS_…`",
    },
];

/// The settings, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Target,
    /// The same database, as the role that owns the tables.
    pub migration_database: Target,
    /// Connections in the pool.
    pub database_connections: u32,
    /// Where to listen.
    pub listen: SocketAddr,
    /// HTTP worker threads.
    pub workers: usize,
    /// The `iss` of access tokens.
    pub issuer: String,
    /// The other issuer whose tokens are taken.
    pub oidc: Option<Oidc>,
    /// For how long an access token is good.
    pub access_token: Duration,
    /// For how long a sign-in can be refreshed.
    pub session: Duration,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// How long a request may take to arrive.
    pub body_timeout: Duration,
    /// How long accepted requests may take at shutdown.
    pub shutdown: Duration,
    /// Requests per second for each caller; 0 for no limit.
    pub rate_limit: u32,
    /// How long a statement of a report may run.
    pub report_timeout: Duration,
    /// The proxies that are believed.
    pub trusted_proxies: Networks,
    /// The origins whose pages may call the API.
    pub cors_origins: Vec<String>,
    /// Who may read the metrics.
    pub metrics_from: Networks,
    /// How mail is sent.
    pub mail: MailSettings,
    /// Where uploaded files lie.
    pub files: FilesSettings,
    /// The log filter.
    pub log: String,
    /// Log lines as JSON.
    pub log_json: bool,
}

/// Another issuer of tokens (OpenID Connect).
#[derive(Debug, Clone)]
pub struct Oidc {
    /// Its URL, which is the `iss` of its tokens.
    pub issuer: String,
    /// The `aud` that its tokens must name.
    pub audience: String,
}

impl Oidc {
    /// What the settings say; `None` for no other issuer.
    fn read(issuer: String, audience: String, own: &str) -> Result<Option<Self>, String> {
        if issuer.is_empty() {
            let message = "HTCD_OIDC_AUDIENCE: says nothing without HTCD_OIDC_ISSUER";
            return if audience.is_empty() { Ok(None) } else { Err(message.into()) };
        }
        let is_base = is_safe(&issuer) && !issuer.contains(['?', '#']) && issuer.len() <= 255;
        if !is_base {
            return Err(format!(
                "HTCD_OIDC_ISSUER: `{issuer}` must be an https URL without query, such as https://sso.example/realms/htcd; http does for this machine alone"
            ));
        }
        if issuer == own {
            return Err("HTCD_OIDC_ISSUER: must differ from HTCD_ISSUER, by which our own tokens are known".into());
        }
        if audience.is_empty() {
            return Err(
                "HTCD_OIDC_AUDIENCE: is needed with HTCD_OIDC_ISSUER: the `aud` of tokens that are meant for this server".into(),
            );
        }
        Ok(Some(Self { issuer, audience }))
    }
}

/// Whether what comes from a URL can be trusted on its way: https, or this machine itself.
pub fn is_safe(url: &str) -> bool {
    let Ok(uri) = url.parse::<ureq::http::Uri>() else { return false };
    let Some(authority) = uri.authority().filter(|authority| !authority.as_str().contains('@')) else { return false };
    uri.scheme_str() == Some("https") || (uri.scheme_str() == Some("http") && is_here(authority.host()))
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    host == "localhost" || address.is_ok_and(|address| address.is_loopback())
}

struct Reader<'a> {
    values: &'a BTreeMap<String, String>,
    faults: Vec<String>,
}

impl Reader<'_> {
    fn text(&self, name: &str) -> String {
        let default = SETTINGS.iter().find(|setting| setting.name == name).map_or("", |setting| setting.default);
        self.values.get(name).map_or(default, String::as_str).trim().to_owned()
    }

    /// A database's URL, with the password from its file.
    fn database(&mut self, url_name: &str, password_name: &str) -> Target {
        let mut url = self.text(url_name);
        let password_file = self.text(password_name);
        if !password_file.is_empty() {
            match std::fs::read_to_string(&password_file) {
                Ok(password) => match with_password(&url, password.trim_end_matches(['\r', '\n'])) {
                    Some(full) => url = full,
                    None => self.faults.push(format!(
                        "{password_name}: needs a {url_name} of the form postgres://user@host/database, without a password"
                    )),
                },
                Err(error) => self.faults.push(format!("{password_name}: {password_file} cannot be read: {error}")),
            }
        }
        if !cfg!(feature = "tls") && ["sslmode=require", "sslmode=verify"].iter().any(|mode| url.contains(mode)) {
            self.faults
                .push(format!("{url_name}: asks for TLS, but this program was built without it; build with `--features tls`"));
        }
        Target::parse(&url).unwrap_or_else(|fault| {
            self.faults.push(format!("{url_name}: {fault}"));
            Target::Sqlite("htcd.db".into())
        })
    }

    fn number<T: std::str::FromStr + PartialOrd + std::fmt::Display>(&mut self, name: &str, least: T, most: T) -> T {
        let text = self.text(name);
        match text.parse::<T>() {
            Ok(number) if number >= least && number <= most => number,
            _ => {
                self.faults.push(format!("{name}: `{text}` must be a whole number from {least} to {most}"));
                least
            }
        }
    }

    fn networks(&mut self, name: &str) -> Networks {
        Networks::parse(&self.text(name)).unwrap_or_else(|fault| {
            self.faults.push(format!("{name}: {fault}"));
            Networks::default()
        })
    }

    fn origins(&mut self, name: &str) -> Vec<String> {
        let text = self.text(name);
        let origins: Vec<&str> = text.split(',').map(str::trim).filter(|origin| !origin.is_empty()).collect();
        for origin in origins.iter().filter(|origin| !is_origin(origin)) {
            self.faults.push(if origin.contains('*') {
                format!("{name}: `{origin}` would let every page on the internet call the API in its reader's name; list the origins that may")
            } else {
                format!("{name}: `{origin}` is no origin: it is scheme and host in lower case, with the port unless it is the usual one, without a path, such as https://app.example.vn or http://localhost:5173")
            });
        }
        origins.into_iter().map(str::to_owned).collect()
    }
}

/// Whether a text is what a browser sends as `Origin`: scheme, host and, where it is not the usual one, port.
fn is_origin(text: &str) -> bool {
    let Some((scheme, place)) = text.split_once("://") else { return false };
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (place, None),
    };
    let usual = if scheme == "https" { 443 } else { 80 };
    let is_name = |host: &str| host.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b".-".contains(&b));
    let is_host = match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok_and(|parsed| parsed.to_string() == address),
        None => !host.is_empty() && is_name(host),
    };
    ["https", "http"].contains(&scheme)
        && is_host
        && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number != usual && number.to_string() == port))
}

impl Settings {
    /// How many reports are made at once: they take a quarter of the connections, and leave the others to everything else.
    pub fn report_threads(&self) -> usize {
        (self.database_connections as usize / 4).max(1)
    }

    /// Reads settings from variables (usually the process's environment).
    ///
    /// # Errors
    /// A sentence for each thing that is wrong.
    pub fn read(variables: impl IntoIterator<Item = (String, String)>) -> Result<Self, Vec<String>> {
        let values: BTreeMap<String, String> = variables.into_iter().filter(|(name, _)| name.starts_with("HTCD_")).collect();
        let mut reader = Reader { values: &values, faults: Vec::new() };
        for name in values.keys() {
            let ours = SETTINGS.iter().any(|setting| setting.name == name);
            // The project's own tests, fuzz runs and benchmarks have variables that the server does not look at.
            let known =
                ours || ["HTCD_TEST_", "HTCD_FUZZ_", "HTCD_BENCH_", "HTCD_BIN"].iter().any(|prefix| name.starts_with(prefix));
            if !known {
                reader.faults.push(format!("{name}: there is no such setting; see `htcd check-config --list`"));
            }
        }
        let database = reader.database("HTCD_DATABASE_URL", "HTCD_DATABASE_PASSWORD_FILE");
        let migration_database = if reader.text("HTCD_MIGRATION_DATABASE_URL").is_empty() {
            database.clone()
        } else {
            if database.role().is_none() {
                reader.faults.push("HTCD_MIGRATION_DATABASE_URL: needs a HTCD_DATABASE_URL of the form postgres://user@host/database: that user is given the rights".into());
            }
            reader.database("HTCD_MIGRATION_DATABASE_URL", "HTCD_MIGRATION_DATABASE_PASSWORD_FILE")
        };
        if matches!(database, Target::Postgres(_)) && matches!(migration_database, Target::Sqlite(_)) {
            reader.faults.push("HTCD_MIGRATION_DATABASE_URL: is not the database of HTCD_DATABASE_URL".into());
        }
        let listen_text = reader.text("HTCD_LISTEN");
        let listen = listen_text.parse().unwrap_or_else(|_| {
            reader.faults.push(format!("HTCD_LISTEN: `{listen_text}` is not an address with a port, such as 127.0.0.1:8080"));
            SocketAddr::from(([127, 0, 0, 1], 8080))
        });
        let log_format = reader.text("HTCD_LOG_FORMAT");
        if !["text", "json"].contains(&log_format.as_str()) {
            reader.faults.push(format!("HTCD_LOG_FORMAT: `{log_format}` is neither `text` nor `json`"));
        }
        let log = reader.text("HTCD_LOG");
        if let Err(error) = tracing_subscriber::EnvFilter::try_new(&log) {
            reader.faults.push(format!("HTCD_LOG: `{log}` is not a log filter: {error}"));
        }
        let issuer = reader.text("HTCD_ISSUER");
        if issuer.is_empty() || issuer.len() > 200 {
            reader.faults.push("HTCD_ISSUER: must have 1 to 200 characters".into());
        }
        let mail = read_mail(&mut reader);
        let oidc = Oidc::read(reader.text("HTCD_OIDC_ISSUER"), reader.text("HTCD_OIDC_AUDIENCE"), &issuer);
        let oidc = oidc.unwrap_or_else(|fault| {
            reader.faults.push(fault);
            None
        });
        let files = read_files(&mut reader, &database);
        let settings = Self {
            files,
            database,
            migration_database,
            mail,
            database_connections: reader.number("HTCD_DATABASE_CONNECTIONS", 1, 200),
            listen,
            workers: reader.number("HTCD_WORKERS", 1, 64),
            issuer,
            oidc,
            access_token: Duration::from_secs(60 * reader.number("HTCD_ACCESS_TOKEN_MINUTES", 1u64, 24 * 60)),
            session: Duration::from_secs(86_400 * reader.number("HTCD_SESSION_DAYS", 1u64, 400)),
            body_limit: 1024 * reader.number("HTCD_BODY_LIMIT_KIB", 16usize, 65_536),
            body_timeout: Duration::from_secs(reader.number("HTCD_BODY_TIMEOUT_SECONDS", 1, 300)),
            shutdown: Duration::from_secs(reader.number("HTCD_SHUTDOWN_SECONDS", 1, 600)),
            rate_limit: reader.number("HTCD_RATE_LIMIT", 0, 100_000),
            report_timeout: Duration::from_secs(reader.number("HTCD_REPORT_TIMEOUT_SECONDS", 1, 600)),
            trusted_proxies: reader.networks("HTCD_TRUSTED_PROXIES"),
            cors_origins: reader.origins("HTCD_CORS_ORIGINS"),
            metrics_from: reader.networks("HTCD_METRICS_FROM"),
            log,
            log_json: log_format == "json",
        };
        if reader.faults.is_empty() { Ok(settings) } else { Err(reader.faults) }
    }
}

fn read_mail(reader: &mut Reader<'_>) -> MailSettings {
    let way = Way::parse(&reader.text("HTCD_MAIL_URL")).unwrap_or_else(|fault| {
        reader.faults.push(format!("HTCD_MAIL_URL: {fault}"));
        Way::Log
    });
    let from = reader.text("HTCD_MAIL_FROM");
    let from = from.parse().unwrap_or_else(|_| {
        reader.faults.push(format!("HTCD_MAIL_FROM: `{from}` is neither an address nor of the form `Name <address>`"));
        Mailbox::new(None, Address::new_dangerous("htcd", "localhost"))
    });
    let file = reader.text("HTCD_MAIL_PASSWORD_FILE");
    let mut password = None;
    if !file.is_empty() {
        match std::fs::read_to_string(&file) {
            Ok(text) if text.trim_end_matches(['\r', '\n']).is_empty() => {
                reader.faults.push(format!("HTCD_MAIL_PASSWORD_FILE: {file} is empty"));
            }
            Ok(text) => password = Some(text.trim_end_matches(['\r', '\n']).to_owned()),
            Err(error) => reader.faults.push(format!("HTCD_MAIL_PASSWORD_FILE: {file} cannot be read: {error}")),
        }
        if way.user().is_none() {
            reader.faults.push("HTCD_MAIL_PASSWORD_FILE: needs a HTCD_MAIL_URL with a user, `smtp://user@host`".into());
        }
    } else if way.user().is_some() {
        reader
            .faults
            .push("HTCD_MAIL_URL: names a user, so HTCD_MAIL_PASSWORD_FILE has to name the file with the password".into());
    }
    MailSettings { way, from, password }
}

/// Where files lie, and the key to it.
fn read_files(reader: &mut Reader<'_>, database: &Target) -> FilesSettings {
    let beside = || match database {
        Target::Sqlite(path) => Place::Folder(std::path::Path::new(path).with_file_name("files")),
        Target::Postgres(_) => Place::Folder("files".into()),
    };
    let text = reader.text("HTCD_FILES");
    let place = if text.is_empty() { Ok(beside()) } else { Place::parse(&text) };
    let place = place.unwrap_or_else(|fault| {
        reader.faults.push(format!("HTCD_FILES: {fault}"));
        beside()
    });
    let file = reader.text("HTCD_FILES_SECRET_FILE");
    if file.is_empty() {
        return FilesSettings { place, secret: None };
    }
    if matches!(place, Place::Folder(_)) {
        reader.faults.push("HTCD_FILES_SECRET_FILE: needs a HTCD_FILES of the form s3://bucket/prefix".into());
    }
    let secret = match std::fs::read_to_string(&file) {
        Ok(text) if !text.trim().is_empty() => Some(text.trim().to_owned()),
        Ok(_) => {
            reader.faults.push(format!("HTCD_FILES_SECRET_FILE: {file} is empty"));
            None
        }
        Err(error) => {
            reader.faults.push(format!("HTCD_FILES_SECRET_FILE: {file} cannot be read: {error}"));
            None
        }
    };
    FilesSettings { place, secret }
}

/// A PostgreSQL URL with a password put in, percent-encoded.
fn with_password(url: &str, password: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| scheme.starts_with("postgres"))?;
    let (user, host) = rest.split_once('@').filter(|(user, _)| !user.contains([':', '/']))?;
    let encoded: String = password
        .bytes()
        .map(|byte| if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect();
    Some(format!("{scheme}://{user}:{encoded}@{host}"))
}

/// The table of settings for people, in Markdown.
pub fn table() -> String {
    let mut table = String::from("| variable | default | what it does |\n| --- | --- | --- |\n");
    for setting in SETTINGS {
        let default = if setting.default.is_empty() { "—".to_owned() } else { format!("`{}`", setting.default) };
        table.push_str(&format!("| `{}` | {default} | {} |\n", setting.name, setting.about));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<Settings, Vec<String>> {
        Settings::read(variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())))
    }

    #[test]
    fn the_defaults_are_good() {
        let settings = read(&[]).unwrap();
        assert_eq!(settings.database, Target::Sqlite("htcd.db".into()));
        assert!(SETTINGS.len() < 30);
    }

    #[test]
    fn each_wrong_setting_is_explained() {
        let faults = read(&[
            ("HTCD_LISTEN", "nowhere"),
            ("HTCD_WORKERS", "0"),
            ("HTCD_DATABASE_URL", "mysql://x"),
            ("HTCD_DATABASE_URI", "x"),
            ("HTCD_TRUSTED_PROXIES", "10.0.0.1,proxy"),
            ("HTCD_METRICS_FROM", "10.0.0.0/40"),
            ("HTCD_CORS_ORIGINS", "*"),
        ])
        .unwrap_err();
        for name in [
            "HTCD_LISTEN",
            "HTCD_WORKERS",
            "HTCD_DATABASE_URL",
            "HTCD_DATABASE_URI",
            "HTCD_TRUSTED_PROXIES",
            "HTCD_METRICS_FROM",
            "HTCD_CORS_ORIGINS",
        ] {
            assert!(faults.iter().any(|fault| fault.starts_with(&format!("{name}:"))), "{faults:?}");
        }
    }

    #[test]
    fn an_origin_is_just_what_a_browser_sends() {
        for good in ["https://app.example.vn", "http://localhost:5173", "https://app.example.vn:8443", "http://[::1]:3000"] {
            assert!(is_origin(good), "{good}");
        }
        for bad in [
            "*",
            "null",
            "app.example.vn",
            "https://",
            "https://app.example.vn/",
            "https://app.example.vn/app",
            "https://App.example.vn",
            "https://app.example.vn:443",
            "http://app.example.vn:80",
            "https://app.example.vn:0443",
            "https://app.example.vn:",
            "https://user@app.example.vn",
            "https://*.example.vn",
            "ftp://app.example.vn",
            "https://a b",
            "https://trường.vn",
        ] {
            assert!(!is_origin(bad), "{bad}");
            assert!(read(&[("HTCD_CORS_ORIGINS", bad)]).unwrap_err()[0].starts_with("HTCD_CORS_ORIGINS:"), "{bad}");
        }
        let settings = read(&[("HTCD_CORS_ORIGINS", "https://a.vn, https://b.vn")]).unwrap();
        assert_eq!(settings.cors_origins, ["https://a.vn", "https://b.vn"]);
        let every = read(&[("HTCD_CORS_ORIGINS", "https://a.vn,*")]).unwrap_err();
        assert!(every[0].contains("every page on the internet"), "{every:?}");
    }

    #[test]
    fn migrations_run_as_the_same_role_unless_another_is_named() {
        let (program, owner) = ("postgres://htcd_app@h/db", "postgres://htcd_owner@h/db");
        let settings = read(&[("HTCD_DATABASE_URL", program)]).unwrap();
        assert_eq!(settings.migration_database, settings.database);
        let settings = read(&[("HTCD_DATABASE_URL", program), ("HTCD_MIGRATION_DATABASE_URL", owner)]).unwrap();
        assert_eq!(settings.migration_database, Target::Postgres(owner.into()));
        for wrong in [("sqlite://htcd.db", owner), ("postgres://h/db", owner), (program, "sqlite://htcd.db")] {
            let faults = read(&[("HTCD_DATABASE_URL", wrong.0), ("HTCD_MIGRATION_DATABASE_URL", wrong.1)]).unwrap_err();
            assert!(faults[0].starts_with("HTCD_MIGRATION_DATABASE_URL:"), "{faults:?}");
        }
    }

    #[test]
    fn each_wrong_setting_of_mail_is_explained() {
        let nowhere = ("HTCD_MAIL_PASSWORD_FILE", "/nowhere/password");
        let empty = ("HTCD_MAIL_PASSWORD_FILE", "/dev/null");
        let url = |url| ("HTCD_MAIL_URL", url);
        for (variables, fault) in [
            (vec![url("mail.example")], "HTCD_MAIL_URL: is `smtp://"),
            (vec![url("smtp://u:p@mail.example")], "HTCD_MAIL_URL: before the `@`"),
            (vec![url("smtp://u@mail.example")], "HTCD_MAIL_URL: names a user"),
            (vec![url("smtp://u@mail.example"), nowhere], "HTCD_MAIL_PASSWORD_FILE: /nowhere/password cannot be read"),
            (vec![url("smtp://u@mail.example"), empty], "HTCD_MAIL_PASSWORD_FILE: /dev/null is empty"),
            (vec![nowhere], "HTCD_MAIL_PASSWORD_FILE: needs a HTCD_MAIL_URL with a user"),
            (vec![("HTCD_MAIL_FROM", "nobody")], "HTCD_MAIL_FROM: `nobody`"),
        ] {
            let faults = read(&variables).unwrap_err();
            assert!(faults.iter().any(|told| told.starts_with(fault)), "{variables:?}: {faults:?}");
        }
        let mail = read(&[("HTCD_MAIL_FROM", "Sở GD&ĐT <htcd@so.vn>")]).unwrap().mail;
        assert_eq!((mail.way, mail.from.email.to_string()), (Way::Folder("outbox".into()), "htcd@so.vn".into()));
    }

    #[test]
    fn files_lie_beside_the_database_unless_it_is_said_where() {
        let place = |variables: &[(&str, &str)]| read(variables).unwrap().files.place;
        assert_eq!(place(&[]), Place::Folder("files".into()));
        assert_eq!(
            place(&[("HTCD_DATABASE_URL", "sqlite:///var/lib/htcd/htcd.db")]),
            Place::Folder("/var/lib/htcd/files".into())
        );
        assert_eq!(place(&[("HTCD_DATABASE_URL", "postgres://h/db")]), Place::Folder("files".into()));
        assert_eq!(place(&[("HTCD_FILES", "file:///srv/htcd")]), Place::Folder("/srv/htcd".into()));
        for (variables, name) in [
            ([("HTCD_FILES", "http://store"), ("HTCD_LOG", "info")], "HTCD_FILES:"),
            ([("HTCD_FILES", "file://a"), ("HTCD_FILES_SECRET_FILE", "/dev/null")], "HTCD_FILES_SECRET_FILE:"),
            ([("HTCD_LOG", "info"), ("HTCD_FILES_SECRET_FILE", "/nowhere")], "HTCD_FILES_SECRET_FILE:"),
        ] {
            let faults = read(&variables).unwrap_err();
            assert!(faults.iter().all(|fault| fault.starts_with(name)), "{faults:?}");
        }
    }

    #[test]
    fn another_issuer_is_reached_safely_or_not_at_all() {
        let both = |issuer: &str| read(&[("HTCD_OIDC_ISSUER", issuer), ("HTCD_OIDC_AUDIENCE", "htcd-api")]);
        for good in [
            "https://sso.example/realms/htcd",
            "https://sso.example/",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/a",
            "http://localhost",
        ] {
            assert_eq!(both(good).unwrap().oidc.unwrap().issuer, good);
        }
        for bad in [
            "http://sso.example",
            "sso.example",
            "ftp://sso.example",
            "https://",
            "https://u:p@sso.example",
            "https://a/?b",
            "http://127.0.0.1.example",
            "htcd",
        ] {
            assert!(both(bad).unwrap_err()[0].starts_with("HTCD_OIDC_ISSUER:"), "{bad}");
        }
        assert!(read(&[("HTCD_OIDC_ISSUER", "https://sso.example")]).unwrap_err()[0].starts_with("HTCD_OIDC_AUDIENCE:"));
        assert!(read(&[("HTCD_OIDC_AUDIENCE", "htcd-api")]).unwrap_err()[0].starts_with("HTCD_OIDC_AUDIENCE:"));
        let same = [("HTCD_ISSUER", "https://a.example"), ("HTCD_OIDC_ISSUER", "https://a.example"), ("HTCD_OIDC_AUDIENCE", "x")];
        assert!(read(&same).is_err());
        assert!(read(&[]).unwrap().oidc.is_none());
    }

    #[test]
    fn a_password_is_encoded_into_the_url() {
        assert_eq!(with_password("postgres://u@h/db", "a/b@c").as_deref(), Some("postgres://u:a%2Fb%40c@h/db"));
        assert_eq!(with_password("postgres://u:p@h/db", "x"), None);
        assert_eq!(with_password("sqlite://f", "x"), None);
    }
}
