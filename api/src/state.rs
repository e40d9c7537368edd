//! What every request shares: the database (behind permits), time, keys, the atlas, caches.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use actix_web::web;
use chrono::{DateTime, NaiveDate, Utc};
use htcd_domain::Code;
use htcd_domain::access::{Caller, Scope};
use htcd_domain::aggregate::Question;
use htcd_domain::id::{ProvinceId, SchemeId, UnitId};
use htcd_domain::province::Province;
use htcd_domain::scheme::{Scheme, SchemeStatus, Subject};
use htcd_domain::unit::UnitMap;
use htcd_persistence::aggregate::ProvinceYear;
use htcd_persistence::db::nation;
use htcd_persistence::{Database, Tx, audit, idempotency, province, scheme, signing_key, unit};

use crate::answer::Answer;
use crate::auth::issuer::Issuer;
use crate::auth::keys::Keys;
use crate::auth::password::hashers;
use crate::clock::{Clock, today};
use crate::document::Operations;
use crate::export::Writing;
use crate::files::Files;
use crate::lane::Lane;
use crate::limits::Limits;
use crate::problem::Refusal;
use crate::progress::Progress;
use crate::settings::Settings;

/// The maps and the tenants on them: read whole, replaced whole when the nation's records move.
pub struct Atlas {
    /// The nation's version at which it was read.
    pub version: i64,
    /// All units.
    pub map: UnitMap,
    /// All tenants.
    pub provinces: Vec<Province>,
    by_unit: HashMap<UnitId, ProvinceId>,
}

impl Atlas {
    fn read(tx: &mut Tx<'_>) -> htcd_persistence::Result<Self> {
        let version = audit::versions(tx, Some(&[ProvinceId::NATION]))?.first().map_or(0, |(_, version)| *version);
        let provinces = province::all(tx)?;
        let by_unit = provinces.iter().flat_map(|province| province.unit_ids.iter().map(|unit| (*unit, province.id))).collect();
        Ok(Self { version, map: unit::map(tx)?, provinces, by_unit })
    }

    /// The tenant that a unit belongs to.
    pub fn tenant_of(&self, unit: UnitId) -> Option<ProvinceId> {
        self.by_unit.get(&self.map.province_unit(unit)?).copied()
    }
}

/// What was asked, how it is written, on which day, and the version of everything that the answer rests on.
pub type DistributionKey = (Question, Writing, NaiveDate, i64);

/// The application.
pub struct App {
    /// Only permits and signing in reach it.
    pub(crate) database: Database,
    pub(crate) settings: Settings,
    /// Whether requests that went well are logged; those of the demo are not.
    pub(crate) logs_requests: bool,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) keys: Keys,
    /// The other issuer whose tokens are taken.
    pub(crate) issuer: Option<Arc<Issuer>>,
    pub(crate) operations: Operations,
    pub(crate) limits: Limits,
    /// Callers by their access token: verified, with their grants of at most five seconds ago.
    pub(crate) callers: moka::sync::Cache<String, (Arc<Caller>, DateTime<Utc>)>,
    /// Published schemes, which never change.
    schemes: moka::sync::Cache<(ProvinceId, SchemeId), Arc<Scheme>>,
    /// A tenant's facts of a year, at a version of its figures. An older version is never asked for again.
    pub(crate) facts: moka::sync::Cache<(ProvinceId, i32, Subject, i64), Arc<ProvinceYear>>,
    /// Answers, at the version of everything that they rest on.
    /// Of several who ask for the same at once one counts, and the others wait for its answer, outside of the lane of reports.
    pub(crate) distributions: moka::future::Cache<DistributionKey, Answer>,
    /// Summaries of the year's records, by the question and the version of everything that they rest on.
    pub(crate) summaries: moka::future::Cache<(String, i64), Answer>,
    /// The list of provinces that publish something, for a minute.
    pub(crate) published: moka::sync::Cache<(), Answer>,
    /// Long acts that are running.
    pub(crate) progress: Arc<Progress>,
    /// Where passwords are hashed.
    pub(crate) hashers: Lane,
    /// Where reports are made: reads that take long.
    pub(crate) reports: Lane,
    /// The bytes of files.
    pub(crate) files: Files,
    /// Held while mail is delivered.
    pub(crate) mail_turn: Mutex<()>,
    atlas: RwLock<Option<Arc<Atlas>>>,
    atlas_turn: Mutex<()>,
}

impl App {
    /// Builds the application. The database may still be away: then requests answer 503 until it is back.
    pub fn new(settings: Settings, clock: Arc<dyn Clock>) -> Self {
        let reports = settings.report_threads();
        let database = Database::open(settings.database.clone(), settings.database_connections, Duration::from_secs(2));
        Self {
            limits: Limits::new(settings.rate_limit, Arc::clone(&clock)),
            database,
            issuer: settings.oidc.clone().map(|oidc| Arc::new(Issuer::new(oidc, Arc::clone(&clock)))),
            files: Files::new(settings.files.clone()),
            settings,
            logs_requests: true,
            clock,
            keys: Keys::default(),
            operations: Operations::of(&crate::document::document()),
            callers: moka::sync::Cache::builder().max_capacity(20_000).time_to_live(Duration::from_secs(5)).build(),
            schemes: moka::sync::Cache::new(200),
            facts: moka::sync::Cache::builder()
                .weigher(|_, year: &Arc<ProvinceYear>| u32::try_from(year.facts.len()).unwrap_or(u32::MAX).saturating_add(16))
                .max_capacity(150_000)
                .time_to_idle(Duration::from_secs(600))
                .build(),
            distributions: moka::future::Cache::builder().max_capacity(1_000).time_to_idle(Duration::from_secs(600)).build(),
            summaries: moka::future::Cache::builder().max_capacity(500).time_to_idle(Duration::from_secs(600)).build(),
            published: moka::sync::Cache::builder().max_capacity(1).time_to_live(Duration::from_secs(60)).build(),
            progress: Arc::default(),
            hashers: hashers(),
            reports: Lane::start(reports, 4 * reports + 16, Duration::from_secs(5)),
            mail_turn: Mutex::new(()),
            atlas: RwLock::new(None),
            atlas_turn: Mutex::new(()),
        }
    }

    /// Now.
    pub fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The date in Viet Nam.
    pub fn today(&self) -> NaiveDate {
        today(self.now())
    }

    /// How many statements the server has sent to the database.
    pub fn statements(&self) -> u64 {
        self.database.statements()
    }

    /// The atlas, read on first use.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn atlas(&self) -> Result<Arc<Atlas>, Refusal> {
        if let Some(atlas) = self.known_atlas() {
            return Ok(atlas);
        }
        // One thread reads it and the others wait: so many copies at once would take seconds and stay in memory.
        let _turn = self.atlas_turn.lock().unwrap_or_else(PoisonError::into_inner);
        self.known_atlas().map_or_else(|| self.reload_atlas(), Ok)
    }

    fn known_atlas(&self) -> Option<Arc<Atlas>> {
        self.atlas.read().ok().and_then(|atlas| atlas.clone())
    }

    /// Reads the atlas again.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn reload_atlas(&self) -> Result<Arc<Atlas>, Refusal> {
        let atlas = Arc::new(self.database.read(&nation(), Atlas::read)?);
        *self.atlas.write().map_err(|_| Refusal::from(Code::Internal))? = Some(Arc::clone(&atlas));
        Ok(atlas)
    }

    /// A scheme of the transaction's tenant or the nation; published ones are read once.
    ///
    /// # Errors
    /// `not_found`, or what the database said.
    pub fn scheme(&self, tx: &mut Tx<'_>, id: SchemeId) -> htcd_persistence::Result<Arc<Scheme>> {
        let key = (tx.scope().province_id, id);
        if let Some(known) = self.schemes.get(&key) {
            return Ok(known);
        }
        let found = scheme::find(tx, id)?.map(|(scheme, _)| Arc::new(scheme)).ok_or(Code::NotFound)?;
        if found.status == SchemeStatus::Published {
            self.schemes.insert(key, Arc::clone(&found));
        }
        Ok(found)
    }

    /// Reads atlas and keys again if another process changed the nation's records; called every few seconds.
    pub fn refresh(&self) {
        let (known, now) = (self.known_atlas().map(|atlas| atlas.version), self.now());
        let current = self
            .database
            .read(&nation(), |tx| Ok((audit::versions(tx, Some(&[ProvinceId::NATION]))?, signing_key::current(tx, now)?)));
        let Ok((versions, keys)) = current else { return };
        if let Some(known) = known
            && versions.first().is_some_and(|(_, version)| *version != known)
            && let Err(error) = self.reload_atlas()
        {
            tracing::warn!(%error, "the atlas could not be read again");
        }
        if self.has_keys()
            && let Err(error) = self.take_keys(&keys)
        {
            tracing::warn!(%error, "the signing keys could not be read again");
        }
    }

    /// The other issuer whose tokens are taken.
    pub fn issuer(&self) -> Option<&Arc<Issuer>> {
        self.issuer.as_ref()
    }

    /// Runs blocking work (queries) on the pool of threads that is as large as the pool of connections.
    ///
    /// # Errors
    /// What the work answered.
    pub async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refusal> + Send + 'static) -> Result<T, Refusal> {
        match web::block(work).await {
            Ok(result) => result,
            Err(_) => {
                tracing::error!("a blocking task was cancelled or panicked");
                Err(Code::Internal.into())
            }
        }
    }
}

impl App {
    /// Forgets signing keys whose time is over. Blocking.
    pub fn forget_retired_keys(&self) {
        let now = self.now();
        if let Err(error) = self.database.transact(&nation(), |tx| signing_key::remove_over(tx, now)) {
            tracing::warn!(%error, "signing keys of before were not removed");
        }
    }

    /// Forgets idempotency keys older than seven days, tenant by tenant. Blocking.
    pub fn forget_old_keys(&self) {
        let limit = self.now() - chrono::TimeDelta::days(7);
        let Some(atlas) = self.known_atlas() else { return };
        let tenants = std::iter::once(ProvinceId::NATION).chain(atlas.provinces.iter().map(|province| province.id));
        for tenant in tenants {
            let forgotten = self.database.transact(&Scope::whole(tenant), |tx| idempotency::forget_before(tx, limit));
            if let Err(error) = forgotten {
                tracing::warn!(%error, province_id = %tenant, "old idempotency keys were not forgotten");
                return;
            }
        }
    }
}
