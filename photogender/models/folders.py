"""Where models are: the shipped specs, the user's models folder, InsightFace's packs."""

import os
from pathlib import Path

_HERE = Path(__file__).parent

# In a wheel the shipped models are inside this package, in a checkout at its top level.
SHIPPED = _HERE / "shipped" if (_HERE / "shipped").is_dir() else _HERE.parents[1] / "models"
"""The folder of the models that ship with photogender."""

TERMS = SHIPPED / "LICENSE"
"""The terms of the networks in that folder, and what they were made from."""


def models_folder() -> Path:
    """The user's models folder: ``PHOTOGENDER_MODELS``, or ``models`` in the platform's user data folder."""
    import platformdirs

    given = os.environ.get("PHOTOGENDER_MODELS")
    return Path(given) if given else Path(platformdirs.user_data_dir("photogender", appauthor=False)) / "models"


def packs_folder() -> Path:
    """The folder where the insightface package keeps downloaded packs."""
    return Path.home() / ".insightface" / "models"
