//! The operations, one module per resource.

pub mod access;
pub mod account;
pub mod audit;
pub mod catalogues;
pub mod centres;
pub mod distributions;
pub mod files;
pub mod me;
pub mod personal_data;
pub mod provinces;
pub mod ratings;
pub mod rounds;
pub mod schemes;
pub mod service_accounts;
pub mod sign_in_policy;
pub mod units;
pub mod user_import;
pub mod users;
