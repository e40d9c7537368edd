//! The proof of who gets in and what they see, made from the document: an operation that is added to it is walked from its
//! first minute. What is let through stands in `exceptions.txt`, which only shrinks.

mod grid;
mod programs;
mod tokens;
mod twins;
mod work;

use std::collections::{BTreeMap, BTreeSet};

use htcd_domain::access::Scope;
use htcd_domain::id::ProvinceId;
use htcd_persistence::audit::{self, AuditFilter};

use crate::support::World;

/// The ends of the tenants' chains: they move with every change.
fn versions(world: &World, tenants: &[ProvinceId]) -> BTreeMap<ProvinceId, i64> {
    let end = |tenant: &ProvinceId| {
        let newest = world.db.read(&Scope::whole(*tenant), |tx| audit::page(tx, &AuditFilter::default(), None, 1)).unwrap();
        (*tenant, newest.first().map_or(0, |record| record.seq))
    };
    tenants.iter().map(end).collect()
}

/// The operations that left records in a tenant after one of them.
fn recorded_since(world: &World, tenant: ProvinceId, seq: i64) -> BTreeSet<String> {
    let records = world.db.read(&Scope::whole(tenant), |tx| audit::page(tx, &AuditFilter::default(), None, 10_000)).unwrap();
    records.into_iter().filter(|record| record.seq > seq).map(|record| record.operation).collect()
}
