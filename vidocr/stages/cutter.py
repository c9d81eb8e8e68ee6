"""Areas of the picture, out of frames whose shape may change within the film."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from vidocr.model import Image, Luma
from vidocr.stages.luma import Area, Geometry, Orientation, crop, display_matrix, plane_of
from vidocr.stages.media import Media, VideoFrame


class Cutter:
    """Cuts areas out of pictures, and keeps to the first picture's geometry.

    ``lying`` pictures are turned to the left, and areas in px of what comes of it.
    """

    def __init__(
        self, media: Media, areas: Sequence[Area], whole_side: int, *, lying: bool = False
    ) -> None:
        self._media = media
        self._areas = areas
        self._whole_side = whole_side
        self._lying = lying
        self._key: tuple[int, int, int] | None = None
        self._geometry: Geometry | None = None

    def crops(self, picture: VideoFrame) -> tuple[Luma, ...]:
        """One crop per area."""
        if not self._areas:
            return ()
        self._adapt(picture)
        plane = plane_of(picture)
        return tuple(crop(plane, cut, self._turn) for cut in self._cuts)

    def whole(self, picture: VideoFrame) -> Luma:
        """The whole picture, shrunk."""
        self._adapt(picture)
        return crop(plane_of(picture), self._whole, self._turn)

    def colours(self, picture: VideoFrame) -> Image:
        """The whole picture in RGB, shrunk."""
        self._adapt(picture)
        size = self._whole.size or (picture.width, picture.height)
        rgb = picture.reformat(*size, format="rgb24").to_ndarray()
        return np.ascontiguousarray(self._turn.apply(rgb))

    def _adapt(self, picture: VideoFrame) -> None:
        """Work out the cuts again where the picture's shape differs from the one before."""
        key = (picture.width, picture.height, picture.rotation)
        if key == self._key:
            return
        self._key = key
        now = geometry_of(self._media, picture)
        if self._lying:
            now = replace(now, orientation=now.orientation.to_the_left)
        self._geometry = now if self._geometry is None else now.shown_as(self._geometry)
        self._turn = self._geometry.orientation
        self._cuts = [self._geometry.cut(area) for area in self._areas]
        width, height = self._geometry.displayed
        scale = min(1.0, self._whole_side / max(width, height))
        self._whole = self._geometry.cut(Area(0, 0, width, height, scale))


def geometry_of(media: Media, picture: VideoFrame) -> Geometry:
    """The geometry of a decoded picture."""
    turn = Orientation.of_matrix(display_matrix(picture))
    sar = media.stream.sample_aspect_ratio
    return Geometry.of(picture.width, picture.height, sar, turn)
