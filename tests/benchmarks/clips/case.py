"""What a clip of the benchmark is: a clip, what it is hard by, and how it is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from tests.backdrops import Backdrop
from tests.clips import BOTTOM, WHITE, Clip, Overlay, Place, Style
from tests.encoding import Encoding
from tests.kinds import MEDIUM, row

TAIL_FRAMES = 14


@dataclass(frozen=True, slots=True)
class Case:
    """A clip that shows one value of an axis, such as italics of the axis style.

    ``variant`` tells clips of one value apart, ``ending`` names the container, and ``lang``
    is the main language of the subtitles.
    """

    axis: str
    value: str
    clip: Clip
    variant: str = ""
    ending: str = "mp4"
    lang: str = "en"

    @property
    def name(self) -> str:
        """The value and the variant."""
        return f"{self.value}, {self.variant}" if self.variant else self.value

    @property
    def file_name(self) -> str:
        """The name without blanks and commas, and the ending."""
        return f"{self.axis}-{self.name.replace(',', '').replace(' ', '-')}.{self.ending}"


def spoken(
    sentences: Sequence[str],
    backdrop: Backdrop,
    style: Style = WHITE,
    place: Place = BOTTOM,
    *,
    size: tuple[int, int] = MEDIUM,
    stand: int = 46,
    gap: int = 8,
    fade: int = 0,
    overlays: tuple[Overlay, ...] = (),
    fps: Fraction = Fraction(25),
    rotation: int = 0,
    encoding: Encoding | None = None,
) -> Clip:
    """A clip that ends soon after the last of its sentences."""
    texts = row(sentences, style, place, stand=stand, gap=gap, fade=fade)
    frames = texts[-1].end + TAIL_FRAMES
    return Clip(
        size,
        float(frames / fps),
        backdrop,
        texts,
        overlays,
        fps,
        rotation=rotation,
        encoding=encoding or Encoding(),
    )
