"""XMP sidecars: exchange faces, names and keywords with other photo programs without losing their data."""
