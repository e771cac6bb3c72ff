"""Photo files: walking folders, opening a file, its pixels and EXIF data, face thumbnails."""
