"""What is asked: filters, order, faces and photos, numbers, free SQL."""
