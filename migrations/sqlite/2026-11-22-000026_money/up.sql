-- The books of a centre, and up to which day they are locked. Every write into the books holds this row first.
CREATE TABLE money_books (
    province_id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    locked_to TEXT,
    reason TEXT,
    revision INTEGER NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT money_books_pkey PRIMARY KEY (province_id, centre_id),
    CONSTRAINT money_books_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id)
) STRICT;

-- The estimate of a year. Its totals are those of its lines: triggers below write them, and nobody else can.
CREATE TABLE budgets (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    version INTEGER,
    supersedes_id BLOB,
    state TEXT NOT NULL DEFAULT 'draft',
    development_region TEXT,
    posts TEXT NOT NULL,
    note TEXT,
    amendment_reason TEXT,
    income_vnd INTEGER NOT NULL DEFAULT 0,
    expenditure_vnd INTEGER NOT NULL DEFAULT 0,
    return_reason TEXT,
    decision TEXT,
    submitted_by BLOB,
    submitted_acting_by BLOB,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT budgets_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT budgets_version_key UNIQUE (province_id, centre_id, year, version),
    CONSTRAINT budgets_centre_fkey FOREIGN KEY (province_id, centre_id) REFERENCES centres (province_id, id),
    CONSTRAINT budgets_supersedes_fkey FOREIGN KEY (province_id, supersedes_id) REFERENCES budgets (province_id, id),
    CONSTRAINT budgets_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved', 'superseded')),
    CONSTRAINT budgets_version_check CHECK (state = 'draft' OR version IS NOT NULL),
    CONSTRAINT budgets_submitted_check CHECK (state IN ('draft', 'returned') OR submitted_by IS NOT NULL),
    CONSTRAINT budgets_decision_check CHECK (state NOT IN ('approved', 'superseded') OR decision IS NOT NULL),
    CONSTRAINT budgets_return_check CHECK (state <> 'returned' OR return_reason IS NOT NULL)
) STRICT;
CREATE INDEX budgets_centre_idx ON budgets (province_id, centre_id, year, id);
CREATE INDEX budgets_year_idx ON budgets (province_id, year, id);
CREATE UNIQUE INDEX budgets_approved_key ON budgets (province_id, centre_id, year) WHERE state = 'approved';
CREATE UNIQUE INDEX budgets_open_key ON budgets (province_id, centre_id, year) WHERE state IN ('draft', 'submitted', 'returned');

CREATE TABLE budget_lines (
    province_id BLOB NOT NULL,
    budget_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    direction TEXT NOT NULL,
    source TEXT,
    state_level TEXT,
    programme TEXT,
    category TEXT,
    post TEXT,
    amount_vnd INTEGER NOT NULL,
    note TEXT,
    CONSTRAINT budget_lines_pkey PRIMARY KEY (province_id, budget_id, seq),
    CONSTRAINT budget_lines_budget_fkey FOREIGN KEY (province_id, budget_id) REFERENCES budgets (province_id, id) ON DELETE CASCADE,
    CONSTRAINT budget_lines_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL)),
    CONSTRAINT budget_lines_state_level_check CHECK (state_level IS NULL OR (source IS NOT NULL AND source = 'state_budget')),
    CONSTRAINT budget_lines_programme_check CHECK (programme IS NULL OR (source IS NOT NULL AND source = 'programme')),
    CONSTRAINT budget_lines_post_check CHECK (post IS NULL OR (category IS NOT NULL AND category = 'allowances')),
    CONSTRAINT budget_lines_amount_check CHECK (amount_vnd >= 0)
) STRICT;

CREATE TABLE money_entries (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    entry_date TEXT NOT NULL,
    year INTEGER NOT NULL,
    direction TEXT NOT NULL,
    source TEXT,
    state_level TEXT,
    programme TEXT,
    category TEXT,
    amount_vnd INTEGER,
    in_kind INTEGER NOT NULL,
    item TEXT,
    quantity INTEGER,
    unit TEXT,
    counterparty TEXT,
    voucher_number TEXT,
    description TEXT NOT NULL,
    activity_id BLOB,
    post TEXT,
    from_month TEXT,
    to_month TEXT,
    reason_above_estimate TEXT,
    corrects_id BLOB,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT money_entries_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT money_entries_books_fkey FOREIGN KEY (province_id, centre_id) REFERENCES money_books (province_id, centre_id),
    CONSTRAINT money_entries_activity_fkey FOREIGN KEY (province_id, activity_id) REFERENCES activities (province_id, id),
    CONSTRAINT money_entries_corrects_fkey FOREIGN KEY (province_id, corrects_id) REFERENCES money_entries (province_id, id),
    CONSTRAINT money_entries_year_check CHECK (year = CAST(substr(entry_date, 1, 4) AS INTEGER)),
    CONSTRAINT money_entries_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL AND NOT in_kind)),
    CONSTRAINT money_entries_state_level_check CHECK (state_level IS NULL OR (source IS NOT NULL AND source = 'state_budget')),
    CONSTRAINT money_entries_programme_check CHECK (programme IS NULL OR (source IS NOT NULL AND source = 'programme')),
    CONSTRAINT money_entries_amount_check CHECK ((in_kind OR amount_vnd IS NOT NULL) AND (amount_vnd IS NULL OR amount_vnd >= 0 OR corrects_id IS NOT NULL)),
    CONSTRAINT money_entries_in_kind_check CHECK (in_kind = (item IS NOT NULL) AND (in_kind OR (quantity IS NULL AND unit IS NULL)) AND (quantity IS NULL OR quantity > 0)),
    CONSTRAINT money_entries_post_check CHECK ((post IS NULL AND from_month IS NULL) OR (category IS NOT NULL AND category = 'allowances')),
    CONSTRAINT money_entries_months_check CHECK ((from_month IS NULL) = (to_month IS NULL) AND (from_month IS NULL OR from_month <= to_month)),
    CONSTRAINT money_entries_corrects_check CHECK (corrects_id IS NULL OR corrects_id <> id)
) STRICT;
CREATE INDEX money_entries_centre_idx ON money_entries (province_id, centre_id, entry_date, id);
CREATE INDEX money_entries_date_idx ON money_entries (province_id, entry_date, id);
CREATE INDEX money_entries_activity_idx ON money_entries (province_id, activity_id) WHERE activity_id IS NOT NULL;
CREATE INDEX money_entries_corrects_idx ON money_entries (province_id, corrects_id) WHERE corrects_id IS NOT NULL;
CREATE UNIQUE INDEX money_entries_voucher_key ON money_entries (province_id, centre_id, year, voucher_number) WHERE voucher_number IS NOT NULL;

-- What a year came to. Income, expenditure and closing balance are those of the lines: triggers below write them.
CREATE TABLE settlements (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    centre_id BLOB NOT NULL,
    year INTEGER NOT NULL,
    state TEXT NOT NULL DEFAULT 'draft',
    given_opening_vnd INTEGER,
    note TEXT,
    opening_vnd INTEGER NOT NULL DEFAULT 0,
    income_vnd INTEGER NOT NULL DEFAULT 0,
    expenditure_vnd INTEGER NOT NULL DEFAULT 0,
    closing_vnd INTEGER NOT NULL DEFAULT 0,
    in_kind_entries INTEGER NOT NULL DEFAULT 0,
    in_kind_valued INTEGER NOT NULL DEFAULT 0,
    in_kind_vnd INTEGER,
    prepared_at TEXT,
    return_reason TEXT,
    decision TEXT,
    submitted_by BLOB,
    submitted_acting_by BLOB,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT settlements_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT settlements_year_key UNIQUE (province_id, centre_id, year),
    CONSTRAINT settlements_books_fkey FOREIGN KEY (province_id, centre_id) REFERENCES money_books (province_id, centre_id),
    CONSTRAINT settlements_state_check CHECK (state IN ('draft', 'submitted', 'returned', 'approved')),
    CONSTRAINT settlements_balance_check CHECK (opening_vnd + income_vnd - expenditure_vnd = closing_vnd),
    CONSTRAINT settlements_in_kind_check CHECK (in_kind_valued BETWEEN 0 AND in_kind_entries AND (in_kind_valued = 0) = (in_kind_vnd IS NULL)),
    CONSTRAINT settlements_submitted_check CHECK (state IN ('draft', 'returned') OR submitted_by IS NOT NULL),
    CONSTRAINT settlements_decision_check CHECK (state <> 'approved' OR decision IS NOT NULL),
    CONSTRAINT settlements_return_check CHECK (state <> 'returned' OR return_reason IS NOT NULL)
) STRICT;
CREATE INDEX settlements_list_idx ON settlements (province_id, year, id);

CREATE TABLE settlement_lines (
    province_id BLOB NOT NULL,
    settlement_id BLOB NOT NULL,
    seq INTEGER NOT NULL,
    direction TEXT NOT NULL,
    source TEXT,
    state_level TEXT,
    programme TEXT,
    category TEXT,
    entries INTEGER NOT NULL,
    amount_vnd INTEGER NOT NULL,
    CONSTRAINT settlement_lines_pkey PRIMARY KEY (province_id, settlement_id, seq),
    CONSTRAINT settlement_lines_settlement_fkey FOREIGN KEY (province_id, settlement_id) REFERENCES settlements (province_id, id) ON DELETE CASCADE,
    CONSTRAINT settlement_lines_heading_check CHECK ((direction = 'income' AND source IS NOT NULL AND category IS NULL) OR (direction = 'expenditure' AND category IS NOT NULL AND source IS NULL)),
    CONSTRAINT settlement_lines_entries_check CHECK (entries > 0)
) STRICT;

-- What a post is paid by the month, as a province has decided it.
CREATE TABLE allowance_norms (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    post TEXT NOT NULL,
    region_class TEXT,
    development_region TEXT,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    method TEXT NOT NULL,
    amount_vnd INTEGER,
    coefficient_hundredths INTEGER,
    legal_basis TEXT NOT NULL,
    note TEXT,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT allowance_norms_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT allowance_norms_dates_check CHECK (valid_from <= valid_to),
    CONSTRAINT allowance_norms_method_check CHECK ((method = 'flat' AND amount_vnd IS NOT NULL AND amount_vnd >= 0 AND coefficient_hundredths IS NULL) OR (method = 'coefficient' AND coefficient_hundredths IS NOT NULL AND coefficient_hundredths > 0 AND amount_vnd IS NULL))
) STRICT;
CREATE UNIQUE INDEX allowance_norms_from_key ON allowance_norms (province_id, post, COALESCE(region_class, ''), COALESCE(development_region, ''), valid_from);
CREATE INDEX allowance_norms_list_idx ON allowance_norms (province_id, valid_from, id);

CREATE TABLE base_salaries (
    province_id BLOB NOT NULL,
    id BLOB NOT NULL,
    valid_from TEXT NOT NULL,
    valid_to TEXT,
    amount_vnd INTEGER NOT NULL,
    legal_basis TEXT NOT NULL,
    revision INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    CONSTRAINT base_salaries_pkey PRIMARY KEY (province_id, id),
    CONSTRAINT base_salaries_from_key UNIQUE (province_id, valid_from),
    CONSTRAINT base_salaries_dates_check CHECK (valid_from <= valid_to),
    CONSTRAINT base_salaries_amount_check CHECK (amount_vnd > 0)
) STRICT;

-- Nothing goes into a locked period, comes out of it, or is changed in it.
CREATE TRIGGER money_entries_open_insert BEFORE INSERT ON money_entries
    WHEN EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = NEW.province_id AND b.centre_id = NEW.centre_id AND b.locked_to >= NEW.entry_date)
    BEGIN SELECT RAISE(ABORT, 'the books are locked'); END;
CREATE TRIGGER money_entries_open_update BEFORE UPDATE ON money_entries
    WHEN EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = OLD.province_id AND b.centre_id = OLD.centre_id AND b.locked_to >= OLD.entry_date)
    OR EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = NEW.province_id AND b.centre_id = NEW.centre_id AND b.locked_to >= NEW.entry_date)
    BEGIN SELECT RAISE(ABORT, 'the books are locked'); END;
CREATE TRIGGER money_entries_open_delete BEFORE DELETE ON money_entries
    WHEN EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = OLD.province_id AND b.centre_id = OLD.centre_id AND b.locked_to >= OLD.entry_date)
    BEGIN SELECT RAISE(ABORT, 'the books are locked'); END;

-- A settled year is never opened again.
CREATE TRIGGER money_books_settled BEFORE UPDATE ON money_books
    WHEN EXISTS (SELECT 1 FROM settlements s WHERE s.province_id = NEW.province_id AND s.centre_id = NEW.centre_id AND s.state = 'approved'
                 AND (NEW.locked_to IS NULL OR NEW.locked_to < s.year || '-12-31'))
    BEGIN SELECT RAISE(ABORT, 'a settled year stays locked'); END;

-- The totals of an estimate are the sums of its lines.
CREATE TRIGGER budget_lines_sum_insert AFTER INSERT ON budget_lines BEGIN
    UPDATE budgets SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.budget_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.budget_id AND l.direction = 'expenditure')
    WHERE province_id = NEW.province_id AND id = NEW.budget_id;
END;
CREATE TRIGGER budget_lines_sum_update AFTER UPDATE ON budget_lines BEGIN
    UPDATE budgets SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.budget_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.budget_id AND l.direction = 'expenditure')
    WHERE province_id = NEW.province_id AND id = NEW.budget_id;
END;
CREATE TRIGGER budget_lines_sum_delete AFTER DELETE ON budget_lines BEGIN
    UPDATE budgets SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = OLD.province_id AND l.budget_id = OLD.budget_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = OLD.province_id AND l.budget_id = OLD.budget_id AND l.direction = 'expenditure')
    WHERE province_id = OLD.province_id AND id = OLD.budget_id;
END;
CREATE TRIGGER budget_lines_stay BEFORE UPDATE ON budget_lines WHEN OLD.province_id <> NEW.province_id OR OLD.budget_id <> NEW.budget_id
    BEGIN SELECT RAISE(ABORT, 'a line stays in its estimate'); END;
CREATE TRIGGER budgets_balance_insert AFTER INSERT ON budgets
    WHEN NEW.income_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'income')
    OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'expenditure')
    BEGIN SELECT RAISE(ABORT, 'the totals of an estimate are the sums of its lines'); END;
CREATE TRIGGER budgets_balance_update AFTER UPDATE ON budgets
    WHEN NEW.income_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'income')
    OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM budget_lines l WHERE l.province_id = NEW.province_id AND l.budget_id = NEW.id AND l.direction = 'expenditure')
    BEGIN SELECT RAISE(ABORT, 'the totals of an estimate are the sums of its lines'); END;

-- What was approved stays as it is; only a later version takes its place.
CREATE TRIGGER budgets_final_update BEFORE UPDATE ON budgets
    WHEN OLD.state IN ('approved', 'superseded')
    AND (NOT (OLD.state = 'approved' AND NEW.state = 'superseded')
         OR (NEW.income_vnd, NEW.expenditure_vnd, NEW.year, NEW.centre_id, NEW.decision, NEW.posts) IS NOT (OLD.income_vnd, OLD.expenditure_vnd, OLD.year, OLD.centre_id, OLD.decision, OLD.posts))
    BEGIN SELECT RAISE(ABORT, 'an approved estimate is final'); END;
CREATE TRIGGER budgets_final_delete BEFORE DELETE ON budgets WHEN OLD.state IN ('approved', 'superseded')
    BEGIN SELECT RAISE(ABORT, 'an approved estimate is final'); END;

-- Income, expenditure and closing balance of a settlement are those of its lines.
CREATE TRIGGER settlement_lines_sum_insert AFTER INSERT ON settlement_lines BEGIN
    UPDATE settlements SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'expenditure'),
        closing_vnd = opening_vnd + (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'income')
            - (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'expenditure')
    WHERE province_id = NEW.province_id AND id = NEW.settlement_id;
END;
CREATE TRIGGER settlement_lines_sum_update AFTER UPDATE ON settlement_lines BEGIN
    UPDATE settlements SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'expenditure'),
        closing_vnd = opening_vnd + (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'income')
            - (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.settlement_id AND l.direction = 'expenditure')
    WHERE province_id = NEW.province_id AND id = NEW.settlement_id;
END;
CREATE TRIGGER settlement_lines_sum_delete AFTER DELETE ON settlement_lines BEGIN
    UPDATE settlements SET
        income_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = OLD.province_id AND l.settlement_id = OLD.settlement_id AND l.direction = 'income'),
        expenditure_vnd = (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = OLD.province_id AND l.settlement_id = OLD.settlement_id AND l.direction = 'expenditure'),
        closing_vnd = opening_vnd + (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = OLD.province_id AND l.settlement_id = OLD.settlement_id AND l.direction = 'income')
            - (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = OLD.province_id AND l.settlement_id = OLD.settlement_id AND l.direction = 'expenditure')
    WHERE province_id = OLD.province_id AND id = OLD.settlement_id;
END;
CREATE TRIGGER settlement_lines_stay BEFORE UPDATE ON settlement_lines WHEN OLD.province_id <> NEW.province_id OR OLD.settlement_id <> NEW.settlement_id
    BEGIN SELECT RAISE(ABORT, 'a line stays in its settlement'); END;

-- A settlement opens with what the year before closed with; what is approved agrees with the books, which are locked.
CREATE TRIGGER settlements_balance_insert AFTER INSERT ON settlements
    WHEN NEW.income_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.id AND l.direction = 'income')
    OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.id AND l.direction = 'expenditure')
    BEGIN SELECT RAISE(ABORT, 'the totals of a settlement are the sums of its lines'); END;
CREATE TRIGGER settlements_carried_insert AFTER INSERT ON settlements
    WHEN NEW.state = 'approved' AND EXISTS (SELECT 1 FROM settlements s WHERE s.province_id = NEW.province_id AND s.centre_id = NEW.centre_id AND s.year = NEW.year - 1
                 AND (s.state <> 'approved' OR s.closing_vnd <> NEW.opening_vnd))
    BEGIN SELECT RAISE(ABORT, 'a year opens with what the year before closed with'); END;
CREATE TRIGGER settlements_locked_insert AFTER INSERT ON settlements
    WHEN NEW.state = 'approved' AND NOT EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = NEW.province_id AND b.centre_id = NEW.centre_id AND b.locked_to >= NEW.year || '-12-31')
    BEGIN SELECT RAISE(ABORT, 'a settled year is locked'); END;
CREATE TRIGGER settlements_books_insert AFTER INSERT ON settlements
    WHEN NEW.state = 'approved' AND (NEW.income_vnd <> (SELECT COALESCE(SUM(e.amount_vnd), 0) FROM money_entries e WHERE e.province_id = NEW.province_id AND e.centre_id = NEW.centre_id AND e.year = NEW.year AND e.direction = 'income' AND NOT e.in_kind)
        OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(e.amount_vnd), 0) FROM money_entries e WHERE e.province_id = NEW.province_id AND e.centre_id = NEW.centre_id AND e.year = NEW.year AND e.direction = 'expenditure'))
    BEGIN SELECT RAISE(ABORT, 'a settlement agrees with the books'); END;
CREATE TRIGGER settlements_balance_update AFTER UPDATE ON settlements
    WHEN NEW.income_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.id AND l.direction = 'income')
    OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(l.amount_vnd), 0) FROM settlement_lines l WHERE l.province_id = NEW.province_id AND l.settlement_id = NEW.id AND l.direction = 'expenditure')
    BEGIN SELECT RAISE(ABORT, 'the totals of a settlement are the sums of its lines'); END;
CREATE TRIGGER settlements_carried_update AFTER UPDATE ON settlements
    WHEN NEW.state = 'approved' AND EXISTS (SELECT 1 FROM settlements s WHERE s.province_id = NEW.province_id AND s.centre_id = NEW.centre_id AND s.year = NEW.year - 1
                 AND (s.state <> 'approved' OR s.closing_vnd <> NEW.opening_vnd))
    BEGIN SELECT RAISE(ABORT, 'a year opens with what the year before closed with'); END;
CREATE TRIGGER settlements_locked_update AFTER UPDATE ON settlements
    WHEN NEW.state = 'approved' AND NOT EXISTS (SELECT 1 FROM money_books b WHERE b.province_id = NEW.province_id AND b.centre_id = NEW.centre_id AND b.locked_to >= NEW.year || '-12-31')
    BEGIN SELECT RAISE(ABORT, 'a settled year is locked'); END;
CREATE TRIGGER settlements_books_update AFTER UPDATE ON settlements
    WHEN NEW.state = 'approved' AND (NEW.income_vnd <> (SELECT COALESCE(SUM(e.amount_vnd), 0) FROM money_entries e WHERE e.province_id = NEW.province_id AND e.centre_id = NEW.centre_id AND e.year = NEW.year AND e.direction = 'income' AND NOT e.in_kind)
        OR NEW.expenditure_vnd <> (SELECT COALESCE(SUM(e.amount_vnd), 0) FROM money_entries e WHERE e.province_id = NEW.province_id AND e.centre_id = NEW.centre_id AND e.year = NEW.year AND e.direction = 'expenditure'))
    BEGIN SELECT RAISE(ABORT, 'a settlement agrees with the books'); END;
CREATE TRIGGER settlements_final_update BEFORE UPDATE ON settlements WHEN OLD.state = 'approved'
    BEGIN SELECT RAISE(ABORT, 'an approved settlement is final'); END;
CREATE TRIGGER settlements_final_delete BEFORE DELETE ON settlements WHEN OLD.state = 'approved'
    BEGIN SELECT RAISE(ABORT, 'an approved settlement is final'); END;
