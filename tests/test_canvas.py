import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidocr.ocr.canvas import Limits, Size, fitted, line_size, picture_size, stretched

FREE = Limits(32, 1, 2048 * 2048)
STOCK = Limits(32, 512 * 512, 2048 * 2048)
SIDES = st.integers(1, 4000)


@pytest.mark.parametrize(
    ("shape", "limits", "size"),
    [
        ((60, 600), FREE, (64, 640)),
        ((60, 601), FREE, (64, 704)),
        ((20, 30), FREE, (64, 128)),
        ((60, 600), STOCK, (192, 1920)),
        ((60, 300), STOCK, (256, 1280)),
        ((900, 100), FREE, (64, 64)),
        ((60, 600), Limits(28, 1, 2**22), (84, 840)),
    ],
)
def test_canvas_of_a_line(shape: tuple[int, int], limits: Limits, size: tuple[int, int]) -> None:
    assert line_size(shape, 64, limits) == size


@given(st.integers(1, 300), st.integers(1, 3000), st.sampled_from([FREE, STOCK]))
def test_canvas_keeps_to_the_limits(height: int, width: int, limits: Limits) -> None:
    size = line_size((height, width, 3), 64, limits)
    assert size.height % 32 == size.width % 32 == 0
    assert size.width % size.height == 0
    if width <= 40 * height:
        assert limits.least <= size.height * size.width <= limits.most
        assert size.width / size.height >= width / height


@settings(deadline=None)  # the first call loads transformers
@given(SIDES, SIDES, st.sampled_from([FREE, STOCK]))
def test_sizes_of_pictures_are_those_of_the_stock_processor(
    height: int, width: int, limits: Limits
) -> None:
    from transformers.models.hunyuan_vl import image_processing_pil_hunyuan_vl as stock

    if max(height, width) > 100 * min(height, width) or min(height, width) <= 16:
        return  # the stock one refuses these, or rounds them to nothing
    wanted = stock.smart_resize(height, width, 32, limits.least, limits.most)
    assert picture_size((height, width), limits) == Size(*wanted)


@given(st.integers(5, 90), st.integers(5, 700))
def test_a_line_fills_its_canvas_without_being_bent(height: int, width: int) -> None:
    picture = np.full((height, width, 3), 90, np.uint8)
    picture[:, -1] = 200
    size = line_size(picture.shape, 64, FREE)
    made = fitted(picture, size)
    assert made.shape == (*size, 3) and made.dtype == np.uint8
    assert np.ptp(made[:, -1].astype(int)) <= 2  # the edge goes on to the right


def test_stretching_fills_the_size() -> None:
    ramp = np.tile(np.linspace(0, 255, 50).astype(np.uint8)[None, :, None], (20, 1, 3))
    made = stretched(ramp, Size(40, 100))
    assert made.shape == (40, 100, 3)
    assert made[0, 0, 0] < 10 and made[-1, -1, 0] > 245
