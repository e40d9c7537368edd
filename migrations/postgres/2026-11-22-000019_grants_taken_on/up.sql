-- The day on which a grant was taken away. One that began on that day cannot end before it, and has to stay on record.
ALTER TABLE grants ADD COLUMN taken_on date;
