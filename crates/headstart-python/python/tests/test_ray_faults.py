"""What becomes of workers that fail, on a cluster that is made up: no process begins, and no time passes."""

from __future__ import annotations

import logging
import types
from collections.abc import Callable
from typing import Any

import pytest
from headstart import _native
from headstart.errors import ClusterError
from headstart.ray import _workers
from headstart.ray._workers import Workers

ray = pytest.importorskip("ray")
errors = ray.exceptions

NODE = "0123456789ab"


def died(text: str = "", **more: Any) -> Exception:
    """What Ray raises where an actor has died of something else than its own code."""
    from ray.core.generated.common_pb2 import ActorDiedErrorContext

    actor_id = bytes(16)
    error: Exception = errors.ActorDiedError(ActorDiedErrorContext(actor_id=actor_id, error_message=text, **more))
    return error


def raised(cause: Exception, text: str = "") -> Any:
    """What Ray raises where a method has raised that."""
    return errors.RayTaskError("Worker", text or f"Traceback\n  File\n{type(cause).__name__}: {cause}", cause)


def never_ran() -> Exception:
    return died("the node was not reached", never_started=True)


class Ray:
    """As much of Ray as workers need: what methods answer or raise is made up, and it is there at once."""

    exceptions = errors

    def __init__(self) -> None:
        self.now = 0.0
        self.begun: list[float] = []
        self.hello: Callable[[], Any] = self.ok
        self.run: Callable[[], Any] = lambda: (b"", 1.0)
        self.is_alive = True
        self.answers: list[Callable[[], Any]] = []

    def ok(self) -> Any:
        return _native.__version__, NODE, "python"

    def remote(self, kind: type) -> Any:
        return types.SimpleNamespace(options=lambda **_: types.SimpleNamespace(remote=self._actor))

    def _actor(self, cpus: int) -> Any:
        self.begun.append(self.now)
        return types.SimpleNamespace(
            hello=types.SimpleNamespace(remote=lambda: self._asked(self.hello)),
            run=types.SimpleNamespace(remote=lambda *_: self._asked(self.run)),
        )

    def _asked(self, method: Callable[[], Any]) -> int:
        self.answers.append(method)
        return len(self.answers) - 1

    def wait(self, references: list[int], num_returns: int, timeout: float) -> Any:
        return references[:num_returns], references[num_returns:]

    def get(self, reference: int) -> Any:
        answer = self.answers[reference]()
        if isinstance(answer, Exception):
            raise answer
        return answer

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def nodes(self) -> Any:
        return [{"NodeID": NODE, "Alive": self.is_alive, "NodeManagerAddress": "here", "Resources": {"CPU": 3.0}}]

    def is_initialized(self) -> bool:
        return True

    def get_runtime_context(self) -> Any:
        return types.SimpleNamespace(get_worker_id=lambda: "driver")

    def cluster_resources(self) -> dict[str, float]:
        return {"CPU": 3.0}

    available_resources = cluster_resources

    def put(self, value: Any) -> Any:
        return value

    def kill(self, actor: Any) -> None:
        pass


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Ray:
    made = Ray()
    monkeypatch.setattr(_workers, "time", types.SimpleNamespace(monotonic=lambda: made.now, sleep=made.sleep))
    return made


def of(cluster: Ray, workers: int | None = None) -> Workers:
    made = Workers(None, workers, 1, {})
    made._ray = cluster
    return made


def wait(workers: Workers, cluster: Ray, seconds: float) -> list[Any]:
    """What happens in so many seconds."""
    events, until = [], cluster.now + seconds
    while cluster.now < until:
        events += workers.wait(0.0)
        cluster.now += 0.25
    return events


def joined(events: list[Any]) -> int:
    return sum(event[0] == "joined" for event in events)


@pytest.mark.parametrize(
    "failure",
    [never_ran, lambda: errors.ActorUnavailableError("no way", None), lambda: errors.NodeDiedError("it died")],
)
def test_workers_on_a_node_whose_death_is_not_noticed_yet_are_tried_again(
    cluster: Ray, caplog: pytest.LogCaptureFixture, failure: Callable[[], Exception]
) -> None:
    workers = of(cluster)
    cluster.hello = failure
    with caplog.at_level(logging.WARNING, "headstart.ray"):
        assert wait(workers, cluster, 20) == [] and not caplog.records
        assert wait(workers, cluster, 100) == []
    [record] = caplog.records
    reason = _workers._faults.short(str(failure()))
    assert record.message == (
        "no worker has begun in 30 s: each needs 1 CPU (3 there, 3 free); "
        f"the last one failed: {reason}; they are waited for"
    )
    assert "never ran" not in record.message
    # Three at a time, after pauses that grow.
    moments = sorted(set(cluster.begun))
    assert len(cluster.begun) == 3 * len(moments)
    pauses = [round(b - a) for a, b in zip(moments, moments[1:])]
    assert pauses[:6] == [1, 2, 4, 8, 16, 30] and set(pauses[6:]) <= {30}
    cluster.hello = cluster.ok
    assert joined(wait(workers, cluster, 31)) == 3


def test_what_one_dead_node_loses_stays_apart_from_who_works(cluster: Ray) -> None:
    workers = of(cluster, 2)
    answers = iter([cluster.ok(), *(never_ran() for _ in range(5))])
    cluster.hello = lambda: next(answers, cluster.ok())
    assert joined(wait(workers, cluster, 60)) == 2
    # Nor does it slow down those who come later.
    assert workers._next_look - cluster.now <= 1


MISSING = "RuntimeError: the class cannot be imported:\nModuleNotFoundError: No module named 'headstart'"


@pytest.mark.parametrize(
    ("failure", "sentence"),
    [
        (lambda: errors.RuntimeEnvSetupError("pip failed"), "no worker can be begun: pip failed"),
        (lambda: errors.ActorUnschedulableError("no such node"), "no worker can be begun: .*no such node"),
        (lambda: errors.ActorDiedError(raised(OSError("no disk"))), "no worker can be begun: OSError: no disk"),
        (lambda: raised(OSError("no disk")), "no worker can be begun: OSError: no disk"),
        (
            lambda: errors.ActorDiedError(raised(RuntimeError(), MISSING)),
            r"headstart is not installed on every node; install the wheel of version \d",
        ),
    ],
)
def test_what_all_workers_fail_for_is_refused(cluster: Ray, failure: Callable[[], Exception], sentence: str) -> None:
    workers = of(cluster, 1)
    cluster.hello = failure
    with pytest.raises(ClusterError, match=sentence):
        wait(workers, cluster, 60)
    assert len(cluster.begun) == 3


def test_that_counts_for_nothing_once_one_works_until_all_are_ended(
    cluster: Ray, caplog: pytest.LogCaptureFixture
) -> None:
    workers = of(cluster, 2)
    answers = iter([cluster.ok(), *(errors.RuntimeEnvSetupError("pip failed") for _ in range(9))])
    cluster.hello = lambda: next(answers, errors.RuntimeEnvSetupError("pip failed"))
    with caplog.at_level(logging.WARNING, "headstart.ray"):
        assert joined(wait(workers, cluster, 300)) == 1
    assert [record.message.endswith("pip failed; it is left out") for record in caplog.records] == [True]
    workers.end()
    with pytest.raises(ClusterError, match="no worker can be begun"):
        wait(workers, cluster, 60)


@pytest.mark.parametrize(
    ("failure", "reason", "with_node"),
    [
        (lambda: died("it has exited"), "the process was killed, perhaps for want of memory", False),
        (lambda: errors.OutOfMemoryError("too much"), "out of memory: Ray ended the process", False),
        (lambda: died("The actor died because its node has died"), "the node is gone", True),
        # Nobody knows of anything wrong with the process, and it does not come back until it is given up.
        (lambda: errors.ActorUnavailableError("no way", None), "it was not reached: ", True),
        # Ray's own fault, and not that of what it did.
        (lambda: raised(errors.RaySystemError("broken pipe")), "it was not reached: ", True),
        (lambda: raised(errors.ObjectLostError("00", None, "")), "it was not reached: ", True),
    ],
)
def test_why_a_worker_was_lost(cluster: Ray, failure: Callable[[], Exception], reason: str, with_node: bool) -> None:
    workers = of(cluster, 1)
    [(_, worker, node, _)] = wait(workers, cluster, 1)
    assert node == "here/012345"
    cluster.run = cluster.hello = failure
    workers.give(worker, b"", ["x"], {"x": b"1"})
    assert workers.lacks(["x"]) == []
    [(what, whose, why, of_node)] = wait(workers, cluster, 20)
    assert (what, whose, of_node) == ("left", worker, with_node)
    assert why.startswith(reason)
    if isinstance(failure(), errors.RayTaskError):
        assert workers.lacks(["x"]) == ["x"]


def test_what_a_parcel_raises_is_its_own_fault(cluster: Ray) -> None:
    workers = of(cluster, 1)
    [(_, worker, *_)] = wait(workers, cluster, 1)
    cluster.run = lambda: raised(ValueError("no such thing"))
    workers.give(worker, b"", [], {})
    assert wait(workers, cluster, 1) == [("failed", worker, "no such thing")]


def test_who_is_reached_again_has_lost_its_parcel_and_not_its_good_name(cluster: Ray) -> None:
    workers = of(cluster, 1)
    [(_, worker, *_)] = wait(workers, cluster, 1)
    cluster.run = lambda: errors.ActorUnavailableError("no way", None)
    workers.give(worker, b"", [], {})
    [left, _] = wait(workers, cluster, 3)
    assert left == ("left", worker, "it was not reached: the connection to its node was lost for a moment", True)
