//! The tables, for diesel. A test holds them against both migrated schemas.

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    units (id) {
        id -> Id,
        level -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    unit_versions (unit_id, ordinal) {
        unit_id -> Id,
        ordinal -> Integer,
        valid_from -> Nullable<Date>,
        valid_to -> Nullable<Date>,
        code -> Text,
        kind -> Text,
        name_vi -> Text,
        name_en -> Text,
        parent_id -> Nullable<Id>,
        region_class -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    unit_successions (predecessor_id, successor_id) {
        predecessor_id -> Id,
        successor_id -> Id,
        kind -> Text,
        extent -> Text,
        effective_on -> Date,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    provinces (id) {
        id -> Id,
        unit_id -> Id,
        name -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    province_units (unit_id) {
        unit_id -> Id,
        province_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    users (province_id, id) {
        province_id -> Id,
        id -> Id,
        username -> Text,
        display_name -> Text,
        password_hash -> Text,
        active -> Bool,
        failed_sign_ins -> Integer,
        locked_until -> Nullable<Instant>,
        revision -> BigInt,
        created_at -> Instant,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        activated_at -> Nullable<Instant>,
        anonymised_at -> Nullable<Instant>,
        tokens_from -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    grants (province_id, id) {
        province_id -> Id,
        id -> Id,
        user_id -> Id,
        role -> Text,
        unit_id -> Nullable<Id>,
        centre_id -> Nullable<Id>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        taken_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    sessions (province_id, id) {
        province_id -> Id,
        id -> Id,
        user_id -> Id,
        created_at -> Instant,
        expires_at -> Instant,
        revoked_at -> Nullable<Instant>,
        address -> Nullable<Text>,
        user_agent -> Nullable<Text>,
        last_used_at -> Nullable<Instant>,
        means -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    refresh_tokens (province_id, token_hash) {
        province_id -> Id,
        token_hash -> Binary,
        session_id -> Id,
        created_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    signing_keys (id) {
        id -> Text,
        private_key -> Binary,
        public_key -> Binary,
        created_at -> Instant,
        retired_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    audit_heads (province_id) {
        province_id -> Id,
        seq -> BigInt,
        figures -> BigInt,
        hash -> Text,
        records -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    audit_records (province_id, seq) {
        province_id -> Id,
        seq -> BigInt,
        at -> Instant,
        user_id -> Nullable<Id>,
        username -> Text,
        operation -> Text,
        subject -> Text,
        subject_id -> Text,
        before -> Nullable<Text>,
        after -> Nullable<Text>,
        reason -> Nullable<Text>,
        request_id -> Text,
        address -> Nullable<Text>,
        previous_hash -> Text,
        hash -> Text,
        session_id -> Nullable<Id>,
        service_account_id -> Nullable<Id>,
        acting_user_id -> Nullable<Id>,
        acting_username -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    idempotency_keys (province_id, user_id, key) {
        province_id -> Id,
        user_id -> Id,
        key -> Text,
        fingerprint -> Text,
        status -> Integer,
        etag -> Nullable<Text>,
        location -> Nullable<Text>,
        body -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    centres (province_id, id) {
        province_id -> Id,
        id -> Id,
        code -> Nullable<Text>,
        name -> Text,
        name_sort -> Binary,
        name_search -> Text,
        commune_id -> Id,
        operating_model -> Text,
        has_seal -> Nullable<Bool>,
        has_account -> Nullable<Bool>,
        address -> Nullable<Text>,
        status -> Text,
        operating_from -> Nullable<Date>,
        ended_on -> Nullable<Date>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    centre_placements (province_id, centre_id, valid_from) {
        province_id -> Id,
        centre_id -> Id,
        valid_from -> Date,
        commune_id -> Id,
        valid_to -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    centre_sites (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        name -> Text,
        kind -> Text,
        address -> Nullable<Text>,
        manager -> Nullable<Text>,
        active -> Bool,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    centre_acts (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        seq -> Integer,
        act -> Text,
        from_status -> Nullable<Text>,
        to_status -> Text,
        effective_on -> Date,
        decision -> Doc,
        reason -> Nullable<Text>,
        recorded_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    centre_successions (province_id, predecessor_id, successor_id) {
        province_id -> Id,
        predecessor_id -> Id,
        successor_id -> Id,
        act_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    schemes (province_id, id) {
        province_id -> Id,
        id -> Id,
        code -> Text,
        version -> Integer,
        status -> Text,
        content -> Doc,
        revision -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rounds (province_id, id) {
        province_id -> Id,
        id -> Id,
        scheme_id -> Id,
        subject -> Text,
        year -> Integer,
        title -> Text,
        data_from -> Date,
        data_to -> Date,
        route -> Doc,
        status -> Text,
        revision -> BigInt,
        created_at -> Instant,
        earlier_routes -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    ratings (province_id, id) {
        province_id -> Id,
        id -> Id,
        round_id -> Id,
        subject -> Text,
        year -> Integer,
        centre_id -> Nullable<Id>,
        commune_id -> Id,
        state -> Text,
        stage -> Integer,
        decided_rank -> Nullable<Text>,
        decided_points -> Nullable<BigInt>,
        detail -> Doc,
        valid_until -> Nullable<Date>,
        source -> Text,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rating_steps (province_id, rating_id, seq) {
        province_id -> Id,
        rating_id -> Id,
        seq -> Integer,
        at -> Instant,
        user_id -> Id,
        action -> Nullable<Text>,
        stage -> Integer,
        from_state -> Nullable<Text>,
        to_state -> Text,
        reason -> Nullable<Text>,
        detail -> Doc,
        acting_user_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    one_time_codes (province_id, id) {
        province_id -> Id,
        id -> Id,
        user_id -> Id,
        purpose -> Text,
        code_hash -> Binary,
        created_at -> Instant,
        expires_at -> Instant,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    sign_in_failures (province_id, user_id, address) {
        province_id -> Id,
        user_id -> Id,
        address -> Text,
        failures -> Integer,
        locked_until -> Nullable<Instant>,
        last_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    authenticators (province_id, user_id) {
        province_id -> Id,
        user_id -> Id,
        secret -> Binary,
        confirmed_at -> Nullable<Instant>,
        last_step -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    recovery_codes (province_id, user_id, code_hash) {
        province_id -> Id,
        user_id -> Id,
        code_hash -> Binary,
        used_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    sign_in_policies (province_id) {
        province_id -> Id,
        totp_roles -> Text,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    delegations (province_id, id) {
        province_id -> Id,
        id -> Id,
        user_id -> Id,
        delegate_id -> Id,
        read_only -> Bool,
        reason -> Text,
        valid_from -> Instant,
        valid_until -> Instant,
        ended_at -> Nullable<Instant>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    service_accounts (province_id, id) {
        province_id -> Id,
        id -> Id,
        owner_id -> Id,
        name -> Text,
        permissions -> Text,
        networks -> Text,
        active -> Bool,
        expires_at -> Instant,
        last_used_at -> Nullable<Instant>,
        revision -> BigInt,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    service_secrets (province_id, id) {
        province_id -> Id,
        id -> Id,
        account_id -> Id,
        secret_hash -> Binary,
        created_at -> Instant,
        last_used_at -> Nullable<Instant>,
        revoked_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    user_identities (province_id, id) {
        province_id -> Id,
        id -> Id,
        user_id -> Id,
        issuer -> Text,
        subject -> Text,
        lookup_key -> Text,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    outbox_mails (province_id, id) {
        province_id -> Id,
        id -> Id,
        recipient -> Text,
        subject -> Text,
        body -> Text,
        created_at -> Instant,
        sent_at -> Nullable<Instant>,
        attempts -> Integer,
        next_attempt_at -> Nullable<Instant>,
        last_error -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    surveys (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        title -> Text,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        asked -> Nullable<BigInt>,
        answered -> Nullable<BigInt>,
        channels -> Doc,
        topics -> Doc,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    survey_topics (province_id, id) {
        province_id -> Id,
        id -> Id,
        survey_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    plans (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        year -> Integer,
        number -> Nullable<Text>,
        signed_on -> Nullable<Date>,
        title -> Text,
        survey_id -> Nullable<Id>,
        revises_id -> Nullable<Id>,
        state -> Text,
        submitted_at -> Nullable<Instant>,
        approval -> Nullable<Doc>,
        approved_on -> Nullable<Date>,
        return_reason -> Nullable<Text>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        submitted_by -> Nullable<Id>,
        submitted_acting_by -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    plan_items (province_id, id) {
        province_id -> Id,
        id -> Id,
        plan_id -> Id,
        centre_id -> Id,
        month -> Integer,
        category -> Text,
        sub_category -> Nullable<Text>,
        title -> Text,
        survey_topic_id -> Nullable<Id>,
        continues_id -> Nullable<Id>,
        target_classes -> Nullable<BigInt>,
        target_sessions -> Nullable<BigInt>,
        target_participations -> Nullable<BigInt>,
        place -> Nullable<Text>,
        lead -> Nullable<Text>,
        estimated_cost_vnd -> Nullable<BigInt>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    activity_categories (province_id, id) {
        province_id -> Id,
        id -> Id,
        code -> Text,
        parent -> Text,
        label -> Doc,
        active -> Bool,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    clubs (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        site_id -> Nullable<Id>,
        name -> Text,
        category -> Text,
        founded_on -> Date,
        ended_on -> Nullable<Date>,
        members -> Nullable<BigInt>,
        female_members -> Nullable<BigInt>,
        leader -> Nullable<Text>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    literacy_classes (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        site_id -> Nullable<Id>,
        title -> Text,
        level -> Text,
        started_on -> Date,
        ended_on -> Nullable<Date>,
        enrolled -> BigInt,
        enrolled_female -> Nullable<BigInt>,
        enrolled_ethnic_minority -> Nullable<BigInt>,
        enrolled_15_60 -> Nullable<BigInt>,
        completed_phase_1 -> Nullable<BigInt>,
        completed_phase_2 -> Nullable<BigInt>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    activity_months (province_id, centre_id, month, category, scope) {
        province_id -> Id,
        centre_id -> Id,
        month -> Date,
        category -> Text,
        scope -> Text,
        entry -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    activities (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        site_id -> Nullable<Id>,
        entry -> Text,
        month -> Date,
        category -> Text,
        sub_category -> Nullable<Text>,
        title -> Text,
        form -> Text,
        starts_on -> Date,
        ends_on -> Date,
        role -> Text,
        scope -> Text,
        classes -> Nullable<BigInt>,
        sessions -> Nullable<BigInt>,
        participants -> Nullable<BigInt>,
        participations -> Nullable<BigInt>,
        female -> Nullable<BigInt>,
        ethnic_minority -> Nullable<BigInt>,
        disabled -> Nullable<BigInt>,
        age_under_15 -> Nullable<BigInt>,
        age_15_35 -> Nullable<BigInt>,
        age_36_60 -> Nullable<BigInt>,
        age_over_60 -> Nullable<BigInt>,
        cost_vnd -> Nullable<BigInt>,
        plan_item_id -> Nullable<Id>,
        club_id -> Nullable<Id>,
        details -> Doc,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    persons (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        full_name -> Text,
        name_sort -> Binary,
        name_search -> Text,
        sex -> Nullable<Text>,
        birth_year -> Nullable<BigInt>,
        ethnic_minority -> Nullable<Bool>,
        occupation -> Nullable<Text>,
        organisation -> Nullable<Text>,
        qualification -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        user_id -> Nullable<Id>,
        anonymised_at -> Nullable<Instant>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    appointments (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        person_id -> Id,
        body -> Text,
        site_id -> Nullable<Id>,
        post -> Text,
        sector -> Nullable<Text>,
        organisation -> Nullable<Text>,
        employment -> Nullable<Text>,
        duties -> Doc,
        starts_on -> Date,
        ends_on -> Nullable<Date>,
        decision -> Nullable<Doc>,
        end_decision -> Nullable<Doc>,
        end_reason -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    reconstitutions (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        body -> Text,
        site_id -> Nullable<Id>,
        effective_on -> Date,
        decision -> Doc,
        reason -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    reconstitution_appointments (province_id, reconstitution_id, appointment_id) {
        province_id -> Id,
        reconstitution_id -> Id,
        appointment_id -> Id,
        ended -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    publications (province_id) {
        province_id -> Id,
        centres -> Bool,
        ratings -> Bool,
        activities -> Bool,
        news -> Bool,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    files (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        name -> Text,
        media_type -> Text,
        size -> BigInt,
        state -> Text,
        received -> BigInt,
        sha256 -> Nullable<Text>,
        object_id -> Nullable<Id>,
        upload_until -> Nullable<Instant>,
        revision -> BigInt,
        created_at -> Instant,
        stored_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    file_pieces (province_id, file_id, begins_at) {
        province_id -> Id,
        file_id -> Id,
        begins_at -> BigInt,
        object_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    money_books (province_id, centre_id) {
        province_id -> Id,
        centre_id -> Id,
        locked_to -> Nullable<Date>,
        reason -> Nullable<Text>,
        revision -> BigInt,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    budgets (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        year -> Integer,
        version -> Nullable<Integer>,
        supersedes_id -> Nullable<Id>,
        state -> Text,
        development_region -> Nullable<Text>,
        posts -> Doc,
        note -> Nullable<Text>,
        amendment_reason -> Nullable<Text>,
        income_vnd -> BigInt,
        expenditure_vnd -> BigInt,
        return_reason -> Nullable<Text>,
        decision -> Nullable<Doc>,
        submitted_by -> Nullable<Id>,
        submitted_acting_by -> Nullable<Id>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        deficit_reason -> Nullable<Text>,
        first_submitted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    budget_lines (province_id, budget_id, seq) {
        province_id -> Id,
        budget_id -> Id,
        seq -> Integer,
        direction -> Text,
        source -> Nullable<Text>,
        state_level -> Nullable<Text>,
        programme -> Nullable<Text>,
        category -> Nullable<Text>,
        post -> Nullable<Text>,
        amount_vnd -> BigInt,
        note -> Nullable<Text>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    money_entries (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        entry_date -> Date,
        year -> Integer,
        direction -> Text,
        source -> Nullable<Text>,
        state_level -> Nullable<Text>,
        programme -> Nullable<Text>,
        category -> Nullable<Text>,
        amount_vnd -> Nullable<BigInt>,
        in_kind -> Bool,
        item -> Nullable<Text>,
        quantity -> Nullable<BigInt>,
        unit -> Nullable<Text>,
        counterparty -> Nullable<Text>,
        voucher_number -> Nullable<Text>,
        description -> Text,
        activity_id -> Nullable<Id>,
        post -> Nullable<Text>,
        from_month -> Nullable<Date>,
        to_month -> Nullable<Date>,
        reason_above_estimate -> Nullable<Text>,
        corrects_id -> Nullable<Id>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    settlements (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        year -> Integer,
        state -> Text,
        given_opening_vnd -> Nullable<BigInt>,
        note -> Nullable<Text>,
        opening_vnd -> BigInt,
        income_vnd -> BigInt,
        expenditure_vnd -> BigInt,
        closing_vnd -> BigInt,
        in_kind_entries -> BigInt,
        in_kind_valued -> BigInt,
        in_kind_vnd -> Nullable<BigInt>,
        prepared_at -> Nullable<Instant>,
        return_reason -> Nullable<Text>,
        decision -> Nullable<Doc>,
        submitted_by -> Nullable<Id>,
        submitted_acting_by -> Nullable<Id>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        first_submitted_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    settlement_lines (province_id, settlement_id, seq) {
        province_id -> Id,
        settlement_id -> Id,
        seq -> Integer,
        direction -> Text,
        source -> Nullable<Text>,
        state_level -> Nullable<Text>,
        programme -> Nullable<Text>,
        category -> Nullable<Text>,
        entries -> BigInt,
        amount_vnd -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    allowance_norms (province_id, id) {
        province_id -> Id,
        id -> Id,
        post -> Text,
        region_class -> Nullable<Text>,
        development_region -> Nullable<Text>,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        method -> Text,
        amount_vnd -> Nullable<BigInt>,
        coefficient_hundredths -> Nullable<BigInt>,
        legal_basis -> Text,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    base_salaries (province_id, id) {
        province_id -> Id,
        id -> Id,
        valid_from -> Date,
        valid_to -> Nullable<Date>,
        amount_vnd -> BigInt,
        legal_basis -> Text,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    assets (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        site_id -> Nullable<Id>,
        kind -> Text,
        name -> Text,
        quantity -> BigInt,
        unit -> Text,
        owner -> Text,
        shared_with -> Nullable<Text>,
        condition -> Text,
        acquired_on -> Nullable<Date>,
        value_vnd -> Nullable<BigInt>,
        source -> Nullable<Text>,
        disposed_on -> Nullable<Date>,
        disposal_reason -> Nullable<Text>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    asset_confirmations (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        asset_id -> Id,
        year -> Integer,
        confirmed_on -> Date,
        quantity_found -> BigInt,
        condition -> Text,
        confirmed_by -> Text,
        difference_note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    events (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        kind -> Text,
        title -> Text,
        starts_on -> Date,
        ends_on -> Date,
        cost_vnd -> Nullable<BigInt>,
        details -> Doc,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    event_centres (province_id, centre_id, event_id) {
        province_id -> Id,
        centre_id -> Id,
        event_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rapporteurs (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        full_name -> Text,
        name_sort -> Binary,
        name_search -> Text,
        kind -> Text,
        organisation -> Nullable<Text>,
        occupation -> Nullable<Text>,
        qualification -> Nullable<Text>,
        categories -> Text,
        topics -> Doc,
        active_from -> Nullable<Date>,
        active_to -> Nullable<Date>,
        note -> Nullable<Text>,
        email -> Nullable<Text>,
        phone -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rapporteur_assignments (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        rapporteur_id -> Id,
        activity_id -> Nullable<Id>,
        event_id -> Nullable<Id>,
        topic -> Nullable<Text>,
        sessions -> Nullable<BigInt>,
        fee_vnd -> Nullable<BigInt>,
        held_on -> Date,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    commendations (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        year -> Integer,
        recipient_kind -> Text,
        recipient_name -> Nullable<Text>,
        recipient_centre_id -> Nullable<Id>,
        rapporteur_id -> Nullable<Id>,
        form -> Text,
        details -> Doc,
        event_id -> Nullable<Id>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    learning_model_counts (province_id, id) {
        province_id -> Id,
        id -> Id,
        unit_id -> Id,
        year -> Integer,
        model -> Text,
        base_total -> Nullable<BigInt>,
        registered -> Nullable<BigInt>,
        recognised -> Nullable<BigInt>,
        as_of_date -> Date,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    profile_indicators (province_id, id) {
        province_id -> Id,
        id -> Id,
        code -> Text,
        label -> Doc,
        measure -> Text,
        whole -> Nullable<Text>,
        part -> Nullable<Text>,
        adds_up -> Bool,
        active -> Bool,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    profile_values (province_id, id) {
        province_id -> Id,
        id -> Id,
        unit_id -> Id,
        year -> Integer,
        indicator -> Text,
        value_hundredths -> BigInt,
        source -> Nullable<Text>,
        as_of_date -> Nullable<Date>,
        note -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    documents (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        holder_id -> Id,
        direction -> Text,
        kind -> Text,
        year -> Integer,
        registered_on -> Date,
        signed_on -> Nullable<Date>,
        number -> Nullable<BigInt>,
        symbol -> Nullable<Text>,
        symbol_key -> Nullable<Text>,
        arrival_number -> Nullable<BigInt>,
        subject -> Text,
        signer -> Nullable<Text>,
        search -> Text,
        file_id -> Nullable<Id>,
        plan_id -> Nullable<Id>,
        rating_id -> Nullable<Id>,
        answers_id -> Nullable<Id>,
        replaces_id -> Nullable<Id>,
        details -> Doc,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rating_documents (province_id, rating_id, document_id) {
        province_id -> Id,
        rating_id -> Id,
        document_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    rating_files (province_id, rating_id, file_id) {
        province_id -> Id,
        rating_id -> Id,
        file_id -> Id,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    news (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        state -> Text,
        listed_on -> Date,
        title -> Text,
        summary -> Nullable<Text>,
        body -> Text,
        language -> Text,
        pinned_until -> Nullable<Date>,
        published_at -> Nullable<Instant>,
        people_agreed -> Bool,
        withdrawn_at -> Nullable<Instant>,
        withdrawal_reason -> Nullable<Text>,
        search -> Text,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    news_pictures (province_id, news_id, seq) {
        province_id -> Id,
        news_id -> Id,
        seq -> Integer,
        file_id -> Id,
        alt -> Text,
        caption -> Nullable<Text>,
        credit -> Nullable<Text>,
        shows_people -> Bool,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    finding_settings (province_id) {
        province_id -> Id,
        settings -> Doc,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    finding_explanations (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        code -> Text,
        explanation -> Text,
        explained_by -> Text,
        explained_on -> Date,
        valid_until -> Nullable<Date>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    reports (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        kind -> Text,
        period -> Text,
        first_day -> Date,
        last_day -> Date,
        number -> Nullable<BigInt>,
        number_year -> Nullable<Integer>,
        symbol -> Text,
        signed_on -> Nullable<Date>,
        cut_off -> Nullable<Date>,
        due_on -> Nullable<Date>,
        signer -> Nullable<Text>,
        head -> Doc,
        texts -> Doc,
        judgements -> Doc,
        state -> Text,
        version -> BigInt,
        first_submitted_at -> Nullable<Instant>,
        submitted_at -> Nullable<Instant>,
        accepted_at -> Nullable<Instant>,
        return_reason -> Nullable<Text>,
        return_sections -> Doc,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
        handed_in_on -> Nullable<Date>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    report_versions (province_id, report_id, version) {
        province_id -> Id,
        report_id -> Id,
        version -> BigInt,
        cut_off -> Date,
        submitted_at -> Instant,
        user_id -> Id,
        acting_user_id -> Nullable<Id>,
        document -> Text,
        sha256 -> Text,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    report_steps (province_id, report_id, seq) {
        province_id -> Id,
        report_id -> Id,
        seq -> BigInt,
        at -> Instant,
        user_id -> Id,
        acting_user_id -> Nullable<Id>,
        action -> Nullable<Text>,
        version -> Nullable<BigInt>,
        reason -> Nullable<Text>,
        sections -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    submission_keys (province_id, id) {
        province_id -> Id,
        id -> Text,
        private_key -> Binary,
        public_key -> Binary,
        created_at -> Instant,
        retired_at -> Nullable<Instant>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    submissions (province_id, id) {
        province_id -> Id,
        id -> Id,
        number -> BigInt,
        year -> Integer,
        subject -> Text,
        version -> BigInt,
        supersedes_id -> Nullable<Id>,
        cut_off -> Instant,
        round_id -> Id,
        key_id -> Text,
        sha256 -> Text,
        reason -> Nullable<Text>,
        summary -> Doc,
        user_id -> Id,
        acting_user_id -> Nullable<Id>,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    submission_files (province_id, submission_id, format) {
        province_id -> Id,
        submission_id -> Id,
        format -> Text,
        sha256 -> Text,
        content -> Binary,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    restructurings (province_id, id) {
        province_id -> Id,
        id -> Id,
        title -> Text,
        effective_on -> Date,
        content -> Doc,
        state -> Text,
        previewed_at -> Nullable<Instant>,
        applied_at -> Nullable<Instant>,
        applied_by -> Nullable<Id>,
        undone_at -> Nullable<Instant>,
        undo_reason -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    restructuring_previews (province_id, restructuring_id) {
        province_id -> Id,
        restructuring_id -> Id,
        digest -> Text,
        effects -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    restructuring_effects (province_id, restructuring_id, seq) {
        province_id -> Id,
        restructuring_id -> Id,
        seq -> BigInt,
        kind -> Text,
        rule -> Text,
        subject_id -> Id,
        effect -> Doc,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    restructuring_placements (province_id, restructuring_id, centre_id) {
        province_id -> Id,
        restructuring_id -> Id,
        centre_id -> Id,
        commune_id -> Id,
        placed_by -> Id,
        placed_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    calendars (province_id) {
        province_id -> Id,
        settings -> Doc,
        revision -> BigInt,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    extensions (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Nullable<Id>,
        unit_id -> Nullable<Id>,
        kind -> Text,
        year -> Integer,
        until -> Date,
        reason -> Text,
        granted_by -> Id,
        granted_acting_by -> Nullable<Id>,
        withdrawn_at -> Nullable<Instant>,
        withdrawn_by -> Nullable<Id>,
        withdrawal_reason -> Nullable<Text>,
        revision -> BigInt,
        created_at -> Instant,
        updated_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id, Instant};
    mergers (province_id, id) {
        province_id -> Id,
        id -> Id,
        centre_id -> Id,
        effective_on -> Date,
        decision -> Doc,
        note -> Nullable<Text>,
        created_at -> Instant,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use crate::types::sql::{Doc, Id};
    merged_centres (province_id, merger_id, centre_id) {
        province_id -> Id,
        merger_id -> Id,
        centre_id -> Id,
        act_id -> Id,
        ended_appointments -> Integer,
        sites -> Integer,
        rapporteurs -> Integer,
        assets -> Integer,
        plans -> Doc,
        balance_vnd -> Nullable<BigInt>,
        handed_over_id -> Nullable<Id>,
        received_id -> Nullable<Id>,
    }
}

diesel::allow_tables_to_appear_in_same_query!(
    mergers,
    merged_centres,
    calendars,
    extensions,
    restructurings,
    restructuring_previews,
    restructuring_effects,
    restructuring_placements,
    submission_keys,
    submissions,
    submission_files,
    events,
    event_centres,
    rapporteurs,
    rapporteur_assignments,
    commendations,
    learning_model_counts,
    profile_indicators,
    profile_values,
    money_books,
    budgets,
    budget_lines,
    money_entries,
    settlements,
    settlement_lines,
    allowance_norms,
    base_salaries,
    assets,
    asset_confirmations,
    files,
    file_pieces,
    persons,
    appointments,
    reconstitutions,
    reconstitution_appointments,
    publications,
    surveys,
    survey_topics,
    plans,
    plan_items,
    activity_categories,
    clubs,
    literacy_classes,
    activity_months,
    activities,
    outbox_mails,
    user_identities,
    one_time_codes,
    sign_in_failures,
    authenticators,
    recovery_codes,
    sign_in_policies,
    delegations,
    service_accounts,
    service_secrets,
    units,
    unit_versions,
    unit_successions,
    provinces,
    province_units,
    users,
    grants,
    sessions,
    refresh_tokens,
    signing_keys,
    audit_heads,
    audit_records,
    idempotency_keys,
    centres,
    centre_placements,
    centre_sites,
    centre_acts,
    centre_successions,
    schemes,
    rounds,
    ratings,
    rating_steps,
    documents,
    rating_documents,
    rating_files,
    news,
    news_pictures,
    finding_settings,
    finding_explanations,
    reports,
    report_versions,
    report_steps,
);
