//! Service accounts and their secrets.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use htcd_domain::access::Permission;
use htcd_domain::id::{ServiceAccountId, ServiceSecretId, UserId};
use htcd_domain::service_account::{ServiceAccount, ServiceSecret};
use htcd_domain::{Code, Problem};

use crate::db::Tx;
use crate::error::{Error, OnUnique, Result};
use crate::schema::{service_accounts, service_secrets};
use crate::types::{Id, Instant};

#[derive(Queryable, Insertable)]
#[diesel(table_name = service_accounts)]
struct Row {
    province_id: Id,
    id: Id,
    owner_id: Id,
    name: String,
    permissions: String,
    networks: String,
    active: bool,
    expires_at: Instant,
    last_used_at: Option<Instant>,
    revision: i64,
    created_at: Instant,
}

fn text(value: &impl serde::Serialize) -> Result<String> {
    serde_json::to_string(value).map_err(|error| Error::Corrupt(error.to_string()))
}

fn list<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    serde_json::from_str(text).map_err(|error| Error::Corrupt(error.to_string()))
}

fn account(row: Row, secrets: Vec<ServiceSecret>) -> Result<ServiceAccount> {
    Ok(ServiceAccount {
        id: row.id.into(),
        client_id: client_id(row.province_id, row.id),
        owner_id: row.owner_id.into(),
        name: row.name,
        permissions: list::<BTreeSet<Permission>>(&row.permissions)?,
        networks: list(&row.networks)?,
        active: row.active,
        expires_at: row.expires_at.into(),
        last_used_at: row.last_used_at.map(DateTime::from),
        secrets,
        created_at: row.created_at.into(),
    })
}

/// The name under which a program signs in; it says in which tenant the account is found.
fn client_id(province: Id, id: Id) -> String {
    format!("{}{}", province.0.simple(), id.0.simple())
}

fn secrets_of(tx: &mut Tx<'_>, ids: &[Id]) -> Result<Vec<(Id, ServiceSecret)>> {
    let rows: Vec<(Id, Id, Instant, Option<Instant>)> = service_secrets::table
        .filter(
            service_secrets::province_id
                .eq(tx.province())
                .and(service_secrets::account_id.eq_any(ids.to_vec()))
                .and(service_secrets::revoked_at.is_null()),
        )
        .order((service_secrets::created_at, service_secrets::id))
        .select((service_secrets::account_id, service_secrets::id, service_secrets::created_at, service_secrets::last_used_at))
        .load(tx.conn)?;
    let secret = |(account, id, created_at, last_used_at): (Id, Id, Instant, Option<Instant>)| {
        let last_used_at = last_used_at.map(DateTime::from);
        (account, ServiceSecret { id: id.into(), created_at: created_at.into(), last_used_at })
    };
    Ok(rows.into_iter().map(secret).collect())
}

/// One account of the tenant with the revision of its record; of one owner, if one is named.
///
/// # Errors
/// What the database said.
pub fn find(tx: &mut Tx<'_>, id: ServiceAccountId, owner: Option<UserId>) -> Result<Option<(ServiceAccount, i64)>> {
    let mut query = service_accounts::table
        .filter(service_accounts::province_id.eq(tx.province()).and(service_accounts::id.eq(Id::from(id))))
        .into_boxed();
    if let Some(owner) = owner {
        query = query.filter(service_accounts::owner_id.eq(Id::from(owner)));
    }
    let Some(row) = query.first::<Row>(tx.conn).optional()? else { return Ok(None) };
    let revision = row.revision;
    let secrets = secrets_of(tx, &[row.id])?.into_iter().map(|(_, secret)| secret).collect();
    Ok(Some((account(row, secrets)?, revision)))
}

/// The tenant's accounts, of one owner if one is named, in the order in which they were made, after one of them.
///
/// # Errors
/// What the database said.
pub fn page(tx: &mut Tx<'_>, owner: Option<UserId>, after: Option<ServiceAccountId>, limit: i64) -> Result<Vec<ServiceAccount>> {
    let mut query = service_accounts::table.filter(service_accounts::province_id.eq(tx.province())).into_boxed();
    if let Some(owner) = owner {
        query = query.filter(service_accounts::owner_id.eq(Id::from(owner)));
    }
    if let Some(after) = after {
        query = query.filter(service_accounts::id.gt(Id::from(after)));
    }
    let rows: Vec<Row> = query.order(service_accounts::id).limit(limit).load(tx.conn)?;
    let ids: Vec<Id> = rows.iter().map(|row| row.id).collect();
    let secrets = secrets_of(tx, &ids)?;
    rows.into_iter()
        .map(|row| {
            let own = secrets.iter().filter(|(id, _)| *id == row.id).map(|(_, secret)| secret.clone()).collect();
            account(row, own)
        })
        .collect()
}

/// Stores an account; its `client_id` is made here.
///
/// # Errors
/// `already_exists` for an id that is taken.
pub fn insert(tx: &mut Tx<'_>, new: &mut ServiceAccount) -> Result<()> {
    new.client_id = client_id(tx.province(), new.id.into());
    let row = Row {
        province_id: tx.province(),
        id: new.id.into(),
        owner_id: new.owner_id.into(),
        name: new.name.clone(),
        permissions: text(&new.permissions)?,
        networks: text(&new.networks)?,
        active: new.active,
        expires_at: new.expires_at.into(),
        last_used_at: None,
        revision: 1,
        created_at: new.created_at.into(),
    };
    diesel::insert_into(service_accounts::table).values(&row).execute(tx.conn).on_unique(
        "service_accounts_pkey",
        "service_accounts.province_id, service_accounts.id",
        || Problem::new(Code::AlreadyExists),
    )?;
    Ok(())
}

/// Stores changes to an account whose record has this revision.
///
/// # Errors
/// `etag_mismatch` when somebody else was faster.
pub fn update(tx: &mut Tx<'_>, new: &ServiceAccount, revision: i64) -> Result<()> {
    let row = service_accounts::table.find((tx.province(), Id::from(new.id))).filter(service_accounts::revision.eq(revision));
    let changed = diesel::update(row)
        .set((
            service_accounts::name.eq(&new.name),
            service_accounts::permissions.eq(text(&new.permissions)?),
            service_accounts::networks.eq(text(&new.networks)?),
            service_accounts::active.eq(new.active),
            service_accounts::expires_at.eq(Instant::from(new.expires_at)),
            service_accounts::revision.eq(revision + 1),
        ))
        .execute(tx.conn)?;
    if changed == 1 { Ok(()) } else { Err(Code::EtagMismatch.into()) }
}

/// Stores a secret's hash.
///
/// # Errors
/// What the database said.
pub fn insert_secret(
    tx: &mut Tx<'_>,
    account: ServiceAccountId,
    id: ServiceSecretId,
    hash: &[u8],
    now: DateTime<Utc>,
) -> Result<()> {
    let row = (
        service_secrets::province_id.eq(tx.province()),
        service_secrets::id.eq(Id::from(id)),
        service_secrets::account_id.eq(Id::from(account)),
        service_secrets::secret_hash.eq(hash),
        service_secrets::created_at.eq(Instant::from(now)),
    );
    diesel::insert_into(service_secrets::table).values(row).execute(tx.conn)?;
    Ok(())
}

/// Revokes a secret; answers whether it was good until then.
///
/// # Errors
/// What the database said.
pub fn revoke_secret(tx: &mut Tx<'_>, account: ServiceAccountId, id: ServiceSecretId, now: DateTime<Utc>) -> Result<bool> {
    let good = service_secrets::table
        .find((tx.province(), Id::from(id)))
        .filter(service_secrets::account_id.eq(Id::from(account)).and(service_secrets::revoked_at.is_null()));
    Ok(diesel::update(good).set(service_secrets::revoked_at.eq(Some(Instant::from(now)))).execute(tx.conn)? == 1)
}

/// Whether a secret of an account is good; notes that it was used.
///
/// # Errors
/// What the database said.
pub fn use_secret(tx: &mut Tx<'_>, account: ServiceAccountId, hash: &[u8], now: DateTime<Utc>) -> Result<bool> {
    let good = service_secrets::table.filter(
        service_secrets::province_id
            .eq(tx.province())
            .and(service_secrets::account_id.eq(Id::from(account)))
            .and(service_secrets::secret_hash.eq(hash))
            .and(service_secrets::revoked_at.is_null()),
    );
    let used = diesel::update(good).set(service_secrets::last_used_at.eq(Some(Instant::from(now)))).execute(tx.conn)?;
    if used == 0 {
        return Ok(false);
    }
    diesel::update(service_accounts::table.find((tx.province(), Id::from(account))))
        .set(service_accounts::last_used_at.eq(Some(Instant::from(now))))
        .execute(tx.conn)?;
    Ok(true)
}
