//! `htcd verify-submission`: checks a submission away from the server. It reads no settings and no database.

use std::path::{Path, PathBuf};

use htcd_domain::Coded;
use htcd_domain::submission::SubmissionContent;
use serde::Deserialize;

use super::Outcome;
use crate::seal::{ProvinceKeys, Verification};

/// Keys as they were saved: of one province, or of several.
#[derive(Deserialize)]
#[serde(untagged)]
enum Saved {
    One(ProvinceKeys),
    Several(Vec<ProvinceKeys>),
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn trusted(path: &Path) -> Result<Vec<ProvinceKeys>, String> {
    let saved = serde_json::from_slice(&read(path)?).map_err(|error| {
        format!("{}: these are no keys as /v1/provinces/{{province_id}}/submission_keys gives them: {error}", path.display())
    })?;
    Ok(match saved {
        Saved::One(keys) => vec![keys],
        Saved::Several(keys) => keys,
    })
}

fn describe(content: &SubmissionContent) {
    let (header, total) = (&content.header, &content.total);
    println!("submission no. {} of {}, {} {}", header.number, header.province.name.vi, header.subject, header.year);
    println!("title      {}", header.title);
    println!("cut-off    {}, map of {}", header.cut_off.to_rfc3339(), header.map_date);
    let scheme = &header.scheme;
    println!("scheme     {} version {}, round “{}”", scheme.code, scheme.version, header.round.title);
    let ranks: Vec<_> =
        total.ranks.iter().map(|rank| format!("{} {} ({} %)", rank.rank.code(), rank.count, rank.percent)).collect();
    println!("figures    {} counted, {} rated: {}", total.base, total.rated, ranks.join(", "));
    if let Some(superseded) = &header.supersedes {
        println!("supersedes no. {}, SHA-256 {}", superseded.number, superseded.sha256);
    }
    if let Some(reason) = &header.reason {
        println!("reason     {reason}");
    }
    if let Some(incomplete) = &header.incomplete {
        let round = if incomplete.round_open { "the round was open, " } else { "" };
        println!("incomplete {round}{} rating(s) undecided", incomplete.undecided);
    }
}

/// Checks a file, and files that belong to it; anything wrong makes the exit status 1.
pub fn verify(file: &Path, keys: Option<&Path>, beside: &[PathBuf]) -> Outcome {
    let trusted = keys.map(trusted).transpose()?;
    let found = Verification::of(&read(file)?, trusted.as_deref());
    if let Some(content) = &found.content {
        describe(content);
    }
    let known = |value: &Option<String>| value.clone().unwrap_or_else(|| "unknown".into());
    println!("sha256     {}", known(&found.sha256));
    println!("key        {}", known(&found.key_id));
    let mut faults = found.faults.clone();
    for path in beside {
        match found.file(&read(path)?) {
            Ok(entry) => println!("with       {} is its {}", path.display(), entry.format),
            Err(fault) => faults.push(format!("{}: {fault}", path.display())),
        }
    }
    if !faults.is_empty() {
        for fault in &faults {
            println!("wrong      {fault}");
        }
        return Err(format!("NOT VALID: {} fault(s)", faults.len()));
    }
    if found.origin_checked {
        println!("VALID: signed with the province's key, whole, and its figures follow from its records");
    } else {
        println!("VALID as far as the file itself tells: whole, and its figures follow from its records.");
        println!("NOT CHECKED: whose key it is. It was checked against the key inside the file, which anybody can put there;");
        println!("save the province's keys from /v1/provinces/{{province_id}}/submission_keys and give them as --keys.");
    }
    Ok(())
}
