//! Starting the server.

use std::net::{SocketAddr, TcpListener};
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use actix_cors::Cors;
use actix_web::dev::ServerHandle;
use actix_web::http::header;
use actix_web::middleware::{Compress, Condition, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, get, web};
use htcd_domain::Code;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::connection::Connection;
use crate::extract::{IDEMPOTENCY_KEY, UPLOAD_OFFSET};
use crate::health::Recorder;
use crate::mail::deliver_in_background;
use crate::middleware::{guard, observe};
use crate::problem::Refusal;
use crate::state::App;

/// The document, as the server serves it.
#[get("/openapi.json")]
async fn get_document() -> HttpResponse {
    static TEXT: LazyLock<String> = LazyLock::new(|| crate::document::document().to_string());
    HttpResponse::Ok().content_type("application/json").insert_header(("Cache-Control", "no-cache")).body(TEXT.as_str())
}

#[get("/docs")]
async fn get_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("Location", "/docs/")).finish()
}

#[get("/")]
async fn get_root() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("Location", "/docs/")).finish()
}

/// For how long a connection is kept for its next request.
const KEEP_ALIVE: Duration = Duration::from_secs(5);

/// So many connections at most, over all workers; others wait in the kernel's queue.
const MOST_CONNECTIONS: usize = 10_000;

/// Lets pages of the listed origins call the API. There are no cookies to be sent along: tokens travel in a header.
fn cors(origins: &[String]) -> Cors {
    let cors = Cors::default()
        .block_on_origin_mismatch(false)
        .allowed_methods(["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
        .allowed_headers([header::AUTHORIZATION, header::CONTENT_TYPE, header::IF_MATCH, header::IF_NONE_MATCH])
        .allowed_headers([header::ACCEPT_LANGUAGE, IDEMPOTENCY_KEY, UPLOAD_OFFSET, header::RANGE, header::IF_RANGE])
        .allowed_headers(["x-request-id", "traceparent"])
        .expose_headers([header::ETAG, header::LOCATION, header::RETRY_AFTER, header::CONTENT_DISPOSITION])
        .expose_headers([header::CONTENT_RANGE, header::ACCEPT_RANGES])
        .expose_headers(["ratelimit", "ratelimit-policy", "x-request-id", "deprecation", "sunset"])
        .max_age(3600);
    origins.iter().fold(cors, |cors, origin| cors.allowed_origin(origin))
}

/// A server that listens already.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// Stops it: gracefully, finishing what was accepted, or at once.
    pub handle: ServerHandle,
    /// Runs until it is stopped.
    pub server: actix_web::dev::Server,
}

/// Binds and builds the server; awaiting `server` runs it.
///
/// # Errors
/// When the address cannot be listened on.
pub fn start(app: Arc<App>, recorder: Recorder) -> std::io::Result<Running> {
    let settings = app.settings.clone();
    let listener = TcpListener::bind(settings.listen)?;
    let address = listener.local_addr()?;
    let data = web::Data::from(app);
    let recorder = web::Data::new(recorder);
    // As many threads wait for the database as it has connections: more would queue unfairly (docs/performance.md).
    // Those that make reports are not among them.
    let others = (settings.database_connections as usize).saturating_sub(settings.report_threads()).max(1);
    let blocking = others.div_ceil(settings.workers);
    // Whoever begins the next request just in time has as long for it as for the first.
    let patience = KEEP_ALIVE + settings.body_timeout;
    let server = HttpServer::new({
        let data = data.clone();
        move || {
            let docs = SwaggerUi::new("/docs/{_:.*}").config(
                Config::from("/openapi.json")
                    .persist_authorization(false)
                    .display_operation_id(true)
                    .doc_expansion("none")
                    .validator_url("none"),
            );
            let (app, _) = ActixApp::new().into_utoipa_app().configure(crate::routes).split_for_parts();
            app.app_data(data.clone())
                .app_data(recorder.clone())
                .app_data(web::PayloadConfig::new(settings.body_limit))
                .service(get_document)
                .service(get_docs)
                .service(get_root)
                .service(docs)
                .default_service(web::to(|| async { Err::<HttpResponse, _>(Refusal::from(Code::NoSuchOperation)) }))
                .wrap(from_fn(guard))
                .wrap(Compress::default())
                .wrap(Condition::new(!settings.cors_origins.is_empty(), cors(&settings.cors_origins)))
                .wrap(from_fn(observe))
        }
    })
    .workers(settings.workers)
    .worker_max_blocking_threads(blocking)
    .max_connections((MOST_CONNECTIONS / settings.workers).max(1))
    .client_request_timeout(settings.body_timeout)
    .keep_alive(KEEP_ALIVE)
    // A long answer leaves in several writes: its end does not wait for the caller to acknowledge the beginning (Nagle).
    .tcp_nodelay(true)
    .on_connect(move |stream, extensions| Connection::watch(stream, extensions, patience))
    .shutdown_timeout(settings.shutdown.as_secs())
    .listen(listener)?
    .run();
    let app = data.into_inner();
    deliver_in_background(&app)?;
    actix_web::rt::spawn(housekeeping(app));
    Ok(Running { address, handle: server.handle(), server })
}

/// Every few seconds: sees whether another process changed the nation's records, forgets what has aged.
async fn housekeeping(app: Arc<App>) {
    let mut round: u32 = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        round = round.wrapping_add(1);
        let is_hourly = round.is_multiple_of(720);
        if is_hourly {
            // Looking for what nothing names goes through all files: at the first hour, and then once a day.
            let (app, objects) = (Arc::clone(&app), (round / 720) % 24 == 1);
            actix_web::rt::spawn(async move { app.sweep_files(objects).await });
        }
        let app = Arc::clone(&app);
        if is_hourly && let Some(issuer) = app.issuer() {
            actix_web::rt::spawn(Arc::clone(issuer).renew());
        }
        let work = web::block(move || {
            app.refresh();
            app.limits.forget_quiet();
            if is_hourly {
                app.forget_old_keys();
                app.forget_old_mail();
                app.forget_retired_keys();
            }
        });
        if work.await.is_err() {
            tracing::error!("housekeeping failed");
        }
    }
}
