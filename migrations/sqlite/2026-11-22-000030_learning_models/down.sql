DROP TABLE learning_model_counts;
