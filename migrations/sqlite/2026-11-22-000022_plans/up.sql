-- What people want to learn, and what the centre plans for a year. From a topic to an item to an activity.
CREATE TABLE surveys (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    title TEXT NOT NULL,
    started_on TEXT NOT NULL,
    ended_on TEXT,
    asked INTEGER,
    answered INTEGER,
    channels TEXT NOT NULL,
    topics TEXT NOT NULL,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT surveys_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT surveys_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT surveys_dates_check CHECK (started_on <= ended_on),
    CONSTRAINT surveys_answered_check CHECK (asked >= 0 AND answered >= 0 AND answered <= asked)
) STRICT;
CREATE INDEX surveys_centre_idx ON surveys (province_id, centre_id, started_on);

-- Which topics a survey has: what they say stands in the survey, and items of plans refer to them here.
CREATE TABLE survey_topics (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    survey_id BLOB NOT NULL,
    CONSTRAINT survey_topics_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT survey_topics_survey_fkey FOREIGN KEY (province_id, survey_id) REFERENCES surveys (province_id, id) ON DELETE CASCADE
) STRICT;
CREATE INDEX survey_topics_survey_idx ON survey_topics (province_id, survey_id);

CREATE TABLE plans (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    number TEXT,
    signed_on TEXT,
    title TEXT NOT NULL,
    survey_id BLOB,
    revises_id BLOB,
    state TEXT NOT NULL,
    submitted_at TEXT,
    approval TEXT,
    approved_on TEXT,
    return_reason TEXT,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plans_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT plans_centre_key UNIQUE (province_id, id, centre_id),
    CONSTRAINT plans_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT plans_survey_fkey FOREIGN KEY (province_id, survey_id) REFERENCES surveys (province_id, id),
    CONSTRAINT plans_revises_fkey FOREIGN KEY (province_id, revises_id) REFERENCES plans (province_id, id),
    CONSTRAINT plans_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')),
    CONSTRAINT plans_approved_check CHECK ((state IN ('approved', 'superseded')) = (approved_on IS NOT NULL)),
    CONSTRAINT plans_submitted_check CHECK (state = 'draft' OR submitted_at IS NOT NULL),
    CONSTRAINT plans_returned_check CHECK ((state = 'returned') = (return_reason IS NOT NULL))
) STRICT;
CREATE INDEX plans_centre_idx ON plans (province_id, centre_id, year);
-- One plan of a year holds; an earlier one that was revised is superseded.
CREATE UNIQUE INDEX plans_approved_key ON plans (province_id, centre_id, year) WHERE state = 'approved';
CREATE UNIQUE INDEX plans_number_key ON plans (province_id, centre_id, year, number);
-- One revision of a plan at a time.
CREATE UNIQUE INDEX plans_revision_key ON plans (province_id, revises_id) WHERE state IN ('draft', 'submitted', 'returned');

CREATE TABLE plan_items (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    plan_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    month INTEGER NOT NULL,
    category TEXT NOT NULL,
    sub_category TEXT,
    title TEXT NOT NULL,
    survey_topic_id BLOB,
    continues_id BLOB,
    target_classes INTEGER,
    target_sessions INTEGER,
    target_participations INTEGER,
    place TEXT,
    lead TEXT,
    estimated_cost_vnd INTEGER,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT plan_items_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT plan_items_plan_fkey FOREIGN KEY (province_id, plan_id, centre_id) REFERENCES plans (province_id, id, centre_id),
    CONSTRAINT plan_items_topic_fkey FOREIGN KEY (province_id, survey_topic_id) REFERENCES survey_topics (province_id, id),
    CONSTRAINT plan_items_continues_fkey FOREIGN KEY (province_id, continues_id) REFERENCES plan_items (province_id, id),
    CONSTRAINT plan_items_month_check CHECK (month BETWEEN 1 AND 12),
    CONSTRAINT plan_items_targets_check CHECK (target_classes >= 0 AND target_sessions >= 0 AND target_participations >= 0 AND estimated_cost_vnd >= 0)
) STRICT;
CREATE INDEX plan_items_plan_idx ON plan_items (province_id, plan_id, month);
CREATE INDEX plan_items_centre_idx ON plan_items (province_id, centre_id, month);
CREATE INDEX plan_items_topic_idx ON plan_items (province_id, survey_topic_id) WHERE survey_topic_id IS NOT NULL;

