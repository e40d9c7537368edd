//! Settings, from the environment only: one table that reading, checking and documenting all use.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use htcd_persistence::db::Target;

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
        name: "HTCD_LOG",
        default: "info",
        about: "what is logged: error, warn, info, debug, or a filter such as `info,htcd_api=debug`",
    },
    Setting { name: "HTCD_LOG_FORMAT", default: "text", about: "`text` or `json`" },
];

/// The settings, read and checked.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Target,
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
}

impl Settings {
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
        let mut url = reader.text("HTCD_DATABASE_URL");
        let password_file = reader.text("HTCD_DATABASE_PASSWORD_FILE");
        if !password_file.is_empty() {
            match std::fs::read_to_string(&password_file) {
                Ok(password) => match with_password(&url, password.trim_end_matches(['\r', '\n'])) {
                    Some(full) => url = full,
                    None => reader.faults.push("HTCD_DATABASE_PASSWORD_FILE: needs a HTCD_DATABASE_URL of the form postgres://user@host/database, without a password".into()),
                },
                Err(error) => reader.faults.push(format!("HTCD_DATABASE_PASSWORD_FILE: {password_file} cannot be read: {error}")),
            }
        }
        if !cfg!(feature = "tls") && ["sslmode=require", "sslmode=verify"].iter().any(|mode| url.contains(mode)) {
            reader.faults.push(
                "HTCD_DATABASE_URL: asks for TLS, but this program was built without it; build with `--features tls`".into(),
            );
        }
        let database = Target::parse(&url).unwrap_or_else(|fault| {
            reader.faults.push(format!("HTCD_DATABASE_URL: {fault}"));
            Target::Sqlite("htcd.db".into())
        });
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
        let oidc = Oidc::read(reader.text("HTCD_OIDC_ISSUER"), reader.text("HTCD_OIDC_AUDIENCE"), &issuer);
        let oidc = oidc.unwrap_or_else(|fault| {
            reader.faults.push(fault);
            None
        });
        let settings = Self {
            database,
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
            log,
            log_json: log_format == "json",
        };
        if reader.faults.is_empty() { Ok(settings) } else { Err(reader.faults) }
    }
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
        ])
        .unwrap_err();
        for name in ["HTCD_LISTEN", "HTCD_WORKERS", "HTCD_DATABASE_URL", "HTCD_DATABASE_URI"] {
            assert!(faults.iter().any(|fault| fault.starts_with(&format!("{name}:"))), "{faults:?}");
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
