"""Training the network of Levi & Hassner. The only folder that imports torch."""

import importlib.util

from photogender.errors import RuntimeMissingError


def need_torch() -> None:
    """Make sure that torch is there, before a module is imported that needs it.

    Raises:
        RuntimeMissingError: It is not installed.
    """
    if importlib.util.find_spec("torch") is None:
        hint = "Install it with: pip install 'photogender[train]'"
        raise RuntimeMissingError("Training needs torch, which is not installed.", hint)
