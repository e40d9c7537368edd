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
pub mod allowance_norm;
pub mod appointment;
pub mod asset;
pub mod asset_confirmation;
pub mod audit;
pub mod base_salary;
pub mod budget;
pub mod calendar;
pub mod centre;
pub mod centre_work;
pub mod club;
pub mod commendation;
pub mod completeness;
pub mod delegation;
pub mod doctor;
pub mod document;
mod error;
pub mod event;
mod expression;
pub mod extension;
pub mod file;
pub mod finding;
pub mod finding_explanation;
pub mod finding_settings;
pub mod idempotency;
pub mod learning_model;
pub mod literacy_class;
pub mod measure;
pub mod merger;
pub mod migrate;
pub mod money;
pub mod news;
pub mod outbox;
pub mod person;
pub mod personal;
pub mod plan;
pub mod plan_item;
pub mod profile_indicator;
pub mod profile_value;
pub mod province;
pub mod publication;
pub mod rapporteur;
pub mod rapporteur_assignment;
pub mod rated_record;
pub mod rating;
pub mod reconstitution;
pub mod report;
pub mod report_version;
pub mod restructuring;
pub mod round;
mod schema;
pub mod scheme;
pub mod service_account;
pub mod session;
pub mod settlement;
pub mod sign_in_policy;
pub mod signing_key;
pub mod submission;
pub mod submission_key;
pub mod summary;
pub mod survey;
mod types;
pub mod unit;
pub mod user;
pub mod user_identity;

pub use db::{Author, Change, Database, Moves, Tx};
pub use error::{Error, Result};
