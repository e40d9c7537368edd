//! `htcd keys`.

use std::sync::Arc;

use htcd_persistence::db::nation;
use htcd_persistence::signing_key;

use super::Outcome;
use super::admin::explain;
use crate::clock::SystemClock;
use crate::demo::author;
use crate::settings::Settings;
use crate::state::App;

/// Lists the keys.
pub fn list(settings: Settings) -> Outcome {
    let app = App::new(settings, Arc::new(SystemClock));
    let now = app.now();
    let keys = app.database.read(&nation(), |tx| signing_key::current(tx, now)).map_err(|error| explain(&error))?;
    for (number, key) in keys.iter().enumerate() {
        let stands = match key.good_until {
            None if number == 0 => "signs".to_owned(),
            None => "good".to_owned(),
            Some(until) => format!("good until {}", until.format("%FT%TZ")),
        };
        println!("{}  made {}  {stands}", key.id, key.created_at.format("%FT%TZ"));
    }
    if keys.is_empty() {
        println!("there is no key yet: the first sign-in makes one");
    }
    Ok(())
}

/// Makes a new key.
pub fn rotate(settings: Settings, revoke: bool) -> Outcome {
    let app = App::new(settings, Arc::new(SystemClock));
    let rotated = app.rotate_keys(&author(&app, "rotate_keys"), revoke).map_err(|error| explain(&error))?;
    println!("{} signs from now on; running servers notice within seconds", rotated.new);
    for old in rotated.old {
        if revoke {
            println!("{old} is no longer good");
        } else {
            println!("{old} is good until {}", rotated.good_until.format("%FT%TZ"));
        }
    }
    Ok(())
}
