//! What happens around every handler. Outermost: [`observe`] (ids, log, metrics, problems in the
//! caller's language). Inside it: [`guard`] (is there such an operation, who is asking, how often,
//! nothing unknown in the query, the body within its limits).

use std::rc::Rc;
use std::sync::Arc;

use actix_web::body::{BoxBody, MessageBody, to_bytes_limited};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::uri::Authority;
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage, HttpRequest, web};
use htcd_domain::problem::Place;
use htcd_domain::text::{Label, Language};
use htcd_domain::{Code, Fault, Problem};
use sha2::{Digest, Sha256};

use crate::auth::issuer::LONGEST_TOKEN;
use crate::clock::new_id;
use crate::connection::{Connection, Pieces};
use crate::extract::IDEMPOTENCY_KEY;
use crate::limits::{Limited, Wait};
use crate::problem::{Refusal, language};
use crate::proxies::{Client, Networks};
use crate::state::App;

/// What is known of a request besides its caller.
#[derive(Debug, Clone)]
pub struct Meta {
    /// Its id, in every log line and answer.
    pub request_id: String,
    /// The operation's id in the document.
    pub operation: String,
    /// Where it comes from.
    pub client: Client,
    /// The caller's program, as it calls itself.
    pub user_agent: Option<String>,
    /// The language of the answer.
    pub language: Language,
}

impl Meta {
    /// The request's.
    pub fn of(request: &HttpRequest) -> Self {
        request.extensions().get::<Self>().cloned().unwrap_or(Self {
            request_id: String::new(),
            operation: String::new(),
            client: Client::of(None, &HeaderMap::new(), &Networks::default()),
            user_agent: None,
            language: Language::Vi,
        })
    }

    /// The client's address, for the audit trail.
    pub fn address(&self) -> Option<String> {
        Some(self.client.address.to_string())
    }
}

impl FromRequest for Meta {
    type Error = Error;
    type Future = std::future::Ready<Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        std::future::ready(Ok(Self::of(request)))
    }
}

/// A request's `Idempotency-Key`, with what the request asks for.
#[derive(Debug, Clone)]
pub struct Idempotency {
    /// The key.
    pub key: String,
    /// SHA-256 over method, path, query and body.
    pub fingerprint: String,
}

/// How many more requests the caller has at once; if none, the seconds until there is one.
#[derive(Debug, Clone, Copy)]
struct Remaining {
    left: u32,
    wait: Option<Wait>,
}

impl Remaining {
    /// As the `RateLimit` header has it.
    fn header(self) -> String {
        match self.wait {
            Some(wait) => format!("\"default\";r={};t={}", self.left, wait.seconds),
            None => format!("\"default\";r={}", self.left),
        }
    }
}

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
pub(crate) const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");

/// Nothing in an answer of the API is to be shown, run or framed.
const CONTENT_POLICY: &str = "default-src 'none'; frame-ancestors 'none'";
/// The page to try it runs its own scripts, draws its own pictures, and calls this server only.
const DOCS_CONTENT_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; \
                                   connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

fn request_id(headers: &HeaderMap, app: &App) -> String {
    let given = headers.get(REQUEST_ID).and_then(|value| value.to_str().ok());
    let usable =
        given.filter(|id| (1..=64).contains(&id.len()) && id.bytes().all(|b| b.is_ascii_alphanumeric() || b"._-".contains(&b)));
    usable.map_or_else(|| new_id::<uuid::Uuid>(app.now()).to_string(), str::to_owned)
}

/// What a program calls itself, as far as it is worth keeping.
fn user_agent(headers: &HeaderMap) -> Option<String> {
    let value = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(value.chars().take(200).collect())
}

/// The trace id of a W3C `traceparent`.
fn trace_id(headers: &HeaderMap) -> Option<String> {
    let value = headers.get("traceparent")?.to_str().ok()?;
    let mut parts = value.split('-');
    let (version, trace) = (parts.next()?, parts.next()?);
    let hex = |text: &str, len: usize| text.len() == len && text.bytes().all(|b| b.is_ascii_hexdigit());
    (hex(version, 2) && hex(trace, 32)).then(|| trace.to_owned())
}

/// Ids, log line, metrics, headers of every answer; problems in the caller's language; HEAD as GET.
pub async fn observe(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let Some(app) = request.app_data::<web::Data<App>>().cloned() else { return Err(Refusal::from(Code::Internal).into()) };
    let started = std::time::Instant::now();
    let meta = Meta {
        request_id: request_id(request.headers(), &app),
        operation: String::new(),
        client: Client::of(request.peer_addr().map(|peer| peer.ip()), request.headers(), &app.settings.trusted_proxies),
        user_agent: user_agent(request.headers()),
        language: language(request.headers()),
    };
    let trace = trace_id(request.headers());
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    request.extensions_mut().insert(meta.clone());
    let connection = request.conn_data::<Rc<Connection>>().cloned();
    let in_hand = connection.as_ref().map(Connection::begin);
    let mut response = next.call(request).await?.map_into_boxed_body();
    drop(in_hand);

    if response.status().is_client_error() || response.status().is_server_error() {
        let rendered = response
            .response()
            .error()
            .and_then(|error| error.as_error::<Refusal>())
            .map(|refusal| refusal.render(meta.language, &meta.request_id));
        let is_problem = response.headers().get(header::CONTENT_TYPE).is_some_and(|value| value == "application/problem+json");
        let rendered =
            rendered.or_else(|| (!is_problem).then(|| foreign(response.status()).render(meta.language, &meta.request_id)));
        if let Some(mut rendered) = rendered {
            // What the page of another origin needs to be allowed to read it.
            for (name, value) in response.headers().iter().filter(|(name, _)| is_about_origins(name)) {
                rendered.headers_mut().append(name.clone(), value.clone());
            }
            response = response.into_response(rendered);
        }
    }
    let operation = Meta::of(response.request()).operation;
    let left = response.request().extensions().get::<Remaining>().copied();
    let (method, path, status) =
        (response.request().method().clone(), response.request().path().to_owned(), response.status().as_u16());
    let headers = response.headers_mut();
    if !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN) {
        // actix-cors says it to everybody.
        headers.remove(header::ACCESS_CONTROL_EXPOSE_HEADERS);
    }
    if let Ok(id) = HeaderValue::from_str(&meta.request_id) {
        headers.insert(REQUEST_ID, id);
    }
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        let content_policy = if path.starts_with("/docs/") { DOCS_CONTENT_POLICY } else { CONTENT_POLICY };
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(content_policy));
    }
    if !headers.contains_key(RESOURCE_POLICY) {
        // Does not stand in the way of a page that CORS lets in: it is for those who do not ask.
        headers.insert(RESOURCE_POLICY, HeaderValue::from_static("same-origin"));
    }
    if headers.get(header::CONTENT_ENCODING).is_some_and(|encoding| encoding == "identity") {
        // It kept the answer from being compressed, and says nothing to anybody else.
        headers.remove(header::CONTENT_ENCODING);
    }
    if meta.client.is_secure {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        let policy = if path.starts_with("/oauth2/") { "no-store" } else { "private, no-cache" };
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(policy));
    }
    if let Some(policy) = app.limits.policy().and_then(|policy| HeaderValue::from_str(&policy).ok()) {
        headers.insert(HeaderName::from_static("ratelimit-policy"), policy);
    }
    if let Some(left) = left.and_then(|left| HeaderValue::from_str(&left.header()).ok()) {
        headers.insert(HeaderName::from_static("ratelimit"), left);
    }
    headers.append(header::VARY, HeaderValue::from_static("Accept-Language, Authorization"));
    let took = started.elapsed();
    let name = if operation.is_empty() { "none".to_owned() } else { operation };
    metrics::counter!("htcd_requests_total", "operation" => name.clone(), "status" => status.to_string()).increment(1);
    metrics::histogram!("htcd_request_seconds", "operation" => name.clone()).record(took.as_secs_f64());
    let took_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    // Paths hold ids and codes only; queries may hold names that people look for, and are not logged.
    if status >= 500 {
        tracing::error!(request_id = meta.request_id, trace_id = trace, operation = name, %method, path, status, took_us, "request failed");
    } else if app.logs_requests {
        tracing::info!(request_id = meta.request_id, trace_id = trace, operation = name, %method, path, status, took_us, "request");
    }
    // To a HEAD the framework sends the head alone, with the length that the body would have.
    Ok(match connection {
        Some(connection) => response.map_body(|_, body| Pieces::of(body, connection)),
        None => response,
    })
}

/// Whether a header belongs to CORS.
fn is_about_origins(name: &HeaderName) -> bool {
    *name == header::VARY || name.as_str().starts_with("access-control-")
}

/// A refusal in place of an error of the framework.
fn foreign(status: StatusCode) -> Refusal {
    let code = match status {
        StatusCode::NOT_FOUND => Code::NoSuchOperation,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::REQUEST_TIMEOUT => Code::RequestTimeout,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::UnsupportedMediaType,
        status if status.is_client_error() => Code::MalformedRequest,
        _ => Code::Internal,
    };
    code.into()
}

/// Everything that is decided before a handler runs.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let revisit = match admit(&mut request).await {
        Ok(revisit) => revisit,
        Err(refusal) => return Ok(request.error_response(refusal)),
    };
    let response = next.call(request).await?.map_into_boxed_body();
    let Some(revisit) = revisit else { return Ok(response) };
    match revisit.settle(response.request(), response.status()) {
        Ok(()) => Ok(response),
        Err(refusal) => Ok(response.error_response(refusal)),
    }
}

/// A request that asks whether something has changed. It costs nothing when nothing has, which its answer shows.
struct Revisit {
    app: Arc<App>,
    who: Limited,
}

impl Revisit {
    fn settle(&self, request: &HttpRequest, status: StatusCode) -> Result<(), Refusal> {
        if status != StatusCode::NOT_MODIFIED {
            return count(&self.app, request, self.who);
        }
        if let Some(left) = self.app.limits.left(self.who) {
            request.extensions_mut().insert(Remaining { left, wait: None });
        }
        Ok(())
    }
}

/// Counts a request, and notes what is left for its answer.
fn count(app: &App, request: &HttpRequest, who: Limited) -> Result<(), Refusal> {
    let taken = app.limits.request(who);
    let remaining = match taken {
        Ok(left) => left.map(|left| Remaining { left, wait: None }),
        Err(wait) => Some(Remaining { left: 0, wait: Some(wait) }),
    };
    if let Some(remaining) = remaining {
        request.extensions_mut().insert(remaining);
    }
    taken.map(drop).map_err(Refusal::from)
}

/// Whether it is clear for whom a request is: an unreadable `Host`, or one that contradicts the request line, is how a
/// proxy and a server are made to read a request differently.
fn is_host_clear(request: &ServiceRequest) -> bool {
    let host = request.headers().get(header::HOST).map_or(&b""[..], HeaderValue::as_bytes);
    let is_readable = host.is_empty() || (Authority::try_from(host).is_ok() && !host.contains(&b'@'));
    is_readable && request.uri().authority().is_none_or(|named| named.as_str().as_bytes().eq_ignore_ascii_case(host))
}

async fn admit(request: &mut ServiceRequest) -> Result<Option<Revisit>, Refusal> {
    let app = request.app_data::<web::Data<App>>().cloned().ok_or(Code::Internal)?.into_inner();
    if !is_host_clear(request) {
        return Err(Code::MalformedRequest.into());
    }
    let pattern = request.match_pattern().ok_or(Code::NoSuchOperation)?;
    let Some(methods) = app.operations.methods(&pattern) else {
        // The document and the page to try it.
        let client = Meta::of(request.request()).client;
        return count(&app, request.request(), Limited::address(client.address)).map(|()| None);
    };
    let Some(operation) = methods.get(request.method().as_str()) else {
        let allow = methods.keys().map(String::as_str).collect::<Vec<_>>().join(", ");
        return Err(Refusal::from(Code::MethodNotAllowed).header(header::ALLOW, allow));
    };
    let mut meta = Meta::of(request.request());
    meta.operation.clone_from(&operation.id);
    let mut limited_as = Limited::address(meta.client.address);
    request.extensions_mut().insert(meta);

    if operation.secured {
        let caller = match authenticate(request, &app).await {
            Ok(caller) => caller,
            Err(refusal) => {
                // Trying tokens counts too, for whoever tries them.
                if refusal.problem.code == Code::TokenInvalid {
                    count(&app, request.request(), limited_as)?;
                }
                return Err(refusal);
            }
        };
        limited_as = Limited::caller(&caller);
        request.extensions_mut().insert(caller);
    }
    let is_revisit = request.method() == Method::GET && request.headers().contains_key(header::IF_NONE_MATCH);
    let mut revisit = None;
    if is_revisit && !operation.is_free {
        app.limits.revisit(limited_as)?;
        revisit = Some(Revisit { app: Arc::clone(&app), who: limited_as });
    } else if !operation.is_free {
        count(&app, request.request(), limited_as)?;
    }
    let unknown = request
        .query_string()
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split('=').next().unwrap_or(""))
        .find(|name| !operation.query.contains(*name));
    if let Some(name) = unknown {
        let name: String = name.chars().take(60).collect();
        let known = operation.query.iter().cloned().collect::<Vec<_>>().join(", ");
        let detail = Label::new(format!("Tham số được nhận: {known}."), format!("Parameters taken: {known}."));
        let fault = Fault { place: Place::Query, pointer: name, rule: "unknown_parameter", detail };
        return Err(Problem { faults: vec![fault], ..Problem::new(Code::UnknownParameter) }.into());
    }
    let body = receive(request, &app).await?;
    if operation.takes_key
        && let Some(idempotency) = idempotency(request, &body)?
    {
        request.extensions_mut().insert(idempotency);
    }
    request.set_payload(Payload::from(body));
    Ok(revisit)
}

async fn authenticate(request: &ServiceRequest, app: &Arc<App>) -> Result<Arc<htcd_domain::access::Caller>, Refusal> {
    let value = request.headers().get(header::AUTHORIZATION).ok_or(Code::SignInRequired)?;
    let value = value.to_str().map_err(|_| Refusal::from(Code::TokenInvalid))?;
    let token = match value.split_once(' ') {
        Some((scheme, token)) if scheme.eq_ignore_ascii_case("bearer") => token.trim(),
        _ => return Err(Code::TokenInvalid.into()),
    };
    if token.len() > LONGEST_TOKEN {
        return Err(Code::TokenInvalid.into());
    }
    let caller = match app.known_caller(token) {
        Some(caller) => caller,
        None => app.authenticate(token.to_owned()).await?,
    };
    if caller.may_come_from(Meta::of(request.request()).client.address) { Ok(caller) } else { Err(Code::TokenInvalid.into()) }
}

/// The whole body, within its limits of size and time.
async fn receive(request: &mut ServiceRequest, app: &App) -> Result<web::Bytes, Refusal> {
    let encoded = request.headers().get(header::CONTENT_ENCODING).is_some_and(|value| value != "identity");
    if encoded {
        return Err(Code::UnsupportedMediaType.into());
    }
    let announced = request
        .headers()
        .get(header::CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.parse::<u64>().ok());
    if announced.is_some_and(|length| length > app.settings.body_limit as u64) {
        return Err(too_large(app));
    }
    let payload = request.take_payload();
    let body = actix_web::body::BodyStream::new(payload);
    match tokio::time::timeout(app.settings.body_timeout, to_bytes_limited(body, app.settings.body_limit)).await {
        Err(_) => Err(Code::RequestTimeout.into()),
        Ok(Err(_)) => Err(too_large(app)),
        Ok(Ok(Err(_))) => Err(Code::MalformedRequest.into()),
        Ok(Ok(Ok(body))) => Ok(body),
    }
}

fn too_large(app: &App) -> Refusal {
    let limit = app.settings.body_limit / 1024;
    Problem::new(Code::BodyTooLarge).detail(format!("Giới hạn là {limit} KiB."), format!("The limit is {limit} KiB.")).into()
}

fn idempotency(request: &ServiceRequest, body: &[u8]) -> Result<Option<Idempotency>, Refusal> {
    let Some(value) = request.headers().get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let key = value
        .to_str()
        .ok()
        .map(|key| key.trim().trim_matches('"'))
        .filter(|key| (8..=128).contains(&key.len()) && key.bytes().all(|b| b.is_ascii_graphic()));
    let Some(key) = key else {
        let detail = Label::fixed(
            "Khóa có 8 đến 128 ký tự ASCII không có khoảng trắng, ví dụ một UUID.",
            "A key has 8 to 128 visible ASCII characters, for instance a UUID.",
        );
        let fault = Fault { place: Place::Header, pointer: "Idempotency-Key".into(), rule: "key_shape", detail };
        return Err(Problem { faults: vec![fault], ..Problem::new(Code::MalformedRequest) }.into());
    };
    let mut hasher = Sha256::new();
    for part in [request.method().as_str().as_bytes(), request.path().as_bytes(), request.query_string().as_bytes(), body] {
        hasher.update((part.len() as u64).to_be_bytes());
        hasher.update(part);
    }
    Ok(Some(Idempotency { key: key.to_owned(), fingerprint: hex::encode(hasher.finalize()) }))
}
