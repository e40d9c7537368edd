DROP TABLE submission_files;
DROP TABLE submissions;
DROP FUNCTION submissions_are_final;
DROP TABLE submission_keys;
