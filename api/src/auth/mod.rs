//! Signing in: passwords, tokens, keys, and the operations of OAuth 2.0 that hand them out.

pub mod keys;
pub mod oauth2;
pub mod password;
pub mod token;
