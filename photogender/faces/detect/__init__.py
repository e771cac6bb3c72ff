"""Faces in pictures: how a picture is looked at, by which net (one module each), one picture or many at once."""
