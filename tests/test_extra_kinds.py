"""Kinds of video on which subtitle finders fail, from the file to the cues."""

from pathlib import Path

import pytest

from tests.clips import render
from tests.kinds import EXTRA_KINDS
from vidocr import extract
from vidocr.scoring import complaints, score

FAST = ("strip", "one glyph")
KINDS = [pytest.param(k, marks=() if k in FAST else pytest.mark.slow) for k in EXTRA_KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_every_cue_is_found_and_timed_to_the_frame(kind: str, tmp_path: Path) -> None:
    clip = EXTRA_KINDS[kind]
    truth = render(clip, tmp_path / "clip.mp4")
    cues, _report = extract(tmp_path / "clip.mp4")
    found = list(cues)
    result = score(truth, found, frame_us=round(1_000_000 / clip.fps))
    assert (result.truth, result.found, result.hits) == (len(truth),) * 3, complaints(truth, found)
    assert (result.starts_near, result.ends_near) == (1, 1), (truth, found)
