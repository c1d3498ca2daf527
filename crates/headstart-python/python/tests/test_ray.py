"""Work on a Ray cluster of three nodes on this machine: the same bits as here, whatever is killed when."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import headstart
import headstart.ray
import pytest
from headstart import _native
from headstart.errors import ClusterError, UsageError
from headstart.ray._workers import Member, Workers

pytest.importorskip("ray")

STUDY = """
study = { axes = ['gain=0.1..10:log:12', 'lr=0.01..1:log:10'], traces = true }
[data]
data = 'circles'
samples = [60, 20]
[init]
seeds = 5
[training]
steps = 600
record-every = 200
"""

SMALL: dict[str, Any] = {"data": "circles", "samples": (40, 20), "steps": 60}


@pytest.fixture
def ray_folder() -> Iterator[str]:
    """Where Ray keeps what runs: of a short name, as sockets have to have."""
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as folder:
        yield folder


def test_where_no_cluster_runs_it_is_said_how_to_begin_one(ray_folder: str) -> None:
    script = "import headstart.ray; headstart.compare('circles', seeds=2, executor=headstart.ray.Cluster('auto'))"
    # Where Ray keeps what runs on this machine, there is nothing.
    environment = os.environ | {"RAY_TMPDIR": ray_folder}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert "headstart.errors.ClusterError: no Ray cluster is reached at address='auto': " in done.stderr
    assert "begin one with ray start --head" in done.stderr
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        with pytest.raises(ClusterError, match=f"no Ray cluster is reached at address='{address}': .*refused"):
            headstart.compare(**SMALL, seeds=2, executor=headstart.ray.Cluster(address))


def test_without_ray_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(ImportError, match=r'a cluster needs ray: pip install "headstart\[ray\]"'):
        headstart.compare("circles", seeds=2, executor="ray")


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (
            lambda: headstart.compare(**SMALL, executor="dask"),
            'executor is "threads", "ray" or a headstart.ray.Cluster',
        ),
        (lambda: headstart.compare(**SMALL, executor=3), "not 3"),
        (lambda: headstart.ray.Cluster(workers=0), "workers=0: at least 1 is needed"),
        (lambda: headstart.ray.Cluster(cpus=1.5), "cpus is a whole number, not 1.5"),  # type: ignore[arg-type]
        (
            lambda: headstart.ray.Cluster(num_cpus=2),
            "num_cpus is no option of a cluster: cpus says how many a worker has",
        ),
        (lambda: headstart.ray.Cluster(address=6379), "address is text"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_executor_is_refused(made: Callable[[], object], sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        made()


def test_without_a_cluster_one_begins_here_and_goes(tmp_path: Path, ray_folder: str) -> None:
    (tmp_path / "study.toml").write_text(STUDY.replace("steps = 600", "steps = 6000"))
    words = [sys.executable, "-m", "headstart.ray", "--out", "study.db", "study.toml"]
    environment = os.environ | {"RAY_TMPDIR": ray_folder}
    environment.pop("RAY_ADDRESS", None)

    def begun() -> subprocess.Popen[str]:
        return subprocess.Popen(words, stdout=-1, stderr=-1, text=True, cwd=tmp_path, env=environment)

    for stop in (signal.SIGINT, signal.SIGTERM):
        with begun() as command:
            while not workers_here():
                assert command.poll() is None, command.communicate()
                time.sleep(0.05)
            time.sleep(1.0)
            command.send_signal(stop)
            _, said = command.communicate(timeout=30)
        assert (command.returncode, said.count("SIGTERM")) == (1, 0), said
        assert "runs are left: headstart study resume" in said.replace("\n", " ")
        assert not workers_here()


class Nodes:
    """A cluster of a head without CPUs and three nodes of one each."""

    def __init__(self) -> None:
        import ray
        from ray.cluster_utils import Cluster

        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        self.nodes = [self.cluster.add_node(num_cpus=1) for _ in range(3)]
        self.address = self.cluster.address
        ray.init(address=self.address, log_to_driver=False, logging_level="error")

    def kill(self, node: Any) -> None:
        """All processes of a node, by SIGKILL."""
        self.nodes.remove(node)
        self.cluster.remove_node(node, allow_graceful=False)

    def fill(self) -> None:
        """Three nodes again."""
        while len(self.nodes) < 3:
            self.nodes.append(self.cluster.add_node(num_cpus=1))

    def close(self) -> None:
        import ray

        ray.shutdown()
        self.cluster.shutdown()


@pytest.fixture(scope="module")
def nodes() -> Iterator[Nodes]:
    nodes = Nodes()
    yield nodes
    nodes.close()


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A study, and what one process exports of it."""
    folder = tmp_path_factory.mktemp("study")
    file = folder / "study.toml"
    file.write_text(STUDY)
    headstart.sweep(config=file, out=folder / "here.db")
    return file, exported(folder / "here.db")


def exported(store: Path) -> str:
    """All runs and all traces of a store."""
    runs, traces = store.with_suffix(".csv"), store.with_suffix(".traces.csv")
    headstart.study.export(store, csv=runs, traces_csv=traces)
    return runs.read_text() + traces.read_text()


def workers_here() -> list[int]:
    """The processes of workers on this machine."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if b"ray::Worker" in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass  # It has ended.
    return found


def without_times(result: Any) -> str:
    """A document without what differs from run to run."""

    def clean(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: clean(of) for key, of in value.items() if key not in ("seconds", "store")}
        return [clean(of) for of in value] if isinstance(value, list) else value

    return json.dumps(clean(json.loads(result.json())))


CALLS: dict[str, Callable[..., Any]] = {
    "compare": lambda **more: headstart.compare(**SMALL, init=["he", "normal:3"], seeds=9, **more),
    "compare auto": lambda **more: headstart.compare(**SMALL, init=["he", "normal:0.1"], seeds="auto", **more),
    "map": lambda **more: headstart.map(**SMALL, x="gain=0.1..10:log:5", y="lr=0.01..1:log:4", **more),
    "explain": lambda **more: headstart.explain("circles", init="normal:0.1", steps=300, verify=True, **more),
    "advise": lambda **more: headstart.advise("circles", lr=0.1, steps=60, budget="20ksteps", **more),
    "replicate": lambda **more: headstart.replicate("dls-thread", **more),
}


def test_calls_have_the_figures_that_they_have_here(nodes: Nodes) -> None:
    with headstart.ray.Cluster(nodes.address) as cluster:
        for name, call in CALLS.items():
            assert without_times(call(executor=cluster)) == without_times(call()), name


def test_arrays_in_memory_go_to_the_nodes(nodes: Nodes) -> None:
    import numpy as np

    x = np.random.default_rng(0).normal(size=(200, 3))
    call = lambda **more: headstart.compare(x, x[:, 0] > 0, seeds=20, steps=50, **more)  # noqa: E731
    with headstart.ray.Cluster(nodes.address, workers=2) as cluster:
        assert without_times(call(executor=cluster)) == without_times(call())


def test_workers_of_several_cpus_do_the_same(nodes: Nodes, study: tuple[Path, str], tmp_path: Path) -> None:
    nodes.nodes.append(nodes.cluster.add_node(num_cpus=2))
    file, here = study
    headstart.ray.run(file, out=tmp_path / "two.db", address=nodes.address, cpus=2)
    assert exported(tmp_path / "two.db") == here
    nodes.kill(nodes.nodes[-1])


@pytest.mark.parametrize("moment", range(10))
def test_a_node_is_killed(nodes: Nodes, study: tuple[Path, str], tmp_path: Path, moment: int) -> None:
    nodes.fill()
    file, here = study
    node, wait = nodes.nodes[moment % 3], random.uniform(0.1, 3.5)

    def kill() -> None:
        time.sleep(wait)
        nodes.kill(node)

    killer = threading.Thread(target=kill)
    killer.start()
    done = headstart.ray.run(file, out=tmp_path / "study.db", address=nodes.address)
    killer.join()
    assert (done.runs, done.failed) == (done.wanted, ()), f"killed after {wait} s"
    assert exported(tmp_path / "study.db") == here, f"killed after {wait} s"


@pytest.mark.parametrize("moment", range(10))
def test_the_driver_is_killed_and_begins_again(
    nodes: Nodes, study: tuple[Path, str], tmp_path: Path, moment: int
) -> None:
    nodes.fill()
    (file, here), store, wait = study, tmp_path / "study.db", random.uniform(1.0, 5.0)
    words = [sys.executable, "-m", "headstart.ray", "--address", nodes.address, file, "--out", store]
    with subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as driver:
        time.sleep(wait)
        driver.send_signal(signal.SIGKILL)
    done = headstart.ray.run(file, out=store, address=nodes.address)
    assert done.runs == done.wanted, f"killed after {wait} s"
    assert exported(store) == here, f"killed after {wait} s"


def test_workers_are_killed_and_nodes_join_late(nodes: Nodes, study: tuple[Path, str], tmp_path: Path) -> None:
    nodes.fill()
    while len(nodes.nodes) > 1:
        nodes.kill(nodes.nodes[-1])
    longer = {"config": study[0], "steps": 2500}
    headstart.sweep(**longer, out=tmp_path / "here.db")
    crews: list[int] = []

    def heard(event: dict[str, Any]) -> None:
        if event["event"] == "progress" and event["workers"] not in crews:
            crews.append(event["workers"])
            if event["workers"] == 1 and len(nodes.nodes) == 1:
                os.kill(workers_here()[0], signal.SIGKILL)
                nodes.fill()

    with headstart.ray.Cluster(nodes.address) as cluster:
        done = headstart.sweep(**longer, out=tmp_path / "study.db", executor=cluster, progress=heard)
    assert (done.failed, exported(tmp_path / "study.db")) == ((), exported(tmp_path / "here.db"))
    assert max(crews) > 1, crews


def test_to_cancel_ends_all_tasks_within_a_second(nodes: Nodes, study: tuple[Path, str], tmp_path: Path) -> None:
    nodes.fill()

    class Enough(Exception):
        """What whoever listens raises."""

    def heard(event: dict[str, Any]) -> None:
        # Two are enough: on a busy machine the third may come late.
        if event["event"] == "progress" and event["workers"] > 1 and event["share"] > 0.1:
            raise Enough

    with pytest.raises(Enough):
        headstart.ray.run(study[0], out=tmp_path / "study.db", address=nodes.address, steps=30000, progress=heard)
    begin = time.monotonic()
    while workers_here():
        time.sleep(0.01)
    assert time.monotonic() - begin < 1
    # What was done is kept.
    looked = headstart.study.show(tmp_path / "study.db")
    assert 0 < looked.runs < looked.wanted
    with headstart.ray.Cluster(nodes.address) as cluster:
        more = headstart.study.resume(tmp_path / "study.db", budget="8s", executor=cluster)
    assert looked.runs < more.runs


def test_a_cluster_is_used_again_after_whatever_ended_it(nodes: Nodes) -> None:
    import ray

    call = lambda **more: without_times(headstart.compare(**SMALL, seeds=9, **more))  # noqa: E731
    here = call()
    cluster = headstart.ray.Cluster(nodes.address)
    assert call(executor=cluster) == here
    cluster.close()
    assert call(executor=cluster) == here
    ray.shutdown()
    assert call(executor=cluster) == here
    ray.shutdown()
    ray.init(address=nodes.address, log_to_driver=False, logging_level="error")
    assert call(executor=cluster) == here
    cluster.close()


def test_nodes_with_another_version_are_refused(nodes: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    nodes.fill()
    here = _native.__version__
    monkeypatch.setattr(_native, "__version__", "9.9.9")
    with pytest.raises(
        ClusterError, match=rf"headstart {here} is on node .*, and 9\.9\.9 is here, .*install the same wheel"
    ):
        headstart.compare(**SMALL, seeds=3, executor=headstart.ray.Cluster(nodes.address))


def test_where_no_worker_can_be_begun_it_is_said_why(nodes: Nodes) -> None:
    with pytest.raises(ClusterError, match="Ray does not take these options"):
        headstart.compare(**SMALL, seeds=3, executor=headstart.ray.Cluster(nodes.address, colour="red"))


def test_the_program_shows_what_the_other_one_shows(nodes: Nodes, tmp_path: Path) -> None:
    words = ["compare", "--data", "circles", "--samples", "40,20", "--steps", "50", "--seeds", "5"]
    here = subprocess.run([sys.executable, "-m", "headstart", *words], capture_output=True, text=True)
    there = subprocess.run(
        [sys.executable, "-m", "headstart.ray", "--address", nodes.address, *words], capture_output=True, text=True
    )
    assert (there.stdout, there.returncode) == (here.stdout, 0), there.stderr
    refused = subprocess.run([sys.executable, "-m", "headstart.ray", "copmare"], capture_output=True, text=True)
    assert refused.returncode == 2 and "compare" in refused.stderr


def test_what_the_page_shows_runs(nodes: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = Path(__file__).parents[4]
    text = (root / "docs/cluster.md").read_text()
    (tmp_path / "examples").symlink_to(root / "examples")
    monkeypatch.chdir(tmp_path)
    nodes.fill()
    [block] = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    exec(block, {})
    assert headstart.study.show("study.db").runs == 2000
    for link in re.findall(r"\]\(([^)#]+)", text):
        assert link.startswith("https:") or (root / "docs" / link).exists(), link


def test_what_is_not_there_is_said_in_words() -> None:
    workers = Workers("auto", None, 1, {"memory": 5})
    assert workers.in_words() == "address='auto', cpus=1, memory=5"
    assert repr(headstart.ray.Cluster(workers=3)) == "Cluster(workers=3, cpus=1)"
    assert Member(None).node == ""
