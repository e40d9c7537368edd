//! `htcd serve` and `htcd healthcheck`.

use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use htcd_persistence::Database;
use htcd_persistence::db::Target;
use metrics_exporter_prometheus::PrometheusBuilder;
use tracing_subscriber::EnvFilter;

use super::Outcome;
use super::doctor::{self, Health};
use crate::clock::SystemClock;
use crate::health::Recorder;
use crate::settings::Settings;
use crate::state::App;
use crate::{demo, server};

fn start_log(settings: &Settings) {
    let filter = EnvFilter::try_new(&settings.log).unwrap_or_else(|_| EnvFilter::new("info"));
    let log = tracing_subscriber::fmt().with_env_filter(filter).with_target(false).with_writer(std::io::stderr);
    // A second subscriber can only be set by a test; the first one stays.
    let _ = if settings.log_json { log.json().flatten_event(true).try_init() } else { log.with_ansi(false).try_init() };
}

/// Serves until SIGINT or SIGTERM, then finishes what was accepted.
pub fn serve(settings: Settings, with_demo: bool) -> Outcome {
    start_log(&settings);
    if matches!(settings.database, Target::Sqlite(_)) || with_demo {
        super::migrate_database(&settings)?;
    }
    let database = Database::open(settings.database.clone(), 1, Duration::from_secs(2));
    if let Ok(false) = database.is_ready() {
        tracing::error!("the database has not the schema that this program needs: run `htcd migrate`");
    }
    if let Ok((Health::Warning | Health::Fault, text)) = doctor::role(&database) {
        tracing::warn!("{text}");
    }
    drop(database);
    let recorder = PrometheusBuilder::new().install_recorder().ok();
    let app = Arc::new(App::new(settings, Arc::new(SystemClock)));
    if with_demo {
        demo::load(&app)?;
    }
    let result = actix_web::rt::System::new().block_on(async {
        let running = server::start(Arc::clone(&app), Recorder(recorder))?;
        tracing::info!(address = %running.address, "listening");
        tracing::info!(from = %app.settings.mail.from, "mail goes to {}", app.settings.mail.way);
        tracing::info!("files lie in {}", app.files.place());
        if with_demo {
            demo::greet(running.address);
        }
        running.server.await
    });
    result.map_err(|error| format!("{}: {error}", app.settings.listen))
}

/// Asks the server at the address that it would listen on.
pub fn healthcheck(settings: &Settings) -> Outcome {
    let ip = if settings.listen.ip().is_unspecified() { IpAddr::V4(Ipv4Addr::LOCALHOST) } else { settings.listen.ip() };
    let address = SocketAddr::new(ip, settings.listen.port());
    let wait = Duration::from_secs(5);
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, wait)?;
        stream.set_read_timeout(Some(wait))?;
        stream.write_all(format!("GET /healthz/ready HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    match ask() {
        Ok(answer) if answer.starts_with("HTTP/1.1 200") => Ok(()),
        Ok(answer) => Err(format!("not ready: {}", answer.lines().next().unwrap_or(""))),
        Err(error) => Err(format!("{address} does not answer: {error}")),
    }
}
