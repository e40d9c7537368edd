//! The HTTP API and the command line of htcd.
//!
//! A request goes through [`middleware`] (who asks, for what, how often), takes a [`permit`] in the
//! handler's signature, and reads or writes through it. Rules belong in `htcd-domain`, SQL in
//! `htcd-persistence`.

pub mod answer;
pub mod auth;
pub mod cli;
pub mod clock;
pub mod connection;
pub mod demo;
pub mod document;
pub mod export;
pub mod extract;
pub mod health;
pub mod lane;
pub mod limits;
pub mod mail;
pub mod middleware;
pub mod permit;
pub mod problem;
pub mod proxies;
pub mod record;
pub mod server;
pub mod settings;
pub mod state;
pub mod v1;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation. Registering one here is documenting it.
pub fn routes(config: &mut ServiceConfig<'_>) {
    use v1::{
        access, account, activities, activity_categories, allowance_norms, allowances, asset_confirmations, assets, audit,
        base_salaries, budgets, catalogues, centres, distributions, me, money_entries, money_locks, money_summary, personal_data,
        provinces, ratings, rounds, schemes, service_accounts, settlements, sign_in_policy, units, user_import, users,
    };
    config
        .service(auth::oauth2::create_token)
        .service(auth::oauth2::revoke_token)
        .service(auth::oauth2::get_jwks)
        .service(me::get_me)
        .service(account::set_password_by_code)
        .service(account::request_password_code)
        .service(me::sign_out_everywhere)
        .service(me::change_password)
        .service(me::list_own_sessions)
        .service(me::delete_own_session)
        .service(me::get_authenticator)
        .service(me::create_authenticator)
        .service(me::confirm_authenticator)
        .service(me::remove_authenticator)
        .service(me::list_delegations)
        .service(me::create_delegation)
        .service(me::delete_delegation)
        .service(catalogues::list_catalogues)
        .service(catalogues::list_problems)
        .service(units::list_units)
        .service(units::get_unit_by_code)
        .service(units::get_unit)
        .service(units::list_unit_children)
        .service(units::list_unit_ancestors)
        .service(units::list_unit_predecessors)
        .service(units::list_unit_successors)
        .service(distributions::get_unit_rating_distribution)
        .service(distributions::get_national_rating_distribution)
        .service(provinces::list_provinces)
        .service(provinces::create_province)
        .service(provinces::get_province)
        .service(users::list_users)
        .service(user_import::import_users_csv)
        .service(users::get_user)
        .service(users::create_user)
        .service(users::update_user)
        .service(users::create_grant)
        .service(users::delete_grant)
        .service(users::create_user_code)
        .service(users::sign_out_user)
        .service(users::delete_user_authenticator)
        .service(users::list_user_identities)
        .service(users::create_user_identity)
        .service(users::delete_user_identity)
        .service(users::get_user_contact)
        .service(personal_data::get_own_personal_data)
        .service(personal_data::get_user_personal_data)
        .service(personal_data::anonymise_user)
        .service(access::explain_access)
        .service(sign_in_policy::get_sign_in_policy)
        .service(sign_in_policy::replace_sign_in_policy)
        .service(service_accounts::list_service_accounts)
        .service(service_accounts::create_service_account)
        .service(service_accounts::get_service_account)
        .service(service_accounts::update_service_account)
        .service(service_accounts::create_service_secret)
        .service(service_accounts::delete_service_secret)
        .service(centres::list_centres)
        .service(centres::create_centre)
        .service(centres::get_centre)
        .service(centres::update_centre)
        .service(centres::list_centre_placements)
        .service(centres::create_centre_placement)
        .service(centres::list_centre_acts)
        .service(centres::create_centre_act)
        .service(centres::get_centre_relatives)
        .service(centres::list_centre_sites)
        .service(centres::create_centre_site)
        .service(centres::get_centre_site)
        .service(centres::replace_centre_site)
        .service(schemes::list_schemes)
        .service(schemes::create_scheme)
        .service(schemes::get_scheme)
        .service(schemes::replace_scheme)
        .service(schemes::publish_scheme)
        .service(rounds::list_rounds)
        .service(rounds::create_round)
        .service(rounds::get_round)
        .service(rounds::update_round)
        .service(ratings::import::import_ratings)
        .service(ratings::import::import_ratings_csv)
        .service(ratings::bulk::decide_ratings)
        .service(ratings::read::list_ratings)
        .service(ratings::steps::create_rating)
        .service(ratings::read::get_rating)
        .service(ratings::read::list_rating_steps)
        .service(ratings::steps::save_self_assessment)
        .service(ratings::steps::save_verified_assessment)
        .service(ratings::steps::submit_rating)
        .service(ratings::steps::return_rating)
        .service(ratings::steps::verify_rating)
        .service(ratings::steps::decide_rating)
        .service(ratings::steps::amend_rating)
        .service(activities::create_activities)
        .service(activities::list_activities)
        .service(activities::create_activity)
        .service(activities::get_activity)
        .service(activities::update_activity)
        .service(activities::delete_activity)
        .service(activity_categories::list_activity_categories)
        .service(activity_categories::create_activity_category)
        .service(activity_categories::get_activity_category)
        .service(activity_categories::update_activity_category)
        .service(activity_categories::delete_activity_category)
        .service(budgets::list_budgets)
        .service(budgets::create_budget)
        .service(budgets::get_budget)
        .service(budgets::update_budget)
        .service(budgets::delete_budget)
        .service(budgets::submit_budget)
        .service(budgets::return_budget)
        .service(budgets::approve_budget)
        .service(money_entries::list_money_entries)
        .service(money_entries::create_money_entry)
        .service(money_entries::get_money_entry)
        .service(money_entries::update_money_entry)
        .service(money_entries::delete_money_entry)
        .service(money_locks::get_money_lock)
        .service(money_locks::replace_money_lock)
        .service(money_summary::get_money_summary)
        .service(settlements::list_settlements)
        .service(settlements::create_settlement)
        .service(settlements::get_settlement)
        .service(settlements::update_settlement)
        .service(settlements::delete_settlement)
        .service(settlements::prepare_settlement)
        .service(settlements::submit_settlement)
        .service(settlements::return_settlement)
        .service(settlements::approve_settlement)
        .service(allowance_norms::list_allowance_norms)
        .service(allowance_norms::create_allowance_norm)
        .service(allowance_norms::get_allowance_norm)
        .service(allowance_norms::update_allowance_norm)
        .service(allowance_norms::delete_allowance_norm)
        .service(base_salaries::list_base_salaries)
        .service(base_salaries::create_base_salary)
        .service(base_salaries::get_base_salary)
        .service(base_salaries::update_base_salary)
        .service(base_salaries::delete_base_salary)
        .service(allowances::get_allowances)
        .service(assets::list_assets)
        .service(assets::create_asset)
        .service(assets::get_asset)
        .service(assets::update_asset)
        .service(assets::delete_asset)
        .service(asset_confirmations::list_asset_confirmations)
        .service(asset_confirmations::create_asset_confirmation)
        .service(asset_confirmations::get_asset_confirmation)
        .service(asset_confirmations::update_asset_confirmation)
        .service(asset_confirmations::delete_asset_confirmation)
        .service(audit::export_audit_records)
        .service(audit::list_audit_records)
        .service(health::get_live)
        .service(health::get_ready)
        .service(health::get_metrics);
}
