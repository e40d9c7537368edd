//! Health and metrics.

use actix_web::{HttpResponse, get, web};
use htcd_domain::Code;
use serde::Serialize;
use utoipa::ToSchema;

use crate::middleware::Meta;
use crate::problem::Refusal;
use crate::state::App;

/// How the server is.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok`.
    #[schema(example = "ok")]
    pub status: &'static str,
    /// The program's version.
    #[schema(example = "0.1.0")]
    pub version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

/// Whether the process is alive.
#[utoipa::path(tag = "operation", responses((status = 200, description = "It is.", body = Health)), security(()))]
#[get("/healthz/live")]
pub async fn get_live() -> HttpResponse {
    HttpResponse::Ok().json(OK)
}

/// Whether requests can be served: the database answers and has the schema that this version needs.
#[utoipa::path(tag = "operation", responses((status = 200, description = "They can.", body = Health)), security(()))]
#[get("/healthz/ready")]
pub async fn get_ready(app: web::Data<App>) -> Result<HttpResponse, Refusal> {
    let app = app.into_inner();
    let is_ready = App::blocking(move || Ok(app.database.is_ready()?)).await?;
    if is_ready { Ok(HttpResponse::Ok().json(OK)) } else { Err(Code::DatabaseAway.into()) }
}

/// The recorder behind `/metrics`, where the process has one.
pub struct Recorder(pub Option<metrics_exporter_prometheus::PrometheusHandle>);

/// Metrics in Prometheus' text format: requests by operation and status, their durations, connections.
///
/// Without a token, and only for the networks that the server was told of; for others it is not there.
#[utoipa::path(tag = "operation", responses((status = 200, description = "Metrics.", body = String, content_type = "text/plain")), security(()))]
#[get("/metrics")]
pub async fn get_metrics(app: web::Data<App>, meta: Meta, recorder: web::Data<Recorder>) -> Result<HttpResponse, Refusal> {
    if !app.settings.metrics_from.contain(meta.client.address) {
        return Err(Code::NoSuchOperation.into());
    }
    let (open, idle) = app.database.connections();
    metrics::gauge!("htcd_database_connections").set(f64::from(open));
    metrics::gauge!("htcd_database_connections_idle").set(f64::from(idle));
    metrics::counter!("htcd_database_statements_total").absolute(app.statements());
    let text = recorder.0.as_ref().map(metrics_exporter_prometheus::PrometheusHandle::render).unwrap_or_default();
    Ok(HttpResponse::Ok().content_type("text/plain; version=0.0.4").body(text))
}
