"""``photogender models add``: a user's own network, tried out before it counts as installed."""

import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Sequence
from pathlib import Path

from photogender.errors import ModelError, PhotogenderError
from photogender.model_tools.apart import try_out_apart
from photogender.model_tools.installed import Say, alone, is_shipped, make_folder
from photogender.models.file import MAX_NETWORK, read_file
from photogender.models.folders import models_folder
from photogender.models.read import read_spec, spec_of, spec_path
from photogender.models.spec import ModelSpec
from photogender.models.toml import Table, to_toml
from photogender.runtime.session import Port, ports

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def add_model(sources: Sequence[Path], table: Table, name: str, shown: str, say: Say) -> ModelSpec:
    """Install ONNX files and their spec as the model ``name`` in the user's models folder.

    The networks are run before anything is kept.

    Args:
        sources: The files; if there are several, ``path`` in each ``[nets.file]`` says which one it is.
        table: The spec as read from TOML. It need not repeat what the files say: the name and size of the input,
            hashes and lengths.
        name: Lower-case letters, digits, ``.``, ``_`` and ``-``.
        shown: The spec's name in messages.
        say: Gets a sentence when another process has to finish first.

    Raises:
        ModelError: The spec does not fit the files (the hint lists what they have), or the name is taken.
        PhotogenderError: A file cannot be read, or the models folder cannot be written.
    """
    _check_name(name)
    data = {source.name: _read(source) for source in sources}
    if len(data) < len(sources):
        raise ModelError("Several files have the same name.", "Rename them: the spec distinguishes them by name.")
    declared = {file: ports(content, file) for file, content in data.items()}
    has = "\n".join(_has(file, *each) for file, each in declared.items())
    staged = models_folder() / f".{name}-{secrets.token_hex(4)}"
    with alone(say):
        _check_name(name)  # another process may have added it meanwhile
        try:
            _complete(table, data, declared, name)
            spec = spec_of(table, name, staged)
            make_folder(staged)
            for file, content in data.items():
                _write(staged / file, content)
            # Not yet under the name that makes it a model.
            _write(staged / "new.toml", to_toml(table).encode())
            try_out_apart(staged / "new.toml", spec)
            os.replace(staged / "new.toml", staged / "spec.toml")
            os.replace(staged, models_folder() / name)
        except ValueError as error:
            raise ModelError(f"{shown} cannot be used: {error}.", has) from error
        except ModelError as error:
            raise ModelError(error.message, "\n".join(filter(None, [error.hint, has]))) from error
        except OSError as error:
            raise PhotogenderError(
                f"{models_folder()} cannot be written: {error.strerror or error}.",
                "Free some space, or set PHOTOGENDER_MODELS to another folder.",
            ) from error
        finally:
            shutil.rmtree(staged, ignore_errors=True)
    return read_spec(models_folder() / name / "spec.toml", name)


def _check_name(name: str) -> None:
    if not _NAME.fullmatch(name):
        raise ModelError(
            f"{name!r} cannot be a model's name.",
            "Choose one with --name: lower-case letters, digits, dots, dashes and underscores.",
        )
    if spec_path(name):
        yours = "" if is_shipped(name) else f", or first remove yours with: photogender models remove {name}"
        raise ModelError(f"There is already a model called {name}.", f"Choose another name with --name{yours}")


def _read(source: Path) -> bytes:
    try:
        return read_file(source, MAX_NETWORK)
    except OSError as error:
        raise PhotogenderError(f"{source} cannot be read: {error.strerror or error}.") from error


def _write(path: Path, content: bytes) -> None:
    with open(path, "xb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _has(file: str, inputs: list[Port], outputs: list[Port]) -> str:
    def of(noun: str, each: list[Port]) -> str:
        return f"the {noun}{'s' * (len(each) != 1)} {', '.join(map(str, each))}"

    return f"{file} has {of('input', inputs)} and {of('output', outputs)}."


def _complete(
    table: Table, data: dict[str, bytes], declared: dict[str, tuple[list[Port], list[Port]]], name: str
) -> None:
    """Add to the spec what the files say; raise an error if they disagree."""
    nets = table.get("nets")
    if not isinstance(nets, list) or not nets or not all(isinstance(net, dict) for net in nets):
        raise ModelError("The spec has no [[nets]].")
    for net in nets:
        file = _part(net, "file")
        path = os.path.basename(str(file.get("path", ""))) if len(data) > 1 else next(iter(data))
        if path not in data:
            raise ModelError(f"[nets.file] says the path {path!r}, which is not among {', '.join(data)}.")
        digest = hashlib.sha256(data[path]).hexdigest()
        if file.get("sha256", digest) != digest:
            raise ModelError(f"{path} has the SHA-256 {digest}, but its spec says {file['sha256']}.")
        net["file"] = {"path": path, "sha256": digest, "size": len(data[path])}
        _fit_input(_part(net, "input"), declared[path][0], path, table.get("task", "age-gender"))
        heads = [_part(net, head) for head in ("gender", "age", "descriptor") if head in net]
        outputs = [port.name for port in declared[path][1]]
        for head in heads:
            if len(outputs) == 1:
                head.setdefault("output", outputs[0])
            if head.get("output") not in outputs:
                raise ModelError(f"{path} has no output {head.get('output')!r}.")
    table.setdefault("task", "age-gender")
    table.setdefault("title", name)
    table.setdefault("free", False)
    if "licence" not in table:
        table["licence"] = "not said"
        if table["free"] is True:
            table["free"] = False  # nobody said what it allows
    table.setdefault("source", "added by the user")
    table.setdefault("accuracy", "not measured")


def _part(net: Table, name: str) -> Table:
    """A table of a network; created if it is missing."""
    part = net.setdefault(name, {})
    if not isinstance(part, dict):
        raise ModelError(f"[nets.{name}] is {part!r}, not a table.")
    return part


def _fit_input(given: Table, inputs: list[Port], path: str, task: str) -> None:
    if len(inputs) != 1:
        raise ModelError(f"{path} has {len(inputs)} inputs; photogender supports one, the picture.")
    (port,) = inputs
    if given.setdefault("name", port.name) != port.name:
        raise ModelError(f"{path} has no input {given['name']!r}.")
    if port.type != "float" or len(port.shape) != 4 or port.shape[1] not in (3, None):
        raise ModelError(f"{path} does not accept photogender's input: float, batch × 3 × height × width.")
    for key in ("channels", "mean", "scale"):
        if key not in given:
            raise ModelError(f"[nets.input] does not say {key}: the input is (pixel - mean) * scale, of 0-255.")
    if task == "detect":
        return
    height, width = port.shape[2:]
    if None not in (height, width) and given.setdefault("size", [width, height]) != [width, height]:
        raise ModelError(f"{path} takes pictures of {width} × {height} pixels, but its spec says {given['size']}.")
    if port.shape[0] == 1:
        given.setdefault("make_dynamic", True)  # few networks need a fixed batch; if this one does, the trial fails
