"""The notebook runs from top to bottom, and what it says of its figures is true."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

nbformat = pytest.importorskip("nbformat", reason="the notebook is not run: nbformat is not installed")
nbclient = pytest.importorskip("nbclient", reason="the notebook is not run: nbclient is not installed")
pytest.importorskip("ipykernel", reason="the notebook is not run: ipykernel is not installed")

NOTEBOOK = Path(__file__).parents[4] / "examples/thread.ipynb"
PACKAGE = Path(__file__).parents[1]


def test_the_notebook_is_valid_and_stored_without_outputs() -> None:
    notebook = nbformat.read(NOTEBOOK, as_version=nbformat.NO_CONVERT)
    nbformat.validate(notebook)
    assert notebook.nbformat == 4
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not any(cell.outputs or cell.execution_count for cell in cells)


def test_the_notebook_runs_and_shows_tables_and_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]))
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    client = nbclient.NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}})
    client.execute()
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
