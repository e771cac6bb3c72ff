"""Nothing that is scanned is reported to anybody."""

import os
import subprocess
import sys
from pathlib import Path

from tests.support.photos import make_library

_OF_CI = ("CI", "TF_BUILD", "GITHUB_ACTIONS", "GITLAB_CI", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")
"""Variables that keep ONNX Runtime from reporting, wherever photogender runs."""


def test_a_scan_leaves_nothing_but_its_catalog(tmp_path: Path) -> None:
    """ONNX Runtime keeps what it is about to report in the user's cache folder, beside an id of the machine."""
    home = tmp_path / "home"
    (home / "tmp").mkdir(parents=True)
    make_library(tmp_path / "library", 2)
    environment = {name: value for name, value in os.environ.items() if name not in _OF_CI}
    environment |= {"HOME": str(home), "TMPDIR": str(home / "tmp"), "XDG_CACHE_HOME": str(home / "cache")}
    command = [sys.executable, "-m", "photogender", "scan", tmp_path / "library", "--catalog", home / "c.db"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    assert sorted(str(path.relative_to(home)) for path in home.rglob("*")) == ["c.db", "tmp"]
