"""Text on a clip that is no subtitle: logos, clocks, a ticker, signs, numbers, credits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from tests.clips import Overlay, Place, Style, Text, patch_of
from vidocr.model import Image

LABEL = Style(size=0.045, bold=True)
TOP_LEFT = Place(0.08, 0.05, hangs=True)
TOP_RIGHT = Place(0.92, 0.05, hangs=True)
TOP_MIDDLE = Place(0.5, 0.05, hangs=True)
LOW_RIGHT = Place(0.9, 0.84)
BESIDE = Place(0.95, 0.93)


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


def sign(
    text: str, from_s: float, to_s: float, place: Place, style: Style = LABEL, pace: float = 0.0
) -> Overlay:
    """A text of the scene itself, such as a slide or a shop's name.

    It goes by with the scene, ``pace`` widths a second to the right.
    """
    board = Text(0, 1, text, style, place)

    def draw(picture: Image, seconds: float) -> None:
        if from_s <= seconds < to_s:
            way = round((seconds - from_s) * pace * picture.shape[1])
            patch_of(board, _size(picture)).stamp(picture, shift=way)

    return draw


def page_number(every_s: float = 3.0, place: Place = BESIDE) -> Overlay:
    """A number beside the subtitles that counts up."""

    def draw(picture: Image, seconds: float) -> None:
        page = Text(0, 1, str(17 + int(seconds / every_s)), LABEL, place)
        patch_of(page, _size(picture)).stamp(picture)

    return draw


def timecode(place: Place = TOP_MIDDLE, fps: int = 25) -> Overlay:
    """The time in the film and the number of the frame, as on a copy for dubbing."""

    def draw(picture: Image, seconds: float) -> None:
        whole, frame = divmod(round(seconds * fps), fps)
        face = f"01:00:{whole:02}:{frame:02}"
        patch_of(Text(0, 1, face, LABEL, place), _size(picture)).stamp(picture)

    return draw


def bug(channel: str = "NOVA 24", beside: str = "LIVE", place: Place = LOW_RIGHT) -> Overlay:
    """A channel's name that the picture shines through; a word above it comes and goes."""
    mark = Text(0, 1, channel, replace(LABEL, opacity=0.6), place)
    live = Text(0, 1, beside, replace(LABEL, fill=(255, 60, 50)), replace(place, y=place.y - 0.06))

    def draw(picture: Image, seconds: float) -> None:
        patch_of(mark, _size(picture)).stamp(picture)
        if int(seconds) % 3:
            patch_of(live, _size(picture)).stamp(picture)

    return draw


def credit_roll(lines: Sequence[str], from_s: float, speed: float = 0.15) -> Overlay:
    """Lines that rise through the picture, ``speed`` heights a second."""
    roll = Text(0, 1, "\n".join(lines), Style(0.05), Place(0.5, 1.0, hangs=True))

    def draw(picture: Image, seconds: float) -> None:
        patch = patch_of(roll, _size(picture))
        risen = round((seconds - from_s) * speed * picture.shape[0])
        replace(patch, y=patch.y - risen).stamp(picture)

    return draw


def _size(picture: Image) -> tuple[int, int]:
    height, width = picture.shape[:2]
    return width, height
