"""The package is what it says of itself: types, style, stubs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import stubs

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[2]


def checked(*words: str) -> None:
    """Runs a tool of Python's over the package; what it finds fails the test."""
    done = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_stubs_are_those_of_the_flags(tmp_path: Path) -> None:
    for path, text in stubs.all_stubs().items():
        fresh = tmp_path / path.name
        fresh.write_text(text)
        checked("ruff", "format", "--quiet", str(fresh))
        assert path.read_text() == fresh.read_text(), (
            f"{path.name} is old: python {Path(stubs.__file__).name} writes it anew"
        )


def test_types_are_right() -> None:
    checked("mypy", "-p", "headstart")


def test_stubs_are_those_of_the_binary() -> None:
    modules = ("headstart._native", "headstart._calls", "headstart.study")
    checked("mypy.stubtest", "--mypy-config-file", "pyproject.toml", *modules)


def test_style_is_as_everywhere() -> None:
    checked("ruff", "check", str(HERE))
    checked("ruff", "format", "--check", str(HERE))
