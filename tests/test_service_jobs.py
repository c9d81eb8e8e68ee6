"""The life of jobs, by a real client over the loopback."""

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import psutil
import pytest

from tests.films import write_cut_off
from tests.serving import JSON, ROOT, Server, code, make_film, until
from vidocr.service.webhooks import signature

SECRET = "a secret"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("service")


@pytest.fixture(scope="module")
def film(folder: Path) -> Path:
    (folder / "films").mkdir()
    return make_film(folder / "films" / "The lake.mp4")


@pytest.fixture(scope="module")
def server(folder: Path, film: Path) -> Iterator[Server]:
    flags = ["--root", str(film.parent), "--queue", "3", "--upload-mb", "1", "--film-hours", "0.02"]
    flags += ["--webhook-private", "--webhook-secret", SECRET, "--engine", "fake"]
    with Server(folder / "data", *flags) as running:
        yield running
    children = psutil.Process().children(recursive=True)
    assert not [each for each in children if "spawn_main" in " ".join(each.cmdline())]


@pytest.fixture(scope="module")
def done(server: Server, film: Path) -> JSON:
    job = server.ended(server.job(film))
    assert job["state"] == "done", job
    return job


@pytest.fixture(autouse=True)
def no_rests(request: pytest.FixtureRequest) -> Iterator[None]:
    """Nothing of an upload is left behind, whatever came of it."""
    yield
    if "server" in request.fixturenames:
        assert not list((request.getfixturevalue("folder") / "data" / "uploads").iterdir())


def test_a_film_becomes_a_track(server: Server, film: Path) -> None:
    answer = server.send(film, options=json.dumps({"grid_ms": 300}))
    job = answer.json()
    assert answer.status_code == 201 and answer.headers["location"] == f"/v1/jobs/{job['id']}"
    assert job["name"] == "The lake.mp4" and job["state"] == "queued" and job["owner"] == "local"
    assert job["film"]["width"] == 320 and job["film"]["bytes"] == film.stat().st_size

    events = list(server.events(job))
    states = [told["state"] for event, told in events if event == "job"]
    assert states[-1] == "done" and states == sorted(
        states, key=["queued", "running", "done"].index
    )
    shares = [told["share"] for event, told in events if event == "progress"]
    assert shares == sorted(shares)

    now = server.get(f"/v1/jobs/{job['id']}")
    assert now == events[-1][1] and now["cues"] == 1 and now["engine"] == "fake"
    assert now["tries"] == 1 and now["options"] == {"grid_ms": 300} and now["progress"] is None
    track = server.client.get(f"/v1/jobs/{job['id']}/tracks/srt")
    assert "filename*=UTF-8''The%20lake.srt" in track.headers["content-disposition"]
    alone = film.parent.parent / "alone.srt"
    command = ("-m", "vidocr.cli", str(film), "-o", str(alone), "--engine", "fake", "-q")
    subprocess.run([sys.executable, *command, "--grid-ms", "300"], check=True, cwd=ROOT)
    assert track.text == alone.read_text()


def test_a_film_that_was_cut_off_is_told(server: Server, done: JSON, tmp_path: Path) -> None:
    film = write_cut_off(tmp_path / "film.mp4")
    job = server.ended(server.job(film))
    assert (job["state"], job["ends_early"], done["ends_early"]) == ("done", True, False)


def test_what_bears_a_cue_out_can_be_looked_at(server: Server, done: JSON, film: Path) -> None:
    at = f"/v1/jobs/{done['id']}"
    (cue,) = server.get(f"{at}/cues")["cues"]
    assert (cue["start_us"], cue["end_us"]) == (500_000, 1_500_000)
    assert cue["origins"] == [0] and cue["pictures"] == 1 and cue["position"] == "bottom"
    picture = server.client.get(f"{at}/cues/0/picture")
    assert picture.headers["content-type"] == "image/jpeg" and picture.content[:2] == b"\xff\xd8"
    assert code(server.client.get(f"{at}/cues/0/picture?line=1")) == (404, "not_found")
    assert code(server.client.get(f"{at}/cues/1/picture")) == (404, "not_found")
    frame = server.client.get(f"{at}/frame", params={"time_us": 900_000, "side": 160})
    assert frame.headers["content-type"] == "image/jpeg" and len(frame.content) > 500
    starts = server.get(f"{at}/frames?from_us=500000&until_us=900000")["starts_us"]
    assert starts == [500_000, 600_000, 700_000, 800_000]
    assert len(server.get(f"{at}/frames")["starts_us"]) == 20
    told = server.get(f"{at}/rejects")
    assert told["report"]["frames"] == 20 and isinstance(told["rejects"], list)


def test_the_film_is_given_in_ranges(server: Server, done: JSON, film: Path) -> None:
    content, at = film.read_bytes(), f"/v1/jobs/{done['id']}/film"
    whole = server.client.get(at)
    assert whole.content == content and whole.headers["content-type"] == "video/mp4"
    part = server.client.get(at, headers={"Range": "bytes=100-199"})
    assert part.status_code == 206 and part.content == content[100:200]
    assert part.headers["content-range"] == f"bytes 100-199/{len(content)}"
    assert server.client.get(at, headers={"Range": "bytes=99999999-"}).status_code == 416


def test_edits_are_kept_and_do_not_run_over_those_of_others(server: Server, done: JSON) -> None:
    at = f"/v1/jobs/{done['id']}"
    before = server.get(f"{at}/cues")
    split: JSON = {
        "revision": before["revision"],
        "cues": [
            {"start_us": 2_000_000, "end_us": 3_000_000, "lines": ["By hand"]},
            {"start_us": 1_000_000, "end_us": 1_500_000, "lines": ["<b>2</b>"], "origins": [0]},
            {"start_us": 500_000, "end_us": 1_000_000, "lines": ["1"], "origins": [0],
             "accepted": True, "language": "pt-BR"},
        ],
    }  # fmt: skip
    answer = server.client.put(f"{at}/cues", json=split)
    made = answer.json()
    assert answer.status_code == 200 and made["revision"] == before["revision"] + 1
    assert [cue["lines"] for cue in made["cues"]] == [["1"], ["<b>2</b>"], ["By hand"]]
    assert [cue["pictures"] for cue in made["cues"]] == [1, 1, 0]
    assert [cue["accepted"] for cue in made["cues"]] == [True, False, False]
    assert made["cues"][0]["engine"] == "fake" and made["cues"][0]["language"] == "pt-BR"
    assert server.get(f"{at}/cues") == made and server.get(at)["revision"] == made["revision"]

    late = server.client.put(f"{at}/cues", json=split)
    assert code(late) == (409, "conflict")
    assert late.headers["x-revision"] == str(made["revision"])
    track = server.client.get(f"{at}/tracks/vtt").text
    assert re.findall(r"00:0\S+ --> 00:0\S+", track) == [
        "00:00:00.500 --> 00:00:01.000",
        "00:00:01.000 --> 00:00:01.500",
        "00:00:02.000 --> 00:00:03.000",
    ]
    assert server.get(f"{at}/cues?original=true") == {"revision": 0} | {
        "cues": server.get(f"{at}/cues?original=true")["cues"]
    }
    assert len(server.get(f"{at}/cues?original=true")["cues"]) == 1


@pytest.mark.parametrize(
    "cue",
    [
        {"start_us": 5, "end_us": 5, "lines": ["x"]},
        {"start_us": -1, "end_us": 5, "lines": ["x"]},
        {"start_us": 0, "end_us": 5, "lines": [" ", ""]},
        {"start_us": 0, "end_us": 5, "lines": ["a\nb"]},
        {"start_us": 0, "end_us": 5, "lines": []},
        {"start_us": 0, "end_us": 5, "lines": ["x"], "origins": [1]},
        {"start_us": 0, "end_us": 5, "lines": ["x"], "place": [0.5, 0, 0.5, 1]},
        {"start_us": 0, "end_us": 5, "lines": ["x"], "colour": "red"},
    ],
)
def test_cues_that_can_not_be_are_refused(server: Server, done: JSON, cue: JSON) -> None:
    at = f"/v1/jobs/{done['id']}/cues"
    revision = server.get(at)["revision"]
    answer = server.client.put(at, json={"revision": revision, "cues": [cue]})
    assert code(answer) == (422, "invalid")
    assert server.get(at)["revision"] == revision


def test_a_held_film_waits_for_its_start(server: Server, film: Path) -> None:
    job = server.job(film, hold="true")
    at = f"/v1/jobs/{job['id']}"
    assert job["state"] == "held"
    found = server.client.post(f"{at}/region", json={}).json()
    assert (found["width"], found["height"]) == (320, 180)
    (region,) = found["regions"]
    assert region["y"] > 90
    asked = {"options": {"regions": ["0,0,100%,20%"]}}
    assert server.client.post(f"{at}/region", json=asked).json()["regions"][0]["height"] == 36
    assert code(server.client.get(f"{at}/cues")) == (409, "conflict")
    started = server.client.post(f"{at}/start", json=asked)
    assert started.status_code == 200 and started.json()["options"] == asked["options"]
    assert code(server.client.post(f"{at}/start", json={})) == (409, "conflict")
    assert server.ended(job)["cues"] == 0  # there is no text up there
    assert server.client.delete(at).status_code == 204


def test_a_film_below_a_root_is_named_by_its_path(server: Server, film: Path) -> None:
    roots = server.get("/v1/films")["roots"]
    (entry,) = server.get(f"/v1/films?under={roots[0]}")["entries"]
    assert entry["name"] == film.name and not entry["folder"]
    answer = server.client.post("/v1/jobs", json={"path": entry["path"]})
    assert answer.status_code == 201 and answer.json()["name"] == film.name
    job = server.ended(answer.json())
    assert job["cues"] == 1
    at = f"/v1/jobs/{job['id']}"
    assert server.client.get(f"{at}/film").content == film.read_bytes()
    assert server.client.delete(at).status_code == 204 and film.exists()


def test_a_job_that_has_failed_can_be_started_again(server: Server, film: Path) -> None:
    gone = film.with_name("gone.mp4")
    shutil.copy(film, gone)
    job = server.client.post("/v1/jobs", json={"path": str(gone), "hold": True}).json()
    gone.unlink()
    assert server.client.post(f"/v1/jobs/{job['id']}/start", json={}).status_code == 200
    failed = server.ended(job)
    assert failed["state"] == "failed" and failed["error"]["code"] == "forbidden"
    assert code(server.client.get(f"/v1/jobs/{job['id']}/film")) == (403, "forbidden")
    shutil.copy(film, gone)
    again = server.client.post(f"/v1/jobs/{job['id']}/start", json={"options": {"end": 1}})
    assert again.json()["error"] is None
    done = server.ended(job)
    assert done["state"] == "done" and done["options"] == {"end": 1} and done["tries"] == 1
    assert server.client.delete(f"/v1/jobs/{job['id']}").status_code == 204
    gone.unlink()


def test_paths_outside_of_the_roots_are_refused(server: Server, film: Path) -> None:
    outside = make_film(film.parent.parent / "outside.mp4")
    link = film.parent / "link.mp4"
    link.symlink_to(outside)
    try:
        for path in (outside, link, film.parent / ".." / "outside.mp4", "/etc/passwd",
                     film.parent / "none.mp4", film.name, "a\0b", "x" * 4000):  # fmt: skip
            answer = server.client.post("/v1/jobs", json={"path": str(path)})
            assert code(answer) == (403, "forbidden"), path
            assert str(outside) not in answer.text
    finally:
        link.unlink()
    assert code(server.client.get("/v1/films?under=/etc")) == (403, "forbidden")


def test_what_is_no_film_is_refused_before_it_waits(server: Server, tmp_path: Path) -> None:
    jobs = len(server.get("/v1/jobs")["jobs"])
    playlist = tmp_path / "list.mp4"
    playlist.write_text("#EXTM3U\n#EXTINF:5,\n/etc/passwd\n#EXT-X-ENDLIST\n")
    sound = tmp_path / "noise.mp4"
    sound.write_bytes(os.urandom(5000))
    empty = tmp_path / "empty.mp4"
    empty.touch()
    large = tmp_path / "large.mp4"
    large.write_bytes(bytes(1_000_001))
    long = make_film(tmp_path / "long.mp4", 80)
    for path, expected in (
        (playlist, (415, "unsupported")),
        (sound, (415, "unsupported")),
        (empty, (422, "invalid")),
        (large, (413, "too_large")),
        (long, (422, "invalid")),
    ):
        answer = server.send(path)
        assert code(answer) == expected, path
        assert str(server.data) not in answer.text, "where things are kept is nobody's business"
    assert len(server.get("/v1/jobs")["jobs"]) == jobs


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"options": "{"}, 422),
        ({"options": "[]"}, 422),
        ({"options": '{"grid_ms": 1}'}, 422),
        ({"options": '{"server_url": "http://localhost"}'}, 422),
        ({"options": '{"model": "/etc"}'}, 422),
        ({"options": '{"engine": "hunyuan"}'}, 422),
        ({"options": '{"lang": "Klingon"}'}, 422),
        ({"hold": "perhaps"}, 422),
        ({"webhook": "ftp://example.org"}, 422),
        ({"colour": "red"}, 422),
        ({"options": " " * 70_000}, 413),
    ],
)
def test_wrong_fields_are_refused(
    server: Server, film: Path, fields: dict[str, str], expected: int
) -> None:
    assert code(server.send(film, **fields))[0] == expected


def test_wrong_bodies_are_refused(server: Server) -> None:
    post = server.client.post
    form = {"Content-Type": "multipart/form-data; boundary=x"}
    assert code(post("/v1/jobs", content=b"film")) == (415, "unsupported")
    assert code(post("/v1/jobs", content=b"film", headers=form)) == (400, "bad_request")
    cut = b'--x\r\nContent-Disposition: form-data; name="film"; filename="a"\r\n\r\nabc'
    assert code(post("/v1/jobs", content=cut, headers=form)) == (400, "bad_request")
    assert code(post("/v1/jobs", data={"hold": "true"}, files={"other": b"x"})) == (422, "invalid")
    assert code(post("/v1/jobs", json={})) == (422, "invalid")
    assert code(post("/v1/jobs", json={"path": 3})) == (422, "invalid")
    assert code(server.client.get("/v1/nothing")) == (404, "not_found")
    assert code(server.client.patch("/v1/jobs")) == (405, "method_not_allowed")
    assert code(server.client.get(f"/v1/jobs/{'0' * 24}")) == (404, "not_found")
    assert code(server.client.get("/v1/jobs/..%2f..")) == (404, "not_found")


def test_a_queue_that_is_full_says_when_to_come_again(server: Server, film: Path) -> None:
    held = [server.job(film, hold="true") for _ in range(3)]
    answer = server.send(film)
    assert code(answer) == (429, "full") and int(answer.headers["retry-after"]) > 0
    for job in held:
        assert server.client.delete(f"/v1/jobs/{job['id']}").status_code == 204


def test_a_job_that_runs_can_be_ended(server: Server, tmp_path: Path) -> None:
    job = server.job(make_film(tmp_path / "longer.mp4", 58))
    at = f"/v1/jobs/{job['id']}"
    events = server.events(job)
    assert next(told for _, told in events if told["state"] == "running")
    assert (server.data / "jobs" / job["id"]).is_dir()
    assert server.client.delete(at).status_code == 204
    assert list(events)[-1] == ("gone", {"id": job["id"]})
    assert code(server.client.get(at)) == (404, "not_found")
    assert code(server.client.delete(at)) == (404, "not_found")
    assert not (server.data / "jobs" / job["id"]).exists()


def test_answers_do_not_wait_for_a_full_packet(server: Server) -> None:
    def taken_s() -> float:
        began = time.perf_counter()
        server.get("/healthz")
        return time.perf_counter() - began

    assert sorted(taken_s() for _ in range(20))[10] < 0.03  # else the client's delayed ACK: 0.04


def test_jobs_are_listed_page_by_page(server: Server, done: JSON) -> None:
    everything = server.get("/v1/jobs?state=done")["jobs"]
    assert done["id"] in [job["id"] for job in everything]
    pages, before = [], ""
    while True:
        page = server.get(f"/v1/jobs?state=done&limit=2{before}")
        pages += page["jobs"]
        if page["next"] is None:
            break
        before = f"&before={page['next']}"
    assert [job["id"] for job in pages] == [job["id"] for job in everything]


class Hooks(ThreadingHTTPServer):
    """Takes in webhooks; the first of them it refuses."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Hook)
        self.came: list[tuple[dict[str, str], bytes]] = []


class _Hook(BaseHTTPRequestHandler):
    server: Hooks

    def do_POST(self) -> None:  # noqa: N802  # named so by http.server
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.came.append((dict(self.headers), body))
        self.send_response(503 if len(self.server.came) == 1 else 204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


def test_who_wants_to_know_is_called_until_they_hear(server: Server, film: Path) -> None:
    with Hooks() as hooks:
        Thread(target=hooks.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{hooks.server_address[1]}/told?x=1"
        job = server.job(film, webhook=url)
        assert job["webhook"]["state"] == "waiting"

        def delivered() -> JSON | None:
            hook: JSON = server.get(f"/v1/jobs/{job['id']}")["webhook"]
            return hook if hook["state"] != "waiting" else None

        hook = until(delivered)
        hooks.shutdown()
    assert hook["state"] == "delivered" and hook["tries"] == 2 == len(hooks.came)
    headers, body = hooks.came[-1]
    assert headers["X-Vidocr-Event"] == json.loads(body)["event"] == "job.done"
    assert headers["X-Vidocr-Delivery"] == job["id"] == json.loads(body)["job"]["id"]
    signed = signature(SECRET, headers["X-Vidocr-Timestamp"], body)
    assert headers["X-Vidocr-Signature"] == signed


def test_another_service_does_not_take_the_same_folder(server: Server) -> None:
    command = ("-m", "vidocr.cli", "serve", "--port", "0", "--data", str(server.data))
    done = subprocess.run([sys.executable, *command], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 2 and "another vidocr serve uses it" in done.stderr


def times(folder: Path) -> dict[Path, int]:
    """When the outputs of all jobs were written."""
    return {path: path.stat().st_mtime_ns for path in (folder / "data/jobs").rglob("*.json")}


def test_a_service_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    films = [make_film(tmp_path / f"{n}.mp4", 58) for n in range(3)]
    flags = ("--engine", "fake", "--at-once", "2")
    with Server(tmp_path / "data", *flags) as first:
        jobs = [first.job(film) for film in films]

        def under_way() -> list[JSON]:
            now = [first.get(f"/v1/jobs/{job['id']}") for job in jobs]
            return now if any(job["progress"] for job in now) else []

        before = until(under_way)
        first.kill()
    assert {(job["progress"] or {}).get("total_us") for job in before} >= {58_000_000}
    with Server(tmp_path / "data", *flags) as second:
        ended = [second.ended(job) for job in jobs]
        assert [job["state"] for job in ended] == ["done"] * 3
        assert [job["cues"] for job in ended] == [29] * 3
        tries = {"queued": (1, 2), "running": (1, 2), "done": (1,)}  # since then it went on
        for job, earlier in zip(ended, before, strict=True):
            assert job["tries"] in tries[earlier["state"]]
        assert max(job["tries"] for job in ended) == 2
        kept = {path.name for path in (tmp_path / "data" / "jobs").iterdir()}
        assert kept == {job["id"] for job in jobs}
        written = times(tmp_path)
    with Server(tmp_path / "data", *flags) as third:
        assert [third.ended(job) for job in jobs] == ended
        assert times(tmp_path) == written and len(written) == 9


def test_a_film_that_takes_too_long_fails_alone(tmp_path: Path) -> None:
    long = make_film(tmp_path / "b.mp4", 200)
    with Server(tmp_path / "data", "--engine", "fake", "--film-timeout-s", "0.5") as server:
        failed = server.ended(server.job(long))
        assert failed["state"] == "failed" and failed["error"]["code"] == "invalid"
        assert failed["error"]["message"].startswith("b.mp4: it took longer than 0.5 s")
        assert server.get("/readyz")["ready"]


def test_a_host_that_others_reach_needs_authentication(tmp_path: Path) -> None:
    command = ("-m", "vidocr.cli", "serve", "--port", "0", "--host", "0.0.0.0")
    done = subprocess.run(
        [sys.executable, *command, "--data", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        cwd=ROOT,
    )
    assert done.returncode == 2 and "nothing tells people apart" in done.stderr
    assert not (tmp_path / "data").exists()
