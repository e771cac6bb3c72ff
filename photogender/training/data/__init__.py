"""The data of a training: face crops, parts, targets, views and batches."""
