"""``photogender models pull``: models from the network, or from files that the user has.

InsightFace's packs come from its releases on GitHub, but not through the insightface package's own helper (2.1,
``insightface.utils.storage``): it checks no hash, has no timeout, unpacks the whole archive, and importing it loads
OpenCV. (It names the release ``model-zoo``, the specs v0.7; the archives are the same.) Packs that it has already
downloaded are used in place.
"""

import zipfile
from pathlib import Path

from photogender.errors import ModelError
from photogender.labels import DOWNLOAD_TIMEOUT
from photogender.model_tools.download import Progress, download
from photogender.model_tools.installed import (
    Say,
    all_specs,
    alone,
    check,
    check_file,
    files,
    is_installed,
    make_folder,
    repair,
)
from photogender.model_tools.unpack import member, write_checked
from photogender.models.file import Download, ModelFile
from photogender.models.spec import ModelSpec


def pull(
    spec: ModelSpec, source: Path | None, *, progress: Progress, say: Say, timeout: float = DOWNLOAD_TIMEOUT
) -> list[ModelSpec]:
    """Put the missing files of a model into the user's models folder.

    Waits for another process that does the same. An interrupted download resumes.

    Args:
        spec: The model.
        source: The file, a ZIP archive with it, or a folder with either; None to download.
        progress: Called during a download; see ``download.Progress``.
        say: Gets a sentence for each step that may take long.
        timeout: Seconds without data from the server.

    Returns:
        Further models that are complete now because their files were in the same archive.

    Raises:
        ModelError: The model is not available, or the file is not the right one. Earlier files stay as they are.
        PhotogenderError: The folder cannot be written.
    """
    with alone(say):
        lacking = _lacking(spec)
        if source is not None:
            for file in lacking:
                _take(source, file, say)
            return []
        further: list[ModelSpec] = []
        for file in lacking:
            if check_file(file, True).fault:  # an archive may have brought more than one
                further += _fetch(file, spec, progress, timeout)
        return further


def _lacking(spec: ModelSpec) -> list[ModelFile]:
    """The missing or damaged files that installing into the models folder can fix."""
    found = [one for one in check(spec) if one.fault]
    for one in found:
        file = one.file
        if file.distribution:
            raise ModelError(
                f"{file.name} is part of the package {file.distribution}, which photogender does not install.",
                f"Install it with: {repair(spec)}",
            )
        places = file.places()
        if one.path and places.index(one.path) < places.index(file.home):
            raise ModelError(f"{one.path} {one.fault}.", "It would be used first: delete it, then try again.")
    return [one.file for one in found]


def _fetch(file: ModelFile, spec: ModelSpec, progress: Progress, timeout: float) -> list[ModelSpec]:
    """Download one file; from an archive also install the other models in it, and return those."""
    at = file.download
    if at is None:
        raise ModelError(
            f"{file.name} cannot be downloaded: its address is not known.",
            f"Provide the file with: photogender models pull {spec.name} --from FILE",
        )
    make_folder(file.home.parent)
    if not at.member:
        download(at.url, file.home, sha256=file.sha256, size=file.size, progress=progress, timeout=timeout)
        return []
    archive = file.home.parent / at.url.rpartition("/")[2]
    download(at.url, archive, sha256=at.sha256, size=at.size or None, progress=progress, timeout=timeout)
    try:
        _unpack(archive, file)
        further = [other for other in all_specs(lambda sentence: None) if _shares(other, spec, at)]
        for other in further:
            for one in files(other):
                make_folder(one.home.parent)
                _unpack(archive, one)
    finally:
        archive.unlink(missing_ok=True)
    return further


def _shares(other: ModelSpec, spec: ModelSpec, at: Download) -> bool:
    """Whether another model is not installed, and entirely in the same archive under the same licence."""
    same = all(file.download and file.download.url == at.url for file in files(other))
    return same and other.name != spec.name and other.licence == spec.licence and not is_installed(other)


def _unpack(archive: Path, file: ModelFile) -> None:
    name = _member(file)
    with member(archive, name) as stream:
        write_checked(stream, file.home, sha256=file.sha256, size=file.size, origin=f"{name} in {archive.name}")


def _take(source: Path, file: ModelFile, say: Say) -> None:
    """Install one file from the user's files."""
    path, name = _look(source, file)
    make_folder(file.home.parent)
    if zipfile.is_zipfile(path):
        with member(path, name) as stream:
            write_checked(stream, file.home, sha256=file.sha256, size=file.size, origin=f"{name} in {path}")
    else:
        try:
            with open(path, "rb") as stream:
                write_checked(stream, file.home, sha256=file.sha256, size=file.size, origin=str(path))
        except OSError as error:
            raise ModelError(f"{path} cannot be read: {error.strerror or error}.") from error
    say(f"Copied {name} from {path}.")


def _look(source: Path, file: ModelFile) -> tuple[Path, str]:
    """The file or archive that ``--from`` refers to, and the file's name in it."""
    name = _member(file)
    if not source.is_dir():
        if not source.exists():
            raise ModelError(f"{source} does not exist.")
        return source, name
    archive = file.download.url.rpartition("/")[2] if file.download else name
    places = [source / name, source / file.name, source / (file.pack or ".") / name, source / archive]
    for place in places:
        if place.is_file():
            return place, name
    raise ModelError(f"{source} has no {name}" + (f" and no {archive}." if archive != name else "."))


def _member(file: ModelFile) -> str:
    """The file's name in an archive."""
    return (file.download and file.download.member) or file.name
