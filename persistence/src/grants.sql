-- Gives the program's role (setting htcd.program) what it needs of what this role owns, and takes the rest.
DO $$
DECLARE
    program CONSTANT text := current_setting('htcd.program');
    home CONSTANT text := current_schema();
    name text;
    rights text;
BEGIN
    IF program = current_user THEN
        RETURN;
    END IF;
    EXECUTE format('REVOKE ALL ON SCHEMA %I FROM %I', home, program);
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', home, program);
    FOR name IN
        SELECT c.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = home AND c.relkind IN ('r', 'p') AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        rights := CASE name
            WHEN 'audit_records' THEN 'SELECT, INSERT'
            WHEN 'report_versions' THEN 'SELECT, INSERT'
            WHEN 'submissions' THEN 'SELECT, INSERT'
            WHEN 'submission_files' THEN 'SELECT, INSERT'
            WHEN '__diesel_schema_migrations' THEN 'SELECT'
            ELSE 'SELECT, INSERT, UPDATE, DELETE'
        END;
        EXECUTE format('REVOKE ALL ON %I.%I FROM %I', home, name, program);
        EXECUTE format('GRANT %s ON %I.%I TO %I', rights, home, name, program);
    END LOOP;
END $$;
