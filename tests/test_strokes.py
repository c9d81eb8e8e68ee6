import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import structural_similarity

from tests.backdrops import Backdrop, busy, flat, footage, strokes
from tests.scenes import SIZE, box_of, line, scene, template_of
from vidocr.model import Box, Luma
from vidocr.stages.strokes import Match, Rect, StrokeTemplate, dilated, one_thread, stroke_mask

HELLO = line("Hello, my friend.", 0, 5)
TEMPLATE = template_of(scene(3, HELLO), box_of(HELLO))


def test_strokes_are_where_the_luma_is_steep() -> None:
    luma = np.full((20, 40), 60, np.uint8)
    luma[:, 20:] = 200
    assert np.array_equal(np.flatnonzero(stroke_mask(luma).any(axis=0)), [19, 20])
    assert set(np.unique(stroke_mask(luma))) == {0, 255}
    assert not stroke_mask(np.arange(200, dtype=np.uint8).reshape(1, -1)).any()


@pytest.mark.parametrize(
    "text,ground,seen", [(255, 224, True), (255, 245, False), (200, 169, False)]
)
def test_white_on_light_grey_makes_strokes(text: int, ground: int, seen: bool) -> None:
    luma = np.full((20, 40), ground, np.uint8)
    luma[:, 20:] = text
    assert stroke_mask(luma).any() == seen


def test_dilating_grows_a_mask_by_one_pixel() -> None:
    mask = np.zeros((7, 7), np.uint8)
    mask[3, 3] = 255
    assert np.count_nonzero(dilated(mask)) == 9


@pytest.mark.parametrize(
    "box,expected",
    [
        (Box(10, 5, 20, 8), Rect(8, 4, 22, 9)),
        (Box(0.5, 0.5, 39.5, 19.5), Rect(0, 0, 40, 20)),
        (Box(-30, -30, 100, 100), Rect(0, 0, 40, 20)),
    ],
)
def test_a_rect_is_grown_and_clipped(box: Box, expected: Rect) -> None:
    luma = np.zeros((20, 40), np.uint8)
    rect = Rect.around(box, luma.shape, 2, 1)
    assert rect == expected
    assert rect.of(luma).shape == (rect.y1 - rect.y0, rect.x1 - rect.x0)
    assert np.shares_memory(rect.of(luma), luma)


def test_one_thread_restores_the_number_of_threads() -> None:
    before = cv2.getNumThreads()
    with pytest.raises(RuntimeError), one_thread():
        assert cv2.getNumThreads() == 1
        raise RuntimeError
    assert cv2.getNumThreads() == before


# The template


def test_a_line_matches_itself() -> None:
    assert TEMPLATE.match(scene(1, HELLO)[0]) == pytest.approx(Match(1, 1, 1), abs=0.01)


@pytest.mark.parametrize("backdrop", [flat((130, 130, 130)), footage(2), busy(3)])
def test_a_line_matches_before_another_background(backdrop: Backdrop) -> None:
    match = TEMPLATE.match(scene(1, HELLO, backdrop=backdrop)[0])
    assert match.structure > 0.85
    assert match.weakest > 0.6
    assert 0.5 < match.contrast < 1.5


@pytest.mark.parametrize("backdrop", [flat(), footage(2), busy(3), strokes(4)])
def test_a_background_alone_does_not_match(backdrop: Backdrop) -> None:
    match = TEMPLATE.match(scene(1, backdrop=backdrop)[0])
    assert match.structure < 0.4


def test_another_line_in_the_same_place_does_not_match() -> None:
    other = line("Wait for us there.", 0, 5)
    match = TEMPLATE.match(scene(1, other)[0])
    assert match.structure < 0.6
    assert match.weakest < 0.3


def test_a_changed_glyph_shows_in_the_weakest_window_alone() -> None:
    before, after = line("We live in room 214 now.", 0, 5), line("We live in room 284 now.", 0, 5)
    match = template_of(scene(3, before), box_of(before)).match(scene(1, after)[0])
    assert match.structure > 0.85
    assert match.weakest < 0.7 < match.structure


def test_contrast_falls_with_a_fade_and_structure_does_not() -> None:
    with_text, without = (luma.astype(np.float64) for luma in (scene(1, HELLO)[0], scene(1)[0]))
    matches = [
        TEMPLATE.match((without + share * (with_text - without)).astype(np.uint8))
        for share in (1.0, 0.75, 0.5, 0.25)
    ]
    assert [m.contrast for m in matches] == pytest.approx([1, 0.5625, 0.25, 0.0625], abs=0.02)
    assert min(m.structure for m in matches) > 0.99


def test_a_black_and_a_white_frame_are_no_match() -> None:
    for level in (0, 255):
        match = TEMPLATE.match(np.full(SIZE[::-1], level, np.uint8))
        assert abs(match.structure) < 0.01
        assert match.contrast < 0.01


def test_too_few_strokes_make_no_template() -> None:
    rect = Rect(100, 20, 380, 60)
    assert StrokeTemplate.build([scene(3)], rect, 34) is None
    assert StrokeTemplate.build([], rect, 34) is None


def test_the_run_in_which_most_strokes_stand_makes_the_template() -> None:
    appearing = scene(6, line("Hello, my friend.", 4, 6))
    rect = Rect.around(box_of(HELLO), SIZE[::-1], 2, 1)
    template = StrokeTemplate.build([appearing[:3], scene(3, HELLO)], rect, 34)
    assert template is not None
    assert template.match(scene(1, HELLO)[0]).structure == pytest.approx(1, abs=0.01)


def test_strokes_that_move_are_not_of_the_template() -> None:
    """A run is a line and, in each of its frames, another backdrop: only the line stands."""
    run = [scene(1, HELLO, backdrop=strokes(seed))[0] for seed in (1, 2, 3)]
    assert template_of(run, box_of(HELLO)).match(scene(1, HELLO)[0]).structure > 0.85


@settings(max_examples=40, deadline=None)
@given(gain=st.floats(0.4, 1.0), share=st.floats(0, 1))
def test_structure_does_not_hear_gain_and_offset(gain: float, share: float) -> None:
    luma = scene(1, HELLO)[0].astype(np.float64)
    offset = share * (255 - gain * 255)
    match = TEMPLATE.match((gain * luma + offset + 0.5).astype(np.uint8))
    assert match.structure == pytest.approx(1, abs=0.005)
    assert match.contrast == pytest.approx(gain**2, abs=0.02)


def _noise(seed: int) -> Luma:
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 12)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (31, 31), interpolation=cv2.INTER_CUBIC), np.uint8)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 1000), mixed=st.floats(0, 1))
def test_structure_under_a_full_mask_is_that_of_ssim(seed: int, mixed: float) -> None:
    """SSIM is luminance x contrast x structure; with one window, scikit-image gives the whole."""
    a = _noise(seed)
    b = (mixed * a + (1 - mixed) * _noise(seed + 1)).astype(np.uint8)
    template = StrokeTemplate(Rect(0, 0, 31, 31), np.full_like(a, 255), a.astype(np.float32), 100)
    x, y = a.astype(np.float64), b.astype(np.float64)
    whole = structural_similarity(  # type: ignore[no-untyped-call]  # no types
        x, y, win_size=31, data_range=255, K1=0, K2=0, use_sample_covariance=False
    )
    luminance = 2 * x.mean() * y.mean() / (x.mean() ** 2 + y.mean() ** 2)
    contrast = 2 * x.std() * y.std() / (x.var() + y.var())
    match = template.match(b)
    assert match.structure == pytest.approx(whole / (luminance * contrast), abs=1e-3)
    assert match.contrast == pytest.approx(y.var() / x.var(), rel=1e-3)
