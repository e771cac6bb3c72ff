"""Faces in pictures: how a picture is looked at (``looks``), by which net (one module each), batched (``detector``)."""

from photogender.detect.detector import Detector, Search

__all__ = ["Detector", "Search"]
