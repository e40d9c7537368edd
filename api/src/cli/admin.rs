//! `htcd user`, `htcd recount`, `htcd verify-audit`, `htcd outbox`.

use std::io::Read;
use std::sync::Arc;

use htcd_domain::access::{Grant, Role, Scope};
use htcd_domain::account::Delivery;
use htcd_domain::id::ProvinceId;
use htcd_domain::password as rule;
use htcd_domain::province::Province;
use htcd_domain::submission::SubmissionFormat;
use htcd_domain::user::{CreateUser, User};
use htcd_persistence::db::nation;
use htcd_persistence::submission::{self, SubmissionFilter};
use htcd_persistence::{Change, Error, Tx, account, aggregate, audit, outbox, submission_key, user};
use validator::Validate;

use super::Outcome;
use crate::auth::password;
use crate::clock::{SystemClock, new_id};
use crate::demo::author;
use crate::seal::{ProvinceKeys, PublishedKey, Verification};
use crate::settings::Settings;
use crate::state::App;
use crate::v1::me::end_all;

/// A failure for somebody at the command line.
pub fn explain(error: &Error) -> String {
    match error {
        Error::Refused(problem) => {
            let detail = problem.detail.as_ref().map(|detail| format!(": {}", detail.en)).unwrap_or_default();
            let faults: Vec<_> =
                problem.faults.iter().map(|fault| format!("\n  {}: {}", fault.pointer, fault.detail.en)).collect();
            format!("{}{detail}{}", problem.code.title().en, faults.concat())
        }
        other => other.to_string(),
    }
}

fn read_password(username: &str, display_name: &str) -> Result<String, String> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).map_err(|error| error.to_string())?;
    let given = text.trim_end_matches(['\r', '\n']).to_owned();
    rule::check("password", &given, username, display_name)
        .map_err(|fault| format!("{} (the password is read from standard input)", fault.detail.en))?;
    Ok(given)
}

fn app(settings: Settings) -> App {
    App::new(settings, Arc::new(SystemClock))
}

/// Makes a platform administrator.
pub fn create_admin(settings: Settings, username: String) -> Outcome {
    let app = app(settings);
    let display_name = "Quản trị nền tảng";
    let password = read_password(&username, display_name)?;
    let request = CreateUser {
        id: None,
        username,
        display_name: display_name.into(),
        email: None,
        phone: None,
        delivery: Delivery::Answer,
        grants: vec![],
    };
    request.validate().map_err(|errors| errors.to_string())?;
    let hash = password::hash(&password).map_err(|error| error.to_string())?;
    let grant = Grant {
        id: new_id(app.now()),
        role: Role::PlatformAdmin,
        unit_id: None,
        centre_id: None,
        valid_from: app.today(),
        valid_to: None,
        taken_on: None,
    };
    let now = app.now();
    let new = User::new(new_id(now), ProvinceId::NATION, request.username, request.display_name, now);
    let admin = User { grants: vec![grant], ..new.activated(now) };
    let stored = app.database.write(&nation(), &author(&app, "create_user"), |tx| {
        user::insert(tx, &admin, Some(hash))?;
        Ok(Change::created((), "user", admin.id, &admin))
    });
    stored.map_err(|error| explain(&error))?;
    println!("{} may sign in", admin.username);
    Ok(())
}

/// Sets a password.
pub fn set_password(settings: Settings, username: &str) -> Outcome {
    let app = app(settings);
    let found = app.database.read(&nation(), |tx| user::credentials(tx, username)).map_err(|error| explain(&error))?;
    let found = found.ok_or_else(|| format!("there is no user {username}"))?;
    let hash = password::hash(&read_password(username, &found.display_name)?).map_err(|error| error.to_string())?;
    let stored = app.database.write(&Scope::whole(found.province_id), &author(&app, "set_password"), |tx| {
        user::set_password(tx, found.user_id, &hash, app.now())?;
        account::forget_failures(tx, found.user_id, None)?;
        account::withdraw_codes(tx, found.user_id)?;
        end_all(tx, found.user_id, app.now())?;
        Ok(Change::updated((), "user", found.user_id, &serde_json::json!({}), &serde_json::json!({ "password": "changed" })))
    });
    stored.map_err(|error| explain(&error))?;
    println!("the password of {username} is set");
    Ok(())
}

/// What a recount came to.
#[derive(Default)]
pub struct Recount {
    /// How many ratings were looked at.
    pub ratings: usize,
    /// How many submissions.
    pub submissions: usize,
    /// Of how many provinces.
    pub provinces: usize,
    /// What disagrees.
    pub faults: Vec<String>,
}

/// Recounts every province from its records, and what it submitted from the records inside. It only reads.
pub fn count_again(app: &App) -> Result<Recount, String> {
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let mut all = Recount { provinces: atlas.provinces.len(), ..Recount::default() };
    for province in &atlas.provinces {
        let scope = Scope::whole(province.id);
        let recounted = app.database.read(&scope, |tx| {
            let (checked, found) = aggregate::recount(tx, &atlas.map, &province.unit_ids)?;
            let (submissions, broken) = submissions(tx, province)?;
            Ok((checked, found, submissions, broken))
        });
        let (checked, found, submissions, broken) = recounted.map_err(|error| explain(&error))?;
        all.ratings += checked;
        all.submissions += submissions;
        let found =
            found.into_iter().map(|fault| format!("{}: found {}, the records say {}", fault.what, fault.found, fault.expected));
        all.faults.extend(found.chain(broken).map(|fault| format!("{}: {fault}", province.name)));
    }
    Ok(all)
}

/// Checks what a province submitted: that each file is what was sealed, signed by a key of the province, and counts right.
fn submissions(tx: &mut Tx<'_>, province: &Province) -> htcd_persistence::Result<(usize, Vec<String>)> {
    let keys = submission_key::all(tx)?.iter().map(PublishedKey::of).collect();
    let keys = [ProvinceKeys { province_id: province.id, province_name: province.name.clone(), keys }];
    let (mut count, mut faults, mut below) = (0, Vec::new(), None);
    loop {
        let page = submission::page(tx, &SubmissionFilter::default(), below, 50)?;
        let Some(last) = page.last() else { return Ok((count, faults)) };
        below = Some(last.header.number);
        for made in &page {
            count += 1;
            let mut wrong = |what: String| faults.push(format!("submission no. {}: {what}", made.header.number));
            let bytes = submission::file(tx, made.header.id, SubmissionFormat::Json)?.unwrap_or_default();
            let found = Verification::of(&bytes, Some(&keys));
            if found.sha256.as_ref() != Some(&made.sha256) {
                wrong(format!("its content has the SHA-256 {:?}, it was listed with {}", found.sha256, made.sha256));
            }
            for entry in &made.files {
                let bytes = submission::file(tx, made.header.id, entry.format)?.unwrap_or_default();
                if let Err(fault) = found.file(&bytes) {
                    wrong(format!("{}: {fault}", entry.format));
                }
            }
            found.faults.into_iter().for_each(&mut wrong);
        }
    }
}

/// Recounts everything.
pub fn recount(settings: Settings) -> Outcome {
    let all = count_again(&app(settings))?;
    for fault in &all.faults {
        eprintln!("{fault}");
    }
    let Recount { ratings, submissions, provinces, faults } = &all;
    println!(
        "{ratings} ratings and {submissions} submissions of {provinces} provinces recounted, {} disagreement(s)",
        faults.len()
    );
    if faults.is_empty() { Ok(()) } else { Err("aggregates and records disagree".into()) }
}

/// Checks every chain, and that it still holds the ends that were noted: lines of `<province id> <record> <hash>`, as an
/// earlier run printed them.
pub fn verify_audit(settings: Settings, noted: Option<&std::path::Path>) -> Outcome {
    let noted = match noted {
        Some(path) => std::fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?,
        None => String::new(),
    };
    let app = app(settings);
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let chains = std::iter::once((ProvinceId::NATION, "the nation"))
        .chain(atlas.provinces.iter().map(|province| (province.id, province.name.as_str())));
    let mut broken = 0;
    for (province, name) in chains {
        let mut complain = |seq: i64, what: &str| {
            broken += 1;
            eprintln!("{name}: record {seq}: {what}");
        };
        let scope = Scope::whole(province);
        match app.database.read(&scope, audit::verify).map_err(|error| explain(&error))? {
            Ok(end) => println!("{province} {} {} {name}: sound", end.seq, end.hash),
            Err(fault) => complain(fault.seq, fault.what),
        }
        for line in noted.lines() {
            let mut words = line.split_whitespace();
            if words.next() != Some(&province.to_string()) {
                continue;
            }
            let (seq, hash) = (words.next().and_then(|seq| seq.parse::<i64>().ok()), words.next());
            let (Some(seq), Some(hash)) = (seq, hash) else { return Err(format!("this is no line of an earlier run: {line}")) };
            let now = app.database.read(&scope, |tx| audit::hash_at(tx, seq)).map_err(|error| explain(&error))?;
            if seq > 0 && now.as_deref() != Some(hash) {
                complain(seq, "it is not the record that was noted: the chain was written anew");
            }
        }
    }
    if broken == 0 { Ok(()) } else { Err(format!("{broken} fault(s) in the audit chains")) }
}

/// Lists mail that was not sent.
pub fn outbox(settings: Settings, retry: bool) -> Outcome {
    let app = app(settings);
    let atlas = app.atlas().map_err(|error| error.to_string())?;
    let tenants = std::iter::once((ProvinceId::NATION, "the nation"))
        .chain(atlas.provinces.iter().map(|province| (province.id, province.name.as_str())));
    let mut count = 0;
    for (province, name) in tenants {
        let scope = Scope::whole(province);
        if retry {
            app.database.transact(&scope, |tx| outbox::retry(tx, app.now())).map_err(|error| explain(&error))?;
        }
        for mail in app.database.read(&scope, outbox::unsent).map_err(|error| explain(&error))? {
            count += 1;
            let next = mail.next_attempt_at.map_or_else(|| "given up".into(), |at| format!("next attempt {at:.0}"));
            let why = mail.last_error.map(|error| format!(": {error}")).unwrap_or_default();
            println!("{name}: {} of {:.0}, {} attempt(s), {next}{why}", mail.id, mail.created_at, mail.attempts);
        }
    }
    println!("{count} mail(s) wait or were given up");
    Ok(())
}
