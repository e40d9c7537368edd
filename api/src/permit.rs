//! Permits: the only key to the database that a handler can hold.
//!
//! A handler names the right it needs in its signature, `Permit<CentresRead>`. The extractor is
//! synchronous and stands first, so that it answers 401 or 403 before anything else is looked at.
//! What a permit reads and writes starts inside the caller's tenant and scope.

use std::future::{Ready, ready};
use std::marker::PhantomData;
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage, HttpRequest};
use chrono::{DateTime, NaiveDate, Utc};
use htcd_domain::Code;
use htcd_domain::access::{Caller, Permission, Scope};
use htcd_domain::id::{ProvinceId, UserId};
use htcd_domain::text::Language;
use htcd_persistence::db::record;
use htcd_persistence::{Author, Change, Database, Tx, idempotency};
use uuid::Uuid;

use crate::answer::Answer;
use crate::clock::new_id;
use crate::lane::took_too_long;
use crate::middleware::{Idempotency, Meta};
use crate::problem::Refusal;
use crate::state::{App, Atlas};

/// A right, as a type.
pub trait Right: Send + 'static {
    /// Its permission in the policy.
    const PERMISSION: Permission;
}

macro_rules! rights {
    ($($name:ident),+ $(,)?) => {$(
        #[doc = concat!("[`Permission::", stringify!($name), "`] as a type.")]
        pub enum $name {}
        impl Right for $name { const PERMISSION: Permission = Permission::$name; }
    )+};
}
rights!(
    Me,
    OwnAccount,
    UnitsRead,
    UnitsRestructure,
    ProvincesRead,
    ProvincesManage,
    UsersRead,
    UsersManage,
    UsersContact,
    PersonalData,
    SignInPolicy,
    ServiceAccounts,
    AccessExplain,
    CentresRead,
    CentresWrite,
    CentresLifecycle,
    SchemesRead,
    SchemesWrite,
    RoundsRead,
    RoundsWrite,
    RatingsRead,
    RatingsDraft,
    RatingsSubmit,
    RatingsVerify,
    RatingsReturn,
    RatingsDecide,
    RatingsImport,
    AggregatesRead,
    AggregatesNational,
    AggregatesRecords,
    AggregatesNationalRecords,
    SubmissionsRead,
    SubmissionsSeal,
    AuditRead,
    RecordsRead,
    RecordsWrite,
    EventsWrite,
    BoardsWrite,
    PlansApprove,
    MoneyApprove,
    ReportsSubmit,
    ReportsAccept,
    NewsPublish,
    SettingsWrite,
    FilesRead,
    FilesWrite,
);

/// What a caller's rights rest on: after a change of it, everybody is looked up again.
const ACCESS: &[&str] =
    &["user", "grant", "session", "authenticator", "delegation", "service_account", "sign_in_policy", "user_identity"];

/// Leave to do what one right covers, within the caller's scope.
pub struct Permit<R> {
    app: Arc<App>,
    atlas: Arc<Atlas>,
    caller: Arc<Caller>,
    scope: Scope,
    author: Author,
    language: Language,
    idempotency: Option<Idempotency>,
    right: PhantomData<fn() -> R>,
}

impl<R: Right> FromRequest for Permit<R> {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Self::of(request))
    }
}

impl<R: Right> Permit<R> {
    fn of(request: &HttpRequest) -> Result<Self, Refusal> {
        let app = crate::extract::app(request)?.into_inner();
        let caller = request.extensions().get::<Arc<Caller>>().cloned().ok_or(Code::SignInRequired)?;
        let today = app.today();
        caller.check(R::PERMISSION, today).map_err(|refused| caller.refusal(R::PERMISSION, refused))?;
        let atlas = app.atlas()?;
        // One's own account is found in the tenant, wherever one's roles reach.
        let scope = if R::PERMISSION.is_in_person() {
            Scope::whole(caller.province_id)
        } else {
            caller.scope(R::PERMISSION, &atlas.map, today)
        };
        let meta = Meta::of(request);
        let author = Author {
            session_id: caller.session_id(),
            service_account_id: caller.service_account_id(),
            acting: caller.acting.as_ref().map(|acting| (acting.user_id, acting.username.clone())),
            address: meta.address(),
            ..Author::person(caller.user_id, &caller.username, &meta.operation, &meta.request_id, app.now())
        };
        let idempotency = request.extensions().get::<Idempotency>().cloned();
        Ok(Self { app, atlas, caller, scope, author, language: meta.language, idempotency, right: PhantomData })
    }

    /// The caller.
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The maps and tenants.
    pub fn atlas(&self) -> &Arc<Atlas> {
        &self.atlas
    }

    /// The application's caches and settings; not its database.
    pub fn app(&self) -> &App {
        &self.app
    }

    /// The application, to be kept beyond the permit.
    pub(crate) fn shared(&self) -> &Arc<App> {
        &self.app
    }

    /// How far the right reaches.
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    /// How far another right of the caller reaches.
    pub fn scope_of(&self, permission: Permission) -> Scope {
        self.caller.scope(permission, &self.atlas.map, self.today())
    }

    /// Who sent the request: under whose name its `Idempotency-Key` is kept.
    fn sender(&self) -> UserId {
        let acting = self.caller.acting.as_ref().map(|acting| acting.user_id);
        self.caller.service_account_id().map(|id| UserId(id.0)).or(acting).unwrap_or(self.caller.user_id)
    }

    /// The language of the answer.
    pub fn language(&self) -> Language {
        self.language
    }

    /// Who makes the change, for work that writes audit records of its own.
    pub(crate) fn author(&self) -> &Author {
        &self.author
    }

    /// The request's id.
    pub fn request_id(&self) -> &str {
        &self.author.request_id
    }

    /// The moment of the request.
    pub fn now(&self) -> DateTime<Utc> {
        self.author.at
    }

    /// The date in Viet Nam at the moment of the request.
    pub fn today(&self) -> NaiveDate {
        crate::clock::today(self.author.at)
    }

    /// A new identity.
    pub fn new_id<T: From<Uuid>>(&self) -> T {
        new_id(self.author.at)
    }

    /// Reads from one snapshot, within the scope.
    ///
    /// # Errors
    /// What the work answered, 503 while the database is away.
    pub async fn read<T: Send + 'static>(
        self,
        mut work: impl FnMut(&Self, &mut Tx<'_>) -> htcd_persistence::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        App::blocking(move || Ok(self.app.database.read(&self.scope, |tx| work(&self, tx))?)).await
    }

    /// Reads as [`Permit::read`] does and hands the permit back, for work that goes on outside the database before it writes.
    ///
    /// # Errors
    /// As for [`Permit::read`].
    pub async fn look<T: Send + 'static>(
        self,
        mut work: impl FnMut(&Self, &mut Tx<'_>) -> htcd_persistence::Result<T> + Send + 'static,
    ) -> Result<(Self, T), Refusal> {
        App::blocking(move || {
            let found = self.app.database.read(&self.scope, |tx| work(&self, tx))?;
            Ok((self, found))
        })
        .await
    }

    /// Reads as [`Permit::read`] does, in the lane of reports: for what may take long, so that however much of it is asked
    /// for, the threads and connections that data entry needs stay free.
    ///
    /// # Errors
    /// As for [`Permit::read`]; `too_busy` when too many reports wait, or this one takes too long.
    pub async fn report<T: Send + 'static>(
        self,
        mut work: impl FnMut(&Self, &mut Tx<'_>) -> htcd_persistence::Result<T> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.run_report(move |permit| permit.read_report(&permit.scope, |tx| work(&permit, tx))).await
    }

    /// Runs work in the lane of reports that opens its own transactions through [`Permit::read_report`].
    pub(crate) async fn run_report<T: Send + 'static>(
        self,
        work: impl FnOnce(Self) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        let app = Arc::clone(&self.app);
        app.reports.run(move || work(self)).await
    }

    /// Reads from one snapshot of a tenant, for as long as a report may. Only for [`Permit::run_report`].
    pub(crate) fn read_report<T>(
        &self,
        scope: &Scope,
        work: impl FnMut(&mut Tx<'_>) -> htcd_persistence::Result<T>,
    ) -> Result<T, Refusal> {
        let limit = self.app.settings.report_timeout;
        self.app.database.report(scope, limit, work).map_err(|error| match error {
            htcd_persistence::Error::TookTooLong => took_too_long(limit).into(),
            error => error.into(),
        })
    }

    /// Runs blocking work that opens its own transactions through [`Permit::database`].
    pub(crate) async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce(Self) -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        App::blocking(move || work(self)).await
    }

    /// The database, for the few works that need several tenants or transactions; nothing outside this crate sees it.
    pub(crate) fn database(&self) -> &Database {
        &self.app.database
    }

    /// Makes one change with its audit record. With an `Idempotency-Key`, a repeated request gets the first one's answer.
    ///
    /// # Errors
    /// What the work answered, and then nothing was written; 503 while the database is away.
    pub async fn write(
        self,
        work: impl FnOnce(&Self, &mut Tx<'_>) -> htcd_persistence::Result<Change<Answer>> + Send + 'static,
    ) -> Result<Answer, Refusal> {
        self.write_several(|permit, tx| {
            let change = work(permit, tx)?;
            Ok((change.value.clone(), vec![change.map(drop)]))
        })
        .await
    }

    /// Makes changes that stand or fall together, each with its audit record.
    ///
    /// # Errors
    /// As for [`Permit::write`].
    pub async fn write_several(
        self,
        work: impl FnOnce(&Self, &mut Tx<'_>) -> htcd_persistence::Result<(Answer, Vec<Change<()>>)> + Send + 'static,
    ) -> Result<Answer, Refusal> {
        App::blocking(move || {
            let permit = &self;
            let mut touches_access = false;
            let answer = permit.app.database.transact(&permit.scope, |tx| {
                if let Some(key) = &permit.idempotency
                    && let Some(stored) = idempotency::claim(tx, permit.sender(), &key.key, &key.fingerprint, permit.author.at)?
                {
                    return Ok(Answer::replay(stored));
                }
                let (answer, changes) = work(permit, tx)?;
                for change in changes {
                    let is_access = ACCESS.contains(&change.subject);
                    touches_access |= is_access;
                    // Nobody's rights and no scheme are counted in a figure; a round names the scheme that its figures use.
                    let is_apart = is_access || ["site", "scheme", "audit_records"].contains(&change.subject);
                    record(tx, &permit.author, if is_apart { change.apart_from_figures() } else { change })?;
                }
                if let Some(key) = &permit.idempotency {
                    idempotency::keep(tx, permit.sender(), &key.key, &answer.store())?;
                }
                Ok(answer)
            })?;
            if touches_access {
                permit.app.forget_callers();
            }
            Ok(answer)
        })
        .await
    }

    /// The same permit over the records of a tenant that a national account sets up.
    ///
    /// # Errors
    /// `outside_scope` for a province's own account and another tenant.
    pub(crate) fn at_home(mut self, province: ProvinceId) -> Result<Self, Refusal> {
        if province != self.scope.province_id {
            self = self.on_nation()?;
            self.scope = Scope::whole(province);
        }
        Ok(self)
    }

    /// The same permit over the nation's records instead of the caller's tenant's, for those who hold the right there.
    ///
    /// # Errors
    /// `outside_scope` for whoever does not.
    pub fn on_nation(mut self) -> Result<Self, Refusal> {
        if self.caller.province_id.is_nation() && self.scope.whole {
            self.scope = Scope::whole(ProvinceId::NATION);
            Ok(self)
        } else {
            Err(Code::OutsideScope.into())
        }
    }
}
