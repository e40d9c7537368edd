-- A synthetic nation: 63 provinces on the map of 2024, 11,000 centres, users, rounds, drafts. Deterministic but for
-- the units' ids, which `htcd import units` makes. Ids of ours tell what they are: bec0000K-0000-7000-8000-<number>.
BEGIN;
CREATE SCHEMA bench;

-- kind: 1 province, 2 user, 3 grant, 4 centre, 5 round, 6 rating, 7 scheme, 8 activity
CREATE FUNCTION bench.id(kind int, n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE
    AS $$ SELECT ('bec0000' || kind || '-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid $$;

-- What the program's fold() makes of a text: no diacritics, lower case, single spaces.
CREATE FUNCTION bench.fold(t text) RETURNS text LANGUAGE sql IMMUTABLE
    AS $$ SELECT trim(regexp_replace(lower(translate(regexp_replace(normalize(t, NFKD), U&'[\0300-\036F]', '', 'g'), 'Đđ', 'dd')), '[^a-z0-9]+', ' ', 'g')) $$;

-- The map of 2024 alone, as it was on its days: a role on a province that ended has less to look at than one on a province that is there.
DELETE FROM unit_successions;
UPDATE unit_versions SET parent_id = NULL WHERE valid_from = '2025-07-01';
DELETE FROM unit_versions WHERE valid_from = '2025-07-01';
DELETE FROM units WHERE NOT EXISTS (SELECT FROM unit_versions v WHERE v.unit_id = units.id);
UPDATE unit_versions SET valid_to = NULL;

CREATE TABLE bench.provinces AS
    SELECT row_number() OVER (ORDER BY v.code)::int AS n, bench.id(1, row_number() OVER (ORDER BY v.code)) AS id, u.id AS unit_id, v.code, v.name_vi AS name
    FROM units u JOIN unit_versions v ON v.unit_id = u.id
    WHERE u.level = 'province' AND (v.valid_from IS NULL OR v.valid_from <= '2024-12-31') AND (v.valid_to IS NULL OR v.valid_to >= '2024-12-31');
INSERT INTO provinces SELECT id, unit_id, name, '2013-01-01' FROM bench.provinces;
INSERT INTO province_units SELECT unit_id, id FROM bench.provinces;
INSERT INTO audit_heads SELECT id, 0, 0, repeat('0', 64) FROM bench.provinces;

-- Centres follow the communes in order, so that each province has its share of them; every tenth commune has two.
CREATE TABLE bench.centres AS
    WITH communes AS (
        SELECT row_number() OVER (ORDER BY p.code, v.code) - 1 AS place, count(*) OVER () AS communes, u.id AS commune_id, v.name_vi, p.n AS province, p.id AS province_id
        FROM units u
        JOIN unit_versions v ON v.unit_id = u.id AND (v.valid_from IS NULL OR v.valid_from <= '2024-12-31') AND (v.valid_to IS NULL OR v.valid_to >= '2024-12-31')
        JOIN unit_versions d ON d.unit_id = v.parent_id AND (d.valid_from IS NULL OR d.valid_from <= '2024-12-31') AND (d.valid_to IS NULL OR d.valid_to >= '2024-12-31')
        JOIN bench.provinces p ON p.unit_id = d.parent_id
        WHERE u.level = 'commune'
    )
    SELECT g.n, bench.id(4, g.n) AS id, c.province, c.province_id, c.commune_id,
        row_number() OVER (PARTITION BY c.province ORDER BY g.n) AS in_province,
        'Trung tâm học tập cộng đồng ' || c.name_vi || CASE WHEN row_number() OVER (PARTITION BY c.commune_id ORDER BY g.n) > 1 THEN ' (số 2)' ELSE '' END AS name
    FROM generate_series(1, 11000) AS g (n) JOIN communes c ON c.place = (g.n - 1) * c.communes / 11000;

-- name_sort: the program writes a collation key of about this length; the folded text sorts nearly the same.
INSERT INTO centres
    SELECT province_id, id, 'TT-' || lpad(n::text, 5, '0'), name, convert_to(bench.fold(name) || ' ' || name, 'UTF8'), bench.fold(name), commune_id,
        (ARRAY['standalone', 'standalone', 'combined_culture', 'with_library', 'with_post_office'])[1 + n % 5], n % 3 > 0, n % 4 > 0,
        'Thôn ' || 1 + n % 9 || ', nhà văn hóa', 'operating', '2008-01-01', NULL, 1, '2013-01-01', '2013-01-01'
    FROM bench.centres;
INSERT INTO centre_placements SELECT province_id, id, '2008-01-01', commune_id, NULL FROM bench.centres;

-- An officer and a manager (of sixteen centres) for each province, one reader for the Ministry.
INSERT INTO users
    SELECT u.province_id, u.id, u.username, 'Tài khoản đo tốc độ', admin.password_hash, true, 0, NULL, 1, '2013-01-01'
    FROM users admin, (
        SELECT id AS province_id, bench.id(2, n) AS id, 'bench.officer.' || n AS username FROM bench.provinces
        UNION ALL SELECT id, bench.id(2, 100 + n), 'bench.manager.' || n FROM bench.provinces
        UNION ALL SELECT '00000000-0000-0000-0000-000000000000', bench.id(2, 200), 'bench.ministry'
    ) u
    WHERE admin.username = 'bench.platform';
INSERT INTO grants
    SELECT id, bench.id(3, n), bench.id(2, n), 'province_officer', unit_id, NULL::uuid, '2013-01-01'::date, NULL::date FROM bench.provinces
    UNION ALL SELECT province_id, bench.id(3, 1000 + n), bench.id(2, 100 + province), 'centre_manager', NULL, id, '2013-01-01', NULL FROM bench.centres WHERE in_province <= 16
    UNION ALL SELECT '00000000-0000-0000-0000-000000000000', bench.id(3, 200), bench.id(2, 200), 'ministry_reader', NULL, NULL, '2013-01-01', NULL;

-- The sample scheme that ships: 26 criteria, 100 points, four ranks.
\set frameworks `cat domain/data/frameworks.json`
INSERT INTO schemes
    SELECT '00000000-0000-0000-0000-000000000000', bench.id(7, 1), f ->> 'code', 1, 'published', f -> 'content', 1, '2013-01-01'
    FROM jsonb_array_elements(:'frameworks'::jsonb) AS f WHERE f ->> 'code' = 'TTHTCD-MAU';

INSERT INTO rounds
    SELECT id, bench.id(5, year * 100 + n), bench.id(7, 1), 'centre', year, 'Đánh giá, xếp loại TTHTCĐ năm ' || year, make_date(year, 1, 1), make_date(year, 12, 31),
        jsonb_build_array(
            jsonb_build_object('task', 'assess', 'level', 'centre', 'organisation', 'Trung tâm học tập cộng đồng', 'due_on', make_date(year, 12, 15), 'decision_number_required', false),
            jsonb_build_object('task', 'verify', 'level', 'district', 'organisation', 'Phòng GD&ĐT và Hội Khuyến học huyện', 'due_on', make_date(year + 1, 1, 31), 'decision_number_required', false),
            jsonb_build_object('task', 'decide', 'level', 'province', 'organisation', 'Sở GD&ĐT', 'due_on', make_date(year + 1, 2, 28), 'decision_number_required', true)),
        CASE WHEN year < 2025 THEN 'closed' ELSE 'open' END, 1, '2013-01-01'
    FROM bench.provinces, generate_series(2013, 2025) AS year;

-- What 26 scores look like, as a share of each criterion's most points, for every share that is used.
CREATE TABLE bench.assessments AS
    SELECT percent, rank, jsonb_build_object(
        'scores', (
            SELECT jsonb_agg(jsonb_build_object('criterion', item ->> 'code', 'points', round((item ->> 'max_points')::numeric * percent / 100, 2), 'level', NULL, 'evidence', '[]'::jsonb, 'reason', NULL) ORDER BY item ->> 'code')
            FROM schemes s, jsonb_array_elements(s.content -> 'criteria') AS chapter, jsonb_array_elements(chapter -> 'children') AS item
            WHERE s.id = bench.id(7, 1)),
        'outcome', jsonb_build_object('rank', rank, 'points', percent), 'note', NULL, 'by', bench.id(2, 1), 'at', '2013-01-01T00:00:00Z') AS assessment
    FROM generate_series(20, 99) AS percent,
        LATERAL (SELECT CASE WHEN percent >= 85 THEN 'tot' WHEN percent >= 70 THEN 'kha' WHEN percent >= 50 THEN 'trung_binh' ELSE 'yeu' END AS rank) r;

-- Drafts of 2025, sixteen in each province, to be saved again and again; each has been saved once.
CREATE TABLE bench.drafts AS
    SELECT row_number() OVER (ORDER BY in_province, province)::int AS n, province, province_id, id AS centre_id, commune_id, bench.id(6, 2025 * 100000 + n::bigint) AS rating_id
    FROM bench.centres WHERE in_province <= 16;
ALTER TABLE bench.drafts ADD PRIMARY KEY (n);
INSERT INTO ratings
    SELECT d.province_id, d.rating_id, bench.id(5, 202500 + d.province), 'centre', 2025, d.centre_id, d.commune_id, 'draft', 0, NULL, NULL,
        jsonb_build_object('own', a.assessment, 'verified', NULL, 'decided', NULL, 'reopened', '[]'::jsonb, 'decision', NULL), NULL, 'route', 1, '2025-12-01', '2025-12-01'
    FROM bench.drafts d JOIN bench.assessments a ON a.percent = 80;
INSERT INTO rating_steps
    SELECT province_id, rating_id, 1, '2025-12-01', bench.id(2, 100 + province), NULL, 0, NULL, 'draft', NULL, '{"criteria": [], "assessment": null, "decision": null}'
    FROM bench.drafts;

-- The state that every measurement of writing starts from. Audit records stay: nobody can remove them.
CREATE PROCEDURE bench.reset_drafts() LANGUAGE sql AS $$
    DELETE FROM rating_steps s USING bench.drafts d WHERE s.province_id = d.province_id AND s.rating_id = d.rating_id AND s.seq > 1;
    UPDATE ratings r SET revision = 1 FROM bench.drafts d WHERE r.province_id = d.province_id AND r.id = d.rating_id;
$$;

-- And that of entering totals of months: nothing is entered of 2025 yet.
CREATE PROCEDURE bench.reset_entries() LANGUAGE sql AS $$
    DELETE FROM activities WHERE starts_on >= '2025-01-01';
    DELETE FROM activity_months WHERE month >= '2025-01-01';
$$;
COMMIT;
