DROP TABLE centre_successions;
DROP TABLE centre_acts;
DROP TABLE centre_sites;
DROP TABLE centre_placements;
DROP TABLE centres;
