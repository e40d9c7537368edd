-- The second wall between tenants, behind the filters of the queries (docs/decisions/0009). A table with a province_id
-- shows and takes the rows of the tenant that the transaction names (SET LOCAL htcd.province_id), and none where nobody is
-- named. It binds the tables' owner too. A later migration that adds such a table does the same for it.
DO $$
DECLARE
    own CONSTANT text := $own$province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid$own$;
    name text;
BEGIN
    FOR name IN
        SELECT c.relname
        FROM pg_class c
        JOIN pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'province_id' AND NOT a.attisdropped
        WHERE n.nspname = current_schema() AND c.relkind IN ('r', 'p')
    LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', name);
        EXECUTE format('CREATE POLICY tenant ON %I USING (%s) WITH CHECK (%s)', name, own, own);
    END LOOP;
END $$;

-- Everybody reads the map of tenants; only the nation draws it.
DROP POLICY tenant ON province_units;
CREATE POLICY nation ON province_units
    USING (current_setting('htcd.province_id', true) = '00000000-0000-0000-0000-000000000000')
    WITH CHECK (current_setting('htcd.province_id', true) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY map ON province_units FOR SELECT
    USING (current_setting('htcd.province_id', true) <> '');

-- Every tenant reads the nation's schemes.
CREATE POLICY national ON schemes FOR SELECT
    USING (province_id = '00000000-0000-0000-0000-000000000000' AND current_setting('htcd.province_id', true) <> '');

-- The nation reads the versions of all figures, and begins the chain of a new tenant.
CREATE POLICY versions ON audit_heads FOR SELECT
    USING (current_setting('htcd.province_id', true) = '00000000-0000-0000-0000-000000000000');
CREATE POLICY beginning ON audit_heads FOR INSERT
    WITH CHECK (current_setting('htcd.province_id', true) = '00000000-0000-0000-0000-000000000000' AND seq = 0 AND figures = 0);

-- Signing in knows a name and not yet its tenant.
CREATE POLICY sign_in ON users FOR SELECT
    USING (username = NULLIF(current_setting('htcd.username', true), ''));

-- A token of another issuer names its subject and not the tenant.
CREATE POLICY identity ON user_identities FOR SELECT
    USING (lookup_key = NULLIF(current_setting('htcd.identity', true), ''));
