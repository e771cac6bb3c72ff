"""Situations from real photo libraries, as scripts in the outside data: each prints PASS or FAIL for what must hold."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SHARED

CASES = sorted(SHARED.glob("cases/*/run.sh"))

COMMAND = f"""#!/bin/sh
exec {sys.executable} -m photogender "$@"
"""

# One of the scripts imports a module by the name it had before the packages.
FORMER_NAMES = """
import sys
from types import ModuleType

class Former(ModuleType):
    def __getattr__(self, name):
        import photogender.photos.file
        return getattr(photogender.photos.file, name)

sys.modules["photogender.decode"] = Former("photogender.decode")
"""


@pytest.mark.shared
@pytest.mark.skipif(shutil.which("sqlite3") is None, reason="needs the program sqlite3")
@pytest.mark.parametrize("script", CASES, ids=lambda path: path.parent.name)
def test_what_must_hold_in_a_real_library(script: Path, tmp_path: Path) -> None:
    command = tmp_path / "photogender"
    command.write_text(COMMAND)
    command.chmod(0o755)
    (tmp_path / "sitecustomize.py").write_text(FORMER_NAMES)
    repository = str(Path(__file__).parents[2])
    environment = {
        **os.environ,
        "PG": str(command),
        "PY": sys.executable,
        "PYTHONPATH": os.pathsep.join([str(tmp_path), repository]),
        "TMPDIR": str(tmp_path),
    }
    ran = subprocess.run(["bash", str(script)], env=environment, capture_output=True, text=True, check=False)
    failed = [line for line in ran.stdout.splitlines() if line.startswith("FAIL")]
    assert not failed, ran.stdout + ran.stderr
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert "PASS" in ran.stdout
