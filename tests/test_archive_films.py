"""Which films a batch takes, under which names, and how they are told apart."""

import os
import sys
from pathlib import Path

import pytest

from vidocr.archive.films import Choice, films
from vidocr.archive.storage import fetch, mark
from vidocr.errors import DependencyError, InputError


def make(folder: Path, *names: str) -> Path:
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x" * (number + 1))
        os.utime(path, (1000 - number, 1000 - number))
    return folder


def names(*places: object, listed: tuple[str, ...] = (), **choice: object) -> list[str]:
    found = films(map(str, places), Choice(**choice), listed)  # type: ignore[arg-type]  # any
    return [str(film.name) for film in found]


def test_a_folder_is_mirrored_and_hidden_files_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, "b/two.mkv", "a.mp4", "._a.mp4", ".vidocr/x.mp4", "b/c/three.ts")
    assert names(tmp_path) == ["a.mp4", "b/c/three.ts", "b/two.mkv"]


def test_files_that_are_surely_none_are_not_opened_and_unknown_ones_may_be(
    tmp_path: Path,
) -> None:
    make(tmp_path, "poster.jpg", "a.srt", "song.mp3", "readme.txt", "recording", "disc.bin")
    found = films([str(tmp_path)], Choice())
    assert [str(film.name) for film in found] == ["disc.bin", "recording"]
    assert not any(film.is_certain for film in found)


def test_what_is_named_is_to_be_a_film_whatever_its_name(tmp_path: Path) -> None:
    make(tmp_path, "poster.jpg")
    (film,) = films([str(tmp_path / "poster.jpg")], Choice())
    assert film.is_certain


def test_patterns_keep_what_follows_their_fixed_part(tmp_path: Path) -> None:
    make(tmp_path, "x/one.mp4", "x/y/two.mp4", "x/y/two.avi")
    assert names(tmp_path / "x/**/*.mp4") == ["one.mp4", "y/two.mp4"]


def test_a_list_keeps_relative_paths_and_the_whole_of_absolute_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "x/one.mp4", "two.mp4")
    monkeypatch.chdir(tmp_path)
    whole = str(tmp_path / "two.mp4")
    assert names(listed=("x/one.mp4", whole)) == sorted([whole[1:], "x/one.mp4"])


def test_each_film_counts_once(tmp_path: Path) -> None:
    make(tmp_path, "x/one.mp4")
    assert names(tmp_path, tmp_path / "x", tmp_path / "x/one.mp4") == ["x/one.mp4"]


def test_include_exclude_order_and_limit(tmp_path: Path) -> None:
    make(tmp_path, "a.mp4", "b.mkv", "old/c.mp4", "d.mp4")
    assert names(tmp_path, include=("*.mp4",), exclude=("old/*",)) == ["a.mp4", "d.mp4"]
    assert names(tmp_path, order="size") == ["d.mp4", "old/c.mp4", "b.mkv", "a.mp4"]
    assert names(tmp_path, order="newest", limit=2) == ["a.mp4", "b.mkv"]


@pytest.mark.parametrize("place", ["nowhere", "nowhere/*.mp4"])
def test_a_place_that_is_not_there_is_said(tmp_path: Path, place: str) -> None:
    with pytest.raises(InputError, match="nowhere"):
        films([str(tmp_path / place)], Choice())


def test_the_mark_changes_with_any_sampled_byte_and_with_the_time(tmp_path: Path) -> None:
    path = tmp_path / "film.mp4"
    path.write_bytes(bytes(500_000))
    os.utime(path, (1, 1))
    before = mark(str(path))
    assert mark(str(path)) == before
    for at in (0, 250_000, 499_999):
        changed = bytearray(500_000)
        changed[at] = 1
        path.write_bytes(changed)
        os.utime(path, (1, 1))
        assert mark(str(path)) != before
    path.write_bytes(bytes(500_000))
    os.utime(path, (2, 2))
    assert mark(str(path)) != before


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "film.mp4")
    with pytest.raises(InputError, match="is a pipe or device"):
        mark(str(tmp_path / "film.mp4"))


def test_addresses_of_files_are_paths(tmp_path: Path) -> None:
    make(tmp_path, "a b.mp4")
    (film,) = films([f"file://{tmp_path}/a%20b.mp4"], Choice())
    assert film.source == str(tmp_path / "a b.mp4")


def test_without_fsspec_an_address_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(DependencyError, match=r"vidocr\[remote\]"):
        films(["s3://bucket/films"], Choice())


def test_films_at_an_address_keep_their_names_below_it(tmp_path: Path) -> None:
    memory = pytest.importorskip("fsspec", reason="fsspec is not installed").filesystem("memory")
    memory.pipe_file("/films/a/one.mp4", b"1")
    memory.pipe_file("/films/a/note.txt", b"1")
    memory.pipe_file("/films/two.mkv", b"22")
    try:
        found = films(["memory://films"], Choice())
        assert [(film.source, str(film.name), film.size) for film in found] == [
            ("memory://films/a/one.mp4", "a/one.mp4", 1),
            ("memory://films/two.mkv", "two.mkv", 2),
        ]
        assert mark(found[0].source).size == 1
        told: list[int] = []
        fetch(found[1].source, tmp_path / "copy", lambda: told.append(1))
        assert (tmp_path / "copy").read_bytes() == b"22" and told
        with pytest.raises(InputError, match="no such file"):
            mark("memory://films/none.mp4")
    finally:
        memory.rm("/films", recursive=True)
