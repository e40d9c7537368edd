DROP TABLE merged_centres;
DROP TABLE mergers;
