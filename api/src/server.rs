//! Starting the server.

use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as ActixApp, HttpResponse, HttpServer, get, web};
use htcd_domain::Code;
use utoipa_actix_web::AppExt;
use utoipa_swagger_ui::{Config, SwaggerUi};

use crate::health::Recorder;
use crate::middleware::{guard, observe};
use crate::problem::Refusal;
use crate::state::App;

/// The document, as the server serves it.
#[get("/openapi.json")]
async fn get_document() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header(("Cache-Control", "no-cache"))
        .body(crate::document::document().to_string())
}

#[get("/docs")]
async fn get_docs() -> HttpResponse {
    HttpResponse::PermanentRedirect().insert_header(("Location", "/docs/")).finish()
}

#[get("/")]
async fn get_root() -> HttpResponse {
    HttpResponse::TemporaryRedirect().insert_header(("Location", "/docs/")).finish()
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
    let blocking = (settings.database_connections as usize).div_ceil(settings.workers);
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
                .wrap(from_fn(observe))
        }
    })
    .workers(settings.workers)
    .worker_max_blocking_threads(blocking)
    .client_request_timeout(settings.body_timeout)
    .shutdown_timeout(settings.shutdown.as_secs())
    .listen(listener)?
    .run();
    actix_web::rt::spawn(housekeeping(data.into_inner()));
    Ok(Running { address, handle: server.handle(), server })
}

/// Every few seconds: sees whether another process changed the nation's records, forgets what has aged.
async fn housekeeping(app: Arc<App>) {
    let mut round: u32 = 0;
    loop {
        tokio::time::sleep(Duration::from_secs(5)).await;
        round = round.wrapping_add(1);
        let (app, is_hourly) = (Arc::clone(&app), round.is_multiple_of(720));
        if is_hourly && let Some(issuer) = app.issuer() {
            actix_web::rt::spawn(Arc::clone(issuer).renew());
        }
        let work = web::block(move || {
            app.refresh();
            app.limits.forget_quiet();
            if is_hourly {
                app.forget_old_keys();
                app.forget_retired_keys();
            }
        });
        if work.await.is_err() {
            tracing::error!("housekeeping failed");
        }
    }
}
