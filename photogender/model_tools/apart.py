"""The trial of a new model in a process of its own: somebody else's network may run for ever, crash or take all memory.

``python -m photogender.model_tools.apart SPEC.toml NAME`` is that process; it prints an error of ours as JSON.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from photogender.errors import ModelError, PhotogenderError
from photogender.model_tools.trial import try_out
from photogender.models.read import read_spec
from photogender.models.spec import ModelSpec

_SECONDS = 60
"""For loading the networks and a few faces. VGG-16 takes five."""

_MEMORY = 2_000_000_000
"""Bytes, besides four times the networks' files."""

_OURS = 3
"""Exit status with an error of ours."""


def try_out_apart(file: Path, spec: ModelSpec) -> None:
    """Try out a model as ``trial.try_out``, which Ctrl-C can stop here.

    Args:
        file: The spec, beside its networks.
        spec: The same, read.

    Raises:
        ModelError: As ``try_out``; or it took too long, crashed, or needed too much memory.
        PhotogenderError: ONNX Runtime is not installed.
    """
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "photogender.model_tools.apart", str(file), spec.name]
    with tempfile.TemporaryFile() as told_to, tempfile.TemporaryFile() as logged_to:
        with subprocess.Popen(  # noqa: S603
            command, stdin=subprocess.PIPE, stdout=told_to, stderr=logged_to, env=environment
        ) as process:
            try:
                process.wait(_SECONDS)
            except subprocess.TimeoutExpired as error:
                raise ModelError(f"The trial of {spec.name} did not end within {_SECONDS} s.") from error
            finally:
                process.kill()
        told_to.seek(0), logged_to.seek(0)
        told, log = told_to.read(), logged_to.read()
    if process.returncode == _OURS:
        said = json.loads(told)
        raise (ModelError if said["is_model"] else PhotogenderError)(said["message"], said["hint"])
    if process.returncode < 0 or b"MemoryError" in log:
        how = signal.Signals(-process.returncode).name if process.returncode < 0 else "no memory"
        raise ModelError(f"The trial of {spec.name} crashed ({how}): it is damaged, or needs too much memory.")
    if process.returncode:
        raise RuntimeError(log.decode("utf-8", "replace"))


def _main(file: Path, name: str) -> int:
    spec = read_spec(file, name)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit_memory(_MEMORY + 4 * sum(net.file.size for net in spec.nets))
    try:
        try_out(spec)
    except PhotogenderError as error:
        is_model = isinstance(error, ModelError)
        print(json.dumps({"message": error.message, "hint": error.hint, "is_model": is_model}))
        return _OURS
    return 0


def _end_with_parent() -> None:
    """End this process once the other one, which holds the other end of stdin, is gone: even if it was killed."""
    sys.stdin.read()
    os._exit(1)


def _limit_memory(size: int) -> None:
    """On Linux, where the limit counts what is used, not what is mapped."""
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (size, size))


if __name__ == "__main__":
    sys.exit(_main(Path(sys.argv[1]), sys.argv[2]))
