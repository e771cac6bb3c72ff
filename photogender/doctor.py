"""What is installed, what works, and how to mend what does not."""

import importlib.metadata
import importlib.util
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from photogender import __version__
from photogender.catalog.catalog import Catalog, default_catalog
from photogender.errors import PhotogenderError
from photogender.labels import DEFAULT_DETECTOR, DEFAULT_MODEL
from photogender.model_tools.installed import all_specs, is_installed
from photogender.runtime.device import REPAIR_CPU, REPAIR_GPU, choose_device, devices, runtime_wheels
from photogender.text import count


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at."""

    state: Literal["ok", "note", "problem"]
    subject: str
    text: str
    mend: str = ""
    """What to type; empty where nothing needs to be done."""


def examine(catalog: Path | None = None) -> list[Check]:
    """Look at everything a scan needs, in the order it needs it; never raises for what it finds."""
    system = f"{__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    return [Check("ok", "photogender", system), *_runtime(), *_models(), *_formats(), _catalog(catalog)]


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
    others = [spec for spec in known if spec.name not in (DEFAULT_DETECTOR, DEFAULT_MODEL) and is_installed(spec)]
    defaults = [spec for spec in known if spec.name in (DEFAULT_DETECTOR, DEFAULT_MODEL)]
    for spec in [*defaults, *others]:
        name = spec.name
        try:
            for net in spec.nets:
                net.file.read()
        except PhotogenderError as error:
            yield Check("problem", f"model {name}", error.message, error.hint)
        else:
            yield Check("ok", f"model {name}", f"{spec.title} ({spec.licence}, SHA-256 {spec.sha256[:12]}…)")


def _formats() -> Iterator[Check]:
    import pillow_heif
    from PIL import features

    jpeg = f"JPEG (libjpeg-turbo {features.version_feature('libjpeg_turbo')})"
    names = [jpeg, "PNG", "BMP", "GIF"]
    names += [
        name for name, module in (("TIFF", "libtiff"), ("WebP", "webp"), ("AVIF", "avif")) if features.check(module)
    ]
    yield Check("ok", "formats", f"{', '.join(names)}, HEIC (libheif {pillow_heif.libheif_version()})")
    for extra, module, what in (
        ("raw", "rawpy", "camera raws by their preview"),
        ("parquet", "pyarrow", "export parquet"),
        ("plot", "matplotlib", "stats --plot"),
    ):
        if importlib.util.find_spec(module):
            yield Check("ok", what, f"{module} {importlib.metadata.version(module)}")
        else:
            yield Check("note", what, "not installed", f"pip install 'photogender[{extra}]'")


def _catalog(path: Path | None) -> Check:
    path = path or default_catalog()
    if not path.exists():
        return Check("note", "catalog", f"none yet at {path}", "photogender scan ~/Pictures")
    try:
        with Catalog(path) as catalog:
            (version,) = catalog.fetch("SELECT max(name) FROM _sqlite_migrations").fetchone()
            (photos,) = catalog.fetch("SELECT count(*) FROM photos").fetchone()
            (faces,) = catalog.fetch("SELECT count(*) FROM faces").fetchone()
            (damage,) = catalog.fetch("PRAGMA quick_check(1)").fetchone()
    except PhotogenderError as error:
        return Check("problem", "catalog", error.message, error.hint)
    if damage != "ok":
        return Check("problem", "catalog", f"{path} is damaged: {damage}", f"sqlite3 '{path}' .recover")
    return Check("ok", "catalog", f"{path} (schema {version}): {count(photos, 'photo')}, {count(faces, 'face')}")
