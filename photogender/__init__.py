"""photogender: tag photo libraries with faces and their apparent age and gender."""

__version__ = "0.1.0"
