//! Signing in: passwords, second factors, tokens, keys, and the operations of OAuth 2.0 that hand them out.

pub mod codes;
pub mod exchange;
pub mod issuer;
pub mod keys;
pub mod oauth2;
pub mod password;
pub mod service;
pub mod sign_in;
pub mod token;
pub mod totp;
