"""What the documentation shows can be run: the page about Python block by block, and the examples in the docstrings."""

from __future__ import annotations

import doctest
import inspect
import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import headstart
import matplotlib
import pytest

PAGE = Path(__file__).parents[4] / "docs/python.md"
MODELS = Path(__file__).parents[4] / "docs/models.md"


def test_every_block_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    matplotlib.use("Agg")
    monkeypatch.chdir(tmp_path)
    names, text = run_blocks(PAGE), PAGE.read_text()
    shown = text.split("```\n\n```\n")[1].split("...")[0]
    assert str(names["compared"]).startswith(shown)
    assert (tmp_path / "compared.png").exists() and (tmp_path / "runs.csv").exists()


def test_every_block_of_the_page_about_models_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    names = run_blocks(MODELS)
    assert names["explained"].first.name == "default start too small for this depth"  # type: ignore[attr-defined]
    printed, text = capsys.readouterr().out, MODELS.read_text()
    shown = text.split("print(explained)")[1].split("```\n\n```\n")[1].split("...")[0]
    assert printed.startswith(shown)
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("https:") or (MODELS.parent / link).exists(), link


def run_blocks(page: Path) -> dict[str, object]:
    """The names that the blocks of a page make, one after the other."""
    text = page.read_text()
    blocks = list(re.finditer(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE))
    assert len(blocks) > 3
    names: dict[str, object] = {}
    for block in blocks:
        # Lines in a traceback are those of the page.
        above = "\n" * text[: block.start(1)].count("\n")
        exec(compile(above + block[1], str(page), "exec"), names)
    return names


def test_the_page_names_every_call_and_every_error() -> None:
    text = PAGE.read_text()
    calls = {name for name in headstart.__all__ if inspect.isfunction(getattr(headstart, name))}
    assert [name for name in calls if f"`headstart.{name}(" not in text] == []
    assert [name for name in headstart.errors.__all__ if f"`{name}`" not in text] == []
    assert [name for name in headstart.study.__all__ if f"`{name}`" not in text and f"study.{name}" not in text] == []
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("https:") or (PAGE.parent / link).exists(), link


def modules() -> Iterator[ModuleType]:
    yield headstart
    for found in walk_packages(headstart.__path__, "headstart.", onerror=lambda _: None):
        if found.name.split(".")[-1] not in ("__main__", "_native"):
            try:
                yield import_module(found.name)
            except ImportError:  # What it is for is not installed.
                continue


@pytest.mark.parametrize("module", list(modules()), ids=lambda module: module.__name__)
def test_examples_of_docstrings_are_true(module: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    told = doctest.testmod(module, optionflags=doctest.ELLIPSIS)
    assert told.failed == 0
