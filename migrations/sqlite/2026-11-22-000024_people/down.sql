DROP TABLE reconstitution_appointments;
DROP TABLE reconstitutions;
DROP TABLE appointments;
DROP TABLE persons;
