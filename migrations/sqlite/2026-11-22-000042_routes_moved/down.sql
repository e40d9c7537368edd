ALTER TABLE rounds DROP COLUMN earlier_routes;
