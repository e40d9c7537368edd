//! The model of Viet Nam's community learning centres (trung tâm học tập cộng đồng) and its rules.
//!
//! Nothing here reads a file, a clock or a database: time, identities and facts come in as values,
//! so that each rule can be tested with a table. SQL belongs in `htcd-persistence`, HTTP in `htcd-api`.
//! The types here are also what travels over HTTP; only where an answer adds something of its own
//! (links, allowed actions) does `api` define a view around them.

#[macro_use]
mod coded;
pub mod access;
pub mod account;
pub mod activity;
pub mod activity_summary;
pub mod aggregate;
pub mod allowance;
pub mod appointment;
pub mod asset;
pub mod audit;
pub mod board;
pub mod boundaries;
pub mod budget;
pub mod calendar;
pub mod catalogue;
pub mod centre;
pub mod club;
pub mod commendation;
pub mod completeness;
pub mod delegation;
pub mod document;
pub mod duties;
pub mod event;
pub mod evidence;
pub mod explain;
pub mod extension;
pub mod file;
pub mod finding;
pub mod finding_explanation;
pub mod frameworks;
pub mod funding;
pub mod id;
pub mod learning_model;
pub mod literacy_class;
pub mod mail;
pub mod measure;
pub mod merger;
pub mod money;
pub mod money_step;
pub mod news;
pub mod password;
pub mod period;
pub mod person;
pub mod personal;
pub mod plan;
pub mod plan_item;
pub mod plan_progress;
pub mod points;
pub mod problem;
pub mod profile;
pub mod provenance;
pub mod province;
pub mod publication;
pub mod quantity;
pub mod rapporteur;
pub mod rated_record;
pub mod rating;
pub mod rating_import;
pub mod rating_step;
pub mod reconstitution;
pub mod record;
pub mod report;
pub mod restructuring;
pub mod round;
pub mod scheme;
pub mod service_account;
pub mod settlement;
pub mod submission;
pub mod summary;
pub mod survey;
pub mod table;
pub mod task;
pub mod text;
pub mod unit;
pub mod unit_import;
pub mod user;
pub mod user_import;

pub use coded::Coded;
pub use problem::{Code, Fault, Problem, Result};
