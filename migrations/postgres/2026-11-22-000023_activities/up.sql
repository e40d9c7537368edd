-- A province's own categories, each below one of the national ten.
CREATE TABLE activity_categories (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    code text NOT NULL,
    parent text NOT NULL,
    label jsonb NOT NULL,
    active boolean NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT activity_categories_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT activity_categories_code_key UNIQUE (province_id, code)
);

CREATE TABLE clubs (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    site_id uuid,
    name text NOT NULL,
    category text NOT NULL,
    founded_on date NOT NULL,
    ended_on date,
    members bigint,
    female_members bigint,
    leader text,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT clubs_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT clubs_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT clubs_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT clubs_dates_check CHECK (founded_on <= ended_on),
    CONSTRAINT clubs_members_check CHECK (members >= 0 AND female_members >= 0 AND female_members <= members)
);
CREATE INDEX clubs_centre_idx ON clubs (province_id, centre_id, founded_on);

-- Literacy learners are assessed one by one, so a class says how many completed each phase (Circular 10/2022/TT-BGDĐT).
CREATE TABLE literacy_classes (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    site_id uuid,
    title text NOT NULL,
    level text NOT NULL,
    started_on date NOT NULL,
    ended_on date,
    enrolled bigint NOT NULL,
    enrolled_female bigint,
    enrolled_ethnic_minority bigint,
    enrolled_15_60 bigint,
    completed_phase_1 bigint,
    completed_phase_2 bigint,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT literacy_classes_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT literacy_classes_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT literacy_classes_site_fkey FOREIGN KEY (province_id, site_id) REFERENCES centre_sites (province_id, id),
    CONSTRAINT literacy_classes_dates_check CHECK (started_on <= ended_on),
    CONSTRAINT literacy_classes_numbers_check CHECK (enrolled >= 0 AND enrolled_female BETWEEN 0 AND enrolled AND enrolled_ethnic_minority BETWEEN 0 AND enrolled AND enrolled_15_60 BETWEEN 0 AND enrolled AND completed_phase_1 BETWEEN 0 AND enrolled AND completed_phase_2 BETWEEN 0 AND enrolled),
    CONSTRAINT literacy_classes_phases_check CHECK ((completed_phase_1 IS NULL OR level = 'phase_1') AND (completed_phase_2 IS NULL OR level = 'phase_2'))
);
CREATE INDEX literacy_classes_centre_idx ON literacy_classes (province_id, centre_id, started_on);

-- How a centre enters the work of a month in a category: one by one, or as totals. Never both, by the foreign key of activities.
CREATE TABLE activity_months (
    province_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    month date NOT NULL,
    category text NOT NULL,
    scope text NOT NULL,
    entry text NOT NULL,
    CONSTRAINT activity_months_pkey PRIMARY KEY (province_id, centre_id, month, category, scope),
    CONSTRAINT activity_months_entry_key UNIQUE (province_id, centre_id, month, category, scope, entry),
    CONSTRAINT activity_months_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);

CREATE TABLE activities (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    site_id uuid,
    entry text NOT NULL,
    month date NOT NULL,
    category text NOT NULL,
    sub_category text,
    title text NOT NULL,
    form text NOT NULL,
    starts_on date NOT NULL,
    ends_on date NOT NULL,
    role text NOT NULL,
    scope text NOT NULL,
    classes bigint,
    sessions bigint,
    participants bigint,
    participations bigint,
    female bigint,
    ethnic_minority bigint,
    disabled bigint,
    age_under_15 bigint,
    age_15_35 bigint,
    age_36_60 bigint,
    age_over_60 bigint,
    cost_vnd bigint,
    plan_item_id uuid,
    club_id uuid,
    details jsonb NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
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
);
CREATE INDEX activities_centre_idx ON activities (province_id, centre_id, starts_on, id);
CREATE INDEX activities_starts_idx ON activities (province_id, starts_on, id);
CREATE INDEX activities_plan_item_idx ON activities (province_id, plan_item_id) WHERE plan_item_id IS NOT NULL;
-- One total of a month for each category, scope and role.
CREATE UNIQUE INDEX activities_total_key ON activities (province_id, centre_id, month, category, scope, role, COALESCE(sub_category, '')) WHERE entry = 'monthly_total';

ALTER TABLE activity_categories ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity_categories USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE clubs ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON clubs USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE literacy_classes ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON literacy_classes USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE activity_months ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activity_months USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE activities ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON activities USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
