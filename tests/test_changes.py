from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pytest

from tests.backdrops import Backdrop, flat, footage, grain
from tests.clips import Overlay, Place, Style, patch_of
from tests.scenes import DARK, MIDDLE, SIZE, STEP_US, STYLE, box_of, line, ring_of, sample, scene
from vidocr.model import Image, Luma
from vidocr.stages.changes import RING_S, GlyphCut, GlyphWatch, Onsets, Ring, end_moves, moves
from vidocr.stages.strokes import Rect

LINE_HEIGHT = 34.0

# The ring


def test_a_ring_drops_old_frames() -> None:
    ring = ring_of(scene(200))
    assert ring.last == 199
    assert 199 - ring.first == round(RING_S * 1_000_000 / STEP_US)
    assert 198 in ring and 0 not in ring and 200 not in ring
    assert ring[180].index == 180
    assert ring.nearest(0).index == ring.first
    assert ring.nearest(500).index == 199


def test_a_ring_keeps_some_frames_however_far_apart_they_are() -> None:
    ring = Ring()
    luma = np.zeros((4, 4), np.uint8)
    for index in range(100):
        ring.push(sample(index, luma, index * 10_000_000))
    assert 10 < ring.last - ring.first < 50


@pytest.mark.parametrize("step_us,expected", [(40_000, 5), (20_000, 10), (500_000, 1)])
def test_frames_in_a_time_follow_the_frame_rate(step_us: int, expected: int) -> None:
    ring = Ring()
    for index in range(30):
        ring.push(sample(index, np.zeros((4, 4), np.uint8), index * step_us))
    assert ring.frames_in(200_000) == expected


def test_an_empty_ring_holds_nothing() -> None:
    assert 0 not in Ring()


# Onsets


def onsets(lumas: Iterable[Luma]) -> list[int]:
    ring, finder, found = Ring(), Onsets(), []
    for index, luma in enumerate(lumas):
        ring.push(sample(index, luma))
        onset = finder.push(ring, LINE_HEIGHT)
        if onset is not None:
            found.append(onset)
    return found


@pytest.mark.parametrize("backdrop", [DARK, footage(3), grain(DARK)])
def test_an_onset_is_the_frame_at_which_text_appears(backdrop: Backdrop) -> None:
    assert onsets(scene(50, line("Here it comes.", 20, 50), backdrop=backdrop)) == [20]


def test_text_after_text_is_an_onset() -> None:
    first, second = line("Here it comes.", 20, 40), line("There she goes.", 40, 60)
    assert onsets(scene(60, first, second)) == [20, 40]


def test_text_that_fades_in_is_one_onset() -> None:
    fading = replace(line("Here it comes.", 20, 50), fade_in=5)
    (onset,) = onsets(scene(50, fading))
    assert 20 <= onset <= 25


def test_what_stands_from_the_start_and_what_leaves_is_no_onset() -> None:
    assert onsets(scene(50, line("Here it was.", 0, 30))) == []


def test_a_still_picture_and_noise_have_no_onset() -> None:
    rng = np.random.default_rng(1)
    assert onsets([np.full((80, 480), 90, np.uint8)] * 30) == []
    assert onsets(rng.integers(0, 256, (30, 80, 480)).astype(np.uint8)) == []


# One changed glyph

BEFORE, AFTER = "We live in room 214 now.", "We live in room 284 now."
BOX = box_of(line(BEFORE, 0, 1))


def cuts(lumas: list[Luma]) -> list[GlyphCut]:
    """Cuts that a watch of the line is sure of, or was when the line ended."""
    ring = ring_of(lumas[:30])
    watch = GlyphWatch.at(Rect.around(BOX, lumas[0].shape, 2, 1), BOX.height, ring)
    found = [watch.push(sample(index, luma)) for index, luma in enumerate(lumas)]
    return [cut for cut in (*found, watch.last()) if cut is not None]


@pytest.mark.parametrize("backdrop", [DARK, footage(5), grain(footage(6))])
@pytest.mark.parametrize("at", [12, 31])
def test_a_changed_glyph_is_cut_at_its_frame_and_place(backdrop: Backdrop, at: int) -> None:
    (cut,) = cuts(scene(50, line(BEFORE, 0, at), line(AFTER, at, 50), backdrop=backdrop))
    before, after = scene(2, line(BEFORE, 0, 1), line(AFTER, 1, 2))
    columns = np.flatnonzero((before != after).any(axis=0))
    assert cut.index == at
    assert cut.x0 < columns.mean() < cut.x1
    assert cut.x1 - cut.x0 < 3 * (columns[-1] - columns[0])


def test_a_change_just_before_the_line_ends_is_known_at_last() -> None:
    lumas = scene(26, line(BEFORE, 0, 20), line(AFTER, 20, 26))
    assert [cut.index for cut in cuts(lumas)] == [20]


def test_two_changes_are_two_cuts() -> None:
    texts = line(BEFORE, 0, 20), line(AFTER, 20, 40), line("We live in room 284 too.", 40, 60)
    assert [cut.index for cut in cuts(scene(60, *texts))] == [20, 40]


def test_a_line_that_stands_is_not_cut() -> None:
    for backdrop in (DARK, footage(7, speed=0.3), grain(DARK, 8)):
        assert cuts(scene(60, line(BEFORE, 0, 60), backdrop=backdrop)) == []


def test_a_background_that_jumps_behind_the_text_is_no_cut() -> None:
    def box_behind(picture: Image, seconds: float) -> None:
        if seconds >= 1:
            picture[:, 200:260] = np.maximum(picture[:, 200:260], 130)

    def lamp(picture: Image, seconds: float) -> None:
        if seconds >= 1:
            picture[:, 200:204] = np.maximum(picture[:, 200:204], 140)

    for overlay in (box_behind, lamp):
        assert cuts(scene(50, line(BEFORE, 0, 50), overlays=(overlay,))) == []


LIGHT, LIGHTER = flat((130, 130, 130)), flat((200, 200, 200))
BLACK = replace(STYLE, fill=(0, 0, 0), outline=None)


@pytest.mark.parametrize(
    "before,after,style",
    [(DARK, LIGHT, STYLE), (footage(1), footage(2), STYLE), (LIGHTER, LIGHT, BLACK)],
    ids=["flat", "footage", "black letters"],
)
def test_a_scene_cut_is_no_cut(before: Backdrop, after: Backdrop, style: Style) -> None:
    text = line(BEFORE, 0, 25, style)
    assert cuts(scene(25, text, backdrop=before) + scene(25, text, backdrop=after)) == []


# Moving


NEWS = line("Storm due on Sunday.", 0, 1)


def sliding(right: float, down: float) -> Overlay:
    """A line that moves by so many px a frame, and is where NEWS is in frame 20."""

    def draw(picture: Image, seconds: float) -> None:
        frames = round(seconds * 25) - 20
        patch = patch_of(NEWS, SIZE)
        patch = replace(patch, y=patch.y + round(down * frames))
        patch.stamp(picture, shift=round(right * frames))

    return draw


@pytest.mark.parametrize("backdrop", [DARK, footage(4)])
@pytest.mark.parametrize("right,down", [(-1, 0), (-3, 0), (4.5, 0), (0, -1), (0, 2), (-2, -1)])
def test_a_line_that_slides_moves(backdrop: Backdrop, right: float, down: float) -> None:
    ring = ring_of(scene(40, backdrop=backdrop, overlays=(sliding(right, down),)))
    assert moves(ring, 20, Rect.around(box_of(NEWS), SIZE[::-1], 2, 1), LINE_HEIGHT)


@pytest.mark.parametrize("backdrop", [DARK, footage(4, speed=0.2)])
def test_a_line_that_stands_does_not_move(backdrop: Backdrop) -> None:
    text = line("Storm due on Sunday.", 0, 40)
    ring = ring_of(scene(40, text, backdrop=backdrop))
    assert not moves(ring, 20, Rect.around(box_of(text), SIZE[::-1], 2, 1), LINE_HEIGHT)


def test_a_cue_that_gives_way_to_one_with_the_same_words_does_not_move() -> None:
    """The words match elsewhere in the next cue, but there is no way from here to there."""
    first, second = (
        line("the ferry is late", 0, 22),
        line("Is it true that the ferry is late", 22, 40),
    )
    ring = ring_of(scene(40, first, second))
    assert not moves(ring, 20, Rect.around(box_of(first), SIZE[::-1], 2, 1), LINE_HEIGHT)


def test_a_ring_too_short_to_tell_says_that_nothing_moves() -> None:
    text = line("Storm due on Sunday.", 0, 3)
    ring = ring_of(scene(3, text))
    assert not moves(ring, 1, Rect.around(box_of(text), SIZE[::-1], 2, 1), LINE_HEIGHT)


# An end that moves


PRINT = line("Storm due on Sunday, all boats stay", 0, 1, replace(STYLE, size=0.3))


def page(down: float) -> Overlay:
    """A line of print that moves down by so many px a frame, and is in its place in frame 20."""

    def draw(picture: Image, seconds: float) -> None:
        patch = patch_of(PRINT, SIZE)
        replace(patch, y=patch.y + round(down * (seconds * 25 - 20))).stamp(picture)

    return draw


RECT = Rect.around(box_of(PRINT), SIZE[::-1], 2, 1)


@pytest.mark.parametrize("down,moving", [(0.4, True), (-0.4, True), (1, True), (0, False)])
def test_print_moves_at_its_ends_where_a_subtitle_covers_its_middle(
    down: float, moving: bool
) -> None:
    subtitle = line("What now?", 0, 40, replace(STYLE, box=1.0))
    ring = ring_of(scene(40, subtitle, overlays=(page(down),)))
    assert end_moves(ring, 20, range(18, 23), RECT, LINE_HEIGHT) == moving
    assert not moves(ring, 20, RECT, LINE_HEIGHT)


def test_a_cue_halfway_between_its_neighbours_does_not_move() -> None:
    """Each stands a px further to the left than the one before, and their words agree."""
    texts = [
        line(f"Storm due on Sunday, stay in {n}", at, at + 5, PRINT.style, Place(x, MIDDLE.y))
        for n, at, x in ((2, 12, 0.502), (3, 17, 0.5), (4, 22, 0.498))
    ]
    ring = ring_of(scene(40, *texts))
    rect = Rect.around(box_of(texts[1]), SIZE[::-1], 2, 1)
    assert not end_moves(ring, 19, range(17, 22), rect, LINE_HEIGHT)
    assert end_moves(ring, 19, range(16, 23), rect, LINE_HEIGHT)  # what that guards against


def test_the_ends_of_a_short_line_are_too_little_to_tell() -> None:
    ring = ring_of(scene(40, overlays=(sliding(0, 1),)))
    rect = Rect.around(box_of(NEWS), SIZE[::-1], 2, 1)
    assert end_moves(ring, 20, range(18, 23), rect, LINE_HEIGHT)
    assert not end_moves(ring, 20, range(18, 23), rect._replace(x1=rect.x0 + 200), LINE_HEIGHT)
