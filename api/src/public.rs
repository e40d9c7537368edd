//! The key to what is published, for operations without sign-in. It opens a [`Reader`] and nothing else.

use std::future::{Ready, ready};
use std::sync::Arc;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};
use chrono::NaiveDate;
use htcd_domain::Code;
use htcd_domain::access::Scope;
use htcd_domain::id::ProvinceId;
use htcd_persistence::publication::Reader;

use crate::answer::Answer;
use crate::problem::Refusal;
use crate::state::{App, Atlas};

/// How long anybody may keep a public answer.
pub const KEPT: &str = "public, max-age=300";

/// Leave to read what provinces publish.
pub struct Public {
    app: Arc<App>,
    atlas: Arc<Atlas>,
}

impl FromRequest for Public {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let of = || {
            let app = crate::extract::app(request)?.into_inner();
            let atlas = app.atlas()?;
            Ok(Self { app, atlas })
        };
        ready(of())
    }
}

impl Public {
    /// The maps and tenants.
    pub fn atlas(&self) -> &Arc<Atlas> {
        &self.atlas
    }

    /// The date in Viet Nam.
    pub fn today(&self) -> NaiveDate {
        self.app.today()
    }

    /// Reads what a province publishes.
    ///
    /// # Errors
    /// `not_found` for a province that there is not, or what the work answered.
    pub async fn read(
        self,
        province: ProvinceId,
        mut work: impl FnMut(&Self, &mut Reader<'_, '_>) -> htcd_persistence::Result<Answer> + Send + 'static,
    ) -> Result<Answer, Refusal> {
        if !self.atlas.provinces.iter().any(|known| known.id == province) {
            return Err(Code::NotFound.into());
        }
        let answer =
            App::blocking(move || Ok(self.app.database.read(&Scope::whole(province), |tx| work(&self, &mut Reader::of(tx)?))?));
        Ok(answer.await?.cached(KEPT))
    }

    /// The provinces that publish something. It is asked for so rarely and changes so seldom that it may be a minute old.
    ///
    /// # Errors
    /// What the work answered.
    pub async fn provinces(
        self,
        work: impl Fn(
            &Self,
            &mut dyn FnMut(ProvinceId) -> htcd_persistence::Result<htcd_domain::publication::Publication>,
        ) -> htcd_persistence::Result<Answer>
        + Send
        + 'static,
    ) -> Result<Answer, Refusal> {
        let answer = App::blocking(move || {
            if let Some(known) = self.app.published.get(&()) {
                return Ok(known);
            }
            let database = &self.app.database;
            let mut published = |province| database.read(&Scope::whole(province), |tx| Ok(Reader::of(tx)?.published()));
            let answer = work(&self, &mut published)?;
            self.app.published.insert((), answer.clone());
            Ok(answer)
        });
        Ok(answer.await?.cached(KEPT))
    }

    /// Reads what a province publishes as [`Public::read`] does, for an answer that is more than what the database has.
    ///
    /// # Errors
    /// As for [`Public::read`].
    pub async fn look<T: Send + 'static>(
        self,
        province: ProvinceId,
        mut work: impl FnMut(&mut Reader<'_, '_>) -> htcd_persistence::Result<T> + Send + 'static,
    ) -> Result<(Arc<App>, T), Refusal> {
        if !self.atlas.provinces.iter().any(|known| known.id == province) {
            return Err(Code::NotFound.into());
        }
        App::blocking(move || {
            let found = self.app.database.read(&Scope::whole(province), |tx| work(&mut Reader::of(tx)?))?;
            Ok((self.app, found))
        })
        .await
    }
}
