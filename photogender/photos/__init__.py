"""Photos as files: walking folders, opening files, pixels, EXIF, thumbnails."""
