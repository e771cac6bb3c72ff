"""Training networks on labelled faces: ``train`` and ``export_model``. The only package that imports torch.

``examples/train_own_model.py`` shows how to use it. Names are imported when they are first used, so that importing this
package needs no torch.
"""

from typing import TYPE_CHECKING

from photogender.errors import RuntimeMissingError

if TYPE_CHECKING:
    from photogender.training.export import export_model
    from photogender.training.pipeline import train
    from photogender.training.recipes import RECIPES
    from photogender.training.settings import AdienceFold, FaceCounts, Progress, TrainingSettings

__all__ = ["RECIPES", "AdienceFold", "FaceCounts", "Progress", "TrainingSettings", "export_model", "train"]

# No module may have the name of one of these: importing it would replace the function.
_HOMES = {
    "AdienceFold": "settings",
    "FaceCounts": "settings",
    "Progress": "settings",
    "RECIPES": "recipes",
    "TrainingSettings": "settings",
    "export_model": "export",
    "train": "pipeline",
}


def __getattr__(name: str) -> object:
    """Import a public name.

    Raises:
        RuntimeMissingError: It needs torch or onnx, which is not installed.
    """
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib

    try:
        return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
    except ModuleNotFoundError as error:
        if error.name not in ("torch", "onnx"):
            raise
        hint = "Install it with: pip install 'photogender[train]'"
        raise RuntimeMissingError(f"Training needs {error.name}, which is not installed.", hint) from error
