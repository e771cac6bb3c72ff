"""Models as data: their specs, and where their files are."""
