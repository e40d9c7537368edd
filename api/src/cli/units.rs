//! `htcd import units`.

use std::path::PathBuf;
use std::sync::Arc;

use htcd_domain::frameworks::{LINEAGE_CSV, UNITS_CSV};
use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;
use crate::clock::SystemClock;
use crate::demo::{author, load_frameworks, load_units};
use crate::settings::Settings;
use crate::state::App;

/// Loads units from files, or those that ship; all or nothing, and a second time changes nothing.
pub fn import(settings: Settings, units: Option<PathBuf>, lineage: Option<PathBuf>) -> Outcome {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()));
    let units = units.as_ref().map(read).transpose()?.unwrap_or_else(|| UNITS_CSV.to_vec());
    let lineage = lineage.as_ref().map(read).transpose()?.unwrap_or_else(|| LINEAGE_CSV.to_vec());
    let app = App::new(settings, Arc::new(SystemClock));
    let bar = ProgressBar::new(0);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} rows {elapsed}") {
        bar.set_style(style);
    }
    let loaded = load_units(&app, &units, &lineage, &author(&app, "import_units"), |total, done| {
        bar.set_length(total);
        bar.inc(done);
    })?;
    bar.finish_and_clear();
    println!(
        "{} units and {} successions added, {} units corrected",
        loaded.units_added, loaded.successions_added, loaded.units_changed
    );
    Ok(())
}

/// Stores the schemes that ship.
pub fn import_frameworks(settings: Settings) -> Outcome {
    let app = App::new(settings, Arc::new(SystemClock));
    let added = load_frameworks(&app)?;
    println!("{added} scheme(s) added");
    Ok(())
}
