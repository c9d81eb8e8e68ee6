"""Text laid over print, told by the print as it stood alone."""

import numpy as np
import pytest

from tests.backdrops import Backdrop, Painter
from tests.clips import BOXED, Place, Style, Text, patch_of
from tests.scenes import STEP_US, box_of, frames_of, line, ring_of, scene
from vidocr.model import Box, Image, Luma, Region
from vidocr.report import Report
from vidocr.stages.overlays import laid_over
from vidocr.stages.spans import spans

SIZE = (640, 80)
PRINT = Text(0, 1, "ri na kupo mel osen du lar shi to", Style(0.35, (40, 38, 44), None))
PLAIN = Style(0.4)
BOX = box_of(PRINT, SIZE)


def page() -> Backdrop:
    """Paper with a line of print."""

    def build(width: int, height: int) -> Painter:
        sheet = np.full((height, width, 3), 226, np.uint8)
        patch_of(PRINT, (width, height)).stamp(sheet)

        def paint(_index: int, _seconds: float) -> Image:
            return sheet.copy()

        return paint

    return build


@pytest.mark.parametrize("style", [PLAIN, Style(0.4, BOXED.fill, None, box=0.6)])
@pytest.mark.parametrize("y", [0.8, 0.93])
def test_the_text_is_left_without_the_print(style: Style, y: float) -> None:
    text = line("Wait for me.", 4, 9, style, Place(y=y))
    ring = ring_of(scene(12, text, backdrop=page(), size=SIZE))
    found = laid_over(ring, range(4, 9), range(9, 12), BOX)
    assert found is not None
    ink = box_of(line("Wait for me.", 0, 1, PLAIN, Place(y=y)), SIZE)
    assert np.allclose((found.box.x0, found.box.x1), (ink.x0, ink.x1), atol=12)
    assert found.image.shape == (found.rect.y1 - found.rect.y0, found.rect.x1 - found.rect.x0)
    beside = np.concatenate([found.image[:3].ravel(), found.image[:, :3].ravel()])
    assert set(np.unique(beside)) == {128}
    assert found.image.max() > 230


@pytest.mark.parametrize("text", ["", "a", "Two rows\nof them."])
def test_nothing_a_glyph_and_two_rows_are_no_text_of_one_row(text: str) -> None:
    texts = [line(text, 4, 9, PLAIN, Place(y=0.98))] if text else []
    ring = ring_of(scene(12, *texts, backdrop=page(), size=SIZE))
    assert laid_over(ring, range(4, 9), range(9, 12), BOX) is None


def test_frames_that_the_ring_has_lost_are_not_needed() -> None:
    text = line("Wait for me.", 0, 80, PLAIN, Place(y=0.9))
    ring = ring_of(scene(90, text, backdrop=page(), size=SIZE))
    assert laid_over(ring, range(80), range(80, 90), BOX) is not None
    assert laid_over(ring, range(20), range(80, 90), BOX) is None


class PrintDetector:
    """Takes dark ink on one row for one line, that of letters' outlines, too."""

    def detect(self, luma: Luma) -> list[Box]:
        """The row, if there is ink."""
        ink = luma < 110
        columns = np.flatnonzero(ink.any(axis=0))
        if not len(columns):
            return []
        left, right = int(columns[0]), int(columns[-1])
        rows = np.flatnonzero(ink[:, left : left + 40].any(axis=1))  # of the print alone
        return [Box(left - 3, int(rows[0]) - 3, right + 4, int(rows[-1]) + 4)]


def laid(*texts: Text) -> list[tuple[int, int]]:
    """Frames of the spans that are laid over the print, as followed."""
    frames = frames_of(scene(90, *texts, backdrop=page(), size=SIZE))
    region = Region(0, 0, *SIZE, 30.0)
    found = spans(frames, [region], PrintDetector(), grid_us=400_000, report=Report())
    overs = [span for span in found if span.over]
    return sorted({(span.start_us // STEP_US, span.end_us // STEP_US) for span in overs})


def test_what_is_laid_over_print_is_a_span_of_its_own() -> None:
    times = [(12, 40), (48, 75)]
    words = ("Wait for me.", "Never again!")
    texts = [
        line(text, *time, PLAIN, Place(y=0.9)) for text, time in zip(words, times, strict=True)
    ]
    assert laid(*texts) == times
    assert laid() == []


def test_without_the_print_after_it_nothing_is_known_to_be_laid_over_it() -> None:
    assert laid(line("Wait for me.", 12, 90, PLAIN, Place(y=0.9))) == []
