DROP TABLE report_steps;
DROP TABLE report_versions;
DROP TABLE reports;
