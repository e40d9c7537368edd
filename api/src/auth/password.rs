//! Passwords: Argon2id, hashed a few at a time.

use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash};

use htcd_domain::Code;

use crate::lane::Lane;
use crate::problem::Refusal;
use crate::state::App;

/// The PHC text of a password's Argon2id hash (19 MiB, 2 passes: OWASP's first choice).
///
/// # Errors
/// `internal` if hashing itself fails.
pub fn hash(password: &str) -> Result<String, Refusal> {
    Argon2::default().hash_password(password.as_bytes()).map(|hash| hash.to_string()).map_err(|error| {
        tracing::error!(%error, "a password could not be hashed");
        Code::Internal.into()
    })
}

/// Whether a password fits a hash.
pub fn fits(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Hashed for names that do not exist, so that their answer takes as long as any other.
pub const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$VGhlcmVJc05vYm9keQ$NMYyaYSykz9rGBnA7kmDdLmuUMw5LbbLEgUUXUwzI5M";

/// Two threads that hash: each hash takes a core and 19 MiB, and threads that stay give that memory to the next one.
/// 64 more may wait, which takes about two seconds; a flood of sign-ins ends there.
pub fn hashers() -> Lane {
    Lane::start(2, 64, Duration::from_secs(5))
}

impl App {
    /// Runs a hashing job when its turn comes, away from the threads that wait for the database.
    ///
    /// # Errors
    /// What the job answered; `too_busy` when too many wait.
    pub async fn hashing<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> Result<T, Refusal> + Send + 'static,
    ) -> Result<T, Refusal> {
        self.hashers.run(job).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_fits_its_own_hash_only() {
        let hashed = hash("một mật khẩu dài").unwrap();
        assert!(hashed.starts_with("$argon2id$"));
        assert!(fits("một mật khẩu dài", &hashed));
        assert!(!fits("khác", &hashed) && !fits("một mật khẩu dài", "nonsense"));
        assert!(PasswordHash::new(NOBODY).is_ok() && !fits("", NOBODY));
    }
}
