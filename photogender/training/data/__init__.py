"""What is learnt from: faces, their parts, views and batches."""
