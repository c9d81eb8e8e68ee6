"""Writes pictures into video files of many kinds, with PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream

from tests.scheduling import ordinary_scheduling
from vidocr.model import Image

VFR_CLOCK = 90_000
SQUARE = Fraction(1)


@dataclass(frozen=True, slots=True)
class Encoding:
    """How a clip is written; the container follows from the name of the file.

    ``pixel`` is the width of a stored pixel in heights of it. An interlaced clip shows every
    second row half a frame later. The first frame is shown at ``offset_s``, where the
    container has such a thing.
    """

    codec: str = "libx264"
    pix_fmt: str = "yuv420p"
    gop: int = 250
    options: Mapping[str, str] = field(
        default_factory=lambda: {"preset": "veryfast", "crf": "20", "threads": "2"}
    )
    pixel: Fraction = SQUARE
    interlaced: bool = False
    offset_s: int = 0


@ordinary_scheduling()
def encode(
    pictures: Iterable[Image],
    times: Sequence[Fraction],
    path: Path,
    encoding: Encoding,
    fps: Fraction,
    rotation: int = 0,
) -> None:
    """Write pictures to ``path``, the first at ``times[0]`` and so on, in seconds.

    With a ``rotation`` they are stored turned, and an mp4 asks the player to turn them
    clockwise by that many degrees.
    """
    even = all(seconds == index / fps for index, seconds in enumerate(times))
    clock = 1 / fps if even else Fraction(1, VFR_CLOCK)
    with av.open(str(path), "w") as container:
        stream = container.add_stream(encoding.codec, fps, options=dict(encoding.options))
        assert isinstance(stream, VideoStream)
        for seconds, picture in zip(times, pictures, strict=True):
            stored = _stored(picture, encoding.pixel, rotation // 90)
            if seconds == times[0]:
                _prepare(stream, encoding, clock, stored)
            frame = av.VideoFrame.from_ndarray(stored)
            frame.pts, frame.time_base = round((encoding.offset_s + seconds) / clock), clock
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    if rotation:
        _mark_rotation(path, rotation)


def _prepare(stream: VideoStream, encoding: Encoding, clock: Fraction, stored: Image) -> None:
    stream.height, stream.width = stored.shape[:2]
    stream.pix_fmt = encoding.pix_fmt
    stream.codec_context.time_base = clock
    stream.codec_context.gop_size = encoding.gop
    if encoding.pixel != SQUARE:
        stream.codec_context.sample_aspect_ratio = encoding.pixel


def _stored(picture: Image, pixel: Fraction, turns: int) -> Image:
    height, width = picture.shape[:2]
    if pixel != SQUARE:
        narrow = (round(width / pixel), height)
        picture = np.asarray(cv2.resize(picture, narrow, interpolation=cv2.INTER_AREA), np.uint8)
    return np.ascontiguousarray(np.rot90(picture, turns))


def _mark_rotation(path: Path, degrees: int) -> None:
    """Write the matrix that turns the picture clockwise into an mp4's track header."""
    cosine, sine = {90: (0, 1), 180: (-1, 0), 270: (0, -1)}[degrees]
    data = bytearray(path.read_bytes())
    matrix = data.index(b"tkhd") + 44
    turn = (cosine, sine, 0, -sine, cosine, 0)
    for place, value in enumerate(turn):
        data[matrix + 4 * place : matrix + 4 * place + 4] = (value << 16).to_bytes(4, signed=True)
    path.write_bytes(data)
