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
mod distributions;
mod distributions_property;
mod distributions_table;
mod document;
mod idempotency;
mod imports;
mod issuer;
mod keys;
mod manners;
mod ratings;
mod ratings_actions;
mod ratings_duties;
mod ratings_title;
mod resilience;
mod rounds;
mod schema;
mod schemes;
mod sign_in;
mod small_manners;
mod smoke;
mod tokens;
mod units;
mod units_import;
mod users;
