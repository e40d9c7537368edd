//! `htcd explain-access`, `htcd retention`.

use std::sync::Arc;

use htcd_domain::Coded;
use htcd_domain::access::Scope;
use htcd_domain::id::ProvinceId;
use htcd_persistence::db::nation;
use htcd_persistence::{Change, personal, user};

use super::admin::explain as failure;
use super::{Outcome, wait};
use crate::clock::SystemClock;
use crate::demo::author;
use crate::settings::Settings;
use crate::state::App;
use crate::v1::access::{Asked, explanation};

/// Explains why somebody may or may not do something now.
pub fn explain(settings: Settings, username: &str, action: String, resource: Option<String>) -> Outcome {
    let app = App::new(settings, Arc::new(SystemClock));
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let found = app.database.read(&nation(), |tx| user::credentials(tx, username)).map_err(|error| failure(&error))?;
    let found = found.ok_or_else(|| format!("there is no user {username}"))?;
    let answer = app.database.read(&Scope::whole(found.province_id), |tx| {
        let (person, _) = user::find(tx, found.user_id)?.ok_or(htcd_domain::Code::NotFound)?;
        explanation(&app, &atlas, tx, Asked { person, action: action.clone(), resource: resource.clone() })
    });
    let answer = answer.map_err(|error| failure(&error))?;
    println!("{}: {} {}", answer.username, answer.permission, if answer.allowed { "is allowed" } else { "is refused" });
    for reason in &answer.reasons {
        println!("  {}: {}", reason.code, reason.detail.en);
    }
    for held in &answer.grants {
        let on = held.grant.unit_id.map(|unit| atlas.map.name(unit, app.today()).to_owned());
        let on = on.or(held.grant.centre_id.map(|centre| centre.to_string())).unwrap_or_else(|| "the nation".into());
        println!("  {} on {on}: {}", held.grant.role, held.verdict.label().en);
    }
    Ok(())
}

/// Removes what was kept for long enough, tenant by tenant.
pub fn retention(settings: Settings, dry_run: bool) -> Outcome {
    let app = App::new(settings, Arc::new(SystemClock));
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let now = app.now();
    let tenants = std::iter::once((ProvinceId::NATION, "the nation"))
        .chain(atlas.provinces.iter().map(|province| (province.id, province.name.as_str())));
    for (tenant, name) in tenants {
        let scope = Scope::whole(tenant);
        let removed = if dry_run {
            app.database.transact(&scope, |tx| tx.rehearse(|tx| personal::remove_what_has_aged(tx, now)))
        } else {
            app.database.write(&scope, &author(&app, "retention"), |tx| {
                let removed = personal::remove_what_has_aged(tx, now)?;
                let counts: std::collections::BTreeMap<_, _> = removed.iter().copied().collect();
                Ok(Change::created(removed, "retention", tenant, &counts).apart_from_figures())
            })
        };
        let removed = removed.map_err(|error| failure(&error))?;
        let counts: Vec<String> = removed.iter().map(|(table, rows)| format!("{rows} {table}")).collect();
        println!("{name}: {}{}", counts.join(", "), if dry_run { " would be removed" } else { " removed" });
    }
    let app = Arc::new(app);
    let swept = wait(app.sweep(dry_run)).map_err(|refusal| refusal.to_string())?;
    let done = if dry_run { "would be removed" } else { "removed" };
    println!("files: {} unfinished uploads, {} objects without a record {done}", swept.uploads, swept.objects);
    Ok(())
}
