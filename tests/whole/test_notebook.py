"""``examples/levi_hassner.ipynb``, run from its first cell to its last."""

import base64
import io
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from photogender.models.read import spec_path
from tests.support.nets import install

NOTEBOOK = Path(__file__).parents[2] / "examples" / "levi_hassner.ipynb"


def texts(cell: Any) -> str:  # noqa: ANN401 - nbformat has no types
    return "".join(output.get("text", "") for output in cell.outputs)


def picture(cell: Any) -> Image.Image | None:  # noqa: ANN401
    for output in cell.outputs:
        if "image/png" in output.get("data", {}):
            return Image.open(io.BytesIO(base64.b64decode(output["data"]["image/png"])))
    return None


@pytest.fixture(scope="module")
def cells(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    folder = tmp_path_factory.mktemp("notebook")
    patch = pytest.MonkeyPatch()
    patch.setenv("PHOTOGENDER_MODELS", str(folder / "models"))
    patch.setenv("PYTHONPATH", os.pathsep.join([str(NOTEBOOK.parents[1]), os.environ.get("PYTHONPATH", "")]))
    if spec_path("levi-hassner") is None:
        install(folder / "models")
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.validate(notebook)
    try:
        executed = NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    finally:
        patch.undo()
    return [cell for cell in executed.cells if cell.cell_type == "code"]


def test_it_is_kept_without_results() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert all(not cell.outputs and cell.execution_count is None for cell in notebook.cells if "outputs" in cell)


def test_it_shows_mean_face_views_filters_and_responses(cells: list[Any]) -> None:
    pictures = [shown for cell in cells if (shown := picture(cell))]
    mean, chip, sheet, filters, *others = pictures
    assert mean.size == (227, 227)
    assert chip.size == (256, 256)
    assert sheet.size == (600, 240)
    assert filters.width >= filters.height > 100
    assert len(others) == 4
    for each in pictures:
        low, high = each.convert("L").getextrema()
        assert high > low


def test_it_says_labels_and_answers(cells: list[Any]) -> None:
    said = "\n".join(map(texts, cells))
    assert "age groups: 0-2, 4-6, 8-12, 15-20, 25-32, 38-43, 48-53, 60-" in said
    assert "Conv > Relu > MaxPool > LRN > Conv" in said
    assert "10 views:" in said
    assert said.count("male (") == 2  # or female
    assert not [output for cell in cells for output in cell.outputs if output.output_type == "error"]
    assert not [output for cell in cells for output in cell.outputs if output.get("name") == "stderr"]
