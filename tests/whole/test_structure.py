"""The architecture: imports go one way, libraries stay where they belong, commands load only what they need."""

import ast
import re
import subprocess
import sys
from itertools import takewhile
from pathlib import Path

import pytest

from tests.support.library import build_corrected

PACKAGE = Path(__file__).parents[2] / "photogender"

ARCHITECTURE = (PACKAGE.parent / "docs" / "architecture.md").read_text(encoding="utf-8")


def table(title: str) -> list[tuple[list[str], list[str]]]:
    """From the table of docs/architecture.md whose first column is ``title``: the names in its first two columns."""
    _, found, rest = ARCHITECTURE.partition(f"\n| {title} |")
    assert found, f"docs/architecture.md has no table {title}"
    lines = takewhile(lambda line: line.startswith("|"), rest.splitlines()[2:])
    cells = [line.split("|")[1:3] for line in lines]
    return [(re.findall(r"`(\w+)`", first), re.findall(r"`(\w+)`", second)) for first, second in cells]


((GROUND, _), *ROWS) = table("package")
"""What every package may use; each imports only from those before it."""

ALLOWED = {own: allowed for (own,), allowed in ROWS}
"""For each package, from the lowest to the highest, those that it may import as well as the ground."""

OWNERS = {library: set(owners) for libraries, owners in table("library") for library in libraries}
"""The only modules that import a library."""


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
    assert own in GROUND or own in ALLOWED, f"give {own} its place in the table of docs/architecture.md"
    allowed = GROUND[: GROUND.index(own)] if own in GROUND else [own, *GROUND, *ALLOWED[own]]
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "photogender" and len(parts) > 1:
            assert parts[1] in allowed, f"{own} imports {parts[1]}"
        if parts[0] in OWNERS:
            assert own in OWNERS[parts[0]], f"{own} imports {parts[0]}"


def test_no_package_imports_a_higher_one() -> None:
    order = list(ALLOWED)
    for own, allowed in ALLOWED.items():
        assert all(order.index(name) < order.index(own) for name in allowed), own


def test_the_table_names_what_is_there() -> None:
    assert sorted([*GROUND, *ALLOWED]) == sorted({module(path) for path in MODULES})
    used = {(module(path), name.split(".")[1]) for path in MODULES for name in imports(path) if "photogender." in name}
    unused = [f"{own} may import {name}" for own, names in ALLOWED.items() for name in names if (own, name) not in used]
    assert not unused


def test_where_to_add_names_what_is_there() -> None:
    _, _, rows = ARCHITECTURE.partition("\n| To add |")
    cells = [cell for row in rows.splitlines()[2:] for cell in row.split("|")[2:]]
    assert len(cells) > 20
    for cell in cells:
        files = [PACKAGE / path for path in re.findall(r"`([\w/]+\.py)`", cell)]
        for name in re.findall(r"`(\w+)`", cell) if files else ():
            assert any(re.search(rf"\b{name}\b", file.read_text(encoding="utf-8")) for file in files), cell


def test_the_package_stays_small_enough_to_see() -> None:
    names = {path.relative_to(PACKAGE).parts[0] for path in MODULES}
    edges = {
        (module(path), name.split(".")[1])
        for path in MODULES
        for name in imports(path)
        if name.startswith("photogender.") and name.split(".")[1] in ALLOWED
    }
    assert len(names | {"__main__.py"}) <= 25, sorted(names)
    edges = {(own, other) for own, other in edges if own in ALLOWED and own != other}
    assert len(edges) <= 49, sorted(edges)


HEAVY = "numpy PIL pandas pyarrow onnxruntime sqlite_utils matplotlib jinja2 starlette uvicorn".split()
"""Packages that a command loads only if it needs them; some tests' environments have all of them."""


def run_and_list_heavy(*arguments: str) -> tuple[str, set[str]]:
    """What the command prints, and which packages of ``HEAVY`` it loads."""
    program = (
        "import sys\n"
        "from photogender.cli import main\n"
        f"try: main({list(arguments)!r})\n"
        "except SystemExit as end: assert not end.code\n"
        "print(*sys.modules)"
    )
    result = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, errors="replace", check=True
    )
    *output, modules = result.stdout.splitlines()
    return "\n".join(output), {*HEAVY, "rich"} & set(modules.split())


def test_help_imports_nothing_heavy() -> None:
    output, heavy = run_and_list_heavy("--help")
    assert heavy == set()
    assert "scan" in output


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["query", "--format", "csv"], "a.jpg"),
        (["query", "--sql", "SELECT path FROM tags", "--format", "csv"], "a.jpg"),
        (["query"], "a.jpg"),
        (["stats"], "6 photos, 5 of them"),
        (["show", "/p/2019/a.jpg"], "640"),
        (["correct", "1", "--name", "Ada"], ""),
        (["prune", "--dry-run", "--missing-root"], "a.jpg"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_commands_that_read_the_catalog_import_nothing_heavy(tmp_path: Path, arguments: list[str], found: str) -> None:
    output, heavy = run_and_list_heavy(*arguments, "--catalog", str(build_corrected(tmp_path / "c.db")))
    assert heavy <= {"rich"}
    assert found in output
