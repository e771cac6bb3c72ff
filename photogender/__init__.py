"""photogender: tag photo libraries with faces and their apparent age and gender.

As a library: ``scan`` and ``Catalog`` (``examples/scan_and_list.py`` shows both), ``ScanSettings``, and
the records a scan yields.
"""

from typing import TYPE_CHECKING

__version__ = "0.1.0"
__all__ = ["Catalog", "Face", "Moved", "PhotogenderError", "ScanSettings", "Skipped", "Tagged", "scan"]

if TYPE_CHECKING:
    from photogender.catalog import Catalog
    from photogender.errors import PhotogenderError
    from photogender.pipeline import ScanSettings, scan
    from photogender.records import Face, Moved, Skipped, Tagged

_HOMES = {
    "Catalog": "catalog",
    "Face": "records",
    "Moved": "records",
    "PhotogenderError": "errors",
    "ScanSettings": "pipeline",
    "Skipped": "records",
    "Tagged": "records",
    "scan": "pipeline",
}


def __getattr__(name: str) -> object:
    """Import the public names when they are first used, so that ``photogender --help`` stays quick."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
