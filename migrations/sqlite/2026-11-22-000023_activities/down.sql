DROP TABLE activities;
DROP TABLE activity_months;
DROP TABLE literacy_classes;
DROP TABLE clubs;
DROP TABLE activity_categories;
