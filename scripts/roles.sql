-- The roles of docker-compose.yml, for psql as superuser on a new cluster: one that owns the tables and migrates, one for the
-- server, which row-level security binds. `htcd migrate` gives the second its rights; `htcd doctor` looks at them.
\set owner_password `cat /run/secrets/owner_password`
\set app_password `cat /run/secrets/database_password`
CREATE ROLE htcd_owner LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE htcd_app LOGIN NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE PASSWORD :'app_password';
ALTER DATABASE htcd OWNER TO htcd_owner;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
