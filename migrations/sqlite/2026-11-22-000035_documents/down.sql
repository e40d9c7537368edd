DROP TABLE rating_files;
DROP TABLE rating_documents;
DROP TABLE documents;
