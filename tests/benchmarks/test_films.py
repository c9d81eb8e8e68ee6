"""The films of the speed benchmark."""

from pathlib import Path

import pytest

from tests.backdrops import flat
from tests.benchmarks.films import KINDS, film, make_film, read_truth, repeat
from tests.benchmarks.speed import read_track
from tests.clips import Clip, read_times, render


def test_a_film_of_five_minutes_has_75_different_sentences() -> None:
    clip = film("720-h264", 5)
    assert len({text.text for text in clip.texts}) == 75
    assert all(50 <= t.end - t.start < 88 for t in clip.texts)
    assert all(a.end < b.start for a, b in zip(clip.texts, clip.texts[1:], strict=False))
    assert clip.texts[-1].end < 5 * 60 * 25


def test_a_repeated_film_goes_on_where_it_ended(tmp_path: Path) -> None:
    render(Clip((160, 90), 1, flat()), tmp_path / "one.mp4")
    repeat(tmp_path / "one.mp4", 3, tmp_path / "three.mp4")
    assert read_times(tmp_path / "three.mp4") == [40_000 * i for i in range(76)]


def test_truth_and_track_are_read_back(tmp_path: Path) -> None:
    truth = tmp_path / "truth.json"
    truth.write_text('[{"start_us": 1000, "end_us": 2500000, "text": "One\\ntwo"}]')
    track = tmp_path / "track.srt"
    track.write_text("1\n00:00:00,001 --> 00:00:02,500\nOne\ntwo\n")
    (cue,) = read_truth(truth)
    assert [cue] == read_track(track)
    assert (cue.start_us, cue.end_us, cue.lines) == (1000, 2_500_000, ("One", "two"))


@pytest.mark.parametrize("kind", KINDS)
def test_films_are_of_broadcast_shape(kind: str) -> None:
    width, height = film(kind, 1).size
    assert width == height * 16 // 9 and kind.startswith(f"{height}-")


def test_a_longer_film_has_the_cues_of_the_master_again_and_again(tmp_path: Path) -> None:
    render(Clip((160, 90), 1, flat()), tmp_path / "720-h264-1.mp4")
    (tmp_path / "720-h264-1.json").write_text(
        '[{"start_us": 1000, "end_us": 2500000, "text": "One"}]'
    )
    path, truth = make_film("720-h264", 3, tmp_path)
    assert path.name == "720-h264-3.mp4" and path.exists()
    assert [cue.start_us for cue in truth] == [1000, 60_001_000, 120_001_000]
