DROP TABLE restructuring_placements;
DROP TABLE restructuring_effects;
DROP TABLE restructuring_previews;
DROP TABLE restructurings;
