DROP TABLE commendations;
DROP TABLE rapporteur_assignments;
DROP TABLE rapporteurs;
