DROP TABLE news_pictures;
DROP TABLE news;
