-- SQLite has no roles and no row-level security: the filters of the queries stand alone there.
SELECT 1;
