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
pub mod figures;
pub mod health;
pub mod lane;
pub mod limits;
pub mod mail;
pub mod middleware;
pub mod permit;
pub mod problem;
pub mod proxies;
pub mod public;
pub mod record;
pub mod server;
pub mod settings;
pub mod state;
pub mod v1;

use utoipa_actix_web::service_config::ServiceConfig;

/// Every operation. Registering one here is documenting it.
pub fn routes(config: &mut ServiceConfig<'_>) {
    use v1::{
        access, account, activities, activity_categories, activity_summaries, audit, catalogues, centres, distributions, me,
        personal_data, provinces, public, publication, ratings, reports, rounds, schemes, service_accounts, sign_in_policy,
        units, user_import, users,
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
        .service(activity_summaries::get_unit_activity_summary)
        .service(activity_summaries::get_centre_activity_summary)
        .service(activity_categories::list_activity_categories)
        .service(activity_categories::create_activity_category)
        .service(activity_categories::get_activity_category)
        .service(activity_categories::update_activity_category)
        .service(activity_categories::delete_activity_category)
        .service(reports::records::list_reports)
        .service(reports::records::create_report)
        .service(reports::records::get_report)
        .service(reports::records::update_report)
        .service(reports::records::delete_report)
        .service(reports::steps::submit_report)
        .service(reports::steps::return_report)
        .service(reports::steps::accept_report)
        .service(reports::steps::list_report_steps)
        .service(reports::versions::list_report_versions)
        .service(reports::versions::get_report_version)
        .service(reports::documents::get_report_document)
        .service(publication::get_publication)
        .service(publication::replace_publication)
        .service(public::list_public_provinces)
        .service(public::list_public_centres)
        .service(public::get_public_centre)
        .service(public::list_public_ratings)
        .service(public::list_public_activities)
        .service(audit::export_audit_records)
        .service(audit::list_audit_records)
        .service(health::get_live)
        .service(health::get_ready)
        .service(health::get_metrics);
}
