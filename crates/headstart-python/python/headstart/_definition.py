"""The definition of all flags, by which keywords are made. The command line has it; nothing of it is written down here."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, cached_property

from . import _native


@dataclass(frozen=True)
class Flag:
    """A flag of a command."""

    name: str
    """The keyword."""
    flag: str | None
    """The long flag; None where the value stands alone."""
    type: str
    """What it takes: bool, int, float, floats, pair, str, list, path, source or axis."""
    action: str
    """true, once, again (given several times) or several."""
    help: str | None
    """What it does, in short."""
    more: str | None
    """And at length."""
    section: str | None
    """Where the help has it."""
    default: str | None
    """What it is if nobody says; the help has it, too."""
    required: bool
    """Whether nothing goes without it."""

    @cached_property
    def is_plain(self) -> bool:
        """Whether a number or a text is its value as it stands."""
        return self.flag is not None and self.type not in ("bool", "axis") and self.action == "once"


@dataclass(frozen=True)
class Command:
    """A command, and its flags by their keywords."""

    words: tuple[str, ...]
    about: str
    flags: dict[str, Flag]


@cache
def commands() -> dict[tuple[str, ...], Command]:
    """All commands by their words, as `("study", "show")`."""
    told = [
        Command(
            words=tuple(command["words"]),
            about=command["about"] or "",
            flags={flag["name"]: Flag(**flag) for flag in command["flags"]},
        )
        for command in _native.definition()
    ]
    return {command.words: command for command in told}
