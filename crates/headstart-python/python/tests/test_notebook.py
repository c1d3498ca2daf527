"""The notebooks run from top to bottom, and what they say of their figures is true."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="the notebook is not run: nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="the notebook is not run: nbclient is not installed")
pytest.importorskip("ipykernel", reason="the notebook is not run: ipykernel is not installed")

EXAMPLES = Path(__file__).parents[4] / "examples"
NOTEBOOK, MODEL = EXAMPLES / "thread.ipynb", EXAMPLES / "model_that_does_not_start.ipynb"
PACKAGE = Path(__file__).parents[1]


@pytest.mark.parametrize("file", [NOTEBOOK, MODEL], ids=lambda file: file.stem)
def test_notebooks_are_valid_and_stored_without_outputs(file: Path) -> None:
    notebook = nbformat.read(file, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert notebook.nbformat == 4
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)


def run(file: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The notebook with what its cells show, run in a folder."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]))
    notebook = nbformat.read(file, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=400, resources={"metadata": {"path": str(folder)}})
    client.execute()
    return notebook


def test_a_model_that_does_not_start_is_explained_and_mended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(MODEL, tmp_path, monkeypatch)
    text = "".join(output.get("text", "") for cell in notebook.cells for output in cell.get("outputs", []))
    before, after = (
        [float(loss) for loss in text.split(head)[1].split("[")[1].split("]")[0].split(",")]
        for head in ("as it is:", "from there:")
    )
    assert before[-1] > 2.2 and after[-1] < 0.8 * before[-1]
    assert "default start too small for this depth decides" in text and 'init_(model, "he")' in text


def test_the_notebook_runs_and_shows_tables_and_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    notebook = run(NOTEBOOK, tmp_path, monkeypatch)
    assert list(tmp_path.iterdir()) == []
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    shown: list[dict[str, Any]] = [output["data"] for output in outputs if "data" in output]
    assert sum("image/png" in data for data in shown) == 6
    assert sum("<table>" in data.get("text/html", "") for data in shown) == 3
    text = "".join(output["text"] for output in outputs if "text" in output)
    assert [line.split("published ")[1] for line in text.splitlines() if "published" in line] == [
        "0.83, here 0.83",
        "0.60, here 0.60",
        "0.46, here 0.46",
    ]
    assert "nn.init." in text
