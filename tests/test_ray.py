"""A batch on a Ray cluster: the same tracks as on this machine, whatever machine is lost."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.film_readers import batch, scripted, slow_model
from tests.test_archive import make, written
from vidocr.archive.crew import Limits, LocalCrew
from vidocr.archive.ray_crew import Cluster, RayCrew
from vidocr.errors import DependencyError

RUN = """
import json, os, sys, threading, time
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
from pathlib import Path
from ray.cluster_utils import Cluster as Nodes
from tests.film_readers import batch, scripted, slow_model
from vidocr.archive.ray_crew import Cluster, RayCrew

films, out, log, kill = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), sys.argv[4]
nodes = Nodes(initialize_head=True, head_node_args={"num_cpus": 0, "object_store_memory": 1 << 27})
extra = [nodes.add_node(num_cpus=1, object_store_memory=1 << 27) for _ in range(2)]
nodes.wait_for_nodes()
if kill == "kill":
    def lose():
        while len(list(out.rglob("*.srt"))) < 2:
            time.sleep(0.1)
        nodes.remove_node(extra[0], allow_graceful=False)
    threading.Thread(target=lose, daemon=True).start()
crew = RayCrew(scripted(("srt",), 0.4), Cluster(nodes.address, models=2), slow_model(8, 0.02, log))
tally = batch(films, out, crew=crew, backoff_s=0.1)
print(json.dumps([tally.done, [each.error for each in tally.failed]]))
nodes.shutdown()
"""


def on_cluster(films: Path, out: Path, log: Path, *, kill: bool) -> list[object]:
    how = "kill" if kill else "keep"
    done = subprocess.run(
        [sys.executable, "-c", RUN, str(films), str(out), str(log), how],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    told: list[object] = json.loads(done.stdout.splitlines()[-1])
    return told


def with_model_films(folder: Path) -> Path:
    films = make(folder, 10, "bad")
    for number in range(2):
        (films / f"model {number}.mp4").write_text("model 3")
    return films


@pytest.mark.slow
@pytest.mark.parametrize("kill", [False, True])
def test_two_nodes_write_what_one_machine_writes(tmp_path: Path, kill: bool) -> None:
    films = with_model_films(tmp_path / "films")
    log = tmp_path / "log"
    crew = LocalCrew(scripted(), 2, Limits(), slow_model(8, 0.02, log))
    batch(films, tmp_path / "local", crew=crew)
    done, failed = on_cluster(films, tmp_path / "ray", log, kill=kill)
    assert done == 12, failed
    assert isinstance(failed, list) and len(failed) == 1 and "take another" in failed[0]
    assert written(tmp_path / "ray") == written(tmp_path / "local")


def test_without_a_cluster_it_is_said_how_to_start_one(tmp_path: Path) -> None:
    pytest.importorskip("ray", reason="Ray is not installed")
    films = make(tmp_path / "films", 1)
    crew = RayCrew(scripted(), Cluster("127.0.0.1:1"))
    with pytest.raises(DependencyError, match="ray start --head"):
        batch(films, tmp_path / "out", crew=crew)
