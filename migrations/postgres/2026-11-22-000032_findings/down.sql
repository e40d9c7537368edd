DROP TABLE finding_explanations;
DROP TABLE finding_settings;
