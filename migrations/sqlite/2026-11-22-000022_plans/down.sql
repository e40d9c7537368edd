DROP TABLE plan_items;
DROP TABLE plans;
DROP TABLE survey_topics;
DROP TABLE surveys;
