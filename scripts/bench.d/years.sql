-- A decided rating for every centre and each year from :first to :last, as if entered from past decisions.
INSERT INTO ratings
    SELECT c.province_id, bench.id(6, year * 100000 + c.n::bigint), bench.id(5, year * 100 + c.province), 'centre', year, c.id, c.commune_id, 'decided', 3, a.rank, a.percent * 100,
        jsonb_build_object('own', NULL, 'verified', NULL, 'decided', a.assessment, 'reopened', '[]'::jsonb, 'decision',
            jsonb_build_object('number', c.n || '/QĐ-UBND', 'date', make_date(year + 1, 2, 20), 'issuer', 'Chủ tịch UBND huyện', 'legal_basis', NULL)),
        NULL, 'import', 1, make_date(year + 1, 2, 20), make_date(year + 1, 2, 20)
    FROM generate_series(:first, :last) AS year, bench.centres c,
        LATERAL (SELECT (c.n * 7919 + year * 104729) % 100 AS luck) l,
        LATERAL (SELECT CASE WHEN luck < 55 THEN 85 + luck % 15 WHEN luck < 90 THEN 70 + luck % 15 WHEN luck < 99 THEN 50 + c.n % 20 ELSE 20 + c.n % 30 END AS percent) p
        JOIN bench.assessments a USING (percent)
    ORDER BY year, c.n;
INSERT INTO rating_steps
    SELECT province_id, id, 1, created_at, bench.id(2, 1), NULL, 2, NULL, 'decided', NULL,
        jsonb_build_object('criteria', '[]'::jsonb, 'assessment', detail -> 'decided', 'decision', detail -> 'decision')
    FROM ratings WHERE year BETWEEN :first AND :last AND year < 2025
    ORDER BY ratings.year, ratings.id;
VACUUM (ANALYZE);
