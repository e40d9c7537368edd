DROP TABLE asset_confirmations;
DROP TABLE assets;
