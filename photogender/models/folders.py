"""Where models lie: the shipped specs, the user's models folder, InsightFace's packs."""

import os
from pathlib import Path

_HERE = Path(__file__).parent

# In a wheel the shipped models lie inside this package, in a checkout at its top.
SHIPPED = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parents[1] / "models"
"""The folder of the models that come with photogender."""


def models_folder() -> Path:
    """Where the user's models are: ``PHOTOGENDER_MODELS``, or ``models`` in the platform's folder for user data."""
    import platformdirs

    given = os.environ.get("PHOTOGENDER_MODELS")
    return Path(given) if given else Path(platformdirs.user_data_dir("photogender", appauthor=False)) / "models"


def packs_folder() -> Path:
    """Where the insightface package keeps the packs it downloaded."""
    return Path.home() / ".insightface" / "models"
