DROP TABLE rating_steps;
DROP TABLE ratings;
DROP TABLE rounds;
DROP TABLE schemes;
