-- Changes of the map: a province's own, or the nation's (the nil UUID), which the program shows to every tenant.
CREATE TABLE restructurings (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    title TEXT NOT NULL,
    effective_on TEXT NOT NULL,
    content TEXT NOT NULL,
    state TEXT NOT NULL,
    previewed_at TEXT,
    applied_at TEXT,
    applied_by BLOB,
    undone_at TEXT,
    undo_reason TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT restructurings_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT restructurings_id_key UNIQUE (id),
    CONSTRAINT restructurings_state_check CHECK (state IN ('draft', 'previewed', 'applied', 'undone')),
    CONSTRAINT restructurings_previewed_check CHECK (state = 'draft' OR previewed_at IS NOT NULL),
    CONSTRAINT restructurings_applied_check CHECK ((state IN ('applied', 'undone')) = (applied_at IS NOT NULL)),
    CONSTRAINT restructurings_undone_check CHECK ((state = 'undone') = (undone_at IS NOT NULL) AND (state = 'undone') = (undo_reason IS NOT NULL))
) STRICT;
CREATE INDEX restructurings_list_idx ON restructurings (province_id, effective_on, id);

-- A tenant's part of a preview; its effects below are those that were applied once the restructuring is.
CREATE TABLE restructuring_previews (
    province_id BLOB NOT NULL,
    restructuring_id BLOB NOT NULL,
    digest TEXT NOT NULL,
    effects INTEGER NOT NULL,
    CONSTRAINT restructuring_previews_pkey PRIMARY KEY (province_id, restructuring_id),
    CONSTRAINT restructuring_previews_restructuring_fkey FOREIGN KEY (restructuring_id) REFERENCES restructurings (id) ON DELETE CASCADE,
    CONSTRAINT restructuring_previews_digest_check CHECK (length(digest) = 64),
    CONSTRAINT restructuring_previews_effects_check CHECK (effects >= 0)
) STRICT;

CREATE TABLE restructuring_effects (
    province_id BLOB NOT NULL,
    restructuring_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    kind TEXT NOT NULL,
    rule TEXT NOT NULL,
    subject_id BLOB NOT NULL,
    effect TEXT NOT NULL,
    CONSTRAINT restructuring_effects_pkey PRIMARY KEY (province_id, restructuring_id, seq),
    CONSTRAINT restructuring_effects_preview_fkey FOREIGN KEY (province_id, restructuring_id) REFERENCES restructuring_previews (province_id, restructuring_id) ON DELETE CASCADE
) STRICT;
CREATE INDEX restructuring_effects_kind_idx ON restructuring_effects (province_id, restructuring_id, kind, seq);
CREATE INDEX restructuring_effects_restructuring_idx ON restructuring_previews (restructuring_id);

-- Where somebody said that a centre of a divided commune lies.
CREATE TABLE restructuring_placements (
    province_id BLOB NOT NULL,
    restructuring_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    commune_id BLOB NOT NULL,
    placed_by BLOB NOT NULL,
    placed_at TEXT NOT NULL,
    CONSTRAINT restructuring_placements_pkey PRIMARY KEY (province_id, restructuring_id, centre_id),
    CONSTRAINT restructuring_placements_restructuring_fkey FOREIGN KEY (restructuring_id) REFERENCES restructurings (id) ON DELETE CASCADE,
    CONSTRAINT restructuring_placements_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;

