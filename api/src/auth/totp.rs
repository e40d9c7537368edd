//! The second factor: time-based one-time passwords (RFC 6238) and recovery codes.

use chrono::{DateTime, Utc};
use htcd_domain::Code;
use htcd_domain::account::code_of;
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Secret, Totp};

use crate::problem::Refusal;

/// How many recovery codes there are.
pub const RECOVERY_CODES: usize = 10;

/// What apps show above the digits.
const ISSUER: &str = "htcd";

/// Random bytes.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn random<const N: usize>() -> Result<[u8; N], Refusal> {
    let mut bytes = [0u8; N];
    getrandom::fill(&mut bytes).map_err(|_| Refusal::from(Code::Internal))?;
    Ok(bytes)
}

/// The authenticator of a secret: SHA-1, six digits, 30 seconds, one step of clock skew either way, as every app has it.
///
/// # Errors
/// `internal` for a secret that is too short.
pub fn authenticator(secret: &[u8], username: &str) -> Result<Totp, Refusal> {
    Builder::new()
        .with_secret(Secret::new(secret.into()))
        .with_account_name(username)
        .with_issuer(Some(ISSUER))
        .build()
        .map_err(|_| Code::Internal.into())
}

/// The step of time that a code belongs to, if it is one of about now: the code of a step works once.
pub fn step_of(totp: &Totp, code: &str, now: DateTime<Utc>) -> Option<i64> {
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != 6 || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    totp.check(&digits, u64::try_from(now.timestamp()).ok()?).and_then(|step| i64::try_from(step).ok())
}

/// Fresh recovery codes, with the hashes that are kept.
///
/// # Errors
/// `internal` when the machine has no randomness.
pub fn recovery_codes() -> Result<Vec<(String, Vec<u8>)>, Refusal> {
    (0..RECOVERY_CODES).map(|_| random().map(code_of).map(|code| (code.clone(), hash_of(&code)))).collect()
}

/// What is kept of a code that was handed over. The code has 80 random bits, so that no slow hash is needed.
pub fn hash_of(code: &str) -> Vec<u8> {
    Sha256::digest(htcd_domain::account::read_code(code).as_bytes()).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_codes_are_those_of_rfc_6238() {
        let totp = authenticator(b"12345678901234567890", "lan").unwrap();
        // Appendix B, the last six of its eight digits.
        for (at, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            let now = DateTime::from_timestamp(at, 0).unwrap();
            assert_eq!(step_of(&totp, code, now), Some(at / 30), "{at}");
            assert_eq!(step_of(&totp, code, now + chrono::TimeDelta::seconds(30)), Some(at / 30), "a clock that is late");
            assert_eq!(step_of(&totp, code, now + chrono::TimeDelta::seconds(90)), None);
        }
        assert_eq!(step_of(&totp, "28708", DateTime::from_timestamp(59, 0).unwrap()), None);
    }

    #[test]
    fn recovery_codes_differ_and_are_kept_as_hashes() {
        let codes = recovery_codes().unwrap();
        let texts: std::collections::BTreeSet<_> = codes.iter().map(|(code, _)| code).collect();
        assert_eq!(texts.len(), RECOVERY_CODES);
        assert!(codes.iter().all(|(code, hash)| hash_of(&code.to_lowercase()) == *hash));
    }
}
