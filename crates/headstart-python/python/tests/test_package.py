"""The package is what it says of itself: types, style, stubs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import stubs

HERE = Path(__file__).parents[1]
ROOT = HERE.parents[2]


def checked(*tools: tuple[str, ...]) -> None:
    """Runs tools of Python's over the package, side by side; what one finds fails the test."""
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    begun = [subprocess.Popen([sys.executable, "-m", *words], cwd=ROOT, **pipes) for words in tools]
    said = [process.communicate()[0] for process in begun]
    assert not any(process.returncode for process in begun), "\n".join(said)


def test_stubs_are_those_of_the_flags(tmp_path: Path) -> None:
    for path, text in stubs.all_stubs().items():
        fresh = tmp_path / path.name
        fresh.write_text(text)
        checked(("ruff", "format", "--quiet", str(fresh)))
        assert path.read_text() == fresh.read_text(), (
            f"{path.name} is old: python {Path(stubs.__file__).name} writes it anew"
        )


def test_types_are_right_and_stubs_are_those_of_the_binary() -> None:
    # Half a minute on one core each.
    modules = ("headstart._native", "headstart._calls", "headstart.study")
    checked(("mypy", "-p", "headstart"), ("mypy.stubtest", "--mypy-config-file", "pyproject.toml", *modules))


def test_style_is_as_everywhere() -> None:
    checked(("ruff", "check", str(HERE)), ("ruff", "format", "--check", str(HERE)))
