-- The books of a centre, and up to which day they are locked. Every write into the books holds this row first.
CREATE TABLE money_books (
    province_id uuid NOT NULL,
    centre_id uuid NOT NULL,
    locked_to date,
    reason text,
    revision bigint NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT money_books_pkey PRIMARY KEY (province_id, centre_id),
    CONSTRAINT money_books_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
);

-- The estimate of a year. Its totals are those of its lines: triggers below write them, and nobody else can.
CREATE TABLE budgets (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    year integer NOT NULL,
    version integer,
    supersedes_id uuid,
    state text NOT NULL DEFAULT 'draft',
    development_region text,
    posts jsonb NOT NULL,
    note text,
    amendment_reason text,
    income_vnd bigint NOT NULL DEFAULT 0,
    expenditure_vnd bigint NOT NULL DEFAULT 0,
    return_reason text,
    decision jsonb,
    submitted_by uuid,
    submitted_acting_by uuid,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT budgets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT budgets_version_key UNIQUE (province_id, centre_id, year, version),
    CONSTRAINT budgets_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT budgets_supersedes_fkey FOREIGN KEY (province_id, supersedes_id) REFERENCES budgets (province_id, id),
    CONSTRAINT budgets_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')),
    CONSTRAINT budgets_version_check CHECK (state = 'draft' OR version IS NOT NULL),
    CONSTRAINT budgets_submitted_check CHECK (state IN ('draft', 'returned') OR submitted_by IS NOT NULL),
    CONSTRAINT budgets_decision_check CHECK (state NOT IN ('approved', 'superseded') OR decision IS NOT NULL),
    CONSTRAINT budgets_return_check CHECK (state <> 'returned' OR return_reason IS NOT NULL)
);
CREATE INDEX budgets_centre_idx ON budgets (province_id, centre_id, year, id);
CREATE INDEX budgets_year_idx ON budgets (province_id, year, id);
CREATE UNIQUE INDEX budgets_approved_key ON budgets (province_id, centre_id, year) WHERE state = 'approved';
CREATE UNIQUE INDEX budgets_open_key ON budgets (province_id, centre_id, year) WHERE state IN ('draft', 'submitted', 'returned');

CREATE TABLE budget_lines (
    province_id uuid NOT NULL,
    budget_id uuid NOT NULL,
    seq integer NOT NULL,
    direction text NOT NULL,
    source text,
    state_level text,
    programme text,
    category text,
    post text,
    amount_vnd bigint NOT NULL,
    note text,
    CONSTRAINT budget_lines_pkey PRIMARY KEY (province_id, budget_id, seq),
    CONSTRAINT budget_lines_budget_fkey FOREIGN KEY (province_id, budget_id) REFERENCES budgets (province_id, id) ON DELETE CASCADE,
    CONSTRAINT budget_lines_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL)),
    CONSTRAINT budget_lines_state_level_check CHECK (state_level IS NULL OR (source IS NOT NULL AND source = 'state_budget')),
    CONSTRAINT budget_lines_programme_check CHECK (programme IS NULL OR (source IS NOT NULL AND source = 'programme')),
    CONSTRAINT budget_lines_post_check CHECK (post IS NULL OR (category IS NOT NULL AND category = 'allowances')),
    CONSTRAINT budget_lines_amount_check CHECK (amount_vnd >= 0)
);

CREATE TABLE money_entries (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    entry_date date NOT NULL,
    year integer NOT NULL,
    direction text NOT NULL,
    source text,
    state_level text,
    programme text,
    category text,
    amount_vnd bigint,
    in_kind boolean NOT NULL,
    item text,
    quantity bigint,
    unit text,
    counterparty text,
    voucher_number text,
    description text NOT NULL,
    activity_id uuid,
    post text,
    from_month date,
    to_month date,
    reason_above_estimate text,
    corrects_id uuid,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT money_entries_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT money_entries_books_fkey FOREIGN KEY (province_id, centre_id) REFERENCES money_books (province_id, centre_id),
    CONSTRAINT money_entries_activity_fkey FOREIGN KEY (province_id, activity_id) REFERENCES activities (province_id, id),
    CONSTRAINT money_entries_corrects_fkey FOREIGN KEY (province_id, corrects_id) REFERENCES money_entries (province_id, id),
    CONSTRAINT money_entries_year_check CHECK (year = EXTRACT(YEAR FROM entry_date)),
    CONSTRAINT money_entries_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL AND NOT in_kind)),
    CONSTRAINT money_entries_state_level_check CHECK (state_level IS NULL OR (source IS NOT NULL AND source = 'state_budget')),
    CONSTRAINT money_entries_programme_check CHECK (programme IS NULL OR (source IS NOT NULL AND source = 'programme')),
    CONSTRAINT money_entries_amount_check CHECK ((in_kind OR amount_vnd IS NOT NULL) AND (amount_vnd IS NULL OR amount_vnd >= 0 OR corrects_id IS NOT NULL)),
    CONSTRAINT money_entries_in_kind_check CHECK (in_kind = (item IS NOT NULL) AND (in_kind OR (quantity IS NULL AND unit IS NULL)) AND (quantity IS NULL OR quantity > 0)),
    CONSTRAINT money_entries_post_check CHECK ((post IS NULL AND from_month IS NULL) OR (category IS NOT NULL AND category = 'allowances')),
    CONSTRAINT money_entries_months_check CHECK ((from_month IS NULL) = (to_month IS NULL) AND (from_month IS NULL OR from_month <= to_month)),
    CONSTRAINT money_entries_corrects_check CHECK (corrects_id IS NULL OR corrects_id <> id)
);
CREATE INDEX money_entries_centre_idx ON money_entries (province_id, centre_id, entry_date, id);
CREATE INDEX money_entries_date_idx ON money_entries (province_id, entry_date, id);
CREATE INDEX money_entries_activity_idx ON money_entries (province_id, activity_id) WHERE activity_id IS NOT NULL;
CREATE INDEX money_entries_corrects_idx ON money_entries (province_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE UNIQUE INDEX money_entries_voucher_key ON money_entries (province_id, centre_id, year, voucher_number) WHERE voucher_number IS NOT NULL;

-- What a year came to. Income, expenditure and closing balance are those of the lines: triggers below write them.
CREATE TABLE settlements (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    centre_id uuid NOT NULL,
    year integer NOT NULL,
    state text NOT NULL DEFAULT 'draft',
    given_opening_vnd bigint,
    note text,
    opening_vnd bigint NOT NULL DEFAULT 0,
    income_vnd bigint NOT NULL DEFAULT 0,
    expenditure_vnd bigint NOT NULL DEFAULT 0,
    closing_vnd bigint NOT NULL DEFAULT 0,
    in_kind_entries bigint NOT NULL DEFAULT 0,
    in_kind_valued bigint NOT NULL DEFAULT 0,
    in_kind_vnd bigint,
    prepared_at timestamptz,
    return_reason text,
    decision jsonb,
    submitted_by uuid,
    submitted_acting_by uuid,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT settlements_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT settlements_year_key UNIQUE (province_id, centre_id, year),
    CONSTRAINT settlements_books_fkey FOREIGN KEY (province_id, centre_id) REFERENCES money_books (province_id, centre_id),
    CONSTRAINT settlements_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved')),
    CONSTRAINT settlements_balance_check CHECK (opening_vnd + income_vnd - expenditure_vnd = closing_vnd),
    CONSTRAINT settlements_in_kind_check CHECK (in_kind_valued BETWEEN 0 AND in_kind_entries AND (in_kind_valued = 0) = (in_kind_vnd IS NULL)),
    CONSTRAINT settlements_submitted_check CHECK (state IN ('draft', 'returned') OR submitted_by IS NOT NULL),
    CONSTRAINT settlements_decision_check CHECK (state <> 'approved' OR decision IS NOT NULL),
    CONSTRAINT settlements_return_check CHECK (state <> 'returned' OR return_reason IS NOT NULL)
);
CREATE INDEX settlements_list_idx ON settlements (province_id, year, id);

CREATE TABLE settlement_lines (
    province_id uuid NOT NULL,
    settlement_id uuid NOT NULL,
    seq integer NOT NULL,
    direction text NOT NULL,
    source text,
    state_level text,
    programme text,
    category text,
    entries bigint NOT NULL,
    amount_vnd bigint NOT NULL,
    CONSTRAINT settlement_lines_pkey PRIMARY KEY (province_id, settlement_id, seq),
    CONSTRAINT settlement_lines_settlement_fkey FOREIGN KEY (province_id, settlement_id) REFERENCES settlements (province_id, id) ON DELETE CASCADE,
    CONSTRAINT settlement_lines_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL)),
    CONSTRAINT settlement_lines_entries_check CHECK (entries > 0)
);

-- What a post is paid by the month, as a province has decided it.
CREATE TABLE allowance_norms (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    post text NOT NULL,
    region_class text,
    development_region text,
    valid_from date NOT NULL,
    valid_to date,
    method text NOT NULL,
    amount_vnd bigint,
    coefficient_hundredths bigint,
    legal_basis text NOT NULL,
    note text,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT allowance_norms_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT allowance_norms_dates_check CHECK (valid_from <= valid_to),
    CONSTRAINT allowance_norms_method_check CHECK ((method = 'flat' AND amount_vnd IS NOT NULL AND amount_vnd >= 0 AND coefficient_hundredths IS NULL) OR (method = 'coefficient' AND coefficient_hundredths IS NOT NULL AND coefficient_hundredths > 0 AND amount_vnd IS NULL))
);
CREATE UNIQUE INDEX allowance_norms_from_key ON allowance_norms (province_id, post, COALESCE(region_class, ''), COALESCE(development_region, ''), valid_from);
CREATE INDEX allowance_norms_list_idx ON allowance_norms (province_id, valid_from, id);

CREATE TABLE base_salaries (
    province_id uuid NOT NULL,
    id uuid NOT NULL,
    valid_from date NOT NULL,
    valid_to date,
    amount_vnd bigint NOT NULL,
    legal_basis text NOT NULL,
    revision bigint NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT base_salaries_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT base_salaries_from_key UNIQUE (province_id, valid_from),
    CONSTRAINT base_salaries_dates_check CHECK (valid_from <= valid_to),
    CONSTRAINT base_salaries_amount_check CHECK (amount_vnd > 0)
);

-- Nothing goes into a locked period, comes out of it, or is changed in it. The lock is held until the entry stands, so
-- that an entry and a lock that come together are not both let through.
CREATE FUNCTION money_entries_open() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    closed date;
BEGIN
    IF TG_OP <> 'INSERT' THEN
        SELECT locked_to INTO closed FROM money_books WHERE province_id = OLD.province_id AND centre_id = OLD.centre_id FOR SHARE;
        IF closed >= OLD.entry_date THEN
            RAISE EXCEPTION 'the books are locked to %', closed USING ERRCODE = 'check_violation', CONSTRAINT = 'money_entries_open';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    SELECT locked_to INTO closed FROM money_books WHERE province_id = NEW.province_id AND centre_id = NEW.centre_id FOR SHARE;
    IF closed >= NEW.entry_date THEN
        RAISE EXCEPTION 'the books are locked to %', closed USING ERRCODE = 'check_violation', CONSTRAINT = 'money_entries_open';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER money_entries_open BEFORE INSERT OR UPDATE OR DELETE ON money_entries FOR EACH ROW EXECUTE FUNCTION money_entries_open();

-- A settled year is never opened again.
CREATE FUNCTION money_books_settled() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM settlements s WHERE s.province_id = NEW.province_id AND s.centre_id = NEW.centre_id AND s.state = 'approved'
               AND (NEW.locked_to IS NULL OR NEW.locked_to < make_date(s.year, 12, 31))) THEN
        RAISE EXCEPTION 'a settled year stays locked' USING ERRCODE = 'check_violation', CONSTRAINT = 'money_books_settled';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER money_books_settled BEFORE UPDATE ON money_books FOR EACH ROW EXECUTE FUNCTION money_books_settled();

-- The totals of an estimate are the sums of its lines.
CREATE FUNCTION budget_lines_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line budget_lines;
BEGIN
    IF TG_OP = 'DELETE' THEN line := OLD; ELSE line := NEW; END IF;
    IF TG_OP = 'UPDATE' AND (OLD.province_id, OLD.budget_id) <> (NEW.province_id, NEW.budget_id) THEN
        RAISE EXCEPTION 'a line stays in its estimate' USING ERRCODE = 'check_violation', CONSTRAINT = 'budget_lines_sum';
    END IF;
    UPDATE budgets b SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = b.province_id AND l.budget_id = b.id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = b.province_id AND l.budget_id = b.id AND l.direction = 'expenditure')
    WHERE b.province_id = line.province_id AND b.id = line.budget_id;
    RETURN NULL;
END $$;
CREATE TRIGGER budget_lines_sum AFTER INSERT OR UPDATE OR DELETE ON budget_lines FOR EACH ROW EXECUTE FUNCTION budget_lines_sum();

CREATE FUNCTION budgets_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.income_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'income')
        OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'expenditure') THEN
        RAISE EXCEPTION 'the totals of an estimate are the sums of its lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'budgets_balance';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER budgets_balance AFTER INSERT OR UPDATE ON budgets FOR EACH ROW EXECUTE FUNCTION budgets_balance();

-- What was approved stays as it is; only a later version takes its place.
CREATE FUNCTION budgets_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state IN ('approved', 'superseded') THEN
        IF TG_OP = 'DELETE' THEN
            RAISE EXCEPTION 'an approved estimate is final' USING ERRCODE = 'check_violation', CONSTRAINT = 'budgets_final';
        ELSIF NOT (OLD.state = 'approved' AND NEW.state = 'superseded')
            OR (NEW.income_vnd, NEW.expenditure_vnd, NEW.year, NEW.centre_id, NEW.decision, NEW.posts) IS DISTINCT FROM (OLD.income_vnd, OLD.expenditure_vnd, OLD.year, OLD.centre_id, OLD.decision, OLD.posts) THEN
            RAISE EXCEPTION 'an approved estimate is final' USING ERRCODE = 'check_violation', CONSTRAINT = 'budgets_final';
        END IF;
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER budgets_final BEFORE UPDATE OR DELETE ON budgets FOR EACH ROW EXECUTE FUNCTION budgets_final();

-- Income, expenditure and closing balance of a settlement are those of its lines.
CREATE FUNCTION settlement_lines_sum() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    line settlement_lines;
    income bigint;
    expenditure bigint;
BEGIN
    IF TG_OP = 'DELETE' THEN line := OLD; ELSE line := NEW; END IF;
    IF TG_OP = 'UPDATE' AND (OLD.province_id, OLD.settlement_id) <> (NEW.province_id, NEW.settlement_id) THEN
        RAISE EXCEPTION 'a line stays in its settlement' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlement_lines_sum';
    END IF;
    SELECT COALESCE(SUM(amount_vnd) FILTER (WHERE direction = 'income'), 0), COALESCE(SUM(amount_vnd) FILTER (WHERE direction = 'expenditure'), 0)
        INTO income, expenditure FROM settlement_lines WHERE province_id = line.province_id AND settlement_id = line.settlement_id;
    UPDATE settlements SET income_vnd = income, expenditure_vnd = expenditure, closing_vnd = opening_vnd + income - expenditure
        WHERE province_id = line.province_id AND id = line.settlement_id;
    RETURN NULL;
END $$;
CREATE TRIGGER settlement_lines_sum AFTER INSERT OR UPDATE OR DELETE ON settlement_lines FOR EACH ROW EXECUTE FUNCTION settlement_lines_sum();

-- A settlement opens with what the year before closed with; what is approved agrees with the books, which are locked.
CREATE FUNCTION settlements_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.income_vnd <> (SELECT COALESCE(SUM(amount_vnd), 0) FROM settlement_lines WHERE province_id = NEW.province_id AND settlement_id = NEW.id AND direction = 'income')
        OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(amount_vnd), 0) FROM settlement_lines WHERE province_id = NEW.province_id AND settlement_id = NEW.id AND direction = 'expenditure') THEN
        RAISE EXCEPTION 'the totals of a settlement are the sums of its lines' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlements_balance';
    END IF;
    IF NEW.state = 'approved' THEN
        IF EXISTS (SELECT 1 FROM settlements WHERE province_id = NEW.province_id AND centre_id = NEW.centre_id AND year = NEW.year - 1
                   AND (state <> 'approved' OR closing_vnd <> NEW.opening_vnd)) THEN
            RAISE EXCEPTION 'a year opens with what the year before closed with' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlements_carried';
        END IF;
        IF NOT EXISTS (SELECT 1 FROM money_books WHERE province_id = NEW.province_id AND centre_id = NEW.centre_id AND locked_to >= make_date(NEW.year, 12, 31)) THEN
            RAISE EXCEPTION 'a settled year is locked' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlements_locked';
        END IF;
        IF NEW.income_vnd <> (SELECT COALESCE(SUM(amount_vnd), 0) FROM money_entries WHERE province_id = NEW.province_id AND centre_id = NEW.centre_id AND year = NEW.year AND direction = 'income' AND NOT in_kind)
            OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(amount_vnd), 0) FROM money_entries WHERE province_id = NEW.province_id AND centre_id = NEW.centre_id AND year = NEW.year AND direction = 'expenditure') THEN
            RAISE EXCEPTION 'a settlement agrees with the books' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlements_books';
        END IF;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER settlements_balance AFTER INSERT OR UPDATE ON settlements FOR EACH ROW EXECUTE FUNCTION settlements_balance();

CREATE FUNCTION settlements_final() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'approved' THEN
        RAISE EXCEPTION 'an approved settlement is final' USING ERRCODE = 'check_violation', CONSTRAINT = 'settlements_final';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER settlements_final BEFORE UPDATE OR DELETE ON settlements FOR EACH ROW EXECUTE FUNCTION settlements_final();

ALTER TABLE money_books ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON money_books USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE budgets ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON budgets USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE budget_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON budget_lines USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE money_entries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON money_entries USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE settlements ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON settlements USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE settlement_lines ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON settlement_lines USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE allowance_norms ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON allowance_norms USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
ALTER TABLE base_salaries ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant ON base_salaries USING (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid) WITH CHECK (province_id = NULLIF(current_setting('htcd.province_id', true), '')::uuid);
