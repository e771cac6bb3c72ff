"""Output of the catalog: file formats, boxes drawn on a photo, the age pyramid."""
