-- A province's own categories, each below one of the national ten.
CREATE TABLE activity_categories (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    code TEXT NOT NULL,
    parent TEXT NOT NULL,
    label TEXT NOT NULL,
    active INTEGER NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT activity_categories_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT activity_categories_code_key UNIQUE (province_id, code)
) STRICT;

CREATE TABLE clubs (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    site_id BLOB,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    founded_on TEXT NOT NULL,
    ended_on TEXT,
    members INTEGER,
    female_members INTEGER,
    leader TEXT,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT clubs_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT clubs_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT clubs_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT clubs_dates_check CHECK (founded_on <= ended_on),
    CONSTRAINT clubs_members_check CHECK (members >= 0 AND female_members >= 0 AND female_members <= members)
) STRICT;
CREATE INDEX clubs_centre_idx ON clubs (province_id, centre_id, founded_on);

-- Literacy learners are assessed one by one, so a class says how many completed each phase (Circular 10/2022/TT-BGDĐT).
CREATE TABLE literacy_classes (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    site_id BLOB,
    title TEXT NOT NULL,
    level TEXT NOT NULL,
    started_on TEXT NOT NULL,
    ended_on TEXT,
    enrolled INTEGER NOT NULL,
    enrolled_female INTEGER,
    enrolled_ethnic_minority INTEGER,
    enrolled_15_60 INTEGER,
    completed_phase_1 INTEGER,
    completed_phase_2 INTEGER,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT literacy_classes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT literacy_classes_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT literacy_classes_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT literacy_classes_dates_check CHECK (started_on <= ended_on),
    CONSTRAINT literacy_classes_numbers_check CHECK (enrolled >= 0 AND enrolled_female BETWEEN 0 AND enrolled AND enrolled_ethnic_minority BETWEEN 0 AND enrolled AND enrolled_15_60 BETWEEN 0 AND enrolled AND completed_phase_1 BETWEEN 0 AND enrolled AND completed_phase_2 BETWEEN 0 AND enrolled),
    CONSTRAINT literacy_classes_phases_check CHECK ((completed_phase_1 IS NULL OR level = 'phase_1') AND (completed_phase_2 IS NULL OR level = 'phase_2'))
) STRICT;
CREATE INDEX literacy_classes_centre_idx ON literacy_classes (province_id, centre_id, started_on);

-- How a centre enters the work of a month in a category: one by one, or as totals. Never both, by the foreign key of activities.
CREATE TABLE activity_months (
    province_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    month TEXT NOT NULL,
    category TEXT NOT NULL,
    scope TEXT NOT NULL,
    entry TEXT NOT NULL,
    CONSTRAINT activity_months_pkey PRIMARY KEY (province_id, centre_id, month, category, scope),
    CONSTRAINT activity_months_entry_key UNIQUE (province_id, centre_id, month, category, scope, entry),
    CONSTRAINT activity_months_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;

CREATE TABLE activities (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    site_id BLOB,
    entry TEXT NOT NULL,
    month TEXT NOT NULL,
    category TEXT NOT NULL,
    sub_category TEXT,
    title TEXT NOT NULL,
    form TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    role TEXT NOT NULL,
    scope TEXT NOT NULL,
    classes INTEGER,
    sessions INTEGER,
    participants INTEGER,
    participations INTEGER,
    female INTEGER,
    ethnic_minority INTEGER,
    disabled INTEGER,
    age_under_15 INTEGER,
    age_15_35 INTEGER,
    age_36_60 INTEGER,
    age_over_60 INTEGER,
    cost_vnd INTEGER,
    plan_item_id BLOB,
    club_id BLOB,
    details TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT activities_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT activities_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT activities_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT activities_month_fkey FOREIGN KEY (province_id, centre_id, month, category, scope, entry) REFERENCES activity_months (province_id, centre_id, month, category, scope, entry),
    CONSTRAINT activities_plan_item_fkey FOREIGN KEY (province_id, plan_item_id) REFERENCES plan_items (province_id, id),
    CONSTRAINT activities_club_fkey FOREIGN KEY (province_id, club_id) REFERENCES clubs (province_id, id),
    CONSTRAINT activities_dates_check CHECK (starts_on <= ends_on),
    CONSTRAINT activities_numbers_check CHECK (classes >= 0 AND sessions >= 0 AND participants >= 0 AND participations >= 0 AND cost_vnd >= 0),
    CONSTRAINT activities_parts_check CHECK (female BETWEEN 0 AND participations AND ethnic_minority BETWEEN 0 AND participations AND disabled BETWEEN 0 AND participations),
    CONSTRAINT activities_ages_check CHECK (age_under_15 >= 0 AND age_15_35 >= 0 AND age_36_60 >= 0 AND age_over_60 >= 0)
) STRICT;
CREATE INDEX activities_centre_idx ON activities (province_id, centre_id, starts_on, id);
CREATE INDEX activities_starts_idx ON activities (province_id, starts_on, id);
CREATE INDEX activities_plan_item_idx ON activities (province_id, plan_item_id) WHERE plan_item_id IS NOT NULL;
-- One total of a month for each category, scope and role.
CREATE UNIQUE INDEX activities_total_key ON activities (province_id, centre_id, month, category, scope, role, COALESCE(sub_category, '')) WHERE entry = 'monthly_total';

