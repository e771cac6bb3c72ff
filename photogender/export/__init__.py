"""Writing what the catalog says: file formats, boxes on a photo, the age pyramid."""
