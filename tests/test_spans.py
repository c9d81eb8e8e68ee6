import tracemalloc
from collections.abc import Iterable, Sequence

import numpy as np
import pytest

from tests.backdrops import Backdrop, footage, grain, strokes
from tests.clips import Place, Style, Text, patch_of
from tests.scenes import (
    BAND,
    DARK,
    SIZE,
    STEP_US,
    InkDetector,
    box_of,
    frames_of,
    line,
    ring_of,
    scene,
)
from vidocr.engines import TextDetector
from vidocr.model import Box, Frame, Image, Luma, Region, Span
from vidocr.report import Report
from vidocr.stages.finder import Finder
from vidocr.stages.spans import spans

GRID_US = 400_000


def follow(
    frames: Iterable[Frame],
    detector: TextDetector | None = None,
    regions: Sequence[Region] = (BAND,),
    report: Report | None = None,
) -> list[Span]:
    report = report or Report()
    found = spans(frames, regions, detector or InkDetector(), grid_us=GRID_US, report=report)
    return sorted(found, key=lambda span: (span.start_us, span.box.y0))


def follow_scene(count: int, *texts: Text, backdrop: Backdrop = DARK) -> list[Span]:
    return follow(frames_of(scene(count, *texts, backdrop=backdrop)))


def in_frames(found: Iterable[Span]) -> list[tuple[int, int]]:
    return [(span.start_us // STEP_US, span.end_us // STEP_US) for span in found]


@pytest.mark.parametrize("backdrop", [DARK, footage(3), grain(footage(3))])
@pytest.mark.parametrize("start,end", [(12, 30), (17, 43), (0, 20)])
def test_a_line_is_timed_to_the_frame(backdrop: Backdrop, start: int, end: int) -> None:
    text = line("Hello, my friend.", start, end)
    (span,) = follow_scene(60, text, backdrop=backdrop)
    assert in_frames([span]) == [(start, end)]
    assert span.frames == end - start
    ink = box_of(text)
    assert np.allclose(span.box, ink, atol=8)
    assert span.image_box.union(ink) == span.image_box
    assert span.image.shape[1] == span.image_box.width
    assert (span.changed_before, span.changed_after) == (None, None)


def test_the_picture_of_a_span_is_the_line_without_the_noise() -> None:
    text = line("Hello, my friend.", 10, 40)
    (span,) = follow_scene(50, text, backdrop=grain(DARK, 12))
    x, y = int(span.image_box.x0), int(span.image_box.y0)
    height, width = span.image.shape
    clean = scene(1, line("Hello, my friend.", 0, 1))[0][y : y + height, x : x + width]
    noisy = scene(20, text, backdrop=grain(DARK, 12))[15][y : y + height, x : x + width]
    errors = [np.abs(image.astype(float) - clean).mean() for image in (span.image, noisy)]
    assert errors[0] < 0.6 * errors[1]


def test_lines_back_to_back() -> None:
    words = ("One more.", "Two of them.", "Three.", "All four.")
    texts = [line(each, 5 + 15 * i, 20 + 15 * i) for i, each in enumerate(words)]
    assert in_frames(follow_scene(80, *texts)) == [(5, 20), (20, 35), (35, 50), (50, 65)]


def test_the_same_line_after_a_gap_is_another_span() -> None:
    assert in_frames(follow_scene(70, line("No!", 5, 25), line("No!", 31, 60))) == [
        (5, 25),
        (31, 60),
    ]


@pytest.mark.parametrize(
    "times", [((10, 40), (20, 60)), ((20, 60), (10, 40)), ((10, 60), (20, 40))]
)
def test_a_sign_close_beside_a_subtitle_is_a_line_of_its_own(
    times: tuple[tuple[int, int], tuple[int, int]],
) -> None:
    sign, words = times
    texts = (
        line("Gate 5", *sign, place=Place(0.16, 0.72)),
        line("Wait for me.", *words, place=Place(0.53, 0.72)),
    )
    assert sorted(in_frames(follow_scene(70, *texts))) == sorted(times)


@pytest.mark.parametrize("frames", [3, 5, 8])
@pytest.mark.parametrize("start", [20, 27, 33])
def test_short_lines_are_not_missed_between_two_looks(frames: int, start: int) -> None:
    found = follow_scene(60, line("Now or never.", start, start + frames))
    assert in_frames(found) == [(start, start + frames)]


@pytest.mark.parametrize("start", [2, 30, 50])
def test_a_line_that_stands_at_the_end_of_the_film_ends_there(start: int) -> None:
    assert in_frames(follow_scene(60, line("To be continued.", start, 60))) == [(start, 60)]


def test_a_line_through_the_whole_film() -> None:
    assert in_frames(follow_scene(60, line("For ever and ever.", 0, 60))) == [(0, 60)]


def test_times_are_those_of_the_frames_at_a_variable_rate() -> None:
    times_us = np.cumsum([0] + [20_000 + 30_000 * (i * i % 3) for i in range(79)]).tolist()
    lumas = scene(80, line("Slowly and", 9, 40), line("then at once.", 40, 71))
    found = follow(frames_of(lumas, times_us))
    assert [(span.start_us, span.end_us) for span in found] == [
        (times_us[9], times_us[40]),
        (times_us[40], times_us[71]),
    ]


@pytest.mark.parametrize("step_us", [10_000, 16_667, 66_667])
def test_other_frame_rates(step_us: int) -> None:
    lumas = scene(120, line("At any rate.", 30, 90))
    found = follow(frames_of(lumas, [i * step_us for i in range(120)]))
    assert [(s.start_us, s.end_us) for s in found] == [(30 * step_us, 90 * step_us)]


def test_a_changed_glyph_parts_two_spans_and_says_where() -> None:
    before, after = (
        line("We live in room 206 now.", 10, 30),
        line("We live in room 286 now.", 30, 50),
    )
    first, second = follow_scene(60, before, after)
    assert in_frames([first, second]) == [(10, 30), (30, 50)]
    changed = first.changed_after
    assert changed is not None and changed == second.changed_before
    different = np.flatnonzero(
        np.any(scene(31, before)[20] != scene(31, line(after.text, 0, 31))[20], axis=0)
    )
    assert changed[0] < different.mean() < changed[1]


def test_two_rows_at_once_are_two_spans() -> None:
    size, region = (480, 140), Region(0, 0, 480, 140, 34.0)
    style = Style(size=32 / 140)
    upper, lower = (
        Text(10, 40, words, style, Place(y=y))
        for words, y in (("The upper row", 0.45), ("and the lower one.", 0.85))
    )
    found = follow(frames_of(scene(50, upper, lower, size=size)), regions=[region])
    assert in_frames(found) == [(10, 40), (10, 40)]
    for span, text in zip(found, (upper, lower), strict=True):
        assert np.allclose(span.box, box_of(text, size), atol=8)


def test_words_added_to_a_line_that_stands_are_found() -> None:
    first = line("Wait", 10, 20, place=Place(x=0.3, y=0.72))
    shift = patch_of(first, SIZE).x - patch_of(line("Wait for me", 0, 1, place=first.place), SIZE).x
    whole = line("Wait for me", 20, 40, place=Place(x=0.3 + shift / SIZE[0], y=0.72))
    found = follow_scene(50, first, whole)
    assert found[0].start_us == 10 * STEP_US
    assert max(span.end_us for span in found) == 40 * STEP_US
    assert any(np.allclose(span.box, box_of(whole), atol=8) for span in found)


def test_a_fade_keeps_most_of_its_time() -> None:
    text = Text(10, 50, "Fading in and out.", line("", 0, 0).style, Place(y=0.72), 6, 6)
    (span,) = follow_scene(60, text)
    assert 10 <= span.start_us // STEP_US <= 13
    assert 47 <= span.end_us // STEP_US <= 50


@pytest.mark.parametrize("speed", [-5, -2, 2, 5])
def test_a_line_that_slides_is_rejected_as_moving(speed: int) -> None:
    news = line("Storm due.", 0, 1)

    def draw(picture: Image, seconds: float) -> None:
        patch_of(news, SIZE).stamp(picture, shift=speed * (round(seconds * 25) - 20))

    report = Report()
    found = follow(frames_of(scene(40, overlays=(draw,))), report=report)
    assert found == []
    assert report.rejected["moving"] > 0
    assert [reject.reason for reject in report.rejects] == ["moving"] * report.rejected["moving"]
    assert all(BAND.y <= reject.box.y0 < BAND.y + BAND.height for reject in report.rejects)


def test_without_text_nothing_is_found_and_little_is_looked_at() -> None:
    for backdrop in (DARK, footage(5), grain(footage(5))):
        detector = InkDetector(least=253)
        assert follow(frames_of(scene(100, backdrop=backdrop)), detector) == []
        assert detector.looks <= 12


def test_a_line_that_is_followed_is_not_sought_again() -> None:
    detector, report = InkDetector(), Report()
    follow(frames_of(scene(200, line("Hello, my friend.", 10, 190))), detector, report=report)
    assert detector.looks == report.detect_calls <= 4
    assert report.spans == 1


def test_boxes_of_other_heights_than_the_regions_lines_are_no_lines() -> None:
    class Odd:
        def detect(self, luma: Luma) -> list[Box]:
            return [Box(0, 0, luma.shape[1], luma.shape[0]), Box(20, 30, 24, 60), Box(9, 9, 90, 12)]

    tall = Region(0, 0, 480, 80, 17.0)
    text = line("Hello, my friend.", 10, 40)
    assert follow(frames_of(scene(50, text)), Odd(), regions=[tall]) == []


def test_places_are_those_of_the_picture_and_crops_may_be_smaller() -> None:
    """A region of 960 x 160 px at (100, 500), halved by the decoder."""
    region = Region(100, 500, 960, 160, 68.0)
    text = line("Hello, my friend.", 10, 40)
    (span,) = follow(frames_of(scene(50, text)), regions=[region])
    assert np.allclose(span.box, box_of(text).scaled(2).moved(100, 500), atol=16)
    assert span.image_box.width == 2 * span.image.shape[1]


def test_large_crops_are_halved_to_be_compared() -> None:
    size, region = (960, 160), Region(0, 0, 960, 160, 68.0)
    text = line("Hello, my friend.", 10, 40)
    (span,) = follow(frames_of(scene(50, text, size=size)), regions=[region])
    assert in_frames([span]) == [(10, 40)]
    assert np.allclose(span.box, box_of(text, size), atol=16)
    assert span.image.shape[0] > 68


def test_two_regions_are_followed_at_once() -> None:
    upper, lower = scene(50, line("Above.", 5, 20)), scene(50, line("Below.", 15, 45))
    frames = (Frame(i * STEP_US, (a, b)) for i, (a, b) in enumerate(zip(upper, lower, strict=True)))
    second = Region(0, 300, 480, 80, 34.0)
    found = follow(frames, regions=[BAND, second])
    assert [(span.region, *in_frames([span])[0]) for span in found] == [(0, 5, 20), (1, 15, 45)]
    assert found[1].box.y0 > 300


def test_no_frames_and_no_regions_give_nothing() -> None:
    assert follow([]) == []
    assert follow([Frame(0, ())], regions=[]) == []
    assert follow(frames_of(scene(1, line("One frame.", 0, 1)))) == []


def test_spans_come_while_frames_are_taken() -> None:
    taken = 0

    def counted() -> Iterable[Frame]:
        nonlocal taken
        for frame in frames_of(scene(300, line("Early.", 5, 25), line("Late.", 200, 280))):
            taken += 1
            yield frame

    found = spans(counted(), [BAND], InkDetector(), grid_us=GRID_US, report=Report())
    assert in_frames([next(found)]) == [(5, 25)]
    assert taken < 60
    assert in_frames(found) == [(200, 280)]


def test_memory_does_not_grow_with_the_film() -> None:
    """Twenty-four seconds and a line that stands throughout: no more than twice the ring."""
    lumas = scene(20, line("For ever and ever.", 0, 20))
    frames = (Frame(i * STEP_US, (lumas[i % 20].copy(),)) for i in range(600))
    tracemalloc.start()
    try:
        found = follow(frames)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert in_frames(found) == [(0, 600)]
    assert peak < 150 * lumas[0].nbytes


# The finder


def test_a_finder_looks_only_where_something_new_stands() -> None:
    text = line("Hello, my friend.", 0, 20)
    ring, report = ring_of(scene(20, text)), Report()
    finder = Finder(InkDetector(), 34.0, 1, report)
    (row,) = finder.find(10, ring, [], 1) or []
    assert np.allclose(row, box_of(text), atol=8)
    assert finder.find(10, ring, [row], 1) is None
    assert finder.find(10, ring_of(scene(20)), [], 1) is None
    assert report.detect_calls == 1


def test_what_a_small_picture_does_not_show_is_sought_in_a_larger_one() -> None:
    class Shortsighted(InkDetector):
        def detect(self, luma: Luma) -> list[Box]:
            found = super().detect(luma)
            return [box for box in found if box.height > 30]

    text = line("Hello, my friend.", 0, 20)
    detector, report = Shortsighted(), Report()
    found = Finder(detector, 34.0, 1, report).find(10, ring_of(scene(20, text)), [], 1)
    assert found is not None and np.allclose(found[0], box_of(text), atol=8)
    assert report.detect_calls == 2


def test_a_line_of_which_only_the_foot_stood_before_is_not_cut_off_there() -> None:
    size = 480, 200
    text = line("Hello, my friend.", 0, 20, Style(size=0.16), Place(y=0.6))
    ink = box_of(text, size)
    frames = scene(20, text, size=size)
    for frame in frames[:10]:
        frame[: int(ink.y1) - 5] = frame[0, 0]
    finder = Finder(InkDetector(), 18.0, 1, Report())
    assert finder.find(11, ring_of(frames), [], 3) == []
    (found,) = finder.find(11, ring_of(frames), [], 1) or []
    assert np.allclose(found, ink, atol=3)


def test_what_is_no_text_is_not_looked_at_for_ever() -> None:
    class Blind:
        def detect(self, luma: Luma) -> list[Box]:
            return []

    ring, finder = ring_of(scene(20, line("Hello.", 0, 20))), Finder(Blind(), 34.0, 1, Report())
    looks = []
    for _ in range(6):
        looks.append(finder.find(10, ring, [], 1))
        if looks[-1] is not None:
            finder.remember(10, ring, [], 1)
    assert looks[0] == []
    assert looks[-1] is None


def test_what_does_not_stand_is_not_looked_at() -> None:
    lumas = [scene(1, backdrop=strokes(seed))[0] for seed in range(1, 8)]
    detector = InkDetector()
    assert Finder(detector, 34.0, 1, Report()).find(3, ring_of(lumas), [], 1) is None
    assert detector.looks == 0
