//! Everything through HTTP, on the database that `HTCD_TEST_DATABASE` names: `sqlite` (default) or `postgres`.

mod support;

mod access;
mod audit;
mod centres;
mod centres_life;
mod centres_list;
mod compose;
mod conditions;
mod crash;
mod document;
mod idempotency;
mod manners;
mod resilience;
mod schema;
mod sign_in;
mod smoke;
mod tokens;
mod units;
mod units_import;
mod users;
