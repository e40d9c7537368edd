DROP TABLE settlement_lines;
DROP TABLE settlements;
DROP TABLE money_entries;
DROP TABLE budget_lines;
DROP TABLE budgets;
DROP TABLE money_books;
DROP TABLE base_salaries;
DROP TABLE allowance_norms;
