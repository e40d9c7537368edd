DROP TABLE report_steps;
DROP TABLE report_versions;
DROP FUNCTION report_versions_are_final;
DROP TABLE reports;
