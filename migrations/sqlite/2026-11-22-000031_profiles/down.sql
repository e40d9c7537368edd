DROP TABLE profile_values;
DROP TABLE profile_indicators;
