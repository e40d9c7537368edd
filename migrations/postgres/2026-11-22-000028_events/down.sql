DROP TABLE event_centres;
DROP TABLE events;
