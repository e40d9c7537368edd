-- Twenty activities for every centre and each year from :first to :last: two million six hundred thousand in twelve years. A fifth of them
-- are the hamlets', a quarter were others' work, a third do not say how many women came.
CREATE TEMPORARY TABLE made AS
    SELECT c.province_id, c.id AS centre_id, bench.id(8, (year * 100000 + c.n)::bigint * 20 + k) AS id,
        make_date(year, 1 + k * 12 / 20, 1) AS month, make_date(year, 1 + k * 12 / 20, 1 + (c.n + k)::int % 28) AS day,
        (ARRAY['literacy', 'short_vocational', 'law', 'health', 'environment', 'culture_society', 'economic_development', 'life_skills', 'other_programme', 'arts_sports'])[1 + (c.n * 3 + k * 7)::int % 10] AS category,
        CASE WHEN k % 5 = 4 THEN 'hamlets' ELSE 'centre' END AS scope,
        CASE WHEN (c.n + k) % 4 = 3 THEN 'coordinated' ELSE 'organiser' END AS role,
        20 + (c.n * 31 + year * 17 + k * 13)::bigint % 180 AS people, (c.n + year + k) % 3 > 0 AS says_female
    FROM generate_series(:first, :last) AS year, bench.centres c, generate_series(0, 19) AS k;
INSERT INTO activity_months SELECT DISTINCT province_id, centre_id, month, category, scope, 'detailed' FROM made ON CONFLICT DO NOTHING;
-- What refers to what is known to be there: the checks of two million rows would take most of the time.
SET session_replication_role = replica;
INSERT INTO activities (province_id, id, centre_id, entry, month, category, title, form, starts_on, ends_on, role, scope, classes, sessions, participations, female, details, revision, created_at, updated_at)
    SELECT province_id, id, centre_id, 'detailed', month, category, 'Chuyên đề đo tốc độ', 'theme', day, day, role, scope, 1, 1 + people % 4, people,
        CASE WHEN says_female THEN people / 2 END,
        jsonb_build_object('venue', NULL, 'place', 'Hội trường xã', 'lead_organisation', CASE WHEN role = 'coordinated' THEN 'Hội Nông dân' END, 'partner_organisations', '[]'::jsonb, 'programme', NULL, 'note', NULL),
        1, day, day
    FROM made ORDER BY province_id, centre_id, day;
SET session_replication_role = DEFAULT;
DROP TABLE made;
VACUUM (ANALYZE) activities, activity_months;
