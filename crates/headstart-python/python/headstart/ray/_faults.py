"""What Ray's errors say of a worker: whether others would fail like it, and why it was lost."""

from __future__ import annotations

from typing import Any

RECURRING = ("RuntimeEnvSetupError", "ActorUnschedulableError", "ActorPlacementGroupRemoved", "RayTaskError")
"""What every worker of the same options meets, beside errors while it is made."""


def will_recur(errors: Any, error: Exception) -> bool:
    """Whether others would fail to begin, too. Not so where a process was killed or a node has died, on which Ray begins workers
    until it misses that node, up to half a minute later."""
    kinds = tuple(getattr(errors, name) for name in RECURRING)
    return isinstance(error, kinds) or bool(getattr(error, "actor_init_failed", False))


def is_unreached(errors: Any, error: Exception) -> bool:
    """Whether the way to a worker failed, or Ray had not what it needs, and nobody knows of anything wrong with its process."""
    return isinstance(error, (errors.ActorUnavailableError, errors.RayTaskError, ConnectionError))


def is_of_node(error: Exception) -> bool:
    """Whether Ray says that the node went."""
    text = str(error)
    return "node has died" in text or "node was terminated" in text


def reason(error: Exception) -> str:
    """Why a process was lost that was there."""
    text = str(error)
    if type(error).__name__ == "OutOfMemoryError" or "running low on memory" in text or "due to memory" in text:
        return "out of memory: Ray ended the process"
    if "SIGKILL" in text or "unexpectedly" in text:
        return "the process was killed, perhaps for want of memory"
    return short(text)


def short(text: str) -> str:
    """The last line that says something, which is what tracebacks end with."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    # That is so of every worker that did not begin, and says nothing of why.
    if len(lines) > 1 and lines[-1].startswith("The actor never ran"):
        del lines[-1]
    return (lines[-1] if lines else "no reason is known")[:300]
