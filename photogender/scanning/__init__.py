"""A scan: what a worker does with a photo, batches, the order of work, and how fast it goes."""
