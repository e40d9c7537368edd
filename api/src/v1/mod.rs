//! The operations, one module per resource.

pub mod access;
pub mod account;
pub mod activities;
pub mod activity_categories;
pub mod activity_summaries;
pub mod audit;
pub mod catalogues;
pub mod centres;
pub mod distribution_table;
pub mod distributions;
pub mod me;
pub mod personal_data;
pub mod provinces;
pub mod public;
pub mod publication;
pub mod ratings;
pub mod reports;
pub mod rounds;
pub mod schemes;
pub mod service_accounts;
pub mod sign_in_policy;
pub mod units;
pub mod user_import;
pub mod users;
