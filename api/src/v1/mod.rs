//! The operations, one module per resource.

pub mod access;
pub mod account;
pub mod activities;
pub mod activity_categories;
pub mod audit;
pub mod catalogues;
pub mod centres;
pub mod clubs;
pub mod distributions;
pub mod literacy_classes;
pub mod me;
pub mod personal_data;
pub mod plan_items;
pub mod plans;
pub mod provinces;
pub mod ratings;
pub mod rounds;
pub mod schemes;
pub mod service_accounts;
pub mod sign_in_policy;
pub mod surveys;
pub mod units;
pub mod user_import;
pub mod users;
