-- Changes of the map: a province's own, or the nation's (the nil UUID), which the program shows to every tenant.
CREATE TABLE restructurings (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    title text NOT NULL,
    effective_on date NOT NULL,
    content jsonb NOT NULL,
    state text NOT NULL,
    previewed_at timestamptz,
    applied_at timestamptz,
    applied_by uuid,
    undone_at timestamptz,
    undo_reason text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT restructurings_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT restructurings_id_key UNIQUE (id),
    CONSTRAINT restructurings_state_check CHECK (state IN ('draft', 'previewed', 'applied', 'undone')),
    CONSTRAINT restructurings_previewed_check CHECK (state = 'draft' OR previewed_at IS NOT NULL),
    CONSTRAINT restructurings_applied_check CHECK ((state IN ('applied', 'undone')) = (applied_at IS NOT NULL)),
    CONSTRAINT restructurings_undone_check CHECK ((state = 'undone') = (undone_at IS NOT NULL) AND (state = 'undone') = (undo_reason IS NOT NULL))
);
CREATE INDEX restructurings_list_idx ON restructurings (province_id, effective_on, id);

-- A tenant's part of a preview; its effects below are those that were applied once the restructuring is.
CREATE TABLE restructuring_previews (
    province_id uuid NOT NULL,
    restructuring_id uuid NOT NULL,
    digest text NOT NULL,
    effects bigint NOT NULL,
    CONSTRAINT restructuring_previews_pkey PRIMARY KEY (province_id, restructuring_id),
    CONSTRAINT restructuring_previews_restructuring_fkey FOREIGN KEY (restructuring_id) REFERENCES restructurings (id) ON DELETE CASCADE,
    CONSTRAINT restructuring_previews_digest_check CHECK (length(digest) = 64),
    CONSTRAINT restructuring_previews_effects_check CHECK (effects >= 0)
);

CREATE TABLE restructuring_effects (
    province_id uuid NOT NULL,
    restructuring_id uuid NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    rule text NOT NULL,
    subject_id uuid NOT NULL,
    effect jsonb NOT NULL,
    CONSTRAINT restructuring_effects_pkey PRIMARY KEY (province_id, restructuring_id, seq),
    CONSTRAINT restructuring_effects_preview_fkey FOREIGN KEY (province_id, restructuring_id) REFERENCES restructuring_previews (province_id, restructuring_id) ON DELETE CASCADE
);
CREATE INDEX restructuring_effects_kind_idx ON restructuring_effects (province_id, restructuring_id, kind, seq);
CREATE INDEX restructuring_effects_restructuring_idx ON restructuring_previews (restructuring_id);

-- Where somebody said that a centre of a divided commune lies.
CREATE TABLE restructuring_placements (
    province_id uuid NOT NULL,
    restructuring_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    commune_id uuid NOT NULL,
    placed_by uuid NOT NULL,
    placed_at timestamptz NOT NULL,
    CONSTRAINT restructuring_placements_pkey PRIMARY KEY (province_id, restructuring_id, centre_id),
    CONSTRAINT restructuring_placements_restructuring_fkey FOREIGN KEY (restructuring_id) REFERENCES restructurings (id) ON DELETE CASCADE,
    CONSTRAINT restructuring_placements_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);

ALTER TABLE restructurings ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON restructurings USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE restructuring_previews ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON restructuring_previews USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE restructuring_effects ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON restructuring_effects USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE restructuring_placements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON restructuring_placements USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
