"""Text on a clip that is no subtitle: a logo, a clock, a ticker."""

from __future__ import annotations

from tests.clips import Overlay, Place, Style, Text, patch_of
from vidocr.model import Image

LABEL = Style(size=0.045, bold=True)
TOP_LEFT = Place(0.08, 0.05, hangs=True)
TOP_RIGHT = Place(0.92, 0.05, hangs=True)


def logo(text: str = "NOVA", place: Place = TOP_RIGHT, style: Style = LABEL) -> Overlay:
    """A word that never leaves its corner."""
    mark = Text(0, 1, text, style, place)
    return lambda picture, _seconds: patch_of(mark, _size(picture)).stamp(picture, 0.85)


def clock(place: Place = TOP_LEFT, start_s: int = 71_940) -> Overlay:
    """The time of day, changing every second."""

    def draw(picture: Image, seconds: float) -> None:
        minutes, second = divmod(start_s + int(seconds), 60)
        face = f"{minutes // 60:02}:{minutes % 60:02}:{second:02}"
        patch_of(Text(0, 1, face, LABEL, place), _size(picture)).stamp(picture)

    return draw


def ticker(text: str, y: float = 0.995, speed: float = 0.12, size: float = 0.04) -> Overlay:
    """News that run along the lower edge, ``speed`` widths a second, on a dark strip."""
    strip = Text(0, 1, text, Style(size, outline=None), Place(0.0, y))

    def draw(picture: Image, seconds: float) -> None:
        patch = patch_of(strip, _size(picture))
        rows, columns = patch.opacity.shape[:2]
        height, width = picture.shape[:2]
        top = max(0, patch.y - round(0.008 * height))
        picture[top:] = picture[top:] // 4
        way = round(seconds * speed * width) % (columns + width)
        patch.stamp(picture, shift=width - patch.x - way)

    return draw


def _size(picture: Image) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return width, height
