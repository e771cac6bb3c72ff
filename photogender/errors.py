"""Errors for a person to read: one sentence that says what happened, and what to type next."""

from typing import Literal


class PhotogenderError(Exception):
    """A failure that a person can act on: ``message`` says what happened, ``hint`` what to type next."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    exit_code = 1
    """What the program ends with."""

    def __str__(self) -> str:
        return f"{self.message}\n{self.hint}" if self.hint else self.message


class ModelError(PhotogenderError):
    """A model file or spec is missing, was altered, or does not match its spec."""


class RuntimeMissingError(PhotogenderError):
    """ONNX Runtime is absent, installed twice, or does not support the requested device."""


class BusyError(PhotogenderError):
    """Another process does the same already; later it will work."""

    exit_code = 75  # EX_TEMPFAIL of sysexits.h


class CatalogError(PhotogenderError):
    """The catalog cannot be opened, read or written."""


class NotFoundError(CatalogError):
    """The catalog has nobody of that name, or nothing with that id."""


class ConflictError(CatalogError):
    """What is asked contradicts what the catalog has, or what has been said since."""


class DecodeError(PhotogenderError):
    """One photo cannot be read; ``stage`` is ``read`` (the file) or ``decode`` (its content)."""

    def __init__(self, stage: Literal["read", "decode"], message: str) -> None:
        super().__init__(message)
        self.stage = stage


class SidecarError(PhotogenderError):
    """One XMP sidecar cannot be read or written; the message is the reason, without the file's name."""
