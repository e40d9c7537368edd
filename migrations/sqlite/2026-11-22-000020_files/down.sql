DROP TABLE file_pieces;
DROP TABLE files;
