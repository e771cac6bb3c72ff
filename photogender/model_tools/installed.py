"""Which models are installed, and removing them; the lock of the models folder."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from photogender.errors import ModelError, PhotogenderError
from photogender.models.file import ModelFile, sha256_of
from photogender.models.folders import SHIPPED, TERMS, models_folder
from photogender.models.read import load_spec, spec_names
from photogender.models.spec import ModelSpec
from photogender.output import lock

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Found:
    """One file of a model, as found."""

    file: ModelFile
    path: Path | None
    """Where it is; None if it is missing."""
    fault: str = ""
    """What is wrong with it; empty if nothing is."""


def all_specs(say: Say) -> list[ModelSpec]:
    """Every known model, by name; ``say`` gets a sentence for each spec that cannot be used."""
    specs = []
    for name in spec_names():
        try:
            specs.append(load_spec(name))
        except ModelError as error:
            say(error.message)
    return specs


def is_shipped(name: str) -> bool:
    """Whether the model ships with photogender; otherwise a user added it."""
    return (SHIPPED / f"{name}.toml").is_file()


def files(spec: ModelSpec) -> list[ModelFile]:
    """The model's files, each once."""
    return list({net.file.path: net.file for net in spec.nets}.values())


def check(spec: ModelSpec, *, thoroughly: bool = True) -> list[Found]:
    """Check the length of each file of a model and, if ``thoroughly``, its SHA-256."""
    return [check_file(file, thoroughly) for file in files(spec)]


def is_installed(spec: ModelSpec) -> bool:
    """Whether all files exist and have the right length."""
    return all(found.path and not found.fault for found in check(spec, thoroughly=False))


def repair(spec: ModelSpec) -> str:
    """The command that fixes a missing or damaged file of the model."""
    for file in files(spec):
        if file.distribution:
            return f"{file.install} --force-reinstall"
        if file.download:
            return f"photogender models pull {spec.name}"
    return f"photogender models pull {spec.name} --from FILE"


def terms(spec: ModelSpec) -> Path | None:
    """The text of the terms of a model's networks, if they come with photogender."""
    inside = any(found.path and found.path.parent == SHIPPED for found in check(spec, thoroughly=False))
    return TERMS if inside else None


def usage(spec: ModelSpec) -> str:
    """What to type to use the model."""
    if spec.task == "descriptor":
        return f"photogender people group --descriptor {spec.name}"
    option = "--detector" if spec.task == "detect" else "--model"
    return f"photogender scan {option} {spec.name} PATH"


def in_models_folder(spec: ModelSpec) -> list[Path]:
    """The files of the model that can be removed, with its spec if a user added it.

    Raises:
        ModelError: The model has no file in the user's models folder: it is part of photogender or another
            package, belongs to insightface, or is not installed.
    """
    folder = models_folder() / spec.name
    own = [] if is_shipped(spec.name) else [folder / "spec.toml"]
    homes = [file.home for file in files(spec) if file.home.is_file()]
    removable = [*own, *homes, *folder.glob("*.part*")]
    if removable:
        return removable
    found = [one for one in check(spec, thoroughly=False) if one.path]
    if not found:
        raise ModelError(f"{spec.name} is not installed.", "List the installed models with: photogender models list")
    file = found[0].file
    if file.distribution:
        raise ModelError(
            f"{spec.name} is part of the package {file.distribution}, not in your models folder.",
            f"Remove the package with: pip uninstall {file.distribution}",
        )
    if found[0].path == SHIPPED / file.name:
        raise ModelError(f"{spec.name} is part of photogender itself, not in your models folder.")
    raise ModelError(f"{found[0].path} was not installed by photogender.", "Delete it yourself if you like.")


def remove(spec: ModelSpec, say: Say) -> None:
    """Delete the files that ``in_models_folder`` returns.

    Args:
        spec: The model.
        say: Gets a sentence when another process has to finish first.

    Raises:
        ModelError: As in ``in_models_folder``; or a file cannot be removed.
        PhotogenderError: The folder cannot be written.
    """
    with alone(say):
        for path in in_models_folder(spec):
            try:
                path.unlink()
            except OSError as error:
                raise ModelError(f"{path} cannot be removed: {error.strerror or error}.") from error
        with suppress(OSError):  # it is not empty
            (models_folder() / spec.name).rmdir()


def described(spec: ModelSpec) -> dict[str, Any]:
    """A model's entry in ``models list``, for JSON."""
    checked = check(spec, thoroughly=False)
    return {
        "name": spec.name,
        "task": spec.task,
        "title": spec.title,
        "licence": spec.licence,
        "free": spec.free,
        "terms": str(path) if (path := terms(spec)) else None,
        "bytes": sum(found.file.size for found in checked),
        "installed": is_installed(spec),
        "added": not is_shipped(spec.name),
        "accuracy": spec.accuracy,
        "tested": dict(spec.tested),
        "source": spec.source,
        "files": [
            {
                "name": found.file.name,
                "sha256": found.file.sha256,
                "bytes": found.file.size,
                "path": str(found.path) if found.path else None,
            }
            for found in checked
        ],
    }


def check_file(file: ModelFile, thoroughly: bool) -> Found:
    """Check one file; see ``check``."""
    path = file.find()
    if path is None:
        return Found(file, None, "is not installed")
    try:
        length = path.stat().st_size
        if length != file.size:
            return Found(file, path, f"has {length:,} bytes, not {file.size:,}")
        if thoroughly and (digest := sha256_of(path)) != file.sha256:
            return Found(file, path, f"is not the file in its spec (SHA-256 {digest[:12]}…, not {file.sha256[:12]}…)")
    except OSError as error:
        return Found(file, path, f"cannot be read: {error.strerror or error}")
    return Found(file, path)


def make_folder(folder: Path) -> None:
    """Make a folder in the models folder.

    Raises:
        PhotogenderError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise PhotogenderError(
            f"{folder} cannot be created: {error.strerror or error}.",
            "Set PHOTOGENDER_MODELS to a folder that you can write to.",
        ) from error


@contextmanager
def alone(say: Say) -> Iterator[None]:
    """Lock the models folder against other photogender processes; waits until they are done.

    Raises:
        PhotogenderError: The folder cannot be created or written.
    """
    folder = models_folder()
    make_folder(folder)
    try:
        stream = open(folder / ".lock", "a")  # noqa: SIM115 - closed below, which releases the lock
    except OSError as error:
        raise PhotogenderError(
            f"{folder} cannot be written: {error.strerror or error}.",
            "Set PHOTOGENDER_MODELS to a folder that you can write to.",
        ) from error
    with stream:
        if not lock(stream):
            say(f"Another photogender process is changing {folder}: waiting.")
            while not lock(stream):
                time.sleep(0.2)
        yield
