"""A call: keywords to words, words to the native part, and what it found to a result."""

from __future__ import annotations

import difflib
import functools
import inspect
import textwrap
from collections.abc import Callable
from typing import Any, TypeVar

from . import _data, _native, _words
from ._definition import Command, commands
from ._executors import chosen
from ._progress import Listener, Progress
from .errors import Interrupted, UsageError
from .results import Result

R = TypeVar("R", bound=Result)

SOURCES = ("data", "labels", "test_data", "test_labels")
"""What may be in memory, in the place of files."""


def ask(
    words: tuple[str, ...], kind: type[R], keywords: dict[str, Any], progress: Progress = None, executor: Any = None
) -> R | None:
    """Does what a command with these keywords would do."""
    command = commands()[words]
    line, stand_alone = list(words), []
    given: dict[str, _native.Source] = {}
    for name, value in _with_labels(keywords).items():
        flag = command.flags.get(name)
        if flag is None and (value is None or value is False):
            raise UsageError(_unknown(name, command))
        if value is None:
            continue
        if name in SOURCES and flag is not None and _data.is_in_memory(value):
            given[name] = _data.source(name, value)
            line.append(f"--{flag.flag}={name}")
        elif flag is not None and flag.flag is None:
            stand_alone += _words.words(name, flag, value)
        else:
            line += _words.words(name, flag, value)
    if stand_alone:
        line += ["--", *stand_alone]
    listener = Listener(progress)
    try:
        with chosen(executor) as native:
            answer = _native.call(line, given, listener, callable(progress), native)
    except KeyboardInterrupt as stop:
        so_far = getattr(stop, "answer", None)
        raise Interrupted(None if so_far is None else kind(so_far, listener.notes)) from None
    finally:
        listener.close()
    if answer is None:
        return None
    return kind(answer, listener.notes + ([] if answer.after is None else [answer.after]))


def _unknown(name: str, command: Command) -> str:
    near = difflib.get_close_matches(name, command.flags, n=3)
    return f"there is no keyword {name}" + (f"; did you mean {' or '.join(near)}?" if near else "")


def _with_labels(keywords: dict[str, Any]) -> dict[str, Any]:
    """The same, where pairs of samples and labels are two keywords."""
    keywords = dict(keywords)
    for samples, labels in (("data", "labels"), ("test_data", "test_labels")):
        pair = keywords.get(samples)
        if isinstance(pair, tuple):
            if len(pair) != 2:
                raise UsageError(f"{samples} is a tuple of {len(pair)}; (samples, labels) is one of two")
            if keywords.get(labels) is not None:
                raise UsageError(f"{samples} is (samples, labels), and {labels} says the labels again; give them once")
            keywords[samples], keywords[labels] = pair
    return keywords


def asks(*words: str) -> Callable[[Callable[..., R]], Callable[..., R]]:
    """Gives a function the keywords of a command: its signature and its documentation have all of them."""

    def of(function: Callable[..., R]) -> Callable[..., R]:
        command = commands()[words]
        own = [p for p in inspect.signature(function).parameters.values() if p.kind is not p.VAR_KEYWORD]
        function.__signature__ = inspect.Signature(_parameters(own, command))  # type: ignore[attr-defined]
        function.__doc__ = f"{inspect.cleandoc(function.__doc__ or '')}\n\n{_documented(own, command)}"
        return function

    return of


def _parameters(own: list[inspect.Parameter], command: Command) -> list[inspect.Parameter]:
    names = {parameter.name for parameter in own}
    keyword = functools.partial(inspect.Parameter, kind=inspect.Parameter.KEYWORD_ONLY)
    flags = [flag for flag in command.flags.values() if flag.name not in names]
    more = [keyword(flag.name, default=False if flag.type == "bool" else None) for flag in flags]
    positional = [parameter for parameter in own if parameter.kind is not parameter.KEYWORD_ONLY]
    return positional + more + [parameter for parameter in own if parameter.kind is parameter.KEYWORD_ONLY]


def _documented(own: list[inspect.Parameter], command: Command) -> str:
    lines = ["Parameters", "----------"]
    for flag in command.flags.values():
        kind = "bool, default False" if flag.type == "bool" else flag.type
        text = _native.in_python((flag.more or flag.help or "").strip())
        lines += [f"{flag.name} : {kind}", textwrap.indent(textwrap.fill(text, 96), "    ")]
    names = {parameter.name for parameter in own}
    if "executor" in names:
        lines += [
            "executor : str or headstart.ray.Cluster",
            '    Who trains: "threads" of this process, or the workers of a cluster, "ray" [default: "threads"]',
        ]
    if "progress" in names:
        lines += [
            "progress : bool or callable",
            "    A bar of tqdm, or a function that is called with every event [default: where it is seen]",
        ]
    return "\n".join(lines)
