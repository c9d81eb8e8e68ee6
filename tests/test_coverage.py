"""What was seen and became no cue: put together for a person, and told by the pipeline."""

from array import array
from pathlib import Path

import numpy as np
import pytest

from tests.test_readings import AROUND, ROW, span
from vidocr.evidence.coverage import Quiet, Sight, gaps_of, is_likely, quiet_of, sights_of, where
from vidocr.evidence.doubts import Gap
from vidocr.model import Box, Cue, Line, Proof, VideoInfo
from vidocr.ocr.fake import FakeEngine
from vidocr.report import Glimpse, Reject, Report
from vidocr.stages.audit import glimpses
from vidocr.stages.pictures import jpeg
from vidocr.stages.readings import readings
from vidocr.stages.sightings import Sighting

SIGN = Box(100, 100, 300, 140)
BESIDE = Box(104, 101, 302, 140)
ELSEWHERE = Box(600, 100, 800, 140)
FILM = VideoInfo(Path("film.mp4"), 900, 300, None, None, 0)
SIZE = (1000, 500)


def reject(start_s: int, box: Box = SIGN, text: str = "EXIT", reason: str = "place") -> Reject:
    return Reject(reason, start_s * 1_000_000, (start_s + 1) * 1_000_000, text, box)


def seen(time_us: int, box: Box) -> Sighting:
    return Sighting(box, np.full((20, 60), 90, np.uint8), time_us)


def test_what_comes_back_at_one_place_is_one_sight() -> None:
    found = sights_of([reject(5), reject(1, BESIDE, "exit."), reject(3, ELSEWHERE)], [])
    assert [(sight.text, sight.times_us) for sight in found] == [
        ("exit.", [(1_000_000, 2_000_000), (5_000_000, 6_000_000)]),
        ("EXIT", [(3_000_000, 4_000_000)]),
    ]


def test_other_texts_and_reasons_are_other_sights() -> None:
    found = sights_of([reject(1), reject(2, text="HOTEL"), reject(3, reason="static")], [])
    assert len(found) == 3


def test_pictures_of_a_sight_are_few() -> None:
    found = sights_of([], [Glimpse(n, SIGN, bytes([n])) for n in range(10)])
    assert [sight.pictures for sight in found] == [[b"\x00", b"\x01", b"\x02"]]
    assert len(found[0].times_us) == 10


@pytest.mark.parametrize(
    "reason,times,likely",
    [("unsure", 9, True), ("static", 1, False), ("place", 1, False), ("", 3, True), ("", 4, False)],
)
def test_what_may_be_a_subtitle(reason: str, times: int, likely: bool) -> None:
    assert is_likely(Sight(reason, "", SIGN, [(0, 0)] * times, [])) is likely


def test_missing_frames_are_told_by_a_long_step() -> None:
    starts = array("q", [*range(0, 4_000_000, 40_000), *range(6_000_000, 8_000_000, 40_000)])
    assert gaps_of(starts, 0) == [Gap(3_960_000, 6_000_000)]
    assert gaps_of(starts, 1) == []  # skipped on purpose
    slow = array("q", range(0, 60_000_000, 1_000_000))
    assert gaps_of(slow, 0) == []


def test_stretches_without_a_cue_the_longest_first() -> None:
    cues = [Cue(30_000_000, 32_000_000, ("a",)), Cue(31_000_000, 31_500_000, ("b",))]
    unsure = sights_of([reject(50, reason="unsure"), reject(60)], [])
    assert quiet_of(cues, unsure, 0, 100_000_000) == [
        Quiet(32_000_000, 100_000_000, 1),
        Quiet(0, 30_000_000, 0),
    ]
    assert quiet_of([], [], 0, 10_000_000) == []


@pytest.mark.parametrize(
    "box,told",
    [
        (Box(0, 0, 10, 10), "top left"),
        (Box(440, 140, 460, 160), "middle"),
        (Box(880, 290, 990, 310), "bottom right"),
    ],
)
def test_places_have_names(box: Box, told: str) -> None:
    assert where(box, FILM) == told


def test_a_glimpse_is_what_neither_a_cue_nor_a_reject_accounts_for() -> None:
    cue = Cue(1_000_000, 2_000_000, ("a",), proof=Proof(boxes=(Box(0.1, 0.2, 0.3, 0.28),)))
    logo = reject(0, ELSEWHERE)
    stills = [
        seen(3_000_000, SIGN),  # after the cue
        seen(1_500_000, SIGN),
        seen(2_100_000, SIGN),  # while it fades
        seen(500_000, ELSEWHERE),
        seen(1_500_000, Box(100, 300, 300, 340)),
    ]
    found = glimpses(stills, [cue], [logo], SIZE, pictures=False)
    assert [(each.time_us, each.box.y0, each.picture) for each in found] == [
        (1_500_000, 300, b""),
        (3_000_000, 100, b""),
    ]
    assert all(each.picture for each in glimpses(stills, [], [], SIZE, pictures=True))


def test_a_span_that_could_not_be_read_is_told_with_its_picture() -> None:
    report = Report()
    doubtful = FakeEngine(lambda image: [Line("maybe", Box(20, 10, 220, 30), 0.3)])
    (reading,) = readings([span(1)], doubtful, min_confidence=0.5, report=report, pictures=True)
    assert (reading.lines, report.rejected) == ((), {"unsure": 1})
    (found,) = report.rejects
    assert found == Reject("unsure", 1_000_000, 2_000_000, "maybe", ROW)
    assert found.picture.startswith(b"\xff\xd8") and AROUND.height == 80


@pytest.mark.parametrize("shape,size", [((30, 200), (30, 200)), ((128, 400), (64, 200))])
def test_pictures_are_no_larger_than_a_line_needs(
    shape: tuple[int, int], size: tuple[int, int]
) -> None:
    import cv2

    encoded = np.frombuffer(jpeg(np.full(shape, 200, np.uint8)), np.uint8)
    decoded = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    assert decoded is not None and decoded.shape == size
