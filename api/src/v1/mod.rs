//! The operations, one module per resource.

pub mod access;
pub mod account;
pub mod activities;
pub mod activity_categories;
pub mod audit;
pub mod catalogues;
pub mod centres;
pub mod commendations;
pub mod distributions;
pub mod events;
pub mod learning_models;
pub mod me;
pub mod personal_data;
pub mod profile_indicators;
pub mod profiles;
pub mod provinces;
pub mod rapporteur_assignments;
pub mod rapporteurs;
pub mod ratings;
pub mod rounds;
pub mod schemes;
pub mod service_accounts;
pub mod sign_in_policy;
pub mod units;
pub mod user_import;
pub mod users;
