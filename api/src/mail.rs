//! Mail: where it goes, how it is written, and the loop that delivers what was queued.
//!
//! Work that wants to tell somebody something calls [`htcd_persistence::outbox::add`] in its own transaction. Here it is
//! sent afterwards: claimed in one transaction, sent in none, noted in another. A server that dies in between leaves a
//! mail whose lease ends, and it is sent again: a mail may arrive twice, with the same Message-ID, but is never lost.

use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use htcd_domain::access::Scope;
use htcd_domain::id::ProvinceId;
use htcd_domain::mail::{KEPT, LEASE, retry_at};
use htcd_persistence::outbox::{self, Queued};
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message};
use lettre::transport::smtp::SmtpTransport;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Address, Transport};

use crate::state::App;

/// For how long a mail server may leave a command without an answer.
const PATIENCE: Duration = Duration::from_secs(20);
/// How many of a tenant's mails are sent in one go.
const BATCH: i64 = 20;

/// How a connection to a mail server is kept secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from the start.
    Tls,
    /// STARTTLS; without it nothing is sent.
    StartTls,
    /// Not at all.
    Plain,
}

/// Where mail goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Way {
    /// To a mail server.
    Smtp {
        /// Its name, which its certificate must bear.
        host: String,
        /// Its port.
        port: u16,
        /// As whom to sign in there.
        user: Option<String>,
        /// How the connection is kept secret.
        security: Security,
    },
    /// Into a folder, one file a mail.
    Folder(PathBuf),
    /// Into the log.
    Log,
}

impl Way {
    /// Reads a URL.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn parse(url: &str) -> Result<Self, String> {
        if url == "log" {
            return Ok(Self::Log);
        }
        match url.split_once("://") {
            Some(("file", path)) if !path.is_empty() => Ok(Self::Folder(path.into())),
            Some(("file", _)) => Err("a folder's path follows `file://`".into()),
            Some((scheme @ ("smtp" | "smtps"), rest)) => Self::parse_server(scheme == "smtps", rest),
            _ => Err("is `smtp://[user@]host[:port]`, `smtps://[user@]host[:port]`, `file://<folder>` or `log`".into()),
        }
    }

    fn parse_server(is_tls: bool, rest: &str) -> Result<Self, String> {
        let (place, option) = rest.split_once('?').map_or((rest, None), |(place, option)| (place, Some(option)));
        let security = match option {
            None if is_tls => Security::Tls,
            None => Security::StartTls,
            Some("tls=none") if !is_tls => Security::Plain,
            Some(_) => return Err("after `?` only `tls=none` is known, for `smtp://` and a relay nearby".into()),
        };
        // The last @ ends the user's part: a user is often an address.
        let (user, server) = place.rsplit_once('@').map_or((None, place), |(user, server)| (Some(user), server));
        if user.is_some_and(|user| user.is_empty() || user.contains(':')) {
            return Err("before the `@` stands a user without a password; that is in HTCD_MAIL_PASSWORD_FILE".into());
        }
        if user.is_some() && security == Security::Plain {
            return Err("`tls=none` would show the password to everybody on the way: leave out the user or the option".into());
        }
        let usual = match security {
            Security::Tls => 465,
            Security::StartTls => 587,
            Security::Plain => 25,
        };
        // An address of IPv6 stands in brackets, which hold colons of their own.
        let (host, port) = match server.rsplit_once(':').filter(|(_, port)| !port.contains(']')) {
            Some((host, port)) => (host, port.parse().ok().filter(|port| *port > 0)),
            None => (server, Some(usual)),
        };
        let port = port.ok_or_else(|| "the port after `:` is a number from 1 to 65535".to_owned())?;
        let host = host.trim_start_matches('[').trim_end_matches(']');
        let is_host = !host.is_empty() && host.chars().all(|c| c.is_ascii_alphanumeric() || ".-_:".contains(c));
        if !is_host {
            return Err(format!("`{host}` is not the name of a server"));
        }
        Ok(Self::Smtp { host: host.to_owned(), port, user: user.map(str::to_owned), security })
    }

    /// As whom it signs in.
    pub fn user(&self) -> Option<&str> {
        match self {
            Self::Smtp { user, .. } => user.as_deref(),
            Self::Folder(_) | Self::Log => None,
        }
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Smtp { host, port, user, security } => {
                let how = match security {
                    Security::Tls => "TLS",
                    Security::StartTls => "STARTTLS",
                    Security::Plain => "unencrypted",
                };
                let who = user.as_ref().map(|user| format!(" as {user}")).unwrap_or_default();
                write!(f, "the mail server {host}:{port} ({how}){who}")
            }
            Self::Folder(path) => write!(f, "files in the folder {} (no mail server is set)", path.display()),
            Self::Log => f.write_str("the log, secrets included"),
        }
    }
}

/// How mail is sent.
#[derive(Clone)]
pub struct MailSettings {
    /// Where it goes.
    pub way: Way,
    /// From whom.
    pub from: Mailbox,
    /// The password for the mail server.
    pub password: Option<String>,
}

/// Hides the password.
impl fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MailSettings").field("way", &self.way).field("from", &self.from).finish_non_exhaustive()
    }
}

/// The recipient of a mail, by name and address; `None` for what is no address.
pub fn recipient(name: &str, address: &str) -> Option<String> {
    let address: Address = address.parse().ok()?;
    Some(Mailbox::new(Some(one_line(name)), address).to_string())
}

/// The text without anything that could end a header.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// Why a mail was not sent.
struct Failure {
    /// For the record.
    why: String,
    /// For the log: without the mail server's own words, which name the recipient.
    short: String,
    /// Whether the way itself is closed, so that others need not be tried now.
    is_way: bool,
}

impl Failure {
    fn of_way(error: impl fmt::Display) -> Self {
        let why = error.to_string();
        Self { short: why.clone(), why, is_way: true }
    }

    fn of_mail(short: &str, error: impl fmt::Display) -> Self {
        Self { why: error.to_string(), short: short.into(), is_way: false }
    }
}

/// An error with what caused it.
fn in_full(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}

/// Writes a mail as it travels.
fn message(from: &Mailbox, queued: &Queued) -> Result<Message, Failure> {
    let to: Mailbox =
        queued.mail.recipient.parse().map_err(|error| Failure::of_mail("the recipient is no address", format!("{error:?}")))?;
    // The same at each attempt: whoever gets it twice can tell.
    let id = format!("<{}@{}>", queued.id, from.email.domain());
    Message::builder()
        .from(from.clone())
        .to(to)
        .subject(one_line(&queued.mail.subject))
        .date(queued.created_at.into())
        .message_id(Some(id))
        // Holiday notes and the like are not to answer (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
        .header(ContentType::TEXT_PLAIN)
        // Codes stay readable in a file.
        .header(ContentTransferEncoding::QuotedPrintable)
        .body(queued.mail.body.clone())
        .map_err(|error| Failure::of_mail("it cannot be written", error))
}

/// Writes a file that only its owner reads, whole or not at all.
fn write_file(folder: &Path, name: &str, content: &[u8]) -> std::io::Result<()> {
    let mut folders = std::fs::DirBuilder::new();
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        std::os::unix::fs::DirBuilderExt::mode(&mut folders, 0o700);
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    }
    folders.recursive(true).create(folder)?;
    let unfinished = folder.join(format!("{name}.part"));
    let mut file = options.open(&unfinished)?;
    file.write_all(content)?;
    file.sync_all()?;
    std::fs::rename(unfinished, folder.join(name))
}

impl MailSettings {
    fn send(&self, queued: &Queued) -> Result<(), Failure> {
        let message = message(&self.from, queued)?;
        match &self.way {
            Way::Smtp { host, port, security, .. } => {
                let tls = || TlsParameters::new(host.clone()).map_err(|error| Failure::of_way(in_full(&error)));
                let tls = match security {
                    Security::Tls => Tls::Wrapper(tls()?),
                    Security::StartTls => Tls::Required(tls()?),
                    Security::Plain => Tls::None,
                };
                let mut server = SmtpTransport::builder_dangerous(host).port(*port).tls(tls).timeout(Some(PATIENCE));
                if let (Some(user), Some(password)) = (self.way.user(), &self.password) {
                    server = server.credentials(Credentials::new(user.to_owned(), password.clone()));
                }
                server.build().send(&message).map(drop).map_err(|error| match error.status() {
                    Some(code) => Failure::of_mail(&format!("the mail server answered {code}"), in_full(&error)),
                    None => Failure::of_way(in_full(&error)),
                })
            }
            Way::Folder(folder) => {
                let name = format!("{}-{}.eml", queued.created_at.format("%Y%m%dT%H%M%S"), queued.id);
                write_file(folder, &name, &message.formatted())
                    .map_err(|error| Failure::of_way(format!("{}: {error}", folder.display())))
            }
            Way::Log => {
                let mail = &queued.mail;
                tracing::warn!(to = mail.recipient, subject = mail.subject, body = mail.body, "a mail, written to the log");
                Ok(())
            }
        }
    }
}

impl App {
    /// Every tenant that can have mail.
    fn mail_tenants(&self) -> Vec<ProvinceId> {
        // While the database is away there is nothing to deliver, and requests say so themselves.
        self.atlas().map_or_else(
            |_| vec![],
            |atlas| std::iter::once(ProvinceId::NATION).chain(atlas.provinces.iter().map(|province| province.id)).collect(),
        )
    }

    /// Sends the mail that is due. Blocking, for as long as the mail server takes; holds no connection to the database
    /// meanwhile. One at a time in a process, and of several servers each mail goes through one.
    pub fn deliver_mail(&self) {
        let _turn = self.mail_turn.lock().unwrap_or_else(PoisonError::into_inner);
        for tenant in self.mail_tenants() {
            match self.deliver_mail_of(&Scope::whole(tenant)) {
                Ok(true) => {}
                Ok(false) => return,
                Err(error) => tracing::warn!(%error, "waiting mail could not be looked at"),
            }
        }
    }

    /// The same for one tenant; answers whether the way is open.
    fn deliver_mail_of(&self, scope: &Scope) -> htcd_persistence::Result<bool> {
        let due = self.database.read(scope, |tx| outbox::due(tx, self.now(), BATCH))?;
        for queued in due {
            let lease_ends = self.now() + LEASE;
            if !self.database.transact(scope, |tx| outbox::claim(tx, &queued, lease_ends))? {
                continue; // Another server was faster.
            }
            match self.settings.mail.send(&queued) {
                Ok(()) => {
                    self.database.transact(scope, |tx| outbox::mark_sent(tx, queued.id, self.now()))?;
                    metrics::counter!("htcd_mails_total", "result" => "sent").increment(1);
                    tracing::info!(mail_id = %queued.id, "a mail was sent");
                }
                Err(failure) => {
                    let next = retry_at(queued.attempts + 1, self.now());
                    let why: String = failure.why.chars().take(500).collect();
                    self.database.transact(scope, |tx| outbox::mark_failed(tx, queued.id, lease_ends, &why, next))?;
                    metrics::counter!("htcd_mails_total", "result" => if next.is_some() { "failed" } else { "given_up" })
                        .increment(1);
                    let (mail_id, error) = (queued.id, failure.short);
                    match next {
                        Some(next) => {
                            tracing::warn!(%mail_id, error, next = %next, "a mail was not sent and will be tried again")
                        }
                        None => tracing::error!(%mail_id, error, "a mail was given up; see `htcd outbox`"),
                    }
                    if failure.is_way {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }

    /// Forgets mail that was sent or given up, once it is old. Blocking.
    pub fn forget_old_mail(&self) {
        let limit = self.now() - KEPT;
        for tenant in self.mail_tenants() {
            if let Err(error) = self.database.transact(&Scope::whole(tenant), |tx| outbox::forget_before(tx, limit)) {
                tracing::warn!(%error, "old mail was not forgotten");
            }
        }
    }
}

/// Delivers mail every few seconds for as long as the application lives. On a thread of its own: one that waits for a mail
/// server must not be one of those that wait for the database.
pub fn deliver_in_background(app: &Arc<App>) -> std::io::Result<()> {
    let app = Arc::downgrade(app);
    let run = move || {
        loop {
            std::thread::sleep(Duration::from_secs(5));
            let Some(app) = app.upgrade() else { return };
            app.deliver_mail();
        }
    };
    std::thread::Builder::new().name("mail".into()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use htcd_domain::mail::Mail;

    use super::*;

    #[test]
    fn a_url_says_where_mail_goes() {
        let smtp = |host: &str, port, user: Option<&str>, security| Way::Smtp {
            host: host.into(),
            port,
            user: user.map(str::to_owned),
            security,
        };
        for (url, way) in [
            ("log", Way::Log),
            ("file://outbox", Way::Folder("outbox".into())),
            ("file:///var/lib/htcd/outbox", Way::Folder("/var/lib/htcd/outbox".into())),
            ("smtp://mail.example", smtp("mail.example", 587, None, Security::StartTls)),
            ("smtp://htcd@so.vn@mail.so.vn:2525", smtp("mail.so.vn", 2525, Some("htcd@so.vn"), Security::StartTls)),
            ("smtps://htcd@mail.example", smtp("mail.example", 465, Some("htcd"), Security::Tls)),
            ("smtp://127.0.0.1?tls=none", smtp("127.0.0.1", 25, None, Security::Plain)),
            ("smtp://[::1]:2525?tls=none", smtp("::1", 2525, None, Security::Plain)),
        ] {
            assert_eq!(Way::parse(url).as_ref(), Ok(&way), "{url}");
        }
        for url in [
            "",
            "mail.example",
            "http://mail.example",
            "file://",
            "smtp://",
            "smtp://:25",
            "smtp://mail.example:0",
            "smtp://mail.example:smtp",
            "smtp://htcd:secret@mail.example",
            "smtp://@mail.example",
            "smtp://htcd@mail.example?tls=none",
            "smtps://mail.example?tls=none",
            "smtp://mail.example?tls=maybe",
            "smtp://mail example",
        ] {
            assert!(Way::parse(url).is_err(), "{url}");
        }
    }

    #[test]
    fn no_name_subject_or_text_makes_a_header_of_its_own() {
        let from: Mailbox = "htcd@localhost".parse().unwrap();
        for name in ["Nguyễn Thị Lan", "Lan \"Bé\" <x@y>", "Lan\r\nBcc: thief@example.com", "Lan,\nthief@example.com", ""] {
            let recipient = recipient(name, "lan@example.com").unwrap();
            let mail = Mail {
                recipient,
                subject: "Đặt lại mật khẩu\r\nBcc: thief@example.com\r\n\r\nX".into(),
                body: "Mã: 123456\r\n.\r\nBcc: thief@example.com\n".into(),
            };
            let queued = Queued {
                id: uuid::Uuid::nil(),
                mail,
                created_at: chrono::DateTime::UNIX_EPOCH,
                attempts: 0,
                next_attempt_at: None,
                last_error: None,
            };
            let message = message(&from, &queued).unwrap_or_else(|failure| panic!("{name:?}: {}", failure.why));
            assert_eq!(message.envelope().to(), ["lan@example.com".parse::<Address>().unwrap()], "{name:?}");
            let text = String::from_utf8(message.formatted()).unwrap();
            let (head, body) = text.split_once("\r\n\r\n").unwrap();
            let names: Vec<&str> =
                head.lines().filter(|line| !line.starts_with(' ')).filter_map(|line| line.split(':').next()).collect();
            assert_eq!(
                names,
                ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "Content-Transfer-Encoding"],
                "{text}"
            );
            assert!(body.contains("123456"), "{body}");
        }
        assert_eq!(recipient("Lan", "lan@example.com\r\nBcc: x@example.com"), None);
        assert_eq!(recipient("Lan", "nowhere"), None);
    }
}
