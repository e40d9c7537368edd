//! Clearing up: uploads that nobody took up again, and objects that no record names; and what `htcd doctor` says of files.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::TimeDelta;
use htcd_domain::access::Scope;
use htcd_domain::file::LEFT_OVER_AFTER;
use htcd_domain::id::ProvinceId;
use htcd_persistence::db::record;
use htcd_persistence::{Author, Change, file};
use uuid::Uuid;

use super::Place;
use super::store::{Listed, name, object_of};
use crate::clock::new_id;
use crate::problem::Refusal;
use crate::state::App;

/// What a sweep removed, or would remove.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Swept {
    /// Uploads whose time was over.
    pub uploads: usize,
    /// Objects that nothing names.
    pub objects: usize,
}

/// How the files of a tenant stand to their records.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Examined {
    /// How many are stored.
    pub stored: usize,
    /// Those whose bytes are not there, or not as many as there should be.
    pub broken: Vec<htcd_domain::id::FileId>,
}

/// An upload stays a little longer than it is promised to: servers' clocks differ.
const GRACE: TimeDelta = TimeDelta::minutes(10);
/// So many uploads are removed in one transaction.
const BATCH: i64 = 200;

impl App {
    /// The tenants that may have files.
    ///
    /// # Errors
    /// 503 while the database is away.
    pub fn file_tenants(&self) -> Result<Vec<ProvinceId>, Refusal> {
        Ok(self.atlas()?.provinces.iter().map(|province| province.id).collect())
    }

    /// Removes uploads of a tenant whose time is over, each with a record of the audit trail.
    ///
    /// # Errors
    /// 503 while the database or the store is away.
    pub async fn sweep_uploads(self: &Arc<Self>, tenant: ProvinceId, is_rehearsal: bool) -> Result<usize, Refusal> {
        let mut swept = 0;
        loop {
            let app = Arc::clone(self);
            if is_rehearsal {
                let overdue =
                    move || Ok(app.database.read(&Scope::whole(tenant), |tx| file::overdue(tx, app.now() - GRACE, i64::MAX))?);
                return Ok(Self::blocking(overdue).await?.len());
            }
            let removed = Self::blocking(move || Ok(app.remove_overdue(tenant)?)).await?;
            let is_last = i64::try_from(removed.len()).is_ok_and(|count| count < BATCH);
            swept += removed.len();
            self.files.remove(removed.into_iter().flatten().collect()).await;
            if is_last {
                return Ok(swept);
            }
        }
    }

    /// The names of the objects of each upload that was removed.
    fn remove_overdue(&self, tenant: ProvinceId) -> htcd_persistence::Result<Vec<Vec<object_store::path::Path>>> {
        let (scope, now) = (Scope::whole(tenant), self.now());
        if self.database.read(&scope, |tx| file::overdue(tx, now - GRACE, 1))?.is_empty() {
            return Ok(vec![]);
        }
        let author = Author::command("sweep_files", new_id::<Uuid>(now).to_string(), now);
        self.database.transact(&scope, |tx| {
            let overdue = file::overdue(tx, now - GRACE, BATCH)?;
            overdue
                .iter()
                .map(|found| {
                    let id = found.file.id;
                    let names = file::delete(tx, found)?.into_iter().map(|object| name(tenant, id, object)).collect();
                    let change = Change { after: None, ..Change::updated(names, "file", id, &found.file, &()) };
                    record(tx, &author, change.because(Some("quá hạn tải lên")).apart_from_figures())
                })
                .collect()
        })
    }

    /// Removes objects of a tenant that have been there for long enough without a record that names them.
    ///
    /// # Errors
    /// 503 while the database or the store is away.
    pub async fn sweep_objects(self: &Arc<Self>, tenant: ProvinceId, is_rehearsal: bool) -> Result<usize, Refusal> {
        // First the objects, then the records: what is written meanwhile is not in the list.
        let listed = self.files.list(tenant).await?;
        let app = Arc::clone(self);
        let known = Self::blocking(move || Ok(app.database.read(&Scope::whole(tenant), file::objects)?)).await?;
        let before = self.now() - LEFT_OVER_AFTER;
        let is_left = |object: &Listed| {
            object.written_at < before && object_of(&object.name).is_some_and(|object| !known.contains(&object))
        };
        let left: Vec<_> = listed.into_iter().filter(is_left).map(|object| object.name).collect();
        let count = left.len();
        if !is_rehearsal {
            self.files.remove(left).await;
            self.sweep_unfinished(tenant);
        }
        Ok(count)
    }

    /// Removes what a write to a folder leaves when the machine stops: `<name>#<number>`, which no listing shows.
    fn sweep_unfinished(&self, tenant: ProvinceId) {
        let Place::Folder(folder) = self.files.place() else { return };
        let Ok(entries) = std::fs::read_dir(folder.join(tenant.to_string())) else { return };
        let before = std::time::SystemTime::from(self.now() - LEFT_OVER_AFTER);
        for entry in entries.flatten() {
            let is_old = entry.metadata().and_then(|data| data.modified()).is_ok_and(|at| at < before);
            if is_old && entry.file_name().to_string_lossy().contains('#') {
                let _ = std::fs::remove_file(entry.path());
            }
        }
    }

    /// Removes uploads whose time is over, and with `objects` what no record names, of every tenant. Called by housekeeping.
    pub async fn sweep_files(self: &Arc<Self>, objects: bool) {
        let Ok(tenants) = self.file_tenants() else { return };
        for tenant in tenants {
            match self.sweep_tenant(tenant, objects, false).await {
                Ok(swept) if swept == Swept::default() => {}
                Ok(Swept { uploads, objects }) => {
                    tracing::info!(uploads, objects, province_id = %tenant, "files were swept");
                }
                Err(refusal) => {
                    tracing::warn!(%refusal, province_id = %tenant, "files were not swept");
                    return;
                }
            }
        }
    }

    /// The same at once, for the command line; a rehearsal removes nothing and counts.
    ///
    /// # Errors
    /// 503 while the database or the store is away.
    pub async fn sweep(self: &Arc<Self>, is_rehearsal: bool) -> Result<Swept, Refusal> {
        let mut all = Swept::default();
        for tenant in self.file_tenants()? {
            let swept = self.sweep_tenant(tenant, true, is_rehearsal).await?;
            all.uploads += swept.uploads;
            all.objects += swept.objects;
        }
        Ok(all)
    }

    async fn sweep_tenant(self: &Arc<Self>, tenant: ProvinceId, objects: bool, is_rehearsal: bool) -> Result<Swept, Refusal> {
        let uploads = self.sweep_uploads(tenant, is_rehearsal).await?;
        let is_there = match self.files.place() {
            Place::Folder(folder) => folder.is_dir(),
            Place::S3 { .. } => true,
        };
        let objects = if objects && is_there { self.sweep_objects(tenant, is_rehearsal).await? } else { 0 };
        Ok(Swept { uploads, objects })
    }

    /// Holds the stored files of a tenant against the objects that are there.
    ///
    /// # Errors
    /// 503 while the database or the store is away.
    pub async fn examine_files(self: &Arc<Self>, tenant: ProvinceId) -> Result<Examined, Refusal> {
        // First the records, then the objects: what is deleted meanwhile may show, what is stored meanwhile does not.
        let app = Arc::clone(self);
        let stored = Self::blocking(move || Ok(app.database.read(&Scope::whole(tenant), file::stored)?)).await?;
        if stored.is_empty() {
            return Ok(Examined::default());
        }
        let listed = self.files.list(tenant).await?;
        let sizes: HashMap<Uuid, u64> =
            listed.iter().filter_map(|object| Some((object_of(&object.name)?, object.size))).collect();
        let is_broken = |object: &Uuid, size: i64| sizes.get(object).copied() != u64::try_from(size).ok();
        let broken = stored.iter().filter(|(_, object, size)| is_broken(object, *size)).map(|(file, ..)| *file).collect();
        Ok(Examined { stored: stored.len(), broken })
    }
}
