"""Writes the types of the calls, `_calls.pyi` and `study.pyi`, from the definition of the flags: `python stubs.py`.

The calls get their keywords from the definition when they are imported; those who check types read them here.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

from headstart import _calls, study
from headstart._definition import Command, Flag, commands

TYPES = {
    "bool": "bool",
    "int": "int | None",
    "float": "float | None",
    "floats": "Numbers | None",
    "pair": "Sequence[int] | None",
    "list": "Words | None",
    "path": "Path | None",
    "source": "Data | None",
    "axis": "Axis | None",
    "str": "str | None",
}
"""By what a flag takes."""

SPECIAL = {
    "activation": "Words | None",
    "bias": "Words | None",
    "branch_scale": "float | str | None",
    "budget": "Budget | None",
    "checkpoint": "Checkpoint | None",
    "class_weights": "Words | None",
    "data": "Data | None",
    "drop": "Words | None",
    "executor": "Executor",
    "features": "Words | None",
    "file": "Path",
    "files": "Path | Sequence[Path]",
    "hidden": "Words | None",
    "init": "Words | None",
    "label": "Words | None",
    "labels": "Labels | None",
    "layers": "Words | None",
    "lr": "float | str | None",
    "output_bias": "float | str | None",
    "parts": "Sequence[Path]",
    "paths": "Path | Sequence[Path] | None",
    "progress": "Progress",
    "seeds": "int | str | None",
    "shape": "Words | None",
    "test_data": "Data | None",
    "test_labels": "Labels | None",
}
"""Where more than one type is taken."""

TYPED = {
    "collections.abc": ("Sequence",),
    "._executors": ("Executor",),
    "._progress": ("Progress",),
    "._types": ("Axis", "Budget", "Checkpoint", "Data", "Labels", "Numbers", "Path", "Words"),
}
"""Where the types are from."""


def stub(module: ModuleType, words: dict[str, tuple[str, ...]], about: str) -> str:
    """The types of a module's calls."""
    text, results = "", set()
    for name, of in words.items():
        function = getattr(module, name)
        result = function.__annotations__["return"]
        results |= {result} - {"None"}
        text += f"\ndef {name}({', '.join(_parameters(function, commands()[of]))}) -> {result}: ...\n"
    used = set(re.findall(r"\w+", text))
    imports = {module: [name for name in names if name in used] for module, names in TYPED.items()}
    imports[".results"] = sorted(results)
    # Python's own modules are a group of their own.
    gap = {"collections.abc": "\n"}
    lines = [
        f"from {module} import {', '.join(names)}\n{gap.get(module, '')}" for module, names in imports.items() if names
    ]
    head = f'"""{about} Written by stubs.py."""\n\n' + "".join(lines)
    names = [f"\n__all__ = {sorted(module.__all__)!r}\n".replace("'", '"')] if hasattr(module, "__all__") else []
    constants = ["\nCOMMANDS: dict[str, tuple[str, ...]]\n"] if hasattr(module, "COMMANDS") else []
    return "".join([head, *names, *constants, text])


def _parameters(function: object, command: Command) -> list[str]:
    told, is_keyword = [], False
    for parameter in inspect.signature(function).parameters.values():  # type: ignore[arg-type]
        if parameter.kind is parameter.KEYWORD_ONLY and not is_keyword:
            is_keyword = True
            told.append("*")
        default = "" if parameter.default is parameter.empty else f" = {parameter.default!r}"
        told.append(f"{parameter.name}: {_type(parameter.name, command.flags.get(parameter.name))}{default}")
    return told


def _type(name: str, flag: Flag | None) -> str:
    return SPECIAL.get(name) or (TYPES[flag.type] if flag else "object")


STUBS = {
    "_calls": (_calls, {function: words for function, words in _calls.COMMANDS.items()}, "The calls."),
    "study": (study, {words[1]: words for words in commands() if words[0] == "study"}, "Stores of studies."),
}


def all_stubs() -> dict[Path, str]:
    """The files and what is in them."""
    folder = Path(_calls.__file__).parent
    return {folder / f"{name}.pyi": stub(*of) for name, of in STUBS.items()}


if __name__ == "__main__":
    for path, text in all_stubs().items():
        path.write_text(text)
    subprocess.run([sys.executable, "-m", "ruff", "format", *all_stubs()], check=True)
