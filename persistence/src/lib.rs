//! The only place with SQL: diesel over SQLite (embedded default) and PostgreSQL (production).
//!
//! One set of queries serves both through [`diesel::MultiConnection`]; the few that cannot are written
//! once more inside `on_backend!`. Each function takes the [`db::Tx`] of a tenant first, and every query
//! starts from that tenant and its scope. Rules belong in `htcd-domain`, HTTP in `htcd-api`.

#![recursion_limit = "256"]

#[macro_use]
pub mod db;
#[macro_use]
pub mod record;
pub mod account;
pub mod activity;
pub mod activity_category;
pub mod activity_summary;
pub mod aggregate;
pub mod audit;
pub mod centre;
pub mod delegation;
pub mod doctor;
mod error;
mod expression;
pub mod idempotency;
pub mod migrate;
pub mod outbox;
pub mod personal;
pub mod province;
pub mod publication;
pub mod rating;
pub mod report;
pub mod report_version;
pub mod round;
mod schema;
pub mod scheme;
pub mod service_account;
pub mod session;
pub mod sign_in_policy;
pub mod signing_key;
mod types;
pub mod unit;
pub mod user;
pub mod user_identity;

pub use db::{Author, Change, Database, Moves, Tx};
pub use error::{Error, Result};
