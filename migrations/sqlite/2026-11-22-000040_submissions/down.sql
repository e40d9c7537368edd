DROP TABLE submission_files;
DROP TABLE submissions;
DROP TABLE submission_keys;
