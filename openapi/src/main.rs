//! `htcd-openapi write`: makes openapi.json anew. `htcd-openapi promise`: makes it what clients may rely on.

use std::path::Path;
use std::process::ExitCode;

use htcd_openapi::{breaking, lint, made};

fn main() -> ExitCode {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = htcd_api::document::document();
    let mut faults = lint(&document);
    let file = match std::env::args().nth(1).as_deref() {
        Some("write") => "openapi.json",
        Some("promise") => {
            let promised = std::fs::read(folder.join("promised.json")).ok().and_then(|text| serde_json::from_slice(&text).ok());
            faults.extend(promised.map(|promised| breaking(&promised, &document)).unwrap_or_default());
            "promised.json"
        }
        _ => {
            eprintln!("usage: htcd-openapi write | promise");
            return ExitCode::FAILURE;
        }
    };
    if !faults.is_empty() {
        eprintln!("{}", faults.join("\n"));
        return ExitCode::FAILURE;
    }
    match std::fs::write(folder.join(file), made()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{file}: {error}");
            ExitCode::FAILURE
        }
    }
}
