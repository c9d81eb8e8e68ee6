"""What the service knows of its jobs, and keeps."""

import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from vidocr.errors import OutputError
from vidocr.service.refusals import Refusal
from vidocr.service.store import DELIVERED, Job, Store

ROOM = 5


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "jobs.sqlite", ROOM)
    yield store
    store.close()


def add(store: Store, name: str, state: str = "queued", owner: str = "a", **more: object) -> Job:
    job = Job(id=name, owner=owner, name=f"{name}.mp4", state=state, created=time.time(), **more)  # type: ignore[arg-type]  # fields
    store.add(job)
    return job


def test_a_job_is_kept_with_all_that_is_told_of_it(store: Store, tmp_path: Path) -> None:
    job = add(store, "a", options={"start": "1:30"}, film={"width": 3}, webhook="http://x")
    assert store.get("a") == job and store.get("b") is None
    other = Store(tmp_path / "jobs.sqlite", ROOM)
    assert other.get("a") == job
    other.close()


def test_the_oldest_that_waits_is_taken_first_and_once(store: Store) -> None:
    for name in "abcde":
        add(store, name)
    with ThreadPoolExecutor(8) as pool:
        taken = list(pool.map(lambda _: store.take(), range(8)))
    assert sorted(job.id for job in taken if job) == list("abcde")
    assert taken.count(None) == 3
    assert {job.tries for job in taken if job} == {1}


def test_no_more_wait_than_may(store: Store) -> None:
    for name in "abcd":
        add(store, name)
    add(store, "e", "held")
    with pytest.raises(Refusal) as refusal:
        add(store, "f")
    assert refusal.value.status == 429
    assert store.take() is not None
    add(store, "f")
    with pytest.raises(Refusal):
        store.check_room("a")


def test_no_one_takes_all_the_room(tmp_path: Path) -> None:
    store = Store(tmp_path / "jobs.sqlite", ROOM, each=2)
    add(store, "c", "done")
    for name in "ab":
        add(store, name)
    for _ in range(2):
        with pytest.raises(Refusal, match="2 of your jobs"):
            add(store, "d")
    store.check_room("b")
    add(store, "d", owner="b")
    assert store.take() is not None
    add(store, "e")
    store.close()


def test_many_who_come_at_once_do_not_overrun_the_queue(store: Store) -> None:
    def come(number: int) -> bool:
        try:
            add(store, str(number))
        except Refusal:
            return False
        return True

    with ThreadPoolExecutor(10) as pool:
        assert sum(pool.map(come, range(40))) == ROOM


def test_a_job_goes_through_its_states(store: Store) -> None:
    add(store, "a", "held")
    with pytest.raises(Refusal) as refusal:
        store.start("b", None)
    assert refusal.value.status == 409
    assert store.take() is None
    assert store.start("a", {"end": 3}).options == {"end": 3}
    with pytest.raises(Refusal):
        store.start("a", None)
    assert store.take() is not None
    store.fail("a", "invalid", "why")
    failed = store.get("a")
    assert failed and failed.error == {"code": "invalid", "message": "why"} and failed.ended
    again = store.start("a", None)
    assert again.state == "queued" and again.error is None and again.options == {"end": 3}
    store.take()
    store.finish("a", {"cues": 3})
    done = store.get("a")
    assert done and done.state == "done" and done.result == {"cues": 3}
    assert store.counts() == {"held": 0, "queued": 0, "running": 0, "done": 1, "failed": 0}
    store.remove("a")
    assert store.get("a") is None and store.ids() == []
    store.finish("a", {})
    store.queue_again("a")
    store.fail("a", "x", "y")
    assert store.ids() == [], "what was removed does not come back"


def test_what_ran_when_the_service_ended_waits_again_but_not_for_ever(store: Store) -> None:
    add(store, "a")
    add(store, "b")
    for _ in range(2):
        assert (job := store.take()) and job.id == "a"
        store.resume()
    assert (job := store.take()) and job.tries == 3
    store.resume()
    failed = store.get("a")
    assert failed and failed.state == "failed" and failed.error
    assert (job := store.take()) and job.id == "b" and job.tries == 1


def test_one_sees_nothing_of_anothers(store: Store) -> None:
    for name, owner in (("a", "x"), ("b", "y"), ("c", "x")):
        add(store, name, owner=owner)
    assert [job.id for job in store.jobs("x", None, None, 10)] == ["c", "a"]
    assert [job.id for job in store.jobs(None, None, None, 10)] == ["c", "b", "a"]
    assert [job.id for job in store.jobs(None, "queued", "c", 1)] == ["b"]
    assert store.jobs("z", None, None, 10) == []
    assert store.jobs("x", "done", None, 10) == []
    assert store.jobs("x", None, "none", 10) == []


def test_of_two_edits_of_one_revision_one_wins(store: Store) -> None:
    add(store, "a")
    assert store.edits("a") == (0, None)
    gate = threading.Barrier(6)

    def edit(number: int) -> bool:
        gate.wait()
        try:
            return store.edit("a", 0, f"[{number}]") == 1
        except Refusal as refusal:
            assert refusal.status == 409 and refusal.headers == {"X-Revision": "1"}
            return False

    with ThreadPoolExecutor(6) as pool:
        won = list(pool.map(edit, range(6)))
    assert sum(won) == 1 and store.edits("a") == (1, f"[{won.index(True)}]")
    assert store.edit("a", 1, "[]") == 2


def test_webhooks_are_due_at_the_end_of_a_job(store: Store) -> None:
    add(store, "a", webhook="http://x")
    add(store, "b")
    for name in "ab":
        store.take()
        assert store.due_hooks() == ([] if name == "a" else [store.hook("a")])
        store.finish(name, {})
    (hook,) = store.due_hooks()
    assert hook.id == "a" and store.hook("b") is None
    store.save_hook(replace(hook, due=time.time() + 9, tries=1))
    assert store.due_hooks() == []
    store.save_hook(replace(hook, state=DELIVERED))
    assert store.due_hooks() == []


def test_held_jobs_expire(store: Store) -> None:
    add(store, "a", "held")
    store.add(Job(id="b", owner="x", name="", state="held", created=time.time() - 100))
    assert store.expired(50) == ["b"] and store.expired(200) == []


def test_a_file_that_is_no_list_of_jobs_is_told(tmp_path: Path) -> None:
    path = tmp_path / "jobs.sqlite"
    path.write_bytes(b"nothing of the kind" * 100)
    with pytest.raises(OutputError, match="is no list of jobs.*--data"):
        Store(path, ROOM)
