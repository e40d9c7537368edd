-- What people want to learn, and what the centre plans for a year. From a topic to an item to an activity.
CREATE TABLE surveys (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    title text NOT NULL,
    started_on date NOT NULL,
    ended_on date,
    asked bigint,
    answered bigint,
    channels jsonb NOT NULL,
    topics jsonb NOT NULL,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT surveys_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT surveys_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT surveys_dates_check CHECK (started_on <= ended_on),
    CONSTRAINT surveys_answered_check CHECK (asked >= 0 AND answered >= 0 AND answered <= asked)
);
CREATE INDEX surveys_centre_idx ON surveys (province_id, centre_id, started_on);

-- Which topics a survey has: what they say stands in the survey, and items of plans refer to them here.
CREATE TABLE survey_topics (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    survey_id uuid NOT NULL,
    CONSTRAINT survey_topics_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT survey_topics_survey_fkey FOREIGN KEY (province_id, survey_id) REFERENCES surveys (province_id, id) ON DELETE CASCADE
);
CREATE INDEX survey_topics_survey_idx ON survey_topics (province_id, survey_id);

CREATE TABLE plans (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    year integer NOT NULL,
    number text,
    signed_on date,
    title text NOT NULL,
    survey_id uuid,
    revises_id uuid,
    state text NOT NULL,
    submitted_at timestamptz,
    approval jsonb,
    approved_on date,
    return_reason text,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT plans_centre_key UNIQUE (province_id, id, centre_id),
    CONSTRAINT plans_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT plans_survey_fkey FOREIGN KEY (province_id, survey_id) REFERENCES surveys (province_id, id),
    CONSTRAINT plans_revises_fkey FOREIGN KEY (province_id, revises_id) REFERENCES plans (province_id, id),
    CONSTRAINT plans_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')),
    CONSTRAINT plans_approved_check CHECK ((state IN ('approved', 'superseded')) = (approved_on IS NOT NULL)),
    CONSTRAINT plans_submitted_check CHECK (state = 'draft' OR submitted_at IS NOT NULL),
    CONSTRAINT plans_returned_check CHECK ((state = 'returned') = (return_reason IS NOT NULL))
);
CREATE INDEX plans_centre_idx ON plans (province_id, centre_id, year);
-- One plan of a year holds; an earlier one that was revised is superseded.
CREATE UNIQUE INDEX plans_approved_key ON plans (province_id, centre_id, year) WHERE state = 'approved';
CREATE UNIQUE INDEX plans_number_key ON plans (province_id, centre_id, year, number);
-- One revision of a plan at a time.
CREATE UNIQUE INDEX plans_revision_key ON plans (province_id, revises_id) WHERE state IN ('draft', 'submitted', 'returned');

CREATE TABLE plan_items (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    plan_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    month integer NOT NULL,
    category text NOT NULL,
    sub_category text,
    title text NOT NULL,
    survey_topic_id uuid,
    continues_id uuid,
    target_classes bigint,
    target_sessions bigint,
    target_participations bigint,
    place text,
    lead text,
    estimated_cost_vnd bigint,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT plan_items_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT plan_items_plan_fkey FOREIGN KEY (province_id, plan_id, centre_id) REFERENCES plans (province_id, id, centre_id),
    CONSTRAINT plan_items_topic_fkey FOREIGN KEY (province_id, survey_topic_id) REFERENCES survey_topics (province_id, id),
    CONSTRAINT plan_items_continues_fkey FOREIGN KEY (province_id, continues_id) REFERENCES plan_items (province_id, id),
    CONSTRAINT plan_items_month_check CHECK (month BETWEEN 1 AND 12),
    CONSTRAINT plan_items_targets_check CHECK (target_classes >= 0 AND target_sessions >= 0 AND target_participations >= 0 AND estimated_cost_vnd >= 0)
);
CREATE INDEX plan_items_plan_idx ON plan_items (province_id, plan_id, month);
CREATE INDEX plan_items_centre_idx ON plan_items (province_id, centre_id, month);
CREATE INDEX plan_items_topic_idx ON plan_items (province_id, survey_topic_id) WHERE survey_topic_id IS NOT NULL;

ALTER TABLE surveys ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON surveys USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE survey_topics ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON survey_topics USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE plans ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plans USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE plan_items ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON plan_items USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
